/* Everybody below a unit, for questions about a part of a large tree: what it takes goes by the part, not by the whole. */
#include "tree_impl.h"

#include <stdlib.h>

struct gathering {
	const struct tree *tree;
	uint8_t *met; /* a bit for each number */
	uint32_t *units;
	size_t count, cap;
};

static bool add(struct gathering *g, uint32_t unit)
{
	uint8_t bit = (uint8_t)(1u << unit % 8);

	if (g->met[unit / 8] & bit)
		return true;
	if (g->count == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 64;
		uint32_t *grown = realloc(g->units, cap * sizeof(*grown));

		if (!grown)
			return false;
		g->units = grown;
		g->cap = cap;
	}
	g->met[unit / 8] |= bit;
	g->units[g->count++] = unit;
	return true;
}

static bool gather(struct gathering *g, uint32_t unit)
{
	if (!add(g, unit))
		return false;
	for (size_t at = 0; at < g->count; at++) { /* whoever was added has children */
		const struct unit *child;

		for (size_t i = 0; (child = tree_ever_child(g->tree, g->units[at], i)); i++)
			if (!add(g, child->unit))
				return false;
	}
	return true;
}

static int number_cmp(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

int tree_subtree(const struct tree *t, uint32_t unit, uint32_t **out, size_t *count, struct err *e)
{
	struct gathering g = { .tree = t, .met = calloc(tree_max(t) / 8u + 1, 1) };
	bool all = g.met && (!tree_get(t, unit) || gather(&g, unit));

	free(g.met);
	*out = NULL;
	*count = 0;
	if (!all) {
		free(g.units);
		return err_set(e, ERR_NOMEM, "no memory for the units below");
	}
	if (g.count)
		qsort(g.units, g.count, sizeof(*g.units), number_cmp);
	*out = g.units;
	*count = g.count;
	return 0;
}
