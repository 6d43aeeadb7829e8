/* What kv.h promises of pairs, transactions and walks, asked of both implementations. */
#include <stdio.h>

#include "kv_world.h"

/* --- pairs --- */

CONTRACT(put_and_get)
{
	struct kv_txn *txn = begin(w, KV_WRITE);

	expect_in(txn, 0, "a", NULL);
	put(w, txn, 0, "a", "1");
	put(w, txn, 0, "b", "");
	put(w, txn, 1, "a", "other table");
	expect_in(txn, 0, "a", "1");
	commit(w, txn);
	expect(w, 0, "a", "1");
	expect(w, 0, "b", "");
	expect(w, 1, "a", "other table");
	expect(w, 1, "b", NULL);
	put_now(w, 0, "a", "a longer one");
	expect(w, 0, "a", "a longer one");
	put_now(w, 0, "a", "");
	world_reopen(w);
	expect(w, 0, "a", "");
}

CONTRACT(delete)
{
	struct kv_txn *txn = begin(w, KV_WRITE);

	put(w, txn, 0, "a", "1");
	put(w, txn, 0, "b", "2");
	cr_assert_eq(kv_del(txn, 0, SPAN_LIT("absent"), &w->e), 0);
	cr_assert_eq(kv_del(txn, 0, SPAN_LIT("a"), &w->e), 0);
	expect_in(txn, 0, "a", NULL);
	commit(w, txn);
	expect(w, 0, "a", NULL);
	expect(w, 0, "b", "2");
	put_now(w, 0, "a", "again");
	expect(w, 0, "a", "again");
}

CONTRACT(abort_leaves_nothing)
{
	struct kv_txn *txn = begin(w, KV_WRITE), *none = NULL;

	put(w, txn, 0, "a", "1");
	kv_abort(&txn);
	cr_assert_null(txn);
	kv_abort(&txn);
	kv_abort(&none);
	expect(w, 0, "a", NULL);
	put_now(w, 0, "b", "2");
	expect(w, 0, "b", "2");
}

CONTRACT(append)
{
	struct kv_txn *txn = begin(w, KV_WRITE);
	static const char *const refused[] = { "", "b", "bz",
					       "c" }; /* each in a transaction of its own */

	cr_assert_eq(kv_append(txn, 0, SPAN_LIT("b"), SPAN_LIT("1"), &w->e), 0, "%s", w->e.msg);
	cr_assert_eq(kv_append(txn, 0, SPAN_LIT("c"), SPAN_LIT("2"), &w->e), 0, "%s", w->e.msg);
	commit(w, txn);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		txn = begin(w, KV_WRITE);
		cr_assert_eq(kv_append(txn, 0, span_str(refused[i]), SPAN_LIT("x"), &w->e),
			     -ERR_INVALID, "%s", refused[i]);
		cr_assert_eq(kv_commit(&txn, &w->e), -ERR_INVALID);
	}
	expect(w, 0, "c", "2");
	txn = begin(w, KV_WRITE);
	cr_assert_eq(kv_del(txn, 0, SPAN_LIT("c"), &w->e), 0);
	cr_assert_eq(kv_append(txn, 0, SPAN_LIT("bz"), SPAN_LIT("3"), &w->e), 0, "%s", w->e.msg);
	commit(w, txn);
	expect(w, 0, "bz", "3");
}

static uint8_t big[KV_VALUE_MAX + 1];

static const struct bound {
	const char *label;
	uint8_t table;
	size_t key_len, value_len;
	int want;
} bounds[] = {
	{ "least key", 0, 1, 1, 0 },
	{ "greatest key", 0, KV_KEY_MAX, 1, 0 },
	{ "greatest value", 0, 1, KV_VALUE_MAX, 0 },
	{ "last table", TABLES - 1, 1, 1, 0 },
	{ "no key", 0, 0, 1, -ERR_INVALID },
	{ "long key", 0, KV_KEY_MAX + 1, 1, -ERR_INVALID },
	{ "long value", 0, 1, KV_VALUE_MAX + 1, -ERR_INVALID },
	{ "no such table", TABLES, 1, 1, -ERR_INVALID },
	{ "no such table, far", 255, 1, 1, -ERR_INVALID },
};

CONTRACT(bounds_of_writes)
{
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		const struct bound *b = &bounds[i];
		struct span key = span_of(big, b->key_len), value = span_of(big, b->value_len), got;
		struct kv_txn *txn = begin(w, KV_WRITE);

		cr_assert_eq(kv_put(txn, b->table, key, value, &w->e), b->want, "%s", b->label);
		cr_assert_eq(kv_commit(&txn, &w->e), b->want, "%s", b->label);
		txn = begin(w, KV_WRITE);
		if (!b->want) {
			cr_assert_eq(kv_get(txn, b->table, key, &got, &w->e), 0, "%s", b->label);
			cr_assert(span_eq(got, value), "%s", b->label);
			cr_assert_eq(kv_del(txn, b->table, key, &w->e), 0, "%s", b->label);
		} else if (b->value_len == 1) {
			cr_assert_eq(kv_del(txn, b->table, key, &w->e), b->want, "%s", b->label);
		}
		cr_assert_eq(kv_commit(&txn, NULL), b->value_len == 1 ? b->want : 0, "%s",
			     b->label);
	}
}

CONTRACT(bounds_of_reads)
{
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		const struct bound *b = &bounds[i];
		struct kv_txn *txn = begin(w, KV_READ);
		struct kv_cursor *c;
		struct span got;

		if (b->value_len == 1)
			cr_assert_eq(kv_get(txn, b->table, span_of(big, b->key_len), &got, &w->e),
				     b->want ? b->want : -ERR_NOTFOUND, "%s", b->label);
		kv_abort(&txn);
		txn = begin(w, KV_READ);
		if (b->table >= TABLES || b->key_len > KV_KEY_MAX) {
			cr_assert_eq(kv_walk(&c, txn, b->table, span_of(big, b->key_len),
					     (struct span){ 0 }, false, &w->e),
				     -ERR_INVALID, "%s", b->label);
			cr_assert_null(c);
		}
		kv_abort(&txn);
	}
}

CONTRACT(no_write_in_a_read_transaction)
{
	for (int i = 0; i < 3; i++) {
		struct kv_txn *txn = begin(w, KV_READ);
		struct span a = SPAN_LIT("a");
		int rc = i == 0   ? kv_put(txn, 0, a, a, &w->e)
			 : i == 1 ? kv_append(txn, 0, a, a, &w->e)
				  : kv_del(txn, 0, a, &w->e);

		cr_assert_eq(rc, -ERR_INVALID);
		cr_assert_eq(kv_commit(&txn, &w->e), -ERR_INVALID);
	}
	expect(w, 0, "a", NULL);
}

/* --- transactions --- */

CONTRACT(first_failure_is_remembered)
{
	struct kv_txn *txn = begin(w, KV_WRITE);
	struct span key, value, a = SPAN_LIT("a");
	struct kv_cursor *c, *c2;
	struct err later = { 0 };

	put(w, txn, 0, "a", "1");
	cr_assert_eq(kv_walk(&c, txn, 0, (struct span){ 0 }, (struct span){ 0 }, false, &w->e), 0);
	cr_assert_eq(kv_put(txn, TABLES, a, a, &w->e), -ERR_INVALID);
	/* What fails later, for another reason, changes nothing. */
	kv_fail_at(w->kv, 1, ERR_IO, false);
	cr_assert_eq(kv_put(txn, 0, a, a, &later), -ERR_INVALID);
	cr_assert_str_eq(later.msg, w->e.msg);
	kv_fail_at(w->kv, 0, ERR_NONE, false);
	cr_assert_eq(kv_append(txn, 0, SPAN_LIT("z"), a, &later), -ERR_INVALID);
	cr_assert_eq(kv_del(txn, 0, a, &later), -ERR_INVALID);
	cr_assert_eq(kv_get(txn, 0, a, &value, &later), -ERR_INVALID);
	cr_assert_eq(kv_next(c, &key, &value, &later), -ERR_INVALID);
	cr_assert_eq(kv_walk(&c2, txn, 0, a, a, false, &later), -ERR_INVALID);
	cr_assert_null(c2);
	kv_walk_end(c);
	later = (struct err){ 0 };
	cr_assert_eq(kv_commit(&txn, &later), -ERR_INVALID);
	cr_assert_str_eq(later.msg, w->e.msg);
	cr_assert_null(txn);
	expect(w, 0, "a", NULL);
	put_now(w, 0, "a", "2");
	expect(w, 0, "a", "2");
}

CONTRACT(notfound_is_not_remembered)
{
	struct kv_txn *txn = begin(w, KV_WRITE);

	expect_in(txn, 0, "absent", NULL);
	put(w, txn, 0, "a", "1");
	commit(w, txn);
	expect(w, 0, "a", "1");
}

CONTRACT(a_reader_keeps_its_moment)
{
	struct kv_txn *old, *txn;

	put_now(w, 0, "a", "1");
	put_now(w, 0, "b", "1");
	old = begin(w, KV_READ);
	txn = begin(w, KV_WRITE);
	put(w, txn, 0, "a", "2");
	cr_assert_eq(kv_del(txn, 0, SPAN_LIT("b"), &w->e), 0);
	expect_in(old, 0, "a", "1");
	expect(w, 0, "a", "1");
	commit(w, txn);
	for (int i = 0; i < 100; i++) { /* enough for old pages to be wanted again */
		char value[8];

		snprintf(value, sizeof(value), "%d", i);
		put_now(w, 0, "a", value);
	}
	expect_in(old, 0, "a", "1");
	expect_in(old, 0, "b", "1");
	expect(w, 0, "a", "99");
	expect(w, 0, "b", NULL);
	commit(w, old);
}

CONTRACT(only_what_was_committed_survives)
{
	struct kv_txn *txn;

	put_now(w, 0, "a", "1");
	txn = begin(w, KV_WRITE);
	put(w, txn, 0, "a", "2");
	if (w->kind == MEM) { /* with the transaction still open */
		struct kv *open = w->kv;

		cr_assert_eq(kv_mem_clone(&w->kv, open, &w->e), 0);
		expect(w, 0, "a", "1");
		kv_close(w->kv);
		w->kv = open;
	}
	kv_abort(&txn);
	world_reopen(w);
	expect(w, 0, "a", "1");
}

CONTRACT(work_is_counted)
{
	struct kv_txn *txn = begin(w, KV_WRITE);
	struct kv_work work;

	put(w, txn, 0, "key", "value");
	cr_assert_eq(kv_append(txn, 1, SPAN_LIT("k"), (struct span){ 0 }, &w->e), 0);
	cr_assert_eq(kv_del(txn, 0, SPAN_LIT("key"), &w->e), 0);
	cr_assert_eq(kv_put(txn, TABLES, SPAN_LIT("k"), SPAN_LIT("v"), &w->e), -ERR_INVALID);
	work = kv_txn_work(txn);
	cr_assert_eq(work.puts, 2);
	cr_assert_eq(work.bytes, 9);
	kv_abort(&txn);
}

/* --- walks --- */

#define FF "\xff"
static const char *const walk_keys[] = { "a",        "aa", "ab", "b",      "ba" FF,
					 "ba" FF FF, "bb", FF,   FF FF "x" };

static const struct walk_case {
	const char *prefix, *from;
	bool down;
	const char *want; /* keys, each followed by a blank */
} walks[] = {
	{ "", "", false, "a aa ab b ba" FF " ba" FF FF " bb " FF " " FF FF "x " },
	{ "", "", true, FF FF "x " FF " bb ba" FF FF " ba" FF " b ab aa a " },
	{ "a", "", false, "a aa ab " },
	{ "a", "", true, "ab aa a " },
	{ "b", "", true, "bb ba" FF FF " ba" FF " b " },
	{ "ba", "", true, "ba" FF FF " ba" FF " " },
	{ "ba" FF, "", true, "ba" FF FF " ba" FF " " },
	{ FF, "", false, FF " " FF FF "x " },
	{ FF, "", true, FF FF "x " FF " " },
	{ FF FF, "", true, FF FF "x " },
	{ "", "aa", false, "aa ab b ba" FF " ba" FF FF " bb " FF " " FF FF "x " },
	{ "", "ac", false, "b ba" FF " ba" FF FF " bb " FF " " FF FF "x " },
	{ "", "ac", true, "ab aa a " },
	{ "", "ab", true, "ab aa a " },
	{ "a", "aab", false, "ab " },
	{ "a", "aab", true, "aa a " },
	{ "a", "azz", false, "" },
	{ "a", "azz", true, "ab aa a " },
	{ "bb", "bb", true, "bb " },
	{ "", FF FF FF, false, "" },
	{ "", FF FF FF, true, FF FF "x " FF " bb ba" FF FF " ba" FF " b ab aa a " },
	{ "", "\1", true, "" },
	{ "c", "", false, "" },
	{ "c", "", true, "" },
	{ "A", "", true, "" },
	{ "bb", "", true, "bb " },
};

static void walk_text(char *out, struct kv_txn *txn, uint8_t table, const struct walk_case *wc)
{
	struct span key, value;
	struct kv_cursor *c;
	struct err e = { 0 };
	int rc;

	cr_assert_eq(
		kv_walk(&c, txn, table, span_str(wc->prefix), span_str(wc->from), wc->down, &e), 0,
		"%s", e.msg);
	while ((rc = kv_next(c, &key, &value, &e)) == 1) {
		cr_assert(span_eq(key, value));
		memcpy(out, key.data, key.len);
		out += key.len;
		*out++ = ' ';
	}
	*out = '\0';
	cr_assert_eq(rc, 0, "%s", e.msg);
	cr_assert_eq(key.len, 0);
	cr_assert_eq(kv_next(c, &key, &value, &e), 0); /* the end stays the end */
	kv_walk_end(c);
}

CONTRACT(walk)
{
	struct kv_txn *txn = begin(w, KV_WRITE);
	char got[256];

	for (size_t i = 0; i < ARRAY_LEN(walk_keys); i++) /* in an order that is not theirs */
		put(w, txn, 1, walk_keys[(i * 4) % ARRAY_LEN(walk_keys)],
		    walk_keys[(i * 4) % ARRAY_LEN(walk_keys)]);
	for (int pass = 0; pass < 2; pass++) { /* own writes, then committed ones */
		for (size_t i = 0; i < ARRAY_LEN(walks); i++) {
			walk_text(got, txn, 1, &walks[i]);
			cr_assert_str_eq(got, walks[i].want, "walk %zu: %s", i, got);
		}
		walk_text(got, txn, 0, &walks[0]); /* an empty table */
		cr_assert_str_eq(got, "");
		commit(w, txn);
		txn = begin(w, KV_READ);
	}
	kv_abort(&txn);
}

CONTRACT(walk_from_outside_is_refused)
{
	struct kv_txn *txn = begin(w, KV_READ);
	struct kv_cursor *c;

	cr_assert_eq(kv_walk(&c, txn, 0, SPAN_LIT("ab"), SPAN_LIT("a"), false, &w->e),
		     -ERR_INVALID);
	cr_assert_null(c);
	kv_walk_end(c);
	kv_abort(&txn);
}

CONTRACT(writing_beside_a_walk)
{
	struct kv_txn *txn = begin(w, KV_WRITE);
	struct span key, value, none = { 0 };
	struct kv_cursor *c;
	char name[16], copy[16];
	int seen = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%04d", i);
		put(w, txn, 0, name, name);
	}
	cr_assert_eq(kv_walk(&c, txn, 0, none, none, false, &w->e), 0);
	while (kv_next(c, &key, &value, &w->e) == 1) {
		snprintf(name, sizeof(name), "%04d", seen++);
		cr_assert(span_eq(key, span_str(name)) && span_eq(value, key));
		memcpy(copy, name, sizeof(copy));
		put(w, txn, 1, copy, "beside");
	}
	kv_walk_end(c);
	cr_assert_eq(seen, 1000);
	commit(w, txn);
	expect(w, 1, "0999", "beside");
}
