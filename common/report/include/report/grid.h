/* A table of text: columns as wide as their widest cell, counted in columns of a terminal. */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include "base/arena.h"

#include <stdio.h>

enum { GRID_COLUMNS_MAX = 24 };

struct grid;

/* Of `columns` columns, at most GRID_COLUMNS_MAX. Lives as long as `a`, which must also keep the texts
 * of the cells. NULL without memory, which all below take and grid_print() tells. */
struct grid *grid_new(struct arena *a, size_t columns);
/* The next cell, row by row; numbers stand to the right. NULL is an empty cell. */
void grid_cell(struct grid *g, const char *text, bool number);
void grid_rule(struct grid *g); /* a line across before the next row */
/* All or nothing: -ERR_NOMEM when a cell found no room. */
int grid_print(const struct grid *g, FILE *to, struct err *e);

/* `text` and blanks up to `width` columns. */
void grid_padded(FILE *to, const char *text, unsigned width);
#endif
