/* What cases and members share. */
#ifndef CLIENT_CASES_INTERNAL_H
#define CLIENT_CASES_INTERNAL_H

#include "client/cases.h"
#include "internal.h"

/* Own ops without an entry: beyond every lsn. */
#define UNSENT_LSN (UINT64_C(1) << 62)

/* The op that sealed it: own and not pulled, when *en is all 0, or that of an entry of base. Lends from `a`. */
int sealed_entry(struct entry *en, struct op *op, struct client *c, uint64_t lsn, struct op_id id,
		 struct arena *a, struct err *e);
int sealed_op(struct op *op, struct client *c, uint64_t lsn, struct op_id id, struct arena *a,
	      struct err *e);
/* roll.c. The record that an op carries which opens, imports or hands over one. */
struct span sealed_record(const struct op *op);
/* corrections.c. What own corrections that base does not have yet make of a record as base has it. */
int fixes_known(struct person_codes *codes, day_t *admitted, day_t *recognised, uint32_t *corrected,
		struct client *c, uint32_t unit, const uint8_t person[PERSON_ID], struct err *e);
int sealed_fields(struct person_fields *out, const uint8_t *key, const struct person_place *at,
		  struct span sealed, struct arena *a, struct err *e);
#endif
