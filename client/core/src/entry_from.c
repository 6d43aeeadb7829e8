/* Figures that follow from other sheets of the same unit: of the monthly ones that tile the period, as they are seen here
 * now. Read once when a sheet is opened. */
#include "entry_internal.h"

#include "base/num.h"

#include <stdlib.h>

struct reading {
	struct entry_sheet *s;
	const struct form *of; /* whose sheets are read */
	struct seen_sheet *month;
	struct operand year; /* admitted since 1 January */
	bool whole;          /* sheets tile the period */
	size_t months;
};

static struct operand term(const struct reading *r, const char *code)
{
	const struct measure *m = form_measure_code(r->of, span_str(code));

	struct operand o = { .known = false };

	if (m)
		o = seen_operand(r->month, r->s->key.unit, m->no);
	if (m && m->parent && m->need == NEED_PARENT && !o.known) { /* of none there is none */
		o = seen_operand(r->month, r->s->key.unit, m->parent);
		o.known = o.known && !o.value;
	}
	return o;
}

static struct operand sum_terms(const struct reading *r, const struct measure *m)
{
	struct operand sum = { true, 0 };

	for (size_t i = 0; i < m->term_count && sum.known; i++) {
		struct operand o = term(r, m->terms[i]);

		sum.known = o.known && num_add(&sum.value, sum.value, o.value);
	}
	return sum;
}

static void fold(const struct reading *r, const struct measure *m, struct operand *out)
{
	struct operand now;

	if (m->from == FROM_FIRST && r->months)
		return;
	now = sum_terms(r, m);
	if (r->months && m->from == FROM_SHEETS && m->kind == MEASURE_FLOW)
		now.known = now.known && out->known && num_add(&now.value, now.value, out->value);
	*out = now;
}

/* The sheet of the period that begins on `from`: read into r->month. *p is the period; false: no plan has one. */
static int next_sheet(struct reading *r, day_t from, struct period *p, bool *any, struct err *e)
{
	struct draft_key k = r->s->key;
	struct calendar calendar;
	enum plan_step step = PLAN_NONE;
	struct period whole;
	int rc = part_step(r->s->c->base, k.unit, r->of->no, from, &step, &whole, e);

	*any = false;
	if (!rc && step != PLAN_NONE)
		rc = part_calendar(r->s->c->base, r->of->no, &calendar, e);
	if (rc || step == PLAN_NONE)
		return rc;
	*p = calendar_planned(&calendar, step, from, whole);
	*any = p->from == from;
	k.form = r->of->no;
	k.period = *p;
	sheet_clear(&r->month->sheet);
	memset(&r->month->draft, 0, sizeof(r->month->draft));
	return *any ? seen_open(r->s->c, &k, r->month, e) : 0;
}

static int read_months(struct reading *r, struct err *e)
{
	struct entry_sheet *s = r->s;
	struct period p = { s->key.period.from, 0 };
	bool any = true;
	int rc = 0;

	for (; !rc && any && p.from <= s->key.period.to; p.from = p.to + 1) {
		rc = next_sheet(r, p.from, &p, &any, e);
		if (rc || !any || p.to > s->key.period.to)
			break;
		for (size_t i = 0; i < s->form->measure_count; i++) {
			const struct measure *m = &s->form->measures[i];

			if (m->from == FROM_SHEETS || m->from == FROM_FIRST)
				fold(r, m, &s->from[i]);
		}
		r->months++;
		r->whole = p.to == s->key.period.to;
	}
	return rc;
}

/* The unit may be newer than the year: what was before it is not its own. */
static int read_year(struct reading *r, struct err *e)
{
	const struct unit *u = tree_get(ledger_tree(r->s->c->base), r->s->key.unit);
	struct period p = { 0, 0 };
	bool any = true;
	int rc = 0;

	if (!day_from_ymd(&p.from, day_to_ymd(r->s->key.period.to).year, 1, 1))
		return 0;
	p.from = u->opened > p.from ? u->opened : p.from;
	r->year = (struct operand){ true, 0 };
	for (; !rc && r->year.known && p.from <= r->s->key.period.to; p.from = p.to + 1) {
		struct operand o;

		rc = next_sheet(r, p.from, &p, &any, e);
		if (rc || !any) {
			r->year.known = false;
			break;
		}
		o = term(r, "admitted");
		r->year.known = o.known && num_add(&r->year.value, r->year.value, o.value);
	}
	return rc;
}

static struct operand truth(bool yes)
{
	return (struct operand){ true, yes };
}

/* r->month is the last one of the period. */
static struct operand of_unit(const struct reading *r, const char *word, enum unit_kind kind)
{
	struct operand left, cells;
	bool organisation = kind == UNIT_BASE_COMMITTEE || kind == UNIT_BASE_CELL;

	if (!strcmp(word, "organisation"))
		return truth(organisation);
	if (!strcmp(word, "committee"))
		return truth(kind == UNIT_BASE_COMMITTEE);
	if (!strcmp(word, "cell"))
		return truth(kind == UNIT_BASE_CELL);
	if (!strcmp(word, "admitting") || !strcmp(word, "admitted-none")) {
		bool admitting = !strcmp(word, "admitting");

		if (!organisation)
			return truth(false);
		return r->year.known ? truth((r->year.value > 0) == admitting) : r->year;
	}
	left = term(r, "no_source_left");
	cells = term(r, "cells");
	if (!left.known || !r->whole)
		return (struct operand){ .known = false };
	return truth(organisation && left.value > 0 &&
		     left.value >= (cells.known ? cells.value : 1));
}

static int read_unit(struct reading *r, struct err *e)
{
	struct entry_sheet *s = r->s;
	const struct unit *u = tree_get(ledger_tree(s->c->base), s->key.unit);
	enum unit_kind kind = unit_kind_at(u, s->key.period.to, UINT64_MAX);
	int rc = read_year(r, e);

	for (size_t i = 0; i < s->form->measure_count && !rc; i++)
		if (s->form->measures[i].from == FROM_UNIT)
			s->from[i] = of_unit(r, s->form->measures[i].terms[0], kind);
	return rc;
}

int entry_read_from(struct entry_sheet *s, struct err *e)
{
	struct reading r = { .s = s };
	int rc;

	if (!s->form->sheets[0])
		return 0;
	r.of = ledger_form_code(s->c->base, span_str(s->form->sheets), e);
	if (!r.of) { /* the form came before the one it follows from: everything is typed */
		err_clear(e);
		return 0;
	}
	r.month = calloc(1, sizeof(*r.month));
	rc = r.month ? read_months(&r, e) : err_set(e, ERR_NOMEM, "no memory for a sheet");
	for (size_t i = 0; i < s->form->measure_count && !r.whole; i++)
		s->from[i].known = false;
	if (!rc)
		rc = read_unit(&r, e);
	free(r.month);
	return rc;
}

struct operand entry_expected(const struct entry_sheet *s, uint16_t measure)
{
	const struct measure *m = form_measure(s->form, measure);

	return m ? entry_from(s, m) : (struct operand){ .known = false };
}

struct operand entry_from(const struct entry_sheet *s, const struct measure *m)
{
	return s->from[m - s->form->measures];
}
