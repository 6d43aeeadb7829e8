/* What follows a restore: of the device, of the server, of the server more than once. */
#include <criterion/criterion.h>

#include "client/lost.h"
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

TestSuite(sync_restored, .init = begin, .fini = end);

Test(sync_restored, ops_of_a_lost_copy_come_back_with_the_feed)
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
Test(sync_restored, a_restored_server_gets_everything_back)
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
	world_close(&backup);
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
	world_close(&backup);
	world_close(&older);
	return brought;
}

/* What the incarnation between took was lost with it, and was perhaps not read from it: here it does not come back by
 * the feed. The other two are that incarnation's beginning and the own op as it stood there. */
Test(sync_restored, what_a_lost_incarnation_took_is_brought_again)
{
	cr_assert_eq(brought_again(false), 2 + 2);
}

Test(sync_restored, what_was_refused_for_good_is_not)
{
	cr_assert_eq(brought_again(true), 2);
}

/* The log between has what it took of the first one in its place, and what it had before the first one's old entries begin:
 * whichever of their ids is the greater, it goes first. */
Test(sync_restored, of_two_lost_logs_the_one_read_last_is_brought_first)
{
	static const uint8_t between[] = { 0x01, 0xfe };

	for (size_t i = 0; i < ARRAY_LEN(between); i++) {
		struct world backup, older;
		struct wire_branch branch, later;

		if (i) {
			end();
			begin();
		}
		lose_two(&backup);
		world_clone(&older, &backup);
		desk_restored_as(&k, &backup, &branch, between[i]);
		desk_sync(&k);
		cr_assert_eq(k.s.olds, 1);
		desk_restored_as(&k, &older, &later, 0x3e);
		desk_reopen(&k);
		desk_sync(&k);
		cr_assert_eq(k.s.olds, 2);
		cr_assert_arr_eq(k.s.old_of[0], branch.id, 16, "%#x", between[i]);
		cr_assert_arr_eq(k.s.old_of[1], branch.parent, 16, "%#x", between[i]);
		cr_assert_eq(k.s.old_entries, 2 + 2, "and each once");
		k.w = &w;
		world_close(&backup);
		world_close(&older);
	}
}

/* The server may be put back with no word of it meanwhile: what it took is gone, and nothing here shows it. */
Test(sync_restored, what_was_taken_and_not_read_there_is_brought_again)
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
	world_close(&backup);
}

/* A closing among the own ops would make all late that is still to be brought. */
Test(sync_restored, own_ops_stay_behind_old_entries_wherever_the_line_broke)
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
	world_close(&backup);
}

/* Restored by its own word, and what was signed before the branch is another history there: other entries stand in
 * the places of those that the device's head covers. */
Test(sync_restored, a_forged_past_under_a_declared_restore_is_noticed)
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
	somebody_writes(&w, 7, 8); /* of another unit: in no chain that this device reads */
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
	world_close(&backup);
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
	somebody_writes(&w, 7, 8); /* of another unit: in no chain that this device reads */
	desk_sync(&k);
	size = ledger_info(w.l).lsn;
	if (!forged)
		world_clone(&backup, &w);
	while (ledger_info(backup.l).lsn < size)
		world_act_now(&backup, &(struct op){ .kind = OP_START });
	for (int month = 5; month < 8; month++) {
		somebody_writes(&w, 7, month);
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
	world_close(&backup);
	k.w = &w;
}

Test(sync_restored, a_forged_past_below_the_newest_head_is_noticed)
{
	restored_below_the_newest_head(true);
}

Test(sync_restored, a_true_past_below_the_newest_head_is_proven)
{
	struct head head;
	struct ed25519_sig sig;

	restored_below_the_newest_head(false);
	cr_assert_eq(heads_newest(k.c, client_state(k.c)->cursor.incarnation, &head, &sig, &k.e),
		     0);
	cr_assert_eq(memcmp(head.incarnation, client_state(k.c)->cursor.incarnation, 16), 0);
}

/* And one that is the same is taken: proven in the round that reads, no entry read twice. */
Test(sync_restored, a_true_past_under_a_declared_restore_is_proven)
{
	struct world server;
	struct wire_branch branch;
	struct head head;
	struct ed25519_sig sig;

	desk_sync(&k);
	somebody_writes(&w, 7, 8);
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
	world_close(&server);
}

/* The same while the line breaks anywhere: what was seen of the new incarnation does not make it trusted. */
Test(sync_restored, a_forged_past_is_noticed_wherever_the_line_broke)
{
	size_t whole = 4096;

	somebody_writes(&w, 7, 8);
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
		world_close(&forged);
	}
}

Test(sync_restored, a_server_that_lost_acked_ops_without_saying_so_gets_nothing)
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
	world_close(&backup);
}

/* ---- units of the log that was lost ---- */

/* A district's device types something for unit 4 and for one that the log made behind the copy, which is put back; the
 * device gets a new epoch, and both wait for a person. `now`: the unit that is made under the number there. */
static struct lost_unit lose_unit(struct desk *d, struct world *backup, const char *now,
				  struct op_id ids[2])
{
	struct op lost = build_unit(90, 2, UNIT_BASE_COMMITTEE, "NN", 0),
		  other = build_unit(90, 2, UNIT_BASE_COMMITTEE, now, 0),
		  typed[] = { build_members(4, day(2022, 8, 31), 40),
			      build_members(90, day(2022, 8, 31), 7) };
	struct wire_branch branch;
	struct lost_unit was;
	const struct own_op *ops;
	size_t count;

	desk_open(d, &w, 2, ROLE_APPROVER);
	desk_sync(d);
	world_clone(backup, &w);
	world_act_now(&w, &lost);
	desk_sync(d);
	for (size_t i = 0; i < 2; i++)
		must(outbox_append(d->c, &typed[i], d->now_ms, &ids[i], &d->e), &d->e, "typed");
	desk_restored(d, backup, &branch);
	world_act_now(backup, &other);
	d->s.script.hello_code = WIRE_NEW_EPOCH;
	d->s.script.epoch = 2;
	desk_sync(d);
	d->s.script.line_count = 0;
	cr_assert_eq(desk_status(d).aside, 2);
	ops = outbox_ops(d->c, &count);
	cr_assert_eq(count, 2);
	must(lost_unit_of(&was, d->c, &ops[0], &d->e), &d->e, "of unit 4");
	cr_assert_not(was.is, "which the copy had too");
	must(lost_unit_of(&was, d->c, &ops[1], &d->e), &d->e, "of unit 90");
	return was;
}

Test(sync_restored, what_was_typed_for_a_lost_unit_is_not_of_the_one_that_has_its_number)
{
	struct op_id ids[2], again;
	struct lost_unit was;
	struct world backup;
	struct desk d;

	was = lose_unit(&d, &backup, "MM", ids);
	cr_assert_str_eq(tree_get(ledger_tree(client_base(d.c)), 90)->code, "MM");
	cr_assert(was.is);
	cr_assert_str_eq(was.code, "NN");
	cr_assert_eq(outbox_remake(d.c, ids[1], d.now_ms, &again, &d.e), -ERR_STATE);
	must(outbox_remake(d.c, ids[0], d.now_ms, &again, &d.e), &d.e, "made again");
	must(outbox_drop(d.c, ids[1], &d.e), &d.e, "dropped");
	desk_close(&d);
	world_close(&backup);
}

Test(sync_restored, a_unit_that_was_made_once_more_is_the_same)
{
	struct op_id ids[2], again;
	struct lost_unit was;
	struct world backup;
	struct desk d;

	was = lose_unit(&d, &backup, "NN", ids);
	cr_assert_not(was.is);
	must(outbox_remake(d.c, ids[1], d.now_ms, &again, &d.e), &d.e, "made again");
	desk_close(&d);
	world_close(&backup);
}
