#include "base/num.h"

#include "base/err.h"

#include <criterion/criterion.h>

static const struct {
	int64_t num, den;
	unsigned decimals;
	enum num_rounding rounding;
	const char *want;
} cases[] = {
	{ 1336, 1640, 2, NUM_HALF_UP, "81.46" },
	{ 1336, 1500, 2, NUM_HALF_UP, "89.07" },
	{ 1336, 1500, 2, NUM_TRUNCATE, "89.06" },
	{ 3293, 4248, 2, NUM_HALF_UP, "77.52" },
	{ 3293, 4248, 2, NUM_TRUNCATE, "77.51" },
	{ 85, 144, 2, NUM_HALF_UP, "59.03" },
	{ 99996, 100000, 2, NUM_HALF_UP, "99.99" },
	{ 99996, 100000, 3, NUM_HALF_UP, "99.996" },
	{ 999, 1000, 0, NUM_HALF_UP, "99" },
	{ 1, 1, 2, NUM_HALF_UP, "100.00" },
	{ 100001, 100000, 2, NUM_HALF_UP, "100.00" },
	{ -99996, 100000, 2, NUM_HALF_UP, "-99.99" },
	{ 1, 800, 2, NUM_HALF_UP, "0.13" },
	{ -1, 800, 2, NUM_HALF_UP, "-0.13" },
	{ -1, 800, 2, NUM_TRUNCATE, "-0.12" },
	{ 1, 200, 0, NUM_HALF_UP, "1" },
	{ -1, 100000, 2, NUM_HALF_UP, "0.00" },
	{ 0, 5, 2, NUM_HALF_UP, "0.00" },
	{ 5, 2, 1, NUM_HALF_UP, "250.0" },
	{ 1, 3, 6, NUM_HALF_UP, "33.333333" },
	{ INT64_MAX, INT64_MAX, 6, NUM_HALF_UP, "100.000000" },
	{ INT64_MAX - 1, INT64_MAX, 6, NUM_HALF_UP, "99.999999" },
	{ INT64_MIN, INT64_MAX, 2, NUM_TRUNCATE, "-100.00" },
};

Test(num, percent)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[NUM_PERCENT_MAX];
		int rc = num_percent(out, sizeof(out), cases[i].num, cases[i].den,
				     cases[i].decimals, cases[i].rounding);

		cr_assert_eq(rc, 0, "case %zu", i);
		cr_assert_str_eq(out, cases[i].want, "case %zu: %s", i, out);
	}
}

Test(num, percent_digits)
{
	cr_assert_eq(num_percent_digits(1336, 1640, 2, NUM_HALF_UP), 8146);
	cr_assert_eq(num_percent_digits(-1336, 1640, 2, NUM_HALF_UP), -8146);
	cr_assert_eq(num_percent_digits(99996, 100000, 2, NUM_HALF_UP), 9999);
	cr_assert_eq(num_percent_digits(INT64_MAX, 1, 0, NUM_HALF_UP), INT64_MAX);
	cr_assert_eq(num_percent_digits(INT64_MIN, 1, 6, NUM_HALF_UP), INT64_MIN);
}

/* Against schoolbook arithmetic, and: under 100 per cent never reads 100. */
Test(num, percent_of_small_numbers)
{
	for (int64_t den = 1; den <= 400; den++) {
		for (int64_t num = -450; num <= 450; num++) {
			int64_t size = num < 0 ? -num : num, sign = num < 0 ? -1 : 1;
			int64_t down = size * 10000 / den,
				up = (2 * size * 10000 + den) / (2 * den);

			if (size < den && up == 10000)
				up = 9999;
			cr_assert_eq(num_percent_digits(num, den, 2, NUM_TRUNCATE), sign * down);
			cr_assert_eq(num_percent_digits(num, den, 2, NUM_HALF_UP), sign * up);
		}
	}
}

Test(num, percent_refuses)
{
	char out[NUM_PERCENT_MAX];

	cr_assert_eq(num_percent(out, sizeof(out), 1, 0, 2, NUM_HALF_UP), -ERR_INVALID);
	cr_assert_eq(num_percent(out, sizeof(out), 1, -3, 2, NUM_HALF_UP), -ERR_INVALID);
	cr_assert_eq(num_percent(out, sizeof(out), 1, 3, 7, NUM_HALF_UP), -ERR_INVALID);
	cr_assert_eq(num_percent(out, sizeof(out), INT64_MAX, 1, 2, NUM_HALF_UP), -ERR_RANGE);
	cr_assert_eq(num_percent(out, sizeof(out), INT64_MIN, 1, 2, NUM_HALF_UP), -ERR_RANGE);
	cr_assert_eq(num_percent(out, 5, 1336, 1640, 2, NUM_HALF_UP), -ERR_RANGE);
	cr_assert_eq(num_percent(out, 6, 1336, 1640, 2, NUM_HALF_UP), 0);
	cr_assert_eq(num_percent(out, 2, 1336, 1640, 2, NUM_HALF_UP), -ERR_RANGE);
}

Test(num, overflow_is_told)
{
	int64_t v;

	cr_assert(num_add(&v, INT64_MAX - 1, 1));
	cr_assert_eq(v, INT64_MAX);
	cr_assert_not(num_add(&v, INT64_MAX, 1));
	cr_assert_not(num_add(&v, INT64_MIN, -1));
	cr_assert(num_sub(&v, INT64_MIN + 1, 1));
	cr_assert_eq(v, INT64_MIN);
	cr_assert_not(num_sub(&v, 0, INT64_MIN));
	cr_assert(num_mul(&v, INT64_C(3037000499), INT64_C(3037000499)));
	cr_assert_eq(v, INT64_C(9223372030926249001));
	cr_assert_not(num_mul(&v, INT64_C(3037000500), INT64_C(3037000500)));
	cr_assert_not(num_mul(&v, INT64_MIN, -1));
}

Test(num, ratios_compare_exactly)
{
	cr_assert_eq(num_ratio_cmp(1, 3, 2, 6), 0);
	cr_assert_lt(num_ratio_cmp(1336, 1640, 1336, 1500), 0);
	cr_assert_gt(num_ratio_cmp(-1, 3, -1, 2), 0);
	cr_assert_gt(num_ratio_cmp(INT64_MAX, INT64_MAX - 1, INT64_MAX - 1, INT64_MAX), 0);
	cr_assert_lt(num_ratio_cmp(INT64_MAX - 1, INT64_MAX, INT64_MAX, INT64_MAX), 0);
	cr_assert_lt(num_ratio_cmp(INT64_MIN, 1, INT64_MAX, 1), 0);
}
