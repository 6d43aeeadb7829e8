/* Acts as devices meet them: figures typed without knowing of one, what follows by itself, proposals. */
#include <criterion/criterion.h>

#include "internal.h"
#include "ledger/acts.h"
#include "ledger/requests.h"
#include "naive.h"

#include "acts_world.h"

TestSuite(acts_device, .init = setup, .fini = teardown);

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
