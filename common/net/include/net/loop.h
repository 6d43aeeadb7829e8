/* One thread's event loop: what happens on its connections, timers, and what other threads ask of
 * it. Everything of a loop is used by its own thread alone; loop_post() and loop_stop() are the two
 * exceptions. Before loop_run() and after it, "its own thread" is whoever holds the loop.
 *
 * A turn: wait; the clock is read once; callbacks; tasks of other threads; then what ended is told
 * and freed. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>

#include "base/err.h"
#include "net/clock.h"

struct loop;

/* `steady` is what deadlines are counted by. The first call also makes the process ignore SIGPIPE.
 * -ERR_NOMEM, -ERR_IO (no descriptors left). */
int loop_new(struct loop **out, struct clock steady, struct err *e);
/* All connections, listeners and timers of the loop must have been ended or freed; what still has
 * to be told of them (conn.h, on_down) is told now. No thread may post any more. */
void loop_free(struct loop *l);

/* Turns until loop_stop(); once in a loop's life. Tasks posted before it returns have run. */
int loop_run(struct loop *l, struct err *e);
/* From any thread, but not from a signal handler (see loop_on_signal). Before loop_run() too, which
 * then returns at once. */
void loop_stop(struct loop *l);

/* The steady clock as read in this turn. */
int64_t loop_now_ms(struct loop *l);

/* Work for the loop's thread, in the caller's storage: posting allocates nothing and cannot fail
 * for want of memory. Zeroed before its first use. */
struct loop_task {
	void (*run)(struct loop_task *t);
	struct loop_task *next;
	bool queued;
};

/* From any thread. `t` belongs to the loop until it runs, and may then be freed or posted again.
 * Tasks of one thread run in the order in which they were posted. False when the loop has ended: the
 * task stays the caller's and never runs. */
bool loop_post(struct loop *l, struct loop_task *t);

/* Run `t` when this turn's callbacks are done; with no turn under way, before the next or when the loop is
 * freed. It may be queued so already, and must never be posted at the same time. */
void loop_at_turn_end(struct loop *l, struct loop_task *t);

/* `at_ms` is a moment of `clock`, which need not be the loop's and may jump: it is looked at again
 * at least once a minute. A timer fires once, never early, until it is set again. One that was made (-ERR_NOMEM
 * else) can be set whatever memory there is. */
struct loop_timer;
int loop_timer_new(struct loop_timer **out, struct loop *l, struct clock clock,
		   void (*fire)(void *arg), void *arg, struct err *e);
void loop_timer_free(struct loop_timer *t);               /* from its own `fire` too */
void loop_timer_set(struct loop_timer *t, int64_t at_ms); /* instead of any earlier setting */
void loop_timer_clear(struct loop_timer *t);

/* Calls `fire` on the loop's thread for each `signo`. Only one loop of a process may take signals;
 * the other threads should block them. -ERR_STATE for a second one. */
int loop_on_signal(struct loop *l, int signo, void (*fire)(int signo, void *arg), void *arg,
		   struct err *e);
#endif
