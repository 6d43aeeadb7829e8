/* Records sealed with a key per person, and how those keys travel. */
#include "crypto/person.h"

#include <criterion/criterion.h>

static const uint8_t nonce[BOX_NONCE_BYTES] = { 1, 2, 3 };
static const uint8_t key[BOX_KEY_BYTES] = { 7, 7 };
static const char name[] = "Tên Bịa Đặt Một";

static struct person_place place(uint8_t person, uint32_t unit, enum person_set set)
{
	struct person_place at = { .unit = unit, .set = set };

	memset(at.id, person, sizeof(at.id));
	return at;
}

static struct seal_key pair(uint8_t fill)
{
	uint8_t seed[SEAL_SEED_BYTES];
	struct seal_key k;

	memset(seed, fill, sizeof(seed));
	seal_key_init(&k, seed);
	return k;
}

Test(person, what_was_sealed_opens_at_its_place_and_nowhere_else)
{
	struct person_place at = place(1, 4, PERSON_SET_RECORD);
	const struct person_place elsewhere[] = { place(2, 4, PERSON_SET_RECORD),
						  place(1, 5, PERSON_SET_RECORD),
						  place(1, 4, PERSON_SET_PAPER) };
	uint8_t sealed[512], plain[512], other[BOX_KEY_BYTES] = { 7, 8 };
	size_t sealed_len, len;
	struct err e = { 0 };

	for (size_t n = 0; n <= 200; n++) {
		uint8_t text[200];

		memset(text, n % 3 ? 'x' : 0, sizeof(text)); /* zeros at the end are the record's */
		sealed_len = person_sealed_len(n);
		cr_assert_eq((sealed_len - PERSON_OVERHEAD) % PERSON_PAD, 0);
		cr_assert_eq(person_lock(sealed, key, &at, span_of(text, n), nonce, &e), 0);
		cr_assert_eq(person_open(plain, &len, key, &at, span_of(sealed, sealed_len), &e), 0,
			     "%zu: %s", n, e.msg);
		cr_assert_eq(len, n);
		cr_assert(!n || !memcmp(plain, text, n));
	}
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		cr_assert_eq(person_open(plain, &len, key, &elsewhere[i],
					 span_of(sealed, sealed_len), &e),
			     -ERR_DENIED, "%zu", i);
	cr_assert_eq(person_open(plain, &len, other, &at, span_of(sealed, sealed_len), &e),
		     -ERR_DENIED);
	for (size_t i = 0; i < sealed_len; i++) {
		sealed[i] ^= 0x20;
		cr_assert_neq(person_open(plain, &len, key, &at, span_of(sealed, sealed_len), &e),
			      0);
		sealed[i] ^= 0x20;
	}
	for (size_t i = 0; i < sealed_len; i++)
		cr_assert_neq(person_open(plain, &len, key, &at, span_of(sealed, i), &e), 0);
}

Test(person, names_are_not_told_by_their_length)
{
	cr_assert_eq(person_sealed_len(3), person_sealed_len(PERSON_PAD - 1));
	cr_assert_neq(person_sealed_len(PERSON_PAD - 1), person_sealed_len(PERSON_PAD));
}

Test(person, nothing_of_the_name_is_in_the_sealed_bytes)
{
	struct person_place at = place(1, 4, PERSON_SET_RECORD);
	uint8_t sealed[512];

	cr_assert_eq(person_lock(sealed, key, &at, span_str(name), nonce, NULL), 0);
	cr_assert_null(
		span_find(span_of(sealed, person_sealed_len(strlen(name))), SPAN_LIT("Đặt")));
	cr_assert_not_null(span_find(span_str(name), SPAN_LIT("Đặt")));
}

Test(person, a_wrap_is_of_its_unit_and_person)
{
	struct unit_key a = { { 1 }, { 1, 2, 3 } }, b = { { 1 }, { 1, 2, 4 } };
	uint8_t wrapped[WRAP_BYTES] = { 0 }, back[BOX_KEY_BYTES];
	uint8_t p1[PERSON_KEY_ID] = { 1 }, p2[PERSON_KEY_ID] = { 2 };
	struct span w = span_of(wrapped, sizeof(wrapped));

	person_wrap(wrapped, &a, 4, p1, key, nonce);
	cr_assert_eq(person_unwrap(back, &a, 4, p1, w, NULL), 0);
	cr_assert_arr_eq(back, key, sizeof(back));
	cr_assert_eq(person_unwrap(back, &b, 4, p1, w, NULL), -ERR_DENIED);
	cr_assert_eq(person_unwrap(back, &a, 5, p1, w, NULL), -ERR_DENIED);
	cr_assert_eq(person_unwrap(back, &a, 4, p2, w, NULL), -ERR_DENIED);
	cr_assert_eq(person_unwrap(back, &a, 4, p1, span_of(wrapped, 10), NULL), -ERR_INVALID);
}

Test(person, a_key_handed_over_opens_for_the_receiver_alone)
{
	static const uint8_t random[SEAL_SEED_BYTES] = { 5 };
	struct seal_key mine = pair(1), theirs = pair(2), of_unit;
	struct unit_key unit = { { 1 }, { 9 } };
	uint8_t handed[HAND_BYTES], back[BOX_KEY_BYTES], id2[PERSON_KEY_ID] = { 2 };
	struct span h = span_of(handed, sizeof(handed));

	cr_assert_eq(key_hand(handed, HAND_UNIT_KEY, &mine.public, 4, unit.id, unit.secret, random,
			      NULL),
		     0);
	cr_assert_eq(key_take(back, HAND_UNIT_KEY, &mine, 4, unit.id, h, NULL), 0);
	cr_assert_arr_eq(back, unit.secret, sizeof(back));
	cr_assert_eq(key_take(back, HAND_UNIT_KEY, &theirs, 4, unit.id, h, NULL), -ERR_DENIED);
	cr_assert_eq(key_take(back, HAND_UNIT_KEY, &mine, 5, unit.id, h, NULL), -ERR_DENIED);
	cr_assert_eq(key_take(back, HAND_UNIT_KEY, &mine, 4, id2, h, NULL), -ERR_DENIED);
	cr_assert_eq(key_take(back, HAND_PERSON_KEY, &mine, 4, unit.id, h, NULL), -ERR_DENIED);
	/* the pair of a unit is a function of its key */
	unit_key_pair(&of_unit, &unit);
	cr_assert_eq(key_hand(handed, HAND_PERSON_KEY, &of_unit.public, 4, id2, key, random, NULL),
		     0);
	unit_key_pair(&mine, &unit);
	cr_assert_eq(key_take(back, HAND_PERSON_KEY, &mine, 4, id2, h, NULL), 0);
	unit.secret[0] ^= 1;
	unit_key_pair(&mine, &unit);
	cr_assert_eq(key_take(back, HAND_PERSON_KEY, &mine, 4, id2, h, NULL), -ERR_DENIED);
}

/* Equal values of one field have equal tags; another person, unit, field, value or key has another. */
Test(person, a_tag_tells_equal_values_and_nothing_else)
{
	struct person_place at = { .id = { 1 }, .unit = 4 }, other = { .id = { 2 }, .unit = 4 },
			    elsewhere = { .id = { 1 }, .unit = 5 };
	uint8_t one[BOX_KEY_BYTES] = { 7 }, two[BOX_KEY_BYTES] = { 8 };
	uint8_t tags[7][PERSON_TAG];

	person_tag(tags[0], one, &at, 6, SPAN_LIT("001"));
	person_tag(tags[1], one, &at, 6, SPAN_LIT("002"));
	person_tag(tags[2], one, &at, 7, SPAN_LIT("001"));
	person_tag(tags[3], one, &other, 6, SPAN_LIT("001"));
	person_tag(tags[4], one, &elsewhere, 6, SPAN_LIT("001"));
	person_tag(tags[5], two, &at, 6, SPAN_LIT("001"));
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < i; k++)
			cr_assert(memcmp(tags[i], tags[k], PERSON_TAG), "%zu, %zu", i, k);
	person_tag(tags[6], one, &at, 6, SPAN_LIT("001"));
	cr_assert(!memcmp(tags[0], tags[6], PERSON_TAG));
}
