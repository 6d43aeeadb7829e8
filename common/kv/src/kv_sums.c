#include "kv/crc.h"
#include "kv/sums.h"

#include "base/buf.h"

#include <assert.h>

#include "kv_impl.h"

/* Behind the value: this byte, then the sum, big-endian. The byte is there for rows of before, which end as they like. */
enum { SEAL = 0xc5 };

static uint32_t sum_of(uint8_t table, struct span key, struct span value)
{
	uint8_t head[3] = { table, (uint8_t)(key.len >> 8), (uint8_t)key.len };

	return kv_crc32(kv_crc32(kv_crc32(0, span_of(head, sizeof(head))), key), value);
}

bool kv_sums_hidden(const struct kv *kv, uint8_t table, struct span key)
{
	return kv->sums && table == kv->sums_table &&
	       span_eq(key, span_of(kv->sums_mark, kv->sums_mark_len));
}

static bool fits(uint8_t table, struct span key, struct span *value)
{
	size_t len = value->len;
	const uint8_t *end;
	uint32_t sum;

	if (len < KV_SUMS_BYTES)
		return false;
	end = value->data + len - KV_SUMS_BYTES;
	sum = (uint32_t)end[1] << 24 | (uint32_t)end[2] << 16 | (uint32_t)end[3] << 8 | end[4];
	if (end[0] != SEAL || sum_of(table, key, span_of(value->data, len - KV_SUMS_BYTES)) != sum)
		return false;
	value->len -= KV_SUMS_BYTES;
	return true;
}

int kv_sums_take(const struct kv *kv, uint8_t table, struct span key, struct span *value,
		 struct err *e)
{
	if (!kv->sums || fits(table, key, value))
		return 0;
	*value = (struct span){ 0 };
	return err_set(e, ERR_CORRUPT, "a row of table %u does not have its checksum",
		       (unsigned)table);
}

static int seal(struct span *out, uint8_t room[KV_SUMS_ROOM], uint8_t table, struct span key,
		struct span value, struct err *e)
{
	uint32_t sum = sum_of(table, key, value);
	uint8_t *end = room + value.len;

	if (value.len > KV_SUMS_VALUE_MAX)
		return err_set(e, ERR_INVALID, "a store value of %zu bytes", value.len);
	if (value.len)
		memcpy(room, value.data, value.len);
	*end++ = SEAL;
	for (int shift = 24; shift >= 0; shift -= 8)
		*end++ = (uint8_t)(sum >> shift);
	*out = span_of(room, value.len + KV_SUMS_BYTES);
	return 0;
}

int kv_sums_give(const struct kv *kv, uint8_t table, struct span key, struct span value,
		 uint8_t room[KV_SUMS_ROOM], struct span *out, struct err *e)
{
	*out = value;
	return kv->sums ? seal(out, room, table, key, value, e) : 0;
}

void kv_sums_like(struct kv *kv, const struct kv *other)
{
	kv->sums = other->sums;
	kv->sums_table = other->sums_table;
	kv->sums_mark_len = other->sums_mark_len;
	memcpy(kv->sums_mark, other->sums_mark, sizeof(kv->sums_mark));
}

/* ---- a store of before ---- */

static const uint8_t form[] = { 1 };

int kv_sums_mark(struct kv_txn *txn, struct err *e)
{
	const struct kv *kv = txn->kv;

	return !kv->sums ? 0
			 : kv_put(txn, kv->sums_table, span_of(kv->sums_mark, kv->sums_mark_len),
				  span_of(form, sizeof(form)), e);
}

enum { KEYS_MAX = 1 << 30 };

/* Keys of rows without a sum, each with its length; whatever is put while a walk goes on may be met by it. */
struct bare {
	struct buf keys;
	size_t sealed; /* how many had one */
};

static int find_bare(struct bare *b, struct kv_txn *txn, uint8_t table, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, txn, table, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		rc = 0;
		if (fits(table, key, &value))
			b->sealed++;
		else
			buf_lenspan(&b->keys, key);
	}
	kv_walk_end(c);
	if (!rc && b->keys.failed)
		rc = err_set(e, ERR_NOMEM, "no memory for the keys of a store");
	return rc;
}

static int seal_found(const struct bare *b, struct kv_txn *txn, uint8_t table, struct err *e)
{
	struct rd r = rd_of(buf_span(&b->keys));
	int rc = 0;

	while (!rc && rd_left(&r)) {
		struct span key = rd_lenspan(&r), value, whole;
		uint8_t room[KV_SUMS_ROOM];

		rc = kv_get(txn, table, key, &value, e);
		if (!rc)
			rc = seal(&whole, room, table, key, value, e);
		if (!rc)
			rc = kv_put(txn, table, key, whole, e);
	}
	return rc;
}

/* None has one: they get them in one commit with what says so. Else that was lost, and who knows what else with it. */
static int seal_all(struct kv *kv, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, kv, KV_WRITE, e);

	for (uint8_t t = 0; t < kv->tables && !rc; t++) {
		struct bare b = { .sealed = 0 };

		buf_init(&b.keys, KEYS_MAX);
		rc = find_bare(&b, txn, t, e);
		if (!rc && b.sealed)
			rc = err_set(e, ERR_CORRUPT, "the store has lost rows");
		if (!rc)
			rc = seal_found(&b, txn, t, e);
		buf_fini(&b.keys);
	}
	kv->sums = !rc;
	if (!rc)
		rc = kv_sums_mark(txn, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

/* A row whose key was hit is found by nobody who asks for it, and one that is not there is often a number 0. */
static int look_through(struct kv *kv, uint8_t table, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, kv, KV_READ, e);

	if (!rc)
		rc = kv_walk(&c, txn, table, none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1)
		rc = 0;
	kv_walk_end(c);
	kv_abort(&txn);
	return rc;
}

int kv_sums(struct kv *kv, uint8_t table, struct span mark, struct err *e)
{
	struct kv_txn *txn = NULL;
	struct span value;
	int rc = kv_begin(&txn, kv, KV_READ, e);

	assert(mark.len && mark.len <= KV_SUMS_MARK_MAX);
	kv->sums = false;
	kv->sums_table = table;
	kv->sums_mark_len = (uint8_t)mark.len;
	memcpy(kv->sums_mark, mark.data, mark.len);
	if (!rc)
		rc = kv_get(txn, table, mark, &value, e);
	kv_abort(&txn);
	if (rc == -ERR_NOTFOUND && kv->read_only) {
		err_clear(e);
		return 0;
	}
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return seal_all(kv, e);
	}
	kv->sums = !rc;
	return rc ? rc : look_through(kv, table, e);
}
