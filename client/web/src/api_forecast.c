/* How many there will be at the end of the year, with the interval that holds it in eight of ten years: of the unit and
 * of those directly below. From the months of this year and of those before. */
#include "web_internal.h"

#include "domain/forecast.h"
#include "ledger/query.h"

enum { PAST_YEARS = 5, YEARS = PAST_YEARS + 1, MONTHS = YEARS * PACE_MONTHS };

struct forecasting {
	struct call *k;
	uint16_t measure;
	int year;
	day_t day;                    /* figures up to its end */
	size_t done;                  /* whole months of this year */
	struct period months[MONTHS]; /* the oldest first; so many as are over */
	size_t count;
	bool seasonal;
	struct pace_profile season;
};

static struct period month_of(int year, unsigned month)
{
	struct period p = { 0, 0 };

	(void)day_from_ymd(&p.from, year, (int)month + 1, 1);
	p.to = day_month_last(p.from);
	return p;
}

static void list_months(struct forecasting *f)
{
	for (int year = f->year - PAST_YEARS; year <= f->year; year++)
		for (unsigned m = 0; m < PACE_MONTHS; m++) {
			struct period p = month_of(year, m);

			if (p.to > f->day)
				continue;
			f->months[f->count++] = p;
			f->done += year == f->year;
		}
}

/* Of each month what was reported, -1: nobody did. One walk over the sheets. */
static int read_months(struct forecasting *f, uint32_t unit, int64_t out[YEARS][PACE_MONTHS])
{
	struct query q = { .unit = unit, .known_at = UINT64_MAX, .measure = f->measure };
	struct series s;
	int rc = query_series(&s, f->k->base, &q, f->months, f->count, f->k->a, f->k->e);

	for (size_t i = 0; i < MONTHS; i++)
		out[i / PACE_MONTHS][i % PACE_MONTHS] = -1;
	for (size_t i = 0; !rc && i < s.count; i++)
		for (size_t m = 0; m < s.parts[i].measure_count; m++)
			if (s.parts[i].measures[m].measure == f->measure &&
			    s.parts[i].measures[m].count)
				out[i / PACE_MONTHS][i % PACE_MONTHS] = s.parts[i].measures[m].sum;
	return rc;
}

/* How many of the past years are known without a break, back from the last one. */
static size_t known_years(int64_t years[YEARS][PACE_MONTHS])
{
	size_t known = 0;

	for (size_t y = PAST_YEARS; y-- > 0; known++) {
		bool any = false;

		for (unsigned m = 0; m < PACE_MONTHS; m++)
			any |= years[y][m] >= 0;
		if (!any)
			break;
	}
	return known;
}

static json_t *json_forecast(const struct forecast *f, bool has_goal)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "so_far", (json_int_t)f->so_far, "value",
			 (json_int_t)f->value, "low", (json_int_t)f->eighty.low, "high",
			 (json_int_t)f->eighty.high, "reach_percent",
			 has_goal ? json_integer((json_int_t)f->reach_percent) : json_null());
}

/* The unit's goal of the year for this measure, of its first target that has one and is no limit. */
static int goal_of(struct forecasting *f, uint32_t unit, bool *has, int64_t *goal)
{
	struct period year = { month_of(f->year, 0).from, month_of(f->year, PACE_MONTHS - 1).to };
	const struct target_line *lines;
	size_t count;
	int rc = query_goals(&lines, &count, f->k->base, unit, year, UINT64_MAX, f->k->a, f->k->e);

	*has = false;
	for (size_t i = 0; !rc && i < count && !*has; i++) {
		struct period days = target_days(&lines[i].target, year.to);

		*has = lines[i].has_goal && !lines[i].target.group.len &&
		       !target_is_limit(&lines[i].target) && days.from == year.from &&
		       days.to == year.to &&
		       ledger_measure(f->k->base, lines[i].target.measure) == f->measure;
		*goal = lines[i].goal;
	}
	return rc;
}

/* Null in *out: there is nothing to go by. */
static int one(struct forecasting *f, uint32_t unit, bool top, json_t **out)
{
	int64_t years[YEARS][PACE_MONTHS];
	struct forecast_ask ask = { .done = (unsigned)f->done };
	struct forecast made;
	int rc = read_months(f, unit, years);

	*out = json_null();
	if (!rc)
		rc = goal_of(f, unit, &ask.has_goal, &ask.goal);
	if (rc)
		return rc;
	ask.year_count = known_years(years);
	ask.years = (const int64_t(*)[PACE_MONTHS])years + (PAST_YEARS - ask.year_count);
	memcpy(ask.months, years[PAST_YEARS], sizeof(ask.months));
	if (top && ask.year_count) {
		pace_learn(&f->season, ask.years, ask.year_count);
		f->seasonal = true;
	}
	ask.season = !top && f->seasonal ? &f->season : NULL;
	rc = forecast_make(&made, &ask, f->k->e);
	if (!rc)
		*out = json_forecast(&made, ask.has_goal);
	if (rc == -ERR_NOTFOUND || rc == -ERR_RANGE)
		err_clear(f->k->e);
	return rc == -ERR_NOTFOUND || rc == -ERR_RANGE ? 0 : rc;
}

static int below(struct forecasting *f, uint32_t top)
{
	json_t *rows = json_object(), *j;
	const struct unit **units;
	size_t count = 0;
	int rc = tree_children(ledger_tree(f->k->base), top, f->day, UINT64_MAX, &units, &count,
			       f->k->e);

	json_object_set_new(f->k->out, "rows", rows);
	for (size_t i = 0; i < count && !rc; i++) {
		rc = one(f, units[i]->unit, false, &j);
		json_object_set_new(rows, units[i]->code, j);
	}
	return rc;
}

int api_forecast(struct call *k)
{
	const char *measure = text_at(k->in, "measure");
	struct forecasting *f = arena_alloc(k->a, sizeof(*f));
	uint32_t unit = client_identity(k->c)->unit;
	json_t *own;
	int rc;

	if (!f)
		return err_set(k->e, ERR_NOMEM, "no memory for a forecast");
	*f = (struct forecasting){ .k = k, .day = call_last_month(k) };
	rc = *text_at(k->in, "unit") ? call_unit(k, &unit) : 0;
	f->year = day_to_ymd(f->day).year;
	f->measure = ledger_measure(k->base, span_str(*measure ? measure : "admitted"));
	if (!rc && !f->measure)
		rc = err_set(k->e, ERR_NOTFOUND, "no form has a measure %s", measure);
	if (rc)
		return rc;
	list_months(f);
	rc = one(f, unit, true, &own);
	json_object_set_new(k->out, "own", rc ? json_null() : own);
	json_object_set_new(k->out, "year", json_integer(f->year));
	json_object_set_new(k->out, "to", json_day(f->day));
	return rc || !call_said_yes(k, "below") ? rc : below(f, unit);
}
