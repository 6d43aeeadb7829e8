/* What steps of two clerks make of one case, in every order. */
#include "domain/case_record.h"

#include "case_screen.h"

static struct case_record r;

static struct op_id id(uint64_t n)
{
	return (struct op_id){ n % 2 + 1, 1, n };
}

static struct op step_op(enum case_step_kind kind, day_t day, uint64_t after)
{
	struct op op = { .kind = OP_CASE_STEP, .unit = 4 };

	op.step.step = (struct case_step){ .kind = kind, .day = day, .reason = a_reason(kind) };
	op.step.after = id(after);
	op.step.to = kind == STEP_SUBMIT ? 2 : 0;
	return op;
}

static enum op_code take(enum case_step_kind kind, day_t day, uint64_t after, uint64_t n)
{
	struct op op = step_op(kind, day, after);

	return case_record_step(&r, &op, id(n), n, 4);
}

/* Opened as op 1, listed as 2, applied as 3, the cell resolved as 4, submitted as 5. */
static void submitted(void)
{
	struct op op = { .kind = OP_CASE, .unit = 4 };

	op.open.step = (struct case_step){ .kind = STEP_INTRODUCE, .day = 100 };
	cr_assert_eq(case_record_open(&r, &op, id(1), 1, 4), CODE_OK);
	cr_assert_eq(take(STEP_LIST, 101, 1, 2), CODE_OK);
	cr_assert_eq(take(STEP_APPLY, 102, 2, 3), CODE_OK);
	cr_assert_eq(take(STEP_CELL, 103, 3, 4), CODE_OK);
	cr_assert_eq(take(STEP_SUBMIT, 104, 4, 5), CODE_OK);
}

TestSuite(case_record, .init = submitted);

static enum case_stage stage(void)
{
	struct case_state st;

	case_record_state(&st, &r);
	return st.stage;
}

static enum op_code settle(const struct op_id *names, size_t count, struct op_id keep, uint64_t n)
{
	struct op op = { .kind = OP_CASE_STEP, .unit = 4 };

	op.step.settles = names;
	op.step.settle_count = count;
	op.step.keep = keep;
	return case_record_step(&r, &op, id(n), n, 4);
}

Test(case_record, steps_in_a_row)
{
	cr_assert_eq(stage(), CASE_SUBMITTED);
	cr_assert_eq(r.body, 2);
	cr_assert_eq(take(STEP_CEREMONY, 105, 5, 6), CODE_STEP_INVALID);
	cr_assert_eq(r.count, 5);
	cr_assert_eq(take(STEP_AGREE, 105, 77, 6), CODE_VERSION_UNKNOWN);
}

Test(case_record, what_does_not_contradict_is_merged)
{
	memset(&r, 0, sizeof(r));
	struct op op = { .kind = OP_CASE, .unit = 4 };

	op.open.step = (struct case_step){ .kind = STEP_INTRODUCE, .day = 100 };
	cr_assert_eq(case_record_open(&r, &op, id(1), 1, 4), CODE_OK);
	cr_assert_eq(take(STEP_LIST, 101, 1, 2), CODE_OK);
	cr_assert_eq(take(STEP_APPLY, 103, 2, 3), CODE_OK);
	cr_assert_eq(take(STEP_HELPER, 102, 2, 4), CODE_OK, "both came after the second");
	cr_assert_eq(r.count, 4);
	cr_assert_eq(r.rival_count, 0);
}

Test(case_record, both_say_the_same)
{
	cr_assert_eq(take(STEP_AGREE, 105, 5, 6), CODE_OK);
	cr_assert_eq(take(STEP_AGREE, 105, 5, 7), CODE_OK);
	cr_assert_eq(r.count, 6);
	cr_assert_eq(r.rival_count, 0);
	cr_assert_eq(take(STEP_DECIDE, 106, 7, 8), CODE_OK, "the second one's author goes on");
	cr_assert_eq(stage(), CASE_DECIDED);
}

Test(case_record, two_outcomes_are_a_contest)
{
	const struct op_id both[] = { id(6), id(7) };
	struct case_record before;

	cr_assert_eq(take(STEP_AGREE, 105, 5, 6), CODE_OK);
	cr_assert_eq(take(STEP_RETURN, 105, 5, 7), CODE_OK);
	cr_assert_eq(r.rival_count, 1);
	cr_assert_eq(stage(), CASE_AGREED, "the log's first counts meanwhile");
	before = r;
	cr_assert_eq(settle(both, 2, id(6), 8), CODE_OK);
	cr_assert_eq(stage(), CASE_AGREED);
	cr_assert_eq(r.rival_count, 0);
	r = before;
	cr_assert_eq(settle(both, 2, id(7), 8), CODE_OK);
	cr_assert_eq(stage(), CASE_RETURNED);
	cr_assert_eq(r.count, 6);
	cr_assert_eq(r.rival_count, 0);
}

Test(case_record, a_rival_brings_what_came_behind_it)
{
	const struct op_id both[] = { id(6), id(7) };

	cr_assert_eq(take(STEP_RETURN, 105, 5, 6), CODE_OK);
	cr_assert_eq(take(STEP_AGREE, 105, 5, 7), CODE_OK);
	cr_assert_eq(take(STEP_DECIDE, 106, 7, 8), CODE_OK, "its author had not seen the return");
	cr_assert_eq(r.rival_count, 2);
	cr_assert_eq(stage(), CASE_RETURNED);
	cr_assert_eq(settle(both, 2, id(7), 9), CODE_OK);
	cr_assert_eq(stage(), CASE_DECIDED);
	cr_assert_eq(r.rival_count, 0);
	cr_assert_eq(r.body, 2);
}

Test(case_record, who_settles_what_is_not_there_changes_nothing)
{
	const struct op_id names[] = { id(6), id(70) };
	struct case_record before;

	cr_assert_eq(take(STEP_AGREE, 105, 5, 6), CODE_OK);
	cr_assert_eq(take(STEP_RETURN, 105, 5, 7), CODE_OK);
	before = r;
	cr_assert_eq(settle(names, 2, id(70), 8), CODE_VERSION_UNKNOWN);
	cr_assert(!memcmp(&before, &r, sizeof(r)));
	cr_assert_eq(settle(names, 1, id(6), 8), CODE_OK, "it had not seen the rival");
	cr_assert_eq(r.rival_count, 1);
}

Test(case_record, ages_by_bands)
{
	static const struct {
		const char *birth, *code;
	} ages[] = { { "2005-06-01", "unknown" }, { "2004-06-01", "18-30" },
		     { "1991-06-02", "18-30" },   { "1991-06-01", "31-35" },
		     { "1961-06-02", "56-60" },   { "1961-06-01", "over-60" } };
	day_t on, birth;

	cr_assert_eq(day_parse(&on, NULL, SPAN_LIT("2022-06-01"), NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
		cr_assert_eq(day_parse(&birth, NULL, span_str(ages[i].birth), NULL), 0);
		cr_assert_str_eq(age_band_code(age_band_of(birth, on)), ages[i].code, "%s",
				 ages[i].birth);
	}
}
