/* figures.csv: history. Rows of one unit, form and period make one sheet, signed with its source. Where the
 * plan does not say that this unit reports these days, and nobody on its path does, the plan entry is
 * made. A figure for days that units below report becomes a claim, not a sheet. */
#include "import_row.h"

#include "domain/calendar.h"

#include <stdio.h>
#include <stdlib.h>

struct group {
	struct import *im;
	const struct row *first;
	const struct unit *unit;
	const struct form *form;
	struct period period;
	struct op_figure figures[MEASURES_MAX];
	const struct row *rows[MEASURES_MAX];
	size_t count;
	struct span source;
};

bool figures_together(const struct import *im, size_t i)
{
	const struct span *a = im->rows[i].cells, *b = im->rows[i + 1].cells;

	return span_eq(a[FIGURES_UNIT], b[FIGURES_UNIT]) &&
	       span_eq(a[FIGURES_FORM], b[FIGURES_FORM]) &&
	       span_eq(a[FIGURES_FROM], b[FIGURES_FROM]) && span_eq(a[FIGURES_TO], b[FIGURES_TO]);
}

static bool read_value(struct import *im, const struct row *row, struct op_figure *f)
{
	struct span text = row->cells[FIGURES_VALUE], approx = row->cells[FIGURES_APPROX];

	f->approx = span_eq(approx, SPAN_LIT("yes"));
	if (approx.len && !f->approx)
		return problem(im, row, FIGURES_APPROX, "yes, or empty");
	f->state = FIGURE_BLANK;
	if (!text.len)
		return true;
	f->state = FIGURE_NIL;
	if (span_eq(text, SPAN_LIT("-")))
		return true;
	if (!cell_count(im, row, FIGURES_VALUE, &f->value))
		return false;
	if (f->value > FIGURE_VALUE_MAX || f->value < -FIGURE_VALUE_MAX)
		return problem(im, row, FIGURES_VALUE, "the figure is too large");
	if (f->value)
		f->state = FIGURE_VALUE;
	return true;
}

static bool read_head(struct group *g)
{
	struct import *im = g->im;
	const struct row *row = g->first;
	struct span form = row->cells[FIGURES_FORM];
	bool ok = cell_unit(im, row, FIGURES_UNIT, &g->unit);

	g->form = ledger_form_code(im->l, form, im->e);
	if (!g->form)
		ok = problem(im, row, FIGURES_FORM, "there is no form %.*s", (int)form.len,
			     (const char *)form.data);
	ok &= cell_date(im, row, FIGURES_FROM, &g->period.from);
	ok &= cell_date(im, row, FIGURES_TO, &g->period.to);
	if (ok && g->period.to < g->period.from)
		ok = problem(im, row, FIGURES_TO, "the last day is before the first");
	g->source = row->cells[FIGURES_SOURCE].len ? row->cells[FIGURES_SOURCE] : im->source;
	return ok;
}

static bool add_figure(struct group *g, const struct row *row)
{
	struct import *im = g->im;
	struct span code = row->cells[FIGURES_MEASURE];
	const struct measure *m = form_measure_code(g->form, code);
	struct op_figure f = { .measure = 0 };
	size_t i = g->count;

	if (!m)
		return problem(im, row, FIGURES_MEASURE, "form %s has no measure %.*s",
			       g->form->code, (int)code.len, (const char *)code.data);
	if (m->need == NEED_COMPUTED)
		return problem(im, row, FIGURES_MEASURE, "%s is computed, never given", m->code);
	f.measure = m->no;
	if (!read_value(im, row, &f))
		return false;
	for (size_t k = 0; k < g->count; k++)
		if (g->figures[k].measure == m->no)
			return problem(im, row, FIGURES_MEASURE, "%s stands on line %zu too",
				       m->code, g->rows[k]->line);
	for (; i && g->figures[i - 1].measure > m->no; i--) {
		g->figures[i] = g->figures[i - 1];
		g->rows[i] = g->rows[i - 1];
	}
	g->figures[i] = f;
	g->rows[i] = row;
	g->count++;
	return true;
}

enum { GROUP_TEXT_MAX = 2 * CODE_MAX + PERIOD_TEXT_MAX + 4 };

/* In the words of the file, for a note. */
static const char *group_text(char out[GROUP_TEXT_MAX], const struct group *g)
{
	char period[PERIOD_TEXT_MAX];

	snprintf(out, GROUP_TEXT_MAX, "%s %s %s", g->unit->code, g->form->code,
		 period_text(period, g->period));
	return out;
}

static int act_plan(struct group *g, bool *below)
{
	struct op op = { .kind = OP_PLAN, .unit = g->unit->unit, .source = g->im->source };
	struct err why = { 0 };
	const struct unit *other;
	enum op_code code;
	bool in_way;
	char text[GROUP_TEXT_MAX];
	int rc;

	op.plan = (struct op_plan){ .form = g->form->no, .period = g->period, .step = PLAN_WHOLE };
	*below = false;
	rc = ledger_reporter(g->im->l, g->unit->unit, &op.plan, &other, g->im->e);
	if (rc)
		return rc;
	if (other) {
		*below = tree_inside(ledger_tree(g->im->l), other->unit, g->unit->unit,
				     g->period.to, UINT64_MAX);
		if (!*below)
			problem(g->im, g->first, FIGURES_UNIT, "%s above it reports these days",
				other->code);
		return 0;
	}
	rc = ledger_plan_in_way(g->im->l, g->unit->unit, &op.plan, g->im->how->now_ms, &in_way,
				g->im->e);
	if (rc)
		return rc;
	if (in_way)
		return problem(g->im, g->first, FIGURES_FROM,
			       "figures outside the plan: the unit reports these days otherwise");
	rc = ledger_act_told(g->im->l, &op, g->im->how->now_ms, NULL, &code, &why);
	if (rc == -ERR_INVALID && code == CODE_PLAN_INVALID)
		return problem(
			g->im, g->first, FIGURES_FROM,
			"figures outside the plan: for these days figures are there already, "
			"of this unit or below it, in other periods");
	if (rc == -ERR_INVALID)
		return problem_add(g->im, g->first, FIGURES_FROM, &why);
	if (rc) {
		*g->im->e = why;
		return rc;
	}
	g->im->out->entries++;
	note(g->im, "reporting plan: %s, as one sheet", group_text(text, g));
	return 0;
}

static code_columns claims_at = {
	[CODE_EXISTS] = AT_COLUMN(FIGURES_MEASURE),
};
static code_columns figures_at = {
	[CODE_UNIT_CLOSED] = AT_COLUMN(FIGURES_TO),
	[CODE_FORM_UNKNOWN] = AT_COLUMN(FIGURES_FORM),
	[CODE_MEASURE_UNKNOWN] = AT_COLUMN(FIGURES_MEASURE),
	[CODE_VALUE_RANGE] = AT_COLUMN(FIGURES_VALUE),
	[CODE_PERIOD_WRONG] = AT_COLUMN(FIGURES_FROM),
	[CODE_OUTSIDE_PLAN] = AT_COLUMN(FIGURES_FROM),
	[CODE_NO_REQUEST] = AT_COLUMN(FIGURES_TO),
	[CODE_CLOSED] = AT_COLUMN(FIGURES_FROM),
	[CODE_REASON_NEEDED] = AT_COLUMN(FIGURES_FROM),
};

static int act_claims(struct group *g)
{
	char text[GROUP_TEXT_MAX];
	int rc = 0;

	for (size_t i = 0; i < g->count && !rc; i++) {
		struct op op = { .kind = OP_CLAIM, .unit = g->unit->unit, .source = g->im->source };
		char id[CODE_MAX + 32];

		if (g->figures[i].state == FIGURE_BLANK)
			continue;
		snprintf(id, sizeof(id), "%s.%d.%u", g->unit->code, g->period.from,
			 g->figures[i].measure);
		op.claim = (struct op_claim){ .id = span_str(id),
					      .source = g->source,
					      .period = g->period,
					      .has_value = true,
					      .value = g->figures[i].value,
					      .measure = g->rows[i]->cells[FIGURES_MEASURE] };
		rc = row_act(g->im, g->rows[i], &op, claims_at);
	}
	note(g->im, "claim, not a sheet (units below report these days): %s", group_text(text, g));
	return rc;
}

static int act_sheet(struct group *g)
{
	struct op op = { .kind = OP_SHEET, .unit = g->unit->unit, .source = g->source };

	if (g->im->how->reason)
		op.reason = span_str(g->im->how->reason);
	op.sheet = (struct op_sheet){ .form = g->form->no,
				      .form_version = g->form->version,
				      .period = g->period,
				      .figures = g->figures,
				      .figure_count = g->count,
				      .sign.how = SIGN_IMPORT };
	return row_act(g->im, g->first, &op, figures_at);
}

static int act_group(struct group *g)
{
	struct sheet have;
	size_t problems = g->im->out->problem_count;
	bool planned, below = false;
	int rc = ledger_sheet(g->im->l, g->unit->unit, g->form->no, g->period, &have, g->im->e);

	if (!rc)
		return problem(
			g->im, g->first, FIGURES_FROM,
			"there is a sheet of this unit and period already; correct it by hand");
	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = ledger_planned(g->im->l, g->unit->unit, g->form->no, g->period, &planned, g->im->e);
	if (!rc && !planned && g->form->period != FORM_DAY)
		rc = act_plan(g, &below);
	if (rc || g->im->out->problem_count != problems)
		return rc;
	return below ? act_claims(g) : act_sheet(g);
}

int import_figures(struct import *im, size_t from, size_t to)
{
	struct group *g = arena_alloc(im->a, sizeof(*g));
	int rc = 0;

	if (!g)
		return err_set(im->e, ERR_NOMEM, "no memory to import");
	for (size_t i = from; i < to && !rc;) {
		size_t last = i;
		bool ok, known;

		*g = (struct group){ .im = im, .first = &im->rows[i] };
		while (last + 1 < to && figures_together(im, last))
			last++;
		ok = read_head(g);
		if (ok && last - i >= MEASURES_MAX)
			ok = problem(im, &im->rows[i + MEASURES_MAX], FIGURES_MEASURE,
				     "more than %d figures for one sheet", MEASURES_MAX);
		/* each row that is wrong, not only the first of a sheet */
		for (known = ok; known && i <= last; i++)
			ok &= add_figure(g, &im->rows[i]);
		i = last + 1;
		if (ok)
			rc = act_group(g);
	}
	return rc;
}
