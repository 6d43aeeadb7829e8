/* OpenSSL's headers, with its type ERR_STATE (used nowhere here) out of the way of our error code. */
#ifndef BENCH_OSSL_H
#define BENCH_OSSL_H

#include "base/err.h"

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#undef ERR_STATE
#endif
