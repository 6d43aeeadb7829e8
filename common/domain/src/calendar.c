#include "domain/calendar.h"

/* Days on which a month begins: the rule's day of each month, and the day from which a rule holds. So
 * months tile without a gap whatever rules follow one another; a change may make one short month. */

static const struct calendar_row calendar_months = { .from = DAY_MIN, .first_day = 1 };

static const struct calendar_row *row_of(const struct calendar *c, day_t d, day_t *next_from)
{
	const struct calendar_row *row = &calendar_months;

	*next_from = INT32_MAX;
	for (size_t i = 0; i < c->count; i++) {
		if (c->rows[i].from > d) {
			*next_from = c->rows[i].from;
			break;
		}
		row = &c->rows[i];
	}
	return row;
}

struct period calendar_month(const struct calendar *c, day_t d)
{
	day_t next_from;
	const struct calendar_row *row = row_of(c, d, &next_from);
	int first = row->first_day, day = day_to_ymd(d).day;
	struct period p;

	if (day >= first) {
		p.from = d - (day - first);
		p.to = day_month_last(d) + first - 1;
	} else {
		day_t before = d - day; /* the last day of the month before */

		p.from = before - (day_to_ymd(before).day - first);
		p.to = d + (first - 1 - day);
	}
	if (row != &calendar_months && p.from < row->from)
		p.from = row->from;
	if (p.to >= next_from)
		p.to = next_from - 1;
	return p;
}

/* A month is called after the month of its last day: 16/8 to 15/9 is September. As months since 0. */
static int month_called(struct period month)
{
	struct ymd last = day_to_ymd(month.to);

	return last.year * 12 + last.month - 1;
}

static struct period months_called(const struct calendar *c, day_t d, int step)
{
	struct period p = calendar_month(c, d), side;
	int group = month_called(p) / step;

	while (p.from > DAY_MIN) {
		side = calendar_month(c, p.from - 1);
		if (month_called(side) / step != group)
			break;
		p.from = side.from;
	}
	while (p.to < DAY_MAX) {
		side = calendar_month(c, p.to + 1);
		if (month_called(side) / step != group)
			break;
		p.to = side.to;
	}
	return p;
}

struct period calendar_period(const struct calendar *c, enum plan_step step, day_t d,
			      struct period whole)
{
	switch (step) {
	case PLAN_MONTH:
		return calendar_month(c, d);
	case PLAN_QUARTER:
		return months_called(c, d, 3);
	case PLAN_HALF:
		return months_called(c, d, 6);
	case PLAN_YEAR:
		return months_called(c, d, 12);
	case PLAN_WHOLE:
	case PLAN_NONE:
		break;
	}
	return whole;
}

struct period calendar_planned(const struct calendar *c, enum plan_step step, day_t d,
			       struct period days)
{
	struct period p = calendar_period(c, step, d, days);

	if (p.from < days.from)
		p.from = days.from;
	if (p.to > days.to)
		p.to = days.to;
	return p;
}

bool calendar_is_period(const struct calendar *c, enum plan_step step, struct period p,
			struct period whole)
{
	struct period right;

	if (step == PLAN_NONE || p.from > p.to || p.from < DAY_MIN || p.to > DAY_MAX)
		return false;
	right = calendar_period(c, step, p.from, whole);
	return right.from == p.from && right.to == p.to;
}

const struct calendar_row *calendar_rule(const struct calendar *c, struct period p)
{
	day_t next;
	const struct calendar_row *row = row_of(c, p.from, &next);

	return row == &calendar_months ? NULL : row;
}

bool calendar_due(const struct calendar *c, const struct holidays *h, struct period p,
		  enum due_level level, day_t *due, bool *beyond)
{
	const struct calendar_row *rule = calendar_rule(c, p);

	*beyond = false;
	if (!rule || (rule->working_days && !h))
		return false;
	*due = p.to + rule->due_days[level];
	if (rule->working_days && rule->due_days[level])
		*due = holidays_add(h, p.to, rule->due_days[level], beyond);
	return true;
}
