/* The cases that this device sees: those of base, with own ops that base does not have yet folded on top. Sealed
 * records are opened by whoever has the keys: the own unit's, and those submitted to the own unit. */
#ifndef CLIENT_CASES_H
#define CLIENT_CASES_H

#include "client/keyring.h"
#include "domain/case_record.h"
#include "domain/person_fields.h"

struct cases;

/* As they are at this moment; nothing that is written later shows in it. */
int cases_load(struct cases **out, struct client *c, struct err *e);
/* The same of these alone, as far as they are there, and of those whose number begins with `hex` (NULL: of nobody). */
struct case_who {
	uint32_t unit;
	uint8_t person[PERSON_ID];
};
struct cases_wanted {
	const struct case_who *at;
	size_t count;
	const char *hex;
};
int cases_load_some(struct cases **out, struct client *c, const struct cases_wanted *wanted,
		    struct err *e);
void cases_free(struct cases *cs);
size_t cases_count(const struct cases *cs);
/* By unit and id. Lent until the end. */
const struct case_record *cases_at(const struct cases *cs, size_t i);
/* Is something of it not confirmed by the server yet (an op, or a key)? */
bool cases_waiting(const struct cases *cs, size_t i, struct keyring *k);
/* Own or submitted here, and not forgotten: may this device open it? */
bool case_is_open_here(struct client *c, const struct case_record *r);

/* The person's record; spans lend from `a`. -ERR_DENIED: not for this device; -ERR_NOTFOUND: it has not been given the
 * key yet; -ERR_STATE: forgotten. */
int case_open_record(struct person_fields *out, struct client *c, struct keyring *k,
		     const struct case_record *r, struct arena *a, struct err *e);
/* What is sealed beside a step; no fields where there is nothing. */
int case_open_paper(struct person_fields *out, struct client *c, struct keyring *k,
		    const struct case_record *r, size_t step, struct arena *a, struct err *e);

/* The letter that somebody brought who came from another unit; no fields where nobody did. */
int case_open_letter(struct person_fields *out, struct client *c, struct keyring *k,
		     const struct case_record *r, struct arena *a, struct err *e);

/* Seal fields for an op. `out` is reset. */
int case_seal(struct buf *out, const uint8_t key[BOX_KEY_BYTES], const struct person_place *at,
	      const struct person_fields *f, int (*random)(void *out, size_t len, struct err *e),
	      struct err *e);

/* Would this op be taken, on the case as it is seen here? CODE_OK, or why not. The role is looked at too. */
enum op_code case_try(struct client *c, const struct case_record *r, const struct op *op,
		      struct case_record *after);
/* Were they sent to another unit as the member whom this case made, and would they be none, or from another day, as it
 * stands in `after`? Refused: they are called back first. */
bool case_gone_as_member(struct client *c, const struct case_record *after);
#endif
