#include "listener_impl.h"

#include "addr_impl.h"
#include "conn_impl.h"
#include "loop_impl.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MS = 100, SAY_EVERY_MS = 10000, BURST_MAX = 64 };

struct listener {
	struct listener_config config;
	struct evconnlistener *native;
	struct loop_timer timer;
	struct addr bound;
	int reserve; /* given up for a moment when there are no descriptors left */
	bool waiting, paused;
	int64_t said_ms;
	struct loop_task turn;
	unsigned burst; /* accepted in this turn */
	bool closed;
};

/* A reset leaves nothing behind in the system; an ordinary close would keep the port busy. */
static void reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

void accepted_drop(struct accepted *a)
{
	if (a->fd >= 0)
		reset(a->fd);
	a->fd = -1;
	if (a->quota)
		atomic_fetch_sub(&a->quota->open, 1);
	a->quota = NULL;
}

static void set_accepting(struct listener *l)
{
	if (l->closed)
		return;
	if (l->waiting || l->paused || l->burst >= BURST_MAX) {
		evconnlistener_disable(l->native);
	} else if (evconnlistener_enable(
			   l->native)) { /* the system has no room to tell of it: again, soon */
		l->waiting = true;
		loop_timer_set(&l->timer, loop_now_ms(l->config.loop) + WAIT_MS);
	}
}

/* Connections that come faster than they can be refused must not keep the others from their turn. */
static void count_burst(struct listener *l)
{
	if (!l->burst++)
		loop_at_turn_end(l->config.loop, &l->turn);
	if (l->burst == BURST_MAX)
		set_accepting(l);
}

static void on_turn_end(struct loop_task *t)
{
	struct listener *l =
		(struct listener *)(void *)((char *)t - offsetof(struct listener, turn));

	if (l->closed) {
		free(l);
		return;
	}
	l->burst = 0;
	set_accepting(l);
}

static void on_accept(struct evconnlistener *native, evutil_socket_t fd, struct sockaddr *from,
		      int from_len, void *arg)
{
	struct listener *l = arg;
	struct quota *q = l->config.quota;
	struct accepted a = { .fd = (int)fd, .from = addr_of(from, (socklen_t)from_len) };

	(void)native;
	count_burst(l);
	if (atomic_fetch_add(&q->open, 1) >= q->max) {
		atomic_fetch_sub(&q->open, 1);
		atomic_fetch_add(&q->refused, 1);
		reset((int)fd);
		return;
	}
	a.quota = q;
	l->config.on_accept(&a, l->config.arg);
	if (a.fd >= 0) {
		atomic_fetch_add(&q->refused, 1);
		accepted_drop(&a);
	}
}

static int open_reserve(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Without a descriptor nothing can be accepted, and the socket stays readable: the loop would spin.
 * The reserve lets one peer at a time be told at once; the rest waits in the backlog. */
static void refuse_one(struct listener *l)
{
	int fd;

	if (l->reserve >= 0)
		close(l->reserve);
	fd = accept4(evconnlistener_get_fd(l->native), NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		reset(fd);
		atomic_fetch_add(&l->config.quota->refused, 1);
	}
	l->reserve = open_reserve();
}

static void on_trouble(struct evconnlistener *native, void *arg)
{
	struct listener *l = arg;
	int problem = errno;
	int64_t now_ms = loop_now_ms(l->config.loop);
	char text[ADDR_TEXT_MAX];

	(void)native;
	if (problem == EMFILE || problem == ENFILE)
		refuse_one(l);
	l->waiting = true;
	set_accepting(l);
	loop_timer_set(&l->timer, now_ms + WAIT_MS);
	if (now_ms - l->said_ms >= SAY_EVERY_MS) {
		l->said_ms = now_ms;
		log_warn("listen=%s accepting paused: %s", addr_text(text, &l->bound),
			 strerror(problem));
	}
}

static void on_timer(void *arg)
{
	struct listener *l = arg;

	if (l->reserve < 0)
		l->reserve = open_reserve();
	l->waiting = false;
	set_accepting(l);
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int bind_socket(int *out, const struct listener_config *c, const struct addr *at,
		       struct err *e)
{
	int family = addr_native(at)->sa_family, problem;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char text[ADDR_TEXT_MAX];

	if (fd >= 0 && !set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
	    (!c->share_port || !set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
	    (family != AF_INET6 || !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, !at->both)) &&
	    !bind(fd, addr_native(at), at->len) && !listen(fd, LISTENER_BACKLOG)) {
		*out = fd;
		return 0;
	}
	problem = errno;
	if (fd >= 0)
		close(fd);
	addr_text(text, at);
	switch (problem) {
	case EADDRINUSE:
		return err_set(e, ERR_BUSY, "%s is in use by another program", text);
	case EACCES:
		return err_set(e, ERR_DENIED, "%s may not be listened on by this user", text);
	case EADDRNOTAVAIL:
		return err_set(e, ERR_NOTFOUND, "this machine has no address %s", text);
	default:
		return err_set(e, ERR_IO, "%s cannot be listened on (%s)", text, strerror(problem));
	}
}

/* A machine without IPv6 still has all of IPv4. */
static int bind_any(int *out, const struct listener_config *c, const struct addr *at, struct err *e)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct addr only4;
	int rc = bind_socket(out, c, at, e);

	if (!rc || !at->both || rc == -ERR_BUSY || rc == -ERR_DENIED)
		return rc;
	memcpy(&six, at->bytes, sizeof(six));
	four.sin_port = six.sin6_port;
	only4 = addr_of((struct sockaddr *)&four, sizeof(four));
	err_clear(e);
	return bind_socket(out, c, &only4, e);
}

static int make_native(struct listener *l, int fd, struct err *e)
{
	l->bound = addr_bound(fd);
	l->reserve = open_reserve();
	/* 0: it listens already, with a backlog of ours. */
	l->native = evconnlistener_new(
		loop_base(l->config.loop), on_accept, l,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED, 0, fd);
	if (!l->native)
		close(fd);
	/* enabled here, where it can be seen to fail: nobody would ever be accepted */
	if (!l->native || l->reserve < 0 || evconnlistener_enable(l->native))
		return err_set(e, ERR_IO, "no listener could be made: out of descriptors?");
	evconnlistener_set_error_cb(l->native, on_trouble);
	return 0;
}

int listener_open_fd(struct listener **out, const struct listener_config *config, int fd,
		     struct err *e)
{
	struct listener *l = calloc(1, sizeof(*l));
	int rc;

	*out = NULL;
	assert(config->quota && config->on_accept);
	rc = l ? timer_init(&l->timer, config->loop, loop_clock(config->loop), on_timer, l, e)
	       : err_set(e, ERR_NOMEM, "out of memory");
	if (rc) {
		free(l);
		close(fd);
		return rc;
	}
	l->config = *config;
	l->said_ms = INT64_MIN / 2;
	l->turn.run = on_turn_end;
	rc = make_native(l, fd, e);
	if (rc)
		listener_close(l);
	else
		*out = l;
	return rc;
}

int listener_open(struct listener **out, const struct listener_config *config,
		  const struct addr *at, struct err *e)
{
	int fd, rc;

	*out = NULL;
	rc = bind_any(&fd, config, at, e);
	return rc ? rc : listener_open_fd(out, config, fd, e);
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	l->closed = true;
	if (l->native)
		evconnlistener_free(l->native);
	if (l->reserve >= 0)
		close(l->reserve);
	timer_fini(&l->timer);
	loop_at_turn_end(l->config.loop, &l->turn); /* it may be queued already */
}

struct addr listener_addr(const struct listener *l)
{
	return l->bound;
}

void listener_pause(struct listener *l)
{
	l->paused = true;
	set_accepting(l);
}

void listener_resume(struct listener *l)
{
	l->paused = false;
	set_accepting(l);
}
