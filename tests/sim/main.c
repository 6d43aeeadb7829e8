/* sim --seeds N --from S [--steps K] [--all-faults]; SIM_SEED=n plays one again, step by step.
 * --shape province: worlds of their own, each as large as a province: a thousand organisations and more that report,
 * up to two hundred devices; seconds for each.
 * The digest is of what all worlds of the run came to: equal on every machine. --each: every world's own, to find
 * the one that differs; --same: a world is the same whatever was played before it. --counts FILE keeps what happened; --sum FILE ... judges several such runs together;
 * --broken breaks worlds on purpose. */
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
/* Where memory came from is told by a few callers; whole stacks for each allocation cost a third. What was
 * freed is kept back by the megabyte: a world is small, and cold memory costs another tenth. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=3:quarantine_size_mb=16";
}
#endif

static volatile uint64_t playing;
static volatile bool province;

static void tell_seed(void)
{
	char line[96];
	int len = snprintf(line, sizeof(line),
			   "sim: failed; to play it again: SIM_SEED=%" PRIu64 "%s\n", playing,
			   province ? " sim --shape province" : "");

	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

static void on_abort(int sig)
{
	tell_seed();
	signal(sig, SIG_DFL);
	raise(sig);
}

struct tally {
	uint64_t faults[FAULTS], worlds, processor_ms;
	struct hasher worlds_came_to; /* their digests, in the order in which they were played */
};

enum { DIGEST_SHOWN = 8 };

static void show_digest(const char *what, uint64_t from, const struct hash *d)
{
	char hex[2 * DIGEST_SHOWN + 1];

	printf("%s %" PRIu64 " %s\n", what, from, hex_encode(hex, d->b, DIGEST_SHOWN));
}

static struct hash play(uint64_t seed, const struct sim_how *how, struct tally *t)
{
	static struct sim s;
	struct hash digest;

	playing = seed;
	sim_open(&s, seed, how);
	sim_run(&s);
	for (int f = 0; f < FAULTS; f++)
		t->faults[f] += s.faults[f];
	t->worlds++;
	digest = sim_digest(&s);
	hasher_add(&t->worlds_came_to, span_of(digest.b, HASH_BYTES));
	if (how->loud)
		fprintf(stderr,
			"seed %" PRIu64 ": %zu devices, %zu entries, %zu of them new, %u steps\n",
			seed, s.holder_count, s.log_count, s.log_count - (size_t)s.b->lsn, s.steps);
	sim_close(&s);
	return digest;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* whatever else the machine does */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int report(const struct tally *t, bool all)
{
	int missing = 0;

	for (int f = 0; f < FAULTS; f++) {
		printf("%8" PRIu64 "  %s\n", t->faults[f], fault_names[f]);
		missing += !t->faults[f];
	}
	printf("sim: %" PRIu64 " worlds, mean %.1f ms of processor time, %.1f s together\n",
	       t->worlds, (double)t->processor_ms / (double)(t->worlds ? t->worlds : 1),
	       (double)t->processor_ms / 1000);
	if (!missing || !all)
		return 0;
	printf("sim: %d kinds of faults never happened: this proves nothing about them\n", missing);
	return 1;
}

/* Numbers by name, so that the counts of another build of this program are not taken for one's own. */
static int counts_write(const char *path, const struct tally *t)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return fprintf(stderr, "sim: cannot write %s\n", path), 2;
	fprintf(f, "%" PRIu64 " worlds\n%" PRIu64 " ms\n", t->worlds, t->processor_ms);
	for (int k = 0; k < FAULTS; k++)
		fprintf(f, "%" PRIu64 " %s\n", t->faults[k], fault_names[k]);
	return fclose(f) ? 2 : 0;
}

static uint64_t *counted(struct tally *t, const char *name)
{
	if (!strcmp(name, "worlds"))
		return &t->worlds;
	if (!strcmp(name, "ms"))
		return &t->processor_ms;
	for (int k = 0; k < FAULTS; k++)
		if (!strcmp(name, fault_names[k]))
			return &t->faults[k];
	return NULL;
}

static int counts_add(const char *path, struct tally *t)
{
	FILE *f = fopen(path, "r");
	char line[256];
	int lines = 0;

	if (!f)
		return fprintf(stderr, "sim: no counts in %s: that run did not end well\n", path),
		       2;
	while (fgets(line, sizeof(line), f)) {
		char *name;
		uint64_t n = strtoull(line, &name, 10), *to;

		line[strcspn(line, "\n")] = 0;
		to = *name == ' ' ? counted(t, name + 1) : NULL;
		if (to)
			*to += n;
		lines += to != NULL;
	}
	fclose(f);
	if (lines == FAULTS + 2)
		return 0;
	return fprintf(stderr, "sim: %s has the counts of another program\n", path), 2;
}

static int sum(char **paths, int count)
{
	struct tally t = { .worlds = 0 };

	for (int i = 0; i < count; i++)
		if (counts_add(paths[i], &t))
			return 2;
	return report(&t, true);
}

/* A list of seeds that once failed, one on a line; what follows the number says why. */
static void play_list(const char *path, const struct sim_how *how, struct tally *t)
{
	FILE *f = fopen(path, "r");
	char line[256];

	if (!f) {
		fprintf(stderr, "sim: no list %s\n", path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		char *end;
		uint64_t seed = strtoull(line, &end, 10);

		if (end != line)
			play(seed, how, t);
	}
	fclose(f);
}

struct asked {
	uint64_t from, seeds;
	struct sim_how how;
	const char *list, *counts;
	bool all, each;
};

static struct hash play_alone(uint64_t seed)
{
	struct tally t = { .worlds = 0 };

	hasher_init(&t.worlds_came_to);
	return play(seed, &(struct sim_how){ .loud = false }, &t);
}

static void play_broken(uint64_t seed)
{
	(void)play_alone(seed);
}

static void play_block(const struct asked *a, struct tally *t)
{
	struct hash d;

	for (uint64_t seed = a->from; seed < a->from + a->seeds; seed++) {
		d = play(seed, &a->how, t);
		if (a->each || a->how.loud)
			show_digest("world", seed, &d);
	}
	d = hasher_end(&t->worlds_came_to);
	if (a->seeds)
		show_digest("digest of seeds from", a->from, &d);
}

static int usage(void)
{
	fprintf(stderr,
		"sim --seeds N --from S [--steps K] [--list FILE] [--all-faults] "
		"[--counts FILE] [--each] [--shape province] | --sum FILE ... | --broken | --same\n");
	return 2;
}

static int ask(struct asked *a, int argc, char **argv)
{
	const char *replay = getenv("SIM_SEED");

	*a = (struct asked){ .from = 1, .seeds = 1 };
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--all-faults"))
			a->all = true;
		else if (!strcmp(argv[i], "--each"))
			a->each = true;
		else if (i + 1 < argc && !strcmp(argv[i], "--seeds"))
			a->seeds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--from"))
			a->from = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--steps"))
			a->how.steps = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--shape") &&
			 !strcmp(argv[i + 1], "province"))
			province = a->how.province = argv[++i] != NULL;
		else if (i + 1 < argc && !strcmp(argv[i], "--list"))
			a->list = argv[++i];
		else if (i + 1 < argc && !strcmp(argv[i], "--counts"))
			a->counts = argv[++i];
		else
			return usage();
	}
	if (!replay)
		return 0;
	*a = (struct asked){ .from = strtoull(replay, NULL, 10), .seeds = 1, .how = a->how };
	a->how.loud = true;
	return 0;
}

int main(int argc, char **argv)
{
	struct tally t = { .worlds = 0 };
	struct asked a;
	double began;

	if (argc > 2 && !strcmp(argv[1], "--sum"))
		return sum(argv + 2, argc - 2);
	signal(SIGABRT, on_abort);
	if (argc == 2 && !strcmp(argv[1], "--broken"))
		return broken_all(play_broken);
	if (argc == 2 && !strcmp(argv[1], "--same"))
		return digest_same(play_alone);
	if (ask(&a, argc, argv))
		return 2;
	printf("sim: seeds %" PRIu64 " to %" PRIu64 "\n", a.from, a.from + a.seeds - 1);
	fflush(stdout);
	if (a.counts)
		(void)remove(a.counts); /* those of an earlier run are not this one's */
#ifdef SIM_ASAN
	__sanitizer_set_death_callback(tell_seed);
#endif
	began = now_s();
	hasher_init(&t.worlds_came_to);
	if (a.list)
		play_list(a.list, &a.how, &t);
	play_block(&a, &t);
	t.processor_ms = (uint64_t)((now_s() - began) * 1000);
	bases_free();
	if (a.counts && counts_write(a.counts, &t))
		return 2;
	return report(&t, a.all);
}
