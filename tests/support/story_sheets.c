/* Figures of a device, imported ones, and what is done to a signed sheet. */
#include "story_internal.h"

static bool below(const struct story *s, uint32_t unit, uint32_t top)
{
	if (unit > s->unit_count)
		return false;
	while (unit && unit != top)
		unit = s->units[unit - 1].parent;
	return unit == top;
}

static uint32_t pick_unit(struct story *s, uint32_t own)
{
	if (rng_chance(&s->r, 5))
		return 1 + rng_below(&s->r,
				     (uint32_t)s->unit_count + 1); /* perhaps nobody's business */
	if (s->units[own - 1].form)
		return own;
	for (unsigned tries = 0; tries < 60; tries++) {
		uint32_t u = 1 + rng_below(&s->r, (uint32_t)(tries < 40 && s->unit_count > 8
								     ? 8
								     : s->unit_count));

		if (below(s, u, own) && s->units[u - 1].form)
			return u;
	}
	return own;
}

struct period story_quarter(int year, int quarter)
{
	return (struct period){ day(year, quarter * 3 - 2, 1),
				day_month_last(day(year, quarter * 3, 1)) };
}

static struct naive_key pick_key(struct story *s, uint32_t unit, uint64_t *request)
{
	struct naive_key k = { .unit = unit };

	*request = 0;
	if (unit <= s->unit_count)
		k.form = s->units[unit - 1].form;
	if (s->request_count && rng_chance(&s->r, 12)) {
		size_t i = rng_below(&s->r, (uint32_t)s->request_count);
		struct ymd d;

		for (unsigned tries = 0; tries < 8 && !below(s, unit, s->requests[i].unit); tries++)
			i = rng_below(&s->r, (uint32_t)s->request_count);
		d = day_to_ymd(s->requests[i].day);

		*request = s->requests[i].lsn;
		k.form = 2;
		k.period = (struct period){ day(d.year, d.month, 1), s->requests[i].day };
	} else if (k.form == FORM_QUARTERLY) {
		k.period = story_quarter(2022, 1 + (int)rng_below(&s->r, 4));
	} else if (k.form == 3 || rng_chance(&s->r, 2)) {
		k.form = 3;
		k.period = year_of(2022);
	} else {
		k.form = FORM_SHORT;
		k.period = month_of(2022, 7 + (int)rng_below(&s->r, rng_chance(&s->r, 5) ? 5 : 3));
		if (rng_chance(&s->r, 2))
			k.period.to--;
	}
	return k;
}

static bool same_key(struct naive_key a, struct naive_key b)
{
	return a.unit == b.unit && a.form == b.form && a.period.from == b.period.from &&
	       a.period.to == b.period.to;
}

/* What stood on the author's screen for one measure: the versions pulled by then, or what the device
 * itself wrote since. */
static uint64_t over_of(struct story *s, struct sheet_draft *d, const struct naive_sheet *seen,
			const struct story_device *v, struct naive_key k, uint64_t base,
			uint16_t measure)
{
	uint64_t over = 0, own = 0;

	if (rng_chance(&s->r, 10))
		return 0; /* typed without looking: a contest, when somebody else did too */
	for (size_t i = 0; i < seen->count; i++)
		if (seen->v[i].measure == measure)
			over |= draft_see(d, seen->v[i].id);
	for (size_t i = 0; v && i < s->op_count; i++) {
		const struct story_op *o = &s->ops[i];

		if (o->id.device != v->d.device || o->lsn <= base || !same_key(o->key, k))
			continue;
		for (size_t m = 0; m < o->measure_count; m++)
			if (o->measures[m] == measure)
				own = draft_see(d, o->id);
	}
	return own ? own : over;
}

static void note_op(struct story *s, struct op_id id, uint64_t lsn, struct naive_key k,
		    const struct sheet_draft *d)
{
	struct story_op *o = &s->ops[s->op_count++];

	*o = (struct story_op){ .id = id, .lsn = lsn, .key = k };
	for (size_t i = 0; i < d->op.sheet.figure_count && i < ARRAY_LEN(o->measures); i++)
		o->measures[o->measure_count++] = d->figures[i].measure;
}

static void put_figures(struct story *s, struct sheet_draft *d, const struct naive_sheet *seen,
			const struct story_device *v, struct naive_key k, uint64_t base)
{
	static const uint16_t shorts[] = { 2, 14, 15, 900 }, quarters[] = { 901, 902 },
			      flashes[] = { 2, 14, 15 }, years[] = { 2, 14, 41 };
	const uint16_t *of = k.form == FORM_QUARTERLY ? quarters
			     : k.form == 2            ? flashes
			     : k.form == 3            ? years
						      : shorts;
	size_t count = k.form == FORM_QUARTERLY ? 2 : k.form == FORM_SHORT ? 4 : 3;

	for (size_t i = 0; i < count; i++) {
		uint64_t over;

		if (!rng_chance(&s->r, 60))
			continue;
		over = over_of(s, d, seen, v, k, base, of[i]);
		if (rng_chance(&s->r, 10))
			draft_blank(d, of[i], over);
		else /* few values: equal ones meet */
			draft_put(d, of[i], rng_below(&s->r, of[i] == 14 ? 60 : 4), over);
		if (d->op.sheet.figure_count && rng_chance(&s->r, 5))
			for (size_t f = 0; f < d->op.sheet.figure_count; f++)
				d->figures[f].approx = d->figures[f].state == FIGURE_VALUE;
	}
	if (rng_chance(&s->r, 1))
		draft_put(d, 4000, 1, 0); /* no such measure */
}

static void put_sign(struct story *s, struct sheet_draft *d, enum sign_how how)
{
	uint64_t all = 0, some;

	for (size_t i = 0; i < d->op.sheet.seen_count; i++)
		all |= UINT64_C(1) << i;
	some = rng_chance(&s->r, 80) ? all : all & rng_next(&s->r);
	draft_sign(d, how, some);
	d->op.sheet.sign.nil = rng_chance(&s->r, 20);
}

/* Who signs sees all that stands, not only what he typed over. */
static void see_all(struct sheet_draft *d, const struct naive_sheet *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		draft_see(d, seen->v[i].id);
}

/* Whether the closing that stood caught it, as anybody can tell from the log. */
static void check_met(struct story *s, struct naive_key k, uint32_t reader, uint64_t base,
		      const struct step *did, bool reason)
{
	int64_t ms = ledger_info(s->w.l).time_ms;
	uint64_t closed = did->j.lsn ? naive_closed(s->n, k, ms, did->j.lsn - 1) : 0;
	bool late = closed && (base < closed || (!reason && naive_unread(s->n, k, reader, base, ms,
									 did->j.lsn - 1)));

	if (did->j.verdict == VERDICT_REFUSED)
		return;
	if (late != (did->j.verdict == VERDICT_LATE) || (closed && !late && !reason))
		story_wrong("a closing was not met as it should be", did->j.lsn);
	s->tally.late += late;
	s->tally.amended += closed && !late;
}

void story_sheet(struct story *s, struct story_device *v)
{
	static struct naive_sheet seen; /* large */
	struct sheet_draft d;
	uint64_t request, base = s->w.l ? ledger_info(s->w.l).lsn : 0;
	struct naive_key k = pick_key(s, pick_unit(s, v->d.unit), &request);
	uint64_t refused = 0;
	struct step *did;

	if (rng_chance(&s->r, s->month_ends ? 85 : 50)) /* an old screen; it never gets older */
		base = v->base + rng_below(&s->r, (uint32_t)(base - v->base) + 1);
	v->base = base;
	naive_sheet(s->n, k, base, &seen);
	draft_init(&d, k.unit, k.form, k.period);
	d.op.sheet.request = request;
	d.op.author = v->d.person;
	put_figures(s, &d, &seen, v, k, base);
	if (rng_chance(&s->r, 2) && d.op.sheet.figure_count)
		d.figures[0].over |= draft_see(&d,
					       (struct op_id){ 77, 1, 1 + rng_below(&s->r, 9) });
	if (rng_chance(&s->r, 50) || !d.op.sheet.figure_count) {
		see_all(&d, &seen);
		put_sign(s, &d,
			 rng_chance(&s->r, 95) == (v->role == ROLE_APPROVER && k.unit == v->d.unit)
				 ? SIGN_OWN
				 : SIGN_PAPER);
	}
	if (k.unit != v->d.unit ? rng_chance(&s->r, 95) : rng_chance(&s->r, 1))
		d.op.on_behalf = SPAN_LIT("telephone, Mr A");
	if (d.op.on_behalf.len || rng_chance(&s->r, 70))
		d.op.reason = SPAN_LIT("counted again");
	for (size_t i = 0; i < d.op.sheet.seen_count; i++)
		for (size_t o = 0; o < s->op_count; o++)
			if (!op_id_cmp(d.seen[i], s->ops[o].id) && s->ops[o].lsn > base)
				refused = s->ops[o].lsn;
	did = story_send(s, v, story_encode(s, draft_op(&d)), base);
	check_met(s, k, v->d.unit, base, did, d.op.reason.len > 0);
	note_op(s, did->j.id, did->j.lsn, k, &d);
	if (did->j.verdict != VERDICT_ACCEPTED)
		return;
	s->tally.on_behalf += d.op.on_behalf.len > 0;
	s->tally.flashes += k.form == 2;
	s->tally.renamed += refused != 0;
}

void story_import(struct story *s)
{
	static struct naive_sheet seen;
	uint64_t request, tip = ledger_info(s->w.l).lsn;
	struct naive_key k = pick_key(s, pick_unit(s, 1), &request);
	struct sheet_draft d;

	naive_sheet(s->n, k, tip, &seen);
	draft_init(&d, k.unit, k.form, k.period);
	d.op.sheet.request = request;
	d.op.source = SPAN_LIT("import figures.csv");
	put_figures(s, &d, &seen, NULL, k, tip);
	see_all(&d, &seen);
	put_sign(s, &d, SIGN_IMPORT);
	story_run_act(s, draft_op(&d));
}

/* Recalled by the unit, returned or accepted from above: whoever it is asks, and rights decide. */
void story_mark(struct story *s, struct story_device *v)
{
	static const enum op_kind kinds[] = { OP_RECALL, OP_RECALL, OP_RETURN, OP_ACCEPT,
					      OP_ACCEPT };
	enum op_kind kind = kinds[rng_below(&s->r, ARRAY_LEN(kinds))];
	uint64_t request;
	struct naive_key k = pick_key(s, rng_chance(&s->r, 90) ? v->d.unit : pick_unit(s, 1),
				      &request);
	struct op op = { .kind = kind, .reason = SPAN_LIT("looked at") };
	struct step *did;

	if (s->op_count && kind != OP_RECALL) { /* what was written, and somebody above it */
		k = s->ops[rng_below(&s->r, (uint32_t)s->op_count)].key;
		for (int i = 0; i < 20 && (v->d.unit == k.unit || !below(s, k.unit, v->d.unit));
		     i++)
			v = &s->devices[rng_below(&s->r, (uint32_t)s->device_count)];
	}
	op.unit = k.unit;
	op.author = v->d.person;
	op.mark = (struct op_mark){ k.form, k.period, ledger_info(s->w.l).lsn, false };
	op.mark.in_time = kind == OP_ACCEPT && rng_chance(&s->r, 30);
	if (rng_chance(&s->r, 10))
		op.mark.seen_lsn /= 2;
	did = story_send(s, v, story_encode(s, &op), v->base);
	if (did->j.verdict != VERDICT_ACCEPTED)
		return;
	if (naive_closed(s->n, k, ledger_info(s->w.l).time_ms, did->j.lsn - 1))
		story_wrong("a mark on a closed sheet", did->j.lsn);
	s->tally.recalled += kind == OP_RECALL;
	s->tally.returned += kind == OP_RETURN;
	s->tally.accepted_sheets += kind == OP_ACCEPT;
}
