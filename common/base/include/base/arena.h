/* Memory for one request, with a budget, dropped as a whole. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/span.h"

struct arena;

/* NULL when there is no memory. `budget` bounds everything the arena will ever hold at once. */
struct arena *arena_new(size_t budget);
void arena_free(struct arena *a);
void arena_reset(struct arena *a); /* drop what it lent, keep a little memory for the next */

/* Zeroed, aligned for any type; NULL over the budget or without memory. Valid until reset or free. */
void *arena_alloc(struct arena *a, size_t bytes);
void *arena_array(struct arena *a, size_t count, size_t each); /* checks the product */
struct span arena_copy(struct arena *a, struct span bytes);    /* data NULL on failure if len > 0 */
char *arena_str(struct arena *a, struct span text);            /* copy, NUL added */
char *arena_printf(struct arena *a, const char *fmt, ...) BASE_PRINTF(2, 3);
size_t arena_used(const struct arena *a);
#endif
