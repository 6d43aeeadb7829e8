/* Verdicts on targets, bases and published figures. */
#include "decide.h"

/* What a unit sets itself: a resolution, of its committee or of its congress. */
static bool own_resolution(const struct op_target *t)
{
	return t->instrument == INSTR_RESOLUTION || t->instrument == INSTR_CONGRESS;
}

/* Only a resolution of its own may a unit's approver assign to it, and only that amend: what a superior
 * assigned is not theirs to change. */
static bool only_own(const struct deciding *d)
{
	return !console(d) && d->by->role == ROLE_APPROVER && d->op->unit == d->by->author_unit;
}

struct looking {
	const struct op_target *t;
	bool only_own;
	bool found;
};

static int look_each(void *ctx, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e)
{
	struct looking *k = ctx;

	(void)env;
	(void)e;
	k->found = op && op->kind == OP_TARGET && en->verdict == VERDICT_ACCEPTED &&
		   span_eq(op->target.doc_no, k->t->supersedes) &&
		   span_eq(op->target.measure, k->t->measure) &&
		   span_eq(op->target.group, k->t->group) &&
		   period_inside(op->target.period, k->t->period) &&
		   (!k->only_own || own_resolution(&op->target));
	return k->found;
}

int decide_target(struct deciding *d)
{
	const struct op_target *t = &d->op->target;
	struct looking k = { .t = t, .only_own = only_own(d) };
	struct arena *a;
	uint64_t head;
	bool go_on;
	int rc = check_unit(d, t->period.from, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_TARGET, t->period.from, &go_on);
	if (rc || !go_on)
		return rc;
	if (k.only_own && !own_resolution(t))
		return refuse(d, CODE_NOT_ALLOWED, instrument_name(t->instrument));
	if (t->base_date && t->base_date > t->period.to)
		return refuse(d, CODE_TARGET_INVALID, "base_date");
	if (!ledger_measure(d->l, t->measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, t->measure);
	if (t->group.len && !ledger_measure(d->l, t->group))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, t->group);
	if (!t->supersedes.len)
		return accept(d);
	if (!d->op->reason.len)
		return refuse(d, CODE_REASON_NEEDED, NULL);
	a = arena_new(SCRATCH_BUDGET);
	rc = a ? unit_head_get(d->l, d->op->unit, &head, d->e)
	       : err_set(d->e, ERR_NOMEM, "no memory for a target");
	if (!rc)
		rc = walk_unit(d->l, head, a, look_each, &k, d->e);
	arena_free(a);
	if (rc)
		return rc;
	return k.found ? accept(d) : refuse_span(d, CODE_TARGET_UNKNOWN, t->supersedes);
}

int decide_members(struct deciding *d)
{
	bool go_on;
	int rc = check_unit(d, d->op->members.day, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_MEMBERS, d->op->members.day, &go_on);
	return rc || !go_on ? rc : accept(d);
}

int decide_claim(struct deciding *d)
{
	const struct op_claim *c = &d->op->claim;
	struct rd r;
	bool go_on = tree_get(d->l->tree, d->op->unit) != NULL;
	int rc;

	if (!go_on)
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	rc = check_rights(d, RIGHT_CLAIM, c->period.to, &go_on);
	if (rc || !go_on)
		return rc;
	if (c->how == CLAIM_COUNT ? unit_kind_parse(c->measure) == UNIT_NONE
				  : !ledger_measure(d->l, c->measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, c->measure);
	if (c->of == CLAIM_OF_MEASURE && !ledger_measure(d->l, c->of_measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, c->of_measure);
	rc = row_get(d->l, T_CLAIM, key_text(c->id), &r, d->e);
	if (!rc)
		return refuse_span(d, CODE_EXISTS, c->id);
	return rc == -ERR_NOTFOUND ? accept(d) : rc;
}
