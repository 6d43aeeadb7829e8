/* What devices ask a server. */
#include "report/acts.h"
#include "report/report.h"

enum { ARENA_BUDGET = 256 << 20 };

static int put(const char *bytes, size_t len, void *ctx)
{
	buf_bytes(ctx, span_of(bytes, len));
	return 0;
}

static int answer(json_t **out, struct ledger *l, uint32_t what, struct question *q,
		  struct arena *a, struct err *e)
{
	switch (what) {
	case WIRE_TABLE:
		return report_table(out, l, q, a, e);
	case WIRE_BRIDGE:
		q->q.tree = TREE_AS_IS;
		return report_bridge(out, l, q, a, e);
	default:
		return q->each ? report_series(out, l, q, a, e) : report_totals(out, l, q, a, e);
	}
}

int report_answer(struct buf *out, struct ledger *l, const struct wire_query *w, uint32_t scope,
		  day_t today, struct err *e)
{
	struct arena *a = arena_new(ARENA_BUDGET);
	struct question q;
	json_t *j = NULL;
	int rc = a ? question_from_wire(&q, w, today, e)
		   : err_set(e, ERR_NOMEM, "no memory for an answer");

	if (!rc)
		rc = question_known(&q, l, e);
	if (!rc) {
		q.scope = scope;
		rc = answer(&j, l, w->what, &q, a, e);
	}
	if (!rc && json_dump_callback(j, put, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER))
		rc = err_set(e, ERR_NOMEM, "no memory for an answer");
	json_decref(j);
	arena_free(a);
	return rc;
}
