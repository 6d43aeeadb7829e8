/* Totals of one unit over one open connection, one question after the other.
 *
 * usage: query_load --server HOST:PORT --clients DIR [--unit N] [--from DAY --to DAY] [--months]
 *        [--known-at LSN] [--as-is] [--ms M] [--server-pid PID] [--empty]
 * --months: the months from --from to --to, in one question. --empty: nothing is asked but the head and a proof of
 * nothing, which is what a round trip takes at least. */
#include "bench.h"
#include "rows.h"
#include "ledger/query.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>

enum { STUCK_S = 30, WAIT_MS = 50 };

static const char *server, *dir, *from = "2021-01-01", *to = "2021-12-31";
static int64_t unit = 1, run_ms = 1000, server_pid, known_at;
static bool months, as_is, empty;

static struct opt options[] = {
	ROW_SERVER(server),
	ROW_CLIENTS(dir),
	ROW_NUMBER("unit", unit, 1, UINT32_MAX, "N", "its number; 1, the province"),
	ROW_TEXT("from", from, "DAY", "2021-01-01"),
	ROW_TEXT("to", to, "DAY", "2021-12-31"),
	ROW_FLAG("months", months, "month by month, in one answer"),
	ROW_NUMBER("known-at", known_at, 1, INT64_MAX, "LSN", "as known at that entry"),
	ROW_FLAG("as-is", as_is, "restated in the tree as it is"),
	ROW_FLAG("empty", empty, "the shortest question instead"),
	ROW_MS(run_ms, 1, "how long (1000)"),
	ROW_SERVER_PID(server_pid),
};

struct asking {
	struct line line;
	struct dialer dialer;
	struct clients clients;
	struct talk talk;
	struct arena *arena;
	struct buf question;
	struct samples latency;
	double asked_s;
};

static void hear(struct line *l, void *arg)
{
	struct asking *q = arg;
	struct frame f;

	while (line_frame(l, &f))
		talk_hear(&q->talk, &f, q->arena);
	if (q->talk.wrong || l->state == LINE_LOST)
		bench_fail("the connection ended: %s", q->talk.wrong ? q->talk.wrong : l->why);
}

static void wait_for(struct asking *q, const bool *sign)
{
	double begun_s = bench_now_s();

	while (!*sign) {
		dialer_wait(&q->dialer, WAIT_MS, hear, q);
		if (bench_now_s() - begun_s > STUCK_S)
			bench_fail("no answer for %d s", STUCK_S);
	}
}

static void make_question(struct asking *q)
{
	struct wire_query m = { .what = WIRE_TOTALS,
				.unit = (uint32_t)unit,
				.known_lsn = (uint64_t)known_at,
				.basis = BASIS_SIGNED,
				.tree = as_is ? TREE_AS_IS : TREE_AS_WAS,
				.each = months ? PLAN_MONTH : PLAN_NONE };
	struct wire_prove shortest = { .old_size = 1, .size = 1 };
	struct err e = { 0 };

	bench_must(day_parse(&m.from_day, NULL, span_str(from), &e), &e, from);
	bench_must(day_parse(&m.to_day, NULL, span_str(to), &e), &e, to);
	buf_init(&q->question, FRAME_SMALL_MAX);
	if (empty)
		bench_must(wire_frame(&q->question, FRAME_PROVE, &shortest, q->arena, &e), &e,
			   "a Prove");
	else
		bench_must(wire_frame(&q->question, FRAME_QUERY, &m, q->arena, &e), &e, "a Query");
}

static void ask(struct asking *q)
{
	q->asked_s = bench_now_s();
	q->talk.answered = false;
	line_send(&q->line, buf_span(&q->question));
	wait_for(q, &q->talk.answered);
	samples_add(&q->latency, bench_now_s() - q->asked_s);
}

static void tell(struct asking *q, const struct costs *c)
{
	double n = (double)q->latency.count;

	printf("query unit=%lld from=%s to=%s answers=%zu answer_bytes=%zu mean_ms=%.3f p50_ms=%.3f p99_ms=%.3f "
	       "client_cpu_us=%.0f server_cpu_us=%.0f foreign_percent=%.0f\n",
	       (long long)unit, from, to, q->latency.count, q->talk.answer_bytes,
	       c->now_s / n * 1e3, samples_at(&q->latency, 0.5) * 1e3,
	       samples_at(&q->latency, 0.99) * 1e3, c->cpu_s / n * 1e6, c->server_s / n * 1e6,
	       costs_foreign_percent(c));
}

int main(int argc, char **argv)
{
	struct asking q = { .asked_s = 0 };
	struct costs before, spent;
	struct err e = { 0 };
	double end_s;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "query_load");
	if (!server || !dir)
		bench_fail("usage: query_load --server HOST:PORT --clients DIR");
	clients_load(&q.clients, dir, 0, 1);
	dialer_open(&q.dialer, server, q.clients.ca);
	q.arena = bench_have(arena_new(WIRE_ARENA));
	line_init(&q.line, &q.dialer);
	talk_begin(&q.talk, &q.clients.list[0]);
	make_question(&q);
	line_dial(&q.line, q.clients.list[0].cert, q.clients.list[0].key, NULL);
	line_send(&q.line, span_of(q.clients.list[0].flight.data, q.clients.list[0].hello_bytes));
	wait_for(&q, &q.talk.greeted);
	ask(&q); /* the first one warms what there is to warm */
	q.latency.count = 0;
	before = costs_now((pid_t)server_pid);
	end_s = before.now_s + (double)run_ms / 1e3;
	do
		ask(&q);
	while (bench_now_s() < end_s);
	spent = costs_since(&before, (pid_t)server_pid);
	tell(&q, &spent);
	line_hang_up(&q.line);
	line_fini(&q.line);
	buf_fini(&q.question);
	samples_fini(&q.latency);
	arena_free(q.arena);
	dialer_close(&q.dialer);
	clients_free(&q.clients);
	return 0;
}
