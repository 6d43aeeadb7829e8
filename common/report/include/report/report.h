/* Totals, tables and claims as CONTRACT.md describes their JSON, and what people see, which is made of
 * that JSON alone: an answer that came over the wire looks like one from the own store. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/arena.h"
#include "base/buf.h"
#include "report/json.h"
#include "report/question.h"

/* ---- answers ---- */

/* A new reference in *out, with the mark of the ledger in it. `a` is for the work only. -ERR_NOTFOUND (unit,
 * measure), -ERR_RANGE (overflow, a period upside down, an entry beyond the last). */
int report_totals(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e);
/* The same of the days after days that `q->each` makes of its days. */
int report_series(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e);
int report_table(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		 struct err *e);
/* The table of the units directly below over days after days. -ERR_RANGE also over TABLE_PLACES_MAX. */
int report_table_each(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		      struct err *e);
int report_claims(json_t **out, struct ledger *l, struct arena *a, struct err *e);

/* Figures on behalf that gave way to other values, of all units held or of one. A new reference in *out. */
int report_differences(json_t **out, struct ledger *l, uint32_t unit, bool one_unit,
		       struct arena *a, struct err *e);

/* One target, as it stands in totals; what it counts may be added to it. */
json_t *report_target(const struct target_line *t);
json_t *report_rate(const struct op_target *t); /* "3.5", of a rate */
/* {day, attained, attained_percent, excess} where the unit's territory is not what it was when the target was given to it;
 * else, and of NULL, null. */
json_t *report_comparable(const struct target_line *t);
/* A line about it, `who` it is about first; nothing of null. */
void comparable_words(FILE *to, const char *who, const json_t *comparable, struct arena *a);

/* What devices of `unit` and below it declared that they hold, as far as they stand below `scope` (0: all) today. */
int report_held(json_t **out, struct ledger *l, uint32_t unit, uint32_t scope, day_t today,
		struct arena *a, struct err *e);

/* The answer to a Query (PROTOCOL.md, section 10) into `out`, as one JSON text: what the server's own
 * command prints for the same question, without its white space. Who may ask is the caller's to judge; `scope`: the unit of the device that asks,
 * 0 for whoever may see all. */
int report_answer(struct buf *out, struct ledger *l, const struct wire_query *w, uint32_t scope,
		  day_t today, struct err *e);

/* ---- for people ---- */

/* Where an answer comes from. */
enum report_from { REPORT_STORE /* the whole */, REPORT_HERE /* this device */, REPORT_SERVER };

/* `names` is asked for the names of units and measures that the JSON has as codes. */
int totals_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		 struct arena *a, struct err *e);
int series_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		 struct arena *a, struct err *e);
int table_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		struct arena *a, struct err *e);
/* Of one measure: that which was asked for, else who was admitted. */
int table_each_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		     struct arena *a, struct err *e);
void differences_words(FILE *to, const json_t *list, struct ledger *names, struct arena *a);
int claims_words(FILE *to, const json_t *list, struct arena *a, struct err *e);

/* With a BOM, and the mark as a comment of its own line. */
int series_csv(FILE *to, const json_t *j, struct err *e);
int table_csv(FILE *to, const json_t *j, struct err *e);
int table_each_csv(FILE *to, const json_t *j, struct err *e);

/* "decision 426-QĐ/TU", of a target's JSON. */
const char *target_words(struct arena *a, const json_t *target);
/* show_number() of an integer; "" for null. */
const char *number_words(struct arena *a, const json_t *n);
#endif
