/* Verdicts on acts of reorganisation and on proposals of them. */
#include "decide.h"

#include "base/num.h"
#include "domain/act_rule.h"

#include <stdio.h>

static int refuse_act(struct deciding *d, const char *unit, enum act_rule rule)
{
	char detail[sizeof(d->out->detail)];

	snprintf(detail, sizeof(detail), act_rule_text(rule), unit);
	return refuse(d, CODE_ACT_INVALID, detail);
}

/* ---- who may ---- */

static int check_change_rights(struct deciding *d, const struct op_change *c, bool *go_on)
{
	const struct op_act *act = &d->op->act;
	uint32_t units[2 + ACT_INTO_MAX];
	size_t count = 0;
	int rc = 0;

	if (c->what != CHANGE_CREATE)
		units[count++] = c->unit;
	if (c->parent)
		units[count++] = c->parent;
	for (size_t i = 0; i < c->into_count; i++)
		units[count++] = c->into[i];
	*go_on = true;
	for (size_t i = 0; i < count && !rc && *go_on; i++) {
		bool made_here = false;

		for (const struct op_change *k = act->changes; k < c; k++)
			made_here |= k->what == CHANGE_CREATE && k->unit == units[i];
		if (!made_here) /* judged by where it was made */
			rc = check_rights_at(d, RIGHT_ACT, units[i], act->effective, go_on);
	}
	if (!rc && *go_on && c->what == CHANGE_CREATE && number_too_large(d, c->unit)) {
		*go_on = false;
		return refuse(d, CODE_TREE_INVALID, "a number too high");
	}
	return rc;
}

static int check_forms(struct deciding *d, const struct op_change *c, bool *go_on)
{
	struct op_unit like = { .opened = d->op->act.effective, .reports = c->reports };
	struct plan_interval in;

	*go_on = !c->reports || plan_of_unit(d->l, &like, 0, &in);
	return *go_on ? 0 : refuse(d, CODE_FORM_UNKNOWN, NULL);
}

/* ---- figures that are there already ---- */

struct standing {
	struct deciding *d;
	uint32_t unit;
	day_t day;
	bool ends; /* else it only begins a new period on that day */
	struct late_sheet_op late;
	bool found;
};

static int standing_each(void *ctx, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	struct standing *s = ctx;
	struct ledger *l = s->d->l;
	const struct op_sheet *w;
	const struct form *f;
	struct sheet sheet;
	struct op_id id;
	int rc = sheet_written(&w, &id, s->d, en, env, op, &s->late);

	if (rc || !w || w->period.to < s->day || (!s->ends && w->period.from >= s->day))
		return rc;
	f = ledger_form_newest(l, (uint8_t)w->form, e);
	if (f && f->period == FORM_DAY && !s->ends)
		return 0;
	rc = sheet_get(l, s->unit, (uint8_t)w->form, w->period, &sheet, e);
	s->found = !rc && sheet_status(&sheet) != SHEET_EMPTY;
	return rc ? rc : s->found;
}

/* What acts say of plans must leave no sheet outside them. */
static int check_standing(struct deciding *d, uint32_t unit, bool ends, bool *go_on)
{
	struct standing s = { .d = d,
			      .unit = unit,
			      .day = d->op->act.effective,
			      .ends = ends,
			      .late.a = arena_new(SCRATCH_BUDGET) };
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = a && s.late.a ? unit_head_get(d->l, unit, &head, d->e)
			       : err_set(d->e, ERR_NOMEM, "no memory to judge an act");

	if (!rc)
		rc = walk_unit(d->l, head, a, standing_each, &s, d->e);
	arena_free(s.late.a);
	arena_free(a);
	*go_on = !s.found;
	if (rc || !s.found)
		return rc;
	return refuse_act(d, tree_get(d->l->tree, unit)->code, RULE_FIGURES_AFTER);
}

/* ---- exactly one reporter on each path ---- */

struct paths {
	struct deciding *d;
	const struct tree *before, *after;
	struct plan_row *was, *is; /* by the units' place in the tree after */
	struct arena *a;
	day_t day;
	uint64_t lsn;
	bool part; /* plans of units further up may not be held: nobody can be missed */
};

static size_t place_of(const struct tree *t, uint32_t unit)
{
	size_t low = 0, high = tree_count(t);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tree_at(t, mid)->unit < unit)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int load_plans(struct paths *p, const struct act_plan *plans, size_t plan_count)
{
	size_t count = tree_count(p->after);
	int rc = 0;

	p->was = arena_array(p->a, count, sizeof(*p->was));
	p->is = arena_array(p->a, count, sizeof(*p->is));
	if (!p->was || !p->is)
		return err_set(p->d->e, ERR_NOMEM, "no memory to judge an act");
	for (size_t i = 0; i < count && !rc; i++) {
		rc = plan_get(p->d->l, tree_at(p->after, i)->unit, &p->was[i], p->a, p->d->e);
		p->is[i] = p->was[i];
	}
	for (size_t i = 0; i < plan_count && !rc; i++) {
		size_t at = place_of(p->after, plans[i].unit);
		struct plan_row before = p->is[at];

		rc = plan_with(p->d->l, &before, &plans[i].in, &p->is[at], p->a, p->d->e);
	}
	return rc;
}

static bool share(struct paths *p, uint8_t a, uint8_t b)
{
	return a == b || forms_share(ledger_form_newest(p->d->l, a, NULL),
				     ledger_form_newest(p->d->l, b, NULL));
}

/* Two units on one path that report the same things in the same days, from the act's day on. */
static const struct unit *second_reporter(struct paths *p, const uint32_t *path, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		for (size_t k = i + 1; k < depth; k++) {
			const struct plan_row *a = &p->is[place_of(p->after, path[i])];
			const struct plan_row *b = &p->is[place_of(p->after, path[k])];

			for (size_t x = 0; x < a->count; x++)
				for (size_t y = 0; y < b->count; y++)
					if (a->intervals[x].period.to >= p->day &&
					    b->intervals[y].period.to >= p->day &&
					    period_meet(a->intervals[x].period,
							b->intervals[y].period) &&
					    share(p, a->intervals[x].form, b->intervals[y].form))
						return tree_get(p->after, path[i]);
		}
	return NULL;
}

/* Does somebody on the path report on that day; with `form` (not 0) the same things as it? */
static bool reported(struct paths *p, const struct plan_row *plans, const uint32_t *path,
		     size_t depth, day_t day, uint8_t form)
{
	for (size_t i = 0; i < depth; i++) {
		const struct plan_row *r = &plans[place_of(p->after, path[i])];

		for (size_t v = 0; v < r->count; v++)
			if (r->intervals[v].period.from <= day &&
			    r->intervals[v].period.to >= day &&
			    (!form || share(p, r->intervals[v].form, form)))
				return true;
	}
	return false;
}

/* Is something that was reported of this unit the day before reported by nobody now? */
static bool left_alone(struct paths *p, const struct unit *u, const uint32_t *path, size_t depth)
{
	uint32_t old[UNIT_DEPTH_MAX];
	size_t old_depth = tree_path(p->before, u->unit, p->day - 1, UINT64_MAX, old);

	if (u->created_lsn == p->lsn)
		return !reported(p, p->is, path, depth, p->day, 0);
	if (!unit_alive(u, p->day - 1))
		return false;
	for (size_t i = 0; i < old_depth; i++) {
		const struct plan_row *r = &p->was[place_of(p->after, old[i])];

		for (size_t v = 0; v < r->count; v++)
			if (r->intervals[v].period.from < p->day &&
			    r->intervals[v].period.to >= p->day &&
			    !reported(p, p->is, path, depth, p->day, r->intervals[v].form))
				return true;
	}
	return false;
}

static bool has_children(const struct tree *t, uint32_t unit, day_t day)
{
	const struct unit **children;
	struct err e = { 0 };
	size_t count;

	return tree_children(t, unit, day, UINT64_MAX, &children, &count, &e) || count;
}

static int check_path(struct paths *p, const struct unit *u, bool *go_on)
{
	uint32_t path[UNIT_DEPTH_MAX], old[UNIT_DEPTH_MAX];
	size_t depth = tree_path(p->after, u->unit, p->day, UINT64_MAX, path);
	size_t old_depth = tree_path(p->before, u->unit, p->day, UINT64_MAX, old);
	const struct unit *second;
	bool changed = false;

	*go_on = true;
	for (size_t i = 0; i < depth && !changed; i++)
		changed = unit_changed_by(tree_get(p->after, path[i]), p->lsn) ||
			  p->was[place_of(p->after, path[i])].intervals !=
				  p->is[place_of(p->after, path[i])].intervals;
	for (size_t i = 0; i < old_depth && !changed; i++)
		changed = unit_changed_by(tree_get(p->after, old[i]), p->lsn);
	if (!changed)
		return 0;
	second = second_reporter(p, path, depth);
	*go_on = !second && (p->part || !left_alone(p, u, path, depth));
	if (second)
		return refuse_act(p->d, second->code, RULE_TWO_REPORTERS);
	return *go_on ? 0 : refuse_act(p->d, u->code, RULE_NO_REPORTER);
}

static int check_paths(struct deciding *d, const struct tree *after, struct arena *a, bool *go_on)
{
	struct paths p = { .d = d,
			   .before = d->l->tree,
			   .after = after,
			   .a = a,
			   .day = d->op->act.effective,
			   .lsn = d->l->info.lsn + 1,
			   .part = d->l->scope && d->l->scope != tree_root(d->l->tree) };
	struct act_plan *plans;
	size_t count;
	int rc = act_plans(d->l, after, &d->op->act, p.lsn, &plans, &count, a, d->e);

	if (!rc)
		rc = load_plans(&p, plans, count);
	*go_on = true;
	for (size_t i = 0; i < count && !rc && *go_on; i++)
		if (p.is[place_of(after, plans[i].unit)].count > PLAN_INTERVALS_MAX) {
			*go_on = false;
			rc = refuse_act(d, tree_get(after, plans[i].unit)->code, RULE_INTERVALS);
		}
	/* who reports anew may not have figures in the days that are cut */
	for (size_t i = 0; i < count && !rc && *go_on; i++)
		if (tree_get(d->l->tree, plans[i].unit))
			rc = check_standing(d, plans[i].unit, plans[i].in.step == PLAN_NONE, go_on);
	for (size_t i = 0; i < tree_count(after) && !rc && *go_on; i++) {
		const struct unit *u = tree_at(after, i);

		if (unit_alive(u, p.day) && !has_children(after, u->unit, p.day))
			rc = check_path(&p, u, go_on);
	}
	return rc;
}

/* ---- targets ---- */

static int check_target(struct deciding *d, const struct op_change *c, const struct tree *after,
			struct arena *a, bool *go_on)
{
	const struct unit *u = tree_get(after, c->unit);
	struct target_row row;
	struct target_line line = { .unit = c->unit };
	int64_t sum = 0;
	bool lost;
	int rc = number_lost(d, c->target_lsn, &lost);

	*go_on = false;
	if (!rc && lost) /* it would be another one of that unit */
		return refuse(d, CODE_STATE_WRONG, "target");
	if (!rc)
		rc = target_get(d->l, c->unit, c->target_lsn, &row, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc || row.superseded_lsn || !u)
		return refuse(d, CODE_TARGET_UNKNOWN, u ? u->code : NULL);
	rc = target_load(d->l, c->target_lsn, &row, &line.target, a, d->e);
	if (!rc && c->into_count)
		rc = target_fill_goal(d->l, &line, UINT64_MAX, d->e);
	if (rc == -ERR_RANGE) { /* no number that could be handed on */
		err_clear(d->e);
		rc = 0;
	}
	if (rc)
		return rc;
	for (size_t i = 0; i < c->into_count; i++) {
		if (!num_add(&sum, sum, c->values[i]))
			return refuse(d, CODE_TARGET_INVALID, u->code);
		rc = target_get(d->l, c->into[i], c->target_lsn, &row, d->e);
		if (rc != -ERR_NOTFOUND)
			return rc ? rc : refuse_act(d, u->code, RULE_PART_THERE);
	}
	*go_on = !c->into_count || (line.has_goal && line.goal == sum);
	return *go_on ? 0 : refuse_act(d, u->code, RULE_PARTS_SUM);
}

/* ---- proposals ---- */

struct answering {
	struct deciding *d;
	uint64_t proposal;
	bool answered;
};

static int answer_each(void *ctx, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	struct answering *w = ctx;
	bool lost = false;
	int rc = 0;

	if (en->lsn <= w->proposal)
		return 1; /* nobody answers what was not proposed yet */
	w->answered = op && en->verdict == VERDICT_ACCEPTED &&
		      ((op->kind == OP_ACT && op->act.proposal == w->proposal) ||
		       (op->kind == OP_ACT_REFUSAL && op->act_refusal.lsn == w->proposal));
	if (w->answered && !w->d->by->as_before)
		rc = base_lost(w->d->l, &env->base, w->proposal, &lost, e);
	w->answered &= !lost;
	return rc ? rc : w->answered;
}

static int find_answer(struct deciding *d, uint32_t unit, struct answering *w)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = a ? unit_head_get(d->l, unit, &head, d->e)
		   : err_set(d->e, ERR_NOMEM, "no memory to judge an act");

	if (!rc)
		rc = walk_unit(d->l, head, a, answer_each, w, d->e);
	arena_free(a);
	return rc;
}

/* Is there a proposal of that entry on which nobody acted? `unit`: of that unit, 0 any. */
static int check_proposal(struct deciding *d, uint64_t lsn, uint32_t unit, bool *go_on)
{
	struct answering w = { .d = d, .proposal = lsn };
	struct span bytes;
	struct entry en;
	struct op op = { .kind = OP_NONE };
	int rc = log_get(d->l, lsn, &bytes, d->e), readable = 0;

	*go_on = false;
	if (!rc)
		rc = entry_decode(&en, bytes, d->a, d->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? refuse(d, CODE_STATE_WRONG, "proposal") : rc;
	if (en.verdict == VERDICT_ACCEPTED)
		readable = body_open(&op, en.body, d->a, d->e);
	if (readable < 0)
		return readable;
	if (op.kind != OP_ACT_PROPOSAL || (unit && op.unit != unit))
		return refuse(d, CODE_STATE_WRONG, "proposal");
	rc = find_answer(d, 0, &w);
	if (!rc && !w.answered)
		rc = find_answer(d, op.unit, &w);
	*go_on = !rc && !w.answered;
	return rc || *go_on ? rc : refuse(d, CODE_STATE_WRONG, "answered already");
}

/* ---- the verdict ---- */

/* Do the tree, the plans and the targets allow it? */
static int check_rules(struct deciding *d, bool *go_on)
{
	const struct op_act *act = &d->op->act;
	uint64_t lsn = d->l->info.lsn + 1;
	struct tree *after = NULL;
	struct err why = { 0 };
	struct arena *a;
	int rc = d->l->scope ? tree_judge(d->l->tree, act, lsn, &why) : 0;

	if (!rc)
		rc = tree_after(&after, d->l->tree, act, lsn, NULL, &why);
	*go_on = !rc;
	if (rc)
		return rc == -ERR_NOMEM ? err_set(d->e, ERR_NOMEM, "no memory to judge an act")
					: refuse(d, CODE_ACT_INVALID, why.msg);
	a = arena_new(BATCH_BUDGET);
	rc = a ? check_paths(d, after, a, go_on)
	       : err_set(d->e, ERR_NOMEM, "no memory to judge an act");
	for (size_t i = 0; i < act->count && !rc && *go_on; i++)
		if (act->changes[i].what == CHANGE_TARGET)
			rc = check_target(d, &act->changes[i], after, a, go_on);
	arena_free(a);
	tree_free(after);
	return rc;
}

int decide_act(struct deciding *d)
{
	const struct op_act *act = &d->op->act;
	bool go_on = true, lost = false;
	int rc = 0;

	if (d->op->unit) /* all read it: it belongs to no unit */
		return refuse(d, CODE_NOT_ALLOWED, "unit");
	for (size_t i = 0; i < act->count && !rc && go_on; i++) {
		rc = check_change_rights(d, &act->changes[i], &go_on);
		if (!rc && go_on)
			rc = check_forms(d, &act->changes[i], &go_on);
	}
	if (!rc && go_on && act->proposal)
		rc = number_lost(d, act->proposal, &lost);
	if (!rc && go_on && act->proposal && !lost) /* the act stands by itself */
		rc = check_proposal(d, act->proposal, 0, &go_on);
	if (!rc && go_on)
		rc = check_rules(d, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* It changes nothing; whether it holds together is told at the device where it is made, as far as that holds what it
 * names, and judged when it is carried out. */
int decide_proposal(struct deciding *d)
{
	bool go_on;
	int rc = check_unit(d, d->today, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_PROPOSE, d->today, &go_on);
	if (!rc && go_on && d->l->scope)
		rc = check_rules(d, &go_on);
	return rc || !go_on ? rc : accept(d);
}

int decide_act_refusal(struct deciding *d)
{
	bool go_on, lost = false;
	int rc = check_rights(d, RIGHT_ACT, d->today, &go_on);

	if (!rc && go_on && !tree_get(d->l->tree, d->op->unit)) {
		go_on = false;
		rc = refuse(d, CODE_UNIT_UNKNOWN, NULL);
	}
	if (!rc && go_on)
		rc = number_lost(d, d->op->act_refusal.lsn, &lost);
	if (!rc && go_on && lost) /* which one was looked at nobody can tell */
		return refuse(d, CODE_STATE_WRONG, "proposal");
	if (!rc && go_on)
		rc = check_proposal(d, d->op->act_refusal.lsn, d->op->unit, &go_on);
	return rc || !go_on ? rc : accept(d);
}
