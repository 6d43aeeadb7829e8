/* What the files that call OpenSSL share. */
#ifndef CRYPTO_OSSL_H
#define CRYPTO_OSSL_H

#include "crypto/provider.h"
#include "crypto/sign.h"

/* OpenSSL has a type ERR_STATE, which nothing here uses; ours is an error code. So its headers are
 * included here only, with theirs under another name. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#undef ERR_STATE

/* The reason of the last OpenSSL failure of this thread, static text. Empties the error queue, for
 * a later SSL call of the same thread would take what is left there for its own failure. */
const char *ossl_reason(void);

/* Before the first use in a process of what belongs to no context of ours, and of any X509: where OpenSSL 3.0 had no
 * memory for the context it then takes, it goes on in one that was never made, and crashes. It does not try again:
 * -ERR_NOMEM for as long as the process lives. */
int ossl_ready(struct err *e);
/* `rc`, or where it failed and provider_refused() is not as it was `before`: -ERR_NOMEM, whatever was said. */
int ossl_lacked(unsigned long before, int rc, struct err *e);

EVP_PKEY *p256_native(const struct p256_key *k); /* borrowed */
/* A new EVP_PKEY of a public key, or NULL when the bytes are no point of the curve. */
EVP_PKEY *p256_native_public(const struct p256_public *k);
/* Only the form: whether the point lies on the curve is for the caller to find out. */
bool p256_spki_split(struct p256_public *out, struct span spki);

/* One certificate in our size and nothing behind it, or NULL. */
X509 *x509_of_der(struct span der);
#endif
