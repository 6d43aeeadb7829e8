/* Files that travel by stick: a label, who it concerns, the content, and a hash of it all at the end,
 * so that a damaged copy shows before anybody carries it on. PROTOCOL.md, section 13. */
#ifndef PROTO_FILE_H
#define PROTO_FILE_H

#include "crypto/cert.h"
#include "crypto/seal.h"
#include "proto/wire.h"

enum file_kind {
	FILE_NONE,
	FILE_BUNDLE,    /* store, device; sealed to the server */
	FILE_ANSWER,    /* store, device, id of the bundle; sealed to the device */
	FILE_ENROL,     /* content: Enrol */
	FILE_ENROL_ACK, /* hash of the request; content: EnrolAck */
	FILE_RECEIPT,   /* content: Receipt */
	FILE_KINDS
};

struct file_head {
	enum file_kind kind;
	uint8_t store[WIRE_ID]; /* FILE_BUNDLE, FILE_ANSWER */
	uint64_t device;        /* the same */
	struct hash about;      /* FILE_ANSWER: the bundle's id; FILE_ENROL_ACK: H(request) */
};

enum { FILE_EXPIRED_DAYS = 5 * 365 + 1 }; /* a certificate that ended longer ago is not taken */

/* Append the whole file. -ERR_RANGE when it would be over WIRE_FILE_MAX, -ERR_NOMEM. */
int file_write(struct buf *out, const struct file_head *h, struct span content, struct err *e);

/* `*content` lends from `file`; `*id` is its last 32 bytes (may be NULL). -ERR_INVALID: none of ours,
 * -ERR_CORRUPT: cut or damaged on the way, -ERR_VERSION: of a later format. */
int file_read(struct file_head *h, struct span *content, struct hash *id, struct span file,
	      struct err *e);

/* One file may stand behind another (an answer behind an answer to a request to enrol): the first of them, and
 * `*rest`, both lent from `bytes`. Where no end of a first one can be seen, all is first. */
struct span file_first(struct span bytes, struct span *rest);

/* A bundle. `body` is an encoded wire_bundle_body, `random` fresh bytes. */
int bundle_write(struct buf *out, const struct file_head *h, struct span body,
		 struct span certificate, const struct p256_key *by, const struct seal_public *to,
		 const uint8_t random[SEAL_SEED_BYTES], struct arena *a, struct err *e);

/* Open the content of a bundle file whose head is `h`, at the server. `*body` lends from `a`, `*by` says
 * whose it is; a certificate that is early, or expired for up to five years, is good;
 * revocation is the caller's to ask.
 * -ERR_DENIED: sealed for another server, changed, or not signed by the device it names; -ERR_STATE:
 * expired for too long; -ERR_PROTO; -ERR_NOMEM. */
int bundle_open(struct span *body, struct cert_info *by, const struct file_head *h,
		struct span content, const struct seal_key *mine, struct span ca, int64_t now_ms,
		struct arena *a, struct err *e);

/* That the ops follow one another: epoch and seq from Hello's acked_seq on, each body its hash, count
 * and chain as the trailer says. `a` is used for the time of the call. -ERR_PROTO, -ERR_NOMEM. */
int bundle_check(const struct wire_bundle_body *b, struct arena *a, struct err *e);

/* An answer file; the log key signs. `body` is an encoded wire_answer_body. */
int answer_write(struct buf *out, const struct file_head *h, struct span body,
		 const struct ed25519_key *by, const struct seal_public *to,
		 const uint8_t random[SEAL_SEED_BYTES], struct arena *a, struct err *e);
/* At the device. Returns as bundle_open(). */
int answer_open(struct span *body, const struct file_head *h, struct span content,
		const struct seal_key *mine, const struct ed25519_public *log_key, struct arena *a,
		struct err *e);
#endif
