/* The inside of a connection: conn.c moves bytes and states, conn_begin.c brings it up,
 * conn_end.c tells how it ended. */
#ifndef NET_CONN_STATE_H
#define NET_CONN_STATE_H

#include "conn_impl.h"
#include "loop_impl.h"
#include "tls_impl.h"

#include <event2/bufferevent.h>

enum conn_state {
	CONN_CONNECTING, /* TCP */
	CONN_SHAKING,    /* TLS */
	CONN_OPEN,
	CONN_FLUSHING,  /* closing: output still waits */
	CONN_LINGERING, /* all is sent, waiting for the peer's end */
	CONN_ENDED,     /* on_down comes at the turn's end */
};

struct conn {
	struct loop *loop;
	struct tls *tls;
	const struct conn_ops *ops;
	void *arg;
	struct conn_limits lim;

	enum conn_state state;
	struct bufferevent *bev; /* owns descriptor and `ssl`; NULL while connecting */
	SSL *ssl;
	struct tls_side_state tls_state;
	struct quota *quota;
	struct addr remote;

	/* While connecting. */
	size_t to_count, to_next; /* of `to` */
	struct tls_session *resume;
	int fd;
	struct event raw; /* on the descriptor itself: connecting, and after a failed handshake */
	bool raw_set;
	int64_t attempt_at_ms;

	/* Input that the owner has not taken: in[in_off .. in_len). */
	uint8_t *in;
	size_t in_off, in_len, in_cap;
	bool delivering, owner_paused, crowded, broken;

	/* Deadlines; `phase_at_ms` is the handshake's or the close's. */
	struct loop_timer timer;
	int64_t phase_at_ms, owner_at_ms, stall_at_ms;
	uint64_t stall_goal; /* of bytes sent, to be reached by stall_at_ms */

	struct loop_task turn; /* what waits for the turn's end: */
	bool tell_up, deliver_again;

	uint64_t taken, written;
	enum conn_why why;
	bool was_up;
	int alert, sys_error;
	const char *tls_reason; /* OpenSSL's, static */

	struct addr to[]; /* where it may be reached; none of one that was accepted */
};

/* conn.c */
int conn_init(struct conn *c, const struct conn_config *config, struct err *e); /* -ERR_NOMEM */
void conn_arm(struct conn *c);
void conn_take_input(struct conn *c);
void conn_deliver(struct conn *c);
void conn_set_callbacks(struct conn *c);

/* conn_begin.c */
void conn_next_address(struct conn *c);
void conn_come_up(struct conn *c);
void conn_tell_up_plain(struct conn *c);

/* conn_end.c */
void conn_end(struct conn *c, enum conn_why why);
void conn_raw_clear(struct conn *c);
void conn_end_by_event(struct conn *c);
void conn_finish(struct conn *c);
#endif
