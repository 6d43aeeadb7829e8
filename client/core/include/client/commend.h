/* Whom units put forward for a commendation, by name where this device may open it: the own unit's, and those that a
 * unit below sealed for the own unit. Nothing is sent. */
#ifndef CLIENT_COMMEND_H
#define CLIENT_COMMEND_H

#include "client/case_write.h"
#include "ledger/emulate.h"

struct commend_line {
	struct commended of;
	struct op_id id; /* of one that was not pulled yet */
	bool unsent;     /* it, or its key, is not at the server yet */
};

/* Of `unit` and those below it on `day` that this device holds, for days within `period`: the newest of each, own ones
 * that were not pulled yet too, those taken back left out. Who helped most people first; of one number as they came. Lends
 * from `a`. */
int commend_load(const struct commend_line **out, size_t *count, struct client *c,
		 struct keyring *k, uint32_t unit, struct period period, day_t day, struct arena *a,
		 struct err *e);

/* -ERR_DENIED: not for this device, or nobody is named; -ERR_NOTFOUND: it has not been given the key; -ERR_STATE:
 * forgotten. Lends from `a`. */
int commend_open(struct person_fields *out, struct client *c, struct keyring *k,
		 const struct commended *of, struct arena *a, struct err *e);

/* Queue it. With a name (helped above 0): a new person, their key durable before the op; `op` names period, title, body.
 * What would be refused is not queued, and `e` names the unit and the rule. */
int commend_write(const struct case_writer *w, struct op *op, struct span name, struct err *e);
#endif
