/* The in-memory twin: a treap per table whose nodes are shared between versions and counted. A
 * transaction and a clone take the roots and nothing else; a writer copies the nodes on its path
 * that somebody else still sees. Counts are plain integers: one store with all its clones belongs
 * to one thread. */
#include <assert.h>
#include <stdlib.h>

#include "kv_impl.h"

/* A pair, unchanging once made. */
struct item {
	size_t refs;
	uint32_t prio; /* from the key, so that the shape depends on the contents alone */
	uint32_t key_len, value_len;
	uint8_t bytes[]; /* key, value */
};

struct node {
	size_t refs;
	struct item *item;
	struct node *side[2]; /* lesser keys, greater keys; priorities fall on the way down */
};

struct mem_roots {
	struct node *table[KV_TABLES_MAX];
	size_t bytes; /* keys + values */
};

struct mem_kv {
	struct kv base;
	struct mem_roots committed;
	size_t limit_bytes;
	unsigned readers;
};

struct mem_txn {
	struct kv_txn base;
	struct mem_roots roots;
};

struct mem_cursor {
	struct kv_cursor base;
	struct item *at;
};

static const struct kv_ops mem_ops;

static struct mem_kv *mem_of(struct kv *kv)
{
	return (struct mem_kv *)kv;
}

/* --- items and nodes --- */

static struct span item_key(const struct item *item)
{
	return span_of(item->bytes, item->key_len);
}

static struct span item_value(const struct item *item)
{
	return span_of(item->bytes + item->key_len, item->value_len);
}

static size_t item_size(const struct item *item)
{
	return (size_t)item->key_len + item->value_len;
}

/* FNV-1a, stirred: keys that differ only in their last byte must still get unrelated priorities. */
static uint32_t prio_of(struct span key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ key.data[i]) * UINT64_C(0x100000001b3);
	h = (h ^ (h >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

static struct item *item_new(struct span key, struct span value)
{
	struct item *item = malloc(sizeof(*item) + key.len + value.len);

	if (!item)
		return NULL;
	item->refs = 1;
	item->prio = prio_of(key);
	item->key_len = (uint32_t)key.len;
	item->value_len = (uint32_t)value.len;
	memcpy(item->bytes, key.data, key.len);
	if (value.len)
		memcpy(item->bytes + key.len, value.data, value.len);
	return item;
}

static void item_drop(struct item *item)
{
	if (item && !--item->refs)
		free(item);
}

static struct node *node_ref(struct node *n)
{
	if (n)
		n->refs++;
	return n;
}

static struct node *node_new(struct item *item, struct node *left, struct node *right)
{
	struct node *n = malloc(sizeof(*n));

	if (!n)
		return NULL;
	item->refs++;
	*n = (struct node){ 1, item, { node_ref(left), node_ref(right) } };
	return n;
}

static void node_drop(struct node *n) /* as deep as the tree: some forty for a million keys */
{
	if (!n || --n->refs)
		return;
	node_drop(n->side[0]);
	node_drop(n->side[1]);
	item_drop(n->item);
	free(n);
}

/* Make the node in this slot ours alone. What the tree holds does not change, so a failure on the
 * way down leaves it whole. */
static bool own(struct node **slot)
{
	struct node *n = *slot;

	assert(n);
	if (n->refs == 1)
		return true;
	*slot = node_new(n->item, n->side[0], n->side[1]);
	if (!*slot) {
		*slot = n;
		return false;
	}
	n->refs--;
	return true;
}

static void roots_share(struct mem_roots *out, const struct mem_roots *from)
{
	*out = *from;
	for (size_t i = 0; i < KV_TABLES_MAX; i++)
		node_ref(out->table[i]);
}

static void roots_drop(struct mem_roots *roots)
{
	for (size_t i = 0; i < KV_TABLES_MAX; i++)
		node_drop(roots->table[i]);
	*roots = (struct mem_roots){ 0 };
}

/* --- the tree --- */

static struct item *tree_find(const struct node *n, struct span key)
{
	while (n) {
		int order = span_cmp(key, item_key(n->item));

		if (!order)
			return n->item;
		n = n->side[order > 0];
	}
	return NULL;
}

/* The nearest pair on one side of `key`: greater when `up`, else lesser; the key itself counts when
 * `or_equal`. */
static struct item *tree_near(const struct node *n, struct span key, bool up, bool or_equal)
{
	struct item *best = NULL;

	while (n) {
		int order = span_cmp(item_key(n->item), key);

		if (!order && or_equal)
			return n->item;
		if (up ? order > 0 : order < 0) {
			best = n->item;
			n = n->side[!up];
		} else {
			n = n->side[up];
		}
	}
	return best;
}

static struct item *tree_last(const struct node *n)
{
	while (n && n->side[1])
		n = n->side[1];
	return n ? n->item : NULL;
}

/* Own every node where a split at `key` would cut. */
static bool own_split(struct node **slot, struct span key)
{
	while (*slot) {
		if (!own(slot))
			return false;
		slot = &(*slot)->side[span_cmp(item_key((*slot)->item), key) < 0];
	}
	return true;
}

/* Put `fresh` in this slot and hang what was there under it: lesser keys left, greater right. */
static void split_under(struct node **slot, struct node *fresh)
{
	struct span key = item_key(fresh->item);
	struct node *n = *slot;
	struct node **hang[2] = { &fresh->side[0], &fresh->side[1] };

	*slot = fresh;
	while (n) {
		int side = span_cmp(item_key(n->item), key) > 0;

		*hang[side] = n;
		hang[side] = &n->side[!side];
		n = *hang[side];
	}
	*hang[0] = *hang[1] = NULL;
}

/* Takes over `item` on success. A key that is there already is found on the way down, because equal
 * keys have equal priorities. */
static bool tree_put(struct node **slot, struct item *item)
{
	struct span key = item_key(item);
	struct node *fresh;

	while (*slot && (*slot)->item->prio >= item->prio) {
		int order = span_cmp(key, item_key((*slot)->item));

		if (!own(slot))
			return false;
		if (!order) {
			item_drop((*slot)->item);
			(*slot)->item = item;
			return true;
		}
		slot = &(*slot)->side[order > 0];
	}
	fresh = own_split(slot, key) ? node_new(item, NULL, NULL) : NULL;
	if (!fresh)
		return false;
	item->refs--; /* the caller's */
	split_under(slot, fresh);
	return true;
}

/* Own the inner spine of one side, where a merge would cut. */
static bool own_spine(struct node **slot, int side)
{
	for (; *slot; slot = &(*slot)->side[side])
		if (!own(slot))
			return false;
	return true;
}

static void merge_into(struct node **slot, struct node *left, struct node *right)
{
	while (left && right) {
		if (left->item->prio >= right->item->prio) {
			*slot = left;
			slot = &left->side[1];
			left = *slot;
		} else {
			*slot = right;
			slot = &right->side[0];
			right = *slot;
		}
	}
	*slot = left ? left : right;
}

/* The key is there. */
static bool tree_del(struct node **slot, struct span key)
{
	struct node *gone;

	for (;;) {
		int order;

		if (!own(slot))
			return false;
		order = span_cmp(key, item_key((*slot)->item));
		if (!order)
			break;
		slot = &(*slot)->side[order > 0];
	}
	gone = *slot;
	if (!own_spine(&gone->side[0], 1) || !own_spine(&gone->side[1], 0))
		return false;
	merge_into(slot, gone->side[0], gone->side[1]);
	item_drop(gone->item);
	free(gone);
	return true;
}

/* --- transactions --- */

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for the store");
}

static int mem_begin(struct kv_txn **out, struct kv *kv, enum kv_mode mode, struct err *e)
{
	struct mem_kv *mk = mem_of(kv);
	struct mem_txn *t = calloc(1, sizeof(*t));

	if (!t)
		return no_memory(e);
	assert(mode == KV_READ || !atomic_load(&kv->writer)); /* one thread: nobody to wait for */
	roots_share(&t->roots, &mk->committed);
	mk->readers += mode == KV_READ;
	*out = &t->base;
	return 0;
}

static void mem_abort(struct kv_txn *txn)
{
	struct mem_txn *t = (struct mem_txn *)txn;

	mem_of(txn->kv)->readers -= txn->mode == KV_READ;
	roots_drop(&t->roots);
	free(t);
}

static int mem_commit(struct kv_txn *txn, struct err *e)
{
	struct mem_txn *t = (struct mem_txn *)txn;
	struct mem_kv *mk = mem_of(txn->kv);

	(void)e;
	roots_drop(&mk->committed);
	mk->committed = t->roots;
	free(t);
	return 0;
}

/* --- pairs --- */

static struct node **root_of(struct kv_txn *txn, uint8_t table)
{
	return &((struct mem_txn *)txn)->roots.table[table];
}

static int mem_get(struct kv_txn *txn, uint8_t table, struct span key, struct span *value,
		   struct err *e)
{
	const struct item *item = tree_find(*root_of(txn, table), key);

	(void)e;
	if (!item)
		return -ERR_NOTFOUND;
	*value = item_value(item);
	return 0;
}

static int mem_put(struct kv_txn *txn, uint8_t table, struct span key, struct span value,
		   bool append, struct err *e)
{
	struct mem_roots *roots = &((struct mem_txn *)txn)->roots;
	size_t limit = mem_of(txn->kv)->limit_bytes;
	struct node **root = root_of(txn, table);
	const struct item *last = append ? tree_last(*root) : NULL;
	const struct item *old = append ? NULL : tree_find(*root, key);
	size_t bytes = roots->bytes - (old ? item_size(old) : 0) + key.len + value.len;
	struct item *item;

	if (last && span_cmp(key, item_key(last)) <= 0)
		return err_set(e, ERR_INVALID, "an appended key is not the greatest");
	if (limit && bytes > limit)
		return err_set(e, ERR_FULL, "the store is full");
	item = item_new(key, value);
	if (!item || !tree_put(root, item)) {
		item_drop(item);
		return no_memory(e);
	}
	roots->bytes = bytes;
	return 0;
}

static int mem_del(struct kv_txn *txn, uint8_t table, struct span key, struct err *e)
{
	struct mem_roots *roots = &((struct mem_txn *)txn)->roots;
	const struct item *item = tree_find(*root_of(txn, table), key);
	size_t bytes;

	if (!item)
		return 0;
	bytes = item_size(item);
	if (!tree_del(root_of(txn, table), key))
		return no_memory(e);
	roots->bytes -= bytes;
	return 0;
}

/* --- walks --- */

static int mem_cursor(struct kv_cursor **out, struct kv_txn *txn, uint8_t table, struct err *e)
{
	struct mem_cursor *c = calloc(1, sizeof(*c));

	(void)txn;
	(void)table;
	if (!c)
		return no_memory(e);
	*out = &c->base;
	return 0;
}

/* The cursor keeps its pair alive, for it asks the tree again by key at the next step. */
static int stand_at(struct kv_cursor *c, struct item *item, struct span *found, struct span *value)
{
	struct mem_cursor *mc = (struct mem_cursor *)c;

	if (item)
		item->refs++;
	item_drop(mc->at);
	mc->at = item;
	if (!item)
		return 0;
	*found = item_key(item);
	*value = item_value(item);
	return 1;
}

static int mem_seek(struct kv_cursor *c, struct span key, struct span *found, struct span *value,
		    struct err *e)
{
	const struct node *root = *root_of(c->txn, c->table);

	(void)e;
	return stand_at(c, c->at_end ? tree_last(root) : tree_near(root, key, !c->down, true),
			found, value);
}

static int mem_step(struct kv_cursor *c, struct span *found, struct span *value, struct err *e)
{
	const struct item *at = ((struct mem_cursor *)c)->at;

	(void)e;
	return stand_at(c, tree_near(*root_of(c->txn, c->table), item_key(at), !c->down, false),
			found, value);
}

static void mem_cursor_end(struct kv_cursor *c)
{
	item_drop(((struct mem_cursor *)c)->at);
	free(c);
}

/* --- the store --- */

static int mem_health(struct kv *kv, struct kv_health *out, struct err *e)
{
	const struct mem_kv *mk = mem_of(kv);

	(void)e;
	*out = (struct kv_health){ mk->limit_bytes, mk->committed.bytes, mk->readers };
	return 0;
}

static int mem_reap(struct kv *kv, unsigned *dropped, struct err *e)
{
	(void)kv;
	(void)e;
	*dropped = 0;
	return 0;
}

static int mem_copy(struct kv *kv, const char *dir, struct err *e)
{
	(void)kv;
	return err_set(e, ERR_UNSUPPORTED, "%s: a store in memory has no files to copy", dir);
}

static void mem_close(struct kv *kv)
{
	roots_drop(&mem_of(kv)->committed);
	free(kv);
}

int kv_mem_open(struct kv **out, uint8_t tables, struct err *e)
{
	struct mem_kv *mk;

	*out = NULL;
	if (!tables || tables > KV_TABLES_MAX)
		return err_set(e, ERR_INVALID, "a store of %u tables", (unsigned)tables);
	mk = calloc(1, sizeof(*mk));
	if (!mk)
		return no_memory(e);
	mk->base.ops = &mem_ops;
	mk->base.tables = tables;
	*out = &mk->base;
	return 0;
}

int kv_mem_clone(struct kv **out, const struct kv *committed, struct err *e)
{
	int rc;

	assert(committed->ops == &mem_ops);
	rc = kv_mem_open(out, committed->tables, e);
	if (!rc)
		roots_share(&mem_of(*out)->committed,
			    &((const struct mem_kv *)committed)->committed);
	return rc;
}

void kv_mem_limit(struct kv *kv, size_t bytes)
{
	assert(kv->ops == &mem_ops);
	mem_of(kv)->limit_bytes = bytes;
}

static const struct kv_ops mem_ops = {
	.close = mem_close,
	.begin = mem_begin,
	.commit = mem_commit,
	.abort = mem_abort,
	.get = mem_get,
	.put = mem_put,
	.del = mem_del,
	.cursor = mem_cursor,
	.seek = mem_seek,
	.step = mem_step,
	.cursor_end = mem_cursor_end,
	.health = mem_health,
	.reap = mem_reap,
	.copy = mem_copy,
};
