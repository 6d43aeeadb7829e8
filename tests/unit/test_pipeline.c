/* Admitted and dossiers that can still make it, up the tree: against days worked out by hand from the holidays of
 * 2022 and the rules that ship. */
#include "build.h"
#include "case_data.h"
#include "ledger/pipeline.h"

#include <string.h>

static struct world w;
static struct case_data d;
static struct device here, there, operator;

static void setup(void)
{
	d = case_data();
	world_open(&w, false, false); /* 15/10/2022 */
	build_small_tree(&w);
	world_begin(&w);
	here = world_device(&w, 4, ROLE_CLERK);
	there = world_device(&w, 5, ROLE_CLERK);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	world_commit(&w);
}

static void teardown(void)
{
	world_close(&w);
	case_data_free(&d);
}

TestSuite(pipeline, .init = setup, .fini = teardown);

struct told {
	enum case_step_kind kind;
	const char *day;
};

enum { STEPS = 16 };
#define TO_OPINIONS                                                           \
	{ STEP_INTRODUCE, "2021-01-04" }, { STEP_LIST, "2021-02-01" },        \
		{ STEP_SEND, "2021-05-03" }, { STEP_CERTIFY, "2021-05-28" },  \
		{ STEP_HELPER, "2021-06-01" }, { STEP_APPLY, "2022-06-01" },  \
		{ STEP_CV, "2022-06-02" }, { STEP_VERIFY_ASK, "2022-06-03" }, \
		{ STEP_VERIFY, "2022-06-20" },                                \
	{                                                                     \
		STEP_OPINIONS, "2022-06-27"                                   \
	}

/* Up to 31/10/2022: 10 working days before it the screening agrees (17/10), 30 before that the dossier goes up
 * (5/9: 1 and 2/9 are no working days). */
static const struct told screened_soon[STEPS] = { TO_OPINIONS,
						  { STEP_CELL, "2022-08-15" },
						  { STEP_COMMITTEE, "2022-08-22" },
						  { STEP_SUBMIT, "2022-09-05" } };
/* 60 working days from 1/7 ended on 27/9. */
static const struct told long_ago[STEPS] = { TO_OPINIONS,
					     { STEP_CELL, "2022-07-01" },
					     { STEP_COMMITTEE, "2022-07-08" },
					     { STEP_SUBMIT, "2022-07-15" } };
static const struct told not_gone_up[STEPS] = { TO_OPINIONS,
						{ STEP_CELL, "2022-10-03" },
						{ STEP_COMMITTEE, "2022-10-10" } };
static const struct told decided[STEPS] = {
	TO_OPINIONS,
	{ STEP_CELL, "2022-07-01" },
	{ STEP_COMMITTEE, "2022-07-08" },
	{ STEP_SUBMIT, "2022-07-15" },
	{ STEP_AGREE, "2022-08-15" },
	{ STEP_DECIDE, "2022-09-05" },
};
static const struct told not_resolved[STEPS] = { TO_OPINIONS };

static void add(struct device *by, uint32_t unit, const struct told *steps)
{
	static uint8_t next;
	uint8_t person[PERSON_ID] = { ++next };
	struct op_id last = { 0 };

	for (size_t i = 0; i < STEPS && steps[i].kind; i++) {
		struct case_step step = { .kind = steps[i].kind, .day = iso(steps[i].day) };
		struct op op = { .kind = i ? OP_CASE_STEP : OP_CASE, .unit = unit };
		enum op_code code;

		if (i) {
			op.step.step = step;
			op.step.after = last;
			op.step.to = step.kind == STEP_SUBMIT ? 2 : 0;
			memcpy(op.step.person, person, PERSON_ID);
		} else {
			op.open.codes = (struct person_codes){ .sources = 1,
							       .age = AGE_18_30,
							       .education = 4 };
			op.open.step = step;
			op.open.sealed = SPAN_LIT("sealed");
			memcpy(op.open.person, person, PERSON_ID);
		}
		code = world_submit_now(&w, by, &op).code;
		cr_assert_eq(code, CODE_OK, "step %d: %s", (int)step.kind, op_code_name(code));
		last = device_id(by);
	}
}

static struct pipeline ask(const char *to, const char *day)
{
	struct period period = { iso("2022-01-01"), iso(to) };
	struct pipeline p;
	struct err e = { 0 };

	must(query_pipeline(&p, w.l, period, iso(day), &d.rules, d.holidays, w.a, &e), &e,
	     "pipeline");
	return p;
}

static void want(const struct pipeline *p, uint32_t node, const char *day, size_t cases,
		 int64_t admitted, int64_t can, int64_t too_late, int64_t late)
{
	struct pipeline_unit u;
	bool any = pipeline_below(&u, p, ledger_tree(w.l), node, iso(day));

	cr_assert_eq(any, cases > 0, "unit %u", node);
	cr_assert_eq(u.cases, cases, "unit %u: %zu cases", node, u.cases);
	cr_assert_eq(u.forecast.admitted, admitted, "unit %u", node);
	cr_assert_eq(u.forecast.can_make_it, can, "unit %u: %lld can", node,
		     (long long)u.forecast.can_make_it);
	cr_assert_eq(u.forecast.too_late, too_late, "unit %u: %lld cannot", node,
		     (long long)u.forecast.too_late);
	cr_assert_eq(u.late, late, "unit %u: %lld late", node, (long long)u.late);
	cr_assert_not(u.forecast.doubtful);
}

Test(pipeline, who_can_still_make_it)
{
	struct pipeline p = ask("2022-10-31", "2022-10-14");

	want(&p, 1, "2022-10-14", 0, 0, 0, 0, 0);
	add(&here, 4, screened_soon);
	add(&here, 4, long_ago);
	add(&here, 4, not_gone_up);
	add(&there, 5, decided);
	add(&there, 5, not_resolved);
	p = ask("2022-10-31", "2022-10-14");
	want(&p, 4, "2022-10-14", 3, 0, 2, 1, 1);
	want(&p, 5, "2022-10-14", 2, 1, 0, 0, 0);
	want(&p, 2, "2022-10-14", 5, 1, 2, 1, 1);
	want(&p, 1, "2022-10-14", 5, 1, 2, 1, 1);
	/* the last safe day of the screening is 17/10 */
	p = ask("2022-10-31", "2022-10-17");
	want(&p, 4, "2022-10-17", 3, 0, 2, 1, 1);
	p = ask("2022-10-31", "2022-10-18");
	want(&p, 4, "2022-10-18", 3, 0, 0, 3, 1);
	/* to the year's end there is time for all */
	p = ask("2022-12-31", "2022-10-18");
	want(&p, 4, "2022-10-18", 3, 0, 3, 0, 1);
	/* 60 working days from 1/7 are over on 27/9; what came later is not known on that day */
	p = ask("2022-12-31", "2022-09-27");
	want(&p, 4, "2022-09-27", 3, 0, 2, 0, 0);
	p = ask("2022-12-31", "2022-09-28");
	want(&p, 4, "2022-09-28", 3, 0, 2, 0, 1);
}

#define TO_OPINIONS_BEFORE                                                   \
	{ STEP_INTRODUCE, "2019-01-04" }, { STEP_LIST, "2019-02-01" },       \
		{ STEP_HELPER, "2019-06-03" }, { STEP_APPLY, "2021-06-01" }, \
	{                                                                    \
		STEP_OPINIONS, "2021-06-28"                                  \
	}
static const struct told made_it[STEPS] = { TO_OPINIONS_BEFORE,
					    { STEP_CELL, "2021-08-16" },
					    { STEP_COMMITTEE, "2021-08-23" },
					    { STEP_SUBMIT, "2021-09-06" },
					    { STEP_AGREE, "2021-10-25" },
					    { STEP_DECIDE, "2021-11-15" } };
static const struct told next_year[STEPS] = { TO_OPINIONS_BEFORE,
					      { STEP_CELL, "2021-08-16" },
					      { STEP_COMMITTEE, "2021-08-23" },
					      { STEP_SUBMIT, "2021-09-06" },
					      { STEP_AGREE, "2021-12-27" },
					      { STEP_DECIDE, "2022-01-10" } };
static const struct told came_later[STEPS] = { TO_OPINIONS_BEFORE,
					       { STEP_CELL, "2021-10-18" },
					       { STEP_COMMITTEE, "2021-10-25" },
					       { STEP_SUBMIT, "2021-11-01" },
					       { STEP_AGREE, "2021-11-22" },
					       { STEP_DECIDE, "2021-12-06" } };

/* By stage, and what became of such on the same day a year before. */
Test(pipeline, chances_are_learned_from_past_years)
{
	struct pipeline p;
	struct pipeline_unit u;
	const struct pipeline_stage *at = u.stages;

	add(&here, 4, made_it);
	add(&here, 4, next_year);
	add(&here, 4, came_later);
	add(&there, 5, made_it);
	add(&here, 4, screened_soon);
	add(&here, 4, not_gone_up);
	p = ask("2022-12-31", "2022-10-14");
	cr_assert(pipeline_below(&u, &p, ledger_tree(w.l), 1, iso("2022-10-14")));
	cr_assert_eq(u.forecast.admitted, 1); /* of January */
	cr_assert_eq(at[CASE_SUBMITTED - CASE_CELL].count, 1);
	cr_assert_eq(at[CASE_COMMITTEE - CASE_CELL].count, 1);
	cr_assert_eq(at[CASE_SUBMITTED - CASE_CELL].tried, 3);
	cr_assert_eq(at[CASE_SUBMITTED - CASE_CELL].made, 2);
	cr_assert_eq(at[CASE_CELL - CASE_CELL].tried, 0);
	cr_assert_eq(u.came, 3);
	cr_assert_eq(u.fresh, 1);
	cr_assert(pipeline_below(&u, &p, ledger_tree(w.l), 5, iso("2022-10-14")));
	cr_assert_eq(at[CASE_SUBMITTED - CASE_CELL].tried, 1);
	cr_assert_eq(u.fresh, 0);
}

/* The ceremony makes a member where the province says so: who was only decided on is still on the way. */
Test(pipeline, by_the_setting_of_the_year)
{
	struct op op = { .kind = OP_SETTING,
			 .setting = { SPAN_LIT("admitted-by.2022"), SPAN_LIT("ceremony") } };
	struct pipeline p;

	add(&there, 5, decided);
	p = ask("2022-12-31", "2022-10-14");
	want(&p, 5, "2022-10-14", 1, 1, 0, 0, 0);
	cr_assert_eq(world_submit_now(&w, &operator, & op).code, CODE_OK);
	p = ask("2022-12-31", "2022-10-14");
	want(&p, 5, "2022-10-14", 1, 0, 1, 0, 0);
}

Test(pipeline, nothing_without_a_register)
{
	struct op op = { .kind = OP_SETTING, .setting = { SPAN_LIT("register"), SPAN_LIT("off") } };
	struct pipeline p;

	add(&there, 5, decided);
	cr_assert_eq(world_submit_now(&w, &operator, & op).code, CODE_OK);
	p = ask("2022-12-31", "2022-10-14");
	cr_assert_eq(p.count, 0);
}
