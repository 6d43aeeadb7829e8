/* The signed head of the log: what the server states about all entries up to one. */
#ifndef CRYPTO_HEAD_H
#define CRYPTO_HEAD_H

#include "crypto/sign.h"

enum { HEAD_INCARNATION_BYTES = 16, HEAD_LABEL_BYTES = 16, HEAD_BYTES = 80 };

struct head {
	uint8_t incarnation[HEAD_INCARNATION_BYTES];
	uint64_t size;   /* number of entries, 0..INT64_MAX */
	int64_t time_ms; /* when it was signed, not before 1970 */
	struct hash root;
};

/* The bytes that are signed, all integers big-endian:
 *   0  the label "ketnap-head-v1", padded with NUL to 16 (no other signed thing begins so)
 *  16  incarnation
 *  32  size
 *  40  time_ms
 *  48  root
 * One head has one encoding. */
void head_encode(uint8_t out[HEAD_BYTES], const struct head *h);

/* -ERR_INVALID when these are not the bytes of a head. Not yet a reason to believe it. */
int head_decode(struct head *out, struct span bytes, struct err *e);

struct ed25519_sig head_sign(const struct head *h, const struct ed25519_key *k);
/* `by` is the log key pinned at enrolment. Returns as ed25519_verify. */
int head_verify(const struct head *h, const struct ed25519_sig *sig,
		const struct ed25519_public *by, struct err *e);
#endif
