#include "json_text.h"

#include "report/json.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct buf b;

static void setup(void)
{
	buf_init(&b, 4096);
}

static void teardown(void)
{
	buf_fini(&b);
}

TestSuite(json_text, .init = setup, .fini = teardown);

static void is(const char *text)
{
	cr_assert(!b.failed);
	cr_assert(span_eq(buf_span(&b), span_str(text)), "%.*s", (int)b.len, (const char *)b.data);
}

Test(json_text, commas_come_by_themselves)
{
	json_text_open(&b, '{');
	json_text_key(&b, "a");
	json_text_open(&b, '[');
	json_text_int(&b, 1);
	json_text_null(&b);
	json_text_bool(&b, true);
	json_text_string(&b, "x:");
	json_text_open(&b, '[');
	json_text_close(&b, ']');
	json_text_value(&b, json_pack("{s:i}", "k", 2));
	json_text_int_or_null(&b, false, 7);
	json_text_close(&b, ']');
	json_text_key(&b, "b");
	json_text_day(&b, 0);
	json_text_key(&b, "c");
	json_text_string(&b, NULL);
	json_text_close(&b, '}');
	is("{\"a\":[1,null,true,\"x:\",[],{\"k\":2},null],\"b\":\"1970-01-01\",\"c\":null}");
}

Test(json_text, numbers_from_the_least_to_the_greatest)
{
	json_text_open(&b, '[');
	json_text_int(&b, INT64_MIN);
	json_text_int(&b, -1);
	json_text_int(&b, 0);
	json_text_int(&b, INT64_MAX);
	json_text_close(&b, ']');
	is("[-9223372036854775808,-1,0,9223372036854775807]");
}

/* Every text is read back as it was written. */
Test(json_text, what_needs_an_escape_gets_one)
{
	char text[] = "a?b", again[] = "Đảng bộ \"A\"\\[{:";

	for (unsigned byte = 1; byte < 0x80; byte++) {
		json_t *j;

		text[1] = (char)byte;
		buf_reset(&b);
		json_text_string(&b, text);
		j = json_loadb((const char *)b.data, b.len, JSON_DECODE_ANY, NULL);
		cr_assert_str_eq(json_string_value(j), text, "byte %02x", byte);
		json_decref(j);
	}
	buf_reset(&b);
	json_text_string(&b, again);
	is("\"Đảng bộ \\\"A\\\"\\\\[{:\"");
}

Test(json_text, what_has_no_room_or_no_memory_fails)
{
	b.max = 3;
	json_text_string(&b, "abc");
	cr_assert(b.failed);
	buf_reset(&b);
	json_text_value(&b, NULL);
	cr_assert(b.failed);
}

Test(json_text, numbers_in_a_list)
{
	const int64_t n[] = { 0, INT64_MIN, INT64_MAX, -7, 10 };
	const bool known[] = { true, true, false, true, false };

	json_text_open(&b, '[');
	json_text_ints(&b, n, NULL, 5);
	json_text_ints(&b, n, known, 5);
	json_text_ints(&b, n, known, 0);
	json_text_close(&b, ']');
	is("[[0,-9223372036854775808,9223372036854775807,-7,10],[0,-9223372036854775808,null,-7,null],[]]");
	buf_fini(&b);
	buf_init(&b, 16);
	json_text_ints(&b, n, NULL, 5);
	cr_assert(b.failed);
	cr_assert_leq(b.len, 16);
}

/* ---- whole, or none ---- */

static size_t asked, fails; /* how often jansson asked for memory; the time that it gets none */

static void *scarce(size_t bytes)
{
	return asked++ == fails ? NULL : malloc(bytes);
}

/* Any one allocation of the library may fail, in whatever place of a text that begins with `before`: it is whole, or
 * there is none. How often there was none. */
static size_t without_memory(const char *before)
{
	json_t *j = json_pack("{s:s, s:s, s:i, s:s}", "before", before, "device",
			      "8a6fd8332d9824d1", "epoch", 1, "nonce", "f2588fd7fd9292be");
	char *want = json_whole(j, JSON_COMPACT | JSON_SORT_KEYS), *got;
	json_t *back = json_loads(want, 0, NULL);
	size_t none = 0;

	cr_assert(json_equal(j, back));
	for (fails = 0;; fails++) {
		asked = 0;
		json_set_alloc_funcs(scarce, free);
		got = json_whole(j, JSON_COMPACT | JSON_SORT_KEYS);
		json_set_alloc_funcs(malloc, free);
		none += !got;
		cr_assert(!got || !strcmp(got, want), "%zu: %s", fails, got);
		free(got);
		if (asked <= fails)
			break;
	}
	free(want);
	json_decref(back);
	json_decref(j);
	return none;
}

Test(json_text, a_text_without_memory_is_none)
{
	char before[65] = "";
	size_t none = 0;

	for (size_t i = 0; i < sizeof(before) - 1; i++) {
		none += without_memory(before);
		before[i] = 'x';
	}
	cr_assert_gt(none, 0);
	cr_assert_null(json_whole(NULL, 0));
}
