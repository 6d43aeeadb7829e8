#include "domain/pace.h"

#include "domain/limits.h"
#include "wide.h"

#include <assert.h>

enum {
	MONTH_PARTS =
		377580, /* 28 x 29 x 30 x 31 / 2: a day is a whole number of parts of any month */
	WEIGHT_MAX = 1000000000,
};

const char *pace_status_name(enum pace_status s)
{
	static const char *const names[] = {
		[PACE_NO_TARGET] = "no-target",
		[PACE_NOT_REPORTED] = "not-reported",
		[PACE_REACHED] = "reached",
		[PACE_NOT_BEGUN] = "not-begun",
		[PACE_ON] = "on-pace",
		[PACE_BEHIND] = "behind",
		[PACE_FAR_BEHIND] = "far-behind",
		[PACE_OVER] = "over",
		[PACE_KEPT] = "kept",
		[PACE_EXCEEDED] = "exceeded",
	};

	static_assert(ARRAY_LEN(names) == PACE_STATUSES, "every status has a name");
	return names[(unsigned)s < PACE_STATUSES ? s : PACE_NO_TARGET];
}

void pace_learn(struct pace_profile *out, const int64_t (*years)[PACE_MONTHS], size_t count)
{
	wide most = 0, mean[PACE_MONTHS];

	*out = (struct pace_profile){ 0 };
	if (!count)
		return;
	for (size_t m = 0; m < PACE_MONTHS; m++) {
		wide sum = 1;
		int64_t known = 0;

		for (size_t y = 0; y < count; y++) {
			if (years[y][m] < 0)
				continue;
			sum += years[y][m];
			known++;
		}
		/* Of as many years as all months have together, so that gaps do not make a month small. */
		mean[m] = sum * 1000 * (int64_t)(count + 1) / (known + 1);
		most = mean[m] > most ? mean[m] : most;
	}
	for (size_t m = 0; m < PACE_MONTHS; m++)
		out->weight[m] = (int64_t)(most > WEIGHT_MAX ? mean[m] * WEIGHT_MAX / most
							     : mean[m]);
}

static day_t earlier(day_t a, day_t b)
{
	return a < b ? a : b;
}

/* The parts of [from, to] by the profile. */
static wide parts_of(const struct pace_profile *profile, day_t from, day_t to)
{
	wide sum = 0;

	for (day_t d = from; d <= to;) {
		day_t last = day_month_last(d), end = earlier(last, to);
		struct ymd at = day_to_ymd(last); /* its day is the month's length */

		assert(profile->weight[at.month - 1] >= 0 &&
		       profile->weight[at.month - 1] <= WEIGHT_MAX);
		sum += (wide)profile->weight[at.month - 1] * (MONTH_PARTS / at.day) * (end - d + 1);
		d = last + 1;
	}
	return sum;
}

struct pace_part pace_due(const struct pace_profile *profile, struct period period, day_t day)
{
	struct pace_part part = { 0, 1 };
	wide all, gone;

	if (day < period.from)
		return part;
	if (day >= period.to)
		return (struct pace_part){ 1, 1 };
	all = profile ? parts_of(profile, period.from, period.to) : 0;
	gone = all ? parts_of(profile, period.from, day) : 0;
	if (!all) {
		all = period.to - period.from + 1;
		gone = day - period.from + 1;
	}
	/* Three hundred years of the largest weights are below 2^62. */
	assert(all <= INT64_MAX);
	return (struct pace_part){ (int64_t)gone, (int64_t)all };
}

static enum pace_status status_of(const struct pace *p, const struct pace_ask *ask)
{
	unsigned far = ask->far_percent ? ask->far_percent : PACE_FAR_PERCENT;

	if (ask->attained >= ask->goal)
		return PACE_REACHED;
	if (ask->day < ask->period.from)
		return PACE_NOT_BEGUN;
	if (!p->days_left)
		return PACE_OVER;
	if (ask->attained >= p->by_now)
		return PACE_ON;
	return (wide)ask->attained * 100 < (wide)p->by_now * far ? PACE_FAR_BEHIND : PACE_BEHIND;
}

static void judge_limit(struct pace *out, const struct pace_ask *ask)
{
	out->status = PACE_NOT_REPORTED;
	if (!ask->has_attained)
		return;
	out->excess = ask->attained > ask->goal ? ask->attained - ask->goal : 0;
	out->status = out->excess ? PACE_EXCEEDED : PACE_KEPT;
}

void pace_judge(struct pace *out, const struct pace_ask *ask)
{
	day_t from = ask->day + 1 > ask->period.from ? ask->day + 1 : ask->period.from;
	wide each;

	*out = (struct pace){ .due = pace_due(ask->profile, ask->period, ask->day) };
	out->days_left = from > ask->period.to ? 0 : ask->period.to - from + 1;
	if (!ask->has_goal)
		return;
	assert(ask->goal >= 0 && ask->goal <= FIGURE_VALUE_MAX);
	if (ask->limit) {
		judge_limit(out, ask);
		return;
	}
	out->by_now = (int64_t)((wide)ask->goal * out->due.num / out->due.den);
	out->missing = ask->goal;
	out->status = PACE_NOT_REPORTED;
	if (ask->has_attained) {
		out->missing = ask->attained < ask->goal ? ask->goal - ask->attained : 0;
		out->excess = ask->attained > ask->goal ? ask->attained - ask->goal : 0;
		out->ahead = ask->attained - out->by_now;
		out->status = status_of(out, ask);
	}
	if (!out->missing || !out->days_left)
		return;
	each = ((wide)out->missing * 365 + out->days_left * 12 - 1) / (out->days_left * 12);
	out->per_month = each > out->missing ? out->missing
					     : (int64_t)each; /* under a month is left */
}
