#include "client/act.h"

#include "internal.h"

/* Which unit it was about, where the op has one: an act of reorganisation names its own. */
static int refused(const struct client *c, const struct op *op, struct err *e)
{
	const struct unit *u = op->unit && op->kind != OP_ACT_PROPOSAL
				       ? tree_get(ledger_tree(c->base), op->unit)
				       : NULL;

	return u ? err_wrap(e, -(int)e->code, "%s", u->code) : -(int)e->code;
}

int act_judge(struct client *c, struct op *op, int64_t now_ms, enum op_code *code, struct err *e)
{
	struct op_id next = { c->id.device, c->st.epoch, c->st.next_seq };
	struct op_base base = { .lsn = c->st.cursor.lsn };

	memcpy(base.incarnation, c->st.cursor.incarnation, sizeof(base.incarnation));
	op->author = c->id.person;
	op->device_time_ms = now_ms;
	*code = CODE_OK;
	if (op_check(op, e) != CODE_OK)
		return -ERR_INVALID;
	*code = ledger_decide(c->base, op, next, c->id.unit, &base, now_ms, e);
	return *code == CODE_OK ? 0 : refused(c, op, e);
}

int act_queue(struct client *c, struct op *op, int64_t now_ms, struct op_id *id, enum op_code *code,
	      struct err *e)
{
	int rc = act_judge(c, op, now_ms, code, e);

	return rc ? rc : outbox_append(c, op, now_ms, id, e);
}

static bool waits(const struct own_op *o, const struct op *op)
{
	return o->kind == op->kind && o->unit == op->unit && !o->pulled && !o->dropped &&
	       !o->aside && !o->twin && !o->remade_seq && o->verdict != VERDICT_REFUSED;
}

/* Of those that wait the newest that is about the same thing is the one that will hold, whatever stands. */
static int find_waiting(struct client *c, const struct op *op, bool *met, struct acted *out,
			struct err *e)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory to look for an op");

	*met = false;
	for (size_t i = c->own.count; i-- > 0 && !rc && !*met;) {
		const struct own_op *o = &c->own.ops[i];
		bool same = false;
		struct op was;

		if (!waits(o, op))
			continue;
		arena_reset(a);
		rc = outbox_decode(c, o->id, &was, a, e);
		*met = !rc && op_same_matter(&was, op);
		if (*met)
			rc = op_same(&same, &was, op, e);
		if (!rc && same)
			*out = (struct acted){ ACT_WAITS, o->id, o->lsn };
	}
	arena_free(a);
	return rc;
}

/* Where it waits or stands to the letter; else out->state stays ACT_QUEUED. */
static int find_said(struct client *c, const struct op *op, struct acted *out, struct err *e)
{
	struct op_standing found = { .lsn = 0 };
	bool met;
	int rc;

	if (!op_same_matter(op, op)) /* said again, it is another act */
		return 0;
	rc = find_waiting(c, op, &met, out, e);
	if (!rc && !met)
		rc = ledger_stands(&found, c->base, op, e);
	if (!rc && found.lsn)
		*out = (struct acted){ ACT_STANDS, found.id, found.lsn };
	return rc;
}

int act_once(struct client *c, struct op *op, int64_t now_ms, struct acted *out, enum op_code *code,
	     struct err *e)
{
	struct err failed = { 0 };
	int judged = act_judge(c, op, now_ms, code, e), rc;

	*out = (struct acted){ .state = ACT_QUEUED };
	if (judged && (*code == CODE_OK || *code == CODE_NOT_ALLOWED))
		return judged;
	rc = find_said(c, op, out, &failed);
	if (rc) {
		*e = failed;
		*code = CODE_OK;
		return rc;
	}
	if (out->state == ACT_QUEUED)
		return judged ? judged : outbox_append(c, op, now_ms, &out->id, e);
	err_clear(e); /* where it stands it may well be that it could not be made once more */
	*code = CODE_OK;
	return 0;
}

uint32_t act_number(const struct client *c)
{
	uint64_t waiting = 0;

	for (size_t i = 0; i < c->own.count; i++)
		waiting += !c->own.ops[i].pulled && !c->own.ops[i].dropped;
	return (uint32_t)(c->st.cursor.lsn + 1 + waiting);
}

uint32_t act_unit_number(const struct client *c)
{
	uint32_t most = tree_max(ledger_tree(c->base)) + 1, free_no = act_number(c);

	return free_no < most ? free_no : most;
}
