#include "line.h"

/* A device waits longer than a server: lines of the mountains are slow. PROTOCOL.md, section 3. */
enum { HANDSHAKE_MS = 20000, ATTEMPT_MS = 8000, BEAT_MS = 50 };

int64_t judge_ms(const struct judge *j)
{
	int64_t now = clock_now_ms(&j->real);

	return now > j->floor_ms ? now : j->floor_ms;
}

static int64_t judge_clock(void *arg)
{
	return judge_ms(arg);
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct line *l = arg;

	l->conn = c;
	l->up(l, peer);
}

static size_t on_bytes(struct conn *c, struct span bytes, void *arg)
{
	struct line *l = arg;

	(void)c;
	return l->bytes(l, bytes);
}

static void on_drain(struct conn *c, void *arg)
{
	struct line *l = arg;

	(void)c;
	if (l->drain)
		l->drain(l);
}

static void on_deadline(struct conn *c, void *arg)
{
	struct line *l = arg;

	if (l->deadline)
		l->deadline(l);
	else
		conn_abort(c);
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct line *l = arg;
	struct tls_session *session = conn_take_session(c);
	struct err ignored;

	l->end = *end;
	l->end.err = NULL;
	l->traffic = conn_traffic(c);
	if (session && l->session && tls_session_save(session, l->session, &ignored))
		buf_reset(l->session);
	tls_session_free(session);
	l->conn = NULL;
	if (l->down)
		l->down(l);
	loop_stop(l->loop);
}

static const struct conn_ops line_ops = { on_up, on_bytes, on_drain, on_deadline, on_down };

static int connect_to(struct line *l, struct err *e)
{
	struct conn_config config = { .loop = l->loop,
				      .tls = l->tls,
				      .ops = &line_ops,
				      .arg = l,
				      .limits = { .handshake_ms = HANDSHAKE_MS,
						  .attempt_ms = ATTEMPT_MS } };
	struct tls_session *resume = NULL;
	struct addr at[ADDR_FOUND_MAX];
	struct err ignored = { 0 };
	struct conn *c;
	size_t count = ADDR_FOUND_MAX;
	int rc = addr_parse(at, &count, span_str(l->how->address), false, e);

	if (rc == -ERR_NOTFOUND) /* without a line no name is known either */
		rc = err_set(e, ERR_BUSY, "no line to %s", l->how->address);
	if (rc)
		return rc;
	if (l->how->session.len && tls_session_load(&resume, l->how->session, &ignored))
		resume = NULL; /* from scratch then */
	config.resume = resume;
	rc = conn_connect(&c, &config, at, count, e);
	if (!rc)
		l->conn = c; /* so that it can be given up before it is up */
	tls_session_free(resume);
	return rc;
}

static void beat(void *arg)
{
	struct line *l = arg;

	l->often(l);
	loop_timer_set(l->beat, clock_now_ms(&l->how->steady) + BEAT_MS);
}

static int begin_beat(struct line *l, struct err *e)
{
	int rc = loop_timer_new(&l->beat, l->loop, l->how->steady, beat, l, e);

	if (!rc)
		loop_timer_set(l->beat, clock_now_ms(&l->how->steady) + BEAT_MS);
	return rc;
}

int line_run(struct line *l, const struct contact *how, struct span ca, int64_t floor_ms,
	     struct err *e)
{
	struct tls_config config = { .side = TLS_CLIENT, .ca = ca, .unchecked = !ca.len };
	int rc;

	l->how = how;
	l->judge = (struct judge){ how->real, floor_ms };
	config.real = (struct clock){ judge_clock, &l->judge };
	if (ca.len) {
		config.cert = how->cert;
		config.key = how->key;
	}
	rc = loop_new(&l->loop, how->steady, e);
	if (!rc)
		rc = tls_new(&l->tls, &config, e);
	if (!rc)
		rc = connect_to(l, e);
	if (!rc && l->often)
		rc = begin_beat(l, e);
	if (!rc)
		rc = loop_run(l->loop, e);
	if (l->beat)
		loop_timer_free(l->beat);
	if (l->loop)
		loop_free(l->loop);
	tls_free(l->tls);
	l->beat = NULL;
	l->loop = NULL;
	l->tls = NULL;
	return rc;
}

/* ---- waiting ---- */

static void fired(void *arg)
{
	loop_stop(arg);
}

int contact_wait(struct clock steady, int64_t ms, struct err *e)
{
	struct loop_timer *t = NULL;
	struct loop *l;
	int rc = loop_new(&l, steady, e);

	if (rc)
		return rc;
	rc = loop_timer_new(&t, l, steady, fired, l, e);
	if (!rc) {
		loop_timer_set(t, clock_now_ms(&steady) + ms);
		rc = loop_run(l, e);
		loop_timer_free(t);
	}
	loop_free(l);
	return rc;
}
