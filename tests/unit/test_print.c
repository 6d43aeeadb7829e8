/* Papers: what they say, and each of their printers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "report/months.h"
#include "report/print.h"
#include "report/report.h"

#include "build.h"

static struct world w;
static struct arena *a;
static struct err e;

static void setup(void)
{
	a = arena_new(64 << 20);
	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0);
	world_open(&w, false, true);
	build_small_tree(&w);
}

static void teardown(void)
{
	arena_free(a);
	world_close(&w);
}

TestSuite(print, .init = setup, .fini = teardown);

static void has(const struct buf *b, const char *text)
{
	cr_assert_not_null(span_find(buf_span(b), span_str(text)), "no %s in\n%.*s", text,
			   (int)b->len, (const char *)b->data);
}

static void lacks(const struct buf *b, const char *text)
{
	cr_assert_null(span_find(buf_span(b), span_str(text)), "%s in\n%.*s", text, (int)b->len,
		       (const char *)b->data);
}

/* ---- the header ---- */

/* Every day of two years, by the rule in words: a zero before days under 10 and before months 1 and 2 alone. */
Test(print, date_line)
{
	for (day_t d = day(2022, 1, 1); d <= day(2023, 12, 31); d++) {
		struct ymd y = day_to_ymd(d);
		char want[80];

		snprintf(want, sizeof(want), "Quảng Nam, ngày %s%d tháng %s%d năm %d",
			 y.day < 10 ? "0" : "", y.day, y.month == 1 || y.month == 2 ? "0" : "",
			 y.month, y.year);
		cr_assert_str_eq(print_date_line(a, "Quảng Nam", d), want);
	}
	cr_assert_str_eq(print_date_line(a, "Quảng Nam", day(2022, 9, 5)),
			 "Quảng Nam, ngày 05 tháng 9 năm 2022");
	cr_assert_str_eq(print_date_line(a, "", 0), "……………, ngày …… tháng …… năm ……");
}

static void set_header(uint32_t unit, const char *typed)
{
	struct op op;

	cr_assert_eq(print_head_typed(&op, unit, typed, &e), 0, "%s", e.msg);
	world_act_now(&w, &op);
}

Test(print, header_of_each_unit)
{
	struct print_head h;
	struct op op;

	cr_assert_eq(print_head_read(&h, w.l, 4, day(2022, 9, 5), a, &e), 0);
	cr_assert_str_eq(h.issuer, unit_name_at(tree_get(ledger_tree(w.l), 4), 0, UINT64_MAX));
	cr_assert_str_eq(h.superior, unit_name_at(tree_get(ledger_tree(w.l), 2), 0, UINT64_MAX));
	cr_assert_str_eq(h.signer, "");
	cr_assert_eq(h.date, day(2022, 9, 5));
	set_header(4, "signer=Nguyễn Văn An");
	set_header(4, "issuer=Đảng ủy = phường");
	set_header(5, "signer=Bùi Bình");
	cr_assert_eq(print_head_read(&h, w.l, 4, 0, a, &e), 0);
	cr_assert_str_eq(h.signer, "Nguyễn Văn An");
	cr_assert_str_eq(h.issuer, "Đảng ủy = phường");
	set_header(4, "signer=");
	cr_assert_eq(print_head_read(&h, w.l, 4, 0, a, &e), 0);
	cr_assert_str_eq(h.signer, "", "what was cleared");
	cr_assert_eq(print_head_read(&h, w.l, 1, 0, a, &e), 0);
	cr_assert_str_eq(h.superior, "", "nobody stands above the root");
	cr_assert_eq(print_head_typed(&op, 4, "signers=x", &e), -ERR_INVALID);
	cr_assert_eq(print_head_typed(&op, 4, "signer", &e), -ERR_INVALID);
}

/* ---- printers ---- */

static const struct print_head plain_head = {
	.superior = "Tỉnh ủy <Quảng Nam>",
	.issuer = "Ban Tổ chức",
	.doc_no = "12",
	.symbol = "BC/BTCTU",
	.place = "Quảng Nam",
	.secrecy = "",
	.recipients = "Ban Thường vụ | Lưu",
	.authority = "T/M BAN THƯỜNG VỤ",
	.title = "Phó Bí thư",
	.signer = "An & Bình",
	.preparer = "Mai",
	.phone = "0235",
	.chief_title = "Trưởng ban",
	.chief = "Dũng",
};

/* Names that a spreadsheet or a browser would take for its own. */
static struct paper *small(void)
{
	struct paper *p = paper_new(a, "Kết quả");

	paper_about(p, "table P 2022 7", "Đảng bộ tỉnh");
	paper_note(p, "theo số liệu");
	paper_table(p, "t", "");
	paper_label(p, "Đơn vị", true);
	paper_column(p, "value", "Kết nạp", PAPER_NUMBER);
	paper_group(p, "(1) QĐ");
	paper_column(p, "goal", "Chỉ tiêu", PAPER_NUMBER);
	paper_column(p, "attained", "Đạt", PAPER_PERCENT);
	paper_group(p, NULL);
	paper_column(p, "seen", "Ngày", PAPER_DAY);
	paper_column(p, "why", "Lý do", PAPER_TEXT);
	paper_row(p, "TK", "=cmd|'/c calc'!A1");
	paper_number(p, true, 1336);
	paper_number(p, true, 1640);
	paper_decimal_percent(p, "81.46");
	paper_day(p, true, day(2022, 9, 5));
	paper_text(p, "<script>alert(1)</script>; \"x\"");
	paper_row(p, "ALL", "Cộng");
	paper_total(p);
	paper_number(p, true, 0);
	paper_number(p, false, 0);
	paper_decimal_percent(p, NULL);
	paper_day(p, false, 0);
	paper_text(p, "+84");
	paper_footnote(p, "(1) Quyết định 426");
	return p;
}

Test(print, csv_for_a_double_click)
{
	struct buf b;

	buf_init(&b, 65536);
	cr_assert_eq(print_csv(&b, small(), &e), 0, "%s", e.msg);
	cr_assert_eq(memcmp(b.data, "\xef\xbb\xbf\"Kết quả\"\r\n", 17), 0);
	has(&b, "\r\n\"STT\";\"Đơn vị\";\"Kết nạp\";\"(1) QĐ: Chỉ tiêu\";\"(1) QĐ: Đạt "
		"(%)\";\"Ngày\";\"Lý do\"\r\n");
	has(&b, "\r\n1;\"'=cmd|'/c calc'!A1\";1336;1640;81,46;05/09/2022;"
		"\"<script>alert(1)</script>; \"\"x\"\"\"\r\n");
	has(&b, "\r\n;\"Cộng\";0;;;;\"'+84\"\r\n");
	buf_fini(&b);
}

Test(print, html_is_escaped_and_signed)
{
	struct paper *p = small();
	struct print_head h = plain_head;
	struct buf b;
	char hash[80];

	buf_init(&b, 1 << 20);
	h.date = day(2022, 9, 5);
	cr_assert_eq(print_html(&b, p, &h, &e), 0, "%s", e.msg);
	has(&b, "TỈNH ỦY &lt;QUẢNG NAM&gt;");
	has(&b,
	    "<p class=\"issuer\">BAN TỔ CHỨC</p>\n<p>*</p>\n<p class=\"number\">Số 12-BC/BTCTU</p>");
	has(&b,
	    "<p class=\"party\">ĐẢNG CỘNG SẢN VIỆT NAM</p>\n<p class=\"date\">Quảng Nam, ngày 05 "
	    "tháng 9 năm 2022</p>");
	has(&b, "&lt;script&gt;alert(1)&lt;/script&gt;; &quot;x&quot;");
	lacks(&b, "<script");
	lacks(&b, "CỘNG HÒA");
	lacks(&b, "class=\"secrecy\"");
	lacks(&b, "http:");
	has(&b,
	    "<td class=\"n\">1.336</td><td class=\"n\">1.640</td><td class=\"n\">81,46%</td><td "
	    "class=\"n\">05/09/2022</td>");
	has(&b, "<p class=\"list\">- Ban Thường vụ</p>\n<p class=\"list\">- Lưu</p>");
	has(&b, "<p class=\"authority\">T/M BAN THƯỜNG VỤ</p>\n<p class=\"title\">PHÓ BÍ THƯ</p>");
	has(&b, "<p class=\"name\">An &amp; Bình</p>");
	lacks(&b, "NGƯỜI LẬP BIỂU");
	snprintf(hash, sizeof(hash), "<p class=\"hash\">%.12s</p>", print_hash(p));
	has(&b, hash);
	buf_reset(&b);
	paper_form(p, "Biểu 2-BTCTW");
	h.secrecy = "Mật";
	cr_assert_eq(print_html(&b, p, &h, &e), 0, "%s", e.msg);
	has(&b, "<p class=\"secrecy\">MẬT</p>");
	has(&b, "<p class=\"form\">Biểu 2-BTCTW</p>");
	has(&b, "NGƯỜI LẬP BIỂU");
	has(&b, "<p class=\"name\">Mai</p>\n<p class=\"phone\">điện thoại 0235</p>");
	has(&b, "<p class=\"title\">TRƯỞNG BAN</p>");
	has(&b, "<p class=\"name\">Dũng</p>");
	lacks(&b, "T/M");
	lacks(&b, "Nơi nhận");
	buf_reset(&b);
	h.chief = ""; /* a deputy signs for the chief */
	cr_assert_eq(print_html(&b, p, &h, &e), 0, "%s", e.msg);
	has(&b, "<p class=\"authority\">T/M BAN THƯỜNG VỤ</p>\n<p class=\"title\">PHÓ BÍ THƯ</p>");
	has(&b, "<p class=\"name\">An &amp; Bình</p>");
	buf_fini(&b);
}

/* What would end a string of the style sheet, or the sheet itself. */
Test(print, a_mark_cannot_leave_the_style)
{
	struct print_head h = plain_head;
	struct paper *p = small();
	struct buf b;

	buf_init(&b, 1 << 20);
	paper_mark(p, "a\"}</style><b>");
	cr_assert_eq(print_html(&b, p, &h, &e), 0, "%s", e.msg);
	has(&b, "content:\"a\\22 }\\3c /style\\3e \\3c b\\3e \"");
	lacks(&b, "</style><b>");
	buf_fini(&b);
}

Test(print, hash_is_of_what_it_says_not_of_who_signs)
{
	struct paper *p = small(), *other = small();
	struct buf b, c;
	struct print_head h = plain_head;

	cr_assert_eq(strlen(print_hash(p)), 64);
	cr_assert_str_eq(print_hash(p), print_hash(other));
	buf_init(&b, 1 << 20);
	buf_init(&c, 1 << 20);
	cr_assert_eq(print_html(&b, p, &h, &e), 0);
	cr_assert_eq(print_html(&c, other, &h, &e), 0);
	cr_assert(span_eq(buf_span(&b), buf_span(&c)), "printed again, byte for byte");
	paper_footnote(other, "một dòng nữa");
	cr_assert_str_neq(print_hash(p), print_hash(other));
	other = small();
	paper_mark(other, "minh họa");
	cr_assert_str_neq(print_hash(p), print_hash(other));
	buf_fini(&b);
	buf_fini(&c);
}

Test(print, spreadsheet_and_endings)
{
	struct print_head h = plain_head;
	struct buf b, again;

	buf_init(&b, 1 << 20);
	buf_init(&again, 1 << 20);
	cr_assert_eq(print_file(&b, "x.xlsx", small(), &h, &e), 0, "%s", e.msg);
	cr_assert_eq(memcmp(b.data, "PK\3\4", 4), 0);
	cr_assert_eq(print_file(&again, "x.xlsx", small(), &h, &e), 0, "%s", e.msg);
	cr_assert(span_eq(buf_span(&b), buf_span(&again)), "made again, byte for byte");
	buf_reset(&b);
	cr_assert_eq(print_file(&b, "a.b.csv", small(), &h, &e), 0, "%s", e.msg);
	cr_assert_eq(print_file(&b, ".csv", small(), &h, &e), -ERR_INVALID);
	cr_assert_eq(print_file(&b, "x.pdf", small(), &h, &e), -ERR_INVALID);
	buf_fini(&b);
	buf_fini(&again);
}

Test(print, a_paper_without_memory_prints_in_no_format)
{
	static const char *const names[] = { "x.html", "x.csv", "x.xlsx" };
	struct print_head h = plain_head;
	struct paper *p = small();
	struct buf b;

	paper_number(p, true, 1); /* one cell too many */
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(print_file(&b, names[i], p, &h, &e), -ERR_NOMEM);
	cr_assert_eq(b.len, 0);
	cr_assert_null(print_json(p));
	buf_fini(&b);
}

/* ---- papers of answers ---- */

/* The answer has rows by the numbers of units; the paper as they stand in the tree. */
Test(print, months_in_official_order)
{
	struct months_query q = { .unit = 1,
				  .known_at = UINT64_MAX,
				  .period = month_of(2022, 8),
				  .now_ms = instant_of_day_end(day(2022, 9, 20)) };
	struct paper *p;
	struct op op;
	json_t *j, *printed;
	struct buf order;
	const json_t *row;
	size_t i;

	op = build_unit(8, 2, UNIT_BASE_CELL, "C0", FORM_SHORT); /* the last made stands first */
	op.create.order = 1;
	world_act_now(&w, &op);
	cr_assert_eq(report_months(&j, w.l, &q, a, &e), 0, "%s", e.msg);
	cr_assert_eq(print_paper(&p, PRINT_MONTHS, j, w.l, a, &e), 0, "%s", e.msg);
	printed = print_json(p);
	buf_init(&order, 256);
	json_array_foreach(
		json_object_get(json_array_get(json_object_get(printed, "tables"), 0), "rows"), i,
		row)
	{
		buf_printf(&order, " %s", text_at(row, "code"));
	}
	cr_assert(span_eq(buf_span(&order), span_str(" C0 C1 C2 C3 C4")), "%.*s", (int)order.len,
		  (const char *)order.data);
	buf_fini(&order);
	cr_assert_str_eq(text_at(printed, "illustrative"), illustrative_mark);
	json_decref(printed);
	json_decref(j);
}

static struct sheet *stored(struct period p)
{
	struct sheet *s = arena_alloc(a, sizeof(*s));

	return ledger_sheet(w.l, 4, FORM_SHORT, p, s, &e) ? NULL : s;
}

static const char *row_of(const json_t *printed, const char *code, const char *cell)
{
	const json_t *row, *rows = json_object_get(
				   json_array_get(json_object_get(printed, "tables"), 0), "rows");
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const json_t *v = json_object_get(json_object_get(row, "cells"), cell);

		if (!strcmp(text_at(row, "code"), code))
			return json_is_integer(v)
				       ? arena_printf(a, "%lld", (long long)json_integer_value(v))
				       : "-";
	}
	return "no row";
}

Test(print, a_sheet_and_a_blank_one)
{
	struct print_sheet s = { .unit = 4, .period = month_of(2022, 8), .known_at = UINT64_MAX };
	struct op_figure typed = { .measure = 15, .state = FIGURE_VALUE, .value = 1 };
	struct sheet_draft d;
	struct paper *p;
	json_t *j;

	draft_init(&d, 4, FORM_SHORT, month_of(2022, 7));
	draft_put(&d, 2, 3, 0);
	draft_put(&d, 14, 40, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	world_act_now(&w, draft_op(&d));
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 8));
	draft_put(&d, 2, 2, 0);
	world_act_now(&w, draft_op(&d));
	s.form = ledger_form_newest(w.l, FORM_SHORT, &e);
	s.now = stored(s.period);
	s.before = stored(print_period_before(s.period));
	s.typed = &typed;
	s.typed_count = 1;
	cr_assert_eq(print_sheet(&p, &s, false, w.l, a, &e), 0, "%s", e.msg);
	j = print_json(p);
	cr_assert_str_eq(row_of(j, "admitted", "value"), "2");
	cr_assert_str_eq(row_of(j, "admitted", "before"), "3");
	cr_assert_str_eq(row_of(j, "admitted_women", "value"), "1", "typed, and not sent yet");
	cr_assert_str_eq(row_of(j, "members_end", "value"), "-", "not known is not nil");
	json_decref(j);
	cr_assert_eq(print_sheet(&p, &s, true, w.l, a, &e), 0, "%s", e.msg);
	j = print_json(p);
	cr_assert_str_eq(row_of(j, "admitted", "value"), "-", "left for a pen");
	cr_assert_str_eq(row_of(j, "members_end", "before"), "40");
	json_decref(j);
}

/* The real form takes its opening stock from the month before. */
Test(print, a_blank_sheet_has_the_members_of_last_month)
{
	struct op op = build_form(&w, "monthly");
	struct print_sheet s = { .unit = 4, .period = month_of(2022, 8), .known_at = UINT64_MAX };
	struct sheet_draft d;
	struct paper *p;
	struct sheet *before = arena_alloc(a, sizeof(*before));
	json_t *j;

	world_act_now(&w, &op);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 7));
	draft_put(&d, 14, 40, 0);
	world_act_now(&w, draft_op(&d));
	s.form = ledger_form_newest(w.l, 1, &e);
	cr_assert_not_null(s.form);
	cr_assert_eq(ledger_sheet(w.l, 4, FORM_SHORT, month_of(2022, 7), before, &e), 0);
	s.before = before;
	cr_assert_eq(print_sheet(&p, &s, true, w.l, a, &e), 0, "%s", e.msg);
	j = print_json(p);
	cr_assert_str_eq(row_of(j, "members_begin", "value"), "40");
	cr_assert_str_eq(row_of(j, "members_end", "value"), "-");
	json_decref(j);
}

Test(print, period_before)
{
	static const struct {
		const char *period, *before;
	} cases[] = {
		{ "2022-08", "2022-07" }, { "2022-01", "2021-12" },
		{ "2022-Q1", "2021-Q4" }, { "2022-H2", "2022-H1" },
		{ "2022", "2021" },       { "2022-08-16..2022-09-15", "2022-07-16..2022-08-15" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct period p;
		char text[PERIOD_TEXT_MAX];

		cr_assert_eq(period_parse(&p, span_str(cases[i].period), &e), 0);
		cr_assert_str_eq(period_text(text, print_period_before(p)), cases[i].before);
	}
}
