#include "crypto/password.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>

static_assert(PASSWORD_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "salt");
static_assert(PASSWORD_TEXT_MAX >= crypto_pwhash_argon2id_STRBYTES, "stored form");

enum { PASSES_MAX = 16, MEMORY_KIB_MIN = 8, MEMORY_KIB_MAX = 1 << 20 };
enum { B64 = sodium_base64_VARIANT_ORIGINAL_NO_PADDING };

const struct password_cost password_cost_default = { .passes = 2, .memory_kib = 65536 };

static bool cost_is_allowed(struct password_cost c)
{
	return c.passes >= 1 && c.passes <= PASSES_MAX && c.memory_kib >= MEMORY_KIB_MIN &&
	       c.memory_kib <= MEMORY_KIB_MAX;
}

int password_key(uint8_t out[PASSWORD_KEY_BYTES], struct span password,
		 const uint8_t salt[PASSWORD_SALT_BYTES], struct password_cost cost, struct err *e)
{
	if (sodium_init() < 0) /* picks the fast code for this processor */
		return err_set(e, ERR_IO, "the system offers no random numbers");
	if (!cost_is_allowed(cost))
		return err_set(e, ERR_RANGE,
			       "a password cost of %u passes over %u KiB is not allowed",
			       cost.passes, cost.memory_kib);
	if (password.len > PASSWORD_BYTES_MAX)
		return err_set(e, ERR_RANGE, "a password has at most %d bytes, not %zu",
			       PASSWORD_BYTES_MAX, password.len);
	if (crypto_pwhash_argon2id(out, PASSWORD_KEY_BYTES, (const char *)password.data,
				   password.len, salt, cost.passes, (size_t)cost.memory_kib * 1024,
				   crypto_pwhash_argon2id_ALG_ARGON2ID13))
		return err_set(e, ERR_NOMEM, "not enough memory to check a password (%u KiB)",
			       cost.memory_kib);
	return 0;
}

int password_hash(char out[PASSWORD_TEXT_MAX], struct span password,
		  const uint8_t salt[PASSWORD_SALT_BYTES], struct password_cost cost, struct err *e)
{
	char salt64[sodium_base64_ENCODED_LEN(PASSWORD_SALT_BYTES, B64)];
	char hash64[sodium_base64_ENCODED_LEN(PASSWORD_KEY_BYTES, B64)];
	uint8_t hash[PASSWORD_KEY_BYTES];
	int rc = password_key(hash, password, salt, cost, e);

	if (rc)
		return rc;
	sodium_bin2base64(salt64, sizeof(salt64), salt, PASSWORD_SALT_BYTES, B64);
	sodium_bin2base64(hash64, sizeof(hash64), hash, sizeof(hash), B64);
	memset(out, 0, PASSWORD_TEXT_MAX); /* stored as it is: no stack bytes behind the NUL */
	snprintf(out, PASSWORD_TEXT_MAX, "$argon2id$v=19$m=%u,t=%u,p=1$%s$%s", cost.memory_kib,
		 cost.passes, salt64, hash64);
	sodium_memzero(hash, sizeof(hash));
	return 0;
}

static bool number(const char **at, unsigned *out)
{
	const char *p = *at;
	unsigned v = 0;

	for (; *p >= '0' && *p <= '9' && p < *at + 8; p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == *at)
		return false;
	*at = p;
	*out = v;
	return true;
}

static bool literal(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len))
		return false;
	*at += len;
	return true;
}

/* Read by hand rather than by crypto_pwhash_str_verify(), which would spend whatever memory and
 * time the stored text asks for before comparing. */
static bool stored_parse(const char *at, struct password_cost *cost,
			 uint8_t salt[PASSWORD_SALT_BYTES], uint8_t hash[PASSWORD_KEY_BYTES])
{
	const char *end = NULL;
	size_t len = 0;

	if (strnlen(at, PASSWORD_TEXT_MAX) == PASSWORD_TEXT_MAX)
		return false;
	if (!literal(&at, "$argon2id$v=19$m=") || !number(&at, &cost->memory_kib) ||
	    !literal(&at, ",t=") || !number(&at, &cost->passes) || !literal(&at, ",p=1$"))
		return false;
	if (sodium_base642bin(salt, PASSWORD_SALT_BYTES, at, strlen(at), NULL, &len, &end, B64) ||
	    len != PASSWORD_SALT_BYTES || *end != '$')
		return false;
	at = end + 1;
	return !sodium_base642bin(hash, PASSWORD_KEY_BYTES, at, strlen(at), NULL, &len, &end,
				  B64) &&
	       len == PASSWORD_KEY_BYTES && *end == '\0' && cost_is_allowed(*cost);
}

int password_check(const char *stored, struct span password, struct err *e)
{
	uint8_t salt[PASSWORD_SALT_BYTES], want[PASSWORD_KEY_BYTES], got[PASSWORD_KEY_BYTES];
	struct password_cost cost = { 0 };
	int rc;

	if (!stored_parse(stored, &cost, salt, want))
		return err_set(e, ERR_CORRUPT, "the stored password cannot be read");
	if (password.len > PASSWORD_BYTES_MAX)
		return err_set(e, ERR_DENIED,
			       "wrong password"); /* none that long was ever stored */
	rc = password_key(got, password, salt, cost, e);
	if (!rc && sodium_memcmp(got, want, sizeof(want)))
		rc = err_set(e, ERR_DENIED, "wrong password");
	sodium_memzero(got, sizeof(got));
	sodium_memzero(want, sizeof(want));
	return rc;
}

bool password_is_outdated(const char *stored, struct password_cost cost)
{
	uint8_t salt[PASSWORD_SALT_BYTES], hash[PASSWORD_KEY_BYTES];
	struct password_cost was = { 0 };

	return !stored_parse(stored, &was, salt, hash) || was.passes != cost.passes ||
	       was.memory_kib != cost.memory_kib;
}
