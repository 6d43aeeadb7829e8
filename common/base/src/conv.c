#include "conv.h"

#include "base/lang.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int conv_number(const char **at)
{
	int n = 0;

	if (**at == '*') {
		(*at)++;
		return -1;
	}
	for (; **at >= '0' && **at <= '9'; (*at)++)
		n = n < 1000 ? n * 10 + (**at - '0') : n;
	return n;
}

const char *conv_parse(struct conv *c, const char *at)
{
	size_t flags = 0;

	memset(c, 0, sizeof(*c));
	for (; *at && strchr("-+ #0", *at); at++)
		if (flags < sizeof(c->flags) - 1)
			c->flags[flags++] = *at;
	c->width = conv_number(&at);
	if (*at == '.') {
		at++;
		c->has_precision = true;
		c->precision = conv_number(&at);
	}
	if (*at && strchr("hlzjt", *at)) {
		c->length = *at++;
		if (*at == c->length && (*at == 'h' || *at == 'l'))
			c->length = *at++ == 'h' ? 'H' : 'q';
	}
	c->kind = *at;
	return *at ? at + 1 : at;
}

static intmax_t take_signed(char length, va_list *ap)
{
	switch (length) {
	case 'H':
		return (signed char)va_arg(*ap, int);
	case 'h':
		return (short)va_arg(*ap, int);
	case 'l':
		return va_arg(*ap, long);
	case 'q':
		return va_arg(*ap, long long);
	case 'z':
		return va_arg(*ap, ssize_t);
	case 'j':
		return va_arg(*ap, intmax_t);
	case 't':
		return va_arg(*ap, ptrdiff_t);
	default:
		return va_arg(*ap, int);
	}
}

static uintmax_t take_unsigned(char length, va_list *ap)
{
	switch (length) {
	case 'H':
		return (unsigned char)va_arg(*ap, unsigned);
	case 'h':
		return (unsigned short)va_arg(*ap, unsigned);
	case 'l':
		return va_arg(*ap, unsigned long);
	case 'q':
		return va_arg(*ap, unsigned long long);
	case 'z':
		return va_arg(*ap, size_t);
	case 'j':
		return va_arg(*ap, uintmax_t);
	case 't':
		return (uintmax_t)va_arg(*ap, ptrdiff_t);
	default:
		return va_arg(*ap, unsigned);
	}
}

int conv_format(char *out, size_t out_len, const struct conv *c, va_list *ap)
{
	int width = c->width == -1 ? va_arg(*ap, int) : c->width;
	int precision = !c->has_precision    ? -1
			: c->precision == -1 ? va_arg(*ap, int)
					     : c->precision;
	char spec[16];
	const char *text;

	switch (c->kind) {
	case 'd':
	case 'i':
		snprintf(spec, sizeof(spec), "%%%s*.*jd", c->flags);
		return snprintf(out, out_len, spec, width, precision, take_signed(c->length, ap));
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		snprintf(spec, sizeof(spec), "%%%s*.*j%c", c->flags, c->kind);
		return snprintf(out, out_len, spec, width, precision, take_unsigned(c->length, ap));
	case 'c':
		snprintf(spec, sizeof(spec), "%%%s*c", c->flags);
		return snprintf(out, out_len, spec, width, va_arg(*ap, int));
	default:
		assert(c->kind == 's'); /* else a conversion that the header does not promise */
		text = va_arg(*ap, const char *);
		snprintf(spec, sizeof(spec), "%%%s*.*s", c->flags);
		return snprintf(out, out_len, spec, width, precision, text ? text : "(null)");
	}
}

bool conv_is_count(const struct conv *c)
{
	return (c->kind == 'd' || c->kind == 'i' || c->kind == 'u') && !c->flags[0] && !c->width &&
	       !c->has_precision;
}

const char *conv_grouped(char out[CONV_COUNT_MAX], const char *digits)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(digits, &end, 10);
	if (end == digits || *end || errno)
		return digits;
	return text_number(out, v, lang_now());
}

enum { PRINT_TEXT_MAX = 1024 };

void lang_print(FILE *to, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	lang_vprint(to, format, args);
	va_end(args);
}

void lang_vprint(FILE *to, const char *format, va_list args)
{
	const char *plain = format, *at;
	va_list ap;

	va_copy(ap, args); /* of a type that can be pointed to, which a parameter's need not be */
	while ((at = strchr(plain, '%'))) {
		char text[PRINT_TEXT_MAX], *longer = NULL, grouped[CONV_COUNT_MAX];
		const char *shown = text;
		struct conv c;
		va_list again;
		int len;

		(void)fwrite(plain, 1, (size_t)(at - plain), to);
		plain = conv_parse(&c, at + 1);
		if (c.kind == '%') {
			fputc('%', to);
			continue;
		}
		va_copy(again, ap);
		len = conv_format(text, sizeof(text), &c, &ap);
		if (len >= (int)sizeof(text) && (longer = malloc((size_t)len + 1))) {
			conv_format(longer, (size_t)len + 1, &c, &again);
			shown = longer;
		}
		va_end(again);
		if (conv_is_count(&c))
			shown = conv_grouped(grouped, shown);
		fputs(shown, to);
		free(longer);
	}
	fputs(plain, to);
	va_end(ap);
}
