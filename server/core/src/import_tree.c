/* tree.csv: every row checked against the others first (one root, no cycle, no orphan, one reporter on
 * each path), then units created parents first. */
#include "import_row.h"

#include <stdlib.h>

enum { NO_ROW = -1 };

struct node {
	struct row *row;
	int parent; /* row index, or NO_ROW: the root, or a unit that is in the store */
	uint32_t store_parent;
	struct op_unit unit;
	bool reports, placed;
	unsigned children;
	uint32_t walk; /* by which find_cycles() came here first; 0 not yet */
};

struct tree_work {
	struct import *im;
	struct node *nodes;
	uint32_t *by_code; /* row indices sorted by code */
};

static struct import *sorting; /* qsort has no argument; one import runs at a time */

static int code_cmp(const void *a, const void *b)
{
	const struct row *rows = sorting->rows;

	return span_cmp(rows[*(const uint32_t *)a].cells[TREE_CODE],
			rows[*(const uint32_t *)b].cells[TREE_CODE]);
}

static int find_code(const struct tree_work *w, struct span code)
{
	size_t low = 0, high = w->im->row_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = span_cmp(w->im->rows[w->by_code[mid]].cells[TREE_CODE], code);

		if (!order)
			return (int)w->by_code[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NO_ROW;
}

static void find_duplicates(struct tree_work *w)
{
	for (size_t i = 1; i < w->im->row_count; i++) {
		struct row *a = &w->im->rows[w->by_code[i - 1]], *b = &w->im->rows[w->by_code[i]];

		if (span_eq(a->cells[TREE_CODE], b->cells[TREE_CODE]))
			problem(w->im, b, TREE_CODE, "%.*s stands on line %zu too",
				(int)b->cells[TREE_CODE].len,
				(const char *)b->cells[TREE_CODE].data, a->line);
	}
}

static void read_parent(struct tree_work *w, struct node *n)
{
	struct span code = n->row->cells[TREE_PARENT];
	const struct unit *u;

	n->parent = NO_ROW;
	if (!code.len)
		return;
	n->parent = find_code(w, code);
	if (n->parent != NO_ROW) {
		w->nodes[n->parent].children++;
		return;
	}
	u = tree_by_code(ledger_tree(w->im->l), code);
	if (u)
		n->store_parent = u->unit;
	else
		problem(w->im, n->row, TREE_PARENT,
			"there is no unit %.*s, in this file or before it", (int)code.len,
			(const char *)code.data);
}

static void read_node(struct tree_work *w, struct node *n, size_t index)
{
	struct import *im = w->im;
	struct span *c = n->row->cells;
	const struct unit *have = tree_by_code(ledger_tree(im->l), c[TREE_CODE]);
	int64_t order = (int64_t)index + 1;

	n->placed = have && index < im->out->skipped; /* by an earlier run */
	n->unit = (struct op_unit){ .code = c[TREE_CODE],
				    .name = c[TREE_NAME],
				    .act = c[TREE_ACT],
				    .contact = c[TREE_CONTACT],
				    .phone = c[TREE_PHONE],
				    .tags = c[TREE_TAGS] };
	if (!unit_code_valid(c[TREE_CODE]))
		problem(im, n->row, TREE_CODE, "letters, digits and _ - . only, at most %d",
			CODE_MAX);
	else if (have && !n->placed)
		problem(im, n->row, TREE_CODE, "there is a unit %.*s in the store already",
			(int)c[TREE_CODE].len, (const char *)c[TREE_CODE].data);
	n->unit.kind = unit_kind_parse(c[TREE_KIND]);
	if (n->unit.kind == UNIT_NONE)
		problem(im, n->row, TREE_KIND,
			"%.*s is not a kind; use country, province, direct, intermediate, commune, "
			"base_committee, base_cell, section or sub_cell",
			(int)c[TREE_KIND].len, (const char *)c[TREE_KIND].data);
	n->reports = span_eq(c[TREE_REPORTS], SPAN_LIT("yes"));
	if (!n->reports && !span_eq(c[TREE_REPORTS], SPAN_LIT("no")))
		problem(im, n->row, TREE_REPORTS, "yes or no");
	cell_date(im, n->row, TREE_OPENED, &n->unit.opened);
	if (cell_date(im, n->row, TREE_CLOSED, &n->unit.closed) && c[TREE_CLOSED].len &&
	    n->unit.closed <= n->unit.opened)
		problem(im, n->row, TREE_CLOSED, "closed before it is opened");
	if (c[TREE_ORDER].len && cell_count(im, n->row, TREE_ORDER, &order) &&
	    (order < 0 || order > UINT32_MAX))
		problem(im, n->row, TREE_ORDER, "an order number from 0 on");
	n->unit.order = (uint32_t)order;
	if (have && n->placed)
		n->unit.unit = have->unit;
	read_parent(w, n);
}

/* Chunk by chunk, what is there already must not wait for what comes. */
static void check_order(struct tree_work *w)
{
	for (size_t i = 0; i < w->im->row_count; i++)
		if (w->nodes[i].parent > (int)i)
			problem(w->im, w->nodes[i].row, TREE_PARENT,
				"with --chunked the unit above stands before it, not on line %zu",
				w->nodes[w->nodes[i].parent].row->line);
}

/* One root, here or in the store: each further row without a parent is named. */
static void check_root(struct tree_work *w)
{
	const struct tree *tree = ledger_tree(w->im->l);
	const struct unit *have = tree_get(tree, tree_root(tree));
	const struct node *root = NULL;

	for (size_t i = 0; i < w->im->row_count; i++) {
		struct node *n = &w->nodes[i];

		if (n->row->cells[TREE_PARENT].len || n->placed)
			continue;
		if (have)
			problem(w->im, n->row, TREE_PARENT, "the root is %s, in the store already",
				have->code);
		else if (root)
			problem(w->im, n->row, TREE_PARENT, "a second root; line %zu is one too",
				root->row->line);
		else
			root = n;
	}
}

/* Each walk goes up from one row until it meets ground that a walk has seen. If that is its own, the
 * rows from there round to there again lead back to themselves. */
static void find_cycles(struct tree_work *w)
{
	for (uint32_t i = 0; i < w->im->row_count; i++) {
		struct node *n = &w->nodes[i], *on;

		while (!n->walk && n->parent != NO_ROW) {
			n->walk = i + 1;
			n = &w->nodes[n->parent];
		}
		if (n->walk != i + 1) {
			n->walk = n->walk ? n->walk : i + 1;
			continue;
		}
		on = n;
		do {
			problem(w->im, on->row, TREE_PARENT,
				"its parents lead back to itself, never to the root");
			on = &w->nodes[on->parent];
		} while (on != n);
	}
}

static const struct node *reporter_from(const struct tree_work *w, const struct node *n)
{
	while (n && !n->reports)
		n = n->parent == NO_ROW ? NULL : &w->nodes[n->parent];
	return n;
}

/* On the way from each leaf to the root: how many units report? Two are refused; none too, where others
 * in the file do. Above the file, the store itself looks. There are no cycles any more. */
static void check_reporters(struct tree_work *w)
{
	bool any = false;

	for (size_t i = 0; i < w->im->row_count; i++)
		any |= w->nodes[i].reports;
	for (size_t i = 0; i < w->im->row_count && any; i++) {
		const struct node *n = &w->nodes[i], *top = n, *above = NULL;

		while (top->parent != NO_ROW)
			top = &w->nodes[top->parent];
		if (n->parent != NO_ROW)
			above = reporter_from(w, &w->nodes[n->parent]);
		if (n->reports && above)
			problem(w->im, n->row, TREE_REPORTS,
				"%.*s above it (line %zu) reports too: one on each path",
				(int)above->unit.code.len, (const char *)above->unit.code.data,
				above->row->line);
		else if (!n->children && !n->reports && !above && !top->store_parent)
			problem(w->im, n->row, TREE_REPORTS,
				"nobody reports for it: neither it nor a unit above it");
	}
}

static code_columns create_at = {
	[CODE_EXISTS] = AT_COLUMN(TREE_CODE),
	[CODE_TREE_INVALID] = AT_COLUMN(TREE_PARENT),
	[CODE_PLAN_INVALID] = AT_COLUMN(TREE_REPORTS),
};

static int create(struct tree_work *w, struct node *n, uint32_t number)
{
	struct op op = { .kind = OP_UNIT, .unit = number, .source = w->im->source };

	n->unit.unit = number;
	n->unit.parent = n->parent == NO_ROW ? n->store_parent : w->nodes[n->parent].unit.unit;
	n->placed = true;
	op.create = n->unit;
	if (n->reports) {
		const struct form *f = ledger_form_code(w->im->l, SPAN_LIT("monthly"), w->im->e);

		if (!f)
			return problem(w->im, n->row, TREE_REPORTS,
				       "the store has no form `monthly`");
		op.create.reports = f->no;
	}
	return row_act(w->im, n->row, &op, create_at);
}

/* Parents first. A pass that places nothing leaves what hangs below a row that was refused; that row has
 * been named. */
static int create_all(struct tree_work *w, uint32_t number)
{
	size_t left = w->im->row_count, before;
	int rc = 0;

	do {
		before = left;
		for (size_t i = 0; i < w->im->row_count && !rc; i++) {
			struct node *n = &w->nodes[i];

			if (n->placed || (n->parent != NO_ROW && !w->nodes[n->parent].placed))
				continue;
			rc = create(w, n, ++number);
			left--;
		}
	} while (!rc && left && left < before);
	return rc;
}

/* The whole file is looked at before its first row is written. */
static int look_at_all(struct tree_work *w)
{
	struct import *im = w->im;

	w->nodes = arena_array(im->a, im->row_count, sizeof(*w->nodes));
	w->by_code = arena_array(im->a, im->row_count, sizeof(*w->by_code));
	if (!w->nodes || !w->by_code)
		return err_set(im->e, ERR_NOMEM, "no memory for a tree of %zu units",
			       im->row_count);
	for (size_t i = 0; i < im->row_count; i++)
		w->by_code[i] = (uint32_t)i;
	sorting = im;
	qsort(w->by_code, im->row_count, sizeof(*w->by_code), code_cmp);
	find_duplicates(w);
	for (size_t i = 0; i < im->row_count; i++)
		w->nodes[i].row = &im->rows[i];
	for (size_t i = 0; i < im->row_count; i++)
		read_node(w, &w->nodes[i], i);
	check_root(w);
	find_cycles(w);
	if (im->how->chunked)
		check_order(w);
	if (!im->out->problem_count)
		check_reporters(w);
	return 0;
}

int import_tree(struct import *im, size_t from, size_t to)
{
	uint32_t number = tree_max(ledger_tree(im->l));
	int rc = 0;

	if (!im->tree) {
		im->tree = arena_alloc(im->a, sizeof(*im->tree));
		if (!im->tree)
			return err_set(im->e, ERR_NOMEM, "no memory to import");
		im->tree->im = im;
		rc = look_at_all(im->tree);
	}
	if (rc || im->out->problem_count)
		return rc;
	if (!im->how->chunked)
		return create_all(im->tree, number);
	for (size_t i = from; i < to && !rc; i++)
		rc = create(im->tree, &im->tree->nodes[i], ++number);
	return rc;
}
