/* Provinces to begin from: made once in a process, copied for every seed. Most are small, so that a world is
 * over in milliseconds; one is as large as a province is since 1 July 2025. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

/* The model keeps all it was told: its memory is let go now and then. */
enum { MODEL_SEEDS = 40, MODEL_SEEDS_PROVINCE = 6 };

/* 3,321 communes in 34 provinces, and beside them the committees of agencies, of the government, of enterprises,
 * of the army and of the police; 52,000 organisations that report in the country. */
enum { BEFORE_PERSON = 20000, BEFORE_DEVICE = 0xbef0000 };
enum { COMMUNES = 97, OTHER_DIRECT = 6, COMMITTEES_WITH_CELLS = 10 };

static struct base *bases[SHAPE_PROVINCE + 1];

static void act(struct base *b, struct op op)
{
	world_act(&b->w, &op);
}

static uint32_t unit_add(struct base *b, uint32_t parent, enum unit_kind kind, day_t opened,
			 day_t closed, bool reports)
{
	uint32_t no = (uint32_t)b->unit_count + 1;
	char *code = arena_alloc(b->w.a, 16);
	struct op op;

	snprintf(code, 16, "U%u", no);
	op = build_unit(no, parent, kind, code, 0);
	op.create.opened = opened;
	op.create.closed = closed;
	act(b, op);
	/* the plan may begin before the unit does: then a period is its own by the last day alone */
	if (reports)
		act(b,
		    build_plan(no, FORM_SHORT, (struct period){ day(2020, 1, 1), 0 }, PLAN_MONTH));
	b->units[b->unit_count++] = (struct base_unit){ no, parent, opened, closed, reports, 0 };
	return no;
}

static void device_add(struct base *b, uint32_t unit, enum person_role role)
{
	uint32_t person = 100 + (uint32_t)b->device_count;
	/* which of two devices has the greater id says whose figure counts: not by age alone */
	struct op op;
	uint64_t id = 0xd000 + ((uint64_t)(person * 2654435761u) & 0xffff) * 0x10000 + person;

	act(b, build_person(person, unit, role));
	op = build_device(id, unit, person, 1);
	keys_of_device(b, &op);
	act(b, op);
	b->devices[b->device_count++] = (struct base_device){ id, unit, person, role };
}

static void grassroots(struct base *b, struct rng *r, uint32_t district, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		day_t opened = day(2020, 1, 1), closed = 0;
		bool reports = true;

		if (i == 1 && rng_chance(r, 60))
			opened = day(2022, 9, 1 + (int)rng_below(r, 25));
		if (i == 2 && rng_chance(r, 50))
			closed = day(2022, 9, 2 + (int)rng_below(r, 25));
		if (i == 3)
			reports = false;
		unit_add(b, district, i & 1 ? UNIT_BASE_CELL : UNIT_BASE_COMMITTEE, opened, closed,
			 reports);
	}
}

/* What a device's unit is decides who sits there. */
static void devices(struct base *b, struct rng *r, bool large)
{
	device_add(b, 2, ROLE_APPROVER); /* first of all: the one of newer programs */
	for (size_t i = 1; i < b->unit_count; i++) {
		struct base_unit *u = &b->units[i];

		if (u->parent == 1) {
			device_add(b, u->unit, ROLE_APPROVER);
			if (!large)
				device_add(b, u->unit, ROLE_CLERK);
			continue;
		}
		device_add(b, u->unit, rng_chance(r, 70) ? ROLE_APPROVER : ROLE_CLERK);
		if (!large && i % 2)
			device_add(b, u->unit, ROLE_APPROVER);
	}
	device_add(b, 1, ROLE_OPERATOR);
	b->newer = &b->devices[0];
}

/* Every committee has cells; here some do, which is enough for units that report through nobody. */
static void cells_below(struct base *b, uint32_t committee, bool section)
{
	uint32_t above = committee;

	if (section)
		above = unit_add(b, committee, UNIT_SECTION, day(2020, 1, 1), 0, false);
	for (int i = 0; i < 3; i++)
		(void)unit_add(b, above, UNIT_SUB_CELL, day(2020, 1, 1), 0, false);
}

static void province_units(struct base *b, struct rng *r)
{
	uint32_t first = (uint32_t)b->unit_count + 1, committees = 0;

	for (unsigned i = 0; i < COMMUNES + OTHER_DIRECT; i++)
		unit_add(b, 1, UNIT_DIRECT, day(2020, 1, 1), 0, false);
	for (unsigned i = 0; i < COMMUNES; i++)
		grassroots(b, r, first + i, 6 + rng_below(r, 9));
	for (unsigned i = COMMUNES; i < COMMUNES + OTHER_DIRECT; i++)
		grassroots(b, r, first + i, 30 + rng_below(r, 41));
	for (size_t i = b->unit_count; i-- > 0;)
		if (b->units[i].parent > 1 && b->units[i].reports &&
		    ++committees % COMMITTEES_WITH_CELLS == 0)
			cells_below(b, b->units[i].unit, committees <= 2 * COMMITTEES_WITH_CELLS);
}

/* Neighbours beside each other: whoever stands directly under the province, then who reports to them. */
static void province_devices(struct base *b, struct rng *r)
{
	device_add(b, 2, ROLE_APPROVER); /* first of all: the one of newer programs */
	for (size_t i = 1; i < b->unit_count && b->units[i].parent == 1; i++) {
		device_add(b, b->units[i].unit, ROLE_APPROVER);
		device_add(b, b->units[i].unit, ROLE_CLERK);
		for (size_t k = i + 1; k < b->unit_count; k++) {
			if (b->units[k].parent != b->units[i].unit)
				continue;
			device_add(b, b->units[k].unit,
				   rng_chance(r, 70) ? ROLE_APPROVER : ROLE_CLERK);
			if (rng_chance(r, 15))
				device_add(b, b->units[k].unit, ROLE_APPROVER);
		}
	}
	for (int i = 0; i < 3; i++)
		device_add(b, 1, ROLE_OPERATOR);
	b->newer = &b->devices[0];
}

/* A month that nearly everybody has signed, at devices that nobody uses any more. */
static void month_before(struct base *b, struct rng *r)
{
	struct sheet_draft d;

	for (size_t i = 0; i < b->unit_count; i++) {
		uint32_t unit = b->units[i].unit, person = BEFORE_PERSON + unit;
		struct device was = {
			.device = BEFORE_DEVICE + unit, .unit = unit, .person = person, .epoch = 1
		};
		struct op device = build_device(was.device, unit, person, 1);
		struct judgement j;
		struct op sheet;

		if (!b->units[i].reports || b->units[i].opened > day(2022, 1, 1) ||
		    rng_chance(r, 8))
			continue;
		act(b, build_person(person, unit, ROLE_APPROVER));
		keys_of_device(b, &device);
		act(b, device);
		draft_init(&d, unit, FORM_SHORT, month_of(2022, 7));
		draft_put(&d, 2, rng_below(r, 4), 0);
		draft_put(&d, 14, 18 + rng_below(r, 4), 0);
		draft_sign(&d, SIGN_OWN, 0);
		sheet = *draft_op(&d);
		j = world_submit(&b->w, &was, &sheet);
		if (j.verdict != VERDICT_ACCEPTED)
			abort();
	}
}

static struct base *make(unsigned shape)
{
	struct base *b = calloc(1, sizeof(*b));
	struct rng r = { shape * 77 + 5 };
	bool large = shape == SHAPES;
	unsigned districts = large ? 4 : 1 + shape % 3;

	world_open(&b->w, false, false);
	keys_make_ca(b);
	keys_make_devices(b);
	world_begin(&b->w);
	act(b, build_form_text(form_short_text));
	act(b, build_form(&b->w, "flash"));
	unit_add(b, 0, UNIT_PROVINCE, day(2020, 1, 1), 0, false);
	if (shape == SHAPE_PROVINCE) {
		province_units(b, &r);
		province_devices(b, &r);
		month_before(b, &r);
	} else {
		for (unsigned i = 0; i < districts; i++)
			unit_add(b, 1, UNIT_DIRECT, day(2020, 1, 1), 0, false);
		for (unsigned i = 0; i < districts; i++)
			grassroots(b, &r, 2 + i, large ? 46 : 2 + rng_below(&r, 3));
		devices(b, &r, large);
	}
	world_commit(&b->w);
	b->lsn = ledger_info(b->w.l).lsn;
	return b;
}

static void model(struct base *b, unsigned seeds)
{
	struct buf bytes;

	if (b->n && b->used++ < seeds) {
		naive_forget(b->n, b->lsn);
		return;
	}
	if (b->n)
		naive_free(b->n);
	b->n = naive_new();
	b->used = 0;
	buf_init(&bytes, ENTRY_MAX);
	for (uint64_t lsn = 1; lsn <= b->lsn; lsn++) {
		buf_reset(&bytes);
		must(ledger_entry(b->w.l, lsn, &bytes, &b->w.e), &b->w.e, "an entry");
		naive_tell(b->n, buf_span(&bytes));
	}
	buf_fini(&bytes);
}

struct base *base_get(unsigned shape)
{
	if (!bases[shape])
		bases[shape] = make(shape);
	model(bases[shape], shape == SHAPE_PROVINCE ? MODEL_SEEDS_PROVINCE : MODEL_SEEDS);
	return bases[shape];
}

void bases_free(void)
{
	for (unsigned i = 0; i <= SHAPE_PROVINCE; i++) {
		if (!bases[i])
			continue;
		naive_free(bases[i]->n);
		free(bases[i]->log);
		buf_fini(&bases[i]->ca);
		p256_free(bases[i]->ca_key);
		p256_free(bases[i]->device_key);
		world_close(&bases[i]->w);
		free(bases[i]);
		bases[i] = NULL;
	}
}
