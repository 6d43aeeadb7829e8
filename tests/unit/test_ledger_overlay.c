/* What a batch has written so far. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "build.h"
#include "overlay.h"

static struct overlay *o;
static struct err e;

static void setup(void)
{
	must(overlay_new(&o, 8 << 20, &e), &e, "overlay");
}

static void teardown(void)
{
	overlay_free(o);
}

TestSuite(ledger_overlay, .init = setup, .fini = teardown);

static void put(uint8_t table, const char *key, const char *value)
{
	struct span none = { NULL, 0 };

	must(overlay_put(o, table, span_str(key), value ? span_str(value) : none, &e), &e, "put");
}

static void expect(uint8_t table, const char *key, int found, const char *want)
{
	struct span value;

	cr_assert_eq(overlay_get(o, table, span_str(key), &value), found, "%s", key);
	if (!want)
		cr_assert_null(value.data);
	else
		cr_assert(span_eq(value, span_str(want)), "%s", key);
}

Test(ledger_overlay, the_last_value_counts)
{
	expect(1, "a", 0, NULL);
	put(1, "a", "one");
	put(2, "a", "other");
	expect(1, "a", 1, "one");
	put(1, "a", "a value much longer than the one before it was");
	expect(1, "a", 1, "a value much longer than the one before it was");
	put(1, "a", "");
	expect(1, "a", 1, "");
	put(1, "a", NULL);
	expect(1, "a", 1, NULL);
	put(1, "a", "back");
	expect(1, "a", 1, "back");
	expect(2, "a", 1, "other");
	cr_assert_eq(overlay_count(o), 2);
	overlay_clear(o);
	expect(1, "a", 0, NULL);
	cr_assert_eq(overlay_count(o), 0);
}

Test(ledger_overlay, many_rows_and_growth)
{
	enum { ROWS = 5000 };
	char key[16], value[16];

	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < ROWS; i++) {
			snprintf(key, sizeof(key), "%d", i * 7919 % ROWS);
			snprintf(value, sizeof(value), "v%d", i * 7919 % ROWS + pass);
			put((uint8_t)(i % 3), key, value);
		}
		for (int i = 0; i < ROWS; i++) {
			snprintf(key, sizeof(key), "%d", i * 7919 % ROWS);
			snprintf(value, sizeof(value), "v%d", i * 7919 % ROWS + pass);
			expect((uint8_t)(i % 3), key, 1, value);
		}
	}
	cr_assert_eq(overlay_count(o), ROWS);
}

Test(ledger_overlay, poured_out_in_order_once)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c;
	struct kv_txn *txn;
	struct kv *kv;
	char before[8] = "";

	must(kv_mem_open(&kv, 4, &e), &e, "kv");
	must(kv_begin(&txn, kv, KV_WRITE, &e), &e, "begin");
	must(kv_put(txn, 2, SPAN_LIT("gone"), SPAN_LIT("x"), &e), &e, "put");
	must(kv_commit(&txn, &e), &e, "commit");
	for (int i = 0; i < 300; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%03d", i * 7 % 100);
		put(1, text, text); /* appended: must come ascending, each once */
	}
	put(2, "gone", NULL);
	put(2, "never", NULL);
	must(kv_begin(&txn, kv, KV_WRITE, &e), &e, "begin");
	must(overlay_pour(o, txn, 1, &e), &e, "pour");
	cr_assert_eq(kv_txn_work(txn).puts, 100);
	must(kv_commit(&txn, &e), &e, "commit");
	must(kv_begin(&txn, kv, KV_READ, &e), &e, "begin");
	must(kv_walk(&c, txn, 1, none, none, false, &e), &e, "walk");
	while (must(kv_next(c, &key, &value, &e), &e, "next")) {
		cr_assert_gt(span_cmp(key, span_str(before)), 0);
		cr_assert_lt(key.len, sizeof(before));
		memcpy(before, key.data, key.len);
	}
	kv_walk_end(c);
	cr_assert_eq(kv_get(txn, 2, SPAN_LIT("gone"), &value, &e), -ERR_NOTFOUND);
	kv_abort(&txn);
	kv_close(kv);
}

Test(ledger_overlay, a_budget_is_a_budget)
{
	static uint8_t big[1 << 20];
	char key[16];
	int rc = 0;

	for (int i = 0; i < 16 && !rc; i++) {
		snprintf(key, sizeof(key), "%d", i);
		rc = overlay_put(o, 0, span_str(key), span_of(big, sizeof(big)), &e);
	}
	cr_assert_eq(rc, -ERR_NOMEM);
	overlay_clear(o);
	put(0, "a", "again");
	expect(0, "a", 1, "again");
}
