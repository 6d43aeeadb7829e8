#include "base/dates.h"

#include "scan.h"

#include <stdio.h>

/* Whole months: `months` of them from `month` of `year` on. */
static bool whole_months(struct period *out, int year, int month, int months)
{
	day_t last;

	if (month < 1 || month + months > 13 || !day_from_ymd(&out->from, year, month, 1) ||
	    !day_from_ymd(&last, year, month + months - 1, 1))
		return false;
	out->to = day_month_last(last);
	return true;
}

static bool whole_years(struct period *out, int from, int to)
{
	struct period last;

	if (from > to || !whole_months(out, from, 1, 12) || !whole_months(&last, to, 1, 12))
		return false;
	out->to = last.to;
	return true;
}

/* The forms that begin with a year. */
static bool parse_named(struct period *out, struct span in)
{
	int year, n;

	if (!scan_digits(&in, 4, &year))
		return false;
	if (!in.len)
		return whole_years(out, year, year);
	if (!scan_char(&in, '-'))
		return false;
	if (in.len == 4)
		return scan_digits(&in, 4, &n) && whole_years(out, year, n);
	if (in.len != 2)
		return false;
	if (scan_char(&in, 'Q'))
		return scan_digits(&in, 1, &n) && whole_months(out, year, 3 * n - 2, 3);
	if (scan_char(&in, 'H'))
		return scan_digits(&in, 1, &n) && whole_months(out, year, 6 * n - 5, 6);
	return scan_digits(&in, 2, &n) && whole_months(out, year, n, 1);
}

static int parse_dates(struct period *out, struct span from, struct span to, struct err *e)
{
	enum day_style from_style = DAY_ISO, to_style = DAY_ISO;
	int rc = day_parse(&out->from, &from_style, from, e);

	if (!rc)
		rc = day_parse(&out->to, &to_style, to, e);
	if (rc)
		return rc;
	if (from_style != to_style)
		return err_set(e, ERR_INVALID, "a period with its dates written in two styles");
	if (out->from > out->to)
		return err_set(e, ERR_INVALID, "a period that ends before it begins");
	return 0;
}

int period_parse(struct period *out, struct span text, struct err *e)
{
	struct period found;

	for (size_t i = 0; i + 1 < text.len; i++) {
		struct span to = span_of(text.data + i + 2, text.len - i - 2);
		int rc;

		if (text.data[i] != '.' || text.data[i + 1] != '.')
			continue;
		rc = parse_dates(&found, span_of(text.data, i), to, e);
		if (!rc)
			*out = found;
		return rc;
	}
	if (!parse_named(&found, text))
		return err_set(
			e, ERR_INVALID,
			"'%.*s' is not a period: write 2022-08, 2022-Q3, 2022-H1, 2022, 2020-2025 "
			"or 2022-08-16..2022-09-15",
			scan_shown(text), (const char *)text.data);
	*out = found;
	return 0;
}

const char *period_text(char *out, struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);
	bool whole = from.day == 1 && p.to == day_month_last(p.to) && p.from <= p.to;
	int months = 12 * (to.year - from.year) + to.month - from.month + 1;
	char a[DAY_TEXT_MAX], b[DAY_TEXT_MAX];

	if (whole && months == 12 && from.month == 1)
		snprintf(out, PERIOD_TEXT_MAX, "%04d", from.year);
	else if (whole && months % 12 == 0 && from.month == 1)
		snprintf(out, PERIOD_TEXT_MAX, "%04d-%04d", from.year, to.year);
	else if (whole && months == 6 && from.month % 6 == 1)
		snprintf(out, PERIOD_TEXT_MAX, "%04d-H%d", from.year, from.month / 6 + 1);
	else if (whole && months == 3 && from.month % 3 == 1)
		snprintf(out, PERIOD_TEXT_MAX, "%04d-Q%d", from.year, from.month / 3 + 1);
	else if (whole && months == 1)
		snprintf(out, PERIOD_TEXT_MAX, "%04d-%02d", from.year, from.month);
	else
		snprintf(out, PERIOD_TEXT_MAX, "%s..%s", day_iso(a, p.from), day_iso(b, p.to));
	return out;
}
