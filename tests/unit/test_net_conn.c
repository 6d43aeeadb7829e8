/* One connection: what comes in, deadlines, and every way to end. */
#include "net_world.h"

#include <poll.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static int64_t now_ms(void)
{
	return clock_now_ms(&clock_steady);
}

/* --- input --------------------------------------------------------------------------------------- */

static uint8_t pattern[200000];

static void send_pattern(struct end *c)
{
	OK(conn_write(c->conn, span_of(pattern, *(size_t *)c->mine), E));
}

static void send_and_close(struct end *c)
{
	send_pattern(c);
	conn_close(c->conn);
}

static size_t check_pattern(struct end *x, struct span bytes)
{
	CHECK(x->got + bytes.len <= sizeof(pattern));
	CHECK(!memcmp(bytes.data, pattern + x->got, bytes.len));
	return bytes.len;
}

static size_t close_when_whole(struct end *c, struct span bytes)
{
	size_t used = check_pattern(c, bytes);

	if (c->got + used == *(size_t *)c->mine)
		conn_close(c->conn);
	return used;
}

/* Through a line that passes single bytes: handshake, request and answer come whole. */
static void bytes_one_at_a_time(void)
{
	struct rig r;
	size_t len = 5000;
	struct end c = { .mine = &len };

	rig_init(&r);
	r.client_up = send_pattern;
	r.server_bytes = echo_bytes;
	r.client_bytes = close_when_whole;
	rig_open(&r);
	rig_chop(&r);
	rig_visit(&r, &c, NULL);
	CHECK(c.up && c.got == len && r.last.got == len);
	CHECK(c.traffic.in == len && c.traffic.out == len && c.traffic.wire_out > len);
	end_fini(&c);
	rig_fini(&r);
}

/* Whatever was sent before the end is handed over before the end is told. */
static void nothing_is_lost_at_the_end(void)
{
	static const size_t lens[] = {
		1, 100, 4095, 4096, 4097, 8192, 16384, 16385, 100000, 200000
	};
	struct rig r;

	rig_init(&r);
	r.client_up = send_and_close;
	r.server_bytes = check_pattern;
	rig_open(&r);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		struct end c = { .mine = (void *)(uintptr_t)&lens[i] };

		rig_visit(&r, &c, NULL);
		CHECK(r.last.got == lens[i] && r.last.why == CONN_GONE);
		end_fini(&c);
	}
	rig_fini(&r);
}

/* The peer's last bytes and its end are read in one go: bytes of several records, then close_notify. */
static size_t tens(struct end *x, struct span bytes)
{
	(void)x;
	return bytes.len >= 10 ? 10 : 0; /* a frame of ten */
}

static void cut_in_a_frame(void)
{
	size_t len = 20015;
	struct end c = { .mine = &len };
	struct rig r;

	rig_init(&r);
	r.client_up = send_and_close;
	r.server_bytes = tens;
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	CHECK(r.last.got == 20010 && r.last.why == CONN_GONE);
	end_fini(&c);
	rig_fini(&r);
}

static void abort_soon(void *arg)
{
	struct end *c = arg;

	conn_abort(c->conn);
}

static void cut_without_goodbye(void)
{
	size_t len = 15;
	struct end c = { .mine = &len };
	struct later l;
	struct rig r;

	rig_init(&r);
	r.client_up = send_pattern;
	r.server_bytes = tens;
	rig_open(&r);
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 100, abort_soon, &c);
	rig_run(&r);
	later_fini(&l);
	CHECK(c.why == CONN_CLOSED && r.ends->got == 10 && r.ends->why == CONN_GONE);
	end_fini(&c);
	rig_fini(&r);
}

static size_t take_none(struct end *x, struct span bytes)
{
	(void)x, (void)bytes;
	return 0;
}

static void floods_end(void)
{
	size_t len = sizeof(pattern);
	struct end c = { .mine = &len };
	struct rig r;

	rig_init(&r);
	r.server_limits.in_max = 5000;
	r.client_up = send_pattern;
	r.server_bytes = take_none;
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	CHECK(r.last.why == CONN_FLOOD && r.last.traffic.wire_in < 60000);
	CHECK(c.why == CONN_GONE);
	end_fini(&c);
	rig_fini(&r);
}

/* --- pause --------------------------------------------------------------------------------------- */

static bool may_take;
static size_t whole;

static size_t take_only_when_allowed(struct end *x, struct span bytes)
{
	CHECK(may_take);
	if (x->got + bytes.len == whole)
		conn_close(x->conn);
	return check_pattern(x, bytes);
}

static void pause_now(struct end *s)
{
	may_take = false;
	conn_pause(s->conn);
}

static size_t pause_at_first(struct end *x, struct span bytes)
{
	if (!x->got) {
		conn_pause(x->conn);
		return 1;
	}
	return take_only_when_allowed(x, bytes);
}

static void go_on(void *arg)
{
	struct rig *r = arg;

	may_take = true;
	conn_resume(r->ends->conn);
}

/* Paused before anything came, and with bytes taken from the line but not by the owner. */
static void paused(bool with_bytes_in_hand)
{
	size_t len = with_bytes_in_hand ? 300 : sizeof(pattern);
	struct end c = { .mine = &len };
	struct later l;
	struct rig r;

	rig_init(&r);
	r.client_up = send_pattern; /* and says no more: nothing of its wakes the server up */
	r.server_up = with_bytes_in_hand ? NULL : pause_now;
	r.server_bytes = with_bytes_in_hand ? pause_at_first : take_only_when_allowed;
	may_take = false;
	whole = len;
	rig_open(&r);
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 150, go_on, &r);
	rig_run(&r);
	later_fini(&l);
	CHECK(may_take && r.ends->got == len);
	end_fini(&c);
	rig_fini(&r);
}

/* --- deadlines ----------------------------------------------------------------------------------- */

struct drip {
	struct addr to;
	bool silent;
	atomic_bool done;
};

/* A record that says it is a ClientHello of 500 bytes, a byte every 20 ms; or nothing at all. */
static void *drip_run(void *arg)
{
	static const uint8_t start[] = { 0x16, 3, 1, 1, 0xf4, 1, 0, 1, 0xf0, 3, 3 };
	struct drip *d = arg;
	int fd = raw_connect(&d->to);
	uint8_t byte;

	for (size_t i = 0; !d->silent && !d->done; i++) {
		byte = i < sizeof(start) ? start[i] : 0;
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
		usleep(20000);
	}
	CHECK(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 5000) == 1);
	CHECK(recv(fd, &byte, 1, 0) <= 0);
	close(fd);
	return NULL;
}

static void half_open(bool silent)
{
	struct rig r;
	struct drip d = { .silent = silent };
	pthread_t t;
	int64_t began_ms;

	rig_init(&r);
	r.server_limits.handshake_ms = 300;
	rig_open(&r);
	d.to = r.at;
	CHECK(!pthread_create(&t, NULL, drip_run, &d));
	began_ms = now_ms();
	rig_run(&r);
	d.done = true;
	CHECK(r.ends->why == CONN_LATE && !r.ends->was_up);
	CHECK(now_ms() - began_ms >= 300 && now_ms() - began_ms < 3000);
	pthread_join(
		t,
		NULL); /* it saw the end, though its connection ended with the loop's last turn */
	rig_fini(&r);
}

static void one_byte(void *arg)
{
	struct end *c = arg;
	struct later *l = c->mine;

	if (!c->conn)
		return;
	conn_write(c->conn, SPAN_LIT("x"), NULL);
	loop_timer_set(l->timer, now_ms() + 20);
}

static void stay(struct end *x)
{
	(void)x;
}

static int64_t deadline_from_ms;

static void set_deadline(struct end *s)
{
	deadline_from_ms = loop_now_ms(s->rig->loop);
	conn_deadline(s->conn, deadline_from_ms + 10);
	conn_deadline(s->conn, CONN_NEVER);
	conn_deadline(s->conn, deadline_from_ms + 300);
}

/* Bytes that trickle in do not move the owner's deadline. */
static void deadline_is_absolute(void)
{
	struct rig r;
	struct later l;
	struct end c = { .mine = &l };

	rig_init(&r);
	r.server_up = set_deadline;
	r.client_up = stay;
	rig_open(&r);
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 20, one_byte, &c);
	rig_run(&r);
	later_fini(&l);
	CHECK(r.ends->deadlines == 1 && r.ends->got > 3);
	CHECK(now_ms() - deadline_from_ms >= 300 && now_ms() - deadline_from_ms < 3000);
	end_fini(&c);
	rig_fini(&r);
}

/* --- connecting ---------------------------------------------------------------------------------- */

/* A bound port where nobody listens, or where nobody ever answers because the queue is full. */
static int dead_port(struct addr *at, bool silent)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(!bind(fd, (struct sockaddr *)&in, len));
	CHECK(!getsockname(fd, (struct sockaddr *)&in, &len));
	memset(at, 0, sizeof(*at));
	memcpy(at->bytes, &in, sizeof(in));
	at->len = sizeof(in);
	if (silent) {
		CHECK(!listen(fd, 0));
		raw_connect(at); /* left open until the program ends */
	}
	return fd;
}

static void nobody_answers(void)
{
	struct rig r;
	struct end c = { 0 };
	int closed, silent;

	rig_init(&r);
	r.client_limits.handshake_ms = 400;
	r.client_limits.attempt_ms = 150;
	rig_open(&r);
	r.via_count = 1;
	closed = dead_port(&r.via[0], false);
	rig_visit(&r, &c, NULL);
	CHECK(c.why == CONN_UNREACHED && !c.was_up && strstr(c.message, "refused"));
	silent = dead_port(&r.via[0], true);
	rig_visit(&r, &c, NULL);
	CHECK(c.why == CONN_LATE && !c.was_up);
	/* The third of three addresses is the right one. */
	r.client_limits.handshake_ms = 3000;
	r.via[1] = r.via[0];
	close(dead_port(&r.via[0], false));
	r.via[2] = r.at;
	r.via_count = 3;
	rig_visit(&r, &c, NULL);
	CHECK(c.up && r.last.up);
	end_fini(&c);
	close(closed);
	close(silent);
	rig_fini(&r);
}

/* --- ending inside callbacks --------------------------------------------------------------------- */

static void do_abort(struct end *x)
{
	conn_abort(x->conn);
	conn_abort(x->conn);
	CHECK(conn_write(x->conn, SPAN_LIT("x"), NULL) == -ERR_STATE);
}

static void do_close(struct end *x)
{
	conn_close(x->conn);
	conn_close(x->conn);
	CHECK(conn_write(x->conn, SPAN_LIT("x"), NULL) == -ERR_STATE);
}

static size_t abort_at_bytes(struct end *x, struct span bytes)
{
	(void)bytes;
	conn_abort(x->conn);
	return 3; /* and yet it took some */
}

static size_t close_at_bytes(struct end *x, struct span bytes)
{
	(void)bytes;
	conn_close(x->conn);
	return 0;
}

static void write_too_early(void)
{
	struct rig r;
	struct end c = { 0 };

	rig_init(&r);
	rig_open(&r);
	rig_connect(&r, &c, NULL);
	CHECK(conn_write(c.conn, SPAN_LIT("x"), NULL) == -ERR_STATE);
	CHECK(conn_exporter(c.conn, "x", c.exporter, NULL) == -ERR_STATE);
	rig_run(&r);
	CHECK(c.up);
	end_fini(&c);
	rig_fini(&r);
}

static void end_in_callbacks(void)
{
	static const struct {
		void (*server_up)(struct end *);
		void (*client_up)(struct end *);
		size_t (*server_bytes)(struct end *, struct span);
	} cases[] = {
		{ do_abort, send_pattern, NULL },
		{ do_close, send_pattern, NULL },
		{ NULL, do_abort, NULL },
		{ NULL, do_close, NULL },
		{ NULL, send_pattern, abort_at_bytes },
		{ NULL, send_pattern, close_at_bytes },
	};
	size_t len = 50000;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r;
		struct end c = { .mine = &len };

		rig_init(&r);
		r.server_up = cases[i].server_up;
		r.client_up = cases[i].client_up;
		r.server_bytes = cases[i].server_bytes;
		rig_open(&r);
		rig_visit(&r, &c, NULL);
		CHECK(c.down && (c.why == CONN_CLOSED || c.why == CONN_GONE));
		CHECK(r.last.down && (i < 2 || r.last.got <= 3));
		end_fini(&c);
		rig_fini(&r);
	}
}

/* On both sockets, or each handshake takes 40 ms: seen from outside, at all descriptors there are. */
static unsigned delayed, undelayed;

static void look_at_sockets(struct end *x)
{
	for (int fd = 3; fd < 200; fd++) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer), on_len = sizeof(int);
		int on = 0;

		if (getpeername(fd, (struct sockaddr *)&peer, &len) || peer.sin_family != AF_INET)
			continue;
		CHECK(!getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &on_len));
		*(on ? &undelayed : &delayed) += 1;
	}
	conn_close(x->conn);
}

static void no_delay(void)
{
	struct rig r;
	struct end c = { 0 };
	struct later l;

	rig_init(&r);
	r.server_up = look_at_sockets;
	rig_open(&r);
	delayed = undelayed = 0;
	rig_connect(&r, &c, NULL);
	r.client_up = stay;
	later(&l, r.loop, 10000, abort_soon, &c);
	rig_run(&r);
	later_fini(&l);
	CHECK(undelayed == 2 && delayed == 0);
	end_fini(&c);
	rig_fini(&r);
}

/* A loop that goes with connections in every state: nothing leaks, each is told once. */
static void stop_in_the_middle(void)
{
	struct rig r;
	struct end c[20];

	memset(c, 0, sizeof(c));
	rig_init(&r);
	r.client_up = stay;
	r.keep_running = true;
	rig_open(&r);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		rig_connect(&r, &c[i], NULL);
	loop_stop(r.loop);
	rig_run(&r);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		if (c[i].conn)
			conn_abort(c[i].conn);
	rig_fini(&r);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		CHECK(c[i].down);
		end_fini(&c[i]);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 31 + (i >> 8));
	bytes_one_at_a_time();
	nothing_is_lost_at_the_end();
	cut_in_a_frame();
	cut_without_goodbye();
	floods_end();
	paused(false);
	paused(true);
	half_open(true);
	half_open(false);
	deadline_is_absolute();
	nobody_answers();
	write_too_early();
	end_in_callbacks();
	no_delay();
	stop_in_the_middle();
	return 0;
}
