/* The key of the index of names. The unit's key alone does not make it: the salt is destroyed with the wraps of whoever
 * is forgotten, in the file that is then written anew. */
#include "crypto/hash.h"
#include "keyring_internal.h"

enum { SALT = 32 };

static const struct span row = SPAN_LIT("names");

int keyring_names_forget(struct kv_txn *txn, struct err *e)
{
	return kv_del(txn, KR_META, row, e);
}

static int draw_salt(struct keyring *k, uint8_t value[WIRE_ID + SALT], const struct unit_key *u,
		     struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = k->setup.random(value + WIRE_ID, SALT, e);

	memcpy(value, u->id, WIRE_ID);
	if (!rc)
		rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = kv_put(txn, KR_META, row, span_of(value, WIRE_ID + SALT), e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

int keyring_names_key(struct keyring *k, struct client *c, uint8_t out[BOX_KEY_BYTES], bool *fresh,
		      struct err *e)
{
	uint8_t value[WIRE_ID + SALT];
	struct kv_txn *txn = NULL;
	struct span there;
	struct unit_key u;
	int rc = keyring_unit_key(k, c, &u, e);

	if (rc)
		return rc;
	rc = kv_begin(&txn, k->setup.kv, KV_READ, e);
	if (!rc)
		rc = kv_get(txn, KR_META, row, &there, e);
	*fresh = rc == -ERR_NOTFOUND ||
		 (!rc && (there.len != sizeof(value) || memcmp(there.data, u.id, WIRE_ID)));
	if (!rc && !*fresh)
		memcpy(value, there.data, sizeof(value));
	kv_abort(&txn);
	if (*fresh)
		rc = draw_salt(k, value, &u, e);
	if (!rc)
		hkdf_sha256(out, BOX_KEY_BYTES, span_of(u.secret, sizeof(u.secret)),
			    span_of(value + WIRE_ID, SALT), SPAN_LIT("ketnap-names-v1"));
	key_wipe(&u, sizeof(u));
	key_wipe(value, sizeof(value));
	return rc;
}
