/* What holds of the ops of the register, whatever the state. */
#include "op_check.h"

#include "domain/case_count.h"
#include "domain/fixes.h"

static bool zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool is_id(struct op_id id)
{
	return id.epoch && id.seq;
}

static bool no_id(struct op_id id)
{
	return !id.device && !id.epoch && !id.seq;
}

enum op_code op_check_names(const struct op *op, struct err *e)
{
	if (op->names.how == NAMES_NONE || op->names.how > NAMES_PRINTED)
		return op_malformed(e, "names.how");
	if (!op->names.count)
		return op_out_of_range(e, CODE_VALUE_RANGE, "names.count");
	return CODE_OK;
}

static enum op_code check_step(const struct case_step *s, struct err *e)
{
	struct err why = { 0 };

	if (!case_step_check(s, &why))
		return CODE_OK;
	if (e)
		*e = why;
	return CODE_STEP_INVALID;
}

enum op_code op_check_member(const struct op *op, struct err *e)
{
	const struct op_member *m = &op->member;

	if (zero(m->person, sizeof(m->person)))
		return op_missing(e, CODE_CASE_UNKNOWN, "member.person");
	if (!person_codes_hold(&m->codes))
		return op_malformed(e, "member.codes");
	if (!m->sealed.len || m->sealed.len > CASE_SEALED_MAX)
		return op_out_of_range(e, CODE_VALUE_RANGE, "member.sealed");
	if (!is_day(m->admitted) || !is_day(m->recognised) ||
	    (m->recognised && m->recognised < m->admitted))
		return op_out_of_range(e, CODE_DATE_INVALID, "member.admitted");
	if (!no_id(m->over) && !is_id(m->over))
		return op_malformed(e, "member.over");
	if (m->letter.len > PAPER_SEALED_MAX)
		return op_out_of_range(e, CODE_VALUE_RANGE, "member.letter");
	if (m->gain == GAIN_NONE)
		return m->gained || m->letter.len ? op_malformed(e, "member.gained") : CODE_OK;
	if (m->gain >= MEMBER_GAINS || is_id(m->over))
		return op_malformed(e, "member.gain");
	return is_day(m->gained) && m->gained >= m->admitted
		       ? CODE_OK
		       : op_out_of_range(e, CODE_DATE_INVALID, "member.gained");
}

static enum op_code check_fix(const struct op_fix *f, struct err *e)
{
	int64_t least, most;

	if (!fix_bounds(f->field, &least, &most))
		return op_malformed(e, "fix.field");
	if (fix_is_sealed(f->field)) {
		if (!f->sealed.len || f->sealed.len > FIX_SEALED_MAX)
			return op_out_of_range(e, CODE_VALUE_RANGE, "fix.sealed");
		if (f->value || zero(f->tag, sizeof(f->tag)))
			return op_malformed(e, "fix.tag");
	} else if (f->sealed.len || !zero(f->tag, sizeof(f->tag))) {
		return op_malformed(e, "fix.sealed");
	} else if (f->value < least || f->value > most) {
		return op_out_of_range(
			e, f->field >= FIX_ADMITTED ? CODE_DATE_INVALID : CODE_VALUE_RANGE,
			"fix.value");
	}
	if (f->over_count > FIX_OVER_MAX)
		return op_malformed(e, "fix.over");
	for (size_t i = 0; i < f->over_count; i++)
		if (!is_id(f->over[i]))
			return op_malformed(e, "fix.over");
	return CODE_OK;
}

enum op_code op_check_correct(const struct op *op, struct err *e)
{
	const struct op_correct *c = &op->correct;

	if (zero(c->person, sizeof(c->person)))
		return op_missing(e, CODE_CASE_UNKNOWN, "correct.person");
	if (!c->count || c->count > FIXES_MAX)
		return op_missing(e, CODE_NOTHING_TO_DO, "correct.fixes");
	for (size_t i = 0; i < c->count; i++) {
		enum op_code code = check_fix(&c->fixes[i], e);

		if (code)
			return code;
		if (i && c->fixes[i].field <= c->fixes[i - 1].field)
			return op_malformed(e, "correct.fixes");
	}
	return op->reason.len ? CODE_OK : op_missing(e, CODE_REASON_NEEDED, "reason");
}

enum op_code op_check_member_end(const struct op *op, struct err *e)
{
	const struct op_member_end *m = &op->member_end;

	if (zero(m->person, sizeof(m->person)))
		return op_missing(e, CODE_CASE_UNKNOWN, "member_end.person");
	if (m->how == MEMBER_STAYS || m->how >= MEMBER_WRITTEN)
		return op_malformed(e, "member_end.how");
	if (m->how == MEMBER_MISTAKE && !op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	if (m->sealed.len > PAPER_SEALED_MAX)
		return op_out_of_range(e, CODE_VALUE_RANGE, "member_end.sealed");
	return is_day(m->day) ? CODE_OK : op_out_of_range(e, CODE_DATE_INVALID, "member_end.day");
}

enum op_code op_check_case(const struct op *op, struct err *e)
{
	const struct op_case *c = &op->open;

	if (zero(c->person, sizeof(c->person)))
		return op_missing(e, CODE_CASE_UNKNOWN, "case.person");
	if (!person_codes_hold(&c->codes))
		return op_malformed(e, "case.codes");
	if (!c->sealed.len || c->sealed.len > CASE_SEALED_MAX)
		return op_out_of_range(e, CODE_VALUE_RANGE, "case.sealed");
	if (!no_id(c->over) && !is_id(c->over))
		return op_malformed(e, "case.over");
	if ((c->step.kind == STEP_NONE) != is_id(c->over) || c->step.kind >= STEP_WRITTEN)
		return op_missing(e, CODE_STEP_INVALID, "case.step");
	return c->step.kind == STEP_NONE ? CODE_OK : check_step(&c->step, e);
}

/* A step, or a choice between outcomes that stand side by side; never both. */
enum op_code op_check_case_step(const struct op *op, struct err *e)
{
	const struct op_case_step *s = &op->step;

	if (zero(s->person, sizeof(s->person)))
		return op_missing(e, CODE_CASE_UNKNOWN, "case_step.person");
	if (s->sealed.len > PAPER_SEALED_MAX)
		return op_out_of_range(e, CODE_VALUE_RANGE, "case_step.sealed");
	if ((s->step.kind == STEP_SUBMIT) != (s->to != 0))
		return op_missing(e, CODE_UNIT_UNKNOWN, "case_step.to");
	if ((s->step.kind == STEP_NONE) != (s->settle_count != 0) || s->step.kind >= STEP_WRITTEN ||
	    s->settle_count > CASE_SETTLES_MAX)
		return op_missing(e, CODE_STEP_INVALID, "case_step.step");
	if (!s->settle_count)
		return is_id(s->after) && no_id(s->keep)
			       ? check_step(&s->step, e)
			       : op_missing(e, CODE_VERSION_UNKNOWN, "case_step.after");
	if (!op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	for (size_t i = 0; i < s->settle_count; i++)
		if (!op_id_cmp(s->settles[i], s->keep))
			return CODE_OK;
	return op_missing(e, CODE_VERSION_UNKNOWN, "case_step.keep");
}

static enum op_code check_moved_steps(const struct op_move *m, struct err *e)
{
	if (!is_id(m->after))
		return op_missing(e, CODE_VERSION_UNKNOWN, "move.after");
	if (!m->step_count || m->step_count >= CASE_STEPS_MAX)
		return op_missing(e, CODE_STEP_INVALID, "move.steps");
	for (size_t i = 0; i < m->step_count; i++) {
		enum op_code code = check_step(&m->steps[i].step, e);

		if (code)
			return code;
		if (m->steps[i].step.kind >= STEP_WRITTEN)
			return op_missing(e, CODE_STEP_INVALID, "move.steps");
		if (m->steps[i].sealed.len > PAPER_SEALED_MAX)
			return op_out_of_range(e, CODE_VALUE_RANGE, "move.steps.sealed");
	}
	return CODE_OK;
}

/* What goes along with a sending; a member has no steps, a case no days of a membership. */
static enum op_code check_sending(const struct op *op, struct err *e)
{
	const struct op_move *m = &op->move;

	if (!person_codes_hold(&m->codes))
		return op_malformed(e, "move.codes");
	if (!m->sealed.len || m->sealed.len > CASE_SEALED_MAX || m->letter.len > PAPER_SEALED_MAX)
		return op_out_of_range(e, CODE_VALUE_RANGE, "move.sealed");
	if (m->way != MOVE_SAME_DIRECT && m->way != MOVE_OTHER_DIRECT)
		return op_malformed(e, "move.way");
	if (op->kind == OP_CASE_MOVE)
		return m->admitted || m->recognised ? op_malformed(e, "move.admitted")
						    : check_moved_steps(m, e);
	if (m->step_count || !no_id(m->after))
		return op_malformed(e, "move.steps");
	if (!is_day(m->admitted) || !is_day(m->recognised) ||
	    (m->recognised && m->recognised < m->admitted) || m->day < m->admitted)
		return op_out_of_range(e, CODE_DATE_INVALID, "move.admitted");
	return CODE_OK;
}

enum op_code op_check_move(const struct op *op, struct err *e)
{
	const struct op_move *m = &op->move;

	if (m->what == MOVE_WHAT_NONE || m->what >= MOVE_WHATS)
		return op_malformed(e, "move.what");
	if (zero(m->person, sizeof(m->person)) || zero(m->as, sizeof(m->as)))
		return op_missing(e, CODE_CASE_UNKNOWN, "move.person");
	if (!m->other || m->other == op->unit)
		return op_missing(e, CODE_UNIT_UNKNOWN, "move.other");
	if (!is_day(m->day))
		return op_out_of_range(e, CODE_DATE_INVALID, "move.day");
	if (m->what == MOVE_REFUSE && !op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	if (m->what == MOVE_SEND)
		return check_sending(op, e);
	if (m->sealed.len || m->letter.len || m->step_count || m->way)
		return op_malformed(e, "move.sealed");
	return CODE_OK;
}

enum op_code op_check_forget(const struct op *op, struct err *e)
{
	if (zero(op->forget.person, sizeof(op->forget.person)))
		return op_missing(e, CODE_CASE_UNKNOWN, "forget.person");
	if (op->forget.why == FORGET_NONE || op->forget.why > FORGET_OWN_RIGHT)
		return op_malformed(e, "forget.why");
	if (!op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	return CODE_OK;
}

enum op_code op_check_unit_key(const struct op *op, struct err *e)
{
	const struct op_unit_key *k = &op->unit_key;

	if (zero(k->key, sizeof(k->key)) || zero(k->public_half, sizeof(k->public_half)) ||
	    !k->generation)
		return op_malformed(e, "unit_key");
	if (k->code.len > CODE_MAX)
		return op_out_of_range(e, CODE_TEXT_INVALID, "unit_key.code");
	return CODE_OK;
}

enum op_code op_check_recovery_key(const struct op *op, struct err *e)
{
	return op->unit ? op_malformed(e, "unit") : op_check_unit_key(op, e);
}

enum op_code op_check_recover(const struct op *op, struct err *e)
{
	if (!op->recover.device)
		return op_missing(e, CODE_DEVICE_UNKNOWN, "recover.device");
	return op->reason.len ? CODE_OK : op_missing(e, CODE_REASON_NEEDED, "reason");
}
