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

/* ---- those that were the newest before: row "heads" of table 32 ---- */

/* The n-th that was kept stands in the place of the lowest bit of n, so that the newest few are all here and of the older
 * ones ever fewer: a restore mostly goes back a little, and from the newest head up to the branch the log of afterwards
 * can be proven. */
enum { FORMER_PLACES = 24 };
struct former {
	uint64_t count; /* that were ever kept */
	struct {
		struct head head; /* of size 0: none */
		struct ed25519_sig sig;
	} at[FORMER_PLACES];
};

static int former_read(struct client *c, struct former *f, struct err *e)
{
	struct ckey k = ckey_name("heads");
	struct rd r;
	int rc = part_get(c->base, CT_IDENTITY, ckey_span(&k), &c->row, e);

	memset(f, 0, sizeof(*f));
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	r = rd_of(buf_span(&c->row));
	f->count = rd_u64(&r);
	for (size_t n = rd_u8(&r); n; n--) {
		size_t place = rd_u8(&r);
		struct span bytes = rd_bytes(&r, HEAD_BYTES);
		struct ed25519_sig sig;

		rd_raw(&r, sig.b, sizeof(sig.b));
		if (place >= FORMER_PLACES || !bytes.data ||
		    head_decode(&f->at[place].head, bytes, e))
			return err_set(e, ERR_CORRUPT, "the row of heads cannot be read");
		f->at[place].sig = sig;
	}
	return rd_done(&r) ? 0 : err_set(e, ERR_CORRUPT, "the row of heads cannot be read");
}

static int former_write(struct client *c, const struct former *f, struct err *e)
{
	struct ckey k = ckey_name("heads");
	uint8_t bytes[HEAD_BYTES], n = 0;

	for (size_t i = 0; i < FORMER_PLACES; i++)
		n = (uint8_t)(n + (f->at[i].head.size != 0));
	buf_reset(&c->row);
	buf_u64(&c->row, f->count);
	buf_u8(&c->row, n);
	for (size_t i = 0; i < FORMER_PLACES; i++) {
		if (!f->at[i].head.size)
			continue;
		head_encode(bytes, &f->at[i].head);
		buf_u8(&c->row, (uint8_t)i);
		buf_bytes(&c->row, span_of(bytes, sizeof(bytes)));
		buf_bytes(&c->row, span_of(f->at[i].sig.b, sizeof(f->at[i].sig.b)));
	}
	return client_put_row(c, CT_IDENTITY, &k, e);
}

static int former_add(struct client *c, const struct head *h, const struct ed25519_sig *sig,
		      struct err *e)
{
	struct former f;
	size_t place = 0;
	int rc = former_read(c, &f, e);

	if (rc)
		return rc;
	f.count++;
	while (place < FORMER_PLACES - 1 && !(f.count >> place & 1))
		place++;
	f.at[place].head = *h;
	f.at[place].sig = *sig;
	return former_write(c, &f, e);
}

/* Of size 0 when there is none. */
static void former_newest(const struct former *f, struct head *out, struct ed25519_sig *sig)
{
	out->size = 0;
	for (size_t i = 0; i < FORMER_PLACES; i++) {
		if (f->at[i].head.size <= out->size)
			continue;
		*out = f->at[i].head;
		*sig = f->at[i].sig;
	}
}

/* Those of sizes up to `lsn` stay; the newest of them. */
static int former_cut(struct client *c, uint64_t lsn, struct head *out, struct ed25519_sig *sig,
		      struct err *e)
{
	struct former f;
	int rc = former_read(c, &f, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < FORMER_PLACES; i++)
		if (f.at[i].head.size > lsn)
			f.at[i].head.size = 0;
	former_newest(&f, out, sig);
	return former_write(c, &f, e);
}

int heads_behind(struct client *c, struct head *out, struct ed25519_sig *sig, struct err *e)
{
	struct ed25519_sig older_sig;
	struct head older = { .size = 0 };
	struct former f;
	int rc = heads_newest(c, c->st.cursor.incarnation, out, sig, e);

	if (!rc)
		rc = former_read(c, &f, e);
	if (rc || !f.count)
		return rc;
	former_newest(&f, &older, &older_sig);
	if (older.size >= out->size)
		return 0;
	*out = older; /* the newest of all has been cut off */
	*sig = older_sig;
	return older.size ? 0 : -ERR_NOTFOUND;
}

/* ---- keeping ---- */

int heads_keep(struct client *c, const struct head *h, const struct ed25519_sig *sig, struct err *e)
{
	int rc = put(c, h->incarnation, 0, h, sig, e);

	return rc ? rc : former_add(c, h, sig, e);
}

int heads_carry(struct client *c, const uint8_t to[16], uint64_t lsn, struct err *e)
{
	struct ed25519_sig sig, older_sig;
	struct head h, older;
	int rc = heads_newest(c, to, &h, &sig, e);

	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = former_cut(c, lsn, &older, &older_sig, e);
	if (rc)
		return rc;
	rc = heads_newest(c, c->st.cursor.incarnation, &h, &sig, e);
	if (rc == -ERR_NOTFOUND || (!rc && h.size > lsn)) {
		err_clear(e);
		return older.size ? put(c, to, 0, &older, &older_sig, e) : 0;
	}
	return rc ? rc : put(c, to, 0, &h, &sig, e);
}

int heads_evidence(struct client *c, const struct head *h, const struct ed25519_sig *sig,
		   struct err *e)
{
	return h->size ? put(c, h->incarnation, h->size, h, sig, e) : 0;
}
