#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/receipt.h"
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

static void somebody_writes(int month)
{
	struct desk other;

	desk_open(&other, &w, 7, ROLE_APPROVER);
	desk_sync(&other);
	desk_month(&other, 7, month, 1, 50);
	desk_sync(&other);
	desk_close(&other);
}

/* A larger head of another history: the proof does not lead there. */
Test(sync, a_page_is_taken_only_under_a_proven_head)
{
	struct client_state st;

	desk_sync(&k);
	st = *client_state(k.c);
	somebody_writes(8);
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
	somebody_writes(8);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(k.r.rounds, 1);
	cr_assert_eq(k.s.proves, 0);
	somebody_writes(9);
	k.s.script.grows = true;
	k.s.script.no_proofs = true;
	cr_assert_eq(desk_try(&k), SYNC_LATER, "a head that is not proven is told, and not kept");
	k.s.script.no_proofs = false;
	somebody_writes(5);
	desk_sync(&k);
	cr_assert_eq(k.s.proves, 1);
	somebody_writes(10);
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

/* Of another unit than the device's own: that would be seen by its hash. */
static uint64_t somebody_of_this_unit(void)
{
	struct desk other;
	uint64_t lsn;

	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&other);
	desk_month(&other, 6, 3, 1, 50);
	desk_sync(&other);
	lsn = desk_status(&other).last_ack_lsn;
	desk_close(&other);
	return lsn;
}

Test(sync, an_entry_served_again_is_the_same)
{
	struct wire_cursor held;
	uint64_t lsn;

	desk_sync(&k);
	lsn = somebody_of_this_unit();
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
	lsn = somebody_of_this_unit();
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
	lsn = somebody_of_this_unit();
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

/* ---- restored client, restored server ---- */

Test(sync, ops_of_a_lost_copy_come_back_with_the_feed)
{
	struct kv *old;
	struct client_status s;

	desk_sync(&k);
	desk_month(&k, 6, 7, 3, 40);
	desk_sync(&k);
	must(kv_mem_clone(&old, k.kv, &k.e), &k.e, "back up");
	desk_month(&k, 6, 8, 3, 43);
	desk_sync(&k);
	client_close(k.c);
	kv_close(k.kv);
	k.kv = old;
	k.c = NULL;
	must(client_open(&k.c, k.kv, &k.e), &k.e, "restore");
	desk_month(&k, 6, 9, 3, 46); /* takes the seq of the lost op */
	k.s.script.hello_code = WIRE_NEW_EPOCH;
	k.s.script.epoch = 2;
	desk_sync(&k);
	cr_assert_eq(k.r.set_aside, 1);
	cr_assert_eq(client_state(k.c)->epoch, 2);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(8), 14), 43);
	s = desk_status(&k);
	cr_assert_eq(s.aside, 1);
	cr_assert_eq(server_own_entries(&w, k.d.device), 2, "the op set aside was not sent");
}

/* The server comes back from a backup: acked ops are sent again as they were, entries of others are kept
 * and brought back, and the branch is told from the entries before it. */
Test(sync, a_restored_server_gets_everything_back)
{
	struct world backup;
	struct wire_branch branch;
	struct desk other;
	struct client_status s;

	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&k);
	desk_month(&k, 6, 6, 3, 40);
	desk_sync(&k);
	world_clone(&backup, &w);
	desk_month(&k, 6, 7, 3, 43);
	desk_sync(&other);
	desk_month(&other, 6, 8, 2, 45);
	desk_sync(&other);
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).acked, 2);
	desk_month(&k, 6, 9, 1, 46);
	desk_restored(&k, &backup, &branch);
	/* until it takes them again they are queued, and say so */
	k.s.script.not_now_from = 1;
	k.s.script.not_now_why = WIRE_RECOVERING;
	cr_assert_eq(desk_try(&k), SYNC_LATER, "%s", sync_end_name(k.r.end));
	cr_assert(k.r.restarted);
	s = desk_status(&k);
	cr_assert_eq(s.acked, 1);
	cr_assert_eq(s.queued, 2);
	cr_assert_eq(client_state(k.c)->acked_seq, 1);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(7), 14), 43, "and are seen as before");
	k.s.script.not_now_from = 0;
	cr_assert_eq(k.s.olds, 1);
	cr_assert_eq(k.s.old_entries, 2, "the other's op and the own one, each with its place");
	cr_assert_eq(k.s.submits_before_old, 1, "what was on its way, and no more");
	cr_assert_eq(k.s.submits, 2, "own ones are sent as ops all the same");
	cr_assert_eq(k.r.old_sent, 2);
	desk_sync(&k);
	cr_assert_eq(k.s.olds, 0);
	cr_assert_eq(memcmp(client_state(k.c)->cursor.incarnation, branch.id, 16), 0);
	s = desk_status(&k);
	cr_assert_eq(s.acked, 3);
	cr_assert_eq(s.queued, 0);
	cr_assert_eq(server_own_entries(&backup, k.d.device), 3);
	cr_assert_eq(server_value(&backup, 6, FORM_SHORT, month22(7), 14), 43);
	cr_assert_eq(server_value(&backup, 6, FORM_SHORT, month22(9), 14), 46);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(7), 14), 43);
	cr_assert_geq(kv_rows(k.kv, CT_OLD), 2, "kept, not thrown away");
	k.s.script.line_count = 0;
	desk_sync(&k);
	cr_assert_eq(k.s.olds, 0, "brought back once");
	cr_assert_eq(k.r.sent, 0);
	desk_close(&other);
	ledger_close(backup.l);
	kv_close(backup.kv);
	arena_free(backup.a);
}

static void world_drop(struct world *b)
{
	ledger_close(b->l);
	kv_close(b->kv);
	arena_free(b->a);
}

/* Of unit 6 behind `backup`: an op of another device, and the own one of July. */
static void lose_two(struct world *backup)
{
	struct desk other;

	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&k);
	desk_month(&k, 6, 6, 3, 40);
	desk_sync(&k);
	world_clone(backup, &w);
	desk_month(&k, 6, 7, 3, 43);
	desk_sync(&other);
	desk_month(&other, 6, 8, 2, 45);
	desk_sync(&other);
	desk_sync(&k);
	desk_close(&other);
}

/* Restored twice from one copy: how many old entries it is brought the second time. */
static uint64_t brought_again(bool refused)
{
	struct world backup, older;
	struct wire_branch branch, later;
	uint64_t brought;

	lose_two(&backup);
	world_clone(&older, &backup);
	desk_restored_as(&k, &backup, &branch, 0x2d);
	k.s.script.old_refused = refused;
	desk_sync(&k);
	cr_assert_eq(k.s.old_entries, 2);
	desk_sync(&k);
	cr_assert_eq(k.s.olds, 0, "not to the same one");
	k.s.script.old_refused = false;
	desk_restored_as(&k, &older, &later, 0x3e);
	desk_sync(&k);
	brought = k.s.old_entries;
	desk_sync(&k);
	cr_assert_eq(k.s.olds, 0, "once to this one too");
	k.w = &w;
	world_drop(&backup);
	world_drop(&older);
	return brought;
}

/* What the incarnation between took was lost with it, and was perhaps not read from it: here it does not come back by
 * the feed. The other two are that incarnation's beginning and the own op as it stood there. */
Test(sync, what_a_lost_incarnation_took_is_brought_again)
{
	cr_assert_eq(brought_again(false), 2 + 2);
}

Test(sync, what_was_refused_for_good_is_not)
{
	cr_assert_eq(brought_again(true), 2);
}

/* The server may be put back with no word of it meanwhile: what it took is gone, and nothing here shows it. */
Test(sync, what_was_taken_and_not_read_there_is_brought_again)
{
	struct world backup;
	struct wire_branch branch;

	lose_two(&backup);
	desk_restored_as(&k, &backup, &branch, 0x2d);
	k.s.script.old_unread = true;
	cr_assert_eq(desk_try(&k), SYNC_LATER, "%s", sync_end_name(k.r.end));
	cr_assert_eq(k.s.old_entries, 2);
	k.s.script.old_unread = false;
	desk_sync(&k);
	cr_assert_eq(k.s.old_entries, 2, "again");
	desk_sync(&k);
	cr_assert_eq(k.s.olds, 0, "read behind them");
	k.w = &w;
	world_drop(&backup);
}

/* A closing among the own ops would make all late that is still to be brought. */
Test(sync, own_ops_stay_behind_old_entries_wherever_the_line_broke)
{
	size_t whole = SIZE_MAX, met = 0;
	struct world backup;

	lose_two(&backup);
	for (size_t cut = 0; cut <= whole; cut += 61) {
		struct world server;
		struct wire_branch branch;
		struct desk copy;
		bool knows;

		world_clone(&server, &backup);
		desk_clone(&copy, &server, &k);
		desk_restored(&copy, &server, &branch);
		if (!cut)
			whole = desk_sync_cut(&copy, SIZE_MAX);
		else
			desk_sync_cut(&copy, cut);
		knows = kv_rows(copy.kv, CT_OLD) > 0;
		desk_sync(&copy);
		if (knows && copy.s.olds) {
			cr_assert_eq(copy.s.submits_before_old, 0, "cut after %zu", cut);
			met++;
		}
		cr_assert_eq(desk_status(&copy).queued, 0, "cut after %zu", cut);
		desk_clone_close(&copy, &server);
	}
	cr_assert_gt(met, 0);
	world_drop(&backup);
}

/* Restored by its own word, and what was signed before the branch is another history there: other entries stand in
 * the places of those that the device's head covers. */
Test(sync, a_forged_past_under_a_declared_restore_is_noticed)
{
	struct world backup;
	struct wire_branch branch;
	struct client_state st;
	struct client_status had;
	uint64_t size;

	desk_sync(&k);
	desk_month(&k, 6, 6, 3, 40);
	desk_sync(&k);
	world_clone(&backup, &w);
	somebody_writes(8); /* of another unit: in no chain that this device reads */
	desk_sync(&k);
	size = ledger_info(w.l).lsn;
	had = desk_status(&k);
	while (ledger_info(backup.l).lsn < size)
		world_act_now(&backup, &(struct op){ .kind = OP_START });
	desk_month(&k, 6, 7, 1, 41);
	desk_restored(&k, &backup, &branch);
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES);
	cr_assert_eq(kv_rows(k.kv, CT_HEAD), 3,
		     "the one it had, for both incarnations, and the other");
	st = *client_state(k.c);
	cr_assert_leq(st.cursor.lsn, size, "nothing of the other history was taken");
	desk_reopen(&k);
	desk_try(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_HISTORIES, "it does not go away by itself");
	cr_assert_eq(client_state(k.c)->cursor.lsn, st.cursor.lsn);
	cr_assert_geq(desk_status(&k).acked, had.acked);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(6), 14), 40, "all it had is there");
	world_drop(&backup);
}

/* The branch is below the newest head, as in most true restores: an earlier head, up to the branch, still says what was
 * there. Where everything kept goes past the branch, nothing can be proven. */
static void restored_below_the_newest_head(bool forged)
{
	struct world backup;
	struct wire_branch branch;
	struct head head;
	struct ed25519_sig sig;
	uint64_t size;

	desk_sync(&k);
	if (forged)
		world_clone(&backup, &w);
	somebody_writes(8); /* of another unit: in no chain that this device reads */
	desk_sync(&k);
	size = ledger_info(w.l).lsn;
	if (!forged)
		world_clone(&backup, &w);
	while (ledger_info(backup.l).lsn < size)
		world_act_now(&backup, &(struct op){ .kind = OP_START });
	for (int month = 5; month < 8; month++) {
		somebody_writes(month);
		desk_sync(&k);
	}
	desk_restored(&k, &backup, &branch);
	cr_assert_eq(branch.branch_lsn, size);
	cr_assert_eq(heads_newest(k.c, client_state(k.c)->cursor.incarnation, &head, &sig, &k.e),
		     0);
	cr_assert_gt(head.size, size);
	desk_try(&k);
	cr_assert_eq(client_state(k.c)->trouble, forged ? FEED_HISTORIES : FEED_FINE);
	cr_assert_eq(k.r.end, forged ? SYNC_TROUBLE : SYNC_DONE, "%s", sync_end_name(k.r.end));
	world_drop(&backup);
	k.w = &w;
}

Test(sync, a_forged_past_below_the_newest_head_is_noticed)
{
	restored_below_the_newest_head(true);
}

Test(sync, a_true_past_below_the_newest_head_is_proven)
{
	struct head head;
	struct ed25519_sig sig;

	restored_below_the_newest_head(false);
	cr_assert_eq(heads_newest(k.c, client_state(k.c)->cursor.incarnation, &head, &sig, &k.e),
		     0);
	cr_assert_eq(memcmp(head.incarnation, client_state(k.c)->cursor.incarnation, 16), 0);
}

/* And one that is the same is taken: proven in the round that reads, no entry read twice. */
Test(sync, a_true_past_under_a_declared_restore_is_proven)
{
	struct world server;
	struct wire_branch branch;
	struct head head;
	struct ed25519_sig sig;

	desk_sync(&k);
	somebody_writes(8);
	desk_sync(&k);
	world_clone(&server, &w);
	desk_restored(&k, &server, &branch);
	desk_sync(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert_eq(kv_rows(k.kv, CT_HEAD), 2);
	cr_assert_eq(heads_newest(k.c, branch.id, &head, &sig, &k.e), 0);
	cr_assert_eq(head.size, ledger_info(server.l).lsn);
	cr_assert_eq(memcmp(head.incarnation, branch.id, 16), 0);
	k.w = &w;
	world_drop(&server);
}

/* The same while the line breaks anywhere: what was seen of the new incarnation does not make it trusted. */
Test(sync, a_forged_past_is_noticed_wherever_the_line_broke)
{
	size_t whole = 4096;

	somebody_writes(8);
	desk_sync(&k);
	for (size_t cut = 0; cut <= whole; cut += 61) {
		struct world server, forged;
		struct wire_branch branch;
		struct desk copy;
		uint64_t size;

		world_clone(&server, &w);
		desk_clone(&copy, &server, &k);
		world_clone(&forged, &server);
		world_act_now(&server,
			      &(struct op){ .kind = OP_START, .source = SPAN_LIT("true") });
		world_act_now(&forged, &(struct op){ .kind = OP_START });
		desk_sync(&copy);
		size = ledger_info(server.l).lsn;
		cr_assert_eq(ledger_info(forged.l).lsn, size);
		desk_restored(&copy, &forged, &branch);
		desk_sync_cut(&copy, cut);
		if (client_state(copy.c)->trouble != FEED_HISTORIES)
			desk_try(&copy);
		cr_assert_eq(client_state(copy.c)->trouble, FEED_HISTORIES, "cut after %zu", cut);
		copy.w = &server;
		desk_clone_close(&copy, &server);
		world_drop(&forged);
	}
}

Test(sync, a_server_that_lost_acked_ops_without_saying_so_gets_nothing)
{
	struct world backup;

	desk_sync(&k);
	world_clone(&backup, &w);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	k.w = &backup;
	cr_assert_eq(desk_try(&k), SYNC_HALTED, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->halt, HALT_BEHIND);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	cr_assert_eq(desk_status(&k).acked, 1);
	k.w = &w;
	ledger_close(backup.l);
	kv_close(backup.kv);
	arena_free(backup.a);
}

/* ---- receipts ---- */

Test(sync, a_receipt_is_checked_without_the_server)
{
	struct op_id id;
	struct receipt r;
	struct arena *a = arena_new(4 << 20);
	struct buf file;

	desk_sync(&k);
	id = desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(desk_receipt(&k, outbox_find(k.c, id)->lsn), SYNC_DONE, "%s",
		     sync_end_name(k.r.end));
	cr_assert_gt(k.receipt.len, 0);
	cr_assert_leq(k.receipt.len, 1200);
	buf_init(&file, RECEIPT_FILE_MAX);
	must(receipt_file_write(&file, buf_span(&k.receipt), &k.e), &k.e, "write a receipt");
	cr_assert_eq(receipt_file_check(&r, buf_span(&file), w.birth.log_key, a, &k.e), 0, "%s",
		     k.e.msg);
	cr_assert_eq(r.entry.lsn, outbox_find(k.c, id)->lsn);
	cr_assert_eq(r.entry.unit, 6);
	for (size_t i = 0; i < file.len; i++) {
		arena_reset(a);
		file.data[i] ^= 0x20;
		cr_assert_neq(receipt_file_check(&r, buf_span(&file), w.birth.log_key, a, &k.e), 0,
			      "a changed byte %zu", i);
		file.data[i] ^= 0x20;
		arena_reset(a);
		cr_assert_neq(
			receipt_file_check(&r, span_of(file.data, i), w.birth.log_key, a, &k.e), 0);
	}
	w.birth.log_key[0] ^= 1;
	cr_assert_neq(receipt_file_check(&r, buf_span(&file), w.birth.log_key, a, &k.e), 0);
	buf_fini(&file);
	arena_free(a);
}

/* What a device says of a receipt, that somebody else may have fetched. */
static enum receipt_stands stands(struct desk *at, const struct buf *receipt)
{
	struct arena *a = arena_new(4 << 20);
	enum receipt_stands got;
	struct wire_receipt m;
	struct receipt r;

	must(wire_decode(&m, FRAME_RECEIPT, buf_span(receipt), a, &at->e), &at->e, "decode");
	must(receipt_verify(&r, &m, w.birth.log_key, a, &at->e), &at->e, "a receipt");
	must(receipt_stands(&got, at->c, &r, &at->e), &at->e, "where it stands");
	arena_free(a);
	return got;
}

/* Fetched by `from`, into `out`. */
static void fetch(struct buf *out, struct desk *from, uint64_t lsn)
{
	cr_assert_eq(desk_receipt(from, lsn), SYNC_DONE, "%s", sync_end_name(from->r.end));
	buf_init(out, FRAME_RECEIPT_MAX);
	buf_bytes(out, buf_span(&from->receipt));
}

Test(sync, a_receipt_of_a_log_that_was_left)
{
	struct world backup;
	struct wire_branch branch;
	struct desk late, far;
	struct buf before, behind, again;
	struct op_id id;
	uint64_t lsn;

	desk_open(&late, &w, 6, ROLE_APPROVER);
	desk_open(&far, &w, 7, ROLE_APPROVER);
	desk_sync(&k);
	desk_sync(&late);
	id = desk_month(&k, 6, 6, 3, 40);
	desk_sync(&k);
	fetch(&before, &k, outbox_find(k.c, id)->lsn);
	world_clone(&backup, &w);
	id = desk_month(&k, 6, 7, 3, 43);
	desk_sync(&k);
	lsn = outbox_find(k.c, id)->lsn;
	fetch(&behind, &k, lsn);
	cr_assert_eq(stands(&k, &behind), RECEIPT_STANDS);
	cr_assert_eq(stands(&late, &behind), RECEIPT_CANNOT_TELL, "it has not read so far");
	desk_sync(&late);
	desk_sync(&far);
	cr_assert_eq(stands(&far, &behind), RECEIPT_STANDS, "not in its part, and under its head");

	desk_restored(&k, &backup, &branch);
	desk_sync(&k);
	cr_assert_eq(stands(&k, &before), RECEIPT_STANDS, "both logs have it");
	cr_assert_eq(stands(&k, &behind), RECEIPT_LEFT);
	fetch(&again, &k, outbox_find(k.c, id)->lsn);
	cr_assert_neq(outbox_find(k.c, id)->lsn, lsn);
	cr_assert_eq(stands(&k, &again), RECEIPT_STANDS);
	cr_assert_eq(stands(&late, &again), RECEIPT_CANNOT_TELL, "a log that it has not met");
	buf_fini(&before);
	buf_fini(&behind);
	buf_fini(&again);
	desk_close(&late);
	desk_close(&far);
	k.w = &w;
	world_drop(&backup);
}

/* Shown to another device, the receipt says what the server told this one otherwise. */
Test(sync, a_receipt_that_tells_two_histories)
{
	struct desk other;
	struct buf receipt;
	uint64_t lsn;

	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&k);
	lsn = somebody_of_this_unit();
	k.s.script.forge_lsn = lsn;
	desk_sync(&k);
	desk_sync(&other);
	fetch(&receipt, &other, lsn);
	cr_assert_eq(stands(&other, &receipt), RECEIPT_STANDS);
	cr_assert_eq(stands(&k, &receipt), RECEIPT_OTHERWISE);
	buf_fini(&receipt);
	desk_close(&other);
}

/* The message itself changed, and the file made around it anew: the signature is what holds. */
Test(sync, a_receipt_of_another_entry_is_refused)
{
	struct arena *a = arena_new(8 << 20);
	struct wire_receipt m;
	struct receipt r;
	struct buf entry;

	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(desk_receipt(&k, 3), SYNC_DONE);
	must(wire_decode(&m, FRAME_RECEIPT, buf_span(&k.receipt), a, &k.e), &k.e, "decode");
	cr_assert_eq(receipt_verify(&r, &m, w.birth.log_key, a, &k.e), 0);
	buf_init(&entry, ENTRY_MAX);
	must(ledger_entry(w.l, 4, &entry, &k.e), &k.e, "an entry");
	m.entry = buf_span(&entry);
	cr_assert_neq(receipt_verify(&r, &m, w.birth.log_key, a, &k.e), 0);
	buf_fini(&entry);
	arena_free(a);
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
