/* Periods. The calendar month is the default; a province may set others per form ("tháng 9" = 16/8 to
 * 15/9), as dated rows. */
#ifndef DOMAIN_CALENDAR_H
#define DOMAIN_CALENDAR_H

#include "base/dates.h"
#include "domain/op.h"

struct calendar_row {
	day_t from;        /* the rule holds for periods that begin on or after this day */
	uint8_t first_day; /* 1 calendar month; 16: from the 16th of the month before; at most 28 */
	uint8_t due_days[DUE_LEVELS]; /* after a period's last day each level has so many ... */
	bool working_days;            /* ... working days */
};
/* Rows ascend by `from`; before the first one calendar months hold. A month begins on every day `from`
 * too, so that months tile without a gap: a change may make one short month. */
struct calendar {
	struct calendar_row rows[16];
	size_t count; /* 0: calendar months */
};

/* The month of the calendar that holds `d`. */
struct period calendar_month(const struct calendar *c, day_t d);
/* The period of `step` that holds `d` (PLAN_WHOLE, PLAN_NONE: `whole` itself). A quarter, half or year
 * is made of the months called after it, and a month is called after its last day. */
struct period calendar_period(const struct calendar *c, enum plan_step step, day_t d,
			      struct period whole);
/* The same as a unit reports it whose plan has the step in these days: without what lies outside them, where they begin or
 * end in the middle of it. `d` is one of the days. */
struct period calendar_planned(const struct calendar *c, enum plan_step step, day_t d,
			       struct period days);
/* The rule that `p` goes by; NULL: none was given, and nothing has a deadline. */
const struct calendar_row *calendar_rule(const struct calendar *c, struct period p);
bool calendar_is_period(const struct calendar *c, enum plan_step step, struct period p,
			struct period whole);

/* Working days. Saturdays and Sundays, holidays and substitutes are free; days marked worked are not. */
struct holidays;
int holidays_parse(struct holidays **out, struct span csv,
		   struct err *e); /* date,name,kind,source */
void holidays_free(struct holidays *h);
bool holidays_free_day(const struct holidays *h, day_t d);
/* The n-th working day after `from`. *beyond is set when the days counted leave the years the file knows:
 * from 1 January of its first row's year to 31 December of its last row's. */
day_t holidays_add(const struct holidays *h, day_t from, unsigned working_days, bool *beyond);
/* Backwards: the last day from which the n-th working day is not after `to`, free days among them, so that
 * holidays_add(that) <= to and holidays_add(that + 1) > to. `to` itself for 0. */
day_t holidays_back(const struct holidays *h, day_t to, unsigned working_days, bool *beyond);
/* Rows of these days whose source says `unverified`, ascending: how many there are; the first `cap` of
 * them are written to `out`. An answer that counted over such days is as doubtful as they are. */
size_t holidays_unverified(const struct holidays *h, struct period days, day_t *out, size_t cap);
/* The day by whose end the level has to have delivered `p`. `h` may be NULL where only calendar days are
 * counted. False: no rule gives a deadline, or it cannot be counted without the holidays. */
bool calendar_due(const struct calendar *c, const struct holidays *h, struct period p,
		  enum due_level level, day_t *due, bool *beyond);
#endif
