/* Why a unit is behind: the cause that a letter or a telephone call begins with. */
#ifndef DOMAIN_LAG_H
#define DOMAIN_LAG_H

#include "domain/pace.h"

#include <stddef.h>

enum lag_cause {
	LAG_NONE,         /* not behind, or nothing to reach */
	LAG_NOT_REPORTED, /* due sheets are missing: it may be further than is known */
	LAG_NO_SOURCE,    /* no eligible people left */
	LAG_LATE_DOSSIERS, /* what is due would be there, had dossiers not waited beyond their days */
	LAG_LOW,           /* too few came */
	LAG_EXCEEDED,      /* more than a limit allows */
	LAG_CAUSES
};
/* "", "not-reported", "no-source", "late-dossiers", "low", "exceeded" */
const char *lag_cause_name(enum lag_cause c);

struct lag_facts {
	const struct pace *pace;
	int64_t attained;
	uint64_t missing; /* due sheets that are not there, of it and of units below */
	bool no_source;
	int64_t late_dossiers; /* that a body has beyond the days it has for them; 0 where none is known */
};

/* The first cause that holds, in the order above. */
enum lag_cause lag_judge(const struct lag_facts *f);

/* Those with a cause, whoever has the smallest part of what is due by now first (of a limit: whose limit is
 * the smallest part of what there is), then in official order.
 * `order` has room for `count`; *listed of them are filled. -ERR_NOMEM. */
int lag_list(size_t *order, size_t *listed, const struct lag_facts *facts, size_t count,
	     struct err *e);
#endif
