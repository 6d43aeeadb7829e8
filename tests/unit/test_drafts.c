#include <criterion/criterion.h>

#include "client/stuck.h"
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

TestSuite(drafts, .init = begin, .fini = end);

Test(drafts, survive_reopening)
{
	struct entry_sheet *s;

	desk_type(&k, 6, "short", month22(9), 2, 3, 14, 40, 0);
	k.now_ms += 5000;
	desk_type(&k, 6, "short", month22(9), 14, 41, 0);
	desk_reopen(&k);
	s = desk_entry(&k, 6, "short", month22(9));
	cr_assert_eq(entry_figure(s, 2).value, 3);
	cr_assert_eq(entry_figure(s, 14).value, 41);
	cr_assert(entry_figure(s, 14).typed);
	cr_assert_eq(entry_draft(s)->figure_count, 2);
	cr_assert_eq(entry_draft(s)->last_ms - entry_draft(s)->first_ms, 5000);
	entry_close(s);
	cr_assert_eq(desk_status(&k).drafts, 1);
	cr_assert_eq(desk_status(&k).oldest_unsent_ms, k.now_ms - 5000);
}

Test(drafts, are_no_ops_and_count_nowhere)
{
	desk_type(&k, 6, "short", month22(9), 2, 3, 14, 40, 0);
	desk_sync(&k);
	cr_assert_eq(k.s.hello.held_drafts, 1);
	cr_assert_eq(k.s.hello.held_queued, 0);
	cr_assert_eq(k.s.hello.oldest_ms, k.now_ms);
	cr_assert_eq(k.r.sent, 0);
	cr_assert_eq(server_value(&w, 6, FORM_SHORT, month22(9), 2), INT64_MIN);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 2), INT64_MIN);
	cr_assert_eq(desk_status(&k).drafts, 1, "a sync leaves drafts alone");
}

/* What stood on the screen when a figure was typed stays with it, whatever a sync brings. */
Test(drafts, over_is_not_refreshed_by_a_sync)
{
	struct desk other;
	struct op_id first, second;
	struct entry_sheet *s;
	const struct op_figure *f;

	first = desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	desk_type(&k, 6, "short", month22(9), 14, 44, 0);
	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&other);
	desk_type(&other, 6, "short", month22(9), 14, 42, 0);
	cr_assert_eq(
		desk_submit(&other, 6, "short", month22(9),
			    &(struct entry_how){ .how = SIGN_OWN, .signer = "C", .reason = "r" },
			    &second),
		0, "%s", other.e.msg);
	desk_sync(&other);
	desk_sync(&k);
	s = desk_entry(&k, 6, "short", month22(9));
	f = draft_figure(entry_draft(s), 14);
	cr_assert_eq(entry_draft(s)->seen_count, 1);
	cr_assert_eq(f->over, 1);
	cr_assert_eq(op_id_cmp(entry_draft(s)->seen[0], first), 0, "what was on the screen");
	/* but typing again, with the new value before one's eyes, names that */
	cr_assert_eq(entry_set(s, 14, FIGURE_VALUE, 45, &k.e), 0);
	cr_assert_eq(op_id_cmp(entry_draft(s)->seen[0], second), 0);
	entry_close(s);
	cr_assert_eq(
		desk_submit(&k, 6, "short", month22(9),
			    &(struct entry_how){ .how = SIGN_OWN, .signer = "B", .reason = "r" },
			    NULL),
		0, "%s", k.e.msg);
	desk_sync(&k);
	cr_assert_eq(desk_status(&k).contested, 1, "two who did not see each other");
	desk_close(&other);
}

/* A page that comes while a sheet is open on the screen changes nothing of what the screen shows. */
Test(drafts, an_open_sheet_does_not_move)
{
	struct desk other;
	struct entry_sheet *s;
	struct op_id first = desk_month(&k, 6, 9, 3, 40);

	desk_sync(&k);
	s = desk_entry(&k, 6, "short", month22(9));
	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&other);
	desk_type(&other, 6, "short", month22(9), 14, 42, 0);
	desk_submit(&other, 6, "short", month22(9),
		    &(struct entry_how){ .how = SIGN_OWN, .signer = "C", .reason = "r" }, NULL);
	desk_sync(&other);
	desk_sync(&k);
	cr_assert_eq(client_value(&k, 6, FORM_SHORT, month22(9), 14), 42);
	cr_assert_eq(entry_figure(s, 14).value, 40);
	cr_assert_eq(entry_set(s, 14, FIGURE_VALUE, 44, &k.e), 0);
	cr_assert_eq(op_id_cmp(entry_draft(s)->seen[0], first), 0);
	entry_close(s);
	desk_close(&other);
}

Test(drafts, blank_over_nothing_is_not_typed)
{
	struct entry_sheet *s = desk_entry(&k, 6, "short", month22(9));

	cr_assert_eq(entry_set(s, 2, FIGURE_VALUE, 7, &k.e), 0);
	cr_assert_eq(entry_set(s, 2, FIGURE_BLANK, 0, &k.e), 0);
	cr_assert_eq(entry_draft(s)->figure_count, 0);
	cr_assert_eq(entry_save(s, false, &k.e), 0);
	entry_close(s);
	cr_assert_eq(desk_status(&k).drafts, 0, "an empty draft is none");
	desk_month(&k, 6, 9, 3, 40);
	s = desk_entry(&k, 6, "short", month22(9));
	cr_assert_eq(entry_set(s, 2, FIGURE_BLANK, 0, &k.e), 0);
	cr_assert_eq(entry_draft(s)->figure_count, 1, "a blank replaces what stands");
	cr_assert_eq(entry_figure(s, 2).state, FIGURE_BLANK);
	entry_close(s);
}

Test(drafts, names_that_no_figure_uses_make_room)
{
	struct draft d = { .figure_count = 0 };
	struct op_id ids[SHEET_OPS_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		ids[i] = (struct op_id){ 1, 1, i + 1 };
	cr_assert_eq(draft_type(&d, 5, FIGURE_VALUE, 1, ids, SHEET_OPS_MAX - 1, &k.e), 0);
	cr_assert_eq(draft_type(&d, 2, FIGURE_VALUE, 1, ids + SHEET_OPS_MAX - 1, 1, &k.e), 0);
	cr_assert_eq(d.figures[0].measure, 2, "ascending");
	cr_assert_eq(draft_type(&d, 7, FIGURE_VALUE, 1, ids + SHEET_OPS_MAX, 1, &k.e), -ERR_FULL);
	cr_assert_eq(d.figure_count, 2, "nothing changed");
	cr_assert_eq(draft_type(&d, 5, FIGURE_VALUE, 2, ids + SHEET_OPS_MAX, 1, &k.e), 0);
	cr_assert_eq(d.seen_count, 2);
	cr_assert_eq(op_id_cmp(d.seen[__builtin_ctzll(d.figures[0].over)], ids[SHEET_OPS_MAX - 1]),
		     0);
	cr_assert_eq(op_id_cmp(d.seen[__builtin_ctzll(d.figures[1].over)], ids[SHEET_OPS_MAX]), 0);
	draft_untype(&d, 2);
	cr_assert_eq(d.seen_count, 1);
	cr_assert_eq(op_id_cmp(d.seen[0], ids[SHEET_OPS_MAX]), 0);
	cr_assert_eq(d.figures[0].over, 1);
}

/* Asked at each `status` of each draft, of which a district's device may have thousands at the end of a month. */
Test(drafts, whether_they_can_be_sent_is_asked_without_opening_them)
{
	enum { MONTHS = 6 };
	const struct stuck *stuck;
	uint64_t calls, cost;
	size_t count;

	for (int m = 4; m < 4 + MONTHS; m++)
		desk_type(&k, 6, "short", month22(m), 2, 3, 14, 40, 0);
	calls = kv_calls(k.kv);
	must(stuck_list(&stuck, &count, k.c, w.a, &k.e), &k.e, "stuck");
	cost = kv_calls(k.kv) - calls;
	cr_assert_eq(count, 0);
	calls = kv_calls(k.kv);
	for (int m = 4; m < 4 + MONTHS; m++)
		entry_close(desk_entry(&k, 6, "short", month22(m)));
	calls = kv_calls(k.kv) - calls;
	cr_assert_lt(2 * cost, calls, "%llu calls, to open them %llu", (unsigned long long)cost,
		     (unsigned long long)calls);
}
