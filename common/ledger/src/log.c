/* The log itself: entries in order, and the Merkle nodes over them. Nodes are kept at every fourth
 * level only (one put for about fifteen entries); those between are hashed again when a proof asks. */
#include "internal.h"

enum { NODE_STEP = 4 };

int log_get(struct ledger *l, uint64_t lsn, struct span *bytes, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_LOG, key_u64(lsn), &r, e);

	*bytes = (struct span){ NULL, 0 };
	if (rc == -ERR_CORRUPT)
		return err_wrap(e, rc, "entry %llu", (unsigned long long)lsn);
	if (!rc)
		*bytes = rd_bytes(&r, rd_left(&r));
	return rc;
}

static int keep_node(void *ledger, unsigned level, uint64_t index, const struct hash *node,
		     struct err *e)
{
	struct ledger *l = ledger;

	if (!level || level % NODE_STEP)
		return 0;
	buf_bytes(row_begin(l), span_of(node->b, HASH_BYTES));
	return row_put(l, T_NODE, key_node((uint8_t)level, index), e);
}

int log_node(void *ledger, unsigned level, uint64_t index, struct hash *node, struct err *e)
{
	struct ledger *l = ledger;
	struct hash left, right;
	struct span bytes;
	struct rd r;
	int rc;

	if (!level) {
		rc = log_get(l, index + 1, &bytes, e); /* leaf 0 is entry 1 */
		if (!rc)
			*node = merkle_leaf(bytes);
		return rc;
	}
	if (level % NODE_STEP == 0) {
		rc = row_get(l, T_NODE, key_node((uint8_t)level, index), &r, e);
		bytes = rc ? (struct span){ NULL, 0 } : rd_bytes(&r, HASH_BYTES);
		if (bytes.data)
			memcpy(node->b, bytes.data, HASH_BYTES);
		return rc ? rc : row_done(&r, T_NODE, e);
	}
	rc = log_node(l, level - 1, index * 2, &left, e); /* at most three levels deep */
	if (!rc)
		rc = log_node(l, level - 1, index * 2 + 1, &right, e);
	if (!rc)
		*node = merkle_node(&left, &right);
	return rc;
}

int put_tip(struct ledger *l, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, l->info.lsn);
	buf_zigzag(b, l->info.time_ms);
	return row_put(l, T_META, key_text(SPAN_LIT("tip")), e);
}

/* Store an entry whose bytes are already made (they are hashed as they are). */
static int put_bytes(struct ledger *l, const struct entry *en, struct span bytes, struct err *e)
{
	struct hash leaf;
	int rc;

	buf_bytes(row_begin(l), bytes);
	rc = row_put(l, T_LOG, key_u64(en->lsn), e);
	if (rc)
		return rc;
	if (!l->scope) {
		leaf = merkle_leaf(bytes);
		rc = merkle_append(&l->frontier, &leaf, keep_node, l, e);
		if (rc)
			return rc;
	}
	l->info.lsn = en->lsn;
	l->info.time_ms = en->time_ms;
	return put_tip(l, e);
}

int log_append(struct ledger *l, struct entry *en, struct err *e)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, OP_FORM_BODY_MAX + 4096);
	entry_encode(&bytes, en);
	rc = bytes.failed ? err_set(e, ERR_NOMEM, "no memory for entry %llu",
				    (unsigned long long)en->lsn)
			  : put_bytes(l, en, buf_span(&bytes), e);
	buf_fini(&bytes);
	return rc;
}

int log_put(struct ledger *l, const struct entry *en, struct span bytes, struct err *e)
{
	return put_bytes(l, en, bytes, e);
}
