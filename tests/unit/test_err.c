#include "base/err.h"
#include "base/span.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

Test(err, set_gives_code_and_text)
{
	struct err e;

	cr_assert_eq(err_set(&e, ERR_RANGE, "day %d of %s", 7, "may"), -ERR_RANGE);
	cr_assert_eq(e.code, ERR_RANGE);
	cr_assert_str_eq(e.msg, "day 7 of may");
	cr_assert_eq(err_set(NULL, ERR_IO, "x"), -ERR_IO);
	err_clear(&e);
	cr_assert_eq(e.code, ERR_NONE);
	cr_assert_str_eq(e.msg, "");
	cr_assert_eq(e.parts, 0u);
	err_clear(NULL);
}

Test(err, every_conversion_reads_its_own_argument)
{
	struct err e;
	char want[ERR_TEXT_MAX];

	err_set(&e, ERR_INVALID, "%d %i %u %x %c %%", -1, 2, 3000000000u, 255u, 'k');
	cr_assert_str_eq(e.msg, "-1 2 3000000000 ff k %");
	err_set(&e, ERR_INVALID, "%zu %ld %lu %lld %llu %s", SIZE_MAX, -5L, 6ul, -7ll,
		UINT64_C(8) + 0ull, "end");
	snprintf(want, sizeof(want), "%zu -5 6 -7 8 end", SIZE_MAX);
	cr_assert_str_eq(e.msg, want);
	err_set(&e, ERR_INVALID, "%" PRId64 " %" PRIu64 " %" PRIx64 " %" PRIu32 " %" PRIi32,
		INT64_MIN, UINT64_MAX, UINT64_C(0xabcdef0123456789), UINT32_MAX, INT32_MIN);
	cr_assert_str_eq(e.msg,
			 "-9223372036854775808 18446744073709551615 abcdef0123456789 4294967295 "
			 "-2147483648");
	err_set(&e, ERR_INVALID, "[%.*s] [%5d] [%-4u] [%02x] [%.3s] [%*d]", 3, "abcdef", 42, 7u,
		10u, "xyzw", 4, 1);
	cr_assert_str_eq(e.msg, "[abc] [   42] [7   ] [0a] [xyz] [   1]");
	err_set(&e, ERR_INVALID, "%hhu %hd", (unsigned char)200, (short)-3);
	cr_assert_str_eq(e.msg, "200 -3");
}

Test(err, wrap_puts_the_outer_part_in_front)
{
	struct err e;
	int rc = err_set(&e, ERR_INVALID, "not a number");

	cr_assert_eq(err_wrap(&e, rc, "line %zu", (size_t)7), -ERR_INVALID);
	cr_assert_eq(err_wrap(&e, rc, "import %s", "tree.csv"), -ERR_INVALID);
	cr_assert_str_eq(e.msg, "import tree.csv: line 7: not a number");
	cr_assert_eq(err_wrap(&e, 0, "nothing"), 0);
	cr_assert_eq(err_wrap(NULL, -ERR_IO, "nothing"), -ERR_IO);
	cr_assert_str_eq(e.msg, "import tree.csv: line 7: not a number");
}

Test(err, wrap_of_a_silent_failure_has_its_code)
{
	struct err e = { 0 };

	cr_assert_eq(err_wrap(&e, -ERR_BUSY, "open %s", "x"), -ERR_BUSY);
	cr_assert_eq(e.code, ERR_BUSY);
	cr_assert_str_eq(e.msg, "open x");
}

Test(err, an_argument_may_be_the_old_message)
{
	struct err e;

	err_set(&e, ERR_IO, "first %d", 1);
	err_set(&e, ERR_BUSY, "again: %s", e.msg);
	cr_assert_str_eq(e.msg, "again: first 1");
	err_wrap(&e, -ERR_BUSY, "<%s>", e.msg);
	cr_assert_str_eq(e.msg, "<again: first 1>: again: first 1");
}

Test(err, a_message_is_one_line_of_valid_text)
{
	struct err e;

	err_set(&e, ERR_INVALID, "bad '%s'", "a\nb\r\tc\x1b[31m\xff \xc3\xa0 \xc2\x9b \xc3");
	cr_assert_str_eq(e.msg, "bad 'a b  c [31m? \xc3\xa0 ?? ?'");
	cr_assert_null(strpbrk(e.args, "\n\r\t\x1b\xff"), "the argument too: it travels");
}

Test(err, what_does_not_fit_is_cut_between_characters)
{
	struct err e;
	char text[2000];

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "ệ", 3);
	text[1998] = '\0';
	err_set(&e, ERR_INVALID, "%s|%s|%s|%s", text, text, text, text);
	cr_assert_lt(strlen(e.msg), (size_t)ERR_TEXT_MAX);
	cr_assert_null(strchr(e.msg, '?'), "%s", e.msg);
	cr_assert_not_null(strstr(e.msg, "ệ…|ệ"), "%s", e.msg);
	for (int i = 0; i < 8; i++)
		err_wrap(&e, -ERR_INVALID, "wrap %d %s", i, text);
	cr_assert_lt(strlen(e.msg), (size_t)ERR_TEXT_MAX);
	cr_assert_eq(e.parts, (unsigned)ERR_PARTS_MAX);
	cr_assert_leq(e.args_used, ERR_ARGS_BYTES);
	cr_assert_eq(e.args[ERR_ARGS_BYTES - 1], '\0');
}

Test(err, a_long_argument_leaves_room_for_the_place)
{
	struct err e;
	char text[1000];
	int rc;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	rc = err_set(&e, ERR_INVALID, "'%s'", text);
	err_wrap(&e, rc, "line %d, column %s", 12345, "members");
	cr_assert_eq(strncmp(e.msg, "line 12345, column members: 'xxx", 32), 0, "%s", e.msg);
}

Test(err, arguments_without_number_are_no_overrun)
{
	struct err e;

	err_set(&e, ERR_INVALID, "%d %d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7, 8);
	cr_assert_str_eq(e.msg, "1 2 3 4 5 6 ? ?");
}

static const char *vietnamese(const char *msgid)
{
	if (!strcmp(msgid, "line %zu, column %s"))
		return "dòng %zu, cột %s";
	if (!strcmp(msgid, "'%.*s' has %lld of %llu (%d%%)"))
		return "\"%.*s\": %lld trên %llu, tức %d%%";
	if (!strcmp(msgid, "asks for more"))
		return "%s and %s";
	if (!strcmp(msgid, "its link is wrong"))
		return "chỗ nối bị sai 100%";
	if (!strcmp(msgid, "form"))
		return "mẫu biểu";
	return NULL;
}

Test(err, text_in_another_language)
{
	struct err e;
	char out[200];
	int rc = err_set(&e, ERR_INVALID, "'%.*s' has %lld of %llu (%d%%)", 2, "abc", -4ll, 5ull,
			 80);

	err_wrap(&e, rc, "line %zu, column %s", (size_t)7, "members");
	cr_assert_str_eq(e.msg, "line 7, column members: 'ab' has -4 of 5 (80%)");
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)),
			 "dòng 7, cột members: \"ab\": -4 trên 5, tức 80%");
	cr_assert_str_eq(err_text(&e, NULL, out, sizeof(out)), e.msg);
	err_wrap(&e, rc, "unknown to the catalogue %d", 1);
	err_text(&e, vietnamese, out, sizeof(out));
	cr_assert_eq(strncmp(out, "unknown to the catalogue 1: dòng 7", 34), 0, "%s", out);
	err_set(&e, ERR_INVALID, "asks for more");
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)), "? and ?");
}

/* An argument may be a sentence of ours; one word may be what somebody typed. */
Test(err, arguments_of_several_words_are_translated_too)
{
	struct err e;
	char out[200];

	err_set(&e, ERR_CORRUPT, "entry %d: %s, %s, %s", 7, "its link is wrong", "form", "a b");
	cr_assert_str_eq(e.msg, "entry 7: its link is wrong, form, a b");
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)),
			 "entry 7: chỗ nối bị sai 100%, form, a b");
}

/* In tests nobody chose a language, so it is Vietnamese. */
Test(err, counts_are_grouped_for_the_reader)
{
	struct err e = { 0 };
	char out[ERR_TEXT_MAX];

	err_set(&e, ERR_INVALID, "%zu rows of %lld, %d below, %u", (size_t)20000, 1234567LL, -2131,
		999U);
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)),
			 "20.000 rows of 1.234.567, -2.131 below, 999");
	cr_assert_str_eq(e.msg, "20000 rows of 1234567, -2131 below, 999", "logs and JSON");
	cr_assert_str_eq(err_text(&e, NULL, out, sizeof(out)), e.msg);
	err_set(&e, ERR_INVALID, "port %1u, byte 0x%02x, the year %1d, '%s'", 65535U, 0x1bU, 2022,
		"1336");
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)),
			 "port 65535, byte 0x1b, the year 2022, '1336'");
	err_set(&e, ERR_INVALID, "%llu of %lld", ~0ULL, (long long)INT64_MIN);
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)),
			 "18446744073709551615 of -9.223.372.036.854.775.808");
}

/* A message without arguments is set in place: nothing of what stood there before may show through. */
Test(err, plain_message_over_old_memory)
{
	struct err e;
	char out[ERR_TEXT_MAX];
	int rc;

	memset(&e, 0xff, sizeof(e));
	rc = err_set(&e, ERR_NOTFOUND, "no such key");
	cr_assert_eq(rc, -ERR_NOTFOUND);
	cr_assert_eq(e.code, ERR_NOTFOUND);
	cr_assert_str_eq(e.msg, "no such key");
	cr_assert_str_eq(err_text(&e, NULL, out, sizeof(out)), "no such key");
	err_wrap(&e, rc, "import %s", "1336"); /* no count, though its bit was set */
	cr_assert_str_eq(err_text(&e, vietnamese, out, sizeof(out)), "import 1336: no such key");
	err_set(&e, ERR_INVALID, "two\nlines");
	cr_assert_str_eq(e.msg, "two lines");
}

Test(err, text_fits_any_room)
{
	struct err e;
	char out[64];

	err_set(&e, ERR_INVALID, "lỗi %s ệ", "ở đây");
	for (size_t room = 1; room < sizeof(out); room++) {
		memset(out, 'Z', sizeof(out));
		err_text(&e, NULL, out, room);
		cr_assert_lt(strlen(out), room);
		cr_assert_eq(strncmp(out, e.msg, strlen(out)), 0);
		cr_assert_eq(out[room], 'Z');
	}
	err_text(&e, NULL, NULL, 0);
}

Test(err, codes_have_names)
{
	cr_assert_str_eq(err_code_name(ERR_INVALID), "invalid");
	cr_assert_str_eq(err_code_name(ERR_NOTFOUND), "not-found");
	cr_assert_str_eq(err_code_name(ERR_CODES), "unknown");
	for (int i = 0; i < ERR_CODES; i++)
		for (int j = 0; j < i; j++)
			cr_assert_str_neq(err_code_name((enum err_code)i),
					  err_code_name((enum err_code)j));
}
