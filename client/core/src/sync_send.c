/* What a device says, and when. */
#include "sync_internal.h"

enum { ITEM_EXTRA = 24, SUBMIT_EXTRA = 96, PULL_ROOM = 128, OLD_ROOM = 128 << 10, OLD_EXTRA = 8 };

bool sync_hello(struct sync *s)
{
	struct wire_hello h;
	int rc = client_hello(&h, s->c, s->ask.nonce, s->ask.held_extra, s->now.wall_ms, s->a,
			      &s->e);

	return rc ? sync_fail(s, rc) : sync_emit(s, FRAME_HELLO, &h);
}

/* ---- ops ---- */

/* Payload bytes that a Submit may have now, 0 for none. */
static size_t submit_room(const struct sync *s)
{
	const struct link *l = &s->link;
	size_t room = l->credits.bytes - l->bytes;

	if (l->submits == LINK_SUBMITS_MAX || l->ops >= l->credits.ops)
		return 0;
	if (room > l->credits.frame_max)
		room = l->credits.frame_max;
	if (l->state == LINK_JUDGING) {
		size_t flight = FRAME_FLIGHT_MAX - l->flight_bytes,
		       keep = 2 * FRAME_HEADER + PULL_ROOM;

		flight = flight > keep ? flight - keep : 0; /* the Pull that ends the flight */
		room = room < flight ? room : flight;
	}
	return room > SUBMIT_EXTRA ? room - SUBMIT_EXTRA : 0;
}

/* One Submit with as many ops as fit. *sent false: none does. */
static bool submit_some(struct sync *s, bool *sent)
{
	size_t room = submit_room(s), most = s->link.credits.ops - s->link.ops;
	struct wire_submit m = { .epoch = s->flight_epoch, .first_seq = s->send_seq };
	struct wire_item *items;
	uint64_t seq = s->send_seq;
	int rc;

	*sent = false;
	if (!room)
		return true;
	if (most > WIRE_ITEMS_MAX)
		most = WIRE_ITEMS_MAX;
	items = arena_array(s->a, most, sizeof(*items));
	if (!items)
		return sync_fail(s, err_set(&s->e, ERR_NOMEM, "no memory for a Submit"));
	rc = outbox_chain(s->c, seq - 1, &m.chain, &s->e);
	for (; !rc && m.item_count < most && seq < s->c->st.next_seq; seq++) {
		struct op_id id = { s->c->id.device, s->flight_epoch, seq };
		struct own_bytes b;
		size_t bytes;

		rc = outbox_read(s->c, id, &b, s->a, &s->e);
		bytes = b.envelope.len + b.body.len + ITEM_EXTRA;
		if (rc || bytes > room)
			break;
		room -= bytes;
		items[m.item_count++] = (struct wire_item){ b.envelope, b.body, false };
	}
	if (rc)
		return sync_fail(s, rc);
	m.items = items;
	if (!m.item_count || !sync_emit(s, FRAME_SUBMIT, &m))
		return s->r.end == SYNC_GOING;
	s->send_seq += m.item_count;
	s->r.sent += m.item_count;
	*sent = true;
	return true;
}

static bool ops_left(const struct sync *s)
{
	return !s->holding && s->c->st.halt == HALT_NONE && s->flight_epoch == s->c->st.epoch &&
	       s->send_seq < s->c->st.next_seq;
}

static bool send_ops(struct sync *s)
{
	bool sent = true;

	/* All is answered after a "not now" that this very contact made pointless: once more. */
	if (s->rewind && !s->old_first && !s->link.ops && s->link.state == LINK_OPEN) {
		s->rewind = s->holding = false;
		s->pull_seq = 0;
		s->flight_epoch = s->c->st.epoch;
		s->send_seq = s->answer_seq = s->c->st.acked_seq + 1;
	}
	while (sent && ops_left(s)) {
		arena_reset(s->a);
		if (!submit_some(s, &sent))
			return false;
	}
	return true;
}

/* ---- requests ---- */

static bool send_pull(struct sync *s)
{
	struct wire_pull m = { .cursor = pull_cursor(s->c), .max_bytes = FRAME_MAX - 4096 };
	struct ed25519_sig sig;
	struct head held;
	int rc = -ERR_NOTFOUND;

	if (s->page_max && m.max_bytes > s->page_max)
		m.max_bytes = s->page_max;
	/* before HelloAck the incarnation is taken to be the one that was read last */
	if (m.cursor.lsn || s->link.state == LINK_OPEN)
		rc = heads_newest(s->c,
				  s->link.state == LINK_OPEN ? s->incarnation
							     : s->c->st.cursor.incarnation,
				  &held, &sig, &s->e);
	if (rc && rc != -ERR_NOTFOUND)
		return sync_fail(s, rc);
	m.prove_from = rc ? 0 : held.size;
	if (!sync_emit(s, FRAME_PULL, &m))
		return s->r.end == SYNC_GOING;
	s->pull_out = true;
	s->pull_at = m.cursor;
	s->pull_from = m.prove_from;
	s->pull_seq = s->send_seq;
	return true;
}

static bool send_renew(struct sync *s)
{
	struct wire_renew m = { s->ask.csr, s->ask.seal_key };

	if (!s->r.renew_wanted || s->renew_sent || !s->ask.csr.len)
		return true;
	s->renew_sent = sync_emit(s, FRAME_RENEW, &m);
	return s->renew_sent || s->r.end == SYNC_GOING;
}

static bool send_old(struct sync *s)
{
	struct wire_old m;
	struct span *entries;
	int rc;

	if (s->old_out || s->old_done)
		return true;
	arena_reset(s->a);
	rc = old_next(s->c, s->old, OLD_ROOM, s->a, &s->e);
	if (rc)
		return sync_fail(s, rc);
	if (!s->old->count) {
		s->old_done = true;
		return true;
	}
	entries = s->old->entries;
	m = (struct wire_old){ .entries = entries,
			       .entry_count = s->old->count,
			       .marks = span_of(s->old->marks, s->old->count * MARK_BYTES) };
	memcpy(m.incarnation, s->old->incarnation, 16);
	s->old_out = sync_emit(s, FRAME_OLD, &m);
	return s->old_out || s->r.end == SYNC_GOING;
}

static bool settle_old(struct sync *s)
{
	int rc = old_settle(s->c, s->old, &s->e);

	s->old_unread = false;
	return !rc || sync_fail(s, rc);
}

static bool send_asked(struct sync *s)
{
	bool sent = true;

	while (s->receipts_sent < s->ask.receipt_count && sent) {
		struct wire_receipt_get m = { s->ask.receipts[s->receipts_sent] };

		sent = sync_emit(s, FRAME_RECEIPT_GET, &m);
		s->receipts_sent += sent;
	}
	if (s->ask.query && !s->query_sent)
		s->query_sent = sync_emit(s, FRAME_QUERY, s->ask.query);
	return s->r.end == SYNC_GOING;
}

/* The head of the last page is proven with it. Those that came in between (HelloAck, Ack) cost a round of
 * their own, which the usual month does not get: they are proven where it does not come on top. */
static bool worth_proving(const struct sync *s)
{
	return s->r.rounds > 1 || !s->r.sent;
}

/* What was brought back is now in the log: it is pulled like the rest, and own ops that waited for it go
 * (once more). Keys are seen to again behind it: it may say that somebody is forgotten, or needs a key. */
static bool again_after_old(struct sync *s)
{
	if (!s->old_done || !(s->old_told || s->old_first))
		return false;
	s->old_unread |= s->old_told;
	s->old_told = s->old_first = s->pulled_all = false;
	s->keys.begun = s->keys.asked = s->keys.done = false;
	if (s->r.why == WIRE_RECOVERING && s->r.not_now) {
		s->rewind = true;
		s->r.not_now = 0;
	}
	return true;
}

static bool advance_open(struct sync *s)
{
	bool sent = false;

	if (!send_ops(s) || !send_renew(s))
		return false;
	/* a Pull behind all ops brings their entries; while ops are left it would only be repeated */
	if (!s->pull_out && !s->pull_failed && !s->pulled_all && !ops_left(s) &&
	    (!s->rewind || s->old_first) && !send_pull(s))
		return false;
	if (!s->pulled_all && !s->pull_failed)
		return true;
	if (!send_old(s))
		return false;
	if (again_after_old(s))
		return advance_open(s); /* once in a contact */
	if (s->old_unread && s->pulled_all && !settle_old(s))
		return false;
	if (!send_asked(s) || !sync_carry(s) || !sync_keys(s))
		return false;
	if (s->keys.made) { /* an op, once in a contact: it is sent, and pulled */
		s->keys.made = s->pulled_all = false;
		return advance_open(s);
	}
	if (!s->pull_failed && worth_proving(s) && !sync_prove_next(s, &sent))
		return false;
	if (s->link.ops || s->link.requests || s->rewind || ops_left(s) ||
	    (s->renew_sent < (s->r.renew_wanted && s->ask.csr.len)) ||
	    s->receipts_sent < s->ask.receipt_count || (s->ask.query && !s->query_sent) ||
	    !s->old_done || !s->carry.done || !s->keys.done)
		return true;
	sync_close(s, s->c->st.trouble != FEED_FINE    ? SYNC_TROUBLE
		      : s->r.not_now || s->pull_failed ? SYNC_LATER
						       : SYNC_DONE);
	return true;
}

bool sync_advance(struct sync *s)
{
	switch (s->link.state) {
	case LINK_JUDGING:
		if (s->c->st.halt != HALT_NONE)
			return true; /* ask how it stands, send nothing */
		if (!send_ops(s))
			return false;
		return s->pull_out || send_pull(s);
	case LINK_OPEN:
		return s->closing || advance_open(s);
	case LINK_LIMITED:
		if (!send_renew(s))
			return false;
		if (!s->link.ops && !s->link.requests && !s->closing)
			sync_close(s, s->certificate.len ? SYNC_LATER : SYNC_RENEW);
		return true;
	case LINK_REFUSED:
		if (!s->link.ops && !s->link.requests && !s->closing)
			sync_close(s, s->c->st.halt != HALT_NONE ? SYNC_HALTED : SYNC_LATER);
		return true;
	default:
		return true;
	}
}
