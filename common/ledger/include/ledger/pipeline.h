/* What admission cases on their way say of a target: how many were admitted, how many can still make it before
 * the period ends, and how many a body has beyond its days. By coded steps alone: no name is opened. */
#ifndef LEDGER_PIPELINE_H
#define LEDGER_PIPELINE_H

#include "domain/case_count.h"
#include "ledger/ledger.h"

enum { PIPELINE_STAGES = CASE_DECIDED - CASE_CELL + 1, PIPELINE_YEARS = 5 };

/* Dossiers at one stage, that can still make it: on the day; and of those that stood there and could on the same day of
 * past years, how many were admitted before those years ended. */
struct pipeline_stage {
	int64_t count, tried, made;
};

/* Of the cases of one unit. */
struct pipeline_unit {
	uint32_t unit;
	size_t cases;
	struct case_forecast forecast;
	struct pipeline_stage stages[PIPELINE_STAGES]; /* from CASE_CELL on */
	/* Admitted from this day of past years to their ends, and of them those who had no dossier on the day. */
	int64_t came, fresh;
	int64_t late; /* the decision is due and not there, by the rule's working days from the cell's resolution */
};

struct pipeline {
	struct pipeline_unit *units;
	size_t count;
};

/* Cases of all units as they stand now, by their steps up to `day`, towards the end of `period`; what makes
 * a person admitted is the setting of that year. The past is that of the PIPELINE_YEARS before, as far as rules were in
 * force; a period within one year has one. Lends from `a`. None where the register is off. -ERR_NOTFOUND
 * when a rule that is needed is not in force on those days. */
int query_pipeline(struct pipeline *out, struct ledger *l, struct period period, day_t day,
		   const struct case_rules *rules, const struct holidays *h, struct arena *a,
		   struct err *e);

/* Those of `node` and below on `day`, added up; false where there is no case. */
bool pipeline_below(struct pipeline_unit *out, const struct pipeline *p, const struct tree *t,
		    uint32_t node, day_t day);
#endif
