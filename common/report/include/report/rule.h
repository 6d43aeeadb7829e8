/* What a step of a case does not keep, in words. */
#ifndef REPORT_RULE_H
#define REPORT_RULE_H

#include "base/arena.h"
#include "domain/case_rule.h"

/* "time of work together (1 months, the rule says 12)": what it is about, what was found, what the rule says,
 * each in the rule's own unit, a share as votes of members. Lends from `a`. */
const char *finding_words(struct arena *a, const struct case_finding *f);
/* Where a rule comes from, in the reader's language. */
const char *rule_source_words(const struct case_rule *r);
#endif
