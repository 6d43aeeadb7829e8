/* Questions to a ledger. Every answer says which period, known when, and under which tree. Exact: by
 * scanning the sheets of the periods asked. */
#ifndef LEDGER_QUERY_H
#define LEDGER_QUERY_H

#include "domain/claim.h"
#include "ledger/ledger.h"

enum query_tree { TREE_AS_WAS, TREE_AS_IS };
/* CLOSED: each sheet as it stood when its period was closed, and those not closed not at all; the rest of the
 * answer is as known at the newest of these closings, so that it stays what it was. */
enum query_basis { BASIS_SIGNED, BASIS_ACCEPTED, BASIS_CLOSED };

struct query {
	uint32_t unit;
	struct period period;
	uint64_t known_at; /* lsn; UINT64_MAX: now */
	enum query_tree tree;
	day_t tree_day; /* TREE_AS_IS: under the tree of this day */
	enum query_basis basis;
	uint16_t
		measure; /* only sheets of forms that have it are due and counted; 0: of all forms */
	/* A document of an instrument (NONE: of any), named because it may be an earlier version: where it is, that
	 * stands beside the targets in force. `of_doc` empty: none. */
	enum target_instrument of;
	struct span of_doc;
	bool late; /* tell what came late, too: where there are deadlines, every sheet is read */
};

struct measure_total {
	uint16_t measure;
	int64_t sum;    /* of the sheets that have it */
	uint64_t count; /* how many do: 0 means null, never 0 */
};

/* A measure over days, on the territory that the unit had on `day`: what left since is in it, what came is not. */
struct comparable {
	day_t day;
	bool changed; /* else its territory is what it was, and the rest says nothing */
	bool known; /* false: units were merged since over the border of it, and nobody can tell them apart; or this part of
		     * the log does not have all that was reported on it since */
	int64_t sum;
};

struct target_line {
	uint32_t unit;
	struct op_target target;
	uint64_t lsn;
	bool has_goal;
	int64_t goal, excess; /* excess: attained - goal */
	bool has_attained;
	int64_t attained;
	uint64_t
		superseded_by; /* the entry that amended it, or handed it on: an earlier version; 0 in force */
	uint32_t given_to;  /* by its document: another unit where an act handed it over */
	day_t handed_from;  /* an act gave it to this unit, from that day; 0 */
	uint64_t handed_by; /* the act; 0 */
	bool by_rate;       /* its document says it as a rate, whatever it is now */
	bool beside;        /* and gives that unit a number besides, or a rate */
	struct comparable
		comparable; /* attained on the territory for which it was given; `changed` false: the same */
	bool has_below;
	int64_t below; /* by the same instrument, for the same thing and period: goals of the direct children */
};

/* Two targets of one unit that do not say the same: targets[a].goal - targets[b].goal is `more`. */
struct target_difference {
	size_t a, b;
	int64_t more; /* above 0: `a` is the greater, or the later where `b` is */
};

/* A rule of a form about what is below the unit that does not hold. */
struct total_question {
	const struct rule *rule; /* lives as long as the ledger's forms */
	int64_t left, right;
};

struct totals {
	struct query asked;
	uint64_t known_lsn; /* the newest entry the answer saw */
	int64_t known_time_ms;
	bool has_members;
	int64_t members;
	const char *members_from;   /* "sheets 2022-09-22", "members 2022-12-31", "predecessors" */
	day_t members_on;           /* of which day; of predecessors the oldest */
	uint64_t units[UNIT_KINDS]; /* alive under the unit at `to`, itself included */
	const struct measure_total *measures;
	size_t measure_count;                  /* every measure of every form */
	const struct measure_total *prev_year; /* same order; computed from sheets a year earlier */
	bool prev_year_merged;                 /* some of it is a sum over predecessors */
	bool prev_year_unheld; /* of predecessors whose sheets this part of the log has not: nothing is said */
	struct {
		uint64_t expected, reported, accepted, late, contested;
	} reporting; /* late: units of which a sheet came late */
	struct {
		uint64_t expected, signed_, accepted, late, missing, nil, on_behalf;
		uint64_t changed,
			broken; /* since signing; signed, and a blocking rule does not hold */
	} sheets;
	bool covered;
	const struct target_line *targets;
	size_t target_count;
	const struct total_question *questions; /* none while not everybody has reported */
	size_t question_count;
	bool instruments_differ;
	const struct target_difference
		*differences; /* each pair once, the later less the earlier */
	size_t difference_count;
	bool has_sum_below;
	int64_t sum_below; /* goals of the direct children for what the first target is of */
};

/* Everything lends from `a`. -ERR_NOTFOUND (unit; BASIS_CLOSED, and nothing of these days is closed), -ERR_RANGE (overflow, a period upside down, an lsn
 * beyond the tip). */
int query_totals(struct totals *out, struct ledger *l, const struct query *q, struct arena *a,
		 struct err *e);

/* One question of days after days, answered in one walk: of each part what query_totals says of its days, as far as
 * this goes: known_lsn and its time, members, measures, reporting and sheets without what came late, covered; no
 * units, year before, targets or questions. BASIS_CLOSED: known_lsn is 0 where nothing of the days is closed. */
struct series {
	const struct totals *parts;
	size_t count;
};
/* `periods` ascend and do not meet; `q->period` is not looked at. Everything lends from `a`. -ERR_NOTFOUND (unit),
 * -ERR_RANGE (as query_totals; periods that meet). */
int query_series(struct series *out, struct ledger *l, const struct query *q,
		 const struct period *periods, size_t count, struct arena *a, struct err *e);

/* The measure of `q` in its days, which are over, as the territory that the unit has on `day` had it: with what of others
 * was merged into the unit by then, and of what was split its part, largest remainders to the person. Tree as it was. */
int query_past(struct measure_total *out, struct ledger *l, const struct query *q, day_t day,
	       struct err *e);

/* A sheet whose signature came after its deadline, and nobody said that it was signed in time. */
struct late_sheet {
	uint32_t unit;
	struct period period;
};
/* Of the unit asked for and those below, in the days asked, as known and under the tree asked for; ascending by unit.
 * Answers to requests are none: they go by no calendar. Lends from `a`. */
int query_late_sheets(const struct late_sheet **out, size_t *count, struct ledger *l,
		      const struct query *q, struct arena *a, struct err *e);
/* How many of them are of `unit` or below it, and of how many units. */
void late_inside(uint64_t *sheets, uint64_t *units, struct ledger *l, const struct query *q,
		 uint32_t unit, const struct late_sheet *list, size_t count);

/* The last entry received at or before `ms`; 0 when there is none. */
int query_lsn_at(uint64_t *lsn, struct ledger *l, int64_t ms, struct err *e);
/* What an answer as known at entry `known_at` (UINT64_MAX: now) has seen, and when that was received: 0 when nothing was,
 * or where a part of the log is without it. -ERR_RANGE: beyond the log. */
int query_seen(uint64_t *lsn, int64_t *ms, struct ledger *l, uint64_t known_at, struct arena *a,
	       struct err *e);

/* The days to which the number belongs, seen from a day: its period, or that day's year of it. */
struct period target_days(const struct op_target *t, day_t on);

/* Of one unit's targets the one that answers to `head`, one of the unit above it (`above`): by the same document, rather of the same
 * days and sort; else, since what one unit was given may be amended by a document of its own, the newest by the same
 * instrument for the same days, unless another document of the one above gives that too. NULL: none. Days as seen from
 * `on`. */
struct target_set {
	const struct target_line *lines;
	size_t count;
};
const struct target_line *target_answering(struct target_set own, const struct op_target *head,
					   struct target_set above, day_t on);

/* Targets in force on a unit that touch `period`, superseded ones left out unless known_at says. */
int query_targets(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		  struct period period, uint64_t known_at, struct arena *a, struct err *e);

/* The same as numbers to reach: what acts handed to the unit of one document's numbers for others is one number, together
 * with its own by that document. The first one's `lsn` stands for all; whoever hands them on asks query_targets(). */
int query_goals(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		struct period period, uint64_t known_at, struct arena *a, struct err *e);

/* query_goals(), and beside those in force the newest version of this document (`of` NONE: of any instrument) where
 * none of it is in force any more. */
int query_targets_of(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		     struct period period, uint64_t known_at, enum target_instrument of,
		     struct span of_doc, struct arena *a, struct err *e);

struct claim_line {
	struct op_claim claim;
	uint32_t unit;
	uint64_t lsn;
	struct claim_result result;
};
/* All claims in the order in which they were entered. */
int query_claims(const struct claim_line **out, size_t *count, struct ledger *l, struct arena *a,
		 struct err *e);

/* Walk the log: entries with lsn >= from, all of them or those of one unit. Calls `each` with the
 * decoded entry (valid during the call) until it returns non-zero, which is passed on. */
int query_log(struct ledger *l, uint64_t from, uint32_t unit, bool one_unit,
	      int (*each)(void *ctx, const struct entry *en, const struct op *op), void *ctx,
	      struct err *e);

/* A figure that a superior entered on behalf, and what the unit itself reported instead. */
struct gave_way {
	uint32_t unit;
	uint8_t form;
	struct period period;
	uint16_t measure;
	struct gave_way_side {
		enum figure_state state;
		bool approx;
		int64_t value;
		uint64_t lsn;
		int64_t time_ms;         /* received */
		uint32_t author;         /* the person */
		uint32_t unit_of_author; /* whose device it was */
		struct span from;        /* on whose word: of the one on behalf */
	} behalf, own;
};
/* What it is told is valid during the call. Returns 0 to go on, or a negative error. */
typedef int gave_way_each(void *ctx, const struct gave_way *g);
/* Every figure on behalf that gave way to another value of the unit's own, by period, unit and measure; those on
 * behalf that were corrected on behalf are not told. Of all units held, or of one. Reads the log once. */
int query_gave_way(struct ledger *l, uint32_t unit, bool one_unit, gave_way_each *each, void *ctx,
		   struct err *e);

/* A sheet as it stood after entry `known_at`. -ERR_NOTFOUND: cleared, nothing was there. */
int query_sheet_at(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		   uint64_t known_at, struct sheet *out, struct err *e);
#endif
