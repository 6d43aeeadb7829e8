#include "same_series.h"

#include "internal.h" /* of the ledger: which way it goes */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void equal(const char *what, size_t part, uint64_t is, uint64_t want)
{
	if (is == want)
		return;
	fprintf(stderr, "series, part %zu: %s is %" PRIu64 ", asked alone %" PRIu64 "\n", part,
		what, is, want);
	abort();
}

static void same_measures(const struct totals *is, const struct totals *want, size_t part)
{
	equal("measures", part, is->measure_count, want->measure_count);
	for (size_t i = 0; i < is->measure_count; i++) {
		equal("a measure", part, is->measures[i].measure, want->measures[i].measure);
		equal("a sum", part, (uint64_t)is->measures[i].sum,
		      (uint64_t)want->measures[i].sum);
		equal("a count", part, is->measures[i].count, want->measures[i].count);
	}
}

static void same_part(const struct totals *is, const struct totals *want, size_t part)
{
	same_measures(is, want, part);
	equal("known at", part, is->known_lsn, want->known_lsn);
	equal("time", part, (uint64_t)is->known_time_ms, (uint64_t)want->known_time_ms);
	equal("members told", part, is->has_members, want->has_members);
	equal("members", part, (uint64_t)is->members, (uint64_t)want->members);
	equal("expected", part, is->reporting.expected, want->reporting.expected);
	equal("reported", part, is->reporting.reported, want->reporting.reported);
	equal("contested", part, is->reporting.contested, want->reporting.contested);
	equal("sheets expected", part, is->sheets.expected, want->sheets.expected);
	equal("signed", part, is->sheets.signed_, want->sheets.signed_);
	equal("accepted", part, is->sheets.accepted, want->sheets.accepted);
	equal("missing", part, is->sheets.missing, want->sheets.missing);
	equal("nil", part, is->sheets.nil, want->sheets.nil);
	equal("on behalf", part, is->sheets.on_behalf, want->sheets.on_behalf);
	equal("changed", part, is->sheets.changed, want->sheets.changed);
	equal("broken", part, is->sheets.broken, want->sheets.broken);
	equal("covered", part, is->covered, want->covered);
}

/* Each part alone, by walking past all sheets. */
static size_t same_alone(struct ledger *l, const struct query *q, const struct period *periods,
			 const struct series *series, struct arena *a)
{
	struct query one = *q;
	struct err e = { 0 };
	size_t with = 0;

	for (size_t i = 0; i < series->count; i++) {
		struct totals t;
		int rc;

		one.period = periods[i];
		l->scan_only = true;
		rc = query_totals(&t, l, &one, a, &e);
		l->scan_only = false;
		if (rc == -ERR_NOTFOUND && q->basis == BASIS_CLOSED) {
			equal("closed", i, series->parts[i].known_lsn, 0);
			continue;
		}
		must(rc, &e, "totals");
		same_part(&series->parts[i], &t, i);
		with += t.sheets.signed_ > 0;
	}
	return with;
}

size_t same_series(struct ledger *l, const struct query *q, const struct period *periods,
		   size_t count)
{
	struct arena *a = arena_new(256 << 20);
	struct err e = { 0 };
	struct series short_way, long_way;
	size_t with;

	must(query_series(&short_way, l, q, periods, count, a, &e), &e, "a series");
	l->scan_only = true;
	must(query_series(&long_way, l, q, periods, count, a, &e), &e, "a series");
	l->scan_only = false;
	equal("parts", count, short_way.count, count);
	equal("parts", count, long_way.count, count);
	with = same_alone(l, q, periods, &short_way, a);
	same_alone(l, q, periods, &long_way, a);
	arena_free(a);
	return with;
}

size_t some_periods(struct rng *r, int year, struct period *out, size_t max)
{
	day_t at = day(year, 1 + (int)rng_below(r, 3), 1), end = day(year, 12, 31);
	size_t count = 0;

	while (count < max && at <= end) {
		day_t to = rng_chance(r, 75) ? day_month_last(at) : at + (day_t)rng_below(r, 80);

		out[count++] = (struct period){ at, to };
		at = to + 1;
		if (rng_chance(r, 10))
			at += (day_t)rng_below(r, 40);
		if (rng_chance(r, 50))
			at = day_month_last(at - 1) + 1;
	}
	return count;
}
