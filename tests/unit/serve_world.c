#include "serve_world.h"

#include <poll.h>

/* ---- certificates ---- */

static int64_t world_ms(void *arg)
{
	(void)arg;
	return clock_now_ms(&clock_real);
}

static void make_ca(struct place *p)
{
	const uint8_t serial[CERT_SERIAL_BYTES] = { 1 };

	buf_init(&p->ca, CERT_BYTES_MAX);
	must(p256_generate(&p->ca_key, &p->e), &p->e, "a key");
	must(p256_generate(&p->key, &p->e), &p->e, "a key");
	must(cert_make_ca(&p->ca, p->ca_key, p->w.birth.store, serial, world_ms(NULL), &p->e),
	     &p->e, "a CA");
	buf_init(&p->device_pem, P256_FILE_MAX);
	must(p256_save_pem(p->key, &p->device_pem, &p->e), &p->e, "a key's text");
}

static void make_cert(struct place *p, struct buf *out, const struct cert_subject *subject)
{
	struct p256_public public = p256_public_of(p->key);
	uint8_t serial[CERT_SERIAL_BYTES] = { 2 };

	buf_init(out, CERT_BYTES_MAX);
	must(cert_make(out, buf_span(&p->ca), p->ca_key, subject, &public, serial, world_ms(NULL),
		       &p->e),
	     &p->e, "a certificate");
}

/* ---- devices ---- */

static void make_party(struct place *p, struct party *t, size_t i)
{
	struct cert_subject subject = { .role = CERT_DEVICE,
					.device = UINT64_C(0xd000000000000000) + i };
	struct p256_public public = p256_public_of(p->key);
	struct hash spki = p256_spki_hash(&public);
	struct tls_config tls = { .side = TLS_CLIENT,
				  .ca = buf_span(&p->ca),
				  .key = buf_span(&p->device_pem),
				  .real = { world_ms, NULL } };
	struct op op;

	t->unit = (uint32_t)(4 + i % 4);
	t->person = (uint32_t)(1000 + i);
	t->id = (struct op_id){ subject.device, 1, 1 };
	op = build_person(t->person, t->unit, ROLE_CLERK);
	world_act(&p->w, &op);
	op = build_device(subject.device, t->unit, t->person, 1);
	memcpy(op.device.spki_hash, spki.b, HASH_BYTES);
	world_act(&p->w, &op);
	make_cert(p, &t->cert, &subject);
	tls.cert = buf_span(&t->cert);
	must(tls_new(&t->tls, &tls, &p->e), &p->e, "a client's TLS");
}

static void make_ops(struct place *p, struct party *t)
{
	uint64_t base = ledger_info(p->w.l).lsn;
	struct arena *a = arena_new(OP_DECODE_ARENA);

	for (unsigned n = 1; n <= OPS; n++) {
		struct op_id id = { t->id.device, 1, n };
		struct sheet_draft draft;
		struct envelope env;

		draft_init(&draft, t->unit, FORM_SHORT,
			   month_of(2021 + (int)(n - 1) / 12, 1 + (int)(n - 1) % 12));
		draft_put(&draft, 2, (int64_t)n, 0);
		draft.op.author = t->person;
		t->op[n] = pack(&p->w, id, draft_op(&draft), base);
		must(envelope_decode(&env, t->op[n].envelope, a, &p->e), &p->e, "an envelope");
		t->chain[n] = chain_next(&t->chain[n - 1], n, env.body_hash);
		arena_reset(a);
	}
	arena_free(a);
}

/* ---- the server ---- */

static void draw(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, 0x42, len);
}

static int listening(void *ctx, const struct addr *at, struct enroller **enroller, struct err *e)
{
	struct place *p = ctx;
	struct enrol_setup enrol = { .ca = buf_span(&p->ca),
				     .ca_key = p->ca_key,
				     .address = SPAN_LIT("here:1"),
				     .random = { NULL, draw },
				     .codes = codes_mem_store(p->codes) };

	p->at = *at;
	*enroller = NULL;
	if (enroller_new(&p->enroller, &enrol, e))
		return -ERR_NOMEM;
	*enroller = p->enroller;
	return 0;
}

static int command(void *ctx, const struct serve_desk *desk, struct span request,
		   struct buf *answer, struct err *e)
{
	struct place *p = ctx;
	const struct device_shown *shown;
	struct arena *a = arena_new(1 << 20);
	size_t count = 0;

	/* On the writer's thread: the writing ledger and the table are ours for the moment. */
	CHECK(!devices_show(&shown, &count, desk->devices, p->w.l, a, e));
	arena_free(a);
	atomic_fetch_add(&p->commands, 1);
	buf_bytes(answer, request);
	buf_printf(answer, " devices=%zu", count);
	if (p->command_rc)
		return err_set(e, ERR_FATAL, "as the test says");
	return 0;
}

static void fell_behind(void *ctx, const uint8_t successor[16])
{
	(void)ctx, (void)successor;
}

static void tidy(void *ctx, struct moment now)
{
	struct place *p = ctx;

	CHECK(now.wall_ms > 0);
	atomic_fetch_add(&p->tidied, 1);
}

static void nothing(void *ctx, struct serve *s)
{
	(void)ctx, (void)s;
}

void place_open(struct place *p, size_t parties)
{
	struct cert_subject subject = { .role = CERT_SERVER };
	struct addr found[ADDR_FOUND_MAX];
	size_t count;

	memset(p, 0, sizeof(*p));
	world_open(&p->w, true, false);
	build_small_tree(&p->w);
	make_ca(p);
	memcpy(subject.server, p->w.birth.store, sizeof(subject.server));
	make_cert(p, &p->server_cert, &subject);
	p->party = calloc(parties ? parties : 1, sizeof(*p->party));
	CHECK(p->party);
	p->parties = parties;
	world_begin(&p->w);
	for (size_t i = 0; i < parties; i++)
		make_party(p, &p->party[i], i);
	world_commit(&p->w);
	for (size_t i = 0; i < parties; i++)
		make_ops(p, &p->party[i]);
	must(devices_new(&p->devices, &p->e), &p->e, "devices");
	must(codes_mem_new(&p->codes, 8, &p->e), &p->e, "codes");
	must(addr_parse(found, &count, SPAN_LIT("127.0.0.1:0"), true, &p->e), &p->e, "an address");
	p->setup = (struct serve_setup){
		.kv = p->w.kv,
		.ledger = p->w.l,
		.log_key = &p->w.key,
		.devices = p->devices,
		.tls = { .side = TLS_SERVER,
			 .ca = buf_span(&p->ca),
			 .cert = buf_span(&p->server_cert),
			 .key = buf_span(&p->device_pem),
			 .real = { world_ms, NULL },
			 .sessions_max = 100 },
		.at = found[0],
		.threads = 2,
		.connections_max = 1000,
		.per_host_max = 1000,
		.program = SPAN_LIT("test"),
		.real = { world_ms, NULL },
		.dir = p->w.dir,
		.ctx = p,
		.listening = listening,
		.command = command,
		.fell_behind = fell_behind,
		.tidy = tidy,
		.minute = nothing,
		.hangup = nothing,
	};
}

static void *run(void *arg)
{
	struct place *p = arg;

	CHECK(!serve_run(p->serve, &p->e));
	return NULL;
}

void place_serve(struct place *p)
{
	must(serve_open(&p->serve, &p->setup, &p->e), &p->e, "serve");
	CHECK(!pthread_create(&p->thread, NULL, run, p));
}

void place_stop(struct place *p)
{
	serve_stop(p->serve);
	pthread_join(p->thread, NULL);
	serve_close(p->serve);
	p->serve = NULL;
	enroller_free(p->enroller);
	p->enroller = NULL;
}

void place_close(struct place *p)
{
	for (size_t i = 0; i < p->parties; i++) {
		tls_session_free(p->party[i].session);
		tls_free(p->party[i].tls);
		buf_fini(&p->party[i].cert);
	}
	free(p->party);
	devices_free(p->devices);
	codes_mem_free(p->codes);
	buf_fini(&p->ca);
	buf_fini(&p->server_cert);
	buf_fini(&p->device_pem);
	p256_free(p->ca_key);
	p256_free(p->key);
	world_close(&p->w);
}

/* ---- a contact ---- */

static void put(struct buf *b, enum frame_type type, const void *m)
{
	struct arena *a = arena_new(WIRE_ARENA);
	struct err e = { 0 };

	must(wire_frame(b, type, m, a, &e), &e, frame_type_name(type));
	arena_free(a);
}

static void put_hello(struct guest *g, struct buf *b)
{
	const struct party *t = g->party;
	struct wire_hello h = { .version_min = 1,
				.version_max = 1,
				.program = SPAN_LIT("by hand"),
				.device = t->id.device,
				.epoch = 1,
				.acked_seq = t->acked,
				.next_seq = OPS + 1,
				.acked_chain = t->chain[t->acked],
				.chain = t->chain[OPS],
				.frame_max = FRAME_MAX };

	memcpy(h.store, g->p->w.birth.store, sizeof(h.store));
	memset(h.nonce, g->nonce ? g->nonce : 0x11, sizeof(h.nonce));
	put(b, FRAME_HELLO, &h);
}

static void put_submit(struct guest *g, struct buf *b)
{
	const struct party *t = g->party;
	struct wire_item items[OPS];
	struct wire_submit m = { .epoch = 1,
				 .first_seq = g->first,
				 .chain = t->chain[g->first - 1],
				 .items = items,
				 .item_count = (size_t)(g->last - g->first + 1) };

	for (uint64_t i = g->first; i <= g->last; i++)
		items[i - g->first] = (struct wire_item){ .envelope = t->op[i].envelope,
							  .body = t->op[i].body };
	put(b, FRAME_SUBMIT, &m);
}

static void write_all(struct guest *g, struct buf *b)
{
	(void)conn_write(g->conn, buf_span(b), NULL); /* it may have ended meanwhile */
	buf_fini(b);
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct guest *g = arg;
	struct buf b;

	g->conn = c;
	g->up = true;
	g->resumed = peer->resumed;
	buf_init(&b, 1 << 20);
	if (g->raw.data) {
		buf_bytes(&b, g->raw);
	} else {
		put_hello(g, &b);
		if (g->first <= g->last)
			put_submit(g, &b);
	}
	write_all(g, &b);
}

static void say_close(struct guest *g)
{
	struct wire_close m = { .code = 0 };
	struct buf b;

	buf_init(&b, 1 << 12);
	put(&b, FRAME_CLOSE, &m);
	write_all(g, &b);
	conn_close(g->conn);
}

static void take_ack(struct guest *g, const struct wire_ack *ack)
{
	struct party *t = g->party;

	for (size_t i = 0; i < ack->verdict_count; i++) {
		const struct wire_verdict *v = &ack->verdicts[i];

		t->last = *v;
		if (!v->verdict)
			continue;
		CHECK(v->seq && v->seq <= OPS);
		CHECK(!t->lsn[v->seq] || t->lsn[v->seq] == v->lsn); /* final */
		t->lsn[v->seq] = v->lsn;
		if (v->seq == t->acked + 1)
			t->acked++;
	}
}

static void take_frame(struct guest *g, unsigned type, const union wire_any *m)
{
	switch (type) {
	case FRAME_HELLO_ACK:
		g->hello_code = m->hello_ack.code;
		if (g->on_hello)
			g->on_hello(g);
		if (g->first > g->last && !g->stay)
			say_close(g);
		break;
	case FRAME_ACK:
		take_ack(g, &m->ack);
		if (!g->stay && (g->party->acked >= g->last || g->party->last.not_now))
			say_close(g);
		break;
	case FRAME_ERROR:
		g->error = m->error.code;
		break;
	case FRAME_CLOSE:
		g->closed_by_server = true;
		g->close_code = m->close.code;
		conn_close(g->conn);
		break;
	default:
		break;
	}
}

static long any_size(const void *arg, unsigned type, struct err *e)
{
	(void)arg, (void)e;
	return (long)frame_payload_max(type);
}

static size_t on_bytes(struct conn *c, struct span bytes, void *arg)
{
	struct guest *g = arg;
	struct arena *a;
	union wire_any m;
	struct frame f;
	size_t used;

	(void)c;
	if (frame_decode(&f, &used, bytes, any_size, NULL, NULL) != FRAME_READY)
		return 0;
	a = arena_new(WIRE_ARENA);
	memset(&m, 0, sizeof(m));
	CHECK(!wire_decode(&m, f.type, f.payload, a, NULL));
	take_frame(g, f.type, &m);
	arena_free(a);
	return used;
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct guest *g = arg;
	struct tls_session *s = conn_take_session(c);

	g->down = true;
	g->why = end->why;
	if (g->party && s) {
		tls_session_free(g->party->session);
		g->party->session = s;
	} else {
		tls_session_free(s);
	}
	if (g->on_end)
		g->on_end(g);
}

static const struct conn_ops guest_ops = { .on_up = on_up,
					   .on_bytes = on_bytes,
					   .on_down = on_down };

void guest_come(struct guest *g, struct loop *loop)
{
	static struct tls *stranger;
	struct conn_config c = { .loop = loop, .ops = &guest_ops, .arg = g };

	if (!g->party && !stranger) {
		struct tls_config tls = { .side = TLS_CLIENT,
					  .unchecked = true,
					  .real = { world_ms, NULL } };

		must(tls_new(&stranger, &tls, &g->p->e), &g->p->e, "a stranger's TLS");
	}
	c.tls = g->party ? g->party->tls : stranger;
	c.resume = g->party ? g->party->session : NULL;
	g->loop = loop;
	g->hello_code = g->error = 999;
	must(conn_connect(&g->conn, &c, &g->p->at, 1, &g->p->e), &g->p->e, "connect");
	if (g->party)
		tls_session_free(g->party->session); /* good for one time */
	if (g->party)
		g->party->session = NULL;
}

int64_t now_ms(void)
{
	return clock_now_ms(&clock_steady);
}

void sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}
