/* Random bytes from the system, for main programs only: everything below them takes randomness as
 * an argument, so that the simulator can replay a run. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include "base/err.h"

/* -ERR_IO when the system has no source of randomness. */
int crypto_random(void *out, size_t len, struct err *e);
#endif
