/* One connection without a certificate: Enrol, and what of its answer may be believed. */
#include "server_net/follow.h"

#include "net/conn.h"
#include "proto/enrol_answer.h"
#include "proto/link.h"

#include <stdlib.h>

struct enrolling {
	struct follow_enrolled *out;
	const struct follow_enrol *how;
	struct loop *loop;
	struct conn *conn;
	struct link link;
	struct hash binding;
	uint8_t server_cert[CERT_BYTES_MAX];
	size_t server_cert_len;
	struct arena *a;
	struct err *e;
	int rc;
	bool answered;
};

static void finish(struct enrolling *n, int rc)
{
	n->rc = rc;
	n->answered = true;
	conn_close(n->conn);
}

static void set_deadline(struct enrolling *n)
{
	uint64_t at = link_deadline(&n->link);

	conn_deadline(n->conn, at >= (uint64_t)INT64_MAX ? CONN_NEVER : (int64_t)at);
}

static int send_enrol(struct enrolling *n)
{
	struct wire_proved p = { .message = n->how->request };
	union wire_any any;
	struct link_load load;
	struct buf frame;
	int rc = conn_exporter(n->conn, "EXPORTER-ketnap-enrol-1", n->binding.b, n->e);

	if (rc)
		return rc;
	p.proof = code_proof(n->how->code, CODE_CLIENT, &n->binding, n->how->request);
	any.proved = p;
	buf_init(&frame, FRAME_HEADER + FRAME_SMALL_MAX);
	rc = wire_frame(&frame, FRAME_ENROL, &p, n->a, n->e);
	if (!rc)
		rc = conn_write(n->conn, buf_span(&frame), n->e);
	if (!rc) {
		load = link_load_of(FRAME_ENROL, &any, frame.len - FRAME_HEADER);
		link_sent(&n->link, FRAME_ENROL, &load, (uint64_t)loop_now_ms(n->loop));
		set_deadline(n);
	}
	buf_fini(&frame);
	return rc;
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct enrolling *n = arg;
	int rc;

	n->conn = c;
	if (!peer->cert.len || peer->cert.len > sizeof(n->server_cert)) {
		finish(n, err_set(n->e, ERR_DENIED, "%s shows no certificate of ours",
				  n->how->address));
		return;
	}
	memcpy(n->server_cert, peer->cert.data, peer->cert.len);
	n->server_cert_len = peer->cert.len;
	link_init(&n->link, LINK_CLIENT, false, (uint64_t)loop_now_ms(n->loop));
	rc = send_enrol(n);
	if (rc)
		finish(n, rc);
}

static int take(struct enrolling *n, const struct wire_enrol_answer *w)
{
	struct follow_enrolled *out = n->out;

	if (!w->device || !w->epoch || w->ca.len > sizeof(out->ca) ||
	    w->certificate.len > sizeof(out->cert))
		return err_set(n->e, ERR_PROTO, "the answer leaves something out");
	memcpy(out->who.store, w->store, sizeof(out->who.store));
	memcpy(out->who.log_key, w->log_key, sizeof(out->who.log_key));
	out->who.device = w->device;
	out->who.epoch = w->epoch;
	out->unit = w->unit;
	out->role = w->role;
	memcpy(out->ca, w->ca.data, w->ca.len);
	out->ca_len = w->ca.len;
	memcpy(out->cert, w->certificate.data, w->certificate.len);
	out->cert_len = w->certificate.len;
	return 0;
}

static int on_answer(struct enrolling *n, const struct wire_proved *p)
{
	struct enrol_asked asked = { .code = n->how->code,
				     .binding = &n->binding,
				     .mine = n->how->mine,
				     .server_cert = span_of(n->server_cert, n->server_cert_len),
				     .now_ms = clock_now_ms(&n->how->real) };
	struct wire_enrol_answer w;
	int rc = enrol_answer_check(&w, p->message, &p->proof, &asked, n->a, n->e);

	return rc ? rc : take(n, &w);
}

static int refused(struct enrolling *n, uint32_t code)
{
	if (code == WIRE_ENROL_REFUSED)
		return err_set(n->e, ERR_DENIED,
			       "the server refuses the code: it is unknown, used or expired");
	if (code == WIRE_STANDBY)
		return err_set(n->e, ERR_DENIED,
			       "what answers at %s is a standby itself: a standby follows the "
			       "server; nothing was enrolled",
			       n->how->address);
	return err_set(n->e,
		       code == WIRE_ENROL_LATER || code < WIRE_MALFORMED ? ERR_BUSY : ERR_PROTO,
		       "the server does not enrol now (%s)",
		       wire_code_name(code) ? wire_code_name(code) : "?");
}

static int judge_frame(struct enrolling *n, unsigned type, const union wire_any *m)
{
	switch (type) {
	case FRAME_ENROL_ACK:
		return on_answer(n, &m->proved);
	case FRAME_ERROR:
		return refused(n, m->error.code);
	case FRAME_BUSY:
		return refused(n, WIRE_BUSY);
	default:
		return refused(n, m->close.code);
	}
}

static size_t on_bytes(struct conn *c, struct span in, void *arg)
{
	struct enrolling *n = arg;
	union wire_any m = { .close = { 0 } };
	struct err why = { 0 };
	struct frame f;
	size_t need;
	int rc;

	(void)c;
	if (n->answered)
		return in.len;
	rc = frame_decode(&f, &need, in, link_limit, &n->link, &why);
	if (rc == FRAME_NEED_MORE) {
		link_partial(&n->link, true, (uint64_t)loop_now_ms(n->loop));
		set_deadline(n);
		return 0;
	}
	if (rc == FRAME_READY)
		rc = wire_decode(&m, f.type, f.payload, n->a, &why);
	if (rc == -ERR_NOMEM)
		rc = err_set(n->e, ERR_NOMEM, "no memory to enrol");
	else if (rc < 0)
		rc = err_set(n->e, ERR_PROTO, "what answers at %s does not speak our protocol",
			     n->how->address);
	else
		rc = judge_frame(n, f.type, &m);
	finish(n, rc);
	return in.len;
}

static void on_deadline(struct conn *c, void *arg)
{
	struct enrolling *n = arg;

	if (!n->answered)
		finish(n, err_set(n->e, ERR_BUSY, "%s did not answer in time", n->how->address));
	else
		conn_abort(c);
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct enrolling *n = arg;

	(void)c;
	if (!n->answered)
		n->rc = end->why == CONN_LATE
				? err_set(n->e, ERR_BUSY, "%s did not answer in time",
					  n->how->address)
				: err_set(n->e, ERR_BUSY, "no line to %s", n->how->address);
	loop_stop(n->loop);
}

static const struct conn_ops enrol_ops = { on_up, on_bytes, NULL, on_deadline, on_down };

static int connect_to(struct enrolling *n, struct tls *tls)
{
	struct conn_config config = { .loop = n->loop, .tls = tls, .ops = &enrol_ops, .arg = n };
	struct addr at[ADDR_FOUND_MAX];
	size_t count = ADDR_FOUND_MAX;
	int rc = addr_parse(at, &count, span_str(n->how->address), false, n->e);

	if (rc == -ERR_NOTFOUND)
		rc = err_set(n->e, ERR_BUSY, "no line to %s", n->how->address);
	return rc ? rc : conn_connect(&n->conn, &config, at, count, n->e);
}

int follow_enrol(struct follow_enrolled *out, const struct follow_enrol *how, struct err *e)
{
	struct tls_config t = { .side = TLS_CLIENT, .real = how->real, .unchecked = true };
	struct enrolling n = { .out = out, .how = how, .e = e };
	struct tls *tls = NULL;
	int rc = loop_new(&n.loop, how->steady, e);

	memset(out, 0, sizeof(*out));
	n.a = arena_new(2 * WIRE_ARENA);
	if (!rc && !n.a)
		rc = err_set(e, ERR_NOMEM, "no memory to enrol");
	if (!rc)
		rc = tls_new(&tls, &t, e);
	if (!rc)
		rc = connect_to(&n, tls);
	if (!rc)
		rc = loop_run(n.loop, e);
	if (n.loop)
		loop_free(n.loop);
	tls_free(tls);
	arena_free(n.a);
	return rc ? rc : n.rc;
}
