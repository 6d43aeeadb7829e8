/* Drafts of targets and what units answer, as CONTRACT.md describes their JSON, and as people see them. */
#ifndef REPORT_DRAFTS_H
#define REPORT_DRAFTS_H

#include "ledger/drafts.h"
#include "report/json.h"

/* The rounds of one unit: a list. A new reference in *out. */
int report_drafts(json_t **out, struct ledger *l, uint32_t unit, uint64_t known_at, struct arena *a,
		  struct err *e);
/* The table of those directly below. */
int report_drafts_table(json_t **out, struct ledger *l, const struct drafts_ask *ask,
			struct arena *a, struct err *e);

/* Either of them. */
int drafts_words(FILE *to, const json_t *j, struct arena *a, struct err *e);
int drafts_csv(FILE *to, const json_t *j, enum mark m, struct err *e);

/* What is to be otherwise when drafts are published: `set` "UNIT=NUMBER,...", `leave_out` "UNIT,...", each may be
 * NULL. -ERR_INVALID, -ERR_NOTFOUND naming the unit, -ERR_EXISTS for one that is named twice. */
int drafts_changes(struct publish_change **out, size_t *count, struct ledger *l, const char *set,
		   const char *leave_out, struct arena *a, struct err *e);
#endif
