/* The threads of a server, over real TLS and a real store: nothing acked is lost, nothing is there twice,
 * local commands run beside it, it stops in order, and strangers are kept in bounds. */
#include "serve_world.h"

#include "net/ctl.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what the log holds ---- */

/* Every ack stands in the log under the lsn that was told; no op is there twice. */
static void check_log(struct place *p, bool all)
{
	struct arena *a = arena_new(1 << 20);
	uint64_t lsn = 0, found = 0, acked = 0;
	struct ledger *l;
	struct buf bytes;

	buf_init(&bytes, ENTRY_MAX);
	must(ledger_open(&l, p->w.kv, 0, &p->e), &p->e, "the log");
	for (lsn = 1; lsn <= ledger_info(l).lsn; lsn++) {
		struct envelope env;
		struct entry en;
		struct party *t;

		arena_reset(a);
		buf_reset(&bytes);
		must(ledger_entry(l, lsn, &bytes, &p->e), &p->e, "an entry");
		must(entry_decode(&en, buf_span(&bytes), a, &p->e), &p->e, "an entry");
		if (!en.device)
			continue;
		must(envelope_decode(&env, en.envelope, a, &p->e), &p->e, "an envelope");
		t = &p->party[en.device - UINT64_C(0xd000000000000000)];
		CHECK(env.seq >= 1 && env.seq <= OPS);
		CHECK(!t->lsn[env.seq] || t->lsn[env.seq] == lsn);
		CHECK(span_eq(en.body, t->op[env.seq].body));
		t->lsn[env.seq] = 0; /* seen */
		found++;
	}
	for (size_t i = 0; i < p->parties; i++) {
		acked += p->party[i].acked;
		for (uint64_t n = 1; n <= OPS; n++)
			CHECK(!p->party[i].lsn[n]); /* acked and not in the log */
	}
	CHECK(found >= acked);
	CHECK(!all || (acked == p->parties * OPS && found == acked));
	buf_fini(&bytes);
	ledger_close(l);
	arena_free(a);
}

/* ---- a crowd ---- */

enum { CROWD = 24, STEP = 4 };

struct crowd {
	struct place *p;
	struct guest guest[CROWD];
	struct loop *loop;
	unsigned left, resumed, contacts;
	bool once;
};

static void come(struct guest *g)
{
	struct crowd *k = (struct crowd *)(void *)g->p->setup.query_ctx;

	g->first = g->party->acked + 1;
	g->last = g->first + STEP - 1 < OPS ? g->first + STEP - 1 : OPS;
	g->up = g->down = false;
	k->contacts++;
	guest_come(g, k->loop);
}

static void come_again(struct guest *g)
{
	struct crowd *k = (struct crowd *)(void *)g->p->setup.query_ctx;

	k->resumed += g->resumed;
	if (g->party->acked < OPS && !k->once)
		come(g);
	else if (!--k->left)
		loop_stop(k->loop);
}

static void crowd_begin(struct crowd *k, struct place *p)
{
	memset(k, 0, sizeof(*k));
	k->p = p;
	k->left = CROWD;
	must(loop_new(&k->loop, clock_steady, &p->e), &p->e, "a loop");
	p->setup.query_ctx = k; /* not used by this server: where guests find their crowd */
	for (size_t i = 0; i < CROWD; i++) {
		k->guest[i] = (struct guest){ .p = p, .party = &p->party[i], .on_end = come_again };
		come(&k->guest[i]);
	}
}

static void *ask_often(void *arg)
{
	struct place *p = arg;

	for (int i = 0; i < 20; i++) {
		struct buf answer;
		struct err e = { 0 };
		char want[64];

		buf_init(&answer, 1 << 16);
		must(ctl_ask(p->w.dir, SERVE_SOCKET, SPAN_LIT("hello"), &answer, 20000, &e), &e,
		     "a command");
		snprintf(want, sizeof(want), "hello devices=%d", CROWD);
		CHECK(span_eq(buf_span(&answer), span_str(want)));
		buf_fini(&answer);
	}
	return NULL;
}

static void a_crowd_is_served(void)
{
	struct place p;
	struct crowd k;
	pthread_t asker;

	place_open(&p, CROWD);
	place_serve(&p);
	crowd_begin(&k, &p);
	CHECK(!pthread_create(&asker, NULL, ask_often, &p));
	CHECK(!loop_run(k.loop, &p.e));
	pthread_join(asker, NULL);
	loop_free(k.loop);
	CHECK(atomic_load(&p.commands) == 20);
	CHECK(atomic_load(&p.tidied) == 1);
	CHECK(k.contacts >= CROWD * OPS / STEP);
	CHECK(k.resumed >= k.contacts / 2); /* by whichever thread */
	place_stop(&p);
	check_log(&p, true);
	place_close(&p);
}

/* ---- stopping ---- */

static void *stop_soon(void *arg)
{
	struct place *p = arg;

	sleep_ms(60);
	serve_stop(p->serve);
	return NULL;
}

static void come_until_refused(struct guest *g)
{
	struct crowd *k = (struct crowd *)(void *)g->p->setup.query_ctx;

	if (g->party->acked < OPS && g->up && !g->closed_by_server && g->why != CONN_UNREACHED)
		come(g);
	else if (!--k->left)
		loop_stop(k->loop);
}

static void stopped_in_the_middle(void)
{
	struct place p;
	struct crowd k;
	pthread_t stopper;
	int64_t began;

	place_open(&p, CROWD);
	place_serve(&p);
	crowd_begin(&k, &p);
	for (size_t i = 0; i < CROWD; i++)
		k.guest[i].on_end = come_until_refused;
	CHECK(!pthread_create(&stopper, NULL, stop_soon, &p));
	CHECK(!loop_run(k.loop, &p.e));
	pthread_join(stopper, NULL);
	loop_free(k.loop);
	began = now_ms();
	place_stop(&p);
	CHECK(now_ms() - began < SERVE_STOP_MS);
	check_log(&p, false);
	place_close(&p);
}

/* ---- who may stay ---- */

static void stop_loop(struct guest *g)
{
	loop_stop(g->loop);
}

/* One contact on a loop of its own. */
static struct guest visit(struct place *p, struct guest g)
{
	struct loop *loop;

	must(loop_new(&loop, clock_steady, &p->e), &p->e, "a loop");
	g.p = p;
	g.on_end = stop_loop;
	guest_come(&g, loop);
	CHECK(!loop_run(loop, &p->e));
	loop_free(loop);
	return g;
}

static int raw_connect(const struct place *p)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(!connect(fd, (const struct sockaddr *)(const void *)p->at.bytes, p->at.len));
	return fd;
}

/* Has the server ended it? Waits up to `ms`. */
static bool ended(int fd, int ms)
{
	struct timeval wait = { ms / 1000, ms % 1000 * 1000 };
	uint8_t byte;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	n = recv(fd, &byte, 1, 0);
	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void silent_strangers_are_bounded(void)
{
	struct place p;
	struct guest g;
	int fd[6], kept = 0;
	int64_t began;

	place_open(&p, 1);
	p.setup.per_host_max = 4;
	p.setup.limits.handshake_ms = 1500;
	place_serve(&p);
	for (int i = 0; i < 6; i++)
		fd[i] = raw_connect(&p);
	for (int i = 0; i < 6; i++)
		kept += !ended(fd[i], 100);
	CHECK(kept == 4);
	began = now_ms();
	for (int i = 0; i < 6; i++) {
		CHECK(ended(fd[i], 5000)); /* the others are late */
		close(fd[i]);
	}
	CHECK(now_ms() - began < 4000);
	g = visit(&p, (struct guest){ .party = &p.party[0], .first = 1, .last = 2 });
	CHECK(p.party[0].acked == 2 && g.down); /* their places are free again */
	place_stop(&p);
	place_close(&p);
}

/* ---- those who stay ---- */

static struct guest second;
static unsigned ends;

static void end_both(struct guest *g)
{
	if (++ends == 2)
		loop_stop(g->loop);
}

static void send_second(struct guest *g)
{
	guest_come(&second, g->loop);
}

static void close_both(struct guest *g)
{
	struct guest *first = (struct guest *)g->p->setup.query_ctx;

	conn_close(g->conn);
	conn_close(first->conn);
}

/* Who has shown a certificate takes up no place of the strangers. */
static void devices_are_no_strangers(void)
{
	struct guest first;
	struct place p;
	struct loop *loop;

	place_open(&p, 2);
	p.setup.per_host_max = 1;
	place_serve(&p);
	must(loop_new(&loop, clock_steady, &p.e), &p.e, "a loop");
	first = (struct guest){ .p = &p,
				.party = &p.party[0],
				.first = 1,
				.stay = true,
				.on_hello = send_second,
				.on_end = end_both };
	second = (struct guest){ .p = &p,
				 .party = &p.party[1],
				 .first = 1,
				 .stay = true,
				 .on_hello = close_both,
				 .on_end = end_both };
	p.setup.query_ctx = &first;
	guest_come(&first, loop);
	CHECK(!loop_run(loop, &p.e));
	loop_free(loop);
	CHECK(first.hello_code == WIRE_OK && second.hello_code == WIRE_OK);
	place_stop(&p);
	place_close(&p);
}

/* While a Hello is with the writer nothing is read; what came behind it is read afterwards, though nothing
 * new comes. */
static void a_flight_waits_for_its_hello(void)
{
	struct place p;
	struct guest g;

	place_open(&p, 1);
	place_serve(&p);
	g = visit(&p, (struct guest){ .party = &p.party[0], .first = 1, .last = 3, .nonce = 0x99 });
	CHECK(g.hello_code == WIRE_NEW_EPOCH);
	CHECK(p.party[0].last.not_now == WIRE_NEW_EPOCH && !p.party[0].acked);
	place_stop(&p);
	place_close(&p);
}

static void stop_server(struct guest *g)
{
	serve_stop(g->p->serve);
}

static void an_idle_device_is_told_of_the_end(void)
{
	struct place p;
	struct guest g;
	int64_t began;

	place_open(&p, 1);
	place_serve(&p);
	began = now_ms();
	g = visit(&p, (struct guest){ .party = &p.party[0],
				      .first = 1,
				      .stay = true,
				      .on_hello = stop_server });
	CHECK(g.closed_by_server && g.close_code == WIRE_STOPPING);
	place_stop(&p);
	CHECK(now_ms() - began < SERVE_STOP_MS / 2);
	place_close(&p);
}

static void what_strangers_send(void)
{
	static const uint8_t garbage[] = { 0, 0, 0, 1, 0x77, 0x77, 1 };
	static const uint8_t huge[] = { 0x7f, 0, 0, 0, 0, 1 };
	struct place p;
	struct guest g;

	place_open(&p, 2);
	place_serve(&p);
	g = visit(&p, (struct guest){ .party = &p.party[0], .raw = { garbage, sizeof(garbage) } });
	CHECK(g.up && g.down && g.error != 999 && g.error != WIRE_INTERNAL);
	g = visit(&p, (struct guest){ .party = &p.party[0], .raw = { huge, sizeof(huge) } });
	CHECK(g.error == WIRE_TOO_LARGE);
	g = visit(&p, (struct guest){ .raw = { huge, sizeof(huge) } }); /* without a certificate */
	CHECK(g.error == WIRE_TOO_LARGE || g.error == WIRE_CERTIFICATE_NEEDED);
	g = visit(&p, (struct guest){ .party = &p.party[0], .first = 1, .last = 3 });
	CHECK(g.hello_code == WIRE_OK && p.party[0].acked == 3);
	g = visit(&p,
		  (struct guest){ .party = &p.party[0], .first = 2, .last = 5 }); /* some again */
	CHECK(p.party[0].acked == 5);
	place_stop(&p);
	check_log(&p, false);
	place_close(&p);
}

/* Another server of this user shares its port as ours would. */
static void a_port_is_one_servers(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct addr found[ADDR_FOUND_MAX];
	socklen_t len = sizeof(at);
	struct err e = { 0 };
	struct place p;
	char text[64];
	size_t count;

	CHECK(!setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)));
	CHECK(!bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 8));
	CHECK(!getsockname(fd, (struct sockaddr *)&at, &len));
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(at.sin_port));
	place_open(&p, 1);
	must(addr_parse(found, &count, span_str(text), true, &p.e), &p.e, "an address");
	p.setup.at = found[0];
	CHECK(serve_open(&p.serve, &p.setup, &e) == -ERR_BUSY);
	CHECK(strstr(e.msg, "is in use by another program"));
	close(fd);
	place_serve(&p);
	place_stop(&p);
	place_close(&p);
}

/* ---- an end without an answer ---- */

static struct place *doomed;

/* In the middle of a batch: what the store does next fails, and nobody knows how it ended. */
static bool break_store(void *ctx, struct op_id id)
{
	(void)ctx, (void)id;
	kv_fail_at(doomed->w.kv, kv_calls(doomed->w.kv) + 1, ERR_FATAL, true);
	return true;
}

static void release(void *ctx)
{
	(void)ctx;
}

static void fatal_child(bool by_command)
{
	struct place p;
	struct guest g;
	struct buf answer;

	alarm(20); /* when it lives on, nobody answers */
	place_open(&p, 1);
	doomed = &p;
	p.setup.hands = (struct writer_hands){ NULL, break_store, release };
	p.command_rc = -ERR_FATAL;
	place_serve(&p);
	buf_init(&answer, 1 << 16);
	if (by_command)
		(void)ctl_ask(p.w.dir, SERVE_SOCKET, SPAN_LIT("hello"), &answer, 20000, NULL);
	else
		g = visit(&p, (struct guest){ .party = &p.party[0], .first = 1, .last = 3 });
	fprintf(stderr, "it lived on: %d\n", by_command ? 0 : (int)g.why);
	_exit(7);
}

static void an_unknown_outcome_ends_it(void)
{
	for (int by_command = 0; by_command < 2; by_command++) {
		pid_t pid = fork();
		int status;

		CHECK(pid >= 0);
		if (!pid)
			fatal_child(by_command);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	}
}

int main(void)
{
	alarm(90);                    /* what should have come and did not */
	an_unknown_outcome_ends_it(); /* forks: before there are threads */
	a_crowd_is_served();
	stopped_in_the_middle();
	silent_strangers_are_bounded();
	devices_are_no_strangers();
	a_flight_waits_for_its_hello();
	an_idle_device_is_told_of_the_end();
	what_strangers_send();
	a_port_is_one_servers();
	printf("9 ok\n");
	return 0;
}
