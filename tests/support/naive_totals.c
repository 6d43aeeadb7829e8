/* The naive model: sums. */
#include "naive_internal.h"

void naive_agg(const struct naive *n, uint32_t node, uint8_t form, struct period p,
	       struct naive_agg *out)
{
	static struct naive_key keys[NAIVE_KEYS];
	static struct naive_sheet s;
	size_t count = naive_keys(n, UINT64_MAX, keys, NAIVE_KEYS);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		if (keys[i].form != form || keys[i].period.from != p.from ||
		    keys[i].period.to != p.to || keys[i].unit == node ||
		    !naive_inside_on(n, keys[i].unit, node, p.to, UINT64_MAX))
			continue;
		naive_sheet(n, keys[i], UINT64_MAX, &s);
		out->sheets += s.count || s.sign_lsn;
		out->contested += naive_contested(&s, keys[i].unit);
		if (!s.sign_lsn)
			continue;
		out->signed_++;
		out->accepted += s.accepted;
		out->nil += s.sign_nil && !s.changed;
		out->on_behalf += naive_provisional(&s);
		out->changed += s.changed;
		out->broken += naive_broken(n, keys[i], &s);
		for (size_t v = 0; v < s.count; v++) {
			struct naive_version w;
			size_t values;

			if (!naive_first_of_measure(&s, v) ||
			    !naive_figure(&s, s.v[v].measure, keys[i].unit, &values, &w) ||
			    w.state == FIGURE_BLANK)
				continue;
			out->sum[w.measure] += w.value;
			out->count[w.measure]++;
		}
	}
}

/* The last day of the period that holds `d`. */
static day_t period_end(enum plan_step step, day_t d, day_t whole)
{
	int months = step == PLAN_MONTH ? 1 : step == PLAN_QUARTER ? 3 : step == PLAN_HALF ? 6 : 12;
	struct ymd y = day_to_ymd(d);
	day_t out = d;

	if (step == PLAN_WHOLE)
		return whole;
	y.month = (y.month - 1) / months * months + months;
	day_from_ymd(&out, y.year, y.month, 1);
	return day_month_last(out);
}

struct counted {
	struct naive_key key;
	struct naive_sheet s;
	bool flash, used;
};

/* What is asked of every unit, and the sheets there are. */
struct question {
	const struct naive *n;
	const struct naive_view *view;
	uint32_t top;
	struct period range;
	uint64_t known;
	const struct naive_key *keys;
	size_t key_count;
};

/* Sheets of one unit in the range; a flash only when it ends on the last day. */
static size_t sheets_of(const struct question *q, uint32_t unit, struct counted *out, size_t max)
{
	const struct naive *n = q->n;
	const struct naive_key *keys = q->keys;
	struct period range = q->range;
	size_t count = 0;

	for (size_t i = 0; i < q->key_count; i++) {
		struct counted *c = &out[count];

		if (keys[i].unit != unit || keys[i].period.from < range.from ||
		    keys[i].period.to > range.to)
			continue;
		c->key = keys[i];
		c->flash = naive_form_newest(n, keys[i].form)->period == FORM_DAY;
		c->used = !c->flash;
		if (c->flash && keys[i].period.to != range.to)
			continue;
		naive_sheet(n, keys[i], q->known, &c->s);
		if (++count == max)
			naive_no_good("too many sheets of one unit");
	}
	for (size_t i = 0; i < count; i++) {
		struct counted *c = &out[i];

		if (!c->flash)
			continue;
		c->used = c->s.sign_lsn !=
			  0; /* unless a sheet of the same things reaches the day */
		for (size_t k = 0; k < count; k++)
			if (!out[k].flash && out[k].s.sign_lsn &&
			    out[k].key.period.to == range.to &&
			    naive_forms_share(naive_form_newest(n, out[k].key.form),
					      naive_form_newest(n, c->key.form)))
				c->used = false;
	}
	return count;
}

static void add_sheet(const struct naive *n, const struct counted *c, struct period range,
		      struct naive_totals *out)
{
	const struct form *f = naive_form_of(n, c->key.form, c->s.form_version);

	for (size_t i = 0; f && i < f->measure_count; i++) {
		const struct measure *m = &f->measures[i];
		struct naive_version w;
		size_t values;

		if (!m->additive ||
		    (m->kind == MEASURE_STOCK && !m->opening && c->key.period.to != range.to) ||
		    (m->opening && c->key.period.from != range.from) ||
		    !naive_figure(&c->s, m->no, c->key.unit, &values, &w) ||
		    w.state == FIGURE_BLANK)
			continue;
		out->sum[m->no] += w.value;
		out->count[m->no]++;
	}
}

static size_t runs_of(const struct naive *n, const struct op_unit *u, const struct sayings *all,
		      struct period range, struct run *out, size_t max)
{
	struct {
		struct run run;
		uint64_t lsn;
	} open[16];
	const struct grown *g = naive_grown(n, u->unit);
	size_t count = 0, open_count = 0;

	for (day_t d = range.from; d <= range.to + 1; d++) {
		struct said s = { .count = 0 };
		size_t kept = 0;

		if (d <= range.to && (d < u->opened || naive_alive_then(g, d)))
			s = naive_plan_on(n, u->unit, all, d);
		for (size_t i = 0; i < open_count; i++) {
			bool goes_on = false;

			for (size_t k = 0; k < s.count; k++)
				goes_on |= s.v[k].lsn == open[i].lsn &&
					   s.v[k].form == open[i].run.form;
			if (goes_on) {
				open[kept] = open[i];
				open[kept++].run.days.to = d;
			} else if (count == max) {
				naive_no_good("too many intervals");
			} else {
				out[count++] = open[i].run;
			}
		}
		open_count = kept;
		for (size_t k = 0; k < s.count; k++) {
			bool have = false;

			for (size_t i = 0; i < open_count; i++)
				have |= open[i].lsn == s.v[k].lsn &&
					open[i].run.form == s.v[k].form;
			if (have || naive_form_newest(n, s.v[k].form)->period == FORM_DAY)
				continue;
			open[open_count].run =
				(struct run){ s.v[k].form, s.v[k].step, { d, d }, s.v[k].lsn };
			open[open_count++].lsn = s.v[k].lsn;
		}
	}
	return count;
}

static bool said_on(const struct naive *n, uint32_t unit, const struct sayings *all,
		    const struct run *r, day_t d)
{
	struct said s = naive_plan_on(n, unit, all, d);
	bool said = false;

	for (size_t k = 0; k < s.count; k++)
		said |= s.v[k].lsn == r->lsn && s.v[k].form == r->form;
	return said;
}

/* Beside a run of shorter periods one of longer ones counts whole periods alone. */
static size_t whole_runs(const struct naive *n, uint32_t unit, const struct sayings *all,
			 struct period range, struct run *runs, size_t count)
{
	struct run was[64];
	size_t kept = 0;

	memcpy(was, runs, count * sizeof(*runs));
	for (size_t i = 0; i < count; i++) {
		struct run r = was[i];
		bool beside = false;

		for (size_t k = 0; k < count; k++)
			beside |= was[k].step < r.step && was[k].days.from <= r.days.to &&
				  r.days.from <= was[k].days.to;
		if (beside && r.step == PLAN_WHOLE) {
			if ((r.days.from == range.from &&
			     said_on(n, unit, all, &r, range.from - 1)) ||
			    (r.days.to == range.to && said_on(n, unit, all, &r, range.to + 1)))
				continue;
			beside = false;
		}
		while (beside && r.days.from <= r.days.to &&
		       period_end(r.step, r.days.from - 1, 0) != r.days.from - 1)
			r.days.from++;
		while (beside && r.days.from <= r.days.to &&
		       period_end(r.step, r.days.to, 0) != r.days.to)
			r.days.to--;
		if (r.days.from <= r.days.to)
			runs[kept++] = r;
	}
	return kept;
}

static size_t plan_runs(const struct naive *n, const struct op_unit *u, struct period range,
			uint64_t known, struct run *out, size_t max)
{
	struct sayings all = naive_sayings(n, u->unit, known);
	uint64_t last = all.count ? all.v[all.count - 1]->en.lsn : 0;
	struct kept_runs *k =
		&n->runs[(u->unit * 31 + (uint32_t)range.from * 7 + (uint32_t)range.to) % KEPT];
	size_t count;

	if (k->age == n->age && k->unit == u->unit && k->range.from == range.from &&
	    k->range.to == range.to && k->said == all.count && k->last == last &&
	    k->forms == n->form_count) {
		memcpy(out, k->v, k->count * sizeof(*out));
		return k->count;
	}
	count = runs_of(n, u, &all, range, out, max);
	count = whole_runs(n, u->unit, &all, range, out, count);
	if (count <= KEPT_RUNS) {
		*k = (struct kept_runs){ .age = n->age,
					 .unit = u->unit,
					 .range = range,
					 .said = all.count,
					 .forms = n->form_count,
					 .count = count,
					 .last = last };
		memcpy(k->v, out, count * sizeof(*out));
	}
	return count;
}

static bool run_tiled(const struct naive *n, const struct run *r, const struct counted *c,
		      size_t count)
{
	day_t next = r->days.from;

	while (next <= r->days.to) {
		size_t i = 0;

		for (; i < count; i++)
			if (c[i].used && c[i].s.sign_lsn && c[i].key.period.from == next &&
			    (c[i].flash ? naive_forms_share(naive_form_newest(n, c[i].key.form),
							    naive_form_newest(n, r->form))
					: c[i].key.form == r->form))
				break;
		if (i == count)
			return false;
		next = c[i].key.period.to + 1;
	}
	return true;
}

/* On some day of the range, by the view's tree? The way up changes on days of acts alone. */
static bool ever_below(const struct question *q, uint32_t unit)
{
	const struct naive *n = q->n;

	if (naive_inside_as(n, q->view, unit, q->top, q->range.from, q->known))
		return true;
	for (size_t i = 0; !q->view->as_is && i < n->move_count; i++)
		if (n->moves[i] > q->range.from && n->moves[i] <= q->range.to &&
		    naive_inside_on(n, unit, q->top, n->moves[i], q->known))
			return true;
	return false;
}

static void total_unit(const struct question *q, const struct op_unit *u, struct naive_totals *out)
{
	static struct counted c[64];
	const struct naive *n = q->n;
	const struct naive_view *view = q->view;
	struct period range = q->range;
	uint64_t known = q->known;
	uint32_t top = q->top;
	struct run runs[64];
	size_t count, run_count, kept = 0;
	bool reported;

	if (!ever_below(q, u->unit))
		return;
	count = sheets_of(q, u->unit, c, ARRAY_LEN(c));
	run_count = plan_runs(n, u, range, known, runs, ARRAY_LEN(runs));
	for (size_t i = 0; i < count; i++)
		c[i].used &= naive_inside_as(n, view, u->unit, top, c[i].key.period.to, known);
	for (size_t i = 0; i < run_count; i++)
		if (naive_inside_as(n, view, u->unit, top, runs[i].days.to, known))
			runs[kept++] = runs[i];
	run_count = kept;
	reported = run_count > 0;
	for (size_t i = 0; i < count; i++) {
		if (!c[i].used)
			continue;
		out->contested += naive_contested(&c[i].s, u->unit);
		if (!c[i].s.sign_lsn)
			continue;
		add_sheet(n, &c[i], range, out);
		out->signed_++;
		out->nil += c[i].s.sign_nil && !c[i].s.changed;
		out->on_behalf += naive_provisional(&c[i].s);
		out->changed += c[i].s.changed;
		out->broken += naive_broken(n, c[i].key, &c[i].s);
	}
	for (size_t i = 0; i < run_count; i++) {
		reported &= run_tiled(n, &runs[i], c, count);
		for (day_t d = runs[i].days.from; d <= runs[i].days.to;
		     d = period_end(runs[i].step, d, runs[i].days.to) + 1)
			out->sheets_expected++;
	}
	out->expected += run_count > 0;
	out->reported += reported;
}

/* What was entered for the unit, the newest day up to `to`. */
static bool members_entered(const struct naive *n, uint32_t unit, day_t to, uint64_t known,
			    int64_t *members)
{
	bool found = false;
	day_t best = 0;

	for (size_t i = 0; i < naive_upto(n, known); i++) {
		const struct told *t = &n->told[i];

		if (!naive_accepted(t, OP_MEMBERS) || t->op.unit != unit ||
		    t->op.members.day > to || (found && t->op.members.day < best))
			continue;
		found = true;
		best = t->op.members.day;
		*members = t->op.members.members;
	}
	return found;
}

/* A unit that others were merged into opens with theirs, if all are known. */
static bool members_merged(const struct naive *n, uint32_t top, day_t to, uint64_t known,
			   int64_t *members)
{
	bool any = false;

	naive_grow_tree(n, known);
	*members = 0;
	for (size_t i = 0; i < n->tree_count; i++) {
		const struct grown *g = &n->tree[i];
		bool merged = false;
		int64_t theirs;

		for (size_t k = 0; k < g->merged_count; k++)
			merged |= g->merged[k].into == top && g->merged[k].from <= to;
		if (!merged || g->links[g->link_count - 1].into != top)
			continue;
		if (!members_entered(n, g->u->unit, to, known, &theirs))
			return false;
		*members += theirs;
		any = true;
	}
	return any;
}

static void total_members(const struct naive *n, uint32_t top, struct period range, uint64_t known,
			  struct naive_totals *out)
{
	if (out->count[14] && out->count[14] == out->expected) { /* members_end */
		out->has_members = true;
		out->members = out->sum[14];
		return;
	}
	out->has_members = members_entered(n, top, range.to, known, &out->members) ||
			   members_merged(n, top, range.to, known, &out->members);
	if (!out->has_members)
		out->members = 0;
}

void naive_totals_in(const struct naive *n, const struct naive_view *view, uint32_t top,
		     struct period range, uint64_t known, struct naive_totals *out)
{
	static struct naive_key keys[NAIVE_KEYS];
	const struct op_unit *units[TREE_UNITS];
	size_t count = naive_units(n, known, units, TREE_UNITS);
	struct question q = {
		n, view, top, range, known, keys, naive_keys(n, known, keys, NAIVE_KEYS)
	};

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		const struct op_unit *u = units[i];
		day_t day = view->as_is ? view->day : range.to;
		const struct grown *g;

		if (naive_inside_on(n, u->unit, top, day, known)) {
			g = naive_grown(n, u->unit);
			if (naive_alive_then(g, day))
				out->units[naive_kind_on(g, day)]++;
		}
		total_unit(&q, u, out);
	}
	if (out->sheets_expected > out->signed_)
		out->missing = out->sheets_expected - out->signed_;
	out->covered = out->expected && out->reported == out->expected;
	total_members(n, top, range, known, out);
}

void naive_totals(const struct naive *n, uint32_t top, struct period range, uint64_t known,
		  struct naive_totals *out)
{
	static const struct naive_view as_was;

	naive_totals_in(n, &as_was, top, range, known, out);
}

struct period naive_year_before(struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);
	struct period out;

	while (!day_from_ymd(&out.from, from.year - 1, from.month, from.day))
		from.day--;
	if (p.to == day_month_last(p.to)) {
		day_from_ymd(&out.to, to.year - 1, to.month, 1);
		out.to = day_month_last(out.to);
	} else {
		while (!day_from_ymd(&out.to, to.year - 1, to.month, to.day))
			to.day--;
	}
	return out;
}
