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
