/* A script of events for the server's core: each step's first byte says what happens, the bytes after it how. Devices
 * come and go, send what they made or something else, the writer works when it is told, calls of the store
 * fail, the server is killed and opened again over what it had committed. Held against it:
 *
 *  - what it says is whole frames that can be read;
 *  - an op that was answered with a verdict stands in the log at the lsn it was told, with that verdict, also
 *    after the server was killed, and is never answered otherwise;
 *  - the log verifies at the end. */
#include "fuzz.h"

#include "server_rig.h"

#include "ledger/verify.h"
#include "proto/codec.h"

#include <stdlib.h>

enum { LINES = 3, DEVICES = 3, STEPS = 96, TOLD = 256, RAW_MAX = 255, ARENA_MAX = 64 << 20 };

enum event {
	DO_CONNECT,
	DO_HELLO,
	DO_MAKE,
	DO_SUBMIT,
	DO_WORK,
	DO_PULL,
	DO_FRAME,
	DO_BYTES,
	DO_MAKE_BODY,
	DO_ACKED,
	DO_TICK,
	DO_DROP,
	DO_END,
	DO_KILL,
	DO_FAIL,
	DO_REVOKE,
	DO_STOP,
	DO_QUIET,
	DO_KINDS
};

struct told {
	struct op_id id;
	uint64_t lsn;
	uint32_t verdict, code;
};

struct wire_line {
	struct session *s;
	struct buf in, got;
	struct dev *d; /* who it says it is */
	uint64_t conn;
};

static struct rig site;
static struct dev site_devices[DEVICES];

static struct play {
	struct span script;
	struct rig r;
	struct dev dev[DEVICES];
	struct wire_line line[LINES];
	struct told told[TOLD];
	size_t told_count;
	uint64_t answers;
} p;

/* ---- the script ---- */

static uint8_t take(void)
{
	uint8_t b = 0;

	if (p.script.len) {
		b = p.script.data[0];
		p.script = span_of(p.script.data + 1, p.script.len - 1);
	}
	return b;
}

static struct span take_bytes(size_t most)
{
	size_t n = take();
	struct span s;

	if (n > most)
		n = most;
	if (n > p.script.len)
		n = p.script.len;
	s = span_of(p.script.data, n);
	p.script = span_of(p.script.data + n, p.script.len - n);
	return s;
}

static struct wire_line *take_line(void)
{
	return &p.line[take() % LINES];
}

/* Mostly what is right, now and then something near it or far from it. */
static uint64_t near(uint64_t right)
{
	uint8_t how = take();

	switch (how >> 5) {
	case 5:
		return right + (how & 31);
	case 6:
		return right - (how & 31);
	case 7:
		return (uint64_t)take() << (how & 31) * 2;
	default:
		return right;
	}
}

static void spoil(void *bytes, size_t len)
{
	uint8_t how = take();

	if (how >= 224)
		((uint8_t *)bytes)[take() % len] ^= (uint8_t)(how | 1);
}

/* ---- what was told ---- */

static void note(const struct wire_line *l, const struct wire_ack *ack)
{
	for (size_t i = 0; i < ack->verdict_count; i++) {
		const struct wire_verdict *v = &ack->verdicts[i];
		struct told t = { .id = { l->d->d.device, ack->epoch, v->seq },
				  .lsn = v->lsn,
				  .verdict = v->verdict,
				  .code = v->code };
		size_t at = 0;

		if (!v->verdict || v->code == CODE_FORK) /* another op under the same number */
			continue;
		assert(v->lsn);
		while (at < p.told_count && op_id_cmp(p.told[at].id, t.id))
			at++;
		if (at < p.told_count) {
			assert(p.told[at].lsn == t.lsn);
			assert(p.told[at].verdict == t.verdict && p.told[at].code == t.code);
		} else if (at < TOLD) {
			p.told[p.told_count++] = t;
		}
	}
}

/* Each stands in the log as it was told. */
static void check_told(struct ledger *l)
{
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	struct buf bytes;
	struct entry en;
	struct err e = { 0 };

	assert(a);
	buf_init(&bytes, ENTRY_MAX);
	for (size_t i = 0; i < p.told_count; i++) {
		const struct told *t = &p.told[i];
		struct envelope env;

		arena_reset(a);
		buf_reset(&bytes);
		must(ledger_entry(l, t->lsn, &bytes, &e), &e, "an entry that was told");
		must(entry_decode(&en, buf_span(&bytes), a, &e), &e, "an entry that was told");
		must(envelope_decode(&env, en.envelope, a, &e), &e, "its envelope");
		assert(en.device == t->id.device && env.epoch == t->id.epoch &&
		       env.seq == t->id.seq);
		assert(en.verdict == t->verdict && en.code == t->code);
	}
	buf_fini(&bytes);
	arena_free(a);
}

static long any_size(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

static void hear_all(struct wire_line *l)
{
	struct span rest = buf_span(&l->got);
	struct arena *a = arena_new(ARENA_MAX);
	struct err e = { 0 };

	while (rest.len) {
		union wire_any m;
		struct frame f;
		size_t used = 0;

		arena_reset(a);
		assert(frame_decode(&f, &used, rest, any_size, NULL, &e) == FRAME_READY);
		must(wire_decode(&m, f.type, f.payload, a, &e), &e, frame_type_name(f.type));
		p.answers++;
		if (f.type == FRAME_ACK && l->d)
			note(l, &m.ack);
		rest = span_of(rest.data + used, rest.len - used);
	}
	buf_reset(&l->got);
	arena_free(a);
}

/* ---- one connection ---- */

static void drop(struct wire_line *l)
{
	session_free(l->s);
	l->s = NULL;
	buf_reset(&l->in);
	buf_reset(&l->got);
}

static void collect(struct wire_line *l)
{
	struct span out = session_output(l->s);

	buf_bytes(&l->got, out);
	if (out.len)
		session_sent(l->s, out.len, p.r.now);
	hear_all(l);
}

/* What it has not consumed is offered again, as long as it takes some. */
static void offer(struct wire_line *l)
{
	size_t used;

	do {
		used = session_input(l->s, buf_span(&l->in), NULL, p.r.now);
		assert(used <= l->in.len);
		if (used)
			memmove(l->in.data, l->in.data + used, l->in.len - used);
		l->in.len -= used;
		collect(l);
	} while (used);
	if (session_over(l->s))
		drop(l);
}

static void say_raw(struct wire_line *l, struct span bytes)
{
	if (!l->s || l->in.len > FRAME_MAX)
		return;
	buf_bytes(&l->in, bytes);
	offer(l);
}

static void say_frame(struct wire_line *l, enum frame_type type, const void *m)
{
	struct buf b;
	struct err e = { 0 };

	buf_init(&b, FRAME_HEADER + FRAME_MAX);
	if (!wire_frame(&b, type, m, p.r.w.a, &e)) {
		if (b.len > FRAME_HEADER)
			spoil(b.data + FRAME_HEADER, b.len - FRAME_HEADER);
		say_raw(l, buf_span(&b));
	}
	buf_fini(&b);
}

static void give_jobs(struct wire_line *l)
{
	struct job *j;

	while (l->s && (j = session_job(l->s)))
		writer_put(p.r.writer, &j);
}

static void connect(void)
{
	struct wire_line *l = take_line();
	uint8_t who = take(), how = take();
	struct session_peer peer;
	struct err e = { 0 };

	if (l->s)
		drop(l);
	l->d = &p.dev[who % DEVICES];
	peer = peer_of_dev(&p.r, l->d);
	if (how >= 240)
		peer = (struct session_peer){ .verdict = CERT_UNREADABLE };
	else if (how >= 224)
		peer.verdict = CERT_EXPIRED;
	else if (how >= 208)
		peer.verdict = CERT_EARLY;
	l->conn = (uint64_t)(l - p.line) + LINES * ++p.r.conns;
	must(session_new(&l->s, &p.r.sv, l->conn, &peer, p.r.now, &e), &e, "a session");
}

static void hello(void)
{
	struct wire_line *l = take_line();
	struct wire_hello h;

	if (!l->s)
		return;
	h = dev_hello(&p.r, l->d);
	h.epoch = (uint32_t)near(h.epoch);
	h.acked_seq = near(h.acked_seq);
	h.next_seq = near(h.next_seq);
	h.device = near(h.device);
	h.cursor.lsn = near(0);
	h.frame_max = (uint32_t)near(h.frame_max);
	spoil(&h.chain, sizeof(h.chain));
	spoil(&h.acked_chain, sizeof(h.acked_chain));
	spoil(h.nonce, sizeof(h.nonce));
	say_frame(l, FRAME_HELLO, &h);
}

static void submit(void)
{
	struct wire_line *l = take_line();
	uint64_t first = take(), count = take() % 6u + 1u;
	struct wire_submit m;

	if (!l->s || !l->d->made)
		return;
	first = first % l->d->made + 1;
	if (first + count - 1 > l->d->made)
		count = l->d->made - first + 1;
	m = dev_submit(&p.r, l->d, first, first + count - 1);
	m.epoch = (uint32_t)near(m.epoch);
	m.first_seq = near(m.first_seq);
	spoil(&m.chain, sizeof(m.chain));
	say_frame(l, FRAME_SUBMIT, &m);
}

static void pull(void)
{
	struct wire_line *l = take_line();
	struct wire_pull m = { .max_bytes = (uint32_t)near(FRAME_MAX),
			       .prove_from = near(rig_lsn(&p.r)) };

	memcpy(m.cursor.incarnation, p.r.w.birth.incarnation, sizeof(m.cursor.incarnation));
	spoil(m.cursor.incarnation, sizeof(m.cursor.incarnation));
	m.cursor.lsn = near(0);
	m.cursor.authority = near(0);
	say_frame(l, FRAME_PULL, &m);
}

/* Of any type, with a payload from the script: the fuzzer knows no better than to try. */
static void any_frame(void)
{
	struct wire_line *l = take_line();
	uint8_t type = take();
	struct span payload = take_bytes(RAW_MAX);
	uint8_t head[FRAME_HEADER] = { 0, 0, 0, (uint8_t)payload.len, 0, type };

	say_raw(l, span_of(head, sizeof(head)));
	say_raw(l, payload);
}

static void make(void)
{
	struct dev *d = &p.dev[take() % DEVICES];

	if (d->made < RIG_OPS)
		dev_make(&p.r, d);
}

static void make_body(void)
{
	struct dev *d = &p.dev[take() % DEVICES];
	struct span body = take_bytes(RAW_MAX);

	if (d->made < RIG_OPS)
		dev_make_body(&p.r, d, arena_copy(p.r.w.a, body));
}

/* The device takes over what the server says it has. */
static void acked(void)
{
	struct dev *d = &p.dev[take() % DEVICES];
	struct chain_row chain;
	struct err e = { 0 };

	if (ledger_chain(p.r.w.l, d->d.device, &chain, &e))
		return;
	if (chain.epoch != d->d.epoch) { /* begins anew, as a restored device does */
		d->d.epoch = chain.epoch;
		d->made = d->acked = 0;
		return;
	}
	if (chain.seq <= d->made)
		d->acked = chain.seq;
}

/* ---- the server ---- */

static void kill_server(void)
{
	struct rig old = p.r;

	for (size_t i = 0; i < LINES; i++)
		drop(&p.line[i]);
	rig_like(&p.r, &old);
	rig_like_close(&old);
	check_told(p.r.w.l);
}

static void work(void)
{
	struct err e = { 0 };
	struct job *j;

	for (size_t i = 0; i < LINES; i++)
		give_jobs(&p.line[i]);
	if (writer_due(p.r.writer) && writer_run(p.r.writer, p.r.now, &e) == -ERR_FATAL) {
		kill_server();
		return;
	}
	p.r.sv.mood = writer_mood(p.r.writer);
	while ((j = writer_take(p.r.writer))) {
		struct wire_line *l = &p.line[j->conn % LINES];

		if (l->s && j->conn == l->conn) {
			session_done(l->s, &j, p.r.now);
			collect(l);
			offer(l);
		} else {
			job_free(j);
		}
	}
}

static void fail_next(void)
{
	static const enum err_code codes[] = { ERR_IO, ERR_FULL, ERR_FATAL };
	uint8_t how = take();

	kv_fail_at(p.r.w.kv, kv_calls(p.r.w.kv) + 1 + take(), codes[how % 3], how & 4);
}

static void heal(void)
{
	static const struct writer_measure room = { .map_used = 1, .map_size = 100 };

	kv_fail_at(p.r.w.kv, 0, ERR_NONE, false);
	writer_measured(p.r.writer, &room);
	for (int i = 0; i < 4; i++)
		work();
}

static void revoke(void)
{
	struct job *j = job_new(take() & 1 ? JOB_REVOKE : JOB_LIFT, 0, p.r.now);

	j->device = p.dev[take() % DEVICES].d.device;
	j->about.reason = SPAN_LIT("lost");
	memset(j->about.nonce, 0x11, sizeof(j->about.nonce));
	j->by = SPAN_LIT("console:fuzz");
	writer_put(p.r.writer, &j);
}

static void tick(void)
{
	rig_wait(&p.r, (uint64_t)1 << take() % 20u);
	for (size_t i = 0; i < LINES; i++) {
		struct wire_line *l = &p.line[i];

		if (!l->s || session_deadline(l->s) > p.r.now.mono_ms)
			continue;
		session_tick(l->s, p.r.now);
		collect(l);
		if (session_over(l->s) || session_deadline(l->s) <= p.r.now.mono_ms)
			drop(l);
	}
}

static void end_input(bool stop)
{
	struct wire_line *l = take_line();

	if (!l->s)
		return;
	if (stop)
		session_stop(l->s, p.r.now);
	else
		session_input_ended(l->s, p.r.now);
	collect(l);
	if (session_over(l->s))
		drop(l);
}

static void one_step(void)
{
	switch ((enum event)(take() % DO_KINDS)) {
	case DO_CONNECT:
		connect();
		break;
	case DO_HELLO:
		hello();
		break;
	case DO_MAKE:
		make();
		break;
	case DO_SUBMIT:
		submit();
		break;
	case DO_WORK:
		work();
		break;
	case DO_PULL:
		pull();
		break;
	case DO_FRAME:
		any_frame();
		break;
	case DO_BYTES:
		say_raw(take_line(), take_bytes(RAW_MAX));
		break;
	case DO_MAKE_BODY:
		make_body();
		break;
	case DO_ACKED:
		acked();
		break;
	case DO_TICK:
		tick();
		break;
	case DO_DROP:
		drop(take_line());
		break;
	case DO_END:
	case DO_STOP:
		end_input(take() & 1);
		break;
	case DO_KILL:
		kill_server();
		break;
	case DO_FAIL:
		fail_next();
		break;
	case DO_REVOKE:
		revoke();
		break;
	default:
		heal();
		break;
	}
}

/* ---- begin, end ---- */

static void open_site(void)
{
	static const uint32_t units[DEVICES] = { 4, 6, 2 };
	static const enum person_role roles[DEVICES] = { ROLE_CLERK, ROLE_APPROVER, ROLE_APPROVER };

	rig_open(&site);
	for (size_t i = 0; i < DEVICES; i++)
		rig_device(&site, &site_devices[i], units[i], roles[i]);
}

static void open_play(struct span script)
{
	memset(&p, 0, sizeof(p));
	p.script = script;
	rig_like(&p.r, &site);
	p.r.w.a = arena_new(ARENA_MAX);
	memcpy(p.dev, site_devices, sizeof(p.dev));
	for (size_t i = 0; i < LINES; i++) {
		buf_init(&p.line[i].in, 8 << 20);
		buf_init(&p.line[i].got, 64 << 20);
	}
}

static void close_play(void)
{
	struct verify_report report;
	struct err e = { 0 };

	kv_fail_at(p.r.w.kv, 0, ERR_NONE, false);
	kill_server();
	must(ledger_verify(&report, p.r.w.l, NULL, NULL, &e), &e, "verify");
	for (size_t i = 0; i < LINES; i++) {
		buf_fini(&p.line[i].in);
		buf_fini(&p.line[i].got);
	}
	arena_free(p.r.w.a);
	rig_like_close(&p.r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!site.writer)
		open_site();
	open_play(span_of(data, size));
	for (int i = 0; i < STEPS && p.script.len; i++)
		one_step();
	close_play();
	return 0;
}
