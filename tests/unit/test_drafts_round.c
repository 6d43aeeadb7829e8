/* A round of drafts: told, answered, published; and who may. */
#include <criterion/criterion.h>

#include "build.h"
#include "ledger/drafts.h"
#include "ledger/emulate.h"

static struct world w;
static struct device own, superior, operator;

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	own = world_device(&w, 4, ROLE_APPROVER);
	superior = world_device(&w, 2, ROLE_APPROVER);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	world_commit(&w);
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(drafts_round, .init = setup, .fini = teardown);

static struct op number(enum op_kind kind, uint32_t unit, int64_t value, uint64_t draft)
{
	struct op op = build_target(unit, year_of(2023), "admitted", "7-KH", value);

	op.kind = kind;
	op.target.instrument = kind == OP_TARGET_REGISTER ? INSTR_REGISTRATION : INSTR_PLAN;
	op.target.draft = draft;
	return op;
}

static uint64_t want(struct device *by, struct op op, enum op_code code)
{
	struct judgement j;

	op.author = 0;
	j = world_submit_now(&w, by, &op);
	cr_assert_eq(j.code, code, "%s: %s, not %s", op_kind_name(op.kind), op_code_name(j.code),
		     op_code_name(code));
	return j.lsn;
}

static uint64_t draft(uint32_t unit, int64_t value)
{
	struct op op = number(OP_TARGET_DRAFT, unit, value, 0);

	op.target.answer_by = day(2022, 11, 30);
	return want(&superior, op, CODE_OK);
}

static struct drafts_table table_at(uint64_t known)
{
	struct drafts_ask ask = { .unit = 2,
				  .period = year_of(2023),
				  .measure = SPAN_LIT("admitted"),
				  .known_at = known };
	struct drafts_table t;
	struct err e = { 0 };

	must(query_drafts_table(&t, w.l, &ask, w.a, &e), &e, "drafts");
	return t;
}

static struct drafts_table table(void)
{
	return table_at(UINT64_MAX);
}

/* What stands for unit 4, the first row. */
static void expect(enum draft_state state, int64_t drafted, int64_t registered, bool answered)
{
	struct drafts_table t = table();
	const struct draft_line *r = &t.rows[0];

	cr_assert_eq(t.count, 2);
	cr_assert_eq(r->unit, 4);
	cr_assert_eq(r->state, state, "%s", draft_state_name(r->state));
	cr_assert_eq(r->draft.has_goal ? r->draft.goal : -1, drafted);
	cr_assert_eq(r->answer.has_goal ? r->answer.goal : -1, registered);
	cr_assert_eq(r->answered, answered);
}

Test(drafts_round, told_answered_published)
{
	struct op op;
	uint64_t first, second;
	struct drafts_table t;

	expect(DRAFT_NONE, -1, -1, false);
	first = draft(4, 12);
	expect(DRAFT_WAITS, 12, -1, false);
	want(&own, number(OP_TARGET_REGISTER, 4, 10, first), CODE_REASON_NEEDED);
	op = number(OP_TARGET_REGISTER, 4, 10, first);
	op.reason = SPAN_LIT("fewer people are left");
	want(&own, op, CODE_OK);
	expect(DRAFT_ANSWERED, 12, 10, true);
	second = draft(4, 11); /* after hearing them: another draft, which is not answered yet */
	expect(DRAFT_WAITS, 11, 10, false);
	want(&own, number(OP_TARGET_REGISTER, 4, 11, second),
	     CODE_OK); /* agreed: no reason needed */
	expect(DRAFT_ANSWERED, 11, 11, true);
	t = table();
	cr_assert_eq(t.drafted, 1); /* unit 5 is left out */
	cr_assert_eq(t.answered, 1);
	cr_assert_eq(t.rows[1].state, DRAFT_NONE);
	cr_assert_eq(t.sum_draft, 11);
	cr_assert_eq(t.answer_by, day(2022, 11, 30));
	want(&superior, number(OP_TARGET, 4, 11, second), CODE_OK);
	expect(DRAFT_PUBLISHED, 11, 11, true);
	cr_assert_eq(table().published, 1);
	/* as it was known before the second draft */
	t = table_at(second - 1);
	cr_assert_eq(t.rows[0].draft.goal, 12);
	cr_assert_eq(t.rows[0].answer.goal, 10);
	cr_assert_eq(t.rows[0].state, DRAFT_ANSWERED);
}

Test(drafts_round, a_draft_is_no_target)
{
	const struct target_line *lines;
	struct err e = { 0 };
	size_t count;
	uint64_t lsn = draft(4, 12);

	must(query_targets(&lines, &count, w.l, 4, year_of(2023), UINT64_MAX, w.a, &e), &e, "t");
	cr_assert_eq(count, 0);
	want(&superior, number(OP_TARGET, 4, 12, lsn), CODE_OK);
	must(query_targets(&lines, &count, w.l, 4, year_of(2023), UINT64_MAX, w.a, &e), &e, "t");
	cr_assert_eq(count, 1);
}

Test(drafts_round, names_a_draft_that_is_there)
{
	uint64_t lsn = draft(4, 12), other = draft(5, 3);
	struct op op = number(OP_TARGET_REGISTER, 4, 12, other);

	want(&own, op, CODE_TARGET_UNKNOWN); /* another unit's */
	op.target.draft = 1;
	want(&own, op, CODE_TARGET_UNKNOWN); /* no draft */
	op.target.draft = lsn;
	op.target.period = year_of(2024);
	want(&own, op, CODE_TARGET_UNKNOWN); /* of another year */
	op = number(OP_TARGET, 4, 12, other);
	want(&superior, op, CODE_TARGET_UNKNOWN);
	op = number(OP_TARGET_DRAFT, 4, 12, 0);
	op.target.base_date = day(2024, 1, 1);
	want(&superior, op, CODE_TARGET_INVALID);
	op.target.base_date = 0;
	op.target.measure = SPAN_LIT("nothing");
	want(&superior, op, CODE_MEASURE_UNKNOWN);
	want(&own, number(OP_TARGET_DRAFT, 4, 12, 0), CODE_NOT_ALLOWED);
	want(&superior, number(OP_TARGET_REGISTER, 4, 12, lsn), CODE_NOT_ALLOWED);
	op = number(OP_TARGET_REGISTER, 4, 9, lsn);
	op.on_behalf = SPAN_LIT("telephone, Mr A");
	op.reason = SPAN_LIT("no line");
	want(&superior, op, CODE_OK);
	expect(DRAFT_ANSWERED, 12, 9, true);
	/* unasked */
	op = number(OP_TARGET_REGISTER, 4, 9, 0);
	op.target.period = year_of(2025);
	want(&own, op, CODE_REASON_NEEDED);
	op.reason = SPAN_LIT("our own resolution");
	want(&own, op, CODE_OK);
}

static struct publish_ask asking(const struct drafts_table *t, enum publish_take take)
{
	return (struct publish_ask){ .tree = ledger_tree(w.l),
				     .table = t,
				     .period = year_of(2023),
				     .measure = SPAN_LIT("admitted"),
				     .take = take,
				     .instrument = INSTR_DECISION,
				     .doc_no = SPAN_LIT("9-QĐ"),
				     .doc_date = day(2022, 12, 20) };
}

static size_t publish(const struct publish_ask *ask, struct op **ops, int want_rc)
{
	struct err e = { 0 };
	size_t count;
	int rc = drafts_publish(ops, &count, ask, w.a, &e);

	cr_assert_eq(rc, want_rc, "%s", e.msg);
	return count;
}

Test(drafts_round, what_is_published)
{
	struct publish_change changes[] = { { 5, false, 4 } };
	struct op register_ = number(OP_TARGET_REGISTER, 4, 10, draft(4, 12)), *ops;
	struct drafts_table t;
	struct publish_ask ask;

	register_.reason = SPAN_LIT("fewer");
	want(&own, register_, CODE_OK);
	t = table();
	ask = asking(&t, TAKE_DRAFT);
	cr_assert_eq(publish(&ask, &ops, 0), 1); /* unit 5 has no draft: no target, not zero */
	cr_assert_eq(ops[0].target.value, 12);
	ask.take = TAKE_REGISTERED;
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	cr_assert_eq(ops[0].target.value, 10);
	cr_assert_eq(ops[0].target.instrument, INSTR_DECISION);
	cr_assert_eq(ops[0].target.draft, register_.target.draft);
	ask.changes = changes;
	ask.change_count = 1;
	cr_assert_eq(publish(&ask, &ops, 0), 2);
	cr_assert_eq(ops[1].unit, 5);
	cr_assert_eq(ops[1].target.value, 4);
	cr_assert_eq(ops[1].target.draft, 0);
	changes[0] = (struct publish_change){ 4, true, 0 };
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	cr_assert_eq(ops[0].kind, OP_TARGET_DRAFT);
	cr_assert_eq(ops[0].target.type, TARGET_NONE);
	want(&superior, ops[0], CODE_OK);
	expect(DRAFT_WITHDRAWN, -1, 10, false);
	cr_assert_eq(table().drafted, 0);
	t = table();
	changes[0].unit = 6;
	publish(&ask, &ops, -ERR_NOTFOUND);
	ask.change_count = 0;
	publish(&ask, &ops, -ERR_STATE);
	changes[0] = (struct publish_change){ 4, false, 8 };
	ask.change_count = 1;
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	ops[0].target.draft = 0;
	want(&superior, ops[0], CODE_OK);
	draft(4, 9);
	t = table();
	ask.change_count = 0;
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	ops[0].target.doc_no = SPAN_LIT("10-QĐ");
	want(&superior, ops[0], CODE_OK);
	t = table();
	ask.change_count = 1;
	publish(&ask, &ops, -ERR_EXISTS);
}

/* ---- groups, people put forward ---- */

/* A limit is answered by a limit, and what is published of it is one; by rate too. */
Test(drafts_round, a_limit_stays_a_limit)
{
	struct op op = number(OP_TARGET_DRAFT, 4, 3, 0), *ops;
	struct drafts_table t;
	struct publish_ask ask;
	uint64_t lsn;

	op.target.type = TARGET_MAXIMUM;
	lsn = want(&superior, op, CODE_OK);
	op = number(OP_TARGET_REGISTER, 4, 3, lsn);
	want(&own, op, CODE_TARGET_INVALID);
	op.target.type = TARGET_MAXIMUM;
	want(&own, op, CODE_OK);
	t = table();
	ask = asking(&t, TAKE_REGISTERED);
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	cr_assert_eq(ops[0].target.type, TARGET_MAXIMUM);
	op = number(OP_TARGET_DRAFT, 4, 0, 0);
	op.target.type = TARGET_RATE_MAXIMUM;
	op.target.rate_digits = 2;
	op.target.has_base = true;
	op.target.base_value = 149;
	want(&superior, op, CODE_OK);
	expect(DRAFT_WAITS, 2, 3, false);
	/* a number to reach is not answered by a limit */
	lsn = draft(4, 3);
	op = number(OP_TARGET_REGISTER, 4, 3, lsn);
	op.target.type = TARGET_MAXIMUM;
	want(&own, op, CODE_TARGET_INVALID);
}

static uint64_t draft_limit(int64_t value)
{
	struct op op = number(OP_TARGET_DRAFT, 4, value, 0);

	op.target.type = TARGET_MAXIMUM;
	return want(&superior, op, CODE_OK);
}

static struct drafts_table sorted(enum drafts_sort sort)
{
	struct drafts_ask ask = { .unit = 2,
				  .period = year_of(2023),
				  .measure = SPAN_LIT("admitted"),
				  .known_at = UINT64_MAX,
				  .sort = sort };
	struct drafts_table t;
	struct err e = { 0 };

	must(query_drafts_table(&t, w.l, &ask, w.a, &e), &e, "drafts");
	return t;
}

/* At least 12, at most 15: each is answered, published and taken back by itself. */
Test(drafts_round, a_number_and_a_limit_stand_side_by_side)
{
	uint64_t least = draft(4, 12), most = draft_limit(15);
	struct op op = number(OP_TARGET_REGISTER, 4, 15, most), *ops;
	struct drafts_table t;
	struct publish_ask ask;

	expect(DRAFT_WAITS, 12, -1, false);
	t = sorted(DRAFTS_LIMITS);
	cr_assert(t.limits && t.beside == 1 && t.drafted == 1 && t.sum_draft == 15);
	t = table();
	cr_assert(!t.limits && t.beside == 1 && t.drafted == 1 && t.sum_draft == 12);
	op.target.type = TARGET_MAXIMUM;
	want(&own, op, CODE_OK);
	expect(DRAFT_WAITS, 12, -1, false); /* the limit is answered, the number is not */
	t = sorted(DRAFTS_LIMITS);
	cr_assert_eq(t.rows[0].state, DRAFT_ANSWERED);
	want(&own, number(OP_TARGET_REGISTER, 4, 12, least), CODE_OK);
	expect(DRAFT_ANSWERED, 12, 12, true);
	t = table();
	ask = asking(&t, TAKE_DRAFT);
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	cr_assert(ops[0].target.type == TARGET_EXACT && ops[0].target.value == 12);
	want(&superior, ops[0], CODE_OK);
	expect(DRAFT_PUBLISHED, 12, 12, true);
	t = sorted(DRAFTS_LIMITS);
	cr_assert_eq(t.rows[0].state, DRAFT_ANSWERED);
	ask = asking(&t, TAKE_DRAFT);
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	cr_assert(ops[0].target.type == TARGET_MAXIMUM && ops[0].target.value == 15);
	want(&superior, ops[0], CODE_OK); /* of the same document */
	t = sorted(DRAFTS_LIMITS);
	cr_assert_eq(t.rows[0].state, DRAFT_PUBLISHED);
}

Test(drafts_round, one_of_two_is_taken_back)
{
	struct publish_change out[] = { { 4, true, 0 } };
	uint64_t least = draft(4, 12), most = draft_limit(15), other = draft(5, 3);
	struct drafts_table t = sorted(DRAFTS_LIMITS);
	struct publish_ask ask = asking(&t, TAKE_DRAFT);
	struct op op, *ops;

	op = number(OP_TARGET_DRAFT, 4, 12, least);
	want(&superior, op, CODE_TARGET_INVALID); /* with a number it names none */
	op.target.type = TARGET_NONE;
	op.target.value = 0;
	op.target.draft = other;
	want(&superior, op, CODE_TARGET_UNKNOWN);
	ask.changes = out;
	ask.change_count = 1;
	cr_assert_eq(publish(&ask, &ops, 0), 1);
	cr_assert_eq(ops[0].target.draft, most);
	want(&superior, ops[0], CODE_OK);
	expect(DRAFT_WAITS, 12, -1, false); /* the number stands */
	t = sorted(DRAFTS_LIMITS);
	cr_assert_eq(t.rows[0].state, DRAFT_WITHDRAWN);
	cr_assert_eq(table().beside, 0);
	draft_limit(14);
	t = sorted(DRAFTS_LIMITS);
	cr_assert_eq(t.rows[0].draft.goal, 14);
	/* one that names none takes both back, as before there were two */
	op.target.draft = 0;
	want(&superior, op, CODE_OK);
	expect(DRAFT_WITHDRAWN, -1, -1, false);
	t = sorted(DRAFTS_LIMITS);
	cr_assert_eq(t.rows[0].state, DRAFT_WITHDRAWN);
}

static void group(const char *name, day_t from, day_t to)
{
	struct op op = { .kind = OP_GROUP,
			 .unit = 4,
			 .group = { span_str(name), .from = from, .to = to } };

	want(&operator, op, CODE_OK);
}

static void group_on(day_t on, const char *name)
{
	struct span got;
	struct err e = { 0 };

	must(query_group(&got, w.l, 4, on, UINT64_MAX, w.a, &e), &e, "group");
	cr_assert(span_eq(got, span_str(name)), "%.*s, not %s", (int)got.len,
		  (const char *)got.data, name);
}

Test(drafts_round, the_group_of_a_day)
{
	struct op op = { .kind = OP_GROUP,
			 .unit = 4,
			 .group = { SPAN_LIT("x"), .from = day(2022, 1, 1) } };
	struct span got;
	struct err e = { 0 };
	uint64_t before;

	want(&superior, op, CODE_NOT_ALLOWED);
	group_on(day(2022, 6, 1), "");
	group("uplands", day(2022, 1, 1), 0);
	before = ledger_info(w.l).lsn;
	group("coast", day(2022, 7, 1), day(2022, 7, 31));
	group_on(day(2021, 12, 31), "");
	group_on(day(2022, 6, 1), "uplands");
	group_on(day(2022, 7, 15), "coast");
	group_on(day(2022, 8, 1), "uplands");
	must(query_group(&got, w.l, 4, day(2022, 7, 15), before, w.a, &e), &e, "group");
	cr_assert(span_eq(got, SPAN_LIT("uplands"))); /* as it was known then */
	group("", day(2022, 9, 1), 0);
	group_on(day(2022, 10, 1), "");
}

static struct op put_forward(const char *title, uint32_t helped)
{
	return (struct op){ .kind = OP_COMMEND,
			    .unit = 4,
			    .commend = { .period = { day(2022, 1, 1), day(2022, 9, 30) },
					 .title = span_str(title),
					 .helped = helped } };
}

static size_t forward(struct period p, const struct commended **list)
{
	struct err e = { 0 };
	size_t count;

	must(query_commended(list, &count, w.l, 4, p, UINT64_MAX, w.a, &e), &e, "commended");
	return count;
}

Test(drafts_round, put_forward_by_the_unit_itself)
{
	const struct commended *list;
	struct op op = put_forward("Bí thư chi bộ 1", 3);

	want(&superior, op, CODE_NOT_ALLOWED);
	want(&own, op, CODE_OK);
	want(&own, put_forward("Bí thư chi bộ 2", 1), CODE_OK);
	want(&own, put_forward("Bí thư chi bộ 1", 4), CODE_OK);
	cr_assert_eq(forward(year_of(2022), &list), 2);
	cr_assert_eq(list[0].commend.helped, 4);
	cr_assert(span_eq(list[1].commend.title, SPAN_LIT("Bí thư chi bộ 2")));
	cr_assert_eq(forward(month_of(2022, 9), &list), 0); /* their days are longer */
	want(&own, put_forward("Bí thư chi bộ 1", 0), CODE_OK);
	cr_assert_eq(forward(year_of(2022), &list), 1);
	op.commend.period.to = day(2030, 1, 1);
	want(&own, op, CODE_PERIOD_WRONG);
}

static struct op by_name(uint8_t number, uint32_t helped, uint32_t body)
{
	struct op op = put_forward("Đảng viên", helped);

	op.commend.named = true;
	op.commend.person[0] = number;
	op.commend.sealed = helped ? SPAN_LIT("sealed") : (struct span){ NULL, 0 };
	op.commend.body = body;
	return op;
}

/* Of one title and the same days, and yet two. For a body above alone. */
Test(drafts_round, put_forward_by_name)
{
	const struct commended *list;
	struct commended_person who;
	uint8_t number[PERSON_ID] = { 1 };
	struct err e = { 0 };

	want(&own, by_name(1, 3, 2), CODE_OK);
	want(&own, by_name(2, 2, 0), CODE_OK);
	want(&own, put_forward("Đảng viên", 1), CODE_OK);
	want(&own, by_name(3, 2, 5), CODE_UNIT_UNKNOWN); /* beside it */
	want(&superior, by_name(3, 2, 2), CODE_NOT_ALLOWED);
	cr_assert_eq(forward(year_of(2022), &list), 3);
	must(query_commended_person(&who, w.l, 4, number, &e), &e, "person");
	cr_assert_eq(who.body, 2);
	want(&own, by_name(1, 0, 0), CODE_OK);
	cr_assert_eq(forward(year_of(2022), &list), 2);
	must(query_commended_person(&who, w.l, 4, number, &e), &e, "person");
	cr_assert_eq(who.body, 0); /* nobody above is handed anything any more */
	number[0] = 9;
	cr_assert_eq(query_commended_person(&who, w.l, 4, number, &e), -ERR_NOTFOUND);
}
