/* What must hold: after every step on what it touched, and on everything when all is quiet. */
#include "sim.h"

#include "internal.h"
#include "story.h"

#include <inttypes.h>
#include <stdlib.h>

enum { KEYS = NAIVE_KEYS };

static struct story *stand(struct sim *s)
{
	static struct story story; /* its checks ask only for a ledger, the model and a tally */

	story.w.l = s->l;
	story.w.kv = s->kv;
	story.n = s->n;
	return &story;
}

/* ---- the server's sheets and aggregates against the model ---- */

static void check_node(struct sim *s, uint32_t node, const struct naive_key *k)
{
	static struct naive_agg want;
	struct agg is;
	bool same;

	must(read_enter(s->l, &s->e), &s->e, "read");
	must(agg_get(s->l, node, k->form, k->period, &is, &s->e), &s->e, "read an aggregate");
	read_leave(s->l);
	naive_agg(s->n, node, k->form, k->period, &want);
	same = is.counts[AGG_SHEETS] == want.sheets && is.counts[AGG_SIGNED] == want.signed_ &&
	       is.counts[AGG_ACCEPTED] == want.accepted && is.counts[AGG_NIL] == want.nil &&
	       is.counts[AGG_ON_BEHALF] == want.on_behalf &&
	       is.counts[AGG_CONTESTED] == want.contested &&
	       is.counts[AGG_CHANGED] == want.changed && is.counts[AGG_BROKEN] == want.broken;
	if (!same)
		sim_fail(s, "the counts kept for unit %u form %u are not what its sheets add up to",
			 node, k->form);
	for (size_t i = 0; i < is.measure_count; i++)
		if (is.measures[i].sum != want.sum[is.measures[i].measure] ||
		    is.measures[i].count != want.count[is.measures[i].measure])
			sim_fail(s,
				 "unit %u form %u, measure %u: the sum kept is %" PRId64
				 " of %" PRIu64 ", the sheets have %" PRId64 " of %" PRIu64,
				 node, k->form, is.measures[i].measure, is.measures[i].sum,
				 is.measures[i].count, want.sum[is.measures[i].measure],
				 want.count[is.measures[i].measure]);
}

static bool same_key(const struct naive_key *a, const struct naive_key *b)
{
	return a->unit == b->unit && a->form == b->form && a->period.from == b->period.from &&
	       a->period.to == b->period.to;
}

static void check_key(struct sim *s, const struct naive_key *k)
{
	struct story *st = stand(s);
	unsigned contested = st->tally.contested;

	story_check_sheet(st, *k, UINT64_MAX);
	if (st->tally.contested > contested)
		sim_count(s, F_CONTESTED);
}

/* A unit that is new or reports by another plan: its totals, and those above. `done`: those that have been
 * asked for, of the log as it is now. */
static void check_unit(struct sim *s, uint32_t unit, bool done[BASE_UNITS + 1])
{
	for (size_t i = 0; i < s->unit_count; i++) {
		uint32_t top = s->units[i].unit;

		if (!top || done[top] || !naive_inside_later(s->n, unit, top, day(2022, 8, 1)))
			continue;
		story_check_totals(stand(s), top, year_of(2022), UINT64_MAX);
		done[top] = true;
	}
}

/* The nodes that add up what this sheet says: all above it on its last day. */
static size_t nodes_above(struct sim *s, const struct naive_key *k, uint32_t *out)
{
	size_t count = 0;

	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].unit && s->units[i].unit != k->unit &&
		    naive_inside_on(s->n, k->unit, s->units[i].unit, k->period.to, UINT64_MAX))
			out[count++] = s->units[i].unit;
	return count;
}

void check_touched(struct sim *s)
{
	bool done[BASE_UNITS + 1] = { false };

	if (!s->up)
		return;
	for (uint64_t lsn = s->touched_from; lsn < s->log_count; lsn++) {
		const struct logged *g = &s->log[lsn];
		uint32_t up[BASE_UNITS];
		bool later = false;
		size_t count;

		if (g->unit_changed)
			check_unit(s, g->unit_changed, done);
		if (g->act)
			check_unit(s, 1, done);
		if (!g->writes)
			continue;
		for (uint64_t k = lsn + 1; k < s->log_count && !later; k++)
			later = s->log[k].writes && same_key(&s->log[k].key, &g->key);
		if (later)
			continue;
		check_key(s, &g->key);
		count = nodes_above(s, &g->key, up);
		for (size_t i = 0; i < count; i++)
			check_node(s, up[i], &g->key);
	}
	s->touched_from = s->log_count;
}

void check_all(struct sim *s)
{
	static struct naive_key keys[KEYS], nodes[KEYS * 3];
	size_t count = naive_keys(s->n, UINT64_MAX, keys, KEYS), node_count = 0, above;
	uint32_t up[BASE_UNITS];

	for (size_t i = 0; i < count; i++) {
		check_key(s, &keys[i]);
		above = nodes_above(s, &keys[i], up);
		for (size_t a = 0; a < above; a++) {
			struct naive_key k = { up[a], keys[i].form, keys[i].period };
			bool have = false;

			for (size_t n = 0; n < node_count && !have; n++)
				have = same_key(&nodes[n], &k);
			if (!have)
				nodes[node_count++] = k;
		}
	}
	for (size_t n = 0; n < node_count; n++)
		check_node(s, nodes[n].unit, &nodes[n]);
	if (kv_rows(s->kv, T_SHEET) != count)
		sim_fail(s, "%" PRIu64 " sheets are kept, %zu were written",
			 kv_rows(s->kv, T_SHEET), count);
}

void check_totals(struct sim *s)
{
	uint64_t before = s->b->lsn + rng_below(&s->r, (uint32_t)(s->log_count - s->b->lsn + 1));
	struct period flash = { day(2022, 9, 1), day(2022, 9, 22) };
	uint32_t any;

	do /* one that a lost log made may not have come back, and a later one has */
		any = s->units[rng_below(&s->r, (uint32_t)s->unit_count)].unit;
	while (!any);
	if (s->request_count)
		flash.to = s->requests[rng_below(&s->r, (uint32_t)s->request_count)].day;
	story_check_totals(stand(s), 1, flash, UINT64_MAX);
	story_check_totals(stand(s), any, year_of(2022), before);
	story_check_totals(stand(s), any, month_of(2022, 8 + (int)rng_below(&s->r, 2)), UINT64_MAX);
}

/* ---- what a device holds against what the server holds, byte for byte ---- */

bool sim_below(const struct sim *s, uint32_t unit, uint32_t top)
{
	return naive_inside_on(s->n, unit, top, day_of_instant(sim_server_now(s).wall_ms),
			       UINT64_MAX);
}

day_t sim_log_day(const struct sim *s)
{
	return day_of_instant(s->log[s->log_count - 1].time_ms);
}

struct two {
	struct sim *s;
	struct holder *h;
	bool mine[BASE_UNITS + 1], above[BASE_UNITS + 1]; /* of which units, by number */
	bool left[BASE_UNITS + 1], was_above[BASE_UNITS + 1];
	day_t last[BASE_UNITS + 1];   /* of those that left: on which they were here */
	struct kv_txn *ours, *theirs; /* the device's, the server's */
};

/* Of acts whose day is still to come both trees hold, until an entry of that day is there. */
static void find_part(struct two *t)
{
	struct sim *s = t->s;
	day_t today = sim_log_day(s);
	uint32_t top = t->h->d->unit;
	day_t any;

	for (size_t i = 0; i < s->unit_count; i++) {
		uint32_t unit = s->units[i].unit;

		t->mine[unit] = unit && naive_inside_later(s->n, unit, top, today);
		t->above[unit] = unit && naive_inside_later(s->n, top, unit, today);
		t->left[unit] = unit && naive_inside_last(s->n, unit, top, today, &t->last[unit]);
		t->was_above[unit] = unit && naive_inside_last(s->n, top, unit, today, &any);
	}
}

static bool is_mine(const void *two, uint32_t unit)
{
	return ((const struct two *)two)->mine[unit];
}

static bool is_left(const void *two, uint32_t unit)
{
	return ((const struct two *)two)->left[unit];
}

/* What the entry says of `unit`, told where that one has left. */
static bool told_of(const struct two *t, const struct logged *g, uint32_t unit)
{
	if (!t->left[unit])
		return false;
	return g->told == TOLD_ALWAYS || (g->told == TOLD_FROM && g->told_day <= t->last[unit]) ||
	       (g->told == TOLD_OF_DAY &&
		naive_inside_on(t->s->n, unit, t->h->d->unit, g->told_day, UINT64_MAX));
}

/* A late op that a decision lets count for one of the part, or for one that was in it. */
static bool handed_here(const struct two *t, const struct logged *g)
{
	for (size_t i = 0; i < t->s->mapped_count; i++)
		if (t->s->mapped[i].late_lsn == g->lsn &&
		    (t->mine[t->s->mapped[i].into] || told_of(t, g, t->s->mapped[i].into)))
			return true;
	return false;
}

/* The unit was in the part, or above it. */
static bool told_of_left(const struct two *t, const struct logged *g)
{
	return told_of(t, g, g->unit) ||
	       (g->for_successors && naive_came_into(t->s->n, g->unit, is_left, t)) ||
	       (t->was_above[g->unit] &&
		(g->told == TOLD_ALWAYS ||
		 (g->closes &&
		  (naive_inside_on(t->s->n, t->h->d->unit, g->unit, g->told_day, UINT64_MAX) ||
		   naive_inside_on(t->s->n, t->h->d->unit, g->unit, g->told_day, g->lsn)))));
}

static bool in_part(const struct two *t, const struct logged *g)
{
	return !g->unit || g->id.device == t->h->d->device || t->mine[g->unit] ||
	       (g->for_all_below && t->above[g->unit]) || handed_here(t, g) ||
	       (g->addressed && (!g->addressed_to || t->mine[g->addressed_to])) ||
	       (g->for_successors && naive_came_into(t->s->n, g->unit, is_mine, t)) ||
	       told_of_left(t, g);
}

/* Does this unit's sheet have figures of one that is not read here? */
static bool has_foreign(const struct two *t, uint32_t unit)
{
	for (size_t i = 0; i < t->s->mapped_count; i++)
		if (t->s->mapped[i].into == unit && !t->mine[t->s->mapped[i].from])
			return true;
	return false;
}

/* Are the unit's figures of that day read here? */
static bool is_read(const struct two *t, uint32_t unit, day_t on)
{
	return t->mine[unit] ||
	       (t->left[unit] && naive_inside_on(t->s->n, unit, t->h->d->unit, on, UINT64_MAX));
}

/* Whether all that was summed up there is read here, figures of other units too. */
static bool all_mine(const struct two *t, uint32_t node, day_t on)
{
	struct sim *s = t->s;

	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].unit &&
		    (!is_read(t, s->units[i].unit, on) || has_foreign(t, s->units[i].unit)) &&
		    naive_inside_on(s->n, s->units[i].unit, node, on, UINT64_MAX))
			return false;
	return true;
}

static void same_row(struct two *t, uint8_t table, struct span key, struct span ours)
{
	struct span theirs;
	int rc = kv_get(t->theirs, table, key, &theirs, &t->s->e);

	if (rc || !span_eq(ours, theirs))
		sim_fail(t->s, "device %zu: a row of table %s %s the server's (key %u...)",
			 t->h->index, table_name((enum table)table),
			 rc ? "is not among" : "differs from",
			 key.len < 4 ? 0 : key_read_u32(key, 0));
}

/* A part of the log has only part of the chains of units above, and of what hangs on them. */
static bool compared(const struct two *t, uint8_t table, struct span key)
{
	struct sheet_key k;

	if (table == T_AGGREGATE)
		return !t->s->ever_moved || (sheet_key_read(&k, key) && t->mine[k.unit] &&
					     all_mine(t, k.unit, k.period.to));
	if (table == T_SHEET)
		return sheet_key_read(&k, key) && is_read(t, k.unit, k.period.to) &&
		       !has_foreign(t, k.unit);
	if (table == T_PINNED &&
	    t->s->ever_moved) /* of nodes, as they were summed up when it was closed */
		return false;
	/* of those that left, or are no more above, closings of days since are not told */
	if (table == T_CLOSING)
		return t->mine[key_read_u32(key, 1)] || t->above[key_read_u32(key, 1)];
	/* decided on in the name of another unit; or an own op for a unit that has moved away since, and is
	 * decided on there */
	if (table == T_LATE)
		return !t->s->mapped_count && t->mine[t->s->log[key_read_u64(key, 0) - 1].unit];
	if (table == T_PLAN &&
	    !t->mine[key_read_u32(key, 0)]) /* an act told its first plan to all */
		return false;
	if (table == T_PLAN) /* it follows the plan of another unit, which is not read here */
		for (size_t i = 0; i < t->s->taken_over_count; i++)
			if (t->s->taken_over[i].into == key_read_u32(key, 0) &&
			    !t->mine[t->s->taken_over[i].from])
				return false;
	/* a person's two ends: of the other unit's a part makes what it can */
	if (table == T_CASE || table == T_MEMBER || table == T_FUNNEL)
		return t->mine[key_read_u32(key, 0)];
	/* what one of this unit asked for, and another granted, below a unit that is read elsewhere now */
	if (table == T_ASKED)
		return !key_read_u32(key, 1) || t->mine[key_read_u32(key, 1)];
	if (table != T_UNIT_HEAD)
		return true;
	return !key_read_u32(key, 0) || t->mine[key_read_u32(key, 0)];
}

static void ours_are_theirs(struct two *t)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c;

	for (uint8_t table = T_LOG; table < T_LEDGER_END; table++) {
		if (table == T_NODE || table == T_CHAIN)
			continue;
		must(kv_walk(&c, t->ours, table, none, none, false, &t->s->e), &t->s->e, "walk");
		while (must(kv_next(c, &key, &value, &t->s->e), &t->s->e, "walk"))
			if (compared(t, table, key))
				same_row(t, table, key, value);
		kv_walk_end(c);
	}
}

static void theirs_are_ours(struct two *t)
{
	static const enum table tables[] = { T_SHEET, T_AGGREGATE };
	struct span none = { NULL, 0 }, key, value, mine;
	struct kv_cursor *c;
	struct sheet_key k;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		must(kv_walk(&c, t->theirs, (uint8_t)tables[i], none, none, false, &t->s->e),
		     &t->s->e, "walk");
		while (must(kv_next(c, &key, &value, &t->s->e), &t->s->e, "walk"))
			if (sheet_key_read(&k, key) && is_read(t, k.unit, k.period.to) &&
			    compared(t, (uint8_t)tables[i], key) &&
			    kv_get(t->ours, (uint8_t)tables[i], key, &mine, &t->s->e))
				sim_fail(t->s, "device %zu lacks a %s of unit %u", t->h->index,
					 table_name(tables[i]), k.unit);
		kv_walk_end(c);
	}
}

static void right_entries(struct two *t)
{
	struct span mine;

	for (size_t i = 0; i < t->s->log_count; i++) {
		struct key k = key_u64(i + 1);
		bool have = !kv_get(t->ours, T_LOG, key_span(&k), &mine, &t->s->e);

		if (have != in_part(t, &t->s->log[i]))
			sim_fail(t->s, "device %zu of unit %u %s entry %zu of unit %u", t->h->index,
				 t->h->d->unit,
				 have ? "was given what is not for it:" : "was not given", i + 1,
				 t->s->log[i].unit);
	}
}

void check_holder_base(struct sim *s, struct holder *h)
{
	struct two t = { .s = s, .h = h };

	must(kv_begin(&t.ours, h->kv, KV_READ, &s->e), &s->e, "read");
	must(kv_begin(&t.theirs, s->kv, KV_READ, &s->e), &s->e, "read");
	find_part(&t);
	right_entries(&t);
	ours_are_theirs(&t);
	theirs_are_ours(&t);
	kv_abort(&t.ours);
	kv_abort(&t.theirs);
}

/* Every row of `ours` is among `theirs`, of every table that the log makes. */
static void rows_among(struct two *t, const struct holder *other)
{
	struct span none = { NULL, 0 }, key, value, theirs;
	struct kv_cursor *c;

	for (uint8_t table = T_LOG; table < T_LEDGER_END; table++) {
		must(kv_walk(&c, t->ours, table, none, none, false, &t->s->e), &t->s->e, "walk");
		while (must(kv_next(c, &key, &value, &t->s->e), &t->s->e, "walk"))
			if (kv_get(t->theirs, table, key, &theirs, &t->s->e))
				sim_fail(t->s, "device %zu lacks a %s that device %zu has",
					 other->index, table_name((enum table)table), t->h->index);
			else if (!span_eq(value, theirs))
				sim_fail(t->s,
					 "a row of table %s differs between devices %zu and %zu",
					 table_name((enum table)table), other->index, t->h->index);
		kv_walk_end(c);
	}
}

/* Two devices of one unit hold the same bytes, however each of them came by them. */
static void check_pair(struct sim *s, struct holder *a, struct holder *b)
{
	struct two ab = { .s = s, .h = a }, ba = { .s = s, .h = b };

	must(kv_begin(&ab.ours, a->kv, KV_READ, &s->e), &s->e, "read");
	must(kv_begin(&ab.theirs, b->kv, KV_READ, &s->e), &s->e, "read");
	ba.ours = ab.theirs;
	ba.theirs = ab.ours;
	rows_among(&ab, b);
	rows_among(&ba, a);
	kv_abort(&ab.ours);
	kv_abort(&ab.theirs);
}

static bool read_as_far(const struct holder *a, const struct holder *b)
{
	const struct client_state *x = client_state(a->c), *y = client_state(b->c);

	return a->d->unit == b->d->unit && x->cursor.lsn && x->cursor.lsn == y->cursor.lsn &&
	       x->cursor.authority == y->cursor.authority &&
	       !memcmp(x->cursor.incarnation, y->cursor.incarnation, 16);
}

/* Its own entries are a device's for ever, of units too that were moved away since. */
static bool wrote_elsewhere(struct sim *s, struct holder *h)
{
	day_t today = sim_log_day(s);

	for (size_t i = (size_t)s->b->lsn; s->ever_moved && i < s->log_count; i++)
		if (s->log[i].id.device == h->d->device && s->log[i].unit &&
		    !naive_inside_later(s->n, s->log[i].unit, h->d->unit, today))
			return true;
	return false;
}

/* What it alone was told before the server was put back without a word nobody hears of any more. */
static bool told_alone(const struct sim *s, const struct holder *h)
{
	return s->ever_untold && h->off;
}

void check_pairs(struct sim *s)
{
	/* until a restore is declared there are two logs under one name */
	if (s->ever_untold && !s->healing)
		return;
	for (size_t i = 0; i < s->holder_count; i++)
		for (size_t k = 0; k < i; k++)
			if (read_as_far(&s->holders[i], &s->holders[k]) &&
			    !told_alone(s, &s->holders[i]) && !told_alone(s, &s->holders[k]) &&
			    !wrote_elsewhere(s, &s->holders[i]) &&
			    !wrote_elsewhere(s, &s->holders[k]))
				check_pair(s, &s->holders[i], &s->holders[k]);
}

/* ---- the end ---- */

/* To the end of this log, not of one that is no more. */
bool has_read_all(const struct sim *s, const struct holder *h)
{
	const struct client_state *st = client_state(h->c);
	struct ledger_info info = ledger_info(s->l);

	return !h->off && st->halt == HALT_NONE && st->cursor.lsn == s->log_count &&
	       !memcmp(st->cursor.incarnation, info.incarnation, 16);
}

static bool key_stands(struct sim *s, const struct holder *h)
{
	struct device_row row;

	return !ledger_device(s->l, h->d->device, &row, &s->e) &&
	       !memcmp(row.spki_hash, h->cert.spki.b, HASH_BYTES);
}

static bool enrolment_gone(struct sim *s, const struct holder *h)
{
	struct device_row row;

	return s->ever_restored && ledger_device(s->l, h->d->device, &row, &s->e);
}

static void check_stands(struct sim *s, struct holder *h)
{
	const struct client_state *st = client_state(h->c);
	struct client_status is;
	size_t unsettled = 0;

	notes_check(s, h);
	must(client_status(h->c, &is, &s->e), &s->e, "status");
	for (size_t i = 0; i < h->notes.op_count; i++) {
		const struct own_op *own = outbox_find(h->c, h->notes.ops[i].id);

		unsettled += own->verdict == VERDICT_NONE && !own->dropped && !own->remade_seq;
		if (own->verdict != VERDICT_NONE && !own->twin)
			h->notes.ops[i].verdict = own->verdict;
	}
	if (is.drafts != h->notes.draft_count || is.queued != unsettled)
		sim_fail(s,
			 "device %zu shows %" PRIu64 " drafts and %" PRIu64
			 " queued; it has %zu and %zu",
			 h->index, is.drafts, is.queued, h->notes.draft_count, unsettled);
	if (h->off)
		return;
	switch (st->halt) {
	case HALT_NONE:
		break;
	case HALT_REVOKED:
		if (h->revoked)
			return;
		break;
	case HALT_UNKNOWN: /* its enrolment, or its newest key, went with the server's disk; or its copy renewed a
			    * key and used it */
		if (enrolment_gone(s, h) || keys_gone(s, h->d->device, &h->cert.spki) ||
		    (h->copied && !key_stands(s, h)))
			return;
		break;
	case HALT_FORKED: /* two histories of one device, made by putting back a disk */
		if (h->restored || h->copied || s->ever_restored)
			return;
		break;
	default:
		break;
	}
	if (st->halt != HALT_NONE)
		sim_fail(s, "device %zu is halted (%s) and nothing says why", h->index,
			 client_halt_name(st->halt));
	if (is.queued)
		sim_fail(s,
			 "device %zu still holds %" PRIu64 " ops (%" PRIu64
			 " aside); its last contact ended "
			 "%s, why %u",
			 h->index, is.queued, is.aside, sync_end_name(h->last_end), h->last.why);
	if (!has_read_all(s, h))
		sim_fail(s, "device %zu has read to %" PRIu64 " of %zu; its last contact ended %s",
			 h->index, st->cursor.lsn, s->log_count, sync_end_name(h->last_end));
}

static void check_acked(struct sim *s, struct holder *h)
{
	for (size_t i = 0; i < h->notes.op_count; i++) {
		const struct noted_op *n = &h->notes.ops[i];
		const struct own_op *own = outbox_find(h->c, n->id);
		unsigned times = 0;

		if (own->verdict == VERDICT_NONE || own->twin || h->off ||
		    client_state(h->c)->halt != HALT_NONE)
			continue;
		for (size_t k = 0; k < s->log_count; k++)
			times += !op_id_cmp(s->log[k].id, n->id);
		if (times != 1)
			sim_fail(s, "acked op %" PRIu64 "-%u of device %zu is %u times in the log",
				 n->id.seq, n->id.epoch, h->index, times);
		if (op_id_cmp(s->log[own->lsn - 1].id, n->id) ||
		    s->log[own->lsn - 1].verdict != own->verdict)
			sim_fail(s, "acked op %" PRIu64 "-%u of device %zu is not what it was told",
				 n->id.seq, n->id.epoch, h->index);
	}
}

void check_end(struct sim *s)
{
	struct verify_report report;

	check_touched(s);
	check_all(s);
	check_totals(s);
	if (must(ledger_verify(&report, s->l, NULL, NULL, &s->e), &s->e, "verify") == 0 &&
	    report.entries != s->log_count)
		sim_fail(s, "verify saw %" PRIu64 " of %zu entries", report.entries, s->log_count);
	for (size_t i = 0; i < s->holder_count; i++) {
		check_stands(s, &s->holders[i]);
		check_acked(s, &s->holders[i]);
		if (has_read_all(s, &s->holders[i])) {
			check_holder_base(s, &s->holders[i]);
			answers_check(s, &s->holders[i]);
		}
	}
	check_pairs(s);
	owed_check(s);
	months_check(s);
	roster_check_end(s);
	goals_check_end(s);
	promote_check_end(s);
}
