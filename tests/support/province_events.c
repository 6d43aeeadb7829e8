/* What happened to members, day by day, from 2020 to 2025. Everything a sheet says is counted from here,
 * so months, flashes, stocks and both sides of a move agree of themselves. */
#include "province_internal.h"

#include <assert.h>
#include <stdlib.h>

enum {
	EVENTS_MAX = 60000,
	YEARS = PROVINCE_YEAR_MAX - PROVINCE_YEAR_MIN + 1,
	DAYS_MAX = YEARS * 366,
	OPENING_GUESS = 69000, /* corrected afterwards so that 22/9/2022 comes out */
	COMMITTEE_LEAST = 30,  /* from thirty members on a grassroots cell may become a committee */
	TRIES = 64,
};

struct making {
	struct province *p;
	struct err *e;
	day_t start; /* the first day of all */
	/* Who is likely to admit, and to have anything else happen: running sums over the reporters. */
	uint64_t admit[PROVINCE_GRASSROOTS], size[PROVINCE_GRASSROOTS];
	int64_t members[PROVINCE_GRASSROOTS];
	struct event *pending; /* as drawn; org is settled when its day comes */
	size_t pending_count;
	struct event *done;
	size_t done_count;
};

int happening_sign(enum happening what)
{
	if (what == RECOGNISED)
		return 0;
	return what < DIED ? 1 : -1;
}

/* ---- how large, how likely ---- */

static uint32_t base_size(const struct org *o)
{
	switch (o->trade) {
	case TRADE_COMMUNE:
		return o->mountain ? 105 : 185;
	case TRADE_TOWN:
		return o->mountain ? 150 : 240;
	case TRADE_SCHOOL:
	case TRADE_HEALTH:
		return 110;
	default:
		return 75;
	}
}

static void draw_sizes(struct making *m)
{
	uint64_t weights[PROVINCE_GRASSROOTS];
	int64_t parts[PROVINCE_GRASSROOTS];
	struct chance c = chance_of(m->p->seed, FOR_SIZES);
	int64_t left = OPENING_GUESS;

	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		struct org *o = &m->p->orgs[i];

		weights[i] = o->committee ? base_size(o) * chance_between(&c, 60, 150) : 0;
		o->opening = o->committee ? COMMITTEE_LEAST + 15 : chance_between(&c, 9, 28);
		left -= o->opening;
	}
	share_out(parts, weights, PROVINCE_GRASSROOTS, left);
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		m->p->orgs[i].opening += parts[i];
}

static void draw_weights(struct making *m)
{
	/* Admissions for the members there are, in hundredths. */
	static const uint32_t eager[TRADES] = {
		[TRADE_COMMUNE] = 100,    [TRADE_TOWN] = 90,    [TRADE_AGENCY] = 80,
		[TRADE_SCHOOL] = 130,     [TRADE_HEALTH] = 140, [TRADE_ENTERPRISE] = 110,
		[TRADE_COOPERATIVE] = 60, [TRADE_POLICE] = 170, [TRADE_ARMY] = 190,
		[TRADE_BORDER] = 170,
	};
	struct chance c = chance_of(m->p->seed, FOR_WEIGHTS);
	uint32_t zeal[PROVINCE_DIRECT];
	uint64_t admit = 0, size = 0;

	for (size_t i = 0; i < PROVINCE_DIRECT; i++)
		zeal[i] = chance_between(&c, 75, 125);
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		struct org *o = &m->p->orgs[i];

		m->members[i] = o->opening;
		size += (uint64_t)o->opening;
		/* Small ones admit a little more than their size says: not once in years would be odd. */
		o->prospect = (uint64_t)(o->opening + 8) * eager[o->trade];
		admit += o->prospect * zeal[o->direct] * chance_between(&c, 50, 150) / 10000;
		m->size[i] = size;
		m->admit[i] = admit;
	}
}

/* One of the reporters [from, to), by running sums. */
static size_t draw_org(struct chance *c, const uint64_t *sums, size_t from, size_t to)
{
	uint64_t before = from ? sums[from - 1] : 0;
	uint64_t at = before + chance_below(c, (uint32_t)(sums[to - 1] - before));
	size_t low = from, high = to - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sums[middle] > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* ---- when ---- */

/* Admissions gather before the days that are kept; the year's targets fall due in the last quarter. */
static uint64_t season(day_t day)
{
	static const struct {
		int month, day;
		uint64_t weight;
	} feasts[] = {
		{ 2, 3, 26 }, { 3, 26, 26 }, { 5, 19, 28 },
		{ 9, 2, 28 }, { 11, 7, 34 }, { 12, 22, 42 },
	};
	struct ymd y = day_to_ymd(day);
	uint64_t weight = y.month >= 10 ? 17 : y.month == 1 ? 8 : 10;

	for (size_t i = 0; i < ARRAY_LEN(feasts); i++) {
		day_t feast;

		if (day_from_ymd(&feast, y.year, feasts[i].month, feasts[i].day) &&
		    day >= feast - 5 && day <= feast + 2)
			weight += feasts[i].weight;
	}
	return weight;
}

static void add_pending(struct making *m, struct event ev)
{
	assert(m->pending_count < EVENTS_MAX);
	m->pending[m->pending_count++] = ev;
}

static size_t group_size(struct chance *c, bool committee)
{
	uint32_t dice = chance_below(c, 100);

	if (!committee)
		return dice < 85 ? 1 : 2;
	return dice < 55 ? 1 : dice < 82 ? 2 : dice < 94 ? 3 : 4;
}

static struct event draw_person(struct chance *c, const struct org *o);

/* Exactly `count` admissions on these days, a few at a time. Those of 2019 only lead to recognitions. */
static void admit_days(struct making *m, struct chance *c, day_t from, day_t to, int64_t count)
{
	uint64_t sums[31], sum = 0;

	for (day_t d = from; d <= to; d++)
		sums[d - from] = sum += season(d);
	while (count > 0) {
		size_t org = draw_org(c, m->admit, 0, PROVINCE_GRASSROOTS);
		day_t day = from + (day_t)draw_org(c, sums, 0, (size_t)(to - from + 1));
		size_t group = group_size(c, m->p->orgs[org].committee);

		for (; group && count > 0; group--, count--) {
			struct event ev = draw_person(c, &m->p->orgs[org]);

			ev.day = day;
			ev.org = (uint16_t)org;
			if (day >= m->start)
				add_pending(m, ev);
			/* A year of probation, then the committee's weeks; a few are not recognised. */
			ev = (struct event){ .what = RECOGNISED,
					     .org = (uint16_t)org,
					     .day = day + 365 + (day_t)chance_between(c, 5, 50) };
			if (chance_percent(c, 96) && ev.day >= m->start &&
			    ev.day < m->start + DAYS_MAX)
				add_pending(m, ev);
		}
	}
}

/* Month by month, so that the seasons do not hang on chance: a twentieth more or less each. */
static void admit_period(struct making *m, struct chance *c, struct period p, int64_t count)
{
	uint64_t weights[12] = { 0 };
	int64_t parts[12];
	size_t months = 0;

	for (day_t d = p.from; d <= p.to; d = day_month_last(d) + 1, months++) {
		for (day_t each = d; each <= p.to && each <= day_month_last(d); each++)
			weights[months] += season(each);
		weights[months] *= chance_between(c, 95, 105);
	}
	share_out(parts, weights, months, count);
	months = 0;
	for (day_t d = p.from; d <= p.to; d = day_month_last(d) + 1, months++) {
		day_t last = day_month_last(d) < p.to ? day_month_last(d) : p.to;

		admit_days(m, c, d, last, parts[months]);
	}
}

static void admit_year(struct making *m, int year)
{
	struct chance c = chance_of(m->p->seed, FOR_ADMISSIONS + (uint64_t)year);
	struct period whole = { 0 }, rest;

	day_from_ymd(&whole.from, year, 1, 1);
	day_from_ymd(&whole.to, year, 12, 31);
	if (year != 2022) {
		admit_period(m, &c, whole, chance_between(&c, 1720, 1880));
		return;
	}
	rest = whole;
	day_from_ymd(&whole.to, 2022, 9, 22);
	rest.from = whole.to + 1;
	admit_period(m, &c, whole, PROVINCE_ADMITTED);
	admit_period(m, &c, rest, chance_between(&c, 550, 562));
}

/* ---- whom ---- */

static enum source draw_source(struct chance *c, enum trade trade)
{
	static const uint8_t percents[TRADES][SOURCES] = {
		/*                    veteran student armed private agency rural other */
		[TRADE_COMMUNE] = { 8, 2, 1, 6, 20, 58, 5 },
		[TRADE_TOWN] = { 7, 3, 1, 14, 32, 18, 25 },
		[TRADE_AGENCY] = { 2, 0, 1, 0, 95, 0, 2 },
		[TRADE_SCHOOL] = { 0, 9, 0, 0, 90, 0, 1 },
		[TRADE_HEALTH] = { 1, 0, 0, 0, 98, 0, 1 },
		[TRADE_ENTERPRISE] = { 6, 0, 0, 88, 4, 0, 2 },
		[TRADE_COOPERATIVE] = { 5, 0, 0, 55, 0, 40, 0 },
		[TRADE_POLICE] = { 0, 0, 98, 0, 2, 0, 0 },
		[TRADE_ARMY] = { 0, 0, 97, 0, 3, 0, 0 },
		[TRADE_BORDER] = { 0, 0, 99, 0, 1, 0, 0 },
	};
	uint32_t dice = chance_below(c, 100);

	for (size_t i = 0; i < SOURCES; i++) {
		if (dice < percents[trade][i])
			return (enum source)i;
		dice -= percents[trade][i];
	}
	return SRC_OTHER;
}

static struct event draw_person(struct chance *c, const struct org *o)
{
	struct event ev = { .what = ADMITTED };
	enum source source = draw_source(c, o->trade);
	bool young = source == SRC_STUDENT || chance_percent(c, source == SRC_ARMED ? 88 : 66);
	uint32_t minority = !o->mountain ? 1 : o->trade == TRADE_COMMUNE ? 72 : 40;
	unsigned marks = 0;

	marks |= (unsigned)chance_percent(c, source == SRC_ARMED ? 12 : 48) << MARK_WOMEN;
	marks |= (unsigned)chance_percent(c, minority) << MARK_MINORITY;
	marks |= (unsigned)chance_percent(c, 3) << MARK_RELIGIOUS;
	marks |= (unsigned)young << MARK_AGE_18_30;
	marks |= (unsigned)chance_percent(c, young ? 78 : 2) << MARK_YOUTH_UNION;
	if (source == SRC_PRIVATE)
		marks |= (unsigned)chance_percent(c, 9) << MARK_OWNER;
	if (source == SRC_PRIVATE && o->trade == TRADE_ENTERPRISE)
		marks |= (unsigned)chance_percent(c, 30) << MARK_FDI;
	if (source == SRC_RURAL && o->mountain)
		marks |= (unsigned)chance_percent(c, 10) << MARK_WEAK_HAMLET;
	if (!young)
		marks |= (unsigned)chance_percent(c, 3) << MARK_READMITTED;
	ev.source = (uint8_t)source;
	ev.marks = (uint16_t)marks;
	return ev;
}

/* ---- everything else ---- */

/* How many a year in the province. Moves inside it are drawn as the side that leaves. */
static const struct {
	enum happening what;
	uint16_t least, most;
} yearly[] = {
	{ RESTORED, 2, 6 },     { IN_OUTSIDE, 310, 380 }, { DIED, 520, 600 },
	{ EXPELLED, 22, 31 },   { STRUCK_OFF, 290, 340 }, { LEFT, 120, 150 },
	{ OUT_SAME, 430, 520 }, { OUT_OTHER, 270, 340 },  { OUT_OUTSIDE, 500, 600 },
};

static void others_year(struct making *m, int year)
{
	struct chance c = chance_of(m->p->seed, FOR_OTHERS + (uint64_t)year);
	day_t first, last;

	day_from_ymd(&first, year, 1, 1);
	day_from_ymd(&last, year, 12, 31);
	for (size_t i = 0; i < ARRAY_LEN(yearly); i++) {
		uint32_t count = chance_between(&c, yearly[i].least, yearly[i].most);

		while (count--) {
			day_t day = first + (day_t)chance_below(&c, (uint32_t)(last - first + 1));

			add_pending(m,
				    (struct event){ .day = day, .what = (uint8_t)yearly[i].what });
		}
	}
}

static void happen(struct making *m, struct event ev, size_t org)
{
	assert(m->done_count < EVENTS_MAX);
	ev.org = (uint16_t)org;
	m->members[org] += happening_sign(ev.what);
	m->done[m->done_count++] = ev;
}

/* Nobody leaves an organisation that would become too small. PROVINCE_GRASSROOTS when none was found. */
static size_t draw_leaver(struct making *m, struct chance *c)
{
	for (int i = 0; i < TRIES; i++) {
		size_t org = draw_org(c, m->size, 0, PROVINCE_GRASSROOTS);

		if (m->members[org] > (m->p->orgs[org].committee ? COMMITTEE_LEAST : 6))
			return org;
	}
	return PROVINCE_GRASSROOTS;
}

/* Where somebody who leaves `from` within the province arrives: the same day, so that nobody is on
 * the way when a day is counted. */
static size_t draw_arrival(struct making *m, struct chance *c, size_t from, bool same_direct)
{
	size_t direct = m->p->orgs[from].direct;
	size_t low = same_direct ? m->p->direct_first[direct] : 0;
	size_t high = same_direct ? m->p->direct_first[direct + 1] : PROVINCE_GRASSROOTS;

	for (int i = 0; i < TRIES; i++) {
		size_t org = draw_org(c, m->size, low, high);

		if (org != from && (m->p->orgs[org].direct == direct) == same_direct)
			return org;
	}
	return PROVINCE_GRASSROOTS;
}

static void settle(struct making *m, struct chance *c, struct event ev)
{
	struct event other = ev;
	size_t org, to;

	if (ev.what == ADMITTED || ev.what == RECOGNISED) {
		happen(m, ev, ev.org);
		return;
	}
	if (happening_sign(ev.what) > 0) {
		happen(m, ev, draw_org(c, m->size, 0, PROVINCE_GRASSROOTS));
		return;
	}
	org = draw_leaver(m, c);
	if (org == PROVINCE_GRASSROOTS)
		return;
	if (ev.what == STRUCK_OFF) {
		/* Two statements: compilers differ in which side of an operator they draw first. */
		unsigned marks = (unsigned)chance_percent(c, 14) << MARK_PROBATIONARY;

		marks |= (unsigned)chance_percent(c, 70) << MARK_DROPPED;
		ev.marks = (uint16_t)marks;
	}
	if (ev.what == OUT_SAME || ev.what == OUT_OTHER) {
		to = draw_arrival(m, c, org, ev.what == OUT_SAME);
		if (to == PROVINCE_GRASSROOTS)
			return;
		other.what = ev.what == OUT_SAME ? IN_SAME : IN_OTHER;
		happen(m, other, to);
	}
	happen(m, ev, org);
}

/* `pending` in the order of days, within a day as drawn. Counting, since qsort may not keep order. */
static int sort_by_day(struct making *m)
{
	uint32_t *place = calloc(DAYS_MAX + 1, sizeof(*place));
	struct event *sorted = calloc(EVENTS_MAX, sizeof(*sorted));

	if (!place || !sorted) {
		free(place);
		free(sorted);
		return err_set(m->e, ERR_NOMEM, "no memory for the province");
	}
	for (size_t i = 0; i < m->pending_count; i++)
		place[m->pending[i].day - m->start + 1]++;
	for (size_t i = 0; i < DAYS_MAX; i++)
		place[i + 1] += place[i];
	for (size_t i = 0; i < m->pending_count; i++)
		sorted[place[m->pending[i].day - m->start]++] = m->pending[i];
	free(m->pending);
	free(place);
	m->pending = sorted;
	return 0;
}

/* Give the events to their organisations, each one's in the order of days. */
static int hand_out(struct making *m)
{
	struct province *p = m->p;
	size_t at = 0;

	p->events = arena_array(p->arena, m->done_count, sizeof(*p->events));
	if (!p->events)
		return err_set(m->e, ERR_NOMEM, "no memory for the province");
	for (size_t i = 0; i < m->done_count; i++)
		p->orgs[m->done[i].org].count++;
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		p->orgs[i].first = at;
		at += p->orgs[i].count;
		p->orgs[i].count = 0;
	}
	for (size_t i = 0; i < m->done_count; i++) {
		struct org *o = &p->orgs[m->done[i].org];

		p->events[o->first + o->count++] = m->done[i];
	}
	p->event_count = m->done_count;
	return 0;
}

/* Shift the openings of committees, the large ones most, so that the published number comes out. */
static void meet_published(struct making *m)
{
	uint64_t weights[PROVINCE_GRASSROOTS];
	int64_t parts[PROVINCE_GRASSROOTS];
	int64_t missing = PROVINCE_MEMBERS;
	day_t day;

	day_from_ymd(&day, 2022, 9, 22);
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		weights[i] = m->p->orgs[i].committee ? (uint64_t)m->p->orgs[i].opening : 0;
		missing -= m->p->orgs[i].opening;
	}
	for (size_t i = 0; i < m->done_count && m->done[i].day <= day; i++)
		missing -= happening_sign(m->done[i].what);
	assert(missing >= 0); /* OPENING_GUESS is low enough for any seed */
	share_out(parts, weights, PROVINCE_GRASSROOTS, missing);
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		m->p->orgs[i].opening += parts[i];
}

int events_make(struct province *p, struct err *e)
{
	struct making *m = calloc(1, sizeof(*m));
	struct chance c = chance_of(p->seed, FOR_WHOM);
	int rc = -ERR_NOMEM;

	if (m) {
		m->pending = calloc(EVENTS_MAX, sizeof(*m->pending));
		m->done = calloc(EVENTS_MAX, sizeof(*m->done));
	}
	if (!m || !m->pending || !m->done) {
		err_set(e, ERR_NOMEM, "no memory for the province");
		goto out;
	}
	m->p = p;
	m->e = e;
	day_from_ymd(&m->start, PROVINCE_YEAR_MIN, 1, 1);
	draw_sizes(m);
	draw_weights(m);
	admit_year(m, PROVINCE_YEAR_MIN - 1);
	for (int year = PROVINCE_YEAR_MIN; year <= PROVINCE_YEAR_MAX; year++) {
		admit_year(m, year);
		others_year(m, year);
	}
	rc = sort_by_day(m);
	for (size_t i = 0; !rc && i < m->pending_count; i++)
		settle(m, &c, m->pending[i]);
	if (!rc)
		rc = hand_out(m);
	if (!rc)
		meet_published(m);
out:
	if (m) {
		free(m->pending);
		free(m->done);
	}
	free(m);
	return rc;
}
