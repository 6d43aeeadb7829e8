#include "domain/project.h"

#include <criterion/criterion.h>
#include <string.h>

/* 70,314 members, 3 %, half up, nobody lost. */
static const struct project_rule hung_yen = { .base = 70314,
					      .rate_digits = 3,
					      .rounding = PROJECT_HALF_UP };

Test(project, hung_yen_as_printed)
{
	struct project_rule rule = hung_yen;
	struct project_year y[3];

	rule.has_first = true;
	rule.first = 2112;
	cr_assert_eq(project_years(y, 3, &rule, NULL), 0);
	cr_assert_eq(y[0].target, 2112);
	cr_assert_eq(y[1].target, 2173);
	cr_assert_eq(y[2].target, 2238);
	/* The rule's own first year is told beside the one that was set: 2,109.42. */
	cr_assert_eq(y[0].by_rule, 2109);
	cr_assert_eq(y[0].whole, 2109);
	cr_assert_eq(y[0].num, 42);
	cr_assert_eq(y[0].den, 100);
	cr_assert_eq(y[2].base, 70314 + 2112 + 2173);
	cr_assert_eq(y[2].end, 70314 + 2112 + 2173 + 2238);
}

Test(project, without_the_first_year_given)
{
	struct project_year y[3];

	cr_assert_eq(project_years(y, 3, &hung_yen, NULL), 0);
	cr_assert_eq(y[0].target, 2109);
	cr_assert_eq(y[1].target, 2173); /* 2,172.69 */
	cr_assert_eq(y[2].target, 2238); /* 2,237.88 */
}

Test(project, roundings)
{
	static const int64_t wants[] = {
		[PROJECT_UP] = 2110, [PROJECT_HALF_UP] = 2109, [PROJECT_DOWN] = 2109
	};

	for (unsigned r = 0; r < PROJECT_ROUNDINGS; r++) {
		struct project_rule rule = hung_yen;
		struct project_year y;

		rule.rounding = r;
		cr_assert_eq(project_years(&y, 1, &rule, NULL), 0);
		cr_assert_eq(y.target, wants[r], "%s", project_rounding_name(r));
		rule.base = 50; /* 1.5: a half goes up, save downwards */
		cr_assert_eq(project_years(&y, 1, &rule, NULL), 0);
		cr_assert_eq(y.target, r == PROJECT_DOWN ? 1 : 2);
	}
}

Test(project, a_fixed_base_gives_the_same_every_year)
{
	struct project_rule rule = hung_yen;
	struct project_year y[5];

	rule.fixed_base = true;
	cr_assert_eq(project_years(y, 5, &rule, NULL), 0);
	for (size_t i = 0; i < 5; i++)
		cr_assert_eq(y[i].target, 2109);
}

Test(project, assumed_losses_leave_the_base)
{
	struct project_rule rule = { .base = 1000,
				     .rate_digits = 3,
				     .rounding = PROJECT_UP,
				     .losses = 5,
				     .loss_digits = 15,
				     .loss_decimals = 1 };
	struct project_year y[2];

	cr_assert_eq(project_years(y, 2, &rule, NULL), 0);
	cr_assert_eq(y[0].target, 30);
	cr_assert_eq(y[0].losses, 20); /* 15 and 5 */
	cr_assert_eq(y[0].end, 1010);
	cr_assert_eq(y[1].base, 1010);
	cr_assert_eq(y[1].target, 31);
	cr_assert_eq(y[1].losses, 20); /* 15.15 */
}

struct wrong {
	const char *label;
	struct project_rule rule;
	size_t years;
	int want;
	const char *text;
};

static const struct wrong wrongs[] = {
	{ "base below zero", { .base = -1 }, 1, -ERR_INVALID, "the base -1" },
	{ "rate below zero", { .rate_digits = -3 }, 1, -ERR_INVALID, "below zero" },
	{ "decimals", { .rate_decimals = 7 }, 1, -ERR_INVALID, "decimals" },
	{ "rounding", { .rounding = PROJECT_ROUNDINGS }, 1, -ERR_INVALID, "rounding" },
	{ "first", { .has_first = true, .first = -2 }, 1, -ERR_INVALID, "-2" },
	{ "years", { 0 }, PROJECT_YEARS_MAX + 1, -ERR_INVALID, "50 years" },
	{ "rate",
	  { .base = 1000000000000, .rate_digits = INT64_MAX },
	  1,
	  -ERR_RANGE,
	  "year 1: rate" },
	{ "growth", { .base = 900000000000, .rate_digits = 10 }, 3, -ERR_RANGE, "year 2: rate" },
	{ "loss", { .base = 100, .losses = 60 }, 3, -ERR_RANGE, "year 2: more is lost" },
	{ "loss rate", { .base = 100, .loss_digits = INT64_MAX }, 1, -ERR_RANGE, "year 1: more" },
};

Test(project, what_cannot_be_is_refused)
{
	struct project_year y[PROJECT_YEARS_MAX];

	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct err e = { 0 };

		cr_assert_eq(project_years(y, wrongs[i].years, &wrongs[i].rule, &e), wrongs[i].want,
			     "%s: %s", wrongs[i].label, e.msg);
		cr_assert(strstr(e.msg, wrongs[i].text), "%s: %s", wrongs[i].label, e.msg);
	}
}

Test(project, the_rate_is_met_and_not_by_a_person_more)
{
	for (int64_t base = 0; base < 4000; base += 3) {
		struct project_rule rule = { .base = base, .rate_digits = 325, .rate_decimals = 2 };
		struct project_year y[4];

		cr_assert_eq(project_years(y, 4, &rule, NULL), 0);
		for (size_t i = 0; i < 4; i++) {
			cr_assert_geq(y[i].target * 10000, 325 * y[i].base);
			cr_assert(!y[i].target || (y[i].target - 1) * 10000 < 325 * y[i].base);
			cr_assert(!i || y[i].base == y[i - 1].base + y[i - 1].target);
		}
	}
}
