/* One connection: carries out what its session decides. */
#include "io.h"

#include "net/conn.h"

#include <stdlib.h>

struct visit {
	struct io *io;
	struct conn *conn;
	struct session *session; /* NULL until TLS is up */
	uint64_t id;             /* generation, slot, thread */
	uint32_t slot;
	size_t need; /* bytes there must be before the session is asked again */
	uint8_t host[ADDR_HOST_BYTES];
	bool stranger; /* counts at the gate */
	bool paused, closing;
};

/* ---- names ---- */

static bool take_slot(struct visit *v)
{
	struct io *io = v->io;

	if (!io->free_count)
		return false;
	v->slot = io->free_slots[--io->free_count];
	io->table[v->slot] = v;
	io->open++;
	v->id = (uint64_t)++io->generation[v->slot] << 32 | (uint64_t)v->slot << 8 | io->index;
	return true;
}

static void leave_slot(struct visit *v)
{
	struct io *io = v->io;

	io->table[v->slot] = NULL;
	io->free_slots[io->free_count++] = v->slot;
	io->open--;
	if (io->stopping && !io->open)
		loop_stop(io->loop);
}

static struct visit *find(struct io *io, uint64_t id)
{
	size_t slot = (id & 0xffffffff) >> 8;
	struct visit *v = slot < io->table_room ? io->table[slot] : NULL;

	return v && v->id == id ? v : NULL;
}

/* ---- one turn of the session ---- */

static void give_jobs(struct visit *v)
{
	struct job *j;

	while ((j = session_job(v->session)))
		io_ask(v->io, &j);
}

/* What the peer does not take stays with the session, which then reads no further. */
static bool send_output(struct visit *v, struct moment now)
{
	while (!conn_is_crowded(v->conn)) {
		struct span out = session_output(v->session);

		if (!out.len)
			break;
		if (conn_write(v->conn, out, NULL))
			return false;
		session_sent(v->session, out.len, now);
	}
	return true;
}

static void set_reading(struct visit *v)
{
	bool reads = session_reads(v->session);

	if (reads == !v->paused)
		return;
	v->paused = !reads;
	if (reads)
		conn_resume(v->conn);
	else
		conn_pause(v->conn);
}

/* After whatever the session was told. */
static void settle(struct visit *v, struct moment now)
{
	uint64_t at;

	if (v->closing)
		return;
	if (!send_output(v, now)) {
		v->closing = true;
		conn_abort(v->conn);
		return;
	}
	give_jobs(v);
	if (session_over(v->session)) {
		v->closing = true;
		conn_close(v->conn);
		return;
	}
	set_reading(v);
	at = session_deadline(v->session);
	conn_deadline(v->conn, at < CONN_NEVER ? (int64_t)at : CONN_NEVER);
}

/* ---- what the connection tells ---- */

static void leave_gate(struct visit *v)
{
	if (v->stranger)
		gate_leave(v->io->common->gate, v->host);
	v->stranger = false;
}

/* The binding is for those who enrol; to make it costs the others nothing. */
static int know_peer(struct session_peer *out, struct visit *v, const struct tls_peer *peer,
		     struct err *e)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->address, v->host, sizeof(out->address));
	switch (peer->verdict) {
	case TLS_PEER_GOOD:
		out->verdict = CERT_GOOD;
		break;
	case TLS_PEER_EXPIRED:
		out->verdict = CERT_EXPIRED;
		break;
	case TLS_PEER_EARLY:
		out->verdict = CERT_EARLY;
		break;
	default:
		out->verdict = CERT_UNREADABLE;
		return conn_exporter(v->conn, "EXPORTER-ketnap-enrol-1", out->binding.b, e);
	}
	out->cert = peer->info;
	return peer->info.subject.role == CERT_DEVICE
		       ? 0
		       : err_set(e, ERR_INVALID, "the certificate names no device");
}

static void on_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct visit *v = arg;
	struct moment now = io_now(v->io);
	struct session_peer known;
	struct err e = { 0 };
	int rc;

	v->conn = c;
	rc = know_peer(&known, v, peer, &e);
	if (!rc)
		rc = session_new(&v->session, &v->io->server, v->id, &known, now, &e);
	if (rc) {
		if (say_may(&v->io->say, (int64_t)now.mono_ms))
			log_warn("conn=%llx event=refused error=\"%s\"", (unsigned long long)v->id,
				 e.msg);
		v->closing = true;
		conn_abort(c);
		return;
	}
	if (known.verdict != CERT_UNREADABLE)
		leave_gate(v);
	if (v->io->stopping)
		session_stop(v->session, now);
	settle(v, now);
}

static size_t on_bytes(struct conn *c, struct span bytes, void *arg)
{
	struct visit *v = arg;
	struct moment now = io_now(v->io);
	size_t used;

	(void)c;
	if (v->closing)
		return bytes.len;
	if (bytes.len < v->need)
		return 0;
	used = session_input(v->session, bytes, &v->need, now);
	settle(v, now);
	return used;
}

static void on_drain(struct conn *c, void *arg)
{
	struct visit *v = arg;

	(void)c;
	settle(v, io_now(v->io));
}

static void on_deadline(struct conn *c, void *arg)
{
	struct visit *v = arg;
	struct moment now = io_now(v->io);

	if (v->closing)
		return;
	session_tick(v->session, now);
	settle(v, now);
	/* It has nothing more to say: what is unsent now stays so. */
	if (!v->closing && session_deadline(v->session) <= now.mono_ms) {
		v->closing = true;
		conn_abort(c);
	}
}

static void say_end(struct visit *v, const struct conn_end *end)
{
	int64_t now_ms = loop_now_ms(v->io->loop);
	enum wire_code why = v->session ? session_why(v->session) : WIRE_OK;
	const char *name = wire_code_name(why);
	char from[ADDR_TEXT_MAX];
	struct addr a;
	bool odd = why || (end->why != CONN_GONE && end->why != CONN_CLOSED);

	if (!say_may(&v->io->say, now_ms))
		return;
	a = conn_remote(v->conn);
	addr_text(from, &a);
	log_at(odd ? LOG_INFO : LOG_DEBUG,
	       "conn=%llx from=%s device=%016llx event=end how=%s verdict=%s why=%s",
	       (unsigned long long)v->id, from,
	       (unsigned long long)(v->session ? session_device(v->session) : 0),
	       conn_why_name(end->why),
	       end->why == CONN_PEER ? tls_verdict_name(end->verdict) : "-",
	       why ? name ? name : "?" : "-");
}

static void on_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct visit *v = arg;

	v->conn = c;
	say_end(v, end);
	if (v->session) {
		/* What it had asked of the writer and not yet given is still done. */
		session_input_ended(v->session, io_now(v->io));
		give_jobs(v);
		session_free(v->session);
	}
	leave_gate(v);
	leave_slot(v);
	free(v);
}

static const struct conn_ops visit_ops = {
	.on_up = on_up,
	.on_bytes = on_bytes,
	.on_drain = on_drain,
	.on_deadline = on_deadline,
	.on_down = on_down,
};

/* ---- what others tell it ---- */

static void say_enrolled(struct visit *v, const struct job *j)
{
	const char *why = j->code ? wire_code_name(j->code) : "ok";

	if (say_may(&v->io->say, loop_now_ms(v->io->loop)))
		log_info("conn=%llx device=%016llx event=%s result=%s", (unsigned long long)v->id,
			 (unsigned long long)j->device, j->kind == JOB_ENROL ? "enrol" : "renew",
			 why ? why : "?");
}

/* The device hears that it comes again later, and why is the operator's to know. */
static void say_left_out(struct io *io, const struct job *j)
{
	if (j->code == WIRE_BATCH_ABORTED && j->err.code &&
	    say_may(&io->say, loop_now_ms(io->loop)))
		log_warn("conn=%llx device=%016llx event=left-out error=\"%s\"",
			 (unsigned long long)j->conn, (unsigned long long)j->device, j->err.msg);
}

void visit_done(struct io *io, struct job **job)
{
	struct visit *v = find(io, (*job)->conn);
	struct moment now = io_now(io);

	say_left_out(io, *job);
	if (!v || !v->session || v->closing) {
		job_free(*job);
		*job = NULL;
		return;
	}
	if ((*job)->kind == JOB_ENROL || (*job)->kind == JOB_RENEW)
		say_enrolled(v, *job);
	session_done(v->session, job, now);
	settle(v, now);
}

void visit_stop(struct visit *v)
{
	struct moment now = io_now(v->io);

	if (v->closing)
		return;
	if (!v->session) {
		visit_abort(v);
		return;
	}
	session_stop(v->session, now);
	settle(v, now);
}

void visit_abort(struct visit *v)
{
	v->closing = true;
	conn_abort(v->conn);
}

void visit_accept(struct io *io, struct accepted *a)
{
	struct conn_config config = { .loop = io->loop,
				      .tls = io->common->tls,
				      .ops = &visit_ops,
				      .limits = io->common->setup->limits };
	struct visit *v = calloc(1, sizeof(*v));

	if (!v)
		return;
	v->io = io;
	addr_host(v->host, &a->from);
	v->stranger = gate_enter(io->common->gate, v->host);
	if (v->stranger && take_slot(v)) {
		config.arg = v;
		if (!conn_accept(&v->conn, &config, a, NULL))
			return;
		leave_slot(v);
	}
	leave_gate(v);
	free(v);
}
