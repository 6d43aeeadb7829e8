/* JSON as CONTRACT.md describes it: what all reports share, and the mark that none goes without. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/dates.h"
#include "base/span.h"
#include "ledger/ledger.h"

#include <jansson.h>
#include <stdio.h>

/* ---- the mark ---- */

extern const char illustrative_mark[];

enum mark { MARK_UNKNOWN /* no store says */, MARK_NO, MARK_YES };
enum mark mark_of(const struct ledger *l); /* NULL: unknown */
json_t *mark_json(enum mark m);            /* the text, false, or null where nothing says */
void mark_print(FILE *to, enum mark m);    /* a line, for an illustrative store */

/* An empty list has no element to bear the mark: it is said on `say`, beside the data. */
void mark_print_empty(FILE *say, const json_t *j, enum mark m);

/* Print `j` and release it: what comes from an illustrative store bears the mark, an object itself and
 * each of a list. No option takes it off. -ERR_NOMEM, also for a `j` that is NULL. */
int json_print(FILE *to, json_t *j, enum mark m, struct err *e);

/* ---- values ---- */

json_t *json_span(struct span s);
json_t *json_day(day_t d);
json_t *json_instant(int64_t ms); /* null for 0, which is never */
/* "81.46", half up; null when den <= 0. */
json_t *json_percent(int64_t num, int64_t den);
/* {incarnation, lsn, time} */
json_t *json_known(const struct ledger *l, uint64_t lsn, int64_t ms);
/* The same of query_seen(). A new reference in *out. */
int json_seen(json_t **out, struct ledger *l, uint64_t known_at, struct arena *a, struct err *e);

/* ---- as text ---- */

/* The text of `j`, to be freed; NULL without memory, and for a `j` that is NULL. What is kept, hashed or sent is written by
 * this: json_dumps() of jansson 2.14 leaves out the name of a member for which it finds no memory, and calls it done. */
char *json_whole(const json_t *j, size_t flags);

/* ---- and back ---- */

const char *text_at(const json_t *j, const char *key); /* "" when absent or no text */
int64_t number_at(const json_t *j, const char *key);   /* 0 when absent or no number */
#endif
