#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kv_world.h"

int open_dir(struct kv **out, const char *dir, bool read_only, struct err *e)
{
	struct kv_open how = { dir, MAP_BYTES, TABLES, read_only };

	return kv_lmdb_open(out, &how, e);
}

void world_open(struct world *w, enum kind kind)
{
	*w = (struct world){ .kind = kind };
	if (kind == MEM) {
		cr_assert_eq(kv_mem_open(&w->kv, TABLES, &w->e), 0, "%s", w->e.msg);
		return;
	}
	strcpy(w->dir, "/tmp/ketnap-kv-XXXXXX");
	cr_assert(mkdtemp(w->dir));
	cr_assert_eq(open_dir(&w->kv, w->dir, false, &w->e), 0, "%s", w->e.msg);
}

void remove_store(const char *dir)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	unlink(path);
	rmdir(dir);
}

void world_close(struct world *w)
{
	kv_close(w->kv);
	if (w->kind == LMDB)
		remove_store(w->dir);
}

void world_reopen(struct world *w)
{
	struct kv *old = w->kv;
	int rc;

	if (w->kind == MEM) {
		rc = kv_mem_clone(&w->kv, old, &w->e);
		kv_close(old);
	} else {
		kv_close(old);
		rc = open_dir(&w->kv, w->dir, false, &w->e);
	}
	cr_assert_eq(rc, 0, "%s", w->e.msg);
}

struct criterion_test_params both(void)
{
	static int kinds[] = { LMDB, MEM };

	return cr_make_param_array(int, kinds, ARRAY_LEN(kinds));
}

struct kv_txn *begin(struct world *w, enum kv_mode mode)
{
	struct kv_txn *txn;

	cr_assert_eq(kv_begin(&txn, w->kv, mode, &w->e), 0, "%s", w->e.msg);
	return txn;
}

void commit(struct world *w, struct kv_txn *txn)
{
	cr_assert_eq(kv_commit(&txn, &w->e), 0, "%s", w->e.msg);
	cr_assert_null(txn);
}

void put(struct world *w, struct kv_txn *txn, uint8_t table, const char *key, const char *value)
{
	cr_assert_eq(kv_put(txn, table, span_str(key), span_str(value), &w->e), 0, "%s", w->e.msg);
}

void put_now(struct world *w, uint8_t table, const char *key, const char *value)
{
	struct kv_txn *txn = begin(w, KV_WRITE);

	put(w, txn, table, key, value);
	commit(w, txn);
}

void expect_in(struct kv_txn *txn, uint8_t table, const char *key, const char *want)
{
	struct err e = { 0 };
	struct span got = SPAN_LIT("untouched");
	int rc = kv_get(txn, table, span_str(key), &got, &e);

	if (!want) {
		cr_assert_eq(rc, -ERR_NOTFOUND, "%s: %d", key, rc);
		cr_assert_eq(e.code, ERR_NOTFOUND);
		cr_assert_eq(got.len, 0);
		return;
	}
	cr_assert_eq(rc, 0, "%s: %s", key, e.msg);
	cr_assert(span_eq(got, span_str(want)), "%s: %.*s", key, (int)got.len,
		  (const char *)got.data);
}

void expect(struct world *w, uint8_t table, const char *key, const char *want)
{
	struct kv_txn *txn = begin(w, KV_READ);

	expect_in(txn, table, key, want);
	kv_abort(&txn);
}

int walk_digest(struct kv_txn *txn, uint8_t table, struct span prefix, struct span from, bool down,
		uint64_t *digest)
{
	struct span key, value;
	struct kv_cursor *c;
	int rc = kv_walk(&c, txn, table, prefix, from, down, NULL), count = 0;

	*digest = 1;
	if (rc)
		return rc;
	while ((rc = kv_next(c, &key, &value, NULL)) == 1) {
		count++;
		for (size_t i = 0; i < key.len; i++)
			*digest = *digest * 31 + key.data[i];
		for (size_t i = 0; i < value.len; i++)
			*digest = *digest * 37 + value.data[i];
	}
	kv_walk_end(c);
	return rc ? rc : count;
}
