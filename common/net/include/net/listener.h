/* A listening socket on a loop. Several threads may listen on one port, each with its own. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <stdatomic.h>

#include "net/addr.h"
#include "net/loop.h"

/* How many connections may be open at once, over all listeners that share it. It must outlive
 * them and their connections. */
struct quota {
	unsigned max;
	atomic_uint open;
	atomic_ullong refused;
};

/* A connection that nobody has taken yet; conn_accept() takes it. */
struct accepted {
	int fd; /* -1 once taken */
	struct addr from;
	struct quota *quota;
};

struct listener_config {
	struct loop *loop;
	struct quota *quota; /* beyond it connections are reset, which costs next to nothing */
	bool share_port;     /* SO_REUSEPORT: every listener of the port must set it */
	/* Called for each connection. One that is not taken when it returns is reset: this is where
	 * limits per address belong. Not before TLS is up is anything known about the peer. */
	void (*on_accept)(struct accepted *a, void *arg);
	void *arg;
};

/* `at` is the first of addr_parse(.., true); port 0 picks a free one. -ERR_BUSY when the port is
 * taken, -ERR_DENIED when it is not for us, -ERR_NOTFOUND when this machine has no such address,
 * -ERR_IO. Out of descriptors, a listener waits a moment and goes on by itself. */
struct listener;
int listener_open(struct listener **out, const struct listener_config *config,
		  const struct addr *at, struct err *e);
void listener_close(struct listener *l); /* not from on_accept */

struct addr listener_addr(const struct listener *l); /* with the port that was picked */

/* Stop and go on accepting, in on_accept too; connections wait in the system meanwhile. */
void listener_pause(struct listener *l);
void listener_resume(struct listener *l);
#endif
