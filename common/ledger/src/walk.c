/* Back along the links of entries. */
#include "internal.h"

#include <stdlib.h>

int body_open(struct op *op, struct span body, struct arena *a, struct err *e)
{
	enum op_code code = op_decode(op, body, a, NULL);

	if (code == CODE_NO_VERDICT)
		return err_set(e, ERR_NOMEM, "no memory to read an op");
	return code == CODE_OK;
}

int body_of(enum op_kind kind, struct op *op, const struct entry *en, struct arena *a,
	    struct err *e)
{
	int readable = body_open(op, en->body, a, e);

	if (readable < 0)
		return readable;
	if (!readable || (kind != OP_NONE && op->kind != kind))
		return err_set(e, ERR_CORRUPT, "entry %llu does not hold what it should",
			       (unsigned long long)en->lsn);
	return 0;
}

/* ---- chains that have holes: of a part, where a unit is not held as a whole ---- */

int hole_note(struct ledger *l, const struct entry *en, struct err *e)
{
	uint64_t before;
	int rc = unit_head_get(l, en->unit, &before, e);

	if (rc || before == en->prev_unit)
		return rc;
	if (l->hole_count == l->hole_cap) {
		size_t cap = l->hole_cap ? l->hole_cap * 2 : 64;
		struct hole *grown = realloc(l->holes, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for an entry");
		l->holes = grown;
		l->hole_cap = cap;
	}
	l->holes[l->hole_count++] = (struct hole){ en->lsn, before };
	return 0;
}

/* Of an entry of this batch it is noted; else it is looked for among what is committed. *lsn 0: there is none. */
static int held_before(uint64_t *lsn, struct ledger *l, uint32_t unit, uint64_t above,
		       struct arena *a, struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	struct key from = key_u64(above - 1);
	struct kv_cursor *c = NULL;
	size_t low = 0, high = l->hole_count;
	int rc;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->holes[mid].lsn < above)
			low = mid + 1;
		else
			high = mid;
	}
	*lsn = 0;
	if (low < l->hole_count && l->holes[low].lsn == above) {
		*lsn = l->holes[low].before;
		return 0;
	}
	rc = kv_walk(&c, l->txn, T_LOG, none, key_span(&from), true, e);
	while (!rc && !*lsn && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct entry en;
		struct rd r;

		arena_reset(a);
		rc = row_open(&r, T_LOG, value, e);
		if (!rc)
			rc = entry_decode(&en, rd_bytes(&r, rd_left(&r)), a, e);
		if (!rc && en.unit == unit)
			*lsn = en.lsn;
	}
	kv_walk_end(c);
	return rc < 0 ? rc : 0;
}

/* The entry at *lsn, which `above` names as the one before it. *lsn 0: the chain ends here. */
static int step_to(struct ledger *l, uint64_t *lsn, const struct entry *above, struct span *bytes,
		   struct arena *a, struct err *e)
{
	int rc = log_get(l, *lsn, bytes, e);

	if (rc != -ERR_NOTFOUND)
		return rc;
	if (!l->scope)
		return err_set(e, ERR_CORRUPT, "entry %llu is named by a later one, but missing",
			       (unsigned long long)*lsn);
	*lsn = 0;
	rc = above->lsn ? held_before(lsn, l, above->unit, above->lsn, a, e) : 0;
	return rc || !*lsn ? rc : log_get(l, *lsn, bytes, e);
}

int walk_known(struct ledger *l, uint64_t from, uint64_t known, struct arena *a,
	       int (*each)(void *ctx, const struct entry *en, const struct envelope *env,
			   const struct op *op, struct err *e),
	       void *ctx, struct err *e)
{
	struct entry en = { .lsn = 0 };
	uint64_t lsn = from;
	int rc = 0;

	while (lsn && !rc) {
		struct envelope env;
		struct span bytes;
		struct op op;
		int readable;

		rc = step_to(l, &lsn, &en, &bytes, a, e);
		if (rc || !lsn)
			return rc;
		arena_reset(a);
		rc = entry_decode(&en, bytes, a, e);
		if (rc)
			return rc;
		if (en.prev_unit >= lsn)
			return err_set(e, ERR_CORRUPT, "entry %llu points forward",
				       (unsigned long long)lsn);
		if (lsn > known) { /* only where it leads to is asked */
			lsn = en.prev_unit;
			continue;
		}
		rc = envelope_decode(&env, en.envelope, a, e);
		if (rc)
			return rc;
		readable = body_open(&op, en.body, a, e);
		if (readable < 0)
			return readable;
		lsn = en.prev_unit;
		rc = each(ctx, &en, &env, readable ? &op : NULL, e);
	}
	return rc < 0 ? rc : 0;
}

int walk_unit(struct ledger *l, uint64_t from, struct arena *a,
	      int (*each)(void *ctx, const struct entry *en, const struct envelope *env,
			  const struct op *op, struct err *e),
	      void *ctx, struct err *e)
{
	return walk_known(l, from, UINT64_MAX, a, each, ctx, e);
}

/* Is every entry of the unit's chain here, from the one that made it on? */
static int chain_whole(struct ledger *l, uint32_t unit, struct arena *a, bool *whole, struct err *e)
{
	uint64_t lsn;
	int rc = unit_head_get(l, unit, &lsn, e);

	*whole = lsn != 0;
	while (!rc && lsn) {
		struct entry en;
		struct span bytes;

		arena_reset(a);
		rc = log_get(l, lsn, &bytes, e);
		if (rc == -ERR_NOTFOUND) {
			*whole = false;
			return 0;
		}
		if (!rc)
			rc = entry_decode(&en, bytes, a, e);
		if (!rc && en.prev_unit >= lsn)
			rc = err_set(e, ERR_CORRUPT, "entry %llu points forward",
				     (unsigned long long)lsn);
		lsn = rc ? 0 : en.prev_unit;
	}
	return rc;
}

int unless_holes(struct ledger *l, uint32_t unit, int failed, struct err *e)
{
	struct err why = *e;
	struct arena *a;
	bool whole;
	int rc;

	if (!l->scope)
		return failed;
	a = arena_new(SCRATCH_BUDGET);
	if (!a)
		return err_set(e, ERR_NOMEM, "no memory to look for an op");
	rc = chain_whole(l, unit, a, &whole, e);
	arena_free(a);
	if (rc)
		return rc;
	*e = why;
	if (whole)
		return failed;
	err_clear(e);
	return 0;
}

struct finding {
	struct op_id id;
	bool found;
	enum op_verdict verdict;
	uint64_t lsn;
};

static int find_each(void *ctx, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e)
{
	struct finding *f = ctx;

	(void)op;
	(void)e;
	f->found = en->device == f->id.device && env->epoch == f->id.epoch && env->seq == f->id.seq;
	f->verdict = en->verdict;
	f->lsn = en->lsn;
	return f->found;
}

int walk_find(struct ledger *l, uint32_t unit, struct op_id id, enum op_verdict *verdict,
	      uint64_t *lsn, struct err *e)
{
	struct finding f = { .id = id };
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc;

	if (!a)
		return err_set(e, ERR_NOMEM, "no memory to look for an op");
	rc = unit_head_get(l, unit, &head, e);
	if (!rc)
		rc = walk_unit(l, head, a, find_each, &f, e);
	arena_free(a);
	*verdict = f.verdict;
	*lsn = f.lsn;
	return rc ? rc : f.found;
}
