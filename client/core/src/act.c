#include "client/act.h"

#include "internal.h"

static int refused(enum op_code code, struct err *e)
{
	enum err_code kind = code == CODE_NOT_ALLOWED || code == CODE_PERSON_UNKNOWN ? ERR_DENIED
			     : code == CODE_EXISTS                                   ? ERR_EXISTS
										     : ERR_INVALID;

	return err_set(e, kind, "the server would refuse this: %s", op_code_name(code));
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
	return *code == CODE_OK ? 0 : refused(*code, e);
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
