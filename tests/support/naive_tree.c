/* The naive model: the tree as acts made it, and what was closed of it. */
#include "naive_internal.h"

#include <stdlib.h>

struct grown *naive_grown(const struct naive *n, uint32_t unit)
{
	if (unit < TREE_UNITS)
		return n->place[unit] ? &n->tree[n->place[unit] - 1] : NULL;
	for (size_t i = 0; i < n->tree_count; i++)
		if (n->tree[i].u->unit == unit)
			return &n->tree[i];
	return NULL;
}

static void grow_unit(struct naive *n, const struct op_unit *u)
{
	struct grown *g = &n->tree[n->tree_count++];

	if (n->tree_count == TREE_UNITS)
		naive_no_good("too many units");
	g->life_count = g->merged_count = g->link_count = 0; /* of the rest only counts are read */
	g->u = u;
	g->edges[0].from = u->opened;
	g->edges[0].parent = u->parent;
	g->kinds[0].from = u->opened;
	g->kinds[0].kind = u->kind;
	g->edge_count = g->kind_count = 1;
	if (u->unit < TREE_UNITS && !n->place[u->unit])
		n->place[u->unit] = (uint16_t)n->tree_count;
}

bool naive_alive_then(const struct grown *g, day_t d)
{
	bool yes = d >= g->u->opened && (!g->u->closed || d < g->u->closed);

	for (size_t i = 0; i < g->life_count; i++)
		if (g->lives[i].from <= d)
			yes = g->lives[i].open;
	return yes;
}

static uint32_t parent_on(const struct grown *g, day_t d)
{
	uint32_t parent = g->edges[0].parent;

	for (size_t i = 1; i < g->edge_count; i++)
		if (g->edges[i].from <= d)
			parent = g->edges[i].parent;
	return parent;
}

enum unit_kind naive_kind_on(const struct grown *g, day_t d)
{
	enum unit_kind kind = g->kinds[0].kind;

	for (size_t i = 1; i < g->kind_count; i++)
		if (g->kinds[i].from <= d)
			kind = g->kinds[i].kind;
	return kind;
}

static void add_edge(struct naive *n, struct grown *g, day_t from, uint32_t parent)
{
	bool known = false;

	for (size_t i = 0; i < n->move_count && !known; i++)
		known = n->moves[i] == from;
	if (!known && n->move_count == MOVE_DAYS)
		naive_no_good("too many days of moves");
	if (!known)
		n->moves[n->move_count++] = from;
	if (g->edge_count == ROWS)
		naive_no_good("too many moves of one unit");
	g->edges[g->edge_count].from = from;
	g->edges[g->edge_count++].parent = parent;
}

static void add_life(struct grown *g, day_t from, bool open)
{
	if (g->life_count == ROWS)
		naive_no_good("too many ends of one unit");
	g->lives[g->life_count].from = from;
	g->lives[g->life_count++].open = open;
}

static void add_link(struct grown *g, day_t from, uint32_t into, uint64_t lsn)
{
	if (g->link_count == ROWS)
		naive_no_good("too many successors of one unit");
	g->links[g->link_count].from = from;
	g->links[g->link_count].into = into;
	g->links[g->link_count++].lsn = lsn;
}

static bool placed(const struct op_act *a, uint32_t unit)
{
	for (size_t i = 0; i < a->count; i++) {
		enum change_what w = a->changes[i].what;

		if (a->changes[i].unit == unit &&
		    (w == CHANGE_MERGE || w == CHANGE_DISSOLVE || w == CHANGE_LEAVE ||
		     w == CHANGE_MOVE || (w == CHANGE_SPLIT && a->changes[i].ends)))
			return true;
	}
	return false;
}

static void grow_act(struct naive *n, const struct op_act *a, uint64_t lsn)
{
	day_t day = a->effective;

	for (size_t i = 0; i < a->count; i++) {
		const struct op_change *c = &a->changes[i];
		struct grown *g = naive_grown(n, c->unit);
		struct op_unit *u;

		for (size_t k = 0; c->what != CHANGE_TARGET && k < c->into_count; k++)
			add_link(g, day, c->into[k], lsn);
		switch (c->what) {
		case CHANGE_CREATE:
			u = arena_alloc(n->a, sizeof(*u));
			if (!u)
				naive_no_good("no memory");
			*u = (struct op_unit){ .unit = c->unit,
					       .parent = c->parent,
					       .code = c->code,
					       .name = c->name,
					       .kind = c->kind,
					       .opened = day,
					       .reports = c->reports };
			grow_unit(n, u);
			break;
		case CHANGE_MOVE:
			add_edge(n, g, day, c->parent);
			break;
		case CHANGE_KIND:
			g->kinds[g->kind_count].from = day;
			g->kinds[g->kind_count++].kind = c->kind;
			break;
		case CHANGE_MERGE:
			for (size_t k = 0; k < n->tree_count; k++)
				if (naive_alive_then(&n->tree[k], day) &&
				    parent_on(&n->tree[k], day) == c->unit &&
				    !placed(a, n->tree[k].u->unit))
					add_edge(n, &n->tree[k], day, c->into[0]);
			g->merged[g->merged_count].from = day;
			g->merged[g->merged_count++].into = c->into[0];
			add_life(g, day, false);
			break;
		case CHANGE_SPLIT:
			if (c->ends)
				add_life(g, day, false);
			break;
		case CHANGE_DISSOLVE:
		case CHANGE_LEAVE:
			add_life(g, day, false);
			break;
		case CHANGE_REOPEN:
			add_life(g, day, true);
			break;
		default:
			break;
		}
	}
}

/* The whole tree once more from the first entry, whenever another one is asked for. */
void naive_grow_tree(const struct naive *model, uint64_t known)
{
	struct naive *n = (struct naive *)model; /* what it keeps is no part of what it was told */
	size_t all = naive_count_of(n, OF_TREE, known);

	if (n->tree_upto == all)
		return;
	n->tree_count = n->move_count = 0;
	memset(n->place, 0, sizeof(n->place));
	for (size_t i = 0; i < all; i++) {
		const struct told *t = &n->told[n->of[OF_TREE].v[i].at];

		if (naive_accepted(t, OP_UNIT))
			grow_unit(n, &t->op.create);
		else if (naive_accepted(t, OP_ACT))
			grow_act(n, &t->op.act, t->en.lsn);
	}
	n->tree_upto = all;
}

bool naive_inside_on(const struct naive *n, uint32_t unit, uint32_t top, day_t day, uint64_t known)
{
	naive_grow_tree(n, known);
	while (unit) {
		const struct grown *g = naive_grown(n, unit);

		if (!g)
			return false;
		if (unit == top)
			return true;
		unit = parent_on(g, day);
	}
	return false;
}

bool naive_inside(const struct naive *n, uint32_t unit, uint32_t top, uint64_t known)
{
	return naive_inside_on(n, unit, top, DAY_MAX, known);
}

/* As it is on that day: where the last one stands that it was merged into. */
bool naive_inside_as(const struct naive *n, const struct naive_view *v, uint32_t unit, uint32_t top,
		     day_t last, uint64_t known)
{
	day_t day = v->as_is ? v->day : last;

	naive_grow_tree(n, known);
	for (int hops = 0; v->as_is && hops < 64; hops++) {
		const struct grown *g = naive_grown(n, unit);
		uint32_t into = 0;

		for (size_t i = 0; g && !naive_alive_then(g, day) && i < g->merged_count; i++)
			if (g->merged[i].from <= day)
				into = g->merged[i].into;
		if (!into)
			break;
		unit = into;
	}
	return naive_inside_on(n, unit, top, day, known);
}

size_t naive_units(const struct naive *n, uint64_t known, const struct op_unit **out, size_t max)
{
	naive_grow_tree(n, known);
	for (size_t i = 0; i < n->tree_count; i++) {
		if (i == max)
			naive_no_good("too many units");
		out[i] = n->tree[i].u;
	}
	return n->tree_count;
}

bool naive_inside_later(const struct naive *n, uint32_t unit, uint32_t top, day_t day)
{
	if (naive_inside_on(n, unit, top, day, UINT64_MAX))
		return true;
	for (size_t i = 0; i < n->move_count; i++)
		if (n->moves[i] > day && naive_inside_on(n, unit, top, n->moves[i], UINT64_MAX))
			return true;
	return false;
}

bool naive_inside_last(const struct naive *n, uint32_t unit, uint32_t top, day_t today, day_t *last)
{
	const struct grown *g;
	bool ever = false;

	if (naive_inside_later(n, unit, top, today))
		return false;
	naive_grow_tree(n, UINT64_MAX);
	g = naive_grown(n, unit);
	for (size_t i = 0; g && i < n->move_count; i++) {
		day_t before = n->moves[i] - 1;

		if (before < g->u->opened || (ever && before <= *last) ||
		    !naive_inside_on(n, unit, top, before, UINT64_MAX))
			continue;
		*last = before;
		ever = true;
	}
	return ever;
}

bool naive_alive(const struct naive *n, uint32_t unit, day_t day, uint64_t known)
{
	const struct grown *g;

	naive_grow_tree(n, known);
	g = naive_grown(n, unit);
	return g && naive_alive_then(g, day);
}

/* A unit that was established again may go over into one that had gone over into it: not without end. */
static bool came_into(const struct naive *n, uint32_t unit,
		      bool (*yes)(const void *ctx, uint32_t unit), const void *ctx, unsigned depth)
{
	const struct grown *g = naive_grown(n, unit);

	for (size_t i = 0; g && i < g->link_count; i++)
		if (yes(ctx, g->links[i].into) ||
		    (depth && came_into(n, g->links[i].into, yes, ctx, depth - 1)))
			return true;
	return false;
}

bool naive_came_into(const struct naive *n, uint32_t unit,
		     bool (*yes)(const void *ctx, uint32_t unit), const void *ctx)
{
	naive_grow_tree(n, UINT64_MAX);
	return came_into(n, unit, yes, ctx, 16);
}

bool naive_took_over(const struct naive *n, uint32_t unit, day_t day)
{
	naive_grow_tree(n, UINT64_MAX);
	for (size_t i = 0; i < n->tree_count; i++)
		for (size_t k = 0; k < n->tree[i].link_count; k++)
			if (n->tree[i].links[k].into == unit && n->tree[i].links[k].from == day)
				return true;
	return false;
}

uint32_t naive_gone_over(const struct naive *n, uint32_t unit, day_t day, uint64_t since,
			 uint64_t known)
{
	const struct grown *g;

	naive_grow_tree(n, known);
	g = naive_grown(n, unit);
	if (!g || naive_alive_then(g, day))
		return 0;
	for (size_t i = g->link_count; i-- > 0;)
		if (g->links[i].from <= day && g->links[i].lsn > since)
			return g->links[i].into;
	return 0;
}

/* ---- closings ---- */

static bool inside(struct period p, struct period whole)
{
	return p.from >= whole.from && p.to <= whole.to;
}

/* The first closing of it, 0 none, and what that closed. */
static uint64_t first_closing(const struct naive *n, struct naive_key k, int64_t ms, uint64_t known,
			      uint32_t *top)
{
	uint64_t lsn = 0;

	for (size_t i = naive_count_of(n, OF_CLOSINGS, known); i-- > 0;) {
		const struct told *t = &n->told[n->of[OF_CLOSINGS].v[i].at];

		if (naive_accepted(t, OP_UNLOCK) && t->op.unlock.confirms && t->op.unit == k.unit &&
		    t->op.unlock.form == k.form && inside(k.period, t->op.unlock.period) &&
		    ms <= t->op.unlock.until_ms)
			return 0;
		if (naive_accepted(t, OP_CLOSE) && t->op.close.form == k.form &&
		    inside(k.period, t->op.close.period) &&
		    naive_inside_on(n, k.unit, t->op.unit, k.period.to, t->en.lsn)) {
			lsn = t->en.lsn;
			*top = t->op.unit;
		}
	}
	return lsn;
}

uint64_t naive_closed(const struct naive *n, struct naive_key k, int64_t ms, uint64_t known)
{
	uint32_t top;

	return first_closing(n, k, ms, known, &top);
}

bool naive_unread(const struct naive *n, struct naive_key k, uint32_t reader, uint64_t base,
		  int64_t ms, uint64_t known)
{
	day_t today = day_of_instant(ms);
	uint32_t top;

	return first_closing(n, k, ms, known, &top) &&
	       !naive_inside_on(n, reader, top, today, base) &&
	       !naive_inside_on(n, top, reader, today, base);
}

size_t naive_late(const struct naive *n, uint64_t *out, size_t max)
{
	const struct all_of *late = &n->of[OF_LATE], *decisions = &n->of[OF_DECISIONS];
	size_t count = 0;

	for (size_t i = 0; i < late->count; i++) {
		uint64_t lsn = late->v[i].at + UINT64_C(1);
		bool open = true;

		for (size_t k = 0; k < decisions->count && open; k++)
			open = n->told[decisions->v[k].at].op.late.lsn != lsn;
		if (open && count < max)
			out[count++] = lsn;
	}
	return count;
}
