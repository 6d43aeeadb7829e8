#include "ossl.h"

#include <stdlib.h>

struct p256_key {
	EVP_PKEY *native;
	struct p256_public public;
};

/* SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 65 bytes }: the same 26 bytes
 * before every P-256 point, so a public key has one encoding and one hash. */
static const uint8_t spki_head[P256_SPKI_BYTES - P256_POINT_BYTES] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

const char *ossl_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "no detail";
}

EVP_PKEY *p256_native(const struct p256_key *k)
{
	return k->native;
}

EVP_PKEY *p256_native_public(const struct p256_public *k)
{
	char group[] = "prime256v1";
	uint8_t point[P256_POINT_BYTES];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *out = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};

	memcpy(point, k->point, sizeof(point));
	/* Decoding the point checks that it lies on the curve. */
	if (point[0] != 4 || !ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		out = NULL;
	EVP_PKEY_CTX_free(ctx);
	return out;
}

static bool native_point(EVP_PKEY *native, struct p256_public *out)
{
	char group[32];
	size_t len = 0;

	return EVP_PKEY_get_base_id(native) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(native, group, sizeof(group), &len) > 0 &&
	       !strcmp(group, "prime256v1") &&
	       EVP_PKEY_get_octet_string_param(native, OSSL_PKEY_PARAM_PUB_KEY, out->point,
					       sizeof(out->point), &len) > 0 &&
	       len == sizeof(out->point) && out->point[0] == 4;
}

/* Takes `native`, also on failure. */
static int key_of_native(struct p256_key **out, EVP_PKEY *native, struct err *e)
{
	struct p256_public public;
	struct p256_key *k = NULL;
	EVP_PKEY_CTX *check = NULL;
	int rc = 0;

	if (!native_point(native, &public)) {
		rc = err_set(e, ERR_INVALID, "this is a private key, but not of the curve P-256");
		goto out;
	}
	/* A file may name a public half that is not the private half's. */
	check = EVP_PKEY_CTX_new_from_pkey(NULL, native, NULL);
	if (!check || EVP_PKEY_pairwise_check(check) <= 0 || EVP_PKEY_private_check(check) <= 0) {
		rc = err_set(e, ERR_INVALID, "the two halves of this key do not belong together");
		goto out;
	}
	k = calloc(1, sizeof(*k));
	if (!k) {
		rc = err_set(e, ERR_NOMEM, "out of memory");
		goto out;
	}
	k->public = public;
	k->native = native;
	native = NULL;
	*out = k;
out:
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_free(native);
	ERR_clear_error();
	return rc;
}

int p256_generate(struct p256_key **out, struct err *e)
{
	EVP_PKEY *native;
	unsigned long before = provider_refused();
	int rc = ossl_ready(e);

	*out = NULL;
	if (rc)
		return rc;
	native = EVP_EC_gen("P-256");
	if (!native)
		return err_set(e, ERR_NOMEM, "no new key could be made (%s)", ossl_reason());
	rc = key_of_native(out, native, e);
	return provider_lacked(before, rc, e);
}

void p256_free(struct p256_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->native);
	free(k);
}

int p256_sign(const struct p256_key *k, struct span message, struct p256_sig *sig, struct err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(sig->b);
	int rc = 0;

	memset(sig, 0, sizeof(*sig));
	/* A signature that it had no memory to write is, to OpenSSL 3.0, a good one of 2^32-1 bytes. */
	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, k->native) <= 0 ||
	    EVP_DigestSign(ctx, sig->b, &len, message.data, message.len) <= 0 || len == 0 ||
	    len > sizeof(sig->b))
		rc = err_set(e, ERR_NOMEM, "signing failed (%s)", ossl_reason());
	else
		sig->len = len;
	EVP_MD_CTX_free(ctx);
	return rc;
}

int p256_verify(const struct p256_public *by, struct span message, struct span sig, struct err *e)
{
	unsigned long before = provider_refused();
	EVP_PKEY *native = NULL;
	EVP_MD_CTX *ctx = NULL;
	int rc = ossl_ready(e), ok;

	if (rc)
		return rc;
	native = p256_native_public(by);
	if (!native) {
		rc = err_set(e, ERR_INVALID, "this is not a P-256 public key (%s)", ossl_reason());
		goto out;
	}
	ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, native) <= 0) {
		rc = err_set(e, ERR_NOMEM, "out of memory (%s)", ossl_reason());
		goto out;
	}
	ok = EVP_DigestVerify(ctx, sig.data, sig.len, message.data, message.len);
	if (ok == 0)
		rc = err_set(e, ERR_DENIED, "the signature was not made by this key");
	else if (ok < 0)
		rc = err_set(e, ERR_INVALID, "this is not a P-256 signature");
out:
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(native);
	ERR_clear_error();
	return provider_lacked(before, rc, e);
}

static int buf_check(const struct buf *out, struct err *e)
{
	return out->failed ? err_set(e, ERR_NOMEM, "no room for a key") : 0;
}

int p256_save_der(const struct p256_key *k, struct buf *out, struct err *e)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(k->native);
	uint8_t *der = NULL;
	int len = p8 ? i2d_PKCS8_PRIV_KEY_INFO(p8, &der) : -1;
	int rc;

	if (len > 0) {
		buf_bytes(out, span_of(der, (size_t)len));
		rc = buf_check(out, e);
		OPENSSL_clear_free(der, (size_t)len);
	} else {
		rc = err_set(e, ERR_NOMEM, "the key could not be written (%s)", ossl_reason());
	}
	PKCS8_PRIV_KEY_INFO_free(p8);
	return rc;
}

int p256_save_pem(const struct p256_key *k, struct buf *out, struct err *e)
{
	BIO *bio = BIO_new(BIO_s_mem()); /* wiped when freed */
	char *text = NULL;
	long len;
	int rc;

	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, k->native, NULL, NULL, 0, NULL, NULL)) {
		rc = err_set(e, ERR_NOMEM, "the key could not be written (%s)", ossl_reason());
		goto out;
	}
	len = BIO_get_mem_data(bio, &text);
	buf_bytes(out, span_of(text, (size_t)len));
	rc = buf_check(out, e);
out:
	BIO_free(bio);
	return rc;
}

/* Without this OpenSSL would ask for a passphrase on the terminal, in the middle of a server. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

int p256_load_pem(struct p256_key **out, struct span pem, struct err *e)
{
	EVP_PKEY *native = NULL;
	BIO *bio;
	unsigned long before = provider_refused();
	int rc = ossl_ready(e);

	*out = NULL;
	if (rc)
		return rc;
	if (pem.len == 0 || pem.len > P256_FILE_MAX)
		return err_set(e, ERR_INVALID, "a private key of %zu bytes is not one of ours",
			       pem.len);
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (bio)
		native = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	rc = native ? key_of_native(out, native, e)
		    : err_set(e, ERR_INVALID, "this is not an unencrypted private key (%s)",
			      ossl_reason());
	return provider_lacked(before, rc, e);
}

int p256_load_der(struct p256_key **out, struct span der, struct err *e)
{
	const uint8_t *at = der.data;
	PKCS8_PRIV_KEY_INFO *p8;
	EVP_PKEY *native = NULL;
	unsigned long before = provider_refused();
	int rc = ossl_ready(e);

	*out = NULL;
	if (rc)
		return rc;
	if (der.len == 0 || der.len > P256_FILE_MAX)
		return err_set(e, ERR_INVALID, "a private key of %zu bytes is not one of ours",
			       der.len);
	p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
	if (p8 && at == der.data + der.len)
		native = EVP_PKCS82PKEY(p8);
	PKCS8_PRIV_KEY_INFO_free(p8);
	rc = native ? key_of_native(out, native, e)
		    : err_set(e, ERR_INVALID, "this is not an unencrypted private key (%s)",
			      ossl_reason());
	return provider_lacked(before, rc, e);
}

/* PKCS#8 as OpenSSL writes it, around the number and around the point. */
static const uint8_t p8_head[] = { 0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06,
				   0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
				   0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
				   0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20 };
static const uint8_t p8_middle[] = { 0xa1, 0x44, 0x03, 0x42, 0x00 };
enum {
	P8_MIDDLE = sizeof(p8_head) + P256_SECRET_BYTES,
	P8_POINT = P8_MIDDLE + sizeof(p8_middle),
	P8_BYTES = P8_POINT + P256_POINT_BYTES
};

int p256_save_secret(const struct p256_key *k, uint8_t out[P256_SECRET_BYTES], struct err *e)
{
	struct buf der;
	int rc;

	buf_init(&der, P256_FILE_MAX);
	rc = p256_save_der(k, &der, e);
	if (!rc && (der.len != P8_BYTES || memcmp(der.data, p8_head, sizeof(p8_head)) != 0 ||
		    memcmp(der.data + P8_MIDDLE, p8_middle, sizeof(p8_middle)) != 0))
		rc = err_set(e, ERR_STATE, "the key is written in a form that is not known here");
	if (!rc)
		memcpy(out, der.data + sizeof(p8_head), P256_SECRET_BYTES);
	if (der.data)
		bytes_wipe(der.data, der.len);
	buf_fini(&der);
	return rc;
}

int p256_load_secret(struct p256_key **out, const uint8_t secret[P256_SECRET_BYTES],
		     const struct p256_public *public, struct err *e)
{
	uint8_t der[P8_BYTES];
	int rc;

	memcpy(der, p8_head, sizeof(p8_head));
	memcpy(der + sizeof(p8_head), secret, P256_SECRET_BYTES);
	memcpy(der + P8_MIDDLE, p8_middle, sizeof(p8_middle));
	memcpy(der + P8_POINT, public->point, P256_POINT_BYTES);
	rc = p256_load_der(out, span_of(der, sizeof(der)), e);
	bytes_wipe(der, sizeof(der));
	return rc;
}

struct p256_public p256_public_of(const struct p256_key *k)
{
	return k->public;
}

bool p256_public_eq(const struct p256_public *a, const struct p256_public *b)
{
	return !memcmp(a->point, b->point, sizeof(a->point));
}

int p256_public_load(struct p256_public *out, struct span point, struct err *e)
{
	unsigned long before = provider_refused();
	struct p256_public k;
	EVP_PKEY *native;
	int rc = ossl_ready(e);

	if (rc)
		return rc;
	if (point.len != sizeof(k.point))
		return err_set(e, ERR_INVALID, "a P-256 public key has %d bytes, not %zu",
			       P256_POINT_BYTES, point.len);
	memcpy(k.point, point.data, sizeof(k.point));
	native = p256_native_public(&k);
	if (!native) {
		rc = err_set(e, ERR_INVALID, "this is not a P-256 public key (%s)", ossl_reason());
		return provider_lacked(before, rc, e);
	}
	EVP_PKEY_free(native);
	*out = k;
	return 0;
}

void p256_spki(uint8_t out[P256_SPKI_BYTES], const struct p256_public *k)
{
	memcpy(out, spki_head, sizeof(spki_head));
	memcpy(out + sizeof(spki_head), k->point, sizeof(k->point));
}

bool p256_spki_split(struct p256_public *out, struct span spki)
{
	if (spki.len != P256_SPKI_BYTES || memcmp(spki.data, spki_head, sizeof(spki_head)))
		return false;
	memcpy(out->point, spki.data + sizeof(spki_head), sizeof(out->point));
	return out->point[0] == 4;
}

int p256_spki_load(struct p256_public *out, struct span spki, struct err *e)
{
	struct p256_public k;

	if (!p256_spki_split(&k, spki))
		return err_set(e, ERR_INVALID, "this is not a P-256 public key as we write it");
	return p256_public_load(out, span_of(k.point, sizeof(k.point)), e);
}

struct hash p256_spki_hash(const struct p256_public *k)
{
	return hash_bytes2(span_of(spki_head, sizeof(spki_head)),
			   span_of(k->point, sizeof(k->point)));
}
