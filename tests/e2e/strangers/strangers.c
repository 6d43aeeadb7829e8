/* People who mean a server no good, many at a time, from many addresses; and what the server does meanwhile: its
 * memory and descriptors are looked at ten times a second and must stay under a bound that is told, and come back
 * when the strangers have gone. Who works beside them is another program: surge_load.
 *
 * usage: strangers --as KIND --server HOST:PORT --clients DIR --server-pid PID [--count N] [--ms M]
 *   handshake  a byte of a ClientHello every half second            each ended by the server in 10 s
 *   hello      TLS, then a byte of a Hello every half second        each ended in 10 s from the handshake
 *   frame      greeted, most of a Submit at once, then bytes        each ended in 60 s from the frame's first byte
 *   unread     greeted, pages asked for, nothing read              each ended in 130 s: idle, and the close
 *   idle       greeted, then nothing for --ms                       none ended
 *   garbage    random bytes instead of TLS, again and again
 *   noise      TLS, then random bytes, again and again
 *   hellos     TLS, a valid Hello, its answer, again and again
 *   enrols     TLS without a certificate, Enrol with a wrong proof, again and again
 *   oversized  greeted, then a length over the limit, again and again; each is told
 *   nested     greeted, then messages as deep and as full of small ones as a frame holds
 *   old        handshakes of TLS 1.0 to 1.2: none succeeds
 * Ends 0 when all was as it says, else 1. */
#include "strangers.h"

#include "base/opt.h"
#include "bench.h"
#include "rows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	HOSTS = 64,
	EVENTS = 256,
	DIAL_AT_ONCE = 128,
	SPARE_FILES = 64,
	OTHER_FILES = 128,
	BACK_FILES = 8,
	READ_BYTES = 16384
};
enum {
	LOOK_MS = 100,
	DRIP_MS = 500,
	SLACK_MS = 5000,
	BACK_MS = 10000,
	PATIENCE_MS = 60000,
	RCVBUF_BYTES = 4096
};

static const char *server, *dir, *as;
static int64_t count = 256, run_ms = 5000, server_pid;

static struct opt options[] = {
	ROW_TEXT("as", as, "KIND", "what they do"),
	ROW_SERVER(server),
	ROW_CLIENTS(dir),
	ROW_SERVER_PID(server_pid),
	ROW_NUMBER("count", count, 1, 20000, "N", "strangers at a time (256)"),
	ROW_MS(run_ms, 0, "how long floods and the idle go on (5000)"),
};

/* What a stranger costs at most in KiB, besides SPARE_KIB for the whole server: a connection that is greeted, and
 * what of a frame it may make the server keep (untaken input, or answers that it does not take). */
enum { EACH_KIB = 64, FRAME_KIB = 320, UNREAD_KIB = 1536, SPARE_KIB = 48 * 1024 };

static const struct kind kinds[] = {
	{ .name = "handshake", .way = WAY_RAW, .drip = first_hello, .ended_ms = 10000 },
	{ .name = "hello", .way = WAY_TLS, .drip = own_hello, .ended_ms = 10000 },
	{ .name = "frame",
	  .way = WAY_GREETED,
	  .drip = half_submit,
	  .ended_ms = 60000,
	  .each_kib = FRAME_KIB },
	{ .name = "unread",
	  .way = WAY_GREETED,
	  .say = pulls,
	  .deaf = true,
	  .ended_ms = 130000,
	  .each_kib = UNREAD_KIB },
	{ .name = "idle", .way = WAY_GREETED, .stays = true },
	{ .name = "garbage", .way = WAY_RAW, .say = random_bytes, .again = true },
	{ .name = "noise", .way = WAY_TLS, .say = random_bytes, .again = true },
	{ .name = "hellos", .way = WAY_GREETED, .say = nothing, .again = true, .leaves = true },
	{ .name = "enrols", .way = WAY_NOBODY, .say = wrong_enrol, .again = true },
	{ .name = "oversized",
	  .way = WAY_GREETED,
	  .say = too_long,
	  .again = true,
	  .told = true,
	  .each_kib = FRAME_KIB },
	{ .name = "nested",
	  .way = WAY_GREETED,
	  .say = nested,
	  .again = true,
	  .told = true,
	  .each_kib = FRAME_KIB },
	{ .name = "old", .way = WAY_OLD, .again = true },
};

enum stage { FREE, CONNECTING, SHAKING, ASKING, ACTING };

struct stranger {
	enum stage stage;
	int fd;
	SSL *ssl;
	uint32_t waits;
	size_t index;
	double begun_s, dripped_s; /* from where its end is counted; the last byte of a drip */
	struct buf out;
	size_t sent, free_bytes; /* of `out`: at once */
	uint8_t frame[FRAME_HEADER];
	size_t in;
	bool answered;
};

static struct {
	const struct kind *kind;
	SSL_CTX *ctx;
	int epoll;
	struct sockaddr_in server;
	struct clients clients;
	struct stranger *list;
	size_t busy, dialed, came, greeted, ended, told, shaken, refused;
	double latest_s; /* the longest that one lived */
	struct weight before, peak, now;
	uint64_t draws;
} st;

/* ---- the server from outside ---- */

static void look(void)
{
	st.now = weigh((pid_t)server_pid);
	if (st.now.kib > st.peak.kib)
		st.peak.kib = st.now.kib;
	if (st.now.files > st.peak.files)
		st.peak.files = st.now.files;
}

/* ---- one stranger ---- */

static void wait_for(struct stranger *s, uint32_t events, int op)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	if (op == EPOLL_CTL_MOD && s->waits == events)
		return;
	s->waits = events;
	if (epoll_ctl(st.epoll, op, s->fd, &ev))
		bench_fail("epoll: %s", strerror(errno));
}

static void hang_up(struct stranger *s)
{
	SSL_free(s->ssl);
	s->ssl = NULL;
	close(s->fd);
	s->fd = -1;
	s->stage = FREE;
	ERR_clear_error();
	st.busy--;
}

static void over(struct stranger *s)
{
	double lived_s = bench_now_s() - s->begun_s;

	st.ended++;
	if (lived_s > st.latest_s)
		st.latest_s = lived_s;
	st.refused += s->stage < ACTING;
	hang_up(s);
}

static void dial(struct stranger *s)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	int one = 1, small = RCVBUF_BYTES;
	struct linger now = { .l_onoff = 1 };

	own.sin_addr.s_addr = htonl(0x7f000100 + (uint32_t)(1 + st.dialed++ % HOSTS));
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		bench_fail("a socket: %s", strerror(errno));
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now,
		   sizeof(now)); /* no port rests for a minute */
	setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (st.kind->deaf)
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (bind(s->fd, (struct sockaddr *)&own, sizeof(own)))
		bench_fail("bind: %s", strerror(errno));
	if (connect(s->fd, (const struct sockaddr *)&st.server, sizeof(st.server)) &&
	    errno != EINPROGRESS)
		bench_fail("connect: %s", strerror(errno));
	s->begun_s = s->dripped_s = bench_now_s();
	s->stage = CONNECTING;
	s->in = s->sent = s->free_bytes = 0;
	s->answered = false;
	buf_reset(&s->out);
	st.busy++;
	st.came++;
	wait_for(s, EPOLLOUT, EPOLL_CTL_ADD);
}

static const struct client *who(const struct stranger *s)
{
	return &st.clients.list[s->index % st.clients.count];
}

static void begin_tls(struct stranger *s)
{
	s->ssl = bench_have(SSL_new(st.ctx));
	if (st.kind->way == WAY_OLD) {
		static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION };

		SSL_set_security_level(s->ssl, 0);
		SSL_set_min_proto_version(s->ssl, TLS1_VERSION);
		SSL_set_max_proto_version(s->ssl, versions[s->index % 3]);
	}
	if (st.kind->way != WAY_NOBODY && (SSL_use_certificate(s->ssl, who(s)->cert) != 1 ||
					   SSL_use_PrivateKey(s->ssl, who(s)->key) != 1))
		bench_fail("a client's certificate or key is not usable");
	SSL_set_fd(s->ssl, s->fd);
	SSL_set_connect_state(s->ssl);
	s->stage = SHAKING;
}

/* -1: the line is gone; 0: nothing now; else bytes. */
static int put(struct stranger *s, const uint8_t *bytes, size_t len)
{
	ssize_t n;

	if (!s->ssl) {
		n = send(s->fd, bytes, len, MSG_NOSIGNAL);
		return n >= 0 ? (int)n : errno == EAGAIN ? 0 : -1;
	}
	n = SSL_write(s->ssl, bytes, (int)len);
	if (n > 0)
		return (int)n;
	n = SSL_get_error(s->ssl, (int)n);
	return n == SSL_ERROR_WANT_WRITE || n == SSL_ERROR_WANT_READ ? 0 : -1;
}

static int get(struct stranger *s, uint8_t *bytes, size_t len)
{
	ssize_t n;

	if (!s->ssl) {
		n = recv(s->fd, bytes, len, 0);
		return n > 0 ? (int)n : n < 0 && errno == EAGAIN ? 0 : -1;
	}
	n = SSL_read(s->ssl, bytes, (int)len);
	if (n > 0)
		return (int)n;
	n = SSL_get_error(s->ssl, (int)n);
	return n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void write_out(struct stranger *s)
{
	size_t may = s->out.len;

	if (s->stage == ACTING && st.kind->drip)
		may = s->free_bytes < may ? s->free_bytes : may;
	while (s->stage >= ASKING && s->sent < may) {
		int n = put(s, s->out.data + s->sent, may - s->sent);

		if (n < 0) {
			over(s);
			return;
		}
		if (!n)
			break;
		s->sent += (size_t)n;
	}
	if (s->stage >= ASKING)
		wait_for(s,
			 (st.kind->deaf && s->stage == ACTING ? 0 : EPOLLIN) |
				 (s->sent < may ? EPOLLOUT : 0),
			 EPOLL_CTL_MOD);
}

static void act(struct stranger *s)
{
	struct said said = { &s->out, who(s), &st.draws, 0 };

	s->stage = ACTING;
	s->sent = 0;
	buf_reset(&s->out);
	if (st.kind->leaves) {
		hang_up(s);
		return;
	}
	if (st.kind->ended_ms && st.kind->way != WAY_RAW)
		s->begun_s = bench_now_s();
	if (st.kind->drip)
		st.kind->drip(&said);
	else if (st.kind->say)
		st.kind->say(&said);
	s->free_bytes = said.at_once;
	write_out(s);
}

static void ask(struct stranger *s)
{
	s->stage = ASKING;
	s->sent = 0;
	buf_reset(&s->out);
	buf_bytes(&s->out, span_of(who(s)->flight.data, who(s)->hello_bytes));
	write_out(s);
}

static void connected(struct stranger *s)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error)
		over(s);
	else if (st.kind->way == WAY_RAW)
		act(s);
	else
		begin_tls(s);
}

static void shake(struct stranger *s)
{
	int rc = SSL_do_handshake(s->ssl);

	if (rc == 1) {
		st.shaken++;
		if (st.kind->way == WAY_GREETED)
			ask(s);
		else
			act(s);
		return;
	}
	rc = SSL_get_error(s->ssl, rc);
	if (rc == SSL_ERROR_WANT_READ)
		wait_for(s, EPOLLIN, EPOLL_CTL_MOD);
	else if (rc == SSL_ERROR_WANT_WRITE)
		wait_for(s, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
	else
		over(s);
}

/* The first frame's head tells what was answered; the rest is dropped. */
static void heard(struct stranger *s, const uint8_t *bytes, size_t len)
{
	size_t had = s->in, type;

	for (size_t i = 0; i < len && s->in < FRAME_HEADER; i++)
		s->frame[s->in++] = bytes[i];
	if (s->in < FRAME_HEADER || had >= FRAME_HEADER)
		return;
	type = (size_t)s->frame[4] << 8 | s->frame[5];
	if (s->stage == ACTING) {
		st.told += type == FRAME_ERROR || type == FRAME_ENROL_ACK || type == FRAME_BUSY ||
			   type == FRAME_ACK;
		return;
	}
	if (type != FRAME_HELLO_ACK) {
		over(s);
		return;
	}
	st.greeted++;
	s->answered = true;
}

static void read_in(struct stranger *s)
{
	static uint8_t bytes[READ_BYTES];
	int n;

	while (s->stage >= ASKING && (n = get(s, bytes, sizeof(bytes)))) {
		if (n < 0) {
			over(s);
			return;
		}
		heard(s, bytes, (size_t)n);
		if (s->stage == ASKING && s->answered) {
			s->in = 0;
			act(s);
			if (st.kind->deaf)
				return;
		}
	}
}

static void turn(struct stranger *s, uint32_t events)
{
	if (s->stage == CONNECTING)
		connected(s);
	if (s->stage == SHAKING)
		shake(s);
	if (s->stage >= ASKING && events & (EPOLLHUP | EPOLLERR) && st.kind->deaf) {
		over(s);
		return;
	}
	if (s->stage >= ASKING)
		write_out(s);
	if (s->stage >= ASKING && !(st.kind->deaf && s->stage == ACTING))
		read_in(s);
}

static void drip(struct stranger *s, double now_s)
{
	if (s->stage != ACTING || !st.kind->drip || now_s - s->dripped_s < DRIP_MS / 1e3 ||
	    s->free_bytes >= s->out.len)
		return;
	s->dripped_s = now_s;
	s->free_bytes++;
	write_out(s);
}

/* ---- all of them ---- */

static void turn_all(int wait_ms)
{
	struct epoll_event events[EVENTS];
	static double looked_s;
	double now_s;
	int n = epoll_wait(st.epoll, events, EVENTS, wait_ms);

	for (int i = 0; i < n; i++) {
		struct stranger *s = events[i].data.ptr;

		if (s->stage != FREE)
			turn(s, events[i].events);
	}
	now_s = bench_now_s();
	if (now_s - looked_s < LOOK_MS / 1e3)
		return;
	looked_s = now_s;
	look();
	for (size_t i = 0; i < (size_t)count; i++)
		drip(&st.list[i], now_s);
}

static bool is_dialing(const struct stranger *s)
{
	return s->stage == CONNECTING || s->stage == SHAKING || s->stage == ASKING;
}

/* Some of those who are not there begin: never more than DIAL_AT_ONCE on their way in. */
static void come_in(size_t *next)
{
	size_t dialing = 0;

	for (size_t i = 0; i < (size_t)count; i++)
		dialing += is_dialing(&st.list[i]);
	for (; dialing < DIAL_AT_ONCE && *next < (size_t)count; dialing++)
		dial(&st.list[(*next)++]);
	for (size_t i = 0; st.kind->again && i < (size_t)count && dialing < DIAL_AT_ONCE; i++)
		if (i < *next && st.list[i].stage == FREE) {
			dial(&st.list[i]);
			dialing++;
		}
}

/* Whoever still works beside us has a few connections of its own. */
static bool is_back(void)
{
	return st.now.files <= st.before.files + BACK_FILES;
}

/* Who reads nothing is not told of its end either: it shows at the server alone. */
static bool all_ended(void)
{
	return st.kind->deaf ? is_back() : !st.busy;
}

/* On a machine that has much else to do, not before each of them was there. */
static bool all_were_here(void)
{
	size_t were = st.kind->way != WAY_GREETED ? st.came
		      : st.kind->again            ? st.greeted
						  : st.greeted + st.ended;

	return were >= (size_t)count;
}

static void go_on(void)
{
	double begun_s = bench_now_s(), last_s = begun_s + PATIENCE_MS / 1e3, end_s = 0;
	size_t next = 0;

	while (end_s <= 0 || bench_now_s() < end_s) {
		come_in(&next);
		turn_all(10);
		if (end_s > 0 && st.kind->ended_ms && all_ended())
			break;
		if (end_s > 0 || (!all_were_here() && bench_now_s() < last_s))
			continue;
		end_s = st.kind->again ? begun_s : bench_now_s();
		end_s += st.kind->ended_ms ? ((double)st.kind->ended_ms + SLACK_MS) / 1e3
					   : (double)run_ms / 1e3;
	}
}

static void leave(void)
{
	double end_s;

	for (size_t i = 0; i < (size_t)count; i++)
		if (st.list[i].stage != FREE)
			hang_up(&st.list[i]);
	end_s = bench_now_s() + BACK_MS / 1e3;
	do {
		turn_all(LOOK_MS);
		look();
	} while (!is_back() && bench_now_s() < end_s);
}

/* ---- what must be true ---- */

static int bad;

static void want(bool true_, const char *what)
{
	if (true_)
		return;
	fprintf(stderr, "strangers: %s: %s\n", st.kind->name, what);
	bad = 1;
}

static void judge(size_t stayed)
{
	const struct kind *k = st.kind;
	double bound_kib = SPARE_KIB + (double)count * (k->each_kib ? k->each_kib : EACH_KIB);

	printf("strangers as=%s count=%lld came=%zu greeted=%zu ended=%zu told=%zu shaken=%zu longest_s=%.1f "
	       "kib_before=%.0f kib_peak=%.0f kib_after=%.0f kib_bound=%.0f files_before=%u files_peak=%u "
	       "files_after=%u\n",
	       k->name, (long long)count, st.came, st.greeted, st.ended, st.told, st.shaken,
	       st.latest_s, st.before.kib, st.peak.kib, st.now.kib, bound_kib, st.before.files,
	       st.peak.files, st.now.files);
	want(st.came >= (size_t)count, "not all of them came");
	/* Of who comes again at once the server may not have seen the end yet; and there are the others. */
	want(st.peak.files <= st.before.files + (unsigned)count * (k->again ? 2 : 1) + OTHER_FILES,
	     "the server has more descriptors than there are connections");
	want(is_back(), "the server's descriptors did not come back");
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed */
	want(st.peak.kib - st.before.kib <= bound_kib, "the server's memory is not bounded");
#endif
	if (k->ended_ms) {
		want(k->deaf ? !stayed : st.ended == st.came && !stayed,
		     "the server did not end them all in time");
		want(st.latest_s <= ((double)k->ended_ms + SLACK_MS) / 1e3, "one lived too long");
	}
	if (k->way == WAY_GREETED)
		want(st.greeted >= (size_t)count, "not all of them were greeted");
	if (k->stays)
		want(!st.ended && stayed == (size_t)count, "the server ended some of the idle");
	if (k->told)
		want(st.told > 0, "nobody was told what was wrong");
	if (k->way == WAY_OLD)
		want(!st.shaken, "a handshake of an old TLS succeeded");
}

/* ---- begin ---- */

static void open_all(void)
{
	struct rlimit r;
	char host[64];
	unsigned port;

	signal(SIGPIPE, SIG_IGN);
	if (!getrlimit(RLIMIT_NOFILE, &r)) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
		if ((uint64_t)count + SPARE_FILES > r.rlim_cur)
			bench_fail("%lld strangers need more descriptors than the %llu allowed",
				   (long long)count, (unsigned long long)r.rlim_cur);
	}
	if (sscanf(server, "%63[0-9.]:%u", host, &port) != 2)
		bench_fail("%s is not ADDRESS:PORT", server);
	st.server = (struct sockaddr_in){ .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, host, &st.server.sin_addr);
	clients_load(&st.clients, dir, 0, 0);
	st.ctx = bench_have(SSL_CTX_new(TLS_client_method()));
	SSL_CTX_set_mode(st.ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (st.kind->way == WAY_OLD)
		SSL_CTX_set_cipher_list(st.ctx, "ALL:@SECLEVEL=0");
	else
		SSL_CTX_set_min_proto_version(st.ctx, TLS1_3_VERSION);
	st.epoll = epoll_create1(EPOLL_CLOEXEC);
	st.list = bench_have(calloc((size_t)count, sizeof(*st.list)));
	for (size_t i = 0; i < (size_t)count; i++) {
		st.list[i].fd = -1;
		st.list[i].index = i;
		buf_init(&st.list[i].out, 4 * FRAME_MAX);
	}
}

static void close_all(void)
{
	for (size_t i = 0; i < (size_t)count; i++)
		buf_fini(&st.list[i].out);
	free(st.list);
	SSL_CTX_free(st.ctx);
	close(st.epoll);
	clients_free(&st.clients);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	size_t stayed;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "strangers");
	for (size_t i = 0; as && i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].name, as))
			st.kind = &kinds[i];
	if (!st.kind || !server || !dir || !server_pid)
		bench_fail(
			"usage: strangers --as KIND --server HOST:PORT --clients DIR --server-pid PID");
	open_all();
	look();
	st.before = st.peak = st.now;
	go_on();
	stayed = st.kind->ended_ms && all_ended() ? 0 : st.busy;
	leave();
	judge(stayed);
	close_all();
	return bad;
}
