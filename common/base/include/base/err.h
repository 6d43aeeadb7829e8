/* One way to fail. A function returns 0 or a negative err_code and describes the failure in a
 * `struct err` on its caller's stack. The code is for programs, the text for people. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

/* The compiler checks the arguments against format number `f`. On Windows mingw would take that for
 * Microsoft's printf, which knows neither %zu nor %lld; ours is the C standard's everywhere. */
#ifdef __MINGW32__
#define BASE_PRINTF(f, first) __attribute__((format(gnu_printf, f, first)))
#else
#define BASE_PRINTF(f, first) __attribute__((format(printf, f, first)))
#endif

enum err_code {
	ERR_NONE,
	ERR_INVALID,     /* an argument, file, frame or figure is wrong */
	ERR_NOTFOUND,    /* no such thing */
	ERR_EXISTS,      /* there is one already */
	ERR_DENIED,      /* not allowed to this person, device or process */
	ERR_NOMEM,       /* out of memory, or over a budget */
	ERR_IO,          /* the system refused a read, write or open */
	ERR_FULL,        /* map or disk is full: stop taking writes */
	ERR_FATAL,       /* the outcome of a write is unknown: the process must stop */
	ERR_BUSY,        /* somebody else holds it: try again later */
	ERR_CORRUPT,     /* stored bytes do not check out */
	ERR_VERSION,     /* made by another version */
	ERR_PROTO,       /* the peer broke the protocol */
	ERR_UNSUPPORTED, /* known by number, not built */
	ERR_RANGE,       /* a number or day out of its bounds, or an overflow */
	ERR_STATE,       /* right in itself, but not now */
	ERR_CODES
};

enum { ERR_TEXT_MAX = 512, ERR_PARTS_MAX = 4, ERR_ARGS_MAX = 6, ERR_ARGS_BYTES = 384 };

/* Zero is "no error". Read `code` and `msg` (English, one line); the rest serves err_text(). */
struct err {
	enum err_code code;
	char msg[ERR_TEXT_MAX];
	/* innermost first */
	struct {
		const char *msgid; /* the format, as found in the message catalogue; static */
		unsigned argc;
		unsigned short counts;               /* which of them are, a bit each */
		unsigned short arg_at[ERR_ARGS_MAX]; /* offsets into args */
	} part[ERR_PARTS_MAX];
	unsigned parts;
	unsigned short args_used;
	char args[ERR_ARGS_BYTES]; /* the arguments, each already text, NUL-terminated */
};

/* Describe a failure and return -code. `msgid` is a string literal, printf-like: %s %d %u %zu %lld
 * %llu, PRIu64 and friends, %.*s, %%. `e` may be NULL. What does not fit is cut, never overrun. A number
 * that counts nothing, a year or a port, is written with a width: %1d, and err_text() leaves it as it is. */
int err_set(struct err *e, enum err_code code, const char *msgid, ...) BASE_PRINTF(3, 4);

/* Put what the lower level could not know in front ("import tree.csv: line 7: ..."); returns rc. */
int err_wrap(struct err *e, int rc, const char *msgid, ...) BASE_PRINTF(3, 4);

void err_clear(struct err *e);

/* The text in the reader's language: `translate` maps a msgid to its translation (gettext, say, or
 * NULL for English); conversions in the translation stand in the same order as in the msgid. An
 * whole number is grouped as lang_now() writes it, without `translate` it is not; an
 * argument of several words is looked up too, since it may be a msgid itself ("entry 7: %s"); what
 * people typed is not in the catalogue and stays as it is. Returns `out`, always terminated. */
const char *err_text(const struct err *e, const char *(*translate)(const char *msgid), char *out,
		     size_t out_len);

/* "invalid", "not-found", ...: for logs and JSON. */
const char *err_code_name(enum err_code code);

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#ifdef __clang_analyzer__
/* An analyser sees one file at a time and would follow paths on which a failure returned 0. */
#define err_set(e, code, ...) ((err_set)((e), (code), __VA_ARGS__), -(int)(code))
#endif
#endif
