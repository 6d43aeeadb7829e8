/* Drafts of targets, for people and for spreadsheets. */
#include "base/csv.h"
#include "base/lang.h"
#include "report/drafts.h"
#include "report/grid.h"
#include "report/words.h"

#include "internal.h"

#include <string.h>

static const char *state_words(const char *name)
{
	static const char *const words[DRAFT_STATES] = {
		[DRAFT_NONE] = N_("nothing drafted"),
		[DRAFT_WITHDRAWN] = N_("draft taken back, no target given"),
		[DRAFT_WAITS] = N_("not answered"),
		[DRAFT_ANSWERED] = N_("registered"),
		[DRAFT_PUBLISHED] = N_("published"),
	};

	for (enum draft_state s = 0; s < DRAFT_STATES; s++)
		if (!strcmp(draft_state_name(s), name))
			return _(words[s]);
	return name;
}

static const char *count_words(struct arena *a, const json_t *j)
{
	return json_is_integer(j) ? show_number(a, json_integer_value(j)) : "";
}

static const char *signed_words(struct arena *a, const json_t *j)
{
	const char *text = count_words(a, j);

	return json_integer_value(j) > 0 ? arena_printf(a, "+%s", text) : text;
}

/* "12", "12-15", "3%". */
static const char *draft_words(struct arena *a, const json_t *row)
{
	const json_t *max = json_object_get(row, "draft_max");
	const char *rate = text_at(row, "draft_rate");
	const char *low = count_words(a, json_object_get(row, "draft"));

	if (!strcmp(text_at(row, "type"), target_type_name(TARGET_MAXIMUM)) ||
	    !strcmp(text_at(row, "type"), target_type_name(TARGET_RATE_MAXIMUM)))
		return arena_printf(a, _("at most %s"),
				    *low || !*rate ? low : show_percent(a, rate));
	if (json_is_integer(max))
		return arena_printf(a, "%s-%s", low, count_words(a, max));
	return *low || !*rate ? low : show_percent(a, rate);
}

static void row_cells(struct grid *g, struct arena *a, const json_t *row, bool own)
{
	const char *by = text_at(row, "answer_by"), *state = text_at(row, "state");
	const char *what = *text_at(row, "group") ? text_at(row, "group") : text_at(row, "measure");

	if (own)
		grid_cell(g, arena_printf(a, "%s %s", text_at(row, "period"), what), false);
	grid_cell(g, text_at(row, "name"), false);
	grid_cell(g, draft_words(a, row), true);
	grid_cell(g, count_words(a, json_object_get(row, "registered")), true);
	grid_cell(g, signed_words(a, json_object_get(row, "difference")), true);
	grid_cell(g, count_words(a, json_object_get(row, "given")), true);
	grid_cell(g,
		  *by && !strcmp(state, draft_state_name(DRAFT_WAITS))
			  ? arena_printf(a, _("%s, asked for by %s"), state_words(state),
					 show_iso_day(a, by))
			  : state_words(state),
		  false);
	grid_cell(g, text_at(row, "reason"), false);
}

static void head_cells(struct grid *g, bool own)
{
	if (own)
		grid_cell(g, _("for"), false);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("draft"), true);
	grid_cell(g, _("registered"), true);
	grid_cell(g, _("difference"), true);
	grid_cell(g, _("target"), true);
	grid_cell(g, "", false);
	grid_cell(g, _("reason"), false);
	grid_rule(g);
}

static void sum_cells(struct grid *g, struct arena *a, const json_t *j)
{
	grid_rule(g);
	grid_cell(g, _("in all"), false);
	grid_cell(g, count_words(a, json_object_get(j, "draft")), true);
	grid_cell(g, count_words(a, json_object_get(j, "registered")), true);
	grid_cell(g, signed_words(a, json_object_get(j, "difference")), true);
	for (int i = 0; i < 3; i++)
		grid_cell(g, "", false);
}

static void beside_line(FILE *to, const json_t *j, struct arena *a)
{
	int64_t count = number_at(j, "beside");

	if (count)
		fprintf(to,
			json_is_true(json_object_get(j, "limits"))
				? _("beside these limits a number to reach is drafted for %s units\n")
				: _("beside these numbers a limit is drafted for %s units (--limit)\n"),
			show_number(a, count));
}

int drafts_words(FILE *to, const json_t *j, struct arena *a, struct err *e)
{
	bool own = json_is_array(j);
	const json_t *rows = own ? j : json_object_get(j, "rows"), *row;
	struct grid *g = grid_new(a, own ? 8 : 7);
	size_t i;
	int rc;

	if (own && !json_array_size(j)) {
		fprintf(to, _("no draft of a target, and nothing registered\n"));
		return 0;
	}
	if (!own)
		fprintf(to,
			_("draft of targets for %s: %s of %s units have answered, %s are "
			  "published; %s units have no draft\n"),
			text_at(j, "period"), show_number(a, number_at(j, "answered")),
			show_number(a, number_at(j, "drafted")),
			show_number(a, number_at(j, "published")),
			show_number(a, number_at(j, "units") - number_at(j, "drafted")));
	head_cells(g, own);
	json_array_foreach(rows, i, row) row_cells(g, a, row, own);
	if (!own)
		sum_cells(g, a, j);
	rc = grid_print(g, to, e);
	if (!rc && !own)
		beside_line(to, j, a);
	return rc;
}

int drafts_csv(FILE *to, const json_t *j, enum mark m, struct err *e)
{
	static const char *const columns[] = { "unit",       "name",     "period", "measure",
					       "group",      "state",    "draft",  "registered",
					       "difference", "given",    "doc_no", "answer_by",
					       "reason",     "on_behalf" };
	const json_t *rows = json_is_array(j) ? j : json_object_get(j, "rows"), *row;
	struct buf b;
	size_t i;

	csv_begin(&b, m == MARK_YES ? illustrative_mark : NULL);
	for (size_t k = 0; k < ARRAY_LEN(columns); k++)
		buf_printf(&b, "%s%s", k ? "," : "", columns[k]);
	buf_printf(&b, "\n");
	json_array_foreach(rows, i, row)
	{
		for (size_t k = 0; k < ARRAY_LEN(columns); k++) {
			const json_t *cell = json_object_get(row, columns[k]);
			const char *text = json_string_value(cell);

			if (json_is_integer(cell))
				buf_printf(&b, "%s%lld", k ? "," : "",
					   (long long)json_integer_value(cell));
			else
				csv_field(&b, span_str(text ? text : ""), k == 0);
		}
		buf_printf(&b, "\n");
	}
	return csv_end(&b, to, e);
}
