/* A series beside the answers to the same questions asked one by one. */
#ifndef SUPPORT_SAME_SERIES_H
#define SUPPORT_SAME_SERIES_H

#include "build.h"
#include "ledger/query.h"

/* Asked both ways, by looking up what is asked for and by walking past all sheets. Ends the program on a difference,
 * telling which. Returns how many of the parts have figures. */
size_t same_series(struct ledger *l, const struct query *q, const struct period *periods,
		   size_t count);
/* Days after days, at most `max` parts, some of them months, some with days between them left out. */
size_t some_periods(struct rng *r, int year, struct period *out, size_t max);
#endif
