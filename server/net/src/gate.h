/* How many connections one host has open that have not shown yet who they are. Shared by the I/O threads. */
#ifndef SERVER_NET_GATE_H
#define SERVER_NET_GATE_H

#include "net/addr.h"

struct gate;

int gate_new(struct gate **out, unsigned per_host_max, struct err *e);
void gate_free(struct gate *g);

/* False: this host has enough of them, or there is no memory. */
bool gate_enter(struct gate *g, const uint8_t host[ADDR_HOST_BYTES]);
void gate_leave(struct gate *g, const uint8_t host[ADDR_HOST_BYTES]);
#endif
