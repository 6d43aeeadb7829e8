/* A small tree with devices that a case meets on its way, and what they say of one person: what the tests of the register
 * begin with. However a case went: the log replayed gives every row again. */
#ifndef TESTS_REGISTER_RIG_H
#define TESTS_REGISTER_RIG_H

#include <criterion/criterion.h>

#include "build.h"
#include "case_screen.h"
#include "domain/case_rule.h"
#include "ledger/register.h"
#include "ledger/verify.h"

static struct world w;
static struct device clerk, second, superior, sibling, operator, auditor;
static uint8_t person[PERSON_ID] = { 42 };
static struct op_id last;
static struct case_record r;

static inline void setup(void)
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

static inline void teardown(void)
{
	struct verify_report report;

	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	world_close(&w);
}

TestSuite(register, .init = setup, .fini = teardown);

static inline day_t today(void)
{
	return day_of_instant(w.now_ms);
}

static inline struct case_step a_step(enum case_step_kind kind, day_t on)
{
	return (struct case_step){ .kind = kind, .day = on, .reason = a_reason(kind) };
}

static inline struct op open_op(void)
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

static inline struct op step_op(enum case_step_kind kind, day_t on)
{
	struct op op = { .kind = OP_CASE_STEP,
			 .unit = 4,
			 .step = { .step = a_step(kind, on),
				   .after = last,
				   .to = kind == STEP_SUBMIT ? 2 : 0 } };

	memcpy(op.step.person, person, PERSON_ID);
	return op;
}

static inline enum op_code say(struct device *by, struct op op)
{
	enum op_code code = world_submit_now(&w, by, &op).code;

	if (code == CODE_OK && (op.kind == OP_CASE || op.kind == OP_CASE_STEP))
		last = device_id(by);
	return code;
}

static inline enum op_code take(struct device *by, enum case_step_kind kind, day_t on)
{
	return say(by, step_op(kind, on));
}

static inline enum case_stage stage(void)
{
	struct case_state st;
	struct err e = { 0 };

	must(register_case(w.l, 4, person, &r, &e), &e, "case");
	case_record_state(&st, &r);
	return st.stage;
}

static inline void next_person(void)
{
	if (!++person[0])
		person[1]++;
}

/* A new person at each call, brought to a stage the usual way. */
static inline void bring_to(enum case_stage to)
{
	next_person();
	cr_assert_eq(say(&clerk, open_op()), CODE_OK);
	for (size_t i = 1; ways[to][i]; i++)
		cr_assert_eq(
			take(&clerk, (enum case_step_kind)ways[to][i], today() - 100 + (day_t)i),
			CODE_OK, "stage %d, step %zu", (int)to, i);
	cr_assert_eq(stage(), to);
}

/* ---- the end of a record ---- */

static inline struct op forget_op(uint64_t confirms)
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

static inline int told_each(void *ctx, uint64_t lsn, uint32_t unit, const uint8_t id[PERSON_ID],
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

/* ---- members ---- */

static inline struct op member_op(day_t admitted, day_t recognised)
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

static inline struct op end_op(enum member_end how, day_t on)
{
	struct op op = { .kind = OP_MEMBER_END,
			 .unit = 4,
			 .reason = SPAN_LIT("nhập nhầm"),
			 .member_end = { .how = how, .day = on } };

	memcpy(op.member_end.person, person, PERSON_ID);
	return op;
}

/* ---- corrections ---- */

static struct op_fix fixes[4];
static struct op_id over[4];

static inline struct op correct_op(uint8_t field, int64_t value, struct op_id names)
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

/* ---- between two units ---- */

static uint8_t as[PERSON_ID];

static inline struct op move_op(enum op_kind kind, uint32_t to, day_t on)
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

static inline struct op answer_op(enum op_kind kind, enum move_what what, day_t on)
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

static inline struct device there(void)
{
	struct device d;

	world_begin(&w);
	d = world_device(&w, 6, ROLE_CLERK);
	world_commit(&w);
	return d;
}

#endif
