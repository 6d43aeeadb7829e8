/* Both implementations, with every call and every allocation made to fail. */
#include <inttypes.h>
#include <stdio.h>

#include "kv_world.h"

/* --- allocations made to fail (the linker leads malloc and calloc here) --- */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t each);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t each);

static uint64_t alloc_fail_at; /* counts down to the one that fails; 0: none */
static bool alloc_failed;

static bool alloc_refused(void)
{
	if (!alloc_fail_at || --alloc_fail_at)
		return false;
	return alloc_failed = true;
}

void *__wrap_malloc(size_t bytes)
{
	return alloc_refused() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t each)
{
	return alloc_refused() ? NULL : __real_calloc(count, each);
}

/* --- calls made to fail --- */

/* One of everything; leaves table 0 changed, or nothing. */
static int errand(struct kv *kv, struct err *e)
{
	struct span none = { 0 }, key, value;
	struct kv_txn *txn = NULL;
	struct kv_cursor *c = NULL;
	int rc = kv_begin(&txn, kv, KV_WRITE, e);

	for (char name = 'a'; name < 'h' && !rc; name++)
		rc = kv_put(txn, 0, span_of(&name, 1), SPAN_LIT("new"), e);
	if (!rc)
		rc = kv_append(txn, 0, SPAN_LIT("z"), SPAN_LIT("new"), e);
	if (!rc)
		rc = kv_get(txn, 0, SPAN_LIT("old"), &value, e);
	if (!rc)
		rc = kv_walk(&c, txn, 0, none, none, true, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1)
		rc = 0;
	kv_walk_end(c);
	if (!rc)
		rc = kv_del(txn, 0, SPAN_LIT("old"), e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

static void expect_errand(struct world *w, bool done)
{
	expect(w, 0, "old", done ? NULL : "1");
	expect(w, 0, "a", done ? "new" : NULL);
	expect(w, 0, "z", done ? "new" : NULL);
}

CONTRACT(every_failing_call)
{
	uint64_t n = 0, before;
	int rc;

	put_now(w, 0, "old", "1");
	do {
		w->e = (struct err){ 0 };
		kv_fail_at(w->kv, kv_calls(w->kv) + ++n, ERR_IO, true);
		before = kv_calls(w->kv);
		rc = errand(w->kv, &w->e);
		kv_fail_at(w->kv, 0, ERR_NONE, false);
		cr_assert(rc == 0 || (rc == -ERR_IO && w->e.code == ERR_IO), "call %" PRIu64, n);
		if (rc)
			expect_errand(w, false);
	} while (rc);
	cr_assert_eq(kv_calls(w->kv) - before, n - 1);
	cr_assert_geq(n, 20);
	expect_errand(w, true);
}

CONTRACT(every_failing_allocation)
{
	uint64_t n = 0;
	int rc;

	put_now(w, 0, "old", "1");
	do {
		struct kv_txn *reader = begin(w, KV_READ); /* so that the writer has to copy */

		alloc_failed = false;
		alloc_fail_at = ++n;
		rc = errand(w->kv, &w->e);
		alloc_fail_at = 0;
		expect_in(reader, 0, "old", "1");
		kv_abort(&reader);
		cr_assert_eq(rc, alloc_failed ? -ERR_NOMEM : 0, "allocation %" PRIu64 ": %d", n,
			     rc);
		expect_errand(w, !rc);
	} while (rc);
	cr_assert_geq(n, w->kind == MEM ? 16 : 3, "only %" PRIu64, n);
}

CONTRACT(full_at_commit_leaves_it_usable)
{
	struct kv_txn *txn = begin(w, KV_WRITE);

	put(w, txn, 0, "a", "1");
	kv_fail_at(w->kv, 1, ERR_FULL, true); /* landing belongs to -ERR_FATAL alone */
	cr_assert_eq(kv_commit(&txn, &w->e), -ERR_FULL);
	kv_fail_at(w->kv, 0, ERR_NONE, false);
	expect(w, 0, "a", NULL);
	put_now(w, 0, "a", "2");
	world_reopen(w);
	expect(w, 0, "a", "2");
}

CONTRACT(fatal_at_commit_stops_it)
{
	for (int land = 0; land < 2; land++) {
		struct kv_txn *txn, *reader;

		put_now(w, 0, "a", "before");
		reader = begin(w, KV_READ);
		txn = begin(w, KV_WRITE);
		put(w, txn, 0, "a", "after");
		kv_fail_at(w->kv, kv_calls(w->kv) + 1, ERR_FATAL, land);
		cr_assert_eq(kv_commit(&txn, &w->e), -ERR_FATAL);
		cr_assert_null(txn);
		kv_fail_at(w->kv, 0, ERR_NONE, false);
		expect_in(reader, 0, "a", "before"); /* what is open may end in peace */
		kv_abort(&reader);
		w->e = (struct err){ 0 };
		cr_assert_eq(kv_begin(&txn, w->kv, KV_WRITE, &w->e), -ERR_FATAL);
		cr_assert_eq(w->e.code, ERR_FATAL);
		cr_assert_null(txn);
		cr_assert_eq(kv_begin(&txn, w->kv, KV_READ, NULL), -ERR_FATAL);
		world_reopen(w);
		expect(w, 0, "a", land ? "after" : "before");
	}
}

CONTRACT(health_and_care_can_fail)
{
	struct kv_health h;
	unsigned dropped;

	kv_fail_at(w->kv, 1, ERR_IO, false);
	cr_assert_eq(kv_health(w->kv, &h, &w->e), -ERR_IO);
	cr_assert_eq(kv_reap_readers(w->kv, &dropped, &w->e), -ERR_IO);
	cr_assert_eq(kv_copy(w->kv, "/nowhere", &w->e), -ERR_IO);
	cr_assert_eq(w->e.code, ERR_IO);
	kv_fail_at(w->kv, 1, ERR_NONE, false); /* no code: off */
	cr_assert_eq(kv_health(w->kv, &h, &w->e), 0);
}

CONTRACT(health_counts_readers)
{
	struct kv_txn *one, *two;
	struct kv_health empty, h;
	unsigned dropped = 9;

	cr_assert_eq(kv_health(w->kv, &empty, &w->e), 0);
	cr_assert_eq(empty.readers, 0);
	one = begin(w, KV_READ);
	two = begin(w, KV_READ);
	cr_assert_eq(kv_health(w->kv, &h, &w->e), 0);
	cr_assert_eq(h.readers, 2);
	kv_abort(&one);
	kv_abort(&two);
	for (int i = 0; i < 100; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		put_now(w, 0, name,
			"a value of some length, so that pages fill up before long, and more");
	}
	cr_assert_eq(kv_health(w->kv, &h, &w->e), 0);
	cr_assert_eq(h.readers, 0);
	cr_assert_gt(h.used_bytes, empty.used_bytes);
	cr_assert_eq(kv_reap_readers(w->kv, &dropped, &w->e), 0);
	cr_assert_eq(dropped, 0);
}
