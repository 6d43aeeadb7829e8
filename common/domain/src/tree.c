#include "tree_impl.h"

#include <assert.h>
#include <stdlib.h>

int tree_new(struct tree **out, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for the tree");
}

static void drop_views(struct node *n)
{
	struct view *v = atomic_load(&n->views), *next;

	for (; v; v = next) {
		next = v->next;
		free(v);
	}
	atomic_store(&n->views, NULL);
}

void tree_node_free(struct node *n)
{
	struct unit *u = &n->unit;

	drop_views(n);
	for (size_t i = 0; u->names && i < u->name_count; i++)
		free(u->names[i].text);
	free(u->names);
	free(u->edges);
	free(u->kinds);
	free(u->lives);
	free(u->links);
	free(u->code); /* with the other texts */
	free(n->children);
	free(n);
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		tree_node_free(t->units[i]);
	free(t->units);
	free(t->by_number);
	free(t->by_code);
	free(t->takers);
	free(t);
}

/* The tables answer questions and are never walked: no order leaves this file that depends on them. */
static size_t number_place(uint32_t unit, size_t slots)
{
	/* Units of neighbouring numbers are asked for one after another: eight of them share a line of the cache. */
	size_t line = (size_t)(((unit >> 3) * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	return (line << 3 | (unit & 7)) & (slots - 1);
}

static size_t code_place(struct span code, size_t slots)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < code.len; i++)
		h = (h ^ code.data[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32) & (slots - 1);
}

struct node *tree_node(const struct tree *t, uint32_t unit)
{
	if (!t->slots)
		return NULL;
	for (size_t i = number_place(unit, t->slots);; i = (i + 1) & (t->slots - 1)) {
		struct node *n = t->by_number[i].node;

		if (!n || n->unit.unit == unit)
			return n;
	}
}

static struct node *find_code(const struct tree *t, struct span code)
{
	if (!t->slots)
		return NULL;
	for (size_t i = code_place(code, t->slots);; i = (i + 1) & (t->slots - 1)) {
		struct node *n = t->by_code[i].node;

		if (!n || span_eq(span_str(n->unit.code), code))
			return n;
	}
}

static void put_slot(struct slot *table, size_t slots, size_t at, struct node *n)
{
	while (table[at].node)
		at = (at + 1) & (slots - 1);
	table[at].node = n;
}

static void index_node(const struct tree *t, struct node *n)
{
	put_slot(t->by_number, t->slots, number_place(n->unit.unit, t->slots), n);
	put_slot(t->by_code, t->slots, code_place(span_str(n->unit.code), t->slots), n);
}

static int grow_tables(struct tree *t)
{
	size_t slots = t->slots ? t->slots * 2 : 64;
	struct slot *by_number, *by_code;

	if ((t->count + 1) * 2 <= t->slots)
		return 0;
	by_number = calloc(slots, sizeof(*by_number));
	by_code = calloc(slots, sizeof(*by_code));
	if (!by_number || !by_code) {
		free(by_number);
		free(by_code);
		return -ERR_NOMEM;
	}
	free(t->by_number);
	free(t->by_code);
	t->by_number = by_number;
	t->by_code = by_code;
	t->slots = slots;
	for (size_t i = 0; i < t->count; i++)
		index_node(t, t->units[i]);
	return 0;
}

static int grow_units(struct tree *t)
{
	size_t cap = t->cap ? t->cap * 2 : 64;
	struct node **units;

	if (t->count < t->cap)
		return 0;
	units = realloc(t->units, cap * sizeof(*units));
	if (!units)
		return -ERR_NOMEM;
	t->units = units;
	t->cap = cap;
	return 0;
}

static int grow_children(struct node *n)
{
	size_t cap = n->child_cap ? n->child_cap * 2 : 4;
	const struct unit **children;

	if (n->child_count < n->child_cap)
		return 0;
	children = realloc(n->children, cap * sizeof(*children));
	if (!children)
		return -ERR_NOMEM;
	n->children = children;
	n->child_cap = cap;
	return 0;
}

char *tree_copy_text(struct span text)
{
	char *copy = malloc(text.len + 1);

	if (!copy)
		return NULL;
	if (text.len)
		memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	return copy;
}

int tree_put_texts(struct unit *u, const struct span texts[TREE_TEXTS])
{
	char **const to[TREE_TEXTS] = { &u->code, &u->act, &u->contact, &u->phone, &u->tags };
	size_t len = TREE_TEXTS;
	char *at;

	for (size_t i = 0; i < TREE_TEXTS; i++)
		len += texts[i].len;
	at = malloc(len);
	u->code = at; /* NULL: nothing to be freed */
	for (size_t i = 0; i < TREE_TEXTS && u->code; i++) {
		*to[i] = at;
		if (texts[i].len)
			memcpy(at, texts[i].data, texts[i].len);
		at[texts[i].len] = '\0';
		at += texts[i].len + 1;
	}
	return u->code ? 0 : -ERR_NOMEM;
}

static struct node *node_new(const struct op_unit *c, uint64_t lsn)
{
	const struct span texts[TREE_TEXTS] = { c->code, c->act, c->contact, c->phone, c->tags };
	struct node *n = calloc(1, sizeof(*n));
	struct unit *u;

	if (!n)
		return NULL;
	u = &n->unit;
	u->unit = c->unit;
	u->order = c->order;
	u->opened = c->opened;
	u->closed = u->closed_first = c->closed;
	u->created_lsn = lsn;
	u->names = calloc(1, sizeof(*u->names));
	u->edges = calloc(1, sizeof(*u->edges));
	u->kinds = calloc(1, sizeof(*u->kinds));
	if (u->names) {
		u->name_count = 1;
		u->names[0] = (struct tree_name){ c->opened, lsn, tree_copy_text(c->name) };
	}
	if (tree_put_texts(u, texts) || !u->names || !u->names[0].text || !u->edges || !u->kinds) {
		tree_node_free(n);
		return NULL;
	}
	u->edge_count = 1;
	u->edges[0] = (struct tree_edge){ c->opened, lsn, c->parent, c->order };
	u->kind_count = 1;
	u->kinds[0] = (struct tree_kind){ c->opened, lsn, c->kind };
	return n;
}

/* The order that a unit has, or had last, under this parent. */
static uint32_t order_under(const struct unit *u, uint32_t parent)
{
	for (size_t i = u->edge_count; i-- > 0;)
		if (u->edges[i].parent == parent)
			return u->edges[i].order;
	return u->order;
}

static int child_cmp(const struct unit *a, const struct unit *b, uint32_t parent)
{
	uint32_t x = order_under(a, parent), y = order_under(b, parent);

	return x != y ? (x < y ? -1 : 1) : strcmp(a->code, b->code);
}

static void insert_child(struct node *parent, const struct unit *child)
{
	size_t low = 0, high = parent->child_count;
	uint32_t no = parent->unit.unit;

	/* usually units come in official order: look at the end first */
	if (high && child_cmp(parent->children[high - 1], child, no) < 0)
		low = high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (child_cmp(parent->children[mid], child, no) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	memmove(parent->children + low + 1, parent->children + low,
		(parent->child_count - low) * sizeof(*parent->children));
	parent->children[low] = child;
	parent->child_count++;
}

int tree_put_child(struct node *parent, const struct unit *child)
{
	size_t at = 0;

	while (at < parent->child_count && parent->children[at] != child)
		at++;
	if (at == parent->child_count && grow_children(parent))
		return -ERR_NOMEM;
	drop_views(parent);
	if (at < parent->child_count) {
		parent->child_count--;
		memmove(parent->children + at, parent->children + at + 1,
			(parent->child_count - at) * sizeof(*parent->children));
	}
	insert_child(parent, child);
	return 0;
}

static void insert_unit(struct tree *t, struct node *n)
{
	size_t at = t->count;

	while (at && t->units[at - 1]->unit.unit > n->unit.unit)
		at--;
	memmove(t->units + at + 1, t->units + at, (t->count - at) * sizeof(struct node *));
	t->units[at] = n;
	t->count++;
}

static int check_place(const struct tree *t, const struct op_unit *c, struct err *e)
{
	const char *code = (const char *)c->code.data;
	uint32_t path[UNIT_DEPTH_MAX];
	int len = (int)c->code.len;

	if (!c->unit || !unit_code_valid(c->code))
		return err_set(e, ERR_INVALID, "a unit needs a number and a code");
	if (tree_node(t, c->unit))
		return err_set(e, ERR_EXISTS, "unit %.*s: number %u is taken", len, code, c->unit);
	if (find_code(t, c->code))
		return err_set(e, ERR_EXISTS, "unit %.*s: the code is taken", len, code);
	if (c->parent == c->unit)
		return err_set(e, ERR_INVALID, "unit %.*s: stands under itself", len, code);
	if (!c->parent)
		return t->root ? err_set(e, ERR_EXISTS, "unit %.*s: there is a root already", len,
					 code)
			       : 0;
	if (!tree_node(t, c->parent) && t->part)
		return 0; /* stands under something that is not held */
	if (!tree_node(t, c->parent))
		return err_set(e, ERR_NOTFOUND, "unit %.*s: its parent is not in the tree", len,
			       code);
	if (tree_path(t, c->parent, c->opened, UINT64_MAX, path) >= UNIT_DEPTH_MAX)
		return err_set(e, ERR_RANGE, "unit %.*s: more than %d levels", len, code,
			       UNIT_DEPTH_MAX);
	return 0;
}

static int taker_cmp(const struct taker *a, const struct taker *b)
{
	if (a->into != b->into)
		return a->into < b->into ? -1 : 1;
	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

static size_t taker_place(const struct tree *t, const struct taker *what)
{
	size_t low = 0, high = t->taker_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (taker_cmp(&t->takers[mid], what) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t tree_first_taker(const struct tree *t, uint32_t into)
{
	return taker_place(t, &(struct taker){ .into = into, .from = INT32_MIN });
}

int tree_add_taker(struct tree *t, uint32_t unit, const struct tree_link *link)
{
	struct taker one = { link->into, unit, link->from };
	size_t at = taker_place(t, &one);
	struct taker *grown = realloc(t->takers, (t->taker_count + 1) * sizeof(*grown));

	if (!grown)
		return -ERR_NOMEM;
	memmove(grown + at + 1, grown + at, (t->taker_count - at) * sizeof(*grown));
	grown[at] = one;
	t->takers = grown;
	t->taker_count++;
	return 0;
}

int tree_adopt(struct tree *t, struct node *n)
{
	for (size_t i = 0; i < n->unit.link_count; i++)
		if (tree_add_taker(t, n->unit.unit, &n->unit.links[i]))
			return -ERR_NOMEM; /* a tree that is copied: it is thrown away */
	if (grow_tables(t) || grow_units(t))
		return -ERR_NOMEM;
	insert_unit(t, n);
	index_node(t, n);
	t->moves += n->unit.edge_count - 1;
	return 0;
}

int tree_add(struct tree *t, const struct op_unit *c, uint64_t lsn, struct err *e)
{
	struct node *parent, *n;
	int rc = check_place(t, c, e);

	if (rc)
		return rc;
	parent = c->parent ? tree_node(t, c->parent) : NULL;
	n = node_new(c, lsn);
	/* room first: afterwards nothing can fail half way */
	if (!n || (parent && grow_children(parent)) || tree_adopt(t, n)) {
		if (n)
			tree_node_free(n);
		return err_set(e, ERR_NOMEM, "no memory for the tree");
	}
	n->batch = t->batch;
	t->fresh++;
	if (parent) {
		drop_views(parent);
		insert_child(parent, &n->unit);
	} else if (!c->parent) {
		t->root = c->unit;
	}
	return 0;
}

/* ---- taking back ---- */

void tree_settle(struct tree *t)
{
	t->batch++;
	t->fresh = 0;
}

static bool is_fresh(const struct tree *t, const struct unit *u)
{
	return ((const struct node *)(const void *)u)->batch == t->batch;
}

static void take_children_back(const struct tree *t, struct node *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->child_count; i++)
		if (!is_fresh(t, n->children[i]))
			n->children[kept++] = n->children[i];
	if (kept != n->child_count)
		drop_views(n);
	n->child_count = kept;
}

void tree_take_back(struct tree *t)
{
	size_t kept = 0;

	if (!t->fresh)
		return;
	for (size_t i = 0; i < t->count; i++)
		take_children_back(t, t->units[i]);
	for (size_t i = 0; i < t->count; i++) {
		struct node *n = t->units[i];

		if (!is_fresh(t, &n->unit)) {
			t->units[kept++] = n;
			continue;
		}
		if (t->root == n->unit.unit)
			t->root = 0;
		tree_node_free(n);
	}
	t->count = kept;
	t->fresh = 0;
	memset(t->by_number, 0, t->slots * sizeof(*t->by_number));
	memset(t->by_code, 0, t->slots * sizeof(*t->by_code));
	for (size_t i = 0; i < t->count; i++)
		index_node(t, t->units[i]);
}

void tree_set_part(struct tree *t)
{
	t->part = true;
}

const struct unit *tree_get(const struct tree *t, uint32_t unit)
{
	const struct node *n = tree_node(t, unit);

	return n ? &n->unit : NULL;
}

const struct unit *tree_by_code(const struct tree *t, struct span code)
{
	const struct node *n = find_code(t, code);

	return n ? &n->unit : NULL;
}

size_t tree_count(const struct tree *t)
{
	return t->count;
}

size_t tree_moves(const struct tree *t)
{
	return t->moves;
}

size_t tree_links(const struct tree *t)
{
	return t->taker_count;
}

bool tree_took_over(const struct tree *t, uint32_t unit, day_t day)
{
	for (size_t i = tree_first_taker(t, unit); i < t->taker_count && t->takers[i].into == unit;
	     i++)
		if (t->takers[i].from == day)
			return true;
	return false;
}

uint32_t tree_max(const struct tree *t)
{
	return t->count ? t->units[t->count - 1]->unit.unit : 0;
}

uint32_t tree_root(const struct tree *t)
{
	return t->root;
}

const struct unit *tree_at(const struct tree *t, size_t i)
{
	return i < t->count ? &t->units[i]->unit : NULL;
}

bool unit_alive(const struct unit *u, day_t day)
{
	return unit_alive_at(u, day, UINT64_MAX);
}

bool unit_alive_at(const struct unit *u, day_t day, uint64_t lsn)
{
	bool alive = day >= u->opened && (!u->closed_first || day < u->closed_first);

	for (size_t i = 0; i < u->life_count; i++)
		if (u->lives[i].lsn <= lsn && u->lives[i].from <= day)
			alive = u->lives[i].open;
	return alive;
}

day_t unit_closed_at(const struct unit *u, uint64_t lsn)
{
	day_t closed = u->closed_first;

	for (size_t i = 0; i < u->life_count; i++)
		if (u->lives[i].lsn <= lsn)
			closed = u->lives[i].open ? 0 : u->lives[i].from;
	return closed;
}

/* What names, edges and kinds begin with. */
struct dated {
	day_t from;
	uint64_t lsn;
};
static_assert(offsetof(struct tree_name, lsn) == offsetof(struct dated, lsn), "same beginning");
static_assert(offsetof(struct tree_edge, lsn) == offsetof(struct dated, lsn), "same beginning");
static_assert(offsetof(struct tree_kind, lsn) == offsetof(struct dated, lsn), "same beginning");

/* The row in force on `day` as known after `lsn`: the last one known that begins by then, or the first
 * one known for the days before it. NULL when none was known yet. */
static const void *in_force(const void *rows, size_t count, size_t each, day_t day, uint64_t lsn)
{
	const uint8_t *row = rows, *best = NULL;
	struct dated d;

	for (size_t i = 0; i < count; i++, row += each) {
		memcpy(&d, row, sizeof(d));
		if (d.lsn > lsn)
			continue;
		if (!best || d.from <= day)
			best = row;
	}
	return best;
}

uint32_t unit_parent(const struct unit *u, day_t day, uint64_t lsn)
{
	const struct tree_edge *edge = in_force(u->edges, u->edge_count, sizeof(*u->edges), day,
						lsn);

	return edge ? edge->parent : 0;
}

enum unit_kind unit_kind_at(const struct unit *u, day_t day, uint64_t lsn)
{
	const struct tree_kind *kind = in_force(u->kinds, u->kind_count, sizeof(*u->kinds), day,
						lsn);

	return kind ? kind->kind : UNIT_NONE;
}

const char *unit_name_at(const struct unit *u, day_t day, uint64_t lsn)
{
	const struct tree_name *name = in_force(u->names, u->name_count, sizeof(*u->names), day,
						lsn);

	return name ? name->text : NULL;
}

size_t tree_path(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
		 uint32_t out[UNIT_DEPTH_MAX])
{
	size_t count = 0;

	while (unit) {
		const struct unit *u = tree_get(t, unit);

		if (!u && t->part && count)
			break; /* what stands above is not held */
		if (!u || u->created_lsn > lsn || count == UNIT_DEPTH_MAX)
			return 0;
		out[count++] = unit;
		unit = unit_parent(u, day, lsn);
	}
	return count;
}

bool tree_inside(const struct tree *t, uint32_t unit, uint32_t top, day_t day, uint64_t lsn)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t count = tree_path(t, unit, day, lsn, path);

	for (size_t i = 0; i < count; i++) {
		if (path[i] == top)
			return true;
	}
	return false;
}

static bool is_child(const struct unit *u, uint32_t parent, day_t day, uint64_t lsn)
{
	return u->created_lsn <= lsn && unit_alive_at(u, day, lsn) &&
	       unit_parent(u, day, lsn) == parent;
}

static bool view_matches(const struct view *v, const struct node *n, day_t day, uint64_t lsn)
{
	size_t at = 0;

	for (size_t i = 0; i < n->child_count; i++) {
		if (!is_child(n->children[i], n->unit.unit, day, lsn))
			continue;
		if (at == v->count || v->units[at++] != n->children[i])
			return false;
	}
	return at == v->count;
}

/* A view per set of children that ever was: as many as there are changes, however many days are asked. */
static const struct view *find_view(struct node *n, size_t count, day_t day, uint64_t lsn)
{
	struct view *v;
	size_t at = 0;

	for (v = atomic_load(&n->views); v; v = v->next) {
		if (v->count == count && view_matches(v, n, day, lsn))
			return v;
	}
	v = malloc(sizeof(*v) + count * sizeof(v->units[0]));
	if (!v)
		return NULL;
	v->count = count;
	for (size_t i = 0; i < n->child_count; i++) {
		if (is_child(n->children[i], n->unit.unit, day, lsn))
			v->units[at++] = n->children[i];
	}
	v->next = atomic_load(&n->views);
	while (!atomic_compare_exchange_weak(&n->views, &v->next, v))
		;
	return v;
}

int tree_children(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
		  const struct unit ***out, size_t *count, struct err *e)
{
	struct node *n = tree_node(t, unit);
	const struct view *v;
	size_t alive = 0;

	*out = NULL;
	*count = 0;
	if (!n)
		return err_set(e, ERR_NOTFOUND, "no unit has the number %u", unit);
	for (size_t i = 0; i < n->child_count; i++)
		alive += is_child(n->children[i], unit, day, lsn);
	if (alive && alive < n->child_count) {
		v = find_view(n, alive, day, lsn);
		if (!v)
			return err_set(e, ERR_NOMEM, "no memory for the tree");
		*out = (const struct unit **)v->units;
	} else if (alive) {
		*out = n->children;
	}
	*count = alive;
	return 0;
}

const struct unit *tree_ever_child(const struct tree *t, uint32_t unit, size_t i)
{
	const struct node *n = tree_node(t, unit);

	return n && i < n->child_count ? n->children[i] : NULL;
}

const struct unit *tree_taken(const struct tree *t, uint32_t unit, size_t i)
{
	size_t at = t->taker_count ? tree_first_taker(t, unit) + i : 0;

	return at < t->taker_count && t->takers[at].into == unit ? tree_get(t, t->takers[at].unit)
								 : NULL;
}

size_t tree_ever_below(const struct tree *t, uint32_t unit, uint32_t *out, size_t count, size_t max)
{
	const struct node *n = tree_node(t, unit);
	size_t first = count;

	for (size_t i = 0; i < count; i++)
		if (out[i] == unit)
			return count;
	if (!n || count >= max)
		return n ? max + 1 : count;
	out[count++] = unit;
	for (size_t at = first; at < count && count <= max;
	     at++) { /* whoever was added has children */
		n = tree_node(t, out[at]);
		for (size_t i = 0; i < n->child_count && count <= max; i++) {
			uint32_t child = n->children[i]->unit;
			size_t k = 0;

			while (k < count && out[k] != child)
				k++;
			if (k < count)
				continue;
			if (count < max)
				out[count] = child;
			count++;
		}
	}
	return count;
}
