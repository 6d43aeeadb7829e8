/* What is left out of tables made for outside, against somebody who tries every table that fits what is shown. */
#include <criterion/criterion.h>

#include "base/span.h"
#include "domain/suppress.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 4, CELLS = (SIDE_MAX + 1) * (SIDE_MAX + 1), SUMS = 4 * SIDE_MAX + 2 };

struct table {
	struct suppress_cell cells[CELLS];
	struct suppress_sum sums[SUMS];
	int parts[SUMS][CELLS];
	int cell_count, sum_count;
};

static struct err e;
static uint64_t state;

static unsigned roll(unsigned below)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

static void add_sum(struct table *t, const int *parts, int count, int whole, bool within)
{
	int k = t->sum_count++;

	memcpy(t->parts[k], parts, (size_t)count * sizeof(*parts));
	t->sums[k] = (struct suppress_sum){ t->parts[k], count, whole, within };
}

/* ---- somebody who tries all ---- */

struct attack {
	const struct table *t;
	int64_t value[CELLS];
	int order[CELLS], count;
};

/* Could the sums still hold, once cells `order[0..done)` have their values? */
static bool possible(const struct attack *a, int done)
{
	bool open[CELLS] = { false };

	for (int i = done; i < a->count; i++)
		open[a->order[i]] = true;
	for (int k = 0; k < a->t->sum_count; k++) {
		const struct suppress_sum *s = &a->t->sums[k];
		bool waits = open[s->whole];
		int64_t sum = 0;

		for (int i = 0; i < s->part_count; i++) {
			waits |= open[s->parts[i]];
			sum += open[s->parts[i]] ? 0 : a->value[s->parts[i]];
		}
		if (!open[s->whole] && sum > a->value[s->whole])
			return false;
		if (!waits && !s->within && sum != a->value[s->whole])
			return false;
	}
	return true;
}

static bool fill(struct attack *a, int at, int64_t most)
{
	if (!possible(a, at))
		return false;
	if (at == a->count)
		return true;
	for (int64_t v = 0; v <= most; v++) {
		a->value[a->order[at]] = v;
		if (fill(a, at + 1, most))
			return true;
	}
	return false;
}

/* Is there a table that fits, with another number in this cell? `all`: had all that may be left out been left out. */
static bool may_differ(const struct table *t, int cell, bool all)
{
	struct attack a = { .t = t };
	int64_t most = 0;

	a.order[a.count++] = cell;
	for (int i = 0; i < t->cell_count; i++) {
		bool out = all ? t->cells[i].personal : t->cells[i].hidden;

		a.value[i] = t->cells[i].value;
		most = t->cells[i].value > most ? t->cells[i].value : most;
		if (out && i != cell)
			a.order[a.count++] = i;
	}
	for (int64_t v = 0; v <= most + 1; v++) {
		a.value[cell] = v;
		if (v != t->cells[cell].value && fill(&a, 1, most + 1))
			return true;
	}
	return false;
}

static void judge(struct table *t, unsigned seed, int *hidden)
{
	cr_assert_eq(suppress(t->cells, t->cell_count, t->sums, t->sum_count, &e), 0);
	for (int i = 0; i < t->cell_count; i++) {
		const struct suppress_cell *c = &t->cells[i];

		if (c->personal && c->value > 0 && c->value < SUPPRESS_BELOW)
			cr_assert(c->hidden, "seed %u: cell %d shows %d", seed, i, (int)c->value);
		cr_assert(c->personal || !c->hidden, "seed %u: a total is left out", seed);
		*hidden += c->hidden;
		if (!c->hidden || c->value >= SUPPRESS_BELOW || may_differ(t, i, false))
			continue;
		cr_assert_not(may_differ(t, i, true), "seed %u: cell %d is told to be %d", seed, i,
			      (int)c->value);
	}
}

static int64_t some_count(void)
{
	return roll(3) ? roll(4) : roll(9);
}

/* Units by kinds of persons, with sums both ways; the sums may be left out themselves or not. */
static void make_square(struct table *t, int rows, int columns, bool sums_personal)
{
	int line[SIDE_MAX];

	memset(t, 0, sizeof(*t));
	t->cell_count = (rows + 1) * (columns + 1);
	for (int r = 0; r < rows; r++)
		for (int c = 0; c < columns; c++)
			t->cells[r * (columns + 1) + c].value = some_count();
	for (int r = 0; r <= rows; r++)
		for (int c = 0; c <= columns; c++) {
			struct suppress_cell *at = &t->cells[r * (columns + 1) + c];

			at->known = true;
			at->personal = (r < rows && c < columns) || sums_personal;
			for (int i = 0; r < rows && c == columns && i < columns; i++)
				at->value += t->cells[r * (columns + 1) + i].value;
			for (int i = 0; r == rows && i < rows; i++)
				at->value += t->cells[i * (columns + 1) + c].value;
		}
	for (int r = 0; r <= rows; r++) {
		for (int c = 0; c < columns; c++)
			line[c] = r * (columns + 1) + c;
		add_sum(t, line, columns, r * (columns + 1) + columns, false);
	}
	for (int c = 0; c <= columns; c++) {
		for (int r = 0; r < rows; r++)
			line[r] = r * (columns + 1) + c;
		add_sum(t, line, rows, rows * (columns + 1) + c, false);
	}
}

Test(suppress, nobody_is_told_in_random_tables)
{
	struct table t;
	int hidden = 0;

	for (unsigned seed = 1; seed <= 600; seed++) {
		state = seed;
		make_square(&t, 2 + (int)roll(2), 2 + (int)roll(2), roll(2));
		judge(&t, seed, &hidden);
	}
	cr_assert_gt(hidden, 600, "something was left out: %d", hidden);
}

/* Sources add up to those admitted; women, minorities and others are among them. */
Test(suppress, nobody_is_told_in_a_units_figures)
{
	struct table t;
	int hidden = 0;

	for (unsigned seed = 1; seed <= 2000; seed++) {
		int sources = 2 + (int)(seed % 4), parts[SIDE_MAX + 2];

		state = seed;
		memset(&t, 0, sizeof(t));
		t.cells[0].known = true;
		for (int i = 1; i <= sources; i++) {
			t.cells[i] = (struct suppress_cell){ .value = some_count(),
							     .known = true,
							     .personal = true };
			t.cells[0].value += t.cells[i].value;
			parts[i - 1] = i;
		}
		t.cell_count = sources + 3;
		add_sum(&t, parts, sources, 0, false);
		for (int i = sources + 1; i < t.cell_count; i++) {
			t.cells[i] = (struct suppress_cell){
				.value = roll((unsigned)t.cells[0].value + 1),
				.known = true,
				.personal = true
			};
			add_sum(&t, &i, 1, 0, true);
		}
		judge(&t, seed, &hidden);
	}
	cr_assert_gt(hidden, 2000);
}

Test(suppress, what_is_large_is_shown)
{
	struct table t;
	int parts[] = { 1, 2, 3 };

	memset(&t, 0, sizeof(t));
	t.cell_count = 4;
	for (int i = 1; i < 4; i++)
		t.cells[i] =
			(struct suppress_cell){ .value = 10 * i, .known = true, .personal = true };
	t.cells[0] = (struct suppress_cell){ .value = 60, .known = true };
	add_sum(&t, parts, 3, 0, false);
	cr_assert_eq(suppress(t.cells, 4, t.sums, 1, &e), 0);
	for (int i = 0; i < 4; i++)
		cr_assert_not(t.cells[i].hidden);
	t.cells[1].value = 4;
	t.cells[0].value = 54;
	cr_assert_eq(suppress(t.cells, 4, t.sums, 1, &e), 0);
	cr_assert(t.cells[1].hidden);
	cr_assert(t.cells[2].hidden, "the smallest beside it");
	cr_assert_not(t.cells[3].hidden);
	cr_assert_not(t.cells[0].hidden);
	t.cells[1].value = 0;
	t.cells[0].value = 50;
	cr_assert_eq(suppress(t.cells, 4, t.sums, 1, &e), 0);
	cr_assert_not(t.cells[1].hidden, "nobody is nobody");
}
