/* ketnapd: the one place that reads the clock. */
#include "cli.h"

#include <time.h>

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	return cli_main(argc, argv, now_ms);
}
