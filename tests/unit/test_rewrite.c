/* A store written anew: what was deleted is nowhere in its folder, and wherever it is cut off, it opens whole. */
#include "kv/rewrite.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ketnap-rewrite.XXXXXX";
static struct kv_open how = { .dir = dir, .map_bytes = 16 << 20, .tables = 2 };
static struct kv *kv;
static struct err e;

static const char secret[] = "a secret of forty bytes, found or not...";

static void begin(void)
{
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
}

static void end(void)
{
	char command[128];

	kv_close(kv);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

TestSuite(rewrite, .init = begin, .fini = end);

static void put(const char *key, const char *value)
{
	struct kv_txn *txn;

	cr_assert_eq(kv_begin(&txn, kv, KV_WRITE, &e), 0);
	if (value)
		cr_assert_eq(kv_put(txn, 1, span_str(key), span_str(value), &e), 0);
	else
		cr_assert_eq(kv_del(txn, 1, span_str(key), &e), 0);
	cr_assert_eq(kv_commit(&txn, &e), 0, "%s", e.msg);
}

static bool has(const char *key)
{
	struct kv_txn *txn;
	struct span value;
	int rc;

	cr_assert_eq(kv_begin(&txn, kv, KV_READ, &e), 0);
	rc = kv_get(txn, 1, span_str(key), &value, &e);
	kv_abort(&txn);
	return !rc;
}

static bool in_file(const char *name)
{
	static uint8_t bytes[16 << 20];
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	len = read(fd, bytes, sizeof(bytes));
	close(fd);
	cr_assert_geq(len, 0);
	return span_find(span_of(bytes, (size_t)len), span_str(secret)) != NULL;
}

static bool there(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !access(path, F_OK);
}

static void move(const char *from, const char *to)
{
	char a[128], b[128];

	snprintf(a, sizeof(a), "%s/%s", dir, from);
	snprintf(b, sizeof(b), "%s/%s", dir, to);
	cr_assert_eq(rename(a, b), 0, "%s", from);
}

Test(rewrite, what_was_deleted_is_gone)
{
	put("kept", "and this one stays");
	put("gone", secret);
	put("gone", NULL);
	cr_assert(in_file("data.mdb"), "an ordinary store still has it: the reason for all this");
	cr_assert_eq(kv_rewrite(&kv, &how, &e), 0, "%s", e.msg);
	cr_assert_not(in_file("data.mdb"));
	cr_assert_not(there("data.old"));
	cr_assert_not(there("fresh"));
	cr_assert(has("kept"));
	cr_assert_not(has("gone"));
	put("more", "it goes on");
	cr_assert(has("more"));
}

/* Cut off before the new file had its name, and after: the store opens whole, the remains are destroyed. */
Test(rewrite, cut_off_in_the_middle)
{
	char path[128];

	put("kept", secret);
	kv_close(kv);
	snprintf(path, sizeof(path), "%s/fresh", dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	move("data.mdb", "data.old");
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
	cr_assert(has("kept"));
	cr_assert_not(there("data.old"));
	cr_assert_not(there("fresh"));
	put("kept", NULL);
	put("other", "x");
	cr_assert_eq(kv_rewrite(&kv, &how, &e), 0, "%s", e.msg);
	kv_close(kv);
	snprintf(path, sizeof(path), "cp %s/data.mdb %s/data.old", dir, dir);
	cr_assert_eq(system(path), 0);
	cr_assert_eq(kv_rewrite_open(&kv, &how, &e), 0, "%s", e.msg);
	cr_assert(has("other"));
	cr_assert_not(there("data.old"), "the one before is destroyed by whoever opens it next");
}
