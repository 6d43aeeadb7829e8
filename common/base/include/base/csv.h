/* Reads a CSV file that somebody else wrote: UTF-8 with or without BOM, `,` or `;` (found from the
 * header), CRLF or LF, quotes doubled, columns by name in any order. Every complaint names line and
 * column. The whole text is in memory; fields lend from an arena. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/err.h"

struct csv_column {
	const char *name;
	bool required;     /* the header must have it */
	bool may_be_empty; /* else an empty field of a required column is refused */
};

struct csv;

/* Read the header and match it to `columns`. Refused, with line and column named: text that is not
 * UTF-8 (with a guess of the legacy encoding), text of an old font that was saved as UTF-8, a missing, unknown or repeated column. `text` and
 * `columns` must outlive the reader. */
int csv_open(struct csv **out, struct span text, const struct csv_column *columns, size_t count,
	     struct err *e);
void csv_close(struct csv *c);

/* The next row that is not empty: fields[i] belongs to columns[i] (data NULL when the file has no
 * such column), trimmed, NFC. Returns 1, 0 at the end, or an error for this row (too many or too few
 * fields, an open quote, a required field empty); the next call goes on with the next row where that
 * is possible. Fields are valid until the next call. */
int csv_next(struct csv *c, struct span *fields, struct err *e);

/* The physical line on which the current row began, from 1. */
size_t csv_line(const struct csv *c);

/* Write one field, quoted when it must be; a field that a spreadsheet would run as a formula
 * (begins with = + - @ tab, and is not a number) gets a leading apostrophe. */
struct buf;
void csv_field(struct buf *out, struct span field, bool first);
#endif
