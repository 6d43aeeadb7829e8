/* Keys of persons who go over to another unit: sealed to the receiver by the sender, wrapped anew by the receiver. What
 * the sender had is destroyed as of one who was forgotten, once the receiver has taken over. */
#include "keyring_internal.h"

uint32_t unit_direct(struct client *c, uint32_t unit, day_t day)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(ledger_tree(c->base), unit, day, UINT64_MAX, path);

	return depth > 1 ? path[depth - 2] : depth ? path[0] : 0;
}

void keyring_tell_unit(struct client *c, struct op_unit_key *out, int64_t now_ms)
{
	const struct unit *u = tree_get(ledger_tree(c->base), c->id.unit);

	if (!u) /* nothing was received yet */
		return;
	out->code = span_str(u->code);
	out->direct = unit_direct(c, c->id.unit, day_of_instant(now_ms));
}

keyring_draw *keyring_random(const struct keyring *k)
{
	return k->setup.random;
}

int keyring_send_off(struct keyring *k, struct client *c, const struct register_key *to,
		     struct keyring_person *out, struct err *e)
{
	uint8_t handed[HAND_BYTES], random[SEAL_SEED_BYTES];
	struct wire_key row = { .what = WIRE_KEY_BODY,
				.unit = c->id.unit,
				.to = to->unit,
				.wrap = { handed, sizeof(handed) } };
	struct kv_txn *txn = NULL;
	struct seal_public public;
	int rc = k->setup.random(out, sizeof(*out), e);

	memcpy(public.b, to->public_half, sizeof(public.b));
	memcpy(row.person, out->person, WIRE_ID);
	memcpy(row.key, to->key, WIRE_ID);
	if (!rc)
		rc = k->setup.random(random, sizeof(random), e);
	if (!rc)
		rc = key_hand(handed, HAND_PERSON_KEY, &public, row.unit, out->person, out->key,
			      random, e);
	if (!rc)
		rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = keyring_queue(txn, &row, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

int keyring_adopt(struct keyring *k, struct client *c, const struct unit_key *with,
		  const uint8_t person[PERSON_KEY_ID], struct err *e)
{
	uint8_t key[BOX_KEY_BYTES], nonce[BOX_NONCE_BYTES], wrapped[WRAP_BYTES];
	struct wire_key row = { .what = WIRE_KEY_PERSON,
				.unit = c->id.unit,
				.wrap = { wrapped, sizeof(wrapped) } };
	struct kv_txn *txn = NULL;
	int rc = keyring_person(k, person, key, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(
			e, ERR_NOTFOUND,
			"the key has not come yet: send and receive first, or ask the unit that "
			"sends to do so");
	if (!rc)
		rc = k->setup.random(nonce, sizeof(nonce), e);
	if (!rc)
		rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (rc)
		goto out;
	person_wrap(wrapped, with, c->id.unit, person, key, nonce);
	memcpy(row.person, person, WIRE_ID);
	memcpy(row.key, with->id, WIRE_ID);
	rc = keyring_put_person(txn, &row, c->id.unit, e);
	if (!rc)
		rc = keyring_queue(txn, &row, e);
	if (!rc)
		rc = kv_commit(&txn, e);
out:
	kv_abort(&txn);
	key_wipe(key, sizeof(key));
	return rc;
}
