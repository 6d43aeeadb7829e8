/* Signatures: Ed25519 for log heads, P-256 for TLS, devices and certificates.
 *
 * Every verify returns 0, -ERR_INVALID for a key or signature that is not one at all, or
 * -ERR_DENIED when it is well formed but was not made by this key over these bytes. Whatever looks at a P-256 key or
 * signature may lack memory: -ERR_NOMEM then, which says nothing of what was looked at. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/hash.h"

enum { ED25519_SEED_BYTES = 32, ED25519_PUBLIC_BYTES = 32, ED25519_SIG_BYTES = 64 };

struct ed25519_public {
	uint8_t b[ED25519_PUBLIC_BYTES];
};

struct ed25519_sig {
	uint8_t b[ED25519_SIG_BYTES];
};

/* The whole key follows from the seed, so the seed is what is kept. */
struct ed25519_key {
	struct ed25519_public public;
	uint8_t secret[64];
};

void ed25519_key_init(struct ed25519_key *k, const uint8_t seed[ED25519_SEED_BYTES]);
void ed25519_key_fini(struct ed25519_key *k); /* wipes */

/* Deterministic: the same key and bytes give the same signature. */
struct ed25519_sig ed25519_sign(const struct ed25519_key *k, struct span message);
int ed25519_verify(const struct ed25519_public *by, struct span message,
		   const struct ed25519_sig *sig, struct err *e);

/* A P-256 private key. Not changed after it was made, so threads may share it. */
struct p256_key;

enum { P256_POINT_BYTES = 65, P256_SPKI_BYTES = 91, P256_SIG_MAX = 72, P256_FILE_MAX = 4096 };
enum { P256_SECRET_BYTES = 32 };

/* The uncompressed point, 0x04 first: the only form of a public key that is accepted or written. */
struct p256_public {
	uint8_t point[P256_POINT_BYTES];
};

/* DER, of varying length. */
struct p256_sig {
	uint8_t b[P256_SIG_MAX];
	size_t len;
};

/* Randomness is otherwise an argument; p256_generate() and p256_sign() are the exceptions: the key
 * and the nonce of each signature come from OpenSSL's own generator (3.0 offers no other way that
 * is safe), so signatures over equal bytes differ and nothing may be derived from a signature's
 * bytes. */
int p256_generate(struct p256_key **out, struct err *e);
void p256_free(struct p256_key *k);
int p256_sign(const struct p256_key *k, struct span message, struct p256_sig *sig, struct err *e);
int p256_verify(const struct p256_public *by, struct span message, struct span sig, struct err *e);

/* The private key as unencrypted PKCS#8, appended to `out`; wipe the buffer after use. Loading
 * takes one key of at most P256_FILE_MAX bytes, never asks anybody for a passphrase, and refuses
 * other curves and algorithms, encrypted keys, and DER with something behind it (-ERR_INVALID). */
int p256_save_pem(const struct p256_key *k, struct buf *out, struct err *e);
int p256_save_der(const struct p256_key *k, struct buf *out, struct err *e);
int p256_load_pem(struct p256_key **out, struct span pem, struct err *e);
int p256_load_der(struct p256_key **out, struct span der, struct err *e);
/* The number alone, for paper; to load it the public half is told, which must be its own. */
int p256_save_secret(const struct p256_key *k, uint8_t out[P256_SECRET_BYTES], struct err *e);
int p256_load_secret(struct p256_key **out, const uint8_t secret[P256_SECRET_BYTES],
		     const struct p256_public *public, struct err *e);

struct p256_public p256_public_of(const struct p256_key *k);
bool p256_public_eq(const struct p256_public *a, const struct p256_public *b);

/* 65 bytes that name a point of the curve, else -ERR_INVALID. */
int p256_public_load(struct p256_public *out, struct span point, struct err *e);

/* SubjectPublicKeyInfo, DER, as it stands in certificates; its SHA-256 is what devices are bound
 * to. */
void p256_spki(uint8_t out[P256_SPKI_BYTES], const struct p256_public *k);
int p256_spki_load(struct p256_public *out, struct span spki, struct err *e);
struct hash p256_spki_hash(const struct p256_public *k);
#endif
