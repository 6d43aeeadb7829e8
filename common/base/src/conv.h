/* printf-like formats, a conversion at a time: for texts whose numbers people read in their language. */
#ifndef BASE_CONV_H
#define BASE_CONV_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { CONV_COUNT_MAX = 32 };

/* One conversion of a printf-like format, from behind its '%'. */
struct conv {
	char flags[6];
	int width, precision; /* -1: the next argument says */
	bool has_precision;
	char length; /* 0, 'h', 'H' for hh, 'l', 'q' for ll, 'z', 'j', 't' */
	char kind;   /* 0 at the end of the text */
};

/* Behind the conversion that begins at `at`, behind its '%'. */
const char *conv_parse(struct conv *c, const char *at);
/* The next argument as text; the length it would have had. */
int conv_format(char *out, size_t out_len, const struct conv *c, va_list *ap);

/* A whole number as people count: grouped. With a width, were it 1, it names something, a year or a port, and
 * stands as it is. */
bool conv_is_count(const struct conv *c);
/* Such a number's digits in the groups of lang_now(); other text as it is. */
const char *conv_grouped(char out[CONV_COUNT_MAX], const char *digits);
#endif
