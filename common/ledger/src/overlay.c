#include "overlay.h"

#include "base/arena.h"

#include <stdlib.h>

struct item {
	uint8_t table;
	uint16_t key_len;
	bool deleted;
	uint32_t len, cap;
	const uint8_t *key;
	uint8_t *value;
};

struct overlay {
	struct arena *arena;
	struct item *items;
	size_t count, cap;
	uint32_t *slots; /* item index + 1; a power of two, at most half full */
	size_t slot_count;
};

enum { SLOTS_FIRST = 1024, ITEMS_FIRST = 256 };

int overlay_new(struct overlay **out, size_t budget, struct err *e)
{
	struct overlay *o = calloc(1, sizeof(*o));

	*out = NULL;
	if (!o)
		return err_set(e, ERR_NOMEM, "no memory for a batch");
	o->arena = arena_new(budget);
	o->items = calloc(ITEMS_FIRST, sizeof(*o->items));
	o->cap = ITEMS_FIRST;
	o->slots = calloc(SLOTS_FIRST, sizeof(*o->slots));
	o->slot_count = SLOTS_FIRST;
	if (!o->arena || !o->items || !o->slots) {
		overlay_free(o);
		return err_set(e, ERR_NOMEM, "no memory for a batch");
	}
	*out = o;
	return 0;
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	arena_free(o->arena);
	free(o->items);
	free(o->slots);
	free(o);
}

void overlay_clear(struct overlay *o)
{
	arena_reset(o->arena);
	o->count = 0;
	memset(o->slots, 0, o->slot_count * sizeof(*o->slots));
}

static uint64_t hash_of(uint8_t table, struct span key)
{
	uint64_t h = 1469598103934665603u ^ table; /* FNV-1a */

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ key.data[i]) * 1099511628211u;
	return h ^ h >> 29;
}

static size_t slot_of(const struct overlay *o, uint8_t table, struct span key)
{
	size_t mask = o->slot_count - 1, i = hash_of(table, key) & mask;

	for (; o->slots[i]; i = (i + 1) & mask) {
		const struct item *it = &o->items[o->slots[i] - 1];

		if (it->table == table && span_eq(span_of(it->key, it->key_len), key))
			break;
	}
	return i;
}

int overlay_get(const struct overlay *o, uint8_t table, struct span key, struct span *value)
{
	uint32_t found = o->count ? o->slots[slot_of(o, table, key)] : 0;
	const struct item *it;

	*value = (struct span){ NULL, 0 };
	if (!found)
		return 0;
	it = &o->items[found - 1];
	if (!it->deleted)
		*value = span_of(it->value, it->len);
	return 1;
}

static int grow(struct overlay *o, struct err *e)
{
	size_t slot_count = o->slot_count * 2, cap = o->cap * 2;
	struct item *items;
	uint32_t *slots;

	if (o->count == o->cap) {
		items = realloc(o->items, cap * sizeof(*items));
		if (!items)
			return err_set(e, ERR_NOMEM, "no memory for a batch of %zu rows", cap);
		o->items = items;
		o->cap = cap;
	}
	if (o->count * 2 < o->slot_count)
		return 0;
	slots = calloc(slot_count, sizeof(*slots));
	if (!slots)
		return err_set(e, ERR_NOMEM, "no memory for a batch of %zu rows", cap);
	free(o->slots);
	o->slots = slots;
	o->slot_count = slot_count;
	for (size_t i = 0; i < o->count; i++)
		o->slots[slot_of(o, o->items[i].table,
				 span_of(o->items[i].key, o->items[i].key_len))] = (uint32_t)i + 1;
	return 0;
}

int overlay_put(struct overlay *o, uint8_t table, struct span key, struct span value, struct err *e)
{
	size_t slot = slot_of(o, table, key);
	struct item *it;

	if (!o->slots[slot]) {
		struct span copy;
		int rc = grow(o, e);

		if (rc)
			return rc;
		copy = arena_copy(o->arena, key);
		if (!copy.data)
			return err_set(e, ERR_NOMEM, "the batch is over its memory budget");
		slot = slot_of(o, table, key);
		it = &o->items[o->count++];
		*it = (struct item){ .table = table,
				     .key = copy.data,
				     .key_len = (uint16_t)key.len };
		o->slots[slot] = (uint32_t)o->count;
	}
	it = &o->items[o->slots[slot] - 1];
	it->deleted = !value.data;
	if (it->deleted)
		return 0;
	if (value.len > it->cap) {
		size_t cap = value.len + value.len / 4 + 16;
		uint8_t *grown = arena_alloc(o->arena, cap);

		if (!grown)
			return err_set(e, ERR_NOMEM, "the batch is over its memory budget");
		it->value = grown;
		it->cap = (uint32_t)cap;
	}
	if (value.len)
		memcpy(it->value, value.data, value.len);
	it->len = (uint32_t)value.len;
	return 0;
}

static int item_cmp(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return span_cmp(span_of(a->key, a->key_len), span_of(b->key, b->key_len));
}

int overlay_pour(struct overlay *o, struct kv_txn *txn, uint8_t append_table, struct err *e)
{
	int rc = 0;

	qsort(o->items, o->count, sizeof(*o->items), item_cmp);
	for (size_t i = 0; i < o->count && !rc; i++) {
		const struct item *it = &o->items[i];
		struct span key = span_of(it->key, it->key_len),
			    value = span_of(it->value, it->len);

		if (it->deleted)
			rc = kv_del(txn, it->table, key, e);
		else if (it->table == append_table)
			rc = kv_append(txn, it->table, key, value, e);
		else
			rc = kv_put(txn, it->table, key, value, e);
	}
	return rc;
}

size_t overlay_count(const struct overlay *o)
{
	return o->count;
}

int overlay_each(const struct overlay *o, uint8_t table, int (*each)(void *ctx, struct span key),
		 void *ctx)
{
	int rc = 0;

	for (size_t i = 0; i < o->count && !rc; i++)
		if (o->items[i].table == table && !o->items[i].deleted)
			rc = each(ctx, span_of(o->items[i].key, o->items[i].key_len));
	return rc;
}
