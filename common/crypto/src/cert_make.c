#include "crypto/cert.h"

#include "ossl.h"

#include <assert.h>
#include <stdio.h>

static const int64_t day_ms = 86400000;
static const int64_t year_9000_ms = 221845392000000; /* X.509 writes years with four digits */

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "the certificate could not be made (%s)", ossl_reason());
}

static bool add_part(X509_NAME *name, int nid, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const uint8_t *)text, -1, -1,
					  0) > 0;
}

/* What it is, and no host name: "ca:ID", "server:ID", "device:ID". */
enum { NAME_MAX_CHARS = 64 };
static const char *name_of(char out[NAME_MAX_CHARS], const struct cert_subject *s)
{
	char hex[2 * CERT_SERVER_ID_BYTES + 1];

	if (s->role == CERT_DEVICE)
		snprintf(out, NAME_MAX_CHARS, "device:%016llx", (unsigned long long)s->device);
	else
		snprintf(out, NAME_MAX_CHARS, "%s:%s", s->role == CERT_CA ? "ca" : "server",
			 hex_encode(hex, s->server, sizeof(s->server)));
	return out;
}

static bool set_subject(X509 *x, const struct cert_subject *s)
{
	char cn[NAME_MAX_CHARS];
	X509_NAME *name = X509_get_subject_name(x);

	return add_part(name, NID_organizationName, "Ketnap") &&
	       add_part(name, NID_commonName, name_of(cn, s));
}

static bool set_serial(X509 *x, const uint8_t serial[CERT_SERIAL_BYTES])
{
	BIGNUM *n = BN_bin2bn(serial, CERT_SERIAL_BYTES, NULL);
	bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));

	BN_free(n);
	return ok;
}

static bool set_times(X509 *x, int64_t from_ms, int64_t to_ms)
{
	return ASN1_TIME_set(X509_getm_notBefore(x), from_ms / 1000) &&
	       ASN1_TIME_set(X509_getm_notAfter(x), to_ms / 1000);
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

/* Names of hosts are looked for here, not in the subject: that there is none is said. */
static bool add_other_name(X509 *x, X509 *issuer, const struct cert_subject *s)
{
	char name[NAME_MAX_CHARS], uri[NAME_MAX_CHARS + 16];

	snprintf(uri, sizeof(uri), "URI:ketnap:%s", name_of(name, s));
	return add_extension(x, issuer, NID_subject_alt_name, uri);
}

static bool add_extensions(X509 *x, X509 *issuer, const struct cert_subject *s)
{
	enum cert_role role = s->role;
	/* The subject's key id before the authority's: a CA's points at its own. */
	bool ok = add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
		  add_extension(x, issuer, NID_authority_key_identifier, "keyid:always");

	if (role == CERT_CA)
		return ok &&
		       add_extension(x, issuer, NID_basic_constraints,
				     "critical,CA:TRUE,pathlen:0") &&
		       add_extension(x, issuer, NID_key_usage, "critical,keyCertSign");
	return ok && add_extension(x, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x, issuer, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(x, issuer, NID_ext_key_usage,
			     role == CERT_SERVER ? "serverAuth" : "clientAuth") &&
	       (role != CERT_SERVER || add_other_name(x, issuer, s));
}

static int append_der(struct buf *out, uint8_t *der, int len, struct err *e)
{
	if (len <= 0)
		return no_memory(e);
	buf_bytes(out, span_of(der, (size_t)len));
	OPENSSL_free(der);
	return out->failed ? err_set(e, ERR_NOMEM, "no room for a certificate") : 0;
}

struct plan {
	const struct cert_subject *subject;
	const struct p256_public *key;
	const uint8_t *serial;
	int64_t from_ms, to_ms;
};

/* `issuer` NULL: by itself. */
static int make(struct buf *out, const struct plan *p, X509 *issuer, const struct p256_key *ca_key,
		struct err *e)
{
	unsigned long before = provider_refused();
	X509 *x = X509_new();
	EVP_PKEY *key = p256_native_public(p->key);
	uint8_t *der = NULL;
	int rc = 0, len;

	if (!key) {
		rc = err_set(e, ERR_INVALID, "this is not a P-256 public key (%s)", ossl_reason());
		goto out;
	}
	if (!x || !X509_set_version(x, X509_VERSION_3) || !set_serial(x, p->serial) ||
	    !set_subject(x, p->subject) || !set_times(x, p->from_ms, p->to_ms) ||
	    !X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x)) ||
	    !X509_set_pubkey(x, key) || !add_extensions(x, issuer ? issuer : x, p->subject) ||
	    X509_sign(x, p256_native(ca_key), EVP_sha256()) <= 0) {
		rc = no_memory(e);
		goto out;
	}
	len = i2d_X509(x, &der);
	rc = append_der(out, der, len, e);
out:
	EVP_PKEY_free(key);
	X509_free(x);
	return provider_lacked(before, rc, e);
}

static int check_arguments(const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, struct err *e)
{
	static const uint8_t zero[CERT_SERIAL_BYTES];

	if (now_ms < 0 || now_ms > year_9000_ms)
		return err_set(e, ERR_RANGE,
			       "no certificate can be made at this time: the clock is wrong");
	if (!memcmp(serial, zero, sizeof(zero)))
		return err_set(e, ERR_INVALID, "a certificate needs a serial number");
	return 0;
}

static void set_span(struct plan *p, int64_t now_ms, int days)
{
	p->from_ms = now_ms - CERT_BACKDATE_DAYS * day_ms;
	if (p->from_ms < 0)
		p->from_ms = 0;
	p->to_ms = now_ms + days * day_ms;
}

int cert_make_ca(struct buf *out, const struct p256_key *ca_key,
		 const uint8_t server_id[CERT_SERVER_ID_BYTES],
		 const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, struct err *e)
{
	struct cert_subject subject = { .role = CERT_CA };
	struct p256_public key = p256_public_of(ca_key);
	struct plan p = { .subject = &subject, .key = &key, .serial = serial };
	int rc = check_arguments(serial, now_ms, e);

	if (rc)
		return rc;
	set_span(&p, now_ms, CERT_CA_DAYS);
	memcpy(subject.server, server_id, sizeof(subject.server));
	return make(out, &p, NULL, ca_key, e);
}

/* A time beyond the CA's end asks for all that there is; so does one that no addition would hold. */
static void stretch(struct plan *p, int64_t known_ms, int64_t ca_end_ms)
{
	int64_t days_ms = CERT_LEAF_DAYS * day_ms;

	if (known_ms > ca_end_ms - days_ms)
		p->to_ms = ca_end_ms;
	else if (known_ms + days_ms > p->to_ms)
		p->to_ms = known_ms + days_ms;
	p->to_ms -= p->to_ms % 1000;
}

int cert_make(struct buf *out, struct span ca, const struct p256_key *ca_key,
	      const struct cert_subject *subject, const struct p256_public *key,
	      const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, struct err *e)
{
	return cert_make_known(out, ca, ca_key, subject, key, serial, now_ms, 0, e);
}

int cert_make_known(struct buf *out, struct span ca, const struct p256_key *ca_key,
		    const struct cert_subject *subject, const struct p256_public *key,
		    const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, int64_t known_ms,
		    struct err *e)
{
	struct plan p = { .subject = subject, .key = key, .serial = serial };
	struct p256_public ca_public = p256_public_of(ca_key);
	struct cert_info info;
	X509 *issuer;
	int rc = check_arguments(serial, now_ms, e);

	assert(subject->role == CERT_SERVER || subject->role == CERT_DEVICE);
	if (rc)
		return rc;
	rc = cert_parse(&info, ca, e);
	if (rc)
		return err_wrap(e, rc, "the CA's certificate");
	if (info.subject.role != CERT_CA || !p256_public_eq(&info.key, &ca_public))
		return err_set(e, ERR_INVALID,
			       "this key and this certificate are not those of one CA");
	if (now_ms < info.not_before_ms || now_ms >= info.not_after_ms)
		return err_set(e, ERR_STATE, "the CA's certificate does not hold at this time");
	set_span(&p, now_ms, CERT_LEAF_DAYS);
	stretch(&p, known_ms, info.not_after_ms);
	if (p.to_ms > info.not_after_ms)
		p.to_ms = info.not_after_ms;
	if (p.from_ms < info.not_before_ms)
		p.from_ms = info.not_before_ms;
	issuer = x509_of_der(ca);
	if (!issuer)
		return no_memory(e);
	rc = make(out, &p, issuer, ca_key, e);
	X509_free(issuer);
	return rc;
}

int cert_make_request(struct buf *out, const struct p256_key *key, struct err *e)
{
	X509_REQ *req = X509_REQ_new();
	uint8_t *der = NULL;
	int rc, len;

	if (!req || !X509_REQ_set_version(req, X509_REQ_VERSION_1) ||
	    !add_part(X509_REQ_get_subject_name(req), NID_organizationName, "Ketnap") ||
	    !X509_REQ_set_pubkey(req, p256_native(key)) ||
	    X509_REQ_sign(req, p256_native(key), EVP_sha256()) <= 0) {
		rc = no_memory(e);
	} else {
		len = i2d_X509_REQ(req, &der);
		rc = append_der(out, der, len, e);
	}
	X509_REQ_free(req);
	return rc;
}

/* The key of a request or certificate, only if it is written the one way we write it. */
static bool request_key(struct p256_public *key, X509_REQ *req)
{
	uint8_t *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(req), &spki);
	bool ok = len > 0 && p256_spki_load(key, span_of(spki, (size_t)len), NULL) == 0;

	OPENSSL_free(spki);
	return ok;
}

int cert_check_request(struct p256_public *key, struct span request, struct err *e)
{
	unsigned long before = provider_refused();
	const uint8_t *at = request.data;
	struct p256_public k;
	X509_REQ *req = NULL;
	int rc = ossl_ready(e);

	if (rc)
		return rc;
	if (request.len && request.len <= CERT_BYTES_MAX)
		req = d2i_X509_REQ(NULL, &at, (long)request.len);
	if (!req || at != request.data + request.len || !request_key(&k, req))
		rc = err_set(e, ERR_INVALID, "this is not a request for a certificate (%s)",
			     ossl_reason());
	else if (X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) <= 0)
		rc = err_set(e, ERR_DENIED, "the request is not signed with the key that it names");
	else
		*key = k;
	X509_REQ_free(req);
	ERR_clear_error();
	return provider_lacked(before, rc, e);
}
