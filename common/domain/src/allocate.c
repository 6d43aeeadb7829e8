#include "domain/allocate.h"

#include "domain/limits.h"
#include "wide.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FLOOR_DEN_MAX = 100000000 };

static const char *const choice_names[] = {
	[ALLOC_REFUSE] = "refuse",   [ALLOC_RAISE] = "raise",   [ALLOC_LOWER] = "lower",
	[ALLOC_ROUND_DOWN] = "down", [ALLOC_SPREAD] = "spread",
};
static_assert(ARRAY_LEN(choice_names) == ALLOC_CHOICES, "every choice has a name");

const char *alloc_choice_name(enum alloc_choice c)
{
	return choice_names[(unsigned)c < ALLOC_CHOICES ? c : ALLOC_REFUSE];
}

enum alloc_choice alloc_choice_parse(const char *name)
{
	for (unsigned i = 0; i < ALLOC_CHOICES; i++)
		if (!strcmp(choice_names[i], name))
			return (enum alloc_choice)i;
	return ALLOC_CHOICES;
}

const char *alloc_why_name(enum alloc_why w)
{
	static const char *const names[] = {
		[ALLOC_LEFT_OUT] = "left-out", [ALLOC_BY_BASE] = "base", [ALLOC_AT_FLOOR] = "floor",
		[ALLOC_AT_CAP] = "cap",        [ALLOC_LOCKED] = "lock",
	};

	return names[(unsigned)w < ARRAY_LEN(names) ? w : ALLOC_LEFT_OUT];
}

/* A row at work. */
struct slot {
	int64_t floor, cap; /* 0 and INT64_MAX where there is none */
	bool open;          /* shares by its base */
	size_t index;
	wide rest; /* of its last quota, over the sum of open bases */
};

struct work {
	const struct alloc_ask *ask;
	struct alloc_share *shares;
	struct alloc_sums *sums;
	struct slot *slots;
	struct err *e;
};

static int64_t ceil_div(int64_t num, int64_t den)
{
	assert(den > 0);
	return num / den + (num % den != 0);
}

int64_t alloc_spread(int64_t num, int64_t den, unsigned years, unsigned year, unsigned turn)
{
	wide place, up_to, before;

	assert(num >= 0 && den > 0 && years && year && year <= years);
	place = (year - 1 + (wide)turn) % years; /* from 0 */
	up_to = ((place + 1) * num + den - 1) / den;
	before = (place * num + den - 1) / den;
	return (int64_t)(up_to - before);
}

/* ---- what may not be ---- */

static bool in_bounds(int64_t v)
{
	return v >= 0 && v <= FIGURE_VALUE_MAX;
}

static int check_row(const struct alloc_row *r, struct err *e)
{
	int64_t floor = 0;

	if (!in_bounds(r->base))
		return err_set(e, ERR_INVALID, "%s: the base %lld is not allowed", r->code,
			       (long long)r->base);
	if (r->has_floor) {
		if (!in_bounds(r->floor_num) || r->floor_den < 1 || r->floor_den > FLOOR_DEN_MAX)
			return err_set(e, ERR_INVALID, "%s: the floor is out of bounds", r->code);
		floor = ceil_div(r->floor_num, r->floor_den);
	}
	if (r->has_cap && !in_bounds(r->cap))
		return err_set(e, ERR_INVALID, "%s: the cap %lld is not allowed", r->code,
			       (long long)r->cap);
	if (r->has_cap && !r->has_lock && floor > r->cap)
		return err_set(e, ERR_INVALID, "%s: the floor %lld is above the cap %lld", r->code,
			       (long long)floor, (long long)r->cap);
	if (r->has_lock && !in_bounds(r->lock))
		return err_set(e, ERR_INVALID, "%s: the locked share %lld is not allowed", r->code,
			       (long long)r->lock);
	if (r->has_lock && r->has_cap && r->lock > r->cap)
		return err_set(e, ERR_INVALID, "%s: the locked share %lld is above the cap %lld",
			       r->code, (long long)r->lock, (long long)r->cap);
	return 0;
}

static int check(const struct alloc_ask *ask, struct err *e)
{
	if (ask->count > ALLOC_ROWS_MAX)
		return err_set(e, ERR_RANGE, "more than %d units to share among", ALLOC_ROWS_MAX);
	if (!in_bounds(ask->total))
		return err_set(e, ERR_RANGE, "the total %lld is not allowed",
			       (long long)ask->total);
	if (ask->choice == ALLOC_SPREAD &&
	    (!ask->years || ask->years > ALLOC_YEARS_MAX || !ask->year || ask->year > ask->years))
		return err_set(e, ERR_INVALID, "year %u of %u: at most %d years, counted from 1",
			       ask->year, ask->years, ALLOC_YEARS_MAX);
	for (size_t i = 0; i < ask->count; i++) {
		int rc = ask->rows[i].left_out ? 0 : check_row(&ask->rows[i], e);

		if (rc)
			return rc;
	}
	return 0;
}

/* ---- floors ---- */

/* One after another for the units whose floor is below one person, so that each year has its part. */
static int64_t used_floor(const struct work *w, const struct alloc_row *r, unsigned *turn)
{
	switch (w->ask->choice) {
	case ALLOC_ROUND_DOWN:
		return r->floor_num / r->floor_den;
	case ALLOC_SPREAD:
		if (r->floor_num && r->floor_num < r->floor_den)
			return alloc_spread(r->floor_num, r->floor_den, w->ask->years, w->ask->year,
					    (*turn)++);
		break;
	default:
		break;
	}
	return ceil_div(r->floor_num, r->floor_den);
}

/* Sums first: they are told whether or not the rest is possible. */
static void sum_up(struct work *w)
{
	for (size_t i = 0; i < w->ask->count; i++) {
		const struct alloc_row *r = &w->ask->rows[i];
		struct alloc_share *s = &w->shares[i];
		struct slot *slot = &w->slots[i];

		slot->index = i;
		slot->cap = INT64_MAX;
		if (r->left_out) {
			w->sums->left_out++;
			continue;
		}
		s->given = true;
		w->sums->given++;
		w->sums->base += r->base;
		if (r->has_floor) {
			s->has_floor = true;
			s->floor_asked = s->floor = ceil_div(r->floor_num, r->floor_den);
		}
		if (r->has_lock) {
			s->why = ALLOC_LOCKED;
			s->share = r->lock;
			w->sums->locked += r->lock;
			continue;
		}
		slot->open = true;
		slot->floor = s->floor;
		slot->cap = r->has_cap ? r->cap : INT64_MAX;
		w->sums->floors_asked += s->floor_asked;
	}
	w->sums->floors = w->sums->floors_asked;
	w->sums->impossible = w->sums->locked + w->sums->floors_asked > w->sums->total;
}

static int lower_floors(struct work *w);

static int settle_floors(struct work *w)
{
	struct alloc_sums *sums = w->sums;
	unsigned turn = 0;

	if (!sums->impossible)
		return 0;
	if (w->ask->choice == ALLOC_RAISE) {
		sums->total = sums->locked + sums->floors_asked;
		return 0;
	}
	if (w->ask->choice == ALLOC_LOWER && sums->locked <= sums->total)
		return lower_floors(w);
	sums->floors = 0;
	for (size_t i = 0; i < w->ask->count; i++) {
		if (!w->slots[i].open)
			continue;
		if (w->shares[i].has_floor)
			w->shares[i].floor = used_floor(w, &w->ask->rows[i], &turn);
		w->slots[i].floor = w->shares[i].floor;
		sums->floors += w->slots[i].floor;
	}
	if (sums->locked + sums->floors <= sums->total)
		return 0;
	return err_set(w->e, ERR_STATE,
		       "floors and locked shares need %lld, and %lld is handed down",
		       (long long)(sums->locked + sums->floors), (long long)sums->total);
}

/* ---- shares ---- */

/* quota = pool x base / bases, of the open rows. */
static struct alloc_quota quota_of(int64_t pool, int64_t base, int64_t bases)
{
	wide product = (wide)pool * base;

	if (!bases)
		return (struct alloc_quota){ 0, 0, 1 };
	return (struct alloc_quota){ (int64_t)(product / bases), (int64_t)(product % bases),
				     bases };
}

static void open_sums(const struct work *w, int64_t *pool, int64_t *bases)
{
	*pool = w->sums->total;
	*bases = 0;
	for (size_t i = 0; i < w->ask->count; i++) {
		if (w->slots[i].open)
			*bases += w->ask->rows[i].base;
		else
			*pool -= w->shares[i].share;
	}
}

/* Rows beyond a bound stand at it. Only those on the side that pulls more are settled for good: once they
 * are out, those on the other side may be within their bounds again. Returns how many were settled. */
static size_t settle_bounds(struct work *w, int64_t pool, int64_t bases)
{
	wide below = 0, above = 0; /* how far, times bases */
	size_t settled = 0;

	for (size_t i = 0; i < w->ask->count; i++) {
		const struct slot *s = &w->slots[i];
		wide quota = (wide)pool * w->ask->rows[i].base;

		if (!s->open)
			continue;
		if (quota < (wide)s->floor * bases)
			below += (wide)s->floor * bases - quota;
		else if (s->cap != INT64_MAX && quota > (wide)s->cap * bases)
			above += quota - (wide)s->cap * bases;
	}
	for (size_t i = 0; i < w->ask->count; i++) {
		struct slot *s = &w->slots[i];
		wide quota = (wide)pool * w->ask->rows[i].base;
		bool low = s->open && below >= above && quota < (wide)s->floor * bases;
		bool high = s->open && above >= below && s->cap != INT64_MAX &&
			    quota > (wide)s->cap * bases;

		if (!low && !high)
			continue;
		s->open = false;
		w->shares[i].why = low ? ALLOC_AT_FLOOR : ALLOC_AT_CAP;
		w->shares[i].share = low ? s->floor : s->cap;
		settled++;
	}
	return settled;
}

/* No base to share by is left: rows stand at their floors, and nothing may remain. */
static int without_base(struct work *w, int64_t pool)
{
	for (size_t i = 0; i < w->ask->count; i++) {
		if (!w->slots[i].open)
			continue;
		w->slots[i].open = false;
		w->shares[i].why = w->slots[i].floor ? ALLOC_AT_FLOOR : ALLOC_BY_BASE;
		w->shares[i].share = w->slots[i].floor;
		w->shares[i].last = (struct alloc_quota){ 0, 0, 1 };
		pool -= w->slots[i].floor;
	}
	if (pool > 0)
		return err_set(
			w->e, ERR_STATE,
			"%lld cannot be shared: every unit is locked, at its cap or without a base",
			(long long)pool);
	assert(!pool);
	return 0;
}

/* Larger remainders first, then the official order. */
static int by_rest(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->open != y->open)
		return x->open ? -1 : 1;
	if (x->rest != y->rest)
		return x->rest > y->rest ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static void share_whole(struct work *w, int64_t pool, int64_t bases)
{
	int64_t left = pool;

	for (size_t i = 0; i < w->ask->count; i++) {
		struct alloc_share *s = &w->shares[i];

		if (!w->slots[i].open)
			continue;
		s->why = ALLOC_BY_BASE;
		s->last = quota_of(pool, w->ask->rows[i].base, bases);
		s->share = s->last.whole;
		w->slots[i].rest = s->last.num;
		left -= s->share;
	}
	qsort(w->slots, w->ask->count, sizeof(*w->slots), by_rest);
	for (size_t k = 0; k < w->ask->count && w->slots[k].open; k++) {
		struct alloc_share *s = &w->shares[w->slots[k].index];

		s->remainder_rank = (uint32_t)k + 1;
		s->plus_one = left > 0;
		if (!s->plus_one)
			continue;
		s->share++;
		left--;
	}
	assert(!left); /* fewer were left over than there are remainders above zero */
}

static int share_out(struct work *w)
{
	int64_t pool, bases;

	open_sums(w, &pool, &bases);
	for (size_t i = 0; i < w->ask->count; i++)
		if (w->slots[i].open)
			w->shares[i].first = quota_of(pool, w->ask->rows[i].base, bases);
	while (bases && settle_bounds(w, pool, bases))
		open_sums(w, &pool, &bases);
	if (!bases)
		return without_base(w, pool);
	share_whole(w, pool, bases);
	return 0;
}

/* The floors themselves are shared out again: what is not locked, by the floors as they were stated. */
static int lower_floors(struct work *w)
{
	size_t count = w->ask->count;
	struct alloc_row *rows = calloc(count + 1, sizeof(*rows));
	struct alloc_share *lowered = calloc(count + 1, sizeof(*lowered));
	struct alloc_sums sums;
	struct alloc_ask ask = { .rows = rows,
				 .count = count,
				 .total = w->sums->total - w->sums->locked };
	int rc = rows && lowered ? 0 : err_set(w->e, ERR_NOMEM, "no memory to share out");

	for (size_t i = 0; !rc && i < count; i++) {
		rows[i] = (struct alloc_row){ .code = w->ask->rows[i].code,
					      .left_out = !w->slots[i].open,
					      .base = w->slots[i].floor };
	}
	if (!rc)
		rc = allocate(lowered, &sums, &ask, w->e);
	w->sums->floors = 0;
	for (size_t i = 0; !rc && i < count; i++) {
		if (!w->slots[i].open)
			continue;
		w->slots[i].floor = w->shares[i].floor = lowered[i].share;
		w->sums->floors += lowered[i].share;
	}
	free(rows);
	free(lowered);
	return rc;
}

static int check_caps(const struct work *w)
{
	int64_t most = w->sums->locked;

	for (size_t i = 0; i < w->ask->count; i++) {
		if (!w->slots[i].open)
			continue;
		if (w->slots[i].cap == INT64_MAX)
			return 0;
		most += w->slots[i].cap;
	}
	if (most >= w->sums->total)
		return 0;
	return err_set(w->e, ERR_STATE,
		       "caps and locked shares allow %lld, and %lld is handed down",
		       (long long)most, (long long)w->sums->total);
}

int allocate(struct alloc_share *shares, struct alloc_sums *sums, const struct alloc_ask *ask,
	     struct err *e)
{
	struct work w = { .ask = ask, .shares = shares, .sums = sums, .e = e };
	int rc;

	*sums = (struct alloc_sums){ .total = ask->total };
	rc = check(ask, e);
	if (rc)
		return rc;
	memset(shares, 0, ask->count * sizeof(*shares));
	w.slots = calloc(ask->count + 1, sizeof(*w.slots));
	if (!w.slots)
		return err_set(e, ERR_NOMEM, "no memory to share out");
	sum_up(&w);
	rc = settle_floors(&w);
	if (!rc)
		rc = check_caps(&w);
	if (!rc)
		rc = share_out(&w);
	free(w.slots);
	return rc;
}
