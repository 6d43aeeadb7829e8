/* Loops without connections: tasks of other threads, timers, signals, stopping. */
#include "net_world.h"

#include <signal.h>

enum { POSTERS = 4, POSTS = 5000 };

struct posted {
	struct loop_task task; /* first */
	struct poster *by;
	unsigned number;
};

struct poster {
	struct loop *loop;
	struct posted tasks[POSTS];
	unsigned seen; /* by the loop's thread */
	unsigned again;
};

static unsigned all_seen;

static void on_posted(struct loop_task *t)
{
	struct posted *p = (struct posted *)t;

	CHECK(p->number == p->by->seen); /* in the order in which they were posted */
	p->by->seen++;
	if (++all_seen == POSTERS * POSTS)
		loop_stop(p->by->loop);
}

static void *post_all(void *arg)
{
	struct poster *p = arg;

	for (unsigned i = 0; i < POSTS; i++) {
		p->tasks[i].task.run = on_posted;
		p->tasks[i].by = p;
		p->tasks[i].number = i;
		CHECK(loop_post(p->loop, &p->tasks[i].task));
	}
	return NULL;
}

static void posts_from_threads(void)
{
	static struct poster posters[POSTERS];
	pthread_t threads[POSTERS];
	struct loop *l;
	struct loop_task late = { .run = on_posted };

	OK(loop_new(&l, clock_steady, E));
	for (size_t i = 0; i < POSTERS; i++) {
		posters[i].loop = l;
		CHECK(!pthread_create(&threads[i], NULL, post_all, &posters[i]));
	}
	OK(loop_run(l, E));
	for (size_t i = 0; i < POSTERS; i++) {
		pthread_join(threads[i], NULL);
		CHECK(posters[i].seen == POSTS);
	}
	CHECK(!loop_post(l, &late) && !late.queued);
	loop_free(l);
}

/* A task that posts itself again runs once a turn, and timers still get their turn. */
struct again {
	struct loop_task task;
	struct loop *loop;
	unsigned runs;
	bool refused;
};

static void run_again(struct loop_task *t)
{
	struct again *a = (struct again *)t;

	a->runs++;
	a->refused = !loop_post(a->loop, t);
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void a_task_may_come_back(void)
{
	struct loop *l;
	struct again a = { .task.run = run_again };
	struct later end;

	OK(loop_new(&l, clock_steady, E));
	a.loop = l;
	CHECK(loop_post(l, &a.task)); /* before it runs */
	later(&end, l, 50, stop_loop, l);
	OK(loop_run(l, E));
	CHECK(a.runs > 1 && a.refused); /* it ran once more as the loop ended */
	later_fini(&end);
	loop_free(l);
}

static void *stop_from_there(void *arg)
{
	usleep(50000);
	loop_stop(arg);
	return NULL;
}

static void stops_from_another_thread(void)
{
	struct loop *l;
	pthread_t t;

	OK(loop_new(&l, clock_steady, E));
	CHECK(!pthread_create(&t, NULL, stop_from_there, l));
	OK(loop_run(l, E));
	pthread_join(t, NULL);
	loop_free(l);
	OK(loop_new(&l, clock_steady, E));
	loop_stop(l);
	OK(loop_run(l, E)); /* at once */
	loop_free(l);
	loop_free(NULL);
}

/* --- timers -------------------------------------------------------------------------------------- */

struct tick {
	struct loop *loop;
	struct loop_timer *timer;
	struct hand_clock *hand;
	int64_t fired_at_ms;
	unsigned fired;
};

static void on_tick(void *arg)
{
	struct tick *t = arg;

	t->fired++;
	t->fired_at_ms = t->hand ? t->hand->now_ms : clock_now_ms(&clock_steady);
}

static void tick_init(struct tick *t, struct loop *l, struct hand_clock *hand)
{
	*t = (struct tick){ .loop = l, .hand = hand };
	OK(loop_timer_new(&t->timer, l, hand ? hand_clock_of(hand) : clock_steady, on_tick, t, E));
}

static void move_hand(void *arg)
{
	((struct hand_clock *)arg)->now_ms += 1000;
}

static void timers(void)
{
	struct loop *l;
	struct hand_clock hand = { 5000000 };
	struct tick plain, past, cleared, reset, slow, never;
	struct later move, end;
	int64_t began_ms = clock_now_ms(&clock_steady);

	OK(loop_new(&l, clock_steady, E));
	tick_init(&plain, l, NULL);
	loop_timer_set(plain.timer, began_ms + 60);
	tick_init(&past, l, NULL);
	loop_timer_set(past.timer, 0);
	tick_init(&cleared, l, NULL);
	loop_timer_set(cleared.timer, began_ms + 10);
	loop_timer_clear(cleared.timer);
	tick_init(&reset, l, NULL);
	loop_timer_set(reset.timer, began_ms + 10);
	loop_timer_set(reset.timer, began_ms + 120);
	tick_init(&slow, l, &hand); /* its clock stands still, then jumps */
	loop_timer_set(slow.timer, hand.now_ms + 40);
	tick_init(&never, l, &hand);
	loop_timer_set(never.timer, INT64_MAX);
	later(&move, l, 100, move_hand, &hand);
	later(&end, l, 300, stop_loop, l);
	OK(loop_run(l, E));
	CHECK(plain.fired == 1 && plain.fired_at_ms >= began_ms + 60);
	CHECK(past.fired == 1 && cleared.fired == 0 && never.fired == 0);
	CHECK(reset.fired == 1 && reset.fired_at_ms >= began_ms + 120);
	CHECK(slow.fired == 1 && slow.fired_at_ms == 5001000);
	loop_timer_free(plain.timer);
	loop_timer_free(past.timer);
	loop_timer_free(cleared.timer);
	loop_timer_free(reset.timer);
	loop_timer_free(slow.timer);
	loop_timer_free(never.timer);
	later_fini(&move);
	later_fini(&end);
	loop_free(l);
}

/* A timer may free itself as it fires. */
static void free_itself(void *arg)
{
	struct tick *t = arg;

	loop_timer_free(t->timer);
	t->timer = NULL;
	loop_stop(t->loop);
}

static void a_timer_frees_itself(void)
{
	struct tick t = { 0 };

	OK(loop_new(&t.loop, clock_steady, E));
	OK(loop_timer_new(&t.timer, t.loop, clock_steady, free_itself, &t, E));
	loop_timer_set(t.timer, 0);
	OK(loop_run(t.loop, E));
	CHECK(!t.timer);
	loop_free(t.loop);
}

static void clocks(void)
{
	int64_t real_ms = clock_now_ms(&clock_real), steady_ms = clock_now_ms(&clock_steady);

	CHECK(real_ms > 1577836800000); /* after 2020 */
	usleep(20000);
	CHECK(clock_now_ms(&clock_steady) - steady_ms >= 20);
	CHECK(clock_now_ms(&clock_steady) - steady_ms < 10000);
}

/* --- signals ------------------------------------------------------------------------------------- */

struct signalled {
	struct loop *loop;
	int seen[2];
};

static void on_signal(int signo, void *arg)
{
	struct signalled *s = arg;

	s->seen[signo == SIGTERM]++;
	if (s->seen[0] && s->seen[1])
		loop_stop(s->loop);
}

static void raise_both(void *arg)
{
	(void)arg;
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGTERM);
}

static void signals(void)
{
	struct signalled s = { 0 };
	struct loop *other;
	struct later go;

	OK(loop_new(&s.loop, clock_steady, E));
	OK(loop_new(&other, clock_steady, E));
	OK(loop_on_signal(s.loop, SIGHUP, on_signal, &s, E));
	OK(loop_on_signal(s.loop, SIGTERM, on_signal, &s, E));
	CHECK(loop_on_signal(other, SIGTERM, on_signal, &s, NULL) == -ERR_STATE);
	later(&go, s.loop, 10, raise_both, NULL);
	OK(loop_run(s.loop, E));
	CHECK(s.seen[0] == 1 && s.seen[1] == 1);
	later_fini(&go);
	loop_free(s.loop);
	OK(loop_on_signal(other, SIGTERM, on_signal, &s, E)); /* the place is free again */
	loop_free(other);
	raise(SIGPIPE); /* ignored */
}

int main(void)
{
	posts_from_threads();
	a_task_may_come_back();
	stops_from_another_thread();
	timers();
	a_timer_frees_itself();
	clocks();
	signals();
	return 0;
}
