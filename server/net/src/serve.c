#include "io.h"

#include "net/ctl.h"

#include <signal.h>
#include <stdlib.h>

enum { MINUTE_MS = 60000, ANSWER_MAX = CTL_ANSWER_MAX };

struct ended {
	struct loop_task task; /* first */
	struct serve *serve;
};

struct serve {
	struct serve_setup setup;
	struct hours hours;
	struct quota quota;
	struct gate *gate;
	struct tls *tls;
	struct io_common common;
	struct wthread *writer;
	struct io *io[SERVE_THREADS_MAX];
	unsigned io_count;
	struct loop *loop; /* the caller's: signals, local commands */
	struct ctl *ctl;
	struct loop_timer *minute;
	struct addr at;
	size_t calls;     /* local commands that are not answered yet */
	unsigned running; /* I/O threads that have not ended */
	bool stopping, ran;
	struct loop_task stop;
	struct ended io_ended[SERVE_THREADS_MAX];
	atomic_bool stop_asked;
	atomic_uint ended;
};

/* ---- local commands ---- */

struct local {
	struct wcall call;
	struct loop_task task;
	struct serve *serve;
	struct ctl_call *ctl;
	struct span request;
	struct buf answer;
	uint8_t bytes[];
};

static void stop_when_idle(struct serve *s)
{
	if (s->stopping && !s->running && !s->calls)
		loop_stop(s->loop);
}

static void on_answered(struct loop_task *t)
{
	struct local *k = (struct local *)(void *)((char *)t - offsetof(struct local, task));
	struct serve *s = k->serve;

	ctl_answer(k->ctl, buf_span(&k->answer));
	buf_fini(&k->answer);
	bytes_wipe(k->bytes, k->request.len);
	free(k);
	s->calls--;
	stop_when_idle(s);
}

static int run_local(struct wcall *c, const struct serve_desk *desk, struct err *e)
{
	struct local *k = (struct local *)(void *)((char *)c - offsetof(struct local, call));
	struct serve *s = k->serve;
	int rc = s->setup.command(s->setup.ctx, desk, k->request, &k->answer, e);

	if (rc != -ERR_FATAL)
		loop_post(s->loop, &k->task); /* it waits for us: serve_run() */
	return rc;
}

static void on_call(struct ctl_call *call, struct span request, void *arg)
{
	struct serve *s = arg;
	struct local *k = s->stopping ? NULL : calloc(1, sizeof(*k) + request.len);

	if (!k) {
		ctl_answer(call, (struct span){ NULL, 0 });
		return;
	}
	k->call.run = run_local;
	k->task.run = on_answered;
	k->serve = s;
	k->ctl = call;
	memcpy(k->bytes, request.data, request.len);
	k->request = span_of(k->bytes, request.len);
	buf_init(&k->answer, ANSWER_MAX);
	s->calls++;
	wthread_call(s->writer, &k->call);
}

/* ---- between the threads ---- */

static void deliver(void *ctx, struct job_list *done, const struct server_mood *mood)
{
	struct serve *s = ctx;

	for (unsigned i = 0; i < s->io_count; i++)
		io_deliver(s->io[i], &done[i], mood);
}

/* On the I/O thread, as the last thing it does. */
static void on_ended(void *ctx)
{
	struct serve *s = ctx;
	struct ended *d = &s->io_ended[atomic_fetch_add(&s->ended, 1)];

	d->serve = s;
	loop_post(s->loop, &d->task);
}

/* ---- stopping ---- */

static void begin_stop(struct serve *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	log_info("event=stopping");
	for (unsigned i = 0; i < s->io_count; i++)
		if (s->io[i]->running)
			io_stop(s->io[i]);
	stop_when_idle(s);
}

static void on_io_ended(struct loop_task *t)
{
	struct serve *s = ((struct ended *)(void *)t)->serve;

	s->running--;
	begin_stop(s); /* one that fails by itself takes the others along */
	stop_when_idle(s);
}

static void on_stop(struct loop_task *t)
{
	begin_stop((struct serve *)(void *)((char *)t - offsetof(struct serve, stop)));
}

void serve_stop(struct serve *s)
{
	if (!atomic_exchange(&s->stop_asked, true))
		loop_post(s->loop, &s->stop);
}

static void on_signal(int signo, void *arg)
{
	struct serve *s = arg;

	if (signo == SIGHUP)
		s->setup.hangup(s->setup.ctx, s);
	else
		begin_stop(s);
}

static void on_minute(void *arg)
{
	struct serve *s = arg;
	unsigned dropped;
	struct err e = { 0 };

	if (kv_reap_readers(s->setup.kv, &dropped, &e))
		log_warn("event=readers error=\"%s\"", e.msg);
	else if (dropped)
		log_info("event=readers dropped=%u", dropped);
	s->setup.minute(s->setup.ctx, s);
	loop_timer_set(s->minute, loop_now_ms(s->loop) + MINUTE_MS);
}

int serve_run(struct serve *s, struct err *e)
{
	s->ran = true;
	return loop_run(s->loop, e);
}

/* ---- opening ---- */

/* Listeners that share a port would also share it with another server of this user, who then got half of
 * our devices: whether the port is free is found out without sharing. */
static void refuse(struct accepted *a, void *arg)
{
	(void)a, (void)arg;
}

static int check_port(struct serve *s, struct err *e)
{
	struct listener_config c = { .loop = s->loop, .quota = &s->quota, .on_accept = refuse };
	struct listener *probe;
	int rc = listener_open(&probe, &c, &s->setup.at, e);

	if (!rc)
		listener_close(probe);
	return rc;
}

static int listen_all(struct serve *s, struct err *e)
{
	struct addr at = s->setup.at;
	int rc = s->io_count > 1 ? check_port(s, e) : 0;

	for (unsigned i = 0; i < s->io_count && !rc; i++) {
		rc = io_listen(s->io[i], &at, s->io_count > 1, e);
		if (!rc)
			at = listener_addr(s->io[i]->listener);
	}
	s->at = at;
	return rc;
}

static int make_threads(struct serve *s, struct err *e)
{
	struct wthread_setup w = {
		.serve = &s->setup, .hours = &s->hours, .deliver = deliver, .ctx = s
	};
	int rc = 0;

	for (unsigned i = 0; i < s->setup.threads && !rc; i++) {
		rc = io_new(&s->io[i], &s->common, i, e);
		s->io_count++;
	}
	if (!rc)
		rc = listen_all(s, e);
	if (!rc)
		rc = s->setup.listening(s->setup.ctx, &s->at, &w.enroller, e);
	if (!rc)
		rc = wthread_start(&s->writer, &w, e);
	s->common.writer = s->writer;
	for (unsigned i = 0; i < s->io_count && !rc; i++) {
		rc = io_start(s->io[i], e);
		s->running += !rc;
	}
	return rc;
}

static int make_loop(struct serve *s, struct err *e)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	int rc = loop_new(&s->loop, clock_steady, e);

	if (!rc)
		rc = loop_timer_new(&s->minute, s->loop, clock_steady, on_minute, s, e);
	for (size_t i = 0; i < ARRAY_LEN(signals) && !rc; i++)
		rc = loop_on_signal(s->loop, signals[i], on_signal, s, e);
	if (!rc)
		loop_timer_set(s->minute, loop_now_ms(s->loop) + MINUTE_MS);
	return rc;
}

static int open_ctl(struct serve *s, struct err *e)
{
	struct ctl_config c = { .loop = s->loop,
				.dir = s->setup.dir,
				.name = SERVE_SOCKET,
				.on_call = on_call,
				.arg = s };

	return ctl_open(&s->ctl, &c, e);
}

/* Signals are the first thread's alone. */
static int make_threads_deaf(struct serve *s, struct err *e)
{
	sigset_t all, was;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &was);
	rc = make_threads(s, e);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return rc;
}

int serve_open(struct serve **out, const struct serve_setup *setup, struct err *e)
{
	struct serve *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return err_set(e, ERR_NOMEM, "out of memory");
	s->setup = *setup;
	s->hours.real = setup->real;
	hours_look(&s->hours, setup->ledger);
	s->quota.max = setup->connections_max;
	s->stop.run = on_stop;
	for (unsigned i = 0; i < SERVE_THREADS_MAX; i++)
		s->io_ended[i].task.run = on_io_ended;
	rc = gate_new(&s->gate, setup->per_host_max, e);
	if (!rc)
		rc = tls_new(&s->tls, &setup->tls, e);
	s->common = (struct io_common){ .setup = &s->setup,
					.hours = &s->hours,
					.quota = &s->quota,
					.gate = s->gate,
					.tls = s->tls,
					.ended = on_ended,
					.ctx = s };
	if (!rc)
		rc = make_loop(s, e);
	if (!rc)
		rc = open_ctl(s, e);
	if (!rc)
		rc = make_threads_deaf(s, e);
	if (rc)
		serve_close(s);
	else
		*out = s;
	return rc;
}

struct addr serve_addr(const struct serve *s)
{
	return s->at;
}

int serve_reload(struct serve *s, const struct tls_config *tls, struct err *e)
{
	return tls_reload(s->tls, tls, e);
}

void serve_close(struct serve *s)
{
	if (!s)
		return;
	if (s->running && !s->stopping)
		begin_stop(s);
	if (s->running && !s->ran)
		loop_run(s->loop, NULL); /* until they have ended */
	for (unsigned i = 0; i < s->io_count; i++)
		if (s->io[i])
			io_join(s->io[i]);
	wthread_end(s->writer);
	s->common.writer = NULL;
	for (unsigned i = 0; i < s->io_count; i++)
		io_free(s->io[i]);
	ctl_close(s->ctl);
	loop_timer_free(s->minute);
	loop_free(s->loop);
	tls_free(s->tls);
	gate_free(s->gate);
	free(s);
}
