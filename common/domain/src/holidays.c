#include "base/csv.h"
#include "domain/calendar.h"

#include <stdlib.h>

struct special {
	day_t day;
	bool worked, unverified;
};

struct holidays {
	struct special *days; /* ascending */
	size_t count, cap;
	day_t known_from, known_to; /* whole years: the first row's to the last row's */
};

enum { COL_DATE, COL_NAME, COL_KIND, COL_SOURCE, COLS };
static const struct csv_column columns[COLS] = {
	[COL_DATE] = { "date", true, false },
	[COL_NAME] = { "name", true, true },
	[COL_KIND] = { "kind", true, false },
	[COL_SOURCE] = { "source", true, true },
};

static int add_day(struct holidays *h, struct special s, struct err *e)
{
	if (h->count == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 64;
		struct special *days = realloc(h->days, cap * sizeof(*days));

		if (!days)
			return err_set(e, ERR_NOMEM, "no memory for the holidays");
		h->days = days;
		h->cap = cap;
	}
	h->days[h->count++] = s;
	return 0;
}

static int take_row(struct holidays *h, const struct span *fields, struct err *e)
{
	static const struct {
		const char *kind;
		bool worked;
	} kinds[] = {
		{ "holiday", false },
		{ "substitute", false },
		{ "swapped", false },
		{ "worked", true },
	};
	struct span kind = fields[COL_KIND];
	struct special s = { 0 };
	int rc = day_parse(&s.day, NULL, fields[COL_DATE], e);

	if (rc)
		return rc;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!span_eq(span_str(kinds[i].kind), kind))
			continue;
		s.worked = kinds[i].worked;
		s.unverified = span_eq(fields[COL_SOURCE], SPAN_LIT("unverified"));
		return add_day(h, s, e);
	}
	return err_set(e, ERR_INVALID, "kind '%.*s': write holiday, substitute, swapped or worked",
		       (int)kind.len, (const char *)kind.data);
}

static int special_cmp(const void *a, const void *b)
{
	day_t left = ((const struct special *)a)->day, right = ((const struct special *)b)->day;

	return (left > right) - (left < right);
}

static day_t year_end(day_t d)
{
	for (int month = day_to_ymd(d).month; month < 12; month++)
		d = day_month_last(d) + 1;
	return day_month_last(d);
}

static day_t year_start(day_t d)
{
	for (int month = day_to_ymd(d).month; month > 1; month--)
		d -= day_to_ymd(d).day;
	return d - day_to_ymd(d).day + 1;
}

static int put_in_order(struct holidays *h, struct err *e)
{
	char iso[DAY_TEXT_MAX];

	if (!h->count)
		return err_set(e, ERR_INVALID, "the file has no rows");
	qsort(h->days, h->count, sizeof(*h->days), special_cmp);
	for (size_t i = 1; i < h->count; i++) {
		if (h->days[i].day == h->days[i - 1].day)
			return err_set(e, ERR_EXISTS, "%s stands there twice",
				       day_iso(iso, h->days[i].day));
	}
	h->known_from = year_start(h->days[0].day);
	h->known_to = year_end(h->days[h->count - 1].day);
	return 0;
}

int holidays_parse(struct holidays **out, struct span csv, struct err *e)
{
	struct holidays *h = calloc(1, sizeof(*h));
	struct csv *rows = NULL;
	struct span fields[COLS];
	int rc;

	*out = NULL;
	if (!h)
		return err_set(e, ERR_NOMEM, "no memory for the holidays");
	rc = csv_open(&rows, csv, columns, COLS, e);
	if (rc)
		goto out;
	while ((rc = csv_next(rows, fields, e)) == 1) {
		rc = take_row(h, fields, e);
		if (rc) {
			err_wrap(e, rc, "line %zu", csv_line(rows));
			break;
		}
	}
	if (!rc)
		rc = put_in_order(h, e);
out:
	csv_close(rows);
	if (rc) {
		holidays_free(h);
		return err_wrap(e, rc, "holidays");
	}
	*out = h;
	return 0;
}

void holidays_free(struct holidays *h)
{
	if (!h)
		return;
	free(h->days);
	free(h);
}

bool holidays_free_day(const struct holidays *h, day_t d)
{
	const struct special key = { .day = d };
	const struct special *found = bsearch(&key, h->days, h->count, sizeof(*h->days),
					      special_cmp);

	if (found)
		return !found->worked;
	return day_weekday(d) >= 5;
}

day_t holidays_add(const struct holidays *h, day_t from, unsigned working_days, bool *beyond)
{
	day_t d = from;

	*beyond = from < h->known_from;
	while (working_days && d < DAY_MAX) {
		d++;
		if (!holidays_free_day(h, d))
			working_days--;
	}
	*beyond = *beyond || working_days || d > h->known_to;
	return d;
}

day_t holidays_back(const struct holidays *h, day_t to, unsigned working_days, bool *beyond)
{
	day_t d = to;

	*beyond = to > h->known_to;
	while (working_days && d > DAY_MIN) {
		if (!holidays_free_day(h, d))
			working_days--;
		d--;
	}
	/* the first day counted is the one after */
	*beyond = *beyond || working_days || (d < to && d + 1 < h->known_from);
	return d;
}

size_t holidays_unverified(const struct holidays *h, struct period days, day_t *out, size_t cap)
{
	size_t count = 0;

	for (size_t i = 0; i < h->count; i++) {
		if (!h->days[i].unverified || h->days[i].day < days.from ||
		    h->days[i].day > days.to)
			continue;
		if (count < cap)
			out[count] = h->days[i].day;
		count++;
	}
	return count;
}
