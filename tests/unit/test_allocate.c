#include "domain/allocate.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 24 };

/* The same on every machine: splitmix64 (Vigna). */
static uint64_t draw(uint64_t *state, uint64_t below)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static const char *const codes[ROWS] = {
	"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L",
	"M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X"
};

static void by_bases(struct alloc_row *rows, const int64_t *bases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct alloc_row){ .code = codes[i], .base = bases[i] };
}

static void floor_of(struct alloc_row *r, int64_t percent)
{
	r->has_floor = true;
	r->floor_num = r->base * percent;
	r->floor_den = 100;
}

Test(allocate, largest_remainders_get_what_is_left)
{
	/* 10 x 7/19 = 3 13/19, 5/19 = 2 12/19, 4/19 = 2 2/19, 3/19 = 1 11/19 */
	static const int64_t bases[] = { 7, 5, 4, 3 };
	struct alloc_row rows[4];
	struct alloc_share s[4];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 4, .total = 10 };

	by_bases(rows, bases, 4);
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	cr_assert_eq(s[0].share, 4);
	cr_assert_eq(s[1].share, 3);
	cr_assert_eq(s[2].share, 2);
	cr_assert_eq(s[3].share, 1);
	cr_assert_eq(s[0].last.whole, 3);
	cr_assert_eq(s[0].last.num, 13);
	cr_assert_eq(s[0].last.den, 19);
	cr_assert_eq(s[0].remainder_rank, 1);
	cr_assert_eq(s[1].remainder_rank, 2);
	cr_assert_eq(s[3].remainder_rank, 3);
	cr_assert_eq(s[2].remainder_rank, 4);
	cr_assert(s[0].plus_one && s[1].plus_one && !s[2].plus_one && !s[3].plus_one);
}

Test(allocate, ties_go_by_the_official_order)
{
	static const int64_t bases[] = { 5, 5, 5 };
	struct alloc_row rows[3];
	struct alloc_share s[3];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 3, .total = 5 };

	by_bases(rows, bases, 3);
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	cr_assert_eq(s[0].share, 2);
	cr_assert_eq(s[1].share, 2);
	cr_assert_eq(s[2].share, 1);
}

Test(allocate, locks_floors_and_caps_bend_the_shares)
{
	static const int64_t bases[] = { 50, 30, 10, 10, 0 };
	struct alloc_row rows[5];
	struct alloc_share s[5];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 5, .total = 100 };

	by_bases(rows, bases, 5);
	rows[0].has_cap = true;
	rows[0].cap = 40;
	rows[2].has_floor = true;
	rows[2].floor_num = 15;
	rows[2].floor_den = 1;
	rows[3].has_lock = true;
	rows[3].lock = 4;
	rows[4].left_out = true;
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	/* 96 to share: 53 1/3, 32, 10 2/3; the cap takes 13 1/3 off, the floor 4 1/3 on: the cap stands
	 * first. Of the 56 left 42 and 14: then the floor stands, and 41 remain. */
	cr_assert_eq(s[0].share, 40);
	cr_assert_eq(s[0].why, ALLOC_AT_CAP);
	cr_assert_eq(s[0].first.whole, 53);
	cr_assert_eq(s[1].share, 41);
	cr_assert_eq(s[1].why, ALLOC_BY_BASE);
	cr_assert_eq(s[2].share, 15);
	cr_assert_eq(s[2].why, ALLOC_AT_FLOOR);
	cr_assert_eq(s[3].share, 4);
	cr_assert_eq(s[3].why, ALLOC_LOCKED);
	cr_assert_eq(s[4].why, ALLOC_LEFT_OUT);
	cr_assert_not(s[4].given);
	cr_assert_eq(sums.left_out, 1);
	cr_assert_eq(sums.given, 4);
	cr_assert_eq(sums.locked, 4);
	cr_assert_eq(sums.floors_asked, 15);
	cr_assert_not(sums.impossible);
}

/* ---- floors that cannot be met: 3 % of everybody is more than is handed down ---- */

/* 71,087 members in 22 units, of which 3 % is 2,133 and by unit even more: 1,640 are handed down. */
static void quang_nam(struct alloc_row *rows)
{
	int64_t bases[22], left = 71087;

	for (size_t i = 0; i < 22; i++) {
		bases[i] = i < 21 ? 1500 + 173 * (int64_t)i : left;
		left -= bases[i];
	}
	cr_assert_gt(bases[21], 0);
	by_bases(rows, bases, 22);
	for (size_t i = 0; i < 22; i++)
		floor_of(&rows[i], 3);
}

static int64_t sum_of(const struct alloc_share *s, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += s[i].share;
	return sum;
}

Test(allocate, impossible_floors_are_told_before_anything_is_chosen)
{
	struct alloc_row rows[22];
	struct alloc_share s[22];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 22, .total = 1640 };
	struct err e = { 0 };
	int64_t floors = 0;

	quang_nam(rows);
	cr_assert_eq(allocate(s, &sums, &ask, &e), -ERR_STATE);
	cr_assert(strstr(e.msg, "1640 is handed down"), "%s", e.msg);
	cr_assert(sums.impossible);
	for (size_t i = 0; i < 22; i++) {
		cr_assert_eq(s[i].floor_asked, (rows[i].base * 3 + 99) / 100);
		floors += s[i].floor_asked;
	}
	cr_assert_eq(sums.floors_asked, floors);
	cr_assert_geq(floors, 2133);
}

Test(allocate, the_planner_raises_the_total)
{
	struct alloc_row rows[22];
	struct alloc_share s[22];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 22, .total = 1640, .choice = ALLOC_RAISE };

	quang_nam(rows);
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	cr_assert_eq(sums.total, sums.floors_asked);
	cr_assert_eq(sum_of(s, 22), sums.total);
	for (size_t i = 0; i < 22; i++)
		cr_assert_eq(s[i].share, s[i].floor_asked);
}

Test(allocate, the_planner_lowers_floors_in_proportion)
{
	struct alloc_row rows[22];
	struct alloc_share s[22];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 22, .total = 1640, .choice = ALLOC_LOWER };

	quang_nam(rows);
	rows[0].has_lock = true;
	rows[0].lock = 100;
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	cr_assert_eq(sums.total, 1640);
	cr_assert_eq(sums.floors, 1540);
	cr_assert_eq(sum_of(s, 22), 1640);
	cr_assert_eq(s[0].share, 100);
	for (size_t i = 1; i < 22; i++) {
		/* within one person of floor x 1540 / sum of floors */
		int64_t scaled = s[i].floor_asked * 1540;

		cr_assert_geq(s[i].share, s[i].floor);
		cr_assert_leq(scaled / sums.floors_asked, s[i].floor);
		cr_assert_geq(scaled / sums.floors_asked + 1, s[i].floor);
	}
}

Test(allocate, the_planner_rounds_floors_down)
{
	/* 3 % of 101 is 3.03: rounded up 4 each, together 12; rounded down 9. */
	static const int64_t bases[] = { 101, 101, 101 };
	struct alloc_row rows[3];
	struct alloc_share s[3];
	struct alloc_sums sums;
	struct alloc_ask ask = {
		.rows = rows, .count = 3, .total = 10, .choice = ALLOC_ROUND_DOWN
	};
	struct err e = { 0 };

	by_bases(rows, bases, 3);
	for (size_t i = 0; i < 3; i++)
		floor_of(&rows[i], 3);
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	cr_assert_eq(sums.floors_asked, 12);
	cr_assert_eq(sums.floors, 9);
	cr_assert_eq(sum_of(s, 3), 10);
	ask.total = 8; /* not even so */
	cr_assert_eq(allocate(s, &sums, &ask, &e), -ERR_STATE);
	cr_assert(strstr(e.msg, "need 9, and 8"), "%s", e.msg);
}

Test(allocate, the_planner_spreads_small_floors_over_years)
{
	/* Ten cells of twelve: 3 % is 0.36 of a person a year, rounded up ten people every year. Over five
	 * years 1.8 each, rounded up two each: twenty people in fifty cell-years. */
	static const int64_t bases[10] = { 12, 12, 12, 12, 12, 12, 12, 12, 12, 12 };
	struct alloc_row rows[10];
	struct alloc_share s[10];
	struct alloc_sums sums;
	struct alloc_ask ask = {
		.rows = rows, .count = 10, .total = 4, .choice = ALLOC_SPREAD, .years = 5
	};
	int64_t got[10] = { 0 };

	by_bases(rows, bases, 10);
	for (size_t i = 0; i < 10; i++)
		floor_of(&rows[i], 3);
	for (ask.year = 1; ask.year <= 5; ask.year++) {
		cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
		cr_assert_eq(sums.floors_asked, 10);
		cr_assert_eq(sums.floors, 4);
		for (size_t i = 0; i < 10; i++)
			got[i] += s[i].share;
	}
	for (size_t i = 0; i < 10; i++)
		cr_assert_eq(got[i], 2);
	ask.year = 6;
	cr_assert_eq(allocate(s, &sums, &ask, NULL), -ERR_INVALID);
}

Test(allocate, a_spread_floor_adds_up_whatever_year_it_begins_in)
{
	for (int64_t num = 0; num <= 300; num += 7) {
		for (unsigned years = 1; years <= ALLOC_YEARS_MAX; years++) {
			for (unsigned turn = 0; turn < 12; turn++) {
				int64_t sum = 0;

				for (unsigned year = 1; year <= years; year++)
					sum += alloc_spread(num, 100, years, year, turn);
				cr_assert_eq(sum, (num * years + 99) / 100);
			}
		}
	}
}

/* ---- what may not be ---- */

struct wrong {
	const char *label;
	struct alloc_row row;
	int64_t total;
	int want;
	const char *text;
};

static const struct wrong wrongs[] = {
	{ "base below zero", { .base = -1 }, 5, -ERR_INVALID, "B: the base -1" },
	{ "floor without denominator",
	  { .base = 1, .has_floor = true, .floor_num = 1 },
	  5,
	  -ERR_INVALID,
	  "B: the floor is out of bounds" },
	{ "floor above the cap",
	  { .base = 1,
	    .has_floor = true,
	    .floor_num = 9,
	    .floor_den = 2,
	    .has_cap = true,
	    .cap = 4 },
	  5,
	  -ERR_INVALID,
	  "B: the floor 5 is above the cap 4" },
	{ "cap below zero",
	  { .base = 1, .has_cap = true, .cap = -1 },
	  5,
	  -ERR_INVALID,
	  "B: the cap -1" },
	{ "lock below zero",
	  { .base = 1, .has_lock = true, .lock = -1 },
	  5,
	  -ERR_INVALID,
	  "B: the locked share -1" },
	{ "lock above the cap",
	  { .base = 1, .has_lock = true, .lock = 3, .has_cap = true, .cap = 2 },
	  5,
	  -ERR_INVALID,
	  "B: the locked share 3 is above the cap 2" },
	{ "lock above the total",
	  { .base = 1, .has_lock = true, .lock = 6 },
	  5,
	  -ERR_STATE,
	  "need 6, and 5 is handed down" },
	{ "caps below the total",
	  { .base = 1, .has_cap = true, .cap = 4 },
	  50,
	  -ERR_STATE,
	  "caps and locked shares allow 5, and 50" },
	{ "total below zero", { .base = 1 }, -1, -ERR_RANGE, "the total -1" },
};

Test(allocate, what_cannot_be_names_the_unit_and_the_rule)
{
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		const struct wrong *w = &wrongs[i];
		struct alloc_row rows[2] = { { .code = "A", .base = 1, .has_cap = true, .cap = 1 },
					     w->row };
		struct alloc_share s[2];
		struct alloc_sums sums;
		struct alloc_ask ask = { .rows = rows, .count = 2, .total = w->total };
		struct err e = { 0 };

		rows[1].code = "B";
		cr_assert_eq(allocate(s, &sums, &ask, &e), w->want, "%s: %s", w->label, e.msg);
		cr_assert(strstr(e.msg, w->text), "%s: %s", w->label, e.msg);
	}
}

Test(allocate, nothing_to_share_by)
{
	static const int64_t bases[] = { 0, 0 };
	struct alloc_row rows[2];
	struct alloc_share s[2];
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows, .count = 2, .total = 3 };
	struct err e = { 0 };

	by_bases(rows, bases, 2);
	cr_assert_eq(allocate(s, &sums, &ask, &e), -ERR_STATE);
	cr_assert(strstr(e.msg, "3 cannot be shared"), "%s", e.msg);
	ask.total = 0;
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
	ask.count = 0;
	cr_assert_eq(allocate(s, &sums, &ask, NULL), 0);
}

/* ---- properties ---- */

static void random_rows(struct alloc_row *rows, size_t count, uint64_t *state)
{
	uint64_t size = draw(state, 3) ? 300 : 3000000000;

	for (size_t i = 0; i < count; i++) {
		struct alloc_row *r = &rows[i];

		*r = (struct alloc_row){ .code = codes[i], .base = (int64_t)draw(state, size) };
		r->left_out = !draw(state, 12);
		if (!draw(state, 3)) {
			r->has_floor = true;
			r->floor_num = (int64_t)draw(state, 400);
			r->floor_den = 1 + (int64_t)draw(state, 20);
		}
		if (!draw(state, 3)) {
			r->has_cap = true;
			r->cap = (r->has_floor ? r->floor_num / r->floor_den + 1 : 0) +
				 (int64_t)draw(state, 60);
		}
		if (!draw(state, 6)) {
			r->has_lock = true;
			r->has_cap = false;
			r->lock = (int64_t)draw(state, 40);
		}
	}
}

__extension__ typedef __int128 wide;

/* Nobody could be given a share nearer to the proportion: what one person has of the pool per base, lambda,
 * is the same for all rows by base; a row at its floor would get no more than it by lambda, one at its cap
 * no less; and no rounding is a person or more away. */
static void check_fair(const struct alloc_row *rows, const struct alloc_share *s, size_t count)
{
	int64_t pool = 0, bases = 0;

	for (size_t i = 0; i < count; i++) {
		if (s[i].given && s[i].why == ALLOC_BY_BASE) {
			pool += s[i].share;
			bases += rows[i].base;
		}
	}
	for (size_t i = 0; i < count; i++) {
		wide due = (wide)pool * rows[i].base;

		if (!s[i].given || !bases)
			continue;
		switch (s[i].why) {
		case ALLOC_BY_BASE:
			cr_assert((wide)s[i].share * bases - due < bases);
			cr_assert(due - (wide)s[i].share * bases < bases);
			cr_assert((wide)s[i].last.whole * bases + s[i].last.num == due);
			cr_assert_eq(s[i].share, s[i].last.whole + s[i].plus_one);
			break;
		case ALLOC_AT_FLOOR:
			cr_assert(due <= (wide)s[i].share * bases);
			break;
		case ALLOC_AT_CAP:
			cr_assert(due >= (wide)s[i].share * bases);
			break;
		default:
			break;
		}
	}
}

static void check_shares(const struct alloc_row *rows, const struct alloc_share *s,
			 const struct alloc_sums *sums, size_t count)
{
	cr_assert_eq(sum_of(s, count), sums->total);
	for (size_t i = 0; i < count; i++) {
		const struct alloc_row *r = &rows[i];

		cr_assert_eq(s[i].given, !r->left_out);
		cr_assert(s[i].given || (!s[i].share && s[i].why == ALLOC_LEFT_OUT));
		if (!s[i].given)
			continue;
		cr_assert_eq(r->has_lock, s[i].why == ALLOC_LOCKED);
		if (r->has_lock) {
			cr_assert_eq(s[i].share, r->lock);
			continue;
		}
		cr_assert_geq(s[i].share, s[i].floor);
		cr_assert(!r->has_cap || s[i].share <= r->cap);
		cr_assert_leq(s[i].floor, s[i].floor_asked);
		for (size_t k = 0; k < count; k++) /* of two by base, the larger never gets less */
			cr_assert(s[k].why != ALLOC_BY_BASE || s[i].why != ALLOC_BY_BASE ||
				  r->base <= rows[k].base || s[i].share >= s[k].share);
	}
	check_fair(rows, s, count);
}

Test(allocate, every_answer_adds_up_and_is_fair)
{
	uint64_t state = 20220922;
	size_t done = 0, refused = 0;

	for (int i = 0; i < 60000; i++) {
		struct alloc_row rows[ROWS];
		struct alloc_share s[ROWS];
		struct alloc_sums sums;
		struct alloc_ask ask = { .rows = rows,
					 .count = 1 + draw(&state, ROWS),
					 .total = (int64_t)draw(&state, 1200),
					 .choice = (enum alloc_choice)draw(&state, ALLOC_CHOICES),
					 .years = 5,
					 .year = 1 + (unsigned)draw(&state, 5) };
		struct err e = { 0 };
		int rc;

		random_rows(rows, ask.count, &state);
		rc = allocate(s, &sums, &ask, &e);
		cr_assert(!rc || rc == -ERR_STATE, "%d: %s", i, e.msg);
		if (rc) {
			refused++;
			continue;
		}
		done++;
		check_shares(rows, s, &sums, ask.count);
		cr_assert(sums.total == ask.total ||
			  (ask.choice == ALLOC_RAISE && sums.impossible && sums.total > ask.total));
	}
	cr_assert_gt(done, 20000);
	cr_assert_gt(refused, 1000);
}

/* The rows the other way round: the same shares, save for the last person of equal remainders. */
Test(allocate, the_order_of_rows_matters_in_ties_alone)
{
	uint64_t state = 7;
	size_t compared = 0;

	for (int i = 0; i < 5000; i++) {
		struct alloc_row rows[ROWS], back[ROWS];
		struct alloc_share s[ROWS], t[ROWS];
		struct alloc_sums sums;
		struct alloc_ask ask = { .rows = rows,
					 .count = 1 + draw(&state, ROWS),
					 .total = (int64_t)draw(&state, 1200) };
		size_t n = ask.count;

		random_rows(rows, n, &state);
		for (size_t k = 0; k < n; k++)
			back[k] = rows[n - 1 - k];
		if (allocate(s, &sums, &ask, NULL))
			continue;
		ask.rows = back;
		cr_assert_eq(allocate(t, &sums, &ask, NULL), 0);
		for (size_t k = 0; k < n; k++) {
			const struct alloc_share *o = &t[n - 1 - k];

			cr_assert_eq(s[k].why, o->why);
			cr_assert_eq(s[k].last.whole, o->last.whole);
			cr_assert_eq(s[k].last.num, o->last.num);
			compared += s[k].share == o->share;
		}
	}
	cr_assert_gt(compared, 20000);
}

Test(allocate, names_come_back)
{
	for (unsigned i = 0; i < ALLOC_CHOICES; i++)
		cr_assert_eq(alloc_choice_parse(alloc_choice_name(i)), i);
	cr_assert_eq(alloc_choice_parse("guess"), ALLOC_CHOICES);
	cr_assert_str_eq(alloc_why_name(ALLOC_AT_FLOOR), "floor");
}
