/* Persons who go over to another unit: what goes along is sealed anew for the receiver, with a key that this device does
 * not keep; and the receiver's answer. Each queues one op, offline too. */
#ifndef CLIENT_MOVES_H
#define CLIENT_MOVES_H

#include "client/cases.h"
#include "client/roll.h"

/* To whom, when, and the number of the letter they bring (empty: none). */
struct move_ask {
	struct register_key to; /* register_key_by_code() */
	day_t day;
	struct span letter, reason;
	int64_t now_ms;
};

/* -ERR_STATE: from where it stands a case does not move, in words; -ERR_NOTFOUND: its key has not come yet. */
int move_case(struct client *c, struct keyring *k, const struct case_record *r,
	      const struct move_ask *ask, struct arena *a, struct err *e);
int move_member(struct client *c, struct keyring *k, const struct register_member *m,
		const struct move_ask *ask, struct arena *a, struct err *e);

/* MOVE_TAKE and MOVE_REFUSE of what was offered here, MOVE_RECALL of what was sent from here. */
struct move_answer {
	enum move_what what;
	day_t day;
	struct span reason;
	int64_t now_ms;
};
int answer_case(struct client *c, struct keyring *k, const struct case_record *r,
		const struct move_answer *answer, const struct unit_key *own, struct err *e);
int answer_member(struct client *c, struct keyring *k, const struct register_member *m,
		  const struct move_answer *answer, const struct unit_key *own, struct err *e);
#endif
