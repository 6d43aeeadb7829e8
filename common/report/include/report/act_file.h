/* A decision on reorganisation as a file of changes: act.csv of CONTRACT.md, read by both programs. */
#ifndef REPORT_ACT_FILE_H
#define REPORT_ACT_FILE_H

#include "base/arena.h"
#include "domain/op.h"
#include "ledger/ledger.h"

enum { ACT_FILE_BYTES_MAX = 8 << 20, ACT_FILE_ROWS_MAX = 20000 };

struct act_file {
	struct op_change *changes; /* in the order of the rows */
	size_t count;
};

/* Units that the file makes get the numbers from `next` on. Everything lends from `a`, and from `text`
 * nothing. Failures name the line: -ERR_NOTFOUND (a unit), -ERR_INVALID, -ERR_RANGE, -ERR_NOMEM. */
int act_file_read(struct act_file *out, struct span text, const char *path, struct ledger *l,
		  uint32_t next, struct arena *a, struct err *e);

/* The changes of a proposal for an act of now: units that it makes are given the numbers from `next` on, since
 * its own may be taken by now. Lends from `a` and from what `proposed` lends from. -ERR_NOMEM. */
int act_renumber(struct act_file *out, const struct op_act *proposed, uint32_t next,
		 struct arena *a, struct err *e);

const char *change_word(enum change_what w);  /* "merge", as in the file; NULL unknown */
const char *change_label(enum change_what w); /* for people, a msgid */
#endif
