/* What was known then: sheets folded again from the entries up to an lsn, and the log itself. */
#include "internal.h"

#include <stdlib.h>

struct gather {
	struct ledger *l;
	struct sheet_then *want;
	size_t count;
	uint64_t known_at, first_lsn;
	struct place { /* newest first */
		uint64_t lsn;
		size_t of; /* which of those wanted */
	} * places;
	size_t place_count, cap;
};

/* Which of the wanted sheets is it? `count` when none. */
static size_t wanted(const struct gather *g, uint16_t form, struct period p)
{
	size_t i = 0;

	while (i < g->count &&
	       (g->want[i].key.form != form || g->want[i].key.period.from != p.from ||
		g->want[i].key.period.to != p.to))
		i++;
	return i;
}

/* A late op counts from the decision on, so its place is the decision's. */
static int late_concerns(const struct gather *g, const struct op *op, size_t *of, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct entry en;
	struct op_id id;
	struct op late;
	int rc = a ? late_open(g->l, &op->late, 0, &en, &id, &late, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for a sheet's history");

	if (!rc)
		*of = wanted(g, late.sheet.form, late.sheet.period);
	arena_free(a);
	return rc;
}

static size_t concerns(const struct gather *g, const struct op *op)
{
	if (op->kind == OP_SHEET)
		return wanted(g, op->sheet.form, op->sheet.period);
	if (op->kind == OP_RECALL || op->kind == OP_RETURN || op->kind == OP_ACCEPT)
		return wanted(g, op->mark.form, op->mark.period);
	return g->count;
}

static int gather_each(void *ctx, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	struct gather *g = ctx;
	size_t of;
	int rc = 0;

	(void)env;
	if (en->lsn < g->first_lsn)
		return 1; /* there were no such sheets yet */
	if (en->verdict != VERDICT_ACCEPTED || !op)
		return 0;
	of = concerns(g, op);
	if (op->kind == OP_LATE_DECISION && op->late.counts)
		rc = late_concerns(g, op, &of, e);
	if (rc || of == g->count)
		return rc;
	if (g->place_count == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;
		struct place *grown = realloc(g->places, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for a sheet's history");
		g->places = grown;
		g->cap = cap;
	}
	g->places[g->place_count++] = (struct place){ en->lsn, of };
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

/* One of the wanted sheets, folded anew from its entries. -ERR_NOTFOUND: none was there. */
static int fold_places(const struct gather *g, size_t of, struct sheet *out, struct arena *a,
		       struct err *e)
{
	const struct sheet_key *k = &g->want[of].key;
	bool any = false;
	int rc = 0;

	sheet_clear(out);
	for (size_t i = g->place_count; i-- > 0 && !rc;) {
		if (g->places[i].of != of)
			continue;
		any = true;
		rc = fold_entry(g->l, g->places[i].lsn, out, a, e);
	}
	if (!rc && any)
		rc = sheet_judge(g->l, k->unit, k->form, k->period, out, &out->broken, e);
	return rc ? rc : any ? 0 : -ERR_NOTFOUND;
}

int sheets_then(struct ledger *l, struct sheet_then *want, size_t count,
		int (*each)(void *ctx, const struct sheet_then *w, const struct sheet *s,
			    struct err *e),
		void *ctx, struct err *e)
{
	struct gather g = { .l = l,
			    .want = want,
			    .count = count,
			    .known_at = want->known,
			    .first_lsn = UINT64_MAX };
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct sheet sheet;
	uint64_t head;
	int rc = a ? unit_head_get(l, want->key.unit, &head, e)
		   : err_set(e, ERR_NOMEM, "no memory for a sheet's history");

	for (size_t i = 0; i < count; i++)
		if (want[i].first_lsn < g.first_lsn)
			g.first_lsn = want[i].first_lsn;
	if (!rc)
		rc = walk_known(l, head, g.known_at, a, gather_each, &g, e);
	for (size_t i = 0; i < count && !rc; i++) {
		rc = fold_places(&g, i, &sheet, a, e);
		rc = rc == -ERR_NOTFOUND ? 0 : rc ? rc : each(ctx, &want[i], &sheet, e);
	}
	free(g.places);
	arena_free(a);
	return rc;
}

static int keep_sheet(void *ctx, const struct sheet_then *w, const struct sheet *s, struct err *e)
{
	(void)w;
	(void)e;
	*(struct sheet *)ctx = *s;
	return 0;
}

int query_sheet_at(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		   uint64_t known_at, struct sheet *out, struct err *e)
{
	struct sheet_then want = { .key = { p, form, unit }, .known = known_at };
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = sheet_get(l, unit, form, p, out, e);
	want.first_lsn = out->first_lsn;
	if (!rc && (out->first_lsn > known_at || out->last_lsn > known_at)) {
		bool begun = out->first_lsn <= known_at;

		sheet_clear(out);
		if (begun)
			rc = sheets_then(l, &want, 1, keep_sheet, out, e);
		if (!rc && !out->first_lsn)
			rc = -ERR_NOTFOUND;
	}
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
		rc = walk_known(l, head, known, walk, past_plan_each, &p, e);
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
		rc = walk_known(l, head, known, a, past_members_each, &p, e);
	arena_free(a);
	*members = p.members;
	return rc ? rc : p.found ? 0 : -ERR_NOTFOUND;
}

/* When the entry was received. A part may be without it: then of the last one before it that is here, *lsn; 0: there is
 * none. */
static int time_upto(int64_t *ms, struct ledger *l, uint64_t *lsn, struct arena *a, struct err *e)
{
	struct span none = { NULL, 0 }, key = none, value = none, bytes;
	struct key from = key_u64(*lsn);
	struct kv_cursor *c = NULL;
	struct entry en = { .time_ms = INT64_MIN };
	struct rd r;
	int rc = log_get(l, *lsn, &bytes, e);

	if (rc == -ERR_NOTFOUND && l->scope) {
		*lsn = 0;
		rc = kv_walk(&c, l->txn, T_LOG, none, key_span(&from), true, e);
		if (!rc)
			rc = kv_next(c, &key, &value, e);
		if (rc == 1) {
			*lsn = key_read_u64(key, 0);
			rc = row_open(&r, T_LOG, value, e);
			bytes = rd_bytes(&r, rd_left(&r));
		}
	}
	if (!rc && *lsn)
		rc = entry_decode(&en, bytes, a, e);
	kv_walk_end(c);
	*ms = en.time_ms;
	return rc;
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
		uint64_t mid = low + (high - low + 1) / 2, at = mid;
		int64_t then;

		arena_reset(a);
		rc = time_upto(&then, l, &at, a, e);
		if (rc)
			break;
		if (then > ms) {
			high = at - 1;
		} else {
			low = mid;
			*lsn = at;
		}
	}
	read_leave(l);
	arena_free(a);
	return rc;
}

int query_seen(uint64_t *lsn, int64_t *ms, struct ledger *l, uint64_t known_at, struct arena *a,
	       struct err *e)
{
	struct query q = { .known_at = known_at };
	int rc = query_known(lsn, l, &q, e);

	*ms = 0;
	if (!rc)
		rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = known_time(l, *lsn, ms, a, e);
	read_leave(l);
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
