/* Pages that are asked for while there is no memory: they go on when there is some again. */
#include "check.h"
#include "no_memory.h"

#include "client/web_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS = 200 };

static struct web_server *s;

static int ask(void)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n"
				      "Host: x\r\nConnection: close\r\n\r\n";
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(web_server_port(s)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)(void *)&at, sizeof(at)));
	CHECK(send(fd, request, sizeof(request) - 1, 0) == (ssize_t)sizeof(request) - 1);
	return fd;
}

/* Both answers have come and it is closed. */
static bool is_answered(int fd, int turns)
{
	char bytes[4096];
	size_t len = 0;
	ssize_t n = -1;

	for (int i = 0; i < turns && n; i++) {
		CHECK(web_server_turn(s, false));
		n = recv(fd, bytes + len, sizeof(bytes) - 1 - len, MSG_DONTWAIT);
		CHECK(n >= 0 || errno == EAGAIN || errno == ECONNRESET);
		len += n > 0 ? (size_t)n : 0;
		if (n < 0)
			usleep(500);
	}
	bytes[len] = '\0';
	return strstr(bytes, "503") && strstr(strstr(bytes, "503") + 3, "503");
}

static void goes_on(void)
{
	int fd = ask();

	CHECK(is_answered(fd, TURNS));
	close(fd);
}

/* False: the call came too late to be met. */
static bool lacking(long n, bool good)
{
	int fd = ask();
	bool answered, met;

	fail_from(n, good);
	answered = is_answered(fd, good ? 3 : TURNS);
	met = asked >= n;
	fail_from(0, false);
	CHECK(good || answered);
	close(fd);
	goes_on();
	return met;
}

int main(void)
{
	struct err e = { 0 };

	for (long n = 1; n < 300; n += 7) {
		int rc;

		fail_from(n, true);
		rc = web_server_new(&s, 0, &e);
		CHECK(!rc || rc == -ERR_NOMEM || rc == -ERR_IO);
		fail_from(0, false);
		web_server_free(s);
	}
	CHECK(!web_server_new(&s, 0, &e));
	goes_on();
	for (int good = 0; good < 2; good++) {
		long n = 1;

		for (; lacking(n, good); n++)
			;
		printf("%ld calls failed%s\n", n - 1, good ? ", and all behind each" : "");
		CHECK(n > 30);
	}
	web_server_free(s);
	return 0;
}
