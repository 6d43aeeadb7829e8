/* A random life of a province, from a seed: a tree, plans, devices, and whatever people and links do to
 * a ledger. Every step is recorded as it crossed the border (bytes and time), so that other ledgers can
 * be taken through the same story, and the naive model is told every entry. */
#ifndef SUPPORT_STORY_H
#define SUPPORT_STORY_H

#include "build.h"
#include "naive.h"

struct step {
	bool act, parked;
	uint64_t device;
	int64_t now_ms;
	struct span envelope, body; /* of an act: the op's bytes alone */
	/* what came of it */
	int rc;
	struct judgement j; /* an act: only lsn */
	bool stored;        /* it made an entry */
};

enum { STORY_UNITS = 40, STORY_DEVICES = 12, STORY_STEPS = 4096, STORY_REQUESTS = 32 };

struct story_unit {
	uint32_t unit, parent;
	uint8_t form; /* reports this by month or quarter; 0 nothing */
};

struct story_device {
	struct device d;
	enum person_role role;
	uint64_t base; /* what it has pulled */
};

struct story_op { /* a sheet op that was stored */
	struct op_id id;
	uint64_t lsn;
	struct naive_key key;
	uint16_t measures[8];
	size_t measure_count;
};

/* What happened, for tests that must not pass because nothing did. */
struct story_tally {
	unsigned accepted, refused, repeated, forks, gaps, wrong_epoch, denied, malformed,
		withdrawn, oversized, unreadable, empty, parked, recalled, returned,
		accepted_sheets, on_behalf, renamed, acts, acts_refused, aborts, flashes, plans,
		requests, contested, closed, unlocked, late, amended, late_counted, late_declined,
		codes[CODES];
};

struct story {
	struct world w;
	struct naive *n;
	struct rng r;
	struct step *steps;
	size_t step_count, batch_first; /* the first step of the open batch */
	unsigned batch_left;
	bool in_batch;
	struct story_unit units[STORY_UNITS];
	size_t unit_count;
	struct story_device devices[STORY_DEVICES];
	size_t device_count;
	struct story_op *ops;
	size_t op_count;
	struct {
		uint64_t lsn;
		uint32_t unit;
		day_t day;
	} requests[STORY_REQUESTS];
	size_t request_count;
	struct story_tally tally;
	uint32_t batch_max;       /* steps of a batch: 1..batch_max */
	bool month_ends;          /* closings, unlocks and what comes late all the time */
	struct naive_key touched; /* the sheet that the newest decision on a late op was on ... */
	uint64_t touched_lsn;     /* ... and that decision's entry */
	bool quiet;               /* only sheet ops and recalls, nobody misbehaves */
};

/* The tree of 3 to 40 units, forms, devices: the first steps. */
void story_open(struct story *s, uint64_t seed, bool lmdb);
void story_close(struct story *s);
/* One more step, in whatever batch; now and then a commit, or an abort after which the batch is made
 * again and must go as it went. */
void story_step(struct story *s);
/* An act of the test's own, as one more step; 0 or the error of a refused one. */
int story_act(struct story *s, const struct op *op);
void story_commit(struct story *s); /* the open batch, when there is one */

/* Take `l`, in a batch, through one step. Fails the test when the outcome differs from the recorded. */
void story_repeat(struct story *s, struct ledger *l, const struct step *step);
/* The same, but a failing store is handed back instead. */
int story_try(struct story *s, struct ledger *l, const struct step *step, struct judgement *j,
	      struct err *e);

/* ---- comparing; each ends the program on a difference, telling which ---- */
void story_check_sheet(struct story *s, struct naive_key k, uint64_t known);
void story_check_aggregates(struct story *s, struct naive_key k); /* of the nodes above */
void story_check_all(
	struct story *s); /* every sheet and aggregate, no row too many; needs a commit */
void story_check_totals(struct story *s, uint32_t unit, struct period range, uint64_t known);
struct period story_range(struct story *s); /* a random one in which something is */
#endif
