#include "domain/target.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct goal_case {
	const char *label;
	struct op_target target;
	int want; /* the return code */
	int64_t goal;
};

#define RATE(digits, decimals, base)                                                   \
	{                                                                              \
		.type = TARGET_RATE, .rate_digits = digits, .rate_decimals = decimals, \
		.has_base = true, .base_value = base                                   \
	}

static const struct goal_case goals[] = {
	{ "exact", { .type = TARGET_EXACT, .value = 1640 }, 0, 1640 },
	{ "1 % of 250 at most",
	  { .type = TARGET_RATE_MAXIMUM, .rate_digits = 1, .has_base = true, .base_value = 250 },
	  0,
	  2 },
	{ "1 % of 300 at most",
	  { .type = TARGET_RATE_MAXIMUM, .rate_digits = 1, .has_base = true, .base_value = 300 },
	  0,
	  3 },
	{ "maximum", { .type = TARGET_MAXIMUM, .value = 3 }, 0, 3 },
	{ "minimum", { .type = TARGET_MINIMUM, .value = 180 }, 0, 180 },
	{ "range: the lower bound",
	  { .type = TARGET_RANGE, .value = 4500, .value_max = 5000 },
	  0,
	  4500 },
	{ "3 % of 71,087", RATE(3, 0, 71087), 0, 2133 },
	{ "3 % of 70,314", RATE(3, 0, 70314), 0, 2110 },
	{ "3 % of 5,260: 157.8", RATE(3, 0, 5260), 0, 158 },
	{ "3 % of 100: no more than it is", RATE(3, 0, 100), 0, 3 },
	{ "3 % of 101: the next whole number", RATE(3, 0, 101), 0, 4 },
	{ "3.25 % of 87,258", RATE(325, 2, 87258), 0, 2836 },
	{ "2.5 % of 5,392", RATE(25, 1, 5392), 0, 135 },
	{ "0.000001 % of 1", RATE(1, 6, 1), 0, 1 },
	{ "of nobody", RATE(3, 0, 0), 0, 0 },
	{ "rate without base", { .type = TARGET_RATE, .rate_digits = 3 }, -ERR_NOTFOUND, 0 },
	{ "overflow", RATE(INT64_MAX / 2, 0, 3), -ERR_RANGE, 0 },
	{ "7 decimals", RATE(3, 7, 3), -ERR_RANGE, 0 },
	{ "no type", { .value = 4 }, -ERR_INVALID, 0 },
};

ParameterizedTestParameters(target, goal)
{
	static size_t index[ARRAY_LEN(goals)];

	for (size_t i = 0; i < ARRAY_LEN(goals); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(goals));
}

ParameterizedTest(size_t *index, target, goal)
{
	const struct goal_case *c = &goals[*index];
	struct err e = { 0 };
	int64_t goal = 0;

	cr_assert_eq(target_goal(&goal, &c->target, &e), c->want, "%s: %s", c->label, e.msg);
	if (!c->want)
		cr_assert_eq(goal, c->goal, "%s: %lld", c->label, (long long)goal);
}

Test(target, the_goal_is_the_smallest_number_that_reaches_the_rate)
{
	for (int64_t base = 0; base <= 3000; base++) {
		for (int64_t digits = 1; digits <= 400; digits += 13) {
			struct op_target t = RATE(digits, 2, base);
			int64_t goal;

			cr_assert_eq(target_goal(&goal, &t, NULL), 0);
			cr_assert(goal * 10000 >= digits * base);
			cr_assert(!goal || (goal - 1) * 10000 < digits * base);
		}
	}
}

Test(target, excess_is_in_people)
{
	int64_t excess;

	cr_assert_eq(target_excess(&excess, 162, 158, NULL), 0);
	cr_assert_eq(excess, 4);
	cr_assert_eq(target_excess(&excess, 1336, 1640, NULL), 0);
	cr_assert_eq(excess, -304);
	cr_assert_eq(target_excess(&excess, INT64_MIN, 1, NULL), -ERR_RANGE);
}

Test(target, names_are_those_of_the_files)
{
	static const char *const instruments[] = {
		"congress", "resolution", "decision", "directive", "conclusion",   "programme",
		"scheme",   "plan",       "letter",   "notice",    "registration", "other",
	};
	static const char *const types[] = { "exact", "minimum", "range", "rate" };

	cr_assert_eq(ARRAY_LEN(instruments) + 1, INSTR_COUNT);
	for (unsigned i = 0; i < ARRAY_LEN(instruments); i++) {
		cr_assert_eq(instrument_parse(span_str(instruments[i])), i + 1);
		cr_assert_str_eq(instrument_name((enum target_instrument)(i + 1)), instruments[i]);
	}
	for (unsigned i = 0; i < ARRAY_LEN(types); i++) {
		cr_assert_eq(target_type_parse(span_str(types[i])), i + 1);
		cr_assert_str_eq(target_type_name((enum target_type)(i + 1)), types[i]);
	}
	cr_assert_eq(instrument_parse(SPAN_LIT("none")), INSTR_NONE);
	cr_assert_eq(instrument_parse(SPAN_LIT("Decision")), INSTR_NONE);
	cr_assert_eq(instrument_parse(SPAN_LIT("")), INSTR_NONE);
	cr_assert_eq(target_type_parse(SPAN_LIT("none")), TARGET_NONE);
	cr_assert_str_eq(instrument_name((enum target_instrument)99), "none");
	cr_assert_str_eq(target_type_name((enum target_type)99), "none");
}
