/* A series: one question of days after days, a list of numbers for each thing that is counted. */
#include "internal.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

#include <string.h>

enum { CSV_BYTES_MAX = 64 << 20, COLUMNS = 12 };

static json_t *column(const struct series *s, json_t *(*value)(const struct totals *t))
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(list, value(&s->parts[i]));
	return list;
}

#define COLUMN_OF(name, json)                               \
	static json_t *name##_value(const struct totals *t) \
	{                                                   \
		return json;                                \
	}
COLUMN_OF(from, json_day(t->asked.period.from))
COLUMN_OF(to, json_day(t->asked.period.to))
COLUMN_OF(known, t->known_lsn ? json_integer((json_int_t)t->known_lsn) : json_null())
COLUMN_OF(members, t->has_members ? json_integer((json_int_t)t->members) : json_null())
COLUMN_OF(covered, json_boolean(t->covered))
COLUMN_OF(due, json_integer((json_int_t)t->reporting.expected))
COLUMN_OF(reported, json_integer((json_int_t)t->reporting.reported))
COLUMN_OF(contested, json_integer((json_int_t)t->reporting.contested))
COLUMN_OF(sheets_due, json_integer((json_int_t)t->sheets.expected))
COLUMN_OF(signed, json_integer((json_int_t)t->sheets.signed_))
COLUMN_OF(accepted, json_integer((json_int_t)t->sheets.accepted))
COLUMN_OF(missing, json_integer((json_int_t)t->sheets.missing))
COLUMN_OF(nil, json_integer((json_int_t)t->sheets.nil))
COLUMN_OF(on_behalf, json_integer((json_int_t)t->sheets.on_behalf))
COLUMN_OF(changed, json_integer((json_int_t)t->sheets.changed))
COLUMN_OF(broken, json_integer((json_int_t)t->sheets.broken))

/* null of what nobody reported in any of the periods. */
static json_t *measure_column(const struct series *s, size_t m)
{
	json_t *list = NULL;
	bool any = false;

	for (size_t i = 0; i < s->count && !any; i++)
		any = s->parts[i].measures[m].count > 0;
	if (!any)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < s->count; i++) {
		const struct measure_total *t = &s->parts[i].measures[m];

		json_array_append_new(list,
				      t->count ? json_integer((json_int_t)t->sum) : json_null());
	}
	return list;
}

static json_t *measure_columns(struct ledger *l, const struct series *s)
{
	json_t *j = json_object();

	for (size_t m = 0; s->count && m < s->parts[0].measure_count; m++)
		json_object_set_new(j, measure_code_of(l, s->parts[0].measures[m].measure),
				    measure_column(s, m));
	return j;
}

static json_t *columns(struct ledger *l, const struct series *s)
{
	json_t *reporting = json_pack("{s:o, s:o, s:o}", "expected", column(s, due_value),
				      "reported", column(s, reported_value), "contested",
				      column(s, contested_value)),
	       *sheets = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "expected",
				   column(s, sheets_due_value), "signed", column(s, signed_value),
				   "accepted", column(s, accepted_value), "missing",
				   column(s, missing_value), "nil", column(s, nil_value),
				   "on_behalf", column(s, on_behalf_value), "changed",
				   column(s, changed_value), "broken", column(s, broken_value));

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "from", column(s, from_value),
			 "to", column(s, to_value), "known", column(s, known_value), "members",
			 column(s, members_value), "measures", measure_columns(l, s), "reporting",
			 reporting, "sheets", sheets, "covered", column(s, covered_value));
}

/* The newest entry that any of it saw. */
static json_t *known_of(struct ledger *l, const struct series *s)
{
	size_t newest = 0;

	for (size_t i = 1; i < s->count; i++)
		if (s->parts[i].known_lsn > s->parts[newest].known_lsn)
			newest = i;
	return json_known(l, s->parts[newest].known_lsn, s->parts[newest].known_time_ms);
}

int report_series(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e)
{
	const struct period *periods;
	struct series s;
	size_t count;
	int rc = question_periods(&periods, &count, q, l, a, e);

	*out = NULL;
	if (!rc)
		rc = query_series(&s, l, &q->q, periods, count, a, e);
	if (rc)
		return rc;
	*out = json_pack("{s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:o, s:o}", "unit",
			 unit_code_of(l, q->q.unit), "from", json_day(q->q.period.from), "to",
			 json_day(q->q.period.to), "each", question_each(q->each), "known_at",
			 known_of(l, &s), "tree", q->q.tree == TREE_AS_IS ? "as-is" : "as-was",
			 "basis", basis_name(q->q.basis), "illustrative", mark_json(mark_of(l)),
			 "series", columns(l, &s));
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for a series");
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

static void put_number(struct buf *b, const json_t *n)
{
	if (json_is_integer(n))
		buf_printf(b, ",%lld", (long long)json_integer_value(n));
	else
		buf_printf(b, ",");
}

static void csv_period(struct buf *b, const json_t *s, size_t i)
{
	const json_t *reporting = json_object_get(s, "reporting");
	const char *code;
	json_t *list;

	buf_printf(b, "%s,%s", json_string_value(json_array_get(json_object_get(s, "from"), i)),
		   json_string_value(json_array_get(json_object_get(s, "to"), i)));
	put_number(b, json_array_get(json_object_get(reporting, "expected"), i));
	put_number(b, json_array_get(json_object_get(reporting, "reported"), i));
	put_number(b, json_array_get(json_object_get(s, "members"), i));
	json_object_foreach(json_object_get(s, "measures"), code, list) if (any_number(list))
		put_number(b, json_array_get(list, i));
	buf_printf(b, "\n");
}

int series_csv(FILE *to, const json_t *j, struct err *e)
{
	const char *mark = json_string_value(json_object_get(j, "illustrative")), *code;
	const json_t *s = json_object_get(j, "series");
	json_t *list;
	struct buf b;
	int rc = 0;

	buf_init(&b, CSV_BYTES_MAX);
	buf_printf(&b, "\xef\xbb\xbf"); /* a spreadsheet takes it for UTF-8 by this mark */
	if (mark)
		buf_printf(&b, "# %s\n", mark);
	buf_printf(&b, "from,to,expected,reported,members");
	json_object_foreach(json_object_get(s, "measures"), code, list) if (any_number(list))
		buf_printf(&b, ",%s", code);
	buf_printf(&b, "\n");
	for (size_t i = 0; i < json_array_size(json_object_get(s, "to")); i++)
		csv_period(&b, s, i);
	if (b.failed)
		rc = err_set(e, ERR_NOMEM, "no memory to print");
	else
		(void)fwrite(b.data, 1, b.len, to); /* who owns the stream asks it at the end */
	buf_fini(&b);
	return rc;
}
