#include "report/requests.h"

#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

int request_form(uint8_t *no, struct ledger *l, const char *code, struct err *e)
{
	const struct form *f = ledger_form_code(l, span_str(code), e);

	*no = f ? f->no : 0;
	if (!f)
		return err_set(e, ERR_NOTFOUND, "there is no form %s", code);
	if (f->period != FORM_DAY)
		return err_set(
			e, ERR_INVALID,
			"the form %s is reported for whole periods without being asked; figures "
			"up to a day are asked for by a form that is made for it, such as flash",
			code);
	return 0;
}

static json_t *json_line(struct ledger *l, const struct request_line *r, int64_t now_ms)
{
	json_t *missing = json_array();

	for (uint64_t i = 0; i < r->expected - r->answered; i++)
		json_array_append_new(missing, json_string(unit_code_of(l, r->missing[i])));
	return json_pack("{s:I, s:o, s:s, s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:b, s:o}", "lsn",
			 (json_int_t)r->lsn, "time", json_instant(r->time_ms), "form",
			 form_code_of(l, r->form), "day", json_day(r->period.to), "due",
			 json_instant(r->due_ms), "scope", unit_code_of(l, r->unit), "name",
			 unit_name_of(l, r->unit, r->period.to, UINT64_MAX), "expected",
			 (json_int_t)r->expected, "answered", (json_int_t)r->answered, "in_time",
			 (json_int_t)r->in_time, "over", now_ms > r->due_ms, "missing", missing);
}

int report_requests(json_t **out, struct ledger *l, uint32_t unit, int64_t now_ms, struct arena *a,
		    struct err *e)
{
	const struct request_line *lines;
	size_t count;
	int rc = query_requests(&lines, &count, l, unit, a, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(*out, json_line(l, &lines[i], now_ms));
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for requests");
}

enum { NAMED = 8 };

/* The first few who have not answered. */
static const char *missing_words(struct arena *a, const json_t *missing)
{
	size_t count = json_array_size(missing);
	const char *text = "";

	for (size_t i = 0; i < count && i < NAMED; i++)
		text = arena_printf(a, "%s%s%s", text, i ? ", " : "",
				    json_string_value(json_array_get(missing, i)));
	return count > NAMED ? show_text(a, _("%s and %zu more"), text, count - NAMED) : text;
}

static void row_cells(struct grid *g, struct arena *a, const json_t *row)
{
	int64_t due = 0, answered = number_at(row, "answered"), in_time = number_at(row, "in_time");
	const char *n = arena_printf(a, "%s/%s", show_number(a, answered),
				     show_number(a, number_at(row, "expected")));

	(void)instant_parse(&due, span_str(text_at(row, "due")), NULL);
	grid_cell(g, arena_printf(a, "%lld", (long long)number_at(row, "lsn")), true);
	grid_cell(g, show_iso_day(a, text_at(row, "day")), false);
	grid_cell(g, show_minute(a, due), false);
	grid_cell(g, text_at(row, "scope"), false);
	grid_cell(g, n, true);
	grid_cell(g, answered > in_time ? show_number(a, answered - in_time) : "", true);
	grid_cell(g, missing_words(a, json_object_get(row, "missing")), false);
}

int requests_words(FILE *to, const json_t *list, struct arena *a, struct err *e)
{
	struct grid *g = grid_new(a, 7);
	const json_t *row;
	size_t i;

	if (!json_array_size(list)) {
		fprintf(to, _("nothing is asked for\n"));
		return 0;
	}
	grid_cell(g, _("entry"), true);
	grid_cell(g, _("figures up to"), false);
	grid_cell(g, _("wanted by"), false);
	grid_cell(g, _("asked of"), false);
	grid_cell(g, _("answered"), true);
	grid_cell(g, _("after it was due"), true);
	grid_cell(g, _("no answer from"), false);
	grid_rule(g);
	json_array_foreach(list, i, row) row_cells(g, a, row);
	return grid_print(g, to, e);
}
