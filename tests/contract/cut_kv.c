/* The store across power cuts (tests/support/power.h). A long history of commits runs once; after each cut a child
 * compares what is left with the commits acknowledged before it. The same with a setting known to be unsafe must lose
 * commits, or this proves nothing.   cut_kv [CUTS [SEED]] */
#include "power.h"

#include "kv/kv.h"

#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	COMMITS = 400,
	KEYS = 200,
	LOG_KEPT = 60, /* older log entries are deleted, so that pages are used again */
	MAP_BYTES = 8 << 20,
};

/* --- a history, and what must be there after its n-th commit --- */

static char dir[64], copy_dir[80];

static int open_at(struct kv **kv, const char *path)
{
	struct kv_open how = { path, MAP_BYTES, 3, false };

	return kv_lmdb_open(kv, &how, NULL);
}

static uint32_t mixed(uint32_t n)
{
	n = (n ^ (n >> 16)) * UINT32_C(0x45d9f3b);
	return n ^ (n >> 13);
}

/* Which keys commit n writes: up to eight, the same whenever asked. */
static unsigned key_of(unsigned commit, unsigned i)
{
	return mixed(commit * 8 + i) % KEYS;
}

static struct span value_of(unsigned commit, unsigned key, uint8_t *buf)
{
	size_t len = 8 + mixed(commit + key * 7919) % (key % 50 == 0 ? 9000 : 300);

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(commit * 31 + key + i);
	memcpy(buf, &commit, sizeof(commit));
	return span_of(buf, len);
}

static struct span log_key(unsigned commit, uint8_t buf[4])
{
	for (int i = 0; i < 4; i++)
		buf[i] = (uint8_t)(commit >> (24 - 8 * i));
	return span_of(buf, 4);
}

static void commit_one(struct kv *kv, unsigned n)
{
	uint8_t buf[16384], key[4];
	struct kv_txn *txn;

	POWER_CHECK(!kv_begin(&txn, kv, KV_WRITE, NULL));
	POWER_CHECK(!kv_append(txn, 0, log_key(n, key), value_of(n, 1, buf), NULL));
	if (n > LOG_KEPT)
		POWER_CHECK(!kv_del(txn, 0, log_key(n - LOG_KEPT, key), NULL));
	for (unsigned i = 0; i < 1 + n % 8; i++) {
		unsigned k = key_of(n, i);

		POWER_CHECK(!kv_put(txn, 1, span_of(&k, sizeof(k)), value_of(n, k, buf), NULL));
	}
	POWER_CHECK(!kv_put(txn, 2, SPAN_LIT("n"), span_of(&n, sizeof(n)), NULL));
	POWER_CHECK(!kv_commit(&txn, NULL));
	power_ack(n);
}

static bool log_is(struct kv_txn *txn, unsigned n)
{
	unsigned at = n > LOG_KEPT ? n - LOG_KEPT + 1 : 1;
	struct span none = { 0 }, key, value;
	uint8_t buf[16384], want[4];
	struct kv_cursor *c;
	bool same = true;

	if (kv_walk(&c, txn, 0, none, none, false, NULL))
		return false;
	while (same && kv_next(c, &key, &value, NULL) == 1) {
		same = span_eq(key, log_key(at, want)) && span_eq(value, value_of(at, 1, buf));
		at++;
	}
	kv_walk_end(c);
	return same && at == n + 1;
}

static bool keys_are(struct kv_txn *txn, unsigned n)
{
	unsigned last[KEYS] = { 0 };
	uint8_t buf[16384];

	for (unsigned commit = 1; commit <= n; commit++)
		for (unsigned i = 0; i < 1 + commit % 8; i++)
			last[key_of(commit, i)] = commit;
	for (unsigned k = 0; k < KEYS; k++) {
		struct span value;
		int rc = kv_get(txn, 1, span_of(&k, sizeof(k)), &value, NULL);

		if (last[k] ? rc || !span_eq(value, value_of(last[k], k, buf))
			    : rc != -ERR_NOTFOUND)
			return false;
	}
	return true;
}

/* In the child: at least `acked` commits are there, each whole, and the store can be written. */
static enum power_verdict look(void *ctx, const char *copy, unsigned acked)
{
	struct kv_txn *txn;
	struct span value;
	unsigned n = 0;
	bool whole;
	struct kv *kv;

	(void)ctx;
	if (open_at(&kv, copy) || kv_begin(&txn, kv, KV_READ, NULL))
		return POWER_UNOPENED;
	if (!kv_get(txn, 2, SPAN_LIT("n"), &value, NULL) && value.len == sizeof(n))
		memcpy(&n, value.data, sizeof(n));
	whole = log_is(txn, n) && keys_are(txn, n);
	kv_abort(&txn);
	if (!whole)
		return POWER_TORN;
	commit_one(kv, n + 1);
	kv_close(kv);
	return n < acked ? POWER_LOST : POWER_KEPT;
}

/* A world: record once, cut often. The empty store is made safely in either case. */
static unsigned world(const char *name, unsigned flags, unsigned cuts,
		      unsigned tally[POWER_CRASHED + 1])
{
	struct kv *kv;
	unsigned bad;

	POWER_CHECK(!mkdir(dir, 0700) && !mkdir(copy_dir, 0700));
	power_flags = 0;
	POWER_CHECK(!open_at(&kv, dir));
	kv_close(kv);
	power_flags = flags;
	POWER_CHECK(!open_at(&kv, dir));
	power_record(dir);
	for (unsigned n = 1; n <= COMMITS; n++)
		commit_one(kv, n);
	power_stop();
	kv_close(kv);
	bad = power_cuts(name, copy_dir, cuts, look, NULL, tally);
	power_remove(copy_dir);
	power_remove(dir);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned cuts = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 500;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	unsigned safe[POWER_CRASHED + 1], meta[POWER_CRASHED + 1], none[POWER_CRASHED + 1], bad;
	char base[] = "/tmp/ketnap-cut-XXXXXX";

	printf("seed %" PRIu64 "\n", seed);
	power_seed(seed);
	POWER_CHECK(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/store", base);
	snprintf(copy_dir, sizeof(copy_dir), "%s/copy", base);
	bad = world("as opened", 0, cuts, safe);
	world("control without meta sync", MDB_NOMETASYNC, cuts / 2, meta);
	world("control without any sync", MDB_NOSYNC, cuts / 4, none);
	power_forget();
	rmdir(base);
	if (meta[POWER_LOST] < cuts / 20 || none[POWER_KEPT] == cuts / 4) {
		fprintf(stderr, "the controls lost too little: the cuts do not cut\n");
		return 1;
	}
	return bad ? 1 : 0;
}
