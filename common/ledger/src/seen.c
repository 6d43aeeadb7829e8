#include "ledger/seen.h"

#include "internal.h"

int seen_put(struct ledger *l, const struct seen_row *row, struct err *e)
{
	struct buf *b = row_begin(l);

	assert(l->in_batch);
	buf_zigzag(b, row->last_ms);
	buf_varint(b, row->drafts);
	buf_varint(b, row->held);
	buf_zigzag(b, row->oldest_ms);
	buf_varint(b, row->forks);
	return row_put(l, T_SEEN, key_u64(row->device), e);
}

static int read_row(struct seen_row *out, struct span key, struct span value, struct err *e)
{
	struct rd r;
	int rc = row_open(&r, T_SEEN, value, e);

	if (rc)
		return rc;
	*out = (struct seen_row){ .device = key_read_u64(key, 0) };
	out->last_ms = rd_zigzag(&r);
	out->drafts = (uint32_t)rd_varint(&r);
	out->held = (uint32_t)rd_varint(&r);
	out->oldest_ms = rd_zigzag(&r);
	out->forks = rd_varint(&r);
	return row_done(&r, T_SEEN, e);
}

int seen_each(struct ledger *l, int (*each)(void *ctx, const struct seen_row *row, struct err *e),
	      void *ctx, struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	struct seen_row row;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_SEEN, none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		rc = read_row(&row, key, value, e);
		if (!rc)
			rc = each(ctx, &row, e);
	}
	kv_walk_end(c);
	read_leave(l);
	return rc;
}
