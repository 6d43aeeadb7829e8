/* A computer's clock that leaps while the server runs, and between two starts. */
#include <criterion/criterion.h>

#include "server/own_clock.h"

static const int64_t day_ms = 86400000, start_ms = INT64_C(1790000000000);

Test(own_clock, follows_what_a_clock_does_every_day)
{
	struct own_clock c = { 0 };
	int64_t steady = 5000;

	cr_assert_eq(own_clock_read(&c, start_ms, steady), start_ms, "the first is believed");
	cr_assert_eq(own_clock_read(&c, start_ms + 60000, steady + 60000), start_ms + 60000);
	cr_assert_eq(own_clock_read(&c, start_ms + 59000, steady + 61000), start_ms + 59000,
		     "set back a little");
	cr_assert_eq(own_clock_read(&c, start_ms + 30 * day_ms, steady + 62000),
		     start_ms + 30 * day_ms, "a computer that was asleep for a month");
	cr_assert(!c.held);
}

Test(own_clock, a_leap_ahead_is_not_followed_until_it_is_set_right)
{
	struct own_clock c = { 0 };
	int64_t at = start_ms + 3 * 365 * day_ms;

	own_clock_read(&c, start_ms, 1000);
	own_clock_read(&c, start_ms + 1000, 2000);
	cr_assert_eq(own_clock_read(&c, at, 3000), start_ms + 2000);
	cr_assert(c.held);
	cr_assert_eq(own_clock_read(&c, at + 3600000, 3000 + 3600000), start_ms + 2000 + 3600000,
		     "its own time goes on");
	cr_assert_eq(own_clock_read(&c, start_ms + 3602500, 3000 + 3600500), start_ms + 3602500);
	cr_assert(!c.held, "right again");
}

Test(own_clock, a_wrong_leap_back_does_not_bar_the_way_forward)
{
	struct own_clock c = { 0 };

	own_clock_read(&c, start_ms, 1000);
	cr_assert_eq(own_clock_read(&c, 0, 2000), 0,
		     "the log does not go back, whatever this says");
	cr_assert_eq(own_clock_read(&c, start_ms + 2000, 3000), start_ms + 2000);
	cr_assert(!c.held);
}

Test(own_clock, a_leap_is_more_than_a_quarter)
{
	cr_assert_eq(own_clock_leap_days(start_ms, start_ms + day_ms), 0);
	cr_assert_eq(own_clock_leap_days(start_ms + 92 * day_ms, start_ms), 0);
	cr_assert_eq(own_clock_leap_days(start_ms + 93 * day_ms, start_ms), 93);
	cr_assert_eq(own_clock_leap_days(start_ms, start_ms + 400 * day_ms), 0,
		     "behind is no leap");
}
