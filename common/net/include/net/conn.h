/* One TLS connection, of either side, as plain bytes. All calls on the thread of its loop.
 *
 * A connection is the loop's: it is begun by conn_connect() or conn_accept() and is gone when on_down
 * returns, which is always its last callback, comes exactly once, at the end of a turn, and never
 * from inside a call of the owner's. How a connection ended means nothing: a clean end and a
 * broken one are told alike. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "net/addr.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tls.h"

struct conn;

enum conn_why {
	CONN_UP,        /* it has not ended */
	CONN_GONE,      /* the peer or the line ended it */
	CONN_CLOSED,    /* the owner did */
	CONN_LATE,      /* a deadline passed */
	CONN_UNREACHED, /* nobody answers at that address */
	CONN_TLS,       /* the peer does not speak our TLS, or broke it */
	CONN_PEER,      /* its certificate was refused; see the verdict */
	CONN_REFUSED,   /* the peer refused our certificate; see the alert */
	CONN_FLOOD,     /* it sends more than the owner takes */
	CONN_NOMEM,
};
const char *conn_why_name(enum conn_why why); /* "gone", "late", ...: for logs */

struct conn_end {
	enum conn_why why;
	bool was_up;              /* on_up had been called */
	enum tls_verdict verdict; /* CONN_PEER */
	int alert;                /* CONN_REFUSED: TLS alert, 45 expired, 48 foreign; else 0 */
	const struct err *err;    /* the same in words; lives until on_down returns */
};

struct conn_ops {
	/* The handshake is done and the peer judged. For a client that does not mean that it was
	 * accepted: in TLS 1.3 the server may still refuse its certificate. */
	void (*on_up)(struct conn *c, const struct tls_peer *peer, void *arg);
	/* Bytes not yet taken, the oldest first. Returns how many it took; it is called again as long
	 * as it takes some, else when more have come. */
	size_t (*on_bytes)(struct conn *c, struct span bytes, void *arg);
	/* The output had been above `out_high` and is at `out_low` or below. May be NULL. */
	void (*on_drain)(struct conn *c, void *arg);
	/* The moment of conn_deadline() has come. NULL: the connection ends, CONN_LATE. */
	void (*on_deadline)(struct conn *c, void *arg);
	void (*on_down)(struct conn *c, const struct conn_end *end, void *arg);
};

/* Bytes and milliseconds; zero anywhere is the default. */
struct conn_limits {
	size_t in_max; /* untaken input, with which the owner must be able to go on: 256 KiB + 64 */
	size_t out_high;      /* above this nothing is read from the peer: 256 KiB */
	size_t out_low;       /* until it is at this again: 64 KiB */
	size_t out_max;       /* above this writing fails: 1 MiB */
	int64_t handshake_ms; /* from the beginning to on_up: 10 s */
	int64_t attempt_ms;   /* of it for each address but the last: 5 s */
	int64_t close_ms;     /* conn_close() becomes conn_abort(): 10 s */
	int64_t stall_ms;     /* the peer takes what waits, or 4 KiB of it: 60 s */
};

struct conn_config {
	struct loop *loop;
	struct tls *tls;            /* outlives the connection */
	const struct conn_ops *ops; /* static */
	void *arg;
	struct conn_limits limits;
	const struct tls_session *resume; /* client, borrowed for the call; NULL: from scratch */
};

/* Begin to connect to the first of `to` that answers. Errors in the network come as on_down;
 * -ERR_NOMEM otherwise, with no callback. */
int conn_connect(struct conn **out, const struct conn_config *config, const struct addr *to,
		 size_t count, struct err *e);
/* Take over what a listener accepted. -ERR_NOMEM: it is closed, with no callback. */
int conn_accept(struct conn **out, const struct conn_config *config, struct accepted *a,
		struct err *e);

/* Copy into the output, all or nothing. -ERR_FULL over `out_max`, -ERR_STATE before on_up and after
 * the end has begun, -ERR_NOMEM. */
int conn_write(struct conn *c, struct span bytes, struct err *e);
size_t conn_waiting(const struct conn *c); /* bytes written and not yet sent */
/* Nothing is read while this is so, and `on_bytes` is not called: finish what was asked first. */
bool conn_is_crowded(const struct conn *c);

/* The same by the owner's wish, for instance while its own queue is full. That the peer has ended is
 * not noticed meanwhile, deadlines are. conn_resume() may be called anywhere; on_bytes then comes at
 * the end of the turn. */
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);

/* A moment of the loop's clock; only one, instead of any earlier. CONN_NEVER: none. Until on_up the
 * handshake's deadline holds instead. Bytes that come do not move it. */
#define CONN_NEVER INT64_MAX
void conn_deadline(struct conn *c, int64_t at_ms);

/* Send what was written, then close_notify, read on until the peer has ended too, so that what it
 * was sent is not destroyed on the way; then on_down. No more on_bytes. */
void conn_close(struct conn *c);
/* At once; what waits is lost. Both may be called twice and from any callback but on_down. */
void conn_abort(struct conn *c);

/* Bytes that both sides of this very connection, and nobody else, can make: RFC 8446, 7.5, without
 * context. From on_up on; -ERR_STATE else. */
int conn_exporter(struct conn *c, const char *label, uint8_t out[TLS_EXPORTER_BYTES],
		  struct err *e);
/* Client: the newest session for resumption, which becomes the caller's; NULL while there is none.
 * It comes with the server's first bytes, shortly after on_up, and may be asked for in on_down. */
struct tls_session *conn_take_session(struct conn *c);

struct addr conn_remote(const struct conn *c);
struct conn_traffic {
	uint64_t wire_in, wire_out; /* TCP payload, handshake included */
	uint64_t in, out;           /* of the owner's bytes: taken and written */
};
struct conn_traffic conn_traffic(const struct conn *c); /* in on_down too */
#endif
