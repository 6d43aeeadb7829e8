#include "net_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

static int64_t hand_now(void *arg)
{
	return ((struct hand_clock *)arg)->now_ms;
}

struct clock hand_clock_of(struct hand_clock *h)
{
	return (struct clock){ hand_now, h };
}

static const uint8_t server_id[CERT_SERVER_ID_BYTES] = { 0xab };
static uint8_t serial[CERT_SERIAL_BYTES] = { 1 };

void ca_init(struct ca *ca, int64_t at_ms)
{
	OK(p256_generate(&ca->key, E));
	buf_init(&ca->cert, CERT_BYTES_MAX);
	serial[15]++;
	OK(cert_make_ca(&ca->cert, ca->key, server_id, serial, at_ms, E));
}

void ca_fini(struct ca *ca)
{
	p256_free(ca->key);
	buf_fini(&ca->cert);
}

void id_init(struct id *id, const struct ca *ca, enum cert_role role, uint64_t device,
	     int64_t at_ms)
{
	struct cert_subject who = { .role = role, .device = device };
	struct p256_public key;

	if (role == CERT_SERVER)
		memcpy(who.server, server_id, sizeof(server_id));
	OK(p256_generate(&id->key, E));
	key = p256_public_of(id->key);
	buf_init(&id->cert, CERT_BYTES_MAX);
	buf_init(&id->key_pem, P256_FILE_MAX);
	serial[15]++;
	OK(cert_make(&id->cert, buf_span(&ca->cert), ca->key, &who, &key, serial, at_ms, E));
	OK(p256_save_pem(id->key, &id->key_pem, E));
}

void id_fini(struct id *id)
{
	p256_free(id->key);
	buf_fini(&id->cert);
	buf_fini(&id->key_pem);
}

/* --- ends ---------------------------------------------------------------------------------------- */

static bool is_server(const struct end *x)
{
	return x->mine == x; /* set at accept */
}

static void note_up(struct conn *c, const struct tls_peer *peer, void *arg)
{
	struct end *x = arg;
	void (*then)(struct end *) = is_server(x) ? x->rig->server_up : x->rig->client_up;

	CHECK(!x->up && !x->down && x->conn == c);
	x->up = true;
	x->verdict = peer->verdict;
	x->resumed = peer->resumed;
	x->not_after_ms = peer->not_after_ms;
	CHECK(!x->rig->may_lack || !peer->cert.len || peer->info.subject.role != CERT_NOBODY);
	if (peer->cert.len && !x->rig->may_lack) {
		struct cert_info info;

		OK(cert_parse(&info, peer->cert, E));
		CHECK(peer->info.subject.role == info.subject.role &&
		      hash_eq(&peer->info.spki_hash, &info.spki_hash) &&
		      peer->info.not_after_ms == info.not_after_ms);
		x->spki = hash_bytes(peer->spki);
		CHECK(hash_eq(&x->spki, &info.spki_hash));
		CHECK(info.not_after_ms == peer->not_after_ms);
		CHECK(info.not_before_ms == peer->not_before_ms);
	}
	if (!x->rig->may_lack)
		OK(conn_exporter(c, "EXPORTER-test", x->exporter, E));
	if (then)
		then(x);
	else if (!is_server(x))
		conn_close(c);
}

static size_t note_bytes(struct conn *c, struct span bytes, void *arg)
{
	struct end *x = arg;
	size_t (*take)(struct end *, struct span) = is_server(x) ? x->rig->server_bytes
								 : x->rig->client_bytes;
	size_t used;

	CHECK(x->up && !x->down && x->conn == c && bytes.len);
	used = take ? take(x, bytes) : bytes.len;
	CHECK(used <= bytes.len);
	x->got += used;
	if (used)
		x->last = bytes.data[used - 1];
	return used;
}

static void note_drain(struct conn *c, void *arg)
{
	struct end *x = arg;

	CHECK(!x->down && !conn_is_crowded(c));
	x->drains++;
	if (x->rig->on_drain)
		x->rig->on_drain(x);
}

static void note_deadline(struct conn *c, void *arg)
{
	struct end *x = arg;

	CHECK(!x->down);
	x->deadlines++;
	if (x->rig->on_deadline)
		x->rig->on_deadline(x);
	else
		conn_abort(c);
}

static void gone(struct end *x)
{
	struct rig *r = x->rig;

	if (is_server(x))
		r->ended++;
	else
		r->clients--;
	if (!r->keep_running && !r->clients && r->ended == r->accepted)
		loop_stop(r->loop);
}

static void note_down(struct conn *c, const struct conn_end *end, void *arg)
{
	struct end *x = arg;
	struct rig *r = x->rig;

	CHECK(!x->down && x->conn == c && end->why != CONN_UP && end->err->code);
	CHECK(end->was_up == x->up);
	x->down = true;
	x->why = end->why;
	x->was_up = end->was_up;
	x->refused_verdict = end->verdict;
	x->alert = end->alert;
	x->session = conn_take_session(c);
	x->traffic = conn_traffic(c);
	snprintf(x->message, sizeof(x->message), "%s", end->err->msg);
	x->conn = NULL;
	if (is_server(x) && r->server_down)
		r->server_down(x);
	if (!is_server(x) && r->client_down)
		r->client_down(x);
	gone(x);
}

static const struct conn_ops ops = {
	.on_up = note_up,
	.on_bytes = note_bytes,
	.on_drain = note_drain,
	.on_deadline = note_deadline,
	.on_down = note_down,
};

size_t echo_bytes(struct end *x, struct span bytes)
{
	OK(conn_write(x->conn, bytes, E));
	return bytes.len;
}

/* What conn_connect() or conn_accept() said. */
static void began(struct end *x, int rc, const struct err *e)
{
	if (rc == -ERR_NOMEM && x->rig->may_lack) {
		CHECK(!x->conn);
		x->down = true;
		x->why = CONN_NOMEM;
		gone(x);
	} else if (rc) {
		fprintf(stderr, "a connection does not begin: %s\n", e->msg);
		exit(1);
	}
}

static void take(struct accepted *a, void *arg)
{
	struct rig *r = arg;
	struct end *x = calloc(1, sizeof(*x));
	struct err e = { 0 };
	struct conn_config config = {
		.loop = r->loop,
		.tls = r->server_tls,
		.ops = &ops,
		.arg = x,
		.limits = r->server_limits,
	};

	CHECK(x);
	x->rig = r;
	x->mine = x;
	x->next = r->ends;
	r->ends = x;
	r->accepted++;
	began(x, conn_accept(&x->conn, &config, a, &e), &e);
}

void rig_connect(struct rig *r, struct end *c, const struct tls_session *resume)
{
	struct conn_config config = {
		.loop = r->loop,
		.tls = r->client_tls,
		.ops = &ops,
		.arg = c,
		.limits = r->client_limits,
		.resume = resume,
	};
	void *mine = c->mine;
	struct err e = { 0 };

	memset(c, 0, sizeof(*c));
	c->mine = mine;
	c->rig = r;
	r->clients++;
	began(c,
	      conn_connect(&c->conn, &config, r->via_count ? r->via : &r->at,
			   r->via_count ? r->via_count : 1, &e),
	      &e);
}

void end_fini(struct end *x)
{
	tls_session_free(x->session);
	x->session = NULL;
}

/* --- the rig ------------------------------------------------------------------------------------- */

void rig_init(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	r->real.now_ms = made_ms;
	ca_init(&r->ca, made_ms);
	id_init(&r->server, &r->ca, CERT_SERVER, 0, made_ms);
	id_init(&r->device, &r->ca, CERT_DEVICE, 7, made_ms);
	r->server_config = (struct tls_config){
		.side = TLS_SERVER,
		.ca = buf_span(&r->ca.cert),
		.cert = buf_span(&r->server.cert),
		.key = buf_span(&r->server.key_pem),
		.real = hand_clock_of(&r->real),
		.grace_ms = 5 * 366 * day_ms,
		.sessions_max = 100,
	};
	r->client_config = (struct tls_config){
		.side = TLS_CLIENT,
		.ca = buf_span(&r->ca.cert),
		.cert = buf_span(&r->device.cert),
		.key = buf_span(&r->device.key_pem),
		.real = hand_clock_of(&r->real),
	};
	r->quota.max = 1000;
}

void rig_tls(struct rig *r)
{
	OK(tls_new(&r->server_tls, &r->server_config, E));
	OK(tls_new(&r->client_tls, &r->client_config, E));
}

static void reopen_loop(struct rig *r)
{
	struct listener_config l = {
		.quota = &r->quota,
		.share_port = r->share_port,
		.on_accept = take,
		.arg = r,
	};

	OK(loop_new(&r->loop, clock_steady, E));
	l.loop = r->loop;
	OK(listener_open(&r->listener, &l, &r->at, E));
	r->at = listener_addr(r->listener);
}

void rig_open(struct rig *r)
{
	struct addr at[ADDR_FOUND_MAX];
	size_t count;

	rig_tls(r);
	if (!r->at.len) {
		OK(addr_parse(at, &count, SPAN_LIT("127.0.0.1:0"), true, E));
		r->at = at[0];
	}
	reopen_loop(r);
}

static void too_long(void *arg)
{
	(void)arg;
	fprintf(stderr, "nothing happened for 30 s\n");
	exit(1);
}

void rig_run(struct rig *r)
{
	struct loop_timer *guard;

	OK(loop_timer_new(&guard, r->loop, clock_steady, too_long, NULL, E));
	loop_timer_set(guard, clock_now_ms(&clock_steady) + 30000);
	OK(loop_run(r->loop, E));
	loop_timer_free(guard);
}

/* The server's ends go with their loop. */
static void close_loop(struct rig *r)
{
	struct end *x, *next;

	listener_close(r->listener);
	for (x = r->ends; x; x = x->next)
		if (x->conn)
			conn_abort(x->conn);
	loop_free(r->loop);
	CHECK(r->quota.open == 0);
	CHECK(r->accepted == r->ended);
	for (x = r->ends; x; x = next) {
		next = x->next;
		CHECK(x->down);
		if (x == r->ends)
			r->last = *x;
		end_fini(x);
		free(x);
	}
	r->ends = NULL;
	r->loop = NULL;
	r->listener = NULL;
}

void rig_visit(struct rig *r, struct end *c, const struct tls_session *resume)
{
	if (!r->loop)
		reopen_loop(r);
	rig_connect(r, c, resume);
	rig_run(r);
	CHECK(c->down);
	close_loop(r);
}

void rig_fini(struct rig *r)
{
	if (r->loop)
		close_loop(r);
	tls_free(r->server_tls);
	tls_free(r->client_tls);
	id_fini(&r->server);
	id_fini(&r->device);
	ca_fini(&r->ca);
}

int raw_connect(const struct addr *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	CHECK(!connect(fd, (const struct sockaddr *)(const void *)at->bytes, at->len));
	return fd;
}

unsigned addr_port(const struct addr *a)
{
	struct sockaddr_in in;

	memcpy(&in, a->bytes, sizeof(in));
	return ntohs(in.sin_port);
}

/* --- the relay ----------------------------------------------------------------------------------- */

struct relay {
	int listening;
	struct addr to;
};

static bool pass_byte(int from, int to)
{
	char byte;

	return recv(from, &byte, 1, 0) == 1 && send(to, &byte, 1, MSG_NOSIGNAL) == 1;
}

static void relay_one(int client, int server)
{
	int on = 1;
	bool open = true;

	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (open) {
		struct pollfd p[2] = { { .fd = client, .events = POLLIN },
				       { .fd = server, .events = POLLIN } };

		CHECK(poll(p, 2, -1) > 0);
		if (p[0].revents)
			open = pass_byte(client, server);
		if (open && p[1].revents)
			open = pass_byte(server, client);
	}
	close(client);
	close(server);
}

/* One connection, then it ends. */
static void *relay_run(void *arg)
{
	struct relay *relay = arg;
	int client = accept(relay->listening, NULL, NULL);

	CHECK(client >= 0);
	relay_one(client, raw_connect(&relay->to));
	close(relay->listening);
	free(relay);
	return NULL;
}

void rig_chop(struct rig *r)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	struct relay *relay = malloc(sizeof(*relay));
	pthread_t t;

	CHECK(relay && r->at.len);
	relay->to = r->at;
	relay->listening = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(!bind(relay->listening, (struct sockaddr *)&in, len));
	CHECK(!listen(relay->listening, 5));
	CHECK(!getsockname(relay->listening, (struct sockaddr *)&in, &len));
	r->via[0] = r->at;
	memcpy(r->via[0].bytes, &in, sizeof(in));
	r->via_count = 1;
	CHECK(!pthread_create(&t, NULL, relay_run, relay));
	pthread_detach(t);
}

static void later_fire(void *arg)
{
	struct later *l = arg;

	l->act(l->arg);
}

void later(struct later *l, struct loop *loop, int64_t ms, void (*act)(void *arg), void *arg)
{
	l->act = act;
	l->arg = arg;
	OK(loop_timer_new(&l->timer, loop, clock_steady, later_fire, l, E));
	loop_timer_set(l->timer, clock_now_ms(&clock_steady) + ms);
}

void later_fini(struct later *l)
{
	loop_timer_free(l->timer);
	l->timer = NULL;
}
