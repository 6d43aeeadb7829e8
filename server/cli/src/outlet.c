#include "outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_BYTES = 1 << 16 };

static bool would_take(const struct outlet *o, bool wait)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };
	int n;

	do
		n = poll(&p, 1, wait ? -1 : 0);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

/* As much as goes without waiting, all with `wait`. Pipes that are ready take PIPE_BUF bytes at once. Whoever started
 * this program may have made them such that no write waits: then it is waited for here. */
static size_t hand_over(struct outlet *o, const uint8_t *data, size_t len, bool wait)
{
	size_t done = 0;

	while (done < len && !o->failed && would_take(o, wait)) {
		ssize_t n = write(o->fd, data + done,
				  len - done < PIPE_BUF ? len - done : PIPE_BUF);

		if (n < 0 && errno == EAGAIN && !wait)
			break;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			o->failed = true;
		done += n > 0 ? (size_t)n : 0;
	}
	return done;
}

static void hand_over_kept(struct outlet *o, bool wait)
{
	if (!o->kept.len) /* and no memory to point into, the first time */
		return;
	o->gone += hand_over(o, o->kept.data + o->gone, o->kept.len - o->gone, wait);
	/* a reader who is slower all along: what has gone is not kept until the end */
	if (o->gone && o->gone >= o->kept.len - o->gone) {
		o->kept.len -= o->gone;
		memmove(o->kept.data, o->kept.data + o->gone, o->kept.len);
		o->gone = 0;
	}
}

static ssize_t take(void *cookie, const char *data, size_t len)
{
	struct outlet *o = cookie;
	size_t done = 0;

	hand_over_kept(o, false);
	if (!o->kept.len)
		done = hand_over(o, (const uint8_t *)data, len, false);
	if (done < len)
		buf_bytes(&o->kept, span_of((const uint8_t *)data + done, len - done));
	if (o->kept.failed) {
		errno = ENOMEM;
		o->failed = true;
	}
	return o->failed ? 0 : (ssize_t)len;
}

FILE *outlet_open(struct outlet *o, FILE *plain)
{
	fflush(plain); /* what stands there already comes first */
	*o = (struct outlet){ .fd = fileno(plain), .plain = plain };
	buf_init(&o->kept, SIZE_MAX / 2);
	o->file = fopencookie(o, "w", (cookie_io_functions_t){ .write = take });
	if (!o->file)
		return plain;
	(void)setvbuf(o->file, NULL, isatty(o->fd) ? _IOLBF : _IOFBF, STREAM_BYTES);
	return o->file;
}

int outlet_close(struct outlet *o)
{
	int rc;

	if (!o->file)
		return fflush(o->plain) || ferror(o->plain) ? -1 : 0;
	rc = fclose(o->file) ? -1 : 0;
	hand_over_kept(o, true);
	buf_fini(&o->kept);
	o->file = NULL;
	return o->failed ? -1 : rc;
}
