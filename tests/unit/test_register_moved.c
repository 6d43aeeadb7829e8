/* Cases and members that go over to another unit, at the server and at devices of both. */
#include "register_rig.h"

#include "ledger/feed.h"
#include "ledger/part.h"
#include "ledger/recovery.h"

static struct op_id sent;

static void funnel_is(uint32_t node, enum case_stage at, int64_t want)
{
	int64_t funnel[CASE_STAGES];
	struct err e = { 0 };

	must(register_funnel(w.l, node, today(), funnel, &e), &e, "funnel");
	cr_assert_eq(funnel[at], want, "unit %u, stage %d: %lld", node, (int)at,
		     (long long)funnel[at]);
}

static int64_t admitted_in(uint32_t node, size_t *cases)
{
	struct case_counting how = { .period = { today() - 365, today() },
				     .counts = COUNTS_CEREMONY };
	int64_t counted[CASE_MEASURES];
	struct err e = { 0 };

	must(register_count(w.l, node, &how, counted, cases, &e), &e, "count");
	return counted[CM_ADMITTED];
}

/* Both ends agree; meanwhile it is on its way, counted once, and what happened at the sender's stays there. */
Test(register, a_case_goes_over_to_another_unit)
{
	struct device receiver = there();
	struct case_record arrived;
	struct case_state st;
	struct err e = { 0 };
	struct op op;
	size_t cases;

	bring_to(CASE_PROBATION);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 9)), CODE_OK);
	sent = device_id(&clerk);
	cr_assert_eq(stage(), CASE_IN_TRANSIT);
	must(register_case(w.l, 6, as, &arrived, &e), &e, "offered");
	cr_assert_eq(arrived.came.state, HANDOVER_OPEN);
	cr_assert_eq(arrived.count, r.count - 1);
	funnel_is(1, CASE_IN_TRANSIT, 1);
	funnel_is(1, CASE_PROBATION, 0);
	cr_assert_eq(admitted_in(1, &cases), 1);
	cr_assert_eq(cases, 1, "counted once on the way");
	cr_assert_eq(say(&sibling, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today() - 10)),
		     CODE_STEP_INVALID, "before it was sent");
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_OK);
	cr_assert_eq(stage(), CASE_MOVED);
	must(register_case(w.l, 6, as, &arrived, &e), &e, "taken over");
	case_record_state(&st, &arrived);
	cr_assert_eq(st.stage, CASE_PROBATION);
	funnel_is(4, CASE_PROBATION, 0);
	funnel_is(6, CASE_PROBATION, 1);
	funnel_is(1, CASE_MOVED, 0);
	cr_assert_eq(admitted_in(4, &cases), 1, "admitted there");
	cr_assert_eq(cases, 0);
	cr_assert_eq(admitted_in(6, &cases), 0, "and not once more");
	cr_assert_eq(cases, 1);
	cr_assert_eq(admitted_in(1, &cases), 1);
	cr_assert_eq(cases, 1);
	cr_assert_eq(take(&clerk, STEP_NEW_CLASS, today()), CODE_OK, "written not having seen it");
	(void)stage();
	cr_assert_eq(r.rival_count, 1, "stands beside");
	last = device_id(&receiver);
	cr_assert_eq(take(&clerk, STEP_NEW_CLASS, today()), CODE_STEP_INVALID, "not here any more");
	op = step_op(STEP_NEW_CLASS, today());
	op.unit = 6;
	op.step.after = sent;
	memcpy(op.step.person, as, PERSON_ID);
	cr_assert_eq(say(&receiver, op), CODE_OK, "goes on there");
}

/* Of the sender's keys nothing is kept once it was taken over; of the receiver's, when it was not. */
Test(register, keys_go_with_the_person)
{
	struct device receiver = there();
	struct told told = { 0 };
	struct err e = { 0 };
	uint64_t from;

	bring_to(CASE_CERTIFIED);
	from = ledger_info(w.l).lsn;
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	must(register_forgotten(w.l, from, told_each, &told, &e), &e, "forgotten");
	cr_assert_eq(told.count, 0, "both ends have keys on the way");
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_REFUSE, today())), CODE_OK);
	must(register_forgotten(w.l, from, told_each, &told, &e), &e, "forgotten");
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.unit, 6);
	cr_assert(!memcmp(told.person, as, PERSON_ID));
	cr_assert_eq(stage(), CASE_CERTIFIED, "back where it stood");
	cr_assert_eq(take(&clerk, STEP_HELPER, today()), CODE_OK);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	from = ledger_info(w.l).lsn;
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_OK);
	told.count = 0;
	must(register_forgotten(w.l, from, told_each, &told, &e), &e, "forgotten");
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.unit, 4);
	cr_assert(!memcmp(told.person, person, PERSON_ID));
}

/* Two who send it off apart from each other: the first stands, the second stands beside and is told to nobody. */
Test(register, two_sendings_are_a_contest)
{
	struct device receiver = there();
	struct case_record other;
	struct op first, then;
	struct err e = { 0 };
	uint8_t first_as[PERSON_ID];

	bring_to(CASE_APPLIED);
	first = move_op(OP_CASE_MOVE, 6, today());
	memcpy(first_as, as, PERSON_ID);
	cr_assert_eq(say(&clerk, first), CODE_OK);
	then = move_op(OP_CASE_MOVE, 7, today());
	cr_assert_eq(say(&second, then), CODE_OK);
	cr_assert_eq(stage(), CASE_IN_TRANSIT);
	cr_assert_eq(r.rival_count, 1);
	cr_assert_eq(r.gone.unit, 6);
	cr_assert_eq(register_case(w.l, 7, as, &other, &e), -ERR_NOTFOUND);
	memcpy(as, first_as, PERSON_ID);
	cr_assert_eq(say(&clerk, answer_op(OP_CASE_MOVE, MOVE_RECALL, today())), CODE_OK);
	cr_assert_eq(stage(), CASE_APPLIED);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_STEP_INVALID,
		     "called back before");
}

/* Their new unit may have taken them over, in what the copy lacks, and then the keys here are destroyed. */
Test(register, nobody_is_called_back_while_the_server_recovers)
{
	struct ledger_info info = ledger_info(w.l);
	struct op restored = { .kind = OP_INCARNATION }, ended = { .kind = OP_SETTING };
	char hex[HASH_HEX_MAX];

	(void)there();
	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	memcpy(restored.incarnation.store, info.store, 16);
	memset(restored.incarnation.id, 0x2d, 16);
	memcpy(restored.incarnation.parent, info.incarnation, 16);
	memcpy(restored.incarnation.log_key, info.log_key, 32);
	restored.incarnation.branch_lsn = ledger_info(w.l).lsn;
	restored.incarnation.cause = SPAN_LIT("restore");
	world_act_now(&w, &restored);
	cr_assert_eq(say(&clerk, answer_op(OP_CASE_MOVE, MOVE_RECALL, today())), CODE_CASE_UNKNOWN);
	cr_assert(ledger_may_return(CODE_CASE_UNKNOWN, false), "it waits, and is not refused");
	cr_assert_eq(stage(), CASE_IN_TRANSIT);
	ended.setting.key = SPAN_LIT(RECOVERED_KEY);
	ended.setting.value = span_str(hex_encode(hex, restored.incarnation.id, 16));
	world_act_now(&w, &ended);
	cr_assert_eq(say(&clerk, answer_op(OP_CASE_MOVE, MOVE_RECALL, today())), CODE_OK);
}

/* Out of the log that was lost, where it was refused or not. */
static enum op_code brought(struct device *by, struct op op, bool refused)
{
	struct submission s = { .device = by->device, .brought = true, .refused = refused };
	struct judgement j;
	struct packed p;

	by->seq++;
	op.author = by->person;
	p = pack(&w, device_id(by), &op, ledger_info(w.l).lsn);
	s.envelope = p.envelope;
	s.body = p.body;
	world_begin(&w);
	must(ledger_submit(w.l, &s, w.now_ms, &j, &w.e), &w.e, "submit");
	world_commit(&w);
	return j.code;
}

/* By it one end destroyed its keys: the other end is to have them. */
Test(register, no_answer_overtakes_that_of_a_lost_log)
{
	static const enum move_what answers[] = { MOVE_RECALL, MOVE_TAKE, MOVE_REFUSE };
	uint8_t whom[ARRAY_LEN(answers)][PERSON_ID], whom_there[ARRAY_LEN(answers)][PERSON_ID];
	struct device receiver = there();
	struct device *by[] = { &clerk, &receiver, &receiver };

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		bring_to(CASE_APPLIED);
		cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
		memcpy(whom[i], person, PERSON_ID);
		memcpy(whom_there[i], as, PERSON_ID);
	}
	world_restore(&w, ledger_info(w.l).lsn);
	for (size_t held = 0; held < ARRAY_LEN(answers); held++) {
		memcpy(person, whom[held], PERSON_ID);
		memcpy(as, whom_there[held], PERSON_ID);
		for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
			struct op op = answer_op(OP_CASE_MOVE, answers[i], today());

			cr_assert_eq(say(by[i], op), CODE_CASE_UNKNOWN, "answer %zu", i);
			cr_assert_eq(brought(by[i], op, true), CODE_CASE_UNKNOWN, "answer %zu", i);
		}
		cr_assert_eq(stage(), CASE_IN_TRANSIT);
		cr_assert_eq(
			brought(by[held], answer_op(OP_CASE_MOVE, answers[held], today()), false),
			CODE_OK, "answer %zu", held);
		cr_assert_eq(stage(), answers[held] == MOVE_TAKE ? CASE_MOVED : CASE_APPLIED);
		cr_assert_eq(brought(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today()), false),
			     CODE_STEP_INVALID, "one holds");
	}
}

/* Whoever takes over has their key at that moment; who refuses has it destroyed, and the sender's may be gone. */
Test(register, taken_over_in_the_restored_log)
{
	struct device receiver = there();

	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	world_restore(&w, ledger_info(w.l).lsn);
	memcpy(w.birth.incarnation, ledger_info(w.l).incarnation,
	       16); /* what is made now is of it */
	cr_assert_eq(say(&clerk, answer_op(OP_CASE_MOVE, MOVE_RECALL, today())), CODE_CASE_UNKNOWN);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_REFUSE, today())),
		     CODE_CASE_UNKNOWN);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_OK);
	cr_assert_eq(stage(), CASE_MOVED);
}

Test(register, where_nobody_can_be_sent)
{
	struct op_change end = { .what = CHANGE_DISSOLVE, .unit = 6 };
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("9-QĐ"),
				   .signer = SPAN_LIT("Người Ký"),
				   .signed_day = today() - 2,
				   .effective = today(),
				   .changes = &end,
				   .count = 1 } };
	struct op op;

	bring_to(CASE_SUBMITTED);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_STEP_INVALID,
		     "the body has the dossier");
	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 99, today())), CODE_UNIT_UNKNOWN);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 4, today())), CODE_UNIT_UNKNOWN);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() + 1)), CODE_DATE_INVALID);
	cr_assert_eq(say(&sibling, move_op(OP_CASE_MOVE, 6, today())), CODE_NOT_ALLOWED);
	op = move_op(OP_CASE_MOVE, 6, today());
	op.move.step_count = 0;
	cr_assert_eq(say(&clerk, op), CODE_STEP_INVALID);
	world_act_now(&w, &act);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_UNIT_CLOSED);
}

static struct op keys_for(const struct device *v)
{
	return (struct op){ .kind = OP_RECOVER,
			    .unit = v->unit,
			    .reason = SPAN_LIT("máy hỏng"),
			    .recover = { .device = v->device } };
}

/* A unit that has ended: what is in its register would be there for nobody. Programs of before kept it there. */
Test(register, whom_a_unit_had_as_it_ended_it_sends_on)
{
	struct op_change end = { .what = CHANGE_DISSOLVE, .unit = 4 };
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("9-QĐ"),
				   .signer = SPAN_LIT("Người Ký"),
				   .signed_day = today() - 2,
				   .effective = today(),
				   .changes = &end,
				   .count = 1 } };
	struct op read = { .kind = OP_NAMES_READ, .unit = 4, .names = { NAMES_SEARCHED, 3 } };
	struct device receiver = there();
	struct register_member m;
	struct err e = { 0 };
	struct kv *before;

	bring_to(CASE_SUBMITTED);
	world_act_now(&w, &act);
	cr_assert_eq(take(&superior, STEP_AGREE, today()), CODE_UNIT_CLOSED, "it admits nobody");
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_STEP_INVALID);
	cr_assert_eq(take(&superior, STEP_RETURN, today()), CODE_OK);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	cr_assert_eq(say(&clerk, answer_op(OP_CASE_MOVE, MOVE_RECALL, today())), CODE_OK);
	last = device_id(&clerk);
	must(kv_mem_clone(&before, w.kv, &e), &e, "copy");
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	cr_assert_eq(world_verify_as(&w, before, ledger_info(w.l).lsn, VERDICT_REFUSED,
				     CODE_UNIT_CLOSED, tree_get(ledger_tree(w.l), 4)->code),
		     0, "what was judged so before stands");
	kv_close(before);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_OK);
	cr_assert_eq(stage(), CASE_MOVED);
	cr_assert_eq(say(&clerk, read), CODE_OK, "that names were read is told there too");
	cr_assert_eq(say(&superior, keys_for(&second)), CODE_OK,
		     "nor are its keys lost with its devices");
	next_person();
	cr_assert_eq(say(&clerk, open_op()), CODE_UNIT_CLOSED);
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_UNIT_CLOSED);
	cr_assert_eq(register_member(w.l, 4, person, &m, &e), -ERR_NOTFOUND);
}

/* A unit that was merged into another one: that began with the other's members, and nobody moved. */
Test(register, who_goes_after_their_unit_has_moved_nowhere)
{
	static const uint32_t into[] = { 6 };
	struct op_change merged = {
		.what = CHANGE_MERGE, .unit = 4, .into = into, .into_count = 1
	};
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("9-QĐ"),
				   .signer = SPAN_LIT("Người Ký"),
				   .signed_day = today() - 20,
				   .effective = today() - 10,
				   .changes = &merged,
				   .count = 1 } };
	struct case_counting how = { .period = { today() - 30, today() },
				     .counts = COUNTS_CEREMONY };
	const uint32_t units[] = { 1, 4, 6 };
	struct device receiver = there();
	int64_t counted[CASE_MEASURES];
	struct err e = { 0 };

	for (int k = 0; k < 2; k++) { /* one went before the act, the other after it */
		next_person();
		cr_assert_eq(say(&clerk, member_op(today() - 900, today() - 500)), CODE_OK);
		if (k)
			world_act_now(&w, &act);
		cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today() - (k ? 9 : 11))),
			     CODE_OK);
		cr_assert_eq(say(&receiver, answer_op(OP_MEMBER_MOVE, MOVE_TAKE, today() - 8)),
			     CODE_OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		must(register_count(w.l, units[i], &how, counted, NULL, &e), &e, "count");
		cr_assert_eq(counted[CM_IN_OTHER_DIRECT], units[i] != 4, "into %u", units[i]);
		cr_assert_eq(counted[CM_OUT_OTHER_DIRECT], units[i] != 6, "out of %u", units[i]);
		cr_assert_eq(counted[CM_MEMBERS], units[i] == 4 ? 0 : 2, "at %u", units[i]);
	}
}

/* Sent to one that has ended meanwhile: it does not take over, and says so, or they are called back. */
Test(register, who_was_on_the_way_to_a_unit_that_ended_comes_back)
{
	struct op_change end = { .what = CHANGE_DISSOLVE, .unit = 6 };
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("9-QĐ"),
				   .signer = SPAN_LIT("Người Ký"),
				   .signed_day = today() - 2,
				   .effective = today(),
				   .changes = &end,
				   .count = 1 } };
	struct device receiver = there();

	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today())), CODE_OK);
	world_act_now(&w, &act);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today())), CODE_UNIT_CLOSED);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_REFUSE, today())), CODE_OK);
	cr_assert_eq(stage(), CASE_APPLIED);
}

Test(register, a_member_goes_over_and_comes_back)
{
	struct op never_kept = { .kind = OP_SETTING,
				 .setting = { SPAN_LIT("register.keep-months"), SPAN_LIT("0") },
				 .source = SPAN_LIT("console:test") };
	struct device receiver = there();
	struct register_member m;
	struct err e = { 0 };

	next_person();
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_OK);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today() - 9)), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.how, MEMBER_IN_TRANSIT);
	world_act_now(&w, &never_kept);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_STEP_INVALID, "two units have keys of them");
	cr_assert_eq(say(&clerk, end_op(MEMBER_DIED, today())), CODE_STEP_INVALID);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 7, today())), CODE_STEP_INVALID);
	as[9]--;
	must(register_member(w.l, 6, as, &m, &e), &e, "offered");
	cr_assert_eq(m.came.state, HANDOVER_OPEN);
	cr_assert_eq(m.admitted, today() - 900);
	cr_assert_eq(say(&receiver, answer_op(OP_MEMBER_MOVE, MOVE_REFUSE, today())), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.how, MEMBER_STAYS);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today() - 9)), CODE_OK);
	cr_assert_eq(say(&receiver, answer_op(OP_MEMBER_MOVE, MOVE_TAKE, today())), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.how, MEMBER_MOVED);
	must(register_member(w.l, 6, as, &m, &e), &e, "member");
	cr_assert_eq(m.how, MEMBER_STAYS);
	cr_assert_eq(m.came.taken, today());
	cr_assert_eq(say(&clerk, answer_op(OP_MEMBER_MOVE, MOVE_RECALL, today())),
		     CODE_STEP_INVALID, "too late");
}

/* (move, correction) either way round: one of the two is refused, and says so; nothing goes along half. */
Test(register, sent_off_and_corrected)
{
	struct op op;
	struct device receiver = there();

	bring_to(CASE_CELL);
	op = move_op(OP_CASE_MOVE, 6, today() - 9);
	cr_assert_eq(say(&second, correct_op(1, 3, nothing)), CODE_OK);
	clerk.behind = 1;
	cr_assert_eq(say(&clerk, op), CODE_STEP_INVALID, "its author had not read the correction");
	cr_assert_eq(stage(), CASE_CELL);
	clerk.behind = 0;
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 9)), CODE_OK);
	cr_assert_eq(say(&second, correct_op(2, 3, nothing)), CODE_STEP_INVALID, "on its way");
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_REFUSE, today())), CODE_OK);
	cr_assert_eq(say(&second, correct_op(2, 3, nothing)), CODE_OK, "and here again");
}

/* The same of one who came from another unit: a member there, under the number there. */
Test(register, who_came_over_becomes_a_member_there)
{
	struct case_counting how = { .period = { today() - 300, today() },
				     .counts = COUNTS_CEREMONY };
	struct device receiver = there();
	struct register_member m;
	int64_t counted[CASE_MEASURES];
	struct err e = { 0 };
	struct op op;

	bring_to(CASE_PROBATION);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 9)), CODE_OK);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today() - 8)), CODE_OK);
	last = device_id(&receiver);
	for (enum case_step_kind k = STEP_REVIEW; k <= STEP_RECOGNISE; k++) {
		struct case_record arrived;

		must(register_case(w.l, 6, as, &arrived, &e), &e, "arrived");
		op = step_op(k, today());
		op.unit = 6;
		op.step.after = case_record_last(&arrived);
		memcpy(op.step.person, as, PERSON_ID);
		cr_assert_eq(say(&receiver, op), CODE_OK);
	}
	must(register_member(w.l, 6, as, &m, &e), &e, "member there");
	cr_assert_eq(m.recognised, today());
	cr_assert_eq(register_member(w.l, 4, person, &m, &e), -ERR_NOTFOUND);
	must(register_count(w.l, 1, &how, counted, NULL, &e), &e, "count");
	cr_assert_eq(counted[CM_MEMBERS], 1, "once in the province");
	cr_assert_eq(counted[CM_ADMITTED], 1);
	cr_assert_eq(counted[CM_RECOGNISED], 1);
}

/* At the receiver's, behind all that stands there. */
static enum op_code take_there(struct device *by, enum case_step_kind kind, day_t on)
{
	struct op op = step_op(kind, on);
	struct case_record arrived;
	struct err e = { 0 };

	must(register_case(w.l, 6, as, &arrived, &e), &e, "arrived");
	op.unit = 6;
	op.step.after = case_record_last(&arrived);
	memcpy(op.step.person, as, PERSON_ID);
	return say(by, op);
}

static void months_balance(uint32_t unit, day_t since)
{
	struct case_counting how = { .counts = COUNTS_CEREMONY };
	int64_t n[CASE_MEASURES], before = -1;
	struct err e = { 0 };

	for (day_t day = since; day <= today(); day++) {
		how.period = (struct period){ day, day };
		must(register_count(w.l, unit, &how, n, NULL, &e), &e, "count");
		if (before >= 0)
			cr_assert_eq(before + n[CM_ADMITTED] + n[CM_IN_OTHER_DIRECT] - n[CM_DIED] -
					     n[CM_STRUCK_OFF] - n[CM_LEFT] - n[CM_OUT_OTHER_DIRECT],
				     n[CM_MEMBERS], "unit %u, %d days ago", unit, today() - day);
		before = n[CM_MEMBERS];
	}
}

/* What the receiver writes of the day of the sending, or of the way, nobody else has: it counts there. Before, an admission on
 * the day on which the papers came and were taken counted nowhere. */
Test(register, what_is_written_there_of_days_before_counts_there)
{
	static const day_t taken[] = { 9, 9, 3, 3 }, held[] = { 9, 8, 6, 12 };
	static const uint32_t units[] = { 1, 4, 6 };
	struct case_counting how = { .counts = COUNTS_CEREMONY };
	struct device receiver = there();
	int64_t n[CASE_MEASURES];
	struct err e = { 0 };

	how.period = (struct period){ today() - 60, today() };
	for (size_t i = 0; i < ARRAY_LEN(held); i++) { /* sent off nine days ago */
		bring_to(CASE_DECIDED);
		cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 9)), CODE_OK);
		cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today() - taken[i])),
			     CODE_OK);
		cr_assert_eq(take_there(&receiver, STEP_CEREMONY, today() - held[i]), CODE_OK);
		for (size_t u = 0; u < ARRAY_LEN(units); u++) {
			int64_t want = units[u] == 4 ? 0 : (int64_t)i + 1;

			must(register_count(w.l, units[u], &how, n, NULL, &e), &e, "count");
			cr_assert_eq(n[CM_ADMITTED], want, "%zu at %u", i, units[u]);
			cr_assert_eq(n[CM_MEMBERS], want, "%zu at %u", i, units[u]);
			cr_assert_eq(n[CM_IN_OTHER_DIRECT] + n[CM_OUT_OTHER_DIRECT], 0);
			months_balance(units[u], today() - 60);
		}
	}
}

/* The same of who came as a member: a class, and how it ended, of a day on which they were on the way. */
Test(register, who_dies_on_the_way_leaves_once)
{
	struct case_counting how = { .counts = COUNTS_CEREMONY };
	struct device receiver = there();
	int64_t n[CASE_MEASURES];
	uint8_t whom[PERSON_ID];
	struct err e = { 0 };
	struct op op;

	bring_to(CASE_PROBATION);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 20)), CODE_OK);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today() - 3)), CODE_OK);
	cr_assert_eq(take_there(&receiver, STEP_NEW_CLASS, today() - 25), CODE_OK);
	cr_assert_eq(take_there(&receiver, STEP_STRIKE_OFF, today() - 8), CODE_OK);
	how.period = (struct period){ today() - 60, today() };
	must(register_count(w.l, 1, &how, n, NULL, &e), &e, "count");
	cr_assert_eq(n[CM_NEW_CLASS], 1);
	cr_assert_eq(n[CM_STRUCK_OFF], 1);
	cr_assert_eq(n[CM_OUT_OTHER_DIRECT], 1);
	cr_assert_eq(n[CM_IN_OTHER_DIRECT], 1);
	months_balance(4, today() - 60);
	months_balance(6, today() - 60);
	/* and one who was sent on of a day before they were taken over */
	bring_to(CASE_PROBATION);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 20)), CODE_OK);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today() - 3)), CODE_OK);
	memcpy(whom, as, PERSON_ID);
	op = move_op(OP_CASE_MOVE, 7, today() - 10);
	op.unit = 6;
	op.move.after = device_id(&clerk);
	memcpy(op.move.person, whom, PERSON_ID);
	cr_assert_eq(say(&receiver, op), CODE_OK);
	months_balance(6, today() - 60);
}

/* A member in probation, whose decision is of a day on which they were in nobody's list. */
Test(register, who_is_recognised_on_the_way_is_so_once)
{
	struct case_counting how = { .period = { today() - 60, today() },
				     .counts = COUNTS_CEREMONY };
	static const day_t days[] = { 20, 6, 2 };
	struct device receiver = there();
	int64_t n[CASE_MEASURES];
	struct err e = { 0 };
	struct op op;

	for (size_t i = 0; i < ARRAY_LEN(days); i++) { /* before, on the way, behind */
		next_person();
		cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_OK);
		if (!i)
			cr_assert_eq(
				say(&clerk, correct_op(FIX_RECOGNISED, today() - days[i], nothing)),
				CODE_OK);
		op = move_op(OP_MEMBER_MOVE, 6, today() - 9);
		op.move.recognised = i ? 0 : today() - days[i];
		cr_assert_eq(say(&clerk, op), CODE_OK);
		cr_assert_eq(say(&receiver, answer_op(OP_MEMBER_MOVE, MOVE_TAKE, today() - 3)),
			     CODE_OK);
		op = correct_op(FIX_RECOGNISED, today() - days[i], nothing);
		op.unit = 6;
		memcpy(op.correct.person, as, PERSON_ID);
		if (i)
			cr_assert_eq(say(&receiver, op), CODE_OK);
		must(register_count(w.l, 1, &how, n, NULL, &e), &e, "count");
		cr_assert_eq(n[CM_RECOGNISED], (int64_t)i + 1, "%zu", i);
		must(register_count(w.l, 6, &how, n, NULL, &e), &e, "count");
		cr_assert_eq(n[CM_RECOGNISED], (int64_t)i, "%zu", i);
	}
}

/* Somebody who came from another unit is nobody of this one before that: the month would not balance. */
Test(register, nobody_goes_before_they_came)
{
	struct device receiver = there();
	struct op op;

	next_person();
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_OK);
	cr_assert_eq(say(&clerk, move_op(OP_MEMBER_MOVE, 6, today() - 9)), CODE_OK);
	cr_assert_eq(say(&receiver, answer_op(OP_MEMBER_MOVE, MOVE_TAKE, today() - 3)), CODE_OK);
	memcpy(person, as, PERSON_ID);
	op = end_op(MEMBER_DIED, today() - 4);
	op.unit = 6;
	cr_assert_eq(say(&receiver, op), CODE_DATE_INVALID);
	op = move_op(OP_MEMBER_MOVE, 7, today() - 4);
	op.unit = 6;
	cr_assert_eq(say(&receiver, op), CODE_DATE_INVALID);
	op.move.day = today() - 3;
	cr_assert_eq(say(&receiver, op), CODE_OK);
}

/* ---- what a device has of it ---- */

struct part {
	struct kv *kv;
	struct ledger *l;
	uint64_t read;
};

static void part_fini(struct part *p)
{
	ledger_close(p->l);
	kv_close(p->kv);
}

static void part_init(struct part *p, uint32_t unit)
{
	struct ledger_info born = ledger_info(w.l);
	struct part_birth b = { .store = { 0 } };

	memcpy(b.store, born.store, sizeof(b.store));
	memcpy(b.incarnation, born.incarnation, sizeof(b.incarnation));
	memcpy(b.log_key, born.log_key, sizeof(b.log_key));
	*p = (struct part){ .kv = world_kv_new(&w) };
	must(part_create(p->kv, &b, NULL, NULL, &w.e), &w.e, "an empty part");
	must(ledger_open(&p->l, p->kv, unit, &w.e), &w.e, "a part");
}

/* What the device gets, applied as it applies it. */
static void part_read(struct part *p, const struct device *d)
{
	struct feed_ask ask = { .after = p->read, .bytes_max = 1 << 20, .count_max = 1000 };
	struct feed_scope scope;
	struct feed_page page;

	must(feed_scope(&scope, w.l, d->device, true, &w.e), &w.e, "its part");
	must(feed_page(&page, w.l, &scope, &ask, w.a, &w.e), &w.e, "a page");
	cr_assert(!page.more);
	must(ledger_begin(p->l, &w.e), &w.e, "begin");
	for (size_t i = 0; i < page.count; i++)
		cr_assert_eq(ledger_put_entry(p->l, page.entries[i], &w.e), 0, "%s", w.e.msg);
	must(ledger_commit(p->l, NULL, NULL, &w.e), &w.e, "commit");
	p->read = page.next;
}

static struct case_state state_in(struct ledger *l, uint32_t unit, const uint8_t *whom)
{
	struct case_state st;

	must(register_case(l, unit, whom, &r, &w.e), &w.e, "a case");
	case_record_state(&st, &r);
	return st;
}

/* From 6, where they are `from`, to 4 again, with what 6 had written. */
static struct op send_back(const uint8_t from[PERSON_ID], uint8_t to[PERSON_ID])
{
	struct op op;
	uint8_t was[PERSON_ID];

	memcpy(was, person, PERSON_ID);
	op = move_op(OP_CASE_MOVE, 4, today());
	op.unit = 6;
	(void)state_in(w.l, 6, from);
	op.move.after = case_record_last(&r);
	memcpy(op.move.person, from, PERSON_ID);
	memcpy(op.move.as, was, PERSON_ID);
	op.move.as[9] = 200;
	memcpy(to, op.move.as, PERSON_ID);
	return op;
}

/* Sent off, and sent back after the other unit went on with them: of what was written there the first unit was told
 * nothing, and it can follow them home all the same. */
Test(register, to_and_fro_as_a_device_reads_it)
{
	struct device receiver = there();
	struct op_base base = { .lsn = 0 };
	struct part p;
	uint8_t over_there[PERSON_ID], back[PERSON_ID];
	struct op op;

	part_init(&p, 4);
	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, move_op(OP_CASE_MOVE, 6, today() - 9)), CODE_OK);
	sent = device_id(&clerk);
	memcpy(over_there, as, PERSON_ID);
	cr_assert_eq(say(&receiver, answer_op(OP_CASE_MOVE, MOVE_TAKE, today() - 8)), CODE_OK);
	op = step_op(STEP_NEW_CLASS, today() - 7);
	op.unit = 6;
	op.step.step = a_step(STEP_HELPER, today() - 7);
	op.step.after = sent;
	memcpy(op.step.person, over_there, PERSON_ID);
	cr_assert_eq(say(&receiver, op), CODE_OK);
	cr_assert_eq(say(&receiver, send_back(over_there, back)), CODE_OK);
	part_read(&p, &clerk);
	cr_assert_eq(state_in(p.l, 4, back).stage, state_in(w.l, 4, back).stage);
	cr_assert_eq(r.came.state, HANDOVER_OPEN);

	op = answer_op(OP_CASE_MOVE, MOVE_TAKE, today());
	op.unit = 4;
	op.author = clerk.person;
	op.move.other = 6;
	memcpy(op.move.person, over_there, PERSON_ID);
	memcpy(op.move.as, back, PERSON_ID);
	memcpy(base.incarnation, ledger_info(w.l).incarnation, sizeof(base.incarnation));
	base.lsn = p.read;
	cr_assert_eq(ledger_decide(p.l, &op, (struct op_id){ clerk.device, 1, clerk.seq + 1 }, 4,
				   &base, w.now_ms, &w.e),
		     CODE_OK, "%s", w.e.msg);
	cr_assert_eq(say(&clerk, op), CODE_OK);
	part_read(&p, &clerk);
	cr_assert_eq(state_in(p.l, 4, back).stage, state_in(w.l, 4, back).stage);
	(void)state_in(p.l, 4, back);
	cr_assert_eq(r.came.state, HANDOVER_DONE);
	part_fini(&p);
}

/* The body that decided on somebody reads its own step for ever, and the rest of the unit no more once that stands
 * below another. */
Test(register, a_step_of_a_body_that_decides_no_more)
{
	struct op_change move = { .what = CHANGE_MOVE, .unit = 4, .parent = 3 };
	struct op op = { .kind = OP_ACT,
			 .source = SPAN_LIT("console:test"),
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = today(),
				  .effective = today(),
				  .changes = &move,
				  .count = 1 } };
	struct part p;

	bring_to(CASE_SUBMITTED);
	cr_assert_eq(take(&superior, STEP_AGREE, today()), CODE_OK);
	world_act_now(&w, &op);
	part_init(&p, 2);
	part_read(&p, &superior);
	part_fini(&p);
}
