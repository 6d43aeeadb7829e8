#include "domain/op.h"
#include "domain/unit.h"

#include "few_allocations.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NOW_DAY = 19000 };

static struct op_unit unit_of(uint32_t unit, uint32_t parent, const char *code, uint32_t order)
{
	return (struct op_unit){ .unit = unit,
				 .parent = parent,
				 .code = span_str(code),
				 .name = span_str(code),
				 .kind = parent ? UNIT_BASE_CELL : UNIT_PROVINCE,
				 .order = order,
				 .opened = 100 };
}

static int add(struct tree *t, uint32_t unit, uint32_t parent, const char *code, uint32_t order)
{
	struct op_unit c = unit_of(unit, parent, code, order);

	return tree_add(t, &c, unit, NULL);
}

static struct tree *small_tree(void)
{
	struct tree *t;

	cr_assert_eq(tree_new(&t, NULL), 0);
	cr_assert_eq(add(t, 1, 0, "QN", 0), 0);
	cr_assert_eq(add(t, 2, 1, "tamky", 2), 0);
	cr_assert_eq(add(t, 3, 1, "hoian", 1), 0);
	cr_assert_eq(add(t, 4, 2, "anxuan", 5), 0);
	return t;
}

static const char *codes_of(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn)
{
	static char text[256];
	const struct unit **children;
	size_t count, len = 0;

	text[0] = '\0';
	cr_assert_eq(tree_children(t, unit, day, lsn, &children, &count, NULL), 0);
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", children[i]->code);
	return text;
}

Test(tree, units_are_found_by_number_and_code)
{
	struct tree *t = small_tree();

	cr_assert_str_eq(tree_get(t, 3)->code, "hoian");
	cr_assert_eq(tree_by_code(t, SPAN_LIT("anxuan"))->unit, 4);
	cr_assert_null(tree_get(t, 5));
	cr_assert_null(tree_by_code(t, SPAN_LIT("an")));
	cr_assert_eq(tree_count(t), 4);
	cr_assert_eq(tree_max(t), 4);
	cr_assert_eq(tree_root(t), 1);
	tree_free(t);
	tree_free(NULL);
}

Test(tree, an_empty_tree_answers)
{
	struct tree *t;
	uint32_t path[UNIT_DEPTH_MAX];

	cr_assert_eq(tree_new(&t, NULL), 0);
	cr_assert_null(tree_get(t, 1));
	cr_assert_null(tree_by_code(t, SPAN_LIT("x")));
	cr_assert_null(tree_at(t, 0));
	cr_assert_eq(tree_max(t), 0);
	cr_assert_eq(tree_root(t), 0);
	cr_assert_eq(tree_path(t, 1, NOW_DAY, UINT64_MAX, path), 0);
	tree_free(t);
}

struct refused {
	const char *label;
	uint32_t unit, parent;
	const char *code;
	int want;
};

static const struct refused refusals[] = {
	{ "number taken", 2, 1, "new", -ERR_EXISTS },
	{ "code taken", 9, 1, "hoian", -ERR_EXISTS },
	{ "second root", 9, 0, "new", -ERR_EXISTS },
	{ "orphan", 9, 8, "new", -ERR_NOTFOUND },
	{ "under itself", 9, 9, "new", -ERR_INVALID },
	{ "no number", 0, 1, "new", -ERR_INVALID },
	{ "no code", 9, 1, "", -ERR_INVALID },
	{ "code of other letters", 9, 1, "hội", -ERR_INVALID },
	{ "code too long", 9, 1, "abcdefghijklmnopqrstuvwxy", -ERR_INVALID },
};

ParameterizedTestParameters(tree, refuses)
{
	static size_t index[ARRAY_LEN(refusals)];

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(refusals));
}

ParameterizedTest(size_t *index, tree, refuses)
{
	const struct refused *r = &refusals[*index];
	struct op_unit c = unit_of(r->unit, r->parent, r->code, 0);
	struct tree *t = small_tree();
	struct err e = { 0 };

	cr_assert_eq(tree_add(t, &c, 9, &e), r->want, "%s: %s", r->label, e.msg);
	cr_assert_neq(e.msg[0], '\0');
	cr_assert_eq(tree_count(t), 4);
	cr_assert_str_eq(codes_of(t, 1, NOW_DAY, UINT64_MAX), "hoian tamky ");
	tree_free(t);
}

Test(tree, eight_levels_and_no_more)
{
	struct tree *t;
	uint32_t path[UNIT_DEPTH_MAX];

	cr_assert_eq(tree_new(&t, NULL), 0);
	for (uint32_t u = 1; u <= UNIT_DEPTH_MAX; u++) {
		char code[8];

		snprintf(code, sizeof(code), "u%u", u);
		cr_assert_eq(add(t, u, u - 1, code, 0), 0);
	}
	cr_assert_eq(add(t, 9, 8, "u9", 0), -ERR_RANGE);
	cr_assert_eq(tree_path(t, 8, NOW_DAY, UINT64_MAX, path), 8);
	cr_assert_eq(path[0], 8);
	cr_assert_eq(path[7], 1);
	tree_free(t);
}

Test(tree, the_way_up_and_what_lies_inside)
{
	struct tree *t = small_tree();
	uint32_t path[UNIT_DEPTH_MAX];

	cr_assert_eq(tree_path(t, 4, NOW_DAY, UINT64_MAX, path), 3);
	cr_assert(path[0] == 4 && path[1] == 2 && path[2] == 1);
	cr_assert(tree_inside(t, 4, 4, NOW_DAY, UINT64_MAX));
	cr_assert(tree_inside(t, 4, 1, NOW_DAY, UINT64_MAX));
	cr_assert_not(tree_inside(t, 4, 3, NOW_DAY, UINT64_MAX));
	cr_assert_not(tree_inside(t, 1, 4, NOW_DAY, UINT64_MAX));
	cr_assert_eq(tree_path(t, 4, NOW_DAY, 3, path), 0, "not known yet");
	tree_free(t);
}

Test(tree, children_stand_in_official_order_then_by_code)
{
	struct tree *t = small_tree();

	add(t, 5, 1, "dienban", 1);
	add(t, 6, 1, "aaa", 3);
	cr_assert_str_eq(codes_of(t, 1, NOW_DAY, UINT64_MAX), "dienban hoian tamky aaa ");
	cr_assert_str_eq(codes_of(t, 3, NOW_DAY, UINT64_MAX), "");
	tree_free(t);
}

Test(tree, children_are_those_of_the_day_and_of_what_was_known)
{
	struct tree *t = small_tree();
	struct op_unit c = unit_of(5, 1, "short", 0);
	const struct unit **first, **again, **other;
	size_t count;

	c.opened = 200;
	c.closed = 300;
	cr_assert_eq(tree_add(t, &c, 50, NULL), 0);
	cr_assert_str_eq(codes_of(t, 1, 199, UINT64_MAX), "hoian tamky ");
	cr_assert_str_eq(codes_of(t, 1, 200, UINT64_MAX), "short hoian tamky ");
	cr_assert_str_eq(codes_of(t, 1, 299, UINT64_MAX), "short hoian tamky ");
	cr_assert_str_eq(codes_of(t, 1, 300, UINT64_MAX), "hoian tamky ");
	cr_assert_str_eq(codes_of(t, 1, 250, 49), "hoian tamky ");
	cr_assert_str_eq(codes_of(t, 1, 250, 2), "tamky ");
	cr_assert_str_eq(codes_of(t, 1, 99, UINT64_MAX), "");
	/* what was lent stays while others are asked, and the same question costs no more memory */
	tree_children(t, 1, 250, 2, &first, &count, NULL);
	tree_children(t, 1, 199, UINT64_MAX, &other, &count, NULL);
	tree_children(t, 1, 260, 2, &again, &count, NULL);
	cr_assert_eq(first, again);
	cr_assert_str_eq(first[0]->code, "tamky");
	cr_assert_eq(tree_children(t, 77, 250, 2, &first, &count, NULL), -ERR_NOTFOUND);
	tree_free(t);
}

/* Nothing can move a unit yet: whoever lets something do so has to count it, since Hello goes by it. */
Test(tree, units_that_never_moved_count_no_moves)
{
	struct tree *t = small_tree();
	size_t edges = 0;

	for (size_t i = 0; i < tree_count(t); i++)
		edges += tree_at(t, i)->edge_count;
	cr_assert_eq(tree_moves(t), edges - tree_count(t));
	tree_free(t);
}

Test(tree, names_kinds_and_parents_by_day_and_lsn)
{
	struct tree_name names[] = { { 100, 5, "old" },
				     { 200, 7, "new" },
				     { 200, 9, "put right" } };
	struct tree_edge edges[] = { { 100, 5, 1, 0 }, { 150, 8, 2, 0 } };
	struct tree_kind kinds[] = { { 100, 5, UNIT_BASE_CELL }, { 300, 6, UNIT_BASE_COMMITTEE } };
	struct unit u = { .names = names,
			  .name_count = 3,
			  .edges = edges,
			  .edge_count = 2,
			  .kinds = kinds,
			  .kind_count = 2,
			  .opened = 100,
			  .closed = 400,
			  .closed_first = 400 };

	cr_assert_str_eq(unit_name_at(&u, 150, UINT64_MAX), "old");
	cr_assert_str_eq(unit_name_at(&u, 200, UINT64_MAX), "put right");
	cr_assert_str_eq(unit_name_at(&u, 200, 8), "new");
	cr_assert_str_eq(unit_name_at(&u, 200, 6), "old");
	cr_assert_str_eq(unit_name_at(&u, 50, UINT64_MAX), "old");
	cr_assert_null(unit_name_at(&u, 200, 4));
	cr_assert_eq(unit_parent(&u, 149, UINT64_MAX), 1);
	cr_assert_eq(unit_parent(&u, 150, UINT64_MAX), 2);
	cr_assert_eq(unit_parent(&u, 150, 7), 1);
	cr_assert_eq(unit_parent(&u, 150, 4), 0);
	cr_assert_eq(unit_kind_at(&u, 300, UINT64_MAX), UNIT_BASE_COMMITTEE);
	cr_assert_eq(unit_kind_at(&u, 300, 4), UNIT_NONE);
	cr_assert_not(unit_alive(&u, 99));
	cr_assert(unit_alive(&u, 100));
	cr_assert(unit_alive(&u, 399));
	cr_assert_not(unit_alive(&u, 400));
}

Test(tree, units_ascend_by_number_whatever_order_they_came_in)
{
	struct tree *t = small_tree();

	add(t, 90, 1, "ninety", 0);
	add(t, 7, 1, "seven", 0);
	cr_assert_eq(tree_max(t), 90);
	for (size_t i = 1; i < tree_count(t); i++)
		cr_assert_lt(tree_at(t, i - 1)->unit, tree_at(t, i)->unit);
	tree_free(t);
}

Test(tree, text_is_copied)
{
	char name[] = "Thành phố Tam Kỳ", code[] = "tk";
	struct op_unit c = unit_of(1, 0, code, 0);
	struct tree *t;

	tree_new(&t, NULL);
	c.name = span_str(name);
	c.phone = SPAN_LIT("0235");
	cr_assert_eq(tree_add(t, &c, 1, NULL), 0);
	memset(name, 'x', sizeof(name) - 1);
	memset(code, 'x', sizeof(code) - 1);
	cr_assert_str_eq(unit_name_at(tree_get(t, 1), NOW_DAY, 1), "Thành phố Tam Kỳ");
	cr_assert_str_eq(tree_get(t, 1)->code, "tk");
	cr_assert_str_eq(tree_get(t, 1)->phone, "0235");
	cr_assert_str_eq(tree_get(t, 1)->tags, "");
	tree_free(t);
}

Test(tree, without_memory_nothing_changes)
{
	for (long n = 0;; n++) {
		struct tree *t = NULL;
		const struct unit **children;
		struct op_unit late = unit_of(200, 1, "late", 0);
		size_t count, before;
		int rc;

		allocations_left = n;
		rc = tree_new(&t, NULL);
		late.opened = NOW_DAY + 1;
		before = 0;
		for (uint32_t u = 1; !rc && u <= 100; u++) {
			char code[8];

			snprintf(code, sizeof(code), "u%u", u);
			rc = add(t, u, u > 1, code, 0);
			before += !rc;
			cr_assert_eq(tree_count(t), before);
		}
		if (!rc)
			rc = tree_add(t, &late, 200, NULL);
		if (!rc)
			rc = tree_children(t, 1, NOW_DAY, UINT64_MAX, &children, &count, NULL);
		allocations_left = -1;
		if (rc)
			cr_assert_eq(rc, -ERR_NOMEM);
		if (t && before > 1) {
			tree_children(t, 1, 100, UINT64_MAX, &children, &count, NULL);
			cr_assert_eq(count, before - 1);
			cr_assert_eq(add(t, 300, 1, "after", 0), 0);
		}
		tree_free(t);
		if (!rc) {
			cr_assert_gt(n, 0, "no allocation failed");
			return;
		}
	}
}

Test(tree, what_was_added_since_is_taken_back)
{
	const struct unit **children;
	struct tree *t = NULL;
	size_t count;

	tree_new(&t, NULL);
	add(t, 5, 0, "root", 0);
	tree_take_back(t);
	cr_assert_eq(tree_count(t), 0);
	cr_assert_eq(tree_root(t), 0);
	add(t, 5, 0, "root", 0);
	add(t, 7, 5, "b", 2);
	tree_settle(t);
	tree_take_back(t);
	cr_assert_eq(tree_count(t), 2, "what was settled stays");
	for (int again = 0; again < 2; again++) {
		tree_children(t, 5, 100, UINT64_MAX, &children, &count, NULL);
		cr_assert_eq(count, 1);
		cr_assert_eq(add(t, 3, 5, "a", 1),
			     0); /* before a sibling, by number and by order */
		for (uint32_t u = 100; u < 300; u++) { /* past the tables' first size */
			char code[8];

			snprintf(code, sizeof(code), "u%u", u);
			cr_assert_eq(add(t, u, u == 100 ? 3 : u % 2 ? 7 : 100, code, u), 0);
		}
		tree_children(t, 5, 100, UINT64_MAX, &children, &count, NULL);
		cr_assert_eq(count, 2);
		tree_take_back(t);
		cr_assert_eq(tree_count(t), 2);
		cr_assert_null(tree_get(t, 3));
		cr_assert_null(tree_by_code(t, SPAN_LIT("u250")));
		cr_assert_eq(tree_by_code(t, SPAN_LIT("b"))->unit, 7);
		cr_assert_eq(tree_max(t), 7);
		tree_children(t, 7, 100, UINT64_MAX, &children, &count, NULL);
		cr_assert_eq(count, 0);
	}
	tree_free(t);
}

static uint64_t spread(uint64_t i)
{
	return i * UINT64_C(2654435761) % 50021; /* a prime: every order once */
}

Test(tree, fifty_thousand_units, .timeout = 60)
{
	struct tree *t;
	clock_t began = clock();
	size_t reached = 0;
	double seconds;

	tree_new(&t, NULL);
	cr_assert_eq(add(t, 1, 0, "root", 0), 0);
	for (uint32_t u = 2; u <= 50000; u++) {
		char code[12];

		snprintf(code, sizeof(code), "u%05u", u);
		cr_assert_eq(add(t, u,
				 u <= 100    ? 1
				 : u <= 2000 ? u % 99 + 2
					     : u % 1900 + 101,
				 code, (uint32_t)spread(u)),
			     0);
	}
	for (size_t i = 0; i < tree_count(t); i++) {
		const struct unit *u = tree_at(t, i), **children;
		size_t count;

		cr_assert_eq(tree_by_code(t, span_str(u->code)), u);
		tree_children(t, u->unit, NOW_DAY, UINT64_MAX, &children, &count, NULL);
		for (size_t c = 1; c < count; c++)
			cr_assert(children[c - 1]->order < children[c]->order);
		reached += count;
	}
	seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
	cr_assert_eq(reached, 49999);
	tree_free(t);
	cr_log_info("50,000 units: %.3f s", seconds);
	cr_assert_lt(seconds, 30.0, "quadratic again: %.1f s", seconds); /* loose: any machine */
}

Test(unit, kinds_by_name)
{
	for (unsigned k = UNIT_COUNTRY; k < UNIT_KINDS; k++)
		cr_assert_eq(unit_kind_parse(span_str(unit_kind_name((enum unit_kind)k))), k);
	cr_assert_eq(unit_kind_parse(SPAN_LIT("none")), UNIT_NONE);
	cr_assert_eq(unit_kind_parse(SPAN_LIT("Province")), UNIT_NONE);
	cr_assert_str_eq(unit_kind_name(UNIT_BASE_CELL), "base_cell");
	cr_assert(unit_kind_grassroots(UNIT_COMMUNE));
	cr_assert(unit_kind_grassroots(UNIT_BASE_COMMITTEE));
	cr_assert(unit_kind_grassroots(UNIT_BASE_CELL));
	cr_assert_not(unit_kind_grassroots(UNIT_SECTION));
	cr_assert_not(unit_kind_grassroots(UNIT_DIRECT));
}
