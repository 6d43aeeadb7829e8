/* Devices that work without a line and come in any order: figures, winners and totals are the same. Writers
 * pull at the beginning of a round, or not, and send what they made at its end. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/query.h"
#include "story.h"

enum { ROUNDS = 6, WRITERS = 6, ROUND_OPS = 3 };

struct sent {
	size_t writer;
	struct packed p;
};

/* One honest op: it names what stood on the screen, and gives a reason where it sees a signature. The
 * screen is what was pulled at the round `base`, and the writer's own ops since. */
static void honest_op(struct world *w, struct naive *n, struct rng *r, struct device *v,
		      uint64_t base, const struct story_op *own, size_t own_count,
		      struct story_op *made, struct packed *out)
{
	static const uint16_t measures[] = { 2, 14, 15, 900 };
	struct naive_key k = { v->unit, FORM_SHORT, month_of(2022, 8 + (int)rng_below(r, 2)) };
	static struct naive_sheet seen;
	struct sheet_draft d;
	bool superior = false, signed_;

	if (v->unit <= 3) {
		superior = v->unit > 1;
		k.unit = (v->unit == 3 ? 6 : 4) + rng_below(r, 2);
	}
	naive_sheet(n, k, base, &seen);
	signed_ = seen.sign_lsn != 0;
	draft_init(&d, k.unit, k.form, k.period);
	for (size_t i = 0; i < own_count; i++)
		signed_ |= own[i].key.unit == k.unit && own[i].key.period.from == k.period.from &&
			   own[i].lsn; /* lsn: here, whether it signed */
	for (size_t m = 0; m < ARRAY_LEN(measures); m++) {
		uint64_t over = 0, mine = 0;

		if (!rng_chance(r, 60))
			continue;
		for (size_t i = 0; i < seen.count; i++)
			if (seen.v[i].measure == measures[m])
				over |= draft_see(&d, seen.v[i].id);
		for (size_t i = 0; i < own_count; i++)
			for (size_t o = 0; o < own[i].measure_count; o++)
				if (own[i].key.unit == k.unit &&
				    own[i].key.period.from == k.period.from &&
				    own[i].measures[o] == measures[m])
					mine = draft_see(&d, own[i].id);
		draft_put(&d, measures[m], rng_below(r, 5), mine ? mine : over);
		made->measures[made->measure_count++] = measures[m];
	}
	if (rng_chance(r, 4))
		draft_put(&d, 4000, 1, 0); /* refused wherever it comes, and named later */
	made->key = k;
	if (rng_chance(r, 50) || !d.op.sheet.figure_count) {
		for (size_t i = 0; i < seen.count; i++)
			draft_see(&d, seen.v[i].id);
		draft_sign(&d, superior ? SIGN_PAPER : SIGN_OWN,
			   d.op.sheet.seen_count ? UINT64_MAX >> (64 - d.op.sheet.seen_count) : 0);
		made->lsn = 1;
	}
	if (superior)
		d.op.on_behalf = SPAN_LIT("telephone");
	if (superior || signed_)
		d.op.reason = SPAN_LIT("counted again");
	d.op.author = v->person;
	v->seq++;
	made->id = device_id(v);
	*out = pack(w, made->id, draft_op(&d), base);
}

static uint64_t figures_digest(struct world *w, struct arena *a)
{
	struct buf b;
	struct hash h;
	struct err e = { 0 };
	uint64_t digest;

	buf_init(&b, 1 << 20);
	for (uint32_t unit = 1; unit <= 7; unit++) {
		struct query q = { .unit = unit,
				   .period = { day(2022, 8, 1), day(2022, 9, 30) },
				   .known_at = UINT64_MAX };
		struct totals t;

		for (int month = 8; month <= 9; month++) {
			struct sheet s;

			if (ledger_sheet(w->l, unit, FORM_SHORT, month_of(2022, month), &s, &e))
				continue;
			buf_u8(&b, (uint8_t)sheet_status(&s));
			for (size_t i = 0; i < s.version_count; i++) {
				struct figure f = sheet_figure(&s, s.versions[i].measure, unit);

				buf_printf(&b, "%u %d %" PRId64 " %" PRIx64 " %" PRIu64 " %d;",
					   s.versions[i].measure, s.versions[i].state,
					   s.versions[i].value, s.ops[s.versions[i].op].id.device,
					   s.ops[s.versions[i].op].id.seq,
					   f.winner == &s.versions[i]);
			}
		}
		must(query_totals(&t, w->l, &q, a, &e), &e, "totals");
		for (size_t i = 0; i < t.measure_count; i++)
			buf_printf(&b, "%" PRId64 "/%" PRIu64 " ", t.measures[i].sum,
				   t.measures[i].count);
		buf_printf(&b, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", t.reporting.contested,
			   t.reporting.reported, t.sheets.signed_);
	}
	cr_assert_not(b.failed);
	h = hash_bytes(buf_span(&b));
	memcpy(&digest, h.b, sizeof(digest));
	buf_fini(&b);
	return digest;
}

static struct naive *told_of(struct world *w)
{
	struct naive *n = naive_new();
	struct err e = { 0 };
	struct buf b;

	for (uint64_t lsn = 1; lsn <= ledger_info(w->l).lsn; lsn++) {
		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(w->l, lsn, &b, &e), &e, "entry");
		naive_tell(n, buf_span(&b));
		buf_fini(&b);
	}
	return n;
}

/* Deliver the ops of a round: each writer's in order, the writers in any. */
static void deliver(struct world *w, const struct sent *ops, size_t count,
		    const struct device *writers, struct rng *r, bool shuffled)
{
	bool done[WRITERS * ROUND_OPS] = { false };

	world_begin(w);
	for (size_t left = count; left; left--) {
		size_t at = shuffled ? rng_below(r, (uint32_t)count) : 0;
		struct submission sub;
		struct judgement j;
		struct err e = { 0 };

		while (done[at])
			at = (at + 1) % count;
		for (size_t i = 0; i < count; i++) /* the first of that writer that is due */
			if (!done[i] && ops[i].writer == ops[at].writer) {
				at = i;
				break;
			}
		done[at] = true;
		sub = (struct submission){ .device = writers[ops[at].writer].device,
					   .envelope = ops[at].p.envelope,
					   .body = ops[at].p.body };
		must(ledger_submit(w->l, &sub, w->now_ms, &j, &e), &e, "submit");
	}
	world_commit(w);
}

static void interleave(uint64_t seed)
{
	static const uint32_t units[WRITERS] = { 4, 4, 5, 2, 6, 3 };
	enum { TWINS = 5 };
	struct rng r = { seed }, order = { seed + 1 };
	struct world w[TWINS];
	struct device writers[WRITERS];
	uint64_t base[WRITERS], want;
	struct arena *a = arena_new(256 << 20);
	static struct story_op own[WRITERS][ROUNDS * ROUND_OPS];
	size_t own_count[WRITERS] = { 0 };

	for (int t = 0; t < TWINS; t++) {
		world_open(&w[t], false, false);
		build_small_tree(&w[t]);
		world_begin(&w[t]);
		for (int i = 0; i < WRITERS; i++) {
			struct op op = build_person((uint32_t)i + 1, units[i], ROLE_APPROVER);

			world_act(&w[t], &op);
			/* whose device has the greater number must not follow whose unit it is */
			writers[i] = (struct device){ .device = 1 + (uint64_t)(i * 5 % 7),
						      .unit = units[i],
						      .person = (uint32_t)i + 1,
						      .epoch = 1 };
			op = build_device(writers[i].device, units[i], writers[i].person, 1);
			world_act(&w[t], &op);
		}
		world_commit(&w[t]);
	}
	for (int i = 0; i < WRITERS; i++)
		base[i] = ledger_info(w[0].l).lsn;
	memset(own, 0, sizeof(own));
	for (int round = 0; round < ROUNDS; round++) {
		struct naive *n = told_of(&w[0]);
		struct sent ops[WRITERS * ROUND_OPS];
		size_t count = 0;

		for (size_t i = 0; i < WRITERS; i++) {
			if (rng_chance(
				    &r,
				    60)) { /* a line: it pulls, and needs its own memory no more */
				base[i] = ledger_info(w[0].l).lsn;
				memset(own[i], 0, sizeof(own[i]));
				own_count[i] = 0;
			}
			for (uint32_t k = rng_below(&r, ROUND_OPS + 1); k; k--) {
				ops[count].writer = i;
				honest_op(&w[0], n, &r, &writers[i], base[i], own[i], own_count[i],
					  &own[i][own_count[i]], &ops[count].p);
				own_count[i]++;
				count++;
			}
		}
		for (int t = 0; t < TWINS && count; t++)
			deliver(&w[t], ops, count, writers, &order, t > 0);
		naive_free(n);
	}
	want = figures_digest(&w[0], a);
	for (int t = 1; t < TWINS; t++) {
		cr_assert_eq(ledger_info(w[t].l).lsn, ledger_info(w[0].l).lsn);
		cr_assert_eq(figures_digest(&w[t], a), want,
			     "seed %" PRIu64 ": another order, other figures", seed);
	}
	for (int t = 0; t < TWINS; t++)
		world_close(&w[t]);
	arena_free(a);
}

Test(ledger, devices_in_any_order_give_the_same_figures)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
		interleave(seed * 100);
}
