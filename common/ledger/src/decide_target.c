/* Verdicts on targets, bases and published figures. */
#include "decide.h"

struct looking {
	const struct op_target *t;
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
		   period_inside(op->target.period, k->t->period);
	return k->found;
}

int decide_target(struct deciding *d)
{
	const struct op_target *t = &d->op->target;
	struct looking k = { .t = t };
	struct arena *a;
	uint64_t head;
	bool go_on;
	int rc = check_unit(d, t->period.from, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_TARGET, t->period.from, &go_on);
	if (rc || !go_on)
		return rc;
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

	if (rc || !go_on)
		return rc;
	return console(d) ? accept(d) : refuse(d, CODE_NOT_ALLOWED, NULL);
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
