#include "client_post.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGES_MAX = 64, BUDGET = 64 << 20 };

static const uint8_t serial[CERT_SERIAL_BYTES] = { 7 };

void post_open(struct post *p, struct desk *k)
{
	const uint8_t seed[SEAL_SEED_BYTES] = { 2 };
	struct cert_subject subject = { .role = CERT_DEVICE, .device = k->d.device };
	struct p256_public key;

	*p = (struct post){ .k = k };
	must(p256_generate(&p->ca_key, &k->e), &k->e, "a key");
	must(p256_generate(&p->key, &k->e), &k->e, "a key");
	key = p256_public_of(p->key);
	seal_key_init(&p->seal, seed);
	buf_init(&p->ca, CERT_BYTES_MAX);
	buf_init(&p->cert, CERT_BYTES_MAX);
	buf_init(&p->bundle, WIRE_FILE_MAX);
	buf_init(&p->answer, WIRE_FILE_MAX);
	must(cert_make_ca(&p->ca, p->ca_key, k->w->birth.store, serial, k->now_ms, &k->e), &k->e,
	     "a CA");
	must(cert_make(&p->cert, buf_span(&p->ca), p->ca_key, &subject, &key, serial, k->now_ms,
		       &k->e),
	     &k->e, "a certificate");
}

void post_close(struct post *p)
{
	p256_free(p->ca_key);
	p256_free(p->key);
	buf_fini(&p->ca);
	buf_fini(&p->cert);
	buf_fini(&p->bundle);
	buf_fini(&p->answer);
}

int post_bundle(struct post *p, struct desk *k)
{
	struct bundle_how how = { .key = p->key,
				  .certificate = buf_span(&p->cert),
				  .now_ms = k->now_ms };

	memcpy(how.nonce, k->nonce, sizeof(how.nonce));
	memset(how.random, ++p->draws, sizeof(how.random));
	buf_reset(&p->bundle);
	err_clear(&k->e);
	return stick_bundle(&p->bundle, &p->made, k->c, &how, &k->e);
}

/* ---- at the server ---- */

static void say(struct side *s, enum frame_type type, const void *m)
{
	struct arena *a = arena_new(BUDGET);
	struct buf b;

	buf_init(&b, 8 << 20);
	must(wire_frame(&b, type, m, a, &s->w->e), &s->w->e, "encode a frame");
	side_hear(s, buf_span(&b));
	buf_fini(&b);
	arena_free(a);
}

static long any_frame(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

/* The answer to what was said last; false: another one came. */
static bool heard(struct side *s, enum frame_type type, union wire_any *m, struct arena *a)
{
	struct frame f = { .type = 0 };
	size_t need;
	struct span bytes = arena_copy(a, buf_span(&s->out));

	buf_reset(&s->out);
	if (frame_decode(&f, &need, bytes, any_frame, NULL, &s->w->e) != FRAME_READY ||
	    f.type != type)
		return false;
	must(wire_decode(m, f.type, f.payload, a, &s->w->e), &s->w->e, "decode an answer");
	return true;
}

static void pull_all(struct side *s, const struct wire_hello *h, struct wire_answer_body *b,
		     struct arena *a)
{
	struct wire_page *pages = arena_array(a, PAGES_MAX, sizeof(*pages));
	struct wire_pull m = { .cursor = h->cursor, .max_bytes = 100000 };
	struct head held;
	union wire_any got;
	bool more = true;

	if (h->head.signed_bytes.len && !head_decode(&held, h->head.signed_bytes, NULL))
		m.prove_from = held.size;
	b->pages = pages;
	while (more && b->page_count < PAGES_MAX) {
		say(s, FRAME_PULL, &m);
		if (!heard(s, FRAME_PAGE, &got, a))
			return;
		pages[b->page_count++] = got.page;
		m.cursor = got.page.next;
		if (!got.page.restart)
			m.prove_from = 0;
		more = got.page.more || got.page.restart;
	}
}

static void answer_to(struct post *p, const struct wire_bundle_body *in, const struct hash *id,
		      struct arena *a)
{
	struct desk *k = p->k;
	struct file_head h = { .kind = FILE_ANSWER, .device = k->d.device, .about = *id };
	struct script script = k->s.script;
	struct wire_answer_body b = { .page_count = 0 };
	struct wire_submit ops = { .epoch = in->hello.epoch,
				   .first_seq = in->hello.acked_seq + 1,
				   .chain = in->hello.acked_chain,
				   .items = in->items,
				   .item_count = in->item_count };
	union wire_any got;

	k->s = (struct side){ .w = k->w, .d = &k->d, .script = script };
	memset(k->s.other_root, 0x66, 32);
	buf_init(&k->s.in, 16 << 20);
	buf_init(&k->s.out, 16 << 20);
	say(&k->s, FRAME_HELLO, &in->hello);
	if (!heard(&k->s, FRAME_HELLO_ACK, &got, a))
		abort();
	b.hello_ack = got.hello_ack;
	b.ack.epoch = in->hello.epoch;
	if (ops.item_count) {
		say(&k->s, FRAME_SUBMIT, &ops);
		if (!heard(&k->s, FRAME_ACK, &got, a))
			abort();
		b.ack = got.ack;
	}
	pull_all(&k->s, &in->hello, &b, a);
	memcpy(h.store, k->w->birth.store, sizeof(h.store));
	post_write(p, &h, &b, NULL, NULL);
	buf_fini(&k->s.in);
	buf_fini(&k->s.out);
}

void post_take(struct post *p, struct span bundle)
{
	struct seal_key server = site_seal();
	struct arena *a = arena_new(BUDGET);
	struct desk *k = p->k;
	struct wire_bundle_body in;
	struct file_head h;
	struct cert_info by;
	struct hash id;
	struct span content, body;

	must(file_read(&h, &content, &id, bundle, &k->e), &k->e, "a bundle");
	if (h.kind != FILE_BUNDLE || memcmp(h.store, k->w->birth.store, sizeof(h.store)))
		abort();
	must(bundle_open(&body, &by, &h, content, &server, buf_span(&p->ca), k->now_ms, a, &k->e),
	     &k->e, "open a bundle");
	must(wire_decode(&in, WIRE_BUNDLE_BODY, body, a, &k->e), &k->e, "a bundle's body");
	must(bundle_check(&in, a, &k->e), &k->e, "what a bundle says of itself");
	answer_to(p, &in, &id, a);
	arena_free(a);
}

void post_first(struct post *p, const struct hash *id)
{
	struct wire_bundle_body nothing = { .item_count = 0 };
	struct arena *a = arena_new(BUDGET);

	nothing.hello.version_min = nothing.hello.version_max = 1;
	nothing.hello.program = SPAN_LIT("none");
	nothing.hello.device = p->k->d.device;
	nothing.hello.epoch = 1;
	nothing.hello.next_seq = 1;
	memcpy(nothing.hello.store, p->k->w->birth.store, sizeof(nothing.hello.store));
	answer_to(p, &nothing, id, a);
	arena_free(a);
}

void post_write(struct post *p, const struct file_head *h, const struct wire_answer_body *b,
		const struct ed25519_key *by, const struct seal_public *to)
{
	const uint8_t random[SEAL_SEED_BYTES] = { 9, ++p->draws };
	struct arena *a = arena_new(BUDGET);
	struct desk *k = p->k;
	struct buf body;

	buf_init(&body, WIRE_FILE_MAX);
	buf_reset(&p->answer);
	must(wire_encode(&body, WIRE_ANSWER_BODY, b, a, &k->e), &k->e, "an answer's body");
	must(answer_write(&p->answer, h, buf_span(&body), by ? by : &k->w->key,
			  to ? to : &p->seal.public, random, a, &k->e),
	     &k->e, "an answer");
	buf_fini(&body);
	arena_free(a);
}

/* ---- at the device ---- */

int post_read(struct post *p, struct desk *k, struct span answer)
{
	struct sync_now now = { (uint64_t)k->now_ms, k->now_ms };

	err_clear(&k->e);
	return stick_answered(&k->r, k->c, answer, &p->seal, now, &k->e);
}
