/* What goes out: bounded, held back by a peer that does not read, and all of it before the end. */
#include "net_world.h"

#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
enum { MEMORY_IS_REAL = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { MEMORY_IS_REAL = 0 };
#else
enum { MEMORY_IS_REAL = 1 };
#endif
#else
enum { MEMORY_IS_REAL = 1 };
#endif

enum { BIG_BYTES = 64 << 20, PIECE = 50000 };

static uint8_t piece[PIECE];
static size_t most_waiting;

static long memory_kib(void)
{
	struct rusage u;

	CHECK(!getrusage(RUSAGE_SELF, &u));
	return u.ru_maxrss;
}

static void note_waiting(const struct conn *c)
{
	if (conn_waiting(c) > most_waiting)
		most_waiting = conn_waiting(c);
}

/* --- a transfer ---------------------------------------------------------------------------------- */

static void pump(struct end *x)
{
	while (conn_traffic(x->conn).out < BIG_BYTES && !conn_is_crowded(x->conn)) {
		OK(conn_write(x->conn, span_of(piece, PIECE), E));
		note_waiting(x->conn);
	}
}

static size_t check_big(struct end *x, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		CHECK(bytes.data[i] == piece[(x->got + i) % PIECE]);
	if (x->got + bytes.len >= BIG_BYTES)
		conn_close(x->conn);
	return bytes.len;
}

static void stay(struct end *x)
{
	(void)x;
}

/* 64 MiB to a client that takes them as they come. */
static void big_transfer(void)
{
	struct rig r;
	struct end c = { 0 };
	long before;

	rig_init(&r);
	r.server_up = pump;
	r.on_drain = pump;
	r.client_up = stay;
	r.client_bytes = check_big;
	rig_open(&r);
	before = memory_kib();
	most_waiting = 0;
	rig_visit(&r, &c, NULL);
	CHECK(c.got >= BIG_BYTES && r.last.drains > 10);
	CHECK(most_waiting > 256 << 10 && most_waiting <= (256 << 10) + PIECE);
	if (MEMORY_IS_REAL)
		CHECK(memory_kib() - before < 8 << 10);
	end_fini(&c);
	rig_fini(&r);
}

/* Answers ten times as long as what is asked. */
static size_t answer_tenfold(struct end *s, struct span bytes)
{
	size_t take = bytes.len < 5000 ? bytes.len : 5000;

	CHECK(!conn_is_crowded(s->conn));
	OK(conn_write(s->conn, span_of(piece, 10 * take), E));
	note_waiting(s->conn);
	return take;
}

static void ask_without_reading(struct end *c)
{
	conn_pause(c->conn);
	for (;;) {
		if (conn_write(c->conn, span_of(piece, PIECE), NULL))
			break;
	}
	CHECK(conn_write(c->conn, span_of(piece, PIECE), NULL) == -ERR_FULL);
	CHECK(conn_waiting(c->conn) <= 1 << 20 && conn_waiting(c->conn) > (1 << 20) - PIECE);
}

static void read_at_last(void *arg)
{
	struct end *c = arg;

	conn_resume(c->conn);
}

/* It asks on and does not read. The server stops reading, holds little, and ends it in the end. */
static void peer_never_reads(void)
{
	struct rig r;
	struct end c = { 0 };
	struct later l;
	long before;

	rig_init(&r);
	r.server_limits.stall_ms = 500;
	r.client_up = ask_without_reading;
	r.server_bytes = answer_tenfold;
	rig_open(&r);
	before = memory_kib();
	most_waiting = 0;
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 1500, read_at_last,
	      &c); /* while paused it would not even notice the end */
	rig_run(&r);
	later_fini(&l);
	CHECK(r.ends->why == CONN_LATE && r.ends->got < 1 << 20 && c.why == CONN_GONE);
	CHECK(most_waiting > 256 << 10 && most_waiting <= (256 << 10) + 10 * 5000);
	if (MEMORY_IS_REAL)
		CHECK(memory_kib() - before < 8 << 10);
	end_fini(&c);
	rig_fini(&r);
}

/* The same peer, reading soon enough: it gets every answer. */
static size_t until_all(struct end *c, struct span bytes)
{
	if (c->got + bytes.len == 10 * conn_traffic(c->conn).out)
		conn_close(c->conn);
	return bytes.len;
}

static void peer_reads_late(void)
{
	struct rig r;
	struct end c = { 0 };
	struct later l;

	rig_init(&r);
	r.client_up = ask_without_reading;
	r.server_bytes = answer_tenfold;
	r.client_bytes = until_all;
	rig_open(&r);
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 300, read_at_last, &c);
	rig_run(&r);
	later_fini(&l);
	CHECK(c.why == CONN_CLOSED && c.got == 10 * c.traffic.out && c.got > 8 << 20);
	CHECK(r.ends->drains > 5);
	end_fini(&c);
	rig_fini(&r);
}

/* --- closing ------------------------------------------------------------------------------------- */

static void write_much(struct end *c)
{
	for (size_t i = 0; i < 15; i++)
		OK(conn_write(c->conn, span_of(piece, PIECE), E));
}

/* The server has said its last while the client is still sending. */
static size_t last_word(struct end *s, struct span bytes)
{
	write_much(s);
	conn_close(s->conn);
	return bytes.len;
}

static void last_words_arrive(void)
{
	struct rig r;

	rig_init(&r);
	r.client_up = write_much;
	r.server_bytes = last_word;
	rig_open(&r);
	for (int i = 0; i < 20; i++) {
		struct end c = { 0 };

		rig_visit(&r, &c, NULL);
		CHECK(c.why == CONN_GONE && c.got == 15 * PIECE && r.last.why == CONN_CLOSED);
		CHECK(r.last.got < 15 * PIECE); /* it did close with bytes of the client unread */
		end_fini(&c);
	}
	rig_fini(&r);
}

static void pause_client(struct end *c)
{
	conn_pause(c->conn);
}

static void fill_and_close(struct end *s)
{
	for (int i = 0; i < 10; i++)
		write_much(s); /* more than the system's own buffers take */
	conn_close(s->conn);
}

static int64_t down_ms;

static void note_when(struct end *s)
{
	(void)s;
	down_ms = clock_now_ms(&clock_steady);
}

/* A peer that does not read cannot keep a closing connection for long. */
static void closing_has_a_deadline(void)
{
	struct rig r;
	struct end c = { 0 };
	struct later l;
	int64_t began_ms;

	rig_init(&r);
	r.server_limits = (struct conn_limits){ .close_ms = 300, .out_max = 16 << 20 };
	r.client_up = pause_client;
	r.server_up = fill_and_close;
	rig_open(&r);
	began_ms = clock_now_ms(&clock_steady);
	r.server_down = note_when;
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 1500, read_at_last, &c);
	rig_run(&r);
	later_fini(&l);
	CHECK(r.ends->why == CONN_CLOSED && r.ends->traffic.out > c.got);
	CHECK(down_ms - began_ms >= 300 && down_ms - began_ms < 1400);
	end_fini(&c);
	rig_fini(&r);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (uint8_t)(i * 131 + (i >> 7));
	big_transfer();
	peer_never_reads();
	peer_reads_late();
	last_words_arrive();
	closing_has_a_deadline();
	return 0;
}
