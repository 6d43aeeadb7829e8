/* What the measuring programs share: clocks, samples, chance, and one way to give up. Results go to stdout,
 * one per line: a name, then key=value pairs apart by blanks; scripts/bench reads those. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* Ends the program with a line on stderr and exit code 1. */
_Noreturn void bench_fail(const char *fmt, ...) BASE_PRINTF(1, 2);
/* bench_fail() with what `e` says unless rc is 0 or more. Returns rc. */
int bench_must(int rc, const struct err *e, const char *what);
void *bench_have(void *p); /* bench_fail() for NULL */

/* ---- seconds ---- */
double bench_now_s(void); /* since some moment */
double bench_cpu_s(void); /* of this process, all threads */
double bench_pid_cpu_s(
	pid_t pid); /* of another one; 0 when it is gone. Its clock may tick in 1/100 s */
/* What all processors of the machine did besides waiting. What is not ours disturbs a measurement. */
double bench_machine_s(void);

/* ---- samples ---- */
struct samples {
	double *v;
	size_t count, cap;
};
void samples_add(struct samples *s, double v);
/* The value that a share `p` (0..1) of them does not exceed; sorts. 0 of none. */
double samples_at(struct samples *s, double p);
double samples_median(struct samples *s);
void samples_fini(struct samples *s);

/* ---- chance, the same on every machine ---- */
uint64_t draw_next(uint64_t *state);
uint32_t draw_below(uint64_t *state, uint32_t n); /* 0..n-1 */

/* ---- files ---- */
/* A whole file of at most `max` bytes; the caller frees. Fails the program. */
struct span bench_read(const char *path, size_t max);
void bench_write(const char *path, struct span bytes);
const char *bench_path(const char *dir,
		       const char *name);  /* one of eight buffers, reused in turn */
void bench_folder(const char *path);       /* made, or there already */
void bench_remove_store(const char *path); /* an LMDB environment and its folder */
#endif
