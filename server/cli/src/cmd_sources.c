/* sources UNIT: whom there is to admit from, how far the goals beside admissions are, each as n of N, and the
 * organisations into which nobody came for long. */
#include "answers.h"
#include "show.h"

#include "base/csv.h"
#include "base/num.h"
#include "domain/source.h"
#include "report/csv_out.h"
#include "report/question.h"
#include "report/report.h"

enum { DRY_MONTHS = 36, SPANS = 3 };
static const size_t spans[SPANS] = { 12, 24, 36 };

struct source_row {
	const struct unit *unit;
	const struct totals *totals;
};

struct dry_count {
	uint64_t organisations, none[SPANS], unknown[SPANS];
};

struct survey {
	struct cli *c;
	struct question question;
	struct source_row top, *rows;
	size_t count;
	uint64_t expected, reported; /* units, of the survey itself */
	struct dry_count dry;
};

/* ---- figures ---- */

/* -1: nobody reported it. */
static int64_t value_of(const struct survey *s, const struct totals *t, const char *code)
{
	uint16_t no = ledger_measure(s->c->store.ledger, span_str(code));

	for (size_t i = 0; no && i < t->measure_count; i++)
		if (t->measures[i].measure == no && t->measures[i].count)
			return t->measures[i].sum;
	return -1;
}

static int ask(struct survey *s, uint32_t unit, uint16_t measure, const struct totals **out)
{
	struct totals *t = arena_alloc(s->c->arena, sizeof(*t));
	struct query q = s->question.q;

	if (!t)
		return err_set(&s->c->err, ERR_NOMEM, "no memory for totals");
	q.unit = unit;
	q.measure = measure;
	*out = t;
	return query_totals(t, s->c->store.ledger, &q, s->c->arena, &s->c->err);
}

static int fill(struct survey *s, struct source_row *r, const struct unit *u)
{
	r->unit = u;
	return ask(s, u->unit, 0, &r->totals);
}

/* ---- months without anybody ---- */

/* Newest first; -1 where the month was not reported. */
static int read_months(struct survey *s, uint32_t unit, uint8_t form, int64_t out[DRY_MONTHS])
{
	struct ledger *l = s->c->store.ledger;
	uint16_t admitted = ledger_measure(l, SPAN_LIT("admitted"));
	struct period p = { .to = day_month_last(s->question.q.period.to) };

	for (size_t i = 0; i < DRY_MONTHS; i++, p.to = p.from - 1) {
		struct sheet sheet;
		int rc;

		p.from = p.to - day_to_ymd(p.to).day + 1;
		out[i] = -1;
		rc = query_sheet_at(l, unit, form, p, s->question.q.known_at, &sheet, &s->c->err);
		if (rc == -ERR_NOTFOUND)
			err_clear(&s->c->err);
		else if (rc)
			return rc;
		if (!rc && sheet_counts(&sheet)) {
			struct figure f = sheet_figure(&sheet, admitted, unit);

			if (f.winner && f.winner->state != FIGURE_BLANK)
				out[i] = f.winner->value;
		}
	}
	return 0;
}

/* An organisation counts when it reported any of these months. */
static int count_dry(struct survey *s)
{
	struct cli *c = s->c;
	const struct tree *tree = ledger_tree(c->store.ledger);
	const struct form *monthly = ledger_form_code(c->store.ledger, SPAN_LIT("monthly"),
						      &c->err);
	const struct query *q = &s->question.q;
	int64_t months[DRY_MONTHS];
	int rc = 0;

	err_clear(&c->err);
	for (size_t i = 0; monthly && i < tree_count(tree) && !rc; i++) {
		const struct unit *u = tree_at(tree, i);
		bool any = false;

		if (!unit_alive(u, q->period.to) ||
		    !tree_inside(tree, u->unit, s->top.unit->unit, q->period.to, q->known_at))
			continue;
		rc = read_months(s, u->unit, monthly->no, months);
		for (size_t m = 0; !rc && m < DRY_MONTHS; m++)
			any |= months[m] >= 0;
		s->dry.organisations += any;
		for (size_t k = 0; any && k < SPANS; k++) {
			enum source_dry dry = source_dry(months, DRY_MONTHS, spans[k]);

			s->dry.none[k] += dry == DRY_YES;
			s->dry.unknown[k] += dry == DRY_UNKNOWN;
		}
	}
	return rc;
}

static int read_all(struct survey *s, const char *code)
{
	struct cli *c = s->c;
	struct question_words words = { .period = options.period, .known_at = options.known_at };
	const struct unit *top, **units;
	const struct totals *own;
	size_t count;
	int rc = parse_unit(c, code, &top);

	if (!rc && !options.period)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD"));
	if (!rc)
		rc = cli_misused(c, question_read(&s->question, &words, day_of_instant(cli_now(c)),
						  &c->err));
	if (!rc)
		rc = question_known(&s->question, c->store.ledger, &c->err);
	if (!rc)
		rc = fill(s, &s->top, top);
	if (!rc)
		rc = ask(s, top->unit, ledger_measure(c->store.ledger, SPAN_LIT("eligible")), &own);
	if (!rc)
		rc = tree_children(ledger_tree(c->store.ledger), top->unit, s->question.q.period.to,
				   s->question.q.known_at, &units, &count, &c->err);
	if (rc)
		return rc;
	s->expected = own->reporting.expected;
	s->reported = own->reporting.reported;
	s->rows = arena_array(c->arena, count + 1, sizeof(*s->rows));
	if (!s->rows)
		return err_set(&c->err, ERR_NOMEM, "no memory for a table");
	for (; !rc && s->count < count; s->count++)
		rc = fill(s, &s->rows[s->count], units[s->count]);
	return rc ? rc : count_dry(s);
}

/* ---- JSON ---- */

static const char *name_of(const struct survey *s, const struct source_row *r)
{
	return unit_name_at(r->unit, s->question.q.period.to, s->question.q.known_at);
}

static json_t *json_number(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *json_row(const struct survey *s, const struct source_row *r)
{
	json_t *j = json_object(), *list = json_object();
	size_t count;
	const struct source_rate *rates = source_rates(&count);

	for (size_t i = 0; i < count; i++) {
		int64_t part = value_of(s, r->totals, rates[i].part);
		int64_t whole = value_of(s, r->totals, rates[i].whole);

		json_object_set_new(list, rates[i].code,
				    json_pack("{s:o, s:o, s:o}", "part", json_number(part), "whole",
					      json_number(whole), "percent",
					      part < 0 ? json_null() : json_percent(part, whole)));
	}
	json_object_set_new(j, "unit", json_string(r->unit->code));
	json_object_set_new(j, "name", json_string(name_of(s, r)));
	json_object_set_new(j, "population", json_number(value_of(s, r->totals, "population")));
	json_object_set_new(j, "students", json_number(value_of(s, r->totals, "students")));
	json_object_set_new(j, "rates", list);
	return j;
}

static json_t *json_dry(const struct survey *s)
{
	json_t *list = json_array();

	for (size_t k = 0; k < SPANS; k++)
		json_array_append_new(list, json_pack("{s:I, s:I, s:I, s:I}", "months",
						      (json_int_t)spans[k], "none",
						      (json_int_t)s->dry.none[k], "unknown",
						      (json_int_t)s->dry.unknown[k], "of",
						      (json_int_t)s->dry.organisations));
	return list;
}

static json_t *json_survey(const struct survey *s)
{
	char period[PERIOD_TEXT_MAX];
	const struct totals *t = s->top.totals;
	json_t *rows = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(rows, json_row(s, &s->rows[i]));
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o, s:o, s:o}", "unit", s->top.unit->code,
			 "period", period_text(period, s->question.q.period), "known_at",
			 json_known(s->c->store.ledger, t->known_lsn, t->known_time_ms), "expected",
			 (json_int_t)s->expected, "reported", (json_int_t)s->reported, "total",
			 json_row(s, &s->top), "rows", rows, "without_admission", json_dry(s));
}

/* ---- CSV ---- */

static void csv_number(struct buf *out, int64_t n)
{
	buf_printf(out, n < 0 ? "," : ",%lld", (long long)n);
}

static void csv_row(const struct survey *s, const struct source_row *r, struct buf *out)
{
	size_t count;
	const struct source_rate *rates = source_rates(&count);

	for (size_t i = 0; i < count; i++) {
		int64_t part = value_of(s, r->totals, rates[i].part);
		int64_t whole = value_of(s, r->totals, rates[i].whole);
		char percent[NUM_PERCENT_MAX] = "";

		if (part >= 0 && whole > 0 &&
		    num_percent(percent, sizeof(percent), part, whole, 2, NUM_HALF_UP))
			percent[0] = 0;
		csv_field(out, span_str(r->unit->code), true);
		csv_field(out, span_str(name_of(s, r)), false);
		csv_field(out, span_str(rates[i].code), false);
		csv_number(out, part);
		csv_number(out, whole);
		buf_printf(out, ",%s\n", percent);
	}
}

static int survey_csv(const struct survey *s)
{
	struct cli *c = s->c;
	struct buf out;

	csv_begin(&out, mark_of(c->store.ledger) == MARK_YES ? illustrative_mark : NULL);
	buf_printf(&out, "unit,name,rate,part,whole,percent\n");
	for (size_t i = 0; i < s->count; i++)
		csv_row(s, &s->rows[i], &out);
	csv_row(s, &s->top, &out);
	return csv_end(&out, c->out, &c->err);
}

/* ---- words ---- */

static const char *percent_words(struct arena *a, int64_t part, int64_t whole)
{
	char text[NUM_PERCENT_MAX];

	if (part < 0 || whole <= 0 || num_percent(text, sizeof(text), part, whole, 2, NUM_HALF_UP))
		return "";
	return show_percent(a, text);
}

static const char *of_words(struct arena *a, int64_t part, int64_t whole)
{
	return part < 0 || whole < 0
		       ? _("not reported")
		       : arena_printf(a, "%s/%s", show_number(a, part), show_number(a, whole));
}

static int rates_words(const struct survey *s)
{
	struct cli *c = s->c;
	struct grid *g = grid_new(c->arena, 4);
	size_t count;
	const struct source_rate *rates = source_rates(&count);

	grid_cell(g, "", false);
	grid_cell(g, _("n of N"), true);
	grid_cell(g, "%", true);
	grid_cell(g, _("of"), false);
	grid_rule(g);
	for (size_t i = 0; i < count; i++) {
		int64_t part = value_of(s, s->top.totals, rates[i].part);
		int64_t whole = value_of(s, s->top.totals, rates[i].whole);

		grid_cell(g, measure_name_of(c->store.ledger, rates[i].part), false);
		grid_cell(g, of_words(c->arena, part, whole), true);
		grid_cell(g, percent_words(c->arena, part, whole), true);
		grid_cell(g, measure_name_of(c->store.ledger, rates[i].whole), false);
	}
	return grid_print(g, c->out, &c->err);
}

static int units_words(const struct survey *s)
{
	struct cli *c = s->c;
	struct arena *a = c->arena;
	struct grid *g = grid_new(a, 6);

	if (!s->count)
		return 0;
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("in class or listed"), true);
	grid_cell(g, "%", true);
	grid_cell(g, _("admitted of source"), true);
	grid_cell(g, "%", true);
	grid_cell(g, _("hamlets without cell"), true);
	grid_rule(g);
	for (size_t i = 0; i < s->count; i++) {
		const struct totals *t = s->rows[i].totals;
		int64_t eligible = value_of(s, t, "eligible"), listed = value_of(s, t, "listed");
		int64_t admitted = value_of(s, t, "admitted");

		grid_cell(g, name_of(s, &s->rows[i]), false);
		grid_cell(g, of_words(a, listed, eligible), true);
		grid_cell(g, percent_words(a, listed, eligible), true);
		grid_cell(g, of_words(a, admitted, eligible), true);
		grid_cell(g, percent_words(a, admitted, eligible), true);
		grid_cell(g,
			  of_words(a, value_of(s, t, "hamlets_no_cell"), value_of(s, t, "hamlets")),
			  true);
	}
	fprintf(c->out, "\n");
	return grid_print(g, c->out, &c->err);
}

static int survey_words(const struct survey *s)
{
	struct cli *c = s->c;
	struct arena *a = c->arena;
	int rc;

	fprintf(c->out, _("%s (%s): survey of sources, %s\n"), name_of(s, &s->top),
		s->top.unit->code, show_period(a, s->question.q.period));
	fprintf(c->out, _("reported by %s of %s units\n"), show_number(a, (int64_t)s->reported),
		show_number(a, (int64_t)s->expected));
	if (s->reported < s->dry.organisations)
		fprintf(c->out,
			_("admissions are those of the %s organisations that sent monthly sheets\n"),
			show_number(a, (int64_t)s->dry.organisations));
	rc = rates_words(s);
	if (!rc)
		rc = units_words(s);
	if (rc)
		return rc;
	fprintf(c->out, "\n");
	for (size_t k = 0; k < SPANS; k++)
		lang_print(
			c->out,
			_("without an admission for %zu months: %s of %s organisations; of %s the "
			  "months are not all known\n"),
			spans[k], show_number(a, (int64_t)s->dry.none[k]),
			show_number(a, (int64_t)s->dry.organisations),
			show_number(a, (int64_t)s->dry.unknown[k]));
	fprintf(c->out,
		_("counted are organisations that report each month, not the cells below them\n"));
	return 0;
}

int answer_sources(struct cli *c, const char *unit, json_t **out)
{
	struct survey s = { .c = c };
	int rc = read_all(&s, unit);

	if (!rc)
		*out = json_survey(&s);
	return rc;
}

int cmd_sources(struct cli *c, int argc, char **argv)
{
	struct survey s = { .c = c };
	int rc = read_all(&s, argv[1]);

	(void)argc;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_survey(&s));
	return c->csv ? survey_csv(&s) : survey_words(&s);
}
