/* Papers of `rank`, `laggards`, `sources` and `commend`. */
#include "print_build.h"

#include "base/lang.h"
#include "domain/lag.h"
#include "domain/rank.h"
#include "domain/source.h"
#include "domain/urge.h"

/* By which document: names it, as every percentage must. */
static void by_note(struct print_build *b)
{
	const char *measure = measure_name_of(b->names, text_at(b->answer, "measure"));
	const char *by = *text_at(b->answer, "instrument") ? target_words(b->a, b->answer) : "";

	paper_note(b->p, *by ? arena_printf(b->a, "%s; %s", measure, by) : measure);
}

/* ---- rank ---- */

static const char *group_words(const char *group)
{
	static const char *const words[][2] = {
		{ "locality", N_("localities") },
		{ "bloc", N_("blocs and bodies") },
		{ "armed", N_("army, police, border guard") },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i][0], group))
			return _(words[i][1]);
	return group;
}

static const char *apart_words(struct print_build *b, const json_t *row)
{
	static const char *const words[RANK_APARTS] = {
		[RANK_NO_SOURCE] = N_("no eligible people left"),
		[RANK_NOT_REPORTED] = N_("not reported"),
		[RANK_NO_TARGET] = N_("no target"),
		[RANK_LIMIT] = N_("a limit"),
		[RANK_NO_MEMBERS] = N_("no members known"),
	};
	const char *apart = text_at(row, "apart");

	if (!strcmp(apart, rank_apart_name(RANK_SHEET_MISSING)))
		return show_text(b->a, _("%llu due sheets missing"),
				 (unsigned long long)number_at(row, "sheets_missing"));
	if (!strcmp(apart, rank_apart_name(RANK_SMALL_TARGET)))
		return show_text(b->a, _("small target: %lld/%lld"),
				 (long long)number_at(row, "value"),
				 (long long)number_at(row, "goal"));
	for (unsigned i = 1; i < RANK_APARTS && *apart; i++)
		if (words[i] && !strcmp(apart, rank_apart_name((enum rank_apart)i)))
			return _(words[i]);
	return "";
}

static void rank_row(struct print_build *b, const json_t *row, bool rate)
{
	const json_t *place = json_object_get(row, "place");
	const char *in_group = json_is_integer(json_object_get(row, "in_group"))
				       ? arena_printf(b->a, "%lld/%lld",
						      (long long)number_at(row, "in_group"),
						      (long long)number_at(row, "in_group_of"))
				       : "";

	paper_row(b->p, text_at(row, "unit"), build_name(row));
	build_number(b, place);
	build_number(b, json_object_get(row, "value"));
	build_number(b, json_object_get(row, rate ? "members" : "goal"));
	build_percent(b, json_object_get(row, rate ? "rate_percent" : "attained_percent"));
	build_text(b, group_words(text_at(row, "group")));
	build_text(b, in_group);
	build_text(b, apart_words(b, row));
}

int build_rank(struct print_build *b)
{
	const char *by = text_at(b->answer, "by");
	bool rate = !strcmp(by, rank_by_name(RANK_BY_RATE));
	const json_t *row;
	size_t i;

	by_note(b);
	paper_note(b->p, build_capital(b->a, rate ? _("ranked by the rate to members")
					     : !strcmp(by, rank_by_name(RANK_BY_COUNT))
						     ? _("ranked by number")
						     : _("ranked by attainment of the target")));
	paper_table(b->p, "rank", "");
	paper_label(b->p, _("Unit"), false);
	paper_column(b->p, "place", build_capital(b->a, _("place")), PAPER_NUMBER);
	paper_column(b->p, "value", _("So far"), PAPER_NUMBER);
	paper_column(b->p, rate ? "members" : "goal", rate ? _("Members") : _("Target"),
		     PAPER_NUMBER);
	paper_column(b->p, rate ? "rate_percent" : "attained_percent",
		     rate ? _("Rate to members") : _("Attained"), PAPER_PERCENT);
	paper_column(b->p, "group", build_capital(b->a, _("group")), PAPER_TEXT);
	paper_column(b->p, "in_group", build_capital(b->a, _("in the group")), PAPER_TEXT);
	paper_column(b->p, "apart", build_capital(b->a, _("without a place")), PAPER_TEXT);
	json_array_foreach(json_object_get(b->answer, "rows"), i, row) rank_row(b, row, rate);
	return 0;
}

/* ---- laggards ---- */

static const char *cause_words(struct print_build *b, const json_t *row)
{
	static const char *const words[LAG_CAUSES] = {
		[LAG_NOT_REPORTED] = N_("sheets missing"),
		[LAG_NO_SOURCE] = N_("no eligible people left"),
		[LAG_LATE_DOSSIERS] = N_("dossiers wait"),
		[LAG_LOW] = N_("too few so far"),
		[LAG_EXCEEDED] = N_("the limit is exceeded"),
	};
	int64_t missing = number_at(row, "sheets_missing");

	for (unsigned i = 1; i < LAG_CAUSES; i++)
		if (!strcmp(text_at(row, "cause"), lag_cause_name((enum lag_cause)i)))
			return !missing ? _(words[i])
					: arena_printf(b->a, "%s (%s)", _(words[i]),
						       show_number(b->a, missing));
	return "";
}

/* What was done last, and how often something was. */
static const char *note_words(struct print_build *b, const json_t *row)
{
	const json_t *note = json_array_get(json_object_get(row, "notes"), 0);

	return !note ? ""
		     : arena_printf(b->a, "%s: %s", show_iso_day(b->a, text_at(note, "day")),
				    text_at(note, "text"));
}

/* What comes next by the province's ladder, and until when. */
static const char *step_words(struct print_build *b, const json_t *row)
{
	const json_t *next = json_object_get(row, "next_step");
	enum urge_step step = urge_step_parse(span_str(text_at(next, "step")));
	int64_t number = number_at(next, "number");
	const char *text = _(urge_step_text(step));

	if (step == URGE_NONE)
		return "";
	if (number > 1)
		text = arena_printf(b->a, _("%s no. %u"), text, (unsigned)number);
	return arena_printf(b->a, "%s: %s", show_iso_day(b->a, text_at(next, "due")), text);
}

static void laggard_row(struct print_build *b, const json_t *row)
{
	const char *contact = text_at(row, "contact"), *phone = text_at(row, "phone");

	paper_row(b->p, text_at(row, "unit"), build_name(row));
	build_text(b, cause_words(b, row));
	build_number(b, json_object_get(row, "value"));
	build_number(b, json_object_get(row, "by_now"));
	build_number(b, json_object_get(row, "goal"));
	build_percent(b, json_object_get(row, "attained_percent"));
	build_number(b, json_object_get(row, "per_month"));
	build_text(b, arena_printf(b->a, "%s%s%s", contact, *contact && *phone ? ", " : "", phone));
	build_text(b, text_at(json_object_get(row, "officer"), "name"));
	build_text(b, note_words(b, row));
	build_text(b, step_words(b, row));
}

int build_laggards(struct print_build *b)
{
	const json_t *rows = json_object_get(b->answer, "rows"), *row;
	size_t i;

	by_note(b);
	paper_note(b->p, arena_printf(b->a, _("%s of %s units are behind"),
				      show_number(b->a, (int64_t)json_array_size(rows)),
				      show_number(b->a, number_at(b->answer, "of"))));
	paper_table(b->p, "laggards", "");
	paper_label(b->p, _("Unit"), true);
	paper_column(b->p, "cause", build_capital(b->a, _("cause")), PAPER_TEXT);
	paper_column(b->p, "value", _("So far"), PAPER_NUMBER);
	paper_column(b->p, "by_now", build_capital(b->a, _("due")), PAPER_NUMBER);
	paper_column(b->p, "goal", _("Target"), PAPER_NUMBER);
	paper_column(b->p, "attained_percent", _("Attained"), PAPER_PERCENT);
	paper_column(b->p, "per_month", _("Needed each month"), PAPER_NUMBER);
	paper_column(b->p, "contact", build_capital(b->a, _("contact")), PAPER_TEXT);
	paper_column(b->p, "officer", build_capital(b->a, _("followed by")), PAPER_TEXT);
	paper_column(b->p, "note", _("What was done last"), PAPER_TEXT);
	paper_column(b->p, "next_step", build_capital(b->a, _("next step")), PAPER_TEXT);
	json_array_foreach(rows, i, row) laggard_row(b, row);
	return 0;
}

/* ---- sources ---- */

static void rate_cells(struct print_build *b, const json_t *rate)
{
	build_number(b, json_object_get(rate, "part"));
	build_number(b, json_object_get(rate, "whole"));
	build_percent(b, json_object_get(rate, "percent"));
}

static void source_rates_of(struct print_build *b)
{
	const json_t *rates = json_object_get(json_object_get(b->answer, "total"), "rates");
	size_t count;
	const struct source_rate *all = source_rates(&count);

	paper_table(b->p, "rates", _("Whole unit"));
	paper_label(b->p, _("Measure"), true);
	paper_column(b->p, "of", _("Of"), PAPER_TEXT);
	paper_column(b->p, "part", _("Number"), PAPER_NUMBER);
	paper_column(b->p, "whole", _("Out of"), PAPER_NUMBER);
	paper_column(b->p, "percent", "%", PAPER_PERCENT);
	for (size_t i = 0; i < count; i++) {
		paper_row(b->p, all[i].code, measure_name_of(b->names, all[i].part));
		build_text(b, measure_name_of(b->names, all[i].whole));
		rate_cells(b, json_object_get(rates, all[i].code));
	}
}

static const char *const shown_rates[][2] = {
	{ "class", N_("In class or listed") },
	{ "admitted", N_("Admitted of source") },
	{ "hamlets-no-cell", N_("Hamlets without cell") },
};

static void source_row(struct print_build *b, const json_t *row, const char *label)
{
	paper_row(b->p, text_at(row, "unit"), label);
	for (size_t i = 0; i < ARRAY_LEN(shown_rates); i++)
		rate_cells(b, json_object_get(json_object_get(row, "rates"), shown_rates[i][0]));
}

static void source_units(struct print_build *b)
{
	const json_t *rows = json_object_get(b->answer, "rows"), *row;
	size_t i;

	if (!json_array_size(rows))
		return;
	paper_table(b->p, "units", _("By unit"));
	paper_label(b->p, _("Unit"), true);
	for (i = 0; i < ARRAY_LEN(shown_rates); i++) {
		const char *code = shown_rates[i][0];

		paper_group(b->p, _(shown_rates[i][1]));
		paper_column(b->p, arena_printf(b->a, "%s_part", code), _("Number"), PAPER_NUMBER);
		paper_column(b->p, arena_printf(b->a, "%s_whole", code), _("Out of"), PAPER_NUMBER);
		paper_column(b->p, arena_printf(b->a, "%s_percent", code), "%", PAPER_PERCENT);
	}
	json_array_foreach(rows, i, row) source_row(b, row, build_name(row));
	source_row(b, json_object_get(b->answer, "total"), _("Whole unit"));
	paper_total(b->p);
}

static void source_dry_months(struct print_build *b)
{
	const json_t *row;
	size_t i;

	paper_table(b->p, "dry", _("Organisations without an admission"));
	paper_label(b->p, _("Months in a row"), false);
	paper_column(b->p, "none", _("Without an admission"), PAPER_NUMBER);
	paper_column(b->p, "unknown", _("Not all months known"), PAPER_NUMBER);
	paper_column(b->p, "of", _("Out of"), PAPER_NUMBER);
	json_array_foreach(json_object_get(b->answer, "without_admission"), i, row)
	{
		const char *months = show_number(b->a, number_at(row, "months"));

		paper_row(b->p, months, months);
		build_number(b, json_object_get(row, "none"));
		build_number(b, json_object_get(row, "unknown"));
		build_number(b, json_object_get(row, "of"));
	}
}

int build_sources(struct print_build *b)
{
	paper_form(b->p, NULL);
	paper_note(b->p, arena_printf(b->a, _("Reported by %s of %s units"),
				      show_number(b->a, number_at(b->answer, "reported")),
				      show_number(b->a, number_at(b->answer, "expected"))));
	source_rates_of(b);
	source_units(b);
	source_dry_months(b);
	return 0;
}

/* ---- people put forward ---- */

static const char *person_words(const json_t *one)
{
	const char *person = text_at(one, "person");

	if (*person)
		return person;
	return json_is_true(json_object_get(one, "named")) ? _("(sealed)") : "";
}

/* Names where the answer has them: at a device that may open them. */
int build_commended(struct print_build *b)
{
	const json_t *one;
	bool hidden = false;
	size_t i;

	paper_table(b->p, "commended", "");
	paper_label(b->p, _("Unit"), true);
	paper_column(b->p, "person", _("Full name"), PAPER_TEXT);
	paper_column(b->p, "title", build_capital(b->a, _("office held")), PAPER_TEXT);
	paper_column(b->p, "helped", build_capital(b->a, _("helped, and admitted")), PAPER_NUMBER);
	paper_column(b->p, "period", _("Period"), PAPER_TEXT);
	paper_column(b->p, "reason", build_capital(b->a, _("reason")), PAPER_TEXT);
	json_array_foreach(json_object_get(b->answer, "people"), i, one)
	{
		struct period p = { 0, 0 };

		(void)period_parse(&p, span_str(text_at(one, "period")), NULL);
		paper_row(b->p, text_at(one, "unit"), build_name(one));
		build_text(b, person_words(one));
		build_text(b, text_at(one, "title"));
		build_number(b, json_object_get(one, "helped"));
		build_text(b, show_period(b->a, p));
		build_text(b, text_at(one, "reason"));
		hidden |= json_is_true(json_object_get(one, "named")) && !*text_at(one, "person");
	}
	if (hidden)
		paper_footnote(b->p, _("Who stands there as (sealed) is named on the list that the "
				       "unit itself prints"));
	return 0;
}
