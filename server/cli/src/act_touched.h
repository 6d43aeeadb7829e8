#ifndef SERVER_ACT_TOUCHED_H
#define SERVER_ACT_TOUCHED_H

#include "report/act_file.h"
#include "show.h"

/* A unit that was there before an act and that it changes, ends or takes along. */
struct touched_unit {
	uint32_t unit;
	uint32_t whats;                  /* bits by enum change_what; 0: it only goes along */
	size_t targets, unsent, waiting; /* waiting: sent, not accepted */
	size_t devices, drafts, held;
	size_t cases;        /* admission cases on their way */
	json_t *people;      /* {person, role, name} of those who are there on the day; NULL none */
	const char *officer; /* who follows it; NULL nobody */
};

struct touched {
	struct touched_unit *units;
	size_t count;
};

/* In the batch that made the act, before anything of it is kept: which units are other than they were after
 * entry `before`. */
int touched_note(struct touched *out, struct cli *c, const struct act_file *f, uint64_t before);
/* What stands on them, as committed, seen from the day of the act. */
int touched_fill(struct touched *t, struct cli *c, day_t effective);
void touched_free(struct touched *t);

json_t *touched_json(const struct touched *t, struct cli *c, day_t effective);
int touched_words(const struct touched *t, struct cli *c, day_t effective);
#endif
