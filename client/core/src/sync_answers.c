/* Pages and the other answers, and what comes instead of one. */
#include "sync_internal.h"

static bool same_cursor(const struct wire_cursor *a, const struct wire_cursor *b)
{
	return !memcmp(a->incarnation, b->incarnation, 16) && a->lsn == b->lsn &&
	       a->authority == b->authority;
}

static bool on_restart(struct sync *s, const struct wire_page *m)
{
	int rc;

	/* Another part is read from the first entry; back to a branch goes who was led there by HelloAck. */
	if (m->entry_count || same_cursor(&m->next, &s->pull_at) ||
	    (m->next.lsn && (m->next.authority != s->pull_at.authority ||
			     !memcmp(s->pull_at.incarnation, s->incarnation, 16))))
		return sync_breach(s, WIRE_MALFORMED);
	rc = pull_restart(s->c, &m->next, &s->e);
	s->r.restarted = true;
	return !rc || sync_fail(s, rc);
}

/* What the server said to be in its log before it answered this Pull: what HelloAck told, and behind that what it has acked
 * in this log and was sent before the Pull. */
static uint64_t acked_before(const struct sync *s)
{
	const struct client *c = s->c;
	struct op_id id = { c->id.device, c->st.epoch, s->told_seq + 1 };
	const struct own_op *op;

	while (id.seq < s->pull_seq && (op = outbox_find(c, id)) && op->verdict != VERDICT_NONE &&
	       (op->pulled || !memcmp(op->given, s->incarnation, sizeof(op->given))))
		id.seq++;
	return id.seq - 1;
}

bool sync_on_page(struct sync *s, const struct wire_page *m)
{
	struct wire_cursor at = pull_cursor(s->c);
	struct pulled p = { .page = m, .acked_seq = acked_before(s) };
	struct ed25519_sig sig;
	struct head head;
	bool any, keep = false;
	int rc;

	s->pull_out = false;
	if (!same_cursor(&at, &s->pull_at))
		return true; /* asked before HelloAck told of a restore: ask again */
	if (m->restart)
		return on_restart(s, m);
	if (memcmp(m->next.incarnation, s->incarnation, 16) || m->next.lsn < at.lsn ||
	    (m->more && same_cursor(&m->next, &at)) ||
	    (m->marks.len && m->marks.len != m->entry_count * MARK_BYTES))
		return sync_breach(s, WIRE_MALFORMED);
	if (!sync_head(s, &m->head, &head, &sig, &any))
		return s->closing;
	if (any && head.size < m->next.lsn)
		return sync_breach(s, WIRE_MALFORMED);
	if (any && !sync_head_proven(s, &head, &sig, m->proof, s->pull_from, &keep))
		return s->closing;
	p.head = keep ? &head : NULL;
	p.sig = &sig;
	rc = pull_take(s->c, &p, &s->e);
	if (rc)
		return sync_fail(s, rc);
	s->r.pulled += p.count;
	if (s->c->st.halt != HALT_NONE) {
		sync_close(s, SYNC_HALTED);
		return true;
	}
	if (p.anew) {
		s->r.restarted = true;
		return true;
	}
	if (p.trouble != FEED_FINE)
		s->pull_failed = true; /* stop reading, go on sending */
	s->pulled_all = !m->more && s->pull_seq == s->send_seq;
	return true;
}

bool sync_on_receipt(struct sync *s, const struct wire_receipt *m, struct span payload)
{
	struct ed25519_sig sig;
	struct head head;
	bool any, same;
	uint64_t lsn;
	int rc;

	/* what it proves is for the caller to ask (receipt.h); its head is compared like all others */
	if (s->receipts_got >= s->receipts_sent)
		return sync_breach(s, WIRE_UNEXPECTED);
	lsn = s->ask.receipts[s->receipts_got];
	rc = pull_same(s->c, lsn, m->entry, &same, &s->e);
	if (!rc && !same) { /* it was read otherwise: one of the two is not in the log */
		s->receipts_got++;
		rc = pull_note(s->c, FEED_HISTORIES, lsn, &s->e);
		if (!rc)
			sync_close(s, SYNC_TROUBLE);
		return !rc || sync_fail(s, rc);
	}
	if (rc)
		return sync_fail(s, rc);
	buf_bytes(&s->receipts[s->receipts_got], payload);
	if (s->receipts[s->receipts_got++].failed)
		return sync_fail(s, err_set(&s->e, ERR_NOMEM, "no memory for a receipt"));
	return sync_head(s, &m->head, &head, &sig, &any) || s->closing;
}

bool sync_on_old_ack(struct sync *s, const struct wire_old_ack *m)
{
	int rc;

	if (m->results.len && m->results.len != s->old->count)
		return sync_breach(s, WIRE_MALFORMED);
	rc = old_told(s->old, m->results, &s->e);
	s->old_out = false;
	s->old_told |= m->taken || m->known || m->refused;
	s->r.old_sent += m->taken + m->known;
	return !rc || sync_fail(s, rc);
}

bool sync_on_bytes(struct sync *s, struct buf *to, struct span bytes)
{
	buf_bytes(to, bytes);
	return !to->failed || sync_fail(s, err_set(&s->e, ERR_NOMEM, "no memory for an answer"));
}

/* Busy or Error instead of an answer: that request is over. */
bool sync_not_answered(struct sync *s, uint32_t of, uint32_t code, uint32_t retry_after_ms)
{
	s->r.why = code;
	if (retry_after_ms > s->r.retry_after_ms)
		s->r.retry_after_ms = retry_after_ms;
	switch (of) {
	case FRAME_PULL:
		s->pull_out = false;
		s->pull_failed = true;
		break;
	case FRAME_RECEIPT_GET:
		s->receipts_got++;
		break;
	case FRAME_PROVE:
		s->prove_at++;
		s->pull_failed =
			true; /* it showed a head and does not show how that hangs together with others */
		break;
	case FRAME_OLD:
		s->old_out = false;
		s->old_done = true; /* kept: the next contact brings them again */
		break;
	case FRAME_BUNDLE:
	case FRAME_ANSWER_GET:
		sync_carry_failed(s);
		break;
	case FRAME_KEY_PUT:
	case FRAME_KEY_GET:
		s->keys.out = false;
		s->keys.done = true; /* kept: the next contact tries again */
		break;
	default:
		break;
	}
	return true;
}

bool sync_ended_by_server(struct sync *s, uint32_t code, uint32_t retry_after_ms)
{
	if (s->r.end == SYNC_GOING)
		s->r.end = SYNC_LATER;
	s->r.why = code;
	if (retry_after_ms > s->r.retry_after_ms)
		s->r.retry_after_ms = retry_after_ms;
	s->closing = true;
	return true;
}
