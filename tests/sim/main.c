/* sim --seeds N --from S [--steps K] [--all-faults]; SIM_SEED=n plays one again, step by step. */
#include "sim.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define SIM_ASAN 1
#endif
#endif

#ifdef SIM_ASAN
/* Where memory came from is told by a few callers; whole stacks for each allocation cost a third. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=5";
}
#endif

static volatile uint64_t playing;

static void tell_seed(void)
{
	char line[96];
	int len = snprintf(line, sizeof(line),
			   "sim: failed; to play it again: SIM_SEED=%" PRIu64 "\n", playing);

	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

static void on_abort(int sig)
{
	tell_seed();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void play(uint64_t seed, unsigned steps, bool loud, uint64_t totals[FAULTS])
{
	static struct sim s;

	playing = seed;
	sim_open(&s, seed, steps, loud);
	sim_run(&s);
	for (int f = 0; f < FAULTS; f++)
		totals[f] += s.faults[f];
	if (loud)
		fprintf(stderr, "seed %" PRIu64 ": %zu devices, %zu entries, %u steps\n", seed,
			s.holder_count, s.log_count, s.steps);
	sim_close(&s);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* whatever else the machine does */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int report(const uint64_t totals[FAULTS], bool all)
{
	int missing = 0;

	for (int f = 0; f < FAULTS; f++) {
		printf("%8" PRIu64 "  %s\n", totals[f], fault_names[f]);
		missing += !totals[f];
	}
	if (missing && all)
		printf("sim: %d kinds of faults never happened: this proves nothing about them\n",
		       missing);
	return missing && all;
}

/* A list of seeds that once failed, one on a line; what follows the number says why. */
static size_t play_list(const char *path, unsigned steps, uint64_t totals[FAULTS])
{
	FILE *f = fopen(path, "r");
	char line[256];
	size_t count = 0;

	if (!f) {
		fprintf(stderr, "sim: no list %s\n", path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		char *end;
		uint64_t seed = strtoull(line, &end, 10);

		if (end == line)
			continue;
		play(seed, steps, false, totals);
		count++;
	}
	fclose(f);
	return count;
}

int main(int argc, char **argv)
{
	uint64_t from = 1, seeds = 1, totals[FAULTS] = { 0 };
	const char *replay = getenv("SIM_SEED"), *list = NULL;
	bool all = false;
	unsigned steps = 0;
	size_t played;
	double began;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--all-faults"))
			all = true;
		else if (i + 1 < argc && !strcmp(argv[i], "--seeds"))
			seeds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--from"))
			from = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--steps"))
			steps = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--list"))
			list = argv[++i];
		else
			return fprintf(stderr,
				       "sim --seeds N --from S [--steps K] [--list FILE] [--all-faults]\n"),
			       2;
	}
	if (replay) {
		from = strtoull(replay, NULL, 10);
		seeds = 1;
		list = NULL;
		all = false;
	}
	printf("sim: seeds %" PRIu64 " to %" PRIu64 "\n", from, from + seeds - 1);
	fflush(stdout);
	signal(SIGABRT, on_abort);
#ifdef SIM_ASAN
	__sanitizer_set_death_callback(tell_seed);
#endif
	began = now_s();
	played = list ? play_list(list, steps, totals) : 0;
	for (uint64_t seed = from; seed < from + seeds; seed++, played++)
		play(seed, steps, replay != NULL, totals);
	began = now_s() - began;
	bases_free();
	if (report(totals, all))
		return 1;
	printf("sim: %zu worlds, mean %.1f ms of processor time, %.1f s together\n", played,
	       began * 1000 / (double)(played ? played : 1), began);
	return 0;
}
