#include "domain/op.h"
#include "domain/unit.h"

#include "few_allocations.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

/* P(1) over D1(2) and D2(3); D1 over A(4), B(5), C(6); A over A1(7), A2(8); D2 over E(9). */
static struct tree *province(void)
{
	static const struct {
		uint32_t parent;
		const char *code;
	} units[] = { { 0, "P" }, { 1, "D1" }, { 1, "D2" }, { 2, "A" }, { 2, "B" },
		      { 2, "C" }, { 4, "A1" }, { 4, "A2" }, { 3, "E" } };
	struct tree *t;
	struct err e = { 0 };

	cr_assert_eq(tree_new(&t, &e), 0);
	for (uint32_t i = 0; i < ARRAY_LEN(units); i++) {
		struct op_unit u = { .unit = i + 1,
				     .parent = units[i].parent,
				     .code = span_str(units[i].code),
				     .name = span_str(units[i].code),
				     .kind = i ? UNIT_BASE_COMMITTEE : UNIT_PROVINCE,
				     .order = i,
				     .opened = 100 };

		cr_assert_eq(tree_add(t, &u, i + 1, &e), 0, "%s", e.msg);
	}
	return t;
}

static const uint32_t to_a[] = { 4 }, to_b[] = { 5 }, to_new[] = { 10 }, to_bc[] = { 5, 6 };
static const uint32_t to_a1[] = { 7 }, most[] = { 600000, 300000 };

#define NEW(number, under)                                                                        \
	{                                                                                         \
		.what = CHANGE_CREATE, .unit = (number), .parent = (under), .kind = UNIT_COMMUNE, \
		.code = SPAN_LIT("N"), .name = SPAN_LIT("New")                                    \
	}
#define MERGE(unit_, into_)                                                             \
	{                                                                               \
		.what = CHANGE_MERGE, .unit = (unit_), .into = (into_), .into_count = 1 \
	}
#define MOVE(unit_, under)                                              \
	{                                                               \
		.what = CHANGE_MOVE, .unit = (unit_), .parent = (under) \
	}

static struct op_act act_on(day_t day, const struct op_change *changes, size_t count)
{
	return (struct op_act){
		.no = SPAN_LIT("1-QĐ/TU"), .effective = day, .changes = changes, .count = count
	};
}

/* ---- each rule ---- */

struct broken {
	const char *label, *says;
	uint32_t at;
	day_t day;
	struct op_change changes[4];
	size_t count;
};
static const struct broken broken[] = {
	{ "a cycle", "A: would stand under itself", 4, 200, { MOVE(4, 7) }, 1 },
	{ "a cycle of two", "A2: would stand under itself", 8, 200, { MOVE(7, 8), MOVE(8, 7) }, 2 },
	{ "before its opening",
	  "A: an act of a later day, or its opening, stands already",
	  4,
	  99,
	  { MOVE(4, 3) },
	  1 },
	{ "an end twice",
	  "B: is not there on that day",
	  5,
	  200,
	  { MERGE(5, to_a), MERGE(5, to_a) },
	  2 },
	{ "into one that ends",
	  "C: goes over into a unit that is not there on that day",
	  6,
	  200,
	  { MERGE(5, to_a), MERGE(6, to_b) },
	  2 },
	{ "into one that ends later in the act",
	  "C: goes over into a unit that is not there on that day",
	  6,
	  200,
	  { MERGE(6, to_b), MERGE(5, to_a) },
	  2 },
	{ "into nobody",
	  "B: goes over into a unit that is not there on that day",
	  5,
	  200,
	  { MERGE(5, to_new) },
	  1 },
	{ "shares of less than the whole",
	  "A: the shares do not add up to the whole",
	  4,
	  200,
	  { { .what = CHANGE_SPLIT,
	      .unit = 4,
	      .into = to_bc,
	      .into_count = 2,
	      .shares = most,
	      .ends = true } },
	  1 },
	{ "dissolved over others",
	  "A1: would stand under a unit that has ended",
	  7,
	  200,
	  { { .what = CHANGE_DISSOLVE, .unit = 4 } },
	  1 },
	{ "the root", "P: is the root", 1, 200, { { .what = CHANGE_DISSOLVE, .unit = 1 } }, 1 },
	{ "under one that is not there",
	  "A: its parent is not there on that day",
	  4,
	  200,
	  { MERGE(5, to_a), MOVE(4, 5) },
	  2 },
	{ "nobody", "there is no unit number 77", 77, 200, { MOVE(77, 2) }, 1 },
	{ "reopened while open",
	  "A: has not ended",
	  4,
	  200,
	  { { .what = CHANGE_REOPEN, .unit = 4 } },
	  1 },
	{ "an old number", "N: the number 9 is not a new one", 9, 200, { NEW(9, 1) }, 1 },
	{ "a child takes over its parent",
	  "A1: would stand under itself",
	  7,
	  200,
	  { MERGE(4, to_a1) },
	  1 },
};

ParameterizedTestParameters(tree_act, each_rule)
{
	static size_t index[ARRAY_LEN(broken)];

	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(broken));
}

ParameterizedTest(size_t *index, tree_act, each_rule)
{
	const struct broken *b = &broken[*index];
	struct op_act act = act_on(b->day, b->changes, b->count);
	struct tree *t = province(), *after;
	struct err e = { 0 };
	uint32_t at = 0;

	cr_assert_eq(tree_after(&after, t, &act, 50, &at, &e), -ERR_INVALID, "%s", b->label);
	cr_assert_str_eq(e.msg, b->says, "%s: %s", b->label, e.msg);
	cr_assert_eq(at, b->at, "%s: unit %u", b->label, at);
	cr_assert_null(after);
	cr_assert_eq(tree_moves(t), 0);
	tree_free(t);
}

/* ---- what an act makes ---- */

static void is_children(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
			const char *want)
{
	const struct unit **children;
	struct err e = { 0 };
	char got[64] = "";
	size_t count;

	cr_assert_eq(tree_children(t, unit, day, lsn, &children, &count, &e), 0);
	for (size_t i = 0; i < count; i++) {
		strcat(got, children[i]->code);
		strcat(got, " ");
	}
	cr_assert_str_eq(got, want, "children of %u on %d: %s", unit, day, got);
}

static const struct op_change merger[] = {
	NEW(10, 1),
	MERGE(4, to_new),
	MERGE(5, to_new),
	MOVE(6, 3),
	{ .what = CHANGE_DISSOLVE, .unit = 2 },
	{ .what = CHANGE_RENAME, .unit = 3, .name = SPAN_LIT("Renamed") },
	{ .what = CHANGE_KIND, .unit = 6, .kind = UNIT_BASE_CELL },
};

/* 5 into 4, later 4 into 6: whoever stands at the end of the way came from both. */
Test(tree_act, mergers_one_after_another)
{
	static const uint32_t to_4[] = { 4 }, to_6[] = { 6 };
	const struct op_change first[] = { MERGE(5, to_4) }, then[] = { MERGE(4, to_6) };
	struct op_act act = act_on(200, first, ARRAY_LEN(first));
	struct tree *t = province(), *once, *twice;
	struct err e = { 0 };
	uint32_t was[8];

	cr_assert_eq(tree_after(&once, t, &act, 50, NULL, &e), 0, "%s", e.msg);
	act = act_on(300, then, ARRAY_LEN(then));
	cr_assert_eq(tree_after(&twice, once, &act, 60, NULL, &e), 0, "%s", e.msg);
	cr_assert_eq(tree_predecessors(twice, 6, 300, UINT64_MAX, was, 8), 2);
	cr_assert(was[0] == 4 && was[1] == 5);
	cr_assert_eq(tree_predecessors(twice, 6, 300, UINT64_MAX, was, 1), 2, "more than fit");
	cr_assert_eq(tree_predecessors(twice, 6, 299, UINT64_MAX, was, 8), 0);
	cr_assert_eq(tree_predecessors(twice, 4, 299, UINT64_MAX, was, 8), 1);
	cr_assert_eq(tree_predecessors(twice, 6, 300, 59, was, 8), 0, "not known yet");
	cr_assert(tree_took_over(twice, 4, 200));
	cr_assert_not(tree_took_over(twice, 4, 300));
	cr_assert(tree_took_over(twice, 6, 300));
	cr_assert_not(tree_took_over(twice, 6, 200));
	cr_assert_not(tree_took_over(twice, 5, 200));
	cr_assert_not(tree_took_over(t, 4, 200), "the tree before is as it was");
	cr_assert_eq(tree_links(twice), 2);
	tree_free(twice);
	tree_free(once);
	tree_free(t);
}

static void is_subtree(const struct tree *t, uint32_t unit, const char *want)
{
	uint32_t *units;
	char text[64] = "";
	size_t count, len = 0;

	cr_assert_eq(tree_subtree(t, unit, &units, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u ", units[i]);
	cr_assert_str_eq(text, want);
	free(units);
}

/* On whatever day: who moved is below both, each once, ascending. */
Test(tree_act, all_that_ever_stood_below)
{
	struct op_act act = act_on(200, merger, ARRAY_LEN(merger));
	struct tree *t = province(), *after;
	struct err e = { 0 };

	cr_assert_eq(tree_after(&after, t, &act, 50, NULL, &e), 0, "%s", e.msg);
	is_subtree(after, 1, "1 2 3 4 5 6 7 8 9 10 ");
	is_subtree(after, 2, "2 4 5 6 7 8 ");
	is_subtree(after, 3, "3 6 9 ");
	is_subtree(after, 10, "7 8 10 ");
	is_subtree(after, 9, "9 ");
	is_subtree(after, 99, "");
	for (long n = 0;; n++) {
		uint32_t *units;
		size_t count;
		int rc;

		allocations_left = n;
		rc = tree_subtree(after, 1, &units, &count, NULL);
		allocations_left = -1;
		free(units);
		if (!rc) {
			cr_assert_gt(n, 1, "no allocation failed");
			break;
		}
		cr_assert_eq(rc, -ERR_NOMEM);
		cr_assert_null(units);
	}
	tree_free(after);
	tree_free(t);
}

static void is_still(const struct tree *t, day_t day, day_t from, day_t to)
{
	struct period days = tree_still(t, day);

	cr_assert_eq(days.from, from, "around day %d from day %d on", day, days.from);
	cr_assert_eq(days.to, to, "around day %d to day %d", day, days.to);
}

Test(tree_act, a_merger)
{
	struct op_act act = act_on(200, merger, ARRAY_LEN(merger));
	struct tree *t = province(), *after, *again;
	struct err e = { 0 };
	uint32_t was[8];

	cr_assert_eq(tree_after(&after, t, &act, 50, NULL, &e), 0, "%s", e.msg);
	is_children(after, 1, 199, UINT64_MAX, "D1 D2 ");
	is_children(after, 1, 200, UINT64_MAX, "N D2 ");
	is_children(after, 1, 200, 49, "D1 D2 "); /* as known before */
	is_children(after, 10, 200, UINT64_MAX, "A1 A2 ");
	is_children(after, 4, 199, UINT64_MAX, "A1 A2 ");
	is_children(after, 4, 200, UINT64_MAX, "");
	is_children(after, 3, 200, UINT64_MAX, "C E ");
	cr_assert_str_eq(unit_name_at(tree_get(after, 3), 200, UINT64_MAX), "Renamed");
	cr_assert_str_eq(unit_name_at(tree_get(after, 3), 199, UINT64_MAX), "D2");
	cr_assert_eq(unit_kind_at(tree_get(after, 6), 200, UINT64_MAX), UNIT_BASE_CELL);
	cr_assert_eq(unit_closed_at(tree_get(after, 4), UINT64_MAX), 200);
	cr_assert_eq(unit_closed_at(tree_get(after, 4), 49), 0);
	cr_assert_eq(tree_moves(after), 3);
	cr_assert(tree_moved_in(after, 199, 200));
	cr_assert_not(tree_moved_in(after, 200, 300));
	is_still(t, 200, INT32_MIN, INT32_MAX);
	is_still(after, 199, INT32_MIN, 199);
	is_still(after, 200, 200, INT32_MAX);
	cr_assert_eq(tree_successor(after, 4, 200, UINT64_MAX), 10);
	cr_assert_eq(tree_successor(after, 4, 199, UINT64_MAX), 4);
	cr_assert_eq(tree_successor(after, 4, 200, 49), 4);
	cr_assert_eq(tree_predecessors(after, 10, 200, UINT64_MAX, was, 8), 2);
	cr_assert(was[0] == 4 && was[1] == 5);
	cr_assert_eq(tree_predecessors(after, 10, 199, UINT64_MAX, was, 8), 0);
	cr_assert(tree_inside_later(after, 7, 4, 150));
	cr_assert(tree_inside_later(after, 7, 10, 150));
	cr_assert_not(tree_inside_later(after, 7, 4, 200));
	/* what was said of these units is said: nothing earlier fits any more */
	act = act_on(199, (struct op_change[]){ MOVE(7, 3) }, 1);
	cr_assert_eq(tree_after(&again, after, &act, 60, NULL, &e), -ERR_INVALID);
	act = act_on(300, (struct op_change[]){ { .what = CHANGE_REOPEN, .unit = 2 } }, 1);
	cr_assert_eq(tree_after(&again, after, &act, 60, NULL, &e), 0, "%s", e.msg);
	cr_assert(unit_alive(tree_get(again, 2), 300));
	cr_assert_not(unit_alive(tree_get(again, 2), 250));
	cr_assert(unit_alive(tree_get(again, 2), 199));
	tree_free(again);
	tree_free(after);
	tree_free(t);
}

/* What another act of the same day puts right never comes to be: nobody is inside it on any day. */
Test(tree_act, a_move_undone_before_its_day)
{
	struct op_act wrong = act_on(200, (struct op_change[]){ MOVE(7, 3) }, 1);
	struct op_act right = act_on(200, (struct op_change[]){ MOVE(7, 5) }, 1);
	struct tree *t = province(), *then, *now;
	struct err e = { 0 };

	cr_assert_eq(tree_after(&then, t, &wrong, 50, NULL, &e), 0, "%s", e.msg);
	cr_assert(tree_inside_later(then, 7, 3, 150));
	cr_assert_eq(tree_after(&now, then, &right, 51, NULL, &e), 0, "%s", e.msg);
	for (day_t d = 150; d <= 250; d += 50) {
		cr_assert_not(tree_inside_later(now, 7, 3, d));
		cr_assert(tree_inside_later(now, 7, 5, d));
		cr_assert_eq(tree_inside_later(now, 7, 4, d), d < 200);
	}
	tree_free(now);
	tree_free(then);
	tree_free(t);
}

/* A way that an earlier act leaves open is closed by one of a later day that is known already. */
Test(tree_act, acts_of_later_days_must_still_hold)
{
	struct op_act later = act_on(300, (struct op_change[]){ MOVE(5, 7) }, 1);
	struct op_act earlier = act_on(200, (struct op_change[]){ MOVE(7, 6) }, 1);
	struct op_act wrong = act_on(200, (struct op_change[]){ MOVE(6, 9), MOVE(7, 6) }, 2);
	struct tree *t = province(), *then, *now;
	struct err e = { 0 };

	cr_assert_eq(tree_after(&then, t, &later, 50, NULL, &e), 0, "%s", e.msg);
	cr_assert_eq(tree_after(&now, then, &earlier, 51, NULL, &e), 0, "%s", e.msg);
	tree_free(now);
	wrong.changes = (struct op_change[]){ { .what = CHANGE_DISSOLVE, .unit = 7 } };
	wrong.count = 1;
	cr_assert_eq(tree_after(&now, then, &wrong, 51, NULL, &e), -ERR_INVALID);
	cr_assert_str_eq(e.msg, "B: would stand under a unit that has ended");
	tree_free(then);
	tree_free(t);
}

/* A part of the log may not know the unit that a change names. */
Test(tree_act, a_part_passes_over_what_it_was_not_told)
{
	struct op_act act = act_on(200, merger, ARRAY_LEN(merger));
	struct op_unit a1 = { .unit = 7,
			      .parent = 4,
			      .code = SPAN_LIT("A1"),
			      .name = SPAN_LIT("A1"),
			      .kind = UNIT_BASE_CELL,
			      .opened = 100 };
	struct op_unit p = { .unit = 1,
			     .code = SPAN_LIT("P"),
			     .name = SPAN_LIT("P"),
			     .kind = UNIT_PROVINCE,
			     .opened = 100 };
	struct tree *t, *after;
	struct err e = { 0 };

	cr_assert_eq(tree_new(&t, &e), 0);
	tree_set_part(t);
	cr_assert_eq(tree_add(t, &p, 1, &e), 0);
	cr_assert_eq(tree_add(t, &a1, 7, &e), 0, "%s", e.msg);
	cr_assert(tree_inside(t, 7, 7, 150, UINT64_MAX));
	cr_assert_not(tree_inside(t, 7, 1, 150, UINT64_MAX));
	cr_assert_eq(tree_after(&after, t, &act, 50, NULL, &e), 0, "%s", e.msg);
	cr_assert_eq(tree_count(after), 3);
	tree_free(after);
	tree_free(t);
}

/* Who holds a part tells a broken rule of what is in it, and nothing of what is not. */
Test(tree_act, a_part_judges_what_it_holds)
{
	static const struct op_change circle[] = { MOVE(4, 7) }, away[] = { MOVE(7, 3) };
	static const struct op_change gone[] = { MERGE(5, to_a), MERGE(6, to_b) };
	static const struct op_change into_unknown[] = { MERGE(5, to_new) };
	static const struct op_change made[] = { NEW(10, 2), MERGE(5, to_new) };
	static const struct op_change good[] = { MOVE(5, 4) };
	static const struct {
		const struct op_change *changes;
		size_t count;
		const char *says; /* NULL: nothing */
	} acts[] = { { circle, 1, "A: would stand under itself" },
		     { away, 1, NULL },
		     { gone, 2, "C: goes over into a unit that is not there on that day" },
		     { into_unknown, 1, NULL },
		     { made, 2, NULL },
		     { good, 1, NULL } };
	static const struct {
		uint32_t unit, parent;
		const char *code;
	} held[] = { { 2, 1, "D1" }, { 4, 2, "A" }, { 5, 2, "B" }, { 6, 2, "C" }, { 7, 4, "A1" } };
	struct tree *t;
	struct err e = { 0 };

	cr_assert_eq(tree_new(&t, &e), 0);
	tree_set_part(t);
	for (size_t i = 0; i < ARRAY_LEN(held); i++) {
		struct op_unit u = { .unit = held[i].unit,
				     .parent = held[i].parent,
				     .code = span_str(held[i].code),
				     .name = span_str(held[i].code),
				     .kind = UNIT_BASE_COMMITTEE,
				     .opened = 100 };

		cr_assert_eq(tree_add(t, &u, i + 1, &e), 0, "%s", e.msg);
	}
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		struct op_act act = act_on(200, acts[i].changes, acts[i].count);
		int rc = tree_judge(t, &act, 50, &e);

		cr_assert_eq(rc, acts[i].says ? -ERR_INVALID : 0, "%zu: %s", i, e.msg);
		if (acts[i].says)
			cr_assert_str_eq(e.msg, acts[i].says);
		cr_assert_eq(tree_count(t), ARRAY_LEN(held), "it stays as it is");
	}
	tree_free(t);
}

Test(tree_act, memory_that_runs_out_leaves_the_tree_as_it_was)
{
	struct op_act act = act_on(200, merger, ARRAY_LEN(merger));
	struct tree *t = province(), *after;
	long failed = 0;

	for (long n = 0;; n++) {
		struct err e = { 0 };
		int rc;

		allocations_left = n;
		rc = tree_after(&after, t, &act, 50, NULL, &e);
		allocations_left = -1;
		if (!rc)
			break;
		failed++;
		cr_assert_eq(rc, -ERR_NOMEM, "%s", e.msg);
		cr_assert_eq(tree_count(t), 9);
	}
	cr_assert_gt(failed, 50);
	tree_free(after);
	tree_free(t);
}
