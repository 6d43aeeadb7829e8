/* Is somebody kept here already? Members who stay and cases that go on, as far as they open on this device. */
#ifndef CLIENT_ALIKE_H
#define CLIENT_ALIKE_H

#include "client/case_write.h"

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
/* -ERR_EXISTS where the card number is that of another person. */
int alike_refuse_card(const struct case_writer *w, const struct person_fields *f,
		      const uint8_t *but, struct err *e);
#endif
