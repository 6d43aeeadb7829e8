/* The board of months and what came late, as CONTRACT.md describes their JSON, and as people see them. */
#ifndef REPORT_MONTHS_H
#define REPORT_MONTHS_H

#include "ledger/acts.h"
#include "report/json.h"

/* A new reference in *out. `a` is for the work only. */
int report_months(json_t **out, struct ledger *l, const struct months_query *q, struct arena *a,
		  struct err *e);
/* `waiting`: only those that nobody decided on. */
int report_late(json_t **out, struct ledger *l, uint32_t unit, bool waiting, struct arena *a,
		struct err *e);

/* What a decision on late entry `lsn` is about, op->late.counts being said: its unit, and where an act leaves more
 * than one place for the figures the one of `unit` and `period` (NULL: not said). -ERR_NOTFOUND, -ERR_INVALID
 * naming the places. */
int late_decision(struct op *op, struct ledger *l, uint64_t lsn, const struct unit *unit,
		  const struct period *period, struct arena *a, struct err *e);

/* A row for each unit, a column for each period. -ERR_RANGE with more periods than a screen is wide. */
int months_words(FILE *to, const json_t *j, struct arena *a, struct err *e);
int months_csv(FILE *to, const json_t *j, struct err *e);
int late_words(FILE *to, const json_t *list, struct arena *a, struct err *e);
#endif
