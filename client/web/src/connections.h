/* The connections of evhttp, counted and timed: its own limits begin anew with every byte that comes, and it
 * takes as many peers as there are. Here each request has to be whole in time, and the oldest connection
 * makes room for the newest. The one place of the pages that sees a bufferevent: evhttp asks for one. */
#ifndef CLIENT_WEB_CONNECTIONS_H
#define CLIENT_WEB_CONNECTIONS_H

#include "base/err.h"

enum {
	CONNECTIONS_MAX = 64, /* a browser opens six */
	REQUEST_S_MAX = 10,   /* for a whole request, or to be idle between two */
};

struct connections;
struct event_base;
struct evhttp;
struct evhttp_request;

/* Watch what `http` accepts from now on. Free it after the evhttp. */
int connections_new(struct connections **out, struct event_base *base, struct evhttp *http,
		    struct err *e);
void connections_free(struct connections *c);

/* A whole request has come: its connection has its time again. */
void connections_served(struct connections *c, struct evhttp_request *r);
#endif
