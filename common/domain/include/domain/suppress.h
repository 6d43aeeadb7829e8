/* Small personal breakdowns in what is made for outside: which cells of a table are left out, so that nobody is told by
 * them. Pure: numbers in, which to leave out. A cell from 1 to SUPPRESS_BELOW - 1 is left out where it counts persons of
 * a kind (sex, ethnicity, religion, source and the like), and beside it others, so that nobody computes it back from
 * sums that are shown. A total is never left out, and a number that a total alone tells stays told: where a sum has one
 * part, that part. */
#ifndef DOMAIN_SUPPRESS_H
#define DOMAIN_SUPPRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { SUPPRESS_BELOW = 5, SUPPRESS_CELLS_MAX = 20000, SUPPRESS_NO_CELL = -1 };

struct suppress_cell {
	int64_t value; /* from 0 on */
	bool known;    /* one that is not shows nothing and counts as nothing */
	bool personal; /* may be left out */
	bool hidden;   /* out: is left out */
};

/* The parts, all of them, add up to `whole`; or, `within`, the one part is no more than it. */
struct suppress_sum {
	const int *parts; /* indices of cells */
	int part_count;
	int whole;
	bool within;
};

/* -ERR_NOMEM, -ERR_RANGE (too many cells). */
int suppress(struct suppress_cell *cells, int cell_count, const struct suppress_sum *sums,
	     int sum_count, struct err *e);
#endif
