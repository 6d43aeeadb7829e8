/* Rows of closings, of what came after them, and of summaries. */
#include "internal.h"

static struct period rd_period(struct rd *r)
{
	struct period p;

	p.from = (day_t)rd_zigzag(r);
	p.to = (day_t)rd_zigzag(r);
	return p;
}

static void buf_period(struct buf *b, struct period p)
{
	buf_zigzag(b, p.from);
	buf_zigzag(b, p.to);
}

int closing_get(struct ledger *l, uint8_t form, uint32_t unit, struct closing_row *out,
		struct arena *a, struct err *e)
{
	uint64_t closings, unlocks;
	struct rd r;
	int rc = row_get(l, T_CLOSING, key_closing(form, unit), &r, e);

	*out = (struct closing_row){ .count = 0 };
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	closings = rd_varint(&r);
	unlocks = rd_varint(&r);
	if (closings > CLOSINGS_MAX || unlocks > CLOSINGS_MAX)
		return err_set(e, ERR_CORRUPT, "unit %u: more than %d closings", unit,
			       CLOSINGS_MAX);
	/* room for one more of each: a row is read to be added to */
	out->closings = arena_array(a, (size_t)closings + 1, sizeof(*out->closings));
	out->unlocks = arena_array(a, (size_t)unlocks + 1, sizeof(*out->unlocks));
	if (!out->closings || !out->unlocks)
		return err_set(e, ERR_NOMEM, "no memory for closings");
	for (; out->count < closings; out->count++) {
		out->closings[out->count].period = rd_period(&r);
		out->closings[out->count].lsn = rd_varint(&r);
	}
	for (; out->unlock_count < unlocks; out->unlock_count++) {
		struct unlocking *u = &out->unlocks[out->unlock_count];

		u->period = rd_period(&r);
		u->asked_lsn = rd_varint(&r);
		u->lsn = rd_varint(&r);
		u->until_ms = rd_zigzag(&r);
	}
	return row_done(&r, T_CLOSING, e);
}

int closing_put(struct ledger *l, uint8_t form, uint32_t unit, const struct closing_row *row,
		struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, row->count);
	buf_varint(b, row->unlock_count);
	for (size_t i = 0; i < row->count; i++) {
		buf_period(b, row->closings[i].period);
		buf_varint(b, row->closings[i].lsn);
	}
	for (size_t i = 0; i < row->unlock_count; i++) {
		const struct unlocking *u = &row->unlocks[i];

		buf_period(b, u->period);
		buf_varint(b, u->asked_lsn);
		buf_varint(b, u->lsn);
		buf_zigzag(b, u->until_ms);
	}
	return row_put(l, T_CLOSING, key_closing(form, unit), e);
}

/* A closing is of those who stood below its top as was known when it came: no act of later takes one out of it, or
 * brings another in. */
static void first_closing(struct closed *out, const struct ledger *l, uint32_t unit, uint32_t top,
			  const struct closing_row *row, struct period p, uint64_t known)
{
	for (size_t i = 0; i < row->count; i++) {
		const struct closing *c = &row->closings[i];

		if (c->lsn <= known && period_inside(p, c->period) &&
		    (!out->lsn || c->lsn < out->lsn) &&
		    tree_inside(l->tree, unit, top, p.to, c->lsn)) {
			out->lsn = c->lsn;
			out->top = top;
		}
	}
}

enum { TOPS_MAX = 128 };

/* Every unit that was ever above it on that day, as known at whatever time; itself first. */
static size_t ever_above(const struct ledger *l, uint32_t unit, day_t day, uint32_t tops[TOPS_MAX])
{
	size_t count = 1;

	tops[0] = unit;
	for (size_t at = 0; at < count; at++) {
		const struct unit *u = tree_get(l->tree, tops[at]);

		for (size_t k = 0; u && k < u->edge_count; k++) {
			uint32_t parent = u->edges[k].parent;
			bool known = !parent || (k && u->edges[k].from > day);

			for (size_t i = 0; i < count && !known; i++)
				known = tops[i] == parent;
			if (!known && count < TOPS_MAX)
				tops[count++] = parent;
		}
	}
	return count;
}

int closed_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, uint64_t known,
	       int64_t now_ms, struct closed *out, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint32_t tops[TOPS_MAX];
	size_t count = ever_above(l, unit, p.to, tops);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for closings");

	*out = (struct closed){ .lsn = 0 };
	for (size_t i = 0; i < count && !rc; i++) {
		struct closing_row row;

		arena_reset(a);
		rc = closing_get(l, form, tops[i], &row, a, e);
		if (rc)
			break;
		first_closing(out, l, unit, tops[i], &row, p, known);
		for (size_t k = 0; k < row.unlock_count && !i; k++) {
			const struct unlocking *u = &row.unlocks[k];

			out->open |= u->lsn <= known && now_ms <= u->until_ms &&
				     period_inside(p, u->period);
		}
	}
	arena_free(a);
	return rc;
}

/* ---- late ops ---- */

int late_get(struct ledger *l, uint64_t lsn, struct late_row *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_LATE, key_u64(lsn), &r, e);

	*out = (struct late_row){ .unit = 0 };
	if (rc)
		return rc;
	out->unit = (uint32_t)rd_varint(&r);
	out->decided_lsn = rd_varint(&r);
	out->counts = rd_u8(&r);
	out->counts_for = (uint32_t)rd_varint(&r);
	return row_done(&r, T_LATE, e);
}

int late_put(struct ledger *l, uint64_t lsn, const struct late_row *row, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, row->unit);
	buf_varint(b, row->decided_lsn);
	buf_u8(b, row->counts);
	buf_varint(b, row->counts_for);
	return row_put(l, T_LATE, key_u64(lsn), e);
}

int late_note(struct ledger *l, uint64_t lsn, uint32_t unit, struct err *e)
{
	return late_put(l, lsn, &(struct late_row){ .unit = unit }, e);
}

int late_open(struct ledger *l, const struct op_late *late, uint64_t as_lsn, struct entry *en,
	      struct op_id *id, struct op *op, struct arena *a, struct err *e)
{
	struct envelope env;
	struct span bytes;
	int rc = log_get(l, late->lsn, &bytes, e);

	if (rc)
		return rc == -ERR_NOTFOUND
			       ? err_set(e, ERR_CORRUPT, "the late entry %llu is missing",
					 (unsigned long long)late->lsn)
			       : rc;
	bytes = arena_copy(a, bytes); /* what is lent ends with the next write */
	if (!bytes.data)
		return err_set(e, ERR_NOMEM, "no memory for a late op");
	rc = entry_decode(en, bytes, a, e);
	if (!rc)
		rc = envelope_decode(&env, en->envelope, a, e);
	if (!rc)
		rc = body_of(OP_SHEET, op, en, a, e);
	if (rc)
		return rc;
	*id = (struct op_id){ .device = en->device, .epoch = env.epoch, .seq = env.seq };
	en->lsn = as_lsn;
	if (late->as_unit)
		op->unit = late->as_unit;
	if (late->as_period.to)
		op->sheet.period = late->as_period;
	return 0;
}

/* ---- summaries ---- */

int summary_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, uint64_t *lsn,
		struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_SUMMARY, key_sheet(p, form, unit), &r, e);

	*lsn = 0;
	if (rc)
		return rc;
	*lsn = rd_varint(&r);
	return row_done(&r, T_SUMMARY, e);
}
