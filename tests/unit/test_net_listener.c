/* Addresses, and a listener under more connections than it may take. */
#include "net_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the system's, in front of it; for libevent too. */
static int refused_adds;
int epoll_ctl(int ep, int op, int fd, struct epoll_event *ev)
{
	if (op == EPOLL_CTL_ADD && refused_adds && refused_adds--) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, ep, op, fd, ev);
}

/* --- addresses ----------------------------------------------------------------------------------- */

static void addresses(void)
{
	static const struct {
		const char *text;
		bool to_listen;
		int want;
		const char *shown; /* NULL: the same as `text` */
	} cases[] = {
		{ "127.0.0.1:7000", false, 0, NULL },
		{ "[::1]:7000", false, 0, NULL },
		{ "[2001:db8::1]:65535", false, 0, NULL },
		{ "127.0.0.1:0", true, 0, NULL },
		{ ":7000", true, 0, "[::]:7000" },
		{ "*:0", true, 0, "[::]:0" },
		{ "127.0.0.1:0", false, -ERR_INVALID, NULL },
		{ ":7000", false, -ERR_INVALID, NULL },
		{ "*:7000", false, -ERR_INVALID, NULL },
		{ "[]:7000", true, -ERR_INVALID, NULL },
		{ "127.0.0.1", false, -ERR_INVALID, NULL },
		{ "127.0.0.1:", false, -ERR_INVALID, NULL },
		{ "127.0.0.1:65536", false, -ERR_INVALID, NULL },
		{ "127.0.0.1:700000", false, -ERR_INVALID, NULL },
		{ "127.0.0.1:7x", false, -ERR_INVALID, NULL },
		{ "127.0.0.1:+7", false, -ERR_INVALID, NULL },
		{ "::1:7000", false, -ERR_INVALID, NULL },
		{ "[name]:7000", false, -ERR_NOTFOUND, NULL },
		{ "", false, -ERR_INVALID, NULL },
		{ ":", true, -ERR_INVALID, NULL },
	};
	struct addr a[ADDR_FOUND_MAX];
	char text[ADDR_TEXT_MAX];
	size_t count;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int rc = addr_parse(a, &count, span_str(cases[i].text), cases[i].to_listen, &e);

		if (rc != cases[i].want)
			fprintf(stderr, "%s: %d %s\n", cases[i].text, rc, e.msg);
		CHECK(rc == cases[i].want && (rc ? !count && e.code : count == 1));
		if (!rc)
			CHECK(!strcmp(addr_text(text, &a[0]),
				      cases[i].shown ? cases[i].shown : cases[i].text));
	}
	OK(addr_parse(a, &count, SPAN_LIT("localhost:80"), false, E));
	CHECK(count >= 1 && count <= ADDR_FOUND_MAX);
	CHECK(addr_parse(a, &count, span_of("a\0b:80", 6), false, NULL) == -ERR_INVALID);
	memset(a, 0, sizeof(a));
	CHECK(!strcmp(addr_text(text, &a[0]), "-"));
}

static void host_of(uint8_t out[ADDR_HOST_BYTES], const char *text)
{
	struct addr a[ADDR_FOUND_MAX];
	size_t count;

	OK(addr_parse(a, &count, span_str(text), false, E));
	addr_host(out, &a[0]);
}

static bool same_host(const char *x, const char *y)
{
	uint8_t a[ADDR_HOST_BYTES], b[ADDR_HOST_BYTES];

	host_of(a, x);
	host_of(b, y);
	return !memcmp(a, b, sizeof(a));
}

static void hosts(void)
{
	CHECK(same_host("10.0.0.1:5", "10.0.0.1:6"));
	CHECK(!same_host("10.0.0.1:5", "10.0.0.2:5"));
	CHECK(same_host("10.0.0.1:5", "[::ffff:10.0.0.1]:5"));
	CHECK(!same_host("[::ffff:10.0.0.1]:5", "[::ffff:10.0.0.2]:5"));
	CHECK(same_host("[2001:db8::1]:5", "[2001:db8::ffff:1]:5"));
	CHECK(!same_host("[2001:db8:0:1::1]:5", "[2001:db8::1]:5"));
}

/* --- limits -------------------------------------------------------------------------------------- */

/* 1 open, 0 reset or closed, within some time. */
static int is_open(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

struct crowd {
	struct rig *r;
	int fd[600];
	size_t count, open;
	struct later look;
};

static void count_open(void *arg)
{
	struct crowd *c = arg;

	c->open = 0;
	for (size_t i = 0; i < c->count; i++)
		c->open += (size_t)is_open(c->fd[i]);
	loop_stop(c->r->loop);
}

static void crowd_come(struct crowd *c, struct rig *r, size_t count)
{
	c->r = r;
	c->count = count;
	for (size_t i = 0; i < count; i++)
		c->fd[i] = raw_connect(&r->at);
}

static void crowd_leave(struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		close(c->fd[i]);
	later_fini(&c->look);
}

static void more_than_the_quota(void)
{
	struct rig r;
	struct crowd c = { 0 };
	struct end e = { 0 };

	rig_init(&r);
	r.quota.max = 5;
	r.keep_running = true;
	rig_open(&r);
	crowd_come(&c, &r, 500);
	later(&c.look, r.loop, 300, count_open, &c);
	rig_run(&r);
	CHECK(c.open == 5 && r.accepted == 5 && r.quota.open == 5 && r.quota.refused == 495);
	crowd_leave(&c);
	/* When they have gone there is room again. */
	r.keep_running = false;
	for (struct end *x = r.ends; x; x = x->next)
		conn_abort(x->conn);
	rig_fini(&r);
	rig_init(&r);
	r.quota.max = 1;
	rig_open(&r);
	for (int i = 0; i < 3; i++) {
		rig_visit(&r, &e, NULL);
		CHECK(e.up && r.quota.open == 0);
		end_fini(&e);
	}
	CHECK(r.quota.refused == 0);
	rig_fini(&r);
}

struct counted {
	struct rig *r;
	unsigned asked, taken;
};

/* Only the first two of an address are taken. */
static void take_two(struct accepted *a, void *arg)
{
	struct counted *n = arg;
	uint8_t host[ADDR_HOST_BYTES], local[ADDR_HOST_BYTES];

	addr_host(host, &a->from);
	host_of(local, "127.0.0.1:1");
	CHECK(!memcmp(host, local, sizeof(host)));
	if (++n->asked <= 2) {
		CHECK(fcntl(a->fd, F_GETFL) & O_NONBLOCK);
		CHECK(fcntl(a->fd, F_GETFD) & FD_CLOEXEC);
		close(a->fd);
		a->fd = -1; /* taken, and its slot with it */
		atomic_fetch_sub(&a->quota->open, 1);
		n->taken++;
	}
}

static void limit_per_address(void)
{
	struct rig r;
	struct counted n = { .r = &r };
	struct listener *l;
	struct quota quota = { .max = 100 };
	struct listener_config config = { .quota = &quota, .on_accept = take_two, .arg = &n };
	struct crowd c = { 0 };

	rig_init(&r);
	rig_open(&r);
	r.keep_running = true;
	config.loop = r.loop;
	r.at.bytes[2] = r.at.bytes[3] = 0; /* any port */
	OK(listener_open(&l, &config, &r.at, E));
	r.at = listener_addr(l);
	CHECK(addr_port(&r.at) != 0);
	crowd_come(&c, &r, 10);
	later(&c.look, r.loop, 200, count_open, &c);
	rig_run(&r);
	CHECK(n.asked == 10 && n.taken == 2 && quota.refused == 8 && quota.open == 0);
	crowd_leave(&c);
	listener_close(l);
	rig_fini(&r);
}

/* A task that comes back every turn counts turns. */
struct turns {
	struct loop_task task;
	struct loop *loop;
	unsigned turn, in_turn, most, all;
};

static void count_turn(struct loop_task *t)
{
	struct turns *n = (struct turns *)t;

	n->turn++;
	n->in_turn = 0;
	loop_post(n->loop, t);
}

static void take_none(struct accepted *a, void *arg)
{
	struct turns *n = arg;

	(void)a;
	n->all++;
	if (++n->in_turn > n->most)
		n->most = n->in_turn;
}

/* However many come at once, others on the loop get their turn between them. */
static void a_burst_is_shared_out(void)
{
	struct rig r;
	struct turns n = { .task.run = count_turn };
	struct listener *l;
	struct quota quota = { .max = 1000 };
	struct listener_config config = { .quota = &quota, .on_accept = take_none, .arg = &n };
	struct crowd c = { 0 };

	rig_init(&r);
	rig_open(&r);
	n.loop = config.loop = r.loop;
	r.at.bytes[2] = r.at.bytes[3] = 0;
	OK(listener_open(&l, &config, &r.at, E));
	r.at = listener_addr(l);
	crowd_come(&c, &r, 500);
	loop_post(r.loop, &n.task);
	later(&c.look, r.loop, 200, count_open, &c);
	rig_run(&r);
	CHECK(n.all == 500 && n.most <= 64 && c.open == 0);
	crowd_leave(&c);
	listener_close(l);
	rig_fini(&r);
}

/* --- descriptors --------------------------------------------------------------------------------- */

struct drought {
	struct rig *r;
	struct crowd *crowd;
	struct rlimit before;
	struct later relief;
	struct end late;
};

static double cpu_s(void)
{
	struct rusage u;

	CHECK(!getrusage(RUSAGE_SELF, &u));
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void relieve(void *arg)
{
	struct drought *d = arg;

	CHECK(!setrlimit(RLIMIT_NOFILE, &d->before));
	for (size_t i = 0; i < d->crowd->count; i++)
		close(d->crowd->fd[i]);
	rig_connect(d->r, &d->late, NULL); /* it waits behind them and is served */
}

static void when_served(struct end *c)
{
	conn_close(c->conn);
}

static void stop_after(struct end *c)
{
	loop_stop(c->rig->loop);
}

/* Descriptors run out while 60 wait. The loop does not spin, and all goes on when there are some. */
static void out_of_descriptors(void)
{
	struct rig r;
	struct crowd c = { 0 };
	struct drought d = { .r = &r, .crowd = &c };
	struct rlimit low;
	double began_s;
	int next;

	rig_init(&r);
	r.server_limits.handshake_ms = 20000;
	r.client_up = when_served;
	r.client_down = stop_after;
	r.keep_running = true;
	rig_open(&r);
	crowd_come(&c, &r, 60);
	CHECK(!getrlimit(RLIMIT_NOFILE, &d.before));
	next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(next);
	low = d.before;
	low.rlim_cur = (rlim_t)next + 10;
	CHECK(!setrlimit(RLIMIT_NOFILE, &low));
	later(&d.relief, r.loop, 1000, relieve, &d);
	began_s = cpu_s();
	rig_run(&r);
	CHECK(d.late.up);
	CHECK(r.accepted > 10 && r.quota.refused >= 5 && r.quota.refused <= 15);
	CHECK(cpu_s() - began_s < 0.5); /* of more than a second */
	later_fini(&d.relief);
	end_fini(&d.late);
	rig_fini(&r);
}

/* --- binding ------------------------------------------------------------------------------------- */

static void bind_to(struct rig *r, const char *text)
{
	struct addr a[ADDR_FOUND_MAX];
	size_t count;

	OK(addr_parse(a, &count, span_str(text), true, E));
	r->at = a[0];
}

static void addresses_in_use(void)
{
	struct rig r;
	struct listener *l;
	struct listener_config config = { .quota = &r.quota, .on_accept = take_two };
	struct addr a[ADDR_FOUND_MAX];
	struct err e = { 0 };
	size_t count;

	rig_init(&r);
	rig_open(&r);
	config.loop = r.loop;
	CHECK(listener_open(&l, &config, &r.at, &e) == -ERR_BUSY && !l);
	CHECK(strstr(e.msg, "in use"));
	config.share_port = true; /* the first did not agree */
	CHECK(listener_open(&l, &config, &r.at, NULL) == -ERR_BUSY);
	OK(addr_parse(a, &count, SPAN_LIT("192.0.2.1:0"), true, E));
	CHECK(listener_open(&l, &config, &a[0], NULL) == -ERR_NOTFOUND);
	rig_fini(&r);
}

static void both_kinds_of_address(void)
{
	struct rig r;
	struct end c = { 0 };
	unsigned port;
	char text[ADDR_TEXT_MAX];
	size_t count;

	rig_init(&r);
	bind_to(&r, "[::1]:0");
	rig_open(&r);
	rig_visit(&r, &c, NULL);
	CHECK(c.up);
	end_fini(&c);
	rig_fini(&r);

	rig_init(&r);
	bind_to(&r, "*:0");
	rig_open(&r);
	port = addr_port(&r.at);
	for (int six = 0; six < 2; six++) {
		snprintf(text, sizeof(text), six ? "[::1]:%u" : "127.0.0.1:%u", port);
		OK(addr_parse(r.via, &count, span_str(text), false, E));
		r.via_count = 1;
		r.at.both = true;
		rig_visit(&r, &c, NULL);
		CHECK(c.up);
		end_fini(&c);
	}
	rig_fini(&r);
}

static void listener_goes_on(void *arg)
{
	struct rig *r = arg;

	CHECK(r->accepted == 0);
	listener_resume(r->listener);
}

static void pauses(void)
{
	struct rig r;
	struct end c = { 0 };
	struct later l;

	rig_init(&r);
	rig_open(&r);
	listener_pause(r.listener);
	rig_connect(&r, &c, NULL);
	later(&l, r.loop, 150, listener_goes_on, &r);
	rig_run(&r);
	later_fini(&l);
	CHECK(c.up);
	end_fini(&c);
	rig_fini(&r);
}

static void goes_on_refused(void *arg)
{
	refused_adds = 1;
	listener_goes_on(arg);
	CHECK(!refused_adds);
}

/* Who listens without being told of anybody says so; and after a pause it is tried again. */
static void no_room_to_be_told(void)
{
	struct rig r;
	struct counted n = { .r = &r };
	struct listener *l;
	struct quota quota = { .max = 100 };
	struct listener_config config = { .quota = &quota, .on_accept = take_two, .arg = &n };
	struct end c = { 0 };
	struct later later_on;
	struct err e = { 0 };

	rig_init(&r);
	rig_open(&r);
	config.loop = r.loop;
	r.at.bytes[2] = r.at.bytes[3] = 0; /* another port */
	refused_adds = 1;
	CHECK(listener_open(&l, &config, &r.at, &e) == -ERR_IO && !l && !refused_adds);
	r.at = listener_addr(r.listener);
	listener_pause(r.listener);
	rig_connect(&r, &c, NULL);
	later(&later_on, r.loop, 150, goes_on_refused, &r);
	rig_run(&r);
	later_fini(&later_on);
	CHECK(c.up);
	end_fini(&c);
	rig_fini(&r);
}

int main(void)
{
	addresses();
	hosts();
	more_than_the_quota();
	limit_per_address();
	a_burst_is_shared_out();
	out_of_descriptors();
	addresses_in_use();
	both_kinds_of_address();
	pauses();
	no_room_to_be_told();
	return 0;
}
