/* A standby's port while it follows: TLS with its own certificate, which is a device's, so that devices end the
 * handshake there; whoever goes on is told what this is, and that is the end. PROTOCOL.md, section 17. */
#ifndef SERVER_NET_DOOR_H
#define SERVER_NET_DOOR_H

#include "net/listener.h"
#include "net/tls.h"

struct door;

struct door_setup {
	struct loop *loop;
	struct addr at;        /* port 0 picks one */
	struct tls_config tls; /* lent for the call */
	/* The frame for somebody who came; `known`: with a certificate of ours. */
	int (*answer)(void *ctx, bool known, struct buf *out, struct err *e);
	void (*empty)(void *ctx); /* after door_shut(): nobody is there any more */
	void *ctx;
};

/* Errors as of listener_open() and tls_new(). */
int door_open(struct door **out, const struct door_setup *setup, struct err *e);
struct addr door_addr(const struct door *d);
/* Another certificate, for handshakes from now on. */
int door_reload(struct door *d, const struct tls_config *tls, struct err *e);
/* Nobody comes in any more, and who is there has to go: at the end of the turn. */
void door_shut(struct door *d);
bool door_is_empty(const struct door *d);
void door_free(struct door *d); /* empty, or never run; NULL is fine */
#endif
