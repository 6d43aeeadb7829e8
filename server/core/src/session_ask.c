/* Requests: kept in order, answered when their turn comes and there is room. */
#include "session_impl.h"

#include <stdlib.h>

enum {
	PAGE_OVERHEAD = 4096, /* head, proof, cursor */
	PAGE_EACH = 24,       /* a mark, tags and lengths */
	PAGE_BYTES_MIN = 1024,
	PART_OVERHEAD = 256,
	ANSWER_BUDGET = 2 * FRAME_MAX,
	READ_NOTED_MS = 1000, /* a standby asks more often than anybody looks */
};

void session_asks_fini(struct session *s)
{
	for (size_t i = 0; i < s->asks_count; i++) {
		free(s->asks[i].bytes);
		job_free(s->asks[i].done);
	}
	s->asks_count = 0;
}

void session_ask(struct session *s, unsigned type, struct span payload, struct moment now)
{
	struct session_ask *q;

	if (!s->asks)
		s->asks = malloc(LINK_REQUESTS_MAX * sizeof(*s->asks));
	if (!s->asks) {
		session_fail(s, now);
		return;
	}
	assert(s->asks_count < LINK_REQUESTS_MAX); /* the link counts them too */
	q = &s->asks[s->asks_count++];
	*q = (struct session_ask){ .type = type, .len = payload.len };
	q->bytes = malloc(payload.len ? payload.len : 1);
	if (!q->bytes)
		session_fail(s, now);
	else if (payload.len)
		memcpy(q->bytes, payload.data, payload.len);
}

/* ---- one answer ---- */

struct answering {
	struct session *s;
	struct session_ask *q;
	struct moment now;
	struct arena *a; /* lives until the answer is sent */
	struct device_row row;
	struct feed_scope scope;
};

/* Each returns WIRE_OK with its answer sent, or the code of an Error. */
static enum wire_code sent(bool ok)
{
	return ok ? WIRE_OK : WIRE_ANSWER_TOO_LARGE;
}

static bool read_ask(const struct answering *k, void *m)
{
	return !wire_decode(m, k->q->type, span_of(k->q->bytes, k->q->len), k->a, NULL);
}

/* An empty proof would read as one that does not hold: two histories. */
static bool nodes_of(struct span *out, const struct answering *k, const struct merkle_proof *p)
{
	*out = arena_copy(k->a, span_of(p->node, p->count * sizeof(p->node[0])));
	return out->data || !p->count;
}

static bool marks_of(struct span *out, const struct answering *k, const struct feed_page *p)
{
	uint8_t *marks;

	*out = (struct span){ NULL, 0 };
	if (!k->s->sv->mark_key || !p->count)
		return true;
	marks = arena_array(k->a, p->count, WIRE_ID);
	if (!marks)
		return false;
	for (size_t i = 0; i < p->count; i++)
		server_mark(marks + i * WIRE_ID, k->s->sv->mark_key, p->entries[i]);
	*out = span_of(marks, p->count * WIRE_ID);
	return true;
}

/* Where the device has to begin again, if it has to. */
static bool restarts(const struct answering *k, const struct wire_cursor *c, uint64_t *from)
{
	uint64_t shared = server_line_shared(&k->s->sv->line, c->incarnation);

	*from = 0;
	if (!c->lsn)
		return false;
	if (server_other_part(&k->s->sv->line, c, &k->scope))
		return true;
	*from = shared;
	return c->lsn > shared;
}

static enum wire_code fill_page(struct answering *k, const struct wire_pull *q, struct wire_page *m)
{
	struct session *s = k->s;
	struct feed_ask ask = { .after = q->cursor.lsn,
				.each_bytes = PAGE_EACH,
				.count_max = WIRE_ENTRIES_MAX,
				.bytes_max = s->sv->limits.page_max };
	size_t fits = s->link.client_frame_max - PAGE_OVERHEAD;
	struct merkle_proof proof;
	struct feed_page page;
	int rc;

	if (q->max_bytes && q->max_bytes < ask.bytes_max)
		ask.bytes_max = q->max_bytes > PAGE_BYTES_MIN ? q->max_bytes : PAGE_BYTES_MIN;
	if (ask.bytes_max > fits)
		ask.bytes_max = fits;
	rc = feed_page(&page, s->sv->ledger, &k->scope, &ask, k->a, NULL);
	if (rc)
		return rc == -ERR_RANGE ? WIRE_SERVER_BEHIND : WIRE_INTERNAL;
	m->entries = page.entries;
	m->entry_count = page.count;
	m->next.lsn = page.next;
	m->more = page.more;
	if (!marks_of(&m->marks, k, &page))
		return WIRE_INTERNAL;
	if (q->prove_from && q->prove_from <= ledger_info(s->sv->ledger).lsn) {
		rc = ledger_prove_prefix(s->sv->ledger, q->prove_from,
					 ledger_info(s->sv->ledger).lsn, &proof, NULL);
		if (rc || !nodes_of(&m->proof, k, &proof))
			return WIRE_INTERNAL;
	}
	return WIRE_OK;
}

/* A standby says what it has: the operator sees how far it is behind. */
static void note_read(struct answering *k, uint64_t has, uint64_t tip)
{
	struct session_read *r = &k->s->read;
	int64_t now_ms = moment_real_ms(k->now);
	struct job *j;

	if (has >= tip)
		r->level_ms = now_ms;
	else if (r->at_ms && has >= r->tip)
		r->level_ms = r->at_ms;
	r->tip = tip;
	r->at_ms = now_ms;
	if (now_ms >= r->noted_ms && now_ms - r->noted_ms < READ_NOTED_MS)
		return;
	j = session_job_new(k->s, JOB_READ, k->now);
	if (!j)
		return;
	r->noted_ms = now_ms;
	j->read = (struct job_read){ .lsn = has, .at_ms = now_ms, .level_ms = r->level_ms };
	session_job_give(k->s, j);
}

static enum wire_code answer_pull(struct answering *k)
{
	struct ledger_info info = ledger_info(k->s->sv->ledger);
	struct wire_page m = { .more = false };
	struct wire_pull q;
	enum wire_code code = WIRE_OK;

	if (!read_ask(k, &q))
		return WIRE_INTERNAL;
	if (k->scope.all)
		note_read(k, q.prove_from, info.lsn);
	memcpy(m.next.incarnation, info.incarnation, WIRE_ID);
	m.next.authority = k->scope.authority;
	k->s->leading_back &= session_is_past(k->s, &q.cursor);
	m.restart = restarts(k, &q.cursor, &m.next.lsn);
	m.more = m.restart;
	if (!m.restart)
		code = fill_page(k, &q, &m);
	if (!code && !session_head(k->s, &m.head))
		code = WIRE_INTERNAL;
	return code ? code : sent(session_send(k->s, FRAME_PAGE, &m, k->now));
}

static enum wire_code answer_receipt(struct answering *k)
{
	struct ledger *l = k->s->sv->ledger;
	struct ledger_info info = ledger_info(l);
	struct wire_receipt m = { .entry = { NULL, 0 } };
	struct wire_receipt_get q;
	struct merkle_proof proof;
	struct entry en;
	struct buf bytes;
	int rc;

	if (!read_ask(k, &q))
		return WIRE_INTERNAL;
	if (!q.lsn || q.lsn > info.lsn)
		return WIRE_NOT_FOUND;
	buf_init(&bytes, ENTRY_MAX);
	rc = ledger_entry(l, q.lsn, &bytes, NULL);
	m.entry = arena_copy(k->a, buf_span(&bytes));
	buf_fini(&bytes);
	if (!rc)
		rc = m.entry.data ? entry_decode(&en, m.entry, k->a, NULL) : -ERR_NOMEM;
	if (!rc)
		rc = feed_sees(l, &k->scope, &en, k->a, NULL);
	if (!rc)
		return WIRE_NOT_ALLOWED;
	if (rc > 0)
		rc = ledger_prove(l, q.lsn, info.lsn, &proof, NULL);
	if (rc || !nodes_of(&m.path, k, &proof) || !session_head(k->s, &m.head))
		return WIRE_INTERNAL;
	return sent(session_send(k->s, FRAME_RECEIPT, &m, k->now));
}

static enum wire_code answer_prove(struct answering *k)
{
	struct ledger *l = k->s->sv->ledger;
	struct wire_proof m = { .old_size = 0 };
	struct merkle_proof proof;
	struct wire_prove q;

	if (!read_ask(k, &q))
		return WIRE_INTERNAL;
	m.old_size = q.old_size;
	switch (ledger_prove_prefix(l, q.old_size, q.size ? q.size : ledger_info(l).lsn, &proof,
				    NULL)) {
	case 0:
		if (!nodes_of(&m.nodes, k, &proof) || !session_head(k->s, &m.head))
			return WIRE_INTERNAL;
		return sent(session_send(k->s, FRAME_PROOF, &m, k->now));
	case -ERR_RANGE:
		return WIRE_NOT_FOUND;
	default:
		return WIRE_INTERNAL;
	}
}

static enum wire_code answer_query(struct answering *k)
{
	struct server *sv = k->s->sv;
	const struct tree *t = ledger_tree(sv->ledger);
	struct ledger_info info = ledger_info(sv->ledger);
	struct wire_answer m = { .lsn = info.lsn, .time_ms = info.time_ms };
	struct wire_query q;
	struct buf json;
	bool above;
	int rc;

	if (!read_ask(k, &q) || !sv->query)
		return WIRE_INTERNAL;
	if (!tree_get(t, q.unit))
		return WIRE_NOT_FOUND;
	/* Whoever was in the subtree on the last day that is asked about, and no other. */
	above = !tree_inside(t, q.unit, k->scope.unit, q.to_day, UINT64_MAX);
	if (above &&
	    (q.what != WIRE_TOTALS || !tree_inside(t, k->scope.unit, q.unit, q.to_day, UINT64_MAX)))
		return WIRE_NOT_ALLOWED;
	memcpy(m.incarnation, info.incarnation, WIRE_ID);
	buf_init(&json, k->s->link.client_frame_max - PAGE_OVERHEAD);
	rc = sv->query(sv->query_ctx, sv->ledger, &q, above, k->scope.unit, &json, NULL);
	m.json = buf_span(&json);
	if (!rc && json.failed)
		rc = -ERR_RANGE;
	if (!rc)
		rc = session_send(k->s, FRAME_ANSWER, &m, k->now) ? 0 : -ERR_RANGE;
	buf_fini(&json);
	switch (rc) {
	case 0:
		return WIRE_OK;
	case -ERR_NOTFOUND:
	case -ERR_INVALID:
		return WIRE_NOT_FOUND;
	case -ERR_DENIED:
		return WIRE_NOT_ALLOWED;
	case -ERR_RANGE:
		return WIRE_ANSWER_TOO_LARGE;
	default:
		return WIRE_INTERNAL;
	}
}

static enum wire_code answer_renew(struct answering *k)
{
	const struct job *j = k->q->done;
	struct wire_renew_ack m = { .certificate = j->renew.certificate };

	return j->code ? j->code : sent(session_send(k->s, FRAME_RENEW_ACK, &m, k->now));
}

static enum wire_code answer_old(struct answering *k)
{
	const struct job *j = k->q->done;
	struct wire_old_ack m = session_old_ack(j, k->a);

	*k->s->places = *j->old.places;
	return j->code ? j->code : sent(session_send(k->s, FRAME_OLD_ACK, &m, k->now));
}

/* What waits, or is no good, is said in the BundleAck; Errors are for the carrier itself. */
static enum wire_code answer_piece(struct answering *k)
{
	const struct job *j = k->q->done;
	struct wire_bundle_ack m = { .id = j->stick.part.id, .have = j->stick.have };

	if (j->code >= WIRE_BUSY && j->code < WIRE_MALFORMED) {
		m.code = WIRE_BUSY;
		m.retry_after_ms = server_retry_ms(k->s->sv, k->s->conn);
	} else if (j->code == WIRE_BUNDLE_INVALID) {
		m.code = j->code;
	} else if (j->code) {
		return j->code;
	}
	return sent(session_send(k->s, FRAME_BUNDLE_ACK, &m, k->now));
}

static enum wire_code answer_part(struct answering *k)
{
	const struct job *j = k->q->done;
	struct wire_bundle_part m = { .id = j->stick.part.id,
				      .total = j->stick.total,
				      .offset = j->stick.part.offset,
				      .data = j->stick.answer };
	size_t fits = k->s->link.client_frame_max - PART_OVERHEAD;

	if (j->code)
		return j->code;
	if (m.data.len > fits)
		m.data.len = fits;
	return sent(session_send(k->s, FRAME_ANSWER_PART, &m, k->now));
}

static enum wire_code answer_keys(struct answering *k)
{
	const struct job *j = k->q->done;
	struct wire_key_ack ack = { .results = span_of(j->keys.results, j->keys.count) };

	if (j->code)
		return j->code;
	if (j->keys.get)
		return sent(session_send(k->s, FRAME_KEY_PAGE, &j->keys.page, k->now));
	return sent(session_send(k->s, FRAME_KEY_ACK, &ack, k->now));
}

typedef enum wire_code answer_fn(struct answering *);

static answer_fn *const answers[FRAME_TYPES] = {
	[FRAME_PULL] = answer_pull,    [FRAME_RECEIPT_GET] = answer_receipt,
	[FRAME_PROVE] = answer_prove,  [FRAME_QUERY] = answer_query,
	[FRAME_RENEW] = answer_renew,  [FRAME_OLD] = answer_old,
	[FRAME_BUNDLE] = answer_piece, [FRAME_ANSWER_GET] = answer_part,
	[FRAME_KEY_PUT] = answer_keys, [FRAME_KEY_GET] = answer_keys,
};

/* Is it still a device of ours, and may it read? Asked each time: a revocation holds at once. */
static enum wire_code check_device(struct answering *k)
{
	struct session *s = k->s;
	enum wire_code code;
	int rc = server_refresh(s->sv, NULL);

	if (!rc)
		rc = hello_device(&code, &k->row, s->sv->ledger, s->hello.device, NULL);
	if (!rc && !code && k->q->type != FRAME_RENEW &&
	    (s->link.state == LINK_LIMITED || s->link.state == LINK_REFUSED))
		code = s->judged.code;
	if (!rc && !code)
		rc = feed_scope(&k->scope, s->sv->ledger, s->hello.device, s->hello.left, NULL);
	return rc ? WIRE_INTERNAL : code;
}

static void answer(struct session *s, struct session_ask *q, struct moment now)
{
	struct answering k = {
		.s = s, .q = q, .now = now, .a = arena_new(ANSWER_BUDGET + WIRE_ARENA)
	};
	struct wire_error no = { .of = q->type };
	struct wire_busy busy = { .of = q->type,
				  .retry_after_ms = server_retry_ms(s->sv, s->conn) };
	enum wire_code code = WIRE_INTERNAL;

	/* One snapshot for entries, proof and head: the writer commits meanwhile, and a proof that ends before
	 * the head it comes with looks to the device like a second history. */
	if (k.a && !ledger_hold(s->sv->ledger, NULL)) {
		code = check_device(&k);
		if (!code)
			code = answers[q->type] ? answers[q->type](&k) : WIRE_INTERNAL;
		ledger_let_go(s->sv->ledger);
	}
	arena_free(k.a);
	if (!code)
		return;
	if (s->link.state == LINK_OPEN && (code == WIRE_REVOKED || code == WIRE_SUSPENDED))
		s->gone = code;
	no.code = busy.code = code;
	if (code >= WIRE_BUSY && code < WIRE_MALFORMED ? !session_send(s, FRAME_BUSY, &busy, now)
						       : !session_send(s, FRAME_ERROR, &no, now))
		session_fail(s, now);
}

/* ---- in order ---- */

static void give_old(struct session *s, struct session_ask *q, struct moment now)
{
	struct job *j = session_old_job(s, span_of(q->bytes, q->len), now);

	if (!j) {
		session_fail(s, now);
		return;
	}
	q->tag = j->tag;
	session_job_give(s, j);
}

/* What the writer answers goes there when its turn comes: what was asked before is answered before. */
static enum job_kind job_kind_of(unsigned type)
{
	return type == FRAME_RENEW        ? JOB_RENEW
	       : type == FRAME_OLD        ? JOB_OLD
	       : type == FRAME_BUNDLE     ? JOB_PIECE
	       : type == FRAME_ANSWER_GET ? JOB_PART
	       : type == FRAME_KEY_PUT    ? JOB_KEYS
	       : type == FRAME_KEY_GET    ? JOB_KEYS
					  : JOB_KINDS;
}

static void give_job(struct session *s, struct session_ask *q, struct moment now)
{
	struct job *j = session_job_new(s, job_kind_of(q->type), now);
	struct span copy = j ? arena_copy(j->a, span_of(q->bytes, q->len)) : span_of(q->bytes, 0);
	union wire_any m;

	if (!j || (q->len && !copy.data) || wire_decode(&m, q->type, copy, j->a, NULL)) {
		job_free(j);
		session_fail(s, now);
		return;
	}
	if (j->kind == JOB_RENEW) {
		j->renew.csr = m.renew.csr;
		j->renew.seal_key = m.renew.seal_key;
	} else if (j->kind == JOB_KEYS) {
		j->keys.get = q->type == FRAME_KEY_GET;
		j->keys.after = j->keys.get ? m.key_get.after : 0;
		j->keys.unit = j->keys.get ? m.key_get.unit : 0;
		j->keys.rows = j->keys.get ? NULL : m.key_put.rows;
		j->keys.count = j->keys.get ? 0 : m.key_put.count;
	} else {
		j->stick.part = m.part;
	}
	q->tag = j->tag;
	session_job_give(s, j);
}

void session_flush_asks(struct session *s, struct moment now)
{
	while (s->asks_count && !s->over && session_pending(s) < SESSION_OUT_FULL &&
	       link_request_ready(&s->link)) {
		struct session_ask q = s->asks[0];

		if (job_kind_of(q.type) != JOB_KINDS && !q.done) {
			if (!q.tag)
				(q.type == FRAME_OLD ? give_old : give_job)(s, &s->asks[0], now);
			return;
		}
		answer(s, &q, now);
		free(q.bytes);
		job_free(q.done);
		if (!s->asks_count) /* the session ended over it */
			return;
		s->asks_count--;
		memmove(s->asks, s->asks + 1, s->asks_count * sizeof(s->asks[0]));
	}
	if (!s->asks_count) {
		free(s->asks);
		s->asks = NULL;
	}
}
