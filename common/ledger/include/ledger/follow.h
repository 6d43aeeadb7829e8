/* Who follows a unit, and what was done about it: both told by entries of the unit, found in its chain. */
#ifndef LEDGER_FOLLOW_H
#define LEDGER_FOLLOW_H

#include "domain/urge.h"
#include "ledger/ledger.h"

enum { FOLLOW_NOTES_MAX = 32 };

struct follow_note {
	uint64_t lsn;
	int64_t time_ms; /* of receipt */
	uint32_t author; /* person; 0: the console, named in `source` */
	struct op_note note;
	struct span source;
};

struct unit_follow {
	bool has_officer;
	struct op_officer officer; /* of `day` */
	struct follow_note *notes; /* the newest first, at most FOLLOW_NOTES_MAX */
	size_t note_count;
	uint64_t notes_all; /* how many there are */
	struct urge_taken *
		steps; /* of the notes, those that were steps of urging: by day; the newest so many */
	size_t step_count;
};

/* As known after entry `known_at` (UINT64_MAX: now), with notes of days from `since` to `day`. Everything lends
 * from `a`. A unit nobody wrote about has none of it. */
int query_follow(struct unit_follow *out, struct ledger *l, uint32_t unit, day_t since, day_t day,
		 uint64_t known_at, struct arena *a, struct err *e);
#endif
