/* OpenSSL has a type ERR_STATE, which nothing here uses; ours is an error code. So its headers are
 * included here only, with theirs under another name. */
#ifndef NET_OSSL_H
#define NET_OSSL_H

#include "base/err.h"

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/ssl.h>
#undef ERR_STATE
#endif
