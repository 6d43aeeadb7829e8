/* What was known when, and the log itself. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "story.h"

static struct story *s;

static void setup(void)
{
	s = calloc(1, sizeof(*s));
	story_open(s, 12, false);
	for (size_t i = 0; i < 250; i++)
		story_step(s);
	story_commit(s);
}

static void teardown(void)
{
	story_close(s);
	free(s);
}

TestSuite(history, .init = setup, .fini = teardown);

Test(history, every_sheet_after_every_entry)
{
	static struct naive_key keys[512];
	size_t count = naive_keys(s->n, UINT64_MAX, keys, ARRAY_LEN(keys)), signed_ = 0;
	static struct naive_sheet was;

	cr_assert_gt(count, 5);
	for (size_t i = 0; i < count && i < 12; i++)
		for (uint64_t known = 1; known <= naive_lsn(s->n); known += 3) {
			story_check_sheet(s, keys[i], known);
			naive_sheet(s->n, keys[i], known, &was);
			signed_ += was.sign_lsn > 0;
		}
	cr_assert_gt(signed_, 100);
}

Test(history, the_entry_at_an_instant)
{
	struct err e = { 0 };
	uint64_t lsn;
	int64_t end = ledger_info(s->w.l).time_ms;

	for (int i = 0; i < 400; i++) {
		int64_t ms = end - (int64_t)(rng_next(&s->r) % (uint64_t)(1000LL * 3600 * 300));

		must(query_lsn_at(&lsn, s->w.l, ms, &e), &e, "lsn");
		cr_assert_eq(lsn, naive_lsn_at(s->n, ms));
	}
	must(query_lsn_at(&lsn, s->w.l, 0, &e), &e, "lsn");
	cr_assert_eq(lsn, 0);
	must(query_lsn_at(&lsn, s->w.l, INT64_MAX, &e), &e, "lsn");
	cr_assert_eq(lsn, naive_lsn(s->n));
}

struct seen {
	uint64_t count, last, stop_at;
	uint32_t unit;
};

static int see(void *ctx, const struct entry *en, const struct op *op)
{
	struct seen *k = ctx;

	(void)op;
	cr_assert_gt(en->lsn, k->last);
	k->last = en->lsn;
	k->count++;
	if (k->unit)
		cr_assert_eq(en->unit, k->unit);
	return en->lsn == k->stop_at ? 77 : 0;
}

Test(history, the_log)
{
	struct seen all = { 0 }, of_unit = { .unit = 1 }, some = { .stop_at = 20 };
	struct err e = { 0 };
	uint64_t by_unit = 0;

	must(query_log(s->w.l, 1, 0, false, see, &all, &e), &e, "log");
	cr_assert_eq(all.count, naive_lsn(s->n));
	for (uint32_t u = 0; u <= s->unit_count; u++) {
		struct seen k = { .unit = u };

		must(query_log(s->w.l, 0, u, true, see, &k, &e), &e, "log");
		by_unit += k.count;
	}
	cr_assert_eq(by_unit, all.count, "each entry in one chain");
	must(query_log(s->w.l, 10, 1, true, see, &of_unit, &e), &e, "log");
	cr_assert_eq(query_log(s->w.l, 10, 0, false, see, &some, &e), 77);
	cr_assert_eq(some.count, 11);
}

/* The chains by their links are the log by its numbers. */
static uint64_t walked;

static int count_link(void *ctx, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	(void)env;
	(void)op;
	(void)e;
	cr_assert_eq(en->unit, *(uint32_t *)ctx);
	walked++;
	return 0;
}

Test(history, the_links)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };

	must(read_enter(s->w.l, &e), &e, "read");
	for (uint32_t u = 0; u <= s->unit_count; u++) {
		uint64_t head;

		must(unit_head_get(s->w.l, u, &head, &e), &e, "head");
		must(walk_unit(s->w.l, head, a, count_link, &u, &e), &e, "walk");
	}
	read_leave(s->w.l);
	cr_assert_eq(walked, naive_lsn(s->n));
	arena_free(a);
}
