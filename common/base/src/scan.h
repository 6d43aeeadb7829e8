/* Fixed-width fields of digits, taken off the front of a text. */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include "base/span.h"

/* As much of a wrong text as a message shows: scan_shown() for the precision of a %.*s. */
enum { SCAN_SHOWN_MAX = 40 };

static inline int scan_shown(struct span text)
{
	return text.len < SCAN_SHOWN_MAX ? (int)text.len : SCAN_SHOWN_MAX;
}

/* Exactly `count` digits (at most 9) as a number. */
static inline bool scan_digits(struct span *in, size_t count, int *out)
{
	int v = 0;

	if (in->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (in->data[i] < '0' || in->data[i] > '9')
			return false;
		v = v * 10 + (in->data[i] - '0');
	}
	*in = span_of(in->data + count, in->len - count);
	*out = v;
	return true;
}

static inline bool scan_char(struct span *in, char c)
{
	if (!in->len || in->data[0] != (uint8_t)c)
		return false;
	*in = span_of(in->data + 1, in->len - 1);
	return true;
}
#endif
