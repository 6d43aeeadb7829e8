/* Acts of reorganisation in the ledger: held against the naive model after every one, and rule by rule. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/acts.h"
#include "ledger/verify.h"
#include "naive_internal.h"

#include "same_series.h"

static struct world w;
static struct naive *n;
static uint64_t told, life_seed;
static unsigned bridged;
static size_t in_series; /* parts of series that had figures */
static size_t in_months, in_parts;

static void tell_all(void)
{
	struct buf b;

	while (told < ledger_info(w.l).lsn) {
		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(w.l, ++told, &b, &w.e), &w.e, "entry");
		naive_tell(n, buf_span(&b));
		buf_fini(&b);
	}
}

static void open_small(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	n = naive_new();
	told = 0;
	tell_all();
}

static void close_small(void)
{
	struct verify_report report;

	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	naive_free(n);
	world_close(&w);
}

static struct op act_op(day_t from, const struct op_change *changes, size_t count)
{
	return (struct op){ .kind = OP_ACT,
			    .source = SPAN_LIT("console:test"),
			    .act = { .no = SPAN_LIT("1-QĐ/TU"),
				     .signer = SPAN_LIT("A"),
				     .signed_day = from,
				     .effective = from,
				     .changes = changes,
				     .count = count } };
}

static void act(day_t from, const struct op_change *changes, size_t count)
{
	struct op op = act_op(from, changes, count);

	world_act_now(&w, &op);
	tell_all();
}

static void refused(day_t from, const struct op_change *changes, size_t count, const char *says)
{
	struct op op = act_op(from, changes, count);
	uint64_t before = ledger_info(w.l).lsn;

	cr_assert_eq(world_try(&w, &op), -ERR_INVALID, "accepted, but %s", says);
	cr_assert_not_null(strstr(w.e.msg, says), "%s", w.e.msg);
	cr_assert_eq(ledger_info(w.l).lsn, before);
}

static int send(uint32_t unit, struct period p, int64_t admitted)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	d.op.reason = SPAN_LIT("asked for"); /* an amendment where the month is closed */
	return world_try(&w, draft_op(&d));
}

static void sheet(uint32_t unit, struct period p, int64_t admitted)
{
	must(send(unit, p, admitted), &w.e, "a sheet");
	tell_all();
}

static struct totals ask(uint32_t unit, struct period p, uint64_t known, enum query_tree tree,
			 day_t on)
{
	struct query q = {
		.unit = unit, .period = p, .known_at = known, .tree = tree, .tree_day = on
	};
	struct totals t;

	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
	return t;
}

static int64_t admitted(const struct totals *t, bool year_before)
{
	const struct measure_total *m = year_before ? t->prev_year : t->measures;

	for (size_t i = 0; i < t->measure_count; i++)
		if (m[i].measure == 2)
			return m[i].count ? m[i].sum : -1;
	return -2;
}

static void same(uint32_t unit, struct period p, uint64_t known, enum query_tree tree, day_t on)
{
	struct totals t = ask(unit, p, known, tree, on);
	struct naive_view view = { tree == TREE_AS_IS, on };
	static struct naive_totals want;

	naive_totals_in(n, &view, unit, p, known, &want);
	for (size_t i = 0; i < t.measure_count; i++) {
		uint16_t m = t.measures[i].measure;

		cr_assert_eq(t.measures[i].count, want.count[m],
			     "unit %u measure %u: %" PRIu64 " sheets, not %" PRIu64, unit, m,
			     t.measures[i].count, want.count[m]);
		cr_assert_eq(t.measures[i].sum, want.sum[m]);
	}
	for (int k = 0; k < UNIT_KINDS; k++)
		cr_assert_eq(t.units[k], want.units[k],
			     "unit %u: %" PRIu64 " of kind %d, not %" PRIu64, unit, t.units[k], k,
			     want.units[k]);
	cr_assert_eq(t.sheets.signed_, want.signed_);
	cr_assert_eq(t.reporting.expected, want.expected,
		     "seed %" PRIu64 " %d..%d known %" PRIu64 " view %d: unit %u: %" PRIu64
		     " expected, not %" PRIu64,
		     life_seed, p.from, p.to, known, tree, unit, t.reporting.expected,
		     want.expected);
	cr_assert_eq(t.reporting.reported, want.reported);
	cr_assert_eq(t.sheets.expected, want.sheets_expected,
		     "unit %u: %" PRIu64 " sheets due, not %" PRIu64, unit, t.sheets.expected,
		     want.sheets_expected);
}

/* ---- a story of many acts ---- */

enum { MONTHS = 10, ROUNDS = 60, ALL_MAX = 128 };

static size_t alive_on(day_t d, const struct unit **out)
{
	const struct tree *t = ledger_tree(w.l);
	size_t count = 0;

	for (size_t i = 0; i < tree_count(t) && count < ALL_MAX; i++)
		if (unit_alive(tree_at(t, i), d))
			out[count++] = tree_at(t, i);
	return count;
}

static char codes[ROUNDS * 2][8];
static size_t code_count;

/* Some act that may or may not be allowed; 1 done, 0 refused. */
static int random_act(struct rng *r)
{
	const struct unit *u[ALL_MAX];
	day_t from = day(2022, 1 + (int)rng_below(r, MONTHS + 2), rng_chance(r, 30) ? 15 : 1);
	size_t count = alive_on(from, u);
	uint32_t a, b, next = tree_max(ledger_tree(w.l)) + 1, into[2];
	uint32_t shares[2] = { 250000, 750000 };
	struct op_change c[4] = { { .what = CHANGE_NONE } };
	size_t changes = 1;
	struct op op;

	if (count < 3)
		return 0;
	a = u[1 + rng_below(r, (uint32_t)count - 1)]->unit;
	b = u[rng_below(r, (uint32_t)count)]->unit;
	snprintf(codes[code_count], sizeof(codes[0]), "N%u", next);
	into[0] = next;
	into[1] = b;
	switch (rng_below(r, 7)) {
	case 0:
	case 1:
		c[0] = (struct op_change){ .what = CHANGE_MOVE, .unit = a, .parent = b };
		break;
	case 2: /* two into a new one, beside the first */
	case 3:
		c[0] = (struct op_change){ .what = CHANGE_CREATE,
					   .unit = next,
					   .parent = unit_parent(tree_get(ledger_tree(w.l), a),
								 from, UINT64_MAX),
					   .kind = UNIT_COMMUNE,
					   .code = span_str(codes[code_count]),
					   .name = SPAN_LIT("New") };
		c[1] = (struct op_change){
			.what = CHANGE_MERGE, .unit = a, .into = into, .into_count = 1
		};
		c[2] = c[1];
		c[2].unit = b;
		changes = a == b ? 2 : 3;
		break;
	case 4: /* into one that is there */
		into[0] = b;
		c[0] = (struct op_change){
			.what = CHANGE_MERGE, .unit = a, .into = into, .into_count = 1
		};
		break;
	case 5:
		c[0] = (struct op_change){ .what = CHANGE_CREATE,
					   .unit = next,
					   .parent = unit_parent(tree_get(ledger_tree(w.l), a),
								 from, UINT64_MAX),
					   .kind = UNIT_BASE_CELL,
					   .code = span_str(codes[code_count]),
					   .name = SPAN_LIT("Part") };
		c[1] = (struct op_change){ .what = CHANGE_SPLIT,
					   .unit = a,
					   .into = into,
					   .into_count = 2,
					   .shares = shares,
					   .ends = rng_chance(r, 50) };
		changes = 2;
		break;
	default:
		c[0] = (struct op_change){ .what = rng_chance(r, 50) ? CHANGE_DISSOLVE
								     : CHANGE_KIND,
					   .unit = a };
		c[0].kind = c[0].what == CHANGE_KIND ? UNIT_BASE_COMMITTEE : UNIT_NONE;
	}
	op = act_op(from, c, changes);
	if (world_try(&w, &op))
		return 0;
	code_count++;
	tell_all();
	return 1;
}

static void random_sheet(struct rng *r)
{
	const struct unit *u[ALL_MAX];
	struct period p = month_of(2022, 1 + (int)rng_below(r, MONTHS));
	size_t count = alive_on(p.to, u);

	if (rng_chance(r, 10))
		p.from = p.to - 15;
	if (count && !send(u[rng_below(r, (uint32_t)count)]->unit, p, 1 + rng_below(r, 9)))
		tell_all();
}

static void check_month(struct period p)
{
	const struct tree *t = ledger_tree(w.l);

	for (size_t i = 0; i < tree_count(t); i++) {
		uint32_t unit = tree_at(t, i)->unit;

		/* maintained rows answer the first, the scan the others */
		same(unit, p, UINT64_MAX, TREE_AS_WAS, 0);
		same(unit, p, UINT64_MAX, TREE_AS_IS, day(2022, 12, 31));
	}
}

/* As it was and the lines are together as it is, of each measure; what is told of a line is of its unit alone. */
static void check_bridge(struct rng *r, struct period p)
{
	const struct tree *t = ledger_tree(w.l);
	struct query q = { .unit = tree_at(t, rng_below(r, (uint32_t)tree_count(t)))->unit,
			   .period = p,
			   .known_at = UINT64_MAX,
			   .tree = TREE_AS_IS,
			   .tree_day = day(2022, 1 + (int)rng_below(r, MONTHS + 2), 20) };
	struct bridge b;

	must(query_bridge(&b, w.l, &q, w.a, &w.e), &w.e, "bridge");
	bridged += b.count > 0;
	for (size_t m = 0; m < b.is.measure_count; m++) {
		int64_t sum = b.was.measures[m].sum, count = (int64_t)b.was.measures[m].count;

		for (size_t i = 0; i < b.count; i++) {
			sum += b.lines[i].sums[m].sum;
			count += b.lines[i].in ? (int64_t)b.lines[i].sums[m].count
					       : -(int64_t)b.lines[i].sums[m].count;
		}
		cr_assert_eq(sum, b.is.measures[m].sum,
			     "seed %" PRIu64 " unit %u: %" PRId64 ", not %" PRId64, life_seed,
			     q.unit, sum, b.is.measures[m].sum);
		cr_assert_eq(count, (int64_t)b.is.measures[m].count);
	}
	for (size_t i = 0; i < b.count; i++)
		cr_assert(b.lines[i].act_lsn, "seed %" PRIu64 ": unit %u moved by no act",
			  life_seed, b.lines[i].unit);
}

/* One walk for many days says what each of them says alone, known whenever, under whatever tree. */
static void check_series(struct rng *r) /* a chance of its own: the lives stay what they were */
{
	const struct tree *t = ledger_tree(w.l);
	struct period periods[12];
	struct query q = { .unit = tree_at(t, rng_below(r, (uint32_t)tree_count(t)))->unit,
			   .known_at = rng_below(r, (uint32_t)ledger_info(w.l).lsn) + 1,
			   .tree = rng_chance(r, 50) ? TREE_AS_IS : TREE_AS_WAS,
			   .tree_day = day(2022, 1 + (int)rng_below(r, MONTHS + 2), 20),
			   .basis = (enum query_basis)rng_below(r, 3) };

	if (rng_chance(r, 30))
		q.known_at = UINT64_MAX;
	if (tree_get(t, q.unit)->created_lsn > q.known_at)
		q.unit = 1;
	in_series += same_series(w.l, &q, periods, some_periods(r, 2022, periods, 12));
}

/* Figures of sheets that stand at `unit` itself on that day, or came to it, by the naive model; none of `below`. */
static int64_t own_of(uint32_t unit, const struct unit **below, size_t count, struct period p,
		      day_t on)
{
	static struct naive_key keys[4096];
	size_t key_count = naive_keys(n, UINT64_MAX, keys, ARRAY_LEN(keys));
	int64_t sum = 0;

	for (size_t i = 0; i < key_count; i++) {
		struct naive_view view = { true, on };
		struct naive_version winner;
		static struct naive_sheet s;
		bool inside_below = false;
		size_t values;

		for (size_t k = 0; k < count; k++)
			inside_below |= naive_inside_as(n, &view, keys[i].unit, below[k]->unit,
							keys[i].period.to, UINT64_MAX);
		if (inside_below || keys[i].form != FORM_SHORT ||
		    !period_inside(keys[i].period, p) ||
		    !naive_inside_as(n, &view, keys[i].unit, unit, keys[i].period.to, UINT64_MAX))
			continue;
		naive_sheet(n, keys[i], UINT64_MAX, &s);
		if (s.sign_lsn && naive_figure(&s, 2, keys[i].unit, &values, &winner))
			sum += winner.value;
	}
	return sum;
}

/* Parts are the whole: of a flow the months of a year, of a unit those directly below it, under any tree. Who reports in
 * a place of its own above others is beside them: what came to it by acts, and nothing else. */
static void check_parts(struct rng *r)
{
	struct period all = { day(2022, 1, 1), day(2022, MONTHS, 31) };
	day_t on = day(2022, 1 + (int)rng_below(r, MONTHS + 2), 20);
	enum query_tree tree = rng_chance(r, 50) ? TREE_AS_IS : TREE_AS_WAS;
	const struct tree *t = ledger_tree(w.l);
	uint32_t unit = tree_at(t, rng_below(r, (uint32_t)tree_count(t)))->unit;
	const struct unit **below;
	size_t count;
	struct totals whole = ask(unit, all, UINT64_MAX, tree, on);
	int64_t sum = 0, one;

	for (int m = 1; m <= MONTHS; m++) {
		struct totals part = ask(unit, month_of(2022, m), UINT64_MAX, tree, on);

		one = admitted(&part, false);
		sum += one > 0 ? one : 0;
	}
	one = admitted(&whole, false);
	cr_assert_eq(sum, one > 0 ? one : 0,
		     "seed %" PRIu64 ": the months of unit %u are %" PRId64
		     ", the year is %" PRId64,
		     life_seed, unit, sum, one);
	in_months += sum > 0;
	if (tree != TREE_AS_IS)
		return;
	must(tree_children(t, unit, on, UINT64_MAX, &below, &count, &w.e), &w.e, "below");
	for (size_t i = 0; i < count; i++) {
		struct totals part = ask(below[i]->unit, all, UINT64_MAX, TREE_AS_IS, on);

		one = admitted(&part, false);
		sum -= one > 0 ? one : 0;
	}
	cr_assert_geq(sum, 0, "seed %" PRIu64 ": those below unit %u are more than it", life_seed,
		      unit);
	cr_assert_eq(sum, own_of(unit, below, count, all, on),
		     "seed %" PRIu64 ": unit %u has %" PRId64 " beside those below it", life_seed,
		     unit, sum);
	in_parts += count > 0 && one > 0;
}

/* Months that were closed, and what the closed report said then. */
static struct closed_month {
	uint32_t unit;
	struct period days;
	int64_t admitted;
	uint64_t signed_, lsn;
} closed[ROUNDS];
static size_t closed_count;
static unsigned amended;

static struct totals ask_closed(uint32_t unit, struct period p)
{
	struct query q = {
		.unit = unit, .period = p, .known_at = UINT64_MAX, .basis = BASIS_CLOSED
	};
	struct totals t;

	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "closed totals");
	return t;
}

static void random_close(struct rng *r)
{
	struct closed_month c = { .unit = 1 + rng_below(r, 3),
				  .days = month_of(2022, 1 + (int)rng_below(r, MONTHS)) };
	struct op op = { .kind = OP_CLOSE, .unit = c.unit, .close = { FORM_SHORT, c.days } };
	struct totals t;

	if (world_try(&w, &op))
		return;
	tell_all();
	t = ask_closed(c.unit, c.days);
	c.admitted = admitted(&t, false);
	c.signed_ = t.sheets.signed_;
	c.lsn = t.known_lsn;
	closed[closed_count++] = c;
}

/* Whatever acts, amendments and closings came after: the closed report is what it was. */
static void check_closed(void)
{
	for (size_t i = 0; i < closed_count; i++) {
		const struct closed_month *c = &closed[i];
		struct totals t = ask_closed(c->unit, c->days);

		cr_assert_eq(admitted(&t, false), c->admitted, "seed %" PRIu64 " closing %zu",
			     life_seed, i);
		cr_assert_eq(t.sheets.signed_, c->signed_);
		cr_assert_eq(t.known_lsn, c->lsn);
		t = ask(c->unit, c->days, UINT64_MAX, TREE_AS_WAS, 0);
		amended += admitted(&t, false) != c->admitted;
	}
}

static void life(uint64_t seed)
{
	struct rng r = { life_seed = seed }, other = { seed + 1 }, third = { seed + 2 };
	unsigned done = 0, refused_acts = 0;
	int64_t then[ROUNDS];
	uint64_t then_lsn[ROUNDS];
	struct period all = { day(2022, 1, 1), day(2022, MONTHS, 31) };

	code_count = closed_count = 0;
	open_small();
	w.now_ms = instant_of_day_start(day(2023, 1, 5));
	for (int i = 0; i < ROUNDS; i++) {
		struct totals t;

		for (uint32_t k = rng_below(&r, 6); k; k--)
			random_sheet(&r);
		if (rng_chance(&r, 60)) {
			if (random_act(&r))
				done++;
			else
				refused_acts++;
		}
		if (rng_chance(&r, 12))
			random_close(&r);
		check_month(month_of(2022, 1 + (int)rng_below(&r, MONTHS)));
		check_bridge(&r, month_of(2022, 1 + (int)rng_below(&r, MONTHS)));
		check_bridge(&r, all);
		check_series(&other);
		check_parts(&third);
		t = ask(1 + rng_below(&r, 3), all, UINT64_MAX, TREE_AS_WAS, 0);
		then[i] = admitted(&t, false);
		then_lsn[i] = t.known_lsn * 8 + t.asked.unit;
		if (rng_chance(&r, 15))
			world_reopen(&w);
	}
	for (int m = 1; m <= MONTHS; m++)
		check_month(month_of(2022, m));
	check_month(all);
	for (int i = 0; i < ROUNDS; i++) { /* what was told then is told of then for ever */
		struct totals t = ask((uint32_t)(then_lsn[i] % 8), all, then_lsn[i] / 8,
				      TREE_AS_WAS, 0);

		cr_assert_eq(admitted(&t, false), then[i], "known at %" PRIu64, then_lsn[i] / 8);
		same((uint32_t)(then_lsn[i] % 8), all, then_lsn[i] / 8, TREE_AS_WAS, 0);
		same(1, month_of(2022, 6), then_lsn[i] / 8, TREE_AS_IS, day(2022, 9, 1));
	}
	check_closed();
	cr_assert_gt(done, 3, "seed %" PRIu64 ": %u acts, %u refused", seed, done, refused_acts);
	cr_assert_gt(refused_acts, 0);
	close_small();
}

Test(acts, many_lives_against_the_naive_model)
{
	for (uint64_t seed = 1; seed <= 16; seed++)
		life(seed * 7919);
	cr_assert_gt(amended, 3, "%u closed months are other now", amended);
	cr_assert_gt(bridged, 20, "%u bridges had lines", bridged);
	cr_assert_gt(in_series, 500, "%zu parts of series had figures", in_series);
	cr_assert_gt(in_months, 100, "%zu years had figures", in_months);
	cr_assert_gt(in_parts, 30, "%zu units had parts with figures", in_parts);
}

/* ---- by hand ---- */

static const uint32_t to_new[] = { 8 }, to_c2[] = { 5 }, to_both[] = { 8, 6 };

#define NEW_COMMUNE(form)                                                            \
	{                                                                            \
		.what = CHANGE_CREATE, .unit = 8, .parent = 1, .kind = UNIT_COMMUNE, \
		.code = SPAN_LIT("N"), .name = SPAN_LIT("Xã N"), .reports = (form)   \
	}
#define INTO(unit_, into_)                                                              \
	{                                                                               \
		.what = CHANGE_MERGE, .unit = (unit_), .into = (into_), .into_count = 1 \
	}

static const struct op_change district_ends[] = {
	NEW_COMMUNE(0),
	INTO(4, to_new),
	INTO(5, to_new),
	{ .what = CHANGE_DISSOLVE, .unit = 2 },
};

Test(acts, a_merger_in_the_middle_of_a_month)
{
	struct totals t;
	uint64_t before;

	open_small();
	w.now_ms = instant_of_day_start(day(2026, 1, 5));
	sheet(4, month_of(2024, 6), 3);
	sheet(5, month_of(2024, 6), 4);
	sheet(6, month_of(2024, 6), 100);
	sheet(4, month_of(2025, 5), 1);
	before = ledger_info(w.l).lsn;
	act(day(2025, 6, 16), district_ends, ARRAY_LEN(district_ends));
	/* the month is cut: up to the day before, and from that day */
	cr_assert_eq(send(4, month_of(2025, 6), 1), -ERR_INVALID);
	cr_assert_eq(send(8, month_of(2025, 6), 1), -ERR_INVALID);
	sheet(4, (struct period){ day(2025, 6, 1), day(2025, 6, 15) }, 10);
	sheet(5, (struct period){ day(2025, 6, 1), day(2025, 6, 15) }, 20);
	sheet(8, (struct period){ day(2025, 6, 16), day(2025, 6, 30) }, 40);
	for (uint32_t unit = 1; unit <= 8; unit++) {
		same(unit, month_of(2025, 6), UINT64_MAX, TREE_AS_WAS, 0);
		same(unit, month_of(2025, 6), UINT64_MAX, TREE_AS_IS, day(2025, 7, 1));
		same(unit, year_of(2025), before, TREE_AS_WAS, 0);
	}
	t = ask(8, month_of(2025, 6), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(admitted(&t, false), 40);
	cr_assert_eq(admitted(&t, true), 7);
	cr_assert(t.prev_year_merged);
	t = ask(8, month_of(2025, 6), UINT64_MAX, TREE_AS_IS, day(2025, 7, 1));
	cr_assert_eq(admitted(&t, false), 70);
	cr_assert_eq(admitted(&t, true), 7);
	t = ask(2, month_of(2025, 6), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(admitted(&t, false), 30);
	cr_assert_not(t.prev_year_merged);
	t = ask(1, month_of(2025, 6), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(admitted(&t, false), 70);
	close_small();
}

Test(acts, what_is_refused)
{
	struct op_change ends[] = { { .what = CHANGE_DISSOLVE, .unit = 4 } };
	struct op_change under[] = { { .what = CHANGE_MOVE, .unit = 4, .parent = 6 } };
	struct op_change nobody[] = { { .what = CHANGE_CREATE,
					.unit = 8,
					.parent = 1,
					.kind = UNIT_COMMUNE,
					.code = SPAN_LIT("N"),
					.name = SPAN_LIT("N") } };
	struct op_change circle[] = { { .what = CHANGE_MOVE, .unit = 2, .parent = 4 } };

	open_small();
	w.now_ms = instant_of_day_start(day(2026, 1, 5));
	sheet(4, month_of(2025, 7), 1);
	refused(day(2025, 7, 1), ends, 1, "C1: figures for days after it are there already");
	refused(day(2025, 7, 1), under, 1, "C1: a path with two reporters");
	refused(day(2025, 7, 1), nobody, 1, "N: a path without a reporter");
	refused(day(2025, 7, 1), circle, 1, "D1: would stand under itself");
	act(day(2025, 8, 1), ends, 1);
	close_small();
}

/* A device that had not read of the act: kept, and put to a person; one that had: refused. */
Test(acts, figures_for_days_after_a_merger)
{
	struct sheet_draft d;
	struct device clerk;
	struct judgement j;
	struct packed p;
	struct submission sub;
	struct totals t;
	struct op op;
	uint64_t base, late = 0;

	open_small();
	w.now_ms = instant_of_day_start(day(2026, 1, 5));
	world_begin(&w);
	clerk = world_device(&w, 4, ROLE_APPROVER);
	world_commit(&w);
	base = ledger_info(w.l).lsn;
	act(day(2025, 7, 1), district_ends, ARRAY_LEN(district_ends));
	for (int i = 0; i < 3; i++) {
		static const enum op_verdict verdicts[] = { VERDICT_ACCEPTED, VERDICT_LATE,
							    VERDICT_REFUSED };
		static const enum op_code wanted[] = { CODE_OK, CODE_SUCCESSOR, CODE_UNIT_CLOSED };

		draft_init(&d, 4, FORM_SHORT, month_of(2025, i ? 7 : 6));
		draft_put(&d, 2, 5, 0);
		draft_sign(&d, SIGN_OWN, 0);
		d.op.author = clerk.person;
		clerk.seq++;
		p = pack(&w, device_id(&clerk), draft_op(&d), i < 2 ? base : ledger_info(w.l).lsn);
		sub = (struct submission){ .device = clerk.device,
					   .envelope = p.envelope,
					   .body = p.body };
		world_begin(&w);
		must(ledger_submit(w.l, &sub, w.now_ms, &j, &w.e), &w.e, "submit");
		world_commit(&w);
		cr_assert_eq(j.verdict, verdicts[i], "%d: %d", i, j.code);
		cr_assert_eq(j.code, wanted[i]);
		late = i == 1 ? j.lsn : late;
	}
	cr_assert_str_eq(j.detail, "C1");
	op = (struct op){ .kind = OP_LATE_DECISION,
			  .unit = 4,
			  .reason = SPAN_LIT("told by telephone"),
			  .late = { .lsn = late, .counts = true } };
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* C1 is no more on those days */
	op.unit = op.late.as_unit = 6;
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* and went over into another one */
	op.unit = op.late.as_unit = 8;
	world_act_now(&w, &op);
	tell_all();
	t = ask(8, month_of(2025, 7), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(admitted(&t, false), 5);
	t = ask(1, month_of(2025, 7), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(admitted(&t, false), 5);
	close_small();
}

Test(acts, targets_go_to_successors)
{
	struct op op;
	uint64_t lsn, before;
	struct totals t;
	int64_t parts[] = { 7, 4 }, wrong[] = { 7, 3 };
	struct op_change give[] = { NEW_COMMUNE(FORM_SHORT),
				    { .what = CHANGE_TARGET,
				      .unit = 4,
				      .into = to_both,
				      .into_count = 2,
				      .values = wrong } };

	open_small();
	w.now_ms = instant_of_day_start(day(2026, 1, 5));
	op = build_target(4, year_of(2025), "admitted", "1-QĐ", 11);
	lsn = world_act_now(&w, &op);
	give[1].target_lsn = lsn;
	before = lsn;
	refused(day(2025, 7, 1), give, 2, "C1: the parts do not add up to its target");
	give[1].target_lsn = lsn - 1;
	refused(day(2025, 7, 1), give, 2, "C1");
	give[1].target_lsn = lsn;
	give[1].values = parts;
	act(day(2025, 7, 1), give, 2);
	t = ask(8, year_of(2025), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(t.target_count, 1);
	cr_assert_eq(t.targets[0].goal, 7);
	t = ask(6, year_of(2025), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(t.targets[0].goal, 4);
	t = ask(4, year_of(2025), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(t.target_count, 0);
	t = ask(4, year_of(2025), before, TREE_AS_WAS, 0);
	cr_assert_eq(t.targets[0].goal, 11);
	t = ask(6, year_of(2025), before, TREE_AS_WAS, 0);
	cr_assert_eq(t.target_count, 0);
	give[1] = (struct op_change){ .what = CHANGE_TARGET, .unit = 6, .target_lsn = lsn };
	act(day(2025, 7, 1), give + 1, 1);
	t = ask(6, year_of(2025), UINT64_MAX, TREE_AS_WAS, 0);
	cr_assert_eq(t.target_count, 0);
	close_small();
}

/* Within one transaction, and undone with it: the tree is what is committed. */
Test(acts, a_batch_that_is_aborted_leaves_the_tree_as_it_was)
{
	struct op op = act_op(day(2025, 7, 1), district_ends, ARRAY_LEN(district_ends));
	struct op_change into[] = { INTO(4, to_c2) };
	uint64_t moves;

	open_small();
	world_begin(&w);
	world_act(&w, &op);
	cr_assert_eq(tree_count(ledger_tree(w.l)), 8);
	op = act_op(day(2025, 8, 1), (struct op_change[]){ INTO(6, to_new) }, 1);
	world_act(&w, &op);
	ledger_abort(w.l);
	moves = tree_moves(ledger_tree(w.l));
	cr_assert_eq(tree_count(ledger_tree(w.l)), 7);
	cr_assert_eq(moves, 0);
	cr_assert(unit_alive(tree_get(ledger_tree(w.l), 4), day(2025, 7, 1)));
	act(day(2025, 7, 1), into, 1);
	world_reopen(&w);
	cr_assert_eq(unit_closed_at(tree_get(ledger_tree(w.l), 4), UINT64_MAX), day(2025, 7, 1));
	cr_assert_eq(tree_successor(ledger_tree(w.l), 4, day(2025, 7, 1), UINT64_MAX), 5);
	close_small();
}
