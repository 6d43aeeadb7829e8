/* Many units in one form and period: their figures as rows, typing into several at once, and signing for
 * several at once. What is written is all or none, one commit; what cannot be is named, each by its unit. */
#include "api_sheet.h"

#include "client/forming.h"
#include "domain/rights.h"
#include "ledger/part.h"

enum { UNITS_MAX = 6000, PROBLEMS_MAX = 50 };

/* ---- a row ---- */

/* The cell of a figure nobody wrote is 0; else its value (null: blank) and its word. */
static json_t *json_cell(struct call *k, const struct entry_sheet *s, uint16_t measure,
			 uint64_t closed)
{
	struct entry_figure g = entry_figure(s, measure);

	if (!g.known)
		return json_integer(0);
	return json_pack("[o, s]", g.state == FIGURE_BLANK ? json_null() : json_integer(g.value),
			 figure_word(k, s, measure, closed));
}

static int json_row(struct call *k, const struct sheet_name *n, struct entry_sheet *s, json_t **out)
{
	enum unit_relation r = rights_relation(ledger_tree(k->base), client_identity(k->c)->unit,
					       n->unit->unit, n->period.to, UINT64_MAX);
	const struct unit *u = n->unit;
	json_t *cells = json_array();
	enum sheet_word word;
	uint64_t closed;
	int rc = part_closed(k->base, u->unit, n->form->no, n->period, k->now_ms, &closed, k->e);

	if (!rc)
		rc = sheet_word_of(k, u->unit, n->form->no, n->period, &word);
	for (size_t i = 0; !rc && i < n->form->measure_count; i++)
		json_array_append_new(cells, json_cell(k, s, n->form->measures[i].no, closed));
	if (rc) {
		json_decref(cells);
		return rc;
	}
	*out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s, s:o}", "unit", u->code,
			 "name", unit_name_of(k->base, u->unit, n->period.to, UINT64_MAX),
			 "contact", u->contact ? u->contact : "", "phone", u->phone ? u->phone : "",
			 "word", sheet_word_name(word), "draft", entry_draft(s)->figure_count > 0,
			 "own", !entry_on_behalf(s), "write",
			 rights_ask(RIGHT_WRITE, client_role(k->c), r) != RIGHT_NO, "seen",
			 sheet_seen(k->a, s, 0), "cells", cells);
	return *out ? 0 : err_set(k->e, ERR_NOMEM, "no memory for a row");
}

static int open_row(struct call *k, const struct sheet_name *n, struct entry_sheet **s)
{
	return entry_open(s, k->c, n->unit->unit, n->form->code, n->period, k->now_ms, k->e);
}

static int add_row(struct call *k, const struct sheet_name *n, json_t *rows, enum entry_age *age)
{
	struct entry_sheet *s;
	json_t *row;
	int rc = open_row(k, n, &s);

	if (!rc)
		rc = json_row(k, n, s, &row);
	if (!rc) {
		json_array_append_new(rows, row);
		*age = entry_age(s);
	}
	entry_close(s);
	return rc;
}

/* ---- the grid ---- */

static json_t *json_columns(const struct form *f)
{
	static const char *const needs[] = { "required", "parent", "computed", "optional" };
	json_t *list = json_array();

	for (size_t i = 0; i < f->measure_count; i++) {
		const struct measure *m = &f->measures[i], *p = form_measure(f, m->parent);

		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:s, s:s, s:s?, s:s?}", "code", m->code,
						"name", json_both(m->name_vi, m->name_en), "kind",
						m->kind == MEASURE_FLOW ? "flow" : "stock", "need",
						needs[m->need], "parent", p ? p->code : NULL,
						"group", *m->exclusive ? m->exclusive : NULL));
	}
	return list;
}

/* Those that are reported by period; of `whole` ones there is a paper of the unit with all below it. */
static json_t *json_forms(struct call *k)
{
	enum { FORMS_MAX = 64 };
	json_t *list = json_array();

	for (unsigned no = 1; no < FORMS_MAX; no++) {
		const struct form *f = ledger_form_newest(k->base, (uint8_t)no, k->e);

		if (f && f->period != FORM_DAY)
			json_array_append_new(list,
					      json_pack("{s:s, s:o, s:b}", "form", f->code, "name",
							json_both(f->name_vi, f->name_en), "whole",
							forming_has(f)));
	}
	err_clear(k->e);
	return list;
}

struct walk {
	struct call *k;
	struct sheet_name n;
	json_t *rows;
	size_t left_out;
	enum entry_age age;
};

/* The units that report just this period, in official order. */
static int walk(struct walk *w, const struct unit *u)
{
	const struct unit **children;
	struct call *k = w->k;
	struct period p;
	size_t count = 0;
	bool any;
	int rc = period_at(k, u->unit, w->n.form, w->n.period.to, &p, &any);

	if (!rc && any && p.from == w->n.period.from && p.to == w->n.period.to) {
		w->n.unit = u;
		if (json_array_size(w->rows) < UNITS_MAX)
			rc = add_row(k, &w->n, w->rows, &w->age);
		else
			w->left_out++;
	}
	if (!rc)
		rc = tree_children(ledger_tree(k->base), u->unit, w->n.period.to, UINT64_MAX,
				   &children, &count, k->e);
	for (size_t i = 0; !rc && i < count; i++)
		rc = walk(w, children[i]);
	return rc;
}

static json_t *json_parts(struct call *k, day_t day)
{
	const struct unit **children;
	json_t *list = json_array();
	size_t count = 0;

	if (tree_children(ledger_tree(k->base), client_identity(k->c)->unit, day, UINT64_MAX,
			  &children, &count, k->e))
		count = 0;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "unit", children[i]->code, "name",
					unit_name_of(k->base, children[i]->unit, day, UINT64_MAX)));
	return list;
}

/* The newest months, the present one first. */
static int add_periods(struct call *k, const struct form *f)
{
	enum { SHOWN = 6 };
	day_t at = day_of_instant(k->now_ms);
	json_t *list = json_array();
	struct calendar calendar;
	int rc = part_calendar(k->base, f->no, &calendar, k->e);

	json_object_set_new(k->out, "periods", list);
	for (size_t i = 0; i < SHOWN && !rc; i++) {
		struct period p = calendar_month(&calendar, at);

		json_array_append_new(list, json_period(p));
		at = p.from - 1;
	}
	return rc;
}

/* Without a period: the last that is over. */
static int choose(struct call *k, struct sheet_name *n)
{
	struct calendar calendar;
	int rc;

	if (*text_at(k->in, "period"))
		return call_sheet_name(k, n);
	rc = call_unit_form(k, n);
	if (!rc)
		rc = part_calendar(k->base, n->form->no, &calendar, k->e);
	if (!rc)
		n->period = calendar_month(
			&calendar, calendar_month(&calendar, day_of_instant(k->now_ms)).from - 1);
	return rc;
}

int api_grid(struct call *k)
{
	static const char *const ages[] = { "open", "old", "future" };
	struct walk w = { .k = k, .rows = json_array() };
	const struct unit *top;
	int rc = choose(k, &w.n);

	json_object_set_new(k->out, "rows", w.rows);
	if (rc)
		return rc;
	top = w.n.unit;
	if (!tree_inside(ledger_tree(k->base), top->unit, client_identity(k->c)->unit,
			 w.n.period.to, UINT64_MAX))
		return err_set(k->e, ERR_DENIED, "%s is outside this device's scope", top->code);
	rc = walk(&w, top);
	if (!rc)
		rc = add_periods(k, w.n.form);
	if (rc)
		return rc;
	json_object_set_new(k->out, "forms", json_forms(k));
	json_object_update_new(k->out,
			       json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:I}", "top",
					 top->code, "form", w.n.form->code, "form_name",
					 json_both(w.n.form->name_vi, w.n.form->name_en), "period",
					 json_period(w.n.period), "to", json_day(w.n.period.to),
					 "age", ages[w.age], "measures", json_columns(w.n.form),
					 "parts", json_parts(k, w.n.period.to), "left_out",
					 (json_int_t)w.left_out));
	return 0;
}

/* ---- by name ---- */

static int list_unit(struct walk *w, const struct unit *u)
{
	const struct unit **children;
	struct call *k = w->k;
	day_t today = day_of_instant(k->now_ms);
	struct period p;
	size_t count = 0;
	bool any;
	int rc = period_at(k, u->unit, w->n.form, today, &p, &any);

	if (!rc && any)
		json_array_append_new(w->rows,
				      json_pack("{s:s, s:s}", "unit", u->code, "name",
						unit_name_of(k->base, u->unit, today, UINT64_MAX)));
	if (!rc)
		rc = tree_children(ledger_tree(k->base), u->unit, today, UINT64_MAX, &children,
				   &count, k->e);
	for (size_t i = 0; !rc && i < count; i++)
		rc = list_unit(w, children[i]);
	return rc;
}

/* Those that report, to find one by its name. */
int api_units(struct call *k)
{
	struct walk w = { .k = k, .rows = json_array() };
	int rc = call_unit_form(k, &w.n);

	json_object_set_new(k->out, "units", w.rows);
	return rc ? rc : list_unit(&w, tree_get(ledger_tree(k->base), client_identity(k->c)->unit));
}

/* ---- writing to several ---- */

struct many {
	struct call *k;
	struct sheet_name n; /* of the row at hand */
	struct entry_sheet *s;
	json_t *problems;
	size_t problem_count;
	bool changed;
};

/* A failure that is the row's own is named, and the others are looked at; any other ends the whole. */
static int of_row(struct many *m, int rc, const char *unit, const char *measure)
{
	struct call *k = m->k;
	char text[ERR_TEXT_MAX];

	if (!rc || rc == -ERR_NOMEM || rc == -ERR_FULL || rc == -ERR_FATAL || rc == -ERR_IO ||
	    rc == -ERR_CORRUPT)
		return rc;
	if (m->problem_count++ < PROBLEMS_MAX)
		json_array_append_new(m->problems,
				      json_pack("{s:s, s:s, s:s}", "unit", unit, "measure", measure,
						"text", lang_err(k->e, text, sizeof(text))));
	err_clear(k->e);
	return 0;
}

/* The row's sheet, if it is still the one that the page has shown. */
static int open_shown(struct many *m, const json_t *row)
{
	struct call *k = m->k;
	const char *code = text_at(row, "unit");
	int rc = 0;

	m->s = NULL;
	m->n.unit = tree_by_code(ledger_tree(k->base), span_str(code));
	if (!m->n.unit)
		rc = err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			     code);
	if (!rc)
		rc = open_row(k, &m->n, &m->s);
	if (!rc && strcmp(text_at(row, "seen"), sheet_seen(k->a, m->s, 0)) != 0) {
		m->changed = true;
		rc = call_changed(k);
	}
	return rc;
}

typedef int row_act(struct many *m, const json_t *row);

/* Fresh rows of those that were asked about, as they stand now. */
static int answer_rows(struct many *m)
{
	struct call *k = m->k;
	json_t *rows = json_array();
	enum entry_age age;
	const json_t *row;
	int rc = 0;
	size_t i;

	json_object_set_new(k->out, "rows", rows);
	json_array_foreach(json_object_get(k->in, "rows"), i, row)
	{
		m->n.unit = tree_by_code(ledger_tree(k->base), span_str(text_at(row, "unit")));
		if (m->n.unit && !rc)
			rc = of_row(m, add_row(k, &m->n, rows, &age), text_at(row, "unit"), "");
	}
	return rc;
}

static int write_rows(struct many *m, row_act *act)
{
	struct call *k = m->k;
	const json_t *row;
	int rc = client_begin(k->c, k->e);
	size_t i;

	if (rc)
		return rc;
	json_array_foreach(json_object_get(k->in, "rows"), i, row)
	{
		if (rc)
			break;
		rc = open_shown(m, row);
		rc = rc ? of_row(m, rc, text_at(row, "unit"), "") : act(m, row);
		entry_close(m->s);
	}
	if (rc || m->problem_count) {
		client_abort(k->c);
		return rc;
	}
	return client_commit(k->c, k->e);
}

static int run_many(struct call *k, row_act *act)
{
	struct many m = { .k = k, .problems = json_array() };
	size_t count = json_array_size(json_object_get(k->in, "rows"));
	int rc = call_sheet_name(k, &m.n);

	json_object_set_new(k->out, "problems", m.problems);
	if (!rc && (!count || count > UNITS_MAX))
		rc = err_set(k->e, ERR_INVALID, "no unit is named");
	if (!rc)
		rc = write_rows(&m, act);
	if (!rc)
		rc = answer_rows(&m);
	if (rc || !m.problem_count)
		return rc;
	k->status = m.changed ? 409 : 422;
	return err_set(k->e, ERR_INVALID, "nothing was kept: %zu of it cannot be written",
		       m.problem_count);
}

static int put_row(struct many *m, const json_t *row)
{
	struct call *k = m->k;
	json_t *cells = json_object_get(row, "cells"), *text;
	const char *code;
	int rc = 0;

	json_object_foreach(cells, code, text)
	{
		const struct measure *ms = form_measure_code(m->n.form, span_str(code));

		if (rc)
			break;
		if (!ms || !json_is_string(text))
			rc = err_set(k->e, ERR_NOTFOUND, "form %s has no measure %s",
				     m->n.form->code, code);
		else
			rc = call_set(k, m->s, ms, json_string_value(text),
				      call_said_yes(k, "cumulative"));
		rc = of_row(m, rc, text_at(row, "unit"), code);
	}
	if (!rc)
		rc = of_row(m, entry_save(m->s, call_said_yes(k, "old_ok"), k->e),
			    text_at(row, "unit"), "");
	return rc;
}

int api_put(struct call *k)
{
	return run_many(k, put_row);
}

static int submit_row(struct many *m, const json_t *row)
{
	struct entry_judgement j = { .blocking = 0 };
	struct call *k = m->k;
	struct entry_how how;
	struct op_id id;
	int rc = call_how(k, m->s, &how);

	if (!rc)
		rc = entry_submit(m->s, &how, k->now_ms, &id, &j, k->e);
	return of_row(m, call_not_signed(k, m->n.form, &j, rc), text_at(row, "unit"), "");
}

int api_submit_many(struct call *k)
{
	return run_many(k, submit_row);
}
