#include "server/own_clock.h"

static const int64_t day_ms = 86400000;

int64_t own_clock_leap_days(int64_t now_ms, int64_t newest_ms)
{
	return now_ms / day_ms - newest_ms / day_ms > OWN_CLOCK_LEAP_DAYS
		       ? now_ms / day_ms - newest_ms / day_ms
		       : 0;
}

int64_t own_clock_read(struct own_clock *c, int64_t real_ms, int64_t steady_ms)
{
	int64_t counted_ms = c->top_ms + (steady_ms - c->steady_ms);

	c->held = c->set && own_clock_leap_days(real_ms, counted_ms) > 0;
	if (c->held)
		return counted_ms;
	if (!c->set || real_ms > counted_ms) {
		c->top_ms = real_ms;
		c->steady_ms = steady_ms;
	}
	c->set = true;
	return real_ms;
}
