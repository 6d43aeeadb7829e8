/* What `progress` and `rank` know of each unit. */
#include "follow.h"

#include "base/num.h"
#include "ledger/emulate.h"

#include <stdlib.h>

enum { PAST_YEARS_MAX = 5 };

/* ---- one unit ---- */

static int ask(struct follow *f, uint32_t unit, struct period p, struct totals **out)
{
	struct query q = f->question.q;
	struct cli *c = f->c;

	*out = arena_alloc(c->arena, sizeof(**out));
	if (!*out)
		return err_set(&c->err, ERR_NOMEM, "no memory for totals");
	q.unit = unit;
	q.period = p;
	q.measure = f->measure; /* who has not reported other things is not behind in these */
	return query_totals(*out, c->store.ledger, &q, c->arena, &c->err);
}

/* -1: nobody reported it. */
static int64_t value_of(const struct totals *t, uint16_t measure)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (t->measures[i].measure == measure && t->measures[i].count)
			return t->measures[i].sum;
	return -1;
}

/* The form asks each organisation how many of its cells have nobody left to admit. */
static bool has_no_source(const struct follow *f, const struct totals *t)
{
	struct ledger *l = f->c->store.ledger;
	uint16_t cells = ledger_measure(l, SPAN_LIT("cells"));
	uint16_t left = ledger_measure(l, SPAN_LIT("no_source_left"));

	return cells && left && value_of(t, cells) > 0 && value_of(t, left) >= value_of(t, cells);
}

static bool is_of(const struct follow *f, const struct op_target *t)
{
	const struct question *q = &f->question;

	/* a target of students is one of students, under whichever name */
	return span_eq(t->group.len ? t->group : t->measure, q->measure) &&
	       (q->of == INSTR_NONE || t->instrument == q->of) &&
	       (!q->of_doc.len || span_eq(t->doc_no, q->of_doc));
}

/* From 1 January to 31 December of the years that the period meets. */
static struct period years_of(struct period p)
{
	struct period years = p;

	(void)day_from_ymd(&years.from, day_to_ymd(p.from).year, 1, 1);
	(void)day_from_ymd(&years.to, day_to_ymd(p.to).year, 12, 31);
	return years;
}

/* Is it for just the period? A number for a term is not due in a year of it: a year is judged by it only where it is
 * named. */
static int fits(const struct follow *f, const struct op_target *t)
{
	struct period days = target_days(t, f->day);

	if (f->question.of == INSTR_NONE && !period_inside(days, years_of(f->period)))
		return 0;
	return 1 + (days.from == f->period.from && days.to == f->period.to);
}

/* Without one above its own: the first that fits best. */
static const struct target_line *first_of(const struct follow *f, const struct totals *t)
{
	const struct target_line *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < t->target_count; i++) {
		const struct op_target *each = &t->targets[i].target;
		int fit = t->targets[i].has_goal && is_of(f, each) ? fits(f, each) : 0;

		if (fit > best_fit) {
			best = &t->targets[i];
			best_fit = fit;
		}
	}
	return best;
}

static const struct target_line *target_of(const struct follow *f, const struct totals *t)
{
	const struct totals *top = f->top.totals;
	struct target_set own = { t->targets, t->target_count }, above = { NULL, 0 };

	if (!f->head)
		return first_of(f, t);
	if (!f->question.of_doc.len) /* else it is that document, and no other */
		above = (struct target_set){ top->targets, top->target_count };
	return target_answering(own, f->head, above, f->day);
}

/* ---- months ---- */

struct months {
	int64_t years[PAST_YEARS_MAX][PACE_MONTHS]; /* the oldest first */
	size_t year_count;
	bool computed; /* they are restated: sums over the units that this one was made of */
	bool part;     /* or its part of one that was split */
	int64_t now[PACE_MONTHS];
	unsigned done;
};

static struct period month_of(int year, unsigned month)
{
	struct period p = { 0, 0 };

	(void)day_from_ymd(&p.from, year, (int)month + 1, 1);
	p.to = day_month_last(p.from);
	return p;
}

static int read_year(struct follow *f, uint32_t unit, int year, int64_t out[PACE_MONTHS], bool *any)
{
	*any = false;
	for (unsigned m = 0; m < PACE_MONTHS; m++) {
		struct period p = month_of(year, m);
		struct totals *t;
		int rc;

		out[m] = -1;
		if (p.to > f->day)
			continue;
		rc = ask(f, unit, p, &t);
		if (rc)
			return rc;
		out[m] = value_of(t, f->measure);
		*any |= out[m] >= 0;
	}
	return 0;
}

/* Were others merged into the unit by the day? Their past is its own: restated, and said to be so. What the present
 * year was told by them stays theirs: it was attained there. */
static bool took_over(const struct follow *f, uint32_t unit)
{
	const struct tree *t = ledger_tree(f->c->store.ledger);
	uint32_t one;

	return f->question.q.tree != TREE_AS_IS && tree_links(t) &&
	       tree_predecessors(t, unit, f->day, f->question.q.known_at, &one, 1) > 0;
}

/* Was the unit split by the day, or is it a part of one that was? */
static bool is_part(const struct follow *f, uint32_t unit)
{
	const struct tree *t = ledger_tree(f->c->store.ledger);
	const struct query *q = &f->question.q;

	for (size_t i = 0; q->tree != TREE_AS_IS && tree_links(t) && i < tree_count(t); i++) {
		const struct unit *u = tree_at(t, i);

		for (size_t k = 0; k < u->link_count; k++)
			if (!u->links[k].merged && (u->unit == unit || u->links[k].into == unit) &&
			    u->links[k].from <= f->day && u->links[k].lsn <= q->known_at)
				return true;
	}
	return false;
}

/* The months of a year that is over, with its part of what was split. */
static int read_parts(struct follow *f, uint32_t unit, int year, int64_t out[PACE_MONTHS],
		      bool *any)
{
	struct query q = f->question.q;
	struct cli *c = f->c;
	int rc = 0;

	q.unit = unit;
	q.measure = f->measure;
	*any = false;
	for (unsigned m = 0; m < PACE_MONTHS && !rc; m++) {
		struct measure_total sum;

		q.period = month_of(year, m);
		rc = query_past(&sum, c->store.ledger, &q, f->day, &c->err);
		out[m] = !rc && sum.count ? sum.sum : -1;
		*any |= out[m] >= 0;
	}
	return rc;
}

/* The months of a year that is over, under the tree of the day. */
static int read_restated(struct follow *f, uint32_t unit, int year, int64_t out[PACE_MONTHS],
			 bool *any)
{
	struct query q = f->question.q;
	struct period months[PACE_MONTHS];
	struct series series;
	struct cli *c = f->c;
	int rc;

	q.unit = unit;
	q.tree = TREE_AS_IS;
	q.tree_day = f->day;
	q.measure = f->measure;
	for (unsigned m = 0; m < PACE_MONTHS; m++)
		months[m] = month_of(year, m);
	rc = query_series(&series, c->store.ledger, &q, months, PACE_MONTHS, c->arena, &c->err);
	*any = false;
	for (unsigned m = 0; m < PACE_MONTHS && !rc; m++) {
		out[m] = value_of(&series.parts[m], f->measure);
		*any |= out[m] >= 0;
	}
	return rc;
}

/* Past years as far back as there are sheets without a break. */
static int read_months(struct follow *f, uint32_t unit, struct months *out)
{
	int64_t back[PAST_YEARS_MAX][PACE_MONTHS];
	int year = day_to_ymd(f->period.from).year, rc;
	bool any;

	*out = (struct months){ .part = is_part(f, unit) };
	out->computed = out->part || took_over(f, unit);
	rc = read_year(f, unit, year, out->now, &any);
	while (!rc && out->year_count < PAST_YEARS_MAX) {
		size_t n = out->year_count;

		rc = out->part       ? read_parts(f, unit, year - 1 - (int)n, back[n], &any)
		     : out->computed ? read_restated(f, unit, year - 1 - (int)n, back[n], &any)
				     : read_year(f, unit, year - 1 - (int)n, back[n], &any);
		if (!any)
			break;
		out->year_count++;
	}
	for (size_t i = 0; i < out->year_count; i++)
		memcpy(out->years[i], back[out->year_count - 1 - i], sizeof(back[0]));
	while (out->done < PACE_MONTHS && month_of(year, out->done).to <= f->day)
		out->done++;
	return rc;
}

static bool is_year(struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);

	return from.month == 1 && from.day == 1 && to.month == 12 && to.day == 31 &&
	       from.year == to.year;
}

/* The month that has begun: what was reported of it up to the day. What a longer sheet says on that day is
 * not of this month alone. */
static int add_running(struct follow *f, const struct follow_row *r, const struct months *m,
		       struct forecast_ask *ask_)
{
	struct ymd at = day_to_ymd(f->day);
	struct totals *t;
	int64_t value;
	int rc;

	if (m->done >= PACE_MONTHS || !r->has_value || day_month_last(f->day) == f->day)
		return 0;
	rc = ask(f, r->unit->unit, (struct period){ month_of(at.year, m->done).from, f->day }, &t);
	value = rc ? -1 : value_of(t, f->measure);
	if (value < 0)
		return rc;
	ask_->months[m->done] = value;
	ask_->part_days = (unsigned)at.day;
	ask_->part_of = (unsigned)day_to_ymd(day_month_last(f->day)).day;
	return 0;
}

static int make_forecast(struct follow *f, struct follow_row *r, const struct months *m)
{
	struct forecast_ask a = { .years = m->years,
				  .year_count = m->year_count,
				  .done = m->done,
				  .season = r == &f->top || !f->seasonal ? NULL : &f->season };
	struct forecast_stage stages[PIPELINE_STAGES];
	int rc;

	memcpy(a.months, m->now, sizeof(a.months));
	rc = add_running(f, r, m, &a);
	if (rc)
		return rc;
	follow_dossiers(&a, stages, f, r);
	a.has_goal = r->target != NULL;
	a.goal = r->target ? r->target->goal + follow_is_limit(r) : 0;
	rc = forecast_make(&r->forecast, &a, &f->c->err);
	if (!rc &&
	    follow_is_limit(r)) /* it is kept in the years in which one more is not reached */
		r->forecast.reach_percent = 100 - r->forecast.reach_percent;
	/* Sheets of more than a month: its months do not say what was reported. */
	r->past_computed = m->computed && m->year_count > 0;
	r->past_part = m->part;
	r->has_forecast = !rc && (!r->has_value || r->forecast.so_far == r->value);
	if (rc == -ERR_NOTFOUND)
		err_clear(&f->c->err);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* Nobody is reminded of a month that still runs. */
static int count_missing(struct follow *f, uint32_t unit, struct follow_row *r)
{
	struct period over = { f->question.q.period.from, f->day };
	struct totals *t = NULL;
	int rc;

	r->missing = r->totals->sheets.missing;
	if (!r->missing || day_month_last(f->day) == f->day)
		return 0;
	over.to = f->day - day_to_ymd(f->day).day;
	r->missing = 0;
	if (over.to < over.from)
		return 0;
	rc = ask(f, unit, over, &t);
	if (!rc)
		r->missing = t->sheets.missing;
	return rc;
}

/* ---- rows ---- */

/* What somebody said of the day; else what the unit's tags say. */
static int fill_group(struct follow *f, struct follow_row *r, const struct unit *u)
{
	struct cli *c = f->c;
	char *group = arena_alloc(c->arena, RANK_GROUP_MAX);
	struct span said;
	int rc = query_group(&said, c->store.ledger, u->unit, f->day, f->question.q.known_at,
			     c->arena, &c->err);

	if (!rc && !group)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for totals");
	if (rc)
		return rc;
	r->group = rank_group(group, u->tags ? u->tags : "");
	if (said.len && said.len < RANK_GROUP_MAX) {
		memcpy(group, said.data, said.len);
		group[said.len] = 0;
		r->group = group;
	}
	return 0;
}

static int fill(struct follow *f, struct follow_row *r, const struct unit *u)
{
	struct totals *t = NULL;
	struct query q = f->question.q;
	int rc = ask(f, u->unit, f->question.q.period, &t);
	uint64_t late_units;
	int64_t value;

	if (rc)
		return rc;
	value = value_of(t, f->measure);
	r->unit = u;
	r->totals = t;
	r->has_value = value >= 0;
	r->value = value < 0 ? 0 : value;
	r->no_source = has_no_source(f, t);
	r->target = target_of(f, t);
	r->has_pipeline = pipeline_below(&r->pipeline, &f->pipeline,
					 ledger_tree(f->c->store.ledger), u->unit, f->day);
	q.measure = f->measure;
	late_inside(&r->late, &late_units, f->c->store.ledger, &q, u->unit, f->late, f->late_count);
	rc = fill_group(f, r, u);
	return rc ? rc : count_missing(f, u->unit, r);
}

static void judge(struct follow *f, struct follow_row *r)
{
	struct pace_ask a = { .period = f->period,
			      .day = f->day,
			      .has_goal = r->target != NULL,
			      .has_attained = r->has_value,
			      .goal = r->target ? r->target->goal : 0,
			      .attained = r->value,
			      .limit = follow_is_limit(r),
			      .profile = f->seasonal ? &f->season : NULL };

	pace_judge(&r->pace, &a);
	r->cause = lag_judge(&(struct lag_facts){ .pace = &r->pace,
						  .attained = r->value,
						  .missing = r->missing,
						  .no_source = r->no_source,
						  .late_dossiers = r->pipeline.late });
}

static int list(struct follow *f, const struct unit *top, const struct unit ***units, size_t *count)
{
	const struct tree *tree = ledger_tree(f->c->store.ledger);
	const struct query *q = &f->question.q;
	day_t day = q->tree == TREE_AS_IS ? q->tree_day : f->day;

	if (f->question.level == LEVEL_DIRECT)
		return tree_children(tree, top->unit, day, q->known_at, units, count, &f->c->err);
	*units = arena_array(f->c->arena, tree_count(tree) + 1, sizeof(**units));
	*count = 0;
	if (!*units)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < tree_count(tree); i++) {
		const struct unit *u = tree_at(tree, i);

		if (unit_alive(u, day) && unit_kind_grassroots(unit_kind_at(u, day, q->known_at)) &&
		    tree_inside(tree, u->unit, top->unit, day, q->known_at))
			(*units)[(*count)++] = u;
	}
	return 0;
}

static int read_options(struct follow *f, const char *unit, const struct unit **top)
{
	struct cli *c = f->c;
	struct question_words words = { .period = options.period,
					.known_at = options.known_at,
					.tree = options.tree,
					.basis = options.basis,
					.measure = options.measure,
					.of = options.of,
					.level = options.level };
	day_t today = day_of_instant(cli_now(c));
	int rc = parse_unit(c, unit, top);

	if (!rc && !options.period)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD"));
	if (!rc)
		rc = cli_misused(c, question_read_table(&f->question, &words, today, &c->err));
	if (rc)
		return rc;
	f->period = f->question.q.period;
	f->day = today;
	if (options.to)
		rc = cli_misused(c, day_parse(&f->day, NULL, span_str(options.to), &c->err));
	if (f->day > f->period.to)
		f->day = f->period.to;
	if (!rc && f->day < f->period.from)
		rc = err_set(&c->err, ERR_RANGE, "the period has not begun yet");
	f->question.q.unit = (*top)->unit;
	f->question.q.period.to = f->day;
	f->measure = ledger_measure(c->store.ledger, f->question.measure);
	if (!rc && !f->measure)
		rc = err_set(&c->err, ERR_NOTFOUND, "no form has a measure %.*s",
			     (int)f->question.measure.len, (const char *)f->question.measure.data);
	return rc ? rc : question_known(&f->question, c->store.ledger, &c->err);
}

static int read_season(struct cli *c, bool *learned)
{
	*learned = !options.season || !strcmp(options.season, "learned");
	if (*learned || !strcmp(options.season, "linear"))
		return 0;
	return cli_misused(c, err_set(&c->err, ERR_INVALID, "--season learned or linear, not %s",
				      options.season));
}

/* The season of all is that of the unit asked for: those below are too few to learn it from. */
static int fill_rows(struct follow *f, bool forecasts)
{
	struct months *m = arena_alloc(f->c->arena, sizeof(*m));
	bool learned;
	int rc = read_season(f->c, &learned);

	if (!m)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for totals");
	if (!rc && (forecasts || learned))
		rc = read_months(f, f->top.unit->unit, m);
	if (rc)
		return rc;
	f->past_years = m->year_count;
	f->top.past_computed = m->computed && m->year_count > 0;
	f->top.past_part = m->part;
	f->seasonal = learned && m->year_count > 0;
	if (f->seasonal)
		pace_learn(&f->season, (const int64_t(*)[PACE_MONTHS])m->years, m->year_count);
	judge(f, &f->top);
	if (forecasts && is_year(f->period))
		rc = make_forecast(f, &f->top, m);
	for (size_t i = 0; !rc && i < f->count; i++) {
		judge(f, &f->rows[i]);
		if (!forecasts || !is_year(f->period))
			continue;
		rc = read_months(f, f->rows[i].unit->unit, m) ?: make_forecast(f, &f->rows[i], m);
	}
	return rc;
}

enum { RULES_BYTES_MAX = 1 << 20 };

/* Cases as they stand now: an answer as known earlier is without them, and so is one about anything but admissions. */
static int read_pipeline(struct follow *f)
{
	struct cli *c = f->c;
	const char *path = arena_printf(c->arena, "%s/rules/admission.csv", c->share);
	struct case_rules rules;
	uint8_t *text = NULL;
	size_t len = 0;
	int rc;

	if (f->question.q.known_at != UINT64_MAX || !c->holidays ||
	    !span_eq(f->question.measure, SPAN_LIT("admitted")))
		return 0;
	rc = path ? path_read(&text, &len, path, RULES_BYTES_MAX, &c->err)
		  : err_set(&c->err, ERR_NOMEM, "no memory for rules");
	if (!rc)
		rc = case_rules_parse(&rules, span_of(text, len), c->arena, &c->err);
	free(text);
	if (!rc)
		rc = query_pipeline(&f->pipeline, c->store.ledger, f->period, f->day, &rules,
				    c->holidays, c->arena, &c->err);
	if (!rc)
		follow_chances(f, &rules);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(&c->err); /* no rule was in force then: nothing is said of cases */
	f->pipeline.count = 0;
	return 0;
}

static int read_late(struct follow *f)
{
	struct query q = f->question.q;

	q.measure = f->measure;
	return query_late_sheets(&f->late, &f->late_count, f->c->store.ledger, &q, f->c->arena,
				 &f->c->err);
}

int follow_read(struct follow *f, const char *unit, bool forecasts)
{
	const struct unit *top, **units;
	size_t count;
	int rc = read_options(f, unit, &top);

	if (!rc)
		rc = read_late(f);
	if (!rc)
		rc = read_pipeline(f);
	if (!rc)
		rc = fill(f, &f->top, top);
	if (!rc)
		rc = list(f, top, &units, &count);
	if (rc)
		return rc;
	f->head = f->top.target ? &f->top.target->target : NULL;
	f->rows = arena_array(f->c->arena, count + 1, sizeof(*f->rows));
	if (!f->rows)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for a table");
	for (; !rc && f->count < count; f->count++)
		rc = fill(f, &f->rows[f->count], units[f->count]);
	return rc ? rc : fill_rows(f, forecasts);
}
