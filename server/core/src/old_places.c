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
