/* Links in memory: bytes that take their time, come in pieces, or never; ends that are gone and peers
 * who do not know it. */
#include "sim.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PIPE_MAX = 8 << 20, PIPE_FULL = 64 << 10, TAPE_MAX = 1 << 20 };

static struct line *free_line(struct sim *s)
{
	for (size_t i = 0; i < LINES_MAX; i++)
		if (!s->lines[i].used)
			return &s->lines[i];
	return NULL;
}

static void pipe_init(struct pipe *p)
{
	buf_init(&p->raw, PIPE_MAX);
	buf_init(&p->bytes, PIPE_MAX);
	p->at = 0;
}

static size_t waiting(const struct pipe *p)
{
	return p->bytes.len - p->at;
}

static void pipe_drop(struct pipe *p)
{
	buf_reset(&p->raw);
	buf_reset(&p->bytes);
	p->at = 0;
}

/* What a certificate of this device says. */
static struct session_peer peer_of(struct sim *s, const struct base_device *d,
				   const struct held_cert *cert)
{
	struct session_peer p = { .verdict = CERT_GOOD };

	p.cert.subject = (struct cert_subject){ .role = CERT_DEVICE, .device = d->device };
	p.cert.spki_hash = cert->spki;
	p.cert.not_before_ms = cert->not_before_ms;
	p.cert.not_after_ms = cert->not_after_ms;
	if (s->wall_ms >= cert->not_after_ms) {
		p.verdict = CERT_EXPIRED;
		sim_count(s, F_EXPIRED);
	}
	return p;
}

static struct line *line_begin(struct sim *s, const struct base_device *d,
			       const struct held_cert *cert)
{
	struct session_peer peer = peer_of(s, d, cert);
	struct line *l = free_line(s);

	if (!l || !s->up)
		return NULL;
	*l = (struct line){ .used = true, .d = d, .conn = ++s->conns, .cut_at = UINT64_MAX };
	l->expired = peer.verdict == CERT_EXPIRED;
	pipe_init(&l->up);
	pipe_init(&l->down);
	buf_init(&l->unread, PIPE_MAX);
	buf_init(&l->tape, TAPE_MAX);
	must(session_new(&l->session, &s->sv, l->conn, &peer, sim_server_now(s), &s->e), &s->e,
	     "a session");
	return l;
}

struct line *line_open(struct sim *s, struct holder *h)
{
	struct sync_ask ask = { .receipt_count = 0 };
	struct line *l = line_begin(s, h->d, &h->cert);
	int rc;

	if (!l)
		return NULL;
	memcpy(ask.nonce, h->nonce, 16);
	ask.carry = h->carries && (s->healing || rng_chance(&s->r, 80));
	l->carry = ask.carry;
	ask.keys = h->keys;
	l->keys_began = s->keys_moved;
	l->restores_began = s->restores;
	keys_ask(s, h, &ask);
	rc = sync_new(&l->sync, h->c, &ask, holder_now(s, h), &s->e);
	if (rc) { /* its store failed */
		l->sync = NULL;
		line_cut(s, l, false, true);
		return NULL;
	}
	l->h = h;
	h->line = l;
	l->mixed = sim_draw(s, F_MIXED_ADDED);
	return l;
}

void line_replay(struct sim *s)
{
	struct line *l;

	if (!s->tape_of || !(l = line_begin(s, s->tape_of, &s->tape_cert)))
		return;
	l->replay = l->client_blind = true;
	buf_bytes(&l->up.bytes, buf_span(&s->tape));
	sim_count(s, F_REPLAY);
}

/* ---- ends ---- */

static void client_end(struct sim *s, struct line *l)
{
	struct holder *h = l->h;
	bool carried;

	if (!l->sync)
		return;
	h->last = *sync_result(l->sync);
	h->last_end = h->last.end;
	/* what it heard is of a log that was set back since: how it stands with this one is not known */
	if (h->last_end == SYNC_DONE && l->restores_began != s->restores)
		h->last_end = SYNC_GOING;
	carried = l->carry;
	roster_contact_over(s, h, l->keys_began);
	if (h->last_end == SYNC_LATER && h->last.why == WIRE_BUSY) {
		sim_count(s, F_BUSY);
		if (h->last.retry_after_ms < s->limits.retry_ms)
			sim_fail(s, "device %zu was sent away for %u ms by a busy server", h->index,
				 h->last.retry_after_ms);
	}
	if (h->last.jitter_ms)
		sim_count(s, F_JITTER);
	if (sync_error(l->sync)->code)
		s->e = *sync_error(l->sync);
	keys_over(s, h, l->sync);
	sync_free(l->sync);
	l->sync = NULL;
	l->h = NULL;
	h->line = NULL;
	pipe_drop(&l->down);
	/* what the device said is kept now and then, to be said again by somebody else */
	if (l->tape.len && !l->tape.failed && rng_chance(&s->r, 30)) {
		buf_reset(&s->tape);
		buf_bytes(&s->tape, buf_span(&l->tape));
		s->tape_of = l->d;
		s->tape_cert = h->cert;
	}
	holder_contact_over(s, h);
	sticks_contact_over(s, h, carried);
}

static void server_end(struct line *l)
{
	session_free(l->session);
	l->session = NULL;
	pipe_drop(&l->up);
	buf_reset(&l->unread);
}

void line_free(struct line *l)
{
	if (!l->used)
		return;
	session_free(l->session);
	sync_free(l->sync);
	if (l->h)
		l->h->line = NULL;
	buf_fini(&l->up.raw);
	buf_fini(&l->up.bytes);
	buf_fini(&l->down.raw);
	buf_fini(&l->down.bytes);
	buf_fini(&l->unread);
	buf_fini(&l->tape);
	*l = (struct line){ .used = false };
}

void line_sweep(struct sim *s, struct line *l)
{
	if (l->session && session_over(l->session))
		server_end(l);
	/* an end that is gone is heard of once everything before it has come */
	if (!l->session && l->sync && !l->client_blind && !waiting(&l->down)) {
		sync_cut(l->sync);
		client_end(s, l);
	}
	if (!l->sync && l->session && !l->server_blind && !l->server_told && !waiting(&l->up) &&
	    !(l->replay && l->up.bytes.len)) {
		l->server_told = true;
		session_input_ended(l->session, sim_server_now(s));
		line_offer(s, l);
		if (l->session && session_over(l->session))
			server_end(l);
	}
	if (!l->sync && !l->session)
		line_free(l);
}

/* ---- the server's end ---- */

static void count_again(struct sim *s, const struct job *j)
{
	struct chain_row chain;

	if (j->kind == JOB_OPS && !ledger_chain(s->l, j->device, &chain, &s->e) &&
	    chain.epoch == j->ops.epoch && j->ops.first_seq <= chain.seq)
		sim_count(s, F_SAME_OP_AGAIN);
}

static void take_jobs(struct sim *s, struct line *l)
{
	struct job *j;

	while (l->session && (j = session_job(l->session))) {
		count_again(s, j);
		if (l->expired && j->kind == JOB_OPS)
			sim_fail(s, "device %" PRIx64 " delivers under an expired certificate",
				 l->d->device);
		writer_put(s->writer, &j);
	}
}

static void take_output(struct sim *s, struct line *l)
{
	struct span out;

	if (!l->session || (l->sync && waiting(&l->down) > PIPE_FULL))
		return;
	out = session_output(l->session);
	if (!out.len)
		return;
	roster_bytes(s, out, "on its way down");
	if (l->sync)
		buf_bytes(l->mixed ? &l->down.raw : &l->down.bytes, out);
	if (l->sync && l->mixed)
		mixed_pass(s, &l->down.raw, &l->down.bytes, false);
	/* a half-open peer takes nothing: what is sent to it waits until the deadline */
	if (l->sync || !l->server_blind)
		session_sent(l->session, out.len, sim_server_now(s));
}

/* The driver's turn: what was not consumed is offered again. */
void line_offer(struct sim *s, struct line *l)
{
	for (int turn = 0; turn < 3 && l->session; turn++) {
		size_t used = session_input(l->session, buf_span(&l->unread), NULL,
					    sim_server_now(s));

		if (used)
			memmove(l->unread.data, l->unread.data + used, l->unread.len - used);
		l->unread.len -= used;
		take_jobs(s, l);
		take_output(s, l);
		if (!used)
			break;
	}
}

void line_done(struct sim *s, struct line *l, struct job *j)
{
	if (!l->session) {
		job_free(j);
		return;
	}
	session_done(l->session, &j, sim_server_now(s));
	take_output(s, l);
	line_offer(s, l);
}

void line_server_gone(struct sim *s, struct line *l, bool told)
{
	server_end(l);
	if (!told)
		l->client_blind = true;
	else if (rng_chance(&s->r, 50))
		pipe_drop(&l->down); /* what was on its way went with it */
	line_sweep(s, l);
}

/* ---- moving ---- */

static void produce(struct sim *s, struct line *l)
{
	struct span out;

	take_output(s, l);
	if (!l->sync || waiting(&l->up) > PIPE_FULL)
		return;
	out = sync_output(l->sync);
	if (!out.len)
		return;
	roster_bytes(s, out, "on its way up");
	buf_bytes(&l->tape, out);
	if (l->session)
		buf_bytes(l->mixed ? &l->up.raw : &l->up.bytes, out);
	if (l->session && l->mixed)
		mixed_pass(s, &l->up.raw, &l->up.bytes, true);
	sync_taken(l->sync, out.len, holder_now(s, l->h));
}

/* In one piece, or a few bytes at a time. */
static size_t piece(struct sim *s, size_t len)
{
	if (s->healing || !rng_chance(&s->r, 45))
		return len;
	return 1 + rng_below(&s->r, (uint32_t)(len > 400 && rng_chance(&s->r, 50) ? len
					       : len < 90                         ? len
										  : 90));
}

static struct span lift(struct line *l, struct pipe *p, size_t n, bool *cut)
{
	struct span out;

	*cut = l->passed + n >= l->cut_at;
	if (*cut)
		n = (size_t)(l->cut_at - l->passed);
	l->passed += n;
	out = span_of(p->bytes.data + p->at, n);
	p->at += n;
	return out;
}

static void settle(struct pipe *p)
{
	if (p->at == p->bytes.len)
		p->at = p->bytes.len = 0;
}

static void deliver_up(struct sim *s, struct line *l, bool *cut)
{
	struct span bytes = lift(l, &l->up, piece(s, waiting(&l->up)), cut);

	buf_bytes(&l->unread, bytes);
	settle(&l->up);
	line_offer(s, l);
}

static void deliver_down(struct sim *s, struct line *l, bool *cut)
{
	struct span bytes = lift(l, &l->down, piece(s, waiting(&l->down)), cut);
	struct holder *h = l->h;
	uint64_t calls = kv_calls(h->kv);
	bool on = sync_receive(l->sync, bytes, holder_now(s, h));

	h->calls_of_receive = kv_calls(h->kv) - calls;
	persons_note_own(s, h);
	settle(&l->down);
	if (sync_result(l->sync)->end != SYNC_FAILED)
		notes_check_acks(s, h);
	if (on)
		return;
	produce(s, l);
	client_end(s, l);
}

bool line_move(struct sim *s, struct line *l)
{
	bool up, down, cut = false;

	if (l->stalled)
		return false;
	produce(s, l);
	up = l->session && waiting(&l->up) && session_reads(l->session);
	down = l->sync && waiting(&l->down);
	if (up && (!down || rng_chance(&s->r, 50)))
		deliver_up(s, l, &cut);
	else if (down)
		deliver_down(s, l, &cut);
	if (cut) {
		sim_count(s, F_CUT);
		if (l->unread.len)
			sim_count(s, F_CUT_MID_FRAME);
		line_cut(s, l, true, true);
	} else {
		line_sweep(s, l);
	}
	return up || down;
}

void line_cut(struct sim *s, struct line *l, bool tell_client, bool tell_server)
{
	struct holder *h = l->h;

	if (tell_server) {
		if (l->session && rng_chance(&s->r, 50)) {
			session_input_ended(l->session, sim_server_now(s));
			take_jobs(s, l);
		}
		server_end(l);
	} else {
		l->server_blind = true;
	}
	if (tell_client) {
		if (l->sync) {
			sync_cut(l->sync);
			client_end(s, l);
		}
	} else if (h) {
		l->client_blind = true;
	}
	line_sweep(s, l);
}

/* The device's process is gone, and nobody says goodbye. */
void line_client_died(struct sim *s, struct line *l)
{
	l->h->line = NULL;
	l->h = NULL;
	sync_free(l->sync);
	l->sync = NULL;
	l->server_blind = rng_chance(&s->r, 50);
	line_sweep(s, l);
}

uint64_t line_deadline(const struct line *l)
{
	uint64_t at = UINT64_MAX;

	if (l->session)
		at = session_deadline(l->session);
	if (l->sync && sync_deadline(l->sync) < at)
		at = sync_deadline(l->sync);
	return at;
}

void line_tick(struct sim *s, struct line *l)
{
	if (l->session && session_deadline(l->session) <= s->mono_ms) {
		session_tick(l->session, sim_server_now(s));
		if (session_why(l->session) == WIRE_TIMEOUT)
			sim_count(s, F_DEADLINE);
		take_output(s, l);
	}
	if (l->sync && sync_deadline(l->sync) <= s->mono_ms &&
	    !sync_tick(l->sync, holder_now(s, l->h))) {
		sim_count(s, F_DEADLINE);
		client_end(s, l);
	}
	line_sweep(s, l);
}
