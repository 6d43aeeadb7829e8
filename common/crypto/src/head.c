#include "crypto/head.h"

#include <assert.h>

enum {
	AT_INCARNATION = HEAD_LABEL_BYTES,
	AT_SIZE = AT_INCARNATION + HEAD_INCARNATION_BYTES,
	AT_TIME = AT_SIZE + 8,
	AT_ROOT = AT_TIME + 8,
	AT_END = AT_ROOT + HASH_BYTES,
};

static const char label[HEAD_LABEL_BYTES] = "ketnap-head-v1";

static_assert((int)AT_END == (int)HEAD_BYTES, "layout");

static void put_u64(uint8_t *out, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | at[i];
	return v;
}

void head_encode(uint8_t out[HEAD_BYTES], const struct head *h)
{
	memcpy(out, label, sizeof(label));
	memcpy(out + AT_INCARNATION, h->incarnation, HEAD_INCARNATION_BYTES);
	put_u64(out + AT_SIZE, h->size);
	put_u64(out + AT_TIME, (uint64_t)h->time_ms);
	memcpy(out + AT_ROOT, h->root.b, HASH_BYTES);
}

int head_decode(struct head *out, struct span bytes, struct err *e)
{
	uint64_t size, time;

	if (bytes.len != HEAD_BYTES || memcmp(bytes.data, label, sizeof(label)))
		return err_set(e, ERR_INVALID, "these bytes are not the head of a log");
	size = get_u64(bytes.data + AT_SIZE);
	time = get_u64(bytes.data + AT_TIME);
	if (size > INT64_MAX || time > INT64_MAX)
		return err_set(e, ERR_INVALID,
			       "the head of the log states an impossible size or time");
	memcpy(out->incarnation, bytes.data + AT_INCARNATION, HEAD_INCARNATION_BYTES);
	out->size = size;
	out->time_ms = (int64_t)time;
	memcpy(out->root.b, bytes.data + AT_ROOT, HASH_BYTES);
	return 0;
}

struct ed25519_sig head_sign(const struct head *h, const struct ed25519_key *k)
{
	uint8_t bytes[HEAD_BYTES];

	assert(h->size <= INT64_MAX && h->time_ms >= 0); /* else no reader would decode it */
	head_encode(bytes, h);
	return ed25519_sign(k, span_of(bytes, sizeof(bytes)));
}

int head_verify(const struct head *h, const struct ed25519_sig *sig,
		const struct ed25519_public *by, struct err *e)
{
	uint8_t bytes[HEAD_BYTES];
	int rc;

	head_encode(bytes, h);
	rc = ed25519_verify(by, span_of(bytes, sizeof(bytes)), sig, e);
	return rc ? err_wrap(e, rc, "head of the log") : 0;
}
