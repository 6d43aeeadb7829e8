/* How the months of units stand: work, time and marks, three axes that are never one; and what came after
 * a closing and waits for somebody. Computed on read. */
#ifndef LEDGER_MONTHS_H
#define LEDGER_MONTHS_H

#include "base/arena.h"
#include "domain/calendar.h"
#include "domain/sheet.h"
#include "ledger/ledger.h"

enum month_work {
	WORK_BLANK,
	WORK_DRAFT,
	WORK_SENT,
	WORK_ACCEPTED,
	WORK_CLOSED, /* sent, and the period closed; what is missing from a closed month stays blank */
	WORK_RETURNED,
	WORKS
};
const char *month_work_name(enum month_work w); /* "sent" */
const char *month_work_text(enum month_work w); /* a msgid */

/* By the server's receipt of the signature that stands. */
enum month_time { TIME_NO_DEADLINE, TIME_NOT_DUE, TIME_ON_TIME, TIME_LATE, TIME_MISSING, TIMES };
const char *month_time_name(enum month_time t); /* "on-time" */
const char *month_time_text(enum month_time t);

enum month_mark {
	MARK_NIL,
	MARK_CONTESTED,
	MARK_ON_BEHALF,
	MARK_PROVISIONAL, /* some figure is a superior's */
	MARK_AMENDED,     /* something of it is from after the closing */
	MARK_CHANGED,     /* since it was signed */
	MARK_BROKEN,      /* a blocking rule does not hold */
	MARK_IN_TIME,     /* a superior said: signed in time, received late */
	MARK_WAITS,       /* a late op waits for a decision */
	MARK_UNLOCKED,
	MARKS
};
const char *month_mark_name(enum month_mark m); /* "on-behalf" */
const char *month_mark_text(enum month_mark m);

struct month_cell {
	uint32_t unit;
	uint8_t form;
	struct period period;
	enum month_work work;
	enum month_time time;
	uint32_t marks; /* bits by enum month_mark */
	uint64_t closed_lsn, sign_lsn;
	int64_t received_ms, device_ms; /* of that signature; 0 none */
	bool has_due;
	day_t due;
};
struct months_query {
	uint32_t unit;
	uint8_t form;                    /* 0: every form but those that answer requests */
	struct period period;            /* whole periods within */
	uint64_t known_at;               /* lsn; UINT64_MAX: now */
	int64_t now_ms;                  /* to tell what is missing from what is not due */
	const struct holidays *holidays; /* NULL: deadlines in working days are not known */
};
/* Every sheet that the plan asks of the unit and those below, by unit in the tree's numbers, then by
 * period. Lends from `a`. -ERR_NOTFOUND (unit). */
int query_months(const struct month_cell **out, size_t *count, struct ledger *l,
		 const struct months_query *q, struct arena *a, struct err *e);

struct late_line {
	uint64_t lsn;
	int64_t time_ms, device_ms;
	uint32_t unit, author;
	uint64_t device;
	enum op_code code;
	struct op op;         /* the sheet op */
	uint64_t decided_lsn; /* 0: it waits */
	bool counts;
};
/* Late ops of the unit and those below (0: all), oldest first; `waiting`: only those nobody decided on. */
int query_late(const struct late_line **out, size_t *count, struct ledger *l, uint32_t unit,
	       bool waiting, struct arena *a, struct err *e);

/* The first closing that holds these days for the unit, of entries up to `known_at`; *lsn 0: none. */
int query_closed(uint64_t *lsn, struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		 uint64_t known_at, struct err *e);

/* Does this closing say in its entry which sheets were missing? Those of programs of before do not. */
int query_closing_says(bool *says, struct ledger *l, uint64_t lsn, struct err *e);

/* The unlock that entry `lsn` asks for, `confirms` 0. Lends from `a`. -ERR_NOTFOUND: it asks for none. */
int query_asked(struct op *out, struct ledger *l, uint64_t lsn, struct arena *a, struct err *e);

/* What is below a unit, for its summary: now, and what the summary that stands said. */
struct summary_state {
	uint64_t lsn; /* of that summary, 0 none */
	struct op_summary said;
	uint32_t expected, signed_, accepted; /* now */
	const uint16_t *measures;
	const int64_t *values;
	size_t count;
	uint8_t hash[32];
	size_t changed; /* figures that are other now than was said */
};
int query_summary(struct summary_state *out, struct ledger *l, uint32_t unit, uint8_t form,
		  struct period p, struct arena *a, struct err *e);
/* SHA-256 of the row of what was below when entry `closing` closed these days. -ERR_NOTFOUND: it did not
 * pin this unit and period. */
int query_pinned(uint8_t hash[32], struct ledger *l, uint64_t closing, uint32_t unit, uint8_t form,
		 struct period p, struct err *e);
#endif
