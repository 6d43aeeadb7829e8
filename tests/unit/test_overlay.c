#include <criterion/criterion.h>

#include "client/conflicts.h"
#include "client_world.h"

static struct world w;
static struct desk k, other;

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 6, ROLE_APPROVER);
	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&k);
	desk_sync(&other);
}

static void end(void)
{
	desk_close(&k);
	desk_close(&other);
	world_close(&w);
}

TestSuite(overlay, .init = begin, .fini = end);

static const struct entry_how signed_again = { .how = SIGN_OWN, .signer = "B", .reason = "r" };

Test(overlay, own_ops_are_seen_before_they_are_sent)
{
	struct sheet s;

	desk_month(&k, 6, 9, 3, 40);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	cr_assert_eq(overlay_sheet(k.c, 6, FORM_SHORT, month22(9), &s, &k.e), 0);
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED);
	cr_assert_eq(ledger_sheet(client_base(k.c), 6, FORM_SHORT, month22(9), &s, &k.e),
		     -ERR_NOTFOUND, "base has nothing but entries of the feed");
	desk_type(&k, 6, "short", month22(9), 14, 41, 0);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &signed_again, NULL), 0);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 41, "in their order");
	cr_assert_eq(desk_status(&k).contested, 0, "the second named the first");
}

/* Acked, but its entry has not come: it must not vanish from the screen in between. */
Test(overlay, an_acked_op_stays_until_its_own_entry_was_pulled)
{
	struct op_id id = desk_month(&k, 6, 9, 3, 40);
	const struct own_op *op;
	size_t cut = 0;

	/* cut right after the Ack: first see how long all of it is */
	do {
		desk_sync_cut(&k, ++cut * 16);
		op = outbox_find(k.c, id);
	} while (op->verdict == VERDICT_NONE && cut < 1000);
	cr_assert_eq(op->verdict, VERDICT_ACCEPTED);
	cr_assert(!op->pulled);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	desk_reopen(&k);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	desk_sync(&k);
	cr_assert(outbox_find(k.c, id)->pulled);
	cr_assert_not(overlay_touches(k.c, 6, FORM_SHORT, month22(9)));
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
}

/* With and without the entry, the same sheet: folding here and applying there agree. */
Test(overlay, is_what_base_becomes)
{
	struct sheet before, after;
	struct buf x, y;

	desk_month(&other, 6, 9, 3, 44);
	desk_sync(&other);
	desk_sync(&k);
	desk_type(&k, 6, "short", month22(9), 2, 5, 14, 46, 0);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &signed_again, NULL), 0, "%s",
		     k.e.msg);
	must(overlay_sheet(k.c, 6, FORM_SHORT, month22(9), &before, &k.e), &k.e, "before");
	desk_sync(&k);
	must(ledger_sheet(client_base(k.c), 6, FORM_SHORT, month22(9), &after, &k.e), &k.e,
	     "after");
	/* lsn's are known only afterwards */
	for (size_t i = 0; i < before.op_count; i++)
		if (before.ops[i].lsn > UINT64_C(1) << 60)
			before.ops[i].lsn = after.ops[i].lsn;
	before.sign_lsn = after.sign_lsn;
	before.first_lsn = after.first_lsn;
	before.last_lsn = after.last_lsn;
	buf_init(&x, 1 << 16);
	buf_init(&y, 1 << 16);
	sheet_encode(&x, &before);
	sheet_encode(&y, &after);
	cr_assert(span_eq(buf_span(&x), buf_span(&y)));
	buf_fini(&x);
	buf_fini(&y);
}

/* A refusal that the feed has not brought yet: naming it counts as naming what it named. */
Test(overlay, names_of_a_refused_op_pass_through)
{
	struct op_id second;
	size_t cut = 0;

	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	desk_type(&k, 6, "short", month22(9), 14, 41, 0);
	/* not signed, and no reason: made by hand, since entering would ask for one */
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &signed_again, &second), 0);
	desk_type(&k, 6, "short", month22(9), 14, 42, 0);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &signed_again, NULL), 0);
	must(client_begin(k.c, &k.e), &k.e, "begin");
	must(outbox_verdict(k.c, second, VERDICT_REFUSED, CODE_REASON_NEEDED,
			    (struct span){ NULL, 0 }, 99, client_state(k.c)->cursor.incarnation,
			    &k.e),
	     &k.e, "a verdict");
	must(client_commit(k.c, &k.e), &k.e, "commit");
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 42);
	cr_assert_eq(desk_status(&k).contested, 0, "it replaced what the refused one had replaced");
	(void)cut;
}

struct counted {
	size_t count;
	struct conflict last;
	struct conflict_version versions[4];
};

static int count_conflict(void *ctx, const struct conflict *c, struct err *e)
{
	struct counted *n = ctx;

	(void)e;
	n->count++;
	n->last = *c;
	for (size_t i = 0; i < c->version_count && i < 4; i++)
		n->versions[i] = c->versions[i];
	return 0;
}

/* Two people write one figure apart; both see both values; one settles it; nothing is contested. */
Test(overlay, a_contest_is_seen_by_both_and_settled_by_hand)
{
	struct counted n = { .count = 0 };
	struct entry_how how = { .reason = "asked by telephone" };
	struct entry_sheet *s;
	struct op_id mine = desk_month(&k, 6, 9, 3, 40), theirs = desk_month(&other, 6, 9, 3, 42),
		     id;

	desk_sync(&k);
	desk_sync(&other);
	desk_sync(&k);
	for (struct desk *d = &k;; d = &other) {
		n.count = 0;
		must(conflicts_each(d->c, count_conflict, &n, &d->e), &d->e, "conflicts");
		cr_assert_eq(n.count, 1);
		cr_assert_eq(n.last.measure, 14);
		cr_assert_eq(n.last.version_count, 2);
		cr_assert_eq(n.versions[0].value + n.versions[1].value, 82);
		cr_assert_eq(n.versions[0].wins + n.versions[1].wins, 1);
		cr_assert(n.versions[1].wins, "the greater identity, both of the own unit");
		cr_assert_eq(n.versions[0].author, k.d.person);
		cr_assert_eq(n.versions[1].author, other.d.person);
		cr_assert_eq(n.versions[0].time_ms, w.now_ms);
		cr_assert_eq(desk_status(d).contested, 1);
		if (d == &other)
			break;
	}
	s = desk_entry(&k, 6, "short", month22(9));
	cr_assert_eq(entry_figure(s, 14).values, 2);
	cr_assert_eq(entry_resolve(s, 2, NULL, FIGURE_VALUE, 1, &how, k.now_ms, &id, &k.e),
		     -ERR_STATE);
	cr_assert_eq(entry_resolve(s, 14, &(struct op_id){ 1, 1, 1 }, FIGURE_NIL, 0, &how, k.now_ms,
				   &id, &k.e),
		     -ERR_NOTFOUND);
	cr_assert_eq(entry_resolve(s, 14, &mine, FIGURE_NIL, 0,
				   &(struct entry_how){ .how = SIGN_NONE }, k.now_ms, &id, &k.e),
		     -ERR_STATE, "needs a reason");
	cr_assert_eq(entry_resolve(s, 14, &mine, FIGURE_NIL, 0, &how, k.now_ms, &id, &k.e), 0, "%s",
		     k.e.msg);
	entry_close(s);
	cr_assert_eq(desk_status(&k).contested, 0, "seen at once");
	desk_sync(&k);
	desk_sync(&other);
	cr_assert_eq(desk_status(&other).contested, 0);
	cr_assert_eq(client_value(&other, 6, FORM_SHORT, month22(9), 14), 40);
	cr_assert_eq(server_value(&w, 6, FORM_SHORT, month22(9), 14), 40);
	(void)theirs;
}

Test(overlay, version_names_read_back)
{
	char text[VERSION_TEXT_MAX];
	struct op_id id = { UINT64_C(0xd000000000000065), 3, 12345678901 }, back;
	static const char *const bad[] = {
		"",       "1",     "1-2",     "1-2-", "1-2-3x",
		"-1-2-3", "g-1-1", "1-2-3-4", "1--2", "1-99999999999-1"
	};

	cr_assert_str_eq(version_text(text, id), "d000000000000065-3-12345678901");
	cr_assert(version_parse(&back, text));
	cr_assert_eq(op_id_cmp(id, back), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_not(version_parse(&back, bad[i]), "%s", bad[i]);
}

static uint64_t close_september(void)
{
	struct op op = { .kind = OP_CLOSE, .unit = 6, .close = { FORM_SHORT, month22(9) } };

	return world_act_now(&w, &op);
}

/* The closing came here first: what was made before it was read will be late, and is not shown as if it
 * counted. */
Test(overlay, what_will_be_late_does_not_count)
{
	struct buf bytes;
	uint64_t lsn;

	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 40);
	lsn = close_september();
	buf_init(&bytes, ENTRY_MAX);
	must(ledger_entry(w.l, lsn, &bytes, &w.e), &w.e, "the closing");
	must(client_begin(k.c, &k.e), &k.e, "begin");
	must(ledger_put_entry(client_base(k.c), buf_span(&bytes), &k.e), &k.e, "put");
	must(client_commit(k.c, &k.e), &k.e, "commit");
	buf_fini(&bytes);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), INT64_MIN);
}

/* Late, then over it an amendment, which needs its reason; and the late one counts when somebody says so. */
Test(overlay, after_a_closing)
{
	static const struct entry_how signs = { .how = SIGN_OWN, .signer = "B" };
	struct op op = { .kind = OP_LATE_DECISION, .unit = 6, .reason = SPAN_LIT("no line") };
	struct op_id id;

	id = desk_month(&k, 6, 9, 3, 40);
	close_september();
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).late, 1);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), INT64_MIN);
	desk_type(&k, 6, "short", month22(9), 2, 3, 14, 41, 15, 0, 900, 1, 0);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &signs, NULL), -ERR_STATE);
	cr_assert_eq(desk_submit(&k, 6, "short", month22(9), &signed_again, NULL), 0, "%s",
		     k.e.msg);
	desk_sync(&k);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 41);
	op.late = (struct op_late){ .lsn = outbox_find(k.c, id)->lsn, .counts = true };
	world_act_now(&w, &op);
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).contested, 1); /* 40 and 41, neither knew of the other */
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14),
		     server_value(&w, 6, FORM_SHORT, month22(9), 14));
}
