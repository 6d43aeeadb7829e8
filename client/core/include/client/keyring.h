/* The keys of the register that this device holds, always wrapped: unit keys to its own X25519 key, persons' keys with
 * a unit key. A store of its own beside that of the device, in no bundle or copy of it; tables: the device's page of
 * common/ledger/KEYS.md. What goes out to the server's key store waits here until it is durable there.
 *
 * A key is written here before the op that needs it is made: cut off in between, a key is left over that nothing
 * names. */
#ifndef CLIENT_KEYRING_H
#define CLIENT_KEYRING_H

#include "client/client.h"
#include "crypto/person.h"
#include "ledger/register.h"

enum { KEYRING_TABLES = 5 };

struct keyring;

struct keyring_setup {
	struct kv *kv; /* taken over */
	/* Write it anew without what was deleted; NULL: in memory. */
	int (*rewrite)(void *ctx, struct kv **kv, struct err *e);
	void *ctx;
	const struct seal_key *seal; /* the device's own; copied */
	int (*random)(void *out, size_t len, struct err *e);
};

/* Takes over setup->kv, also when it fails. */
int keyring_new(struct keyring **out, const struct keyring_setup *setup, struct err *e);
void keyring_free(struct keyring *k);

/* ---- the unit's key ---- */

/* The one to wrap with: the best that this device holds. -ERR_NOTFOUND: there is none yet, make one; -ERR_STATE: the
 * unit has one, and no other device has handed it over yet. The caller wipes it. */
int keyring_unit_key(struct keyring *k, struct client *c, struct unit_key *out, struct err *e);
/* Make the unit's key, of the next generation, and queue the op that tells of it. */
int keyring_make(struct keyring *k, struct client *c, int64_t now_ms, struct unit_key *out,
		 struct err *e);

/* Why this unit, which has no key yet, needs one. */
enum keyring_need {
	KEY_NOT_NEEDED,
	KEY_FOR_DOSSIER, /* one was submitted to it, and is to be opened */
	KEY_FOR_MOVES,   /* another unit keeps a register: somebody may be sent here */
};
int keyring_needed(struct client *c, enum keyring_need *need, struct err *e);
/* What a contact begins with. The unit's first key is made where keyring_needed(). A key of the unit that is here and
 * of which nothing tells (its op found no room when it was made, was dropped by a person, refused or parked) is told
 * again: without that nobody else would ever be handed it. And a device of the unit was shut out since its newest key
 * was made, and has that: make the next one, once. Persons are wrapped with it when its op has come back
 * (keyring_due()). *made: an op was queued. */
int keyring_renew(struct keyring *k, struct client *c, int64_t now_ms, bool *made, struct err *e);

/* ---- persons' keys ---- */

/* A new person: an id, a key, its wrap, durable. The caller wipes the key. */
int keyring_person_new(struct keyring *k, struct client *c, const struct unit_key *with,
		       uint8_t person[PERSON_KEY_ID], uint8_t key[BOX_KEY_BYTES], struct err *e);
/* The same for many, in one commit. */
struct keyring_person {
	uint8_t person[PERSON_KEY_ID], key[BOX_KEY_BYTES];
};
int keyring_persons_new(struct keyring *k, struct client *c, const struct unit_key *with,
			struct keyring_person *out, size_t count, struct err *e);
/* Many with the key of the unit, which is made where there is none yet: still one commit, and what tells of that key is
 * queued behind it, so in a batch of the caller together with the ops that name the persons. The caller wipes `out`. */
int keyring_introduce(struct keyring *k, struct client *c, int64_t now_ms,
		      struct keyring_person *out, size_t count, struct err *e);
/* -ERR_NOTFOUND: this device may not open it, or has not been given the key yet. */
int keyring_person(struct keyring *k, const uint8_t person[PERSON_KEY_ID],
		   uint8_t key[BOX_KEY_BYTES], struct err *e);
/* How many wraps of this person (NULL: of anybody and anything) the server has not got yet. */
int keyring_waiting(struct keyring *k, const uint8_t *person, size_t *count, struct err *e);

/* Whence this one draws. */
typedef int keyring_draw(void *out, size_t len, struct err *e);
keyring_draw *keyring_random(const struct keyring *k);

/* The key of the index of names (names.h): of the unit's best key and a salt that is drawn where there is none, or
 * where it was drawn beside another key of the unit: that one is destroyed first, in the file too. *fresh: it was drawn
 * now, nothing is sealed with this one yet. Errors as keyring_unit_key(). The caller wipes it. */
int keyring_names_key(struct keyring *k, struct client *c, uint8_t out[BOX_KEY_BYTES], bool *fresh,
		      struct err *e);

/* ---- persons who go over to another unit (keyring_move.c) ---- */

/* The unit on the path of `unit` that stands directly under the root; 0 where it is not known here. */
uint32_t unit_direct(struct client *c, uint32_t unit, day_t day);
/* A new number and key for the receiver, sealed to the unit of `to` and queued. This device keeps neither: the caller
 * seals with the key and wipes it. */
int keyring_send_off(struct keyring *k, struct client *c, const struct register_key *to,
		     struct keyring_person *out, struct err *e);
/* Taken over: what was sealed to the unit is wrapped with its own key, as that of any person of it. */
int keyring_adopt(struct keyring *k, struct client *c, const struct unit_key *with,
		  const uint8_t person[PERSON_KEY_ID], struct err *e);

/* ---- with the server ---- */

/* What others are to be handed by what base says now: own devices the unit key, the unit above (or the printed key) for recovery, bodies
 * the persons submitted to them. And those who were forgotten are destroyed here too. */
int keyring_due(struct keyring *k, struct client *c, struct err *e);
/* Destroy what was handed to this unit, as a body, of units that stood below it and do not any more. Once in a contact, when all
 * was pulled and before keys are taken: a key may come before what it is of. */
int keyring_left(struct keyring *k, struct client *c, struct err *e);
/* Is something that this device may open still without its key? */
int keyring_lacks(struct keyring *k, struct client *c, bool *lacks, struct err *e);
/* The next rows to put, at most `max`, behind the first `skip`; they lend from `a`. */
int keyring_next(struct keyring *k, struct wire_key *rows, size_t max, size_t skip, size_t *count,
		 struct arena *a, struct err *e);
int keyring_acked(struct keyring *k, const struct wire_key *rows, size_t count, struct span results,
		  struct err *e);
uint64_t keyring_after(const struct keyring *k);
/* The next unit, by number behind `after`, whose keys this device may be able to hand to a device of that unit because
 * two persons agreed on it; 0: none. */
int keyring_recoverable(struct keyring *k, struct client *c, uint32_t after, uint32_t *unit,
			struct err *e);
/* What the server sent for that: what opens is queued for the devices agreed on. *handed: how many keys opened. */
int keyring_recover(struct keyring *k, struct client *c, uint32_t unit,
		    const struct wire_key_page *p, size_t *handed, struct err *e);
/* The printed recovery key, as long as this keyring is open. */
void keyring_card(struct keyring *k, const struct code *card);
/* By stick: what a bundle says of keys. It lends from `a`. Says nothing where nothing waits and nothing lacks. */
int keyring_by_stick(struct keyring *k, struct client *c, struct wire_bundle_body *b,
		     struct arena *a, struct err *e);
/* What its answer says. *had: of how many wraps the server said that it has them, *got: how many rows were of use. */
int keyring_from_stick(struct keyring *k, struct client *c, const struct wire_answer_body *b,
		       uint64_t *had, uint64_t *got, struct arena *a, struct err *e);
/* A page that came; *taken: how many of its rows are of use. */
int keyring_take(struct keyring *k, struct client *c, const struct wire_key_page *p, size_t *taken,
		 struct err *e);
#endif
