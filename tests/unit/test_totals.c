/* Totals against the naive model, and by hand where it matters which. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "ledger/acts.h"
#include "ledger/feed.h"
#include "province.h"
#include "story.h"

static struct world w;
static struct arena *a;

static void setup(void)
{
	struct op op;

	world_open(&w, false, false);
	a = arena_new(64 << 20);
	build_small_tree(&w);
	op = build_form(&w, "flash");
	world_act_now(&w, &op);
	op = build_form_text(form_quarterly_text);
	world_act_now(&w, &op);
}

static void teardown(void)
{
	arena_free(a);
	world_close(&w);
}

TestSuite(totals, .init = setup, .fini = teardown);

/* A sheet signed by import. */
static void sheet(uint32_t unit, uint8_t form, struct period p, uint16_t m, int64_t value,
		  int64_t members)
{
	struct sheet_draft d;

	draft_init(&d, unit, form, p);
	draft_put(&d, m, value, 0);
	draft_put(&d, form == FORM_QUARTERLY ? 902 : 14, members, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	world_act_now(&w, draft_op(&d));
}

static struct totals of(uint32_t unit, day_t from, day_t to, uint64_t known)
{
	struct query q = { .unit = unit, .period = { from, to }, .known_at = known };
	struct totals t;

	must(query_totals(&t, w.l, &q, a, &w.e), &w.e, "totals");
	return t;
}

static struct measure_total in(const struct totals *t, uint16_t measure)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (t->measures[i].measure == measure)
			return t->measures[i];
	cr_assert_fail("measure %u is not among the totals", measure);
	return (struct measure_total){ 0 };
}

Test(totals, nobody_reported_is_not_zero)
{
	struct totals t = of(1, day(2022, 1, 1), day(2022, 3, 31), UINT64_MAX);

	cr_assert_eq(in(&t, 2).count, 0);
	cr_assert_eq(t.reporting.expected, 4);
	cr_assert_eq(t.sheets.expected, 12);
	cr_assert_eq(t.sheets.missing, 12);
	cr_assert_not(t.covered);
	cr_assert_not(t.has_members);
	for (size_t i = 0; i < t.measure_count; i++)
		cr_assert_neq(t.measures[i].measure, 900, "what is not additive has no total");
}

Test(totals, flows_add_up_and_stocks_are_those_of_the_last_day)
{
	struct totals t;

	for (uint32_t unit = 4; unit <= 7; unit++)
		for (int month = 1; month <= 2; month++)
			sheet(unit, FORM_SHORT, month_of(2022, month), 2, 1, 10 * month);
	t = of(1, day(2022, 1, 1), day(2022, 2, 28), UINT64_MAX);
	cr_assert_eq(in(&t, 2).sum, 8);
	cr_assert_eq(in(&t, 14).sum, 80);
	cr_assert(t.covered);
	cr_assert_eq(t.members, 80);
	cr_assert_str_eq(t.members_from, "sheets 2022-02-28");
	t = of(2, day(2022, 1, 1), day(2022, 2, 27), UINT64_MAX); /* nothing is cut in parts */
	cr_assert_eq(in(&t, 2).sum, 2);
	cr_assert_eq(in(&t, 14).count, 0);
	cr_assert_not(t.covered);
	cr_assert_eq(t.sheets.expected, 4);
	t = of(1, day(2023, 1, 1), day(2023, 2, 28), UINT64_MAX);
	for (size_t i = 0; i < t.measure_count; i++)
		if (t.measures[i].measure == 2)
			cr_assert_eq(t.prev_year[i].sum, 8);
}

static struct totals of_measure(uint32_t unit, struct period p, uint16_t measure, bool scan)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX, .measure = measure };
	struct totals t;

	w.l->scan_only = scan;
	must(query_totals(&t, w.l, &q, a, &w.e), &w.e, "totals");
	w.l->scan_only = false;
	return t;
}

/* A quarter beside the months: within it nobody owes the quarter's sheet, and what is asked of one measure is
 * answered by the sheets that have it. */
Test(totals, longer_periods_beside_shorter_ones)
{
	const struct period q3 = { day(2022, 7, 1), day(2022, 9, 30) };
	struct op op = build_plan(4, FORM_QUARTERLY, year_of(2022), PLAN_QUARTER);

	world_act_now(&w, &op);
	for (int month = 7; month <= 9; month++)
		sheet(4, FORM_SHORT, month_of(2022, month), 2, 1, 10);
	for (int scan = 0; scan < 2; scan++) {
		struct totals t = of_measure(4, month_of(2022, 8), 0, scan);

		cr_assert_eq(t.sheets.expected, 1);
		cr_assert_eq(t.reporting.reported, 1);
		t = of_measure(4, (struct period){ day(2022, 5, 1), day(2022, 8, 31) }, 0, scan);
		cr_assert_eq(t.sheets.expected, 4);
		t = of_measure(4, q3, 0, scan);
		cr_assert_eq(t.sheets.expected, 4);
		cr_assert_eq(t.sheets.missing, 1);
		cr_assert_eq(t.reporting.reported, 0);
		t = of_measure(4, q3, 2, scan);
		cr_assert_eq(t.sheets.expected, 3);
		cr_assert_eq(t.sheets.missing, 0);
		cr_assert_eq(t.reporting.reported, 1);
		t = of_measure(4, q3, 902, scan);
		cr_assert_eq(t.sheets.expected, 1);
		cr_assert_eq(t.sheets.signed_, 0);
	}
	op = build_plan(5, FORM_QUARTERLY, q3, PLAN_WHOLE);
	world_act_now(&w, &op);
	for (int scan = 0; scan < 2; scan++) {
		struct totals t = of_measure(5, month_of(2022, 8), 0, scan);

		cr_assert_eq(t.sheets.expected, 1, "what is due as a whole is not due in parts");
		t = of_measure(5, q3, 0, scan);
		cr_assert_eq(t.sheets.expected, 4);
	}
	sheet(4, FORM_QUARTERLY, q3, 901, 5, 6);
	for (int scan = 0; scan < 2; scan++) {
		struct totals t = of_measure(4, q3, 902, scan);

		cr_assert_eq(t.reporting.reported, 1);
		cr_assert_eq(in(&t, 902).sum, 6);
		cr_assert_eq(in(&t, 2).count, 0);
		t = of_measure(4, q3, 0, scan);
		cr_assert_eq(t.reporting.reported, 1);
	}
}

Test(totals, a_flash_counts_once_and_only_on_its_day)
{
	struct period f = { day(2022, 9, 1), day(2022, 9, 22) };
	struct totals t;

	sheet(4, 2, f, 2, 5, 50);
	t = of(4, day(2022, 9, 1), day(2022, 9, 22), UINT64_MAX);
	cr_assert_eq(in(&t, 2).sum, 5);
	cr_assert_eq(t.sheets.signed_, 1);
	cr_assert(t.covered);
	t = of(4, day(2022, 9, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(in(&t, 2).count, 0);
	/* on the last day of the month it stands beside the month's sheet, and then for nothing */
	sheet(4, 2, month_of(2022, 9), 2, 6, 60);
	t = of(4, day(2022, 8, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(in(&t, 2).sum, 6);
	cr_assert_eq(t.sheets.signed_, 1);
	cr_assert_eq(t.sheets.missing, 1);
	sheet(4, FORM_SHORT, month_of(2022, 9), 2, 7, 70);
	t = of(4, day(2022, 8, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(in(&t, 2).sum, 7);
	cr_assert_eq(in(&t, 14).sum, 70);
	cr_assert_eq(t.sheets.signed_, 1, "the flash is not another sheet");
	cr_assert_eq(t.sheets.missing, 1, "August is missing all the same");
}

/* Two plans side by side that count different things: neither's sheets stand for the other's. */
Test(totals, each_plan_wants_its_own_sheets)
{
	struct op op = build_plan(4, FORM_QUARTERLY, (struct period){ day(2022, 1, 1), 0 },
				  PLAN_QUARTER);
	struct totals t;

	world_act_now(&w, &op);
	for (int month = 7; month <= 9; month++)
		sheet(4, FORM_SHORT, month_of(2022, month), 2, 1, 9);
	t = of(4, day(2022, 7, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(t.sheets.expected, 4);
	cr_assert_eq(t.reporting.reported, 0, "the quarter is missing");
	sheet(4, FORM_QUARTERLY, (struct period){ day(2022, 7, 1), day(2022, 9, 30) }, 901, 2, 3);
	t = of(4, day(2022, 7, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(t.reporting.reported, 1);
	cr_assert_eq(in(&t, 901).sum, 2);
	/* and a quarter's sheet that reaches the day does not keep the flash of other things away */
	sheet(4, FORM_QUARTERLY, (struct period){ day(2022, 4, 1), day(2022, 6, 30) }, 901, 2, 3);
	sheet(4, 2, month_of(2022, 6), 2, 8, 80);
	t = of(4, day(2022, 4, 1), day(2022, 6, 30), UINT64_MAX);
	cr_assert_eq(in(&t, 2).sum, 8);
}

Test(totals, plans_and_members_as_they_were_known)
{
	uint64_t before, between;
	struct totals t;
	struct op op = build_members(4, day(2022, 1, 1), 40);

	world_act_now(&w, &op);
	before = ledger_info(w.l).lsn;
	op = build_plan(4, FORM_SHORT, year_of(2022), PLAN_NONE);
	world_act_now(&w, &op);
	op = build_members(4, day(2022, 1, 1), 44); /* corrected */
	between = world_act_now(&w, &op);
	op = build_plan(4, FORM_SHORT, (struct period){ day(2022, 7, 1), 0 }, PLAN_MONTH);
	world_act_now(&w, &op);
	t = of(4, day(2022, 1, 1), day(2022, 8, 31), before);
	cr_assert_eq(t.sheets.expected, 8);
	cr_assert_eq(t.members, 40);
	cr_assert_str_eq(t.members_from, "members 2022-01-01");
	t = of(4, day(2022, 1, 1), day(2022, 8, 31), between);
	cr_assert_eq(t.sheets.expected, 0);
	cr_assert_eq(t.members, 44);
	t = of(4, day(2022, 1, 1), day(2022, 8, 31), UINT64_MAX);
	cr_assert_eq(t.sheets.expected, 2);
}

Test(totals, targets)
{
	struct op op = build_target(2, year_of(2022), "admitted", "1-QD", 10);
	const struct target_line *lines;
	struct totals t;
	size_t count;
	uint64_t first, amended;

	first = world_act_now(&w, &op);
	op.unit = 4;
	op.target.value = 3;
	world_act_now(&w, &op);
	op.unit = 5;
	op.target.value = 4;
	world_act_now(&w, &op);
	op = build_target(2, year_of(2022), "admitted", "12-NQ", 9);
	op.target.instrument = INSTR_RESOLUTION;
	world_act_now(&w, &op);
	sheet(4, FORM_SHORT, month_of(2022, 9), 2, 12, 90);
	t = of(2, day(2022, 1, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(t.target_count, 2);
	cr_assert(t.instruments_differ);
	cr_assert(t.has_sum_below);
	cr_assert_eq(t.sum_below, 7);
	cr_assert_eq(t.targets[0].attained, 12);
	cr_assert_eq(t.targets[0].excess, 2);
	cr_assert_eq(t.targets[1].excess, 3);
	/* amended twice under one number: the earlier stay what they were, and when */
	op = build_target(2, year_of(2022), "admitted", "1-QD", 11);
	op.target.supersedes = SPAN_LIT("1-QD");
	op.reason = SPAN_LIT("adjusted");
	amended = world_act_now(&w, &op);
	op.target.value = 13;
	world_act_now(&w, &op);
	for (int i = 0; i < 3; i++) {
		static const int64_t want[] = { 10, 11, 13 };
		uint64_t known = i == 0 ? amended - 1 : i == 1 ? amended : UINT64_MAX;
		int64_t got = 0;

		must(query_targets(&lines, &count, w.l, 2, year_of(2022), known, a, &w.e), &w.e,
		     "targets");
		cr_assert_eq(count, 2);
		for (size_t k = 0; k < count; k++)
			if (lines[k].target.instrument == INSTR_DECISION)
				got = lines[k].goal;
		cr_assert_eq(got, want[i], "%d", i);
	}
	/* an earlier version is found by its document while none of it is in force */
	op = build_target(2, year_of(2022), "admitted", "2-QD", 20);
	op.target.supersedes = SPAN_LIT("1-QD");
	op.reason = SPAN_LIT("another decision");
	amended = world_act_now(&w, &op);
	must(query_targets_of(&lines, &count, w.l, 2, year_of(2022), UINT64_MAX, INSTR_DECISION,
			      SPAN_LIT("1-QD"), a, &w.e),
	     &w.e, "an earlier version");
	cr_assert_eq(count, 3);
	cr_assert_eq(lines[1].goal, 13); /* the newest of three */
	cr_assert_eq(lines[1].superseded_by, amended);
	cr_assert_eq(lines[0].superseded_by, 0);
	must(query_targets_of(&lines, &count, w.l, 2, year_of(2022), UINT64_MAX, INSTR_DECISION,
			      SPAN_LIT("2-QD"), a, &w.e),
	     &w.e, "the version in force");
	cr_assert_eq(count, 2);
	(void)first;
}

/* Side by side, computed: the later less the earlier, of the same thing alone. */
Test(totals, differences_between_documents)
{
	struct op op = build_target(2, year_of(2022), "admitted", "0-NQ", 4248);
	struct totals t;

	world_act_now(&w, &op);
	op = build_target(2, year_of(2022), "admitted", "1657-CV", 6095);
	op.target.instrument = INSTR_LETTER;
	world_act_now(&w, &op);
	op = build_target(2, year_of(2022), "admitted", "3-KL", 7000);
	op.target.type = TARGET_MAXIMUM; /* a limit is held against limits alone */
	world_act_now(&w, &op);
	op.target.value = 6999;
	op.target.instrument = INSTR_CONCLUSION;
	world_act_now(&w, &op);
	t = of(2, day(2022, 1, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(t.target_count, 4);
	cr_assert(t.instruments_differ);
	cr_assert_eq(t.difference_count, 2);
	cr_assert_eq(t.differences[0].a, 1);
	cr_assert_eq(t.differences[0].b, 0);
	cr_assert_eq(t.differences[0].more, 1847);
	cr_assert_eq(t.differences[1].more, -1);
}

/* A decision of several years, amended as a whole. */
Test(totals, one_amendment_for_every_year)
{
	const struct target_line *lines;
	size_t count;
	struct op op;

	for (int year = 2020; year <= 2022; year++) {
		op = build_target(2, year_of(year), "admitted", "1-QD", year);
		world_act_now(&w, &op);
	}
	op = build_target(2, (struct period){ day(2021, 1, 1), day(2022, 12, 31) }, "admitted",
			  "2-QD", 9);
	op.target.supersedes = SPAN_LIT("1-QD");
	op.reason = SPAN_LIT("adjusted");
	world_act_now(&w, &op);
	must(query_targets(&lines, &count, w.l, 2,
			   (struct period){ day(2020, 1, 1), day(2022, 12, 31) }, UINT64_MAX, a,
			   &w.e),
	     &w.e, "targets");
	cr_assert_eq(count, 2);
	cr_assert_eq(lines[0].goal, 2020);
	cr_assert_eq(lines[1].goal, 9);
}

Test(totals, rates_take_the_members_of_their_day)
{
	struct op op = build_target(2, year_of(2022), "admitted", "3-KH", 0);
	struct totals t;

	op.target.type = TARGET_RATE;
	op.target.rate_digits = 3;
	world_act_now(&w, &op);
	t = of(2, day(2022, 1, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_not(t.targets[0].has_goal);
	op = build_members(2, day(2021, 12, 31), 70314);
	world_act_now(&w, &op);
	t = of(2, day(2022, 1, 1), day(2022, 9, 30), UINT64_MAX);
	cr_assert_eq(t.targets[0].goal, 2110);
}

Test(totals, questions_that_cannot_be_asked)
{
	struct query q = { .unit = 99, .period = year_of(2022), .known_at = UINT64_MAX };
	struct totals t;

	cr_assert_eq(query_totals(&t, w.l, &q, a, &w.e), -ERR_NOTFOUND);
	q.unit = 1;
	q.known_at = ledger_info(w.l).lsn + 1;
	cr_assert_eq(query_totals(&t, w.l, &q, a, &w.e), -ERR_RANGE);
	q.known_at = UINT64_MAX;
	q.period.to = q.period.from - 1;
	cr_assert_eq(query_totals(&t, w.l, &q, a, &w.e), -ERR_RANGE);
}

/* Ten forms of 96 measures: more than any list of fixed size. */
Test(totals, many_measures)
{
	struct totals t;

	for (unsigned f = 0; f < 10; f++) {
		struct buf b;
		struct op op;

		buf_init(&b, OP_FORM_BODY_MAX);
		buf_printf(&b,
			   "[form]\ncode = f%u\nno = %u\nversion = 1\nvalid_from = 2020-01-01\n"
			   "period = month\nname_vi = x\nname_en = x\n",
			   f, 120 + f);
		for (unsigned m = 0; m < MEASURES_MAX; m++)
			buf_printf(&b,
				   "[measure m%u]\nno = %u\nkind = flow\nneed = optional\n"
				   "name_vi = a\nname_en = a\n",
				   f * MEASURES_MAX + m, 1000 + f * MEASURES_MAX + m);
		buf_u8(&b, 0);
		cr_assert_not(b.failed);
		op = build_form_text((const char *)b.data);
		world_act_now(&w, &op);
		buf_fini(&b);
	}
	t = of(1, day(2022, 1, 1), day(2022, 1, 31), UINT64_MAX);
	cr_assert_gt(t.measure_count, 960);
	cr_assert_eq(t.measures[t.measure_count - 1].measure, 1959);
}

/* ---- stories, asked now and as known then ---- */

/* Most of two months and a quarter, signed, so that something is covered. */
static void fill(struct story *s)
{
	for (uint32_t i = 0; i < s->unit_count; i++) {
		for (int month = 7; month <= 9; month++) {
			struct sheet_draft d;

			if (!s->units[i].form || rng_chance(&s->r, 5))
				continue;
			draft_init(&d, i + 1, s->units[i].form, month_of(2022, month));
			draft_put(&d, 2, rng_below(&s->r, 5), 0);
			draft_put(&d, 14, rng_below(&s->r, 50), 0);
			draft_sign(&d, SIGN_IMPORT, 0);
			story_act(s, draft_op(&d)); /* or refused: closed since July */
		}
	}
	story_commit(s);
}

Test(totals, stories)
{
	uint64_t covered = 0, flashes = 0, some = 0;

	for (uint64_t seed = 1; seed <= 25; seed++) {
		struct story *s = calloc(1, sizeof(*s));

		story_open(s, seed * 7, false);
		story_commit(s);
		fill(s);
		for (size_t i = 0; i < 160; i++) {
			struct period range = story_range(s);
			uint32_t unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
			uint64_t tip = naive_lsn(s->n), tree = 4 + s->unit_count + 1;
			static struct naive_totals t;

			story_step(s);
			if (s->in_batch || !rng_chance(&s->r, 60))
				continue;
			story_check_totals(s, unit, range, UINT64_MAX);
			/* units are there from the beginning on */
			story_check_totals(s, unit, range,
					   tree + rng_below(&s->r, (uint32_t)(tip - tree) + 1));
			naive_totals(s->n, unit, range, UINT64_MAX, &t);
			covered += t.covered;
			some += t.signed_ > 0;
		}
		flashes += s->tally.flashes;
		story_close(s);
		free(s);
	}
	cr_assert(covered > 5 && flashes > 5 && some > 60,
		  "%d covered, %d flashes, %d with figures", (int)covered, (int)flashes, (int)some);
}

/* ---- from aggregates and from sheets: the same answer ---- */

/* Does the fast way answer this itself? */
static bool served(struct ledger *l, const struct query *q)
{
	static struct measure_total sums[MEASURE_NO_MAX + 1];
	struct totals t = { .asked = *q };
	struct err e = { 0 };
	int rc;

	must(read_enter(l, &e), &e, "read");
	rc = totals_fast(l, q, q->period, ledger_info(l).lsn, &t, sums, &e);
	read_leave(l);
	return must(rc, &e, "the fast way") == 1;
}

static void same_lists(const struct measure_total *x, const struct measure_total *y, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_assert(x[i].measure == y[i].measure && x[i].sum == y[i].sum &&
				  x[i].count == y[i].count,
			  "measure %u: %lld of %lld, the scan says %lld of %lld", x[i].measure,
			  (long long)x[i].sum, (long long)x[i].count, (long long)y[i].sum,
			  (long long)y[i].count);
}

/* Both ways. True: the first was the fast one. */
static bool both(struct ledger *l, uint32_t unit, struct period range)
{
	struct query q = { .unit = unit, .period = range, .known_at = UINT64_MAX };
	struct arena *mine = arena_new(64 << 20);
	struct totals fast, scan;
	struct err e = { 0 };

	must(query_totals(&fast, l, &q, mine, &e), &e, "totals");
	l->scan_only = true;
	must(query_totals(&scan, l, &q, mine, &e), &e, "totals by scanning");
	l->scan_only = false;
	cr_assert_eq(fast.measure_count, scan.measure_count);
	same_lists(fast.measures, scan.measures, scan.measure_count);
	same_lists(fast.prev_year, scan.prev_year, scan.measure_count);
	for (size_t i = 0; i < UNIT_KINDS; i++)
		cr_assert_eq(fast.units[i], scan.units[i], "units of kind %zu", i);
	cr_assert_eq(fast.reporting.expected, scan.reporting.expected);
	cr_assert_eq(fast.reporting.reported, scan.reporting.reported,
		     "unit %u: %d reported, the scan says %d", unit, (int)fast.reporting.reported,
		     (int)scan.reporting.reported);
	cr_assert_eq(fast.reporting.contested, scan.reporting.contested);
	cr_assert_eq(fast.sheets.expected, scan.sheets.expected);
	cr_assert_eq(fast.sheets.signed_, scan.sheets.signed_);
	cr_assert_eq(fast.sheets.nil, scan.sheets.nil);
	cr_assert_eq(fast.sheets.on_behalf, scan.sheets.on_behalf);
	cr_assert_eq(fast.sheets.changed, scan.sheets.changed);
	cr_assert_eq(fast.sheets.broken, scan.sheets.broken);
	cr_assert_eq(fast.sheets.missing, scan.sheets.missing);
	cr_assert_eq(fast.covered, scan.covered);
	cr_assert_eq(fast.has_members, scan.has_members);
	cr_assert_eq(fast.members, scan.members);
	arena_free(mine);
	return served(l, &q);
}

Test(totals, both_ways_in_stories)
{
	uint64_t fast = 0, slow = 0, flashes = 0, closed = 0;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct story *s = calloc(1, sizeof(*s));

		story_open(s, seed * 11, false);
		story_commit(s);
		fill(s);
		for (size_t i = 0; i < 160; i++) {
			story_step(s);
			if (s->in_batch)
				continue;
			for (int k = 0; k < 3; k++) {
				struct period range = story_range(s);
				uint32_t unit = 1 + rng_below(&s->r, (uint32_t)s->unit_count);
				bool yes = both(s->w.l, rng_chance(&s->r, 30) ? 1 : unit, range);

				fast += yes;
				slow += !yes;
				flashes += yes && range.to != day_month_last(range.to);
			}
		}
		for (size_t i = 0; i < s->unit_count; i++)
			closed += tree_at(s->w.l->tree, i)->closed > 0;
		story_close(s);
		free(s);
	}
	cr_assert(fast > 500 && slow > 5 && flashes > 20 && closed > 3,
		  "%d fast, %d by scanning, %d on other days, %d closed", (int)fast, (int)slow,
		  (int)flashes, (int)closed);
}

/* One plan, but one of those who have it is no more from the middle of the months on. */
Test(totals, who_ends_within_the_days_owes_less)
{
	struct period range = { day(2022, 8, 1), day(2022, 9, 30) };
	struct op op = build_unit(8, 3, UNIT_BASE_CELL, "X", 0);

	op.create.closed = day(2022, 9, 1);
	world_act_now(&w, &op);
	op = build_plan(8, FORM_SHORT, (struct period){ day(2020, 1, 1), 0 }, PLAN_MONTH);
	world_act_now(&w, &op);
	cr_assert(both(w.l, 3, range));
	cr_assert_eq(of(3, range.from, range.to, UINT64_MAX).sheets.expected, 5);
	cr_assert_eq(of(3, range.from, range.to, UINT64_MAX).reporting.expected, 3);
}

/* Who moves on the last of the days reported under another before it; who moved on the first did not. */
Test(totals, who_moves_within_the_days_is_scanned)
{
	static const struct op_change move = { .what = CHANGE_MOVE, .unit = 4, .parent = 3 };
	struct op op = { .kind = OP_ACT,
			 .source = SPAN_LIT("console:test"),
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 9, 1),
				  .effective = day(2022, 9, 30),
				  .changes = &move,
				  .count = 1 } };

	for (int month = 8; month <= 10; month++)
		sheet(4, FORM_SHORT, month_of(2022, month), 2, 1, 9);
	world_act_now(&w, &op);
	cr_assert_not(both(w.l, 2, (struct period){ day(2022, 8, 1), day(2022, 9, 30) }));
	cr_assert_not(both(w.l, 3, (struct period){ day(2022, 8, 1), day(2022, 9, 30) }));
	for (uint32_t unit = 1; unit <= 4; unit++) {
		cr_assert(both(w.l, unit, month_of(2022, 8)));
		cr_assert(both(w.l, unit, month_of(2022, 10)));
		cr_assert(both(w.l, unit, (struct period){ day(2022, 9, 30), day(2022, 9, 30) }));
	}
}

/* A month of the real form: what it began with, one admitted, what it ended with. */
static void month(uint32_t unit, int month, int64_t begin)
{
	struct sheet_draft d;

	draft_init(&d, unit, 1, month_of(2022, month));
	draft_put(&d, 1, begin, 0);
	draft_put(&d, 2, 1, 0);
	draft_put(&d, 14, begin + 1, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	world_act_now(&w, draft_op(&d));
}

static int64_t began(const struct totals *t)
{
	struct measure_total m = in(t, 1);

	return m.count ? m.sum : -1;
}

/* What the days begin with is what their first month began with, from the rows and from the sheets; alone or in a series. */
static int64_t began_with(uint32_t unit, int first, int last)
{
	struct query q = { .unit = unit, .known_at = UINT64_MAX };
	struct totals t;
	struct series s;
	int64_t n;

	q.period = (struct period){ day(2022, first, 1), month_of(2022, last).to };
	must(query_totals(&t, w.l, &q, a, &w.e), &w.e, "totals");
	n = began(&t);
	w.l->scan_only = true;
	must(query_totals(&t, w.l, &q, a, &w.e), &w.e, "totals");
	cr_assert_eq(began(&t), n);
	must(query_series(&s, w.l, &q, &q.period, 1, a, &w.e), &w.e, "a series");
	w.l->scan_only = false;
	cr_assert_eq(began(s.parts), n);
	if (n >= 0 && in(&t, 14).count)
		cr_assert_eq(in(&t, 14).sum, n + in(&t, 2).sum, "the balance holds of the whole");
	return n;
}

static void report_months(uint32_t unit, uint32_t parent, const char *code)
{
	struct op op = build_unit(unit, parent, UNIT_BASE_CELL, code, 0);

	world_act_now(&w, &op);
	op = build_plan(unit, 1, (struct period){ day(2022, 1, 1), 0 }, PLAN_MONTH);
	world_act_now(&w, &op);
}

Test(totals, days_begin_with_what_their_first_month_began_with)
{
	static const struct op_change move = { .what = CHANGE_MOVE, .unit = 8, .parent = 3 };
	struct op op = build_form(&w, "monthly");
	struct query is = { .unit = 3,
			    .period = { day(2022, 1, 1), day(2022, 4, 30) },
			    .known_at = UINT64_MAX,
			    .tree = TREE_AS_IS,
			    .tree_day = day(2022, 4, 30) };
	struct totals t;
	struct bridge b;

	world_act_now(&w, &op);
	report_months(8, 2, "X");
	report_months(9, 3, "Y");
	for (int m = 1; m <= 3; m++) {
		month(8, m, 350 + m);
		month(9, m, 20 + m);
	}
	cr_assert_eq(began_with(8, 1, 3), 351);
	cr_assert_eq(began_with(8, 2, 3), 352);
	cr_assert_eq(began_with(1, 1, 3), 351 + 21);
	cr_assert_eq(began_with(8, 3, 3), 353);
	/* the first month is not there, or not all of it: it is not known */
	cr_assert_eq(of(8, day(2022, 1, 15), day(2022, 3, 31), UINT64_MAX).reporting.reported, 0);
	cr_assert_eq(began_with(1, 4, 5), -1);
	month(9, 5, 25);
	cr_assert_eq(began_with(9, 4, 5), -1);
	/* who came since had begun elsewhere, and is here under the tree of then */
	op = (struct op){ .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("1-QĐ/TU"),
				   .signer = SPAN_LIT("A"),
				   .signed_day = day(2022, 3, 1),
				   .effective = day(2022, 4, 1),
				   .changes = &move,
				   .count = 1 } };
	world_act_now(&w, &op);
	month(8, 4, 354);
	cr_assert_eq(began_with(3, 4, 4), 354);
	t = of(3, is.period.from, is.period.to, UINT64_MAX);
	cr_assert_eq(began(&t), 21);
	must(query_bridge(&b, w.l, &is, a, &w.e), &w.e, "bridge");
	cr_assert_eq(began(&b.was), 21);
	cr_assert_eq(began(&b.is), 21 + 351);
	cr_assert_eq(b.count, 1);
	for (size_t i = 0; i < b.is.measure_count; i++)
		if (b.lines[0].sums[i].measure == 1)
			cr_assert_eq(b.lines[0].sums[i].sum, 351, "what the bridge brings in");
}

/* Half of a roll is none: whoever asks again gets the whole answer. */
Test(totals, a_store_that_fails_while_it_is_asked)
{
	struct query q = { .unit = 1, .period = month_of(2022, 9), .known_at = UINT64_MAX };
	struct totals t;
	uint64_t nth = 0;
	int rc;

	sheet(4, FORM_SHORT, q.period, 2, 1, 9);
	do {
		duty_drop(w.l);
		range_drop(w.l);
		kv_fail_at(w.kv, kv_calls(w.kv) + ++nth, ERR_IO, false);
		rc = query_totals(&t, w.l, &q, a, &w.e);
		kv_fail_at(w.kv, 0, ERR_NONE, false);
		cr_assert(!rc || rc == -ERR_IO, "call %d: %s", (int)nth, w.e.msg);
		cr_assert(both(w.l, 1, q.period));
		cr_assert_eq(of(1, q.period.from, q.period.to, UINT64_MAX).reporting.expected, 4);
	} while (rc);
	cr_assert_gt(nth, 12, "%d calls", (int)nth);
}

/* Plans that all say something else are more than are kept together: the rest are read from their rows. */
Test(totals, more_plans_than_the_roll_holds)
{
	enum { UNITS = ROLL_PLANS_MAX + 8, FIRST = 8 };
	struct period month = month_of(2022, 9);
	size_t apart = 0;

	world_begin(&w);
	for (uint32_t i = 0; i < UNITS; i++) {
		char code[16];
		struct op op;

		snprintf(code, sizeof(code), "X%u", (unsigned)i);
		op = build_unit(FIRST + i, 3, UNIT_BASE_CELL, code, FORM_SHORT);
		op.create.opened = month.from + 3 -
				   (day_t)i; /* three of them in the middle of it */
		world_act(&w, &op);
	}
	world_commit(&w);
	for (uint32_t i = UNITS - 4; i < UNITS; i++)
		sheet(FIRST + i, FORM_SHORT, month, 2, 1, 9);
	cr_assert(both(w.l, 3, month));
	cr_assert_eq(of(3, month.from, month.to, UINT64_MAX).reporting.expected, UNITS + 2);
	cr_assert_eq(of(3, month.from, month.to, UINT64_MAX).reporting.reported, 4);
	for (size_t i = 0; i < w.l->roll->count; i++)
		apart += w.l->roll->units[i].plan == ROLL_PLAN_ROW;
	cr_assert_eq(w.l->roll->plan_count, ROLL_PLANS_MAX);
	cr_assert_eq(apart, UNITS - ROLL_PLANS_MAX, "those of before have the plan of one of them");
}

/* A month's numbers agree, but one of those who signed has not reported anyway, and one who would have did
 * not sign: counting alone would take the one for the other. */
Test(totals, a_sheet_of_one_does_not_stand_for_anothers)
{
	struct op op = build_plan(4, FORM_QUARTERLY, (struct period){ day(2022, 1, 1), 0 },
				  PLAN_QUARTER);
	struct period range = { day(2022, 1, 1), day(2022, 3, 31) };

	world_act_now(&w, &op);
	for (int month = 1; month <= 3; month++)
		for (uint32_t unit = 4; unit <= 7; unit++)
			if (unit != 7 || month != 2)
				sheet(unit, FORM_SHORT, month_of(2022, month), 2, 1, 9);
	cr_assert(both(w.l, 1, range));
	cr_assert_eq(of(1, range.from, range.to, UINT64_MAX).reporting.reported, 2, "5 and 6");
	sheet(4, FORM_QUARTERLY, range, 901, 2, 3);
	cr_assert(both(w.l, 1, range));
	cr_assert_eq(of(1, range.from, range.to, UINT64_MAX).reporting.reported, 3);
	sheet(7, FORM_SHORT, month_of(2022, 2), 2, 1, 9);
	cr_assert(both(w.l, 1, range));
	cr_assert(of(1, range.from, range.to, UINT64_MAX).covered);
	/* who has to report is kept, until a plan says otherwise */
	op = build_plan(6, FORM_QUARTERLY, (struct period){ day(2022, 1, 1), 0 }, PLAN_QUARTER);
	world_act_now(&w, &op);
	cr_assert(both(w.l, 1, range));
	cr_assert_eq(of(1, range.from, range.to, UINT64_MAX).reporting.reported, 3);
}

Test(totals, what_is_out_of_the_ordinary_is_scanned)
{
	struct query q = { .unit = 1, .period = { day(2022, 9, 1), day(2022, 9, 22) } };

	q.known_at = UINT64_MAX;
	sheet(4, 2, q.period, 2, 5, 50);
	cr_assert(both(w.l, 1, q.period));
	/* on the last day of a month a flash may stand beside the month's sheet */
	sheet(4, 2, month_of(2022, 8), 2, 6, 60);
	cr_assert(both(w.l, 1, month_of(2022, 8)));
	sheet(4, FORM_SHORT, month_of(2022, 8), 2, 7, 70);
	cr_assert_not(both(w.l, 1, month_of(2022, 8)));
	cr_assert(both(w.l, 3, month_of(2022, 8)), "another district has neither");
	q.basis = BASIS_ACCEPTED;
	q.period = month_of(2022, 7);
	cr_assert_not(served(w.l, &q));
	q.basis = BASIS_SIGNED;
	cr_assert(served(w.l, &q));
	q.tree = TREE_AS_IS;
	cr_assert_not(served(w.l, &q));
}

/* The second reader of a store was opened before the newest sheets: it answers as of its own tip. */
Test(totals, a_reader_that_lags_scans)
{
	struct period year = { day(2022, 1, 1), day(2022, 1, 31) };
	struct query q = { .unit = 1, .period = year, .known_at = UINT64_MAX };
	struct ledger *late;
	struct totals t;

	must(ledger_open(&late, w.kv, 0, &w.e), &w.e, "a second reader");
	sheet(4, FORM_SHORT, month_of(2022, 1), 2, 5, 9);
	must(query_totals(&t, late, &q, a, &w.e), &w.e, "totals");
	cr_assert_eq(in(&t, 2).count, 0);
	must(ledger_refresh(late, &w.e), &w.e, "refresh");
	cr_assert(both(late, 1, year));
	must(query_totals(&t, late, &q, a, &w.e), &w.e, "totals");
	cr_assert_eq(in(&t, 2).sum, 5);
	ledger_close(late);
}

/* Who had to report, and which months have sheets, is kept of so many questions: more of them are answered as well, and
 * the first ones again, and a range with more months than are kept together. */
Test(totals, more_questions_than_are_kept)
{
	struct period two_years = { day(2021, 1, 1), day(2022, 12, 31) };

	for (int month = 0; month < RANGE_KEYS + 4; month++)
		sheet(4, FORM_SHORT, month_of(2021 + month / 12, 1 + month % 12), 2, 1, 9);
	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < DUTY_SLOTS + 9; i += again ? 64 : 1)
			both(w.l, 1 + (uint32_t)i % 5,
			     (struct period){ day(2022, 1, 1) + i / 5, day(2022, 1, 31) + i / 5 });
		cr_assert(both(w.l, 1, two_years));
		cr_assert(both(w.l, 1, two_years));
	}
	cr_assert_eq(of(4, two_years.from, two_years.to, UINT64_MAX).sheets.signed_,
		     RANGE_KEYS + 4);
	sheet(5, FORM_SHORT, month_of(2022, 1), 2, 1, 9);
	cr_assert(both(w.l, 1, month_of(2022, 1)));
	cr_assert_eq(of(1, day(2022, 1, 1), day(2022, 1, 31), UINT64_MAX).sheets.signed_, 2);
}

/* ---- the province ---- */

static void province_sheet(const struct province *p, size_t unit, struct period days, bool flash)
{
	struct province_figure figures[PROVINCE_FIGURES_MAX];
	struct ymd d = day_to_ymd(days.to);
	size_t count = flash ? province_flash(p, unit, days.to, figures)
			     : province_month(p, unit, d.year, d.month, figures);
	struct sheet_draft draft;

	draft_init(&draft, (uint32_t)unit + 1, flash ? 2 : 1, days);
	for (size_t i = 0; i < count; i++)
		draft_put(&draft, ledger_measure(w.l, span_str(figures[i].measure)),
			  figures[i].value, 0);
	draft_sign(&draft, SIGN_IMPORT, 0);
	world_act(&w, draft_op(&draft));
}

static void province_build(const struct province *p)
{
	for (size_t i = 0; i < province_unit_count(p); i++) {
		const struct province_unit *u = province_unit(p, i);
		struct op op =
			build_unit((uint32_t)i + 1, u->parent < 0 ? 0 : (uint32_t)u->parent + 1,
				   unit_kind_parse(span_str(u->kind)), u->code, u->reports ? 1 : 0);

		op.create.opened = province_opened(p);
		world_act(&w, &op);
	}
}

/* January and February whole but for one sheet, flashes of the first days of March from most. */
static void province_fill(const struct province *p)
{
	const size_t *reporters = province_reporters(p);

	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		province_sheet(p, reporters[i], month_of(2022, 1), false);
		if (i != 700)
			province_sheet(p, reporters[i], month_of(2022, 2), false);
		if (i % 9)
			province_sheet(p, reporters[i],
				       (struct period){ day(2022, 3, 1), day(2022, 3, 22) }, true);
	}
}

Test(totals, both_ways_in_the_province)
{
	static const struct {
		int month, day;
	} ends[] = { { 1, 31 }, { 2, 28 }, { 3, 22 }, { 3, 31 } };
	struct province *p;
	struct op op;

	teardown();
	world_open(&w, false, false);
	a = arena_new(64 << 20);
	must(province_new(&p, 7, 2022, 2022, &w.e), &w.e, "a province");
	world_begin(&w);
	op = build_form(&w, "monthly");
	world_act(&w, &op);
	op = build_form(&w, "flash");
	world_act(&w, &op);
	province_build(p);
	province_fill(p);
	world_commit(&w);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		for (uint32_t unit = 1; unit <= 1 + PROVINCE_DIRECT; unit++)
			cr_assert(both(w.l, unit == 1 ? 1 : unit * 97,
				       (struct period){ day(2022, 1, 1),
							day(2022, ends[i].month, ends[i].day) }));
	cr_assert_eq(of(1, day(2022, 1, 1), day(2022, 1, 31), UINT64_MAX).reporting.reported,
		     PROVINCE_GRASSROOTS);
	cr_assert_eq(of(1, day(2022, 1, 1), day(2022, 2, 28), UINT64_MAX).reporting.reported,
		     PROVINCE_GRASSROOTS - 1);
	province_free(p);
}

/* ---- rules about what is below ---- */

/* One month of the real form: moves inside the direct committee, and to another one. */
static void moves(struct world *site, struct device *d, int64_t in_same, int64_t out_same,
		  int64_t in_other, int64_t out_other)
{
	struct sheet_draft s;
	struct op op;

	draft_init(&s, d->unit, 1, month_of(2022, 9));
	draft_put(&s, 4, in_same, 0);
	draft_put(&s, 5, in_other, 0);
	draft_put(&s, 11, out_same, 0);
	draft_put(&s, 12, out_other, 0);
	op = *draft_op(&s);
	op.sheet.sign = (struct op_sign){ .how = SIGN_OWN, .signer = SPAN_LIT("B") };
	cr_assert_eq(world_submit_now(site, d, &op).code, CODE_OK);
}

static size_t questions(struct world *site, uint32_t unit, struct totals *t)
{
	struct query q = { .unit = unit, .period = month_of(2022, 9), .known_at = UINT64_MAX };

	must(query_totals(t, site->l, &q, site->a, &site->e), &site->e, "totals");
	return t->question_count;
}

Test(totals, moves_that_do_not_match_are_asked_about_where_they_must)
{
	struct world site;
	struct device d[4];
	struct totals t;
	struct op op;

	world_open(&site, false, false);
	build_small_tree(&site);
	op = build_form(&site, "monthly");
	world_act_now(&site, &op);
	world_begin(&site);
	for (uint32_t unit = 4; unit <= 7; unit++) {
		op = build_plan(unit, FORM_SHORT, (struct period){ day(2020, 1, 1), 0 }, PLAN_NONE);
		world_act(&site, &op);
		op = build_plan(unit, 1, (struct period){ day(2020, 1, 1), 0 }, PLAN_MONTH);
		world_act(&site, &op);
		d[unit - 4] = world_device(&site, unit, ROLE_APPROVER);
	}
	world_commit(&site);
	moves(&site, &d[0], 2, 0, 0, 1);
	cr_assert_eq(questions(&site, 2, &t), 0, "not everybody has reported");
	moves(&site, &d[1], 0, 1, 0, 0);
	cr_assert_eq(questions(&site, 2, &t), 1, "two came, one went");
	cr_assert_str_eq(t.questions[0].rule->code, "transfers-direct");
	cr_assert_eq(t.questions[0].left, 2);
	cr_assert_eq(t.questions[0].right, 1);
	cr_assert_eq(questions(&site, 4, &t), 0, "nothing is asked of one organisation");
	moves(&site, &d[2], 0, 1, 0, 0);
	moves(&site, &d[3], 0, 0, 2, 0);
	cr_assert_eq(questions(&site, 1, &t), 1, "the province as a whole: 2 and 1 + 1 match");
	cr_assert_str_eq(t.questions[0].rule->code, "transfers-province");
	cr_assert_eq(questions(&site, 3, &t), 1);
	cr_assert_str_eq(t.questions[0].rule->code, "transfers-direct",
			 "moves to other committees balance in the province alone");
	world_close(&site);
}
