/* What of the answer to an enrolment may be believed, by a device and by a standby alike. PROTOCOL.md, section 11. */
#ifndef PROTO_ENROL_ANSWER_H
#define PROTO_ENROL_ANSWER_H

#include "base/arena.h"
#include "crypto/cert.h"
#include "crypto/code.h"
#include "proto/wire.h"

/* What was asked, and how. Lent. */
struct enrol_asked {
	const struct code_key *code;
	const struct hash *binding; /* to the connection, or to the request in a file */
	const struct p256_public *mine;
	struct span server_cert; /* of who answered; NULL: by stick */
	int64_t now_ms;          /* the own clock; the answer's time counts where it is later */
};

/* The bytes of an EnrolAnswer. Its proof comes first; then that CA, certificate and store belong together, that the
 * certificate is for `mine`, and that `server_cert` is a server's of this CA and store. `w` lends from `a` and `answer`.
 * -ERR_DENIED: whoever answered does not know the code, or is not the server it speaks of; -ERR_VERSION; -ERR_STATE: one
 * of the two clocks is wrong; -ERR_PROTO: what does not belong together. */
int enrol_answer_check(struct wire_enrol_answer *w, struct span answer, const struct hash *proof,
		       const struct enrol_asked *asked, struct arena *a, struct err *e);
#endif
