/* Connections that stay open, each with ops in flight all the time: durable acks per second. A client sends
 * the flight that was made for it, then sheet after sheet of its own organisation, each op made, hashed
 * and chained here; for every ack another op. Acks are checked as they come.
 *
 * usage: open_load --server HOST:PORT --clients DIR [--count N] [--in-flight K] [--warm-ms W] [--ms M]
 *        [--per-second N] [--server-pid PID]
 * With --per-second it sends no more than so many ops a second, for a long run beside which other things happen.
 * mean_batch is what the signed heads tell: acks per head, and a server signs one head a commit. */
#include "bench.h"
#include "rows.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>

enum { STUCK_S = 30, WAIT_MS = 50, FIRST_YEAR = 2020, LAST_YEAR = 2025, DIAL_AT_ONCE = 128 };

static const char *server, *dir;
static int64_t count = 100, in_flight = 8, warm_ms = 300, run_ms = 2000, per_second, server_pid;

static struct opt options[] = {
	ROW_SERVER(server),
	ROW_CLIENTS(dir),
	ROW_NUMBER("count", count, 1, PROVINCE_GRASSROOTS, "N", "connections (100)"),
	ROW_NUMBER("in-flight", in_flight, 1, 256, "K", "ops unanswered on each (8)"),
	ROW_NUMBER("warm-ms", warm_ms, 0, 600000, "MS", "before it is counted (300)"),
	ROW_MS(run_ms, 1, "counted (2000)"),
	ROW_NUMBER("per-second", per_second, 1, 1000000, "N",
		   "ops a second at most (as many as are answered)"),
	ROW_SERVER_PID(server_pid),
};

struct sender {
	struct line line;
	struct talk talk;
	uint64_t flight_seq; /* of the op that came with the flight */
	bool waits;          /* answered, and sends again when the pace allows it */
	double sent_s[512];  /* when op seq was sent, by seq mod 512 */
};

struct load {
	struct clients clients;
	struct sheets sheets;
	struct dialer dialer;
	struct arena *arena;
	struct sender *senders;
	size_t dialed, ready, next; /* next: of those who wait for the pace */
	bool counting, over;
	uint64_t acks, commits, again, last_head;
	struct samples latency;
	double moved_s, paced_since_s;
	uint64_t paced; /* ops sent since then */
	/* of the Submit being made */
	struct typed_sheet typed;
	struct buf bytes[512], frame; /* envelopes and bodies in turn */
};

/* The op after the author's last one: its months in turn but for the flight's, then again with a reason. */
static void make_next(struct load *o, struct sender *s, struct buf *envelope, struct buf *body)
{
	struct author *by = &s->talk.who->author;
	uint64_t span = o->sheets.months - s->talk.who->month, n = by->seq - s->flight_seq + 1;
	struct op_id before = { by->device, by->epoch, by->seq + 1 - span };

	sheets_make(&o->sheets, &o->typed, by, s->talk.who->month + (unsigned)(n % span),
		    n < span ? NULL : &before);
	o->again += n >= span;
	buf_reset(envelope);
	buf_reset(body);
	author_pack(by, &o->typed.op, envelope, body);
}

static void send_more(struct load *o, struct sender *s, size_t ops)
{
	struct author *by = &s->talk.who->author;
	struct wire_item items[256];
	struct wire_submit submit = {
		.epoch = by->epoch, .first_seq = by->seq + 1, .chain = by->chain, .items = items
	};
	struct err e = { 0 };

	for (; submit.item_count < ops; submit.item_count++) {
		struct buf *pair = &o->bytes[2 * submit.item_count];

		make_next(o, s, &pair[0], &pair[1]);
		items[submit.item_count] = (struct wire_item){ buf_span(&pair[0]),
							       buf_span(&pair[1]), false };
		s->sent_s[by->seq % ARRAY_LEN(s->sent_s)] = bench_now_s();
	}
	arena_reset(o->arena);
	buf_reset(&o->frame);
	bench_must(wire_frame(&o->frame, FRAME_SUBMIT, &submit, o->arena, &e), &e, "a Submit");
	line_send(&s->line, buf_span(&o->frame));
}

/* Answers count from when all have begun; what is sent, from then on too. */
static void answered(struct load *o, struct sender *s)
{
	size_t owed = (size_t)(s->talk.who->author.seq - s->talk.acked_seq);
	size_t ops = owed < (size_t)in_flight ? (size_t)in_flight - owed : 0;

	s->waits = ops && per_second &&
		   (double)o->paced >= (bench_now_s() - o->paced_since_s) * (double)per_second;
	if (!ops || s->waits)
		return;
	o->paced += ops;
	send_more(o, s, ops);
}

/* Those who wait, each in its turn: where the first always came first, the last would never. */
static void let_go_on(struct load *o)
{
	size_t n = o->clients.count;

	for (size_t i = 0; per_second && i < n; i++) {
		struct sender *s = &o->senders[(o->next + i) % n];

		if (s->waits)
			answered(o, s);
		if (s->waits) {
			o->next = (o->next + i) % n;
			return;
		}
	}
}

static void dial_next(struct load *o)
{
	struct sender *s = &o->senders[o->dialed];
	struct client *c = &o->clients.list[o->dialed++];

	line_init(&s->line, &o->dialer);
	s->line.user = s;
	talk_begin(&s->talk, c);
	s->flight_seq = c->author.seq;
	line_dial(&s->line, c->cert, c->key, NULL);
	line_send(&s->line, c->flight);
}

static void count_acks(struct load *o, struct sender *s, uint64_t from, uint64_t to)
{
	if (!o->counting || from == to)
		return;
	o->acks += to - from;
	if (s->talk.head_size != o->last_head) {
		o->commits += s->talk.head_size > o->last_head;
		o->last_head = s->talk.head_size > o->last_head ? s->talk.head_size : o->last_head;
	}
	for (uint64_t seq = from + 1; seq <= to; seq++)
		samples_add(&o->latency, bench_now_s() - s->sent_s[seq % ARRAY_LEN(s->sent_s)]);
}

static void each(struct line *l, void *arg)
{
	struct load *o = arg;
	struct sender *s = l->user;
	uint64_t before = s->talk.acked_seq;
	bool was_ready = before >= s->flight_seq;
	struct frame f;

	if (o->over)
		return;
	while (!s->talk.wrong && line_frame(l, &f))
		talk_hear(&s->talk, &f, o->arena);
	if (s->talk.wrong || l->state == LINE_LOST)
		bench_fail("a connection ended: %s", s->talk.wrong ? s->talk.wrong : l->why);
	if (s->talk.acked_seq == before)
		return;
	o->moved_s = bench_now_s();
	count_acks(o, s, before, s->talk.acked_seq);
	if (!was_ready) {
		o->ready++;
		if (o->dialed < o->clients.count)
			dial_next(o);
		return; /* all begin together */
	}
	answered(o, s);
}

static void run_until(struct load *o, double end_s, size_t ready)
{
	while (o->ready < ready || (end_s > 0 && bench_now_s() < end_s)) {
		dialer_wait(&o->dialer, WAIT_MS, each, o);
		let_go_on(o);
		if (bench_now_s() - o->moved_s > STUCK_S)
			bench_fail("nothing has moved for %d s", STUCK_S);
	}
}

static void tell(struct load *o, const struct costs *c)
{
	double n = o->acks ? (double)o->acks : 1;

	printf("open connections=%zu in_flight=%lld acks=%llu rate=%.0f p50_ms=%.2f p99_ms=%.2f "
	       "mean_batch=%.1f again=%llu client_cpu_us=%.1f server_cpu_us=%.1f foreign_percent=%.0f\n",
	       o->clients.count, (long long)in_flight, (unsigned long long)o->acks,
	       (double)o->acks / c->now_s, samples_at(&o->latency, 0.5) * 1e3,
	       samples_at(&o->latency, 0.99) * 1e3, o->commits ? n / (double)o->commits : 0,
	       (unsigned long long)o->again, c->cpu_s / n * 1e6, c->server_s / n * 1e6,
	       costs_foreign_percent(c));
}

static void open_all(struct load *o)
{
	clients_load(&o->clients, dir, 0, (size_t)count);
	sheets_open(&o->sheets, FIRST_YEAR, LAST_YEAR);
	dialer_open(&o->dialer, server, o->clients.ca);
	o->arena = bench_have(arena_new(WIRE_ARENA));
	o->senders = bench_have(calloc(o->clients.count, sizeof(*o->senders)));
	buf_init(&o->frame, FRAME_MAX + FRAME_HEADER);
	for (size_t i = 0; i < ARRAY_LEN(o->bytes); i++)
		buf_init(&o->bytes[i], OP_BODY_MAX);
	o->moved_s = bench_now_s();
	while (o->dialed < o->clients.count && o->dialed < DIAL_AT_ONCE)
		dial_next(o);
	run_until(o, 0, o->clients.count);
}

static void close_all(struct load *o)
{
	o->over = true;
	for (size_t i = 0; i < o->clients.count; i++) {
		line_hang_up(&o->senders[i].line);
		line_fini(&o->senders[i].line);
	}
	for (size_t i = 0; i < ARRAY_LEN(o->bytes); i++)
		buf_fini(&o->bytes[i]);
	buf_fini(&o->frame);
	samples_fini(&o->latency);
	free(o->senders);
	arena_free(o->arena);
	dialer_close(&o->dialer);
	sheets_close(&o->sheets);
	clients_free(&o->clients);
}

int main(int argc, char **argv)
{
	struct load *o = bench_have(calloc(1, sizeof(*o)));
	struct costs before, spent;
	struct err e = { 0 };

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "open_load");
	if (!server || !dir)
		bench_fail("usage: open_load --server HOST:PORT --clients DIR");
	open_all(o);
	o->paced_since_s = bench_now_s();
	for (size_t i = 0; i < o->clients.count; i++)
		send_more(o, &o->senders[i], (size_t)in_flight);
	run_until(o, bench_now_s() + (double)warm_ms / 1e3, 0);
	o->counting = true;
	before = costs_now((pid_t)server_pid);
	run_until(o, bench_now_s() + (double)run_ms / 1e3, 0);
	spent = costs_since(&before, (pid_t)server_pid);
	o->counting = false;
	tell(o, &spent);
	close_all(o);
	free(o);
	return 0;
}
