/* What the server acked stands in its log as it said, or the device notices; a declared restore is no lie. */
#include <criterion/criterion.h>

#include "client_post.h"
#include "internal.h"

static struct world w;
static struct desk k;
static struct liar liar;

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 6, ROLE_APPROVER);
	liar = (struct liar){ .from_seq = 1 };
	desk_sync(&k);
}

static void end(void)
{
	desk_close(&k);
	world_close(&w);
}

TestSuite(acked, .init = begin, .fini = end);

static const struct own_op *own(struct op_id id)
{
	const struct own_op *op = outbox_find(k.c, id);

	cr_assert_not_null(op);
	return op;
}

/* It stopped reading, and has all it had. */
static void noticed(struct op_id id, uint64_t lsn, uint64_t held)
{
	struct arena *a = arena_new(1 << 20);
	struct own_bytes bytes;

	cr_assert_eq(k.r.end, SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_NOT_AS_ACKED);
	cr_assert_eq(client_state(k.c)->trouble_lsn, lsn);
	cr_assert_eq(client_state(k.c)->cursor.lsn, held, "nothing of the page was taken");
	cr_assert_eq(ledger_info(client_base(k.c)).lsn, held);
	cr_assert(!own(id)->pulled);
	cr_assert_eq(outbox_read(k.c, id, &bytes, a, &k.e), 0);
	cr_assert_gt(bytes.body.len, 0, "the op is kept");
	if (own(id)->verdict == VERDICT_ACCEPTED)
		cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40, "and shown");
	arena_free(a);
}

static enum op_verdict verdict_after(size_t cut, struct op_id id, size_t *passed)
{
	struct liar says = liar;
	enum op_verdict verdict;
	struct world server;
	struct desk copy;

	world_clone(&server, k.w);
	desk_clone(&copy, &server, &k);
	if (copy.s.script.liar)
		copy.s.script.liar = &says;
	*passed = desk_sync_cut(&copy, cut);
	verdict = outbox_find(copy.c, id)->verdict;
	desk_clone_close(&copy, &server);
	return verdict;
}

/* The line breaks behind the Ack: no page has come, and the program starts again. */
static void acked_and_cut(struct op_id id)
{
	size_t low = 0, high, passed;

	verdict_after(SIZE_MAX, id, &high);
	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;

		if (verdict_after(mid, id, &passed) == VERDICT_NONE)
			low = mid;
		else
			high = mid;
	}
	desk_sync_cut(&k, high);
	desk_reopen(&k);
	cr_assert_eq(own(id)->verdict, VERDICT_ACCEPTED);
	cr_assert(!own(id)->pulled);
	cr_assert_arr_eq(own(id)->given, k.w->birth.incarnation, 16);
}

/* ---- absent ---- */

Test(acked, another_entry_stands_there)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	struct ed25519_sig sig;
	struct head head;
	uint64_t lsn;

	k.s.script.liar = &liar;
	desk_try(&k);
	lsn = own(id)->lsn;
	cr_assert_eq(lsn, held + 1);
	noticed(id, lsn, held);
	cr_assert_eq(k.r.acked, 1);
	cr_assert_eq(own(id)->verdict, VERDICT_ACCEPTED, "what was said is kept beside the op");
	cr_assert_eq(heads_newest(k.c, client_state(k.c)->cursor.incarnation, &head, &sig, &k.e),
		     0);
	cr_assert_eq(head.size, lsn, "what the server signed as its log binds it");
	desk_reopen(&k);
	desk_try(&k);
	noticed(id, lsn, held);
	k.s.script.liar = NULL;
	cr_assert_eq(desk_try(&k), SYNC_HALTED, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->halt, HALT_BEHIND, "it says itself that it lacks it");
}

/* Its operator declares a restore: the device hands its op in again. */
Test(acked, handed_in_again_behind_a_declared_restore)
{
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	struct wire_branch branch;

	k.s.script.liar = &liar;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE);
	k.s.script.liar = NULL;
	desk_restored(&k, &w, &branch);
	desk_sync(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert(own(id)->pulled);
	cr_assert_eq(server_value(&w, 6, FORM_SHORT, month22(9), 14), 40);
}

/* Acked as an entry that the log never reaches, under a head that says it has so many. */
Test(acked, beyond_the_end_of_the_log)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);

	liar.beyond = 5;
	k.s.script.liar = &liar;
	desk_try(&k);
	cr_assert_eq(own(id)->lsn, held + 6);
	noticed(id, held + 6, held);
}

Test(acked, in_an_earlier_contact)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);

	k.s.script.liar = &liar;
	acked_and_cut(id);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	desk_try(&k);
	noticed(id, held + 1, held);
}

/* A verdict kept by a program of before says not where it was given: HelloAck says that the op is there. */
Test(acked, in_a_store_of_before)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	struct ckey key = ckey_op(id);
	static const uint8_t none[16];
	struct buf row;

	k.s.script.liar = &liar;
	acked_and_cut(id);
	buf_init(&row, 1024);
	must(part_get(k.c->base, CT_VERDICT, ckey_span(&key), &row, &k.e), &k.e, "the row");
	cr_assert_eq(row.data[row.len - 20], 16, "the flags");
	row.data[row.len - 20] = 0;
	must(client_begin(k.c, &k.e), &k.e, "begin");
	must(part_put(k.c->base, CT_VERDICT, ckey_span(&key), span_of(row.data, row.len - 16),
		      &k.e),
	     &k.e, "the row of before");
	must(client_commit(k.c, &k.e), &k.e, "commit");
	buf_fini(&row);
	desk_reopen(&k);
	cr_assert_arr_eq(own(id)->given, none, 16);
	cr_assert_eq(own(id)->lsn, held + 1);
	desk_try(&k);
	noticed(id, held + 1, held);
}

Test(acked, by_stick)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	struct post p;

	post_open(&p, &k);
	k.s.script.liar = &liar;
	cr_assert_eq(post_bundle(&p, &k), 0, "%s", k.e.msg);
	post_take(&p, buf_span(&p.bundle));
	cr_assert_eq(post_read(&p, &k, buf_span(&p.answer)), 0, "%s", k.e.msg);
	noticed(id, held + 1, held);
	post_close(&p);
}

/* ---- there, and not as it was acked ---- */

Test(acked, as_something_else)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);

	k.s.script.other_verdict = VERDICT_LATE;
	desk_try(&k);
	noticed(id, held + 1, held);
}

Test(acked, under_another_number)
{
	uint64_t held = client_state(k.c)->cursor.lsn;
	struct op_id id = desk_month(&k, 6, 9, 3, 40);

	k.s.script.other_lsn = 1;
	desk_try(&k);
	noticed(id, held, held);
}

/* It was read once; read from the beginning it is left out. No later entry of the same chains shows that. */
Test(acked, left_out_when_all_is_read_again)
{
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	struct wire_cursor held;

	desk_sync(&k);
	cr_assert(own(id)->pulled);
	held = client_state(k.c)->cursor;
	k.s.script.authority = 777;
	k.s.script.hide_lsn = own(id)->lsn;
	cr_assert_eq(desk_try(&k), SYNC_TROUBLE, "%s", sync_end_name(k.r.end));
	cr_assert_eq(client_state(k.c)->trouble, FEED_NOT_AS_ACKED);
	cr_assert_eq(client_state(k.c)->trouble_lsn, own(id)->lsn);
	cr_assert_eq(client_state(k.c)->cursor.authority, held.authority, "the base of before");
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	k.s.script.hide_lsn = 0;
	desk_sync(&k);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert_eq(client_state(k.c)->cursor.authority, 777);
}

/* ---- no lie ---- */

/* A month of a device that has read nothing yet. */
static struct op_id blind_month(void)
{
	static struct sheet_draft d;
	struct op_id id;

	draft_init(&d, 6, FORM_SHORT, month22(9));
	draft_put(&d, 2, 3, 0);
	draft_put(&d, 14, 40, 0);
	draft_put(&d, 15, 0, 0);
	draft_sign(&d, SIGN_OWN, 0);
	draft_op(&d);
	must(outbox_append(k.c, &d.op, k.now_ms, &id, &k.e), &k.e, "an op");
	return id;
}

/* Acked, and the server was restored before its entry was read. `brought`: the op came back by somebody else, as another
 * entry. `blind`: the device has read nothing before, and its first Pull is answered behind the op that it sends again. */
static void restored_meanwhile(bool brought, bool blind)
{
	struct world backup;
	struct wire_branch branch;
	struct desk other;
	struct op_id id;
	uint64_t lsn;

	if (blind) {
		desk_close(&k);
		desk_open(&k, &w, 6, ROLE_APPROVER);
	}
	world_clone(&backup, &w);
	id = blind ? blind_month() : desk_month(&k, 6, 9, 3, 40);
	desk_clone(&other, &backup, &k);
	acked_and_cut(id);
	lsn = own(id)->lsn;
	desk_restored(&k, &backup, &branch);
	world_act_now(&backup, &(struct op){ .kind = OP_START });
	world_act_now(&backup, &(struct op){ .kind = OP_START });
	if (brought) {
		other.s.script = k.s.script;
		desk_sync(&other);
	}
	k.s.script.late_page = blind;
	desk_sync(&k);
	cr_assert_eq(k.s.ops_in, brought ? 0 : 1);
	cr_assert_eq(client_state(k.c)->trouble, FEED_FINE);
	cr_assert_gt(client_state(k.c)->cursor.lsn, lsn);
	cr_assert(own(id)->pulled);
	cr_assert_neq(own(id)->lsn, lsn);
	cr_assert_eq(server_own_entries(&backup, k.d.device), 1);
	desk_clone_close(&other, &backup);
	k.w = &w;
}

Test(acked, brought_back_under_another_number)
{
	restored_meanwhile(true, false);
}

Test(acked, sent_again_behind_a_restore)
{
	restored_meanwhile(false, false);
}

/* The page was made before the op was sent again, and comes behind its Ack. */
Test(acked, a_page_from_before_it_was_sent_again)
{
	restored_meanwhile(false, true);
}
