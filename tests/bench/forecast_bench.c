/* How good forecasts are. Fitted on some made-up years and scored on later ones, at three cut-offs, on
 * processes that the model does not assume. Prints how often the intervals of 50, 80 and 95 % held the
 * year's true end, and the mean error in per cent of the truth beside two plain rules: last year's share by
 * this month, and last year's total. Integers and a fixed seed: the same table on every machine. */
#include "domain/forecast.h"
#include "province.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAST = 4, CUTS = 3, UNITS = 400 };
static const unsigned cuts[CUTS] = { 3, 6, 9 };

struct series {
	int64_t years[PAST][PACE_MONTHS]; /* as reported: -1 missing */
	int64_t now[PACE_MONTHS];
	int64_t truth; /* of the year, whether reported or not */
};

struct score {
	uint64_t count, held[3], truth, off, off_share, off_last;
};

/* ---- chance ---- */

static uint64_t state;

static uint64_t draw(uint64_t below)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

/* `trials` people of whom each comes with so many chances of 10,000. */
static int64_t come(int64_t trials, uint64_t chance)
{
	int64_t n = 0;

	for (int64_t i = 0; i < trials; i++)
		n += draw(10000) < chance;
	return n;
}

/* ---- processes ---- */

static const uint64_t feasts[PACE_MONTHS] = { 4, 9, 10, 5, 10, 6, 4, 8, 9, 10, 12, 13 };

static void month_of(struct series *s, size_t y, size_t m, int64_t n)
{
	if (y < PAST)
		s->years[y][m] = n;
	else
		s->now[m] = n;
}

static void finish(struct series *s)
{
	s->truth = 0;
	for (size_t m = 0; m < PACE_MONTHS; m++)
		s->truth += s->now[m];
}

/* What the model nearly assumes: a steady level, a season, single people. The negative control. */
static void plain(struct series *s, int64_t size)
{
	for (size_t y = 0; y <= PAST; y++)
		for (size_t m = 0; m < PACE_MONTHS; m++)
			month_of(s, y, m, come(size, feasts[m] * 3));
	finish(s);
}

/* Two or three classes a year, in months that change; all of a class in one month. */
static void bursts(struct series *s, int64_t size)
{
	memset(s, 0, sizeof(*s));
	for (size_t y = 0; y <= PAST; y++) {
		int64_t months[PACE_MONTHS] = { 0 };

		for (uint64_t c = 2 + draw(2); c; c--)
			months[draw(PACE_MONTHS)] += come(size, 60 + draw(120));
		for (size_t m = 0; m < PACE_MONTHS; m++)
			month_of(s, y, m, months[m]);
	}
	finish(s);
}

/* Whoever is behind in October makes an effort: the last quarter goes by the target, not by the season. */
static void rush(struct series *s, int64_t size)
{
	for (size_t y = 0; y <= PAST; y++) {
		int64_t goal = size * (2 + (int64_t)draw(3)) / 100, sum = 0;

		for (size_t m = 0; m < 9; m++) {
			int64_t n = come(size, feasts[m] * 2);

			month_of(s, y, m, n);
			sum += n;
		}
		for (size_t m = 9; m < PACE_MONTHS; m++) {
			int64_t n = goal > sum ? (goal - sum + (int64_t)draw(3)) / (12 - (int64_t)m)
					       : 0;

			n += come(size, 5);
			month_of(s, y, m, n);
			sum += n;
		}
	}
	finish(s);
}

/* A quarter in which nobody can meet, half of it made good later; in a past year or in this one. */
static void lost_quarter(struct series *s, int64_t size)
{
	size_t when = draw(PAST + 1), at = draw(7);

	plain(s, size);
	for (size_t m = at; m < at + 3; m++) {
		int64_t *year = when < PAST ? s->years[when] : s->now;

		year[m + 4 < PACE_MONTHS ? m + 4 : PACE_MONTHS - 1] += year[m] / 2;
		year[m] = 0;
	}
	finish(s);
}

/* People came, but a quarter of sheets is missing: in a past year and, by June, in this one. */
static void unreported(struct series *s, int64_t size)
{
	size_t y = draw(PAST), at = draw(PACE_MONTHS - 2);

	plain(s, size);
	for (size_t m = at; m < at + 3; m++)
		s->years[y][m] = -1;
	for (size_t m = 0; m < 3; m++)
		s->now[m] = -1;
}

/* Two or three units become one at the beginning of this year; a third of the vigour goes, or comes. */
static void merged(struct series *s, int64_t size)
{
	uint64_t vigour = 2 + draw(3);

	for (size_t y = 0; y <= PAST; y++)
		for (size_t m = 0; m < PACE_MONTHS; m++)
			month_of(s, y, m, come(2 * size, feasts[m] * (y < PAST ? 3 : vigour)));
	finish(s);
}

/* ---- scoring ---- */

static uint64_t distance(int64_t a, int64_t b)
{
	return (uint64_t)(a > b ? a - b : b - a);
}

/* What came this year by the share that last year had by the same month; where last year had nothing by
 * then, last year's total. */
static int64_t by_last_share(const struct series *s, unsigned done, int64_t *last)
{
	int64_t by_then = 0, now = 0;

	*last = 0;
	for (size_t m = 0; m < PACE_MONTHS; m++) {
		int64_t n = s->years[PAST - 1][m] > 0 ? s->years[PAST - 1][m] : 0;

		*last += n;
		by_then += m < done ? n : 0;
		now += m < done && s->now[m] > 0 ? s->now[m] : 0;
	}
	return by_then ? (2 * now * *last + by_then) / (2 * by_then) : *last;
}

static bool holds(struct forecast_range r, int64_t truth)
{
	return r.low <= truth && truth <= r.high;
}

static void add(struct score *to, const struct series *s, unsigned done,
		const struct pace_profile *season)
{
	struct forecast_ask ask = {
		.years = s->years, .year_count = PAST, .done = done, .season = season
	};
	struct forecast f;
	struct err e = { 0 };
	int64_t last, share = by_last_share(s, done, &last);

	memcpy(ask.months, s->now, sizeof(ask.months));
	if (forecast_make(&f, &ask, &e)) {
		fprintf(stderr, "forecast_bench: %s\n", e.msg);
		exit(1);
	}
	to->count++;
	to->held[0] += holds(f.half, s->truth);
	to->held[1] += holds(f.eighty, s->truth);
	to->held[2] += holds(f.ninety_five, s->truth);
	to->truth += (uint64_t)s->truth;
	to->off += distance(f.value, s->truth);
	to->off_share += distance(share, s->truth);
	to->off_last += distance(last, s->truth);
}

static void print_tenths(uint64_t num, uint64_t den)
{
	uint64_t tenths = den ? (num * 2000 + den) / (2 * den) : 0;

	printf(" %llu.%llu |", (unsigned long long)(tenths / 10),
	       (unsigned long long)(tenths % 10));
}

static void print_score(const char *what, unsigned done, const struct score *s)
{
	printf("| %s | %u | %llu |", what, done, (unsigned long long)s->count);
	for (size_t i = 0; i < 3; i++)
		print_tenths(s->held[i], s->count);
	print_tenths(s->off, s->truth);
	print_tenths(s->off_share, s->truth);
	print_tenths(s->off_last, s->truth);
	printf("\n");
}

/* As it stands in RESULTS.md. */
static void print_head(void)
{
	printf("| process | months | units | in 50 | in 80 | in 95 | error | last year's share | "
	       "last year |\n|---|---|---|---|---|---|---|---|---|\n");
}

static void score_process(const char *what, void (*make)(struct series *, int64_t), int64_t size,
			  uint64_t seed)
{
	for (size_t c = 0; c < CUTS; c++) {
		struct score score = { 0 };

		state = seed; /* the same years at every cut-off */
		for (size_t i = 0; i < UNITS; i++) {
			struct series s = { 0 };

			make(&s, size);
			add(&score, &s, cuts[c], NULL);
		}
		print_score(what, cuts[c], &score);
	}
}

/* ---- the generated province: feast days, groups, whole years that are drawn ---- */

static int64_t admitted(const struct province *p, size_t unit, int year, int month)
{
	struct province_figure f[PROVINCE_FIGURES_MAX];
	size_t count = province_month(p, unit, year, month, f);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(f[i].measure, "admitted"))
			return f[i].value;
	return 0;
}

static bool below(const struct province *p, size_t unit, size_t top)
{
	for (int at = (int)unit; at >= 0; at = province_unit(p, (size_t)at)->parent)
		if ((size_t)at == top)
			return true;
	return false;
}

/* Years first .. first + PAST - 1 are the past, the next one is this year. */
static void read_series(struct series *s, const struct province *p, size_t top, int first)
{
	const size_t *reporters = province_reporters(p);

	memset(s, 0, sizeof(*s));
	for (size_t r = 0; r < PROVINCE_GRASSROOTS; r++) {
		if (!below(p, reporters[r], top))
			continue;
		for (size_t y = 0; y <= PAST; y++)
			for (size_t m = 0; m < PACE_MONTHS; m++)
				*(y < PAST ? &s->years[y][m] : &s->now[m]) +=
					admitted(p, reporters[r], first + (int)y, (int)m + 1);
	}
	finish(s);
}

enum { LEVELS = 3, SEEDS = 3 };

static void score_unit(struct score scores[LEVELS][CUTS], const struct province *p, size_t unit,
		       int first, const struct pace_profile *season)
{
	const struct province_unit *u = province_unit(p, unit);
	size_t level = !unit ? 0 : !u->parent ? 1 : 2;
	struct series s;

	if (level == 2 && !u->reports)
		return;
	read_series(&s, p, unit, first);
	for (size_t c = 0; c < CUTS; c++)
		add(&scores[level][c], &s, cuts[c], unit ? season : NULL);
}

static int score_province(void)
{
	static const char *const names[LEVELS] = { "generated province, whole",
						   "generated province, 22 committees",
						   "generated province, grassroots" };
	static struct score scores[LEVELS][CUTS];

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct province *p;
		struct err e = { 0 };

		if (province_new(&p, seed, PROVINCE_YEAR_MIN, PROVINCE_YEAR_MAX, &e)) {
			fprintf(stderr, "forecast_bench: %s\n", e.msg);
			return 1;
		}
		for (int first = PROVINCE_YEAR_MIN; first + PAST <= PROVINCE_YEAR_MAX; first++) {
			struct pace_profile season;
			struct series whole;

			read_series(&whole, p, 0, first);
			pace_learn(&season, whole.years, PAST);
			for (size_t u = 0; u < province_unit_count(p); u++)
				score_unit(scores, p, u, first, &season);
		}
		province_free(p);
	}
	for (size_t l = 0; l < LEVELS; l++)
		for (size_t c = 0; c < CUTS; c++)
			print_score(names[l], cuts[c], &scores[l][c]);
	return 0;
}

int main(void)
{
	static const struct {
		const char *what;
		void (*make)(struct series *, int64_t);
	} processes[] = {
		{ "steady (nearly the model)", plain },
		{ "bursts: two or three classes", bursts },
		{ "rush for the target in October", rush },
		{ "a lost quarter, half made good", lost_quarter },
		{ "a quarter of sheets missing", unreported },
		{ "merged units, vigour changed", merged },
	};

	print_head();
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		char what[64];

		snprintf(what, sizeof(what), "%s, 100", processes[i].what);
		score_process(what, processes[i].make, 100, 1000 + i);
		snprintf(what, sizeof(what), "%s, 3000", processes[i].what);
		score_process(what, processes[i].make, 3000, 2000 + i);
	}
	return score_province();
}
