#include "crypto/random.h"

#include <sodium.h>

int crypto_random(void *out, size_t len, struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, ERR_IO, "the system offers no random numbers");
	randombytes_buf(out, len);
	return 0;
}
