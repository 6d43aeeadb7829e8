#include "case_data.h"

#include "base/csv.h"
#include "base/text.h"
#include "domain/deadline.h"

/* ---- working days against a table worked out by hand ---- */

/* data/deadlines.csv was counted on wall calendars of 2022 to 2026 with the holidays file beside them; the
 * last column keeps the counting: days of a month, and in brackets how many they are by then. */
enum { COL_WAY, COL_DAY, COL_DAYS, COL_WANT, COL_UNVERIFIED, COL_BEYOND, COL_COUNTED, COLS };
static const struct csv_column columns[COLS] = {
	{ "way", true, false },     { "day", true, false },        { "working_days", true, false },
	{ "want", true, false },    { "unverified", true, false }, { "beyond", true, false },
	{ "counted", true, false },
};

static int64_t count_of(struct span text)
{
	enum text_grouping grouping;
	int64_t n = 0;

	cr_assert_eq(text_count(&n, &grouping, text, NULL), 0);
	return n;
}

static day_t day_of(struct span text)
{
	day_t d = 0;

	cr_assert_eq(day_parse(&d, NULL, text, NULL), 0);
	return d;
}

static void check_row(const struct holidays *h, const struct span *f, size_t line)
{
	bool add = span_eq(f[COL_WAY], SPAN_LIT("add")), beyond;
	day_t from = day_of(f[COL_DAY]), want = day_of(f[COL_WANT]);
	unsigned days = (unsigned)count_of(f[COL_DAYS]);
	day_t got = add ? holidays_add(h, from, days, &beyond)
			: holidays_back(h, from, days, &beyond);
	struct period counted = { (add ? from : got) + 1, add ? got : from };
	char text[DAY_TEXT_MAX];

	cr_assert_eq(got, want, "line %zu: %s", line, day_iso(text, got));
	cr_assert_eq(holidays_unverified(h, counted, NULL, 0), (size_t)count_of(f[COL_UNVERIFIED]),
		     "line %zu", line);
	cr_assert_eq(beyond, span_eq(f[COL_BEYOND], SPAN_LIT("yes")), "line %zu", line);
}

Test(deadline, working_days_against_the_table_made_by_hand)
{
	struct case_data d = case_data();
	struct csv *rows = NULL;
	struct span fields[COLS];
	size_t count = 0;

	cr_assert_eq(csv_open(&rows, data_file(d.arena, TABLE_FILE), columns, COLS, NULL), 0);
	while (csv_next(rows, fields, NULL) == 1) {
		check_row(d.holidays, fields, csv_line(rows));
		count++;
	}
	cr_assert_eq(count, 31);
	csv_close(rows);
	case_data_free(&d);
}

/* ---- last safe days ---- */

struct safe {
	enum case_step_kind step;
	const char *last;
	enum case_step_kind then;
	enum case_rule_code rule; /* 0: the same day */
	size_t unverified;
};

/* For a decision by 31/12/2026, counted by hand from the right:
 * agreed: 31-28/12 (4), 25-21 (9), 18 (10). Submitted, from 17/12: 17-14 (4), 11-7 (9), 4-1 (13), 30/11 (14),
 * 27-25 (17), 24/11 free, 23 (18), 20-16 (23), 13-9 (28), 6, 5 (30). Committee, from 4/11: 4-2 (3), 30, 29/10
 * (5). Cell: 60 working days as in data/deadlines.csv; by plan, from 28/10: 28-26 (3), 23-19 (8), 16-12 (13),
 * 9, 8 (15): the same day, and the text goes before the plan. Verification asked, from 7/10: 7-5 (3), 2/10-28/9
 * (8), 25-21 (13), 18-14 (18), 11-7 (23), 4, 3 (25), 2/9-31/8 free and not verified, 28-24/8 (30): the Sunday
 * before. Sent to the class, from 7/10: to 14/9 (18) as before, 11, 10 (20). With helpers 12 months. */
static const struct safe by_decision[] = {
	{ STEP_DECIDE, "2026-12-31", STEP_NONE, 0, 0 },
	{ STEP_AGREE, "2026-12-17", STEP_DECIDE, CASE_RULE_PLAN_DECIDE, 0 },
	{ STEP_SUBMIT, "2026-11-04", STEP_AGREE, CASE_RULE_PLAN_SCREEN, 0 },
	{ STEP_COMMITTEE, "2026-10-28", STEP_SUBMIT, CASE_RULE_PLAN_SUBMIT, 0 },
	{ STEP_CELL, "2026-10-07", STEP_DECIDE, CASE_RULE_DECISION_DAYS, 0 },
	{ STEP_OPINIONS, "2026-10-07", STEP_CELL, 0, 0 },
	{ STEP_VERIFY, "2026-10-07", STEP_CELL, 0, 0 },
	{ STEP_VERIFY_ASK, "2026-08-23", STEP_VERIFY, CASE_RULE_VERIFY_DAYS, 3 },
	{ STEP_CV, "2026-08-23", STEP_VERIFY_ASK, 0, 3 },
	{ STEP_APPLY, "2026-08-23", STEP_CV, 0, 3 },
	{ STEP_HELPER, "2025-10-07", STEP_CELL, CASE_RULE_HELPER_MONTHS, 0 },
	{ STEP_CERTIFY, "2026-10-07", STEP_CELL, 0, 0 },
	{ STEP_SEND, "2026-09-09", STEP_CERTIFY, CASE_RULE_PLAN_CLASS, 0 },
	{ STEP_LIST, "2025-10-07", STEP_HELPER, 0, 0 },
	{ STEP_INTRODUCE, "2025-10-07", STEP_LIST, 0, 0 },
};

static void check_safe(const struct safe *want, const struct deadline *got, day_t on)
{
	char text[DAY_TEXT_MAX];

	cr_assert_eq(got->step, want->step, "%s", case_step_code(got->step));
	cr_assert_eq(got->last, iso(want->last), "%s: %s", case_step_code(got->step),
		     day_iso(text, got->last));
	cr_assert_eq(got->then, want->then);
	cr_assert_eq(got->rule ? got->rule->code : CASE_RULE_NONE, want->rule, "%s",
		     case_step_code(got->step));
	cr_assert_eq(got->unverified, want->unverified, "%s: %zu", case_step_code(got->step),
		     got->unverified);
	cr_assert_eq(got->late, got->last < on);
	cr_assert_not(got->beyond);
}

Test(deadline, the_whole_way_to_a_decision_by_the_end_of_2026)
{
	struct case_data d = case_data();
	struct deadline out[STEP_KINDS];
	day_t on = iso("2026-10-07");
	struct err e = { 0 };
	size_t count;

	cr_assert_eq(deadlines_before(out, &count, &d.rules, d.holidays, 0, DEADLINE_DECISION,
				      iso("2026-12-31"), on, &e),
		     0, "%s", e.msg);
	cr_assert_eq(count, ARRAY_LEN(by_decision));
	for (size_t i = 0; i < count; i++)
		check_safe(&by_decision[i], &out[i], on);
	cr_assert_not(out[4].late, "the cell may still resolve today");
	cr_assert(out[7].late, "to ask for a verification it is too late");
	case_data_free(&d);
}

/* Ceremony by 31/12/2026: December 23, 30/11 (24), 27-25 (27), 23 (28), 20, 19 (30). The cell, from 18/11:
 * 18-16 (3), 13-9 (8), 6-2 (13), October 22 (35), September 22 less 1 and 2/9 (55), 28-24/8 (60).
 * Dossier by Saturday 31/10/2026: the committee 30-26 (5); the cell, from 25/10: 23-19, 16-12, 9-5 (15). */
static const struct {
	enum deadline_goal goal;
	const char *cut_off;
	enum case_stage stage;
	size_t count;
	struct safe at[3];
} goals[] = {
	{ DEADLINE_CEREMONY,
	  "2026-12-31",
	  CASE_AGREED,
	  2,
	  { { STEP_CEREMONY, "2026-12-31", STEP_NONE, 0, 0 },
	    { STEP_DECIDE, "2026-11-18", STEP_CEREMONY, CASE_RULE_CEREMONY_DAYS, 0 } } },
	{ DEADLINE_DOSSIER,
	  "2026-10-31",
	  CASE_OPINIONS,
	  3,
	  { { STEP_SUBMIT, "2026-10-31", STEP_NONE, 0, 0 },
	    { STEP_COMMITTEE, "2026-10-25", STEP_SUBMIT, CASE_RULE_PLAN_SUBMIT, 0 },
	    { STEP_CELL, "2026-10-04", STEP_COMMITTEE, CASE_RULE_PLAN_COMMITTEE, 0 } } },
	/* 28/12: a dossier that came back has to go up again */
	{ DEADLINE_DECISION,
	  "2026-12-31",
	  CASE_RETURNED,
	  3,
	  { { STEP_DECIDE, "2026-12-31", STEP_NONE, 0, 0 },
	    { STEP_AGREE, "2026-12-17", STEP_DECIDE, CASE_RULE_PLAN_DECIDE, 0 },
	    { STEP_SUBMIT, "2026-11-04", STEP_AGREE, CASE_RULE_PLAN_SCREEN, 0 } } },
	{ DEADLINE_DECISION, "2026-12-31", CASE_DECIDED, 0, { { 0 } } },
};

Test(deadline, other_goals_and_stages)
{
	struct case_data d = case_data();

	for (size_t i = 0; i < ARRAY_LEN(goals); i++) {
		struct deadline out[STEP_KINDS];
		size_t count = 99;

		cr_assert_eq(deadlines_before(out, &count, &d.rules, d.holidays,
					      deadline_standing(goals[i].stage), goals[i].goal,
					      iso(goals[i].cut_off), 0, NULL),
			     0);
		cr_assert_eq(count, goals[i].count, "%zu: %zu", i, count);
		for (size_t k = 0; k < count; k++)
			check_safe(&goals[i].at[k], &out[k], 0);
	}
	case_data_free(&d);
}

Test(deadline, a_year_that_the_file_does_not_know_is_told)
{
	struct case_data d = case_data();
	struct deadline out[STEP_KINDS];
	size_t count;

	cr_assert_eq(deadlines_before(out, &count, &d.rules, d.holidays,
				      deadline_standing(CASE_SUBMITTED), DEADLINE_DECISION,
				      iso("2027-01-31"), 0, NULL),
		     0);
	cr_assert_eq(count, 2);
	cr_assert_not(out[0].beyond, "the cut-off itself is a day");
	cr_assert(out[1].beyond);
	case_data_free(&d);
}

Test(deadline, a_rule_that_is_not_there_is_named)
{
	struct case_data d = case_data();
	struct deadline out[STEP_KINDS];
	struct err e = { 0 };
	size_t count;

	cr_assert_eq(deadlines_before(out, &count, &d.rules, d.holidays, 0, DEADLINE_DECISION,
				      iso("2015-12-31"), 0, &e),
		     -ERR_NOTFOUND);
	cr_assert_not_null(strstr(e.msg, "term of the decision"), "%s", e.msg);
	cr_assert_eq(count, 0);
	case_data_free(&d);
}

/* What is promised of a last safe day, for two years of cut-offs: from it the later step still fits, from
 * the day after it does not. */
Test(deadline, the_last_safe_day_is_safe_and_the_last)
{
	struct case_data d = case_data();
	struct deadline out[STEP_KINDS];
	bool beyond;
	size_t count;

	for (day_t cut = iso("2025-01-01"); cut <= iso("2026-12-31"); cut++) {
		cr_assert_eq(deadlines_before(out, &count, &d.rules, d.holidays, 0,
					      DEADLINE_DECISION, cut, 0, NULL),
			     0);
		cr_assert_eq(out[4].step, STEP_CELL);
		cr_assert_leq(holidays_add(d.holidays, out[4].last, 60, &beyond), cut);
		cr_assert_eq(out[10].step, STEP_HELPER);
		cr_assert_leq(months_after(out[10].last, 12), out[4].last);
		cr_assert_gt(months_after(out[10].last + 1, 12), out[4].last);
	}
	case_data_free(&d);
}

/* ---- what is due ---- */

struct due_case {
	const char *label;
	enum case_stage stage;
	enum case_step_kind step; /* whose day is known */
	const char *day, *on;
	enum due_what what;
	enum case_step_kind due_step;
	const char *opens, *due, *extended;
	bool late, remind; /* within 30 days */
	size_t unverified;
};

static const struct due_case dues[] = {
	{ "the decision 60 days after the cell, extended to 90", CASE_SUBMITTED, STEP_CELL,
	  "2023-10-31", "2023-11-15", DUE_STEP, STEP_DECIDE, "2023-10-31", "2024-01-24",
	  "2024-03-13", false, false, 1 },
	{ "a month before it", CASE_TO_ASK, STEP_CELL, "2023-10-31", "2023-12-25", DUE_STEP,
	  STEP_DECIDE, "2023-10-31", "2024-01-24", "2024-03-13", false, true, 1 },
	{ "a day late", CASE_AGREED, STEP_CELL, "2023-10-31", "2024-01-25", DUE_STEP, STEP_DECIDE,
	  "2023-10-31", "2024-01-24", "2024-03-13", true, true, 1 },
	{ "the ceremony over Tết 2022", CASE_DECIDED, STEP_DECIDE, "2022-01-17", "2022-03-07",
	  DUE_STEP, STEP_CEREMONY, "2022-01-17", "2022-03-07", NULL, false, true, 0 },
	/* 12 months end on 10/1/2023; then 30 working days over Tết (data/deadlines.csv) */
	{ "probation ends in 30 days", CASE_PROBATION, STEP_CEREMONY, "2022-01-10", "2022-12-11",
	  DUE_STEP, STEP_REVIEW, "2023-01-10", "2023-02-28", NULL, false, true, 0 },
	{ "probation ends in 31 days", CASE_PROBATION, STEP_CEREMONY, "2022-01-10", "2022-12-10",
	  DUE_STEP, STEP_REVIEW, "2023-01-10", "2023-02-28", NULL, false, false, 0 },
	{ "the review is late", CASE_PROBATION, STEP_CEREMONY, "2022-01-10", "2023-03-01", DUE_STEP,
	  STEP_REVIEW, "2023-01-10", "2023-02-28", NULL, true, true, 0 },
	{ "recognition", CASE_REVIEWED, STEP_REVIEW, "2024-01-25", "2024-03-14", DUE_STEP,
	  STEP_RECOGNISE, "2024-01-25", "2024-03-14", NULL, false, true, 5 },
	{ "the certificate about to lapse", CASE_OPINIONS, STEP_CERTIFY, "2021-06-30", "2026-06-01",
	  DUE_LAPSE, STEP_CERTIFY, "2021-06-30", "2026-06-30", NULL, false, true, 0 },
	{ "an answer to the verification", CASE_VERIFYING, STEP_VERIFY_ASK, "2026-02-02",
	  "2026-02-10", DUE_STEP, STEP_VERIFY, "2026-02-02", "2026-03-23", NULL, false, false, 0 },
};

Test(deadline, dues_worked_out_by_hand)
{
	struct case_data d = case_data();

	for (size_t i = 0; i < ARRAY_LEN(dues); i++) {
		const struct due_case *c = &dues[i];
		struct case_state state = { .stage = c->stage,
					    .standing = deadline_standing(c->stage),
					    .seen = CASE_BIT(c->step) };
		struct due out[DUE_MAX];

		state.days[c->step] = iso(c->day);
		cr_assert_eq(deadlines_due(out, &d.rules, d.holidays, &state, iso(c->on)), 1, "%s",
			     c->label);
		cr_assert_eq(out[0].what, c->what, "%s", c->label);
		cr_assert_eq(out[0].step, c->due_step, "%s", c->label);
		cr_assert_eq(out[0].opens, iso(c->opens), "%s", c->label);
		cr_assert_eq(out[0].due, iso(c->due), "%s", c->label);
		cr_assert_eq(out[0].extended, c->extended ? iso(c->extended) : 0, "%s", c->label);
		cr_assert_eq(out[0].late, c->late, "%s", c->label);
		cr_assert_eq(due_remind(&out[0], 30), c->remind, "%s", c->label);
		cr_assert_eq(out[0].unverified, c->unverified, "%s", c->label);
		cr_assert_eq(out[0].days_left, iso(c->due) - iso(c->on));
	}
	case_data_free(&d);
}

Test(deadline, nothing_is_due_where_nothing_is_known_or_all_is_over)
{
	struct case_data d = case_data();
	struct due out[DUE_MAX];

	for (int stage = CASE_NONE; stage < CASE_STAGES; stage++) {
		struct case_state state = { .stage = (enum case_stage)stage,
					    .standing = deadline_standing((enum case_stage)stage) };

		cr_assert_eq(deadlines_due(out, &d.rules, d.holidays, &state, 20000), 0);
		if (!case_is_over(state.stage) && state.stage != CASE_RESTING)
			continue;
		state.standing = state.seen = UINT32_MAX;
		cr_assert_eq(deadlines_due(out, &d.rules, d.holidays, &state, 20000), 0);
	}
	case_data_free(&d);
}

Test(deadline, soonest_first)
{
	struct case_data d = case_data();
	struct case_state state = { .stage = CASE_OPINIONS,
				    .standing = deadline_standing(CASE_OPINIONS),
				    .seen = CASE_BIT(STEP_CERTIFY) | CASE_BIT(STEP_VERIFY) };
	struct due out[DUE_MAX];

	state.days[STEP_CERTIFY] = iso("2021-06-30");
	state.days[STEP_VERIFY] = iso("2025-03-31");
	cr_assert_eq(deadlines_due(out, &d.rules, d.holidays, &state, iso("2026-01-01")), 2);
	cr_assert_eq(out[0].step, STEP_VERIFY);
	cr_assert_eq(out[0].due, iso("2026-03-31"));
	cr_assert_eq(out[1].step, STEP_CERTIFY);
	case_data_free(&d);
}
