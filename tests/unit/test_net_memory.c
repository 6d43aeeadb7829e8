/* Memory that there is not: nothing breaks, and who is left without learns it at once, not by a deadline. */
#include "net_world.h"
#include "no_memory.h"

/* OpenSSL has a type of this name. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#undef ERR_STATE

#include "spare.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <limits.h>

/* --- the spare blocks ---------------------------------------------------------------------------- */

static void *get(void)
{
	return evbuffer_new();
}

static void spare_blocks_are_given(void)
{
	struct spare s;
	void *got[SPARE_BLOCKS];

	spare_install();
	fail_from(1, true);
	CHECK(!get());
	CHECK(spare_begin(&s) == -ERR_NOMEM);
	fail_from(SPARE_BLOCKS,
		  false); /* those already set aside are free again: or a leak is told */
	CHECK(spare_begin(&s) == -ERR_NOMEM);
	fail_from(SPARE_BLOCKS + 1, true);
	CHECK(spare_begin(&s) == 0);
	for (int i = 0; i < SPARE_BLOCKS; i++) {
		got[i] = get();
		CHECK(got[i]);
	}
	CHECK(!get());
	spare_end(&s);
	CHECK(!get());
	fail_from(0, false);
	for (int i = 0; i < SPARE_BLOCKS; i++)
		evbuffer_free(got[i]);
}

/* --- connections --------------------------------------------------------------------------------- */

enum { REQUEST_BYTES = 48000 };
static uint8_t request[REQUEST_BYTES];

static void ask(struct end *c)
{
	struct err e = { 0 };
	int rc = conn_write(c->conn, span_of(request, sizeof(request)), &e);

	CHECK(!rc || rc == -ERR_NOMEM);
}

static size_t answer(struct end *s, struct span bytes)
{
	struct err e = { 0 };
	int rc = conn_write(s->conn, bytes, &e);

	CHECK(!rc || rc == -ERR_NOMEM);
	return bytes.len;
}

static size_t until_whole(struct end *c, struct span bytes)
{
	if (c->got + bytes.len == REQUEST_BYTES)
		conn_close(c->conn);
	return bytes.len;
}

/* What fails for good does so for this long: who waits for memory goes on then. */
enum { LASTS_MS = 50, LATE_MS = 3000 };

enum { FDS_KNOWN = 32 };

struct visit {
	struct rig rig;
	struct end client;
	long n;
	bool good;
	int fds[FDS_KNOWN], fd_count;
};

/* All but the last that the library's first map holds: that is the client's, and for the server's it needs a larger
 * one. */
static void take_descriptors(struct visit *v)
{
	int fd = dup(STDOUT_FILENO);

	for (; fd < FDS_KNOWN; fd = dup(STDOUT_FILENO)) {
		CHECK(fd >= 0);
		v->fds[v->fd_count++] = fd;
	}
	close(fd);
	close(v->fds[--v->fd_count]);
}

static void begin(void *arg)
{
	struct visit *v = arg;

	take_descriptors(v);
	fail_from(v->n, v->good);
	rig_connect(&v->rig, &v->client, NULL);
}

static void plenty(void *arg)
{
	(void)arg;
	fails_at = 0;
}

/* One that came to nothing before it was a connection is told as the system's problem. */
static bool says_so(const struct end *x)
{
	return x->why == CONN_NOMEM || (x->why == CONN_UNREACHED && strstr(x->message, "memory"));
}

/* Served, or an end that says that there was no memory, and nobody who waits in vain. */
static void check(const struct visit *v)
{
	const struct end *s = v->rig.ends, *c = &v->client;

	CHECK(c->down && c->why != CONN_LATE);
	CHECK(!s || (s->down && s->why != CONN_LATE));
	CHECK(c->got == REQUEST_BYTES || says_so(c) || (s && says_so(s)));
}

/* False when the fault came too late to be met. */
static bool lacking(long n, bool good)
{
	struct visit v = { .n = n, .good = good };
	struct rig *r = &v.rig;
	struct later start, over;
	bool met;

	rig_init(r);
	r->may_lack = true;
	r->client_up = ask;
	r->server_bytes = answer;
	r->client_bytes = until_whole;
	r->client_limits.handshake_ms = r->server_limits.handshake_ms = LATE_MS;
	r->client_limits.stall_ms = r->server_limits.stall_ms = LATE_MS;
	rig_open(r);
	later(&start, r->loop, 0, begin, &v);
	later(&over, r->loop, LASTS_MS, plenty, NULL);
	rig_run(r);
	met = asked >= n;
	fail_from(0, false);
	later_fini(&start);
	later_fini(&over);
	while (v.fd_count)
		close(v.fds[--v.fd_count]);
	check(&v);
	end_fini(&v.client);
	CHECK(met || v.client.got == REQUEST_BYTES); /* with nothing lacking */
	rig_fini(r);
	return met;
}

/* Behind the first calls most are OpenSSL's. */
enum { EACH = 60, STEP = 19, HEARD = 7, AGAIN = 4 };

static void connections_lack_memory(void)
{
	for (int good = 0; good < 2; good++) {
		long n = 1;

		while (lacking(n, good))
			n += n < EACH ? 1 : STEP;
		printf("of %ld calls those failed%s\n", n, good ? " and all behind each" : "");
		CHECK(n > 2 * SPARE_BLOCKS); /* both sides were begun */
	}
}

/* --- what the other side hears ------------------------------------------------------------------- */

/* A client that lacks nothing, in a thread of its own. */
struct hearing {
	struct rig rig;
	long n;
	int alert;
};

static void hear(struct hearing *h, SSL *ssl)
{
	char byte;

	if (SSL_connect(ssl) > 0)
		(void)SSL_read(ssl, &byte, 1);
	if (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL &&
	    ERR_GET_REASON(ERR_peek_error()) > SSL_AD_REASON_OFFSET)
		h->alert = ERR_GET_REASON(ERR_peek_error()) - SSL_AD_REASON_OFFSET;
}

static void *other_side(void *arg)
{
	struct hearing *h = arg;
	const struct buf *cert = &h->rig.device.cert, *key = &h->rig.device.key_pem;
	SSL_CTX *ctx;
	BIO *bio;
	EVP_PKEY *k;
	SSL *ssl;
	int fd;

	spared = true;
	ctx = SSL_CTX_new(TLS_client_method());
	bio = BIO_new_mem_buf(key->data, (int)key->len);
	k = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	CHECK(SSL_CTX_use_certificate_ASN1(ctx, (int)cert->len, cert->data) == 1);
	CHECK(SSL_CTX_use_PrivateKey(ctx, k) == 1);
	fd = raw_connect(&h->rig.at);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	ERR_clear_error();
	hear(h, ssl);
	SSL_free(ssl);
	close(fd);
	EVP_PKEY_free(k);
	BIO_free(bio);
	SSL_CTX_free(ctx);
	OPENSSL_thread_stop();
	return NULL;
}

static void close_at_once(struct end *s)
{
	conn_close(s->conn);
}

static void now_it_fails(void *arg)
{
	const struct hearing *h = arg;

	fail_from(h->n, false);
}

/* How many calls there were. */
static long hear_of(long n, int count[256])
{
	struct hearing h = { .n = n };
	struct rig *r = &h.rig;
	struct later start;
	pthread_t t;
	long made;

	rig_init(r);
	r->may_lack = true;
	r->server_up = close_at_once;
	rig_open(r);
	later(&start, r->loop, 0, now_it_fails, &h);
	CHECK(!pthread_create(&t, NULL, other_side, &h));
	rig_run(r);
	made = asked;
	fail_from(0, false);
	pthread_join(t, NULL);
	later_fini(&start);
	count[h.alert]++;
	rig_fini(r);
	return made;
}

static void who_lacks_memory_blames_nobody(void)
{
	int count[256] = { 0 };
	long all = hear_of(LONG_MAX, count), again = hear_of(LONG_MAX, count);

	if (again < all) /* the first one makes what is kept */
		all = again;
	CHECK(!count[SSL_AD_INTERNAL_ERROR]);
	for (long n = 1; n < all - EACH; n += n < EACH ? 1 : HEARD)
		hear_of(n, count);
	/* What it asks for last is for the session; which call that is hangs on chance. */
	for (int i = 0; i < AGAIN; i++)
		for (long n = all - EACH; hear_of(n, count) >= n; n++)
			;
	for (int i = 1; i < 256; i++)
		if (count[i])
			printf("alert %d: %d times\n", i, count[i]);
	CHECK(count[SSL_AD_INTERNAL_ERROR]);
	/* About a certificate: who hears one of them asks the operator for another. */
	for (int i = SSL_AD_BAD_CERTIFICATE; i <= SSL_AD_ACCESS_DENIED; i++)
		CHECK(!count[i] || i == SSL_AD_ILLEGAL_PARAMETER);
}

/* --- contexts ------------------------------------------------------------------------------------ */

/* One that is made has all that it may ever need. */
static bool context_lacks(const struct tls_config *config, int right, long n, bool good)
{
	struct err e = { 0 };
	struct tls *t;
	bool met;
	int rc;

	fail_from(n, good);
	rc = tls_new(&t, config, &e);
	met = asked >= n;
	fail_from(0, false);
	if (rc != -ERR_NOMEM && !(rc == right && (rc || !met)))
		fprintf(stderr, "call %ld: %d %s\n", n, rc, e.msg);
	CHECK(rc == -ERR_NOMEM ? met : rc == right && (rc || !met));
	tls_free(t);
	return met;
}

static void each_context(const struct tls_config *config, int right)
{
	for (int good = 0; good < 2; good++) {
		long n = 1;

		while (context_lacks(config, right, n, good))
			n += n < EACH ? 1 : 5 * STEP;
		CHECK(n > EACH);
	}
}

static void contexts_lack_memory(void)
{
	struct tls_config other;
	struct rig r;

	rig_init(&r);
	rig_tls(&r);
	other = r.client_config;
	other.key = r.server_config.key;
	each_context(&r.server_config, 0);
	each_context(&r.client_config, 0);
	each_context(&other, -ERR_INVALID);
	rig_fini(&r);
}

/* --- timers -------------------------------------------------------------------------------------- */

enum { TIMERS = 100 };

struct ticks {
	struct loop *loop;
	int left;
};

static void tick(void *arg)
{
	struct ticks *t = arg;

	if (!--t->left)
		loop_stop(t->loop);
}

static void timers_that_are_made_come(void)
{
	struct ticks t = { 0 };
	struct loop_timer *timers[TIMERS];
	int count = 0;

	OK(loop_new(&t.loop, clock_steady, E));
	for (long n = 1; count < TIMERS; n = n % 4 + 1) {
		struct err e = { 0 };

		fail_from(n, true);
		if (!loop_timer_new(&timers[count], t.loop, clock_steady, tick, &t, &e))
			count++;
		else
			CHECK(e.code == ERR_NOMEM);
		if (count == t.left) {
			fail_from(0, false);
			OK(loop_timer_new(&timers[count++], t.loop, clock_steady, tick, &t, E));
		}
		t.left = count;
	}
	fail_from(1, true);
	for (int i = 0; i < TIMERS; i++)
		loop_timer_set(timers[i], 0);
	OK(loop_run(t.loop, E));
	fail_from(0, false);
	for (int i = 0; i < TIMERS; i++)
		loop_timer_free(timers[i]);
	loop_free(t.loop);
}

int main(void)
{
	spare_blocks_are_given();
	connections_lack_memory();
	who_lacks_memory_blames_nobody();
	contexts_lack_memory();
	timers_that_are_made_come();
	return 0;
}
