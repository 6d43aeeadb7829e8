#include "domain/act_rule.h"

#include "base/lang.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* As an entry has it: English, and never more than 63 bytes. */
static const char *said(enum op_code code, const char *detail)
{
	static char text[ERR_TEXT_MAX];
	struct err e = { 0 };

	cr_assert_eq(refusal_err(&e, ERR_INVALID, code, span_str(detail)), -ERR_INVALID);
	cr_assert_eq(e.code, ERR_INVALID);
	return lang_err(&e, text, sizeof(text));
}

Test(act_rule, each_is_read_in_the_readers_language)
{
	struct err e = { 0 };

	cr_assert_eq(lang_init("vi", LOCALE_DIR, &e), 0, "%s", e.msg);
	for (unsigned r = 0; r < ACT_RULES; r++) {
		char detail[128], want[ERR_TEXT_MAX];

		snprintf(detail, sizeof(detail), act_rule_text((enum act_rule)r), "QNA.TK.039");
		cr_assert_lt(strlen(detail), sizeof(detail));
		snprintf(want, sizeof(want), _(act_rule_text((enum act_rule)r)), "QNA.TK.039");
		cr_assert_str_neq(want, detail, "%u has no translation", r);
		detail[63] = 0; /* whatever was cut away */
		cr_assert_str_eq(said(CODE_ACT_INVALID, detail) +
					 strlen(_(op_code_text(CODE_ACT_INVALID))) + strlen(": "),
				 want);
	}
	lang_use(TEXT_EN);
	cr_assert_str_eq(said(CODE_ACT_INVALID, "DG: would stand under itself"),
			 "the act does not hold together: DG: would stand under itself");
	cr_assert_str_eq(
		said(CODE_ACT_INVALID, "DG: goes over into a unit that is not th"),
		"the act does not hold together: DG: goes over into a unit that is not there on that day");
}

Test(act_rule, what_else_a_detail_is)
{
	struct err e = { 0 };

	cr_assert_eq(lang_init("en", LOCALE_DIR, &e), 0, "%s", e.msg);
	cr_assert_str_eq(said(CODE_TARGET_UNKNOWN, ""), "it amends a target that does not exist");
	cr_assert_str_eq(said(CODE_TARGET_UNKNOWN, "99-KH"),
			 "it amends a target that does not exist: 99-KH");
	cr_assert_str_eq(said(CODE_TARGET_INVALID, "base_date"),
			 "the target contradicts itself: a base after the period it belongs to");
	cr_assert_str_eq(said(CODE_NOT_ALLOWED, "unit"),
			 "this person or device may not do that for this unit");
	cr_assert_str_eq(said(CODE_ACT_INVALID, "A: no rule"),
			 "the act does not hold together: A: no rule");
	cr_assert_str_eq(said(CODE_ACT_INVALID, ": "), "the act does not hold together: : ");
	cr_assert_str_eq(said(CODE_ACT_INVALID, "A: is "),
			 "the act does not hold together: A: is ");
	lang_use(TEXT_VI);
	cr_assert_str_eq(said(CODE_CALENDAR_INVALID, "a month that has begun") +
				 strlen(_(op_code_text(CODE_CALENDAR_INVALID))),
			 ": tháng đã bắt đầu");
}
