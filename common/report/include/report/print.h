/* Papers as they go to the printer and to a file: A4 with the Party header, spreadsheets, CSV. Three steps, each
 * of its own:
 *
 *	print_paper()      an answer as JSON, of any command below, becomes a paper: columns, kinds, footnotes
 *	print_head_read()  what the unit's papers say of it: settings of the unit, and what follows from the tree
 *	print_html() ...   one printer for each format; a new format is a new printer
 *
 * For a page of the browser: report_table() (or another answer), print_paper(), print_head_read(), print_html(), and
 * send that as it is, as a document of its own. It needs nothing from elsewhere and has no script; its style is
 * inline, so its Content-Security-Policy is `default-src 'none'; style-src 'unsafe-inline'`, which it also
 * says itself. The browser's own print command makes the PDF.
 *
 * Everything lends from the arena, and from the answer, which must live as long as the paper. */
#ifndef REPORT_PRINT_H
#define REPORT_PRINT_H

#include "base/buf.h"
#include "domain/sheet.h"
#include "report/json.h"
#include "report/paper.h"

/* ---- papers ---- */

enum print_kind {
	PRINT_TABLE,
	PRINT_TOTALS,
	PRINT_RANK,
	PRINT_LAGGARDS,
	PRINT_MONTHS,
	PRINT_SOURCES,
	PRINT_SYNTHESIS, /* a paper that the command itself makes */
	PRINT_FORM,
	PRINT_SHEET,     /* print_sheet() */
	PRINT_BLANK,     /* the same, to be filled in by hand */
	PRINT_COMMENDED, /* whom units put forward */
	PRINT_KINDS
};
const char *print_kind_name(enum print_kind k);     /* "table" */
enum print_kind print_kind_parse(const char *name); /* PRINT_KINDS: none */

/* The paper of an answer of `table`, `totals`, `rank`, `laggards`, `months`, `sources`, `form` or `commend --json` (CONTRACT.md), the mark in it.
 * `names` is asked for the names of units and measures. The order of rows is the answer's: official, unless it was
 * asked otherwise. -ERR_INVALID (another kind, more columns than a paper has), -ERR_NOMEM. */
int print_paper(struct paper **out, enum print_kind kind, const json_t *answer,
		struct ledger *names, struct arena *a, struct err *e);

/* A sheet as the caller sees it: the device that has not sent it yet sees its own ops and what was typed. */
struct print_sheet {
	uint32_t unit;
	const struct form *form;
	struct period period;
	uint64_t known_at; /* of the names; UINT64_MAX: now */
	const struct sheet *now,
		*before; /* of the period, and of print_period_before(); NULL: nothing */
	const struct op_figure *typed; /* over `now`, not signed yet */
	size_t typed_count;
};
/* `blank`: figures are left to be written by hand, save an opening stock that the form takes from the period before. */
int print_sheet(struct paper **out, const struct print_sheet *s, bool blank, struct ledger *l,
		struct arena *a, struct err *e);
/* As many months before as it is long. */
struct period print_period_before(struct period p);

/* ---- the header ---- */

/* "" is nothing; lines are parted by `|`. */
struct print_head {
	const char *superior, *issuer; /* bodies */
	const char *doc_no, *symbol;   /* "Số 12-BC/BTCTU": 12 and BC/BTCTU */
	const char *place;
	day_t date;
	const char *secrecy;
	const char *recipients;
	const char *authority, *title, *signer;             /* T/M, K/T, T/L; as what; who */
	const char *preparer, *phone, *chief_title, *chief; /* of statistical forms */
};

/* Settings of the unit (PROTOCOL.md, kind 37), and without one what follows from the tree on `day`: the bodies' names.
 * `doc_no` and `date` are the caller's. */
int print_head_read(struct print_head *out, struct ledger *l, uint32_t unit, day_t day,
		    struct arena *a, struct err *e);
/* What a person types to change a field, "signer=Nguyễn Văn An", as the setting that says so; names are those of
 * PROTOCOL.md without `print.`. Lends from `typed`. -ERR_INVALID tells which there are. */
struct op;
int print_head_typed(struct op *out, uint32_t unit, const char *typed, struct err *e);
/* Of a setting that this device has made and the log does not have yet. False: it is no setting of papers. "" takes the
 * field back to what follows from the tree, which shows with the next print_head_read(). */
bool print_head_set(struct print_head *h, struct span key, const char *value);
/* {superior, issuer, ...}: names with `_`, no date. */
json_t *print_head_json(const struct print_head *h);

/* "Quảng Nam, ngày 05 tháng 9 năm 2022": a zero before days under 10, and before months 1 and 2 alone. Dots for
 * a pen where there is no place; day 0: instead of the day. */
const char *print_date_line(struct arena *a, const char *place, day_t date);

/* ---- printers ---- */

/* SHA-256 of what the paper says, as hex: title, notes, tables, footnotes, mark; not the header nor who signs. The same question
 * about the same entries in the same language gives the same. "" without memory. */
const char *print_hash(const struct paper *p);
enum { PRINT_HASH_SHOWN = 12 }; /* digits of it on paper */

/* One document for A4. Wide tables lie down. */
int print_html(struct buf *out, const struct paper *p, const struct print_head *h, struct err *e);
/* Cards with codes for new devices, four to a sheet, to be cut apart; as text the same. `address` may be "". */
struct print_card {
	const char *code, *address, *unit, *unit_name, *role; /* for people */
	const char *until;
};
int print_cards_html(struct buf *out, const struct paper *p, const struct print_head *h,
		     const struct print_card *cards, size_t count, struct err *e);
int print_cards_text(struct buf *out, const struct paper *p, const struct print_card *cards,
		     size_t count, struct err *e);
/* As a Vietnamese spreadsheet opens it by double click: BOM, `;`, decimal comma, days as dd/mm/yyyy, text that would
 * be a formula made harmless. */
int print_csv(struct buf *out, const struct paper *p, struct err *e);
/* A sheet to print, and for each table a plain one with its header frozen. Numbers, percentages and days are such,
 * all else is text, and nothing a formula. -ERR_IO: no room for the library's temporary files. */
int print_xlsx(struct buf *out, const struct paper *p, const struct print_head *h, struct err *e);
/* One of the three by the ending of `name`: .html, .xlsx, .csv. -ERR_INVALID for another. */
enum { PRINT_FILE_MAX = 64 << 20 };
int print_file(struct buf *out, const char *name, const struct paper *p, const struct print_head *h,
	       struct err *e);
/* paper_json() with id, subtitle, hash, footnotes. NULL: no memory. */
json_t *print_json(const struct paper *p);
#endif
