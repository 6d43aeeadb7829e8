/* One connection that enrols, a device or a standby: Enrol goes out once TLS is up, with a proof over this connection, and
 * one answer comes in. Where the connection leads and how it ends is the caller's. PROTOCOL.md, section 11. */
#ifndef NET_ENROL_H
#define NET_ENROL_H

#include "crypto/cert.h"
#include "net/clock.h"
#include "net/conn.h"
#include "proto/enrol_answer.h"
#include "proto/link.h"

struct enrol_conn {
	/* The caller's, before the connection is made; lent. */
	const char *address; /* for words */
	struct span request; /* an EnrolRequest, packed */
	const struct code_key *code;
	const struct p256_public *mine;
	struct clock real;
	struct loop *loop;
	struct arena *a;
	struct err *e;
	/* What they return is the result. `asked`: what enrol_answer_check() wants to know. `code`: of Error or Close, or
	 * WIRE_BUSY; `wait`: what Error says beside it, 0 nothing. */
	int (*answer)(void *owner, const struct wire_proved *p, const struct enrol_asked *asked);
	int (*refused)(void *owner, uint32_t code, uint64_t wait);
	void *owner;
	/* Its own. */
	struct conn *conn;
	struct link link;
	struct hash binding;
	uint8_t server_cert[CERT_BYTES_MAX];
	size_t server_cert_len;
	/* How it went: `rc` once it is over, which closes the connection. */
	bool over;
	int rc;
};

/* What the connection tells its owner, handed on. */
void enrol_conn_up(struct enrol_conn *n, struct conn *c, const struct tls_peer *peer);
size_t enrol_conn_bytes(struct enrol_conn *n, struct span in);
void enrol_conn_deadline(struct enrol_conn *n);
#endif
