#include "domain/claim.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { BUDGET = 65536, NONE = -1 };

/* A published figure as printed, what was recomputed, and what should come of it. */
struct claim_case {
	const char *label;
	int64_t printed; /* NONE: no value printed */
	int64_t percent; /* its digits; NONE: no percentage */
	uint8_t decimals;
	enum claim_approx approx;
	int64_t value, denominator; /* NONE: not known */
	enum claim_verdict want;
	const char *shown; /* the percentage recomputed */
	int64_t difference;
	const char *explained; /* labels, each with a blank behind it */
};

/* What stands in the store beside: denominators, then values. */
static const struct claim_candidate candidates[] = {
	{ "congress-lower-bound", 4500, true }, { "congress-upper-bound", 5000, true },
	{ "other-base", 5356, true },           { "base-of-nobody", 0, true },
	{ "sum-of-parts", 382, false },         { "sum-of-two-years", 372, false },
};

static const struct claim_case cases[] = {
	/* Nghệ An */
	{ "2020", 3293, 7751, 2, CLAIM_EXACT, 3293, 4248, CLAIM_AGREES_TRUNCATED, "77.52", 0, "" },
	{ "2021", 4037, 90, 0, CLAIM_EXACT, 4037, 4248, CLAIM_CONTRADICTS, "95", 0,
	  "congress-lower-bound " },
	{ "2022", 3998, 9411, 2, CLAIM_EXACT, 3998, 4248, CLAIM_AGREES, "94.11", 0, "" },
	{ "three years", 11328, NONE, 0, CLAIM_EXACT, 11328, NONE, CLAIM_AGREES, "", 0, "" },
	/* Phan Rang-Tháp Chàm */
	{ "its parts give 382", 372, NONE, 0, CLAIM_EXACT, 382, NONE, CLAIM_CONTRADICTS, "", -10,
	  "sum-of-two-years " },
	{ "85 of 144", 85, 5903, 2, CLAIM_EXACT, 85, 144, CLAIM_AGREES_HALF_UP, "59.03", 0, "" },
	{ "150 of 144", 150, 10417, 2, CLAIM_EXACT, 150, 144, CLAIM_AGREES_HALF_UP, "104.17", 0,
	  "" },
	{ "147 of 146", 147, 10068, 2, CLAIM_EXACT, 147, 146, CLAIM_AGREES, "100.68", 0, "" },
	/* Hưng Yên */
	{ "over 3,100", 3100, NONE, 0, CLAIM_OVER, 3154, NONE, CLAIM_AGREES, "", -54, "" },
	{ "over 3,100 is not 3,100", 3100, NONE, 0, CLAIM_OVER, 3100, NONE, CLAIM_CONTRADICTS, "",
	  0, "" },
	{ "over 3,107 is not said", 3107, NONE, 0, CLAIM_OVER, 3154, NONE, CLAIM_CONTRADICTS, "",
	  -47, "" },
	/* Khối các cơ quan tỉnh Thái Nguyên */
	{ "162 of 158, one decimal", 162, 1025, 1, CLAIM_EXACT, 162, 158, CLAIM_AGREES, "102.5", 0,
	  "" },
	{ "162 of 5,392", 162, 308, 2, CLAIM_EXACT, 162, 5392, CLAIM_CONTRADICTS, "3.00", 0, "" },
	/* Quảng Nam */
	{ "decision", 1336, 8146, 2, CLAIM_EXACT, 1336, 1640, CLAIM_AGREES, "81.46", 0, "" },
	{ "resolution", 1336, 8907, 2, CLAIM_EXACT, 1336, 1500, CLAIM_AGREES_HALF_UP, "89.07", 0,
	  "" },
	{ "one more", 1336, 8146, 2, CLAIM_EXACT, 1337, 1640, CLAIM_CONTRADICTS, "81.52", -1, "" },

	/* a value and its percentage must both be right */
	{ "right percentage, wrong value", 1337, 8146, 2, CLAIM_EXACT, 1336, 1640,
	  CLAIM_CONTRADICTS, "81.46", 1, "" },
	{ "value right, nothing to divide by", 85, 5903, 2, CLAIM_EXACT, 85, NONE, CLAIM_UNKNOWN,
	  "", 0, "" },
	{ "value wrong, nothing to divide by", 86, 5903, 2, CLAIM_EXACT, 85, NONE,
	  CLAIM_CONTRADICTS, "", 1, "" },
	{ "no value to compare with", 85, NONE, 0, CLAIM_EXACT, NONE, NONE, CLAIM_UNKNOWN, "", 0,
	  "" },
	{ "no numerator", NONE, 5903, 2, CLAIM_EXACT, NONE, 144, CLAIM_UNKNOWN, "", 0, "" },
	{ "percentage alone", NONE, 5903, 2, CLAIM_EXACT, 85, 144, CLAIM_AGREES_HALF_UP, "59.03", 0,
	  "" },
	{ "of nobody", NONE, 5903, 2, CLAIM_EXACT, 85, 0, CLAIM_UNKNOWN, "", 0, "" },
	{ "nothing printed", NONE, NONE, 0, CLAIM_EXACT, 85, 144, CLAIM_UNKNOWN, "", 0, "" },
	{ "99.996 % is not 100", NONE, 100, 0, CLAIM_EXACT, 24999, 25000, CLAIM_CONTRADICTS, "99",
	  0, "" },

	/* about */
	{ "nearly", 3200, NONE, 0, CLAIM_NEARLY, 3154, NONE, CLAIM_AGREES, "", 46, "" },
	{ "not nearly", 3200, NONE, 0, CLAIM_NEARLY, 3200, NONE, CLAIM_CONTRADICTS, "", 0, "" },
	{ "nearly 390, and 382 is", 390, NONE, 0, CLAIM_NEARLY, 399, NONE, CLAIM_CONTRADICTS, "",
	  -9, "sum-of-parts sum-of-two-years " },
	{ "about, 5 % above", 1000, NONE, 0, CLAIM_ABOUT, 1050, NONE, CLAIM_AGREES, "", -50, "" },
	{ "about, too far above", 1000, NONE, 0, CLAIM_ABOUT, 1051, NONE, CLAIM_CONTRADICTS, "",
	  -51, "" },
	{ "about, 5 % below", 1000, NONE, 0, CLAIM_ABOUT, 950, NONE, CLAIM_AGREES, "", 50, "" },
	{ "about, too far below", 1000, NONE, 0, CLAIM_ABOUT, 949, NONE, CLAIM_CONTRADICTS, "", 51,
	  "" },
	{ "over 80 per cent", NONE, 80, 0, CLAIM_OVER, 1336, 1640, CLAIM_AGREES, "81", 0, "" },
	{ "over 81.5 per cent", NONE, 815, 1, CLAIM_OVER, 1336, 1640, CLAIM_CONTRADICTS, "81.5", 0,
	  "" },
	{ "nearly 82 per cent", NONE, 82, 0, CLAIM_NEARLY, 1336, 1640, CLAIM_AGREES, "81", 0, "" },
	{ "about 80 per cent", NONE, 80, 0, CLAIM_ABOUT, 1336, 1640, CLAIM_AGREES, "81", 0, "" },
	{ "about 70 per cent", NONE, 70, 0, CLAIM_ABOUT, 1336, 1640, CLAIM_CONTRADICTS, "81", 0,
	  "" },
};

ParameterizedTestParameters(claim, judged)
{
	static size_t index[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(cases));
}

static void explained(char *out, const struct claim_result *r)
{
	out[0] = '\0';
	for (size_t i = 0; i < r->explained_count; i++) {
		strcat(out, r->explained_by[i]);
		strcat(out, " ");
	}
}

ParameterizedTest(size_t *index, claim, judged)
{
	const struct claim_case *k = &cases[*index];
	struct op_claim c = { .has_value = k->printed != NONE,
			      .value = k->printed,
			      .has_percent = k->percent != NONE,
			      .percent_digits = k->percent,
			      .percent_decimals = k->decimals,
			      .approx = k->approx };
	struct claim_facts f = { .has_value = k->value != NONE,
				 .value = k->value,
				 .has_denominator = k->denominator != NONE,
				 .denominator = k->denominator,
				 .candidates = candidates,
				 .candidate_count = ARRAY_LEN(candidates) };
	struct arena *a = arena_new(BUDGET);
	struct claim_result r;
	struct err e = { 0 };
	char labels[256];

	cr_assert_eq(claim_judge(&r, &c, &f, a, &e), 0, "%s: %s", k->label, e.msg);
	explained(labels, &r);
	cr_assert_eq(r.verdict, k->want, "%s: %s", k->label, claim_verdict_name(r.verdict));
	cr_assert_str_eq(r.percent, k->shown, "%s: %s", k->label, r.percent);
	cr_assert_eq(r.difference, k->difference, "%s: %lld", k->label, (long long)r.difference);
	cr_assert_str_eq(labels, k->explained, "%s: %s", k->label, labels);
	arena_free(a);
}

Test(claim, a_difference_may_be_below_zero)
{
	struct op_claim c = { .has_value = true, .value = -1000, .approx = CLAIM_ABOUT };
	struct claim_facts f = { .has_value = true, .value = -1040 };
	struct arena *a = arena_new(BUDGET);
	struct claim_result r;

	cr_assert_eq(claim_judge(&r, &c, &f, a, NULL), 0);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	f.value = -1060;
	cr_assert_eq(claim_judge(&r, &c, &f, a, NULL), 0);
	cr_assert_eq(r.verdict, CLAIM_CONTRADICTS);
	arena_free(a);
}

Test(claim, what_cannot_be_judged_is_an_error)
{
	struct op_claim c = { .has_percent = true, .percent_decimals = 7 };
	struct claim_facts f = { .has_value = true,
				 .value = INT64_MAX,
				 .candidate_count = 1,
				 .candidates = candidates };
	struct arena *a = arena_new(BUDGET), *small = arena_new(0);
	struct claim_result r;

	cr_assert_eq(claim_judge(&r, &c, &f, a, NULL), -ERR_INVALID);
	c = (struct op_claim){ .has_value = true, .value = -5 };
	cr_assert_eq(claim_judge(&r, &c, &f, a, NULL), -ERR_RANGE);
	f.value = 5;
	cr_assert_eq(claim_judge(&r, &c, &f, small, NULL), -ERR_NOMEM);
	arena_free(small);
	arena_free(a);
}

Test(claim, a_percentage_too_large_to_print_is_left_out)
{
	struct op_claim c = { .has_percent = true, .percent_digits = 1, .percent_decimals = 6 };
	struct claim_facts f = {
		.has_value = true, .value = INT64_MAX, .has_denominator = true, .denominator = 1
	};
	struct arena *a = arena_new(BUDGET);
	struct claim_result r;

	cr_assert_eq(claim_judge(&r, &c, &f, a, NULL), 0);
	cr_assert_eq(r.verdict, CLAIM_CONTRADICTS);
	cr_assert_str_eq(r.percent, "");
	arena_free(a);
}

Test(claim, verdicts_have_the_names_of_the_contract)
{
	cr_assert_str_eq(claim_verdict_name(CLAIM_UNKNOWN), "unknown");
	cr_assert_str_eq(claim_verdict_name(CLAIM_AGREES), "agrees");
	cr_assert_str_eq(claim_verdict_name(CLAIM_AGREES_HALF_UP), "agrees-half-up");
	cr_assert_str_eq(claim_verdict_name(CLAIM_AGREES_TRUNCATED), "agrees-truncated");
	cr_assert_str_eq(claim_verdict_name(CLAIM_CONTRADICTS), "contradicts");
	cr_assert_str_eq(claim_verdict_name((enum claim_verdict)9), "unknown");
}
