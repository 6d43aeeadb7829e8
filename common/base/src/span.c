#include "base/span.h"

int span_cmp(struct span a, struct span b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

const uint8_t *span_find(struct span in, struct span what)
{
	for (; what.len && in.len >= what.len; in.data++, in.len--)
		if (!memcmp(in.data, what.data, what.len))
			return in.data;
	return NULL;
}
