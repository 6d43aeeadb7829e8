/* What acts make of figures: bridges, attainment where a unit lost a piece, the year before of what was split. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "ledger/acts.h"

#include "build.h"

static struct world w;

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	w.now_ms = instant_of_day_start(day(2026, 1, 5));
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(acts_figures, .init = setup, .fini = teardown);

static uint64_t act(const char *no, day_t from, const struct op_change *changes, size_t count)
{
	struct op op = { .kind = OP_ACT,
			 .act = { .no = span_str(no),
				  .signer = SPAN_LIT("A"),
				  .signed_day = from,
				  .effective = from,
				  .changes = changes,
				  .count = count } };

	return world_act_now(&w, &op);
}

static void sheet(uint32_t unit, struct period p, int64_t admitted)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	must(world_try(&w, draft_op(&d)), &w.e, "a sheet");
}

static struct totals ask(uint32_t unit, struct period p)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX };
	struct totals t;

	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
	return t;
}

static int64_t of(const struct measure_total *m, const struct totals *t)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (m[i].measure == 2)
			return m[i].count ? m[i].sum : -1;
	return -2;
}

static struct bridge bridge(uint32_t unit, struct period p, day_t on)
{
	struct query q = { .unit = unit,
			   .period = p,
			   .known_at = UINT64_MAX,
			   .tree = TREE_AS_IS,
			   .tree_day = on };
	struct bridge b;

	must(query_bridge(&b, w.l, &q, w.a, &w.e), &w.e, "bridge");
	return b;
}

static void line_is(const struct bridge *b, size_t i, uint32_t unit, bool in, uint64_t act_lsn,
		    int64_t admitted)
{
	cr_assert_lt(i, b->count);
	cr_assert_eq(b->lines[i].unit, unit, "line %zu: unit %u", i, b->lines[i].unit);
	cr_assert_eq(b->lines[i].in, in, "line %zu", i);
	cr_assert_eq(b->lines[i].act_lsn, act_lsn, "line %zu: act %" PRIu64, i,
		     b->lines[i].act_lsn);
	cr_assert_eq(of(b->lines[i].sums, &b->is), admitted, "line %zu", i);
}

/* Bát Xát 2020: 241 of 250, since commune Cốc San (C2 here) went to Lào Cai city in March. */
Test(acts_figures, bat_xat_2020_is_241_of_250)
{
	static const struct op_change coc_san[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct op op = build_target(2, year_of(2020), "admitted", "250", 250);
	struct totals t;
	struct bridge b;
	uint64_t lsn;

	op.target.doc_date = day(2020, 1, 15);
	world_act_now(&w, &op);
	sheet(4, month_of(2020, 1), 100);
	sheet(4, month_of(2020, 9), 139);
	sheet(5, month_of(2020, 2), 2);
	sheet(5, month_of(2020, 5), 4);
	sheet(5, month_of(2020, 11), 5);
	sheet(6, month_of(2020, 6), 1000);
	t = ask(2, year_of(2020));
	cr_assert_not(t.targets[0].comparable.changed, "nothing has happened yet");
	lsn = act("896/NQ-UBTVQH14", day(2020, 3, 1), coc_san, 1);
	t = ask(2, year_of(2020));
	cr_assert_eq(t.target_count, 1);
	cr_assert_eq(t.targets[0].attained, 241, "as assigned");
	cr_assert_eq(t.targets[0].excess, -9);
	cr_assert(t.targets[0].comparable.changed);
	cr_assert(t.targets[0].comparable.known);
	cr_assert_eq(t.targets[0].comparable.sum, 250, "on comparable territory");
	cr_assert_eq(t.targets[0].comparable.day, day(2020, 1, 15));
	t = ask(1, year_of(2020));
	cr_assert_eq(t.target_count, 0);
	/* the bridge says the same the other way round: under the tree of today */
	b = bridge(2, year_of(2020), day(2020, 12, 31));
	cr_assert_eq(of(b.was.measures, &b.was), 241);
	cr_assert_eq(of(b.is.measures, &b.is), 239);
	cr_assert_eq(b.count, 1);
	line_is(&b, 0, 5, false, lsn, -2);
	b = bridge(2, year_of(2020), day(2020, 1, 1));
	cr_assert_eq(of(b.is.measures, &b.is), 250);
	cr_assert_eq(b.count, 1);
	line_is(&b, 0, 5, true, lsn, 9);
	b = bridge(3, year_of(2020), day(2020, 12, 31));
	line_is(&b, 0, 5, true, lsn, 2);
	b = bridge(1, year_of(2020), day(2020, 12, 31));
	cr_assert_eq(b.count, 0, "inside the province nothing changed");
}

/* C2 and C3 become one commune across the border of two districts: nobody can tell them apart afterwards. */
Test(acts_figures, what_was_merged_over_a_border_cannot_be_compared)
{
	static const uint32_t to_new[] = { 8 };
	static const struct op_change merged[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 8,
		  .parent = 2,
		  .kind = UNIT_COMMUNE,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("N") },
		{ .what = CHANGE_MERGE, .unit = 5, .into = to_new, .into_count = 1 },
		{ .what = CHANGE_MERGE, .unit = 6, .into = to_new, .into_count = 1 },
	};
	struct op op = build_target(2, year_of(2020), "admitted", "5", 50);
	struct totals t;

	world_act_now(&w, &op);
	sheet(5, month_of(2020, 1), 3);
	sheet(6, month_of(2020, 1), 30);
	act("1", day(2020, 7, 1), merged, ARRAY_LEN(merged));
	sheet(8, month_of(2020, 8), 8);
	t = ask(2, year_of(2020));
	cr_assert_eq(t.targets[0].attained, 11);
	cr_assert(t.targets[0].comparable.changed);
	cr_assert_not(t.targets[0].comparable.known);
	t = ask(2, (struct period){ day(2020, 1, 1), day(2020, 6, 30) });
	cr_assert_not(t.targets[0].comparable.changed);
}

/* C3 goes on and takes C2 over from the other district: its months since are of people of both. */
Test(acts_figures, what_went_over_a_border_into_one_that_goes_on_cannot_be_compared)
{
	static const uint32_t to_c3[] = { 6 };
	static const struct op_change taken[] = {
		{ .what = CHANGE_MERGE, .unit = 5, .into = to_c3, .into_count = 1 },
	};
	static const uint32_t asked[] = { 2, 3, 6 };
	struct period half = { day(2020, 1, 1), day(2020, 7, 31) };

	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct op op = build_target(asked[i], year_of(2020), "admitted", "5", 50);

		world_act_now(&w, &op);
	}
	sheet(5, month_of(2020, 1), 3);
	sheet(6, month_of(2020, 1), 30);
	act("1", day(2020, 7, 1), taken, 1);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct totals t = ask(asked[i], half);

		cr_assert(t.targets[0].comparable.changed);
		cr_assert(t.targets[0].comparable.known, "%u: nothing is of both yet", asked[i]);
		cr_assert_eq(t.targets[0].comparable.sum, asked[i] == 2 ? 3 : 30);
	}
	sheet(6, month_of(2020, 8), 8);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct totals t = ask(asked[i], year_of(2020));

		cr_assert_eq(t.targets[0].attained, asked[i] == 2 ? 3 : 38);
		cr_assert(t.targets[0].comparable.changed);
		cr_assert_not(t.targets[0].comparable.known, "%u", asked[i]);
	}
}

/* A target that came with the unit: its own months from the act on, and with those of before. */
Test(acts_figures, a_target_that_was_handed_over_goes_with_the_territory)
{
	static const uint32_t to_c2[] = { 5 };
	static const int64_t all[] = { 20 };
	struct op_change taken[] = {
		{ .what = CHANGE_TARGET, .unit = 4, .into = to_c2, .into_count = 1, .values = all },
		{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
	};
	struct op op = build_target(4, year_of(2020), "admitted", "7", 20);
	struct totals t;

	taken[0].target_lsn = world_act_now(&w, &op);
	sheet(4, month_of(2020, 3), 6);
	sheet(5, month_of(2020, 3), 1);
	act("1", day(2020, 7, 1), taken, ARRAY_LEN(taken));
	sheet(5, month_of(2020, 8), 9);
	t = ask(5, year_of(2020));
	cr_assert_eq(t.target_count, 1);
	cr_assert_eq(t.targets[0].attained, 10, "what it reported itself");
	cr_assert_eq(t.targets[0].handed_from, day(2020, 7, 1));
	cr_assert(t.targets[0].comparable.known, "with the months before the act");
	cr_assert_eq(t.targets[0].comparable.day, day(2020, 7, 1));
	cr_assert_eq(t.targets[0].comparable.sum, 16);
	t = ask(5, (struct period){ day(2020, 7, 1), day(2020, 12, 31) });
	cr_assert_not(t.targets[0].comparable.changed, "nothing of these days is another's");
	t = ask(4, year_of(2020));
	cr_assert_eq(t.target_count, 0);
}

/* C1, C2 and what N is given itself, all by one document: what came together is one number to reach. By another document it
 * is another one. */
Test(acts_figures, targets_that_came_together_are_one_number)
{
	static const uint32_t to_c2[] = { 5 };
	static const int64_t all[] = { 20 }, other[] = { 9 };
	struct op_change taken[] = {
		{ .what = CHANGE_TARGET, .unit = 4, .into = to_c2, .into_count = 1, .values = all },
		{ .what = CHANGE_TARGET,
		  .unit = 4,
		  .into = to_c2,
		  .into_count = 1,
		  .values = other },
		{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
	};
	struct op op = build_target(4, year_of(2020), "admitted", "7", 20);
	const struct target_line *lines;
	struct totals t;
	uint64_t before;
	size_t count;

	taken[0].target_lsn = world_act_now(&w, &op);
	op = build_target(4, year_of(2020), "admitted", "8", 9);
	op.target.instrument = INSTR_LETTER;
	taken[1].target_lsn = world_act_now(&w, &op);
	op = build_target(5, year_of(2020), "admitted", "7", 22);
	world_act_now(&w, &op);
	op = build_target(2, year_of(2020), "admitted", "7", 42);
	before = world_act_now(&w, &op);
	act("1", day(2020, 7, 1), taken, ARRAY_LEN(taken));
	sheet(5, month_of(2020, 8), 21);
	t = ask(5, year_of(2020));
	cr_assert_eq(t.target_count, 2);
	cr_assert_eq(t.targets[0].goal, 42);
	cr_assert_eq(t.targets[0].target.value, 42);
	cr_assert_eq(t.targets[0].excess, -21);
	cr_assert_eq(t.targets[0].handed_from, day(2020, 7, 1));
	cr_assert_eq(t.targets[1].goal, 9, "by another document");
	t = ask(2, year_of(2020));
	cr_assert_eq(t.sum_below, 42);
	/* each can be handed on for itself */
	must(query_targets(&lines, &count, w.l, 5, year_of(2020), UINT64_MAX, w.a, &w.e), &w.e,
	     "targets");
	cr_assert_eq(count, 3);
	must(query_goals(&lines, &count, w.l, 5, year_of(2020), before, w.a, &w.e), &w.e, "goals");
	cr_assert(count == 1 && lines[0].goal == 22, "known before the act");
}

static struct op rate_target(uint32_t unit, const char *measure, const char *doc_no,
			     enum target_type type, int64_t base)
{
	struct op op = build_target(unit, year_of(2020), measure, doc_no, 0);

	op.target.type = type;
	op.target.rate_digits = 3;
	op.target.has_base = true;
	op.target.base_value = base;
	return op;
}

/* By rates, as most are given: what is handed over is a number then, and still the same target as the taker's own. At most so
 * many stays at most so many. */
Test(acts_figures, rates_and_limits_that_came_together_are_one_number)
{
	static const uint32_t to_c2[] = { 5 };
	static const int64_t nine[] = { 9 }, two[] = { 2 };
	struct op_change taken[] = {
		{ .what = CHANGE_TARGET,
		  .unit = 4,
		  .into = to_c2,
		  .into_count = 1,
		  .values = nine },
		{ .what = CHANGE_TARGET, .unit = 4, .into = to_c2, .into_count = 1, .values = two },
		{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
	};
	struct op op = rate_target(5, "admitted", "7", TARGET_RATE, 200);
	struct totals t;

	world_act_now(&w, &op);
	op = rate_target(4, "admitted", "7", TARGET_RATE, 300);
	taken[0].target_lsn = world_act_now(&w, &op);
	op = rate_target(4, "admitted", "8", TARGET_RATE_MAXIMUM, 70);
	taken[1].target_lsn = world_act_now(&w, &op);
	op = rate_target(5, "admitted", "8", TARGET_RATE_MAXIMUM, 100);
	world_act_now(&w, &op);
	op = build_target(2, year_of(2020), "admitted", "7", 15);
	world_act_now(&w, &op);
	sheet(4, month_of(2020, 2), 4);
	act("1", day(2020, 7, 1), taken, ARRAY_LEN(taken));
	sheet(5, month_of(2020, 8), 11);
	t = ask(5, year_of(2020));
	cr_assert_eq(t.target_count, 2, "%zu targets", t.target_count);
	cr_assert_eq(t.targets[0].goal, 15, "%" PRId64 " to reach", t.targets[0].goal);
	cr_assert_eq(t.targets[0].target.type, TARGET_MINIMUM);
	cr_assert_eq(t.targets[0].excess, -4);
	cr_assert_eq(t.targets[1].goal, 5, "%" PRId64 " at most", t.targets[1].goal);
	cr_assert_eq(t.targets[1].target.type, TARGET_MAXIMUM);
	cr_assert_eq(t.targets[1].excess, 6);
	t = ask(2, year_of(2020));
	cr_assert_eq(t.sum_below, 15);
}

/* 20 came to C2, beside its own 22 or as all that it has by that document; it is amended like what it was given itself. */
Test(acts_figures, what_was_handed_over_is_amended_too)
{
	static const uint32_t to_c2[] = { 5 };
	static const int64_t all[] = { 20 };
	struct op_change taken = {
		.what = CHANGE_TARGET, .unit = 4, .into = to_c2, .into_count = 1, .values = all
	};

	for (int own = 0; own < 2; own++) {
		const char *first = own ? "8" : "7", *second = own ? "8b" : "7b";
		struct op op = build_target(4, year_of(2020 + own), "admitted", first, 20);
		uint64_t before;
		struct totals t;
		struct query q = { .unit = 5, .period = year_of(2020 + own) };

		taken.target_lsn = world_act_now(&w, &op);
		op = build_target(5, year_of(2020 + own), "admitted", first, 22);
		if (own)
			world_act_now(&w, &op);
		before = act(first, day(2020, 7, 1), &taken, 1);
		op = build_target(5, year_of(2020 + own), "admitted", second, 30);
		op.target.supersedes = span_str(first);
		op.reason = SPAN_LIT("fewer");
		must(world_try(&w, &op), &w.e, "amended");
		t = ask(5, q.period);
		cr_assert_eq(t.target_count, 1, "%zu targets", t.target_count);
		cr_assert_eq(t.targets[0].goal, 30);
		q.known_at = before;
		must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
		cr_assert_eq(t.targets[0].goal, own ? 42 : 20, "as known before");
		q.known_at = UINT64_MAX;
		q.of_doc = span_str(first);
		must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
		cr_assert_eq(t.target_count, 2, "the earlier version, where it is named");
		cr_assert_gt(t.targets[0].superseded_by, before);
	}
}

/* 3 % of the members: whoever hands it on is told 9, and 9 is what can be handed on. */
Test(acts_figures, a_rate_without_a_stated_base_can_be_handed_on)
{
	static const uint32_t to_c2[] = { 5 };
	static const int64_t nine[] = { 9 };
	struct op_change taken = {
		.what = CHANGE_TARGET, .unit = 4, .into = to_c2, .into_count = 1, .values = nine
	};
	struct op op = rate_target(4, "admitted", "7", TARGET_RATE, 0);
	struct totals t;

	op.target.has_base = false;
	taken.target_lsn = world_act_now(&w, &op);
	op = build_members(4, day(2019, 12, 31), 300);
	world_act_now(&w, &op);
	t = ask(4, year_of(2020));
	cr_assert_eq(t.targets[0].goal, 9);
	act("1", day(2020, 7, 1), &taken, 1);
	t = ask(5, year_of(2020));
	cr_assert_eq(t.targets[0].goal, 9);
}

/* ---- the year before ---- */

Test(acts_figures, the_year_before_of_what_was_split)
{
	static const uint32_t into[] = { 8, 6 };
	static const uint32_t shares[] = { 333333, 333333 }, halves[] = { 500000, 500000 };
	struct op_change split[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 8,
		  .parent = 1,
		  .kind = UNIT_COMMUNE,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("N") },
		{ .what = CHANGE_SPLIT, .unit = 4, .into = into, .into_count = 2, .shares = shares }
	};
	static const uint32_t both[] = { 6, 7 };
	struct op_change ends[] = { { .what = CHANGE_SPLIT,
				      .unit = 5,
				      .into = both,
				      .into_count = 2,
				      .shares = halves,
				      .ends = true } };
	struct totals t;
	int64_t sum = 0;

	sheet(4, month_of(2020, 8), 11);
	sheet(5, month_of(2020, 8), 5);
	sheet(6, month_of(2020, 8), 100);
	t = ask(4, month_of(2021, 8));
	cr_assert_eq(of(t.prev_year, &t), 11);
	cr_assert_not(t.prev_year_merged);
	act("1", day(2021, 1, 1), split, ARRAY_LEN(split));
	act("2", day(2021, 1, 1), ends, ARRAY_LEN(ends));
	t = ask(8, month_of(2021, 8));
	cr_assert(t.prev_year_merged, "marked as computed");
	cr_assert_eq(of(t.prev_year, &t), 4, "3.67, as the rest: after the largest remainder");
	sum += of(t.prev_year, &t);
	t = ask(4, month_of(2021, 8));
	cr_assert_eq(of(t.prev_year, &t), 4, "what it kept");
	cr_assert(t.prev_year_merged);
	sum += of(t.prev_year, &t);
	t = ask(6, month_of(2021, 8));
	cr_assert_eq(of(t.prev_year, &t), 100 + 3 + 3, "its own, and two shares");
	sum += of(t.prev_year, &t);
	t = ask(7, month_of(2021, 8));
	cr_assert_eq(of(t.prev_year, &t), 2);
	sum += of(t.prev_year, &t);
	cr_assert_eq(sum, 11 + 5 + 100, "parts are the whole");
	t = ask(1, month_of(2021, 8));
	cr_assert_eq(of(t.prev_year, &t), 116);
	cr_assert_not(t.prev_year_merged, "the province was there");
}

static void members_are(uint32_t unit, struct period p, int64_t members_end)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 14, members_end, 0);
	draft_put(&d, 2, 0, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	must(world_try(&w, draft_op(&d)), &w.e, "a sheet");
}

/* "growth" compares with the month before; whoever takes others over begins with their members too. */
Test(acts_figures, the_month_of_a_merger_told_afterwards_is_judged_once_more)
{
	static const uint32_t into[] = { 4 };
	struct op_change merge[] = {
		{ .what = CHANGE_MERGE, .unit = 5, .into = into, .into_count = 1 }
	};

	members_are(4, month_of(2020, 7), 10);
	members_are(4, month_of(2020, 8), 30);
	members_are(4, month_of(2020, 9), 50);
	cr_assert_eq(ask(4, month_of(2020, 8)).sheets.broken, 1, "nobody was admitted");
	cr_assert_eq(ask(1, month_of(2020, 8)).sheets.broken, 1);
	act("1", day(2020, 8, 1), merge, ARRAY_LEN(merge));
	cr_assert_eq(ask(4, month_of(2020, 8)).sheets.broken, 0, "the others' members");
	cr_assert_eq(ask(1, month_of(2020, 8)).sheets.broken, 0);
	cr_assert_eq(ask(4, month_of(2020, 9)).sheets.broken, 1, "a month later it is itself");
}

static int64_t past(uint32_t unit, struct period p, day_t on)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX, .measure = 2 };
	struct measure_total m;

	must(query_past(&m, w.l, &q, on, &w.e), &w.e, "the past");
	return m.count ? m.sum : -1;
}

/* However many years back: by the territory of the day that is asked about. */
Test(acts_figures, months_of_years_ago_of_what_was_split)
{
	static const uint32_t into[] = { 8 };
	static const uint32_t shares[] = { 250000 };
	struct op_change split[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 8,
		  .parent = 1,
		  .kind = UNIT_COMMUNE,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("N") },
		{ .what = CHANGE_SPLIT, .unit = 4, .into = into, .into_count = 1, .shares = shares }
	};

	sheet(4, month_of(2020, 8), 9);
	sheet(4, month_of(2021, 8), 8);
	sheet(5, month_of(2020, 8), 5);
	act("1", day(2023, 1, 1), split, ARRAY_LEN(split));
	cr_assert_eq(past(8, month_of(2020, 8), day(2023, 6, 30)), 2);
	cr_assert_eq(past(8, month_of(2021, 8), day(2023, 6, 30)), 2);
	cr_assert_eq(past(4, month_of(2020, 8), day(2023, 6, 30)), 7);
	cr_assert_eq(past(4, month_of(2021, 8), day(2023, 6, 30)), 6);
	cr_assert_eq(past(4, month_of(2021, 7), day(2023, 6, 30)), -1, "nobody reported it");
	cr_assert_eq(past(8, month_of(2021, 7), day(2023, 6, 30)), -1);
	cr_assert_eq(past(4, month_of(2020, 8), day(2022, 12, 31)), 9, "on the day before");
	cr_assert_eq(past(8, month_of(2020, 8), day(2022, 12, 31)), -1);
	cr_assert_eq(past(5, month_of(2020, 8), day(2023, 6, 30)), 5);
	cr_assert_eq(past(2, month_of(2020, 8), day(2023, 6, 30)), 14, "the district was there");
}

/* Two become one, and a quarter of that goes to a new one a year later. */
Test(acts_figures, months_of_years_ago_of_what_was_merged_and_then_split)
{
	static const uint32_t one[] = { 4 }, into[] = { 8 };
	static const uint32_t shares[] = { 250000 };
	struct op_change merge = { .what = CHANGE_MERGE, .unit = 5, .into = one, .into_count = 1 };
	struct op_change split[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 8,
		  .parent = 1,
		  .kind = UNIT_COMMUNE,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("N") },
		{ .what = CHANGE_SPLIT, .unit = 4, .into = into, .into_count = 1, .shares = shares }
	};

	sheet(4, month_of(2020, 8), 9);
	sheet(5, month_of(2020, 8), 11);
	act("1", day(2022, 1, 1), &merge, 1);
	act("2", day(2023, 1, 1), split, ARRAY_LEN(split));
	cr_assert_eq(past(8, month_of(2020, 8), day(2023, 6, 30)), 5);
	cr_assert_eq(past(4, month_of(2020, 8), day(2023, 6, 30)), 15);
	cr_assert_eq(past(4, month_of(2020, 8), day(2022, 6, 30)), 20);
}
