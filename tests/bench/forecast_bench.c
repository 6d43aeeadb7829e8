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

/* ---- cases: what a register knows, month by month ---- */

/* Stages as a bench needs them: the cell resolved; with the body that decides; agreed. */
enum { AT_CELL, AT_BODY, AT_AGREED, AT_STAGES, CASE_YEARS = PAST + 1 };

struct one_case {
	int from, body, agreed, admitted; /* months from the first January; `admitted` -1: never */
	int closed;                       /* no more in hand from this month on */
};

struct caseload {
	struct one_case list[16384];
	size_t count;
	struct series months;
};

/* How a case goes: months on the way, and who of a hundred gets there. */
struct way {
	uint64_t to_body, body_less, body_spread, decide_spread, chance;
};

static void new_case(struct caseload *l, int month, const struct way *w)
{
	struct one_case *c = &l->list[l->count];
	bool comes = draw(100) < w->chance;

	if (l->count == sizeof(l->list) / sizeof(l->list[0]))
		return;
	l->count++;
	c->from = month;
	c->body = month + (int)draw(w->to_body + 1);
	c->agreed = c->body + (int)(w->body_less + draw(w->body_spread + 1));
	c->closed = c->agreed + (int)draw(w->decide_spread + 1);
	c->admitted = comes ? c->closed : -1;
	if (!comes && draw(2)) /* returned and given up before it was agreed to */
		c->closed = c->agreed;
}

/* Chances, spreads and months differ by process; 4 past years and this one, and half a year before them. */
static void steady_cases(struct caseload *l, int64_t size, uint64_t now_chance, uint64_t now_slow)
{
	l->count = 0;
	for (int m = -6; m < 12 * CASE_YEARS; m++) {
		bool now = m >= 12 * PAST;
		struct way w = { .to_body = 1,
				 .body_less = 1 + (now ? now_slow : 0),
				 .body_spread = 2,
				 .decide_spread = 1,
				 .chance = now ? now_chance : 85 };

		for (int64_t n = come(size, feasts[(m + 12) % 12] * 3); n; n--)
			new_case(l, m, &w);
	}
}

static void cases_steady(struct caseload *l, int64_t size)
{
	steady_cases(l, size, 85, 0);
}

/* All of a class together, the body screens them together: a whole class may be sent back. */
static void cases_classes(struct caseload *l, int64_t size)
{
	l->count = 0;
	for (int y = -1; y < CASE_YEARS; y++) {
		for (uint64_t k = 2 + draw(2); k; k--) {
			struct way w = { .body_less = 1 + draw(3), .chance = draw(6) ? 92 : 30 };
			int month = 12 * y + (int)draw(12);

			for (int64_t n = come(size, 60 + draw(120)); n; n--)
				new_case(l, month, &w);
		}
	}
}

/* This year the body is stricter: 60 of a hundred, not 85. */
static void cases_stricter(struct caseload *l, int64_t size)
{
	steady_cases(l, size, 60, 0);
}

/* This year the body takes three months longer. */
static void cases_slower(struct caseload *l, int64_t size)
{
	steady_cases(l, size, 85, 3);
}

/* Whoever is behind in September hurries: more cases, decided within two months. */
static void cases_rush(struct caseload *l, int64_t size)
{
	l->count = 0;
	for (int m = -6; m < 12 * CASE_YEARS; m++) {
		bool late = (m + 12) % 12 >= 8;
		struct way w = { .to_body = late ? 0 : 1,
				 .body_less = late ? 0 : 1,
				 .body_spread = late ? 1 : 2,
				 .decide_spread = 1,
				 .chance = late ? 95 : 85 };

		for (int64_t n = come(size, late ? 20 + draw(60) : feasts[(m + 12) % 12] * 2); n;
		     n--)
			new_case(l, m, &w);
	}
}

static void months_of(struct caseload *l)
{
	memset(&l->months, 0, sizeof(l->months));
	for (size_t i = 0; i < l->count; i++) {
		int at = l->list[i].admitted;

		if (at < 0 || at >= 12 * CASE_YEARS)
			continue;
		if (at < 12 * PAST)
			l->months.years[at / 12][at % 12]++;
		else
			l->months.now[at % 12]++;
	}
	finish(&l->months);
}

/* Where it stood when month `at` began; AT_STAGES: nowhere. */
static int stood(const struct one_case *c, int at)
{
	if (c->from >= at || c->closed < at)
		return AT_STAGES;
	return c->agreed < at ? AT_AGREED : c->body < at ? AT_BODY : AT_CELL;
}

/* What the register says after `done` months, with what it has seen of `years` past ones. */
static void read_cases(struct forecast_ask *ask, struct forecast_stage stages[AT_STAGES],
		       const struct caseload *l, unsigned done, int years)
{
	static const unsigned by_rule[AT_STAGES] = { 85, 95, 98 }; /* as rules/admission.csv */

	for (int s = 0; s < AT_STAGES; s++)
		stages[s] = (struct forecast_stage){ .percent = by_rule[s] };
	ask->stages = stages;
	ask->stage_count = AT_STAGES;
	ask->lead_months = 3;
	for (size_t i = 0; i < l->count; i++) {
		const struct one_case *c = &l->list[i];

		for (int y = PAST - years; y <= PAST; y++) {
			int at = 12 * y + (int)done, end = 12 * y + 12, s = stood(c, at);
			bool made = c->admitted >= at && c->admitted < end;

			if (y == PAST) {
				ask->by_cases += c->admitted >= 12 * y && c->admitted < at;
				if (s < AT_STAGES)
					stages[s].count++;
				continue;
			}
			ask->came += made;
			ask->fresh += made && s == AT_STAGES;
			if (s < AT_STAGES) {
				stages[s].tried++;
				stages[s].made += made;
			}
		}
	}
}

static void add_forecast(struct score *to, const struct forecast_one *f, const struct series *s,
			 unsigned done)
{
	int64_t last, share = by_last_share(s, done, &last);

	to->count++;
	to->held[0] += holds(f->half, s->truth);
	to->held[1] += holds(f->eighty, s->truth);
	to->held[2] += holds(f->ninety_five, s->truth);
	to->truth += (uint64_t)s->truth;
	to->off += distance(f->value, s->truth);
	to->off_share += distance(share, s->truth);
	to->off_last += distance(last, s->truth);
}

/* The same cases by months alone and by dossiers, with so many past years in the register. */
static void score_cases(const char *what, void (*make)(struct caseload *, int64_t), int64_t size,
			int years, uint64_t seed)
{
	static struct caseload l;

	for (size_t c = 0; c < CUTS; c++) {
		struct score months = { 0 }, dossiers = { 0 };
		char line[96];

		state = seed;
		for (size_t i = 0; i < UNITS; i++) {
			struct forecast_ask ask = { .year_count = PAST, .done = cuts[c] };
			struct forecast_stage stages[AT_STAGES];
			struct forecast f;
			struct err e = { 0 };

			make(&l, size);
			months_of(&l);
			ask.years = l.months.years;
			memcpy(ask.months, l.months.now, sizeof(ask.months));
			read_cases(&ask, stages, &l, cuts[c], years);
			if (forecast_make(&f, &ask, &e)) {
				fprintf(stderr, "forecast_bench: %s\n", e.msg);
				exit(1);
			}
			add_forecast(&months, &f.by_months, &l.months, cuts[c]);
			add_forecast(&dossiers, &f.by_dossiers, &l.months, cuts[c]);
		}
		snprintf(line, sizeof(line), "%s, %lld: months", what, (long long)size);
		print_score(line, cuts[c], &months);
		snprintf(line, sizeof(line), "%s, %lld: dossiers", what, (long long)size);
		print_score(line, cuts[c], &dossiers);
	}
}

static void score_registers(void)
{
	static const struct {
		const char *what;
		void (*make)(struct caseload *, int64_t);
		int years;
	} processes[] = {
		{ "cases, steady", cases_steady, PAST },
		{ "cases, register new this year", cases_steady, 0 },
		{ "cases, whole classes", cases_classes, PAST },
		{ "cases, body stricter this year", cases_stricter, PAST },
		{ "cases, body slower this year", cases_slower, PAST },
		{ "cases, rush from September", cases_rush, PAST },
	};

	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		for (int64_t size = 100; size <= 3000; size *= 30)
			score_cases(processes[i].what, processes[i].make, size, processes[i].years,
				    3000 + i);
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
	score_registers();
	return score_province();
}
