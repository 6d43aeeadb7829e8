/* A series: the same question of one stretch of days after another, a year's months for instance, answered in one
 * walk over the sheets. */
#include "internal.h"

struct serving {
	struct ledger *l;
	const struct query *q;
	struct totals *parts;
	size_t count;
	/* Sums of what the forms add up, ascending by number, one list for each part. */
	uint16_t *places;
	uint16_t end; /* the measure of members at the end; 0: no form has it */
	size_t measure_count;
	struct measure_total *sums;
	struct arena *a;
	struct err *e;
};

static int no_memory(const struct serving *s)
{
	return err_set(s->e, ERR_NOMEM, "no memory for a series");
}

static int check_periods(const struct serving *s, const struct period *periods)
{
	for (size_t i = 0; i < s->count; i++) {
		if (periods[i].from > periods[i].to)
			return err_set(s->e, ERR_RANGE, "the range ends before it begins");
		if (i && periods[i].from <= periods[i - 1].to)
			return err_set(s->e, ERR_RANGE,
				       "the periods of a series follow one another");
	}
	return 0;
}

/* Everything that some form adds up gets its place. */
static int find_measures(struct serving *s)
{
	const uint16_t *numbers = measures_added(&s->measure_count, s->l, s->a);
	uint16_t end = ledger_measure(s->l, SPAN_LIT("members_end"));

	s->places = arena_array(s->a, measure_room(s->l), sizeof(*s->places));
	s->sums = arena_array(s->a, s->count * s->measure_count + 1, sizeof(*s->sums));
	if (!numbers || !s->places || !s->sums)
		return no_memory(s);
	for (size_t at = 0; at < s->measure_count; at++) {
		for (size_t i = 0; i < s->count; i++)
			s->sums[i * s->measure_count + at].measure = numbers[at];
		s->places[numbers[at]] = (uint16_t)at;
		if (numbers[at] == end)
			s->end = end;
	}
	return 0;
}

static int begin_part(struct serving *s, size_t i, struct period days)
{
	struct totals *t = &s->parts[i];
	int rc;

	*t = (struct totals){ .asked = *s->q,
			      .measures = s->sums + i * s->measure_count,
			      .measure_count = s->measure_count };
	t->asked.period = days;
	rc = query_known(&t->known_lsn, s->l, &t->asked, s->e);
	if (rc == -ERR_NOTFOUND) { /* nothing of it is closed: it says nothing */
		t->known_lsn = 0;
		rc = 0;
	}
	/* mostly all are known at the same entry */
	if (!rc && i && s->parts[i - 1].known_lsn == t->known_lsn)
		t->known_time_ms = s->parts[i - 1].known_time_ms;
	else if (!rc)
		rc = known_time(s->l, t->known_lsn, &t->known_time_ms, s->a, s->e);
	return rc;
}

/* From aggregates, where they tell: 1. They sum by the measure's number. */
static int try_fast(struct serving *s, size_t i, struct measure_total *by_number)
{
	struct totals *t = &s->parts[i];
	struct measure_total *sums = s->sums + i * s->measure_count;
	int rc;

	memset(by_number, 0, measure_room(s->l) * sizeof(*by_number));
	rc = totals_fast(s->l, &t->asked, t->asked.period, t->known_lsn, t, by_number, s->e);
	for (size_t m = 0; rc == 1 && m < s->measure_count; m++) {
		sums[m].sum = by_number[sums[m].measure].sum;
		sums[m].count = by_number[sums[m].measure].count;
	}
	return rc;
}

static int sum_parts(struct serving *s)
{
	struct scan_part *left = arena_array(s->a, s->count, sizeof(*left));
	struct measure_total *by_number = NULL;
	size_t count = 0;

	if (!left)
		return no_memory(s);
	for (size_t i = 0; i < s->count; i++) {
		struct totals *t = &s->parts[i];
		int rc = 0;

		if (t->known_lsn == s->l->info.lsn && s->q->tree == TREE_AS_WAS) {
			if (!by_number)
				by_number = arena_array(s->a, measure_room(s->l),
							sizeof(*by_number));
			rc = by_number ? try_fast(s, i, by_number) : no_memory(s);
		}
		if (rc < 0)
			return rc;
		if (!rc)
			left[count++] =
				(struct scan_part){ .period = t->asked.period,
						    .known = t->known_lsn,
						    .out = t,
						    .sums = s->sums + i * s->measure_count };
	}
	return totals_scan_parts(s->l, s->q, left, count, s->places, s->e);
}

static int end_part(struct serving *s, size_t i)
{
	struct totals *t = &s->parts[i];

	t->sheets.missing = t->sheets.expected > t->sheets.signed_
				    ? t->sheets.expected - t->sheets.signed_
				    : 0;
	t->covered = t->reporting.expected && t->reporting.reported == t->reporting.expected;
	if (!t->known_lsn)
		return 0;
	/* where they are from is not told */
	return fill_members(t, s->l, s->end ? &t->measures[s->places[s->end]] : NULL, NULL, s->e);
}

static int serve(struct serving *s, const struct period *periods)
{
	int rc = find_measures(s);

	for (size_t i = 0; i < s->count && !rc; i++)
		rc = begin_part(s, i, periods[i]);
	if (!rc)
		rc = sum_parts(s);
	for (size_t i = 0; i < s->count && !rc; i++)
		rc = end_part(s, i);
	return rc;
}

int query_series(struct series *out, struct ledger *l, const struct query *q,
		 const struct period *periods, size_t count, struct arena *a, struct err *e)
{
	struct serving *s = arena_alloc(a, sizeof(*s));
	int rc;

	*out = (struct series){ .count = 0 };
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for a series");
	*s = (struct serving){ .l = l, .q = q, .count = count, .a = a, .e = e };
	if (!tree_get(l->tree, q->unit))
		return err_set(e, ERR_NOTFOUND, "there is no unit number %u", q->unit);
	rc = check_periods(s, periods);
	s->parts = rc ? NULL : arena_array(a, count + 1, sizeof(*s->parts));
	if (rc || !s->parts)
		return rc ? rc : no_memory(s);
	rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = serve(s, periods);
	read_leave(l);
	if (!rc)
		*out = (struct series){ .parts = s->parts, .count = count };
	return rc;
}
