/* A device's search of one name: the index made for the first time, then the search in this process, again and again.
 * The same of cases, beside what it takes to open each of them; and invented ones to search among.
 * usage: names_bench DEVICE_DIR NAME [ROUNDS]
 *        names_bench DEVICE_DIR --cases NAME [ROUNDS]
 *        names_bench DEVICE_DIR --open COUNT */
#include "base/text.h"
#include "client/case_write.h"
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

/* By the index, or (`all`) as if there were none. */
static size_t look(struct client *c, struct keyring *k, const char *folded, bool all)
{
	struct names_asked asked = { .of = NAMES_OF_CASES, .folded = folded };
	struct arena *a = arena_new((size_t)256 << 20);
	struct cases *cases;
	size_t found = 0;

	need(all ? cases_load(&cases, c, &e) : cases_search(&cases, c, k, &asked, NULL, a, &e),
	     "cases");
	for (size_t i = 0; i < cases_count(cases); i++) {
		char theirs[512];
		struct person_fields f;

		if (!case_open_record(&f, c, k, cases_at(cases, i), a, &e) &&
		    !text_fold(theirs, sizeof(theirs), NULL, f.at[PF_NAME], &e))
			found += strstr(theirs, folded) != NULL;
	}
	cases_free(cases);
	arena_free(a);
	return found;
}

static size_t search_cases(struct client *c, struct keyring *k, const char *folded)
{
	return look(c, k, folded, false);
}

static size_t open_cases(struct client *c, struct keyring *k, const char *folded)
{
	return look(c, k, folded, true);
}

/* Invented ones, none of a name that another has. */
static void make_cases(struct client *c, struct keyring *k, int count)
{
	struct case_writer w = { c, k, NULL, 1664000000000, crypto_random };

	for (int i = 0; i < count; i++) {
		struct person_fields f = { .at = { [PF_SEX] = SPAN_LIT("f") } };
		struct case_step first = { .kind = STEP_INTRODUCE, .day = 19000 };
		struct person_codes codes = { .sources = 1 };
		uint8_t person[PERSON_ID];
		char name[64];

		snprintf(name, sizeof(name), "Nguyễn Bịa Số %d", 100000 + i);
		f.at[PF_NAME] = span_str(name);
		w.a = arena_new(1 << 20);
		need(case_write_open(&w, &f, &codes, &first, person, &e), "open a case");
		arena_free(w.a);
	}
}

typedef size_t searching(struct client *c, struct keyring *k, const char *folded);

static void measure(struct client *c, struct keyring *k, const char *folded, int rounds,
		    searching *how, const char *word)
{
	double *took = calloc((size_t)rounds, sizeof(*took));
	double began = now_ms(), first, cpu;
	size_t found = how(c, k, folded);

	if (!took)
		exit(1);
	first = now_ms() - began;
	cpu = cpu_ms();
	for (int i = 0; i < rounds; i++) {
		began = now_ms();
		if (how(c, k, folded) != found)
			exit(1);
		took[i] = now_ms() - began;
	}
	cpu = (cpu_ms() - cpu) / rounds;
	qsort(took, (size_t)rounds, sizeof(*took), by_value);
	printf("%sfirst_ms=%.1f search_ms=%.2f cpu_ms=%.2f p99_ms=%.2f found=%zu rounds=%d\n", word,
	       first, took[rounds / 2], cpu, took[(size_t)rounds * 99 / 100], found, rounds);
	free(took);
}

int main(int argc, char **argv)
{
	bool cases = argc > 2 && !strcmp(argv[2], "--cases");
	bool make = argc == 4 && !strcmp(argv[2], "--open");
	const char *name = argc > 2 + cases ? argv[2 + cases] : NULL;
	int rounds = argc == 4 + cases ? atoi(argv[3 + cases]) : ROUNDS;
	struct device_dir d;
	struct keyring *k;
	char folded[512];

	if (!name || argc > 4 + cases || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr,
			"usage: names_bench DEVICE_DIR [--cases] NAME [ROUNDS] | --open COUNT\n");
		return 2;
	}
	need(text_fold(folded, sizeof(folded), NULL, span_str(name), &e), "the name");
	need(device_dir_open(&d, argv[1], &e), "open");
	k = open_keys(&d);
	if (make) {
		make_cases(d.client, k, rounds);
	} else if (cases) {
		measure(d.client, k, folded, rounds, search_cases, "index ");
		measure(d.client, k, folded, rounds, open_cases, "each ");
	} else {
		measure(d.client, k, folded, rounds, search, "");
	}
	keyring_free(k);
	device_dir_close(&d);
	return 0;
}
