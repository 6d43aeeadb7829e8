/* The paper of a statutory form: criterion, this period, the same period last year, the one in per cent of the other, and
 * where each figure comes from. */
#include "paper_data.h"
#include "print_build.h"

#include "base/lang.h"

static const struct form *form_of(const struct print_build *b)
{
	struct err ignored = { 0 };

	return ledger_form(
		b->names,
		ledger_form_code(b->names, span_str(text_at(b->answer, "form")), &ignored)->no,
		(uint16_t)number_at(b->answer, "version"), &ignored);
}

static unsigned depth_of(const struct form *f, const struct measure *m)
{
	unsigned depth = 0;

	for (; m && m->parent && depth < 3; depth++)
		m = form_measure(f, m->parent);
	return depth;
}

/* "1.B1 2.I" of the file, as people write rows of forms: apart by a semicolon. */
static const char *row_words(struct arena *a, const char *row)
{
	char *text = arena_str(a, span_str(row));

	for (char *c = text; c && *c; c++)
		if (*c == ' ')
			*c = ';';
	return text ? text : "";
}

static const char *split_words(struct print_build *b, const json_t *row)
{
	const json_t *typed = json_object_get(row, "typed");
	int64_t by_register = number_at(row, "register"), by_hand = number_at(row, "typed");

	if (!json_is_integer(json_object_get(row, "value")))
		return "";
	if (!json_is_integer(typed))
		return _("the units");
	if (by_register && by_hand)
		return arena_printf(b->a, _("register %s, typed %s"),
				    show_number(b->a, by_register), show_number(b->a, by_hand));
	return by_hand ? _("typed") : by_register ? _("register") : _("the units");
}

static const char *origin_words(struct print_build *b, const json_t *row)
{
	static const struct {
		const char *from, *text;
	} texts[] = {
		{ "sheets", N_("monthly sheets") },
		{ "first", N_("monthly sheets") },
		{ "unit", N_("the units' sheets") },
		{ "mean", N_("sum and count") },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!strcmp(text_at(row, "from"), texts[i].from))
			return _(texts[i].text);
	return split_words(b, row);
}

/* What was signed is not what the months come to now: months were corrected since, or not all have signed. */
static bool differs(const json_t *row)
{
	const json_t *sheets = json_object_get(row, "sheets"),
		     *value = json_object_get(row, "value");

	return json_is_integer(sheets) && json_is_integer(value) &&
	       json_integer_value(sheets) != json_integer_value(value);
}

static void put_figures(struct print_build *b, const json_t *row)
{
	const json_t *of = json_object_get(row, "of");

	if (json_is_array(of)) {
		paper_mean(b->p, json_is_string(json_object_get(row, "mean")),
			   json_integer_value(json_array_get(of, 0)),
			   json_integer_value(json_array_get(of, 1)));
		of = json_object_get(row, "prev_of");
		paper_mean(b->p, json_is_string(json_object_get(row, "prev_mean")),
			   json_integer_value(json_array_get(of, 0)),
			   json_integer_value(json_array_get(of, 1)));
	} else {
		build_number(b, json_object_get(row, "value"));
		build_number(b, json_object_get(row, "prev"));
	}
	build_percent(b, json_object_get(row, "percent"));
}

static void put_row(struct print_build *b, const struct form *f, const json_t *row, size_t *off)
{
	const char *code = text_at(row, "measure");
	const struct measure *m = form_measure_code(f, span_str(code));
	const char *name = measure_name_of(b->names, code);

	if (differs(row)) {
		name = arena_printf(b->a, "%s (*)", name);
		++*off;
	}
	paper_row(b->p, code, name);
	paper_indent(b->p, depth_of(f, m));
	paper_text(b->p, row_words(b->a, text_at(row, "row")));
	put_figures(b, row);
	paper_text(b->p, origin_words(b, row));
}

static void moves(struct print_build *b)
{
	const json_t *m = json_object_get(b->answer, "moves");

	if (!json_is_object(m))
		return;
	paper_table(b->p, "moves", _("Moves inside the unit"));
	paper_label(b->p, "", false);
	paper_column(b->p, "members", _("Members"), PAPER_NUMBER);
	paper_row(b->p, "out", _("Moved out to another organisation of the unit"));
	build_number(b, json_object_get(m, "out"));
	paper_row(b->p, "in", _("Moved in from another organisation of the unit"));
	build_number(b, json_object_get(m, "in"));
	paper_row(b->p, "difference", _("Do not cancel out: left a list, and are on no other yet"));
	build_number(b, json_object_get(m, "difference"));
	paper_row(b->p, "on_the_way", _("On the way at the end of the period, by the register"));
	build_number(b, json_object_get(m, "on_the_way"));
	paper_footnote(b->p,
		       _("Members on the way are on nobody's list: the difference is those who "
			 "left in the period and had not arrived by its end, less those who "
			 "arrived and had left before it."));
}

static void notes(struct print_build *b)
{
	const char *source = text_at(b->answer, "source");
	long long missing = (long long)number_at(b->answer, "months_missing");

	if (*source)
		paper_note(b->p, source);
	paper_note(b->p, arena_printf(b->a, _("Reported by %s of %s units"),
				      show_number(b->a, number_at(b->answer, "reported")),
				      show_number(b->a, number_at(b->answer, "expected"))));
	if (missing)
		paper_note(b->p, show_text(b->a, _("Monthly sheets not sent yet: %lld"), missing));
}

int build_stat_form(struct print_build *b)
{
	const struct form *f = form_of(b);
	const char *number = text_at(b->answer, "number");
	const json_t *row;
	size_t i, off = 0;

	b->p->title = lang_now() == TEXT_VI ? f->name_vi : f->name_en;
	paper_form(b->p, *number ? number : NULL);
	notes(b);
	paper_table(b->p, "form", "");
	paper_label(b->p, _("Criterion"), true);
	paper_column(b->p, "row", _("Row"), PAPER_TEXT);
	paper_column(b->p, "value", _("This period"), PAPER_NUMBER);
	paper_column(b->p, "prev", _("Same period last year"), PAPER_NUMBER);
	paper_column(b->p, "percent", _("To last year"), PAPER_PERCENT);
	paper_column(b->p, "origin", _("Comes from"), PAPER_TEXT);
	json_array_foreach(json_object_get(b->answer, "rows"), i, row) put_row(b, f, row, &off);
	paper_footnote(
		b->p,
		_("The per cent column compares with last year; it is no attainment of a target."));
	if (off)
		paper_footnote(b->p, _("(*) the monthly sheets come to another figure by now: a "
				       "form is not signed yet, or months were corrected since"));
	moves(b);
	return 0;
}
