#include "line.h"
#include "words.h"

/* The most that is handed to the connection at once; it drains at its own pace. */
enum { WRITE_MAX = 64 << 10, WAITING_MAX = 256 << 10, RECEIPT_BYTES_MAX = FRAME_RECEIPT_MAX };

struct syncing {
	struct line line;
	struct client *c;
	struct contact_result *out;
	struct sync *sync;
	struct err *e;
	int rc;
	bool wrong_store, stopped;
};

void contact_result_init(struct contact_result *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->session, CONTACT_SESSION_MAX);
	buf_init(&r->certificate, CERT_BYTES_MAX);
	buf_init(&r->answer, FRAME_MAX);
	for (size_t i = 0; i < CONTACT_RECEIPTS_MAX; i++)
		buf_init(&r->receipts[i], RECEIPT_BYTES_MAX);
}

void contact_result_fini(struct contact_result *r)
{
	buf_fini(&r->session);
	buf_fini(&r->certificate);
	buf_fini(&r->answer);
	for (size_t i = 0; i < CONTACT_RECEIPTS_MAX; i++)
		buf_fini(&r->receipts[i]);
}

static struct sync_now now_of(const struct line *l)
{
	const struct clock *wall = l->how->shown.now_ms ? &l->how->shown : &l->how->real;

	return (struct sync_now){ .mono_ms = (uint64_t)loop_now_ms(l->loop),
				  .wall_ms = clock_now_ms(wall) };
}

static void pump(struct syncing *s)
{
	struct conn *c = s->line.conn;
	uint64_t deadline;
	struct span out;

	while ((out = sync_output(s->sync)).len && conn_waiting(c) <= WAITING_MAX) {
		if (out.len > WRITE_MAX)
			out.len = WRITE_MAX;
		if (conn_write(c, out, NULL))
			break; /* it has ended; on_down follows */
		sync_taken(s->sync, out.len, now_of(&s->line));
	}
	deadline = sync_deadline(s->sync);
	conn_deadline(c, deadline >= (uint64_t)INT64_MAX ? CONN_NEVER : (int64_t)deadline);
	if (s->line.how->progress)
		s->line.how->progress(s->line.how->ctx, sync_result(s->sync));
}

/* TLS has looked at the CA, the role and the time; which store it is stands in the subject. */
static int check_store(const struct syncing *s, const struct tls_peer *peer, struct err *e)
{
	struct cert_info info;
	int rc = cert_parse(&info, peer->cert, e);

	if (!rc && (info.subject.role != CERT_SERVER ||
		    memcmp(info.subject.server, client_identity(s->c)->store,
			   sizeof(info.subject.server)) != 0))
		rc = -ERR_DENIED;
	return !rc || rc == -ERR_NOMEM ? rc : -ERR_DENIED;
}

static void up(struct line *l, const struct tls_peer *peer)
{
	struct syncing *s = l->owner;
	struct err found = { 0 };

	s->rc = check_store(s, peer, &found);
	s->wrong_store = s->rc == -ERR_DENIED;
	if (s->wrong_store) {
		s->rc = 0; /* told when the line is down */
	} else if (s->rc) {
		if (s->e)
			*s->e = found;
	} else {
		s->out->reached = true;
		s->out->resumed = peer->resumed;
		s->rc = sync_new(&s->sync, s->c, &l->how->ask, now_of(l), s->e);
	}
	if (!s->sync)
		conn_abort(l->conn);
	else
		pump(s);
}

static size_t bytes(struct line *l, struct span bytes)
{
	struct syncing *s = l->owner;
	bool more;

	if (!s->sync)
		return bytes.len;
	more = sync_receive(s->sync, bytes, now_of(l));
	pump(s);
	if (!more)
		conn_close(l->conn);
	return bytes.len;
}

static void drain(struct line *l)
{
	struct syncing *s = l->owner;

	if (s->sync)
		pump(s);
}

static void deadline(struct line *l)
{
	struct syncing *s = l->owner;

	if (!s->sync || !sync_tick(s->sync, now_of(l)))
		conn_close(l->conn);
	else
		pump(s);
}

static void down(struct line *l)
{
	struct syncing *s = l->owner;

	if (s->sync && sync_result(s->sync)->end == SYNC_GOING)
		sync_cut(s->sync);
}

static void often(struct line *l)
{
	struct syncing *s = l->owner;

	l->how->progress(l->how->ctx, s->sync ? sync_result(s->sync) : NULL);
	if (!l->how->stopped || s->stopped || !l->how->stopped(l->how->ctx))
		return;
	s->stopped = true;
	if (l->conn)
		conn_abort(l->conn);
}

static void keep(struct buf *out, struct span bytes)
{
	buf_reset(out);
	buf_bytes(out, bytes);
}

static int line_words(struct syncing *s, struct err *e)
{
	const struct judge *j = &s->line.judge;

	s->out->line = words_line_name(&s->line.end);
	return words_line(&s->line.end, s->line.how->address, s->line.how->before,
			  (struct words_clock){ clock_now_ms(&j->real), j->floor_ms }, e);
}

static int stopped_words(struct err *e)
{
	return err_set(e, ERR_BUSY,
		       "stopped, as you wished; what is confirmed stays so, the rest waits here");
}

static int take_result(struct syncing *s, struct err *e)
{
	struct contact_result *out = s->out;
	struct client_state const *st = client_state(s->c);
	int rc;

	out->sync = *sync_result(s->sync);
	/* OpenSSL that has no memory to look at our certificate shows none. Who takes up such a session shows none
	 * again, however much memory there is. */
	if (out->sync.why == WIRE_CERTIFICATE_NEEDED)
		buf_reset(&out->session);
	keep(&out->certificate, sync_certificate(s->sync));
	keep(&out->answer, sync_answer(s->sync));
	for (size_t i = 0; i < s->line.how->ask.receipt_count; i++)
		keep(&out->receipts[i], sync_receipt(s->sync, i));
	if (s->stopped && (out->sync.end == SYNC_CUT || out->sync.end == SYNC_GOING))
		return stopped_words(e);
	if (out->sync.end == SYNC_CUT || out->sync.end == SYNC_GOING)
		return line_words(s, e);
	rc = words_sync(&out->sync, st, sync_error(s->sync), e);
	return rc;
}

int contact_sync(struct contact_result *out, struct client *c, const struct contact *how,
		 struct err *e)
{
	const struct identity *id = client_identity(c);
	struct syncing s = { .c = c, .out = out, .e = e };
	int rc;

	s.line.owner = &s;
	s.line.up = up;
	s.line.bytes = bytes;
	s.line.drain = drain;
	s.line.deadline = deadline;
	s.line.down = down;
	s.line.often = how->often && how->progress ? often : NULL;
	s.line.session = &out->session;
	rc = line_run(&s.line, how, span_of(id->ca, id->ca_len), client_state(c)->server_ms, e);
	out->wire_in = s.line.traffic.wire_in;
	out->wire_out = s.line.traffic.wire_out;
	if (rc)
		out->line = "no-line"; /* the address leads nowhere */
	if (!rc)
		rc = s.rc;
	if (s.wrong_store)
		out->line = "other-server";
	if (!rc && s.wrong_store)
		rc = err_set(e, ERR_DENIED,
			     "%s is the server of another store; nothing was sent; check the "
			     "address",
			     how->address);
	else if (!rc && s.sync)
		rc = take_result(&s, e);
	else if (!rc)
		rc = s.stopped ? stopped_words(e) : line_words(&s, e);
	sync_free(s.sync);
	return rc;
}
