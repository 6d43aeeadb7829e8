/* The table by periods: each unit's part of it is what the series of that unit alone says, and so is the total. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "report/acts.h"

#include "build.h"

static struct world w;
static struct arena *a;
static struct err e;
static uint64_t before_act;

static void sheet(uint32_t unit, int month, int64_t admitted)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, month_of(2022, month));
	draft_put(&d, 2, admitted, 0);
	draft_put(&d, 14, 100 * unit + (uint32_t)month, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	world_act_now(&w, draft_op(&d));
}

/* From July on: 5 stands below 3, 7 went over into 6, and 9 began, below the province; 8 began in March. */
static void act(void)
{
	static const uint32_t into[] = { 6 };
	static const struct op_change changes[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
		{ .what = CHANGE_MERGE, .unit = 7, .into = into, .into_count = 1 },
		{ .what = CHANGE_CREATE,
		  .unit = 9,
		  .parent = 1,
		  .kind = UNIT_BASE_CELL,
		  .code = SPAN_LIT("H"),
		  .name = SPAN_LIT("Chi bộ \"H\""),
		  .reports = FORM_SHORT },
	};
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 6, 1),
				  .effective = day(2022, 7, 1),
				  .changes = changes,
				  .count = ARRAY_LEN(changes) } };

	world_act_now(&w, &op);
}

static void setup(void)
{
	struct op close = { .kind = OP_CLOSE, .unit = 1 }, begun;

	a = arena_new(256 << 20);
	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
	world_open(&w, false, false);
	build_small_tree(&w);
	begun = build_unit(8, 1, UNIT_BASE_CELL, "I", FORM_SHORT);
	begun.create.opened = day(2022, 3, 1);
	world_act_now(&w, &begun);
	begun = build_form_text(form_quarterly_text);
	world_act_now(&w, &begun);
	begun = build_plan(4, FORM_QUARTERLY, year_of(2022), PLAN_QUARTER);
	world_act_now(&w, &begun);
	for (int month = 1; month <= 8; month++) {
		for (uint32_t unit = 4; unit <= 6; unit++)
			if (month != 4 || unit != 5) /* of which there is none */
				sheet(unit, month, month == 2 ? 0 : (int64_t)unit + month);
		if (month < 7)
			sheet(7, month, 1000 * month);
		if (month > 2)
			sheet(8, month, 9);
	}
	before_act = ledger_info(w.l).lsn;
	act();
	sheet(9, 8, 80);
	close.close.form = FORM_SHORT;
	close.close.period = month_of(2022, 1);
	world_act_now(&w, &close);
	close.unit = 3;
	close.close.period = month_of(2022, 2);
	world_act_now(&w, &close);
}

static void teardown(void)
{
	arena_free(a);
	world_close(&w);
}

TestSuite(table_each, .init = setup, .fini = teardown);

static struct question ask(const struct question_words *words)
{
	struct question q;

	must(question_read_table(&q, words, day(2022, 9, 22), &e), &e, "a question");
	q.q.unit = 1;
	return q;
}

static json_t *answered(const struct question *q)
{
	struct wire_query wire = question_to_wire(q, WIRE_TABLE);
	struct buf text;
	json_t *j;

	buf_init(&text, 1 << 20);
	must(report_answer(&text, w.l, &wire, 1, day(2022, 9, 22), &e), &e, "an answer");
	j = json_loadb((const char *)text.data, text.len, 0, NULL);
	cr_assert_not_null(j, "%.*s", (int)text.len, (const char *)text.data);
	buf_fini(&text);
	return j;
}

/* Everything of `alone` must stand in `rows`, at place `i` of each list; or, as a whole, with `i` -1. A measure named by
 * `only` is the only one. */
static size_t same(const char *key, const json_t *alone, const json_t *rows, int i)
{
	json_t *value, *here;
	const char *name;
	size_t compared = 0;

	if (json_is_object(alone)) {
		json_object_foreach((json_t *)(uintptr_t)alone, name, value)
		{
			here = json_object_get(rows, name);
			cr_assert_not_null(here, "%s is not there", name);
			compared += same(name, value, here, i);
		}
		return compared;
	}
	here = (json_t *)(uintptr_t)rows;
	if (i >= 0 && strcmp(key, "from") != 0 && strcmp(key, "to") != 0 && json_is_array(rows))
		here = json_array_get(rows, (size_t)i);
	cr_assert(json_equal(alone, here), "%s of row %d: %s, alone %s", key, i,
		  json_dumps(here, JSON_ENCODE_ANY), json_dumps(alone, JSON_ENCODE_ANY));
	return 1;
}

static json_t *series_of(struct question q, const char *code)
{
	const struct unit *u = tree_by_code(ledger_tree(w.l), span_str(code));
	json_t *j = NULL;

	q.q.unit = u->unit;
	q.q.measure = q.all_measures ? 0 : ledger_measure(w.l, q.measure);
	must(report_series(&j, w.l, &q, a, &e), &e, "a series");
	return j;
}

/* A series as a table says it that was asked for one measure. */
static json_t *only(const struct question_words *words, json_t *alone)
{
	json_t *measures = json_object_get(json_object_get(alone, "series"), "measures"), *kept;

	if (!words->measure)
		return json_object_get(alone, "series");
	kept = json_incref(json_object_get(measures, words->measure));
	json_object_clear(measures);
	json_object_set_new(measures, words->measure, kept);
	return json_object_get(alone, "series");
}

static void newest(const json_t *known, int64_t *lsn)
{
	const json_t *one;
	size_t i;

	if (json_is_integer(known) && json_integer_value(known) > *lsn)
		*lsn = json_integer_value(known);
	json_array_foreach((json_t *)(uintptr_t)known, i, one) newest(one, lsn);
}

/* The whole table beside the series of each unit in it; `rows` of them. */
static void check(const struct question_words *words, size_t rows)
{
	struct question q = ask(words);
	json_t *j = answered(&q), *here = NULL, *row, *alone;
	json_t *series = json_object_get(j, "series"), *total = json_object_get(j, "total");
	size_t i, compared = 0;
	int64_t lsn = 0;

	must(report_table_each(&here, w.l, &q, a, &e), &e, "a table");
	cr_assert(json_equal(j, here), "a device gets the same");
	cr_assert_eq(json_array_size(json_object_get(j, "rows")), rows, "%zu rows",
		     json_array_size(json_object_get(j, "rows")));
	json_array_foreach(json_object_get(j, "rows"), i, row)
	{
		alone = series_of(q, text_at(row, "unit"));
		compared += same("", only(words, alone), series, (int)i);
		json_decref(alone);
	}
	alone = series_of(q, "P");
	compared += same("", only(words, alone), total, -1);
	cr_assert_geq(compared, (rows + 1) * 16, "%zu", compared);
	newest(json_object_get(series, "known"), &lsn);
	newest(json_object_get(total, "known"), &lsn);
	cr_assert_eq(number_at(json_object_get(j, "known_at"), "lsn"), lsn);
	json_decref(alone);
	json_decref(here);
	json_decref(j);
}

Test(table_each, each_part_is_what_is_said_of_the_unit_alone)
{
	static const char *const trees[] = { "as-was", "as-is" },
				 *const bases[] = { "signed", "accepted", "closed" },
				 *const steps[] = { "month", "quarter", "year" };
	struct question_words words = { .from = "2022-01-15", .to = "2022-08-31" };
	char lsn[24];

	snprintf(lsn, sizeof(lsn), "%llu", (unsigned long long)before_act);
	for (size_t t = 0; t < ARRAY_LEN(trees); t++)
		for (size_t k = 0; k < ARRAY_LEN(bases); k++)
			for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
				words.tree = trees[t];
				words.basis = bases[k];
				words.each = steps[s];
				words.from = s ? "2022-01-01" : "2022-01-15";
				words.known_at = NULL;
				check(&words, 4);
				words.known_at = lsn;
				check(&words, 3);
			}
	words = (struct question_words){
		.from = "2022-01-01", .to = "2022-08-31", .each = "quarter", .measure = "admitted"
	};
	check(&words, 4);
}

Test(table_each, what_nobody_reported_is_null)
{
	struct question_words words = { .period = "2022", .each = "month" };
	struct question q = ask(&words);
	json_t *j = answered(&q);
	json_t *measures = json_object_get(json_object_get(j, "series"), "measures");

	cr_assert(json_is_null(json_object_get(measures, "admitted_women")));
	cr_assert_eq(json_array_size(json_object_get(measures, "admitted")), 4);
	cr_assert(json_is_null(json_object_get(j, "measure")));
	json_decref(j);
	words.measure = "admitted";
	q = ask(&words);
	j = answered(&q);
	measures = json_object_get(json_object_get(j, "series"), "measures");
	cr_assert_eq(json_object_size(measures), 1);
	cr_assert_str_eq(text_at(j, "measure"), "admitted");
	json_decref(j);
}

Test(table_each, what_cannot_be_asked)
{
	struct question_words words = { .from = "2022-01-01", .to = "2022-12-31", .each = "month" };
	struct question q = ask(&words);
	struct wire_query wire = question_to_wire(&q, WIRE_TABLE);
	struct buf text;
	json_t *j;

	buf_init(&text, 1 << 20);
	wire.unit = 99;
	cr_assert_eq(report_answer(&text, w.l, &wire, 1, 0, &e), -ERR_NOTFOUND);
	wire.unit = 1;
	wire.measure = SPAN_LIT("nothing");
	cr_assert_eq(report_answer(&text, w.l, &wire, 1, 0, &e), -ERR_NOTFOUND);
	wire.measure = SPAN_LIT("");
	wire.level = 1;
	cr_assert_eq(report_answer(&text, w.l, &wire, 1, 0, &e), -ERR_INVALID);
	wire.level = 0;
	wire.known_lsn = 1 << 20;
	cr_assert_eq(report_answer(&text, w.l, &wire, 1, 0, &e), -ERR_NOTFOUND);
	cr_assert_eq(text.len, 0, "nothing of it");
	/* a unit with nothing below: no rows, its own total */
	q.q.unit = 9;
	must(report_table_each(&j, w.l, &q, a, &e), &e, "a table of nothing");
	cr_assert_eq(json_array_size(json_object_get(j, "rows")), 0);
	cr_assert_str_eq(text_at(json_object_get(j, "total"), "unit"), "H");
	json_decref(j);
	buf_fini(&text);
}

/* 34 units and the one above them by 240 months are 8,400, by 234 of them 8,190. */
Test(table_each, a_table_has_an_end)
{
	struct question_words words = { .from = "2003-01-01", .to = "2022-12-31", .each = "month" };
	struct question q;
	json_t *j = NULL;
	char code[8];

	world_begin(&w);
	for (uint32_t i = 0; i < 30; i++) {
		struct op op;

		snprintf(code, sizeof(code), "N%u", i);
		op = build_unit(100 + i, 1, UNIT_BASE_CELL, code, 0);
		world_act(&w, &op);
	}
	world_commit(&w);
	q = ask(&words);
	cr_assert_eq(report_table_each(&j, w.l, &q, a, &e), -ERR_RANGE);
	cr_assert_null(j);
	words.from = "2003-07-01";
	q = ask(&words);
	must(report_table_each(&j, w.l, &q, a, &e), &e, "as large as may be");
	cr_assert_eq(json_array_size(json_object_get(j, "rows")), 34);
	json_decref(j);
}

static const char *printed(json_t *j, bool csv)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	const char *kept;

	must(csv ? table_each_csv(to, j, &e) : table_each_words(to, j, w.l, REPORT_STORE, a, &e),
	     &e, "printing");
	fclose(to);
	kept = arena_str(a, span_of(text, len));
	free(text);
	return kept;
}

Test(table_each, on_screen_and_as_csv)
{
	struct question_words words = { .from = "2022-07-01", .to = "2022-08-31", .each = "month" };
	struct question q = ask(&words);
	json_t *j = NULL;
	const char *text;

	must(report_table_each(&j, w.l, &q, a, &e), &e, "a table");
	text = printed(j, false);
	cr_assert(strstr(text, "07/2022  08/2022"), "%s", text);
	cr_assert(strstr(text, "Chi bộ \"H\""), "%s", text);
	text = printed(j, true);
	cr_assert(
		strstr(text, "unit,name,from,to,expected,reported,members,admitted,members_end\n"),
		"%s", text);
	cr_assert(strstr(text, "\nH,\"Chi bộ \"\"H\"\"\",2022-08-01,2022-08-31,1,1,"), "%s", text);
	cr_assert(strstr(text, "\nP,"), "%s", text);
	json_decref(j);
}
