/* What was known then: sheets folded again from the entries up to an lsn, and the log itself. */
#include "internal.h"

#include <stdlib.h>

struct gather {
	struct ledger *l;
	uint8_t form;
	struct period period;
	uint64_t known_at, first_lsn;
	uint64_t *lsns; /* newest first */
	size_t count, cap;
};

static bool of_sheet(const struct gather *g, const struct op_sheet *w)
{
	return w->form == g->form && w->period.from == g->period.from &&
	       w->period.to == g->period.to;
}

/* A late op counts from the decision on, so its place is the decision's. */
static int late_concerns(const struct gather *g, const struct op *op, bool *yes, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct entry en;
	struct op_id id;
	struct op late;
	int rc = a ? late_open(g->l, &op->late, 0, &en, &id, &late, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for a sheet's history");

	*yes = !rc && of_sheet(g, &late.sheet);
	arena_free(a);
	return rc;
}

static bool concerns(const struct gather *g, const struct op *op)
{
	if (op->kind == OP_SHEET)
		return of_sheet(g, &op->sheet);
	if (op->kind == OP_RECALL || op->kind == OP_RETURN || op->kind == OP_ACCEPT)
		return op->mark.form == g->form && op->mark.period.from == g->period.from &&
		       op->mark.period.to == g->period.to;
	return false;
}

static int gather_each(void *ctx, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	struct gather *g = ctx;
	bool yes;
	int rc = 0;

	(void)env;
	if (en->lsn < g->first_lsn)
		return 1; /* there was no such sheet yet */
	if (en->lsn > g->known_at || en->verdict != VERDICT_ACCEPTED || !op)
		return 0;
	yes = concerns(g, op);
	if (op->kind == OP_LATE_DECISION && op->late.counts)
		rc = late_concerns(g, op, &yes, e);
	if (rc || !yes)
		return rc;
	if (g->count == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;
		uint64_t *grown = realloc(g->lsns, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for a sheet's history");
		g->lsns = grown;
		g->cap = cap;
	}
	g->lsns[g->count++] = en->lsn;
	return 0;
}

int fold_entry(struct ledger *l, uint64_t lsn, struct sheet *s, struct arena *a, struct err *e)
{
	struct envelope env;
	struct entry en;
	struct span bytes;
	struct op op;
	struct op_id id;
	enum op_code code;
	int rc = log_get(l, lsn, &bytes, e);

	arena_reset(a);
	if (!rc)
		rc = entry_decode(&en, bytes, a, e);
	if (!rc)
		rc = envelope_decode(&env, en.envelope, a, e);
	if (rc)
		return rc;
	rc = body_of(OP_NONE, &op, &en, a, e);
	if (rc)
		return rc;
	id = (struct op_id){ .device = en.device, .epoch = env.epoch, .seq = env.seq };
	if (op.kind == OP_LATE_DECISION) {
		struct op_late late = op.late;

		rc = late_open(l, &late, lsn, &en, &id, &op, a, e);
		if (rc)
			return rc;
	} else if (op.kind != OP_SHEET) {
		fold_mark(s, &op, lsn);
		return 0;
	}
	rc = fold_sheet(l, s, &en, &id, &op, &code, e);
	if (!rc && code != CODE_OK)
		rc = err_set(e, ERR_CORRUPT, "entry %llu does not fit", (unsigned long long)lsn);
	return rc;
}

static int rebuild(struct ledger *l, uint32_t unit, struct gather *g, struct sheet *out,
		   struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = a ? unit_head_get(l, unit, &head, e) : err_set(e, ERR_NOMEM, "no memory");

	if (!rc)
		rc = walk_unit(l, head, a, gather_each, g, e);
	sheet_clear(out);
	for (size_t i = g->count; i-- > 0 && !rc;)
		rc = fold_entry(l, g->lsns[i], out, a, e);
	if (!rc && g->count)
		rc = sheet_judge(l, unit, g->form, g->period, out, &out->broken, e);
	free(g->lsns);
	arena_free(a);
	return rc ? rc : g->count ? 0 : -ERR_NOTFOUND;
}

int query_sheet_at(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		   uint64_t known_at, struct sheet *out, struct err *e)
{
	struct gather g = { .l = l, .form = form, .period = p, .known_at = known_at };
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = sheet_get(l, unit, form, p, out, e);
	g.first_lsn = out->first_lsn;
	if (!rc && out->first_lsn > known_at) {
		sheet_clear(out);
		rc = -ERR_NOTFOUND;
	}
	if (!rc && out->last_lsn > known_at)
		rc = rebuild(l, unit, &g, out, e);
	read_leave(l);
	return rc;
}

/* ---- plans and members ---- */

struct past {
	struct ledger *l;
	uint32_t unit;
	uint64_t known;
	day_t day; /* members: of this day */
	bool found;
	int64_t members;
	uint64_t kept_lsn;          /* what went before is told by what an act left */
	struct plan_interval *acts; /* newest first */
	size_t count, cap;
};

static int past_interval(struct past *p, const struct plan_interval *v, struct err *e)
{
	if (p->count == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct plan_interval *grown = realloc(p->acts, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for a plan's history");
		p->acts = grown;
		p->cap = cap;
	}
	p->acts[p->count++] = *v;
	return 0;
}

static int past_plan_each(void *ctx, const struct entry *en, const struct envelope *env,
			  const struct op *op, struct err *e)
{
	struct past *p = ctx;
	struct plan_interval v;

	(void)env;
	if (en->lsn <= p->kept_lsn)
		return 1;
	if (en->lsn > p->known || en->verdict != VERDICT_ACCEPTED || !op)
		return 0;
	if (op->kind == OP_UNIT)
		return plan_of_unit(p->l, &op->create, en->lsn, &v) ? past_interval(p, &v, e) : 0;
	if (op->kind != OP_PLAN)
		return 0;
	v = plan_of_op(&op->plan, en->lsn);
	return past_interval(p, &v, e);
}

int plan_at(struct ledger *l, uint32_t unit, uint64_t known, struct plan_row *out, struct arena *a,
	    struct err *e)
{
	struct past p = { .l = l, .unit = unit, .known = known };
	struct arena *walk;
	struct plan_row now;
	uint64_t head;
	int rc = plan_get(l, unit, &now, a, e);

	*out = now;
	if (rc || now.changed_lsn <= known)
		return rc;
	rc = plan_kept(out, &p.kept_lsn, &now, known, a, e);
	if (rc)
		return rc;
	walk = arena_new(SCRATCH_BUDGET);
	rc = walk ? unit_head_get(l, unit, &head, e) : err_set(e, ERR_NOMEM, "no memory");
	if (!rc)
		rc = walk_unit(l, head, walk, past_plan_each, &p, e);
	arena_free(walk);
	for (size_t i = p.count; i-- > 0 && !rc;) {
		struct plan_row was = *out;

		rc = plan_with(l, &was, &p.acts[i], out, a, e);
		out->changed_lsn = p.acts[i].lsn;
	}
	free(p.acts);
	return rc;
}

static int past_members_each(void *ctx, const struct entry *en, const struct envelope *env,
			     const struct op *op, struct err *e)
{
	struct past *p = ctx;

	(void)env;
	(void)e;
	p->found = en->lsn <= p->known && en->verdict == VERDICT_ACCEPTED && op &&
		   op->kind == OP_MEMBERS && op->members.day == p->day;
	if (p->found)
		p->members = op->members.members;
	return p->found;
}

int members_at(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
	       struct err *e)
{
	struct past p = { .l = l, .unit = unit, .known = known, .day = day };
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = a ? unit_head_get(l, unit, &head, e) : err_set(e, ERR_NOMEM, "no memory");

	if (!rc)
		rc = walk_unit(l, head, a, past_members_each, &p, e);
	arena_free(a);
	*members = p.members;
	return rc ? rc : p.found ? 0 : -ERR_NOTFOUND;
}

int query_lsn_at(uint64_t *lsn, struct ledger *l, int64_t ms, struct err *e)
{
	uint64_t low = 0,
		 high = l->info.lsn; /* times never decrease: the answer is in (low-1, high] */
	struct arena *a = arena_new(SCRATCH_BUDGET);
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory");

	*lsn = 0;
	if (rc) {
		arena_free(a);
		return rc;
	}
	while (low < high && !rc) {
		uint64_t mid = low + (high - low + 1) / 2;
		struct entry en;
		struct span bytes;

		arena_reset(a);
		rc = log_get(l, mid, &bytes, e);
		if (!rc)
			rc = entry_decode(&en, bytes, a, e);
		if (rc)
			break;
		if (en.time_ms <= ms)
			low = mid;
		else
			high = mid - 1;
	}
	read_leave(l);
	arena_free(a);
	*lsn = low;
	return rc;
}

int query_log(struct ledger *l, uint64_t from, uint32_t unit, bool one_unit,
	      int (*each)(void *ctx, const struct entry *en, const struct op *op), void *ctx,
	      struct err *e)
{
	struct key start = key_u64(from);
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	struct arena *a = arena_new(SCRATCH_BUDGET);
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory");

	if (rc) {
		arena_free(a);
		return rc;
	}
	rc = kv_walk(&c, l->txn, T_LOG, none, key_span(&start), false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct entry en;
		struct op op;
		struct rd r;

		arena_reset(a);
		rc = row_open(&r, T_LOG, value, e);
		if (!rc)
			rc = entry_decode(&en, rd_bytes(&r, rd_left(&r)), a, e);
		if (rc || (one_unit && en.unit != unit))
			continue;
		rc = body_open(&op, en.body, a, e);
		if (rc >= 0)
			rc = each(ctx, &en, rc ? &op : NULL);
	}
	kv_walk_end(c);
	read_leave(l);
	arena_free(a);
	return rc;
}
