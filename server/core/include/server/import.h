/* CSV files into the ledger: every row understood before the first is written, all of them or none. Each
 * bad row is named by line, column and reason. Columns: CONTRACT.md. */
#ifndef SERVER_IMPORT_H
#define SERVER_IMPORT_H

#include "base/arena.h"
#include "ledger/ledger.h"

enum import_kind { IMPORT_TREE, IMPORT_MEMBERS, IMPORT_TARGETS, IMPORT_FIGURES, IMPORT_CLAIMS };
bool import_kind_parse(enum import_kind *out, const char *name);

enum {
	IMPORT_ROWS_MAX = 20000,
	IMPORT_PROBLEMS_MAX = 50,
	IMPORT_PREVIEW_ROWS = 5,
	IMPORT_NOTES_MAX = 20
};

struct import_problem {
	size_t line;
	struct err why; /* "line 7, column parent: ..." */
};

struct import_how {
	const char *by;     /* "console:root" */
	const char *file;   /* its name, for `source` */
	const char *reason; /* of all that it brings, where figures need one; NULL: none */
	int64_t now_ms;
	bool dry_run; /* everything but the commit */
	bool chunked; /* more than IMPORT_ROWS_MAX rows, in transactions of at most so many */
	const struct ed25519_key *key;
	/* called between chunks; may be NULL */
	void (*progress)(void *ctx, size_t done, size_t all);
	void *ctx;
};

struct import_result {
	size_t rows;      /* data rows in the file */
	size_t entries;   /* written, or that would be (dry run) */
	size_t skipped;   /* rows of chunks that an earlier run had written */
	size_t stands;    /* rows that stand already, to the letter: they make no entry */
	size_t done_line; /* chunked: the last line that is in the store, 0 none */
	const char *preview[IMPORT_PREVIEW_ROWS]; /* the first rows, as understood */
	size_t preview_count;
	struct err notes
		[IMPORT_NOTES_MAX]; /* plan entries made, figures that became claims; no failures */
	size_t note_count;          /* all of them; only the first IMPORT_NOTES_MAX are kept */
	struct import_problem problems[IMPORT_PROBLEMS_MAX];
	size_t problem_count; /* all of them; only the first IMPORT_PROBLEMS_MAX are kept */
};

/* Commits, unless dry_run. -ERR_INVALID when the file has problems (they are in *out, and the error says
 * the first), with nothing written; with `chunked`, chunks before the bad one stay (done_line says how
 * far), and running the same file again goes on after them. Everything lends from `a`. */
int import_csv(struct import_result *out, struct ledger *l, enum import_kind kind, struct span text,
	       const struct import_how *how, struct arena *a, struct err *e);
#endif
