#include "base/dates.h"

#include "scan.h"

#include <stdio.h>

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, ZONE_MS = 7 * HOUR_MS };
enum { DATE_LEN = sizeof("2022-09-22") - 1 };

int64_t instant_of_day_start(day_t d)
{
	return (int64_t)d * DAY_MS - ZONE_MS;
}

int64_t instant_of_day_end(day_t d)
{
	return instant_of_day_start(d) + DAY_MS - 1;
}

/* A device's clock may say anything; what no calendar of ours reaches counts as its nearest end. */
static int64_t clamp(int64_t ms)
{
	int64_t first = instant_of_day_start(DAY_MIN), last = instant_of_day_end(DAY_MAX);

	return ms < first ? first : ms > last ? last : ms;
}

day_t day_of_instant(int64_t ms)
{
	/* Counted from the first day, where nothing is negative and division rounds down. */
	return (day_t)((clamp(ms) - instant_of_day_start(DAY_MIN)) / DAY_MS) + DAY_MIN;
}

struct clock_time {
	int hour, minute, second, ms;
	bool utc;
};

static bool scan_time(struct span *in, struct clock_time *t)
{
	int zone_hour = 7, zone_minute = 0;

	if (!scan_digits(in, 2, &t->hour) || !scan_char(in, ':') || !scan_digits(in, 2, &t->minute))
		return false;
	if (scan_char(in, ':')) {
		if (!scan_digits(in, 2, &t->second))
			return false;
		if (scan_char(in, '.') && !scan_digits(in, 3, &t->ms))
			return false;
	}
	if (scan_char(in, 'Z'))
		t->utc = true;
	else if (scan_char(in, '+') && (!scan_digits(in, 2, &zone_hour) || !scan_char(in, ':') ||
					!scan_digits(in, 2, &zone_minute)))
		return false;
	return !in->len && zone_hour == 7 && zone_minute == 0;
}

int instant_parse(int64_t *ms, struct span text, struct err *e)
{
	struct clock_time t = { 0 };
	enum day_style style = DAY_ISO;
	struct span in;
	day_t day;
	int rc;

	if (text.len < DATE_LEN)
		goto wrong;
	in = span_of(text.data + DATE_LEN, text.len - DATE_LEN);
	if (in.len && (!scan_char(&in, 'T') || !scan_time(&in, &t)))
		goto wrong;
	rc = day_parse(&day, &style, span_of(text.data, DATE_LEN), e);
	if (rc)
		return rc;
	if (style != DAY_ISO)
		goto wrong;
	if (t.hour > 23 || t.minute > 59 || t.second > 59)
		return err_set(e, ERR_INVALID, "'%.*s': there is no such time of day",
			       scan_shown(text), (const char *)text.data);
	*ms = text.len == DATE_LEN
		      ? instant_of_day_end(day)
		      : instant_of_day_start(day) + (int64_t)t.hour * HOUR_MS + t.minute * 60000 +
				t.second * 1000 + t.ms + (t.utc ? ZONE_MS : 0);
	return 0;
wrong:
	return err_set(
		e, ERR_INVALID,
		"'%.*s' is not a time: write 2022-09-22 or 2022-09-22T16:00, and behind it Z or "
		"+07:00 if you like",
		scan_shown(text), (const char *)text.data);
}

const char *instant_iso(char *out, int64_t ms)
{
	struct ymd at;
	int of_day;
	day_t day;

	ms = clamp(ms);
	day = day_of_instant(ms);
	at = day_to_ymd(day);
	of_day = (int)(ms - instant_of_day_start(day));
	snprintf(out, INSTANT_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03d+07:00", at.year,
		 at.month, at.day, of_day / HOUR_MS, of_day / 60000 % 60, of_day / 1000 % 60,
		 of_day % 1000);
	return out;
}
