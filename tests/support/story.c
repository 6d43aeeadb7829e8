#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void wrong(const char *what, uint64_t where)
{
	fprintf(stderr, "story: %s (%" PRIu64 ")\n", what, where);
	abort();
}

/* ---- steps ---- */

int story_try(struct story *s, struct ledger *l, const struct step *step, struct judgement *j,
	      struct err *e)
{
	struct submission sub = { .device = step->device,
				  .envelope = step->envelope,
				  .body = step->body,
				  .parked = step->parked };
	struct arena *a;
	struct op op;
	int rc;

	(void)s;
	memset(j, 0, sizeof(*j));
	if (!step->act)
		return ledger_submit(l, &sub, step->now_ms, j, e);
	a = arena_new(OP_DECODE_ARENA);
	if (!a || op_decode(&op, step->body, a, e) != CODE_OK)
		wrong("an act that cannot be read", step->body.len);
	rc = ledger_act(l, &op, step->now_ms, &j->lsn, e);
	arena_free(a);
	return rc;
}

static bool same_judgement(const struct judgement *a, const struct judgement *b)
{
	return a->verdict == b->verdict && a->code == b->code && a->lsn == b->lsn &&
	       a->repeated == b->repeated && !strcmp(a->detail, b->detail);
}

void story_repeat(struct story *s, struct ledger *l, const struct step *step)
{
	struct judgement j;
	struct err e = { 0 };
	int rc = story_try(s, l, step, &j, &e);

	if (rc != step->rc || (!rc && !same_judgement(&j, &step->j))) {
		fprintf(stderr,
			"rc %d was %d, lsn %" PRIu64 " was %" PRIu64 ", code %d was %d: %s\n", rc,
			step->rc, j.lsn, step->j.lsn, (int)j.code, (int)step->j.code, e.msg);
		wrong("a step went otherwise", (uint64_t)(step - s->steps));
	}
}

static void tell(struct story *s, uint64_t lsn)
{
	struct buf b;
	struct err e = { 0 };

	buf_init(&b, ENTRY_MAX);
	must(ledger_entry(s->w.l, lsn, &b, &e), &e, "read an entry");
	naive_tell(s->n, buf_span(&b));
	buf_fini(&b);
}

static void begin(struct story *s)
{
	if (s->in_batch)
		return;
	world_begin(&s->w);
	s->in_batch = true;
	s->batch_first = s->step_count;
	s->batch_left = 1 + rng_below(&s->r, s->batch_max);
}

void story_commit(struct story *s)
{
	if (!s->in_batch)
		return;
	if (rng_chance(&s->r, 15)) {
		uint64_t before = naive_lsn(s->n);

		ledger_abort(s->w.l);
		s->tally.aborts++;
		world_begin(&s->w);
		for (size_t i = s->batch_first; i < s->step_count; i++)
			story_repeat(s, s->w.l, &s->steps[i]);
		if (ledger_info(s->w.l).lsn != before)
			wrong("an aborted batch came out shorter or longer", before);
	}
	world_commit(&s->w);
	s->in_batch = false;
	if (rng_chance(&s->r, 5))
		world_reopen(&s->w);
}

/* Run it, note what came of it, tell the naive model. */
static struct step *run(struct story *s, struct step step)
{
	struct err e = { 0 };
	struct step *kept;
	uint64_t before;

	begin(s);
	if (s->step_count == STORY_STEPS)
		wrong("too many steps", STORY_STEPS);
	s->w.now_ms += rng_below(&s->r, 1000 * 3600);
	step.now_ms = s->w.now_ms - (rng_chance(&s->r, 5) ? 7200 * 1000 : 0); /* clocks go back */
	before = ledger_info(s->w.l).lsn;
	step.rc = story_try(s, s->w.l, &step, &step.j, &e);
	step.stored = ledger_info(s->w.l).lsn != before;
	if (step.stored) {
		if (step.rc || step.j.lsn != before + 1)
			wrong("an entry without a verdict", before + 1);
		tell(s, before + 1);
	}
	kept = &s->steps[s->step_count++];
	*kept = step;
	return kept;
}

static struct step *run_act(struct story *s, const struct op *op)
{
	struct step step = { .act = true };
	struct buf b;
	struct step *did;

	buf_init(&b, OP_FORM_BODY_MAX + 1024);
	must(op_encode(&b, op, &s->w.e), &s->w.e, "encode an act");
	step.body = arena_copy(s->w.a, buf_span(&b));
	buf_fini(&b);
	did = run(s, step);
	s->tally.acts += did->stored;
	s->tally.acts_refused += !did->stored;
	return did;
}

int story_act(struct story *s, const struct op *op)
{
	return run_act(s, op)->rc;
}

static void must_act(struct story *s, const struct op *op)
{
	if (run_act(s, op)->rc)
		wrong("an act of the beginning was refused", s->step_count);
}

/* ---- the beginning ---- */

static void open_tree(struct story *s)
{
	uint32_t count = 3 + rng_below(&s->r, STORY_UNITS - 2);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t parent = i ? 1 + rng_below(&s->r, i < 6 ? i : i / 2) : 0;
		char *code = arena_printf(s->w.a, "U%u", i + 1);
		uint8_t form = 0;
		bool above = false;
		unsigned depth = 0;
		struct op op;

		for (uint32_t p = parent; p; p = s->units[p - 1].parent) {
			above |= s->units[p - 1].form != 0;
			depth++;
		}
		if (depth >= UNIT_DEPTH_MAX - 1)
			parent = 1;
		if (!above && i && (i + 3 > count || rng_chance(&s->r, 60)))
			form = FORM_SHORT;
		op = build_unit(i + 1, parent, (enum unit_kind)(1 + depth % (UNIT_KINDS - 1)), code,
				form);
		if (i && rng_chance(&s->r, 4))
			op.create.closed = day(2022, 7, 1);
		must_act(s, &op);
		s->units[s->unit_count++] = (struct story_unit){ i + 1, parent, form };
	}
}

/* Mostly at one of the first few units that report, so that several meet over one sheet, or above it. */
static uint32_t place_device(struct story *s)
{
	uint32_t unit = 0, skip = rng_below(&s->r, 6);

	for (uint32_t turn = 0; !unit && turn < 2 * s->unit_count; turn++)
		if (s->units[turn % s->unit_count].form && !skip--)
			unit = 1 + turn % (uint32_t)s->unit_count;
	if (!unit || rng_chance(&s->r, 10))
		unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
	while (s->units[unit - 1].parent && rng_chance(&s->r, 30))
		unit = s->units[unit - 1].parent;
	return unit;
}

static void open_devices(struct story *s)
{
	static const enum person_role roles[] = { ROLE_CLERK, ROLE_APPROVER, ROLE_APPROVER,
						  ROLE_APPROVER, ROLE_OPERATOR };

	for (size_t i = 0; i < STORY_DEVICES; i++) {
		struct story_device *v = &s->devices[s->device_count];
		uint32_t unit = place_device(s);
		struct op op;

		v->role = roles[rng_below(&s->r, ARRAY_LEN(roles))];
		if (v->role == ROLE_OPERATOR)
			unit = 1;
		v->d = (struct device){ .device = (rng_next(&s->r) | 1),
					.unit = unit,
					.epoch = 1,
					.person = (uint32_t)i + 10 };
		op = build_person(v->d.person, unit, v->role);
		must_act(s, &op);
		op = build_device(v->d.device, unit, v->d.person, 1);
		must_act(s, &op);
		s->device_count++;
	}
}

void story_open(struct story *s, uint64_t seed, bool lmdb)
{
	struct op op;

	memset(s, 0, sizeof(*s));
	world_open(&s->w, lmdb, false);
	s->r.state = seed;
	s->n = naive_new();
	s->batch_max = 8;
	s->steps = arena_array(s->w.a, STORY_STEPS, sizeof(*s->steps));
	s->ops = arena_array(s->w.a, STORY_STEPS, sizeof(*s->ops));
	tell(s, 1);
	op = build_form_text(form_short_text);
	must_act(s, &op);
	op = build_form_text(form_quarterly_text);
	must_act(s, &op);
	op = build_form(&s->w, "flash");
	must_act(s, &op);
	op = build_form(&s->w, "yearly");
	must_act(s, &op);
	open_tree(s);
	open_devices(s);
}

void story_close(struct story *s)
{
	if (s->in_batch)
		ledger_abort(s->w.l);
	naive_free(s->n);
	world_close(&s->w);
}

/* ---- sheets ---- */

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

static struct period quarter_of(int year, int quarter)
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
		k.period = quarter_of(2022, 1 + (int)rng_below(&s->r, 4));
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

static struct span encode(struct story *s, const struct op *op)
{
	struct span kept;
	struct buf b;

	buf_init(&b, OP_FORM_BODY_MAX + 1024);
	must(op_encode(&b, op, &s->w.e), &s->w.e, "encode an op");
	kept = arena_copy(s->w.a, buf_span(&b));
	buf_fini(&b);
	return kept;
}

static struct step *send(struct story *s, struct story_device *v, struct span body, uint64_t base)
{
	struct op_id id = device_id(&v->d);
	struct step step = { .device = v->d.device }, *did;
	struct packed p;

	id.seq++;
	p = pack_body(&s->w, id, body, base);
	step.envelope = p.envelope;
	step.body = p.body;
	did = run(s, step);
	if (did->rc)
		wrong("an op in its turn got no verdict", s->step_count);
	v->d.seq++;
	s->tally.accepted += did->j.verdict == VERDICT_ACCEPTED;
	s->tally.refused += did->j.verdict == VERDICT_REFUSED;
	s->tally.codes[did->j.code]++;
	return did;
}

/* Whether the closing that stood caught it, as anybody can tell from the log. */
static void check_met(struct story *s, struct naive_key k, uint64_t base, const struct step *did,
		      bool reason)
{
	int64_t ms = ledger_info(s->w.l).time_ms;
	uint64_t closed = did->j.lsn ? naive_closed(s->n, k, ms, did->j.lsn - 1) : 0;
	bool late = closed && base < closed;

	if (did->j.verdict == VERDICT_REFUSED)
		return;
	if (late != (did->j.verdict == VERDICT_LATE) || (closed && !late && !reason))
		wrong("a closing was not met as it should be", did->j.lsn);
	s->tally.late += late;
	s->tally.amended += closed && !late;
}

static void sheet_op(struct story *s, struct story_device *v)
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
	did = send(s, v, encode(s, draft_op(&d)), base);
	check_met(s, k, base, did, d.op.reason.len > 0);
	note_op(s, did->j.id, did->j.lsn, k, &d);
	if (did->j.verdict != VERDICT_ACCEPTED)
		return;
	s->tally.on_behalf += d.op.on_behalf.len > 0;
	s->tally.flashes += k.form == 2;
	s->tally.renamed += refused != 0;
}

static void import_sheet(struct story *s)
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
	run_act(s, draft_op(&d));
}

/* Recalled by the unit, returned or accepted from above: whoever it is asks, and rights decide. */
static void mark_op(struct story *s, struct story_device *v)
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
	did = send(s, v, encode(s, &op), v->base);
	if (did->j.verdict != VERDICT_ACCEPTED)
		return;
	if (naive_closed(s->n, k, ledger_info(s->w.l).time_ms, did->j.lsn - 1))
		wrong("a mark on a closed sheet", did->j.lsn);
	s->tally.recalled += kind == OP_RECALL;
	s->tally.returned += kind == OP_RETURN;
	s->tally.accepted_sheets += kind == OP_ACCEPT;
}

/* ---- those who do not behave ---- */

static void odd_body(struct story *s, struct story_device *v)
{
	static uint8_t zeros[OP_BODY_MAX + 1];
	struct op setting = { .kind = OP_SETTING,
			      .author = v->d.person,
			      .setting = { SPAN_LIT("rounding"), SPAN_LIT("half-up") } };
	struct step *did;

	switch (rng_below(&s->r, 6)) {
	case 0:
		s->tally.oversized += send(s, v, span_of(zeros, sizeof(zeros)), v->base)->j.code ==
				      CODE_OVERSIZED;
		break;
	case 1:
		s->tally.unreadable += send(s, v, SPAN_LIT("\x08\x01garbage"), v->base)->j.code ==
				       CODE_UNREADABLE;
		break;
	case 2:
		did = send(s, v, span_of("", 0), v->base);
		s->tally.empty += did->j.verdict == VERDICT_REFUSED;
		break;
	case 3:
	case 4: {
		struct op_id id = device_id(&v->d);
		struct step step = { .device = v->d.device, .parked = rng_chance(&s->r, 50) };

		id.seq++;
		step.envelope = pack_body(&s->w, id, SPAN_LIT("never seen"), v->base).envelope;
		did = run(s, step);
		v->d.seq++;
		s->tally.withdrawn += !did->rc && did->j.code == CODE_WITHDRAWN;
		s->tally.parked += !did->rc && did->j.code == CODE_PARKED;
		break;
	}
	default:
		if (send(s, v, encode(s, &setting), v->base)->j.code !=
		    (v->role == ROLE_OPERATOR ? CODE_OK : CODE_NOT_ALLOWED))
			wrong("a setting by anybody but an operator", s->step_count);
	}
}

static void resend(struct story *s)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		const struct step *old = &s->steps[rng_below(&s->r, (uint32_t)s->step_count)];
		struct judgement was = old->j;
		struct step *did;

		if (old->act || !old->stored)
			continue;
		did = run(s, (struct step){ .device = old->device,
					    .envelope = old->envelope,
					    .body = old->body });
		if (did->rc == -ERR_DENIED) { /* revoked since */
			s->tally.denied++;
			return;
		}
		if (did->rc || !did->j.repeated || did->stored || did->j.lsn != was.lsn ||
		    did->j.verdict != was.verdict || did->j.code != was.code)
			wrong("a resend got another verdict", s->step_count);
		s->tally.repeated++;
		return;
	}
}

static void misbehave(struct story *s, struct story_device *v)
{
	struct op_id id = device_id(&v->d);
	struct step step = { .device = v->d.device }, *did;
	uint64_t base = v->base;
	struct span body = SPAN_LIT("\x08\x01garbage");
	int want = -ERR_STATE;
	unsigned what = rng_below(&s->r, 7);

	id.seq++;
	switch (what) {
	case 0:
		id.seq++;
		s->tally.gaps++;
		break;
	case 1:
		id.epoch += 1 + rng_below(&s->r, 3);
		s->tally.wrong_epoch++;
		break;
	case 2:
		if (!v->d.seq)
			return;
		id.seq = 1 + rng_below(&s->r, (uint32_t)v->d.seq);
		body = SPAN_LIT("another body");
		want = 0;
		break;
	case 3:
		base = ledger_info(s->w.l).lsn + 1;
		break;
	case 4:
		step.device ^= 2;
		want = -ERR_DENIED;
		s->tally.denied++;
		break;
	default:
		break;
	}
	step.envelope = pack_body(&s->w, id, body, base).envelope;
	step.body = body;
	if (what == 5) {
		step.envelope.len -= 1 + rng_below(&s->r, (uint32_t)step.envelope.len - 1);
		want = -ERR_PROTO;
		s->tally.malformed++;
	} else if (what == 6) {
		step.body = SPAN_LIT("not what was hashed");
		want = -ERR_PROTO;
		s->tally.malformed++;
	}
	did = run(s, step);
	if (did->stored || did->rc != want)
		wrong("misbehaviour was taken otherwise", what);
	if (want)
		return;
	if (did->j.code != CODE_FORK || did->j.verdict != VERDICT_REFUSED || did->j.lsn)
		wrong("a fork was not refused as one", s->step_count);
	s->tally.forks++;
}

/* ---- acts ---- */

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
	if (run_act(s, &op)->rc)
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
	struct step *did = run_act(s, &op);

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
	run_act(s, &op);
}

static void device_act(struct story *s)
{
	struct story_device *v = &s->devices[rng_below(&s->r, (uint32_t)s->device_count)];
	struct op op = { .kind = OP_EPOCH,
			 .device = { .device = v->d.device, .epoch = v->d.epoch + 1 } };

	if (s->device_count > 6 && rng_chance(&s->r, 20)) {
		op.kind = OP_REVOKE;
		op.reason = SPAN_LIT("lost");
		must_act(s, &op);
		*v = s->devices[--s->device_count];
		return;
	}
	must_act(s, &op);
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
		op.close.period = quarter_of(2022, 3);
	s->tally.closed += !run_act(s, &op)->rc;
}

static void unlock_act(struct story *s)
{
	struct naive_key k = s->ops[rng_below(&s->r, (uint32_t)s->op_count)].key;
	struct op op = { .kind = OP_UNLOCK,
			 .unit = k.unit,
			 .reason = SPAN_LIT("a cell was forgotten"),
			 .source = SPAN_LIT("console:an"),
			 .unlock = { k.form, k.period, s->w.now_ms + 40 * 3600 * 1000, 0 } };
	struct step *did = run_act(s, &op);

	if (did->rc)
		return;
	op.unlock.confirms = did->j.lsn;
	if (!rng_chance(&s->r, 20))
		op.source = SPAN_LIT("console:binh");
	did = run_act(s, &op);
	s->tally.unlocked += !did->rc;
	if (!did->rc != (op.source.len == 12))
		wrong("an unlock needs two persons", s->step_count);
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
	if (run_act(s, &op)->rc)
		return;
	s->touched_lsn = naive_lsn(s->n);
	s->tally.late_counted += op.late.counts;
	s->tally.late_declined += !op.late.counts;
	if (!run_act(s, &op)->rc)
		wrong("a late op was decided on twice", op.late.lsn);
}

static void act(struct story *s)
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
		import_sheet(s);
		return;
	default:
		op = build_members(1 + rng_below(&s->r, (uint32_t)s->unit_count),
				   day(2022, 1 + (int)rng_below(&s->r, 9), 1),
				   rng_below(&s->r, 500));
		run_act(s, &op);
	}
}

void story_step(struct story *s)
{
	struct story_device *v = &s->devices[rng_below(&s->r, (uint32_t)s->device_count)];
	uint32_t what = rng_below(&s->r, 100);

	if (s->quiet)
		what %= 75;
	if (s->month_ends && rng_chance(&s->r, 20))
		what = 99;
	if (what < 65)
		sheet_op(s, v);
	else if (what < 75)
		mark_op(s, v);
	else if (what < 80)
		odd_body(s, v);
	else if (what < 84)
		resend(s);
	else if (what < 88)
		misbehave(s, v);
	else
		act(s);
	if (s->in_batch && s->step_count - s->batch_first >= s->batch_left)
		story_commit(s);
}

/* ---- comparing ---- */

struct period story_range(struct story *s)
{
	int first = 3 + (int)rng_below(&s->r, 7),
	    last = first + (int)rng_below(&s->r, (uint32_t)(11 - first));
	struct period p = { day(2022, first, 1), day_month_last(day(2022, last, 1)) };

	if (rng_chance(&s->r, 25))
		p.from = day(2022, 1, 1);
	if (s->request_count && rng_chance(&s->r, 40)) {
		p.to = s->requests[rng_below(&s->r, (uint32_t)s->request_count)].day;
		if (p.from > p.to)
			p.from = day(2022, 1, 1);
	} else if (rng_chance(&s->r, 10)) {
		p.from += 3;
	}
	return p;
}
