#include "domain/forecast.h"

#include "domain/limits.h"
#include "odds.h"

#include <string.h>

enum { DAYS_OF_MONTH_MAX = 31 };

/* What is believed before anything is seen, and how strongly: round numbers, set beforehand. The trials on
 * past years, and the middle of shares where there are many people, came after the bench had shown what
 * intervals do without them. */
enum {
	CLUMP_PEOPLE = 16,  /* the first guess of the clump weighs as much as so many people */
	SEASON_PEOPLE = 24, /* and the season of the unit above */
	MANY_PEOPLE = 240,  /* in a year */
	TRIAL_YEARS = 3,
	LEVEL_YEARS = 3,    /* and how much levels of years differ */
	RULE_DOSSIERS = 10, /* a stage's percentage is believed as if so many had been seen */
	ALIKE_DOSSIERS =
		40, /* and never more than so many: this year's screening is not that of others */
	LEAD_PEOPLE = 10, /* as those, of who comes without a dossier yet */
	CASES_TENTHS = 9, /* of those reported, at least so many in ten by cases */
};
#define CLUMP_GUESS PART(8, 5) /* variance over mean */
#define SEASON_DOUBT PART(1, 5)
#define SPREAD_GUESS PART(1, 5) /* of a year's level: standard deviation over mean */
#define SPREAD_LEAST PART(1, 12)
#define NARROWEST PART(1, 16) /* dossiers that nearly all come */

struct model {
	const struct forecast_ask *ask;
	wide season[PACE_MONTHS];      /* adds up to about ONE */
	wide year[FORECAST_YEARS_MAX]; /* totals, months that were not reported filled in */
	size_t years;                  /* that could be used */
	wide level;                    /* of a year, from the past: a later one weighs more */
	wide clump, hold; /* hold: how many years of this one's pace the past is worth */
	wide gone;        /* part of the season in months that were reported */
	int64_t so_far;
	unsigned absent;
	wide rate;       /* a whole year at this year's rate */
	wide mean, fat;  /* what is to come: mean, and variance over mean */
	wide strain;     /* how much further off past years were than that, squared */
	wide no_dossier; /* of by dossiers: expected of those who have none */
};

/* ---- what is asked ---- */

static bool people(int64_t n)
{
	return n >= -1 && n <= FORECAST_PEOPLE_MAX;
}

static int check(const struct forecast_ask *ask, struct err *e)
{
	bool ok = ask->done <= PACE_MONTHS && ask->year_count <= FORECAST_YEARS_MAX &&
		  ask->stage_count <= FORECAST_STAGES_MAX && ask->lead_months <= PACE_MONTHS;

	for (size_t y = 0; ok && y < ask->year_count; y++)
		for (size_t m = 0; m < PACE_MONTHS; m++)
			ok = ok && people(ask->years[y][m]);
	for (size_t m = 0; ok && m < ask->done; m++)
		ok = people(ask->months[m]);
	if (ok && ask->part_days)
		ok = ask->done < PACE_MONTHS && people(ask->months[ask->done]) &&
		     ask->part_of <= DAYS_OF_MONTH_MAX && ask->part_days < ask->part_of;
	for (size_t s = 0; ok && s < ask->stage_count; s++)
		ok = ask->stages[s].count >= 0 && ask->stages[s].count <= FORECAST_PEOPLE_MAX &&
		     ask->stages[s].percent <= 100 && ask->stages[s].made >= 0 &&
		     ask->stages[s].made <= ask->stages[s].tried &&
		     ask->stages[s].tried <= FORECAST_PEOPLE_MAX;
	return ok ? 0
		  : err_set(e, ERR_RANGE, "a forecast is made of at most %d people a month",
			    FORECAST_PEOPLE_MAX);
}

/* ---- the past ---- */

static bool whole_year(const int64_t year[PACE_MONTHS])
{
	for (size_t i = 0; i < PACE_MONTHS; i++)
		if (year[i] < 0)
			return false;
	return true;
}

/* The middle one of few numbers, or the mean of the middle two; puts them in order. */
static wide middle_of(wide *v, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		wide x = v[i];
		size_t k = i;

		for (; k && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	return (v[(count - 1) / 2] + v[count / 2]) / 2;
}

/* Where months have many people, one odd year must not move the season: the middle of each month's shares
 * takes the place of their mean. With few people the middle would be nobody. */
static void middle_season(const struct forecast_ask *ask, wide own[PACE_MONTHS])
{
	wide share[PACE_MONTHS][FORECAST_YEARS_MAX], all = 0;
	size_t n = 0;

	for (size_t y = 0; y < ask->year_count; y++) {
		int64_t sum = 0;

		for (size_t i = 0; i < PACE_MONTHS; i++)
			sum += ask->years[y][i];
		if (!whole_year(ask->years[y]) || sum < MANY_PEOPLE)
			continue;
		for (size_t i = 0; i < PACE_MONTHS; i++)
			share[i][n] = PART(ask->years[y][i], sum);
		all += sum;
		n++;
	}
	for (size_t i = 0; n > 2 && i < PACE_MONTHS; i++)
		own[i] = all * middle_of(share[i], n);
}

/* The unit's own months, and, as far as they are few, the season of the unit above, else an even one. */
static void learn_season(struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide above[PACE_MONTHS], all = 0, own[PACE_MONTHS] = { 0 }, sum = 0;

	for (size_t i = 0; i < PACE_MONTHS; i++) {
		int64_t known = 0;

		above[i] = ask->season ? ask->season->weight[i] : 1;
		all += above[i];
		for (size_t y = 0; y < ask->year_count; y++) {
			if (ask->years[y][i] < 0)
				continue;
			own[i] += ask->years[y][i] * ONE;
			known++;
		}
		/* As if every year had been reported, so that a gap is not an empty month. */
		if (known)
			own[i] = own[i] * (int64_t)ask->year_count / known;
	}
	middle_season(ask, own);
	for (size_t i = 0; i < PACE_MONTHS; i++) {
		m->season[i] = own[i] + (all ? SEASON_PEOPLE * ONE * above[i] / all
					     : SEASON_PEOPLE * ONE / PACE_MONTHS);
		sum += m->season[i];
	}
	for (size_t i = 0; i < PACE_MONTHS; i++)
		m->season[i] = fx_div(m->season[i], sum);
}

/* Totals of the past years, and their weighted mean. A year of which less than a quarter is known tells
 * nothing. */
static void learn_years(struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide weights = 0, sum = 0;

	for (size_t y = 0; y < ask->year_count; y++) {
		wide known = 0, came = 0;

		for (size_t i = 0; i < PACE_MONTHS; i++) {
			if (ask->years[y][i] < 0)
				continue;
			known += m->season[i];
			came += ask->years[y][i] * ONE;
		}
		if (known < PART(1, 4))
			continue;
		m->year[m->years++] = fx_div(came, known);
		sum += m->year[m->years - 1] * (int64_t)m->years;
		weights += (int64_t)m->years;
	}
	/* Half a person more: a unit that never had anybody may have somebody. */
	m->level = weights > 0 ? (sum + ONE / 2) / weights : 0;
}

/* How much more a month varies than single people would. */
static void learn_clump(struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide squares = CLUMP_PEOPLE * CLUMP_GUESS, expected = CLUMP_PEOPLE * ONE;
	size_t used = 0;

	for (size_t y = 0; y < ask->year_count && used < m->years; y++) {
		wide known = 0;

		for (size_t i = 0; i < PACE_MONTHS; i++)
			known += ask->years[y][i] < 0 ? 0 : m->season[i];
		if (known < PART(1, 4))
			continue;
		for (size_t i = 0; i < PACE_MONTHS; i++) {
			wide due = fx_mul(m->year[used], m->season[i]), off;

			if (ask->years[y][i] < 0)
				continue;
			off = ask->years[y][i] * ONE - due;
			squares += fx_mul(off, off);
			expected += due * 11 / 12; /* the total was taken from the same months */
		}
		used++;
	}
	m->clump = fx_div(squares, expected);
	if (m->clump < ONE)
		m->clump = ONE;
}

/* How far the level of past years says that of this one. */
static void learn_hold(struct model *m)
{
	wide squares = 0, spread, least, guess = fx_mul(SPREAD_GUESS, m->level);

	if (!m->years || !m->level) {
		m->hold = 0;
		return;
	}
	for (size_t y = 0; y < m->years; y++) {
		wide off = m->year[y] - m->level;

		squares += fx_mul(off, off);
	}
	/* What single years vary by themselves is not the level's. */
	squares -= (wide)(m->years - 1) * fx_mul(m->clump, m->level);
	if (squares < 0)
		squares = 0;
	spread = (squares + LEVEL_YEARS * fx_mul(guess, guess)) /
		 ((wide)(m->years - 1) + LEVEL_YEARS);
	least = fx_mul(fx_mul(SPREAD_LEAST, m->level), fx_mul(SPREAD_LEAST, m->level));
	spread = spread < least ? least : spread;
	/* The past's own mean is not known exactly either. */
	spread += (spread + fx_mul(m->clump, m->level)) / (wide)m->years;
	m->hold = spread ? fx_div(fx_mul(m->clump, m->level), spread) : ONE;
}

/* ---- this year ---- */

static bool has_part(const struct forecast_ask *ask)
{
	return ask->done < PACE_MONTHS && ask->part_days && ask->months[ask->done] >= 0;
}

/* Of the season: the days of the month that has begun. */
static wide part_of(const struct model *m)
{
	return m->season[m->ask->done] * m->ask->part_days / m->ask->part_of;
}

static void learn_now(struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide weight;

	for (size_t i = 0; i < ask->done; i++) {
		if (ask->months[i] < 0) {
			m->absent++;
			continue;
		}
		m->gone += m->season[i];
		m->so_far += ask->months[i];
	}
	if (has_part(ask)) {
		m->gone += part_of(m);
		m->so_far += ask->months[ask->done];
	}
	weight = m->hold + m->gone;
	m->rate = weight ? fx_div(fx_mul(m->hold, m->level) + m->so_far * ONE, weight) : 0;
}

/* The part of the season that is to come, later than the dossiers in hand take. */
static wide season_left(const struct model *m, unsigned lead)
{
	wide left = 0;

	for (size_t i = 0; i < PACE_MONTHS; i++)
		if (i >= m->ask->done + (size_t)lead || (i < m->ask->done && m->ask->months[i] < 0))
			left += m->season[i];
	return has_part(m->ask) && !lead ? left - part_of(m) : left;
}

static void expect(struct model *m)
{
	wide left = season_left(m, 0), weight = m->hold + m->gone;

	m->mean = fx_mul(m->rate, left);
	m->fat = m->clump + (weight ? fx_div(fx_mul(m->clump, left), weight) : 0);
	/* No year has just the season of those before: all that is to come may be so much off. */
	m->fat += fx_mul(fx_mul(SEASON_DOUBT, SEASON_DOUBT), m->mean) / (wide)(1 + m->years);
	if (m->fat < NEARLY_SINGLE)
		m->fat = NEARLY_SINGLE;
}

static void fit(struct model *m)
{
	learn_season(m);
	learn_years(m);
	learn_clump(m);
	learn_hold(m);
	learn_now(m);
	expect(m);
}

/* Held against itself: each past year as if it were this one, by the others. Where the truth was further
 * away than the model thinks, the intervals grow; little is believed of few years. */
static void widen(struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	int64_t others[FORECAST_YEARS_MAX][PACE_MONTHS];
	wide squares = TRIAL_YEARS * ONE, count = TRIAL_YEARS;

	for (size_t y = 0; y < ask->year_count; y++) {
		struct forecast_ask trial = *ask;
		struct model then = { .ask = &trial };
		int64_t came = 0;
		size_t n = 0;
		wide off;

		if (!whole_year(ask->years[y]))
			continue;
		for (size_t k = 0; k < ask->year_count; k++)
			if (k != y)
				memcpy(others[n++], ask->years[k], sizeof(others[0]));
		trial.years = (const int64_t(*)[PACE_MONTHS])others;
		trial.year_count = n;
		trial.part_days = 0; /* what past years had by that day of the month is not known */
		for (size_t i = 0; i < PACE_MONTHS; i++) {
			trial.months[i] = i < ask->done && ask->months[i] < 0 ? -1
									      : ask->years[y][i];
			came += i >= ask->done || ask->months[i] < 0 ? ask->years[y][i] : 0;
		}
		fit(&then);
		if (!then.mean)
			continue;
		off = came * ONE - then.mean;
		squares += fx_div(fx_div(fx_mul(off, off), then.mean), then.fat);
		count++;
	}
	m->strain = squares / count;
}

/* ---- dossiers ---- */

static wide chance(const struct forecast_stage *s)
{
	wide by_rule = RULE_DOSSIERS * PART(s->percent, 100);

	return (s->made * ONE + by_rule) / (s->tried + RULE_DOSSIERS);
}

unsigned forecast_chance(const struct forecast_stage *s)
{
	return (unsigned)fx_round(chance(s) * 1000);
}

/* Of those who are still to come, how many have no dossier yet: by the rules those of the months that a
 * dossier takes cannot be among them, and past years say how many there were. */
static wide without_dossier(const struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide left = season_left(m, 0), share;

	if (!left)
		return 0;
	share = fx_div(season_left(m, ask->lead_months), left);
	share = (ask->fresh * ONE + LEAD_PEOPLE * share) / (ask->came + LEAD_PEOPLE);
	return fx_mul(fx_mul(m->rate, left), share);
}

static int64_t admitted_by(const struct model *m)
{
	return m->ask->by_cases > m->so_far ? m->ask->by_cases : m->so_far;
}

/* From what the months expect to what dossiers do: only those without one are left to the months. */
static void turn_to_dossiers(struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide fat = fx_mul(m->fat, m->strain), variance;

	m->no_dossier = without_dossier(m);
	m->mean = m->no_dossier;
	variance = fx_mul(fat, m->mean);
	for (size_t i = 0; i < ask->stage_count; i++) {
		const struct forecast_stage *s = &ask->stages[i];
		wide p = chance(s), single = fx_mul(p, ONE - p), seen = s->tried + RULE_DOSSIERS;

		seen = seen < ALIKE_DOSSIERS ? seen : ALIKE_DOSSIERS;
		m->mean += s->count * p;
		variance += s->count *
			    (single + (s->count ? s->count - 1 : 0) * single / (seen + 1));
	}
	m->fat = m->mean ? fx_div(variance, m->mean) : NEARLY_SINGLE;
	if (m->fat < NARROWEST)
		m->fat = NARROWEST;
	m->so_far = admitted_by(m);
}

static bool cases_tell(const struct model *m)
{
	const struct forecast_ask *ask = m->ask;

	if (!ask->stage_count)
		return false;
	if (!m->years && !m->so_far)
		return true;
	return ask->by_cases + ask->came > 0 && 10 * ask->by_cases >= CASES_TENTHS * m->so_far;
}

static void estimates(struct forecast *out, const struct model *m)
{
	const struct forecast_ask *ask = m->ask;
	wide left = season_left(m, 0), sum = admitted_by(m) * ONE;

	out->has_months = m->years || m->so_far;
	if (m->gone) {
		out->has_pace = true;
		out->by_pace = fx_round(fx_div(m->so_far * ONE, m->gone));
	}
	if (m->years) {
		out->has_history = true;
		out->by_history = m->so_far + fx_round(fx_mul(m->level, left));
	}
	for (size_t s = 0; s < ask->stage_count; s++)
		sum += ask->stages[s].count * chance(&ask->stages[s]);
	if (ask->stage_count) {
		out->has_pipeline = true;
		out->by_pipeline = fx_round(sum);
	}
}

static wide fatter(const struct model *m)
{
	wide fat = fx_mul(m->fat, m->strain);

	return fat < NEARLY_SINGLE ? NEARLY_SINGLE : fat;
}

static void told(struct forecast_one *out, const struct model *m)
{
	struct odds odds;

	odds_of(&odds, m->mean, m->fat);
	out->value = m->so_far + fx_round(m->mean);
	out->half = odds_range(&odds, m->so_far, 50);
	out->eighty = odds_range(&odds, m->so_far, 80);
	out->ninety_five = odds_range(&odds, m->so_far, 95);
	if (out->value > out->ninety_five.high) /* few people, in large clumps: mostly nobody */
		out->value = out->ninety_five.high;
	if (m->ask->has_goal)
		out->reach_percent = odds_reach(&odds, m->ask->goal - m->so_far);
}

/* Where all who can still come have a dossier, there are no more than those. */
static void nobody_else(struct forecast_one *out, const struct model *m)
{
	struct forecast_range *ranges[] = { &out->half, &out->eighty, &out->ninety_five };
	int64_t most = m->so_far;

	for (size_t i = 0; i < m->ask->stage_count; i++)
		most += m->ask->stages[i].count;
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		ranges[i]->high = ranges[i]->high < most ? ranges[i]->high : most;
		ranges[i]->low = ranges[i]->low < most ? ranges[i]->low : most;
	}
}

const char *forecast_used_name(enum forecast_used u)
{
	return u == FORECAST_BY_DOSSIERS ? "dossiers" : "months";
}

static void use(struct forecast *out, const struct forecast_one *one)
{
	out->value = one->value;
	out->half = one->half;
	out->eighty = one->eighty;
	out->ninety_five = one->ninety_five;
	out->reach_percent = one->reach_percent;
}

int forecast_make(struct forecast *out, const struct forecast_ask *ask, struct err *e)
{
	struct model m = { .ask = ask }, by_dossiers;
	int rc;

	*out = (struct forecast){ 0 };
	rc = check(ask, e);
	if (rc)
		return rc;
	fit(&m);
	widen(&m);
	out->absent = m.absent;
	out->so_far = m.so_far;
	if (!m.years && !m.so_far && !ask->stage_count)
		return err_set(e, ERR_NOTFOUND, "there is nothing yet to forecast from");
	estimates(out, &m);
	by_dossiers = m;
	m.fat = fatter(&m);
	told(&out->by_months, &m);
	if (ask->stage_count) {
		turn_to_dossiers(&by_dossiers);
		told(&out->by_dossiers, &by_dossiers);
		if (!by_dossiers.no_dossier)
			nobody_else(&out->by_dossiers, &by_dossiers);
		out->no_dossier = fx_round(by_dossiers.no_dossier);
	}
	out->used = cases_tell(&m) ? FORECAST_BY_DOSSIERS : FORECAST_BY_MONTHS;
	out->differ = out->has_months && ask->stage_count &&
		      (out->by_months.eighty.high < out->by_dossiers.eighty.low ||
		       out->by_dossiers.eighty.high < out->by_months.eighty.low);
	use(out, out->used == FORECAST_BY_DOSSIERS ? &out->by_dossiers : &out->by_months);
	return 0;
}
