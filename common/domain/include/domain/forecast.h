/* How many there will be at the end of the year, with an interval. Integers only: the same on every
 * machine. Two forecasts stand beside each other, and the one used is named: by months, which weighs this
 * year's pace and the unit's own past years; and by dossiers, which counts those in hand, each with the
 * chance of its stage, and lets the months tell only of those who have no dossier yet.
 *
 * The model: people come in clumps (a class, a feast day), so that a month with the mean m has the variance
 * m x clump; a year's level differs from that of the years before; the season is learned from the unit's
 * months, together with those of the unit above. What is still to come then has a negative binomial
 * distribution. Dossiers are admitted or not by the chance of their stage, as past years had it; those of one
 * unit go alike more than chance would have it, since one body screens them. Where that is wrong, and by how
 * much, tests/FORECASTS.md says. */
#ifndef DOMAIN_FORECAST_H
#define DOMAIN_FORECAST_H

#include "domain/pace.h"

#include <stddef.h>

enum {
	FORECAST_YEARS_MAX = 20,
	FORECAST_STAGES_MAX = 16,
	FORECAST_PEOPLE_MAX = 100000 /* of one unit in one month */
};

/* Dossiers at one stage of the way. `percent`: how many of a hundred such become admissions before the year
 * ends, by a rule or by the unit above; it weighs as much as a few dossiers beside what was seen: of `tried`
 * that stood at the stage on this day of past years, `made` were admitted before those years ended. */
struct forecast_stage {
	int64_t count;
	unsigned percent;
	int64_t tried, made;
};

/* Of a thousand such dossiers so many are expected to be admitted before the year ends, by both. */
unsigned forecast_chance(const struct forecast_stage *s);

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
	size_t stage_count; /* 0: nothing is known of dossiers */
	unsigned
		lead_months; /* by the rules, whoever has no dossier yet is not admitted within so many */
	/* In past years from this day on: admitted, and of them so many who had no dossier on the day. */
	int64_t came, fresh;
	int64_t by_cases; /* admitted this year, of whom there is a case */
	bool has_goal;
	int64_t goal;
};

struct forecast_range {
	int64_t low, high; /* both included */
};

/* Dossiers are used where there are cases, and cases hold at least nine in ten of those reported: who keeps
 * a register of some alone cannot be told from it. */
enum forecast_used { FORECAST_BY_MONTHS, FORECAST_BY_DOSSIERS, FORECAST_METHODS };
const char *forecast_used_name(enum forecast_used u); /* "months", "dossiers" */

struct forecast_one {
	int64_t value; /* the whole year: expected, half up, but never beyond ninety_five */
	struct forecast_range half, eighty, ninety_five; /* hold it in 50, 80, 95 of 100 cases */
	unsigned reach_percent;                          /* as below */
};

struct forecast {
	int64_t so_far;  /* reported this year */
	unsigned absent; /* months up to now that nobody reported: estimated like those to come */
	enum forecast_used used;
	/* Those of the one used. */
	int64_t value;
	struct forecast_range half, eighty, ninety_five;
	bool has_months; /* has_pipeline: by_dossiers */
	struct forecast_one by_months, by_dossiers;
	bool differ; /* both, and their intervals of 80 % do not meet: something is new this year */
	int64_t no_dossier; /* has_pipeline: expected of those who have none yet, half up */
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
