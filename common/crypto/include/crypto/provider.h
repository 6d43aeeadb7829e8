/* For common/net alone: OpenSSL with only those keys that our TLS uses.
 *
 * To make a key of each certificate that it is shown, OpenSSL 3.0 first walks every kind of key and every decoder
 * that it knows, which takes longer than all that it then computes. The library made here has keys of elliptic
 * curves and X25519, and everything else (ciphers, hashes, signatures, random bytes) from the default provider as it is. What a
 * stranger can make it look at is less, too. */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include "base/err.h"

struct ossl_lib_ctx_st; /* OpenSSL's OSSL_LIB_CTX */

/* Made once, for as long as the process lives; any thread. -ERR_NOMEM. */
int provider_small(struct ossl_lib_ctx_st **out, struct err *e);

/* How often OpenSSL got no memory on this thread. It takes that for a verdict on what it looks at, at times: who sees
 * that this has grown meanwhile knows better. 0 for ever where it was used before anything of this room. */
unsigned long provider_refused(void);
/* `rc`, or where it failed and provider_refused() is not as it was `before`: -ERR_NOMEM, whatever was said. */
int provider_lacked(unsigned long before, int rc, struct err *e);
#endif
