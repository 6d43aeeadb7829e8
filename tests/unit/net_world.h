/* What the tests of common/net share: a CA with servers and devices, a server and clients on one
 * loop, and notes of what each end saw. */
#ifndef NET_WORLD_H
#define NET_WORLD_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

#include "crypto/cert.h"
#include "net/conn.h"
#include "net/ctl.h"

#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err ok_err = { 0 };                                                         \
		int ok_rc = (call);                                                                \
		if (ok_rc) {                                                                       \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, ok_err.msg); \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)
#define E (&ok_err) /* inside OK() */

enum { DAY_S = 86400 };
static const int64_t day_ms = 86400000;
static const int64_t made_ms =
	1663837200000; /* 22/9/2022 16:00 in Vietnam: all certificates' day */

/* A clock that tests set; any thread. */
struct hand_clock {
	_Atomic int64_t now_ms;
};
struct clock hand_clock_of(struct hand_clock *h);

/* Who a certificate says it is, from which CA. */
struct id {
	struct p256_key *key;
	struct buf cert, key_pem; /* DER, PEM */
};
struct ca {
	struct p256_key *key;
	struct buf cert; /* DER */
};
void ca_init(struct ca *ca, int64_t at_ms);
void ca_fini(struct ca *ca);
void id_init(struct id *id, const struct ca *ca, enum cert_role role, uint64_t device,
	     int64_t at_ms);
void id_fini(struct id *id);

/* One end of a connection. */
struct end {
	struct conn *conn;
	struct end *next; /* of the rig's server ends */
	struct rig *rig;
	bool up, down, was_up;
	enum tls_verdict verdict, refused_verdict;
	bool resumed;
	struct hash spki;
	int64_t not_after_ms;
	uint8_t exporter[TLS_EXPORTER_BYTES];
	enum conn_why why;
	int alert;
	char message[ERR_TEXT_MAX];
	uint64_t got; /* bytes taken */
	uint8_t last; /* of them */
	unsigned drains, deadlines;
	struct tls_session *session; /* as it was at the end */
	struct conn_traffic traffic;
	void *mine; /* the test's */
};

/* A server and its clients, with what the test wants to happen. All fields may be set between
 * rig_init() and rig_open(). */
struct rig {
	struct hand_clock real;
	struct ca ca;
	struct id server, device;
	struct tls *server_tls, *client_tls;
	struct tls_config server_config, client_config;
	struct conn_limits server_limits, client_limits;
	struct loop *loop;
	struct listener *listener;
	struct quota quota;
	struct addr at, via[ADDR_FOUND_MAX]; /* clients connect to `via` if there is any */
	size_t via_count;
	struct end *ends; /* the server's, newest first */
	struct end last;  /* what the newest of them was, once a visit is over */
	unsigned accepted, ended, clients;
	bool share_port;
	bool may_lack; /* memory: connections that cannot even begin are ends of their own, CONN_NOMEM */

	/* What the ends do; NULL: the default, which is to take everything. */
	void (*server_up)(struct end *s);
	void (*client_up)(struct end *c);
	size_t (*server_bytes)(struct end *s, struct span bytes);
	size_t (*client_bytes)(struct end *c, struct span bytes);
	void (*on_drain)(struct end *x);
	void (*on_deadline)(struct end *x);
	void (*server_down)(struct end *s);
	void (*client_down)(struct end *c);
	bool keep_running; /* else the loop stops when no end is left on either side */
	void *mine;
};

void rig_init(struct rig *r);
void rig_open(struct rig *r);
/* Turns until somebody calls loop_stop(); 30 s are a failure. */
void rig_run(struct rig *r);
/* Aborts what is left, frees all, checks that nothing is counted as open. */
void rig_fini(struct rig *r);

void rig_tls(struct rig *r); /* only the contexts; rig_open() does it too */
void rig_connect(struct rig *r, struct end *c, const struct tls_session *resume);
/* Connect, run until nothing is left, and keep what the server saw in `last`. The listener opens anew
 * on the same port for each visit. */
void rig_visit(struct rig *r, struct end *c, const struct tls_session *resume);
void end_fini(struct end *x);

/* Clients go through a relay, a thread, that passes one byte at a time, both ways. */
void rig_chop(struct rig *r);

/* Call `act` after so many ms, once. */
struct later {
	struct loop_timer *timer;
	void (*act)(void *arg);
	void *arg;
};
void later(struct later *l, struct loop *loop, int64_t ms, void (*act)(void *arg), void *arg);
void later_fini(struct later *l);

/* A plain TCP socket to the rig's listener, blocking. */
int raw_connect(const struct addr *at);
unsigned addr_port(const struct addr *a);

/* Echo: what came goes back. */
size_t echo_bytes(struct end *x, struct span bytes);
#endif
