/* What comes by stick: bundles brought whole or in pieces, taken whole or not at all, and their answers,
 * kept for a year. PROTOCOL.md, section 13. Belongs to the writer's thread. Decides; the files that hold
 * the answers are behind `struct answer_store`. */
#ifndef SERVER_STICK_H
#define SERVER_STICK_H

#include "crypto/seal.h"
#include "server/enrol.h"
#include "server/job.h"

enum {
	STICK_UPLOADS_PER_CARRIER = 2, /* bundles in the making, in memory; the oldest gives way */
	STICK_UPLOAD_BYTES = 64 << 20, /* of all carriers together */
	STICK_UPLOAD_IDLE_MS = 600000, /* one that nobody goes on with gives way to others */
	STICK_ANSWERS_PER_DEVICE = 12,
	STICK_ANSWER_DAYS = 366,
	STICK_PART_MAX = 200000, /* bytes of an answer in one AnswerPart */
};
static const uint64_t stick_answer_bytes = UINT64_C(2) << 30; /* of all devices together */

/* An answer that is kept. */
struct answer_row {
	struct hash id; /* of the bundle */
	uint64_t device;
	int64_t made_ms;
	uint32_t bytes;
};

/* Where answers are kept: whole or not at all. */
struct answer_store {
	void *ctx;
	/* Every answer, in any order, until `each` returns other than 0. */
	int (*list)(void *ctx, int (*each)(void *to, const struct answer_row *row), void *to,
		    struct err *e);
	int (*put)(void *ctx, const struct answer_row *row, struct span file, struct err *e);
	/* Appends up to `max` bytes from `offset` on. -ERR_NOTFOUND. */
	int (*get)(void *ctx, const struct answer_row *row, size_t offset, size_t max,
		   struct buf *out, struct err *e);
	int (*del)(void *ctx, const struct answer_row *row, struct err *e); /* absent is fine */
};

/* In memory, for tests and the simulator. */
struct answers_mem;
int answers_mem_new(struct answers_mem **out, struct err *e);
void answers_mem_free(struct answers_mem *m);
struct answer_store answers_mem_store(struct answers_mem *m);

struct sticks_setup {
	struct span ca;              /* DER */
	const struct seal_key *seal; /* bundles are sealed to it */
	const uint8_t *mark_key;     /* 32 bytes, as of struct server; NULL: no marks */
	struct span program;         /* "ketnapd 0.1.0" */
	struct answer_store answers;
	struct server_random random;
};

struct sticks;

/* What `setup` points to must outlive it. */
int sticks_new(struct sticks **out, const struct sticks_setup *setup, struct err *e);
void sticks_free(struct sticks *st);

/* Keys were destroyed: let go of all answers, which may have wraps. Brought again, bundles are answered anew. */
int sticks_forget(struct sticks *st, struct err *e);
/* Drop answers that are over a year old. About once an hour. */
int sticks_tidy(struct sticks *st, int64_t wall_ms, struct err *e);
#endif
