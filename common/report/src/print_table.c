/* Papers of `table` and `totals`. */
#include "print_build.h"

#include "base/lang.h"

#include <inttypes.h>

/* ---- table ---- */

static void target_columns(struct print_build *b, const json_t *instruments)
{
	const json_t *one;
	size_t i;

	json_array_foreach(instruments, i, one)
	{
		const char *words = build_capital(b->a, target_words(b->a, one));

		paper_group(b->p, arena_printf(b->a, "(%zu) %s", i + 1, words));
		paper_column(b->p, arena_printf(b->a, "goal_%zu", i + 1), _("Target"),
			     PAPER_NUMBER);
		paper_column(b->p, arena_printf(b->a, "attained_%zu", i + 1), _("Attained"),
			     PAPER_PERCENT);
	}
	paper_group(b->p, NULL);
}

static void table_row(struct print_build *b, const json_t *row, const char *label)
{
	const json_t *target;
	size_t i;

	paper_row(b->p, text_at(row, "unit"), label);
	build_number(b, json_object_get(row, "value"));
	json_array_foreach(json_object_get(row, "targets"), i, target)
	{
		build_number(b, json_object_get(target, "goal"));
		build_percent(b, json_object_get(target, "attained_percent"));
	}
	build_number(b, json_object_get(row, "members"));
	build_number(b, json_object_get(row, "reported"));
	build_number(b, json_object_get(row, "expected"));
}

/* The document in full, as each column group names only its number. */
static void target_footnotes(struct print_build *b, const json_t *instruments)
{
	const json_t *one;
	size_t i;

	json_array_foreach(instruments, i, one)
	{
		const char *issuer = text_at(one, "issuer"), *period = text_at(one, "period");
		const char *words = build_capital(b->a, target_words(b->a, one));

		paper_footnote(b->p, arena_printf(b->a, "(%zu) %s%s%s%s%s", i + 1, words,
						  *issuer ? ", " : "", issuer, *period ? ", " : "",
						  period));
	}
}

static void marked_footnotes(struct print_build *b, const json_t *counts)
{
	long long changed = (long long)number_at(counts, "changed"),
		  broken = (long long)number_at(counts, "broken");

	if (changed)
		paper_footnote(b->p,
			       show_text(b->a, _("To look into: %lld sheets changed since signing"),
					 changed));
	if (broken)
		paper_footnote(b->p, show_text(b->a,
					       _("To look into: %lld signed sheets whose figures "
						 "do not agree"),
					       broken));
}

static void grassroots_footnote(struct print_build *b)
{
	const json_t *units = json_object_get(b->answer, "units");
	int64_t committees = number_at(units, unit_kind_name(UNIT_BASE_COMMITTEE)),
		cells = number_at(units, unit_kind_name(UNIT_BASE_CELL));

	if (committees + cells)
		paper_footnote(
			b->p,
			arena_printf(b->a,
				     _("Grassroots organisations: %s = %s committees + %s cells"),
				     show_number(b->a, committees + cells),
				     show_number(b->a, committees), show_number(b->a, cells)));
}

int build_table(struct print_build *b)
{
	const json_t *total = json_object_get(b->answer, "total"), *row,
		     *instruments = instruments_of(b->answer);
	const char *measure = measure_name_of(b->names, text_at(b->answer, "measure"));
	size_t i;

	paper_table(b->p, "table", "");
	paper_label(b->p, _("Unit"), true);
	paper_column(b->p, "value", measure, PAPER_NUMBER);
	target_columns(b, instruments);
	paper_column(b->p, "members", _("Members"), PAPER_NUMBER);
	paper_group(b->p, _("Units that report"));
	paper_column(b->p, "reported", _("Sent"), PAPER_NUMBER);
	paper_column(b->p, "expected", _("Expected"), PAPER_NUMBER);
	json_array_foreach(json_object_get(b->answer, "rows"), i, row)
		table_row(b, row, build_name(row));
	table_row(b, total, _("Whole unit"));
	paper_total(b->p);
	target_footnotes(b, instruments);
	grassroots_footnote(b);
	marked_footnotes(b, total);
	return 0;
}

/* ---- totals ---- */

static void totals_measures(struct print_build *b)
{
	const json_t *before = json_object_get(b->answer, "prev_year");
	const char *code;
	json_t *value;
	bool computed = false;

	paper_table(b->p, "measures", _("Figures"));
	paper_label(b->p, _("Measure"), true);
	paper_column(b->p, "value", _("This period"), PAPER_NUMBER);
	paper_column(b->p, "prev_year", _("Same period last year"), PAPER_NUMBER);
	paper_column(b->p, "of_prev_year", _("To last year"), PAPER_PERCENT);
	json_object_foreach(json_object_get((json_t *)b->answer, "measures"), code, value)
	{
		const json_t *prev = json_object_get(json_object_get(before, code), "value");

		computed |=
			json_is_true(json_object_get(json_object_get(before, code), "computed"));
		if (!json_is_integer(value) && !json_is_integer(prev))
			continue;
		paper_row(b->p, code, measure_name_of(b->names, code));
		build_number(b, value);
		build_number(b, prev);
		build_ratio(b, value, prev);
	}
	if (computed)
		paper_footnote(b->p,
			       _("Last year's figures are computed: the sums of the units that "
				 "it was made of."));
	paper_footnote(
		b->p,
		_("The last column compares with last year; it is no attainment of a target."));
}

static void totals_targets(struct print_build *b)
{
	const json_t *targets = json_object_get(b->answer, "targets"), *t;
	size_t i;

	if (!json_array_size(targets))
		return;
	paper_table(b->p, "targets", _("Targets"));
	paper_label(b->p, _("Document"), true);
	paper_column(b->p, "goal", _("Target"), PAPER_NUMBER);
	paper_column(b->p, "attained", _("So far"), PAPER_NUMBER);
	paper_column(b->p, "attained_percent", _("Attained"), PAPER_PERCENT);
	paper_column(b->p, "excess", _("Over or missing"), PAPER_NUMBER);
	json_array_foreach(targets, i, t)
	{
		const char *words = build_capital(b->a, target_words(b->a, t));

		paper_row(b->p, text_at(t, "instrument"),
			  arena_printf(b->a, "%s, %s", words, text_at(t, "period")));
		build_number(b, json_object_get(t, "goal"));
		build_number(b, json_object_get(t, "attained"));
		build_percent(b, json_object_get(t, "attained_percent"));
		build_number(b, json_object_get(t, "excess"));
	}
}

static void totals_reporting(struct print_build *b)
{
	const json_t *units = json_object_get(b->answer, "reporting"),
		     *sheets = json_object_get(b->answer, "sheets");

	paper_table(b->p, "reporting", _("Reports"));
	paper_label(b->p, "", false);
	paper_column(b->p, "expected", _("Expected"), PAPER_NUMBER);
	paper_column(b->p, "sent", _("Sent"), PAPER_NUMBER);
	paper_column(b->p, "accepted", _("Accepted"), PAPER_NUMBER);
	paper_column(b->p, "late", _("Late"), PAPER_NUMBER);
	paper_row(b->p, "units", _("Units"));
	build_number(b, json_object_get(units, "expected"));
	build_number(b, json_object_get(units, "reported"));
	build_number(b, json_object_get(units, "accepted"));
	build_number(b, json_object_get(units, "late"));
	paper_row(b->p, "sheets", _("Sheets"));
	build_number(b, json_object_get(sheets, "expected"));
	build_number(b, json_object_get(sheets, "signed"));
	build_number(b, json_object_get(sheets, "accepted"));
	build_number(b, json_object_get(sheets, "late"));
	marked_footnotes(b, sheets);
}

int build_totals(struct print_build *b)
{
	paper_form(b->p, NULL);
	totals_measures(b);
	totals_targets(b);
	totals_reporting(b);
	return 0;
}
