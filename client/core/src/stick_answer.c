/* The answer to an own bundle, read by the same functions as what comes on a connection. */
#include "client/stick.h"

#include "proto/file.h"
#include "stick_internal.h"
#include "sync_internal.h"

#include <stdlib.h>

enum { BUDGET = 32 << 20 };

struct taking_in {
	struct sync *s;
	const struct wire_answer_body *b;
	struct sent_bundle sent;
	struct arena *a;
	bool other; /* it is of another log than the one read here */
};

static bool going(const struct sync *s)
{
	return s->r.end == SYNC_GOING;
}

/* ---- HelloAck ---- */

/* Does HelloAck lead from the log that is read here to its own? A server that has not got it tells its line from the
 * beginning: that is of a restore since, unless the bundle is of a log before this one. */
static bool leads_on(const struct taking_in *t)
{
	const struct wire_hello_ack *m = &t->b->hello_ack;
	bool of_before = !t->sent.head_size;

	if (!m->line_count)
		return false;
	return !of_before || !memcmp(m->line[0].parent, t->s->c->st.cursor.incarnation, 16);
}

/* Has the device learnt of something since that the server did not know when it answered? */
static int is_stale(struct taking_in *t, bool *stale, struct err *e)
{
	const struct wire_hello_ack *m = &t->b->hello_ack;
	struct client *c = t->s->c;
	const struct client_state *st = &c->st;
	struct ed25519_sig sig;
	struct head head, held;
	uint64_t known = st->cursor.lsn > st->ack_lsn ? st->cursor.lsn : st->ack_lsn;
	int rc = heads_read(c, &m->head, &head, &sig, e);

	*stale = t->sent.epoch != st->epoch;
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	if (st->cursor.lsn && memcmp(st->cursor.incarnation, m->incarnation, 16)) {
		*stale = *stale || !leads_on(t);
		return 0;
	}
	rc = heads_newest(c, m->incarnation, &held, &sig, e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (!rc && held.size > known)
		known = held.size;
	err_clear(e);
	*stale = *stale || head.size < known;
	return 0;
}

/* Of a log that is not the one read here: left behind with a restore, or not led to yet. What was acked in the one is
 * sent again to the other; who said to that one that they are acked in it would be told that it lacks them. */
static bool of_another(const struct taking_in *t)
{
	const struct wire_cursor *at = &t->s->c->st.cursor;

	return at->lsn && memcmp(at->incarnation, t->b->hello_ack.incarnation, 16) &&
	       !t->s->r.restarted;
}

/* ---- Ack ---- */

/* Verdicts of ops that are here: a store that was put back from a copy may lack the newest. */
static size_t known_ops(const struct taking_in *t)
{
	const struct wire_ack *ack = &t->b->ack;
	size_t n = 0;

	while (n < ack->verdict_count) {
		struct op_id id = { t->s->c->id.device, ack->epoch, ack->verdicts[n].seq };

		if (!outbox_find(t->s->c, id))
			break;
		n++;
	}
	return n;
}

static bool take_ack(struct taking_in *t)
{
	struct wire_ack ack = t->b->ack;
	struct sync *s = t->s;

	if (t->b->hello_ack.code || ack.epoch != t->sent.epoch)
		return true; /* "not now", all of it, for the reason that HelloAck gave */
	if (t->other)
		return true;
	ack.verdict_count = known_ops(t);
	if (!ack.verdict_count)
		return true;
	s->flight_epoch = ack.epoch;
	s->answer_seq = ack.verdicts[0].seq;
	s->send_seq = s->answer_seq + ack.verdict_count;
	s->r.sent = ack.verdict_count;
	return sync_on_ack(s, &ack);
}

/* ---- pages ---- */

/* The entries beyond what base has by now. */
static int beyond(struct wire_page *page, uint64_t lsn, struct err *e)
{
	struct arena *scratch = arena_new(DECODE_BUDGET);
	bool marked = page->marks.len == page->entry_count * MARK_BYTES;
	size_t skip = 0;
	int rc = scratch ? 0 : err_set(e, ERR_NOMEM, "no memory for an answer");

	while (!rc && skip < page->entry_count) {
		struct entry en;

		arena_reset(scratch);
		if (entry_decode(&en, page->entries[skip], scratch, NULL) || en.lsn > lsn)
			break; /* what cannot be read is for the page's own checks */
		skip++;
	}
	arena_free(scratch);
	if (!skip)
		return rc;
	page->entries += skip;
	page->entry_count -= skip;
	if (marked && page->marks.len)
		page->marks = span_of(page->marks.data + skip * MARK_BYTES,
				      page->marks.len - skip * MARK_BYTES);
	return rc;
}

static bool same_log(const struct wire_cursor *at, const struct wire_page *page)
{
	return !memcmp(at->incarnation, page->next.incarnation, 16);
}

/* HelloAck led from a log that is no more to where the present one begins: what follows says its name. */
static bool followed(const struct taking_in *t, const struct wire_cursor *at, uint64_t lsn)
{
	return t->s->r.restarted && at->lsn == lsn;
}

static bool take_restart(struct taking_in *t, const struct wire_page *page)
{
	struct wire_cursor at = pull_cursor(t->s->c);

	if (at.authority == page->next.authority && at.lsn >= page->next.lsn &&
	    (same_log(&at, page) || followed(t, &at, page->next.lsn)))
		return true; /* begun already */
	t->s->pull_at = at;
	return sync_on_page(t->s, page);
}

static bool take_page(struct taking_in *t, struct wire_page page, struct span proof)
{
	struct sync *s = t->s;
	struct wire_cursor at = pull_cursor(s->c);
	struct head held;
	struct ed25519_sig sig;
	int rc = beyond(&page, at.lsn, &s->e);

	if (rc)
		return sync_fail(s, rc);
	rc = heads_newest(s->c, s->incarnation, &held, &sig, &s->e);
	if (rc && rc != -ERR_NOTFOUND)
		return sync_fail(s, rc);
	err_clear(&s->e);
	s->pull_at = at;
	s->pull_from = t->sent.head_size;
	page.proof = proof;
	return sync_on_page(s, &page);
}

static bool fits_base(const struct taking_in *t, const struct wire_cursor *at,
		      const struct wire_page *page, uint64_t from)
{
	return from <= at->lsn && (!at->lsn || (at->authority == page->next.authority &&
						(same_log(at, page) || followed(t, at, from))));
}

/* Of a server that was restored since, on a way that HelloAck did not lead: the device would read there, and what was
 * acked in the log of before would stay acked. A contact leads it. */
static bool of_another_log(const struct taking_in *t, const struct wire_page *page)
{
	const struct wire_cursor *at = &t->s->c->st.cursor;

	return at->lsn && !same_log(at, page) && !t->s->r.restarted;
}

/* The proof in an answer begins at the head that its bundle showed. Where another is held by now it proves
 * nothing, and base must not go on without: a log under the same name might be another one. */
static bool proof_fits(struct taking_in *t, bool *fits)
{
	struct sync *s = t->s;
	struct ed25519_sig sig;
	struct head held;
	int rc = heads_newest(s->c, s->incarnation, &held, &sig, &s->e);

	*fits = rc == -ERR_NOTFOUND || held.size == t->sent.head_size;
	if (rc && rc != -ERR_NOTFOUND)
		return sync_fail(s, rc);
	err_clear(&s->e);
	return true;
}

/* All that it brings has been read, in this part of the log or in another one, though no head of that may be held yet: a
 * base that it begins anew would end before that. */
static bool ends_before(const struct taking_in *t)
{
	const struct wire_cursor *at = &t->s->c->st.cursor;
	const struct wire_page *last;

	if (!t->b->page_count)
		return false;
	last = &t->b->pages[t->b->page_count - 1];
	return !last->more && !last->restart && same_log(at, last) && last->next.lsn < at->lsn;
}

static bool take_pages(struct taking_in *t)
{
	uint64_t from = t->sent.cursor_lsn;
	struct span proof = { NULL, 0 };
	bool on, fits;

	if (ends_before(t))
		return true;
	on = proof_fits(t, &fits) && fits;
	for (size_t i = 0; i < t->b->page_count && on && going(t->s); i++) {
		const struct wire_page *page = &t->b->pages[i];
		struct wire_cursor at;

		if (of_another_log(t, page))
			break;
		if (page->proof.len)
			proof = page->proof;
		if (page->restart) {
			on = take_restart(t, page);
			from = page->next.lsn;
			continue;
		}
		at = pull_cursor(t->s->c);
		if (!fits_base(t, &at, page, from))
			break; /* of another time: the next answer brings what is missing */
		if (page->next.lsn > at.lsn || (!at.lsn && !page->next.lsn))
			on = take_page(t, *page, proof);
		from = page->next.lsn;
	}
	return on;
}

/* ---- all of it ---- */

static void take_body(struct taking_in *t)
{
	struct sync *s = t->s;
	bool stale = true;
	int rc = is_stale(t, &stale, &s->e);

	if (rc) {
		if (rc == -ERR_CORRUPT)
			sync_breach(s, WIRE_MALFORMED);
		else
			sync_fail(s, rc);
		return;
	}
	memcpy(s->incarnation, t->b->hello_ack.incarnation, 16);
	if (!stale && !sync_on_hello_ack(s, &t->b->hello_ack))
		return;
	s->rewind = false;
	t->other = of_another(t);
	if (going(s) && take_ack(t) && going(s) && s->c->st.halt == HALT_NONE)
		take_pages(t);
	if (!going(s))
		return;
	s->r.end = s->c->st.halt != HALT_NONE      ? SYNC_HALTED
		   : s->c->st.trouble != FEED_FINE ? SYNC_TROUBLE
		   : s->r.not_now                  ? SYNC_LATER
						   : SYNC_DONE;
}

static int make_sync(struct sync **out, struct client *c, struct sync_now now, struct err *e)
{
	struct sync *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	s->c = c;
	s->now = now;
	s->flight_epoch = c->st.epoch;
	buf_init(&s->in, SYNC_IN_MAX);
	buf_init(&s->out, SYNC_OUT_MAX);
	s->a = arena_new(4 * WIRE_ARENA);
	link_init(&s->link, LINK_CLIENT, true, now.mono_ms);
	return s->a ? 0 : err_set(e, ERR_NOMEM, "no memory for an answer");
}

static int open_answer(struct taking_in *t, struct wire_answer_body *b, struct span file,
		       struct client *c, const struct seal_key *mine, struct err *e)
{
	struct ed25519_public log_key;
	struct file_head h;
	struct span content, body;
	int rc = file_read(&h, &content, NULL, file, e);

	if (rc)
		return rc;
	if (h.kind != FILE_ANSWER)
		return err_set(e, ERR_INVALID, "this file is no answer to a bundle");
	if (memcmp(h.store, c->id.store, sizeof(c->id.store)))
		return err_set(e, ERR_DENIED, "this answer is of another store");
	if (h.device != c->id.device)
		return err_set(e, ERR_DENIED, "this answer is for another device, %016llx",
			       (unsigned long long)h.device);
	memcpy(log_key.b, c->id.log_key, sizeof(log_key.b));
	rc = answer_open(&body, &h, content, mine, &log_key, t->a, e);
	if (!rc)
		rc = wire_decode(b, WIRE_ANSWER_BODY, body, t->a, e);
	if (!rc)
		rc = sent_find(c, &h.about, &t->sent, e);
	if (rc == -ERR_NOTFOUND)
		rc = err_set(
			e, ERR_STATE,
			"this answers a bundle that this computer did not make, or long ago; make a new one");
	return rc;
}

/* Behind the entries, which say who was forgotten. */
static int take_keys(struct taking_in *t, struct keyring *keys, struct err *e)
{
	struct sync_result *r = &t->s->r;
	int rc;

	if (!keys || t->s->c->st.halt != HALT_NONE || t->other)
		return 0;
	rc = keyring_from_stick(keys, t->s->c, t->b, &r->keys_sent, &r->keys_got, t->a, e);
	return rc ? rc : keyring_due(keys, t->s->c, e);
}

int stick_answered(struct sync_result *out, struct client *c, struct span file,
		   const struct seal_key *mine, struct sync_now now, struct err *e)
{
	return stick_answered_keys(out, c, NULL, file, mine, now, e);
}

int stick_answered_keys(struct sync_result *out, struct client *c, struct keyring *keys,
			struct span file, const struct seal_key *mine, struct sync_now now,
			struct err *e)
{
	struct wire_answer_body b;
	struct taking_in t = { .b = &b, .a = arena_new(BUDGET) };
	int rc = t.a ? open_answer(&t, &b, file, c, mine, e)
		     : err_set(e, ERR_NOMEM, "no memory for an answer");

	*out = (struct sync_result){ .end = SYNC_FAILED };
	if (!rc)
		rc = make_sync(&t.s, c, now, e);
	if (!rc) {
		take_body(&t);
		*out = t.s->r;
		if (t.s->r.end == SYNC_FAILED) {
			*e = t.s->e;
			rc = e->code ? -(int)e->code
				     : err_set(e, ERR_IO, "the device's store failed");
		} else {
			rc = take_keys(&t, keys, e);
			*out = t.s->r;
		}
	}
	sync_free(t.s);
	arena_free(t.a);
	return rc;
}
