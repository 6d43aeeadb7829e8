/* Back along the links of entries. */
#include "internal.h"

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

int walk_known(struct ledger *l, uint64_t from, uint64_t known, struct arena *a,
	       int (*each)(void *ctx, const struct entry *en, const struct envelope *env,
			   const struct op *op, struct err *e),
	       void *ctx, struct err *e)
{
	uint64_t lsn = from;
	int rc = 0;

	while (lsn && !rc) {
		struct envelope env;
		struct entry en;
		struct span bytes;
		struct op op;
		int readable;

		arena_reset(a);
		rc = log_get(l, lsn, &bytes, e);
		if (rc == -ERR_NOTFOUND && l->scope)
			return 0; /* of a unit that is not held as a whole: its chain has holes */
		if (rc == -ERR_NOTFOUND)
			return err_set(e, ERR_CORRUPT,
				       "entry %llu is named by a later one, but missing",
				       (unsigned long long)lsn);
		if (!rc)
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
