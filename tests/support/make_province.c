/* Write the files of an illustrative province.
 *
 * usage: make_province DIR [--seed N] [--years A[-B]] [--to DAY]
 *
 * tree.csv, members.csv, targets.csv, and figures: figures-2022-08.csv for each month that ends by DAY,
 * figures-2022-09-22.csv for the flash of DAY when it does not end its month. No file has more than
 * 20,000 rows; what a month has beyond them is in figures-2022-08-2.csv and so on. Without options:
 * seed 1, the year 2022 to 22/9; with --years, to the end of the last one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "province.h"

enum {
	FILE_BYTES_MAX = 16 << 20,
	FILE_ROWS_MAX = 20000, /* what one import takes as a whole */
	PATH_BYTES = 1024,
};

struct wish {
	const char *dir;
	uint64_t seed;
	int first_year, last_year;
	day_t to; /* 0: the end of the last year */
};

static int complain(const char *what, const char *detail)
{
	fprintf(stderr, "make_province: %s: %s\n", what, detail);
	return 1;
}

static bool parse_number(uint64_t *out, const char *text, const char **end)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &stop, 10);
	*end = stop;
	return !errno;
}

static bool parse_years(struct wish *w, const char *text)
{
	uint64_t first, last;

	if (!parse_number(&first, text, &text) || first > 9999)
		return false;
	last = first;
	if (*text == '-' && (!parse_number(&last, text + 1, &text) || last > 9999))
		return false;
	w->first_year = (int)first;
	w->last_year = (int)last;
	return !*text;
}

static bool parse_wish(struct wish *w, int argc, char **argv)
{
	bool years = false, to = false;

	*w = (struct wish){ .seed = 1, .first_year = 2022, .last_year = 2022 };
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "", *end = "";
		bool good = true;

		if (argv[i][0] != '-' && !w->dir) {
			w->dir = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--seed"))
			good = parse_number(&w->seed, value, &end) && !*end;
		else if (!strcmp(argv[i], "--years"))
			good = years = parse_years(w, value);
		else if (!strcmp(argv[i], "--to"))
			good = to = !day_parse(&w->to, NULL, span_str(value), NULL);
		else
			good = false;
		if (!good)
			return false;
		i++;
	}
	if (!years && !to)
		day_from_ymd(&w->to, 2022, 9, 22);
	return w->dir != NULL;
}

/* Write what `b` holds as DIR/name and empty it. */
static int save(const struct wish *w, const char *name, struct buf *b)
{
	char path[PATH_BYTES];
	size_t len = b->len;
	FILE *f;
	bool failed;

	if (b->failed)
		return complain(name, "too long, or no memory");
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", w->dir, name) >= sizeof(path))
		return complain(w->dir, "too long a path");
	f = fopen(path, "wb");
	if (!f)
		return complain(path, strerror(errno));
	failed = fwrite(b->data, 1, len, f) != len;
	failed |= fclose(f) != 0;
	if (failed)
		return complain(path, strerror(errno));
	buf_reset(b);
	return 0;
}

/* One month, or one flash: as many files as it takes. */
static int save_figures(const struct wish *w, const struct province *p, struct period days,
			bool flash, struct buf *b)
{
	struct ymd to = day_to_ymd(days.to);
	size_t next = 0;

	for (int part = 1; next < PROVINCE_GRASSROOTS; part++) {
		char name[80], suffix[16] = "", day[8] = "";
		size_t rows = flash ? province_flash_csv(p, days.to, FILE_ROWS_MAX, &next, b)
				    : province_month_csv(p, to.year, to.month, FILE_ROWS_MAX, &next,
							 b);

		if (part > 1)
			snprintf(suffix, sizeof(suffix), "-%d", part);
		if (flash)
			snprintf(day, sizeof(day), "-%02u", (unsigned)to.day % 100);
		snprintf(name, sizeof(name), "figures-%d-%02d%s%s.csv", to.year, to.month, day,
			 suffix);
		if (save(w, name, b))
			return 1;
		printf("%s %zu\n", name, rows);
	}
	return 0;
}

static int save_all(const struct wish *w, const struct province *p, struct buf *b)
{
	static const struct {
		const char *name;
		void (*write)(const struct province *p, struct buf *out);
	} files[] = {
		{ "tree.csv", province_tree_csv },
		{ "members.csv", province_members_csv },
		{ "targets.csv", province_targets_csv },
	};
	day_t last = w->to ? w->to : province_last(p);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		files[i].write(p, b);
		if (save(w, files[i].name, b))
			return 1;
	}
	for (day_t from = province_opened(p) + 1; from <= last; from = day_month_last(from) + 1) {
		struct period days = { from, day_month_last(from) };
		bool flash = days.to > last;

		if (flash)
			days.to = last;
		if (save_figures(w, p, days, flash, b))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct province *p = NULL;
	struct err e = { 0 };
	struct wish w;
	struct buf b;
	int rc;

	if (!parse_wish(&w, argc, argv)) {
		fprintf(stderr, "usage: make_province DIR [--seed N] [--years A[-B]] [--to DAY]\n");
		return 2;
	}
	if (province_new(&p, w.seed, w.first_year, w.last_year, &e))
		return complain("years", e.msg);
	if (w.to && (w.to <= province_opened(p) || w.to > province_last(p))) {
		province_free(p);
		return complain("--to", "a day outside the years");
	}
	if (mkdir(w.dir, 0777) && errno != EEXIST) {
		province_free(p);
		return complain(w.dir, strerror(errno));
	}
	buf_init(&b, FILE_BYTES_MAX);
	rc = save_all(&w, p, &b);
	buf_fini(&b);
	province_free(p);
	return rc;
}
