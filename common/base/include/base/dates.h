/* Days, months and instants. A day is a count of days since 1970-01-01; all days are those of
 * Asia/Ho_Chi_Minh, UTC+7 without daylight saving. An instant is milliseconds since 1970 UTC.
 * Nothing here reads a clock. */
#ifndef BASE_DATES_H
#define BASE_DATES_H

#include "base/err.h"
#include "base/span.h"

typedef int32_t day_t; /* the one typedef: a day is a number, but not just any number */

enum { DAY_MIN = -25567 /* 1900-01-01 */, DAY_MAX = 84005 /* 2199-12-31 */ };

struct ymd {
	int year, month, day; /* month 1..12, day 1..31 */
};

bool day_from_ymd(day_t *out, int year, int month, int day); /* false for a date that is not */
struct ymd day_to_ymd(day_t d);
day_t day_month_last(day_t d); /* last day of d's month */
int day_weekday(day_t d);      /* 0 Monday .. 6 Sunday */

enum day_style { DAY_ISO, DAY_SLASH };

/* `2022-09-22` or `22/09/2022` (both digits written); *style may be NULL. */
int day_parse(day_t *out, enum day_style *style, struct span text, struct err *e);
enum {
	DAY_TEXT_MAX = 36, /* any int would fit, so that no compiler has to wonder */
	INSTANT_TEXT_MAX = 40
};
const char *day_iso(char *out, day_t d);   /* 2022-09-22 */
const char *day_slash(char *out, day_t d); /* 22/09/2022 */

day_t day_of_instant(int64_t ms);    /* the day in Vietnam */
int64_t instant_of_day_end(day_t d); /* its last millisecond */
int64_t instant_of_day_start(day_t d);

/* ISO 8601: a bare date means the end of that day; `2022-09-22T16:00[:05[.123]]` with optional
 * `Z` or `+07:00`, without one Vietnam's time. */
int instant_parse(int64_t *ms, struct span text, struct err *e);
const char *instant_iso(char *out, int64_t ms); /* 2022-09-22T16:00:00.000+07:00 */

/* A run of days, both ends included. */
struct period {
	day_t from, to;
};

/* `2022-08`, `2022-Q3`, `2022-H1`, `2022`, `2020-2025` (years), or `A..B` with two dates. */
int period_parse(struct period *out, struct span text, struct err *e);
enum { PERIOD_TEXT_MAX = 32 };
/* The shortest of the forms above that says the same. */
const char *period_text(char *out, struct period p);
static inline bool period_inside(struct period in, struct period out)
{
	return in.from >= out.from && in.to <= out.to;
}
static inline bool period_meet(struct period a, struct period b)
{
	return a.from <= b.to && b.from <= a.to;
}
#endif
