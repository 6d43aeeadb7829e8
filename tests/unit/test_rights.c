#include "domain/rights.h"

#include <criterion/criterion.h>

/* The table once more, written by hand from the words and not from the code. One line per right; four
 * groups, for clerk, approver, operator and auditor; in a group one letter per place of the unit in
 * question: itself, a direct child, further below, above, elsewhere, and "the device is at the root".
 * y yes, b on behalf, . no. */
static const struct {
	enum right right;
	const char *name, *cells;
} table[] = {
	{ RIGHT_READ, "read", "yyy... yyy... yyy..y yyy..y" },
	{ RIGHT_WRITE, "write", "ybb... ybb... .bb..b ......" },
	{ RIGHT_SIGN_OWN, "sign-own", "...... y..... ...... ......" },
	{ RIGHT_RECALL, "recall", "...... y..... ...... ......" },
	{ RIGHT_RETURN, "return", "...... .yy... .y.... ......" },
	{ RIGHT_ACCEPT, "accept", "...... .yy... .y.... ......" },
	{ RIGHT_SUMMARY, "summary", "...... y..... y..... ......" },
	{ RIGHT_REQUEST, "request", "...... .yy... yyy..y ......" },
	{ RIGHT_ENROL, "enrol", "...... .yy... yyy..y ......" },
	{ RIGHT_REVOKE, "revoke", "...... .yy... yyy..y ......" },
	{ RIGHT_TARGET, "target", "...... yy.... yyy..y ......" },
	{ RIGHT_DRAFT, "draft", "...... .y.... yyy..y ......" },
	{ RIGHT_ANSWER, "answer", "...... ybb... .bb..b ......" },
	{ RIGHT_MEMBERS, "members", "...... ...... yyy..y ......" },
	{ RIGHT_ACT, "act", "...... ...... yyy..y ......" },
	{ RIGHT_PROPOSE, "propose", "...... y..... y..... ......" },
	{ RIGHT_PLAN, "plan", "...... ...... yyy..y ......" },
	{ RIGHT_CLOSE, "close", "...... ...... yyy..y ......" },
	{ RIGHT_UNLOCK, "unlock", "...... ...... yyy..y ......" },
	{ RIGHT_FORM, "form", "...... ...... yyy..y ......" },
	{ RIGHT_CALENDAR, "calendar", "...... ...... yyy..y ......" },
	{ RIGHT_SETTING, "setting", "...... ...... yyy..y ......" },
	{ RIGHT_HEADER, "header", "...... y..... yyy..y ......" },
	{ RIGHT_FOLLOW, "follow", ".yy... .yy... yyy..y ......" },
	{ RIGHT_GROUP, "group", "...... ...... yyy..y ......" },
	{ RIGHT_COMMEND, "commend", "...... y..... yyy..y ......" },
	{ RIGHT_REGISTER, "register", "y..... y..... ...... ......" },
	{ RIGHT_SCREEN, "screen", ".yy... .yy... .yy... ......" },
	{ RIGHT_FORGET, "forget", "y..... y..... ...... ......" },
	{ RIGHT_RECOVER, "recover", ".yy... .yy... yyy..y ......" },
	{ RIGHT_CLAIM, "claim", "...... ...... yyy..y yyy..y" },
	{ RIGHT_LOG, "log", "yyy... yyy... yyy..y yyy..y" },
	{ RIGHT_VERIFY, "verify", "yyy... yyy... yyy..y yyy..y" },
	{ RIGHT_RECEIPT, "receipt", "yyy... yyy... yyy..y yyy..y" },
	{ RIGHT_CLAIM_READ, "claim-read", "yyy... yyy... yyy..y yyy..y" },
};

static const enum person_role roles[] = { ROLE_CLERK, ROLE_APPROVER, ROLE_OPERATOR, ROLE_AUDITOR };
static const enum unit_relation places[] = { RELATION_SELF,  RELATION_DIRECT_CHILD, RELATION_BELOW,
					     RELATION_ABOVE, RELATION_ELSEWHERE,    RELATION_ROOT };

static enum right_answer answer_of(char letter)
{
	return letter == 'y' ? RIGHT_YES : letter == 'b' ? RIGHT_ON_BEHALF : RIGHT_NO;
}

Test(rights, every_cell_is_as_the_table_says)
{
	cr_assert_eq(ARRAY_LEN(table), RIGHTS);
	cr_assert_eq(ARRAY_LEN(places), RELATIONS);
	for (size_t r = 0; r < ARRAY_LEN(table); r++) {
		cr_assert_str_eq(right_name(table[r].right), table[r].name);
		for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
			for (size_t p = 0; p < ARRAY_LEN(places); p++)
				cr_assert_eq(rights_ask(table[r].right, roles[i], places[p]),
					     answer_of(table[r].cells[i * 7 + p]),
					     "%s, role %zu, place %zu", table[r].name, i, p);
		}
	}
}

Test(rights, the_console_does_what_an_operator_does_and_nobody_does_nothing)
{
	for (unsigned r = 0; r < RIGHTS; r++) {
		for (unsigned p = 0; p < RELATIONS; p++) {
			cr_assert_eq(
				rights_ask((enum right)r, ROLE_CONSOLE, (enum unit_relation)p),
				rights_ask((enum right)r, ROLE_OPERATOR, (enum unit_relation)p));
			cr_assert_eq(rights_ask((enum right)r, ROLE_NONE, (enum unit_relation)p),
				     RIGHT_NO);
			cr_assert_eq(rights_ask((enum right)r, (enum person_role)77,
						(enum unit_relation)p),
				     RIGHT_NO);
		}
		cr_assert_eq(rights_ask((enum right)r, ROLE_OPERATOR, RELATIONS), RIGHT_NO);
	}
	cr_assert_eq(rights_ask(RIGHTS, ROLE_OPERATOR, RELATION_SELF), RIGHT_NO);
	cr_assert_null(right_name(RIGHTS));
}

static void add(struct tree *t, uint32_t unit, uint32_t parent, const char *code)
{
	struct op_unit c = { .unit = unit,
			     .parent = parent,
			     .code = span_str(code),
			     .name = span_str(code),
			     .kind = UNIT_BASE_CELL,
			     .opened = 100 };

	cr_assert_eq(tree_add(t, &c, unit, NULL), 0);
}

Test(rights, relations_follow_the_tree)
{
	static const struct {
		uint32_t device, unit;
		enum unit_relation want;
	} cases[] = {
		{ 1, 1, RELATION_SELF },       { 1, 2, RELATION_DIRECT_CHILD },
		{ 1, 4, RELATION_BELOW },      { 1, 99, RELATION_ROOT },
		{ 1, 0, RELATION_ROOT },       { 2, 1, RELATION_ABOVE },
		{ 4, 1, RELATION_ABOVE },      { 4, 2, RELATION_ABOVE },
		{ 2, 3, RELATION_ELSEWHERE },  { 3, 4, RELATION_ELSEWHERE },
		{ 2, 0, RELATION_ELSEWHERE },  { 2, 99, RELATION_ELSEWHERE },
		{ 99, 2, RELATION_ELSEWHERE }, { 0, 2, RELATION_ELSEWHERE },
		{ 0, 0, RELATION_ELSEWHERE },  { 2, 4, RELATION_DIRECT_CHILD },
		{ 4, 4, RELATION_SELF },
	};
	struct tree *t;

	cr_assert_eq(tree_new(&t, NULL), 0);
	cr_assert_eq(rights_relation(t, 0, 0, 200, UINT64_MAX), RELATION_ELSEWHERE);
	add(t, 1, 0, "province");
	add(t, 2, 1, "north");
	add(t, 3, 1, "south");
	add(t, 4, 2, "cell");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cr_assert_eq(rights_relation(t, cases[i].device, cases[i].unit, 200, UINT64_MAX),
			     cases[i].want, "%u, %u", cases[i].device, cases[i].unit);
	cr_assert_eq(rights_relation(t, 2, 4, 200, 3), RELATION_ELSEWHERE, "not known yet");
	tree_free(t);
}
