/* What connections need of a context. */
#ifndef NET_TLS_IMPL_H
#define NET_TLS_IMPL_H

#include "net/tls.h"

#include "ossl.h"

/* One connection's part; it stays where it is for as long as `ssl` lives, and is written by the
 * verification inside the handshake and by a session that arrives. */
struct tls_side_state {
	enum tls_side side;
	bool unchecked;
	struct clock real;
	int64_t grace_ms;
	unsigned long refused;     /* provider_refused() when it began */
	int64_t judged_ms;         /* the time that the handshake is judged by */
	enum tls_verdict verdict;  /* why the handshake failed, if the certificate is why */
	struct tls_session *fresh; /* client: the newest session, owned */
};

/* NULL without memory. `resume` (may be NULL) is copied from, not taken. */
SSL *tls_ssl_new(struct tls *t, struct tls_side_state *state, const struct tls_session *resume);
struct tls_side_state *tls_state_of(const SSL *ssl);
/* OpenSSL had no memory since: what it then found is no verdict. */
bool tls_lacked(const struct tls_side_state *state);
/* Another owner of the same; NULL gives NULL. */
struct tls_session *tls_session_share(const struct tls_session *s);

/* --- tls_x509.c: the only file that looks into certificates --------------------------------------- */

/* Trust this CA (DER) and judge peers as tls.h says. Its key is made in `library`, as theirs are. */
int x509_trust(SSL_CTX *ctx, OSSL_LIB_CTX *library, struct span ca, struct err *e);
/* Judge this handshake by the time in `state`. */
void x509_set_time(SSL *ssl, const struct tls_side_state *state);

/* The other side of a finished handshake, at the time in `state`. The copies that `out` points to
 * are the caller's. -ERR_DENIED with the verdict set when it may not stay. */
struct peer_bytes {
	uint8_t *cert;
	uint8_t spki[TLS_SPKI_MAX];
};
int x509_peer(struct tls_peer *out, struct peer_bytes *bytes, SSL *ssl,
	      const struct tls_side_state *state, struct err *e);
void peer_bytes_fini(struct peer_bytes *bytes);
#endif
