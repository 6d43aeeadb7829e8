/* All aggregates once more, from the sheets as they are and nothing else: what apply() keeps from change to change is here
 * added up at once, period by period, each node out of those below it. */
#include "internal.h"

#include <stdlib.h>

enum { NO_NODE = UINT32_MAX };

struct node_sum {
	uint32_t unit, above; /* above: place in `nodes`, or NO_NODE */
	unsigned level;       /* the root's is 0 */
	struct agg sum;
};

struct recomputing {
	struct ledger *l;
	struct period period;
	uint8_t form;
	struct node_sum *
		*nodes; /* of this period and form, as they came; kept from one to the next */
	size_t count, cap, made;
	uint32_t *place; /* of a unit in `nodes`, plus 1; by its number */
	uint32_t *order; /* deepest first */
	agg_row_fn *each;
	void *ctx;
	struct err *e;
};

static int add_node(struct recomputing *r, uint32_t unit, unsigned level)
{
	struct node_sum *n;

	if (r->count == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 256;
		struct node_sum **grown = realloc(r->nodes, cap * sizeof(struct node_sum *));

		if (grown)
			r->nodes = grown;
		if (!grown)
			return err_set(r->e, ERR_NOMEM, "no memory to add up");
		r->cap = cap;
	}
	if (r->count == r->made) {
		r->nodes[r->made] = malloc(sizeof(*n));
		if (!r->nodes[r->made])
			return err_set(r->e, ERR_NOMEM, "no memory to add up");
		r->made++;
	}
	n = r->nodes[r->count++];
	n->unit = unit;
	n->above = NO_NODE;
	n->level = level;
	n->sum.measure_count = 0;
	memset(n->sum.counts, 0, sizeof(n->sum.counts));
	r->place[unit] = (uint32_t)r->count;
	return 0;
}

/* Where the node right above a unit stands, if a sheet beside this one has led to it. */
static bool known_above(const struct recomputing *r, uint32_t unit, uint32_t *above)
{
	const struct unit *u = tree_get(r->l->tree, unit);
	uint32_t parent = u ? unit_parent(u, r->period.to, UINT64_MAX) : 0;

	*above = parent && parent <= tree_max(r->l->tree) && r->place[parent] ? r->place[parent] - 1
									      : NO_NODE;
	return *above != NO_NODE;
}

/* The node right above a unit and all above that, as far up as they are held; NO_NODE under nobody. */
static int find_above(struct recomputing *r, uint32_t unit, uint32_t *above)
{
	uint32_t path[UNIT_DEPTH_MAX], under = NO_NODE;
	size_t depth, top = 1;
	int rc = 0;

	if (known_above(r, unit, above))
		return 0;
	depth = tree_path(r->l->tree, unit, r->period.to, UINT64_MAX, path);
	while (top < depth && !agg_above_part(r->l, r->l->tree, path[top], r->period.to))
		top++;
	for (size_t i = 1; i < top && !rc; i++) {
		bool known = r->place[path[i]] != 0;

		if (!known)
			rc = add_node(r, path[i], (unsigned)(depth - 1 - i));
		if (rc)
			break;
		if (under != NO_NODE)
			r->nodes[under]->above = r->place[path[i]] - 1;
		under = r->place[path[i]] - 1;
		if (i == 1)
			*above = under;
		if (known)
			break; /* and so is all above it */
	}
	return rc;
}

static int add_sheet(struct recomputing *r, uint32_t unit, struct span value)
{
	struct sheet sheet;
	struct agg own;
	uint32_t above;
	struct rd row;
	int rc = row_open(&row, T_SHEET, value, r->e);

	if (!rc)
		rc = sheet_decode(&sheet, rd_bytes(&row, rd_left(&row)), r->e);
	if (!rc)
		rc = find_above(r, unit, &above);
	if (rc || above == NO_NODE)
		return rc;
	assert(r->nodes && above < r->count);
	agg_of_sheet(&own, &sheet, unit);
	return agg_add(&r->nodes[above]->sum, &own, 1, r->e);
}

static void put_in_order(struct recomputing *r)
{
	size_t at = 0;
	for (unsigned level = UNIT_DEPTH_MAX; level-- > 0;)
		for (size_t i = 0; i < r->count; i++)
			if (r->nodes[i]->level == level)
				r->order[at++] = (uint32_t)i;
	assert(at == r->count);
}

/* All sheets of the period and form are in: from below upwards, then told. */
static int end_period(struct recomputing *r)
{
	int rc = 0;

	put_in_order(r);
	for (size_t i = 0; i < r->count && !rc; i++) {
		struct node_sum *n = r->nodes[r->order[i]];

		if (n->above != NO_NODE)
			rc = agg_add(&r->nodes[n->above]->sum, &n->sum, 1, r->e);
		if (!rc && !agg_is_zero(&n->sum))
			rc = r->each(r->ctx, n->unit, r->form, r->period, &n->sum);
		r->place[n->unit] = 0;
	}
	r->count = 0;
	return rc;
}

static int walk_sheets(struct recomputing *r)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	struct sheet_key k;
	int rc = kv_walk(&c, r->l->txn, T_SHEET, none, none, false, r->e);

	while (!rc && (rc = kv_next(c, &key, &value, r->e)) == 1) {
		rc = sheet_key_read(&k, key) && k.unit <= tree_max(r->l->tree)
			     ? 0
			     : err_set(r->e, ERR_CORRUPT, "a sheet's key is wrong");
		if (!rc && (k.form != r->form || k.period.from != r->period.from ||
			    k.period.to != r->period.to)) {
			rc = end_period(r);
			r->form = k.form;
			r->period = k.period;
		}
		if (!rc)
			rc = add_sheet(r, k.unit, value);
	}
	kv_walk_end(c);
	return rc ? rc : end_period(r);
}

int agg_recompute(struct ledger *l, agg_row_fn *each, void *ctx, struct err *e)
{
	struct recomputing r = { .l = l, .each = each, .ctx = ctx, .e = e };
	size_t units = (size_t)tree_max(l->tree) + 1;
	int rc;

	r.place = calloc(units, sizeof(*r.place));
	r.order = calloc(units, sizeof(*r.order));
	rc = r.place && r.order ? walk_sheets(&r) : err_set(e, ERR_NOMEM, "no memory to add up");
	for (size_t i = 0; i < r.made; i++)
		free(r.nodes[i]);
	free(r.nodes);
	free(r.place);
	free(r.order);
	return rc;
}
