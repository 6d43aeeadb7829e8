#include <criterion/criterion.h>

#include "client_world.h"

static struct world w;
static struct desk k;

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 6, ROLE_APPROVER);
	desk_sync(&k);
}

static void end(void)
{
	desk_close(&k);
	world_close(&w);
}

TestSuite(outbox, .init = begin, .fini = end);

Test(outbox, chain_follows_the_protocol)
{
	struct arena *a = arena_new(4 << 20);
	struct hash h = { { 0 } };

	for (int month = 1; month <= 4; month++)
		desk_month(&k, 6, month, month, 40 + month);
	for (uint64_t seq = 1; seq <= 4; seq++) {
		struct op_id id = { k.d.device, 1, seq };
		struct own_bytes b;
		struct hash body, kept;

		must(outbox_read(k.c, id, &b, a, &k.e), &k.e, "read an op");
		body = hash_bytes(b.body);
		h = chain_next(&h, seq, body.b);
		cr_assert(hash_eq(&h, &b.chain));
		must(outbox_chain(k.c, seq, &kept, &k.e), &k.e, "h(seq)");
		cr_assert(hash_eq(&h, &kept));
	}
	cr_assert_eq(client_state(k.c)->next_seq, 5);
	cr_assert(hash_eq(&h, &client_state(k.c)->chain));
	arena_free(a);
}

Test(outbox, is_the_same_after_reopening)
{
	struct arena *a = arena_new(4 << 20);
	struct own_bytes before, after;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	const struct own_op *ops;
	size_t count;

	must(outbox_read(k.c, id, &before, a, &k.e), &k.e, "read an op");
	desk_sync(&k);
	desk_reopen(&k);
	must(outbox_read(k.c, id, &after, a, &k.e), &k.e, "read an op");
	cr_assert(span_eq(before.envelope, after.envelope));
	cr_assert(span_eq(before.body, after.body), "packed once and never again");
	ops = outbox_ops(k.c, &count);
	cr_assert_eq(count, 1);
	cr_assert_eq(ops[0].verdict, VERDICT_ACCEPTED);
	cr_assert(ops[0].pulled);
	cr_assert_eq(ops[0].unit, 6);
	cr_assert_eq(ops[0].form, FORM_SHORT);
	cr_assert_eq(client_state(k.c)->acked_seq, 1);
	cr_assert_eq(client_state(k.c)->ack_lsn, ops[0].lsn);
	arena_free(a);
}

Test(outbox, an_aborted_batch_leaves_nothing)
{
	struct client_state before = *client_state(k.c);
	struct entry_how how = { .how = SIGN_OWN, .signer = "B" };
	size_t count;

	desk_type(&k, 6, "short", month22(9), 2, 3, 14, 40, 15, 0, 0);
	must(client_begin(k.c, &k.e), &k.e, "begin");
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &how, NULL), 0, "%s", k.e.msg);
	outbox_ops(k.c, &count);
	cr_assert_eq(count, 1);
	client_abort(k.c);
	outbox_ops(k.c, &count);
	cr_assert_eq(count, 0);
	cr_assert_eq(client_state(k.c)->next_seq, before.next_seq);
	cr_assert(hash_eq(&client_state(k.c)->chain, &before.chain));
	cr_assert_eq(desk_status(&k).drafts, 1, "what was typed is still there");
	desk_reopen(&k);
	outbox_ops(k.c, &count);
	cr_assert_eq(count, 0);
}

Test(outbox, refused_and_accepted_are_told_apart)
{
	struct op op = { .kind = OP_SETTING, .setting = { SPAN_LIT("a"), SPAN_LIT("b") } };
	struct client_status s;
	struct op_id id;

	desk_month(&k, 6, 8, 3, 40);
	must(outbox_append(k.c, &op, k.now_ms, &id, &k.e), &k.e, "an op a clerk may not make");
	desk_month(&k, 6, 9, 3, 43);
	s = desk_status(&k);
	cr_assert_eq(s.queued, 3);
	cr_assert_eq(s.oldest_unsent_ms, k.now_ms);
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 2);
	cr_assert_eq(k.r.refused, 1);
	s = desk_status(&k);
	cr_assert_eq(s.queued, 0);
	cr_assert_eq(s.acked, 2);
	cr_assert_eq(s.refused, 1);
	cr_assert_eq(s.oldest_unsent_ms, 0);
	cr_assert_eq(outbox_find(k.c, id)->code, CODE_NOT_ALLOWED);
	cr_assert_eq(client_state(k.c)->acked_seq, 3, "a refused op blocks nothing");
}

/* ---- set aside by a new epoch ---- */

static void new_epoch(void)
{
	struct op op = build_device(k.d.device, 6, k.d.person, 2);

	op.kind = OP_EPOCH;
	op.unit = 0;
	op.device.person = 0;
	memset(op.device.spki_hash, 0, 32);
	memset(op.device.seal_key, 0, 32);
	world_act_now(&w, &op);
	k.s.script.hello_code = WIRE_NEW_EPOCH;
	k.s.script.epoch = 2;
	desk_sync(&k);
	k.s.script = (struct script){ .epoch = 2 };
	cr_assert(k.r.new_epoch);
}

Test(outbox, a_person_decides_what_becomes_of_ops_set_aside)
{
	struct op_id first = desk_month(&k, 6, 7, 3, 40), second = desk_month(&k, 6, 8, 3, 43),
		     again;
	struct client_status s;

	new_epoch();
	cr_assert_eq(k.r.set_aside, 2);
	s = desk_status(&k);
	cr_assert_eq(s.queued, 2);
	cr_assert_eq(s.aside, 2);
	desk_sync(&k);
	cr_assert_eq(k.r.sent, 0, "nothing is made again by itself");
	cr_assert_eq(outbox_drop(k.c, first, &k.e), 0);
	cr_assert_eq(outbox_drop(k.c, first, &k.e), -ERR_STATE, "once");
	cr_assert_eq(outbox_remake(k.c, second, k.now_ms, &again, &k.e), 0, "%s", k.e.msg);
	cr_assert_eq(again.epoch, 2);
	cr_assert_eq(again.seq, 1);
	cr_assert_eq(outbox_remake(k.c, second, k.now_ms, &again, &k.e), -ERR_STATE);
	s = desk_status(&k);
	cr_assert_eq(s.queued, 1);
	cr_assert_eq(s.aside, 0);
	desk_reopen(&k);
	cr_assert_eq(desk_status(&k).queued, 1);
	cr_assert(outbox_find(k.c, first)->dropped, "dropped, not deleted");
}

/* The server never saw what was set aside, so names of it are replaced when an op is made again. */
Test(outbox, an_op_made_again_names_what_the_server_knows)
{
	struct op_id base = desk_month(&k, 6, 9, 3, 40), middle, last, again;
	struct entry_how how = { .how = SIGN_OWN, .signer = "B", .reason = "typing error" };
	struct arena *a = arena_new(4 << 20);
	struct op op;

	desk_sync(&k);
	desk_type(&k, 6, "short", month22(9), 14, 41, 0);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &how, &middle), 0, "%s", k.e.msg);
	desk_type(&k, 6, "short", month22(9), 14, 42, 0);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &how, &last), 0, "%s", k.e.msg);
	new_epoch();
	cr_assert_eq(outbox_drop(k.c, middle, &k.e), 0);
	cr_assert_eq(outbox_remake(k.c, last, k.now_ms, &again, &k.e), 0, "%s", k.e.msg);
	must(outbox_decode(k.c, again, &op, a, &k.e), &k.e, "decode");
	cr_assert_eq(op.sheet.figure_count, 1);
	for (size_t i = 0; i < op.sheet.seen_count; i++) {
		cr_assert_neq(op_id_cmp(op.sheet.seen[i], middle), 0);
		cr_assert_neq(op_id_cmp(op.sheet.seen[i], last), 0);
	}
	for (size_t i = 0; i < op.sheet.seen_count; i++)
		if (!op_id_cmp(op.sheet.seen[i], base))
			cr_assert(op.sheet.figures[0].over >> i & 1,
				  "it replaces what the dropped one did");
	k.s.script.epoch = 0;
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 42);
	arena_free(a);
}
