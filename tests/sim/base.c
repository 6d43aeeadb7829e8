/* Provinces to begin from: made once in a process, copied for every seed. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { MODEL_SEEDS = 40 }; /* the model keeps all it was told: its memory is let go now and then */

static struct base *bases[SHAPES + 1];

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
	for (unsigned i = 0; i < districts; i++)
		unit_add(b, 1, UNIT_DIRECT, day(2020, 1, 1), 0, false);
	for (unsigned i = 0; i < districts; i++)
		grassroots(b, &r, 2 + i, large ? 46 : 2 + rng_below(&r, 3));
	devices(b, &r, large);
	world_commit(&b->w);
	b->lsn = ledger_info(b->w.l).lsn;
	return b;
}

static void model(struct base *b)
{
	struct buf bytes;

	if (b->n && b->used++ < MODEL_SEEDS) {
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
	model(bases[shape]);
	return bases[shape];
}

void bases_free(void)
{
	for (unsigned i = 0; i <= SHAPES; i++) {
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
