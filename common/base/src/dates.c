#include "base/dates.h"

#include "scan.h"

#include <assert.h>
#include <stdio.h>

enum { YEAR_MIN = 1900, YEAR_MAX = 2199 };
enum { DAYS_OF_ERA = 146097, DAYS_TO_EPOCH = 719468 /* 0000-03-01 to 1970-01-01 */ };

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* A year that begins in March has its leap day at the end, so month lengths follow a formula. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	       DAYS_TO_EPOCH;
}

bool day_from_ymd(day_t *out, int year, int month, int day)
{
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return false;
	*out = (day_t)days_of(year, month, day);
	return true;
}

struct ymd day_to_ymd(day_t d)
{
	int64_t z = (int64_t)d + DAYS_TO_EPOCH;
	int64_t era = (z >= 0 ? z : z - (DAYS_OF_ERA - 1)) / DAYS_OF_ERA;
	int64_t of_era = z - era * DAYS_OF_ERA;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_OF_ERA - 1)) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t march = (5 * of_year + 2) / 153;
	int month = (int)(march < 10 ? march + 3 : march - 9);

	return (struct ymd){ (int)(year + era * 400 + (month <= 2)), month,
			     (int)(of_year - (153 * march + 2) / 5 + 1) };
}

day_t day_month_last(day_t d)
{
	struct ymd at = day_to_ymd(d);

	return d + (month_days(at.year, at.month) - at.day);
}

int day_weekday(day_t d)
{
	int64_t from_monday = ((int64_t)d + 3) % 7; /* 1970-01-01 was a Thursday */

	return (int)(from_monday < 0 ? from_monday + 7 : from_monday);
}

int day_parse(day_t *out, enum day_style *style, struct span text, struct err *e)
{
	struct span in = text;
	bool iso = text.len > 4 && text.data[4] == '-', read;
	struct ymd at = { 0, 0, 0 };

	if (iso)
		read = scan_digits(&in, 4, &at.year) && scan_char(&in, '-') &&
		       scan_digits(&in, 2, &at.month) && scan_char(&in, '-') &&
		       scan_digits(&in, 2, &at.day);
	else
		read = scan_digits(&in, 2, &at.day) && scan_char(&in, '/') &&
		       scan_digits(&in, 2, &at.month) && scan_char(&in, '/') &&
		       scan_digits(&in, 4, &at.year);
	if (!read || in.len)
		return err_set(e, ERR_INVALID,
			       "'%.*s' is not a date: write 2022-09-22 or 22/09/2022",
			       scan_shown(text), (const char *)text.data);
	if (at.year < YEAR_MIN || at.year > YEAR_MAX)
		return err_set(e, ERR_RANGE, "'%.*s': the year is not from %1d to %1d",
			       scan_shown(text), (const char *)text.data, YEAR_MIN, YEAR_MAX);
	if (!day_from_ymd(out, at.year, at.month, at.day))
		return err_set(e, ERR_INVALID, "'%.*s': there is no such day", scan_shown(text),
			       (const char *)text.data);
	if (style)
		*style = iso ? DAY_ISO : DAY_SLASH;
	return 0;
}

static void two_digits(char *out, int n)
{
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
}

/* Answers are full of days: no format is read for each. */
const char *day_iso(char *out, day_t d)
{
	struct ymd at = day_to_ymd(d);

	if (at.year < 0 || at.year > 9999) {
		snprintf(out, DAY_TEXT_MAX, "%04d-%02d-%02d", at.year, at.month, at.day);
		return out;
	}
	two_digits(out, at.year / 100);
	two_digits(out + 2, at.year % 100);
	out[4] = out[7] = '-';
	two_digits(out + 5, at.month);
	two_digits(out + 8, at.day);
	out[10] = '\0';
	return out;
}

const char *day_slash(char *out, day_t d)
{
	struct ymd at = day_to_ymd(d);

	snprintf(out, DAY_TEXT_MAX, "%02d/%02d/%04d", at.day, at.month, at.year);
	return out;
}
