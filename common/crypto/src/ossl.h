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

/* Before the first use in a process of anything of OpenSSL, or what it does not get is not counted. Where OpenSSL 3.0 had
 * no memory for the context that it takes where it is given none, it goes on in one that was never made, and crashes; what
 * it lacked when it first looked for our kind of keys it does not know for as long as the process lives. -ERR_NOMEM then. */
int ossl_ready(struct err *e);
/* Does it read and verify what is known to be right? */
bool ossl_knows(OSSL_LIB_CTX *library);

EVP_PKEY *p256_native(const struct p256_key *k); /* borrowed */
/* A new EVP_PKEY of a public key, or NULL when the bytes are no point of the curve. */
EVP_PKEY *p256_native_public(const struct p256_public *k);
/* Only the form: whether the point lies on the curve is for the caller to find out. */
bool p256_spki_split(struct p256_public *out, struct span spki);

/* One certificate in our size and nothing behind it, or NULL. */
X509 *x509_of_der(struct span der);
#endif
