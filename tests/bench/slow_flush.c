/* Loaded in front of a program (LD_PRELOAD): each flush takes KETNAP_FLUSH_MS longer, as on a slower disk: fsync,
 * fdatasync, msync, and a write through a descriptor that waits for the disk (LMDB's meta page goes that way). With 0
 * it only counts. When the program ends, KETNAP_FLUSH_COUNT names a file that is told how many there were. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_ulong flushes;

static void *next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		_exit(127);
	return f;
}

/* Before the real one, so that what it tells is the last thing that happened. */
static void flushing(void)
{
	const char *ms = getenv("KETNAP_FLUSH_MS");
	double us = ms ? strtod(ms, NULL) * 1e3 : 0;
	struct timespec t = { (time_t)(us / 1e6), (long)us % 1000000 * 1000 };

	atomic_fetch_add(&flushes, 1);
	while (us > 0 && clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

static void writing(int fd)
{
	int was = errno, flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && flags & O_DSYNC)
		flushing();
	errno = was;
}

int fsync(int fd)
{
	int (*real)(int) = (int (*)(int))next("fsync");

	flushing();
	return real(fd);
}

int fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))next("fdatasync");

	flushing();
	return real(fd);
}

int msync(void *at, size_t len, int flags)
{
	int (*real)(void *, size_t, int) = (int (*)(void *, size_t, int))next("msync");

	flushing();
	return real(at, len, flags);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t,
			off_t) = (ssize_t(*)(int, const void *, size_t, off_t))next("pwrite");

	writing(fd);
	return real(fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t,
			off64_t) = (ssize_t(*)(int, const void *, size_t, off64_t))next("pwrite64");

	writing(fd);
	return real(fd, bytes, len, at);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("KETNAP_FLUSH_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "flushes=%lu\n", atomic_load(&flushes));
	fclose(f);
}
