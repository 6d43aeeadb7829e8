/* A published figure, recomputed. It agrees or does not yet agree; never a matter of blame. */
#ifndef DOMAIN_CLAIM_H
#define DOMAIN_CLAIM_H

#include "base/arena.h"
#include "domain/op.h"

enum claim_verdict {
	CLAIM_UNKNOWN,          /* something needed is missing */
	CLAIM_AGREES,           /* the value is equal and both roundings print this percentage */
	CLAIM_AGREES_HALF_UP,   /* only half-up prints it */
	CLAIM_AGREES_TRUNCATED, /* only truncation prints it */
	CLAIM_CONTRADICTS
};
const char *claim_verdict_name(enum claim_verdict v); /* "agrees-half-up" */

/* Something in the store that could stand below the line: a target's goal or bound, a base, a
 * neighbouring sum. `label` is English, one line ("resolution 12-NQ/TU lower bound"). */
struct claim_candidate {
	const char *label;
	int64_t value;
	bool is_denominator; /* else a value that would explain the printed value */
};

struct claim_facts {
	bool has_value;
	int64_t value; /* recomputed numerator */
	bool has_denominator;
	int64_t denominator; /* what `of` says */
	const struct claim_candidate *candidates;
	size_t candidate_count;
};

struct claim_result {
	enum claim_verdict verdict;
	bool has_value;
	int64_t value;
	char percent[24];   /* recomputed half up at the printed decimals; "" when none */
	int64_t difference; /* printed - computed value; 0 without both */
	const char **explained_by;
	size_t explained_count; /* lends from the arena */
};

/* Judge. With approx: over means computed > printed (and printed is a round number not above it),
 * nearly <, about within 5 % either way. A claim with value and percentage must have both right. */
int claim_judge(struct claim_result *out, const struct op_claim *c, const struct claim_facts *f,
		struct arena *a, struct err *e);
#endif
