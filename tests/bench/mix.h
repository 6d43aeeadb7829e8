/* The store's own limit for work of this shape: what LMDB alone does when a submission is one log entry of
 * 300 bytes, one record of 300 read and written, one cursor of 24, and five aggregates of 40 numbers on
 * the way up (organisation, commune, district, province, country), each written once per transaction.
 * Month-major keys. It checks, hashes and encodes nothing. */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include <stdbool.h>
#include <stdint.h>

struct mix;

struct mix_shape {
	uint32_t orgs;  /* 52,000 in a country */
	bool plain;     /* aggregates are written for each submission, not once per transaction */
	bool no_tables; /* log, record and cursor alone */
};

struct mix_result {
	uint64_t ops;
	double seconds, cpu_s;
	double commit_p99_s;
};

/* Make and fill a store in the folder `dir`/mix; what was there is removed. */
struct mix *mix_open(const char *dir, const struct mix_shape *shape);
/* `ops` submissions, rounded up to whole transactions of `batch`. */
struct mix_result mix_run(struct mix *m, uint32_t batch, uint64_t ops);
void mix_close(struct mix *m); /* its files go too */
#endif
