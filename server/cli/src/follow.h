/* Shared by `progress`, `rank` and `commend`: one row for each unit, with its target, what was reached, and what the
 * months of past years say. */
#ifndef SERVER_FOLLOW_H
#define SERVER_FOLLOW_H

#include "show.h"

#include "report/report.h"

#include "domain/forecast.h"
#include "domain/lag.h"
#include "domain/rank.h"
#include "ledger/pipeline.h"
#include "report/question.h"

struct follow_row {
	const struct unit *unit;
	const struct totals *totals;      /* of the period up to the day */
	const struct target_line *target; /* NULL: none of the instrument */
	bool has_value;
	int64_t value;
	const char *group; /* emulation group */
	uint64_t missing; /* sheets of months that are over; one of the running month is not late */
	uint64_t late;    /* sheets that came after their deadline */
	bool no_source;   /* every party cell says that no eligible people are left */
	struct pace pace;
	enum lag_cause cause;
	bool has_pipeline; /* of cases on their way; without one: the register is off, or has none */
	struct pipeline_unit pipeline;
	bool has_forecast;
	struct forecast forecast;
	bool past_computed; /* of past years some is the sum of the units that it was made of */
	bool past_part;     /* or a part of one that was split */
};

struct follow {
	struct cli *c;
	struct question question; /* its period ends on `day` */
	struct period period;     /* the target's */
	day_t day;                /* figures up to its end */
	uint16_t measure;
	const struct op_target *head; /* the instrument followed; NULL: the unit itself has none */
	bool seasonal;                /* `season` was learned; else evenly */
	struct pace_profile season;
	size_t past_years;             /* that season and forecasts know */
	const struct late_sheet *late; /* of the whole unit */
	size_t late_count;
	struct pipeline pipeline;
	/* What dossiers are worth before past years have told: of the rules in force on `day`; NULL where none is. */
	const struct case_rule *chances[PIPELINE_STAGES];
	unsigned lead_months;
	struct follow_row top, *rows;
	size_t count;
};

/* From the words of the options. Forecasts only where `forecasts`: they ask for every month of the years of each unit; the
 * season, by which the pace of all goes, is learned from those of the unit itself alone. */
int follow_read(struct follow *f, const char *unit, bool forecasts);

/* ---- follow_dossiers.c: the part of cases in a forecast ---- */

void follow_chances(struct follow *f, const struct case_rules *rules);
/* Fills in the dossiers of `r`; `stages` lasts as long as `a`. None where it has no case, or no rule is in force. */
void follow_dossiers(struct forecast_ask *a, struct forecast_stage stages[PIPELINE_STAGES],
		     const struct follow *f, const struct follow_row *r);
json_t *follow_dossiers_json(const struct follow *f, const struct follow_row *r); /* null: none */
/* Beside each other, the one used named; of the whole unit also by what chances, and where they are from. */
void follow_dossiers_words(const struct follow *f, const struct follow_row *r);

/* As all of them begin: unit, period, to, known_at, measure, instrument, doc_no; and in words. */
struct follow *follow_new(struct cli *c); /* NULL: no memory, and c->err says so */
json_t *follow_json_head(const struct follow *f);
void follow_head_words(const struct follow *f);
void follow_members_words(const struct follow *f); /* the base of rates, named */
/* The table, and below it what units that lost or won a piece attained on the territory of their target. */
int follow_print(const struct follow *f, const struct grid *g);
const char *follow_name(const struct follow *f, const struct follow_row *r);
const char *follow_percent(const struct follow *f, int64_t num, int64_t den); /* "81,46%" */
const char *follow_group(const char *group);                                  /* its words */
const char *follow_apart(struct cli *c, const struct follow_row *r, enum rank_apart apart);
json_t *follow_json(bool has, int64_t n); /* null */
/* Admitted, and cases that can still make it. What was reported or what cases come to, whichever is more: sheets
 * of the running month are not there yet, and not every unit keeps cases. */
int64_t follow_pipeline(const struct follow_row *r);
bool follow_is_limit(const struct follow_row *r); /* its target is not to be exceeded */
struct rank_row follow_rank_row(const struct follow_row *r);
#endif
