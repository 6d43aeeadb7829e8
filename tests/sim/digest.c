/* What a world came to, in one hash: the same on every machine and of every compiler. Rows of stores in the order of
 * their keys, devices in the order in which they came; nothing of addresses, clocks of the machine or padding. */
#include "sim.h"

#include "client/keyring.h"
#include "keys.h"

#include <stdio.h>

static bool spoil;

/* Every row that is kept, each behind its table and its lengths. */
static void add_store(struct sim *s, struct buf *b, struct kv *kv, uint8_t tables)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c;
	struct kv_txn *txn;

	if (!kv)
		return;
	must(kv_begin(&txn, kv, KV_READ, &s->e), &s->e, "read");
	for (uint8_t table = 0; table < tables; table++) {
		must(kv_walk(&c, txn, table, none, none, false, &s->e), &s->e, "walk");
		while (must(kv_next(c, &key, &value, &s->e), &s->e, "walk")) {
			buf_u8(b, table);
			buf_u32(b, (uint32_t)key.len);
			buf_u32(b, (uint32_t)value.len);
			buf_bytes(b, key);
			buf_bytes(b, value);
		}
		kv_walk_end(c);
	}
	kv_abort(&txn);
}

static void add_server(struct sim *s, struct buf *b)
{
	struct hash root;

	must(ledger_root_at(s->l, s->log_count, &root, &s->e), &s->e, "the root of the log");
	buf_u64(b, s->seed);
	buf_u64(b, s->log_count);
	buf_bytes(b, span_of(root.b, HASH_BYTES));
	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].unit && s->units[i].parent <= 1)
			sim_put_totals(
				s, s->l,
				&(struct query){ .unit = s->units[i].unit,
						 .period = { day(2022, 1, 1), day(2022, 12, 31) },
						 .known_at = UINT64_MAX },
				b);
	add_store(s, b, s->key_kv, KEYSTORE_TABLES);
}

static void add_holder(struct sim *s, struct buf *b, const struct holder *h)
{
	buf_u64(b, h->d->device);
	buf_u8(b, h->off);
	buf_u8(b, (uint8_t)h->last_end);
	add_store(s, b, h->kv, CLIENT_TABLES);
	add_store(s, b, h->key_kv, KEYRING_TABLES);
}

/* What `b` has come to; it begins anew with that. */
static struct hash link_in(const struct sim *s, struct buf *b)
{
	struct hash now;

	if (b->failed)
		sim_fail(s, "no room for the digest of a world");
	chance_sha256(now.b, b->data, b->len);
	buf_reset(b);
	buf_bytes(b, span_of(now.b, HASH_BYTES));
	return now;
}

/* ---- are digests what they are said to be? ---- */

/* One row of one device that no rule asks about. */
static void spoil_holder(struct sim *s)
{
	struct kv *kv = s->holders[s->holder_count - 1].kv;
	struct span row = { (const uint8_t *)"spoilt", 6 };
	struct kv_txn *txn;

	kv_mem_limit(kv, 0);
	must(kv_begin(&txn, kv, KV_WRITE, &s->e), &s->e, "write");
	must(kv_put(txn, T_META, row, row, &s->e), &s->e, "spoil a row");
	must(kv_commit(&txn, &s->e), &s->e, "commit");
}

struct hash sim_digest(struct sim *s)
{
	struct hash digest;
	struct buf b;

	if (spoil)
		spoil_holder(s);
	buf_init(&b, 64 << 20);
	add_server(s, &b);
	digest = link_in(s, &b);
	for (size_t i = 0; i < s->holder_count; i++) {
		add_holder(s, &b, &s->holders[i]);
		digest = link_in(s, &b);
	}
	buf_fini(&b);
	return digest;
}

enum { SAME_FROM = 1, SAME_WORLDS = 24 };

/* A world comes to the same whatever was played before it, and to another with one row changed. */
int digest_same(struct hash (*play)(uint64_t seed))
{
	struct hash there[SAME_WORLDS], back, spoilt;
	int wrong = 0;

	for (unsigned i = 0; i < SAME_WORLDS; i++)
		there[i] = play(SAME_FROM + i);
	for (unsigned i = SAME_WORLDS; i-- > 0;) {
		back = play(SAME_FROM + i);
		if (!hash_eq(&back, &there[i])) {
			fprintf(stderr, "sim: seed %u is another world behind others\n",
				SAME_FROM + i);
			wrong++;
		}
	}
	spoil = true;
	for (unsigned i = 0; i < 3; i++) {
		spoilt = play(SAME_FROM + i);
		if (hash_eq(&spoilt, &there[i])) {
			fprintf(stderr, "sim: NOT NOTICED: seed %u with a row changed\n",
				SAME_FROM + i);
			wrong++;
		}
	}
	printf("sim: %d worlds twice, 3 spoilt, %d not as they should be\n", SAME_WORLDS, wrong);
	return wrong ? 1 : 0;
}
