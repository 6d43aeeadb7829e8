/* Drafts whose sheet cannot be signed here any more: the unit has ended or left this device's part, or reports otherwise now. */
#ifndef CLIENT_STUCK_H
#define CLIENT_STUCK_H

#include "client/drafts.h"

struct stuck {
	struct draft_key key;
	struct err why; /* as the sheet would be refused */
};

/* By last day; lends from `a`. Where form or unit have not been read yet the draft may still be signed: it is none of these. */
int stuck_list(const struct stuck **out, size_t *count, struct client *c, struct arena *a,
	       struct err *e);
#endif
