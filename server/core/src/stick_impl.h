/* What the files about sticks share, and what the writer calls. */
#ifndef STICK_IMPL_H
#define STICK_IMPL_H

#include "proto/file.h"
#include "server/stick.h"
#include "writer_work.h"

enum {
	STICK_WEIGHT = WIRE_BUNDLE_ITEMS_MAX, /* counts as so many ops in a batch */
	STICK_HEAD = 44,                      /* of a bundle file, before what is sealed */
	STICK_BUDGET = 32 << 20,              /* one bundle opened, one answer made */
};

static inline bool job_is_stick(const struct job *j)
{
	return j->kind == JOB_PIECE || j->kind == JOB_BUNDLE;
}

/* A bundle between its checks and its answer. */
struct stick_taken {
	struct arena *a; /* what the rest lends from */
	struct hash id;
	struct device_row row;
	struct wire_bundle_body body;
	struct cert_info by;
	struct hello_judged judged;
	struct job ops; /* JOB_OPS, without an arena of its own; count 0: nothing was judged */
	bool late;      /* older than what came since by another way */
	size_t waiting; /* ops at the end that were not judged: until the recovery is over */
};
void stick_taken_free(struct stick_taken *t); /* NULL is fine */

/* ---- stick.c: bundles in the making, and answers that are kept ---- */

struct upload {
	uint64_t carrier;
	struct hash id;
	uint32_t total;
	uint64_t touched_ms; /* monotonic */
	struct buf bytes;
	struct upload *next;
};

struct sticks {
	struct sticks_setup setup;
	struct upload *uploads; /* the one touched last first */
	size_t upload_bytes;    /* reserved: their totals */
	struct answer_row *answers;
	size_t answer_count, answer_room;
	uint64_t answer_bytes;
};

/* Jobs that need no batch: pieces that complete nothing, and parts of answers. True: answered. */
bool stick_at_once(struct work *w, struct job *j);
struct upload *stick_upload(struct sticks *st, uint64_t carrier, const struct hash *id);
void stick_upload_drop(struct sticks *st, struct upload *up); /* NULL is fine */
/* May this device carry for that one? Whoever reads its unit may, on the day of the newest entry. 1, 0, or an error. */
int stick_carries(struct ledger *l, uint64_t carrier, uint64_t device, struct err *e);
/* Keep an answer, and let go of what is too old or too much. */
int stick_keep(struct sticks *st, const struct answer_row *row, struct span file, struct err *e);

/* ---- stick_take.c ---- */

/* In the batch: all checks, then the ops. As work_do(). */
int stick_take(struct work *w, struct job *j, struct moment now, struct err *e);
/* After the commit: the answer. */
void stick_done(struct work *w, struct job *j, struct moment now);
void stick_failed(struct work *w, struct job *j, enum wire_code why);
/* After the commit that enrolled a device by stick: the log for it. */
void stick_first_log(struct work *w, struct job *j, struct moment now);

/* ---- stick_keys.c ---- */

/* After the commit: put the wraps that came, and say in `out` which are durable and what there is for the device. *left
 * is how much room the file has. */
int stick_keys(struct wire_answer_body *out, struct work *w, const struct stick_taken *t,
	       size_t *left, struct arena *a, struct err *e);

/* ---- stick_answer.c ---- */

/* The answer file, appended to `out`, from what is committed now. */
int stick_answer(struct buf *out, struct work *w, const struct stick_taken *t, struct moment now,
		 struct err *e);
#endif
