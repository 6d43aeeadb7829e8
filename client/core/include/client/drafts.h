/* What was typed and not yet made into an op: durable, local, counted nowhere. One per sheet. */
#ifndef CLIENT_DRAFTS_H
#define CLIENT_DRAFTS_H

#include "client/client.h"

struct draft_key {
	uint32_t unit;
	uint8_t form;
	struct period period;
};

/* `over` of each figure names, as bits of `seen`, the versions that stood on the screen when it was
 * typed. A sync never changes them. */
struct draft {
	struct op_figure figures[MEASURES_MAX]; /* ascending by measure */
	size_t figure_count;
	struct op_id seen[SHEET_OPS_MAX];
	size_t seen_count;
	int64_t first_ms, last_ms; /* device times of typing */
};

/* -ERR_NOTFOUND: *out is empty. */
int drafts_get(struct client *c, const struct draft_key *k, struct draft *out, struct err *e);
/* An empty draft is removed. */
int drafts_put(struct client *c, const struct draft_key *k, const struct draft *d, struct err *e);
int drafts_drop(struct client *c, const struct draft_key *k, struct err *e);
/* All of them, by last day of the period; as they were before a batch that is open. */
int drafts_each(struct client *c,
		int (*each)(void *ctx, const struct draft_key *k, const struct draft *d,
			    struct err *e),
		void *ctx, struct err *e);

/* Type one figure over these versions; what was typed before is replaced. -ERR_FULL when the draft names
 * more than SHEET_OPS_MAX ops. */
int draft_type(struct draft *d, uint16_t measure, enum figure_state state, int64_t value,
	       const struct op_id *over, size_t over_count, struct err *e);
void draft_untype(struct draft *d, uint16_t measure);
const struct op_figure *draft_figure(const struct draft *d, uint16_t measure); /* NULL: not typed */
#endif
