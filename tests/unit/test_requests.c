#include "server_one.h"

/* ---- revoked while connected ---- */

Test(requests, a_revocation_holds_at_once)
{
	struct wire_pull pull = { .max_bytes = 1000 };
	uint64_t before;

	open_all();
	make(1);
	greet(&c, &d);
	submit(1, 1); /* on its way when the operator acts */
	revoke();
	before = rig_lsn(&r);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_REVOKED);
	cr_assert_eq(rig_lsn(&r), before);
	hear(&c, FRAME_CLOSE, &m);
	cr_assert_eq(m.close.code, WIRE_REVOKED);
	cr_assert(session_over(c.s));
	close_all();
	open_all();
	greet(&c, &d);
	revoke();
	say(&c, FRAME_PULL, &pull);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_REVOKED);
	cr_assert_eq(m.error.of, FRAME_PULL);
	hear(&c, FRAME_CLOSE, &m);
	close_all();
}

/* ---- requests ---- */

static void pull(uint64_t lsn, uint64_t authority, uint32_t max_bytes)
{
	struct wire_pull q = { .max_bytes = max_bytes,
			       .cursor = { .lsn = lsn, .authority = authority } };

	memcpy(q.cursor.incarnation, r.w.birth.incarnation, WIRE_ID);
	say(&c, FRAME_PULL, &q);
	hear(&c, FRAME_PAGE, &m);
}

Test(requests, pages_follow_each_other)
{
	struct wire_cursor at = { .lsn = 0 };
	uint64_t got = 0;

	open_all();
	make(20);
	greet(&c, &d);
	submit_done(1, 20);
	do {
		pull(at.lsn, at.authority, 2000);
		cr_assert(!m.page.restart);
		cr_assert_gt(m.page.next.lsn, at.lsn);
		at = m.page.next;
		got += m.page.entry_count;
	} while (m.page.more);
	cr_assert_eq(at.lsn, rig_lsn(&r));
	cr_assert_gt(got, 25);
	pull(at.lsn, at.authority, 2000);
	cr_assert_eq(m.page.entry_count, 0);
	cr_assert(!m.page.more);
	close_all();
}

Test(requests, another_authority_begins_anew)
{
	uint64_t authority;

	open_all();
	authority = greet(&c, &d).authority;
	pull(5, authority + 1, 2000);
	cr_assert(m.page.restart);
	cr_assert_eq(m.page.entry_count, 0);
	cr_assert_eq(m.page.next.lsn, 0);
	cr_assert_eq(m.page.next.authority, authority);
	pull(0, 0, 2000);
	cr_assert(!m.page.restart, "nothing was read: nothing to begin anew");
	close_all();
}

Test(requests, an_incarnation_that_branched_off_below_the_cursor)
{
	struct wire_pull q = { .max_bytes = 2000 };
	uint64_t branch;

	open_all();
	branch = rig_lsn(&r);
	declare_restore(branch);
	q.cursor.authority = greet(&c, &d).authority;
	memcpy(q.cursor.incarnation, r.w.birth.incarnation, WIRE_ID);
	q.cursor.lsn = branch + 1;
	say(&c, FRAME_PULL, &q);
	hear(&c, FRAME_PAGE, &m);
	cr_assert(m.page.restart);
	cr_assert_eq(m.page.next.lsn, branch);
	q.cursor.lsn = branch;
	say(&c, FRAME_PULL, &q);
	hear(&c, FRAME_PAGE, &m);
	cr_assert(!m.page.restart);
	cr_assert_eq(m.page.next.incarnation[0], 0x2c);
	cr_assert_eq(m.page.entry_count, 1, "the incarnation itself");
	close_all();
}

/* Declared at a running server: a page of the new log would be a breach to a peer that was told the old. */
Test(requests, another_log_ends_the_connection)
{
	struct wire_pull q = { .max_bytes = 2000 };

	open_all();
	q.cursor.authority = greet(&c, &d).authority;
	memcpy(q.cursor.incarnation, r.w.birth.incarnation, WIRE_ID);
	declare_restore(rig_lsn(&r));
	say(&c, FRAME_PULL, &q);
	cr_assert_eq(hear_next(&c, &m), 0, "nothing is said");
	cr_assert(session_over(c.s));
	close_all();
}

static struct hash root_of(const struct wire_head *h)
{
	struct ed25519_public key;
	struct ed25519_sig sig;
	struct head head;

	memcpy(key.b, r.w.birth.log_key, 32);
	memcpy(sig.b, h->signature.data, sizeof(sig.b));
	must(head_decode(&head, h->signed_bytes, &r.e), &r.e, "a head");
	must(head_verify(&head, &sig, &key, &r.e), &r.e, "a signed head");
	cr_assert_eq(head.size, rig_lsn(&r));
	return head.root;
}

static struct merkle_proof nodes(struct span s)
{
	struct merkle_proof p = { .count = (unsigned)(s.len / HASH_BYTES) };

	cr_assert_eq(s.len % HASH_BYTES, 0);
	if (s.len)
		memcpy(p.node, s.data, s.len);
	return p;
}

Test(requests, receipts_prove_what_is_in_the_part_and_only_that)
{
	struct op op = build_members(6, day(2022, 1, 1), 3); /* of a unit elsewhere */
	struct wire_receipt_get q;
	struct merkle_proof path;
	struct hash leaf, root;

	open_all();
	make(1);
	greet(&c, &d);
	submit_done(1, 1);
	q.lsn = m.ack.verdicts[0].lsn;
	say(&c, FRAME_RECEIPT_GET, &q);
	hear(&c, FRAME_RECEIPT, &m);
	leaf = merkle_leaf(m.receipt.entry);
	path = nodes(m.receipt.path);
	root = root_of(&m.receipt.head);
	cr_assert_eq(merkle_check_leaf(&path, q.lsn - 1, rig_lsn(&r), &leaf, &root, &r.e), 0);
	q.lsn = world_act_now(&r.w, &op);
	say(&c, FRAME_RECEIPT_GET, &q);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_NOT_ALLOWED);
	cr_assert_eq(m.error.of, FRAME_RECEIPT_GET);
	q.lsn = rig_lsn(&r) + 1;
	say(&c, FRAME_RECEIPT_GET, &q);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_NOT_FOUND);
	close_all();
}

Test(requests, heads_are_proven_to_continue)
{
	struct wire_prove q = { .old_size = 4 };
	struct wire_pull p = { .max_bytes = 5000, .prove_from = 4 };
	struct merkle_proof proof;
	struct hash old, root;

	open_all();
	greet(&c, &d);
	must(ledger_root_at(r.w.l, 4, &old, &r.e), &r.e, "a root");
	for (int i = 0; i < 2; i++, q.size = rig_lsn(&r)) { /* without a size: to the newest */
		say(&c, FRAME_PROVE, &q);
		hear(&c, FRAME_PROOF, &m);
		root = root_of(&m.proof.head);
		proof = nodes(m.proof.nodes);
		cr_assert_eq(merkle_check_prefix(&proof, 4, rig_lsn(&r), &old, &root, &r.e), 0);
	}
	say(&c, FRAME_PULL, &p);
	hear(&c, FRAME_PAGE, &m);
	root = root_of(&m.page.head);
	proof = nodes(m.page.proof);
	cr_assert_eq(merkle_check_prefix(&proof, 4, rig_lsn(&r), &old, &root, &r.e), 0);
	q.size++;
	say(&c, FRAME_PROVE, &q);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_NOT_FOUND);
	close_all();
}

static uint32_t question(uint32_t what, uint32_t unit)
{
	day_t to = day_of_instant(r.now.wall_ms); /* the part is that of this day */
	struct wire_query q = { .what = what, .unit = unit, .from_day = to, .to_day = to };

	say(&c, FRAME_QUERY, &q);
	if (hear_next(&c, &m) == FRAME_ANSWER)
		return WIRE_OK;
	cr_assert_eq(m.error.of, FRAME_QUERY);
	return m.error.code;
}

Test(requests, questions_stay_in_the_part)
{
	open_all();
	rig_device(&r, &d, 2, ROLE_CLERK);
	again();
	greet(&c, &d);
	cr_assert_eq(question(WIRE_TABLE, 2), WIRE_OK);
	cr_assert(!r.query_above);
	cr_assert_eq(question(WIRE_TOTALS, 5), WIRE_OK);
	cr_assert(span_eq(m.answer.json, SPAN_LIT("{\"unit\":5}")));
	cr_assert_eq(m.answer.lsn, rig_lsn(&r));
	cr_assert_eq(question(WIRE_TOTALS, 1), WIRE_OK);
	cr_assert(r.query_above, "without units or names of others");
	cr_assert_eq(question(WIRE_TABLE, 1), WIRE_NOT_ALLOWED);
	cr_assert_eq(question(WIRE_TOTALS, 3), WIRE_NOT_ALLOWED);
	cr_assert_eq(question(WIRE_TABLE, 7), WIRE_NOT_ALLOWED);
	cr_assert_eq(question(WIRE_TOTALS, 99), WIRE_NOT_FOUND);
	cr_assert_eq(question(WIRE_BRIDGE, 1), WIRE_NOT_ALLOWED);
	cr_assert_eq(question(WIRE_DEVICES, 1), WIRE_NOT_ALLOWED);
	cr_assert_eq(question(WIRE_DEVICES, 2), WIRE_OK);
	cr_assert_eq(r.query_scope, 2, "whose device asks");
	cr_assert_eq(r.queries, 4);
	close_all();
}

Test(requests, answers_come_in_order_and_a_pull_waits_for_the_ops_before_it)
{
	struct wire_prove prove = { .old_size = 1, .size = 2 };
	struct wire_pull q = { .max_bytes = 100000 };

	open_all();
	make(1);
	greet(&c, &d);
	submit(1, 1);
	say(&c, FRAME_PULL, &q);
	say(&c, FRAME_PROVE, &prove);
	cr_assert_eq(hear_next(&c, &m), 0, "the proof was asked for later");
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	hear(&c, FRAME_PAGE, &m);
	hear(&c, FRAME_PROOF, &m);
	close_all();
}

Test(requests, what_is_not_taken_is_told_so)
{
	open_all();
	greet(&c, &d);
	memset(&m, 0,
	       sizeof(m)); /* this writer takes nothing by stick: test_stick has one that does */
	say(&c, FRAME_BUNDLE, &m);
	rig_run(&r, &c);
	hear(&c, FRAME_BUNDLE_ACK, &m);
	cr_assert_eq(m.bundle_ack.code, WIRE_BUSY);
	memset(&m, 0, sizeof(m));
	say(&c, FRAME_ANSWER_GET, &m);
	rig_run(&r, &c);
	hear(&c, FRAME_BUSY, &m);
	cr_assert_eq(m.busy.of, FRAME_ANSWER_GET);
	close_all();
}

static void fill_log(void)
{
	char text[900] = "";
	struct op op = { .kind = OP_SETTING,
			 .setting = { SPAN_LIT("rounding"), span_of(text, sizeof(text)) } };

	memset(text, 'x', sizeof(text));
	world_begin(&r.w);
	for (int i = 0; i < 180; i++)
		world_act(&r.w, &op);
	world_commit(&r.w);
}

/* A drop now and then keeps nothing alive, a slow line that moves does. */
Test(requests, output_must_move)
{
	struct wire_pull q = { .max_bytes = 200000 };
	struct buf ask;

	open_all();
	fill_log();
	greet(&c, &d);
	buf_init(&ask, 4096);
	must(wire_frame(&ask, FRAME_PULL, &q, c.a, &r.e), &r.e, "pull");
	session_input(c.s, buf_span(&ask), NULL, r.now);
	cr_assert_gt(session_output(c.s).len, 150000);
	rig_wait(&r, LINK_DRAIN_MS / 2);
	session_sent(c.s, 16 << 10, r.now);
	for (int i = 0; i < 3; i++) {
		rig_wait(&r, LINK_DRAIN_MS / 4);
		session_sent(c.s, 100, r.now);
		session_tick(c.s, r.now);
		cr_assert(!session_over(c.s));
	}
	rig_wait(&r, LINK_DRAIN_MS / 4);
	session_tick(c.s, r.now);
	cr_assert(session_over(c.s));
	buf_fini(&ask);
	close_all();
}

/* A slow reader costs one page, not one for each request. */
Test(requests, a_peer_that_does_not_take_gets_no_more)
{
	struct wire_pull q = { .max_bytes = 200000 };
	struct buf all;
	struct job *j;

	open_all();
	fill_log();
	r.sv.limits.credit_requests = 16;
	greet(&c, &d);
	make(1);
	submit(1, 1); /* the pulls wait for it, and then all have their turn at once */
	buf_init(&all, 1 << 20);
	for (int i = 0; i < 16; i++)
		must(wire_frame(&all, FRAME_PULL, &q, c.a, &r.e), &r.e, "pull");
	cr_assert_eq(session_input(c.s, buf_span(&all), NULL, r.now), all.len);
	j = session_job(c.s);
	writer_put(r.writer, &j);
	must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
	j = writer_take(r.writer);
	session_done(c.s, &j, r.now);
	cr_assert_gt(session_output(c.s).len, 128 << 10);
	cr_assert_leq(session_output(c.s).len, FRAME_HEADER + FRAME_MAX, "one page");
	cr_assert(!session_reads(c.s), "nor is more read");
	rig_wait(&r, LINK_DRAIN_MS - 1);
	session_sent(c.s, 1, r.now); /* a drop now and then keeps nothing alive */
	session_tick(c.s, r.now);
	cr_assert(!session_over(c.s));
	rig_wait(&r, 1);
	session_tick(c.s, r.now);
	cr_assert(session_over(c.s), "a minute, then it has had its time");
	buf_fini(&all);
	close_all();
}
