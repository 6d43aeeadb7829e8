#include "crypto/cert_native.h"

#include "ossl.h"

#include <assert.h>

X509 *x509_of_der(struct span der)
{
	const uint8_t *at = der.data;
	X509 *x;

	if (der.len == 0 || der.len > CERT_BYTES_MAX)
		return NULL;
	x = d2i_X509(NULL, &at, (long)der.len);
	if (x && at != der.data + der.len) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

static bool name_part(X509_NAME *name, int index, int nid, struct span *text)
{
	X509_NAME_ENTRY *part = X509_NAME_get_entry(name, index);
	ASN1_STRING *s;

	if (!part || OBJ_obj2nid(X509_NAME_ENTRY_get_object(part)) != nid)
		return false;
	s = X509_NAME_ENTRY_get_data(part);
	*text = span_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	return true;
}

static bool lower_hex(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] >= 'A' && text.data[i] <= 'F')
			return false;
	return true;
}

static bool id_after(struct span cn, const char *prefix, uint8_t *id, size_t id_len)
{
	size_t len = strlen(prefix);
	struct span hex;

	if (cn.len != len + 2 * id_len || memcmp(cn.data, prefix, len))
		return false;
	hex = span_of(cn.data + len, cn.len - len);
	return lower_hex(hex) && hex_decode(id, id_len, hex); /* one id has one spelling */
}

static bool parse_subject(struct cert_subject *s, X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	struct span o, cn;
	uint8_t device[8];

	if (X509_NAME_entry_count(name) != 2 || !name_part(name, 0, NID_organizationName, &o) ||
	    !name_part(name, 1, NID_commonName, &cn) || !span_eq(o, SPAN_LIT("Ketnap")))
		return false;
	if (id_after(cn, "ca:", s->server, sizeof(s->server))) {
		s->role = CERT_CA;
	} else if (id_after(cn, "server:", s->server, sizeof(s->server))) {
		s->role = CERT_SERVER;
	} else if (id_after(cn, "device:", device, sizeof(device))) {
		s->role = CERT_DEVICE;
		for (size_t i = 0; i < sizeof(device); i++)
			s->device = s->device << 8 | device[i];
	}
	return s->role != CERT_NOBODY;
}

/* A subject alone proves no right: the extensions must allow that role, and no other. */
static bool extensions_fit(X509 *x, enum cert_role role)
{
	uint32_t flags = X509_get_extension_flags(x);
	bool ca = (flags & EXFLAG_CA) != 0;

	if (X509_get_version(x) != X509_VERSION_3 || (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) ||
	    !(flags & EXFLAG_BCONS) || !(flags & EXFLAG_KUSAGE))
		return false;
	if (role == CERT_CA)
		return ca && !(flags & EXFLAG_XKUSAGE) &&
		       X509_get_key_usage(x) == KU_KEY_CERT_SIGN && X509_get_pathlen(x) == 0;
	return !ca && (flags & EXFLAG_XKUSAGE) && X509_get_key_usage(x) == KU_DIGITAL_SIGNATURE &&
	       X509_get_extended_key_usage(x) ==
		       (role == CERT_SERVER ? XKU_SSL_SERVER : XKU_SSL_CLIENT);
}

/* OpenSSL has made a key of these very bytes, or X509_get0_pubkey() has none: that the point lies on the
 * curve need not be found out a second time. */
static bool parse_key(struct p256_public *key, X509 *x)
{
	uint8_t *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	bool ok = len > 0 && p256_spki_split(key, span_of(spki, (size_t)len)) &&
		  X509_get0_pubkey(x);

	OPENSSL_free(spki);
	return ok;
}

static bool parse_time(int64_t *ms, const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t);

	ASN1_TIME_free(epoch);
	*ms = ((int64_t)days * 86400 + seconds) * 1000;
	return ok;
}

static bool parse_serial(uint8_t serial[CERT_SERIAL_BYTES], X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	bool ok = n && !BN_is_negative(n) && BN_bn2binpad(n, serial, CERT_SERIAL_BYTES) > 0;

	BN_free(n);
	return ok;
}

int cert_read(struct cert_info *out, X509 *x, struct err *e)
{
	struct cert_info i = { 0 };

	*out = i;
	if (!parse_subject(&i.subject, x))
		return err_set(e, ERR_INVALID, "the certificate names nobody that we know of");
	if (!extensions_fit(x, i.subject.role))
		return err_set(e, ERR_INVALID,
			       "the certificate claims a role that it does not allow");
	if (!parse_key(&i.key, x))
		return err_set(e, ERR_INVALID, "the certificate is not for a P-256 key");
	if (!parse_time(&i.not_before_ms, X509_get0_notBefore(x)) ||
	    !parse_time(&i.not_after_ms, X509_get0_notAfter(x)) || !parse_serial(i.serial, x))
		return err_set(e, ERR_INVALID, "the certificate's dates or number cannot be read");
	i.spki_hash = p256_spki_hash(&i.key);
	*out = i;
	return 0;
}

bool cert_renewal_due(const struct cert_info *c, int64_t now_ms)
{
	return now_ms < c->not_before_ms ||
	       now_ms >= c->not_before_ms + (c->not_after_ms - c->not_before_ms) / 2;
}

static int parse(struct cert_info *out, X509 **native, struct span cert, struct err *e)
{
	unsigned long before = provider_refused();
	int rc;

	memset(out, 0, sizeof(*out));
	*native = NULL;
	rc = ossl_ready(e);
	if (rc)
		return rc;
	*native = x509_of_der(cert);
	if (*native)
		rc = cert_read(out, *native, e);
	else
		rc = err_set(e, ERR_INVALID, "this is not a certificate (%s)", ossl_reason());
	ERR_clear_error();
	return provider_lacked(before, rc, e);
}

int cert_parse(struct cert_info *out, struct span cert, struct err *e)
{
	X509 *x;
	int rc = parse(out, &x, cert, e);

	X509_free(x);
	return rc;
}

struct found {
	bool early, expired, by_ca;
	int foreign; /* X509_V_ERR_... */
};

/* Time is remembered and passed over, so that a forged certificate is not excused as an old one. */
static int on_problem(int ok, X509_STORE_CTX *ctx)
{
	struct found *f = X509_STORE_CTX_get_app_data(ctx);
	int problem = X509_STORE_CTX_get_error(ctx);

	if (ok)
		return 1;
	if (problem == X509_V_ERR_CERT_HAS_EXPIRED)
		f->expired = true;
	else if (problem == X509_V_ERR_CERT_NOT_YET_VALID)
		f->early = true;
	else
		f->foreign = problem;
	f->by_ca = f->by_ca || X509_STORE_CTX_get_error_depth(ctx) > 0;
	return !f->foreign;
}

/* False without memory; what was found is in `f`. */
static bool verify_chain(struct found *f, X509 *x, X509 *ca, int64_t at_ms)
{
	X509_STORE *trust = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int64_t at = at_ms / 1000 - (at_ms % 1000 < 0); /* downwards before 1970 too */
	bool ran = false;

	if (trust && ctx && X509_STORE_add_cert(trust, ca) &&
	    X509_STORE_CTX_init(ctx, trust, x, NULL) && X509_STORE_CTX_set_app_data(ctx, f)) {
		X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), at);
		X509_STORE_CTX_set_verify_cb(ctx, on_problem);
		ran = true;
		if (X509_verify_cert(ctx) <= 0 && !f->foreign) {
			f->foreign = X509_STORE_CTX_get_error(ctx);
			if (f->foreign == X509_V_OK)
				f->foreign = X509_V_ERR_UNSPECIFIED;
			ran = f->foreign != X509_V_ERR_OUT_OF_MEM;
		}
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(trust);
	return ran;
}

static int judge(enum cert_verdict *verdict, const struct found *f, const struct cert_info *info,
		 enum cert_role role, struct err *e)
{
	if (f->foreign) {
		*verdict = CERT_FOREIGN;
		return err_set(e, ERR_DENIED, "the certificate was not issued by this CA (%s)",
			       X509_verify_cert_error_string(f->foreign));
	}
	if (info->subject.role != role) {
		*verdict = CERT_WRONG_ROLE;
		if (role == CERT_SERVER)
			return err_set(e, ERR_DENIED, "the certificate is not a server's");
		return err_set(e, ERR_DENIED, "the certificate is not a device's");
	}
	if (f->early) {
		*verdict = CERT_EARLY;
		if (f->by_ca)
			return err_set(e, ERR_STATE,
				       "the CA's certificate is not valid yet: is the clock"
				       " right?");
		return err_set(e, ERR_STATE,
			       "the certificate is not valid yet: is the clock right?");
	}
	if (f->expired) {
		*verdict = CERT_EXPIRED;
		if (f->by_ca)
			return err_set(e, ERR_STATE, "the CA's certificate has expired");
		return err_set(e, ERR_STATE, "the certificate has expired");
	}
	*verdict = CERT_GOOD;
	return 0;
}

int cert_verify(struct cert_info *info, enum cert_verdict *verdict, struct span cert,
		struct span ca, enum cert_role role, int64_t at_ms, struct err *e)
{
	struct cert_info i, ca_info;
	enum cert_verdict v = CERT_UNREADABLE;
	unsigned long before = provider_refused();
	struct found f = { 0 };
	X509 *x = NULL, *trusted = NULL;
	int rc;

	assert(role == CERT_SERVER || role == CERT_DEVICE);
	rc = parse(&i, &x, cert, e);
	if (rc)
		goto out;
	rc = parse(&ca_info, &trusted, ca, e);
	if (rc) {
		rc = err_wrap(e, rc, "the CA's certificate");
		goto out;
	}
	if (ca_info.subject.role != CERT_CA) {
		rc = err_set(e, ERR_INVALID, "the certificate given as the CA's is not a CA's");
		goto out;
	}
	rc = verify_chain(&f, x, trusted, at_ms) ? judge(&v, &f, &i, role, e)
						 : err_set(e, ERR_NOMEM, "out of memory");
out:
	rc = provider_lacked(before, rc, e);
	if (rc == -ERR_NOMEM)
		v = CERT_UNCHECKED;
	if (v != CERT_GOOD && v != CERT_EARLY && v != CERT_EXPIRED)
		memset(&i, 0, sizeof(i));
	if (info)
		*info = i;
	if (verdict)
		*verdict = v;
	X509_free(x);
	X509_free(trusted);
	ERR_clear_error();
	return rc;
}
