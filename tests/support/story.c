#include "story_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void story_wrong(const char *what, uint64_t where)
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
		story_wrong("an act that cannot be read", step->body.len);
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
		story_wrong("a step went otherwise", (uint64_t)(step - s->steps));
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
			story_wrong("an aborted batch came out shorter or longer", before);
	}
	world_commit(&s->w);
	s->in_batch = false;
	if (rng_chance(&s->r, 5))
		world_reopen(&s->w);
}

/* Run it, note what came of it, tell the naive model. */
struct step *story_run(struct story *s, struct step step)
{
	struct err e = { 0 };
	struct step *kept;
	uint64_t before;

	begin(s);
	if (s->step_count == STORY_STEPS)
		story_wrong("too many steps", STORY_STEPS);
	s->w.now_ms += rng_below(&s->r, 1000 * 3600);
	step.now_ms = s->w.now_ms - (rng_chance(&s->r, 5) ? 7200 * 1000 : 0); /* clocks go back */
	before = ledger_info(s->w.l).lsn;
	step.rc = story_try(s, s->w.l, &step, &step.j, &e);
	step.stored = ledger_info(s->w.l).lsn != before;
	if (step.stored) {
		if (step.rc || step.j.lsn != before + 1)
			story_wrong("an entry without a verdict", before + 1);
		tell(s, before + 1);
	}
	kept = &s->steps[s->step_count++];
	*kept = step;
	return kept;
}

struct step *story_run_act(struct story *s, const struct op *op)
{
	struct step step = { .act = true };
	struct buf b;
	struct step *did;

	buf_init(&b, OP_FORM_BODY_MAX + 1024);
	must(op_encode(&b, op, &s->w.e), &s->w.e, "encode an act");
	step.body = arena_copy(s->w.a, buf_span(&b));
	buf_fini(&b);
	did = story_run(s, step);
	s->tally.acts += did->stored;
	s->tally.acts_refused += !did->stored;
	return did;
}

int story_act(struct story *s, const struct op *op)
{
	return story_run_act(s, op)->rc;
}

void story_must_act(struct story *s, const struct op *op)
{
	if (story_run_act(s, op)->rc)
		story_wrong("an act of the beginning was refused", s->step_count);
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
		story_must_act(s, &op);
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
		story_must_act(s, &op);
		op = build_device(v->d.device, unit, v->d.person, 1);
		story_must_act(s, &op);
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
	story_must_act(s, &op);
	op = build_form_text(form_quarterly_text);
	story_must_act(s, &op);
	op = build_form(&s->w, "flash");
	story_must_act(s, &op);
	op = build_form(&s->w, "yearly");
	story_must_act(s, &op);
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

/* ---- ops of a device ---- */

struct span story_encode(struct story *s, const struct op *op)
{
	struct span kept;
	struct buf b;

	buf_init(&b, OP_FORM_BODY_MAX + 1024);
	must(op_encode(&b, op, &s->w.e), &s->w.e, "encode an op");
	kept = arena_copy(s->w.a, buf_span(&b));
	buf_fini(&b);
	return kept;
}

struct step *story_send(struct story *s, struct story_device *v, struct span body, uint64_t base)
{
	struct op_id id = device_id(&v->d);
	struct step step = { .device = v->d.device }, *did;
	struct packed p;

	id.seq++;
	p = pack_body(&s->w, id, body, base);
	step.envelope = p.envelope;
	step.body = p.body;
	did = story_run(s, step);
	if (did->rc)
		story_wrong("an op in its turn got no verdict", s->step_count);
	v->d.seq++;
	s->tally.accepted += did->j.verdict == VERDICT_ACCEPTED;
	s->tally.refused += did->j.verdict == VERDICT_REFUSED;
	s->tally.codes[did->j.code]++;
	return did;
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
		story_sheet(s, v);
	else if (what < 75)
		story_mark(s, v);
	else if (what < 80)
		story_odd(s, v);
	else if (what < 84)
		story_resend(s);
	else if (what < 88)
		story_misbehave(s, v);
	else
		story_any_act(s);
	if (s->in_batch && s->step_count - s->batch_first >= s->batch_left)
		story_commit(s);
}
