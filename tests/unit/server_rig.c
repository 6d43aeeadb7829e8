#include "server_rig.h"

#include <stdio.h>
#include <stdlib.h>

static void fill(void *ctx, void *out, size_t len)
{
	struct rig *r = ctx;
	uint8_t *b = out;

	for (size_t i = 0; i < len; i++) {
		struct hash h = hash_bytes(span_of(&r->draws, sizeof(r->draws)));

		r->draws++;
		b[i] = h.b[0];
	}
}

static bool hold(void *ctx, struct op_id id)
{
	struct rig *r = ctx;

	r->in_hand = id;
	r->held++;
	return !r->parks.seq || op_id_cmp(id, r->parks);
}

static void release(void *ctx)
{
	struct rig *r = ctx;

	memset(&r->in_hand, 0, sizeof(r->in_hand));
}

static int query(void *ctx, struct ledger *l, const struct wire_query *q, bool above,
		 uint32_t scope, struct buf *json, struct err *e)
{
	struct rig *r = ctx;

	(void)l;
	(void)e;
	r->queries++;
	r->query_above = above;
	r->query_scope = scope;
	buf_printf(json, "{\"unit\":%u}", q->unit);
	return 0;
}

void rig_open(struct rig *r)
{
	static const uint8_t mark_key[32] = "marks";
	struct enrol_setup enrol = { .address = SPAN_LIT("ketnap.example:7470") };
	struct writer_setup writer = { .log_key = NULL };
	uint8_t serial[CERT_SERIAL_BYTES] = { 1 };

	memset(r, 0, sizeof(*r));
	world_open(&r->w, false, false);
	build_small_tree(&r->w);
	r->now = (struct moment){ .mono_ms = 1000000, .wall_ms = r->w.now_ms };
	must(ledger_open(&r->reader, r->w.kv, 0, &r->e), &r->e, "a reader");
	must(server_init(&r->sv, r->reader, &r->e), &r->e, "a server");
	r->sv.query = query;
	r->sv.query_ctx = r;
	r->sv.mark_key = mark_key;
	must(devices_new(&r->devices, &r->e), &r->e, "devices");
	must(codes_mem_new(&r->codes, 8, &r->e), &r->e, "codes");
	must(p256_generate(&r->ca_key, &r->e), &r->e, "a key");
	buf_init(&r->ca, CERT_BYTES_MAX);
	must(cert_make_ca(&r->ca, r->ca_key, r->w.birth.store, serial, r->now.wall_ms, &r->e),
	     &r->e, "a CA");
	enrol.ca = buf_span(&r->ca);
	enrol.ca_key = r->ca_key;
	memset(enrol.seal_key, 0x5e, sizeof(enrol.seal_key));
	enrol.codes = codes_mem_store(r->codes);
	enrol.random = (struct server_random){ r, fill };
	must(enroller_new(&r->enroller, &enrol, &r->e), &r->e, "an enroller");
	writer = (struct writer_setup){ .ledger = r->w.l,
					.log_key = &r->w.key,
					.enroller = r->enroller,
					.devices = r->devices,
					.hands = { r, hold, release } };
	must(writer_new(&r->writer, &writer, &r->e), &r->e, "a writer");
}

void rig_close(struct rig *r)
{
	writer_free(r->writer);
	enroller_free(r->enroller);
	codes_mem_free(r->codes);
	devices_free(r->devices);
	server_fini(&r->sv);
	ledger_close(r->reader);
	buf_fini(&r->ca);
	p256_free(r->ca_key);
	world_close(&r->w);
}

void rig_like(struct rig *r, const struct rig *from)
{
	struct enrol_setup enrol = { .address = SPAN_LIT("ketnap.example:7470") };
	struct writer_setup writer = { .log_key = NULL };

	*r = *from;
	must(kv_mem_clone(&r->w.kv, from->w.kv, &r->e), &r->e, "copy a store");
	must(ledger_open(&r->w.l, r->w.kv, 0, &r->e), &r->e, "a ledger");
	must(ledger_open(&r->reader, r->w.kv, 0, &r->e), &r->e, "a reader");
	must(server_init(&r->sv, r->reader, &r->e), &r->e, "a server");
	r->sv.query = from->sv.query;
	r->sv.query_ctx = r;
	r->sv.mark_key = from->sv.mark_key;
	must(devices_new(&r->devices, &r->e), &r->e, "devices");
	must(codes_mem_new(&r->codes, 8, &r->e), &r->e, "codes");
	enrol.ca = buf_span(&from->ca);
	enrol.ca_key = from->ca_key;
	enrol.codes = codes_mem_store(r->codes);
	enrol.random = (struct server_random){ r, fill };
	must(enroller_new(&r->enroller, &enrol, &r->e), &r->e, "an enroller");
	writer = (struct writer_setup){ .ledger = r->w.l,
					.log_key = &r->w.key,
					.enroller = r->enroller,
					.devices = r->devices };
	must(writer_new(&r->writer, &writer, &r->e), &r->e, "a writer");
}

void rig_like_close(struct rig *r)
{
	writer_free(r->writer);
	enroller_free(r->enroller);
	codes_mem_free(r->codes);
	devices_free(r->devices);
	server_fini(&r->sv);
	ledger_close(r->reader);
	ledger_close(r->w.l);
	kv_close(r->w.kv);
}

void rig_wait(struct rig *r, uint64_t ms)
{
	r->now.mono_ms += ms;
	r->now.wall_ms += (int64_t)ms;
	r->w.now_ms = r->now.wall_ms;
}

uint64_t rig_lsn(const struct rig *r)
{
	return ledger_info(r->w.l).lsn;
}

/* What the session has not consumed yet is offered again. */
static void offer(struct wired *c)
{
	size_t used = session_input(c->s, buf_span(&c->in), NULL, c->r->now);

	if (used)
		memmove(c->in.data, c->in.data + used, c->in.len - used);
	c->in.len -= used;
}

static void collect(struct wired *c)
{
	struct span out = session_output(c->s);

	buf_bytes(&c->got, out);
	if (out.len)
		session_sent(c->s, out.len, c->r->now);
}

static void back_to(struct wired *c, struct job *j)
{
	session_done(c->s, &j, c->r->now);
	collect(c); /* a driver flushes in between */
	offer(c);
	collect(c);
}

void rig_run(struct rig *r, struct wired *c)
{
	struct job *j;
	bool more = true;

	while (more) {
		more = false;
		while (c && (j = session_job(c->s)))
			writer_put(r->writer, &j);
		if (writer_due(r->writer)) {
			must(writer_run(r->writer, r->now, &r->e), &r->e, "a batch");
			r->sv.mood = writer_mood(r->writer);
		}
		while ((j = writer_take(r->writer))) {
			more = true;
			if (c)
				back_to(c, j);
			else
				job_free(j);
		}
	}
}

struct job *rig_job(struct rig *r, struct job *j)
{
	writer_put(r->writer, &j);
	must(writer_run(r->writer, r->now, &r->e), &r->e, "a batch");
	r->sv.mood = writer_mood(r->writer);
	return writer_take(r->writer);
}

/* ---- devices ---- */

void rig_device(struct rig *r, struct dev *d, uint32_t unit, enum person_role role)
{
	memset(d, 0, sizeof(*d));
	world_begin(&r->w);
	d->d = world_device(&r->w, unit, role);
	world_commit(&r->w);
	memset(d->nonce, 0x11, sizeof(d->nonce)); /* as build_device() says */
	memset(d->spki.b, 0x77, sizeof(d->spki.b));
}

void dev_keep(struct rig *r, struct dev *d, struct packed p)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	struct envelope env;

	must(envelope_decode(&env, p.envelope, a, &r->e), &r->e, "an envelope");
	d->made++;
	d->op[d->made] = p;
	d->chain[d->made] = chain_next(&d->chain[d->made - 1], d->made, env.body_hash);
	arena_free(a);
}

void dev_make_body(struct rig *r, struct dev *d, struct span body)
{
	struct op_id id = { d->d.device, d->d.epoch, d->made + 1 };

	dev_keep(r, d, pack_body(&r->w, id, body, rig_lsn(r)));
}

void dev_make(struct rig *r, struct dev *d)
{
	struct op_id id = { d->d.device, d->d.epoch, d->made + 1 };
	struct sheet_draft draft;

	draft_init(&draft, d->d.unit, FORM_SHORT,
		   month_of(2021 + (int)(d->made / 12), 1 + (int)(d->made % 12)));
	draft_put(&draft, 2, (int64_t)d->made + 1, 0);
	draft.op.author = d->d.person;
	dev_keep(r, d, pack(&r->w, id, draft_op(&draft), rig_lsn(r)));
}

struct wire_hello dev_hello(struct rig *r, const struct dev *d)
{
	struct wire_hello h = { .version_min = 1,
				.version_max = 1,
				.program = SPAN_LIT("by hand"),
				.device = d->d.device,
				.epoch = d->d.epoch,
				.acked_seq = d->acked,
				.next_seq = d->made + 1,
				.acked_chain = d->chain[d->acked],
				.chain = d->chain[d->made],
				.frame_max = FRAME_MAX };

	memcpy(h.store, r->w.birth.store, sizeof(h.store));
	memcpy(h.nonce, d->nonce, sizeof(h.nonce));
	return h;
}

struct wire_submit dev_submit(struct rig *r, const struct dev *d, uint64_t first, uint64_t last)
{
	struct wire_item *items = arena_array(r->w.a, (size_t)(last - first + 1), sizeof(*items));
	struct wire_submit m = { .epoch = d->d.epoch,
				 .first_seq = first,
				 .chain = d->chain[first - 1],
				 .items = items,
				 .item_count = (size_t)(last - first + 1) };

	for (uint64_t i = first; i <= last; i++)
		items[i - first] = (struct wire_item){ .envelope = d->op[i].envelope,
						       .body = d->op[i].body };
	return m;
}

/* ---- connections ---- */

struct session_peer peer_of_dev(struct rig *r, const struct dev *d)
{
	struct session_peer p = { .verdict = CERT_GOOD };

	p.cert.subject = (struct cert_subject){ .role = CERT_DEVICE, .device = d->d.device };
	p.cert.spki_hash = d->spki;
	p.cert.not_before_ms = r->now.wall_ms - 1000;
	p.cert.not_after_ms = r->now.wall_ms + INT64_C(86400000) * 730;
	return p;
}

void wire_up_peer(struct rig *r, struct wired *c, const struct session_peer *peer)
{
	memset(c, 0, sizeof(*c));
	c->r = r;
	buf_init(&c->in, 8 << 20);
	buf_init(&c->got, 64 << 20);
	c->a = arena_new(64 << 20);
	must(session_new(&c->s, &r->sv, ++r->conns, peer, r->now, &r->e), &r->e, "a session");
}

void wire_up(struct rig *r, struct wired *c, const struct dev *d)
{
	struct session_peer p = peer_of_dev(r, d);

	wire_up_peer(r, c, &p);
}

void wire_down(struct wired *c)
{
	session_free(c->s);
	buf_fini(&c->in);
	buf_fini(&c->got);
	arena_free(c->a);
	memset(c, 0, sizeof(*c));
}

void say_bytes(struct wired *c, struct span bytes)
{
	buf_bytes(&c->in, bytes);
	offer(c);
	collect(c);
	offer(c);
	collect(c);
}

void say(struct wired *c, unsigned type, const void *m)
{
	struct buf b;

	buf_init(&b, FRAME_HEADER + FRAME_MAX);
	must(wire_frame(&b, (enum frame_type)type, m, c->a, &c->r->e), &c->r->e,
	     frame_type_name(type));
	say_bytes(c, buf_span(&b));
	buf_fini(&b);
}

static long any_size(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

unsigned hear_next(struct wired *c, union wire_any *m)
{
	struct span rest = { c->got.data ? c->got.data + c->got_at : NULL, c->got.len - c->got_at };
	struct frame f;
	size_t used;

	if (!rest.len || must(frame_decode(&f, &used, rest, any_size, NULL, &c->r->e), &c->r->e,
			      "a frame") != FRAME_READY)
		return 0;
	c->got_at += used;
	memset(m, 0, sizeof(*m));
	must(wire_decode(m, f.type, arena_copy(c->a, f.payload), c->a, &c->r->e), &c->r->e,
	     frame_type_name(f.type));
	return f.type;
}

void hear(struct wired *c, unsigned type, void *m)
{
	union wire_any any;
	unsigned got = hear_next(c, &any);

	if (got != type) {
		fprintf(stderr, "heard %s, not %s", got ? frame_type_name(got) : "nothing",
			frame_type_name(type));
		if (got == FRAME_ERROR)
			fprintf(stderr, " (%s of %u)", wire_code_name(any.error.code),
				any.error.of);
		fprintf(stderr, "\n");
		abort();
	}
	memcpy(m, &any, sizeof(any));
}

struct wire_hello_ack greet(struct wired *c, const struct dev *d)
{
	struct wire_hello h = dev_hello(c->r, d);
	union wire_any any;

	say(c, FRAME_HELLO, &h);
	rig_run(c->r, c);
	hear(c, FRAME_HELLO_ACK, &any);
	if (any.hello_ack.code != WIRE_OK) {
		fprintf(stderr, "turned away: %s\n", wire_code_name(any.hello_ack.code));
		abort();
	}
	return any.hello_ack;
}
