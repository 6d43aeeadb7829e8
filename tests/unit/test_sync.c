/* Contacts of a device with a server that is whole: what is sent and read, what stops it, what the feed may not do. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client_world.h"
#include "internal.h"

static struct world w;
static struct desk k;

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 6, ROLE_APPROVER);
}

static void end(void)
{
	desk_close(&k);
	world_close(&w);
}

TestSuite(sync, .init = begin, .fini = end);

Test(sync, a_usual_month_is_one_round)
{
	struct client_status s;

	desk_sync(&k);
	cr_assert_gt(k.r.pulled, 0);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(k.r.rounds, 1);
	cr_assert_eq(k.r.sent, 1);
	cr_assert_eq(k.r.acked, 1);
	cr_assert_eq(k.r.pulled, 1, "its own entry came with the same round");
	cr_assert_eq(k.s.submits, 1);
	cr_assert_eq(k.s.pulls, 1);
	cr_assert_eq(k.s.proves, 0);
	cr_assert_lt(k.r.bytes_in + k.r.bytes_out, 2500);
	cr_assert_eq(server_value(&w, 6, FORM_SHORT, month22(9), 14), 40);
	s = desk_status(&k);
	cr_assert_eq(s.acked, 1);
	cr_assert_eq(s.last_ack_lsn, ledger_info(w.l).lsn);
	cr_assert_eq(s.last_ack_ms, w.now_ms);
	cr_assert_eq(s.last_contact_ms, k.now_ms);
	desk_sync(&k);
	cr_assert_eq(k.r.sent + k.r.pulled, 0);
}

/* The tables that feed and verdicts make are the same as those of a device that read all at once. */
Test(sync, two_holders_of_the_same_part_hold_the_same)
{
	struct desk other;
	char where[96];
	struct kv_txn *x, *y;

	desk_sync(&k);
	for (int month = 1; month <= 9; month++) {
		desk_month(&k, 6, month, month, 40 + month);
		k.s.script.page_bytes = month % 2 ? 400 : 0;
		desk_sync(&k);
	}
	desk_open(&other, &w, 6, ROLE_CLERK);
	other.s.script.page_bytes = 700;
	desk_sync(&other);
	k.s.script.page_bytes = 0;
	desk_sync(&k);
	must(kv_begin(&x, k.kv, KV_READ, &k.e), &k.e, "read");
	must(kv_begin(&y, other.kv, KV_READ, &k.e), &k.e, "read");
	for (uint8_t t = 0; t < PART_TABLE; t++)
		cr_assert_eq(kv_rows(k.kv, t), kv_rows(other.kv, t), "table %u", t);
	kv_abort(&x);
	kv_abort(&y);
	cr_assert_leq(kv_differ(k.kv, other.kv, where), 0 + PART_TABLE + 1, "%s", where);
	cr_assert_gt(kv_differ(k.kv, other.kv, where), PART_TABLE, "%s", where);
	desk_close(&other);
}

Test(sync, more_ops_than_one_flight)
{
	char reason[900];
	struct entry_how how = { .how = SIGN_OWN, .signer = "B", .reason = reason };

	memset(reason, 'r', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = 0;
	desk_sync(&k);
	for (int i = 0; i < 300; i++) {
		desk_type(&k, 6, "short", month22(9), 2, i % 7, 14, 40 + i, 15, 0, 0);
		cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &how, NULL), 0, "%s", k.e.msg);
	}
	k.w->now_ms++;
	desk_sync(&k);
	cr_assert_eq(k.r.sent, 300);
	cr_assert_eq(k.r.acked, 300);
	cr_assert_eq(k.r.pulled, 300);
	cr_assert_gt(k.s.submits, 1);
	cr_assert_eq(server_own_entries(&w, k.d.device), 300);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 339);
}

/* ---- not now ---- */

Test(sync, not_now_keeps_ops_queued)
{
	desk_sync(&k);
	for (int month = 6; month <= 9; month++)
		desk_month(&k, 6, month, 1, 40 + month);
	k.s.script.not_now_from = 3;
	k.s.script.not_now_why = WIRE_STORE_FULL;
	cr_assert_eq(desk_try(&k), SYNC_LATER);
	cr_assert_eq(k.r.acked, 2);
	cr_assert_eq(k.r.not_now, 2);
	cr_assert_eq(k.r.why, WIRE_STORE_FULL);
	cr_assert_eq(k.r.retry_after_ms, 1500);
	cr_assert_eq(desk_status(&k).queued, 2);
	cr_assert_eq(client_state(k.c)->acked_seq, 2);
	k.s.script.not_now_from = 0;
	desk_sync(&k);
	cr_assert_eq(k.r.sent, 2, "only those without a verdict");
	cr_assert_eq(server_own_entries(&w, k.d.device), 4);
}

Test(sync, busy_says_when_to_come_back)
{
	desk_sync(&k);
	k.now_ms++;
	desk_month(&k, 6, 9, 3, 40);
	k.s.script.busy = true;
	cr_assert_eq(desk_try(&k), SYNC_LATER);
	cr_assert_eq(k.r.retry_after_ms, 4000);
	cr_assert_eq(desk_status(&k).queued, 1);
	cr_assert_eq(desk_status(&k).last_contact_ms, k.now_ms - 1, "that was no contact");
}

/* ---- halts ---- */

static const struct {
	uint32_t code;
	enum client_halt halt;
	bool succeeded;
} halts[] = {
	{ WIRE_SUSPENDED, HALT_SUSPENDED, false },
	{ WIRE_REVOKED, HALT_REVOKED, false },
	{ WIRE_WRONG_STORE, HALT_WRONG_STORE, false },
	{ WIRE_DEVICE_UNKNOWN, HALT_UNKNOWN, false },
	{ WIRE_SERVER_BEHIND, HALT_BEHIND, false },
	{ WIRE_VERSION_NONE, HALT_VERSION, false },
	{ WIRE_SERVER_BEHIND, HALT_SUCCEEDED, true },
	{ WIRE_REVOKED, HALT_REVOKED, true }, /* with another code it says nothing */
};

Test(sync, a_halted_device_keeps_everything_and_sends_nothing)
{
	desk_sync(&k);
	desk_month(&k, 6, 8, 3, 40);
	for (size_t i = 0; i < ARRAY_LEN(halts); i++) {
		k.s.script.hello_code = halts[i].code;
		k.s.script.succeeded = halts[i].succeeded;
		cr_assert_eq(desk_try(&k), SYNC_HALTED, "code %u: %s", halts[i].code,
			     sync_end_name(k.r.end));
		cr_assert_eq(client_state(k.c)->halt, halts[i].halt);
		cr_assert_eq(desk_status(&k).queued, 1);
		desk_reopen(&k);
		cr_assert_eq(desk_try(&k), SYNC_HALTED);
		cr_assert_eq(k.s.submits, 0, "it only asks how it stands");
	}
	cr_assert(k.s.script.succeeded); /* nor beside a 0 */
	desk_month(&k, 6, 9, 3, 43);     /* typing goes on */
	k.s.script.hello_code = 0;
	cr_assert_eq(desk_try(&k), SYNC_DONE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(k.r.acked, 2);
	cr_assert_eq(client_state(k.c)->halt, HALT_NONE);
}

/* Its enrolment went with the server's disk, and with it whatever the server once confirmed. */
Test(sync, a_device_known_no_more_goes_on_with_all_it_made)
{
	struct identity id;
	uint64_t aside = 0;

	desk_sync(&k);
	desk_month(&k, 6, 8, 3, 40);
	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 43);
	cr_assert_eq(desk_status(&k).acked, 1);
	k.s.script.hello_code = WIRE_DEVICE_UNKNOWN;
	cr_assert_eq(desk_try(&k), SYNC_HALTED);
	id = *client_identity(k.c);
	id.device++;
	must(client_again(k.c, &id, 1, &aside, &k.e), &k.e, "another device");
	desk_reopen(&k);
	cr_assert_eq(aside, 2, "the one that was confirmed too");
	cr_assert_eq(desk_status(&k).aside, 2);
	cr_assert_eq(desk_status(&k).acked, 0, "nothing is shown as delivered that is not there");
}

Test(sync, two_histories_of_one_device_stop_it)
{
	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	desk_type(&k, 6, "short", month22(9), 14, 41, 0);
	k.s.script.wrong_chain = true;
	cr_assert_eq(desk_try(&k), SYNC_HALTED);
	cr_assert_eq(client_state(k.c)->halt, HALT_FORKED);
	cr_assert_not(hash_eq(&client_state(k.c)->ours, &client_state(k.c)->theirs),
		      "both are shown");
	desk_reopen(&k);
	cr_assert_eq(client_state(k.c)->halt, HALT_FORKED);
	cr_assert_eq(desk_status(&k).drafts, 1);
}

/* A copy of the store made an op under the same identity: the fork is found, and nothing is overwritten. */
Test(sync, a_cloned_store_forks_and_is_stopped)
{
	struct desk copy;
	struct kv *kv;

	desk_sync(&k);
	must(kv_mem_clone(&kv, k.kv, &k.e), &k.e, "copy");
	copy = k;
	copy.kv = kv;
	copy.c = NULL;
	buf_init(&copy.receipt, FRAME_RECEIPT_MAX);
	buf_init(&copy.certificate, WIRE_CERT_MAX);
	buf_init(&copy.answer, FRAME_MAX);
	must(client_open(&copy.c, kv, &copy.e), &copy.e, "open");
	desk_month(&k, 6, 9, 3, 40);
	desk_month(&copy, 6, 9, 4, 41);
	desk_sync(&k);
	cr_assert_eq(desk_try(&copy), SYNC_HALTED, "%s", sync_end_name(copy.r.end));
	cr_assert_eq(client_state(copy.c)->halt, HALT_FORKED);
	cr_assert_eq(server_value(&w, 6, FORM_SHORT, month22(9), 14), 40);
	cr_assert_eq(client_value(&copy, 6, FORM_SHORT, month22(9), 14), 41,
		     "nothing typed is lost");
	desk_close(&copy);
}

/* ---- what the feed may not do ---- */

Test(sync, a_gap_is_noticed)
{
	struct desk other;
	uint64_t hidden, held;

	desk_sync(&k);
	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&other);
	desk_month(&other, 6, 7, 3, 40);
	desk_sync(&other);
	hidden = ledger_info(w.l).lsn;
	desk_month(&other, 6, 8, 3, 43);
	desk_sync(&other);
	held = ledger_info(client_base(k.c)).lsn;
	desk_month(&k, 6, 9, 3, 46);
	k.s.script.hide_lsn = hidden;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE);
	cr_assert_eq(client_state(k.c)->trouble, FEED_GAP);
	cr_assert_eq(client_state(k.c)->trouble_lsn, hidden + 1);
	cr_assert_eq(ledger_info(client_base(k.c)).lsn, held, "nothing of the page was applied");
	cr_assert_eq(k.r.acked, 1, "sending goes on");
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 46);
	k.s.script.hide_lsn = 0;
	desk_sync(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(7), 14), 40);
	desk_close(&other);
}

Test(sync, a_head_of_another_history_is_noticed_and_kept)
{
	struct client_state st;

	desk_sync(&k);
	st = *client_state(k.c);
	desk_month(&k, 6, 9, 3, 40);
	k.s.script.forge_head = true;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
	cr_assert_eq(client_state(k.c)->cursor.lsn, st.cursor.lsn);
	cr_assert_eq(kv_rows(k.kv, CT_HEAD), 2, "both heads are kept");
	k.s.script.forge_head = false;
	desk_try(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES, "it does not go away by itself");
}

/* A larger head of another history: the proof does not lead there. */
Test(sync, a_page_is_taken_only_under_a_proven_head)
{
	struct client_state st;

	desk_sync(&k);
	st = *client_state(k.c);
	somebody_writes(&w, 7, 8);
	k.s.script.forge_head = true;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE);
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
	cr_assert_eq(client_state(k.c)->cursor.lsn, st.cursor.lsn);
}

/* The log grows between two contacts of everybody: still one round where something was to be sent, and a
 * look at every head where nothing was. */
Test(sync, heads_on_the_way_are_proven_where_it_costs_no_round)
{
	desk_sync(&k);
	somebody_writes(&w, 7, 8);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(k.r.rounds, 1);
	cr_assert_eq(k.s.proves, 0);
	somebody_writes(&w, 7, 9);
	k.s.script.grows = true;
	k.s.script.no_proofs = true;
	cr_assert_eq(desk_try(&k), SYNC_LATER, "a head that is not proven is told, and not kept");
	k.s.script.no_proofs = false;
	somebody_writes(&w, 7, 5);
	desk_sync(&k);
	cr_assert_eq(k.s.proves, 1);
	somebody_writes(&w, 7, 10);
	k.s.script.forge_hello = true;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
}

/* The same size, another root: even without a proof. */
Test(sync, equal_sizes_have_equal_roots)
{
	desk_sync(&k);
	k.s.script.forge_head = true;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE);
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
}

Test(sync, an_ack_counts_only_under_a_head_of_the_log)
{
	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	k.s.script.unsigned_head = true;
	cr_assert_eq(desk_try(&k), SYNC_BREACH);
	cr_assert_eq(desk_status(&k).acked, 0);
	cr_assert_eq(desk_status(&k).queued, 1);
	cr_assert_eq(desk_status(&k).last_ack_lsn, 0);
	k.s.script.unsigned_head = false;
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).acked, 1);
	cr_assert_eq(server_own_entries(&w, k.d.device), 1);
}

/* A head once checked is not checked again: only with the signature that was good. */
Test(sync, a_known_head_under_another_signature_is_refused)
{
	desk_sync(&k);
	desk_sync(&k);
	k.s.script.unsigned_head = true;
	cr_assert_eq(desk_try(&k), SYNC_BREACH);
	k.s.script.unsigned_head = false;
	desk_sync(&k);
}

/* ---- what was read, told otherwise below a head that is true ---- */

Test(sync, an_entry_served_again_is_the_same)
{
	struct wire_cursor held;
	uint64_t lsn;

	desk_sync(&k);
	lsn = somebody_writes(&w, 6, 3);
	desk_sync(&k);
	held = client_state(k.c)->cursor;
	cr_assert_geq(held.lsn, lsn);
	k.s.script.authority = 777;
	k.s.script.forge_lsn = lsn;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
	cr_assert_eq(client_state(k.c)->trouble_lsn, lsn);
	cr_assert_eq(client_state(k.c)->cursor.authority, held.authority,
		     "the base of before stands");
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(3), 14), 50);
	k.s.script.forge_lsn = 0;
	desk_try(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES, "it does not go away by itself");
	cr_assert_eq(client_state(k.c)->cursor.authority, 777);
}

/* An entry was told otherwise when it was read first; its receipt is of the true one. */
Test(sync, a_receipt_of_what_was_read_otherwise)
{
	uint64_t lsn;

	desk_sync(&k);
	lsn = somebody_writes(&w, 6, 3);
	k.s.script.forge_lsn = lsn;
	desk_sync(&k);
	k.s.script.forge_lsn = 0;
	cr_assert_eq(desk_receipt(&k, lsn), SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
	cr_assert_eq(client_state(k.c)->trouble_lsn, lsn);
}

/* Back below what was read, without a restore that was declared. */
Test(sync, no_way_back_without_a_restore)
{
	struct wire_cursor held;
	uint64_t lsn;

	desk_sync(&k);
	lsn = somebody_writes(&w, 6, 3);
	desk_sync(&k);
	held = client_state(k.c)->cursor;
	k.s.script.back_to = lsn - 1;
	k.s.script.forge_lsn = lsn;
	cr_assert_eq(desk_try(&k), SYNC_BREACH, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->cursor.lsn, held.lsn);
	cr_assert_eq(kv_rows(k.kv, CT_OLD), 0);
}

/* ---- another part of the log ---- */

Test(sync, a_new_authority_builds_the_base_anew_beside_the_old_one)
{
	struct desk fresh;
	char where[96];
	size_t passed, total;

	desk_sync(&k);
	for (int month = 1; month <= 9; month++)
		desk_month(&k, 6, month, month, 40 + month);
	desk_sync(&k);
	desk_type(&k, 6, "short", month22(9), 14, 60, 0);
	k.s.script.authority = 777;
	k.s.script.page_bytes = 600;
	/* cut half way: the old base still answers, own ops and drafts too */
	passed = desk_sync_cut(&k, 2500);
	cr_assert_eq(passed, 2500);
	cr_assert(client_state(k.c)->staging);
	cr_assert_gt(kv_rows(k.kv, CT_STAGE), 0);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(5), 14), 45);
	desk_reopen(&k);
	cr_assert(client_state(k.c)->staging);
	desk_month(&k, 6, 10, 1, 61);
	total = desk_sync_cut(&k, SIZE_MAX);
	cr_assert_eq(k.r.end, SYNC_DONE, "%s", sync_end_name(k.r.end));
	cr_assert_gt(total, 0);
	cr_assert_not(client_state(k.c)->staging);
	cr_assert_eq(client_state(k.c)->cursor.authority, 777);
	cr_assert_eq(kv_rows(k.kv, CT_STAGE), 0);
	cr_assert_eq(desk_status(&k).drafts, 1);
	cr_assert_eq(desk_status(&k).queued, 0);
	/* the same bytes as a device that never had another */
	desk_open(&fresh, &w, 6, ROLE_CLERK);
	desk_sync(&fresh);
	desk_sync(&k);
	cr_assert_gt(kv_differ(k.kv, fresh.kv, where), PART_TABLE, "%s", where);
	desk_close(&fresh);
}

/* The same over the real store, whose lent memory moves. */
Test(sync, a_base_built_anew_in_lmdb)
{
	char dir[] = "/tmp/ketnap-client-XXXXXX", path[64];
	struct kv_open how = { .dir = dir, .map_bytes = 64 << 20, .tables = CLIENT_TABLES };
	struct identity id = *client_identity(k.c);
	struct kv *memory = k.kv;
	struct client *kept = k.c;

	cr_assert_not_null(mkdtemp(dir));
	must(kv_lmdb_open(&k.kv, &how, &k.e), &k.e, "open a store");
	must(client_create(k.kv, &id, 1, w.birth.incarnation, &k.e), &k.e, "make a client");
	cr_assert_eq(client_create(k.kv, &id, 1, w.birth.incarnation, &k.e), -ERR_EXISTS);
	must(client_open(&k.c, k.kv, &k.e), &k.e, "open a client");
	desk_sync(&k);
	for (int month = 1; month <= 9; month++)
		desk_month(&k, 6, month, month, 40 + month);
	desk_sync(&k);
	k.s.script.authority = 777;
	k.s.script.page_bytes = 600;
	desk_sync(&k);
	cr_assert_eq(client_state(k.c)->cursor.authority, 777);
	must(pull_branch(k.c, client_state(k.c)->cursor.incarnation, ledger_info(w.l).lsn - 3, 7,
			 &k.e),
	     &k.e, "branch");
	cr_assert_eq(desk_status(&k).queued, 3);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 49);
	desk_reopen(&k);
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).queued, 0);
	client_close(k.c);
	kv_close(k.kv);
	k.kv = memory;
	k.c = kept;
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	unlink(path);
	rmdir(dir);
}

/* ---- renewal, questions ---- */

Test(sync, an_expired_certificate_renews_and_keeps_the_queue)
{
	struct sync_ask ask = { .csr = SPAN_LIT("csr") };

	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	k.s.script.hello_code = WIRE_RENEW_FIRST;
	cr_assert_eq(desk_try(&k), SYNC_RENEW, "%s: nothing to send", sync_end_name(k.r.end));
	cr_assert(k.r.renew_wanted);
	cr_assert_eq(desk_ask(&k, &ask), SYNC_LATER, "%s", sync_end_name(k.r.end));
	cr_assert_eq(k.certificate.len, 11);
	cr_assert_eq(desk_status(&k).queued, 1);
	cr_assert_eq(client_state(k.c)->halt, HALT_NONE);
	k.s.script.hello_code = 0;
	desk_sync(&k);
	cr_assert_eq(k.r.acked, 1);
}

Test(sync, a_question_is_carried)
{
	struct wire_query q = { .what = WIRE_TOTALS, .unit = 1 };
	struct sync_ask ask = { .query = &q };

	cr_assert_eq(desk_ask(&k, &ask), SYNC_DONE);
	cr_assert(span_eq(buf_span(&k.answer), SPAN_LIT("{}")));
}

/* ---- time ---- */

Test(sync, a_silent_server_is_given_up)
{
	struct sync_ask ask = { .receipt_count = 0 };
	struct sync_now now = { 1000, k.now_ms };
	struct sync *s;

	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	must(sync_new(&s, k.c, &ask, now, &k.e), &k.e, "begin");
	cr_assert_gt(sync_output(s).len, 0);
	sync_taken(s, sync_output(s).len, now);
	cr_assert_eq(sync_deadline(s), 1000 + LINK_JUDGED_MS);
	now.mono_ms = sync_deadline(s) - 1;
	cr_assert(sync_tick(s, now));
	now.mono_ms++;
	cr_assert_not(sync_tick(s, now));
	cr_assert_eq(sync_result(s)->end, SYNC_CUT);
	cr_assert_eq(sync_result(s)->why, WIRE_TIMEOUT);
	sync_free(s);
	cr_assert_eq(desk_status(&k).queued, 1);
}
