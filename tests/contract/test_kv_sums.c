/* Rows with a checksum behind them, in both kinds of store: what a flipped bit becomes, stores of before, rewriting. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kv/rewrite.h"
#include "kv/sums.h"

enum { TABLES = 3, MARKED = 1, ROWS = 40 };
static const char mark[] = "checked";
static struct err e;

static struct span key_of(char text[8], unsigned i)
{
	snprintf(text, 8, "%05u", i);
	return span_str(text);
}

static void put(struct kv *kv, uint8_t table, struct span key, struct span value)
{
	struct kv_txn *txn;

	cr_assert_eq(kv_begin(&txn, kv, KV_WRITE, &e), 0);
	cr_assert_eq(kv_put(txn, table, key, value, &e), 0, "%s", e.msg);
	cr_assert_eq(kv_commit(&txn, &e), 0, "%s", e.msg);
}

static int get(struct kv *kv, uint8_t table, struct span key, char out[64])
{
	struct kv_txn *txn;
	struct span value;
	int rc;

	cr_assert_eq(kv_begin(&txn, kv, KV_READ, &e), 0);
	rc = kv_get(txn, table, key, &value, &e);
	if (!rc)
		snprintf(out, 64, "%.*s", (int)value.len, (const char *)value.data);
	kv_abort(&txn);
	return rc;
}

/* How many rows a walk finds; negative: its error. */
static int walk(struct kv *kv, uint8_t table, bool down)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c;
	struct kv_txn *txn;
	int n = 0, rc;

	cr_assert_eq(kv_begin(&txn, kv, KV_READ, &e), 0);
	cr_assert_eq(kv_walk(&c, txn, table, none, none, down, &e), 0);
	while ((rc = kv_next(c, &key, &value, &e)) == 1)
		n++;
	kv_walk_end(c);
	kv_abort(&txn);
	return rc < 0 ? rc : n;
}

static void fill(struct kv *kv)
{
	char key[8], value[64];

	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(value, sizeof(value), "the value of %u", i);
		put(kv, (uint8_t)(i % TABLES), key_of(key, i), span_str(value));
	}
	put(kv, MARKED, span_str("a"), span_str(""));
	put(kv, MARKED, span_str("z"), span_str("behind the mark"));
}

static void all_there(struct kv *kv)
{
	char key[8], value[64], want[64];

	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(want, sizeof(want), "the value of %u", i);
		cr_assert_eq(get(kv, (uint8_t)(i % TABLES), key_of(key, i), value), 0, "%s", e.msg);
		cr_assert_str_eq(value, want);
	}
	cr_assert_eq(get(kv, MARKED, span_str("a"), value), 0, "%s", e.msg);
	cr_assert_str_eq(value, "");
	cr_assert_eq(walk(kv, MARKED, false), 13 + 2);
	cr_assert_eq(walk(kv, MARKED, true), 13 + 2);
}

static struct kv *in_memory(void)
{
	struct kv *kv;

	cr_assert_eq(kv_mem_open(&kv, TABLES, &e), 0);
	return kv;
}

Test(kv_sums, nobody_sees_them)
{
	struct kv *kv = in_memory();

	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	fill(kv);
	all_there(kv);
	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "again: %s", e.msg);
	all_there(kv);
	kv_close(kv);
}

Test(kv_sums, a_store_of_before_gets_them_once)
{
	struct kv *kv = in_memory(), *other;

	fill(kv);
	all_there(kv);
	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	all_there(kv);
	cr_assert_eq(kv_mem_clone(&other, kv, &e), 0);
	cr_assert_eq(walk(other, MARKED, false), 13 + 3, "the mark, to whom does not ask");
	cr_assert_eq(kv_sums(other, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	all_there(other);
	kv_close(other);
	kv_close(kv);
}

/* Every bit of one row, and the row under the key or in the table of another. */
Test(kv_sums, what_was_changed_is_refused)
{
	struct kv *kv = in_memory(), *raw;
	uint8_t bytes[64];
	struct kv_txn *txn;
	struct span value;
	char key[8], text[64];
	size_t len;

	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	fill(kv);
	cr_assert_eq(kv_mem_clone(&raw, kv, &e), 0);
	cr_assert_eq(kv_begin(&txn, raw, KV_READ, &e), 0);
	cr_assert_eq(kv_get(txn, 2, key_of(key, 2), &value, &e), 0);
	len = value.len;
	cr_assert_eq(len, strlen("the value of 2") + KV_SUMS_BYTES);
	memcpy(bytes, value.data, len);
	kv_abort(&txn);
	kv_close(raw);
	for (size_t bit = 0; bit <= 8 * len; bit++) {
		bytes[bit / 8 % len] ^= (uint8_t)(bit == 8 * len ? 0 : 1u << bit % 8);
		cr_assert_eq(kv_mem_clone(&raw, kv, &e), 0);
		put(raw, 2, key_of(key, 2), span_of(bytes, len));
		cr_assert_eq(kv_sums(raw, MARKED, span_str(mark), &e), 0, "%s", e.msg);
		cr_assert_eq(get(raw, 2, key_of(key, 2), text), bit == 8 * len ? 0 : -ERR_CORRUPT,
			     "bit %zu", bit);
		cr_assert_eq(walk(raw, 2, false), bit == 8 * len ? 13 : -ERR_CORRUPT);
		kv_close(raw);
		bytes[bit / 8 % len] ^= (uint8_t)(bit == 8 * len ? 0 : 1u << bit % 8);
	}
	cr_assert_eq(kv_mem_clone(&raw, kv, &e), 0);
	put(raw, 2, key_of(key, 5), span_of(bytes, len));
	put(raw, 0, key_of(key, 2), span_of(bytes, len));
	cr_assert_eq(kv_sums(raw, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	cr_assert_eq(get(raw, 2, key_of(key, 5), text), -ERR_CORRUPT, "under another key");
	cr_assert_eq(get(raw, 0, key_of(key, 2), text), -ERR_CORRUPT, "in another table");
	kv_close(raw);
	kv_close(kv);
}

/* Without the mark, what does not fit would be taken for a row of before; and where that went, more may have gone. */
Test(kv_sums, a_lost_mark_is_damage)
{
	struct kv *kv = in_memory(), *raw;
	struct kv_txn *txn;

	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	fill(kv);
	cr_assert_eq(kv_mem_clone(&raw, kv, &e), 0);
	cr_assert_eq(kv_begin(&txn, raw, KV_WRITE, &e), 0);
	cr_assert_eq(kv_del(txn, MARKED, span_str(mark), &e), 0);
	cr_assert_eq(kv_commit(&txn, &e), 0);
	cr_assert_eq(kv_sums(raw, MARKED, span_str(mark), &e), -ERR_CORRUPT);
	kv_close(raw);
	kv_close(kv);
}

Test(kv_sums, too_long_a_value)
{
	static uint8_t bytes[KV_SUMS_VALUE_MAX + 1];
	struct kv *kv = in_memory();
	struct kv_txn *txn;

	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	put(kv, 0, span_str("k"), span_of(bytes, KV_SUMS_VALUE_MAX));
	cr_assert_eq(kv_begin(&txn, kv, KV_WRITE, &e), 0);
	cr_assert_eq(kv_put(txn, 0, span_str("k"), span_of(bytes, sizeof(bytes)), &e),
		     -ERR_INVALID);
	kv_abort(&txn);
	kv_close(kv);
}

/* On a disk, through a rewrite, and read by somebody who may not write. */
Test(kv_sums, rewritten_and_read_only)
{
	char dir[] = "/tmp/ketnap-sums.XXXXXX", command[64];
	struct kv_open how = { .dir = dir, .map_bytes = 16 << 20, .tables = TABLES };
	struct kv *kv;

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
	fill(kv);
	kv_close(kv);
	how.read_only = true;
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	all_there(kv); /* as it is */
	kv_close(kv);
	how.read_only = false;
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	cr_assert_eq(kv_rewrite(&kv, &how, &e), 0, "%s", e.msg);
	all_there(kv);
	put(kv, 2, span_str("more"), span_str("more"));
	kv_close(kv);
	how.read_only = true;
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
	cr_assert_eq(kv_sums(kv, MARKED, span_str(mark), &e), 0, "%s", e.msg);
	all_there(kv);
	cr_assert_eq(walk(kv, 2, false), 13 + 1);
	kv_close(kv);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}
