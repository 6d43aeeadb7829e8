/* Units that are behind, with all that somebody needs who is to call them. For `laggards`, `letter` and
 * `synthesis`. */
#ifndef SERVER_LAGGARDS_H
#define SERVER_LAGGARDS_H

#include "follow.h"

#include "ledger/follow.h"

struct lag_devices {
	size_t count;          /* of the unit itself, not revoked */
	int64_t last_seen_ms;  /* of these; 0: never */
	uint64_t held, drafts; /* there and below: signed but not delivered, and not signed */
	int64_t oldest_ms;     /* since when the oldest of these waits; 0 none */
};

struct laggard {
	const struct follow_row *row;
	enum lag_cause cause; /* a unit that is on pace, or has no target, may still owe a sheet */
	struct unit_follow follow;
	struct lag_devices devices;
};

/* Who has the smallest part of what is due first; after them who owes only sheets. All lends from the arena. */
int laggards_find(struct laggard **out, size_t *count, struct follow *f);

const char *laggard_cause(enum lag_cause c); /* in words */
#endif
