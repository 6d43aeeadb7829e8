#include "ledger/copy.h"

#include "ledger/part.h"

#include "internal.h"

int copy_create(struct kv *kv, struct span entry, const uint8_t store[16],
		const uint8_t log_key[32], struct err *e)
{
	struct ledger *l;
	int rc = ledger_new(&l, kv, 0, e);

	if (rc)
		return rc;
	rc = ledger_begin(l, e);
	if (!rc)
		rc = ledger_blank(l, e);
	if (!rc)
		rc = ledger_put_entry(l, entry, e);
	if (!rc && (memcmp(l->info.store, store, 16) || memcmp(l->info.log_key, log_key, 32)))
		rc = err_set(e, ERR_CORRUPT, "entry 1 begins the log of another store");
	if (!rc)
		rc = ledger_commit(l, NULL, NULL, e);
	ledger_close(l);
	return rc;
}

struct hash copy_root(const struct ledger *l)
{
	return merkle_root(&l->frontier);
}

int copy_head(struct ledger *l, const struct head *h, const struct ed25519_sig *sig, struct err *e)
{
	struct hash root = merkle_root(&l->frontier);
	uint8_t bytes[HEAD_BYTES];
	struct buf *b;

	assert(l->in_batch && !l->scope);
	if (h->size != l->info.lsn)
		return err_set(e, ERR_STATE, "a head of %llu entries, there are %llu",
			       (unsigned long long)h->size, (unsigned long long)l->info.lsn);
	if (!hash_eq(&root, &h->root) ||
	    memcmp(h->incarnation, l->info.incarnation, sizeof(h->incarnation)))
		return err_set(e, ERR_CORRUPT, "the signed head is of other entries than these");
	head_encode(bytes, h);
	b = row_begin(l);
	buf_bytes(b, span_of(bytes, sizeof(bytes)));
	buf_bytes(b, span_of(sig->b, sizeof(sig->b)));
	return row_put(l, T_META, key_text(SPAN_LIT("head")), e);
}

int copy_readable(const struct entry *en, struct arena *scratch, struct err *e)
{
	enum op_code code;
	struct op op;

	if (en->verdict != VERDICT_ACCEPTED)
		return 0;
	code = op_decode(&op, en->body, scratch, e);
	if (code == CODE_NO_VERDICT)
		return err_set(e, ERR_NOMEM, "no memory to read an entry");
	if (code != CODE_OK || !part_knows(op.kind))
		return err_set(e, ERR_VERSION, "entry %llu is of a newer program than this one",
			       (unsigned long long)en->lsn);
	return 0;
}
