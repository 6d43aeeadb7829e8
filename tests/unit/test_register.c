/* The register through decide() and apply(): who may write what about whom, every stage against every step, and
 * what the log then adds up to. */
#include <criterion/criterion.h>

#include "build.h"
#include "case_screen.h"
#include "domain/case_rule.h"
#include "ledger/recovery.h"
#include "ledger/feed.h"
#include "ledger/part.h"
#include "ledger/register.h"
#include "ledger/verify.h"

static struct world w;
static struct device clerk, second, superior, sibling, operator, auditor;
static uint8_t person[PERSON_ID] = { 42 };
static struct op_id last;
static struct case_record r;

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	clerk = world_device(&w, 4, ROLE_CLERK);
	second = world_device(&w, 4, ROLE_APPROVER);
	superior = world_device(&w, 2, ROLE_CLERK);
	sibling = world_device(&w, 5, ROLE_APPROVER);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	auditor = world_device(&w, 1, ROLE_AUDITOR);
	world_commit(&w);
}

/* Whatever a case did: the log replayed gives every row again. */
static void teardown(void)
{
	struct verify_report report;

	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	world_close(&w);
}

TestSuite(register, .init = setup, .fini = teardown);

static day_t today(void)
{
	return day_of_instant(w.now_ms);
}

static struct case_step a_step(enum case_step_kind kind, day_t on)
{
	return (struct case_step){ .kind = kind, .day = on, .reason = a_reason(kind) };
}

static struct op open_op(void)
{
	struct op op = { .kind = OP_CASE,
			 .unit = 4,
			 .open = { .codes = { .facts = FACT_WOMAN,
					      .sources = 1 << SOURCE_RURAL,
					      .age = AGE_18_30,
					      .education = 4 },
				   .step = a_step(STEP_INTRODUCE, today() - 100),
				   .sealed = SPAN_LIT("sealed bytes, whatever they hold") } };

	memcpy(op.open.person, person, PERSON_ID);
	return op;
}

static struct op step_op(enum case_step_kind kind, day_t on)
{
	struct op op = { .kind = OP_CASE_STEP,
			 .unit = 4,
			 .step = { .step = a_step(kind, on),
				   .after = last,
				   .to = kind == STEP_SUBMIT ? 2 : 0 } };

	memcpy(op.step.person, person, PERSON_ID);
	return op;
}

static enum op_code say(struct device *by, struct op op)
{
	enum op_code code = world_submit_now(&w, by, &op).code;

	if (code == CODE_OK && (op.kind == OP_CASE || op.kind == OP_CASE_STEP))
		last = device_id(by);
	return code;
}

static enum op_code take(struct device *by, enum case_step_kind kind, day_t on)
{
	return say(by, step_op(kind, on));
}

static enum case_stage stage(void)
{
	struct case_state st;
	struct err e = { 0 };

	must(register_case(w.l, 4, person, &r, &e), &e, "case");
	case_record_state(&st, &r);
	return st.stage;
}

static void next_person(void)
{
	if (!++person[0])
		person[1]++;
}

/* A new person at each call, brought to a stage the usual way. */
static void bring_to(enum case_stage to)
{
	next_person();
	cr_assert_eq(say(&clerk, open_op()), CODE_OK);
	for (size_t i = 1; ways[to][i]; i++)
		cr_assert_eq(
			take(&clerk, (enum case_step_kind)ways[to][i], today() - 100 + (day_t)i),
			CODE_OK, "stage %d, step %zu", (int)to, i);
	cr_assert_eq(stage(), to);
}

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

static struct op forget_op(uint64_t confirms)
{
	struct op op = { .kind = OP_FORGET,
			 .unit = 4,
			 .reason = SPAN_LIT("đơn của người này"),
			 .forget = { .why = FORGET_OWN_RIGHT, .confirms = confirms } };

	memcpy(op.forget.person, person, PERSON_ID);
	return op;
}

struct told {
	uint64_t lsn;
	uint32_t unit;
	uint8_t person[PERSON_ID];
	size_t count;
};

static int told_each(void *ctx, uint64_t lsn, uint32_t unit, const uint8_t id[PERSON_ID],
		     struct err *e)
{
	struct told *t = ctx;

	(void)e;
	t->lsn = lsn;
	t->unit = unit;
	memcpy(t->person, id, PERSON_ID);
	t->count++;
	return 0;
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

static struct op member_op(day_t admitted, day_t recognised)
{
	struct op op = { .kind = OP_MEMBER,
			 .unit = 4,
			 .member = {
				 .codes = { .facts = FACT_WOMAN, .age = AGE_56_60, .education = 2 },
				 .admitted = admitted,
				 .recognised = recognised,
				 .sealed = SPAN_LIT("sealed bytes, whatever they hold") } };

	memcpy(op.member.person, person, PERSON_ID);
	return op;
}

static struct op end_op(enum member_end how, day_t on)
{
	struct op op = { .kind = OP_MEMBER_END,
			 .unit = 4,
			 .reason = SPAN_LIT("nhập nhầm"),
			 .member_end = { .how = how, .day = on } };

	memcpy(op.member_end.person, person, PERSON_ID);
	return op;
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

static struct op_fix fixes[4];
static struct op_id over[4];

static struct op correct_op(uint8_t field, int64_t value, struct op_id names)
{
	struct op op = { .kind = OP_CORRECT,
			 .unit = 4,
			 .reason = SPAN_LIT("theo giấy khai sinh"),
			 .correct = { .fixes = fixes, .count = 1 } };

	memcpy(op.correct.person, person, PERSON_ID);
	over[0] = names;
	fixes[0] = (struct op_fix){ .field = field, .over = over, .over_count = names.seq != 0 };
	if (fix_is_sealed(field)) {
		fixes[0].sealed = SPAN_LIT("a sealed value");
		memset(fixes[0].tag, (int)value, FIX_TAG);
	} else {
		fixes[0].value = value;
	}
	return op;
}

static const struct op_id nothing;

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

/* ---- between two units ---- */

static struct op_id sent;
static uint8_t as[PERSON_ID];

static struct op move_op(enum op_kind kind, uint32_t to, day_t on)
{
	static struct moved_step steps[CASE_STEPS_MAX];
	struct op op = { .kind = kind,
			 .unit = 4,
			 .move = { .what = MOVE_SEND,
				   .other = to,
				   .day = on,
				   .way = MOVE_OTHER_DIRECT,
				   .codes = { .facts = FACT_WOMAN,
					      .sources = 1 << SOURCE_RURAL,
					      .age = AGE_18_30,
					      .education = 4 },
				   .sealed = SPAN_LIT("sealed anew"),
				   .letter = SPAN_LIT("sealed too") } };

	memcpy(op.move.person, person, PERSON_ID);
	memcpy(op.move.as, person, PERSON_ID);
	op.move.as[9] = ++as[9];
	memcpy(as, op.move.as, PERSON_ID);
	if (kind == OP_MEMBER_MOVE) {
		op.move.admitted = today() - 900;
		return op;
	}
	(void)stage();
	for (size_t i = 0; i < r.count; i++)
		if (r.steps[i].step.kind < STEP_WRITTEN)
			steps[op.move.step_count++] = (struct moved_step){ r.steps[i].step,
									   SPAN_LIT("a paper") };
	op.move.steps = steps;
	op.move.after = last;
	return op;
}

static struct op answer_op(enum op_kind kind, enum move_what what, day_t on)
{
	struct op op = { .kind = kind,
			 .unit = what == MOVE_RECALL ? 4 : 6,
			 .reason = SPAN_LIT("không thuộc đơn vị này"),
			 .move = {
				 .what = what, .other = what == MOVE_RECALL ? 6 : 4, .day = on } };

	memcpy(op.move.person, person, PERSON_ID);
	memcpy(op.move.as, as, PERSON_ID);
	return op;
}

static struct device there(void)
{
	struct device d;

	world_begin(&w);
	d = world_device(&w, 6, ROLE_CLERK);
	world_commit(&w);
	return d;
}

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
	cr_assert(ledger_may_return(CODE_CASE_UNKNOWN), "it waits, and is not refused");
	cr_assert_eq(stage(), CASE_IN_TRANSIT);
	ended.setting.key = SPAN_LIT(RECOVERED_KEY);
	ended.setting.value = span_str(hex_encode(hex, restored.incarnation.id, 16));
	world_act_now(&w, &ended);
	cr_assert_eq(say(&clerk, answer_op(OP_CASE_MOVE, MOVE_RECALL, today())), CODE_OK);
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

	must(feed_scope(&scope, w.l, d->device, &w.e), &w.e, "its part");
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
