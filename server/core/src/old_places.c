#include "old_places.h"

/* Who is below, what all read may say (unit 0, an act) that waits itself; so it is with a unit that is not here yet. */
static bool below_waits(const struct old_places *p, const struct tree *t, const struct op *closing)
{
	for (size_t i = 0; i < p->unit_count; i++)
		if (!tree_get(t, p->units[i]) || tree_inside(t, p->units[i], closing->unit,
							     closing->close.period.to, UINT64_MAX))
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

static bool unit_waits(const struct old_places *p, uint32_t unit)
{
	for (size_t i = 0; i < p->unit_count; i++)
		if (p->units[i] == unit)
			return true;
	return p->more_units;
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
	case OP_MEMBERS: /* the last one told of a day, or of a key, holds */
	case OP_SETTING:
	case OP_CALENDAR:
		return unit_waits(p, op->unit);
	default:
		return false;
	}
}

/* ---- numbers that the lost log gave ---- */

/* Is it another's here than in that log, or, where that one did not give it, in another one that did? */
static bool is_anothers(const struct old_number *list, size_t count, uint32_t number,
			const uint8_t incarnation[16])
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (list[i].number != number)
			continue;
		if (!memcmp(list[i].incarnation, incarnation, 16))
			return !list[i].same;
		any |= !list[i].same;
	}
	return any;
}

/* Who is the same gives way to one that is not. False: no room. */
static bool note_number(struct old_number *list, size_t *count, const struct old_number *n)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i].number == n->number &&
		    !memcmp(list[i].incarnation, n->incarnation, sizeof(n->incarnation))) {
			list[i].same &= n->same; /* once another's, it stays that */
			return true;
		}
	if (*count < OLD_NUMBERS) {
		list[(*count)++] = *n;
		return true;
	}
	for (size_t i = 0; i < OLD_NUMBERS && !n->same; i++)
		if (list[i].same) {
			list[i] = *n;
			return true;
		}
	return n->same;
}

/* Of more than there is room for: numbers go up. */
static bool is_beyond(const struct old_places *p, uint32_t unit)
{
	for (size_t i = 0; i < p->taken_count; i++)
		if (unit > p->taken[i].number)
			return p->more_taken;
	return false;
}

static bool is_taken(const struct old_places *p, uint32_t unit, const uint8_t incarnation[16])
{
	return is_anothers(p->taken, p->taken_count, unit, incarnation) || is_beyond(p, unit);
}

/* Made here under its number and code, it is the same one. */
static void note_made(struct old_places *p, const struct tree *t, uint32_t unit, struct span code,
		      const uint8_t incarnation[16])
{
	const struct unit *u = tree_get(t, unit);
	struct old_number n = { .number = unit };

	if (!u)
		return;
	n.same = span_eq(span_str(u->code), code);
	memcpy(n.incarnation, incarnation, sizeof(n.incarnation));
	p->more_taken |= !note_number(p->taken, &p->taken_count, &n);
}

void places_made(struct old_places *p, const struct tree *t, const struct op *op,
		 const uint8_t incarnation[16])
{
	if (op->kind == OP_UNIT)
		note_made(p, t, op->unit, op->create.code, incarnation);
	for (size_t i = 0; op->kind == OP_ACT && i < op->act.count; i++)
		if (op->act.changes[i].what == CHANGE_CREATE)
			note_made(p, t, op->act.changes[i].unit, op->act.changes[i].code,
				  incarnation);
}

static bool change_takes(const struct old_places *p, const struct op_change *c,
			 const uint8_t incarnation[16])
{
	bool taken = is_taken(p, c->unit, incarnation) || is_taken(p, c->parent, incarnation);

	for (size_t i = 0; i < c->into_count; i++)
		taken |= is_taken(p, c->into[i], incarnation);
	return taken;
}

bool places_taken(const struct old_places *p, const struct op *op, const uint8_t incarnation[16])
{
	bool taken = is_taken(p, op->unit, incarnation);

	switch (op->kind) {
	case OP_UNIT:
		return taken || is_taken(p, op->create.parent, incarnation);
	case OP_ACT:
	case OP_ACT_PROPOSAL:
		for (size_t i = 0; i < op->act.count; i++)
			taken |= change_takes(p, &op->act.changes[i], incarnation);
		return taken;
	case OP_CASE_STEP:
		return taken || is_taken(p, op->step.to, incarnation);
	case OP_CASE_MOVE:
	case OP_MEMBER_MOVE:
		return taken || is_taken(p, op->move.other, incarnation);
	case OP_COMMEND:
		return taken || is_taken(p, op->commend.body, incarnation);
	default:
		return taken;
	}
}

bool places_person_taken(const struct old_places *p, uint32_t person, const uint8_t incarnation[16])
{
	return is_anothers(p->persons, p->person_count, person, incarnation);
}

void places_note_person(struct old_places *p, uint32_t person, bool same,
			const uint8_t incarnation[16])
{
	struct old_number n = { .number = person, .same = same };

	memcpy(n.incarnation, incarnation, sizeof(n.incarnation));
	(void)note_number(p->persons, &p->person_count, &n);
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
