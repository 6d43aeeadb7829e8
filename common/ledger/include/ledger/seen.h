/* What the server has seen of its devices: observations, neither entries nor derived from them, kept so
 * that a restart does not forget who was here. Losing the newest few harms nothing. */
#ifndef LEDGER_SEEN_H
#define LEDGER_SEEN_H

#include "ledger/ledger.h"

struct seen_row {
	uint64_t device;
	int64_t last_ms; /* 0: not yet */
	uint32_t drafts, held;
	int64_t oldest_ms; /* 0: holds nothing */
	uint64_t forks;    /* how often it was met with two histories */
};

/* In a batch of `l`. */
int seen_put(struct ledger *l, const struct seen_row *row, struct err *e);
/* Every row that was committed, ascending by device. Each returns 0 to go on, else an error. */
int seen_each(struct ledger *l, int (*each)(void *ctx, const struct seen_row *row, struct err *e),
	      void *ctx, struct err *e);
#endif
