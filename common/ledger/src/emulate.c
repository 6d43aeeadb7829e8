#include "ledger/emulate.h"

#include "internal.h"

enum { COMMENDED_MAX = 256 };

typedef int each_fn(void *ctx, const struct entry *en, const struct envelope *env,
		    const struct op *op, struct err *e);

static int walk(struct ledger *l, uint32_t unit, each_fn *each, void *ctx, struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	uint64_t head = 0;
	int rc = scratch ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory to look back");

	if (!rc) {
		rc = unit_head_get(l, unit, &head, e);
		if (!rc)
			rc = walk_unit(l, head, scratch, each, ctx, e);
		read_leave(l);
	}
	arena_free(scratch);
	return rc;
}

/* ---- the group ---- */

struct grouping {
	day_t day;
	uint64_t known_at;
	struct arena *keep;
	struct span name;
};

static int group_each(void *ctx, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct grouping *g = ctx;

	(void)env;
	if (!op || op->kind != OP_GROUP || en->verdict != VERDICT_ACCEPTED ||
	    en->lsn > g->known_at || g->day < op->group.from ||
	    (op->group.to && g->day > op->group.to))
		return 0;
	if (op->group.name.len)
		g->name = arena_copy(g->keep, op->group.name);
	if (op->group.name.len && !g->name.data)
		return err_set(e, ERR_NOMEM, "no memory for a group");
	return 1; /* the newest whose days hold it */
}

int query_group(struct span *name, struct ledger *l, uint32_t unit, day_t day, uint64_t known_at,
		struct arena *a, struct err *e)
{
	struct grouping g = { .day = day, .known_at = known_at, .keep = a };
	int rc = walk(l, unit, group_each, &g, e);

	*name = g.name;
	return rc;
}

/* ---- those put forward ---- */

struct commending {
	struct commended *list;
	size_t count;
	uint32_t unit;
	struct period period;
	uint64_t known_at;
	struct arena *keep;
};

static bool told_since(const struct commending *g, const struct op_commend *c)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct op_commend *newer = &g->list[i].commend;

		if (span_eq(newer->title, c->title) && newer->period.from == c->period.from &&
		    newer->period.to == c->period.to)
			return true;
	}
	return false;
}

static int commend_each(void *ctx, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct commending *g = ctx;
	struct commended *c;

	(void)env;
	if (!op || op->kind != OP_COMMEND || en->verdict != VERDICT_ACCEPTED ||
	    en->lsn > g->known_at || !period_inside(op->commend.period, g->period) ||
	    told_since(g, &op->commend))
		return 0;
	if (g->count == COMMENDED_MAX)
		return err_set(e, ERR_FULL, "more than %d people put forward by one unit",
			       COMMENDED_MAX);
	c = &g->list[g->count++];
	*c = (struct commended){ .unit = g->unit, .lsn = en->lsn, .commend = op->commend };
	c->commend.title = arena_copy(g->keep, op->commend.title);
	c->reason = op->reason.len ? arena_copy(g->keep, op->reason) : op->reason;
	return c->commend.title.data && (!op->reason.len || c->reason.data)
		       ? 0
		       : err_set(e, ERR_NOMEM, "no memory for proposals");
}

int query_commended(const struct commended **out, size_t *count, struct ledger *l, uint32_t unit,
		    struct period period, uint64_t known_at, struct arena *a, struct err *e)
{
	struct commending g = { .unit = unit, .period = period, .known_at = known_at, .keep = a };
	size_t kept = 0;
	int rc;

	*count = 0;
	g.list = arena_array(a, COMMENDED_MAX, sizeof(*g.list));
	rc = g.list ? walk(l, unit, commend_each, &g, e)
		    : err_set(e, ERR_NOMEM, "no memory for proposals");
	for (size_t i = 0; i < g.count && !rc; i++)
		if (g.list[i].commend.helped) /* those taken back hid what was said before */
			g.list[kept++] = g.list[i];
	*out = g.list;
	*count = kept;
	return rc;
}
