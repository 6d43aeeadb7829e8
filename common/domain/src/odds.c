#include "odds.h"

#define MIDDLE_WEIGHT ((wide)1 << 50)

/* With a variance under the mean the same formula is that of people who come each by a chance, and ends. */
static wide step_up(const struct odds *o, wide w, int64_t k)
{
	wide more = o->mean + k * (o->fat - ONE);

	return more > 0 ? w * more / ((k + 1) * o->fat) : 0;
}

static wide step_down(const struct odds *o, wide w, int64_t k)
{
	return k ? w * (k * o->fat) / (o->mean + (k - 1) * (o->fat - ONE)) : 0;
}

void odds_of(struct odds *o, wide mean, wide fat)
{
	wide w;

	*o = (struct odds){ .mean = mean, .fat = fat, .all = MIDDLE_WEIGHT };
	if (!mean)
		return;
	o->middle = mean > fat ? (int64_t)((mean - fat) >> ONE_BITS) : 0;
	w = MIDDLE_WEIGHT;
	for (int64_t k = o->middle; (w = step_down(o, w, k)) > 0; k--)
		o->below += w;
	w = MIDDLE_WEIGHT;
	for (int64_t k = o->middle; (w = step_up(o, w, k)) > 0; k++)
		o->all += w;
	o->all += o->below;
}

/* The smallest number with so much weight at or under it. */
static int64_t odds_at(const struct odds *o, wide weight)
{
	wide w = MIDDLE_WEIGHT, sum = o->below + w;
	int64_t k = o->middle;

	while (k > 0 && sum - w >= weight) {
		sum -= w;
		w = step_down(o, w, k--);
	}
	while (sum < weight && w > 0) {
		w = step_up(o, w, k++);
		sum += w;
	}
	return k;
}

struct forecast_range odds_range(const struct odds *o, int64_t so_far, int percent)
{
	return (struct forecast_range){
		.low = so_far + odds_at(o, o->all * (100 - percent) / 200 + 1),
		.high = so_far + odds_at(o, o->all * (100 + percent) / 200),
	};
}

unsigned odds_reach(const struct odds *o, int64_t missing)
{
	wide w = MIDDLE_WEIGHT, under = o->below, percent; /* under the number `k` */
	int64_t k = o->middle;

	if (missing <= 0)
		return 100;
	if (!o->mean)
		return 0;
	while (k > missing && w > 0) {
		w = step_down(o, w, k--);
		under -= w;
	}
	while (k < missing && w > 0) {
		under += w;
		w = step_up(o, w, k++);
	}
	percent = (o->all - under) * 100 / o->all;
	return percent < 1 ? 1 : percent > 99 ? 99 : (unsigned)percent;
}
