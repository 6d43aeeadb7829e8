/* What stands in the log behind the branch, by identity: asked for each entry that is brought back. Built
 * from the log when the first one comes, and followed from there. */
#ifndef OLD_SET_H
#define OLD_SET_H

#include "ledger/ledger.h"

struct old_have {
	struct op_id id;
	uint8_t body_hash[HASH_BYTES];
	struct op_base base;
	uint64_t lsn;
	bool made; /* by the server in this place, not brought here */
};

struct old_set {
	struct old_have *rows; /* ascending by id */
	size_t count, room;
	uint64_t from, through;  /* of the log */
	bool read;               /* else nothing was yet */
	uint8_t incarnation[16]; /* the newest one that began in what was read; zeros: none */
};

void old_set_fini(struct old_set *s); /* empties it too: a batch was given up */

/* Take in entries behind `from` up to the end of the log, a batch's included. */
int old_set_follow(struct old_set *s, struct ledger *l, uint64_t from, struct err *e);
const struct old_have *old_set_find(const struct old_set *s, struct op_id id);
/* An act of the server, under whatever identity: that one itself, whose base no other act has, or the same done again
 * behind `shared`, where the log parted from the one that had it (0: not known). */
bool old_set_has_act(const struct old_set *s, const struct envelope *env, uint64_t shared);
#endif
