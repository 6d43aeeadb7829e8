/* Signed heads: the newest proven one of each incarnation, and whatever contradicts it. */
#include "internal.h"

/* A head is what it says, bytes included, so equal fields and signature are the same proof once more. */
static bool was_checked(const struct client *c, const struct head *h, const struct ed25519_sig *sig)
{
	const struct head *k = &c->checked.head;

	return k->size && k->size == h->size && k->time_ms == h->time_ms &&
	       hash_eq(&k->root, &h->root) &&
	       !memcmp(k->incarnation, h->incarnation, sizeof(k->incarnation)) &&
	       !memcmp(c->checked.sig.b, sig->b, sizeof(sig->b));
}

int heads_read(struct client *c, const struct wire_head *w, struct head *out,
	       struct ed25519_sig *sig, struct err *e)
{
	struct ed25519_public by;

	if (!w->signed_bytes.len)
		return -ERR_NOTFOUND;
	if (w->signature.len != sizeof(sig->b))
		return err_set(e, ERR_CORRUPT, "a head without a signature");
	memcpy(sig->b, w->signature.data, sizeof(sig->b));
	memcpy(by.b, c->id.log_key, sizeof(by.b));
	if (head_decode(out, w->signed_bytes, e))
		return err_set(e, ERR_CORRUPT, "a head that the log's key did not sign");
	if (was_checked(c, out, sig))
		return 0;
	if (head_verify(out, sig, &by, e))
		return err_set(e, ERR_CORRUPT, "a head that the log's key did not sign");
	c->checked.head = *out;
	c->checked.sig = *sig;
	return 0;
}

int heads_newest(struct client *c, const uint8_t incarnation[16], struct head *out,
		 struct ed25519_sig *sig, struct err *e)
{
	struct ckey k = ckey_head(incarnation, 0);
	struct rd r;
	struct span bytes;
	int rc = part_get(c->base, CT_HEAD, ckey_span(&k), &c->row, e);

	if (rc)
		return rc;
	r = rd_of(buf_span(&c->row));
	bytes = rd_bytes(&r, HEAD_BYTES);
	rd_raw(&r, sig->b, sizeof(sig->b));
	if (!rd_done(&r))
		return err_set(e, ERR_CORRUPT, "a kept head cannot be read");
	return head_decode(out, bytes, e);
}

static int put(struct client *c, const uint8_t incarnation[16], uint64_t at, const struct head *h,
	       const struct ed25519_sig *sig, struct err *e)
{
	struct ckey k = ckey_head(incarnation, at);
	uint8_t bytes[HEAD_BYTES];

	head_encode(bytes, h);
	buf_reset(&c->row);
	buf_bytes(&c->row, span_of(bytes, sizeof(bytes)));
	buf_bytes(&c->row, span_of(sig->b, sizeof(sig->b)));
	return client_put_row(c, CT_HEAD, &k, e);
}

int heads_keep(struct client *c, const struct head *h, const struct ed25519_sig *sig, struct err *e)
{
	return put(c, h->incarnation, 0, h, sig, e);
}

int heads_carry(struct client *c, const uint8_t to[16], uint64_t lsn, struct err *e)
{
	struct ed25519_sig sig;
	struct head h;
	int rc = heads_newest(c, to, &h, &sig, e);

	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = heads_newest(c, c->st.cursor.incarnation, &h, &sig, e);
	if (rc == -ERR_NOTFOUND || (!rc && h.size > lsn)) {
		err_clear(e);
		return 0;
	}
	return rc ? rc : put(c, to, 0, &h, &sig, e);
}

int heads_evidence(struct client *c, const struct head *h, const struct ed25519_sig *sig,
		   struct err *e)
{
	return h->size ? put(c, h->incarnation, h->size, h, sig, e) : 0;
}
