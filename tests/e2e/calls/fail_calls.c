/* Preloaded into ketnapd or ketnap: the n-th call of one function of the system fails, once or from then on for as long
 * as a file stands. FAIL_CALL names it, FAIL_AT the n, FAIL_HIT a file that is made when it struck, FAIL_WHILE the file
 * that keeps it failing (absent: once), FAIL_ERRNO the number of the problem (absent: the call's own). `recv` and `send`
 * are every way to read from and to write to a connection of the network. FAIL_DEADLY, for the controls: the program
 * does not survive it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long asked;

static bool fails(const char *name)
{
	const char *call = getenv("FAIL_CALL"), *at = getenv("FAIL_AT"), *hit = getenv("FAIL_HIT");
	const char *while_ = getenv("FAIL_WHILE");
	long n, want;
	int fd;

	if (!call || !at || strcmp(call, name) != 0)
		return false;
	n = atomic_fetch_add(&asked, 1) + 1;
	want = strtol(at, NULL, 10);
	if (while_ ? n < want || access(while_, F_OK) : n != want)
		return false;
	fd = hit ? open(hit, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		close(fd);
	if (getenv("FAIL_DEADLY"))
		abort();
	return true;
}

static int problem_or(int usual)
{
	const char *told = getenv("FAIL_ERRNO");

	return told ? (int)strtol(told, NULL, 10) : usual;
}

/* Not the pairs within a process, by which it tells itself of signals. */
static bool of_network(int fd)
{
	int domain = 0, kept = errno;
	socklen_t len = sizeof(domain);
	bool is = !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
		  (domain == AF_INET || domain == AF_INET6);

	errno = kept;
	return is;
}

/* The next one's, as the loader finds it. */
#define NEXT(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))
#define FAILING(result, name, problem, args, ...)    \
	result name args;                            \
	result name args                             \
	{                                            \
		if (fails(#name)) {                  \
			errno = problem_or(problem); \
			return -1;                   \
		}                                    \
		return NEXT(name)(__VA_ARGS__);      \
	}

FAILING(int, socket, ENOBUFS, (int domain, int type, int protocol), domain, type, protocol)
FAILING(int, bind, ENOBUFS, (int fd, const struct sockaddr *at, socklen_t len), fd, at, len)
FAILING(int, listen, ENOBUFS, (int fd, int backlog), fd, backlog)
FAILING(int, accept4, ENOBUFS, (int fd, struct sockaddr *from, socklen_t *len, int flags), fd, from,
	len, flags)
FAILING(int, connect, ENETUNREACH, (int fd, const struct sockaddr *to, socklen_t len), fd, to, len)
FAILING(int, eventfd, EMFILE, (unsigned first, int flags), first, flags)
FAILING(int, epoll_create1, EMFILE, (int flags), flags)
FAILING(int, epoll_ctl, ENOMEM, (int ep, int op, int fd, struct epoll_event *ev), ep, op, fd, ev)
FAILING(int, epoll_wait, EINTR, (int ep, struct epoll_event *evs, int max, int ms), ep, evs, max,
	ms)

#define FAILING_FD(kind, name, args, ...)            \
	ssize_t name args                            \
	{                                            \
		if (of_network(fd) && fails(kind)) { \
			errno = problem_or(EAGAIN);  \
			return -1;                   \
		}                                    \
		return NEXT(name)(__VA_ARGS__);      \
	}

FAILING_FD("recv", recv, (int fd, void *to, size_t len, int flags), fd, to, len, flags)
FAILING_FD("recv", read, (int fd, void *to, size_t len), fd, to, len)
FAILING_FD("recv", readv, (int fd, const struct iovec *to, int count), fd, to, count)
FAILING_FD("send", send, (int fd, const void *what, size_t len, int flags), fd, what, len, flags)
FAILING_FD("send", write, (int fd, const void *what, size_t len), fd, what, len)
FAILING_FD("send", writev, (int fd, const struct iovec *what, int count), fd, what, count)

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	return fails("pthread_create") ? EAGAIN : NEXT(pthread_create)(thread, attr, run, arg);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	return fails("getaddrinfo") ? EAI_AGAIN : NEXT(getaddrinfo)(name, service, hints, found);
}
