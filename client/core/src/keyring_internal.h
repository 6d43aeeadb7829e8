/* What the files of the keyring share. */
#ifndef CLIENT_KEYRING_INTERNAL_H
#define CLIENT_KEYRING_INTERNAL_H

#include "client/keyring.h"
#include "internal.h"
#include "ledger/register.h"

enum keyring_table { KR_META, KR_UNIT, KR_PERSON, KR_SEND, KR_SENT };
#define KEYRING_MADE "made" /* the unit's key that this device made last */
enum { SEND_BYTES = 1 + 2 * WIRE_ID + 8, UNIT_ROW_BYTES = 4 + WIRE_ID };

struct keyring {
	struct keyring_setup setup;
	struct seal_key seal;
	uint64_t after, forgot; /* as committed */
	struct seal_key card;   /* of the printed recovery key, while it is at hand */
	bool has_card;
	/* The unit's key that was opened last: a sealed box costs more than all else of opening a record. */
	struct unit_key opened;
	uint32_t opened_of;
};

struct handing {
	struct keyring *k;
	struct client *c;
	struct kv_txn *txn;
};
/* Seal a unit's key to somebody, as `row` says but for the wrap and the key's id, unless that was done. */
int keyring_hand(struct handing *h, struct wire_key row, const struct seal_public *public,
		 const struct unit_key *u, struct err *e);

uint64_t key_be(const uint8_t *from, size_t bytes);
void key_put_be(uint8_t *to, uint64_t v, size_t bytes);
/* Queue the op that tells of a unit's key, of the next generation. */
int keyring_tell(struct client *c, const struct unit_key *u, int64_t now_ms, struct err *e);
/* Who the unit is, for those who do not know it otherwise (keyring_move.c). */
void keyring_tell_unit(struct client *c, struct op_unit_key *out, int64_t now_ms);
int keyring_meta_get(struct kv_txn *txn, const char *name, uint64_t *v, struct err *e);
int keyring_meta_put(struct kv_txn *txn, const char *name, uint64_t v, struct err *e);
struct span keyring_send_key(uint8_t out[SEND_BYTES], const struct wire_key *row);
int keyring_queue(struct kv_txn *txn, const struct wire_key *row, struct err *e);
/* Is it queued, or there already? */
int keyring_asked(struct kv_txn *txn, const struct wire_key *row, bool *asked, struct err *e);
int keyring_open_unit(struct keyring *k, struct kv_txn *txn, uint32_t unit,
		      const uint8_t id[WIRE_ID], struct unit_key *out, struct err *e);
int keyring_put_unit(struct kv_txn *txn, uint32_t unit, const uint8_t id[WIRE_ID],
		     struct span handed, struct err *e);
/* A stored person's row, with the unit key that it names. */
int keyring_open_person(struct keyring *k, struct kv_txn *txn, const uint8_t *person,
			struct span value, uint8_t key[BOX_KEY_BYTES], struct err *e);
/* Wrap the unit's persons with its newest key, as far as that is here and known to the log. */
int keyring_rewrap(struct handing *h, struct err *e);
/* Destroy the keys that answers by stick were to be sealed to. */
int keyring_stick_forget(struct kv_txn *txn, struct err *e);
/* Destroy the salt of the index of names: what it sealed opens with nothing any more. */
int keyring_names_forget(struct kv_txn *txn, struct err *e);
/* `opens_for`: the unit whose key opens it. */
int keyring_put_person(struct kv_txn *txn, const struct wire_key *row, uint32_t opens_for,
		       struct err *e);
#endif
