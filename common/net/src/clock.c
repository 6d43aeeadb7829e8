#include "net/clock.h"

#include <assert.h>
#include <time.h>

static int64_t read_ms(clockid_t which)
{
	struct timespec t;
	int rc = clock_gettime(which, &t);

	assert(rc == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t real_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_REALTIME);
}

static int64_t steady_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_BOOTTIME);
}

const struct clock clock_real = { .now_ms = real_ms };
const struct clock clock_steady = { .now_ms = steady_ms };
