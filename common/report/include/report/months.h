/* The board of months and what came late, as CONTRACT.md describes their JSON, and as people see them. */
#ifndef REPORT_MONTHS_H
#define REPORT_MONTHS_H

#include "ledger/months.h"
#include "report/json.h"

/* A new reference in *out. `a` is for the work only. */
int report_months(json_t **out, struct ledger *l, const struct months_query *q, struct arena *a,
		  struct err *e);
/* `waiting`: only those that nobody decided on. */
int report_late(json_t **out, struct ledger *l, uint32_t unit, bool waiting, struct arena *a,
		struct err *e);

/* A row for each unit, a column for each period. -ERR_RANGE with more periods than a screen is wide. */
int months_words(FILE *to, const json_t *j, struct arena *a, struct err *e);
int months_csv(FILE *to, const json_t *j, struct err *e);
int late_words(FILE *to, const json_t *list, struct arena *a, struct err *e);
#endif
