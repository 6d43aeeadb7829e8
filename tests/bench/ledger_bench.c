/* The ledger without a network: submissions through decide, apply and commit on LMDB, beside the raw mix at
 * the same batch in the same minutes; then totals, verify and replay of the store that came of it.
 *
 * usage: ledger_bench --dir DIR [--rounds N] [--history MONTHS] [--batch N] [--ops N] [--no-mix]
 *        [--orgs N] [--submissions-only] */
#include "field.h"
#include "mix.h"

#include "bench.h"
#include "rows.h"
#include "internal.h" /* of the ledger: a replay makes a ledger over an empty store */
#include "ledger/query.h"
#include "ledger/verify.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_YEAR = 2020, LAST_YEAR = 2025, REPLAY_BATCH = 2000, BATCHES_MAX = 4, STEP = 631 };
static_assert(PROVINCE_GRASSROOTS % STEP, "the reporters' turns are a permutation");

static const char *dir;
static int64_t rounds = 5, history = 24, one_batch, ops_wanted, orgs = 52000;
static bool no_mix, submissions_only;

static struct opt options[] = {
	ROW_TEXT("dir", dir, "DIR", "on the disk to measure"),
	ROW_NUMBER("rounds", rounds, 1, 100, "N", "ledger and mix in turn, so often"),
	ROW_NUMBER("history", history, 0, 60, "MONTHS", "sheets that are there before (24)"),
	ROW_NUMBER("batch", one_batch, 1, 20000, "N", "one batch size (1, 16, 256 and 1024)"),
	ROW_NUMBER("ops", ops_wanted, 1, 1000000, "N", "submissions of one measurement"),
	ROW_NUMBER("orgs", orgs, 1, 1000000, "N", "organisations of the raw mix (52000)"),
	ROW_FLAG("no-mix", no_mix, "the ledger alone"),
	ROW_FLAG("submissions-only", submissions_only, "no totals, verify, replay"),
};

struct bench {
	struct sheets sheets;
	struct field field;
	struct kv *kv;
	struct ed25519_key key;
	struct author authors[PROVINCE_GRASSROOTS];
	uint64_t made; /* ops so far */
	struct typed_sheet op;
};

/* Of one batch size. */
struct result {
	uint32_t batch;
	uint64_t ops;
	struct samples rate, cpu_us, mix_rate, mix_cpu_us, ratio;
	double puts, bytes;
};

/* ---- the store ---- */

static struct kv *open_kv(const char *name)
{
	const char *path = bench_path(dir, name);
	struct kv_open how = { .dir = path,
			       .map_bytes = (size_t)16 << 30,
			       .tables = LEDGER_TABLES };
	struct err e = { 0 };
	struct kv *kv;

	bench_remove_store(path);
	bench_folder(path);
	bench_must(kv_lmdb_open(&kv, &how, &e), &e, path);
	return kv;
}

static void enrol_all(struct bench *b)
{
	field_begin(&b->field);
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		struct field_device d = { .device = UINT64_C(0xb000000000000000) + i };

		field_enrol(&b->field, &d, i, &b->authors[i]);
	}
	field_commit(&b->field, NULL);
}

static void open_store(struct bench *b)
{
	static const uint8_t seed[ED25519_SEED_BYTES] = "a seed for nothing but measuring";
	struct ledger_birth birth = { .by = "console:bench" };
	struct err e = { 0 };

	sheets_open(&b->sheets, FIRST_YEAR, LAST_YEAR);
	ed25519_key_init(&b->key, seed);
	memset(birth.store, 0x51, sizeof(birth.store));
	memset(birth.incarnation, 0x1c, sizeof(birth.incarnation));
	memcpy(birth.log_key, b->key.public.b, sizeof(birth.log_key));
	b->kv = open_kv("ledger");
	birth.now_ms = instant_of_day_start(province_last(b->sheets.province) + 1);
	bench_must(ledger_create(b->kv, &birth, &b->key, &e), &e, "create a ledger");
	b->field = (struct field){ .key = &b->key, .sheets = &b->sheets, .now_ms = birth.now_ms };
	bench_must(ledger_open(&b->field.ledger, b->kv, 0, &e), &e, "open a ledger");
	field_build(&b->field);
	field_history(&b->field, (unsigned)history);
	enrol_all(b);
}

static void close_store(struct bench *b)
{
	ledger_close(b->field.ledger);
	kv_close(b->kv);
	bench_remove_store(bench_path(dir, "ledger"));
	sheets_close(&b->sheets);
}

/* ---- submissions ---- */

struct packed {
	struct submission s;
};

static struct span keep(struct arena *a, struct buf *b)
{
	struct span s = arena_copy(a, buf_span(b));

	if (!s.data)
		bench_fail("no memory for ops");
	buf_reset(b);
	return s;
}

/* Month after month, all organisations in a mixed order; when the years are over, again with a reason. */
static void make_ops(struct bench *b, struct packed *out, size_t count, struct arena *a)
{
	uint64_t span = b->sheets.months - (uint64_t)history;
	struct buf envelope, body;

	buf_init(&envelope, ENVELOPE_MAX);
	buf_init(&body, OP_BODY_MAX);
	for (size_t i = 0; i < count; i++, b->made++) {
		uint64_t turn = b->made / PROVINCE_GRASSROOTS;
		struct author *by = &b->authors[b->made * STEP % PROVINCE_GRASSROOTS];
		struct op_id before = { by->device, by->epoch, by->seq + 1 - span };

		sheets_make(&b->sheets, &b->op, by, (unsigned)(history + (int64_t)(turn % span)),
			    turn < span ? NULL : &before);
		author_pack(by, &b->op.op, &envelope, &body);
		out[i].s = (struct submission){ .device = by->device,
						.envelope = keep(a, &envelope),
						.body = keep(a, &body) };
	}
	buf_fini(&envelope);
	buf_fini(&body);
}

static void submit(struct bench *b, const struct packed *op)
{
	struct judgement j;
	struct err e = { 0 };

	bench_must(ledger_submit(b->field.ledger, &op->s, b->field.now_ms, &j, &e), &e, "submit");
	if (j.verdict != VERDICT_ACCEPTED || j.repeated)
		bench_fail("an op was not accepted: %s %s", op_code_name(j.code), j.detail);
}

static void run_ledger(struct bench *b, struct result *r)
{
	struct arena *a = bench_have(arena_new((size_t)1 << 30));
	struct packed *ops = bench_have(calloc(r->ops, sizeof(*ops)));
	struct kv_work work, all = { 0, 0 };
	double t0, c0, seconds;

	make_ops(b, ops, r->ops, a);
	t0 = bench_now_s();
	c0 = bench_cpu_s();
	for (uint64_t i = 0; i < r->ops; i += r->batch) {
		field_begin(&b->field);
		for (uint64_t k = i; k < i + r->batch && k < r->ops; k++)
			submit(b, &ops[k]);
		field_commit(&b->field, &work);
		all.puts += work.puts;
		all.bytes += work.bytes;
	}
	seconds = bench_now_s() - t0;
	samples_add(&r->rate, (double)r->ops / seconds);
	samples_add(&r->cpu_us, (bench_cpu_s() - c0) / (double)r->ops * 1e6);
	r->puts = (double)all.puts / (double)r->ops;
	r->bytes = (double)all.bytes / (double)r->ops;
	free(ops);
	arena_free(a);
}

static void run_mix(struct mix *m, struct result *r)
{
	struct mix_result x = mix_run(m, r->batch, r->ops);

	samples_add(&r->mix_rate, (double)x.ops / x.seconds);
	samples_add(&r->mix_cpu_us, x.cpu_s / (double)x.ops * 1e6);
	samples_add(&r->ratio, r->rate.v[r->rate.count - 1] * x.seconds / (double)x.ops);
}

/* One round: every batch size, ledger and mix one after the other, so that both see the same weather. */
static void run_round(struct bench *b, struct mix *m, struct result *results, size_t count,
		      int64_t round)
{
	double busy = bench_machine_s(), own = bench_cpu_s(), t0 = bench_now_s();

	for (size_t i = 0; i < count; i++) {
		run_ledger(b, &results[i]);
		if (m)
			run_mix(m, &results[i]);
	}
	busy = bench_machine_s() - busy - (bench_cpu_s() - own);
	printf("round no=%lld seconds=%.1f foreign_percent=%.0f\n", (long long)round,
	       bench_now_s() - t0, busy > 0 ? busy / (bench_now_s() - t0) * 100 : 0);
	fflush(stdout);
}

static void show(struct result *r)
{
	printf("submissions batch=%u rate=%.0f cpu_us=%.1f puts=%.2f bytes=%.0f", r->batch,
	       samples_median(&r->rate), samples_median(&r->cpu_us), r->puts, r->bytes);
	if (r->mix_rate.count)
		printf(" mix_rate=%.0f mix_cpu_us=%.1f ratio=%.2f ratio_min=%.2f ratio_max=%.2f",
		       samples_median(&r->mix_rate), samples_median(&r->mix_cpu_us),
		       samples_median(&r->ratio), samples_at(&r->ratio, 0),
		       samples_at(&r->ratio, 1));
	putchar('\n');
	samples_fini(&r->rate);
	samples_fini(&r->cpu_us);
	samples_fini(&r->mix_rate);
	samples_fini(&r->mix_cpu_us);
	samples_fini(&r->ratio);
}

static void bench_submissions(struct bench *b)
{
	static const uint32_t batches[BATCHES_MAX] = { 1, 16, 256, 1024 };
	static const uint64_t ops[BATCHES_MAX] = { 500, 1600, 2560, 4096 };
	struct mix_shape shape = { .orgs = (uint32_t)orgs };
	struct mix *m = no_mix ? NULL : mix_open(dir, &shape);
	struct result results[BATCHES_MAX] = { { .batch = 0 } };
	size_t count = one_batch ? 1 : BATCHES_MAX;

	for (size_t i = 0; i < count; i++) {
		results[i].batch = one_batch ? (uint32_t)one_batch : batches[i];
		results[i].ops = ops_wanted ? (uint64_t)ops_wanted : one_batch ? 4096 : ops[i];
	}
	for (int64_t i = 0; i < rounds; i++)
		run_round(b, m, results, count, i + 1);
	for (size_t i = 0; i < count; i++)
		show(&results[i]);
	if (m)
		mix_close(m);
}

/* ---- questions ---- */

static void ask(struct bench *b, const char *name, struct query q, const char *period)
{
	struct samples cpu = { NULL, 0, 0 };
	struct err e = { 0 };
	struct totals t;
	int64_t count = rounds * 4;

	bench_must(period_parse(&q.period, span_str(period), &e), &e, period);
	for (int64_t i = 0; i < count; i++) {
		struct arena *a = bench_have(arena_new((size_t)64 << 20));
		double c0 = bench_cpu_s();

		bench_must(query_totals(&t, b->field.ledger, &q, a, &e), &e, "totals");
		samples_add(&cpu, (bench_cpu_s() - c0) * 1e6);
		arena_free(a);
	}
	printf("totals of=%s period=%s cpu_us=%.0f expected=%llu reported=%llu sheets=%llu covered=%s\n",
	       name, period, samples_median(&cpu), (unsigned long long)t.reporting.expected,
	       (unsigned long long)t.reporting.reported, (unsigned long long)t.sheets.signed_,
	       t.covered ? "yes" : "no");
	samples_fini(&cpu);
}

/* The twelve months of a year: one question, and one question each. */
static void ask_series(struct bench *b, const char *name, struct query q, int year)
{
	struct samples cpu = { NULL, 0, 0 }, apart = { NULL, 0, 0 };
	struct period months[12];
	struct err e = { 0 };
	struct series s = { .count = 0 };
	struct totals t;

	for (int m = 0; m < 12; m++) {
		day_from_ymd(&months[m].from, year, m + 1, 1);
		months[m].to = day_month_last(months[m].from);
	}
	for (int64_t i = 0; i < rounds * 4; i++) {
		struct arena *a = bench_have(arena_new((size_t)64 << 20));
		double c0 = bench_cpu_s();

		bench_must(query_series(&s, b->field.ledger, &q, months, 12, a, &e), &e, "series");
		samples_add(&cpu, (bench_cpu_s() - c0) * 1e6);
		c0 = bench_cpu_s();
		for (int m = 0; m < 12; m++) {
			q.period = months[m];
			bench_must(query_totals(&t, b->field.ledger, &q, a, &e), &e, "totals");
		}
		samples_add(&apart, (bench_cpu_s() - c0) * 1e6);
		arena_free(a);
	}
	printf("series of=%s year=%d cpu_us=%.0f apart_cpu_us=%.0f\n", name, year,
	       samples_median(&cpu), samples_median(&apart));
	samples_fini(&cpu);
	samples_fini(&apart);
}

/* What the maintained rows alone would cost: the province's twelve months added up. Not an answer yet, since
 * who has reported must be known besides; but the least that one could take. */
static void add_up_rows(struct bench *b, struct agg *sum, unsigned first_month)
{
	struct ledger *l = b->field.ledger;
	struct agg row;
	struct err e = { 0 };

	memset(sum, 0, sizeof(*sum));
	bench_must(read_enter(l, &e), &e, "read");
	for (unsigned i = 0; i < 12; i++) {
		struct period p = sheets_month(&b->sheets, first_month + i);

		bench_must(agg_get(l, 1, b->sheets.form->no, p, &row, &e), &e, "an aggregate");
		bench_must(agg_add(sum, &row, 1, &e), &e, "an aggregate");
	}
	read_leave(l);
}

static void bench_rows(struct bench *b)
{
	struct samples cpu = { NULL, 0, 0 };
	struct agg *sum = bench_have(malloc(sizeof(*sum)));

	for (int64_t i = 0; i < rounds * 20; i++) {
		double c0 = bench_cpu_s();

		add_up_rows(b, sum, 0);
		samples_add(&cpu, (bench_cpu_s() - c0) * 1e6);
	}
	printf("rows of=province period=2020 cpu_us=%.1f sheets=%llu\n", samples_median(&cpu),
	       (unsigned long long)sum->counts[AGG_SIGNED]);
	samples_fini(&cpu);
	free(sum);
}

static void bench_totals(struct bench *b)
{
	struct query q = { .unit = 1, .known_at = UINT64_MAX };
	uint64_t tip = ledger_info(b->field.ledger).lsn;

	ask(b, "province", q, history >= 24 ? "2021" : "2020");
	ask(b, "province", q, "2020-01");
	q.unit = field_unit(1);
	ask(b, "direct-unit", q, "2020");
	q.unit = 1;
	q.known_at = tip - tip / 4;
	ask(b, "province-known-earlier", q, "2020");
	ask(b, "province-known-earlier", q, "2021-12");
	q.unit = field_unit(2);
	ask(b, "leaf-known-earlier", q, "2020-06");
	ask(b, "leaf-known-earlier", q, "2021-12");
	ask_series(b, "leaf-known-earlier", q, history >= 24 ? 2021 : 2020);
	q.unit = 1;
	ask_series(b, "province-known-earlier", q, history >= 24 ? 2021 : 2020);
	bench_rows(b);
}

/* ---- the whole log once more ---- */

static void bench_verify(struct bench *b)
{
	struct verify_report report;
	struct err e = { 0 };
	double t0 = bench_now_s(), c0 = bench_cpu_s();

	bench_must(ledger_verify(&report, b->field.ledger, NULL, NULL, &e), &e, "verify");
	printf("verify entries=%llu seconds=%.2f cpu_s=%.2f rate=%.0f\n",
	       (unsigned long long)report.entries, bench_now_s() - t0, bench_cpu_s() - c0,
	       (double)report.entries / (bench_now_s() - t0));
}

static void replay_into(struct bench *b, struct kv *kv, const char *name)
{
	uint64_t last = ledger_info(b->field.ledger).lsn;
	struct err e = { 0 };
	struct ledger *l;
	struct buf bytes;
	double t0 = bench_now_s(), c0 = bench_cpu_s();

	buf_init(&bytes, ENTRY_MAX);
	bench_must(ledger_new(&l, kv, 0, &e), &e, "replay");
	bench_must(ledger_begin(l, &e), &e, "replay");
	bench_must(ledger_blank(l, &e), &e, "replay");
	for (uint64_t lsn = 1; lsn <= last; lsn++) {
		buf_reset(&bytes);
		bench_must(ledger_entry(b->field.ledger, lsn, &bytes, &e), &e, "an entry");
		bench_must(ledger_put_entry(l, buf_span(&bytes), &e), &e, "replay");
		if (lsn % REPLAY_BATCH == 0) {
			bench_must(ledger_commit(l, NULL, NULL, &e), &e, "replay");
			bench_must(ledger_begin(l, &e), &e, "replay");
		}
	}
	bench_must(ledger_commit(l, NULL, NULL, &e), &e, "replay");
	printf("replay into=%s entries=%llu seconds=%.2f cpu_s=%.2f rate=%.0f\n", name,
	       (unsigned long long)last, bench_now_s() - t0, bench_cpu_s() - c0,
	       (double)last / (bench_now_s() - t0));
	buf_fini(&bytes);
	ledger_close(l);
	kv_close(kv);
}

static void bench_replay(struct bench *b)
{
	struct err e = { 0 };
	struct kv *memory;

	bench_must(kv_mem_open(&memory, LEDGER_TABLES, &e), &e, "a store in memory");
	replay_into(b, memory, "memory");
	replay_into(b, open_kv("replay"), "lmdb");
	bench_remove_store(bench_path(dir, "replay"));
}

static void show_size(struct bench *b)
{
	struct kv_health health;
	struct err e = { 0 };

	bench_must(kv_health(b->kv, &health, &e), &e, "the store's size");
	printf("store entries=%llu bytes_per_entry=%.0f\n",
	       (unsigned long long)ledger_info(b->field.ledger).lsn,
	       (double)health.used_bytes / (double)ledger_info(b->field.ledger).lsn);
}

int main(int argc, char **argv)
{
	struct bench *b = bench_have(calloc(1, sizeof(*b)));
	struct err e = { 0 };

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "ledger_bench");
	if (!dir)
		bench_fail("usage: ledger_bench --dir DIR");
	bench_folder(dir);
	open_store(b);
	bench_submissions(b);
	show_size(b);
	if (!submissions_only) {
		bench_totals(b);
		bench_verify(b);
		bench_replay(b);
	}
	close_store(b);
	free(b);
	return 0;
}
