/* Connections that said Hello, were answered, and say no more: what the server's memory grows by, each.
 * Memory of the system for their sockets is not in it.
 *
 * usage: idle_load --server HOST:PORT --clients DIR --server-pid PID [--count N] [--ms M] */
#include "bench.h"
#include "rows.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { STUCK_S = 30, WAIT_MS = 50, DIAL_AT_ONCE = 64, SPARE_FILES = 64 };

static const char *server, *dir;
static int64_t count, settle_ms = 500, server_pid;

static struct opt options[] = {
	ROW_SERVER(server),
	ROW_CLIENTS(dir),
	ROW_SERVER_PID(server_pid),
	ROW_NUMBER("count", count, 1, 1000000, "N", "connections (as many as there are clients)"),
	ROW_MS(settle_ms, 0, "idle before it is looked (500)"),
};

struct idler {
	struct line line;
	struct talk talk;
};

struct crowd {
	struct clients clients;
	struct dialer dialer;
	struct arena *arena;
	struct idler *idlers;
	size_t dialed, greeted;
	double moved_s;
};

/* Of its own: the pages of a mapped store are the system's. */
static double resident_kib(void)
{
	char path[64], line[256];
	double kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%lld/status", (long long)server_pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "RssAnon:", 8))
			kib = strtod(line + 8, NULL);
	if (f)
		fclose(f);
	if (kib <= 0)
		bench_fail("%s: no memory told there", path);
	return kib;
}

static void dial_next(struct crowd *c)
{
	struct idler *i = &c->idlers[c->dialed];
	struct client *who = &c->clients.list[c->dialed++];

	line_init(&i->line, &c->dialer);
	i->line.user = i;
	talk_begin(&i->talk, who);
	line_dial(&i->line, who->cert, who->key, NULL);
	line_send(&i->line, span_of(who->flight.data, who->hello_bytes));
}

static void each(struct line *l, void *arg)
{
	struct crowd *c = arg;
	struct idler *i = l->user;
	bool was = i->talk.greeted;
	struct frame f;

	while (!i->talk.wrong && line_frame(l, &f))
		talk_hear(&i->talk, &f, c->arena);
	if (i->talk.wrong || l->state == LINE_LOST)
		bench_fail("a connection ended: %s", i->talk.wrong ? i->talk.wrong : l->why);
	if (was || !i->talk.greeted)
		return;
	c->greeted++;
	c->moved_s = bench_now_s();
	if (c->dialed < c->clients.count)
		dial_next(c);
}

static void open_all(struct crowd *c)
{
	c->moved_s = bench_now_s();
	while (c->dialed < c->clients.count && c->dialed < DIAL_AT_ONCE)
		dial_next(c);
	while (c->greeted < c->clients.count) {
		dialer_wait(&c->dialer, WAIT_MS, each, c);
		if (bench_now_s() - c->moved_s > STUCK_S)
			bench_fail("nothing has moved for %d s", STUCK_S);
	}
}

/* Also looks whether they stay: a server that drops the idle has no memory of them. */
static void stay(struct crowd *c)
{
	double end_s = bench_now_s() + (double)settle_ms / 1e3;

	while (bench_now_s() < end_s)
		dialer_wait(&c->dialer, WAIT_MS, each, c);
}

static void close_all(struct crowd *c)
{
	for (size_t i = 0; i < c->dialed; i++) {
		line_hang_up(&c->idlers[i].line);
		line_fini(&c->idlers[i].line);
	}
	free(c->idlers);
	arena_free(c->arena);
	dialer_close(&c->dialer);
	clients_free(&c->clients);
}

static void allow_files(size_t want)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	if (want + SPARE_FILES > r.rlim_cur)
		bench_fail("%zu connections need more descriptors than the %llu allowed", want,
			   (unsigned long long)r.rlim_cur);
}

int main(int argc, char **argv)
{
	struct crowd c = { .dialed = 0 };
	struct err e = { 0 };
	double before, after;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "idle_load");
	if (!server || !dir || !server_pid)
		bench_fail("usage: idle_load --server HOST:PORT --clients DIR --server-pid PID");
	clients_load(&c.clients, dir, 0, (size_t)count);
	allow_files(c.clients.count);
	dialer_open(&c.dialer, server, c.clients.ca);
	c.arena = bench_have(arena_new(WIRE_ARENA));
	c.idlers = bench_have(calloc(c.clients.count, sizeof(*c.idlers)));
	before = resident_kib();
	open_all(&c);
	stay(&c);
	after = resident_kib();
	printf("idle connections=%zu before_kib=%.0f after_kib=%.0f each_kib=%.2f\n",
	       c.clients.count, before, after, (after - before) / (double)c.clients.count);
	close_all(&c);
	return 0;
}
