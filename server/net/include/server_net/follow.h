/* A standby on the wire: one connection after another to the server it follows, for as long as the process lives; and
 * its enrolment. PROTOCOL.md, sections 11 and 17. */
#ifndef SERVER_NET_FOLLOW_H
#define SERVER_NET_FOLLOW_H

#include "base/buf.h"
#include "crypto/cert.h"
#include "crypto/code.h"
#include "net/addr.h"
#include "net/clock.h"
#include "server/follower.h"

struct follow_setup {
	struct clock steady, real;
	const char *address;    /* HOST:PORT */
	struct span ca, key;    /* lent */
	const struct buf *cert; /* what it holds at each connection: it may be renewed */
	struct follower_setup core;
	/* After whatever changed, and at the end of each contact. */
	void (*told)(void *ctx, const struct follower_state *st);
	/* Its own port while it follows: door.h. NULL: none. */
	const struct addr *listen;
	void (*listening)(void *ctx, const struct addr *at); /* with the port that was picked */
	/* What is told there to somebody with a certificate of ours: texts, as PROTOCOL.md, section 17, lists them. Lent
	 * until the next call. */
	size_t (*asked)(void *ctx, const struct span **out);
	void *ctx;
};

/* Until SIGTERM or SIGINT (0), or until a person must look: -ERR_STATE; or what the own store said. */
int follow_run(const struct follow_setup *setup, struct err *e);

/* What an enrolment brought; DER. */
struct follow_enrolled {
	struct follower_who who; /* the nonce is the caller's own */
	uint32_t unit, role;
	uint8_t ca[CERT_BYTES_MAX], cert[CERT_BYTES_MAX];
	size_t ca_len, cert_len;
};
struct follow_enrol {
	struct clock steady, real;
	const char *address;
	const struct code_key *code;
	struct span request; /* an EnrolRequest, packed */
	const struct p256_public *mine;
};
/* -ERR_BUSY: no line, or later; -ERR_DENIED: the code is not good, or it is not the server that gave it. */
int follow_enrol(struct follow_enrolled *out, const struct follow_enrol *how, struct err *e);
#endif
