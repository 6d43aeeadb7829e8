/* A line that breaks in the middle of every contact.
 *
 * usage: cut_line PORT     the server's port on 127.0.0.1
 *
 * Prints its own port. What a client sends is passed on up to and with the first TLS record that holds more
 * than a handshake of a resumed session does: there Hello is, and as many ops as share its record. Then both
 * sides see the line end. One contact after the other; ends when its standard input does. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = RECORD_HEADER + 16384 + 256,
	APPLICATION_DATA = 23,
	FINISHED_MAX = 160, /* a record with Finished has about 74 bytes */
	PATIENCE_MS = 10000,
};

static bool read_all(int fd, uint8_t *out, size_t len)
{
	while (len) {
		ssize_t got = read(fd, out, len);

		if (got <= 0)
			return false;
		out += got;
		len -= (size_t)got;
	}
	return true;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);

		if (put <= 0)
			return false;
		bytes += put;
		len -= (size_t)put;
	}
	return true;
}

/* Pass one record on; *last when it was the one to stop at. */
static bool pass_record(int client, int server, bool *last)
{
	uint8_t record[RECORD_MAX];
	size_t len;

	if (!read_all(client, record, RECORD_HEADER))
		return false;
	len = (size_t)record[3] << 8 | record[4];
	if (len > RECORD_MAX - RECORD_HEADER || !read_all(client, record + RECORD_HEADER, len))
		return false;
	*last = record[0] == APPLICATION_DATA && len > FINISHED_MAX;
	return write_all(server, record, RECORD_HEADER + len);
}

static bool pass_back(int server, int client)
{
	uint8_t bytes[4096];
	ssize_t got = read(server, bytes, sizeof(bytes));

	return got > 0 && write_all(client, bytes, (size_t)got);
}

static void carry(int client, int server)
{
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN },
				 { .fd = server, .events = POLLIN } };
	bool last = false;
	uint8_t rest[4096];

	while (!last && poll(fds, 2, PATIENCE_MS) > 0) {
		if (fds[1].revents && !pass_back(server, client))
			return;
		if (fds[0].revents && !pass_record(client, server, &last))
			return;
	}
	/* The server must get to read what was passed on, which a reset would take from it. */
	shutdown(server, SHUT_WR);
	while (poll(&fds[1], 1, PATIENCE_MS) > 0 && read(server, rest, sizeof(rest)) > 0)
		continue;
}

static int listen_anywhere(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)at, len) || listen(fd, 64) ||
	    getsockname(fd, (struct sockaddr *)at, &len)) {
		fprintf(stderr, "cut_line: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

static void one_contact(int listener, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int client = accept(listener, NULL, NULL);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (client >= 0 && server >= 0 && !connect(server, (struct sockaddr *)&to, sizeof(to)))
		carry(client, server);
	if (client >= 0)
		close(client);
	if (server >= 0)
		close(server);
}

int main(int argc, char **argv)
{
	unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct sockaddr_in at;
	int listener;

	if (!port || port > UINT16_MAX) {
		fprintf(stderr, "usage: cut_line PORT\n");
		return 2;
	}
	listener = listen_anywhere(&at);
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		struct pollfd fds[2] = { { .fd = listener, .events = POLLIN },
					 { .fd = STDIN_FILENO, .events = POLLIN } };

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (fds[1].revents)
			return 0;
		if (fds[0].revents)
			one_contact(listener, (uint16_t)port);
	}
}
