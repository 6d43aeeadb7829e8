/* What an act is called. */
#include "internal.h"

int act_name(struct act_named *out, struct ledger *l, uint64_t lsn, struct arena *a, struct err *e)
{
	struct entry en;
	struct buf b;
	struct op op;
	int rc;

	*out = (struct act_named){ .no = "" };
	if (!lsn)
		return 0;
	buf_init(&b, ENTRY_MAX);
	rc = ledger_entry(l, lsn, &b, e);
	if (!rc)
		rc = entry_decode(&en, buf_span(&b), a, e);
	if (!rc && op_decode(&op, en.body, a, NULL) == CODE_OK && op.kind == OP_ACT) {
		out->no = arena_str(a, op.act.no);
		out->effective = op.act.effective;
	}
	buf_fini(&b);
	return rc || out->no ? rc : err_set(e, ERR_NOMEM, "no memory for an act");
}
