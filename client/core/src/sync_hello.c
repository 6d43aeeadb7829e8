/* What HelloAck says: go on, begin anew, or stop. PROTOCOL.md, sections 4 and 12. */
#include "sync_internal.h"

#include "ledger/feed.h"

static bool forked(struct sync *s, const struct hash *ours, const struct hash *theirs)
{
	s->c->st.ours = *ours; /* kept with the halt */
	s->c->st.theirs = *theirs;
	if (!sync_halt(s, HALT_FORKED))
		return false;
	sync_close(s, SYNC_HALTED);
	return true;
}

/* *fits: what the server says of the own chain is what was made here. */
bool sync_compare_chain(struct sync *s, uint64_t acked_seq, const struct hash *chain, bool *fits)
{
	struct hash ours;
	int rc;

	*fits = true;
	if (acked_seq >= s->c->st.next_seq) {
		*fits = false;
		return forked(s, &s->c->st.chain, chain);
	}
	rc = outbox_chain(s->c, acked_seq, &ours, &s->e);
	if (rc)
		return sync_fail(s, rc);
	if (hash_eq(&ours, chain))
		return true;
	*fits = false;
	return forked(s, &ours, chain);
}

static bool contact_made(struct sync *s, const struct wire_hello_ack *m, enum client_halt halt)
{
	int rc = client_begin(s->c, &s->e);

	if (!rc) {
		struct client_state *st = &s->c->st;

		/* Before the log was read nothing here says that the store has a clock of its own. */
		st->contact_ms = st->cursor.lsn ? s->now.wall_ms : m->time_ms;
		st->halt = halt;
		if (m->archived_through > st->archived_through)
			st->archived_through = m->archived_through;
		rc = client_put_state(s->c, &s->e);
		rc = client_leave(s->c, true, rc, &s->e);
	}
	return !rc || sync_fail(s, rc);
}

static bool new_epoch(struct sync *s, const struct wire_hello_ack *m)
{
	struct client *c = s->c;
	int rc;

	if (m->epoch <= c->st.epoch)
		return sync_breach(s, WIRE_MALFORMED);
	rc = client_begin(c, &s->e);
	if (rc)
		return sync_fail(s, rc);
	c->st.epoch = m->epoch;
	c->st.next_seq = 1;
	c->st.acked_seq = 0;
	memset(&c->st.chain, 0, sizeof(c->st.chain));
	rc = own_set_aside(c, &s->r.set_aside, &s->e);
	if (!rc)
		rc = client_put_state(c, &s->e);
	rc = client_leave(c, true, rc, &s->e);
	if (rc)
		return sync_fail(s, rc);
	s->r.new_epoch = true;
	s->rewind = s->holding = true; /* what is on its way belongs to the old epoch */
	return true;
}

/* Where the log read here and the present one part. */
struct parting {
	uint8_t id[16]; /* the newest incarnation that both had */
	uint64_t lsn;   /* the last entry that both have */
	bool behind;    /* the server has begun nothing since: it is older than what was read */
};

/* Which of the server's incarnations comes after that one? line_count: none; above: it has not got it. */
static size_t line_after(const struct wire_hello_ack *m, const uint8_t id[16])
{
	if (m->line_count && !memcmp(m->line[0].parent, id, 16))
		return 0;
	for (size_t i = 0; i < m->line_count; i++)
		if (!memcmp(m->line[i].id, id, 16))
			return i + 1;
	return m->line_count + 1;
}

static bool part(struct parting *p, const struct feed_branch *own, size_t own_count,
		 const struct wire_hello_ack *m)
{
	size_t after = m->line_count + 1;

	p->lsn = UINT64_MAX;
	for (size_t i = own_count; i-- > 0;) {
		after = line_after(m, own[i].id);
		memcpy(p->id, own[i].id, 16);
		if (after <= m->line_count)
			break;
		if (own[i].branch_lsn < p->lsn) /* it was cut off by a restore to before it began */
			p->lsn = own[i].branch_lsn;
	}
	p->behind = after == m->line_count;
	for (size_t i = after; i < m->line_count; i++)
		if (m->line[i].branch_lsn < p->lsn)
			p->lsn = m->line[i].branch_lsn;
	return after <= m->line_count;
}

/* The cursor's incarnation is no more: where did the present one leave it? */
static int find_parting(struct sync *s, const struct wire_hello_ack *m, struct parting *p,
			bool *found)
{
	struct feed_branch cursor = { .branch_lsn = UINT64_MAX };
	struct arena *a = arena_new(LINE_BUDGET);
	const struct feed_branch *own = NULL;
	size_t count = 0;
	int rc = a ? feed_line(&own, &count, s->c->base, a, &s->e)
		   : err_set(&s->e, ERR_NOMEM, "no memory for a line of incarnations");

	memcpy(cursor.id, s->c->st.cursor.incarnation, 16);
	/* its own entry may be still to be read */
	*found = !rc && (part(p, &cursor, 1, m) || part(p, own, count, m));
	arena_free(a);
	return rc;
}

static bool follow_line(struct sync *s, const struct wire_hello_ack *m)
{
	struct client *c = s->c;
	uint64_t first = c->st.next_seq;
	struct parting p;
	bool found;
	int rc = find_parting(s, m, &p, &found);

	if (rc)
		return sync_fail(s, rc);
	if (!found)
		return sync_breach(s, WIRE_MALFORMED);
	if (p.behind) {
		if (!sync_halt(s, HALT_BEHIND))
			return false;
		sync_close(s, SYNC_HALTED);
		return true;
	}
	if (m->code == WIRE_NEW_EPOCH)
		first = 0;
	else if (m->acked_seq + 1 < first)
		first = m->acked_seq + 1;
	rc = client_begin(c, &s->e);
	if (!rc) {
		rc = heads_carry(c, m->incarnation, p.lsn, &s->e);
		if (!rc)
			rc = old_again(c, &s->e);
		rc = client_leave(c, true, rc, &s->e);
	}
	if (!rc)
		rc = pull_branch(c, p.id, p.lsn, first, &s->e);
	if (rc)
		return sync_fail(s, rc);
	s->r.restarted = s->rewind = s->holding = s->old_first = true;
	return true;
}

static bool step_back(struct sync *s, const struct wire_hello_ack *m)
{
	int rc;

	if (m->acked_seq >= s->c->st.acked_seq)
		return true;
	if (s->c->st.cursor.lsn && !s->r.restarted) {
		/* it lost acked ops and does not say that it was restored */
		if (!sync_halt(s, HALT_BEHIND))
			return false;
		sync_close(s, SYNC_HALTED);
		return true;
	}
	rc = client_begin(s->c, &s->e);
	if (!rc) {
		s->c->st.acked_seq = m->acked_seq;
		rc = own_unpull(s->c, UINT64_MAX, m->acked_seq + 1, &s->e);
		if (!rc)
			rc = client_put_state(s->c, &s->e);
		rc = client_leave(s->c, true, rc, &s->e);
	}
	s->rewind = s->holding = true;
	return !rc || sync_fail(s, rc);
}

static bool hello_opened(struct sync *s, const struct wire_hello_ack *m)
{
	struct ed25519_sig sig;
	struct head head;
	bool any, fits = true;

	if (m->version != WIRE_VERSION || (m->code == WIRE_OK && m->epoch != s->c->st.epoch))
		return sync_breach(s, WIRE_VERSION_NONE);
	if (m->code == WIRE_OK && !sync_compare_chain(s, m->acked_seq, &m->chain, &fits))
		return false;
	if (!fits)
		return true;
	if (!contact_made(s, m, HALT_NONE))
		return false;
	s->told_seq = m->code == WIRE_OK ? m->acked_seq : 0;
	if (s->c->st.cursor.lsn && memcmp(s->c->st.cursor.incarnation, m->incarnation, 16) &&
	    !follow_line(s, m))
		return false;
	if (s->closing)
		return true;
	if (m->code == WIRE_NEW_EPOCH ? !new_epoch(s, m) : !step_back(s, m))
		return false;
	return s->closing || sync_head(s, &m->head, &head, &sig, &any);
}

static bool hello_refused(struct sync *s, const struct wire_hello_ack *m)
{
	static const struct {
		uint32_t code;
		enum client_halt halt;
	} halts[] = {
		{ WIRE_SUSPENDED, HALT_SUSPENDED },    { WIRE_REVOKED, HALT_REVOKED },
		{ WIRE_VERSION_NONE, HALT_VERSION },   { WIRE_WRONG_STORE, HALT_WRONG_STORE },
		{ WIRE_DEVICE_UNKNOWN, HALT_UNKNOWN }, { WIRE_SERVER_BEHIND, HALT_BEHIND },
	};

	s->holding = true;
	if (m->code == WIRE_SERVER_BEHIND && m->succeeded)
		return contact_made(s, m, HALT_SUCCEEDED);
	for (size_t i = 0; i < ARRAY_LEN(halts); i++)
		if (halts[i].code == m->code)
			return contact_made(s, m, halts[i].halt);
	return contact_made(s, m, s->c->st.halt); /* renew first, or a reason without a name here */
}

bool sync_on_hello_ack(struct sync *s, const struct wire_hello_ack *m)
{
	memcpy(s->incarnation, m->incarnation, 16);
	s->page_max = m->page_max;
	s->r.jitter_ms = m->jitter_ms;
	s->r.retry_after_ms = m->retry_after_ms;
	s->r.recovering = m->recovering;
	s->r.renew_wanted = m->renew || m->code == WIRE_RENEW_FIRST;
	s->r.why = m->code;
	if (m->code == WIRE_OK || m->code == WIRE_NEW_EPOCH)
		return hello_opened(s, m);
	return hello_refused(s, m);
}
