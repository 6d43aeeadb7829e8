/* The board of months and what came late, for people. */
#include "internal.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/grid.h"
#include "report/months.h"
#include "report/words.h"

enum { COLUMNS_MAX = GRID_COLUMNS_MAX - 1 };

/* The words of a name that the JSON has. */
static const char *state_words(const char *name)
{
	for (enum month_work w = 0; w < WORKS; w++)
		if (!strcmp(month_work_name(w), name))
			return _(month_work_text(w));
	return name;
}

static const char *time_words(const char *name)
{
	for (enum month_time t = 0; t < TIMES; t++)
		if (!strcmp(month_time_name(t), name))
			return _(month_time_text(t));
	return name;
}

static const char *mark_words(const char *name)
{
	for (enum month_mark m = 0; m < MARKS; m++)
		if (!strcmp(month_mark_name(m), name))
			return _(month_mark_text(m));
	return name;
}

const char *month_cell_words(struct arena *a, const json_t *row)
{
	const char *time = text_at(row, "time"), *text = state_words(text_at(row, "state"));
	const json_t *mark;
	size_t i;

	if (!strcmp(time, month_time_name(TIME_LATE)) ||
	    !strcmp(time, month_time_name(TIME_MISSING)))
		text = arena_printf(a, "%s, %s", text, time_words(time));
	json_array_foreach(json_object_get(row, "marks"), i, mark)
		text = arena_printf(a, "%s, %s", text, mark_words(json_string_value(mark)));
	return text;
}

struct columns {
	const char *periods[COLUMNS_MAX]; /* ascending by last day */
	const char *last[COLUMNS_MAX];
	size_t count;
};

static int add_column(struct columns *c, const json_t *row, struct err *e)
{
	const char *period = text_at(row, "period"), *last = text_at(row, "to");
	size_t at = 0;

	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->periods[i], period))
			return 0;
	if (c->count == COLUMNS_MAX)
		return err_set(e, ERR_RANGE,
			       "more than %d periods are too many for a screen; --csv and --json "
			       "have them all",
			       COLUMNS_MAX);
	while (at < c->count && strcmp(c->last[at], last) <= 0)
		at++;
	memmove(c->periods + at + 1, c->periods + at, (c->count - at) * sizeof(*c->periods));
	memmove(c->last + at + 1, c->last + at, (c->count - at) * sizeof(*c->last));
	c->periods[at] = period;
	c->last[at] = last;
	c->count++;
	return 0;
}

static bool same_line(const json_t *a, const json_t *b)
{
	return !strcmp(text_at(a, "unit"), text_at(b, "unit")) &&
	       !strcmp(text_at(a, "form"), text_at(b, "form"));
}

/* One unit and form: the rows from `at` on that are of it. Returns how many. */
static size_t put_line(struct grid *g, const json_t *rows, size_t at, const struct columns *c,
		       struct arena *a)
{
	const json_t *first = json_array_get(rows, at);
	const char *name = text_at(first, "name");
	size_t end = at;

	while (end < json_array_size(rows) && same_line(first, json_array_get(rows, end)))
		end++;
	grid_cell(g, *name ? name : text_at(first, "unit"), false);
	for (size_t i = 0; i < c->count; i++) {
		const char *text = "";

		for (size_t k = at; k < end; k++)
			if (!strcmp(text_at(json_array_get(rows, k), "period"), c->periods[i]))
				text = month_cell_words(a, json_array_get(rows, k));
		grid_cell(g, text, false);
	}
	return end - at;
}

/* Who recognised it, and why. */
static void in_time_lines(FILE *to, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const json_t *said = json_object_get(row, "in_time");
		const char *by = text_at(said, "by");

		if (json_is_object(said))
			fprintf(to, _("%s, %s: signed in time, received late, says %s (%s): %s\n"),
				text_at(row, "name"), text_at(row, "period"), *by ? by : "-",
				text_at(said, "unit"), text_at(said, "reason"));
	}
}

int months_words(FILE *to, const json_t *j, struct arena *a, struct err *e)
{
	const json_t *rows = json_object_get(j, "rows"), *row;
	struct columns c = { .count = 0 };
	struct grid *g;
	size_t i;
	int rc = 0;

	json_array_foreach(rows, i, row) if (!rc) rc = add_column(&c, row, e);
	if (rc)
		return rc;
	g = grid_new(a, c.count + 1);
	grid_cell(g, _("unit"), false);
	for (i = 0; i < c.count; i++)
		grid_cell(g, c.periods[i], false);
	grid_rule(g);
	for (i = 0; i < json_array_size(rows);)
		i += put_line(g, rows, i, &c, a);
	rc = grid_print(g, to, e);
	if (!rc)
		lang_print(to, _("%lld of %lld sheets sent\n"), (long long)number_at(j, "sent"),
			   (long long)number_at(j, "expected"));
	if (!rc)
		in_time_lines(to, rows);
	return rc;
}

static void board_line(struct buf *b, const json_t *row)
{
	static const char *const keys[] = { "unit",  "name", "form", "from",     "to",
					    "state", "time", "due",  "received", "device_time" };
	const json_t *mark;
	size_t i;

	for (size_t k = 0; k < ARRAY_LEN(keys); k++)
		csv_field(b, span_str(text_at(row, keys[k])), !k);
	buf_printf(b, ",%s", json_is_integer(json_object_get(row, "closed")) ? "yes" : "no");
	buf_u8(b, ',');
	json_array_foreach(json_object_get(row, "marks"), i, mark)
		buf_printf(b, "%s%s", i ? " " : "", json_string_value(mark));
	buf_u8(b, '\n');
}

int months_csv(FILE *to, const json_t *j, struct err *e)
{
	const json_t *row;
	struct buf b;
	size_t i;

	csv_begin(&b, json_string_value(json_object_get(j, "illustrative")));
	buf_printf(&b, "unit,name,form,from,to,state,time,due,received,device_time,closed,marks\n");
	json_array_foreach(json_object_get(j, "rows"), i, row) board_line(&b, row);
	return csv_end(&b, to, e);
}

int late_words(FILE *to, const json_t *list, struct arena *a, struct err *e)
{
	struct grid *g = grid_new(a, 6);
	const json_t *row;
	size_t i;

	grid_cell(g, _("entry"), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("form"), false);
	grid_cell(g, _("period"), false);
	grid_cell(g, _("received"), false);
	grid_cell(g, _("decision"), false);
	grid_rule(g);
	json_array_foreach(list, i, row)
	{
		const json_t *counts = json_object_get(row, "counts");
		int64_t ms = 0;

		(void)instant_parse(&ms, span_str(text_at(row, "time")), NULL);
		grid_cell(g, arena_printf(a, "%lld", (long long)number_at(row, "lsn")), true);
		grid_cell(g, text_at(row, "unit"), false);
		grid_cell(g, text_at(row, "form"), false);
		grid_cell(g, text_at(row, "period"), false);
		grid_cell(g, show_minute(a, ms), false);
		grid_cell(g,
			  json_is_null(counts)   ? _("waits")
			  : json_is_true(counts) ? _("counts")
						 : _("declined"),
			  false);
	}
	if (!json_array_size(list)) {
		fprintf(to, _("nothing came late\n"));
		return 0;
	}
	return grid_print(g, to, e);
}
