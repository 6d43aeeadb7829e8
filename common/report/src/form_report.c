/* A form of a half-year or a year as JSON. Each figure is the sum of what units signed, exactly; beside it what the
 * sheets it follows from come to now, and how much of it the register counts. */
#include "report/form.h"

#include "base/num.h"
#include "domain/form_count.h"
#include "internal.h"
#include "ledger/part.h"
#include "ledger/register.h"
#include "report/names.h"

#include <stdlib.h>

enum { PERIODS_MAX = 4 };

struct figures {
	struct operand now, before;
};

struct forming {
	struct ledger *l;
	const struct question *asked;
	const struct form *form, *of; /* of: whose sheets it follows from */
	struct period periods[PERIODS_MAX];
	size_t period_count;
	const struct totals *own, *sheets; /* of the form; of the form `of` */
	struct figures cells[MEASURES_MAX];
	int64_t counted[MEASURES_MAX],
		typed[MEASURES_MAX]; /* from the register: by it, otherwise */
	bool told;                   /* these two are known */
	size_t on_the_way;           /* between units at the end, as the register has it */
	struct arena *a;
	struct err *e;
};

/* ---- figures ---- */

static struct operand sum_in(const struct measure_total *list, const struct totals *t,
			     uint16_t measure)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (list[i].measure == measure)
			return (struct operand){ list[i].count > 0, list[i].sum };
	return (struct operand){ .known = false };
}

static int ask(struct forming *k, struct period days, uint16_t measure, const struct totals **out)
{
	struct totals *t = arena_alloc(k->a, sizeof(*t));
	struct query q = k->asked->q;

	if (!t)
		return err_set(k->e, ERR_NOMEM, "no memory for totals");
	q.period = days;
	q.measure = measure;
	*out = t;
	return query_totals(t, k->l, &q, k->a, k->e);
}

/* The days asked as whole periods of the form. */
static int find_periods(struct forming *k)
{
	struct period days = k->asked->q.period;
	struct calendar calendar;
	enum plan_step step = k->form->period == FORM_YEAR    ? PLAN_YEAR
			      : k->form->period == FORM_HALF  ? PLAN_HALF
			      : k->form->period == FORM_MONTH ? PLAN_MONTH
							      : PLAN_QUARTER;
	int rc = part_calendar(k->l, k->form->no, &calendar, k->e);

	for (day_t from = days.from; !rc && from <= days.to;) {
		struct period p = calendar_period(&calendar, step, from, days);

		if (p.from != from || p.to > days.to || k->period_count == PERIODS_MAX)
			return err_set(k->e, ERR_RANGE,
				       "%s is of half-years and years: no other days can be asked "
				       "for",
				       k->form->code);
		k->periods[k->period_count++] = p;
		from = p.to + 1;
	}
	return rc;
}

static uint16_t term_no(const struct forming *k, const char *code)
{
	const struct measure *m = form_measure_code(k->of, span_str(code));

	return m ? m->no : 0;
}

static int read_all(struct forming *k)
{
	uint16_t own = k->form->measures[0].no, of = k->of->measures[0].no;
	int rc = ask(k, k->asked->q.period, own, &k->own);

	if (!rc)
		rc = ask(k, k->asked->q.period, of, &k->sheets);
	for (size_t i = 0; i < k->form->measure_count && !rc; i++) {
		uint16_t no = k->form->measures[i].no;

		k->cells[i].now = sum_in(k->own->measures, k->own, no);
		k->cells[i].before = sum_in(k->own->prev_year, k->own, no);
	}
	return rc;
}

/* What the sheets come to that a figure follows from. */
static struct operand from_sheets(const struct forming *k, const struct measure *m)
{
	const struct totals *t = k->sheets;
	struct operand sum = { m->from == FROM_FIRST || m->from == FROM_SHEETS, 0 };

	for (size_t i = 0; i < m->term_count && sum.known; i++) {
		struct operand o = sum_in(t->measures, t, term_no(k, m->terms[i]));

		sum.known = o.known && num_add(&sum.value, sum.value, o.value);
	}
	return sum;
}

/* ---- from the register, or typed ---- */

static const struct form_counts *counts_of(const struct register_form_count *list, size_t count,
					   uint32_t unit)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].unit == unit)
			return &list[i].n;
	return NULL;
}

static void split_sheet(struct forming *k, const struct sheet *s, uint32_t unit,
			const struct form_counts *n)
{
	for (size_t i = 0; i < k->form->measure_count; i++) {
		const struct measure *m = &k->form->measures[i];
		struct figure f = sheet_figure(s, m->no, unit);
		unsigned word;

		if (m->from != FROM_REGISTER || !f.winner || f.winner->state == FIGURE_BLANK ||
		    !form_word(&word, span_str(m->terms[0])))
			continue;
		if (n && form_count_knows(n, word) && n->at[word] == f.winner->value)
			k->counted[i] += f.winner->value;
		else
			k->typed[i] += f.winner->value;
	}
}

static int split_period(struct forming *k, struct period p)
{
	struct case_counting how = { .period = p };
	const struct tree *t = ledger_tree(k->l);
	struct register_form_count *list = NULL;
	struct sheet *s = arena_alloc(k->a, sizeof(*s));
	size_t count = 0;
	int rc = s ? register_counts_by(k->l, p.to, &how.counts, k->e)
		   : err_set(k->e, ERR_NOMEM, "no memory for a sheet");

	if (!rc)
		rc = register_form_counts(k->l, k->asked->q.unit, &how, &list, &count, k->e);
	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		uint32_t unit = tree_at(t, i)->unit;

		if (!tree_inside(t, unit, k->asked->q.unit, p.to, UINT64_MAX))
			continue;
		rc = ledger_sheet(k->l, unit, k->form->no, p, s, k->e);
		if (!rc && sheet_counts(s))
			split_sheet(k, s, unit, counts_of(list, count, unit));
		if (rc == -ERR_NOTFOUND) {
			err_clear(k->e);
			rc = 0;
		}
	}
	free(list);
	return rc;
}

/* The register is as it is now: of an earlier entry nothing is told, nor where somebody's is read elsewhere by now. */
static int read_register(struct forming *k)
{
	const struct query *q = &k->asked->q;
	struct case_counting how = { .period = q->period };
	struct register_unit_count *units = NULL;
	uint32_t left;
	size_t count = 0;
	int rc = 0;

	k->told = q->known_at == UINT64_MAX && q->basis == BASIS_SIGNED && q->tree == TREE_AS_WAS &&
		  register_is_held(k->l, q->unit, q->period.to, &left);
	for (size_t i = 0; i < k->period_count && !rc && k->told; i++)
		rc = split_period(k, k->periods[i]);
	if (!rc && k->told)
		rc = register_counts_by(k->l, q->period.to, &how.counts, k->e);
	if (!rc && k->told)
		rc = register_count_units(k->l, q->unit, &how, &units, &count, k->e);
	for (size_t i = 0; i < count; i++)
		k->on_the_way += units[i].in_transit;
	free(units);
	return rc;
}

/* ---- JSON ---- */

static json_t *number(struct operand o)
{
	return o.known ? json_integer((json_int_t)o.value) : json_null();
}

static struct figures cell_of(const struct forming *k, const char *code)
{
	for (size_t i = 0; i < k->form->measure_count; i++)
		if (!strcmp(k->form->measures[i].code, code))
			return k->cells[i];
	return (struct figures){ .now.known = false };
}

static json_t *mean_of(struct operand sum, struct operand count)
{
	return sum.known && count.known ? json_percent(sum.value, 100 * count.value) : json_null();
}

static json_t *pair(bool mean, struct operand sum, struct operand count)
{
	return mean ? json_pack("[o, o]", number(sum), number(count)) : json_null();
}

/* Ages are counted where birth dates may be opened; here nobody can tell them from typed ones. */
static bool split_known(const struct forming *k, const struct measure *m)
{
	unsigned word;

	return k->told && m->from == FROM_REGISTER && form_word(&word, span_str(m->terms[0])) &&
	       form_word_group(word) != GROUP_AGE;
}

static json_t *json_row(const struct forming *k, size_t i)
{
	const struct measure *m = &k->form->measures[i];
	const struct figures *c = &k->cells[i];
	bool split = split_known(k, m), mean = m->from == FROM_MEAN;
	struct operand none = { .known = false };
	struct figures sum = { none, none }, count = { none, none };

	if (mean) {
		sum = cell_of(k, m->terms[0]);
		count = cell_of(k, m->terms[1]);
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
			 "measure", m->code, "row", m->row, "parent",
			 m->parent ? form_measure(k->form, m->parent)->code : "", "value",
			 number(mean ? none : c->now), "prev", number(mean ? none : c->before),
			 "percent",
			 c->now.known && c->before.known && !mean
				 ? json_percent(c->now.value, c->before.value)
				 : json_null(),
			 "mean", mean_of(sum.now, count.now), "prev_mean",
			 mean_of(sum.before, count.before), "of", pair(mean, sum.now, count.now),
			 "prev_of", pair(mean, sum.before, count.before), "from",
			 measure_from_code(m->from), "sheets", number(from_sheets(k, m)),
			 "register", number((struct operand){ split, k->counted[i] }), "typed",
			 number((struct operand){ split, k->typed[i] }));
}

static bool add_terms(const struct forming *k, int64_t *to, const char *const *codes)
{
	for (size_t i = 0; codes[i]; i++) {
		struct operand o = sum_in(k->sheets->measures, k->sheets, term_no(k, codes[i]));

		if (!o.known || !num_add(to, *to, o.value))
			return false;
	}
	return true;
}

/* Moves between units below this one cancel out, but for who is on the way: left one list, and is on no other yet. */
static json_t *json_moves(const struct forming *k)
{
	static const char *const in[] = { "moved_in_same_direct", "moved_in_other_direct", NULL };
	static const char *const out[] = { "moved_out_same_direct", "moved_out_other_direct",
					   NULL };
	const struct unit *u = tree_get(ledger_tree(k->l), k->asked->q.unit);
	enum unit_kind kind = unit_kind_at(u, k->asked->q.period.to, k->asked->q.known_at);
	bool province = kind == UNIT_PROVINCE || kind == UNIT_COUNTRY;
	const char *const direct_in[] = { in[0], NULL }, *const direct_out[] = { out[0], NULL };
	int64_t came = 0, went = 0;

	if (!province && kind != UNIT_DIRECT)
		return json_null();
	if (!add_terms(k, &came, province ? in : direct_in) ||
	    !add_terms(k, &went, province ? out : direct_out))
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o}", "out", (json_int_t)went, "in", (json_int_t)came,
			 "difference", (json_int_t)(went - came), "on_the_way",
			 k->told ? json_integer((json_int_t)k->on_the_way) : json_null());
}

/* Only a form that has the balance has moves. */
static bool has_moves(const struct forming *k)
{
	for (size_t i = 0; i < k->form->measure_count; i++)
		for (size_t t = 0; t < k->form->measures[i].term_count; t++)
			if (!strcmp(k->form->measures[i].terms[t], "moved_out_other_direct"))
				return true;
	return false;
}

static json_t *json_form(const struct forming *k)
{
	const struct totals *t = k->own;
	char period[PERIOD_TEXT_MAX];
	json_t *rows = json_array();

	for (size_t i = 0; i < k->form->measure_count; i++)
		json_array_append_new(rows, json_row(k, i));
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, "
			 "s:o}",
			 "unit", unit_code_of(k->l, k->asked->q.unit), "form", k->form->code,
			 "version", (int)k->form->version, "number", k->form->number, "source",
			 k->form->source, "period", period_text(period, k->asked->q.period), "from",
			 json_day(k->asked->q.period.from), "to", json_day(k->asked->q.period.to),
			 "known_at", json_known(k->l, t->known_lsn, t->known_time_ms), "expected",
			 (json_int_t)t->reporting.expected, "reported",
			 (json_int_t)t->reporting.reported, "accepted",
			 (json_int_t)t->reporting.accepted, "months_missing",
			 (json_int_t)(k->sheets->sheets.missing), "moves",
			 has_moves(k) ? json_moves(k) : json_null(), "rows", rows);
}

int report_form(json_t **out, struct ledger *l, const struct question *q, const char *form,
		struct arena *a, struct err *e)
{
	struct forming *k = arena_alloc(a, sizeof(*k));
	int rc;

	*out = NULL;
	if (!k)
		return err_set(e, ERR_NOMEM, "no memory for a report");
	*k = (struct forming){ .l = l, .asked = q, .a = a, .e = e };
	k->form = ledger_form_code(l, span_str(form), e);
	if (!k->form)
		return err_set(e, ERR_NOTFOUND, "there is no form %s", form);
	k->of = k->form->sheets[0] ? ledger_form_code(l, span_str(k->form->sheets), e) : NULL;
	if (!k->of)
		return err_set(e, ERR_INVALID,
			       "the figures of %s come from no other sheets: totals, table or "
			       "print sheet show them",
			       form);
	rc = find_periods(k);
	if (!rc)
		rc = read_all(k);
	if (!rc)
		rc = read_register(k);
	if (rc)
		return rc;
	*out = json_form(k);
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for a report");
}
