/* One contact of a device against a server that does as the case says: what the person is told,
 * which exit code follows, and that what was typed stays. A plain program: sockets and a thread. */
#include "net_world.h"

#include "client/contact.h"
#include "client/outbox.h"
#include "domain/sheet.h"
#include "proto/file.h"

static const uint8_t store_id[16] = { 0xab }, incarnation[16] = { 7 };

enum act {
	ACT_GOOD,
	ACT_BUSY,
	ACT_CUT,     /* after Hello */
	ACT_CUT_ACK, /* took the op, and the line broke before it said so */
	ACT_REVOKED,
	ACT_SUSPENDED,
	ACT_FALSE_HEAD, /* a verdict under a head that the log did not sign */
	ACT_NO_HEAD,
	ACT_UNSEEN,  /* it saw no certificate */
	ACT_RENEW,   /* the certificate has expired */
	ACT_FOREIGN, /* another CA's certificate */
	ACT_OTHER_STORE,
	ACT_GARBAGE,
	ACT_REFUSE, /* Enrol: 48 */
	ACT_REFUSE_LATER,
	ACT_LIAR,   /* EnrolAck by one who does not know the code */
	ACT_MIDDLE, /* EnrolAck passed on from another connection's server */
};

enum { FIRST_LSN = 3 };

/* --- the server ----------------------------------------------------------------------------------
 */

struct fake {
	enum act act;
	struct ca ca, other_ca;
	struct id server, other_server, other_store;
	struct id device; /* certificate of the device; its key stands in `mine` */
	struct p256_key *mine;
	struct ed25519_key log_key, false_key;
	struct code_key code;
	struct loop *loop;
	struct tls *tls;
	struct listener *listener;
	struct quota quota;
	char address[ADDR_TEXT_MAX];
	pthread_t thread;
	struct conn *open[8]; /* not told to be down yet */
	struct hash chain;
	uint64_t acked;
	struct buf log[8]; /* what was acked, each an entry: the first stands under FIRST_LSN */
	unsigned hellos, submits, renews;
	struct hand_clock real;
};

static struct fake *the;

static void say(struct conn *c, enum frame_type type, const void *m)
{
	struct arena *a = arena_new(WIRE_ARENA);
	struct buf b;

	buf_init(&b, FRAME_MAX + FRAME_HEADER);
	OK(wire_frame(&b, type, m, a, E));
	OK(conn_write(c, buf_span(&b), E));
	buf_fini(&b);
	arena_free(a);
}

struct signed_head {
	uint8_t bytes[HEAD_BYTES];
	struct ed25519_sig sig;
};

static struct wire_head head_of(struct signed_head *s, uint64_t size, const struct ed25519_key *by)
{
	struct head h = { .size = size, .time_ms = made_ms + day_ms };

	memcpy(h.incarnation, incarnation, sizeof(h.incarnation));
	head_encode(s->bytes, &h);
	s->sig = head_sign(&h, by);
	return wire_head_of(s->bytes, &s->sig);
}

static void say_hello_ack(struct conn *c, uint32_t code)
{
	struct signed_head s;
	struct wire_hello_ack m = { .version = 1,
				    .version_min = 1,
				    .version_max = 1,
				    .code = code,
				    .epoch = 1,
				    .acked_seq = the->acked,
				    .chain = the->chain,
				    .time_ms = made_ms + day_ms,
				    .frame_max = FRAME_MAX,
				    .credit_ops = 1024,
				    .credit_bytes = 1 << 20,
				    .credit_requests = 16,
				    .page_max = FRAME_MAX,
				    .authority = 1,
				    .jitter_ms = 5 };

	m.head = head_of(&s, 5, &the->log_key);
	memcpy(m.incarnation, incarnation, sizeof(m.incarnation));
	say(c, FRAME_HELLO_ACK, &m);
}

static bool on_hello(struct conn *c)
{
	struct wire_busy busy = { .code = WIRE_BUSY, .retry_after_ms = 60000 };
	struct wire_error unseen = { .code = WIRE_CERTIFICATE_NEEDED, .fatal = true };

	the->hellos++;
	switch (the->act) {
	case ACT_BUSY:
		say(c, FRAME_BUSY, &busy);
		conn_close(c);
		return false;
	case ACT_UNSEEN:
		say(c, FRAME_ERROR, &unseen);
		conn_close(c);
		return false;
	case ACT_CUT:
		conn_abort(c);
		return false;
	case ACT_GARBAGE:
		OK(conn_write(c, SPAN_LIT("HTTP/1.1 302 Found\r\n"), E));
		return false;
	case ACT_REVOKED:
		say_hello_ack(c, WIRE_REVOKED);
		return true;
	case ACT_SUSPENDED:
		say_hello_ack(c, WIRE_SUSPENDED);
		return true;
	case ACT_RENEW:
		say_hello_ack(c, the->renews ? WIRE_OK : WIRE_RENEW_FIRST);
		return true;
	default:
		say_hello_ack(c, WIRE_OK);
		return true;
	}
}

static void store(uint64_t seq, const struct wire_item *item)
{
	struct entry en = { .lsn = FIRST_LSN + seq - 1,
			    .time_ms = made_ms + day_ms,
			    .device = 101,
			    .envelope = item->envelope,
			    .body = item->body,
			    .verdict = VERDICT_ACCEPTED,
			    .unit = 3,
			    .author = 2,
			    .author_unit = 3 };

	CHECK(seq <= ARRAY_LEN(the->log));
	buf_init(&the->log[seq - 1], ENTRY_MAX);
	entry_encode(&the->log[seq - 1], &en);
}

static bool on_submit(struct conn *c, const struct wire_submit *m)
{
	struct wire_verdict verdicts[8] = { { 0 } };
	struct wire_ack ack = { .epoch = 1, .verdicts = verdicts, .verdict_count = m->item_count };
	uint32_t not_now = the->act == ACT_REVOKED                 ? WIRE_REVOKED
			   : the->act == ACT_SUSPENDED             ? WIRE_SUSPENDED
			   : the->act == ACT_RENEW && !the->renews ? WIRE_RENEW_FIRST
								   : 0;
	struct signed_head s;

	CHECK(m->item_count <= ARRAY_LEN(verdicts));
	the->submits++;
	for (size_t i = 0; i < m->item_count; i++) {
		struct hash body = hash_bytes(m->items[i].body);
		uint64_t seq = m->first_seq + i;

		verdicts[i] = (struct wire_verdict){ .seq = seq, .not_now = not_now };
		if (not_now)
			continue;
		verdicts[i].verdict = VERDICT_ACCEPTED;
		verdicts[i].lsn = FIRST_LSN + seq - 1;
		if (seq == the->acked + 1) { /* taken once, however often it is sent */
			the->chain = chain_next(&the->chain, seq, body.b);
			the->acked = seq;
			store(seq, &m->items[i]);
		}
	}
	if (the->act == ACT_CUT_ACK && the->submits == 1) {
		conn_abort(c);
		return false;
	}
	ack.acked_seq = the->acked;
	ack.chain = the->chain;
	if (the->act != ACT_NO_HEAD)
		ack.head = head_of(&s, 5,
				   the->act == ACT_FALSE_HEAD ? &the->false_key : &the->log_key);
	say(c, FRAME_ACK, &ack);
	return true;
}

static void on_pull(struct conn *c, const struct wire_pull *m)
{
	struct wire_error not_now = { .code = WIRE_UNEXPECTED, .of = FRAME_PULL };
	struct wire_page page = { .next = { .lsn = 5, .authority = 1 } };
	struct span entries[ARRAY_LEN(the->log)];
	struct signed_head s;

	if (the->act == ACT_REVOKED || the->act == ACT_SUSPENDED ||
	    (the->act == ACT_RENEW && !the->renews)) {
		say(c, FRAME_ERROR, &not_now);
		return;
	}
	for (uint64_t i = 0; i < the->acked; i++)
		if (FIRST_LSN + i > m->cursor.lsn)
			entries[page.entry_count++] = buf_span(&the->log[i]);
	page.entries = entries;
	memcpy(page.next.incarnation, incarnation, sizeof(incarnation));
	page.head = head_of(&s, 5, &the->log_key);
	say(c, FRAME_PAGE, &page);
}

static void on_renew(struct conn *c)
{
	struct wire_renew_ack m = { .certificate = buf_span(&the->device.cert) };

	say(c, FRAME_RENEW_ACK, &m);
	the->renews++;
}

static void on_enrol(struct conn *c, const struct wire_proved *m)
{
	struct span args[] = { SPAN_LIT("120000") };
	struct wire_error refuse = { .code = WIRE_ENROL_REFUSED, .fatal = true };
	struct wire_error later = {
		.code = WIRE_ENROL_LATER, .args = args, .arg_count = 1, .fatal = true
	};
	struct wire_enrol_answer w = { .version = 1,
				       .device = 101,
				       .epoch = 1,
				       .unit = 3,
				       .person = 2,
				       .role = ROLE_APPROVER,
				       .ca = buf_span(&the->ca.cert),
				       .certificate = buf_span(&the->device.cert),
				       .time_ms = made_ms,
				       .address = SPAN_LIT("0.0.0.0:1") };
	struct wire_proved answer;
	struct code_key key = the->code;
	struct arena *a = arena_new(WIRE_ARENA);
	struct hash binding;
	struct buf b;

	OK(conn_exporter(c, "EXPORTER-ketnap-enrol-1", binding.b, E));
	OK(code_proof_check(&key, CODE_CLIENT, &binding, m->message, &m->proof, E));
	if (the->act == ACT_REFUSE || the->act == ACT_REFUSE_LATER) {
		say(c, FRAME_ERROR, the->act == ACT_REFUSE ? &refuse : &later);
		conn_close(c);
		arena_free(a);
		return;
	}
	memcpy(w.store, store_id, sizeof(w.store));
	memcpy(w.incarnation, incarnation, sizeof(w.incarnation));
	memcpy(w.log_key, the->log_key.public.b, sizeof(w.log_key));
	if (the->act == ACT_LIAR)
		key.key.b[0] ^= 1;
	if (the->act == ACT_MIDDLE)
		binding.b[0] ^= 1;
	buf_init(&b, FRAME_MEDIUM_MAX);
	OK(wire_encode(&b, WIRE_ENROL_ANSWER, &w, a, E));
	answer.message = buf_span(&b);
	answer.proof = code_proof(&key, CODE_SERVER, &binding, buf_span(&b));
	say(c, FRAME_ENROL_ACK, &answer);
	conn_close(c);
	buf_fini(&b);
	arena_free(a);
}

static bool on_frame(struct conn *c, unsigned type, const union wire_any *m)
{
	switch (type) {
	case FRAME_HELLO:
		return on_hello(c);
	case FRAME_SUBMIT:
		return on_submit(c, &m->submit);
	case FRAME_PULL:
		on_pull(c, &m->pull);
		return true;
	case FRAME_RENEW:
		on_renew(c);
		return true;
	case FRAME_ENROL:
		on_enrol(c, &m->proved);
		return false;
	default:
		conn_close(c);
		return false;
	}
}

static long any_size(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

static size_t fake_bytes(struct conn *c, struct span bytes, void *arg)
{
	size_t at = 0;

	(void)arg;
	for (;;) {
		struct arena *a;
		struct frame f;
		union wire_any m;
		size_t need;
		bool on;

		if (frame_decode(&f, &need, span_of(bytes.data + at, bytes.len - at), any_size,
				 NULL, NULL) != FRAME_READY)
			return at;
		a = arena_new(4 * WIRE_ARENA);
		OK(wire_decode(&m, f.type, f.payload, a, E));
		on = on_frame(c, f.type, &m);
		arena_free(a);
		at += need;
		if (!on)
			return bytes.len;
	}
}

static void fake_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	(void)c;
	(void)peer;
	(void)arg;
}

static void fake_down(struct conn *c, const struct conn_end *end, void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(the->open); i++)
		if (the->open[i] == c)
			the->open[i] = NULL;
	(void)end;
	(void)arg;
}

static const struct conn_ops fake_ops = { .on_up = fake_up,
					  .on_bytes = fake_bytes,
					  .on_down = fake_down };

static void fake_accept(struct accepted *a, void *arg)
{
	struct conn_config config = { .loop = the->loop, .tls = the->tls, .ops = &fake_ops };
	struct conn *c;
	size_t i = 0;

	(void)arg;
	OK(conn_accept(&c, &config, a, E));
	while (i < ARRAY_LEN(the->open) && the->open[i])
		i++;
	CHECK(i < ARRAY_LEN(the->open));
	the->open[i] = c;
}

static void *fake_run(void *arg)
{
	(void)arg;
	OK(loop_run(the->loop, E));
	return NULL;
}

static void open_fake(struct fake *f, enum act act)
{
	struct tls_config tls = { .side = TLS_SERVER,
				  .grace_ms = INT64_C(5) * 366 * day_ms,
				  .sessions_max = 16 };
	const struct id *as = act == ACT_FOREIGN       ? &f->other_server
			      : act == ACT_OTHER_STORE ? &f->other_store
						       : &f->server;
	struct listener_config config = { .quota = &f->quota, .on_accept = fake_accept };
	struct addr at[ADDR_FOUND_MAX], where;
	size_t count;

	the = f;
	f->act = act;
	f->quota.max = 8;
	tls.ca = buf_span(act == ACT_FOREIGN ? &f->other_ca.cert : &f->ca.cert);
	tls.cert = buf_span(&as->cert);
	tls.key = buf_span(&as->key_pem);
	tls.real = hand_clock_of(&f->real);
	OK(loop_new(&f->loop, clock_steady, E));
	OK(tls_new(&f->tls, &tls, E));
	config.loop = f->loop;
	OK(addr_parse(at, &count, SPAN_LIT("127.0.0.1:0"), true, E));
	OK(listener_open(&f->listener, &config, at, E));
	where = listener_addr(f->listener);
	addr_text(f->address, &where);
	CHECK(!pthread_create(&f->thread, NULL, fake_run, NULL));
}

static void close_fake(struct fake *f)
{
	loop_stop(f->loop);
	CHECK(!pthread_join(f->thread, NULL));
	listener_close(f->listener);
	for (size_t i = 0; i < ARRAY_LEN(f->open); i++)
		if (f->open[i])
			conn_abort(f->open[i]);
	loop_free(f->loop);
	tls_free(f->tls);
}

static void fake_init(struct fake *f)
{
	static const uint8_t seed[ED25519_SEED_BYTES] = { 1 }, seed2[ED25519_SEED_BYTES] = { 2 };
	static const uint8_t serial[CERT_SERIAL_BYTES] = { 9, 9 },
			     random[CODE_RANDOM_BYTES] = { 5 };
	struct cert_subject who = { .role = CERT_SERVER, .server = { 0xcd } };
	struct p256_public key;
	struct code code = code_make(random);

	memset(f, 0, sizeof(*f));
	ca_init(&f->ca, made_ms);
	ca_init(&f->other_ca, made_ms);
	id_init(&f->server, &f->ca, CERT_SERVER, 0, made_ms);
	id_init(&f->other_server, &f->other_ca, CERT_SERVER, 0, made_ms);
	id_init(&f->device, &f->ca, CERT_DEVICE, 101, made_ms);
	/* the same CA, another store's name */
	id_init(&f->other_store, &f->ca, CERT_SERVER, 0, made_ms);
	buf_reset(&f->other_store.cert);
	key = p256_public_of(f->other_store.key);
	OK(cert_make(&f->other_store.cert, buf_span(&f->ca.cert), f->ca.key, &who, &key, serial,
		     made_ms, E));
	ed25519_key_init(&f->log_key, seed);
	ed25519_key_init(&f->false_key, seed2);
	f->code = code_key_of(&code);
	f->real.now_ms = made_ms + day_ms;
}

static void fake_fini(struct fake *f)
{
	ca_fini(&f->ca);
	ca_fini(&f->other_ca);
	id_fini(&f->server);
	id_fini(&f->other_server);
	id_fini(&f->other_store);
	id_fini(&f->device);
	for (uint64_t i = 0; i < f->acked; i++)
		buf_fini(&f->log[i]);
}

/* --- the device ----------------------------------------------------------------------------------
 */

struct device {
	struct kv *kv;
	struct client *c;
	struct hand_clock real;
};

static void device_init(struct device *d, const struct fake *f)
{
	struct identity id = { .device = 101, .unit = 3, .person = 2, .role = ROLE_APPROVER };
	static const struct op_figure figure = { .measure = 2, .state = FIGURE_VALUE, .value = 4 };
	struct op op = { .kind = OP_SHEET, .unit = 3 };
	struct op_id made;

	memcpy(id.store, store_id, sizeof(id.store));
	memcpy(id.log_key, f->log_key.public.b, sizeof(id.log_key));
	memcpy(id.ca, f->ca.cert.data, f->ca.cert.len);
	id.ca_len = f->ca.cert.len;
	OK(kv_mem_open(&d->kv, CLIENT_TABLES, E));
	OK(client_create(d->kv, &id, 1, incarnation, E));
	OK(client_open(&d->c, d->kv, E));
	op.sheet = (struct op_sheet){
		.form = 1, .form_version = 1, .figures = &figure, .figure_count = 1
	};
	OK(period_parse(&op.sheet.period, SPAN_LIT("2022-08"), E));
	OK(outbox_append(d->c, &op, made_ms, &made, E));
	d->real.now_ms = made_ms + day_ms;
}

static void device_fini(struct device *d)
{
	client_close(d->c);
	kv_close(d->kv);
}

static int sync_with(struct device *d, const struct fake *f, struct contact_result *out,
		     struct err *e)
{
	struct contact how = { .steady = clock_steady,
			       .real = hand_clock_of(&d->real),
			       .address = f->address,
			       .cert = buf_span(&f->device.cert),
			       .key = buf_span(&f->device.key_pem) };
	struct buf csr;
	int rc;

	buf_init(&csr, CERT_BYTES_MAX);
	OK(cert_make_request(&csr, f->device.key, E));
	how.ask.csr = buf_span(&csr);
	how.ask.nonce[0] = 1;
	rc = contact_sync(out, d->c, &how, e);
	buf_fini(&csr);
	return rc;
}

static struct client_status status_of(struct device *d)
{
	struct client_status st;

	OK(client_status(d->c, &st, E));
	return st;
}

/* What follows for the person: code and words; the op stays queued, and nothing is acked. */
static const struct {
	enum act act;
	int rc;
	const char *words;
} failures[] = {
	{ ACT_BUSY, -ERR_BUSY, "the server is busy" },
	{ ACT_UNSEEN, -ERR_BUSY, "certificate did not reach the server" },
	{ ACT_CUT, -ERR_BUSY, "the line to 127.0.0.1" },
	{ ACT_REVOKED, -ERR_DENIED, "this device was revoked" },
	{ ACT_SUSPENDED, -ERR_DENIED, "suspended" },
	{ ACT_FALSE_HEAD, -ERR_CORRUPT, NULL },
	{ ACT_NO_HEAD, -ERR_PROTO, NULL },
	{ ACT_FOREIGN, -ERR_DENIED, "is not the server this device was enrolled with" },
	{ ACT_OTHER_STORE, -ERR_DENIED, "is the server of another store" },
	{ ACT_GARBAGE, -ERR_PROTO, "do not understand each other" },
};

static void check_failures(void)
{
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		struct contact_result r;
		struct client_status st;
		struct device d;
		struct fake f;
		struct err e = { 0 };
		int rc;

		fake_init(&f);
		device_init(&d, &f);
		open_fake(&f, failures[i].act);
		contact_result_init(&r);
		rc = sync_with(&d, &f, &r, &e);
		st = status_of(&d);
		if ((failures[i].words && rc != failures[i].rc) || rc >= 0 ||
		    (failures[i].words && !strstr(e.msg, failures[i].words))) {
			fprintf(stderr, "case %zu: %d, wanted %d: %s\n", i, rc, failures[i].rc,
				e.msg);
			exit(1);
		}
		CHECK(st.queued == 1 && st.acked == 0 && st.last_ack_lsn == 0);
		/* to be taken up again, unless nothing could come of it */
		CHECK(failures[i].act != ACT_BUSY || r.session.len);
		CHECK(failures[i].act != ACT_UNSEEN || !r.session.len);
		/* a server that is not ours is not even greeted */
		CHECK(f.hellos ==
		      (failures[i].act == ACT_FOREIGN || failures[i].act == ACT_OTHER_STORE ? 0
											    : 1));
		contact_result_fini(&r);
		close_fake(&f);
		device_fini(&d);
		fake_fini(&f);
	}
}

static void check_good(void)
{
	struct contact_result r;
	struct client_status st;
	struct device d;
	struct fake f;

	fake_init(&f);
	device_init(&d, &f);
	open_fake(&f, ACT_GOOD);
	contact_result_init(&r);
	OK(sync_with(&d, &f, &r, E));
	st = status_of(&d);
	CHECK(st.queued == 0 && st.acked == 1 && st.last_ack_lsn == 3);
	CHECK(r.reached && !r.resumed && r.sync.sent == 1 && r.sync.acked == 1);
	CHECK(r.wire_in > r.sync.bytes_in && r.wire_out > r.sync.bytes_out && r.session.len);
	contact_result_fini(&r);
	close_fake(&f);
	device_fini(&d);
	fake_fini(&f);
}

/* The line breaks between commit and Ack: sent again, taken once, acked then. */
static void check_cut_ack(void)
{
	struct contact_result r;
	struct device d;
	struct fake f;
	struct err e = { 0 };

	fake_init(&f);
	device_init(&d, &f);
	open_fake(&f, ACT_CUT_ACK);
	contact_result_init(&r);
	CHECK(sync_with(&d, &f, &r, &e) == -ERR_BUSY);
	CHECK(status_of(&d).queued == 1 && status_of(&d).acked == 0);
	contact_result_fini(&r);
	contact_result_init(&r);
	OK(sync_with(&d, &f, &r, E));
	CHECK(status_of(&d).queued == 0 && status_of(&d).acked == 1 && f.acked == 1 &&
	      f.submits == 2);
	contact_result_fini(&r);
	close_fake(&f);
	device_fini(&d);
	fake_fini(&f);
}

/* An expired certificate is let in to be renewed; the queue is untouched by that. */
static void check_renew(void)
{
	struct contact_result r;
	struct device d;
	struct fake f;
	struct err e = { 0 };

	fake_init(&f);
	device_init(&d, &f);
	f.real.now_ms = made_ms + 3 * day_ms;
	open_fake(&f, ACT_RENEW);
	contact_result_init(&r);
	sync_with(&d, &f, &r, &e);
	CHECK(f.renews == 1 && span_eq(buf_span(&r.certificate), buf_span(&f.device.cert)));
	CHECK(r.sync.end == SYNC_LATER && status_of(&d).queued == 1);
	contact_result_fini(&r);
	contact_result_init(&r);
	OK(sync_with(&d, &f, &r, E));
	CHECK(status_of(&d).queued == 0 && status_of(&d).acked == 1);
	contact_result_fini(&r);
	close_fake(&f);
	device_fini(&d);
	fake_fini(&f);
}

/* A clock before the server's certificate; and the same once the server has signed a later time. */
static void check_clock(void)
{
	struct contact_result r;
	struct device d;
	struct fake f;
	struct err e = { 0 };

	fake_init(&f);
	device_init(&d, &f);
	open_fake(&f, ACT_GOOD);
	d.real.now_ms = made_ms - 9000 * day_ms;
	contact_result_init(&r);
	CHECK(sync_with(&d, &f, &r, &e) == -ERR_STATE &&
	      strstr(e.msg, "before the server's certificate was made"));
	CHECK(status_of(&d).queued == 1 && f.hellos == 0);
	d.real.now_ms = made_ms + 800 * day_ms;
	CHECK(sync_with(&d, &f, &r, &e) == -ERR_STATE && strstr(e.msg, "has expired"));
	d.real.now_ms = made_ms + day_ms;
	OK(sync_with(&d, &f, &r, E)); /* learns the server's time */
	d.real.now_ms = made_ms - 9000 * day_ms;
	contact_result_fini(&r);
	contact_result_init(&r);
	OK(sync_with(&d, &f, &r, E)); /* judged by the later of the two */
	contact_result_fini(&r);
	close_fake(&f);
	device_fini(&d);
	fake_fini(&f);
}

static void check_no_line(void)
{
	struct contact_result r;
	struct device d;
	struct fake f;
	struct err e = { 0 };

	fake_init(&f);
	device_init(&d, &f);
	open_fake(&f, ACT_GOOD);
	close_fake(&f); /* nobody listens there any more */
	contact_result_init(&r);
	CHECK(sync_with(&d, &f, &r, &e) == -ERR_BUSY && strstr(e.msg, "no line to 127.0.0.1"));
	CHECK(status_of(&d).queued == 1 && !r.reached);
	contact_result_fini(&r);
	device_fini(&d);
	fake_fini(&f);
}

/* --- enrolment -----------------------------------------------------------------------------------
 */

static const struct {
	enum act act;
	int rc;
	const char *words;
} enrolments[] = {
	{ ACT_GOOD, 0, NULL },
	{ ACT_REFUSE, -ERR_DENIED, "does not take this code" },
	{ ACT_REFUSE_LATER, -ERR_BUSY, "wait 2 minutes" },
	{ ACT_LIAR, -ERR_DENIED, "does not know the code" },
	{ ACT_MIDDLE, -ERR_DENIED, "somebody stands in between" },
	{ ACT_FOREIGN, -ERR_DENIED, "the answer is for another server" },
	{ ACT_OTHER_STORE, -ERR_DENIED, "the answer is for another server" },
};

static void check_enrolments(void)
{
	for (size_t i = 0; i < ARRAY_LEN(enrolments); i++) {
		static const uint8_t nonce[16] = { 3 };
		struct seal_public seal = { { 9 } };
		struct enrolled out;
		struct p256_public mine;
		struct hand_clock real = { made_ms + day_ms };
		struct contact how = { .steady = clock_steady, .real = hand_clock_of(&real) };
		struct buf request;
		struct fake f;
		struct err e = { 0 };
		int rc;

		fake_init(&f);
		mine = p256_public_of(f.device.key);
		open_fake(&f, enrolments[i].act);
		how.address = f.address;
		buf_init(&request, 4096);
		OK(enrol_request(&request, &f.code, f.device.key, &seal, nonce, E));
		rc = contact_enrol(&out, &how, buf_span(&request), &f.code, &mine, &e);
		if (rc != enrolments[i].rc || (rc && !strstr(e.msg, enrolments[i].words))) {
			fprintf(stderr, "enrolment %zu: %d, wanted %d: %s\n", i, rc,
				enrolments[i].rc, e.msg);
			exit(1);
		}
		if (!rc)
			CHECK(out.id.device == 101 && out.id.unit == 3 && out.epoch == 1 &&
			      !memcmp(out.id.store, store_id, 16) &&
			      !memcmp(out.id.log_key, f.log_key.public.b, 32) &&
			      out.certificate_len == f.device.cert.len);
		buf_fini(&request);
		close_fake(&f);
		fake_fini(&f);
	}
}

/* By stick: bound to the request's bytes; damaged, or for another request, it is refused. */
static void check_stick(void)
{
	static const uint8_t nonce[16] = { 3 };
	struct seal_public seal = { { 9 } };
	struct p256_public mine;
	struct enrolled out;
	struct arena *a = arena_new(WIRE_ARENA);
	struct wire_proved p, q;
	struct buf request, file, answer, content;
	struct file_head h;
	struct span in;
	struct fake f;
	struct err e = { 0 };

	fake_init(&f);
	mine = p256_public_of(f.device.key);
	buf_init(&request, 4096);
	buf_init(&file, ENROL_FILE_MAX);
	buf_init(&answer, 8192);
	buf_init(&content, ENROL_FILE_MAX);
	OK(enrol_request(&request, &f.code, f.device.key, &seal, nonce, E));
	OK(enrol_file_write(&file, buf_span(&request), &f.code, E));
	OK(file_read(&h, &in, NULL, buf_span(&file), E));
	OK(wire_decode(&p, FRAME_ENROL, in, a, E));
	CHECK(h.kind == FILE_ENROL && span_eq(p.message, buf_span(&request)));
	h.about = hash_bytes(p.message);
	OK(code_proof_check(&f.code, CODE_CLIENT, &h.about, p.message, &p.proof, E));
	{
		struct wire_enrol_answer w = { .version = 1,
					       .device = 101,
					       .epoch = 1,
					       .unit = 3,
					       .person = 2,
					       .role = ROLE_CLERK,
					       .ca = buf_span(&f.ca.cert),
					       .certificate = buf_span(&f.device.cert),
					       .time_ms = made_ms,
					       .address = SPAN_LIT("10.0.0.1:7441") };

		memcpy(w.store, store_id, sizeof(w.store));
		OK(wire_encode(&answer, WIRE_ENROL_ANSWER, &w, a, E));
	}
	q.message = buf_span(&answer);
	q.proof = code_proof(&f.code, CODE_SERVER, &h.about, q.message);
	OK(wire_encode(&content, FRAME_ENROL_ACK, &q, a, E));
	h.kind = FILE_ENROL_ACK;
	buf_reset(&file);
	OK(file_write(&file, &h, buf_span(&content), E));
	OK(enrol_file_check(&out, buf_span(&file), buf_span(&request), &f.code, &mine, made_ms, E));
	CHECK(out.id.device == 101 && !strcmp(out.id.address, "10.0.0.1:7441"));
	for (size_t i = 0; i < file.len; i += 7) { /* every byte counts */
		file.data[i] ^= 1;
		CHECK(enrol_file_check(&out, buf_span(&file), buf_span(&request), &f.code, &mine,
				       made_ms, &e));
		file.data[i] ^= 1;
	}
	request.data[request.len - 1] ^= 1;
	CHECK(enrol_file_check(&out, buf_span(&file), buf_span(&request), &f.code, &mine, made_ms,
			       &e) == -ERR_INVALID &&
	      strstr(e.msg, "another request"));
	buf_fini(&request);
	buf_fini(&file);
	buf_fini(&answer);
	buf_fini(&content);
	arena_free(a);
	fake_fini(&f);
}

int main(void)
{
	check_good();
	check_failures();
	check_cut_ack();
	check_renew();
	check_clock();
	check_no_line();
	check_enrolments();
	check_stick();
	return 0;
}
