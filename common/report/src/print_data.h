/* What the printers of papers share. */
#ifndef REPORT_PRINT_DATA_H
#define REPORT_PRINT_DATA_H

#include "paper_data.h"
#include "report/print.h"

enum { PRINT_BYTES_MAX = 64 << 20, PRINT_QR_MAX = 64 /* modules to a side */ };

/* Who signs on the right: of a statistical form the chief, or, where only a deputy is named, that one. */
struct print_signer {
	const char *authority, *title, *name;
};
struct print_signer print_signer(const struct paper *p, const struct print_head *h);
/* "12-BC/BTCTU"; dots where the number is to be written by hand. */
const char *print_number(const struct paper *p, const struct print_head *h);
const char *print_upper(const struct paper *p, const char *text);
/* The first digits of the hash, and what the QR code says: "KETNAP id digits". */
const char *print_short_hash(const struct paper *p);
const char *print_proof(const struct paper *p);

/* The next line of a text parted by `|`; false when there is none. */
bool print_line(struct span *line, const char **rest);

/* Dark modules row by row; returns how many to a side, 0 without memory or room. */
size_t print_qr(uint8_t out[PRINT_QR_MAX * PRINT_QR_MAX], const char *text);

/* Of a document for A4: from <!doctype> to the end of the style, inside <head>; the Party header, title, notes; text in
 * which nothing is markup. */
void print_begin(struct buf *out, const struct paper *p);
void print_style(struct buf *out, const struct paper *p);
void print_top(struct buf *out, const struct paper *p, const struct print_head *h);
void print_escaped(struct buf *out, struct span text);

/* Too wide to stand upright? */
bool print_lies(const struct paper *p);
bool print_grouped(const struct paper_part *t);
/* Columns from `at` on that stand under one head. */
size_t print_group_width(const struct paper_part *t, size_t at);
#endif
