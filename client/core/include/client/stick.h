/* A device's own bundle, and the answer to it. PROTOCOL.md, section 13. */
#ifndef CLIENT_STICK_H
#define CLIENT_STICK_H

#include "client/sync.h"
#include "crypto/cert.h"
#include "crypto/seal.h"

struct bundle_how {
	const struct p256_key *key;
	struct span certificate; /* DER */
	uint8_t nonce[16];       /* of the installation */
	uint8_t random[SEAL_SEED_BYTES];
	int64_t now_ms; /* device time: shown */
	uint32_t held_extra;
	struct keyring *keys; /* NULL: no keys of the register go along */
};

struct bundle_made {
	struct hash id;
	size_t count;
	bool more; /* ops were left for another bundle */
	size_t keys;
};

/* Append a bundle with all ops that have no verdict, and note it, so that its answer is known when it
 * comes. While nothing may be sent (client_state().halt) it has no ops and asks how it stands.
 * -ERR_STATE when the device is revoked. */
int stick_bundle(struct buf *out, struct bundle_made *made, struct client *c,
		 const struct bundle_how *how, struct err *e);

/* Take in the answer to a bundle of this device, like the answers on a connection; again changes
 * nothing. *out says what came of it, as of a sync. -ERR_INVALID, -ERR_CORRUPT, -ERR_VERSION (the
 * file), -ERR_DENIED (of another store or device, or not signed by its server), -ERR_STATE (its bundle
 * is not known here), or what the store said. */
int stick_answered(struct sync_result *out, struct client *c, struct span file,
		   const struct seal_key *mine, struct sync_now now, struct err *e);

/* The same, with what it brings of the register's keys. NULL: they are left. */
int stick_answered_keys(struct sync_result *out, struct client *c, struct keyring *keys,
			struct span file, const struct seal_key *mine, struct sync_now now,
			struct err *e);

/* This device was enrolled by stick, by a request with this hash: the answer file that came with it is taken
 * in by stick_answered(), as that to a bundle without ops. One commit. */
int stick_enrolled(struct client *c, const struct hash *request, struct err *e);
#endif
