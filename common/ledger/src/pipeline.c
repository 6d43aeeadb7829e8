#include "ledger/pipeline.h"

#include "ledger/register.h"

#include "base/buf.h"
#include "domain/limits.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_UNITS = 64 };

struct walking {
	struct ledger *l;
	struct pipeline *out;
	size_t cap;
	struct case_counting how;
	day_t day;
	struct arena *a;
};

/* `admitted-by.YEAR`, else `admitted-by`, else the decision. */
static int which_day(struct ledger *l, struct case_counting *how, struct err *e)
{
	char key[32];
	struct buf value;
	int rc;

	buf_init(&value, REASON_MAX);
	snprintf(key, sizeof(key), "admitted-by.%d", day_to_ymd(how->period.to).year);
	rc = ledger_setting(l, span_str(key), &value, e);
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = ledger_setting(l, SPAN_LIT("admitted-by"), &value, e);
	}
	how->counts = !rc && span_eq(buf_span(&value), SPAN_LIT("ceremony")) ? COUNTS_CEREMONY
									     : COUNTS_DECISION;
	buf_fini(&value);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(e);
	return 0;
}

/* The row of the unit; cases come by unit, so that it is the last one or a new one. */
static struct pipeline_unit *unit_row(struct walking *w, uint32_t unit)
{
	struct pipeline *p = w->out;

	if (p->count && p->units[p->count - 1].unit == unit)
		return &p->units[p->count - 1];
	if (p->count == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : FIRST_UNITS;
		struct pipeline_unit *grown = arena_array(w->a, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		if (p->count)
			memcpy(grown, p->units, p->count * sizeof(*grown));
		p->units = grown;
		w->cap = cap;
	}
	p->units[p->count] = (struct pipeline_unit){ .unit = unit };
	return &p->units[p->count++];
}

static bool decision_late(const struct walking *w, const struct case_step *steps, size_t count)
{
	struct case_state s = { .stage = CASE_NONE };
	struct due dues[DUE_MAX];

	for (size_t i = 0; i < count; i++)
		if (steps[i].day <= w->day)
			(void)case_apply(&s, &steps[i],
					 NULL); /* one that does not fit is left out */
	count = deadlines_due(dues, w->how.rules, w->how.holidays, &s, w->day);
	for (size_t i = 0; i < count; i++)
		if (dues[i].what == DUE_STEP && dues[i].step == STEP_DECIDE && dues[i].late)
			return true;
	return false;
}

/* ---- this day of past years ---- */

static enum case_stage stage_on(const struct case_entry *c, day_t day)
{
	int64_t at[CASE_STAGES];

	case_funnel(at, c, 1, day);
	for (int s = CASE_CELL; s <= CASE_DECIDED; s++)
		if (at[s])
			return (enum case_stage)s;
	return CASE_NONE;
}

static day_t years_back(day_t day, int years)
{
	return months_after(day, -12 * years);
}

/* One case as it stood `back` years before, and what became of it before that year ended. */
static int look_back(struct pipeline_unit *u, const struct walking *w, const struct case_entry *c,
		     int back, struct err *e)
{
	struct case_counting how = w->how;
	day_t day = years_back(w->day, back);
	struct case_forecast then, end;
	enum case_stage at;
	int rc;

	how.period = (struct period){ years_back(how.period.from, back),
				      years_back(how.period.to, back) };
	if (!c->count || c->steps[0].day > how.period.to)
		return 0;
	rc = case_forecast(&then, c, 1, &how, day, e);
	if (!rc)
		rc = case_forecast(&end, c, 1, &how, how.period.to, e);
	if (rc == -ERR_NOTFOUND) { /* no rule was in force */
		err_clear(e);
		return 0;
	}
	if (rc || then.admitted)
		return rc;
	at = then.can_make_it ? stage_on(c, day) : CASE_NONE;
	u->came += end.admitted;
	u->fresh += end.admitted && at == CASE_NONE;
	if (at != CASE_NONE) {
		u->stages[at - CASE_CELL].tried++;
		u->stages[at - CASE_CELL].made += end.admitted;
	}
	return 0;
}

static bool within_a_year(struct period p)
{
	return day_to_ymd(p.from).year == day_to_ymd(p.to).year;
}

static int by_stage(struct pipeline_unit *u, const struct walking *w, const struct case_entry *c,
		    const struct case_forecast *now, struct err *e)
{
	enum case_stage at = now->can_make_it ? stage_on(c, w->day) : CASE_NONE;
	int rc = 0;

	if (at != CASE_NONE)
		u->stages[at - CASE_CELL].count++;
	for (int y = 1; y <= PIPELINE_YEARS && !rc && within_a_year(w->how.period); y++)
		rc = look_back(u, w, c, y, e);
	return rc;
}

static int take(void *ctx, const struct case_record *r, struct err *e)
{
	struct walking *w = ctx;
	struct case_step steps[CASE_STEPS_MAX];
	struct pipeline_unit *u;
	struct case_forecast f;
	struct case_entry c;
	bool mistake;
	int rc;

	if (!case_record_entry(&c, steps, r))
		return 0;
	rc = register_is_mistake(w->l, r, &mistake, e);
	if (rc || mistake)
		return rc;
	u = unit_row(w, r->unit);
	if (!u)
		return err_set(e, ERR_NOMEM, "no memory for cases");
	rc = case_forecast(&f, &c, 1, &w->how, w->day, e);
	if (!rc)
		rc = by_stage(u, w, &c, &f, e);
	if (rc)
		return rc;
	u->cases += r->gone.state != HANDOVER_DONE;
	u->forecast.admitted += f.admitted;
	u->forecast.can_make_it += f.can_make_it;
	u->forecast.too_late += f.too_late;
	u->forecast.doubtful |= f.doubtful;
	u->late += decision_late(w, steps, c.count);
	return 0;
}

int query_pipeline(struct pipeline *out, struct ledger *l, struct period period, day_t day,
		   const struct case_rules *rules, const struct holidays *h, struct arena *a,
		   struct err *e)
{
	struct walking w = {
		.l = l,
		.out = out,
		.how = { .period = period, .rules = rules, .holidays = h },
		.day = day,
		.a = a,
	};
	bool on;
	int rc = register_on(l, &on, e);

	*out = (struct pipeline){ .count = 0 };
	if (rc == -ERR_NOTFOUND || (!rc && !on)) {
		err_clear(e);
		return 0;
	}
	if (!rc)
		rc = which_day(l, &w.how, e);
	return rc ? rc : register_cases(l, 0, take, &w, e);
}

bool pipeline_below(struct pipeline_unit *out, const struct pipeline *p, const struct tree *t,
		    uint32_t node, day_t day)
{
	*out = (struct pipeline_unit){ .unit = node };
	for (size_t i = 0; i < p->count; i++) {
		const struct pipeline_unit *u = &p->units[i];

		if (u->unit != node && !tree_inside(t, u->unit, node, day, UINT64_MAX))
			continue;
		out->cases += u->cases;
		out->forecast.admitted += u->forecast.admitted;
		out->forecast.can_make_it += u->forecast.can_make_it;
		out->forecast.too_late += u->forecast.too_late;
		out->forecast.doubtful |= u->forecast.doubtful;
		out->late += u->late;
		out->came += u->came;
		out->fresh += u->fresh;
		for (size_t s = 0; s < PIPELINE_STAGES; s++) {
			out->stages[s].count += u->stages[s].count;
			out->stages[s].tried += u->stages[s].tried;
			out->stages[s].made += u->stages[s].made;
		}
	}
	return out->cases > 0;
}
