/* "Did you mean": the known name that a mistyped one is nearest to. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/span.h"

struct nearest {
	struct span typed;
	const char *name; /* the best so far, NULL when none is near */
	size_t distance;
};

struct nearest nearest_to(struct span typed);
void nearest_try(struct nearest *n, const char *name);
#endif
