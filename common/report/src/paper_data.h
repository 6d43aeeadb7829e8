/* What a paper is made of, for its printers. */
#ifndef REPORT_PAPER_DATA_H
#define REPORT_PAPER_DATA_H

#include "report/paper.h"

enum {
	PAPER_NOTES_MAX = 16,
	PAPER_TABLES_MAX = 16,
	PAPER_COLUMNS_MAX = 40,
	PAPER_FOOTNOTES_MAX = 24
};

struct paper_cell {
	bool has;
	const char *text;
	int64_t num, den; /* a number or a day: num */
};

struct paper_line {
	const char *code, *label;
	struct paper_cell *cells; /* one for each column of the table */
	unsigned indent;
	bool total;
};

struct paper_head {
	const char *code, *title;
	const char *group; /* NULL: stands alone */
	enum paper_kind kind;
};

struct paper_part {
	const char *code, *title, *label;
	struct paper_head columns[PAPER_COLUMNS_MAX];
	size_t column_count, cell;
	const char *group; /* of the columns to come */
	struct paper_line *rows;
	size_t row_count, row_cap;
	bool numbered;
	const char *footnotes[PAPER_FOOTNOTES_MAX];
	size_t footnote_count;
};

struct paper {
	struct arena *arena;
	const char *title, *subtitle, *id, *form, *mark, *notes[PAPER_NOTES_MAX];
	size_t note_count;
	struct paper_part tables[PAPER_TABLES_MAX];
	size_t table_count;
	bool statistical, failed;
};

/* As in the JSON: "81.46". */
const char *paper_decimal(const struct paper *p, const struct paper_head *column,
			  const struct paper_cell *c);
bool paper_is_mean(const struct paper_head *column, const struct paper_cell *c);
/* As people read it; "" where it is not known. */
const char *paper_shown(const struct paper *p, const struct paper_head *column,
			const struct paper_cell *c);
/* -ERR_NOMEM for a paper that failed while it was made, or is NULL. */
int paper_whole(const struct paper *p, struct err *e);
#endif
