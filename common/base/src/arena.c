#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
/* So that the address sanitizer sees a use after reset and a step over the end of a loan. */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define CLOSE_OFF(at, bytes) ASAN_POISON_MEMORY_REGION(at, bytes)
#define OPEN_UP(at, bytes) ASAN_UNPOISON_MEMORY_REGION(at, bytes)
#else
#define CLOSE_OFF(at, bytes) ((void)(at), (void)(bytes))
#define OPEN_UP(at, bytes) ((void)(at), (void)(bytes))
#endif

enum { ALIGN = _Alignof(max_align_t), CHUNK_BYTES = 16384, LARGE_BYTES = CHUNK_BYTES / 4 };

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(max_align_t) uint8_t bytes[];
};

/* The budget counts what is lent, rounded up to the alignment. What lies unused at the end of a
 * chunk is under a quarter of it, because larger loans get a chunk of their own. */
struct arena {
	size_t budget, lent;
	struct chunk *first; /* the one being filled */
};

struct arena *arena_new(size_t budget)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->budget = budget;
	return a;
}

static void chunk_free(struct chunk *c)
{
	OPEN_UP(c->bytes, c->size);
	free(c);
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->first) {
		struct chunk *next = a->first->next;

		chunk_free(a->first);
		a->first = next;
	}
	free(a);
}

void arena_reset(struct arena *a)
{
	struct chunk *keep = NULL;

	while (a->first) {
		struct chunk *next = a->first->next;

		if (!keep && a->first->size <= CHUNK_BYTES)
			keep = a->first;
		else
			chunk_free(a->first);
		a->first = next;
	}
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
		CLOSE_OFF(keep->bytes, keep->size);
	}
	a->first = keep;
	a->lent = 0;
}

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX - sizeof(*c))
		return NULL;
	c = malloc(sizeof(*c) + size);
	if (!c)
		return NULL;
	*c = (struct chunk){ .size = size };
	CLOSE_OFF(c->bytes, c->size);
	return c;
}

/* A chunk with `need` bytes left; a large loan's own chunk goes behind the one being filled. */
static struct chunk *chunk_for(struct arena *a, size_t need)
{
	struct chunk *c = a->first;
	size_t size = need;

	if (c && need <= c->size - c->used)
		return c;
	if (need <= LARGE_BYTES) {
		size_t left = a->budget - a->lent; /* at least `need`: the caller has looked */

		size = left < CHUNK_BYTES ? (left + ALIGN - 1) / ALIGN * ALIGN : CHUNK_BYTES;
	}
	c = chunk_new(size);
	if (!c)
		return NULL;
	if (need > LARGE_BYTES && a->first) {
		c->next = a->first->next;
		a->first->next = c;
	} else {
		c->next = a->first;
		a->first = c;
	}
	return c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t need = bytes ? bytes : 1;
	struct chunk *c;
	uint8_t *out;

	if (need > SIZE_MAX - ALIGN)
		return NULL;
	need = (need + ALIGN - 1) / ALIGN * ALIGN;
	if (need > a->budget - a->lent)
		return NULL;
	c = chunk_for(a, need);
	if (!c)
		return NULL;
	out = c->bytes + c->used;
	c->used += need;
	a->lent += need;
	OPEN_UP(out, bytes);
	memset(out, 0, bytes);
	return out;
}

void *arena_array(struct arena *a, size_t count, size_t each)
{
	size_t bytes;

	return __builtin_mul_overflow(count, each, &bytes) ? NULL : arena_alloc(a, bytes);
}

struct span arena_copy(struct arena *a, struct span bytes)
{
	void *out;

	if (!bytes.len)
		return SPAN_LIT("");
	out = arena_alloc(a, bytes.len);
	if (!out)
		return span_of(NULL, 0);
	memcpy(out, bytes.data, bytes.len);
	return span_of(out, bytes.len);
}

char *arena_str(struct arena *a, struct span text)
{
	char *out = text.len < SIZE_MAX ? arena_alloc(a, text.len + 1) : NULL;

	if (out && text.len)
		memcpy(out, text.data, text.len);
	return out;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *out;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	out = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (!out)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(out, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return out;
}

size_t arena_used(const struct arena *a)
{
	return a->lent;
}
