/* What ops name by number, once the log that gave the number is no more: behind a restore other entries have it. */
#include <criterion/criterion.h>

#include "build.h"
#include "internal.h"
#include "ledger/acts.h"
#include "ledger/drafts.h"
#include "ledger/recovery.h"
#include "ledger/verify.h"

/* The small tree: C1 (4) and C2 (5) below D1 (2) below the province (1). */
static struct world w;
static struct device approver, clerk, superior, operator;
static struct sheet_draft d;
static struct kv *before; /* the rows before the newest op */
static uint64_t branch;
static bool said_again;        /* brought back, and refused in the lost log */
static const uint8_t *made_in; /* an incarnation; NULL: the first */

enum {
	LOST = 40
}; /* entries of the log that was left, behind the branch: as far as everybody had read it */

static void setup(void)
{
	struct op flash;

	world_open(&w, false, false);
	build_small_tree(&w);
	flash = build_form(&w, "flash");
	world_act_now(&w, &flash);
	world_begin(&w);
	approver = world_device(&w, 4, ROLE_APPROVER);
	clerk = world_device(&w, 4, ROLE_CLERK);
	superior = world_device(&w, 2, ROLE_APPROVER);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	world_commit(&w);
}

static void teardown(void)
{
	struct verify_report report;

	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	kv_close(before);
	before = NULL;
	world_close(&w);
}

TestSuite(lost_numbers, .init = setup, .fini = teardown);

static void restore(void)
{
	branch = ledger_info(w.l).lsn;
	world_restore(&w, branch);
}

static struct span in_incarnation(struct span envelope, const uint8_t id[16])
{
	struct arena *a = arena_new(1 << 16);
	struct envelope v;
	struct buf b;

	must(envelope_decode(&v, envelope, a, &w.e), &w.e, "an envelope");
	memcpy(v.base.incarnation, id, sizeof(v.base.incarnation));
	buf_init(&b, ENVELOPE_MAX);
	envelope_encode(&b, &v);
	envelope = arena_copy(w.a, buf_span(&b));
	buf_fini(&b);
	arena_free(a);
	return envelope;
}

static struct judgement from_base(struct device *v, struct op op, uint64_t base)
{
	struct submission s = { .device = v->device, .brought = said_again, .refused = said_again };
	struct judgement j;
	struct packed p;

	kv_close(before);
	must(kv_mem_clone(&before, w.kv, &w.e), &w.e, "copy");
	v->seq++;
	op.author = v->person;
	p = pack(&w, device_id(v), &op, base);
	s.envelope = made_in ? in_incarnation(p.envelope, made_in) : p.envelope;
	s.body = p.body;
	world_begin(&w);
	must(ledger_submit(w.l, &s, w.now_ms, &j, &w.e), &w.e, "submit");
	world_commit(&w);
	return j;
}

/* By somebody who had read all that was lost. */
static uint64_t want(struct device *v, struct op op, enum op_code code)
{
	struct judgement j = from_base(v, op, branch + LOST);

	cr_assert_eq(j.code, code, "%s: %s, not %s", op_kind_name(op.kind), op_code_name(j.code),
		     op_code_name(code));
	return j.lsn;
}

/* An earlier program said so of the newest op. */
static void was(uint64_t lsn, enum op_code code, const char *detail)
{
	cr_assert_eq(world_verify_as(&w, before, lsn, code ? VERDICT_REFUSED : VERDICT_ACCEPTED,
				     code, detail),
		     0, "what was judged so before stands");
	cr_assert_eq(world_verify_as(&w, before, lsn, VERDICT_REFUSED, CODE_FORM_UNKNOWN, detail),
		     -ERR_CORRUPT, "and nothing else");
}

/* An act of the console that the lost log had. */
static enum op_code brought(struct op op)
{
	struct envelope env = { .epoch = 1, .seq = 900, .base.lsn = branch + LOST };
	struct entry old = { .lsn = branch + LOST + 1 };
	struct buf body, envelope;
	struct judgement j;
	struct hash h;
	int rc;

	op.source = SPAN_LIT("console:test");
	buf_init(&body, OP_BODY_MAX);
	buf_init(&envelope, ENVELOPE_MAX);
	must(op_encode(&body, &op, &w.e), &w.e, "an act");
	h = hash_bytes(buf_span(&body));
	memcpy(env.body_hash, h.b, sizeof(env.body_hash));
	memcpy(env.base.incarnation, w.birth.incarnation, sizeof(env.base.incarnation));
	envelope_encode(&envelope, &env);
	old.envelope = buf_span(&envelope);
	old.body = buf_span(&body);
	world_begin(&w);
	rc = ledger_bring_act(w.l, &old, true, w.now_ms, &j, &w.e);
	cr_assert(rc == 0 || rc == -ERR_INVALID, "%s", w.e.msg);
	world_commit(&w);
	buf_fini(&body);
	buf_fini(&envelope);
	return j.code;
}

/* ---- late ops ---- */

static struct op sheet(int month, int64_t value)
{
	draft_init(&d, 4, FORM_SHORT, month_of(2022, month));
	draft_put(&d, 2, value, 0);
	return *draft_op(&d);
}

static struct op decision(uint64_t lsn)
{
	return (struct op){ .kind = OP_LATE_DECISION,
			    .unit = 4,
			    .reason = SPAN_LIT("the line was down"),
			    .late = { .lsn = lsn, .counts = true } };
}

/* Two months came late, before the branch and behind it. */
static void come_late(uint64_t late[4])
{
	struct op close = { .kind = OP_CLOSE,
			    .unit = 1,
			    .close = { FORM_SHORT, { day(2022, 5, 1), day(2022, 8, 31) } } };
	uint64_t open = ledger_info(w.l).lsn;

	world_act_now(&w, &close);
	for (int i = 0; i < 4; i++) {
		struct judgement j;

		if (i == 2)
			restore();
		j = from_base(&clerk, sheet(5 + i, 3 + i), open);
		cr_assert_eq(j.verdict, VERDICT_LATE);
		late[i] = j.lsn;
	}
}

Test(lost_numbers, a_decision_on_a_late_op_is_on_that_of_its_log)
{
	uint64_t late[4], lsn;
	struct late_row row;

	come_late(late);
	lsn = want(&superior, decision(late[2]), CODE_LATE_UNKNOWN);
	was(lsn, CODE_OK, NULL);
	cr_assert_eq(brought(decision(late[3])), CODE_LATE_UNKNOWN);
	cr_assert_eq(brought(decision(late[1])), CODE_OK, "of before the branch");
	want(&superior, decision(late[0]), CODE_OK);
	must(read_enter(w.l, &w.e), &w.e, "read");
	must(late_get(w.l, late[2], &row, &w.e), &w.e, "a late op");
	cr_assert_eq(row.decided_lsn, 0, "another one is decided on");
	read_leave(w.l);
}

/* ---- signatures ---- */

static struct op signed_sheet(int64_t value, struct op_id over)
{
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 9));
	draft_put(&d, 2, value, over.device ? draft_see(&d, over) : 0);
	draft_sign(&d, SIGN_OWN, 0);
	return *draft_op(&d);
}

/* What sent it back is lost: what was signed then comes back all the same, for nobody asked why. */
Test(lost_numbers, what_was_signed_after_it_was_sent_back_says_no_reason)
{
	struct op_id none = { 0 };
	struct op sent_back = { .kind = OP_RETURN,
				.unit = 4,
				.reason = SPAN_LIT("look again"),
				.mark = { FORM_SHORT, month_of(2022, 9), 0, false } };
	struct judgement j;
	struct sheet s;
	uint64_t lsn;

	restore();
	j = from_base(&approver, signed_sheet(17, none), branch);
	cr_assert_eq(j.code, CODE_OK);
	sent_back.mark.seen_lsn = branch + 1;
	want(&superior, sent_back, CODE_STATE_WRONG);
	j = from_base(&approver, signed_sheet(18, device_id(&approver)), branch);
	cr_assert_eq(j.code, CODE_REASON_NEEDED, "who had not read what is lost says why");
	lsn = want(&approver, signed_sheet(18, (struct op_id){ approver.device, 1, 1 }), CODE_OK);
	was(lsn, CODE_REASON_NEEDED, NULL);
	must(ledger_sheet(w.l, 4, FORM_SHORT, month_of(2022, 9), &s, &w.e), &w.e, "a sheet");
	cr_assert_eq(sheet_figure(&s, 2, 4).winner->value, 18);
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED);
}

/* It was written while the month was unlocked, and what unlocked it is lost. */
Test(lost_numbers, what_was_written_into_an_unlocked_month_is_late_and_not_refused)
{
	struct op close = { .kind = OP_CLOSE,
			    .unit = 1,
			    .close = { FORM_SHORT, month_of(2022, 8) } };
	struct op unlocked = sheet(8, 5);
	struct judgement j;

	world_act_now(&w, &close);
	restore();
	cr_assert_eq(from_base(&clerk, unlocked, branch).code, CODE_REASON_NEEDED);
	j = from_base(&clerk, unlocked, branch + LOST);
	cr_assert_eq(j.verdict, VERDICT_LATE);
	cr_assert_eq(j.code, CODE_CLOSED);
	was(j.lsn, CODE_REASON_NEEDED, NULL);
	unlocked.reason = SPAN_LIT("an amendment, as it was");
	want(&clerk, unlocked, CODE_OK);
}

/* An older copy ran, and then a newer one was found: in the log in between, which is no more, another entry had the number
 * of the closing. Its author had not read that. */
Test(lost_numbers, what_was_written_between_two_restores_is_late_and_not_refused)
{
	static const uint8_t between[16] = { 0x5b };
	struct op close = { .kind = OP_CLOSE,
			    .unit = 1,
			    .close = { FORM_SHORT, month_of(2022, 8) } };
	uint64_t closed = world_act_now(&w, &close);
	struct judgement j;

	restore();
	made_in = between;
	j = from_base(&clerk, sheet(8, 5), closed);
	made_in = NULL;
	cr_assert_eq(j.verdict, VERDICT_LATE);
	cr_assert_eq(j.code, CODE_CLOSED);
	was(j.lsn, CODE_REASON_NEEDED, NULL);
}

/* ---- days ---- */

/* A term that ended, as the log had it already when the copy was made. */
static void end_term(const struct device *v, day_t last)
{
	struct op person = build_person(v->person, v->unit, ROLE_CLERK);

	person.person.to = last;
	person.reason = SPAN_LIT("a new clerk");
	world_act_now(&w, &person);
}

/* Judged while the term ran; it comes back when that is over. */
Test(lost_numbers, what_was_said_in_a_term_stands_when_it_comes_back_behind_it)
{
	day_t last = day_of_instant(w.now_ms) + 2;
	struct ledger_info here;
	uint64_t lsn;

	end_term(&clerk, last);
	restore();
	w.now_ms += 3 * INT64_C(86400000);
	lsn = want(&clerk, sheet(8, 5), CODE_OK);
	was(lsn, CODE_PERSON_UNKNOWN, NULL);
	cr_assert_eq(from_base(&clerk, sheet(7, 6), branch).code, CODE_OK,
		     "also who had not read what is lost");
	here = ledger_info(w.l);
	made_in = here.incarnation;
	cr_assert_eq(from_base(&clerk, sheet(7, 7), here.lsn).code, CODE_PERSON_UNKNOWN,
		     "who had read this log says it now");
	made_in = NULL;
	said_again = true; /* the log is verified in the end */
	want(&clerk, sheet(7, 7), CODE_PERSON_UNKNOWN);
}

/* It had ended before the copy was made. */
Test(lost_numbers, what_was_said_behind_a_term_is_refused)
{
	end_term(&clerk, day_of_instant(w.now_ms) - 1);
	restore();
	want(&clerk, sheet(8, 5), CODE_PERSON_UNKNOWN);
}

static struct op names_read(uint32_t unit)
{
	return (struct op){ .kind = OP_NAMES_READ, .unit = unit, .names = { NAMES_SEARCHED, 3 } };
}

static struct op unit_key(uint32_t unit)
{
	return (struct op){ .kind = OP_UNIT_KEY,
			    .unit = unit,
			    .unit_key = { .key = { 1 }, .public_half = { 2 }, .generation = 1 } };
}

/* The register goes by the day on which something is said, and not by that on which it comes back: a unit was there, and a
 * body above another one, until an act took effect that was known when the copy was made. */
Test(lost_numbers, what_was_said_before_an_act_took_effect_stands_when_it_comes_back_behind_it)
{
	const uint32_t into[] = { 5 };
	struct op_change changes[] = {
		{ .what = CHANGE_MERGE, .unit = 4, .into = into, .into_count = 1 },
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
	};
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("01-QĐ"),
				   .signed_day = day_of_instant(w.now_ms),
				   .effective = day_of_instant(w.now_ms) + 2,
				   .changes = changes,
				   .count = ARRAY_LEN(changes) } };
	struct ledger_info here;
	uint64_t lsn;

	world_act_now(&w, &act);
	restore();
	w.now_ms += 3 * INT64_C(86400000);
	lsn = want(&clerk, unit_key(4), CODE_OK);
	was(lsn, CODE_UNIT_CLOSED, tree_get(ledger_tree(w.l), 4)->code);
	lsn = want(&superior, names_read(5), CODE_OK);
	was(lsn, CODE_NOT_ALLOWED, NULL);
	here = ledger_info(w.l);
	made_in = here.incarnation;
	cr_assert_eq(from_base(&clerk, unit_key(4), here.lsn).code, CODE_UNIT_CLOSED);
	cr_assert_eq(from_base(&superior, names_read(5), here.lsn).code, CODE_NOT_ALLOWED);
	made_in = NULL;
}

/* ---- flashes ---- */

static struct op flash(int on, uint64_t request)
{
	draft_init(&d, 4, 2, (struct period){ day(2022, 9, 1), day(2022, 9, on) });
	draft_put(&d, 2, 5, 0);
	d.op.sheet.request = request;
	return *draft_op(&d);
}

Test(lost_numbers, a_flash_answers_the_request_that_came_back)
{
	struct op asked = build_request(2, 2, day(2022, 9, 22)),
		  other = build_request(3, 2, day(2022, 9, 20)),
		  of_day = build_request(1, 2, day(2022, 9, 21));
	struct op_change to_d2 = { .what = CHANGE_MOVE, .unit = 4, .parent = 3 };
	struct op moved = { .kind = OP_ACT,
			    .source = SPAN_LIT("console:test"),
			    .act = { .no = SPAN_LIT("01-QĐ"),
				     .signed_day = day(2022, 8, 20),
				     .effective = day(2022, 9, 1),
				     .changes = &to_d2,
				     .count = 1 } };
	uint64_t kept = world_act_now(&w, &of_day), lsn;

	restore();
	lsn = branch + LOST;
	want(&clerk, flash(22, lsn), CODE_NO_REQUEST);
	world_act_now(&w, &other);
	want(&clerk, flash(22, lsn), CODE_NO_REQUEST);
	want(&clerk, flash(20, lsn), CODE_NO_REQUEST); /* of another unit */
	want(&clerk, flash(21, lsn), CODE_NO_REQUEST); /* not the one that was lost */
	world_act_now(&w, &asked);
	lsn = want(&clerk, flash(22, lsn), CODE_OK);
	was(lsn, CODE_NO_REQUEST, NULL);
	want(&clerk, flash(21, kept), CODE_OK);
	world_act_now(&w, &moved);
	want(&clerk, flash(22, branch + LOST), CODE_OK); /* below D1 as its author had read */
	cr_assert_eq(from_base(&clerk, flash(22, branch + LOST), branch).code, CODE_NO_REQUEST,
		     "a number of nothing that its author had read");
}

/* ---- proposals ---- */

static struct op renamed(enum op_kind kind, const char *name, uint64_t proposal)
{
	static struct op_change change;

	change = (struct op_change){ .what = CHANGE_RENAME, .unit = 4, .name = span_str(name) };
	return (struct op){ .kind = kind,
			    .unit = kind == OP_ACT ? 0 : 2,
			    .act = { .no = SPAN_LIT("02-QĐ"),
				     .signer = SPAN_LIT("B"),
				     .signed_day = day(2022, 8, 20),
				     .effective = day(2022, 9, 1),
				     .changes = &change,
				     .count = 1,
				     .proposal = proposal } };
}

static struct op not_carried_out(uint64_t lsn)
{
	return (struct op){ .kind = OP_ACT_REFUSAL,
			    .unit = 2,
			    .reason = SPAN_LIT("not this year"),
			    .act_refusal = { .lsn = lsn } };
}

/* Two of one unit come back: the number that was answered is another one's, or nobody's. */
Test(lost_numbers, an_act_stands_without_the_proposal_that_was_lost)
{
	const struct proposal_line *lines;
	uint64_t here[2], kept, lsn;
	size_t count;

	kept = from_base(&superior, renamed(OP_ACT_PROPOSAL, "N0", 0), ledger_info(w.l).lsn).lsn;
	restore();
	for (int i = 0; i < 2; i++)
		here[i] = want(&superior, renamed(OP_ACT_PROPOSAL, "N1", 0), CODE_OK);
	lsn = want(&operator, renamed(OP_ACT, "N2", branch + LOST), CODE_OK);
	was(lsn, CODE_STATE_WRONG, "proposal");
	want(&operator, renamed(OP_ACT, "N3", here[0]), CODE_OK);
	cr_assert_eq(brought(renamed(OP_ACT, "N4", here[1])), CODE_OK);
	lsn = want(&operator, not_carried_out(here[0]), CODE_STATE_WRONG);
	was(lsn, CODE_STATE_WRONG, "answered already");
	must(query_proposals(&lines, &count, w.l, 0, w.a, &w.e), &w.e, "proposals");
	cr_assert_eq(count, 3);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(lines[i].answer_lsn, 0, "proposal %zu", i);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(from_base(&operator, not_carried_out(here[i]), branch).code, CODE_OK,
			     "who has read this log answers it");
	want(&operator, renamed(OP_ACT, "N5", kept), CODE_OK);
	must(query_proposals(&lines, &count, w.l, 0, w.a, &w.e), &w.e, "proposals");
	for (size_t i = 0; i < count; i++)
		cr_assert_neq(lines[i].answer_lsn, 0, "proposal %zu", i);
}

/* ---- drafts of targets ---- */

static struct op number(enum op_kind kind, const char *measure, int64_t value, uint64_t draft)
{
	struct op op = build_target(4, year_of(2023), measure, "7-KH", value);

	op.kind = kind;
	op.target.instrument = kind == OP_TARGET_REGISTER ? INSTR_REGISTRATION : INSTR_PLAN;
	op.target.draft = draft;
	return op;
}

static enum draft_state state_of(const char *measure)
{
	const struct draft_line *lines;
	size_t count;

	must(query_drafts(&lines, &count, w.l, 4, UINT64_MAX, w.a, &w.e), &w.e, "drafts");
	for (size_t i = 0; i < count; i++)
		if (span_eq(lines[i].draft.target.measure, span_str(measure)))
			return lines[i].state;
	return DRAFT_NONE;
}

/* Two are drafted at once, and one of them is made good: by the number that the other one has now. */
Test(lost_numbers, a_target_stands_without_the_draft_that_was_lost)
{
	struct op back = number(OP_TARGET_DRAFT, "admitted_women", 0, 0);
	uint64_t here[2], lsn;

	restore();
	lsn = want(&approver, number(OP_TARGET_REGISTER, "admitted", 10, branch + LOST), CODE_OK);
	was(lsn, CODE_TARGET_UNKNOWN, "draft");
	here[0] = want(&superior, number(OP_TARGET_DRAFT, "admitted", 12, 0), CODE_OK);
	here[1] = want(&superior, number(OP_TARGET_DRAFT, "admitted_women", 5, 0), CODE_OK);
	lsn = want(&superior, number(OP_TARGET, "admitted_women", 5, here[0]), CODE_OK);
	was(lsn, CODE_TARGET_UNKNOWN, "draft");
	cr_assert_eq(state_of("admitted"), DRAFT_WAITS, "nobody has made it good");
	cr_assert_eq(state_of("admitted_women"), DRAFT_WAITS,
		     "which one it was of nobody can tell");
	back.target.type = TARGET_NONE;
	back.target.doc_no = (struct span){ NULL, 0 };
	back.target.draft = here[1];
	lsn = want(&superior, back, CODE_STATE_WRONG);
	was(lsn, CODE_OK, NULL);
	cr_assert_eq(from_base(&superior, back, branch).code, CODE_OK);
	cr_assert_eq(state_of("admitted_women"), DRAFT_WITHDRAWN);
}

/* Of two the second was cancelled: its number is the first one's now. */
Test(lost_numbers, an_act_on_a_target_that_was_lost_is_not_on_another_one)
{
	struct op given[] = { number(OP_TARGET, "admitted", 12, 0),
			      number(OP_TARGET, "admitted_women", 5, 0) };
	struct op_change cancelled = { .what = CHANGE_TARGET, .unit = 4 };
	struct op act = renamed(OP_ACT, "N", 0);
	struct target_row row;
	uint64_t kept, lsn;

	kept = world_act_now(&w, &given[0]);
	restore();
	cancelled.target_lsn = world_act_now(&w, &given[1]);
	act.act.changes = &cancelled;
	lsn = want(&operator, act, CODE_STATE_WRONG);
	was(lsn, CODE_OK, NULL);
	cr_assert_eq(brought(act), CODE_STATE_WRONG);
	must(read_enter(w.l, &w.e), &w.e, "read");
	must(target_get(w.l, 4, cancelled.target_lsn, &row, &w.e), &w.e, "a target");
	cr_assert_eq(row.superseded_lsn, 0);
	read_leave(w.l);
	cancelled.target_lsn = kept;
	want(&operator, act, CODE_OK);
}
