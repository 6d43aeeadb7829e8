/* Random lives in which acts hand targets on: whole, in parts, or taken away. Nothing is lost on the way or made, every
 * version is still told of its time, and the units' completeness stays within 100 %. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "ledger/query.h"

enum { UNITS = 7, LIVES = 24, ROUNDS = 40, LINES_MAX = 64, DOC = 10 };

static struct world w;
static struct rng r;
static uint64_t seed;
static int64_t given; /* in force, all units together */
static unsigned handed, split, taken_away, refused;

static const struct target_line *lines_of(uint32_t unit, uint64_t known, size_t *count)
{
	const struct target_line *lines;

	must(query_targets(&lines, count, w.l, unit, year_of(2022), known, w.a, &w.e), &w.e,
	     "targets");
	return lines;
}

static int64_t goals_of(uint32_t unit, uint64_t known)
{
	size_t count;
	const struct target_line *lines = lines_of(unit, known, &count);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += lines[i].target.value;
	return sum;
}

static int64_t goals_of_all(uint64_t known)
{
	int64_t sum = 0;

	for (uint32_t unit = 1; unit <= UNITS; unit++)
		sum += goals_of(unit, known);
	return sum;
}

static int try_act(const struct op_change *change)
{
	struct op op = { .kind = OP_ACT,
			 .source = SPAN_LIT("console:test"),
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 7, 1),
				  .effective = day(2022, 7, 1),
				  .changes = change,
				  .count = 1 } };

	return world_try(&w, &op);
}

/* Hand one target of `unit` on: to one, to two in parts that add up or do not, or to nobody. */
static void hand_on(uint32_t unit)
{
	uint32_t into[2] = { 1 + rng_below(&r, UNITS), 1 + rng_below(&r, UNITS) };
	size_t count, receivers = rng_below(&r, 3);
	const struct target_line *lines = lines_of(unit, UINT64_MAX, &count);
	struct op_change c = { .what = CHANGE_TARGET, .unit = unit, .into = into };
	int64_t parts[2], before[2], goal, all = goals_of_all(UINT64_MAX);
	bool wrong = receivers && rng_chance(&r, 30);

	if (!count || (receivers == 2 && into[0] == into[1]))
		return;
	lines += rng_below(&r, (uint32_t)count);
	goal = lines->target.value;
	c.target_lsn = lines->lsn;
	c.into_count = receivers;
	parts[0] = receivers == 2 ? rng_below(&r, (uint32_t)goal + 1) : goal;
	parts[1] = goal - parts[0] + wrong;
	parts[0] += wrong && receivers == 1;
	c.values = parts;
	for (size_t i = 0; i < receivers; i++)
		before[i] = goals_of(into[i], UINT64_MAX) - (into[i] == unit ? goal : 0);
	if (try_act(&c)) {
		refused++;
		cr_assert_eq(goals_of_all(UINT64_MAX), all, "seed %" PRIu64, seed);
		return;
	}
	cr_assert(!wrong, "seed %" PRIu64 ": parts that do not add up", seed);
	handed += receivers == 1;
	split += receivers == 2;
	taken_away += !receivers;
	given -= receivers ? 0 : goal;
	for (size_t i = 0; i < receivers; i++)
		cr_assert_eq(goals_of(into[i], UINT64_MAX), before[i] + parts[i],
			     "seed %" PRIu64 ": unit %u", seed, into[i]);
}

static void some_sheet(void)
{
	struct device d;
	struct sheet_draft s;
	uint32_t unit = 4 + rng_below(&r, 4);

	world_begin(&w);
	d = world_device(&w, unit, ROLE_APPROVER);
	world_commit(&w);
	draft_init(&s, unit, FORM_SHORT, month_of(2022, 1 + (int)rng_below(&r, 6)));
	draft_put(&s, 2, rng_below(&r, 5), 0);
	draft_put(&s, 14, 100, 0);
	draft_sign(&s, SIGN_OWN, 0);
	draft_op(&s);
	world_submit_now(&w, &d, &s.op); /* now and then the same sheet twice, by another device */
}

static void check_complete(void)
{
	for (uint32_t unit = 1; unit <= UNITS; unit++) {
		struct query q = { .unit = unit,
				   .period = { day(2022, 1, 1), day(2022, 6, 30) },
				   .known_at = UINT64_MAX };
		struct totals t;

		must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
		cr_assert_leq(t.sheets.signed_, t.sheets.expected, "seed %" PRIu64, seed);
		cr_assert_leq(t.reporting.reported, t.reporting.expected, "seed %" PRIu64, seed);
	}
}

static void life(void)
{
	struct {
		uint64_t lsn;
		int64_t sum;
	} then[ROUNDS];

	world_open(&w, false, false);
	build_small_tree(&w);
	w.now_ms = instant_of_day_start(day(2022, 12, 5));
	given = 0;
	for (uint32_t unit = 1; unit <= UNITS; unit++) {
		char no[16];
		struct op op;

		snprintf(no, sizeof(no), "%u-QĐ", (unsigned)unit);
		op = build_target(unit, year_of(2022), "admitted", no, DOC + unit);
		world_act_now(&w, &op);
		given += DOC + unit;
	}
	for (int i = 0; i < ROUNDS; i++) {
		hand_on(1 + rng_below(&r, UNITS));
		if (rng_chance(&r, 40))
			some_sheet();
		cr_assert_eq(goals_of_all(UINT64_MAX), given, "seed %" PRIu64 " round %d", seed, i);
		then[i].lsn = ledger_info(w.l).lsn;
		then[i].sum = given;
	}
	check_complete();
	for (int i = 0; i < ROUNDS; i++)
		cr_assert_eq(goals_of_all(then[i].lsn), then[i].sum, "known at %" PRIu64,
			     then[i].lsn);
	world_close(&w);
}

Test(acts_targets, nothing_is_lost_or_made_on_the_way)
{
	for (seed = 1; seed <= LIVES; seed++) {
		r = (struct rng){ seed * 104729 };
		life();
	}
	cr_assert_gt(handed, 50, "%u handed, %u split, %u taken away, %u refused", handed, split,
		     taken_away, refused);
	cr_assert_gt(split, 30);
	cr_assert_gt(taken_away, 30);
	cr_assert_gt(refused, 30);
}
