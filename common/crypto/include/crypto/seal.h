/* Secrecy: to a receiver's X25519 key (sealed boxes), and with a key that both sides hold (secret
 * boxes). Randomness is an argument: hand in fresh bytes, from crypto_random() in a main program.
 *
 * Opening returns 0, -ERR_INVALID for bytes too short to be a box, or -ERR_DENIED when the box is
 * for another key or context, or was changed; `out` is then wiped. It never overlaps
 * the input. */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/err.h"
#include "base/span.h"

enum {
	SEAL_SEED_BYTES = 32,
	SEAL_PUBLIC_BYTES = 32,
	SEAL_OVERHEAD = 48, /* ephemeral key and tag */
	BOX_KEY_BYTES = 32,
	BOX_NONCE_BYTES = 24,
	BOX_OVERHEAD = 16, /* tag; the nonce is the caller's to keep */
	WRAP_BYTES = BOX_NONCE_BYTES + BOX_KEY_BYTES + BOX_OVERHEAD,
};

struct seal_public {
	uint8_t b[SEAL_PUBLIC_BYTES];
};

/* A receiver's X25519 key; follows from its seed, which is what is kept. */
struct seal_key {
	struct seal_public public;
	uint8_t secret[32];
};

void seal_key_init(struct seal_key *k, const uint8_t seed[SEAL_SEED_BYTES]);
void seal_key_fini(struct seal_key *k); /* wipes */

/* Only the holder of the secret key can open it, not even the sender; it does not say who sealed
 * it. The format is libsodium's crypto_box_seal. `out` holds plain.len + SEAL_OVERHEAD bytes. The
 * ephemeral key is drawn from `random`, the receiver and the plain text together: the same random
 * bytes used twice by mistake reveal no more than that two boxes are equal. -ERR_INVALID for a
 * public key of small order, which would make the box readable to anybody. */
int seal_to(uint8_t *out, const struct seal_public *to, struct span plain,
	    const uint8_t random[SEAL_SEED_BYTES], struct err *e);
/* `out` holds sealed.len - SEAL_OVERHEAD bytes. */
int seal_open(uint8_t *out, const struct seal_key *k, struct span sealed, struct err *e);

/* XChaCha20-Poly1305. `context` is bound but not stored: the same bytes must be given to open it. A
 * nonce must not be used twice with one key; 24 random bytes never collide in practice. `out` holds
 * plain.len + BOX_OVERHEAD bytes. */
void box_lock(uint8_t *out, const uint8_t key[BOX_KEY_BYTES], const uint8_t nonce[BOX_NONCE_BYTES],
	      struct span context, struct span plain);
/* `out` holds box.len - BOX_OVERHEAD bytes. */
int box_open(uint8_t *out, const uint8_t key[BOX_KEY_BYTES], const uint8_t nonce[BOX_NONCE_BYTES],
	     struct span context, struct span box, struct err *e);

/* A key locked with another key, its nonce in front. To wrap a key to a device or superior,
 * seal_to() its 32 bytes. */
void key_wrap(uint8_t out[WRAP_BYTES], const uint8_t with[BOX_KEY_BYTES],
	      const uint8_t key[BOX_KEY_BYTES], const uint8_t nonce[BOX_NONCE_BYTES],
	      struct span context);
int key_unwrap(uint8_t key[BOX_KEY_BYTES], const uint8_t with[BOX_KEY_BYTES], struct span wrapped,
	       struct span context, struct err *e);
#endif
