/* Handing a total down: a share for each unit, exact to the person, and why it is what it is.
 *
 * The total less the locked rows is shared in proportion to a base (members, sources, last results, given
 * weights). Where a unit's share would fall below its floor or above its cap it stands at that, and the
 * others share the rest: who stands is settled by which way the bounds pull the sum more, so that the
 * result does not depend on the order of rows. Then whole numbers, and what is left over goes one by one
 * to the largest remainders; of equal remainders the official order decides. */
#ifndef DOMAIN_ALLOCATE_H
#define DOMAIN_ALLOCATE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ALLOC_ROWS_MAX = 20000, ALLOC_YEARS_MAX = 10 };

struct alloc_row {        /* rows stand in official order */
	const char *code; /* for messages; borrowed */
	bool left_out;    /* no eligible people, say: no target given, which is not zero */
	int64_t base;     /* what is shared by; 0 .. FIGURE_VALUE_MAX */
	bool has_floor, has_cap, has_lock;
	int64_t floor_num; /* the floor is floor_num / floor_den, rounded up: 3 % of 412 is 1236/100 */
	int64_t floor_den; /* 1 .. 10^8 */
	int64_t cap, lock;
};

/* What to do where the floors together are more than there is. */
enum alloc_choice {
	ALLOC_REFUSE,     /* say so */
	ALLOC_RAISE,      /* the total becomes what the floors and locks need */
	ALLOC_LOWER,      /* the floors are lowered in proportion until they fit */
	ALLOC_ROUND_DOWN, /* floors are rounded down instead of up */
	ALLOC_SPREAD,     /* a floor below one person is kept over `years` together, not in each */
	ALLOC_CHOICES
};
const char *alloc_choice_name(
	enum alloc_choice c); /* "refuse", "raise", "lower", "down", "spread" */
enum alloc_choice alloc_choice_parse(const char *name); /* ALLOC_CHOICES: unknown */

struct alloc_ask {
	const struct alloc_row *rows;
	size_t count;
	int64_t total;
	enum alloc_choice choice;
	unsigned years, year; /* ALLOC_SPREAD: over so many, and which of them this is, from 1 */
};

/* Why a share is what it is. */
enum alloc_why { ALLOC_LEFT_OUT, ALLOC_BY_BASE, ALLOC_AT_FLOOR, ALLOC_AT_CAP, ALLOC_LOCKED };
const char *alloc_why_name(enum alloc_why w); /* "left-out", "base", "floor", "cap", "lock" */

/* whole + num/den, exactly; 0 <= num < den. */
struct alloc_quota {
	int64_t whole, num, den;
};

struct alloc_share {
	enum alloc_why why;
	bool given; /* false: left out */
	int64_t share;
	struct alloc_quota first; /* by base alone, of the total less the locks */
	struct alloc_quota last;  /* ALLOC_BY_BASE: of what the rows at a floor or cap left over */
	bool has_floor;
	int64_t floor_asked;     /* as stated, rounded up */
	int64_t floor;           /* as used, after the choice */
	uint32_t remainder_rank; /* ALLOC_BY_BASE: place of its remainder, from 1 */
	bool plus_one;           /* and it got one more for it */
};

struct alloc_sums {
	int64_t total;        /* what was handed down: asked.total, unless it was raised */
	int64_t locked;       /* sum of the locks */
	int64_t floors_asked; /* sum of the floors of rows that are not locked, as stated */
	int64_t floors;       /* as used */
	bool impossible;      /* locked + floors_asked is more than the total asked for */
	int64_t base;         /* sum of the bases of all rows that are not left out */
	size_t given, left_out;
};

/* `shares` has room for ask->count. On success the shares add up to sums->total exactly.
 *
 * -ERR_INVALID, naming the unit and the rule: a base, floor, cap or lock out of bounds, a floor or lock above
 * the cap (a lock below the floor is somebody's decision and stands). -ERR_RANGE: a total out of bounds. -ERR_STATE: floors and locks need more
 * than there is (ALLOC_REFUSE, or the choice does not suffice), caps and locks allow less, or every
 * base that could take the rest is zero; `sums` and each share's floor_asked are filled even then, so that
 * the planner sees them before choosing. -ERR_NOMEM. */
int allocate(struct alloc_share *shares, struct alloc_sums *sums, const struct alloc_ask *ask,
	     struct err *e);

/* The floor of one year of `years`, where num/den a year would be rounded up every year: the years
 * together give the smallest whole number not below years x num/den, one person at a time as soon as the
 * running sum asks for it, begun at another year for each `turn` so that not all units have the same
 * first year. */
int64_t alloc_spread(int64_t num, int64_t den, unsigned years, unsigned year, unsigned turn);
#endif
