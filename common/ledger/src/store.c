/* Rows with version and checksum, read through the batch's overlay. */
#include "internal.h"

#include "kv/crc.h"

static const char *const table_names[T_NAMED_END] = {
	"meta",
	"log",
	"node",
	"device",
	"chain",
	"person",
	"unit",
	"unit head",
	"plan",
	"form",
	"sheet",
	"aggregate",
	"members",
	"target",
	"claim",
	"request",
	"setting",
	"enrolment code",
	"calendar",
	"closing",
	"pinned",
	[T_CASE] = "case",
	[T_MEMBER] = "member",
	[T_UNIT_KEY] = "unit key",
	[T_CORRECTED] = "corrected",
	[T_LATE] = "late",
	[T_SUMMARY] = "summary",
	[T_FUNNEL] = "funnel",
	[T_FORGOTTEN] = "forgotten",
	[T_ADDRESSED] = "addressed",
	[T_ASKED] = "asked",
	[T_SEEN] = "seen",
};

const char *table_name(enum table t)
{
	return table_names[t];
}

int read_enter(struct ledger *l, struct err *e)
{
	int rc = 0;

	if (l->in_batch)
		return 0;
	if (!l->reading) {
		l->tip_read = 0;
		rc = kv_begin(&l->txn, l->kv, KV_READ, e);
	}
	if (!rc)
		l->reading++;
	return rc;
}

void read_leave(struct ledger *l)
{
	if (l->in_batch)
		return;
	assert(l->reading);
	if (!--l->reading)
		kv_abort(&l->txn);
}

int row_open(struct rd *payload, enum table t, struct span value, struct err *e)
{
	struct rd tail;
	uint32_t sum;

	*payload = rd_of((struct span){ NULL, 0 });
	if (value.len < 5)
		return err_set(e, ERR_CORRUPT, "table %s: a row of %zu bytes is too short",
			       table_names[t], value.len);
	tail = rd_of(span_of(value.data + value.len - 4, 4));
	sum = rd_u32(&tail);
	value.len -= 4;
	if (kv_crc32(0, value) != sum)
		return err_set(e, ERR_CORRUPT, "table %s: a row does not match its checksum",
			       table_names[t]);
	if (value.data[0] != ROW_VERSION)
		return err_set(e, ERR_VERSION,
			       "table %s: a row of version %u, this program knows %d",
			       table_names[t], value.data[0], ROW_VERSION);
	*payload = rd_of(span_of(value.data + 1, value.len - 1));
	return 0;
}

int row_get(struct ledger *l, enum table t, struct key key, struct rd *payload, struct err *e)
{
	struct span value;
	int rc;

	*payload = rd_of((struct span){ NULL, 0 });
	if (l->in_batch && overlay_get(l->overlay, (uint8_t)t, key_span(&key), &value)) {
		if (!value.data)
			return -ERR_NOTFOUND;
		return row_open(payload, t, value, e);
	}
	rc = kv_get(l->txn, (uint8_t)t, key_span(&key), &value, e);
	return rc ? rc : row_open(payload, t, value, e);
}

struct buf *row_begin(struct ledger *l)
{
	buf_reset(&l->row);
	buf_u8(&l->row, ROW_VERSION);
	return &l->row;
}

int row_put(struct ledger *l, enum table t, struct key key, struct err *e)
{
	buf_u32(&l->row, kv_crc32(0, buf_span(&l->row)));
	if (l->row.failed)
		return err_set(e, ERR_NOMEM, "table %s: a row grew over %zu bytes", table_names[t],
			       l->row.max);
	return overlay_put(l->overlay, (uint8_t)t, key_span(&key), buf_span(&l->row), e);
}

int row_del(struct ledger *l, enum table t, struct key key, struct err *e)
{
	return overlay_put(l->overlay, (uint8_t)t, key_span(&key), (struct span){ NULL, 0 }, e);
}

int row_done(const struct rd *r, enum table t, struct err *e)
{
	if (rd_done(r))
		return 0;
	return err_set(e, ERR_CORRUPT, "table %s: a row that cannot be read", table_names[t]);
}
