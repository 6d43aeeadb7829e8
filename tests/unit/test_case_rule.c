#include "case_data.h"

/* ---- months ---- */

Test(months, after_and_between)
{
	static const struct {
		const char *from, *to;
		int months;
	} cases[] = {
		{ "2022-09-22", "2023-09-22", 12 }, { "2024-02-29", "2025-02-28", 12 },
		{ "2023-08-31", "2024-02-29", 6 },  { "2022-01-31", "2022-02-28", 1 },
		{ "2022-11-30", "2027-11-30", 60 }, { "1966-03-15", "2026-03-15", 720 },
		{ "2022-09-22", "2022-09-22", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		day_t from = iso(cases[i].from), to = iso(cases[i].to);

		cr_assert_eq(months_after(from, cases[i].months), to, "%s", cases[i].from);
		cr_assert_eq(months_between(from, to), (unsigned)cases[i].months);
		if (cases[i].months)
			cr_assert_eq(months_between(from, to - 1), (unsigned)cases[i].months - 1,
				     "%s", cases[i].from);
	}
	cr_assert_eq(months_between(iso("2022-09-22"), iso("2021-09-22")), 0);
	cr_assert_eq(months_after(iso("2022-03-31"), -1), iso("2022-02-28"));
	cr_assert_eq(months_after(iso("2022-03-31"), 99999), DAY_MAX);
	cr_assert_eq(months_after(iso("2022-03-31"), -99999), DAY_MIN);
}

Test(months, back)
{
	cr_assert_eq(months_back(iso("2025-02-28"), 12), iso("2024-02-29"),
		     "the 29th will do, too");
	cr_assert_eq(months_back(iso("2025-02-27"), 12), iso("2024-02-27"));
	cr_assert_eq(months_back(iso("2022-02-28"), 1), iso("2022-01-31"));
	for (day_t d = iso("2022-01-01"); d <= iso("2026-12-31"); d++) {
		cr_assert_leq(months_after(months_back(d, 12), 12), d);
		cr_assert_gt(months_after(months_back(d, 12) + 1, 12), d);
	}
}

/* ---- the file ---- */

Test(case_rules, the_one_in_force_on_the_day)
{
	struct case_data d = case_data();
	const struct case_rule *r = case_rule_at(&d.rules, CASE_RULE_DECISION_DAYS,
						 iso("2024-01-01"));

	cr_assert_not_null(r);
	cr_assert_eq(r->value, 60);
	cr_assert_eq(r->kind, CASE_RULE_RULE);
	cr_assert_null(case_rule_at(&d.rules, CASE_RULE_DECISION_DAYS, iso("2016-07-24")));
	/* readmission: the text in force since 1/7/2025 has been read, the ones before have not */
	r = case_rule_at(&d.rules, CASE_RULE_READMISSION_MONTHS, iso("2025-06-30"));
	cr_assert_eq(r->kind, CASE_RULE_UNVERIFIED);
	r = case_rule_at(&d.rules, CASE_RULE_READMISSION_MONTHS, iso("2025-07-01"));
	cr_assert_eq(r->kind, CASE_RULE_RULE);
	cr_assert_not_null(strstr(r->source, "294-QĐ/TW"));
	r = case_rule_at(&d.rules, CASE_RULE_VOTES, iso("2024-01-01"));
	cr_assert(r->value == 2 && r->of == 3);
	for (int code = CASE_RULE_NONE + 1; code < CASE_RULES; code++) {
		cr_assert_not_null(
			case_rule_at(&d.rules, (enum case_rule_code)code, iso("2026-01-01")),
			"%s has no row", case_rule_code_name((enum case_rule_code)code));
		cr_assert_not_null(strchr(case_rule_text((enum case_rule_code)code), ' '));
	}
	/* what the server refuses by, where the province has set nothing else */
	r = case_rule_at(&d.rules, CASE_RULE_KEEP_MONTHS, iso("2026-01-01"));
	cr_assert_eq(r->value, MEMBER_KEEP_MONTHS);
	cr_assert_eq(r->unit, UNIT_MONTHS);
	/* planning figures fill the 60 working days and no more */
	cr_assert_eq(
		case_rule_at(&d.rules, CASE_RULE_PLAN_COMMITTEE, iso("2026-01-01"))->value +
			case_rule_at(&d.rules, CASE_RULE_PLAN_SUBMIT, iso("2026-01-01"))->value +
			case_rule_at(&d.rules, CASE_RULE_PLAN_SCREEN, iso("2026-01-01"))->value +
			case_rule_at(&d.rules, CASE_RULE_PLAN_DECIDE, iso("2026-01-01"))->value,
		60);
	case_data_free(&d);
}

#define HEAD "code,from,value,unit,kind,source\n"
static const struct {
	const char *label, *text, *says;
} bad[] = {
	{ "no rows", HEAD, "no rows" },
	{ "no header", "", "" },
	{ "unknown code", HEAD "age-mid,2011-01-19,1,months,rule,x\n", "'age-mid'" },
	{ "unknown unit", HEAD "age-min,2011-01-19,1,years,rule,x\n", "'years'" },
	{ "the unit of another", HEAD "age-min,2011-01-19,1,working-days,rule,x\n", "months" },
	{ "unknown kind", HEAD "age-min,2011-01-19,1,months,law,x\n", "'law'" },
	{ "no day", HEAD "age-min,2011-02-30,1,months,rule,x\n", "line 2" },
	{ "no number", HEAD "age-min,2011-01-19,old,months,rule,x\n", "line 2" },
	{ "zero", HEAD "age-min,2011-01-19,0,months,rule,x\n", "between" },
	{ "too much", HEAD "age-min,2011-01-19,10001,months,rule,x\n", "between" },
	{ "a share as a number", HEAD "votes,2011-01-19,2,share,rule,x\n", "2/3" },
	{ "a number as a share", HEAD "age-min,2011-01-19,2/3,months,rule,x\n", "2/3" },
	{ "more than the whole", HEAD "votes,2011-01-19,4/3,share,rule,x\n", "whole" },
	{ "no source", HEAD "age-min,2011-01-19,1,months,rule,\n", "source" },
	{ "twice",
	  HEAD "age-min,2011-01-19,1,months,rule,x\nvotes,2011-01-19,2/3,share,rule,x\n"
	       "age-min,2011-01-19,2,months,rule,x\n",
	  "twice" },
};

Test(case_rules, bad_files_are_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena *a = arena_new(1 << 18);
		struct case_rules rules;
		struct err e = { 0 };

		cr_assert_lt(case_rules_parse(&rules, span_str(bad[i].text), a, &e), 0, "%s",
			     bad[i].label);
		cr_assert_eq(rules.count, 0);
		cr_assert_not_null(strstr(e.msg, bad[i].says), "%s: %s", bad[i].label, e.msg);
		arena_free(a);
	}
}

Test(case_rules, every_beginning_of_the_file_and_little_memory)
{
	struct case_data d = case_data();
	struct span whole = data_file(d.arena, RULES_FILE);
	struct arena *a = arena_new(1 << 18);
	struct case_rules rules;

	for (size_t cut = 0; cut <= whole.len; cut++) {
		arena_reset(a);
		case_rules_parse(&rules, span_of(whole.data, cut), a, NULL);
	}
	arena_free(a);
	a = arena_new(1000);
	cr_assert_eq(case_rules_parse(&rules, whole, a, NULL), -ERR_NOMEM);
	arena_free(a);
	case_data_free(&d);
}

/* ---- judging steps ---- */

struct judged {
	const char *label;
	enum case_step_kind kind;
	const char *day;
	struct {
		enum case_step_kind kind;
		const char *day;
	} before[4];
	struct case_person person;
	const char *birth, *left;
	uint16_t votes_for, votes_of;
	struct case_exception exception;
	/* what is expected: the rules by number, and what was found for the first */
	enum case_rule_code want[3];
	uint32_t found;
	bool doubtful;
};

static const struct judged cases[] = {
	/* 18 years on 15/3/2024: the day before is too early by a month, that day is right */
	{ .label = "a day before 18",
	  .kind = STEP_CELL,
	  .day = "2024-03-14",
	  .birth = "2006-03-15",
	  .want = { CASE_RULE_AGE_MIN },
	  .found = 215 },
	{ .label = "18 today", .kind = STEP_CELL, .day = "2024-03-15", .birth = "2006-03-15" },
	{ .label = "60 today", .kind = STEP_CELL, .day = "2024-03-15", .birth = "1964-03-15" },
	{ .label = "60 and a day, with consent",
	  .kind = STEP_CELL,
	  .day = "2024-03-16",
	  .birth = "1964-03-15",
	  .exception = { CASE_RULE_AGE_MAX, GROUND_CONSENT },
	  .want = { CASE_RULE_AGE_MAX },
	  .found = 720 },
	{ .label = "no birth date, no judgement", .kind = STEP_CELL, .day = "2024-03-16" },
	{ .label = "primary in an island commune",
	  .kind = STEP_CELL,
	  .day = "2024-03-16",
	  .person = { .education = EDUCATION_PRIMARY },
	  .exception = { CASE_RULE_EDUCATION, GROUND_AREA },
	  .want = { CASE_RULE_EDUCATION },
	  .found = EDUCATION_PRIMARY },
	{ .label = "lower secondary",
	  .kind = STEP_CELL,
	  .day = "2024-03-16",
	  .person = { .education = EDUCATION_LOWER_SECONDARY } },
	{ .label = "the certificate on its last day",
	  .kind = STEP_CELL,
	  .day = "2024-03-16",
	  .before = { { STEP_CERTIFY, "2019-03-16" } } },
	{ .label = "the certificate lapsed",
	  .kind = STEP_CELL,
	  .day = "2024-03-17",
	  .before = { { STEP_CERTIFY, "2019-03-16" } },
	  .want = { CASE_RULE_CERTIFICATE_MONTHS },
	  .found = 60 },
	{ .label = "eleven months of help and an old verification",
	  .kind = STEP_CELL,
	  .day = "2024-03-17",
	  .before = { { STEP_HELPER, "2023-03-18" }, { STEP_VERIFY, "2023-03-16" } },
	  .want = { CASE_RULE_HELPER_MONTHS, CASE_RULE_VERIFY_MONTHS },
	  .found = 11 },
	{ .label = "two thirds exactly",
	  .kind = STEP_CELL,
	  .day = "2024-03-17",
	  .votes_for = 6,
	  .votes_of = 9 },
	{ .label = "under two thirds",
	  .kind = STEP_COMMITTEE,
	  .day = "2024-03-17",
	  .votes_for = 9,
	  .votes_of = 14,
	  .want = { CASE_RULE_VOTES },
	  .found = 9 },
	{ .label = "readmission after 36 months",
	  .kind = STEP_CELL,
	  .day = "2026-03-17",
	  .person = { .readmission = true },
	  .left = "2023-03-17" },
	{ .label = "readmission too early, and for the second time",
	  .kind = STEP_CELL,
	  .day = "2026-03-16",
	  .person = { .readmission = true, .readmitted = 1 },
	  .left = "2023-03-17",
	  .want = { CASE_RULE_READMISSION_MONTHS, CASE_RULE_READMISSIONS },
	  .found = 35 },
	/* 60 working days from Tuesday 31/10/2023 end on 24/1/2024 (counted in test_calendar) */
	{ .label = "decided on the 60th working day",
	  .kind = STEP_DECIDE,
	  .day = "2024-01-24",
	  .before = { { STEP_CELL, "2023-10-31" } } },
	{ .label = "decided on the 61st, 1/1/2024 not verified",
	  .kind = STEP_DECIDE,
	  .day = "2024-01-25",
	  .before = { { STEP_CELL, "2023-10-31" } },
	  .want = { CASE_RULE_DECISION_DAYS },
	  .found = 61,
	  .doubtful = true },
	/* 90: 25-31/1 are 5 (65), 1-7/2 5 (70), Tết 8-14/2, 15, 16/2 2 (72), 19-23 (77), 26/2-1/3 (82),
	 * 4-8 (87), 11, 12, 13/3 (90) */
	{ .label = "decided on the 91st: the extension, too",
	  .kind = STEP_DECIDE,
	  .day = "2024-03-14",
	  .before = { { STEP_CELL, "2023-10-31" } },
	  .exception = { CASE_RULE_DECISION_DAYS, GROUND_EXTENSION },
	  .want = { CASE_RULE_DECISION_DAYS, CASE_RULE_EXTENSION_DAYS },
	  .found = 91,
	  .doubtful = true },
	/* before the regulation of 2016 there is no row, so nothing is judged */
	{ .label = "an old decision",
	  .kind = STEP_DECIDE,
	  .day = "2015-12-31",
	  .before = { { STEP_CELL, "2015-01-05" } } },
	/* 30 working days from Tuesday 3/1/2023 end on 21/2 (counted in test_calendar) */
	{ .label = "the ceremony in time",
	  .kind = STEP_CEREMONY,
	  .day = "2023-02-21",
	  .before = { { STEP_DECIDE, "2023-01-03" } } },
	{ .label = "the ceremony a day late",
	  .kind = STEP_CEREMONY,
	  .day = "2023-02-22",
	  .before = { { STEP_DECIDE, "2023-01-03" } },
	  .want = { CASE_RULE_CEREMONY_DAYS },
	  .found = 31 },
	{ .label = "probation is not over",
	  .kind = STEP_REVIEW,
	  .day = "2023-01-02",
	  .before = { { STEP_CEREMONY, "2022-01-03" } },
	  .want = { CASE_RULE_PROBATION_MONTHS },
	  .found = 11 },
	{ .label = "reviewed in time",
	  .kind = STEP_REVIEW,
	  .day = "2023-02-21",
	  .before = { { STEP_CEREMONY, "2022-01-03" } } },
	{ .label = "reviewed too late",
	  .kind = STEP_REVIEW,
	  .day = "2023-02-22",
	  .before = { { STEP_CEREMONY, "2022-01-03" } },
	  .want = { CASE_RULE_REVIEW_DAYS },
	  .found = 31 },
	{ .label = "recognised too late",
	  .kind = STEP_RECOGNISE,
	  .day = "2023-02-22",
	  .before = { { STEP_REVIEW, "2023-01-03" } },
	  .want = { CASE_RULE_RECOGNITION_DAYS },
	  .found = 31 },
	{ .label = "a verification abroad has 90",
	  .kind = STEP_VERIFY,
	  .day = "2023-02-22",
	  .before = { { STEP_VERIFY_ASK, "2023-01-03" } },
	  .exception = { CASE_RULE_VERIFY_DAYS, GROUND_ABROAD } },
	{ .label = "a verification inland has 30",
	  .kind = STEP_VERIFY,
	  .day = "2023-02-22",
	  .before = { { STEP_VERIFY_ASK, "2023-01-03" } },
	  .want = { CASE_RULE_VERIFY_DAYS },
	  .found = 31 },
};

static void judge_one(const struct case_data *d, const struct judged *c)
{
	struct case_state before = { .stage = CASE_OPINIONS };
	struct case_step step = { .kind = c->kind, .day = iso(c->day) };
	struct case_person person = c->person;
	struct case_finding found[CASE_FINDINGS_MAX];
	size_t count, want = 0;

	for (size_t i = 0; i < ARRAY_LEN(c->before) && c->before[i].day; i++) {
		before.standing |= CASE_BIT(c->before[i].kind);
		before.days[c->before[i].kind] = iso(c->before[i].day);
	}
	person.birth_known = c->birth != NULL;
	person.birth = c->birth ? iso(c->birth) : 0;
	person.left_known = c->left != NULL;
	person.left = c->left ? iso(c->left) : 0;
	step.votes_for = c->votes_for;
	step.votes_of = c->votes_of;
	step.exceptions[0] = c->exception;
	step.exception_count = c->exception.ground != GROUND_NONE;
	count = case_judge(found, &d->rules, d->holidays, &before, &step, &person);
	for (; want < ARRAY_LEN(c->want) && c->want[want]; want++) {
		cr_assert_gt(count, want, "%s: too few findings", c->label);
		cr_assert_eq(found[want].rule->code, c->want[want], "%s: %s", c->label,
			     case_rule_code_name(found[want].rule->code));
		cr_assert_eq(found[want].ground,
			     found[want].rule->code == c->exception.rule ? c->exception.ground
									 : GROUND_NONE,
			     "%s", c->label);
	}
	cr_assert_eq(count, want, "%s: %zu findings", c->label, count);
	if (!want)
		return;
	cr_assert_eq(found[0].found, c->found, "%s: found %u", c->label, found[0].found);
	cr_assert_eq(found[0].doubtful, c->doubtful, "%s", c->label);
}

Test(case_rules, steps_judged_by_hand)
{
	struct case_data d = case_data();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		judge_one(&d, &cases[i]);
	case_data_free(&d);
}
