/* What a server cannot be faster than: TLS 1.3 with certificates on both sides, the frames of a first flight
 * read, answers of the right length and content written, and nothing kept. It reads of an op only what
 * the answer needs (seq and body hash, for the chain). Ours is divided by this one.
 *
 * usage: null_server --clients DIR [--listen 127.0.0.1:0] [--threads N] [--resume]
 * `ready HOST:PORT` on stdout when it can be reached; on SIGTERM one line with what it did and used. */
#include "bench.h"
#include "rows.h"
#include "ledger/ledger.h"
#include "proto/wire.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netinet/tcp.h>
#include "ossl.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS_MAX = 16, BACKLOG = 4096, SESSIONS = 200000 };

static const char *dir, *listen_at = "127.0.0.1:0";
static int64_t threads = 1;
static bool resume;

static struct opt options[] = {
	ROW_CLIENTS(dir),
	ROW_TEXT("listen", listen_at, "HOST:PORT", "IPv4"),
	ROW_NUMBER("threads", threads, 1, THREADS_MAX, "N",
		   "loops, each with its own listener (1)"),
	ROW_FLAG("resume", resume, "keep sessions, so that clients can come back cheaply"),
};

static SSL_CTX *ctx;
static struct sockaddr_in address;
static atomic_ullong shakes, resumed, frames, ops;

/* One thread's. */
struct worker {
	struct event_base *base;
	struct arena *arena;
	struct buf out;
	pthread_t thread;
};
static struct worker workers[THREADS_MAX];

struct peer {
	struct worker *w;
	struct hash chain;
};

/* ---- answers ---- */

static const uint8_t incarnation[WIRE_ID] = { 0x1c };

static struct wire_head some_head(void)
{
	static const uint8_t bytes[HEAD_BYTES] = "ketnap-head-v1", sig[ED25519_SIG_BYTES] = { 1 };

	return (struct wire_head){ span_of(bytes, sizeof(bytes)), span_of(sig, sizeof(sig)) };
}

static void put(struct worker *w, enum frame_type type, const void *message)
{
	struct err e = { 0 };

	bench_must(wire_frame(&w->out, type, message, w->arena, &e), &e, "an answer");
}

static void answer_hello(struct peer *p)
{
	struct wire_hello_ack ack = {
		.version = WIRE_VERSION,
		.version_min = WIRE_VERSION_MIN,
		.version_max = WIRE_VERSION,
		.program = SPAN_LIT("null_server"),
		.epoch = 1,
		.head = some_head(),
		.authority = 1,
		.time_ms = INT64_C(1700000000000),
		.frame_max = FRAME_MAX,
		.credit_ops = 1024,
		.credit_bytes = 4 * FRAME_MAX,
		.credit_requests = 16,
		.page_max = FRAME_MAX,
	};

	memcpy(ack.incarnation, incarnation, sizeof(incarnation));
	p->chain = (struct hash){ { 0 } };
	put(p->w, FRAME_HELLO_ACK, &ack);
}

static bool answer_submit(struct peer *p, struct span payload)
{
	struct wire_submit s;
	struct wire_verdict *verdicts;
	struct wire_ack ack = { .head = some_head() };

	if (wire_decode(&s, FRAME_SUBMIT, payload, p->w->arena, NULL))
		return false;
	verdicts = arena_array(p->w->arena, s.item_count + 1, sizeof(*verdicts));
	for (size_t i = 0; verdicts && i < s.item_count; i++) {
		struct envelope env;
		struct hash before = p->chain;

		if (envelope_decode(&env, s.items[i].envelope, p->w->arena, NULL))
			return false;
		p->chain = chain_next(&before, env.seq, env.body_hash);
		verdicts[i] = (struct wire_verdict){ .seq = env.seq,
						     .lsn = env.seq + 1000000,
						     .verdict = VERDICT_ACCEPTED };
		ack.acked_seq = env.seq;
	}
	ack.epoch = s.epoch;
	ack.verdicts = verdicts;
	ack.verdict_count = s.item_count;
	ack.chain = p->chain;
	atomic_fetch_add(&ops, s.item_count);
	put(p->w, FRAME_ACK, &ack);
	return verdicts != NULL;
}

static bool answer(struct peer *p, const struct frame *f)
{
	arena_reset(p->w->arena);
	atomic_fetch_add(&frames, 1);
	if (f->type == FRAME_HELLO)
		answer_hello(p);
	else if (f->type == FRAME_SUBMIT)
		return answer_submit(p, f->payload);
	else if (f->type == FRAME_PULL)
		put(p->w, FRAME_PAGE, &(struct wire_page){ .head = some_head() });
	else if (f->type == FRAME_QUERY)
		put(p->w, FRAME_ANSWER, &(struct wire_answer){ .json = SPAN_LIT("{}") });
	return true;
}

/* ---- connections ---- */

static void end(struct bufferevent *bev, struct peer *p)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
	SSL_shutdown(ssl); /* freeing alone sends no close_notify */
	bufferevent_free(bev);
	free(p);
}

static long any_limit(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return frame_payload_max(type) ? (long)frame_payload_max(type) : -ERR_PROTO;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct peer *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	buf_reset(&p->w->out);
	while (evbuffer_get_length(in)) {
		size_t len = evbuffer_get_length(in), need;
		struct err e = { 0 };
		struct frame f;
		int rc = frame_decode(&f, &need, span_of(evbuffer_pullup(in, -1), len), any_limit,
				      NULL, &e);

		if (rc < 0 || (rc == FRAME_READY && !answer(p, &f))) {
			end(bev, p);
			return;
		}
		if (rc == FRAME_NEED_MORE)
			break;
		evbuffer_drain(in, need);
	}
	if (p->w->out.len)
		bufferevent_write(bev, p->w->out.data, p->w->out.len);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	if (what & BEV_EVENT_CONNECTED) {
		atomic_fetch_add(&shakes, 1);
		if (SSL_session_reused(bufferevent_openssl_get_ssl(bev)))
			atomic_fetch_add(&resumed, 1);
	}
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		end(bev, arg);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len,
		      void *arg)
{
	struct worker *w = arg;
	struct peer *p = bench_have(calloc(1, sizeof(*p)));
	struct bufferevent *bev;
	int one = 1;

	(void)l;
	(void)from;
	(void)len;
	p->w = w;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
		   sizeof(one)); /* else 40 ms for each handshake */
	bev = bufferevent_openssl_socket_new(w->base, fd, SSL_new(ctx), BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		bench_fail("no memory for a connection");
	bufferevent_setcb(bev, on_read, NULL, on_event, p);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* ---- the server ---- */

static void make_context(void)
{
	ctx = bench_have(SSL_CTX_new(TLS_server_method()));
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	if (SSL_CTX_load_verify_locations(ctx, bench_path(dir, "ca.pem"), NULL) != 1 ||
	    SSL_CTX_use_certificate_file(ctx, bench_path(dir, "server.pem"), SSL_FILETYPE_PEM) !=
		    1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, bench_path(dir, "server.key"), SSL_FILETYPE_PEM) != 1)
		bench_fail("%s: no certificates for a server there", dir);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"null", 4);
	/* no chain: the other side has the CA, so the certificate alone is sent */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx,
				resume ? 1 : 0); /* with NO_TICKET: the number of a kept session */
	SSL_CTX_set_session_cache_mode(ctx, resume ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
	SSL_CTX_sess_set_cache_size(ctx, SESSIONS);
}

static void listen_on(struct worker *w)
{
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE |
			 (threads > 1 ? LEV_OPT_REUSEABLE_PORT : 0);
	struct evconnlistener *l;
	socklen_t len = sizeof(address);

	w->base = bench_have(event_base_new());
	w->arena = bench_have(arena_new(WIRE_ARENA));
	buf_init(&w->out, 4 * FRAME_MAX);
	l = evconnlistener_new_bind(w->base, on_accept, w, flags, BACKLOG,
				    (struct sockaddr *)&address, (int)len);
	if (!l)
		bench_fail("%s: cannot listen there", listen_at);
	if (getsockname(evconnlistener_get_fd(l), (struct sockaddr *)&address, &len))
		bench_fail("a socket without an address");
}

static void *run(void *arg)
{
	struct worker *w = arg;

	event_base_dispatch(w->base);
	return NULL;
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	(void)signo;
	(void)what;
	(void)arg;
	for (int64_t i = 0; i < threads; i++)
		event_base_loopbreak(workers[i].base);
}

static void parse_address(void)
{
	char host[64];
	unsigned port;

	address.sin_family = AF_INET;
	if (sscanf(listen_at, "%63[0-9.]:%u", host, &port) != 2 ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1)
		bench_fail("%s is not ADDRESS:PORT", listen_at);
	address.sin_port = htons((uint16_t)port);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct event *term;
	char host[64];

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "null_server");
	if (!dir)
		bench_fail("usage: null_server --clients DIR");
	signal(SIGPIPE, SIG_IGN);
	evthread_use_pthreads();
	parse_address();
	make_context();
	for (int64_t i = 0; i < threads; i++)
		listen_on(&workers[i]);
	term = evsignal_new(workers[0].base, SIGTERM, on_signal, NULL);
	event_add(term, NULL);
	printf("ready %s:%u\n", inet_ntop(AF_INET, &address.sin_addr, host, sizeof(host)),
	       ntohs(address.sin_port));
	fflush(stdout);
	for (int64_t i = 1; i < threads; i++)
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			bench_fail("no thread");
	run(&workers[0]);
	for (int64_t i = 1; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	printf("null_server handshakes=%llu resumed=%llu frames=%llu ops=%llu cpu_s=%.3f\n",
	       (unsigned long long)shakes, (unsigned long long)resumed, (unsigned long long)frames,
	       (unsigned long long)ops, bench_cpu_s());
	return 0; /* connections that are still open go with the process */
}
