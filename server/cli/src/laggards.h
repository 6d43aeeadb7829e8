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
	day_t since; /* steps before it were about something else: a sheet that has come since */
	struct urge_state urge;
	struct lag_devices devices;
	const struct urge_ladder *ladder;
};

/* Who has the smallest part of what is due first; after them who owes only sheets. All lends from the arena. */
int laggards_find(struct laggard **out, size_t *count, struct follow *f);

/* "second letter of reminder"; of the report and the call just that. Lends from `a`. */
const char *laggard_step(struct arena *a, enum urge_step step, unsigned number);
/* What would follow if a letter went out today. */
void laggard_after_letter(struct urge_state *out, const struct laggard *g, day_t today);

const char *laggard_cause(enum lag_cause c); /* in words */
#endif
