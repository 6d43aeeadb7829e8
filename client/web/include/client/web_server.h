/* Serves a face on 127.0.0.1, by libevent's evhttp. One thread; the caller turns it. */
#ifndef CLIENT_WEB_SERVER_H
#define CLIENT_WEB_SERVER_H

#include "client/web.h"

struct web_server;

/* Take a port of 127.0.0.1 (0: a free one) and catch SIGINT and SIGTERM. Requests wait until the first
 * turn. -ERR_BUSY: the port is taken. */
int web_server_new(struct web_server **out, uint16_t port, struct err *e);
void web_server_free(struct web_server *s);
uint16_t web_server_port(const struct web_server *s);

/* What answers from now on; it must outlive the server. */
void web_server_use(struct web_server *s, struct web *w);

/* Answer what has come. `wait`: for something to come, too. False: a signal asks to stop. */
bool web_server_turn(struct web_server *s, bool wait);
#endif
