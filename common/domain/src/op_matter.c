#include "domain/op.h"

static bool same_request(const struct op *a, const struct op *b)
{
	const struct op_request *x = &a->request, *y = &b->request;

	return x->form == y->form && x->day == y->day && x->due_ms == y->due_ms;
}

/* Done twice on one day, it is told in other words. */
static bool same_note(const struct op *a, const struct op *b)
{
	const struct op_note *x = &a->note, *y = &b->note;

	return x->day == y->day && x->step == y->step && span_eq(x->who, y->who) &&
	       span_eq(x->text, y->text);
}

/* `to` 0: open. */
static bool days_meet(day_t a_from, day_t a_to, day_t b_from, day_t b_to)
{
	return (!b_to || a_from <= b_to) && (!a_to || b_from <= a_to);
}

static bool same_officer(const struct op *a, const struct op *b)
{
	return days_meet(a->officer.from, a->officer.to, b->officer.from, b->officer.to);
}

static bool same_group(const struct op *a, const struct op *b)
{
	return days_meet(a->group.from, a->group.to, b->group.from, b->group.to);
}

static bool same_setting(const struct op *a, const struct op *b)
{
	return span_eq(a->setting.key, b->setting.key);
}

static bool same_calendar(const struct op *a, const struct op *b)
{
	return a->calendar.form == b->calendar.form && a->calendar.from == b->calendar.from;
}

static bool same_members(const struct op *a, const struct op *b)
{
	return a->members.day == b->members.day;
}

static bool names_unit(const struct op_change *c, uint32_t unit)
{
	for (size_t i = 0; i < c->into_count; i++)
		if (c->into[i] == unit)
			return true;
	return c->unit == unit || (c->parent && c->parent == unit);
}

/* What one of them changes the other names: it, or what it was to stand under or go over into. */
static bool same_act(const struct op *a, const struct op *b)
{
	for (size_t i = 0; i < a->act.count; i++) {
		const struct op_change *x = &a->act.changes[i];

		for (size_t k = 0; k < b->act.count; k++) {
			const struct op_change *y = &b->act.changes[k];

			if (names_unit(x, y->unit) || names_unit(y, x->unit))
				return true;
		}
	}
	return false;
}

bool op_same_matter(const struct op *a, const struct op *b)
{
	static bool (*const same[OP_KIND_MAX + 1])(const struct op *, const struct op *) = {
		[OP_REQUEST] = same_request, [OP_NOTE] = same_note,
		[OP_OFFICER] = same_officer, [OP_GROUP] = same_group,
		[OP_SETTING] = same_setting, [OP_CALENDAR] = same_calendar,
		[OP_MEMBERS] = same_members, [OP_ACT] = same_act,
	};

	return (unsigned)a->kind <= OP_KIND_MAX && a->kind == b->kind && a->unit == b->unit &&
	       same[a->kind] && same[a->kind](a, b);
}
