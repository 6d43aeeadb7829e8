#include "net/ctl.h"

#include "ctl_path.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RETRY_MS = 20, STEP_BYTES = 65536 };

struct ask {
	int fd;
	int64_t end_ms;
};

static int too_late(struct err *e)
{
	return err_set(e, ERR_BUSY, "the server did not answer in time");
}

static int ended(struct err *e)
{
	return err_set(e, ERR_IO,
		       "the server ended before it answered; whether it acted is unknown");
}

/* 0 when `fd` is ready or broken: the next call on it says which. */
static int wait_for(const struct ask *a, short events, struct err *e)
{
	for (;;) {
		struct pollfd p = { .fd = a->fd, .events = events };
		int64_t left_ms = a->end_ms - clock_now_ms(&clock_steady);
		int n;

		if (left_ms <= 0)
			return too_late(e);
		n = poll(&p, 1, left_ms < 60000 ? (int)left_ms : 60000);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_IO, "the system cannot wait for the server");
	}
}

static int connect_to(const struct ask *a, const struct sockaddr_un *at, struct err *e)
{
	while (connect(a->fd, (const struct sockaddr *)at, sizeof(*at))) {
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN: /* more callers than it keeps waiting */
			if (clock_now_ms(&clock_steady) >= a->end_ms)
				return too_late(e);
			poll(NULL, 0, RETRY_MS);
			break;
		case ENOENT:
		case ECONNREFUSED:
			return err_set(e, ERR_NOTFOUND, "no server is running here");
		case EACCES:
			return err_set(e, ERR_DENIED, "the server here is another user's");
		default:
			return err_set(e, ERR_IO, "the server cannot be reached (%s)",
				       strerror(errno));
		}
	}
	return 0;
}

static int send_all(const struct ask *a, struct span bytes, struct err *e)
{
	while (bytes.len) {
		ssize_t n = send(a->fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int rc = 0;

		if (n > 0)
			bytes = span_of(bytes.data + n, bytes.len - (size_t)n);
		else if (errno == EAGAIN)
			rc = wait_for(a, POLLOUT, e);
		else if (errno != EINTR)
			rc = ended(e);
		if (rc)
			return rc;
	}
	return 0;
}

static int recv_all(const struct ask *a, uint8_t *to, size_t len, struct err *e)
{
	while (len) {
		ssize_t n;
		int rc = wait_for(a, POLLIN, e);

		if (rc)
			return rc;
		n = recv(a->fd, to, len, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return ended(e);
		if (n > 0) {
			to += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int recv_answer(const struct ask *a, struct buf *answer, struct err *e)
{
	uint8_t head[CTL_LENGTH_BYTES], step[STEP_BYTES];
	struct rd r;
	size_t left;
	int rc = recv_all(a, head, sizeof(head), e);

	if (rc)
		return rc;
	r = rd_of(span_of(head, sizeof(head)));
	left = rd_u32(&r);
	if (left > answer->max - answer->len)
		return err_set(e, ERR_RANGE, "the server's answer is too long");
	while (left && !rc) {
		size_t n = left < sizeof(step) ? left : sizeof(step);

		rc = recv_all(a, step, n, e);
		if (!rc)
			buf_bytes(answer, span_of(step, n));
		left -= n;
	}
	if (!rc && answer->failed)
		rc = err_set(e, ERR_NOMEM, "out of memory");
	return rc;
}

static int exchange(const struct ask *a, struct span request, struct buf *answer, struct err *e)
{
	struct buf head;
	int rc;

	buf_init(&head, CTL_LENGTH_BYTES);
	buf_u32(&head, (uint32_t)request.len);
	rc = head.failed ? err_set(e, ERR_NOMEM, "out of memory") : send_all(a, buf_span(&head), e);
	buf_fini(&head);
	if (!rc)
		rc = send_all(a, request, e);
	return rc ? rc : recv_answer(a, answer, e);
}

int ctl_ask(const char *dir, const char *name, struct span request, struct buf *answer,
	    int64_t wait_ms, struct err *e)
{
	struct ask a = { .fd = -1, .end_ms = clock_now_ms(&clock_steady) + wait_ms };
	struct sockaddr_un at;
	int dir_fd, rc;

	if (request.len > CTL_REQUEST_MAX)
		return err_set(e, ERR_RANGE, "the request is too long");
	rc = ctl_path(&at, &dir_fd, dir, name, e);
	if (rc)
		return rc;
	a.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = a.fd < 0 ? err_set(e, ERR_IO, "no socket could be made") : connect_to(&a, &at, e);
	if (!rc)
		rc = exchange(&a, request, answer, e);
	if (a.fd >= 0)
		close(a.fd);
	close(dir_fd);
	return rc;
}
