/* What is sealed of a person, or of a paper: a row of fields, `number u8 | length varint | bytes`, ascending, each
 * once (PROTOCOL.md, section 16). Lends what it is given. */
#ifndef DOMAIN_PERSON_FIELDS_H
#define DOMAIN_PERSON_FIELDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/dates.h"

/* Numbered for ever. */
enum person_field {
	PF_NAME = 1,
	PF_BIRTH = 2, /* yyyy-mm-dd */
	PF_SEX = 3,   /* f, m */
	PF_ETHNICITY = 4,
	PF_RELIGION = 5,
	PF_CARD = 6,
	PF_PHONE = 7,
	PF_ADDRESS = 8,
	PF_NOTE = 9,
	PF_LEFT = 10,       /* yyyy-mm-dd: out of the Party, of somebody who was in it before */
	PF_READMITTED = 11, /* how often already: a digit */
	PF_PAPER_NO = 16,
	PF_PAPER_SIGNER = 17,
	PF_PAPER_DAY = 18, /* yyyy-mm-dd */
	PERSON_FIELDS = 19
};
const char *person_field_code(enum person_field f); /* "name"; NULL for a number without one */
const char *person_field_text(enum person_field f); /* "birth date", a msgid; NULL likewise */
bool person_field_parse(enum person_field *out, struct span code);

struct person_fields {
	struct span at[PERSON_FIELDS]; /* empty: not there */
};

void person_fields_write(struct buf *b, const struct person_fields *f);
/* -ERR_INVALID for what is no such row; a number this program has no name for is left out. */
int person_fields_read(struct person_fields *out, struct span bytes, struct err *e);
/* One line of text each, a name of 1 to 240 bytes, a birth date that is a day. */
int person_fields_check(const struct person_fields *f, struct err *e);
/* Days as they are typed, 22/09/2000 too, become days as they are sealed, which lend from `a`; what is no day stays, for
 * person_fields_check. Programs of before have sealed some as typed. */
int person_fields_days(struct person_fields *f, struct arena *a, struct err *e);
/* What sex, ethnicity and religion say of what is counted: FACT_WOMAN, FACT_MINORITY of all but Kinh, FACT_RELIGIOUS of
 * all but Không, however they are written; what is not there says nothing. */
uint8_t person_fields_facts(const struct person_fields *f);
bool person_fields_birth(const struct person_fields *f, day_t *birth);
bool person_fields_left(const struct person_fields *f, day_t *left);
#endif
