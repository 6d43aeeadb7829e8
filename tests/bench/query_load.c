/* Totals of one unit over one open connection, one question after the other; or the table of all units below the root.
 *
 * usage: query_load --server HOST:PORT --clients DIR [--unit N] [--table | --apart] [--answers FILE] [--from DAY --to DAY] [--months]
 *        [--known-at LSN] [--as-is] [--ms M] [--server-pid PID] [--empty]
 * --months: the months from --from to --to, in one question. --empty: nothing is asked but the head and a proof of
 * nothing, which is what a round trip takes at least.
 * --table: the table of all directly below, in one answer; with --months by month. --apart: of the units in below.csv (make_clients
 * --there) all in turn, each in a question of its own, as many of them on their way at a time as the server allows; an
 * answer is then the last of them all. --answers: those of the first time, a line of JSON each. */
#include "bench.h"
#include "rows.h"
#include "ledger/query.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>

enum { STUCK_S = 30, WAIT_MS = 50, BELOW_MAX = 256, ANSWERS_MAX = 64 << 20 };

static const char *server, *dir, *from = "2021-01-01", *to = "2021-12-31", *answers;
static int64_t unit = 1, run_ms = 1000, server_pid, known_at;
static bool months, as_is, empty, table, apart;

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
	ROW_FLAG("table", table, "of all units directly below it, in one answer"),
	ROW_FLAG("apart", apart, "of all units directly below the root, an answer each"),
	ROW_TEXT("answers", answers, "FILE", "where the first ones go"),
	ROW_MS(run_ms, 1, "how long (1000)"),
	ROW_SERVER_PID(server_pid),
};

struct asking {
	struct line line;
	struct dialer dialer;
	struct clients clients;
	struct talk talk;
	struct arena *arena;
	struct buf questions[BELOW_MAX];
	size_t question_count, asked; /* of the questions of this time */
	struct samples latency;
	double asked_s, first_ms;
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

static void wait_for_hello(struct asking *q)
{
	double begun_s = bench_now_s();

	while (!q->talk.greeted) {
		dialer_wait(&q->dialer, WAIT_MS, hear, q);
		if (bench_now_s() - begun_s > STUCK_S)
			bench_fail("no HelloAck for %d s", STUCK_S);
	}
}

static struct wire_query query_of(uint32_t number)
{
	struct wire_query m = { .what = table ? WIRE_TABLE : WIRE_TOTALS,
				.unit = number,
				.known_lsn = (uint64_t)known_at,
				.basis = BASIS_SIGNED,
				.tree = as_is ? TREE_AS_IS : TREE_AS_WAS,
				.each = months ? PLAN_MONTH : PLAN_NONE };
	struct err e = { 0 };

	bench_must(day_parse(&m.from_day, NULL, span_str(from), &e), &e, from);
	bench_must(day_parse(&m.to_day, NULL, span_str(to), &e), &e, to);
	return m;
}

static void add_question(struct asking *q, unsigned type, const void *message)
{
	struct buf *b = &q->questions[q->question_count];
	struct err e = { 0 };

	if (q->question_count++ == BELOW_MAX)
		bench_fail("more than %d units", BELOW_MAX);
	buf_init(b, FRAME_SMALL_MAX);
	bench_must(wire_frame(b, type, message, q->arena, &e), &e, "a question");
}

static void ask_apart(struct asking *q)
{
	struct span text = bench_read(bench_path(dir, "below.csv"), FRAME_MAX);
	const char *row = strchr((const char *)text.data, '\n');

	for (; row && row[1]; row = strchr(row + 1, '\n')) {
		struct wire_query m = query_of((uint32_t)strtoul(row + 1, NULL, 10));

		add_question(q, FRAME_QUERY, &m);
	}
	free((void *)(uintptr_t)text.data);
	if (!q->question_count)
		bench_fail("%s: nothing stands below", dir);
}

static void make_questions(struct asking *q)
{
	struct wire_prove shortest = { .old_size = 1, .size = 1 };
	struct wire_query m = query_of((uint32_t)unit);

	if (apart)
		ask_apart(q);
	else if (empty)
		add_question(q, FRAME_PROVE, &shortest);
	else
		add_question(q, FRAME_QUERY, &m);
}

/* As many as may be unanswered, and one more for each that is answered. */
static void ask_more(struct asking *q)
{
	while (q->asked < q->question_count && q->asked - q->talk.answers < q->talk.requests_max)
		line_send(&q->line, buf_span(&q->questions[q->asked++]));
}

static void ask(struct asking *q)
{
	double moved_s = q->asked_s = bench_now_s();

	q->asked = q->talk.answers = q->talk.answer_bytes = 0;
	ask_more(q);
	while (q->talk.answers < q->question_count) {
		size_t before = q->talk.answers;

		dialer_wait(&q->dialer, WAIT_MS, hear, q);
		ask_more(q);
		if (q->talk.answers > before)
			moved_s = bench_now_s();
		else if (bench_now_s() - moved_s > STUCK_S)
			bench_fail("no answer for %d s", STUCK_S);
	}
	samples_add(&q->latency, bench_now_s() - q->asked_s);
}

/* The first time warms what there is to warm: it is told apart, and is kept to be looked at. */
static void ask_first(struct asking *q)
{
	struct buf kept;

	buf_init(&kept, ANSWERS_MAX);
	q->talk.kept = answers ? &kept : NULL;
	ask(q);
	q->first_ms = samples_median(&q->latency) * 1e3;
	if (kept.failed)
		bench_fail("no memory for the answers");
	if (answers)
		bench_write(answers, buf_span(&kept));
	q->talk.kept = NULL;
	q->latency.count = 0;
	buf_fini(&kept);
}

static void tell(struct asking *q, const struct costs *c)
{
	double n = (double)q->latency.count;

	printf("query unit=%lld from=%s to=%s questions=%zu answers=%zu answer_bytes=%zu first_ms=%.3f mean_ms=%.3f p50_ms=%.3f p99_ms=%.3f "
	       "client_cpu_us=%.0f server_cpu_us=%.0f foreign_percent=%.0f\n",
	       (long long)unit, from, to, q->question_count, q->latency.count, q->talk.answer_bytes,
	       q->first_ms, c->now_s / n * 1e3, samples_at(&q->latency, 0.5) * 1e3,
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
	make_questions(&q);
	line_dial(&q.line, q.clients.list[0].cert, q.clients.list[0].key, NULL);
	line_send(&q.line, span_of(q.clients.list[0].flight.data, q.clients.list[0].hello_bytes));
	wait_for_hello(&q);
	ask_first(&q);
	before = costs_now((pid_t)server_pid);
	end_s = before.now_s + (double)run_ms / 1e3;
	do
		ask(&q);
	while (bench_now_s() < end_s);
	spent = costs_since(&before, (pid_t)server_pid);
	tell(&q, &spent);
	line_hang_up(&q.line);
	line_fini(&q.line);
	for (size_t i = 0; i < q.question_count; i++)
		buf_fini(&q.questions[i]);
	samples_fini(&q.latency);
	arena_free(q.arena);
	dialer_close(&q.dialer);
	clients_free(&q.clients);
	return 0;
}
