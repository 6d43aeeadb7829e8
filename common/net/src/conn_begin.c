#include "conn_state.h"

#include "addr_impl.h"
#include "spare.h"

#include <assert.h>
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

/* The library writes a handshake in small pieces. With Nagle's algorithm waiting for their
 * acknowledgement, each connection would take over 40 ms. */
static void set_nodelay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* NULL without memory, and `ssl` is the caller's still. */
static struct bufferevent *make_tls(struct conn *c, int fd, enum bufferevent_ssl_state role)
{
	BIO *bio = BIO_new_socket(fd, BIO_NOCLOSE); /* the library would go on without */
	struct bufferevent *made;
	struct spare spare;

	if (!bio || spare_begin(&spare)) {
		BIO_free(bio);
		return NULL;
	}
	SSL_set_bio(c->ssl, bio, bio);
	made = bufferevent_openssl_socket_new(loop_base(c->loop), fd, c->ssl, role,
					      BEV_OPT_CLOSE_ON_FREE);
	assert(made); /* nothing that it needs was refused */
	spare_end(&spare);
	return made;
}

/* Takes `fd`. */
static int start_tls(struct conn *c, int fd)
{
	enum bufferevent_ssl_state role;

	c->ssl = tls_ssl_new(c->tls, &c->tls_state, c->resume);
	if (!c->ssl) {
		close(fd);
		return -ERR_NOMEM;
	}
	role = c->tls_state.side == TLS_SERVER ? BUFFEREVENT_SSL_ACCEPTING
					       : BUFFEREVENT_SSL_CONNECTING;
	c->bev = make_tls(c, fd, role);
	if (!c->bev) {
		SSL_free(c->ssl);
		c->ssl = NULL;
		close(fd);
		return -ERR_NOMEM;
	}
	c->state = CONN_SHAKING;
	conn_set_callbacks(c);
	conn_arm(c);
	return 0;
}

/* --- connecting ---------------------------------------------------------------------------------- */

static void connected(struct conn *c)
{
	int fd = c->fd;

	conn_raw_clear(c);
	c->fd = -1;
	c->attempt_at_ms = CONN_NEVER;
	if (start_tls(c, fd))
		conn_end(c, CONN_NOMEM);
}

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	socklen_t len = sizeof(c->sys_error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &c->sys_error, &len))
		c->sys_error = errno;
	if (c->sys_error)
		conn_next_address(c);
	else
		connected(c);
}

/* False when this address fails at once. */
static bool try_address(struct conn *c, const struct addr *to)
{
	c->fd = socket(addr_native(to)->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		c->sys_error = errno;
		return false;
	}
	set_nodelay(c->fd);
	c->remote = *to;
	if (connect(c->fd, addr_native(to), to->len) && errno != EINPROGRESS) {
		c->sys_error = errno;
		return false;
	}
	event_assign(&c->raw, loop_base(c->loop), c->fd, EV_WRITE, on_connected, c);
	if (event_add(&c->raw, NULL)) { /* nobody would say that it is up */
		c->sys_error = ENOMEM;
		return false;
	}
	c->raw_set = true;
	return true;
}

/* A name often stands for an IPv6 and an IPv4 address of which only one answers. */
void conn_next_address(struct conn *c)
{
	for (;;) {
		conn_raw_clear(c);
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
		if (c->to_next == c->to_count) {
			conn_end(c, CONN_UNREACHED);
			return;
		}
		if (try_address(c, &c->to[c->to_next++]))
			break;
	}
	c->attempt_at_ms = c->to_next < c->to_count ? loop_now_ms(c->loop) + c->lim.attempt_ms
						    : CONN_NEVER;
	conn_arm(c);
}

int conn_connect(struct conn **out, const struct conn_config *config, const struct addr *to,
		 size_t count, struct err *e)
{
	struct conn *c = calloc(1, sizeof(*c) + count * sizeof(*to));
	int rc;

	assert(count > 0 && count <= ADDR_FOUND_MAX);
	*out = NULL;
	rc = c ? conn_init(c, config, e) : err_set(e, ERR_NOMEM, "out of memory");
	if (rc) {
		free(c);
		return rc;
	}
	memcpy(c->to, to, count * sizeof(*to));
	c->to_count = count;
	c->resume = tls_session_share(config->resume);
	conn_next_address(c);
	*out = c;
	return 0;
}

/* --- accepting ----------------------------------------------------------------------------------- */

static int accept_with(struct conn **out, const struct conn_config *config, struct accepted *a,
		       int (*start)(struct conn *c, int fd), struct err *e)
{
	struct conn *c = calloc(1, sizeof(*c));
	int fd = a->fd, rc;

	assert(fd >= 0);
	*out = NULL;
	rc = c ? conn_init(c, config, e) : err_set(e, ERR_NOMEM, "out of memory");
	if (rc) {
		free(c);
		accepted_drop(a);
		return rc;
	}
	c->remote = a->from;
	a->fd = -1; /* taken */
	if (start(c, fd)) {
		timer_fini(&c->timer);
		free(c);
		accepted_drop(a);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	c->quota = a->quota;
	*out = c;
	return 0;
}

static int start_network(struct conn *c, int fd)
{
	set_nodelay(fd);
	return start_tls(c, fd);
}

int conn_accept(struct conn **out, const struct conn_config *config, struct accepted *a,
		struct err *e)
{
	return accept_with(out, config, a, start_network, e);
}

static int start_plain(struct conn *c, int fd)
{
	struct spare spare;
	int rc = spare_begin(&spare);

	if (rc) {
		close(fd);
		return rc;
	}
	c->bev = bufferevent_socket_new(loop_base(c->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	assert(c->bev);
	spare_end(&spare);
	c->state = CONN_SHAKING;
	c->tell_up = true;
	loop_at_turn_end(c->loop, &c->turn);
	return 0;
}

int conn_accept_plain(struct conn **out, const struct conn_config *config, struct accepted *a,
		      struct err *e)
{
	assert(!config->tls);
	return accept_with(out, config, a, start_plain, e);
}

/* --- up ------------------------------------------------------------------------------------------ */

static void tell_up(struct conn *c, const struct tls_peer *peer)
{
	c->state = CONN_OPEN;
	c->was_up = true;
	c->phase_at_ms = CONN_NEVER;
	conn_arm(c);
	c->ops->on_up(c, peer, c->arg);
}

void conn_come_up(struct conn *c)
{
	struct peer_bytes bytes;
	struct tls_peer peer;
	int rc;

	if (c->state != CONN_SHAKING)
		return;
	tls_session_free(c->resume);
	c->resume = NULL;
	c->tls_state.judged_ms = clock_now_ms(&c->tls_state.real);
	rc = x509_peer(&peer, &bytes, c->ssl, &c->tls_state, NULL);
	if (rc && tls_lacked(&c->tls_state)) {
		conn_end(c, CONN_NOMEM);
	} else if (rc) {
		c->tls_state.verdict = peer.verdict;
		conn_end(c, CONN_PEER);
	} else {
		tell_up(c, &peer);
	}
	peer_bytes_fini(&bytes);
}

void conn_tell_up_plain(struct conn *c)
{
	static const struct tls_peer nobody;

	if (c->state != CONN_SHAKING)
		return;
	conn_set_callbacks(c);
	if (c->state == CONN_SHAKING)
		tell_up(c, &nobody);
}
