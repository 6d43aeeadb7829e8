/* The one writer: takes jobs in order, judges them in a batch, commits, hands them back answered. Takes
 * the time as an argument; who calls it measures what a commit costs. */
#ifndef SERVER_WRITER_H
#define SERVER_WRITER_H

#include "server/devices.h"
#include "server/enrol.h"
#include "server/keystore.h"
#include "server/stick.h"

enum {
	WRITER_JOBS_MAX = 8192,
	WRITER_BYTES_MAX = 64 << 20,
	WRITER_ENROLS_MAX = 16, /* waiting at once: strangers must not fill the queue */
	WRITER_BATCH_MIN = 16,
	WRITER_BATCH_MAX = 4096,
	WRITER_BATCH_FIRST = 256, /* ops */
	WRITER_BATCH_BYTES = 8 << 20,
	WRITER_COMMIT_US =
		20000, /* the batch grows while a commit takes less than half, shrinks above */
	WRITER_SEEN_MS = 3000,  /* what was seen of devices is in the store after so long */
	WRITER_SEEN_MAX = 4096, /* rows of it in one commit */
};

/* The identities in hand, kept where they outlive the process (a small mapped file), so that an op that
 * takes the server down is known when it comes up again. Either may be NULL. */
struct writer_hands {
	void *ctx;
	bool (*hold)(void *ctx, struct op_id id); /* false: it did so twice, park it */
	void (*release)(void *ctx);
};

struct writer_setup {
	struct ledger *ledger;
	const struct ed25519_key *log_key;
	struct enroller *enroller; /* NULL: nobody enrols or renews */
	struct devices *devices;
	struct sticks *sticks; /* NULL: nothing comes by stick */
	struct keystore *keys; /* NULL: no keys of the register are kept here */
	struct writer_hands hands;
	bool behind, succeeded; /* as it was when the process stopped; main keeps it */
};

struct writer;

/* What `setup` points to must outlive it. */
int writer_new(struct writer **out, const struct writer_setup *setup, struct err *e);
void writer_free(struct writer *w);

/* Takes the job. When there is no room, or nothing is taken at the moment, it is among the finished at
 * once, answered so. */
void writer_put(struct writer *w, struct job **job);
bool writer_due(const struct writer *w); /* is there something to run */

/* One batch. 0; -ERR_FATAL: the outcome of a commit is unknown, the process must stop and tell nobody
 * anything. Every other failure is in the answers. */
int writer_run(struct writer *w, struct moment now, struct err *e);

/* Finished jobs, the oldest first; the caller's from then on. NULL: none. */
struct job *writer_take(struct writer *w);

struct writer_measure {
	uint64_t commit_us;          /* of the last writer_run() */
	uint64_t map_used, map_size; /* bytes; size 0: not looked at */
};
void writer_measured(struct writer *w, const struct writer_measure *m);
size_t writer_batch(const struct writer *w); /* ops in a batch at most, now */

/* From now on jobs are turned away; what is queued is still done. */
void writer_stop(struct writer *w);
/* Somebody else has written to the ledger between two batches: look whether a restore was declared, or a
 * recovery ended. */
int writer_look(struct writer *w, struct err *e);
/* Somebody else has seen, between two batches, a signed head of this log that it lacks: nothing is written from now
 * on, as when a Hello shows one. `successor`: whose head it was, when a standby was promoted; else NULL. */
void writer_fell_behind(struct writer *w, const uint8_t successor[16]);
/* The incarnation of the standby that was promoted and goes on instead, as a head has shown; NULL: none has since
 * the writer was made. */
const uint8_t *writer_successor(const struct writer *w);
/* After each batch, and when it starts: destroy the keys of whoever was forgotten by what is committed. What fails
 * is done the next time. */
int writer_forget(struct writer *w, size_t *count, struct err *e);
/* When nothing is due: put what was seen of devices into the store, in a commit of its own, if it has waited
 * long enough (or `now_or_never`). -ERR_FATAL as writer_run(); else nothing was lost that matters. */
int writer_keep_seen(struct writer *w, struct moment now, bool now_or_never, struct err *e);
struct server_mood writer_mood(const struct writer *w);
#endif
