/* After a restore: what waits, what is brought back, what is known already; and what outlives a server. */
#include "ledger/part.h"
#include "ledger/recovery.h"
#include "ledger/seen.h"
#include "ledger/verify.h"
#include "server_one.h"

static void look(void)
{
	must(writer_look(r.writer, &r.e), &r.e, "look");
	r.sv.mood = writer_mood(r.writer);
}

static void end_recovery(void)
{
	struct op op = { .kind = OP_SETTING, .source = SPAN_LIT("console:test") };
	struct ledger_info info = ledger_info(r.w.l);
	char hex[HASH_HEX_MAX];

	op.setting.key = SPAN_LIT(RECOVERED_KEY);
	op.setting.value = span_str(hex_encode(hex, info.incarnation, 16));
	world_act_now(&r.w, &op);
	look();
}

/* The device's next op: a sheet over a version that nobody has. */
static void make_over_unknown(void)
{
	struct op_id id = { d.d.device, d.d.epoch, d.made + 1 };
	struct op_id unknown = { d.d.device + 77, 1, 1 };
	struct sheet_draft draft;

	draft_init(&draft, d.d.unit, FORM_SHORT, month_of(2021, 1));
	draft_put(&draft, 2, 5, draft_see(&draft, unknown));
	draft.op.author = d.d.person;
	dev_keep(&r, &d, pack(&r.w, id, draft_op(&draft), rig_lsn(&r)));
}

Test(recovery, what_names_the_lost_waits_and_is_refused_in_the_end)
{
	uint64_t before;

	open_all();
	declare_restore(rig_lsn(&r));
	look();
	cr_assert(r.sv.mood.recovering);
	make_over_unknown();
	cr_assert(greet(&c, &d).recovering);
	before = rig_lsn(&r);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_NONE);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING);
	cr_assert_eq(rig_lsn(&r), before, "nothing is stored");
	end_recovery();
	cr_assert(!r.sv.mood.recovering);
	again();
	cr_assert(!greet(&c, &d).recovering);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_REFUSED);
	cr_assert_eq(m.ack.verdicts[0].code, CODE_VERSION_UNKNOWN);
	close_all();
}

/* What a folder of its own does not know, an older image of the whole machine for one: each time that a device
 * contradicts, the branch goes back behind an earlier start. */
Test(recovery, a_branch_that_was_too_late_goes_back_start_by_start)
{
	uint64_t starts[3], branch = 0;

	open_all();
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		world_act_now(&r.w, &(struct op){ .kind = OP_START });
		starts[i] = rig_lsn(&r);
		make(1);
	}
	for (size_t i = ARRAY_LEN(starts); i--;
	     declare_restore_of(0x2c, (uint8_t)(0x40 + i), branch)) {
		cr_assert_eq(ledger_before_start(r.w.l, branch, &branch, &r.e), 0);
		cr_assert_eq(branch, starts[i] - 1);
	}
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(ledger_before_start(r.w.l, branch, &branch, &r.e), 0);
		cr_assert_eq(branch, 1, "the store's own entry is everybody's");
	}
	close_all();
}

/* The decision by which a late op counted went with the disk: what was signed over its figures waits for it. */
Test(recovery, what_names_a_late_op_waits_until_somebody_decides)
{
	struct op close = { .kind = OP_CLOSE,
			    .unit = 4,
			    .close = { FORM_SHORT, month_of(2021, 1) } };
	struct op_id late, second;
	struct sheet_draft draft;
	uint64_t base;

	open_all();
	make(1);
	base = rig_lsn(&r);
	world_act_now(&r.w, &close);
	greet(&c, &d);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_LATE);
	late = (struct op_id){ d.d.device, d.d.epoch, 1 };
	second = (struct op_id){ d.d.device, d.d.epoch, 2 };
	draft_init(&draft, d.d.unit, FORM_SHORT, month_of(2021, 1));
	draft_put(&draft, 2, 9, draft_see(&draft, late));
	draft.op.author = d.d.person;
	dev_keep(&r, &d, pack(&r.w, second, draft_op(&draft), base));
	declare_restore(rig_lsn(&r));
	look();
	again();
	cr_assert(greet(&c, &d).recovering);
	submit_done(2, 2);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_NONE);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING);
	end_recovery();
	again();
	greet(&c, &d);
	submit_done(2, 2);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_LATE, "as the one before: nothing is lost");
	close_all();
}

static void mark_old(struct wire_old *old, bool forged)
{
	static const uint8_t mark_key[32] = "marks";
	struct hash bytes = hash_bytes(old->entries[0]), mark;

	mark = hmac_sha256(span_of(mark_key, 32), span_of(bytes.b, HASH_BYTES));
	mark.b[0] ^= forged;
	old->marks = arena_copy(r.w.a, span_of(mark.b, WIRE_ID));
}

/* An entry as the lost log had it, with the server's mark unless `forged`. */
static struct wire_old old_entry(const struct entry *en, bool forged)
{
	struct span *entries = arena_array(r.w.a, 1, sizeof(*entries));
	struct wire_old old = { .entries = entries, .entry_count = 1 };
	struct buf b;

	buf_init(&b, ENTRY_MAX);
	entry_encode(&b, en);
	entries[0] = arena_copy(r.w.a, buf_span(&b));
	buf_fini(&b);
	mark_old(&old, forged);
	memcpy(old.incarnation, r.w.birth.incarnation, WIRE_ID);
	return old;
}

static struct entry entry_of(const struct dev *from, uint64_t seq, uint64_t lsn,
			     enum op_verdict verdict)
{
	return (struct entry){ .lsn = lsn,
			       .time_ms = r.now.wall_ms,
			       .device = from->d.device,
			       .envelope = from->op[seq].envelope,
			       .body = from->op[seq].body,
			       .verdict = verdict,
			       .unit = from->d.unit,
			       .author = from->d.person,
			       .author_unit = from->d.unit };
}

static struct wire_old old_with(const struct dev *from, uint64_t seq, uint64_t lsn, bool forged,
				enum op_verdict verdict)
{
	struct entry en = entry_of(from, seq, lsn, verdict);

	return old_entry(&en, forged);
}

static struct wire_old old_of(const struct dev *from, uint64_t seq, uint64_t lsn, bool forged)
{
	return old_with(from, seq, lsn, forged, VERDICT_ACCEPTED);
}

/* What the operator's acts were, one after another, in a log that nobody has any more. */
static void acts_of_lost_log(struct wire_old out[], const struct op ops[], size_t count)
{
	struct op person, device;
	struct world lost;
	struct buf b;

	world_open(&lost, false, false);
	build_small_tree(&lost);
	person = build_person(d.d.person, d.d.unit, ROLE_CLERK);
	device = build_device(d.d.device, d.d.unit, d.d.person, 1);
	world_act_now(&lost, &person);
	world_act_now(&lost, &device);
	while (ledger_info(lost.l).lsn < rig_lsn(&r)) /* as long as the log here at least */
		world_act_now(&lost, &(struct op){ .kind = OP_START });
	for (size_t i = 0; i < count; i++) {
		struct span *entries = arena_array(r.w.a, 1, sizeof(*entries));

		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(lost.l, world_act_now(&lost, &ops[i]), &b, &lost.e), &lost.e,
		     "an entry");
		entries[0] = arena_copy(r.w.a, buf_span(&b));
		buf_fini(&b);
		out[i] = (struct wire_old){ .entries = entries, .entry_count = 1 };
		mark_old(&out[i], false);
		memset(out[i].incarnation, 0x77, WIRE_ID);
	}
	world_close(&lost);
}

static struct wire_old act_of_lost_log(const struct op *op)
{
	struct wire_old old;

	acts_of_lost_log(&old, op, 1);
	return old;
}

static enum wire_old_result bring(struct wire_old old)
{
	say(&c, FRAME_OLD, &old);
	rig_run(&r, &c);
	hear(&c, FRAME_OLD_ACK, &m);
	cr_assert_eq(m.old_ack.results.len, 1);
	return m.old_ack.results.data[0];
}

Test(recovery, what_others_made_is_taken_once_under_its_old_name)
{
	struct chain_row chain;
	struct dev other;
	uint64_t lsn;

	open_all();
	rig_device(&r, &other, 5, ROLE_CLERK);
	declare_restore(rig_lsn(&r));
	look();
	for (int i = 0; i < 3; i++)
		dev_make(&r, &other);
	greet(&c, &d);
	lsn = rig_lsn(&r);
	cr_assert_eq(bring(old_of(&other, 1, lsn + 10, true)), WIRE_OLD_REFUSED, "a forged mark");
	cr_assert_eq(bring(old_of(&other, 2, lsn + 11, false)), WIRE_OLD_NOT_NOW,
		     "the op before it is missing");
	cr_assert_eq(rig_lsn(&r), lsn);
	cr_assert_eq(bring(old_of(&other, 1, lsn + 10, false)), WIRE_OLD_TAKEN);
	cr_assert_eq(bring(old_of(&other, 1, lsn + 10, false)), WIRE_OLD_KNOWN);
	cr_assert_eq(bring(old_of(&other, 2, lsn + 11, false)), WIRE_OLD_TAKEN);
	cr_assert_eq(bring(old_of(&other, 1, 1, false)), WIRE_OLD_KNOWN, "before the branch");
	cr_assert_eq(rig_lsn(&r), lsn + 2);
	must(ledger_chain(r.w.l, other.d.device, &chain, &r.e), &r.e, "a chain");
	cr_assert_eq(chain.seq, 2);
	cr_assert(hash_eq(&chain.hash, &other.chain[2]));
	close_all();
}

static struct op members_of(uint32_t unit, int64_t members)
{
	return (struct op){ .kind = OP_MEMBERS,
			    .unit = unit,
			    .members = { month_of(2022, 1).from, members } };
}

static int64_t members_now(uint32_t unit)
{
	int64_t members = -1;

	must(part_members_on(r.w.l, unit, month_of(2022, 1).from, &members, &r.e), &r.e, "members");
	return members;
}

/* One figure, another, and the first again: the third act says what the first did, and is another one. */
Test(recovery, the_same_act_made_twice_comes_back_twice)
{
	const struct op acts[] = { members_of(5, 77), members_of(5, 78), members_of(5, 77) };
	struct wire_old old[ARRAY_LEN(acts)];

	open_all();
	acts_of_lost_log(old, acts, ARRAY_LEN(acts));
	declare_restore(rig_lsn(&r));
	look();
	greet(&c, &d);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		memcpy(old[i].incarnation, r.w.birth.incarnation, WIRE_ID);
		cr_assert_eq(bring(old[i]), WIRE_OLD_TAKEN, "act %zu", i);
	}
	cr_assert_eq(members_now(5), 77);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		cr_assert_eq(bring(old[i]), WIRE_OLD_KNOWN, "act %zu again", i);
	close_all();
}

static struct op calendar_of(uint8_t first_day)
{
	return (struct op){ .kind = OP_CALENDAR,
			    .calendar = { .form = FORM_SHORT,
					  .from = month_of(2022, 1).from,
					  .first_day = first_day } };
}

static struct op plan_of(enum plan_step step)
{
	return (struct op){ .kind = OP_PLAN,
			    .unit = 5,
			    .plan = { FORM_SHORT, { month_of(2022, 1).from, 0 }, step } };
}

/* The same, done otherwise by who runs the server now, before or after anybody noticed that it was put back: what comes
 * from the log of before does not undo it. Of another day it does not touch it. */
Test(recovery, what_was_done_otherwise_since_stays)
{
	const struct op lost[] = { members_of(5, 77), calendar_of(16), plan_of(PLAN_QUARTER) };
	const struct op since[] = { members_of(5, 80), calendar_of(11), plan_of(PLAN_NONE) };
	struct op other_day = members_of(5, 70);
	struct wire_old old[ARRAY_LEN(lost)];

	other_day.members.day--;
	for (int noticed = 0; noticed < 2; noticed++) {
		uint64_t branch, lsn;

		open_all();
		branch = rig_lsn(&r);
		acts_of_lost_log(old, lost, ARRAY_LEN(lost));
		if (noticed)
			declare_restore(branch);
		for (size_t i = 0; i < ARRAY_LEN(since); i++)
			world_act_now(&r.w, &since[i]);
		if (!noticed)
			declare_restore(branch);
		look();
		greet(&c, &d);
		lsn = rig_lsn(&r);
		for (size_t i = 0; i < ARRAY_LEN(lost); i++)
			cr_assert_eq(bring(old[i]), WIRE_OLD_REFUSED, "act %zu, %d", i, noticed);
		cr_assert_eq(rig_lsn(&r), lsn);
		cr_assert_eq(members_now(5), 80);
		cr_assert_eq(bring(act_of_lost_log(&other_day)), WIRE_OLD_TAKEN);
		close_all();
	}
}

/* What another lost act had changed is no reason: they come back in their order, under other names too, where a server
 * that had not noticed gave theirs away. */
Test(recovery, what_was_done_otherwise_before_comes_back_in_its_order)
{
	const struct op lost[] = { members_of(5, 77), members_of(5, 78),  calendar_of(11),
				   calendar_of(16),   plan_of(PLAN_NONE), plan_of(PLAN_QUARTER) };
	struct wire_old old[ARRAY_LEN(lost)];
	uint64_t branch;

	for (int given = 0; given < 2; given++) {
		open_all();
		branch = rig_lsn(&r);
		acts_of_lost_log(old, lost, ARRAY_LEN(lost));
		for (int i = 0; given && i < 30; i++)
			world_act_now(&r.w, &(struct op){ .kind = OP_START });
		declare_restore(branch);
		look();
		greet(&c, &d);
		for (size_t i = 0; i < ARRAY_LEN(lost); i++)
			cr_assert_eq(bring(old[i]), WIRE_OLD_TAKEN, "act %zu, %d", i, given);
		cr_assert_eq(members_now(5), 78);
		close_all();
	}
}

/* By the present server, or by one that had not noticed yet that it was put back. What stood before the branch is not it. */
Test(recovery, what_the_operator_has_done_again_is_known)
{
	const struct op acts[] = { members_of(4, 77), members_of(5, 77), members_of(6, 77) };
	struct wire_old old[ARRAY_LEN(acts)];
	uint64_t branch, lsn;

	open_all();
	world_act_now(&r.w, &acts[0]);
	world_act_now(&r.w, &acts[1]);
	branch = rig_lsn(&r);
	acts_of_lost_log(old, acts, ARRAY_LEN(acts));
	world_act_now(&r.w, &acts[2]);
	declare_restore(branch);
	look();
	greet(&c, &d);
	cr_assert_eq(bring(old[0]), WIRE_OLD_TAKEN, "of a log that was cut off");
	for (size_t i = 1; i < ARRAY_LEN(old); i++)
		memcpy(old[i].incarnation, r.w.birth.incarnation, WIRE_ID);
	cr_assert_eq(bring(old[1]), WIRE_OLD_TAKEN, "of one that left this one at the branch");
	cr_assert_eq(bring(old[2]), WIRE_OLD_KNOWN, "done again before anybody noticed");
	acts_of_lost_log(old, acts, 1);
	world_act_now(&r.w, &acts[0]);
	lsn = rig_lsn(&r);
	cr_assert_eq(bring(old[0]), WIRE_OLD_KNOWN, "done again since");
	cr_assert_eq(rig_lsn(&r), lsn);
	close_all();
}

/* A number was given after one restore, and to somebody else before it, in a log that the next restore has cut off. */
Test(recovery, a_number_given_since_does_not_become_another_person)
{
	enum { NUMBER = 900 };
	struct op person = build_person(NUMBER, 5, ROLE_CLERK);
	struct person_row row;

	open_all();
	declare_restore(rig_lsn(&r));
	world_act_now(&r.w, &person);
	declare_restore_of(0x2c, 0x3c, rig_lsn(&r));
	look();
	greet(&c, &d);
	person.unit = 6;
	cr_assert_eq(bring(act_of_lost_log(&person)), WIRE_OLD_REFUSED);
	must(ledger_person(r.w.l, NUMBER, &row, &r.e), &r.e, "a person");
	cr_assert_eq(row.unit, 5);
	person.person.person++;
	cr_assert_eq(bring(act_of_lost_log(&person)), WIRE_OLD_TAKEN, "a free one comes back");
	close_all();
}

/* It tells its newest key by itself; an earlier one, told again by others, would lock it out. */
Test(recovery, a_renewal_is_not_told_again_by_others)
{
	struct device_row was, is;
	struct dev other;
	struct op op = { .kind = OP_DEVICE, .unit = 5 };
	uint64_t lsn;

	open_all();
	rig_device(&r, &other, 5, ROLE_CLERK);
	declare_restore(rig_lsn(&r));
	look();
	greet(&c, &d);
	must(ledger_device(r.w.l, other.d.device, &was, &r.e), &r.e, "a device");
	op.device.device = other.d.device;
	op.device.person = other.d.person;
	op.device.epoch = was.epoch;
	memset(op.device.spki_hash, 0x5c, sizeof(op.device.spki_hash));
	memset(op.device.nonce, 0x5d, sizeof(op.device.nonce));
	lsn = rig_lsn(&r);
	cr_assert_eq(bring(act_of_lost_log(&op)), WIRE_OLD_KNOWN);
	cr_assert_eq(rig_lsn(&r), lsn);
	must(ledger_device(r.w.l, other.d.device, &is, &r.e), &r.e, "a device");
	cr_assert_arr_eq(is.spki_hash, was.spki_hash, sizeof(is.spki_hash));
	close_all();
}

/* The device in the next epoch, with two ops of it. */
static struct dev in_next_epoch(void)
{
	struct dev next = d;

	next.d.epoch++;
	next.made = next.acked = 0;
	memset(next.chain, 0, sizeof(next.chain));
	dev_make(&r, &next);
	dev_make(&r, &next);
	return next;
}

static struct op epoch_of(const struct dev *dev)
{
	struct op op = { .kind = OP_EPOCH, .unit = dev->d.unit };

	op.device.device = dev->d.device;
	op.device.epoch = dev->d.epoch;
	memcpy(op.device.nonce, dev->nonce, sizeof(op.device.nonce));
	return op;
}

/* Hello in an epoch that the log does not have, its cursor in the lost log unless `led`. */
static void come_in(const struct dev *dev, bool led)
{
	struct wire_hello h = dev_hello(&r, dev);

	wire_down(&c);
	wire_up(&r, &c, dev);
	if (!led)
		memcpy(h.cursor.incarnation, r.w.birth.incarnation, 16);
	else
		memcpy(h.cursor.incarnation, ledger_info(r.w.l).incarnation, 16);
	say(&c, FRAME_HELLO, &h);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_OK);
	cr_assert_eq(m.hello_ack.epoch, dev->d.epoch);
	cr_assert_eq(m.hello_ack.acked_seq, 0);
	cr_assert(hash_is_zero(&m.hello_ack.chain));
}

static void sent_by(const struct dev *dev, enum wire_code not_now)
{
	struct wire_submit s = dev_submit(&r, dev, 1, 2);

	say(&c, FRAME_SUBMIT, &s);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.epoch, not_now ? m.ack.epoch : dev->d.epoch);
	cr_assert_eq(m.ack.verdicts[0].verdict, not_now ? VERDICT_NONE : VERDICT_ACCEPTED);
	cr_assert_eq(m.ack.verdicts[0].not_now, not_now);
	cr_assert_eq(m.ack.verdicts[1].verdict, m.ack.verdicts[0].verdict);
}

/* What it said in the epoch before, and who gave it the next one, comes back in front of what it said in that, also
 * when it comes itself before all others. */
Test(recovery, an_epoch_that_was_lost_comes_back_behind_the_one_before)
{
	struct wire_old epoch;
	struct op op;
	struct dev next;
	uint64_t lsn;

	open_all();
	declare_restore(rig_lsn(&r));
	look();
	make(2);
	next = in_next_epoch();
	next.acked = 2;
	op = epoch_of(&next);
	epoch = act_of_lost_log(&op);
	lsn = rig_lsn(&r);
	come_in(&next, false);
	sent_by(&next, WIRE_RECOVERING);
	cr_assert_eq(rig_lsn(&r), lsn, "others may know more of it");
	cr_assert_eq(bring(old_of(&d, 2, lsn + 21, false)), WIRE_OLD_NOT_NOW);
	cr_assert_eq(bring(epoch), WIRE_OLD_NOT_NOW, "it would end the epoch before");
	cr_assert_eq(bring(old_of(&next, 1, lsn + 23, false)), WIRE_OLD_NOT_NOW);
	sent_by(&next, WIRE_RECOVERING);
	next.acked = 0;
	come_in(&next, true);
	for (uint64_t i = 1; i <= 2; i++)
		cr_assert_eq(bring(old_of(&d, i, lsn + 19 + i, false)), WIRE_OLD_TAKEN);
	cr_assert_eq(bring(epoch), WIRE_OLD_TAKEN);
	cr_assert_eq(bring(old_of(&next, 1, lsn + 23, false)), WIRE_OLD_TAKEN);
	sent_by(&next, WIRE_OK);
	cr_assert_eq(rig_lsn(&r), lsn + 5);
	close_all();
}

/* Nobody had read that it was given: at the end it is given again, to the same installation. */
Test(recovery, an_epoch_that_nobody_brings_back_is_given_again)
{
	struct device_row row;
	struct dev next, other;
	struct wired beside;
	uint64_t lsn;

	open_all();
	declare_restore(rig_lsn(&r));
	look();
	next = in_next_epoch();
	memset(next.nonce, 0x21, sizeof(next.nonce));
	lsn = rig_lsn(&r);
	come_in(&next, true);
	sent_by(&next, WIRE_RECOVERING);
	cr_assert_eq(rig_lsn(&r), lsn);
	end_recovery();
	other = next; /* a copy of it says so in the same moment */
	memset(other.nonce, 0x31, sizeof(other.nonce));
	come_in(&other, true);
	beside = c;
	memset(&c, 0, sizeof(c));
	come_in(&next, true);
	sent_by(&next, WIRE_OK);
	must(ledger_device(r.w.l, d.d.device, &row, &r.e), &r.e, "a device");
	cr_assert_eq(row.epoch, next.d.epoch);
	cr_assert_arr_eq(row.nonce, next.nonce, sizeof(row.nonce));
	cr_assert_eq(rig_lsn(&r), lsn + 4, "the end, the epoch, two ops");
	wire_down(&c);
	c = beside;
	sent_by(&other, WIRE_NEW_EPOCH);
	cr_assert_eq(rig_lsn(&r), lsn + 4);
	close_all();
}

/* Two in one frame. */
static struct wire_old both(struct wire_old first, const struct wire_old *second)
{
	struct span *entries = arena_array(r.w.a, 2, sizeof(*entries));
	uint8_t marks[2 * WIRE_ID];

	entries[0] = first.entries[0];
	entries[1] = second->entries[0];
	memcpy(marks, first.marks.data, WIRE_ID);
	memcpy(marks + WIRE_ID, second->marks.data, WIRE_ID);
	first.marks = arena_copy(r.w.a, span_of(marks, sizeof(marks)));
	first.entries = entries;
	first.entry_count = 2;
	memset(first.incarnation, 0x77, WIRE_ID);
	return first;
}

static const uint8_t *bring_both(const struct wire_old *old)
{
	say(&c, FRAME_OLD, old);
	rig_run(&r, &c);
	hear(&c, FRAME_OLD_ACK, &m);
	cr_assert_eq(m.old_ack.results.len, 2);
	return m.old_ack.results.data;
}

static struct op close_january(void)
{
	return (struct op){ .kind = OP_CLOSE,
			    .unit = 1,
			    .close = { FORM_SHORT, month_of(2021, 1) } };
}

/* A restored server, an operator's device of the root and one below that has made two ops. */
static void open_restored(struct dev *above, struct dev *other)
{
	open_all();
	rig_device(&r, above, 1, ROLE_OPERATOR);
	rig_device(&r, other, 5, ROLE_APPROVER);
	declare_restore(rig_lsn(&r));
	look();
	for (int i = 0; i < 2; i++)
		dev_make(&r, other);
}

/* Another contact. */
static void come_as(const struct dev *dev)
{
	wire_down(&c);
	wire_up(&r, &c, dev);
	greet(&c, dev);
}

static void submit_as(const struct dev *dev, uint64_t first, uint64_t last)
{
	struct wire_submit s = dev_submit(&r, dev, first, last);

	say(&c, FRAME_SUBMIT, &s);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
}

/* A sheet that stood before it would be late behind it: so it waits for somebody who had read all that it closes, and
 * with them until all of that is here. */
Test(recovery, a_closing_waits_for_what_stood_before_it)
{
	struct op close = close_january();
	struct wire_old closing, sheets;
	struct dev above, other;
	const uint8_t *results;

	open_restored(&above, &other);
	closing = act_of_lost_log(&close);
	greet(&c, &d);
	cr_assert_eq(bring(closing), WIRE_OLD_NOT_NOW, "a device below has not read it all");
	come_as(&above);
	sheets = both(old_of(&other, 2, rig_lsn(&r) + 20, false), &closing);
	results = bring_both(&sheets);
	cr_assert_eq(results[0], WIRE_OLD_NOT_NOW, "the op before it is missing");
	cr_assert_eq(results[1], WIRE_OLD_NOT_NOW, "and a sheet before the closing");
	come_as(&above);
	cr_assert_eq(bring(old_of(&other, 1, rig_lsn(&r) + 19, false)), WIRE_OLD_TAKEN);
	results = bring_both(&sheets);
	cr_assert_eq(results[0], WIRE_OLD_TAKEN);
	cr_assert_eq(results[1], WIRE_OLD_TAKEN);
	close_all();
}

/* A contact brings a month end in many frames. */
Test(recovery, a_closing_waits_for_what_an_earlier_frame_brought)
{
	struct op close = close_january();
	struct wire_old closing;
	struct dev above, other;

	open_restored(&above, &other);
	closing = act_of_lost_log(&close);
	come_as(&above);
	cr_assert_eq(bring(old_of(&other, 2, rig_lsn(&r) + 20, false)), WIRE_OLD_NOT_NOW);
	cr_assert_eq(bring(closing), WIRE_OLD_NOT_NOW);
	come_as(&above);
	cr_assert_eq(bring(old_of(&other, 1, rig_lsn(&r) + 19, false)), WIRE_OLD_TAKEN);
	cr_assert_eq(bring(old_of(&other, 2, rig_lsn(&r) + 20, false)), WIRE_OLD_TAKEN);
	cr_assert_eq(bring(closing), WIRE_OLD_TAKEN);
	close_all();
}

/* In front of the closing it would be part of what was closed without it. */
Test(recovery, a_sheet_waits_behind_the_closing_that_stood_before_it)
{
	struct op close = close_january();
	struct wire_old old;
	struct dev below;
	const uint8_t *results;
	uint64_t before;

	open_all();
	rig_device(&r, &below, 5, ROLE_APPROVER);
	declare_restore(rig_lsn(&r));
	look();
	for (int i = 0; i < 3; i++)
		dev_make(&r, &below);
	old = old_of(&below, 1, rig_lsn(&r) + 20, false);
	old = both(act_of_lost_log(&close), &old);
	come_as(&below);
	before = rig_lsn(&r);
	results = bring_both(&old);
	cr_assert_eq(results[0], WIRE_OLD_NOT_NOW);
	cr_assert_eq(results[1], WIRE_OLD_NOT_NOW);
	submit_as(&below, 1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_NONE, "nor by Submit");
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING);
	cr_assert_eq(rig_lsn(&r), before);
	end_recovery();
	come_as(&below);
	results = bring_both(&old);
	cr_assert_eq(results[0], WIRE_OLD_TAKEN);
	cr_assert_eq(results[1], WIRE_OLD_TAKEN);
	submit_as(&below, 1, 2);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_LATE);
	cr_assert_eq(m.ack.verdicts[1].verdict, VERDICT_ACCEPTED, "February is open");
	close_all();
}

/* One that was acked and never read back stands in no Old. */
Test(recovery, a_sheet_waits_behind_a_closing_though_it_is_only_submitted)
{
	struct op close = close_january();
	struct dev below, beside;

	open_all();
	rig_device(&r, &below, 5, ROLE_APPROVER);
	rig_device(&r, &beside, 5, ROLE_APPROVER);
	declare_restore(rig_lsn(&r));
	look();
	dev_make(&r, &below);
	come_as(&below);
	cr_assert_eq(bring(act_of_lost_log(&close)), WIRE_OLD_NOT_NOW);
	submit_as(&below, 1, 1);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING);
	dev_make(&r, &beside);
	come_as(&beside);
	submit_as(&beside, 1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED, "who has read no closing");
	close_all();
}

/* Its person had closed behind what it had read. */
Test(recovery, an_own_closing_goes_by_no_other_way_while_it_waits)
{
	struct op close = close_january();
	struct op_id id;
	struct wire_old old;
	struct dev above, other;
	const uint8_t *results;

	open_restored(&above, &other);
	id = (struct op_id){ above.d.device, above.d.epoch, 1 };
	close.author = above.d.person;
	dev_keep(&r, &above, pack(&r.w, id, &close, rig_lsn(&r)));
	old = old_of(&above, 1, rig_lsn(&r) + 21, false);
	old = both(old_of(&other, 2, rig_lsn(&r) + 20, false), &old);
	come_as(&above);
	results = bring_both(&old);
	cr_assert_eq(results[0], WIRE_OLD_NOT_NOW);
	cr_assert_eq(results[1], WIRE_OLD_NOT_NOW);
	submit_as(&above, 1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_NONE);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING);
	come_as(&above);
	cr_assert_eq(bring(old_of(&other, 1, rig_lsn(&r) + 19, false)), WIRE_OLD_TAKEN);
	results = bring_both(&old);
	cr_assert_eq(results[0], WIRE_OLD_TAKEN);
	cr_assert_eq(results[1], WIRE_OLD_TAKEN);
	submit_as(&above, 1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
	close_all();
}

/* The lost log did without it, and its author was told so: what follows it does not wait. */
Test(recovery, what_the_lost_log_refused_for_a_want_does_not_wait)
{
	open_all();
	declare_restore(rig_lsn(&r));
	look();
	make_over_unknown();
	greet(&c, &d);
	cr_assert_eq(bring(old_of(&d, 1, rig_lsn(&r) + 20, false)), WIRE_OLD_NOT_NOW);
	cr_assert_eq(bring(old_with(&d, 1, rig_lsn(&r) + 20, false, VERDICT_REFUSED)),
		     WIRE_OLD_TAKEN);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_REFUSED);
	close_all();
}

/* A sheet of a unit elsewhere: an act of the lost log may have put that below. Of one who had read nothing there it is refused at
 * once, as of everybody when no act came. */
Test(recovery, what_an_act_may_have_allowed_waits_for_it)
{
	static const enum wire_code not_now[] = { WIRE_OK, WIRE_RECOVERING };

	for (uint64_t past = 0; past < ARRAY_LEN(not_now); past++) {
		struct op_id id;
		struct sheet_draft draft;

		open_all();
		world_act_now(&r.w, &(struct op){ .kind = OP_START });
		id = (struct op_id){ d.d.device, d.d.epoch, 1 };
		draft_init(&draft, 5, FORM_SHORT, month_of(2021, 1));
		draft_put(&draft, 2, 5, 0);
		draft.op.author = d.d.person;
		dev_keep(&r, &d, pack(&r.w, id, draft_op(&draft), rig_lsn(&r)));
		declare_restore(rig_lsn(&r) - past);
		look();
		greet(&c, &d);
		submit_done(1, 1);
		cr_assert_eq(m.ack.verdicts[0].not_now, not_now[past]);
		end_recovery();
		again();
		greet(&c, &d);
		submit_done(1, 1);
		cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_REFUSED);
		cr_assert_eq(m.ack.verdicts[0].code, CODE_NOT_ALLOWED);
		close_all();
	}
}

/* It was of a unit of the log before that one: whose number it is here, where nothing tells of that unit, is all one. */
Test(recovery, what_named_a_unit_of_another_log_is_said_of_none_in_a_third)
{
	struct entry en;

	open_all();
	world_act_now(&r.w, &(struct op){ .kind = OP_START });
	make(2);
	declare_restore(rig_lsn(&r) - 1);
	look();
	greet(&c, &d);
	en = entry_of(&d, 1, rig_lsn(&r) + 20, VERDICT_REFUSED);
	en.code = CODE_STATE_WRONG;
	en.detail = SPAN_LIT("the number of another unit");
	cr_assert_eq(bring(old_entry(&en, false)), WIRE_OLD_TAKEN);
	en = entry_of(&d, 2, rig_lsn(&r) + 21, VERDICT_REFUSED);
	en.code = CODE_STATE_WRONG;
	cr_assert_eq(bring(old_entry(&en, false)), WIRE_OLD_TAKEN);
	submit_done(1, 2);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_REFUSED);
	cr_assert_eq(m.ack.verdicts[0].code, CODE_STATE_WRONG);
	cr_assert(span_eq(m.ack.verdicts[0].detail, SPAN_LIT("the number of another unit")));
	cr_assert_eq(m.ack.verdicts[1].verdict, VERDICT_ACCEPTED, "for another reason");
	close_all();
}

Test(recovery, a_closing_waits_no_longer_than_the_recovery)
{
	struct op close = close_january();

	open_all();
	declare_restore(rig_lsn(&r));
	look();
	greet(&c, &d);
	cr_assert_eq(bring(act_of_lost_log(&close)), WIRE_OLD_NOT_NOW);
	end_recovery();
	cr_assert_eq(bring(act_of_lost_log(&close)), WIRE_OLD_TAKEN);
	close_all();
}

Test(recovery, its_own_device_is_told_the_verdict_it_got)
{
	struct dev other;

	open_all();
	rig_device(&r, &other, 5, ROLE_CLERK);
	declare_restore(rig_lsn(&r));
	look();
	dev_make(&r, &other);
	greet(&c, &d);
	cr_assert_eq(bring(old_of(&other, 1, rig_lsn(&r) + 10, false)), WIRE_OLD_TAKEN);
	wire_down(&c);
	wire_up(&r, &c, &other);
	cr_assert_eq(greet(&c, &other).acked_seq, 1);
	close_all();
}

Test(recovery, a_revoked_device_loses_nothing)
{
	struct dev other;
	struct job *j = job_new(JOB_REVOKE, 0, (struct moment){ .mono_ms = 1 });

	open_all();
	rig_device(&r, &other, 5, ROLE_CLERK);
	declare_restore(rig_lsn(&r));
	look();
	dev_make(&r, &other);
	j->device = other.d.device;
	j->about.reason = SPAN_LIT("gone");
	j->by = SPAN_LIT("console:test");
	job_free(rig_job(&r, j));
	greet(&c, &d);
	cr_assert_eq(bring(old_of(&other, 1, rig_lsn(&r) + 10, false)), WIRE_OLD_TAKEN);
	close_all();
}

/* ---- one moment for all that an answer is made of ---- */

Test(recovery, what_is_held_does_not_move)
{
	struct ledger_info held;
	struct ed25519_sig sig;
	struct head head;

	open_all();
	must(ledger_hold(r.reader, &r.e), &r.e, "hold");
	held = ledger_info(r.reader);
	revoke();
	cr_assert_eq(rig_lsn(&r), held.lsn + 1, "another one writes meanwhile");
	must(ledger_head(r.reader, &head, &sig, &r.e), &r.e, "a head");
	cr_assert_eq(head.size, held.lsn, "the head is of the moment held");
	cr_assert_eq(ledger_info(r.reader).lsn, held.lsn);
	ledger_let_go(r.reader);
	must(ledger_hold(r.reader, &r.e), &r.e, "hold again");
	must(ledger_head(r.reader, &head, &sig, &r.e), &r.e, "a head");
	cr_assert_eq(head.size, held.lsn + 1);
	ledger_let_go(r.reader);
	close_all();
}

/* ---- what was seen ---- */

static struct device_shown shown_now(const struct devices *of)
{
	const struct device_shown *shown;
	size_t count;

	must(devices_show(&shown, &count, of, r.w.l, r.w.a, &r.e), &r.e, "devices");
	return shown[0];
}

Test(recovery, what_was_seen_is_kept_and_what_was_delivered_is_off)
{
	struct wire_hello h;
	struct devices *later;
	struct verify_report report;

	open_all();
	make(3);
	h = dev_hello(&r, &d);
	h.held_drafts = 1;
	h.held_queued = 3;
	h.oldest_ms = 12345;
	say(&c, FRAME_HELLO, &h);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	submit_done(1, 2);
	cr_assert_eq(shown_now(r.devices).held, 1);
	must(writer_keep_seen(r.writer, r.now, true, &r.e), &r.e, "keep");
	must(devices_new(&later, &r.e), &r.e, "devices");
	must(devices_load(later, r.w.l, &r.e), &r.e, "load");
	cr_assert_eq(shown_now(later).held, 1);
	cr_assert_eq(shown_now(later).drafts, 1);
	cr_assert_eq(shown_now(later).last_seen_ms, r.now.wall_ms);
	devices_free(later);
	must(ledger_verify(&report, r.w.l, NULL, NULL, &r.e), &r.e, "verify");
	close_all();
}

Test(recovery, a_peer_that_takes_nothing_is_let_go)
{
	struct moment later;

	open_all();
	greet(&c, &d);
	(void)session_input(c.s, SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff"), NULL, r.now);
	cr_assert(session_output(c.s).len, "it is told why, if it takes it");
	cr_assert(!session_over(c.s));
	later = r.now;
	later.mono_ms = session_deadline(c.s) + 1;
	session_tick(c.s, later);
	cr_assert(session_over(c.s));
	close_all();
}
