/* A table over days after days for people: a row for each unit, a column for each period, of one measure; and as CSV. */
#include "internal.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

#include <string.h>

enum { PERIODS_ACROSS = 12 };

/* What `list` of a table has of one row, or of the total when `row` is as many as there are. */
struct place {
	const json_t *table;
	size_t row;
};

static bool is_total(struct place p)
{
	return p.row == json_array_size(json_object_get(p.table, "rows"));
}

static const json_t *list_of(struct place p, const char *group, const char *key)
{
	const json_t *from = json_object_get(p.table, is_total(p) ? "total" : "series");

	if (group)
		from = json_object_get(from, group);
	from = json_object_get(from, key);
	return is_total(p) ? from : json_array_get(from, p.row);
}

static const json_t *named(struct place p)
{
	return is_total(p) ? json_object_get(p.table, "total")
			   : json_array_get(json_object_get(p.table, "rows"), p.row);
}

static size_t period_count(const json_t *j)
{
	return json_array_size(json_object_get(json_object_get(j, "series"), "to"));
}

/* ---- words ---- */

struct across {
	const char *measure;
	size_t first, count;
};

static void row_cells(struct grid *g, struct place p, const struct across *w, struct arena *a)
{
	const json_t *list = list_of(p, "measures", w->measure);

	grid_cell(g, is_total(p) ? "" : arena_printf(a, "%zu", p.row + 1), true);
	grid_cell(g, text_at(named(p), "name"), false);
	for (size_t i = w->first; i < w->first + w->count; i++)
		grid_cell(g, number_words(a, json_array_get(list, i)), true);
}

static int part_grid(FILE *to, const json_t *j, const struct across *w, struct arena *a,
		     struct err *e)
{
	const json_t *ends = json_object_get(json_object_get(j, "series"), "to");
	size_t rows = json_array_size(json_object_get(j, "rows"));
	struct grid *g = grid_new(a, w->count + 2);

	grid_cell(g, _("no."), true);
	grid_cell(g, _("unit"), false);
	for (size_t i = w->first; i < w->first + w->count; i++)
		grid_cell(g,
			  series_period_words(a, text_at(j, "each"),
					      json_string_value(json_array_get(ends, i))),
			  true);
	grid_rule(g);
	for (size_t i = 0; i < rows; i++)
		row_cells(g, (struct place){ j, i }, w, a);
	grid_rule(g);
	row_cells(g, (struct place){ j, rows }, w, a);
	return grid_print(g, to, e);
}

int table_each_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		     struct arena *a, struct err *e)
{
	const char *asked = text_at(j, "measure");
	struct across w = { .measure = *asked ? asked : "admitted" };
	size_t count = period_count(j);
	int rc = 0;

	head_lines(to, j, names, from, a);
	fprintf(to, "%s\n", measure_name_of(names, w.measure));
	for (; w.first < count && !rc; w.first += PERIODS_ACROSS) {
		w.count = count - w.first > PERIODS_ACROSS ? PERIODS_ACROSS : count - w.first;
		rc = part_grid(to, j, &w, a, e);
	}
	return rc;
}

/* ---- CSV ---- */

/* Did somebody report it in any of the periods? */
static bool in_use(const json_t *j, const char *code)
{
	const json_t *below = json_object_get(j, "series"), *total = json_object_get(j, "total");

	return json_is_array(json_object_get(json_object_get(below, "measures"), code)) ||
	       json_is_array(json_object_get(json_object_get(total, "measures"), code));
}

static void csv_row(struct buf *b, struct place p, size_t i)
{
	const json_t *days = json_object_get(p.table, "series");
	const char *code;
	json_t *own;

	csv_field(b, span_str(text_at(named(p), "unit")), true);
	csv_field(b, span_str(text_at(named(p), "name")), false);
	buf_printf(b, ",%s,%s", json_string_value(json_array_get(json_object_get(days, "from"), i)),
		   json_string_value(json_array_get(json_object_get(days, "to"), i)));
	csv_number(b, json_array_get(list_of(p, "reporting", "expected"), i));
	csv_number(b, json_array_get(list_of(p, "reporting", "reported"), i));
	csv_number(b, json_array_get(list_of(p, NULL, "members"), i));
	json_object_foreach(json_object_get(days, "measures"), code, own) if (in_use(p.table, code))
		csv_number(b, json_array_get(list_of(p, "measures", code), i));
	buf_printf(b, "\n");
}

int table_each_csv(FILE *to, const json_t *j, struct err *e)
{
	const json_t *measures = json_object_get(json_object_get(j, "series"), "measures");
	const char *code;
	size_t rows = json_array_size(json_object_get(j, "rows"));
	json_t *own;
	struct buf b;

	csv_begin(&b, json_string_value(json_object_get(j, "illustrative")));
	buf_printf(&b, "unit,name,from,to,expected,reported,members");
	json_object_foreach((json_t *)(uintptr_t)measures, code, own) if (in_use(j, code))
		buf_printf(&b, ",%s", code);
	buf_printf(&b, "\n");
	for (size_t k = 0; k <= rows; k++)
		for (size_t i = 0; i < period_count(j); i++)
			csv_row(&b, (struct place){ j, k }, i);
	return csv_end(&b, to, e);
}
