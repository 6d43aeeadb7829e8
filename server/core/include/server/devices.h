/* Who was here and what they still hold: told at each Hello, less by what was answered since. Kept in the
 * store a little later (ledger/seen.h). Belongs to the writer's thread. */
#ifndef SERVER_DEVICES_H
#define SERVER_DEVICES_H

#include "server/job.h"

struct devices;

int devices_new(struct devices **out, struct err *e);
void devices_free(struct devices *d);

/* -ERR_NOMEM: then it is not remembered, which harms nothing. */
int devices_seen(struct devices *d, uint64_t device, const struct job_seen *seen, int64_t wall_ms,
		 struct err *e);
/* How far a standby has come; forgotten with the process. */
void devices_read(struct devices *d, uint64_t device, const struct job_read *read);
/* So many of its ops have got their verdicts: it holds them no more. */
void devices_delivered(struct devices *d, uint64_t device, uint32_t count);
/* A second op under a taken identity: for the operator. */
void devices_fork(struct devices *d, uint64_t device);
/* Has the device used this key since the server started? Then an older one is worth nothing. */
bool devices_used_key(const struct devices *d, uint64_t device, const struct hash *spki_hash);

/* What the store has of all of them; into an empty table. */
int devices_load(struct devices *d, struct ledger *l, struct err *e);
bool devices_changed(const struct devices *d); /* is there something to put? */
/* Put what has changed into the batch of `l`, at most `max` rows; the rest comes next time. */
int devices_put(struct devices *d, struct ledger *l, size_t max, struct err *e);
/* The batch is committed. Was something of ours in it? */
bool devices_was_put(struct devices *d);

struct device_shown {
	uint64_t device;
	uint32_t unit, person;
	int64_t last_seen_ms; /* 0: never */
	uint32_t drafts, held;
	int64_t oldest_ms;
	uint64_t forks;
	struct job_read read; /* at_ms 0: never, or no standby */
	bool revoked, suspended;
};

/* Every device that was ever enrolled, ascending by id; lends from `a`. */
int devices_show(const struct device_shown **out, size_t *count, const struct devices *d,
		 struct ledger *l, struct arena *a, struct err *e);
#endif
