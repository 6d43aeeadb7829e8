/* What the files of a session share. */
#ifndef SESSION_IMPL_H
#define SESSION_IMPL_H

#include "server/session.h"

#include "proto/link.h"

#include <assert.h>

enum {
	SESSION_OUT_MAX = 1 << 20,
	SESSION_OUT_FULL =
		128 << 10, /* from here on no further request is answered, nothing is read */
	SESSION_TAKEN_BYTES = 16 << 10, /* must be taken before the wait for the peer begins anew */
	SESSION_ACK_OPS =
		512, /* verdicts in one Ack: fits the smallest frame a device may ask for */
};

/* A Submit that is not answered yet. */
struct session_ops {
	uint64_t tag;
	uint32_t epoch;
	uint64_t first_seq;
	size_t count;
	struct job *done;
	enum wire_code refused; /* answered here, without the writer */
};

/* A request that is not answered yet: its payload, read again when its turn comes. */
struct session_ask {
	unsigned type;
	uint8_t *bytes;
	size_t len;
	uint64_t tag; /* of the job that works on it, 0 none */
	struct job *done;
};

struct session {
	struct server *sv;
	uint64_t conn;
	struct session_peer peer;
	struct link link;
	struct buf out;
	size_t out_at;        /* before it is with the transport */
	size_t taken;         /* by the transport since the wait for it began */
	struct job_list jobs; /* for the writer, not yet taken */
	uint64_t tags;        /* given so far */
	uint64_t waits;       /* tag of the Hello or Enrol with the writer, 0 none */
	/* LINK_SUBMITS_MAX and LINK_REQUESTS_MAX of them, there while any is unanswered: thousands of connections wait with none. */
	struct session_ops *ops;
	size_t ops_count;
	struct session_ask *asks;
	size_t asks_count;
	struct wire_hello hello; /* without its spans */
	struct hello_judged judged;
	uint8_t incarnation[WIRE_ID]; /* that HelloAck told, once `told` */
	bool told;
	/* Its Hello was of a log that was left: what it sends before it has heard of that would come in front of what it
	 * brings back. Until it pulls from where the logs part. */
	bool leading_back;
	struct old_places *places; /* NULL until it brings something back */
	/* After a "not now": later ops of the epoch, until that one comes again. */
	bool held;
	uint32_t held_epoch;
	uint64_t held_seq;
	enum wire_code gone;            /* revoked or suspended while connected: what Close says */
	uint8_t head_bytes[HEAD_BYTES]; /* what session_head() lends, until it is asked again */
	struct ed25519_sig head_sig;
	struct session_read {
		uint64_t tip; /* of the log when it asked before */
		int64_t at_ms, noted_ms, level_ms;
	} read; /* a standby's */
	bool stopping, closed, over, ended;
	uint64_t over_ms; /* when it ended by itself: output has so long to leave */
	enum wire_code why;
};

/* ---- session.c ---- */

/* A frame of ours. False: it could not be made or may not be sent. `m` points to its struct. */
bool session_send(struct session *s, unsigned type, const void *m, struct moment now);
/* The peer broke the protocol: Error, fatal, and no more. */
void session_breach(struct session *s, enum wire_code why, struct moment now);
/* Ours was the failure; the same to the peer. */
void session_fail(struct session *s, struct moment now);
struct job *session_job_new(struct session *s, enum job_kind kind, struct moment now);
void session_job_give(struct session *s, struct job *j);
size_t session_pending(const struct session *s);
/* The newest; empty when there is none. False: it could not be read, and nothing may be said without it. */
bool session_head(struct session *s, struct wire_head *out);

/* ---- session_hello.c ---- */
/* Does the cursor go past where the present log left the one it is of? */
bool session_is_past(const struct session *s, const struct wire_cursor *c);
void session_hello(struct session *s, const struct wire_hello *h, struct span payload,
		   struct moment now);
void session_hello_done(struct session *s, const struct job *j, struct moment now);
void session_enrol(struct session *s, struct span payload, struct moment now);
void session_enrol_done(struct session *s, const struct job *j, struct moment now);

/* ---- session_ops.c ---- */
void session_submit(struct session *s, const struct wire_submit *m, struct moment now);
/* Acks that are due, in order. */
void session_flush_ops(struct session *s, struct moment now);

/* ---- session_ask.c ---- */
void session_ask(struct session *s, unsigned type, struct span payload, struct moment now);
/* Answers whose turn has come, as long as there is room. */
void session_flush_asks(struct session *s, struct moment now);
void session_asks_fini(struct session *s);

/* ---- session_old.c ---- */
/* The job of an Old, or NULL without memory. */
struct job *session_old_job(struct session *s, struct span payload, struct moment now);
struct wire_old_ack session_old_ack(const struct job *j, struct arena *a);
/* What waits of what it has brought, for a job; NULL without memory. Only when there is any. */
struct old_places *session_places(const struct session *s, struct arena *a);
#endif
