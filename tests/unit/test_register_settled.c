/* Two outcomes of one case, until a person settles which one stands; and who is a member by it. */
#include "register_rig.h"

static struct op_id outcome(struct device *by, enum case_step_kind kind, struct op_id after)
{
	last = after;
	cr_assert_eq(take(by, kind, today()), CODE_OK, "step %d", (int)kind);
	return last;
}

/* (outcome, withdrawal) either way round, and (move, outcome): a contest for a person, the log's first counts. */
Test(register, an_outcome_and_a_withdrawal_are_a_contest)
{
	struct op_id before;

	bring_to(CASE_SUBMITTED);
	before = last;
	(void)outcome(&superior, STEP_DECIDE, before);
	(void)outcome(&clerk, STEP_WITHDRAW, before);
	cr_assert_eq(stage(), CASE_DECIDED);
	cr_assert_eq(r.rival_count, 1);
	bring_to(CASE_SUBMITTED);
	before = last;
	(void)outcome(&clerk, STEP_WITHDRAW, before);
	(void)outcome(&superior, STEP_DECIDE, before);
	cr_assert_eq(stage(), CASE_WITHDRAWN);
	cr_assert_eq(r.rival_count, 1);
	bring_to(CASE_PROBATION);
	before = last;
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 5, today() - 9)), CODE_OK);
	(void)outcome(&second, STEP_STRIKE_OFF, before);
	cr_assert_eq(stage(), CASE_IN_TRANSIT);
	cr_assert_eq(r.rival_count, 1);
}

/* A recognised case is a member by itself, counted once; one who ends is counted out of the case's month on. */
Test(register, a_recognised_case_is_a_member)
{
	struct case_counting how = { .period = { today() - 300, today() },
				     .counts = COUNTS_CEREMONY };
	struct register_member m;
	struct err e = { 0 };
	int64_t counted[CASE_MEASURES];
	struct op_id settle_ids[2];
	struct op settle = { .kind = OP_CASE_STEP, .unit = 4, .reason = SPAN_LIT("biên bản") };

	bring_to(CASE_REVIEWED);
	settle_ids[0] = last;
	cr_assert_eq(register_member(w.l, 4, person, &m, &e), -ERR_NOTFOUND);
	(void)outcome(&clerk, STEP_RECOGNISE, settle_ids[0]);
	settle_ids[0] = last;
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.recognised, today());
	cr_assert_eq(m.codes.facts, FACT_WOMAN);
	cr_assert_eq(m.record.seq, r.count ? r.record.seq : 0);
	must(register_count(w.l, 4, &how, counted, NULL, &e), &e, "count");
	cr_assert_eq(counted[CM_MEMBERS], 1, "once");
	cr_assert_eq(counted[CM_ADMITTED], 1);
	cr_assert_eq(counted[CM_RECOGNISED], 1);
	cr_assert_eq(say(&clerk, correct_op(FIX_FACT, 0, nothing)), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.codes.facts, 0, "one record of one person");
	cr_assert_eq(m.recognised, today());
	cr_assert_eq(say(&clerk, end_op(MEMBER_DIED, today())), CODE_OK);
	must(register_count(w.l, 4, &how, counted, NULL, &e), &e, "count");
	cr_assert_eq(counted[CM_MEMBERS], 0);
	cr_assert_eq(counted[CM_DIED], 1);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_KEEP, "a member's record is kept");
	/* a person decides for the other outcome: nobody became a member */
	bring_to(CASE_REVIEWED);
	settle_ids[0] = last;
	settle_ids[1] = outcome(&second, STEP_STRIKE_OFF, settle_ids[0]);
	settle_ids[0] = outcome(&clerk, STEP_RECOGNISE, settle_ids[0]);
	cr_assert_eq(register_member(w.l, 4, person, &m, &e), -ERR_NOTFOUND,
		     "struck off meanwhile");
	memcpy(settle.step.person, person, PERSON_ID);
	settle.step.settles = settle_ids;
	settle.step.settle_count = 2;
	settle.step.keep = settle_ids[0];
	cr_assert_eq(say(&clerk, settle), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
}

/* Two outcomes, the recognition first: whoever settles keeps one of them. */
static struct op settle_op(const struct op_id rivals[2], int keep)
{
	struct op op = { .kind = OP_CASE_STEP, .unit = 4, .reason = SPAN_LIT("biên bản") };

	memcpy(op.step.person, person, PERSON_ID);
	op.step.settles = rivals;
	op.step.settle_count = 2;
	op.step.keep = rivals[keep];
	return op;
}

static void recognise_and_strike_off(struct op_id rivals[2])
{
	struct op_id reviewed;

	bring_to(CASE_REVIEWED);
	reviewed = last;
	rivals[0] = outcome(&clerk, STEP_RECOGNISE, reviewed);
	rivals[1] = outcome(&second, STEP_STRIKE_OFF, reviewed);
	cr_assert_eq(stage(), CASE_RECOGNISED);
}

static void expect_counted(int members, int died, int struck_off)
{
	struct case_counting how = { .period = { today() - 300, today() },
				     .counts = COUNTS_CEREMONY };
	int64_t counted[CASE_MEASURES];
	struct err e = { 0 };

	must(register_count(w.l, 4, &how, counted, NULL, &e), &e, "count");
	cr_expect_eq(counted[CM_MEMBERS], members, "%d members", (int)counted[CM_MEMBERS]);
	cr_expect_eq(counted[CM_DIED], died, "%d died", (int)counted[CM_DIED]);
	cr_expect_eq(counted[CM_STRUCK_OFF], struck_off, "%d struck off",
		     (int)counted[CM_STRUCK_OFF]);
}

/* The end of a membership that a settling undoes counts no more, and again when it is settled back. */
Test(register, who_ended_is_none_once_it_is_settled_otherwise)
{
	struct register_member m;
	struct op_id rivals[2];
	struct err e = { 0 };

	recognise_and_strike_off(rivals);
	cr_assert_eq(say(&clerk, end_op(MEMBER_DIED, today())), CODE_OK);
	expect_counted(0, 1, 0);
	cr_assert_eq(say(&clerk, settle_op(rivals, 1)), CODE_OK);
	cr_assert_eq(stage(), CASE_STRUCK_OFF);
	expect_counted(0, 0, 1);
	must(register_member(w.l, 4, person, &m, &e), &e, "kept");
	cr_assert(m.undone && !member_here(&m));
	cr_assert_eq(say(&clerk, end_op(MEMBER_LEFT, today())), CODE_CASE_UNKNOWN);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today())), CODE_STEP_INVALID);
	cr_assert_eq(say(&clerk, correct_op(FIX_FACT, 0, nothing)), CODE_OK, "a case like others");
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK,
		     "never a member: nothing keeps the record");
}

Test(register, what_is_settled_back_is_as_it_was)
{
	struct register_member m;
	struct op_id rivals[2], reviewed;
	struct err e = { 0 };

	recognise_and_strike_off(rivals);
	reviewed = r.steps[r.count - 2].id;
	cr_assert_eq(say(&clerk, end_op(MEMBER_DIED, today())), CODE_OK);
	cr_assert_eq(say(&clerk, settle_op(rivals, 1)), CODE_OK);
	expect_counted(0, 0, 1);
	/* an approver who had read of neither */
	rivals[0] = rivals[1];
	rivals[1] = outcome(&superior, STEP_RECOGNISE, reviewed);
	cr_assert_eq(say(&clerk, settle_op(rivals, 1)), CODE_OK);
	cr_assert_eq(stage(), CASE_RECOGNISED);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.how, MEMBER_DIED);
	cr_assert(!m.undone);
	expect_counted(0, 1, 0);
}

/* Of two recognitions another day stands: the member's days are those of the case. */
Test(register, the_day_that_stands_is_the_members)
{
	struct register_member m;
	struct op_id rivals[2], reviewed;
	struct err e = { 0 };
	struct op op;

	bring_to(CASE_REVIEWED);
	reviewed = last;
	rivals[0] = outcome(&clerk, STEP_RECOGNISE, reviewed);
	op = step_op(STEP_RECOGNISE, today() - 3);
	op.step.after = reviewed;
	cr_assert_eq(say(&second, op), CODE_OK);
	rivals[1] = device_id(&second);
	cr_assert_eq(say(&clerk, settle_op(rivals, 1)), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.recognised, today() - 3);
}

/* Whoever went over as a member is one elsewhere: called back before it is settled that they are none. */
Test(register, who_went_over_as_a_member_is_not_settled_away)
{
	struct device receiver = there();
	struct op_id rivals[2];
	struct op op;

	bring_to(CASE_REVIEWED);
	rivals[0] = last;
	op = step_op(STEP_STRIKE_OFF, today());
	rivals[1] = outcome(&clerk, STEP_RECOGNISE, rivals[0]);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today())), CODE_OK);
	op.step.after = rivals[0];
	cr_assert_eq(say(&second, op), CODE_OK, "it stands beside");
	rivals[0] = rivals[1];
	rivals[1] = device_id(&second);
	cr_assert_eq(say(&clerk, settle_op(rivals, 1)), CODE_STEP_INVALID, "on the way");
	cr_assert_eq(say(&clerk, answer_op(OP_MEMBER_MOVE, MOVE_RECALL, today())), CODE_OK);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today())), CODE_STEP_INVALID,
		     "two outcomes: which of them would go along?");
	cr_assert_eq(say(&clerk, settle_op(rivals, 0)), CODE_OK);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today())), CODE_OK);
	cr_assert_eq(say(&receiver, answer_op(OP_MEMBER_MOVE, MOVE_TAKE, today())), CODE_OK);
}
