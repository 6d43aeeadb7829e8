/* One connection on a loop of its own, from address to end. */
#ifndef CLIENT_NET_LINE_H
#define CLIENT_NET_LINE_H

#include "client/contact.h"
#include "net/conn.h"

/* The later of two times, as a clock: a certificate is judged by it. */
struct judge {
	struct clock real;
	int64_t floor_ms;
};
int64_t judge_ms(const struct judge *j);

struct line {
	struct loop *loop;
	struct tls *tls;
	struct conn *conn;
	struct judge judge;
	const struct contact *how;
	struct loop_timer *beat; /* of `often` */
	/* The owner's: set before line_run(). */
	void (*up)(struct line *l, const struct tls_peer *peer);
	size_t (*bytes)(struct line *l, struct span bytes);
	void (*drain)(struct line *l);
	void (*deadline)(struct line *l);
	void (*down)(struct line *l);
	void (*often)(struct line *l); /* NULL: not wanted */
	void *owner;
	struct buf *session; /* where the session goes at the end; NULL: nowhere */
	/* How it ended. */
	struct conn_end end;
	struct conn_traffic traffic;
};

/* `ca` empty: any server is talked to, and no certificate of ours is shown. Blocks. 0 when there
 * was a connection, however it ended; else -ERR_BUSY or -ERR_INVALID for an address that leads
 * nowhere. */
int line_run(struct line *l, const struct contact *how, struct span ca, int64_t floor_ms,
	     struct err *e);
#endif
