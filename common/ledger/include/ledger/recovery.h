/* A store put back from an older copy: what is declared of it, and what others bring back.
 * PROTOCOL.md, section 12. */
#ifndef LEDGER_RECOVERY_H
#define LEDGER_RECOVERY_H

#include "ledger/ledger.h"

/* The key of the setting that ends the recovery; its value is the incarnation, as hex. */
#define RECOVERED_KEY "recovered"

/* Is a recovery going on? Also inside a batch. */
int ledger_recovering(struct ledger *l, bool *recovering, struct err *e);

/* Is it a refusal for want of something that others may still bring back? `lost`: its author had read on in a lost log, where
 * an act or a calendar may have allowed it. */
bool ledger_may_return(enum op_code code, bool lost);

/* How many entries there were before the server that writes now was last started: no later than the
 * branch of a restore that nobody has declared yet. With `below`, a branch that was declared and was too late: fewer
 * than that, as they were before the start that comes before it. */
int ledger_before_start(struct ledger *l, uint64_t below, uint64_t *lsn, struct err *e);

/* An act of the server that an earlier incarnation's log had, in a batch: judged as if it were done now,
 * put under its old identity, or as the newest act where another one took that (`named` false). 0 with out->lsn, -ERR_INVALID when it is refused (nothing stored; out->code
 * says why, if a verdict did), or a failure. Whether it is in the log already is the caller's to know. */
int ledger_bring_act(struct ledger *l, const struct entry *old, bool named, int64_t now_ms,
		     struct judgement *out, struct err *e);
#endif
