/* What ctl needs of a connection. */
#ifndef NET_CONN_IMPL_H
#define NET_CONN_IMPL_H

#include "net/conn.h"

/* A connection without TLS, over a local socket: `config->tls` is NULL. on_up comes at the end of
 * the turn. `fd` and its slot are taken over, as conn_accept() does. */
int conn_accept_plain(struct conn **out, const struct conn_config *config, struct accepted *a,
		      struct err *e);
int conn_fd(const struct conn *c);

/* Back to the state of never accepted: closed, its slot free. */
void accepted_drop(struct accepted *a);
#endif
