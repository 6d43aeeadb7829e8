/* Memory that there is not. Whoever includes this is linked with --wrap=malloc and --wrap=realloc: of these calls, the
 * libraries' among them that go through our rooms, the n-th one fails, or all from it on. */
#ifndef NO_MEMORY_H
#define NO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

static long asked, fails_at; /* 0: none */
static bool for_good;
static _Thread_local bool spared; /* what this thread asks for it gets, and it is not counted */
void *__real_malloc(size_t bytes);
void *__real_realloc(void *was, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_realloc(void *was, size_t bytes);

static bool fails(void)
{
	if (spared)
		return false;
	asked++;
	return fails_at && (for_good ? asked >= fails_at : asked == fails_at);
}

static void fail_from(long n, bool good)
{
	asked = 0;
	fails_at = n;
	for_good = good;
}

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_realloc(void *was, size_t bytes)
{
	return fails() ? NULL : __real_realloc(was, bytes);
}
#endif
