/* Monthly sheets of the illustrative province, as ops ready to be sent: what a clerk of each grassroots
 * organisation types, signed by its approver. */
#ifndef BENCH_SHEETS_H
#define BENCH_SHEETS_H

#include "base/arena.h"
#include "crypto/hash.h"
#include "domain/form.h"
#include "domain/op.h"

#include "province.h"

struct sheets {
	struct province *province;
	struct arena *arena; /* the form lives here */
	struct form *form;
	struct span text; /* of the form's file */
	int first_year;
	unsigned months; /* from January of first_year on */
};
void sheets_open(struct sheets *s, int first_year, int last_year);
void sheets_close(struct sheets *s);
struct period sheets_month(const struct sheets *s, unsigned month);

/* Who writes, and where its chain stands. */
struct author {
	uint64_t device;
	uint32_t epoch, unit, person;
	size_t reporter;   /* place in province_reporters() */
	uint64_t seq;      /* of the last op made, 0 none */
	struct hash chain; /* h(seq) */
	struct op_base base;
};

struct typed_sheet {
	struct op op;
	struct op_figure figures[PROVINCE_FIGURES_MAX];
	struct op_id seen[1];
};
/* The sheet of month `month` (from 0). `before`: the author's own op that wrote it already, which this one
 * replaces, with a reason; NULL for the first. `out` stays where it is while its op is used. */
void sheets_make(const struct sheets *s, struct typed_sheet *out, const struct author *by,
		 unsigned month, const struct op_id *before);

/* The same as an act of the console, as an import of history makes it. */
void sheets_import(const struct sheets *s, struct typed_sheet *out, size_t reporter, uint32_t unit,
		   unsigned month);

/* Make the op the author's next one: body and envelope, appended to empty buffers; the chain moves on. */
void author_pack(struct author *by, const struct op *op, struct buf *envelope, struct buf *body);
#endif
