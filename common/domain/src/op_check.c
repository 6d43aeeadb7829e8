#include "op_check.h"

#include "base/num.h"
#include "base/text.h"

#include <assert.h>

/* What is wrong with an op, in four kinds of sentence. Each returns the code it is given. */
enum op_code op_bad_text(struct err *e, const char *field, size_t bytes_max)
{
	err_set(e, ERR_INVALID, "%s: not text of one line, or over %zu bytes", field, bytes_max);
	return CODE_TEXT_INVALID;
}

enum op_code op_missing(struct err *e, enum op_code code, const char *field)
{
	err_set(e, ERR_INVALID, "%s: is missing", field);
	return code;
}

enum op_code op_out_of_range(struct err *e, enum op_code code, const char *field)
{
	err_set(e, ERR_RANGE, "%s: out of range", field);
	return code;
}

enum op_code op_malformed(struct err *e, const char *field)
{
	err_set(e, ERR_INVALID, "%s: malformed", field);
	return CODE_UNREADABLE;
}

bool op_is_line(struct span text, size_t bytes_max)
{
	if (text.len > bytes_max || (text.len && !text_valid(text, NULL)))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n' || text.data[i] == '\t')
			return false;
	}
	return true;
}

enum op_code op_check_lines(const struct line_rule *rules, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (!op_is_line(rules[i].text, rules[i].bytes_max))
			return op_bad_text(e, rules[i].field, rules[i].bytes_max);
		if (!rules[i].text.len && rules[i].needed != CODE_OK)
			return op_missing(e, rules[i].needed, rules[i].field);
	}
	return CODE_OK;
}

/* Every bit of `set` names one of `count`. */
static bool bits_within(uint64_t set, size_t count)
{
	return count >= 64 || !(set >> count);
}

static enum op_code check_figure(const struct op_sheet *s, size_t i, struct err *e)
{
	const struct op_figure *f = &s->figures[i];

	if (!f->measure || f->measure > MEASURE_NO_MAX)
		return op_out_of_range(e, CODE_MEASURE_UNKNOWN, "figure.measure");
	if (i && s->figures[i - 1].measure >= f->measure)
		return op_malformed(e, "figure.measure");
	if ((unsigned)f->state > FIGURE_VALUE || (f->approx && f->state != FIGURE_VALUE))
		return op_malformed(e, "figure.state");
	/* zero is nil, and only a value has a value: one thing has one shape */
	if ((f->state == FIGURE_VALUE) != (f->value != 0))
		return op_malformed(e, "figure.value");
	if (!is_count(f->value))
		return op_out_of_range(e, CODE_VALUE_RANGE, "figure.value");
	if (!bits_within(f->over, s->seen_count))
		return op_malformed(e, "figure.over");
	return CODE_OK;
}

static enum op_code check_sign(const struct op_sheet *s, struct err *e)
{
	const struct op_sign *g = &s->sign;
	const struct line_rule lines[] = {
		{ "sign.preparer", g->preparer, NAME_MAX_BYTES, CODE_OK },
		{ "sign.signer", g->signer, NAME_MAX_BYTES,
		  g->how == SIGN_OWN || g->how == SIGN_PAPER ? CODE_SIGNATURE_INCOMPLETE
							     : CODE_OK },
		{ "sign.title", g->title, NAME_MAX_BYTES, CODE_OK },
	};

	if ((unsigned)g->how > SIGN_IMPORT || !bits_within(g->covers, s->seen_count))
		return op_malformed(e, "sign");
	if (g->how == SIGN_NONE && (g->covers || g->nil || g->paper_day || g->preparer.len ||
				    g->signer.len || g->title.len))
		return op_malformed(e, "sign");
	if (g->how == SIGN_PAPER && !g->paper_day)
		return op_missing(e, CODE_SIGNATURE_INCOMPLETE, "sign.paper_day");
	if (g->how != SIGN_PAPER && g->paper_day)
		return op_malformed(e, "sign.paper_day");
	if (!is_day(g->paper_day))
		return op_out_of_range(e, CODE_DATE_INVALID, "sign.paper_day");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

static enum op_code check_sheet(const struct op *op, struct err *e)
{
	const struct op_sheet *s = &op->sheet;

	if (!s->form || s->form > FORM_NO_MAX || !s->form_version)
		return op_out_of_range(e, CODE_FORM_UNKNOWN, "sheet.form");
	if (!is_period(s->period))
		return op_out_of_range(e, CODE_PERIOD_WRONG, "sheet.period");
	if (s->seen_count > SHEET_OPS_MAX)
		return op_malformed(e, "sheet.seen");
	for (size_t i = 0; i < s->seen_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (op_id_cmp(s->seen[i], s->seen[j]) == 0)
				return op_malformed(e, "sheet.seen");
		}
	}
	if (s->figure_count > MEASURES_MAX)
		return op_malformed(e, "sheet.figures");
	if (!s->figure_count && s->sign.how == SIGN_NONE)
		return op_missing(e, CODE_NOTHING_TO_DO, "sheet.figures");
	for (size_t i = 0; i < s->figure_count; i++) {
		enum op_code code = check_figure(s, i, e);

		if (code != CODE_OK)
			return code;
	}
	return check_sign(s, e);
}

static enum op_code check_mark(const struct op *op, struct err *e)
{
	if (!op->mark.form || op->mark.form > FORM_NO_MAX)
		return op_out_of_range(e, CODE_FORM_UNKNOWN, "mark.form");
	if (!is_period(op->mark.period))
		return op_out_of_range(e, CODE_PERIOD_WRONG, "mark.period");
	if ((op->kind == OP_RETURN || op->mark.in_time) && !op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	if (op->mark.in_time && op->kind != OP_ACCEPT)
		return op_malformed(e, "mark.in_time");
	return CODE_OK;
}

static enum op_code check_request(const struct op *op, struct err *e)
{
	if (!op->request.form)
		return op_out_of_range(e, CODE_FORM_UNKNOWN, "request.form");
	if (!is_day(op->request.day) || !is_instant(op->request.due_ms))
		return op_out_of_range(e, CODE_DATE_INVALID, "request.day");
	return CODE_OK;
}

static enum op_code check_members(const struct op *op, struct err *e)
{
	if (!is_day(op->members.day))
		return op_out_of_range(e, CODE_DATE_INVALID, "members.day");
	if (!is_count(op->members.members))
		return op_out_of_range(e, CODE_VALUE_RANGE, "members.members");
	return CODE_OK;
}

static bool target_values_valid(const struct op_target *t)
{
	switch (t->type) {
	case TARGET_EXACT:
	case TARGET_MINIMUM:
	case TARGET_MAXIMUM:
		return is_count(t->value);
	case TARGET_RANGE:
		return is_count(t->value) && is_count(t->value_max) && t->value <= t->value_max;
	case TARGET_RATE:
	case TARGET_RATE_MAXIMUM:
		return t->rate_digits > 0 && t->rate_digits <= FIGURE_VALUE_MAX &&
		       t->rate_decimals <= NUM_DECIMALS_MAX;
	case TARGET_NONE:
	case TARGET_TYPES:
		break;
	}
	return false;
}

/* What a draft and its answer are not: a version of a target. */
static enum op_code check_draft_words(const struct op *op, struct err *e)
{
	const struct op_target *t = &op->target;

	if (op->kind != OP_TARGET && t->supersedes.len)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.supersedes");
	if (op->kind == OP_TARGET_DRAFT && t->draft && t->type != TARGET_NONE)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.draft");
	if (op->kind != OP_TARGET_DRAFT && t->answer_by)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.answer_by");
	if (!is_day(t->answer_by))
		return op_out_of_range(e, CODE_DATE_INVALID, "target.answer_by");
	if (op->kind == OP_TARGET_REGISTER && t->instrument != INSTR_REGISTRATION)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.instrument");
	if (op->kind == OP_TARGET_REGISTER && t->type != TARGET_EXACT &&
	    t->type != TARGET_MINIMUM && t->type != TARGET_MAXIMUM)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.type");
	return CODE_OK;
}

static enum op_code check_target(const struct op *op, struct err *e)
{
	const struct op_target *t = &op->target;
	bool taken_back = op->kind == OP_TARGET_DRAFT && t->type == TARGET_NONE;
	const struct line_rule lines[] = {
		{ "target.measure", t->measure, CODE_MAX, CODE_TARGET_INVALID },
		{ "target.group", t->group, CODE_MAX, CODE_OK },
		{ "target.doc_no", t->doc_no, DOC_NO_MAX, CODE_OK },
		{ "target.issuer", t->issuer, NAME_MAX_BYTES, CODE_OK },
		{ "target.supersedes", t->supersedes, DOC_NO_MAX, CODE_OK },
	};
	enum op_code code = op_check_lines(lines, ARRAY_LEN(lines), e);

	if (code != CODE_OK)
		return code;
	if (!is_period(t->period))
		return op_out_of_range(e, CODE_PERIOD_WRONG, "target.period");
	if (t->instrument <= INSTR_NONE || t->instrument >= INSTR_COUNT)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.instrument");
	if (!is_day(t->doc_date) || !is_day(t->base_date))
		return op_out_of_range(e, CODE_DATE_INVALID, "target.doc_date");
	if (taken_back ? t->value || t->value_max || t->rate_digits : !target_values_valid(t))
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.value");
	if (t->has_base ? !is_count(t->base_value) : t->base_value != 0)
		return op_out_of_range(e, CODE_TARGET_INVALID, "target.base_value");
	return check_draft_words(op, e);
}

static bool claim_numbers_valid(const struct op_claim *c)
{
	/* a difference may be negative; every other published figure is a count */
	if (c->has_value && (c->value > FIGURE_VALUE_MAX || c->value < -FIGURE_VALUE_MAX ||
			     (c->value < 0 && c->how != CLAIM_DIFFERENCE)))
		return false;
	if (!c->has_percent)
		return true;
	return is_count(c->percent_digits) && c->percent_decimals <= NUM_DECIMALS_MAX &&
	       c->of != CLAIM_OF_NOTHING;
}

static enum op_code check_claim(const struct op *op, struct err *e)
{
	const struct op_claim *c = &op->claim;
	const struct line_rule lines[] = {
		{ "claim.id", c->id, CLAIM_ID_MAX, CODE_CLAIM_INVALID },
		{ "claim.source", c->source, REASON_MAX, CODE_OK },
		{ "claim.doc_no", c->doc_no, DOC_NO_MAX, CODE_OK },
		{ "claim.measure", c->measure, CODE_MAX, CODE_CLAIM_INVALID },
		{ "claim.of_measure", c->of_measure, CODE_MAX,
		  c->of == CLAIM_OF_MEASURE ? CODE_CLAIM_INVALID : CODE_OK },
	};
	enum op_code code = op_check_lines(lines, ARRAY_LEN(lines), e);

	if (code != CODE_OK)
		return code;
	if (!is_period(c->period))
		return op_out_of_range(e, CODE_PERIOD_WRONG, "claim.period");
	if (!is_day(c->of_date))
		return op_out_of_range(e, CODE_DATE_INVALID, "claim.of_date");
	if ((unsigned)c->how > CLAIM_COUNT || (unsigned)c->of > CLAIM_OF_MEASURE ||
	    (unsigned)c->approx > CLAIM_ABOUT || (unsigned)c->instrument >= INSTR_COUNT)
		return op_out_of_range(e, CODE_CLAIM_INVALID, "claim.how");
	if (!c->has_value && !c->has_percent)
		return op_missing(e, CODE_CLAIM_INVALID, "claim.value");
	if (!claim_numbers_valid(c))
		return op_out_of_range(e, CODE_CLAIM_INVALID, "claim.value");
	return CODE_OK;
}

static enum op_code check_unit(const struct op *op, struct err *e)
{
	const struct op_unit *u = &op->create;
	const struct line_rule lines[] = {
		{ "unit.name", u->name, NAME_MAX_BYTES, CODE_TREE_INVALID },
		{ "unit.act", u->act, REASON_MAX, CODE_OK },
		{ "unit.contact", u->contact, NAME_MAX_BYTES, CODE_OK },
		{ "unit.phone", u->phone, NAME_MAX_BYTES, CODE_OK },
		{ "unit.tags", u->tags, REASON_MAX, CODE_OK },
	};

	if (!u->unit || u->parent == u->unit)
		return op_out_of_range(e, CODE_TREE_INVALID, "unit.unit");
	if (!unit_code_valid(u->code))
		return op_missing(e, CODE_TREE_INVALID, "unit.code (a-z A-Z 0-9 _ - .)");
	if (u->kind <= UNIT_NONE || u->kind >= UNIT_KINDS)
		return op_out_of_range(e, CODE_TREE_INVALID, "unit.kind");
	if (!is_day(u->opened) || !is_day(u->closed) || (u->closed && u->closed <= u->opened))
		return op_out_of_range(e, CODE_DATE_INVALID, "unit.opened");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

static enum op_code check_plan(const struct op *op, struct err *e)
{
	const struct op_plan *p = &op->plan;

	if (!p->form)
		return op_out_of_range(e, CODE_FORM_UNKNOWN, "plan.form");
	if ((unsigned)p->step > PLAN_WHOLE)
		return op_out_of_range(e, CODE_PLAN_INVALID, "plan.step");
	if (!is_day(p->period.from) || !is_day(p->period.to) ||
	    (p->period.to && p->period.to < p->period.from))
		return op_out_of_range(e, CODE_PLAN_INVALID, "plan.period");
	if (p->step == PLAN_WHOLE && !p->period.to) /* the whole of what has no end is no period */
		return op_missing(e, CODE_PLAN_INVALID, "plan.period");
	return CODE_OK;
}

static enum op_code check_form(const struct op *op, struct err *e)
{
	if (!op->form.text.len)
		return op_missing(e, CODE_FORM_INVALID, "form.text");
	if (op->form.text.len > OP_FORM_BODY_MAX)
		return op_out_of_range(e, CODE_OVERSIZED, "form.text");
	return CODE_OK;
}

static enum op_code check_setting(const struct op *op, struct err *e)
{
	const struct line_rule lines[] = {
		{ "setting.value", op->setting.value, REASON_MAX, CODE_OK },
	};

	if (!unit_code_valid(op->setting.key))
		return op_bad_text(e, "setting.key", CODE_MAX);
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

static enum op_code check_person(const struct op *op, struct err *e)
{
	const struct op_person *p = &op->person;
	const struct line_rule lines[] = {
		{ "person.name", p->name, NAME_MAX_BYTES, CODE_TEXT_INVALID },
		{ "person.title", p->title, NAME_MAX_BYTES, CODE_OK },
		{ "person.phone", p->phone, NAME_MAX_BYTES, CODE_OK },
	};

	if (!p->person)
		return op_out_of_range(e, CODE_PERSON_UNKNOWN, "person.person");
	if (p->role <= ROLE_NONE || p->role > ROLE_STANDBY)
		return op_malformed(e, "person.role");
	if (!is_day(p->from) || !is_day(p->to) || (p->to && p->to < p->from))
		return op_out_of_range(e, CODE_DATE_INVALID, "person.from");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

static enum op_code check_device(const struct op *op, struct err *e)
{
	if (!op->device.device) /* 0 is the server itself */
		return op_out_of_range(e, CODE_DEVICE_UNKNOWN, "device.device");
	if (op->kind == OP_REVOKE && !op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	return CODE_OK;
}

static enum op_code check_enrol_code(const struct op *op, struct err *e)
{
	if (!op->enrol_code.person)
		return op_out_of_range(e, CODE_PERSON_UNKNOWN, "enrol_code.person");
	if (!is_instant(op->enrol_code.expires_ms))
		return op_out_of_range(e, CODE_DATE_INVALID, "enrol_code.expires_ms");
	return CODE_OK;
}

static enum op_code check_incarnation(const struct op *op, struct err *e)
{
	if (!op_is_line(op->incarnation.cause, REASON_MAX))
		return op_bad_text(e, "incarnation.cause", REASON_MAX);
	return CODE_OK;
}

static enum op_code check_nothing(const struct op *op, struct err *e)
{
	(void)op;
	(void)e;
	return CODE_OK;
}

static enum op_code check_clock(const struct op *op, struct err *e)
{
	if (!is_instant(op->clock.ms))
		return op_out_of_range(e, CODE_DATE_INVALID, "clock.ms");
	return CODE_OK;
}

/* One row per kind that has a body here; what is not listed is not built. `of_unit`: the op changes one
 * unit, which must be named. */
static const struct {
	enum op_code (*check)(const struct op *op, struct err *e);
	bool of_unit;
} kinds[OP_KIND_MAX + 1] = {
	[OP_SHEET] = { check_sheet, true },
	[OP_RECALL] = { check_mark, true },
	[OP_RETURN] = { check_mark, true },
	[OP_ACCEPT] = { check_mark, true },
	[OP_SUMMARY] = { op_check_summary, true },
	[OP_LATE_DECISION] = { op_check_late, true },
	[OP_REQUEST] = { check_request, true },
	[OP_NOTE] = { op_check_note, true },
	[OP_TARGET] = { check_target, true },
	[OP_TARGET_REGISTER] = { check_target, true },
	[OP_MEMBERS] = { check_members, true },
	[OP_CLAIM] = { check_claim, true },
	[OP_TARGET_DRAFT] = { check_target, true },
	[OP_COMMEND] = { op_check_commend, true },
	[OP_UNIT] = { check_unit, false },
	[OP_ACT] = { op_check_act, false },
	[OP_PLAN] = { check_plan, true },
	[OP_FORM] = { check_form, false },
	[OP_CALENDAR] = { op_check_calendar, false },
	[OP_SETTING] = { check_setting, false },
	[OP_CLOSE] = { op_check_close, true },
	[OP_UNLOCK] = { op_check_unlock, true },
	[OP_ACT_PROPOSAL] = { op_check_act, true },
	[OP_OFFICER] = { op_check_officer, true },
	[OP_GROUP] = { op_check_group, true },
	[OP_ACT_REFUSAL] = { op_check_act_refusal, true },
	[OP_PERSON] = { check_person, false },
	[OP_ENROL_CODE] = { check_enrol_code, true },
	[OP_DEVICE] = { check_device, true },
	[OP_REVOKE] = { check_device, false },
	[OP_EPOCH] = { check_device, false },
	[OP_SUSPEND] = { check_device, false },
	[OP_INCARNATION] = { check_incarnation, false },
	[OP_START] = { check_nothing, false },
	[OP_CLOCK] = { check_clock, false },
	[OP_NAMES_READ] = { op_check_names, true },
	[OP_CASE] = { op_check_case, true },
	[OP_CASE_STEP] = { op_check_case_step, true },
	[OP_MEMBER] = { op_check_member, true },
	[OP_MEMBER_END] = { op_check_member_end, true },
	[OP_CASE_MOVE] = { op_check_move, true },
	[OP_MEMBER_MOVE] = { op_check_move, true },
	[OP_FORGET] = { op_check_forget, true },
	[OP_UNIT_KEY] = { op_check_unit_key, true },
	[OP_RECOVERY_KEY] = { op_check_recovery_key, false },
	[OP_RECOVER] = { op_check_recover, true },
	[OP_KEYS_RESTORED] = { check_clock, false },
	[OP_CORRECT] = { op_check_correct, true },
};

enum op_code op_check(const struct op *op, struct err *e)
{
	const struct line_rule lines[] = {
		{ "reason", op->reason, REASON_MAX,
		  op->on_behalf.len ? CODE_REASON_NEEDED : CODE_OK },
		{ "on_behalf", op->on_behalf, REASON_MAX, CODE_OK },
		{ "source", op->source, REASON_MAX, CODE_OK },
	};
	enum op_code code;

	if ((unsigned)op->kind >= ARRAY_LEN(kinds) || !kinds[op->kind].check) {
		err_set(e, ERR_UNSUPPORTED, "kind %u: not known to this program",
			(unsigned)op->kind);
		return CODE_UNSUPPORTED;
	}
	code = op_check_lines(lines, ARRAY_LEN(lines), e);
	if (code != CODE_OK)
		return code;
	if (kinds[op->kind].of_unit && !op->unit)
		return op_missing(e, CODE_UNIT_UNKNOWN, "unit");
	return kinds[op->kind].check(op, e);
}
