/* Figures on behalf that gave way to the unit's own. Nothing of them stands in a sheet any more, so they are found
 * in the log: the entries on behalf of a sheet, folded without the unit's own, are what the superior would have
 * reported. Nothing is kept for it: two holders of the same entries say the same. */
#include "internal.h"

#include <stdlib.h>

/* An entry on behalf, or the decision that lets a late one count. */
struct behalf {
	uint32_t unit;
	uint8_t form;
	struct period period;
	uint64_t lsn;
};

struct gathering {
	struct ledger *l;
	struct behalf *list;
	size_t count, cap;
	struct err *e;
};

static int add_behalf(struct gathering *g, const struct op *op, uint64_t lsn)
{
	const struct op_sheet *w = &op->sheet;

	if (!op->on_behalf.len || !w->figure_count)
		return 0;
	if (g->count == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 256;
		struct behalf *grown = realloc(g->list, cap * sizeof(*grown));

		if (!grown)
			return err_set(g->e, ERR_NOMEM, "no memory for what gave way");
		g->list = grown;
		g->cap = cap;
	}
	g->list[g->count++] = (struct behalf){ op->unit, (uint8_t)w->form, w->period, lsn };
	return 0;
}

static int add_late(struct gathering *g, const struct op_late *decided, uint64_t lsn)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct entry en;
	struct op_id id;
	struct op late;
	int rc = a ? late_open(g->l, decided, lsn, &en, &id, &late, a, g->e)
		   : err_set(g->e, ERR_NOMEM, "no memory for what gave way");

	if (!rc)
		rc = add_behalf(g, &late, lsn);
	arena_free(a);
	return rc;
}

static int gather(void *ctx, const struct entry *en, const struct op *op)
{
	struct gathering *g = ctx;

	if (en->verdict != VERDICT_ACCEPTED || !op)
		return 0;
	if (op->kind == OP_SHEET)
		return add_behalf(g, op, en->lsn);
	if (op->kind == OP_LATE_DECISION && op->late.counts)
		return add_late(g, &op->late, en->lsn);
	return 0;
}

static int same_sheet_cmp(const struct behalf *a, const struct behalf *b)
{
	if (a->period.to != b->period.to)
		return a->period.to < b->period.to ? -1 : 1;
	if (a->period.from != b->period.from)
		return a->period.from < b->period.from ? -1 : 1;
	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	return (a->form > b->form) - (a->form < b->form);
}

static int behalf_cmp(const void *pa, const void *pb)
{
	const struct behalf *a = pa, *b = pb;
	int c = same_sheet_cmp(a, b);

	return c ? c : (a->lsn > b->lsn) - (a->lsn < b->lsn);
}

/* ---- one sheet ---- */

struct telling {
	struct ledger *l;
	struct arena *a;
	struct sheet now, provisional;
	gave_way_each *each;
	void *ctx;
	struct err *e;
};

static int said(struct telling *t, const struct sheet *s, const struct version *v,
		struct gave_way_side *out)
{
	const struct sheet_op *by = &s->ops[v->op];
	struct span bytes;
	struct entry en;
	struct op op;
	int rc = log_get(t->l, by->lsn, &bytes, t->e);

	if (!rc)
		rc = entry_decode(&en, bytes, t->a, t->e);
	if (!rc)
		rc = body_of(OP_NONE, &op, &en, t->a, t->e);
	if (rc)
		return rc;
	*out = (struct gave_way_side){ .state = v->state,
				       .value = v->value,
				       .approx = v->approx,
				       .lsn = by->lsn,
				       .time_ms = en.time_ms,
				       .author = en.author,
				       .unit_of_author = by->unit_of_author,
				       .from = op.on_behalf };
	return 0;
}

static bool differs(const struct version *a, const struct version *b)
{
	return a->state != b->state || a->value != b->value || a->approx != b->approx;
}

static int tell_measure(struct telling *t, const struct behalf *of, uint16_t measure)
{
	struct figure was = sheet_figure(&t->provisional, measure, of->unit),
		      own = sheet_figure(&t->now, measure, of->unit);
	int rc = 0;

	if (!own.winner || t->now.ops[own.winner->op].on_behalf)
		return 0; /* it still stands */
	for (size_t i = 0; i < was.run && !rc; i++) {
		struct gave_way g = {
			.unit = of->unit, .form = of->form, .period = of->period, .measure = measure
		};

		if (!differs(&was.first[i], own.winner))
			continue;
		arena_reset(t->a);
		rc = said(t, &t->provisional, &was.first[i], &g.behalf);
		if (!rc)
			rc = said(t, &t->now, own.winner, &g.own);
		if (!rc)
			rc = t->each(t->ctx, &g);
	}
	return rc;
}

/* `of` and those behind it up to `end` are of one sheet, in the order in which they came. */
static int tell_sheet(struct telling *t, const struct behalf *of, const struct behalf *end)
{
	int rc = sheet_get(t->l, of->unit, of->form, of->period, &t->now, t->e);

	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	sheet_clear(&t->provisional);
	for (const struct behalf *b = of; b < end && !rc; b++)
		rc = fold_entry(t->l, b->lsn, &t->provisional, t->a, t->e);
	for (size_t i = 0; i < t->provisional.version_count && !rc;) {
		uint16_t measure = t->provisional.versions[i].measure;

		rc = tell_measure(t, of, measure);
		while (i < t->provisional.version_count &&
		       t->provisional.versions[i].measure == measure)
			i++;
	}
	return rc;
}

static int tell(struct ledger *l, const struct gathering *g, gave_way_each *each, void *ctx,
		struct err *e)
{
	struct telling *t = calloc(1, sizeof(*t));
	int rc = t ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for what gave way");

	if (rc) {
		free(t);
		return rc;
	}
	*t = (struct telling){
		.l = l, .a = arena_new(SCRATCH_BUDGET), .each = each, .ctx = ctx, .e = e
	};
	if (!t->a)
		rc = err_set(e, ERR_NOMEM, "no memory for what gave way");
	for (size_t i = 0; i < g->count && !rc;) {
		size_t end = i + 1;

		while (end < g->count && !same_sheet_cmp(&g->list[i], &g->list[end]))
			end++;
		rc = tell_sheet(t, &g->list[i], &g->list[end]);
		i = end;
	}
	read_leave(l);
	arena_free(t->a);
	free(t);
	return rc;
}

int query_gave_way(struct ledger *l, uint32_t unit, bool one_unit, gave_way_each *each, void *ctx,
		   struct err *e)
{
	struct gathering g = { .l = l, .e = e };
	int rc = query_log(l, 1, unit, one_unit, gather, &g, e);

	if (!rc && g.count) {
		qsort(g.list, g.count, sizeof(*g.list), behalf_cmp);
		rc = tell(l, &g, each, ctx, e);
	}
	free(g.list);
	return rc;
}
