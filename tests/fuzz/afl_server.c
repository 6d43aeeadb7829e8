/* The whole server for AFL++: ketnapd's own `serve` runs in a thread of this program, with its loops, TLS, writer and
 * a store that is copied afresh for every LIFE of inputs. Each input is one connection of a stranger or of an
 * enrolled device. Afterwards the server must end that connection, have the descriptors it had, and greet an honest
 * device; after a life it must stop in order and its log must verify. Anything else is a crash.
 *
 *	afl_server TEMPLATE CLIENTS LIVE           under afl-fuzz; without it one input from stdin
 *	afl_server TEMPLATE CLIENTS LIVE --again FILE     all inputs of a life: LIVE.said, where it ended
 *	afl_server --seeds CLIENTS WIRE OUT       inputs to begin with; WIRE is the corpus of fuzz_wire
 *
 * TEMPLATE and CLIENTS are what make_clients writes, with two clients. LIVE is made anew each time. The first byte of an
 * input says what its bytes are: */
#include "clients.h"

#include "bench.h"
#include "cli.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum way {
	WAY_DEVICE,  /* what a device says, from its first byte on */
	WAY_GREETED, /* the same after its Hello */
	WAY_RAW,     /* instead of TLS */
	WAY_NOBODY,  /* after TLS without a certificate */
	WAY_MASK = 3,
	IN_TWO = 4, /* the rest of the byte says where it is cut */
	CUT_SHIFT = 3,
	CUT_STEP = 3
};
enum { LIFE = 250, INPUT_MAX = 1 << 20, PATIENCE_S = 20, HOSTS = 64 };

#ifdef __AFL_COMPILER
/* What its macros narrow is theirs. */
#pragma clang diagnostic ignored "-Wshorten-64-to-32"
#pragma clang diagnostic ignored "-Wsign-conversion"
__AFL_FUZZ_INIT();
#define FUZZ_BEGIN() __AFL_INIT()
/* Where the compiler counts what is reached, by names that the linker gives: its own ones it wants for itself. */
extern uint8_t *reached_map;
extern uint32_t reached_size;
#define FUZZ_LOOP(n) __AFL_LOOP(n)
#define FUZZ_BYTES __AFL_FUZZ_TESTCASE_BUF
#define FUZZ_LEN ((size_t)__AFL_FUZZ_TESTCASE_LEN)
#else
static uint8_t input[INPUT_MAX];
static int runs;
static uint8_t nothing, *reached_map = &nothing;
static uint32_t reached_size = 1;
#define FUZZ_BEGIN()
#define FUZZ_LOOP(n) (runs++ < 1)
#define FUZZ_BYTES input
#define FUZZ_LEN fread(input, 1, sizeof(input), stdin)
#endif

extern char **environ;

static struct {
	const char *template, *live;
	char said[4096];
	struct clients clients;
	struct sockaddr_in at;
	SSL_CTX *ctx;
	pthread_t thread;
	unsigned dialed;
	size_t files; /* descriptors of the process when nobody is connected */
} w;

struct talk {
	int fd;
	SSL *ssl;
};

static void die(const char *what)
{
	fprintf(stderr, "afl_server: %s\n", what);
	abort();
}

/* ---- the server ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int ketnapd(const char *const *args, int count)
{
	char *argv[16] = { NULL };

	assert(count < 16);
	for (int i = 0; i < count; i++)
		argv[i] = (char *)(uintptr_t)args[i];
	return cli_main(count, argv, now_ms);
}

static void *serve(void *arg)
{
	const char *const args[] = { "ketnapd",     "serve",       "--data",    "",
				     "--listen",    "127.0.0.1:0", "--threads", "1",
				     "--log-level", "error" };
	const char *now[ARRAY_LEN(args)];

	(void)arg;
	memcpy(now, args, sizeof(now));
	now[3] = w.live;
	if (ketnapd(now, ARRAY_LEN(args)))
		die("the server did not end in order");
	return NULL;
}

static void run(const char *const *args)
{
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, args[0], NULL, NULL, (char *const *)(uintptr_t)args, environ) ||
	    waitpid(pid, &status, 0) != pid || status)
		bench_fail("%s failed", args[0]);
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){ .tv_nsec = us * 1000 }, NULL);
}

/* Where it listens it writes down, once anybody can connect. */
static bool find_address(void)
{
	char path[4096], host[64], line[128] = "";
	unsigned port;
	FILE *f;

	snprintf(path, sizeof(path), "%s/address", w.live);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	if (sscanf(line, "%63[0-9.]:%u", host, &port) != 2)
		return false;
	w.at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, host, &w.at.sin_addr) == 1;
}

static void start_server(void)
{
	int64_t until = now_ms() + PATIENCE_S * 1000;

	run((const char *const[]){ "rm", "-rf", w.live, NULL });
	run((const char *const[]){ "cp", "-r", w.template, w.live, NULL });
	unlink(w.said);
	if (pthread_create(&w.thread, NULL, serve, NULL))
		bench_fail("no thread");
	while (!find_address()) {
		if (now_ms() > until)
			die("the server does not start");
		pause_us(2000);
	}
}

static void stop_server(void)
{
	const char *const verify[] = { "ketnapd", "verify", "--data", w.live };

	kill(getpid(), SIGTERM);
	if (pthread_join(w.thread, NULL))
		bench_fail("no end of a thread");
	if (ketnapd(verify, ARRAY_LEN(verify)))
		die("the log does not verify");
}

/* ---- a connection ---- */

static void dial(struct talk *t)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = PATIENCE_S };

	/* from several own addresses: one alone runs out of ports */
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + w.dialed++ % HOSTS);
	t->ssl = NULL;
	t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0 || setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    bind(t->fd, (struct sockaddr *)&own, sizeof(own)))
		bench_fail("a socket: %s", strerror(errno));
	if (connect(t->fd, (const struct sockaddr *)&w.at, sizeof(w.at)))
		die("the server does not listen");
}

static void up(struct talk *t, const struct client *who)
{
	t->ssl = bench_have(SSL_new(w.ctx));
	if ((who && (SSL_use_certificate(t->ssl, who->cert) != 1 ||
		     SSL_use_PrivateKey(t->ssl, who->key) != 1)) ||
	    SSL_set_fd(t->ssl, t->fd) != 1)
		bench_fail("a client's certificate or key is not usable");
	if (SSL_connect(t->ssl) != 1)
		die("the server does not do TLS");
}

/* Who is ended while it still speaks has been answered in its own way. */
static void say(struct talk *t, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = t->ssl ? SSL_write(t->ssl, bytes.data, (int)bytes.len)
				   : send(t->fd, bytes.data, bytes.len, 0);

		if (n <= 0)
			break;
		bytes = span_of(bytes.data + n, bytes.len - (size_t)n);
	}
}

/* Says that it has ended, and waits until the server has too. */
static void hang_up(struct talk *t)
{
	uint8_t chunk[16384];
	ssize_t n;

	if (t->ssl)
		SSL_shutdown(t->ssl);
	shutdown(t->fd, SHUT_WR);
	do
		n = recv(t->fd, chunk, sizeof(chunk), 0);
	while (n > 0);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		die("a connection was not ended");
	SSL_free(t->ssl);
	ERR_clear_error();
	close(t->fd);
}

static void honest(const struct client *who)
{
	struct talk t;
	uint8_t head[FRAME_HEADER];
	size_t n;

	dial(&t);
	up(&t, who);
	say(&t, span_of(who->flight.data, who->hello_bytes));
	if (SSL_read_ex(t.ssl, head, sizeof(head), &n) != 1 || n != sizeof(head) ||
	    head[5] != FRAME_HELLO_ACK)
		die("an honest Hello was not answered");
	hang_up(&t);
}

static size_t count_files(void)
{
	DIR *all = bench_have(opendir("/proc/self/fd"));
	size_t n = 0;

	while (readdir(all))
		n++;
	closedir(all);
	return n;
}

static void check_files(void)
{
	int64_t until = now_ms() + PATIENCE_S * 1000;

	while (count_files() > w.files) {
		if (now_ms() > until)
			die("descriptors are not given back");
		pause_us(200);
	}
}

/* ---- inputs ---- */

static void note(struct span bytes)
{
	FILE *f = bench_have(fopen(w.said, "ab"));
	uint32_t len = (uint32_t)bytes.len;

	fwrite(&len, sizeof(len), 1, f);
	fwrite(bytes.data, 1, bytes.len, f);
	fclose(f);
}

/* What the input itself reached, and only that: how often a place is passed depends on which thread comes first, and what
 * the honest device reaches is the same each time but for that. */
static void check_honest(void)
{
	static uint8_t *reached;
	if (!reached)
		reached = bench_have(malloc(reached_size));
	for (size_t i = 0; i < reached_size; i++)
		reached[i] = reached_map[i] != 0;
	honest(&w.clients.list[1]);
	check_files();
	memcpy(reached_map, reached, reached_size);
}

static void one_input(struct span bytes)
{
	const struct client *who = &w.clients.list[0];
	unsigned how = bytes.data[0];
	size_t cut = ((size_t)how >> CUT_SHIFT) * CUT_STEP + 1;
	struct talk t;

	note(bytes);
	bytes = span_of(bytes.data + 1, bytes.len - 1);
	dial(&t);
	if ((how & WAY_MASK) != WAY_RAW)
		up(&t, (how & WAY_MASK) == WAY_NOBODY ? NULL : who);
	if ((how & WAY_MASK) == WAY_GREETED)
		say(&t, span_of(who->flight.data, who->hello_bytes));
	if (how & IN_TWO && cut < bytes.len) {
		say(&t, span_of(bytes.data, cut));
		bytes = span_of(bytes.data + cut, bytes.len - cut);
	}
	say(&t, bytes);
	hang_up(&t);
	check_files();
	check_honest();
}

static void begin_life(void)
{
	start_server();
	honest(&w.clients.list[1]);
	pause_us(200000); /* what it closes then is closed */
	w.files = count_files();
}

static void again(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *f = bench_have(fopen(path, "rb"));
	unsigned count = 0;
	uint32_t len;

	begin_life();
	while (fread(&len, sizeof(len), 1, f) == 1 && len && len <= sizeof(bytes) &&
	       fread(bytes, 1, len, f) == len) {
		one_input(span_of(bytes, len));
		count++;
	}
	fclose(f);
	stop_server();
	printf("%u inputs\n", count);
}

/* ---- seeds ---- */

static void seed(const char *out, const char *name, enum way way, struct span first,
		 struct span more)
{
	char path[4096];
	struct buf b;
	uint8_t how = (uint8_t)way;

	buf_init(&b, INPUT_MAX);
	buf_bytes(&b, span_of(&how, 1));
	buf_bytes(&b, first);
	buf_bytes(&b, more);
	snprintf(path, sizeof(path), "%s/%d-%.60s", out, (int)way, name);
	bench_write(path, buf_span(&b));
	buf_fini(&b);
}

/* What OpenSSL would send first. */
static void seed_tls(const char *out)
{
	SSL_CTX *ctx = bench_have(SSL_CTX_new(TLS_client_method()));
	SSL *ssl = bench_have(SSL_new(ctx));
	uint8_t bytes[4096];
	int len;

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	(void)SSL_do_handshake(ssl);
	len = BIO_read(SSL_get_wbio(ssl), bytes, sizeof(bytes));
	seed(out, "tls", WAY_RAW, span_of(bytes, (size_t)len), span_of(bytes, 0));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

/* A file of fuzz_wire is a message's number and its bytes: here a frame. */
static void seed_wire(const char *out, const char *folder, const char *name)
{
	uint8_t head[FRAME_HEADER] = { 0 };
	char path[4096];
	struct span all;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	all = bench_read(path, INPUT_MAX);
	if (all.len > 1 && all.len < 65536) {
		head[2] = (uint8_t)((all.len - 1) >> 8);
		head[3] = (uint8_t)(all.len - 1);
		head[5] = all.data[0] % FRAME_TYPES;
		seed(out, name, head[5] == FRAME_ENROL ? WAY_NOBODY : WAY_GREETED,
		     span_of(head, sizeof(head)), span_of(all.data + 1, all.len - 1));
	}
	free((void *)(uintptr_t)all.data);
}

static void seeds(const char *dir, const char *wire, const char *out)
{
	const struct client *who;
	struct span none = { .len = 0 }, op;
	struct dirent **names;
	int count;

	clients_load(&w.clients, dir, 0, 1);
	who = &w.clients.list[0];
	op = span_of(who->flight.data + who->hello_bytes, who->flight.len - who->hello_bytes);
	seed(out, "flight", WAY_DEVICE, who->flight, none);
	seed(out, "hello", WAY_DEVICE, span_of(who->flight.data, who->hello_bytes), none);
	seed(out, "submit", WAY_GREETED, op, none);
	seed_tls(out);
	count = scandir(wire, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.')
			seed_wire(out, wire, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	clients_free(&w.clients);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "--seeds")) {
		seeds(argv[2], argv[3], argv[4]);
		return 0;
	}
	if (argc != 4 && (argc != 6 || strcmp(argv[4], "--again"))) {
		fprintf(stderr, "usage: %s TEMPLATE CLIENTS LIVE [--again FILE]\n", argv[0]);
		return 2;
	}
	w.template = argv[1];
	w.live = argv[3];
	snprintf(w.said, sizeof(w.said), "%s.said", w.live);
	signal(SIGPIPE, SIG_IGN);
	clients_load(&w.clients, argv[2], 0, 2);
	w.ctx = bench_have(SSL_CTX_new(TLS_client_method()));
	SSL_CTX_set_min_proto_version(w.ctx, TLS1_3_VERSION);
	if (argc == 6) {
		again(argv[5]);
		return 0;
	}
	FUZZ_BEGIN();
	const uint8_t *bytes = FUZZ_BYTES; /* once the fork server has said where */

	begin_life();
	while (FUZZ_LOOP(LIFE)) {
		size_t len = FUZZ_LEN;

		if (len)
			one_input(span_of(bytes, len));
	}
	stop_server();
	return 0;
}
