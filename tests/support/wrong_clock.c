/* Loaded in front of a real program: the computer's clock is wrong by $WRONG_CLOCK seconds. Steady clocks go on. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int (*real_gettime)(clockid_t which, struct timespec *t);

int clock_gettime(clockid_t which, struct timespec *t)
{
	const char *by = getenv("WRONG_CLOCK");
	int rc;

	if (!real_gettime)
		*(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real_gettime(which, t);
	if (!rc && by && which == CLOCK_REALTIME)
		t->tv_sec += atoll(by);
	return rc;
}

time_t time(time_t *out)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}
