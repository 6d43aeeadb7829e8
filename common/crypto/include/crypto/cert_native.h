/* For common/net alone, whose handshakes hold the other side's certificate decoded: to decode its bytes again
 * would cost a quarter of the handshake, since OpenSSL 3.0 makes a key of every one. */
#ifndef CRYPTO_CERT_NATIVE_H
#define CRYPTO_CERT_NATIVE_H

#include "crypto/cert.h"

struct x509_st; /* OpenSSL's X509 */

/* cert_parse() of one that is decoded; `*out` is zero on failure. May leave something in OpenSSL's queue of
 * errors. */
int cert_read(struct cert_info *out, struct x509_st *x, struct err *e);
#endif
