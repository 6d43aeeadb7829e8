/* What is done about a unit that is behind, step after step: a letter, a second one, a telephone call by the
 * officer who follows it, a report to the standing committee. The ladder is data (rules/urge.csv): rows of one
 * `from` are a ladder, and the one in force on the day asked applies.
 *
 *	from,place,step,after_days,kind,source
 *	2000-01-01,2,letter,15,plan,"a second letter, 15 days after the first"
 *
 * A province puts its own in its place with the setting `urge-steps`: `letter 0, letter 15, report 8`. */
#ifndef DOMAIN_URGE_H
#define DOMAIN_URGE_H

#include "base/arena.h"
#include "base/dates.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbered for ever: a note says which one it was. */
enum urge_step {
	URGE_NONE = 0, /* a note about something else */
	URGE_LETTER = 1,
	URGE_TELEPHONE = 2,
	URGE_REPORT = 3, /* to the standing committee */
	URGE_STEPS
};
const char *urge_step_name(enum urge_step s);     /* "", "letter", "telephone", "report" */
enum urge_step urge_step_parse(struct span text); /* URGE_NONE: unknown */
const char *urge_step_text(enum urge_step s);     /* to be translated */

enum { URGE_ROWS_MAX = 16, URGE_DAYS_MAX = 3660 };

struct urge_rule {
	enum urge_step step;
	uint32_t
		after_days; /* calendar days after the step before it; of the first, after it was seen */
	const char *kind; /* "plan": no text sets it; "setting": the province's own; "rule" */
	const char *source;
};

struct urge_ladder {
	struct urge_rule rows[URGE_ROWS_MAX];
	size_t count; /* 0: nothing is done by rule */
};

/* The ladder of `day`. Texts go into `a`. -ERR_INVALID with the line, -ERR_NOMEM. */
int urge_ladder_parse(struct urge_ladder *out, struct span csv, day_t day, struct arena *a,
		      struct err *e);
/* The same in the words of the setting. */
int urge_ladder_words(struct urge_ladder *out, struct span words, struct err *e);

struct urge_taken {
	enum urge_step step;
	day_t day;
	uint64_t lsn; /* of the note that says so */
};

struct urge_state {
	size_t taken; /* rows of the ladder that are behind us */
	day_t last;   /* when the last of them was taken; 0 none */
	bool has_next;
	struct urge_rule next;
	unsigned number; /* of its kind: 2 for a second letter */
	day_t due;
};

/* `taken`, ascending by day. A step that the ladder has further up is taken for all below it: who has
 * telephoned needs no second letter. `seen`: the day on which it is looked at; the first step is due from it. */
void urge_judge(struct urge_state *out, const struct urge_ladder *l, const struct urge_taken *taken,
		size_t count, day_t seen);
#endif
