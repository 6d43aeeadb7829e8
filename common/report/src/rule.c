#include "report/rule.h"

#include "base/lang.h"

const char *rule_source_words(const struct case_rule *r)
{
	return lang_now() == TEXT_VI ? r->source_vi : r->source;
}

const char *finding_words(struct arena *a, const struct case_finding *f)
{
	const struct case_rule *r = f->rule;
	const char *about = _(case_rule_text(r->code));

	switch (r->unit) {
	case UNIT_SHARE: /* the votes alone would stand beside the upper part of the share */
		return arena_printf(a, _("%s (%u/%u, the rule says %u/%u)"), about, f->found, f->of,
				    r->value, r->of);
	case UNIT_MONTHS:
		return arena_printf(a, _("%s (%u months, the rule says %u)"), about, f->found,
				    r->value);
	case UNIT_WORKING_DAYS:
		return arena_printf(a, _("%s (%u working days, the rule says %u)"), about, f->found,
				    r->value);
	case UNIT_LEVEL:
	case UNIT_TIMES:
		break;
	}
	return arena_printf(a, _("%s (%u, the rule says %u)"), about, f->found, r->value);
}
