#include "domain/rank.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROWS = 40 };

#define REACHED(v, g)                                                                           \
	{                                                                                       \
		.group = "locality", .has_value = true, .value = v, .has_goal = true, .goal = g \
	}

Test(rank, one_two_two_four)
{
	/* 81.46 %, 100 %, 100 % by other numbers, 99.999 %, 150 % */
	static const struct rank_row rows[] = { REACHED(1336, 1640), REACHED(30, 30), REACHED(7, 7),
						REACHED(99999, 100000), REACHED(9, 6) };
	static const uint32_t places[] = { 5, 2, 2, 4, 1 };
	static const size_t listed[] = { 4, 1, 2, 3, 0 };
	struct rank_place p[5];
	size_t order[5];

	cr_assert_eq(rank_rows(p, order, rows, 5, RANK_BY_ATTAINMENT, 5, NULL), 0);
	for (size_t i = 0; i < 5; i++) {
		cr_assert_eq(p[i].overall, places[i], "%zu: %u", i, p[i].overall);
		cr_assert_eq(p[i].overall_of, 5);
		cr_assert_eq(p[i].in_group, places[i]);
		cr_assert_eq(p[i].tied, places[i] == 2);
		cr_assert_eq(order[i], listed[i]);
	}
}

/* Whoever has most of what is to be few is not first. */
Test(rank, a_limit_has_no_attainment)
{
	struct rank_row rows[] = { REACHED(9, 6), REACHED(30, 30), REACHED(5, 50) };
	struct rank_place p[3];
	size_t order[3];

	rows[0].limit = true;
	cr_assert_eq(rank_rows(p, order, rows, 3, RANK_BY_ATTAINMENT, 5, NULL), 0);
	cr_assert_eq(p[0].apart, RANK_LIMIT);
	cr_assert_str_eq(rank_apart_name(p[0].apart), "limit");
	cr_assert_eq(p[1].overall, 1);
	cr_assert_eq(p[2].overall_of, 2);
	cr_assert_eq(order[2], 0);
	cr_assert_eq(rank_rows(p, order, rows, 3, RANK_BY_COUNT, 5, NULL), 0);
	cr_assert_eq(p[0].overall, 2);
}

Test(rank, the_three_ways_disagree)
{
	/* As Biên Hòa did: the most people, the lowest rate. */
	static const struct rank_row rows[] = {
		{ .group = "a",
		  .has_value = true,
		  .value = 510,
		  .has_goal = true,
		  .goal = 500,
		  .has_members = true,
		  .members = 19767 },
		{ .group = "a",
		  .has_value = true,
		  .value = 100,
		  .has_goal = true,
		  .goal = 90,
		  .has_members = true,
		  .members = 3000 },
	};
	static const uint32_t first[RANK_BYS] = {
		[RANK_BY_ATTAINMENT] = 2, [RANK_BY_RATE] = 2, [RANK_BY_COUNT] = 1
	};
	struct rank_place p[2];
	size_t order[2];

	for (unsigned by = 0; by < RANK_BYS; by++) {
		cr_assert_eq(rank_rows(p, order, rows, 2, by, 5, NULL), 0);
		cr_assert_eq(p[0].overall, first[by], "%s", rank_by_name(by));
	}
}

Test(rank, exact_where_a_product_of_64_bits_is_not)
{
	const struct rank_row rows[] = { REACHED(INT64_MAX - 2, INT64_MAX - 1),
					 REACHED(INT64_MAX - 1, INT64_MAX) };
	const struct rank_row wrap[] = { REACHED(1, 2),
					 REACHED(6000000000000000000, 7000000000000000000) };
	struct rank_place p[2];
	size_t order[2];

	cr_assert_eq(rank_rows(p, order, rows, 2, RANK_BY_ATTAINMENT, 5, NULL), 0);
	cr_assert_eq(p[1].overall, 1);
	cr_assert_eq(p[0].overall, 2);
	cr_assert_eq(rank_rows(p, order, wrap, 2, RANK_BY_ATTAINMENT, 1, NULL), 0);
	cr_assert_eq(p[1].overall, 1);
}

Test(rank, groups_have_places_of_their_own)
{
	struct rank_row rows[] = { REACHED(10, 10), REACHED(9, 10), REACHED(8, 10), REACHED(7, 10),
				   REACHED(8, 10) };
	static const uint32_t in_group[] = { 1, 1, 2, 3, 2 }, of[] = { 2, 3, 3, 3, 2 };
	struct rank_place p[5];
	size_t order[5];

	rows[1].group = rows[2].group = rows[3].group = "bloc";
	cr_assert_eq(rank_rows(p, order, rows, 5, RANK_BY_ATTAINMENT, 5, NULL), 0);
	for (size_t i = 0; i < 5; i++) {
		cr_assert_eq(p[i].in_group, in_group[i], "%zu: %u", i, p[i].in_group);
		cr_assert_eq(p[i].in_group_of, of[i]);
	}
	cr_assert_eq(p[2].overall, 3);
	cr_assert_eq(p[4].overall, 3);
	cr_assert_eq(p[3].overall, 5);
}

struct left {
	struct rank_row row;
	enum rank_apart wants[RANK_BYS]; /* attainment, rate, count */
};

static const struct left lefts[] = {
	{ { .has_value = true, .has_members = true, .members = 10 },
	  { RANK_NO_TARGET, RANK_PLACED, RANK_PLACED } },
	{ { .has_value = true, .has_goal = true, .goal = 0, .has_members = true, .members = 10 },
	  { RANK_NO_TARGET, RANK_PLACED, RANK_PLACED } },
	{ { .has_value = true,
	    .value = 7,
	    .has_goal = true,
	    .goal = 3,
	    .has_members = true,
	    .members = 10 },
	  { RANK_SMALL_TARGET, RANK_PLACED, RANK_PLACED } },
	{ { .has_value = true, .has_goal = true, .goal = 5, .has_members = true, .members = 10 },
	  { RANK_PLACED, RANK_PLACED, RANK_PLACED } },
	{ { .has_value = true, .has_goal = true, .goal = 5 },
	  { RANK_PLACED, RANK_NO_MEMBERS, RANK_PLACED } },
	{ { .has_value = true, .has_goal = true, .goal = 5, .has_members = true },
	  { RANK_PLACED, RANK_NO_MEMBERS, RANK_PLACED } },
	{ { .has_value = true, .has_goal = true, .goal = 50, .missing = 1 },
	  { RANK_SHEET_MISSING, RANK_SHEET_MISSING, RANK_SHEET_MISSING } },
	{ { .has_goal = true, .goal = 50 },
	  { RANK_NOT_REPORTED, RANK_NOT_REPORTED, RANK_NOT_REPORTED } },
	{ { .no_source = true, .missing = 2 }, { RANK_NO_SOURCE, RANK_NO_SOURCE, RANK_NO_SOURCE } },
};

Test(rank, apart_with_the_reason_and_without_a_place)
{
	for (size_t i = 0; i < ARRAY_LEN(lefts); i++) {
		for (unsigned by = 0; by < RANK_BYS; by++) {
			/* Between two with places: they are first and second whatever it is. */
			struct rank_row rows[] = { REACHED(20, 10), lefts[i].row, REACHED(30, 10) };
			struct rank_place p[3];
			size_t order[3];
			bool placed = lefts[i].wants[by] == RANK_PLACED;

			rows[0].has_members = rows[2].has_members = true;
			rows[0].members = rows[2].members = 10;
			rows[1].group = "locality";
			cr_assert_eq(rank_rows(p, order, rows, 3, by, 5, NULL), 0);
			cr_assert_eq(p[1].apart, lefts[i].wants[by], "%zu by %s: %s", i,
				     rank_by_name(by), rank_apart_name(p[1].apart));
			cr_assert_eq(p[2].overall, 1);
			cr_assert_eq(p[0].overall, 2);
			cr_assert_eq(p[0].overall_of, placed ? 3 : 2);
			cr_assert_eq(p[1].overall, placed ? 3 : 0);
			cr_assert_eq(p[1].in_group, placed ? 3 : 0);
			cr_assert_eq(order[2], 1);
		}
	}
}

/* A place is one more than the number of those that are truly greater, and nothing else. */
Test(rank, places_count_who_is_greater)
{
	uint64_t state = 4;

	for (int round = 0; round < 3000; round++) {
		static const char *const groups[] = { "a", "b", "c" };
		struct rank_row rows[ROWS];
		struct rank_place p[ROWS];
		size_t order[ROWS], count;

		state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
		count = 1 + (state >> 33) % ROWS;
		for (size_t i = 0; i < count; i++) {
			state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
			rows[i] = (struct rank_row){ .group = groups[(state >> 33) % 3],
						     .has_value = true,
						     .value = (int64_t)((state >> 40) % 12),
						     .has_goal = true,
						     .goal = 3 + (int64_t)((state >> 50) % 9) };
		}
		cr_assert_eq(rank_rows(p, order, rows, count, RANK_BY_ATTAINMENT, 5, NULL), 0);
		for (size_t i = 0; i < count; i++) {
			uint32_t greater = 0, of_group = 0;

			for (size_t k = 0; k < count; k++) {
				bool more = rows[k].goal >= 5 &&
					    rows[k].value * rows[i].goal >
						    rows[i].value * rows[k].goal;

				greater += more;
				of_group += more && !strcmp(rows[k].group, rows[i].group);
			}
			if (rows[i].goal < 5) {
				cr_assert_eq(p[i].apart, RANK_SMALL_TARGET);
				continue;
			}
			cr_assert_eq(p[i].overall, greater + 1);
			cr_assert_eq(p[i].in_group, of_group + 1);
		}
		for (size_t i = 1; i < count; i++) {
			const struct rank_place *a = &p[order[i - 1]], *b = &p[order[i]];

			cr_assert(a->overall || !b->overall);
			cr_assert(!b->overall || a->overall <= b->overall);
			cr_assert(a->overall != b->overall || order[i - 1] < order[i]);
		}
	}
}

Test(rank, groups_by_tags)
{
	static const struct {
		const char *tags, *want;
	} cases[] = {
		{ "locality", "locality" },
		{ "commune", "locality" },
		{ "police", "armed" },
		{ "bloc, army", "armed" },
		{ "", "bloc" },
		{ "agency", "bloc" },
		{ "localityx", "bloc" },
		{ "police;group=cụm-1 locality", "cụm-1" },
		{ "group=", "bloc" },
		{ "group=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa town",
		  "locality" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char out[RANK_GROUP_MAX];

		cr_assert_str_eq(rank_group(out, cases[i].tags), cases[i].want, "%s",
				 cases[i].tags);
	}
}

Test(rank, names_come_back)
{
	struct rank_place p;
	size_t order;

	for (unsigned i = 0; i < RANK_BYS; i++)
		cr_assert_eq(rank_by_parse(rank_by_name(i)), i);
	cr_assert_eq(rank_by_parse("best"), RANK_BYS);
	cr_assert_eq(rank_rows(&p, &order, NULL, 0, RANK_BY_COUNT, 5, NULL), 0);
}
