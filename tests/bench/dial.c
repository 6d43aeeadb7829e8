#include "dial.h"

#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, CHUNK = 16384, SOURCES = 64, IN_MAX = FRAME_MAX + 2 * CHUNK };

static int keep_session(SSL *ssl, SSL_SESSION *s)
{
	struct line *l = SSL_get_app_data(ssl);

	SSL_SESSION_free(l->session);
	l->session = s;
	return 1;
}

void dialer_open(struct dialer *d, const char *server, const char *ca_file)
{
	char host[64];
	unsigned port;

	memset(d, 0, sizeof(*d));
	signal(SIGPIPE, SIG_IGN);
	if (sscanf(server, "%63[0-9.]:%u", host, &port) != 2)
		bench_fail("%s is not ADDRESS:PORT", server);
	d->server = (struct sockaddr_in){ .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, host, &d->server.sin_addr) != 1)
		bench_fail("%s is not ADDRESS:PORT", server);
	d->ctx = bench_have(SSL_CTX_new(TLS_client_method()));
	SSL_CTX_set_min_proto_version(d->ctx, TLS1_3_VERSION);
	if (SSL_CTX_load_verify_locations(d->ctx, ca_file, NULL) != 1)
		bench_fail("%s: no CA", ca_file);
	SSL_CTX_set_verify(d->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(d->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(d->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(d->ctx, keep_session);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0)
		bench_fail("epoll: %s", strerror(errno));
}

void dialer_close(struct dialer *d)
{
	SSL_CTX_free(d->ctx);
	close(d->epoll);
}

void line_init(struct line *l, struct dialer *d)
{
	memset(l, 0, sizeof(*l));
	l->d = d;
	l->fd = -1;
	buf_init(&l->in, IN_MAX);
	buf_init(&l->out, 4 * FRAME_MAX);
}

static void drop(struct line *l)
{
	if (l->ssl) {
		SSL_free(l->ssl);
		l->ssl = NULL;
	}
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void line_fini(struct line *l)
{
	drop(l);
	SSL_SESSION_free(l->session);
	buf_fini(&l->in);
	buf_fini(&l->out);
}

static void lose(struct line *l, const char *why)
{
	if (l->state == LINE_LOST)
		return;
	l->state = LINE_LOST;
	l->why = why;
	ERR_clear_error();
}

static void wait_for(struct line *l, uint32_t events, int op)
{
	struct epoll_event ev = { .events = events, .data.ptr = l };

	if (op == EPOLL_CTL_MOD && l->waits == events)
		return;
	l->waits = events;
	if (epoll_ctl(l->d->epoll, op, l->fd, &ev))
		bench_fail("epoll: %s", strerror(errno));
}

void line_dial(struct line *l, X509 *cert, EVP_PKEY *key, SSL_SESSION *resume)
{
	/* Several own addresses: one alone runs out of ports, each of which rests for a minute. */
	struct sockaddr_in own = { .sin_family = AF_INET };
	int one = 1;

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + l->d->dialed++ % SOURCES);
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		bench_fail("a socket: %s", strerror(errno));
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(l->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (ntohl(l->d->server.sin_addr.s_addr) >> 24 == 127 &&
	    bind(l->fd, (struct sockaddr *)&own, sizeof(own)))
		bench_fail("bind: %s", strerror(errno));
	buf_reset(&l->in);
	buf_reset(&l->out);
	l->in_done = l->out_done = 0;
	l->shake_in = l->shake_out = 0;
	l->trips = 0;
	l->spoke = false;
	l->why = NULL;
	l->ssl = bench_have(SSL_new(l->d->ctx));
	SSL_set_app_data(l->ssl, l);
	if (SSL_use_certificate(l->ssl, cert) != 1 || SSL_use_PrivateKey(l->ssl, key) != 1 ||
	    SSL_set_fd(l->ssl, l->fd) != 1)
		bench_fail("a client's certificate or key is not usable");
	if (resume)
		SSL_set_session(l->ssl, resume);
	SSL_set_connect_state(l->ssl);
	l->state = LINE_CONNECTING;
	if (connect(l->fd, (const struct sockaddr *)&l->d->server, sizeof(l->d->server)) &&
	    errno != EINPROGRESS)
		bench_fail("connect: %s", strerror(errno));
	wait_for(l, EPOLLOUT, EPOLL_CTL_ADD);
}

static void flush(struct line *l);

void line_send(struct line *l, struct span bytes)
{
	if (l->out_done == l->out.len) {
		buf_reset(&l->out);
		l->out_done = 0;
	}
	buf_bytes(&l->out, bytes);
	if (l->out.failed)
		bench_fail("more is waiting to be sent than a connection may hold");
	flush(l); /* and no more: what is read here nobody would look at */
}

/* What OpenSSL said of a call that did not succeed: wait, or the line is lost. */
static void judge(struct line *l, int rc)
{
	switch (SSL_get_error(l->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		wait_for(l, EPOLLIN, EPOLL_CTL_MOD);
		break;
	case SSL_ERROR_WANT_WRITE:
		wait_for(l, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
		break;
	default:
		lose(l, l->state == LINE_UP ? "the server ended it" : "the handshake failed");
	}
}

static void connected(struct line *l)
{
	socklen_t len = sizeof(int);
	int error = 0;

	getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error)
		lose(l, "nobody answers");
	else
		l->state = LINE_SHAKING;
}

static void shake(struct line *l)
{
	int rc = SSL_do_handshake(l->ssl);

	if (rc != 1) {
		judge(l, rc);
		return;
	}
	l->state = LINE_UP;
	l->resumed = SSL_session_reused(l->ssl);
	line_traffic(l, &l->shake_in, &l->shake_out);
}

static void flush(struct line *l)
{
	while (l->state == LINE_UP && l->out_done < l->out.len) {
		int rc = SSL_write(l->ssl, l->out.data + l->out_done,
				   (int)(l->out.len - l->out_done));

		if (rc <= 0) {
			judge(l, rc);
			return;
		}
		l->out_done += (size_t)rc;
		l->spoke = true;
	}
}

static void take_in(struct line *l)
{
	uint8_t chunk[CHUNK];
	int rc;

	while (l->state == LINE_UP) {
		rc = SSL_read(l->ssl, chunk, sizeof(chunk));
		if (rc <= 0) {
			judge(l, rc);
			return;
		}
		l->trips += l->spoke;
		l->spoke = false;
		if (l->in_done == l->in.len) {
			buf_reset(&l->in);
			l->in_done = 0;
		}
		buf_bytes(&l->in, span_of(chunk, (size_t)rc));
		if (l->in.failed)
			lose(l, "the server sends more than it may");
	}
}

void line_turn(struct line *l)
{
	if (l->state == LINE_CONNECTING)
		connected(l);
	if (l->state == LINE_SHAKING)
		shake(l);
	flush(l);
	take_in(l);
}

static long any_limit(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	return frame_payload_max(type) ? (long)frame_payload_max(type)
				       : err_set(e, ERR_PROTO, "no such frame: %u", type);
}

bool line_frame(struct line *l, struct frame *f)
{
	struct err e = { 0 };
	size_t need;
	int rc;

	if (l->in_done == l->in.len)
		return false;
	rc = frame_decode(f, &need, span_of(l->in.data + l->in_done, l->in.len - l->in_done),
			  any_limit, NULL, &e);
	if (rc < 0)
		lose(l, "the server sent something else than frames");
	if (rc == FRAME_READY) {
		l->in_done += need;
		return true;
	}
	/* the beginning of a frame: to the front, so that the buffer need not hold all that ever came */
	memmove(l->in.data, l->in.data + l->in_done, l->in.len - l->in_done);
	l->in.len -= l->in_done;
	l->in_done = 0;
	return false;
}

void line_traffic(const struct line *l, uint64_t *in, uint64_t *out)
{
	*in = l->ssl ? BIO_number_read(SSL_get_rbio(l->ssl)) : 0;
	*out = l->ssl ? BIO_number_written(SSL_get_wbio(l->ssl)) : 0;
}

void line_hang_up(struct line *l)
{
	if (l->state == LINE_UP)
		SSL_shutdown(l->ssl); /* without it the server drops the session */
	ERR_clear_error();
	drop(l);
	l->state = LINE_FREE;
}

void dialer_wait(struct dialer *d, int wait_ms, void (*each)(struct line *l, void *arg), void *arg)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(d->epoll, events, EVENTS, wait_ms);

	for (int i = 0; i < count; i++) {
		struct line *l = events[i].data.ptr;

		line_turn(l);
		each(l, arg);
	}
}
