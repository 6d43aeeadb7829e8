#include "spare.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>

static _Thread_local struct spare *begun;

/* Blocks are of the heap too, so that free() takes back either. */
static void *get(size_t bytes)
{
	void *got = malloc(bytes);

	if (got)
		return got;
	if (begun && begun->count && bytes <= SPARE_BYTES)
		return begun->blocks[--begun->count];
	return stock_take(bytes);
}

void spare_install(void)
{
	event_set_mem_functions(get, realloc, free);
}

int spare_begin(struct spare *s)
{
	assert(!begun);
	begun = s;
	for (s->count = 0; s->count < SPARE_BLOCKS; s->count++) {
		s->blocks[s->count] = malloc(SPARE_BYTES);
		if (!s->blocks[s->count]) {
			spare_end(s);
			return -ERR_NOMEM;
		}
	}
	return 0;
}

void spare_end(struct spare *s)
{
	assert(begun == s);
	while (s->count)
		free(s->blocks[--s->count]);
	begun = NULL;
}
