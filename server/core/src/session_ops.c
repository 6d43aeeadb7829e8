/* Submit and Ack. */
#include "session_impl.h"

#include <stdlib.h>

/* What is a breach in an item, whatever the state says: WIRE_OK or which. Copied into `a`. */
static enum wire_code check_item(struct job_op *op, const struct wire_submit *m, size_t i,
				 struct arena *a, bool *nomem)
{
	const struct wire_item *item = &m->items[i];
	struct envelope env;
	struct hash h;
	int rc = envelope_decode(&env, item->envelope, a, NULL);

	*nomem = rc == -ERR_NOMEM;
	if (rc || env.epoch != m->epoch || env.seq != m->first_seq + i ||
	    (item->withdrawn && item->body.len))
		return WIRE_MALFORMED;
	*op = (struct job_op){ .envelope = arena_copy(a, item->envelope), .seq = env.seq };
	memcpy(op->body_hash.b, env.body_hash, HASH_BYTES);
	if (!item->withdrawn)
		op->body = arena_copy(a, item->body); /* an empty one is not withdrawn */
	*nomem = !op->envelope.data || (!item->withdrawn && !op->body.data);
	if (*nomem || item->withdrawn)
		return WIRE_OK;
	h = hash_bytes(op->body);
	return hash_eq(&h, &op->body_hash) ? WIRE_OK : WIRE_HASH;
}

/* The job of a Submit, or NULL with *why the breach (WIRE_OK: no memory). */
static struct job *job_of(struct session *s, const struct wire_submit *m, struct moment now,
			  enum wire_code *why)
{
	struct job *j = session_job_new(s, JOB_OPS, now);
	bool nomem = !j;

	*why = WIRE_OK;
	if (!nomem) {
		j->ops.epoch = m->epoch;
		j->ops.regains = s->judged.regains;
		memcpy(j->ops.nonce, s->hello.nonce, sizeof(j->ops.nonce));
		j->ops.first_seq = m->first_seq;
		j->ops.chain = m->chain;
		j->ops.count = m->item_count;
		j->ops.ops = arena_array(j->a, m->item_count, sizeof(*j->ops.ops));
		j->ops.places = s->places ? session_places(s, j->a) : NULL;
		nomem = !j->ops.ops || (s->places && !j->ops.places);
	}
	for (size_t i = 0; !nomem && !*why && i < m->item_count; i++)
		*why = check_item(&j->ops.ops[i], m, i, j->a, &nomem);
	if (!nomem && !*why)
		return j;
	if (nomem)
		*why = WIRE_OK;
	job_free(j);
	return NULL;
}

static enum wire_code refused_now(const struct session *s)
{
	if (s->link.state == LINK_LIMITED || s->link.state == LINK_REFUSED)
		return s->judged.code;
	return s->leading_back ? WIRE_RECOVERING : WIRE_OK;
}

void session_submit(struct session *s, const struct wire_submit *m, struct moment now)
{
	enum wire_code why;
	struct job *j = job_of(s, m, now, &why);
	struct session_ops *o;

	if (!j) {
		if (why)
			session_breach(s, why, now);
		else
			session_fail(s, now);
		return;
	}
	if (!s->ops)
		s->ops = malloc(LINK_SUBMITS_MAX * sizeof(*s->ops));
	if (!s->ops) {
		job_free(j);
		session_fail(s, now);
		return;
	}
	assert(s->ops_count < LINK_SUBMITS_MAX); /* the link counts them too */
	o = &s->ops[s->ops_count++];
	*o = (struct session_ops){ .tag = j->tag,
				   .epoch = j->ops.epoch,
				   .first_seq = j->ops.first_seq,
				   .count = j->ops.count,
				   .refused = refused_now(s) };
	if (o->refused)
		job_free(j);
	else
		session_job_give(s, j);
}

/* A gap behind an op that was "not now" on this connection is no gap of the device's making. */
static void hold(struct session *s, uint32_t epoch, struct wire_verdict *v)
{
	if (s->held && epoch == s->held_epoch && v->seq <= s->held_seq)
		s->held = false; /* it comes again */
	if (v->verdict)
		return;
	if (s->held && epoch == s->held_epoch) {
		if (v->not_now == WIRE_GAP)
			v->not_now = WIRE_HELD;
		return;
	}
	s->held = true;
	s->held_epoch = epoch;
	s->held_seq = v->seq;
}

static void verdict_of(const struct session *s, struct wire_verdict *v, const struct session_ops *o,
		       size_t i)
{
	const struct job_op *op = o->done ? &o->done->ops.ops[i] : NULL;

	*v = (struct wire_verdict){ .seq = o->first_seq + i };
	if (op && op->verdict) {
		v->verdict = op->verdict;
		v->lsn = op->lsn;
		v->code = op->code;
		v->detail = span_str(op->detail);
		return;
	}
	v->not_now = op ? op->not_now : o->refused;
	if (o->refused != WIRE_RECOVERING) /* that is for this connection alone */
		v->retry_after_ms = server_retry_ms(s->sv, s->conn);
}

static bool gone(enum wire_code code)
{
	return code == WIRE_REVOKED || code == WIRE_SUSPENDED || code == WIRE_DEVICE_UNKNOWN;
}

/* Where the chain stands, from what the writer said; a job turned away whole says nothing of it. */
static void take_chain(struct session *s, const struct session_ops *o)
{
	if (!o->done || o->done->code)
		return;
	s->judged.epoch = o->done->ops.acked_epoch;
	s->judged.acked_seq = o->done->ops.acked_seq;
	s->judged.chain = o->done->ops.acked_chain;
	if (s->link.state == LINK_OPEN && !o->done->ops.ops[0].verdict &&
	    gone(o->done->ops.ops[0].not_now))
		s->gone = o->done->ops.ops[0].not_now;
}

/* Verdicts from..from + count of one Submit. */
static bool send_ack(struct session *s, const struct session_ops *o, size_t from, size_t count,
		     struct moment now)
{
	struct wire_verdict *v = calloc(count, sizeof(*v));
	struct wire_ack m = { .epoch = s->judged.epoch,
			      .verdicts = v,
			      .verdict_count = count,
			      .acked_seq = s->judged.acked_seq,
			      .chain = s->judged.chain };
	bool sent = false;

	if (v) {
		for (size_t i = 0; i < count; i++) {
			verdict_of(s, &v[i], o, from + i);
			hold(s, o->epoch, &v[i]);
		}
		sent = session_head(s, &m.head) && session_send(s, FRAME_ACK, &m, now);
	}
	free(v);
	return sent;
}

static bool answer_ops(struct session *s, const struct session_ops *o, struct moment now)
{
	bool sent = true;

	take_chain(s, o);
	for (size_t from = 0; from < o->count && sent; from += SESSION_ACK_OPS)
		sent = send_ack(
			s, o, from,
			o->count - from < SESSION_ACK_OPS ? o->count - from : SESSION_ACK_OPS, now);
	return sent;
}

void session_flush_ops(struct session *s, struct moment now)
{
	while (s->ops_count && !s->over && (s->ops[0].done || s->ops[0].refused)) {
		struct session_ops o = s->ops[0];
		bool sent = answer_ops(s, &o, now);

		job_free(o.done);
		s->ops_count--;
		memmove(s->ops, s->ops + 1, s->ops_count * sizeof(s->ops[0]));
		if (!sent)
			session_fail(s, now);
	}
	if (!s->ops_count) {
		free(s->ops);
		s->ops = NULL;
	}
}
