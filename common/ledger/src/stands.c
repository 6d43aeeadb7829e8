/* Does it stand already what somebody is about to say again? Asked where an act is made, before it is signed: the verdict
 * on an op that comes from elsewhere, and what it does, know nothing of it. */
#include "internal.h"

#include "ledger/recovery.h"

struct finding {
	const struct op *op;
	struct op_standing *out;
};

/* The newest that is about the same thing is the one that holds. */
static int each(void *ctx, const struct entry *en, const struct envelope *env, const struct op *op,
		struct err *e)
{
	struct finding *f = ctx;
	bool same;
	int rc;

	if (!op || en->verdict != VERDICT_ACCEPTED || !op_same_matter(op, f->op))
		return 0;
	rc = op_same(&same, op, f->op, e);
	if (!rc && same)
		*f->out = (struct op_standing){ .lsn = en->lsn,
						.id = { en->device, env->epoch, env->seq } };
	return rc ? rc : 1;
}

static int setting_lsn(struct ledger *l, const struct op *op, uint64_t *lsn, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_SETTING, key_setting(op->unit, op->setting.key), &r, e);

	if (rc)
		return rc;
	*lsn = rd_varint(&r);
	(void)rd_lenspan(&r);
	return row_done(&r, T_SETTING, e);
}

/* Where to begin to look back: where a row names the entry that holds, there. -ERR_NOTFOUND: there is no such row. */
static int begin_at(struct ledger *l, const struct op *op, uint64_t *lsn, struct err *e)
{
	int64_t members;

	if (op->kind == OP_MEMBERS)
		return members_get(l, op->unit, op->members.day, &members, lsn, e);
	if (op->kind == OP_SETTING)
		return setting_lsn(l, op, lsn, e);
	return unit_head_get(l, op->unit, lsn, e);
}

int ledger_stands(struct op_standing *out, struct ledger *l, const struct op *op, struct err *e)
{
	struct finding f = { .op = op, .out = out };
	struct arena *a;
	bool recovering = false;
	uint64_t lsn = 0;
	int rc;

	*out = (struct op_standing){ .lsn = 0 };
	if (!op_same_matter(op, op))
		return 0;
	a = arena_new(SCRATCH_BUDGET);
	rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory to look back");
	if (!rc) {
		rc = ledger_recovering(l, &recovering, e);
		if (!rc && !recovering)
			rc = begin_at(l, op, &lsn, e);
		if (!rc && lsn)
			rc = walk_unit(l, lsn, a, each, &f, e);
		read_leave(l);
	}
	arena_free(a);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(e); /* nobody has said it, or a device has read nothing yet */
	return 0;
}
