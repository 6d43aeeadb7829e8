/* Totals, tables and claims out of a ledger: JSON, screen and CSV, to the letter. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "report/acts.h"
#include "report/print.h"

#include "build.h"

static struct world w;
static struct arena *a;
static struct err e;

/* A province with three units below it. Two have names that a spreadsheet must not take for its own. */
static void build(bool illustrative)
{
	static const struct {
		uint32_t parent;
		enum unit_kind kind;
		const char *code, *name;
	} units[] = {
		{ 0, UNIT_PROVINCE, "QNA", "Đảng bộ tỉnh Quảng Nam" },
		{ 1, UNIT_BASE_COMMITTEE, "TK", "Thành ủy Tam Kỳ" },
		{ 1, UNIT_BASE_CELL, "KCQ", "Đảng ủy Khối \"các cơ quan\", tỉnh" },
		{ 1, UNIT_BASE_CELL, "X", "=HYPERLINK(\"http://x\")" },
	};
	struct op op;

	world_open(&w, false, illustrative);
	world_begin(&w);
	op = build_form_text(form_short_text);
	world_act(&w, &op);
	for (uint32_t i = 0; i < ARRAY_LEN(units); i++) {
		op = build_unit(i + 1, units[i].parent, units[i].kind, units[i].code,
				i ? FORM_SHORT : 0);
		op.create.name = span_str(units[i].name);
		world_act(&w, &op);
	}
	op = build_target(1, year_of(2022), "admitted", "426-QĐ/TU", 1640);
	world_act(&w, &op);
	op = build_target(2, year_of(2022), "admitted", "426-QĐ/TU", 101);
	world_act(&w, &op);
	op = build_target(3, year_of(2022), "admitted", "426-QĐ/TU", 7);
	world_act(&w, &op);
	world_commit(&w);
}

static void sheet(uint32_t unit, struct period p, int64_t admitted, int64_t members)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, 0);
	draft_put(&d, 14, members, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	world_act_now(&w, draft_op(&d));
}

static void setup(void)
{
	a = arena_new(64 << 20);
	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
	build(false);
	sheet(2, month_of(2021, 1), 3, 1200);
	sheet(2, month_of(2022, 1), 74, 4870);
	sheet(3, month_of(2022, 1), 9, 1200);
}

static void teardown(void)
{
	arena_free(a);
	world_close(&w);
}

TestSuite(report, .init = setup, .fini = teardown);

static struct question ask(uint32_t unit, const char *period, const char *order)
{
	struct question_words words = { .period = period, .order = order };
	struct question q;

	must(question_read_table(&q, &words, day(2022, 9, 22), &e), &e, "a question");
	q.q.unit = unit;
	return q;
}

static json_t *totals(uint32_t unit, const char *period)
{
	struct question q = ask(unit, period, NULL);
	json_t *j = NULL;

	must(report_totals(&j, w.l, &q, a, &e), &e, "totals");
	return j;
}

static json_t *table(uint32_t unit, const char *order)
{
	struct question q = ask(unit, "2022-01", order);
	json_t *j = NULL;

	must(report_table(&j, w.l, &q, a, &e), &e, "a table");
	return j;
}

/* ---- what is printed, in memory ---- */

enum shape { TOTALS_WORDS, TABLE_WORDS, SERIES_WORDS, TABLE_CSV, SERIES_CSV, AS_JSON };

static const char *print(json_t *j, enum shape shape, enum report_from from)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	const char *kept;
	int rc;

	if (shape == TOTALS_WORDS)
		rc = totals_words(to, j, w.l, from, a, &e);
	else if (shape == TABLE_WORDS)
		rc = table_words(to, j, w.l, from, a, &e);
	else if (shape == SERIES_WORDS)
		rc = series_words(to, j, w.l, from, a, &e);
	else if (shape == SERIES_CSV)
		rc = series_csv(to, j, &e);
	else if (shape == TABLE_CSV)
		rc = table_csv(to, j, &e);
	else
		rc = json_print(to, json_incref(j), mark_of(w.l), &e);
	must(rc, &e, "printing");
	fclose(to);
	kept = arena_str(a, span_of(text, len));
	free(text);
	json_decref(j);
	return kept;
}

Test(report, totals_on_the_screen)
{
	cr_assert_str_eq(
		print(totals(1, "2022-01"), TOTALS_WORDS, REPORT_STORE),
		"Đảng bộ tỉnh Quảng Nam (QNA), từ 01/01/2022 đến 31/01/2022\n"
		"theo số liệu đã báo cáo đến mục 12 trong nhật ký, 15/10/2022 00:00; tổ chức như lúc báo cáo; tính các biểu đã gửi\n"
		"đã gửi: 2 trên 3 đơn vị, 2 trên 3 biểu, 0 biểu không phát sinh, 0 mục có hai số liệu khác nhau\n"
		"a     83  cùng kỳ năm trước 3\n"
		"b  6.070  cùng kỳ năm trước 1.200\n"
		"  quyết định 426-QĐ/TU: phải đạt 1.640, đạt 5,06%, còn thiếu 1.557\n"
		"    các đơn vị trực tiếp bên dưới: 108 (-1.532)\n");
}

Test(report, totals_in_english_from_a_server)
{
	lang_use(TEXT_EN);
	cr_assert_str_eq(
		print(totals(2, "2022-01"), TOTALS_WORDS, REPORT_SERVER),
		"Thành ủy Tam Kỳ (TK), from 2022-01-01 to 2022-01-31\n"
		"known to the server at entry 12, 2022-10-15 00:00; tree as-was; sheets signed\n"
		"reported: 1 of 1 units, 1 of 1 sheets, 0 nil, 0 figures with two values\n"
		"members: 4,870 (sheets 2022-01-31)\n"
		"a     74  year before 3\n"
		"b  4,870  year before 1,200\n"
		"  decision 426-QĐ/TU: 101 to reach, attained 73.27%, 27 still missing\n");
}

Test(report, a_table_on_the_screen)
{
	cr_assert_str_eq(
		print(table(1, NULL), TABLE_WORDS, REPORT_HERE),
		"QNA, 2022-01\n"
		"theo số liệu máy này có đến mục 12 trong nhật ký, 15/10/2022 00:00; tổ chức như lúc báo cáo; tính các biểu đã gửi\n"
		"  (1) quyết định 426-QĐ/TU\n"
		"STT  đơn vị                             a  chỉ tiêu (1)  đạt (1)  đảng viên  đã gửi\n"
		"-----------------------------------------------------------------------------------\n"
		"  1  Thành ủy Tam Kỳ                   74           101   73,27%      4.870     1/1\n"
		"  2  Đảng ủy Khối \"các cơ quan\", tỉnh   9             7  128,57%      1.200     1/1\n"
		"  3  =HYPERLINK(\"http://x\")                                                     0/1\n"
		"-----------------------------------------------------------------------------------\n"
		"     Đảng bộ tỉnh Quảng Nam            83         1.640    5,06%                2/3\n"
		"  (1) các đơn vị trực tiếp bên dưới: 108 (-1.532)\n"
		"tổ chức cơ sở đảng: 3 = 1 đảng bộ cơ sở + 2 chi bộ cơ sở\n");
}

/* A number of an earlier day passes for none of the last one. */
Test(report, members_of_before_have_their_day_beside_them)
{
	struct op op = build_members(4, day(2021, 12, 31), 212);
	const char *text;
	json_t *j, *row;

	world_act_now(&w, &op);
	j = table(1, NULL);
	row = json_array_get(json_object_get(j, "rows"), 2);
	cr_assert_eq(number_at(row, "members"), 212);
	cr_assert_str_eq(text_at(row, "members_on"), "2021-12-31");
	row = json_array_get(json_object_get(j, "rows"), 0);
	cr_assert_str_eq(text_at(row, "members_on"), "2022-01-31");
	cr_assert(json_is_null(json_object_get(json_object_get(j, "total"), "members_on")));
	text = print(j, TABLE_WORDS, REPORT_HERE);
	cr_assert(strstr(text, " 212 (31/12/2021)"), "%s", text);
	cr_assert(strstr(text, " 4.870  "), "%s", text);
}

Test(report, a_table_as_csv_runs_nothing_in_a_spreadsheet)
{
	cr_assert_str_eq(
		print(table(1, NULL), TABLE_CSV, REPORT_STORE),
		"\xef\xbb\xbf"
		"unit,name,admitted,target_1,attained_percent_1,members,reported,expected\n"
		"TK,Thành ủy Tam Kỳ,74,101,73.27,4870,1,1\n"
		"KCQ,\"Đảng ủy Khối \"\"các cơ quan\"\", tỉnh\",9,7,128.57,1200,1,1\n"
		"X,\"'=HYPERLINK(\"\"http://x\"\")\",,,,,0,1\n"
		"QNA,Đảng bộ tỉnh Quảng Nam,83,1640,5.06,,2,3\n");
}

Test(report, totals_as_json)
{
	json_t *j = totals(1, "2022-01"), *m = json_object_get(j, "measures");
	const json_t *prev = json_object_get(json_object_get(j, "prev_year"), "admitted");

	cr_assert_eq(number_at(m, "admitted"), 83);
	cr_assert(json_is_null(json_object_get(m, "admitted_women")), "never 0 for nothing");
	cr_assert_eq(number_at(prev, "value"), 3);
	cr_assert_eq(number_at(json_object_get(j, "reporting"), "reported"), 2);
	cr_assert_eq(number_at(json_object_get(j, "units"), "base_cell"), 2);
	cr_assert_str_eq(
		text_at(json_array_get(json_object_get(j, "targets"), 0), "attained_percent"),
		"5.06");
	cr_assert(json_is_false(json_object_get(j, "illustrative")));
	json_decref(j);
}

/* A number that nobody gave is null and an empty cell, not 0. */
Test(report, what_nobody_reported_is_null)
{
	json_t *j = totals(4, "2022-01");

	cr_assert(json_is_null(json_object_get(json_object_get(j, "measures"), "admitted")));
	cr_assert(json_is_null(json_object_get(j, "members")));
	cr_assert(json_is_null(json_object_get(j, "sum_below")));
	json_decref(j);
}

static const char *order_of(const char *order)
{
	json_t *j = table(1, order), *row;
	const char *codes = "";
	size_t i;

	json_array_foreach(json_object_get(j, "rows"), i, row)
		codes = arena_printf(a, "%s%s ", codes, text_at(row, "unit"));
	json_decref(j);
	return codes;
}

Test(report, rows_stand_in_the_order_asked_for)
{
	cr_assert_str_eq(order_of("official"), "TK KCQ X ");
	cr_assert_str_eq(order_of("attainment"), "KCQ TK X "); /* 9 of 7 before 74 of 101 */
	cr_assert_str_eq(order_of("rate"), "TK KCQ X ");
	cr_assert_str_eq(order_of("count"), "TK KCQ X ");
}

Test(report, only_the_target_asked_for_has_columns)
{
	struct question q = ask(1, "2022-01", NULL);
	json_t *j = NULL;

	q.of = INSTR_DECISION;
	must(report_table(&j, w.l, &q, a, &e), &e, "a table");
	cr_assert_eq(json_array_size(json_object_get(json_object_get(j, "total"), "targets")), 1);
	json_decref(j);
	q.of_doc = SPAN_LIT("1-QĐ/TU");
	must(report_table(&j, w.l, &q, a, &e), &e, "a table");
	cr_assert_eq(json_array_size(json_object_get(json_object_get(j, "total"), "targets")), 0);
	json_decref(j);
}

/* ---- each instrument with its own columns ---- */

enum { OWN_INSTRUMENTS = 10 };

/* Ten more documents of the province, and one that only a unit below has. */
static void many_instruments(void)
{
	static char no[OWN_INSTRUMENTS][16];
	struct op op;

	for (int i = 0; i < OWN_INSTRUMENTS; i++) {
		snprintf(no[i], sizeof(no[i]), "%d-NQ/TU", i + 1);
		op = build_target(1, year_of(2022), "admitted", no[i], 1000 + i);
		world_act_now(&w, &op);
	}
	op = build_target(2, year_of(2022), "admitted", "7-NQ/ThU", 80);
	op.target.instrument = INSTR_RESOLUTION;
	world_act_now(&w, &op);
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

Test(report, no_instrument_is_left_out_of_a_table)
{
	json_t *j, *instruments, *own, *total;
	const char *csv;

	many_instruments();
	j = table(1, NULL);
	instruments = json_object_get(j, "instruments");
	own = json_object_get(json_array_get(json_object_get(j, "rows"), 0), "targets");
	total = json_object_get(json_object_get(j, "total"), "targets");
	cr_assert_eq(json_array_size(instruments), OWN_INSTRUMENTS + 2);
	cr_assert_eq(json_array_size(own), OWN_INSTRUMENTS + 2);
	cr_assert_eq(json_array_size(total), OWN_INSTRUMENTS + 2);
	/* the unit's own first, then what only a row has */
	cr_assert_str_eq(text_at(json_array_get(instruments, 0), "doc_no"), "426-QĐ/TU");
	cr_assert_str_eq(text_at(json_array_get(instruments, 11), "doc_no"), "7-NQ/ThU");
	cr_assert(json_is_null(json_array_get(total, 11)));
	cr_assert_eq(number_at(json_array_get(own, 11), "goal"), 80);
	cr_assert_str_eq(text_at(json_array_get(own, 11), "attained_percent"), "92.50");
	cr_assert(json_is_null(json_array_get(own, 1)), "that document is not this unit's");
	csv = print(j, TABLE_CSV, REPORT_STORE);
	cr_assert_neq(strstr(csv, ",target_12,attained_percent_12,members,"), NULL, "%s", csv);
	cr_assert_neq(strstr(csv, ",80,92.50,4870,1,1\n"), NULL, "%s", csv);
}

/* On screen it was named all along. */
Test(report, paper_names_a_document_that_only_a_unit_below_has)
{
	struct op op = build_target(2, year_of(2022), "admitted", "7-NQ/ThU", 80);
	struct print_head head;
	struct paper *p;
	struct buf html;
	json_t *j;

	op.target.instrument = INSTR_RESOLUTION;
	op.target.issuer = SPAN_LIT("Thành ủy");
	world_act_now(&w, &op);
	j = table(1, NULL);
	buf_init(&html, 1 << 20);
	cr_assert_eq(print_paper(&p, PRINT_TABLE, j, w.l, a, &e), 0, "%s", e.msg);
	cr_assert_eq(print_head_read(&head, w.l, 1, 0, a, &e), 0, "%s", e.msg);
	cr_assert_eq(print_html(&html, p, &head, &e), 0, "%s", e.msg);
	cr_assert(span_find(buf_span(&html), SPAN_LIT("(2) Nghị quyết 7-NQ/ThU<")),
		  "its column: %.*s", (int)html.len, (char *)html.data);
	cr_assert(span_find(buf_span(&html), SPAN_LIT("(2) Nghị quyết 7-NQ/ThU, Thành ủy, 2022<")),
		  "its footnote: %.*s", (int)html.len, (char *)html.data);
	buf_fini(&html);
	json_decref(j);
}

Test(report, a_wide_table_goes_on_below)
{
	const char *text;

	many_instruments();
	text = print(table(1, NULL), TABLE_WORDS, REPORT_STORE);
	cr_assert_neq(strstr(text, "  (12) nghị quyết 7-NQ/ThU\n"), NULL, "%s", text);
	cr_assert_neq(strstr(text, "văn bản (1) đến (4) trong 12:\n"), NULL, "%s", text);
	cr_assert_neq(strstr(text, "văn bản (9) đến (12) trong 12:\n"), NULL, "%s", text);
	for (int k = 1; k <= 12; k++)
		cr_assert_eq(count_of(text, arena_printf(a, "đạt (%d)", k)), 1, "%d: %s", k, text);
	cr_assert_eq(count_of(text, "Thành ủy Tam Kỳ"), 3);
	cr_assert_neq(strstr(text, "80    92,50%"), NULL, "%s", text);
}

Test(report, a_number_and_a_rate_of_one_document_have_columns_of_their_own)
{
	struct op op = build_target(1, year_of(2022), "admitted", "426-QĐ/TU", 0);
	const char *text;
	json_t *j, *total;

	op.target.type = TARGET_RATE;
	op.target.value = 0;
	op.target.rate_digits = 3;
	op.target.has_base = true;
	op.target.base_value = 5000;
	op.target.base_date = day(2021, 12, 31);
	world_act_now(&w, &op);
	j = table(1, NULL);
	total = json_object_get(json_object_get(j, "total"), "targets");
	cr_assert_eq(json_array_size(total), 2);
	cr_assert_eq(number_at(json_array_get(total, 0), "goal"), 1640);
	cr_assert_eq(number_at(json_array_get(total, 1), "goal"), 150);
	text = print(j, TABLE_WORDS, REPORT_STORE);
	cr_assert_neq(strstr(text, "  (1) quyết định 426-QĐ/TU, 2022\n"), NULL, "%s", text);
	cr_assert_neq(strstr(text, "  (2) quyết định 426-QĐ/TU, 2022, theo tỷ lệ\n"), NULL, "%s",
		      text);
}

Test(report, what_cannot_be_answered_is_an_error)
{
	struct question q = ask(1, "2022-01", NULL);
	json_t *j;

	q.measure = SPAN_LIT("nothing");
	cr_assert_eq(report_table(&j, w.l, &q, a, &e), -ERR_NOTFOUND);
	q = ask(99, "2022-01", NULL);
	cr_assert_eq(report_table(&j, w.l, &q, a, &e), -ERR_NOTFOUND);
	cr_assert_eq(report_totals(&j, w.l, &q, a, &e), -ERR_NOTFOUND);
	cr_assert_null(j);
	q = ask(1, "2022-01", NULL);
	q.q.known_at = 1000;
	cr_assert_eq(report_totals(&j, w.l, &q, a, &e), -ERR_RANGE);
}

/* ---- over the wire ---- */

/* What came over the wire, laid out as the server's own command does it. */
static const char *answered(struct wire_query *q)
{
	struct buf json;
	const char *kept;
	char *again;
	json_t *j;

	buf_init(&json, 1 << 20);
	must(report_answer(&json, w.l, q, 0, day(2022, 9, 22), &e), &e, "an answer");
	j = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(j, "%.*s", (int)json.len, (const char *)json.data);
	again = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER);
	kept = arena_printf(a, "%.*s", (int)json.len, (const char *)json.data);
	cr_assert_str_eq(kept, again, "without white space");
	free(again);
	buf_fini(&json);
	return print(j, AS_JSON, REPORT_STORE);
}

Test(report, a_device_gets_what_the_server_prints)
{
	struct question q = ask(1, "2022-01", "attainment");
	struct wire_query wire = question_to_wire(&q, WIRE_TOTALS);

	cr_assert_str_eq(answered(&wire), print(totals(1, "2022-01"), AS_JSON, REPORT_STORE));
	wire = question_to_wire(&q, WIRE_TABLE);
	cr_assert_str_eq(answered(&wire), print(table(1, "attainment"), AS_JSON, REPORT_STORE));
}

Test(report, an_answer_over_its_room_is_told)
{
	struct question q = ask(1, "2022-01", NULL);
	struct wire_query wire = question_to_wire(&q, WIRE_TABLE);
	struct buf json;

	buf_init(&json, 100);
	cr_assert_eq(report_answer(&json, w.l, &wire, 0, 0, &e), 0);
	cr_assert(json.failed);
	buf_fini(&json);
	wire.unit = 99;
	buf_init(&json, 1 << 20);
	cr_assert_eq(report_answer(&json, w.l, &wire, 0, 0, &e), -ERR_NOTFOUND);
	wire.what = 9;
	cr_assert_eq(report_answer(&json, w.l, &wire, 0, 0, &e), -ERR_INVALID);
	cr_assert_eq(json.len, 0);
	buf_fini(&json);
}

Test(report, without_memory_no_answer_but_an_error)
{
	struct question q = ask(1, "2022-01", NULL);
	struct arena *none = arena_new(0);
	json_t *j;

	cr_assert_eq(report_totals(&j, w.l, &q, none, &e), -ERR_NOMEM);
	cr_assert_eq(report_table(&j, w.l, &q, none, &e), -ERR_NOMEM);
	cr_assert_null(j);
	arena_free(none);
}

/* ---- claims ---- */

static void claim(const char *id, int64_t value, int64_t digits)
{
	struct op op = { .kind = OP_CLAIM,
			 .unit = 2,
			 .claim = { .id = span_str(id),
				    .period = month_of(2022, 1),
				    .measure = SPAN_LIT("admitted"),
				    .has_value = true,
				    .value = value,
				    .has_percent = digits != 0,
				    .percent_digits = digits,
				    .percent_decimals = 2,
				    .of = digits ? CLAIM_OF_TARGET : CLAIM_OF_NOTHING,
				    .instrument = digits ? INSTR_DECISION : INSTR_NONE,
				    .doc_no = span_str(digits ? "426-QĐ/TU" : "") } };

	world_act_now(&w, &op);
}

Test(report, claims_on_the_screen_and_as_json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	json_t *list = NULL;
	const json_t *second;

	claim("S1-đúng", 74, 7327);
	claim("S2", 1075, 0);
	must(report_claims(&list, w.l, a, &e), &e, "claims");
	second = json_array_get(list, 1);
	cr_assert_str_eq(text_at(json_array_get(list, 0), "verdict"), "agrees-half-up");
	cr_assert_str_eq(text_at(second, "verdict"), "contradicts");
	cr_assert_eq(number_at(second, "difference"), 1001);
	cr_assert(json_is_null(json_object_get(json_object_get(second, "printed"), "percent")));
	cr_assert(json_is_false(json_object_get(second, "illustrative")));
	must(claims_words(to, list, a, &e), &e, "printing");
	fclose(to);
	cr_assert_str_eq(
		text,
		"số liệu đã công bố  đơn vị  đã công bố  tính được  kết quả đối chiếu         giải thích\n"
		"---------------------------------------------------------------------------------------\n"
		"S1-đúng             TK          73,27%     73,27%  khớp (làm tròn)           \n"
		"S2                  TK           1.075         74  chưa khớp, cần đối chiếu  \n");
	free(text);
	json_decref(list);
}

/* ---- the mark ---- */

Test(report, an_illustrative_store_marks_everything)
{
	json_t *list = NULL, *row;
	const char *csv, *json;
	size_t i;

	world_close(&w);
	build(true);
	claim("S1", 1, 0);
	json = print(totals(1, "2022-01"), AS_JSON, REPORT_STORE);
	cr_assert_not_null(strstr(json, illustrative_mark));
	json = print(table(1, NULL), AS_JSON, REPORT_STORE);
	cr_assert_not_null(strstr(json, illustrative_mark));
	csv = print(table(1, NULL), TABLE_CSV, REPORT_STORE);
	cr_assert_eq(strncmp(csv, "\xef\xbb\xbf# ", 5), 0);
	cr_assert_eq(strncmp(csv + 5, illustrative_mark, strlen(illustrative_mark)), 0);
	must(report_claims(&list, w.l, a, &e), &e, "claims");
	cr_assert_eq(json_array_size(list), 1);
	json_array_foreach(list, i, row)
		cr_assert_str_eq(text_at(row, "illustrative"), illustrative_mark);
	json_decref(list);
}

/* ---- days after days ---- */

static const char *dumped(const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);
	const char *kept = arena_str(a, span_str(text));

	free(text);
	return kept;
}

Test(report, a_series_is_its_months)
{
	struct question_words words = { .from = "2021-12-15", .to = "2022-02-28", .each = "month" };
	json_t *j, *s;
	struct question q;
	const char *text;

	must(question_read(&q, &words, day(2022, 9, 22), &e), &e, "a question");
	q.q.unit = 1;
	must(report_series(&j, w.l, &q, a, &e), &e, "a series");
	s = json_object_get(j, "series");
	text = dumped(json_object_get(s, "from"));
	cr_assert_str_eq(text, "[\"2021-12-15\",\"2022-01-01\",\"2022-02-01\"]");
	text = dumped(json_object_get(json_object_get(s, "measures"), "admitted"));
	cr_assert_str_eq(text, "[null,83,null]");
	cr_assert(json_is_null(json_object_get(json_object_get(s, "measures"), "admitted_women")));
	text = print(json_incref(j), SERIES_WORDS, REPORT_STORE);
	cr_assert(strstr(text, "12/2021  01/2022  02/2022"), "%s", text);
	cr_assert(strstr(text, "0/3      2/3      0/3"), "%s", text);
	text = print(j, SERIES_CSV, REPORT_STORE);
	cr_assert(strstr(text, "\n2022-01-01,2022-01-31,3,2,,83,6070"), "%s", text);
	/* a device gets the same */
	struct wire_query wire = question_to_wire(&q, WIRE_TOTALS);

	must(report_series(&j, w.l, &q, a, &e), &e, "a series");
	cr_assert_str_eq(answered(&wire), print(j, AS_JSON, REPORT_STORE));
}

Test(report, a_series_has_an_end)
{
	struct question_words words = { .from = "1900-01-01", .to = "2022-02-28", .each = "month" };
	struct question q;
	json_t *j;

	must(question_read(&q, &words, day(2022, 9, 22), &e), &e, "a question");
	q.q.unit = 1;
	cr_assert_eq(report_series(&j, w.l, &q, a, &e), -ERR_RANGE);
	words.each = "year";
	must(question_read(&q, &words, day(2022, 9, 22), &e), &e, "a question");
	q.q.unit = 1;
	must(report_series(&j, w.l, &q, a, &e), &e, "by years");
	cr_assert_eq(json_array_size(json_object_get(json_object_get(j, "series"), "to")), 123);
	json_decref(j);
	words.each = "week";
	cr_assert_eq(question_read(&q, &words, day(2022, 9, 22), &e), -ERR_INVALID);
}

static json_t *bridge_for(uint32_t scope)
{
	struct question q = ask(2, "2022", NULL);
	json_t *j = NULL;

	q.scope = scope;
	q.q.tree = TREE_AS_IS;
	must(report_bridge(&j, w.l, &q, a, &e), &e, "a bridge");
	return j;
}

static const json_t *first_line(const json_t *j)
{
	return json_array_get(json_object_get(j, "lines"), 0);
}

/* KCQ went over into TK: TK's device is told how many came with it, not who it was in January. */
Test(report, a_bridge_names_no_unit_that_was_not_below)
{
	static const uint32_t into[] = { 2 };
	static const struct op_change change = {
		.what = CHANGE_MERGE, .unit = 3, .into = into, .into_count = 1
	};
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 6, 1),
				  .effective = day(2022, 7, 1),
				  .changes = &change,
				  .count = 1 } };
	json_t *all, *top, *mine;
	const json_t *line;

	world_act_now(&w, &op);
	all = bridge_for(0);
	top = bridge_for(1);
	mine = bridge_for(2);
	cr_assert_str_eq(text_at(first_line(all), "unit"), "KCQ");
	cr_assert_str_eq(text_at(first_line(top), "unit"), "KCQ", "the province");
	line = first_line(mine);
	cr_assert_str_eq(text_at(line, "unit"), "");
	cr_assert_str_eq(text_at(line, "name"), "");
	cr_assert_str_eq(text_at(line, "moved"), "in");
	cr_assert_str_eq(text_at(line, "act"), "1-QĐ/TU");
	cr_assert_eq(number_at(json_object_get(line, "figures"), "admitted"), 9);
	json_decref(all);
	json_decref(top);
	json_decref(mine);
}
