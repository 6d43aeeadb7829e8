/* Loaded in front of a real program: what it hands to TLS and what TLS hands to it, in clear, as it stands before it
 * goes out and after it has come in. Appended to $WIRE_TAP.PROGRAM.out and $WIRE_TAP.PROGRAM.in. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct ssl_st;
int SSL_write(struct ssl_st *ssl, const void *bytes, int len);
int SSL_read(struct ssl_st *ssl, void *bytes, int len);

static void note(const char *way, const void *bytes, int len)
{
	const char *base = getenv("WIRE_TAP");
	int before = errno, fd;
	char path[1024];

	if (!base || len <= 0)
		return;
	snprintf(path, sizeof(path), "%s.%s.%s", base, program_invocation_short_name, way);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, (size_t)len) != len)
		abort(); /* a capture with a hole proves nothing */
	close(fd);
	errno = before;
}

int SSL_write(struct ssl_st *ssl, const void *bytes, int len)
{
	int (*real)(struct ssl_st *, const void *, int);
	int n;

	*(void **)&real = dlsym(RTLD_NEXT, "SSL_write");
	n = real(ssl, bytes, len);
	note("out", bytes, n);
	return n;
}

int SSL_read(struct ssl_st *ssl, void *bytes, int len)
{
	int (*real)(struct ssl_st *, void *, int);
	int n;

	*(void **)&real = dlsym(RTLD_NEXT, "SSL_read");
	n = real(ssl, bytes, len);
	note("in", bytes, n);
	return n;
}
