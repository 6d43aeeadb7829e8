/* What listeners and connections need of a loop. */
#ifndef NET_LOOP_IMPL_H
#define NET_LOOP_IMPL_H

#include "net/loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>

struct event_base *loop_base(struct loop *l);

/* Whatever must be gone before the loop goes. */
void loop_hold(struct loop *l);
void loop_release(struct loop *l);

struct loop_timer {
	struct loop *loop;
	struct clock clock;
	void (*fire)(void *arg);
	void *arg;
	int64_t at_ms;
	struct event event;
};

/* A timer inside something else. */
void timer_init(struct loop_timer *t, struct loop *l, struct clock clock, void (*fire)(void *arg),
		void *arg);
void timer_fini(struct loop_timer *t);
/* Deadlines of the loop's own clock, read once a turn. */
struct clock loop_clock(struct loop *l);
#endif
