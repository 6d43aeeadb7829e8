/* One contact: frames in, what they mean for the store, frames out. */
#include "sync_internal.h"

#include <stdlib.h>

const char *sync_end_name(enum sync_end end)
{
	static const char *const names[SYNC_ENDS] = { "going",   "done",   "later",
						      "cut",     "halted", "renew",
						      "trouble", "breach", "failed" };

	return (unsigned)end < SYNC_ENDS ? names[end] : "";
}

bool sync_fail(struct sync *s, int rc)
{
	(void)rc;
	s->r.end = SYNC_FAILED;
	link_breach(&s->link, WIRE_INTERNAL);
	return false;
}

bool sync_breach(struct sync *s, enum wire_code why)
{
	s->r.end = SYNC_BREACH;
	s->r.why = why;
	link_breach(&s->link, why);
	return false;
}

bool sync_emit(struct sync *s, enum frame_type type, const void *m)
{
	size_t before = s->out.len;
	struct arena *a = arena_new(WIRE_ARENA);
	union wire_any any = { .close = { 0, 0 } };
	struct link_load load;
	int rc = a ? wire_frame(&s->out, type, m, a, &s->e)
		   : err_set(&s->e, ERR_NOMEM, "no memory");

	arena_free(a);
	if (rc) {
		s->out.len = before;
		return sync_fail(s, rc);
	}
	if (type == FRAME_HELLO)
		any.hello = *(const struct wire_hello *)m;
	if (type == FRAME_SUBMIT)
		any.submit = *(const struct wire_submit *)m;
	load = link_load_of(type, &any, s->out.len - before - FRAME_HEADER);
	if (!link_may_send(&s->link, type, &load)) {
		s->out.len = before;
		return false;
	}
	link_sent(&s->link, type, &load, s->now.mono_ms);
	if (s->heard && type != FRAME_CLOSE) {
		s->r.rounds++;
		s->heard = false;
	}
	return true;
}

void sync_close(struct sync *s, enum sync_end end)
{
	struct wire_close m = { WIRE_OK, 0 };

	if (s->closing)
		return;
	s->closing = true;
	s->r.end = end;
	sync_emit(s, FRAME_CLOSE, &m);
}

bool sync_halt(struct sync *s, enum client_halt halt)
{
	int rc = client_begin(s->c, &s->e);

	if (!rc) {
		s->c->st.halt = halt;
		rc = client_put_state(s->c, &s->e);
		rc = client_leave(s->c, true, rc, &s->e);
	}
	if (rc)
		return sync_fail(s, rc);
	s->holding = true;
	return true;
}

static bool on_frame(struct sync *s, unsigned type, const union wire_any *m, struct span payload)
{
	switch (type) {
	case FRAME_HELLO_ACK:
		return sync_on_hello_ack(s, &m->hello_ack);
	case FRAME_ACK:
		return sync_on_ack(s, &m->ack);
	case FRAME_PAGE:
		return sync_on_page(s, &m->page);
	case FRAME_RECEIPT:
		return sync_on_receipt(s, &m->receipt, payload);
	case FRAME_PROOF:
		return sync_proof(s, &m->proof) || s->closing;
	case FRAME_ANSWER:
		return sync_on_bytes(s, &s->answer, m->answer.json);
	case FRAME_RENEW_ACK:
		return sync_on_bytes(s, &s->certificate, m->renew_ack.certificate);
	case FRAME_OLD_ACK:
		return sync_on_old_ack(s, &m->old_ack);
	case FRAME_BUNDLE_ACK:
		return sync_on_bundle_ack(s, &m->bundle_ack);
	case FRAME_ANSWER_PART:
		return sync_on_answer_part(s, &m->part);
	case FRAME_KEY_ACK:
		return sync_on_key_ack(s, &m->key_ack);
	case FRAME_KEY_PAGE:
		return sync_on_key_page(s, &m->key_page);
	case FRAME_BUSY:
		if (m->busy.of)
			return sync_not_answered(s, m->busy.of, m->busy.code,
						 m->busy.retry_after_ms);
		return sync_ended_by_server(s, m->busy.code, m->busy.retry_after_ms);
	case FRAME_ERROR:
		if (m->error.of && !m->error.fatal)
			return sync_not_answered(s, m->error.of, m->error.code, 0);
		return sync_ended_by_server(s, m->error.code, 0);
	case FRAME_CLOSE:
		return sync_ended_by_server(s, m->close.code, m->close.retry_after_ms);
	default:
		return sync_breach(s, WIRE_UNEXPECTED);
	}
}

/* ---- bytes ---- */

static bool one_frame(struct sync *s, const struct frame *f)
{
	struct arena *a = arena_new(2 * WIRE_ARENA);
	union wire_any m;
	struct link_load load;
	bool on;
	int rc = a ? wire_decode(&m, f->type, f->payload, a, &s->e)
		   : err_set(&s->e, ERR_NOMEM, "no memory");

	if (rc) {
		arena_free(a);
		return rc == -ERR_NOMEM ? sync_fail(s, rc) : sync_breach(s, WIRE_MALFORMED);
	}
	load = link_load_of(f->type, &m, f->payload.len);
	if (!link_received(&s->link, f->type, &load, s->now.mono_ms)) {
		arena_free(a);
		return sync_breach(s, s->link.why);
	}
	s->heard = true;
	on = on_frame(s, f->type, &m, f->payload);
	arena_free(a);
	return on && sync_advance(s);
}

static bool over(const struct sync *s)
{
	return s->link.state == LINK_DONE || (s->closing && link_finished(&s->link)) ||
	       s->r.end == SYNC_FAILED || s->r.end == SYNC_BREACH;
}

bool sync_receive(struct sync *s, struct span bytes, struct sync_now now)
{
	size_t at = 0, room = s->in.max - s->in.len;

	s->now = now;
	if (over(s))
		return false;
	if (!bytes.len)
		return true;
	s->r.bytes_in += bytes.len;
	buf_bytes(&s->in, bytes);
	if (s->in.failed && bytes.len > room)
		return sync_breach(s, WIRE_TOO_LARGE);
	if (s->in.failed)
		return sync_fail(s, err_set(&s->e, ERR_NOMEM, "no memory"));
	for (;;) {
		struct frame f;
		size_t need;
		int rc = frame_decode(&f, &need, span_of(s->in.data + at, s->in.len - at),
				      link_limit, &s->link, &s->e);

		if (rc < 0) {
			enum wire_code why = link_refuses(&s->link, f.type);

			return sync_breach(s, why ? why : WIRE_TOO_LARGE);
		}
		if (rc == FRAME_NEED_MORE)
			break;
		if (!one_frame(s, &f))
			return false;
		at += need;
		if (over(s))
			return false;
	}
	if (at)
		memmove(s->in.data, s->in.data + at, s->in.len - at);
	s->in.len -= at;
	link_partial(&s->link, s->in.len != 0, now.mono_ms);
	return true;
}

struct span sync_output(const struct sync *s)
{
	return s->out.len ? span_of(s->out.data + s->out_at, s->out.len - s->out_at)
			  : (struct span){ NULL, 0 };
}

void sync_taken(struct sync *s, size_t bytes, struct sync_now now)
{
	assert(bytes <= s->out.len - s->out_at);
	s->now = now;
	s->out_at += bytes;
	s->r.bytes_out += bytes;
	if (s->out_at == s->out.len)
		s->out_at = s->out.len = 0;
	link_pending(&s->link, s->out.len != 0, now.mono_ms);
}

void sync_cut(struct sync *s)
{
	if (s->r.end == SYNC_GOING)
		s->r.end = SYNC_CUT;
	link_breach(&s->link, WIRE_OK);
}

uint64_t sync_deadline(const struct sync *s)
{
	return link_deadline(&s->link);
}

bool sync_tick(struct sync *s, struct sync_now now)
{
	s->now = now;
	if (over(s))
		return false;
	if (link_tick(&s->link, now.mono_ms))
		return true;
	if (s->r.end == SYNC_GOING)
		s->r.end = SYNC_CUT;
	s->r.why = WIRE_TIMEOUT;
	return false;
}

/* ---- beginning and end ---- */

/* A contact that was cut off has left old entries to be brought: own ops have their places behind them in this one too. */
static bool behind_old(struct sync *s)
{
	bool any;
	int rc = old_waits(s->c, &any, &s->e);

	if (rc)
		return sync_fail(s, rc);
	s->rewind = s->holding = s->old_first = any;
	return true;
}

int sync_new(struct sync **out, struct client *c, const struct sync_ask *ask, struct sync_now now,
	     struct err *e)
{
	struct sync *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for a sync");
	s->c = c;
	s->ask = *ask;
	s->now = now;
	s->heard = true;
	s->flight_epoch = c->st.epoch;
	s->answer_seq = s->send_seq = c->st.acked_seq + 1;
	buf_init(&s->in, SYNC_IN_MAX);
	buf_init(&s->out, SYNC_OUT_MAX);
	buf_init(&s->certificate, WIRE_CERT_MAX);
	buf_init(&s->answer, FRAME_MAX);
	s->a = arena_new(4 * WIRE_ARENA);
	s->old = old_batch_new();
	s->receipts = calloc(ask->receipt_count + 1, sizeof(*s->receipts));
	if (!s->a || !s->old || !s->receipts) {
		sync_free(s);
		return err_set(e, ERR_NOMEM, "no memory for a sync");
	}
	for (size_t i = 0; i < ask->receipt_count; i++)
		buf_init(&s->receipts[i], FRAME_RECEIPT_MAX);
	link_init(&s->link, LINK_CLIENT, true, now.mono_ms);
	if (!behind_old(s) || !sync_hello(s) || !sync_advance(s)) {
		*e = s->e;
		sync_free(s);
		return e->code ? -(int)e->code : err_set(e, ERR_STATE, "the sync could not begin");
	}
	*out = s;
	return 0;
}

void sync_free(struct sync *s)
{
	if (!s)
		return;
	buf_fini(&s->in);
	buf_fini(&s->out);
	buf_fini(&s->certificate);
	buf_fini(&s->answer);
	sync_carry_fini(s);
	for (size_t i = 0; s->receipts && i < s->ask.receipt_count; i++)
		buf_fini(&s->receipts[i]);
	free(s->receipts);
	old_batch_free(s->old);
	arena_free(s->a);
	free(s);
}

const struct sync_result *sync_result(const struct sync *s)
{
	return &s->r;
}

const struct err *sync_error(const struct sync *s)
{
	return &s->e;
}

struct span sync_certificate(const struct sync *s)
{
	return buf_span(&s->certificate);
}

struct span sync_answer(const struct sync *s)
{
	return buf_span(&s->answer);
}

struct span sync_receipt(const struct sync *s, size_t i)
{
	return i < s->receipts_got && s->receipts[i].len ? buf_span(&s->receipts[i])
							 : (struct span){ NULL, 0 };
}
