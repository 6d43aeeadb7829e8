/* What acts and decisions gave to other units: few, asked for by every page of the feed, so kept in memory. */
#include "internal.h"

#include <stdlib.h>

void handed_drop(struct ledger *l)
{
	free(l->handed);
	l->handed = NULL;
	l->handed_count = 0;
	l->handed_known = false;
}

static int add(struct ledger *l, size_t *cap, const struct handed *h, struct err *e)
{
	if (l->handed_count == *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		struct handed *grown = realloc(l->handed, more * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for what was handed over");
		l->handed = grown;
		*cap = more;
	}
	l->handed[l->handed_count++] = *h;
	return 0;
}

static int by_entry(const void *pa, const void *pb)
{
	const struct handed *a = pa, *b = pb;

	if (a->lsn != b->lsn)
		return a->lsn < b->lsn ? -1 : 1;
	return (a->into > b->into) - (a->into < b->into);
}

static int load_targets(struct ledger *l, size_t *cap, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, l->txn, T_TARGET, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct handed h = { .into = key_read_u32(key, 0), .lsn = key_read_u64(key, 4) };
		struct target_row row;
		struct rd r;

		rc = row_open(&r, T_TARGET, value, e);
		if (!rc)
			rc = target_read(&r, &row, e);
		h.by_lsn = rc ? 0 : row.act_lsn;
		if (h.by_lsn)
			rc = add(l, cap, &h, e);
	}
	kv_walk_end(c);
	return rc;
}

static int day_of(day_t *day, struct ledger *l, uint64_t by_lsn, struct arena *a, struct err *e)
{
	struct span bytes;
	struct entry en;
	struct op op;
	int rc = log_get(l, by_lsn, &bytes, e);

	arena_reset(a);
	if (!rc)
		rc = entry_decode(&en, bytes, a, e);
	if (!rc)
		rc = body_of(OP_NONE, &op, &en, a, e);
	if (!rc)
		*day = op.kind == OP_ACT ? op.act.effective : op.late.as_period.to;
	return rc;
}

int handed_day(day_t *day, struct ledger *l, uint64_t by_lsn, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for an entry");

	if (!rc) {
		rc = day_of(day, l, by_lsn, a, e);
		read_leave(l);
	}
	arena_free(a);
	return rc;
}

static int load_late(struct ledger *l, size_t *cap, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	struct arena *a = arena_new(SCRATCH_BUDGET);
	int rc = a ? kv_walk(&c, l->txn, T_LATE, none, none, false, e)
		   : err_set(e, ERR_NOMEM, "no memory for what was handed over");

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct handed h = { .lsn = key_read_u64(key, 0) };
		struct late_row row;
		day_t other = 0;

		rc = late_get(l, h.lsn, &row, e);
		h.by_lsn = row.decided_lsn;
		h.into = row.counts_for;
		h.stays = h.into == row.unit;
		if (!rc && h.stays && tree_moves(l->tree))
			rc = day_of(&other, l, h.by_lsn, a, e);
		if (!rc && h.into && (!h.stays || other))
			rc = add(l, cap, &h, e);
	}
	kv_walk_end(c);
	arena_free(a);
	return rc;
}

static int load(struct ledger *l, struct err *e)
{
	size_t cap = 0;
	int rc = load_targets(l, &cap, e);

	if (!rc)
		rc = load_late(l, &cap, e);
	if (!rc && l->handed_count)
		qsort(l->handed, l->handed_count, sizeof(*l->handed), by_entry);
	return rc;
}

int handed_get(struct ledger *l, struct err *e)
{
	int rc;

	assert(!l->in_batch); /* rows of a batch are not in the store yet */
	if (l->handed_known)
		return 0;
	rc = read_enter(l, e);
	if (rc)
		return rc;
	handed_drop(l);
	rc = load(l, e);
	read_leave(l);
	if (rc)
		handed_drop(l);
	l->handed_known = !rc;
	return rc;
}
