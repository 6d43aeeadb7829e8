/* A holder of a part of the log: a device. Its ledger is the entries that the feed brought, applied in
 * order of lsn, nothing else. Beside them stand the holder's own tables, PART_TABLE and up, written in
 * the same batches and commits. */
#ifndef LEDGER_PART_H
#define LEDGER_PART_H

#include "domain/calendar.h"
#include "ledger/ledger.h"

enum { PART_TABLE = 32 };

/* What a device pinned at enrolment. */
struct part_birth {
	uint8_t store[16], incarnation[16], log_key[32];
};

/* More rows for the commit at hand. Called once, in the batch of `l`. */
typedef int part_extra(struct ledger *l, void *ctx, struct err *e);

/* Make an empty part, with what `extra` (may be NULL) writes, in one commit. Open it with ledger_open and
 * the unit as scope. -ERR_EXISTS when there is a store. */
int part_create(struct kv *kv, const struct part_birth *b, part_extra *extra, void *ctx,
		struct err *e);

/* Where a base that is built anew gets its entries. */
struct part_source {
	uint8_t table; /* 0: the present log itself; else a table of the holder, in order of its keys */
	size_t skip;      /* bytes before the entry in a row of that table */
	uint64_t through; /* entries beyond this lsn are left out */
};
/* Told each entry of the source before it is put, with the bytes before it in its row; or, `beyond`, that
 * it is left out. May write rows of the holder's other tables. Negative: the whole fails with it. */
typedef int part_each(struct ledger *l, void *ctx, const struct entry *en, struct span bytes,
		      struct span before, bool beyond, struct err *e);
/* Replace base by what `from` gives, in one commit with the rows of `each` and `extra`. *l is the new
 * ledger then; after a failure it is the old one and nothing has changed (but -ERR_FATAL: see kv_commit). */
int part_rebuild(struct ledger **l, const struct part_source *from, part_each *each,
		 part_extra *extra, void *ctx, struct err *e);

/* ---- the holder's rows: checked as all others are; in a batch ---- */
int part_put(struct ledger *l, uint8_t table, struct span key, struct span payload, struct err *e);
int part_del(struct ledger *l, uint8_t table, struct span key, struct err *e);
/* Copies the payload into `out` (reset first). In a batch it sees the batch. -ERR_NOTFOUND. */
int part_get(struct ledger *l, uint8_t table, struct span key, struct buf *out, struct err *e);
/* Rows whose key begins with `prefix`, upward. Inside a batch: as they were before it. `each` returns 0 to
 * go on, 1 to stop, or an error; key and payload are lent for the call, in which nothing is written. */
int part_walk(struct ledger *l, uint8_t table, struct span prefix,
	      int (*each)(void *ctx, struct span key, struct span payload, struct err *e),
	      void *ctx, struct err *e);

/* ---- questions that only a holder asks ---- */

/* lsn of the last entry held of this unit (0: the control entries), 0 none. */
int part_unit_head(struct ledger *l, uint32_t unit, uint64_t *lsn, struct err *e);
/* Fold an op that has no entry yet into `s`, as apply() will once it has one. */
int part_fold(struct ledger *l, struct sheet *s, uint32_t author_unit, uint64_t lsn,
	      const struct op_id *id, const struct op *op, enum op_code *code, struct err *e);
/* The sheets of the part, by last day. As part_walk. */
int part_sheets(struct ledger *l,
		int (*each)(void *ctx, uint32_t unit, uint8_t form, struct period p,
			    const struct sheet *s, struct err *e),
		void *ctx, struct err *e);
int part_calendar(struct ledger *l, uint8_t form, struct calendar *out, struct err *e);
/* By what steps the unit reports the form on that day; PLAN_NONE: it does not. *whole is the interval. */
int part_step(struct ledger *l, uint32_t unit, uint8_t form, day_t day, enum plan_step *step,
	      struct period *whole, struct err *e);
/* The latest number of members known for a day up to `day`. -ERR_NOTFOUND. */
int part_members(struct ledger *l, uint32_t unit, day_t day, int64_t *members, struct err *e);
/* Did others go over into the unit, whole or in part, with effect from just this day? */
bool part_took_over(const struct ledger *l, uint32_t unit, day_t day);
/* The number of that very day alone. -ERR_NOTFOUND. */
int part_members_on(struct ledger *l, uint32_t unit, day_t day, int64_t *members, struct err *e);
/* The days of a flash of `unit` up to `day`. */
int part_flash(struct ledger *l, uint32_t unit, uint8_t form, day_t day, struct period *out,
	       struct err *e);
/* The newest request that asks `unit` for `form` of that day; *lsn 0 when there is none. */
int part_request(struct ledger *l, uint32_t unit, uint8_t form, day_t day, uint64_t *lsn,
		 struct err *e);
/* The entry that closed the period for the unit, 0: it is open, or open again at `now_ms`. */
int part_closed(struct ledger *l, uint32_t unit, uint8_t form, struct period p, int64_t now_ms,
		uint64_t *lsn, struct err *e);
/* May an accepted entry of this kind be applied by this program? */
bool part_knows(enum op_kind kind);
#endif
