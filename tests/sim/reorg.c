/* Acts of reorganisation while people work and devices are away, and what must not change by them. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHANGES_OF_ACT = 4, REPORT_MAX = 1 << 16 };

/* ---- making one ---- */

struct draft_act {
	struct op_change changes[CHANGES_OF_ACT];
	uint32_t into[2], shares[2];
	size_t count;
	char code[16], name[32];
	day_t effective;
};

static void *copied(struct arena *a, const void *from, size_t count, size_t each)
{
	void *to = arena_array(a, count, each);

	if (!to)
		abort();
	memcpy(to, from, count * each);
	return to;
}

/* In a province, where somebody is whom it concerns, rather. */
static const struct base_unit *any_unit(struct sim *s)
{
	if (s->province && rng_chance(&s->r, 60))
		return &s->units[s->holders[rng_below(&s->r, (uint32_t)s->holder_count)].d->unit -
				 1];
	return &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];
}

static const struct base_unit *any_below(struct sim *s)
{
	for (int i = 0; i < 12; i++) {
		const struct base_unit *u = any_unit(s);

		if (u->unit > 1 && u->parent > 1 &&
		    naive_alive(s->n, u->unit, day_of_instant(s->wall_ms), UINT64_MAX))
			return u;
	}
	return NULL;
}

uint32_t reorg_district(struct sim *s)
{
	uint32_t picked = 0;

	for (int i = 0; s->province && i < 64; i++) {
		const struct base_unit *u = any_unit(s);

		if (u->parent > 1)
			u = &s->units[u->parent - 1];
		if (u->parent == 1 &&
		    naive_alive(s->n, u->unit, day_of_instant(s->wall_ms), UINT64_MAX))
			return u->unit;
	}
	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].parent == 1 && (!picked || rng_chance(&s->r, 50)))
			picked = s->units[i].unit;
	return picked;
}

/* Backwards, where sheets may be already; today; soon, so that the day comes within the run; or long after it. */
static day_t any_effective(struct sim *s)
{
	day_t today = day_of_instant(s->wall_ms);

	switch (rng_below(&s->r, 8)) {
	case 0:
		return day(2022, 8, 1);
	case 1:
		return day(2022, 9, 1 + (int)rng_below(&s->r, 29));
	case 2:
		return day(2022, 10, 1);
	case 3:
		return today + 60 + (day_t)rng_below(&s->r, 30);
	case 4:
	case 5:
		return today + 1 + (day_t)rng_below(&s->r, 2);
	default:
		return today;
	}
}

static bool is_soon(const struct sim *s, day_t effective)
{
	day_t today = day_of_instant(s->wall_ms);

	return effective > today && effective <= today + 2;
}

static void post_act_of(struct sim *s, const struct draft_act *d)
{
	struct job *j = job_new(JOB_ACT, 0, sim_server_now(s));
	struct op_change *c = copied(j->a, d->changes, d->count, sizeof(*c));

	for (size_t i = 0; i < d->count; i++) {
		if (c[i].into_count) {
			c[i].into = copied(j->a, c[i].into, c[i].into_count, sizeof(uint32_t));
			if (c[i].shares)
				c[i].shares = copied(j->a, c[i].shares, c[i].into_count,
						     sizeof(uint32_t));
		}
		c[i].code = arena_copy(j->a, c[i].code);
		c[i].name = arena_copy(j->a, c[i].name);
	}
	j->act = (struct op){ .kind = OP_ACT,
			      .source = SPAN_LIT("console:sim"),
			      .act = { .no = SPAN_LIT("1-QĐ/TU"),
				       .signer = SPAN_LIT("Nguyễn Văn B"),
				       .signed_day = d->effective,
				       .effective = d->effective,
				       .changes = c,
				       .count = d->count } };
	j->by = SPAN_LIT("console:sim");
	writer_put(s->writer, &j);
}

static void add(struct draft_act *d, struct op_change c)
{
	d->changes[d->count++] = c;
}

static uint32_t add_new(struct sim *s, struct draft_act *d, uint32_t parent)
{
	uint32_t no = (uint32_t)s->unit_count + 1;

	snprintf(d->code, sizeof(d->code), "A%u", no);
	add(d, (struct op_change){ .what = CHANGE_CREATE,
				   .unit = no,
				   .parent = parent,
				   .kind = parent == 1 ? UNIT_DIRECT : UNIT_BASE_CELL,
				   .code = span_str(d->code),
				   .name = span_str(d->code),
				   .reports = parent == 1 ? 0 : FORM_SHORT });
	return no;
}

static void make_change(struct sim *s, struct draft_act *d, enum fault f, uint32_t unit,
			uint32_t other)
{
	uint32_t parent = s->units[unit - 1].parent;

	switch (f) {
	case F_ACT_CREATE:
		(void)add_new(s, d, reorg_district(s));
		break;
	case F_ACT_RENAME:
		snprintf(d->name, sizeof(d->name), "Chi bộ %u", rng_below(&s->r, 1000));
		add(d, (struct op_change){
			       .what = CHANGE_RENAME, .unit = unit, .name = span_str(d->name) });
		break;
	case F_ACT_MOVE:
		add(d, (struct op_change){
			       .what = CHANGE_MOVE, .unit = unit, .parent = reorg_district(s) });
		break;
	case F_ACT_MERGE:
		d->into[0] = other;
		if (rng_chance(&s->r, 30))
			d->into[0] = add_new(s, d, parent);
		add(d,
		    (struct op_change){
			    .what = CHANGE_MERGE, .unit = unit, .into = d->into, .into_count = 1 });
		break;
	case F_ACT_SPLIT:
		d->into[0] = add_new(s, d, parent);
		d->into[1] = other;
		d->shares[0] = 1 + rng_below(&s->r, ACT_SHARE_WHOLE - 2);
		d->shares[1] = ACT_SHARE_WHOLE - d->shares[0];
		add(d, (struct op_change){ .what = CHANGE_SPLIT,
					   .unit = unit,
					   .into = d->into,
					   .into_count = 2,
					   .shares = d->shares,
					   .ends = true });
		break;
	default:
		add(d, (struct op_change){ .what = CHANGE_DISSOLVE, .unit = unit });
		break;
	}
}

/* A unit for which some device without a line holds a month that is not sent, and that month's first day. */
static bool unsent_of(struct sim *s, uint32_t *unit, day_t *from)
{
	size_t first = rng_below(&s->r, (uint32_t)s->holder_count);

	for (size_t i = 0; i < s->holder_count; i++) {
		const struct holder *h = &s->holders[(first + i) % s->holder_count];
		size_t count;
		const struct own_op *own = outbox_ops(h->c, &count);

		for (size_t k = 0; !h->off && k < count; k++)
			if (own[k].verdict == VERDICT_NONE && own[k].form == FORM_SHORT &&
			    s->units[own[k].unit - 1].parent > 1) {
				*unit = own[k].unit;
				*from = own[k].period.from;
				return true;
			}
	}
	return false;
}

/* Two communes become one, or a third, with all that is below them. */
static void merge_communes(struct sim *s, struct draft_act *d)
{
	uint32_t one = reorg_district(s), other = reorg_district(s);

	if (!one || !other || one == other)
		return;
	make_change(s, d, F_ACT_MERGE, one, other);
	if (d->count == 2) { /* a third takes over from both */
		d->into[1] = d->into[0];
		add(d, (struct op_change){ .what = CHANGE_MERGE,
					   .unit = other,
					   .into = &d->into[1],
					   .into_count = 1 });
	}
	post_act_of(s, d);
}

void reorg_draw(struct sim *s)
{
	static const enum fault kinds[] = { F_ACT_CREATE, F_ACT_RENAME, F_ACT_MOVE,
					    F_ACT_MERGE,  F_ACT_SPLIT,  F_ACT_DISSOLVE };
	const struct base_unit *u, *other;
	struct draft_act d = { .count = 0 };
	enum fault kind;
	uint32_t waits;

	if (!sim_draw(s, F_ACT_CREATE) || s->unit_count + 1 >= s->units_max)
		return;
	if (s->province && rng_chance(&s->r, 25)) {
		d.effective = any_effective(s);
		merge_communes(s, &d);
		return;
	}
	u = any_below(s);
	other = any_below(s);
	if (!u || !other || u == other)
		return;
	d.effective = any_effective(s);
	if (rng_chance(&s->r, 60) && unsent_of(s, &waits, &d.effective) && waits != other->unit) {
		make_change(s, &d, rng_chance(&s->r, 60) ? F_ACT_MERGE : F_ACT_SPLIT, waits,
			    other->unit);
		post_act_of(s, &d);
		return;
	}
	kind = kinds[rng_below(&s->r, ARRAY_LEN(kinds))];
	if (is_soon(s, d.effective)) {
		s->awaited = d.effective;
		kind = rng_chance(&s->r, 50) ? F_ACT_MOVE : kind;
	}
	make_change(s, &d, kind, u->unit, other->unit);
	post_act_of(s, &d);
}

/* ---- what came of it ---- */

static void note_unit(struct sim *s, const struct op_change *c, day_t from, uint64_t lsn)
{
	if (c->unit > BASE_UNITS)
		return;
	s->units[c->unit - 1] =
		(struct base_unit){ c->unit, c->parent, from, 0, c->reports > 0, lsn };
	if (s->unit_count < c->unit)
		s->unit_count = c->unit;
}

void reorg_heard(struct sim *s, const struct op *op, uint64_t lsn)
{
	static const enum fault kinds[CHANGES] = {
		[CHANGE_CREATE] = F_ACT_CREATE, [CHANGE_RENAME] = F_ACT_RENAME,
		[CHANGE_MOVE] = F_ACT_MOVE,     [CHANGE_MERGE] = F_ACT_MERGE,
		[CHANGE_SPLIT] = F_ACT_SPLIT,   [CHANGE_DISSOLVE] = F_ACT_DISSOLVE,
	};
	const struct op_act *a = &op->act;
	bool moves = false;

	s->ever_moved = true;
	for (size_t i = 0; i < a->count; i++) {
		moves |= a->changes[i].what == CHANGE_MOVE;
		if (a->changes[i].what == CHANGE_CREATE)
			note_unit(s, &a->changes[i], a->effective, lsn);
		sim_say(s, "entry %llu: unit %u, from day %d on", (unsigned long long)lsn,
			a->changes[i].unit, (int)a->effective);
		for (size_t k = 0; k < a->changes[i].into_count; k++) {
			sim_say(s, "  goes over into unit %u", a->changes[i].into[k]);
			if (s->taken_over_count == ARRAY_LEN(s->taken_over))
				sim_fail(s, "too many successors to keep in mind");
			s->taken_over[s->taken_over_count].from = a->changes[i].unit;
			s->taken_over[s->taken_over_count++].into = a->changes[i].into[k];
		}
		if (kinds[a->changes[i].what])
			sim_count(s, kinds[a->changes[i].what]);
	}
	if (s->acts_count < ARRAY_LEN(s->acts))
		s->acts[s->acts_count++] = (struct heard_act){ lsn, a->effective, moves };
}

void reorg_day(struct sim *s, day_t was, day_t is)
{
	for (size_t i = 0; was < is && i < s->acts_count; i++)
		if (s->acts[i].moves && s->acts[i].effective > was && s->acts[i].effective <= is)
			sim_count(s, F_ACT_DUE);
}

/* ---- as it was ---- */

static void same_report(struct sim *s, uint32_t unit, struct period p, uint64_t lsn)
{
	struct buf before, after;

	buf_init(&before, REPORT_MAX);
	buf_init(&after, REPORT_MAX);
	sim_put_totals(s, s->l, &(struct query){ .unit = unit, .period = p, .known_at = lsn - 1 },
		       &before);
	sim_put_totals(s, s->l, &(struct query){ .unit = unit, .period = p, .known_at = lsn },
		       &after);
	if (before.failed || after.failed || !span_eq(buf_span(&before), buf_span(&after)))
		sim_fail(s,
			 "the act of entry %llu changed what was before it, unit %u:\n %.*s %.*s",
			 (unsigned long long)lsn, unit, (int)before.len, (const char *)before.data,
			 (int)after.len, (const char *)after.data);
	buf_fini(&before);
	buf_fini(&after);
}

/* Days before an act are told as they were, to the byte, of whichever unit that there was. */
void reorg_check(struct sim *s)
{
	for (; s->acts_checked < s->acts_count; s->acts_checked++) {
		const struct heard_act *a = &s->acts[s->acts_checked];
		struct period p = { day(2022, 1, 1), a->effective - 1 };
		uint32_t unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);

		same_report(s, 1, p, a->lsn);
		if (s->units[unit - 1].unit && s->units[unit - 1].lsn < a->lsn)
			same_report(s, unit, p, a->lsn);
	}
}
