/* The table of targets while it is made. */
#ifndef CLIENT_WEB_TARGETS_BOARD_H
#define CLIENT_WEB_TARGETS_BOARD_H

#include "web_internal.h"

#include "domain/lag.h"
#include "domain/rank.h"
#include "ledger/query.h"
#include "report/question.h"

enum { INSTRUMENTS_MAX = 8, ROWS_MAX = 6000 };

struct row {
	const struct unit *unit;
	struct totals *totals;
	bool has_value;
	int64_t value;
	const struct target_line *targets[INSTRUMENTS_MAX];
	struct pace pace[INSTRUMENTS_MAX];
	struct rank_place place;
	struct lag_facts facts;
	char group[RANK_GROUP_MAX];
};

struct board {
	struct call *k;
	struct question q;
	uint16_t measure;
	const struct target_line *heads[INSTRUMENTS_MAX];
	struct row top, *rows;
	size_t count, head_count;
	size_t *order;
};

/* r->targets of each instrument, out of the unit's. */
void board_match(struct board *b, struct row *r, const struct target_line *lines, size_t count);
/* Does its number belong to days before those of the table too? */
bool board_began_before(const struct board *b, const struct op_target *t);
/* The pace of each instrument, by what the row's targets have attained. */
void board_judge(struct board *b, struct row *r);
/* When figures of the unit, or anything from its own devices, last came; 0 never. What others write
 * about it, notes of calls and its line in the list of units, is no news of it. Looks at the newest
 * 64 entries. */
int board_last_heard(struct call *k, uint32_t unit, int64_t *time_ms);
/* Fill b->rows, which has room for them. */
int board_leaves(struct board *b, const struct unit **units, size_t count);
#endif
