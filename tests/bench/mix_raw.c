/* The raw store mix alone (mix.h), at one batch size or several.
 *
 * usage: mix_raw --dir DIR [--batch N] [--ops N] [--runs N] [--orgs N] [--plain] [--no-tables] */
#include "mix.h"

#include "bench.h"
#include "rows.h"

#include <stdio.h>

static const char *dir;
static int64_t batch, ops, runs = 3, orgs = 52000;
static bool plain, no_tables;

static struct opt options[] = {
	ROW_TEXT("dir", dir, "DIR", "on the disk to measure"),
	ROW_NUMBER("batch", batch, 1, 65536, "N",
		   "submissions of one transaction (1, 16, 256, 1024 in turn)"),
	ROW_NUMBER("ops", ops, 1, 100000000, "N",
		   "submissions of one run (a second's worth or so)"),
	ROW_NUMBER("runs", runs, 1, 1000, "N", "runs of each"),
	ROW_NUMBER("orgs", orgs, 1, 1000000, "N", "organisations (52000)"),
	ROW_FLAG("plain", plain, "write aggregates for each submission"),
	ROW_FLAG("no-tables", no_tables, "no aggregates at all"),
};

static uint64_t worth(uint32_t n)
{
	return ops ? (uint64_t)ops : n == 1 ? 1200 : n <= 16 ? 6400 : n <= 256 ? 15360 : 24576;
}

static void run_batch(struct mix *m, uint32_t n)
{
	struct samples rate = { NULL, 0, 0 }, cpu = { NULL, 0, 0 }, p99 = { NULL, 0, 0 };

	for (int64_t i = 0; i < runs; i++) {
		struct mix_result r = mix_run(m, n, worth(n));

		samples_add(&rate, (double)r.ops / r.seconds);
		samples_add(&cpu, r.cpu_s / (double)r.ops * 1e6);
		samples_add(&p99, r.commit_p99_s * 1e3);
	}
	printf("mix batch=%u rate=%.0f rate_min=%.0f rate_max=%.0f cpu_us=%.1f commit_p99_ms=%.2f\n",
	       n, samples_median(&rate), samples_at(&rate, 0), samples_at(&rate, 1),
	       samples_median(&cpu), samples_median(&p99));
	fflush(stdout);
	samples_fini(&rate);
	samples_fini(&cpu);
	samples_fini(&p99);
}

int main(int argc, char **argv)
{
	static const uint32_t usual[] = { 1, 16, 256, 1024 };
	struct err e = { 0 };
	struct mix_shape shape;
	struct mix *m;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "mix_raw");
	if (!dir)
		bench_fail("usage: mix_raw --dir DIR");
	shape = (struct mix_shape){ .orgs = (uint32_t)orgs,
				    .plain = plain,
				    .no_tables = no_tables };
	m = mix_open(dir, &shape);
	if (batch)
		run_batch(m, (uint32_t)batch);
	for (size_t i = 0; i < ARRAY_LEN(usual) && !batch; i++)
		run_batch(m, usual[i]);
	mix_close(m);
	return 0;
}
