/* One case per verdict, through submissions and acts; what only the author's view may decide; and under
 * which unit a refused op is filed. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "build.h"
#include "internal.h"

/* The small tree, and at each place a device: approver and clerk of C1 (4), of D1 (2), of D2 (3), an
 * operator at the province. */
static struct world w;
static struct device approver, clerk, superior, stranger, operator, twin;
static struct sheet_draft d;

static void setup(void)
{
	struct op op;

	world_open(&w, false, false);
	build_small_tree(&w);
	op = build_form(&w, "flash");
	world_act_now(&w, &op);
	op = build_form(&w, "monthly");
	world_act_now(&w, &op);
	world_begin(&w);
	approver = world_device(&w, 4, ROLE_APPROVER);
	clerk = world_device(&w, 4, ROLE_CLERK);
	superior = world_device(&w, 2, ROLE_APPROVER);
	stranger = world_device(&w, 3, ROLE_APPROVER);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	twin = world_device(&w, 4, ROLE_APPROVER);
	world_commit(&w);
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(decide, .init = setup, .fini = teardown);

/* September of C1, one figure. */
static void september(void)
{
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 9));
	draft_put(&d, 2, 1, 0);
}

static struct judgement sent(struct device *by)
{
	struct judgement j;

	draft_op(&d);
	j = world_submit_now(&w, by, &d.op);
	d.op.author = 0; /* the next one is sent by whoever sends it */
	return j;
}

static uint32_t filed_under(uint64_t lsn)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	struct entry en;
	struct buf b;
	uint32_t unit;

	buf_init(&b, ENTRY_MAX);
	must(ledger_entry(w.l, lsn, &b, &w.e), &w.e, "entry");
	must(entry_decode(&en, buf_span(&b), a, &w.e), &w.e, "entry");
	unit = en.unit;
	buf_fini(&b);
	arena_free(a);
	return unit;
}

#define WANT(by, want)                                                                          \
	do {                                                                                    \
		struct judgement j_ = sent(by);                                                 \
		cr_assert_eq(j_.code, want, "%s, not %s", op_code_name(j_.code),                \
			     op_code_name(want));                                               \
		cr_assert_eq(j_.verdict, want == CODE_OK ? VERDICT_ACCEPTED : VERDICT_REFUSED); \
	} while (0)

Test(decide, who_may_write_and_sign)
{
	september();
	WANT(&clerk, CODE_OK);
	draft_init(&d, 5, FORM_SHORT, month_of(2022, 9));
	draft_put(&d, 2, 1, 0);
	WANT(&clerk, CODE_NOT_ALLOWED);
	WANT(&superior, CODE_NOT_ALLOWED); /* below, and without saying on whose word */
	d.op.on_behalf = SPAN_LIT("telephone");
	d.op.reason = SPAN_LIT("no line");
	WANT(&superior, CODE_OK);
	WANT(&stranger, CODE_NOT_ALLOWED);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 8));
	draft_sign(&d, SIGN_OWN, 0);
	WANT(&clerk, CODE_NOT_ALLOWED);
	draft_sign(&d, SIGN_IMPORT, 0);
	WANT(&approver, CODE_NOT_ALLOWED);
	draft_sign(&d, SIGN_PAPER, 0);
	d.op.sheet.sign.signer = (struct span){ NULL, 0 };
	WANT(&clerk, CODE_SIGNATURE_INCOMPLETE);
	draft_sign(&d, SIGN_PAPER, 0);
	WANT(&clerk, CODE_OK);
	d.op.author = superior.person;
	WANT(&clerk, CODE_PERSON_UNKNOWN);
}

Test(decide, what_a_sheet_may_say)
{
	september();
	d.op.unit = 99;
	WANT(&clerk, CODE_UNIT_UNKNOWN);
	september();
	d.op.sheet.form = 77;
	WANT(&clerk, CODE_FORM_UNKNOWN);
	september();
	d.op.sheet.form_version = 2;
	WANT(&clerk, CODE_FORM_UNKNOWN);
	september();
	draft_put(&d, 4000, 1, 0);
	WANT(&clerk, CODE_MEASURE_UNKNOWN);
	september();
	d.op.sheet.period.to--;
	WANT(&clerk, CODE_PERIOD_WRONG);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 11)); /* today is 15 October */
	draft_put(&d, 2, 1, 0);
	WANT(&clerk, CODE_PERIOD_WRONG);
	d.op.sheet.period = month_of(2022, 10);
	WANT(&clerk, CODE_OK);
	d.op.sheet.period = month_of(2019, 12);
	WANT(&clerk, CODE_UNIT_CLOSED);
	september();
	d.op.sheet.form = 1; /* monthly, a form, but not in the plan */
	WANT(&clerk, CODE_OUTSIDE_PLAN);
	september();
	draft_see(&d, (struct op_id){ 5, 5, 5 });
	WANT(&clerk, CODE_VERSION_UNKNOWN);
}

Test(decide, a_reason_where_the_author_saw_a_signature)
{
	struct op_id first;

	september();
	draft_sign(&d, SIGN_OWN, 0);
	WANT(&approver, CODE_OK);
	first = device_id(&approver);
	september();
	WANT(&approver, CODE_REASON_NEEDED); /* own device: it knows */
	WANT(&clerk, CODE_REASON_NEEDED);    /* its base is after the signature */
	d.op.reason = SPAN_LIT("one forgotten");
	draft_see(&d, first);
	WANT(&clerk, CODE_OK);
}

/* What came meanwhile from elsewhere must not decide, or figures would depend on the order. */
Test(decide, no_reason_where_the_author_could_not_see_it)
{
	uint64_t before = ledger_info(w.l).lsn;
	struct submission s;
	struct judgement j;
	struct packed p;
	struct op_id first;

	september();
	draft_sign(&d, SIGN_OWN, 0);
	WANT(&approver, CODE_OK);
	first = device_id(&approver);
	for (int named = 0; named < 2; named++) {
		september();
		if (named)
			draft_see(&d, first);
		d.op.author = clerk.person;
		clerk.seq++;
		p = pack(&w, device_id(&clerk), draft_op(&d), before);
		s = (struct submission){ .device = clerk.device,
					 .envelope = p.envelope,
					 .body = p.body };
		world_begin(&w);
		must(ledger_submit(w.l, &s, w.now_ms, &j, &w.e), &w.e, "submit");
		world_commit(&w);
		cr_assert_eq(j.code, named ? CODE_REASON_NEEDED : CODE_OK, "%s",
			     op_code_name(j.code));
	}
	/* the same for a superior who telephoned meanwhile */
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 9));
	draft_put(&d, 14, 9, 0);
	d.op.on_behalf = SPAN_LIT("telephone");
	d.op.reason = SPAN_LIT("no line");
	WANT(&superior, CODE_ON_BEHALF_SIGNED);
	d.op.author = superior.person;
	superior.seq++;
	p = pack(&w, device_id(&superior), draft_op(&d), before);
	s = (struct submission){ .device = superior.device,
				 .envelope = p.envelope,
				 .body = p.body };
	world_begin(&w);
	must(ledger_submit(w.l, &s, w.now_ms, &j, &w.e), &w.e, "submit");
	world_commit(&w);
	cr_assert_eq(j.code, CODE_OK, "%s", op_code_name(j.code));
}

Test(decide, the_units_own_replaces_what_was_signed_for_it)
{
	september();
	draft_sign(&d, SIGN_PAPER, 0);
	d.op.on_behalf = SPAN_LIT("telephone");
	d.op.reason = SPAN_LIT("no line");
	WANT(&superior, CODE_OK);
	september();
	draft_sign(&d, SIGN_OWN, 0);
	WANT(&approver, CODE_OK); /* without a reason */
}

static struct op mark(enum op_kind kind)
{
	return (struct op){ .kind = kind,
			    .unit = 4,
			    .reason = SPAN_LIT("looked at"),
			    .mark = { .form = FORM_SHORT,
				      .period = month_of(2022, 9),
				      .seen_lsn = ledger_info(w.l).lsn } };
}

static enum op_code marked(struct device *by, enum op_kind kind)
{
	struct op op = mark(kind);

	return world_submit_now(&w, by, &op).code;
}

static struct sheet of_september(void)
{
	struct sheet s;

	must(ledger_sheet(w.l, 4, FORM_SHORT, month_of(2022, 9), &s, &w.e), &w.e, "sheet");
	return s;
}

static void signed_september(void)
{
	september();
	draft_sign(&d, SIGN_OWN, 0);
	WANT(&approver, CODE_OK);
}

Test(decide, recall)
{
	struct sheet s;

	cr_assert_eq(marked(&approver, OP_RECALL), CODE_NOTHING_TO_DO);
	signed_september();
	cr_assert_eq(marked(&superior, OP_RECALL), CODE_NOT_ALLOWED);
	cr_assert_eq(marked(&clerk, OP_RECALL), CODE_NOT_ALLOWED);
	cr_assert_eq(marked(&approver, OP_RECALL), CODE_OK);
	s = of_september();
	cr_assert_eq(sheet_status(&s), SHEET_DRAFT);
	cr_assert_not(s.returned_lsn);
}

/* Every state of a sheet against every mark, by somebody who may. */
Test(decide, marks_in_every_state)
{
	static const enum op_kind kinds[] = { OP_RECALL, OP_RETURN, OP_ACCEPT };
	enum { NONE, DRAFT, SIGNED, CHANGED, ACCEPTED, RETURNED, STATES };
	static const enum op_code want[STATES][3] = {
		[NONE] = { CODE_NOTHING_TO_DO, CODE_NOTHING_TO_DO, CODE_NOTHING_TO_DO },
		[DRAFT] = { CODE_NOTHING_TO_DO, CODE_NOTHING_TO_DO, CODE_NOTHING_TO_DO },
		[SIGNED] = { CODE_OK, CODE_OK, CODE_OK },
		[CHANGED] = { CODE_OK, CODE_OK, CODE_STATE_WRONG },
		[ACCEPTED] = { CODE_STATE_WRONG, CODE_OK, CODE_STATE_WRONG },
		[RETURNED] = { CODE_NOTHING_TO_DO, CODE_NOTHING_TO_DO, CODE_NOTHING_TO_DO },
	};

	for (int state = 0; state < STATES; state++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			struct op op;

			teardown();
			setup();
			if (state == DRAFT) {
				september();
				WANT(&clerk, CODE_OK);
			} else if (state != NONE) {
				signed_september();
			}
			if (state == CHANGED) {
				september();
				draft_put(&d, 14, 5, 0);
				d.op.reason = SPAN_LIT("a slip");
				WANT(&clerk, CODE_OK);
			}
			if (state == ACCEPTED)
				cr_assert_eq(marked(&superior, OP_ACCEPT), CODE_OK);
			if (state == RETURNED)
				cr_assert_eq(marked(&superior, OP_RETURN), CODE_OK);
			op = mark(kinds[k]);
			cr_assert_eq(world_submit_now(&w, k ? &superior : &approver, &op).code,
				     want[state][k], "state %d, %s", state, op_kind_name(kinds[k]));
		}
}

Test(decide, nobody_accepts_what_was_not_seen)
{
	struct op accept, give_back;

	signed_september();
	accept = mark(OP_ACCEPT);
	give_back = mark(OP_RETURN);
	september();
	draft_sign(&d, SIGN_OWN, 0);
	d.op.reason = SPAN_LIT("a slip");
	WANT(&approver, CODE_OK);
	cr_assert_eq(world_submit_now(&w, &superior, &accept).code, CODE_STATE_WRONG);
	give_back.author = 0;
	cr_assert_eq(world_submit_now(&w, &superior, &give_back).code, CODE_STATE_WRONG);
	cr_assert_eq(marked(&approver, OP_ACCEPT), CODE_NOT_ALLOWED); /* one's own */
	cr_assert_eq(marked(&clerk, OP_RETURN), CODE_NOT_ALLOWED);
	cr_assert_eq(marked(&stranger, OP_ACCEPT), CODE_NOT_ALLOWED);
	cr_assert_eq(marked(&superior, OP_RETURN), CODE_OK);
}

/* An acceptance is of what stood there; a return is over when the unit signs again. */
Test(decide, what_marks_leave_behind)
{
	struct op op;
	struct sheet s;

	signed_september();
	op = mark(OP_ACCEPT);
	op.mark.in_time = true;
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
	s = of_september();
	cr_assert(s.accepted_lsn && s.in_time && sheet_status(&s) == SHEET_SIGNED);
	september();
	draft_put(&d, 14, 5, 0);
	d.op.reason = SPAN_LIT("a slip");
	WANT(&clerk, CODE_OK);
	s = of_september();
	cr_assert(!s.accepted_lsn && !s.in_time && sheet_status(&s) == SHEET_CHANGED);
	cr_assert_eq(marked(&superior, OP_RETURN), CODE_OK);
	s = of_september();
	cr_assert(s.returned_lsn == ledger_info(w.l).lsn && sheet_status(&s) == SHEET_DRAFT);
	september();
	draft_sign(&d, SIGN_OWN, 0);
	WANT(&approver, CODE_OK); /* no reason: nothing signed stands */
	s = of_september();
	cr_assert(!s.returned_lsn && sheet_counts(&s));
}

Test(decide, a_flash_answers_a_request)
{
	struct op op = build_request(2, 2, day(2022, 9, 22));
	uint64_t request;

	draft_init(&d, 4, 2, (struct period){ day(2022, 9, 1), day(2022, 9, 22) });
	draft_put(&d, 2, 1, 0);
	WANT(&clerk, CODE_NO_REQUEST);
	request = world_act_now(&w, &op);
	d.op.sheet.request = request;
	WANT(&clerk, CODE_OK);
	d.op.sheet.period.from++;
	WANT(&clerk, CODE_PERIOD_WRONG);
	d.op.sheet.period = (struct period){ day(2022, 9, 1), day(2022, 9, 23) };
	WANT(&clerk, CODE_NO_REQUEST);
	draft_init(&d, 3, 2, (struct period){ day(2022, 9, 1), day(2022, 9, 22) });
	draft_put(&d, 2, 1, 0);
	d.op.sheet.request = request;
	WANT(&stranger, CODE_NO_REQUEST); /* asked of D1, not of D2 */
	op = build_request(1, 2, day(2022, 9, 22));
	d.op.sheet.request = world_act_now(&w, &op);
	WANT(&stranger, CODE_OUTSIDE_PLAN); /* those below report */
	op = build_request(4, 2, day(2022, 9, 23));
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
	op.author = 0;
	cr_assert_eq(world_submit_now(&w, &stranger, &op).code, CODE_NOT_ALLOWED);
	op.author = 0;
	op.request.form = FORM_SHORT;
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_FORM_UNKNOWN);
}

/* A refused op stands in the chain of the unit it names when that is in the device's scope; otherwise
 * anybody could write into anybody's chain. */
Test(decide, where_a_refused_op_is_filed)
{
	struct op setting = { .kind = OP_SETTING, .setting = { SPAN_LIT("k"), SPAN_LIT("v") } };
	struct judgement j;

	september();
	draft_put(&d, 4000, 1, 0);
	cr_assert_eq(filed_under(sent(&clerk).lsn), 4);
	cr_assert_eq(filed_under(sent(&superior).lsn), 4, "not allowed, yet in its scope");
	j = sent(&stranger); /* the measure is looked at before the rights */
	cr_assert_eq(j.code, CODE_MEASURE_UNKNOWN);
	cr_assert_eq(filed_under(j.lsn), 3);
	d.op.author = 4444;
	j = sent(&stranger);
	cr_assert_eq(j.code, CODE_PERSON_UNKNOWN);
	cr_assert_eq(filed_under(j.lsn), 3);
	j = world_submit_now(&w, &stranger, &setting);
	cr_assert_eq(j.code, CODE_NOT_ALLOWED);
	cr_assert_eq(filed_under(j.lsn), 3, "nobody but the server writes what all read");
}

/* Naming a refused op counts as naming what it named, also through several, in whatever order. */
Test(decide, names_of_refused_ops)
{
	struct op_id accepted, refused[2];
	struct sheet s;

	for (int order = 0; order < 2; order++) {
		struct period p = month_of(2022, 8 + order);

		draft_init(&d, 4, FORM_SHORT, p);
		draft_put(&d, 2, 1, 0);
		WANT(&clerk, CODE_OK);
		accepted = device_id(&clerk);
		for (int i = 0; i < 2; i++) {
			draft_init(&d, 4, FORM_SHORT, p);
			draft_put(&d, 2, 2 + i, draft_see(&d, i ? refused[0] : accepted));
			draft_put(&d, 4000, 1, 0);
			WANT(&clerk, CODE_MEASURE_UNKNOWN);
			refused[i] = device_id(&clerk);
		}
		draft_init(&d, 4, FORM_SHORT, p);
		if (order)
			draft_see(&d, refused[0]); /* stands before the one that leads to it */
		draft_put(&d, 2, 9, draft_see(&d, refused[1]));
		WANT(&clerk, CODE_OK);
		must(ledger_sheet(w.l, 4, FORM_SHORT, p, &s, &w.e), &w.e, "sheet");
		cr_assert_eq(s.version_count, 1, "the first version was named, by two steps");
		cr_assert_eq(s.versions[0].value, 9);
	}
}

Test(decide, units)
{
	struct op op = build_unit(8, 9, UNIT_BASE_CELL, "N", 0);

	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* no such parent */
	op = build_unit(8, 0, UNIT_PROVINCE, "N", 0);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* a second root */
	op = build_unit(8, 1, UNIT_DIRECT, "D1", 0);
	cr_assert_eq(world_try(&w, &op), -ERR_EXISTS);
	op = build_unit(7, 1, UNIT_DIRECT, "N", 0);
	cr_assert_eq(world_try(&w, &op), -ERR_EXISTS);
	op = build_unit(8, 1, UNIT_DIRECT, "N", 55);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* no such form */
	op = build_unit(8, 4, UNIT_SECTION, "N", FORM_SHORT);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* C1 reports already */
	op = build_unit(8, 1, UNIT_DIRECT, "N", 2);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* a flash is asked for, not planned */
	op = build_unit(8, 1, UNIT_DIRECT, "N", 0);
	op.unit = 4;
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* would stand in another unit's chain */
	op.unit = 8;
	cr_assert_eq(world_try(&w, &op), 0);
	for (uint32_t i = 9; i <= 8 + UNIT_DEPTH_MAX; i++) {
		op = build_unit(i, i == 9 ? 8 : i - 1, UNIT_SECTION, arena_printf(w.a, "X%u", i),
				0);
		if (i - 9 + 3 <= UNIT_DEPTH_MAX) /* the province, N, and i-9+1 more */
			cr_assert_eq(world_try(&w, &op), 0, "%u", i);
		else
			cr_assert_eq(world_try(&w, &op), -ERR_INVALID, "%u", i);
		if (i - 9 + 3 > UNIT_DEPTH_MAX)
			break;
	}
}

/* A unit whose form is yearly reports years. */
Test(decide, a_unit_reports_by_its_forms_period)
{
	struct op op = build_form_text(form_quarterly_text);
	struct plan_row p;
	struct arena *a = arena_new(1 << 20);

	world_act_now(&w, &op);
	op = build_unit(8, 4, UNIT_SECTION, "Q",
			FORM_QUARTERLY); /* shares nothing with C1's form */
	cr_assert_eq(world_try(&w, &op), 0);
	must(read_enter(w.l, &w.e), &w.e, "read");
	must(plan_get(w.l, 8, &p, a, &w.e), &w.e, "plan");
	read_leave(w.l);
	cr_assert_eq(p.count, 1);
	cr_assert_eq(p.intervals[0].step, PLAN_QUARTER);
	arena_free(a);
}

static struct plan_row plan_of(uint32_t unit, struct arena *a)
{
	struct plan_row p;

	must(read_enter(w.l, &w.e), &w.e, "read");
	must(plan_get(w.l, unit, &p, a, &w.e), &w.e, "plan");
	read_leave(w.l);
	return p;
}

Test(decide, plans)
{
	struct period year = year_of(2021), tail = { day(2021, 1, 1), 0 };
	struct arena *a = arena_new(1 << 20);
	struct plan_row p;
	struct op op;

	op = build_plan(2, FORM_SHORT, year, PLAN_MONTH);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* C1 and C2 below report */
	op = build_plan(99, FORM_SHORT, year, PLAN_MONTH);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	for (uint32_t unit = 4; unit <= 5; unit++) {
		op = build_plan(unit, FORM_SHORT, year, PLAN_NONE);
		cr_assert_eq(world_try(&w, &op), 0);
	}
	p = plan_of(4, a);
	cr_assert_eq(p.count, 2); /* cut in two, in order */
	cr_assert_eq(p.intervals[0].period.to, day(2020, 12, 31));
	cr_assert_eq(p.intervals[1].period.from, day(2022, 1, 1));
	op = build_plan(2, FORM_SHORT, year, PLAN_YEAR);
	cr_assert_eq(world_try(&w, &op), 0);
	op = build_plan(4, FORM_SHORT, tail, PLAN_MONTH);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* D1 reports 2021 */
	/* where figures are, the plan may only say what it said */
	september();
	draft_op(&d);
	d.op.author = 0;
	world_act_now(&w, &d.op);
	op = build_plan(4, FORM_SHORT, year_of(2022), PLAN_NONE);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	op = build_plan(4, FORM_SHORT, year_of(2022), PLAN_QUARTER);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	op = build_plan(4, 1, year_of(2022), PLAN_MONTH);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* another form of the same measures */
	op = build_plan(4, FORM_SHORT, year_of(2022), PLAN_MONTH);
	cr_assert_eq(world_try(&w, &op), 0);
	op = build_plan(4, FORM_SHORT, (struct period){ day(2023, 1, 1), 0 }, PLAN_NONE);
	cr_assert_eq(world_try(&w, &op), 0);
	arena_free(a);
}

/* A form that counts what two others count cuts both, and both go on behind it. */
Test(decide, a_plan_that_cuts_two)
{
	static const char both[] =
		"[form]\ncode = both\nno = 103\nversion = 1\nvalid_from = 2020-01-01\nperiod = month\n"
		"name_vi = x\nname_en = x\n"
		"[measure admitted]\nno = 2\nkind = flow\nneed = required\nname_vi = a\nname_en = a\n"
		"[measure meetings]\nno = 901\nkind = flow\nneed = required\nname_vi = a\nname_en = a\n";
	struct arena *a = arena_new(1 << 20);
	struct plan_row p;
	struct op op;

	op = build_form_text(form_quarterly_text);
	world_act_now(&w, &op);
	op = build_form_text(both);
	world_act_now(&w, &op);
	op = build_plan(4, FORM_QUARTERLY, (struct period){ day(2020, 1, 1), 0 }, PLAN_QUARTER);
	cr_assert_eq(world_try(&w, &op), 0);
	op = build_plan(4, 103, year_of(2021), PLAN_MONTH);
	cr_assert_eq(world_try(&w, &op), 0);
	p = plan_of(4, a);
	cr_assert_eq(p.count, 5);
	for (size_t i = 1; i < p.count; i++)
		cr_assert_leq(p.intervals[i - 1].period.from, p.intervals[i].period.from);
	cr_assert_not_null(plan_find(&p, FORM_SHORT, year_of(2022)));
	cr_assert_not_null(plan_find(&p, FORM_QUARTERLY, year_of(2022)));
	cr_assert_null(plan_find(&p, FORM_QUARTERLY, year_of(2021)));
	arena_free(a);
}

/* Refused, not an error after the entry was written: that would stop the server for good. */
Test(decide, a_plan_of_too_many_intervals)
{
	struct op op;
	int rc = 0, i;

	for (i = 0; i < 2 * PLAN_INTERVALS_MAX && !rc; i++) {
		day_t on = day(2023, 1, 1) + 3 * i;

		op = build_plan(4, FORM_SHORT, (struct period){ on, on }, PLAN_NONE);
		rc = world_try(&w, &op);
	}
	cr_assert_eq(rc, -ERR_INVALID);
	cr_assert_eq(i, PLAN_INTERVALS_MAX);
	september();
	WANT(&clerk, CODE_OK);
}

Test(decide, a_province_of_many_plans)
{
	struct op op;

	world_begin(&w);
	for (uint32_t i = 8; i < 4008; i++) {
		op = build_unit(i, 1, UNIT_BASE_CELL, arena_printf(w.a, "M%u", i), FORM_SHORT);
		world_act(&w, &op);
	}
	world_commit(&w);
	op = build_plan(1, FORM_SHORT, year_of(2019), PLAN_YEAR); /* looks at all of them */
	cr_assert_eq(world_try(&w, &op), 0, "%s", w.e.msg);
}

Test(decide, forms)
{
	struct op op = build_form_text("[form]\ncode = x\n");

	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	op = build_form_text(form_short_text);
	cr_assert_eq(world_try(&w, &op), -ERR_EXISTS);
	op = build_form_text(
		"[form]\ncode = other\nno = 101\nversion = 2\nvalid_from = 2020-01-01\n"
		"period = month\nname_vi = x\nname_en = x\n[measure admitted]\nno = 2\n"
		"kind = flow\nneed = required\nname_vi = a\nname_en = a\n");
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* the number is another form's */
	op = build_form_text(
		"[form]\ncode = other\nno = 110\nversion = 1\nvalid_from = 2020-01-01\n"
		"period = month\nname_vi = x\nname_en = x\n[measure admitted]\nno = 3\n"
		"kind = flow\nneed = required\nname_vi = a\nname_en = a\n");
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* a measure keeps its number */
}

Test(decide, targets_members_and_claims)
{
	struct op op = build_target(4, year_of(2022), "nothing", "1", 5), claim;

	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_MEASURE_UNKNOWN);
	op = build_target(4, year_of(2022), "admitted", "1", 5);
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
	op.author = 0;
	cr_assert_eq(world_submit_now(&w, &stranger, &op).code, CODE_NOT_ALLOWED);
	op.author = 0;
	cr_assert_eq(world_submit_now(&w, &clerk, &op).code, CODE_NOT_ALLOWED);
	op.author = 0;
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_EXISTS);
	op.author = 0;
	op.target.value = 6; /* the same paper does not say two numbers */
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_EXISTS);
	op.author = 0;
	op.target.period = year_of(2023); /* but one for each year, */
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
	op.author = 0;
	op.target.type = TARGET_RATE; /* and a rate beside it */
	op.target.value = 0;
	op.target.rate_digits = 3;
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
	op = build_target(4, year_of(2022), "admitted", "1", 5);
	op.target.value_max = 9;
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_TARGET_INVALID);
	op.author = 0;
	op.target.value_max = 0;
	op.target.supersedes = SPAN_LIT("1");
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_REASON_NEEDED);
	op.author = 0;
	op.reason = SPAN_LIT("adjusted");
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
	op.author = 0;
	op.target.supersedes = SPAN_LIT("2");
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_TARGET_UNKNOWN);
	op = build_members(4, day(2022, 1, 1), 40);
	cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_NOT_ALLOWED);
	claim = (struct op){ .kind = OP_CLAIM,
			     .unit = 1,
			     .claim = { .id = SPAN_LIT("c"),
					.period = year_of(2022),
					.has_value = true,
					.measure = SPAN_LIT("admitted") } };
	cr_assert_eq(world_submit_now(&w, &superior, &claim).code, CODE_NOT_ALLOWED);
	claim.author = 0;
	cr_assert_eq(world_submit_now(&w, &operator, & claim).code, CODE_OK);
	claim.author = 0;
	cr_assert_eq(world_submit_now(&w, &operator, & claim).code, CODE_EXISTS);
	claim.author = 0;
	claim.claim.id = SPAN_LIT("d");
	claim.claim.measure = SPAN_LIT("nothing");
	cr_assert_eq(world_submit_now(&w, &operator, & claim).code, CODE_MEASURE_UNKNOWN);
}

Test(decide, people_come_and_go)
{
	struct op op = build_person(clerk.person, 4, ROLE_CLERK);

	op.person.to = day(2022, 10, 14); /* yesterday */
	world_act_now(&w, &op);
	september();
	WANT(&clerk, CODE_PERSON_UNKNOWN);
	op = (struct op){ .kind = OP_CLOCK, .clock.ms = 1 };
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID); /* no illustrative store */
	op = build_device(clerk.device, 4, clerk.person, 0);
	cr_assert_eq(world_try(&w, &op), -ERR_EXISTS); /* an epoch of before */
	op = (struct op){ .kind = OP_EPOCH, .device = { .device = 12345, .epoch = 5 } };
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
}

/* A dry run says what a submission would get, and leaves nothing. */
Test(decide, asked_only)
{
	struct op_base base = { .lsn = ledger_info(w.l).lsn };
	struct op_id id = { clerk.device, 1, 1 };

	september();
	draft_op(&d);
	d.op.author = clerk.person;
	cr_assert_eq(ledger_decide(w.l, &d.op, id, 4, &base, w.now_ms, &w.e), CODE_OK);
	cr_assert_eq(ledger_decide(w.l, &d.op, id, 3, &base, w.now_ms, &w.e), CODE_NOT_ALLOWED);
	cr_assert_eq(w.e.code, ERR_DENIED);
	cr_assert_str_eq(w.e.msg, op_code_text(CODE_NOT_ALLOWED));
	cr_assert_eq(ledger_info(w.l).lsn, base.lsn);
}
