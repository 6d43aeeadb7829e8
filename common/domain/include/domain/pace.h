/* How far a target is against the time that has gone, evenly or by a seasonal profile, and what is needed
 * from now on. Pure: the day is an argument. The texts for a status are made at the edge; its numbers are
 * all here. */
#ifndef DOMAIN_PACE_H
#define DOMAIN_PACE_H

#include "base/dates.h"

#include <stdbool.h>
#include <stdint.h>

enum { PACE_MONTHS = 12, PACE_FAR_PERCENT = 80 };

/* How much of a year falls into each month: weights. All zero: evenly, by days. */
struct pace_profile {
	int64_t weight[PACE_MONTHS]; /* 0 .. 10^9 */
};

/* From what came in each month of past years (-1: not reported), as if in one more year one person had
 * come each month: a month without anybody is not for ever without. No year at all: evenly. A year in
 * which a month is not reported counts for the months that are. */
void pace_learn(struct pace_profile *out, const int64_t (*years)[PACE_MONTHS], size_t count);

/* The part of `period` that has gone at the end of `day`: num/den, 0 before it, 1 after it, exactly. A
 * month that has begun counts by its days. `profile` NULL: evenly. */
struct pace_part {
	int64_t num, den; /* den > 0 */
};
struct pace_part pace_due(const struct pace_profile *profile, struct period period, day_t day);

enum pace_status {
	PACE_NO_TARGET,
	PACE_NOT_REPORTED, /* nothing is known of what was attained */
	PACE_REACHED,
	PACE_NOT_BEGUN, /* the period begins later */
	PACE_ON,        /* what is due by now is there */
	PACE_BEHIND,
	PACE_FAR_BEHIND, /* under far_percent of what is due by now */
	PACE_OVER,       /* the period is over and some are missing */
	PACE_KEPT,       /* of a limit: at or under it so far */
	PACE_EXCEEDED,   /* of a limit: over it; a stock may still come down */
	PACE_STATUSES
};
/* "no-target", "not-reported", "reached", "not-begun", "on-pace", "behind", "far-behind", "over",
 * "kept", "exceeded" */
const char *pace_status_name(enum pace_status s);

struct pace_ask {
	struct period period;
	day_t day; /* figures are known up to its end */
	bool has_goal, has_attained;
	bool limit;             /* the goal is not to be exceeded: nothing of it is due by a day */
	int64_t goal, attained; /* 0 .. FIGURE_VALUE_MAX */
	const struct pace_profile *profile; /* NULL: evenly */
	unsigned far_percent;               /* 0: PACE_FAR_PERCENT */
};

struct pace {
	enum pace_status status;
	int64_t excess,
		missing; /* people beyond the goal; people still missing; one of them is 0 */
	struct pace_part due;
	int64_t by_now; /* of the goal, by the profile; whole people that are due, rounded down */
	int64_t ahead;  /* attained - by_now */
	int64_t days_left;
	int64_t per_month; /* from now on, to reach it: rounded up, of months of 365/12 days */
};

void pace_judge(struct pace *out, const struct pace_ask *ask);
#endif
