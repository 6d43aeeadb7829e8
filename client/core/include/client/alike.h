/* Is somebody kept here already? Members who stay and cases that go on, as far as they open on this device. */
#ifndef CLIENT_ALIKE_H
#define CLIENT_ALIKE_H

#include "client/case_write.h"
#include "client/roll.h"
#include "domain/members.h"

enum alike_how {
	ALIKE_NOBODY,
	ALIKE_PERSON, /* the same name, folded, and birth date: for a person to decide */
	ALIKE_CARD,   /* another person with this card number: never right */
};

struct alike {
	enum alike_how how;
	bool is_case;
	uint8_t person[PERSON_ID];
};

/* The strongest likeness to anybody but `but` (NULL: nobody is left out). A card of somebody with the same name and
 * birth date makes it ALIKE_PERSON. */
int alike_find(struct alike *out, const struct case_writer *w, const struct person_fields *f,
	       const uint8_t *but, struct err *e);

/* Those on the way in who open on this device: cases that go on, own ones and those submitted here. Opened once, for
 * many rows to be compared with. */
struct alike_case {
	const struct case_record *r; /* lent from the cases */
	enum case_stage stage;
	bool own;           /* else of a unit below that submitted it here */
	const char *folded; /* this and `f` lend from the arena */
	struct person_fields f;
};

struct alike_cases {
	struct alike_case *at;
	size_t count;
};

int alike_cases_open(struct alike_cases *out, const struct case_writer *w,
		     const struct cases *cases, struct err *e);
/* The one with this name, folded, and birth date (ALIKE_PERSON); else an own one with this card number (ALIKE_CARD).
 * An empty birth date or card is like no other. */
enum alike_how alike_cases_find(const struct alike_case **out, const struct alike_cases *open,
				const char *folded, struct span birth, struct span card);

/* Whom a row of another program's register is like: a member who stays or, where `in` is not NULL, somebody on the way in.
 * The same person, or another one with this card number; of those alike a member comes before a case, and the person before
 * the card. */
struct alike_row {
	enum alike_how how;
	const struct alike_case *in;
};

struct alike_row alike_row_find(const struct roll_known *members, size_t count,
				const struct alike_cases *open, const struct member_row *row);

/* -ERR_EXISTS where the card number is that of another person. */
int alike_refuse_card(const struct case_writer *w, const struct person_fields *f,
		      const uint8_t *but, struct err *e);
#endif
