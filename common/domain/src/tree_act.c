/* What acts of reorganisation make of the tree. Judged on a copy, so that a rule broken by the last change
 * leaves nothing of the first. */
#include "tree_impl.h"

#include "domain/act_rule.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- copies ---- */

/* `count` elements of `each` bytes, and room for none more. NULL where there are none, *failed without
 * memory. */
static void *copy_rows(const void *rows, size_t count, size_t each, bool *failed)
{
	void *copy = count ? malloc(count * each) : NULL;

	if (copy)
		memcpy(copy, rows, count * each);
	*failed |= count && !copy;
	return copy;
}

static char *copy_line(const char *text, bool *failed)
{
	char *copy = tree_copy_text(span_str(text));

	*failed |= !copy;
	return copy;
}

struct node *tree_copy_node(const struct unit *u)
{
	const struct span texts[TREE_TEXTS] = { span_str(u->code), span_str(u->act),
						span_str(u->contact), span_str(u->phone),
						span_str(u->tags) };
	struct node *n = calloc(1, sizeof(*n));
	struct unit *c;
	bool failed = false;

	if (!n)
		return NULL;
	c = &n->unit;
	*c = *u;
	c->names = copy_rows(u->names, u->name_count, sizeof(*u->names), &failed);
	for (size_t i = 0; i < u->name_count && c->names; i++)
		c->names[i].text = copy_line(u->names[i].text, &failed);
	c->edges = copy_rows(u->edges, u->edge_count, sizeof(*u->edges), &failed);
	c->kinds = copy_rows(u->kinds, u->kind_count, sizeof(*u->kinds), &failed);
	c->lives = copy_rows(u->lives, u->life_count, sizeof(*u->lives), &failed);
	c->links = copy_rows(u->links, u->link_count, sizeof(*u->links), &failed);
	if (tree_put_texts(c, texts) || failed) {
		tree_node_free(n);
		return NULL;
	}
	return n;
}

static int copy_children(struct tree *to, const struct node *from)
{
	struct node *n = tree_node(to, from->unit.unit);

	if (!from->child_count)
		return 0;
	n->children = calloc(from->child_count, sizeof(*n->children));
	if (!n->children)
		return -ERR_NOMEM;
	n->child_cap = from->child_count;
	for (size_t i = 0; i < from->child_count; i++)
		n->children[n->child_count++] = &tree_node(to, from->children[i]->unit)->unit;
	return 0;
}

static int copy_tree(struct tree **out, const struct tree *t, struct err *e)
{
	struct tree *to;
	int rc = tree_new(&to, e);

	*out = NULL;
	if (rc)
		return rc;
	for (size_t i = 0; i < t->count && !rc; i++) {
		struct node *n = tree_copy_node(&t->units[i]->unit);

		rc = n ? tree_adopt(to, n) : -ERR_NOMEM;
		if (rc && n)
			tree_node_free(n);
	}
	for (size_t i = 0; i < t->count && !rc; i++)
		rc = copy_children(to, t->units[i]);
	if (rc) {
		tree_free(to);
		return err_set(e, ERR_NOMEM, "no memory for the tree");
	}
	to->root = t->root;
	to->part = t->part;
	tree_settle(to);
	*out = to;
	return 0;
}

/* ---- one more row at the end ---- */

#define PUSH(u, rows, count, row) \
	push_row((void **)&(u)->rows, &(u)->count, sizeof(*(u)->rows), row)

static int push_row(void **rows, size_t *count, size_t each, const void *row)
{
	uint8_t *grown = realloc(*rows, (*count + 1) * each);

	if (!grown)
		return -ERR_NOMEM;
	memcpy(grown + *count * each, row, each);
	*rows = grown;
	++*count;
	return 0;
}

static int push_name(struct unit *u, day_t from, uint64_t lsn, struct span name)
{
	char *text = tree_copy_text(name);
	struct tree_name row = { from, lsn, text };
	int rc = text ? PUSH(u, names, name_count, &row) : -ERR_NOMEM;

	if (rc)
		free(text);
	return rc;
}

static int push_edge(struct tree *t, struct node *n, day_t from, uint64_t lsn, uint32_t parent,
		     uint32_t order)
{
	struct node *above = tree_node(t, parent);
	struct tree_edge row = { from, lsn, parent, order };
	int rc = PUSH(&n->unit, edges, edge_count, &row);

	if (rc)
		return rc;
	t->moves++;
	n->unit.order = order;
	return above ? tree_put_child(above, &n->unit) : 0;
}

static int push_life(struct unit *u, day_t from, uint64_t lsn, bool open)
{
	struct tree_life row = { from, lsn, open };
	int rc = PUSH(u, lives, life_count, &row);

	if (!rc)
		u->closed = open ? 0 : from;
	return rc;
}

static int push_link(struct tree *t, struct unit *u, const struct tree_link *link)
{
	int rc = PUSH(u, links, link_count, link);

	return rc ? rc : tree_add_taker(t, u->unit, link);
}

int tree_restore(struct tree *t, uint32_t unit, const struct unit *was, struct err *e)
{
	struct node *n = tree_node(t, unit);
	int rc = 0;

	if (!n)
		return err_set(e, ERR_NOTFOUND, "no unit has the number %u", unit);
	for (size_t i = 0; i < was->name_count && !rc; i++)
		rc = push_name(&n->unit, was->names[i].from, was->names[i].lsn,
			       span_str(was->names[i].text));
	for (size_t i = 0; i < was->edge_count && !rc; i++)
		rc = push_edge(t, n, was->edges[i].from, was->edges[i].lsn, was->edges[i].parent,
			       was->edges[i].order);
	for (size_t i = 0; i < was->kind_count && !rc; i++)
		rc = PUSH(&n->unit, kinds, kind_count, &was->kinds[i]);
	for (size_t i = 0; i < was->life_count && !rc; i++)
		rc = push_life(&n->unit, was->lives[i].from, was->lives[i].lsn, was->lives[i].open);
	for (size_t i = 0; i < was->link_count && !rc; i++)
		rc = push_link(t, &n->unit, &was->links[i]);
	return rc ? err_set(e, ERR_NOMEM, "no memory for the tree") : 0;
}

/* ---- one act ---- */

struct acting {
	struct tree *t;
	const struct op_act *act;
	bool by_part; /* judged by what a part holds: what it does not hold breaks no rule */
	uint64_t lsn;
	uint32_t *at;
	struct err *e;
};

static const char *code_of(const struct tree *t, uint32_t unit)
{
	const struct unit *u = tree_get(t, unit);

	return u ? u->code : "?";
}

static int broken(struct acting *x, uint32_t unit, enum act_rule rule)
{
	*x->at = unit;
	return err_set(x->e, ERR_INVALID, act_rule_text(rule), code_of(x->t, unit));
}

static int no_memory(struct acting *x)
{
	return err_set(x->e, ERR_NOMEM, "no memory for the tree");
}

/* The day of the newest act on the unit, or its opening. */
static day_t newest_day(const struct unit *u)
{
	day_t day = u->opened;

	if (u->name_count > 1 && u->names[u->name_count - 1].from > day)
		day = u->names[u->name_count - 1].from;
	if (u->edge_count > 1 && u->edges[u->edge_count - 1].from > day)
		day = u->edges[u->edge_count - 1].from;
	if (u->kind_count > 1 && u->kinds[u->kind_count - 1].from > day)
		day = u->kinds[u->kind_count - 1].from;
	if (u->life_count && u->lives[u->life_count - 1].from > day)
		day = u->lives[u->life_count - 1].from;
	if (u->link_count && u->links[u->link_count - 1].from > day)
		day = u->links[u->link_count - 1].from;
	return day;
}

static bool ends(const struct op_change *c)
{
	return c->what == CHANGE_MERGE || c->what == CHANGE_DISSOLVE || c->what == CHANGE_LEAVE ||
	       (c->what == CHANGE_SPLIT && c->ends);
}

/* Does the act itself say where this unit goes? */
static bool placed(const struct op_act *act, uint32_t unit)
{
	for (size_t i = 0; i < act->count; i++)
		if (act->changes[i].unit == unit &&
		    (ends(&act->changes[i]) || act->changes[i].what == CHANGE_MOVE))
			return true;
	return false;
}

static int create(struct acting *x, const struct op_change *c)
{
	struct op_unit u = { .unit = c->unit,
			     .parent = c->parent,
			     .code = c->code,
			     .name = c->name,
			     .kind = c->kind,
			     .order = c->order,
			     .opened = x->act->effective,
			     .act = x->act->no };
	const struct unit *parent = tree_get(x->t, c->parent);

	*x->at = c->unit;
	if (!x->t->part && c->unit <= tree_max(x->t))
		return err_set(x->e, ERR_INVALID, "%.*s: the number %u is not a new one",
			       (int)c->code.len, (const char *)c->code.data, c->unit);
	if (!x->t->part && (!parent || !unit_alive(parent, u.opened))) {
		char code[CODE_MAX + 1];

		snprintf(code, sizeof(code), "%.*s", (int)c->code.len, (const char *)c->code.data);
		return err_set(x->e, ERR_INVALID, act_rule_text(RULE_NO_PARENT), code);
	}
	return tree_add(x->t, &u, x->lsn, x->e);
}

static int move(struct acting *x, struct node *n, uint32_t parent, uint32_t order)
{
	const struct unit *above = tree_get(x->t, parent);
	day_t day = x->act->effective;

	if (!x->t->part) {
		if (!above || !unit_alive(above, day))
			return broken(x, n->unit.unit, RULE_NO_PARENT);
		if (tree_inside(x->t, parent, n->unit.unit, day, UINT64_MAX))
			return broken(x, n->unit.unit, RULE_ITSELF);
	}
	return push_edge(x->t, n, day, x->lsn, parent, order) ? no_memory(x) : 0;
}

/* What stands directly below goes along, unless the act says otherwise. */
static int hand_over_children(struct acting *x, uint32_t from, uint32_t into)
{
	for (size_t i = 0; i < x->t->count; i++) {
		struct node *child = x->t->units[i];
		int rc;

		if (child->unit.unit == from || !unit_alive(&child->unit, x->act->effective) ||
		    unit_parent(&child->unit, x->act->effective, UINT64_MAX) != from ||
		    placed(x->act, child->unit.unit))
			continue;
		if (!x->t->part && newest_day(&child->unit) > x->act->effective)
			return broken(x, child->unit.unit, RULE_LATER_ACT);
		rc = move(x, child, into, child->unit.order);
		if (rc)
			return rc;
	}
	return 0;
}

static int close_unit(struct acting *x, struct node *n)
{
	return push_life(&n->unit, x->act->effective, x->lsn, false) ? no_memory(x) : 0;
}

static int hand_over(struct acting *x, struct node *n, const struct op_change *c)
{
	bool merged = c->what == CHANGE_MERGE;
	uint64_t sum = 0;

	for (size_t i = 0; i < c->into_count; i++) {
		const struct unit *into = tree_get(x->t, c->into[i]);
		struct tree_link link = { x->act->effective, x->lsn, c->into[i],
					  merged ? ACT_SHARE_WHOLE : c->shares[i], merged };

		if (!x->t->part && (!into || !unit_alive(into, x->act->effective)))
			return broken(x, n->unit.unit, RULE_NO_SUCCESSOR);
		sum += link.share;
		if (push_link(x->t, &n->unit, &link))
			return no_memory(x);
	}
	if (sum > ACT_SHARE_WHOLE || (ends(c) && sum != ACT_SHARE_WHOLE))
		return broken(x, n->unit.unit, RULE_SHARES);
	if (merged) {
		int rc = hand_over_children(x, n->unit.unit, c->into[0]);

		if (rc)
			return rc;
	}
	return ends(c) ? close_unit(x, n) : 0;
}

static int change_node(struct acting *x, struct node *n, const struct op_change *c)
{
	day_t day = x->act->effective;
	struct tree_kind kind = { day, x->lsn, c->kind };
	int rc = 0;

	switch (c->what) {
	case CHANGE_RENAME:
		rc = push_name(&n->unit, day, x->lsn, c->name);
		break;
	case CHANGE_KIND:
		rc = PUSH(&n->unit, kinds, kind_count, &kind);
		break;
	case CHANGE_REOPEN:
		rc = push_life(&n->unit, day, x->lsn, true);
		break;
	case CHANGE_MOVE:
		return move(x, n, c->parent, c->order ? c->order : n->unit.order);
	case CHANGE_MERGE:
	case CHANGE_SPLIT:
		return hand_over(x, n, c);
	case CHANGE_DISSOLVE:
	case CHANGE_LEAVE:
		return close_unit(x, n);
	default: /* a target's change is none of the tree's */
		return 0;
	}
	return rc ? no_memory(x) : 0;
}

static int change_one(struct acting *x, const struct op_change *c)
{
	struct node *n = tree_node(x->t, c->unit);

	if (c->what == CHANGE_CREATE)
		return create(x, c);
	if (!n &&
	    x->t->part) /* what stands above is not held once it has ended; what is below is */
		return c->what == CHANGE_MERGE ? hand_over_children(x, c->unit, c->into[0]) : 0;
	*x->at = c->unit;
	if (!n)
		return err_set(x->e, ERR_INVALID, "there is no unit number %u", c->unit);
	if (x->t->part)
		return change_node(x, n, c);
	if (c->what == CHANGE_TARGET)
		return 0; /* of a unit that may have ended before */
	if (x->act->effective < newest_day(&n->unit))
		return broken(x, c->unit, RULE_LATER_ACT);
	if (unit_alive(&n->unit, x->act->effective) == (c->what == CHANGE_REOPEN))
		return c->what == CHANGE_REOPEN ? broken(x, c->unit, RULE_NOT_ENDED)
						: broken(x, c->unit, RULE_NOT_THERE);
	if (c->unit == x->t->root && (ends(c) || c->what == CHANGE_MOVE))
		return broken(x, c->unit, RULE_ROOT);
	return change_node(x, n, c);
}

/* ---- what must hold afterwards ---- */

static bool touched(const struct acting *x, const uint32_t *path, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		if (unit_changed_by(tree_get(x->t, path[i]), x->lsn))
			return true;
	return false;
}

/* A way up that does not end: round in a circle, or too long. */
static int no_way_up(struct acting *x, const struct unit *u, day_t day)
{
	uint32_t at = unit_parent(u, day, UINT64_MAX);

	for (size_t i = 0; at && i < x->t->count; i++) {
		const struct unit *above = tree_get(x->t, at);

		if (at == u->unit)
			return broken(x, u->unit, RULE_ITSELF);
		if (!above && x->by_part)
			return 0; /* what stands above is not held */
		at = unit_parent(above, day, UINT64_MAX);
	}
	return broken(x, u->unit, at ? RULE_ITSELF : RULE_LEVELS);
}

static int check_day(struct acting *x, day_t day)
{
	for (size_t i = 0; i < x->t->count; i++) {
		const struct unit *u = &x->t->units[i]->unit;
		uint32_t path[UNIT_DEPTH_MAX];
		size_t depth;
		int rc = 0;

		if (!unit_alive(u, day))
			continue;
		depth = tree_path(x->t, u->unit, day, UINT64_MAX, path);
		if (!depth)
			rc = no_way_up(x, u, day);
		else if (depth > 1 && !unit_alive(tree_get(x->t, path[1]), day) &&
			 touched(x, path, depth))
			rc = broken(x, u->unit, RULE_UNDER_ENDED);
		if (rc)
			return rc;
	}
	return 0;
}

/* Acts of later days that are known already must still hold. */
static int check_days(struct acting *x)
{
	day_t day = x->act->effective, next;
	int rc = check_day(x, day);

	while (!rc) {
		next = DAY_MAX;
		for (size_t i = 0; i < x->t->count; i++) {
			const struct unit *u = &x->t->units[i]->unit;

			for (size_t k = 1; k < u->edge_count; k++)
				if (u->edges[k].from > day && u->edges[k].from < next)
					next = u->edges[k].from;
			for (size_t k = 0; k < u->life_count; k++)
				if (u->lives[k].from > day && u->lives[k].from < next)
					next = u->lives[k].from;
		}
		if (next == DAY_MAX)
			return 0;
		day = next;
		rc = check_day(x, day);
	}
	return rc;
}

static int check_successors(struct acting *x)
{
	for (size_t i = 0; i < x->act->count; i++) {
		const struct op_change *c = &x->act->changes[i];

		for (size_t k = 0; k < c->into_count; k++) {
			const struct unit *into = tree_get(x->t, c->into[k]);

			if (!into || !unit_alive(into, x->act->effective))
				return broken(x, c->unit, RULE_NO_SUCCESSOR);
		}
	}
	return 0;
}

/* All of it on the copy `x->t`, which is freed where a rule is broken. */
static int carry_out(struct acting *x)
{
	int rc = 0;

	for (size_t i = 0; i < x->act->count && !rc; i++)
		rc = change_one(x, &x->act->changes[i]);
	if (!rc && !x->t->part)
		rc = check_successors(x);
	if (!rc && !x->t->part)
		rc = check_days(x);
	if (!rc)
		return 0;
	tree_free(x->t);
	return rc == -ERR_NOMEM ? rc : -ERR_INVALID;
}

int tree_after(struct tree **out, const struct tree *t, const struct op_act *act, uint64_t lsn,
	       uint32_t *at, struct err *e)
{
	struct err mine = { 0 };
	uint32_t where = 0;
	struct acting x = { .act = act, .lsn = lsn, .at = at ? at : &where, .e = e ? e : &mine };
	int rc = copy_tree(&x.t, t, x.e);

	if (!rc)
		rc = carry_out(&x);
	*out = rc ? NULL : x.t;
	return rc;
}

static bool holds(const struct tree *t, const struct op_act *act, size_t upto, uint32_t unit)
{
	for (size_t i = 0; i < upto; i++)
		if (act->changes[i].what == CHANGE_CREATE && act->changes[i].unit == unit)
			return true;
	return !unit || tree_get(t, unit);
}

int tree_judge(const struct tree *t, const struct op_act *act, uint64_t lsn, struct err *e)
{
	uint32_t where;
	struct acting x = { .act = act, .by_part = t->part, .lsn = lsn, .at = &where, .e = e };
	int rc;

	for (size_t i = 0; i < act->count; i++) {
		const struct op_change *c = &act->changes[i];

		if (!holds(t, act, i, c->parent) ||
		    (c->what != CHANGE_CREATE && !holds(t, act, i, c->unit)))
			return 0;
		for (size_t k = 0; k < c->into_count; k++)
			if (!holds(t, act, i, c->into[k]))
				return 0;
	}
	rc = copy_tree(&x.t, t, e);
	if (rc)
		return rc;
	x.t->part = false;
	rc = carry_out(&x);
	if (!rc)
		tree_free(x.t);
	return rc;
}

bool unit_changed_by(const struct unit *u, uint64_t lsn)
{
	return u->created_lsn == lsn || u->names[u->name_count - 1].lsn == lsn ||
	       u->edges[u->edge_count - 1].lsn == lsn || u->kinds[u->kind_count - 1].lsn == lsn ||
	       (u->life_count && u->lives[u->life_count - 1].lsn == lsn) ||
	       (u->link_count && u->links[u->link_count - 1].lsn == lsn);
}

/* ---- lineage ---- */

/* What the unit was merged into; 0: it is there, or went another way. */
static uint32_t merged_into(const struct unit *u, day_t day, uint64_t lsn)
{
	if (!u->link_count || unit_alive_at(u, day, lsn))
		return 0;
	for (size_t i = u->link_count; i-- > 0;)
		if (u->links[i].merged && u->links[i].lsn <= lsn && u->links[i].from <= day)
			return u->links[i].into;
	return 0;
}

enum { MERGES_MAX = 64 }; /* one after another; more than any history of a unit */

uint32_t tree_successor(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn)
{
	for (int i = 0; t->taker_count && i < MERGES_MAX; i++) {
		const struct unit *u = tree_get(t, unit);
		uint32_t next = u ? merged_into(u, day, lsn) : 0;

		if (!next || !tree_get(t, next))
			break;
		unit = next;
	}
	return unit;
}

struct predecessors {
	const struct tree *t;
	uint32_t unit; /* whose */
	day_t day;
	uint64_t lsn;
	uint32_t *out;
	size_t max, count;
};

static void add_predecessors(struct predecessors *p, uint32_t into, int merges)
{
	const struct tree *t = p->t;
	uint32_t last = 0;

	for (size_t i = tree_first_taker(t, into); i < t->taker_count && t->takers[i].into == into;
	     i++) {
		uint32_t unit = t->takers[i].unit;

		if (unit == last || unit == p->unit ||
		    merged_into(tree_get(t, unit), p->day, p->lsn) != into)
			continue;
		last = unit;
		if (p->count < p->max)
			p->out[p->count] = unit;
		p->count++;
		if (merges < MERGES_MAX)
			add_predecessors(p, unit, merges + 1);
	}
}

static int number_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

size_t tree_predecessors(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
			 uint32_t *out, size_t max)
{
	struct predecessors p = { t, unit, day, lsn, out, max, 0 };

	add_predecessors(&p, unit, 1);
	if (p.count && p.count <= max)
		qsort(out, p.count, sizeof(*out), number_cmp);
	return p.count;
}

/* ---- where a unit stands over time ---- */

static bool inside_later(const struct tree *t, uint32_t unit, uint32_t top, day_t day, int depth)
{
	const struct unit *u = tree_get(t, unit);

	if (!u || unit == top || depth == UNIT_DEPTH_MAX)
		return unit == top && u;
	for (size_t i = 0; i < u->edge_count; i++) {
		day_t from = u->edges[i].from > day ? u->edges[i].from : day;

		if (i + 1 < u->edge_count && u->edges[i + 1].from <= from)
			continue; /* over by then, or undone before its day */
		if (inside_later(t, u->edges[i].parent, top, from, depth + 1))
			return true;
	}
	return false;
}

bool tree_inside_later(const struct tree *t, uint32_t unit, uint32_t top, day_t day)
{
	return inside_later(t, unit, top, day, 0);
}

static bool inside_last(const struct tree *t, uint32_t unit, uint32_t top, day_t until, int depth,
			day_t *last)
{
	const struct unit *u = tree_get(t, unit);

	*last = until;
	if (!u || unit == top || depth == UNIT_DEPTH_MAX)
		return unit == top && u;
	for (size_t i = u->edge_count; i--;) {
		const struct tree_edge *at = &u->edges[i];
		day_t to = i + 1 < u->edge_count && at[1].from <= until ? at[1].from - 1 : until;

		if (inside_last(t, at->parent, top, to, depth + 1, last) && *last >= at->from)
			return true;
	}
	return false;
}

bool tree_inside_last(const struct tree *t, uint32_t unit, uint32_t top, day_t *last)
{
	return inside_last(t, unit, top, INT32_MAX, 0, last);
}

bool tree_moved_in(const struct tree *t, day_t from, day_t to)
{
	for (size_t i = 0; t->moves && i < t->count; i++) {
		const struct unit *u = &t->units[i]->unit;

		for (size_t k = 1; k < u->edge_count; k++)
			if (u->edges[k].from > from && u->edges[k].from <= to)
				return true;
	}
	return false;
}

struct period tree_still(const struct tree *t, day_t day)
{
	struct period still = { INT32_MIN, INT32_MAX };

	for (size_t i = 0; t->moves && i < t->count; i++) {
		const struct unit *u = &t->units[i]->unit;

		for (size_t k = 1; k < u->edge_count; k++) {
			day_t from = u->edges[k].from;

			if (from <= day && from > still.from)
				still.from = from;
			if (from > day && from <= still.to)
				still.to = from - 1;
		}
	}
	return still;
}
