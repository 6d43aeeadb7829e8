/* What only the store in memory has. */
#include "kv_world.h"

Test(kv_mem, limit)
{
	struct world w;
	struct kv_txn *txn;

	world_open(&w, MEM);
	put_now(&w, 0, "a", "12345");
	kv_mem_limit(w.kv, 10);
	put_now(&w, 0, "b", "123"); /* 10 */
	txn = begin(&w, KV_WRITE);
	put(&w, txn, 0, "b", "12");
	put(&w, txn, 0, "c", "");
	cr_assert_eq(kv_put(txn, 0, SPAN_LIT("d"), (struct span){ 0 }, &w.e), -ERR_FULL);
	cr_assert_eq(kv_commit(&txn, &w.e), -ERR_FULL);
	expect(&w, 0, "b", "123");
	txn = begin(&w, KV_WRITE);
	cr_assert_eq(kv_del(txn, 0, SPAN_LIT("a"), &w.e), 0);
	put(&w, txn, 0, "d", "12345");
	commit(&w, txn);
	world_reopen(&w); /* without the limit */
	put_now(&w, 0, "e", "123456789");
	world_close(&w);
}

Test(kv_mem, clones_go_their_own_ways)
{
	struct world w, other;

	world_open(&w, MEM);
	put_now(&w, 0, "a", "1");
	kv_fail_at(w.kv, 1, ERR_IO, false);
	other = w;
	cr_assert_eq(kv_mem_clone(&other.kv, w.kv, &w.e), 0);
	kv_fail_at(w.kv, 0, ERR_NONE, false);
	put_now(&other, 0, "a", "2");
	put_now(&w, 0, "b", "3");
	expect(&w, 0, "a", "1");
	expect(&other, 0, "b", NULL);
	kv_close(w.kv);
	expect(&other, 0, "a", "2");
	kv_close(other.kv);
}

Test(kv_mem, a_large_one)
{
	struct kv_health h;
	struct kv_txn *txn;
	struct world w;
	uint64_t digest;

	world_open(&w, MEM);
	txn = begin(&w, KV_WRITE);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t mixed = i * UINT32_C(2654435761);

		cr_assert_eq(kv_put(txn, 0, span_of(&mixed, 4), span_of(&i, 4), &w.e), 0);
		cr_assert_eq(
			kv_append(txn, 1,
				  span_of((uint8_t[]){ i >> 16 & 255, i >> 8 & 255, i & 255 }, 3),
				  (struct span){ 0 }, &w.e),
			0);
	}
	commit(&w, txn);
	for (int i = 0; i < 100; i++)
		world_reopen(&w);
	cr_assert_eq(kv_health(w.kv, &h, &w.e), 0);
	cr_assert_eq(h.used_bytes, 1100000);
	txn = begin(&w, KV_READ);
	cr_assert_eq(walk_digest(txn, 0, (struct span){ 0 }, (struct span){ 0 }, true, &digest),
		     100000);
	kv_abort(&txn);
	world_close(&w);
}

Test(kv_mem, has_no_files)
{
	struct world w;

	world_open(&w, MEM);
	cr_assert_eq(kv_copy(w.kv, "/tmp", &w.e), -ERR_UNSUPPORTED);
	world_close(&w);
	cr_assert_eq(kv_mem_open(&w.kv, 0, &w.e), -ERR_INVALID);
	cr_assert_eq(kv_mem_open(&w.kv, KV_TABLES_MAX + 1, &w.e), -ERR_INVALID);
	cr_assert_null(w.kv);
	kv_close(NULL);
}
