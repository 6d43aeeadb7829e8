#include <criterion/criterion.h>

#include "client/act.h"
#include "client_world.h"
#include "internal.h"
#include "kv/crc.h"

static struct world w;
static struct desk k;
static struct kv_txn *txn;

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

/* ---- said twice ---- */

static struct acted place(const char *name)
{
	struct op op = { .kind = OP_SETTING,
			 .unit = 6,
			 .setting = { SPAN_LIT("print.place"), span_str(name) } };
	enum op_code code;
	struct acted done;

	must(act_once(k.c, &op, k.now_ms, &done, &code, &k.e), &k.e, "an act");
	return done;
}

static size_t made(void)
{
	size_t count;

	outbox_ops(k.c, &count);
	return count;
}

Test(outbox, an_act_said_again_to_the_letter_is_not_queued_again)
{
	struct acted first = place("X"), done = place("X");

	cr_assert_eq(first.state, ACT_QUEUED);
	cr_assert_eq(done.state, ACT_WAITS);
	cr_assert_eq(op_id_cmp(done.id, first.id), 0);
	cr_assert_eq(made(), 1);
	cr_assert_eq(place("Y").state, ACT_QUEUED, "another");
	first = place("X");
	cr_assert_eq(first.state, ACT_QUEUED, "and back");
	cr_assert_eq(made(), 3);
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 3);
	done = place("X");
	cr_assert_eq(done.state, ACT_STANDS);
	cr_assert_eq(done.lsn, outbox_find(k.c, first.id)->lsn);
	cr_assert_eq(op_id_cmp(done.id, first.id), 0);
	cr_assert_eq(made(), 3);
	desk_reopen(&k);
	cr_assert_eq(place("X").state, ACT_STANDS);
	must(client_begin(k.c, &k.e), &k.e, "begin");
	first = place("Z");
	done = place("Z");
	must(client_commit(k.c, &k.e), &k.e, "commit");
	cr_assert_eq(done.state, ACT_WAITS, "in one batch");
	cr_assert_eq(op_id_cmp(done.id, first.id), 0);
	cr_assert_eq(place("X").state, ACT_QUEUED, "what waits will hold, and not what stands");
}

Test(outbox, what_another_said_meanwhile_is_accepted_all_the_same)
{
	struct acted done = place("X");
	struct op op = { .kind = OP_SETTING,
			 .unit = 6,
			 .setting = { SPAN_LIT("print.place"), SPAN_LIT("X") } };
	uint64_t lsn = world_act_now(&w, &op);

	desk_sync(&k);
	cr_assert_eq(k.r.acked, 1);
	cr_assert_eq(outbox_find(k.c, done.id)->verdict, VERDICT_ACCEPTED);
	cr_assert_gt(outbox_find(k.c, done.id)->lsn, lsn);
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

/* ---- what the store itself shows ---- */

static struct ckey sent_month(void)
{
	struct op_id id = desk_month(&k, 6, 8, 2, 39);

	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	return ckey_op(id);
}

/* The row is gone, as one that a damaged page has lost. */
static void opens_without(uint8_t table, struct ckey key, const char *words)
{
	struct client *c;

	client_close(k.c);
	k.c = NULL;
	must(kv_begin(&txn, k.kv, KV_WRITE, &k.e), &k.e, "write");
	must(kv_del(txn, table, ckey_span(&key), &k.e), &k.e, "the row");
	must(kv_commit(&txn, &k.e), &k.e, "commit");
	cr_assert_eq(client_open(&c, k.kv, &k.e), -ERR_CORRUPT);
	cr_assert_str_eq(k.e.msg, words);
}

Test(outbox, a_store_that_lost_an_op_is_not_opened)
{
	opens_without(CT_OUTBOX, sent_month(), "the store has lost an own op");
}

Test(outbox, a_store_that_lost_its_newest_op_is_not_opened)
{
	sent_month();
	opens_without(CT_OUTBOX, ckey_op(desk_month(&k, 6, 10, 3, 41)),
		      "the store has lost an own op");
}

Test(outbox, a_store_that_lost_a_verdict_is_not_opened)
{
	opens_without(CT_VERDICT, sent_month(), "the store has lost the verdict on an own op");
}

/* Of a row put by a program of before: version 1, and a checksum that has not the key in it. */
static struct buf row_of_before(struct span row)
{
	struct buf b;

	buf_init(&b, row.len);
	buf_u8(&b, 1);
	buf_bytes(&b, span_of(row.data + 1, row.len - 5));
	buf_u32(&b, kv_crc32(0, buf_span(&b)));
	cr_assert(!b.failed);
	return b;
}

static size_t rows_of_version(uint8_t version)
{
	struct span none = { NULL, 0 }, key, row;
	size_t count = 0;

	must(kv_begin(&txn, k.kv, KV_READ, &k.e), &k.e, "read");
	for (unsigned t = CT_IDENTITY; t < CT_END; t++) {
		struct kv_cursor *at;

		must(kv_walk(&at, txn, (uint8_t)t, none, none, false, &k.e), &k.e, "walk");
		while (kv_next(at, &key, &row, &k.e) == 1)
			count += row.data[0] == version;
		kv_walk_end(at);
	}
	kv_abort(&txn);
	return count;
}

static void make_rows_of_before(void)
{
	struct span none = { NULL, 0 }, key, row;

	must(kv_begin(&txn, k.kv, KV_WRITE, &k.e), &k.e, "write");
	for (unsigned t = CT_IDENTITY; t < CT_END; t++) {
		struct kv_cursor *at;

		must(kv_walk(&at, txn, (uint8_t)t, none, none, false, &k.e), &k.e, "walk");
		while (kv_next(at, &key, &row, &k.e) == 1) {
			uint8_t held[64];
			struct buf b = row_of_before(row);

			cr_assert_leq(key.len, sizeof(held));
			memcpy(held, key.data, key.len);
			must(kv_put(txn, (uint8_t)t, span_of(held, key.len), buf_span(&b), &k.e),
			     &k.e, "put");
			buf_fini(&b);
		}
		kv_walk_end(at);
	}
	must(kv_commit(&txn, &k.e), &k.e, "commit");
}

Test(outbox, a_store_of_a_program_of_before_is_read)
{
	struct client_status before, after;
	struct op_id waiting;

	sent_month();
	waiting = desk_month(&k, 6, 10, 3, 41);
	desk_type(&k, 6, "short", month22(7), 2, 3, 14, 42, 15, 0, 0);
	before = desk_status(&k);
	client_close(k.c);
	k.c = NULL;
	make_rows_of_before();
	cr_assert_eq(rows_of_version(2), 0);
	must(client_open(&k.c, k.kv, &k.e), &k.e, "open");
	after = desk_status(&k);
	cr_assert_eq(after.queued, 1);
	cr_assert_eq(after.acked, before.acked);
	cr_assert_eq(after.drafts, 1);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	desk_sync(&k);
	cr_assert_eq(outbox_find(k.c, waiting)->verdict, VERDICT_ACCEPTED);
	cr_assert_gt(rows_of_version(1), 0, "what is not put again stays as it is");
	cr_assert_gt(rows_of_version(2), 0);
	desk_reopen(&k);
	cr_assert_eq(desk_status(&k).queued, 0);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(10), 14), 41);
}
