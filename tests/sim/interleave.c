/* A world told again in another order. Control entries keep theirs; each device's ops keep theirs; an op
 * stays on its side of those that touch its unit, its author or its device, and behind whatever its author
 * had read of that sheet. Then figures, winners and totals must be the same, whoever came first. Not
 * compared: lsns, verdicts, and what is known at an earlier time. */
#include "sim.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { PIECES_MAX = 4096, TEXT_MAX = 8 << 20 };

struct piece {
	uint64_t lsn, device;
	struct envelope env;
	struct op op;
	struct span body;
	int64_t time_ms;
	bool control, sheet, recall; /* the last two: it writes the sheet `key` */
	struct naive_key key;
	uint64_t now; /* its lsn in the other order */
};

struct telling {
	struct sim *s;
	struct arena *a;
	struct piece *pieces;
	struct piece **order;
	size_t count;
	uint64_t from; /* lsn before the first */
};

static bool same_key(const struct naive_key *a, const struct naive_key *b)
{
	return a->unit == b->unit && a->form == b->form && a->period.from == b->period.from &&
	       a->period.to == b->period.to;
}

static bool writes(const struct piece *p)
{
	return p->sheet || p->recall;
}

/* ---- the pieces ---- */

static void read_piece(struct telling *t, struct piece *p, uint64_t lsn)
{
	struct sim *s = t->s;
	struct entry en;
	struct buf bytes;

	buf_init(&bytes, ENTRY_MAX);
	must(ledger_entry(s->l, lsn, &bytes, &s->e), &s->e, "an entry");
	must(entry_decode(&en, arena_copy(t->a, buf_span(&bytes)), t->a, &s->e), &s->e,
	     "decode an entry");
	must(envelope_decode(&p->env, en.envelope, t->a, &s->e), &s->e, "decode an envelope");
	buf_fini(&bytes);
	p->lsn = lsn;
	p->device = en.device;
	p->body = en.body;
	p->time_ms = en.time_ms;
	if (op_decode(&p->op, en.body, t->a, NULL) != CODE_OK)
		p->op = (struct op){ .kind = OP_NONE };
	p->sheet = p->op.kind == OP_SHEET;
	p->recall = p->op.kind == OP_RECALL;
	p->control = !p->device || (p->op.kind != OP_NONE && !writes(p));
	if (p->sheet)
		p->key = (struct naive_key){ p->op.unit, (uint8_t)p->op.sheet.form,
					     p->op.sheet.period };
	if (p->recall)
		p->key = (struct naive_key){ p->op.unit, (uint8_t)p->op.mark.form,
					     p->op.mark.period };
}

/* ---- which two may change places ---- */

static bool touches(const struct piece *control, const struct piece *p)
{
	const struct op *c = &control->op;

	switch (c->kind) {
	case OP_MEMBERS:
	case OP_START:
	case OP_ENROL_CODE:
		return false;
	case OP_UNIT:
		return c->create.unit == p->op.unit;
	case OP_PLAN:
		return c->unit == p->op.unit;
	case OP_PERSON:
		return c->person.person == p->op.author || p->op.kind == OP_NONE;
	case OP_DEVICE:
	case OP_REVOKE:
	case OP_EPOCH:
	case OP_SUSPEND:
		return c->device.device == p->device;
	case OP_REQUEST:
		return p->sheet && p->op.sheet.request == control->lsn;
	default:
		return true;
	}
}

static bool names(const struct piece *p, const struct piece *other)
{
	struct op_id id = { other->device, other->env.epoch, other->env.seq };

	for (size_t i = 0; p->sheet && i < p->op.sheet.seen_count; i++)
		if (!op_id_cmp(p->op.sheet.seen[i], id))
			return true;
	return p->env.base.lsn >= other->lsn;
}

/* Had somebody who wrote there read one of them and not the other? */
static bool told_apart(const struct telling *t, const struct piece *a, const struct piece *b)
{
	const struct piece *first = a->lsn < b->lsn ? a : b, *last = a->lsn < b->lsn ? b : a;

	for (size_t i = 0; i < t->count; i++) {
		const struct piece *p = &t->pieces[i];

		if (p->device && writes(p) && same_key(&p->key, &a->key) &&
		    first->lsn <= p->env.base.lsn && p->env.base.lsn < last->lsn)
			return true;
	}
	return false;
}

/* Entries are told at the time of the latest before them: past the end of an unlock an op would be late. */
static bool unlocked_alike(const struct telling *t, const struct piece *a, const struct piece *b)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct op *op = &t->pieces[i].op;

		if (op->kind == OP_UNLOCK &&
		    (a->time_ms <= op->unlock.until_ms) != (b->time_ms <= op->unlock.until_ms))
			return false;
	}
	return true;
}

static bool may_swap(const struct telling *t, const struct piece *a, const struct piece *b)
{
	uint64_t newer = t->s->b->newer->device;

	if ((a->control && b->control) || (a->device && a->device == b->device) ||
	    day_of_instant(a->time_ms) != day_of_instant(b->time_ms) || !unlocked_alike(t, a, b))
		return false;
	if (a->control || b->control)
		return a->control ? !touches(a, b) : !touches(b, a);
	if (!writes(a) || !writes(b) || !same_key(&a->key, &b->key))
		return true;
	if (broken_order()) /* whatever their authors had read of that sheet */
		return true;
	/* taking back a signature is about the one that stands; who names what nobody read is not honest */
	if (a->recall || b->recall || a->device == newer || b->device == newer)
		return false;
	/* which of two signatures stands is a matter of who came last, and so is what it said of the month */
	if (a->op.sheet.sign.how && b->op.sheet.sign.how &&
	    a->op.sheet.sign.nil != b->op.sheet.sign.nil)
		return false;
	return !names(b, a) && !names(a, b) && !told_apart(t, a, b);
}

/* Each in turn wanders as far as it may, this way or that. Returns how many places were changed. */
static size_t shuffle(struct telling *t)
{
	size_t moves = 0;

	for (size_t n = 0; n < 2 * t->count; n++) {
		size_t i = rng_below(&t->s->r, (uint32_t)t->count);
		bool up = rng_chance(&t->s->r, 50);

		for (; up ? i > 0 : i + 1 < t->count; up ? i-- : i++) {
			size_t k = up ? i - 1 : i;
			struct piece *a = t->order[k];

			if (!may_swap(t, a, t->order[k + 1]) || rng_chance(&t->s->r, 8))
				break;
			t->order[k] = t->order[k + 1];
			t->order[k + 1] = a;
			moves++;
		}
	}
	return moves;
}

/* ---- telling it ---- */

/* An op is judged by whether its author had read such a one. */
static bool decides_on_sheets(enum op_kind kind)
{
	return kind == OP_CLOSE || kind == OP_UNLOCK || kind == OP_ACT ||
	       kind == OP_LATE_DECISION || kind == OP_RETURN || kind == OP_ACCEPT;
}

/* As far as the author has read: up to the first entry about that sheet that was not there. Nobody changes places with marks:
 * all in front of one was there. */
static uint64_t base_of(const struct telling *t, const struct piece *p)
{
	bool mark = p->op.kind == OP_RETURN || p->op.kind == OP_ACCEPT;
	uint64_t base = t->from;

	if (!writes(p) && !mark)
		return base;
	for (size_t i = 0; t->order[i] != p; i++) {
		const struct piece *o = t->order[i];

		if (!mark && o->lsn > p->env.base.lsn &&
		    (writes(o) ? same_key(&o->key, &p->key) : decides_on_sheets(o->op.kind)))
			break;
		base = o->now;
	}
	return base;
}

/* Entries that ops name by number have other numbers now; each was made in the run, and has its piece. */
static uint64_t lsn_now(const struct telling *t, uint64_t lsn)
{
	return lsn > t->from ? t->pieces[lsn - t->from - 1].now : lsn;
}

static bool rename_entries(const struct telling *t, struct piece *p)
{
	switch (p->op.kind) {
	case OP_SHEET:
		if (!p->op.sheet.request)
			return false;
		p->op.sheet.request = lsn_now(t, p->op.sheet.request);
		return true;
	case OP_LATE_DECISION:
		p->op.late.lsn = lsn_now(t, p->op.late.lsn);
		return true;
	case OP_UNLOCK:
		p->op.unlock.confirms = lsn_now(t, p->op.unlock.confirms);
		return true;
	case OP_RETURN:
	case OP_ACCEPT: /* nobody changes places with these: they have seen what they had seen */
		p->op.mark.seen_lsn = t->s->log[p->lsn - 1].verdict == VERDICT_ACCEPTED
					      ? t->from + t->count
					      : 0;
		return true;
	default:
		return false;
	}
}

static struct span body_of(struct telling *t, struct piece *p)
{
	struct sim *s = t->s;
	struct buf b;

	if (!rename_entries(t, p))
		return p->body;
	buf_init(&b, OP_BODY_MAX);
	must(op_encode(&b, &p->op, &s->e), &s->e, "pack an op");
	p->body = arena_copy(t->a, buf_span(&b));
	buf_fini(&b);
	return p->body;
}

static void tell(struct telling *t, struct ledger *l, struct piece *p)
{
	struct sim *s = t->s;
	struct submission sub = { .device = p->device };
	struct judgement j;
	struct buf envelope;
	struct hash h;

	if (!p->device) {
		(void)rename_entries(t, p);
		must(ledger_act(l, &p->op, p->time_ms, &p->now, &s->e), &s->e, "an act again");
		return;
	}
	sub.body = body_of(t, p);
	h = hash_bytes(sub.body);
	memcpy(p->env.body_hash, h.b, HASH_BYTES);
	p->env.base.lsn = base_of(t, p);
	buf_init(&envelope, ENVELOPE_MAX);
	envelope_encode(&envelope, &p->env);
	sub.envelope = arena_copy(t->a, buf_span(&envelope));
	buf_fini(&envelope);
	must(ledger_submit(l, &sub, p->time_ms, &j, &s->e), &s->e, "an op again");
	p->now = j.lsn;
}

/* ---- what must be the same ---- */

static void put_sheet(struct sim *s, struct ledger *l, const struct naive_key *k, struct buf *b)
{
	struct sheet sheet;

	buf_printf(b, "unit %u form %u %d..%d:", k->unit, k->form, k->period.from, k->period.to);
	if (ledger_sheet(l, k->unit, k->form, k->period, &sheet, &s->e)) {
		buf_printf(b, " none\n");
		return;
	}
	buf_printf(b, " %d contested %zu", sheet_status(&sheet), sheet_contested(&sheet, k->unit));
	for (size_t i = 0; i < sheet.version_count; i++) {
		const struct version *v = &sheet.versions[i];
		const struct op_id *id = &sheet.ops[v->op].id;
		struct figure f = sheet_figure(&sheet, v->measure, k->unit);

		buf_printf(b, " %u=%d/%" PRId64 " of %" PRIx64 "-%u-%" PRIu64 "%s", v->measure,
			   v->state, v->value, id->device, id->epoch, id->seq,
			   f.winner == v ? "!" : "");
	}
	buf_printf(b, "\n");
}

void sim_put_totals(struct sim *s, struct ledger *l, const struct query *q, struct buf *b)
{
	struct arena *a = arena_new(16 << 20);
	struct totals t;
	int rc = query_totals(&t, l, q, a, &s->e);

	buf_printf(b, "totals of unit %u %d..%d:", q->unit, q->period.from, q->period.to);
	if (rc == -ERR_NOTFOUND) {
		buf_printf(b, " none\n");
		arena_free(a);
		return;
	}
	must(rc, &s->e, "totals");
	for (size_t i = 0; i < t.measure_count; i++)
		buf_printf(b, " %" PRId64 "/%" PRIu64, t.measures[i].sum, t.measures[i].count);
	buf_printf(b, " reported %" PRIu64 " of %" PRIu64 " contested %" PRIu64,
		   t.reporting.reported, t.reporting.expected, t.reporting.contested);
	buf_printf(b,
		   " sheets %" PRIu64 " of %" PRIu64 " nil %" PRIu64 " on behalf %" PRIu64
		   " covered %d\n",
		   t.sheets.signed_, t.sheets.expected, t.sheets.nil, t.sheets.on_behalf,
		   t.covered);
	arena_free(a);
}

static void put_totals(struct sim *s, struct ledger *l, uint32_t unit, struct period p,
		       struct buf *b)
{
	sim_put_totals(s, l, &(struct query){ .unit = unit, .period = p, .known_at = UINT64_MAX },
		       b);
}

static void put_all(struct sim *s, struct ledger *l, struct buf *b)
{
	static struct naive_key keys[PIECES_MAX];
	size_t count = naive_keys(s->n, UINT64_MAX, keys, PIECES_MAX);

	for (size_t i = 0; i < count; i++)
		put_sheet(s, l, &keys[i], b);
	for (size_t i = 0; i < s->unit_count; i++) {
		if (!s->units[i].unit)
			continue;
		put_totals(s, l, s->units[i].unit, year_of(2022), b);
		put_totals(s, l, s->units[i].unit, month_of(2022, 9), b);
	}
}

static void compare(struct telling *t, struct ledger *other)
{
	struct buf ours, theirs;
	const char *a, *b;

	buf_init(&ours, TEXT_MAX);
	buf_init(&theirs, TEXT_MAX);
	put_all(t->s, t->s->l, &ours);
	put_all(t->s, other, &theirs);
	buf_u8(&ours, 0);
	buf_u8(&theirs, 0);
	if (ours.failed || theirs.failed)
		sim_fail(t->s, "no room to compare two orders");
	a = (const char *)ours.data;
	b = (const char *)theirs.data;
	while (*a && !strncmp(a, b, strcspn(a, "\n") + 1)) {
		a += strcspn(a, "\n") + 1;
		b += strcspn(b, "\n") + 1;
	}
	if (*a || *b)
		sim_fail(t->s, "another order of devices, other figures:\n %.*s\n %.*s",
			 (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
	buf_fini(&ours);
	buf_fini(&theirs);
}

static void tell_all(struct telling *t)
{
	struct sim *s = t->s;
	struct ledger *l;
	struct kv *kv;

	must(kv_mem_clone(&kv, s->b->w.kv, &s->e), &s->e, "copy a province");
	must(ledger_open(&l, kv, 0, &s->e), &s->e, "open it");
	must(ledger_begin(l, &s->e), &s->e, "begin");
	for (size_t i = 0; i < t->count; i++) {
		tell(t, l, t->order[i]);
		if (t->order[i]->now != t->from + 1 + i)
			sim_fail(s, "in another order entry %" PRIu64 " is not stored",
				 t->order[i]->lsn);
	}
	must(ledger_commit(l, &s->b->w.key, NULL, &s->e), &s->e, "commit");
	compare(t, l);
	ledger_close(l);
	kv_close(kv);
}

/* A sheet that was full took some and refused others by their order: nothing to compare then. */
static bool fit(const struct sim *s)
{
	if (s->ever_restored || s->log_count - s->b->lsn < 2 ||
	    s->log_count - s->b->lsn > PIECES_MAX)
		return false;
	for (size_t i = (size_t)s->b->lsn; i < s->log_count; i++)
		if (s->log[i].code == CODE_SHEET_FULL)
			return false;
	return true;
}

void interleave_check(struct sim *s)
{
	struct telling t = { .s = s, .from = s->b->lsn };

	if (!fit(s))
		return;
	t.a = arena_new((size_t)256 << 20);
	t.count = s->log_count - (size_t)s->b->lsn;
	t.pieces = arena_array(t.a, t.count, sizeof(*t.pieces));
	t.order = arena_array(t.a, t.count, sizeof(struct piece *));
	for (size_t i = 0; i < t.count; i++) {
		t.pieces[i] = (struct piece){ .lsn = 0 };
		read_piece(&t, &t.pieces[i], t.from + 1 + i);
		t.order[i] = &t.pieces[i];
	}
	if (shuffle(&t))
		sim_count(s, F_INTERLEAVED);
	tell_all(&t);
	arena_free(t.a);
}
