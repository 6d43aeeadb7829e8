/* Where time comes from. Everything below a main program takes a clock as an argument, so that
 * tests and illustrative stores can set it. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include <stdint.h>

/* Milliseconds. `now_ms` may be called by several threads at once. */
struct clock {
	int64_t (*now_ms)(void *arg);
	void *arg;
};

static inline int64_t clock_now_ms(const struct clock *c)
{
	return c->now_ms(c->arg);
}

/* The machine's clock, since 1970 UTC. It may jump: for receive times and certificates. */
extern const struct clock clock_real;

/* Since some moment in the past; never runs backwards and counts while the machine sleeps, so that
 * what a laptop had open before ends when it wakes: for deadlines. */
extern const struct clock clock_steady;
#endif
