#include "domain/commend.h"

#include <criterion/criterion.h>

#define UNIT(g, v, t)                                                                            \
	{                                                                                        \
		.row = {.group = g, .has_value = true, .value = v, .has_goal = true, .goal = t } \
	}

Test(commend, by_stated_rules)
{
	struct commend_row rows[] = {
		UNIT("a", 10, 10), /* 100 % */
		UNIT("a", 99999, 100000) /* 99.999 %: printed it would round to 100 */,
		UNIT("a", 12, 10), /* 120 %, a sheet late */
		UNIT("a", 7, 3),   /* a small target */
		UNIT("a", 30, 10), /* a sheet missing */
		{ .row = { .group = "b", .has_value = true, .value = 3 } },
		UNIT("b", 11, 10),
	};
	static const enum commend_why want[] = { COMMEND_YES,   COMMEND_BELOW, COMMEND_LATE,
						 COMMEND_APART, COMMEND_APART, COMMEND_APART,
						 COMMEND_YES };
	struct commend_rule rule = { .percent = 100, .small = 5, .on_time = true };
	struct commend_place p[7];

	rows[2].late = 1;
	rows[4].row.missing = 1;
	cr_assert_eq(commend_rows(p, rows, 7, &rule, NULL), 0);
	for (size_t i = 0; i < 7; i++)
		cr_assert_eq(p[i].why, want[i], "%zu: %s", i, commend_why_name(p[i].why));
	cr_assert_eq(p[3].apart, RANK_SMALL_TARGET);
	cr_assert_eq(p[4].apart, RANK_SHEET_MISSING);
	cr_assert_eq(p[5].apart, RANK_NO_TARGET);
	cr_assert_eq(p[0].in_group, 1); /* the late one takes no place */
	cr_assert_eq(p[6].in_group, 1);
	rule.on_time = false;
	cr_assert_eq(commend_rows(p, rows, 7, &rule, NULL), 0);
	cr_assert_eq(p[2].why, COMMEND_YES);
	cr_assert_eq(p[0].in_group, 2);
}

Test(commend, the_first_of_each_group_and_their_equals)
{
	const struct commend_row rows[] = { UNIT("a", 15, 10), UNIT("a", 12, 10), UNIT("a", 24, 20),
					    UNIT("a", 11, 10), UNIT("b", 11, 10) };
	static const enum commend_why want[] = { COMMEND_YES, COMMEND_YES, COMMEND_YES,
						 COMMEND_BEYOND, COMMEND_YES };
	struct commend_rule rule = { .percent = 105, .small = 5, .per_group = 2 };
	struct commend_place p[5];

	cr_assert_eq(commend_rows(p, rows, 5, &rule, NULL), 0);
	for (size_t i = 0; i < 5; i++)
		cr_assert_eq(p[i].why, want[i], "%zu: %s", i, commend_why_name(p[i].why));
	cr_assert_eq(p[2].in_group, 2);
	cr_assert_eq(p[3].in_group, 4);
	cr_assert_eq(commend_rows(p, rows, 0, &rule, NULL), 0);
}
