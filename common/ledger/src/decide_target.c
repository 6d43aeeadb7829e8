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
		   target_amends(k->t, &op->target) &&
		   (!k->only_own || own_resolution(&op->target));
	return k->found;
}

/* A document gives a unit one number for one thing in one period, and beside it perhaps a rate or a limit. Without a
 * number of its own it is known by who issued it. */
static bool same_number(const struct op_target *a, const struct op_target *b)
{
	return a->instrument == b->instrument && span_eq(a->doc_no, b->doc_no) &&
	       (a->doc_no.len || span_eq(a->issuer, b->issuer)) &&
	       span_eq(a->measure, b->measure) && span_eq(a->group, b->group) &&
	       a->period.from == b->period.from && a->period.to == b->period.to &&
	       a->per_year == b->per_year && target_same_sort(a, b);
}

struct twice {
	struct ledger *l;
	const struct op_target *t;
	bool found;
};

static int twice_each(void *ctx, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct twice *k = ctx;
	const struct op_target *t = k->t;
	struct rd r;
	int rc;

	(void)env;
	if (!op || op->kind != OP_TARGET || en->verdict != VERDICT_ACCEPTED ||
	    !same_number(&op->target, t) ||
	    (t->supersedes.len && span_eq(op->target.doc_no, t->supersedes)))
		return 0;
	rc = row_get(k->l, T_TARGET, key_target(op->unit, en->lsn), &r, e);
	if (!rc)
		k->found = !rd_varint(&r); /* in force: no later entry amended it */
	return rc ? rc : k->found;
}

/* Is the same target in force already, and not what this one amends? A file taken twice, or two devices
 * with one paper, would double it. By the chain: a walk over the table does not see this batch. */
static int check_twice(struct deciding *d, bool *go_on)
{
	const struct op_target *t = &d->op->target;
	struct twice k = { .l = d->l, .t = t };
	uint64_t head;
	int rc = unit_head_get(d->l, d->op->unit, &head, d->e);

	if (!rc)
		rc = walk_unit(d->l, head, d->a, twice_each, &k, d->e);
	*go_on = !k.found;
	if (rc < 0 || !k.found)
		return rc;
	return refuse_span(d, CODE_EXISTS,
			   t->doc_no.len ? t->doc_no : span_str(instrument_name(t->instrument)));
}

/* What an act brought to the unit stands in another one's entries. */
static int look_among_handed(struct deciding *d, struct looking *k, struct arena *a)
{
	const struct target_line *lines = NULL;
	size_t count = 0;
	int rc = query_targets(&lines, &count, d->l, d->op->unit, k->t->period, UINT64_MAX, a,
			       d->e);

	for (size_t i = 0; i < count && !k->found; i++)
		k->found = lines[i].handed_by && target_amends(k->t, &lines[i].target) &&
			   (!k->only_own || own_resolution(&lines[i].target));
	return rc;
}

/* Is there what it amends, and is it the author's to amend? */
static int check_amended(struct deciding *d, struct looking *k, bool *go_on)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = a ? unit_head_get(d->l, d->op->unit, &head, d->e)
		   : err_set(d->e, ERR_NOMEM, "no memory for a target");

	if (!rc)
		rc = walk_unit(d->l, head, a, look_each, k, d->e);
	if (!rc && !k->found) {
		arena_reset(a);
		rc = look_among_handed(d, k, a);
	}
	arena_free(a);
	*go_on = k->found;
	return rc || k->found ? rc : refuse_span(d, CODE_TARGET_UNKNOWN, k->t->supersedes);
}

/* ---- drafts, and what a unit answers ---- */

struct drafting {
	uint64_t lsn;
	const struct op_target *t;
	bool found, has_goal, limit;
	bool lost; /* with the log that gave the number: nothing is known of it */
	int64_t goal;
};

static int draft_each(void *ctx, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct drafting *k = ctx;
	struct err none = { 0 };

	(void)env;
	(void)e;
	if (en->lsn > k->lsn)
		return 0;
	k->found = op && en->lsn == k->lsn && op->kind == OP_TARGET_DRAFT &&
		   en->verdict == VERDICT_ACCEPTED && target_same_subject(&op->target, k->t);
	k->has_goal = k->found && op->target.type != TARGET_NONE &&
		      !target_goal(&k->goal, &op->target, &none);
	k->limit = k->found && target_is_limit(&op->target);
	return 1;
}

/* Is the entry that the op names a draft of this unit for the same thing? What is given or registered stands by itself. */
static int check_draft(struct deciding *d, struct drafting *k, bool *go_on)
{
	uint64_t head;
	int rc = number_lost(d, k->lsn, &k->lost);

	*go_on = true;
	if (rc || k->lost)
		return rc;
	rc = unit_head_get(d->l, d->op->unit, &head, d->e);
	if (!rc)
		rc = walk_unit(d->l, head, d->a, draft_each, k, d->e);
	*go_on = k->found;
	return rc || k->found ? rc : refuse(d, CODE_TARGET_UNKNOWN, "draft");
}

/* What holds of a number that is to be reached, given, drafted or registered. */
static int check_sense(struct deciding *d, bool *go_on)
{
	const struct op_target *t = &d->op->target;

	*go_on = false;
	if (t->base_date && t->base_date > t->period.to)
		return refuse(d, CODE_TARGET_INVALID, "base_date");
	if (t->type != TARGET_RANGE && !target_is_rate(t) && t->value_max)
		return refuse(d, CODE_TARGET_INVALID, "value_max");
	if (!ledger_measure(d->l, t->measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, t->measure);
	if (t->group.len && !ledger_measure(d->l, t->group))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, t->group);
	*go_on = true;
	return 0;
}

int decide_draft(struct deciding *d)
{
	const struct op_target *t = &d->op->target;
	struct drafting k = { .lsn = t->draft, .t = t };
	bool go_on;
	int rc = check_unit(d, t->period.from, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_DRAFT, t->period.from, &go_on);
	if (!rc && go_on)
		rc = check_sense(d, &go_on);
	if (!rc && go_on && t->draft) /* the one that it takes back */
		rc = check_draft(d, &k, &go_on);
	if (!rc && go_on && k.lost) /* it would be another one */
		return refuse(d, CODE_STATE_WRONG, "draft");
	return rc || !go_on ? rc : accept(d);
}

/* Who wants another number than the one that was drafted says why. */
int decide_register(struct deciding *d)
{
	const struct op_target *t = &d->op->target;
	struct drafting k = { .lsn = t->draft, .t = t };
	bool go_on;
	int rc = check_unit(d, t->period.from, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_ANSWER, t->period.from, &go_on);
	if (!rc && go_on)
		rc = check_sense(d, &go_on);
	if (!rc && go_on && t->draft)
		rc = check_draft(d, &k, &go_on);
	if (rc || !go_on)
		return rc;
	if (k.lost) /* whether it is another number than that one's nobody can tell */
		return accept(d);
	if (t->draft && k.limit != target_is_limit(t)) /* a limit is answered by a limit */
		return refuse(d, CODE_TARGET_INVALID, "type");
	if (!d->op->reason.len && (!k.has_goal || k.goal != t->value))
		return refuse(d, CODE_REASON_NEEDED, NULL);
	return accept(d);
}

/* ---- targets ---- */

int decide_target(struct deciding *d)
{
	const struct op_target *t = &d->op->target;
	struct looking k = { .t = t, .only_own = only_own(d) };
	struct drafting draft = { .lsn = t->draft, .t = t };
	bool go_on;
	int rc = check_unit(d, t->period.from, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_TARGET, t->period.from, &go_on);
	if (rc || !go_on)
		return rc;
	if (k.only_own && !own_resolution(t))
		return refuse(d, CODE_NOT_ALLOWED, instrument_name(t->instrument));
	rc = check_sense(d, &go_on);
	if (!rc && go_on && t->draft)
		rc = check_draft(d, &draft, &go_on);
	if (rc || !go_on)
		return rc;
	if (t->supersedes.len && !d->op->reason.len)
		return refuse(d, CODE_REASON_NEEDED, NULL);
	if (t->supersedes.len)
		rc = check_amended(d, &k, &go_on);
	if (!rc && go_on)
		rc = check_twice(d, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* A unit that an act makes begins with the members of the day before: that day is told of it too. */
static day_t first_day(const struct deciding *d)
{
	const struct unit *u = tree_get(d->l->tree, d->op->unit);
	day_t day = d->op->members.day;

	return u && !unit_alive(u, day) && unit_alive(u, day + 1) ? day + 1 : day;
}

int decide_members(struct deciding *d)
{
	bool go_on;
	int rc = check_unit(d, first_day(d), &go_on);

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
