/* Preloaded into ketnapd or ketnap: the n-th call of one function of the system fails, once or from then on for as long
 * as a file stands. FAIL_CALL names it, FAIL_AT the n, FAIL_HIT a file that is made when it struck, FAIL_WHILE the file
 * that keeps it failing (absent: once), FAIL_ERRNO the number of the problem (absent: the call's own), or `short`: half
 * is written. FAIL_SITE, in the place of FAIL_AT, is where the call comes from, the same number in each run: the OWN
 * innermost places of the program's own code that led to it, or the NEAR innermost ones of whosever code. FAIL_COUNT is a file that is told at the end how often each was called, FAIL_SITES one that is told of each
 * site: the call, own or near, its number, the n of its first call, how many. `recv` and `send` are every way to
 * read from and to write to a connection of the network, `read` and `write` those from and to files, `malloc` every
 * way to get memory but mmap, `open` every way to open a file or folder. For the
 * controls: FAIL_DEADLY, the program does not survive it; FAIL_HANG, it does not come back. */
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
	CALL_socket,
	CALL_bind,
	CALL_listen,
	CALL_accept4,
	CALL_connect,
	CALL_getsockopt,
	CALL_setsockopt,
	CALL_getsockname,
	CALL_shutdown,
	CALL_ioctl,
	CALL_fcntl,
	CALL_pipe2,
	CALL_eventfd,
	CALL_epoll_create1,
	CALL_epoll_ctl,
	CALL_epoll_wait,
	CALL_recv,
	CALL_send,
	CALL_pthread_create,
	CALL_getaddrinfo,
	CALL_malloc,
	CALL_open,
	CALL_read,
	CALL_write,
	CALL_pwrite,
	CALL_fsync,
	CALL_fdatasync,
	CALL_rename,
	CALL_ftruncate,
	CALL_fallocate,
	CALL_mkdir,
	CALL_mmap,
	CALL_flock,
	CALL_unlink,
	CALL_COUNT
};
static const char *const names[] = {
	"socket",         "bind",          "listen",    "accept4",    "connect",   "getsockopt",
	"setsockopt",     "getsockname",   "shutdown",  "ioctl",      "fcntl",     "pipe2",
	"eventfd",        "epoll_create1", "epoll_ctl", "epoll_wait", "recv",      "send",
	"pthread_create", "getaddrinfo",   "malloc",    "open",       "read",      "write",
	"pwrite",         "fsync",         "fdatasync", "rename",     "ftruncate", "fallocate",
	"mkdir",          "mmap",          "flock",     "unlink"
};
static_assert(sizeof(names) / sizeof(names[0]) == CALL_COUNT, "a name for each, in order");

static atomic_long asked[CALL_COUNT];
static int wanted = -1; /* an enum call; -1: nothing fails, nothing is counted */
static long at;
static const char *hit, *while_, *count, *problem;
static bool half, deadly, hang;

enum { SITES = 1 << 16, FRAMES = 64, OWN = 3, NEAR = 2 };
enum by { BY_OWN, BY_NEAR, BYS };
static struct site {
	atomic_ulong id; /* 0: none */
	enum call call;
	enum by by;
	long n;
	atomic_long times;
} met[SITES];
static const char *sites;
static unsigned long wanted_site;  /* 0: by number */
static const struct link_map *own; /* this file's */
static atomic_bool begun;          /* its turn has come */
static _Thread_local bool looking; /* backtrace() may ask for memory */

static unsigned long mix(unsigned long hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211ul;
	return hash;
}

static const struct link_map *file_of(void *place)
{
	struct dl_find_object of;

	return _dl_find_object(place, &of) ? NULL : of.dlfo_link_map;
}

/* By where the places stand in their files: where those are in memory is different each time. */
static void where_from(enum call call, unsigned long ids[BYS])
{
	static const int most[BYS] = { OWN, NEAR };
	int depth, taken[BYS] = { 0, 0 };
	void *from[FRAMES];

	looking = true;
	depth = backtrace(from, FRAMES);
	looking = false;
	for (int by = 0; by < BYS; by++)
		ids[by] = mix(mix(1469598103934665603ul, &call, sizeof(call)), &by, sizeof(by));
	for (int i = 0; i < depth; i++) {
		const struct link_map *in = file_of(from[i]);
		const char *name = in ? in->l_name : "?", *slash = strrchr(name, '/');
		uintptr_t place = (uintptr_t)from[i] - (in ? in->l_addr : 0);

		if (in == own)
			continue;
		name = slash ? slash + 1 : name; /* the program itself has none */
		for (int by = *name ? BY_NEAR : BY_OWN; by < BYS; by++)
			if (taken[by]++ < most[by])
				ids[by] = mix(mix(ids[by], name, strlen(name)), &place,
					      sizeof(place));
	}
	for (int by = 0; by < BYS; by++)
		ids[by] |= 1;
}

static void note_site(enum call call, enum by by, unsigned long id, long n)
{
	for (unsigned long at_ = id % SITES, i = 0; i < SITES; i++, at_ = (at_ + 1) % SITES) {
		struct site *s = &met[at_];
		unsigned long none = 0;

		if (atomic_compare_exchange_strong(&s->id, &none, id)) {
			s->call = call;
			s->by = by;
			s->n = n;
		} else if (none != id) {
			continue;
		}
		atomic_fetch_add(&s->times, 1);
		return;
	}
}

/* After the constructors of the program's libraries: what they do is nobody's to refuse. */
__attribute__((constructor)) static void read_order(void)
{
	const char *call = getenv("FAIL_CALL"), *n = getenv("FAIL_AT"), *id = getenv("FAIL_SITE");

	hit = getenv("FAIL_HIT");
	while_ = getenv("FAIL_WHILE");
	problem = getenv("FAIL_ERRNO");
	half = problem && !strcmp(problem, "short");
	deadly = getenv("FAIL_DEADLY");
	hang = getenv("FAIL_HANG");
	at = n ? strtol(n, NULL, 10) : 0;
	count = getenv("FAIL_COUNT");
	sites = getenv("FAIL_SITES");
	wanted_site = id ? strtoul(id, NULL, 16) : 0;
	own = file_of((void *)(uintptr_t)read_order);
	looking = true;
	if (sites || wanted_site)
		backtrace((void *[1]){ NULL }, 1); /* loads what it needs */
	looking = false;
	for (int i = 0; call && i < CALL_COUNT; i++)
		if (!strcmp(names[i], call))
			wanted = i;
}

__attribute__((destructor)) static void tell_count(void)
{
	FILE *f = count ? fopen(count, "w") : NULL;

	wanted = -1;
	for (int i = 0; f && i < CALL_COUNT; i++)
		fprintf(f, "%s %ld\n", names[i], atomic_load(&asked[i]));
	if (f)
		fclose(f);
	f = sites ? fopen(sites, "w") : NULL;
	for (size_t i = 0; f && i < SITES; i++)
		if (atomic_load(&met[i].id))
			fprintf(f, "%s %s %lx %ld %ld\n", names[met[i].call],
				met[i].by == BY_OWN ? "own" : "near", atomic_load(&met[i].id),
				met[i].n, atomic_load(&met[i].times));
	if (f)
		fclose(f);
}

static void strike(void)
{
	long fd = hit ? syscall(SYS_openat, AT_FDCWD, hit, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)
		      : -1;

	if (fd >= 0)
		syscall(SYS_close, fd);
	if (deadly)
		abort();
	while (hang)
		pause();
}

/* Is it the turn of this one: the n-th, or the first from that site? */
static bool is_turn(enum call call, long n)
{
	unsigned long ids[BYS] = { 0, 0 };

	if (sites || wanted_site)
		where_from(call, ids);
	for (int by = 0; by < BYS && sites; by++)
		note_site(call, (enum by)by, ids[by], n);
	if ((int)call != wanted)
		return false;
	if (wanted_site ? ids[BY_OWN] != wanted_site && ids[BY_NEAR] != wanted_site : n != at)
		return false;
	return !atomic_exchange(&begun, true);
}

static bool fails(enum call call)
{
	int kept = errno;
	bool strikes;
	long n;

	if (looking || (!count && (int)call != wanted))
		return false;
	n = atomic_fetch_add(&asked[call], 1) + 1;
	strikes = is_turn(call, n);
	if (while_ && (int)call == wanted && atomic_load(&begun))
		strikes = !syscall(SYS_access, while_, F_OK);
	if (strikes)
		strike();
	errno = kept;
	return strikes;
}

static int problem_or(int usual)
{
	return problem && !half ? (int)strtol(problem, NULL, 10) : usual;
}

/* Of a socket its domain, 0 of a file, else nothing that can fail: the pipes and pairs within a process, by which it
 * tells itself of signals, the terminal. */
static int domain_of(int fd)
{
	int domain = AF_UNIX, kept = errno;
	socklen_t len = sizeof(domain);
	struct stat st = { 0 };

	if (fstat(fd, &st) || !S_ISSOCK(st.st_mode))
		domain = S_ISREG(st.st_mode) ? 0 : AF_UNIX;
	else if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len))
		domain = AF_UNIX;
	errno = kept;
	return domain;
}

static bool of_network(int fd)
{
	int domain = domain_of(fd);

	return domain == AF_INET || domain == AF_INET6;
}

/* The next one's, as the loader finds it. */
#define NEXT(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))
#define FAILING_AS(call, result, name, problem, args, ...) \
	result name args;                                  \
	result name args                                   \
	{                                                  \
		if (fails(CALL_##call)) {                  \
			errno = problem_or(problem);       \
			return (result)-1;                 \
		}                                          \
		return NEXT(name)(__VA_ARGS__);            \
	}
#define FAILING(result, name, problem, args, ...) \
	FAILING_AS(name, result, name, problem, args, __VA_ARGS__)

FAILING(int, socket, ENOBUFS, (int domain, int type, int protocol), domain, type, protocol)
FAILING(int, bind, ENOBUFS, (int fd, const struct sockaddr *addr, socklen_t len), fd, addr, len)
FAILING(int, listen, ENOBUFS, (int fd, int backlog), fd, backlog)
FAILING(int, accept4, ENOBUFS, (int fd, struct sockaddr *from, socklen_t *len, int flags), fd, from,
	len, flags)
FAILING(int, connect, ENETUNREACH, (int fd, const struct sockaddr *to, socklen_t len), fd, to, len)
FAILING(int, getsockopt, ENOBUFS, (int fd, int level, int what, void *to, socklen_t *len), fd,
	level, what, to, len)
FAILING(int, setsockopt, ENOMEM, (int fd, int level, int what, const void *to, socklen_t len), fd,
	level, what, to, len)
FAILING(int, getsockname, ENOBUFS, (int fd, struct sockaddr *to, socklen_t *len), fd, to, len)
FAILING_AS(getsockname, int, getpeername, ENOTCONN, (int fd, struct sockaddr *to, socklen_t *len),
	   fd, to, len)
FAILING(int, shutdown, ENOTCONN, (int fd, int how), fd, how)
FAILING(int, pipe2, EMFILE, (int fds[2], int flags), fds, flags)
FAILING_AS(pipe2, int, socketpair, EMFILE, (int domain, int type, int protocol, int fds[2]), domain,
	   type, protocol, fds)
FAILING(int, eventfd, EMFILE, (unsigned first, int flags), first, flags)
FAILING(int, epoll_create1, EMFILE, (int flags), flags)
FAILING(int, epoll_ctl, ENOMEM, (int ep, int op, int fd, struct epoll_event *ev), ep, op, fd, ev)
FAILING(int, epoll_wait, EINTR, (int ep, struct epoll_event *evs, int max, int ms), ep, evs, max,
	ms)
FAILING(int, fsync, EIO, (int fd), fd)
FAILING(int, fdatasync, EIO, (int fd), fd)
FAILING(int, rename, EIO, (const char *from, const char *to), from, to)
FAILING(int, ftruncate, ENOSPC, (int fd, off_t len), fd, len)

FAILING_AS(ftruncate, int, truncate, ENOSPC, (const char *path, off_t len), path, len)
FAILING(int, fallocate, ENOSPC, (int fd, int mode, off_t from, off_t len), fd, mode, from, len)
FAILING(int, mkdir, ENOSPC, (const char *path, mode_t mode), path, mode)
FAILING(int, flock, ENOLCK, (int fd, int how), fd, how)
FAILING(int, unlink, EIO, (const char *path), path)
FAILING_AS(unlink, int, unlinkat, EIO, (int dir, const char *path, int flags), dir, path, flags)
FAILING(void *, mmap, ENOMEM, (void *to, size_t len, int prot, int flags, int fd, off_t from), to,
	len, prot, flags, fd, from)

int posix_fallocate(int fd, off_t from, off_t len)
{
	return fails(CALL_fallocate) ? problem_or(ENOSPC) : NEXT(posix_fallocate)(fd, from, len);
}

/* ---- files and connections ---- */

/* Not the terminal's: what is said there is how a failure is seen. */
static bool fd_fails(int fd, enum call net, enum call file)
{
	int domain = (int)net == wanted || (int)file == wanted || count ? domain_of(fd) : AF_UNIX;

	return domain == AF_INET || domain == AF_INET6 ? fails(net)
						       : domain == 0 && fd > 2 && fails(file);
}

#define FAILING_FD(net, file, name, args, ...)                             \
	ssize_t name args                                                  \
	{                                                                  \
		if (fd_fails(fd, CALL_##net, CALL_##file)) {               \
			errno = problem_or(of_network(fd) ? EAGAIN : EIO); \
			return -1;                                         \
		}                                                          \
		return NEXT(name)(__VA_ARGS__);                            \
	}

/* Half of it is a success, to the system. */
#define WRITING_FD(net, file, name, args, ...)                                        \
	ssize_t name args                                                             \
	{                                                                             \
		if (fd_fails(fd, CALL_##net, CALL_##file)) {                          \
			if (!half || len < 2) {                                       \
				errno = problem_or(of_network(fd) ? EAGAIN : ENOSPC); \
				return -1;                                            \
			}                                                             \
			len /= 2;                                                     \
		}                                                                     \
		return NEXT(name)(__VA_ARGS__);                                       \
	}

FAILING_FD(recv, read, recv, (int fd, void *to, size_t len, int flags), fd, to, len, flags)
FAILING_FD(recv, read, read, (int fd, void *to, size_t len), fd, to, len)
FAILING_FD(recv, read, readv, (int fd, const struct iovec *to, int len), fd, to, len)
FAILING_FD(recv, read, pread, (int fd, void *to, size_t len, off_t from), fd, to, len, from)
FAILING_FD(recv, read, pread64, (int fd, void *to, size_t len, off64_t from), fd, to, len, from)
WRITING_FD(send, write, send, (int fd, const void *what, size_t len, int flags), fd, what, len,
	   flags)
WRITING_FD(send, write, write, (int fd, const void *what, size_t len), fd, what, len)
WRITING_FD(send, write, writev, (int fd, const struct iovec *what, int len), fd, what, len)
WRITING_FD(send, pwrite, pwrite, (int fd, const void *what, size_t len, off_t to), fd, what, len,
	   to)
WRITING_FD(send, pwrite, pwrite64, (int fd, const void *what, size_t len, off64_t to), fd, what,
	   len, to)
FAILING_FD(send, pwrite, pwritev, (int fd, const struct iovec *what, int len, off_t to), fd, what,
	   len, to)
FAILING_FD(send, pwrite, pwritev64, (int fd, const struct iovec *what, int len, off64_t to), fd,
	   what, len, to)

/* Beyond a mode there is nothing to hand on. */
static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, int) : 0;
}

#define OPENING(name, params, how, ...)               \
	int name params                               \
	{                                             \
		mode_t mode;                          \
		va_list args;                         \
		if (fails(CALL_open)) {               \
			errno = problem_or(EMFILE);   \
			return -1;                    \
		}                                     \
		va_start(args, how);                  \
		mode = mode_of(how, args);            \
		va_end(args);                         \
		return NEXT(name)(__VA_ARGS__, mode); \
	}

OPENING(open, (const char *path, int flags, ...), flags, path, flags)
OPENING(open64, (const char *path, int flags, ...), flags, path, flags)
OPENING(openat, (int dir, const char *path, int flags, ...), flags, dir, path, flags)
OPENING(openat64, (int dir, const char *path, int flags, ...), flags, dir, path, flags)

/* What they take is a number or a place: as wide as either. */
#define ASKING(name, type, problem)                  \
	int name(int fd, type what, ...)             \
	{                                            \
		va_list args;                        \
		void *arg;                           \
		if (fails(CALL_##name)) {            \
			errno = problem_or(problem); \
			return -1;                   \
		}                                    \
		va_start(args, what);                \
		arg = va_arg(args, void *);          \
		va_end(args);                        \
		return NEXT(name)(fd, what, arg);    \
	}

ASKING(fcntl, int, ENOLCK)
ASKING(ioctl, unsigned long, ENOMEM)

FILE *fopen(const char *path, const char *how)
{
	if (!fails(CALL_open))
		return NEXT(fopen)(path, how);
	errno = problem_or(EMFILE);
	return NULL;
}

DIR *opendir(const char *path)
{
	if (!fails(CALL_open))
		return NEXT(opendir)(path);
	errno = problem_or(EMFILE);
	return NULL;
}

int mkstemp(char *path)
{
	if (!fails(CALL_open))
		return NEXT(mkstemp)(path);
	errno = problem_or(EMFILE);
	return -1;
}

/* ---- memory ---- */

/* Not by the loader, which asks for memory itself. A sanitizer has its own, which must take back what is freed. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t number, size_t each);
void *__libc_realloc(void *was, size_t bytes);
void *__interceptor_malloc(size_t bytes) __attribute__((weak));
void *__interceptor_calloc(size_t number, size_t each) __attribute__((weak));
void *__interceptor_realloc(void *was, size_t bytes) __attribute__((weak));
#define MEMORY(name, params, ...)                                               \
	void *name params                                                       \
	{                                                                       \
		if (fails(CALL_malloc)) {                                       \
			errno = ENOMEM;                                         \
			return NULL;                                            \
		}                                                               \
		return __interceptor_##name ? __interceptor_##name(__VA_ARGS__) \
					    : __libc_##name(__VA_ARGS__);       \
	}

MEMORY(malloc, (size_t bytes), bytes)
MEMORY(calloc, (size_t number, size_t each), number, each)
MEMORY(realloc, (void *was, size_t bytes), was, bytes)

/* ---- what tells its problem by its result ---- */

/* LMDB's pages. With a sanitizer they are its own. */
int posix_memalign(void **to, size_t align, size_t bytes)
{
	return fails(CALL_malloc) ? ENOMEM : NEXT(posix_memalign)(to, align, bytes);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	return fails(CALL_pthread_create) ? EAGAIN : NEXT(pthread_create)(thread, attr, run, arg);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **to)
{
	return fails(CALL_getaddrinfo) ? EAI_AGAIN : NEXT(getaddrinfo)(name, service, hints, to);
}
