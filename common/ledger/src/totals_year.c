/* The same days a year earlier, of units that did not exist then too: computed from those they came of. */
#include "internal.h"

#include "base/num.h"

static struct period year_before(struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);
	struct period out = p;

	/* 29 February has no day a year before: the 28th */
	if (!day_from_ymd(&out.from, from.year - 1, from.month, from.day))
		day_from_ymd(&out.from, from.year - 1, from.month, 28);
	if (!day_from_ymd(&out.to, to.year - 1, to.month, to.day))
		day_from_ymd(&out.to, to.year - 1, to.month, 28);
	if (p.to == day_month_last(p.to))
		out.to = day_month_last(out.to);
	return out;
}

enum { PREDECESSORS_MAX = 1024, PAST_BUDGET = 64 << 20 };

/* What stood for the unit a year earlier and was not in it then: those merged into it since. */
static bool counts_apart(const struct ledger *l, const struct totals *out, const uint32_t *units,
			 size_t at, struct period earlier)
{
	const struct unit *u = tree_get(l->tree, units[at]);

	if (!unit_alive_at(u, earlier.from, out->known_lsn) &&
	    !unit_alive_at(u, earlier.to, out->known_lsn))
		return false;
	if (tree_inside(l->tree, units[at], out->asked.unit, earlier.to, out->known_lsn))
		return false;
	for (size_t i = 0; units[i]; i++) /* the list ends with 0 */
		if (i != at &&
		    tree_inside(l->tree, units[at], units[i], earlier.to, out->known_lsn))
			return false;
	return true;
}

/* A device reads what a predecessor elsewhere was, not what it reported: the sum would say less than the truth. */
static bool unheld(const struct ledger *l, uint32_t unit, struct period p)
{
	return l->scope && !tree_inside(l->tree, unit, l->scope, p.to, UINT64_MAX);
}

static int add_sums(struct measure_total *to, const struct measure_total *more, size_t room,
		    struct err *e)
{
	for (size_t n = 1; n < room; n++) {
		if (!num_add(&to[n].sum, to[n].sum, more[n].sum))
			return err_set(e, ERR_RANGE, "the sum of predecessors is too large");
		to[n].count += more[n].count;
	}
	return 0;
}

/* The days, and by which acts: those up to `day`. `deep`: what was split later may have been made of others before. */
struct asking {
	struct period earlier;
	day_t day;
	bool deep;
};

static int restated(struct totals *out, struct ledger *l, const struct asking *k,
		    struct measure_total **before, struct arena *a, struct err *e);

static int add_merged(struct totals *out, struct ledger *l, const struct asking *k,
		      struct measure_total *before, struct arena *a, struct err *e)
{
	struct query q = out->asked;
	uint32_t *units = arena_array(a, PREDECESSORS_MAX + 1, sizeof(*units));
	struct measure_total *more;
	size_t count;
	int rc = 0;

	if (!units)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	count = tree_predecessors(l->tree, q.unit, k->day, out->known_lsn, units, PREDECESSORS_MAX);
	if (count > PREDECESSORS_MAX)
		return err_set(e, ERR_RANGE, "more than %d units were merged into this one",
			       PREDECESSORS_MAX);
	for (size_t i = 0; i < count && !rc; i++) {
		if (!counts_apart(l, out, units, i, k->earlier))
			continue;
		out->prev_year_merged = true;
		out->prev_year_unheld |= unheld(l, units[i], k->earlier);
		if (q.tree == TREE_AS_IS)
			continue; /* they count where their successor stands already */
		q.unit = units[i];
		rc = totals_scan(l, &q, k->earlier, out->known_lsn, NULL, &more, a, e);
		if (!rc)
			rc = add_sums(before, more, measure_room(l), e);
	}
	return rc;
}

/* ---- units that were split ---- */

/* The parts of one split: successors by their shares, and last the rest that stayed. */
struct split {
	uint32_t units[ACT_INTO_MAX + 1];
	uint64_t shares[ACT_INTO_MAX + 1];
	size_t count;
	day_t from;
};

static void split_at(struct split *out, const struct unit *u, size_t first)
{
	uint64_t rest = ACT_SHARE_WHOLE;

	*out = (struct split){ .from = u->links[first].from };
	for (size_t i = first; i < u->link_count && out->count < ACT_INTO_MAX; i++) {
		if (u->links[i].lsn != u->links[first].lsn || u->links[i].merged)
			break;
		out->units[out->count] = u->links[i].into;
		out->shares[out->count++] = u->links[i].share;
		rest -= u->links[i].share;
	}
	out->units[out->count] = u->unit;
	out->shares[out->count++] = rest;
}

/* What falls to part `at` of a whole, to the person: largest remainders, the earlier part first of two equal ones;
 * the parts together are the whole. Figures stay far below what a share of them could overflow. */
static bool part_of(const struct split *s, size_t at, int64_t whole, int64_t *part)
{
	uint64_t remainder[ACT_INTO_MAX + 1] = { 0 };
	int64_t left = whole, mine = 0;
	bool below = whole < 0;
	uint64_t size = below ? (uint64_t)-whole : (uint64_t)whole;
	size_t ahead = 0;

	if (size > UINT64_MAX / ACT_SHARE_WHOLE)
		return false;
	for (size_t i = 0; i < s->count; i++) {
		int64_t share = (int64_t)(size * s->shares[i] / ACT_SHARE_WHOLE);

		remainder[i] = size * s->shares[i] % ACT_SHARE_WHOLE;
		left -= below ? -share : share;
		mine = i == at ? share : mine;
	}
	for (size_t i = 0; i < s->count; i++)
		ahead += remainder[i] > remainder[at] || (i < at && remainder[i] == remainder[at]);
	mine += (int64_t)ahead < (below ? -left : left);
	*part = below ? -mine : mine;
	return true;
}

static int add_part(struct totals *out, struct ledger *l, const struct unit *u,
		    const struct split *s, const struct asking *k, struct measure_total *before,
		    struct arena *a, struct err *e)
{
	struct asking then = { .earlier = k->earlier, .day = s->from - 1, .deep = true };
	struct totals *of = arena_alloc(a, sizeof(*of));
	struct measure_total *whole;
	size_t at = 0;
	int rc;

	if (!of)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	*of = (struct totals){ .known_lsn = out->known_lsn };
	of->asked = (struct query){ .unit = u->unit,
				    .known_at = out->asked.known_at,
				    .basis = out->asked.basis,
				    .measure = out->asked.measure };
	if (then.earlier.to >= s->from)
		then.earlier.to = s->from - 1;
	while (at < s->count && s->units[at] != out->asked.unit)
		at++;
	rc = k->deep ? restated(of, l, &then, &whole, a, e)
		     : totals_scan(l, &of->asked, then.earlier, out->known_lsn, NULL, &whole, a, e);
	for (size_t n = 1; n < measure_room(l) && !rc; n++) {
		int64_t part, change = 0;
		bool fits = part_of(s, at, whole[n].sum, &part);

		/* the unit itself has the whole in its own sum: what went to others comes off */
		fits = fits && (u->unit == out->asked.unit ? num_sub(&change, part, whole[n].sum)
							   : num_add(&change, part, 0));
		if (!fits || !num_add(&before[n].sum, before[n].sum, change))
			rc = err_set(e, ERR_RANGE, "the sum of predecessors is too large");
		if (u->unit != out->asked.unit)
			before[n].count += whole[n].count;
	}
	out->prev_year_merged = true;
	out->prev_year_unheld |= unheld(l, u->unit, then.earlier) || of->prev_year_unheld;
	return rc;
}

/* Shares of what was split: those that came to the unit, and of the unit itself what it kept. */
static int add_split(struct totals *out, struct ledger *l, const struct asking *k,
		     struct measure_total *before, struct arena *a, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < tree_count(l->tree) && !rc; i++) {
		const struct unit *u = tree_at(l->tree, i);
		uint64_t done = 0;

		for (size_t n = 0; n < u->link_count && !rc; n++) {
			const struct tree_link *link = &u->links[n];
			bool ours = u->unit == out->asked.unit || link->into == out->asked.unit;
			struct split s;

			if (link->merged || !ours || link->lsn == done ||
			    link->lsn > out->known_lsn || link->from <= k->earlier.from ||
			    link->from > k->day)
				continue;
			for (size_t first = 0;; first++)
				if (u->links[first].lsn == link->lsn) {
					split_at(&s, u, first);
					break;
				}
			done = link->lsn;
			rc = add_part(out, l, u, &s, k, before, a, e);
		}
	}
	return rc;
}

/* Of a merged unit the sum of its predecessors, of one that was split off its share, whatever tree is asked for. */
static int restated(struct totals *out, struct ledger *l, const struct asking *k,
		    struct measure_total **before, struct arena *a, struct err *e)
{
	int rc = totals_scan(l, &out->asked, k->earlier, out->known_lsn, NULL, before, a, e);

	if (out->asked.tree == TREE_AS_IS)
		out->prev_year_unheld |= !as_is_held(l, &out->asked, k->earlier, out->known_lsn);
	else
		out->prev_year_unheld |= !as_was_whole(l, out->asked.unit, k->earlier);
	if (!rc && tree_links(l->tree))
		rc = add_merged(out, l, k, *before, a, e);
	if (!rc && tree_links(l->tree))
		rc = add_split(out, l, k, *before, a, e);
	return rc;
}

/* Not deep: closed reports have been printed so. */
int totals_year_before(struct totals *out, struct ledger *l, struct measure_total **before,
		       struct arena *a, struct err *e)
{
	struct asking k = { .earlier = year_before(out->asked.period),
			    .day = out->asked.period.to };
	int rc = restated(out, l, &k, before, a, e);

	if (!rc && out->prev_year_unheld)
		memset(*before, 0, measure_room(l) * sizeof(**before));
	return rc;
}

int query_past(struct measure_total *out, struct ledger *l, const struct query *q, day_t day,
	       struct err *e)
{
	struct asking k = { .earlier = q->period, .day = day, .deep = true };
	struct arena *a = arena_new(PAST_BUDGET);
	struct totals *t = a ? arena_alloc(a, sizeof(*t)) : NULL;
	struct measure_total *sums;
	int rc = t ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for totals");

	if (!rc) {
		*t = (struct totals){ .asked = *q };
		rc = query_known(&t->known_lsn, l, q, e);
		if (!rc)
			rc = restated(t, l, &k, &sums, a, e);
		if (!rc)
			*out = sums[q->measure];
		if (!rc && t->prev_year_unheld)
			*out = (struct measure_total){ .count = 0 };
		read_leave(l);
	}
	arena_free(a);
	return rc;
}
