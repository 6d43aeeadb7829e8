#include "domain/suppress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What somebody who has the rest can tell of a cell that is left out. */
struct reach {
	int64_t low, high;
};

/* Variables (cells left out) with factors of 1 or -1 that come to `sum`. */
struct relation {
	signed char *factor; /* one for each variable */
	int64_t sum;
};

struct work {
	struct suppress_cell *cells;
	const struct suppress_sum *sums;
	int cell_count, sum_count;
	int *variable; /* of a cell, -1 */
	int *cell;     /* of a variable */
	int count;     /* variables */
	struct reach *reach;
	struct relation *relations;
	int relation_count, relation_max;
};

static bool shown(const struct work *w, int cell)
{
	return cell >= 0 && w->cells[cell].known && !w->cells[cell].hidden;
}

static int64_t value_of(const struct work *w, int cell)
{
	return cell >= 0 && w->cells[cell].known ? w->cells[cell].value : 0;
}

/* ---- one sum by itself ---- */

/* The one to leave out beside others: the smallest that is not nothing, else one that is nothing. */
static int next_to_hide(const struct work *w, const struct suppress_sum *s)
{
	int best = SUPPRESS_NO_CELL;

	for (int i = 0; i < s->part_count; i++) {
		int c = s->parts[i];
		int64_t v = value_of(w, c), b = value_of(w, best);

		if (!shown(w, c) || !w->cells[c].personal)
			continue;
		if (best < 0 || (v && (!b || v < b)))
			best = c;
	}
	if (best < 0 && shown(w, s->whole) && w->cells[s->whole].personal)
		best = s->whole;
	return best;
}

/* Two at least, and together as many as one that may be told: fewer could only be one way. */
static bool hide_beside(struct work *w, const struct suppress_sum *s)
{
	int hidden = 0, c;
	int64_t sum = 0;

	if (s->within)
		return false;
	for (int i = 0; i < s->part_count; i++)
		if (w->cells[s->parts[i]].known && w->cells[s->parts[i]].hidden) {
			hidden++;
			sum += w->cells[s->parts[i]].value;
		}
	if (s->whole >= 0 && w->cells[s->whole].hidden) {
		hidden++;
		sum += SUPPRESS_BELOW;
	}
	if (!hidden || (hidden > 1 && sum >= SUPPRESS_BELOW))
		return false;
	c = next_to_hide(w, s);
	if (c < 0 || (hidden > 1 && !w->cells[c].value))
		return false;
	w->cells[c].hidden = true;
	return true;
}

/* ---- what all of it tells ---- */

static int variables(struct work *w, struct err *e)
{
	w->count = 0;
	for (int i = 0; i < w->cell_count; i++) {
		w->variable[i] = -1;
		if (w->cells[i].known && w->cells[i].hidden) {
			w->variable[i] = w->count;
			w->cell[w->count++] = i;
		}
	}
	for (int i = 0; i < w->relation_max; i++) {
		free(w->relations[i].factor);
		w->relations[i].factor = calloc((size_t)w->count + 1, 1);
		if (!w->relations[i].factor)
			return err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	}
	w->relation_count = 0;
	return 0;
}

static void relate(struct work *w)
{
	for (int k = 0; k < w->sum_count; k++) {
		const struct suppress_sum *s = &w->sums[k];
		struct relation *r = &w->relations[w->relation_count];
		bool any = false;

		if (s->within || s->whole < 0 || !w->cells[s->whole].known)
			continue;
		memset(r->factor, 0, (size_t)w->count + 1);
		r->sum = 0;
		for (int i = 0; i < s->part_count; i++) {
			int v = w->variable[s->parts[i]];

			if (v >= 0)
				r->factor[v] = 1;
			else
				r->sum -= value_of(w, s->parts[i]);
			any |= v >= 0;
		}
		if (w->variable[s->whole] >= 0)
			r->factor[w->variable[s->whole]] = -1;
		else
			r->sum += w->cells[s->whole].value;
		w->relation_count += any || w->variable[s->whole] >= 0;
	}
}

/* `from` less or plus `by`, so that variable `v` is gone from it. False: a factor would be more than one. */
static bool cancel(const struct work *w, struct relation *from, const struct relation *by, int v)
{
	int times = from->factor[v] * by->factor[v];

	for (int i = 0; i < w->count; i++) {
		int f = from->factor[i] - times * by->factor[i];

		if (f < -1 || f > 1)
			return false;
	}
	for (int i = 0; i < w->count; i++)
		from->factor[i] = (signed char)(from->factor[i] - times * by->factor[i]);
	from->sum -= times * by->sum;
	return true;
}

/* Sums put together, each against each as far as factors stay small: what they tell beyond what each tells. */
static void combine(struct work *w)
{
	int own = w->relation_count;

	if (own > w->relation_max / 2)
		return;
	for (int k = 0; k < own; k++) {
		w->relations[own + k].sum = w->relations[k].sum;
		memcpy(w->relations[own + k].factor, w->relations[k].factor, (size_t)w->count);
	}
	w->relation_count = 2 * own;
	for (int k = own; k < 2 * own; k++) {
		int v = 0;

		while (v < w->count && !w->relations[k].factor[v])
			v++;
		for (int i = own; v < w->count && i < 2 * own; i++)
			if (i != k && w->relations[i].factor[v])
				(void)cancel(w, &w->relations[i], &w->relations[k], v);
	}
}

static bool narrow_one(struct work *w, const struct relation *r, int v)
{
	struct reach *at = &w->reach[v];
	int64_t low = r->sum, high = r->sum; /* of factor[v] * v */
	bool has_low = true, has_high = true;

	for (int i = 0; i < w->count; i++) {
		const struct reach *o = &w->reach[i];

		if (i == v || !r->factor[i])
			continue;
		if (r->factor[i] > 0) {
			high -= o->low;
			has_low &= o->high < INT64_MAX;
			low -= has_low ? o->high : 0;
		} else {
			low += o->low;
			has_high &= o->high < INT64_MAX;
			high += has_high ? o->high : 0;
		}
	}
	if (r->factor[v] < 0) {
		int64_t was = low;
		bool had = has_low;

		low = -high;
		has_low = has_high;
		high = -was;
		has_high = had;
	}
	if (has_low && low > at->low) {
		at->low = low;
		return true;
	}
	if (has_high && high < at->high) {
		at->high = high;
		return true;
	}
	return false;
}

static void narrow(struct work *w)
{
	bool more = true;

	for (int v = 0; v < w->count; v++)
		w->reach[v] = (struct reach){ 0, INT64_MAX };
	for (int k = 0; k < w->sum_count; k++)
		if (w->sums[k].within && w->sums[k].whole >= 0 && shown(w, w->sums[k].whole) &&
		    w->variable[w->sums[k].parts[0]] >= 0)
			w->reach[w->variable[w->sums[k].parts[0]]].high =
				value_of(w, w->sums[k].whole);
	for (int round = 0; more && round < 64; round++) {
		more = false;
		for (int k = 0; k < w->relation_count; k++)
			for (int v = 0; v < w->count; v++)
				if (w->relations[k].factor[v])
					more |= narrow_one(w, &w->relations[k], v);
	}
}

static bool holds(const struct suppress_sum *s, int cell)
{
	bool in = s->whole == cell;

	for (int i = 0; i < s->part_count; i++)
		in |= s->parts[i] == cell;
	return in;
}

/* One more in a sum that this cell is in. */
static bool hide_more(struct work *w, int cell)
{
	for (int k = 0; k < w->sum_count; k++) {
		int c = holds(&w->sums[k], cell) && !w->sums[k].within
				? next_to_hide(w, &w->sums[k])
				: SUPPRESS_NO_CELL;

		if (c >= 0) {
			w->cells[c].hidden = true;
			return true;
		}
	}
	return false;
}

/* Cells in sums with those that are left out: farther away than hide_more() looks. */
static bool hide_far(struct work *w)
{
	for (int k = 0; k < w->sum_count; k++) {
		bool touched = false;
		int c;

		for (int i = 0; i < w->sums[k].part_count; i++)
			touched |= w->variable[w->sums[k].parts[i]] >= 0;
		c = touched && !w->sums[k].within ? next_to_hide(w, &w->sums[k]) : SUPPRESS_NO_CELL;
		if (c >= 0) {
			w->cells[c].hidden = true;
			return true;
		}
	}
	return false;
}

/* A cell that is told all the same: another one is left out with it. *more: try again. */
static int check(struct work *w, bool *more, struct err *e)
{
	bool told = false;
	int rc = variables(w, e);

	*more = false;
	if (rc)
		return rc;
	relate(w);
	combine(w);
	narrow(w);
	for (int v = 0; v < w->count && !*more; v++) {
		if (w->reach[v].low != w->reach[v].high || w->reach[v].low >= SUPPRESS_BELOW)
			continue;
		told = true;
		*more = hide_more(w, w->cell[v]);
	}
	if (told && !*more)
		*more = hide_far(w);
	return 0;
}

static int begin(struct work *w, struct err *e)
{
	size_t cells = (size_t)w->cell_count + 1;

	w->relation_max = 2 * w->sum_count;
	w->variable = calloc(cells, sizeof(*w->variable));
	w->cell = calloc(cells, sizeof(*w->cell));
	w->reach = calloc(cells, sizeof(*w->reach));
	w->relations = calloc((size_t)w->relation_max + 1, sizeof(*w->relations));
	return w->variable && w->cell && w->reach && w->relations
		       ? 0
		       : err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
}

static void finish(struct work *w)
{
	for (int i = 0; w->relations && i < w->relation_max; i++)
		free(w->relations[i].factor);
	free(w->relations);
	free(w->variable);
	free(w->cell);
	free(w->reach);
}

int suppress(struct suppress_cell *cells, int cell_count, const struct suppress_sum *sums,
	     int sum_count, struct err *e)
{
	struct work w = {
		.cells = cells, .sums = sums, .cell_count = cell_count, .sum_count = sum_count
	};
	bool more = true;
	int rc;

	if (cell_count > SUPPRESS_CELLS_MAX)
		return err_set(e, ERR_RANGE, "too many cells to leave out small numbers");
	for (int i = 0; i < cell_count; i++) {
		assert(!cells[i].known || cells[i].value >= 0);
		cells[i].hidden = cells[i].known && cells[i].personal && cells[i].value > 0 &&
				  cells[i].value < SUPPRESS_BELOW;
	}
	rc = begin(&w, e);
	while (more && !rc) {
		more = false;
		for (int k = 0; k < sum_count; k++)
			while (hide_beside(&w, &sums[k]))
				more = true;
		if (!more)
			rc = check(&w, &more, e);
	}
	finish(&w);
	return rc;
}
