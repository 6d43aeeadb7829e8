/* What devices ask a server. */
#include "report/acts.h"
#include "internal.h"
#include "json_text.h"

enum { ARENA_BUDGET = 256 << 20 };

/* What is asked often is written straight as text, the rest goes by values. */
static int answer(struct buf *out, struct ledger *l, uint32_t what, struct question *q,
		  struct arena *a, struct err *e)
{
	json_t *j = NULL;
	int rc;

	if (what == WIRE_TOTALS)
		return (q->each ? series_text : totals_text)(out, l, q, a, e);
	if (what == WIRE_TABLE && q->each)
		return table_each_text(out, l, q, a, e);
	if (what == WIRE_BRIDGE)
		q->q.tree = TREE_AS_IS;
	rc = (what == WIRE_TABLE ? report_table : report_bridge)(&j, l, q, a, e);
	if (!rc)
		json_text_value(out, j);
	return rc;
}

static int answer_question(struct buf *out, struct ledger *l, const struct wire_query *w,
			   uint32_t scope, day_t today, struct arena *a, struct err *e)
{
	struct question q;
	int rc = question_from_wire(&q, w, today, e);

	if (!rc)
		rc = question_known(&q, l, e);
	q.scope = scope;
	return rc ? rc : answer(out, l, w->what, &q, a, e);
}

static int answer_held(struct buf *out, struct ledger *l, const struct wire_query *w,
		       uint32_t scope, day_t today, struct arena *a, struct err *e)
{
	json_t *j = NULL;
	int rc = report_held(&j, l, w->unit, scope, today, a, e);

	if (!rc)
		json_text_value(out, j);
	return rc;
}

int report_answer(struct buf *out, struct ledger *l, const struct wire_query *w, uint32_t scope,
		  day_t today, struct err *e)
{
	struct arena *a = arena_new(ARENA_BUDGET);
	int rc = a ? (w->what == WIRE_DEVICES ? answer_held : answer_question)(out, l, w, scope,
									       today, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for an answer");

	arena_free(a);
	return rc;
}
