/* State from acts of reorganisation: units, plans, targets, and the sums of what was moved. */
#include "internal.h"

/* ---- plans ---- */

struct planning {
	struct ledger *l;
	const struct tree *after;
	const struct op_act *act;
	uint64_t lsn;
	struct act_plan *out;
	size_t count, cap;
	struct arena *a;
	struct err *e;
};

static int say(struct planning *p, uint32_t unit, uint8_t form, day_t from, day_t to,
	       enum plan_step step)
{
	if (from > to)
		return 0;
	if (p->count == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct act_plan *grown = arena_array(p->a, cap, sizeof(*grown));

		if (!grown)
			return err_set(p->e, ERR_NOMEM, "no memory for a plan");
		if (p->count)
			memcpy(grown, p->out, p->count * sizeof(*grown));
		p->out = grown;
		p->cap = cap;
	}
	p->out[p->count++] = (struct act_plan){
		unit, { .form = form, .period = { from, to }, .step = step, .lsn = p->lsn }
	};
	return 0;
}

static bool share(struct planning *p, uint8_t a, uint8_t b)
{
	return a == b ||
	       forms_share(ledger_form_newest(p->l, a, NULL), ledger_form_newest(p->l, b, NULL));
}

/* Has the act said already what this unit reports of these things in these days? */
static bool said(struct planning *p, uint32_t unit, uint8_t form, struct period days)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->out[i].unit == unit && p->out[i].in.step != PLAN_NONE &&
		    period_meet(p->out[i].in.period, days) && share(p, p->out[i].in.form, form))
			return true;
	return false;
}

static int say_begins(struct planning *p, uint32_t unit, uint8_t reports)
{
	struct op_unit like = { .unit = unit, .opened = p->act->effective, .reports = reports };
	struct plan_interval in;

	if (!plan_of_unit(p->l, &like, p->lsn, &in))
		return 0;
	return say(p, unit, in.form, in.period.from, in.period.to, in.step);
}

static int say_ends(struct planning *p, uint32_t unit, const struct plan_row *plan)
{
	int rc = 0;

	for (size_t i = 0; i < plan->count && !rc; i++)
		if (plan->intervals[i].period.to >= p->act->effective)
			rc = say(p, unit, plan->intervals[i].form, p->act->effective, DAY_MAX,
				 PLAN_NONE);
	return rc;
}

/* As it reported last, from now on again. */
static int say_again(struct planning *p, const struct op_change *c, const struct plan_row *plan)
{
	struct period days = { p->act->effective, DAY_MAX };
	int rc = c->reports ? say_begins(p, c->unit, c->reports) : 0;

	for (size_t i = plan->count; i-- > 0 && !rc && !c->reports;)
		if (!said(p, c->unit, plan->intervals[i].form, days))
			rc = say(p, c->unit, plan->intervals[i].form, p->act->effective, DAY_MAX,
				 plan->intervals[i].step);
	return rc;
}

/* A unit that was made by the act follows the one it takes over from; one that reports already has its
 * period cut, so that the days before are told apart. */
static int say_takes_over(struct planning *p, uint32_t into, const struct plan_row *from)
{
	const struct unit *u = tree_get(p->after, into);
	day_t day = p->act->effective;
	struct plan_row own;
	int rc = plan_get(p->l, into, &own, p->a, p->e);

	for (size_t i = 0; i < from->count && !rc; i++) {
		const struct plan_interval *v = &from->intervals[i];
		struct period days = { v->period.from > day ? v->period.from : day, v->period.to };

		if (v->period.to < day || said(p, into, v->form, days))
			continue;
		if (u && u->created_lsn == p->lsn) {
			rc = say(p, into, v->form, days.from, days.to, v->step);
			continue;
		}
		for (size_t k = 0; k < own.count && !rc; k++) {
			const struct plan_interval *mine = &own.intervals[k];

			if (mine->period.from < day && mine->period.to >= day &&
			    share(p, mine->form, v->form))
				rc = say(p, into, mine->form, day, mine->period.to, mine->step);
		}
	}
	return rc;
}

static int say_of(struct planning *p, const struct op_change *c)
{
	bool over = c->what == CHANGE_MERGE || c->what == CHANGE_SPLIT;
	bool ends = c->what == CHANGE_MERGE || c->what == CHANGE_DISSOLVE ||
		    c->what == CHANGE_LEAVE || (c->what == CHANGE_SPLIT && c->ends);
	struct plan_row plan;
	int rc = 0;

	if (c->what == CHANGE_CREATE)
		return c->reports ? say_begins(p, c->unit, c->reports) : 0;
	if (!over && !ends && c->what != CHANGE_REOPEN)
		return 0;
	rc = plan_get(p->l, c->unit, &plan, p->a, p->e);
	for (size_t i = 0; over && i < c->into_count && !rc; i++)
		rc = say_takes_over(p, c->into[i], &plan);
	if (!rc && ends)
		rc = say_ends(p, c->unit, &plan);
	if (!rc && c->what == CHANGE_REOPEN)
		rc = say_again(p, c, &plan);
	return rc;
}

int act_plans(struct ledger *l, const struct tree *after, const struct op_act *act, uint64_t lsn,
	      struct act_plan **out, size_t *count, struct arena *a, struct err *e)
{
	struct planning p = { .l = l, .after = after, .act = act, .lsn = lsn, .a = a, .e = e };
	int rc = 0;

	for (size_t i = 0; i < act->count && !rc; i++)
		if (tree_get(after, act->changes[i].unit))
			rc = say_of(&p, &act->changes[i]);
	*out = p.out;
	*count = p.count;
	return rc;
}

static int apply_plans(struct ledger *l, const struct tree *after, const struct op_act *act,
		       uint64_t lsn, struct err *e)
{
	struct arena *a = arena_new(BATCH_BUDGET);
	struct act_plan *plans;
	size_t count;
	int rc = a ? act_plans(l, after, act, lsn, &plans, &count, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for an act");

	for (size_t i = 0; !rc && i < count; i++)
		if (tree_get(after, plans[i].unit))
			rc = plan_add(l, plans[i].unit, &plans[i].in, e);
	for (size_t i = 0; !rc && i < count; i++) {
		bool before = false; /* one word for each unit, after the last of it */

		for (size_t k = 0; k < i && !before; k++)
			before = plans[k].unit == plans[i].unit;
		if (!before && tree_get(after, plans[i].unit))
			rc = plan_keep(l, plans[i].unit, lsn, e);
	}
	arena_free(a);
	return rc;
}

/* ---- targets ---- */

static int apply_target_change(struct ledger *l, const struct op_change *c, uint64_t lsn,
			       struct err *e)
{
	struct target_row row;
	int rc = target_get(l, c->unit, c->target_lsn, &row, e);

	if (rc) /* a part holds only its own units' */
		return rc == -ERR_NOTFOUND && l->scope ? 0 : rc;
	row.superseded_lsn = lsn;
	rc = target_put(l, c->unit, c->target_lsn, &row, e);
	for (size_t i = 0; i < c->into_count && !rc; i++) {
		struct target_row part = { .act_lsn = lsn, .value = c->values[i] };

		rc = target_put(l, c->into[i], c->target_lsn, &part, e);
	}
	return rc;
}

/* ---- the whole act ---- */

static int put_units(struct ledger *l, const struct tree *after, const struct op_act *act,
		     uint64_t lsn, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < act->count && !rc; i++) {
		const struct op_change *c = &act->changes[i];
		struct op_unit made = { .unit = c->unit,
					.parent = c->parent,
					.code = c->code,
					.name = c->name,
					.kind = c->kind,
					.order = c->order,
					.opened = act->effective,
					.reports = c->reports,
					.act = act->no };

		if (c->what == CHANGE_CREATE)
			rc = unit_put(l, lsn, &made, NULL, e);
	}
	for (size_t i = 0; i < tree_count(after) && !rc; i++)
		if (unit_changed_by(tree_at(after, i), lsn))
			rc = unit_put(l, lsn, NULL, tree_at(after, i), e);
	return rc;
}

/* The month in which a unit takes others over may have been signed before the act was told: its own month before
 * says nothing of it any more. */
static int judge_takers(struct ledger *l, const struct op_act *act, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < act->count; i++) {
		const struct op_change *c = &act->changes[i];

		if (c->what != CHANGE_MERGE && c->what != CHANGE_SPLIT)
			continue;
		for (size_t k = 0; k < c->into_count; k++)
			for (size_t f = 0; f < l->form_count && !rc; f++)
				if (l->forms[f].form->period == FORM_MONTH)
					rc = sheet_judge_again(l, c->into[k], l->forms[f].no,
							       act->effective, e);
	}
	return rc;
}

int apply_act(struct ledger *l, const struct entry *en, const struct envelope *env,
	      const struct op *op, struct err *e)
{
	const struct op_act *act = &op->act;
	struct tree *after;
	int rc = tree_after(&after, l->tree, act, en->lsn, NULL, e);

	(void)env;
	if (rc)
		return rc == -ERR_NOMEM ? rc
					: err_wrap(e, -ERR_CORRUPT, "entry %llu",
						   (unsigned long long)en->lsn);
	rc = put_units(l, after, act, en->lsn, e);
	if (!rc)
		rc = apply_plans(l, after, act, en->lsn, e);
	for (size_t i = 0; i < act->count && !rc; i++)
		if (act->changes[i].what == CHANGE_TARGET)
			rc = apply_target_change(l, &act->changes[i], en->lsn, e);
	if (!rc)
		rc = agg_regroup(l, l->tree, after, act, en->lsn, e);
	if (rc) {
		tree_free(after);
		return rc;
	}
	state_new_tree(l, after);
	return judge_takers(l, act, e);
}
