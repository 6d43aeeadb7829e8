/* A report of several tables before it has a format: what stands in it is said once, and each format is a printer
 * of its own. Everything lends from the arena. A call without memory is remembered, and the printers tell it. */
#ifndef REPORT_PAPER_H
#define REPORT_PAPER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/dates.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum paper_kind { PAPER_TEXT, PAPER_NUMBER, PAPER_PERCENT, PAPER_DAY };

struct paper;

struct paper *paper_new(struct arena *a,
			const char *title); /* NULL: no memory, which all below take */
/* What holds for all of it: which months, known when. */
void paper_note(struct paper *p, const char *text);
/* `code` is for scripts and keeps its meaning; `title` is for people. */
void paper_table(struct paper *p, const char *code, const char *title);
void paper_column(struct paper *p, const char *code, const char *title, enum paper_kind kind);
/* The columns from here on stand under this head, until the next one; NULL: alone again. */
void paper_group(struct paper *p, const char *title);
/* What stands over the labels of rows; `numbered`: rows are counted, totals not. */
void paper_label(struct paper *p, const char *title, bool numbered);
/* Below the table, in this order. */
void paper_footnote(struct paper *p, const char *text);
void paper_row(struct paper *p, const char *code, const char *label);
/* Of the row just begun: it sums up the others; it is part of one above, so many steps in. */
void paper_total(struct paper *p);
void paper_indent(struct paper *p, unsigned depth);
/* The next cell of the row, in the order of the columns. Not known: has false; a percentage with den <= 0. */
void paper_text(struct paper *p, const char *text);
void paper_number(struct paper *p, bool has, int64_t n);
/* An average in a column of numbers, two decimals: of the sum and the count, never of averages. Not known with count <= 0. */
void paper_mean(struct paper *p, bool has, int64_t sum, int64_t count);
void paper_percent(struct paper *p, bool has, int64_t num, int64_t den);
void paper_decimal_percent(struct paper *p, const char *decimal); /* "81.46"; NULL: not known */
void paper_day(struct paper *p, bool has, day_t day);

/* What print.h needs of a paper that goes on paper: `id` names question and answer and is the same for the same
 * ones; `subtitle` says of whom and when. */
void paper_about(struct paper *p, const char *id, const char *subtitle);
/* It is a statistical form; `number` is its own, NULL: none. */
void paper_form(struct paper *p, const char *number);
/* From a store that bears one (report/json.h); NULL: none. Nothing takes it off. */
void paper_mark(struct paper *p, const char *mark);

int paper_words(const struct paper *p, FILE *to, struct err *e);
/* A line for each cell that is known: table, row, label, column, value. Numbers plain, percentages as 81.46. */
int paper_csv(const struct paper *p, struct buf *out, struct err *e);
/* {title, notes, tables: [{code, title, columns, rows: [{code, label, cells: {code: value}}]}]}; NULL: no memory. */
json_t *paper_json(const struct paper *p);
#endif
