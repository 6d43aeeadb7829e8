/* Targets of the years ahead, from a base and a rate. What is assumed is stated: how a year is rounded,
 * whether those who are to be admitted join the base of the next year, and how many the base will lose.
 * (Hưng Yên's 2,173 and 2,238 are 3 % of 70,314 and the targets of the years before, half up, nobody lost;
 * its 2,112 is not 3 % of 70,314, which is 2,109.42: the first year may be given.) */
#ifndef DOMAIN_PROJECT_H
#define DOMAIN_PROJECT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROJECT_YEARS_MAX = 50 };

enum project_rounding { PROJECT_UP, PROJECT_HALF_UP, PROJECT_DOWN, PROJECT_ROUNDINGS };
const char *project_rounding_name(enum project_rounding r); /* "up", "half-up", "down" */

struct project_rule {
	int64_t base; /* members at the end of the year before the first; 0 .. FIGURE_VALUE_MAX */
	int64_t rate_digits; /* 3 % is 3 with 0 decimals */
	uint8_t rate_decimals;
	enum project_rounding rounding;
	bool fixed_base;     /* every year of the same base; else the admitted join it */
	int64_t losses;      /* assumed in each year: so many */
	int64_t loss_digits; /* and so many per cent of the year's base, half up */
	uint8_t loss_decimals;
	bool has_first; /* the first year's target is set by somebody; the rule's own is told beside it */
	int64_t first;
};

struct project_year {
	int64_t base; /* at the beginning of the year */
	/* rate x base, exactly: whole + num/den; then rounded */
	int64_t whole, num, den;
	int64_t by_rule;
	int64_t target; /* by_rule, but in a first year that was given */
	int64_t losses;
	int64_t end; /* base - losses, and the target where it joins: the next year's base unless fixed */
};

/* -ERR_INVALID (no such rounding, more than PROJECT_YEARS_MAX, below zero), -ERR_RANGE (beyond
 * FIGURE_VALUE_MAX, or more is lost than there is: the message names the year from 1). */
int project_years(struct project_year *out, size_t years, const struct project_rule *rule,
		  struct err *e);
#endif
