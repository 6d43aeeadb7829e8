#include "crypto/hash.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char *hex_of(struct hash h)
{
	static char text[HASH_HEX_MAX];

	return hex_encode(text, h.b, sizeof(h.b));
}

Test(hash, sha256_known_answers)
{
	cr_assert_str_eq(hex_of(hash_bytes(SPAN_LIT(""))),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	cr_assert_str_eq(hex_of(hash_bytes((struct span){ 0 })),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	cr_assert_str_eq(hex_of(hash_bytes(SPAN_LIT("abc"))),
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	cr_assert_str_eq(hex_of(hash_bytes(SPAN_LIT(
				 "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
			 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Long enough for every way of working on many blocks at once. */
Test(hash, a_million_letters)
{
	static uint8_t text[1000000];

	memset(text, 'a', sizeof(text));
	cr_assert_str_eq(hex_of(hash_bytes(span_of(text, sizeof(text)))),
			 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

Test(hash, pieces_equal_the_whole)
{
	uint8_t text[200];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	for (size_t len = 0; len <= sizeof(text); len += 13) {
		struct hash whole = hash_bytes(span_of(text, len));

		for (size_t cut = 0; cut <= len; cut++) {
			struct span a = span_of(text, cut), b = span_of(text + cut, len - cut);
			struct hash two = hash_bytes2(a, b), three;
			struct hasher h, branch;

			cr_assert(hash_eq(&whole, &two), "%zu cut at %zu", len, cut);
			three = hash_bytes3(a, (struct span){ 0 }, b);
			cr_assert(hash_eq(&whole, &three), "%zu cut at %zu", len, cut);
			hasher_init(&h);
			hasher_add(&h, a);
			branch = h; /* one beginning, two ends */
			hasher_add(&branch, SPAN_LIT("other"));
			hasher_add(&h, b);
			two = hasher_end(&h);
			cr_assert(hash_eq(&whole, &two));
			two = hasher_end(&branch);
			three = hash_bytes2(a, SPAN_LIT("other"));
			cr_assert(hash_eq(&two, &three));
		}
	}
}

Test(hash, hmac_rfc4231)
{
	uint8_t key[131];

	memset(key, 0x0b, sizeof(key));
	cr_assert_str_eq(hex_of(hmac_sha256(span_of(key, 20), SPAN_LIT("Hi There"))),
			 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	cr_assert_str_eq(
		hex_of(hmac_sha256(SPAN_LIT("Jefe"), SPAN_LIT("what do ya want for nothing?"))),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key)); /* longer than a block */
	cr_assert_str_eq(
		hex_of(hmac_sha256(
			span_of(key, 131),
			SPAN_LIT("Test Using Larger Than Block-Size Key - Hash Key First"))),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

Test(hash, hkdf_rfc5869)
{
	uint8_t secret[22], salt[13], info[10], out[42];
	char text[2 * sizeof(out) + 1];

	memset(secret, 0x0b, sizeof(secret));
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(info); i++)
		info[i] = (uint8_t)(0xf0 + i);
	hkdf_sha256(out, sizeof(out), span_of(secret, sizeof(secret)), span_of(salt, sizeof(salt)),
		    span_of(info, sizeof(info)));
	cr_assert_str_eq(hex_encode(text, out, sizeof(out)),
			 "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
			 "34007208d5b887185865");
	hkdf_sha256(out, sizeof(out), span_of(secret, sizeof(secret)), (struct span){ 0 },
		    (struct span){ 0 });
	cr_assert_str_eq(hex_encode(text, out, sizeof(out)),
			 "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
			 "9d201395faa4b61a96c8");
}

Test(hash, hkdf_lengths_are_prefixes)
{
	uint8_t *all = malloc(HKDF_BYTES_MAX), *some = malloc(HKDF_BYTES_MAX);

	hkdf_sha256(all, HKDF_BYTES_MAX, SPAN_LIT("k"), SPAN_LIT("s"), SPAN_LIT("i"));
	for (size_t len = 1; len <= 100; len++) {
		hkdf_sha256(some, len, SPAN_LIT("k"), SPAN_LIT("s"), SPAN_LIT("i"));
		cr_assert_arr_eq(some, all, len);
	}
	free(all);
	free(some);
}

Test(hash, equality_sees_every_bit)
{
	struct hash a = hash_bytes(SPAN_LIT("a")), b;

	for (size_t bit = 0; bit < 8 * HASH_BYTES; bit++) {
		b = a;
		cr_assert(hash_eq(&a, &b));
		b.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(!hash_eq(&a, &b), "bit %zu", bit);
		cr_assert(!bytes_eq_secret(&a, &b, sizeof(a)), "bit %zu", bit);
	}
	cr_assert(bytes_eq_secret(NULL, NULL, 0));
	bytes_wipe(&a, sizeof(a));
	cr_assert(hash_is_zero(&a));
	cr_assert(!hash_is_zero(&b));
}

Test(hash, hex)
{
	uint8_t bytes[256], back[256];
	char text[2 * sizeof(bytes) + 1];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	hex_encode(text, bytes, sizeof(bytes));
	cr_assert(hex_decode(back, sizeof(back), span_str(text)));
	cr_assert_arr_eq(back, bytes, sizeof(bytes));
	cr_assert(hex_decode(back, 2, SPAN_LIT("aBfF")));
	cr_assert_eq(back[0], 0xab);
	cr_assert_eq(back[1], 0xff);
	cr_assert(hex_decode(back, 0, SPAN_LIT("")));
	cr_assert(!hex_decode(back, 2, SPAN_LIT("abc")));
	cr_assert(!hex_decode(back, 2, SPAN_LIT("abcde")));
	cr_assert(!hex_decode(back, 2, SPAN_LIT("abcdef")));
	for (unsigned c = 0; c < 256; c++) {
		uint8_t one[2] = { '0', (uint8_t)c };
		bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			     (c >= 'A' && c <= 'F');

		cr_assert_eq(hex_decode(back, 1, span_of(one, 2)), digit, "character %u", c);
	}
}
