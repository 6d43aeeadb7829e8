/* How far the computer's clock is believed. Receive times never go back, so one entry written by a clock
 * that ran years ahead is ahead of every entry for years. Pure: both clocks are arguments. */
#ifndef SERVER_OWN_CLOCK_H
#define SERVER_OWN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A leap by more is a mistake until a person says otherwise. Units report every month, so a log in use does
 * not rest for a quarter; a year mistyped by one, or a day and a month exchanged, is mostly more. */
enum { OWN_CLOCK_LEAP_DAYS = 92 };

/* Zero: nothing is known yet. */
struct own_clock {
	bool set, held;    /* held: the clock has leapt ahead and is not followed */
	int64_t top_ms;    /* the latest that was believed */
	int64_t steady_ms; /* when that was */
};

/* The time to go by. The first one is believed; later, a leap ahead of what `steady_ms` has counted is not:
 * the last believed time goes on by that. A clock that goes back is followed at once, since the log itself
 * does not go back, and may come forward again to where it was. */
int64_t own_clock_read(struct own_clock *c, int64_t real_ms, int64_t steady_ms);

/* Whole days by which `now_ms` lies beyond `newest_ms`, when that is a leap; else 0. */
int64_t own_clock_leap_days(int64_t now_ms, int64_t newest_ms);
#endif
