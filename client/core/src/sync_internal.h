/* What the files of the sync share. */
#ifndef CLIENT_SYNC_INTERNAL_H
#define CLIENT_SYNC_INTERNAL_H

#include "client/carried.h"
#include "client/sync.h"
#include "crypto/merkle.h"
#include "internal.h"
#include "proto/link.h"

enum { SYNC_HEADS = 8, SYNC_OUT_MAX = 8 << 20, SYNC_IN_MAX = 2 * FRAME_MAX };

/* A head that the server signed, seen on the way and not yet proven to be of the same log. */
struct seen_head {
	struct head head;
	struct ed25519_sig sig;
	bool asked;
};

struct sync {
	struct client *c;
	struct sync_ask ask;
	struct sync_now now;
	struct link link;
	struct buf in, out;
	size_t out_at; /* taken by the transport so far */
	struct arena *a;
	struct sync_result r;
	struct err e;
	bool heard; /* something came since the last request: the next one begins a round */
	bool closing;

	uint8_t incarnation[16]; /* the server's */
	uint32_t page_max;

	/* ops: answer_seq .. send_seq - 1 of flight_epoch are unanswered */
	uint32_t flight_epoch;
	uint64_t answer_seq, send_seq;
	bool holding; /* "not now" was said: nothing more is sent ... */
	bool rewind;  /* ... until all is answered, then again from the first without a verdict */

	bool pull_out, pull_failed, pulled_all;
	struct wire_cursor pull_at; /* what the Pull on its way asked for */
	uint64_t pull_from;         /* its prove_from */
	uint64_t pull_seq;          /* send_seq when it was sent; 0: of another flight */
	uint64_t told_seq;          /* HelloAck: the ops 1..told_seq of the epoch are in the log */

	bool renew_sent, query_sent;
	size_t receipts_sent, receipts_got;
	struct buf *receipts, certificate, answer;
	struct seen_head heads[SYNC_HEADS];
	size_t head_count, prove_at;
	uint64_t prove_size;
	bool old_out, old_done;
	bool old_told;   /* something was taken or is known: the log has to be read behind it ... */
	bool old_unread; /* ... and was not yet */
	bool old_first; /* the server was restored: own ops go again behind it, in the places they had */
	struct old_batch *old;
	struct carrying {
		bool begun, out, fetching, done;
		struct arena *a;
		const struct carried *list;
		size_t count, at;
		struct buf bundle, answer;
		uint32_t have;   /* what the server has of this one */
		unsigned stalls; /* pieces that moved nothing on */
		bool asked;      /* how far it has come */
	} carry;
	struct keying {
		bool begun, out, asked, done, renewed, made;
		size_t left; /* rows that the server did not take: skipped for this contact */
		uint32_t recovered, recovering; /* units: the last one done, the one asked for */
		uint64_t recover_after;
		struct wire_key rows[WIRE_KEYS_MAX];
		size_t count;
	} keys;
};

/* ---- sync.c ---- */
/* Encode and send. False: it may not go now (nothing happened), or s->r.end says why it failed. */
bool sync_emit(struct sync *s, enum frame_type type, const void *m);
bool sync_fail(struct sync *s, int rc);               /* the store failed; false */
bool sync_breach(struct sync *s, enum wire_code why); /* the server's mistake; false */
void sync_close(struct sync *s, enum sync_end end);
bool sync_halt(struct sync *s, enum client_halt halt); /* note it, and close */

/* ---- what came: false ends the contact ---- */
bool sync_on_hello_ack(struct sync *s, const struct wire_hello_ack *m);
/* *fits: what the server says of the own chain is what was made here; else the device is halted. */
bool sync_compare_chain(struct sync *s, uint64_t acked_seq, const struct hash *chain, bool *fits);
bool sync_on_ack(struct sync *s, const struct wire_ack *m);
bool sync_on_page(struct sync *s, const struct wire_page *m);
bool sync_on_receipt(struct sync *s, const struct wire_receipt *m, struct span payload);
bool sync_on_old_ack(struct sync *s, const struct wire_old_ack *m);
bool sync_on_bytes(struct sync *s, struct buf *to, struct span bytes);
bool sync_not_answered(struct sync *s, uint32_t of, uint32_t code, uint32_t retry_after_ms);
bool sync_ended_by_server(struct sync *s, uint32_t code, uint32_t retry_after_ms);

/* ---- sync_send.c ---- */
bool sync_hello(struct sync *s);
/* Send whatever may be sent now. */
bool sync_advance(struct sync *s);

/* ---- sync_carry.c: bundles of others ---- */
/* The next piece, when it may go now. */
bool sync_carry(struct sync *s);
bool sync_on_bundle_ack(struct sync *s, const struct wire_bundle_ack *m);
bool sync_on_answer_part(struct sync *s, const struct wire_bundle_part *m);
void sync_carry_failed(struct sync *s); /* Busy or Error instead of either */
void sync_carry_fini(struct sync *s);

/* ---- sync_keys.c: wraps of the register ---- */
bool sync_keys(struct sync *s);
bool sync_on_key_ack(struct sync *s, const struct wire_key_ack *m);
bool sync_on_key_page(struct sync *s, const struct wire_key_page *m);

/* ---- sync_heads.c ---- */
/* A head came: signed by the log, of this incarnation, no other root at a size that is known? *out NULL
 * when there was none. */
bool sync_head(struct sync *s, const struct wire_head *w, struct head *out, struct ed25519_sig *sig,
	       bool *any);
/* `proof` shows that the newest kept head's tree is a prefix of `head`'s. *keep: it is newer, and proven. */
bool sync_head_proven(struct sync *s, const struct head *head, const struct ed25519_sig *sig,
		      struct span proof, uint64_t from, bool *keep);
bool sync_prove_next(struct sync *s, bool *sent);
bool sync_proof(struct sync *s, const struct wire_proof *p);
#endif
