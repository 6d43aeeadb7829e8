/* A bad line: forwards TCP on loopback in pieces of 1..n bytes, with pauses, and cuts connections after
 * a random number of bytes of either direction, or leaves the server with a peer who is gone and never said so. Which pieces and cuts follows from the seed and the order
 * of connections.
 * usage: chop_proxy --to PORT [--seed N]
 * Prints `ready PORT` and is gentle (pieces, no cuts) until SIGUSR1; gentle again after SIGUSR2. SIGTERM:
 * prints what was done and ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PAIRS = 1024,
	HELD_BYTES = 16384,
	CUT_PERCENT = 50,
	CUT_WITHIN_BYTES = 3500, /* a month takes about 3 KB each way, most of it the handshake */
	SILENCE_MS = 250,
	HALF_OPEN_MS = 8000,
	IDLE_MS = 1000,
	FORGOTTEN_MS = 150000, /* longer than either program waits for the other */
};

enum cut_how { CUT_NOT, CUT_CLOSE, CUT_RESET, CUT_SILENT, CUT_HALF_OPEN };

struct flow {
	uint8_t held[HELD_BYTES];
	size_t start, len;
	uint64_t passed, cut_at; /* 0: not cut */
	int64_t next_ms;
	bool ended, told; /* the sender has ended; the receiver knows */
};

struct pair {
	int client, server; /* client -1: free */
	bool connecting;
	struct flow up, down;
	size_t piece_max;
	enum cut_how how;
	int64_t silent_until; /* 0: not cut yet */
	int64_t moved_ms;     /* bytes went one way or the other */
};

static struct pair pairs[PAIRS];
static volatile sig_atomic_t rough, stopping;
static uint64_t dice_state;
static struct {
	unsigned long connections, refused, cut_up, cut_down, resets, silent, half_open, pieces,
		bytes;
} done;

static uint64_t dice(uint64_t below)
{
	uint64_t z = dice_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_signal(int no)
{
	if (no == SIGTERM)
		stopping = 1;
	else
		rough = no == SIGUSR1;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int new_socket(void)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* ---- one connection ---- */

static void end_pair(struct pair *p, bool reset)
{
	struct linger at_once = { 1, 0 };

	if (reset) {
		setsockopt(p->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		setsockopt(p->server, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	}
	close(p->client);
	close(p->server);
	p->client = p->server = -1;
}

static void draw_fate(struct pair *p)
{
	static const size_t pieces[] = { 1, 5, 20, 50, 120, 400, 1500, HELD_BYTES };

	p->piece_max = pieces[dice(sizeof(pieces) / sizeof(pieces[0]))];
	if (dice(100) >= CUT_PERCENT)
		return;
	p->how = (enum cut_how)(CUT_CLOSE + dice(4));
	if (dice(2))
		p->up.cut_at = 1 + dice(CUT_WITHIN_BYTES);
	else
		p->down.cut_at = 1 + dice(CUT_WITHIN_BYTES);
}

static void accept_one(int listener, const struct sockaddr_in *to, int64_t now)
{
	struct pair *p = pairs;
	int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	while (p < pairs + PAIRS && p->client >= 0)
		p++;
	if (p == pairs + PAIRS) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	memset(p, 0, sizeof(*p));
	p->client = fd;
	p->moved_ms = now;
	p->server = new_socket();
	draw_fate(p);
	done.connections++;
	if (!connect(p->server, (const struct sockaddr *)to, sizeof(*to)))
		return;
	p->connecting = errno == EINPROGRESS;
	if (!p->connecting) {
		done.refused++;
		end_pair(p, false);
	}
}

/* False: the connection is no more. */
static bool take(struct pair *p, struct flow *f, int from)
{
	ssize_t n;

	if (f->start + f->len == HELD_BYTES) {
		memmove(f->held, f->held + f->start, f->len);
		f->start = 0;
	}
	n = recv(from, f->held + f->start + f->len, HELD_BYTES - f->start - f->len, 0);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		end_pair(p, false);
		return false;
	}
	if (!n)
		f->ended = true;
	if (n > 0)
		f->len += (size_t)n;
	return true;
}

/* The client's end is gone, the server's hangs: as on a line on which the last packets were lost. */
static void leave_half_open(struct pair *p, int64_t now)
{
	int peer = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (peer < 0)
		die("/dev/null");
	close(p->client);
	p->client = peer;
	p->silent_until = now + HALF_OPEN_MS;
}

static void cut(struct pair *p, struct flow *f, int64_t now)
{
	if (f == &p->up)
		done.cut_up++;
	else
		done.cut_down++;
	done.resets += p->how == CUT_RESET;
	done.silent += p->how == CUT_SILENT;
	done.half_open += p->how == CUT_HALF_OPEN;
	if (p->how == CUT_SILENT)
		p->silent_until = now + SILENCE_MS;
	else if (p->how == CUT_HALF_OPEN)
		leave_half_open(p, now);
	else
		end_pair(p, p->how == CUT_RESET);
}

/* One piece, when it is its time. False: the connection is no more, or silent. */
static bool give(struct pair *p, struct flow *f, int to, int64_t now)
{
	size_t piece = 1 + dice(p->piece_max);
	bool cuts;
	ssize_t n;

	if (piece > f->len)
		piece = f->len;
	cuts = rough && f->cut_at && f->passed + piece >= f->cut_at;
	if (cuts)
		piece = f->cut_at > f->passed ? (size_t)(f->cut_at - f->passed) : 0;
	n = piece ? send(to, f->held + f->start, piece, MSG_NOSIGNAL) : 0;
	if (cuts) { /* the last bytes may or may not arrive */
		cut(p, f, now);
		return false;
	}
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		end_pair(p, false);
		return false;
	}
	f->start += (size_t)n;
	f->len -= (size_t)n;
	f->passed += (uint64_t)n;
	p->moved_ms = now;
	if (!f->len)
		f->start = 0;
	done.pieces++;
	done.bytes += (unsigned long)n;
	/* About one pause for a hundred bytes, however small the pieces. */
	if (rough && dice(100) < (uint64_t)n)
		f->next_ms = now + 1 + (int64_t)dice(3);
	return true;
}

static bool move(struct pair *p, struct flow *f, int from, int to, short seen, int64_t now)
{
	if ((seen & (POLLIN | POLLHUP | POLLERR)) && !f->ended && f->len < HELD_BYTES &&
	    !take(p, f, from))
		return false;
	if (f->len && now >= f->next_ms)
		return give(p, f, to, now);
	if (f->ended && !f->len && !f->told) {
		shutdown(to, SHUT_WR);
		f->told = true;
	}
	return true;
}

static void serve(struct pair *p, short seen_client, short seen_server, int64_t now)
{
	int trouble = 0;
	socklen_t len = sizeof(trouble);

	if (p->silent_until) {
		if (now >= p->silent_until)
			end_pair(p, false);
		return;
	}
	if (p->connecting) {
		if (!(seen_server & (POLLOUT | POLLERR | POLLHUP)))
			return;
		getsockopt(p->server, SOL_SOCKET, SO_ERROR, &trouble, &len);
		p->connecting = false;
		if (trouble) { /* the server is dead: nobody answers */
			done.refused++;
			end_pair(p, false);
		}
		return;
	}
	if (!move(p, &p->up, p->client, p->server, seen_client, now) ||
	    !move(p, &p->down, p->server, p->client, seen_server, now))
		return;
	/* Where packets are dropped an end may leave and nobody here learns of it. */
	if ((p->up.told && p->down.told) || now - p->moved_ms >= FORGOTTEN_MS)
		end_pair(p, false);
}

/* ---- the loop ---- */

static short wishes(const struct flow *in)
{
	return !in->ended && in->len < HELD_BYTES ? POLLIN : 0;
}

static int64_t next_of(const struct flow *f, int64_t now)
{
	if (!f->len)
		return now + IDLE_MS;
	return f->next_ms > now ? f->next_ms : now;
}

/* How long this one can wait; fills in its two places. */
static int64_t prepare(const struct pair *p, struct pollfd *at, int64_t now)
{
	int64_t up, down;

	at[0] = at[1] = (struct pollfd){ .fd = -1 };
	if (p->client < 0)
		return now + IDLE_MS;
	if (p->silent_until)
		return p->silent_until;
	if (p->connecting) {
		at[1] = (struct pollfd){ .fd = p->server, .events = POLLOUT };
		return now + IDLE_MS;
	}
	/* A side that has ended reports it for ever: look at it only while something is wanted. */
	if (wishes(&p->up))
		at[0] = (struct pollfd){ .fd = p->client, .events = POLLIN };
	if (wishes(&p->down))
		at[1] = (struct pollfd){ .fd = p->server, .events = POLLIN };
	up = next_of(&p->up, now);
	down = next_of(&p->down, now);
	return up < down ? up : down;
}

static void turn(int listener, const struct sockaddr_in *to)
{
	static struct pollfd fds[2 * PAIRS + 1];
	int64_t now = now_ms(), until = now + IDLE_MS;

	for (size_t i = 0; i < PAIRS; i++) {
		int64_t at = prepare(&pairs[i], &fds[2 * i], now);

		if (at < until)
			until = at;
	}
	fds[2 * PAIRS] = (struct pollfd){ .fd = listener, .events = POLLIN };
	if (poll(fds, 2 * PAIRS + 1, (int)(until - now)) < 0)
		return; /* a signal */
	now = now_ms();
	for (size_t i = 0; i < PAIRS; i++)
		if (pairs[i].client >= 0)
			serve(&pairs[i], fds[2 * i].revents, fds[2 * i + 1].revents, now);
	if (fds[2 * PAIRS].revents)
		accept_one(listener, to, now);
}

static int listen_somewhere(uint16_t *port)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof(at);
	int fd = new_socket();

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 128) ||
	    getsockname(fd, (struct sockaddr *)&at, &len))
		die("listen");
	*port = ntohs(at.sin_port);
	return fd;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct sockaddr_in to = loopback(0);
	uint16_t port;
	int listener;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--to"))
			to = loopback((uint16_t)strtoul(argv[i + 1], NULL, 10));
		else if (!strcmp(argv[i], "--seed"))
			dice_state = strtoull(argv[i + 1], NULL, 10);
	}
	if (!to.sin_port) {
		fprintf(stderr, "usage: chop_proxy --to PORT [--seed N]\n");
		return 2;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGUSR1, &act, NULL);
	sigaction(SIGUSR2, &act, NULL);
	for (size_t i = 0; i < PAIRS; i++)
		pairs[i].client = -1;
	listener = listen_somewhere(&port);
	printf("ready %u\n", port);
	fflush(stdout);
	while (!stopping)
		turn(listener, &to);
	printf("line: %lu connections, %lu found no server, %lu bytes in %lu pieces, cut %lu times upwards and %lu "
	       "downwards (%lu resets, %lu silences, %lu left half open)\n",
	       done.connections, done.refused, done.bytes, done.pieces, done.cut_up, done.cut_down,
	       done.resets, done.silent, done.half_open);
	return done.cut_up && done.cut_down ? 0 : 1;
}
