/* Entering the real monthly form at C1 (unit 4), by its own clerk or approver and by the district (2). */
#include <criterion/criterion.h>

#include "client_world.h"

enum {
	BEGIN = 1,
	ADMITTED = 2,
	RESTORED = 3,
	IN_SAME = 4,
	OUT_OUTSIDE = 13,
	END = 14,
	WOMEN = 15,
	SRC_STUDENT = 29,
	SRC_OTHER = 34,
	SYMPATHISERS = 35
};

static struct world w;
static struct desk k, district;
static const struct entry_how own = { .how = SIGN_OWN };

static void begin(void)
{
	struct op op;

	site_open(&w);
	op = build_members(4, day(2022, 8, 31), 40);
	world_act_now(&w, &op);
	desk_open(&k, &w, 4, ROLE_APPROVER);
	desk_open(&district, &w, 2, ROLE_CLERK);
	desk_sync(&k);
	desk_sync(&district);
}

static void end(void)
{
	desk_close(&district);
	desk_close(&k);
	world_close(&w);
}

TestSuite(entry, .init = begin, .fini = end);

/* September with `admitted`, all from one source, everything required typed. */
static void type_month(struct desk *d, int month, int admitted, int members_end)
{
	struct entry_sheet *s = desk_entry(d, 4, "monthly", month22(month));

	for (uint16_t no = ADMITTED; no < END; no++)
		must(entry_set(s, no, FIGURE_NIL, 0, &d->e), &d->e, "type");
	must(entry_set(s, ADMITTED, FIGURE_VALUE, admitted, &d->e), &d->e, "type");
	must(entry_set(s, END, FIGURE_VALUE, members_end, &d->e), &d->e, "type");
	for (uint16_t no = WOMEN; admitted && no <= SRC_OTHER; no++)
		if (form_measure(entry_form(s), no)->parent == ADMITTED)
			must(entry_set(s, no, FIGURE_VALUE, no == SRC_STUDENT ? admitted : 0,
				       &d->e),
			     &d->e, "type");
	must(entry_save(s, true, &d->e), &d->e, "keep");
	entry_close(s);
}

/* ---- what the machine knows ---- */

Test(entry, the_beginning_is_never_typed)
{
	struct entry_sheet *s = desk_entry(&k, 4, "monthly", month22(9));
	struct entry_figure f = entry_figure(s, BEGIN);

	cr_assert(f.computed);
	cr_assert_eq(f.value, 40, "the opening figure");
	entry_close(s);
	type_month(&k, 9, 2, 42);
	s = desk_entry(&k, 4, "monthly", month22(10));
	cr_assert_eq(entry_figure(s, BEGIN).value, 42, "the month before, typed or sent");
	entry_close(s);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), 0, "%s", k.e.msg);
	desk_sync(&k);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), BEGIN), 40, "it travels with the sheet");
	s = desk_entry(&k, 4, "monthly", month22(10));
	cr_assert_eq(entry_figure(s, BEGIN).value, 42);
	entry_close(s);
}

Test(entry, a_month_without_events_is_one_act)
{
	struct entry_how nil = { .how = SIGN_OWN, .nil_month = true };
	struct sheet s;

	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &nil, NULL), 0, "%s", k.e.msg);
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 1);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), END), 40);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), ADMITTED), 0, "nil, not blank");
	must(ledger_sheet(w.l, 4, 1, month22(9), &s, &w.e), &w.e, "the sheet");
	cr_assert(s.sign_nil);
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED);
	cr_assert_not(s.broken);
	type_month(&k, 10, 2, 42);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(10), &nil, NULL), -ERR_STATE,
		     "there are events");
}

Test(entry, a_total_since_january_is_split)
{
	struct entry_sheet *s;

	for (int month = 1; month <= 8; month++)
		desk_type(&k, 4, "monthly", month22(month), ADMITTED, month, 0);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_set_cumulative(s, ADMITTED, 40, &k.e), 0, "%s", k.e.msg);
	cr_assert_eq(entry_figure(s, ADMITTED).value, 4, "40 less 1 + 2 + ... + 8");
	cr_assert_eq(entry_set_cumulative(s, ADMITTED, 36, &k.e), 0);
	cr_assert_eq(entry_figure(s, ADMITTED).state, FIGURE_NIL);
	cr_assert_eq(entry_set_cumulative(s, ADMITTED, 35, &k.e), -ERR_RANGE,
		     "less than was reported");
	cr_assert_eq(entry_set_cumulative(s, END, 35, &k.e), -ERR_INVALID,
		     "a stock is never cumulative");
	cr_assert_eq(entry_set_cumulative(s, RESTORED, 3, &k.e), -ERR_STATE);
	cr_assert_not_null(strstr(k.e.msg, "2022-08"), "it names the month: %s", k.e.msg);
	entry_close(s);
	s = desk_entry(&k, 4, "monthly", month22(1));
	cr_assert_eq(entry_set_cumulative(s, RESTORED, 3, &k.e), 0,
		     "January has nothing before it");
	cr_assert_eq(entry_figure(s, RESTORED).value, 3);
	entry_close(s);
}

/* ---- judging ---- */

/* C1 takes C2 over on 16 September: the month is reported in two pieces, and October begins with what the second one
 * ends with, not with what stood on the 15th. */
Test(entry, the_month_behind_one_that_an_act_cut)
{
	static const uint32_t to_c1[] = { 4 };
	static const struct op_change taken[] = {
		{ .what = CHANGE_MERGE, .unit = 5, .into = to_c1, .into_count = 1 },
	};
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("9-QĐ"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 9, 1),
				  .effective = day(2022, 9, 16),
				  .changes = taken,
				  .count = ARRAY_LEN(taken) } };
	struct period pieces[] = { { day(2022, 9, 1), day(2022, 9, 15) },
				   { day(2022, 9, 16), day(2022, 9, 30) } };
	struct entry_sheet *s;

	world_act_now(&w, &op);
	op = build_members(4, day(2022, 9, 15), 52); /* of both */
	world_act_now(&w, &op);
	desk_sync(&k);
	for (int month = 1; month <= 8; month++)
		desk_type(&k, 4, "monthly", month22(month), ADMITTED, month, 0);
	desk_type(&k, 4, "monthly", pieces[0], ADMITTED, 1, 0);
	desk_type(&k, 4, "monthly", pieces[0], END, 41, 0);
	s = desk_entry(&k, 4, "monthly", pieces[1]);
	cr_assert_eq(entry_figure(s, BEGIN).value, 52, "with who was taken over");
	entry_close(s);
	desk_type(&k, 4, "monthly", pieces[1], ADMITTED, 3, 0);
	desk_type(&k, 4, "monthly", pieces[1], END, 55, 0);
	s = desk_entry(&k, 4, "monthly", month22(10));
	cr_assert(entry_figure(s, BEGIN).computed);
	cr_assert_eq(entry_figure(s, BEGIN).value, 55);
	cr_assert_eq(entry_set_cumulative(s, ADMITTED, 45, &k.e), 0, "%s", k.e.msg);
	cr_assert_eq(entry_figure(s, ADMITTED).value, 5, "45 less 36 less 1 and 3");
	entry_close(s);
}

Test(entry, a_blocking_rule_blocks_signing_and_says_what)
{
	struct entry_judgement j;
	struct entry_sheet *s;
	struct op_id id;

	type_month(&k, 9, 2, 43);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_submit(s, &own, k.now_ms, &id, &j, &k.e), -ERR_INVALID);
	cr_assert_eq(j.blocking, 1);
	cr_assert_str_eq(j.questions[0].rule->code, "balance");
	cr_assert_eq(j.questions[0].left, 43);
	cr_assert_eq(j.questions[0].right, 42);
	entry_close(s);
	cr_assert_eq(desk_status(&k).queued, 0);
	cr_assert_eq(desk_status(&k).drafts, 1, "and the draft is still there");
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9),
				 &(struct entry_how){ .how = SIGN_NONE }, NULL),
		     0, "figures alone may go: %s", k.e.msg);
}

Test(entry, at_most_two_questions_blocking_first)
{
	struct entry_sheet *s;
	struct entry_judgement j;

	type_month(&k, 9, 2, 42);
	must(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), &k.e, "submit");
	desk_type(&k, 4, "monthly", month22(9), WOMEN, 3, SRC_OTHER, 1, END, 43, 0);
	desk_type(&k, 4, "monthly", month22(8), END, 39, 0); /* corrected after it was built on */
	s = desk_entry(&k, 4, "monthly", month22(9));
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.question_count, ENTRY_QUESTIONS);
	cr_assert_eq(j.blocking, 3, "balance, women within admitted, sources add up: %zu",
		     j.blocking);
	cr_assert_eq(j.warnings, 1, "continuity");
	cr_assert_eq(j.questions[0].rule->level, RULE_BLOCK);
	cr_assert_eq(j.questions[1].rule->level, RULE_BLOCK);
	entry_close(s);
}

Test(entry, the_largest_of_twelve_months)
{
	struct entry_sheet *s;
	struct entry_judgement j;

	desk_type(&k, 4, "monthly", month22(3), ADMITTED, 3, 0);
	desk_type(&k, 4, "monthly", month22(9), ADMITTED, 9, 0);
	s = desk_entry(&k, 4, "monthly", month22(9));
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 0);
	must(entry_set(s, ADMITTED, FIGURE_VALUE, 10, &k.e), &k.e, "type");
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 1);
	cr_assert_str_eq(j.questions[0].rule->code, "outlier");
	cr_assert_eq(j.questions[0].right, 9);
	entry_close(s);
	/* a month that nobody reported says nothing */
	s = desk_entry(&k, 4, "monthly", month_of(2022, 2));
	must(entry_set(s, ADMITTED, FIGURE_VALUE, 100, &k.e), &k.e, "type");
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 0, "not judged");
	entry_close(s);
}

Test(entry, digits_changed_over_are_a_question_and_no_more_than_two_are_asked)
{
	struct entry_sheet *s;
	struct entry_judgement j;

	desk_type(&k, 4, "monthly", month22(8), END, 45, 0);
	type_month(&k, 9, 0, 45);
	must(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), &k.e, "submit");
	desk_type(&k, 4, "monthly", month22(8), END, 54, 0); /* corrected after it was built on */
	s = desk_entry(&k, 4, "monthly", month22(9));
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.blocking, 0);
	cr_assert_eq(j.warnings, 2, "%zu", j.warnings);
	cr_assert_str_eq(j.questions[0].rule->code, "continuity");
	cr_assert_str_eq(j.questions[1].rule->code, "swapped-begin");
	must(entry_set(s, ADMITTED, FIGURE_VALUE, 1, &k.e), &k.e, "type");
	must(entry_set(s, WOMEN, FIGURE_VALUE, 3, &k.e), &k.e, "type");
	must(entry_set(s, SRC_STUDENT, FIGURE_VALUE, 1, &k.e), &k.e, "type");
	must(entry_set(s, END, FIGURE_VALUE, 46, &k.e), &k.e, "type");
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.blocking, 1);
	cr_assert_eq(j.warnings, 2);
	cr_assert_eq(j.question_count, ENTRY_QUESTIONS, "three do not hold");
	cr_assert_eq(j.questions[0].rule->level, RULE_BLOCK);
	cr_assert_eq(entry_set(s, BEGIN, FIGURE_BLANK, 0, &k.e), -ERR_INVALID, "it is known");
	must(entry_set(s, BEGIN, FIGURE_VALUE, 54, &k.e), &k.e, "what is computed now");
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 0);
	entry_close(s);
}

/* What is computed is the form's to say. */
Test(entry, a_computed_figure_is_compared_and_not_typed)
{
	struct entry_sheet *s;

	desk_type(&k, 4, "monthly", month22(8), END, 2131, 0);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_set(s, BEGIN, FIGURE_VALUE, 2132, &k.e), -ERR_INVALID);
	cr_assert_str_eq(k.e.msg, "members_begin is computed and need not be typed: by the period "
				  "before, or the opening figure, it is 2131 and not 2132; if that "
				  "is wrong, correct it there");
	cr_assert_eq(entry_set(s, BEGIN, FIGURE_NIL, 0, &k.e), -ERR_INVALID);
	cr_assert(entry_figure(s, BEGIN).computed, "nothing was typed");
	must(entry_set(s, BEGIN, FIGURE_VALUE, 2131, &k.e), &k.e, "the same");
	cr_assert_not(entry_figure(s, BEGIN).typed, "it is left to be computed");
	cr_assert_eq(entry_figure(s, BEGIN).value, 2131);
	must(entry_set(s, BEGIN, FIGURE_BLANK, 0, &k.e), &k.e, "nothing stands to be blanked");
	entry_close(s);
	/* it follows the month before */
	desk_type(&k, 4, "monthly", month22(8), END, 2140, 0);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_figure(s, BEGIN).value, 2140);
	entry_close(s);
}

/* A changed rule is a file: devices judge by it once they have pulled it, and no program was built. */
Test(entry, a_changed_rule_is_a_file)
{
	static const char rule[] = "\n[rule few-cells]\nlevel = warn\ncheck = cells >= 2\n"
				   "text_vi = a\ntext_en = a\n";
	static char text[OP_FORM_BODY_MAX];
	struct op op = build_form(&w, "monthly");
	struct entry_sheet *s;
	struct entry_judgement j;
	const struct measure *cells;
	char *version;

	s = desk_entry(&k, 4, "monthly", month22(9));
	cells = form_measure_code(entry_form(s), SPAN_LIT("cells"));
	must(entry_set(s, cells->no, FIGURE_VALUE, 1, &k.e), &k.e, "type");
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 0);
	must(entry_save(s, false, &k.e), &k.e, "keep");
	entry_close(s);
	memcpy(text, op.form.text.data, op.form.text.len);
	version = strstr(text, "version = 1");
	cr_assert_not_null(version);
	version[10] = '2';
	strcat(text, rule);
	op = build_form_text(text);
	world_act_now(&w, &op);
	desk_sync(&k);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_form(s)->version, 2);
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 1, "the draft is judged by the new one");
	cr_assert_str_eq(j.questions[0].rule->code, "few-cells");
	entry_close(s);
}

/* Most months are nil: three times nothing is nothing, and every first admission would be asked about. */
Test(entry, twelve_months_of_nothing_are_no_measure)
{
	struct entry_sheet *s;
	struct entry_judgement j;

	desk_type(&k, 4, "monthly", month22(8), ADMITTED, 0, 0);
	s = desk_entry(&k, 4, "monthly", month22(9));
	must(entry_set(s, ADMITTED, FIGURE_VALUE, 2, &k.e), &k.e, "type");
	must(entry_judge(s, &j, &k.e), &k.e, "judge");
	cr_assert_eq(j.warnings, 0, "not judged");
	entry_close(s);
}

Test(entry, blank_required_figures_are_listed_and_nil_only_on_yes)
{
	struct entry_how yes = { .how = SIGN_OWN, .blanks_are_nil = true };
	struct entry_judgement j;
	struct entry_sheet *s;
	struct op_id id;

	desk_type(&k, 4, "monthly", month22(9), ADMITTED, 1, 0);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_submit(s, &own, k.now_ms, &id, &j, &k.e), -ERR_INVALID);
	cr_assert_eq(j.blank[0], RESTORED);
	cr_assert_eq(j.blank_count, 11 + 1 + 16,
		     "flows, the end, and what belongs to an admission");
	entry_close(s);
	s = desk_entry(&k, 4, "monthly", month22(9));
	cr_assert_eq(entry_submit(s, &yes, k.now_ms, &id, &j, &k.e), -ERR_INVALID);
	cr_assert_eq(j.blank_count, 1, "a stock is never made nil: %zu", j.blank_count);
	cr_assert_eq(j.blank[0], END);
	entry_close(s);
	desk_type(&k, 4, "monthly", month22(9), END, 41, SRC_STUDENT, 1, 0);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &yes, NULL), 0, "%s", k.e.msg);
	desk_sync(&k);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), OUT_OUTSIDE), 0);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), SYMPATHISERS), INT64_MIN,
		     "optional stays blank");
}

/* ---- who, when, why ---- */

Test(entry, old_periods_ask_and_coming_ones_refuse)
{
	struct entry_sheet *s;
	struct op_id id;
	static const struct {
		int year, month;
		enum entry_age age;
	} months[] = {
		{ 2022, 10, ENTRY_OPEN }, { 2022, 9, ENTRY_OPEN }, { 2022, 8, ENTRY_OPEN },
		{ 2022, 7, ENTRY_OLD },   { 2021, 1, ENTRY_OLD },  { 2022, 11, ENTRY_FUTURE }
	};

	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		s = desk_entry(&k, 4, "monthly", month_of(months[i].year, months[i].month));
		cr_assert_eq(entry_age(s), months[i].age, "%d-%d", months[i].year, months[i].month);
		must(entry_set(s, ADMITTED, FIGURE_VALUE, 1, &k.e), &k.e, "type");
		cr_assert_eq(entry_save(s, false, &k.e),
			     months[i].age == ENTRY_OPEN ? 0 : -ERR_STATE);
		cr_assert_eq(entry_save(s, true, &k.e),
			     months[i].age == ENTRY_FUTURE ? -ERR_STATE : 0);
		if (months[i].age == ENTRY_FUTURE)
			cr_assert_eq(entry_submit(s, &(struct entry_how){ .old_ok = true },
						  k.now_ms, &id, NULL, &k.e),
				     -ERR_STATE);
		entry_close(s);
	}
	cr_assert_eq(entry_open(&s, k.c, 4, "monthly", year_of(2022), k.now_ms, &k.e), -ERR_RANGE);
	cr_assert_eq(entry_open(&s, k.c, 4, "yearly", month22(9), k.now_ms, &k.e), -ERR_NOTFOUND);
	cr_assert_eq(entry_open(&s, k.c, 77, "monthly", month22(9), k.now_ms, &k.e), -ERR_NOTFOUND);
	cr_assert_eq(entry_open(&s, k.c, 2, "monthly", month22(9), k.now_ms, &k.e), -ERR_DENIED);
}

Test(entry, a_change_to_a_signed_sheet_needs_a_reason)
{
	struct entry_how why = { .how = SIGN_OWN, .reason = "counted again" };
	struct sheet s;

	type_month(&k, 9, 2, 42);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), 0, "%s", k.e.msg);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), -ERR_STATE,
		     "nothing to send");
	desk_type(&k, 4, "monthly", month22(9), SYMPATHISERS, 5, 0);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), -ERR_STATE);
	cr_assert_not_null(strstr(k.e.msg, "reason"), "%s", k.e.msg);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &why, NULL), 0, "%s", k.e.msg);
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 2, "the server asks the same");
	must(ledger_sheet(w.l, 4, 1, month22(9), &s, &w.e), &w.e, "the sheet");
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED, "one signature covers all of it");
}

Test(entry, a_clerk_signs_only_what_was_signed_on_paper)
{
	struct desk clerk;
	struct entry_how paper = { .how = SIGN_PAPER, .signer = "Trần Thị B", .title = "Bí thư" };

	desk_open(&clerk, &w, 4, ROLE_CLERK);
	desk_sync(&clerk);
	type_month(&clerk, 9, 2, 42);
	cr_assert_eq(desk_submit(&clerk, 4, "monthly", month22(9), &own, NULL), -ERR_DENIED);
	cr_assert_eq(desk_submit(&clerk, 4, "monthly", month22(9), &paper, NULL), -ERR_INVALID,
		     "no day");
	paper.paper_day = day(2022, 10, 1);
	cr_assert_eq(desk_submit(&clerk, 4, "monthly", month22(9), &paper, NULL), 0, "%s",
		     clerk.e.msg);
	desk_sync(&clerk);
	cr_assert_eq(clerk.r.acked, 1);
	desk_close(&clerk);
}

Test(entry, on_behalf_says_from_whom_and_gives_way)
{
	struct entry_how how = { .how = SIGN_PAPER, .signer = "B", .paper_day = day(2022, 10, 1) };
	struct sheet s;

	type_month(&district, 9, 2, 42);
	cr_assert_eq(desk_submit(&district, 4, "monthly", month22(9), &how, NULL), -ERR_STATE);
	how.from = "telephone, Mr A";
	how.reason = "no computer";
	cr_assert_eq(desk_submit(&district, 4, "monthly", month22(9), &how, NULL), 0, "%s",
		     district.e.msg);
	desk_sync(&district);
	cr_assert_eq(district.r.acked, 1);
	desk_sync(&k);
	must(ledger_sheet(client_base(k.c), 4, 1, month22(9), &s, &k.e), &k.e, "the sheet");
	cr_assert(sheet_provisional(&s));
	/* the unit signs its own without a reason, and nothing is contested */
	type_month(&k, 9, 1, 41);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9), &own, NULL), 0, "%s", k.e.msg);
	cr_assert_eq(desk_status(&k).contested, 0);
	desk_sync(&k);
	desk_sync(&district);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), ADMITTED), 1);
	/* and from then on a superior returns it, never overwrites it */
	type_month(&district, 9, 3, 43);
	cr_assert_eq(desk_submit(&district, 4, "monthly", month22(9), &how, NULL), -ERR_STATE);
	cr_assert_not_null(strstr(district.e.msg, "return"), "%s", district.e.msg);
}

/* Typing, a sync in the background, signing: the signature covers what stood on the screen when signed,
 * the figure names what stood there when typed. */
Test(entry, a_pull_between_typing_and_signing)
{
	struct desk other;
	struct sheet s;

	desk_open(&other, &w, 4, ROLE_APPROVER);
	desk_sync(&other);
	type_month(&k, 9, 2, 42);
	type_month(&other, 9, 3, 43);
	cr_assert_eq(desk_submit(&other, 4, "monthly", month22(9), &own, NULL), 0, "%s",
		     other.e.msg);
	desk_sync(&other);
	desk_sync(&k);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(9),
				 &(struct entry_how){ .how = SIGN_OWN, .reason = "r" }, NULL),
		     0, "%s", k.e.msg);
	desk_sync(&k);
	must(ledger_sheet(w.l, 4, 1, month22(9), &s, &w.e), &w.e, "the sheet");
	cr_assert_eq(sheet_contested(&s, 4), 3,
		     "admitted, its source, the end: nothing was overwritten");
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED, "and all of it was seen");
	desk_close(&other);
}

/* ---- flash ---- */

Test(entry, a_flash_answers_a_request)
{
	struct op op = build_request(1, 2, day(2022, 9, 22));
	struct entry_sheet *s;
	struct period p = { day(2022, 9, 22), day(2022, 9, 22) };
	struct entry_how how = { .how = SIGN_OWN, .blanks_are_nil = true };

	cr_assert_eq(entry_open(&s, k.c, 4, "flash", p, k.now_ms, &k.e), -ERR_RANGE,
		     "nobody asked");
	world_act_now(&w, &op);
	desk_sync(&k);
	desk_type(&k, 4, "flash", p, ADMITTED, 7, END, 47, 0);
	p.from = day(2022, 9, 1);
	cr_assert_eq(desk_submit(&k, 4, "flash", p, &how, NULL), 0, "%s", k.e.msg);
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 1, "refused: %llu", (unsigned long long)k.r.refused);
	cr_assert_eq(server_value(&w, 4, 2, p, ADMITTED), 7);
	cr_assert_eq(server_value(&w, 4, 1, month22(9), ADMITTED), INT64_MIN,
		     "never the month's sheet");
	op = build_request(1, 2, day(2022, 7, 20));
	world_act_now(&w, &op);
	desk_sync(&k);
	s = desk_entry(&k, 4, "flash", (struct period){ day(2022, 7, 1), day(2022, 7, 20) });
	cr_assert_eq(entry_age(s), ENTRY_OLD);
	entry_close(s);
}

/* ---- many sheets ---- */

static int submit_many(struct desk *d, int broken_at)
{
	struct entry_how how = { .how = SIGN_PAPER,
				 .signer = "B",
				 .paper_day = day(2022, 10, 1),
				 .from = "telephone",
				 .reason = "no line",
				 .blanks_are_nil = true,
				 .old_ok = true };
	int rc = client_begin(d->c, &d->e);

	for (int i = 0; i < 6 && !rc; i++) {
		uint32_t unit = (uint32_t)(4 + i % 2);
		struct entry_sheet *s = desk_entry(d, unit, "monthly", month22(8 + i / 2));
		struct op_id id;

		rc = entry_set(s, END, FIGURE_VALUE, unit == 4 ? 40 : 30, &d->e);
		if (!rc && i == broken_at)
			rc = entry_set(s, RESTORED, FIGURE_VALUE, 5, &d->e);
		if (!rc && i == 1)
			rc = entry_set(s, BEGIN, FIGURE_VALUE, 30, &d->e);
		if (!rc)
			rc = entry_submit(s, &how, d->now_ms, &id, NULL, &d->e);
		entry_close(s);
	}
	if (rc)
		client_abort(d->c);
	else
		rc = client_commit(d->c, &d->e);
	return rc;
}

/* All or none, in one commit; a month of the file sees the months before it in the same file. */
Test(entry, many_sheets_all_or_none)
{
	uint64_t calls;

	cr_assert_eq(submit_many(&district, 4), -ERR_INVALID);
	cr_assert_eq(desk_status(&district).queued, 0);
	cr_assert_eq(client_state(district.c)->next_seq, 1);
	cr_assert_eq(submit_many(&district, -1), 0, "%s", district.e.msg);
	cr_assert_eq(desk_status(&district).queued, 6);
	cr_assert_eq(client_value(&district, 5, 1, month22(10), BEGIN), 30);
	calls = kv_calls(district.kv);
	desk_reopen(&district);
	cr_assert_gt(kv_calls(district.kv), calls);
	cr_assert_eq(desk_status(&district).queued, 6);
	desk_sync(&district);
	cr_assert_eq(district.r.acked, 6);
	cr_assert_eq(server_value(&w, 5, 1, month22(10), END), 30);
}

/* The commit is the last call of the store, and the only one that counts. */
Test(entry, a_batch_is_one_commit)
{
	struct desk d = district;
	struct kv *first, *second;
	uint64_t calls;

	must(kv_mem_clone(&first, district.kv, &d.e), &d.e, "copy");
	must(kv_mem_clone(&second, district.kv, &d.e), &d.e, "copy");
	must(client_open(&d.c, first, &d.e), &d.e, "open");
	calls = kv_calls(first);
	cr_assert_eq(submit_many(&d, -1), 0, "%s", d.e.msg);
	calls = kv_calls(first) - calls;
	client_close(d.c);
	must(client_open(&d.c, second, &d.e), &d.e, "open");
	kv_fail_at(second, kv_calls(second) + calls, ERR_FULL, false);
	cr_assert_eq(submit_many(&d, -1), -ERR_FULL);
	kv_fail_at(second, 0, ERR_NONE, false);
	cr_assert_eq(desk_status(&d).queued, 0);
	cr_assert_eq(client_state(d.c)->next_seq, 1);
	cr_assert_eq(submit_many(&d, -1), 0, "%s", d.e.msg);
	cr_assert_eq(desk_status(&d).queued, 6);
	client_close(d.c);
	kv_close(first);
	kv_close(second);
}
