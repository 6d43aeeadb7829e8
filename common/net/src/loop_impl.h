/* What listeners and connections need of a loop. */
#ifndef NET_LOOP_IMPL_H
#define NET_LOOP_IMPL_H

#include "net/loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>

struct event_base *loop_base(struct loop *l);

struct loop_timer {
	struct loop *loop;
	struct clock clock;
	void (*fire)(void *arg);
	void *arg;
	int64_t at_ms;
	struct event event;
};

/* A timer inside something else. -ERR_NOMEM: there is none. Afterwards it can be set whatever memory there is. */
int timer_init(struct loop_timer *t, struct loop *l, struct clock clock, void (*fire)(void *arg),
	       void *arg, struct err *e);
void timer_fini(struct loop_timer *t);
/* Deadlines of the loop's own clock, read once a turn. */
struct clock loop_clock(struct loop *l);
#endif
