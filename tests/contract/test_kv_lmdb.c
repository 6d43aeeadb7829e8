/* What only the store in files has. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv_world.h"

Test(kv_lmdb, a_process_opens_it_once)
{
	char link[80];
	struct world w;
	struct kv *second;

	world_open(&w, LMDB);
	snprintf(link, sizeof(link), "%s-link", w.dir);
	cr_assert_eq(symlink(w.dir, link), 0);
	cr_assert_eq(open_dir(&second, w.dir, false, &w.e), -ERR_BUSY);
	cr_assert_null(second);
	cr_assert_eq(open_dir(&second, w.dir, true, &w.e), -ERR_BUSY);
	cr_assert_eq(open_dir(&second, link, false, &w.e), -ERR_BUSY);
	put_now(&w, 0, "a", "1"); /* the refused ones did no harm */
	kv_close(w.kv);
	cr_assert_eq(open_dir(&w.kv, link, false, &w.e), 0, "%s", w.e.msg);
	expect(&w, 0, "a", "1");
	unlink(link);
	world_close(&w);
}

static uint8_t big[1 << 16];

static void write_file(const char *dir, const char *name, const void *bytes, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	cr_assert(f && fwrite(bytes, 1, len, f) == len && !fclose(f));
}

Test(kv_lmdb, what_cannot_be_opened)
{
	static const struct kv_open bad[] = {
		{ "/tmp", MAP_BYTES, 0, false },
		{ "/tmp", MAP_BYTES, KV_TABLES_MAX + 1, false },
		{ "/tmp", 0, 1, false },
	};
	char dir[] = "/tmp/ketnap-kv-XXXXXX", path[64];
	struct err e = { 0 };
	struct kv *kv;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(kv_lmdb_open(&kv, &bad[i], &e), -ERR_INVALID);
	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/absent", dir);
	cr_assert_eq(open_dir(&kv, path, false, &e), -ERR_IO);
	cr_assert_eq(open_dir(&kv, dir, true, &e), -ERR_IO); /* nothing there to read */
	write_file(dir, "data.mdb", big, 100);
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	cr_assert_eq(open_dir(&kv, path, false, &e), -ERR_IO); /* not a folder */
	cr_assert_eq(open_dir(&kv, dir, false, &e), -ERR_CORRUPT, "%s", e.msg);
	cr_assert_null(kv);
	memset(big, 0x5a, sizeof(big));
	write_file(dir, "data.mdb", big, sizeof(big));
	cr_assert_eq(open_dir(&kv, dir, false, &e), -ERR_CORRUPT, "%s", e.msg);
	cr_assert_eq(open_dir(&kv, dir, false, &e), -ERR_CORRUPT, "%s",
		     e.msg); /* nothing left claimed */
	remove_store(dir);
}

Test(kv_lmdb, files_are_private)
{
	static const char *const names[] = { "data.mdb", "lock.mdb" };
	struct world w;
	struct stat st;
	char path[128];

	umask(0);
	world_open(&w, LMDB);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", w.dir, names[i]);
		cr_assert_eq(stat(path, &st), 0);
		cr_assert_eq(st.st_mode & 0777, 0600);
	}
	world_close(&w);
}

/* Runs in a process of its own, which holds no environment; the answer is its exit status. */
static int in_child(int (*act)(const char *dir), const char *dir)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(act(dir));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int read_beside(const char *dir)
{
	struct kv_txn *txn;
	struct kv *kv;
	struct span value;
	bool right;

	if (open_dir(&kv, dir, true, NULL) || kv_begin(&txn, kv, KV_WRITE, NULL) != -ERR_DENIED ||
	    kv_begin(&txn, kv, KV_READ, NULL))
		return 1;
	right = !kv_get(txn, 0, SPAN_LIT("a"), &value, NULL) && span_eq(value, SPAN_LIT("1")) &&
		kv_get(txn, 1, SPAN_LIT("a"), &value, NULL) == -ERR_NOTFOUND;
	kv_abort(&txn);
	kv_close(kv);
	return right ? 0 : 2;
}

static int die_reading(const char *dir)
{
	struct kv_txn *txn;
	struct kv *kv;

	return open_dir(&kv, dir, true, NULL) || kv_begin(&txn, kv, KV_READ, NULL) ? 1 : 0;
}

/* The child is forked before the environment is opened: it may not use or drop what its parent
 * opened. */
static void child_then_open(struct world *w, int (*act)(const char *dir), int want)
{
	int ready[2], go[2];
	char byte = 0;
	int status;
	pid_t pid;

	cr_assert(!pipe(ready) && !pipe(go));
	strcpy(w->dir, "/tmp/ketnap-kv-XXXXXX");
	cr_assert(mkdtemp(w->dir));
	pid = fork();
	if (!pid) {
		if (read(go[0], &byte, 1) != 1)
			_exit(99);
		_exit(act(w->dir));
	}
	cr_assert_eq(open_dir(&w->kv, w->dir, false, &w->e), 0, "%s", w->e.msg);
	put_now(w, 0, "a", "1");
	cr_assert_eq(write(go[1], &byte, 1), 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == want, "status %d", status);
}

Test(kv_lmdb, reading_beside_the_writer)
{
	struct world w = { .kind = LMDB };

	child_then_open(&w, read_beside, 0);
	put_now(&w, 0, "a", "2");
	world_close(&w);
}

Test(kv_lmdb, dead_readers_are_reaped)
{
	struct world w = { .kind = LMDB };
	struct kv_health h;
	unsigned dropped;

	child_then_open(&w, die_reading, 0);
	cr_assert_eq(kv_health(w.kv, &h, &w.e), 0);
	cr_assert_eq(h.readers, 1);
	cr_assert_eq(kv_reap_readers(w.kv, &dropped, &w.e), 0);
	cr_assert_eq(dropped, 1);
	cr_assert_eq(kv_health(w.kv, &h, &w.e), 0);
	cr_assert_eq(h.readers, 0);
	world_close(&w);
}

static int read_missing_tables(const char *dir)
{
	struct kv_open how = { dir, MAP_BYTES, 7, true };
	struct kv_txn *txn;
	struct kv_cursor *c = NULL;
	struct span key, value;
	struct kv *kv;
	bool right;

	if (kv_lmdb_open(&kv, &how, NULL) || kv_begin(&txn, kv, KV_READ, NULL))
		return 1;
	right = kv_get(txn, 6, SPAN_LIT("a"), &value, NULL) == -ERR_NOTFOUND &&
		!kv_walk(&c, txn, 6, SPAN_LIT("a"), (struct span){ 0 }, true, NULL) &&
		!kv_next(c, &key, &value, NULL) && !kv_next(c, &key, &value, NULL);
	kv_walk_end(c);
	right = right && !kv_get(txn, 0, SPAN_LIT("a"), &value, NULL);
	kv_abort(&txn);
	kv_close(kv);
	return right ? 0 : 2;
}

Test(kv_lmdb, more_tables_later)
{
	struct world w;
	struct kv_open how = { w.dir, MAP_BYTES, KV_TABLES_MAX, false };

	world_open(&w, LMDB);
	put_now(&w, 0, "a", "1");
	kv_close(w.kv);
	cr_assert_eq(in_child(read_missing_tables, w.dir), 0);
	cr_assert_eq(kv_lmdb_open(&w.kv, &how, &w.e), 0, "%s", w.e.msg);
	put_now(&w, KV_TABLES_MAX - 1, "z", "26");
	expect(&w, 0, "a", "1");
	world_reopen(&w); /* with fewer again */
	expect(&w, 0, "a", "1");
	world_close(&w);
}

Test(kv_lmdb, a_full_map)
{
	struct world w;
	struct kv_open how = { w.dir, 64 * 4096, TABLES, false };
	struct kv_txn *txn;
	struct kv_health h;
	int rc = 0;

	world_open(&w, LMDB);
	kv_close(w.kv);
	cr_assert_eq(kv_lmdb_open(&w.kv, &how, &w.e), 0);
	put_now(&w, 0, "kept", "1");
	txn = begin(&w, KV_WRITE);
	for (uint8_t i = 1; !rc; i++)
		rc = kv_put(txn, 1, span_of(&i, 1), span_of(big, 4000), &w.e);
	cr_assert_eq(rc, -ERR_FULL, "%d", rc);
	cr_assert_eq(kv_commit(&txn, &w.e), -ERR_FULL);
	put_now(&w, 0, "kept", "2");
	for (rc = 0; !rc;) { /* and by small commits, until the commit itself finds no page */
		static uint32_t n;

		txn = begin(&w, KV_WRITE);
		n++;
		rc = kv_put(txn, 1, span_of(&n, 4), span_of(big, 200), &w.e);
		if (!rc)
			rc = kv_commit(&txn, &w.e);
		kv_abort(&txn);
	}
	cr_assert_eq(rc, -ERR_FULL, "%s", w.e.msg);
	cr_assert_eq(kv_health(w.kv, &h, &w.e), 0);
	cr_assert_gt(h.used_bytes, h.map_bytes / 10 * 9);
	expect(&w, 0, "kept", "2");
	world_reopen(&w); /* with a greater map */
	put_now(&w, 0, "kept", "3");
	world_close(&w);
}

Test(kv_lmdb, copy)
{
	struct world w, copy;
	struct kv_txn *txn = NULL;
	char dir[80];
	struct stat st;

	umask(0);
	world_open(&w, LMDB);
	copy = w;
	snprintf(dir, sizeof(dir), "%s-copy", w.dir);
	for (int i = 0; i < 2000; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		if (i % 100 == 0)
			txn = begin(&w, KV_WRITE);
		put(&w, txn, 0, name, "1");
		if (i % 100 == 99)
			commit(&w, txn);
	}
	cr_assert_eq(kv_copy(w.kv, dir, &w.e), 0, "%s", w.e.msg);
	put_now(&w, 0, "7", "2"); /* after the copy's moment */
	cr_assert_eq(kv_copy(w.kv, dir, &w.e), -ERR_EXISTS);
	cr_assert_eq(kv_copy(w.kv, "/nowhere/at/all", &w.e), -ERR_IO);
	strcpy(copy.dir, dir);
	cr_assert_eq(open_dir(&copy.kv, dir, false, &w.e), 0, "%s", w.e.msg);
	expect(&copy, 0, "7", "1");
	expect(&copy, 0, "1999", "1");
	snprintf(dir, sizeof(dir), "%s/data.mdb", copy.dir);
	cr_assert_eq(stat(dir, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	world_close(&copy);
	cr_assert_eq(mkdir(copy.dir, 0700), 0); /* an empty folder will do */
	cr_assert_eq(kv_copy(w.kv, copy.dir, &w.e), 0, "%s", w.e.msg);
	remove_store(copy.dir);
	world_close(&w);
}

/* ---- a file that was cut short ---- */

static off_t length_of(const struct world *w)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/data.mdb", w->dir);
	cr_assert_eq(stat(path, &st), 0);
	return st.st_size;
}

static void cut_to(const struct world *w, off_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/data.mdb", w->dir);
	cr_assert_eq(truncate(path, len), 0);
}

static void fill(struct world *w, unsigned from, unsigned to)
{
	struct kv_txn *txn = begin(w, KV_WRITE);

	for (unsigned i = from; i < to; i++)
		cr_assert_eq(kv_put(txn, 1, span_of((uint8_t *)&i, sizeof(i)),
				    span_of(big, i % 3 ? 200 : 9000), &w->e),
			     0);
	commit(w, txn);
}

/* Every row, all of it: a page that is not there stops the process. */
static unsigned read_all(struct world *w)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_txn *txn = begin(w, KV_READ);
	struct kv_cursor *c;
	unsigned count = 0;

	cr_assert_eq(kv_walk(&c, txn, 1, none, none, false, &w->e), 0);
	for (; kv_next(c, &key, &value, &w->e) == 1; count++)
		cr_assert(!memcmp(value.data, big, value.len));
	kv_walk_end(c);
	kv_abort(&txn);
	return count;
}

Test(kv_lmdb, a_file_cut_short_is_refused_wherever)
{
	struct world w;
	unsigned opened = 0;
	off_t whole;
	char want[96];

	world_open(&w, LMDB);
	fill(&w, 0, 60);
	fill(&w, 20, 40); /* so that some pages are free */
	kv_close(w.kv);
	whole = length_of(&w);
	for (off_t len = whole - 1; len > 0; len -= len % 4096 ? 1000 : 96) {
		cut_to(&w, len);
		w.e.code = ERR_NONE;
		if (!open_dir(&w.kv, w.dir, false, &w.e)) { /* it lost nothing but free pages */
			cr_assert_eq(read_all(&w), 60);
			kv_close(w.kv);
			opened++;
			continue;
		}
		cr_assert_eq(w.e.code, ERR_CORRUPT, "%lld: %s", (long long)len, w.e.msg);
		snprintf(want, sizeof(want), "/data.mdb was cut short: it has %lld bytes of %lld",
			 (long long)len, (long long)whole);
		/* without both of its first pages nobody knows how long it was */
		cr_assert(len < 8192 || strstr(w.e.msg, want), "%lld: %s", (long long)len, w.e.msg);
	}
	cr_assert_lt(opened, 20, "%u", opened);
	remove_store(w.dir);
}

/* What a transaction takes at the end of the file and gives back before it commits was never written. */
Test(kv_lmdb, a_sound_file_shorter_than_its_pages_is_opened)
{
	static uint8_t large[100000];
	struct kv_txn *txn;
	struct kv_health h;
	struct world w;
	off_t sound;

	world_open(&w, LMDB);
	fill(&w, 0, 60);
	fill(&w, 20, 40);
	fill(&w, 20, 40); /* only a list of free pages that is read already gets them back */
	txn = begin(&w, KV_WRITE);
	cr_assert_eq(kv_put(txn, 2, SPAN_LIT("x"), span_of(large, sizeof(large)), &w.e), 0);
	cr_assert_eq(kv_del(txn, 2, SPAN_LIT("x"), &w.e), 0);
	commit(&w, txn);
	cr_assert_eq(kv_health(w.kv, &h, &w.e), 0);
	sound = length_of(&w);
	cr_assert_lt(sound + (off_t)sizeof(large) / 2, (off_t)h.used_bytes);
	world_reopen(&w);
	cr_assert_eq(read_all(&w), 60);
	kv_close(w.kv);
	cr_assert_eq(length_of(&w), sound, "it is left as it is");
	cut_to(&w, sound / 2);
	cr_assert_eq(open_dir(&w.kv, w.dir, true, &w.e), -ERR_CORRUPT);
	remove_store(w.dir);
}
