/* How likely each number of people is, by its mean and its variance, in fixed point: the same on every machine. */
#ifndef DOMAIN_ODDS_H
#define DOMAIN_ODDS_H

#include "domain/forecast.h"
#include "wide.h"

#include <assert.h>

/* Fixed point: 20 binary digits after the point. */
enum { ONE_BITS = 20 };
#define ONE ((wide)1 << ONE_BITS)
#define PART(n, d) (ONE * (n) / (d))
#define NEARLY_SINGLE PART(51, 50) /* people who come one by one: the formula needs a little more */

static inline wide fx_mul(wide a, wide b)
{
	return a * b >> ONE_BITS;
}

static inline wide fx_div(wide a, wide b)
{
	assert(b > 0);
	return (a << ONE_BITS) / b;
}

static inline int64_t fx_round(wide a)
{
	return (int64_t)((a + ONE / 2) >> ONE_BITS);
}

/* Weights of 0, 1, 2 .. people to come, relative to the middle's: P(k+1) / P(k) = (mean + k (fat - 1)) /
 * ((k + 1) fat), so that no power has to be taken. Always walked from the middle outwards: what is rounded
 * off is then small beside what is there. */
struct odds {
	wide mean, fat;
	int64_t middle;  /* near the most likely number */
	wide below, all; /* weight of all numbers under the middle; of all */
};

/* `fat`: variance over mean, above 0. */
void odds_of(struct odds *o, wide mean, wide fat);
/* The middle so many per cent of them, `so_far` added. */
struct forecast_range odds_range(const struct odds *o, int64_t so_far, int percent);
/* Of a hundred, in how many there are `missing` or more; 1..99 unless it is certain. */
unsigned odds_reach(const struct odds *o, int64_t missing);
#endif
