/* The server's own keys on paper: what is printed comes back as it was, and a mistyped line is told by its number. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>

#include "key_paper.h"

#include "crypto/cert.h"

static const uint8_t store[16] = "a store's number", nonce[24] = "twenty-four fresh bytes";
static struct own_keys keys;
static struct buf page;
static struct code code;
static unsigned lines;
static struct err e;

static void setup(void)
{
	struct p256_key *ca;
	struct buf der;
	uint8_t drawn[CODE_RANDOM_BYTES] = "a code's bytes", serial[CERT_SERIAL_BYTES] = { 0x11 };

	own_keys_init(&keys);
	buf_init(&page, KEY_FILE_MAX);
	buf_init(&der, KEY_FILE_MAX);
	memset(keys.log_seed, 0x5a, 32);
	memset(keys.seal_seed, 0xa5, 32);
	cr_assert_eq(p256_generate(&ca, &e), 0);
	cr_assert_eq(p256_save_pem(ca, &keys.ca_key, &e), 0);
	cr_assert_eq(cert_make_ca(&der, ca, store, serial, 1700000000000, &e), 0);
	cr_assert_eq(cert_pem_save(&keys.ca, CERT_PEM_CERTIFICATE, buf_span(&der), &e), 0);
	p256_free(ca);
	buf_fini(&der);
	code = code_make(drawn);
	cr_assert_eq(key_paper_make(&page, &lines, &keys, store, &code, nonce, &e), 0, "%s", e.msg);
}

static void teardown(void)
{
	own_keys_fini(&keys);
	buf_fini(&page);
}

TestSuite(key_paper, .init = setup, .fini = teardown);

static int read_back(struct own_keys *out, struct span typed)
{
	struct buf sealed;
	int rc;

	own_keys_init(out);
	buf_init(&sealed, KEY_PAPER_MAX);
	rc = key_paper_read(&sealed, typed, &e);
	if (!rc)
		rc = key_paper_open(out, buf_span(&sealed), store, &code, &e);
	buf_fini(&sealed);
	return rc;
}

/* Where line `number` (from 1) begins on the page. */
static char *line_at(unsigned number)
{
	char *at = (char *)page.data, *end = at + page.len;

	while (--number)
		at = (char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	return at;
}

Test(key_paper, comes_back_as_it_was)
{
	struct own_keys back;

	cr_assert_lt(lines, 30);
	cr_assert_eq(read_back(&back, buf_span(&page)), 0, "%s", e.msg);
	cr_assert_arr_eq(back.log_seed, keys.log_seed, 32);
	cr_assert_arr_eq(back.seal_seed, keys.seal_seed, 32);
	cr_assert(span_eq(buf_span(&back.ca_key), buf_span(&keys.ca_key)));
	cr_assert(span_eq(buf_span(&back.ca), buf_span(&keys.ca)));
	own_keys_fini(&back);
}

/* Each sign of each line. */
Test(key_paper, each_mistyped_sign_is_told)
{
	struct own_keys back;
	char want[16];
	size_t tried = 0;

	for (unsigned n = 1; n <= lines; n++) {
		char *line = line_at(n);

		snprintf(want, sizeof(want), "lines %u;", n);
		for (size_t i = 3; line[i] != '\n'; i++) {
			char was = line[i];

			if (was == ' ')
				continue;
			line[i] = was == 'Z' || isdigit((uint8_t)was) ? (was == '9' ? '2' : '9')
								      : 'Z';
			cr_assert_eq(read_back(&back, buf_span(&page)), -ERR_INVALID,
				     "line %u, sign %zu", n, i);
			cr_assert(strstr(e.msg, want), "line %u, sign %zu: %s", n, i, e.msg);
			own_keys_fini(&back);
			line[i] = was;
			tried++;
		}
	}
	cr_assert_gt(tried, 1000);
}

Test(key_paper, a_short_line_and_a_missing_one_are_told)
{
	struct own_keys back;
	char *line = line_at(9), *next = line_at(10);
	size_t rest = page.len - (size_t)(next - (char *)page.data);

	cr_assert_eq(read_back(&back, span_of(page.data, page.len - 2)), -ERR_INVALID);
	cr_assert(strstr(e.msg, "not as they are printed"), "%s", e.msg);
	own_keys_fini(&back);
	memmove(line, next, rest);
	cr_assert_eq(read_back(&back, span_of(page.data, page.len - (size_t)(next - line))),
		     -ERR_INVALID);
	cr_assert(strstr(e.msg, "missing: 9"), "%s", e.msg);
	own_keys_fini(&back);
	cr_assert_eq(read_back(&back, SPAN_LIT("25 years ago\nnothing\n")), -ERR_INVALID);
	own_keys_fini(&back);
	cr_assert_eq(read_back(&back, SPAN_LIT("1. first\nnothing\n")), -ERR_INVALID);
	cr_assert(strstr(e.msg, "no keys of a server"), "%s", e.msg);
	own_keys_fini(&back);
}

Test(key_paper, another_code_and_another_store_are_told)
{
	struct own_keys back;

	code.secret[3] ^= 1;
	cr_assert_eq(read_back(&back, buf_span(&page)), -ERR_DENIED);
	cr_assert(strstr(e.msg, "not that of this paper"), "%s", e.msg);
	own_keys_fini(&back);
	code.secret[3] ^= 1;
	buf_reset(&page);
	cr_assert_eq(key_paper_make(&page, &lines, &keys, nonce, &code, nonce, &e), 0);
	cr_assert_eq(read_back(&back, buf_span(&page)), -ERR_DENIED);
	cr_assert(strstr(e.msg, "another store"), "%s", e.msg);
	own_keys_fini(&back);
}
