#include "client/receipt.h"

#include "crypto/merkle.h"
#include "proto/file.h"

static int path_of(struct merkle_proof *out, struct span path, struct err *e)
{
	if (path.len % HASH_BYTES || path.len / HASH_BYTES > MERKLE_PROOF_MAX)
		return err_set(e, ERR_INVALID, "the receipt's path has a wrong length");
	out->count = (unsigned)(path.len / HASH_BYTES);
	if (path.len)
		memcpy(out->node, path.data, path.len);
	return 0;
}

int receipt_verify(struct receipt *out, const struct wire_receipt *m, const uint8_t log_key[32],
		   struct arena *a, struct err *e)
{
	struct ed25519_public by;
	struct ed25519_sig sig;
	struct merkle_proof path;
	struct hash leaf;
	int rc;

	memset(out, 0, sizeof(*out));
	if (m->head.signature.len != sizeof(sig.b))
		return err_set(e, ERR_INVALID, "the receipt has no signed head");
	memcpy(sig.b, m->head.signature.data, sizeof(sig.b));
	memcpy(by.b, log_key, sizeof(by.b));
	rc = head_decode(&out->head, m->head.signed_bytes, e);
	if (!rc)
		rc = head_verify(&out->head, &sig, &by, e);
	if (!rc)
		rc = entry_decode(&out->entry, m->entry, a, e);
	if (!rc)
		rc = path_of(&path, m->path, e);
	if (rc)
		return rc;
	if (!out->entry.lsn || out->entry.lsn > out->head.size)
		return err_set(e, ERR_INVALID, "entry %llu is not under the receipt's head",
			       (unsigned long long)out->entry.lsn);
	leaf = merkle_leaf(m->entry);
	return merkle_check_leaf(&path, out->entry.lsn - 1, out->head.size, &leaf, &out->head.root,
				 e);
}

int receipt_file_write(struct buf *out, struct span message, struct err *e)
{
	struct file_head h = { .kind = FILE_RECEIPT };

	return file_write(out, &h, message, e);
}

int receipt_file_check(struct receipt *out, struct span file, const uint8_t log_key[32],
		       struct arena *a, struct err *e)
{
	struct file_head h;
	struct wire_receipt m;
	struct span message;
	int rc = file_read(&h, &message, NULL, file, e);

	memset(out, 0, sizeof(*out));
	if (!rc && h.kind != FILE_RECEIPT)
		rc = err_set(e, ERR_INVALID, "this is no receipt file");
	if (!rc)
		rc = wire_decode(&m, FRAME_RECEIPT, message, a, e);
	return rc ? rc : receipt_verify(out, &m, log_key, a, e);
}
