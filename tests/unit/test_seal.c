#include "crypto/seal.h"

#include <criterion/criterion.h>
#include <sodium.h>

static struct seal_key key_of(uint8_t fill)
{
	uint8_t seed[SEAL_SEED_BYTES];
	struct seal_key k;

	memset(seed, fill, sizeof(seed));
	seal_key_init(&k, seed);
	return k;
}

static const uint8_t fresh[SEAL_SEED_BYTES] = { 9, 8, 7 };

Test(seal, round_trip_of_every_length)
{
	struct seal_key k = key_of(1);
	uint8_t plain[200], sealed[200 + SEAL_OVERHEAD], back[200];
	struct err e = { 0 };

	memset(plain, 'p', sizeof(plain));
	for (size_t len = 0; len <= sizeof(plain); len++) {
		cr_assert_eq(seal_to(sealed, &k.public, span_of(plain, len), fresh, &e), 0, "%s",
			     e.msg);
		cr_assert_eq(seal_open(back, &k, span_of(sealed, len + SEAL_OVERHEAD), &e), 0, "%s",
			     e.msg);
		cr_assert(!memcmp(back, plain, len));
	}
	seal_key_fini(&k);
	cr_assert(sodium_is_zero(k.secret, sizeof(k.secret)));
}

/* Others may use libsodium directly. */
Test(seal, the_format_is_that_of_libsodium)
{
	struct seal_key k = key_of(1);
	uint8_t sealed[4 + SEAL_OVERHEAD], back[4];

	cr_assert_eq(crypto_box_seal(sealed, (const uint8_t *)"text", 4, k.public.b), 0);
	cr_assert_eq(seal_open(back, &k, span_of(sealed, sizeof(sealed)), NULL), 0);
	cr_assert_arr_eq(back, "text", 4);
	memset(back, 0, sizeof(back));
	cr_assert_eq(seal_to(sealed, &k.public, SPAN_LIT("text"), fresh, NULL), 0);
	cr_assert_eq(crypto_box_seal_open(back, sealed, sizeof(sealed), k.public.b, k.secret), 0);
	cr_assert_arr_eq(back, "text", 4);
}

/* The same random bytes twice: equal for equal arguments, else another ephemeral key. */
Test(seal, the_ephemeral_key_depends_on_everything)
{
	struct seal_key a = key_of(1), b = key_of(2);
	uint8_t other[SEAL_SEED_BYTES] = { 9, 8, 6 };
	uint8_t s[5][4 + SEAL_OVERHEAD];

	cr_assert_eq(seal_to(s[0], &a.public, SPAN_LIT("text"), fresh, NULL), 0);
	cr_assert_eq(seal_to(s[1], &a.public, SPAN_LIT("text"), fresh, NULL), 0);
	cr_assert_eq(seal_to(s[2], &a.public, SPAN_LIT("tex2"), fresh, NULL), 0);
	cr_assert_eq(seal_to(s[3], &b.public, SPAN_LIT("text"), fresh, NULL), 0);
	cr_assert_eq(seal_to(s[4], &a.public, SPAN_LIT("text"), other, NULL), 0);
	cr_assert_arr_eq(s[0], s[1], sizeof(s[0]));
	for (size_t i = 2; i < 5; i++)
		cr_assert(memcmp(s[0], s[i], SEAL_PUBLIC_BYTES), "box %zu", i);
}

Test(seal, every_change_and_every_prefix_is_refused)
{
	struct seal_key k = key_of(1), other = key_of(2);
	uint8_t sealed[8 + SEAL_OVERHEAD], back[8];
	struct err e = { 0 };

	cr_assert_eq(seal_to(sealed, &k.public, SPAN_LIT("12345678"), fresh, NULL), 0);
	/* Also the one bit of the ephemeral key that X25519 ignores: the nonce is a hash of it. */
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(back, 'x', sizeof(back));
		cr_assert_eq(seal_open(back, &k, span_of(sealed, sizeof(sealed)), &e), -ERR_DENIED,
			     "bit %zu", bit);
		cr_assert(sodium_is_zero(back, sizeof(back)));
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < sizeof(sealed); len++)
		cr_assert_eq(seal_open(back, &k, span_of(sealed, len), &e),
			     len < SEAL_OVERHEAD ? -ERR_INVALID : -ERR_DENIED, "%zu", len);
	cr_assert_eq(seal_open(back, &other, span_of(sealed, sizeof(sealed)), &e), -ERR_DENIED);
	cr_assert_eq(seal_open(back, &k, span_of(sealed, sizeof(sealed)), &e), 0);
}

Test(seal, a_receiver_of_small_order_is_refused)
{
	struct seal_public zero = { 0 }, one = { { 1 } };
	uint8_t sealed[4 + SEAL_OVERHEAD];
	struct err e = { 0 };

	cr_assert_eq(seal_to(sealed, &zero, SPAN_LIT("text"), fresh, &e), -ERR_INVALID);
	cr_assert_eq(seal_to(sealed, &one, SPAN_LIT("text"), fresh, &e), -ERR_INVALID);
}

/* draft-irtf-cfrg-xchacha-03, A.3.1 */
Test(seal, box_known_answer)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
		"the future, sunscreen would be it.";
	static const uint8_t context[] = { 0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1,
					   0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7 };
	static const char want[] =
		"bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
		"731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
		"2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
		"21f9664c97637da9768812f615c68b13b52e"
		"c0875924c1c7987947deafd8780acf49";
	uint8_t key[BOX_KEY_BYTES], nonce[BOX_NONCE_BYTES];
	uint8_t box[sizeof(text) - 1 + BOX_OVERHEAD], back[sizeof(text) - 1];
	char hex[2 * sizeof(box) + 1];
	struct span ctx = { context, sizeof(context) };

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(0x80 + i);
	for (size_t i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0x40 + i);
	box_lock(box, key, nonce, ctx, SPAN_LIT(text));
	cr_assert_str_eq(sodium_bin2hex(hex, sizeof(hex), box, sizeof(box)), want);
	cr_assert_eq(box_open(back, key, nonce, ctx, span_of(box, sizeof(box)), NULL), 0);
	cr_assert_arr_eq(back, text, sizeof(back));
}

Test(seal, box_refuses_every_change)
{
	uint8_t key[BOX_KEY_BYTES] = { 1 }, nonce[BOX_NONCE_BYTES] = { 2 };
	uint8_t box[8 + BOX_OVERHEAD], back[8];
	struct span whole = { box, sizeof(box) }, ctx = SPAN_LIT("unit 7");

	box_lock(box, key, nonce, ctx, SPAN_LIT("12345678"));
	for (size_t bit = 0; bit < 8 * sizeof(box); bit++) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(back, 'x', sizeof(back));
		cr_assert_eq(box_open(back, key, nonce, ctx, whole, NULL), -ERR_DENIED, "bit %zu",
			     bit);
		cr_assert(sodium_is_zero(back, sizeof(back)));
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < sizeof(box); len++)
		cr_assert_eq(box_open(back, key, nonce, ctx, span_of(box, len), NULL),
			     len < BOX_OVERHEAD ? -ERR_INVALID : -ERR_DENIED, "%zu", len);
	cr_assert_eq(box_open(back, key, nonce, SPAN_LIT("unit 8"), whole, NULL), -ERR_DENIED);
	cr_assert_eq(box_open(back, key, nonce, (struct span){ 0 }, whole, NULL), -ERR_DENIED);
	nonce[0] ^= 1;
	cr_assert_eq(box_open(back, key, nonce, ctx, whole, NULL), -ERR_DENIED);
	nonce[0] ^= 1;
	key[31] ^= 1;
	cr_assert_eq(box_open(back, key, nonce, ctx, whole, NULL), -ERR_DENIED);
	key[31] ^= 1;
	cr_assert_eq(box_open(back, key, nonce, ctx, whole, NULL), 0);
	cr_assert_arr_eq(back, "12345678", 8);
}

Test(seal, wrapped_keys)
{
	uint8_t with[BOX_KEY_BYTES] = { 1 }, key[BOX_KEY_BYTES] = { 2, 3 }, back[BOX_KEY_BYTES];
	uint8_t nonce[BOX_NONCE_BYTES] = { 4 }, wrapped[WRAP_BYTES + 1];
	struct span whole = { wrapped, WRAP_BYTES }, ctx = SPAN_LIT("person 5");

	key_wrap(wrapped, with, key, nonce, ctx);
	cr_assert_eq(key_unwrap(back, with, whole, ctx, NULL), 0);
	cr_assert_arr_eq(back, key, sizeof(key));
	for (size_t i = 0; i < WRAP_BYTES; i++) {
		wrapped[i] ^= 0x10;
		cr_assert_eq(key_unwrap(back, with, whole, ctx, NULL), -ERR_DENIED, "byte %zu", i);
		wrapped[i] ^= 0x10;
	}
	for (size_t len = 0; len <= WRAP_BYTES + 1; len++)
		cr_assert_eq(key_unwrap(back, with, span_of(wrapped, len), ctx, NULL),
			     len == WRAP_BYTES ? 0 : -ERR_INVALID, "%zu", len);
	cr_assert_eq(key_unwrap(back, with, whole, SPAN_LIT("person 6"), NULL), -ERR_DENIED);
	cr_assert_eq(key_unwrap(back, key, whole, ctx, NULL), -ERR_DENIED);
}
