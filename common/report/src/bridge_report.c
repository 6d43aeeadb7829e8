/* The bridge from a series as it was to the same under another tree. */
#include "internal.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/acts.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

#include <string.h>

static json_t *sums_json(struct ledger *l, const struct measure_total *sums, size_t count,
			 bool nulls)
{
	json_t *j = json_object();

	for (size_t i = 0; i < count; i++)
		if (nulls || sums[i].count)
			json_object_set_new(j, measure_code_of(l, sums[i].measure),
					    sums[i].count ? json_integer((json_int_t)sums[i].sum)
							  : json_null());
	return j;
}

/* What a device is told: of units that stood below it on the last day of theirs each by itself, of the others one line
 * for each act, of nobody in particular. */
static bool may_name(struct ledger *l, const struct question *q, const struct bridge *b,
		     const struct bridge_line *line)
{
	return !q->scope ||
	       tree_inside(ledger_tree(l), line->unit, q->scope, b->is.asked.period.to, UINT64_MAX);
}

static void add_sums(struct measure_total *to, const struct measure_total *more, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		to[i].measure = more[i].measure;
		to[i].sum += more[i].sum; /* parts of a sum that held */
		to[i].count += more[i].count;
	}
}

static int add_line(json_t *lines, struct ledger *l, const struct bridge *b,
		    const struct bridge_line *line, bool named, struct arena *a, struct err *e)
{
	struct act_named act;
	int rc = act_name(&act, l, line->act_lsn, a, e);

	if (rc)
		return rc;
	json_array_append_new(
		lines,
		json_pack(
			"{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "unit",
			named ? unit_code_of(l, line->unit) : "", "name",
			named ? unit_name_of(l, line->unit, b->is.asked.period.to, b->is.known_lsn)
			      : "",
			"moved", line->in ? "in" : "out", "act", act.no, "act_lsn",
			line->act_lsn ? json_integer((json_int_t)line->act_lsn) : json_null(),
			"effective", act.effective ? json_day(act.effective) : json_null(),
			"figures", sums_json(l, line->sums, b->is.measure_count, false)));
	return 0;
}

/* Lines stand by act: the nameless ones of one act, what came in and what went out apart. */
static int add_nameless(json_t *lines, struct ledger *l, const struct question *q,
			const struct bridge *b, size_t first, size_t end, bool in, struct arena *a,
			struct err *e)
{
	struct bridge_line all = { .act_lsn = b->lines[first].act_lsn, .in = in };
	struct measure_total *sums = arena_array(a, b->is.measure_count + 1, sizeof(*sums));
	size_t count = 0;

	if (!sums)
		return err_set(e, ERR_NOMEM, "no memory for a bridge");
	for (size_t i = first; i < end; i++)
		if (b->lines[i].in == in && !may_name(l, q, b, &b->lines[i])) {
			add_sums(sums, b->lines[i].sums, b->is.measure_count);
			count++;
		}
	all.sums = sums;
	return count ? add_line(lines, l, b, &all, false, a, e) : 0;
}

static int lines_json(json_t **out, struct ledger *l, const struct question *q,
		      const struct bridge *b, struct arena *a, struct err *e)
{
	int rc = 0;

	*out = json_array();
	for (size_t first = 0, end; first < b->count && !rc; first = end) {
		for (end = first; end < b->count && !rc; end++) {
			if (b->lines[end].act_lsn != b->lines[first].act_lsn)
				break;
			if (may_name(l, q, b, &b->lines[end]))
				rc = add_line(*out, l, b, &b->lines[end], true, a, e);
		}
		if (!rc)
			rc = add_nameless(*out, l, q, b, first, end, false, a, e);
		if (!rc)
			rc = add_nameless(*out, l, q, b, first, end, true, a, e);
	}
	return rc;
}

/* {was, lines, is}, added to `to`. */
static int put_bridge(json_t *to, struct ledger *l, const struct question *q,
		      const struct bridge *b, struct arena *a, struct err *e)
{
	json_t *lines;
	int rc = lines_json(&lines, l, q, b, a, e);

	json_object_set_new(to, "was", sums_json(l, b->was.measures, b->was.measure_count, true));
	json_object_set_new(to, "lines", lines);
	json_object_set_new(to, "is", sums_json(l, b->is.measures, b->is.measure_count, true));
	return rc;
}

static int put_series(json_t *to, struct ledger *l, const struct question *q,
		      const struct bridge *list, size_t count, struct arena *a, struct err *e)
{
	json_t *series = json_array();
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++) {
		json_t *j = json_pack("{s:o, s:o}", "from", json_day(list[i].is.asked.period.from),
				      "to", json_day(list[i].is.asked.period.to));

		rc = put_bridge(j, l, q, &list[i], a, e);
		json_array_append_new(series, j);
	}
	json_object_set_new(to, "each", json_string(question_each(q->each)));
	json_object_set_new(to, "series", series);
	return rc;
}

static json_t *head_json(struct ledger *l, const struct question *q, const struct bridge *b)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s}", "unit", unit_code_of(l, q->q.unit),
			 "from", json_day(q->q.period.from), "to", json_day(q->q.period.to), "on",
			 json_day(q->q.tree_day), "known_at",
			 json_known(l, b->is.known_lsn, b->is.known_time_ms), "basis",
			 basis_name(q->q.basis));
}

int report_bridge(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e)
{
	const struct period *periods = &q->q.period;
	const struct bridge *list;
	size_t count = 1;
	int rc = q->each ? question_periods(&periods, &count, q, l, a, e) : 0;

	*out = NULL;
	if (!rc)
		rc = query_bridges(&list, l, &q->q, periods, count, a, e);
	if (rc)
		return rc;
	*out = head_json(l, q, list);
	rc = q->each ? put_series(*out, l, q, list, count, a, e)
		     : put_bridge(*out, l, q, list, a, e);
	if (rc) {
		json_decref(*out);
		*out = NULL;
	}
	return rc || *out ? rc : err_set(e, ERR_NOMEM, "no memory for a bridge");
}

static const char *figure_of(const json_t *figures, const char *measure, struct arena *a, bool sign)
{
	const json_t *v = json_object_get(figures, measure);
	const char *text = number_words(a, v);

	return sign && json_is_integer(v) && json_integer_value(v) > 0
		       ? arena_printf(a, "+%s", text)
		       : text;
}

static void line_cells(struct grid *g, const json_t *line, const char *measure, struct arena *a)
{
	const char *day = show_iso_day(a, text_at(line, "effective"));

	grid_cell(g, text_at(line, "unit"), false);
	grid_cell(g, text_at(line, "name"), false);
	grid_cell(g, !strcmp(text_at(line, "moved"), "in") ? _("moved in") : _("moved out"), false);
	grid_cell(g, *day ? arena_printf(a, "%s, %s", text_at(line, "act"), day) : "", false);
	grid_cell(g, figure_of(json_object_get(line, "figures"), measure, a, true), true);
}

static void sum_cells(struct grid *g, const char *what, const char *figure)
{
	grid_cell(g, what, false);
	grid_cell(g, "", false);
	grid_cell(g, "", false);
	grid_cell(g, "", false);
	grid_cell(g, figure, true);
}

/* ---- month by month: a column for each ---- */

enum { COLUMNS = 12 };

static bool same_line(const json_t *x, const json_t *y)
{
	return !strcmp(text_at(x, "unit"), text_at(y, "unit")) &&
	       !strcmp(text_at(x, "moved"), text_at(y, "moved")) &&
	       number_at(x, "act_lsn") == number_at(y, "act_lsn");
}

static const json_t *line_like(const json_t *lines, const json_t *like)
{
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		if (same_line(line, like))
			return line;
	}
	return NULL;
}

/* Did an earlier period have that line, or is it the first one? */
static bool met_before(const json_t *series, size_t first, size_t at, const json_t *line)
{
	for (size_t i = first; i < at; i++)
		if (line_like(json_object_get(json_array_get(series, i), "lines"), line))
			return true;
	return false;
}

static void line_row(struct grid *g, const json_t *series, size_t first, size_t end,
		     const json_t *line, const char *measure, struct arena *a)
{
	const char *day = show_iso_day(a, text_at(line, "effective"));

	grid_cell(g, text_at(line, "unit"), false);
	grid_cell(g,
		  arena_printf(
			  a, "%s%s%s", text_at(line, "name"), *text_at(line, "name") ? ", " : "",
			  !strcmp(text_at(line, "moved"), "in") ? _("moved in") : _("moved out")),
		  false);
	grid_cell(g, *day ? arena_printf(a, "%s, %s", text_at(line, "act"), day) : "", false);
	for (size_t i = first; i < end; i++) {
		const json_t *here = line_like(json_object_get(json_array_get(series, i), "lines"),
					       line);

		grid_cell(g, figure_of(json_object_get(here, "figures"), measure, a, true), true);
	}
}

static void sums_row(struct grid *g, const char *what, const json_t *series, size_t first,
		     size_t end, const char *key, const char *measure, struct arena *a)
{
	grid_cell(g, what, false);
	grid_cell(g, "", false);
	grid_cell(g, "", false);
	for (size_t i = first; i < end; i++)
		grid_cell(g,
			  figure_of(json_object_get(json_array_get(series, i), key), measure, a,
				    false),
			  true);
}

static int series_grid(FILE *to, const json_t *j, size_t first, size_t end, const char *measure,
		       struct arena *a, struct err *e)
{
	const json_t *series = json_object_get(j, "series"), *line;
	struct grid *g = grid_new(a, 3 + end - first);
	size_t k;

	grid_cell(g, _("unit"), false);
	grid_cell(g, _("what happened to it"), false);
	grid_cell(g, _("by which decision"), false);
	for (size_t i = first; i < end; i++)
		grid_cell(g,
			  series_period_words(a, text_at(j, "each"),
					      text_at(json_array_get(series, i), "to")),
			  true);
	grid_rule(g);
	sums_row(g, _("as it was"), series, first, end, "was", measure, a);
	for (size_t i = first; i < end; i++)
		json_array_foreach(json_object_get(json_array_get(series, i), "lines"), k, line)
		{
			if (json_object_get(json_object_get(line, "figures"), measure) &&
			    !met_before(series, first, i, line))
				line_row(g, series, first, end, line, measure, a);
		}
	grid_rule(g);
	sums_row(g, _("as it is"), series, first, end, "is", measure, a);
	return grid_print(g, to, e);
}

static int series_table(FILE *to, const json_t *j, const char *measure, struct arena *a,
			struct err *e)
{
	size_t count = json_array_size(json_object_get(j, "series"));
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i += COLUMNS)
		rc = series_grid(to, j, i, count - i > COLUMNS ? i + COLUMNS : count, measure, a,
				 e);
	return rc;
}

int bridge_words(FILE *to, const json_t *j, struct ledger *names, const char *measure,
		 enum report_from from, struct arena *a, struct err *e)
{
	struct grid *g = grid_new(a, 5);
	const json_t *line;
	size_t i;

	fprintf(to, _("%s, from %s to %s: %s, as it was and under the tree of %s\n"),
		text_at(j, "unit"), show_iso_day(a, text_at(j, "from")),
		show_iso_day(a, text_at(j, "to")), measure_name_of(names, measure),
		show_iso_day(a, text_at(j, "on")));
	known_words(to, j, from, a);
	if (json_object_get(j, "series"))
		return series_table(to, j, measure, a, e);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("name"), false);
	grid_cell(g, _("what happened to it"), false);
	grid_cell(g, _("by which decision"), false);
	grid_cell(g, _("figure"), true);
	grid_rule(g);
	sum_cells(g, _("as it was"), figure_of(json_object_get(j, "was"), measure, a, false));
	json_array_foreach(json_object_get(j, "lines"), i, line)
	{
		if (json_object_get(json_object_get(line, "figures"), measure))
			line_cells(g, line, measure, a);
	}
	grid_rule(g);
	sum_cells(g, _("as it is"), figure_of(json_object_get(j, "is"), measure, a, false));
	return grid_print(g, to, e);
}

static void csv_row(struct buf *b, const json_t *days, const char *what, const json_t *line,
		    const json_t *figures, const char *measure)
{
	const json_t *v = json_object_get(figures, measure);

	if (days)
		buf_printf(b, "%s,%s,", text_at(days, "from"), text_at(days, "to"));
	csv_field(b, span_str(what), true);
	csv_field(b, span_str(line ? text_at(line, "unit") : ""), false);
	csv_field(b, span_str(line ? text_at(line, "name") : ""), false);
	csv_field(b, span_str(line ? text_at(line, "act") : ""), false);
	csv_field(b, span_str(line ? text_at(line, "effective") : ""), false);
	if (json_is_integer(v))
		buf_printf(b, ",%lld\n", (long long)json_integer_value(v));
	else
		buf_printf(b, ",\n");
}

/* `days`: of a series, the period that each row names. */
static void csv_rows(struct buf *b, const json_t *j, const json_t *days, const char *measure)
{
	const json_t *line;
	size_t i;

	csv_row(b, days, "was", NULL, json_object_get(j, "was"), measure);
	json_array_foreach(json_object_get(j, "lines"), i, line)
	{
		const json_t *figures = json_object_get(line, "figures");

		if (json_object_get(figures, measure))
			csv_row(b, days, text_at(line, "moved"), line, figures, measure);
	}
	csv_row(b, days, "is", NULL, json_object_get(j, "is"), measure);
}

int bridge_csv(FILE *to, const json_t *j, const char *measure, struct err *e)
{
	const json_t *series = json_object_get(j, "series"), *part;
	struct buf b;
	size_t i;

	csv_begin(&b, json_string_value(json_object_get(j, "illustrative")));
	buf_printf(&b, "%sline,unit,name,act,effective,%s\n", series ? "from,to," : "", measure);
	json_array_foreach(series, i, part) csv_rows(&b, part, part, measure);
	if (!series)
		csv_rows(&b, j, NULL, measure);
	return csv_end(&b, to, e);
}
