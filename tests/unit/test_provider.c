#include "crypto/provider.h"

#include "crypto/cert.h"

#include <criterion/criterion.h>

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#undef ERR_STATE

static OSSL_LIB_CTX *library(void)
{
	struct ossl_lib_ctx_st *out = NULL;
	struct err e = { 0 };

	cr_assert_eq(provider_small(&out, &e), 0, "%s", e.msg);
	cr_assert_not_null(out);
	return out;
}

static bool has_keys(const char *kind)
{
	EVP_KEYMGMT *m = EVP_KEYMGMT_fetch(library(), kind, NULL);

	EVP_KEYMGMT_free(m);
	ERR_clear_error();
	return m != NULL;
}

Test(provider, it_is_made_once)
{
	cr_assert_eq(library(), library());
}

/* The others are what makes decoding dear. */
Test(provider, it_knows_our_kinds_of_keys_alone)
{
	cr_assert(has_keys("EC"));
	cr_assert(has_keys("X25519"));
	cr_assert(has_keys("HMAC"));
	cr_assert(!has_keys("RSA"));
	cr_assert(!has_keys("DH"));
	cr_assert(!has_keys("ED25519"));
}

/* A certificate read in it has a key that verifies what the CA has signed: the CA's own. */
Test(provider, certificates_are_read_and_verified_in_it)
{
	static const uint8_t id[CERT_SERVER_ID_BYTES] = { 1 }, serial[CERT_SERIAL_BYTES] = { 2 };
	X509 *x = X509_new_ex(library(), NULL);
	struct p256_key *key;
	struct err e = { 0 };
	const uint8_t *at;
	struct buf ca;

	buf_init(&ca, CERT_BYTES_MAX);
	cr_assert_eq(p256_generate(&key, &e), 0, "%s", e.msg);
	cr_assert_eq(cert_make_ca(&ca, key, id, serial, INT64_C(1663837200000), &e), 0, "%s",
		     e.msg);
	at = ca.data;
	cr_assert_not_null(d2i_X509(&x, &at, (long)ca.len));
	cr_assert_eq(X509_self_signed(x, 1), 1);
	X509_free(x);
	ca.data[ca.len - 1] ^= 1;
	x = X509_new_ex(library(), NULL);
	at = ca.data;
	cr_assert_not_null(d2i_X509(&x, &at, (long)ca.len));
	cr_assert_neq(X509_self_signed(x, 1), 1);
	X509_free(x);
	p256_free(key);
	buf_fini(&ca);
}
