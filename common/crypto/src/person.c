#include "crypto/person.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

static const char labels[][HAND_LABEL + 1] = { "knunit-1", "knpers-1" };

enum { CONTEXT_BYTES = 16 + PERSON_KEY_ID + 4 + 1 };

void key_wipe(void *secret, size_t len)
{
	sodium_memzero(secret, len);
}

static struct span context(uint8_t out[CONTEXT_BYTES], const char *label, const uint8_t *id,
			   uint32_t unit, uint8_t set)
{
	memset(out, 0, CONTEXT_BYTES);
	memcpy(out, label, strlen(label));
	memcpy(out + 16, id, PERSON_KEY_ID);
	for (int i = 0; i < 4; i++)
		out[16 + PERSON_KEY_ID + i] = (uint8_t)(unit >> (24 - 8 * i));
	out[CONTEXT_BYTES - 1] = set;
	return span_of(out, CONTEXT_BYTES);
}

static size_t padded(size_t len)
{
	return (len / PERSON_PAD + 1) * PERSON_PAD; /* at least the byte that marks the end */
}

size_t person_sealed_len(size_t plain_len)
{
	return padded(plain_len) + PERSON_OVERHEAD;
}

int person_lock(uint8_t *out, const uint8_t key[BOX_KEY_BYTES], const struct person_place *at,
		struct span plain, const uint8_t nonce[BOX_NONCE_BYTES], struct err *e)
{
	uint8_t bound[CONTEXT_BYTES], *whole;
	size_t len = padded(plain.len);
	struct span ctx = context(bound, "ketnap person 1", at->id, at->unit, (uint8_t)at->set);

	whole = calloc(1, len);
	if (!whole)
		return err_set(e, ERR_NOMEM, "no memory to seal a record");
	if (plain.len)
		memcpy(whole, plain.data, plain.len);
	whole[plain.len] = 0x80;
	memcpy(out, nonce, BOX_NONCE_BYTES);
	box_lock(out + BOX_NONCE_BYTES, key, nonce, ctx, span_of(whole, len));
	sodium_memzero(whole, len);
	free(whole);
	return 0;
}

int person_open(uint8_t *out, size_t *len, const uint8_t key[BOX_KEY_BYTES],
		const struct person_place *at, struct span sealed, struct err *e)
{
	uint8_t bound[CONTEXT_BYTES];
	struct span ctx = context(bound, "ketnap person 1", at->id, at->unit, (uint8_t)at->set);
	size_t n;
	int rc;

	*len = 0;
	if (sealed.len < PERSON_OVERHEAD + PERSON_PAD)
		return err_set(e, ERR_INVALID, "a sealed record of %zu bytes is too short",
			       sealed.len);
	rc = box_open(out, key, sealed.data, ctx,
		      span_of(sealed.data + BOX_NONCE_BYTES, sealed.len - BOX_NONCE_BYTES), e);
	if (rc)
		return rc;
	n = sealed.len - PERSON_OVERHEAD;
	while (n && !out[n - 1])
		n--;
	if (!n || out[n - 1] != 0x80) {
		sodium_memzero(out, sealed.len - PERSON_OVERHEAD);
		return err_set(e, ERR_INVALID, "a sealed record without its end");
	}
	*len = n - 1;
	return 0;
}

void person_tag(uint8_t out[PERSON_TAG], const uint8_t key[BOX_KEY_BYTES],
		const struct person_place *at, uint8_t field, struct span value)
{
	uint8_t bound[CONTEXT_BYTES];
	struct span ctx = context(bound, "ketnap field 1", at->id, at->unit, field);
	crypto_generichash_state st;

	static_assert(PERSON_TAG >= crypto_generichash_BYTES_MIN, "a hash");
	crypto_generichash_init(&st, key, BOX_KEY_BYTES, PERSON_TAG);
	crypto_generichash_update(&st, ctx.data, ctx.len);
	crypto_generichash_update(&st, value.data, value.len);
	crypto_generichash_final(&st, out, PERSON_TAG);
	sodium_memzero(&st, sizeof(st));
}

void person_wrap(uint8_t out[WRAP_BYTES], const struct unit_key *with, uint32_t unit,
		 const uint8_t person[PERSON_KEY_ID], const uint8_t key[BOX_KEY_BYTES],
		 const uint8_t nonce[BOX_NONCE_BYTES])
{
	uint8_t bound[CONTEXT_BYTES];

	key_wrap(out, with->secret, key, nonce, context(bound, "ketnap wrap 1", person, unit, 0));
}

int person_unwrap(uint8_t key[BOX_KEY_BYTES], const struct unit_key *with, uint32_t unit,
		  const uint8_t person[PERSON_KEY_ID], struct span wrapped, struct err *e)
{
	uint8_t bound[CONTEXT_BYTES];

	return key_unwrap(key, with->secret, wrapped,
			  context(bound, "ketnap wrap 1", person, unit, 0), e);
}

void unit_key_pair(struct seal_key *out, const struct unit_key *k)
{
	static const char label[] = "ketnap unit pair v1";
	uint8_t seed[SEAL_SEED_BYTES];

	static_assert(BOX_KEY_BYTES <= crypto_generichash_KEYBYTES_MAX, "keyed hash");
	crypto_generichash(seed, sizeof(seed), (const uint8_t *)label, sizeof(label), k->secret,
			   sizeof(k->secret));
	seal_key_init(out, seed);
	sodium_memzero(seed, sizeof(seed));
}

void recovery_pair(struct seal_key *out, const struct code *card)
{
	static const char label[] = "ketnap recovery pair v1";
	uint8_t seed[SEAL_SEED_BYTES];

	static_assert(CODE_SECRET_BYTES >= crypto_generichash_KEYBYTES_MIN, "keyed hash");
	crypto_generichash(seed, sizeof(seed), (const uint8_t *)label, sizeof(label), card->secret,
			   sizeof(card->secret));
	seal_key_init(out, seed);
	sodium_memzero(seed, sizeof(seed));
}

static void plain_of(uint8_t out[HAND_PLAIN], enum hand_what what, uint32_t unit,
		     const uint8_t id[PERSON_KEY_ID])
{
	memcpy(out, labels[what], HAND_LABEL);
	for (int i = 0; i < 4; i++)
		out[HAND_LABEL + i] = (uint8_t)(unit >> (24 - 8 * i));
	memcpy(out + HAND_LABEL + 4, id, PERSON_KEY_ID);
}

int key_hand(uint8_t out[HAND_BYTES], enum hand_what what, const struct seal_public *to,
	     uint32_t unit, const uint8_t id[PERSON_KEY_ID], const uint8_t key[BOX_KEY_BYTES],
	     const uint8_t random[SEAL_SEED_BYTES], struct err *e)
{
	uint8_t plain[HAND_PLAIN];
	int rc;

	plain_of(plain, what, unit, id);
	memcpy(plain + HAND_PLAIN - BOX_KEY_BYTES, key, BOX_KEY_BYTES);
	rc = seal_to(out, to, span_of(plain, sizeof(plain)), random, e);
	sodium_memzero(plain, sizeof(plain));
	return rc;
}

int key_take(uint8_t key[BOX_KEY_BYTES], enum hand_what what, const struct seal_key *with,
	     uint32_t unit, const uint8_t id[PERSON_KEY_ID], struct span handed, struct err *e)
{
	uint8_t plain[HAND_PLAIN], want[HAND_PLAIN];
	int rc;

	if (handed.len != HAND_BYTES)
		return err_set(e, ERR_INVALID, "a key that is handed over has %d bytes, not %zu",
			       HAND_BYTES, handed.len);
	rc = seal_open(plain, with, handed, e);
	if (rc)
		return rc;
	plain_of(want, what, unit, id);
	if (memcmp(plain, want, HAND_PLAIN - BOX_KEY_BYTES))
		rc = err_set(e, ERR_DENIED, "the key is of another unit or person");
	else
		memcpy(key, plain + HAND_PLAIN - BOX_KEY_BYTES, BOX_KEY_BYTES);
	sodium_memzero(plain, sizeof(plain));
	return rc;
}
