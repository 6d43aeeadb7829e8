#include <criterion/criterion.h>

#include "report/letter.h"

static const struct letter_value values[] = {
	{ "unit", "Thành ủy Tam Kỳ" },
	{ "value", "1.336" },
	{ "officer", "" },
	{ "nothing", NULL },
};

struct letter_case {
	const char *label, *letter, *want; /* NULL: refused */
	int rc;
	const char *why;
};
static const struct letter_case cases[] = {
	{ "as it is", "Kính gửi\nĐảng ủy", "Kính gửi\nĐảng ủy\n", 0, NULL },
	{ "values", "{unit}: {value}.\n", "Thành ủy Tam Kỳ: 1.336.\n", 0, NULL },
	{ "columns, not bytes", "{unit:18}|\n", "Thành ủy Tam Kỳ   |\n", 0, NULL },
	{ "wider than the place", "{unit:3}|", "Thành ủy Tam Kỳ|\n", 0, NULL },
	{ "a brace", "{{unit\n", "{unit\n", 0, NULL },
	{ "empty values", "[{officer}{nothing}]", "[]\n", 0, NULL },
	{ "lines on conditions",
	  "{?officer}a\n{!officer}b\n{?unit}c\n{?unit}{!value}d\n{?unit}{?value}e", "b\nc\ne\n", 0,
	  NULL },
	{ "remarks", "; note {x\na", "a\n", 0, NULL },
	{ "carriage returns", "a\r\n{value}\r\n", "a\n1.336\n", 0, NULL },
	{ "a byte order mark", "\xef\xbb\xbf{value}", "1.336\n", 0, NULL },
	{ "empty lines stay", "a\n\nb", "a\n\nb\n", 0, NULL },
	{ "nothing", "", "", 0, NULL },
	{ "unknown, with its line", "a\n; b\n{unit} {huyện}", NULL, -ERR_NOTFOUND,
	  "line 3: there is no place called huyện" },
	{ "unknown in a condition", "{?x}a", NULL, -ERR_NOTFOUND, "line 1: " },
	{ "unknown in a line that goes", "\n{?officer}{x}", NULL, -ERR_NOTFOUND, "line 2: " },
	{ "not closed", "{unit", NULL, -ERR_INVALID, "line 1: " },
	{ "closed twice", "a\n}", NULL, -ERR_INVALID, "line 2: " },
	{ "empty", "{}", NULL, -ERR_INVALID, "line 1: " },
	{ "one in the other", "{unit{value}}", NULL, -ERR_INVALID, "line 1: " },
	{ "no width", "{unit:}", NULL, -ERR_INVALID, "line 1: " },
	{ "width of letters", "{unit:wide}", NULL, -ERR_INVALID, "line 1: " },
	{ "too wide", "{unit:201}", NULL, -ERR_INVALID, "line 1: " },
	{ "not UTF-8", "\na\xff", NULL, -ERR_INVALID, "line 2: this is not UTF-8" },
};

Test(letter, cases)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct letter_case *c = &cases[i];
		struct err e = { 0 };
		struct buf out;
		int rc;

		buf_init(&out, 4096);
		rc = letter_fill(&out, span_str(c->letter), values, ARRAY_LEN(values), &e);
		cr_assert_eq(rc, c->rc, "%s: %d %s", c->label, rc, e.msg);
		if (c->want)
			cr_assert(span_eq(buf_span(&out), span_str(c->want)), "%s: %.*s", c->label,
				  (int)out.len, (const char *)out.data);
		else
			cr_assert_not_null(strstr(e.msg, c->why), "%s: %s", c->label, e.msg);
		buf_fini(&out);
	}
}

Test(letter, no_room)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 8);
	cr_assert_eq(letter_fill(&out, span_str("{unit}"), values, ARRAY_LEN(values), &e),
		     -ERR_NOMEM);
	buf_fini(&out);
}
