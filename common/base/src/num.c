#include "base/num.h"

#include "base/err.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

__extension__ typedef __int128 wide; /* holds any product of two int64 */

static int64_t power_of_ten(unsigned exponent)
{
	int64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

int64_t num_percent_digits(int64_t num, int64_t den, unsigned decimals, enum num_rounding rounding)
{
	wide size = num < 0 ? -(wide)num : num, hundred, scaled, rest;

	assert(den > 0);
	assert(decimals <= NUM_DECIMALS_MAX);
	hundred = 100 * (wide)power_of_ten(decimals);
	scaled = size * hundred / den;
	rest = size * hundred % den;
	if (rounding == NUM_HALF_UP && 2 * rest >= den)
		scaled++;
	if (size < den && scaled >= hundred)
		scaled = hundred - 1;
	if (scaled > INT64_MAX)
		return num < 0 ? INT64_MIN : INT64_MAX;
	return (int64_t)(num < 0 ? -scaled : scaled);
}

int num_percent(char *out, size_t out_len, int64_t num, int64_t den, unsigned decimals,
		enum num_rounding rounding)
{
	int64_t digits;
	uint64_t size, scale;
	int len;

	if (den <= 0 || decimals > NUM_DECIMALS_MAX)
		return -ERR_INVALID;
	digits = num_percent_digits(num, den, decimals, rounding);
	if (digits == INT64_MAX || digits == INT64_MIN)
		return -ERR_RANGE;
	size = (uint64_t)(digits < 0 ? -digits : digits);
	scale = (uint64_t)power_of_ten(decimals);
	len = snprintf(out, out_len, "%s%" PRIu64, digits < 0 ? "-" : "", size / scale);
	if (decimals && len >= 0 && (size_t)len < out_len)
		len += snprintf(out + len, out_len - (size_t)len, ".%0*" PRIu64, (int)decimals,
				size % scale);
	return len < 0 || (size_t)len >= out_len ? -ERR_RANGE : 0;
}

int num_ratio_cmp(int64_t a, int64_t b, int64_t c, int64_t d)
{
	wide left, right;

	assert(b > 0 && d > 0);
	left = (wide)a * d;
	right = (wide)c * b;
	return (left > right) - (left < right);
}
