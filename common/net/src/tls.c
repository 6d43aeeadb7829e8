#include "tls_impl.h"

#include "crypto/cert.h"
#include "crypto/provider.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	SESSION_DEFAULT_S = 86400,
	PEER_CHAIN_MAX = 8192, /* bytes of certificates read from a stranger */
	KEY_DER_MAX = 512,
};

struct tls {
	pthread_mutex_t lock;
	/* What a handshake takes along, exchanged as a whole by a reload. */
	SSL_CTX *ctx;
	struct tls_side_state seed;
};

const char *tls_verdict_name(enum tls_verdict v)
{
	static const char *const names[] = {
		[TLS_PEER_NONE] = "none",       [TLS_PEER_GOOD] = "good",
		[TLS_PEER_EXPIRED] = "expired", [TLS_PEER_UNCHECKED] = "unchecked",
		[TLS_PEER_EARLY] = "early",     [TLS_PEER_FOREIGN] = "foreign",
		[TLS_PEER_ROLE] = "wrong-role",
	};

	assert((size_t)v < ARRAY_LEN(names));
	return names[v];
}

static int state_index = -1; /* of all contexts; made with the first of them */

static int make_state_index(struct err *e)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	OSSL_LIB_CTX *library;
	bool made;
	int rc = provider_small(&library, e); /* before anything else of OpenSSL */

	if (rc)
		return rc;

	pthread_mutex_lock(&lock);
	if (state_index < 0)
		state_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	made = state_index >= 0;
	pthread_mutex_unlock(&lock);
	return made ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

struct tls_side_state *tls_state_of(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, state_index);
}

bool tls_lacked(const struct tls_side_state *state)
{
	return provider_refused() != state->refused;
}

static bool is_der(struct span bytes)
{
	return bytes.len && bytes.data[0] == 0x30; /* a SEQUENCE; PEM is text */
}

/* DER of a certificate in either form, appended to `out`. */
static int load_cert(struct buf *out, struct span cert, struct err *e)
{
	if (!is_der(cert))
		return cert_pem_load(out, CERT_PEM_CERTIFICATE, cert, e);
	if (cert.len > CERT_BYTES_MAX)
		return err_set(e, ERR_INVALID, "this is not a certificate");
	buf_bytes(out, cert);
	return out->failed ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

static int use_key(SSL_CTX *ctx, struct span key, struct err *e)
{
	struct p256_key *k = NULL;
	struct buf der;
	int rc = is_der(key) ? p256_load_der(&k, key, e) : p256_load_pem(&k, key, e);

	buf_init(&der, KEY_DER_MAX);
	if (!rc)
		rc = p256_save_der(k, &der, e);
	if (!rc && SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, ctx, der.data, (long)der.len) != 1)
		rc = err_set(e, ERR_INVALID, "the key and the certificate do not belong together");
	if (der.data)
		bytes_wipe(der.data, der.len);
	buf_fini(&der);
	p256_free(k);
	return rc;
}

/* The certificate first: the key is then compared with it. */
static int use_own(SSL_CTX *ctx, const struct tls_config *c, struct err *e)
{
	struct buf der;
	int rc;

	if (!c->cert.len && !c->key.len && c->side == TLS_CLIENT)
		return 0;
	buf_init(&der, CERT_BYTES_MAX);
	rc = load_cert(&der, c->cert, e);
	if (!rc && SSL_CTX_use_certificate_ASN1(ctx, (int)der.len, der.data) != 1)
		rc = err_set(e, ERR_INVALID, "this is not a certificate");
	buf_fini(&der);
	if (!rc)
		rc = use_key(ctx, c->key, e);
	if (!rc && SSL_CTX_check_private_key(ctx) != 1)
		rc = err_set(e, ERR_INVALID, "the key and the certificate do not belong together");
	ERR_clear_error();
	return rc;
}

static int use_ca(SSL_CTX *ctx, OSSL_LIB_CTX *library, const struct tls_config *c, struct err *e)
{
	struct cert_info info;
	struct buf der;
	int rc;

	if (c->unchecked) {
		assert(c->side == TLS_CLIENT);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		return 0;
	}
	buf_init(&der, CERT_BYTES_MAX);
	rc = load_cert(&der, c->ca, e);
	if (!rc)
		rc = cert_parse(&info, buf_span(&der), e);
	if (!rc && info.subject.role != CERT_CA)
		rc = err_set(e, ERR_INVALID, "this is not a CA's certificate");
	if (!rc)
		rc = x509_trust(ctx, library, buf_span(&der), e);
	buf_fini(&der);
	return rc ? err_wrap(e, rc, "the CA's certificate") : 0;
}

/* A client's newest session goes to its connection, which then owns it. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_side_state *state = tls_state_of(ssl);

	tls_session_free(state->fresh);
	state->fresh = (struct tls_session *)session;
	return 1;
}

/* A server's goes into the context's cache. OpenSSL 3.0 that had no memory to find it by its number again lists it there
 * all the same, without the reference that it takes back when it is dropped: that is given here, and all are
 * dropped. Who comes back then makes a full handshake. */
static int on_server_session(SSL *ssl, SSL_SESSION *session)
{
	SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);

	if (!SSL_CTX_add_session(ctx, session)) {
		SSL_SESSION_up_ref(session);
		SSL_CTX_flush_sessions(ctx, 0);
	}
	return 0;
}

static void set_sessions(SSL_CTX *ctx, const struct tls_config *c)
{
	/* Without a session id context, first connections work and resumed ones fail. */
	static const uint8_t session_context[] = "ketnap";

	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_timeout(ctx, c->session_s ? (long)c->session_s : SESSION_DEFAULT_S);
	if (c->side == TLS_CLIENT) {
		SSL_CTX_set_session_cache_mode(ctx,
					       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, on_session);
		return;
	}
	SSL_CTX_set_session_id_context(ctx, session_context, sizeof(session_context) - 1);
	if (!c->sessions_max) {
		SSL_CTX_set_num_tickets(ctx, 0);
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
		return;
	}
	/* With NO_TICKET this "ticket" is but the number of a session kept here. None at all, and in
	 * TLS 1.3 nothing could ever be resumed. The whole cache is not searched for old ones every
	 * 255 connections: the oldest goes when it is full. */
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_AUTO_CLEAR |
						    SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_sess_set_new_cb(ctx, on_server_session);
	SSL_CTX_sess_set_cache_size(ctx, (long)c->sessions_max);
}

static void set_protocol(SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION);
	/* A peer that vanishes without close_notify has ended, no more: its session stays usable, and
	 * frame lengths show whether something was cut. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* Release buffers: a quarter less memory per idle connection. No chain: else each handshake
	 * verifies our own certificate anew and sends the CA's along, which the other side has. Never
	 * SSL_MODE_ENABLE_PARTIAL_WRITE: the library above takes a part for the whole and goes on
	 * with the next piece. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_clear_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE);
	SSL_CTX_set_max_cert_list(ctx, PEER_CHAIN_MAX);
}

static int make_ctx(SSL_CTX **out, const struct tls_config *c, struct err *e)
{
	unsigned long before = provider_refused();
	OSSL_LIB_CTX *library;
	SSL_CTX *ctx;
	int rc = provider_small(&library, e);

	*out = NULL;
	if (rc)
		return rc;
	ctx = SSL_CTX_new_ex(library, NULL,
			     c->side == TLS_SERVER ? TLS_server_method() : TLS_client_method());
	if (!ctx)
		return err_set(e, ERR_NOMEM, "out of memory");
	set_protocol(ctx);
	set_sessions(ctx, c);
	rc = use_ca(ctx, library, c, e);
	if (!rc)
		rc = use_own(ctx, c, e);
	rc = provider_lacked(before, rc, e);
	/* It goes on without a cipher or a group whose making lacked memory. */
	if (!rc && provider_refused() != before)
		rc = err_set(e, ERR_NOMEM, "out of memory");
	if (rc)
		SSL_CTX_free(ctx);
	else
		*out = ctx;
	return rc;
}

int tls_new(struct tls **out, const struct tls_config *config, struct err *e)
{
	struct tls *t;
	int rc = make_state_index(e);

	*out = NULL;
	if (rc)
		return rc;
	t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(e, ERR_NOMEM, "out of memory");
	pthread_mutex_init(&t->lock, NULL);
	rc = tls_reload(t, config, e);
	if (rc)
		tls_free(t);
	else
		*out = t;
	return rc;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

int tls_reload(struct tls *t, const struct tls_config *config, struct err *e)
{
	SSL_CTX *made, *old;
	int rc = make_ctx(&made, config, e);

	if (rc)
		return rc;
	assert(config->real.now_ms);
	pthread_mutex_lock(&t->lock);
	old = t->ctx;
	t->ctx = made;
	t->seed = (struct tls_side_state){
		.side = config->side,
		.unchecked = config->unchecked,
		.real = config->real,
		.grace_ms = config->grace_ms,
	};
	pthread_mutex_unlock(&t->lock);
	SSL_CTX_free(old); /* lives on in the connections that began with it */
	return 0;
}

SSL *tls_ssl_new(struct tls *t, struct tls_side_state *state, const struct tls_session *resume)
{
	SSL_CTX *ctx;
	SSL *ssl;

	pthread_mutex_lock(&t->lock);
	ctx = t->ctx;
	SSL_CTX_up_ref(ctx);
	*state = t->seed;
	pthread_mutex_unlock(&t->lock);
	state->refused = provider_refused();
	state->judged_ms = clock_now_ms(&state->real);
	ERR_clear_error();
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	if (!ssl || !SSL_set_ex_data(ssl, state_index, state)) {
		SSL_free(ssl);
		return NULL;
	}
	x509_set_time(ssl, state);
	SSL_set_verify_result(ssl, X509_V_ERR_OUT_OF_MEM); /* until it has looked at one */
	/* A session that cannot be used costs a full handshake, nothing else. */
	if (resume)
		SSL_set_session(ssl, (SSL_SESSION *)(uintptr_t)resume);
	ERR_clear_error();
	return ssl;
}

struct tls_session *tls_session_share(const struct tls_session *s)
{
	SSL_SESSION *session = (SSL_SESSION *)(uintptr_t)s;

	if (session)
		SSL_SESSION_up_ref(session);
	return (struct tls_session *)session;
}

void tls_session_free(struct tls_session *s)
{
	SSL_SESSION_free((SSL_SESSION *)s);
}

int tls_session_save(const struct tls_session *s, struct buf *out, struct err *e)
{
	uint8_t *der = NULL;
	int len = i2d_SSL_SESSION((SSL_SESSION *)(uintptr_t)s, &der);
	bool ok = len > 0 && len <= TLS_SESSION_MAX;

	if (ok)
		buf_bytes(out, span_of(der, (size_t)len));
	if (len > 0)
		bytes_wipe(der, (size_t)len);
	OPENSSL_free(der);
	return ok && !out->failed ? 0 : err_set(e, ERR_NOMEM, "no room for the TLS session");
}

int tls_session_load(struct tls_session **out, struct span saved, struct err *e)
{
	unsigned long before = provider_refused();
	const uint8_t *at = saved.data;
	SSL_SESSION *s = NULL;

	*out = NULL;
	if (saved.len && saved.len <= TLS_SESSION_MAX)
		s = d2i_SSL_SESSION(NULL, &at, (long)saved.len);
	ERR_clear_error();
	if (!s || at != saved.data + saved.len) {
		SSL_SESSION_free(s);
		return provider_lacked(
			before, err_set(e, ERR_INVALID, "this is not a saved TLS session"), e);
	}
	*out = (struct tls_session *)s;
	return 0;
}
