/* A contact cut at every byte, and a store that fails at every call: afterwards everything that was typed
 * is on the server once. */
#include <criterion/criterion.h>

#include "client_world.h"
#include "internal.h"

/* Each step opens two stores: under a sanitizer every third has to do. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STRIDE 3
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(STRIDE)
#define STRIDE 3
#endif
#ifndef STRIDE
#define STRIDE 1
#endif

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

TestSuite(sync_faults, .init = begin, .fini = end, .timeout = 110);

/* Everything is there once, here and there. */
static void check_whole(struct desk *d, uint64_t ops, const char *when, size_t at)
{
	struct client_status s = desk_status(d);

	cr_assert_eq(s.queued, 0, "%s %zu: %llu queued", when, at, (unsigned long long)s.queued);
	cr_assert_eq(s.acked, ops, "%s %zu", when, at);
	cr_assert_eq(s.refused + s.late + s.contested, 0, "%s %zu", when, at);
	cr_assert_eq(s.halt, HALT_NONE);
	cr_assert_eq(s.trouble, FEED_FINE);
	cr_assert_eq(server_own_entries(d->w, d->d.device), ops, "%s %zu", when, at);
	for (int month = 7; month < 7 + (int)ops; month++) {
		cr_assert_eq(server_value(d->w, 6, FORM_SHORT, month22(month), 14), 40 + month);
		cr_assert_eq(client_value(d, 6, FORM_SHORT, month22(month), 14), 40 + month);
	}
}

/* The base of `d` is the one that `like` has. */
static void check_base(struct desk *d, struct desk *like, size_t at)
{
	char where[96];
	int differ = kv_differ(d->kv, like->kv, where);

	cr_assert(!differ || differ > PART_TABLE, "cut at %zu: %s", at, where);
}

static void cut_everywhere(size_t step)
{
	struct world done_w, cut_w;
	struct desk done, cut;
	size_t total;

	world_clone(&done_w, &w);
	desk_clone(&done, &done_w, &k);
	total = desk_sync_cut(&done, SIZE_MAX);
	cr_assert_eq(done.r.end, SYNC_DONE);
	desk_sync(&done);
	for (size_t at = 0; at < total; at += step) {
		world_clone(&cut_w, &w);
		desk_clone(&cut, &cut_w, &k);
		cr_assert_eq(desk_sync_cut(&cut, at), at);
		cr_assert_eq(cut.r.end, at < total - FRAME_HEADER ? SYNC_CUT : cut.r.end, "at %zu",
			     at);
		/* the program starts again */
		desk_reopen(&cut);
		for (int month = 7; month <= 9; month++)
			cr_assert_eq(client_value(&cut, 6, FORM_SHORT, month22(month), 14),
				     40 + month);
		desk_sync(&cut);
		check_whole(&cut, 3, "cut at", at);
		desk_sync(&cut);
		check_base(&cut, &done, at);
		desk_clone_close(&cut, &cut_w);
	}
	desk_clone_close(&done, &done_w);
}

Test(sync_faults, cut_at_every_byte_of_a_usual_month)
{
	desk_sync(&k);
	for (int month = 7; month <= 9; month++)
		desk_month(&k, 6, month, 1, 40 + month);
	cut_everywhere(STRIDE);
}

Test(sync_faults, cut_in_a_first_contact_of_many_pages)
{
	desk_sync(&k);
	for (int month = 7; month <= 9; month++)
		desk_month(&k, 6, month, 1, 40 + month);
	k.s.script.authority = 5; /* and the base is built anew */
	k.s.script.page_bytes = 500;
	cut_everywhere(7 * STRIDE);
}

/* ---- the store fails ---- */

static const struct {
	enum err_code code;
	bool land;
} faults[] = { { ERR_IO, false }, { ERR_FULL, false }, { ERR_FATAL, false }, { ERR_FATAL, true } };

/* What a clerk does: types, sends off, syncs. Returns whether the submit said that it was done. */
static bool work(struct desk *d)
{
	struct entry_how how = { .how = SIGN_OWN, .signer = "B" };
	struct entry_sheet *s = NULL;
	struct op_id id;
	int rc = entry_open(&s, d->c, 6, "short", month22(9), d->now_ms, &d->e);

	if (!rc)
		rc = entry_set(s, 2, FIGURE_VALUE, 1, &d->e);
	if (!rc)
		rc = entry_set(s, 14, FIGURE_VALUE, 49, &d->e);
	if (!rc)
		rc = entry_set(s, 15, FIGURE_NIL, 0, &d->e);
	if (!rc)
		rc = entry_save(s, false, &d->e);
	if (!rc)
		rc = entry_submit(s, &how, d->now_ms, &id, NULL, &d->e);
	entry_close(s);
	if (rc)
		return false;
	desk_sync_cut(d, SIZE_MAX);
	return true;
}

/* How many calls of the store all of it takes. */
static uint64_t calls_of_work(void)
{
	struct world cw;
	struct desk d;
	uint64_t calls;

	world_clone(&cw, &w);
	desk_clone(&d, &cw, &k);
	calls = kv_calls(d.kv);
	cr_assert(work(&d));
	cr_assert_eq(d.r.end, SYNC_DONE);
	calls = kv_calls(d.kv) - calls;
	desk_clone_close(&d, &cw);
	return calls;
}

/* Stop at the failure, come back with what is on disk, and do what is left to do. Returns whether anything
 * was noticed: a failed look-up may mean no more than "unknown". */
static bool fail_at(uint64_t call, size_t fault)
{
	struct world fw;
	struct desk d;
	struct kv *after;
	bool submitted, failed;

	world_clone(&fw, &w);
	desk_clone(&d, &fw, &k);
	kv_fail_at(d.kv, kv_calls(d.kv) + call, faults[fault].code, faults[fault].land);
	submitted = work(&d);
	failed = !submitted || d.r.end != SYNC_DONE;
	must(kv_mem_clone(&after, d.kv, &d.e), &d.e, "what is left");
	client_close(d.c);
	kv_close(d.kv);
	d.kv = after;
	d.c = NULL;
	must(client_open(&d.c, d.kv, &d.e), &d.e, "start again");
	if (submitted)
		cr_assert_eq(client_value(&d, 6, FORM_SHORT, month22(9), 14), 49,
			     "call %llu, fault %zu", (unsigned long long)call, fault);
	else if (client_value(&d, 6, FORM_SHORT, month22(9), 14) != 49)
		cr_assert(work(&d), "call %llu, fault %zu: %s", (unsigned long long)call, fault,
			  d.e.msg);
	desk_sync(&d);
	check_whole(&d, 3, "call", call);
	cr_assert_eq(desk_status(&d).drafts, 0, "call %llu, fault %zu", (unsigned long long)call,
		     fault);
	desk_clone_close(&d, &fw);
	return failed;
}

Test(sync_faults, every_call_of_the_store_may_fail)
{
	uint64_t calls;

	desk_sync(&k);
	for (int month = 7; month <= 8; month++)
		desk_month(&k, 6, month, 1, 40 + month);
	calls = calls_of_work();
	cr_assert_gt(calls, 100);
	for (size_t fault = 0; fault < ARRAY_LEN(faults); fault++) {
		uint64_t failures = 0;

		for (uint64_t call = 1 + fault % STRIDE; call <= calls; call += STRIDE)
			failures += fail_at(call, fault);
		cr_assert_gt(failures, calls / STRIDE * 9 / 10, "fault %zu: %llu of %llu", fault,
			     (unsigned long long)failures, (unsigned long long)calls);
	}
}
