/* ketnapd: the one place that reads the clock. */
#include "cli.h"

#include "base/log.h"
#include "server/own_clock.h"

#include <pthread.h>
#include <time.h>

static int64_t read_ms(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* From any thread. */
static int64_t now_ms(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct own_clock clock;
	int64_t real_ms, now;
	bool was, is;

	pthread_mutex_lock(&lock);
	real_ms = read_ms(CLOCK_REALTIME);
	was = clock.held;
	now = own_clock_read(&clock, real_ms, read_ms(CLOCK_BOOTTIME));
	is = clock.held;
	pthread_mutex_unlock(&lock);
	if (is && !was)
		log_error("event=clock leap_days=%lld followed=0 error=\"the computer's clock has "
			  "leapt ahead: set it right, or start the server anew with "
			  "--clock-is-right\"",
			  (long long)own_clock_leap_days(real_ms, now));
	if (was && !is)
		log_info("event=clock followed=1");
	return now;
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, now_ms);
}
