/* Copies of the key store, and what comes back from one. */
#include "keystore_internal.h"

static const char copied[] = "copied";
enum { COPIED_BYTES = 8 + 16 };

static int copy_table(struct kv_txn *from, struct kv_txn *to, uint8_t table, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, from, table, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1)
		rc = kv_append(to, table, key, value, e);
	kv_walk_end(c);
	return rc;
}

int keystore_copy(struct keystore *ks, struct kv *to, const struct keystore_copy *about,
		  struct err *e)
{
	struct kv_txn *from = NULL, *txn = NULL;
	uint8_t value[COPIED_BYTES];
	int rc = kv_sums(to, KS_META, KEYSTORE_CHECKED, e);

	if (!rc)
		rc = kv_begin(&from, ks->setup.kv, KV_READ, e);
	keystore_put_be(value, (uint64_t)about->ms, 8);
	memcpy(value + 8, about->store, 16);
	if (!rc)
		rc = kv_begin(&txn, to, KV_WRITE, e);
	for (uint8_t t = 0; t < KEYSTORE_TABLES && !rc; t++)
		rc = copy_table(from, txn, t, e);
	if (!rc)
		rc = kv_put(txn, KS_META, span_str(copied), span_of(value, sizeof(value)), e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	kv_abort(&from);
	return rc;
}

int keystore_copy_read(struct keystore_copy *out, struct kv *copy, struct err *e)
{
	struct kv_txn *txn = NULL;
	struct span value;
	int rc = kv_sums(copy, KS_META, KEYSTORE_CHECKED, e);

	if (!rc)
		rc = kv_begin(&txn, copy, KV_READ, e);
	if (!rc)
		rc = kv_get(txn, KS_META, span_str(copied), &value, e);
	if (rc == -ERR_NOTFOUND || (!rc && value.len != COPIED_BYTES))
		rc = err_set(e, ERR_INVALID, "this file is no copy of a key store");
	if (!rc) {
		out->ms = (int64_t)keystore_get_be(value.data, 8);
		memcpy(out->store, value.data + 8, 16);
	}
	kv_abort(&txn);
	return rc;
}

/* Under a number of its own: those that were given stay what they are. */
static int put_lacking(struct keystore *ks, struct kv_txn *txn, struct span value, uint64_t *seq,
		       size_t *rows, struct err *e)
{
	uint8_t of[OF_BYTES], at[FOR_BYTES];
	struct wire_key k;
	struct span there;
	int rc;

	if (!keystore_row_read(&k, value))
		return err_set(e, ERR_CORRUPT, "a key that cannot be read");
	keystore_key_of(of, &k);
	rc = kv_get(txn, KS_OF, span_of(of, sizeof(of)), &there, e);
	if (rc != -ERR_NOTFOUND)
		return rc;
	keystore_key_for(at, &k, ++*seq);
	keystore_row_write(&ks->row, &k);
	if (ks->row.failed)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	rc = kv_put(txn, KS_FOR, span_of(at, sizeof(at)), buf_span(&ks->row), e);
	if (!rc)
		rc = kv_put(txn, KS_OF, span_of(of, sizeof(of)), span_of(at, sizeof(at)), e);
	*rows += !rc;
	return rc;
}

int keystore_restore(struct keystore *ks, struct ledger *l, struct kv *copy, size_t *rows,
		     size_t *forgotten, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_txn *from = NULL, *txn = NULL;
	struct kv_cursor *c = NULL;
	uint64_t seq = ks->seq;
	int rc = kv_begin(&from, copy, KV_READ, e);

	*rows = *forgotten = 0;
	if (!rc)
		rc = kv_begin(&txn, ks->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = kv_walk(&c, from, KS_FOR, none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1)
		rc = put_lacking(ks, txn, value, &seq, rows, e);
	kv_walk_end(c);
	if (!rc)
		rc = keystore_meta_put(txn, "seq", seq, e);
	if (!rc) /* cut off behind this commit, the next start forgets them */
		rc = keystore_meta_put(txn, "forgot", 0, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	kv_abort(&from);
	if (rc)
		return rc;
	ks->seq = seq;
	ks->forgot = 0;
	return keystore_forget(ks, l, forgotten, e);
}
