/* OpenSSL's randomness from the seed. Equal seeds must give equal bytes, and a signature's length follows
 * from it. What is given is no secret and stays the same until the next key is made: a nonce is hashed from
 * key and message besides, so that is enough. Of this project nothing is included here: OpenSSL has other
 * ideas of what ERR_STATE is. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>

void chance_fix(uint64_t seed); /* sim.h */
void chance_sha256(uint8_t out[32], const void *bytes, size_t len);

static uint64_t fixed;

static int bytes(unsigned char *out, int len)
{
	uint64_t x = fixed;

	for (int i = 0; i < len; i++) {
		x += UINT64_C(0x9e3779b97f4a7c15);
		out[i] = (unsigned char)((x ^ x >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 56);
	}
	return 1;
}

static int status(void)
{
	return 1;
}

void chance_fix(uint64_t seed)
{
	static const RAND_METHOD method = { .bytes = bytes, .pseudorand = bytes, .status = status };

	fixed = seed;
	RAND_set_rand_method(&method);
}

/* As hash_bytes(), by the processor's own instructions where there are some: worlds are megabytes. */
void chance_sha256(uint8_t out[32], const void *bytes, size_t len)
{
	SHA256(bytes, len, out);
}
