#include "loop_impl.h"

#include "spare.h"

#include <assert.h>
#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SIGNALS_MAX = 8, TIMER_LOOK_MS = 60000, ROOM_FIRST = 16 };

struct on_signal {
	struct event *event;
	void (*fire)(int signo, void *arg);
	void *arg;
};

struct queue {
	struct loop_task *first, **end;
};

struct loop {
	struct event_base *base;
	struct event *wake;
	struct clock steady;
	int64_t now_ms;
	bool now_known;
	atomic_bool stopping;
	unsigned timers, room; /* that there are, that can all be set */
	struct queue ending;   /* this thread's alone */
	struct on_signal on_signal[SIGNALS_MAX];
	unsigned signals;

	pthread_mutex_t lock; /* guards what follows */
	struct queue posted;
	bool closed;
};

static atomic_bool signals_taken;

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void queue_add(struct queue *q, struct loop_task *t)
{
	assert(!t->queued);
	t->queued = true;
	t->next = NULL;
	*q->end = t;
	q->end = &t->next;
}

/* All of it, so that what is added meanwhile waits for the next round. */
static struct loop_task *queue_take(struct queue *q)
{
	struct loop_task *first = q->first;

	queue_init(q);
	return first;
}

static void run_all(struct loop_task *t)
{
	while (t) {
		struct loop_task *next = t->next; /* running may free the task */

		t->queued = false;
		t->run(t);
		t = next;
	}
}

static void once_for_all(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	spare_install();
	/* Before any base exists: bases made earlier would have no locks. */
	evthread_use_pthreads();
	sigaction(SIGPIPE, &ignore, NULL);
}

static struct loop_task *take_posted(struct loop *l, bool close)
{
	struct loop_task *first;

	pthread_mutex_lock(&l->lock);
	first = queue_take(&l->posted);
	l->closed = l->closed || close;
	pthread_mutex_unlock(&l->lock);
	return first;
}

/* It only ends the wait. Tasks run between turns: here one that posts itself again would be called
 * for ever, before anything else. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

int loop_new(struct loop **out, struct clock steady, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct loop *l;

	*out = NULL;
	pthread_once(&once, once_for_all);
	l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(e, ERR_NOMEM, "out of memory");
	l->steady = steady;
	queue_init(&l->ending);
	queue_init(&l->posted);
	pthread_mutex_init(&l->lock, NULL);
	l->base = event_base_new();
	l->wake = l->base ? event_new(l->base, -1, 0, on_wake, l) : NULL;
	if (!l->wake) {
		loop_free(l);
		return err_set(e, ERR_IO, "no event loop could be made: out of descriptors?");
	}
	*out = l;
	return 0;
}

static void end_turn(struct loop *l)
{
	while (l->ending.first)
		run_all(queue_take(&l->ending));
	l->now_known = false;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	end_turn(l);
	assert(!l->timers);
	assert(!l->posted.first);
	for (unsigned i = 0; i < l->signals; i++)
		event_free(l->on_signal[i].event);
	if (l->signals)
		atomic_store(&signals_taken, false);
	if (l->wake)
		event_free(l->wake);
	if (l->base)
		event_base_free(l->base);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

int loop_run(struct loop *l, struct err *e)
{
	int rc = 0;

	end_turn(l); /* what ended before there were turns */
	while (rc >= 0 && !atomic_load(&l->stopping)) {
		rc = event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
		run_all(take_posted(l, false));
		end_turn(l);
	}
	run_all(take_posted(l, true));
	end_turn(l);
	/* What was freed in the last turn is closed by the library in the next: without one the peer of
	 * that connection would wait until the loop is freed. */
	if (rc >= 0)
		event_base_loop(l->base, EVLOOP_NONBLOCK);
	end_turn(l);
	return rc < 0 ? err_set(e, ERR_IO, "the system cannot wait for events any more") : 0;
}

void loop_stop(struct loop *l)
{
	atomic_store(&l->stopping, true);
	event_active(l->wake, EV_READ, 0);
}

bool loop_post(struct loop *l, struct loop_task *t)
{
	bool closed, first;

	pthread_mutex_lock(&l->lock);
	closed = l->closed;
	first = !l->posted.first;
	if (!closed)
		queue_add(&l->posted, t);
	pthread_mutex_unlock(&l->lock);
	if (!closed && first)
		event_active(l->wake, EV_READ, 0);
	return !closed;
}

int64_t loop_now_ms(struct loop *l)
{
	if (!l->now_known) {
		int64_t now_ms = clock_now_ms(&l->steady);

		assert(now_ms >= l->now_ms); /* or it is no steady clock */
		l->now_ms = now_ms;
		l->now_known = true;
	}
	return l->now_ms;
}

static int64_t turn_ms(void *arg)
{
	return loop_now_ms(arg);
}

struct clock loop_clock(struct loop *l)
{
	return (struct clock){ turn_ms, l };
}

struct event_base *loop_base(struct loop *l)
{
	return l->base;
}

void loop_at_turn_end(struct loop *l, struct loop_task *t)
{
	if (!t->queued)
		queue_add(&l->ending, t);
}

/* The library has an array of the timers that are set and lets it grow when one is: without memory that one
 * would never come. It never shrinks, so as many as there may be are set beforehand, when it can still be said that
 * there is no room. */
static bool make_room(struct loop *l)
{
	static const struct timeval far = { .tv_sec = 3600 };
	unsigned want = l->room ? 2 * l->room : ROOM_FIRST, count = 0;
	struct event *fill = calloc(want, sizeof(*fill));

	while (fill && count < want && !evtimer_assign(&fill[count], l->base, on_wake, NULL) &&
	       !event_add(&fill[count], &far))
		count++;
	for (unsigned i = 0; i < count; i++)
		event_del(&fill[i]);
	free(fill);
	if (count == want)
		l->room = want;
	return count == want;
}

/* Sleep at most a minute: a clock that people set may jump over the deadline meanwhile. */
static void timer_sleep(struct loop_timer *t)
{
	int64_t now_ms = clock_now_ms(&t->clock), left_ms;
	struct timeval wait;
	int rc;

	if (t->at_ms <= now_ms)
		left_ms = 0;
	else if (now_ms < 0 || t->at_ms - now_ms > TIMER_LOOK_MS)
		left_ms = TIMER_LOOK_MS;
	else
		left_ms = t->at_ms - now_ms;
	wait.tv_sec = (time_t)(left_ms / 1000);
	wait.tv_usec = (suseconds_t)(left_ms % 1000 * 1000);
	rc = event_add(&t->event, &wait);
	assert(!rc); /* make_room() */
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd, (void)what;
	if (clock_now_ms(&t->clock) < t->at_ms)
		timer_sleep(t);
	else
		t->fire(t->arg);
}

int timer_init(struct loop_timer *t, struct loop *l, struct clock clock, void (*fire)(void *arg),
	       void *arg, struct err *e)
{
	if (l->timers == l->room && !make_room(l))
		return err_set(e, ERR_NOMEM, "out of memory");
	l->timers++;
	t->loop = l;
	t->clock = clock;
	t->fire = fire;
	t->arg = arg;
	evtimer_assign(&t->event, l->base, on_timer, t);
	return 0;
}

void timer_fini(struct loop_timer *t)
{
	event_del(&t->event);
	assert(t->loop->timers > 0);
	t->loop->timers--;
}

int loop_timer_new(struct loop_timer **out, struct loop *l, struct clock clock,
		   void (*fire)(void *arg), void *arg, struct err *e)
{
	struct loop_timer *t = malloc(sizeof(*t));
	int rc = t ? timer_init(t, l, clock, fire, arg, e) : err_set(e, ERR_NOMEM, "out of memory");

	*out = rc ? NULL : t;
	if (rc)
		free(t);
	return rc;
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	timer_fini(t);
	free(t);
}

void loop_timer_set(struct loop_timer *t, int64_t at_ms)
{
	t->at_ms = at_ms;
	timer_sleep(t);
}

void loop_timer_clear(struct loop_timer *t)
{
	event_del(&t->event);
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct on_signal *s = arg;

	(void)what;
	s->fire((int)signo, s->arg);
}

int loop_on_signal(struct loop *l, int signo, void (*fire)(int signo, void *arg), void *arg,
		   struct err *e)
{
	struct on_signal *s = &l->on_signal[l->signals];

	assert(l->signals < SIGNALS_MAX);
	/* The library keeps one place for signals per process; a second base would steal them. */
	if (!l->signals && atomic_exchange(&signals_taken, true))
		return err_set(e, ERR_STATE, "another loop takes the signals");
	s->fire = fire;
	s->arg = arg;
	s->event = evsignal_new(l->base, signo, on_signal, s);
	if (!s->event || event_add(s->event, NULL)) {
		if (s->event)
			event_free(s->event);
		if (!l->signals)
			atomic_store(&signals_taken, false);
		return err_set(e, ERR_IO, "signal %d cannot be waited for", signo);
	}
	l->signals++;
	return 0;
}
