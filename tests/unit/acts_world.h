/* Acts in a small tree, and devices that send: what test_acts_device.c and test_acts_feed.c share. Each has a world of its
 * own, which is verified in the end. */
#ifndef ACTS_WORLD_H
#define ACTS_WORLD_H

#include "ledger/verify.h"

#include "build.h"

static struct world w;

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	w.now_ms = instant_of_day_start(day(2026, 1, 5));
}

static void teardown(void)
{
	struct verify_report report;

	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	world_close(&w);
}

static struct device enrolled(uint32_t unit, enum person_role role)
{
	struct device d;

	world_begin(&w);
	d = world_device(&w, unit, role);
	world_commit(&w);
	return d;
}

/* An op as its device made it when it had read up to `base`. */
static struct judgement sent(struct device *by, struct op *op, uint64_t base)
{
	struct submission sub = { .device = by->device };
	struct judgement j;
	struct packed p;

	op->author = by->person;
	by->seq++;
	p = pack(&w, device_id(by), op, base);
	sub.envelope = p.envelope;
	sub.body = p.body;
	world_begin(&w);
	must(ledger_submit(w.l, &sub, w.now_ms, &j, &w.e), &w.e, "submit");
	world_commit(&w);
	return j;
}

static struct judgement month(struct device *by, struct period p, int64_t admitted, uint64_t base)
{
	struct sheet_draft d;

	draft_init(&d, by->unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, 0);
	draft_sign(&d, SIGN_OWN, 0);
	draft_op(&d);
	return sent(by, &d.op, base);
}

static const uint32_t to_c2[] = { 5 };
static const struct op_change c1_into_c2[] = {
	{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
};

static uint64_t act(day_t from, const struct op_change *changes, size_t count)
{
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = from,
				  .effective = from,
				  .changes = changes,
				  .count = count } };

	return world_act_now(&w, &op);
}
#endif
