#include "base/err.h"

#undef err_set /* what an analyser is told of it, see the header */

#include "utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>

/* No single argument (a path, a cell of a file) may use up the room of those that say where. */
enum { ARG_TEXT_MAX = 160 };

static const char *const code_names[] = {
	[ERR_NONE] = "none",
	[ERR_INVALID] = "invalid",
	[ERR_NOTFOUND] = "not-found",
	[ERR_EXISTS] = "exists",
	[ERR_DENIED] = "denied",
	[ERR_NOMEM] = "no-memory",
	[ERR_IO] = "io",
	[ERR_FULL] = "full",
	[ERR_FATAL] = "fatal",
	[ERR_BUSY] = "busy",
	[ERR_CORRUPT] = "corrupt",
	[ERR_VERSION] = "version",
	[ERR_PROTO] = "protocol",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_RANGE] = "range",
	[ERR_STATE] = "state",
};
static_assert(ARRAY_LEN(code_names) == ERR_CODES, "every code has a name");
static_assert(ERR_ARGS_BYTES <= 65535, "arg_at and args_used are short");

const char *err_code_name(enum err_code code)
{
	return (unsigned)code < ERR_CODES ? code_names[code] : "unknown";
}

/* One conversion of a printf-like format, from behind its '%'. */
struct conv {
	char flags[6];
	int width, precision; /* -1: the next argument says */
	bool has_precision;
	char length; /* 0, 'h', 'H' for hh, 'l', 'q' for ll, 'z', 'j', 't' */
	char kind;   /* 0 at the end of the text */
};

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

static const char *conv_parse(struct conv *c, const char *at)
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

/* The next argument as text; the length it would have had. */
static int conv_format(char *out, size_t out_len, const struct conv *c, va_list *ap)
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

/* A message is one line of valid text, whatever a peer or a file put into an argument. */
static void clean_up(char *text)
{
	uint8_t *at = (uint8_t *)text;
	size_t left = strlen(text);

	while (left) {
		int32_t cp = 0;
		size_t step = utf8_step(&cp, at, left);

		if (!step)
			*at = '?';
		else if (utf8_is_control(cp))
			memset(at, step == 1 ? ' ' : '?', step);
		step = step ? step : 1;
		at += step;
		left -= step;
	}
}

/* The last byte of args is never used, so it is an empty text for those who find no room. */
static unsigned short arg_store(struct err *e, const char *text)
{
	size_t room = ERR_ARGS_BYTES - 1u - e->args_used;
	size_t len = strlen(text);
	size_t at = e->args_used;

	if (!room)
		return ERR_ARGS_BYTES - 1;
	if (len > room - 1)
		len = utf8_cut(text, room - 1);
	memcpy(e->args + at, text, len);
	e->args[at + len] = '\0';
	e->args_used = (unsigned short)(at + len + 1);
	return (unsigned short)at;
}

static void part_add(struct err *e, const char *msgid, va_list ap)
{
	va_list args;
	unsigned argc = 0;

	if (e->parts == ERR_PARTS_MAX)
		return; /* the innermost say most */
	va_copy(args, ap);
	for (const char *at = strchr(msgid, '%'); at; at = strchr(at, '%')) {
		char text[ARG_TEXT_MAX + 4];
		struct conv c;
		int len;

		at = conv_parse(&c, at + 1);
		if (c.kind == '%')
			continue;
		if (argc == ERR_ARGS_MAX)
			break;
		len = conv_format(text, ARG_TEXT_MAX + 1, &c, &args);
		if (len > ARG_TEXT_MAX)
			memcpy(text + utf8_cut(text, ARG_TEXT_MAX), "…", sizeof("…"));
		clean_up(text);
		e->part[e->parts].arg_at[argc++] = arg_store(e, text);
	}
	va_end(args);
	e->part[e->parts].msgid = msgid;
	e->part[e->parts++].argc = argc;
}

struct sink {
	char *out;
	size_t room; /* without the NUL */
	size_t used;
};

static void sink_put(struct sink *s, const char *text, size_t len)
{
	if (len > s->room - s->used)
		len = s->room - s->used;
	memcpy(s->out + s->used, text, len);
	s->used += len;
}

/* One word alone may well be what somebody typed, so only sentences are looked up. */
static const char *arg_text(const char *arg, const char *(*translate)(const char *msgid))
{
	const char *text = translate && strchr(arg, ' ') ? translate(arg) : NULL;

	return text ? text : arg;
}

static void part_put(struct sink *s, const struct err *e, unsigned index,
		     const char *(*translate)(const char *msgid))
{
	const char *msgid = e->part[index].msgid;
	const char *fmt = translate ? translate(msgid) : NULL;
	unsigned arg = 0;

	if (!fmt)
		fmt = msgid;

	while (*fmt) {
		size_t plain = strcspn(fmt, "%");
		struct conv c;

		sink_put(s, fmt, plain);
		fmt += plain;
		if (!*fmt)
			break;
		fmt = conv_parse(&c, fmt + 1);
		if (c.kind == '%') {
			sink_put(s, "%", 1);
		} else if (arg < e->part[index].argc) {
			const char *text = arg_text(e->args + e->part[index].arg_at[arg++],
						    translate);

			sink_put(s, text, strlen(text));
		} else {
			sink_put(s, "?", 1); /* a translation asks for more than there is */
		}
	}
}

const char *err_text(const struct err *e, const char *(*translate)(const char *msgid), char *out,
		     size_t out_len)
{
	struct sink s = { out, out_len - 1, 0 };

	if (!out_len)
		return "";
	for (unsigned i = e->parts; i-- > 0;) {
		part_put(&s, e, i, translate);
		if (i)
			sink_put(&s, ": ", 2);
	}
	if (s.used == s.room)
		s.used = utf8_cut(out, s.used);
	out[s.used] = '\0';
	clean_up(out);
	return out;
}

int err_set(struct err *e, enum err_code code, const char *msgid, ...)
{
	struct err next; /* aside, since an argument may be a text of `e` itself */
	va_list ap;

	assert(code > ERR_NONE && code < ERR_CODES);
	if (!e)
		return -(int)code;
	memset(&next, 0, sizeof(next));
	next.code = code;
	va_start(ap, msgid);
	part_add(&next, msgid, ap);
	va_end(ap);
	err_text(&next, NULL, next.msg, sizeof(next.msg));
	*e = next;
	return -(int)code;
}

int err_wrap(struct err *e, int rc, const char *msgid, ...)
{
	va_list ap;

	if (!e || rc >= 0)
		return rc;
	assert(-rc < ERR_CODES);
	e->code = (enum err_code)(-rc);
	va_start(ap, msgid);
	part_add(e, msgid, ap);
	va_end(ap);
	err_text(e, NULL, e->msg, sizeof(e->msg));
	return rc;
}

void err_clear(struct err *e)
{
	if (e)
		memset(e, 0, sizeof(*e));
}
