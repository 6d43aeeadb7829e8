/* The ledger's answers held against the naive model's. */
#include "internal.h"
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void differ(const char *what, struct naive_key k, uint64_t ours, uint64_t naive)
{
	char p[PERIOD_TEXT_MAX];

	fprintf(stderr, "unit %u form %u %s: %s is %" PRIu64 ", the naive model says %" PRIu64 "\n",
		k.unit, k.form, period_text(p, k.period), what, ours, naive);
	abort();
}

static void same(const char *what, struct naive_key k, uint64_t ours, uint64_t naive)
{
	if (ours != naive)
		differ(what, k, ours, naive);
}

static bool has_version(const struct sheet *s, const struct naive_version *v)
{
	for (size_t i = 0; i < s->version_count; i++) {
		const struct version *o = &s->versions[i];
		const struct sheet_op *by = &s->ops[o->op];

		if (o->measure == v->measure && !op_id_cmp(by->id, v->id) && o->state == v->state &&
		    o->value == v->value && o->approx == v->approx &&
		    by->on_behalf == v->on_behalf && by->unit_of_author == v->author_unit)
			return true;
	}
	return false;
}

static void check_figures(const struct sheet *is, const struct naive_sheet *want,
			  struct naive_key k)
{
	for (size_t i = 0; i < want->count; i++) {
		struct naive_version w;
		size_t values;
		struct figure f = sheet_figure(is, want->v[i].measure, k.unit);

		if (!has_version(is, &want->v[i]))
			differ("a missing version of measure", k, 0, want->v[i].measure);
		naive_figure(want, want->v[i].measure, k.unit, &values, &w);
		same("different values", k, f.count, values);
		if (!f.winner || op_id_cmp(is->ops[f.winner->op].id, w.id))
			differ("another winner of measure", k, 0, w.measure);
	}
}

void story_check_sheet(struct story *s, struct naive_key k, uint64_t known)
{
	static struct naive_sheet want;
	struct sheet is;
	struct err e = { 0 };
	int rc = query_sheet_at(s->w.l, k.unit, k.form, k.period, known, &is, &e);
	enum sheet_status status;

	if (rc && rc != -ERR_NOTFOUND)
		must(rc, &e, "read a sheet");
	naive_sheet(s->n, k, known, &want);
	same("versions", k, is.version_count, want.count);
	check_figures(&is, &want, k);
	same("signed by", k, is.sign_lsn, want.sign_lsn);
	same("contested", k, sheet_contested(&is, k.unit), naive_contested(&want, k.unit));
	same("provisional", k, sheet_provisional(&is), naive_provisional(&want));
	status = !want.sign_lsn ? want.count ? SHEET_DRAFT : SHEET_EMPTY
		 : want.changed ? SHEET_CHANGED
				: SHEET_SIGNED;
	same("status", k, sheet_status(&is), status);
	same("accepted", k, is.accepted_lsn != 0, want.accepted);
	same("in time", k, is.in_time, want.in_time);
	same("returned", k, is.returned_lsn != 0, want.returned);
	if (!want.sign_lsn)
		return;
	same("nil", k, is.sign_nil, want.sign_nil);
	same("signed on behalf", k, is.sign_on_behalf, want.sign_on_behalf);
	if (known >= naive_lsn(s->n))
		same("broken", k, is.broken, naive_broken(s->n, k, &want));
	s->tally.contested += naive_contested(&want, k.unit) > 0;
}

/* Whether there is anything to say of the node: rows of nothing are not kept. */
static bool check_aggregate(struct story *s, struct naive_key node)
{
	static struct naive_agg want;
	struct agg is;
	struct err e = { 0 };
	uint64_t measures = 0;

	must(read_enter(s->w.l, &e), &e, "read");
	must(agg_get(s->w.l, node.unit, node.form, node.period, &is, &e), &e, "read an aggregate");
	read_leave(s->w.l);
	naive_agg(s->n, node.unit, node.form, node.period, &want);
	same("sheets below", node, is.counts[AGG_SHEETS], want.sheets);
	same("signed below", node, is.counts[AGG_SIGNED], want.signed_);
	same("accepted below", node, is.counts[AGG_ACCEPTED], want.accepted);
	same("nil below", node, is.counts[AGG_NIL], want.nil);
	same("on behalf below", node, is.counts[AGG_ON_BEHALF], want.on_behalf);
	same("contested below", node, is.counts[AGG_CONTESTED], want.contested);
	same("changed below", node, is.counts[AGG_CHANGED], want.changed);
	same("broken below", node, is.counts[AGG_BROKEN], want.broken);
	for (size_t i = 0; i < is.measure_count; i++) {
		same("a sum below", node, (uint64_t)is.measures[i].sum,
		     (uint64_t)want.sum[is.measures[i].measure]);
		same("a count below", node, is.measures[i].count,
		     want.count[is.measures[i].measure]);
	}
	for (uint16_t m = 1; m <= MEASURE_NO_MAX; m++)
		measures += want.count[m] > 0;
	same("measures below", node, is.measure_count, measures);
	return want.sheets > 0;
}

void story_check_aggregates(struct story *s, struct naive_key k)
{
	if (k.unit > s->unit_count)
		return;
	for (uint32_t up = s->units[k.unit - 1].parent; up; up = s->units[up - 1].parent)
		check_aggregate(s, (struct naive_key){ up, k.form, k.period });
}

enum { KEYS = 2048 };

/* Nodes with something below, one row each. */
static uint64_t nodes_above(struct story *s, const struct naive_key *keys, size_t count)
{
	static struct naive_key nodes[KEYS * 8];
	uint64_t found = 0, rows = 0;

	for (size_t i = 0; i < count; i++) {
		for (uint32_t up = s->units[keys[i].unit - 1].parent; up;
		     up = s->units[up - 1].parent) {
			struct naive_key n = { up, keys[i].form, keys[i].period };
			bool have = false;

			for (uint64_t k = 0; k < found && !have; k++)
				have = nodes[k].unit == n.unit && nodes[k].form == n.form &&
				       nodes[k].period.from == n.period.from &&
				       nodes[k].period.to == n.period.to;
			if (!have)
				nodes[found++] = n;
		}
	}
	for (uint64_t i = 0; i < found; i++)
		rows += check_aggregate(s, nodes[i]);
	return rows;
}

void story_check_all(struct story *s)
{
	static struct naive_key keys[KEYS];
	size_t count = naive_keys(s->n, UINT64_MAX, keys, KEYS);
	struct naive_key whole = { 0 };

	for (size_t i = 0; i < count; i++)
		story_check_sheet(s, keys[i], UINT64_MAX);
	same("rows of sheets", whole, kv_rows(s->w.kv, T_SHEET), count);
	same("rows of aggregates", whole, kv_rows(s->w.kv, T_AGGREGATE),
	     nodes_above(s, keys, count));
}

static void check_measures(struct naive_key k, const struct measure_total *list, size_t count,
			   const struct naive_totals *want, const char *what)
{
	uint64_t seen = 0, all = 0;

	for (size_t i = 0; i < count; i++) {
		uint16_t m = list[i].measure;

		seen += list[i].count > 0;
		same(what, k, (uint64_t)list[i].sum, (uint64_t)want->sum[m]);
		same(what, k, list[i].count, want->count[m]);
	}
	for (uint16_t m = 1; m <= MEASURE_NO_MAX; m++)
		all += want->count[m] > 0;
	same(what, k, seen, all);
}

void story_check_totals(struct story *s, uint32_t unit, struct period range, uint64_t known)
{
	static struct naive_totals want, before;
	struct query q = { .unit = unit, .period = range, .known_at = known };
	struct naive_key k = { unit, 0, range };
	struct arena *a = arena_new(64 << 20);
	struct totals is;
	struct err e = { 0 };

	must(query_totals(&is, s->w.l, &q, a, &e), &e, "totals");
	naive_totals(s->n, unit, range, known, &want);
	naive_totals(s->n, unit, naive_year_before(range), known, &before);
	check_measures(k, is.measures, is.measure_count, &want, "a total");
	check_measures(k, is.prev_year, is.measure_count, &before, "a total of the year before");
	for (size_t i = 0; i < UNIT_KINDS; i++)
		same("units of a kind", k, is.units[i], want.units[i]);
	same("units expected", k, is.reporting.expected, want.expected);
	same("units reported", k, is.reporting.reported, want.reported);
	same("contested", k, is.reporting.contested, want.contested);
	same("sheets expected", k, is.sheets.expected, want.sheets_expected);
	same("sheets signed", k, is.sheets.signed_, want.signed_);
	same("sheets missing", k, is.sheets.missing, want.missing);
	same("nil", k, is.sheets.nil, want.nil);
	same("on behalf", k, is.sheets.on_behalf, want.on_behalf);
	same("changed since signing", k, is.sheets.changed, want.changed);
	same("broken", k, is.sheets.broken, want.broken);
	same("covered", k, is.covered, want.covered);
	same("has members", k, is.has_members, want.has_members);
	if (want.has_members)
		same("members", k, (uint64_t)is.members, (uint64_t)want.members);
	arena_free(a);
}

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
