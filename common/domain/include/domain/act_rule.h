/* What an act of reorganisation can break, as it is said of one unit; and a refusal as an error that is read in the
 * reader's language. */
#ifndef DOMAIN_ACT_RULE_H
#define DOMAIN_ACT_RULE_H

#include "base/err.h"
#include "base/span.h"
#include "domain/op.h"

enum act_rule {
	RULE_ITSELF,
	RULE_LATER_ACT,
	RULE_NO_PARENT,
	RULE_NO_SUCCESSOR,
	RULE_SHARES,
	RULE_NOT_THERE,
	RULE_NOT_ENDED,
	RULE_ROOT,
	RULE_LEVELS,
	RULE_UNDER_ENDED,
	RULE_FIGURES_AFTER,
	RULE_TWO_REPORTERS,
	RULE_NO_REPORTER,
	RULE_INTERVALS,
	RULE_PART_THERE,
	RULE_PARTS_SUM,
	RULE_INTO,
	ACT_RULES
};
/* A msgid; its only argument is the unit's code, which comes first in it. */
const char *act_rule_text(enum act_rule r);

/* Describe a refusal: what the code says, and after it what it is about, `detail` as an entry or a verdict has it.
 * A broken rule of an act in there is translated with the rest, though an entry holds it in English and may have
 * cut it. Returns -kind. */
int refusal_err(struct err *e, enum err_code kind, enum op_code code, struct span detail);
#endif
