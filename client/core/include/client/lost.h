/* Units that only a log had made which is no more: what was typed for one names it by a number that may be another unit's
 * now. */
#ifndef CLIENT_LOST_H
#define CLIENT_LOST_H

#include "client/outbox.h"

struct lost_unit {
	bool is; /* the op's unit is one of these, and not the unit that has its number now */
	char code[CODE_MAX + 1]; /* as the log that is no more called it; "": it is not kept here */
};

/* Of which unit was this own op? By what its author had read: a unit that was made behind the branch of a restore is
 * another one, unless it was made once more under the same code. Where the line of incarnations was not read again, which
 * a device does that was enrolled anew, it is taken for the one that is here. */
int lost_unit_of(struct lost_unit *out, struct client *c, const struct own_op *op, struct err *e);
#endif
