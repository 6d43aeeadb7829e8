/* Acts of operators: plans, requests, targets, devices, closings and what follows them. */
#include "story_internal.h"

static void plan_act(struct story *s)
{
	struct story_unit *u = &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];
	static const uint8_t forms[] = { FORM_SHORT, FORM_QUARTERLY, 3 };
	uint8_t form = forms[rng_below(&s->r, 3)];
	struct period p = { day(2022, 1 + (int)rng_below(&s->r, 12), 1), 0 };
	enum plan_step step = form == FORM_SHORT ? PLAN_MONTH
			      : form == 3        ? PLAN_YEAR
						 : PLAN_QUARTER;
	struct op op;

	if (rng_chance(&s->r, 60))
		p.to = p.from + 30 + (day_t)rng_below(&s->r, 300);
	if (form == 3)
		p = year_of(2022);
	else if (form == FORM_QUARTERLY && rng_chance(&s->r, 70))
		p = (struct period){ day(2022, 1, 1), 0 };
	op = build_plan(u->unit, form, p, rng_chance(&s->r, 25) ? PLAN_NONE : step);
	if (story_run_act(s, &op)->rc)
		return;
	s->tally.plans++;
	if (op.plan.step != PLAN_NONE)
		u->form = form;
}

static void request_act(struct story *s)
{
	uint32_t unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
	struct op op = build_request(
		unit, 2, day(2022, 5 + (int)rng_below(&s->r, 5), 15 + (int)rng_below(&s->r, 14)));
	struct step *did = story_run_act(s, &op);

	if (did->rc || s->request_count == STORY_REQUESTS)
		return;
	s->tally.requests++;
	s->requests[s->request_count].lsn = did->j.lsn;
	s->requests[s->request_count].unit = unit;
	s->requests[s->request_count++].day = op.request.day;
}

static void target_act(struct story *s)
{
	uint32_t unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
	struct op op = build_target(unit, year_of(2022), "admitted",
				    rng_chance(&s->r, 50) ? "1-QD" : "2-QD", rng_below(&s->r, 50));

	if (rng_chance(&s->r, 40)) {
		op.target.supersedes = SPAN_LIT("1-QD");
		op.reason = SPAN_LIT("adjusted");
	}
	story_run_act(s, &op);
}

static void device_act(struct story *s)
{
	struct story_device *v = &s->devices[rng_below(&s->r, (uint32_t)s->device_count)];
	struct op op = { .kind = OP_EPOCH,
			 .device = { .device = v->d.device, .epoch = v->d.epoch + 1 } };

	if (s->device_count > 6 && rng_chance(&s->r, 20)) {
		op.kind = OP_REVOKE;
		op.reason = SPAN_LIT("lost");
		story_must_act(s, &op);
		*v = s->devices[--s->device_count];
		return;
	}
	story_must_act(s, &op);
	v->d.epoch++;
	v->d.seq = 0;
}

/* A month, a quarter, a year: of somebody who wrote, or of all above. */
static void close_act(struct story *s)
{
	struct naive_key k = s->ops[rng_below(&s->r, (uint32_t)s->op_count)].key;
	struct op op = { .kind = OP_CLOSE, .close = { k.form, k.period } };

	op.unit = rng_chance(&s->r, 70) || k.unit > s->unit_count ? k.unit
								  : s->units[k.unit - 1].parent;
	if (!op.unit)
		op.unit = 1;
	if (k.form == 2)
		op.close.period.to = day_month_last(k.period.to);
	if (k.form == FORM_SHORT && rng_chance(&s->r, 50))
		op.close.period = story_quarter(2022, 3);
	s->tally.closed += !story_run_act(s, &op)->rc;
}

static void unlock_act(struct story *s)
{
	struct naive_key k = s->ops[rng_below(&s->r, (uint32_t)s->op_count)].key;
	struct op op = { .kind = OP_UNLOCK,
			 .unit = k.unit,
			 .reason = SPAN_LIT("a cell was forgotten"),
			 .source = SPAN_LIT("console:an"),
			 .unlock = { k.form, k.period, s->w.now_ms + 40 * 3600 * 1000, 0 } };
	struct step *did = story_run_act(s, &op);

	if (did->rc)
		return;
	op.unlock.confirms = did->j.lsn;
	if (!rng_chance(&s->r, 20))
		op.source = SPAN_LIT("console:binh");
	did = story_run_act(s, &op);
	s->tally.unlocked += !did->rc;
	if (!did->rc != (op.source.len == 12))
		story_wrong("an unlock needs two persons", s->step_count);
}

static void late_act(struct story *s)
{
	uint64_t open[64];
	size_t count = naive_late(s->n, open, ARRAY_LEN(open));
	struct op op = { .kind = OP_LATE_DECISION, .reason = SPAN_LIT("the line was down") };

	if (!count)
		return;
	op.late.lsn = open[rng_below(&s->r, (uint32_t)count)];
	op.late.counts = rng_chance(&s->r, 70);
	for (size_t i = 0; i < s->op_count; i++)
		if (s->ops[i].lsn == op.late.lsn)
			s->touched = s->ops[i].key;
	op.unit = s->touched.unit;
	if (story_run_act(s, &op)->rc)
		return;
	s->touched_lsn = naive_lsn(s->n);
	s->tally.late_counted += op.late.counts;
	s->tally.late_declined += !op.late.counts;
	if (!story_run_act(s, &op)->rc)
		story_wrong("a late op was decided on twice", op.late.lsn);
}

void story_any_act(struct story *s)
{
	uint32_t what = rng_below(&s->r, 8);
	struct op op;

	if (s->op_count > 20)
		what = s->month_ends && rng_chance(&s->r, 80) ? 8 + rng_below(&s->r, 6)
							      : rng_below(&s->r, 14);
	switch (what) {
	case 8:
		close_act(s);
		return;
	case 9:
		unlock_act(s);
		return;
	case 10:
	case 11:
	case 12:
	case 13:
		late_act(s);
		return;
	case 0:
	case 1:
		plan_act(s);
		return;
	case 2:
		request_act(s);
		return;
	case 3:
		target_act(s);
		return;
	case 4:
		device_act(s);
		return;
	case 5:
	case 6:
		story_import(s);
		return;
	default:
		op = build_members(1 + rng_below(&s->r, (uint32_t)s->unit_count),
				   day(2022, 1 + (int)rng_below(&s->r, 9), 1),
				   rng_below(&s->r, 500));
		story_run_act(s, &op);
	}
}
