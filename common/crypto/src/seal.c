#include "crypto/seal.h"

#include <assert.h>
#include <sodium.h>

static_assert(SEAL_SEED_BYTES == crypto_box_SEEDBYTES, "seed");
static_assert(SEAL_PUBLIC_BYTES == crypto_box_PUBLICKEYBYTES, "public key");
static_assert(sizeof(((struct seal_key *)0)->secret) == crypto_box_SECRETKEYBYTES, "secret key");
static_assert(SEAL_OVERHEAD == crypto_box_SEALBYTES, "sealed box");
static_assert(BOX_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
static_assert(BOX_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
static_assert(BOX_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

static const uint8_t *bytes_of(struct span s)
{
	return s.len ? s.data : (const uint8_t *)"";
}

void seal_key_init(struct seal_key *k, const uint8_t seed[SEAL_SEED_BYTES])
{
	crypto_box_seed_keypair(k->public.b, k->secret, seed);
}

void seal_key_fini(struct seal_key *k)
{
	if (k)
		sodium_memzero(k, sizeof(*k));
}

/* The nonce of crypto_box_seal: BLAKE2b over both public keys. */
static void seal_nonce(uint8_t nonce[crypto_box_NONCEBYTES], const uint8_t *ephemeral,
		       const struct seal_public *to)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, NULL, 0, crypto_box_NONCEBYTES);
	crypto_generichash_update(&st, ephemeral, SEAL_PUBLIC_BYTES);
	crypto_generichash_update(&st, to->b, SEAL_PUBLIC_BYTES);
	crypto_generichash_final(&st, nonce, crypto_box_NONCEBYTES);
}

int seal_to(uint8_t *out, const struct seal_public *to, struct span plain,
	    const uint8_t random[SEAL_SEED_BYTES], struct err *e)
{
	static const char label[] = "ketnap seal v1";
	uint8_t seed[SEAL_SEED_BYTES], secret[crypto_box_SECRETKEYBYTES];
	uint8_t nonce[crypto_box_NONCEBYTES];
	crypto_generichash_state st;
	int failed;

	/* crypto_box_seal() itself draws its ephemeral key; this is the same construction with the
	 * key as a function of the arguments. Hashing the plain text in keeps key and nonce apart
	 * when a caller hands in the same bytes twice. */
	crypto_generichash_init(&st, random, SEAL_SEED_BYTES, sizeof(seed));
	crypto_generichash_update(&st, (const uint8_t *)label, sizeof(label));
	crypto_generichash_update(&st, to->b, sizeof(to->b));
	crypto_generichash_update(&st, bytes_of(plain), plain.len);
	crypto_generichash_final(&st, seed, sizeof(seed));
	crypto_box_seed_keypair(out, secret, seed);
	seal_nonce(nonce, out, to);
	failed = crypto_box_easy(out + SEAL_PUBLIC_BYTES, bytes_of(plain), plain.len, nonce, to->b,
				 secret);
	sodium_memzero(&st, sizeof(st));
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	if (failed)
		return err_set(e, ERR_INVALID, "the receiver's key is not an X25519 key");
	return 0;
}

int seal_open(uint8_t *out, const struct seal_key *k, struct span sealed, struct err *e)
{
	if (sealed.len < SEAL_OVERHEAD)
		return err_set(e, ERR_INVALID, "a sealed box has at least %d bytes, not %zu",
			       SEAL_OVERHEAD, sealed.len);
	if (crypto_box_seal_open(out, sealed.data, sealed.len, k->public.b, k->secret)) {
		sodium_memzero(out, sealed.len - SEAL_OVERHEAD);
		return err_set(e, ERR_DENIED, "the sealed box is for another key, or was changed");
	}
	return 0;
}

void box_lock(uint8_t *out, const uint8_t key[BOX_KEY_BYTES], const uint8_t nonce[BOX_NONCE_BYTES],
	      struct span context, struct span plain)
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, bytes_of(plain), plain.len,
						   bytes_of(context), context.len, NULL, nonce,
						   key);
}

int box_open(uint8_t *out, const uint8_t key[BOX_KEY_BYTES], const uint8_t nonce[BOX_NONCE_BYTES],
	     struct span context, struct span box, struct err *e)
{
	if (box.len < BOX_OVERHEAD)
		return err_set(e, ERR_INVALID, "a locked box has at least %d bytes, not %zu",
			       BOX_OVERHEAD, box.len);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, box.data, box.len,
						       bytes_of(context), context.len, nonce,
						       key)) {
		sodium_memzero(out, box.len - BOX_OVERHEAD);
		return err_set(e, ERR_DENIED,
			       "the box is locked with another key or context, or was changed");
	}
	return 0;
}

void key_wrap(uint8_t out[WRAP_BYTES], const uint8_t with[BOX_KEY_BYTES],
	      const uint8_t key[BOX_KEY_BYTES], const uint8_t nonce[BOX_NONCE_BYTES],
	      struct span context)
{
	memcpy(out, nonce, BOX_NONCE_BYTES);
	box_lock(out + BOX_NONCE_BYTES, with, nonce, context, span_of(key, BOX_KEY_BYTES));
}

int key_unwrap(uint8_t key[BOX_KEY_BYTES], const uint8_t with[BOX_KEY_BYTES], struct span wrapped,
	       struct span context, struct err *e)
{
	if (wrapped.len != WRAP_BYTES)
		return err_set(e, ERR_INVALID, "a wrapped key has %d bytes, not %zu", WRAP_BYTES,
			       wrapped.len);
	return box_open(key, with, wrapped.data, context,
			span_of(wrapped.data + BOX_NONCE_BYTES, WRAP_BYTES - BOX_NONCE_BYTES), e);
}
