#ifndef NET_ADDR_IMPL_H
#define NET_ADDR_IMPL_H

#include "net/addr.h"

#include <sys/socket.h>

/* `sa` NULL or of another kind gives no address. */
struct addr addr_of(const struct sockaddr *sa, socklen_t len);
const struct sockaddr *addr_native(const struct addr *a);
/* Where `fd` is bound to. */
struct addr addr_bound(int fd);
#endif
