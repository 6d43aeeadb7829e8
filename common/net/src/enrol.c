#include "net/enrol.h"

#include "net/loop.h"

#include <stdlib.h>
#include <string.h>

static void finish(struct enrol_conn *n, int rc)
{
	n->rc = rc;
	n->over = true;
	conn_close(n->conn);
}

static void set_deadline(struct enrol_conn *n)
{
	uint64_t at = link_deadline(&n->link);

	conn_deadline(n->conn, at >= (uint64_t)INT64_MAX ? CONN_NEVER : (int64_t)at);
}

static int send_enrol(struct enrol_conn *n)
{
	struct wire_proved p = { .message = n->request };
	union wire_any any;
	struct link_load load;
	struct buf frame;
	int rc = conn_exporter(n->conn, "EXPORTER-ketnap-enrol-1", n->binding.b, n->e);

	if (rc)
		return rc;
	p.proof = code_proof(n->code, CODE_CLIENT, &n->binding, n->request);
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

void enrol_conn_up(struct enrol_conn *n, struct conn *c, const struct tls_peer *peer)
{
	int rc;

	n->conn = c;
	if (!peer->cert.len || peer->cert.len > sizeof(n->server_cert)) {
		finish(n, err_set(n->e, ERR_DENIED, "%s shows no certificate of ours", n->address));
		return;
	}
	memcpy(n->server_cert, peer->cert.data, peer->cert.len);
	n->server_cert_len = peer->cert.len;
	link_init(&n->link, LINK_CLIENT, false, (uint64_t)loop_now_ms(n->loop));
	rc = send_enrol(n);
	if (rc)
		finish(n, rc);
}

static uint64_t wait_of(const struct wire_error *m)
{
	char text[24] = "";

	if (m->arg_count && m->args[0].len < sizeof(text))
		memcpy(text, m->args[0].data, m->args[0].len);
	return strtoull(text, NULL, 10);
}

static int judge_frame(struct enrol_conn *n, unsigned type, const union wire_any *m)
{
	struct enrol_asked asked = { .code = n->code,
				     .binding = &n->binding,
				     .mine = n->mine,
				     .server_cert = span_of(n->server_cert, n->server_cert_len),
				     .now_ms = clock_now_ms(&n->real) };

	switch (type) {
	case FRAME_ENROL_ACK:
		return n->answer(n->owner, &m->proved, &asked);
	case FRAME_ERROR:
		return n->refused(n->owner, m->error.code, wait_of(&m->error));
	case FRAME_BUSY:
		return n->refused(n->owner, WIRE_BUSY, 0);
	default:
		return n->refused(n->owner, m->close.code, 0);
	}
}

size_t enrol_conn_bytes(struct enrol_conn *n, struct span in)
{
	union wire_any m = { .close = { 0 } };
	struct err why = { 0 };
	struct frame f;
	size_t need;
	int rc;

	if (n->over)
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
			     n->address);
	else
		rc = judge_frame(n, f.type, &m);
	finish(n, rc);
	return in.len;
}

void enrol_conn_deadline(struct enrol_conn *n)
{
	if (!n->over)
		finish(n, err_set(n->e, ERR_BUSY, "%s did not answer in time", n->address));
	else
		conn_abort(n->conn);
}
