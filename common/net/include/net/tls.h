/* TLS 1.3 under the province's own CA, and what it says about the other side. A connection uses it
 * (conn.h); here it is set up. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/cert.h"
#include "net/clock.h"

enum { TLS_SPKI_MAX = 128, TLS_EXPORTER_BYTES = 32, TLS_SESSION_MAX = 16384 };

enum tls_side { TLS_SERVER, TLS_CLIENT };

/* What the other side's certificate is, at the moment of the handshake. */
enum tls_verdict {
	TLS_PEER_NONE,      /* it showed none: to a server, somebody who wants to enrol */
	TLS_PEER_GOOD,      /* of our CA, for this role, and valid */
	TLS_PEER_EXPIRED,   /* valid once; let in within the grace, else refused */
	TLS_PEER_UNCHECKED, /* a client that has no CA yet looked at nothing */
	TLS_PEER_EARLY, /* not valid yet, or the CA is not: a clock is wrong. A server lets it in: it has
			   issued it itself, while its own clock ran ahead */
	/* Never of a connection that is up: */
	TLS_PEER_FOREIGN, /* another CA's, changed, or no certificate at all */
	TLS_PEER_ROLE,    /* a client's where a server's belongs, or the reverse */
};
const char *tls_verdict_name(enum tls_verdict v); /* "good", "expired", ...: for logs */

/* The other side of a connection that is up. The spans live until the callback they are handed to
 * returns. A resumed session shows the certificate of the handshake that began it: its time is judged
 * anew, its chain is not; who it is, and whether that one was revoked, is for the owner to look up
 * at every Hello, resumed or not. */
struct tls_peer {
	enum tls_verdict verdict;
	bool resumed;
	struct span cert; /* DER; empty with TLS_PEER_NONE, as is: */
	struct span spki; /* SubjectPublicKeyInfo, DER; its SHA-256 is what a device is bound to */
	int64_t not_before_ms, not_after_ms; /* valid from, up to but not including */
	struct cert_info
		info; /* what cert_parse() finds in `cert`; of no role when it refuses it */
};

/* Zero where nothing is said. Certificates and the key are PEM or DER. */
struct tls_config {
	enum tls_side side;
	struct span ca;
	struct span cert, key; /* none: a client that has not enrolled yet */
	struct clock real;     /* by which certificates are judged */
	int64_t grace_ms;      /* expired for less than this is let in and marked */
	bool unchecked;        /* a client that enrols: no CA yet, any server is talked to */
	unsigned sessions_max; /* server: sessions kept for resumption; 0: none can be resumed */
	unsigned session_s;    /* and for how long, by the system's clock; 0: a day */
};

/* Shared by threads; must outlive the connections made with it. A server's sessions are kept here, in
 * memory, so that threads share them and a restart loses them; nothing of them is in the clients'
 * hands but a number. -ERR_INVALID for what is no certificate or key, or do not belong together;
 * -ERR_NOMEM says nothing of them. */
struct tls;
int tls_new(struct tls **out, const struct tls_config *config, struct err *e);
void tls_free(struct tls *t);

/* Other certificates, for handshakes from now on; connections that are up do not notice. Sessions
 * begun before cannot be resumed any more. From any thread. On failure all is as it was. */
int tls_reload(struct tls *t, const struct tls_config *config, struct err *e);

/* A client's means to come back cheaply: single use, and as secret as a key. It stands for the
 * certificate that it was begun with, so drop it when that is renewed. */
struct tls_session;
void tls_session_free(struct tls_session *s);
/* For a program that ends between two contacts. At most TLS_SESSION_MAX bytes. -ERR_NOMEM. */
int tls_session_save(const struct tls_session *s, struct buf *out, struct err *e);
/* Only bytes that were saved, from a place that nobody else can write. -ERR_INVALID, -ERR_NOMEM. */
int tls_session_load(struct tls_session **out, struct span saved, struct err *e);
#endif
