/* Who is let in, who is not, what each side learns, and sessions that are taken up again. */
#include "net_world.h"

/* OpenSSL has a type of this name; only an old client of it is of interest here. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/ssl.h>
#undef ERR_STATE
#include <sys/socket.h>

static void both_show_certificates(void)
{
	struct rig r;
	struct end c = { 0 };
	struct p256_public server_key, device_key;
	struct hash want;

	rig_init(&r);
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	server_key = p256_public_of(r.server.key);
	device_key = p256_public_of(r.device.key);
	CHECK(c.up && c.verdict == TLS_PEER_GOOD && !c.resumed && c.why == CONN_CLOSED);
	CHECK(r.last.up && r.last.verdict == TLS_PEER_GOOD && !r.last.resumed);
	CHECK(r.last.why == CONN_GONE);
	want = p256_spki_hash(&server_key);
	CHECK(hash_eq(&c.spki, &want));
	want = p256_spki_hash(&device_key);
	CHECK(hash_eq(&r.last.spki, &want));
	/* Both sides, and only they, can make these bytes. */
	CHECK(!memcmp(c.exporter, r.last.exporter, TLS_EXPORTER_BYTES));
	CHECK(c.traffic.wire_out == r.last.traffic.wire_in && c.traffic.wire_out > 500);
	/* One certificate each, not the CA's as well; and one number for the session. */
	CHECK(c.traffic.wire_out + c.traffic.wire_in < 2900);
	end_fini(&c);
	rig_fini(&r);
}

static uint8_t exporter_seen[TLS_EXPORTER_BYTES];

static void a_stranger_comes_without(void)
{
	struct rig r;
	struct end c = { 0 };

	rig_init(&r);
	r.client_config.cert = r.client_config.key = r.client_config.ca = (struct span){ 0 };
	r.client_config.unchecked = true;
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	CHECK(c.up && c.verdict == TLS_PEER_UNCHECKED && !hash_is_zero(&c.spki));
	CHECK(r.last.up && r.last.verdict == TLS_PEER_NONE && hash_is_zero(&r.last.spki));
	CHECK(!memcmp(c.exporter, r.last.exporter, TLS_EXPORTER_BYTES));
	CHECK(memcmp(c.exporter, exporter_seen, TLS_EXPORTER_BYTES) != 0);
	memcpy(exporter_seen, c.exporter, TLS_EXPORTER_BYTES);
	end_fini(&c);
	rig_visit(&r, &c, NULL);
	CHECK(memcmp(c.exporter, exporter_seen, TLS_EXPORTER_BYTES) != 0);
	end_fini(&c);
	rig_fini(&r);
}

/* In TLS 1.3 a client is up before the server has judged it; what it sent by then is never seen. It
 * learns why even so, and even with more on its way than the line holds. */
static void send_at_once(struct end *c)
{
	static const uint8_t much[8 << 20];

	OK(conn_write(c->conn, span_of(much, sizeof(much)), E));
}

struct refusal {
	const char *label;
	enum cert_role role;
	bool other_ca;
	int64_t made_ms, server_now_ms, grace_ms;
	enum tls_verdict want; /* TLS_PEER_NONE: let in */
	enum tls_verdict up;
	int alert;
};

static const int64_t two_years_ms = (int64_t)CERT_LEAF_DAYS * 86400000;

static void device_cases(void)
{
	const int64_t five = 5 * 365 * day_ms, end = made_ms + two_years_ms;
	const struct refusal cases[] = {
		{ "good", CERT_DEVICE, false, made_ms, made_ms, five, 0, TLS_PEER_GOOD, 0 },
		{ "last second", CERT_DEVICE, false, made_ms, end - 1000, five, 0, TLS_PEER_GOOD,
		  0 },
		{ "just expired", CERT_DEVICE, false, made_ms, end, five, 0, TLS_PEER_EXPIRED, 0 },
		{ "4 years", CERT_DEVICE, false, made_ms, end + five - 1, five, 0, TLS_PEER_EXPIRED,
		  0 },
		{ "5 years", CERT_DEVICE, false, made_ms, end + five, five, TLS_PEER_EXPIRED, 0,
		  45 },
		{ "no grace", CERT_DEVICE, false, made_ms, end, 0, TLS_PEER_EXPIRED, 0, 45 },
		/* issued by us while our clock ran ahead */
		{ "early", CERT_DEVICE, false, made_ms + 1100 * day_ms, made_ms, five, 0,
		  TLS_PEER_EARLY, 0 },
		{ "foreign and early", CERT_DEVICE, true, made_ms + 30 * day_ms, made_ms, five,
		  TLS_PEER_FOREIGN, 0, 48 },
		{ "server as device, early", CERT_SERVER, false, made_ms + 30 * day_ms, made_ms,
		  five, TLS_PEER_ROLE, 0, 43 },
		{ "foreign", CERT_DEVICE, true, made_ms, made_ms, five, TLS_PEER_FOREIGN, 0, 48 },
		{ "foreign and expired", CERT_DEVICE, true, made_ms, end, five, TLS_PEER_FOREIGN, 0,
		  48 },
		{ "server as device", CERT_SERVER, false, made_ms, made_ms, five, TLS_PEER_ROLE, 0,
		  43 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct refusal *k = &cases[i];
		struct rig r;
		struct ca other;
		struct id who;
		struct end c = { 0 };
		struct hand_clock server_clock = { k->server_now_ms };

		rig_init(&r);
		/* Another province's CA has the same name as ours but for its number; here even that
		 * is the same. */
		ca_init(&other, made_ms);
		id_init(&who, k->other_ca ? &other : &r.ca, k->role, 7, k->made_ms);
		r.client_config.cert = buf_span(&who.cert);
		r.client_config.key = buf_span(&who.key_pem);
		r.server_config.grace_ms = k->grace_ms;
		r.server_config.real = hand_clock_of(&server_clock);
		r.client_up = k->want ? send_at_once : NULL;
		r.client_limits.out_max = 16 << 20;
		rig_open(&r);
		rig_visit(&r, &c, NULL);
		fprintf(stderr, "%s: client %s %d, server %s %s: %s\n", k->label,
			conn_why_name(c.why), c.alert, conn_why_name(r.last.why),
			tls_verdict_name(r.last.refused_verdict), r.last.message);
		if (k->want) {
			CHECK(!r.last.up && r.last.why == CONN_PEER && !r.last.got);
			CHECK(r.last.refused_verdict == k->want);
			CHECK(c.why == CONN_REFUSED && c.alert == k->alert);
		} else {
			CHECK(r.last.up && r.last.verdict == k->up && c.up);
			CHECK(r.last.not_after_ms == k->made_ms / 1000 * 1000 + two_years_ms);
		}
		end_fini(&c);
		id_fini(&who);
		ca_fini(&other);
		rig_fini(&r);
	}
}

/* The same from the client's side, where there is no grace. */
static void server_cases(void)
{
	static const struct {
		const char *label;
		enum cert_role role;
		bool other_ca;
		int client_days;
		enum tls_verdict want;
	} cases[] = {
		{ "good", CERT_SERVER, false, 1, TLS_PEER_GOOD },
		{ "expired", CERT_SERVER, false, CERT_LEAF_DAYS + 1, TLS_PEER_EXPIRED },
		{ "early", CERT_SERVER, false, -2, TLS_PEER_EARLY },
		{ "foreign", CERT_SERVER, true, 1, TLS_PEER_FOREIGN },
		{ "device as server", CERT_DEVICE, false, 1, TLS_PEER_ROLE },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r;
		struct ca other;
		struct id who;
		struct end c = { 0 };
		struct hand_clock client_clock = { made_ms + cases[i].client_days * day_ms };

		rig_init(&r);
		ca_init(&other, made_ms);
		id_init(&who, cases[i].other_ca ? &other : &r.ca, cases[i].role, 9, made_ms);
		r.server_config.cert = buf_span(&who.cert);
		r.server_config.key = buf_span(&who.key_pem);
		r.client_config.real = hand_clock_of(&client_clock);
		rig_open(&r);
		rig_visit(&r, &c, NULL);
		if (cases[i].want == TLS_PEER_GOOD) {
			CHECK(c.up && r.last.up);
		} else {
			CHECK(!c.up && c.why == CONN_PEER);
			CHECK(c.refused_verdict == cases[i].want);
			CHECK(!r.last.up && r.last.why == CONN_REFUSED && r.last.alert);
		}
		end_fini(&c);
		id_fini(&who);
		ca_fini(&other);
		rig_fini(&r);
	}
}

/* --- sessions ------------------------------------------------------------------------------------ */

/* The session comes with the server's first bytes, so the client waits for some. */
static void greet(struct end *s)
{
	OK(conn_write(s->conn, SPAN_LIT("!"), E));
}

static void stay(struct end *c)
{
	(void)c;
}

static size_t close_after_bytes(struct end *c, struct span bytes)
{
	conn_close(c->conn);
	return bytes.len;
}

static size_t abort_after_bytes(struct end *c, struct span bytes)
{
	conn_abort(c->conn);
	return bytes.len;
}

static void session_rig(struct rig *r)
{
	rig_init(r);
	r->server_up = greet;
	r->client_up = stay;
	r->client_bytes = close_after_bytes;
}

static void sessions_resume(void)
{
	struct rig r;
	struct end c = { 0 };
	struct tls_session *s;
	struct hash device;
	uint64_t full, again;

	session_rig(&r);
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	CHECK(!c.resumed && c.session);
	device = r.last.spki;
	full = c.traffic.wire_in + c.traffic.wire_out;
	for (int i = 0; i < 5; i++) {
		s = c.session;
		/* Also after a connection that was cut, and even if the server saw it cut. */
		r.client_bytes = i == 2 || i == 3 ? abort_after_bytes : close_after_bytes;
		rig_visit(&r, &c, s);
		again = c.traffic.wire_in + c.traffic.wire_out;
		CHECK(c.resumed && r.last.resumed && c.session && c.session != s);
		CHECK(hash_eq(&r.last.spki, &device)); /* the peer is still known, both ways */
		CHECK(c.verdict == TLS_PEER_GOOD && r.last.verdict == TLS_PEER_GOOD);
		CHECK(!hash_is_zero(&c.spki) && r.last.not_after_ms > made_ms);
		CHECK(!memcmp(c.exporter, r.last.exporter, TLS_EXPORTER_BYTES));
		CHECK(again < full / 2);
		tls_session_free(s);
	}
	end_fini(&c);
	rig_fini(&r);
}

static void sessions_are_used_once(void)
{
	struct rig r;
	struct end c = { 0 };
	struct tls_session *s;

	session_rig(&r);
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	s = c.session;
	rig_visit(&r, &c, s);
	CHECK(c.resumed);
	end_fini(&c);
	rig_visit(&r, &c, s);
	CHECK(c.up && !c.resumed && !r.last.resumed);
	end_fini(&c);
	tls_session_free(s);
	rig_fini(&r);
}

static void sessions_survive_the_program(void)
{
	struct rig r;
	struct end c = { 0 };
	struct buf saved;
	struct tls_session *s;

	session_rig(&r);
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	buf_init(&saved, TLS_SESSION_MAX);
	OK(tls_session_save(c.session, &saved, E));
	end_fini(&c);
	CHECK(tls_session_load(&s, span_of(saved.data, saved.len - 1), NULL) == -ERR_INVALID && !s);
	CHECK(tls_session_load(&s, (struct span){ 0 }, NULL) == -ERR_INVALID);
	CHECK(tls_session_load(&s, SPAN_LIT("rubbish"), NULL) == -ERR_INVALID);
	OK(tls_session_load(&s, buf_span(&saved), E));
	rig_visit(&r, &c, s);
	CHECK(c.resumed && !hash_is_zero(&c.spki));
	tls_session_free(s);
	end_fini(&c);
	buf_fini(&saved);
	rig_fini(&r);
}

/* A certificate may expire while its session lives. */
static void sessions_are_judged_anew(void)
{
	static const struct {
		int64_t after_days;
		enum tls_verdict up, refused;
	} cases[] = {
		{ CERT_LEAF_DAYS - 1, TLS_PEER_GOOD, 0 },
		{ CERT_LEAF_DAYS + 1, TLS_PEER_EXPIRED, 0 },
		{ CERT_LEAF_DAYS + 400, 0, TLS_PEER_EXPIRED },
		{ -30, TLS_PEER_EARLY, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r;
		struct hand_clock server_clock = { made_ms };
		struct end c = { 0 };
		struct tls_session *s;

		session_rig(&r);
		r.server_config.real = hand_clock_of(&server_clock);
		r.server_config.grace_ms = 365 * day_ms;
		rig_open(&r);
		rig_visit(&r, &c, NULL);
		s = c.session;
		server_clock.now_ms = made_ms + cases[i].after_days * day_ms;
		rig_visit(&r, &c, s);
		if (cases[i].refused) {
			CHECK(!r.last.up && r.last.why == CONN_PEER);
			CHECK(r.last.refused_verdict == cases[i].refused);
			CHECK(c.why == CONN_GONE);
		} else {
			CHECK(r.last.up && r.last.resumed && r.last.verdict == cases[i].up);
		}
		tls_session_free(s);
		end_fini(&c);
		rig_fini(&r);
	}
}

static void sessions_can_be_off(void)
{
	struct rig r;
	struct end c = { 0 };

	session_rig(&r);
	r.server_config.sessions_max = 0;
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	CHECK(c.up && !c.session);
	end_fini(&c);
	rig_fini(&r);
}

static void reload_takes_new_certificates(void)
{
	struct rig r;
	struct id renewed;
	struct end c = { 0 };
	struct p256_public key;
	struct hash want;
	struct tls_session *s;
	struct tls_config bad;

	session_rig(&r);
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	s = c.session;
	id_init(&renewed, &r.ca, CERT_SERVER, 0, made_ms + day_ms);
	bad = r.server_config;
	bad.cert = buf_span(&renewed.cert); /* with the old key */
	CHECK(tls_reload(r.server_tls, &bad, NULL) == -ERR_INVALID);
	rig_visit(&r, &c, s);
	CHECK(c.resumed); /* nothing has changed */
	tls_session_free(s);
	s = c.session;
	r.server_config.cert = buf_span(&renewed.cert);
	r.server_config.key = buf_span(&renewed.key_pem);
	OK(tls_reload(r.server_tls, &r.server_config, E));
	rig_visit(&r, &c, s);
	key = p256_public_of(renewed.key);
	want = p256_spki_hash(&key);
	CHECK(c.up && !c.resumed && hash_eq(&c.spki, &want));
	tls_session_free(s);
	end_fini(&c);
	id_fini(&renewed);
	rig_fini(&r);
}

/* --- set-up -------------------------------------------------------------------------------------- */

static void configurations(void)
{
	struct rig r;
	struct tls_config c;
	struct tls *t;
	struct buf pem, der;

	rig_init(&r);
	buf_init(&pem, CERT_PEM_MAX);
	buf_init(&der, CERT_PEM_MAX);
	OK(cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(&r.server.cert), E));
	OK(p256_save_der(r.server.key, &der, E));
	c = r.server_config;
	c.cert = buf_span(&pem);
	c.key = buf_span(&der);
	OK(tls_new(&t, &c, E));
	tls_free(t);
	c.key = buf_span(&r.device.key_pem);
	CHECK(tls_new(&t, &c, NULL) == -ERR_INVALID && !t);
	c = r.server_config;
	c.ca = buf_span(&r.server.cert);
	CHECK(tls_new(&t, &c, NULL) == -ERR_INVALID);
	c.ca = SPAN_LIT("0rubbish");
	CHECK(tls_new(&t, &c, NULL) == -ERR_INVALID);
	c.ca = (struct span){ 0 };
	CHECK(tls_new(&t, &c, NULL) == -ERR_INVALID);
	c = r.server_config;
	c.cert = (struct span){ 0 };
	CHECK(tls_new(&t, &c, NULL) == -ERR_INVALID);
	c = r.server_config;
	c.cert = c.key = (struct span){ 0 };
	CHECK(tls_new(&t, &c, NULL) == -ERR_INVALID);
	c.side = TLS_CLIENT;
	OK(tls_new(&t, &c, E));
	tls_free(t);
	tls_free(NULL);
	buf_fini(&pem);
	buf_fini(&der);
	rig_fini(&r);
}

/* Something else talks to our port. */
static void send_raw(const struct addr *at, const char *bytes, size_t len)
{
	int fd = raw_connect(at);
	char waste[256];

	CHECK(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
	while (recv(fd, waste, sizeof(waste), 0) > 0)
		;
	close(fd);
}

static void *talk_http(void *arg)
{
	send_raw(arg, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	return NULL;
}

static void *talk_old_tls(void *arg)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	int fd = raw_connect(arg);

	CHECK(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION));
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	CHECK(SSL_connect(ssl) <= 0);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return NULL;
}

static void others_are_turned_away(void *(*talk)(void *))
{
	struct rig r;
	pthread_t t;

	rig_init(&r);
	rig_open(&r);
	CHECK(!pthread_create(&t, NULL, talk, &r.at));
	rig_run(&r);
	pthread_join(t, NULL);
	CHECK(r.ends && r.ends->down && !r.ends->was_up && r.ends->why == CONN_TLS);
	rig_fini(&r);
}

int main(void)
{
	both_show_certificates();
	a_stranger_comes_without();
	device_cases();
	server_cases();
	sessions_resume();
	sessions_are_used_once();
	sessions_survive_the_program();
	sessions_are_judged_anew();
	sessions_can_be_off();
	reload_takes_new_certificates();
	configurations();
	others_are_turned_away(talk_http);
	others_are_turned_away(talk_old_tls);
	return 0;
}
