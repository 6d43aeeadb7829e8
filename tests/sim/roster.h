/* What the log says of persons, as roster.c makes it out, for what is asked of it in sealed.c. */
#ifndef SIM_ROSTER_H
#define SIM_ROSTER_H

#include "sim.h"

enum { ROWS_MAX = 4096 };

enum where { AT_HOME, ON_THE_WAY, WENT_OVER, OFFERED, SENT_BACK };

struct row {
	uint8_t id[PERSON_ID];
	uint32_t unit, who;
	bool member, forgotten, over;
	enum where at;
	uint64_t author; /* device of the op that made it */
	uint64_t lsn;
	uint64_t asked_lsn; /* to forget, and who asked */
	uint32_t asked_by;
};
struct rows {
	struct row r[ROWS_MAX];
	size_t count;
	uint8_t gone[ROWS_MAX][PERSON_ID]; /* numbers whose keys are destroyed */
	size_t gone_count;
};

struct row *roster_row(struct rows *m, uint32_t unit, const uint8_t *id);
void fixing_check(struct sim *s, const struct rows *m);
struct rows *roster_rows(struct sim *s); /* one for all: the next call makes it anew */
#endif
