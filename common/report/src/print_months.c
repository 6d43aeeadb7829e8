/* The paper of `months`: a row for each unit and form, a column for each period. */
#include "print_build.h"

#include "base/lang.h"
#include "ledger/months.h"

#include <stdlib.h>

enum { PERIODS_MAX = 36 };

struct board {
	const char *periods[PERIODS_MAX], *last[PERIODS_MAX]; /* ascending by last day */
	size_t count;
	bool forms; /* there are rows of more than one */
	int year;   /* over the columns that are being made */
};

static const char *form_name(struct print_build *b, const char *code)
{
	const struct form *f = ledger_form_code(b->names, span_str(code), NULL);

	return !f ? code : lang_now() == TEXT_VI ? f->name_vi : f->name_en;
}

/* "T8" under its year, where it is a whole month; else as it is typed. */
static void period_column(struct print_build *b, struct board *o, const char *period)
{
	struct period p;
	struct ymd d;
	bool whole = lang_now() == TEXT_VI && !period_parse(&p, span_str(period), NULL);

	if (whole) {
		d = day_to_ymd(p.from);
		whole = d.day == 1 && p.to == day_month_last(p.from);
	}
	if (whole && d.year != o->year) {
		o->year = d.year;
		paper_group(b->p, arena_printf(b->a, "%d", d.year));
	} else if (!whole) {
		o->year = 0;
		paper_group(b->p, NULL);
	}
	paper_column(b->p, period, whole ? arena_printf(b->a, "T%d", d.month) : period, PAPER_TEXT);
}

static int add_period(struct print_build *b, struct board *o, const json_t *row)
{
	const char *period = text_at(row, "period"), *last = text_at(row, "to");
	size_t at = 0;

	for (size_t i = 0; i < o->count; i++)
		if (!strcmp(o->periods[i], period))
			return 0;
	if (o->count == PERIODS_MAX)
		return err_set(b->e, ERR_INVALID, "more than %d periods are too many for a paper",
			       PERIODS_MAX);
	while (at < o->count && strcmp(o->last[at], last) <= 0)
		at++;
	memmove(o->periods + at + 1, o->periods + at, (o->count - at) * sizeof(*o->periods));
	memmove(o->last + at + 1, o->last + at, (o->count - at) * sizeof(*o->last));
	o->periods[at] = period;
	o->last[at] = last;
	o->count++;
	return 0;
}

static bool same_line(const json_t *a, const json_t *b)
{
	return !strcmp(text_at(a, "unit"), text_at(b, "unit")) &&
	       !strcmp(text_at(a, "form"), text_at(b, "form"));
}

/* Rows from `at` on that are of one unit and form; returns how many. */
static size_t put_line(struct print_build *b, const struct board *o, const json_t *rows, size_t at)
{
	const json_t *first = json_array_get(rows, at);
	size_t end = at;

	while (end < json_array_size(rows) && same_line(first, json_array_get(rows, end)))
		end++;
	paper_row(b->p, text_at(first, "unit"), build_name(first));
	if (o->forms)
		build_text(b, form_name(b, text_at(first, "form")));
	for (size_t i = 0; i < o->count; i++) {
		const char *text = "";

		for (size_t k = at; k < end; k++)
			if (!strcmp(text_at(json_array_get(rows, k), "period"), o->periods[i]))
				text = month_cell_words(b->a, json_array_get(rows, k));
		build_text(b, text);
	}
	return end - at;
}

/* ---- official order ---- */

struct place {
	uint32_t orders[2 * UNIT_DEPTH_MAX]; /* from the top: order among siblings, number */
	size_t depth, at;                    /* its row */
};

static void find_place(struct print_build *b, const json_t *row, struct place *out)
{
	const struct tree *t = ledger_tree(b->names);
	const struct unit *u = tree_by_code(t, span_str(text_at(row, "unit")));
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth;
	day_t day = 0;

	(void)day_parse(&day, NULL, span_str(text_at(b->answer, "to")), NULL);
	depth = u ? tree_path(t, u->unit, day, UINT64_MAX, path) : 0;
	for (size_t i = depth; i-- > 0;) {
		out->orders[out->depth++] = tree_get(t, path[i])->order;
		out->orders[out->depth++] = path[i];
	}
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	size_t depth = a->depth < b->depth ? a->depth : b->depth;

	for (size_t i = 0; i < depth; i++)
		if (a->orders[i] != b->orders[i])
			return a->orders[i] < b->orders[i] ? -1 : 1;
	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at; /* as it was */
}

/* The answer has them by number: as they stand in the tree, a unit before those below it. NULL: no memory. */
static json_t *in_order(struct print_build *b)
{
	const json_t *rows = json_object_get(b->answer, "rows");
	size_t count = json_array_size(rows);
	struct place *places = arena_array(b->a, count + 1, sizeof(*places));
	json_t *out = places ? json_array() : NULL;

	for (size_t i = 0; out && i < count; i++) {
		places[i].at = i;
		find_place(b, json_array_get(rows, i), &places[i]);
	}
	if (out)
		qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; out && i < count; i++)
		json_array_append(out, json_array_get(rows, places[i].at));
	return out;
}

static int fill_board(struct print_build *b, const json_t *rows)
{
	const json_t *row;
	struct board *o = arena_alloc(b->a, sizeof(*o));
	size_t i;
	int rc = o ? 0 : err_set(b->e, ERR_NOMEM, "no memory for a report");

	json_array_foreach(rows, i, row) if (!rc) rc = add_period(b, o, row);
	if (rc)
		return rc;
	json_array_foreach(rows, i, row) o->forms |=
		strcmp(text_at(row, "form"), text_at(json_array_get(rows, 0), "form")) != 0;
	if (!o->forms && json_array_size(rows))
		paper_note(b->p, form_name(b, text_at(json_array_get(rows, 0), "form")));
	paper_note(b->p, show_text(b->a, _("%lld of %lld sheets sent"),
				   (long long)number_at(b->answer, "sent"),
				   (long long)number_at(b->answer, "expected")));
	paper_table(b->p, "months", "");
	paper_label(b->p, _("Unit"), true);
	if (o->forms)
		paper_column(b->p, "form", _("Form"), PAPER_TEXT);
	for (i = 0; i < o->count; i++)
		period_column(b, o, o->periods[i]);
	for (i = 0; i < json_array_size(rows);)
		i += put_line(b, o, rows, i);
	return 0;
}

int build_months(struct print_build *b)
{
	json_t *rows = in_order(b); /* its texts are the answer's */
	int rc = rows ? fill_board(b, rows) : err_set(b->e, ERR_NOMEM, "no memory for a report");

	json_decref(rows);
	return rc;
}
