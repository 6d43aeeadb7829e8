/* Figures that were asked for "to 22/9 by 16:00", and who has answered: n of N of their own. */
#ifndef LEDGER_REQUESTS_H
#define LEDGER_REQUESTS_H

#include "ledger/ledger.h"

struct request_line {
	uint64_t lsn;
	int64_t time_ms; /* of receipt */
	uint32_t unit;   /* it and all below are asked */
	uint8_t form;
	struct period
		period; /* of the sheets that answer: from the first day of the month to the day asked for */
	int64_t due_ms;
	uint64_t
		expected; /* units that report that month, as far as they stand below who asks this question */
	uint64_t answered;       /* of them: signed, whenever it came */
	uint64_t in_time;        /* of these: received until it was due */
	const uint32_t *missing; /* the others, expected - answered of them, in the tree's order */
};

/* Every request, the newest first, with the units of the subtree of `unit`; those that ask none of them are left out.
 * A holder of a part asks for its own unit. Lends from `a`. -ERR_NOTFOUND (unit). */
int query_requests(const struct request_line **out, size_t *count, struct ledger *l, uint32_t unit,
		   struct arena *a, struct err *e);
#endif
