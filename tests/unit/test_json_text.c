#include "json_text.h"

#include <criterion/criterion.h>
#include <stdint.h>

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
