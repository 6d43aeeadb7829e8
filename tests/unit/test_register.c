/* The register through decide() and apply(): who may write what about whom, every stage against every step, and
 * what the log then adds up to. */
#include "register_rig.h"

/* Every pair through decide(): what may follow is accepted and leads where the screen says, all else is refused
 * and changes nothing. */
Test(register, every_stage_against_every_step)
{
	size_t taken = 0, refused = 0;

	for (int at = CASE_INTRODUCED; at < CASE_IN_TRANSIT; at++) {
		for (int kind = STEP_NONE + 1; kind < STEP_KINDS; kind++) {
			char want = letter((enum case_stage)at, (enum case_step_kind)kind);
			enum case_stage is;
			enum op_code code;

			bring_to((enum case_stage)at);
			code = take(&clerk, (enum case_step_kind)kind, today());
			is = stage();
			if (want == '.' || want == 'e' || kind >= STEP_WRITTEN) {
				cr_assert_eq(code, CODE_STEP_INVALID, "stage %d, step %d", at,
					     kind);
				cr_assert_eq((int)is, at);
				refused++;
				continue;
			}
			cr_assert_eq(code, CODE_OK, "stage %d, step %d", at, kind);
			cr_assert_eq(letters[is], want == '<' ? 'a' : want, "stage %d, step %d", at,
				     kind);
			taken++;
		}
	}
	cr_assert_gt(taken, 100);
	cr_assert_gt(refused, 100);
}

Test(register, who_may_write)
{
	struct device *others[] = { &superior, &sibling, &operator, & auditor };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		cr_assert_eq(say(others[i], open_op()), CODE_NOT_ALLOWED, "%zu", i);
	cr_assert_eq(say(&clerk, open_op()), CODE_OK);
	cr_assert_eq(say(&clerk, open_op()), CODE_EXISTS);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		cr_assert_eq(take(others[i], STEP_LIST, today()), CODE_NOT_ALLOWED, "%zu", i);
	cr_assert_eq(take(&second, STEP_LIST, today() + 1), CODE_DATE_INVALID);
	cr_assert_eq(take(&second, STEP_LIST, today()), CODE_OK);
	person[5] = 1;
	cr_assert_eq(take(&clerk, STEP_LIST, today()), CODE_CASE_UNKNOWN);
}

/* The body that a case was submitted to takes its own steps, nobody else's, and no other body does. */
Test(register, the_body_that_decides)
{
	struct op elsewhere;

	bring_to(CASE_COMMITTEE);
	elsewhere = step_op(STEP_SUBMIT, today());
	elsewhere.step.to = 3;
	cr_assert_eq(say(&clerk, elsewhere), CODE_UNIT_UNKNOWN);
	cr_assert_eq(take(&superior, STEP_RETURN, today()), CODE_NOT_ALLOWED, "not submitted yet");
	cr_assert_eq(take(&clerk, STEP_SUBMIT, today()), CODE_OK);
	cr_assert_eq(take(&operator, STEP_AGREE, today()), CODE_NOT_ALLOWED, "another body");
	cr_assert_eq(take(&superior, STEP_WITHDRAW, today()), CODE_NOT_ALLOWED, "the unit's own");
	cr_assert_eq(take(&superior, STEP_AGREE, today()), CODE_OK);
	cr_assert_eq(take(&superior, STEP_DECIDE, today()), CODE_OK);
	cr_assert_eq(take(&superior, STEP_CEREMONY, today()), CODE_NOT_ALLOWED);
	cr_assert_eq(take(&clerk, STEP_CEREMONY, today()), CODE_OK);
	cr_assert_eq(stage(), CASE_PROBATION);
}

Test(register, two_outcomes_stand_side_by_side_until_a_person_settles)
{
	struct op settle = { .kind = OP_CASE_STEP, .unit = 4, .reason = SPAN_LIT("biên bản họp") };
	struct op_id before, ids[2];

	bring_to(CASE_SUBMITTED);
	before = last;
	cr_assert_eq(take(&superior, STEP_AGREE, today()), CODE_OK);
	ids[0] = last;
	last = before;
	cr_assert_eq(take(&second, STEP_RETURN, today()), CODE_OK);
	ids[1] = last;
	cr_assert_eq(stage(), CASE_AGREED);
	cr_assert_eq(r.rival_count, 1);
	memcpy(settle.step.person, person, PERSON_ID);
	settle.step.settles = ids;
	settle.step.settle_count = 2;
	settle.step.keep = ids[1];
	cr_assert_eq(say(&sibling, settle), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&superior, settle), CODE_OK);
	cr_assert_eq(stage(), CASE_RETURNED);
	cr_assert_eq(r.rival_count, 0);
}

/* What was asked comes back under another number, and is confirmed by the one that it had. */
Test(register, forgotten_by_two_persons_though_the_first_was_lost_with_its_number)
{
	uint64_t asked, before, lost;
	struct kv *rows;

	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK);
	before = ledger_info(w.l).lsn;
	world_restore(&w, before); /* from here on all have read more than that */
	lost = before + 40;
	cr_assert_eq(say(&second, forget_op(lost)), CODE_NOTHING_TO_DO, "of this one, not of that");
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK);
	asked = ledger_info(w.l).lsn;
	cr_assert_eq(say(&second, forget_op(before)), CODE_NOTHING_TO_DO, "no number is lost");
	cr_assert_eq(say(&clerk, forget_op(lost)), CODE_SECOND_PERSON);
	must(kv_mem_clone(&rows, w.kv, &w.e), &w.e, "copy");
	cr_assert_eq(say(&second, forget_op(lost)), CODE_OK);
	cr_assert_eq(stage(), CASE_APPLIED);
	cr_assert_eq(r.forgotten_lsn, asked + 3);
	cr_assert_eq(world_verify_as(&w, rows, r.forgotten_lsn, VERDICT_REFUSED, CODE_NOTHING_TO_DO,
				     NULL),
		     0);
	kv_close(rows);
}

Test(register, forgotten_by_two_persons_and_counted_all_the_same)
{
	int64_t funnel[CASE_STAGES];
	struct told told = { 0 };
	struct err e = { 0 };
	uint64_t asked;

	bring_to(CASE_APPLIED);
	cr_assert_eq(say(&clerk, forget_op(77)), CODE_NOTHING_TO_DO);
	cr_assert_eq(say(&superior, forget_op(0)), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK);
	asked = ledger_info(w.l).lsn;
	cr_assert_eq(say(&clerk, forget_op(asked)), CODE_SECOND_PERSON);
	cr_assert_eq(stage(), CASE_APPLIED);
	cr_assert_eq(r.forgotten_lsn, 0);
	cr_assert_eq(say(&second, forget_op(asked)), CODE_OK);
	cr_assert_eq(stage(), CASE_APPLIED);
	cr_assert_eq(r.forgotten_lsn, ledger_info(w.l).lsn);
	cr_assert_eq(take(&clerk, STEP_CV, today()), CODE_FORGOTTEN);
	must(register_funnel(w.l, 1, today(), funnel, &e), &e, "funnel");
	cr_assert_eq(funnel[CASE_APPLIED], 1);
	must(register_forgotten(w.l, asked, told_each, &told, &e), &e, "forgotten");
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.unit, 4);
	cr_assert(!memcmp(told.person, person, PERSON_ID));
	must(register_forgotten(w.l, told.lsn, told_each, &told, &e), &e, "forgotten");
	cr_assert_eq(told.count, 1, "none after the last");
	bring_to(CASE_PROBATION);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_KEEP, "a member is kept");
}

Test(register, counts_at_every_level)
{
	struct case_counting how = { .period = { today() - 365, today() },
				     .counts = COUNTS_CEREMONY };
	int64_t counted[CASE_MEASURES], funnel[CASE_STAGES];
	struct err e = { 0 };
	size_t cases;

	bring_to(CASE_PROBATION);
	bring_to(CASE_PROBATION);
	bring_to(CASE_SUBMITTED);
	bring_to(CASE_REFUSED);
	for (uint32_t node = 1; node <= 7; node++) {
		int64_t here = node == 1 || node == 2 || node == 4;

		must(register_count(w.l, node, &how, counted, &cases, &e), &e, "count");
		cr_assert_eq(cases, here ? 4 : 0, "unit %u", node);
		cr_assert_eq(counted[CM_ADMITTED], 2 * here, "unit %u", node);
		cr_assert_eq(counted[CM_WOMEN], 2 * here);
		cr_assert_eq(counted[CM_WAITING], here);
		must(register_funnel(w.l, node, today(), funnel, &e), &e, "funnel");
		cr_assert_eq(funnel[CASE_PROBATION], 2 * here);
		cr_assert_eq(funnel[CASE_SUBMITTED], here);
		cr_assert_eq(funnel[CASE_REFUSED], here);
		cr_assert_eq(funnel[CASE_INTRODUCED], 0);
	}
}

static int count_each(void *ctx, const struct register_member *m, struct err *e)
{
	(void)e;
	*(size_t *)ctx += m->how == MEMBER_STAYS;
	return 0;
}

Test(register, members_come_and_end_once)
{
	static const uint8_t decision[PAPER_SEALED_MAX + 1];
	struct op left = end_op(MEMBER_LEFT, today());
	struct register_member m;
	struct err e = { 0 };
	struct op anew;
	size_t stay = 0;

	cr_assert_eq(say(&superior, member_op(today() - 900, 0)), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&clerk, member_op(today() + 1, 0)), CODE_DATE_INVALID);
	cr_assert_eq(say(&clerk, end_op(MEMBER_DIED, today())), CODE_CASE_UNKNOWN);
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_OK);
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_EXISTS);
	anew = member_op(today() - 900, today() - 500);
	anew.member.over = device_id(&clerk);
	cr_assert_eq(say(&second, anew), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.recognised, today() - 500);
	cr_assert_eq(m.record_lsn, ledger_info(w.l).lsn);
	must(register_members(w.l, 4, count_each, &stay, &e), &e, "members");
	cr_assert_eq(stay, 1);
	cr_assert_eq(say(&clerk, end_op(MEMBER_LEFT, today() - 901)), CODE_DATE_INVALID);
	memcpy(left.member_end.person, person, PERSON_ID);
	left.member_end.sealed = span_of(decision, sizeof(decision));
	cr_assert_eq(say(&clerk, left), CODE_VALUE_RANGE, "a decision is a number and a name");
	left.member_end.sealed.len--;
	cr_assert_eq(say(&clerk, left), CODE_OK);
	must(register_member(w.l, 4, person, &m, &e), &e, "member");
	cr_assert_eq(m.end_lsn, ledger_info(w.l).lsn, "where the decision is sealed");
	cr_assert_eq(m.end.seq, device_id(&clerk).seq);
	cr_assert_eq(say(&clerk, end_op(MEMBER_DIED, today())), CODE_STEP_INVALID);
	anew.member.over = device_id(&second);
	cr_assert_eq(say(&second, anew), CODE_STEP_INVALID);
	stay = 0;
	must(register_members(w.l, 0, count_each, &stay, &e), &e, "members");
	cr_assert_eq(stay, 0);
}

/* Not while a rule wants the record kept; afterwards by two persons. */
Test(register, members_are_forgotten_when_their_time_is_over)
{
	struct op shorter = { .kind = OP_SETTING,
			      .setting = { SPAN_LIT("register.keep-months"), SPAN_LIT("24") },
			      .source = SPAN_LIT("console:test") };
	struct register_asked asked;
	struct told told = { 0 };
	struct err e = { 0 };
	unsigned months;
	uint64_t lsn;

	cr_assert_eq(say(&clerk, forget_op(0)), CODE_CASE_UNKNOWN);
	cr_assert_eq(say(&clerk, member_op(today() - 2000, today() - 1500)), CODE_OK);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_KEEP, "as long as the membership lasts");
	cr_assert_eq(say(&clerk, end_op(MEMBER_LEFT, months_after(today(), -24))), CODE_OK);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_KEEP, "and for years after");
	must(register_keep_months(w.l, &months, &e), &e, "months");
	cr_assert_eq(months, MEMBER_KEEP_MONTHS);
	world_act_now(&w, &shorter);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK, "the last day of it is over");
	lsn = ledger_info(w.l).lsn;
	must(register_member_forgotten(w.l, 4, person, &asked, &e), &e, "asked");
	cr_assert_eq(asked.asked_lsn, lsn);
	cr_assert_eq(asked.lsn, 0);
	cr_assert_eq(say(&clerk, forget_op(lsn)), CODE_SECOND_PERSON);
	cr_assert_eq(say(&superior, forget_op(lsn)), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&second, forget_op(lsn + 7)), CODE_NOTHING_TO_DO);
	shorter.setting.value = SPAN_LIT("25");
	world_act_now(&w, &shorter);
	cr_assert_eq(say(&second, forget_op(lsn)), CODE_KEEP, "the rule of the day");
	shorter.setting.value = SPAN_LIT("nonsense");
	world_act_now(&w, &shorter);
	cr_assert_eq(say(&second, forget_op(lsn)), CODE_KEEP, "no number is no shorter term");
	shorter.setting.value = SPAN_LIT("24");
	world_act_now(&w, &shorter);
	cr_assert_eq(say(&second, forget_op(lsn)), CODE_OK);
	must(register_forgotten(w.l, lsn, told_each, &told, &e), &e, "forgotten");
	cr_assert_eq(told.count, 1);
	cr_assert(!memcmp(told.person, person, PERSON_ID));
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_FORGOTTEN);
	person[0]++; /* what was written by mistake is no record of a member */
	cr_assert_eq(say(&clerk, member_op(today() - 900, 0)), CODE_OK);
	cr_assert_eq(say(&clerk, end_op(MEMBER_MISTAKE, today())), CODE_OK);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_OK);
}

/* Whose recognition was written by mistake, and who is written anew: one person. The case went on to count beside. */
Test(register, who_was_recognised_by_mistake_counts_nowhere)
{
	struct case_counting how = { .period = { today() - 900, today() },
				     .counts = COUNTS_CEREMONY };
	struct register_unit_count *units;
	struct register_form_count *forms;
	int64_t n[CASE_MEASURES];
	struct err e = { 0 };
	size_t cases, count;

	bring_to(CASE_RECOGNISED);
	must(register_count(w.l, 1, &how, n, &cases, &e), &e, "count");
	cr_assert(n[CM_ADMITTED] == 1 && n[CM_MEMBERS] == 1 && n[CM_RECOGNISED] == 1);
	cr_assert_eq(say(&clerk, end_op(MEMBER_MISTAKE, today())), CODE_OK);
	must(register_count(w.l, 1, &how, n, &cases, &e), &e, "count");
	cr_assert_eq(cases, 0);
	for (size_t m = 0; m < CASE_MEASURES; m++)
		cr_assert_eq(n[m], 0, "%s", case_measure_code((enum case_measure)m));
	next_person();
	cr_assert_eq(say(&clerk, member_op(today() - 800, today() - 400)), CODE_OK);
	must(register_count_units(w.l, 1, &how, &units, &count, &e), &e, "count");
	cr_assert_eq(count, 1);
	cr_assert_eq(units->counted[CM_MEMBERS], 1);
	cr_assert_eq(units->counted[CM_ADMITTED], 1);
	cr_assert_eq(units->cases + units->members, 1);
	free(units);
	must(register_form_counts(w.l, 1, &how, &forms, &count, &e), &e, "form 2");
	cr_assert_eq(forms->n.persons, 1);
	free(forms);
}

static struct op unit_key_op(uint8_t id, uint32_t generation)
{
	struct op op = { .kind = OP_UNIT_KEY, .unit = 4, .unit_key.generation = generation };

	op.unit_key.key[0] = id;
	op.unit_key.public_half[0] = id;
	return op;
}

Test(register, keys_of_a_unit)
{
	struct register_key k;
	struct err e = { 0 };

	cr_assert_eq(register_unit_key(w.l, 4, &k, &e), -ERR_NOTFOUND);
	cr_assert_eq(say(&superior, unit_key_op(1, 1)), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&clerk, unit_key_op(9, 1)), CODE_OK);
	cr_assert_eq(say(&clerk, unit_key_op(9, 1)), CODE_EXISTS);
	cr_assert_eq(say(&second, unit_key_op(3, 1)), CODE_OK);
	must(register_unit_key(w.l, 4, &k, &e), &e, "key");
	cr_assert_eq(k.key[0], 3, "the later of one generation");
	cr_assert_eq(k.device, second.device);
	cr_assert_eq(say(&second, unit_key_op(2, 2)), CODE_OK);
	must(register_unit_key(w.l, 4, &k, &e), &e, "key");
	cr_assert_eq(k.key[0], 2);
}

Test(register, switched_off_by_the_province)
{
	struct op off = { .kind = OP_SETTING,
			  .setting = { SPAN_LIT("register"), SPAN_LIT("off") },
			  .source = SPAN_LIT("console:test") };
	bool on;
	struct err e = { 0 };

	bring_to(CASE_LISTED);
	must(register_on(w.l, &on, &e), &e, "on");
	cr_assert(on);
	world_act_now(&w, &off);
	cr_assert_eq(take(&clerk, STEP_APPLY, today()), CODE_REGISTER_OFF);
	cr_assert_eq(say(&clerk, unit_key_op(1, 1)), CODE_REGISTER_OFF);
	cr_assert_eq(say(&clerk, forget_op(0)), CODE_REGISTER_OFF);
	person[0]++;
	cr_assert_eq(say(&clerk, open_op()), CODE_REGISTER_OFF);
	must(register_on(w.l, &on, &e), &e, "on");
	cr_assert(!on);
	off.setting.value = SPAN_LIT("on");
	world_act_now(&w, &off);
	cr_assert_eq(say(&clerk, open_op()), CODE_OK);
}

Test(register, reading_names_is_told_to_the_unit)
{
	struct op op = { .kind = OP_NAMES_READ, .unit = 4, .names = { NAMES_SEARCHED, 3 } };

	cr_assert_eq(say(&clerk, op), CODE_OK);
	cr_assert_eq(say(&superior, op), CODE_OK, "the body that decides");
	cr_assert_eq(say(&sibling, op), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&auditor, op), CODE_NOT_ALLOWED);
}
