#include "domain/op.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

/* Every case starts from an op that passes and spoils one thing. */

static const struct op_id seen[2] = { { 1, 1, 1 }, { 1, 1, 2 } };
static struct op_figure figures[3];
static char long_text[REASON_MAX + 2];

static struct op good_sheet(void)
{
	struct op op = { .kind = OP_SHEET, .unit = 4 };

	figures[0] =
		(struct op_figure){ .measure = 2, .state = FIGURE_VALUE, .value = 3, .over = 3 };
	figures[1] = (struct op_figure){ .measure = 3, .state = FIGURE_NIL };
	figures[2] = (struct op_figure){ .measure = 5, .state = FIGURE_BLANK, .over = 1 };
	op.sheet = (struct op_sheet){ .form = 1,
				      .form_version = 1,
				      .period = { 19000, 19029 },
				      .seen = seen,
				      .seen_count = 2,
				      .figures = figures,
				      .figure_count = 3 };
	op.sheet.sign = (struct op_sign){ .how = SIGN_PAPER,
					  .paper_day = 19030,
					  .covers = 3,
					  .signer = SPAN_LIT("Nguyễn Văn An") };
	return op;
}

static struct op good_mark(void)
{
	struct op op = { .kind = OP_RETURN, .unit = 4, .reason = SPAN_LIT("thiếu chữ ký") };

	op.mark = (struct op_mark){ .form = 1, .period = { 19000, 19029 }, .seen_lsn = 7 };
	return op;
}

static struct op good_target(void)
{
	struct op op = { .kind = OP_TARGET, .unit = 4 };

	op.target = (struct op_target){ .period = { 19000, 19364 },
					.measure = SPAN_LIT("admitted"),
					.instrument = INSTR_DECISION,
					.doc_no = SPAN_LIT("426-QĐ/TU"),
					.type = TARGET_RANGE,
					.value = 4500,
					.value_max = 5000 };
	return op;
}

static struct op good_claim(void)
{
	struct op op = { .kind = OP_CLAIM, .unit = 4 };

	op.claim = (struct op_claim){ .id = SPAN_LIT("S004-08"),
				      .measure = SPAN_LIT("admitted"),
				      .period = { 19000, 19364 },
				      .has_percent = true,
				      .percent_digits = 8146,
				      .percent_decimals = 2,
				      .of = CLAIM_OF_TARGET,
				      .instrument = INSTR_DECISION };
	return op;
}

static struct op good_unit(void)
{
	struct op op = { .kind = OP_UNIT };

	op.create = (struct op_unit){ .unit = 2,
				      .parent = 1,
				      .code = SPAN_LIT("tamky"),
				      .name = SPAN_LIT("Tam Kỳ"),
				      .kind = UNIT_DIRECT,
				      .opened = 18000,
				      .closed = 19000 };
	return op;
}

static struct op good_plan(void)
{
	struct op op = { .kind = OP_PLAN, .unit = 4 };

	op.plan = (struct op_plan){ .form = 1, .period = { 19000, 0 }, .step = PLAN_MONTH };
	return op;
}

static struct op good_person(void)
{
	struct op op = { .kind = OP_PERSON };

	op.person = (struct op_person){
		.person = 3, .role = ROLE_CLERK, .name = SPAN_LIT("Trần Thị Bình"), .from = 19000
	};
	return op;
}

static struct op good_device(void)
{
	struct op op = { .kind = OP_REVOKE, .unit = 4, .reason = SPAN_LIT("mất máy") };

	op.device.device = 9;
	return op;
}

static struct op good_members(void)
{
	struct op op = { .kind = OP_MEMBERS, .unit = 4 };

	op.members = (struct op_members){ 19000, 71087 };
	return op;
}

static struct op good_request(void)
{
	struct op op = { .kind = OP_REQUEST, .unit = 4 };

	op.request = (struct op_request){ 2, 19257, INT64_C(1663837200000) };
	return op;
}

static struct op good_setting(void)
{
	struct op op = { .kind = OP_SETTING };

	op.setting = (struct op_setting){ SPAN_LIT("rounding"), SPAN_LIT("half-up") };
	return op;
}

static struct op good_form(void)
{
	struct op op = { .kind = OP_FORM };

	op.form.text = SPAN_LIT("[form]\n");
	return op;
}

static struct op good_enrol_code(void)
{
	struct op op = { .kind = OP_ENROL_CODE, .unit = 4 };

	op.enrol_code.person = 3;
	return op;
}

static struct op good_incarnation(void)
{
	struct op op = { .kind = OP_INCARNATION };

	op.incarnation.cause = SPAN_LIT("init");
	return op;
}

static struct op good_start(void)
{
	return (struct op){ .kind = OP_START };
}

static struct op good_clock(void)
{
	struct op op = { .kind = OP_CLOCK };

	op.clock.ms = INT64_C(1663837200000);
	return op;
}

static void nothing(struct op *op)
{
	(void)op;
}

#define SPOIL(name, code)               \
	static void name(struct op *op) \
	{                               \
		(void)op;               \
		code;                   \
	}
SPOIL(kind_zero, op->kind = OP_NONE)
SPOIL(kind_unbuilt, op->kind = OP_PASSWORD)
SPOIL(kind_beyond, op->kind = (enum op_kind)96)
SPOIL(kind_negative, op->kind = (enum op_kind) - 1)
SPOIL(no_unit, op->unit = 0)
SPOIL(bad_reason, op->reason = SPAN_LIT("\xff"))
SPOIL(two_lines, op->source = SPAN_LIT("a\nb"))
SPOIL(long_reason, op->reason = span_of(long_text, REASON_MAX + 1))
SPOIL(longest_reason, op->reason = span_of(long_text, REASON_MAX))
SPOIL(behalf_alone, op->on_behalf = SPAN_LIT("điện thoại"))
SPOIL(behalf_why, op->on_behalf = SPAN_LIT("điện thoại"); op->reason = SPAN_LIT("mất mạng"))
SPOIL(no_reason, op->reason.len = 0)
SPOIL(form_zero, op->sheet.form = 0)
SPOIL(form_large, op->sheet.form = 256)
SPOIL(version_zero, op->sheet.form_version = 0)
SPOIL(period_turned, op->sheet.period.to = 18999)
SPOIL(period_far, op->sheet.period.to = DAY_MAX + 1)
SPOIL(period_early, op->sheet.period.from = DAY_MIN - 1)
SPOIL(seen_many, op->sheet.seen_count = SHEET_OPS_MAX + 1)
SPOIL(seen_twice, static struct op_id twice[2]; op->sheet.seen = twice)
SPOIL(figures_many, op->sheet.figure_count = MEASURES_MAX + 1)
SPOIL(figures_turned, figures[1].measure = 2)
SPOIL(measure_zero, figures[0].measure = 0)
SPOIL(measure_large, figures[2].measure = MEASURE_NO_MAX + 1)
SPOIL(state_large, figures[0].state = (enum figure_state)3)
SPOIL(value_zero, figures[0].value = 0)
SPOIL(nil_with_value, figures[1].value = 1)
SPOIL(blank_about, figures[2].approx = true)
SPOIL(value_negative, figures[0].value = -1)
SPOIL(value_large, figures[0].value = FIGURE_VALUE_MAX + 1)
SPOIL(value_largest, figures[0].value = FIGURE_VALUE_MAX)
SPOIL(over_beyond, figures[0].over = 4)
SPOIL(nothing_at_all, op->sheet.figure_count = 0; op->sheet.sign = (struct op_sign){ 0 })
SPOIL(only_signed, op->sheet.figure_count = 0)
SPOIL(covers_beyond, op->sheet.sign.covers = 4)
SPOIL(how_large, op->sheet.sign.how = (enum sign_how)4)
SPOIL(unsigned_signer, op->sheet.sign.how = SIGN_NONE)
SPOIL(no_signer, op->sheet.sign.signer.len = 0)
SPOIL(no_paper_day, op->sheet.sign.paper_day = 0)
SPOIL(paper_day_far, op->sheet.sign.paper_day = DAY_MAX + 1)
SPOIL(own_paper_day, op->sheet.sign.how = SIGN_OWN)
SPOIL(import_alone, op->sheet.sign = (struct op_sign){ .how = SIGN_IMPORT })
SPOIL(title_bad, op->sheet.sign.title = SPAN_LIT("\x80"))
SPOIL(mark_form, op->mark.form = 0)
SPOIL(mark_period, op->mark.period.from = 19030)
SPOIL(recall_needs_none, op->kind = OP_RECALL; op->reason.len = 0)
SPOIL(target_measure, op->target.measure.len = 0)
SPOIL(target_instr, op->target.instrument = INSTR_COUNT)
SPOIL(target_none, op->target.instrument = INSTR_NONE)
SPOIL(target_turned, op->target.value_max = 4499)
SPOIL(target_type, op->target.type = TARGET_NONE)
SPOIL(target_doc, op->target.doc_no = span_of(long_text, DOC_NO_MAX + 1))
SPOIL(target_date, op->target.doc_date = DAY_MAX + 1)
SPOIL(target_base, op->target.base_value = 1)
SPOIL(target_period, op->target.period.to = 0)
SPOIL(rate_zero, op->target.type = TARGET_RATE)
SPOIL(rate_good, op->target.type = TARGET_RATE; op->target.rate_digits = 3)
SPOIL(rate_decimals, op->target.type = TARGET_RATE; op->target.rate_digits = 3;
      op->target.rate_decimals = 7)
SPOIL(claim_id, op->claim.id.len = 0)
SPOIL(claim_of, op->claim.of = CLAIM_OF_NOTHING)
SPOIL(claim_of_measure, op->claim.of = CLAIM_OF_MEASURE)
SPOIL(claim_empty, op->claim.has_percent = false)
SPOIL(claim_decimals, op->claim.percent_decimals = 7)
SPOIL(claim_negative, op->claim.has_value = true; op->claim.value = -5)
SPOIL(claim_difference, op->claim.has_value = true; op->claim.value = -5;
      op->claim.how = CLAIM_DIFFERENCE)
SPOIL(claim_how, op->claim.how = (enum claim_how)9)
SPOIL(unit_zero, op->create.unit = 0)
SPOIL(unit_loop, op->create.parent = 2)
SPOIL(unit_code, op->create.code = SPAN_LIT("tam kỳ"))
SPOIL(unit_name, op->create.name.len = 0)
SPOIL(unit_kind_none, op->create.kind = UNIT_NONE)
SPOIL(unit_kind_large, op->create.kind = UNIT_KINDS)
SPOIL(unit_closed, op->create.closed = 18000)
SPOIL(plan_form, op->plan.form = 0)
SPOIL(plan_step, op->plan.step = (enum plan_step)6)
SPOIL(plan_turned, op->plan.period.to = 18999)
SPOIL(plan_whole, op->plan.step = PLAN_WHOLE)
SPOIL(person_zero, op->person.person = 0)
SPOIL(person_role, op->person.role = ROLE_NONE)
SPOIL(person_name, op->person.name.len = 0)
SPOIL(person_ends, op->person.to = 18999)
SPOIL(device_zero, op->device.device = 0)
SPOIL(members_negative, op->members.members = -1)
SPOIL(members_day, op->members.day = DAY_MAX + 1)
SPOIL(request_form, op->request.form = 0)
SPOIL(request_day, op->request.day = DAY_MIN - 1)
SPOIL(setting_key, op->setting.key = SPAN_LIT("a b"))
SPOIL(form_empty, op->form.text.len = 0)
SPOIL(form_huge, op->form.text.len = OP_FORM_BODY_MAX + 1)
SPOIL(code_person, op->enrol_code.person = 0)
SPOIL(cause_bad, op->incarnation.cause = SPAN_LIT("\xc3"))
SPOIL(clock_far, op->clock.ms = INT64_C(99999999999999))

struct spoiled {
	const char *label;
	struct op (*good)(void);
	void (*spoil)(struct op *op);
	enum op_code want;
	const char *field; /* begins the message */
};

static const struct spoiled cases[] = {
	{ "sheet", good_sheet, nothing, CODE_OK, "" },
	{ "mark", good_mark, nothing, CODE_OK, "" },
	{ "target", good_target, nothing, CODE_OK, "" },
	{ "claim", good_claim, nothing, CODE_OK, "" },
	{ "unit", good_unit, nothing, CODE_OK, "" },
	{ "plan", good_plan, nothing, CODE_OK, "" },
	{ "person", good_person, nothing, CODE_OK, "" },
	{ "device", good_device, nothing, CODE_OK, "" },
	{ "members", good_members, nothing, CODE_OK, "" },
	{ "request", good_request, nothing, CODE_OK, "" },
	{ "setting", good_setting, nothing, CODE_OK, "" },
	{ "form", good_form, nothing, CODE_OK, "" },
	{ "enrol code", good_enrol_code, nothing, CODE_OK, "" },
	{ "incarnation", good_incarnation, nothing, CODE_OK, "" },
	{ "start", good_start, nothing, CODE_OK, "" },
	{ "clock", good_clock, nothing, CODE_OK, "" },

	{ "kind 0", good_start, kind_zero, CODE_UNSUPPORTED, "kind" },
	{ "kind not built", good_start, kind_unbuilt, CODE_UNSUPPORTED, "kind" },
	{ "kind beyond", good_start, kind_beyond, CODE_UNSUPPORTED, "kind" },
	{ "kind negative", good_start, kind_negative, CODE_UNSUPPORTED, "kind" },
	{ "no unit", good_sheet, no_unit, CODE_UNIT_UNKNOWN, "unit" },
	{ "reason not UTF-8", good_sheet, bad_reason, CODE_TEXT_INVALID, "reason" },
	{ "source of two lines", good_sheet, two_lines, CODE_TEXT_INVALID, "source" },
	{ "reason too long", good_sheet, long_reason, CODE_TEXT_INVALID, "reason" },
	{ "reason as long as may be", good_sheet, longest_reason, CODE_OK, "" },
	{ "on behalf, no reason", good_sheet, behalf_alone, CODE_REASON_NEEDED, "reason" },
	{ "on behalf, with reason", good_sheet, behalf_why, CODE_OK, "" },

	{ "form 0", good_sheet, form_zero, CODE_FORM_UNKNOWN, "sheet.form" },
	{ "form 256", good_sheet, form_large, CODE_FORM_UNKNOWN, "sheet.form" },
	{ "form version 0", good_sheet, version_zero, CODE_FORM_UNKNOWN, "sheet.form" },
	{ "period backwards", good_sheet, period_turned, CODE_PERIOD_WRONG, "sheet.period" },
	{ "period too far", good_sheet, period_far, CODE_PERIOD_WRONG, "sheet.period" },
	{ "period too early", good_sheet, period_early, CODE_PERIOD_WRONG, "sheet.period" },
	{ "seen too many", good_sheet, seen_many, CODE_UNREADABLE, "sheet.seen" },
	{ "seen twice", good_sheet, seen_twice, CODE_UNREADABLE, "sheet.seen" },
	{ "figures too many", good_sheet, figures_many, CODE_UNREADABLE, "sheet.figures" },
	{ "figures out of order", good_sheet, figures_turned, CODE_UNREADABLE, "figure.measure" },
	{ "measure 0", good_sheet, measure_zero, CODE_MEASURE_UNKNOWN, "figure.measure" },
	{ "measure 4096", good_sheet, measure_large, CODE_MEASURE_UNKNOWN, "figure.measure" },
	{ "state 3", good_sheet, state_large, CODE_UNREADABLE, "figure.state" },
	{ "a value of 0", good_sheet, value_zero, CODE_UNREADABLE, "figure.value" },
	{ "nil of 1", good_sheet, nil_with_value, CODE_UNREADABLE, "figure.value" },
	{ "about blank", good_sheet, blank_about, CODE_UNREADABLE, "figure.state" },
	{ "negative", good_sheet, value_negative, CODE_VALUE_RANGE, "figure.value" },
	{ "too large", good_sheet, value_large, CODE_VALUE_RANGE, "figure.value" },
	{ "largest", good_sheet, value_largest, CODE_OK, "" },
	{ "over what was not seen", good_sheet, over_beyond, CODE_UNREADABLE, "figure.over" },
	{ "nothing written", good_sheet, nothing_at_all, CODE_NOTHING_TO_DO, "sheet.figures" },
	{ "only signed", good_sheet, only_signed, CODE_OK, "" },
	{ "covers what was not seen", good_sheet, covers_beyond, CODE_UNREADABLE, "sign" },
	{ "signed in a fourth way", good_sheet, how_large, CODE_UNREADABLE, "sign" },
	{ "a signer who does not sign", good_sheet, unsigned_signer, CODE_UNREADABLE, "sign" },
	{ "no signer", good_sheet, no_signer, CODE_SIGNATURE_INCOMPLETE, "sign.signer" },
	{ "no day on paper", good_sheet, no_paper_day, CODE_SIGNATURE_INCOMPLETE,
	  "sign.paper_day" },
	{ "a day that is none", good_sheet, paper_day_far, CODE_DATE_INVALID, "sign.paper_day" },
	{ "own with a day", good_sheet, own_paper_day, CODE_UNREADABLE, "sign.paper_day" },
	{ "import needs no signer", good_sheet, import_alone, CODE_OK, "" },
	{ "title not UTF-8", good_sheet, title_bad, CODE_TEXT_INVALID, "sign.title" },

	{ "mark of form 0", good_mark, mark_form, CODE_FORM_UNKNOWN, "mark.form" },
	{ "mark backwards", good_mark, mark_period, CODE_PERIOD_WRONG, "mark.period" },
	{ "return without reason", good_mark, no_reason, CODE_REASON_NEEDED, "reason" },
	{ "recall without reason", good_mark, recall_needs_none, CODE_OK, "" },

	{ "target without measure", good_target, target_measure, CODE_TARGET_INVALID,
	  "target.measure" },
	{ "instrument beyond", good_target, target_instr, CODE_TARGET_INVALID,
	  "target.instrument" },
	{ "no instrument", good_target, target_none, CODE_TARGET_INVALID, "target.instrument" },
	{ "range backwards", good_target, target_turned, CODE_TARGET_INVALID, "target.value" },
	{ "no type", good_target, target_type, CODE_TARGET_INVALID, "target.value" },
	{ "number too long", good_target, target_doc, CODE_TEXT_INVALID, "target.doc_no" },
	{ "document of no day", good_target, target_date, CODE_DATE_INVALID, "target.doc_date" },
	{ "base unsaid", good_target, target_base, CODE_TARGET_INVALID, "target.base_value" },
	{ "target without end", good_target, target_period, CODE_PERIOD_WRONG, "target.period" },
	{ "rate of nothing", good_target, rate_zero, CODE_TARGET_INVALID, "target.value" },
	{ "rate", good_target, rate_good, CODE_OK, "" },
	{ "rate of 7 decimals", good_target, rate_decimals, CODE_TARGET_INVALID, "target.value" },

	{ "claim without id", good_claim, claim_id, CODE_CLAIM_INVALID, "claim.id" },
	{ "per cent of nothing", good_claim, claim_of, CODE_CLAIM_INVALID, "claim.value" },
	{ "of an unnamed measure", good_claim, claim_of_measure, CODE_CLAIM_INVALID,
	  "claim.of_measure" },
	{ "claim of nothing", good_claim, claim_empty, CODE_CLAIM_INVALID, "claim.value" },
	{ "claim of 7 decimals", good_claim, claim_decimals, CODE_CLAIM_INVALID, "claim.value" },
	{ "claim below zero", good_claim, claim_negative, CODE_CLAIM_INVALID, "claim.value" },
	{ "difference below zero", good_claim, claim_difference, CODE_OK, "" },
	{ "claim in a ninth way", good_claim, claim_how, CODE_CLAIM_INVALID, "claim.how" },

	{ "unit 0", good_unit, unit_zero, CODE_TREE_INVALID, "unit.unit" },
	{ "unit under itself", good_unit, unit_loop, CODE_TREE_INVALID, "unit.unit" },
	{ "code with a blank", good_unit, unit_code, CODE_TREE_INVALID, "unit.code" },
	{ "unit without name", good_unit, unit_name, CODE_TREE_INVALID, "unit.name" },
	{ "unit of no kind", good_unit, unit_kind_none, CODE_TREE_INVALID, "unit.kind" },
	{ "unit of kind beyond", good_unit, unit_kind_large, CODE_TREE_INVALID, "unit.kind" },
	{ "closed as it opens", good_unit, unit_closed, CODE_DATE_INVALID, "unit.opened" },

	{ "plan of form 0", good_plan, plan_form, CODE_FORM_UNKNOWN, "plan.form" },
	{ "plan by step 6", good_plan, plan_step, CODE_PLAN_INVALID, "plan.step" },
	{ "plan backwards", good_plan, plan_turned, CODE_PLAN_INVALID, "plan.period" },
	{ "the whole without end", good_plan, plan_whole, CODE_PLAN_INVALID, "plan.period" },

	{ "person 0", good_person, person_zero, CODE_PERSON_UNKNOWN, "person.person" },
	{ "person of no role", good_person, person_role, CODE_UNREADABLE, "person.role" },
	{ "person without name", good_person, person_name, CODE_TEXT_INVALID, "person.name" },
	{ "person ends before", good_person, person_ends, CODE_DATE_INVALID, "person.from" },
	{ "the server as device", good_device, device_zero, CODE_DEVICE_UNKNOWN, "device.device" },
	{ "revoke without reason", good_device, no_reason, CODE_REASON_NEEDED, "reason" },
	{ "members below zero", good_members, members_negative, CODE_VALUE_RANGE,
	  "members.members" },
	{ "members of no day", good_members, members_day, CODE_DATE_INVALID, "members.day" },
	{ "members of no unit", good_members, no_unit, CODE_UNIT_UNKNOWN, "unit" },
	{ "request of form 0", good_request, request_form, CODE_FORM_UNKNOWN, "request.form" },
	{ "request of no day", good_request, request_day, CODE_DATE_INVALID, "request.day" },
	{ "setting with a blank", good_setting, setting_key, CODE_TEXT_INVALID, "setting.key" },
	{ "form without text", good_form, form_empty, CODE_FORM_INVALID, "form.text" },
	{ "form too large", good_form, form_huge, CODE_OVERSIZED, "form.text" },
	{ "code for nobody", good_enrol_code, code_person, CODE_PERSON_UNKNOWN,
	  "enrol_code.person" },
	{ "cause not UTF-8", good_incarnation, cause_bad, CODE_TEXT_INVALID, "incarnation.cause" },
	{ "clock too far", good_clock, clock_far, CODE_DATE_INVALID, "clock.ms" },
};

ParameterizedTestParameters(op_check, one_thing_spoiled)
{
	static size_t index[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(cases));
}

ParameterizedTest(size_t *index, op_check, one_thing_spoiled)
{
	const struct spoiled *c = &cases[*index];
	struct op op = c->good();
	struct err e = { 0 };
	enum op_code got;

	memset(long_text, 'a', sizeof(long_text));
	c->spoil(&op);
	got = op_check(&op, &e);
	cr_assert_eq(got, c->want, "%s: %s (%s)", c->label, op_code_name(got), e.msg);
	cr_assert_eq(strncmp(e.msg, c->field, strlen(c->field)), 0, "%s: %s", c->label, e.msg);
	cr_assert_eq(e.msg[0] == '\0', c->want == CODE_OK);
	cr_assert_eq(op_check(&op, NULL), c->want, "without an err it is the same");
}

Test(op, ids_are_ordered_as_their_bytes)
{
	static const struct op_id ascending[] = {
		{ 0, 0, 1 },   { 0, 1, 0 },          { 1, 0, 0 },
		{ 1, 0, 256 }, { 1, 0, UINT64_MAX }, { 1, 2, 1 },
		{ 256, 0, 0 }, { UINT64_MAX, 0, 0 }, { UINT64_MAX, UINT32_MAX, 0 }
	};

	for (size_t i = 0; i < ARRAY_LEN(ascending); i++) {
		for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
			int cmp = op_id_cmp(ascending[i], ascending[j]);

			cr_assert_eq((cmp > 0) - (cmp < 0), (i > j) - (i < j), "%zu, %zu", i, j);
		}
	}
}

Test(op, names_are_there_and_differ)
{
	size_t kinds = 0;

	for (unsigned c = 0; c < CODES; c++) {
		cr_assert_not_null(op_code_name((enum op_code)c));
		for (unsigned other = 0; other < c; other++)
			cr_assert_str_neq(op_code_name((enum op_code)c),
					  op_code_name((enum op_code)other));
	}
	cr_assert_null(op_code_name(CODES));
	for (unsigned k = 0; k <= OP_KIND_MAX; k++)
		kinds += op_kind_name((enum op_kind)k) != NULL;
	cr_assert_eq(kinds, 53);
	cr_assert_null(op_kind_name(OP_NONE));
	cr_assert_null(op_kind_name((enum op_kind)77));
	cr_assert_null(op_kind_name((enum op_kind)1000));
	cr_assert_str_eq(op_kind_name(OP_SHEET), "sheet");
	cr_assert_str_eq(op_code_name(CODE_OUTSIDE_PLAN), "outside-plan");
}
