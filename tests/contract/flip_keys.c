/* A bit of a key store turned over, the server's or a device's: flip.h. What is given out of it is what was put, or an
 * error, or (where a page of the store's own tree was hit) not there: nothing keeps a list of what should be. Without the
 * checksums (kv/sums.h) wraps would be given to others, under other numbers, or in the place of others.
 * flip_keys server|device [FLIPS OF EACH KIND OF PAGE, 0: every byte of the file [SEED]] */
#include "client_world.h"

#include "client/keyring.h"
#include "flip.h"
#include "keystore_internal.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { PERSONS = 160, MORE_PERSONS = 24, MAP = 16 << 20 };

static struct world w;
static struct desk a, b;
static struct keyring *ka, *kb;
static struct keystore *store;
static struct kv *store_kv, *ring_kv;
static char store_dir[] = "/tmp/ketnap-flip-server.XXXXXX",
	    ring_dir[] = "/tmp/ketnap-flip-device.XXXXXX";
static struct seal_key seal_a;
static struct keyring_person persons[PERSONS + MORE_PERSONS];
static struct unit_key unit;
static struct rng draws;
static struct err e;

static int draw(void *out, size_t len, struct err *ignored)
{
	uint8_t *bytes = out;

	(void)ignored;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)rng_below(&draws, 256);
	return 0;
}

/* ---- two devices of a unit and the server between them ---- */

static struct kv *lmdb_in(char *dir, uint8_t tables)
{
	struct kv_open how = { .dir = dir, .map_bytes = MAP, .tables = tables };
	struct kv *kv;

	CHECK(mkdtemp(dir));
	must(kv_lmdb_open(&kv, &how, &e), &e, "a store");
	return kv;
}

static struct device_row row_of(const struct desk *k)
{
	struct device_row row;

	must(ledger_device(w.l, k->d.device, &row, &e), &e, "device");
	return row;
}

/* The key that build_device() gives a device is none that opens: each has its own here. */
static struct keyring *ring(struct desk *k, struct kv *kv, uint8_t fill, struct seal_key *seal)
{
	struct keyring_setup setup = { .kv = kv, .seal = seal, .random = draw };
	struct device_row row = row_of(k);
	uint8_t seed[SEAL_SEED_BYTES];
	struct keyring *out;
	struct op op = build_device(k->d.device, row.unit, row.person, row.epoch);

	memset(seed, fill, sizeof(seed));
	seal_key_init(seal, seed);
	memcpy(op.device.nonce, row.nonce, sizeof(row.nonce));
	memcpy(op.device.spki_hash, row.spki_hash, sizeof(row.spki_hash));
	memcpy(op.device.seal_key, seal->public.b, sizeof(seal->public.b));
	world_act_now(&w, &op);
	must(keyring_new(&out, &setup, &e), &e, "keyring");
	return out;
}

static void exchange(struct desk *k, struct keyring *keys)
{
	static struct wire_key rows[WIRE_KEYS_MAX];
	uint8_t results[WIRE_KEYS_MAX];
	struct device_row row = row_of(k);
	struct wire_key_page page;
	size_t count, taken;

	must(keyring_due(keys, k->c, &e), &e, "due");
	do {
		must(keyring_next(keys, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
		must(keystore_put(store, w.l, &row, rows, count, results, &e), &e, "put");
		must(keyring_acked(keys, rows, count, span_of(results, count), &e), &e, "acked");
	} while (count);
	must(keystore_page(store, &row, keyring_after(keys), &page, w.a, &e), &e, "page");
	must(keyring_take(keys, k->c, &page, &taken, &e), &e, "take");
}

static void make_stores(uint64_t seed)
{
	static struct seal_key seal_b;
	struct keystore_setup setup = { .rewrite = NULL };
	struct kv *kv;

	draws = (struct rng){ seed };
	site_open(&w);
	desk_open(&a, &w, 4, ROLE_CLERK);
	desk_open(&b, &w, 4, ROLE_APPROVER);
	setup.kv = store_kv = lmdb_in(store_dir, KEYSTORE_TABLES);
	must(keystore_new(&store, &setup, &e), &e, "key store");
	ring_kv = lmdb_in(ring_dir, KEYRING_TABLES);
	must(kv_mem_open(&kv, KEYRING_TABLES, &e), &e, "a store");
	ka = ring(&a, ring_kv, 11, &seal_a);
	kb = ring(&b, kv, 12, &seal_b);
	desk_sync(&a);
	desk_sync(&b);
	must(keyring_make(ka, a.c, a.now_ms, &unit, &e), &e, "unit key");
	desk_sync(&a);
	must(keyring_persons_new(ka, a.c, &unit, persons, PERSONS, &e), &e, "persons");
	exchange(&a, ka);
	desk_sync(&b);
	exchange(&b, kb);
	must(keyring_persons_new(ka, a.c, &unit, persons + PERSONS, MORE_PERSONS, &e), &e, "more");
	CHECK(keystore_newest(store) > PERSONS);
}

static void remove_store(const char *dir)
{
	char path[96];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "lock.mdb" : "data.mdb");
		unlink(path);
	}
	rmdir(dir);
}

/* ---- who looks ---- */

/* As KEYS.md has it. */
static bool checks(uint8_t table, struct span key, struct span value)
{
	uint8_t head[3] = { table, 0, (uint8_t)key.len }, *end;
	unsigned long sum = crc32(0, head, sizeof(head));

	if (value.len < 5)
		return false;
	end = (uint8_t *)(uintptr_t)value.data + value.len - 5;
	sum = crc32(crc32(sum, key.data, (unsigned)key.len), value.data, (unsigned)value.len - 5);
	return end[0] == 0xc5 && sum == ((unsigned long)end[1] << 24 | (unsigned long)end[2] << 16 |
					 (unsigned long)end[3] << 8 | end[4]);
}

/* Rows of an answer, each known again by a number: one may be lost with a page of the tree, and the rest stands. */
enum { LISTS = 4, LIST_MAX = 1024 };
static struct list {
	struct item {
		uint64_t id;
		struct hash what;
	} items[LIST_MAX];
	size_t count;
} wanted[LISTS], got;

static struct hash hash_of_row(const struct wire_key *row)
{
	struct buf bytes;
	struct hash h;

	buf_init(&bytes, 4096);
	buf_u32(&bytes, row->what);
	buf_u32(&bytes, row->unit);
	buf_u64(&bytes, row->seq);
	buf_u64(&bytes, row->to);
	buf_bytes(&bytes, span_of(row->person, WIRE_ID));
	buf_bytes(&bytes, span_of(row->key, WIRE_ID));
	buf_bytes(&bytes, row->wrap);
	CHECK(!bytes.failed);
	h = hash_bytes(buf_span(&bytes));
	buf_fini(&bytes);
	return h;
}

static void add(uint64_t id, const struct wire_key *row)
{
	CHECK(got.count < LIST_MAX);
	got.items[got.count++] = (struct item){ id, hash_of_row(row) };
}

static const struct item *find(const struct list *l, uint64_t id)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].id == id)
			return &l->items[i];
	return NULL;
}

static void answer_list(struct asking *k, size_t which, int rc)
{
	struct list *want = &wanted[which];
	size_t others = 0;

	if (k->learn)
		*want = got;
	for (size_t i = 0; i < want->count; i++) {
		const struct item *found = find(&got, want->items[i].id);

		if (found)
			buf_bytes(&k->b, span_of(found->what.b, HASH_BYTES));
		flip_answered(k, found ? 0 : rc ? rc : -ERR_NOTFOUND, false);
	}
	for (size_t i = 0; i < got.count; i++)
		others += !find(want, got.items[i].id);
	flip_say(k, others);
	flip_answered(k, 0,
		      false); /* none that was never put; the same one twice is the truth too */
}

static void ask_pages(struct asking *k, size_t which, struct keystore *ks,
		      const struct device_row *by)
{
	struct wire_key_page page = { .next = 0 };
	int rc;

	got.count = 0;
	do {
		arena_reset(k->a);
		rc = by ? keystore_page(ks, by, page.next, &page, k->a, &e)
			: keystore_page_all(ks, page.next, &page, k->a, &e);
		for (size_t i = 0; !rc && i < page.count; i++)
			add(page.rows[i].seq, &page.rows[i]);
	} while (!rc && page.more);
	answer_list(k, which, rc);
}

static int ask_server(bool learn)
{
	struct keystore_setup setup = { .rewrite = NULL };
	struct asking k = { .learn = learn };
	struct device_row by[2] = { row_of(&a), row_of(&b) };
	struct keystore *ks;

	if (flip_open(&setup.kv) || keystore_new(&ks, &setup, &e))
		return SAW_ERROR;
	k.a = arena_new(8 << 20);
	buf_init(&k.b, 1 << 20);
	flip_say(&k, keystore_newest(ks));
	flip_answered(&k, 0, false);
	for (size_t i = 0; i < ARRAY_LEN(by); i++)
		ask_pages(&k, i, ks, &by[i]);
	ask_pages(&k, ARRAY_LEN(by), ks, NULL);
	flip_asked(&k);
	buf_fini(&k.b);
	arena_free(k.a);
	keystore_free(ks);
	return k.saw;
}

static uint64_t key_of_row(const struct wire_key *row)
{
	uint64_t id;

	memcpy(&id, row->person, sizeof(id));
	return id ^ row->what;
}

static void ask_ring(struct asking *k, struct keyring *keys)
{
	struct wire_key *rows = arena_array(k->a, WIRE_KEYS_MAX, sizeof(*rows));
	struct unit_key u;
	size_t count = 0;
	int rc = keyring_unit_key(keys, a.c, &u, &e);

	CHECK(rows);
	buf_bytes(&k->b, span_of(u.id, rc ? 0 : sizeof(u.id)));
	buf_bytes(&k->b, span_of(u.secret, rc ? 0 : sizeof(u.secret)));
	flip_answered(k, rc == -ERR_STATE ? -ERR_NOTFOUND : rc, false);
	for (size_t i = 0; i < ARRAY_LEN(persons); i++) {
		uint8_t key[BOX_KEY_BYTES];

		rc = keyring_person(keys, persons[i].person, key, &e);
		buf_bytes(&k->b, span_of(key, rc ? 0 : sizeof(key)));
		flip_answered(k, rc, false);
	}
	rc = keyring_next(keys, rows, WIRE_KEYS_MAX, 0, &count, k->a, &e);
	got.count = 0;
	for (size_t i = 0; !rc && i < count; i++)
		add(key_of_row(&rows[i]), &rows[i]);
	answer_list(k, 0, rc);
	flip_say(k, keyring_after(keys));
	flip_answered(k, 0, false);
}

static int ask_device(bool learn)
{
	struct keyring_setup setup = { .seal = &seal_a, .random = draw };
	struct asking k = { .learn = learn };
	struct keyring *keys;

	if (flip_open(&setup.kv) || keyring_new(&keys, &setup, &e))
		return SAW_ERROR;
	k.a = arena_new(8 << 20);
	buf_init(&k.b, 1 << 20);
	ask_ring(&k, keys);
	flip_asked(&k);
	buf_fini(&k.b);
	arena_free(k.a);
	keyring_free(keys);
	return k.saw;
}

int main(int argc, char **argv)
{
	static const struct flipping server = { KEYSTORE_TABLES, false, checks, NULL, ask_server };
	static const struct flipping device = { KEYRING_TABLES, false, checks, NULL, ask_device };
	bool of_server = argc < 2 || !strcmp(argv[1], "server");
	unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	int rc;

	make_stores(seed);
	rc = flip_run(of_server ? &server : &device, of_server ? store_kv : ring_kv, count, seed);
	keystore_free(store);
	keyring_free(ka);
	keyring_free(kb);
	remove_store(store_dir);
	remove_store(ring_dir);
	desk_close(&a);
	desk_close(&b);
	world_close(&w);
	return rc;
}
