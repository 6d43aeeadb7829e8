/* Trees and proposals of acts, as CONTRACT.md describes their JSON, and as people see them. */
#ifndef REPORT_ACTS_H
#define REPORT_ACTS_H

#include "ledger/acts.h"
#include "report/report.h"

/* Units below `top` (0: the root) on `day`, as known after `known_at`, in official order, each after the one it
 * stands under. A new reference in *out. -ERR_NOTFOUND (unit). */
int report_tree(json_t **out, struct ledger *l, uint32_t top, day_t day, uint64_t known_at,
		struct err *e);
int tree_words(FILE *to, const json_t *j, struct arena *a, struct err *e);

int report_proposals(json_t **out, struct ledger *l, struct arena *a, struct err *e);
int proposals_words(FILE *to, const json_t *list, struct arena *a, struct err *e);

/* `q` asks for the tree as it is on a day, of any basis but BASIS_CLOSED; with `each` of days after days. Printed for
 * one measure. */
int report_bridge(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e);
int bridge_words(FILE *to, const json_t *j, struct ledger *names, const char *measure,
		 enum report_from from, struct arena *a, struct err *e);
int bridge_csv(FILE *to, const json_t *j, const char *measure, struct err *e);

/* Members from the day before `days` to their end: {unit, from, to, known_at, expected, reported, opening, flows,
 * handed, taken_over, handed_over, closing, difference}; null where not everybody has reported. */
int report_balance(json_t **out, struct ledger *l, uint32_t unit, struct period days,
		   uint64_t known, struct arena *a, struct err *e);
int balance_words(FILE *to, const json_t *j, struct ledger *names, struct arena *a, struct err *e);

/* What a kind of unit is called, one of them: there are no districts from 1/7/2025 on. A msgid. */
const char *kind_label(enum unit_kind k, day_t day);
#endif
