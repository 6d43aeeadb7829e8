#include "report/grid.h"

#include "base/text.h"

#include <string.h>

enum { FIRST_ROWS = 32 };

struct cell {
	const char *text;
	unsigned width;
	bool number, rule; /* a line across before it */
};

struct grid {
	struct arena *arena;
	size_t columns, count, cap;
	struct cell *cells;
	bool failed, rule;
};

struct grid *grid_new(struct arena *a, size_t columns)
{
	struct grid *g = columns && columns <= GRID_COLUMNS_MAX ? arena_alloc(a, sizeof(*g)) : NULL;

	if (!g)
		return NULL;
	g->arena = a;
	g->columns = columns;
	return g;
}

static bool grow(struct grid *g)
{
	size_t cap = g->cap ? 2 * g->cap : g->columns * FIRST_ROWS;
	struct cell *more = arena_array(g->arena, cap, sizeof(*more));

	if (!more)
		return false;
	if (g->count)
		memcpy(more, g->cells, g->count * sizeof(*more));
	g->cells = more;
	g->cap = cap;
	return true;
}

void grid_cell(struct grid *g, const char *text, bool number)
{
	struct cell *cell;

	if (!g || g->failed)
		return;
	if (g->count == g->cap && !grow(g)) {
		g->failed = true;
		return;
	}
	cell = &g->cells[g->count++];
	cell->text = text ? text : "";
	cell->width = text_columns(cell->text);
	cell->number = number;
	cell->rule = g->rule;
	g->rule = false;
}

void grid_rule(struct grid *g)
{
	if (g)
		g->rule = true;
}

static void print_cell(FILE *to, const struct cell *cell, unsigned width, bool last)
{
	unsigned pad = width - cell->width;

	if (cell->number)
		fprintf(to, "%*s%s", (int)pad, "", cell->text);
	else
		fprintf(to, "%s%*s", cell->text, last ? 0 : (int)pad, "");
	fputs(last ? "\n" : "  ", to);
}

int grid_print(const struct grid *g, FILE *to, struct err *e)
{
	unsigned width[GRID_COLUMNS_MAX] = { 0 }, across = 0;

	if (!g || g->failed)
		return err_set(e, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < g->count; i++)
		if (g->cells[i].width > width[i % g->columns])
			width[i % g->columns] = g->cells[i].width;
	for (size_t i = 0; i < g->columns; i++)
		across += width[i] + (i ? 2 : 0);
	for (size_t i = 0; i < g->count; i++) {
		if (g->cells[i].rule) {
			for (unsigned k = 0; k < across; k++)
				fputc('-', to);
			fputc('\n', to);
		}
		print_cell(to, &g->cells[i], width[i % g->columns],
			   i % g->columns == g->columns - 1);
	}
	return 0;
}

void grid_padded(FILE *to, const char *text, unsigned width)
{
	unsigned n = text_columns(text);

	fprintf(to, "%s%*s", text, n < width ? (int)(width - n) : 0, "");
}
