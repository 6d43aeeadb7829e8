/* A bad line between two network namespaces: a TUN device in each, and what goes in at one comes out at the other, later,
 * slower, or never. Needs root. Each direction has a rate and a delay of its own; packets that find the queue full are
 * lost besides. Chance is the same each time.
 *
 * usage: bad_line --a NETNS --b NETNS [--delay-ms D] [--loss-percent P] [--kbit K] [--queue N] [--seed S]
 * It prints "ready" when both devices (ketnap0, to be given addresses) are there, and on SIGTERM what it did:
 * late_ms is how much later than they should have packets went on, at the most. */
#include "bench.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, QUEUE_MAX = 256 };

static const char *netns_a, *netns_b;
static int64_t delay_ms, loss_percent, kbit, queue = 32, seed = 1;

static struct opt options[] = {
	ROW_TEXT("a", netns_a, "NETNS", "one namespace, of `ip netns`"),
	ROW_TEXT("b", netns_b, "NETNS", "the other"),
	ROW_NUMBER("delay-ms", delay_ms, 0, 10000, "D", "each way (0)"),
	ROW_NUMBER("loss-percent", loss_percent, 0, 100, "P", "each way (0)"),
	ROW_NUMBER("kbit", kbit, 0, 1000000, "K", "a second, each way (0: as fast as it goes)"),
	ROW_NUMBER("queue", queue, 1, QUEUE_MAX, "N", "packets that may wait for the line (32)"),
	ROW_NUMBER("seed", seed, 1, INT32_MAX, "S", "of chance (1)"),
};

struct packet {
	double sent_s, due_s; /* when the line is free of it; when it comes out */
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

struct way {
	int from, to;
	struct packet ring[QUEUE_MAX * 8]; /* waiting for the line, or on their way */
	size_t head, count;
	double free_s; /* when the line takes the next one */
	uint64_t packets, bytes, lost, full;
	double late_s;
};

static struct way ways[2];
static uint64_t chance;
static volatile sig_atomic_t ending;

static void on_term(int signo)
{
	(void)signo;
	ending = 1;
}

static int open_tun(const char *netns)
{
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	char path[256];
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there, fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET))
		bench_fail("%s: %s", path, strerror(errno));
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	snprintf(r.ifr_name, sizeof(r.ifr_name), "ketnap0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r))
		bench_fail("/dev/net/tun: %s", strerror(errno));
	if (setns(home, CLONE_NEWNET))
		bench_fail("back from %s: %s", path, strerror(errno));
	close(there);
	close(home);
	return fd;
}

static struct packet *at(struct way *w, size_t i)
{
	return &w->ring[(w->head + i) % ARRAY_LEN(w->ring)];
}

static size_t waiting(struct way *w, double now_s)
{
	size_t n = 0;

	while (n < w->count && at(w, w->count - 1 - n)->sent_s > now_s)
		n++;
	return n;
}

static void take(struct way *w, const uint8_t *bytes, size_t len, double now_s)
{
	double begins = w->free_s > now_s ? w->free_s : now_s;
	struct packet *p;

	w->packets++;
	w->bytes += len;
	if (draw_below(&chance, 100) < (uint32_t)loss_percent) {
		w->lost++;
		return;
	}
	if (w->count == ARRAY_LEN(w->ring) || waiting(w, now_s) >= (size_t)queue) {
		w->full++;
		return;
	}
	p = at(w, w->count++);
	p->len = len;
	memcpy(p->bytes, bytes, len);
	w->free_s = p->sent_s = begins + (kbit ? (double)len * 8 / ((double)kbit * 1e3) : 0);
	p->due_s = p->sent_s + (double)delay_ms / 1e3;
}

static void take_all(struct way *w)
{
	uint8_t bytes[PACKET_MAX];
	ssize_t n;

	while ((n = read(w->from, bytes, sizeof(bytes))) > 0)
		take(w, bytes, (size_t)n, bench_now_s());
}

/* What is due goes on. When the next one is, in seconds from now; below 0 when there is none. */
static double pass_on(struct way *w)
{
	double now_s = bench_now_s();

	while (w->count && at(w, 0)->due_s <= now_s) {
		struct packet *p = at(w, 0);

		if (write(w->to, p->bytes, p->len) < 0)
			w->full++; /* the device is not up yet, or any more */
		if (now_s - p->due_s > w->late_s)
			w->late_s = now_s - p->due_s;
		w->head = (w->head + 1) % ARRAY_LEN(w->ring);
		w->count--;
	}
	return w->count ? at(w, 0)->due_s - now_s : -1;
}

static struct timespec timeout_of(double a, double b)
{
	double s = a < 0 ? b : b < 0 || a < b ? a : b;

	if (s < 0)
		s = 3600;
	return (struct timespec){ (time_t)s, (long)((s - (double)(time_t)s) * 1e9) };
}

static void tell(const char *name, const struct way *w)
{
	printf("line way=%s packets=%llu bytes=%llu lost=%llu full=%llu late_ms=%.1f\n", name,
	       (unsigned long long)w->packets, (unsigned long long)w->bytes,
	       (unsigned long long)w->lost, (unsigned long long)w->full, w->late_s * 1e3);
}

int main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	struct err e = { 0 };
	sigset_t blocked, open_mask;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "bad_line");
	if (!netns_a || !netns_b)
		bench_fail("usage: bad_line --a NETNS --b NETNS");
	chance = (uint64_t)seed;
	ways[0].from = ways[1].to = open_tun(netns_a);
	ways[0].to = ways[1].from = open_tun(netns_b);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &open_mask);
	sigaction(SIGTERM, &term, NULL);
	puts("ready");
	fflush(stdout);
	while (!ending) {
		struct pollfd fds[2] = { { ways[0].from, POLLIN, 0 }, { ways[1].from, POLLIN, 0 } };
		double a = pass_on(&ways[0]), b = pass_on(&ways[1]);
		struct timespec until = timeout_of(a, b);

		if (ppoll(fds, 2, &until, &open_mask) < 0 && errno != EINTR)
			bench_fail("poll: %s", strerror(errno));
		take_all(&ways[0]);
		take_all(&ways[1]);
	}
	tell("a-b", &ways[0]);
	tell("b-a", &ways[1]);
	return 0;
}
