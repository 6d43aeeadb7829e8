/* Adding up: measures of both sides in any mix, and sums that no longer fit. */
#include <criterion/criterion.h>

#include "internal.h"

enum { LISTS = 2000, MEASURES = 12 };

static uint32_t state = 2463534242u;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* Each measure with a chance of a half or of nine tenths: sheets of one form mostly have the same ones. */
static void make(struct agg *a)
{
	uint32_t of_ten = draw(2) ? 5 : 9;

	memset(a->counts, 0, sizeof(a->counts));
	a->measure_count = 0;
	a->counts[AGG_SHEETS] = 1;
	for (uint16_t no = 1; no <= MEASURES; no++)
		if (draw(10) < of_ten)
			a->measures[a->measure_count++] = (struct agg_measure){
				.measure = no, .sum = (int64_t)draw(100) - 50, .count = 1 + draw(3)
			};
}

struct plain {
	int64_t sum[MEASURES + 1];
	uint64_t count[MEASURES + 1], sheets;
};

static void add_plainly(struct plain *p, const struct agg *a, int times)
{
	p->sheets += (uint64_t)times;
	for (size_t i = 0; i < a->measure_count; i++) {
		p->sum[a->measures[i].measure] += times * a->measures[i].sum;
		p->count[a->measures[i].measure] += (uint64_t)times * a->measures[i].count;
	}
}

static void compare(const struct agg *a, const struct plain *p)
{
	size_t at = 0;

	cr_assert_eq(a->counts[AGG_SHEETS], p->sheets);
	for (uint16_t no = 1; no <= MEASURES; no++) {
		if (!p->count[no])
			continue;
		cr_assert_lt(at, a->measure_count);
		cr_assert_eq(a->measures[at].measure, no);
		cr_assert_eq(a->measures[at].sum, p->sum[no]);
		cr_assert_eq(a->measures[at].count, p->count[no]);
		at++;
	}
	cr_assert_eq(at, a->measure_count);
}

Test(aggregate, sums_are_those_of_a_plain_table)
{
	static struct agg lists[LISTS], sum;
	struct plain plain = { .sheets = 0 };
	struct err e;

	for (size_t i = 0; i < LISTS; i++) {
		make(&lists[i]);
		cr_assert_eq(agg_add(&sum, &lists[i], 1, &e), 0);
		add_plainly(&plain, &lists[i], 1);
		compare(&sum, &plain);
	}
	for (size_t i = 0; i < LISTS; i++) {
		cr_assert_eq(agg_add(&sum, &lists[i], -1, &e), 0);
		add_plainly(&plain, &lists[i], -1);
		compare(&sum, &plain);
	}
	cr_assert(agg_is_zero(&sum));
}

Test(aggregate, what_does_not_fit_is_told)
{
	struct agg one = { .measures = { { 3, INT64_MAX - 1, 1 } }, .measure_count = 1 };
	struct agg two = { .measures = { { 3, 2, 1 } }, .measure_count = 1 };
	struct err e;

	cr_assert_eq(agg_add(&one, &two, 1, &e), -ERR_RANGE);
	one.measures[0].sum = INT64_MAX - 2;
	cr_assert_eq(agg_add(&one, &two, 1, &e), 0);
	cr_assert_eq(one.measures[0].sum, INT64_MAX);
	two.measures[0].sum = INT64_MIN + 1;
	cr_assert_eq(agg_add(&one, &two, -1, &e), -ERR_RANGE);
}
