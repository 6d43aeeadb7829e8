#include <stdlib.h>

#include "ledger/verify.h"
#include "server_one.h"

/* ---- ops ---- */

Test(ops, the_usual_month_takes_one_flight)
{
	struct wire_hello h;
	struct wire_pull pull = { .max_bytes = 200000 };
	struct head head;

	open_all();
	make(2);
	h = dev_hello(&r, &d);
	say(&c, FRAME_HELLO, &h);
	submit(1, 2);
	say(&c, FRAME_PULL, &pull);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(hear_next(&c, &m), 0, "nothing is acked before it is committed");
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdict_count, 2);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
	cr_assert_eq(m.ack.verdicts[1].lsn, rig_lsn(&r));
	must(head_decode(&head, m.ack.head.signed_bytes, &r.e), &r.e, "a head");
	cr_assert_eq(head.size, rig_lsn(&r), "it covers what it answers");
	cr_assert_eq(m.ack.acked_seq, 2);
	cr_assert(hash_eq(&m.ack.chain, &d.chain[2]));
	hear(&c, FRAME_PAGE, &m);
	cr_assert(!m.page.more && !m.page.restart);
	cr_assert_eq(m.page.next.lsn, rig_lsn(&r), "the page holds the ops sent before it");
	cr_assert_gt(m.page.entry_count, 2);
	cr_assert_eq(m.page.marks.len, m.page.entry_count * WIRE_ID);
	close_all();
}

/* The first flight may come byte by byte, and in one piece while Hello is with the writer. */
Test(ops, a_flight_in_any_pieces)
{
	struct wire_hello h;
	struct wire_submit s;
	struct buf all;

	open_all();
	make(2);
	memset(d.nonce, 0x99, sizeof(d.nonce)); /* row 9: the writer is asked */
	h = dev_hello(&r, &d);
	s = dev_submit(&r, &d, 1, 2);
	buf_init(&all, 1 << 20);
	must(wire_frame(&all, FRAME_HELLO, &h, c.a, &r.e), &r.e, "hello");
	must(wire_frame(&all, FRAME_SUBMIT, &s, c.a, &r.e), &r.e, "submit");
	for (size_t i = 0; i < all.len; i++)
		say_bytes(&c, span_of(all.data + i, 1));
	cr_assert_eq(hear_next(&c, &m), 0);
	cr_assert(!session_reads(c.s), "Hello is judged first");
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_NEW_EPOCH);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_NEW_EPOCH, "made under the old epoch");
	cr_assert_eq(m.ack.verdicts[1].not_now, WIRE_NEW_EPOCH);
	cr_assert_eq(m.ack.epoch, 2);
	d.d.epoch = 2; /* and now on the same connection */
	d.made = 0;
	make(1);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
	buf_fini(&all);
	close_all();
}

Test(ops, sent_twice_is_sent_once)
{
	uint64_t lsn[3], before;

	open_all();
	make(5);
	greet(&c, &d);
	submit_done(1, 3);
	for (size_t i = 0; i < 3; i++)
		lsn[i] = m.ack.verdicts[i].lsn;
	before = rig_lsn(&r);
	submit_done(2, 3);
	cr_assert_eq(m.ack.verdicts[0].lsn, lsn[1]);
	cr_assert_eq(m.ack.verdicts[1].lsn, lsn[2]);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
	cr_assert_eq(rig_lsn(&r), before);
	submit_done(1, 5); /* some known, some new */
	cr_assert_eq(m.ack.verdicts[0].lsn, lsn[0]);
	cr_assert_eq(m.ack.verdicts[4].lsn, before + 2);
	cr_assert_eq(m.ack.acked_seq, 5);
	close_all();
}

Test(ops, a_fork_is_refused_and_reported)
{
	const struct device_shown *shown;
	struct packed first;
	uint64_t before;
	size_t count;

	open_all();
	make(2);
	greet(&c, &d);
	submit_done(1, 2);
	before = rig_lsn(&r);
	first = d.op[1];
	d.made = 0;
	dev_make_body(&r, &d, SPAN_LIT("another body under the same number"));
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_REFUSED);
	cr_assert_eq(m.ack.verdicts[0].code, CODE_FORK);
	cr_assert_eq(rig_lsn(&r), before);
	must(devices_show(&shown, &count, r.devices, r.w.l, r.w.a, &r.e), &r.e, "devices");
	cr_assert_eq(shown[0].forks, 1);
	d.op[1] = first;
	close_all();
}

Test(ops, another_history_stores_nothing)
{
	struct wire_submit s;
	uint64_t before;

	open_all();
	make(3);
	greet(&c, &d);
	submit_done(1, 1);
	before = rig_lsn(&r);
	s = dev_submit(&r, &d, 2, 3);
	s.chain.b[0] ^= 1;
	say(&c, FRAME_SUBMIT, &s);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_CHAIN);
	cr_assert_eq(m.ack.verdicts[1].not_now, WIRE_CHAIN);
	cr_assert_eq(rig_lsn(&r), before);
	close_all();
}

Test(ops, a_gap_waits_and_so_does_what_follows_it)
{
	open_all();
	make(4);
	greet(&c, &d);
	submit_done(3, 4);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_GAP);
	cr_assert_eq(m.ack.verdicts[1].not_now, WIRE_HELD);
	cr_assert_gt(m.ack.verdicts[0].retry_after_ms, 0);
	submit_done(1, 4);
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(m.ack.verdicts[i].verdict, VERDICT_ACCEPTED);
	close_all();
}

/* Op 1 is lost to a full queue; op 2, sent meanwhile in a frame of its own, must not overtake it. */
Test(ops, none_overtakes_another_of_its_device)
{
	struct wire_hello h;

	open_all();
	make(3);
	h = dev_hello(&r, &d);
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_HELLO_ACK, &m);
	kv_mem_limit(r.w.kv, 1); /* the store is full for one batch */
	submit(1, 1);
	submit(2, 2);
	rig_run(&r, &c);
	kv_mem_limit(r.w.kv, 0);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_STORE_FULL);
	cr_assert_eq(m.ack.acked_seq, 0);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_STORE_FULL);
	writer_measured(r.writer, &(struct writer_measure){ .map_used = 1, .map_size = 1000 });
	submit_done(3, 3);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_HELD, "it is not the device that left a gap");
	submit_done(1, 3);
	cr_assert_eq(m.ack.verdicts[2].verdict, VERDICT_ACCEPTED);
	close_all();
}

Test(ops, what_cannot_be_read_is_refused_and_blocks_nothing)
{
	struct wire_submit s;
	struct wire_item *items;

	open_all();
	dev_make_body(&r, &d, SPAN_LIT("\xff\xff no op of ours"));
	dev_make(&r, &d);
	dev_make(&r, &d);
	greet(&c, &d);
	s = dev_submit(&r, &d, 1, 3);
	items = (struct wire_item *)s.items;
	items[1].body = (struct span){ NULL, 0 };
	items[1].withdrawn = true;
	say(&c, FRAME_SUBMIT, &s);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_REFUSED);
	cr_assert_eq(m.ack.verdicts[0].code, CODE_UNREADABLE);
	cr_assert_eq(m.ack.verdicts[1].code, CODE_WITHDRAWN);
	cr_assert_eq(m.ack.verdicts[2].verdict, VERDICT_ACCEPTED);
	cr_assert(hash_eq(&m.ack.chain, &d.chain[3]));
	close_all();
}

static void breach(enum wire_code want)
{
	uint64_t before = rig_lsn(&r);

	rig_run(&r, &c);
	hear(&c, FRAME_ERROR, &m);
	cr_assert(m.error.fatal);
	cr_assert_eq(m.error.code, want, "%s", wire_code_name(m.error.code));
	cr_assert(session_over(c.s));
	cr_assert_eq(session_why(c.s), want);
	cr_assert_eq(rig_lsn(&r), before);
	again();
}

Test(ops, breaches_store_nothing)
{
	struct wire_submit s;
	struct wire_item *items;

	open_all();
	make(2);
	for (int i = 0; i < 5; i++) {
		greet(&c, &d);
		s = dev_submit(&r, &d, 1, 2);
		items = (struct wire_item *)s.items;
		if (i == 0)
			items[1].body = SPAN_LIT("not what was hashed");
		if (i == 1)
			items[1].envelope.len--;
		if (i == 2)
			items[1] = items[0];
		if (i == 3)
			items[0].withdrawn = true;
		if (i == 4)
			s.item_count = 0;
		say(&c, FRAME_SUBMIT, &s);
		breach(i == 0 ? WIRE_HASH : WIRE_MALFORMED);
	}
	greet(&c, &d);
	say_bytes(&c, SPAN_LIT("\x7f\xff\xff\xff\x00\x03"));
	breach(WIRE_TOO_LARGE);
	greet(&c, &d);
	say_bytes(&c, SPAN_LIT("\0\0\0\0\x00\x2a"));
	breach(WIRE_UNEXPECTED);
	say_bytes(&c, SPAN_LIT("\0\0\0\x01\x00\x03"));
	breach(WIRE_UNEXPECTED);
	greet(&c, &d);
	say_bytes(&c, SPAN_LIT("\0\0\0\x02\x00\x05\xff\xff"));
	breach(WIRE_MALFORMED);
	close_all();
}

static void over_credit(void)
{
	hear(&c, FRAME_ERROR, &m);
	cr_assert(m.error.fatal);
	cr_assert_eq(m.error.code, WIRE_CREDIT);
	cr_assert(session_over(c.s));
	again();
}

Test(ops, more_than_was_allowed_is_a_breach)
{
	open_all();
	make(RIG_OPS);
	r.sv.limits.credit_ops = 256; /* the least */
	greet(&c, &d);
	for (int i = 0; i < 4; i++)
		submit(1, RIG_OPS);
	cr_assert(!session_over(c.s));
	submit(1, RIG_OPS);
	over_credit();
	greet(&c, &d);
	for (int i = 0; i < LINK_SUBMITS_MAX; i++)
		submit(1, 1);
	cr_assert(!session_over(c.s));
	submit(1, 1);
	over_credit();
	greet(&c, &d); /* and with answers in between there is no end */
	for (int i = 0; i < 8; i++)
		submit_done(1, RIG_OPS);
	cr_assert(!session_over(c.s));
	close_all();
}

Test(ops, a_parked_op_is_refused_unread)
{
	struct verify_report report;

	open_all();
	make(3);
	greet(&c, &d);
	r.parks = (struct op_id){ d.d.device, d.d.epoch, 2 };
	submit_done(1, 3);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
	cr_assert_eq(m.ack.verdicts[1].verdict, VERDICT_REFUSED);
	cr_assert_eq(m.ack.verdicts[1].code, CODE_PARKED);
	cr_assert_eq(m.ack.verdicts[2].verdict, VERDICT_ACCEPTED);
	cr_assert_eq(r.held, 3);
	cr_assert_eq(r.in_hand.seq, 0, "nothing in hand between batches");
	cr_assert_eq(ledger_verify(&report, r.w.l, NULL, NULL, &r.e), 0, "%s", r.e.msg);
	cr_assert_eq(report.refused, 1);
	close_all();
}

Test(ops, a_base_beyond_the_log_waits)
{
	struct sheet_draft draft;
	struct op_id id;

	open_all();
	id = (struct op_id){ d.d.device, 1, 1 };
	draft_init(&draft, 4, FORM_SHORT, month_of(2021, 1));
	draft_put(&draft, 2, 1, 0);
	draft.op.author = d.d.person;
	d.op[1] = pack(&r.w, id, draft_op(&draft), rig_lsn(&r) + 100);
	d.made = 1;
	greet(&c, &d);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_BASE);
	close_all();
}

/* The number by which an act gave the device its part in the lost log may be that of another act here: what it has read up to
 * the branch is then of another part. */
Test(ops, an_authority_from_behind_the_branch_is_of_another_log)
{
	for (uint64_t past = 0; past < 2; past++) {
		struct wire_pull pull = { .max_bytes = 200000 };
		struct device_row row;
		struct wire_hello h;

		open_all();
		must(ledger_device(r.w.l, d.d.device, &row, &r.e), &r.e, "a device");
		declare_restore(row.enrolled_lsn - past);
		h = dev_hello(&r, &d);
		memcpy(h.cursor.incarnation, r.w.birth.incarnation, WIRE_ID);
		h.cursor.lsn = row.enrolled_lsn - past;
		h.cursor.authority = row.enrolled_lsn;
		pull.cursor = h.cursor;
		say(&c, FRAME_HELLO, &h);
		say(&c, FRAME_PULL, &pull);
		rig_run(&r, &c);
		hear(&c, FRAME_HELLO_ACK, &m);
		cr_assert_eq(m.hello_ack.authority, row.enrolled_lsn);
		hear(&c, FRAME_PAGE, &m);
		cr_assert_eq(m.page.restart, past);
		cr_assert_eq(m.page.next.lsn, past ? 0 : rig_lsn(&r));
		close_all();
	}
}

/* Sent before the device has heard that the log it read was left: what it brings back has its places in front. */
static void flight_of_a_left_log(bool past)
{
	struct wire_pull pull = { .max_bytes = 200000 };
	struct wire_hello h;
	uint64_t branch;

	open_all();
	make(2);
	branch = rig_lsn(&r) - 1;
	declare_restore(branch);
	h = dev_hello(&r, &d);
	memcpy(h.cursor.incarnation, r.w.birth.incarnation, WIRE_ID);
	h.cursor.lsn = branch + past;
	pull.cursor = h.cursor;
	say(&c, FRAME_HELLO, &h);
	submit(1, 1);
	say(&c, FRAME_PULL, &pull);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_OK);
	hear(&c, FRAME_ACK, &m);
	if (!past) {
		cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
		close_all();
		return;
	}
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING);
	cr_assert_eq(m.ack.verdicts[0].retry_after_ms, 0, "on this connection");
	hear(&c, FRAME_PAGE, &m);
	cr_assert(m.page.restart);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_RECOVERING, "it has not been there yet");
	pull.cursor.lsn = branch;
	say(&c, FRAME_PULL, &pull);
	rig_run(&r, &c);
	hear(&c, FRAME_PAGE, &m);
	submit_done(1, 2);
	cr_assert_eq(m.ack.verdicts[1].verdict, VERDICT_ACCEPTED);
	close_all();
}

Test(ops, the_flight_of_a_log_that_was_left_waits)
{
	flight_of_a_left_log(true);
}

Test(ops, one_that_read_no_further_does_not)
{
	flight_of_a_left_log(false);
}

/* The store fails from its nth call on: at a read, a put or the commit. */
static void failing(uint64_t nth)
{
	uint64_t before;
	struct job *j;

	open_all();
	make(2);
	greet(&c, &d);
	before = rig_lsn(&r);
	submit(1, 1);
	submit(2, 2);
	while ((j = session_job(c.s)))
		writer_put(r.writer, &j);
	kv_fail_at(r.w.kv, kv_calls(r.w.kv) + nth, ERR_IO, false);
	must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
	kv_fail_at(r.w.kv, 0, ERR_IO, false);
	while ((j = writer_take(r.writer)))
		session_done(c.s, &j, r.now);
	rig_run(&r, &c);
	say_bytes(&c, span_of(&nth, 0));
	for (int i = 0; i < 2; i++) {
		hear(&c, FRAME_ACK, &m);
		cr_assert_eq(m.ack.verdicts[0].verdict, 0);
		cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_BATCH_ABORTED);
	}
	cr_assert_eq(rig_lsn(&r), before);
	submit_done(1, 2);
	cr_assert_eq(m.ack.verdicts[1].verdict, VERDICT_ACCEPTED);
	close_all();
}

Test(ops, a_failing_store_answers_not_now_to_all)
{
	for (uint64_t nth = 1; nth <= 20; nth++)
		failing(nth);
}

/* Many refused ops must not make an Ack that the device's frame limit cannot hold. */
Test(ops, acks_fit_the_smallest_frame)
{
	struct wire_hello h;
	size_t seen = 0, acks = 0;

	open_all();
	for (int i = 0; i < RIG_OPS; i++)
		dev_make_body(&r, &d, SPAN_LIT("\xff"));
	h = dev_hello(&r, &d);
	h.frame_max = FRAME_FLIGHT_MAX;
	say(&c, FRAME_HELLO, &h);
	hear(&c, FRAME_HELLO_ACK, &m);
	for (int i = 0; i < 16; i++)
		submit(1, RIG_OPS);
	rig_run(&r, &c);
	while (seen < 16 * RIG_OPS) {
		hear(&c, FRAME_ACK, &m);
		seen += m.ack.verdict_count;
		acks++;
	}
	cr_assert_eq(acks, 16);
	close_all();
}

/* ---- deadlines and the end ---- */

Test(ends, deadlines_are_absolute)
{
	struct wire_hello h;
	struct buf one;

	open_all();
	h = dev_hello(&r, &d);
	buf_init(&one, 1 << 16);
	must(wire_frame(&one, FRAME_HELLO, &h, c.a, &r.e), &r.e, "hello");
	cr_assert_eq(session_deadline(c.s), r.now.mono_ms + LINK_FIRST_MS);
	for (size_t i = 0; i < 10; i++) { /* a byte a second keeps nothing alive */
		cr_assert(!session_over(c.s));
		say_bytes(&c, span_of(one.data + i, 1));
		rig_wait(&r, 1000);
		session_tick(c.s, r.now);
	}
	cr_assert(session_over(c.s));
	cr_assert_eq(session_why(c.s), WIRE_TIMEOUT);
	again();
	greet(&c, &d);
	cr_assert_eq(session_deadline(c.s), r.now.mono_ms + LINK_IDLE_MS);
	buf_fini(&one);
	close_all();
}

Test(ends, what_is_owed_is_said_before_the_end)
{
	struct wire_close q = { .code = 0 };

	open_all();
	make(1);
	greet(&c, &d);
	submit(1, 1);
	say(&c, FRAME_CLOSE, &q);
	cr_assert(!session_over(c.s));
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].verdict, VERDICT_ACCEPTED);
	hear(&c, FRAME_CLOSE, &m);
	cr_assert(session_over(c.s));
	cr_assert_eq(session_why(c.s), WIRE_OK);
	close_all();
}

Test(ends, a_server_that_stops_says_so_after_the_last_ack)
{
	open_all();
	make(1);
	greet(&c, &d);
	submit(1, 1);
	session_stop(c.s, r.now);
	cr_assert_eq(hear_next(&c, &m), 0);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	hear(&c, FRAME_CLOSE, &m);
	cr_assert_eq(m.close.code, WIRE_STOPPING);
	cr_assert_gt(m.close.retry_after_ms, 0);
	cr_assert(session_over(c.s));
	close_all();
}

Test(ends, a_stream_that_ends_leaves_nothing_behind)
{
	struct wire_hello h;
	struct job *j;

	open_all();
	make(1);
	greet(&c, &d);
	submit(1, 1);
	session_input_ended(c.s, r.now);
	rig_run(&r, &c); /* the op is stored, whether or not anybody hears of it */
	cr_assert(session_over(c.s));
	cr_assert_eq(newest_kind(), OP_SHEET);
	again();
	memset(d.nonce, 0x99, sizeof(d.nonce));
	h = dev_hello(&r, &d);
	say(&c, FRAME_HELLO, &h);
	session_input_ended(c.s, r.now);
	cr_assert(session_over(c.s));
	j = session_job(c.s);
	cr_assert_not_null(j);
	session_done(c.s, &j, r.now); /* comes back to nobody */
	close_all();
}

/* ---- whatever comes ---- */

/* A good flight with a few bytes changed, or cut: the session ends or goes on, never more is stored than
 * the two ops. The sanitizers look on. */
static void one_flight(struct rng *g, const struct buf *flight)
{
	uint8_t *bytes = malloc(flight->len); /* exactly as long as it is, for the sanitizer */
	size_t len = rng_chance(g, 20) ? rng_below(g, (uint32_t)flight->len) : flight->len;

	memcpy(bytes, flight->data, flight->len);
	for (uint32_t n = rng_below(g, 4); n; n--)
		bytes[rng_below(g, (uint32_t)flight->len)] = (uint8_t)rng_next(g);
	again();
	say_bytes(&c, span_of(bytes, len));
	rig_run(&r, &c);
	while (hear_next(&c, &m))
		;
	free(bytes);
}

static void some_flights(struct rng *g)
{
	struct wire_pull q = { .max_bytes = 5000 };
	struct wire_hello h;
	struct wire_submit s;
	struct chain_row chain;
	struct buf flight;

	open_all();
	make(2);
	h = dev_hello(&r, &d);
	s = dev_submit(&r, &d, 1, 2);
	buf_init(&flight, 1 << 20);
	must(wire_frame(&flight, FRAME_HELLO, &h, c.a, &r.e), &r.e, "hello");
	must(wire_frame(&flight, FRAME_SUBMIT, &s, c.a, &r.e), &r.e, "submit");
	must(wire_frame(&flight, FRAME_PULL, &q, c.a, &r.e), &r.e, "pull");
	for (int i = 0; i < 50; i++) /* few: once the device is suspended, all end the same way */
		one_flight(g, &flight);
	must(ledger_chain(r.w.l, d.d.device, &chain, &r.e), &r.e, "the chain");
	cr_assert_leq(chain.seq, 2);
	buf_fini(&flight);
	close_all();
}

Test(ends, any_bytes_at_all)
{
	struct rng g = { 20221015 };

	for (int i = 0; i < 40; i++)
		some_flights(&g);
}
