/* What the files of this room share: the ledger's body, rows as structs, and the store as they see it. */
#ifndef LEDGER_INTERNAL_H
#define LEDGER_INTERNAL_H

#include "keys.h"
#include "ledger/query.h"
#include "ledger/register.h"
#include "overlay.h"

#include "crypto/merkle.h"
#include "domain/calendar.h"
#include "domain/rights.h"

#include <assert.h>

enum {
	BATCH_BUDGET = 512 << 20,
	SCRATCH_BUDGET = 4 << 20,
	FORMS_MAX = 64,
	ROW_VERSION = 1,
	/* A country's table asks for twelve months of each of its provinces; what is kept of them may be 32 MB. */
	DUTY_SLOTS = 1024,
	DUTY_HEADS = 256,
	DUTY_UNITS_MAX = 4 << 20,
	RANGE_SLOTS = 32,
	RANGE_KEYS = 16
};

struct form_slot {
	uint8_t no;
	uint16_t version;
	uint64_t lsn;
	struct form *form;
	struct arena *arena;
};

/* An entry of one unit that another one reads too: a target that an act gave it, a late op that a decision
 * lets count for it. */
struct handed {
	uint64_t lsn, by_lsn; /* the entry; the act, or the decision */
	uint32_t into;
	bool stays; /* with its unit: a late op that the decision lets count for other days, on which that may stand elsewhere */
};

/* An entry of a part whose unit's entry before is not here; and which of the unit's is the last one before it that is, 0: none. */
struct hole {
	uint64_t lsn, before;
};

/* Which periods and forms have sheets inside these days, of whichever unit. */
struct range_slot {
	uint64_t lsn; /* at this tip; 0: nothing is kept here */
	struct period range;
	size_t count;
	struct sheet_key keys[RANGE_KEYS]; /* their units say nothing */
};

struct ledger {
	struct kv *kv;
	uint32_t scope;
	struct ledger_info info;      /* as committed, or as the batch has made it */
	struct ledger_info committed; /* what an abort goes back to */
	struct tree *tree;
	struct tree *tree_before; /* once an act of this batch has made another one; else NULL */
	struct form_slot
		forms[FORMS_MAX]; /* in the order of their entries or rows: new ones last */
	size_t form_count, forms_committed;
	struct merkle_frontier frontier, frontier_committed;
	struct overlay *overlay;
	struct kv_txn *txn; /* the batch's, or a short reading one */
	unsigned reading;   /* nested read_enter() */
	uint64_t tip_read;  /* the tip as the reading transaction has it; 0: not looked at yet */
	bool in_batch;
	struct hole *holes; /* of the batch's entries, ascending */
	size_t hole_count, hole_cap;
	struct arena *scratch;                    /* one entry's decoding */
	struct buf row;                           /* rows are built here */
	struct duty_slot *duties[DUTY_SLOTS];     /* of what is committed; the next to give way */
	struct duty_slot *duty_heads[DUTY_HEADS]; /* the same, found by what was asked */
	size_t duty_next, duty_units;             /* units in all of them */
	struct duty_roll *roll; /* what they are made of; NULL: nobody has asked yet */
	struct range_slot ranges[RANGE_SLOTS];
	size_t range_next;
	const struct holidays *holidays; /* for deadlines in working days; NULL: not known */
	struct handed *handed; /* ascending by entry; of what is committed, once somebody asks */
	size_t handed_count;
	bool handed_known;
	/* First entries of days, once somebody asked: they stay that. */
	struct {
		day_t day;
		uint64_t lsn;
	} first_on[32];
	size_t first_on_next; /* gives way */
	/* Units from which something may follow: see follow_note(). More than fit: all. */
	uint32_t follow[32];
	size_t follow_count;
	bool scan_only; /* totals by walking past all sheets, as if there were no aggregates */
};

/* ---- store.c: checked rows through the overlay ---- */

/* Outside a batch, open a reading transaction for what follows; inside, nothing. Pairs nest. */
int read_enter(struct ledger *l, struct err *e);
void read_leave(struct ledger *l);

/* The payload of a row; lent until the next write. -ERR_NOTFOUND, -ERR_CORRUPT, -ERR_VERSION. */
int row_get(struct ledger *l, enum table t, struct key key, struct rd *payload, struct err *e);
/* Begin a row in l->row, write the payload with buf_*, then row_put. */
struct buf *row_begin(struct ledger *l);
int row_put(struct ledger *l, enum table t, struct key key, struct err *e);
int row_del(struct ledger *l, enum table t, struct key key, struct err *e);
/* For walks over committed rows: the payload of a stored value. */
int row_open(struct rd *payload, enum table t, struct span value, struct err *e);
const char *table_name(enum table t);
/* A row read to its end without failure, else -ERR_CORRUPT naming the table. */
int row_done(const struct rd *r, enum table t, struct err *e);

/* ---- rows.c ---- */
struct plan_row {
	struct plan_interval {
		uint8_t form;
		struct period period; /* to DAY_MAX: no end */
		enum plan_step step;
		uint64_t lsn;
	} * intervals;
	size_t count;
	uint64_t changed_lsn; /* the newest entry that changed it */
	struct span past; /* what acts made of it, one after another, as stored; see plan_keep */
};
enum { PLAN_INTERVALS_MAX = 64 };
/* Lends from `a`; count 0 when there is no row. */
int plan_get(struct ledger *l, uint32_t unit, struct plan_row *out, struct arena *a, struct err *e);
/* The same of a row that is at hand. */
int plan_read(struct rd *row, struct plan_row *out, struct arena *a, struct err *e);
/* Is the same due by these intervals? Which entries said so makes no difference. */
bool plan_same(const struct plan_row *p, const struct plan_interval *intervals, size_t count);
int plan_put(struct ledger *l, uint32_t unit, const struct plan_row *p, struct err *e);
/* Put `in` into the unit's plan. */
int plan_add(struct ledger *l, uint32_t unit, const struct plan_interval *in, struct err *e);
/* An act's changes are told of no entry of the unit's own: keep the plan as entry `lsn` left it. */
int plan_keep(struct ledger *l, uint32_t unit, uint64_t lsn, struct err *e);
/* The newest one kept by then; *lsn 0 and count 0: none. */
int plan_kept(struct plan_row *out, uint64_t *lsn, const struct plan_row *p, uint64_t known,
	      struct arena *a, struct err *e);
/* Is `p` one of the periods that the interval is made of? Its first and last one may be cut. */
bool plan_is_period(const struct calendar *c, const struct plan_interval *v, struct period p);
/* A flash of these days, the first of a month to the one asked for: its first day where the unit's plan begins later. */
day_t plan_flash_from(const struct plan_row *plan, struct period p);
/* `out` = `p` with `in` put in: what the plan said of the same measures in these days gives way, cut,
 * split or dropped. Ascending by (first day, form). May be longer than PLAN_INTERVALS_MAX. */
int plan_with(struct ledger *l, const struct plan_row *p, const struct plan_interval *in,
	      struct plan_row *out, struct arena *a, struct err *e);
struct plan_interval plan_of_op(const struct op_plan *plan, uint64_t lsn);
/* The interval with which a unit that reports from its opening begins. False: none. */
bool plan_of_unit(struct ledger *l, const struct op_unit *c, uint64_t lsn,
		  struct plan_interval *out);
/* The interval that holds the whole of `p` for `form`, or NULL. */
const struct plan_interval *plan_find(const struct plan_row *p, uint8_t form, struct period of);

int unit_head_get(struct ledger *l, uint32_t unit, uint64_t *lsn, struct err *e); /* 0 when none */
int sheet_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
	      struct err *e); /* -ERR_NOTFOUND: cleared */
int sheet_put(struct ledger *l, uint32_t unit, uint8_t form, struct period p, const struct sheet *s,
	      struct err *e);

struct request_row {
	uint64_t lsn;
	uint32_t unit;
	uint8_t form;
	day_t day;
	int64_t due_ms;
};
int request_get(struct ledger *l, uint64_t lsn, struct request_row *out, struct err *e);

int members_get(struct ledger *l, uint32_t unit, day_t day, int64_t *members, uint64_t *lsn,
		struct err *e);

struct target_row {
	uint64_t superseded_lsn; /* 0: in force */
	uint64_t act_lsn; /* handed over by this act to a unit that was not given it; else 0 */
	int64_t value;    /* then: its part */
};
int target_get(struct ledger *l, uint32_t unit, uint64_t lsn, struct target_row *out,
	       struct err *e);
int target_read(struct rd *r, struct target_row *out, struct err *e);
int target_put(struct ledger *l, uint32_t unit, uint64_t lsn, const struct target_row *t,
	       struct err *e);

/* The row of a unit. `made`: what its creation said; NULL keeps what stands. `u` (may be NULL): what acts
 * have said since. */
int unit_put(struct ledger *l, uint64_t lsn, const struct op_unit *made, const struct unit *u,
	     struct err *e);
/* What acts said, as far as the row tells of it: everything of `out` lends from `a`. */
int unit_read(struct rd *r, uint64_t *lsn, struct op_unit *made, struct unit *out, struct arena *a,
	      struct err *e);

int calendar_get(struct ledger *l, uint8_t form, struct calendar *out, struct err *e);

/* ---- rows_close.c ---- */
enum { CLOSINGS_MAX = 1024 };
/* What was closed, and opened again, for one unit as the top of it. */
struct closing_row {
	struct closing {
		struct period period;
		uint64_t lsn;
	} * closings; /* in the order of their entries */
	size_t count;
	struct unlocking {
		struct period period;
		uint64_t asked_lsn, lsn;
		int64_t until_ms;
	} * unlocks;
	size_t unlock_count;
};
/* Lends from `a`; empty when there is no row. */
int closing_get(struct ledger *l, uint8_t form, uint32_t unit, struct closing_row *out,
		struct arena *a, struct err *e);
int closing_put(struct ledger *l, uint8_t form, uint32_t unit, const struct closing_row *row,
		struct err *e);
/* The first closing of entries up to `known` that holds the period for the unit, by itself or by one
 * above; lsn 0: none. `open`: unlocked for the unit at `now_ms`. */
struct closed {
	uint64_t lsn;
	uint32_t top; /* what it closed */
	bool open;
};
int closed_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, uint64_t known,
	       int64_t now_ms, struct closed *out, struct err *e);

/* A late op: where it stands, and what was decided on it. */
struct late_row {
	uint32_t unit;
	uint64_t decided_lsn; /* 0: nobody decided yet */
	bool counts;
	uint32_t counts_for; /* the unit in whose sheet it counts */
};
int late_get(struct ledger *l, uint64_t lsn, struct late_row *out, struct err *e);
int late_put(struct ledger *l, uint64_t lsn, const struct late_row *row, struct err *e);
int late_note(struct ledger *l, uint64_t lsn, uint32_t unit, struct err *e);
/* The late op itself, everything of it in `a`: its entry with `unit` and lsn as it counts in entry
 * `as_lsn`. */
int late_open(struct ledger *l, const struct op_late *late, uint64_t as_lsn, struct entry *en,
	      struct op_id *id, struct op *op, struct arena *a, struct err *e);

int summary_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, uint64_t *lsn,
		struct err *e); /* of the one that stands; -ERR_NOTFOUND */

/* ---- log.c ---- */
int log_append(struct ledger *l, struct entry *en, struct err *e);
/* The same with bytes that somebody else made (the feed, a log being verified). */
int log_put(struct ledger *l, const struct entry *en, struct span bytes, struct err *e);
/* The entry's bytes, lent until the next write. */
int log_get(struct ledger *l, uint64_t lsn, struct span *bytes, struct err *e);
/* The "tip" row, from l->info. */
int put_tip(struct ledger *l, struct err *e);
int log_node(void *ledger, unsigned level, uint64_t index, struct hash *node, struct err *e);

/* ---- aggregate.c ---- */
enum agg_count {
	AGG_SHEETS,
	AGG_SIGNED,
	AGG_ACCEPTED,
	AGG_NIL,
	AGG_ON_BEHALF,
	AGG_CONTESTED,
	AGG_CHANGED,
	AGG_BROKEN,
	AGG_LATE,
	AGG_COUNTS
};
struct agg_measure {
	uint16_t measure;
	int64_t sum;
	uint64_t count;
};
struct agg {
	uint64_t counts[AGG_COUNTS];
	struct agg_measure measures[2 * MEASURES_MAX];
	size_t measure_count;
};
/* What one sheet adds to each node above it. */
void agg_of_sheet(struct agg *out, const struct sheet *s, uint32_t unit);
/* into += times * add, times being 1 or -1. -ERR_RANGE on overflow, -ERR_FULL over the table. */
int agg_add(struct agg *into, const struct agg *add, int times, struct err *e);
bool agg_is_zero(const struct agg *a);
bool agg_equal(const struct agg *a, const struct agg *b);
/* SHA-256 of the row's payload. */
int agg_hash(const struct agg *a, struct hash *out, struct err *e);
/* As it stands, under the key of a closing. */
int agg_pin(struct ledger *l, uint64_t lsn, uint32_t node, uint8_t form, struct period p,
	    struct err *e);
int agg_pinned(struct ledger *l, uint64_t lsn, uint32_t node, uint8_t form, struct period p,
	       struct agg *out, struct err *e); /* zero when there is no row */
int agg_get(struct ledger *l, uint32_t node, uint8_t form, struct period p, struct agg *out,
	    struct err *e); /* zero when there is no row */
int agg_read(struct rd *r, struct agg *out, struct err *e);
/* What this act moved, in every period that ends on its day or later: from the nodes above in `before` to
 * those above in `after`. */
int agg_regroup(struct ledger *l, const struct tree *before, const struct tree *after,
		const struct op_act *act, uint64_t lsn, struct err *e);
/* Is the node above the part of the log that is held, where only the server knows the sums? */
bool agg_above_part(const struct ledger *l, const struct tree *t, uint32_t node, day_t day);
/* Move every node above the sheet from what it was to what it is. */
int agg_move(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
	     const struct sheet *was, const struct sheet *is, struct err *e);

/* ---- recompute.c ---- */
typedef int agg_row_fn(void *ctx, uint32_t node, uint8_t form, struct period p,
		       const struct agg *sum);
/* All aggregates once more, from the sheets of the transaction at hand and nothing else. Each that is not nothing is handed
 * over once, period after period; what `each` returns ends it unless it is 0. */
int agg_recompute(struct ledger *l, agg_row_fn *each, void *ctx, struct err *e);

/* ---- judge.c: a sheet against the blocking rules of its form ---- */
int sheet_judge(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		const struct sheet *s, bool *broken, struct err *e);
/* The monthly sheet of this day once more, after something it is judged by has changed; its row and the sums above it
 * follow. Nothing to do where there is none. */
int sheet_judge_again(struct ledger *l, uint32_t unit, uint8_t form, day_t day, struct err *e);

/* ---- decide.c, with decide_*.c behind it ---- */
struct decision {
	enum op_verdict verdict;
	enum op_code code;
	char detail[64];
	bool detail_new; /* entries of before this was told have none, and are right so */
};

struct asker {
	struct op_id id;      /* device 0: the server's console */
	uint32_t author_unit; /* the device's unit; 0 for the console */
	enum person_role role;
	const struct op_base *base;
	bool cut; /* more than `base` was read, in a log that was left there; a device's: see number_lost() */
	day_t since; /* made in a log that was left: it was judged there, if at all, from this day on; 0: today */
	bool elsewhere; /* made in a log that was left */
	bool held;      /* brought back from one, where it was not refused */
	bool taken; /* it names a unit of the log that was left whose number is another's here */
	bool as_before; /* as programs did that took every number for one of this log, and every day for today */
};
/* 0 with a decision, or a failure of the store. */
int decide(struct ledger *l, const struct op *op, const struct asker *by, int64_t time_ms,
	   struct decision *out, struct err *e);

/* ---- ledger.c ---- */
/* Fill in lsn, time and links, put the entry, apply it. */
int ledger_append(struct ledger *l, struct entry *en, const struct envelope *env,
		  const struct op *op, int64_t now_ms, struct err *e);
int64_t ledger_time(const struct ledger *l, int64_t now_ms); /* of receipt: never back */
/* What an op made on an earlier incarnation had read of this log: all up to the branch, at most. `*left`: the entry behind
 * which its log is another one. `*cut`: it had read more, as of one outside the line it always has. */
int base_here(struct ledger *l, struct op_base *base, uint64_t *left, bool *cut, struct err *e);
/* Of an op with this base as it was made: is it the number of an entry that was lost with another log? */
int base_lost(struct ledger *l, const struct op_base *base, uint64_t lsn, bool *lost,
	      struct err *e);
int ledger_new(struct ledger **out, struct kv *kv, uint32_t scope, struct err *e);
int ledger_blank(struct ledger *l,
		 struct err *e); /* the format row of an empty store; in a batch */
/* The verdict that decide() gives on a stored entry, in the state before it, or gave in earlier programs. */
int rejudge(struct ledger *l, const struct entry *en, const struct envelope *env, bool as_before,
	    struct decision *out, struct err *e);

/* ---- apply.c ---- */
/* `op` NULL: the body could not be read; only chains move. */
int apply(struct ledger *l, const struct entry *en, const struct envelope *env, const struct op *op,
	  struct err *e);
bool apply_knows(enum op_kind kind);

/* ---- apply_act.c ---- */
int apply_act(struct ledger *l, const struct entry *en, const struct envelope *env,
	      const struct op *op, struct err *e);
/* What an act makes of plans, in order. Lends from `a`. */
struct act_plan {
	uint32_t unit;
	struct plan_interval in;
};
int act_plans(struct ledger *l, const struct tree *after, const struct op_act *act, uint64_t lsn,
	      struct act_plan **out, size_t *count, struct arena *a, struct err *e);
/* The "store" row as incarnation entry `lsn` makes it. */
int put_store(struct ledger *l, uint64_t lsn, const struct op_incarnation *in, struct err *e);
/* Do two forms count the same things, so that only one may report on a path? Day forms never. */
bool forms_share(const struct form *a, const struct form *b);
bool forms_common(const struct form *a, const struct form *b); /* day forms too */
/* Fold one accepted sheet op into `s`, refused ops it names replaced by what they named. Shared with
 * history.c. */
int fold_sheet(struct ledger *l, struct sheet *s, const struct entry *en, const struct op_id *id,
	       const struct op *op, enum op_code *code, struct err *e);

/* Fold what stands under `lsn`, of this sheet, into `s`: figures, a mark, or a late op that it lets count. Resets `a`. */
int fold_entry(struct ledger *l, uint64_t lsn, struct sheet *s, struct arena *a, struct err *e);

/* Fold a sheet op into its row and all that hangs on it. `en` says which entry it counts from and where
 * its author stood. */
int put_sheet_op(struct ledger *l, const struct entry *en, struct op_id id, const struct op *op,
		 struct err *e);

/* ---- apply_close.c ---- */
int apply_close(struct ledger *l, const struct entry *en, const struct envelope *env,
		const struct op *op, struct err *e);
int apply_unlock(struct ledger *l, const struct entry *en, const struct envelope *env,
		 const struct op *op, struct err *e);
int apply_late(struct ledger *l, const struct entry *en, const struct envelope *env,
	       const struct op *op, struct err *e);
int apply_summary(struct ledger *l, const struct entry *en, const struct envelope *env,
		  const struct op *op, struct err *e);
int apply_calendar(struct ledger *l, const struct entry *en, const struct envelope *env,
		   const struct op *op, struct err *e);
/* The periods of a form that lie wholly in `within`: one after the other through `at` (0 at first);
 * false: no more. The same everywhere, whatever is there. */
struct periods_walk {
	const struct form *form;
	struct calendar calendar;
	struct period within;
	unsigned step;
	day_t next;
};
bool periods_next(struct periods_walk *w, struct period *out);

/* ---- lacking.c ---- */
enum { LACKS_TEXT_MAX = 64 };
/* What the entry of a closing says, as PROTOCOL.md has it: of the whole log, in the state at hand. */
int closing_lacks(char out[LACKS_TEXT_MAX], struct ledger *l, uint32_t top, uint8_t form,
		  struct period within, bool as_before, struct err *e);

/* ---- rows_register.c, apply_register.c ---- */
/* -ERR_NOTFOUND. */
int case_get(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
	     struct case_record *out, struct err *e);
int case_put(struct ledger *l, const struct case_record *r, struct err *e);
int case_read(struct rd *r, struct case_record *out, struct err *e);
/* Coded categories, as rows of cases, members and corrections have them. */
void codes_read(struct rd *r, struct person_codes *c);
void codes_write(struct buf *b, const struct person_codes *c);
int funnel_get(struct ledger *l, uint32_t unit, int64_t out[CASE_STAGES], struct err *e);
/* What two persons do; zeros where nobody asked. */
int asked_get(struct ledger *l, enum op_kind kind, uint32_t unit, const uint8_t id[PERSON_ID],
	      struct register_asked *out, struct err *e);
/* The entry asks for it, or confirms what was asked. */
int asked_note(struct ledger *l, const struct entry *en, uint32_t unit, const uint8_t id[PERSON_ID],
	       uint64_t confirms, enum op_kind kind, struct err *e);
void device_subject(uint8_t out[PERSON_ID], uint64_t device);
int apply_keys_restored(struct ledger *l, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e);
int apply_recover(struct ledger *l, const struct entry *en, const struct envelope *env,
		  const struct op *op, struct err *e);
int unit_key_read(struct rd *r, struct register_key *out, struct err *e);
/* Who wrote an op, and bytes of a fixed length; what falls short fails the row. */
void buf_op(struct buf *b, struct op_id id);
struct op_id rd_op(struct rd *r);
void rd_into(struct rd *r, void *out, size_t len);
/* Each row of a table whose keys are a unit and the id of a person or of a key, in order of both: of one unit, with 0 of
 * all there are. `each` answers 0 to go on, a positive number to end, or an error. Also inside a batch, as committed. */
typedef int person_row(void *ctx, uint32_t unit, const uint8_t id[PERSON_ID], struct rd *payload,
		       struct err *e);
int walk_persons(struct ledger *l, enum table t, uint32_t unit, person_row *each, void *ctx,
		 struct err *e);
int apply_case(struct ledger *l, const struct entry *en, const struct envelope *env,
	       const struct op *op, struct err *e);
int apply_forget(struct ledger *l, const struct entry *en, const struct envelope *env,
		 const struct op *op, struct err *e);
int member_get(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
	       struct register_member *out, struct err *e); /* -ERR_NOTFOUND */
int member_put(struct ledger *l, const struct register_member *m, struct err *e);
int member_read(struct rd *r, struct register_member *m, struct err *e);
int apply_member(struct ledger *l, const struct entry *en, const struct envelope *env,
		 const struct op *op, struct err *e);
int apply_member_end(struct ledger *l, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e);
int funnel_move(struct ledger *l, uint32_t unit, enum case_stage from, enum case_stage to,
		struct err *e);
/* Keys of this number are destroyed wherever they are kept. */
int forgotten_put(struct ledger *l, uint64_t lsn, uint32_t unit, const uint8_t person[PERSON_ID],
		  struct err *e);

/* ---- fixes.c ---- */
int fixes_get(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
	      struct person_fixes *out, struct err *e);
/* The record was written anew: what it says lies under the corrections, and comes out as they leave it. */
int fixes_under(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		struct person_codes *codes, day_t *admitted, day_t *recognised, struct err *e);
int apply_correct(struct ledger *l, const struct entry *en, const struct envelope *env,
		  const struct op *op, struct err *e);

/* ---- register_units.c ---- */
/* Rows of counts, one for each unit below `node` that has anybody, in order of units, out of one walk over cases and one
 * over members. A row is `size` bytes, begins with its unit as a uint32_t, then zeros, to which the two functions add. */
struct by_unit {
	size_t size;
	void (*add_case)(void *row, const struct case_record *r, const struct case_entry *c,
			 const struct case_counting *how);
	void (*add_member)(void *row, const struct register_member *m,
			   const struct member_entry *entry, const struct case_counting *how);
};
int register_by_unit(struct ledger *l, uint32_t node, const struct case_counting *how,
		     const struct by_unit *kind, void **out, size_t *count, struct err *e);

/* ---- moves.c ---- */
/* An entry of one unit that another one reads too; 0: that everybody does. */
int addressed_put(struct ledger *l, uint64_t lsn, uint32_t unit, struct err *e);
int addressed_get(struct ledger *l, uint64_t lsn, uint32_t *unit,
		  struct err *e); /* -ERR_NOTFOUND */
int apply_case_move(struct ledger *l, const struct entry *en, const struct envelope *env,
		    const struct op *op, struct err *e);
int apply_member_move(struct ledger *l, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e);
int apply_unit_key(struct ledger *l, const struct entry *en, const struct envelope *env,
		   const struct op *op, struct err *e);

/* Fold an accepted recall, return or acceptance of entry `lsn` into a signed sheet. */
void fold_mark(struct sheet *s, const struct op *op, uint64_t lsn);

/* ---- history.c ---- */
/* The plan and a members row as they stood after `known`, found again in the unit's chain. */
int plan_at(struct ledger *l, uint32_t unit, uint64_t known, struct plan_row *out, struct arena *a,
	    struct err *e);
/* Sheets of one unit as they stood after entry `known`, the same of all, from one walk back through the unit's chain.
 * `each` is called for those that were there. Within a read. */
struct sheet_then {
	struct sheet_key key;
	uint64_t first_lsn, known; /* what the sheet's row says; never above `known` */
	size_t asked_as;           /* the caller's own */
};
int sheets_then(struct ledger *l, struct sheet_then *want, size_t count,
		int (*each)(void *ctx, const struct sheet_then *w, const struct sheet *s,
			    struct err *e),
		void *ctx, struct err *e);
int members_at(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
	       struct err *e); /* -ERR_NOTFOUND: nothing was known of that day */

/* ---- walk.c ---- */
/* Decode a stored body. 1 and *op, 0 when it cannot be read, or -ERR_NOMEM: that says nothing of it. */
int body_open(struct op *op, struct span body, struct arena *a, struct err *e);
/* The op of an entry that must have one of this kind (OP_NONE: any). */
int body_of(enum op_kind kind, struct op *op, const struct entry *en, struct arena *a,
	    struct err *e);
/* Walk a unit's chain back from `from` (an lsn of that chain, 0 ends at once); in a part, past those of it that are not
 * here. Each entry is decoded into `a`, which is reset before every call. `each` returns 0 to go on, 1 to stop, or an
 * error. */
int walk_unit(struct ledger *l, uint64_t from, struct arena *a,
	      int (*each)(void *ctx, const struct entry *en, const struct envelope *env,
			  const struct op *op, struct err *e),
	      void *ctx, struct err *e);
/* Of a part, before the unit's head moves on to this entry: is there a hole in front of it? */
int hole_note(struct ledger *l, const struct entry *en, struct err *e);
/* What an entry of this unit comes to that does not follow on what is here: `failed`. 0 where this is a part of the log
 * and the unit's chain has holes in it: what it follows on was told elsewhere, and it stands in the log alone. */
int unless_holes(struct ledger *l, uint32_t unit, int failed, struct err *e);
/* The same of entries up to `known`; newer ones are passed over, whatever they hold. */
int walk_known(struct ledger *l, uint64_t from, uint64_t known, struct arena *a,
	       int (*each)(void *ctx, const struct entry *en, const struct envelope *env,
			   const struct op *op, struct err *e),
	       void *ctx, struct err *e);
/* Is there a judged op with this identity in the unit's chain? 1 and its verdict, 0, or an error. */
int walk_find(struct ledger *l, uint32_t unit, struct op_id id, enum op_verdict *verdict,
	      uint64_t *lsn, struct err *e);

/* ---- lateness.c ---- */
/* Which of the three levels of a calendar's deadlines a unit of this kind has to keep. */
enum due_level due_level_of(enum unit_kind kind);
/* When the op that `sign_lsn` made count was received, and when its device says that it was made: a late op that
 * somebody let count came long before. */
int sign_receipt(struct ledger *l, uint64_t sign_lsn, struct arena *work, int64_t *received_ms,
		 int64_t *device_ms, struct err *e);
/* The signature by whose receipt a sheet is in time or late: of one that was closed, the signature under which it was, for
 * what an amendment adds is not late. `closed` 0: it is not. *in_time: somebody said that it was signed in time. */
int sign_judged(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		const struct sheet *s, uint64_t closed, uint64_t *sign_lsn, bool *in_time,
		struct err *e);
/* sheets.late and reporting.late of a total. */
int fill_late(struct totals *out, struct ledger *l, struct arena *a, struct err *e);

/* ---- duty.c ---- */

/* Days for which a unit had to report within a range, by intervals of its plan. Beside what it reports by shorter
 * periods, a longer one is due whole: a half-year that the range cuts says nothing of the months in it. */
struct duty {
	struct period days[PLAN_INTERVALS_MAX];
	enum plan_step step[PLAN_INTERVALS_MAX];
	uint8_t form[PLAN_INTERVALS_MAX];
	bool cut[PLAN_INTERVALS_MAX]; /* the plan's interval goes on beyond the range */
	size_t count;
};
/* Does the question ask for sheets of this form? */
bool query_asks(const struct query *q, const struct form *f);
int duty_of_plan(struct ledger *l, const struct query *q, struct period range, uint64_t known,
		 const struct unit *u, const struct plan_row *plan, struct duty *out,
		 struct err *e);
/* Adds the periods begun in the days of duty: a flash stands for the last one when the range cuts it. */
int duty_sheets(struct ledger *l, const struct duty *d, uint64_t *due, struct err *e);
/* May a sheet of `form` stand for days for which `due` was due? Its own, and a flash (`day`) of the same
 * things. */
bool duty_answers(struct ledger *l, uint8_t form, bool day, uint8_t due);

/* Everybody in a node who ever had a plan, those with equal duty in one group. Known now, as was. */
enum { DUTY_GROUPS_MAX = 16, DUTY_NO_GROUP = 255 };
struct duty_slot {
	struct duty_slot *next; /* of those with the same head */
	uint32_t node;
	uint16_t measure;
	struct period range;
	bool usable; /* false: more kinds of duty than groups, or a unit that moved; the rest says nothing */
	uint64_t expected, sheets_due;
	uint64_t kinds[UNIT_KINDS]; /* alive on the last day, with or without a plan */
	struct duty_unit {
		uint32_t unit;
		uint8_t group; /* DUTY_NO_GROUP: nothing was due in these days */
	} * units;             /* ascending */
	size_t count;
	struct duty_group {
		struct duty duty;
		uint64_t units;
	} * groups;
	size_t group_count;
};
/* Lent until duty_drop or another question. Never in a batch. */
int duty_get(const struct duty_slot **out, struct ledger *l, const struct query *q,
	     struct period range, struct err *e);
/* Forget all, and the roll: an entry touched a plan, the tree or a form, or the state was loaded anew. */
void duty_drop(struct ledger *l);
/* The same of the periods and forms: the state was loaded anew. */
void range_drop(struct ledger *l);

/* ---- duty_roll.c: the tree and the plans, close together ---- */
enum { ROLL_PLANS_MAX = 1 << 13 };
enum { ROLL_PLAN_ROW = UINT32_MAX };
/* Of what is committed. A country of 335,356 units takes 13 MB, once for each thread that answers; plans, of which many
 * units have the same, at most 5 MB more. One that finds no room is read from its row (ROLL_PLAN_ROW). */
struct duty_roll {
	struct duty_roll_unit {
		uint32_t unit, parent; /* parent: where it stood first */
		uint32_t plan;         /* its place, plus 1; 0: never had one; or ROLL_PLAN_ROW */
		day_t opened, closed;
		uint32_t first_child, child_count;
		uint8_t kind; /* that it was made as */
		bool moved;   /* the tree has to be asked where it stands */
		bool changed; /* and of what kind it is, and whether */
	} * units;            /* ascending by number */
	size_t count;
	uint32_t *children; /* places in `units`; whoever ever stood there */
	uint32_t *met;      /* of duty_roll_below(): as many as there are units */
	day_t *moves;       /* days on which somebody moved; ascending */
	size_t move_count;
	struct duty_roll_plan {
		struct plan_row row;
		uint64_t found; /* `due` is of the slot with this number */
		struct duty_roll_due {
			bool any;
			uint8_t group;
			uint64_t sheets;
		} due;
	} * plans;
	size_t plan_count;
	struct arena *intervals;
	uint64_t asked; /* slots filled so far */
};
int duty_roll_make(struct duty_roll **out, struct ledger *l, struct err *e);
void duty_roll_free(struct duty_roll *r);
/* As tree_moved_in(). */
bool duty_roll_moved_in(const struct duty_roll *r, day_t from, day_t to);
/* The unit and all that stood below it on that day, as places in r->met, until somebody else is asked of. */
size_t duty_roll_below(struct duty_roll *r, const struct tree *t, uint32_t node, day_t day);

/* ---- measures.c ---- */
/* The greatest number that a measure of any form has, and one more: an array of so many holds them all. */
size_t measure_room(const struct ledger *l);
/* The numbers of what some form adds up, ascending, in an array in `a`; NULL: no memory. */
const uint16_t *measures_added(size_t *count, const struct ledger *l, struct arena *a);

/* ---- totals_fast.c ---- */
/* From aggregates: 1, or 0 when only the scan can tell (`sums`, of measure_room(), then hold anything, `out` is as it
 * was). */
int totals_fast(struct ledger *l, const struct query *q, struct period range, uint64_t known,
		struct totals *out, struct measure_total *sums, struct err *e);

/* ---- scan.c ---- */
/* Does what the unit reports up to `last` belong to the query's unit, in the query's tree? As it is, units
 * that were merged count where their successor stands. */
bool query_inside(const struct ledger *l, const struct query *q, uint32_t unit, day_t last,
		  uint64_t known);
/* Sums by measure number into an array of measure_room() in `a`; counts into `out` when given. Within a read. */
int totals_scan(struct ledger *l, const struct query *q, struct period period, uint64_t known,
		struct totals *out, struct measure_total **sums, struct arena *a, struct err *e);
/* Stretches of days, ascending and apart from each other, in one walk over the sheets. Of each: known after which entry
 * (0: nothing of it), counts into `out` when given, sums into `sums`, zeros before, at the measure's number or, with
 * `places`, at the place that this gives to its number. Within a read. */
struct scan_part {
	struct period period;
	uint64_t known;
	struct totals *out;
	struct measure_total *sums;
};
int totals_scan_parts(struct ledger *l, const struct query *q, struct scan_part *parts,
		      size_t count, const uint16_t *places, struct err *e);
/* ---- bridge.c ---- */
/* Is all that counts in these days under the tree of q->tree_day in this part of the log? */
bool as_is_held(const struct ledger *l, const struct query *q, struct period days, uint64_t known);
/* Is what stood below the unit in these days here? Of one that came into the part since, who had left it before is not. */
bool as_was_whole(struct ledger *l, uint32_t unit, struct period days);
/* ---- totals.c ---- */
/* The entry up to which `q` asks: its own, or the newest of the first closings of these days. -ERR_NOTFOUND: nothing of
 * them is closed. */
int query_known(uint64_t *known, struct ledger *l, const struct query *q, struct err *e);
int known_time(struct ledger *l, uint64_t lsn, int64_t *ms, struct arena *a, struct err *e);
/* `end`: the sum of the measure of members at the end, NULL when no form has it. Needs reporting.expected. */
int fill_members(struct totals *out, struct ledger *l, const struct measure_total *end,
		 struct arena *a, struct err *e);
/* ---- totals_year.c ---- */
int totals_year_before(struct totals *out, struct ledger *l, struct measure_total **before,
		       struct arena *a, struct err *e);
/* Members of the unit itself by the latest base at or before `day`. -ERR_NOTFOUND. */
int query_members(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
		  day_t *on, struct err *e);
/* One measure over a range. *covered: every unit that had to report did. */
int query_sum(struct ledger *l, uint32_t unit, struct period p, uint16_t measure, uint64_t known,
	      struct measure_total *sum, bool *covered, struct arena *a, struct err *e);

/* ---- targets.c ---- */
/* The target of entry `lsn`, as its row says that it stands now; copied into `a`. */
int target_load(struct ledger *l, uint64_t lsn, const struct target_row *row, struct op_target *out,
		struct arena *a, struct err *e);
/* Does it say that it takes the place of that one? */
bool target_amends(const struct op_target *t, const struct op_target *earlier);
/* line->goal, as line->unit has line->target. A rate without a stated base takes the members on its base date, or on the day before
 * its period; no goal while those are not known. */
int target_fill_goal(struct ledger *l, struct target_line *line, uint64_t known, struct err *e);
/* Does the target's number belong to days that hold all of `range`? */
bool target_covers(const struct op_target *t, struct period range);
int fill_targets(struct totals *out, struct ledger *l, const struct measure_total *sums,
		 struct arena *a, struct err *e);

/* ---- follows.c ---- */
/* An entry has come: does anything follow from it by itself? Noted for ledger_follow. */
void follow_note(struct ledger *l, const struct entry *en, const struct op *op);

/* ---- handed.c ---- */
/* Everything that was handed over, in l->handed until the state changes. Outside a batch. */
int handed_get(struct ledger *l, struct err *e);
/* From which day on it is theirs, of a target; of a late op the last day of those for which it counts, 0: its own. */
int handed_day(day_t *day, struct ledger *l, uint64_t by_lsn, struct err *e);
void handed_drop(struct ledger *l);

/* ---- state.c ---- */
int state_load(struct ledger *l, struct err *e); /* meta, tree, forms, frontier: from the rows */
void state_drop(struct ledger *l);
/* The batch's tree from now on; takes it over. */
void state_new_tree(struct ledger *l, struct tree *tree);
void state_committed(struct ledger *l); /* what the batch made is now what is */
/* Back to what was committed. Reads nothing and so cannot fail: the store may be what failed. */
void state_revert(struct ledger *l);

/* ---- totals_rules.c ---- */
int fill_questions(struct totals *out, struct ledger *l, struct measure_total *sums,
		   struct arena *a, struct err *e);
#endif
