#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/lang.h"
#include "report/paper.h"

static struct arena *a;

static void setup(void)
{
	a = arena_new(8 << 20);
	lang_use(TEXT_EN);
}

static void teardown(void)
{
	arena_free(a);
}

TestSuite(paper, .init = setup, .fini = teardown);

static struct paper *small(void)
{
	struct paper *p = paper_new(a, "A year");

	paper_note(p, "known then");
	paper_table(p, "units", "By unit");
	paper_column(p, "value", "so far", PAPER_NUMBER);
	paper_column(p, "attained", "%", PAPER_PERCENT);
	paper_column(p, "cause", "why", PAPER_TEXT);
	paper_row(p, "TK", "Tam Kỳ, city");
	paper_number(p, true, 1336);
	paper_percent(p, true, 1336, 1640);
	paper_text(p, "");
	paper_row(p, "HA", "Hội An");
	paper_number(p, false, 0);
	paper_percent(p, true, 0, 0);
	paper_text(p, "nothing known");
	return p;
}

static char *words(const struct paper *p)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cr_assert_eq(paper_words(p, to, NULL), 0);
	fclose(to);
	return text;
}

Test(paper, words_say_of_whom_and_when_and_number_only_named_tables)
{
	struct paper *p = paper_new(a, "A form");
	char *text;

	paper_about(p, "form TK", "Tam Kỳ, 2022");
	paper_note(p, "known then");
	paper_table(p, "form", "");
	paper_column(p, "value", "so far", PAPER_NUMBER);
	paper_row(p, "a", "all");
	paper_number(p, true, 1);
	text = words(p);
	cr_assert_not_null(strstr(text, "A form\nTam Kỳ, 2022\nknown then\n\n"), "%s", text);
	cr_assert_null(strstr(text, "1. "), "%s", text);
	free(text);
}

Test(paper, one_content_in_three_formats)
{
	struct paper *p = small();
	char *text = words(p);
	struct buf csv;
	json_t *j = paper_json(p), *cells;

	cr_assert_not_null(strstr(text, "A year\nknown then\n\n1. By unit\n"), "%s", text);
	cr_assert_not_null(strstr(text, "1,336  81.46%"), "%s", text);
	cr_assert_not_null(strstr(text, "nothing known"), "%s", text);
	free(text);
	buf_init(&csv, 4096);
	cr_assert_eq(paper_csv(p, &csv, NULL), 0);
	cr_assert(span_eq(buf_span(&csv), span_str("table,row,label,column,value\n"
						   "units,TK,\"Tam Kỳ, city\",value,1336\n"
						   "units,TK,\"Tam Kỳ, city\",attained,81.46\n"
						   "units,HA,Hội An,cause,nothing known\n")),
		  "%.*s", (int)csv.len, (const char *)csv.data);
	buf_fini(&csv);
	cells = json_object_get(
		json_array_get(
			json_object_get(json_array_get(json_object_get(j, "tables"), 0), "rows"),
			1),
		"cells");
	cr_assert(json_is_null(json_object_get(cells, "value")), "not known is not zero");
	cr_assert(json_is_null(json_object_get(cells, "attained")),
		  "of nothing there is no percentage");
	cr_assert_str_eq(json_string_value(json_object_get(cells, "cause")), "nothing known");
	json_decref(j);
}

/* A cell in the wrong place is told when the paper is printed, in no format half of it. */
Test(paper, cells_out_of_place)
{
	struct err e = { 0 };
	struct buf csv;

	for (int way = 0; way < 4; way++) {
		struct paper *p = small();

		if (way == 0)
			paper_text(p, "one too many");
		if (way == 1) {
			paper_row(p, "X", "x");
			paper_text(p, "not a number");
		}
		if (way == 2) {
			paper_table(p, "empty", "no columns");
			paper_row(p, "X", "x");
			paper_number(p, true, 1);
		}
		for (int i = 0; way == 3 && i < 20; i++)
			paper_table(p, "more", "than there is room for");
		buf_init(&csv, 4096);
		cr_assert_eq(paper_csv(p, &csv, &e), -ERR_NOMEM, "way %d", way);
		cr_assert_eq(csv.len, 0);
		buf_fini(&csv);
		cr_assert_null(paper_json(p));
	}
	paper_note(NULL, "without memory");
	paper_table(NULL, "a", "b");
	paper_column(NULL, "a", "b", PAPER_TEXT);
	paper_row(NULL, "a", "b");
	paper_text(NULL, "c");
	cr_assert_null(paper_json(NULL));
}
