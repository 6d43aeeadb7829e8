/* The ledger as a whole: batches, stores that fail, random stories held against the naive model. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "ledger/verify.h"
#include "story.h"

static void verify(struct ledger *l)
{
	struct verify_report report;
	struct err e = { 0 };

	must(ledger_verify(&report, l, NULL, NULL, &e), &e, "verify");
	cr_assert_eq(report.entries, ledger_info(l).lsn);
}

/* ---- both stores, every kind ---- */

static void smoke(bool lmdb)
{
	struct world w;
	struct device clerk;
	struct sheet_draft d;
	struct judgement j;
	struct sheet s;
	struct head head;
	struct ed25519_sig sig;
	struct ed25519_public by;
	struct merkle_proof proof;
	struct hash leaf;
	struct buf entry;

	world_open(&w, lmdb, false);
	build_small_tree(&w);
	world_begin(&w);
	clerk = world_device(&w, 4, ROLE_APPROVER);
	world_commit(&w);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 9));
	draft_put(&d, 2, 3, 0);
	draft_put(&d, 14, 50, 0);
	draft_sign(&d, SIGN_OWN, 0);
	draft_op(&d);
	j = world_submit_now(&w, &clerk, &d.op);
	cr_assert_eq(j.verdict, VERDICT_ACCEPTED, "code %d %s", (int)j.code, j.detail);
	world_reopen(&w);
	cr_assert_eq(ledger_info(w.l).lsn, j.lsn);
	must(ledger_sheet(w.l, 4, FORM_SHORT, month_of(2022, 9), &s, &w.e), &w.e, "sheet");
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED);
	cr_assert_eq(sheet_figure(&s, 2, 4).winner->value, 3);
	verify(w.l);
	/* a receipt: entry, path, head */
	must(ledger_head(w.l, &head, &sig, &w.e), &w.e, "head");
	memcpy(by.b, w.birth.log_key, sizeof(by.b));
	must(head_verify(&head, &sig, &by, &w.e), &w.e, "head");
	cr_assert_eq(head.size, j.lsn);
	for (uint64_t lsn = 1; lsn <= j.lsn; lsn++) {
		buf_init(&entry, ENTRY_MAX);
		must(ledger_entry(w.l, lsn, &entry, &w.e), &w.e, "entry");
		leaf = merkle_leaf(buf_span(&entry));
		must(ledger_prove(w.l, lsn, head.size, &proof, &w.e), &w.e, "prove");
		must(merkle_check_leaf(&proof, lsn - 1, head.size, &leaf, &head.root, &w.e), &w.e,
		     "check");
		buf_fini(&entry);
	}
	cr_assert_eq(ledger_prove(w.l, head.size + 1, head.size + 1, &proof, &w.e), -ERR_RANGE);
	world_close(&w);
}

Test(ledger, smoke_in_memory)
{
	smoke(false);
}

Test(ledger, smoke_on_disk)
{
	smoke(true);
}

Test(ledger, a_store_is_made_once_and_opened_only_when_made)
{
	struct world w;
	struct kv *empty;
	struct ledger *l;

	world_open(&w, false, false);
	cr_assert_eq(ledger_create(w.kv, &w.birth, &w.key, &w.e), -ERR_EXISTS);
	empty = world_kv_new(&w);
	cr_assert_eq(ledger_open(&l, empty, 0, &w.e), -ERR_NOTFOUND);
	kv_close(empty);
	world_close(&w);
}

Test(ledger, acts_of_every_kind)
{
	struct world w;
	struct device_row row;
	struct person_row person;
	struct device dev;
	struct op op;

	world_open(&w, false, true);
	build_small_tree(&w);
	op = build_form(&w, "monthly");
	world_act_now(&w, &op);
	op = build_form(&w, "flash");
	world_act_now(&w, &op);
	op = build_form(&w, "yearly");
	world_act_now(&w, &op);
	op = build_plan(4, FORM_SHORT, (struct period){ day(2023, 1, 1), 0 }, PLAN_NONE);
	world_act_now(&w, &op);
	op = (struct op){ .kind = OP_SETTING,
			  .setting = { SPAN_LIT("rounding"), SPAN_LIT("half-up") } };
	world_act_now(&w, &op);
	op = build_person(7, 4, ROLE_CLERK);
	world_act_now(&w, &op);
	must(ledger_person(w.l, 7, &person, &w.e), &w.e, "person");
	cr_assert_eq(person.unit, 4);
	op = (struct op){ .kind = OP_ENROL_CODE,
			  .unit = 4,
			  .enrol_code = { .person = 7, .expires_ms = 9 } };
	world_act_now(&w, &op);
	world_begin(&w);
	dev = world_device(&w, 4, ROLE_CLERK);
	world_commit(&w);
	op = build_request(2, 2, day(2022, 9, 22));
	world_act_now(&w, &op);
	op = build_members(1, day(2022, 1, 1), 1000);
	world_act_now(&w, &op);
	op = build_target(1, year_of(2022), "admitted", "426-QD", 1640);
	world_act_now(&w, &op);
	op = (struct op){ .kind = OP_CLAIM,
			  .unit = 1,
			  .claim = { .id = SPAN_LIT("c1"),
				     .period = year_of(2022),
				     .has_value = true,
				     .value = 1,
				     .measure = SPAN_LIT("admitted") } };
	world_act_now(&w, &op);
	op = (struct op){ .kind = OP_START };
	world_act_now(&w, &op);
	op = (struct op){ .kind = OP_CLOCK, .clock.ms = w.now_ms + 5 };
	world_act_now(&w, &op);
	cr_assert_eq(ledger_info(w.l).clock_ms, w.now_ms + 5);
	/* a new epoch and a suspension say nothing of unit, person or keys: these stay */
	op = (struct op){ .kind = OP_SUSPEND, .device = { .device = dev.device } };
	world_act_now(&w, &op);
	must(ledger_device(w.l, dev.device, &row, &w.e), &w.e, "device");
	cr_assert_neq(row.suspended_lsn, 0);
	op = (struct op){ .kind = OP_EPOCH, .device = { .device = dev.device, .epoch = 2 } };
	world_act_now(&w, &op);
	must(ledger_device(w.l, dev.device, &row, &w.e), &w.e, "device");
	cr_assert_eq(row.suspended_lsn, 0);
	cr_assert_eq(row.epoch, 2);
	cr_assert_eq(row.unit, 4);
	cr_assert_eq(row.person, dev.person);
	cr_assert_eq(row.spki_hash[0], 0x77);
	cr_assert_eq(world_try(&w, &op), -ERR_EXISTS, "an epoch never comes back");
	op = (struct op){ .kind = OP_REVOKE,
			  .device = { .device = dev.device },
			  .reason = SPAN_LIT("lost") };
	world_act_now(&w, &op);
	cr_assert_eq(world_try(&w, &op), -ERR_INVALID);
	world_reopen(&w);
	cr_assert_eq(ledger_info(w.l).clock_ms, w.now_ms + 5);
	cr_assert_not_null(ledger_form_code(w.l, SPAN_LIT("yearly"), &w.e));
	verify(w.l);
	world_close(&w);
}

Test(ledger, a_refused_act_leaves_nothing)
{
	struct world w;
	struct op op = build_unit(1, 0, UNIT_PROVINCE, "P", 0);
	struct kv *before;
	char where[96];

	world_open(&w, false, false);
	must(kv_mem_clone(&before, w.kv, &w.e), &w.e, "clone");
	op.create.parent = 9;
	world_begin(&w);
	cr_assert_eq(ledger_act(w.l, &op, w.now_ms, NULL, &w.e), -ERR_INVALID);
	world_commit(&w);
	cr_assert_eq(kv_differ(before, w.kv, where), 0, "%s", where);
	kv_close(before);
	world_close(&w);
}

/* An abort takes tree and forms back without asking the store, and what was lent of them stays. */
/* ---- what stands already ---- */

/* Two acts about one thing, or (`beside`) two that stand side by side. */
static const struct op_change renamed[] = {
	{ .what = CHANGE_RENAME, .unit = 4, .name = SPAN_LIT("An Bình") },
	{ .what = CHANGE_RENAME, .unit = 4, .name = SPAN_LIT("An Hòa") },
};
enum { ACTS_TWICE = 9 };
static struct said_twice {
	const char *what;
	struct op op, other;
	bool beside;
} said_twice[ACTS_TWICE];

static struct op with(struct op op, enum op_kind kind, uint32_t unit)
{
	op.kind = kind;
	op.unit = unit;
	return op;
}

static void fill_said_twice(void)
{
	const struct op note = { .note = { .day = day(2022, 9, 1),
					   .who = SPAN_LIT("Mai"),
					   .text = SPAN_LIT("called") } };
	const struct op officer = { .officer = { .name = SPAN_LIT("Mai"),
						 .from = day(2022, 1, 1),
						 .to = day(2022, 12, 31) } };
	const struct op group = { .group = { .name = SPAN_LIT("coast"), .from = day(2022, 1, 1) } };
	const struct op signer = { .setting = { SPAN_LIT("print.signer"), SPAN_LIT("An") } };
	const struct op calendar = { .calendar = { .form = 1,
						   .from = day(2022, 10, 1),
						   .first_day = 1,
						   .due_days = { 5, 8, 10 } } };
	const struct op act = { .act = { .no = SPAN_LIT("1-QĐ"),
					 .signer = SPAN_LIT("A"),
					 .signed_day = day(2022, 9, 1),
					 .effective = day(2022, 9, 1),
					 .changes = &renamed[0],
					 .count = 1 } };
	struct said_twice list[ACTS_TWICE] = {
		{ "request", build_request(2, 2, day(2022, 9, 22)),
		  build_request(2, 2, day(2022, 9, 23)), true },
		{ "note", with(note, OP_NOTE, 4), with(note, OP_NOTE, 4), true },
		{ "officer", with(officer, OP_OFFICER, 4), with(officer, OP_OFFICER, 4), false },
		{ "group", with(group, OP_GROUP, 4), with(group, OP_GROUP, 4), false },
		{ "setting", with(signer, OP_SETTING, 0), with(signer, OP_SETTING, 0), false },
		{ "header", with(signer, OP_SETTING, 4), with(signer, OP_SETTING, 4), false },
		{ "calendar", with(calendar, OP_CALENDAR, 0), with(calendar, OP_CALENDAR, 0),
		  false },
		{ "members", build_members(4, day(2022, 1, 1), 77),
		  build_members(4, day(2022, 1, 1), 78), false },
		{ "rename", with(act, OP_ACT, 0), with(act, OP_ACT, 0), false },
	};

	list[1].other.note.step = 2;
	list[2].other.officer.from = day(2022, 12, 31);
	list[3].other.group.name = SPAN_LIT("hills");
	list[4].other.setting.value = SPAN_LIT("Hai");
	list[5].other.setting.value = SPAN_LIT("Hai");
	list[6].other.calendar.working_days = true;
	list[8].other.act.changes = &renamed[1];
	memcpy(said_twice, list, sizeof(list));
}

static uint64_t stands(struct world *w, const struct op *op)
{
	struct op_standing found;

	must(ledger_stands(&found, w->l, op, &w->e), &w->e, "what stands");
	return found.lsn;
}

static void say_twice(struct world *w, const struct said_twice *s)
{
	struct op again = s->op;
	uint64_t first, other;

	cr_assert_eq(stands(w, &s->op), 0, "%s: nobody has said it", s->what);
	world_begin(w);
	first = world_act(w, &s->op);
	cr_assert_eq(stands(w, &s->op), first, "%s: in its batch", s->what);
	world_commit(w);
	again.source = SPAN_LIT("console:another");
	again.author = 9;
	again.device_time_ms = 1;
	cr_assert_eq(stands(w, &again), first, "%s: whoever says it", s->what);
	again.reason = SPAN_LIT("and why");
	cr_assert_eq(stands(w, &again), 0, "%s: a reason is new", s->what);
	cr_assert_eq(stands(w, &s->other), 0, "%s: another", s->what);
	other = world_act_now(w, &s->other);
	cr_assert_eq(stands(w, &s->other), other, "%s: the other", s->what);
	cr_assert_eq(stands(w, &s->op), s->beside ? first : 0, "%s: what stood before", s->what);
	if (s->beside)
		return;
	first = world_act_now(w, &s->op);
	cr_assert_eq(stands(w, &s->op), first, "%s: said again, with effect", s->what);
	cr_assert_eq(stands(w, &s->other), 0, "%s: undone", s->what);
}

Test(ledger, what_stands_already_is_found)
{
	struct world w;
	struct op op;
	uint64_t lsn;

	world_open(&w, false, false);
	build_small_tree(&w);
	op = build_form(&w, "monthly");
	world_act_now(&w, &op);
	op = build_form(&w, "flash");
	world_act_now(&w, &op);
	fill_said_twice();
	for (size_t i = 0; i < ACTS_TWICE; i++)
		say_twice(&w, &said_twice[i]);
	op = (struct op){ .kind = OP_START };
	world_act_now(&w, &op);
	cr_assert_eq(stands(&w, &op), 0, "a start is no repetition");
	/* behind a restore what is said stands against what comes back, also to the letter */
	lsn = ledger_info(w.l).lsn;
	world_restore(&w, lsn);
	for (size_t i = 0; i < ACTS_TWICE; i++)
		cr_assert_eq(stands(&w, &said_twice[i].op), 0, "%s: restored", said_twice[i].what);
	verify(w.l);
	world_close(&w);
}

Test(ledger, acts_meet_where_one_changes_what_the_other_names)
{
	static const uint32_t into[] = { 3 };
	static const struct op_change changes[] = {
		{ .what = CHANGE_MOVE, .unit = 4, .parent = 2 },
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 2 },
		{ .what = CHANGE_MERGE, .unit = 2, .into = into, .into_count = 1 },
		{ .what = CHANGE_RENAME, .unit = 3, .name = SPAN_LIT("C") },
	};
	static const bool meet[ARRAY_LEN(changes)][ARRAY_LEN(changes)] = {
		{ true, false, true, false },
		{ false, true, true, false },
		{ true, true, true, true },
		{ false, false, true, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
			struct op a = { .kind = OP_ACT,
					.act = { .changes = &changes[i], .count = 1 } };
			struct op b = { .kind = OP_ACT,
					.act = { .changes = &changes[k], .count = 1 } };

			cr_assert_eq(op_same_matter(&a, &b), meet[i][k], "%zu %zu", i, k);
		}
}

Test(ledger, an_abort_takes_units_and_forms_back)
{
	struct world w;
	const struct form *lent;
	struct op unit = build_unit(8, 3, UNIT_BASE_CELL, "C5", FORM_SHORT), form;

	world_open(&w, false, false);
	build_small_tree(&w);
	form = build_form_text(form_quarterly_text);
	lent = ledger_form(w.l, FORM_SHORT, 1, &w.e);
	for (int failing = 0; failing < 2; failing++) {
		world_begin(&w);
		world_act(&w, &form);
		world_act(&w, &unit);
		cr_assert_eq(tree_count(ledger_tree(w.l)), 8);
		if (failing)
			kv_fail_at(w.kv, 1, ERR_IO, false);
		ledger_abort(w.l);
		kv_fail_at(w.kv, 0, ERR_IO, false);
		cr_assert_eq(tree_count(ledger_tree(w.l)), 7);
		cr_assert_null(ledger_form(w.l, FORM_QUARTERLY, 1, &w.e));
		cr_assert_eq(ledger_form(w.l, FORM_SHORT, 1, &w.e), lent);
	}
	world_act_now(&w, &form);
	world_act_now(&w, &unit);
	cr_assert_eq(tree_count(ledger_tree(w.l)), 8);
	verify(w.l);
	world_close(&w);
}

/* ---- stories ---- */

enum { STORIES = 12, STEPS = 300 };

ParameterizedTestParameters(ledger, stories)
{
	static size_t index[STORIES];

	for (size_t i = 0; i < STORIES; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, STORIES);
}

static void check_step(struct story *s, size_t step)
{
	const struct story_op *last = s->op_count ? &s->ops[s->op_count - 1] : NULL;
	uint64_t tip = naive_lsn(s->n);

	struct naive_key k = tip && tip == s->touched_lsn ? s->touched
			     : last                       ? last->key
							  : s->touched;

	if (!last || step != s->step_count || (last->lsn != tip && s->touched_lsn != tip))
		return;
	story_check_sheet(s, k, UINT64_MAX);
	story_check_aggregates(s, k);
	story_check_sheet(s, s->ops[rng_below(&s->r, (uint32_t)s->op_count)].key,
			  rng_below(&s->r, (uint32_t)tip) + 1);
}

ParameterizedTest(size_t *index, ledger, stories)
{
	struct story *s = calloc(1, sizeof(*s));
	struct story_tally *t = &s->tally;

	story_open(s, 1000 + *index, false);
	for (size_t i = 0; i < STEPS; i++) {
		story_step(s);
		check_step(s, s->step_count);
		if (!s->in_batch && rng_chance(&s->r, 20))
			story_check_totals(s, 1 + rng_below(&s->r, (uint32_t)s->unit_count),
					   story_range(s), UINT64_MAX);
	}
	story_commit(s);
	story_check_all(s);
	verify(s->w.l);
	printf("story %zu: %zu units, %u accepted, %u refused, %u contested, %u on behalf, %u recalled, %u returned, %u accepted by a superior, "
	       "%u renamed, %u flashes, %u plans, %u aborts\n",
	       *index, s->unit_count, t->accepted, t->refused, t->contested, t->on_behalf,
	       t->recalled, t->returned, t->accepted_sheets, t->renamed, t->flashes, t->plans,
	       t->aborts);
	cr_assert(t->accepted > STEPS / 8);
	cr_assert(t->refused > STEPS / 20);
	cr_assert(t->returned + t->accepted_sheets);
	cr_assert(t->aborts && t->repeated && t->codes[CODE_UNREADABLE] && t->on_behalf);
	story_close(s);
	free(s);
}

/* Months closed, opened again, caught up with: every sheet and sum as the naive model has them, then and
 * as known at any time since. */
Test(ledger, a_story_of_month_ends)
{
	struct story_tally all = { .closed = 0 };

	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct story *s = calloc(1, sizeof(*s));

		story_open(s, 77 * seed, false);
		s->month_ends = true;
		for (size_t i = 0; i < STEPS; i++) {
			story_step(s);
			check_step(s, s->step_count);
		}
		story_commit(s);
		story_check_all(s);
		verify(s->w.l);
		all.closed += s->tally.closed;
		all.unlocked += s->tally.unlocked;
		all.late += s->tally.late;
		all.amended += s->tally.amended;
		all.late_counted += s->tally.late_counted;
		all.late_declined += s->tally.late_declined;
		all.codes[CODE_CLOSED] += s->tally.codes[CODE_CLOSED];
		story_close(s);
		free(s);
	}
	printf("%u closed, %u opened again, %u late, %u amended, %u late ones counted, %u declined\n",
	       all.closed, all.unlocked, all.late, all.amended, all.late_counted,
	       all.late_declined);
	cr_assert(all.closed > 10 && all.unlocked > 5 && all.late > 10 && all.amended > 5);
	cr_assert(all.late_counted > 5 && all.late_declined > 2);
}

/* ---- the same ops in other batches ---- */

static struct kv *retold(struct story *s, uint32_t batch_max)
{
	struct rng r = { batch_max };
	struct kv *kv = world_kv_new(&s->w);
	struct err e = { 0 };
	struct ledger *l;
	uint32_t left = 0;

	must(ledger_create(kv, &s->w.birth, &s->w.key, &e), &e, "create");
	must(ledger_open(&l, kv, 0, &e), &e, "open");
	for (size_t i = 0; i < s->step_count; i++) {
		if (!left) {
			must(ledger_begin(l, &e), &e, "begin");
			left = 1 + rng_below(&r, batch_max);
		}
		story_repeat(s, l, &s->steps[i]);
		if (--left && i + 1 < s->step_count)
			continue;
		left = 0;
		must(ledger_commit(l, &s->w.key, NULL, &e), &e, "commit");
	}
	ledger_close(l);
	return kv;
}

Test(ledger, batches_leave_no_trace)
{
	static const uint32_t batch_max[] = { 1, 3, 50, 100000 };

	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct story *s = calloc(1, sizeof(*s));

		story_open(s, seed, seed == 1);
		for (size_t i = 0; i < 120; i++)
			story_step(s);
		story_commit(s);
		for (size_t i = 0; i < ARRAY_LEN(batch_max); i++) {
			struct kv *kv = retold(s, batch_max[i]);
			char where[96];

			cr_assert_eq(kv_differ(s->w.kv, kv, where), 0, "batches of %u: %s",
				     batch_max[i], where);
			kv_close(kv);
		}
		story_close(s);
		free(s);
	}
}

/* ---- stores that fail ---- */

/* Steps [first, end) in one batch. 0, or what the store said; then the batch is gone. */
static int one_batch(struct story *s, size_t first, size_t end, enum err_code code)
{
	struct err e = { 0 };
	int rc = ledger_begin(s->w.l, &e);

	for (size_t i = first; i < end && !rc; i++) {
		struct judgement j;
		const struct step *was = &s->steps[i];
		int got = story_try(s, s->w.l, was, &j, &e);

		if (got == was->rc) /* no other verdict because a row could not be read */
			cr_assert(got || (j.code == was->j.code && j.lsn == was->j.lsn));
		else
			rc = got;
	}
	if (!rc)
		return ledger_commit(s->w.l, &s->w.key, NULL, &e);
	cr_assert_eq(rc, -(int)code, "%s", e.msg);
	ledger_abort(s->w.l);
	return rc;
}

static void fail_everywhere(uint64_t seed, bool lmdb, enum err_code code)
{
	struct story *s = calloc(1, sizeof(*s));
	size_t first, failures = 0, units;
	struct kv *before = NULL, *want;
	struct ledger_info info;
	char where[96];
	int rc = -1;

	story_open(s, seed, lmdb);
	for (size_t i = 0; i < 60; i++)
		story_step(s);
	first = s->step_count;
	s->batch_max = 100000;
	story_commit(s);
	first = s->step_count;
	if (!lmdb)
		must(kv_mem_clone(&before, s->w.kv, &s->w.e), &s->w.e, "clone");
	for (size_t i = 0; i < 25; i++)
		story_step(s);
	ledger_abort(s->w.l); /* recorded, not kept */
	s->in_batch = false;
	info = ledger_info(s->w.l);
	units = tree_count(ledger_tree(s->w.l));
	for (uint64_t n = 1; rc; n++) {
		kv_fail_at(s->w.kv, kv_calls(s->w.kv) + n, code, false);
		rc = one_batch(s, first, s->step_count, code);
		kv_fail_at(s->w.kv, 0, code, false);
		if (!rc)
			break;
		failures++;
		cr_assert_eq(ledger_info(s->w.l).lsn, info.lsn);
		cr_assert_eq(tree_count(ledger_tree(s->w.l)), units);
		if (before)
			cr_assert_eq(kv_differ(before, s->w.kv, where), 0, "call %" PRIu64 ": %s",
				     n, where);
	}
	cr_assert(failures > 100, "only %zu store calls failed", failures);
	want = retold(s, 7);
	cr_assert_eq(kv_differ(want, s->w.kv, where), 0, "%s", where);
	verify(s->w.l);
	kv_close(want);
	kv_close(before);
	story_close(s);
	free(s);
}

Test(ledger, every_store_call_may_fail)
{
	fail_everywhere(21, false, ERR_IO);
	fail_everywhere(22, false, ERR_FULL);
	fail_everywhere(23, false, ERR_NOMEM);
}

Test(ledger, every_store_call_may_fail_on_disk)
{
	fail_everywhere(24, true, ERR_IO);
}

/* A commit whose outcome nobody knows: whichever it was, what is left is whole. */
Test(ledger, a_commit_that_may_have_happened)
{
	for (int land = 0; land < 2; land++) {
		struct world w;
		struct op op = build_members(4, day(2022, 1, 1), 30);
		struct ledger *after;
		struct kv *left;
		uint64_t before, calls;

		world_open(&w, false, false);
		build_small_tree(&w);
		world_act_now(&w, &op);
		world_begin(&w);
		world_act(&w, &op);
		calls = kv_calls(w.kv);
		world_commit(&w);
		calls = kv_calls(w.kv) -
			calls; /* as many again: the last one is the commit itself */
		before = ledger_info(w.l).lsn;
		world_begin(&w);
		world_act(&w, &op);
		kv_fail_at(w.kv, kv_calls(w.kv) + calls, ERR_FATAL, land);
		cr_assert_eq(ledger_commit(w.l, &w.key, NULL, &w.e), -ERR_FATAL);
		must(kv_mem_clone(&left, w.kv, &w.e), &w.e, "clone");
		must(ledger_open(&after, left, 0, &w.e), &w.e, "open what is left");
		cr_assert_eq(ledger_info(after).lsn, before + (uint64_t)land);
		verify(after);
		ledger_close(after);
		kv_close(left);
		world_close(&w);
	}
}

Test(ledger, a_full_store_takes_nothing_and_goes_on)
{
	struct world w;
	struct op op = build_members(4, day(2022, 1, 1), 30);
	struct kv *before;
	char where[96];

	world_open(&w, false, false);
	build_small_tree(&w);
	must(kv_mem_clone(&before, w.kv, &w.e), &w.e, "clone");
	kv_mem_limit(w.kv, 1);
	world_begin(&w);
	world_act(&w, &op);
	cr_assert_eq(ledger_commit(w.l, &w.key, NULL, &w.e), -ERR_FULL);
	kv_mem_limit(w.kv, 0);
	cr_assert_eq(kv_differ(before, w.kv, where), 0, "%s", where);
	world_act_now(&w, &op);
	verify(w.l);
	kv_close(before);
	world_close(&w);
}
