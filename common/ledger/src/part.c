/* What only the holder of a part needs: an empty base, a base built anew, rows of its own. */
#include "ledger/part.h"

#include "internal.h"

#include "kv/crc.h"

/* ---- rows of the holder ---- */

/* Rows of the holder's own say where they stand: nothing else does, while those of base follow from entries. Before there
 * was PLACED_VERSION they did not. */
enum { PLACED_VERSION = 2 };

static uint32_t sum_of(uint8_t table, struct span key, struct span row)
{
	uint8_t head[3] = { table, (uint8_t)(key.len >> 8), (uint8_t)key.len };
	uint32_t sum = 0;

	if (row.data[0] == PLACED_VERSION)
		sum = kv_crc32(kv_crc32(0, span_of(head, sizeof(head))), key);
	return kv_crc32(sum, row);
}

static int payload_of(struct span *payload, uint8_t table, struct span key, struct span value,
		      struct err *e)
{
	struct rd tail;

	*payload = (struct span){ NULL, 0 };
	if (value.len < 5)
		return err_set(e, ERR_CORRUPT, "table %u: a row of %zu bytes is too short", table,
			       value.len);
	tail = rd_of(span_of(value.data + value.len - 4, 4));
	value.len -= 4;
	if (sum_of(table, key, value) != rd_u32(&tail))
		return err_set(e, ERR_CORRUPT, "table %u: a row does not match its checksum",
			       table);
	if (value.data[0] != ROW_VERSION && value.data[0] != PLACED_VERSION)
		return err_set(e, ERR_VERSION,
			       "table %u: a row of version %u, this program knows %d", table,
			       value.data[0], PLACED_VERSION);
	*payload = span_of(value.data + 1, value.len - 1);
	return 0;
}

int part_put(struct ledger *l, uint8_t table, struct span key, struct span payload, struct err *e)
{
	struct buf *b = &l->row;

	assert(l->in_batch && table >= PART_TABLE);
	buf_reset(b);
	buf_u8(b, PLACED_VERSION);
	buf_bytes(b, payload);
	if (!b->failed)
		buf_u32(b, sum_of(table, key, buf_span(b)));
	if (b->failed)
		return err_set(e, ERR_NOMEM, "table %u: a row of %zu bytes", table, payload.len);
	return overlay_put(l->overlay, table, key, buf_span(b), e);
}

int part_del(struct ledger *l, uint8_t table, struct span key, struct err *e)
{
	assert(l->in_batch && table >= PART_TABLE);
	return overlay_put(l->overlay, table, key, (struct span){ NULL, 0 }, e);
}

int part_get(struct ledger *l, uint8_t table, struct span key, struct buf *out, struct err *e)
{
	struct span value, payload;
	int rc = read_enter(l, e);

	buf_reset(out);
	if (rc)
		return rc;
	if (l->in_batch && overlay_get(l->overlay, table, key, &value))
		rc = value.data ? 0 : -ERR_NOTFOUND;
	else
		rc = kv_get(l->txn, table, key, &value, e);
	if (!rc)
		rc = payload_of(&payload, table, key, value, e);
	if (!rc) {
		buf_bytes(out, payload);
		if (out->failed)
			rc = err_set(e, ERR_NOMEM, "no memory for a row of table %u", table);
	}
	read_leave(l);
	return rc;
}

int part_walk(struct ledger *l, uint8_t table, struct span prefix,
	      int (*each)(void *ctx, struct span key, struct span payload, struct err *e),
	      void *ctx, struct err *e)
{
	struct span none = { NULL, 0 }, key, value, payload;
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, table, prefix, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		rc = payload_of(&payload, table, key, value, e);
		if (!rc)
			rc = each(ctx, key, payload, e);
		if (rc == 1)
			break;
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}

/* ---- an empty base, and one built anew ---- */

static int write_blank(struct ledger *l, const struct part_birth *b, struct err *e)
{
	struct op_incarnation in = { .branch_lsn = 0 };
	int rc = ledger_blank(l, e);

	if (rc)
		return rc;
	/* The pinned facts stand in for entry 1 until it comes and writes the same row. */
	memcpy(in.store, b->store, 16);
	memcpy(in.id, b->incarnation, 16);
	memcpy(in.log_key, b->log_key, 32);
	memcpy(l->info.store, b->store, 16);
	memcpy(l->info.incarnation, b->incarnation, 16);
	memcpy(l->info.log_key, b->log_key, 32);
	rc = put_store(l, 0, &in, e);
	return rc ? rc : put_tip(l, e);
}

int part_create(struct kv *kv, const struct part_birth *b, part_extra *extra, void *ctx,
		struct err *e)
{
	struct ledger *l;
	int rc = ledger_new(&l, kv, 1, e);

	if (rc)
		return rc;
	rc = ledger_begin(l, e);
	if (!rc)
		rc = write_blank(l, b, e);
	if (!rc && extra)
		rc = extra(l, ctx, e);
	if (!rc)
		rc = ledger_commit(l, NULL, NULL, e);
	ledger_close(l);
	return rc;
}

enum { CLEAR_AT_ONCE = 128 };

/* A table may not be written while it is walked: gather keys, delete them, look again. */
static int clear_table(struct kv_txn *txn, uint8_t table, struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	size_t count = CLEAR_AT_ONCE;
	int rc = 0;

	while (!rc && count == CLEAR_AT_ONCE) {
		struct key keys[CLEAR_AT_ONCE];
		struct kv_cursor *c = NULL;

		count = 0;
		rc = kv_walk(&c, txn, table, none, none, false, e);
		while (!rc && count < CLEAR_AT_ONCE && (rc = kv_next(c, &key, &value, e)) == 1) {
			if (key.len > KEY_BYTES_MAX) {
				rc = err_set(e, ERR_CORRUPT,
					     "table %u: a key of %zu bytes is none of ours", table,
					     key.len);
				break;
			}
			memcpy(keys[count].b, key.data, key.len);
			keys[count++].len = key.len;
			rc = 0;
		}
		kv_walk_end(c);
		for (size_t i = 0; i < count && !rc; i++)
			rc = kv_del(txn, table, key_span(&keys[i]), e);
	}
	return rc;
}

static int source_entry(const struct part_source *from, struct span key, struct span value,
			struct span *before, struct span *entry, struct err *e)
{
	struct rd r;
	int rc;

	*before = (struct span){ NULL, 0 };
	if (from->table) {
		rc = payload_of(entry, from->table, key, value, e);
		if (!rc && entry->len < from->skip)
			rc = err_set(e, ERR_CORRUPT, "table %u: a row is too short", from->table);
		if (rc)
			return rc;
		*before = span_of(entry->data, from->skip);
		*entry = span_of(entry->data + from->skip, entry->len - from->skip);
		return 0;
	}
	rc = row_open(&r, T_LOG, value, e);
	*entry = rd_bytes(&r, rd_left(&r));
	return rc;
}

/* Nothing reaches the transaction before the overlay is poured, so the source may be walked meanwhile. */
static int replay(struct ledger *l, const struct part_source *from, part_each *each, void *ctx,
		  struct err *e)
{
	uint8_t table = from->table ? from->table : T_LOG;
	struct span none = { NULL, 0 }, key, value, bytes, before;
	struct arena *a = arena_new(SCRATCH_BUDGET); /* put uses the ledger's own */
	struct kv_cursor *c = NULL;
	int rc = a ? kv_walk(&c, l->txn, table, none, none, false, e)
		   : err_set(e, ERR_NOMEM, "no memory to build the base anew");

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct entry en;

		rc = source_entry(from, key, value, &before, &bytes, e);
		if (rc)
			break;
		arena_reset(a);
		rc = entry_decode(&en, bytes, a, e);
		if (!rc && each)
			rc = each(l, ctx, &en, bytes, before, en.lsn > from->through, e);
		if (!rc && en.lsn <= from->through)
			rc = ledger_put_entry(l, bytes, e);
	}
	kv_walk_end(c);
	arena_free(a);
	return rc < 0 ? rc : 0;
}

int part_rebuild(struct ledger **l, const struct part_source *from, part_each *each,
		 part_extra *extra, void *ctx, struct err *e)
{
	struct part_birth b;
	struct ledger *fresh;
	int rc = ledger_new(&fresh, (*l)->kv, (*l)->scope, e);

	if (rc)
		return rc;
	memcpy(b.store, (*l)->info.store, 16);
	memcpy(b.incarnation, (*l)->info.incarnation, 16);
	memcpy(b.log_key, (*l)->info.log_key, 32);
	rc = ledger_begin(fresh, e);
	for (uint8_t t = 0; t < T_LEDGER_END && !rc; t++)
		if (t != T_LOG || from->table)
			rc = clear_table(fresh->txn, t, e);
	if (!rc)
		rc = write_blank(fresh, &b, e);
	if (!rc)
		rc = replay(fresh, from, each, ctx, e);
	if (!rc)
		rc = clear_table(fresh->txn, T_LOG, e); /* appended again by the commit */
	if (!rc && extra)
		rc = extra(fresh, ctx, e);
	if (!rc)
		rc = ledger_commit(fresh, NULL, NULL, e);
	if (rc) {
		ledger_close(fresh);
		return rc;
	}
	ledger_close(*l);
	*l = fresh;
	return 0;
}

/* ---- questions ---- */

int part_unit_head(struct ledger *l, uint32_t unit, uint64_t *lsn, struct err *e)
{
	int rc = read_enter(l, e);

	*lsn = 0;
	if (rc)
		return rc;
	rc = unit_head_get(l, unit, lsn, e);
	read_leave(l);
	return rc;
}

int part_fold(struct ledger *l, struct sheet *s, uint32_t author_unit, uint64_t lsn,
	      const struct op_id *id, const struct op *op, enum op_code *code, struct err *e)
{
	struct entry as_if = { .lsn = lsn, .author_unit = author_unit };
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = fold_sheet(l, s, &as_if, id, op, code, e);
	read_leave(l);
	return rc;
}

int part_sheets(struct ledger *l,
		int (*each)(void *ctx, uint32_t unit, uint8_t form, struct period p,
			    const struct sheet *s, struct err *e),
		void *ctx, struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	struct sheet s;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_SHEET, none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct sheet_key k;
		struct rd r;

		rc = sheet_key_read(&k, key) ? row_open(&r, T_SHEET, value, e)
					     : err_set(e, ERR_CORRUPT, "a sheet's key is wrong");
		if (!rc)
			rc = sheet_decode(&s, rd_bytes(&r, rd_left(&r)), e);
		if (!rc)
			rc = each(ctx, k.unit, k.form, k.period, &s, e);
		if (rc == 1)
			break;
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}

int part_calendar(struct ledger *l, uint8_t form, struct calendar *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = calendar_get(l, form, out, e);
	read_leave(l);
	return rc;
}

int part_step(struct ledger *l, uint32_t unit, uint8_t form, day_t day, enum plan_step *step,
	      struct period *whole, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	const struct plan_interval *v;
	struct plan_row plan;
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	*step = PLAN_NONE;
	*whole = (struct period){ 0, 0 };
	if (!rc) {
		rc = plan_get(l, unit, &plan, a, e);
		v = rc ? NULL : plan_find(&plan, form, (struct period){ day, day });
		if (v) {
			*step = v->step;
			*whole = v->period;
		}
		read_leave(l);
	}
	arena_free(a);
	return rc;
}

int part_members(struct ledger *l, uint32_t unit, day_t day, int64_t *members, struct err *e)
{
	day_t on;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = query_members(l, unit, day, UINT64_MAX, members, &on, e);
	read_leave(l);
	return rc;
}

bool part_took_over(const struct ledger *l, uint32_t unit, day_t day)
{
	return tree_took_over(l->tree, unit, day);
}

int part_members_on(struct ledger *l, uint32_t unit, day_t day, int64_t *members, struct err *e)
{
	uint64_t lsn;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = members_get(l, unit, day, members, &lsn, e);
	read_leave(l);
	return rc;
}

int part_flash(struct ledger *l, uint32_t unit, uint8_t form, day_t day, struct period *out,
	       struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct calendar calendar;
	struct plan_row plan;
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	if (!rc) {
		rc = calendar_get(l, form, &calendar, e);
		if (!rc)
			rc = plan_get(l, unit, &plan, a, e);
		if (!rc) {
			*out = (struct period){ calendar_month(&calendar, day).from, day };
			out->from = plan_flash_from(&plan, *out);
		}
		read_leave(l);
	}
	arena_free(a);
	return rc;
}

int part_request(struct ledger *l, uint32_t unit, uint8_t form, day_t day, uint64_t *lsn,
		 struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	*lsn = 0;
	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_REQUEST, none, none, true, e);
	while (!rc && !*lsn && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct request_row q;
		uint64_t at = key_read_u64(key, 0);

		rc = request_get(l, at, &q, e);
		if (!rc && q.form == form && q.day == day &&
		    tree_inside(l->tree, unit, q.unit, day, UINT64_MAX))
			*lsn = at;
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}

int part_closed(struct ledger *l, uint32_t unit, uint8_t form, struct period p, int64_t now_ms,
		uint64_t *lsn, struct err *e)
{
	struct closed c;
	int rc = read_enter(l, e);

	*lsn = 0;
	if (rc)
		return rc;
	rc = closed_get(l, unit, form, p, UINT64_MAX, now_ms, &c, e);
	if (!rc && !c.open)
		*lsn = c.lsn;
	read_leave(l);
	return rc;
}

bool part_knows(enum op_kind kind)
{
	return apply_knows(kind);
}
