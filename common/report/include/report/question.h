/* A question about totals or a table: out of the words of a command line, or off the wire. */
#ifndef REPORT_QUESTION_H
#define REPORT_QUESTION_H

#include "domain/target.h"
#include "ledger/query.h"
#include "proto/wire.h"

/* As typed; NULL: not said. */
struct question_words {
	const char *from, *to, *period, *known_at, *tree, *basis;
	const char *of;                      /* which targets */
	const char *measure, *level, *order; /* of a table */
};

enum table_order { ORDER_OFFICIAL, ORDER_ATTAINMENT, ORDER_RATE, ORDER_COUNT, ORDERS };
enum table_level { LEVEL_DIRECT, LEVEL_GRASSROOTS, LEVELS };

struct question {
	struct query q;    /* `unit` is for the asker to fill in */
	bool has_known_ms; /* as known at `known_ms`: question_known() finds the entry */
	int64_t known_ms;
	enum target_instrument of; /* only such targets are told; INSTR_NONE: all */
	struct span of_doc;        /* empty: any */
	/* of a table */
	struct span measure; /* its code */
	enum table_level level;
	enum table_order order;
};

/* Lends from `w`. Looks at nothing else, so that every failure is one of how it was typed. `today` is the
 * day of the tree as it is. */
int question_read(struct question *out, const struct question_words *w, day_t today, struct err *e);
/* question_read(), and the words that only a table has. */
int question_read_table(struct question *out, const struct question_words *w, day_t today,
			struct err *e);

/* The entry that `known_ms` means to this ledger. */
int question_known(struct question *q, struct ledger *l, struct err *e);

/* `what` is WIRE_TOTALS or WIRE_TABLE. Both lend. -ERR_INVALID for a number that means nothing here;
 * `today` where the asker names no day of the tree. */
struct wire_query question_to_wire(const struct question *q, uint32_t what);
int question_from_wire(struct question *out, const struct wire_query *w, day_t today,
		       struct err *e);
#endif
