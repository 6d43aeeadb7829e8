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

int query_comparable(struct comparable *out, struct ledger *l, uint32_t unit, struct period period,
		     day_t day, uint16_t measure, uint64_t known, struct err *e);

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
