/* What a device tells of its part beside what the server tells, wherever the device says that it holds all that is asked for. */
#include "sim.h"

#include "ledger/acts.h"
#include "ledger/query.h"

#include <inttypes.h>

enum { QUESTIONS = 8, ROOM = 64 << 20 };

struct asking {
	struct sim *s;
	struct holder *h;
	struct query q;
	struct totals here, there;
};

static void same(const struct asking *k, const char *what, uint64_t here, uint64_t there)
{
	if (here != there)
		sim_fail(k->s,
			 "device %zu of unit %u tells of unit %u, days %d..%d, known %" PRIu64
			 ", tree %d, basis %d: %s %" PRIu64 " for %" PRIu64,
			 k->h->index, k->h->d->unit, k->q.unit, k->q.period.from, k->q.period.to,
			 k->q.known_at, k->q.tree, k->q.basis, what, here, there);
}

static void same_totals(const struct asking *k)
{
	const struct totals *a = &k->here, *b = &k->there;

	same(k, "measures", a->measure_count, b->measure_count);
	for (size_t i = 0; i < a->measure_count; i++) {
		same(k, "a sum", (uint64_t)a->measures[i].sum, (uint64_t)b->measures[i].sum);
		same(k, "a count", a->measures[i].count, b->measures[i].count);
		if (!a->prev_year_unheld)
			same(k, "the year before", (uint64_t)a->prev_year[i].sum,
			     (uint64_t)b->prev_year[i].sum);
	}
	same(k, "expected", a->reporting.expected, b->reporting.expected);
	same(k, "reported", a->reporting.reported, b->reporting.reported);
	same(k, "sheets expected", a->sheets.expected, b->sheets.expected);
	same(k, "signed", a->sheets.signed_, b->sheets.signed_);
	same(k, "accepted", a->sheets.accepted, b->sheets.accepted);
	same(k, "on behalf", a->sheets.on_behalf, b->sheets.on_behalf);
}

static void draw(struct asking *k, const struct ledger *part)
{
	struct rng *r = &k->s->r;
	int month = 7 + (int)rng_below(r, 4);

	k->q = (struct query){ .unit = k->s->units[rng_below(r, (uint32_t)k->s->unit_count)].unit,
			       .period = month_of(2022, month),
			       .known_at = UINT64_MAX,
			       .tree = rng_below(r, 3) ? TREE_AS_WAS : TREE_AS_IS,
			       .tree_day = sim_log_day(k->s),
			       .basis = (enum query_basis)rng_below(r, 3) };
	if (!rng_below(r, 4))
		k->q.period = year_of(2022);
	if (rng_below(r, 2))
		k->q.known_at = 1 + rng_below(r, (uint32_t)ledger_info(part).lsn);
}

void answers_check(struct sim *s, struct holder *h)
{
	struct ledger *part = client_base(h->c);
	struct arena *a = arena_new(ROOM);
	struct asking k = { .s = s, .h = h };

	for (int i = 0; i < QUESTIONS; i++) {
		int here, there;

		draw(&k, part);
		if (!tree_inside(ledger_tree(part), k.q.unit, h->d->unit, k.q.period.to,
				 UINT64_MAX) ||
		    !query_held(part, &k.q))
			continue;
		here = query_totals(&k.here, part, &k.q, a, &s->e);
		there = query_totals(&k.there, s->l, &k.q, a, &s->e);
		same(&k, "result", (uint64_t)-here, (uint64_t)-there);
		if (!here)
			same_totals(&k);
	}
	arena_free(a);
}
