/* The answer to a bundle: what HelloAck, Ack and pages would have said on a connection. */
#include "stick_impl.h"

enum {
	PAGE_BYTES = 240000,
	PAGE_EACH = 24,           /* a mark, tags and lengths */
	PAGE_OVERHEAD = 4096,     /* head, proof, cursor */
	ANSWER_OVERHEAD = 32768,  /* HelloAck, heads, seal, signature */
	VERDICT_BYTES = 192,      /* at most, on the wire */
	PAGE_BYTES_MIN = 1 << 17, /* an entry may be so large, and one always fits */
};

struct making {
	struct work *w;
	const struct stick_taken *t;
	struct ledger *l;
	struct moment now;
	struct arena *a;
	struct ledger_info info;
	struct wire_head head;
	struct feed_scope scope;
	struct wire_page *pages;
	size_t page_count, left;
};

static int newest_head(struct making *m, struct err *e)
{
	uint8_t *bytes = arena_alloc(m->a, HEAD_BYTES);
	struct ed25519_sig *sig = arena_alloc(m->a, sizeof(*sig));
	struct head h;
	int rc = bytes && sig ? ledger_head(m->l, &h, sig, e)
			      : err_set(e, ERR_NOMEM, "no memory for an answer");

	if (rc)
		return rc;
	head_encode(bytes, &h);
	m->head = wire_head_of(bytes, sig);
	return 0;
}

/* ---- pages ---- */

static int mark_all(const struct making *m, struct wire_page *page, struct err *e)
{
	const uint8_t *key = m->w->setup->sticks->setup.mark_key;
	uint8_t *marks;

	if (!key || !page->entry_count)
		return 0;
	marks = arena_array(m->a, page->entry_count, WIRE_ID);
	if (!marks)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	for (size_t i = 0; i < page->entry_count; i++)
		server_mark(marks + i * WIRE_ID, key, page->entries[i]);
	page->marks = span_of(marks, page->entry_count * WIRE_ID);
	return 0;
}

/* From the head that the device held when it wrote the bundle: of an earlier incarnation too, up to the branch, or else
 * the device goes by none. */
static int prove(struct making *m, struct wire_page *page, struct err *e)
{
	struct merkle_proof proof;
	struct head held;
	int rc;

	if (m->t->body.hello.head.signed_bytes.len != HEAD_BYTES ||
	    head_decode(&held, m->t->body.hello.head.signed_bytes, NULL) || !held.size ||
	    held.size > m->info.lsn)
		return 0;
	rc = ledger_prove_prefix(m->l, held.size, m->info.lsn, &proof, e);
	if (rc)
		return rc;
	/* an empty one would read as one that does not hold: two histories */
	page->proof = arena_copy(m->a, span_of(proof.node, proof.count * sizeof(proof.node[0])));
	return page->proof.data || !proof.count ? 0
						: err_set(e, ERR_NOMEM, "no memory for an answer");
}

static struct wire_page *new_page(struct making *m)
{
	struct wire_page *page = &m->pages[m->page_count++];

	*page = (struct wire_page){ .head = m->head };
	memcpy(page->next.incarnation, m->info.incarnation, WIRE_ID);
	page->next.authority = m->scope.authority;
	return page;
}

/* Where to read from; a page that says so when the device has to begin again. */
static uint64_t begin(struct making *m)
{
	const struct wire_cursor *c = &m->t->body.hello.cursor;
	uint64_t shared = server_line_shared(&m->w->line, c->incarnation), from = c->lsn;
	bool other = server_other_part(&m->w->line, c, &m->scope);
	struct wire_page *page;

	if (!c->lsn || (!other && c->lsn <= shared))
		return from;
	from = other ? 0 : shared;
	page = new_page(m);
	page->restart = page->more = true;
	page->next.lsn = from;
	return from;
}

static int one_page(struct making *m, uint64_t *from, bool *more, struct err *e)
{
	struct feed_ask ask = { .after = *from,
				.each_bytes = PAGE_EACH,
				.count_max = WIRE_ENTRIES_MAX,
				.bytes_max = m->left < PAGE_BYTES ? m->left : PAGE_BYTES };
	struct feed_page got;
	struct wire_page *page;
	int rc = feed_page(&got, m->l, &m->scope, &ask, m->a, e);

	if (rc)
		return rc;
	page = new_page(m);
	page->entries = got.entries;
	page->entry_count = got.count;
	page->next.lsn = *from = got.next;
	page->more = *more = got.more;
	for (size_t i = 0; i < got.count; i++)
		m->left -= m->left < got.entries[i].len + PAGE_EACH
				   ? m->left
				   : got.entries[i].len + PAGE_EACH;
	m->left -= m->left < PAGE_OVERHEAD ? m->left : PAGE_OVERHEAD;
	return mark_all(m, page, e);
}

static int make_pages(struct making *m, struct err *e)
{
	bool more = true;
	uint64_t from;
	size_t first;
	int rc = 0;

	m->pages = arena_array(m->a, WIRE_PAGES_MAX, sizeof(*m->pages));
	if (!m->pages)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	from = begin(m);
	first = m->page_count;
	while (!rc && more && m->page_count < WIRE_PAGES_MAX && m->left >= PAGE_BYTES_MIN)
		rc = one_page(m, &from, &more, e);
	if (!rc && m->page_count > first)
		rc = prove(m, &m->pages[first], e);
	return rc;
}

/* ---- HelloAck and Ack ---- */

static int hello_ack(struct making *m, struct wire_hello_ack *out, struct err *e)
{
	const struct cert_info *by = &m->t->by;
	struct wire_branch *line = arena_array(m->a, WIRE_LINE_MAX, sizeof(*line));

	if (!line)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	*out = (struct wire_hello_ack){
		.version = WIRE_VERSION,
		.version_min = WIRE_VERSION_MIN,
		.version_max = WIRE_VERSION,
		.program = m->w->setup->sticks->setup.program,
		.code = m->t->judged.code,
		.epoch = m->t->judged.epoch,
		.acked_seq = m->t->judged.acked_seq,
		.chain = m->t->judged.chain,
		.head = m->head,
		.authority = m->scope.authority,
		.line = line,
		.line_count = server_line_since(&m->w->line, m->t->body.hello.cursor.incarnation,
						line),
		.time_ms = m->now.wall_ms > m->info.time_ms ? m->now.wall_ms : m->info.time_ms,
		.renew = cert_renewal_due(by, moment_real_ms(m->now)),
		.recovering = m->w->recovering,
	};
	memcpy(out->incarnation, m->info.incarnation, WIRE_ID);
	return 0;
}

static int ack(struct making *m, struct wire_ack *out, struct err *e)
{
	const struct job_ops *ops = &m->t->ops.ops;
	struct wire_verdict *v = arena_array(m->a, ops->count, sizeof(*v));

	if (ops->count && !v)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	*out = (struct wire_ack){ .epoch = m->t->judged.epoch,
				  .verdicts = v,
				  .verdict_count = ops->count,
				  .acked_seq = m->t->judged.acked_seq,
				  .chain = m->t->judged.chain,
				  .head = m->head };
	for (size_t i = 0; i < ops->count; i++) {
		const struct job_op *op = &ops->ops[i];

		v[i] = (struct wire_verdict){ .seq = ops->first_seq + i };
		if (op->verdict) {
			v[i].verdict = (uint32_t)op->verdict;
			v[i].lsn = op->lsn;
			v[i].code = (uint32_t)op->code;
			v[i].detail = span_str(op->detail);
		} else {
			v[i].not_now = (uint32_t)op->not_now;
		}
	}
	return 0;
}

/* ---- the file ---- */

static int write_file(struct buf *out, const struct making *m, struct span body, struct err *e)
{
	const struct sticks_setup *setup = &m->w->setup->sticks->setup;
	struct file_head h = { .kind = FILE_ANSWER, .device = m->t->row.device, .about = m->t->id };
	struct seal_public to;
	uint8_t random[SEAL_SEED_BYTES];
	int rc;

	memcpy(h.store, m->info.store, sizeof(h.store));
	memcpy(to.b, m->t->row.seal_key, sizeof(to.b));
	setup->random.fill(setup->random.ctx, random, sizeof(random));
	rc = answer_write(out, &h, body, m->w->setup->log_key, &to, random, m->a, e);
	bytes_wipe(random, sizeof(random));
	return rc;
}

static int make(struct buf *out, struct making *m, struct err *e)
{
	struct wire_answer_body b = { .page_count = 0 };
	struct buf body;
	int rc = newest_head(m, e);

	if (!rc)
		rc = feed_scope(&m->scope, m->l, m->t->row.device, m->t->body.hello.left, e);
	if (!rc)
		rc = hello_ack(m, &b.hello_ack, e);
	if (!rc)
		rc = ack(m, &b.ack, e);
	if (!rc && !m->t->judged.code)
		rc = stick_keys(&b, m->w, m->t, &m->left, m->a, e);
	if (!rc && m->t->judged.code != WIRE_SUSPENDED)
		rc = make_pages(m, e);
	if (rc)
		return rc;
	b.pages = m->pages;
	b.page_count = m->page_count;
	buf_init(&body, WIRE_FILE_MAX);
	rc = wire_encode(&body, WIRE_ANSWER_BODY, &b, m->a, e);
	if (!rc)
		rc = write_file(out, m, buf_span(&body), e);
	buf_fini(&body);
	return rc;
}

int stick_answer(struct buf *out, struct work *w, const struct stick_taken *t, struct moment now,
		 struct err *e)
{
	struct making m = { .w = w,
			    .t = t,
			    .l = w->setup->ledger,
			    .now = now,
			    .left = WIRE_FILE_MAX - ANSWER_OVERHEAD - PAGE_BYTES_MIN -
				    t->ops.ops.count * VERDICT_BYTES };
	int rc;

	m.a = arena_new(STICK_BUDGET);
	if (!m.a)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	rc = ledger_hold(m.l, e);
	if (!rc) {
		m.info = ledger_info(m.l);
		rc = make(out, &m, e);
		ledger_let_go(m.l);
	}
	arena_free(m.a);
	return rc;
}
