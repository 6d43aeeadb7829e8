#include "base/err.h"

#undef err_set /* what an analyser is told of it, see the header */

#include "conv.h"
#include "utf8.h"

#include <assert.h>
#include <stdio.h>

/* No single argument (a path, a cell of a file) may use up the room of those that say where. The longest text of a
 * rule in the forms that come along is whole. */
enum { ARG_TEXT_MAX = 200 };

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
	e->part[e->parts].counts = 0;
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
		if (conv_is_count(&c))
			e->part[e->parts].counts |= (unsigned short)(1u << argc);
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

/* As the reader sees it. One word alone may well be what somebody typed, so only sentences are looked up. */
static const char *arg_text(const struct err *e, unsigned index, unsigned arg,
			    const char *(*translate)(const char *msgid),
			    char grouped[CONV_COUNT_MAX])
{
	const char *as_is = e->args + e->part[index].arg_at[arg], *text = NULL;

	if (translate && (e->part[index].counts >> arg & 1))
		return conv_grouped(grouped, as_is);
	if (translate && strchr(as_is, ' '))
		text = translate(as_is);
	return text ? text : as_is;
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
			char grouped[CONV_COUNT_MAX];
			const char *text = arg_text(e, index, arg++, translate, grouped);

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

/* A message without arguments, written where it stands, and of the rest only what is read of it: "no such key" is said
 * several times for every op that comes in. False: it takes the long way. */
static bool set_plain(struct err *e, enum err_code code, const char *msgid)
{
	size_t len = 0;

	for (; msgid[len]; len++)
		if (msgid[len] < ' ' || msgid[len] > '~' || msgid[len] == '%' ||
		    len == ERR_TEXT_MAX - 1)
			return false;
	memcpy(e->msg, msgid, len + 1);
	e->code = code;
	e->part[0].msgid = msgid;
	e->part[0].argc = 0;
	e->parts = 1;
	e->args_used = 0;
	e->args[ERR_ARGS_BYTES - 1] = '\0'; /* arg_store() lends it */
	return true;
}

int err_set(struct err *e, enum err_code code, const char *msgid, ...)
{
	struct err next; /* aside, since an argument may be a text of `e` itself */
	va_list ap;

	assert(code > ERR_NONE && code < ERR_CODES);
	if (!e || set_plain(e, code, msgid))
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
