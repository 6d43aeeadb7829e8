/* Records corrected field by field, of a case and of a member. */
#include "register_rig.h"

/* Field by field, of a case and of a member: what is counted follows, and contests are there until one names both. */
Test(register, a_record_is_corrected_field_by_field)
{
	struct person_fixes f;
	struct op_id a, b, unheard = { 7, 1, 7 };
	struct op op;
	struct err e = { 0 };

	bring_to(CASE_PROBATION);
	cr_assert_eq(say(&superior, correct_op(1, 1, nothing)), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&sibling, correct_op(1, 1, nothing)), CODE_NOT_ALLOWED);
	op = correct_op(1, 1, nothing);
	op.reason = (struct span){ NULL, 0 };
	cr_assert_eq(say(&clerk, op), CODE_REASON_NEEDED);
	cr_assert_eq(say(&clerk, correct_op(1, 1, unheard)), CODE_VERSION_UNKNOWN);
	cr_assert_eq(say(&clerk, correct_op(FIX_ADMITTED, today(), nothing)), CODE_VALUE_RANGE,
		     "the days of a case are those of its steps");
	cr_assert_eq(say(&clerk, correct_op(FIX_FACT, 0, nothing)), CODE_OK);
	cr_assert_eq(say(&second, correct_op(FIX_FACT + 1, 1, nothing)), CODE_OK);
	(void)stage();
	cr_assert_eq(r.codes.facts, FACT_MINORITY, "both stand");
	cr_assert_eq(r.codes.sources, 1 << SOURCE_RURAL);
	cr_assert_eq(r.corrected, 2);
	cr_assert_eq(say(&clerk, correct_op(6, 1, nothing)), CODE_OK);
	a = device_id(&clerk);
	cr_assert_eq(say(&second, correct_op(6, 2, nothing)), CODE_OK);
	b = device_id(&second);
	must(register_fixes(w.l, 4, person, &f, &e), &e, "fixes");
	cr_assert_eq(fixes_contested(&f), 1);
	op = correct_op(6, 2, a);
	over[1] = b;
	fixes[0].over_count = 2;
	cr_assert_eq(say(&clerk, op), CODE_OK);
	must(register_fixes(w.l, 4, person, &f, &e), &e, "fixes");
	cr_assert_eq(fixes_contested(&f), 0);
	next_person();
	cr_assert_eq(say(&clerk, correct_op(1, 1, nothing)), CODE_CASE_UNKNOWN);
}

Test(register, a_member_is_corrected_and_the_record_written_anew_lies_under_it)
{
	struct register_member m;
	struct err e = { 0 };
	struct op anew;

	next_person();
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_OK);
	anew = member_op(today() - 900, today() - 500);
	anew.member.over = device_id(&clerk);
	cr_assert_eq(say(&clerk, correct_op(FIX_ADMITTED, today() + 1, nothing)),
		     CODE_DATE_INVALID);
	cr_assert_eq(say(&clerk, correct_op(FIX_ADMITTED, today() - 800, nothing)), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.admitted, today() - 800);
	cr_assert_eq(say(&second, anew), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.admitted, today() - 800, "the correction stands");
	cr_assert_eq(m.recognised, today() - 500);
	cr_assert_eq(say(&clerk, end_op(MEMBER_LEFT, today())), CODE_OK);
	cr_assert_eq(say(&clerk, correct_op(6, 2, nothing)), CODE_OK,
		     "what is wrong in the record of one who left is corrected too");
}

static size_t told_corrections;
static int each_correction(void *ctx, const struct entry *en, struct op_id id, const struct op *op,
			   struct err *e)
{
	uint64_t *newest = ctx;

	(void)id;
	(void)e;
	cr_assert_lt(en->lsn, *newest);
	*newest = en->lsn;
	cr_assert(span_eq(op->reason, SPAN_LIT("theo giấy khai sinh")));
	told_corrections++;
	return 0;
}

Test(register, every_correction_is_found_again)
{
	uint64_t newest = UINT64_MAX;
	struct op_id before = nothing;
	struct err e = { 0 };

	bring_to(CASE_CELL);
	for (int i = 1; i <= 5; i++) {
		cr_assert_eq(say(&clerk, correct_op(1, i, before)), CODE_OK);
		before = device_id(&clerk);
	}
	told_corrections = 0;
	must(register_corrections(w.l, 4, person, each_correction, &newest, &e), &e, "history");
	cr_assert_eq(told_corrections, 5, "those that stand no more too");
}

/* (forget, correction): nothing is written about a person who was forgotten; what was asked for only, changes nothing. */
Test(register, forgotten_and_corrected)
{
	uint64_t asked;

	bring_to(CASE_WITHDRAWN);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK);
	asked = ledger_info(w.l).lsn;
	cr_assert_eq(say(&second, correct_op(1, 3, nothing)), CODE_OK, "not forgotten yet");
	cr_assert_eq(say(&second, forget_op(asked)), CODE_OK);
	cr_assert_eq(say(&clerk, correct_op(1, 4, nothing)), CODE_FORGOTTEN);
}
