#include "domain/project.h"

#include "base/num.h"
#include "domain/limits.h"
#include "wide.h"

#include <assert.h>

const char *project_rounding_name(enum project_rounding r)
{
	static const char *const names[] = {
		[PROJECT_UP] = "up",
		[PROJECT_HALF_UP] = "half-up",
		[PROJECT_DOWN] = "down",
	};

	static_assert(ARRAY_LEN(names) == PROJECT_ROUNDINGS, "every rounding has a name");
	return names[(unsigned)r < PROJECT_ROUNDINGS ? r : PROJECT_UP];
}

static int64_t whole_of_rate(uint8_t decimals)
{
	int64_t whole = 100;

	for (unsigned i = 0; i < decimals; i++)
		whole *= 10;
	return whole;
}

static int check(const struct project_rule *r, size_t years, struct err *e)
{
	if (years > PROJECT_YEARS_MAX)
		return err_set(e, ERR_INVALID, "at most %d years ahead", PROJECT_YEARS_MAX);
	if ((unsigned)r->rounding >= PROJECT_ROUNDINGS)
		return err_set(e, ERR_INVALID, "there is no such rounding");
	if (r->base < 0 || r->base > FIGURE_VALUE_MAX)
		return err_set(e, ERR_INVALID, "the base %lld is not allowed", (long long)r->base);
	if (r->rate_digits < 0 || r->rate_decimals > NUM_DECIMALS_MAX || r->loss_digits < 0 ||
	    r->loss_decimals > NUM_DECIMALS_MAX || r->losses < 0)
		return err_set(e, ERR_INVALID,
			       "a rate or a loss below zero, or with too many decimals");
	if (r->has_first && (r->first < 0 || r->first > FIGURE_VALUE_MAX))
		return err_set(e, ERR_INVALID, "the first year's target %lld is not allowed",
			       (long long)r->first);
	return 0;
}

static bool round_rate(struct project_year *y, const struct project_rule *r)
{
	wide product = (wide)r->rate_digits * y->base;

	y->den = whole_of_rate(r->rate_decimals);
	if (product / y->den > FIGURE_VALUE_MAX)
		return false;
	y->whole = (int64_t)(product / y->den);
	y->num = (int64_t)(product % y->den);
	y->by_rule = y->whole;
	if ((r->rounding == PROJECT_UP && y->num) ||
	    (r->rounding == PROJECT_HALF_UP && y->num >= y->den - y->num))
		y->by_rule++;
	return true;
}

static bool lose(struct project_year *y, const struct project_rule *r)
{
	int64_t den = whole_of_rate(r->loss_decimals);
	wide lost = ((wide)r->loss_digits * y->base * 2 + den) / (2 * (wide)den) + r->losses;

	y->losses = lost > FIGURE_VALUE_MAX ? FIGURE_VALUE_MAX + 1 : (int64_t)lost;
	return y->losses <= y->base;
}

int project_years(struct project_year *out, size_t years, const struct project_rule *rule,
		  struct err *e)
{
	int64_t base = rule->base;
	int rc = check(rule, years, e);

	for (size_t i = 0; !rc && i < years; i++) {
		struct project_year *y = &out[i];

		*y = (struct project_year){ .base = base };
		if (!round_rate(y, rule))
			return err_set(e, ERR_RANGE, "year %zu: rate x base is out of range",
				       i + 1);
		if (!lose(y, rule))
			return err_set(e, ERR_RANGE, "year %zu: more is lost than there is", i + 1);
		y->target = !i && rule->has_first ? rule->first : y->by_rule;
		y->end = y->base - y->losses + y->target;
		if (y->end > FIGURE_VALUE_MAX)
			return err_set(e, ERR_RANGE, "year %zu: rate x base is out of range",
				       i + 1);
		base = rule->fixed_base ? base : y->end;
	}
	return rc;
}
