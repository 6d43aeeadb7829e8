/* The ops that this device made, for ever: envelope and body as they were packed once, and what the server
 * said. Never rewritten, never deleted; what happens to an op stands beside it. */
#ifndef CLIENT_OUTBOX_H
#define CLIENT_OUTBOX_H

#include "client/client.h"

struct own_op {
	struct op_id id;
	enum op_kind kind;
	uint32_t unit;
	uint8_t form; /* OP_SHEET: 0 otherwise */
	struct period period;
	int64_t made_ms;         /* device time */
	enum op_verdict verdict; /* VERDICT_NONE: queued */
	enum op_code code;
	uint64_t lsn;
	uint8_t given[16]; /* incarnation whose Ack named lsn, until pulled; all zero: not known */
	bool pulled;       /* its entry is in base */
	bool aside;        /* its epoch is no more and nobody judged it: a person decides */
	bool dropped;      /* a person dropped it */
	bool twin; /* the log has another op under this identity, made by a copy that is lost */
	uint64_t remade_seq;   /* a person made it again as this op ... */
	uint32_t remade_epoch; /* ... of this epoch */
};

/* All of them, in the order in which they were made; lent until the next change. */
const struct own_op *outbox_ops(const struct client *c, size_t *count);
/* NULL unknown. */
const struct own_op *outbox_find(const struct client *c, struct op_id id);

/* Pack `op` (author and device time are filled in) as the next op and queue it. -ERR_RANGE when too large,
 * -ERR_INVALID when op_check() refuses it. */
int outbox_append(struct client *c, struct op *op, int64_t now_ms, struct op_id *id, struct err *e);

/* What was packed, and h(seq); lends from `a`. `detail` may be NULL. */
struct own_bytes {
	struct span envelope, body, detail;
	struct hash chain;
};
int outbox_read(struct client *c, struct op_id id, struct own_bytes *out, struct arena *a,
		struct err *e);
/* Decode one. Lends from `a`. */
int outbox_decode(struct client *c, struct op_id id, struct op *out, struct arena *a,
		  struct err *e);
/* h(seq) of the present epoch; seq 0 is all zero. -ERR_NOTFOUND for an op not made here. */
int outbox_chain(struct client *c, uint64_t seq, struct hash *out, struct err *e);

/* A verdict came, by an Ack of incarnation `given` or, with its entry, by the feed (NULL): the feed's word is the last. */
int outbox_verdict(struct client *c, struct op_id id, enum op_verdict verdict, enum op_code code,
		   struct span detail, uint64_t lsn, const uint8_t given[16], struct err *e);

/* What a person does with an op set aside: drop it, or make it again in the present epoch, naming what it
 * named. -ERR_STATE when it is not aside, and to make it again when its unit is one that only a log made which is no more
 * (lost.h). */
int outbox_drop(struct client *c, struct op_id id, struct err *e);
int outbox_remake(struct client *c, struct op_id id, int64_t now_ms, struct op_id *again,
		  struct err *e);
#endif
