/* The two implementations through the same long random history: the same answers everywhere. */
#include "kv_world.h"

static uint64_t random_state = 42;

static unsigned random_below(unsigned n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(random_state >> 33) % n;
}

static struct span random_key(uint8_t *buf)
{
	size_t len = 1 + random_below(3);

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(random_below(8) == 7 ? 0xff : random_below(8));
	return span_of(buf, len);
}

static void same_walk(struct kv_txn *txn[2])
{
	uint8_t buf[8], *from = buf;
	size_t prefix_len = random_below(3), len = random_key(buf).len;
	uint8_t table = (uint8_t)random_below(TABLES);
	bool down = random_below(2);
	uint64_t digest[2];
	int got[2];

	if (prefix_len > len)
		prefix_len = len;
	if (random_below(2))
		len = 0;
	for (int i = 0; i < 2; i++)
		got[i] = walk_digest(txn[i], table, span_of(buf, prefix_len), span_of(from, len),
				     down, &digest[i]);
	cr_assert_eq(got[0], got[1], "%d and %d", got[0], got[1]);
	cr_assert_eq(digest[0], digest[1]);
}

static void same_write(struct kv_txn *txn[2])
{
	static const uint8_t bytes[3000] = { 7 };
	uint8_t buf[8];
	struct span key = random_key(buf);
	struct span value = span_of(bytes,
				    random_below(10) ? random_below(40) : random_below(3000));
	uint8_t table = (uint8_t)random_below(TABLES);
	bool del = random_below(3) == 0;
	int got[2];

	for (int i = 0; i < 2; i++)
		got[i] = del ? kv_del(txn[i], table, key, NULL)
			     : kv_put(txn[i], table, key, value, NULL);
	cr_assert_eq(got[0], 0);
	cr_assert_eq(got[1], 0);
}

static void same_get(struct kv_txn *txn[2])
{
	uint8_t buf[8];
	struct span key = random_key(buf), value[2];
	uint8_t table = (uint8_t)random_below(TABLES);
	int a = kv_get(txn[0], table, key, &value[0], NULL),
	    b = kv_get(txn[1], table, key, &value[1], NULL);

	cr_assert_eq(a, b);
	cr_assert(span_eq(value[0], value[1]));
}

Test(kv, twins_agree)
{
	struct world w[2];
	struct kv_txn *txn[2], *reader[2];
	uint8_t buf[8];

	world_open(&w[0], LMDB);
	world_open(&w[1], MEM);
	for (int round = 0; round < 400; round++) {
		int end = (int)random_below(4);

		for (int i = 0; i < 2; i++) {
			reader[i] = begin(&w[i], KV_READ);
			txn[i] = begin(&w[i], KV_WRITE);
		}
		for (unsigned n = random_below(40); n > 0; n--)
			same_write(txn);
		same_get(txn);
		same_walk(txn);
		if (!random_below(4)) {
			struct span key = random_key(buf);
			int a = kv_append(txn[0], 0, key, key, NULL),
			    b = kv_append(txn[1], 0, key, key, NULL);

			cr_assert_eq(a, b);
		}
		same_walk(reader);
		for (int i = 0; i < 2; i++)
			if (end)
				kv_commit(&txn[i], NULL);
			else
				kv_abort(&txn[i]);
		same_get(reader);
		same_walk(reader);
		for (int i = 0; i < 2; i++) {
			kv_abort(&reader[i]);
			if (!random_below(50))
				world_reopen(&w[i]);
		}
	}
	world_close(&w[0]);
	world_close(&w[1]);
}
