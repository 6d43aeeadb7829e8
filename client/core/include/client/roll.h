/* The members of the device's own unit: those of base, with own ops that base does not have yet. */
#ifndef CLIENT_ROLL_H
#define CLIENT_ROLL_H

#include "client/cases.h"
#include "ledger/register.h"

struct roll;

int roll_load(struct roll **out, struct client *c, struct err *e);
/* The same of these persons alone, as far as they are there. */
int roll_load_some(struct roll **out, struct client *c, const uint8_t (*persons)[PERSON_ID],
		   size_t count, struct err *e);
void roll_free(struct roll *ms);
size_t roll_count(const struct roll *ms);
const struct register_member *roll_at(const struct roll *ms, size_t i); /* lent */
bool roll_unsent(const struct roll *ms, size_t i);
/* Did a case that is recognised here make them one, which base does not know yet? It counts them. */
bool roll_of_case(const struct roll *ms, size_t i);
/* register_is_mistake(), of a case of the own unit as own ops have it too. */
int roll_is_mistake(const struct roll *ms, struct client *c, const struct case_record *r, bool *yes,
		    struct err *e);
/* As case_open_record(). */
int roll_open(struct person_fields *out, struct client *c, struct keyring *k,
	      const struct register_member *m, struct arena *a, struct err *e);
/* A member with what was opened of them. */
struct roll_known {
	const struct register_member *m; /* lent from the roll, where it stands at `index` */
	struct person_fields fields;
	const char *folded; /* the name; NULL where it was not opened */
	size_t index;
	bool opened;
};
/* All of the roll, lent from `a`; opened as far as they open on this device, or none of them. */
int roll_read(struct roll_known **out, const struct roll *ms, bool open, struct client *c,
	      struct keyring *k, struct arena *a, struct err *e);
/* Number and signer of the paper with which somebody came who was not admitted here; no fields where there is none. */
int roll_open_letter(struct person_fields *out, struct client *c, struct keyring *k,
		     const struct register_member *m, struct arena *a, struct err *e);
/* Number, signer and day of the decision with which the membership ended; no fields where none was told. */
int roll_open_end(struct person_fields *out, struct client *c, struct keyring *k,
		  const struct register_member *m, struct arena *a, struct err *e);
#endif
