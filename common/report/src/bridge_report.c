/* The bridge from a series as it was to the same under another tree. */
#include "internal.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/acts.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

enum { CSV_BYTES_MAX = 64 << 20 };

struct act_named {
	const char *no;
	day_t effective;
};

/* Number and day of the act; nothing of an entry that is none. */
static int name_act(struct act_named *out, struct ledger *l, uint64_t lsn, struct arena *a,
		    struct err *e)
{
	struct entry en;
	struct buf b;
	struct op op;
	int rc;

	*out = (struct act_named){ .no = "" };
	if (!lsn)
		return 0;
	buf_init(&b, ENTRY_MAX);
	rc = ledger_entry(l, lsn, &b, e);
	if (!rc)
		rc = entry_decode(&en, buf_span(&b), a, e);
	if (!rc && op_decode(&op, en.body, a, NULL) == CODE_OK && op.kind == OP_ACT) {
		out->no = arena_str(a, op.act.no);
		out->effective = op.act.effective;
	}
	buf_fini(&b);
	return rc || out->no ? rc : err_set(e, ERR_NOMEM, "no memory for a bridge");
}

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

static int add_line(json_t *lines, struct ledger *l, const struct bridge *b,
		    const struct bridge_line *line, struct arena *a, struct err *e)
{
	struct act_named act;
	int rc = name_act(&act, l, line->act_lsn, a, e);

	if (rc)
		return rc;
	json_array_append_new(
		lines,
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "unit",
			  unit_code_of(l, line->unit), "name",
			  unit_name_of(l, line->unit, b->is.asked.period.to, b->is.known_lsn),
			  "moved", line->in ? "in" : "out", "act", act.no, "act_lsn",
			  line->act_lsn ? json_integer((json_int_t)line->act_lsn) : json_null(),
			  "effective", act.effective ? json_day(act.effective) : json_null(),
			  "figures", sums_json(l, line->sums, b->is.measure_count, false)));
	return 0;
}

int report_bridge(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e)
{
	struct bridge *b = arena_alloc(a, sizeof(*b));
	json_t *lines;
	int rc = b ? query_bridge(b, l, &q->q, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for a bridge");

	*out = NULL;
	if (rc)
		return rc;
	lines = json_array();
	for (size_t i = 0; i < b->count && !rc; i++)
		rc = add_line(lines, l, b, &b->lines[i], a, e);
	if (!rc)
		*out = json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:O, s:o}", "unit",
				 unit_code_of(l, q->q.unit), "from", json_day(q->q.period.from),
				 "to", json_day(q->q.period.to), "on", json_day(q->q.tree_day),
				 "known_at", json_known(l, b->is.known_lsn, b->is.known_time_ms),
				 "basis", basis_name(q->q.basis), "was",
				 sums_json(l, b->was.measures, b->was.measure_count, true), "lines",
				 lines, "is",
				 sums_json(l, b->is.measures, b->is.measure_count, true));
	json_decref(lines);
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

int bridge_words(FILE *to, const json_t *j, struct ledger *names, const char *measure,
		 struct arena *a, struct err *e)
{
	struct grid *g = grid_new(a, 5);
	const json_t *line;
	size_t i;

	fprintf(to, _("%s, from %s to %s: %s, as it was and under the tree of %s\n"),
		text_at(j, "unit"), show_iso_day(a, text_at(j, "from")),
		show_iso_day(a, text_at(j, "to")), measure_name_of(names, measure),
		show_iso_day(a, text_at(j, "on")));
	known_words(to, j, REPORT_STORE, a);
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

static void csv_row(struct buf *b, const char *what, const json_t *line, const json_t *figures,
		    const char *measure)
{
	const json_t *v = json_object_get(figures, measure);

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

int bridge_csv(FILE *to, const json_t *j, const char *measure, struct err *e)
{
	const char *mark = json_string_value(json_object_get(j, "illustrative"));
	const json_t *line;
	struct buf b;
	size_t i;
	int rc = 0;

	buf_init(&b, CSV_BYTES_MAX);
	buf_printf(&b, "\xef\xbb\xbf"); /* a spreadsheet takes it for UTF-8 by this mark */
	if (mark)
		buf_printf(&b, "# %s\n", mark);
	buf_printf(&b, "line,unit,name,act,effective,%s\n", measure);
	csv_row(&b, "was", NULL, json_object_get(j, "was"), measure);
	json_array_foreach(json_object_get(j, "lines"), i, line)
	{
		const json_t *figures = json_object_get(line, "figures");

		if (json_object_get(figures, measure))
			csv_row(&b, text_at(line, "moved"), line, figures, measure);
	}
	csv_row(&b, "is", NULL, json_object_get(j, "is"), measure);
	if (b.failed)
		rc = err_set(e, ERR_NOMEM, "no memory to print");
	else
		(void)fwrite(b.data, 1, b.len, to); /* who owns the stream asks it at the end */
	buf_fini(&b);
	return rc;
}
