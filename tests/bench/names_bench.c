/* A device's search of one name: the index made for the first time, then the search in this process, again and again.
 * usage: names_bench DEVICE_DIR NAME [ROUNDS] */
#include "base/text.h"
#include "client/names.h"
#include "client/roll.h"
#include "crypto/random.h"
#include "device_dir.h"
#include "kv/rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 200, ROUNDS_MAX = 100000 };

static struct err e;

static void need(int rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "names_bench: %s: %s\n", what, e.msg);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

static struct keyring *open_keys(struct device_dir *d)
{
	struct keyring_setup setup = { .random = crypto_random };
	struct device_keys keys;
	char path[PATH_BYTES];
	struct kv_open how = { .dir = path,
			       .map_bytes = (size_t)1 << 30,
			       .tables = KEYRING_TABLES };
	struct keyring *out;

	need(device_dir_keys(d, &keys, &e), "keys");
	need(path_join(path, d->path, "keys", &e), "path");
	need(kv_rewrite_open(&setup.kv, &how, &e), "key store");
	setup.seal = &keys.seal;
	need(keyring_new(&out, &setup, &e), "keyring");
	device_keys_fini(&keys);
	return out;
}

/* As a person sees it: found, and the records of those found opened. Returns how many. */
static size_t search(struct client *c, struct keyring *k, const char *folded)
{
	struct names_asked asked = { .folded = folded };
	struct arena *a = arena_new((size_t)256 << 20);
	struct names_found found;
	struct roll *roll;
	size_t opened = 0;

	need(names_search(&found, c, k, &asked, a, &e), "search");
	need(roll_load_some(&roll, c, (const uint8_t(*)[PERSON_ID])found.at, found.count, &e),
	     "roll");
	for (size_t i = 0; i < roll_count(roll); i++) {
		struct person_fields f;

		opened += !roll_open(&f, c, k, roll_at(roll, i), a, &e);
	}
	roll_free(roll);
	arena_free(a);
	return opened;
}

int main(int argc, char **argv)
{
	int rounds = argc == 4 ? atoi(argv[3]) : ROUNDS;
	struct device_dir d;
	struct keyring *k;
	char folded[512];
	double first, began, cpu, *took;
	size_t found;

	if (argc < 3 || argc > 4 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: names_bench DEVICE_DIR NAME [ROUNDS]\n");
		return 2;
	}
	need(text_fold(folded, sizeof(folded), NULL, span_str(argv[2]), &e), "the name");
	need(device_dir_open(&d, argv[1], &e), "open");
	k = open_keys(&d);
	took = calloc((size_t)rounds, sizeof(*took));
	if (!took)
		return 1;
	began = now_ms();
	found = search(d.client, k, folded);
	first = now_ms() - began;
	cpu = cpu_ms();
	for (int i = 0; i < rounds; i++) {
		began = now_ms();
		if (search(d.client, k, folded) != found)
			return 1;
		took[i] = now_ms() - began;
	}
	cpu = (cpu_ms() - cpu) / rounds;
	qsort(took, (size_t)rounds, sizeof(*took), by_value);
	printf("first_ms=%.1f search_ms=%.2f cpu_ms=%.2f p99_ms=%.2f found=%zu rounds=%d\n", first,
	       took[rounds / 2], cpu, took[(size_t)rounds * 99 / 100], found, rounds);
	free(took);
	keyring_free(k);
	device_dir_close(&d);
	return 0;
}
