/* Bytes in and out, and the end of a connection. */
#include "session_impl.h"

#include <stdlib.h>

int session_new(struct session **out, struct server *sv, uint64_t conn,
		const struct session_peer *peer, struct moment now, struct err *e)
{
	struct session *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for a session");
	s->sv = sv;
	s->conn = conn;
	s->peer = *peer;
	link_init(&s->link, LINK_SERVER, peer->verdict != CERT_UNREADABLE, now.mono_ms);
	buf_init(&s->out, SESSION_OUT_MAX);
	job_list_init(&s->jobs);
	sv->sessions++;
	return 0;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	s->sv->sessions--;
	for (size_t i = 0; i < s->ops_count; i++)
		job_free(s->ops[i].done);
	session_asks_fini(s);
	free(s->ops);
	free(s->asks);
	free(s->places);
	job_list_fini(&s->jobs);
	buf_fini(&s->out);
	free(s);
}

size_t session_pending(const struct session *s)
{
	return s->out.len - s->out_at;
}

struct span session_output(const struct session *s)
{
	return session_pending(s) ? span_of(s->out.data + s->out_at, session_pending(s))
				  : (struct span){ NULL, 0 };
}

/* ---- sending ---- */

bool session_send(struct session *s, unsigned type, const void *m, struct moment now)
{
	size_t at = s->out.len;
	union wire_any any;
	struct link_load load;
	int rc;

	if (s->over)
		return false;
	arena_reset(s->sv->scratch);
	rc = wire_frame(&s->out, (enum frame_type)type, m, s->sv->scratch, NULL);
	if (rc) {
		if (rc == -ERR_NOMEM) /* says nothing about the message */
			session_fail(s, now);
		return false;
	}
	memset(&any, 0, sizeof(any));
	/* Only what the link asks for: numbers in front, whose struct it is told by the type. */
	switch (type) {
	case FRAME_HELLO_ACK:
		any.hello_ack = *(const struct wire_hello_ack *)m;
		break;
	case FRAME_ACK:
		any.ack = *(const struct wire_ack *)m;
		break;
	case FRAME_BUSY:
		any.busy = *(const struct wire_busy *)m;
		break;
	case FRAME_ERROR:
		any.error = *(const struct wire_error *)m;
		break;
	default:
		break;
	}
	load = link_load_of(type, &any, s->out.len - at - FRAME_HEADER);
	if (!link_may_send(&s->link, type, &load)) {
		s->out.len = at;
		return false;
	}
	link_sent(&s->link, type, &load, now.mono_ms);
	link_pending(&s->link, true, now.mono_ms);
	return true;
}

/* Nothing more is read or answered; what is in the buffer may leave. */
static void end(struct session *s, enum wire_code why, uint64_t over_ms)
{
	if (s->over)
		return;
	s->over = true;
	s->why = why;
	s->over_ms = over_ms;
	link_breach(&s->link, why);
}

void session_breach(struct session *s, enum wire_code why, struct moment now)
{
	struct wire_error m = { .code = why, .fatal = true };

	if (s->over)
		return;
	arena_reset(s->sv->scratch);
	(void)wire_frame(&s->out, FRAME_ERROR, &m, s->sv->scratch,
			 NULL); /* the link may be done already */
	end(s, why, now.mono_ms + LINK_DRAIN_MS);
}

void session_fail(struct session *s, struct moment now)
{
	session_breach(s, WIRE_INTERNAL, now);
}

bool session_head(struct session *s, struct wire_head *out)
{
	struct head h;
	int rc = ledger_head(s->sv->ledger, &h, &s->head_sig, NULL);

	*out = (struct wire_head){ .signed_bytes = { NULL, 0 } };
	if (rc)
		return rc == -ERR_NOTFOUND;
	/* Another log began while this peer was connected: nothing said here is of the one it was told. */
	if (s->told && memcmp(h.incarnation, s->incarnation, sizeof(s->incarnation)) != 0) {
		end(s, WIRE_STOPPING, s->link.now_ms);
		return false;
	}
	head_encode(s->head_bytes, &h);
	*out = wire_head_of(s->head_bytes, &s->head_sig);
	return true;
}

/* ---- jobs ---- */

struct job *session_job_new(struct session *s, enum job_kind kind, struct moment now)
{
	struct job *j = job_new(kind, s->conn, now);

	if (!j)
		return NULL;
	j->tag = ++s->tags;
	j->device = s->hello.device;
	return j;
}

void session_job_give(struct session *s, struct job *j)
{
	job_list_put(&s->jobs, &j);
}

struct job *session_job(struct session *s)
{
	return job_list_take(&s->jobs);
}

/* ---- what is due after anything happened ---- */

static void say_close(struct session *s, enum wire_code code, struct moment now)
{
	struct wire_close m = { .code = code };

	if (s->closed)
		return;
	if (code)
		m.retry_after_ms = server_retry_ms(s->sv, s->conn);
	s->closed = session_send(s, FRAME_CLOSE, &m, now);
}

static void go_on(struct session *s, struct moment now)
{
	if (s->over)
		return;
	session_flush_ops(s, now);
	session_flush_asks(s, now);
	if (s->over)
		return;
	if (s->link.state == LINK_JUDGING || s->link.state == LINK_ENROLLING)
		return;
	if ((s->stopping || s->gone) && !s->ops_count)
		say_close(s, s->gone ? s->gone : WIRE_STOPPING, now);
	if (s->link.state == LINK_ENDING && !s->link.ops && !s->link.requests) {
		say_close(s, WIRE_OK, now);
		if (!session_pending(s))
			end(s, s->why, now.mono_ms);
	}
}

void session_stop(struct session *s, struct moment now)
{
	s->stopping = true;
	go_on(s, now);
}

void session_sent(struct session *s, size_t bytes, struct moment now)
{
	assert(bytes <= session_pending(s));
	s->out_at += bytes;
	s->taken += bytes;
	if (s->taken >= SESSION_TAKEN_BYTES || !session_pending(s)) {
		link_pending(&s->link, false, now.mono_ms);
		s->taken = 0;
	}
	if (session_pending(s)) {
		link_pending(&s->link, true, now.mono_ms);
	} else {
		buf_reset(&s->out);
		s->out_at = 0;
	}
	go_on(s, now);
}

/* ---- receiving ---- */

static void take_close(struct session *s, struct moment now)
{
	(void)now;
	s->ended = true;
}

static void take_frame(struct session *s, const struct frame *f, const union wire_any *m,
		       struct moment now)
{
	switch (f->type) {
	case FRAME_HELLO:
		session_hello(s, &m->hello, f->payload, now);
		break;
	case FRAME_SUBMIT:
		session_submit(s, &m->submit, now);
		break;
	case FRAME_ENROL:
		session_enrol(s, f->payload, now);
		break;
	case FRAME_CLOSE:
		take_close(s, now);
		break;
	default:
		session_ask(s, f->type, f->payload, now);
	}
}

/* Decoded here to know what it weighs and whether it may come; of what is asked the payload is kept and decoded again. */
static void receive(struct session *s, const struct frame *f, struct moment now)
{
	struct link_load load;
	union wire_any m;
	int rc;

	arena_reset(s->sv->scratch);
	rc = wire_decode(&m, f->type, f->payload, s->sv->scratch, NULL);
	if (rc) {
		if (rc == -ERR_PROTO)
			session_breach(s, WIRE_MALFORMED, now);
		else
			session_fail(s, now);
		return;
	}
	load = link_load_of(f->type, &m, f->payload.len);
	if (!link_received(&s->link, f->type, &load, now.mono_ms)) {
		session_breach(s, s->link.why, now);
		return;
	}
	take_frame(s, f, &m, now);
	go_on(s, now);
}

bool session_reads(const struct session *s)
{
	return !s->over && !s->ended && link_reads(&s->link) &&
	       session_pending(s) < SESSION_OUT_FULL;
}

size_t session_input(struct session *s, struct span bytes, size_t *need, struct moment now)
{
	size_t used = 0, wants = FRAME_HEADER;

	while (session_reads(s)) {
		struct frame f;
		int rc = used == bytes.len
				 ? FRAME_NEED_MORE
				 : frame_decode(&f, &wants,
						span_of(bytes.data + used, bytes.len - used),
						link_limit, &s->link, NULL);

		if (rc < 0) {
			enum wire_code why = link_refuses(&s->link, f.type);

			session_breach(s, why ? why : WIRE_TOO_LARGE, now);
			break;
		}
		if (rc == FRAME_NEED_MORE)
			break;
		used += wants;
		wants = FRAME_HEADER;
		receive(s, &f, now);
	}
	link_partial(&s->link, session_reads(s) && used < bytes.len, now.mono_ms);
	if (need)
		*need = wants;
	return used;
}

void session_input_ended(struct session *s, struct moment now)
{
	struct wire_close m = { .code = WIRE_OK };
	struct link_load load = link_load_of(FRAME_CLOSE, &(union wire_any){ .close = m }, 0);

	if (s->over || s->ended)
		return;
	s->ended = true;
	/* While Hello is judged there is nobody left to tell. */
	if (link_refuses(&s->link, FRAME_CLOSE) ||
	    !link_received(&s->link, FRAME_CLOSE, &load, now.mono_ms))
		end(s, s->why, now.mono_ms);
	go_on(s, now);
}

/* ---- finished jobs ---- */

static bool hand_to_ops(struct session *s, struct job *j)
{
	for (size_t i = 0; i < s->ops_count; i++)
		if (s->ops[i].tag == j->tag && !s->ops[i].refused) {
			s->ops[i].done = j;
			return true;
		}
	return false;
}

static bool hand_to_asks(struct session *s, struct job *j)
{
	for (size_t i = 0; i < s->asks_count; i++)
		if (s->asks[i].tag == j->tag) {
			s->asks[i].done = j;
			return true;
		}
	return false;
}

void session_done(struct session *s, struct job **job, struct moment now)
{
	struct job *j = *job;

	*job = NULL;
	if (!s->over && j->tag == s->waits) {
		s->waits = 0;
		if (j->kind == JOB_HELLO)
			session_hello_done(s, j, now);
		else
			session_enrol_done(s, j, now);
		job_free(j);
	} else if (s->over || (!hand_to_ops(s, j) && !hand_to_asks(s, j))) {
		job_free(j);
	}
	go_on(s, now);
}

/* ---- time ---- */

uint64_t session_deadline(const struct session *s)
{
	return s->over ? s->over_ms : link_deadline(&s->link);
}

void session_tick(struct session *s, struct moment now)
{
	if (s->over) { /* what is left of it waits by this clock for its end */
		if (now.mono_ms > s->link.now_ms)
			s->link.now_ms = now.mono_ms;
		return;
	}
	if (link_tick(&s->link, now.mono_ms))
		return;
	session_breach(s, WIRE_TIMEOUT, now);
	s->over_ms = now.mono_ms; /* it had its time */
}

bool session_over(const struct session *s)
{
	return s->over && (!session_pending(s) || s->link.now_ms >= s->over_ms);
}

uint64_t session_device(const struct session *s)
{
	return s->hello.device;
}

enum wire_code session_why(const struct session *s)
{
	return s->why;
}
