/* The server's own keys, kept apart from the store: in a file that only its code opens. Without them a copy of the
 * store, or a standby, cannot go on as the server that devices know.
 *
 *	label "ketnap-keys-1" 0x00 0x00 0x00 | store 16 | nonce 24 | box | H(all before) 32
 *
 * box: XChaCha20-Poly1305 under HMAC-SHA-256(key of the code, "ketnap keys v1"), with label and store as context, of
 * seed of the log key 32 | seed of the seal key 32 | length u32 | CA key, PEM | length u32 | CA certificate, PEM.
 * The code is of the form of an enrolment code: 140 random bits. */
#ifndef SERVER_KEY_FILE_H
#define SERVER_KEY_FILE_H

#include "base/buf.h"
#include "crypto/code.h"

enum { KEY_FILE_MAX = 64 << 10 };

/* Those of the directory, sealed with `code`; appended to `out`. `random`: 24 fresh bytes. */
int key_file_make(struct buf *out, const char *dir, const uint8_t store[16],
		  const struct code *code, const uint8_t random[24], struct err *e);

struct own_keys {
	uint8_t log_seed[32], seal_seed[32];
	struct buf ca_key, ca; /* PEM */
};
void own_keys_init(struct own_keys *k);
void own_keys_fini(struct own_keys *k); /* wipes */

/* Those of the directory. */
int own_keys_load(struct own_keys *out, const char *dir, struct err *e);
/* Does it begin as such a file does? */
bool key_file_is(struct span file);

/* -ERR_INVALID: no such file, or damaged; -ERR_DENIED: another store's, or another code's. */
int key_file_open(struct own_keys *out, struct span file, const uint8_t store[16],
		  const struct code *code, struct err *e);
#endif
