#include "server_one.h"

/* Ops stored by another way, so that a Hello finds them there. */
static void stored(uint64_t first, uint64_t last)
{
	struct wired other;
	struct wire_submit s = dev_submit(&r, &d, first, last);
	union wire_any any;

	wire_up(&r, &other, &d);
	greet(&other, &d);
	say(&other, FRAME_SUBMIT, &s);
	rig_run(&r, &other);
	hear(&other, FRAME_ACK, &any);
	cr_assert_eq(any.ack.acked_seq, last);
	wire_down(&other);
}

/* ---- Hello, row by row ---- */

static uint32_t hello_code(const struct wire_hello *h)
{
	again();
	say(&c, FRAME_HELLO, h);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	return m.hello_ack.code;
}

static struct job *lift(uint8_t nonce)
{
	struct job *j = job_new(JOB_LIFT, 0, r.now);

	j->device = d.d.device;
	j->about.reason = SPAN_LIT("the copy is gone");
	j->by = SPAN_LIT("console:test");
	memset(j->about.nonce, nonce, sizeof(j->about.nonce));
	return rig_job(&r, j);
}

Test(hello, row_1_versions_and_stores)
{
	struct wire_hello h;

	open_all();
	h = dev_hello(&r, &d);
	h.version_min = 2;
	h.version_max = 3;
	cr_assert_eq(hello_code(&h), WIRE_VERSION_NONE);
	cr_assert_eq(m.hello_ack.version_max, WIRE_VERSION);
	h = dev_hello(&r, &d);
	h.version_max = 9;
	h.store[0] ^= 1;
	cr_assert_eq(hello_code(&h), WIRE_WRONG_STORE);
	close_all();
}

Test(hello, row_2_unknown_revoked_suspended)
{
	struct wire_hello h;
	struct dev stranger;

	open_all();
	stranger = d;
	stranger.d.device = 77;
	h = dev_hello(&r, &stranger);
	wire_down(&c);
	wire_up(&r, &c, &stranger);
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_DEVICE_UNKNOWN);
	cr_assert_eq(m.hello_ack.head.signed_bytes.len, 0, "strangers learn nothing of the log");
	revoke();
	h = dev_hello(&r, &d);
	cr_assert_eq(hello_code(&h), WIRE_REVOKED);
	close_all();
}

Test(hello, row_3_an_expired_certificate_may_renew_and_nothing_else)
{
	struct session_peer p;
	struct wire_hello h;
	struct wire_pull pull = { .max_bytes = 1000 };

	open_all();
	p = peer_of_dev(&r, &d);
	make(1);
	h = dev_hello(&r, &d);
	p.verdict = CERT_EXPIRED;
	p.cert.not_after_ms = r.now.wall_ms - 1000;
	wire_down(&c);
	wire_up_peer(&r, &c, &p);
	say(&c, FRAME_HELLO, &h);
	submit(1, 1);
	say(&c, FRAME_PULL, &pull);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_RENEW_FIRST);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].verdict, 0);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RENEW_FIRST);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_RENEW_FIRST);
	cr_assert_eq(m.error.of, FRAME_PULL);
	cr_assert(!m.error.fatal);
	/* six years after its end the handshake should not have let it in */
	p.cert.not_after_ms = r.now.wall_ms - INT64_C(86400000) * 366 * 6;
	wire_down(&c);
	wire_up_peer(&r, &c, &p);
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_CERTIFICATE_NEEDED);
	close_all();
}

static struct wire_head sign(const struct head *head)
{
	static uint8_t bytes[HEAD_BYTES];
	static struct ed25519_sig sig;

	head_encode(bytes, head);
	sig = head_sign(head, &r.w.key);
	return wire_head_of(bytes, &sig);
}

Test(hello, row_4_a_head_that_the_log_lacks_stops_all_writing)
{
	struct wire_hello h;
	struct ed25519_sig sig;
	struct head head, mine;
	uint64_t before;

	open_all();
	must(ledger_head(r.w.l, &mine, &sig, &r.e), &r.e, "a head");
	h = dev_hello(&r, &d);
	h.head = sign(&mine);
	cr_assert_eq(hello_code(&h), WIRE_OK, "its own newest head");
	head = mine;
	head.size += 5;
	h.head = sign(&head);
	((uint8_t *)h.head.signature.data)[3] ^= 1;
	cr_assert_eq(hello_code(&h), WIRE_OK, "anybody can invent a head");
	cr_assert(!r.sv.mood.behind);
	h.head = sign(&head);
	make(1);
	before = rig_lsn(&r);
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND);
	cr_assert(r.sv.mood.behind);
	h.head = (struct wire_head){ .signed_bytes = { NULL, 0 } };
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND, "nobody is let in to wait");
	cr_assert(!m.hello_ack.succeeded, "a restore may be declared here");
	submit(1, 1);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_SERVER_BEHIND);
	cr_assert_eq(rig_lsn(&r), before);
	declare_restore(rig_lsn(&r));
	must(writer_look(r.writer, &r.e), &r.e, "look");
	r.sv.mood = writer_mood(r.writer);
	cr_assert(!r.sv.mood.behind && r.sv.mood.recovering);
	cr_assert_eq(hello_code(&h), WIRE_OK);
	head = mine;
	head.root.b[0] ^= 1;
	h.head = sign(&head);
	((uint8_t *)h.head.signature.data)[3] ^= 1;
	cr_assert_eq(hello_code(&h), WIRE_OK, "nor does an invented root count");
	head.size = 0;
	h.head = sign(&head);
	((uint8_t *)h.head.signature.data)[3] ^= 1;
	cr_assert_eq(hello_code(&h), WIRE_OK, "nor one of nothing");
	cr_assert(!r.sv.mood.behind);
	head = mine;
	head.root.b[0] ^= 1;
	h.head = sign(&head);
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND, "another root at that size");
	close_all();
}

/* Many restores with long causes: whoever was away through all of them is served, and hears of the newest why. */
Test(hello, the_line_fits_whatever_its_causes)
{
	enum { RESTORES = 20, LONG = 1000 };
	struct wire_hello h;
	char cause[LONG];

	open_all();
	memset(cause, 'x', sizeof(cause));
	for (uint8_t i = 1; i <= RESTORES; i++)
		declare_restore_for(span_of(cause, sizeof(cause)), i - 1, i, rig_lsn(&r));
	h = dev_hello(&r, &d);
	memcpy(h.cursor.incarnation, r.w.birth.incarnation, 16);
	cr_assert_eq(hello_code(&h), WIRE_OK);
	cr_assert_eq(m.hello_ack.line_count, RESTORES);
	for (size_t i = 0; i < RESTORES; i++) {
		cr_assert_eq(m.hello_ack.line[i].id[0], i + 1);
		cr_assert_eq(m.hello_ack.line[i].cause.len, i < RESTORES - 4 ? 0 : LONG);
	}
	close_all();
}

/* Enrolled since the copy was made that the server runs on: what it has read shows it. */
Test(hello, row_4_also_of_a_device_that_is_not_known)
{
	struct wire_hello h;
	struct ed25519_sig sig;
	struct dev stranger;
	struct head head;

	open_all();
	must(ledger_head(r.w.l, &head, &sig, &r.e), &r.e, "a head");
	head.size += 5;
	stranger = d;
	stranger.d.device = 77;
	h = dev_hello(&r, &stranger);
	h.head = sign(&head);
	wire_down(&c);
	wire_up(&r, &c, &stranger);
	say(&c, FRAME_HELLO, &h);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_SERVER_BEHIND);
	cr_assert_eq(m.hello_ack.head.signed_bytes.len, 0, "strangers learn nothing of the log");
	cr_assert(r.sv.mood.behind);
	close_all();
}

Test(hello, row_4_heads_of_an_earlier_incarnation_count_up_to_its_branch)
{
	struct wire_hello h;
	struct head head = { .time_ms = 1 };
	uint64_t branch;

	open_all();
	branch = rig_lsn(&r);
	declare_restore(branch);
	memcpy(head.incarnation, r.w.birth.incarnation, 16);
	h = dev_hello(&r, &d);
	memcpy(h.cursor.incarnation, r.w.birth.incarnation, 16);
	head.size = branch + 9; /* lost in the restore, as was declared */
	h.head = sign(&head);
	cr_assert_eq(hello_code(&h), WIRE_OK);
	cr_assert_eq(m.hello_ack.line_count, 1);
	cr_assert_eq(m.hello_ack.line[0].branch_lsn, branch);
	cr_assert_eq(m.hello_ack.line[0].id[0], 0x2c);
	cr_assert_eq(m.hello_ack.incarnation[0], 0x2c);
	head.size = branch - 1;
	h.head = sign(&head);
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND, "a wrong root before the branch");
	close_all();
}

Test(hello, row_5_a_restored_server_takes_what_comes_again)
{
	struct wire_hello h;
	uint64_t lsn;

	open_all();
	make(3);
	stored(1, 1);
	declare_restore(rig_lsn(&r));
	d.acked = 3; /* the rest was lost with the disk */
	h = dev_hello(&r, &d);
	memcpy(h.cursor.incarnation, r.w.birth.incarnation, 16);
	cr_assert_eq(hello_code(&h), WIRE_OK);
	cr_assert_eq(m.hello_ack.acked_seq, 1);
	cr_assert_eq(m.hello_ack.epoch, 1);
	h.epoch = 4; /* an epoch that it gave and forgot */
	lsn = rig_lsn(&r);
	cr_assert_eq(hello_code(&h), WIRE_OK);
	cr_assert_eq(m.hello_ack.epoch, 4);
	cr_assert_eq(m.hello_ack.acked_seq, 0);
	h.acked_seq = 0; /* led to this log, it has nothing of that epoch here */
	memset(&h.acked_chain, 0, sizeof(h.acked_chain));
	memcpy(h.cursor.incarnation, ledger_info(r.w.l).incarnation, 16);
	cr_assert_eq(hello_code(&h), WIRE_OK);
	cr_assert_eq(m.hello_ack.epoch, 4);
	cr_assert_eq(rig_lsn(&r), lsn, "nothing is given yet");
	h.acked_seq = 1;
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND, "this log itself had it");
	close_all();
}

Test(hello, row_6_without_a_restore_it_is_the_server_that_lacks)
{
	struct wire_hello h;
	uint64_t before;

	open_all();
	make(3);
	stored(1, 1);
	d.acked = 3;
	before = rig_lsn(&r);
	h = dev_hello(&r, &d);
	memcpy(h.cursor.incarnation, r.w.birth.incarnation, 16);
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND);
	h.cursor = (struct wire_cursor){ .lsn = 0 };
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND, "also one that never read");
	h = dev_hello(&r, &d);
	h.epoch = 2;
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND);
	h.acked_seq = 0;
	cr_assert_eq(hello_code(&h), WIRE_SERVER_BEHIND, "there was no log before this one");
	cr_assert_eq(rig_lsn(&r), before);
	cr_assert(!r.sv.mood.behind, "a claim is no proof: others go on");
	close_all();
}

Test(hello, row_7_all_is_well)
{
	struct wire_hello h;
	uint64_t before;

	open_all();
	make(5);
	stored(1, 3);
	before = rig_lsn(&r);
	for (d.acked = 0; d.acked <= 3; d.acked++) { /* acks may have been lost */
		h = dev_hello(&r, &d);
		cr_assert_eq(hello_code(&h), WIRE_OK, "acked %u", (unsigned)d.acked);
		cr_assert_eq(m.hello_ack.acked_seq, 3);
		cr_assert(hash_eq(&m.hello_ack.chain, &d.chain[3]));
	}
	cr_assert_eq(rig_lsn(&r), before);
	cr_assert_eq(m.hello_ack.credit_ops, r.sv.limits.credit_ops);
	cr_assert_eq(m.hello_ack.head.signed_bytes.len, HEAD_BYTES);
	cr_assert_eq(m.hello_ack.time_ms, r.now.wall_ms);
	cr_assert_gt(m.hello_ack.authority, 0);
	cr_assert(!m.hello_ack.renew);
	close_all();
}

Test(hello, row_8_an_older_copy_of_the_device)
{
	struct wire_hello h;

	open_all();
	make(4);
	stored(1, 3);
	d.made = 2; /* restored: op 3 was never made */
	h = dev_hello(&r, &d);
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH);
	cr_assert_eq(m.hello_ack.epoch, 2);
	cr_assert_eq(m.hello_ack.acked_seq, 0);
	cr_assert(hash_is_zero(&m.hello_ack.chain));
	cr_assert_eq(newest_kind(), OP_EPOCH);
	close_all();
}

Test(hello, row_8_another_history_under_the_same_numbers)
{
	struct wire_hello h;

	open_all();
	make(4);
	stored(1, 3);
	d.made = 3;
	h = dev_hello(&r, &d);
	h.chain.b[5] ^= 1;
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH, "h(m) differs");
	close_all();
	open_all();
	make(4);
	stored(1, 3);
	d.acked = 1;
	h = dev_hello(&r, &d);
	h.acked_chain.b[5] ^= 1;
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH, "h(acked) does not lead to h(m)");
	cr_assert_eq(m.hello_ack.epoch, 2);
	close_all();
}

Test(hello, row_9_and_10_a_copied_ledger_and_a_lost_answer)
{
	struct wire_hello h;
	uint64_t before;

	open_all();
	make(2);
	stored(1, 2);
	memset(d.nonce, 0x99, sizeof(d.nonce));
	h = dev_hello(&r, &d);
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH);
	cr_assert_eq(m.hello_ack.epoch, 2);
	before = rig_lsn(&r);
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH, "row 10: the answer was lost");
	cr_assert_eq(m.hello_ack.epoch, 2, "the same again");
	cr_assert_eq(rig_lsn(&r), before);
	close_all();
}

Test(hello, row_11_and_12_the_older_epoch_comes_back)
{
	struct wire_hello h, old;

	open_all();
	make(2);
	stored(1, 2);
	old = dev_hello(&r, &d);
	memset(d.nonce, 0x99, sizeof(d.nonce));
	h = dev_hello(&r, &d);
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH);
	d.d.epoch = 2;
	d.made = d.acked = 0;
	make(1);
	stored(1, 1);
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH, "row 11: ops in E, epoch 1 and its nonce");
	cr_assert_eq(m.hello_ack.epoch, 3);
	cr_assert_eq(hello_code(&old), WIRE_SUSPENDED, "row 12: two installations live");
	cr_assert_eq(newest_kind(), OP_SUSPEND);
	cr_assert_eq(hello_code(&h), WIRE_SUSPENDED, "and row 2 from now on");
	close_all();
}

Test(hello, a_suspension_is_lifted_for_one_of_the_two)
{
	struct wire_hello h;
	struct job *j;

	open_all();
	make(1);
	stored(1, 1);
	j = lift(0x99);
	cr_assert_eq(j->code, WIRE_NOT_ALLOWED, "nothing to lift");
	job_free(j);
	h = dev_hello(&r, &d);
	memset(h.nonce, 0x99, sizeof(h.nonce));
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH);
	h = dev_hello(&r, &d);
	cr_assert_eq(hello_code(&h), WIRE_SUSPENDED);
	j = lift(0x99);
	cr_assert_eq(j->code, WIRE_OK, "%s", j->err.msg);
	cr_assert_eq(j->about.epoch, 3);
	job_free(j);
	memset(h.nonce, 0x99, sizeof(h.nonce));
	cr_assert_eq(hello_code(&h), WIRE_NEW_EPOCH, "the one that goes on");
	cr_assert_eq(m.hello_ack.epoch, 3);
	memset(h.nonce, 0x11, sizeof(h.nonce));
	cr_assert_eq(hello_code(&h), WIRE_SUSPENDED, "the other one");
	close_all();
}

Test(hello, what_no_device_would_send_is_a_breach)
{
	struct wire_hello h;

	open_all();
	for (int i = 0; i < 4; i++) {
		h = dev_hello(&r, &d);
		if (i == 0)
			h.device++;
		if (i == 1)
			h.epoch = 0;
		if (i == 2)
			h.next_seq = 0;
		if (i == 3)
			h.acked_seq = h.next_seq;
		again();
		say(&c, FRAME_HELLO, &h);
		hear(&c, FRAME_ERROR, &m);
		cr_assert(m.error.fatal);
		cr_assert_eq(m.error.code, WIRE_MALFORMED);
		cr_assert(session_over(c.s));
	}
	close_all();
}

Test(hello, renewal_is_asked_for_from_half_of_the_life_on)
{
	struct wire_hello h;
	struct session_peer p;

	open_all();
	p = peer_of_dev(&r, &d);
	p.cert.not_before_ms = r.now.wall_ms - 1000;
	p.cert.not_after_ms = r.now.wall_ms + 1000;
	h = dev_hello(&r, &d);
	wire_down(&c);
	wire_up_peer(&r, &c, &p);
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert(m.hello_ack.renew);
	close_all();
}

/* Who came alone comes back when it likes; a crowd is spread over a time that grows with it, to a limit. */
Test(hello, the_jitter_grows_with_the_crowd)
{
	struct wired others[3];
	struct wire_hello h;

	open_all();
	h = dev_hello(&r, &d);
	hello_code(&h);
	cr_assert_eq(m.hello_ack.jitter_ms, 0);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		wire_up(&r, &others[i], &d);
	hello_code(&h);
	cr_assert_eq(m.hello_ack.jitter_ms, 3 * r.sv.limits.jitter_each_ms);
	r.sv.threads = 2; /* of which each sees its own share of them */
	hello_code(&h);
	cr_assert_eq(m.hello_ack.jitter_ms, 6 * r.sv.limits.jitter_each_ms);
	r.sv.limits.jitter_max_ms = 500;
	hello_code(&h);
	cr_assert_eq(m.hello_ack.jitter_ms, 500);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		wire_down(&others[i]);
	hello_code(&h);
	cr_assert_eq(m.hello_ack.jitter_ms, 0);
	close_all();
}

Test(hello, a_busy_or_stopping_server_sends_away)
{
	struct wire_hello h;

	open_all();
	h = dev_hello(&r, &d);
	r.sv.mood.busy = true;
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_BUSY, &m);
	cr_assert_eq(m.busy.code, WIRE_BUSY);
	cr_assert_geq(m.busy.retry_after_ms, r.sv.limits.retry_ms);
	hear(&c, FRAME_CLOSE, &m);
	cr_assert(session_over(c.s));
	again();
	r.sv.mood = (struct server_mood){ .stopping = true };
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_BUSY, &m);
	cr_assert_eq(m.busy.code, WIRE_STOPPING);
	close_all();
}

Test(hello, what_devices_hold_is_seen)
{
	const struct device_shown *shown;
	struct wire_hello h;
	size_t count;

	open_all();
	h = dev_hello(&r, &d);
	h.held_drafts = 3;
	h.held_queued = 2;
	h.oldest_ms = 12345;
	cr_assert_eq(hello_code(&h), WIRE_OK);
	must(devices_show(&shown, &count, r.devices, r.w.l, r.w.a, &r.e), &r.e, "devices");
	cr_assert_eq(count, 1);
	cr_assert_eq(shown[0].device, d.d.device);
	cr_assert_eq(shown[0].unit, 4);
	cr_assert_eq(shown[0].drafts, 3);
	cr_assert_eq(shown[0].held, 2);
	cr_assert_eq(shown[0].oldest_ms, 12345);
	cr_assert_eq(shown[0].last_seen_ms, r.now.wall_ms);
	cr_assert(!shown[0].revoked && !shown[0].suspended);
	revoke();
	must(devices_show(&shown, &count, r.devices, r.w.l, r.w.a, &r.e), &r.e, "devices");
	cr_assert(shown[0].revoked);
	close_all();
}
