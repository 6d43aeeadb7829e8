/* A run of bytes that somebody else owns. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data;
	size_t len;
};

#define SPAN_LIT(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

static inline struct span span_of(const void *data, size_t len)
{
	return (struct span){ data, len };
}

static inline struct span span_str(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

/* As bytes, a shorter one before a longer one that begins with it. */
int span_cmp(struct span a, struct span b);

/* Where `what` first stands in `in`, NULL if nowhere; an empty `what` stands nowhere. */
const uint8_t *span_find(struct span in, struct span what);
#endif
