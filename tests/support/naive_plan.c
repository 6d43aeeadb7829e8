/* The naive model: who reports what, day by day. */
#include "naive_internal.h"

static enum plan_step step_of(const struct form *f)
{
	return f->period == FORM_MONTH     ? PLAN_MONTH
	       : f->period == FORM_QUARTER ? PLAN_QUARTER
	       : f->period == FORM_HALF    ? PLAN_HALF
					   : PLAN_YEAR;
}

static void say(const struct naive *n, struct said *s, uint8_t form, enum plan_step step,
		uint64_t lsn)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->v[i].form != form && !naive_forms_share(naive_form_newest(n, s->v[i].form),
							       naive_form_newest(n, form)))
			s->v[kept++] = s->v[i];
	s->count = kept;
	if (step == PLAN_NONE)
		return;
	s->v[s->count].form = form;
	s->v[s->count].step = step;
	s->v[s->count++].lsn = lsn;
}

static bool act_names(const struct op_act *a, uint32_t unit)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->changes[i].unit == unit)
			return true;
		for (size_t k = 0; k < a->changes[i].into_count; k++)
			if (a->changes[i].into[k] == unit)
				return true;
	}
	return false;
}

struct sayings naive_sayings(const struct naive *n, uint32_t unit, uint64_t known)
{
	struct sayings out = { .count = 0 };

	for (size_t i = 0, all = naive_count_of(n, OF_PLANS, known); i < all; i++) {
		const struct one_of *o = &n->of[OF_PLANS].v[i];
		const struct told *t = &n->told[o->at];

		if (o->unit && o->unit != unit)
			continue;
		if (!(naive_accepted(t, OP_UNIT) && t->op.create.unit == unit &&
		      t->op.create.reports) &&
		    !(naive_accepted(t, OP_PLAN) && t->op.unit == unit) &&
		    !(naive_accepted(t, OP_ACT) && act_names(&t->op.act, unit)))
			continue;
		if (out.count == 64)
			naive_no_good("too many statements of one plan");
		out.v[out.count++] = t;
	}
	return out;
}

static bool says_form(const struct said *s, uint8_t form)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->v[i].form == form)
			return true;
	return false;
}

/* A unit that takes over goes on by its own plan, with a new period from the act's day on: whatever of it
 * held the day before and goes on, if the other one reported the same things on that day or later. */
static void cut(const struct naive *n, struct said *s, uint32_t unit, uint32_t from,
		const struct told *t)
{
	struct sayings mine = naive_sayings(n, unit, t->en.lsn - 1);
	struct sayings other = naive_sayings(n, from, t->en.lsn - 1);
	day_t day = t->op.act.effective;
	struct said was = naive_plan_on(n, unit, &mine, day - 1);
	struct said then = naive_plan_on(n, from, &other, day);
	struct said later = naive_plan_on(n, from, &other, day + 10000);

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < was.count; k++)
			if (s->v[i].lsn == was.v[k].lsn && s->v[i].form == was.v[k].form &&
			    (says_form(&then, s->v[i].form) || says_form(&later, s->v[i].form)))
				s->v[i].lsn = t->en.lsn;
}

/* Of one unit on one day, by one act. */
static void say_act(const struct naive *n, struct said *s, uint32_t unit, const struct told *t,
		    day_t d)
{
	const struct op_act *a = &t->op.act;
	bool made = false, begins = false;

	for (size_t i = 0; i < a->count && d >= a->effective; i++) {
		const struct op_change *c = &a->changes[i];
		bool over = c->what == CHANGE_MERGE || c->what == CHANGE_SPLIT, takes = false;

		if (c->unit == unit && c->what == CHANGE_CREATE) {
			made = true;
			begins = c->reports != 0;
			if (begins)
				say(n, s, c->reports, step_of(naive_form_newest(n, c->reports)),
				    t->en.lsn);
		}
		for (size_t k = 0; over && k < c->into_count; k++)
			takes |= c->into[k] == unit;
		if (takes) { /* what it took over from said of that day before the act */
			struct sayings before = naive_sayings(n, c->unit, t->en.lsn - 1);
			struct said old = naive_plan_on(n, c->unit, &before, d);

			for (size_t k = 0; k < old.count; k++) {
				if (made && !begins) {
					say(n, s, old.v[k].form, old.v[k].step, t->en.lsn);
					continue;
				}
			}
			if (!made)
				cut(n, s, unit, c->unit, t);
		}
		if (c->unit == unit && (c->what == CHANGE_MERGE || c->what == CHANGE_DISSOLVE ||
					c->what == CHANGE_LEAVE || (over && c->ends)))
			s->count = 0;
	}
}

struct said naive_plan_on(const struct naive *n, uint32_t unit, const struct sayings *all, day_t d)
{
	struct said s = { .count = 0 };

	for (size_t i = 0; i < all->count; i++) {
		const struct told *t = all->v[i];
		const struct op_unit *c = &t->op.create;
		const struct op_plan *p = &t->op.plan;

		if (t->op.kind == OP_UNIT) {
			if (d >= c->opened && (!c->closed || d < c->closed))
				say(n, &s, c->reports, step_of(naive_form_newest(n, c->reports)),
				    t->en.lsn);
		} else if (t->op.kind == OP_ACT) {
			say_act(n, &s, unit, t, d);
		} else if (d >= p->period.from && (!p->period.to || d <= p->period.to)) {
			say(n, &s, p->form, p->step, t->en.lsn);
		}
	}
	return s;
}

bool naive_planned(const struct naive *n, uint32_t unit, uint8_t form, struct period p,
		   uint64_t known)
{
	struct sayings all = naive_sayings(n, unit, known);
	struct said first = naive_plan_on(n, unit, &all, p.from);

	for (size_t i = 0; i < first.count; i++) {
		bool holds = !form || first.v[i].form == form;

		for (day_t d = p.from + 1; d <= p.to && holds; d++) {
			struct said s = naive_plan_on(n, unit, &all, d);

			holds = false;
			for (size_t k = 0; k < s.count; k++)
				holds |= s.v[k].lsn == first.v[i].lsn &&
					 s.v[k].form == first.v[i].form;
		}
		if (holds)
			return true;
	}
	return false;
}

bool naive_plan_cut(const struct naive *n, uint32_t unit, uint8_t form, struct period p,
		    uint64_t since, uint64_t known)
{
	for (size_t i = (size_t)since; i < naive_upto(n, known); i++) {
		const struct told *t = &n->told[i];

		if (naive_accepted(t, OP_ACT) && act_names(&t->op.act, unit) &&
		    naive_planned(n, unit, form, p, t->en.lsn - 1) &&
		    !naive_planned(n, unit, form, p, t->en.lsn))
			return true;
	}
	return false;
}
