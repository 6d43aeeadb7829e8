/* Month ends: closings and their reports, what comes late and is decided on, unlocks by two persons. */
#include "sim.h"

#include "internal.h"
#include "ledger/months.h"

#include <inttypes.h>

enum { LATE_SMALL = 64, LATE_MAX = 2048, REPORT_MAX = 1 << 16, UNITS_LOOKED = 40 };

static size_t waiting_late(const struct sim *s, uint64_t *open)
{
	return naive_late(s->n, open, s->province ? LATE_MAX : LATE_SMALL);
}

static struct period any_month(struct sim *s)
{
	return month_of(2022, 7 + (int)rng_below(&s->r, 3));
}

static void close_some(struct sim *s)
{
	struct op op = { .kind = OP_CLOSE, .unit = 1, .close = { FORM_SHORT, any_month(s) } };

	if (rng_chance(&s->r, 50))
		op.unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
	post_act(s, &op);
}

static void ask_to_unlock(struct sim *s)
{
	struct op op = { .kind = OP_UNLOCK,
			 .reason = SPAN_LIT("a cell was forgotten"),
			 .unlock = { FORM_SHORT, any_month(s), 0, 0 } };

	op.unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
	if (s->asked_unlock.unit && rng_chance(&s->r, 50)) /* another month of the same one */
		op.unit = s->asked_unlock.unit;
	op.unlock.until_ms = s->wall_ms + 3600000 + (int64_t)rng_below(&s->r, 30 * 3600000);
	post_act(s, &op);
}

/* The same person's word does not do. */
static void confirm_unlock(struct sim *s)
{
	struct job *j;

	if (!s->asked_unlock.unlock.until_ms)
		return;
	j = job_new(JOB_ACT, 0, sim_server_now(s));
	j->act = s->asked_unlock;
	j->act.reason = SPAN_LIT("seen");
	j->by = j->act.source = rng_chance(&s->r, 80) ? SPAN_LIT("console:another")
						      : SPAN_LIT("console:sim");
	writer_put(s->writer, &j);
	if (!rng_chance(&s->r, 20)) /* else once more */
		s->asked_unlock.unlock.until_ms = 0;
}

/* What a late entry waits for: its own sheet, or that of whoever took its unit over. */
static void decide_late_one(struct sim *s, uint64_t lsn, bool counts)
{
	const struct logged *g = &s->log[lsn - 1];
	struct op op = { .kind = OP_LATE_DECISION,
			 .unit = g->key.unit,
			 .reason = SPAN_LIT("the line was down"),
			 .late = { .lsn = lsn, .counts = counts } };

	if (g->code == CODE_SUCCESSOR && counts) {
		uint32_t into = naive_gone_over(s->n, g->key.unit, g->key.period.to, 0, UINT64_MAX);

		op.unit = op.late.as_unit = into;
		if (!into)
			return;
	}
	post_act(s, &op);
}

static void decide_some(struct sim *s)
{
	uint64_t open[LATE_MAX];
	size_t count = waiting_late(s, open);
	bool counts;

	if (!count)
		return;
	counts = rng_chance(&s->r, 70);
	decide_late_one(s, open[rng_below(&s->r, (uint32_t)count)], counts);
}

/* In the end a person has decided on each; what has no place any more is declined. */
bool months_settle(struct sim *s, unsigned round)
{
	uint64_t open[LATE_MAX];
	size_t count = waiting_late(s, open);

	for (size_t i = 0; i < count; i++)
		decide_late_one(s, open[i], round % 2 == 0 && rng_chance(&s->r, 60));
	return count == 0;
}

void months_draw(struct sim *s)
{
	if (sim_draw(s, F_CLOSED))
		close_some(s);
	if (sim_draw(s, F_UNLOCKED))
		ask_to_unlock(s);
	if (s->asked_unlock.unlock.until_ms && rng_chance(&s->r, 20))
		confirm_unlock(s);
	if (rng_chance(&s->r, 6))
		decide_some(s);
}

/* ---- what the log says of it ---- */

static void note_closing(struct sim *s, const struct op *op, uint64_t lsn)
{
	const struct period p = op->close.period;

	sim_count(s, F_CLOSED);
	for (size_t i = 0; i < s->closed_count; i++)
		if (s->closed[i].period.from <= p.from && s->closed[i].period.to >= p.to &&
		    naive_inside_on(s->n, op->unit, s->closed[i].unit, p.to, lsn - 1))
			sim_fail(s, "entry %" PRIu64 ": unit %u was closed before", lsn, op->unit);
	if (s->closed_count == ARRAY_LEN(s->closed))
		return;
	s->closed[s->closed_count++] =
		(struct closed_report){ .lsn = lsn, .unit = op->unit, .period = op->close.period };
}

/* Nothing that it was written over waits still. */
static void check_decided(struct sim *s, const struct op *decision, uint64_t lsn)
{
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	uint64_t open[LATE_MAX];
	size_t count = waiting_late(s, open);
	struct entry en;
	struct buf bytes;
	struct op late;

	buf_init(&bytes, ENTRY_MAX);
	must(ledger_entry(s->l, decision->late.lsn, &bytes, &s->e), &s->e, "a late entry");
	must(entry_decode(&en, buf_span(&bytes), a, &s->e), &s->e, "decode a late entry");
	(void)op_decode(&late, en.body, a, NULL);
	for (size_t i = 0; i < count && decision->late.counts; i++)
		for (size_t k = 0; k < late.sheet.seen_count; k++)
			if (s->log[open[i] - 1].unit == en.unit &&
			    !op_id_cmp(s->log[open[i] - 1].id, late.sheet.seen[k]))
				sim_fail(s,
					 "entry %" PRIu64 ": what names entry %" PRIu64
					 " counts before it is decided on",
					 lsn, open[i]);
	buf_fini(&bytes);
	arena_free(a);
}

void months_heard(struct sim *s, const struct op *op, const struct entry *en, struct logged *g)
{
	if (en->verdict == VERDICT_LATE && en->lsn > s->b->lsn) {
		g->key = (struct naive_key){ op->unit, (uint8_t)op->sheet.form, op->sheet.period };
		sim_count(s, en->code == CODE_SUCCESSOR ? F_LATE_SUCCESSOR : F_LATE);
	}
	if (en->verdict != VERDICT_ACCEPTED)
		return;
	switch (op->kind) {
	case OP_CLOSE:
		note_closing(s, op, en->lsn);
		break;
	case OP_UNLOCK:
		if (op->unlock.confirms) {
			sim_count(s, F_UNLOCKED);
			if (span_eq(op->source, SPAN_LIT("console:sim")))
				sim_fail(s, "one person alone has unlocked unit %u", op->unit);
			if (op->unlock.confirms == s->confirmed)
				sim_fail(s, "unit %u is unlocked twice by one asking", op->unit);
			s->unlocked = op->unit;
			s->confirmed = op->unlock.confirms;
		} else {
			s->asked_unlock = (struct op){ .kind = OP_UNLOCK,
						       .unit = op->unit,
						       .unlock = op->unlock };
			s->asked_unlock.unlock.confirms = en->lsn;
		}
		break;
	case OP_LATE_DECISION:
		check_decided(s, op, en->lsn);
		sim_count(s, !op->late.counts   ? F_LATE_DECLINED
			     : op->late.as_unit ? F_LATE_MAPPED
						: F_LATE_COUNTED);
		if (op->late.as_unit && s->mapped_count < ARRAY_LEN(s->mapped)) {
			s->mapped[s->mapped_count].from = s->log[op->late.lsn - 1].key.unit;
			s->mapped[s->mapped_count].late_lsn = op->late.lsn;
			s->mapped[s->mapped_count].lsn = en->lsn;
			s->mapped[s->mapped_count++].into = op->unit;
		}
		g->key = s->log[op->late.lsn - 1].key;
		g->key.unit = op->unit;
		g->writes = op->late.counts;
		break;
	case OP_ACCEPT:
		sim_count(s, F_ACCEPTED);
		break;
	case OP_RETURN:
		sim_count(s, F_RETURNED);
		break;
	case OP_RECALL:
		sim_count(s, F_RECALLED);
		break;
	default:
		break;
	}
}

/* ---- closed reports ---- */

static struct hash told_of(struct sim *s, const struct closed_report *c, const struct query *q)
{
	struct buf b;
	struct hash h;

	buf_init(&b, REPORT_MAX);
	sim_put_totals(s, s->l, q, &b);
	if (b.failed)
		sim_fail(s, "no room for a closed report");
	h = hash_bytes(buf_span(&b));
	sim_say(s, "closed %llu: %.*s", (unsigned long long)c->lsn, (int)b.len,
		(const char *)b.data);
	buf_fini(&b);
	return h;
}

static struct hash report_of(struct sim *s, const struct closed_report *c)
{
	struct query q = {
		.unit = c->unit, .period = c->period, .known_at = UINT64_MAX, .basis = BASIS_CLOSED
	};

	return told_of(s, c, &q);
}

static struct hash known_then(struct sim *s, const struct closed_report *c)
{
	struct query q = { .unit = c->unit, .period = c->period, .known_at = c->lsn };

	return told_of(s, c, &q);
}

/* Nobody had closed any of these days, and no flash stands for the month: then all that counts was closed by
 * this entry. */
static bool closed_first(const struct sim *s, const struct closed_report *c)
{
	for (size_t i = 0; i < (size_t)c->lsn; i++)
		if (s->log[i].writes && s->log[i].key.form != FORM_SHORT &&
		    s->log[i].key.period.to == c->period.to)
			return false;
	for (const struct closed_report *o = s->closed; o < c; o++)
		if (o->period.from <= c->period.to && c->period.from <= o->period.to)
			return false;
	return true;
}

/* No entry since has touched what is added up. */
static bool still_as_closed(const struct sim *s, const struct closed_report *c)
{
	for (size_t i = (size_t)c->lsn; i < s->log_count; i++)
		if (s->log[i].writes || s->log[i].act || s->log[i].unit_changed)
			return false;
	return true;
}

/* What the server keeps of that node and month at this moment, which is held against its sheets elsewhere. */
static struct hash kept_now(struct sim *s, const struct closed_report *c)
{
	struct hash h = { { 0 } };
	struct agg row;

	must(read_enter(s->l, &s->e), &s->e, "read");
	must(agg_get(s->l, c->unit, FORM_SHORT, c->period, &row, &s->e), &s->e, "an aggregate");
	read_leave(s->l);
	if (!agg_is_zero(&row))
		must(agg_hash(&row, &h, &s->e), &s->e, "a hash");
	return h;
}

static void pins_of(struct sim *s, const struct closed_report *c, struct hash *pinned)
{
	int rc = query_pinned(pinned->b, s->l, c->lsn, c->unit, FORM_SHORT, c->period, &s->e);

	memset(pinned, 0, rc ? sizeof(*pinned) : 0);
	if (rc != -ERR_NOTFOUND) /* nothing was below */
		must(rc, &s->e, "what a closing pinned");
}

/* What is closed to those who write into the unit at this moment of the log. */
static void check_open(struct sim *s, uint32_t unit)
{
	int64_t now_ms = s->log[s->log_count - 1].time_ms;

	for (int month = 7; month <= 10; month++) {
		struct naive_key k = { unit, FORM_SHORT, month_of(2022, month) };
		uint64_t want = naive_closed(s->n, k, now_ms, UINT64_MAX), is;

		must(part_closed(s->l, unit, FORM_SHORT, k.period, now_ms, &is, &s->e), &s->e,
		     "is it closed");
		if (is != want)
			sim_fail(s,
				 "unit %u, month %d: closed by entry %" PRIu64
				 ", by the log it is by %" PRIu64,
				 unit, month, is, want);
	}
}

/* As soon as it is closed; later it is held against this. */
void months_pin(struct sim *s)
{
	if (s->unlocked)
		check_open(s, s->unlocked);
	s->unlocked = 0;
	for (size_t i = 0; i < s->closed_count; i++) {
		struct closed_report *c = &s->closed[i];
		struct hash then;

		if (c->kept)
			continue;
		c->report = report_of(s, c);
		pins_of(s, c, &c->pinned);
		c->kept = true;
		then = known_then(s, c);
		if (closed_first(s, c) && !hash_eq(&c->report, &then))
			sim_fail(s, "unit %u: what entry %llu closed is not what was known then",
				 c->unit, (unsigned long long)c->lsn);
		then = kept_now(s, c);
		if (still_as_closed(s, c) && !hash_eq(&c->pinned, &then))
			sim_fail(s, "unit %u: entry %llu pinned another row than is kept", c->unit,
				 (unsigned long long)c->lsn);
	}
}

void months_check(struct sim *s)
{
	size_t looked = s->province ? s->unit_count : UNITS_LOOKED;

	for (size_t i = 0; s->closed_count && i < s->unit_count && i < looked; i++)
		if (s->units[i].unit)
			check_open(s, s->units[i].unit);
	for (size_t i = 0; i < s->closed_count; i++) {
		const struct closed_report *c = &s->closed[i];
		struct hash report = report_of(s, c), pinned;

		pins_of(s, c, &pinned);
		if (!hash_eq(&report, &c->report) || !hash_eq(&pinned, &c->pinned))
			sim_fail(s, "unit %u, closed by entry %llu: the closed report is another",
				 c->unit, (unsigned long long)c->lsn);
		sim_count(s, F_CLOSED_REPORT);
	}
}

void months_forget(struct sim *s, uint64_t lsn)
{
	while (s->closed_count && s->closed[s->closed_count - 1].lsn > lsn)
		s->closed_count--;
	while (s->mapped_count && s->mapped[s->mapped_count - 1].lsn > lsn)
		s->mapped_count--;
	while (s->acts_count && s->acts[s->acts_count - 1].lsn > lsn)
		s->acts_count--;
	if (s->acts_checked > s->acts_count)
		s->acts_checked = s->acts_count;
	s->unlocked = 0;
	s->confirmed = 0;
	s->asked_unlock.unlock.until_ms = 0;
}
