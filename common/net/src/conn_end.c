#include "conn_state.h"

#include <assert.h>
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LINGER_FAILED_MS = 2000, /* for a peer whose handshake failed to read why */
	ALERT_FIRST_CERT = 42,   /* bad certificate; up to 49 they are about certificates, but 47 */
	ALERT_LAST_CERT = 49,
	ALERT_NO_CERT = 116,
};

const char *conn_why_name(enum conn_why why)
{
	static const char *const names[] = {
		[CONN_UP] = "up",
		[CONN_GONE] = "gone",
		[CONN_CLOSED] = "closed",
		[CONN_LATE] = "late",
		[CONN_UNREACHED] = "unreached",
		[CONN_TLS] = "tls",
		[CONN_PEER] = "peer-refused",
		[CONN_REFUSED] = "refused",
		[CONN_FLOOD] = "flood",
		[CONN_NOMEM] = "no-memory",
	};

	assert((size_t)why < ARRAY_LEN(names));
	return names[why];
}

static int describe_peer(const struct conn *c, struct err *e)
{
	switch (c->tls_state.verdict) {
	case TLS_PEER_EARLY:
		return err_set(e, ERR_DENIED,
			       "the certificate is not valid yet: is the clock right?");
	case TLS_PEER_EXPIRED:
		return err_set(e, ERR_DENIED, "the certificate has expired");
	case TLS_PEER_ROLE:
		return c->tls_state.side == TLS_SERVER
			       ? err_set(e, ERR_DENIED, "the certificate is not a device's")
			       : err_set(e, ERR_DENIED, "the certificate is not a server's");
	default:
		return err_set(e, ERR_DENIED, "the certificate was not issued by this CA (%s)",
			       c->tls_reason ? c->tls_reason : "TLS");
	}
}

static int describe_refusal(const struct conn *c, struct err *e)
{
	switch (c->alert) {
	case SSL_AD_CERTIFICATE_EXPIRED:
		return err_set(e, ERR_DENIED,
			       "the other side says that our certificate has expired");
	case SSL_AD_UNKNOWN_CA:
		return err_set(e, ERR_DENIED,
			       "the other side does not know the CA of our certificate");
	case SSL_AD_BAD_CERTIFICATE:
		return err_set(e, ERR_DENIED,
			       "the other side does not accept our certificate: is its clock, and"
			       " ours, right?");
	default:
		return err_set(e, ERR_DENIED,
			       "the other side does not accept our certificate (TLS alert %d)",
			       c->alert);
	}
}

static int describe(const struct conn *c, struct err *e)
{
	char text[ADDR_TEXT_MAX];

	addr_text(text, &c->remote);
	switch (c->why) {
	case CONN_LATE:
		return err_set(e, ERR_BUSY, "no answer from %s in time", text);
	case CONN_UNREACHED:
		return err_set(e, ERR_BUSY, "%s cannot be reached (%s)", text,
			       c->sys_error ? strerror(c->sys_error) : "no answer");
	case CONN_TLS:
		return err_set(e, ERR_PROTO, "%s does not speak our TLS (%s)", text,
			       c->tls_reason ? c->tls_reason : "TLS");
	case CONN_PEER:
		return describe_peer(c, e);
	case CONN_REFUSED:
		return describe_refusal(c, e);
	case CONN_FLOOD:
		return err_set(e, ERR_PROTO, "%s sends more than is allowed", text);
	case CONN_NOMEM:
		return err_set(e, ERR_NOMEM, "out of memory");
	case CONN_CLOSED:
		return err_set(e, ERR_STATE, "the connection to %s was closed", text);
	case CONN_GONE:
	case CONN_UP:
		break;
	}
	return err_set(e, ERR_BUSY, "the line to %s was cut", text);
}

int conn_fd(const struct conn *c)
{
	return c->bev ? (int)bufferevent_getfd(c->bev) : c->fd;
}

void conn_raw_clear(struct conn *c)
{
	if (c->raw_set)
		event_del(&c->raw);
	c->raw_set = false;
}

/* No callback from now on; on_down at the end of the turn. */
void conn_end(struct conn *c, enum conn_why why)
{
	if (c->state == CONN_ENDED)
		return;
	c->why = why;
	c->state = CONN_ENDED;
	loop_timer_clear(&c->timer);
	conn_raw_clear(c);
	if (c->bev) {
		bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	}
	loop_at_turn_end(c->loop, &c->turn);
}

/* What the library remembers of OpenSSL's errors, the last one first. */
static enum conn_why tls_errors(struct conn *c)
{
	enum conn_why why = CONN_GONE;
	unsigned long code;

	while (c->ssl && (code = bufferevent_get_openssl_error(c->bev)) != 0) {
		int reason = ERR_GET_REASON(code);

		/* Plain SSL_ERROR_... numbers stand among them. */
		if (ERR_GET_LIB(code) != ERR_LIB_SSL)
			continue;
		why = CONN_TLS;
		c->tls_reason = ERR_reason_error_string(code);
		if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
			c->alert = reason - SSL_AD_REASON_OFFSET;
	}
	return why;
}

static bool is_about_certificate(int alert)
{
	return alert == ALERT_NO_CERT || (alert >= ALERT_FIRST_CERT && alert <= ALERT_LAST_CERT &&
					  alert != SSL_AD_ILLEGAL_PARAMETER);
}

static enum conn_why why_of_event(struct conn *c)
{
	enum conn_why why = tls_errors(c);

	/* What OpenSSL says then may be a verdict on the other side. */
	if (c->ssl && tls_lacked(&c->tls_state))
		return CONN_NOMEM;
	if (c->tls_state.verdict != TLS_PEER_NONE)
		return CONN_PEER;
	if (is_about_certificate(c->alert))
		return CONN_REFUSED;
	return why;
}

static void on_raw_input(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	uint8_t waste[4096];
	ssize_t n = recv(fd, waste, sizeof(waste), MSG_DONTWAIT);

	(void)what;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		conn_end(c, c->why);
}

/* The alert that tells the peer why is under way. Closing now, with bytes of the peer unread, would
 * reset the connection and may destroy it. */
static void linger_failed(struct conn *c)
{
	int fd = conn_fd(c);

	c->state = CONN_LINGERING;
	c->phase_at_ms = loop_now_ms(c->loop) + LINGER_FAILED_MS;
	bufferevent_setcb(c->bev, NULL, NULL, NULL, NULL);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	shutdown(fd, SHUT_WR);
	event_assign(&c->raw, loop_base(c->loop), fd, EV_READ | EV_PERSIST, on_raw_input, c);
	event_add(&c->raw, NULL);
	c->raw_set = true;
	conn_arm(c);
}

void conn_end_by_event(struct conn *c)
{
	if (c->state == CONN_FLUSHING || c->state == CONN_LINGERING) {
		conn_end(c, c->why);
		return;
	}
	if (c->state == CONN_ENDED || c->broken)
		return;
	c->why = why_of_event(c);
	if (c->state == CONN_SHAKING) {
		if (c->why == CONN_PEER || (c->why == CONN_TLS && !c->alert))
			linger_failed(c);
		else
			conn_end(c, c->why);
		return;
	}
	c->broken = true;
	loop_at_turn_end(c->loop, &c->turn);
}

/* After a good handshake, a session may be used again however its connection ended, unless TLS
 * itself was broken: then OpenSSL drops it, as it does with every one that seems cut off. */
static void keep_session(const struct conn *c)
{
	if (c->ssl && c->was_up && c->why != CONN_TLS && c->why != CONN_PEER)
		SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void conn_finish(struct conn *c)
{
	struct err e = { 0 };
	struct conn_end end = { .why = c->why, .was_up = c->was_up, .err = &e };

	describe(c, &e);
	if (c->why == CONN_PEER)
		end.verdict = c->tls_state.verdict;
	if (c->why == CONN_REFUSED)
		end.alert = c->alert;
	if (c->quota)
		atomic_fetch_sub(&c->quota->open, 1);
	c->ops->on_down(c, &end, c->arg);
	keep_session(c);
	if (c->bev)
		bufferevent_free(c->bev); /* with descriptor and `ssl`, in the next turn */
	else if (c->fd >= 0)
		close(c->fd);
	tls_session_free(c->tls_state.fresh);
	tls_session_free(c->resume);
	timer_fini(&c->timer);
	free(c->in);
	free(c);
}

int conn_exporter(struct conn *c, const char *label, uint8_t out[TLS_EXPORTER_BYTES], struct err *e)
{
	int ok = 0;

	if (c->ssl && c->was_up) {
		ERR_clear_error();
		ok = SSL_export_keying_material(c->ssl, out, TLS_EXPORTER_BYTES, label,
						strlen(label), NULL, 0, 0);
		ERR_clear_error();
	}
	return ok == 1 ? 0 : err_set(e, ERR_STATE, "the connection is not up");
}

struct tls_session *conn_take_session(struct conn *c)
{
	struct tls_session *s = c->tls_state.fresh;

	c->tls_state.fresh = NULL;
	return s;
}

struct addr conn_remote(const struct conn *c)
{
	return c->remote;
}

struct conn_traffic conn_traffic(const struct conn *c)
{
	struct conn_traffic t = { .in = c->taken, .out = c->written };

	if (c->ssl) {
		BIO *bio = SSL_get_rbio(c->ssl);

		t.wire_in = BIO_number_read(bio);
		t.wire_out = BIO_number_written(bio);
	}
	return t;
}
