/* What ctl needs of a listener. */
#ifndef NET_LISTENER_IMPL_H
#define NET_LISTENER_IMPL_H

#include "net/listener.h"

enum { LISTENER_BACKLOG = 4096 };

/* On a socket that listens already, which is taken over, on failure too. */
int listener_open_fd(struct listener **out, const struct listener_config *config, int fd,
		     struct err *e);
#endif
