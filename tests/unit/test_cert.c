#include "crypto/cert.h"

#include <criterion/criterion.h>

/* OpenSSL has a type of this name; only what its functions forge is of interest here. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

static const int64_t day_ms = 86400000;
static const int64_t now_ms = 1663837200123; /* 22/9/2022 16:00 in Vietnam */
static const uint8_t server_id[CERT_SERVER_ID_BYTES] = { 0xab, 0xcd, 0xef };
static const uint8_t serial[CERT_SERIAL_BYTES] = { 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

/* One CA with its certificate, and a device with its key. */
struct world {
	struct p256_key *ca_key, *key;
	struct p256_public public;
	struct buf ca, cert;
};

static struct world world;

static void world_init(void)
{
	struct err e = { 0 };

	cr_assert_eq(p256_generate(&world.ca_key, &e), 0, "%s", e.msg);
	cr_assert_eq(p256_generate(&world.key, &e), 0, "%s", e.msg);
	world.public = p256_public_of(world.key);
	buf_init(&world.ca, CERT_BYTES_MAX);
	buf_init(&world.cert, CERT_BYTES_MAX);
	cr_assert_eq(cert_make_ca(&world.ca, world.ca_key, server_id, serial, now_ms, &e), 0, "%s",
		     e.msg);
}

static void world_fini(void)
{
	p256_free(world.ca_key);
	p256_free(world.key);
	buf_fini(&world.ca);
	buf_fini(&world.cert);
}

TestSuite(cert, .init = world_init, .fini = world_fini);

static const struct cert_subject device = { .role = CERT_DEVICE, .device = 0x0123456789abcdef };

static struct cert_subject server(void)
{
	struct cert_subject s = { .role = CERT_SERVER };

	memcpy(s.server, server_id, sizeof(s.server));
	return s;
}

static struct span make(const struct cert_subject *s, int64_t at_ms)
{
	struct err e = { 0 };

	buf_reset(&world.cert);
	cr_assert_eq(cert_make(&world.cert, buf_span(&world.ca), world.ca_key, s, &world.public,
			       serial, at_ms, &e),
		     0, "%s", e.msg);
	return buf_span(&world.cert);
}

static void expect(struct span cert, enum cert_role role, int64_t at_ms, enum cert_verdict want,
		   int want_rc, int line)
{
	static const uint8_t zero[sizeof(struct cert_info)];
	struct cert_info info;
	enum cert_verdict v = 99;
	struct err e = { 0 };
	int rc;
	bool filled = want == CERT_GOOD || want == CERT_EARLY || want == CERT_EXPIRED;

	memset(&info, 0xaa, sizeof(info));
	rc = cert_verify(&info, &v, cert, buf_span(&world.ca), role, at_ms, &e);
	cr_assert_eq(v, want, "line %d: verdict %d: %s", line, v, e.msg);
	cr_assert_eq(rc, want_rc, "line %d: %d %s", line, rc, e.msg);
	cr_assert_eq(!memcmp(&info, zero, sizeof(info)), !filled, "line %d", line);
	cr_assert_eq(e.code, (enum err_code) - rc);
	cr_assert_eq(ERR_peek_error(), 0, "line %d: left in the queue", line);
}

Test(cert, the_ca_says_what_it_is)
{
	struct p256_public ca_public = p256_public_of(world.ca_key);
	struct hash spki = p256_spki_hash(&ca_public);
	struct cert_info i;
	struct err e = { 0 };

	cr_assert_eq(cert_parse(&i, buf_span(&world.ca), &e), 0, "%s", e.msg);
	cr_assert_eq(i.subject.role, CERT_CA);
	cr_assert_arr_eq(i.subject.server, server_id, sizeof(server_id));
	cr_assert(hash_eq(&i.spki_hash, &spki));
	cr_assert(p256_public_eq(&i.key, &ca_public));
	cr_assert_arr_eq(i.serial, serial, sizeof(serial));
	cr_assert_eq(i.not_before_ms, now_ms / 1000 * 1000 - day_ms);
	cr_assert_eq(i.not_after_ms, now_ms / 1000 * 1000 + 7305 * day_ms);
}

Test(cert, a_device_and_a_server)
{
	struct hash spki = p256_spki_hash(&world.public);
	struct cert_subject s = server();
	struct cert_info i;
	struct err e = { 0 };

	cr_assert_eq(cert_parse(&i, make(&device, now_ms), &e), 0, "%s", e.msg);
	cr_assert_eq(i.subject.role, CERT_DEVICE);
	cr_assert_eq(i.subject.device, device.device);
	cr_assert(hash_eq(&i.spki_hash, &spki));
	cr_assert_arr_eq(i.serial, serial, sizeof(serial));
	cr_assert_eq(i.not_before_ms, now_ms / 1000 * 1000 - day_ms);
	cr_assert_eq(i.not_after_ms, now_ms / 1000 * 1000 + 730 * day_ms);
	cr_assert_eq(cert_parse(&i, make(&s, now_ms), &e), 0, "%s", e.msg);
	cr_assert_eq(i.subject.role, CERT_SERVER);
	cr_assert_arr_eq(i.subject.server, server_id, sizeof(server_id));
	cr_assert_eq(i.subject.device, 0);
}

/* PROTOCOL.md tells others what to look for. */
Test(cert, subjects_are_as_documented)
{
	struct cert_subject s = server();
	struct span c = make(&device, now_ms);

	cr_assert_not_null(memmem(c.data, c.len, "device:0123456789abcdef", 23));
	cr_assert_not_null(memmem(c.data, c.len, "Ketnap", 6));
	c = make(&s, now_ms);
	cr_assert_not_null(memmem(c.data, c.len, "server:abcdef00000000000000000000000000", 39));
	cr_assert_not_null(
		memmem(c.data, c.len, "ketnap:server:abcdef00000000000000000000000000", 46));
	c = buf_span(&world.ca);
	cr_assert_not_null(memmem(c.data, c.len, "ca:abcdef00000000000000000000000000", 35));
}

Test(cert, verified_at_a_stated_time)
{
	struct cert_subject s = server();
	int64_t second = now_ms / 1000 * 1000, from = second - day_ms, to = second + 730 * day_ms;
	struct span c = make(&device, now_ms);

	expect(c, CERT_DEVICE, now_ms, CERT_GOOD, 0, __LINE__);
	expect(c, CERT_DEVICE, from, CERT_GOOD, 0, __LINE__);
	expect(c, CERT_DEVICE, from - 1, CERT_EARLY, -ERR_STATE, __LINE__);
	expect(c, CERT_DEVICE, to - 1, CERT_GOOD, 0, __LINE__);
	expect(c, CERT_DEVICE, to, CERT_EXPIRED, -ERR_STATE, __LINE__);
	expect(c, CERT_DEVICE, 0, CERT_EARLY, -ERR_STATE, __LINE__);
	expect(c, CERT_DEVICE, -1, CERT_EARLY, -ERR_STATE, __LINE__);
	expect(c, CERT_DEVICE, to + 5 * 365 * day_ms, CERT_EXPIRED, -ERR_STATE, __LINE__);
	expect(c, CERT_DEVICE, second + 8000 * day_ms, CERT_EXPIRED, -ERR_STATE, __LINE__);
	expect(c, CERT_SERVER, now_ms, CERT_WRONG_ROLE, -ERR_DENIED, __LINE__);
	expect(c, CERT_SERVER, to, CERT_WRONG_ROLE, -ERR_DENIED, __LINE__);
	c = make(&s, now_ms);
	expect(c, CERT_SERVER, now_ms, CERT_GOOD, 0, __LINE__);
	expect(c, CERT_DEVICE, now_ms, CERT_WRONG_ROLE, -ERR_DENIED, __LINE__);
	expect(buf_span(&world.ca), CERT_SERVER, now_ms, CERT_WRONG_ROLE, -ERR_DENIED, __LINE__);
}

Test(cert, the_messages_differ)
{
	static const struct {
		int64_t days;
		const char *says;
	} cases[] = {
		{ -2, "not valid yet" },
		{ 731, "has expired" },
		{ 7306, "the CA's certificate has expired" },
	};
	struct span c = make(&device, now_ms);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };

		cr_assert_eq(cert_verify(NULL, NULL, c, buf_span(&world.ca), CERT_DEVICE,
					 now_ms + cases[i].days * day_ms, &e),
			     -ERR_STATE);
		cr_assert(strstr(e.msg, cases[i].says), "%s", e.msg);
	}
}

/* Another CA: of another server, and one that claims to be this very server. */
Test(cert, another_ca_is_foreign)
{
	static const uint8_t other_id[CERT_SERVER_ID_BYTES] = { 1 };
	struct p256_key *other_key;
	struct err e = { 0 };

	cr_assert_eq(p256_generate(&other_key, &e), 0);
	for (int i = 0; i < 2; i++) {
		struct buf ca, cert;

		buf_init(&ca, CERT_BYTES_MAX);
		buf_init(&cert, CERT_BYTES_MAX);
		cr_assert_eq(
			cert_make_ca(&ca, other_key, i ? server_id : other_id, serial, now_ms, &e),
			0);
		cr_assert_eq(cert_make(&cert, buf_span(&ca), other_key, &device, &world.public,
				       serial, now_ms, &e),
			     0);
		expect(buf_span(&cert), CERT_DEVICE, now_ms, CERT_FOREIGN, -ERR_DENIED, __LINE__);
		/* neither age nor role excuses it */
		expect(buf_span(&cert), CERT_DEVICE, 0, CERT_FOREIGN, -ERR_DENIED, __LINE__);
		expect(buf_span(&cert), CERT_DEVICE, now_ms + 800 * day_ms, CERT_FOREIGN,
		       -ERR_DENIED, __LINE__);
		expect(buf_span(&cert), CERT_SERVER, now_ms, CERT_FOREIGN, -ERR_DENIED, __LINE__);
		expect(buf_span(&ca), CERT_SERVER, now_ms, CERT_FOREIGN, -ERR_DENIED, __LINE__);
		buf_fini(&ca);
		buf_fini(&cert);
	}
	p256_free(other_key);
}

Test(cert, every_change_and_every_prefix_is_refused)
{
	struct span c = make(&device, now_ms);
	uint8_t bytes[CERT_BYTES_MAX + 1] = { 0 };
	struct cert_info info;
	struct err e;

	memcpy(bytes, c.data, c.len);
	for (size_t i = 0; i < c.len; i++) {
		enum cert_verdict v;
		int rc;

		bytes[i] ^= 1;
		rc = cert_verify(NULL, &v, span_of(bytes, c.len), buf_span(&world.ca), CERT_DEVICE,
				 now_ms, NULL);
		cr_assert(rc < 0 && (v == CERT_UNREADABLE || v == CERT_FOREIGN), "byte %zu: %d %d",
			  i, rc, v);
		(void)cert_parse(&info, span_of(bytes, c.len), NULL); /* may well be readable */
		cr_assert_eq(ERR_peek_error(), 0, "byte %zu", i);
		bytes[i] ^= 1;
	}
	for (size_t len = 0; len < c.len; len++)
		cr_assert_eq(cert_verify(NULL, NULL, span_of(bytes, len), buf_span(&world.ca),
					 CERT_DEVICE, now_ms, &e),
			     -ERR_INVALID);
	expect(span_of(bytes, c.len + 1), CERT_DEVICE, now_ms, CERT_UNREADABLE, -ERR_INVALID,
	       __LINE__);
	expect(span_of(bytes, sizeof(bytes)), CERT_DEVICE, now_ms, CERT_UNREADABLE, -ERR_INVALID,
	       __LINE__);
	expect(c, CERT_DEVICE, now_ms, CERT_GOOD, 0, __LINE__);
}

Test(cert, a_ca_that_is_none_is_refused)
{
	struct span c = make(&device, now_ms);
	enum cert_verdict v;
	struct err e = { 0 };

	cr_assert_eq(cert_verify(NULL, &v, c, c, CERT_DEVICE, now_ms, &e), -ERR_INVALID);
	cr_assert_eq(v, CERT_UNREADABLE);
	cr_assert_eq(cert_verify(NULL, &v, c, SPAN_LIT("x"), CERT_DEVICE, now_ms, &e),
		     -ERR_INVALID);
	cr_assert(strstr(e.msg, "the CA's certificate"), "%s", e.msg);
}

Test(cert, making_refuses_what_would_not_hold)
{
	static const uint8_t zero[CERT_SERIAL_BYTES];
	struct span ca = buf_span(&world.ca);
	struct p256_public bad = { { 4, 1 } };
	struct err e = { 0 };
	struct buf out;
	struct span leaf = make(&device, now_ms);

	buf_init(&out, CERT_BYTES_MAX);
	cr_assert_eq(cert_make(&out, ca, world.key, &device, &world.public, serial, now_ms, &e),
		     -ERR_INVALID); /* not the CA's key */
	cr_assert_eq(cert_make(&out, leaf, world.key, &device, &world.public, serial, now_ms, &e),
		     -ERR_INVALID); /* a device plays CA */
	cr_assert_eq(cert_make(&out, ca, world.ca_key, &device, &world.public, zero, now_ms, &e),
		     -ERR_INVALID);
	cr_assert_eq(cert_make(&out, ca, world.ca_key, &device, &bad, serial, now_ms, &e),
		     -ERR_INVALID);
	cr_assert_eq(cert_make(&out, ca, world.ca_key, &device, &world.public, serial,
			       now_ms - 2 * day_ms, &e),
		     -ERR_STATE);
	cr_assert_eq(cert_make(&out, ca, world.ca_key, &device, &world.public, serial,
			       now_ms + 7305 * day_ms, &e),
		     -ERR_STATE);
	cr_assert_eq(cert_make_ca(&out, world.ca_key, server_id, serial, -1, &e), -ERR_RANGE);
	cr_assert_eq(cert_make_ca(&out, world.ca_key, server_id, serial, INT64_MAX, &e),
		     -ERR_RANGE);
	cr_assert_eq(cert_make_ca(&out, world.ca_key, server_id, zero, now_ms, &e), -ERR_INVALID);
	cr_assert_eq(out.len, 0);
	buf_fini(&out);
	buf_init(&out, 100); /* too small */
	cr_assert_eq(cert_make_ca(&out, world.ca_key, server_id, serial, now_ms, &e), -ERR_NOMEM);
	buf_fini(&out);
	cr_assert_eq(ERR_peek_error(), 0);
}

/* 2042: past 2050 X.509 writes times in another form. The leaf ends with its CA. */
Test(cert, a_leaf_never_outlives_its_ca)
{
	int64_t at = now_ms + 7000 * day_ms;
	struct span c = make(&device, at);
	struct cert_info i, ca;
	struct err e = { 0 };

	cr_assert_eq(cert_parse(&i, c, &e), 0, "%s", e.msg);
	cr_assert_eq(cert_parse(&ca, buf_span(&world.ca), &e), 0, "%s", e.msg);
	cr_assert_eq(i.not_after_ms, ca.not_after_ms);
	expect(c, CERT_DEVICE, at, CERT_GOOD, 0, __LINE__);
	expect(c, CERT_DEVICE, ca.not_after_ms, CERT_EXPIRED, -ERR_STATE, __LINE__);
	c = make(&device, now_ms);
	cr_assert_eq(cert_parse(&i, c, &e), 0);
	cr_assert_eq(i.not_before_ms, ca.not_before_ms);
}

/* OpenSSL reads such a certificate without complaint and only has no key for it then. */
Test(cert, a_key_off_the_curve_is_none)
{
	uint8_t bytes[CERT_BYTES_MAX], spki[P256_SPKI_BYTES], *at;
	struct span c = make(&device, now_ms);
	struct cert_info i;
	struct err e = { 0 };

	memcpy(bytes, c.data, c.len);
	p256_spki(spki, &world.public);
	at = memmem(bytes, c.len, spki, sizeof(spki));
	cr_assert_not_null(at);
	cr_assert_eq(cert_parse(&i, span_of(bytes, c.len), &e), 0, "%s", e.msg);
	at[P256_SPKI_BYTES - 1] ^= 1;
	cr_assert_eq(cert_parse(&i, span_of(bytes, c.len), &e), -ERR_INVALID);
	cr_assert_eq(i.subject.role, CERT_NOBODY);
	cr_assert_eq(ERR_peek_error(), 0);
}

Test(cert, dates_beyond_2050)
{
	int64_t at = now_ms + 30 * 365 * day_ms;
	struct cert_info i;
	struct err e = { 0 };

	buf_reset(&world.ca);
	cr_assert_eq(cert_make_ca(&world.ca, world.ca_key, server_id, serial, at, &e), 0, "%s",
		     e.msg);
	cr_assert_eq(cert_parse(&i, buf_span(&world.ca), &e), 0, "%s", e.msg);
	cr_assert_eq(i.not_after_ms, at / 1000 * 1000 + 7305 * day_ms);
	expect(make(&device, at), CERT_DEVICE, at + 700 * day_ms, CERT_GOOD, 0, __LINE__);
}

Test(cert, requests)
{
	struct p256_public got;
	struct err e = { 0 };
	struct buf req;
	uint8_t bytes[CERT_BYTES_MAX] = { 0 };

	buf_init(&req, CERT_BYTES_MAX);
	cr_assert_eq(cert_make_request(&req, world.key, &e), 0, "%s", e.msg);
	cr_assert_eq(cert_check_request(&got, buf_span(&req), &e), 0, "%s", e.msg);
	cr_assert(p256_public_eq(&got, &world.public));
	memcpy(bytes, req.data, req.len);
	for (size_t len = 0; len < req.len; len++)
		cr_assert_eq(cert_check_request(&got, span_of(bytes, len), NULL), -ERR_INVALID);
	cr_assert_eq(cert_check_request(&got, span_of(bytes, req.len + 1), NULL), -ERR_INVALID);
	for (size_t i = 0; i < req.len; i++) {
		bytes[i] ^= 1;
		cr_assert_lt(cert_check_request(&got, span_of(bytes, req.len), NULL), 0, "byte %zu",
			     i);
		cr_assert_eq(ERR_peek_error(), 0);
		bytes[i] ^= 1;
	}
	buf_fini(&req);
}

/* Somebody asks for a certificate over a key that is not theirs. */
Test(cert, a_request_needs_the_private_key)
{
	struct p256_key *thief;
	struct p256_public got;
	struct err e = { 0 };
	struct buf req;
	uint8_t bytes[CERT_BYTES_MAX], spki[P256_SPKI_BYTES], *at;
	struct p256_public stolen = world.public, own;

	cr_assert_eq(p256_generate(&thief, &e), 0);
	own = p256_public_of(thief);
	buf_init(&req, CERT_BYTES_MAX);
	cr_assert_eq(cert_make_request(&req, thief, &e), 0);
	memcpy(bytes, req.data, req.len);
	p256_spki(spki, &own);
	at = memmem(bytes, req.len, spki, sizeof(spki));
	cr_assert_not_null(at);
	p256_spki(at, &stolen);
	cr_assert_eq(cert_check_request(&got, span_of(bytes, req.len), &e), -ERR_DENIED, "%s",
		     e.msg);
	buf_fini(&req);
	p256_free(thief);
}

Test(cert, pem)
{
	struct span der = make(&device, now_ms);
	struct buf pem, back;
	struct err e = { 0 };
	size_t one;

	buf_init(&pem, 2 * CERT_PEM_MAX);
	buf_init(&back, CERT_BYTES_MAX);
	cr_assert_eq(cert_pem_save(&pem, CERT_PEM_CERTIFICATE, der, &e), 0, "%s", e.msg);
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_CERTIFICATE, buf_span(&pem), &e), 0, "%s",
		     e.msg);
	cr_assert(span_eq(buf_span(&back), der));
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_REQUEST, buf_span(&pem), &e), -ERR_INVALID);
	one = pem.len;
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_CERTIFICATE, span_of(pem.data, one / 2), &e),
		     -ERR_INVALID);
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_CERTIFICATE, SPAN_LIT(""), &e), -ERR_INVALID);
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_CERTIFICATE, SPAN_LIT("hello"), &e),
		     -ERR_INVALID);
	cr_assert_eq(cert_pem_save(&pem, CERT_PEM_CERTIFICATE, der, &e), 0);
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_CERTIFICATE, buf_span(&pem), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "more than one"), "%s", e.msg);
	cr_assert_eq(back.len, der.len); /* nothing was added */
	buf_reset(&pem);
	buf_reset(&back);
	cr_assert_eq(cert_make_request(&back, world.key, &e), 0);
	cr_assert_eq(cert_pem_save(&pem, CERT_PEM_REQUEST, buf_span(&back), &e), 0);
	cr_assert(!memcmp(pem.data, "-----BEGIN CERTIFICATE REQUEST-----", 35));
	one = back.len;
	cr_assert_eq(cert_pem_load(&back, CERT_PEM_REQUEST, buf_span(&pem), &e), 0, "%s", e.msg);
	cr_assert(!memcmp(back.data, back.data + one, one));
	cr_assert_eq(ERR_peek_error(), 0);
	buf_fini(&pem);
	buf_fini(&back);
}

/* Certificates that our own functions would not make, signed by the real CA: what if it was
 * misled? */
struct forgery {
	const char *label, *org, *cn, *constraints, *usage, *extended;
	const char *extra_cn, *encoding, *point;
	int curve; /* 0: P-256 */
	bool rsa, negative_serial;
};

#define DEV "device:0123456789abcdef"
#define NO_CA "critical,CA:FALSE"
#define SIGNS "critical,digitalSignature"

/* Fields that are left out stand for what is right, "" for an extension that is missing. */
static const struct forgery forgeries[] = {
	{ .label = "control" },
	{ .label = "other organisation", .org = "Other" },
	{ .label = "no role", .cn = "0123456789abcdef" },
	{ .label = "unknown role", .cn = "admin:0123456789abcdef" },
	{ .label = "short id", .cn = "device:0123456789abcde" },
	{ .label = "long id", .cn = DEV "0" },
	{ .label = "capital id", .cn = "device:0123456789ABCDEF" },
	{ .label = "no hex", .cn = "device:0123456789abcdeg" },
	{ .label = "two names", .extra_cn = "device:0000000000000001" },
	{ .label = "server usage", .extended = "serverAuth" },
	{ .label = "both usages", .extended = "clientAuth,serverAuth" },
	{ .label = "no usage", .extended = "" },
	{ .label = "a CA", .constraints = "critical,CA:TRUE" },
	{ .label = "may sign", .usage = SIGNS ",keyCertSign" },
	{ .label = "no constraints", .constraints = "" },
	{ .label = "no key usage", .usage = "" },
	{ .label = "longer curve", .curve = NID_secp384r1 },
	{ .label = "other curve", .curve = NID_secp256k1 },
	{ .label = "curve spelt out", .encoding = "explicit" },
	{ .label = "short point", .point = "compressed" },
	{ .label = "RSA", .rsa = true },
	{ .label = "negative serial", .negative_serial = true },
};

static const char *or_else(const char *given, const char *right)
{
	return given ? given : right;
}

static void forge_ext(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext;

	if (!*value)
		return;
	ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	cr_assert(ext && X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
}

static void forge(struct buf *out, const struct forgery *f)
{
	const uint8_t *ca_at = world.ca.data;
	struct buf key_der;
	X509 *x = X509_new(), *ca = d2i_X509(NULL, &ca_at, (long)world.ca.len);
	EVP_PKEY *signer, *key;
	X509_NAME *name = X509_get_subject_name(x);
	const uint8_t *org = (const uint8_t *)or_else(f->org, "Ketnap");
	const uint8_t *cn = (const uint8_t *)or_else(f->cn, DEV);
	uint8_t *der = NULL;
	const uint8_t *at;
	int len;

	buf_init(&key_der, P256_FILE_MAX);
	cr_assert_eq(p256_save_der(world.ca_key, &key_der, NULL), 0);
	at = key_der.data;
	signer = d2i_AutoPrivateKey(NULL, &at, (long)key_der.len);
	key = f->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen(f->curve ? OBJ_nid2sn(f->curve) : "P-256");
	cr_assert(signer && key && ca);
	if (f->encoding)
		cr_assert(EVP_PKEY_set_utf8_string_param(key, "encoding", f->encoding));
	if (f->point)
		cr_assert(EVP_PKEY_set_utf8_string_param(key, "point-format", f->point));
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set_int64(X509_get_serialNumber(x), f->negative_serial ? -5 : 5);
	ASN1_TIME_set(X509_getm_notBefore(x), now_ms / 1000);
	ASN1_TIME_set(X509_getm_notAfter(x), now_ms / 1000 + 1000);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, org, -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, cn, -1, -1, 0);
	if (f->extra_cn)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)f->extra_cn,
					   -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(ca));
	X509_set_pubkey(x, key);
	forge_ext(x, NID_basic_constraints, or_else(f->constraints, NO_CA));
	forge_ext(x, NID_key_usage, or_else(f->usage, SIGNS));
	forge_ext(x, NID_ext_key_usage, or_else(f->extended, "clientAuth"));
	cr_assert_gt(X509_sign(x, signer, EVP_sha256()), 0);
	len = i2d_X509(x, &der);
	buf_bytes(out, span_of(der, (size_t)len));
	OPENSSL_free(der);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	X509_free(x);
	X509_free(ca);
	buf_fini(&key_der);
	ERR_clear_error();
}

Test(cert, forms_that_are_not_ours_are_refused_even_when_signed)
{
	for (size_t i = 0; i < ARRAY_LEN(forgeries); i++) {
		struct cert_info info;
		struct err e = { 0 };
		struct buf c;
		int rc, want = i ? -ERR_INVALID : 0;

		buf_init(&c, CERT_BYTES_MAX);
		forge(&c, &forgeries[i]);
		rc = cert_parse(&info, buf_span(&c), &e);
		cr_assert_eq(rc, want, "%s: %d %s", forgeries[i].label, rc, e.msg);
		cr_assert_eq(ERR_peek_error(), 0, "%s", forgeries[i].label);
		rc = cert_verify(NULL, NULL, buf_span(&c), buf_span(&world.ca), CERT_DEVICE,
				 now_ms + 500, &e);
		cr_assert_eq(rc, want, "%s: %d %s", forgeries[i].label, rc, e.msg);
		buf_fini(&c);
	}
}
