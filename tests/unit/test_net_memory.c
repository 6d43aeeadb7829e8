/* Memory that there is not: nothing breaks, and who is left without learns it at once, not by a deadline. */
#include "net_world.h"
#include "no_memory.h"

#include "spare.h"

#include <event2/buffer.h>
#include <event2/event.h>

/* --- the spare blocks ---------------------------------------------------------------------------- */

static void *get(void)
{
	return evbuffer_new();
}

static void spare_blocks_are_given(void)
{
	struct spare s;
	void *got[SPARE_BLOCKS];

	spare_install();
	fail_from(1, true);
	CHECK(!get());
	CHECK(spare_begin(&s) == -ERR_NOMEM);
	fail_from(SPARE_BLOCKS,
		  false); /* those already set aside are free again: or a leak is told */
	CHECK(spare_begin(&s) == -ERR_NOMEM);
	fail_from(SPARE_BLOCKS + 1, true);
	CHECK(spare_begin(&s) == 0);
	for (int i = 0; i < SPARE_BLOCKS; i++) {
		got[i] = get();
		CHECK(got[i]);
	}
	CHECK(!get());
	spare_end(&s);
	CHECK(!get());
	fail_from(0, false);
	for (int i = 0; i < SPARE_BLOCKS; i++)
		evbuffer_free(got[i]);
}

/* --- connections --------------------------------------------------------------------------------- */

enum { REQUEST_BYTES = 48000 };
static uint8_t request[REQUEST_BYTES];

static void ask(struct end *c)
{
	struct err e = { 0 };
	int rc = conn_write(c->conn, span_of(request, sizeof(request)), &e);

	CHECK(!rc || rc == -ERR_NOMEM);
}

static size_t answer(struct end *s, struct span bytes)
{
	struct err e = { 0 };
	int rc = conn_write(s->conn, bytes, &e);

	CHECK(!rc || rc == -ERR_NOMEM);
	return bytes.len;
}

static size_t until_whole(struct end *c, struct span bytes)
{
	if (c->got + bytes.len == REQUEST_BYTES)
		conn_close(c->conn);
	return bytes.len;
}

/* What fails for good does so for this long: who waits for memory goes on then. */
enum { LASTS_MS = 50, LATE_MS = 3000 };

enum { FDS_KNOWN = 32 };

struct visit {
	struct rig rig;
	struct end client;
	long n;
	bool good;
	int fds[FDS_KNOWN], fd_count;
};

/* All but the last that the library's first map holds: that is the client's, and for the server's it needs a larger
 * one. */
static void take_descriptors(struct visit *v)
{
	int fd = dup(STDOUT_FILENO);

	for (; fd < FDS_KNOWN; fd = dup(STDOUT_FILENO)) {
		CHECK(fd >= 0);
		v->fds[v->fd_count++] = fd;
	}
	close(fd);
	close(v->fds[--v->fd_count]);
}

static void begin(void *arg)
{
	struct visit *v = arg;

	take_descriptors(v);
	fail_from(v->n, v->good);
	rig_connect(&v->rig, &v->client, NULL);
}

static void plenty(void *arg)
{
	(void)arg;
	fails_at = 0;
}

/* One that came to nothing before it was a connection is told as the system's problem. */
static bool says_so(const struct end *x)
{
	return x->why == CONN_NOMEM || (x->why == CONN_UNREACHED && strstr(x->message, "memory"));
}

/* Served, or an end that says that there was no memory, and nobody who waits in vain. */
static void check(const struct visit *v)
{
	const struct end *s = v->rig.ends, *c = &v->client;

	CHECK(c->down && c->why != CONN_LATE);
	CHECK(!s || (s->down && s->why != CONN_LATE));
	CHECK(c->got == REQUEST_BYTES || says_so(c) || (s && says_so(s)));
}

/* False when the fault came too late to be met. */
static bool lacking(long n, bool good)
{
	struct visit v = { .n = n, .good = good };
	struct rig *r = &v.rig;
	struct later start, over;
	bool met;

	rig_init(r);
	r->may_lack = true;
	r->client_up = ask;
	r->server_bytes = answer;
	r->client_bytes = until_whole;
	r->client_limits.handshake_ms = r->server_limits.handshake_ms = LATE_MS;
	r->client_limits.stall_ms = r->server_limits.stall_ms = LATE_MS;
	rig_open(r);
	later(&start, r->loop, 0, begin, &v);
	later(&over, r->loop, LASTS_MS, plenty, NULL);
	rig_run(r);
	met = asked >= n;
	fail_from(0, false);
	later_fini(&start);
	later_fini(&over);
	while (v.fd_count)
		close(v.fds[--v.fd_count]);
	check(&v);
	end_fini(&v.client);
	CHECK(met || v.client.got == REQUEST_BYTES); /* with nothing lacking */
	rig_fini(r);
	return met;
}

/* Behind the first calls most are OpenSSL's. */
enum { EACH = 60, STEP = 19 };

static void connections_lack_memory(void)
{
	for (int good = 0; good < 2; good++) {
		long n = 1;

		while (lacking(n, good))
			n += n < EACH ? 1 : STEP;
		printf("of %ld calls those failed%s\n", n, good ? " and all behind each" : "");
		CHECK(n > 2 * SPARE_BLOCKS); /* both sides were begun */
	}
}

/* --- timers -------------------------------------------------------------------------------------- */

enum { TIMERS = 100 };

struct ticks {
	struct loop *loop;
	int left;
};

static void tick(void *arg)
{
	struct ticks *t = arg;

	if (!--t->left)
		loop_stop(t->loop);
}

static void timers_that_are_made_come(void)
{
	struct ticks t = { 0 };
	struct loop_timer *timers[TIMERS];
	int count = 0;

	OK(loop_new(&t.loop, clock_steady, E));
	for (long n = 1; count < TIMERS; n = n % 4 + 1) {
		struct err e = { 0 };

		fail_from(n, true);
		if (!loop_timer_new(&timers[count], t.loop, clock_steady, tick, &t, &e))
			count++;
		else
			CHECK(e.code == ERR_NOMEM);
		if (count == t.left) {
			fail_from(0, false);
			OK(loop_timer_new(&timers[count++], t.loop, clock_steady, tick, &t, E));
		}
		t.left = count;
	}
	fail_from(1, true);
	for (int i = 0; i < TIMERS; i++)
		loop_timer_set(timers[i], 0);
	OK(loop_run(t.loop, E));
	fail_from(0, false);
	for (int i = 0; i < TIMERS; i++)
		loop_timer_free(timers[i]);
	loop_free(t.loop);
}

int main(void)
{
	spare_blocks_are_given();
	connections_lack_memory();
	timers_that_are_made_come();
	return 0;
}
