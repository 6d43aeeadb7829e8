#include "net/ctl.h"

#include "conn_impl.h"
#include "ctl_path.h"
#include "listener_impl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CALLS_MAX = 16, REQUEST_MS = 10000 };

struct ctl {
	struct ctl_config config;
	struct listener *listener;
	struct quota quota;
	struct caller *callers;
	int dir_fd;
	bool closed;
};

/* One connection. */
struct caller {
	struct ctl *ctl;
	struct caller *next, **link;
	struct conn *conn;
	struct ctl_call *call;
	unsigned user;
};

/* Outlives its connection when the caller does not wait. */
struct ctl_call {
	struct caller *caller;
	unsigned user;
};

static void ctl_unref(struct ctl *c)
{
	if (!c->closed || c->callers)
		return;
	close(c->dir_fd);
	free(c);
}

/* The file's mode keeps strangers out already; this does so even if somebody changes it. */
static bool is_welcome(struct caller *k)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(conn_fd(k->conn), SOL_SOCKET, SO_PEERCRED, &who, &len))
		return false;
	k->user = who.uid;
	return who.uid == 0 || who.uid == geteuid();
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct caller *k = arg;

	(void)peer;
	if (!is_welcome(k))
		conn_abort(c);
	else
		conn_deadline(c, loop_now_ms(k->ctl->config.loop) + REQUEST_MS);
}

static void start_call(struct caller *k, struct span request)
{
	k->call = malloc(sizeof(*k->call));
	if (!k->call) {
		conn_abort(k->conn);
		return;
	}
	*k->call = (struct ctl_call){ k, k->user };
	conn_deadline(k->conn, CONN_NEVER);
	k->ctl->config.on_call(k->call, request, k->ctl->config.arg);
}

/* One request only; whatever follows it, up to the answer, is thrown away. */
static size_t on_bytes(struct conn *c, struct span bytes, void *arg)
{
	struct caller *k = arg;
	struct rd r = rd_of(bytes);
	size_t len = rd_u32(&r);

	if (k->call)
		return bytes.len;
	if (r.failed)
		return 0;
	if (len > k->ctl->config.request_max) {
		conn_abort(c);
		return 0;
	}
	if (rd_left(&r) < len)
		return 0;
	start_call(k, rd_bytes(&r, len));
	return CTL_LENGTH_BYTES + len;
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct caller *k = arg;
	struct ctl *ctl = k->ctl;

	(void)c, (void)end;
	if (k->call)
		k->call->caller = NULL;
	*k->link = k->next;
	if (k->next)
		k->next->link = k->link;
	free(k);
	ctl_unref(ctl);
}

static const struct conn_ops caller_ops = {
	.on_up = on_up,
	.on_bytes = on_bytes,
	.on_down = on_down,
};

static void on_accept(struct accepted *a, void *arg)
{
	struct ctl *ctl = arg;
	struct caller *k = calloc(1, sizeof(*k));
	struct conn_config config = {
		.loop = ctl->config.loop,
		.ops = &caller_ops,
		.arg = k,
		.limits = {
			.in_max = ctl->config.request_max + CTL_LENGTH_BYTES,
			.out_high = CTL_ANSWER_MAX + CTL_LENGTH_BYTES,
			.out_max = CTL_ANSWER_MAX + CTL_LENGTH_BYTES,
		},
	};

	if (!k)
		return;
	if (conn_accept_plain(&k->conn, &config, a, NULL)) {
		free(k);
		return;
	}
	k->ctl = ctl;
	k->next = ctl->callers;
	k->link = &ctl->callers;
	if (k->next)
		k->next->link = &k->next;
	ctl->callers = k;
}

unsigned ctl_call_user(const struct ctl_call *call)
{
	return call->user;
}

void ctl_answer(struct ctl_call *call, struct span answer)
{
	struct caller *k = call->caller;
	uint8_t head[CTL_LENGTH_BYTES];

	free(call);
	if (!k)
		return;
	k->call = NULL;
	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = (uint8_t)(answer.len >> (8 * (sizeof(head) - 1 - i)));
	if (answer.len > CTL_ANSWER_MAX || conn_write(k->conn, span_of(head, sizeof(head)), NULL) ||
	    conn_write(k->conn, answer, NULL))
		conn_abort(k->conn);
	else
		conn_close(k->conn);
}

/* --- the socket ---------------------------------------------------------------------------------- */

/* A server that was killed leaves its socket behind; nobody answers there. */
static int clear_stale(const struct sockaddr_un *at, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), problem = 0;

	if (fd < 0)
		return err_set(e, ERR_IO, "no socket could be made");
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)))
		problem = errno;
	close(fd);
	if (!problem || problem == EAGAIN)
		return err_set(e, ERR_BUSY, "a server is running here already");
	if (problem == ECONNREFUSED && unlink(at->sun_path))
		return err_set(e, ERR_IO, "the socket of an earlier server cannot be removed");
	return 0;
}

static int bind_here(int *out, const struct sockaddr_un *at, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), problem;

	/* The mode before the name: there is no moment at which others could connect. */
	if (fd >= 0 && !fchmod(fd, S_IRUSR | S_IWUSR) &&
	    !bind(fd, (const struct sockaddr *)at, sizeof(*at)) && !listen(fd, LISTENER_BACKLOG)) {
		*out = fd;
		return 0;
	}
	problem = errno;
	if (fd >= 0)
		close(fd);
	return err_set(e, problem == EACCES ? ERR_DENIED : ERR_IO,
		       "the socket for local commands cannot be made (%s)", strerror(problem));
}

static int open_socket(struct ctl *c, struct err *e)
{
	struct listener_config l = {
		.loop = c->config.loop,
		.quota = &c->quota,
		.on_accept = on_accept,
		.arg = c,
	};
	struct sockaddr_un at;
	int fd = -1, rc;

	rc = ctl_path(&at, &c->dir_fd, c->config.dir, c->config.name, e);
	if (!rc)
		rc = clear_stale(&at, e);
	if (!rc)
		rc = bind_here(&fd, &at, e);
	if (!rc)
		rc = listener_open_fd(&c->listener, &l, fd, e); /* takes fd */
	return rc ? err_wrap(e, rc, "%s", c->config.dir) : 0;
}

int ctl_open(struct ctl **out, const struct ctl_config *config, struct err *e)
{
	struct ctl *c = calloc(1, sizeof(*c));
	int rc;

	*out = NULL;
	if (!c)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->config = *config;
	if (!c->config.request_max)
		c->config.request_max = CTL_REQUEST_MAX;
	c->quota.max = CALLS_MAX;
	rc = open_socket(c, e);
	if (rc) {
		if (c->dir_fd >= 0)
			close(c->dir_fd);
		free(c);
	} else {
		*out = c;
	}
	return rc;
}

void ctl_close(struct ctl *c)
{
	if (!c)
		return;
	listener_close(c->listener);
	unlinkat(c->dir_fd, c->config.name, 0);
	c->closed = true;
	for (struct caller *k = c->callers; k; k = k->next)
		conn_abort(k->conn);
	ctl_unref(c);
}
