#include "old_places.h"

static bool below_waits(const struct old_places *p, const struct tree *t, const struct op *closing)
{
	for (size_t i = 0; i < p->unit_count; i++)
		if (tree_inside(t, p->units[i], closing->unit, closing->close.period.to,
				UINT64_MAX))
			return true;
	return p->more_units;
}

static bool closing_waits(const struct old_places *p, const struct tree *t, const struct op *sheet)
{
	const struct op_sheet *w = &sheet->sheet;

	for (size_t i = 0; i < p->closing_count; i++) {
		const struct old_closing *c = &p->closings[i];

		if (c->form == w->form && period_inside(w->period, c->period) &&
		    tree_inside(t, sheet->unit, c->unit, w->period.to, UINT64_MAX))
			return true;
	}
	return p->more_closings;
}

static bool device_waits(const struct old_places *p, uint64_t device)
{
	for (size_t i = 0; i < p->device_count; i++)
		if (p->devices[i] == device)
			return true;
	return p->more_devices;
}

bool places_wait(const struct old_places *p, const struct tree *t, const struct op *op)
{
	switch (op->kind) {
	case OP_CLOSE:
		return below_waits(p, t, op);
	case OP_SHEET:
		return closing_waits(p, t, op);
	case OP_EPOCH:
		return device_waits(p, op->device.device);
	default:
		return false;
	}
}

/* ---- units that the lost log made ---- */

static bool is_taken(const struct old_places *p, uint32_t unit)
{
	for (size_t i = 0; i < p->taken_count; i++)
		if (p->taken[i] == unit)
			return true;
	return p->more_taken && unit > p->taken[0]; /* numbers go up */
}

/* Made here under its number and code, it is the same one. */
static void note_made(struct old_places *p, const struct tree *t, uint32_t unit, struct span code)
{
	const struct unit *u = tree_get(t, unit);

	if (!u || span_eq(span_str(u->code), code) || is_taken(p, unit))
		return;
	if (p->taken_count == ARRAY_LEN(p->taken))
		p->more_taken = true;
	else
		p->taken[p->taken_count++] = unit;
}

void places_made(struct old_places *p, const struct tree *t, const struct op *op)
{
	if (op->kind == OP_UNIT)
		note_made(p, t, op->unit, op->create.code);
	for (size_t i = 0; op->kind == OP_ACT && i < op->act.count; i++)
		if (op->act.changes[i].what == CHANGE_CREATE)
			note_made(p, t, op->act.changes[i].unit, op->act.changes[i].code);
}

static bool change_takes(const struct old_places *p, const struct op_change *c)
{
	bool taken = is_taken(p, c->unit) || is_taken(p, c->parent);

	for (size_t i = 0; i < c->into_count; i++)
		taken |= is_taken(p, c->into[i]);
	return taken;
}

bool places_taken(const struct old_places *p, const struct op *op)
{
	bool taken = is_taken(p, op->unit);

	switch (op->kind) {
	case OP_UNIT:
		return taken || is_taken(p, op->create.parent);
	case OP_ACT:
	case OP_ACT_PROPOSAL:
		for (size_t i = 0; i < op->act.count; i++)
			taken |= change_takes(p, &op->act.changes[i]);
		return taken;
	case OP_CASE_STEP:
		return taken || is_taken(p, op->step.to);
	case OP_CASE_MOVE:
	case OP_MEMBER_MOVE:
		return taken || is_taken(p, op->move.other);
	case OP_COMMEND:
		return taken || is_taken(p, op->commend.body);
	default:
		return taken;
	}
}

bool places_person_taken(const struct old_places *p, uint32_t person)
{
	for (size_t i = 0; i < p->person_count; i++)
		if (p->persons[i] == person)
			return true;
	return false;
}

void places_note_person(struct old_places *p, uint32_t person)
{
	if (p->person_count < ARRAY_LEN(p->persons) && !places_person_taken(p, person))
		p->persons[p->person_count++] = person;
}

/* ---- what waits ---- */

static void note_device(struct old_places *p, uint64_t device)
{
	if (p->more_devices || device_waits(p, device))
		return;
	if (p->device_count == ARRAY_LEN(p->devices))
		p->more_devices = true;
	else
		p->devices[p->device_count++] = device;
}

void places_note(struct old_places *p, const struct entry *en, const struct op *op)
{
	size_t i = 0;

	if (op && p->closing_count == ARRAY_LEN(p->closings))
		p->more_closings = true;
	else if (op)
		p->closings[p->closing_count++] = (struct old_closing){ op->unit, op->close.form,
									op->close.period };
	if (en->device)
		note_device(p, en->device);
	while (i < p->unit_count && p->units[i] != en->unit)
		i++;
	if (i == ARRAY_LEN(p->units))
		p->more_units = true;
	else if (i == p->unit_count)
		p->units[p->unit_count++] = en->unit;
}
