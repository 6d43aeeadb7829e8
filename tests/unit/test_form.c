#include "domain/form.h"

#include "few_allocations.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUDGET = 1 << 20 };

static char *file_text(const char *name, size_t *len)
{
	static char path[512];
	char *text;
	FILE *f;
	long size;

	snprintf(path, sizeof(path), "%s/%s", FORMS_DIR, name);
	f = fopen(path, "rb");
	cr_assert_not_null(f, "%s", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = malloc((size_t)size + 1);
	cr_assert_eq(fread(text, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	*len = (size_t)size;
	return text;
}

static struct form *load(const char *name, struct arena *a)
{
	struct err e = { 0 };
	struct form *f = NULL;
	size_t len;
	char *text = file_text(name, &len);

	cr_assert_eq(form_parse(&f, span_of(text, len), a, &e), 0, "%s: %s", name, e.msg);
	free(text); /* a form borrows nothing of its text */
	return f;
}

static const struct rule *rule_of(const struct form *f, const char *code)
{
	for (size_t i = 0; i < f->rule_count; i++) {
		if (strcmp(f->rules[i].code, code) == 0)
			return &f->rules[i];
	}
	cr_assert_fail("no rule %s", code);
	return NULL;
}

/* ---- the forms of the project ---- */

static const char *const files[] = { "monthly.ini", "flash.ini",      "yearly.ini",
				     "sources.ini", "2021/form1.ini", "2021/form2.ini" };

Test(forms, the_files_are_what_they_should_be)
{
	static const struct {
		const char *code;
		uint8_t no;
		enum form_period period;
		size_t measures, own_rules, made_rules;
	} want[] = {
		/* made: of-which measures and one group each */
		{ "monthly", 1, FORM_MONTH, 46, 8, 9 + 2 + 2 + 1 + 2 + 1 },
		{ "flash", 2, FORM_DAY, 6, 0, 4 },
		{ "yearly", 3, FORM_YEAR, 6, 0, 0 },
		{ "sources", 4, FORM_HALF, 39, 12, 18 + 2 },
		{ "form1", 5, FORM_HALF, 19, 4, 4 + 1 },
		{ "form2", 6, FORM_HALF, 52, 6, 5 + 8 + 6 + 2 + 1 + 1 },
	};
	struct arena *a = arena_new(BUDGET);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct form *f = load(files[i], a);

		cr_assert_str_eq(f->code, want[i].code);
		cr_assert_eq(f->no, want[i].no);
		cr_assert_eq(f->period, want[i].period, "%s", f->code);
		cr_assert_eq(f->measure_count, want[i].measures, "%s: %zu measures", f->code,
			     f->measure_count);
		cr_assert_eq(f->rule_count, want[i].own_rules + want[i].made_rules, "%s: %zu rules",
			     f->code, f->rule_count);
	}
	arena_free(a);
}

Test(forms, a_code_has_one_number_and_kind_in_all_of_them)
{
	struct arena *a = arena_new(BUDGET);
	struct form *forms[ARRAY_LEN(files)];
	size_t shared = 0;

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		forms[i] = load(files[i], a);
	for (size_t i = 1; i < ARRAY_LEN(files); i++) {
		for (size_t m = 0; m < forms[i]->measure_count; m++) {
			const struct measure *one = &forms[i]->measures[m];
			const struct measure *same = form_measure_code(forms[0],
								       span_str(one->code));

			if (!same)
				continue;
			shared++;
			cr_assert_eq(one->no, same->no, "%s", one->code);
			cr_assert_eq(one->kind, same->kind, "%s", one->code);
			cr_assert_eq(one->additive, same->additive, "%s", one->code);
		}
		for (size_t m = 0; m < forms[0]->measure_count; m++) {
			const struct measure *one = &forms[0]->measures[m];
			const struct measure *same = form_measure(forms[i], one->no);

			cr_assert(!same || strcmp(same->code, one->code) == 0, "number %u",
				  one->no);
		}
	}
	cr_assert_geq(shared, 10);
	arena_free(a);
}

Test(forms, measures_ascend_and_are_found)
{
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);

	for (size_t i = 0; i < f->measure_count; i++) {
		cr_assert(!i || f->measures[i].no > f->measures[i - 1].no);
		cr_assert_eq(form_measure(f, f->measures[i].no), &f->measures[i]);
		cr_assert_eq(form_measure_code(f, span_str(f->measures[i].code)), &f->measures[i]);
	}
	cr_assert_null(form_measure(f, 0));
	cr_assert_null(form_measure(f, 4000));
	cr_assert_null(form_measure_code(f, SPAN_LIT("admit")));
	cr_assert_eq(form_measure_code(f, SPAN_LIT("members_begin"))->need, NEED_COMPUTED);
	cr_assert_eq(form_measure_code(f, SPAN_LIT("cells"))->kind, MEASURE_STOCK);
	cr_assert_eq(form_measure_code(f, SPAN_LIT("admitted_women"))->need, NEED_PARENT);
	arena_free(a);
}

/* ---- rules ---- */

enum { NUMBERS = 64 };
struct figures {
	struct operand of[NUMBERS], prev[NUMBERS], max12[NUMBERS], below[NUMBERS];
};

static struct operand get(void *ctx, enum rule_function function, uint16_t measure)
{
	const struct figures *f = ctx;

	cr_assert_lt(measure, NUMBERS);
	switch (function) {
	case TERM_MEASURE:
		return f->of[measure];
	case TERM_PREV:
		return f->prev[measure];
	case TERM_MAX12:
		return f->max12[measure];
	case TERM_BELOW:
		return f->below[measure];
	case TERM_NUMBER:
		break;
	}
	cr_assert_fail("numbers are not asked for");
	return (struct operand){ 0 };
}

static void know(struct operand *table, const struct form *f, const char *code, int64_t value)
{
	const struct measure *m = form_measure_code(f, span_str(code));

	cr_assert_not_null(m, "%s", code);
	table[m->no] = (struct operand){ true, value };
}

static enum rule_result judge(const struct form *f, const char *rule, struct figures *figures)
{
	struct rule_source s = { figures, get };

	return rule_judge(rule_of(f, rule), &s, NULL, NULL);
}

Test(rule, the_balance_holds_breaks_and_waits)
{
	static const char *const moves[] = {
		"restored",
		"moved_in_same_direct",
		"moved_in_other_direct",
		"moved_in_outside",
		"died",
		"expelled",
		"struck_off",
		"left",
		"moved_out_same_direct",
		"moved_out_other_direct",
		"moved_out_outside",
	};
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);
	struct figures x = { 0 };
	struct rule_source s = { &x, get };
	int64_t left = 0, right = 0;

	know(x.of, f, "members_begin", 60);
	know(x.of, f, "admitted", 3);
	know(x.of, f, "members_end", 62);
	cr_assert_eq(judge(f, "balance", &x), RULE_NOT_JUDGED, "the moves are blank");
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		know(x.of, f, moves[i], 0);
	know(x.of, f, "died", 1);
	cr_assert_eq(judge(f, "balance", &x), RULE_HOLDS);
	know(x.of, f, "members_end", 26);
	cr_assert_eq(rule_judge(rule_of(f, "balance"), &s, &left, &right), RULE_BROKEN);
	cr_assert_eq(left, 26);
	cr_assert_eq(right, 62);
	cr_assert_eq(rule_of(f, "balance")->level, RULE_BLOCK);
	/* every move counts, with its sign */
	know(x.of, f, "members_end", 62);
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		struct figures y = x;
		int64_t was = y.of[form_measure_code(f, span_str(moves[i]))->no].value;

		know(y.of, f, moves[i], was + 5);
		cr_assert_eq(judge(f, "balance", &y), RULE_BROKEN, "%s", moves[i]);
		know(y.of, f, "members_end", i < 4 ? 67 : 57);
		cr_assert_eq(judge(f, "balance", &y), RULE_HOLDS, "%s", moves[i]);
	}
	arena_free(a);
}

Test(rule, sources_add_up_once_all_are_known)
{
	static const char *const sources[] = { "src_veteran", "src_student", "src_armed",
					       "src_private", "src_agency",  "src_rural",
					       "src_other" };
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);
	const struct rule *r = rule_of(f, "adds-up:source");
	struct figures x = { 0 };

	cr_assert_eq(r->left_count, ARRAY_LEN(sources));
	cr_assert_eq(r->level, RULE_BLOCK);
	know(x.of, f, "admitted", 8);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		cr_assert_eq(judge(f, r->code, &x), RULE_NOT_JUDGED, "%zu known", i);
		know(x.of, f, sources[i], i < 6 ? 1 : 2);
	}
	cr_assert_eq(judge(f, r->code, &x), RULE_HOLDS);
	know(x.of, f, "src_rural", 2);
	cr_assert_eq(judge(f, r->code, &x), RULE_BROKEN);
	arena_free(a);
}

Test(rule, a_part_is_within_its_whole)
{
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);
	struct figures x = { 0 };

	know(x.of, f, "admitted", 3);
	cr_assert_eq(judge(f, "within:admitted_women", &x), RULE_NOT_JUDGED);
	know(x.of, f, "admitted_women", 3);
	cr_assert_eq(judge(f, "within:admitted_women", &x), RULE_HOLDS);
	know(x.of, f, "admitted_women", 4);
	cr_assert_eq(judge(f, "within:admitted_women", &x), RULE_BROKEN);
	cr_assert_eq(rule_of(f, "within:admitted_women")->level, RULE_BLOCK);
	for (size_t i = 0; i < f->rule_count; i++)
		cr_assert_str_neq(f->rules[i].code, "within:src_rural", "groups add up instead");
	arena_free(a);
}

/* A clerk reads the words and then the two numbers: they come in the order of the words. */
Test(rule, numbers_stand_in_the_order_of_the_words)
{
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);
	const struct rule *within = rule_of(f, "within:admitted_women");
	const struct rule *sum = rule_of(f, "adds-up:source");
	struct figures x = { 0 };
	struct rule_source s = { &x, get };
	int64_t left = 0, right = 0;

	know(x.of, f, "admitted", 2);
	know(x.of, f, "admitted_women", 5);
	cr_assert_eq(rule_judge(within, &s, &left, &right), RULE_BROKEN);
	cr_assert_str_eq(within->text_vi,
			 "“Kết nạp: là nữ” không được lớn hơn “Đảng viên mới kết nạp”");
	cr_assert_str_eq(within->text_en,
			 "“Admitted: women” cannot be more than “Newly admitted members”");
	cr_assert(left == 5 && right == 2, "%lld against %lld", (long long)left, (long long)right);
	for (size_t i = 0; i < sum->left_count; i++)
		x.of[sum->left[i].measure] = (struct operand){ true, i ? 0 : 10 };
	cr_assert_eq(rule_judge(sum, &s, &left, &right), RULE_BROKEN);
	cr_assert(strstr(sum->text_vi, "cộng lại phải bằng “Đảng viên mới kết nạp”"));
	cr_assert(left == 10 && right == 2, "%lld against %lld", (long long)left, (long long)right);
	arena_free(a);
}

Test(rule, warnings_across_periods_and_tree)
{
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);
	struct figures x = { 0 };

	know(x.of, f, "members_begin", 60);
	cr_assert_eq(judge(f, "continuity", &x), RULE_NOT_JUDGED);
	know(x.prev, f, "members_end", 60);
	cr_assert_eq(judge(f, "continuity", &x), RULE_HOLDS);
	know(x.prev, f, "members_end", 61);
	cr_assert_eq(judge(f, "continuity", &x), RULE_BROKEN);
	know(x.of, f, "admitted", 7);
	know(x.max12, f, "admitted", 2);
	cr_assert_eq(judge(f, "outlier", &x), RULE_BROKEN);
	know(x.of, f, "admitted", 6);
	cr_assert_eq(judge(f, "outlier", &x), RULE_HOLDS);
	know(x.below, f, "moved_in_same_direct", 4);
	know(x.below, f, "moved_out_same_direct", 5);
	cr_assert_eq(judge(f, "transfers-direct", &x), RULE_BROKEN);
	cr_assert_eq(rule_of(f, "transfers-direct")->level, RULE_WARN);
	arena_free(a);
}

/* Two neighbouring digits changed over, and what only looks like it. */
static const struct {
	int64_t now, before;
	bool swapped;
} slips[] = {
	{ 1043, 1034, true },   { 21, 12, true },        { 1340, 3140, true },
	{ 10, 1, false },       { 1043, 1043, false },   { 1043, 1403, true },
	{ 1043, 3041, false },  { 2143, 1234, false },   { 5, 6, false },
	{ 100, 10, false },     { 90, 9, false },        { 1100, 1010, true },
	{ 71087, 71078, true }, { 71087, 71088, false }, { 44, 44, false },
	{ -21, -12, false },
};

Test(form, digits_changed_over_are_asked_about)
{
	struct arena *a = arena_new(BUDGET);
	const struct form *f = load("monthly.ini", a);
	struct figures x = { 0 };

	cr_assert_eq(rule_of(f, "swapped-cells")->level, RULE_WARN);
	know(x.of, f, "cells", 21);
	cr_assert_eq(judge(f, "swapped-cells", &x), RULE_NOT_JUDGED, "the month before is blank");
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		know(x.of, f, "cells", slips[i].now);
		know(x.prev, f, "cells", slips[i].before);
		cr_assert_eq(judge(f, "swapped-cells", &x),
			     slips[i].swapped ? RULE_BROKEN : RULE_HOLDS, "%d and %d",
			     (int)slips[i].now, (int)slips[i].before);
	}
	arena_free(a);
}

/* ---- parsing, from a small form ---- */

#define HEAD                                                                                 \
	"[form]\ncode = f\nno = 9\nversion = 2\nvalid_from = 2022-01-01\nperiod = quarter\n" \
	"name_vi = Biểu\nname_en = Form\n"
#define MEASURE(code, no, more)                                           \
	"[measure " code "]\nno = " no "\nkind = flow\nneed = required\n" \
	"name_vi = vi " code "\nname_en = en " code "\n" more
#define RULE(check) "[rule r]\nlevel = warn\ncheck = " check "\ntext_vi = v\ntext_en = e\n"
#define TWO MEASURE("a", "1", "") MEASURE("b", "2", "")

static int parse(const char *text, struct form **f, struct arena *a, struct err *e)
{
	return form_parse(f, span_str(text), a, e);
}

Test(form, what_is_written_is_read)
{
	struct arena *a = arena_new(BUDGET);
	struct err e = { 0 };
	struct form *f;
	struct ymd d;

	cr_assert_eq(parse("\xef\xbb\xbf# comment\r\n" HEAD "\n; another\n"
			   "[measure b]\r\nno = 2\r\nkind = stock\r\nadditive = no\r\n"
			   "need = parent\r\nparent = a\r\nrow = 1.A 2.I\r\n"
			   "name_vi = Đảng viên\r\n\tmới   kết nạp\r\nname_en = B\r\n" MEASURE(
				   "a", "1", ""),
			   &f, a, &e),
		     0, "%s", e.msg);
	d = day_to_ymd(f->valid_from);
	cr_assert(d.year == 2022 && d.month == 1 && d.day == 1);
	cr_assert_str_eq(f->name_vi, "Biểu");
	cr_assert_eq(f->version, 2);
	cr_assert_eq(f->period, FORM_QUARTER);
	cr_assert_str_eq(f->measures[0].code, "a");
	cr_assert(f->measures[0].additive);
	cr_assert_str_eq(f->measures[0].row, "");
	cr_assert_str_eq(f->measures[1].name_vi, "Đảng viên mới   kết nạp");
	cr_assert_eq(f->measures[1].parent, 1);
	cr_assert_eq(f->measures[1].need, NEED_PARENT);
	cr_assert_not(f->measures[1].additive);
	cr_assert_str_eq(f->measures[1].row, "1.A 2.I");
	cr_assert_eq(f->rule_count, 1);
	cr_assert_str_eq(f->rules[0].code, "within:b");
	arena_free(a);
}

Test(form, names_become_nfc)
{
	struct arena *a = arena_new(BUDGET);
	struct form *f;

	cr_assert_eq(parse("[form]\ncode = f\nno = 9\nversion = 2\nvalid_from = 2022-01-01\n"
			   "period = day\nname_vi = Bie\xcc\x82\xcc\x89u\nname_en = F\n" TWO,
			   &f, a, NULL),
		     0);
	cr_assert_str_eq(f->name_vi, "Biểu");
	arena_free(a);
}

Test(form, long_lines_are_read_whole)
{
	struct arena *a = arena_new(BUDGET);
	char text[4000], sentence[REASON_MAX + 1] = "";
	struct err e = { 0 };
	struct form *f;

	for (size_t words = 5; words <= 140; words++) {
		sentence[0] = '\0';
		for (size_t i = 0; i < words; i++)
			snprintf(sentence + strlen(sentence), sizeof(sentence) - strlen(sentence),
				 "%s%s", i ? " " : "", i % 7 == 6 ? "#số" : "kết");
		snprintf(text, sizeof(text),
			 HEAD TWO "[rule r]\nlevel = warn\ncheck = a <= b\ntext_en = e\n"
				  "text_vi = %s\nsource = after\n",
			 sentence);
		cr_assert_eq(parse(text, &f, a, &e), 0, "%zu words: %s", words, e.msg);
		cr_assert_str_eq(f->rules[0].text_vi, sentence);
		cr_assert_str_eq(f->rules[0].source, "after");
		arena_reset(a);
	}
	arena_free(a);
}

struct bad_form {
	const char *label, *text, *says;
};

static const struct bad_form bad[] = {
	{ "empty", "", "[form]" },
	{ "no measures", HEAD, "[measure CODE]" },
	{ "only measures", TWO, "[form] is missing" },
	{ "not UTF-8", HEAD "[measure a]\nname_vi = \xc6\xaf\xff\n", "line 10: not UTF-8" },
	{ "no equals", HEAD "what\n", "line 9" },
	{ "key before section", "no = 1\n", "line 1: a key before" },
	{ "open bracket", "[form\nno = 1\n", "line 1: write a section" },
	{ "indented section", HEAD " [measure a]\nno = 1\n", "line 9: write a section" },
	{ "unknown section", HEAD "[measures a]\nno = 1\n", "[measures a]" },
	{ "section without code", HEAD "[measure]\nno = 1\n", "[measure]: write" },
	{ "upper case code", HEAD "[measure A]\nno = 1\n", "a code is a letter" },
	{ "code of digits", HEAD "[measure 12]\nno = 1\n", "a code is a letter" },
	{ "code too long", HEAD "[measure abcdefghijklmnopqrstuvwxy]\nno = 1\n", "a code is" },
	{ "empty section", HEAD "[measure a]\n[measure b]\nno = 1\n", "without keys" },
	{ "empty last section", HEAD TWO "[measure c]\n", "last section has no keys" },
	{ "form twice", HEAD TWO HEAD, "[form]: written twice" },
	{ "measure twice", HEAD TWO MEASURE("a", "3", ""), "[measure a]: written twice" },
	{ "rule twice", HEAD TWO RULE("a <= b") RULE("a = b"), "[rule r]: written twice" },
	{ "number twice", HEAD TWO MEASURE("c", "2", ""), "2 is the number of [measure b]" },
	{ "key twice", HEAD MEASURE("a", "1", "no = 2\n"),
	  "line 15: [measure a] no: written twice" },
	{ "unknown key", HEAD MEASURE("a", "1", "nn = 2\n"), "knows no key 'nn'" },
	{ "key missing", HEAD "[measure a]\nno = 1\n", "[measure a] kind: is missing" },
	{ "key of last section missing", HEAD TWO "[rule r]\nlevel = warn\n",
	  "[rule r] check: is missing" },
	{ "value missing", HEAD "[measure a]\nno =\n", "[measure a] no: nothing is written" },
	{ "number 0", HEAD "[measure a]\nno = 0\n", "write a number from 1 to 4095" },
	{ "number large", HEAD "[measure a]\nno = 4096\n", "write a number from 1 to 4095" },
	{ "number huge", HEAD "[measure a]\nno = 99999999999999999999\n", "write a number" },
	{ "number of letters", HEAD "[measure a]\nno = 1x\n", "write a number" },
	{ "word", HEAD "[measure a]\nkind = flw\n", "[measure a] kind: write flow or stock" },
	{ "day", "[form]\nvalid_from = 2022-02-30\n", "[form] valid_from" },
	{ "comment behind a value", HEAD "[measure a]\nname_vi = A ; B\n", "semicolon" },
	{ "parent unknown", HEAD MEASURE("a", "1", "parent = x\n"), "no measure is called 'x'" },
	{ "parent is itself", HEAD MEASURE("a", "1", "parent = a\n"), "leads back" },
	{ "parents in a circle",
	  HEAD MEASURE("a", "1", "parent = b\n") MEASURE("b", "2", "parent = a\n"), "leads back" },
	{ "group without parent", HEAD MEASURE("a", "1", "exclusive = g\n"), "parent: is missing" },
	{ "group of two parents",
	  HEAD TWO MEASURE("c", "3", "parent = a\nexclusive = g\n")
		  MEASURE("d", "4", "parent = b\nexclusive = g\n"),
	  "with another parent" },
	{ "check of one side", HEAD TWO RULE("a"), "two sums" },
	{ "check with <", HEAD TWO RULE("a < b"), "two sums" },
	{ "check cut off in its sign", HEAD TWO RULE("a <"), "two sums" },
	{ "check with ==", HEAD TWO RULE("a == b"), "missing before" },
	{ "check of three sides", HEAD TWO RULE("a = b = a"), "cannot read '= a'" },
	{ "check unknown measure", HEAD TWO RULE("a = c"), "no measure is called 'c'" },
	{ "check minus unspaced", HEAD TWO RULE("a = b-a"), "a minus needs blanks" },
	{ "check ends", HEAD TWO RULE("a ="), "missing before" },
	{ "check two signs", HEAD TWO RULE("a = b + + a"), "missing before" },
	{ "check unknown function", HEAD TWO RULE("a = next(b)"), "write prev, max12 or below" },
	{ "check open bracket", HEAD TWO RULE("a = prev(b"), "')' is missing" },
	{ "check of a function's number", HEAD TWO RULE("a = prev(3)"),
	  "no measure is called '3'" },
	{ "check number huge", HEAD TWO RULE("a = 1000000001"), "a number over" },
	{ "check half a product", HEAD TWO RULE("a = 3*"), "missing before" },
	{ "check product of numbers", HEAD TWO RULE("a = 3*4"), "no measure is called '4'" },
};

ParameterizedTestParameters(form, refuses)
{
	static size_t index[ARRAY_LEN(bad)];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(bad));
}

ParameterizedTest(size_t *index, form, refuses)
{
	const struct bad_form *c = &bad[*index];
	struct arena *a = arena_new(BUDGET);
	struct err e = { 0 };
	struct form *f;

	cr_assert_lt(parse(c->text, &f, a, &e), 0, "%s", c->label);
	cr_assert_not_null(strstr(e.msg, c->says), "%s: %s", c->label, e.msg);
	cr_assert_null(f);
	arena_free(a);
}

Test(form, checks_are_read_as_meant)
{
	struct arena *a = arena_new(BUDGET);
	struct err e = { 0 };
	struct form *f;
	const struct rule *r;

	cr_assert_eq(parse(HEAD TWO RULE("- a + 3*b - 2 >= 10 - 2 * below(a)"), &f, a, &e), 0, "%s",
		     e.msg);
	r = &f->rules[0];
	cr_assert_eq(r->compare, RULE_GE);
	cr_assert_eq(r->left_count, 3);
	cr_assert(r->left[0].function == TERM_MEASURE && r->left[0].factor == -1 &&
		  r->left[0].measure == 1);
	cr_assert(r->left[1].function == TERM_MEASURE && r->left[1].factor == 3 &&
		  r->left[1].measure == 2);
	cr_assert(r->left[2].function == TERM_NUMBER && r->left[2].factor == -2 &&
		  r->left[2].measure == 0);
	cr_assert_eq(r->right_count, 2);
	cr_assert(r->right[1].function == TERM_BELOW && r->right[1].factor == -2 &&
		  r->right[1].measure == 1);
	arena_free(a);
}

Test(rule, an_overflow_is_not_judged)
{
	struct arena *a = arena_new(BUDGET);
	struct figures x = { 0 };
	struct form *f;

	cr_assert_eq(parse(HEAD TWO RULE("a + b >= 0"), &f, a, NULL), 0);
	know(x.of, f, "a", INT64_MAX);
	know(x.of, f, "b", 0);
	cr_assert_eq(judge(f, "r", &x), RULE_HOLDS);
	know(x.of, f, "b", 1);
	cr_assert_eq(judge(f, "r", &x), RULE_NOT_JUDGED);
	arena_reset(a);
	cr_assert_eq(parse(HEAD TWO RULE("2*a >= b"), &f, a, NULL), 0);
	cr_assert_eq(judge(f, "r", &x), RULE_NOT_JUDGED);
	arena_free(a);
}

static char *many(const char *head, size_t count, const char *format)
{
	static char text[2 * OP_FORM_BODY_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", head);

	for (size_t i = 1; i <= count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, format, i, i);
	return text;
}

Test(form, sizes_are_bounded)
{
	static const char measure[] = "[measure m%zu]\nno = %zu\nkind = flow\nneed = optional\n"
				      "name_vi = v\nname_en = e\n";
	static const char rule[] = "[rule r%zu]\nlevel = warn\ncheck = a <= %zu\n"
				   "text_vi = v\ntext_en = e\n";
	static const char part[] = "[measure m%zu]\nno = 1%zu\nkind = flow\nneed = optional\n"
				   "parent = a\nname_vi = v\nname_en = e\n";
	struct arena *a = arena_new(BUDGET);
	struct form *f;
	struct err e = { 0 };
	char *text;

	cr_assert_eq(parse(many(HEAD, MEASURES_MAX, measure), &f, a, &e), 0, "%s", e.msg);
	cr_assert_eq(parse(many(HEAD, MEASURES_MAX + 1, measure), &f, a, NULL), -ERR_RANGE);
	cr_assert_eq(parse(many(HEAD TWO, RULES_MAX, rule), &f, a, &e), 0, "%s", e.msg);
	cr_assert_eq(f->rule_count, RULES_MAX);
	cr_assert_eq(parse(many(HEAD TWO, RULES_MAX + 1, rule), &f, a, NULL), -ERR_RANGE);
	cr_assert_eq(parse(many(HEAD TWO, RULES_MAX, part), &f, a, &e), 0, "%s", e.msg);
	cr_assert_eq(parse(many(HEAD TWO, RULES_MAX + 1, part), &f, a, NULL), -ERR_RANGE);
	text = many(HEAD TWO, 0, "");
	memset(text + strlen(text), '\n', OP_FORM_BODY_MAX + 1 - strlen(HEAD TWO));
	cr_assert_eq(form_parse(&f, span_of(text, OP_FORM_BODY_MAX), a, &e), 0, "%s", e.msg);
	cr_assert_eq(form_parse(&f, span_of(text, OP_FORM_BODY_MAX + 1), a, NULL), -ERR_RANGE);
	arena_free(a);
}

Test(form, values_are_bounded)
{
	struct arena *a = arena_new(BUDGET);
	struct err e = { 0 };
	char text[8000], word[400];
	struct form *f;

	memset(word, 'x', sizeof(word));
	word[NAME_MAX_BYTES + 1] = '\0';
	word[100] = ' ';
	snprintf(text, sizeof(text), HEAD "[measure a]\nname_vi = %s\n", word);
	cr_assert_eq(parse(text, &f, a, &e), -ERR_RANGE);
	cr_assert_not_null(strstr(e.msg, "at most 240 bytes"), "%s", e.msg);
	memset(word, 'x', 200);
	word[200] = '\0';
	snprintf(text, sizeof(text), HEAD "[measure a]\nname_vi = %s\n", word);
	cr_assert_eq(parse(text, &f, a, &e), -ERR_RANGE);
	cr_assert_not_null(strstr(e.msg, "line 10: over"), "%s", e.msg);
	snprintf(text, sizeof(text), "%s", HEAD "[rule r]\ncheck = 1");
	for (size_t i = 0; i < 700; i++)
		strcat(text, " + 1");
	strcat(text, "\n");
	cr_assert_eq(parse(text, &f, a, &e), -ERR_RANGE);
	arena_free(a);
}

Test(form, every_beginning_of_a_form_is_refused_or_a_form, .timeout = 100)
{
	struct arena *a = arena_new(BUDGET);
	size_t len, forms = 0;
	char *text = file_text("flash.ini", &len);

	for (size_t cut = 0; cut <= len; cut++) {
		char *exact = malloc(cut + 1);
		struct form *f;

		memcpy(exact + 1, text, cut); /* so that a step over the end is seen */
		if (form_parse(&f, span_of(exact + 1, cut), a, NULL) == 0) {
			forms++;
			cr_assert_gt(f->measure_count, 0);
		}
		free(exact);
		arena_reset(a);
	}
	cr_assert_gt(forms, 0);
	free(text);
	arena_free(a);
}

static uint64_t seed_state = 4711;

static size_t draw(size_t below)
{
	seed_state ^= seed_state << 13;
	seed_state ^= seed_state >> 7;
	seed_state ^= seed_state << 17;
	return (size_t)(seed_state >> 11) % below;
}

Test(form, random_texts_are_no_trouble, .timeout = 100)
{
	static const char *const pieces[] = {
		HEAD,
		TWO,
		MEASURE("c", "3", "parent = a\nexclusive = g\n"),
		RULE("a = prev(b)"),
		RULE("a >= 3*b - 2"),
		"[",
		"]",
		"=",
		"\n",
		" ",
		";",
		"#",
		"\r",
		"(",
		")",
		"*",
		"-",
		"[measure ",
		"[rule ",
		"check = ",
		"parent = b\n",
		"\xff",
		"\xe1\xba",
		"ế",
		"\t",
		"no = ",
		"99",
		"a",
		"below(",
		"\xef\xbb\xbf",
	};
	struct arena *a = arena_new(BUDGET);

	for (size_t round = 0; round < 20000; round++) {
		char text[4096];
		size_t len = 0, count = draw(12);
		struct form *f;

		if (draw(2))
			len = (size_t)snprintf(text, sizeof(text), "%s", HEAD TWO);
		for (size_t i = 0; i < count; i++) {
			const char *piece = pieces[draw(ARRAY_LEN(pieces))];

			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		if (len && draw(2))
			text[draw(len)] = (char)draw(256);
		form_parse(&f, span_of(text, len), a, NULL);
		arena_reset(a);
	}
	arena_free(a);
}

Test(form, without_memory_it_says_so)
{
	size_t len;
	char *text = file_text("monthly.ini", &len);

	for (size_t budget = 0;; budget += 97) {
		struct arena *a = arena_new(budget);
		struct form *f;
		int rc = form_parse(&f, span_of(text, len), a, NULL);

		arena_free(a);
		if (!rc)
			break;
		cr_assert_eq(rc, -ERR_NOMEM, "budget %zu", budget);
		cr_assert_null(f);
	}
	for (long n = 0;; n++) {
		struct arena *a = arena_new(BUDGET);
		struct form *f;
		int rc;

		allocations_left = n;
		rc = form_parse(&f, span_of(text, len), a, NULL);
		allocations_left = -1;
		arena_free(a);
		if (!rc) {
			cr_assert_gt(n, 0, "no allocation failed");
			break;
		}
		cr_assert_eq(rc, -ERR_NOMEM, "allocation %ld", n);
	}
	free(text);
}

/* Of all stocks in the forms that come along those two are what a period begins with. */
Test(forms, a_beginning_is_the_stock_from_which_a_rule_counts_on)
{
	struct arena *a = arena_new(BUDGET);
	size_t found = 0;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct form *f = load(files[i], a);

		for (size_t k = 0; k < f->measure_count; k++) {
			const struct measure *m = &f->measures[k];
			bool begin = !strcmp(m->code, "members_begin") ||
				     !strcmp(m->code, "f1_begin");

			cr_assert_eq(m->opening, begin, "%s", m->code);
			found += m->opening;
		}
	}
	cr_assert_eq(found, 2);
	arena_free(a);
}

/* ---- where figures come from ---- */

/* Each cell of both statutory forms says where it comes from, and the sheets that are named have what is asked of them. */
Test(form_from, every_cell_of_forms_1_and_2_has_its_origin)
{
	static const size_t want[2][FROM_MEAN + 1] = {
		{ [FROM_SHEETS] = 18, [FROM_FIRST] = 1 },
		{ [FROM_SHEETS] = 7, [FROM_REGISTER] = 38, [FROM_UNIT] = 6, [FROM_MEAN] = 1 },
	};
	struct arena *a = arena_new(BUDGET);
	const struct form *monthly = load("monthly.ini", a);
	const struct form *forms[2] = { load("2021/form1.ini", a), load("2021/form2.ini", a) };

	for (size_t i = 0; i < 2; i++) {
		size_t got[FROM_MEAN + 1] = { 0 };

		cr_assert_str_eq(forms[i]->sheets, "monthly");
		cr_assert_str_eq(forms[i]->number, i ? "Biểu 2-BTCTW" : "Biểu 1-BTCTW");
		cr_assert_not_null(strstr(forms[i]->source, "11-HD/BTCTW"));
		for (size_t k = 0; k < forms[i]->measure_count; k++) {
			const struct measure *m = &forms[i]->measures[k];

			got[m->from]++;
			cr_assert_null(form_measure(monthly, m->no), "%s", m->code);
			for (size_t t = 0; t < m->term_count; t++) {
				const struct measure *of = form_measure_code(monthly,
									     span_str(m->terms[t]));

				if (m->from == FROM_SHEETS || m->from == FROM_FIRST)
					cr_assert(of && of->kind == m->kind, "%s: %s", m->code,
						  m->terms[t]);
			}
		}
		for (size_t k = 0; k <= FROM_MEAN; k++)
			cr_assert_eq(got[k], want[i][k], "%s: %zu from %s", forms[i]->code, got[k],
				     measure_from_code((enum measure_from)k));
	}
	arena_free(a);
}

/* What came in and went by the monthly sheets is what form 1 has: no kind is left out, none is twice. */
Test(form_from, form_1_has_each_term_of_the_monthly_balance_once)
{
	struct arena *a = arena_new(BUDGET);
	const struct form *monthly = load("monthly.ini", a), *f = load("2021/form1.ini", a);
	const struct rule *balance = rule_of(monthly, "balance");
	const struct measure *up = form_measure_code(f, SPAN_LIT("f1_increase"));
	const struct measure *down = form_measure_code(f, SPAN_LIT("f1_decrease"));

	cr_assert_eq(up->term_count + down->term_count + 1, balance->right_count);
	for (size_t i = 0; i < balance->right_count; i++) {
		const struct rule_term *t = &balance->right[i];
		const char *code = form_measure(monthly, t->measure)->code;
		size_t found = 0;

		for (size_t k = 0; k < up->term_count; k++)
			found += t->factor > 0 && !strcmp(up->terms[k], code);
		for (size_t k = 0; k < down->term_count; k++)
			found += t->factor < 0 && !strcmp(down->terms[k], code);
		cr_assert_eq(found, strcmp(code, "members_begin") ? 1 : 0, "%s", code);
	}
	arena_free(a);
}

static const char from_head[] = "[form]\ncode = x\nno = 9\nversion = 1\nvalid_from = 2021-01-01\n"
				"period = half\nname_vi = X\nname_en = X\nsheets = monthly\n"
				"[measure a]\nno = 901\nkind = flow\nneed = computed\n"
				"name_vi = A\nname_en = A\n";
static const struct from_case {
	const char *line, *says;
} from_cases[] = {
	{ "from = sheets b + c + d", NULL },
	{ "from = first b", NULL },
	{ "from = register occupation-farm", NULL },
	{ "from = unit none-left", NULL },
	{ "additive = no\nfrom = mean a a", NULL },
	{ "from = sheets", "takes one word" },
	{ "from = sheets b c", "added by ' + '" },
	{ "from = sheets b +", "added by ' + '" },
	{ "from = first b c", "takes one word" },
	{ "from = register occupation-king", "no word of the register" },
	{ "from = unit happy", "no word of a unit" },
	{ "additive = no\nfrom = mean a z", "no measure of this form" },
	{ "additive = no\nfrom = mean a", "takes two measures" },
	{ "from = mean a a", "additive = no" },
	{ "additive = no\nfrom = sheets b", "additive = no" },
	{ "from = dreams", "write sheets, first" },
	{ "from = sheets a + b + c + d + e + f + g + h + i", "too many" },
};

Test(form_from, what_it_says_is_checked)
{
	for (size_t i = 0; i < ARRAY_LEN(from_cases); i++) {
		struct arena *a = arena_new(BUDGET);
		struct err e = { 0 };
		struct form *f;
		char text[1024];
		int rc;

		snprintf(text, sizeof(text), "%s%s\n", from_head, from_cases[i].line);
		rc = form_parse(&f, span_str(text), a, &e);
		if (from_cases[i].says)
			cr_assert(rc && strstr(e.msg, from_cases[i].says), "%s: %s",
				  from_cases[i].line, e.msg);
		else
			cr_assert_eq(rc, 0, "%s: %s", from_cases[i].line, e.msg);
		arena_free(a);
	}
}
