/* Integers that say when they overflow, and exact ratios. There is no floating point in figures. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False on overflow; *out is then not to be used. */
static inline bool num_add(int64_t *out, int64_t a, int64_t b)
{
	return !__builtin_add_overflow(a, b, out);
}

static inline bool num_sub(int64_t *out, int64_t a, int64_t b)
{
	return !__builtin_sub_overflow(a, b, out);
}

static inline bool num_mul(int64_t *out, int64_t a, int64_t b)
{
	return !__builtin_mul_overflow(a, b, out);
}

enum num_rounding { NUM_HALF_UP, NUM_TRUNCATE }; /* half away from zero; towards zero */

enum { NUM_DECIMALS_MAX = 6, NUM_PERCENT_MAX = 32 };

/* num*100/den as an integer of `decimals` digits after the point: 1336/1640 with 2 gives 8146.
 * What is under 100 per cent is never rounded up to 100: 99996/100000 gives 9999 (so too below
 * zero). den > 0 and decimals <= NUM_DECIMALS_MAX are the caller's promise. A result beyond int64
 * gives INT64_MAX or INT64_MIN. */
int64_t num_percent_digits(int64_t num, int64_t den, unsigned decimals, enum num_rounding rounding);

/* The same as text, "81.46"; NUM_PERCENT_MAX bytes of `out` always suffice. Returns 0, -ERR_INVALID
 * for den <= 0 or too many decimals, -ERR_RANGE beyond int64 or out_len. */
int num_percent(char *out, size_t out_len, int64_t num, int64_t den, unsigned decimals,
		enum num_rounding rounding);

/* a/b against c/d, exactly: <0, 0, >0. b and d are above zero. */
int num_ratio_cmp(int64_t a, int64_t b, int64_t c, int64_t d);
#endif
