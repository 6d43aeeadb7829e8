/* Loaded in front of a real program: the computer's clock is wrong by $WRONG_CLOCK seconds, or by as many as the file
 * $WRONG_CLOCK_FILE says at that moment. Steady clocks go on. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int (*real_gettime)(clockid_t which, struct timespec *t);

static long long by_file(const char *path)
{
	FILE *f = fopen(path, "r");
	long long by = 0;

	if (f && fscanf(f, "%lld", &by) != 1)
		by = 0;
	if (f)
		fclose(f);
	return by;
}

int clock_gettime(clockid_t which, struct timespec *t)
{
	const char *by = getenv("WRONG_CLOCK"), *file = getenv("WRONG_CLOCK_FILE");
	int rc;

	if (!real_gettime)
		*(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real_gettime(which, t);
	if (!rc && by && which == CLOCK_REALTIME)
		t->tv_sec += atoll(by);
	if (!rc && file && which == CLOCK_REALTIME)
		t->tv_sec += by_file(file);
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
