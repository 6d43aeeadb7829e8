/* Questions about reorganisation: what was proposed, what became of it, and what a change of tree makes of a
 * series. */
#ifndef LEDGER_ACTS_H
#define LEDGER_ACTS_H

#include "ledger/months.h"
#include "ledger/query.h"

/* ---- where figures belong that came without knowing of an act ---- */

struct late_place {
	uint32_t unit;
	struct period period;
};
/* Units and periods of their plans for which a late op can count: its own and those of the units it went over into,
 * within the period that it was sent for; the own unit first, then by day. Lends from `a`. */
int query_late_places(const struct late_place **out, size_t *count, struct ledger *l,
		      const struct late_line *late, struct arena *a, struct err *e);

/* ---- what a change of tree makes of a series ---- */

/* Figures of one unit that stand elsewhere under the tree asked for than they stood then. */
struct bridge_line {
	uint32_t unit;
	uint64_t
		act_lsn; /* the act that took them in or out, the last one where there were several; 0: none known */
	bool in; /* else out */
	const struct measure_total
		*sums; /* in the order of bridge.is.measures; below zero of what went out */
};
struct bridge {
	struct totals was, is;           /* as far as a series tells them: see query_series */
	const struct bridge_line *lines; /* by act, then by unit */
	size_t count;
};
/* `q` as for totals under TREE_AS_IS, of any basis but BASIS_CLOSED. Of each measure the sum as it was and the sums of
 * the lines are together the sum as it is. Everything lends from `a`. */
int query_bridge(struct bridge *out, struct ledger *l, const struct query *q, struct arena *a,
		 struct err *e);
/* One of each of the periods, which ascend and do not meet: `count` of them in *out. */
int query_bridges(const struct bridge **out, struct ledger *l, const struct query *q,
		  const struct period *periods, size_t count, struct arena *a, struct err *e);

/* What was attained in `period` on the territory of `day`, where acts changed it after `since`: that day, or an earlier one, of
 * which a part of the log that does not begin at the root knows too little. */
int query_comparable(struct comparable *out, struct ledger *l, uint32_t unit, struct period period,
		     day_t since, day_t day, uint16_t measure, uint64_t known, struct err *e);

/* Is all that the question adds up in this part of the log? Of a month as it was closed, or as known then, it may not be: an
 * act told since may have taken a unit out of the part for days before. Nor in the tree as it is, where one from elsewhere went
 * over into a unit of here: what it had reported is read there. Nor of a unit that came into the part within these days, and
 * does not report itself: who had left it before is not known here; nor what was closed of one that came in since. True where the question cannot be answered at all. */
bool query_held(struct ledger *l, const struct query *q);

/* ---- what follows from an act by itself ---- */

/* With how many members a unit begins that took others over on a day: its own of the day before, where it was there,
 * and those of everybody who went over into it as a whole. */
struct opening {
	uint32_t unit;
	day_t day; /* the first one with them */
	int64_t members;
	bool known; /* of all of them, from sheets that end on the day before or a number of that very day */
	bool old; /* not known so, but from the latest numbers that there are; `members` is of these */
	bool stands;  /* entered for the day before already */
	bool by_hand; /* another number is, and a person entered that */
};
/* Of all days, or of one (`day` not 0), ascending by unit, then by day. Lends from `a`. Outside a batch. */
int query_openings(const struct opening **out, size_t *count, struct ledger *l, day_t day,
		   struct arena *a, struct err *e);

/* Reason of a number of members that ledger_follow enters, and `ketnapd openings`; of its decision on what came late.
 * Msgids. */
extern const char opening_reason[], late_reason[];

/* Has anything come since the ledger was opened or ledger_follow last went that something may follow from? */
bool ledger_follow_due(const struct ledger *l);
/* Enter what follows by itself, in a batch of its own, as acts of the server's: openings that are known and do not
 * stand, never over what a person entered; and that what came late counts for the one unit that its unit went over
 * into, where that one took over nobody else: then both maps lead to one place, and a person has nothing to decide.
 * `all`: look at everything, else at what has come since. *made: how many entries. An act that is refused is left to
 * a person. Errors are those of the store; nothing is entered then. */
int ledger_follow(struct ledger *l, bool all, const struct ed25519_key *key, int64_t now_ms,
		  size_t *made, struct err *e);

/* ---- proposals ---- */

struct proposal_line {
	uint64_t lsn;
	int64_t time_ms;
	struct op op;        /* OP_ACT_PROPOSAL */
	uint64_t answer_lsn; /* 0: it waits */
	bool refused;        /* else carried out */
	struct span reason;  /* of the refusal */
};
/* Every accepted proposal, oldest first; `lsn` not 0: only the one of that entry. Reads the whole log. Lends
 * from `a`. */
int query_proposals(const struct proposal_line **out, size_t *count, struct ledger *l, uint64_t lsn,
		    struct arena *a, struct err *e);
#endif
