#include "tls_impl.h"

#include "crypto/cert_native.h"
#include "crypto/provider.h"

#include <assert.h>
#include <time.h>

enum { CERT_DER_MAX = 8192 };

static enum tls_verdict verdict_of(int problem)
{
	switch (problem) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return TLS_PEER_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return TLS_PEER_EARLY;
	case X509_V_ERR_INVALID_PURPOSE:
		return TLS_PEER_ROLE;
	default:
		return TLS_PEER_FOREIGN;
	}
}

static bool asn1_ms(int64_t *ms, const ASN1_TIME *t)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(t, &tm))
		return false;
	*ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

static bool in_grace(X509 *x, const struct tls_side_state *state)
{
	int64_t end_ms;

	return asn1_ms(&end_ms, X509_get0_notAfter(x)) &&
	       state->judged_ms - end_ms < state->grace_ms;
}

/* Called once per certificate and problem, the issuer's before what it issued: a leaf that has expired
 * or a device's that is early is excused only here, after its signature was found good. The other problems end the handshake, and
 * the error that stands in `ctx` becomes the alert. */
static int on_problem(int ok, X509_STORE_CTX *ctx)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_side_state *state = tls_state_of(ssl);
	int problem = X509_STORE_CTX_get_error(ctx);

	if (ok)
		return 1;
	if (problem == X509_V_ERR_CERT_HAS_EXPIRED && X509_STORE_CTX_get_error_depth(ctx) == 0 &&
	    in_grace(X509_STORE_CTX_get_current_cert(ctx), state)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	if (problem == X509_V_ERR_CERT_NOT_YET_VALID && state->side == TLS_SERVER &&
	    X509_STORE_CTX_get_error_depth(ctx) == 0) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	state->verdict = verdict_of(problem);
	return 0;
}

/* Where OpenSSL had no memory it has found out nothing that the other side should hear of its certificate. For a copy of
 * the chain neither, which nobody asks for: it then says 46, "certificate unknown". */
static int verify(X509_STORE_CTX *ctx, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	int found = X509_verify_cert(ctx);

	(void)arg;
	if (found <= 0 && tls_lacked(tls_state_of(ssl)))
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_OUT_OF_MEM);
	X509_STORE_CTX_set0_verified_chain(ctx, NULL);
	return found;
}

int x509_trust(SSL_CTX *ctx, OSSL_LIB_CTX *library, struct span ca, struct err *e)
{
	const uint8_t *at = ca.data;
	X509 *x = X509_new_ex(library, NULL);
	/* The first look at its extensions is kept inside it, so it comes before threads share it. */
	bool ok = x && ca.len && ca.len <= CERT_DER_MAX && d2i_X509(&x, &at, (long)ca.len) &&
		  at == ca.data + ca.len && X509_self_signed(x, 1) == 1 &&
		  X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1;

	X509_free(x);
	ERR_clear_error();
	if (!ok)
		return err_set(e, ERR_INVALID, "this is not a CA's certificate");
	/* Not FAIL_IF_NO_PEER_CERT: who has none yet may enrol. Nobody stands between CA and leaf. */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_problem);
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
	SSL_CTX_set_verify_depth(ctx, 0);
	return 0;
}

void x509_set_time(SSL *ssl, const struct tls_side_state *state)
{
	int64_t s = state->judged_ms / 1000;

	X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)s);
}

void peer_bytes_fini(struct peer_bytes *bytes)
{
	OPENSSL_free(bytes->cert);
	bytes->cert = NULL;
}

static bool describe(struct tls_peer *out, struct peer_bytes *bytes, X509 *x)
{
	const X509_PUBKEY *key = X509_get_X509_PUBKEY(x);
	uint8_t *at = bytes->spki;
	unsigned long before = provider_refused();
	int cert_len = i2d_X509(x, &bytes->cert), spki_len = i2d_X509_PUBKEY(key, NULL);

	if (cert_len <= 0 || spki_len <= 0 || spki_len > TLS_SPKI_MAX ||
	    i2d_X509_PUBKEY(key, &at) != spki_len)
		return false;
	out->cert = span_of(bytes->cert, (size_t)cert_len);
	out->spki = span_of(bytes->spki, (size_t)spki_len);
	(void)cert_read(&out->info, x, NULL); /* another form than ours is the owner's matter */
	ERR_clear_error();
	return provider_refused() == before &&
	       asn1_ms(&out->not_before_ms, X509_get0_notBefore(x)) &&
	       asn1_ms(&out->not_after_ms, X509_get0_notAfter(x));
}

/* The handshake has judged the time already, except where it only took up an old session. */
static enum tls_verdict time_verdict(const struct tls_peer *p, const struct tls_side_state *state)
{
	if (state->judged_ms < p->not_before_ms)
		return TLS_PEER_EARLY;
	return state->judged_ms < p->not_after_ms ? TLS_PEER_GOOD : TLS_PEER_EXPIRED;
}

int x509_peer(struct tls_peer *out, struct peer_bytes *bytes, SSL *ssl,
	      const struct tls_side_state *state, struct err *e)
{
	X509 *x = SSL_get0_peer_certificate(ssl);

	*out = (struct tls_peer){ .resumed = SSL_session_reused(ssl) == 1 };
	*bytes = (struct peer_bytes){ 0 };
	if (!x && state->side == TLS_SERVER)
		return 0;
	/* Keys that no device of ours could have do not fit TLS_SPKI_MAX. */
	if (!x || !describe(out, bytes, x)) {
		out->verdict = TLS_PEER_FOREIGN;
		return err_set(e, ERR_DENIED, "the certificate cannot be used");
	}
	if (state->unchecked) {
		out->verdict = TLS_PEER_UNCHECKED;
		return 0;
	}
	out->verdict = SSL_get_verify_result(ssl) == X509_V_OK ? time_verdict(out, state)
							       : TLS_PEER_FOREIGN;
	if (out->verdict == TLS_PEER_GOOD ||
	    (out->verdict == TLS_PEER_EARLY && state->side == TLS_SERVER) ||
	    (out->verdict == TLS_PEER_EXPIRED && in_grace(x, state)))
		return 0;
	return err_set(e, ERR_DENIED, "the certificate is %s", tls_verdict_name(out->verdict));
}
