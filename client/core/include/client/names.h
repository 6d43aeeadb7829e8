/* Names and card numbers of the unit's members, and of the cases that open here, folded and sealed in pieces, so that one
 * among many is found without opening every record. Derived from the records: whatever is missing, damaged, of another format or under another key
 * is made anew by the next search. Table 40 of the device's store: common/ledger/KEYS.md.
 *
 * The pieces open with a key made of the unit's key and of a salt that is in the keyring alone. When somebody is
 * forgotten or goes over, the salt is destroyed with that person's wrap (keyring_due): what the store held until then,
 * in pages that it has freed too, opens with nothing any more. */
#ifndef CLIENT_NAMES_H
#define CLIENT_NAMES_H

#include "client/cases.h"

enum names_of { NAMES_OF_MEMBERS, NAMES_OF_CASES };

struct names_asked {
	enum names_of of;
	const char
		*folded;  /* part of a name, as text_fold() leaves it; NULL: do not look at names */
	const char *card; /* a whole card number; NULL */
	/* Told now and then while all is made anew; NULL. */
	void (*tell)(void *ctx, size_t done, size_t of);
	void *ctx;
};

struct names_found {
	uint8_t (*at)[PERSON_ID]; /* lent from the arena; each once */
	uint32_t *units; /* theirs, likewise: of cases that were submitted here another one */
	size_t count;
};

/* Members whose record opens here, those who are no more members included; or cases. Some may be there that do not open
 * here any more: whoever opens them sees. What changed since the last search is
 * taken in first, in one commit. A unit without a key, or one whose key has not come: nobody. */
int names_search(struct names_found *out, struct client *c, struct keyring *k,
		 const struct names_asked *asked, struct arena *a, struct err *e);
/* Cases alone (asked->of is that), loaded; and those whose number begins with `hex` (NULL: none). -ERR_CORRUPT: the index
 * cannot be made, and all are to be looked at. */
int cases_search(struct cases **out, struct client *c, struct keyring *k,
		 const struct names_asked *asked, const char *hex, struct arena *a, struct err *e);
#endif
