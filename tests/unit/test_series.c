/* Series: months from one walk are what each of them is when asked alone. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

#include "internal.h"
#include "same_series.h"
#include "story.h"

enum { PARTS = 12 };

static struct world w;
static struct period months[PARTS];

static void setup(void)
{
	struct op op;

	world_open(&w, false, false);
	build_small_tree(&w);
	op = build_form(&w, "flash");
	world_act_now(&w, &op);
	for (int m = 0; m < PARTS; m++)
		months[m] = month_of(2022, m + 1);
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(series, .init = setup, .fini = teardown);

static void sheet(uint32_t unit, struct period p, int64_t admitted)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, 0);
	draft_put(&d, 14, 100 + admitted, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	d.op.reason = SPAN_LIT("counted again");
	world_act_now(&w, draft_op(&d));
}

static struct series ask(uint32_t unit, uint64_t known)
{
	struct query q = { .unit = unit, .known_at = known };
	struct series s;

	must(query_series(&s, w.l, &q, months, PARTS, w.a, &w.e), &w.e, "a series");
	cr_assert_eq(s.count, PARTS);
	same_series(w.l, &q, months, PARTS);
	return s;
}

static int64_t admitted(const struct series *s, size_t part)
{
	const struct totals *t = &s->parts[part];

	for (size_t i = 0; i < t->measure_count; i++)
		if (t->measures[i].measure == 2)
			return t->measures[i].count ? t->measures[i].sum : -1;
	return -2;
}

/* All months are corrected since: of each what it was then, out of one walk back. */
Test(series, a_year_known_before_it_was_corrected)
{
	struct series then, now;
	uint64_t known;

	for (int m = 1; m <= 6; m++)
		for (uint32_t unit = 4; unit <= 7; unit++)
			sheet(unit, month_of(2022, m), m);
	known = ledger_info(w.l).lsn;
	for (int round = 0; round < 3; round++)
		for (int m = 1; m <= 8; m++)
			for (uint32_t unit = 4; unit <= 7; unit += 2)
				sheet(unit, month_of(2022, m), 10 * m + round);
	then = ask(4, known);
	now = ask(4, UINT64_MAX);
	for (int m = 1; m <= PARTS; m++) {
		cr_assert_eq(admitted(&then, (size_t)m - 1), m <= 6 ? m : -1, "month %d", m);
		cr_assert_eq(admitted(&now, (size_t)m - 1), m <= 8 ? 10 * m + 2 : -1);
	}
	then = ask(1, known);
	now = ask(1, UINT64_MAX);
	cr_assert_eq(admitted(&then, 2), 12);
	cr_assert_eq(admitted(&now, 2), 2 * 32 + 2 * 3);
	cr_assert(then.parts[2].covered);
	cr_assert_not(then.parts[6].covered);
	cr_assert_eq(then.parts[6].sheets.missing, 4);
	cr_assert_eq(then.parts[0].known_lsn, known);
}

Test(series, of_closed_months_only_those_that_are_closed)
{
	struct query q = { .unit = 1, .known_at = UINT64_MAX, .basis = BASIS_CLOSED };
	struct op op = { .kind = OP_CLOSE, .unit = 1, .close = { FORM_SHORT, month_of(2022, 2) } };
	struct series s;

	for (int m = 1; m <= 3; m++)
		for (uint32_t unit = 4; unit <= 7; unit++)
			sheet(unit, month_of(2022, m), m);
	world_act_now(&w, &op);
	sheet(5, month_of(2022, 2), 50);
	must(query_series(&s, w.l, &q, months, PARTS, w.a, &w.e), &w.e, "a series");
	cr_assert_eq(same_series(w.l, &q, months, PARTS), 1);
	cr_assert_eq(s.parts[0].known_lsn, 0);
	cr_assert_eq(admitted(&s, 0), -1, "January is not closed");
	cr_assert_eq(admitted(&s, 1), 8, "as it was when it was closed");
}

Test(series, what_is_no_series_is_refused)
{
	struct query q = { .unit = 1, .known_at = UINT64_MAX };
	struct period twice[2] = { months[0], months[0] }, back[2] = { months[1], months[0] },
		      upside = { months[1].to, months[1].from };
	struct series s;

	cr_assert_eq(query_series(&s, w.l, &q, twice, 2, w.a, &w.e), -ERR_RANGE);
	cr_assert_eq(query_series(&s, w.l, &q, back, 2, w.a, &w.e), -ERR_RANGE);
	cr_assert_eq(query_series(&s, w.l, &q, &upside, 1, w.a, &w.e), -ERR_RANGE);
	q.known_at = ledger_info(w.l).lsn + 1;
	cr_assert_eq(query_series(&s, w.l, &q, months, PARTS, w.a, &w.e), -ERR_RANGE);
	q = (struct query){ .unit = 99, .known_at = UINT64_MAX };
	cr_assert_eq(query_series(&s, w.l, &q, months, PARTS, w.a, &w.e), -ERR_NOTFOUND);
	q.unit = 1;
	must(query_series(&s, w.l, &q, NULL, 0, w.a, &w.e), &w.e, "of no days");
	cr_assert_eq(s.count, 0);
}

/* Whatever people and links do to a ledger: contests, flashes, recalls, figures on behalf, closings. */
Test(series, in_stories)
{
	size_t with = 0, flashes = 0;

	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct story *s = calloc(1, sizeof(*s));

		story_open(s, seed * 29, seed % 4 == 0);
		s->month_ends = seed % 3 == 0;
		story_commit(s);
		for (size_t i = 0; i < 260; i++) {
			uint64_t tip, tree = 4 + s->unit_count + 1;
			struct query q = { .known_at = UINT64_MAX };
			struct period periods[PARTS];

			story_step(s);
			tip = naive_lsn(s->n);
			if (s->in_batch || tip <= tree || !rng_chance(&s->r, 30))
				continue;
			q.unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
			if (rng_chance(&s->r, 70)) /* units are there from the beginning on */
				q.known_at = tree + rng_below(&s->r, (uint32_t)(tip - tree) + 1);
			q.basis = (enum query_basis)rng_below(&s->r, 3);
			with += same_series(s->w.l, &q, periods,
					    some_periods(&s->r, 2022, periods, PARTS));
		}
		flashes += s->tally.flashes;
		story_close(s);
		free(s);
	}
	cr_assert(with > 40 && flashes > 5, "%zu parts with figures, %zu flashes", with, flashes);
}
