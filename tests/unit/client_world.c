#include "client_world.h"

#include "ledger/feed.h"
#include "ledger/part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

/* ---- the site ---- */

static void open_with(struct world *w, bool small)
{
	struct op op;

	world_open(w, false, false);
	build_small_tree(w);
	world_begin(w);
	op = small ? build_form_text(form_small_monthly_text) : build_form(w, "monthly");
	world_act(w, &op);
	op = build_form(w, "flash");
	world_act(w, &op);
	for (uint32_t unit = 4; unit <= 5; unit++) {
		op = build_plan(unit, FORM_SHORT, (struct period){ day(2020, 1, 1), 0 }, PLAN_NONE);
		world_act(w, &op);
		op = build_plan(unit, 1, (struct period){ day(2020, 1, 1), 0 }, PLAN_MONTH);
		world_act(w, &op);
	}
	world_commit(w);
}

void site_open(struct world *w)
{
	open_with(w, false);
}

void site_open_small(struct world *w)
{
	open_with(w, true);
}

struct seal_key site_seal(void)
{
	const uint8_t seed[SEAL_SEED_BYTES] = { 1 };
	struct seal_key k;

	seal_key_init(&k, seed);
	return k;
}

static void client_of(struct desk *k)
{
	struct seal_key seal = site_seal();
	struct identity id = {
		.device = k->d.device, .unit = k->d.unit, .person = k->d.person, .role = ROLE_CLERK
	};

	memcpy(id.store, k->w->birth.store, 16);
	memcpy(id.log_key, k->w->birth.log_key, 32);
	memcpy(id.seal_key, seal.public.b, 32);
	must(client_create(k->kv, &id, 1, k->w->birth.incarnation, &k->e), &k->e, "make a client");
	must(client_open(&k->c, k->kv, &k->e), &k->e, "open a client");
}

void desk_open(struct desk *k, struct world *w, uint32_t unit, enum person_role role)
{
	memset(k, 0, sizeof(*k));
	k->w = w;
	world_begin(w);
	k->d = world_device(w, unit, role);
	world_commit(w);
	k->kv = world_kv_new(w);
	k->now_ms = w->now_ms;
	memset(k->nonce, 0x11, sizeof(k->nonce));
	buf_init(&k->receipt, FRAME_RECEIPT_MAX);
	buf_init(&k->certificate, WIRE_CERT_MAX);
	buf_init(&k->answer, FRAME_MAX);
	client_of(k);
}

void desk_close(struct desk *k)
{
	client_close(k->c);
	kv_close(k->kv);
	buf_fini(&k->receipt);
	buf_fini(&k->certificate);
	buf_fini(&k->answer);
}

void desk_copy_to(struct desk *k, struct kv *other)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_txn *from, *to;

	must(kv_begin(&from, k->kv, KV_READ, &k->e), &k->e, "read");
	must(kv_begin(&to, other, KV_WRITE, &k->e), &k->e, "write");
	for (unsigned t = 0; t < CLIENT_TABLES; t++) {
		struct kv_cursor *c;

		must(kv_walk(&c, from, (uint8_t)t, none, none, false, &k->e), &k->e, "walk");
		while (kv_next(c, &key, &value, &k->e) == 1)
			must(kv_put(to, (uint8_t)t, key, value, &k->e), &k->e, "put");
		kv_walk_end(c);
	}
	kv_abort(&from);
	must(kv_commit(&to, &k->e), &k->e, "commit");
}

void desk_reopen(struct desk *k)
{
	client_close(k->c);
	k->c = NULL;
	must(client_open(&k->c, k->kv, &k->e), &k->e, "open a client again");
}

void world_clone(struct world *to, const struct world *from)
{
	*to = *from;
	to->dir[0] = '\0'; /* in memory, wherever that one is */
	to->a = arena_new((size_t)64 << 20);
	must(kv_mem_clone(&to->kv, from->kv, &to->e), &to->e, "copy a server");
	must(ledger_open(&to->l, to->kv, 0, &to->e), &to->e, "open the copy of a server");
}

void desk_clone(struct desk *to, struct world *tw, const struct desk *from)
{
	*to = *from;
	to->w = tw;
	to->c = NULL;
	buf_init(&to->receipt, FRAME_RECEIPT_MAX);
	buf_init(&to->certificate, WIRE_CERT_MAX);
	buf_init(&to->answer, FRAME_MAX);
	must(kv_mem_clone(&to->kv, from->kv, &to->e), &to->e, "copy a client");
	must(client_open(&to->c, to->kv, &to->e), &to->e, "open the copy of a client");
}

void desk_restored_as(struct desk *d, struct world *from, struct wire_branch *branch, uint8_t id)
{
	struct op op = { .kind = OP_INCARNATION };
	struct ledger_info info = ledger_info(from->l);

	memcpy(op.incarnation.store, info.store, 16);
	memset(op.incarnation.id, id, 16);
	memcpy(op.incarnation.parent, info.incarnation, 16);
	memcpy(op.incarnation.log_key, info.log_key, 32);
	op.incarnation.branch_lsn = info.lsn;
	op.incarnation.cause = SPAN_LIT("restore");
	world_act_now(from, &op);
	*branch = (struct wire_branch){ .branch_lsn = info.lsn };
	memcpy(branch->id, op.incarnation.id, 16);
	memcpy(branch->parent, info.incarnation, 16);
	d->w = from;
	d->s.script.line = branch;
	d->s.script.line_count = 1;
	d->s.script.rebase = true;
}

void desk_clone_close(struct desk *k, struct world *w)
{
	desk_close(k);
	world_close(w);
}

void desk_restored(struct desk *d, struct world *from, struct wire_branch *branch)
{
	desk_restored_as(d, from, branch, 0x2d);
}

/* ---- the server's side ---- */

static void send(struct side *s, enum frame_type type, const void *m)
{
	struct arena *a = arena_new(2 * WIRE_ARENA);

	must(wire_frame(&s->out, type, m, a, &s->w->e), &s->w->e, "encode an answer");
	arena_free(a);
}

static struct wire_head head_now(struct side *s, struct arena *a)
{
	struct ed25519_sig sig;
	struct head h;
	uint8_t *bytes = arena_alloc(a, HEAD_BYTES + sizeof(sig));
	struct ed25519_key other;
	uint8_t seed[ED25519_SEED_BYTES] = "another key";

	must(ledger_head(s->w->l, &h, &sig, &s->w->e), &s->w->e, "the server's head");
	if (s->script.forge_head || s->forging) {
		memcpy(h.root.b, s->other_root, 32);
		sig = head_sign(&h, &s->w->key);
	}
	if (s->phantom) {
		h.size = s->phantom;
		sig = head_sign(&h, &s->w->key);
	}
	if (s->script.unsigned_head) {
		ed25519_key_init(&other, seed);
		sig = head_sign(&h, &other);
	}
	head_encode(bytes, &h);
	memcpy(bytes + HEAD_BYTES, sig.b, sizeof(sig.b));
	return (struct wire_head){ span_of(bytes, HEAD_BYTES),
				   span_of(bytes + HEAD_BYTES, sizeof(sig.b)) };
}

static struct feed_scope scope_now(struct side *s)
{
	struct feed_scope scope;

	must(feed_scope(&scope, s->w->l, s->d->device, true, &s->w->e), &s->w->e,
	     "a device's part");
	if (s->script.authority)
		scope.authority = s->script.authority;
	return scope;
}

/* Of the line that is told: what comes after that incarnation; all of it where it is none of the line. */
static const struct wire_branch *line_behind(const struct side *s, const uint8_t id[16],
					     size_t *count)
{
	size_t from = 0;

	for (size_t i = 0; i < s->script.line_count; i++)
		if (!memcmp(s->script.line[i].id, id, 16))
			from = i + 1;
	*count = s->script.line_count - from;
	return s->script.line + from;
}

static void answer_hello(struct side *s, struct arena *a)
{
	struct ledger_info info = ledger_info(s->w->l);
	struct wire_hello_ack m = { .version = 1,
				    .version_min = 1,
				    .version_max = 1,
				    .program = SPAN_LIT("fake"),
				    .frame_max = FRAME_MAX,
				    .credit_ops = 256,
				    .credit_bytes = FRAME_MAX,
				    .credit_requests = 8,
				    .page_max = FRAME_MAX - 8192,
				    .jitter_ms = s->script.jitter_ms,
				    .time_ms = s->w->now_ms,
				    .recovering = s->script.recovering };
	struct chain_row chain;
	int rc = ledger_chain(s->w->l, s->d->device, &chain, &s->w->e);

	if (rc && rc != -ERR_NOTFOUND)
		fail("the server's chain");
	m.code = s->script.hello_code;
	m.succeeded = s->script.succeeded;
	m.epoch = s->script.epoch ? s->script.epoch : 1;
	m.acked_seq = s->script.epoch ? 0 : chain.seq;
	if (!s->script.epoch)
		m.chain = chain.hash;
	if (s->script.liar && s->script.liar->acked > chain.seq) {
		m.acked_seq = s->script.liar->acked;
		m.chain = s->script.liar->chain;
	}
	if (s->script.wrong_chain)
		m.chain.b[0] ^= 1;
	s->forging = s->script.forge_hello;
	m.head = head_now(s, a);
	s->forging = false;
	memcpy(m.incarnation, info.incarnation, 16);
	m.line = line_behind(s, s->hello.cursor.incarnation, &m.line_count);
	m.authority = scope_now(s).authority;
	s->hello_good = m.code == WIRE_OK;
	send(s, FRAME_HELLO_ACK, &m);
	if (s->script.grows)
		world_act_now(s->w, &(struct op){ .kind = OP_START });
}

/* The chain is over bodies: an envelope with another base is the same op to it. */
static struct span rebased(struct side *s, struct span envelope, struct arena *a)
{
	struct ledger_info info = ledger_info(s->w->l);
	struct envelope v;
	struct buf b;

	must(envelope_decode(&v, envelope, a, &s->w->e), &s->w->e, "an envelope");
	memcpy(v.base.incarnation, info.incarnation, 16);
	if (v.base.lsn > info.lsn)
		v.base.lsn = info.lsn;
	buf_init(&b, 2 * ENVELOPE_MAX);
	envelope_encode(&b, &v);
	envelope = arena_copy(a, buf_span(&b));
	buf_fini(&b);
	return envelope;
}

/* Something else stands where the ack says that the op does. */
static void lie(struct side *s, struct wire_verdict *v, struct span body)
{
	struct liar *liar = s->script.liar;
	struct hash h = hash_bytes(body);
	struct chain_row before = { .seq = 0 };

	if (!liar->acked && !ledger_chain(s->w->l, s->d->device, &before, NULL))
		liar->chain = before.hash;
	world_act_now(s->w, &(struct op){ .kind = OP_START });
	liar->chain = chain_next(&liar->chain, v->seq, h.b);
	liar->acked = v->seq;
	v->verdict = VERDICT_ACCEPTED;
	v->lsn = ledger_info(s->w->l).lsn + liar->beyond;
	s->phantom = liar->beyond ? v->lsn : 0;
}

static void lied(struct side *s, const struct wire_submit *m, struct wire_verdict *v,
		 struct arena *a)
{
	struct wire_ack ack = { .epoch = m->epoch, .verdicts = v, .verdict_count = m->item_count };

	for (size_t i = 0; i < m->item_count; i++) {
		v[i].seq = m->first_seq + i;
		lie(s, &v[i], m->items[i].body);
	}
	ack.acked_seq = s->script.liar->acked;
	ack.chain = s->script.liar->chain;
	ack.head = head_now(s, a);
	s->phantom = 0;
	send(s, FRAME_ACK, &ack);
}

static void answer_submit(struct side *s, const struct wire_submit *m, struct arena *a)
{
	struct wire_verdict *v = arena_array(a, m->item_count, sizeof(*v));
	struct wire_ack ack = { .epoch = m->epoch, .verdicts = v, .verdict_count = m->item_count };
	struct chain_row chain;
	bool held = !s->hello_good;

	if (s->script.liar && m->first_seq >= s->script.liar->from_seq) {
		lied(s, m, v, a);
		return;
	}
	world_begin(s->w);
	for (size_t i = 0; i < m->item_count; i++) {
		struct submission in = { .device = s->d->device,
					 .envelope = m->items[i].envelope,
					 .body = m->items[i].body };
		struct judgement j;
		int rc = 0;

		v[i].seq = m->first_seq + i;
		s->ops_in++;
		if (s->script.rebase)
			in.envelope = rebased(s, in.envelope, a);
		held = held || (s->script.not_now_from && v[i].seq >= s->script.not_now_from);
		if (!held)
			rc = ledger_submit(s->w->l, &in, s->w->now_ms, &j, &s->w->e);
		held = held || rc;
		if (held) {
			v[i].not_now = !s->hello_good          ? s->script.hello_code
				       : s->script.not_now_why ? s->script.not_now_why
							       : WIRE_GAP;
			v[i].retry_after_ms = 1500;
			continue;
		}
		v[i].verdict = s->script.other_verdict ? s->script.other_verdict
						       : (uint32_t)j.verdict;
		v[i].code = (uint32_t)j.code;
		v[i].lsn = j.lsn - s->script.other_lsn;
	}
	world_commit(s->w);
	if (!ledger_chain(s->w->l, s->d->device, &chain, NULL)) {
		ack.acked_seq = chain.seq;
		ack.chain = chain.hash;
	}
	ack.head = head_now(s, a);
	send(s, FRAME_ACK, &ack);
}

static void hide(struct feed_page *p, uint64_t lsn, struct arena *a)
{
	struct span *kept = arena_array(a, p->count + 1, sizeof(*kept));
	size_t at = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct entry en;

		if (entry_decode(&en, p->entries[i], a, NULL) || en.lsn != lsn)
			kept[at++] = p->entries[i];
	}
	p->entries = kept;
	p->count = at;
}

static void forge(struct feed_page *p, uint64_t lsn, struct arena *a)
{
	struct span *all = arena_array(a, p->count + 1, sizeof(*all));
	struct buf b;

	buf_init(&b, ENTRY_MAX);
	for (size_t i = 0; i < p->count; i++) {
		struct entry en;

		all[i] = p->entries[i];
		if (entry_decode(&en, p->entries[i], a, NULL) || en.lsn != lsn)
			continue;
		en.author ^= 1;
		entry_encode(&b, &en);
		all[i] = arena_copy(a, buf_span(&b));
	}
	buf_fini(&b);
	p->entries = all;
}

static void prove(struct side *s, uint64_t from, uint64_t to, struct span *nodes, struct arena *a)
{
	struct merkle_proof p;

	must(ledger_prove_prefix(s->w->l, from, to, &p, &s->w->e), &s->w->e, "a proof");
	*nodes = arena_copy(a, span_of(p.node, p.count * sizeof(p.node[0])));
}

static void refuse(struct side *s, uint32_t of)
{
	struct wire_error m = { .code = WIRE_NOT_ALLOWED, .of = of };

	send(s, FRAME_ERROR, &m);
}

static void answer_pull(struct side *s, const struct wire_pull *m, struct arena *a)
{
	struct ledger_info info = ledger_info(s->w->l);
	struct feed_scope scope = scope_now(s);
	struct feed_ask ask = { .after = m->cursor.lsn,
				.bytes_max = m->max_bytes,
				.count_max = 500 };
	struct wire_page page = { .next = m->cursor };
	const struct wire_branch *line;
	struct feed_page p;
	size_t count;
	uint8_t *marks;

	if (!s->script.no_heads)
		page.head = head_now(s, a);
	memcpy(page.next.incarnation, info.incarnation, 16);
	page.next.authority = scope.authority;
	line = line_behind(s, m->cursor.incarnation, &count);
	if (m->cursor.lsn && memcmp(m->cursor.incarnation, info.incarnation, 16) && count &&
	    m->cursor.lsn > line[0].branch_lsn) {
		page.restart = true;
		page.next = m->cursor;
		page.next.lsn = line[0].branch_lsn;
		send(s, FRAME_PAGE, &page);
		return;
	}
	if (s->script.back_to && m->cursor.lsn > s->script.back_to) {
		page.restart = true;
		page.next.lsn = s->script.back_to;
		send(s, FRAME_PAGE, &page);
		return;
	}
	if (m->cursor.lsn > info.lsn) {
		refuse(s, FRAME_PULL);
		return;
	}
	if (m->cursor.lsn && m->cursor.authority != scope.authority) {
		page.restart = true;
		page.next.lsn = 0;
		send(s, FRAME_PAGE, &page);
		return;
	}
	if (s->script.page_bytes)
		ask.bytes_max = s->script.page_bytes;
	must(feed_page(&p, s->w->l, &scope, &ask, a, &s->w->e), &s->w->e, "a page");
	if (s->script.hide_lsn)
		hide(&p, s->script.hide_lsn, a);
	if (s->script.forge_lsn)
		forge(&p, s->script.forge_lsn, a);
	page.entries = p.entries;
	page.entry_count = p.count;
	page.next.lsn = p.next;
	page.more = p.more;
	marks = arena_alloc(a, p.count * 16 + 1);
	memset(marks, 0x4d, p.count * 16);
	page.marks = s->script.no_marks ? (struct span){ NULL, 0 } : span_of(marks, p.count * 16);
	if (m->prove_from && m->prove_from <= info.lsn)
		prove(s, m->prove_from, info.lsn, &page.proof, a);
	send(s, FRAME_PAGE, &page);
}

static void answer_receipt(struct side *s, const struct wire_receipt_get *m, struct arena *a)
{
	struct wire_receipt r = { .head = head_now(s, a) };
	struct merkle_proof p;
	struct buf entry;

	buf_init(&entry, ENTRY_MAX);
	must(ledger_entry(s->w->l, m->lsn, &entry, &s->w->e), &s->w->e, "an entry");
	must(ledger_prove(s->w->l, m->lsn, ledger_info(s->w->l).lsn, &p, &s->w->e), &s->w->e,
	     "a path");
	r.entry = buf_span(&entry);
	r.path = span_of(p.node, p.count * sizeof(p.node[0]));
	send(s, FRAME_RECEIPT, &r);
	buf_fini(&entry);
}

static void answer_prove(struct side *s, const struct wire_prove *m, struct arena *a)
{
	struct wire_proof p = { .old_size = m->old_size };

	if (s->script.no_proofs) {
		refuse(s, FRAME_PROVE);
		return;
	}
	prove(s, m->old_size, m->size, &p.nodes, a);
	send(s, FRAME_PROOF, &p);
}

static void answer_bundle(struct side *s, const struct wire_bundle_part *m)
{
	struct carry_side *c = s->script.carry;
	struct wire_bundle_ack ack = { .id = m->id, .code = c->code, .retry_after_ms = 700 };
	bool kept = !c->code && m->offset == c->got.len && m->data.len;

	c->pieces++;
	if (kept && c->stalls)
		c->stalls--;
	else if (kept)
		buf_bytes(&c->got, m->data);
	ack.have = (uint32_t)c->got.len;
	send(s, FRAME_BUNDLE_ACK, &ack);
}

static void answer_part(struct side *s, const struct wire_bundle_part *m)
{
	struct carry_side *c = s->script.carry;
	struct wire_bundle_part part = { .id = m->id,
					 .total = (uint32_t)c->answer.len,
					 .offset = m->offset };
	struct wire_error none = { .code = WIRE_NOT_FOUND, .of = FRAME_ANSWER_GET };

	c->parts++;
	if (!c->answer.len) {
		send(s, FRAME_ERROR, &none);
		return;
	}
	part.data = span_of(c->answer.data + m->offset, c->answer.len - m->offset);
	if (c->part && part.data.len > c->part)
		part.data.len = c->part;
	send(s, FRAME_ANSWER_PART, &part);
}

/* Made when it was asked for, sent later: PROTOCOL.md lets Acks and answers mix. */
static void make_late(struct side *s, const struct wire_pull *m, struct arena *a)
{
	struct buf out = s->out;

	buf_init(&s->out, 1 << 20);
	answer_pull(s, m, a);
	s->late = s->out;
	s->out = out;
}

static void send_late(struct side *s)
{
	if (!s->late.len)
		return;
	buf_bytes(&s->out, buf_span(&s->late));
	buf_fini(&s->late);
}

static void answer(struct side *s, unsigned type, const union wire_any *m, struct arena *a)
{
	struct wire_old_ack old = { .taken = type == FRAME_OLD ? (uint32_t)m->old.entry_count : 0 };
	uint8_t results[WIRE_ENTRIES_MAX];
	struct wire_answer json = { .json = SPAN_LIT("{}") };
	struct wire_renew_ack cert = { .certificate = SPAN_LIT("certificate") };
	struct wire_busy busy = { WIRE_BUSY, 4000, 0 };

	switch (type) {
	case FRAME_HELLO:
		s->hellos++;
		s->hello = m->hello;
		s->hello.head = (struct wire_head){ { NULL, 0 }, { NULL, 0 } };
		if (s->script.busy) {
			s->closed = true;
			send(s, FRAME_BUSY, &busy);
		} else {
			answer_hello(s, a);
		}
		break;
	case FRAME_SUBMIT:
		s->submits++;
		answer_submit(s, &m->submit, a);
		send_late(s);
		break;
	case FRAME_PULL:
		s->pulls++;
		if (s->script.old_unread && s->olds)
			refuse(s, FRAME_PULL);
		else if (s->hello_good && s->script.late_page && s->pulls == 1)
			make_late(s, &m->pull, a);
		else if (s->hello_good || s->script.hello_code == WIRE_NEW_EPOCH)
			answer_pull(s, &m->pull, a);
		else
			refuse(s, FRAME_PULL);
		break;
	case FRAME_RECEIPT_GET:
		answer_receipt(s, &m->receipt_get, a);
		break;
	case FRAME_PROVE:
		s->proves++;
		answer_prove(s, &m->prove, a);
		break;
	case FRAME_OLD:
		if (s->olds < ARRAY_LEN(s->old_of))
			memcpy(s->old_of[s->olds], m->old.incarnation, 16);
		s->olds++;
		s->submits_before_old = s->submits;
		s->old_entries += m->old.entry_count;
		memset(results, s->script.old_refused ? WIRE_OLD_REFUSED : WIRE_OLD_TAKEN,
		       sizeof(results));
		if (s->script.old_refused)
			old = (struct wire_old_ack){ .refused = old.taken };
		old.results = span_of(results, m->old.entry_count);
		send(s, FRAME_OLD_ACK, &old);
		break;
	case FRAME_QUERY:
		send(s, FRAME_ANSWER, &json);
		break;
	case FRAME_RENEW:
		send(s, FRAME_RENEW_ACK, &cert);
		break;
	case FRAME_BUNDLE:
	case FRAME_ANSWER_GET:
		s->closed = !s->script.carry;
		if (!s->closed && type == FRAME_BUNDLE)
			answer_bundle(s, &m->part);
		else if (!s->closed)
			answer_part(s, &m->part);
		break;
	default:
		s->closed = true;
	}
}

static long any_frame(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

static void take(struct side *s, struct span bytes)
{
	size_t at = 0, need;
	struct frame f;

	if (!bytes.len)
		return;
	buf_bytes(&s->in, bytes);
	while (!s->closed && frame_decode(&f, &need, span_of(s->in.data + at, s->in.len - at),
					  any_frame, NULL, &s->w->e) == FRAME_READY) {
		struct arena *a = arena_new(8 * WIRE_ARENA);
		union wire_any m;

		must(wire_decode(&m, f.type, f.payload, a, &s->w->e), &s->w->e,
		     "decode what a device sent");
		answer(s, f.type, &m, a);
		arena_free(a);
		at += need;
	}
	if (at)
		memmove(s->in.data, s->in.data + at, s->in.len - at);
	s->in.len -= at;
}

void side_hear(struct side *s, struct span bytes)
{
	take(s, bytes);
}

/* ---- a contact ---- */

void (*desk_product)(bool begins);

/* The product's calls stand between product(true) and product(false). */
static void product(bool begins)
{
	if (desk_product)
		desk_product(begins);
}

static size_t contact(struct desk *k, const struct sync_ask *ask, size_t cut)
{
	struct script script = k->s.script;
	struct sync_now now = { (uint64_t)k->now_ms, k->now_ms };
	struct sync *y;
	size_t passed = 0;
	bool on = true;
	int rc;

	product(true);
	rc = sync_new(&y, k->c, ask, now, &k->e);
	product(false);
	if (rc) { /* the store failed before the first byte */
		k->r = (struct sync_result){ .end = SYNC_FAILED };
		return 0;
	}
	k->s = (struct side){ .w = k->w, .d = &k->d, .script = script };
	memset(k->s.other_root, 0x66, 32);
	buf_init(&k->s.in, 4 << 20);
	buf_init(&k->s.out, 16 << 20);
	while (on) {
		struct span out = sync_output(y);
		size_t n = out.len < cut - passed ? out.len : cut - passed;

		take(&k->s, span_of(out.data, n));
		product(true);
		sync_taken(y, n, now);
		product(false);
		passed += n;
		n = k->s.out.len < cut - passed ? k->s.out.len : cut - passed;
		if (n) {
			struct buf reply = k->s.out;

			buf_init(&k->s.out, 16 << 20);
			product(true);
			on = sync_receive(y, span_of(reply.data, n), now);
			product(false);
			passed += n;
			buf_fini(&reply);
		} else if (!sync_output(y).len || passed == cut) {
			break;
		}
	}
	if (sync_result(y)->end == SYNC_GOING)
		sync_cut(y);
	k->r = *sync_result(y);
	buf_reset(&k->receipt);
	if (ask->receipt_count)
		buf_bytes(&k->receipt, sync_receipt(y, 0));
	buf_reset(&k->certificate);
	buf_bytes(&k->certificate, sync_certificate(y));
	buf_reset(&k->answer);
	buf_bytes(&k->answer, sync_answer(y));
	if (sync_error(y)->code)
		k->e = *sync_error(y);
	buf_fini(&k->s.in);
	buf_fini(&k->s.out);
	buf_fini(&k->s.late);
	sync_free(y);
	return passed;
}

size_t desk_sync_cut(struct desk *k, size_t cut)
{
	struct sync_ask ask = { .receipt_count = 0 };

	memcpy(ask.nonce, k->nonce, 16);
	return contact(k, &ask, cut);
}

enum sync_end desk_try(struct desk *k)
{
	desk_sync_cut(k, SIZE_MAX);
	return k->r.end;
}

void desk_sync(struct desk *k)
{
	if (desk_try(k) == SYNC_DONE)
		return;
	fprintf(stderr, "sync ended %s, why %u: %s\n", sync_end_name(k->r.end), k->r.why, k->e.msg);
	abort();
}

enum sync_end desk_receipt(struct desk *k, uint64_t lsn)
{
	struct sync_ask ask = { .receipts = &lsn, .receipt_count = 1 };

	return desk_ask(k, &ask);
}

enum sync_end desk_ask(struct desk *k, struct sync_ask *ask)
{
	memcpy(ask->nonce, k->nonce, 16);
	contact(k, ask, SIZE_MAX);
	return k->r.end;
}

/* ---- short words ---- */

struct period month22(int month)
{
	return month_of(2022, month);
}

struct entry_sheet *desk_entry(struct desk *k, uint32_t unit, const char *form, struct period p)
{
	struct entry_sheet *s;

	must(entry_open(&s, k->c, unit, form, p, k->now_ms, &k->e), &k->e, "open a sheet");
	return s;
}

void desk_type(struct desk *k, uint32_t unit, const char *form, struct period p, ...)
{
	struct entry_sheet *s = desk_entry(k, unit, form, p);
	va_list args;
	int measure;

	va_start(args, p);
	while ((measure = va_arg(args, int))) {
		int value = va_arg(args, int);

		must(entry_set(s, (uint16_t)measure, value ? FIGURE_VALUE : FIGURE_NIL, value,
			       &k->e),
		     &k->e, "type a figure");
	}
	va_end(args);
	must(entry_save(s, true, &k->e), &k->e, "keep a draft");
	entry_close(s);
}

int desk_submit(struct desk *k, uint32_t unit, const char *form, struct period p,
		const struct entry_how *how, struct op_id *id)
{
	struct entry_sheet *s = desk_entry(k, unit, form, p);
	struct op_id ignored;
	int rc;

	err_clear(&k->e);
	rc = entry_submit(s, how, k->now_ms, id ? id : &ignored, NULL, &k->e);
	entry_close(s);
	return rc;
}

struct op_id desk_month(struct desk *k, uint32_t unit, int month, int64_t admitted, int64_t end)
{
	struct entry_how how = { .how = SIGN_OWN, .signer = "Trần Thị B", .old_ok = true };
	struct op_id id;

	desk_type(k, unit, "short", month22(month), 2, (int)admitted, 14, (int)end, 15, 0, 0);
	must(desk_submit(k, unit, "short", month22(month), &how, &id), &k->e, "submit a month");
	return id;
}

struct client_status desk_status(struct desk *k)
{
	struct client_status s;

	must(client_status(k->c, &s, &k->e), &k->e, "status");
	return s;
}

uint64_t somebody_writes(struct world *w, uint32_t unit, int month)
{
	struct desk other;
	uint64_t lsn;

	desk_open(&other, w, unit, ROLE_APPROVER);
	desk_sync(&other);
	desk_month(&other, unit, month, 1, 50);
	desk_sync(&other);
	lsn = desk_status(&other).last_ack_lsn;
	desk_close(&other);
	return lsn;
}

static int64_t value_of(const struct sheet *s, uint32_t unit, uint16_t measure)
{
	struct figure f = sheet_figure(s, measure, unit);

	return f.winner && f.winner->state != FIGURE_BLANK ? f.winner->value : INT64_MIN;
}

int64_t server_value(struct world *w, uint32_t unit, uint8_t form, struct period p,
		     uint16_t measure)
{
	struct sheet s;

	if (ledger_sheet(w->l, unit, form, p, &s, &w->e))
		return INT64_MIN;
	return value_of(&s, unit, measure);
}

int64_t client_value(struct desk *k, uint32_t unit, uint8_t form, struct period p, uint16_t measure)
{
	struct sheet s;

	if (overlay_sheet(k->c, unit, form, p, &s, &k->e))
		return INT64_MIN;
	return value_of(&s, unit, measure);
}

uint64_t server_own_entries(struct world *w, uint64_t device)
{
	struct ledger_info info = ledger_info(w->l);
	struct arena *a = arena_new(8 << 20);
	uint64_t count = 0, seqs[1024] = { 0 };
	uint32_t epochs[1024];
	struct buf b;

	buf_init(&b, ENTRY_MAX);
	for (uint64_t lsn = 1; lsn <= info.lsn; lsn++) {
		struct envelope env;
		struct entry en;

		arena_reset(a);
		buf_reset(&b);
		must(ledger_entry(w->l, lsn, &b, &w->e), &w->e, "an entry");
		must(entry_decode(&en, buf_span(&b), a, &w->e), &w->e, "an entry");
		if (en.device != device)
			continue;
		must(envelope_decode(&env, en.envelope, a, &w->e), &w->e, "an envelope");
		for (uint64_t i = 0; i < count; i++)
			if (seqs[i] == env.seq && epochs[i] == env.epoch)
				fail("one identity stands twice in the log");
		seqs[count] = env.seq;
		epochs[count++] = env.epoch;
	}
	buf_fini(&b);
	arena_free(a);
	return count;
}
