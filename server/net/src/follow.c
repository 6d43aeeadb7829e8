#include "server_net/follow.h"

#include "door.h"

#include "base/lang.h"
#include "base/log.h"
#include "net/conn.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	HANDSHAKE_MS = 20000,
	ATTEMPT_MS = 8000,
	RETRY_MS = 1000, /* the first time; then longer, up to: */
	RETRY_MAX_MS = 10000,
	WRITE_MAX = 64 << 10,
	WAITING_MAX = 256 << 10,
};

struct following {
	const struct follow_setup *setup;
	struct loop *loop;
	struct loop_timer *again;
	struct tls *tls;
	struct conn *conn;
	struct follower *f;
	struct door *door; /* NULL: no port of its own */
	uint64_t proven;   /* over contacts */
	int64_t retry_ms;
	struct follower_state last;
	bool stopping, failed, done;
	int rc;
	struct err *e;
};

static struct moment now_of(const struct following *g)
{
	return (struct moment){ .mono_ms = (uint64_t)loop_now_ms(g->loop),
				.wall_ms = clock_now_ms(&g->setup->real) };
}

static void tell(struct following *g)
{
	if (!g->f)
		return;
	g->last = *follower_state(g->f);
	g->proven = g->last.proven;
	g->setup->told(g->setup->ctx, &g->last);
}

static void pump(struct following *g)
{
	uint64_t deadline;
	struct span out;

	while ((out = follower_output(g->f)).len && conn_waiting(g->conn) <= WAITING_MAX) {
		if (out.len > WRITE_MAX)
			out.len = WRITE_MAX;
		if (conn_write(g->conn, out, NULL))
			break; /* it has ended; on_down follows */
		follower_taken(g->f, out.len, now_of(g));
	}
	deadline = follower_deadline(g->f);
	conn_deadline(g->conn, deadline >= (uint64_t)INT64_MAX ? CONN_NEVER : (int64_t)deadline);
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct following *g = arg;
	struct follower_setup core = g->setup->core;

	core.proven = g->proven;
	if (peer->info.subject.role != CERT_SERVER ||
	    memcmp(peer->info.subject.server, core.who.store, sizeof(core.who.store))) {
		g->rc = err_set(g->e, ERR_STATE, "%s is the server of another store",
				g->setup->address);
		g->failed = true;
		conn_abort(c);
		return;
	}
	g->rc = follower_new(&g->f, &core, now_of(g), g->e);
	g->failed = g->rc != 0;
	if (g->rc)
		conn_abort(c);
	else
		pump(g);
}

static size_t on_bytes(struct conn *c, struct span bytes, void *arg)
{
	struct following *g = arg;
	bool more;

	if (!g->f)
		return bytes.len;
	more = follower_receive(g->f, bytes, now_of(g));
	if (follower_state(g->f)->met)
		g->retry_ms = RETRY_MS;
	tell(g);
	pump(g);
	if (!more)
		conn_close(c);
	return bytes.len;
}

static void on_drain(struct conn *c, void *arg)
{
	(void)c;
	if (((struct following *)arg)->f)
		pump(arg);
}

static void on_deadline(struct conn *c, void *arg)
{
	struct following *g = arg;

	if (g->f && follower_tick(g->f, now_of(g)))
		pump(g);
	else
		conn_close(c);
}

static void finish(struct following *g, int rc)
{
	g->rc = rc;
	g->done = true;
	if (g->door)
		door_shut(g->door);
	if (!g->door || door_is_empty(g->door))
		loop_stop(g->loop);
}

static void come_again(struct following *g, const char *why)
{
	int64_t wait = g->last.retry_ms > (uint32_t)g->retry_ms ? (int64_t)g->last.retry_ms
								: g->retry_ms;

	log_info("event=away retry_ms=%lld why=\"%s\"", (long long)wait, why);
	g->retry_ms = g->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : g->retry_ms * 2;
	loop_timer_set(g->again, loop_now_ms(g->loop) + wait);
}

/* The contact ended before the server was met, or never began (`end` NULL): told all the same, for what was told before
 * holds no more. */
static void tell_unmet(struct following *g, const struct conn_end *end)
{
	struct ledger *l = *g->setup->core.ledger;

	g->last = (struct follower_state){ .end = FOLLOWER_LATER,
					   .proven = g->proven,
					   .lsn = l ? ledger_info(l).lsn : 0 };
	err_set(&g->last.err, ERR_BUSY, "%s",
		end && end->why == CONN_PEER && end->verdict == TLS_PEER_ROLE
			? N_("what answers there is a standby itself, or another device: a standby "
			     "follows the server")
			: N_("the server is not reached"));
	g->setup->told(g->setup->ctx, &g->last);
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct following *g = arg;
	char why[sizeof(end->err->msg)];

	(void)c;
	g->conn = NULL;
	snprintf(why, sizeof(why), "%s", end->err ? end->err->msg : conn_why_name(end->why));
	if (g->f && follower_state(g->f)->end == FOLLOWER_GOING)
		follower_cut(g->f);
	if (g->f && follower_state(g->f)->err.code)
		snprintf(why, sizeof(why), "%s", follower_state(g->f)->err.msg);
	if (g->f)
		tell(g);
	else if (!g->failed && !g->stopping)
		tell_unmet(g, end);
	follower_free(g->f);
	g->f = NULL;
	tls_free(g->tls);
	g->tls = NULL;
	if (g->failed || g->stopping)
		finish(g, g->rc);
	else if (g->last.end == FOLLOWER_STOPPED || g->last.end == FOLLOWER_FAILED) {
		*g->e = g->last.err;
		finish(g, -(int)g->e->code);
	} else
		come_again(g, why);
}

static const struct conn_ops follow_ops = { on_up, on_bytes, on_drain, on_deadline, on_down };

/* ---- its own port ---- */

static struct tls_config door_tls(const struct following *g)
{
	return (struct tls_config){ .side = TLS_SERVER,
				    .ca = g->setup->ca,
				    .cert = buf_span(g->setup->cert),
				    .key = g->setup->key,
				    .real = g->setup->real };
}

static int on_asked(void *ctx, bool known, struct buf *out, struct err *e)
{
	struct following *g = ctx;
	struct wire_error m = { .code = WIRE_STANDBY, .fatal = true };
	struct arena *a = arena_new(WIRE_ARENA);
	int rc;

	if (known)
		m.arg_count = g->setup->asked(g->setup->ctx, &m.args);
	rc = a ? wire_frame(out, FRAME_ERROR, &m, a, e)
	       : err_set(e, ERR_NOMEM, "no memory for a frame");
	arena_free(a);
	return rc;
}

static void on_empty(void *ctx)
{
	struct following *g = ctx;

	if (g->done)
		loop_stop(g->loop);
}

static int open_door(struct following *g, struct err *e)
{
	struct door_setup s = {
		.loop = g->loop, .tls = door_tls(g), .answer = on_asked, .empty = on_empty, .ctx = g
	};
	struct addr at;
	int rc;

	if (!g->setup->listen)
		return 0;
	s.at = *g->setup->listen;
	rc = door_open(&g->door, &s, e);
	if (rc)
		return rc;
	at = door_addr(g->door);
	g->setup->listening(g->setup->ctx, &at);
	return 0;
}

/* The certificate may have been renewed in the last contact. */
static void renew_door(struct following *g)
{
	struct tls_config t = door_tls(g);
	struct err e = { 0 };

	if (g->door && door_reload(g->door, &t, &e))
		log_error("event=certificate error=\"%s\"", e.msg);
}

/* ---- contacts ---- */

/* An address that leads nowhere is no reason to give up: it may come back. */
static int begin(struct following *g, struct err *e)
{
	struct tls_config t = { .side = TLS_CLIENT,
				.ca = g->setup->ca,
				.cert = buf_span(g->setup->cert),
				.key = g->setup->key,
				.real = g->setup->real };
	struct conn_config config = { .loop = g->loop,
				      .ops = &follow_ops,
				      .arg = g,
				      .limits = { .handshake_ms = HANDSHAKE_MS,
						  .attempt_ms = ATTEMPT_MS } };
	struct addr at[ADDR_FOUND_MAX];
	size_t count = ADDR_FOUND_MAX;
	int rc = addr_parse(at, &count, span_str(g->setup->address), false, e);

	memset(&g->last, 0, sizeof(g->last));
	renew_door(g);
	if (!rc)
		rc = tls_new(&g->tls, &t, e);
	config.tls = g->tls;
	if (!rc)
		rc = conn_connect(&g->conn, &config, at, count, e);
	if (rc) {
		tls_free(g->tls);
		g->tls = NULL;
	}
	return rc;
}

static void on_again(void *arg)
{
	struct following *g = arg;
	struct err e = { 0 };
	int rc = begin(g, &e);

	if (!rc)
		return;
	if (rc == -ERR_NOTFOUND || rc == -ERR_BUSY || rc == -ERR_NOMEM) {
		tell_unmet(g, NULL);
		come_again(g, e.msg);
		return;
	}
	*g->e = e;
	finish(g, rc);
}

static void on_signal(int signo, void *arg)
{
	struct following *g = arg;

	(void)signo;
	g->stopping = true;
	g->rc = 0;
	if (g->conn)
		conn_abort(g->conn);
	else
		finish(g, 0);
}

int follow_run(const struct follow_setup *setup, struct err *e)
{
	struct following g = {
		.setup = setup, .proven = setup->core.proven, .retry_ms = RETRY_MS, .e = e
	};
	int rc = loop_new(&g.loop, setup->steady, e);

	if (!rc)
		rc = loop_timer_new(&g.again, g.loop, setup->steady, on_again, &g, e);
	if (!rc)
		rc = loop_on_signal(g.loop, SIGTERM, on_signal, &g, e);
	if (!rc)
		rc = loop_on_signal(g.loop, SIGINT, on_signal, &g, e);
	if (!rc)
		rc = open_door(&g, e);
	if (!rc) {
		loop_timer_set(g.again, loop_now_ms(g.loop));
		rc = loop_run(g.loop, e);
	}
	door_free(g.door);
	if (g.again)
		loop_timer_free(g.again);
	if (g.loop)
		loop_free(g.loop);
	return rc ? rc : g.rc;
}
