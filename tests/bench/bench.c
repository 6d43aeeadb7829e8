#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void bench_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

int bench_must(int rc, const struct err *e, const char *what)
{
	if (rc < 0)
		bench_fail("%s: %s (%s)", what, e->msg, err_code_name((enum err_code) - rc));
	return rc;
}

void *bench_have(void *p)
{
	if (!p)
		bench_fail("no memory");
	return p;
}

/* ---- seconds ---- */

static double clock_s(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double bench_now_s(void)
{
	return clock_s(CLOCK_MONOTONIC);
}

double bench_cpu_s(void)
{
	return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

double bench_pid_cpu_s(pid_t pid)
{
	clockid_t id;

	return pid > 0 && !clock_getcpuclockid(pid, &id) ? clock_s(id) : 0;
}

double bench_machine_s(void)
{
	unsigned long long v[8] = { 0 }, busy = 0;
	FILE *f = fopen("/proc/stat", "r");
	int n = f ? fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2, v + 3,
			   v + 4, v + 5, v + 6, v + 7)
		  : 0;

	if (f)
		fclose(f);
	for (int i = 0; i < n; i++)
		if (i != 3 && i != 4) /* idle, waiting for a disk */
			busy += v[i];
	return (double)busy / (double)sysconf(_SC_CLK_TCK);
}

/* ---- samples ---- */

void samples_add(struct samples *s, double v)
{
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 256;
		s->v = bench_have(realloc(s->v, s->cap * sizeof(*s->v)));
	}
	s->v[s->count++] = v;
}

static int by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return (a > b) - (a < b);
}

double samples_at(struct samples *s, double p)
{
	if (!s->count)
		return 0;
	qsort(s->v, s->count, sizeof(*s->v), by_value);
	return s->v[(size_t)(p * (double)(s->count - 1) + 0.5)];
}

double samples_median(struct samples *s)
{
	double upper = samples_at(s, 0.5);

	return s->count && s->count % 2 == 0 ? (s->v[s->count / 2 - 1] + s->v[s->count / 2]) / 2
					     : upper;
}

void samples_fini(struct samples *s)
{
	free(s->v);
	*s = (struct samples){ NULL, 0, 0 };
}

/* ---- chance ---- */

uint64_t draw_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t draw_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((draw_next(state) >> 32) * n >> 32);
}

/* ---- files ---- */

struct span bench_read(const char *path, size_t max)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;
	struct stat st;
	size_t len;

	if (!f || fstat(fileno(f), &st))
		bench_fail("%s: %s", path, strerror(errno));
	if (st.st_size < 0 || (size_t)st.st_size > max)
		bench_fail("%s: larger than %zu bytes", path, max);
	bytes = bench_have(malloc((size_t)st.st_size + 1));
	len = fread(bytes, 1, (size_t)st.st_size, f);
	fclose(f);
	bytes[len] = 0; /* some are read as text */
	return span_of(bytes, len);
}

void bench_write(const char *path, struct span bytes)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(bytes.data, 1, bytes.len, f) != bytes.len || fclose(f))
		bench_fail("%s: %s", path, strerror(errno));
}

const char *bench_path(const char *dir, const char *name)
{
	static char ring[8][PATH_MAX];
	static unsigned turn;
	char *out = ring[turn++ % 8];

	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		bench_fail("%s: the path is too long", dir);
	return out;
}

void bench_folder(const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		bench_fail("%s: %s", path, strerror(errno));
}

void bench_remove_store(const char *path)
{
	unlink(bench_path(path, "data.mdb"));
	unlink(bench_path(path, "lock.mdb"));
	rmdir(path);
}
