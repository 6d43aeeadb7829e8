/* A report of several tables before it has a format: what stands in it is said once, and each format is a printer
 * of its own. Everything lends from the arena. A call without memory is remembered, and the printers tell it. */
#ifndef REPORT_PAPER_H
#define REPORT_PAPER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum paper_kind { PAPER_TEXT, PAPER_NUMBER, PAPER_PERCENT };

struct paper;

struct paper *paper_new(struct arena *a,
			const char *title); /* NULL: no memory, which all below take */
/* What holds for all of it: which months, known when. */
void paper_note(struct paper *p, const char *text);
/* `code` is for scripts and keeps its meaning; `title` is for people. */
void paper_table(struct paper *p, const char *code, const char *title);
void paper_column(struct paper *p, const char *code, const char *title, enum paper_kind kind);
void paper_row(struct paper *p, const char *code, const char *label);
/* The next cell of the row, in the order of the columns. Not known: has false; a percentage with den <= 0. */
void paper_text(struct paper *p, const char *text);
void paper_number(struct paper *p, bool has, int64_t n);
void paper_percent(struct paper *p, bool has, int64_t num, int64_t den);

int paper_words(const struct paper *p, FILE *to, struct err *e);
/* A line for each cell that is known: table, row, label, column, value. Numbers plain, percentages as 81.46. */
int paper_csv(const struct paper *p, struct buf *out, struct err *e);
/* {title, notes, tables: [{code, title, columns, rows: [{code, label, cells: {code: value}}]}]}; NULL: no memory. */
json_t *paper_json(const struct paper *p);
#endif
