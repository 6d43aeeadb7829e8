/* How a connection begins: Hello, or Enrol. */
#include "session_impl.h"

static const int64_t year_ms = INT64_C(366) * 86400000;

static bool renewal_due(const struct session *s, int64_t real_ms)
{
	const struct cert_info *c = &s->peer.cert;

	return cert_renewal_due(c, real_ms);
}

static void turn_away(struct session *s, enum wire_code code, struct moment now)
{
	struct wire_busy m = { .code = code, .retry_after_ms = server_retry_ms(s->sv, s->conn) };

	s->why = code;
	(void)session_send(s, FRAME_BUSY, &m, now);
}

/* What only a device of ours is told. */
static int tell_device(struct session *s, struct wire_hello_ack *m, struct moment now)
{
	struct ledger_info info = ledger_info(s->sv->ledger);
	struct feed_scope scope;
	int rc = feed_scope(&scope, s->sv->ledger, s->hello.device, s->hello.left, NULL);

	memcpy(m->incarnation, info.incarnation, WIRE_ID);
	memcpy(s->incarnation, info.incarnation, WIRE_ID);
	s->told = true;
	if (!rc && !session_head(s, &m->head))
		rc = -ERR_IO;
	m->epoch = s->judged.epoch;
	m->acked_seq = s->judged.acked_seq;
	m->chain = s->judged.chain;
	m->authority = scope.authority;
	m->renew = renewal_due(s, moment_real_ms(now));
	m->recovering = s->sv->mood.recovering;
	return rc;
}

bool session_is_past(const struct session *s, const struct wire_cursor *c)
{
	return c->lsn && c->lsn > server_line_shared(&s->sv->line, c->incarnation);
}

static void send_ack(struct session *s, struct moment now)
{
	const struct server_limits *have = &s->sv->limits;
	struct wire_branch line[WIRE_LINE_MAX];
	struct ledger_info info = ledger_info(s->sv->ledger);
	struct wire_hello_ack m = {
		.version = WIRE_VERSION,
		.version_min = WIRE_VERSION_MIN,
		.version_max = WIRE_VERSION,
		.program = s->sv->program,
		.code = s->judged.code,
		.line = line,
		.time_ms = now.wall_ms > info.time_ms ? now.wall_ms : info.time_ms,
		.frame_max = have->frame_max,
		.credit_ops = have->credit_ops,
		.credit_bytes = have->credit_bytes,
		.credit_requests = have->credit_requests,
		.page_max = have->page_max,
		.jitter_ms = server_jitter_ms(s->sv),
		.succeeded = s->judged.succeeded,
	};
	enum wire_code code = s->judged.code;
	int rc = 0;

	s->why = code == WIRE_NEW_EPOCH ? WIRE_OK : code;
	s->leading_back = session_is_past(s, &s->hello.cursor);
	if (code == WIRE_VERSION_NONE)
		m.version = 0;
	if (code == WIRE_OK || code == WIRE_NEW_EPOCH || code == WIRE_RENEW_FIRST ||
	    (code == WIRE_SERVER_BEHIND && !s->judged.stranger)) {
		m.line_count = server_line_since(&s->sv->line, s->hello.cursor.incarnation, line);
		rc = tell_device(s, &m, now);
	}
	if (code == WIRE_SERVER_BEHIND || code == WIRE_SUSPENDED)
		m.retry_after_ms = server_retry_ms(s->sv, s->conn);
	if (rc || !session_send(s, FRAME_HELLO_ACK, &m, now))
		session_fail(s, now);
}

static struct hello_peer peer_of(const struct session *s)
{
	return (struct hello_peer){ .device = s->peer.cert.subject.device,
				    .spki_hash = s->peer.cert.spki_hash,
				    .expired = s->peer.verdict == CERT_EXPIRED };
}

static void ask_writer(struct session *s, struct span payload, struct moment now)
{
	struct job *j = session_job_new(s, JOB_HELLO, now);
	struct span copy = j ? arena_copy(j->a, payload) : payload;

	if (!j || !copy.data || wire_decode(&j->hello.hello, FRAME_HELLO, copy, j->a, NULL)) {
		job_free(j);
		session_fail(s, now);
		return;
	}
	j->hello.peer = peer_of(s);
	s->waits = j->tag;
	session_job_give(s, j);
}

/* The province sees who was here and what they still hold. */
static void note_seen(struct session *s, struct moment now)
{
	struct job *j = session_job_new(s, JOB_SEEN, now);

	if (!j)
		return;
	j->seen = (struct job_seen){ s->hello.held_drafts, s->hello.held_queued, s->hello.oldest_ms,
				     s->peer.cert.spki_hash };
	session_job_give(s, j);
}

void session_hello(struct session *s, const struct wire_hello *h, struct span payload,
		   struct moment now)
{
	struct hello_peer peer = peer_of(s);
	int rc;

	/* Expired for longer than anybody may be: the handshake should not have let it in. */
	if (peer.expired && moment_real_ms(now) - s->peer.cert.not_after_ms > 5 * year_ms) {
		session_breach(s, WIRE_CERTIFICATE_NEEDED, now);
		return;
	}
	if (!hello_sound(h, peer.device)) {
		session_breach(s, WIRE_MALFORMED, now);
		return;
	}
	s->hello = *h;
	s->hello.program = s->hello.head.signed_bytes = s->hello.head.signature =
		(struct span){ NULL, 0 };
	if (s->sv->mood.stopping || s->sv->mood.busy || s->stopping) {
		turn_away(s, s->sv->mood.busy ? WIRE_BUSY : WIRE_STOPPING, now);
		return;
	}
	rc = server_refresh(s->sv, NULL);
	if (!rc)
		rc = hello_judge(&s->judged, s->sv->ledger, &s->sv->line, h, &peer, NULL);
	if (rc) {
		session_fail(s, now);
		return;
	}
	if (s->judged.act || (s->judged.other_key && s->judged.row > 2) ||
	    (s->sv->mood.behind && (s->judged.row > 2 || s->judged.stranger))) {
		ask_writer(s, payload, now);
		return;
	}
	if (s->judged.row > 1 && !s->judged.stranger)
		note_seen(s, now);
	send_ack(s, now);
}

void session_hello_done(struct session *s, const struct job *j, struct moment now)
{
	if (j->code) {
		turn_away(s, j->code, now);
		return;
	}
	s->judged = j->hello.judged;
	if (server_refresh(s->sv, NULL))
		session_fail(s, now);
	else
		send_ack(s, now);
}

/* ---- enrolment ---- */

void session_enrol(struct session *s, struct span payload, struct moment now)
{
	struct job *j = session_job_new(s, JOB_ENROL, now);
	struct span copy = j ? arena_copy(j->a, payload) : payload;
	struct wire_enrol_request q;
	struct wire_proved m;

	int rc = !j || !copy.data ? -ERR_NOMEM : wire_decode(&m, FRAME_ENROL, copy, j->a, NULL);
	bool read = !rc;

	if (read)
		rc = wire_decode(&q, WIRE_ENROL_REQUEST, m.message, j->a, NULL);
	if (rc) {
		job_free(j);
		session_breach(s, read && rc == -ERR_PROTO ? WIRE_MALFORMED : WIRE_INTERNAL, now);
		return;
	}
	j->enrol.request = m.message;
	j->enrol.proof = m.proof;
	j->enrol.binding = s->peer.binding;
	memcpy(j->enrol.address, s->peer.address, sizeof(j->enrol.address));
	s->waits = j->tag;
	session_job_give(s, j);
}

void session_enrol_done(struct session *s, const struct job *j, struct moment now)
{
	struct wire_proved m = { .message = j->enrol.answer, .proof = j->enrol.answer_proof };
	struct wire_error no = { .code = j->code, .of = FRAME_ENROL, .fatal = true };
	char wait[16];
	struct span arg;
	size_t at = sizeof(wait);

	s->why = j->code;
	if (j->code == WIRE_OK) {
		if (!session_send(s, FRAME_ENROL_ACK, &m, now))
			session_fail(s, now);
		return;
	}
	if (j->code >= WIRE_BUSY && j->code < WIRE_MALFORMED) {
		turn_away(s, j->code, now);
		return;
	}
	if (j->code == WIRE_ENROL_LATER) {
		for (uint32_t ms = j->enrol.wait_ms; at == sizeof(wait) || ms; ms /= 10)
			wait[--at] = (char)('0' + ms % 10);
		arg = span_of(wait + at, sizeof(wait) - at);
		no.args = &arg;
		no.arg_count = 1;
	}
	if (!session_send(s, FRAME_ERROR, &no, now))
		session_fail(s, now);
}
