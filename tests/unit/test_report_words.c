/* Words, grids, the words of a question and claims on the screen: all that needs no store. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "ledger/acts.h"
#include "report/csv_out.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/report.h"
#include "report/words.h"

static struct arena *a;
static struct err e;
static char *text;
static size_t len;
static FILE *out;

static void setup(void)
{
	a = arena_new(8 << 20);
	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
	out = open_memstream(&text, &len);
}

static void teardown(void)
{
	if (out)
		fclose(out);
	free(text);
	arena_free(a);
}

static const char *printed(void)
{
	fclose(out);
	out = NULL;
	return text;
}

TestSuite(report_words, .init = setup, .fini = teardown);

Test(report_words, numbers_and_days_are_written_as_people_of_the_language_write_them)
{
	int64_t ms = 0;

	cr_assert_eq(instant_parse(&ms, SPAN_LIT("2022-09-22T16:05:09"), &e), 0);
	cr_assert_str_eq(show_number(a, -71087), "-71.087");
	cr_assert_str_eq(show_text(a, "mục %lld, %s: %zu%%", 16295LL, "QNA", (size_t)12),
			 "mục 16.295, QNA: 12%");
	cr_assert_str_eq(show_percent(a, "81.46"), "81,46%");
	cr_assert_str_eq(show_percent(a, NULL), "");
	cr_assert_str_eq(show_iso_day(a, "2022-09-22"), "22/09/2022");
	cr_assert_str_eq(show_iso_day(a, "soon"), "");
	cr_assert_str_eq(show_instant(a, ms), "22/09/2022 16:05:09");
	cr_assert_str_eq(show_minute(a, ms), "22/09/2022 16:05");
	lang_use(TEXT_EN);
	cr_assert_str_eq(show_number(a, 71087), "71,087");
	cr_assert_str_eq(show_percent(a, "81.46"), "81.46%");
	cr_assert_str_eq(show_iso_day(a, "2022-09-22"), "2022-09-22");
	cr_assert_str_eq(show_instant(a, ms), "2022-09-22T16:05:09.000+07:00");
	cr_assert_str_eq(show_minute(a, ms), "2022-09-22 16:05");
}

/* What a server enters by itself it says in English, in the log for ever; people read it in theirs. */
Test(report_words, what_the_program_itself_wrote_is_said_in_the_readers_language)
{
	struct op op = { .reason = SPAN_LIT("promoted") };
	const char *const own[] = { opening_reason, late_reason, promoted_reason };

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		op.reason = span_str(own[i]);
		cr_assert_not(span_eq(entry_reason(0, &op), op.reason), "%s", own[i]);
		cr_assert(span_eq(entry_reason(7, &op), op.reason), "a person wrote that");
	}
	op.reason = SPAN_LIT("Đã kiểm tra");
	cr_assert(span_eq(entry_reason(0, &op), op.reason));
	cr_assert_str_eq(members_from_words(a, "members 2021-12-31"), "số đã có, ngày 31/12/2021");
	cr_assert_null(strstr(members_from_words(a, "predecessors"), "predecessors"));
	op.reason = SPAN_LIT("promoted");
	aside_words(out, 0, &op);
	cr_assert_str_eq(printed(), "  lý do: máy dự phòng đã thành máy chủ");
}

Test(report_words, without_memory_words_are_empty)
{
	struct arena *none = arena_new(0);

	cr_assert_str_eq(show_number(none, 1), "");
	cr_assert_str_eq(show_text(none, "%d", 1), "");
	cr_assert_str_eq(show_day(none, 0), "");
	cr_assert_str_eq(show_minute(none, 1), "");
	cr_assert_str_eq(show_percent(none, "1.00"), "");
	arena_free(none);
}

/* ---- grid ---- */

static const char huong_nfd[] = "Hu\xcc\x9bo\xcc\x9bng"; /* Hương, its marks apart */

Test(report_words, a_column_is_as_wide_as_it_looks)
{
	struct grid *g = grid_new(a, 3);

	grid_cell(g, "STT", true);
	grid_cell(g, "đơn vị", false);
	grid_cell(g, "kết nạp", true);
	grid_rule(g);
	grid_cell(g, "1", true);
	grid_cell(g, huong_nfd, false);
	grid_cell(g, "1.336", true);
	grid_cell(g, "10", true);
	grid_cell(g, "Tiên Phước", false);
	grid_cell(g, NULL, true);
	grid_cell(g, "", true);
	grid_cell(g, "党部", false); /* two columns a letter */
	grid_cell(g, "0", true);
	cr_assert_eq(grid_print(g, out, &e), 0, "%s", e.msg);
	cr_assert_str_eq(printed(), "STT  đơn vị      kết nạp\n"
				    "------------------------\n"
				    "  1  Hu\xcc\x9bo\xcc\x9bng         1.336\n"
				    " 10  Tiên Phước         \n"
				    "     党部              0\n");
}

Test(report_words, a_rule_stands_before_the_row_that_follows_it)
{
	struct grid *g = grid_new(a, 1);

	grid_cell(g, "x", false);
	grid_rule(g);
	cr_assert_eq(grid_print(g, out, &e), 0);
	grid_cell(g, "yy", false);
	cr_assert_eq(grid_print(g, out, &e), 0);
	cr_assert_str_eq(printed(), "x\nx\n--\nyy\n");
}

Test(report_words, a_long_grid_is_printed_whole)
{
	struct grid *g = grid_new(a, 2);
	size_t lines = 0;

	for (int i = 0; i < 5000; i++) {
		grid_cell(g, show_number(a, i), true);
		grid_cell(g, "xã", false);
	}
	cr_assert_eq(grid_print(g, out, &e), 0, "%s", e.msg);
	printed();
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	cr_assert_eq(lines, 5000);
}

Test(report_words, a_grid_without_memory_prints_nothing_rather_than_a_part)
{
	struct arena *small = arena_new(16 << 10);
	struct grid *g = grid_new(small, 2);

	for (int i = 0; i < 5000; i++)
		grid_cell(g, "x", false);
	cr_assert_eq(grid_print(g, out, &e), -ERR_NOMEM);
	cr_assert_eq(grid_print(NULL, out, &e), -ERR_NOMEM);
	grid_cell(NULL, "x", false);
	grid_rule(NULL);
	cr_assert_null(grid_new(a, 0));
	cr_assert_null(grid_new(a, GRID_COLUMNS_MAX + 1));
	cr_assert_str_eq(printed(), "");
	arena_free(small);
}

Test(report_words, padding_counts_columns)
{
	grid_padded(out, "Đảng bộ", 9);
	grid_padded(out, "quá dài", 3);
	cr_assert_str_eq(printed(), "Đảng bộ  quá dài");
}

/* ---- the mark ---- */

Test(report_words, nothing_illustrative_goes_without_the_mark)
{
	struct err none = { 0 };
	json_t *list = json_pack("[{s:i}, {s:b}]", "n", 1, "illustrative", 0);

	mark_print(out, MARK_NO);
	mark_print(out, MARK_UNKNOWN);
	mark_print(out, MARK_YES);
	/* not even what says of itself that it is real */
	cr_assert_eq(json_print(out, json_incref(list), MARK_YES, &none), 0);
	cr_assert_str_eq(text_at(json_array_get(list, 0), "illustrative"), illustrative_mark);
	cr_assert_str_eq(text_at(json_array_get(list, 1), "illustrative"), illustrative_mark);
	json_decref(list);
	list = json_pack("{s:i}", "n", 1);
	cr_assert_eq(json_print(out, json_incref(list), MARK_NO, &none), 0);
	cr_assert(json_is_false(json_object_get(list, "illustrative")));
	json_decref(list);
	cr_assert_eq(json_print(out, NULL, MARK_NO, &none), -ERR_NOMEM);
	cr_assert_eq(strncmp(printed(), illustrative_mark, strlen(illustrative_mark)), 0);
}

/* ---- the words of a question ---- */

static const struct wrong_case {
	const char *label;
	struct question_words words;
} wrong_cases[] = {
	{ "no days", { .tree = "as-is" } },
	{ "half of the days", { .from = "2022-01-01" } },
	{ "a day that is not", { .from = "2022-02-30", .to = "2022-03-01" } },
	{ "no period", { .period = "2022-13" } },
	{ "known when?", { .period = "2022", .known_at = "yesterday" } },
	{ "known never", { .period = "2022", .known_at = "" } },
	{ "an entry beyond numbers", { .period = "2022", .known_at = "99999999999999999999" } },
	{ "no tree", { .period = "2022", .tree = "as-will-be" } },
	{ "no basis", { .period = "2022", .basis = "guessed" } },
	{ "no instrument", { .period = "2022", .of = "whim:1" } },
	{ "no level", { .period = "2022", .level = "all" } },
	{ "months and a level", { .period = "2022", .each = "month", .level = "direct" } },
	{ "months and an order", { .period = "2022", .each = "month", .order = "count" } },
	{ "months and a document", { .period = "2022", .each = "month", .of = "decision" } },
	{ "no order", { .period = "2022", .order = "by beauty" } },
};

Test(report_words, a_question_that_cannot_be_understood_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong_cases); i++) {
		struct question q;
		int rc = question_read_table(&q, &wrong_cases[i].words, 0, &e);

		cr_assert(rc == -ERR_INVALID || rc == -ERR_RANGE, "%s: %d", wrong_cases[i].label,
			  rc);
	}
}

Test(report_words, a_question_survives_the_wire)
{
	struct question_words words = { .from = "01/01/2022",
					.to = "2022-09-22",
					.known_at = "77",
					.tree = "as-is",
					.basis = "accepted",
					.of = "decision:426-QĐ/TU",
					.level = "grassroots",
					.order = "rate" };
	struct question q, back;
	struct wire_query w;

	cr_assert_eq(question_read_table(&q, &words, 19000, &e), 0, "%s", e.msg);
	q.q.unit = 9;
	w = question_to_wire(&q, WIRE_TABLE);
	cr_assert_eq(question_from_wire(&back, &w, 1, &e), 0, "%s", e.msg);
	cr_assert_eq(back.q.unit, 9);
	cr_assert_eq(back.q.period.from, q.q.period.from);
	cr_assert_eq(back.q.period.to, q.q.period.to);
	cr_assert_eq(back.q.known_at, 77);
	cr_assert_not(back.has_known_ms);
	cr_assert_eq(back.q.tree, TREE_AS_IS);
	cr_assert_eq(back.q.tree_day, 19000, "the asker's day, not the server's");
	cr_assert_eq(back.q.basis, BASIS_ACCEPTED);
	cr_assert(span_eq(back.measure, SPAN_LIT("admitted")));
	cr_assert_eq(back.of, INSTR_DECISION);
	cr_assert(span_eq(back.of_doc, SPAN_LIT("426-QĐ/TU")));
	cr_assert_eq(back.level, LEVEL_GRASSROOTS);
	cr_assert_eq(back.order, ORDER_RATE);

	words = (struct question_words){ .period = "2022", .known_at = "2022-09-22" };
	cr_assert_eq(question_read(&q, &words, 5, &e), 0, "%s", e.msg);
	w = question_to_wire(&q, WIRE_TOTALS);
	cr_assert_eq(question_from_wire(&back, &w, 1, &e), 0, "%s", e.msg);
	cr_assert(back.has_known_ms);
	cr_assert_eq(back.known_ms, q.known_ms);
	cr_assert_eq(back.q.tree_day, 1, "as it was needs no day");
	words.known_at = NULL;
	cr_assert_eq(question_read(&q, &words, 5, &e), 0, "%s", e.msg);
	w = question_to_wire(&q, WIRE_TOTALS);
	cr_assert_eq(question_from_wire(&back, &w, 1, &e), 0, "%s", e.msg);
	cr_assert_eq(back.q.known_at, UINT64_MAX);
	cr_assert_not(back.has_known_ms);
}

Test(report_words, numbers_off_the_wire_are_looked_at)
{
	static const struct wire_query good = { .what = WIRE_TABLE, .unit = 1 };
	struct wire_query bad[] = { good, good, good, good, good, good, good, good, good,
				    good, good, good, good, good, good, good, good };
	struct question q;

	cr_assert_eq(question_from_wire(&q, &good, 0, &e), 0);
	bad[0].what = 4;
	bad[1].tree = 2;
	bad[2].basis = 3;
	bad[3].instrument = INSTR_COUNT;
	bad[4].level = LEVELS;
	bad[5].order = ORDERS;
	bad[6].from_day = INT32_MIN;
	bad[7].to_day = INT32_MAX;
	bad[8].tree_day = INT32_MAX;
	bad[9].known_ms = INT64_MAX;
	bad[10].each = PLAN_MONTH; /* a table by months is of the units directly below */
	bad[10].level = LEVEL_GRASSROOTS;
	bad[11].what = WIRE_TOTALS;
	bad[11].each = PLAN_WHOLE;
	bad[12].what = WIRE_BRIDGE;
	bad[12].basis = BASIS_CLOSED;
	bad[13].each = PLAN_YEAR;
	bad[13].order = ORDER_COUNT;
	bad[14].each = PLAN_YEAR;
	bad[14].instrument = INSTR_DECISION;
	bad[15].each = PLAN_YEAR;
	bad[15].doc_no = SPAN_LIT("1-QD/TU");
	bad[16].each = PLAN_WHOLE;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(question_from_wire(&q, &bad[i], 0, &e), -ERR_INVALID, "%zu", i);
	bad[10].level = LEVEL_DIRECT;
	cr_assert_eq(question_from_wire(&q, &bad[10], 0, &e), 0, "%s", e.msg);
	cr_assert(q.all_measures);
	bad[10].measure = SPAN_LIT("admitted");
	cr_assert_eq(question_from_wire(&q, &bad[10], 0, &e), 0, "%s", e.msg);
	cr_assert_not(q.all_measures);
}

/* ---- claims ---- */

static const struct explained_case {
	const char *by, *words;
} explained_cases[] = {
	{ "4500: congress, lower bound", "4.500: nghị quyết đại hội, mức thấp" },
	{ "1640: decision 426-QĐ/TU", "1.640: quyết định 426-QĐ/TU" },
	{ "70314: members on 2022-12-31", "70.314: số đảng viên ngày 31/12/2022" },
	{ "382: the sum of 2020-2022", "382: cộng các năm 2020-2022" },
	{ "2110 is the smallest that meets the rate on 70314; the target is 2 more",
	  "từ 2.110 người là đạt tỷ lệ, tính trên 70.314 đảng viên; chỉ tiêu cao hơn mức này 2" },
	{ "something new", "something new" },
	{ "7: of a kind not known", "7: of a kind not known" },
};

Test(report_words, what_explains_a_claim_is_told_in_the_readers_language)
{
	for (size_t i = 0; i < ARRAY_LEN(explained_cases); i++) {
		json_t *list =
			json_pack("[{s:s, s:s, s:{s:i, s:n}, s:{s:i, s:n}, s:s, s:i, s:[s]}]", "id",
				  "S1", "unit", "NA", "printed", "value", 1, "percent", "computed",
				  "value", 2, "percent", "verdict", "contradicts", "difference", -1,
				  "explained_by", explained_cases[i].by);
		char *line = NULL;
		size_t bytes = 0;
		FILE *to = open_memstream(&line, &bytes);

		cr_assert_eq(claims_words(to, list, a, &e), 0, "%s", e.msg);
		fclose(to);
		cr_expect_not_null(strstr(line, explained_cases[i].words), "%s, not\n%s",
				   explained_cases[i].words, line);
		free(line);
		json_decref(list);
	}
}

/* Of any kind of unit, on the first day without districts. */
Test(report_words, no_districts_after_june_2025)
{
	day_t first = 0, last;

	cr_assert_eq(lang_init("vi", LOCALE_DIR, NULL), 0);
	cr_assert(day_from_ymd(&first, 2025, 7, 1));
	last = first - 1;
	for (unsigned k = 0; k < UNIT_KINDS; k++) {
		const char *label = lang_tr(level_label((enum unit_kind)k, first));

		cr_assert_null(strstr(label, "huyện"), "%s", label);
		cr_assert_null(strstr(label, "thị trấn"), "%s", label);
		cr_assert_null(strstr(label, "district"), "not translated: %s", label);
	}
	cr_assert_not_null(strstr(lang_tr(level_label(UNIT_DIRECT, last)), "huyện"));
}

/* ---- CSV ---- */

Test(report_words, csv_for_programs)
{
	struct buf b;

	csv_begin(&b, "made up");
	buf_printf(&b, "a,b\n");
	cr_assert_eq(csv_end(&b, out, &e), 0);
	cr_assert_str_eq(printed(), "\xef\xbb\xbf# made up\na,b\n");
}

/* What does not fit is told, and no part of it is written. */
Test(report_words, csv_too_long)
{
	struct buf b;

	csv_begin(&b, NULL);
	b.max = 8;
	buf_printf(&b, "%9000s\n", "more than that");
	cr_assert_eq(csv_end(&b, out, &e), -ERR_NOMEM);
	cr_assert_str_eq(printed(), "");
}
