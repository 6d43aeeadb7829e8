#include "client/receipt.h"

#include "internal.h"

#include "crypto/merkle.h"
#include "ledger/feed.h"
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
	out->entry_bytes = m->entry;
	leaf = merkle_leaf(m->entry);
	return merkle_check_leaf(&path, out->entry.lsn - 1, out->head.size, &leaf, &out->head.root,
				 e);
}

/* Which log is it of, and where was that left? `differs`: another entry of that number has been read. */
static enum receipt_stands by_line(const struct feed_branch *line, size_t count,
				   const struct receipt *r, bool differs, uint64_t read_to)
{
	size_t at = 0;

	while (at < count && memcmp(line[at].id, r->head.incarnation, sizeof(line[at].id)))
		at++;
	if (at == count)
		return RECEIPT_CANNOT_TELL;
	while (++at < count)
		if (r->entry.lsn > line[at].branch_lsn)
			return RECEIPT_LEFT;
	if (differs)
		return RECEIPT_OTHERWISE;
	return r->entry.lsn <= read_to ? RECEIPT_STANDS : RECEIPT_CANNOT_TELL;
}

int receipt_stands(enum receipt_stands *out, struct client *c, const struct receipt *r,
		   struct err *e)
{
	struct arena *a = arena_new(LINE_BUDGET);
	const struct feed_branch *line;
	struct buf held;
	size_t count;
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for a line of incarnations");

	*out = RECEIPT_CANNOT_TELL;
	buf_init(&held, ENTRY_MAX);
	if (!rc)
		rc = ledger_entry(c->base, r->entry.lsn, &held, e);
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = 0;
	}
	if (!rc && span_eq(buf_span(&held), r->entry_bytes)) {
		*out = RECEIPT_STANDS;
	} else if (!rc) {
		rc = feed_line(&line, &count, c->base, a, e);
		if (!rc)
			*out = by_line(line, count, r, held.len > 0, c->st.cursor.lsn);
	}
	buf_fini(&held);
	arena_free(a);
	return rc;
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
