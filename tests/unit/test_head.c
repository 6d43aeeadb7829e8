#include "crypto/head.h"

#include <criterion/criterion.h>

static struct head sample(void)
{
	struct head h = { .size = 0x0102030405060708, .time_ms = 0x1112131415161718 };

	for (size_t i = 0; i < sizeof(h.incarnation); i++)
		h.incarnation[i] = (uint8_t)(0xa0 + i);
	for (size_t i = 0; i < sizeof(h.root.b); i++)
		h.root.b[i] = (uint8_t)(0xc0 + i);
	return h;
}

static const char sample_hex[] = "6b65746e61702d686561642d76310000"
				 "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
				 "0102030405060708"
				 "1112131415161718"
				 "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf";

Test(head, bytes_as_documented)
{
	struct head h = sample(), back = { 0 };
	uint8_t bytes[HEAD_BYTES];
	char text[2 * HEAD_BYTES + 1];
	struct err e = { 0 };

	head_encode(bytes, &h);
	cr_assert_str_eq(hex_encode(text, bytes, sizeof(bytes)), sample_hex);
	cr_assert_eq(head_decode(&back, span_of(bytes, sizeof(bytes)), &e), 0, "%s", e.msg);
	cr_assert_arr_eq(back.incarnation, h.incarnation, sizeof(h.incarnation));
	cr_assert_eq(back.size, h.size);
	cr_assert_eq(back.time_ms, h.time_ms);
	cr_assert(hash_eq(&back.root, &h.root));
}

Test(head, decode_refuses_what_is_no_head)
{
	struct head h = sample(), back;
	uint8_t bytes[HEAD_BYTES + 1] = { 0 };

	head_encode(bytes, &h);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		cr_assert_eq(head_decode(&back, span_of(bytes, len), NULL),
			     len == HEAD_BYTES ? 0 : -ERR_INVALID, "%zu", len);
	for (size_t i = 0; i < HEAD_LABEL_BYTES; i++) {
		bytes[i] ^= 1;
		cr_assert_eq(head_decode(&back, span_of(bytes, HEAD_BYTES), NULL), -ERR_INVALID);
		bytes[i] ^= 1;
	}
	bytes[32] |= 0x80;
	cr_assert_eq(head_decode(&back, span_of(bytes, HEAD_BYTES), NULL), -ERR_INVALID);
	bytes[32] &= 0x7f;
	bytes[40] |= 0x80;
	cr_assert_eq(head_decode(&back, span_of(bytes, HEAD_BYTES), NULL), -ERR_INVALID);
}

Test(head, signature_covers_every_byte)
{
	uint8_t seed[ED25519_SEED_BYTES] = { 1 }, seed2[ED25519_SEED_BYTES] = { 2 };
	struct head h = sample(), bad;
	struct ed25519_key k, other;
	struct ed25519_sig sig;
	uint8_t bytes[HEAD_BYTES];
	struct err e = { 0 };

	ed25519_key_init(&k, seed);
	ed25519_key_init(&other, seed2);
	sig = head_sign(&h, &k);
	cr_assert_eq(head_verify(&h, &sig, &k.public, &e), 0, "%s", e.msg);
	cr_assert_eq(head_verify(&h, &sig, &other.public, &e), -ERR_DENIED);
	head_encode(bytes, &h);
	cr_assert_eq(ed25519_verify(&k.public, span_of(bytes, sizeof(bytes)), &sig, NULL), 0);
	for (size_t i = HEAD_LABEL_BYTES; i < HEAD_BYTES; i++) {
		bytes[i] ^= 1;
		cr_assert_eq(head_decode(&bad, span_of(bytes, sizeof(bytes)), NULL), 0);
		cr_assert_eq(head_verify(&bad, &sig, &k.public, NULL), -ERR_DENIED, "byte %zu", i);
		bytes[i] ^= 1;
	}
}
