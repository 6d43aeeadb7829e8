/* A sheet of a form whose figures come from elsewhere (forms 1 and 2), beside what they come from: the unit's other
 * sheets, and persons admitted in the period as the register has them. Ages are counted from birth dates where this
 * device may open them; no names leave this. */
#ifndef CLIENT_FORMING_H
#define CLIENT_FORMING_H

#include "client/cases.h"
#include "client/entry.h"
#include "client/keyring.h"
#include "domain/form_count.h"

struct formed {
	const struct measure *m;
	const char *origin; /* "sheets" "register" "typed", or "" where nothing stands */
	struct operand typed, counted;
	bool differs;
};

struct forming {
	const struct form *form;
	bool has_register; /* it has anybody of this unit */
	struct form_counts n;
	struct formed cells[MEASURES_MAX]; /* in the order of the form */
};

/* The register of persons, open. */
struct forming_from {
	struct client *c;
	struct keyring *keys;
	const struct cases *cases;
	struct arena *a;
};

bool forming_has(const struct form *f);        /* figures that come from elsewhere */
bool forming_of_persons(const struct form *f); /* some of them from the register */
/* `from` NULL: there is no register, or the form asks for none. A register that cannot be read counts as none. */
void forming_read(struct forming *k, const struct forming_from *from, const struct unit *u,
		  const struct entry_sheet *s, struct period p);
/* Fill what is blank from the register, and write anew what other sheets come to otherwise by now; never over what was
 * typed. *filled: how many. -ERR_NOTFOUND: there is nothing to fill from. */
int forming_fill(const struct forming *k, struct entry_sheet *s, size_t *filled, struct err *e);
#endif
