/* What the files of this room lend each other. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "report/csv_out.h"
#include "report/report.h"

const char *basis_name(enum query_basis basis); /* "signed" */

/* What report_totals() and report_series() answer, as JSON text, appended; what does not fit makes `b` fail. */
int totals_text(struct buf *b, struct ledger *l, const struct question *q, struct arena *a,
		struct err *e);
int series_text(struct buf *b, struct ledger *l, const struct question *q, struct arena *a,
		struct err *e);

int table_each_text(struct buf *b, struct ledger *l, const struct question *q, struct arena *a,
		    struct err *e);

/* Series over the same days. `listed`: a list of what each says, else there is one alone. */
struct series_rows {
	const struct series *list;
	size_t count;
	bool listed;
};
/* What a series and a table of them have in common: an object is opened, and what was asked and as known when (takes over
 * `known`) stand in it. */
void series_head(struct buf *b, struct ledger *l, const struct question *q, json_t *known);
/* The newest entry that any of them saw; of one period and one series at least. */
json_t *series_known(struct ledger *l, const struct series_rows *rows);
/* The lists, within an object that is open: of the days those of `days`, a place for each period; of everything else
 * what `rows` say. `measure` 0: all. */
void series_columns(struct buf *b, struct ledger *l, const struct series *days,
		    const struct series_rows *rows, uint16_t measure);
/* One more field of a line of CSV: empty where the number is not known. */
void csv_number(struct buf *b, const json_t *n);

/* "09/2022": of the period of a series that ends on that day. */
const char *series_period_words(struct arena *a, const char *each, const char *to_iso);

/* {kind: how many at the end of the range} */
json_t *json_unit_kinds(const struct totals *t);

/* Sheets that the plan asks for and nobody had signed when their period was closed: a new list in *out. */
int json_missing(json_t **out, struct ledger *l, const struct totals *t, struct arena *a,
		 struct err *e);
/* A line of each unit. */
void missing_lines(FILE *to, const json_t *list);

/* Is the target by the document that was asked for? */
bool target_asked(const struct question *q, const struct op_target *t);

/* What two documents say of the same, the later less the earlier; of one measure alone, 0: of all. */
json_t *json_differences(struct ledger *l, const struct totals *t, uint16_t measure);
/* The documents that a table has columns of. A server of before does not list them: the unit's own targets then name
 * them, and those that it has not are null. */
const json_t *instruments_of(const json_t *table);
/* A line of each. */
void difference_lines(FILE *to, const json_t *list, struct ledger *names, struct arena *a);
/* What the units directly below were given by a target's document, and by how much that is not the same;
 * nothing where they were given none. */
void below_line(FILE *to, const char *before, const json_t *target, struct arena *a);

/* "kept" or "exceeded", of what a target says of its limit. */
const char *limit_words(const json_t *kept);
/* ", amended by entry 45" of an earlier version; nothing of one in force. */
void version_words(FILE *to, const json_t *target);

/* "known at entry 77, 22/09/2022 16:00; tree as-was; sheets signed". */
const char *known_text(struct arena *a, const json_t *j, enum report_from from);
/* The same as a line, and the report's hash where it has one. */
void known_words(FILE *to, const json_t *j, enum report_from from, struct arena *a);
/* Whose totals, of which days, known when. */
void head_lines(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		struct arena *a);
/* "đã gửi, gửi muộn, có hai giá trị" of a row of the board: each axis in its own words, nothing where there is
 * nothing to say. */
const char *month_cell_words(struct arena *a, const json_t *row);
/* How many sheets are not as they were signed, or do not agree with the rules of their form; nothing of none. */
void marked_line(FILE *to, const json_t *counts);
/* Number and day of the act that an entry is; "" and 0 of one that is none. */
struct act_named {
	const char *no;
	day_t effective;
};
int act_name(struct act_named *out, struct ledger *l, uint64_t lsn, struct arena *a, struct err *e);
#endif
