/* With whom a unit is compared, and whom it puts forward: told by entries of the unit, found in its chain. */
#ifndef LEDGER_EMULATE_H
#define LEDGER_EMULATE_H

#include "ledger/ledger.h"

/* The emulation group that the unit was put into, on `day`, as known after entry `known_at` (UINT64_MAX: now). Empty:
 * nobody did, or it was given back; then its tags say (domain/rank.h). Lends from `a`. */
int query_group(struct span *name, struct ledger *l, uint32_t unit, day_t day, uint64_t known_at,
		struct arena *a, struct err *e);

/* Somebody put forward by the unit, by the title of an office. */
struct commended {
	uint32_t unit;
	uint64_t lsn;
	struct op_commend commend;
	struct span reason;
};

/* Those put forward for days within `period`, the newest proposal for a title and its days, those taken back left out;
 * the newest first. Lends from `a`. */
int query_commended(const struct commended **out, size_t *count, struct ledger *l, uint32_t unit,
		    struct period period, uint64_t known_at, struct arena *a, struct err *e);
#endif
