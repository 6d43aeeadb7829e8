/* Verdicts on units, on what they report and by which forms; and the plan's questions of others. */
#include "decide.h"

/* Does some unit on the way up from `unit` (itself left out), or some unit below it, report the same
 * things in these days? */
static int other_reporter(struct deciding *d, uint32_t unit, const struct plan_interval *in,
			  const struct unit **other)
{
	const struct form *form = ledger_form_newest(d->l, in->form, d->e);

	*other = NULL;
	for (size_t i = 0; i < tree_count(d->l->tree) && !*other; i++) {
		const struct unit *u = tree_at(d->l->tree, i);
		day_t day = in->period.from > u->opened ? in->period.from : u->opened;
		struct plan_row plan;
		int rc;

		if (u->unit == unit || (!tree_inside(d->l->tree, u->unit, unit, day, UINT64_MAX) &&
					!tree_inside(d->l->tree, unit, u->unit, day, UINT64_MAX)))
			continue;
		arena_reset(d->a); /* a province has a thousand plans */
		rc = plan_get(d->l, u->unit, &plan, d->a, d->e);
		if (rc)
			return rc;
		for (size_t v = 0; v < plan.count && !*other; v++) {
			const struct plan_interval *have = &plan.intervals[v];

			if (period_meet(have->period, in->period) &&
			    (have->form == in->form ||
			     forms_share(form, ledger_form_newest(d->l, have->form, d->e))))
				*other = u;
		}
	}
	return 0;
}

/* For a unit just made: only the way up can hold another reporter. */
static int reporter_above(struct deciding *d, uint32_t parent, const struct plan_interval *in,
			  const struct unit **other)
{
	const struct form *form = ledger_form_newest(d->l, in->form, d->e);
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(d->l->tree, parent, in->period.from, UINT64_MAX, path);

	*other = NULL;
	for (size_t i = 0; i < depth && !*other; i++) {
		struct plan_row plan;
		int rc = plan_get(d->l, path[i], &plan, d->a, d->e);

		if (rc)
			return rc;
		for (size_t v = 0; v < plan.count && !*other; v++)
			if (period_meet(plan.intervals[v].period, in->period) &&
			    (plan.intervals[v].form == in->form ||
			     forms_share(form,
					 ledger_form_newest(d->l, plan.intervals[v].form, d->e))))
				*other = tree_get(d->l->tree, path[i]);
	}
	return 0;
}

int decide_unit(struct deciding *d)
{
	const struct op_unit *c = &d->op->create;
	const struct tree *t = d->l->tree;
	struct plan_interval in;
	const struct unit *other;
	bool go_on;
	int rc = check_rights_at(d, RIGHT_ACT, c->parent, c->opened, &go_on);

	if (rc || !go_on)
		return rc;
	if (d->op->unit != c->unit)
		return refuse(d, CODE_TREE_INVALID, "another unit's number");
	if (number_too_large(d, c->unit))
		return refuse(d, CODE_TREE_INVALID, "a number too high");
	if (tree_by_code(t, c->code) || c->unit <= tree_max(t))
		return refuse_span(d, CODE_EXISTS, c->code);
	if (!c->parent && tree_root(t))
		return refuse(d, CODE_TREE_INVALID, "a second root");
	if (c->parent && !tree_get(t, c->parent))
		return refuse(d, CODE_TREE_INVALID, "no such parent");
	if (c->parent && tree_path(t, c->parent, c->opened, UINT64_MAX,
				   (uint32_t[UNIT_DEPTH_MAX]){ 0 }) >= UNIT_DEPTH_MAX)
		return refuse(d, CODE_TREE_INVALID, "too deep");
	if (c->reports) {
		if (!ledger_form_newest(d->l, c->reports, d->e))
			return refuse(d, CODE_FORM_UNKNOWN, NULL);
		if (!plan_of_unit(d->l, c, 0, &in))
			return refuse(d, CODE_PLAN_INVALID, "a form of single days");
		rc = reporter_above(d, c->parent, &in, &other);
		if (rc)
			return rc;
		if (other)
			return refuse(d, CODE_PLAN_INVALID, other->code);
	}
	return accept(d);
}

struct reported {
	struct deciding *d;
	const struct plan_interval *in;
	struct late_sheet_op late;
	bool found;
};

/* A sheet that would stand outside the plan afterwards, and be counted beside another's. */
static int reported_each(void *ctx, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	struct reported *k = ctx;
	struct ledger *l = k->d->l;
	const struct plan_interval *in = k->in;
	const struct op_sheet *w;
	struct calendar calendar;
	struct sheet s;
	struct op_id id;
	int rc = sheet_written(&w, &id, k->d, en, env, op, &k->late);

	if (rc || !w || !period_meet(w->period, in->period) ||
	    (w->form != in->form && !forms_share(ledger_form_newest(l, in->form, e),
						 ledger_form_newest(l, (uint8_t)w->form, e))))
		return rc;
	rc = sheet_get(l, k->d->op->unit, (uint8_t)w->form, w->period, &s, e);
	if (!rc)
		rc = calendar_get(l, in->form, &calendar, e);
	if (rc)
		return rc;
	k->found = sheet_status(&s) != SHEET_EMPTY &&
		   !(w->form == in->form && period_inside(w->period, in->period) &&
		     plan_is_period(&calendar, in, w->period));
	return k->found;
}

static int check_reported(struct deciding *d, const struct plan_interval *in, bool *go_on)
{
	struct reported k = { .d = d, .in = in, .late.a = arena_new(SCRATCH_BUDGET) };
	uint64_t head;
	int rc = k.late.a ? unit_head_get(d->l, d->op->unit, &head, d->e)
			  : err_set(d->e, ERR_NOMEM, "no memory for a plan");

	if (!rc)
		rc = walk_unit(d->l, head, d->a, reported_each, &k, d->e);
	arena_free(k.late.a);
	*go_on = !k.found;
	if (rc || !k.found)
		return rc;
	return refuse(d, CODE_PLAN_INVALID, "figures are there already");
}

int decide_plan(struct deciding *d)
{
	const struct op_plan *p = &d->op->plan;
	struct plan_interval in = plan_of_op(p, 0);
	struct plan_row was, is;
	const struct unit *other;
	bool go_on;
	int rc;

	if (!tree_get(d->l->tree, d->op->unit))
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	rc = check_rights(d, RIGHT_PLAN, p->period.from, &go_on);
	if (rc || !go_on)
		return rc;
	if (!ledger_form_newest(d->l, p->form, d->e))
		return refuse(d, CODE_FORM_UNKNOWN, NULL);
	rc = check_reported(d, &in, &go_on);
	if (rc || !go_on)
		return rc;
	arena_reset(d->a);
	rc = plan_get(d->l, d->op->unit, &was, d->a, d->e);
	if (!rc)
		rc = plan_with(d->l, &was, &in, &is, d->a, d->e);
	if (rc)
		return rc;
	if (is.count > PLAN_INTERVALS_MAX)
		return refuse(d, CODE_PLAN_INVALID, "too many intervals");
	if (p->step == PLAN_NONE)
		return accept(d);
	rc = other_reporter(d, d->op->unit, &in, &other);
	if (rc)
		return rc;
	return other ? refuse(d, CODE_PLAN_INVALID, other->code) : accept(d);
}

int decide_form(struct deciding *d)
{
	struct form *form;
	struct err why = { 0 };
	bool go_on;
	int rc = check_rights_at(d, RIGHT_FORM, 0, d->today, &go_on);

	if (rc || !go_on)
		return rc;
	if (d->op->unit) /* all read it: it belongs to no unit */
		return refuse(d, CODE_NOT_ALLOWED, "unit");
	if (d->l->form_count == FORMS_MAX)
		return refuse(d, CODE_FORM_INVALID, "too many forms");
	rc = form_parse(&form, d->op->form.text, d->a, &why);
	if (rc == -ERR_NOMEM)
		return err_set(d->e, ERR_NOMEM, "no memory for a form");
	if (rc)
		return refuse(d, CODE_FORM_INVALID, why.msg);
	if (ledger_form(d->l, form->no, form->version, d->e))
		return refuse(d, CODE_EXISTS, form->code);
	for (size_t i = 0; i < d->l->form_count; i++) {
		const struct form *f = d->l->forms[i].form;

		if ((f->no == form->no) != !strcmp(f->code, form->code))
			return refuse(d, CODE_FORM_INVALID,
				      "a form's number and code belong together");
		for (size_t m = 0; m < form->measure_count; m++) {
			const struct measure *have = form_measure(f, form->measures[m].no);
			const struct measure *named =
				form_measure_code(f, span_str(form->measures[m].code));

			if ((have && strcmp(have->code, form->measures[m].code)) ||
			    (named && named->no != form->measures[m].no))
				return refuse(d, CODE_FORM_INVALID, form->measures[m].code);
		}
	}
	return accept(d);
}

int ledger_reporter(struct ledger *l, uint32_t unit, const struct op_plan *plan,
		    const struct unit **other, struct err *e)
{
	struct deciding d = { .l = l, .e = e, .a = arena_new(SCRATCH_BUDGET) };
	struct plan_interval in = { .form = plan->form,
				    .period = plan->period,
				    .step = plan->step };
	int rc = d.a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	*other = NULL;
	if (!in.period.to)
		in.period.to = DAY_MAX;
	if (!rc) {
		rc = other_reporter(&d, unit, &in, other);
		read_leave(l);
	}
	arena_free(d.a);
	return rc;
}

/* Days that are over for good: before the month that is still open for the longest. */
enum { OPEN_MONTHS = 2 };

static day_t open_from(const struct calendar *c, day_t today)
{
	struct period p = calendar_month(c, today);

	for (int i = 0; i < OPEN_MONTHS; i++)
		p = calendar_month(c, p.from - 1);
	return p.from;
}

static int find_in_way(struct ledger *l, uint32_t unit, const struct op_plan *plan, day_t today,
		       bool *in_way, struct arena *a, struct err *e)
{
	const struct form *form = ledger_form_newest(l, plan->form, e);
	struct calendar calendar;
	struct plan_row row;
	int rc = plan_get(l, unit, &row, a, e);

	if (!rc)
		rc = calendar_get(l, plan->form, &calendar, e);
	for (size_t i = 0; i < row.count && !rc && !*in_way; i++) {
		const struct plan_interval *v = &row.intervals[i];

		if (!period_meet(v->period, plan->period))
			continue;
		*in_way = v->form == plan->form ||
			  (forms_share(form, ledger_form_newest(l, v->form, e)) &&
			   plan->period.to >= open_from(&calendar, today));
	}
	return rc;
}

int ledger_plan_in_way(struct ledger *l, uint32_t unit, const struct op_plan *plan, int64_t now_ms,
		       bool *in_way, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	*in_way = false;
	if (!rc) {
		rc = find_in_way(l, unit, plan, day_of_instant(ledger_time(l, now_ms)), in_way, a,
				 e);
		read_leave(l);
	}
	arena_free(a);
	return rc;
}

int ledger_planned(struct ledger *l, uint32_t unit, uint8_t form, struct period p, bool *planned,
		   struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	const struct plan_interval *v;
	struct calendar calendar;
	struct plan_row plan;
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	*planned = false;
	if (!rc) {
		rc = plan_get(l, unit, &plan, a, e);
		if (!rc)
			rc = calendar_get(l, form, &calendar, e);
		v = rc ? NULL : plan_find(&plan, form, p);
		*planned = v && plan_is_period(&calendar, v, p);
		read_leave(l);
	}
	arena_free(a);
	return rc;
}
