/* A file of CSV that a command prints for other programs. */
#ifndef REPORT_CSV_OUT_H
#define REPORT_CSV_OUT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdio.h>

/* `b` is made, with the first bytes of a file that spreadsheets open by double click and the mark of an illustrative store
 * or NULL. csv_end() ends it. */
void csv_begin(struct buf *b, const char *mark);
/* Writes it, and ends `b` whether or not it succeeds. -ERR_NOMEM: it was too long, and nothing is written. */
int csv_end(struct buf *b, FILE *to, struct err *e);
#endif
