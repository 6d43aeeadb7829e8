/* The paper of one sheet: as it stands, or with room for a pen. */
#include "paper_data.h"
#include "print_build.h"

#include "base/lang.h"
#include "ledger/months.h"

/* "1.B1 2.I" of the file, as people write rows of forms: apart by a comma. */
static const char *row_words(struct arena *a, const char *row)
{
	char *text = arena_str(a, span_str(row));

	for (char *c = text; c && *c; c++)
		if (*c == ' ')
			*c = ';';
	return text ? text : "";
}

static unsigned depth_of(const struct form *f, const struct measure *m)
{
	unsigned depth = 0;

	while (m && m->parent && depth < 3) {
		m = form_measure(f, m->parent);
		depth++;
	}
	return depth;
}

static const char *measure_name(const struct measure *m)
{
	return lang_now() == TEXT_VI ? m->name_vi : m->name_en;
}

struct seen {
	bool known, contested;
	int64_t value;
};

static struct seen in_sheet(const struct sheet *s, uint32_t unit, uint16_t measure)
{
	struct figure f = { 0 };

	if (s)
		f = sheet_figure(s, measure, unit);
	if (!f.winner || f.winner->state == FIGURE_BLANK)
		return (struct seen){ .known = false };
	return (struct seen){ true, f.count > 1, f.winner->value };
}

/* An opening stock: the form takes it from a measure of the period before, unless somebody wrote it. */
static struct seen opening(const struct print_sheet *s, const struct measure *m)
{
	for (size_t i = 0; m->need == NEED_COMPUTED && i < s->form->rule_count; i++) {
		const struct rule *r = &s->form->rules[i];

		if (r->compare == RULE_EQ && r->left_count == 1 && r->right_count == 1 &&
		    r->left[0].function == TERM_MEASURE && r->left[0].measure == m->no &&
		    r->right[0].function == TERM_PREV && r->right[0].factor == 1)
			return in_sheet(s->before, s->unit, r->right[0].measure);
	}
	return (struct seen){ .known = false };
}

static struct seen figure_now(const struct print_sheet *s, const struct measure *m)
{
	struct seen f = in_sheet(s->now, s->unit, m->no);

	for (size_t i = 0; i < s->typed_count; i++)
		if (s->typed[i].measure == m->no)
			return (struct seen){ s->typed[i].state != FIGURE_BLANK, false,
					      s->typed[i].value };
	return f.known ? f : opening(s, m);
}

static const char *state_of(const struct print_sheet *s)
{
	enum month_work work = WORK_SENT;

	if (!s->typed_count && (!s->now || sheet_status(s->now) == SHEET_EMPTY))
		work = WORK_BLANK;
	else if (s->typed_count || !sheet_counts(s->now))
		work = s->now && s->now->returned_lsn ? WORK_RETURNED : WORK_DRAFT;
	else if (sheet_status(s->now) == SHEET_CHANGED)
		return _(month_mark_text(MARK_CHANGED));
	else if (s->now->accepted_lsn)
		work = WORK_ACCEPTED;
	return _(month_work_text(work));
}

struct period print_period_before(struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to + 1);
	int months = (to.year - from.year) * 12 + to.month - from.month;
	int at = from.year * 12 + from.month - 1 - (months > 0 ? months : 1);
	struct period out = { 0, p.from - 1 };

	if (!day_from_ymd(&out.from, at / 12, at % 12 + 1, from.day))
		out.from = out.to;
	return out;
}

static void figure_row(struct paper *p, const struct print_sheet *s, const struct measure *m,
		       bool blank, struct arena *a, size_t *contested)
{
	struct seen now = figure_now(s, m), before = in_sheet(s->before, s->unit, m->no);
	/* what the form knows by itself is not asked for again */
	bool shown = !blank || m->need == NEED_COMPUTED;
	const char *name = measure_name(m);

	if (now.contested && shown) {
		name = arena_printf(a, "%s (*)", name);
		++*contested;
	}
	paper_row(p, m->code, name);
	paper_indent(p, depth_of(s->form, m));
	paper_text(p, row_words(a, m->row));
	paper_number(p, now.known && shown, now.value);
	paper_number(p, before.known, before.value);
}

static long long lsn_of(const struct print_sheet *s, struct ledger *l)
{
	return (long long)(s->known_at == UINT64_MAX ? ledger_info(l).lsn : s->known_at);
}

static void about(struct paper *p, const struct print_sheet *s, bool blank, struct ledger *l,
		  struct arena *a)
{
	const char *code = unit_code_of(l, s->unit);
	const char *kind = print_kind_name(blank ? PRINT_BLANK : PRINT_SHEET);
	const char *period = show_period(a, s->period);

	paper_about(p,
		    arena_printf(a, "%s %s %s %s %lld", kind, code, s->form->code, period,
				 lsn_of(s, l)),
		    arena_printf(a, _("%s, from %s to %s"),
				 unit_name_of(l, s->unit, s->period.to, s->known_at),
				 show_day(a, s->period.from), show_day(a, s->period.to)));
	paper_form(p, arena_printf(a, _("Form %s, version %u"), s->form->code,
				   (unsigned)s->form->version));
	paper_mark(p, mark_of(l) == MARK_YES ? illustrative_mark : NULL);
}

int print_sheet(struct paper **out, const struct print_sheet *s, bool blank, struct ledger *l,
		struct arena *a, struct err *e)
{
	struct paper *p = paper_new(a, lang_now() == TEXT_VI ? s->form->name_vi : s->form->name_en);
	size_t contested = 0;

	*out = p;
	about(p, s, blank, l, a);
	if (!blank)
		paper_note(p, build_capital(a, state_of(s)));
	paper_note(p, build_capital(a, show_text(a, _("known at entry %lld"), lsn_of(s, l))));
	paper_table(p, "sheet", "");
	paper_label(p, _("Measure"), true);
	paper_column(p, "row", _("Row"), PAPER_TEXT);
	paper_column(p, "value", _("This period"), PAPER_NUMBER);
	paper_column(p, "before", _("Period before"), PAPER_NUMBER);
	for (size_t i = 0; i < s->form->measure_count; i++)
		figure_row(p, s, &s->form->measures[i], blank, a, &contested);
	if (blank)
		paper_footnote(
			p,
			_("Write 0 where nothing happened; leave empty only what is not known."));
	if (contested)
		paper_footnote(
			p, _("(*) two different figures stand here; one is still to be chosen"));
	return paper_whole(p, e);
}
