#include "connections.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>
#include <sys/socket.h>

struct connection {
	struct bufferevent
		*bev;   /* one reference is ours: evhttp does not tell when it is done with it */
	unsigned age_s; /* since it was opened, or since its last whole request */
};

struct connections {
	struct event_base *base;
	struct event *each_second;
	struct connection list[CONNECTIONS_MAX]; /* the oldest first */
	size_t count;
};

/* evhttp sees an end, and closes it in its own time. */
static void cut(const struct connection *k)
{
	evutil_socket_t fd = bufferevent_getfd(k->bev);

	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

static void forget(struct connections *c, size_t at)
{
	c->count--;
	for (size_t i = at; i < c->count; i++)
		c->list[i] = c->list[i + 1];
}

/* Of those that evhttp has let go, ours was the last reference. */
static void forget_ended(struct connections *c)
{
	for (size_t i = c->count; i-- > 0;) {
		if (bufferevent_decref(c->list[i].bev))
			forget(c, i);
		else
			bufferevent_incref(c->list[i].bev);
	}
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct connections *c = arg;

	(void)fd;
	(void)what;
	forget_ended(c);
	for (size_t i = 0; i < c->count; i++)
		if (++c->list[i].age_s > REQUEST_S_MAX)
			cut(&c->list[i]);
}

static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
	struct connections *c = arg;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!bev)
		return NULL;
	forget_ended(c);
	if (c->count == CONNECTIONS_MAX) {
		cut(&c->list[0]);
		bufferevent_decref(c->list[0].bev); /* evhttp has its own until it sees the end */
		forget(c, 0);
	}
	bufferevent_incref(bev);
	c->list[c->count++] = (struct connection){ .bev = bev };
	return bev;
}

void connections_served(struct connections *c, struct evhttp_request *r)
{
	struct evhttp_connection *k = evhttp_request_get_connection(r);
	struct bufferevent *bev = k ? evhttp_connection_get_bufferevent(k) : NULL;

	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].bev == bev)
			c->list[i].age_s = 0;
}

int connections_new(struct connections **out, struct event_base *base, struct evhttp *http,
		    struct err *e)
{
	static const struct timeval second = { .tv_sec = 1 };
	struct connections *c = calloc(1, sizeof(*c));

	*out = c;
	if (c) {
		c->base = base;
		c->each_second = event_new(base, -1, EV_PERSIST, on_second, c);
	}
	if (!c || !c->each_second || event_add(c->each_second, &second)) {
		connections_free(c);
		*out = NULL;
		return err_set(e, ERR_NOMEM, "no memory for the pages");
	}
	evhttp_set_bevcb(http, on_accept, c);
	return 0;
}

void connections_free(struct connections *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		bufferevent_decref(c->list[i].bev);
	if (c->each_second)
		event_free(c->each_second);
	free(c);
}
