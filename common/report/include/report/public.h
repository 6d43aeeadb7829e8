/* Answers made for outside (--public): small breakdowns of persons are left out, and what they could be computed back
 * from (domain/suppress.h), and the answer says so. Breakdowns are measures that have a parent and count persons: of
 * which, and sources. Admitted, removed, members, targets and percentages of units stay as they are.
 *
 * What one answer tells is looked at, its year before by itself; not what several answers tell together: months and
 * their sum, asked for one after another, are two answers. */
#ifndef REPORT_PUBLIC_H
#define REPORT_PUBLIC_H

#include "ledger/ledger.h"
#include "report/paper.h"

#include <jansson.h>

/* Is this measure such a breakdown? */
bool public_is_breakdown(struct ledger *names, const char *code);

struct public_figure {
	const char *code; /* of a measure */
	bool known;
	int64_t value;
	bool hidden; /* out */
};
/* Of one unit and period. */
int public_figures(struct public_figure *f, size_t count, struct ledger *names, struct arena *a,
		   struct err *e);

/* Change an answer of `totals` or of `table` (`ordered`: not in the official order, which is refused where numbers are
 * left out that it would tell): what is left out becomes null; `public` true, `suppressed` what that was. -ERR_INVALID
 * (ordered), -ERR_NOMEM. */
int public_totals(json_t *answer, struct ledger *names, struct arena *a, struct err *e);
int public_table(json_t *answer, bool ordered, struct ledger *names, struct arena *a,
		 struct err *e);

/* What every kind of output says of it; NULL: it is not made for outside. In the reader's language. */
const char *public_note(const json_t *answer, struct ledger *names, struct arena *a);
/* The same without a list of what was left out. */
const char *public_says(void);
#endif
