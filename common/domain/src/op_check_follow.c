/* What holds of the ops that follow a unit, whatever the state. */
#include "op_check.h"

#include "domain/register.h"
#include "domain/urge.h"

enum op_code op_check_note(const struct op *op, struct err *e)
{
	const struct op_note *n = &op->note;
	const struct line_rule lines[] = {
		{ "note.who", n->who, NAME_MAX_BYTES, CODE_TEXT_INVALID },
		{ "note.text", n->text, REASON_MAX, CODE_TEXT_INVALID },
	};

	if (!is_day(n->day) || !n->day)
		return op_out_of_range(e, CODE_DATE_INVALID, "note.day");
	if (n->step >= URGE_STEPS)
		return op_out_of_range(e, CODE_VALUE_RANGE, "note.step");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

enum op_code op_check_officer(const struct op *op, struct err *e)
{
	const struct op_officer *o = &op->officer;
	const struct line_rule lines[] = {
		{ "officer.name", o->name, NAME_MAX_BYTES, CODE_OK },
		{ "officer.title", o->title, NAME_MAX_BYTES, CODE_OK },
		{ "officer.phone", o->phone, NAME_MAX_BYTES, CODE_OK },
		{ "officer.doc_no", o->doc_no, DOC_NO_MAX, CODE_OK },
	};

	if (!is_day(o->from) || !o->from || !is_day(o->to) || (o->to && o->to < o->from))
		return op_out_of_range(e, CODE_DATE_INVALID, "officer.from");
	if (!o->name.len && (o->title.len || o->phone.len)) /* nobody has neither */
		return op_missing(e, CODE_TEXT_INVALID, "officer.name");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

enum op_code op_check_group(const struct op *op, struct err *e)
{
	const struct op_group *g = &op->group;
	const struct line_rule lines[] = {
		{ "group.name", g->name, GROUP_NAME_MAX, CODE_OK },
		{ "group.doc_no", g->doc_no, DOC_NO_MAX, CODE_OK },
	};

	if (!is_day(g->from) || !g->from || !is_day(g->to) || (g->to && g->to < g->from))
		return op_out_of_range(e, CODE_DATE_INVALID, "group.from");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

static bool somebody(const uint8_t person[PERSON_ID])
{
	static const uint8_t nobody[PERSON_ID];

	return memcmp(person, nobody, PERSON_ID) != 0;
}

/* A name goes with a person's number, and may be sealed for one body above; who is taken back has the number alone. */
enum op_code op_check_commend(const struct op *op, struct err *e)
{
	const struct op_commend *c = &op->commend;
	const struct line_rule lines[] = {
		{ "commend.title", c->title, NAME_MAX_BYTES, CODE_TEXT_INVALID },
	};

	if (!is_period(c->period))
		return op_out_of_range(e, CODE_PERIOD_WRONG, "commend.period");
	if (c->named != (c->helped ? c->sealed.len > 0 : somebody(c->person)) ||
	    c->named != somebody(c->person) || (!c->named && c->body))
		return op_missing(e, CODE_CASE_UNKNOWN, "commend.person");
	if (c->sealed.len > CASE_SEALED_MAX || (!c->helped && (c->sealed.len || c->body)))
		return op_malformed(e, "commend.sealed");
	if (c->body == op->unit)
		return op_missing(e, CODE_UNIT_UNKNOWN, "commend.body");
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}
