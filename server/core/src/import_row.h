/* What the importers share: one file being read, its rows as cells, and its problems. */
#ifndef SERVER_IMPORT_ROW_H
#define SERVER_IMPORT_ROW_H

#include "base/csv.h"
#include "base/text.h"
#include "server/import.h"

enum { COLUMNS_MAX = 20 };

struct import {
	struct ledger *l;
	const struct import_how *how;
	struct import_result *out;
	struct arena *a;
	struct err *e;
	const struct csv_column *columns;
	size_t column_count;
	struct row {
		size_t line;
		struct span cells[COLUMNS_MAX];
	} * rows;
	size_t row_count, row_cap, end_line;
	/* the style a column was written in first; another one is refused */
	int date_style[COLUMNS_MAX], grouping[COLUMNS_MAX]; /* -1 unknown */
	int percent_comma[COLUMNS_MAX];
	struct span source;     /* "import figures.csv" */
	struct tree_work *tree; /* of a tree: NULL before its first chunk */
	struct err say;         /* the problem or note being said */
};

/* Note a problem, a msgid and its arguments, and return 0: reading goes on to name the others. `column`
 * is -1 for the row as a whole. */
#define problem(im, row, column, ...) \
	problem_add(im, row, column, (err_set(&(im)->say, ERR_INVALID, __VA_ARGS__), &(im)->say))
int problem_add(struct import *im, const struct row *row, int column, const struct err *why);
/* What people should know though nothing is wrong. */
#define note(im, ...) note_add(im, (err_set(&(im)->say, ERR_INVALID, __VA_ARGS__), &(im)->say))
void note_add(struct import *im, const struct err *what);

/* Cells. Each notes a problem and returns false when the cell is wrong; an empty cell gives the zero value
 * and true (csv_open has refused empty ones where they must not be). */
bool cell_date(struct import *im, const struct row *row, int column, day_t *out);
bool cell_count(struct import *im, const struct row *row, int column, int64_t *out);
bool cell_percent(struct import *im, const struct row *row, int column, int64_t *digits,
		  uint8_t *decimals);
bool cell_unit(struct import *im, const struct row *row, int column, const struct unit **out);
bool cell_measure(struct import *im, const struct row *row, int column);

/* The column that a refusal is about, by its code; 0: the row as a whole. */
#define AT_COLUMN(column) ((uint8_t)((column) + 1))
typedef const uint8_t code_columns[CODES];
/* Perform the act of a row: a refusal becomes a problem (true: go on), else the error is passed on. */
int row_act(struct import *im, const struct row *row, const struct op *op, const uint8_t *columns);

/* The importers: rows are read; check them, then act. */
int import_tree(struct import *im, size_t from, size_t to);
int import_members(struct import *im, size_t from, size_t to);
int import_targets(struct import *im, size_t from, size_t to);
int import_claims(struct import *im, size_t from, size_t to);
int import_figures(struct import *im, size_t from, size_t to);
/* Do rows `i` and `i + 1` belong together, so that no chunk may end between them? */
bool figures_together(const struct import *im, size_t i);

enum {
	TREE_CODE,
	TREE_PARENT,
	TREE_KIND,
	TREE_NAME,
	TREE_REPORTS,
	TREE_OPENED,
	TREE_CLOSED,
	TREE_ACT,
	TREE_ORDER,
	TREE_TYPE,
	TREE_TAGS,
	TREE_CONTACT,
	TREE_PHONE
};
enum { MEMBERS_UNIT, MEMBERS_DATE, MEMBERS_MEMBERS };
enum {
	TARGET_UNIT,
	TARGET_PERIOD,
	TARGET_MEASURE,
	TARGET_GROUP,
	TARGET_INSTRUMENT,
	TARGET_DOC_NO,
	TARGET_DOC_DATE,
	TARGET_TYPE,
	TARGET_VALUE,
	TARGET_VALUE_MAX,
	TARGET_RATE_COLUMN,
	TARGET_BASE_DATE,
	TARGET_BASE_VALUE,
	TARGET_ISSUER,
	TARGET_PER,
	TARGET_SUPERSEDES,
	TARGET_REASON
};
enum {
	FIGURES_UNIT,
	FIGURES_FORM,
	FIGURES_FROM,
	FIGURES_TO,
	FIGURES_MEASURE,
	FIGURES_VALUE,
	FIGURES_APPROX,
	FIGURES_SOURCE,
	FIGURES_STATUS
};
enum {
	CLAIM_ID,
	CLAIM_UNIT,
	CLAIM_FROM,
	CLAIM_TO,
	CLAIM_MEASURE,
	CLAIM_VALUE,
	CLAIM_PERCENT,
	CLAIM_OF_COLUMN,
	CLAIM_INSTRUMENT,
	CLAIM_SOURCE,
	CLAIM_OF_DATE,
	CLAIM_DOC_NO,
	CLAIM_APPROX_COLUMN,
	CLAIM_HOW_COLUMN
};
#endif
