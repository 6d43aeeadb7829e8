#include "base/dates.h"

#include <criterion/criterion.h>

/* Step through every day by the calendar's own rules and compare. */
Test(dates, every_day_in_range)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = 1900, month = 1, day = 1, weekday = 0; /* a Monday */

	for (day_t d = DAY_MIN; d <= DAY_MAX; d++) {
		bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		int last = days[month - 1] + (leap && month == 2);
		struct ymd at = day_to_ymd(d);
		day_t back = 0;

		if (at.year != year || at.month != month || at.day != day)
			cr_assert_fail("day %d is %d-%d-%d", d, at.year, at.month, at.day);
		if (!day_from_ymd(&back, year, month, day) || back != d)
			cr_assert_fail("%d-%d-%d gives %d", year, month, day, back);
		if (day_month_last(d) != d + last - day || day_weekday(d) != weekday)
			cr_assert_fail("end of month or weekday of day %d", d);
		weekday = (weekday + 1) % 7;
		if (++day > last) {
			cr_assert_not(day_from_ymd(&back, year, month, day));
			day = 1;
			month++;
		}
		if (month > 12) {
			month = 1;
			year++;
		}
	}
	cr_assert_eq(year, 2200);
	cr_assert_eq(month, 1);
}

Test(dates, fixed_points)
{
	day_t d;

	cr_assert(day_from_ymd(&d, 1970, 1, 1));
	cr_assert_eq(d, 0);
	cr_assert(day_from_ymd(&d, 2000, 2, 29));
	cr_assert_eq(d, 11016);
	cr_assert(day_from_ymd(&d, 2022, 9, 22));
	cr_assert_eq(d, 19257);
	cr_assert_eq(day_weekday(d), 3);
}

static const struct {
	int year, month, day;
} no_days[] = {
	{ 1900, 2, 29 },  { 2100, 2, 29 }, { 2023, 2, 29 }, { 2022, 4, 31 },
	{ 2022, 0, 1 },   { 2022, 13, 1 }, { 2022, 1, 0 },  { 2022, 1, 32 },
	{ 1899, 12, 31 }, { 2200, 1, 1 },  { 2022, -1, 1 }, { 2022, 1, -1 },
};

Test(dates, days_that_are_not)
{
	day_t d;

	for (size_t i = 0; i < ARRAY_LEN(no_days); i++)
		cr_assert_not(day_from_ymd(&d, no_days[i].year, no_days[i].month, no_days[i].day),
			      "%zu", i);
}

static const struct {
	const char *text;
	int rc;
	enum day_style style;
} day_texts[] = {
	{ "2022-09-22", 0, DAY_ISO },       { "22/09/2022", 0, DAY_SLASH },
	{ "2022-9-22", -ERR_INVALID, 0 },   { "22/9/2022", -ERR_INVALID, 0 },
	{ "22/09/22", -ERR_INVALID, 0 },    { "22-09-2022", -ERR_INVALID, 0 },
	{ "2022/09/22", -ERR_INVALID, 0 },  { "09/22/2022", -ERR_INVALID, 0 },
	{ "2022-09-22 ", -ERR_INVALID, 0 }, { " 2022-09-22", -ERR_INVALID, 0 },
	{ "2022-09-2x", -ERR_INVALID, 0 },  { "2022-09-31", -ERR_INVALID, 0 },
	{ "29/02/2023", -ERR_INVALID, 0 },  { "1899-12-31", -ERR_RANGE, 0 },
	{ "01/01/2200", -ERR_RANGE, 0 },    { "", -ERR_INVALID, 0 },
	{ "2022", -ERR_INVALID, 0 },
};

Test(dates, day_parse)
{
	for (size_t i = 0; i < ARRAY_LEN(day_texts); i++) {
		struct err e = { 0 };
		enum day_style style = DAY_ISO;
		day_t d = 0;
		int rc = day_parse(&d, &style, span_str(day_texts[i].text), &e);

		cr_assert_eq(rc, day_texts[i].rc, "%s: %s", day_texts[i].text, e.msg);
		if (rc)
			continue;
		cr_assert_eq(d, 19257);
		cr_assert_eq(style, day_texts[i].style);
		cr_assert_eq(day_parse(&d, NULL, span_str(day_texts[i].text), NULL), 0);
	}
}

Test(dates, day_texts_come_back)
{
	char out[DAY_TEXT_MAX];
	enum day_style style;
	day_t back;

	for (day_t d = DAY_MIN; d <= DAY_MAX; d += 13) {
		if (day_parse(&back, &style, span_str(day_iso(out, d)), NULL) || back != d || style)
			cr_assert_fail("%s", out);
		if (day_parse(&back, &style, span_str(day_slash(out, d)), NULL) || back != d ||
		    style != DAY_SLASH)
			cr_assert_fail("%s", out);
	}
	cr_assert_eq(day_parse(&back, NULL, span_of(NULL, 0), NULL), -ERR_INVALID);
	cr_assert_str_eq(day_slash(out, 19257), "22/09/2022");
	day_iso(out, INT32_MAX); /* no date of ours, but no overrun */
	day_slash(out, INT32_MIN);
}

Test(dates, a_day_in_vietnam_begins_at_17_utc)
{
	int64_t start = instant_of_day_start(19257);

	cr_assert_eq(start, INT64_C(19257) * 86400000 - 25200000);
	cr_assert_eq(day_of_instant(start), 19257);
	cr_assert_eq(day_of_instant(start - 1), 19256);
	cr_assert_eq(instant_of_day_end(19257), instant_of_day_start(19258) - 1);
	cr_assert_eq(day_of_instant(0), 0);
	cr_assert_eq(day_of_instant(-25200000), 0);
	cr_assert_eq(day_of_instant(-25200001), -1);
	for (day_t d = DAY_MIN; d <= DAY_MAX; d += 7)
		if (day_of_instant(instant_of_day_start(d)) != d ||
		    day_of_instant(instant_of_day_end(d)) != d)
			cr_assert_fail("%d", d);
	cr_assert_eq(day_of_instant(INT64_MIN), DAY_MIN);
	cr_assert_eq(day_of_instant(INT64_MAX), DAY_MAX);
}

static const struct {
	const char *text, *iso; /* NULL: refused */
} instants[] = {
	{ "2022-09-22", "2022-09-22T23:59:59.999+07:00" },
	{ "2022-09-22T16:00", "2022-09-22T16:00:00.000+07:00" },
	{ "2022-09-22T16:00:05", "2022-09-22T16:00:05.000+07:00" },
	{ "2022-09-22T16:00:05.123", "2022-09-22T16:00:05.123+07:00" },
	{ "2022-09-22T16:00+07:00", "2022-09-22T16:00:00.000+07:00" },
	{ "2022-09-22T16:00Z", "2022-09-22T23:00:00.000+07:00" },
	{ "2022-09-22T17:00:00.001Z", "2022-09-23T00:00:00.001+07:00" },
	{ "1969-12-31T23:59:59.999", "1969-12-31T23:59:59.999+07:00" },
	{ "22/09/2022", NULL },
	{ "22/09/2022T16:00", NULL },
	{ "2022-09-22 16:00", NULL },
	{ "2022-09-22T", NULL },
	{ "2022-09-22T16", NULL },
	{ "2022-09-22T24:00", NULL },
	{ "2022-09-22T16:60", NULL },
	{ "2022-09-22T16:00:60", NULL },
	{ "2022-09-22T16:00:05.1", NULL },
	{ "2022-09-22T16:00+08:00", NULL },
	{ "2022-09-22T16:00+07", NULL },
	{ "2022-09-22T16:00ZZ", NULL },
	{ "2022-09-31T16:00", NULL },
	{ "", NULL },
};

Test(dates, instants)
{
	char out[INSTANT_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(instants); i++) {
		struct err e = { 0 };
		int64_t ms = 0;
		int rc = instant_parse(&ms, span_str(instants[i].text), &e);

		cr_assert_eq(rc, instants[i].iso ? 0 : -ERR_INVALID, "%s: %s", instants[i].text,
			     e.msg);
		if (!rc)
			cr_assert_str_eq(instant_iso(out, ms), instants[i].iso);
	}
	cr_assert_eq(instant_parse(&(int64_t){ 0 }, span_of(NULL, 0), NULL), -ERR_INVALID);
	cr_assert_str_eq(instant_iso(out, 0), "1970-01-01T07:00:00.000+07:00");
	cr_assert_str_eq(instant_iso(out, INT64_MIN), "1900-01-01T00:00:00.000+07:00");
	cr_assert_str_eq(instant_iso(out, INT64_MAX), "2199-12-31T23:59:59.999+07:00");
}

static const struct {
	const char *text, *from, *to, *said; /* said NULL: as text */
} periods[] = {
	{ "2022-08", "2022-08-01", "2022-08-31", NULL },
	{ "2024-02", "2024-02-01", "2024-02-29", NULL },
	{ "2022-12", "2022-12-01", "2022-12-31", NULL },
	{ "2022-Q1", "2022-01-01", "2022-03-31", NULL },
	{ "2022-Q3", "2022-07-01", "2022-09-30", NULL },
	{ "2022-Q4", "2022-10-01", "2022-12-31", NULL },
	{ "2022-H1", "2022-01-01", "2022-06-30", NULL },
	{ "2022-H2", "2022-07-01", "2022-12-31", NULL },
	{ "2022", "2022-01-01", "2022-12-31", NULL },
	{ "2020-2025", "2020-01-01", "2025-12-31", NULL },
	{ "2022-2022", "2022-01-01", "2022-12-31", "2022" },
	{ "2022-08-16..2022-09-15", "2022-08-16", "2022-09-15", NULL },
	{ "16/08/2022..15/09/2022", "2022-08-16", "2022-09-15", "2022-08-16..2022-09-15" },
	{ "2022-08-01..2022-08-31", "2022-08-01", "2022-08-31", "2022-08" },
	{ "2022-07-01..2022-12-31", "2022-07-01", "2022-12-31", "2022-H2" },
	{ "2022-01-01..2022-09-22", "2022-01-01", "2022-09-22", NULL },
	{ "2022-02-01..2022-04-30", "2022-02-01", "2022-04-30", NULL },
	{ "2022-07-01..2023-06-30", "2022-07-01", "2023-06-30", NULL },
	{ "2022-09-22..2022-09-22", "2022-09-22", "2022-09-22", NULL },
};

Test(dates, periods)
{
	for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
		struct err e = { 0 };
		struct period p = { 0, 0 };
		char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX], said[PERIOD_TEXT_MAX];

		cr_assert_eq(period_parse(&p, span_str(periods[i].text), &e), 0, "%s", e.msg);
		cr_assert_str_eq(day_iso(from, p.from), periods[i].from);
		cr_assert_str_eq(day_iso(to, p.to), periods[i].to);
		cr_assert_str_eq(period_text(said, p),
				 periods[i].said ? periods[i].said : periods[i].text);
	}
}

static const char *const no_periods[] = {
	"",
	"2022-",
	"2022-13",
	"2022-00",
	"2022-Q0",
	"2022-Q5",
	"2022-H3",
	"2022-H0",
	"2022-q1",
	"2022-8",
	"2025-2020",
	"1899",
	"2200",
	"2190-2200",
	"22",
	"2022-08-15",
	"2022-08x",
	"2022 ",
	"2022-09-15..2022-08-16",
	"2022-08-16..15/09/2022",
	"2022-08-16..",
	"..2022-08-16",
	"..",
	".",
	"2022-08-16...2022-09-15",
	"2022-08..2022-09",
};

Test(dates, periods_that_are_not)
{
	for (size_t i = 0; i < ARRAY_LEN(no_periods); i++) {
		struct err e = { 0 };
		struct period p = { 1, 2 };

		cr_assert_lt(period_parse(&p, span_str(no_periods[i]), &e), 0, "%s", no_periods[i]);
		cr_assert_neq(e.msg[0], '\0');
		cr_assert_eq(p.from, 1, "untouched");
	}
}

Test(dates, period_text_is_read_back)
{
	char out[PERIOD_TEXT_MAX];

	for (day_t from = 18000; from < 18800; from++) {
		for (day_t to = from; to < from + 800; to++) {
			struct period p = { from, to }, back = { 0, 0 };

			if (period_parse(&back, span_str(period_text(out, p)), NULL) ||
			    back.from != from || back.to != to)
				cr_assert_fail("%s", out);
		}
	}
	period_text(out, (struct period){ INT32_MIN, INT32_MAX });
}
