/* With whom a unit is compared, and whom it puts forward: told by entries of the unit, found in its chain. */
#ifndef LEDGER_EMULATE_H
#define LEDGER_EMULATE_H

#include "ledger/ledger.h"

/* The emulation group that the unit was put into, on `day`, as known after entry `known_at` (UINT64_MAX: now). Empty:
 * nobody did, or it was given back; then its tags say (domain/rank.h). Lends from `a`. */
int query_group(struct span *name, struct ledger *l, uint32_t unit, day_t day, uint64_t known_at,
		struct arena *a, struct err *e);

/* Somebody put forward by the unit, by the title of an office; by a sealed name as well where it is `named`. */
struct commended {
	uint32_t unit;
	uint64_t lsn;
	struct op_commend commend;
	struct span reason;
};

/* Those put forward for days within `period`, the newest proposal for a person, or a title without one, and its days, those taken back left out;
 * the newest first. Lends from `a`. */
int query_commended(const struct commended **out, size_t *count, struct ledger *l, uint32_t unit,
		    struct period period, uint64_t known_at, struct arena *a, struct err *e);

/* Whoever the unit ever put forward by name, as their newest entry says: for whom it is sealed. */
struct commended_person {
	uint8_t person[PERSON_ID];
	uint32_t body; /* 0: for the unit alone, or taken back */
};
int query_commended_persons(const struct commended_person **out, size_t *count, struct ledger *l,
			    uint32_t unit, struct arena *a, struct err *e);
/* The same of one person. -ERR_NOTFOUND: the unit put nobody forward by this number. */
int query_commended_person(struct commended_person *out, struct ledger *l, uint32_t unit,
			   const uint8_t person[PERSON_ID], struct err *e);
#endif
