/* All aggregates once more, from the sheets as they are and nothing else: what apply() keeps from change to change is here
 * added up at once, period by period, each node out of those below it. */
#include "internal.h"

#include <stdlib.h>

/* Right above a unit, before anybody has looked; and where there is nobody. Else a place in `nodes`, plus 1. */
enum { NOT_LOOKED = 0, NOBODY = UINT32_MAX };

struct node_sum {
	uint32_t unit, above; /* above: as in `above` of those that add up */
	unsigned level;       /* the root's is 0 */
	struct agg sum;
};

struct recomputing {
	struct ledger *l;
	struct period period;
	uint8_t form;
	struct period still;     /* what stands here of who is above whom is so on these days */
	struct node_sum **nodes; /* as they came; kept from one period to the next */
	size_t count, cap, made;
	uint32_t *place;   /* of a unit in `nodes`, plus 1; by its number */
	uint32_t *parents; /* of all units by their numbers; 0: none, or not known */
	uint32_t *above; /* of a unit that has sheets: what stands right above it; by its number */
	uint32_t *order; /* deepest first */
	size_t ordered;  /* so many of them */
	agg_row_fn *each;
	void *ctx;
	struct err *e;
};

static void clear_sum(struct agg *sum)
{
	sum->measure_count = 0;
	memset(sum->counts, 0, sizeof(sum->counts));
}

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
	n->above = NOBODY;
	n->level = level;
	clear_sum(&n->sum);
	r->place[unit] = (uint32_t)r->count;
	return 0;
}

/* The node right above a unit and all above that, as far up as they are held. Mostly a sheet beside this one has led to
 * them already. */
static int find_above(struct recomputing *r, uint32_t unit)
{
	uint32_t parent = r->parents[unit];
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth, top = 1;
	int rc = 0;

	r->above[unit] = parent && parent <= tree_max(r->l->tree) && r->place[parent]
				 ? r->place[parent]
				 : NOBODY;
	if (r->above[unit] != NOBODY)
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
		if (i == 1)
			r->above[unit] = r->place[path[i]];
		else
			r->nodes[r->place[path[i - 1]] - 1]->above = r->place[path[i]];
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
	if (!rc && r->above[unit] == NOT_LOOKED)
		rc = find_above(r, unit);
	above = r->above[unit];
	if (rc || above == NOBODY)
		return rc;
	assert(r->nodes && above && above <= r->count);
	agg_of_sheet(&own, &sheet, unit);
	return agg_add(&r->nodes[above - 1]->sum, &own, 1, r->e);
}

static void put_in_order(struct recomputing *r)
{
	if (r->ordered == r->count)
		return;
	r->ordered = 0;
	for (unsigned level = UNIT_DEPTH_MAX; level-- > 0;)
		for (size_t i = 0; i < r->count; i++)
			if (r->nodes[i]->level == level)
				r->order[r->ordered++] = (uint32_t)i;
	assert(r->ordered == r->count);
}

/* All sheets of the period and form are in: from below upwards, then told. */
static int end_period(struct recomputing *r)
{
	int rc = 0;

	put_in_order(r);
	for (size_t i = 0; i < r->count && !rc; i++) {
		struct node_sum *n = r->nodes[r->order[i]];

		if (agg_is_zero(&n->sum))
			continue; /* of a period before this one */
		if (n->above != NOBODY)
			rc = agg_add(&r->nodes[n->above - 1]->sum, &n->sum, 1, r->e);
		if (!rc)
			rc = r->each(r->ctx, n->unit, r->form, r->period, &n->sum);
		clear_sum(&n->sum);
	}
	return rc;
}

/* Who is above whom is found once for as long as nobody moves: sheets come by period, mostly of the same units. */
static void begin_period(struct recomputing *r, const struct sheet_key *k)
{
	size_t units = (size_t)tree_max(r->l->tree) + 1;

	r->form = k->form;
	r->period = k->period;
	if (k->period.to >= r->still.from && k->period.to <= r->still.to)
		return;
	r->still = tree_still(r->l->tree, k->period.to);
	memset(r->parents, 0, units * sizeof(*r->parents));
	for (size_t i = 0; i < tree_count(r->l->tree); i++) {
		const struct unit *u = tree_at(r->l->tree, i);

		r->parents[u->unit] = unit_parent(u, k->period.to, UINT64_MAX);
	}
	memset(r->above, 0, units * sizeof(*r->above));
	memset(r->place, 0, units * sizeof(*r->place));
	r->count = r->ordered = 0;
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
			begin_period(r, &k);
		}
		if (!rc)
			rc = add_sheet(r, k.unit, value);
	}
	kv_walk_end(c);
	return rc ? rc : end_period(r);
}

int agg_recompute(struct ledger *l, agg_row_fn *each, void *ctx, struct err *e)
{
	struct recomputing r = { .l = l, .still = { 1, 0 }, .each = each, .ctx = ctx, .e = e };
	size_t units = (size_t)tree_max(l->tree) + 1;
	int rc;

	r.place = calloc(units, sizeof(*r.place));
	r.parents = calloc(units, sizeof(*r.parents));
	r.above = calloc(units, sizeof(*r.above));
	r.order = calloc(units, sizeof(*r.order));
	rc = r.place && r.parents && r.above && r.order
		     ? walk_sheets(&r)
		     : err_set(e, ERR_NOMEM, "no memory to add up");
	for (size_t i = 0; i < r.made; i++)
		free(r.nodes[i]);
	free(r.nodes);
	free(r.place);
	free(r.parents);
	free(r.above);
	free(r.order);
	return rc;
}
