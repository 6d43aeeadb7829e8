/* Keys of the register of persons. Three layers, each with its own:
 *
 *	person key   random, one a person; locks that person's record and the papers of their steps
 *	unit key     random, one a unit and generation; wraps the person keys of the unit (symmetric: 2 us each)
 *	X25519       of a device: the unit key is handed to it in a sealed box; of a unit, made from its unit
 *	             key: whatever is meant for the unit as a whole (a submitted case, the key of a unit below
 *	             for recovery) is sealed to that one
 *	printed      of the whole store: made from the symbols on a card, kept on paper alone
 *
 * Everything is bound to what it belongs to: a record moved to another person, unit or field set, and a wrap
 * moved to another person, does not open. Randomness is an argument. What is opened stays with the caller,
 * who wipes it (key_wipe). Failures are those of seal.h. */
#ifndef CRYPTO_PERSON_H
#define CRYPTO_PERSON_H

#include "crypto/code.h"
#include "crypto/seal.h"

enum {
	PERSON_KEY_ID = 16,
	PERSON_TAG = 16,
	PERSON_PAD = 32, /* records are filled up to a multiple: a length is not to tell a name */
	PERSON_OVERHEAD = BOX_NONCE_BYTES + BOX_OVERHEAD,
	HAND_LABEL = 8,
	/* label, unit, id of person or key, 32 bytes of key */
	HAND_PLAIN = HAND_LABEL + 4 + PERSON_KEY_ID + BOX_KEY_BYTES,
	HAND_BYTES = HAND_PLAIN + SEAL_OVERHEAD
};

/* Which fields: bound to the record, so that a paper is not taken for a person. */
enum person_set {
	PERSON_SET_RECORD = 1,
	PERSON_SET_PAPER = 2,
	PERSON_SET_FIELD = 64 /* + its number: of a correction */
};

struct person_place {
	uint8_t id[PERSON_KEY_ID]; /* of the person */
	uint32_t unit;             /* in which the record was made */
	enum person_set set;
};

struct unit_key {
	uint8_t id[PERSON_KEY_ID];
	uint8_t secret[BOX_KEY_BYTES];
};

void key_wipe(void *secret, size_t len);

/* Bytes that a record of so many becomes. */
size_t person_sealed_len(size_t plain_len);
/* `out` holds person_sealed_len(); -ERR_NOMEM. */
int person_lock(uint8_t *out, const uint8_t key[BOX_KEY_BYTES], const struct person_place *at,
		struct span plain, const uint8_t nonce[BOX_NONCE_BYTES], struct err *e);
/* `out` holds sealed.len bytes; *len of them are the record. */
int person_open(uint8_t *out, size_t *len, const uint8_t key[BOX_KEY_BYTES],
		const struct person_place *at, struct span sealed, struct err *e);

/* Of one field's value: equal for equal ones, and nobody without the key makes it or reads anything in it. */
void person_tag(uint8_t out[PERSON_TAG], const uint8_t key[BOX_KEY_BYTES],
		const struct person_place *at, uint8_t field, struct span value);

void person_wrap(uint8_t out[WRAP_BYTES], const struct unit_key *with, uint32_t unit,
		 const uint8_t person[PERSON_KEY_ID], const uint8_t key[BOX_KEY_BYTES],
		 const uint8_t nonce[BOX_NONCE_BYTES]);
int person_unwrap(uint8_t key[BOX_KEY_BYTES], const struct unit_key *with, uint32_t unit,
		  const uint8_t person[PERSON_KEY_ID], struct span wrapped, struct err *e);

/* The unit's own pair. */
void unit_key_pair(struct seal_key *out, const struct unit_key *k);

/* The printed recovery key: its pair is a function of what the card says, its id the first half of the public key. */
void recovery_pair(struct seal_key *out, const struct code *card);

/* Hand a unit's key to a device, or (recovery) to the unit above; and a person's to the body that decides. */
enum hand_what { HAND_UNIT_KEY, HAND_PERSON_KEY };
int key_hand(uint8_t out[HAND_BYTES], enum hand_what what, const struct seal_public *to,
	     uint32_t unit, const uint8_t id[PERSON_KEY_ID], const uint8_t key[BOX_KEY_BYTES],
	     const uint8_t random[SEAL_SEED_BYTES], struct err *e);
/* -ERR_DENIED also where it is of another unit or id than was asked. */
int key_take(uint8_t key[BOX_KEY_BYTES], enum hand_what what, const struct seal_key *with,
	     uint32_t unit, const uint8_t id[PERSON_KEY_ID], struct span handed, struct err *e);
#endif
