/* The key of the index of names. The unit's key alone does not make it: the salt is destroyed with the wraps of whoever
 * is forgotten, in the file that is then written anew. */
#include "crypto/hash.h"
#include "keyring_internal.h"

enum { SALT = 32 };

static const struct span row = SPAN_LIT("names");
static const char left[] = "names-left";

int keyring_names_forget(struct kv_txn *txn, struct err *e)
{
	return kv_del(txn, KR_META, row, e);
}

/* A salt that is no use any more goes out of the file too, before there is another: the index that it sealed is still in
 * freed pages of the device's store, and with the unit's earlier key this is all that keeps it shut. Cut off in between,
 * the mark has the next call end it. */
static int destroy_salt(struct keyring *k, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	if (!rc)
		rc = keyring_names_forget(txn, e);
	if (!rc)
		rc = keyring_meta_put(txn, left, 1, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	if (!rc && k->setup.rewrite)
		rc = k->setup.rewrite(k->setup.ctx, &k->setup.kv, e);
	kv_abort(&txn);
	return rc;
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
		rc = kv_del(txn, KR_META, span_str(left), e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

/* *fresh: there is none beside this key; *old: but something of one before. */
static int read_salt(struct keyring *k, uint8_t value[WIRE_ID + SALT], const struct unit_key *u,
		     bool *fresh, bool *old, struct err *e)
{
	struct kv_txn *txn = NULL;
	uint64_t mark = 0;
	struct span there;
	int rc = kv_begin(&txn, k->setup.kv, KV_READ, e);

	if (!rc)
		rc = keyring_meta_get(txn, left, &mark, e);
	if (!rc)
		rc = kv_get(txn, KR_META, row, &there, e);
	*fresh = rc == -ERR_NOTFOUND ||
		 (!rc && (there.len != WIRE_ID + SALT || memcmp(there.data, u->id, WIRE_ID)));
	*old = mark || (!rc && *fresh);
	if (!rc && !*fresh)
		memcpy(value, there.data, WIRE_ID + SALT);
	kv_abort(&txn);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int keyring_names_key(struct keyring *k, struct client *c, uint8_t out[BOX_KEY_BYTES], bool *fresh,
		      struct err *e)
{
	uint8_t value[WIRE_ID + SALT];
	struct unit_key u;
	bool old = false;
	int rc = keyring_unit_key(k, c, &u, e);

	if (rc)
		return rc;
	rc = read_salt(k, value, &u, fresh, &old, e);
	if (!rc && *fresh && old)
		rc = destroy_salt(k, e);
	if (!rc && *fresh)
		rc = draw_salt(k, value, &u, e);
	if (!rc)
		hkdf_sha256(out, BOX_KEY_BYTES, span_of(u.secret, sizeof(u.secret)),
			    span_of(value + WIRE_ID, SALT), SPAN_LIT("ketnap-names-v1"));
	key_wipe(&u, sizeof(u));
	key_wipe(value, sizeof(value));
	return rc;
}
