/* How long a line takes there and back, and what it loses: small UDP packets, one after another at a steady pace.
 *
 * usage: line_probe --echo ADDR:PORT            sends back what comes, until it is ended
 *        line_probe --to ADDR:PORT [--count N] [--every-ms MS] [--bytes B] */
#include "bench.h"
#include "rows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BYTES_MAX = 1400, PATIENCE_MS = 3000, SENT_MAX = 100000 };

static const char *echo_at, *to;
static int64_t count = 200, every_ms = 50, bytes = 36;

static struct opt options[] = {
	ROW_TEXT("echo", echo_at, "ADDR:PORT", "to send back what comes there"),
	ROW_TEXT("to", to, "ADDR:PORT", "where somebody sends it back"),
	ROW_NUMBER("count", count, 1, SENT_MAX, "N", "packets (200)"),
	ROW_NUMBER("every-ms", every_ms, 1, 10000, "MS", "one (50)"),
	ROW_NUMBER("bytes", bytes, 16, BYTES_MAX, "B", "of each, headers of 28 come on top (36)"),
};

static struct sockaddr_in address(const char *text)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	const char *colon = strchr(text, ':');
	char host[64];

	if (!colon || colon - text >= (long)sizeof(host))
		bench_fail("%s is not ADDR:PORT", text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = 0;
	a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &a.sin_addr) != 1)
		bench_fail("%s is not ADDR:PORT", text);
	return a;
}

static void echo(int fd)
{
	struct sockaddr_in at = address(echo_at), from;
	uint8_t packet[BYTES_MAX];

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		bench_fail("%s: %s", echo_at, strerror(errno));
	puts("ready");
	fflush(stdout);
	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);

		if (n > 0)
			(void)!sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}

/* Those that come until `end_s`; a packet says which it is. */
static void hear(int fd, const double *sent_s, struct samples *rtt, double end_s)
{
	uint8_t packet[BYTES_MAX];
	uint64_t which;

	for (;;) {
		double left = end_s - bench_now_s();
		struct pollfd p = { fd, POLLIN, 0 };

		if (poll(&p, 1, left > 0 ? (int)(left * 1e3) + 1 : 0) <= 0) {
			if (left <= 0 || bench_now_s() >= end_s)
				return;
			continue;
		}
		if (recv(fd, packet, sizeof(packet), 0) < (ssize_t)sizeof(which))
			continue;
		memcpy(&which, packet, sizeof(which));
		if (which < (uint64_t)count)
			samples_add(rtt, bench_now_s() - sent_s[which]);
	}
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct samples rtt = { NULL, 0, 0 };
	uint8_t packet[BYTES_MAX] = { 0 };
	struct err e = { 0 };
	double *sent_s, begun_s;
	struct sockaddr_in at;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "line_probe");
	if (echo_at)
		echo(fd);
	if (!to)
		bench_fail("usage: line_probe --echo ADDR:PORT | --to ADDR:PORT");
	at = address(to);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		bench_fail("%s: %s", to, strerror(errno));
	sent_s = bench_have(calloc((size_t)count, sizeof(*sent_s)));
	begun_s = bench_now_s();
	for (uint64_t i = 0; i < (uint64_t)count; i++) {
		memcpy(packet, &i, sizeof(i));
		sent_s[i] = bench_now_s();
		(void)!send(fd, packet, (size_t)bytes, 0);
		hear(fd, sent_s, &rtt, begun_s + (double)((int64_t)i + 1) * (double)every_ms / 1e3);
	}
	if (rtt.count < (size_t)count)
		hear(fd, sent_s, &rtt, bench_now_s() + PATIENCE_MS / 1e3);
	printf("probe sent=%lld back=%zu loss_percent=%.1f min_ms=%.2f p50_ms=%.2f p99_ms=%.2f\n",
	       (long long)count, rtt.count,
	       100.0 * (double)((size_t)count - rtt.count) / (double)count,
	       samples_at(&rtt, 0) * 1e3, samples_at(&rtt, 0.5) * 1e3,
	       samples_at(&rtt, 0.99) * 1e3);
	samples_fini(&rtt);
	free(sent_s);
	close(fd);
	return 0;
}
