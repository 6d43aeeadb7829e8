/* A series: one question of days after days, a list of numbers for each thing that is counted. */
#include "internal.h"
#include "json_text.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { SERIES_BYTES_MAX = 64 << 20, COLUMNS = 12 };

/* What is told of one stretch of days: a count, or what `put` makes of it. */
typedef void value_fn(struct buf *b, const struct totals *t);

struct column {
	const char *key;
	value_fn *put;
	size_t count_at; /* without `put`: of a uint64_t in struct totals */
};

#define VALUE_OF(name, put)                                             \
	static void name##_value(struct buf *b, const struct totals *t) \
	{                                                               \
		put;                                                    \
	}
VALUE_OF(from, json_text_day(b, t->asked.period.from))
VALUE_OF(to, json_text_day(b, t->asked.period.to))
VALUE_OF(known, json_text_int_or_null(b, t->known_lsn != 0, (int64_t)t->known_lsn))
VALUE_OF(members, json_text_int_or_null(b, t->has_members, t->members))
VALUE_OF(covered, json_text_bool(b, t->covered))

#define VALUE(name)                    \
	{                              \
#name, name##_value, 0 \
	}
#define COUNT(key, field)                                 \
	{                                                 \
		key, NULL, offsetof(struct totals, field) \
	}
static const struct column days_columns[] = { VALUE(from), VALUE(to) };
static const struct column first_columns[] = { VALUE(known), VALUE(members) };
static const struct column reporting_columns[] = {
	COUNT("expected", reporting.expected),
	COUNT("reported", reporting.reported),
	COUNT("contested", reporting.contested),
};
static const struct column sheets_columns[] = {
	COUNT("expected", sheets.expected), COUNT("signed", sheets.signed_),
	COUNT("accepted", sheets.accepted), COUNT("missing", sheets.missing),
	COUNT("nil", sheets.nil),           COUNT("on_behalf", sheets.on_behalf),
	COUNT("changed", sheets.changed),   COUNT("broken", sheets.broken),
};
static const struct column last_columns[] = { VALUE(covered) };

/* One list: a value of each stretch of days. */
static void put_list(struct buf *b, const struct column *c, const struct series *s)
{
	int64_t counts[QUESTION_PERIODS_MAX];

	if (!c->put) {
		assert(s->count <= QUESTION_PERIODS_MAX);
		for (size_t i = 0; i < s->count; i++) {
			uint64_t count;

			memcpy(&count, (const uint8_t *)&s->parts[i] + c->count_at, sizeof(count));
			counts[i] = (int64_t)count;
		}
		json_text_ints(b, counts, NULL, s->count);
		return;
	}
	json_text_open(b, '[');
	for (size_t i = 0; i < s->count; i++)
		c->put(b, &s->parts[i]);
	json_text_close(b, ']');
}

static void put_columns(struct buf *b, const struct column *columns, size_t count,
			const struct series_rows *rows)
{
	for (size_t i = 0; i < count; i++) {
		json_text_key(b, columns[i].key);
		if (rows->listed)
			json_text_open(b, '[');
		for (size_t k = 0; k < rows->count; k++)
			put_list(b, &columns[i], &rows->list[k]);
		if (rows->listed)
			json_text_close(b, ']');
	}
}

static void group(struct buf *b, const char *key, const struct column *columns, size_t count,
		  const struct series_rows *rows)
{
	json_text_key(b, key);
	json_text_open(b, '{');
	put_columns(b, columns, count, rows);
	json_text_close(b, '}');
}

static bool any_figure(const struct series *s, size_t m)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->parts[i].measures[m].count > 0)
			return true;
	return false;
}

/* null of what nobody reported in any of the periods. */
static void measure_list(struct buf *b, const struct series *s, size_t m)
{
	int64_t sums[QUESTION_PERIODS_MAX];
	bool known[QUESTION_PERIODS_MAX];

	if (!any_figure(s, m)) {
		json_text_null(b);
		return;
	}
	assert(s->count <= QUESTION_PERIODS_MAX);
	for (size_t i = 0; i < s->count; i++) {
		sums[i] = s->parts[i].measures[m].sum;
		known[i] = s->parts[i].measures[m].count > 0;
	}
	json_text_ints(b, sums, known, s->count);
}

static void measure_column(struct buf *b, const struct series_rows *rows, size_t m)
{
	bool any = !rows->listed;

	for (size_t k = 0; k < rows->count && !any; k++)
		any = any_figure(&rows->list[k], m);
	if (!any) {
		json_text_null(b);
		return;
	}
	if (rows->listed)
		json_text_open(b, '[');
	for (size_t k = 0; k < rows->count; k++)
		measure_list(b, &rows->list[k], m);
	if (rows->listed)
		json_text_close(b, ']');
}

void series_columns(struct buf *b, struct ledger *l, const struct series *days,
		    const struct series_rows *rows, uint16_t measure)
{
	const struct series_rows alone = { .list = days, .count = 1 };
	const struct totals *first = days->count ? &days->parts[0] : NULL;

	put_columns(b, days_columns, ARRAY_LEN(days_columns), &alone);
	put_columns(b, first_columns, ARRAY_LEN(first_columns), rows);
	json_text_key(b, "measures");
	json_text_open(b, '{');
	for (size_t m = 0; first && m < first->measure_count; m++) {
		if (measure && first->measures[m].measure != measure)
			continue;
		json_text_key(b, measure_code_of(l, first->measures[m].measure));
		measure_column(b, rows, m);
	}
	json_text_close(b, '}');
	group(b, "reporting", reporting_columns, ARRAY_LEN(reporting_columns), rows);
	group(b, "sheets", sheets_columns, ARRAY_LEN(sheets_columns), rows);
	put_columns(b, last_columns, ARRAY_LEN(last_columns), rows);
}

/* The newest entry that any of it saw. */
json_t *series_known(struct ledger *l, const struct series_rows *rows)
{
	const struct totals *newest = &rows->list[0].parts[0];

	for (size_t k = 0; k < rows->count; k++)
		for (size_t i = 0; i < rows->list[k].count; i++)
			if (rows->list[k].parts[i].known_lsn > newest->known_lsn)
				newest = &rows->list[k].parts[i];
	return json_known(l, newest->known_lsn, newest->known_time_ms);
}

void series_head(struct buf *b, struct ledger *l, const struct question *q, json_t *known)
{
	json_text_open(b, '{');
	json_text_key(b, "unit");
	json_text_string(b, unit_code_of(l, q->q.unit));
	json_text_key(b, "from");
	json_text_day(b, q->q.period.from);
	json_text_key(b, "to");
	json_text_day(b, q->q.period.to);
	json_text_key(b, "each");
	json_text_string(b, question_each(q->each));
	json_text_key(b, "known_at");
	json_text_value(b, known);
	json_text_key(b, "tree");
	json_text_string(b, q->q.tree == TREE_AS_IS ? "as-is" : "as-was");
	json_text_key(b, "basis");
	json_text_string(b, basis_name(q->q.basis));
	json_text_key(b, "illustrative");
	json_text_value(b, mark_json(mark_of(l)));
}

int series_text(struct buf *b, struct ledger *l, const struct question *q, struct arena *a,
		struct err *e)
{
	const struct period *periods;
	struct series_rows rows;
	struct series s;
	size_t count;
	int rc = question_periods(&periods, &count, q, l, a, e);

	if (!rc)
		rc = query_series(&s, l, &q->q, periods, count, a, e);
	if (rc)
		return rc;
	rows = (struct series_rows){ .list = &s, .count = 1 };
	series_head(b, l, q, series_known(l, &rows));
	json_text_key(b, "series");
	json_text_open(b, '{');
	series_columns(b, l, &s, &rows, 0);
	json_text_close(b, '}');
	json_text_close(b, '}');
	return 0;
}

int report_series(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, SERIES_BYTES_MAX);
	rc = series_text(&text, l, q, a, e);
	*out = rc || text.failed ? NULL : json_loadb((const char *)text.data, text.len, 0, NULL);
	buf_fini(&text);
	if (!rc && !*out)
		rc = err_set(e, ERR_NOMEM, "no memory for a series");
	return rc;
}

/* ---- for people ---- */

const char *series_period_words(struct arena *a, const char *each, const char *to_iso)
{
	const char *text = NULL;
	struct ymd d;
	day_t to;

	if (day_parse(&to, NULL, span_str(to_iso), NULL))
		return "";
	d = day_to_ymd(to);
	if (!strcmp(each, "month"))
		text = arena_printf(a, "%02d/%04d", d.month, d.year);
	else if (!strcmp(each, "quarter"))
		text = arena_printf(a, _("Q%d/%d"), (d.month + 2) / 3, d.year);
	else if (!strcmp(each, "half"))
		text = arena_printf(a, _("half %d/%d"), (d.month + 5) / 6, d.year);
	else
		text = arena_printf(a, "%04d", d.year);
	return text ? text : "";
}

static bool any_number(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_is_integer(json_array_get(list, i)))
			return true;
	return false;
}

static void row(struct grid *g, const char *what, const json_t *list, size_t first, size_t count,
		struct arena *a)
{
	if (!any_number(list))
		return;
	grid_cell(g, what, false);
	for (size_t i = first; i < first + count; i++)
		grid_cell(g, number_words(a, json_array_get(list, i)), true);
}

/* "22/23" of a period. */
static void reported_row(struct grid *g, const json_t *reporting, size_t first, size_t count,
			 struct arena *a)
{
	const json_t *n = json_object_get(reporting, "reported"),
		     *of = json_object_get(reporting, "expected");

	grid_cell(g, _("reported"), false);
	for (size_t i = first; i < first + count; i++)
		grid_cell(g,
			  arena_printf(a, "%s/%s", number_words(a, json_array_get(n, i)),
				       number_words(a, json_array_get(of, i))),
			  true);
}

static int part_grid(FILE *to, const json_t *j, struct ledger *names, size_t first, size_t count,
		     struct arena *a, struct err *e)
{
	const json_t *s = json_object_get(j, "series");
	struct grid *g = grid_new(a, count + 1);
	const char *code;
	json_t *list;

	grid_cell(g, "", false);
	for (size_t i = first; i < first + count; i++)
		grid_cell(g,
			  series_period_words(
				  a, text_at(j, "each"),
				  json_string_value(json_array_get(json_object_get(s, "to"), i))),
			  true);
	grid_rule(g);
	reported_row(g, json_object_get(s, "reporting"), first, count, a);
	row(g, _("members"), json_object_get(s, "members"), first, count, a);
	json_object_foreach(json_object_get(s, "measures"), code, list)
	{
		row(g, measure_name_of(names, code), list, first, count, a);
	}
	return grid_print(g, to, e);
}

int series_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		 struct arena *a, struct err *e)
{
	size_t count = json_array_size(json_object_get(json_object_get(j, "series"), "to"));
	int rc = 0;

	head_lines(to, j, names, from, a);
	for (size_t i = 0; i < count && !rc; i += COLUMNS)
		rc = part_grid(to, j, names, i, count - i > COLUMNS ? COLUMNS : count - i, a, e);
	return rc;
}

static void csv_period(struct buf *b, const json_t *s, size_t i)
{
	const json_t *reporting = json_object_get(s, "reporting");
	const char *code;
	json_t *list;

	buf_printf(b, "%s,%s", json_string_value(json_array_get(json_object_get(s, "from"), i)),
		   json_string_value(json_array_get(json_object_get(s, "to"), i)));
	csv_number(b, json_array_get(json_object_get(reporting, "expected"), i));
	csv_number(b, json_array_get(json_object_get(reporting, "reported"), i));
	csv_number(b, json_array_get(json_object_get(s, "members"), i));
	json_object_foreach(json_object_get(s, "measures"), code, list) if (any_number(list))
		csv_number(b, json_array_get(list, i));
	buf_printf(b, "\n");
}

int series_csv(FILE *to, const json_t *j, struct err *e)
{
	const char *code;
	const json_t *s = json_object_get(j, "series");
	json_t *list;
	struct buf b;

	csv_begin(&b, json_string_value(json_object_get(j, "illustrative")));
	buf_printf(&b, "from,to,expected,reported,members");
	json_object_foreach(json_object_get(s, "measures"), code, list) if (any_number(list))
		buf_printf(&b, ",%s", code);
	buf_printf(&b, "\n");
	for (size_t i = 0; i < json_array_size(json_object_get(s, "to")); i++)
		csv_period(&b, s, i);
	return csv_end(&b, to, e);
}
