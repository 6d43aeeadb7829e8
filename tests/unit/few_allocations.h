/* A test program's allocations, of which so many succeed. The linker leads malloc, calloc and realloc here
 * (--wrap). For the one source file of a program. */
#ifndef UNIT_FEW_ALLOCATIONS_H
#define UNIT_FEW_ALLOCATIONS_H

#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t each);
void *__real_realloc(void *at, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t each);
void *__wrap_realloc(void *at, size_t bytes);

static long allocations_left = -1; /* the one after these fails; -1: as many as one likes */
static bool allocations_end;       /* and so do all after it */

static bool allocation_fails(void)
{
	if (allocations_left < 0)
		return false;
	if (allocations_left > 0) {
		allocations_left--;
		return false;
	}
	if (!allocations_end)
		allocations_left = -1;
	return true;
}

void *__wrap_malloc(size_t bytes)
{
	return allocation_fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t each)
{
	return allocation_fails() ? NULL : __real_calloc(count, each);
}

void *__wrap_realloc(void *at, size_t bytes)
{
	return allocation_fails() ? NULL : __real_realloc(at, bytes);
}
#endif
