/* Passwords of people at a device: Argon2id, the salt an argument. Slow on purpose: about a tenth
 * of a second and 64 MiB at the default cost, so never on an I/O thread. */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/err.h"
#include "base/span.h"

enum {
	PASSWORD_SALT_BYTES = 16,
	PASSWORD_KEY_BYTES = 32,
	PASSWORD_TEXT_MAX = 128, /* of a stored hash, with its NUL */
	PASSWORD_BYTES_MAX = 1024,
};

struct password_cost {
	unsigned passes;     /* 1..16 */
	unsigned memory_kib; /* 8..1048576 */
};

extern const struct password_cost password_cost_default;

/* The form in which a password is stored, `$argon2id$v=19$m=..,t=..,p=1$salt$hash`. -ERR_RANGE for
 * a cost out of bounds or a password over PASSWORD_BYTES_MAX, -ERR_NOMEM without
 * that much memory. */
int password_hash(char out[PASSWORD_TEXT_MAX], struct span password,
		  const uint8_t salt[PASSWORD_SALT_BYTES], struct password_cost cost,
		  struct err *e);

/* 0, -ERR_DENIED for another password, -ERR_CORRUPT when `stored` is no such hash or asks for more
 * memory or passes than allowed, -ERR_NOMEM. */
int password_check(const char *stored, struct span password, struct err *e);

/* True when `stored` was made at another cost: make it again at the next right password. */
bool password_is_outdated(const char *stored, struct password_cost cost);

/* A key from a password, for what is locked with it. Errors as password_hash. */
int password_key(uint8_t out[PASSWORD_KEY_BYTES], struct span password,
		 const uint8_t salt[PASSWORD_SALT_BYTES], struct password_cost cost, struct err *e);
#endif
