#include "domain/calendar.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

static day_t day(int year, int month, int d)
{
	day_t out = 0;

	cr_assert(day_from_ymd(&out, year, month, d), "%d-%d-%d", year, month, d);
	return out;
}

static day_t iso(const char *text)
{
	day_t out = 0;

	cr_assert_eq(day_parse(&out, NULL, span_str(text), NULL), 0, "%s", text);
	return out;
}

static const char *text_of(struct period p)
{
	static char out[2 * DAY_TEXT_MAX + 2];
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX];

	snprintf(out, sizeof(out), "%s..%s", day_iso(from, p.from), day_iso(to, p.to));
	return out;
}

/* ---- periods ---- */

static const struct calendar calendars[] = {
	{ .count = 0 },
	/* "tháng 9" is 16/8 to 15/9, always */
	{ .rows = { { .from = DAY_MIN, .first_day = 16 } }, .count = 1 },
	/* the calendar month until 15/12/2022, from the 16th afterwards */
	{ .rows = { { .from = 19342, .first_day = 16 } }, .count = 1 }, /* 2022-12-16 */
	/* and back to the calendar month on 1/7/2023 */
	{ .rows = { { .from = 19342, .first_day = 16 }, { .from = 19539, .first_day = 1 } },
	  .count = 2 }, /* 2023-07-01 */
	/* a rule that begins in the middle of a month of its own: 20/12/2022 */
	{ .rows = { { .from = 19346, .first_day = 16 } }, .count = 1 },
};

struct period_case {
	size_t calendar;
	enum plan_step step;
	const char *day, *want;
};

static const struct period_case periods[] = {
	{ 0, PLAN_MONTH, "2022-09-22", "2022-09-01..2022-09-30" },
	{ 0, PLAN_MONTH, "2024-02-29", "2024-02-01..2024-02-29" },
	{ 0, PLAN_QUARTER, "2022-09-30", "2022-07-01..2022-09-30" },
	{ 0, PLAN_HALF, "2022-06-30", "2022-01-01..2022-06-30" },
	{ 0, PLAN_HALF, "2022-07-01", "2022-07-01..2022-12-31" },
	{ 0, PLAN_YEAR, "2022-01-01", "2022-01-01..2022-12-31" },
	{ 0, PLAN_WHOLE, "2022-01-01", "2021-05-05..2023-05-05" },

	{ 1, PLAN_MONTH, "2022-08-16", "2022-08-16..2022-09-15" },
	{ 1, PLAN_MONTH, "2022-09-15", "2022-08-16..2022-09-15" },
	{ 1, PLAN_MONTH, "2022-09-16", "2022-09-16..2022-10-15" },
	{ 1, PLAN_MONTH, "2024-03-01", "2024-02-16..2024-03-15" },
	{ 1, PLAN_MONTH, "2023-01-03", "2022-12-16..2023-01-15" },
	{ 1, PLAN_QUARTER, "2022-06-15", "2022-03-16..2022-06-15" },
	{ 1, PLAN_QUARTER, "2022-06-16", "2022-06-16..2022-09-15" },
	{ 1, PLAN_YEAR, "2022-12-15", "2021-12-16..2022-12-15" },
	{ 1, PLAN_YEAR, "2022-12-16", "2022-12-16..2023-12-15" },

	{ 2, PLAN_MONTH, "2022-11-30", "2022-11-01..2022-11-30" },
	{ 2, PLAN_MONTH, "2022-12-15", "2022-12-01..2022-12-15" },
	{ 2, PLAN_MONTH, "2022-12-16", "2022-12-16..2023-01-15" },
	{ 2, PLAN_YEAR, "2022-05-01", "2022-01-01..2022-12-15" },
	{ 2, PLAN_QUARTER, "2023-02-01", "2022-12-16..2023-03-15" },

	{ 4, PLAN_MONTH, "2022-12-19", "2022-12-01..2022-12-19" },
	{ 4, PLAN_MONTH, "2022-12-20", "2022-12-20..2023-01-15" },
	{ 3, PLAN_MONTH, "2023-06-20", "2023-06-16..2023-06-30" },
	{ 3, PLAN_MONTH, "2023-07-01", "2023-07-01..2023-07-31" },
	{ 3, PLAN_HALF, "2023-06-20", "2022-12-16..2023-06-30" },
	{ 3, PLAN_QUARTER, "2023-05-20", "2023-03-16..2023-06-30" },
};

static const struct period whole = { 18752, 19482 }; /* 2021-05-05 .. 2023-05-05 */

ParameterizedTestParameters(calendar, period)
{
	static size_t index[ARRAY_LEN(periods)];

	for (size_t i = 0; i < ARRAY_LEN(periods); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(periods));
}

ParameterizedTest(size_t *index, calendar, period)
{
	const struct period_case *k = &periods[*index];
	const struct calendar *c = &calendars[k->calendar];
	struct period got = calendar_period(c, k->step, iso(k->day), whole);

	cr_assert_str_eq(text_of(got), k->want, "%s of %zu: %s", k->day, k->calendar, text_of(got));
	cr_assert(calendar_is_period(c, k->step, got, whole));
	cr_assert_not(
		calendar_is_period(c, k->step, (struct period){ got.from, got.to - 1 }, whole));
	cr_assert_not(
		calendar_is_period(c, k->step, (struct period){ got.from + 1, got.to }, whole));
	cr_assert_not(calendar_is_period(c, k->step, (struct period){ got.to, got.from }, whole));
	cr_assert_not(calendar_is_period(c, PLAN_NONE, got, got));
}

Test(calendar, periods_tile_without_gap_or_overlap)
{
	static const enum plan_step steps[] = { PLAN_MONTH, PLAN_QUARTER, PLAN_HALF, PLAN_YEAR };

	for (size_t c = 0; c < ARRAY_LEN(calendars); c++) {
		for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
			struct period before = { 0, day(2020, 12, 31) };

			before = calendar_period(&calendars[c], steps[s], before.to, whole);
			for (day_t d = before.to + 1; d < day(2025, 6, 1); d++) {
				struct period p = calendar_period(&calendars[c], steps[s], d,
								  whole);

				cr_assert(p.from <= d && d <= p.to);
				if (p.from == before.from && p.to == before.to)
					continue;
				cr_assert_eq(p.from, before.to + 1, "%s", text_of(p));
				before = p;
			}
		}
	}
}

Test(calendar, no_periods_without_a_step)
{
	struct period p = calendar_period(&calendars[0], PLAN_NONE, whole.from + 3, whole);

	cr_assert_eq(p.to, whole.to, "whoever walks on from its end comes to an end");
}

Test(calendar, the_ends_of_time_are_days_too)
{
	for (size_t c = 0; c < ARRAY_LEN(calendars); c++) {
		for (enum plan_step s = PLAN_MONTH; s <= PLAN_YEAR; s++) {
			cr_assert_leq(calendar_period(&calendars[c], s, DAY_MIN, whole).from,
				      DAY_MIN);
			cr_assert_geq(calendar_period(&calendars[c], s, DAY_MAX, whole).to,
				      DAY_MAX);
		}
	}
	cr_assert_not(calendar_is_period(&calendars[0], PLAN_MONTH,
					 (struct period){ INT32_MIN, INT32_MAX }, whole));
}

/* ---- working days ---- */

static char *file_text(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text;
	long size;

	cr_assert_not_null(f, "%s", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = malloc((size_t)size);
	cr_assert_eq(fread(text, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	*len = (size_t)size;
	return text;
}

static struct holidays *vietnam(void)
{
	struct holidays *h = NULL;
	struct err e = { 0 };
	size_t len;
	char *text = file_text(HOLIDAYS_FILE, &len);

	cr_assert_eq(holidays_parse(&h, span_of(text, len), &e), 0, "%s", e.msg);
	free(text);
	return h;
}

struct day_case {
	const char *day;
	bool is_free;
	const char *why;
};

static const struct day_case days[] = {
	{ "2023-01-19", false, "the Thursday before Tết" },
	{ "2023-01-20", true, "29 tháng Chạp" },
	{ "2023-01-21", true, "a Saturday, 30 Tết" },
	{ "2023-01-26", true, "substitute for the Sunday" },
	{ "2023-01-27", false, "work begins again on a Friday" },
	{ "2023-01-28", true, "an ordinary Saturday" },
	{ "2023-09-04", true, "substitute for the Saturday" },
	{ "2024-04-29", true, "a Monday, swapped" },
	{ "2024-05-04", false, "a Saturday, worked for it" },
	{ "2024-05-05", true, "the Sunday after" },
	{ "2022-09-22", false, "a Thursday" },
};

Test(holidays, free_days_and_worked_ones)
{
	struct holidays *h = vietnam();

	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		cr_assert_eq(holidays_free_day(h, iso(days[i].day)), days[i].is_free, "%s: %s",
			     days[i].day, days[i].why);
	holidays_free(h);
}

struct add_case {
	const char *from;
	unsigned working_days;
	const char *want;
	bool beyond;
};

/* Counted by hand on a wall calendar. */
static const struct add_case sums[] = {
	{ "2023-01-19", 0, "2023-01-19", false },
	/* Tết 2023: Thursday 19/1, then free from 20/1 to 26/1, then Friday 27/1, Monday 30/1 */
	{ "2023-01-19", 1, "2023-01-27", false },
	{ "2023-01-19", 2, "2023-01-30", false },
	{ "2023-01-16", 5, "2023-01-30", false },
	/* from a free day counting begins with the next working one */
	{ "2023-01-21", 1, "2023-01-27", false },
	/* 30 working days from 3/1/2023 (Tuesday): 4-6/1 3, 9-13/1 8, 16-19/1 12, 27/1 13,
	 * 30/1-3/2 18, 6-10/2 23, 13-17/2 28, 20/2 29, 21/2 30 */
	{ "2023-01-03", 30, "2023-02-21", false },
	/* 60 from 31/10/2023 (Tuesday), the cut-off of document S1: November 1-30 has 22, December 21
	 * (43), January from 2/1 as the 1st is free: 2-5/1 4 (47), 8-12 (52), 15-19 (57), 22, 23, 24 */
	{ "2023-10-31", 60, "2024-01-24", false },
	/* over 2/9: 31/8 Thursday, free 1-4/9, Tuesday 5/9 */
	{ "2023-08-31", 1, "2023-09-05", false },
	/* the worked Saturday counts: Friday 26/4, free 27/4-1/5, 2/5, 3/5, 4/5 */
	{ "2024-04-26", 3, "2024-05-04", false },
	{ "2024-04-26", 4, "2024-05-06", false },
	/* the file knows 2022 to 2026 */
	{ "2026-12-30", 1, "2026-12-31", false },
	{ "2026-12-30", 2, "2027-01-01", true },
	{ "2021-12-31", 1, "2022-01-04", true },
	{ "2022-01-01", 1, "2022-01-04", false },
};

Test(holidays, sums_counted_by_hand)
{
	struct holidays *h = vietnam();

	for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
		bool beyond = !sums[i].beyond;
		char got[DAY_TEXT_MAX];
		day_t d = holidays_add(h, iso(sums[i].from), sums[i].working_days, &beyond);

		cr_assert_str_eq(day_iso(got, d), sums[i].want, "%s + %u: %s", sums[i].from,
				 sums[i].working_days, got);
		cr_assert_eq(beyond, sums[i].beyond, "%s + %u", sums[i].from, sums[i].working_days);
	}
	holidays_free(h);
}

/* Counted by hand on a wall calendar, from the right to the left. */
static const struct add_case differences[] = {
	{ "2023-01-27", 0, "2023-01-27", false },
	/* Friday 27/1 counts, then everything back to Thursday 19/1 is free: from the 26th the first working
	 * day is the 27th, and no later day will do */
	{ "2023-01-27", 1, "2023-01-26", false },
	{ "2023-01-27", 2, "2023-01-18", false },
	/* a cut-off on a Sunday counts from the Friday before */
	{ "2023-01-29", 1, "2023-01-26", false },
	/* the worked Saturday 4/5/2024 counts, 3/5, 2/5, then free back to 27/4, then Friday 26/4 */
	{ "2024-05-05", 3, "2024-05-01", false },
	{ "2024-05-05", 4, "2024-04-25", false },
	/* 60 before 31/12/2024: December has 22 (2-6, 9-13, 16-20, 23-27, 30, 31), November 21 (43), October
	 * 17 more from the end: 31, 30, 29, 28 (47), 25-21 (52), 18-14 (57), 11, 10, 9: so the 8th */
	{ "2024-12-31", 60, "2024-10-08", false },
	{ "2022-01-04", 1, "2022-01-03", false },
	{ "2022-01-04", 2, "2021-12-30", true },
	{ "2027-01-01", 1, "2026-12-31", true },
};

Test(holidays, differences_counted_by_hand)
{
	struct holidays *h = vietnam();

	for (size_t i = 0; i < ARRAY_LEN(differences); i++) {
		const struct add_case *c = &differences[i];
		bool beyond = !c->beyond;
		char got[DAY_TEXT_MAX];
		day_t d = holidays_back(h, iso(c->from), c->working_days, &beyond);

		cr_assert_str_eq(day_iso(got, d), c->want, "%s - %u: %s", c->from, c->working_days,
				 got);
		cr_assert_eq(beyond, c->beyond, "%s - %u", c->from, c->working_days);
	}
	holidays_free(h);
}

/* What the two promise of each other, for every day of five years. */
Test(holidays, back_and_forth)
{
	static const unsigned spans[] = { 1, 2, 5, 30, 60, 90 };
	struct holidays *h = vietnam();
	bool beyond;

	for (day_t d = iso("2022-06-01"); d <= iso("2026-12-31"); d++)
		for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
			day_t back = holidays_back(h, d, spans[i], &beyond);

			cr_assert_not(beyond);
			cr_assert_leq(holidays_add(h, back, spans[i], &beyond), d);
			cr_assert_gt(holidays_add(h, back + 1, spans[i], &beyond), d);
		}
	cr_assert_eq(holidays_back(h, DAY_MIN + 3, 9, &beyond), DAY_MIN);
	cr_assert(beyond);
	holidays_free(h);
}

Test(holidays, unverified_days_are_told)
{
	struct holidays *h = vietnam();
	struct period tet_2024 = { iso("2024-02-01"), iso("2024-02-29") };
	struct period tet_2022 = { iso("2022-01-04"), iso("2022-12-31") };
	struct period all = { DAY_MIN, DAY_MAX };
	day_t found[2] = { 0 };

	cr_assert_eq(holidays_unverified(h, tet_2024, found, 2), 5);
	cr_assert_eq(found[0], iso("2024-02-08"));
	cr_assert_eq(found[1], iso("2024-02-09"));
	cr_assert_eq(holidays_unverified(h, tet_2022, NULL, 0), 0,
		     "2022 is from published calendars");
	/* grep -c ,unverified */
	cr_assert_eq(holidays_unverified(h, all, NULL, 0), 41);
	holidays_free(h);
}

Test(holidays, the_end_of_time_ends_the_count)
{
	struct holidays *h = vietnam();
	bool beyond = false;

	cr_assert_eq(holidays_add(h, DAY_MAX - 2, 100, &beyond), DAY_MAX);
	cr_assert(beyond);
	holidays_free(h);
	holidays_free(NULL);
}

struct bad_file {
	const char *label, *text, *says;
};

static const struct bad_file bad[] = {
	{ "empty", "", "" },
	{ "no rows", "date,name,kind,source\n", "no rows" },
	{ "a column missing", "date,name,source\n2023-01-01,a,b\n", "kind" },
	{ "no day", "date,name,kind,source\n2023-02-30,a,holiday,b\n", "line 2" },
	{ "unknown kind", "date,name,kind,source\n2023-01-02,a,festival,b\n", "'festival'" },
	{ "twice", "date,name,kind,source\n2023-01-02,a,holiday,b\n2023-01-02,a,worked,b\n",
	  "twice" },
};

Test(holidays, bad_files_are_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct holidays *h = NULL;
		struct err e = { 0 };

		cr_assert_lt(holidays_parse(&h, span_str(bad[i].text), &e), 0, "%s", bad[i].label);
		cr_assert_null(h);
		cr_assert_not_null(strstr(e.msg, bad[i].says), "%s: %s", bad[i].label, e.msg);
	}
}

Test(holidays, every_beginning_of_the_file_is_no_trouble)
{
	size_t len;
	char *text = file_text(HOLIDAYS_FILE, &len);

	for (size_t cut = 0; cut <= len; cut++) {
		struct holidays *h = NULL;

		if (holidays_parse(&h, span_of(text, cut), NULL) == 0)
			holidays_free(h);
	}
	free(text);
}
