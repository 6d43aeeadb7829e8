/* How many there will be at the end of the year, with an interval. Integers only: the same on every
 * machine. Three estimates stand beside each other, from this year's pace, from the unit's own past
 * years, and from dossiers in hand; the forecast weighs them.
 *
 * The model: people come in clumps (a class, a feast day), so that a month with the mean m has the variance
 * m x clump; a year's level differs from that of the years before; the season is learned from the unit's
 * months, together with those of the unit above. What is still to come then has a negative binomial
 * distribution. Where that is wrong, and by how much, tests/RESULTS.md says. */
#ifndef DOMAIN_FORECAST_H
#define DOMAIN_FORECAST_H

#include "domain/pace.h"

#include <stddef.h>

enum {
	FORECAST_YEARS_MAX = 20,
	FORECAST_STAGES_MAX = 16,
	FORECAST_PEOPLE_MAX = 100000 /* of one unit in one month */
};

/* Dossiers at one step of the way, and how many of a hundred such become admissions this year. */
struct forecast_stage {
	int64_t count;
	unsigned percent;
};

struct forecast_ask {
	/* Past years, the oldest first; a month that nobody reported is -1. May be none. */
	const int64_t (*years)[PACE_MONTHS];
	size_t year_count;
	/* This year: `done` whole months from January on, -1 as above. */
	int64_t months[PACE_MONTHS];
	unsigned done;
	/* The month that has begun, months[done]: so many days of it, of so many. 0 days: nothing known. */
	unsigned part_days, part_of;
	const struct pace_profile *season; /* of the unit above, or NULL: none known */
	const struct forecast_stage *stages;
	size_t stage_count;   /* 0: nothing is known of dossiers */
	unsigned lead_months; /* whoever has no dossier yet is not admitted within so many */
	bool has_goal;
	int64_t goal;
};

struct forecast_range {
	int64_t low, high; /* both included */
};

struct forecast {
	int64_t so_far;  /* reported this year */
	unsigned absent; /* months up to now that nobody reported: estimated like those to come */
	int64_t value;   /* the whole year: expected, half up, but never beyond ninety_five */
	struct forecast_range half, eighty, ninety_five; /* hold it in 50, 80, 95 of 100 cases */
	bool has_pace, has_history, has_pipeline;
	int64_t by_pace;     /* so far, by the part of the season that has gone */
	int64_t by_history;  /* so far, and what came in the same months of past years */
	int64_t by_pipeline; /* so far, and what is to come of the dossiers in hand */
	unsigned
		reach_percent; /* has_goal: of a hundred such years, in how many it is reached; 1..99
				 * unless it is certain */
};

/* -ERR_NOTFOUND: nothing to go by (no past year, nothing this year, no dossiers). -ERR_RANGE: more than
 * FORECAST_PEOPLE_MAX, or more months, years or stages than there can be. */
int forecast_make(struct forecast *out, const struct forecast_ask *ask, struct err *e);
#endif
