/* What devices ask a server. */
#include "report/report.h"

enum { ARENA_BUDGET = 256 << 20 };

static int put(const char *bytes, size_t len, void *ctx)
{
	buf_bytes(ctx, span_of(bytes, len));
	return 0;
}

int report_answer(struct buf *out, struct ledger *l, const struct wire_query *w, day_t today,
		  struct err *e)
{
	struct arena *a = arena_new(ARENA_BUDGET);
	struct question q;
	json_t *j = NULL;
	int rc = a ? question_from_wire(&q, w, today, e)
		   : err_set(e, ERR_NOMEM, "no memory for an answer");

	if (!rc)
		rc = question_known(&q, l, e);
	if (!rc)
		rc = w->what == WIRE_TABLE ? report_table(&j, l, &q, a, e)
					   : report_totals(&j, l, &q, a, e);
	if (!rc && json_dump_callback(j, put, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER))
		rc = err_set(e, ERR_NOMEM, "no memory for an answer");
	json_decref(j);
	arena_free(a);
	return rc;
}
