/* Local commands to a running server: a socket in its data directory, for the user who runs it and
 * nobody else. One request and one answer per connection, of any bytes, each behind its length
 * (u32, big-endian). */
#ifndef NET_CTL_H
#define NET_CTL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/loop.h"

enum { CTL_NAME_MAX = 32, CTL_REQUEST_MAX = 16 << 20, CTL_ANSWER_MAX = 64 << 20 };

struct ctl;
struct ctl_call; /* a request that waits for its answer */

struct ctl_config {
	struct loop *loop;
	const char *dir,
		*name;      /* the socket is DIR/NAME; DIR may be longer than a socket's path may */
	size_t request_max; /* 0: CTL_REQUEST_MAX */
	/* Each call must be answered once, now or later. `request` lives until this returns. */
	void (*on_call)(struct ctl_call *call, struct span request, void *arg);
	void *arg;
};

/* The socket is made with mode 0600; one that a dead server left behind is replaced. -ERR_BUSY when a
 * server answers there, -ERR_DENIED, -ERR_IO. */
int ctl_open(struct ctl **out, const struct ctl_config *config, struct err *e);
/* Removes the socket and ends its connections. Calls that are open are still to be answered,
 * into the void. */
void ctl_close(struct ctl *c);

/* On the loop's thread; `call` is gone afterwards. The caller may have gone away meanwhile. */
void ctl_answer(struct ctl_call *call, struct span answer);
unsigned ctl_call_user(const struct ctl_call *call); /* system's number of the user who asks */

/* Ask the server of this directory and wait for its answer, appended to `answer`; blocks, for
 * programs without a loop. -ERR_NOTFOUND when none runs, -ERR_DENIED when it is another user's,
 * -ERR_BUSY when it took longer than `wait_ms`, -ERR_IO when it ended meanwhile (whether it did what
 * was asked is then unknown), -ERR_RANGE when request or answer is too long. */
int ctl_ask(const char *dir, const char *name, struct span request, struct buf *answer,
	    int64_t wait_ms, struct err *e);
#endif
