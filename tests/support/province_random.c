/* Chance that is the same everywhere: xoshiro256** seeded by splitmix64 (Blackman and Vigna). */
#include "province_internal.h"

#include <assert.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A stream for each purpose, so that a new question does not change the answers to the old ones. */
struct chance chance_of(uint64_t seed, uint64_t purpose)
{
	struct chance c;
	uint64_t state = seed;

	state = splitmix(&state) ^ purpose;
	for (size_t i = 0; i < 4; i++)
		c.s[i] = splitmix(&state);
	return c;
}

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static uint64_t next(struct chance *c)
{
	uint64_t *s = c->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint32_t chance_below(struct chance *c, uint32_t bound)
{
	assert(bound);
	return (uint32_t)((next(c) >> 32) * bound >> 32);
}

uint32_t chance_between(struct chance *c, uint32_t least, uint32_t most)
{
	return least + chance_below(c, most - least + 1);
}

bool chance_percent(struct chance *c, uint32_t percent)
{
	return chance_below(c, 100) < percent;
}

void share_out(int64_t *parts, const uint64_t *weights, size_t count, int64_t total)
{
	uint64_t sum = 0, whole = (uint64_t)total;
	int64_t left = total;

	assert(total >= 0 && total <= UINT32_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(weights[i] <= UINT32_MAX);
		sum += weights[i];
	}
	assert(sum);
	for (size_t i = 0; i < count; i++) {
		parts[i] = (int64_t)(whole * weights[i] / sum);
		left -= parts[i];
	}
	/* Fewer are left than there are parts; `given` is the remainder of the one served last. */
	for (uint64_t given = sum, at = 0; left > 0; left--) {
		uint64_t best = 0;
		size_t pick = count;

		for (size_t i = 0; i < count; i++) {
			uint64_t rest = whole * weights[i] % sum;
			bool served = rest > given || (rest == given && i < at);

			if (!served && (pick == count || rest > best)) {
				best = rest;
				pick = i;
			}
		}
		assert(pick < count);
		parts[pick]++;
		given = best;
		at = pick + 1;
	}
}
