/* Acts that a device may make as well as the server's console: who may, of which unit, and that from a
 * device nobody gives away more than they have. */
#include <criterion/criterion.h>

#include "build.h"
#include "internal.h"

/* The small tree, and at each place a device. */
enum who { CLERK, APPROVER, SUPERIOR, STRANGER, DISTRICT, OPERATOR, AUDITOR, WHO };
static const struct {
	uint32_t unit;
	enum person_role role;
} places[WHO] = {
	[CLERK] = { 4, ROLE_CLERK },       [APPROVER] = { 4, ROLE_APPROVER },
	[SUPERIOR] = { 2, ROLE_APPROVER }, [STRANGER] = { 3, ROLE_APPROVER },
	[DISTRICT] = { 2, ROLE_OPERATOR }, [OPERATOR] = { 1, ROLE_OPERATOR },
	[AUDITOR] = { 1, ROLE_AUDITOR },
};

static struct world w;
static struct device by[WHO];

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	for (int i = 0; i < WHO; i++)
		by[i] = world_device(&w, places[i].unit, places[i].role);
	world_commit(&w);
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(decide_acts, .init = setup, .fini = teardown);

static enum op_code sent(enum who who, struct op op)
{
	return world_submit_now(&w, &by[who], &op).code;
}

static void want(enum who who, struct op op, enum op_code code)
{
	enum op_code got = sent(who, op);

	cr_assert_eq(got, code, "%s of %d on unit %u: %s, not %s", op_kind_name(op.kind), who,
		     op.unit, op_code_name(got), op_code_name(code));
}

/* Everybody but the operators. */
static void nobody_else(struct op op)
{
	static const enum who others[] = { CLERK, APPROVER, SUPERIOR, STRANGER, AUDITOR };

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		want(others[i], op, CODE_NOT_ALLOWED);
}

static uint32_t next_number(void)
{
	return (uint32_t)ledger_info(w.l).lsn;
}

Test(decide_acts, units)
{
	struct op op = build_unit(next_number(), 2, UNIT_BASE_CELL, "C9", FORM_SHORT);

	nobody_else(op);
	want(DISTRICT, op, CODE_OK);
	cr_assert_not_null(tree_by_code(ledger_tree(w.l), SPAN_LIT("C9")));
	op = build_unit(next_number(), 3, UNIT_BASE_CELL, "C8", FORM_SHORT);
	want(DISTRICT, op, CODE_NOT_ALLOWED); /* elsewhere */
	want(OPERATOR, op, CODE_OK);
	want(OPERATOR, op, CODE_EXISTS);
	op = build_unit(4000000000u, 3, UNIT_BASE_CELL, "C7", 0);
	want(OPERATOR, op, CODE_TREE_INVALID); /* nobody uses the numbers up */
	op = build_unit(next_number(), 0, UNIT_PROVINCE, "Q", 0);
	want(OPERATOR, op, CODE_TREE_INVALID);
	op = build_unit(next_number(), 4, UNIT_SUB_CELL, "S", FORM_SHORT);
	want(OPERATOR, op, CODE_PLAN_INVALID); /* as from the console: one reporter on a path */
}

Test(decide_acts, plan)
{
	struct op op = build_plan(4, FORM_SHORT, year_of(2021), PLAN_QUARTER);

	nobody_else(op);
	want(DISTRICT, op, CODE_OK);
	op.unit = 6;
	want(DISTRICT, op, CODE_NOT_ALLOWED);
	want(OPERATOR, op, CODE_OK);
	op.unit = 2;
	want(OPERATOR, op, CODE_PLAN_INVALID); /* those below report */
	op.unit = 99;
	want(OPERATOR, op, CODE_UNIT_UNKNOWN);
}

Test(decide_acts, forms_and_settings_hold_for_all)
{
	struct op form = build_form(&w, "flash");
	struct op setting = { .kind = OP_SETTING, .setting = { SPAN_LIT("k"), SPAN_LIT("v") } };

	nobody_else(form);
	want(DISTRICT, form, CODE_NOT_ALLOWED);
	form.unit = 2; /* its own does not make it one of a part */
	want(DISTRICT, form, CODE_NOT_ALLOWED);
	form.unit = 1;
	want(OPERATOR, form, CODE_NOT_ALLOWED);
	form.unit = 0;
	want(OPERATOR, form, CODE_OK);
	want(OPERATOR, form, CODE_EXISTS);
	nobody_else(setting);
	want(DISTRICT, setting, CODE_NOT_ALLOWED);
	setting.unit = 2;
	want(DISTRICT, setting, CODE_NOT_ALLOWED);
	want(OPERATOR, setting, CODE_NOT_ALLOWED);
	setting.setting.key = SPAN_LIT("print.signer"); /* of a unit: what its papers say of it */
	want(OPERATOR, setting, CODE_OK);
	want(DISTRICT, setting, CODE_OK);
	setting.setting.key = SPAN_LIT("print.");
	want(OPERATOR, setting, CODE_NOT_ALLOWED);
	setting.setting.key = SPAN_LIT("k");
	setting.unit = 0;
	want(OPERATOR, setting, CODE_OK);
	setting.setting.key = SPAN_LIT("import.0123456789abcdef");
	want(OPERATOR, setting, CODE_NOT_ALLOWED); /* how far an import came is the server's */
}

static void header_is(uint32_t unit, const char *want_value)
{
	struct buf value;
	int rc;

	buf_init(&value, 1024);
	rc = ledger_setting_of(w.l, unit, SPAN_LIT("print.signer"), &value, &w.e);
	cr_assert_eq(rc, want_value ? 0 : -ERR_NOTFOUND);
	cr_assert(span_eq(buf_span(&value), span_str(want_value ? want_value : "")));
	buf_fini(&value);
}

/* What a unit's papers say of it: each unit's own, changed by its approver. */
Test(decide_acts, header_of_a_unit)
{
	struct op op = { .kind = OP_SETTING,
			 .unit = 4,
			 .setting = { SPAN_LIT("print.signer"), SPAN_LIT("An") } };

	want(CLERK, op, CODE_NOT_ALLOWED);
	want(SUPERIOR, op, CODE_NOT_ALLOWED);
	want(STRANGER, op, CODE_NOT_ALLOWED);
	want(AUDITOR, op, CODE_NOT_ALLOWED);
	header_is(4, NULL);
	want(APPROVER, op, CODE_OK);
	header_is(4, "An");
	header_is(5, NULL);
	header_is(0, NULL);
	op.unit = 5;
	op.setting.value = SPAN_LIT("Hai");
	want(APPROVER, op, CODE_NOT_ALLOWED);
	want(DISTRICT, op, CODE_OK);
	header_is(5, "Hai");
	header_is(4, "An");
	op.unit = 99;
	want(OPERATOR, op, CODE_UNIT_UNKNOWN);
	op.unit = 4;
	op.setting.key = SPAN_LIT("rounding");
	want(APPROVER, op, CODE_NOT_ALLOWED);
}

Test(decide_acts, members)
{
	struct op op = build_members(4, day(2022, 1, 1), 40);

	nobody_else(op);
	want(DISTRICT, op, CODE_OK);
	op.unit = 6;
	want(DISTRICT, op, CODE_NOT_ALLOWED);
	want(OPERATOR, op, CODE_OK);
	op.unit = 99;
	want(OPERATOR, op, CODE_UNIT_UNKNOWN);
}

Test(decide_acts, targets)
{
	struct op op = build_target(4, year_of(2022), "admitted", "1-NQ", 5);

	op.target.instrument = INSTR_RESOLUTION;
	want(CLERK, op, CODE_NOT_ALLOWED);
	want(APPROVER, op, CODE_OK); /* the unit's own resolution */
	op.target.instrument = INSTR_DECISION;
	op.target.doc_no = SPAN_LIT("2-QD");
	want(APPROVER, op, CODE_NOT_ALLOWED);
	want(SUPERIOR, op, CODE_OK);
	/* a resolution of the unit's own does not take away what the superior decided */
	op.target.instrument = INSTR_RESOLUTION;
	op.target.doc_no = SPAN_LIT("3-NQ");
	op.target.supersedes = SPAN_LIT("2-QD");
	op.reason = SPAN_LIT("too much");
	want(APPROVER, op, CODE_TARGET_UNKNOWN);
	want(SUPERIOR, op, CODE_OK);
	op.target.supersedes = SPAN_LIT("1-NQ");
	want(APPROVER, op, CODE_EXISTS); /* that paper has given its number */
	op.target.doc_no = SPAN_LIT("4-NQ");
	want(APPROVER, op, CODE_OK);
	op.target.supersedes = (struct span){ NULL, 0 };
	op.target.base_date = day(2023, 1, 1);
	op.target.base_value = 100;
	op.target.has_base = true;
	want(APPROVER, op, CODE_TARGET_INVALID); /* as the import says: after the period */
	op = build_target(2, year_of(2022), "admitted", "4", 50);
	want(APPROVER, op, CODE_NOT_ALLOWED); /* above */
	want(AUDITOR, op, CODE_NOT_ALLOWED);
	want(DISTRICT, op, CODE_OK);
	want(STRANGER, op, CODE_NOT_ALLOWED);
	op.unit = 6;
	want(DISTRICT, op, CODE_NOT_ALLOWED);
	want(OPERATOR, op, CODE_OK);
}

Test(decide_acts, claims)
{
	struct op op = { .kind = OP_CLAIM,
			 .unit = 2,
			 .claim = { .id = SPAN_LIT("c"),
				    .period = year_of(2022),
				    .has_percent = true,
				    .percent_digits = 8146,
				    .percent_decimals = 2,
				    .measure = SPAN_LIT("admitted") } };

	want(AUDITOR, op, CODE_CLAIM_INVALID); /* of what? */
	op.claim.of = CLAIM_OF_MEMBERS;
	want(SUPERIOR, op, CODE_NOT_ALLOWED);
	want(AUDITOR, op, CODE_OK);
}

Test(decide_acts, people)
{
	struct op op = build_person(next_number(), 4, ROLE_CLERK);

	want(CLERK, op, CODE_NOT_ALLOWED);
	want(APPROVER, op, CODE_NOT_ALLOWED); /* below, not in the own unit */
	want(STRANGER, op, CODE_NOT_ALLOWED);
	want(AUDITOR, op, CODE_NOT_ALLOWED);
	want(SUPERIOR, op, CODE_OK);
	want(SUPERIOR, op, CODE_EXISTS); /* a number is one person for ever */
	op.reason = SPAN_LIT("is approver now");
	op.person.role = ROLE_APPROVER;
	want(SUPERIOR, op, CODE_OK); /* changed, with a reason */
	op.person.role = ROLE_OPERATOR;
	want(SUPERIOR, op, CODE_NOT_ALLOWED); /* more than they have */
	want(DISTRICT, op, CODE_OK);
	op.person.role = ROLE_CLERK;
	want(SUPERIOR, op, CODE_NOT_ALLOWED); /* an operator is not theirs to change */
	op.person.role = ROLE_CONSOLE;
	want(OPERATOR, op, CODE_NOT_ALLOWED);
	/* nobody takes over somebody elsewhere by giving them a place below */
	op = build_person(by[OPERATOR].person, 4, ROLE_CLERK);
	op.reason = SPAN_LIT("mine");
	want(SUPERIOR, op, CODE_NOT_ALLOWED);
	op = build_person(by[STRANGER].person, 4, ROLE_CLERK);
	op.reason = SPAN_LIT("mine");
	want(SUPERIOR, op, CODE_NOT_ALLOWED);
	op = build_person(4000000000u, 4, ROLE_CLERK);
	want(SUPERIOR, op, CODE_PERSON_UNKNOWN);
	op = build_person(next_number(), 99, ROLE_CLERK);
	want(OPERATOR, op, CODE_UNIT_UNKNOWN);
}

Test(decide_acts, what_changed_meanwhile_is_not_overwritten)
{
	struct op op = build_person(by[CLERK].person, 4, ROLE_CLERK);
	struct op_id id = { by[SUPERIOR].device, 1, 1 };
	struct op_base base = { .lsn = ledger_info(w.l).lsn };

	op.author = by[SUPERIOR].person;
	op.reason = SPAN_LIT("left");
	op.person.to = day(2023, 1, 1);
	cr_assert_eq(ledger_decide(w.l, &op, id, 2, &base, w.now_ms, &w.e), CODE_OK);
	world_act_now(&w, &op);
	cr_assert_eq(ledger_decide(w.l, &op, id, 2, &base, w.now_ms, &w.e), CODE_EXISTS);
}

Test(decide_acts, revocations)
{
	struct op op = { .kind = OP_REVOKE,
			 .unit = 4,
			 .reason = SPAN_LIT("lost"),
			 .device = { .device = by[CLERK].device } };

	want(CLERK, op, CODE_NOT_ALLOWED);
	want(APPROVER, op, CODE_NOT_ALLOWED);
	want(STRANGER, op, CODE_NOT_ALLOWED);
	want(AUDITOR, op, CODE_NOT_ALLOWED);
	op.unit = 2;
	want(SUPERIOR, op, CODE_UNIT_UNKNOWN); /* filed where those of the unit read it */
	op.unit = 4;
	want(SUPERIOR, op, CODE_OK);
	want(SUPERIOR, op, CODE_NOTHING_TO_DO);
	op.device.device = 12345;
	want(SUPERIOR, op, CODE_DEVICE_UNKNOWN);
	op.device.device = by[OPERATOR].device;
	op.unit = 1;
	want(SUPERIOR, op, CODE_NOT_ALLOWED);
	want(DISTRICT, op, CODE_NOT_ALLOWED);
}

Test(decide_acts, what_only_the_server_does)
{
	struct op ops[] = {
		build_device(777, 4, by[CLERK].person, 1),
		{ .kind = OP_EPOCH, .device = { .device = by[CLERK].device, .epoch = 9 } },
		{ .kind = OP_SUSPEND, .device = { .device = by[CLERK].device } },
		{ .kind = OP_ENROL_CODE,
		  .unit = 4,
		  .enrol_code = { .person = by[CLERK].person, .expires_ms = w.now_ms } },
		{ .kind = OP_INCARNATION },
		{ .kind = OP_START },
		{ .kind = OP_CLOCK, .clock.ms = w.now_ms },
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		want(OPERATOR, ops[i], CODE_NOT_ALLOWED);
}

/* The rights are those of the device's own person: a colleague's number lends nothing. */
Test(decide_acts, a_device_speaks_for_its_person_alone)
{
	struct sheet_draft d;

	draft_init(&d, 4, FORM_SHORT, month_of(2022, 9));
	draft_put(&d, 2, 1, 0);
	draft_sign(&d, SIGN_OWN, 0);
	d.op.author = by[APPROVER].person;
	want(CLERK, *draft_op(&d), CODE_PERSON_UNKNOWN);
	d.op.author = 0;
	want(APPROVER, *draft_op(&d), CODE_OK);
}
