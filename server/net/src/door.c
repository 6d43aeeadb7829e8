#include "door.h"

#include "say.h"

#include "base/log.h"
#include "net/conn.h"
#include "proto/frame.h"

#include <stdlib.h>

enum { CONNECTIONS_MAX = 16, STAY_MS = 10000 };

struct guest {
	struct door *door;
	struct conn *conn;
	struct guest *next, **place;
};

struct door {
	struct door_setup setup;
	struct tls *tls;
	struct listener *listener;
	struct quota quota;
	struct guest *guests;
	struct say say;
	bool shut;
};

static bool may_say(struct door *d)
{
	return say_may(&d->say, loop_now_ms(d->setup.loop));
}

static void tell(struct guest *g, const struct tls_peer *peer)
{
	bool known = peer->verdict != TLS_PEER_NONE;
	struct err e = { 0 };
	struct buf frame;
	int rc;

	buf_init(&frame, FRAME_SMALL_MAX + FRAME_HEADER);
	rc = g->door->setup.answer(g->door->setup.ctx, known, &frame, &e);
	if (!rc)
		rc = conn_write(g->conn, buf_span(&frame), &e);
	if (may_say(g->door))
		log_info("event=asked known=%d%s%s%s", known, rc ? " error=\"" : "",
			 rc ? e.msg : "", rc ? "\"" : "");
	buf_fini(&frame);
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	tell(arg, peer);
	conn_close(c);
}

static size_t on_bytes(struct conn *c, struct span bytes, void *arg)
{
	(void)c;
	(void)arg;
	return bytes.len; /* whatever it is: nothing is taken here */
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct guest *g = arg;
	struct door *d = g->door;

	(void)c;
	if (!end->was_up && may_say(d))
		log_info("event=asked refused=1 why=%s", conn_why_name(end->why));
	*g->place = g->next;
	if (g->next)
		g->next->place = g->place;
	free(g);
	if (d->shut && !d->guests)
		d->setup.empty(d->setup.ctx);
}

static const struct conn_ops guest_ops = { on_up, on_bytes, NULL, NULL, on_down };

static void on_accept(struct accepted *a, void *arg)
{
	struct door *d = arg;
	struct guest *g = calloc(1, sizeof(*g));
	struct conn_config config = {
		.loop = d->setup.loop,
		.tls = d->tls,
		.ops = &guest_ops,
		.arg = g,
		.limits = { .handshake_ms = STAY_MS, .close_ms = STAY_MS, .stall_ms = STAY_MS }
	};

	if (!g)
		return;
	g->door = d;
	if (conn_accept(&g->conn, &config, a, NULL)) {
		free(g);
		return;
	}
	g->next = d->guests;
	g->place = &d->guests;
	if (g->next)
		g->next->place = &g->next;
	d->guests = g;
}

int door_open(struct door **out, const struct door_setup *setup, struct err *e)
{
	struct door *d = calloc(1, sizeof(*d));
	struct listener_config c = { .loop = setup->loop, .on_accept = on_accept, .arg = d };
	int rc;

	*out = NULL;
	if (!d)
		return err_set(e, ERR_NOMEM, "out of memory");
	d->setup = *setup;
	d->quota.max = CONNECTIONS_MAX;
	c.quota = &d->quota;
	rc = tls_new(&d->tls, &setup->tls, e);
	if (!rc)
		rc = listener_open(&d->listener, &c, &setup->at, e);
	if (rc)
		door_free(d);
	else
		*out = d;
	return rc;
}

struct addr door_addr(const struct door *d)
{
	return listener_addr(d->listener);
}

int door_reload(struct door *d, const struct tls_config *tls, struct err *e)
{
	return tls_reload(d->tls, tls, e);
}

void door_shut(struct door *d)
{
	if (d->listener)
		listener_close(d->listener);
	d->listener = NULL;
	d->shut = true;
	for (struct guest *g = d->guests; g; g = g->next)
		conn_abort(g->conn);
}

bool door_is_empty(const struct door *d)
{
	return !d->guests;
}

void door_free(struct door *d)
{
	if (!d)
		return;
	if (d->listener)
		listener_close(d->listener);
	tls_free(d->tls);
	free(d);
}
