#ifndef NET_CTL_PATH_H
#define NET_CTL_PATH_H

#include "base/err.h"

#include <sys/un.h>

enum { CTL_LENGTH_BYTES = 4 };

/* The socket's address; `*dir_fd` must stay open while it is used. */
int ctl_path(struct sockaddr_un *out, int *dir_fd, const char *dir, const char *name,
	     struct err *e);
#endif
