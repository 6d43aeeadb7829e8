#include "domain/pace.h"

#include "base/num.h"

#include <criterion/criterion.h>

static day_t day(int year, int month, int d)
{
	day_t out;

	cr_assert(day_from_ymd(&out, year, month, d));
	return out;
}

static struct period year_2022(void)
{
	return (struct period){ day(2022, 1, 1), day(2022, 12, 31) };
}

Test(pace, quang_nam_on_22_september)
{
	struct pace_ask ask = { .period = year_2022(),
				.day = day(2022, 9, 22),
				.has_goal = true,
				.goal = 1640,
				.has_attained = true,
				.attained = 1336 };
	struct pace p;

	pace_judge(&p, &ask);
	cr_assert_eq(p.due.num, 265); /* 72.6 % of the year */
	cr_assert_eq(p.due.den, 365);
	cr_assert_eq(p.by_now, 1190);
	cr_assert_eq(p.ahead, 146);
	cr_assert_eq(p.missing, 304);
	cr_assert_eq(p.excess, 0);
	cr_assert_eq(p.days_left, 100);
	cr_assert_eq(p.per_month, 93); /* 304 x 365 / 1,200 = 92.47 */
	cr_assert_eq(p.status, PACE_ON);
}

struct judged {
	const char *label;
	int64_t goal, attained; /* -1: none */
	int month, day;
	enum pace_status status;
	int64_t per_month;
};

static const struct judged judged[] = {
	{ "no target", -1, 4, 6, 30, PACE_NO_TARGET, 0 },
	{ "nothing reported: all is missing", 10, -1, 6, 30, PACE_NOT_REPORTED, 2 },
	{ "reached", 10, 10, 6, 30, PACE_REACHED, 0 },
	{ "more than reached", 10, 13, 12, 31, PACE_REACHED, 0 },
	{ "a goal of nobody is reached", 0, 0, 1, 1, PACE_REACHED, 0 },
	{ "half of the year", 10, 4, 6, 30, PACE_ON, 1 },      /* 4.96 are due */
	{ "behind", 100, 40, 6, 30, PACE_BEHIND, 10 },         /* 49 are due, 80 % of them 39.2 */
	{ "far behind", 100, 39, 6, 30, PACE_FAR_BEHIND, 11 }, /* 61 x 365 / (184 x 12) = 10.08 */
	{ "nobody yet, nobody due", 3, 0, 2, 28, PACE_ON, 1 },
	{ "a day is left: no more than are missing", 10, 8, 12, 30, PACE_BEHIND, 2 },
	{ "over", 10, 9, 12, 31, PACE_OVER, 0 },
};

Test(pace, statuses)
{
	for (size_t i = 0; i < ARRAY_LEN(judged); i++) {
		const struct judged *j = &judged[i];
		struct pace_ask ask = { .period = year_2022(),
					.day = day(2022, j->month, j->day),
					.has_goal = j->goal >= 0,
					.goal = j->goal,
					.has_attained = j->attained >= 0,
					.attained = j->attained };
		struct pace p;

		pace_judge(&p, &ask);
		cr_assert_eq(p.status, j->status, "%s: %s", j->label, pace_status_name(p.status));
		cr_assert_eq(p.per_month, j->per_month, "%s: %lld", j->label,
			     (long long)p.per_month);
	}
}

/* At most 3 hamlets without a party cell: nothing of it is due by a day, and what is over it is told. */
Test(pace, a_limit_is_kept_or_exceeded)
{
	struct pace_ask ask = { .period = year_2022(),
				.day = day(2022, 6, 30),
				.has_goal = true,
				.limit = true,
				.goal = 3 };
	struct pace p;

	pace_judge(&p, &ask);
	cr_assert_eq(p.status, PACE_NOT_REPORTED);
	ask.has_attained = true;
	for (int64_t n = 0; n <= 5; n++) {
		ask.attained = n;
		pace_judge(&p, &ask);
		cr_assert_eq(p.status, n > 3 ? PACE_EXCEEDED : PACE_KEPT, "%lld", (long long)n);
		cr_assert_eq(p.excess, n > 3 ? n - 3 : 0);
		cr_assert_eq(p.missing, 0);
		cr_assert_eq(p.by_now, 0);
		cr_assert_eq(p.per_month, 0);
		cr_assert_eq(p.days_left, 184);
	}
	ask.goal = 0; /* no hamlet without a cell */
	ask.attained = 0;
	pace_judge(&p, &ask);
	cr_assert_eq(p.status, PACE_KEPT);
}

Test(pace, before_and_after_the_period)
{
	struct pace_ask ask = { .period = year_2022(),
				.day = day(2021, 12, 31),
				.has_goal = true,
				.goal = 12,
				.has_attained = true };
	struct pace p;

	pace_judge(&p, &ask);
	cr_assert_eq(p.status, PACE_NOT_BEGUN);
	cr_assert_eq(p.due.num, 0);
	cr_assert_eq(p.days_left, 365);
	cr_assert_eq(p.per_month, 1);
	ask.day = day(2023, 5, 1);
	pace_judge(&p, &ask);
	cr_assert_eq(p.status, PACE_OVER);
	cr_assert_eq(p.due.num, p.due.den);
	cr_assert_eq(p.by_now, 12);
	cr_assert_eq(p.days_left, 0);
}

Test(pace, the_bound_for_far_behind_is_a_setting)
{
	struct pace_ask ask = { .period = year_2022(),
				.day = day(2022, 6, 30),
				.has_goal = true,
				.goal = 100,
				.has_attained = true,
				.attained = 40,
				.far_percent = 90 };
	struct pace p;

	pace_judge(&p, &ask);
	cr_assert_eq(p.status, PACE_FAR_BEHIND);
}

/* Two thirds of a year come in its last quarter: 9 months gone are a third of the target. */
Test(pace, a_profile_moves_the_marker)
{
	struct pace_profile rush = { { 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 6, 6 } };
	struct pace_ask ask = { .period = year_2022(),
				.day = day(2022, 9, 30),
				.has_goal = true,
				.goal = 90,
				.has_attained = true,
				.attained = 30,
				.profile = &rush };
	struct pace p;

	pace_judge(&p, &ask);
	cr_assert_eq(num_ratio_cmp(p.due.num, p.due.den, 1, 3), 0);
	cr_assert_eq(p.by_now, 30);
	cr_assert_eq(p.status, PACE_ON);
	ask.profile = NULL;
	pace_judge(&p, &ask);
	cr_assert_eq(p.by_now, 67);
	cr_assert_eq(p.status, PACE_FAR_BEHIND);
}

Test(pace, a_month_that_has_begun_counts_by_its_days)
{
	struct pace_profile march = { { [2] = 5 } };
	struct pace_part part = pace_due(&march, year_2022(), day(2022, 3, 10));

	cr_assert_eq(num_ratio_cmp(part.num, part.den, 10, 31), 0);
	part = pace_due(&march, year_2022(), day(2022, 2, 28));
	cr_assert_eq(part.num, 0);
	part = pace_due(&march, year_2022(), day(2022, 4, 1));
	cr_assert_eq(part.num, part.den);
	/* Nothing of the period is in March: evenly. */
	part = pace_due(&march, (struct period){ day(2022, 4, 1), day(2022, 4, 30) },
			day(2022, 4, 3));
	cr_assert_eq(num_ratio_cmp(part.num, part.den, 1, 10), 0);
}

/* A term: the profile goes round, leap years and all, and never back. */
Test(pace, what_is_due_never_falls_and_ends_at_the_whole)
{
	struct pace_profile profiles[2] = {
		{ { 3, 26, 30, 0, 28, 10, 0, 4, 40, 12, 60, 1000000000 } },
		{ { 0 } },
	};
	struct period term = { day(2020, 1, 1), day(2024, 12, 31) };

	for (size_t i = 0; i < 2; i++) {
		struct pace_part last = { 0, 1 };

		for (day_t d = term.from - 2; d <= term.to + 2; d++) {
			struct pace_part part = pace_due(&profiles[i], term, d);

			cr_assert_geq(num_ratio_cmp(part.num, part.den, last.num, last.den), 0);
			last = part;
		}
		cr_assert_eq(last.num, last.den);
		last = pace_due(&profiles[i], term, day(2021, 12, 31));
		if (!i) /* two years of five */
			cr_assert_eq(num_ratio_cmp(last.num, last.den, 2, 5), 0);
	}
}

Test(pace, learned_from_past_years)
{
	static const int64_t years[3][PACE_MONTHS] = {
		{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9 },
		{ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9 },
		{ 1, 1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 9 }, /* April was not reported */
	};
	struct pace_profile p;

	pace_learn(&p, years, 3);
	cr_assert_eq(p.weight[0], p.weight[3]);      /* a gap is not a month without anybody */
	cr_assert_eq(p.weight[11], 7 * p.weight[0]); /* 28 for 4: one more year of one each */
	pace_learn(&p, years, 0);
	for (size_t m = 0; m < PACE_MONTHS; m++)
		cr_assert_eq(p.weight[m], 0);
}

Test(pace, large_figures_keep_their_proportion)
{
	int64_t year[1][PACE_MONTHS] = { { 1000000000000, 500000000000 } };
	struct pace_profile p;

	pace_learn(&p, year, 1);
	cr_assert_eq(p.weight[0], 1000000000);
	cr_assert_eq(p.weight[1], 500000000);
	cr_assert_eq(p.weight[2], 0);
}
