/* What an operator changes of the province while people work: units, what they report, who may what. */
#include "sim.h"

#include <stdio.h>

static void make_unit(struct sim *s)
{
	uint32_t no = (uint32_t)s->unit_count + 1, parent = 0;
	char code[16];
	int of_month;
	struct op op;

	/* whatever stands directly under the province */
	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].parent == 1 && (!parent || rng_chance(&s->r, 40)))
			parent = s->units[i].unit;
	if (s->unit_count == s->units_max)
		return;
	if (s->province)
		parent = reorg_district(s);
	snprintf(code, sizeof(code), "N%u", no);
	op = build_unit(no, parent, UNIT_BASE_CELL, code, rng_chance(&s->r, 70) ? FORM_SHORT : 0);
	of_month = 1 + (int)rng_below(&s->r, 20);
	op.create.opened = day(2022, 8 + (int)rng_below(&s->r, 3), of_month);
	post_act(s, &op);
}

/* Begins to report, or no longer does. Refused where figures are there already, or others report them. */
static void change_plan(struct sim *s)
{
	const struct base_unit *u = &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];
	int of_month = rng_chance(&s->r, 70) ? 1 : 16;
	day_t from = day(2022, 8 + (int)rng_below(&s->r, 4), of_month);
	struct op op = build_plan(u->unit, FORM_SHORT, (struct period){ from, 0 },
				  rng_chance(&s->r, 50) ? PLAN_NONE : PLAN_MONTH);

	post_act(s, &op);
}

static const struct base_device *any_device(struct sim *s)
{
	return s->holders[rng_below(&s->r, (uint32_t)s->holder_count)].d;
}

static void change_person(struct sim *s, bool ends)
{
	static const enum person_role roles[] = { ROLE_CLERK, ROLE_APPROVER, ROLE_AUDITOR,
						  ROLE_APPROVER, ROLE_CLERK };
	const struct base_device *d = any_device(s);
	struct op op = build_person(d->person, d->unit, roles[rng_below(&s->r, ARRAY_LEN(roles))]);
	struct device_row row;

	/* its enrolment was lost with a disk: the number may be somebody else's by now */
	if (ledger_device(s->l, d->device, &row, &s->e))
		return;
	if (d->unit == 1)
		op.person.role = ROLE_OPERATOR;
	if (ends) /* the last day is still theirs */
		op.person.to = day_of_instant(s->wall_ms) - 1 + (int)rng_below(&s->r, 3);
	post_act(s, &op);
}

void changes_draw(struct sim *s)
{
	if (sim_draw(s, F_UNIT_MADE))
		make_unit(s);
	if (sim_draw(s, F_PLAN_CHANGED))
		change_plan(s);
	if (sim_draw(s, F_ROLE_CHANGED))
		change_person(s, false);
	if (sim_draw(s, F_PERSON_ENDED))
		change_person(s, true);
}
