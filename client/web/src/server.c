/* evhttp on loopback. It decides nothing: each request goes to web_answer() as it came. */
#include "client/web_server.h"

#include "connections.h"

#include "net/stock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

/* evhttp has no limits of its own. */
enum { HEADERS_MAX = 16 << 10 };

struct web_server {
	struct event_base *base;
	struct evhttp *http;
	struct connections *connections;
	struct event *interrupted, *terminated;
	struct web *web;
	uint16_t port;
	bool stop;
};

static enum web_method method_of(struct evhttp_request *r)
{
	switch (evhttp_request_get_command(r)) {
	case EVHTTP_REQ_GET:
		return WEB_GET;
	case EVHTTP_REQ_POST:
		return WEB_POST;
	default:
		return WEB_OTHER;
	}
}

static void reply(struct evhttp_request *r, const struct web_response *a)
{
	struct evkeyvalq *to = evhttp_request_get_output_headers(r);
	struct evbuffer *body = evbuffer_new();
	char disposition[256];

	for (const struct web_header *h = web_headers; h->name; h++)
		evhttp_add_header(to, h->name,
				  a->policy && !strcmp(h->name, "Content-Security-Policy")
					  ? a->policy
					  : h->value);
	if (a->file) {
		snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", a->file);
		evhttp_add_header(to, "Content-Disposition", disposition);
	}
	if (a->type)
		evhttp_add_header(to, "Content-Type", a->type);
	if (a->cookie)
		evhttp_add_header(to, "Set-Cookie", a->cookie);
	if (a->location)
		evhttp_add_header(to, "Location", a->location);
	if (a->link)
		evhttp_add_header(to, "Link", a->link);
	if (!body || evbuffer_add(body, a->body.data, a->body.len))
		evhttp_send_error(r, 500, NULL);
	else
		evhttp_send_reply(r, a->status, NULL, body);
	if (body)
		evbuffer_free(body);
}

static void on_request(struct evhttp_request *r, void *arg)
{
	struct web_server *s = arg;
	struct evkeyvalq *from = evhttp_request_get_input_headers(r);
	struct evbuffer *in = evhttp_request_get_input_buffer(r);
	size_t len = evbuffer_get_length(in);
	struct web_request q = { .method = method_of(r),
				 .target = evhttp_request_get_uri(r),
				 .host = evhttp_find_header(from, "Host"),
				 .origin = evhttp_find_header(from, "Origin"),
				 .cookie = evhttp_find_header(from, "Cookie"),
				 .content_type = evhttp_find_header(from, "Content-Type"),
				 .fetch_site = evhttp_find_header(from, "Sec-Fetch-Site"),
				 .lang = evhttp_find_header(from, "Ketnap-Lang") };
	struct web_response a;

	connections_served(s->connections, r);
	q.body = span_of(len ? evbuffer_pullup(in, -1) : NULL, len);
	if (!s->web || !q.target || (len && !q.body.data)) {
		evhttp_send_error(r, 503, NULL);
		return;
	}
	web_answer(s->web, &q, &a);
	/* Deadlines are counted from the time that the loop has noted, which is that of before a disk that stalled: the
	 * answer would be given up before it is sent, and the browser asks again for what was done. */
	event_base_update_cache_time(s->base);
	reply(r, &a);
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct web_server *s = arg;

	(void)signo;
	(void)what;
	s->stop = true;
	event_base_loopbreak(s->base);
}

static int take_port(struct web_server *s, uint16_t port, struct err *e)
{
	struct evhttp_bound_socket *b = evhttp_bind_socket_with_handle(s->http, "127.0.0.1", port);
	struct sockaddr_in at = { .sin_port = 0 };
	socklen_t len = sizeof(at);

	if (!b)
		return errno == EADDRINUSE
			       ? err_set(e, ERR_BUSY, "port %1u is taken by another program", port)
			       : err_set(e, ERR_IO, "port %1u cannot be served", port);
	if (getsockname(evhttp_bound_socket_get_fd(b), (struct sockaddr *)&at, &len))
		return err_set(e, ERR_IO, "port %1u cannot be served", port);
	s->port = ntohs(at.sin_port);
	return 0;
}

static int catch_signals(struct web_server *s, struct err *e)
{
	s->interrupted = evsignal_new(s->base, SIGINT, on_signal, s);
	s->terminated = evsignal_new(s->base, SIGTERM, on_signal, s);
	if (!s->interrupted || !s->terminated || event_add(s->interrupted, NULL) ||
	    event_add(s->terminated, NULL))
		return err_set(e, ERR_NOMEM, "no memory for the pages");
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

int web_server_new(struct web_server **out, uint16_t port, struct err *e)
{
	struct web_server *s = calloc(1, sizeof(*s));
	int rc = 0;

	*out = NULL;
	if (s && !stock_fill())
		s->base = event_base_new();
	if (s && s->base)
		s->http = evhttp_new(s->base);
	if (!s || !s->http)
		rc = err_set(e, ERR_NOMEM, "no memory for the pages");
	if (!rc) {
		evhttp_set_max_headers_size(s->http, HEADERS_MAX);
		evhttp_set_max_body_size(s->http, WEB_BODY_MAX);
		evhttp_set_timeout(s->http, REQUEST_S_MAX);
		evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
		evhttp_set_gencb(s->http, on_request, s);
		rc = connections_new(&s->connections, s->base, s->http, e);
	}
	if (!rc)
		rc = take_port(s, port, e);
	if (!rc)
		rc = catch_signals(s, e);
	if (rc) {
		web_server_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void web_server_free(struct web_server *s)
{
	if (!s)
		return;
	if (s->http)
		evhttp_free(s->http);
	connections_free(s->connections);
	if (s->interrupted)
		event_free(s->interrupted);
	if (s->terminated)
		event_free(s->terminated);
	if (s->base)
		event_base_free(s->base);
	stock_drop();
	free(s);
}

uint16_t web_server_port(const struct web_server *s)
{
	return s->port;
}

void web_server_use(struct web_server *s, struct web *w)
{
	s->web = w;
}

bool web_server_turn(struct web_server *s, bool wait)
{
	if (s->stop)
		return false;
	if (stock_fill())
		stock_wait(); /* what has come waits, signals too */
	else
		event_base_loop(s->base, wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
	return !s->stop;
}
