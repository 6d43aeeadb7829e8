/* The table on the screen and as CSV. */
#include "internal.h"

#include "base/csv.h"
#include "base/lang.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/public.h"
#include "report/words.h"

#include <inttypes.h>
#include <string.h>

/* ---- words ---- */

/* As many instruments as stand side by side on a page; a table with more goes on below. */
enum { SIDE_BY_SIDE = 4 };

struct page {
	size_t from, to; /* of the instruments */
};

/* Where nobody reported them at the end they are of an earlier day, which stands beside them. */
static const char *members_words(struct arena *a, const json_t *row, const char *to)
{
	const char *number = number_words(a, json_object_get(row, "members")),
		   *on = text_at(row, "members_on");
	const char *words = *on && strcmp(on, to) != 0
				    ? arena_printf(a, "%s (%s)", number, show_iso_day(a, on))
				    : number;

	return words ? words : number;
}

static void row_cells(struct grid *g, const json_t *row, struct page p, const char *no,
		      const char *to, struct arena *a)
{
	const json_t *targets = json_object_get(row, "targets");
	const char *name = text_at(row, "name");

	grid_cell(g, no, true);
	grid_cell(g, *name ? name : text_at(row, "unit"), false);
	grid_cell(g, number_words(a, json_object_get(row, "value")), true);
	for (size_t k = p.from; k < p.to; k++) {
		const json_t *target = json_array_get(targets, k),
			     *percent = json_object_get(target, "attained_percent"),
			     *kept = json_object_get(target, "kept");

		grid_cell(g, number_words(a, json_object_get(target, "goal")), true);
		grid_cell(g,
			  json_is_boolean(kept) ? limit_words(kept)
						: show_percent(a, json_string_value(percent)),
			  true);
	}
	grid_cell(g, members_words(a, row, to), true);
	grid_cell(g,
		  arena_printf(a, "%s/%s", show_number(a, number_at(row, "reported")),
			       show_number(a, number_at(row, "expected"))),
		  true);
}

static void head_cells(struct grid *g, const json_t *j, struct page p, struct ledger *names,
		       struct arena *a)
{
	grid_cell(g, _("no."), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, measure_name_of(names, text_at(j, "measure")), true);
	for (size_t k = p.from; k < p.to; k++) {
		grid_cell(g, arena_printf(a, _("target (%zu)"), k + 1), true);
		grid_cell(g, arena_printf(a, _("attained (%zu)"), k + 1), true);
	}
	grid_cell(g, _("members"), true);
	grid_cell(g, _("reported"), true);
	grid_rule(g);
}

static int page_words(FILE *to, const json_t *j, struct page p, struct ledger *names,
		      struct arena *a, struct err *e)
{
	struct grid *g = grid_new(a, 5 + 2 * (p.to - p.from));
	const char *last = text_at(j, "to");
	json_t *row;
	size_t i;

	head_cells(g, j, p, names, a);
	json_array_foreach(json_object_get(j, "rows"), i, row)
		row_cells(g, row, p, arena_printf(a, "%zu", i + 1), last, a);
	grid_rule(g);
	row_cells(g, json_object_get(j, "total"), p, "", last, a);
	return grid_print(g, to, e);
}

const json_t *instruments_of(const json_t *j)
{
	const json_t *list = json_object_get(j, "instruments");

	return list ? list : json_object_get(json_object_get(j, "total"), "targets");
}

static void instruments_words(FILE *to, const json_t *list, struct arena *a)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *words = target_words(a, one), *issuer = text_at(one, "issuer");
		bool alike = false;

		for (size_t k = 0; k < json_array_size(list); k++)
			alike |= k != i && !strcmp(target_words(a, json_array_get(list, k)), words);
		fprintf(to, "  (%zu) %s", i + 1, words);
		if (alike) /* what else tells the two apart */
			fprintf(to, ", %s%s%s%s", text_at(one, "period"),
				json_is_true(json_object_get(one, "rate")) ? _(", a rate") : "",
				*issuer ? ", " : "", issuer);
		if (json_is_true(json_object_get(one, "limit")))
			fprintf(to, "%s", _(", a limit"));
		version_words(to, one);
		fputc('\n', to);
	}
}

static void grassroots_line(FILE *to, const json_t *j, struct arena *a)
{
	const json_t *units = json_object_get(j, "units");
	int64_t committees = number_at(units, unit_kind_name(UNIT_BASE_COMMITTEE)),
		cells = number_at(units, unit_kind_name(UNIT_BASE_CELL));

	if (units) /* a server of before does not tell */
		fprintf(to, _("grassroots organisations: %s = %s committees + %s cells\n"),
			show_number(a, committees + cells), show_number(a, committees),
			show_number(a, cells));
}

static const char *period_of(const json_t *j, struct arena *a)
{
	struct period p = { 0, 0 };

	/* Ours, or a server's: what cannot be read is shown as the day that it then is. */
	(void)day_parse(&p.from, NULL, span_str(text_at(j, "from")), NULL);
	(void)day_parse(&p.to, NULL, span_str(text_at(j, "to")), NULL);
	return show_period(a, p);
}

/* Units that lost or won a piece since their target was given: what it would have been. */
static void comparable_lines(FILE *to, const json_t *j, struct arena *a)
{
	const json_t *row, *target;
	size_t i, k;

	json_array_foreach(json_object_get(j, "rows"), i, row)
		json_array_foreach(json_object_get(row, "targets"), k, target) comparable_words(
			to, text_at(row, "unit"), json_object_get(target, "comparable"), a);
}

/* How the documents agree with each other, and each with what was handed down by it. */
static void agreement_lines(FILE *to, const json_t *j, struct ledger *names, struct arena *a)
{
	const json_t *target, *total = json_object_get(j, "total");
	size_t i;

	json_array_foreach(json_object_get(total, "targets"), i, target)
	{
		const char *no = arena_printf(a, "  (%zu) ", i + 1);

		below_line(to, no ? no : "", target, a);
	}
	difference_lines(to, json_object_get(j, "differences"), names, a);
}

int table_words(FILE *to, const json_t *j, struct ledger *names, enum report_from from,
		struct arena *a, struct err *e)
{
	const json_t *instruments = instruments_of(j);
	size_t heads = json_array_size(instruments);
	struct page p = { 0, 0 };
	int rc = 0;

	fprintf(to, "%s, %s\n", text_at(j, "unit"), period_of(j, a));
	known_words(to, j, from, a);
	instruments_words(to, instruments, a);
	do {
		p.from = p.to;
		p.to = heads - p.from > SIDE_BY_SIDE ? p.from + SIDE_BY_SIDE : heads;
		if (heads > SIDE_BY_SIDE)
			lang_print(to, _("instruments (%zu) to (%zu) of %zu:\n"), p.from + 1, p.to,
				   heads);
		rc = page_words(to, j, p, names, a, e);
	} while (!rc && p.to < heads);
	if (!rc)
		comparable_lines(to, j, a);
	if (!rc)
		agreement_lines(to, j, names, a);
	if (!rc) {
		grassroots_line(to, j, a);
		marked_line(to, json_object_get(j, "total"));
	}
	if (!rc && public_note(j, names, a))
		fprintf(to, "%s\n", public_note(j, names, a));
	return rc;
}

/* ---- CSV ---- */

void csv_number(struct buf *b, const json_t *n)
{
	buf_u8(b, ',');
	if (json_is_integer(n))
		buf_printf(b, "%" PRId64, (int64_t)json_integer_value(n));
}

static void csv_row(struct buf *b, const json_t *row)
{
	json_t *target;
	size_t i;

	csv_field(b, span_str(text_at(row, "unit")), true);
	csv_field(b, span_str(text_at(row, "name")), false);
	csv_number(b, json_object_get(row, "value"));
	json_array_foreach(json_object_get(row, "targets"), i, target)
	{
		csv_number(b, json_object_get(target, "goal"));
		csv_field(b, span_str(text_at(target, "attained_percent")), false);
	}
	csv_number(b, json_object_get(row, "members"));
	buf_printf(b, ",%" PRId64 ",%" PRId64 "\n", number_at(row, "reported"),
		   number_at(row, "expected"));
}

int table_csv(FILE *to, const json_t *j, struct err *e)
{
	const json_t *total = json_object_get(j, "total");
	size_t heads = json_array_size(json_object_get(total, "targets")), i;
	struct buf b;
	json_t *row;

	csv_begin(&b, json_string_value(json_object_get(j, "illustrative")));
	if (json_is_true(json_object_get(j, "public")))
		buf_printf(&b, "# %s\n", public_says());
	buf_printf(&b, "unit,name,%s", text_at(j, "measure"));
	for (i = 0; i < heads; i++)
		buf_printf(&b, ",target_%zu,attained_percent_%zu", i + 1, i + 1);
	buf_printf(&b, ",members,reported,expected\n");
	json_array_foreach(json_object_get(j, "rows"), i, row) csv_row(&b, row);
	csv_row(&b, total);
	return csv_end(&b, to, e);
}
