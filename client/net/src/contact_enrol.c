#include "line.h"
#include "words.h"

#include "proto/link.h"

#include <stdlib.h>

struct enrolling {
	struct line line;
	struct enrolled *out;
	struct span request;
	const struct code_key *code;
	const struct p256_public *mine;
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
	conn_close(n->line.conn);
}

static void set_deadline(struct enrolling *n)
{
	uint64_t at = link_deadline(&n->link);

	conn_deadline(n->line.conn, at >= (uint64_t)INT64_MAX ? CONN_NEVER : (int64_t)at);
}

static int send_enrol(struct enrolling *n)
{
	struct wire_proved p = { .message = n->request };
	union wire_any any;
	struct link_load load;
	struct buf frame;
	int rc = conn_exporter(n->line.conn, "EXPORTER-ketnap-enrol-1", n->binding.b, n->e);

	if (rc)
		return rc;
	p.proof = code_proof(n->code, CODE_CLIENT, &n->binding, n->request);
	any.proved = p;
	buf_init(&frame, FRAME_HEADER + FRAME_SMALL_MAX);
	rc = wire_frame(&frame, FRAME_ENROL, &p, n->a, n->e);
	if (!rc)
		rc = conn_write(n->line.conn, buf_span(&frame), n->e);
	if (!rc) {
		load = link_load_of(FRAME_ENROL, &any, frame.len - FRAME_HEADER);
		link_sent(&n->link, FRAME_ENROL, &load, (uint64_t)loop_now_ms(n->line.loop));
		set_deadline(n);
	}
	buf_fini(&frame);
	return rc;
}

static void up(struct line *l, const struct tls_peer *peer)
{
	struct enrolling *n = l->owner;
	int rc = 0;

	if (!peer->cert.len || peer->cert.len > sizeof(n->server_cert)) {
		finish(n, err_set(n->e, ERR_DENIED, "%s shows no certificate of ours",
				  l->how->address));
		return;
	}
	memcpy(n->server_cert, peer->cert.data, peer->cert.len);
	n->server_cert_len = peer->cert.len;
	link_init(&n->link, LINK_CLIENT, false, (uint64_t)loop_now_ms(l->loop));
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

static int judge_frame(struct enrolling *n, unsigned type, const union wire_any *m)
{
	struct enrol_asked asked = { .code = n->code,
				     .binding = &n->binding,
				     .mine = n->mine,
				     .server_cert = span_of(n->server_cert, n->server_cert_len),
				     .now_ms = clock_now_ms(&n->line.how->real) };

	switch (type) {
	case FRAME_ENROL_ACK:
		return enrol_check(n->out, m->proved.message, &m->proved.proof, &asked, n->e);
	case FRAME_ERROR:
		return words_enrol(m->error.code, wait_of(&m->error), n->e);
	case FRAME_BUSY:
		return words_enrol(WIRE_BUSY, 0, n->e);
	default:
		return words_enrol(m->close.code, 0, n->e);
	}
}

static size_t bytes(struct line *l, struct span in)
{
	struct enrolling *n = l->owner;
	struct err why = { 0 };
	struct frame f;
	union wire_any m = { .close = { 0 } };
	size_t need;
	int rc;

	if (n->answered)
		return in.len;
	rc = frame_decode(&f, &need, in, link_limit, &n->link, &why);
	if (rc == FRAME_NEED_MORE) {
		link_partial(&n->link, true, (uint64_t)loop_now_ms(l->loop));
		set_deadline(n);
		return 0;
	}
	if (rc == FRAME_READY)
		rc = wire_decode(&m, f.type, f.payload, n->a, &why);
	if (rc == -ERR_NOMEM) {
		finish(n, err_set(n->e, ERR_NOMEM, "no memory to enrol"));
		return in.len;
	}
	if (rc < 0) {
		finish(n, err_set(n->e, ERR_PROTO, "what answers at %s does not speak our protocol",
				  l->how->address));
		return in.len;
	}
	finish(n, judge_frame(n, f.type, &m));
	return in.len;
}

static void deadline(struct line *l)
{
	struct enrolling *n = l->owner;

	if (!n->answered)
		finish(n, err_set(n->e, ERR_BUSY, "%s did not answer in time", l->how->address));
	else
		conn_abort(l->conn);
}

int contact_enrol(struct enrolled *out, const struct contact *how, struct span request,
		  const struct code_key *code, const struct p256_public *mine, struct err *e)
{
	struct enrolling *n = calloc(1, sizeof(*n));
	int rc;

	if (!n)
		return err_set(e, ERR_NOMEM, "no memory to enrol");
	n->out = out;
	n->request = request;
	n->code = code;
	n->mine = mine;
	n->e = e;
	n->line.owner = n;
	n->line.up = up;
	n->line.bytes = bytes;
	n->line.deadline = deadline;
	n->a = arena_new(2 * WIRE_ARENA);
	rc = n->a ? line_run(&n->line, how, (struct span){ NULL, 0 }, 0, e)
		  : err_set(e, ERR_NOMEM, "no memory to enrol");
	if (!rc && n->answered)
		rc = n->rc;
	else if (!rc)
		rc = words_line(&n->line.end, how->address, NULL,
				(struct words_clock){ clock_now_ms(&how->real), 0 }, e);
	arena_free(n->a);
	free(n);
	return rc;
}
