/* Drafts of targets: what a unit is told it is to be given, what it answers, and what became of it. All of it is
 * told by entries of the unit, found in its chain; nothing of it counts before it is published as a target. */
#ifndef LEDGER_DRAFTS_H
#define LEDGER_DRAFTS_H

#include "ledger/query.h"

enum draft_state {
	DRAFT_NONE, /* nobody drafted anything; the unit may have registered a number all the same */
	DRAFT_WITHDRAWN, /* taken back: no target is given, which is not zero */
	DRAFT_WAITS, /* the unit has not answered this draft; a number may stand that it gave to an earlier one */
	DRAFT_ANSWERED,
	DRAFT_PUBLISHED, /* a target was made of this draft */
	DRAFT_STATES
};
/* "none", "withdrawn", "waits", "answered", "published" */
const char *draft_state_name(enum draft_state s);

/* A number as somebody gave it. `goal`: in people, where it can be told. */
struct draft_number {
	uint64_t lsn; /* 0: nobody did */
	int64_t time_ms;
	uint32_t author; /* person; 0: the console */
	struct op_target target;
	struct span reason, on_behalf;
	bool has_goal;
	int64_t goal;
};

/* One unit, one period, measure and group; a number to reach and a limit are drafted side by side. */
struct draft_line {
	uint32_t unit;
	bool limit;  /* all of it is of a limit */
	bool beside; /* a draft of the other sort stands too */
	enum draft_state state;
	struct draft_number draft, answer, given; /* the newest of each; `given`: made of a draft */
	bool answered;                            /* `answer` names the draft that stands */
};

enum { DRAFTS_MAX = 64 };

/* The rounds of a unit as known after entry `known_at` (UINT64_MAX: now), the one that changed last first. Everything
 * lends from `a`. -ERR_FULL: over DRAFTS_MAX. */
int query_drafts(const struct draft_line **out, size_t *count, struct ledger *l, uint32_t unit,
		 uint64_t known_at, struct arena *a, struct err *e);

/* A draft that takes this one back, and no other one of the same things. */
void draft_take_back(struct op_target *out, const struct draft_line *line);

enum drafts_sort {
	DRAFTS_ANY,
	DRAFTS_NUMBERS,
	DRAFTS_LIMITS
}; /* any: limits where there are no numbers */

/* What a table of drafts is asked for. */
struct drafts_ask {
	uint32_t unit; /* its direct children are the rows, in official order */
	struct period period;
	struct span measure, group;
	uint64_t known_at;
	enum drafts_sort sort;
};

struct drafts_table {
	struct draft_line *rows; /* one for each child; DRAFT_NONE where there is nothing */
	size_t count;
	bool limits;              /* of limits, else of numbers */
	size_t beside;            /* units with a draft of the other sort */
	size_t drafted, answered; /* n of N: answered or published, of those with a draft */
	size_t published;
	int64_t sum_draft;      /* of rows whose draft is a number of people */
	int64_t sum_registered; /* of all registered numbers */
	int64_t sum_both[2];    /* draft and registered, of rows that have both */
	day_t answer_by;        /* the latest asked for; 0 none */
};

/* -ERR_RANGE: a sum is too large. */
int query_drafts_table(struct drafts_table *out, struct ledger *l, const struct drafts_ask *ask,
		       struct arena *a, struct err *e);

/* ---- publishing ---- */

enum publish_take { TAKE_DRAFT, TAKE_REGISTERED };

/* A unit for which it is to be otherwise. */
struct publish_change {
	uint32_t unit;
	bool leave_out; /* no target: its draft is taken back */
	int64_t value;
};

struct publish_ask {
	const struct tree *tree;
	const struct drafts_table *table;
	struct period period;
	struct span measure, group;
	enum publish_take take; /* REGISTERED: where the draft that stands was answered */
	enum target_instrument instrument;
	struct span doc_no, issuer;
	day_t doc_date;
	const struct publish_change *changes;
	size_t change_count;
};

/* The ops that make targets of drafts, and take back those left out, in the order of the table. What was published
 * is passed over; a unit without a draft gets what `changes` say, or nothing. -ERR_EXISTS: a change of what was
 * published. -ERR_NOTFOUND: a change of a unit that is not in the table. -ERR_STATE: there is nothing to publish. */
int drafts_publish(struct op **ops, size_t *count, const struct publish_ask *ask, struct arena *a,
		   struct err *e);
#endif
