/* What devices read of units that acts made, took over, moved: targets and plans that came with them, what was reported
 * before they left. */
#include <criterion/criterion.h>

#include "internal.h"
#include "ledger/acts.h"
#include "ledger/feed.h"
#include "ledger/register.h"

#include "acts_world.h"

TestSuite(acts_feed, .init = setup, .fini = teardown);

static struct feed_page pull_as(const struct device *d, bool left, enum feed_way way,
				uint64_t *authority)
{
	struct feed_ask ask = { .bytes_max = 1 << 20, .count_max = 1000, .way = way };
	struct feed_scope scope;
	struct feed_page page;

	must(feed_scope(&scope, w.l, d->device, left, &w.e), &w.e, "scope");
	must(feed_page(&page, w.l, &scope, &ask, w.a, &w.e), &w.e, "page");
	cr_assert_not(page.more);
	*authority = scope.authority;
	return page;
}

static struct feed_page pull(const struct device *d, enum feed_way way, uint64_t *authority)
{
	return pull_as(d, true, way, authority);
}

/* The device's own ledger, from what the feed gave. */
static struct ledger *open_part(struct kv **kv, const struct feed_page *page, uint32_t unit)
{
	struct ledger *part;

	*kv = world_kv_new(&w);
	must(ledger_new(&part, *kv, unit, &w.e), &w.e, "a part");
	must(ledger_begin(part, &w.e), &w.e, "begin");
	must(ledger_blank(part, &w.e), &w.e, "blank");
	for (size_t i = 0; i < page->count; i++)
		must(ledger_put_entry(part, page->entries[i], &w.e), &w.e, "put");
	must(ledger_commit(part, NULL, NULL, &w.e), &w.e, "commit");
	ledger_close(part);
	must(ledger_open(&part, *kv, unit, &w.e), &w.e, "open");
	return part;
}

static void check_part(const struct feed_page *page, uint32_t unit, int64_t goal)
{
	const struct target_line *lines;
	struct kv *kv;
	struct ledger *part = open_part(&kv, page, unit);
	size_t count;

	must(query_targets(&lines, &count, part, unit, year_of(2025), UINT64_MAX, w.a, &w.e), &w.e,
	     "targets");
	cr_assert_eq(count, 1, "%zu targets", count);
	cr_assert_eq(lines[0].goal, goal);
	ledger_close(part);
	kv_close(kv);
}

Test(acts_feed, a_successor_reads_the_targets_that_came_to_it)
{
	static const uint32_t into[] = { 8, 6 };
	static const int64_t parts[] = { 7, 4 };
	struct op_change give[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 8,
		  .parent = 1,
		  .kind = UNIT_COMMUNE,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("Xã N"),
		  .reports = FORM_SHORT },
		{ .what = CHANGE_TARGET, .unit = 4, .into = into, .into_count = 2, .values = parts }
	};
	struct device beside = enrolled(6, ROLE_CLERK), other = enrolled(7, ROLE_CLERK), made;
	struct op op = build_target(4, year_of(2025), "admitted", "1-QĐ", 11);
	uint64_t authority, lsn;
	struct feed_page page;

	give[1].target_lsn = world_act_now(&w, &op);
	op.target.value = 11;
	page = pull(&beside, FEED_SCAN, &authority);
	cr_assert_lt(authority, give[1].target_lsn);
	lsn = act(day(2025, 7, 1), give, ARRAY_LEN(give));
	made = enrolled(8, ROLE_CLERK);
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&beside, way, &authority);
		cr_assert_eq(authority, lsn, "what it reads has grown");
		check_part(&page, 6, 4);
		page = pull(&made, way, &authority);
		check_part(&page, 8, 7);
		page = pull(&other, way, &authority);
		cr_assert_lt(authority, lsn);
		for (size_t i = 0; i < page.count; i++) {
			struct entry en;

			must(entry_decode(&en, page.entries[i], w.a, &w.e), &w.e, "entry");
			cr_assert_neq(en.lsn, give[1].target_lsn, "not theirs");
		}
	}
}

static int64_t of_measure(const struct totals *t, uint16_t measure)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (t->measures[i].measure == measure)
			return t->measures[i].sum;
	return -1;
}

/* -1: not known. */
static int64_t year_before(struct ledger *l, uint32_t unit, struct period p)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX };
	struct totals t;

	must(query_totals(&t, l, &q, w.a, &w.e), &w.e, "totals");
	cr_assert(t.prev_year_merged, "computed");
	for (size_t i = 0; i < t.measure_count; i++)
		if (t.measures[i].measure == 2)
			return t.prev_year[i].count ? t.prev_year[i].sum : -1;
	return -1;
}

static int64_t at_device(const struct device *d, uint32_t unit, struct period p)
{
	uint64_t authority;
	struct feed_page page = pull(d, FEED_SCAN, &authority);
	struct kv *kv;
	struct ledger *part = open_part(&kv, &page, d->unit);
	int64_t value = year_before(part, unit, p);

	ledger_close(part);
	kv_close(kv);
	return value;
}

/* Of a unit that took another one over, its own device has a part alone: nothing is said rather than too little. Above
 * them, and at the server, all of it is there. */
Test(acts_feed, the_year_before_is_not_told_by_a_part_of_it)
{
	static const uint32_t quarter[] = { 250000 }, to_new[] = { 8 };
	static const struct op_change away[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 8,
		  .parent = 3,
		  .kind = UNIT_BASE_CELL,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("Chi bộ N") },
		{ .what = CHANGE_SPLIT,
		  .unit = 6,
		  .into = to_new,
		  .into_count = 1,
		  .shares = quarter },
	};
	struct period then = month_of(2024, 8), now = month_of(2025, 8);
	struct device c1 = enrolled(4, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER),
		      c3 = enrolled(6, ROLE_APPROVER), above = enrolled(2, ROLE_APPROVER), n;

	month(&c1, then, 9, ledger_info(w.l).lsn);
	month(&c2, then, 11, ledger_info(w.l).lsn);
	month(&c3, then, 8, ledger_info(w.l).lsn);
	act(day(2025, 7, 1), c1_into_c2, 1);
	act(day(2025, 7, 1), away, 2);
	n = enrolled(8, ROLE_APPROVER);
	cr_assert_eq(year_before(w.l, 5, now), 20);
	cr_assert_eq(at_device(&above, 5, now), 20);
	cr_assert_eq(at_device(&c2, 5, now), -1);
	/* what it kept of its own it knows; the one that was split off does not */
	cr_assert_eq(at_device(&c3, 6, now), 6);
	cr_assert_eq(year_before(w.l, 8, now), 2);
	cr_assert_eq(at_device(&n, 8, now), -1);
}

static bool planned(struct ledger *l, uint32_t unit, struct period p)
{
	bool yes;

	must(ledger_planned(l, unit, FORM_SHORT, p, &yes, &w.e), &w.e, "planned");
	return yes;
}

/* Its plan, and the cut of one that it had, hang on what its predecessors were and reported. */
Test(acts_feed, a_successor_reports_what_its_predecessors_did)
{
	static const uint32_t into_n[] = { 10 };
	static const struct op_change made[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 10,
		  .parent = 1,
		  .kind = UNIT_COMMUNE,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("Xã N") },
		{ .what = CHANGE_MERGE, .unit = 6, .into = into_n, .into_count = 1 },
		{ .what = CHANGE_MERGE, .unit = 7, .into = into_n, .into_count = 1 },
	};
	struct op s1 = build_unit(9, 6, UNIT_SECTION, "S1", 0);
	struct period rest = { day(2025, 6, 16), day(2025, 6, 30) };
	struct device there = enrolled(5, ROLE_CLERK), here;
	struct feed_page page;
	uint64_t authority, lsn;
	struct ledger *part;
	struct kv *kv;

	s1.unit = s1.create.unit = 9;
	world_act_now(&w, &s1);
	lsn = act(day(2025, 6, 16), c1_into_c2, ARRAY_LEN(c1_into_c2));
	page = pull(&there, FEED_WALK, &authority);
	cr_assert_eq(authority, lsn);
	part = open_part(&kv, &page, 5);
	cr_assert(planned(part, 5, rest), "cut for the device, too");
	cr_assert_not(planned(part, 5, month_of(2025, 6)));
	ledger_close(part);
	kv_close(kv);
	act(day(2025, 7, 1), made, ARRAY_LEN(made));
	here = enrolled(10, ROLE_CLERK);
	page = pull(&here, FEED_WALK, &authority);
	part = open_part(&kv, &page, 10);
	cr_assert(planned(part, 10, month_of(2025, 7)), "as those it is made of");
	cr_assert_not(planned(part, 10, month_of(2025, 6)));
	cr_assert(tree_inside(ledger_tree(part), 9, 10, day(2025, 7, 1), UINT64_MAX),
		  "what stood below comes along");
	ledger_close(part);
	kv_close(kv);
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		struct feed_page other = pull(&here, way, &authority);

		cr_assert_eq(other.count, page.count, "both ways give the same");
	}
}

/* An entry for everybody, written on that day. */
static uint64_t written_on(day_t today)
{
	struct op op = build_members(1, today, 100);

	w.now_ms = instant_of_day_start(today);
	return world_act_now(&w, &op);
}

/* Of a unit below that is made on a day still to come, out of ones from elsewhere: what it will report is known when
 * the act is, and nothing is added on the day itself. Whoever stands above it, and in another tree the day before. */
Test(acts_feed, an_act_of_a_day_to_come_brings_the_plan_of_those_from_elsewhere)
{
	static const uint32_t into_n[] = { 10 };
	static const struct op_change made[] = {
		{ .what = CHANGE_CREATE,
		  .unit = 10,
		  .parent = 3,
		  .kind = UNIT_BASE_CELL,
		  .code = SPAN_LIT("N"),
		  .name = SPAN_LIT("Chi bộ N") },
		{ .what = CHANGE_MERGE, .unit = 4, .into = into_n, .into_count = 1 },
		{ .what = CHANGE_MERGE, .unit = 5, .into = into_n, .into_count = 1 },
	};
	uint64_t then, lsn;
	struct device there;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;
	size_t early;

	w.now_ms = instant_of_day_start(day(2025, 6, 15));
	there = enrolled(3, ROLE_CLERK);
	lsn = act(day(2025, 7, 1), made, ARRAY_LEN(made));
	page = pull(&there, FEED_WALK, &then);
	cr_assert_eq(then, lsn, "what it reads has grown");
	early = page.count;
	part = open_part(&kv, &page, 3);
	cr_assert(planned(part, 10, month_of(2025, 7)), "as those it is made of");
	cr_assert(planned(w.l, 10, month_of(2025, 7)));
	ledger_close(part);
	kv_close(kv);
	written_on(day(2025, 7, 2));
	page = pull(&there, FEED_WALK, &then);
	cr_assert_eq(then, lsn);
	cr_assert_eq(page.count, early, "no set grows on the day");
}

static bool has(const struct feed_page *page, uint64_t lsn)
{
	for (size_t i = 0; i < page->count; i++) {
		struct entry en;

		must(entry_decode(&en, page->entries[i], w.a, &w.e), &w.e, "entry");
		if (en.lsn == lsn)
			return true;
	}
	return false;
}

/* The district that a unit leaves on a day to come reads it until then. The first entry of that day takes it away, all but
 * what it reported for days before, and says so: a device that read an hour before midnight and one that reads an hour
 * later hold the same in the end. A clock put back brings nothing back. */
Test(acts_feed, who_is_left_on_a_day_to_come_reads_until_its_first_entry)
{
	static const struct op_change to_d2[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct device left, came, itself;
	uint64_t authority, lsn, due, may, july;
	struct feed_page page;

	w.now_ms = instant_of_day_start(day(2025, 6, 15));
	left = enrolled(2, ROLE_CLERK);
	came = enrolled(3, ROLE_CLERK);
	itself = enrolled(5, ROLE_APPROVER);
	lsn = act(day(2025, 7, 1), to_d2, 1);
	w.now_ms = instant_of_day_end(day(2025, 6, 30));
	may = month(&itself, month_of(2025, 5), 3, lsn).lsn;
	july = month(&itself, month_of(2025, 7), 3, lsn).lsn;
	page = pull(&left, FEED_WALK, &authority);
	cr_assert(has(&page, may) && has(&page, july));
	cr_assert_eq(authority, lsn);
	due = written_on(day(2025, 7, 1));
	for (int i = 0; i < 2; i++) {
		for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
			page = pull(&left, way, &authority);
			cr_assert(has(&page, may) && !has(&page, july));
			cr_assert_eq(authority, due | FEED_LEFT);
			page = pull_as(&left, false, way, &authority);
			cr_assert(!has(&page, may) && !has(&page, july), "a device of before");
			cr_assert_eq(authority, due);
			page = pull(&came, way, &authority);
			cr_assert(has(&page, may) && has(&page, july));
			cr_assert_eq(authority, lsn, "nothing is taken from it");
			page = pull(&itself, way, &authority);
			cr_assert(has(&page, may) && has(&page, july));
			cr_assert_eq(authority, due | FEED_LEFT, "others are above it");
		}
		written_on(day(2025, 6, 30));
	}
}

static void mark(struct device *by, enum op_kind kind, struct period p)
{
	struct op op = {
		.kind = kind,
		.unit = 5,
		.reason = SPAN_LIT("counted wrongly"),
		.mark = { .form = FORM_SHORT, .period = p, .seen_lsn = ledger_info(w.l).lsn }
	};

	cr_assert_eq(sent(by, &op, op.mark.seen_lsn).verdict, VERDICT_ACCEPTED);
}

/* As somebody told the superior by telephone, in the place of what another superior had heard. */
static void on_behalf(struct device *by, struct period p, int64_t admitted_then, struct op_id over)
{
	struct sheet_draft d;

	draft_init(&d, 5, FORM_SHORT, p);
	draft_put(&d, 2, admitted_then, over.seq ? draft_see(&d, over) : 0);
	d.op.on_behalf = SPAN_LIT("telephone, Ms Hoa");
	d.op.reason = SPAN_LIT("no line");
	draft_op(&d);
	cr_assert_eq(sent(by, &d.op, ledger_info(w.l).lsn).verdict, VERDICT_ACCEPTED);
}

/* What somebody above wrote of a unit is theirs for ever; the unit itself and what it wrote of days since is not any more
 * once it stands below another. Their device reads the one without the other, and is stopped by none of it. */
Test(acts_feed, what_was_written_of_a_unit_that_left)
{
	static const struct op_change to_d2[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct period may = month_of(2025, 5), june = month_of(2025, 6);
	struct op late = { .kind = OP_LATE_DECISION,
			   .unit = 5,
			   .reason = SPAN_LIT("by telephone") };
	struct device above = enrolled(2, ROLE_APPROVER), itself = enrolled(5, ROLE_APPROVER);
	struct device top = enrolled(1, ROLE_APPROVER);
	uint64_t authority, base = ledger_info(w.l).lsn;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;

	month(&itself, may, 3, base);
	mark(&above, OP_RETURN, may);
	month(&itself, month_of(2025, 3), 4, base);
	mark(&above, OP_ACCEPT, month_of(2025, 3));
	on_behalf(&top, month_of(2025, 4), 6, (struct op_id){ .seq = 0 });
	on_behalf(&above, month_of(2025, 4), 7, device_id(&top));
	act(day(2025, 6, 16), c1_into_c2, ARRAY_LEN(c1_into_c2));
	late.late.lsn = month(&itself, june, 9, base).lsn;
	late.late.counts = true;
	late.late.as_period = (struct period){ day(2025, 6, 16), day(2025, 6, 30) };
	cr_assert_eq(sent(&above, &late, ledger_info(w.l).lsn).verdict, VERDICT_ACCEPTED);
	page = pull(&above, FEED_WALK, &authority);
	part = open_part(&kv, &page, 2);
	ledger_close(part);
	kv_close(kv);
	act(day(2025, 7, 1), to_d2, 1);
	for (int left = 0; left < 2; left++) {
		page = pull_as(&above, left, FEED_WALK, &authority);
		part = open_part(&kv, &page, 2);
		ledger_close(part);
		kv_close(kv);
	}
}

/* ---- what a unit reported before it left ---- */

static struct totals totals_of(struct ledger *l, uint32_t unit, struct period p)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX };
	struct totals t;

	must(query_totals(&t, l, &q, w.a, &w.e), &w.e, "totals");
	return t;
}

static void same_totals(struct ledger *part, uint32_t unit, struct period p, int64_t admitted)
{
	struct totals here = totals_of(part, unit, p), there = totals_of(w.l, unit, p);

	cr_assert(!memcmp(&here.reporting, &there.reporting, sizeof(here.reporting)));
	cr_assert(!memcmp(&here.sheets, &there.sheets, sizeof(here.sheets)));
	cr_assert_eq(here.sum_below, there.sum_below);
	cr_assert_eq(here.measure_count, there.measure_count);
	for (size_t i = 0; i < here.measure_count; i++) {
		cr_assert_eq(here.measures[i].count, there.measures[i].count);
		cr_assert_eq(here.measures[i].sum, there.measures[i].sum);
		if (here.measures[i].measure == 2)
			cr_assert_eq(here.measures[i].sum, admitted, "%lld",
				     (long long)here.measures[i].sum);
	}
}

static const struct op_change c2_to_d2[] = {
	{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
};

static struct op closing(uint32_t unit, struct period p)
{
	return (struct op){ .kind = OP_CLOSE,
			    .unit = unit,
			    .close = { .form = FORM_SHORT, .period = p } };
}

/* The district goes on to tell of May what the server tells, with what was corrected, accepted and decided of it since,
 * and nothing of what the unit reports where it stands now. */
Test(acts_feed, what_a_unit_reported_before_it_left)
{
	struct period march = month_of(2025, 3), may = month_of(2025, 5), july = month_of(2025, 7);
	struct device above = enrolled(2, ROLE_APPROVER), top = enrolled(1, ROLE_APPROVER),
		      c1 = enrolled(4, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER);
	struct op target = build_target(5, year_of(2025), "admitted", "2-QĐ", 30);
	struct op next_year = build_target(5, year_of(2026), "admitted", "3-QĐ", 31);
	struct op close = closing(1, march), undecided = { .kind = OP_LATE_DECISION };
	struct sheet_draft d;
	struct op_id first;
	uint32_t who;
	uint64_t authority, read, corrected, late[2], decided[2], since, person, given, never;
	struct ledger *part;
	struct kv *kv;

	read = ledger_info(w.l).lsn;
	given = world_act_now(&w, &target);
	month(&c1, may, 20, read);
	month(&c2, may, 3, read);
	first = device_id(&c2);
	month(&c1, july, 40, read);
	world_act_now(&w, &close);
	w.now_ms += 1000;
	act(day(2025, 7, 1), c2_to_d2, 1);
	enrolled(5, ROLE_CLERK);
	person = ledger_info(w.l).lsn;
	draft_init(&d, 5, FORM_SHORT, may);
	draft_put(&d, 2, 5, draft_see(&d, first));
	draft_sign(&d, SIGN_OWN, 0);
	d.op.reason = SPAN_LIT("two had been forgotten");
	draft_op(&d);
	corrected = sent(&c2, &d.op, person).lsn;
	mark(&top, OP_ACCEPT, may);
	late[0] = month(&c2, march, 7, read).lsn;
	since = month(&c2, july, 9, ledger_info(w.l).lsn).lsn;
	never = world_act_now(&w, &next_year);
	close = closing(1, july);
	world_act_now(&w, &close);
	late[1] = month(&c2, july, 90, since).lsn;
	for (int i = 0; i < 2; i++) {
		undecided.unit = 5;
		undecided.reason = SPAN_LIT("by telephone");
		undecided.late = (struct op_late){ .lsn = late[i], .counts = true };
		decided[i] = sent(&top, &undecided, ledger_info(w.l).lsn).lsn;
	}
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		struct feed_page page = pull(&above, way, &authority);

		cr_assert(authority & FEED_LEFT);
		cr_assert(has(&page, corrected) && has(&page, late[0]) && has(&page, decided[0]));
		cr_assert(has(&page, given), "a target of days on which it stood here");
		cr_assert_not(has(&page, since), "of days since");
		cr_assert_not(has(&page, late[1]) || has(&page, decided[1]), "decided since");
		cr_assert_not(has(&page, never), "a target of next year");
		cr_assert_not(has(&page, person), "nor who is enrolled there now");
		part = open_part(&kv, &page, 2);
		same_totals(part, 2, march, 7);
		same_totals(part, 2, may, 25);
		same_totals(part, 2, july, 40);
		same_totals(part, 2, (struct period){ march.from, july.to }, 72);
		same_totals(part, 5, may, 5);
		cr_assert(register_is_held(part, 2, july.to, &who));
		cr_assert(!register_is_held(part, 2, may.to, &who) && who == 5);
		cr_assert(register_is_held(w.l, 2, may.to, &who));
		ledger_close(part);
		kv_close(kv);
	}
}

/* A month that the superior of then closed is closed at the unit's device too. */
Test(acts_feed, what_was_closed_above_a_unit_before_it_left)
{
	struct device itself = enrolled(5, ROLE_APPROVER);
	uint64_t lsn[3], authority;
	struct period months[] = { month_of(2025, 5), month_of(2025, 7) };

	act(day(2025, 7, 1), c2_to_d2, 1);
	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		struct op close = closing(2, months[i]);

		lsn[i] = world_act_now(&w, &close);
	}
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		struct feed_page page = pull(&itself, way, &authority);

		cr_assert(has(&page, lsn[0]) && !has(&page, lsn[1]));
	}
}

/* What stood below it left with it; what was made there since never stood here. */
Test(acts_feed, what_stands_below_a_unit_that_left)
{
	static const struct op_change away[] = { { .what = CHANGE_MOVE, .unit = 4, .parent = 3 } };
	struct op sections[] = { build_unit(9, 4, UNIT_SECTION, "S1", 0),
				 build_unit(10, 4, UNIT_SECTION, "S2", 0) };
	struct device above = enrolled(2, ROLE_CLERK), itself = enrolled(4, ROLE_APPROVER);
	uint64_t authority, lsn, made[2] = { 0 };
	struct feed_page page;

	for (uint32_t i = 0; i < 2; i++) {
		sections[i].unit = sections[i].create.unit = 9 + i;
		sections[i].create.opened = i ? day(2025, 8, 1) : day(2024, 1, 1);
		made[i] = world_act_now(&w, &sections[i]);
		if (!i)
			act(day(2025, 7, 1), away, 1);
	}
	lsn = month(&itself, month_of(2025, 5), 3, ledger_info(w.l).lsn).lsn;
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&above, way, &authority);
		cr_assert(has(&page, lsn) && has(&page, made[0]));
		cr_assert_not(has(&page, made[1]));
	}
}

/* A device of a unit below one that was merged, which reads for the first time, may not be told of the one that has
 * ended: it stands below the successor all the same. */
Test(acts_feed, who_stood_below_a_merged_unit_goes_along)
{
	static const uint32_t to_d2[] = { 3 };
	static const struct op_change merged[] = {
		{ .what = CHANGE_MERGE, .unit = 2, .into = to_d2, .into_count = 1 },
	};
	struct device below = enrolled(5, ROLE_CLERK);
	uint64_t authority;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;

	w.now_ms = instant_of_day_start(day(2025, 6, 15));
	act(day(2025, 6, 1), merged, 1);
	for (int left = 0; left < 2; left++) {
		page = pull_as(&below, left, FEED_WALK, &authority);
		part = open_part(&kv, &page, 5);
		cr_assert_eq(tree_get(ledger_tree(part), 2) != NULL, left);
		cr_assert_not(tree_inside(ledger_tree(part), 5, 3, day(2025, 5, 31), UINT64_MAX));
		cr_assert(tree_inside(ledger_tree(part), 5, 3, day(2025, 6, 1), UINT64_MAX));
		ledger_close(part);
		kv_close(kv);
	}
}

/* ---- and what hangs on entries of it that are not told ---- */

static void same_answer(struct ledger *part, const struct query *q, int64_t admitted)
{
	struct totals here, there;

	must(query_totals(&here, part, q, w.a, &w.e), &w.e, "totals here");
	must(query_totals(&there, w.l, q, w.a, &w.e), &w.e, "totals there");
	cr_assert(!memcmp(&here.reporting, &there.reporting, sizeof(here.reporting)));
	cr_assert_eq(here.measure_count, there.measure_count);
	for (size_t i = 0; i < here.measure_count; i++) {
		cr_assert_eq(here.measures[i].count, there.measures[i].count);
		cr_assert_eq(here.measures[i].sum, there.measures[i].sum);
		if (here.measures[i].measure == 2)
			cr_assert_eq(here.measures[i].sum, admitted, "%lld",
				     (long long)here.measures[i].sum);
	}
}

static struct judgement corrected(struct device *by, struct period p, int64_t admitted,
				  struct op_id over, struct span reason)
{
	struct sheet_draft d;

	draft_init(&d, by->unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, draft_see(&d, over));
	draft_sign(&d, SIGN_OWN, 0);
	d.op.reason = reason;
	draft_op(&d);
	return sent(by, &d.op, ledger_info(w.l).lsn);
}

/* Between what is told of it stand entries that are not: who was enrolled there. What goes back along its chain goes past
 * them: the sheet as it was, what a refused op was written over, which target another one amends. */
Test(acts_feed, what_a_unit_that_left_reported_as_it_was_known_then)
{
	struct period may = month_of(2025, 5);
	struct device above = enrolled(2, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER);
	struct op targets[] = { build_target(5, year_of(2025), "admitted", "2-QĐ", 30),
				build_target(5, year_of(2025), "admitted", "4-QĐ", 35) };
	struct query q = { .unit = 2, .period = may };
	const struct target_line *lines;
	struct feed_page page;
	uint64_t authority, then;
	struct op close = closing(2, may);
	struct ledger *part;
	struct op_id first;
	struct kv *kv;
	size_t count;

	targets[1].target.supersedes = SPAN_LIT("2-QĐ");
	targets[1].reason = SPAN_LIT("more");
	world_act_now(&w, &targets[0]);
	then = month(&c2, may, 3, ledger_info(w.l).lsn).lsn;
	first = device_id(&c2);
	world_act_now(&w, &close);
	w.now_ms += 1000;
	enrolled(5, ROLE_CLERK);
	cr_assert_eq(corrected(&c2, may, 4, first, (struct span){ NULL, 0 }).code,
		     CODE_REASON_NEEDED);
	enrolled(5, ROLE_CLERK);
	cr_assert_eq(corrected(&c2, may, 5, device_id(&c2), SPAN_LIT("two more")).verdict,
		     VERDICT_ACCEPTED);
	world_act_now(&w, &targets[1]);
	act(day(2025, 7, 1), c2_to_d2, 1);
	page = pull(&above, FEED_WALK, &authority);
	part = open_part(&kv, &page, 2);
	q.known_at = UINT64_MAX;
	same_answer(part, &q, 5);
	q.known_at = then;
	same_answer(part, &q, 3);
	q.known_at = UINT64_MAX;
	q.basis = BASIS_CLOSED;
	same_answer(part, &q, 3);
	must(query_targets(&lines, &count, part, 5, year_of(2025), UINT64_MAX, w.a, &w.e), &w.e,
	     "targets");
	cr_assert(count == 1 && lines[0].goal == 35, "%zu, the first of %lld", count,
		  (long long)lines[0].goal);
	ledger_close(part);
	kv_close(kv);
}

/* An act that is told later, of a day before another unit left with what stood below it: who went along since changes, and
 * what was told before it is told now. */
Test(acts_feed, who_went_along_is_told_later)
{
	static const struct op_change with_c2[] = {
		{ .what = CHANGE_MOVE, .unit = 9, .parent = 5 },
	};
	static const struct op_change below_d3[] = {
		{ .what = CHANGE_MOVE, .unit = 2, .parent = 10 },
	};
	struct device above = enrolled(2, ROLE_CLERK), itself = enrolled(5, ROLE_CLERK);
	struct op made[] = { build_unit(9, 6, UNIT_SECTION, "S1", 0),
			     build_unit(10, 1, UNIT_DIRECT, "D3", 0) };
	struct op members = build_members(9, day(2025, 5, 10), 7);
	struct op close = closing(10, month_of(2025, 5));
	uint64_t was, is, told[2];
	struct feed_page page;

	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		world_act_now(&w, &made[i]);
	told[0] = world_act_now(&w, &members);
	told[1] = world_act_now(&w, &close);
	act(day(2025, 7, 1), c2_to_d2, 1);
	page = pull(&above, FEED_WALK, &was);
	cr_assert_not(has(&page, told[0]));
	act(day(2025, 5, 1), with_c2, 1);
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&above, way, &is);
		cr_assert(has(&page, told[0]));
		cr_assert_neq(is, was, "what it reads has grown");
	}
	page = pull(&itself, FEED_WALK, &was);
	cr_assert_not(has(&page, told[1]));
	act(day(2025, 5, 1), below_d3, 1);
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&itself, way, &is);
		cr_assert(has(&page, told[1]));
		cr_assert_neq(is, was, "what it reads has grown");
	}
}

/* What came late for a month in which the unit left counts for the days on which it stood here, when somebody says so. */
Test(acts_feed, a_late_month_that_counts_for_its_first_half)
{
	static const struct op_change merged_and_moved[] = {
		{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct device above = enrolled(2, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER),
		      top = enrolled(1, ROLE_APPROVER);
	struct op decision = { .kind = OP_LATE_DECISION,
			       .unit = 5,
			       .reason = SPAN_LIT("by telephone") };
	struct period half = { day(2025, 6, 1), day(2025, 6, 15) };
	uint64_t base = ledger_info(w.l).lsn, was, is;
	struct feed_page page;
	struct judgement late;
	struct ledger *part;
	struct kv *kv;

	act(day(2025, 6, 16), merged_and_moved, ARRAY_LEN(merged_and_moved));
	late = month(&c2, month_of(2025, 6), 9, base);
	cr_assert_eq(late.verdict, VERDICT_LATE);
	page = pull(&above, FEED_WALK, &was);
	cr_assert_not(has(&page, late.lsn));
	decision.late = (struct op_late){ .lsn = late.lsn, .counts = true, .as_period = half };
	cr_assert_eq(sent(&top, &decision, ledger_info(w.l).lsn).verdict, VERDICT_ACCEPTED);
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&above, way, &is);
		cr_assert(has(&page, late.lsn));
		cr_assert_neq(is, was, "what it reads has grown");
		part = open_part(&kv, &page, 2);
		same_totals(part, 2, half, 9);
		ledger_close(part);
		kv_close(kv);
	}
}

/* A target of one elsewhere that an act gave to the unit is told where the unit stood here by then. */
Test(acts_feed, what_acts_gave_to_a_unit_that_left)
{
	static const uint32_t into[] = { 5, 7 };
	static const int64_t parts[] = { 7, 4 };
	struct op_change give = {
		.what = CHANGE_TARGET, .unit = 6, .into = into, .into_count = 2, .values = parts
	};
	struct device above = enrolled(2, ROLE_CLERK);
	struct op target = build_target(6, year_of(2025), "admitted", "1-QĐ", 11);
	uint64_t given[2], authority;
	struct feed_page page;

	for (int i = 0; i < 2; i++) {
		target.target.doc_no = i ? SPAN_LIT("2-QĐ") : SPAN_LIT("1-QĐ");
		target.target.measure = i ? SPAN_LIT("members_end") : SPAN_LIT("admitted");
		give.target_lsn = given[i] = world_act_now(&w, &target);
		act(day(2025, i ? 8 : 6, 15), &give, 1);
		if (!i)
			act(day(2025, 7, 1), c2_to_d2, 1);
	}
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&above, way, &authority);
		cr_assert(has(&page, given[0]) && !has(&page, given[1]));
	}
}

/* It left, came back, and left again: of the days between nothing is here any more, and what the territory of January came
 * to is not known. */
Test(acts_feed, who_left_twice_was_elsewhere_between)
{
	static const struct op_change to_d1[] = { { .what = CHANGE_MOVE, .unit = 5, .parent = 2 } };
	static const struct op_change c3_to_d1[] = {
		{ .what = CHANGE_MOVE, .unit = 6, .parent = 2 },
	};
	struct period half = { day(2025, 1, 1), day(2025, 6, 30) };
	struct device above = enrolled(2, ROLE_APPROVER), c1 = enrolled(4, ROLE_APPROVER),
		      c2 = enrolled(5, ROLE_APPROVER);
	uint64_t authority, base = ledger_info(w.l).lsn;
	struct comparable here, there;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;

	month(&c1, month_of(2025, 1), 1, base);
	month(&c2, month_of(2025, 3), 4, base);
	act(day(2025, 2, 1), c3_to_d1, 1);
	act(day(2025, 3, 1), c2_to_d2, 1);
	act(day(2025, 5, 1), to_d1, 1);
	for (int again = 0; again < 2; again++) {
		if (again)
			act(day(2025, 7, 1), c2_to_d2, 1);
		page = pull(&above, FEED_WALK, &authority);
		part = open_part(&kv, &page, 2);
		must(query_comparable(&there, w.l, 2, half, half.from, half.from, 2, UINT64_MAX,
				      &w.e),
		     &w.e, "there");
		must(query_comparable(&here, part, 2, half, half.from, half.from, 2, UINT64_MAX,
				      &w.e),
		     &w.e, "here");
		cr_assert(there.changed && there.known && there.sum == 5);
		cr_assert_eq(here.known, !again);
		cr_assert(again || here.sum == 5);
		ledger_close(part);
		kv_close(kv);
	}
}

/* What is asked as known at a time is as known at the last entry of then that is here, whatever lies between. */
Test(acts_feed, a_part_knows_what_it_had_by_a_time)
{
	struct device above = enrolled(2, ROLE_APPROVER), c1 = enrolled(4, ROLE_APPROVER),
		      c3 = enrolled(6, ROLE_APPROVER);
	uint64_t authority, here, there, lsn[3];
	struct ledger *part;
	struct feed_page page;
	struct kv *kv;

	for (int i = 0; i < 3; i++) {
		w.now_ms += 1000;
		lsn[i] = month(&c1, month_of(2025, 1 + i), 1, ledger_info(w.l).lsn).lsn;
		for (int k = 0; k < 5; k++)
			month(&c3, month_of(2025, 1 + i), 1, ledger_info(w.l).lsn);
	}
	page = pull(&above, FEED_WALK, &authority);
	part = open_part(&kv, &page, 2);
	for (int i = 0; i < 3; i++) {
		int64_t ms = w.now_ms - 1000 * (2 - i);

		must(query_lsn_at(&here, part, ms + 999, &w.e), &w.e, "here");
		must(query_lsn_at(&there, w.l, ms + 999, &w.e), &w.e, "there");
		cr_assert_eq(here, lsn[i]);
		cr_assert_eq(there, lsn[i] + 5);
	}
	must(query_lsn_at(&here, part, 1, &w.e), &w.e, "before all");
	cr_assert_eq(here, 0);
	ledger_close(part);
	kv_close(kv);
}

/* An act that is told when the month is closed, of a day before: the month as it was closed has the unit still, and its figures
 * of then are told to those who have it now. */
Test(acts_feed, what_was_closed_is_not_told_by_a_part_of_it)
{
	struct period may = month_of(2025, 5);
	struct device above = enrolled(2, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER);
	struct query q = { .unit = 2, .period = may, .known_at = UINT64_MAX };
	struct op close = closing(2, may);
	uint64_t authority, then;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;

	month(&c2, may, 3, ledger_info(w.l).lsn);
	then = world_act_now(&w, &close);
	for (int told = 0; told < 2; told++) {
		if (told)
			act(day(2025, 5, 16), c2_to_d2, 1);
		page = pull(&above, FEED_WALK, &authority);
		part = open_part(&kv, &page, 2);
		cr_assert(query_held(part, &q), "as it is known now");
		q.known_at = then;
		cr_assert_eq(query_held(part, &q), !told);
		q.known_at = UINT64_MAX;
		q.basis = BASIS_CLOSED;
		cr_assert_eq(query_held(part, &q), !told);
		cr_assert(query_held(w.l, &q));
		q.period = month_of(2025, 4);
		cr_assert(query_held(part, &q), "nothing of it is closed");
		q.period = may;
		q.basis = BASIS_SIGNED;
		ledger_close(part);
		kv_close(kv);
	}
}

/* Who closed a month for a unit closed it, though an act is told later by which it stood elsewhere: its own device knows that
 * what it signs now is an amendment. */
Test(acts_feed, a_unit_knows_what_its_superior_of_then_closed)
{
	struct period may = month_of(2025, 5), june = month_of(2025, 6);
	struct device c2 = enrolled(5, ROLE_APPROVER);
	struct op close = closing(2, may);
	uint64_t authority, lsn = world_act_now(&w, &close), here;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;

	act(day(2025, 5, 16), c2_to_d2, 1);
	close = closing(2, june);
	world_act_now(&w, &close);
	for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
		page = pull(&c2, way, &authority);
		part = open_part(&kv, &page, 5);
		must(query_closed(&here, part, 5, FORM_SHORT, may, UINT64_MAX, &w.e), &w.e, "May");
		cr_assert_eq(here, lsn);
		must(query_closed(&here, part, 5, FORM_SHORT, june, UINT64_MAX, &w.e), &w.e,
		     "June");
		cr_assert_eq(here, 0, "it had left by then");
		ledger_close(part);
		kv_close(kv);
	}
}

static bool held_as_is(struct ledger *l, struct period p, enum query_tree tree)
{
	struct query q = { .unit = 5,
			   .period = p,
			   .known_at = UINT64_MAX,
			   .tree = tree,
			   .tree_day = day(2025, 12, 31) };

	return query_held(l, &q);
}

/* In the tree as it is a unit has what was reported by those that went over into it: where they came from elsewhere, their
 * sheets are not here. */
Test(acts_feed, what_came_over_from_elsewhere_is_not_told_by_a_part)
{
	static const struct op_change c3_into_c2[] = {
		{ .what = CHANGE_MERGE, .unit = 6, .into = to_c2, .into_count = 1 },
	};
	struct period before = month_of(2025, 6), since = month_of(2025, 7);
	struct device c3 = enrolled(6, ROLE_APPROVER);
	static const uint32_t tops[] = { 1, 2, 5 };
	struct query q = { .unit = 5,
			   .period = month_of(2026, 6),
			   .known_at = UINT64_MAX,
			   .tree = TREE_AS_IS,
			   .tree_day = day(2026, 6, 30) };
	uint64_t authority;
	struct totals t;

	month(&c3, before, 7, ledger_info(w.l).lsn);
	act(day(2025, 7, 1), c3_into_c2, 1);
	cr_assert(held_as_is(w.l, before, TREE_AS_IS));
	for (size_t i = 0; i < ARRAY_LEN(tops); i++) {
		struct device reader = enrolled(tops[i], ROLE_APPROVER);
		struct feed_page page = pull(&reader, FEED_WALK, &authority);
		struct kv *kv;
		struct ledger *part = open_part(&kv, &page, tops[i]);

		cr_assert_eq(held_as_is(part, before, TREE_AS_IS), tops[i] == 1);
		cr_assert(held_as_is(part, since, TREE_AS_IS));
		cr_assert(held_as_is(part, before, TREE_AS_WAS));
		q.unit = tops[i];
		must(query_totals(&t, part, &q, w.a, &w.e), &w.e, "totals");
		cr_assert_eq(t.prev_year_unheld, tops[i] != 1);
		ledger_close(part);
		kv_close(kv);
	}
}

/* A committee comes in from elsewhere: of the days before, a part knows those who came along, not who had left it by then. What
 * reports itself is told whole. */
Test(acts_feed, who_left_a_unit_before_it_came_is_not_known)
{
	static const struct op_change c2_away[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 1 },
	};
	static const struct op_change d1_to_d2[] = {
		{ .what = CHANGE_MOVE, .unit = 2, .parent = 3 },
	};
	static const struct {
		uint32_t unit;
		bool held;
	} of[] = { { 2, false }, { 4, true }, { 3, true }, { 6, true } };
	struct device c2 = enrolled(5, ROLE_APPROVER), d2;
	uint64_t authority;
	struct feed_page page;
	struct ledger *part;
	struct totals t;
	struct kv *kv;

	month(&c2, month_of(2025, 7), 3, ledger_info(w.l).lsn);
	act(day(2025, 8, 1), c2_away, 1);
	act(day(2025, 9, 1), d1_to_d2, 1);
	d2 = enrolled(3, ROLE_APPROVER);
	page = pull(&d2, FEED_WALK, &authority);
	part = open_part(&kv, &page, 3);
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct query q = { .unit = of[i].unit,
				   .period = { day(2025, 7, 1), day(2025, 9, 30) },
				   .known_at = UINT64_MAX };

		cr_assert_eq(query_held(part, &q), of[i].held, "unit %u", q.unit);
		cr_assert(query_held(w.l, &q));
		q.period = month_of(2025, 9);
		cr_assert(query_held(part, &q), "unit %u, since", q.unit);
		q.period = month_of(2026, 7);
		must(query_totals(&t, part, &q, w.a, &w.e), &w.e, "totals");
		cr_assert_eq(!t.prev_year_unheld, of[i].held, "unit %u, the year before", q.unit);
	}
	ledger_close(part);
	kv_close(kv);
}

/* In the tree as it is, who went over into one elsewhere counts there: at the device of its former superior too, which does not
 * know that one. */
Test(acts_feed, who_went_over_elsewhere_is_not_counted_as_it_is)
{
	static const uint32_t to_c3[] = { 6 };
	static const struct op_change c2_into_c3[] = {
		{ .what = CHANGE_MERGE, .unit = 5, .into = to_c3, .into_count = 1 },
	};
	struct query q = { .unit = 2,
			   .period = month_of(2025, 6),
			   .known_at = UINT64_MAX,
			   .tree = TREE_AS_IS,
			   .tree_day = day(2025, 12, 31) };
	struct device c1 = enrolled(4, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER),
		      above = enrolled(2, ROLE_APPROVER);
	uint64_t authority, base = ledger_info(w.l).lsn;
	struct feed_page page;
	struct ledger *part;
	struct kv *kv;

	month(&c1, q.period, 2, base);
	month(&c2, q.period, 3, base);
	act(day(2025, 7, 1), c2_into_c3, 1);
	page = pull(&above, FEED_WALK, &authority);
	part = open_part(&kv, &page, 2);
	cr_assert(query_held(part, &q));
	for (int here = 0; here < 2; here++) {
		struct totals t;

		q.tree = TREE_AS_IS;
		must(query_totals(&t, here ? part : w.l, &q, w.a, &w.e), &w.e, "as it is");
		cr_assert_eq(of_measure(&t, 2), 2);
		cr_assert_eq(t.reporting.expected, 1);
		q.tree = TREE_AS_WAS;
		must(query_totals(&t, here ? part : w.l, &q, w.a, &w.e), &w.e, "as it was");
		cr_assert_eq(of_measure(&t, 2), 5);
	}
	ledger_close(part);
	kv_close(kv);
}
