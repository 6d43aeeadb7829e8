#include "proto/file.h"

#include <assert.h>

#include "proto/codec.h"

enum { LABEL = 16, WITH_OWNER = 1, WITH_ABOUT = 2 };

struct kind_row {
	const char *label; /* padded with NUL to LABEL bytes */
	unsigned with;
};

static const struct kind_row kinds[FILE_KINDS] = {
	[FILE_BUNDLE] = { "ketnap-bundle-1", WITH_OWNER },
	[FILE_ANSWER] = { "ketnap-answer-1", WITH_OWNER | WITH_ABOUT },
	[FILE_ENROL] = { "ketnap-enrol-1", 0 },
	[FILE_ENROL_ACK] = { "ketnap-enrolack1", WITH_ABOUT },
	[FILE_RECEIPT] = { "ketnap-receipt-1", 0 },
};

static void put_label(uint8_t label[LABEL], enum file_kind kind)
{
	size_t len = strlen(kinds[kind].label);

	assert(len <= LABEL);
	memset(label, 0, LABEL);
	memcpy(label, kinds[kind].label, len);
}

/* Label and whom it concerns: what stands in front of the content, and what signatures cover. */
static void put_head(struct buf *b, const struct file_head *h)
{
	uint8_t label[LABEL];

	put_label(label, h->kind);
	buf_bytes(b, span_of(label, LABEL));
	if (kinds[h->kind].with & WITH_OWNER) {
		buf_bytes(b, span_of(h->store, sizeof(h->store)));
		buf_u64(b, h->device);
	}
	if (kinds[h->kind].with & WITH_ABOUT)
		buf_bytes(b, span_of(h->about.b, HASH_BYTES));
}

int file_write(struct buf *out, const struct file_head *h, struct span content, struct err *e)
{
	size_t at = out->len;
	struct hash end;

	assert(h->kind > FILE_NONE && h->kind < FILE_KINDS);
	if (content.len > WIRE_FILE_MAX - 256)
		return err_set(e, ERR_RANGE, "a file of %zu bytes is too large", content.len);
	put_head(out, h);
	buf_u32(out, (uint32_t)content.len);
	buf_bytes(out, content);
	if (!out->failed) {
		end = hash_bytes(span_of(out->data + at, out->len - at));
		buf_bytes(out, span_of(end.b, HASH_BYTES));
	}
	return out->failed ? err_set(e, ERR_NOMEM, "file: no room to write it") : 0;
}

static enum file_kind kind_of(struct span label)
{
	for (enum file_kind k = FILE_NONE + 1; k < FILE_KINDS; k++) {
		uint8_t want[LABEL];

		put_label(want, k);
		if (span_eq(label, span_of(want, LABEL)))
			return k;
	}
	return FILE_NONE;
}

struct span file_first(struct span bytes, struct span *rest)
{
	struct rd r = rd_of(bytes);
	enum file_kind kind = kind_of(rd_bytes(&r, LABEL));
	size_t head = LABEL + sizeof(uint32_t), len;

	*rest = (struct span){ NULL, 0 };
	if (kind == FILE_NONE)
		return bytes;
	head += kinds[kind].with & WITH_OWNER ? WIRE_ID + sizeof(uint64_t) : 0;
	head += kinds[kind].with & WITH_ABOUT ? HASH_BYTES : 0;
	(void)rd_bytes(&r, head - LABEL - sizeof(uint32_t));
	len = rd_u32(&r);
	if (bytes.len < head + HASH_BYTES || len >= bytes.len - head - HASH_BYTES)
		return bytes; /* cut, or there is nothing behind it */
	len += head + HASH_BYTES;
	*rest = span_of(bytes.data + len, bytes.len - len);
	return span_of(bytes.data, len);
}

int file_read(struct file_head *h, struct span *content, struct hash *id, struct span file,
	      struct err *e)
{
	struct rd r = rd_of(file);
	struct span label = rd_bytes(&r, LABEL), owner, about, end;
	struct hash whole;

	memset(h, 0, sizeof(*h));
	h->kind = kind_of(label);
	if (h->kind == FILE_NONE) {
		if (label.len == LABEL && !memcmp(label.data, "ketnap-", 7))
			return err_set(e, ERR_VERSION, "the file was made by another version");
		return err_set(e, ERR_INVALID, "this is not a file of this program");
	}
	if (kinds[h->kind].with & WITH_OWNER) {
		owner = rd_bytes(&r, WIRE_ID);
		if (owner.len)
			memcpy(h->store, owner.data, WIRE_ID);
		h->device = rd_u64(&r);
	}
	if (kinds[h->kind].with & WITH_ABOUT) {
		about = rd_bytes(&r, HASH_BYTES);
		if (about.len)
			memcpy(h->about.b, about.data, HASH_BYTES);
	}
	*content = rd_bytes(&r, rd_u32(&r));
	end = rd_bytes(&r, HASH_BYTES);
	if (!rd_done(&r))
		return err_set(e, ERR_CORRUPT, "the file is not whole: copy it again");
	whole = hash_bytes(span_of(file.data, file.len - HASH_BYTES));
	if (memcmp(whole.b, end.data, HASH_BYTES))
		return err_set(e, ERR_CORRUPT, "the file was damaged on the way: copy it again");
	if (id)
		*id = whole;
	return 0;
}

/* What is signed: the head of the file and the hash of the body. */
static void put_signed(struct buf *b, const struct file_head *h, struct span body)
{
	struct hash body_hash = hash_bytes(body);

	put_head(b, h);
	buf_bytes(b, span_of(body_hash.b, HASH_BYTES));
}

/* Encode `inside`, seal it, write the file around it. */
static int write_sealed(struct buf *out, const struct file_head *h, unsigned message,
			const void *inside, const struct seal_public *to,
			const uint8_t random[SEAL_SEED_BYTES], struct arena *a, struct err *e)
{
	uint8_t *sealed;
	struct buf plain;
	int rc;

	buf_init(&plain, WIRE_FILE_MAX);
	rc = wire_encode(&plain, message, inside, a, e);
	if (rc)
		goto out;
	sealed = arena_alloc(a, plain.len + SEAL_OVERHEAD);
	if (!sealed) {
		rc = err_set(e, ERR_NOMEM, "file: out of memory");
		goto out;
	}
	rc = seal_to(sealed, to, buf_span(&plain), random, e);
	if (!rc)
		rc = file_write(out, h, span_of(sealed, plain.len + SEAL_OVERHEAD), e);
out:
	buf_fini(&plain);
	return rc;
}

static int read_sealed(void *inside, unsigned message, struct span content,
		       const struct seal_key *mine, struct arena *a, struct err *e)
{
	uint8_t *plain;
	int rc;

	if (content.len < SEAL_OVERHEAD)
		return err_set(e, ERR_PROTO, "the file holds nothing");
	plain = arena_alloc(a, content.len - SEAL_OVERHEAD + 1);
	if (!plain)
		return err_set(e, ERR_NOMEM, "file: out of memory");
	rc = seal_open(plain, mine, content, e);
	if (rc)
		return rc;
	return wire_decode(inside, message, span_of(plain, content.len - SEAL_OVERHEAD), a, e);
}

int bundle_write(struct buf *out, const struct file_head *h, struct span body,
		 struct span certificate, const struct p256_key *by, const struct seal_public *to,
		 const uint8_t random[SEAL_SEED_BYTES], struct arena *a, struct err *e)
{
	struct wire_bundle_inside inside = { .body = body, .certificate = certificate };
	struct p256_sig sig;
	struct buf message;
	int rc;

	assert(h->kind == FILE_BUNDLE);
	buf_init(&message, 256);
	put_signed(&message, h, body);
	rc = message.failed ? err_set(e, ERR_NOMEM, "bundle: out of memory")
			    : p256_sign(by, buf_span(&message), &sig, e);
	buf_fini(&message);
	if (rc)
		return rc;
	inside.signature = span_of(sig.b, sig.len);
	return write_sealed(out, h, WIRE_BUNDLE_INSIDE, &inside, to, random, a, e);
}

/* Ours, of the device that the file names, and not expired for longer than is forgiven. One that is early
 * was issued while the server's clock ran ahead. */
static int check_certificate(struct cert_info *by, const struct file_head *h,
			     struct span certificate, struct span ca, int64_t now_ms, struct err *e)
{
	enum cert_verdict verdict;
	int rc = cert_verify(by, &verdict, certificate, ca, CERT_DEVICE, now_ms, e);

	if (verdict == CERT_EARLY ||
	    (verdict == CERT_EXPIRED &&
	     now_ms - by->not_after_ms <= FILE_EXPIRED_DAYS * INT64_C(86400000))) {
		err_clear(e);
		rc = 0;
	}
	if (!rc && by->subject.device != h->device)
		return err_set(e, ERR_DENIED,
			       "the bundle names another device than its certificate");
	return rc;
}

int bundle_open(struct span *body, struct cert_info *by, const struct file_head *h,
		struct span content, const struct seal_key *mine, struct span ca, int64_t now_ms,
		struct arena *a, struct err *e)
{
	struct wire_bundle_inside inside;
	struct buf message;
	int rc;

	assert(h->kind == FILE_BUNDLE);
	rc = read_sealed(&inside, WIRE_BUNDLE_INSIDE, content, mine, a, e);
	if (rc)
		return rc;
	rc = check_certificate(by, h, inside.certificate, ca, now_ms, e);
	if (rc)
		return rc;
	buf_init(&message, 256);
	put_signed(&message, h, inside.body);
	rc = message.failed ? err_set(e, ERR_NOMEM, "bundle: out of memory")
			    : p256_verify(&by->key, buf_span(&message), inside.signature, e);
	buf_fini(&message);
	if (rc ==
	    -ERR_INVALID) /* a signature that is none at all was not made by the device either */
		rc = -ERR_DENIED;
	*body = inside.body;
	return rc;
}

/* One op of a bundle: in its place, and its body what the envelope says. Moves the chain on. */
static int check_item(struct hash *chain, const struct wire_item *item, uint32_t epoch,
		      uint64_t seq, struct arena *a, struct err *e)
{
	const uint8_t n[8] = { (uint8_t)(seq >> 56), (uint8_t)(seq >> 48), (uint8_t)(seq >> 40),
			       (uint8_t)(seq >> 32), (uint8_t)(seq >> 24), (uint8_t)(seq >> 16),
			       (uint8_t)(seq >> 8),  (uint8_t)seq };
	struct envelope v;
	struct hash body;
	int rc = envelope_decode(&v, item->envelope, a, e);

	if (rc)
		return rc;
	if (v.epoch != epoch || v.seq != seq)
		return err_set(e, ERR_PROTO, "bundle: an op is out of its order");
	body = hash_bytes(item->body);
	if (item->withdrawn ? item->body.len > 0 : memcmp(body.b, v.body_hash, HASH_BYTES) != 0)
		return err_set(e, ERR_PROTO, "bundle: a body is not what its envelope says");
	*chain = hash_bytes3(span_of(chain->b, HASH_BYTES), span_of(n, sizeof(n)),
			     span_of(v.body_hash, HASH_BYTES));
	return 0;
}

int bundle_check(const struct wire_bundle_body *b, struct arena *a, struct err *e)
{
	struct hash chain = b->hello.acked_chain;

	if (b->trailer.count != b->item_count)
		return err_set(e, ERR_PROTO, "bundle: %zu ops instead of %u", b->item_count,
			       (unsigned)b->trailer.count);
	for (size_t i = 0; i < b->item_count; i++) {
		int rc = check_item(&chain, &b->items[i], b->hello.epoch,
				    b->hello.acked_seq + 1 + i, a, e);

		if (rc)
			return rc;
	}
	if (memcmp(chain.b, b->trailer.chain.b, HASH_BYTES))
		return err_set(e, ERR_PROTO, "bundle: the chain does not end where it says");
	return 0;
}

int answer_write(struct buf *out, const struct file_head *h, struct span body,
		 const struct ed25519_key *by, const struct seal_public *to,
		 const uint8_t random[SEAL_SEED_BYTES], struct arena *a, struct err *e)
{
	struct wire_answer_inside inside = { .body = body };
	struct ed25519_sig sig;
	struct buf message;

	assert(h->kind == FILE_ANSWER);
	buf_init(&message, 256);
	put_signed(&message, h, body);
	if (message.failed) {
		buf_fini(&message);
		return err_set(e, ERR_NOMEM, "answer: out of memory");
	}
	sig = ed25519_sign(by, buf_span(&message));
	buf_fini(&message);
	inside.signature = span_of(sig.b, sizeof(sig.b));
	return write_sealed(out, h, WIRE_ANSWER_INSIDE, &inside, to, random, a, e);
}

int answer_open(struct span *body, const struct file_head *h, struct span content,
		const struct seal_key *mine, const struct ed25519_public *log_key, struct arena *a,
		struct err *e)
{
	struct wire_answer_inside inside;
	struct ed25519_sig sig;
	struct buf message;
	int rc;

	assert(h->kind == FILE_ANSWER);
	rc = read_sealed(&inside, WIRE_ANSWER_INSIDE, content, mine, a, e);
	if (rc)
		return rc;
	if (!inside.signature.len)
		return err_set(e, ERR_DENIED, "the answer is not signed");
	memcpy(sig.b, inside.signature.data, sizeof(sig.b));
	buf_init(&message, 256);
	put_signed(&message, h, inside.body);
	rc = message.failed ? err_set(e, ERR_NOMEM, "answer: out of memory")
			    : ed25519_verify(log_key, buf_span(&message), &sig, e);
	buf_fini(&message);
	if (rc == -ERR_INVALID)
		rc = -ERR_DENIED;
	*body = inside.body;
	return rc;
}
