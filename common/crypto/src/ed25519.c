#include "crypto/sign.h"

#include <assert.h>
#include <sodium.h>

static_assert(ED25519_SEED_BYTES == crypto_sign_SEEDBYTES, "seed");
static_assert(ED25519_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "public key");
static_assert(ED25519_SIG_BYTES == crypto_sign_BYTES, "signature");
static_assert(sizeof(((struct ed25519_key *)0)->secret) == crypto_sign_SECRETKEYBYTES,
	      "secret key");

static const uint8_t *bytes_of(struct span s)
{
	return s.len ? s.data : (const uint8_t *)"";
}

void ed25519_key_init(struct ed25519_key *k, const uint8_t seed[ED25519_SEED_BYTES])
{
	crypto_sign_seed_keypair(k->public.b, k->secret, seed);
}

void ed25519_key_fini(struct ed25519_key *k)
{
	if (k)
		sodium_memzero(k, sizeof(*k));
}

struct ed25519_sig ed25519_sign(const struct ed25519_key *k, struct span message)
{
	struct ed25519_sig sig;

	crypto_sign_detached(sig.b, NULL, bytes_of(message), message.len, k->secret);
	return sig;
}

int ed25519_verify(const struct ed25519_public *by, struct span message,
		   const struct ed25519_sig *sig, struct err *e)
{
	if (!crypto_sign_verify_detached(sig->b, bytes_of(message), message.len, by->b))
		return 0;
	/* With a key of small order anybody can make signatures that verify: libsodium refuses those. Why it
	 * refused is asked afterwards, which costs as much again, so that a broken pin is told from a broken
	 * signature. */
	if (!crypto_core_ed25519_is_valid_point(by->b))
		return err_set(e, ERR_INVALID, "this is not an Ed25519 public key");
	return err_set(e, ERR_DENIED, "the signature was not made by this key");
}
