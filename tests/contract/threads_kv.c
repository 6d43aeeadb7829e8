/* One store, several threads: writers take turns, readers see one moment each. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "kv/kv.h"

enum { WRITERS = 2, READERS = 2, ROUNDS = 200, KEYS = 40, MOVEMENTS = 10, WAIT_S = 120 };

static struct kv *kv;
static atomic_bool done;
static atomic_uint looks, movements; /* how often readers looked, and saw something new */
static atomic_uint rounds;           /* written */
static time_t deadline;              /* by the steady clock */

static void begin_waiting(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	deadline = now.tv_sec + WAIT_S;
}

static bool is_over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= deadline;
}

static unsigned value_in(struct kv_txn *txn, uint8_t table, unsigned key)
{
	struct span value;
	unsigned n = 0;

	if (!kv_get(txn, table, span_of(&key, sizeof(key)), &value, NULL))
		memcpy(&n, value.data, sizeof(n));
	return n;
}

/* Every key of both tables up by one, in one transaction; until the readers have seen it move often enough, however
 * seldom a busy machine lets them look. */
static void *write_rounds(void *arg)
{
	for (int round = 0; round < ROUNDS || (atomic_load(&movements) <= MOVEMENTS && !is_over());
	     round++) {
		struct kv_txn *txn;

		CHECK(!kv_begin(&txn, kv, KV_WRITE, NULL));
		for (unsigned key = 0; key < KEYS; key++) {
			unsigned n = value_in(txn, key & 1, key) + 1;

			CHECK(!kv_put(txn, key & 1, span_of(&key, sizeof(key)),
				      span_of(&n, sizeof(n)), NULL));
		}
		CHECK(!kv_commit(&txn, NULL));
		atomic_fetch_add(&rounds, 1);
	}
	return arg;
}

static void *read_rounds(void *arg)
{
	unsigned last = 0;

	while (!atomic_load(&done)) {
		struct kv_txn *txn;
		unsigned n;

		CHECK(!kv_begin(&txn, kv, KV_READ, NULL));
		n = value_in(txn, 0, 0);
		CHECK(n >= last);
		for (unsigned key = 1; key < KEYS; key++)
			CHECK(value_in(txn, key & 1, key) == n);
		kv_abort(&txn);
		atomic_fetch_add(&looks, 1);
		atomic_fetch_add(&movements, n != last);
		last = n;
	}
	return arg;
}

/* A second writer waits for the first, however long that takes. */
static void *write_late(void *arg)
{
	struct kv_txn *txn;

	CHECK(!kv_begin(&txn, kv, KV_WRITE, NULL));
	CHECK(value_in(txn, 0, 1000) == 7);
	kv_abort(&txn);
	return arg;
}

static void second_writer_waits(void)
{
	unsigned key = 1000, n = 7;
	struct kv_txn *txn;
	pthread_t late;

	CHECK(!kv_begin(&txn, kv, KV_WRITE, NULL));
	CHECK(!pthread_create(&late, NULL, write_late, NULL));
	usleep(50000);
	CHECK(!kv_put(txn, 0, span_of(&key, sizeof(key)), span_of(&n, sizeof(n)), NULL));
	CHECK(!kv_commit(&txn, NULL));
	CHECK(!pthread_join(late, NULL));
}

/* What waited behind a commit of unknown outcome must not begin after it. */
static void *write_never(void *arg)
{
	struct kv_txn *txn;

	CHECK(kv_begin(&txn, kv, KV_WRITE, NULL) == -ERR_FATAL && !txn);
	return arg;
}

static void waiting_writer_is_stopped(void)
{
	struct kv_txn *txn;
	pthread_t late;

	CHECK(!kv_begin(&txn, kv, KV_WRITE, NULL));
	CHECK(!pthread_create(&late, NULL, write_never, NULL));
	usleep(50000);
	kv_fail_at(kv, kv_calls(kv) + 1, ERR_FATAL, false);
	CHECK(kv_commit(&txn, NULL) == -ERR_FATAL);
	kv_fail_at(kv, 0, ERR_NONE, false);
	CHECK(!pthread_join(late, NULL));
}

int main(void)
{
	char dir[] = "/tmp/ketnap-threads-XXXXXX", path[64];
	struct kv_open how = { dir, 16 << 20, 2, false };
	pthread_t writer[WRITERS], reader[READERS];
	struct kv_txn *txn;

	CHECK(mkdtemp(dir) && !kv_lmdb_open(&kv, &how, NULL));
	second_writer_waits();
	begin_waiting();
	for (int i = 0; i < READERS; i++)
		CHECK(!pthread_create(&reader[i], NULL, read_rounds, NULL));
	for (int i = 0; i < WRITERS; i++)
		CHECK(!pthread_create(&writer[i], NULL, write_rounds, NULL));
	for (int i = 0; i < WRITERS; i++)
		CHECK(!pthread_join(writer[i], NULL));
	atomic_store(&done, true);
	for (int i = 0; i < READERS; i++)
		CHECK(!pthread_join(reader[i], NULL));
	CHECK(!kv_begin(&txn, kv, KV_READ, NULL));
	CHECK(atomic_load(&rounds) >= WRITERS * ROUNDS);
	CHECK(value_in(txn, 0, 0) == atomic_load(&rounds));
	kv_abort(&txn);
	CHECK(atomic_load(&movements) > MOVEMENTS);
	waiting_writer_is_stopped();
	kv_close(kv);
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	unlink(path);
	CHECK(!rmdir(dir));
	printf("%u looks, %u of them at something new\n", atomic_load(&looks),
	       atomic_load(&movements));
	return 0;
}
