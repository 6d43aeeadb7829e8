/* Units put forward for a commendation, by rules that are stated beforehand and told with the list. It is a
 * proposal: who is commended, people decide. */
#ifndef DOMAIN_COMMEND_H
#define DOMAIN_COMMEND_H

#include "domain/rank.h"

struct commend_rule {
	unsigned percent; /* of the target, at least; exactly, without rounding */
	int64_t small;    /* targets under it are not compared */
	bool on_time;     /* no sheet may be late */
	unsigned
		per_group; /* of each emulation group, the first so many; 0: all. Who is equal to the last
			     * of them is put forward as well */
};

/* Why not; the first that holds. What keeps a unit from a place does as well. */
enum commend_why {
	COMMEND_YES,
	COMMEND_APART,  /* see `apart` */
	COMMEND_BELOW,  /* under the percentage */
	COMMEND_LATE,   /* a sheet came late */
	COMMEND_BEYOND, /* others of the group come first */
	COMMEND_WHYS
};
const char *commend_why_name(enum commend_why w); /* "", "apart", "below", "late", "beyond" */

struct commend_row {
	struct rank_row row;
	uint64_t late; /* sheets */
};

struct commend_place {
	enum commend_why why;
	enum rank_apart apart;
	uint32_t in_group; /* place among those who meet the rules; 0: none */
};

/* `out` has room for `count`; rows stand in official order. -ERR_NOMEM. */
int commend_rows(struct commend_place *out, const struct commend_row *rows, size_t count,
		 const struct commend_rule *rule, struct err *e);
#endif
