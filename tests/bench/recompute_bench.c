/* All aggregates of a store once more, from its sheets alone, each compared with the row that is kept. Reads only.
 *
 * usage: recompute_bench --store DIR [--runs N] */
#include "bench.h"
#include "internal.h" /* of the ledger */
#include "rows.h"

#include <stdio.h>

static const char *store;
static int64_t runs = 5;

static struct opt options[] = {
	ROW_TEXT("store", store, "DIR", "the LMDB environment of a data directory"),
	ROW_NUMBER("runs", runs, 1, 1000, "N", "so often (5)"),
};

struct seen {
	struct ledger *l;
	uint64_t rows, sheets;
};

static int compare(void *ctx, uint32_t node, uint8_t form, struct period p, const struct agg *sum)
{
	struct seen *s = ctx;
	struct err e = { 0 };
	struct agg kept;

	bench_must(agg_get(s->l, node, form, p, &kept, &e), &e, "an aggregate");
	if (!agg_equal(&kept, sum))
		bench_fail("unit %u: the sums are others", node);
	s->rows++;
	s->sheets += node == tree_root(s->l->tree) ? sum->counts[AGG_SHEETS] : 0;
	return 0;
}

int main(int argc, char **argv)
{
	struct kv_open how = { .map_bytes = (size_t)64 << 30, .tables = LEDGER_TABLES };
	struct samples ms = { NULL, 0, 0 }, cpu = { NULL, 0, 0 };
	struct seen s = { .rows = 0 };
	struct err e = { 0 };
	struct kv *kv;
	double began = bench_now_s(), busy = bench_machine_s(), own = bench_cpu_s();

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "recompute_bench");
	if (!store)
		bench_fail("usage: recompute_bench --store DIR");
	how.dir = store;
	bench_must(kv_lmdb_open(&kv, &how, &e), &e, store);
	bench_must(ledger_open(&s.l, kv, 0, &e), &e, store);
	for (int64_t i = 0; i < runs; i++) {
		double t0 = bench_now_s(), c0 = bench_cpu_s();

		s.rows = s.sheets = 0;
		bench_must(read_enter(s.l, &e), &e, "read");
		bench_must(agg_recompute(s.l, compare, &s, &e), &e, "recompute");
		read_leave(s.l);
		samples_add(&ms, (bench_now_s() - t0) * 1e3);
		samples_add(&cpu, (bench_cpu_s() - c0) * 1e3);
	}
	began = bench_now_s() - began;
	busy = bench_machine_s() - busy - (bench_cpu_s() - own);
	printf("recompute sheets=%llu rows=%llu ms=%.1f cpu_ms=%.1f foreign_percent=%.0f\n",
	       (unsigned long long)s.sheets, (unsigned long long)s.rows, samples_median(&ms),
	       samples_median(&cpu), busy > 0 ? busy / began * 100 : 0);
	samples_fini(&ms);
	samples_fini(&cpu);
	ledger_close(s.l);
	kv_close(kv);
	return 0;
}
