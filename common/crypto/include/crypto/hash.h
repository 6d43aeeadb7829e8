/* SHA-256, HMAC and HKDF over it, comparison without a timing leak, and hex. Nothing here fails:
 * the lengths that could be wrong are the program's own and asserted. */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "base/span.h"

enum { HASH_BYTES = 32, HASH_HEX_MAX = 2 * HASH_BYTES + 1 };

struct hash {
	uint8_t b[HASH_BYTES];
};

/* SHA-256 of one run of bytes, or of two or three, one after the other with nothing between. */
struct hash hash_bytes(struct span bytes);
struct hash hash_bytes2(struct span first, struct span second);
struct hash hash_bytes3(struct span first, struct span second, struct span third);

/* SHA-256 in pieces. The caller's storage; it may be copied to branch off; nothing to release. */
struct hasher {
	_Alignas(8) uint8_t state[112];
};

void hasher_init(struct hasher *h);
void hasher_add(struct hasher *h, struct span bytes);
struct hash hasher_end(struct hasher *h); /* `h` is wiped: init it before another use */

struct hash hmac_sha256(struct span key, struct span message);

/* RFC 5869, extract and expand. `len` from 1 to HKDF_BYTES_MAX; `salt` and `info` may be empty. */
enum { HKDF_BYTES_MAX = 255 * HASH_BYTES };
void hkdf_sha256(void *out, size_t len, struct span secret, struct span salt, struct span info);

/* The time taken depends on the length alone: for MACs, proofs and secrets. */
bool hash_eq(const struct hash *a, const struct hash *b);
bool bytes_eq_secret(const void *a, const void *b, size_t len);
void bytes_wipe(void *bytes, size_t len); /* not optimised away */

bool hash_is_zero(const struct hash *h);

/* Lower case, NUL-terminated. `out` holds 2 * len + 1 bytes. Returns `out`. */
char *hex_encode(char *out, const void *bytes, size_t len);
/* Exactly 2 * len hex digits of either case, else false and `out` is not to be used. */
bool hex_decode(void *out, size_t len, struct span text);
#endif
