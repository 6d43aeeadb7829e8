/* A question about totals or a table: out of the words of a command line, or off the wire. */
#ifndef REPORT_QUESTION_H
#define REPORT_QUESTION_H

#include "domain/target.h"
#include "ledger/query.h"
#include "proto/wire.h"

/* As typed; NULL: not said. */
struct question_words {
	const char *from, *to, *period, *known_at, *tree, *basis;
	const char *each;                    /* of totals, tables and bridges */
	const char *of;                      /* which targets */
	const char *measure, *level, *order; /* of a table */
};

enum table_order { ORDER_OFFICIAL, ORDER_ATTAINMENT, ORDER_RATE, ORDER_COUNT, ORDERS };
enum table_level { LEVEL_DIRECT, LEVEL_GRASSROOTS, LEVELS };

struct question {
	struct query q;    /* `unit` is for the asker to fill in */
	bool has_known_ms; /* as known at `known_ms`: question_known() finds the entry */
	int64_t known_ms;
	enum plan_step each; /* days after days; PLAN_NONE: one answer */
	uint32_t
		scope; /* of a bridge: whoever asks may be told only of units that stood below this one; 0: of all */
	enum target_instrument of; /* only such targets are told; INSTR_NONE: all */
	struct span of_doc;        /* empty: any */
	/* of a table */
	struct span measure; /* its code */
	bool all_measures;   /* with `each`: none was named, all are told */
	enum table_level level;
	enum table_order order;
};

/* Lends from `w`. Looks at nothing else, so that every failure is one of how it was typed. `today` is the
 * day of the tree as it is. */
int question_read(struct question *out, const struct question_words *w, day_t today, struct err *e);
/* question_read(), and the words that only a table has. */
int question_read_table(struct question *out, const struct question_words *w, day_t today,
			struct err *e);

/* The entry that `known_ms` means to this ledger. -ERR_NOTFOUND: one was named that the log does not reach. */
int question_known(struct question *q, struct ledger *l, struct err *e);

/* The days after days that `each` makes of the question's days, by the calendar of the monthly form: ascending, the
 * first and the last one cut where the days begin and end. Lends from `a`. -ERR_RANGE: more than
 * QUESTION_PERIODS_MAX, or days upside down. */
enum { QUESTION_PERIODS_MAX = 240 };
int question_periods(const struct period **out, size_t *count, const struct question *q,
		     struct ledger *l, struct arena *a, struct err *e);
const char *question_each(enum plan_step each); /* "month" */

/* Units of a table by periods, the unit asked for among them: 34 provinces by the months of 19 years. */
enum { TABLE_PLACES_MAX = 8192 };

/* `what` is a wire_what. Both lend. -ERR_INVALID for a number that means nothing here;
 * `today` where the asker names no day of the tree. */
struct wire_query question_to_wire(const struct question *q, uint32_t what);
int question_from_wire(struct question *out, const struct wire_query *w, day_t today,
		       struct err *e);
#endif
