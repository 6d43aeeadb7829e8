/* SHA-256 is libcrypto's, by its functions for one context: they use the processor's instructions for it where there are
 * some, which libsodium does not, and need no memory, which EVP does. Most of what a server computes for an op that comes
 * in is this hash. */
#define OPENSSL_SUPPRESS_DEPRECATED /* they are to give way to EVP */

#include "crypto/hash.h"

#include <assert.h>
#include <openssl/sha.h>
#include <sodium.h>

static_assert(sizeof(struct hasher) >= sizeof(SHA256_CTX), "hasher storage");
static_assert(_Alignof(struct hasher) >= _Alignof(SHA256_CTX), "hasher alignment");
static_assert(HASH_BYTES == SHA256_DIGEST_LENGTH, "hash size");
static_assert(HASH_BYTES == crypto_auth_hmacsha256_BYTES, "MAC size");

/* They answer 1; there is nothing in them that can fail. */
static void add(SHA256_CTX *c, struct span bytes)
{
	if (bytes.len) /* the span's pointer may be NULL */
		SHA256_Update(c, bytes.data, bytes.len);
}

/* Through a copy rather than a cast, so the opaque bytes are never read as another type. */
void hasher_init(struct hasher *h)
{
	SHA256_CTX c;

	SHA256_Init(&c);
	memset(h, 0, sizeof(*h));
	memcpy(h->state, &c, sizeof(c));
}

void hasher_add(struct hasher *h, struct span bytes)
{
	SHA256_CTX c;

	memcpy(&c, h->state, sizeof(c));
	add(&c, bytes);
	memcpy(h->state, &c, sizeof(c));
}

struct hash hasher_end(struct hasher *h)
{
	SHA256_CTX c;
	struct hash out;

	memcpy(&c, h->state, sizeof(c));
	SHA256_Final(out.b, &c);
	sodium_memzero(&c, sizeof(c));
	sodium_memzero(h, sizeof(*h));
	return out;
}

struct hash hash_bytes(struct span bytes)
{
	return hash_bytes3(bytes, (struct span){ 0 }, (struct span){ 0 });
}

struct hash hash_bytes2(struct span first, struct span second)
{
	return hash_bytes3(first, second, (struct span){ 0 });
}

struct hash hash_bytes3(struct span first, struct span second, struct span third)
{
	struct hash out;
	SHA256_CTX c;

	SHA256_Init(&c);
	add(&c, first);
	add(&c, second);
	add(&c, third);
	SHA256_Final(out.b, &c);
	sodium_memzero(&c, sizeof(c));
	return out;
}

static void hmac_parts(uint8_t *out, struct span key, const struct span *parts, size_t count)
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, key.len ? key.data : (const uint8_t *)"", key.len);
	for (size_t i = 0; i < count; i++)
		if (parts[i].len)
			crypto_auth_hmacsha256_update(&st, parts[i].data, parts[i].len);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof(st));
}

struct hash hmac_sha256(struct span key, struct span message)
{
	struct hash out = { 0 };

	hmac_parts(out.b, key, &message, 1);
	return out;
}

void hkdf_sha256(void *out, size_t len, struct span secret, struct span salt, struct span info)
{
	uint8_t prk[HASH_BYTES], block[HASH_BYTES], *to = out;
	size_t have = 0;

	assert(len > 0 && len <= HKDF_BYTES_MAX);
	/* An empty salt is the same HMAC key as the 32 zero bytes of the RFC. */
	hmac_parts(prk, salt, &secret, 1);
	for (unsigned n = 1; len > 0; n++) {
		uint8_t counter = (uint8_t)n;
		struct span parts[] = { { block, have }, info, { &counter, 1 } };
		size_t take = len < HASH_BYTES ? len : HASH_BYTES;

		hmac_parts(block, span_of(prk, sizeof(prk)), parts, 3);
		have = sizeof(block);
		memcpy(to, block, take);
		to += take;
		len -= take;
	}
	sodium_memzero(prk, sizeof(prk));
	sodium_memzero(block, sizeof(block));
}

bool bytes_eq_secret(const void *a, const void *b, size_t len)
{
	return len == 0 || sodium_memcmp(a, b, len) == 0;
}

bool hash_eq(const struct hash *a, const struct hash *b)
{
	return bytes_eq_secret(a->b, b->b, HASH_BYTES);
}

void bytes_wipe(void *bytes, size_t len)
{
	if (len)
		sodium_memzero(bytes, len);
}

bool hash_is_zero(const struct hash *h)
{
	return sodium_is_zero(h->b, HASH_BYTES) == 1;
}

char *hex_encode(char *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(void *out, size_t len, struct span text)
{
	uint8_t *to = out;

	if (text.len / 2 != len || text.len % 2)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
