#include "crypto/password.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct password_cost cheap = { .passes = 1, .memory_kib = 8 };
static const uint8_t salt[PASSWORD_SALT_BYTES] = "0123456789abcde";

/* Made and verified by libsodium's own crypto_pwhash_str_verify(). */
static const char known[] = "$argon2id$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlAA$"
			    "SqZc66P4viGm0ueGpNCetJSo7tzEhAzwOKYCE1ViN08";

Test(password, known_answer)
{
	char stored[PASSWORD_TEXT_MAX];
	struct err e = { 0 };
	const struct password_cost cost = { .passes = 2, .memory_kib = 64 };

	cr_assert_eq(password_hash(stored, SPAN_LIT("mật khẩu"), salt, cost, &e), 0, "%s", e.msg);
	cr_assert_str_eq(stored, known);
	cr_assert_eq(password_check(known, SPAN_LIT("mật khẩu"), &e), 0, "%s", e.msg);
	cr_assert_eq(password_check(known, SPAN_LIT("mật khẩu "), &e), -ERR_DENIED);
	cr_assert_eq(password_check(known, SPAN_LIT(""), &e), -ERR_DENIED);
}

Test(password, the_default_cost_works)
{
	char stored[PASSWORD_TEXT_MAX];
	struct err e = { 0 };

	cr_assert_eq(password_hash(stored, SPAN_LIT("p"), salt, password_cost_default, &e), 0, "%s",
		     e.msg);
	cr_assert(!strncmp(stored, "$argon2id$v=19$m=65536,t=2,p=1$", 31), "%s", stored);
	cr_assert_eq(password_check(stored, SPAN_LIT("p"), &e), 0, "%s", e.msg);
	cr_assert(!password_is_outdated(stored, password_cost_default));
	cr_assert(password_is_outdated(stored, cheap));
	cr_assert(password_is_outdated("", cheap));
}

Test(password, salt_cost_and_length_count)
{
	uint8_t other[PASSWORD_SALT_BYTES] = { 0 }, a[PASSWORD_KEY_BYTES], b[PASSWORD_KEY_BYTES];
	uint8_t longest[PASSWORD_BYTES_MAX + 1];
	char stored[PASSWORD_TEXT_MAX];

	cr_assert_eq(password_key(a, SPAN_LIT("p"), salt, cheap, NULL), 0);
	cr_assert_eq(password_key(b, SPAN_LIT("p"), salt, cheap, NULL), 0);
	cr_assert_arr_eq(a, b, sizeof(a));
	cr_assert_eq(password_key(b, SPAN_LIT("p"), other, cheap, NULL), 0);
	cr_assert(memcmp(a, b, sizeof(a)));
	cr_assert_eq(password_key(b, SPAN_LIT("p"), salt, (struct password_cost){ 2, 8 }, NULL), 0);
	cr_assert(memcmp(a, b, sizeof(a)));
	memset(longest, 'x', sizeof(longest));
	cr_assert_eq(
		password_hash(stored, span_of(longest, sizeof(longest) - 1), salt, cheap, NULL), 0);
	cr_assert_eq(password_check(stored, span_of(longest, sizeof(longest) - 1), NULL), 0);
	cr_assert_eq(password_check(stored, span_of(longest, sizeof(longest)), NULL), -ERR_DENIED);
	cr_assert_eq(password_hash(stored, span_of(longest, sizeof(longest)), salt, cheap, NULL),
		     -ERR_RANGE);
}

Test(password, costs_out_of_bounds)
{
	static const struct password_cost bad[] = {
		{ 0, 8 }, { 17, 8 }, { 1, 7 }, { 1, 0 }, { 1, (1 << 20) + 1 },
	};
	uint8_t key[PASSWORD_KEY_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(password_key(key, SPAN_LIT("p"), salt, bad[i], NULL), -ERR_RANGE,
			     "%zu", i);
}

/* What is stored may have been damaged, or written by somebody who wants the memory used up. */
Test(password, stored_text_is_checked_before_it_is_obeyed)
{
	static const char *const bad[] = {
		"",
		"$argon2id$v=19$m=8,t=1,p=1$",
		"$argon2i$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlAA$",
		"$argon2id$v=19$m=4194304,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlAA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=999,p=1$MDEyMzQ1Njc4OWFiY2RlAA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999999999,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlAA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlAA$"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	char stored[PASSWORD_TEXT_MAX], cut[PASSWORD_TEXT_MAX + 1];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(password_check(bad[i], SPAN_LIT("p"), NULL), -ERR_CORRUPT, "%zu", i);
	cr_assert_eq(password_hash(stored, SPAN_LIT("p"), salt, cheap, NULL), 0);
	len = strlen(stored);
	for (size_t n = 0; n < len; n++) {
		snprintf(cut, sizeof(cut), "%.*s", (int)n, stored);
		cr_assert_eq(password_check(cut, SPAN_LIT("p"), NULL), -ERR_CORRUPT, "prefix %zu",
			     n);
	}
	snprintf(cut, sizeof(cut), "%sx", stored);
	cr_assert_eq(password_check(cut, SPAN_LIT("p"), NULL), -ERR_CORRUPT);
	cr_assert_eq(password_check(stored, SPAN_LIT("p"), NULL), 0);
}
