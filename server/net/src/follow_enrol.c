/* One connection without a certificate: Enrol, and what of its answer may be believed. */
#include "server_net/follow.h"

#include "net/enrol.h"

struct enrolling {
	struct enrol_conn enrol;
	struct follow_enrolled *out;
	const struct follow_enrol *how;
};

static int take(struct enrolling *n, const struct wire_enrol_answer *w)
{
	struct follow_enrolled *out = n->out;

	if (!w->device || !w->epoch || w->ca.len > sizeof(out->ca) ||
	    w->certificate.len > sizeof(out->cert))
		return err_set(n->enrol.e, ERR_PROTO, "the answer leaves something out");
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

static int answer(void *owner, const struct wire_proved *p, const struct enrol_asked *asked)
{
	struct enrolling *n = owner;
	struct wire_enrol_answer w;
	int rc = enrol_answer_check(&w, p->message, &p->proof, asked, n->enrol.a, n->enrol.e);

	return rc ? rc : take(n, &w);
}

static int refused(void *owner, uint32_t code, uint64_t wait)
{
	struct enrolling *n = owner;

	(void)wait;
	if (code == WIRE_ENROL_REFUSED)
		return err_set(n->enrol.e, ERR_DENIED,
			       "the server refuses the code: it is unknown, used or expired");
	if (code == WIRE_STANDBY)
		return err_set(n->enrol.e, ERR_DENIED,
			       "what answers at %s is a standby itself: a standby follows the "
			       "server; nothing was enrolled",
			       n->how->address);
	return err_set(n->enrol.e,
		       code == WIRE_ENROL_LATER || code < WIRE_MALFORMED ? ERR_BUSY : ERR_PROTO,
		       "the server does not enrol now (%s)",
		       wire_code_name(code) ? wire_code_name(code) : "?");
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct enrolling *n = arg;

	enrol_conn_up(&n->enrol, c, peer);
}

static size_t on_bytes(struct conn *c, struct span in, void *arg)
{
	struct enrolling *n = arg;

	(void)c;
	return enrol_conn_bytes(&n->enrol, in);
}

static void on_deadline(struct conn *c, void *arg)
{
	struct enrolling *n = arg;

	(void)c;
	enrol_conn_deadline(&n->enrol);
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct enrolling *n = arg;

	(void)c;
	if (!n->enrol.over)
		n->enrol.rc = end->why == CONN_LATE
				      ? err_set(n->enrol.e, ERR_BUSY, "%s did not answer in time",
						n->how->address)
				      : err_set(n->enrol.e, ERR_BUSY, "no line to %s",
						n->how->address);
	loop_stop(n->enrol.loop);
}

static const struct conn_ops enrol_ops = { on_up, on_bytes, NULL, on_deadline, on_down };

static int connect_to(struct enrolling *n, struct tls *tls)
{
	struct conn_config config = {
		.loop = n->enrol.loop, .tls = tls, .ops = &enrol_ops, .arg = n
	};
	struct addr at[ADDR_FOUND_MAX];
	size_t count = ADDR_FOUND_MAX;
	int rc = addr_parse(at, &count, span_str(n->how->address), false, n->enrol.e);

	if (rc == -ERR_NOTFOUND)
		rc = err_set(n->enrol.e, ERR_BUSY, "no line to %s", n->how->address);
	return rc ? rc : conn_connect(&n->enrol.conn, &config, at, count, n->enrol.e);
}

int follow_enrol(struct follow_enrolled *out, const struct follow_enrol *how, struct err *e)
{
	struct tls_config t = { .side = TLS_CLIENT, .real = how->real, .unchecked = true };
	struct enrolling n = { .out = out, .how = how };
	struct tls *tls = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	n.enrol = (struct enrol_conn){ .address = how->address,
				       .request = how->request,
				       .code = how->code,
				       .mine = how->mine,
				       .real = how->real,
				       .a = arena_new(2 * WIRE_ARENA),
				       .e = e,
				       .answer = answer,
				       .refused = refused,
				       .owner = &n };
	rc = loop_new(&n.enrol.loop, how->steady, e);
	if (!rc && !n.enrol.a)
		rc = err_set(e, ERR_NOMEM, "no memory to enrol");
	if (!rc)
		rc = tls_new(&tls, &t, e);
	if (!rc)
		rc = connect_to(&n, tls);
	if (!rc)
		rc = loop_run(n.enrol.loop, e);
	if (n.enrol.loop)
		loop_free(n.enrol.loop);
	tls_free(tls);
	arena_free(n.enrol.a);
	return rc ? rc : n.enrol.rc;
}
