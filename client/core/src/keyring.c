#include "keyring_internal.h"

#include "client/outbox.h"
#include "kv/sums.h"

#include <stdlib.h>

uint64_t key_be(const uint8_t *from, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | from[i];
	return v;
}

void key_put_be(uint8_t *to, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

int keyring_meta_get(struct kv_txn *txn, const char *name, uint64_t *v, struct err *e)
{
	struct span value;
	int rc = kv_get(txn, KR_META, span_str(name), &value, e);

	*v = !rc && value.len == 8 ? key_be(value.data, 8) : 0;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int keyring_meta_put(struct kv_txn *txn, const char *name, uint64_t v, struct err *e)
{
	uint8_t bytes[8];

	key_put_be(bytes, v, sizeof(bytes));
	return kv_put(txn, KR_META, span_str(name), span_of(bytes, sizeof(bytes)), e);
}

int keyring_new(struct keyring **out, const struct keyring_setup *setup, struct err *e)
{
	struct keyring *k = calloc(1, sizeof(*k));
	struct kv_txn *txn = NULL;
	int rc;

	*out = NULL;
	if (!k) {
		kv_close(setup->kv);
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	}
	k->setup = *setup;
	k->seal = *setup->seal;
	rc = kv_sums(setup->kv, KR_META, SPAN_LIT("checked"), e);
	if (!rc)
		rc = kv_begin(&txn, setup->kv, KV_READ, e);
	if (!rc)
		rc = keyring_meta_get(txn, "after", &k->after, e);
	if (!rc)
		rc = keyring_meta_get(txn, "forgot", &k->forgot, e);
	kv_abort(&txn);
	if (rc)
		keyring_free(k);
	else
		*out = k;
	return rc;
}

void keyring_free(struct keyring *k)
{
	if (!k)
		return;
	kv_close(k->setup.kv);
	key_wipe(k, sizeof(*k));
	free(k);
}

uint64_t keyring_after(const struct keyring *k)
{
	return k->after;
}

/* ---- rows ---- */

struct span keyring_send_key(uint8_t out[SEND_BYTES], const struct wire_key *row)
{
	out[0] = (uint8_t)row->what;
	memcpy(out + 1, row->person, WIRE_ID);
	memcpy(out + 1 + WIRE_ID, row->key, WIRE_ID);
	key_put_be(out + 1 + 2 * WIRE_ID, row->to, 8);
	return span_of(out, SEND_BYTES);
}

/* Queue a row unless it is queued or there already. */
int keyring_queue(struct kv_txn *txn, const struct wire_key *row, struct err *e)
{
	uint8_t key[SEND_BYTES], value[4 + WIRE_WRAP_MAX];
	struct span at = keyring_send_key(key, row), there;
	int rc = kv_get(txn, KR_SENT, at, &there, e);

	if (rc == -ERR_NOTFOUND)
		rc = kv_get(txn, KR_SEND, at, &there, e);
	if (rc != -ERR_NOTFOUND)
		return rc;
	key_put_be(value, row->unit, 4);
	memcpy(value + 4, row->wrap.data, row->wrap.len);
	return kv_put(txn, KR_SEND, at, span_of(value, 4 + row->wrap.len), e);
}

int keyring_asked(struct kv_txn *txn, const struct wire_key *row, bool *asked, struct err *e)
{
	uint8_t key[SEND_BYTES];
	struct span at = keyring_send_key(key, row), there;
	int rc = kv_get(txn, KR_SENT, at, &there, e);

	if (rc == -ERR_NOTFOUND)
		rc = kv_get(txn, KR_SEND, at, &there, e);
	*asked = !rc;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static struct span unit_row_key(uint8_t out[UNIT_ROW_BYTES], uint32_t unit, const uint8_t *id)
{
	key_put_be(out, unit, 4);
	memcpy(out + 4, id, WIRE_ID);
	return span_of(out, UNIT_ROW_BYTES);
}

/* A unit key that this device holds. -ERR_NOTFOUND. */
int keyring_open_unit(struct keyring *k, struct kv_txn *txn, uint32_t unit,
		      const uint8_t id[WIRE_ID], struct unit_key *out, struct err *e)
{
	uint8_t at[UNIT_ROW_BYTES];
	struct span value;
	int rc = kv_get(txn, KR_UNIT, unit_row_key(at, unit, id), &value, e);

	if (rc)
		return rc;
	if (k->opened_of == unit && !memcmp(k->opened.id, id, WIRE_ID)) {
		*out = k->opened;
		return 0;
	}
	memcpy(out->id, id, WIRE_ID);
	rc = key_take(out->secret, HAND_UNIT_KEY, &k->seal, unit, id, value, e);
	if (!rc) {
		k->opened = *out;
		k->opened_of = unit;
	}
	return rc;
}

int keyring_put_unit(struct kv_txn *txn, uint32_t unit, const uint8_t id[WIRE_ID],
		     struct span handed, struct err *e)
{
	uint8_t at[UNIT_ROW_BYTES];

	return kv_put(txn, KR_UNIT, unit_row_key(at, unit, id), handed, e);
}

int keyring_put_person(struct kv_txn *txn, const struct wire_key *row, uint32_t opens_for,
		       struct err *e)
{
	uint8_t value[9 + WIRE_ID + WIRE_WRAP_MAX];

	key_put_be(value, row->unit, 4);
	value[4] = (uint8_t)row->what;
	key_put_be(value + 5, opens_for, 4);
	memcpy(value + 9, row->key, WIRE_ID);
	memcpy(value + 9 + WIRE_ID, row->wrap.data, row->wrap.len);
	return kv_put(txn, KR_PERSON, span_of(row->person, WIRE_ID),
		      span_of(value, 9 + WIRE_ID + row->wrap.len), e);
}

/* ---- the unit's key ---- */

int keyring_unit_key(struct keyring *k, struct client *c, struct unit_key *out, struct err *e)
{
	enum { KEYS_MAX = 64 };
	struct register_key *keys = calloc(KEYS_MAX, sizeof(*keys)), *best = NULL;
	uint8_t prefix[4];
	struct kv_cursor *cur = NULL;
	struct span key = { NULL, 0 }, value = key, none = key;
	struct kv_txn *txn = NULL;
	size_t count = 0;
	int rc;

	if (!keys)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	rc = register_unit_keys(c->base, c->id.unit, keys, KEYS_MAX, &count, e);
	if (!rc)
		rc = kv_begin(&txn, k->setup.kv, KV_READ, e);
	for (size_t i = 0; i < count && i < KEYS_MAX && !rc; i++) {
		uint8_t at[UNIT_ROW_BYTES];

		rc = kv_get(txn, KR_UNIT, unit_row_key(at, c->id.unit, keys[i].key), &value, e);
		if (!rc && (!best || keys[i].generation > best->generation ||
			    (keys[i].generation == best->generation && keys[i].lsn > best->lsn)))
			best = &keys[i];
		rc = rc == -ERR_NOTFOUND ? 0 : rc;
	}
	if (!rc && best) {
		rc = keyring_open_unit(k, txn, c->id.unit, best->key, out, e);
	} else if (!rc) { /* one that was made here and is not in base yet */
		key_put_be(prefix, c->id.unit, 4);
		rc = kv_walk(&cur, txn, KR_UNIT, span_of(prefix, 4), none, false, e);
		if (!rc)
			rc = kv_next(cur, &key, &value, e);
		if (rc == 1 && (!key.data || key.len != UNIT_ROW_BYTES))
			rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc == 1)
			rc = keyring_open_unit(k, txn, c->id.unit, key.data + 4, out, e);
		else if (!rc)
			rc = count ? err_set(e, ERR_STATE,
					     "another device of this unit has to hand over the unit's key first: "
					     "let it send and receive, then this one; where all are lost, two "
					     "persons of the unit above can (`ketnap recover`)")
				   : -ERR_NOTFOUND;
		kv_walk_end(cur);
	}
	kv_abort(&txn);
	free(keys);
	return rc;
}

static int hand_to_self(struct keyring *k, struct client *c, struct kv_txn *txn,
			const struct unit_key *u, struct err *e)
{
	uint8_t handed[HAND_BYTES], random[SEAL_SEED_BYTES];
	struct wire_key row = { .what = WIRE_KEY_DEVICE,
				.unit = c->id.unit,
				.to = c->id.device,
				.wrap = { handed, sizeof(handed) } };
	int rc = k->setup.random(random, sizeof(random), e);

	memcpy(row.key, u->id, WIRE_ID);
	if (!rc)
		rc = key_hand(handed, HAND_UNIT_KEY, &k->seal.public, c->id.unit, u->id, u->secret,
			      random, e);
	if (!rc)
		rc = keyring_put_unit(txn, c->id.unit, u->id, row.wrap, e);
	return rc ? rc : keyring_queue(txn, &row, e);
}

int keyring_tell(struct client *c, const struct unit_key *u, int64_t now_ms, struct err *e)
{
	struct op op = { .kind = OP_UNIT_KEY, .unit = c->id.unit };
	struct register_key before = { .generation = 0 };
	struct seal_key pair;
	struct op_id id;
	int rc = register_unit_key(c->base, c->id.unit, &before, e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	op.unit_key.generation = before.generation + 1;
	unit_key_pair(&pair, u);
	keyring_tell_unit(c, &op.unit_key, now_ms);
	memcpy(op.unit_key.key, u->id, sizeof(op.unit_key.key));
	memcpy(op.unit_key.public_half, pair.public.b, sizeof(op.unit_key.public_half));
	seal_key_fini(&pair);
	return outbox_append(c, &op, now_ms, &id, e);
}

/* A key for the unit, kept in the transaction. */
static int unit_made(struct keyring *k, struct client *c, struct kv_txn *txn, struct unit_key *out,
		     struct err *e)
{
	int rc = k->setup.random(out, sizeof(*out), e);

	if (!rc)
		rc = hand_to_self(k, c, txn, out, e);
	return rc ? rc : kv_put(txn, KR_META, SPAN_LIT(KEYRING_MADE), span_of(out->id, WIRE_ID), e);
}

int keyring_make(struct keyring *k, struct client *c, int64_t now_ms, struct unit_key *out,
		 struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	if (!rc)
		rc = unit_made(k, c, txn, out, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc ? rc : keyring_tell(c, out, now_ms, e);
}

/* ---- persons ---- */

static int person_made(struct keyring *k, struct client *c, struct kv_txn *txn,
		       const struct unit_key *with, struct keyring_person *out, struct err *e)
{
	uint8_t nonce[BOX_NONCE_BYTES], wrapped[WRAP_BYTES];
	struct wire_key row = { .what = WIRE_KEY_PERSON,
				.unit = c->id.unit,
				.wrap = { wrapped, sizeof(wrapped) } };
	int rc = k->setup.random(out, sizeof(*out), e);

	if (!rc)
		rc = k->setup.random(nonce, sizeof(nonce), e);
	if (rc)
		return rc;
	person_wrap(wrapped, with, c->id.unit, out->person, out->key, nonce);
	memcpy(row.person, out->person, WIRE_ID);
	memcpy(row.key, with->id, WIRE_ID);
	rc = keyring_put_person(txn, &row, c->id.unit, e);
	return rc ? rc : keyring_queue(txn, &row, e);
}

int keyring_persons_new(struct keyring *k, struct client *c, const struct unit_key *with,
			struct keyring_person *out, size_t count, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	for (size_t i = 0; i < count && !rc; i++)
		rc = person_made(k, c, txn, with, &out[i], e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

int keyring_introduce(struct keyring *k, struct client *c, int64_t now_ms,
		      struct keyring_person *out, size_t count, struct err *e)
{
	struct kv_txn *txn = NULL;
	struct unit_key u;
	int rc = keyring_unit_key(k, c, &u, e);
	bool first = rc == -ERR_NOTFOUND;

	if (rc && !first)
		return rc;
	rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (!rc && first)
		rc = unit_made(k, c, txn, &u, e);
	for (size_t i = 0; i < count && !rc; i++)
		rc = person_made(k, c, txn, &u, &out[i], e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	if (!rc && first)
		rc = keyring_tell(c, &u, now_ms, e);
	key_wipe(&u, sizeof(u));
	return rc;
}

int keyring_person_new(struct keyring *k, struct client *c, const struct unit_key *with,
		       uint8_t person[PERSON_KEY_ID], uint8_t key[BOX_KEY_BYTES], struct err *e)
{
	struct keyring_person one;
	int rc = keyring_persons_new(k, c, with, &one, 1, e);

	memcpy(person, one.person, PERSON_KEY_ID);
	memcpy(key, one.key, BOX_KEY_BYTES);
	key_wipe(&one, sizeof(one));
	return rc;
}

int keyring_open_person(struct keyring *k, struct kv_txn *txn, const uint8_t *person,
			struct span value, uint8_t key[BOX_KEY_BYTES], struct err *e)
{
	struct span wrap = span_of(value.data + 9 + WIRE_ID, value.len - 9 - WIRE_ID);
	uint32_t unit = (uint32_t)key_be(value.data, 4), mine = (uint32_t)key_be(value.data + 5, 4);
	struct seal_key pair;
	struct unit_key u;
	int rc = keyring_open_unit(k, txn, mine, value.data + 9, &u, e);

	if (rc)
		return rc;
	if (value.data[4] == WIRE_KEY_PERSON) {
		rc = person_unwrap(key, &u, unit, person, wrap, e);
	} else {
		unit_key_pair(&pair, &u);
		rc = key_take(key, HAND_PERSON_KEY, &pair, unit, person, wrap, e);
		seal_key_fini(&pair);
	}
	key_wipe(&u, sizeof(u));
	return rc;
}

int keyring_person(struct keyring *k, const uint8_t person[PERSON_KEY_ID],
		   uint8_t key[BOX_KEY_BYTES], struct err *e)
{
	struct kv_txn *txn = NULL;
	struct span value;
	int rc = kv_begin(&txn, k->setup.kv, KV_READ, e);

	if (!rc)
		rc = kv_get(txn, KR_PERSON, span_of(person, WIRE_ID), &value, e);
	if (!rc)
		rc = value.len > 9 + WIRE_ID ? keyring_open_person(k, txn, person, value, key, e)
					     : err_set(e, ERR_CORRUPT, "a key that cannot be read");
	kv_abort(&txn);
	return rc;
}

int keyring_waiting(struct keyring *k, const uint8_t *person, size_t *count, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_READ, e);

	*count = 0;
	if (!rc)
		rc = kv_walk(&c, txn, KR_SEND, none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		*count += !person || !memcmp(key.data + 1, person, WIRE_ID);
		rc = 0;
	}
	kv_walk_end(c);
	kv_abort(&txn);
	return rc;
}
