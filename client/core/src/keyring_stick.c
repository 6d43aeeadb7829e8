/* Keys of the register by stick: PROTOCOL.md, section 13. Each bundle has a key of its own to which wraps in its answer
 * are sealed. It is destroyed once they are here, and when somebody is forgotten: answers lie about for long. */
#include "keyring_internal.h"

enum { SEED = SEAL_SEED_BYTES, SEEDS_MAX = 4 };

static const struct span row = SPAN_LIT("stick");

struct seeds {
	uint8_t at[SEEDS_MAX][SEED]; /* the newest first */
	size_t count;
};

int keyring_stick_forget(struct kv_txn *txn, struct err *e)
{
	return kv_del(txn, KR_META, row, e);
}

static int seeds_get(struct seeds *out, struct kv_txn *txn, struct err *e)
{
	struct span value;
	int rc = kv_get(txn, KR_META, row, &value, e);

	out->count = 0;
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (!rc && (value.len % SEED || value.len > sizeof(out->at)))
		rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
	if (rc)
		return rc;
	memcpy(out->at, value.data, value.len);
	out->count = value.len / SEED;
	return 0;
}

static int seeds_put(const struct seeds *s, struct kv_txn *txn, struct err *e)
{
	return s->count ? kv_put(txn, KR_META, row, span_of(s->at, s->count * SEED), e)
			: kv_del(txn, KR_META, row, e);
}

/* ---- out ---- */

static int draw_key(struct keyring *k, uint8_t public_half[SEAL_PUBLIC_BYTES], struct err *e)
{
	struct kv_txn *txn = NULL;
	struct seal_key pair;
	struct seeds s;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	if (!rc)
		rc = seeds_get(&s, txn, e);
	if (!rc) {
		s.count += s.count < SEEDS_MAX;
		memmove(s.at[1], s.at[0], (s.count - 1) * SEED);
		rc = k->setup.random(s.at[0], SEED, e);
	}
	if (!rc)
		rc = seeds_put(&s, txn, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	if (!rc) {
		seal_key_init(&pair, s.at[0]);
		memcpy(public_half, pair.public.b, SEAL_PUBLIC_BYTES);
		seal_key_fini(&pair);
	}
	key_wipe(&s, sizeof(s));
	return rc;
}

int keyring_by_stick(struct keyring *k, struct client *c, struct wire_bundle_body *b,
		     struct arena *a, struct err *e)
{
	struct wire_key *rows = arena_array(a, WIRE_KEYS_MAX, sizeof(*rows));
	bool lacks = false;
	int rc = rows ? keyring_next(k, rows, WIRE_KEYS_MAX, 0, &b->key_count, a, e)
		      : err_set(e, ERR_NOMEM, "no memory for the keys");

	b->keys = rows;
	b->key_after = k->after;
	if (!rc)
		rc = keyring_lacks(k, c, &lacks, e);
	if (rc || (!lacks && !b->key_count))
		return rc;
	return draw_key(k, b->key_to, e);
}

/* ---- back ---- */

static int take_had(struct keyring *k, struct span had, uint64_t *count, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	static_assert((int)SEND_BYTES == (int)WIRE_KEY_NAME, "a wrap is named as its row is");
	for (size_t at = 0; at + SEND_BYTES <= had.len && !rc; at += SEND_BYTES) {
		struct span name = span_of(had.data + at, SEND_BYTES), there;

		rc = kv_get(txn, KR_SEND, name, &there, e);
		if (rc == -ERR_NOTFOUND) { /* said before */
			rc = 0;
			continue;
		}
		if (!rc)
			rc = kv_del(txn, KR_SEND, name, e);
		if (!rc)
			rc = kv_put(txn, KR_SENT, name, span_of("\1", 1), e);
		*count += !rc;
	}
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

static int take_box(struct keyring *k, struct client *c, struct span plain, uint64_t *got,
		    struct arena *a, struct err *e)
{
	struct wire_key_page page;
	size_t taken = 0;
	int rc = wire_decode(&page, FRAME_KEY_PAGE, plain, a, e);

	if (!rc && page.next >= k->after) /* of before what is here: nothing new */
		rc = keyring_take(k, c, &page, &taken, e);
	*got += taken;
	return rc;
}

/* With which of the keys the boxes open; `count` of them: with none. */
static size_t find_key(const struct seeds *s, struct span box, uint8_t *plain)
{
	struct err ignored = { 0 };
	size_t i;

	for (i = 0; i < s->count; i++) {
		struct seal_key pair;
		int rc;

		seal_key_init(&pair, s->at[i]);
		rc = seal_open(plain, &pair, box, &ignored);
		seal_key_fini(&pair);
		if (!rc)
			break;
	}
	return i;
}

static int drop_seeds(struct keyring *k, struct seeds *s, size_t from, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	s->count = from;
	if (!rc)
		rc = seeds_put(s, txn, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

static int take_boxes(struct keyring *k, struct client *c, const struct wire_answer_body *b,
		      struct seeds *s, uint64_t *got, struct arena *a, struct err *e)
{
	size_t with = s->count;
	int rc = 0;

	for (size_t i = 0; i < b->key_box_count && !rc; i++) {
		struct span box = b->key_boxes[i];
		uint8_t *plain = arena_alloc(a, box.len + 1);

		if (!plain)
			return err_set(e, ERR_NOMEM, "no memory for the keys");
		with = find_key(s, box, plain);
		if (with == s->count || box.len < SEAL_OVERHEAD)
			return 0; /* its key was destroyed: what is lacking is asked for again */
		rc = take_box(k, c, span_of(plain, box.len - SEAL_OVERHEAD), got, a, e);
	}
	/* older bundles are answered by this one too */
	return rc || !b->key_box_count ? rc : drop_seeds(k, s, with, e);
}

int keyring_from_stick(struct keyring *k, struct client *c, const struct wire_answer_body *b,
		       uint64_t *had, uint64_t *got, struct arena *a, struct err *e)
{
	struct kv_txn *txn = NULL;
	struct seeds s;
	int rc = b->keys_had.len ? take_had(k, b->keys_had, had, e) : 0;

	if (rc || !b->key_box_count)
		return rc;
	rc = kv_begin(&txn, k->setup.kv, KV_READ, e);
	if (!rc)
		rc = seeds_get(&s, txn, e);
	kv_abort(&txn);
	if (!rc)
		rc = take_boxes(k, c, b, &s, got, a, e);
	key_wipe(&s, sizeof(s));
	return rc;
}
