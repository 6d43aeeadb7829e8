/* A device's own bundles and the answers to them: what comes by stick is taken in like what comes on a line, once,
 * whatever the order, and what is not meant for this device changes nothing. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "client_post.h"
#include "internal.h"
#include "ledger/recovery.h"
#include "proto/file.h"

static struct world w;
static struct desk k;
static struct post p;

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 6, ROLE_APPROVER);
	post_open(&p, &k);
}

static void end(void)
{
	post_close(&p);
	desk_close(&k);
	world_close(&w);
}

TestSuite(client_stick, .init = begin, .fini = end, .timeout = 110);

static struct span bundle(void)
{
	cr_assert_eq(post_bundle(&p, &k), 0, "%s", k.e.msg);
	return buf_span(&p.bundle);
}

static struct span answered(struct span file)
{
	post_take(&p, file);
	return buf_span(&p.answer);
}

static void read_well(struct span answer)
{
	cr_assert_eq(post_read(&p, &k, answer), 0, "%s", k.e.msg);
	cr_assert_eq(k.r.end, SYNC_DONE, "%s", sync_end_name(k.r.end));
}

/* Its bytes, to be used after another one was made. */
static struct buf keep(struct span bytes)
{
	struct buf b;

	buf_init(&b, WIRE_FILE_MAX);
	buf_bytes(&b, bytes);
	return b;
}

static struct kv *snapshot(void)
{
	struct kv *copy;

	must(kv_mem_clone(&copy, k.kv, &k.e), &k.e, "a copy");
	return copy;
}

/* Nothing has changed since `before`; ends it. */
static void unchanged(struct kv *before, const char *what, size_t at)
{
	char where[96] = "";

	cr_assert_eq(kv_differ(k.kv, before, where), 0, "%s %zu: %s", what, at, where);
	kv_close(before);
}

static void check_delivered(uint64_t ops)
{
	struct client_status s = desk_status(&k);

	cr_assert_eq(s.queued, 0);
	cr_assert_eq(s.acked, ops);
	cr_assert_eq(s.refused + s.late + s.aside + s.contested, 0);
	cr_assert_eq(s.halt, HALT_NONE);
	cr_assert_eq(s.trouble, FEED_FINE);
	cr_assert_eq(server_own_entries(&w, k.d.device), ops);
	for (int month = 9; month > 9 - (int)ops; month--)
		cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(month), 14), 40 + month);
	for (int month = 9; month > 9 - (int)ops; month--)
		cr_assert_eq(server_value(&w, 6, FORM_SHORT, month22(month), 14), 40 + month);
}

static void months(int from)
{
	for (int month = 9; month > 9 - from; month--)
		desk_month(&k, 6, month, 1, 40 + month);
}

/* ---- the way it is meant ---- */

Test(client_stick, a_device_without_a_line)
{
	read_well(answered(bundle())); /* nothing is queued: it asks for the log */
	cr_assert_eq(p.made.count, 0);
	cr_assert_eq(client_state(k.c)->cursor.lsn, ledger_info(w.l).lsn);
	cr_assert_gt(k.r.pulled, 0);
	months(2);
	cr_assert_eq(desk_status(&k).queued, 2);
	bundle();
	cr_assert_eq(p.made.count, 2);
	cr_assert(!p.made.more);
	cr_assert_eq(desk_status(&k).queued, 2, "until its answer is here");
	read_well(answered(buf_span(&p.bundle)));
	cr_assert_eq(k.r.sent, 2);
	cr_assert_eq(k.r.acked, 2);
	cr_assert_eq(k.r.pulled, 2);
	check_delivered(2);
	cr_assert_eq(desk_status(&k).last_ack_lsn, ledger_info(w.l).lsn);
}

Test(client_stick, enrolled_by_stick_it_can_enter_at_once)
{
	const struct hash request = { { 0xe7 } };

	post_first(&p, &request);
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), -ERR_STATE, "no such request here");
	cr_assert_eq(stick_enrolled(k.c, &request, &k.e), 0, "%s", k.e.msg);
	read_well(buf_span(&p.answer));
	cr_assert_eq(client_state(k.c)->cursor.lsn, ledger_info(w.l).lsn);
	months(1);
	read_well(buf_span(&p.answer)); /* again, and too late: nothing */
	cr_assert_eq(desk_status(&k).queued, 1);
	read_well(answered(bundle()));
	check_delivered(1);
}

Test(client_stick, an_answer_twice_and_after_a_restart)
{
	struct kv *before;

	desk_sync(&k);
	months(3);
	answered(bundle());
	read_well(buf_span(&p.answer));
	before = snapshot();
	read_well(buf_span(&p.answer));
	cr_assert_eq(k.r.acked + k.r.pulled, 0);
	desk_reopen(&k);
	read_well(buf_span(&p.answer));
	unchanged(before, "again", 0);
	check_delivered(3);
}

/* ---- by two routes ---- */

Test(client_stick, by_wire_while_the_bundle_is_on_its_way)
{
	desk_sync(&k);
	months(2);
	bundle();
	desk_sync(&k);
	read_well(answered(buf_span(&p.bundle)));
	check_delivered(2);
}

/* The answer begins where the bundle was written, which is not where the device reads on, and its proof leads from a
 * head that is no longer the newest: its pages wait for the next one. */
Test(client_stick, an_answer_that_begins_before_what_is_known)
{
	uint64_t known;

	desk_sync(&k);
	months(2);
	bundle();
	desk_sync(&k);
	known = client_state(k.c)->cursor.lsn;
	world_act_now(&w, &(struct op){ .kind = OP_START });
	world_act_now(&w, &(struct op){ .kind = OP_START });
	answered(buf_span(&p.bundle));
	read_well(buf_span(&p.answer));
	cr_assert_eq(k.r.pulled, 0);
	cr_assert_eq(client_state(k.c)->cursor.lsn, known);
	read_well(answered(bundle()));
	cr_assert_eq(k.r.pulled, 2);
	cr_assert_eq(client_state(k.c)->cursor.lsn, known + 2);
	check_delivered(2);
}

Test(client_stick, by_wire_while_the_answer_is_on_its_way)
{
	struct kv *before;

	desk_sync(&k);
	months(2);
	answered(bundle());
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 2);
	before = snapshot();
	read_well(buf_span(&p.answer));
	unchanged(before, "the answer to what the line brought", 0);
	check_delivered(2);
}

Test(client_stick, an_answer_that_is_too_old)
{
	struct buf old;
	struct kv *before;

	desk_sync(&k);
	desk_month(&k, 6, 9, 1, 49);
	old = keep(answered(bundle()));
	desk_month(&k, 6, 8, 1, 48);
	desk_sync(&k);
	desk_month(&k, 6, 7, 1, 47);
	before = snapshot();
	read_well(buf_span(&old));
	cr_assert_eq(k.r.acked + k.r.pulled + k.r.set_aside, 0);
	unchanged(before, "an old answer", 0);
	cr_assert_eq(desk_status(&k).queued, 1);
	desk_sync(&k);
	check_delivered(3);
	buf_fini(&old);
}

Test(client_stick, answers_in_another_order_than_their_bundles)
{
	struct buf first;

	desk_sync(&k);
	desk_month(&k, 6, 9, 1, 49);
	first = keep(answered(bundle()));
	desk_month(&k, 6, 8, 1, 48);
	read_well(answered(bundle())); /* has both: the first is not known to be acked */
	cr_assert_eq(p.made.count, 2);
	check_delivered(2);
	read_well(buf_span(&first));
	check_delivered(2);
	buf_fini(&first);
}

/* The server was restored after it had written this answer, and has told the device so. Who believed the old one that
 * its ops are acked would say so to a server that has none of them, which stops until somebody looks at it. */
Test(client_stick, an_answer_of_the_log_of_before_a_restore)
{
	struct world backup;
	struct wire_branch branch;
	struct client_status s;
	struct buf old;

	desk_sync(&k);
	world_clone(&backup, &w);
	months(1);
	old = keep(answered(bundle()));
	desk_restored(&k, &backup, &branch);
	k.s.script.not_now_from = 1;
	k.s.script.not_now_why = WIRE_RECOVERING;
	cr_assert_eq(desk_try(&k), SYNC_LATER, "%s", sync_end_name(k.r.end));
	cr_assert_eq(memcmp(client_state(k.c)->cursor.incarnation, branch.id, 16), 0);
	k.s.script.line_count = 0;
	cr_assert_eq(post_read(&p, &k, buf_span(&old)), 0, "%s", k.e.msg);
	s = desk_status(&k);
	cr_assert_eq(s.acked, 0);
	cr_assert_eq(s.queued, 1, "to be sent again");
	cr_assert_eq(client_state(k.c)->acked_seq, 0);
	k.s.script.not_now_from = 0;
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).acked, 1);
	cr_assert_eq(server_own_entries(&backup, k.d.device), 1);
	k.w = &w;
	world_close(&backup);
	buf_fini(&old);
}

/* Restored twice: the answer is of the log between, of which the device holds no head and which it was not led to, and would
 * have it read another part from the beginning there. */
Test(client_stick, an_answer_that_begins_anew_in_a_log_it_was_not_led_to)
{
	struct world between, backup;
	struct wire_branch branch, later;
	struct wire_cursor at;
	struct buf old;

	desk_sync(&k);
	world_clone(&between, &w);
	world_clone(&backup, &w);
	months(1);
	desk_restored(&k, &between, &branch);
	k.s.script.authority = 777;
	old = keep(answered(bundle()));
	k.s.script.authority = 0;
	desk_restored_as(&k, &backup, &later, 0x3e);
	desk_sync(&k);
	at = client_state(k.c)->cursor;
	cr_assert_eq(memcmp(at.incarnation, later.id, 16), 0);
	k.s.script.line_count = 0;
	cr_assert_eq(post_read(&p, &k, buf_span(&old)), 0, "%s", k.e.msg);
	cr_assert_eq(k.r.pulled, 0);
	cr_assert(!client_state(k.c)->staging);
	cr_assert_eq(memcmp(&client_state(k.c)->cursor, &at, sizeof(at)), 0);
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).acked, 1);
	cr_assert_eq(server_own_entries(&backup, k.d.device), 1);
	k.w = &w;
	world_close(&backup);
	world_close(&between);
	buf_fini(&old);
}

static void release(struct world *of)
{
	ledger_close(of->l);
	kv_close(of->kv);
	arena_free(of->a);
}

/* One trip there and back; its answer may leave something for the next. */
static void trip(void)
{
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0, "%s", k.e.msg);
	cr_assert(k.r.end == SYNC_DONE || k.r.end == SYNC_LATER, "%s", sync_end_name(k.r.end));
}

static void check_read_on(const struct world *server, const struct wire_branch *branch,
			  uint64_t ops)
{
	const struct client_state *st = client_state(k.c);

	cr_assert_eq(memcmp(st->cursor.incarnation, branch->id, 16), 0);
	cr_assert_eq(st->cursor.lsn, ledger_info(server->l).lsn);
	cr_assert_eq(desk_status(&k).trouble, FEED_FINE);
	cr_assert_eq(desk_status(&k).queued, 0);
	cr_assert_eq(desk_status(&k).acked, ops);
	cr_assert_eq(server_own_entries(&w, k.d.device), ops);
}

/* It lost what the device had read and sent, and tells of its restore by stick alone. */
Test(client_stick, a_restored_server_is_followed_by_stick)
{
	struct world backup;
	struct wire_branch branch;

	desk_sync(&k);
	world_clone(&backup, &w);
	months(2);
	trip();
	cr_assert_eq(desk_status(&k).acked, 2);
	release(&w);
	w = backup;
	desk_restored(&k, &w, &branch);
	for (int i = 0; i < 3; i++)
		trip();
	check_read_on(&w, &branch, 2);
}

static struct op closing(void)
{
	return (struct op){ .kind = OP_CLOSE,
			    .unit = 6,
			    .close = { FORM_SHORT, { month22(8).from, month22(9).to } } };
}

static void end_recovery(void)
{
	struct op op = { .kind = OP_SETTING };
	char hex[HASH_HEX_MAX];

	op.setting.key = SPAN_LIT(RECOVERED_KEY);
	op.setting.value = span_str(hex_encode(hex, ledger_info(w.l).incarnation, 16));
	world_act_now(&w, &op);
}

/* What it had signed in time goes at once; what came behind the closing, which others bring back, waits for that. */
Test(client_stick, what_stood_behind_a_closing_does_not_go_in_front_of_it)
{
	struct op close = closing(), other = closing();
	struct world backup;
	struct wire_branch branch;

	desk_sync(&k);
	world_clone(&backup, &w);
	other.close.period = month22(7);
	world_act_now(&w, &other);
	desk_month(&k, 6, 8, 1, 48);
	trip();
	world_act_now(&w, &close);
	desk_month(&k, 6, 9, 1, 49);
	trip();
	cr_assert_eq(desk_status(&k).acked, 1);
	cr_assert_eq(desk_status(&k).late, 1);
	release(&w);
	w = backup;
	desk_restored(&k, &w, &branch);
	for (int i = 0; i < 3; i++)
		trip();
	cr_assert_eq(server_own_entries(&w, k.d.device), 1, "August");
	cr_assert_eq(p.made.count, 0);
	cr_assert(p.made.more);
	cr_assert_eq(desk_status(&k).queued, 1);
	world_act_now(&w, &close);
	end_recovery();
	for (int i = 0; i < 3; i++)
		trip();
	cr_assert_eq(server_own_entries(&w, k.d.device), 2);
	cr_assert_eq(desk_status(&k).queued, 0);
	cr_assert_eq(desk_status(&k).late, 1, "as it was");
}

/* Led to one log and then to another that never had it: its line is told from the beginning, and what the first one
 * had acked is sent again. */
Test(client_stick, a_server_restored_twice_is_followed_by_stick)
{
	struct world backup, older;
	struct wire_branch line[2], branch;

	desk_sync(&k);
	world_clone(&backup, &w);
	world_clone(&older, &w);
	line[0] = (struct wire_branch){ .cause = SPAN_LIT("birth") };
	memcpy(line[0].id, ledger_info(w.l).incarnation, 16);
	release(&w);
	w = backup;
	desk_restored(&k, &w, &branch);
	trip();
	months(1);
	trip();
	check_read_on(&w, &branch, 1);
	release(&w);
	w = older;
	desk_restored_as(&k, &w, &line[1], 0x3e);
	k.s.script.line = line;
	k.s.script.line_count = 2;
	desk_month(&k, 6, 8, 1, 48);
	for (int i = 0; i < 3; i++)
		trip();
	check_read_on(&w, &line[1], 2);
}

/* The log that it answers from was left since, and the bundle is of before anything was read: nobody is led back. */
Test(client_stick, an_answer_of_a_log_left_since_to_a_bundle_of_before_anything_was_read)
{
	struct world between, backup;
	struct wire_branch line[2];
	struct kv *before;
	struct buf old;

	bundle();
	world_clone(&between, &w);
	world_clone(&backup, &w);
	release(&w);
	w = between;
	desk_restored(&k, &w, &line[0]);
	old = keep(answered(buf_span(&p.bundle)));
	desk_sync(&k);
	release(&w);
	w = backup;
	desk_restored_as(&k, &w, &line[1], 0x3e);
	desk_sync(&k);
	before = snapshot();
	read_well(buf_span(&old));
	cr_assert_eq(client_state(k.c)->halt, HALT_NONE);
	unchanged(before, "an old answer", 0);
	buf_fini(&old);
}

Test(client_stick, only_the_last_sixteen_are_remembered)
{
	struct buf oldest, next;

	desk_sync(&k);
	months(1);
	oldest = keep(answered(bundle()));
	next = keep(answered(bundle()));
	for (int i = 0; i < 15; i++)
		bundle();
	cr_assert_eq(post_read(&p, &k, buf_span(&oldest)), -ERR_STATE);
	cr_assert_eq(desk_status(&k).queued, 1);
	read_well(buf_span(&next));
	check_delivered(1);
	buf_fini(&oldest);
	buf_fini(&next);
}

static uint64_t proved_in; /* how many were asked for when the answer was read; 0: not read yet */

/* Somebody makes a bundle and reads its answer while the device waits for a Proof: between two calls of the contact. */
static void read_between(bool begins)
{
	struct side contact = k.s;

	if (!begins || proved_in || !k.s.proves)
		return;
	proved_in = k.s.proves;
	world_act_now(&w, &(struct op){ .kind = OP_START });
	k.s.script.grows = false;
	answered(bundle());
	k.s = contact;
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0, "%s", k.e.msg);
}

/* A Proof is of the head that was the newest when it was asked for. Now that a newer one is held it proves nothing of
 * that, and it is no other history either: it is asked for again. */
Test(client_stick, a_proof_that_was_overtaken_is_asked_for_again)
{
	desk_sync(&k);
	world_act_now(&w, &(struct op){ .kind = OP_START });
	k.s.script.grows =
		true; /* the head of HelloAck is older than the page's: it is proven by itself */
	desk_product = read_between;
	desk_sync(&k);
	desk_product = NULL;
	cr_assert_eq(proved_in, 1);
	cr_assert_eq(k.s.proves, 3, "that one again, and the head of the page: %d",
		     (int)k.s.proves);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert_eq(client_state(k.c)->cursor.lsn, ledger_info(w.l).lsn);
}

static struct buf overtaken;
static bool read_then;

static void read_overtaken(bool begins)
{
	struct side contact = k.s;

	if (!begins || read_then || client_state(k.c)->cursor.authority != 778)
		return;
	read_then = true;
	cr_assert_eq(post_read(&p, &k, buf_span(&overtaken)), 0, "%s", k.e.msg);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	k.s = contact;
}

/* The answer has another part of the log from the beginning. The contact has read on since, with an own op behind that
 * answer's end, and holds no head of it yet: the base is not led back to where that op is not. */
Test(client_stick, an_answer_that_begins_anew_and_ends_before_what_was_read)
{
	desk_sync(&k);
	k.s.script.authority = 777;
	overtaken = keep(answered(bundle()));
	k.s.script.authority = 778;
	k.s.script.no_heads = true;
	months(1);
	desk_product = read_overtaken;
	desk_sync(&k);
	desk_product = NULL;
	cr_assert(read_then);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert(!client_state(k.c)->staging);
	cr_assert_eq(client_state(k.c)->cursor.lsn, ledger_info(w.l).lsn);
	cr_assert_eq(client_state(k.c)->cursor.authority, 778);
	check_delivered(1);
	buf_fini(&overtaken);
}

/* ---- what the server says ---- */

Test(client_stick, not_now_keeps_ops_queued)
{
	desk_sync(&k);
	months(3);
	k.s.script.not_now_from = 2;
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0);
	cr_assert_eq(k.r.end, SYNC_LATER);
	cr_assert_eq(desk_status(&k).acked, 1);
	cr_assert_eq(desk_status(&k).queued, 2);
	k.s.script.not_now_from = 0;
	read_well(answered(bundle()));
	cr_assert_eq(p.made.count, 2);
	check_delivered(3);
}

Test(client_stick, a_new_epoch_puts_them_to_a_person)
{
	desk_sync(&k);
	months(2);
	k.s.script.hello_code = WIRE_NEW_EPOCH;
	k.s.script.epoch = 2;
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0, "%s", k.e.msg);
	cr_assert(k.r.new_epoch);
	cr_assert_eq(k.r.set_aside, 2);
	cr_assert_eq(desk_status(&k).aside, 2);
	cr_assert_eq(client_state(k.c)->epoch, 2);
	cr_assert_eq(server_own_entries(&w, k.d.device), 0);
	read_well(
		buf_span(&p.answer)); /* of an epoch that is no more: nothing is put aside again */
	cr_assert_eq(desk_status(&k).aside, 2);
}

Test(client_stick, a_halted_device_asks_and_a_revoked_one_does_not)
{
	desk_sync(&k);
	months(2);
	k.s.script.hello_code = WIRE_SUSPENDED;
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0);
	cr_assert_eq(k.r.end, SYNC_HALTED);
	cr_assert_eq(client_state(k.c)->halt, HALT_SUSPENDED);
	bundle();
	cr_assert_eq(p.made.count, 0, "nothing may be sent");
	cr_assert(p.made.more);
	k.s.script.hello_code = WIRE_OK; /* the operator has decided */
	read_well(answered(buf_span(&p.bundle)));
	cr_assert_eq(client_state(k.c)->halt, HALT_NONE);
	read_well(answered(bundle()));
	check_delivered(2);
	k.s.script.hello_code = WIRE_REVOKED;
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0);
	cr_assert_eq(client_state(k.c)->halt, HALT_REVOKED);
	cr_assert_eq(post_bundle(&p, &k), -ERR_STATE);
}

Test(client_stick, heads_that_cannot_be_true)
{
	desk_sync(&k);
	months(1);
	k.s.script.unsigned_head = true;
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0);
	cr_assert_eq(k.r.end, SYNC_BREACH);
	cr_assert_eq(desk_status(&k).queued, 1);
	k.s.script.unsigned_head = false;
	k.s.script.forge_head = true;
	answered(bundle());
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0);
	cr_assert_eq(k.r.end, SYNC_TROUBLE);
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
	cr_assert_eq(k.r.pulled, 0, "no page under it is taken");
}

/* ---- what is not for this device ---- */

/* One byte changed, anywhere: the hash at the end shows it, and the seal where somebody made the hash fit. */
Test(client_stick, damage_at_any_byte_is_refused)
{
	struct kv *before;
	struct buf file;

	desk_sync(&k);
	months(2);
	file = keep(answered(bundle()));
	before = snapshot();
	for (size_t i = 0; i < file.len; i++) {
		uint8_t kept[HASH_BYTES], *at = file.data + file.len - HASH_BYTES;
		struct hash end;
		int rc;

		file.data[i] ^= 0x20;
		rc = post_read(&p, &k, buf_span(&file));
		cr_assert(rc == -ERR_CORRUPT || rc == -ERR_VERSION || rc == -ERR_INVALID,
			  "byte %zu: %d", i, rc);
		if (i + HASH_BYTES < file.len) {
			memcpy(kept, at, HASH_BYTES);
			end = hash_bytes(span_of(file.data, file.len - HASH_BYTES));
			memcpy(at, end.b, HASH_BYTES);
			rc = post_read(&p, &k, buf_span(&file));
			cr_assert(rc < 0 && rc != -ERR_NOMEM && rc != -ERR_IO, "byte %zu: %d", i,
				  rc);
			memcpy(at, kept, HASH_BYTES);
		}
		file.data[i] ^= 0x20;
	}
	for (size_t len = 0; len < file.len; len += 7)
		cr_assert_lt(post_read(&p, &k, span_of(file.data, len)), 0, "cut at %zu", len);
	unchanged(before, "damaged", 0);
	read_well(buf_span(&file));
	check_delivered(2);
	buf_fini(&file);
}

struct forged {
	struct file_head h;
	struct ed25519_key by;
	struct seal_key to;
};

static void other_store(struct forged *f)
{
	f->h.store[2] ^= 1;
}
static void other_device(struct forged *f)
{
	f->h.device++;
}
static void other_signer(struct forged *f)
{
	const uint8_t seed[ED25519_SEED_BYTES] = "somebody";

	ed25519_key_init(&f->by, seed);
}
static void other_seal(struct forged *f)
{
	const uint8_t seed[SEAL_SEED_BYTES] = { 77 };

	seal_key_init(&f->to, seed);
}
static void other_bundle(struct forged *f)
{
	f->h.about.b[9] ^= 1;
}

static const struct {
	const char *label;
	void (*how)(struct forged *f);
	enum err_code want;
} forgeries[] = {
	{ "of another store", other_store, ERR_DENIED },
	{ "for another device", other_device, ERR_DENIED },
	{ "not signed by the log", other_signer, ERR_DENIED },
	{ "sealed to another", other_seal, ERR_DENIED },
	{ "to a bundle that was not made here", other_bundle, ERR_STATE },
};

ParameterizedTestParameters(client_stick, not_for_this_device)
{
	static size_t index[ARRAY_LEN(forgeries)];

	for (size_t i = 0; i < ARRAY_LEN(forgeries); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(forgeries));
}

/* Well formed, with all that the server would have said. */
ParameterizedTest(size_t *index, client_stick, not_for_this_device)
{
	struct arena *a = arena_new(8 << 20);
	struct forged f = { .by = w.key, .to = p.seal };
	struct wire_answer_body b;
	struct span content, body;
	struct kv *before;
	struct buf good;

	desk_sync(&k);
	months(1);
	good = keep(answered(bundle()));
	must(file_read(&f.h, &content, NULL, buf_span(&good), &k.e), &k.e, "read");
	must(answer_open(&body, &f.h, content, &p.seal, &w.key.public, a, &k.e), &k.e, "open");
	must(wire_decode(&b, WIRE_ANSWER_BODY, body, a, &k.e), &k.e, "decode");
	forgeries[*index].how(&f);
	post_write(&p, &f.h, &b, &f.by, &f.to.public);
	before = snapshot();
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), -(int)forgeries[*index].want, "%s: %s",
		     forgeries[*index].label, k.e.msg);
	unchanged(before, forgeries[*index].label, *index);
	read_well(buf_span(&good));
	check_delivered(1);
	arena_free(a);
	buf_fini(&good);
}

Test(client_stick, a_file_of_another_kind)
{
	cr_assert_eq(post_read(&p, &k, bundle()), -ERR_INVALID);
	cr_assert_eq(post_read(&p, &k, SPAN_LIT("PK\3\4")), -ERR_INVALID);
}

/* ---- the store fails ---- */

static const enum err_code failures[] = { ERR_FULL, ERR_IO };

/* The disk is full at each call: nothing is half done, and with room again all of it works. */
Test(client_stick, every_call_of_the_store_may_fail)
{
	struct buf answer;
	uint64_t calls, failed = 0;
	int rc = -1;

	desk_sync(&k);
	months(2);
	calls = kv_calls(k.kv);
	answer = keep(answered(bundle()));
	calls = kv_calls(k.kv) - calls;
	cr_assert_gt(calls, 5);
	for (uint64_t call = 1; call <= calls; call++) {
		struct kv *before = snapshot();

		kv_fail_at(k.kv, kv_calls(k.kv) + call, failures[call % 2], false);
		cr_assert_eq(post_bundle(&p, &k), -(int)failures[call % 2], "call %llu",
			     (unsigned long long)call);
		kv_fail_at(k.kv, 0, ERR_NONE, false);
		unchanged(before, "a bundle that was not made", call);
	}
	for (uint64_t call = 1; rc; call++) {
		kv_fail_at(k.kv, kv_calls(k.kv) + call, failures[call % 2], false);
		rc = post_read(&p, &k, buf_span(&answer));
		kv_fail_at(k.kv, 0, ERR_NONE, false);
		desk_reopen(&k);
		failed += rc != 0;
		cr_assert(!rc || rc == -(int)failures[call % 2], "call %llu: %d %s",
			  (unsigned long long)call, rc, k.e.msg);
		cr_assert_eq(desk_status(&k).acked + desk_status(&k).queued, 2);
	}
	cr_assert_gt(failed, 10);
	read_well(buf_span(&answer));
	check_delivered(2);
	buf_fini(&answer);
}
