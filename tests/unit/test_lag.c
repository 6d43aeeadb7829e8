#include "domain/lag.h"

#include <criterion/criterion.h>

struct lag_case {
	enum pace_status status;
	int64_t attained, by_now;
	uint64_t missing;
	bool no_source;
	int64_t late_dossiers;
	enum lag_cause want;
};

static const struct lag_case cases[] = {
	{ PACE_NO_TARGET, 0, 0, 3, true, 9, LAG_NONE },
	{ PACE_REACHED, 9, 5, 3, false, 0, LAG_NONE },
	{ PACE_NOT_BEGUN, 0, 0, 0, false, 0, LAG_NONE },
	{ PACE_ON, 5, 5, 1, false, 0, LAG_NONE },
	{ PACE_NOT_REPORTED, 0, 5, 0, false, 0, LAG_NOT_REPORTED },
	{ PACE_BEHIND, 4, 5, 1, true, 9, LAG_NOT_REPORTED },
	{ PACE_BEHIND, 4, 5, 0, true, 9, LAG_NO_SOURCE },
	{ PACE_BEHIND, 4, 5, 0, false, 1, LAG_LATE_DOSSIERS },
	{ PACE_FAR_BEHIND, 1, 5, 0, false, 3, LAG_LOW },
	{ PACE_FAR_BEHIND, 1, 5, 0, false, 4, LAG_LATE_DOSSIERS },
	{ PACE_BEHIND, 4, 5, 0, false, 0, LAG_LOW },
	{ PACE_OVER, 4, 5, 0, false, 0, LAG_LOW },
	{ PACE_KEPT, 3, 0, 2, true, 0, LAG_NONE },
	{ PACE_EXCEEDED, 4, 0, 0, true, 0, LAG_EXCEEDED },
	{ PACE_EXCEEDED, 4, 0, 1, false, 0, LAG_NOT_REPORTED },
};

Test(lag, causes)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct lag_case *c = &cases[i];
		struct pace p = { .status = c->status, .by_now = c->by_now };
		struct lag_facts f = { &p, c->attained, c->missing, c->no_source,
				       c->late_dossiers };

		cr_assert_eq(lag_judge(&f), c->want, "%zu: %s", i, lag_cause_name(lag_judge(&f)));
	}
}

/* 5 where at most 4 may be, 9 where 3 may, 2 where none may. */
Test(lag, who_is_furthest_over_a_limit_first)
{
	static const struct pace paces[] = {
		{ .status = PACE_EXCEEDED, .excess = 1 },
		{ .status = PACE_EXCEEDED, .excess = 6 },
		{ .status = PACE_KEPT },
		{ .status = PACE_EXCEEDED, .excess = 2 },
	};
	static const int64_t attained[] = { 5, 9, 1, 2 };
	static const size_t want[] = { 3, 1, 0 };
	struct lag_facts facts[4];
	size_t order[4], listed;

	for (size_t i = 0; i < 4; i++)
		facts[i] = (struct lag_facts){ .pace = &paces[i], .attained = attained[i] };
	cr_assert_eq(lag_list(order, &listed, facts, 4, NULL), 0);
	cr_assert_eq(listed, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(order[i], want[i], "%zu: %zu", i, order[i]);
}

Test(lag, the_smallest_part_of_what_is_due_first)
{
	/* 40 of 50, on pace, 1 of 2, nothing reported before anything is due, 5 of 12, 39 of 50 */
	static const struct pace paces[] = {
		{ .status = PACE_BEHIND, .by_now = 50 },
		{ .status = PACE_ON, .by_now = 10 },
		{ .status = PACE_FAR_BEHIND, .by_now = 2 },
		{ .status = PACE_NOT_REPORTED },
		{ .status = PACE_FAR_BEHIND, .by_now = 12 },
		{ .status = PACE_FAR_BEHIND, .by_now = 50 },
	};
	static const int64_t attained[] = { 40, 12, 1, 0, 5, 39 };
	static const size_t want[] = { 3, 4, 2, 5, 0 };
	struct lag_facts facts[6];
	size_t order[6], listed;

	for (size_t i = 0; i < 6; i++)
		facts[i] = (struct lag_facts){ .pace = &paces[i], .attained = attained[i] };
	cr_assert_eq(lag_list(order, &listed, facts, 6, NULL), 0);
	cr_assert_eq(listed, 5);
	for (size_t i = 0; i < listed; i++)
		cr_assert_eq(order[i], want[i], "%zu: %zu", i, order[i]);
}
