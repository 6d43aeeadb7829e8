/* A sheet of a form whose figures come from elsewhere (forms 1 and 2), beside what they come from: the unit's other
 * sheets, and persons admitted in the period as the register has them. Ages are counted from birth dates where this
 * device may open them; no names are shown. */
#ifndef CLIENT_CLI_FORMING_H
#define CLIENT_CLI_FORMING_H

#include "case_ask.h"

#include "domain/form_count.h"

struct formed {
	const struct measure *m;
	const char *origin; /* "sheets" "register" "typed", or "" where nothing stands */
	struct operand typed, counted;
	bool differs;
};

struct forming {
	struct cli *c;
	const struct form *form;
	bool has_register; /* it has anybody of this unit */
	struct form_counts n;
	struct formed cells[MEASURES_MAX]; /* in the order of the form */
};

/* False where the form has no such figures. `k` is to be closed where it is true. */
bool forming_beside(struct forming *k, struct cli *c, const struct unit *u,
		    const struct entry_sheet *s, struct period p);
void forming_close(struct forming *k);
/* {measure, typed, counted, cases, members} of each difference, the lists empty. */
json_t *forming_json(const struct forming *k);
json_t *forming_origins(const struct forming *k); /* {measure: origin} of what stands */
void forming_tell(const struct forming *k, FILE *to);
/* Fill what is blank from the register, and write anew what other sheets come to otherwise by now; never over what was
 * typed. *filled: how many. -ERR_NOTFOUND: there is nothing to fill from. */
int forming_fill(const struct forming *k, struct entry_sheet *s, size_t *filled);
#endif
