/* Many clients, each once: connect, full handshake, its flight, every answer checked, close. A fixed number
 * of them at a time.
 *
 * usage: surge_load --server HOST:PORT --clients DIR [--count N] [--at-once N] [--server-pid PID] [--resume]
 *        [--per-second N] [--skip N]
 * --per-second: one begins every so often, whether those before are done or not; how long it took counts from
 * the moment at which it was to begin, so that a server that stalls cannot hide it.
 * --resume: all of them twice, the second time with the session of the first; only that is told. The
 * flight is the same, and so are the verdicts: the server has nothing to store then. */
#include "bench.h"
#include "rows.h"
#include "talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STUCK_S = 30, WAIT_MS = 100 };

static const char *server, *dir;
static int64_t count, at_once = 100, per_second, server_pid, skip;
static bool resume;

static struct opt options[] = {
	ROW_SERVER(server),
	ROW_CLIENTS(dir),
	ROW_NUMBER("count", count, 1, 1000000, "N", "how many of them (all)"),
	ROW_NUMBER("at-once", at_once, 1, 10000, "N", "connections open at a time (100)"),
	ROW_NUMBER("per-second", per_second, 1, 1000000, "N", "that begin (as fast as they can)"),
	ROW_NUMBER("skip", skip, 0, 1000000, "N", "clients to leave out at the front (0)"),
	ROW_SERVER_PID(server_pid),
	ROW_FLAG("resume", resume, "come back with a session"),
};

struct slot {
	struct line line;
	struct talk talk;
	double begun_s;
};

struct surge {
	struct clients clients;
	struct dialer dialer;
	struct arena *arena;
	struct slot *slots;
	SSL_SESSION **sessions; /* of each client, with --resume */
	size_t next, done, verified, failed, resumed;
	double moved_s, begun_s;
	struct samples latency;
	uint64_t in, out, shake_in, shake_out, trips;
	uint64_t acks, commits, last_head; /* a server signs one head a commit */
	const char *first_failure;
};

static void begin_next(struct surge *s, struct slot *slot)
{
	struct client *c;

	if (s->next == s->clients.count)
		return;
	c = &s->clients.list[s->next];
	talk_begin(&slot->talk, c);
	slot->begun_s = bench_now_s();
	line_dial(&slot->line, c->cert, c->key, s->sessions[s->next]);
	line_send(&slot->line, c->flight);
	s->next++;
}

static struct slot *free_slot(struct surge *s)
{
	for (int64_t i = 0; i < at_once; i++)
		if (s->slots[i].line.state == LINE_FREE)
			return &s->slots[i];
	return NULL;
}

/* With --per-second: those whose moment has come. */
static void begin_due(struct surge *s)
{
	while (s->next < s->clients.count) {
		double due_s = s->begun_s + (double)s->next / (double)per_second;
		struct slot *slot = bench_now_s() >= due_s ? free_slot(s) : NULL;

		if (!slot)
			return;
		begin_next(s, slot);
		slot->begun_s = due_s;
	}
}

static void count_one(struct surge *s, struct slot *slot, bool good)
{
	size_t client = (size_t)(slot->talk.who - s->clients.list);
	uint64_t in, out;

	s->done++;
	s->moved_s = bench_now_s();
	if (!good) {
		s->failed++;
		if (!s->first_failure)
			s->first_failure = slot->talk.wrong ? slot->talk.wrong : slot->line.why;
		return;
	}
	s->verified++;
	s->acks += slot->talk.who->ops;
	s->commits += slot->talk.head_size > s->last_head;
	if (slot->talk.head_size > s->last_head)
		s->last_head = slot->talk.head_size;
	s->resumed += slot->line.resumed;
	samples_add(&s->latency, s->moved_s - slot->begun_s);
	line_traffic(&slot->line, &in, &out);
	s->in += in;
	s->out += out;
	s->shake_in += slot->line.shake_in;
	s->shake_out += slot->line.shake_out;
	s->trips += slot->line.trips;
	SSL_SESSION_free(s->sessions[client]);
	s->sessions[client] = slot->line.session;
	slot->line.session = NULL;
}

static void each(struct line *l, void *arg)
{
	struct surge *s = arg;
	struct slot *slot = l->user;
	struct frame f;

	while (!slot->talk.wrong && line_frame(l, &f))
		talk_hear(&slot->talk, &f, s->arena);
	if (!slot->talk.wrong && l->state != LINE_LOST && !talk_done(&slot->talk))
		return;
	count_one(s, slot, talk_done(&slot->talk) && !slot->talk.wrong);
	line_hang_up(l);
	if (!per_second)
		begin_next(s, slot);
}

static void pass(struct surge *s)
{
	s->next = s->done = 0;
	s->verified = s->failed = s->resumed = 0;
	s->in = s->out = s->shake_in = s->shake_out = s->trips = 0;
	s->acks = s->commits = s->last_head = 0;
	s->latency.count = 0;
	s->begun_s = s->moved_s = bench_now_s();
	for (int64_t i = 0; i < at_once && !per_second; i++)
		begin_next(s, &s->slots[i]);
	while (s->done < s->clients.count) {
		if (per_second)
			begin_due(s);
		dialer_wait(&s->dialer, per_second ? 1 : WAIT_MS, each, s);
		if (bench_now_s() - s->moved_s > STUCK_S)
			bench_fail("nothing has moved for %d s: %zu of %zu clients are done",
				   STUCK_S, s->done, s->clients.count);
	}
}

static void tell(struct surge *s, const struct costs *c)
{
	double n = s->verified ? (double)s->verified : 1;

	printf("surge clients=%zu verified=%zu failed=%zu resumed=%zu rate=%.0f p50_ms=%.2f p99_ms=%.2f "
	       "mean_batch=%.1f client_cpu_us=%.0f server_cpu_us=%.0f bytes_in=%.0f bytes_out=%.0f "
	       "handshake_in=%.0f handshake_out=%.0f trips=%.2f foreign_percent=%.0f\n",
	       s->clients.count, s->verified, s->failed, s->resumed, (double)s->verified / c->now_s,
	       samples_at(&s->latency, 0.5) * 1e3, samples_at(&s->latency, 0.99) * 1e3,
	       s->commits ? (double)s->acks / (double)s->commits : 0, c->cpu_s / n * 1e6,
	       c->server_s / n * 1e6, (double)s->in / n, (double)s->out / n,
	       (double)s->shake_in / n, (double)s->shake_out / n, (double)s->trips / n,
	       costs_foreign_percent(c));
	if (s->failed)
		fprintf(stderr, "surge_load: %zu clients failed, the first one: %s\n", s->failed,
			s->first_failure ? s->first_failure : "unknown");
}

int main(int argc, char **argv)
{
	struct surge s = { .next = 0 };
	struct err e = { 0 };
	struct costs before, spent;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "surge_load");
	if (!server || !dir)
		bench_fail("usage: surge_load --server HOST:PORT --clients DIR");
	clients_load(&s.clients, dir, (size_t)skip, (size_t)count);
	dialer_open(&s.dialer, server, s.clients.ca);
	s.arena = bench_have(arena_new(WIRE_ARENA));
	s.sessions = bench_have(calloc(s.clients.count, sizeof(*s.sessions)));
	s.slots = bench_have(calloc((size_t)at_once, sizeof(*s.slots)));
	for (int64_t i = 0; i < at_once; i++) {
		line_init(&s.slots[i].line, &s.dialer);
		s.slots[i].line.user = &s.slots[i];
	}
	if (resume)
		pass(&s);
	before = costs_now((pid_t)server_pid);
	pass(&s);
	spent = costs_since(&before, (pid_t)server_pid);
	tell(&s, &spent);
	for (int64_t i = 0; i < at_once; i++)
		line_fini(&s.slots[i].line);
	for (size_t i = 0; i < s.clients.count; i++)
		SSL_SESSION_free(s.sessions[i]);
	free(s.sessions);
	free(s.slots);
	samples_fini(&s.latency);
	arena_free(s.arena);
	dialer_close(&s.dialer);
	clients_free(&s.clients);
	return s.failed != 0;
}
