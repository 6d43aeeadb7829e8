/* What stands in the log behind the branch, by identity: asked for each entry that is brought back. Built
 * from the log when the first one comes, and followed from there. */
#ifndef OLD_SET_H
#define OLD_SET_H

#include "ledger/ledger.h"

struct old_have {
	struct op_id id;
	uint8_t body_hash[HASH_BYTES];
};

struct old_set {
	struct old_have *rows; /* ascending by id */
	size_t count, room;
	uint64_t from, through; /* of the log */
	bool read;              /* else nothing was yet */
};

void old_set_fini(struct old_set *s); /* empties it too: a batch was given up */

/* Take in entries behind `from` up to the end of the log, a batch's included. */
int old_set_follow(struct old_set *s, struct ledger *l, uint64_t from, struct err *e);
const struct old_have *old_set_find(const struct old_set *s, struct op_id id);
/* An act of the server with this very body, under whatever identity. */
bool old_set_has_act(const struct old_set *s, const uint8_t body_hash[HASH_BYTES]);
#endif
