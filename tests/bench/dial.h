/* Many TLS clients in one thread, on epoll: the cheapest client that still does all of TLS, so that most of
 * what is measured is the server. Not the product's own client. */
#ifndef BENCH_DIAL_H
#define BENCH_DIAL_H

#include "base/buf.h"
#include "proto/wire.h"

#include <netinet/in.h>
#include "ossl.h"

struct dialer {
	SSL_CTX *ctx;
	int epoll;
	struct sockaddr_in server;
	uint32_t dialed;
};
/* `server` is 127.0.0.1:PORT. */
void dialer_open(struct dialer *d, const char *server, const char *ca_file);
void dialer_close(struct dialer *d);

enum line_state { LINE_FREE, LINE_CONNECTING, LINE_SHAKING, LINE_UP, LINE_LOST };

struct line {
	struct dialer *d;
	enum line_state state;
	int fd;
	SSL *ssl;
	uint32_t waits; /* for what, in epoll */
	struct buf in, out;
	size_t in_done, out_done;
	SSL_SESSION *session; /* to resume the next time; the caller's to take */
	const char *why;      /* LINE_LOST */
	bool resumed;
	uint64_t shake_in,
		shake_out; /* bytes of the handshake alone, as far as this side waits for it */
	unsigned trips; /* since the handshake: how often something came after something was sent */
	bool spoke;
	void *user;
};

void line_init(struct line *l, struct dialer *d);
void line_fini(struct line *l);
/* `resume` may be NULL and is not kept. */
void line_dial(struct line *l, X509 *cert, EVP_PKEY *key, SSL_SESSION *resume);
/* Bytes to send as soon as possible; they are copied. */
void line_send(struct line *l, struct span bytes);
/* After epoll named it: go on. */
void line_turn(struct line *l);
/* The next whole frame, if any; lends until the next call. */
bool line_frame(struct line *l, struct frame *f);
void line_traffic(const struct line *l, uint64_t *in, uint64_t *out); /* TCP payload so far */
/* close_notify, then close. */
void line_hang_up(struct line *l);

/* Wait for events, at most `wait_ms`; line_turn() for each, then each(line, arg). */
void dialer_wait(struct dialer *d, int wait_ms, void (*each)(struct line *l, void *arg), void *arg);
#endif
