/* Verdicts: under a head of the log, all of one Ack in one commit. */
#include "sync_internal.h"

static bool not_now(struct sync *s, const struct wire_verdict *v)
{
	s->holding = true;
	if (v->retry_after_ms > s->r.retry_after_ms)
		s->r.retry_after_ms = v->retry_after_ms;
	if (s->rewind)
		return true; /* expected: it is sent again in this contact */
	s->r.not_now++;
	if (v->not_now != WIRE_HELD)
		s->r.why = v->not_now;
	switch (v->not_now) {
	case WIRE_SUSPENDED:
		return sync_halt(s, HALT_SUSPENDED);
	case WIRE_REVOKED:
		return sync_halt(s, HALT_REVOKED);
	case WIRE_DEVICE_UNKNOWN:
		return sync_halt(s, HALT_UNKNOWN);
	case WIRE_CHAIN:
		return sync_halt(s, HALT_FORKED);
	default:
		return true;
	}
}

static int record(struct sync *s, const struct wire_verdict *v)
{
	struct op_id id = { s->c->id.device, s->flight_epoch, v->seq };
	const struct own_op *op = outbox_find(s->c, id);
	bool known = op && op->verdict != VERDICT_NONE;
	int rc = outbox_verdict(s->c, id, (enum op_verdict)v->verdict, (enum op_code)v->code,
				v->detail, v->lsn, s->incarnation, &s->e);

	if (rc || known)
		return rc;
	s->r.acked += v->verdict == VERDICT_ACCEPTED;
	s->r.late += v->verdict == VERDICT_LATE;
	s->r.refused += v->verdict == VERDICT_REFUSED;
	return 0;
}

/* Not a verdict on this op: another one stands under its identity. It stays as it is until a person looks. */
static bool is_fork(const struct wire_verdict *v)
{
	return v->verdict == VERDICT_REFUSED && v->code == CODE_FORK;
}

/* An answer by stick may be older than what came since. Of two times the later one, also where a restored server
 * counts its entries anew. */
static bool is_newest(const struct client_state *st, uint64_t top, const struct head *head)
{
	return head->time_ms > st->ack_ms || (head->time_ms == st->ack_ms && top > st->ack_lsn);
}

/* All verdicts of one Ack in one commit, under its head. */
static bool record_all(struct sync *s, const struct wire_ack *m, const struct head *head,
		       uint64_t top)
{
	int rc = client_begin(s->c, &s->e);

	if (rc)
		return sync_fail(s, rc);
	for (size_t i = 0; i < m->verdict_count && !rc; i++)
		if (m->verdicts[i].verdict && !is_fork(&m->verdicts[i]))
			rc = record(s, &m->verdicts[i]);
	if (!rc && top && is_newest(&s->c->st, top, head)) {
		s->c->st.ack_lsn = top;
		s->c->st.ack_ms = head->time_ms;
		rc = client_put_state(s->c, &s->e);
	}
	rc = client_leave(s->c, true, rc, &s->e);
	return !rc || sync_fail(s, rc);
}

static bool check_verdicts(struct sync *s, const struct wire_ack *m, uint64_t *top, bool *final,
			   bool *fork)
{
	*top = 0;
	*final = *fork = false;
	for (size_t i = 0; i < m->verdict_count; i++) {
		const struct wire_verdict *v = &m->verdicts[i];

		if (v->seq != s->answer_seq + i || v->seq >= s->send_seq ||
		    v->verdict > VERDICT_REFUSED)
			return sync_breach(s, WIRE_UNEXPECTED);
		if (!v->verdict)
			continue;
		*final = true;
		if (is_fork(v))
			*fork = true;
		else if (!v->lsn)
			return sync_breach(s, WIRE_MALFORMED);
		if (v->lsn > *top)
			*top = v->lsn;
	}
	return true;
}

bool sync_on_ack(struct sync *s, const struct wire_ack *m)
{
	struct ed25519_sig sig;
	struct head head;
	bool any = false, final, fork, fits = true;
	uint64_t top;

	if (!check_verdicts(s, m, &top, &final, &fork))
		return false;
	/* "not now" may come with an epoch that this device has not been told yet: it was given to a copy */
	if (final && m->epoch != s->flight_epoch && m->epoch != s->c->st.epoch)
		return sync_breach(s, WIRE_MALFORMED);
	/* nothing counts as delivered without a signed head over it */
	if (top && (!sync_head(s, &m->head, &head, &sig, &any) || !any || head.size < top))
		return s->r.end == SYNC_GOING ? sync_breach(s, WIRE_MALFORMED) : s->closing;
	if (final && !record_all(s, m, &head, top))
		return false;
	for (size_t i = 0; i < m->verdict_count; i++)
		if (!m->verdicts[i].verdict && !not_now(s, &m->verdicts[i]))
			return false;
	s->answer_seq += m->verdict_count;
	if (fork && !sync_halt(s, HALT_FORKED))
		return false;
	if (final && s->flight_epoch == s->c->st.epoch && m->epoch == s->c->st.epoch &&
	    !s->rewind && !sync_compare_chain(s, m->acked_seq, &m->chain, &fits))
		return false;
	if (fits && s->c->st.halt != HALT_NONE && !s->link.ops && s->link.state == LINK_OPEN)
		sync_close(s, SYNC_HALTED);
	return true;
}
