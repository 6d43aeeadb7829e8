/* What form_parse.c and rule.c tell each other. */
#ifndef DOMAIN_FORM_PARTS_H
#define DOMAIN_FORM_PARTS_H

#include "base/err.h"
#include "domain/form.h"

/* Fill compare and both sides of `r` (its code is set) from the text of a check. The measures of `f`
 * are complete. Errors begin with "[rule CODE] check". */
int rule_parse(struct rule *r, const char *check, const struct form *f, struct arena *a,
	       struct err *e);

/* Fill from and terms of `m` from the text of its key. Errors begin with "[measure CODE] from". */
int form_from_parse(struct measure *m, const char *text, const struct form *f, struct arena *a,
		    struct err *e);

/* "within:CODE": the parent's figure is at least the of-which figure. `part` has a parent. */
int rule_make_within(struct rule *r, const struct form *f, const struct measure *part,
		     struct arena *a, struct err *e);

/* "adds-up:GROUP": the figures of the group add up to their parent's. `first` is one of them. */
int rule_make_adds_up(struct rule *r, const struct form *f, const struct measure *first,
		      struct arena *a, struct err *e);
#endif
