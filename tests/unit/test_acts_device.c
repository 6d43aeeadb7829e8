/* Acts as devices meet them: figures typed without knowing of one, targets that came with it, proposals. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "internal.h"
#include "ledger/acts.h"
#include "ledger/feed.h"
#include "ledger/requests.h"
#include "ledger/verify.h"
#include "naive.h"

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
	struct verify_report report;

	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	world_close(&w);
}

TestSuite(acts_device, .init = setup, .fini = teardown);

static struct device enrolled(uint32_t unit, enum person_role role)
{
	struct device d;

	world_begin(&w);
	d = world_device(&w, unit, role);
	world_commit(&w);
	return d;
}

/* An op as its device made it when it had read up to `base`. */
static struct judgement sent(struct device *by, struct op *op, uint64_t base)
{
	struct submission sub = { .device = by->device };
	struct judgement j;
	struct packed p;

	op->author = by->person;
	by->seq++;
	p = pack(&w, device_id(by), op, base);
	sub.envelope = p.envelope;
	sub.body = p.body;
	world_begin(&w);
	must(ledger_submit(w.l, &sub, w.now_ms, &j, &w.e), &w.e, "submit");
	world_commit(&w);
	return j;
}

static struct judgement month(struct device *by, struct period p, int64_t admitted, uint64_t base)
{
	struct sheet_draft d;

	draft_init(&d, by->unit, FORM_SHORT, p);
	draft_put(&d, 2, admitted, 0);
	draft_sign(&d, SIGN_OWN, 0);
	draft_op(&d);
	return sent(by, &d.op, base);
}

static const uint32_t to_c2[] = { 5 };
static const struct op_change c1_into_c2[] = {
	{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
};

static uint64_t act(day_t from, const struct op_change *changes, size_t count)
{
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = from,
				  .effective = from,
				  .changes = changes,
				  .count = count } };

	return world_act_now(&w, &op);
}

static int64_t admitted(uint32_t unit, struct period p)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX };
	struct totals t;

	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
	for (size_t i = 0; i < t.measure_count; i++)
		if (t.measures[i].measure == 2)
			return t.measures[i].count ? t.measures[i].sum : -1;
	return -2;
}

static int decide_late(uint32_t unit, uint64_t lsn, uint32_t as_unit, struct period as)
{
	struct op op = {
		.kind = OP_LATE_DECISION,
		.unit = unit,
		.reason = SPAN_LIT("told by telephone"),
		.late = { .lsn = lsn, .counts = true, .as_unit = as_unit, .as_period = as }
	};

	return world_try(&w, &op);
}

static const struct period none = { 0, 0 };

static void like_naive(struct period p)
{
	struct naive *n = naive_new();
	static struct naive_totals want;

	for (uint64_t lsn = 1; lsn <= ledger_info(w.l).lsn; lsn++) {
		struct buf b;

		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(w.l, lsn, &b, &w.e), &w.e, "entry");
		naive_tell(n, buf_span(&b));
		buf_fini(&b);
	}
	for (uint32_t unit = 1; unit <= 7; unit++) {
		naive_totals(n, unit, p, UINT64_MAX, &want);
		cr_assert_eq(admitted(unit, p), want.count[2] ? want.sum[2] : -1, "unit %u", unit);
	}
	naive_free(n);
}

/* C2 takes C1 over on 16 June; its device, without a line since May, sends June as a whole. */
Test(acts_device, a_month_that_an_act_cut_waits_for_a_person)
{
	struct period june = month_of(2025, 6);
	struct period after = { day(2025, 6, 16), day(2025, 6, 30) };
	struct period before = { day(2025, 6, 1), day(2025, 6, 15) };
	struct device d = enrolled(5, ROLE_APPROVER);
	uint64_t base = ledger_info(w.l).lsn, knew;
	struct judgement j;

	knew = act(day(2025, 6, 16), c1_into_c2, ARRAY_LEN(c1_into_c2));
	j = month(&d, june, 9, base);
	cr_assert_eq(j.verdict, VERDICT_LATE, "%d", j.code);
	cr_assert_eq(j.code, CODE_PERIOD_CUT);
	cr_assert_eq(admitted(1, june), -1, "it counts nowhere");
	cr_assert_eq(decide_late(5, j.lsn, 0, none), -ERR_INVALID, "June is no period any more");
	cr_assert_not_null(strstr(w.e.msg, "does not report that period"), "%s", w.e.msg);
	cr_assert_eq(decide_late(5, j.lsn, 0, month_of(2025, 5)), -ERR_INVALID);
	cr_assert_not_null(strstr(w.e.msg, "not a period of the calendar"), "%s", w.e.msg);
	cr_assert_eq(decide_late(5, j.lsn, 0, after), 0, "%s", w.e.msg);
	cr_assert_eq(admitted(5, june), 9);
	cr_assert_eq(admitted(5, after), 9);
	cr_assert_eq(admitted(5, before), -1);
	cr_assert_eq(decide_late(5, j.lsn, 0, before), -ERR_INVALID, "once only");
	/* who knew of the act is told at once, and months that it did not cut are as ever */
	j = month(&d, june, 9, knew);
	cr_assert_eq(j.verdict, VERDICT_REFUSED);
	j = month(&d, month_of(2025, 5), 3, base);
	cr_assert_eq(j.verdict, VERDICT_ACCEPTED);
	j = month(&d, month_of(2025, 7), 4, base);
	cr_assert_eq(j.verdict, VERDICT_ACCEPTED);
	like_naive(june);
	like_naive(year_of(2025));
	world_reopen(&w);
	cr_assert_eq(admitted(5, after), 9);
}

/* The unit that is no more: its whole June may count for its own days, or for those of its successor. */
Test(acts_device, the_last_month_of_a_unit_that_ended)
{
	struct period june = month_of(2025, 6), before = { day(2025, 6, 1), day(2025, 6, 15) };
	struct device d = enrolled(4, ROLE_APPROVER);
	uint64_t base = ledger_info(w.l).lsn;
	struct judgement j;

	act(day(2025, 6, 16), c1_into_c2, ARRAY_LEN(c1_into_c2));
	j = month(&d, june, 7, base);
	cr_assert_eq(j.verdict, VERDICT_LATE);
	cr_assert_eq(j.code, CODE_SUCCESSOR);
	cr_assert_eq(decide_late(4, j.lsn, 0, none), -ERR_INVALID);
	cr_assert_eq(decide_late(4, j.lsn, 0, before), 0, "%s", w.e.msg);
	cr_assert_eq(admitted(4, before), 7);
	cr_assert_eq(admitted(1, june), 7);
	j = month(&d, june, 8, base);
	cr_assert_eq(
		decide_late(5, j.lsn, 5, (struct period){ day(2025, 6, 16), day(2025, 6, 30) }), 0,
		"%s", w.e.msg);
	cr_assert_eq(admitted(1, june), 15);
	like_naive(june);
}

/* ---- what follows by itself ---- */

static const uint32_t to_new[] = { 8 };
static const struct op_change c1_becomes_n[] = {
	{ .what = CHANGE_CREATE,
	  .unit = 8,
	  .parent = 2,
	  .kind = UNIT_COMMUNE,
	  .code = SPAN_LIT("N"),
	  .name = SPAN_LIT("Xã N") },
	{ .what = CHANGE_MERGE, .unit = 4, .into = to_new, .into_count = 1 },
	{ .what = CHANGE_MERGE, .unit = 5, .into = to_new, .into_count = 1 },
};

static size_t follow(void)
{
	size_t made;

	must(ledger_follow(w.l, false, &w.key, w.now_ms, &made, &w.e), &w.e, "what follows");
	cr_assert(made || !ledger_follow_due(w.l));
	return made;
}

static int64_t begins_with(uint32_t unit, day_t with)
{
	int64_t members;
	uint64_t lsn;
	int rc;

	must(read_enter(w.l, &w.e), &w.e, "read");
	rc = members_get(w.l, unit, with - 1, &members, &lsn, &w.e);
	read_leave(w.l);
	return rc ? -1 : members;
}

static void import_members(uint32_t unit, struct period p, int64_t members)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 14, members, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	d.op.reason = SPAN_LIT("counted again");
	world_act_now(&w, draft_op(&d));
}

/* C1 goes on as N, under another number: its July of a device that does not know is N's July, and nobody is asked. */
Test(acts_device, what_went_over_one_to_one_is_mapped_without_a_person)
{
	struct period july = month_of(2025, 7), june = month_of(2025, 6);
	struct device d = enrolled(4, ROLE_APPROVER);
	uint64_t base = ledger_info(w.l).lsn;
	struct judgement j;

	act(day(2025, 7, 1), c1_becomes_n, 2);
	cr_assert(ledger_follow_due(w.l));
	cr_assert_eq(follow(), 0, "nothing has come");
	j = month(&d, june, 5, base);
	cr_assert_eq(j.verdict, VERDICT_ACCEPTED, "June was its own");
	cr_assert_eq(follow(), 0, "it says nothing of members");
	j = month(&d, july, 7, base);
	cr_assert_eq(j.verdict, VERDICT_LATE);
	cr_assert_eq(j.code, CODE_SUCCESSOR);
	cr_assert_eq(admitted(1, july), -1);
	cr_assert_eq(follow(), 1);
	cr_assert_eq(admitted(8, july), 7);
	cr_assert_eq(admitted(1, july), 7);
	cr_assert_eq(follow(), 0, "once");
	j = month(&d, july, 8, base);
	world_reopen(&w);
	cr_assert_not(ledger_follow_due(w.l), "not known after a start");
	size_t made;
	must(ledger_follow(w.l, true, &w.key, w.now_ms, &made, &w.e), &w.e, "everything");
	cr_assert_eq(made, 1);
	like_naive(july);
}

/* Two went into one: their months are two months, and one sheet cannot take both. */
Test(acts_device, of_two_that_went_into_one_a_person_decides)
{
	struct device d = enrolled(4, ROLE_APPROVER);
	uint64_t base = ledger_info(w.l).lsn;
	struct judgement j;

	act(day(2025, 7, 1), c1_becomes_n, 3);
	j = month(&d, month_of(2025, 7), 7, base);
	cr_assert_eq(j.verdict, VERDICT_LATE);
	cr_assert_eq(follow(), 0);
	cr_assert_eq(admitted(1, month_of(2025, 7)), -1, "it waits");
	cr_assert_eq(decide_late(8, j.lsn, 8, month_of(2025, 7)), 0, "%s", w.e.msg);
	cr_assert_eq(admitted(8, month_of(2025, 7)), 7);
}

/* What N saw of C1's is named by N's devices. One of them replaces all of it; the other had seen the same. */
Test(acts_device, what_came_from_another_unit_is_known_where_it_counts)
{
	struct period july = month_of(2025, 7);
	struct device d = enrolled(4, ROLE_APPROVER), first, second;
	struct device *each[2] = { &first, &second };
	uint64_t base = ledger_info(w.l).lsn;
	struct judgement late, j;

	act(day(2025, 7, 1), c1_becomes_n, 3);
	first = enrolled(8, ROLE_APPROVER);
	second = enrolled(8, ROLE_APPROVER);
	late = month(&d, july, 7, base);
	cr_assert_eq(decide_late(8, late.lsn, 8, july), 0, "%s", w.e.msg);
	base = ledger_info(w.l).lsn;
	for (int i = 0; i < 2; i++) {
		struct sheet_draft s;
		uint64_t saw;

		draft_init(&s, 8, FORM_SHORT, july);
		saw = draft_see(&s, late.id);
		draft_put(&s, 2, 8 + i, saw);
		draft_sign(&s, SIGN_OWN, saw);
		s.op.reason = SPAN_LIT("one more");
		draft_op(&s);
		j = sent(each[i], &s.op, base);
		cr_assert_eq(j.verdict, VERDICT_ACCEPTED, "%d: %d", i, j.code);
	}
	cr_assert_geq(admitted(8, july), 8);
	like_naive(july);
}

/* C2's June came behind the closing and counts: it stands in the way of an act as any other June does. */
Test(acts_device, what_came_late_and_counts_is_not_cut_by_an_act)
{
	struct period june = month_of(2025, 6);
	struct device d = enrolled(4, ROLE_APPROVER);
	uint64_t base = ledger_info(w.l).lsn;
	struct op op = { .kind = OP_CLOSE,
			 .unit = 1,
			 .close = { .form = FORM_SHORT, .period = june } };
	struct judgement j;

	world_act_now(&w, &op);
	j = month(&d, june, 9, base);
	cr_assert_eq(j.code, CODE_CLOSED);
	op = (struct op){ .kind = OP_ACT,
			  .act = { .no = SPAN_LIT("1-QĐ/TU"),
				   .signer = SPAN_LIT("A"),
				   .signed_day = day(2025, 6, 16),
				   .effective = day(2025, 6, 16),
				   .changes = c1_into_c2,
				   .count = ARRAY_LEN(c1_into_c2) } };
	cr_assert_eq(decide_late(4, j.lsn, 0, none), 0, "%s", w.e.msg);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	cr_assert_not_null(strstr(w.e.msg, "figures for days after it"), "%s", w.e.msg);
	op = build_plan(4, FORM_SHORT, june, PLAN_NONE);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	cr_assert_not_null(strstr(w.e.msg, "figures are there already"), "%s", w.e.msg);
	cr_assert_eq(admitted(1, june), 9);
}

/* A word of its own took June out of the plan, and the act that came then ended what follows. */
Test(acts_device, a_month_that_no_act_cut_is_outside_the_plan)
{
	static const struct op_change ends[] = { { .what = CHANGE_DISSOLVE, .unit = 5 } };
	struct device d = enrolled(5, ROLE_APPROVER);
	uint64_t base = ledger_info(w.l).lsn;
	struct op op = build_plan(5, FORM_SHORT,
				  (struct period){ day(2025, 6, 1), day(2025, 6, 30) }, PLAN_NONE);
	struct judgement j;

	world_act_now(&w, &op);
	act(day(2025, 7, 1), ends, ARRAY_LEN(ends));
	j = month(&d, month_of(2025, 6), 9, base);
	cr_assert_eq(j.verdict, VERDICT_REFUSED);
	cr_assert_eq(j.code, CODE_OUTSIDE_PLAN, "%s", op_code_name(j.code));
}

/* N begins with the members of both, as soon as both are known, and again when one of them is corrected. */
Test(acts_device, openings_are_computed_without_a_person)
{
	struct op op = build_form(&w, "monthly");
	struct period june = month_of(2025, 6);
	day_t first = day(2025, 7, 1);

	world_act_now(&w, &op);
	import_members(4, june, 30);
	act(first, c1_becomes_n, 3);
	cr_assert_eq(follow(), 0);
	cr_assert_eq(begins_with(8, first), -1, "of C2 nothing is known");
	import_members(5, june, 12);
	cr_assert(ledger_follow_due(w.l));
	cr_assert_eq(follow(), 1);
	cr_assert_eq(begins_with(8, first), 42);
	cr_assert_eq(follow(), 0);
	import_members(5, june, 13);
	cr_assert_eq(follow(), 1);
	cr_assert_eq(begins_with(8, first), 43, "as corrected");
	/* what a person says stands */
	op = build_members(8, first - 1, 40);
	world_act_now(&w, &op);
	import_members(4, june, 31);
	cr_assert_eq(follow(), 0);
	cr_assert_eq(begins_with(8, first), 40);
}

/* C2, which goes on and takes C1 over, is the last to say how many it had. */
Test(acts_device, who_takes_others_over_begins_with_its_own_too)
{
	struct period june = month_of(2025, 6);
	day_t first = day(2025, 7, 1);

	import_members(4, june, 30);
	act(first, c1_into_c2, ARRAY_LEN(c1_into_c2));
	cr_assert_eq(follow(), 0, "of C2 nothing is known");
	import_members(5, june, 12);
	cr_assert_eq(follow(), 1);
	cr_assert_eq(begins_with(5, first), 42);
	import_members(5, june, 13);
	cr_assert_eq(follow(), 1);
	cr_assert_eq(begins_with(5, first), 43, "as corrected");
	cr_assert_eq(follow(), 0);
	import_members(5, month_of(2025, 5), 11);
	cr_assert_not(ledger_follow_due(w.l), "of another day");
}

/* Who was asked for a flash and did not know of the act that ended, cut or moved the unit is not turned away. */
Test(acts_device, a_flash_of_before_an_act_is_not_refused)
{
	static const struct op_change to_d2[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct period flash = { day(2025, 6, 1), day(2025, 6, 22) };
	struct device c1 = enrolled(4, ROLE_APPROVER), c2 = enrolled(5, ROLE_APPROVER);
	struct op op = build_form(&w, "flash");
	struct sheet_draft d;
	struct judgement j;
	uint64_t base, asked;

	world_act_now(&w, &op);
	op = build_request(2, 2, flash.to);
	asked = world_act_now(&w, &op);
	base = ledger_info(w.l).lsn;
	act(day(2025, 6, 16), c1_into_c2, ARRAY_LEN(c1_into_c2));
	act(day(2025, 6, 20), to_d2, 1);
	for (int i = 0; i < 2; i++) {
		struct device *by = i ? &c2 : &c1;

		draft_init(&d, by->unit, 2, flash);
		draft_put(&d, 2, 3 + i, 0);
		draft_sign(&d, SIGN_OWN, 0);
		d.op.sheet.request = asked;
		j = sent(by, (draft_op(&d), &d.op), base);
		cr_assert_eq(j.verdict, VERDICT_LATE, "%d: %s", i, op_code_name(j.code));
		cr_assert_eq(j.code, i ? CODE_PERIOD_CUT : CODE_SUCCESSOR);
	}
	cr_assert_eq(decide_late(5, j.lsn, 0, none), 0, "%s", w.e.msg);
	cr_assert_eq(admitted(5, flash), 4);
	/* who knew is told at once */
	draft_init(&d, 5, 2, flash);
	draft_put(&d, 2, 9, 0);
	draft_sign(&d, SIGN_OWN, 0);
	d.op.sheet.request = asked;
	j = sent(&c2, (draft_op(&d), &d.op), ledger_info(w.l).lsn);
	cr_assert_eq(j.verdict, VERDICT_REFUSED);
}

static const struct request_line *asked_now(uint32_t unit)
{
	const struct request_line *list;
	size_t count;

	must(query_requests(&list, &count, w.l, unit, w.a, &w.e), &w.e, "requests");
	cr_assert_eq(count, 1);
	return list;
}

/* C2 takes C1 over on the 16th; asked for figures up to the 22nd it answers for the days since, and is waited for. */
Test(acts_device, a_flash_of_a_month_that_an_act_cut)
{
	struct period days[] = { { day(2025, 6, 10), day(2025, 6, 22) },
				 { day(2025, 6, 16), day(2025, 6, 22) } };
	struct op op = build_form(&w, "flash");
	struct device c2 = enrolled(5, ROLE_APPROVER);
	const struct request_line *r;
	uint64_t asked;

	world_act_now(&w, &op);
	act(day(2025, 6, 16), c1_into_c2, ARRAY_LEN(c1_into_c2));
	op = build_request(2, 2, days[0].to);
	asked = world_act_now(&w, &op);
	r = asked_now(2);
	cr_assert(r->expected == 1 && !r->answered && r->missing[0] == 5);
	for (int i = 0; i < 2; i++) {
		struct sheet_draft d;
		struct judgement j;

		draft_init(&d, 5, 2, days[i]);
		draft_put(&d, 2, 4, 0);
		draft_sign(&d, SIGN_OWN, 0);
		d.op.sheet.request = asked;
		j = sent(&c2, (draft_op(&d), &d.op), ledger_info(w.l).lsn);
		cr_assert_eq(j.code, i ? CODE_OK : CODE_PERIOD_WRONG, "%d: %d", i, j.code);
	}
	r = asked_now(2);
	cr_assert(r->expected == 1 && r->answered == 1);
	cr_assert_eq(admitted(5, days[1]), 4);
	like_naive(days[1]);
}

/* ---- targets ---- */

static struct feed_page pull(const struct device *d, enum feed_way way, uint64_t *authority)
{
	struct feed_ask ask = { .bytes_max = 1 << 20, .count_max = 1000, .way = way };
	struct feed_scope scope;
	struct feed_page page;

	must(feed_scope(&scope, w.l, d->device, &w.e), &w.e, "scope");
	must(feed_page(&page, w.l, &scope, &ask, w.a, &w.e), &w.e, "page");
	cr_assert_not(page.more);
	*authority = scope.authority;
	return page;
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

Test(acts_device, a_successor_reads_the_targets_that_came_to_it)
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
Test(acts_device, the_year_before_is_not_told_by_a_part_of_it)
{
	static const uint32_t quarter[] = { 250000 };
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
Test(acts_device, a_successor_reports_what_its_predecessors_did)
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
Test(acts_device, an_act_of_a_day_to_come_brings_the_plan_of_those_from_elsewhere)
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

/* The district that a unit leaves on a day to come reads it until then. The first entry of that day takes it away, and
 * says so: a device that read an hour before midnight and one that reads an hour later hold the same in the end. A
 * clock put back brings nothing back. */
Test(acts_device, who_is_left_on_a_day_to_come_reads_until_its_first_entry)
{
	static const struct op_change to_d2[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct device left, came, itself;
	uint64_t authority, lsn, due, sheet;
	struct feed_page page;

	w.now_ms = instant_of_day_start(day(2025, 6, 15));
	left = enrolled(2, ROLE_CLERK);
	came = enrolled(3, ROLE_CLERK);
	itself = enrolled(5, ROLE_APPROVER);
	lsn = act(day(2025, 7, 1), to_d2, 1);
	w.now_ms = instant_of_day_end(day(2025, 6, 30));
	sheet = month(&itself, month_of(2025, 5), 3, lsn).lsn;
	page = pull(&left, FEED_WALK, &authority);
	cr_assert(has(&page, sheet));
	cr_assert_eq(authority, lsn);
	due = written_on(day(2025, 7, 1));
	for (int i = 0; i < 2; i++) {
		for (enum feed_way way = FEED_WALK; way <= FEED_SCAN; way++) {
			page = pull(&left, way, &authority);
			cr_assert_not(has(&page, sheet));
			cr_assert_eq(authority, due);
			page = pull(&came, way, &authority);
			cr_assert(has(&page, sheet));
			cr_assert_eq(authority, lsn, "nothing is taken from it");
			page = pull(&itself, way, &authority);
			cr_assert(has(&page, sheet));
			cr_assert_eq(authority, due, "others are above it");
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

/* What somebody above wrote of a unit is theirs for ever; the unit itself and all that it wrote is not any more once it
 * stands below another. Their device reads the one without the other, and is stopped by none of it. */
Test(acts_device, what_was_written_of_a_unit_that_left)
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
	page = pull(&above, FEED_WALK, &authority);
	part = open_part(&kv, &page, 2);
	ledger_close(part);
	kv_close(kv);
}

/* ---- proposals ---- */

static struct op proposal(void)
{
	return (struct op){ .kind = OP_ACT_PROPOSAL,
			    .unit = 2,
			    .act = { .no = SPAN_LIT("3-TTr"),
				     .signer = SPAN_LIT("B"),
				     .signed_day = day(2025, 5, 1),
				     .effective = day(2025, 7, 1),
				     .changes = c1_into_c2,
				     .count = ARRAY_LEN(c1_into_c2) } };
}

static struct op refusal(uint64_t lsn)
{
	return (struct op){ .kind = OP_ACT_REFUSAL,
			    .unit = 2,
			    .reason = SPAN_LIT("not this year"),
			    .act_refusal = { .lsn = lsn } };
}

Test(acts_device, a_unit_proposes_and_the_operator_answers_once)
{
	struct device district = enrolled(2, ROLE_APPROVER), clerk = enrolled(2, ROLE_CLERK);
	struct device operator= enrolled(1, ROLE_OPERATOR), stranger = enrolled(3, ROLE_APPROVER);
	struct op op = proposal(), no;
	uint64_t first, second;

	cr_assert_eq(sent(&clerk, &op, ledger_info(w.l).lsn).code, CODE_NOT_ALLOWED);
	cr_assert_eq(sent(&stranger, &op, ledger_info(w.l).lsn).code, CODE_NOT_ALLOWED);
	first = sent(&district, &op, ledger_info(w.l).lsn).lsn;
	cr_assert(unit_alive(tree_get(ledger_tree(w.l), 4), day(2025, 8, 1)), "nothing changed");
	no = refusal(first);
	cr_assert_eq(sent(&district, &no, ledger_info(w.l).lsn).code, CODE_NOT_ALLOWED);
	no.act_refusal.lsn = first - 1;
	cr_assert_eq(sent(&operator, & no, ledger_info(w.l).lsn).code, CODE_STATE_WRONG);
	no.act_refusal.lsn = first;
	cr_assert_eq(sent(&operator, & no, ledger_info(w.l).lsn).code, CODE_OK);
	cr_assert_eq(sent(&operator, & no, ledger_info(w.l).lsn).code, CODE_STATE_WRONG);
	second = sent(&district, &op, ledger_info(w.l).lsn).lsn;
	op.kind = OP_ACT;
	op.unit = 0;
	op.act.proposal = first;
	cr_assert_eq(sent(&operator, & op, ledger_info(w.l).lsn).code, CODE_STATE_WRONG);
	op.act.proposal = second;
	cr_assert_eq(sent(&operator, & op, ledger_info(w.l).lsn).code, CODE_OK);
	cr_assert_not(unit_alive(tree_get(ledger_tree(w.l), 4), day(2025, 8, 1)));
	no.act_refusal.lsn = second;
	cr_assert_eq(sent(&operator, & no, ledger_info(w.l).lsn).code, CODE_STATE_WRONG);
}

/* A device of a unit below one that was merged, which reads for the first time, is not told of the one that has
 * ended: it stands below the successor all the same. */
Test(acts_device, who_stood_below_a_merged_unit_goes_along)
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
	page = pull(&below, FEED_WALK, &authority);
	part = open_part(&kv, &page, 5);
	cr_assert_null(tree_get(ledger_tree(part), 2));
	cr_assert_not(tree_inside(ledger_tree(part), 5, 3, day(2025, 5, 31), UINT64_MAX));
	cr_assert(tree_inside(ledger_tree(part), 5, 3, day(2025, 6, 1), UINT64_MAX));
	ledger_close(part);
	kv_close(kv);
}
