/* Units by months: who has sent what. A row is a unit that reports, a cell the word for its sheet. */
#include "web_internal.h"

#include "ledger/part.h"

enum { MONTHS = 12, ROWS_MAX = 400 };

struct map {
	struct call *k;
	const struct form *form;
	struct period months[MONTHS]; /* the newest first */
	json_t *rows;
	size_t left_out;
	day_t today;
};

/* NULL: the unit does not report in that month, or its longer period does not end in it. */
static int cell(struct map *m, const struct unit *u, struct period month, const char **out)
{
	enum sheet_word word;
	struct period p;
	bool any;
	int rc = period_at(m->k, u->unit, m->form, month.to, &p, &any);

	*out = NULL;
	if (rc || !any || p.to != month.to)
		return rc;
	rc = sheet_word_of(m->k, u->unit, m->form->no, p, &word);
	*out = rc ? NULL : sheet_word_name(word);
	return rc;
}

static int add_row(struct map *m, const struct unit *u)
{
	json_t *cells = json_array();
	bool reports = false;
	int rc = 0;

	for (size_t i = MONTHS; i-- > 0 && !rc;) {
		const char *word;

		rc = cell(m, u, m->months[i], &word);
		json_array_append_new(cells, word ? json_string(word) : json_null());
		reports = reports || word;
	}
	if (rc || !reports) {
		json_decref(cells);
		return rc;
	}
	json_array_append_new(m->rows,
			      json_pack("{s:s, s:s, s:s, s:s, s:o}", "unit", u->code, "name",
					unit_name_of(m->k->base, u->unit, m->today, UINT64_MAX),
					"contact", u->contact ? u->contact : "", "phone",
					u->phone ? u->phone : "", "cells", cells));
	return 0;
}

static int walk(struct map *m, const struct unit *u);

/* How many of the units below a direct one have sent, month by month. */
struct rolled {
	size_t due[MONTHS], sent[MONTHS], look[MONTHS];
};

static bool is_word(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

static int roll(struct map *m, const struct unit *u, struct rolled *r)
{
	static const char *const open[] = { "empty", "unsigned", "returned" };
	static const char *const look[] = { "contested", "changed", "refused", "late" };
	const struct unit **children;
	size_t count;
	int rc = 0;

	for (size_t i = 0; i < MONTHS && !rc; i++) {
		const char *word;

		rc = cell(m, u, m->months[i], &word);
		if (!word)
			continue;
		r->due[i]++;
		r->sent[i] += !is_word(word, open, ARRAY_LEN(open));
		r->look[i] += is_word(word, look, ARRAY_LEN(look));
	}
	if (!rc)
		rc = tree_children(ledger_tree(m->k->base), u->unit, m->today, UINT64_MAX,
				   &children, &count, m->k->e);
	for (size_t i = 0; !rc && i < count; i++)
		rc = roll(m, children[i], r);
	return rc;
}

static int add_rolled(struct map *m, const struct unit *u)
{
	json_t *cells = json_array();
	struct rolled r = { .due = { 0 } };
	int rc = roll(m, u, &r);

	for (size_t i = MONTHS; i-- > 0;)
		json_array_append_new(
			cells, r.due[i] ? json_pack("[I, I, I]", (json_int_t)r.sent[i],
						    (json_int_t)r.due[i], (json_int_t)r.look[i])
					: json_null());
	json_array_append_new(m->rows,
			      json_pack("{s:s, s:s, s:s, s:s, s:o}", "unit", u->code, "name",
					unit_name_of(m->k->base, u->unit, m->today, UINT64_MAX),
					"contact", u->contact ? u->contact : "", "phone",
					u->phone ? u->phone : "", "cells", cells));
	return rc;
}

/* A level above the one that reports is shown by its units, rolled up. */
static int add_all(struct map *m, const struct unit *top)
{
	const struct tree *t = ledger_tree(m->k->base);
	const struct unit **children, **below;
	size_t count, deep = 0;
	int rc = tree_children(t, top->unit, m->today, UINT64_MAX, &children, &count, m->k->e);

	for (size_t i = 0; !rc && i < count && !deep; i++)
		if (!unit_kind_grassroots(unit_kind_at(children[i], m->today, UINT64_MAX)))
			rc = tree_children(t, children[i]->unit, m->today, UINT64_MAX, &below,
					   &deep, m->k->e);
	json_object_set_new(m->k->out, "rolled", json_boolean(deep > 0));
	if (rc || !deep)
		return rc ? rc : walk(m, top);
	for (size_t i = 0; !rc && i < count; i++)
		rc = add_rolled(m, children[i]);
	return rc;
}

static int walk(struct map *m, const struct unit *u)
{
	const struct unit **children;
	size_t count;
	int rc;

	if (json_array_size(m->rows) >= ROWS_MAX) {
		m->left_out++;
		return 0;
	}
	rc = add_row(m, u);
	if (!rc)
		rc = tree_children(ledger_tree(m->k->base), u->unit, m->today, UINT64_MAX,
				   &children, &count, m->k->e);
	for (size_t i = 0; !rc && i < count; i++)
		rc = walk(m, children[i]);
	return rc;
}

/* Which part is shown: one of the units directly below, or all. */
static int add_parts(struct map *m, const struct unit *own)
{
	const struct unit **children;
	json_t *list = json_array();
	size_t count;
	int rc = tree_children(ledger_tree(m->k->base), own->unit, m->today, UINT64_MAX, &children,
			       &count, m->k->e);

	json_object_set_new(m->k->out, "parts", list);
	for (size_t i = 0; !rc && i < count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "unit", children[i]->code, "name",
						unit_name_of(m->k->base, children[i]->unit,
							     m->today, UINT64_MAX)));
	return rc;
}

static int lay_out(struct map *m)
{
	struct calendar calendar;
	json_t *months = json_array();
	day_t at = m->today;
	int rc = part_calendar(m->k->base, m->form->no, &calendar, m->k->e);

	json_object_set_new(m->k->out, "months", months);
	for (size_t i = 0; i < MONTHS && !rc; i++) {
		m->months[i] = calendar_month(&calendar, at);
		at = m->months[i].from - 1;
		json_array_insert_new(months, 0,
				      json_pack("{s:o, s:o}", "period", json_period(m->months[i]),
						"to", json_day(m->months[i].to)));
	}
	return rc;
}

int api_map(struct call *k)
{
	struct map m = { .k = k, .rows = json_array(), .today = day_of_instant(k->now_ms) };
	const struct tree *t = ledger_tree(k->base);
	const struct unit *own = tree_get(t, client_identity(k->c)->unit), *top = own;
	const char *part = text_at(k->in, "part");
	int rc = 0;

	json_object_set_new(k->out, "rows", m.rows);
	m.form = ledger_form_code(k->base, SPAN_LIT("monthly"), k->e);
	if (!own || !m.form)
		return err_set(k->e, ERR_STATE,
			       "forms and units are not here yet: send and receive first");
	if (*part)
		top = tree_by_code(t, span_str(part));
	if (!top || !tree_inside(t, top->unit, own->unit, m.today, UINT64_MAX))
		return err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			       part);
	json_object_set_new(k->out, "form", json_string(m.form->code));
	rc = lay_out(&m);
	if (!rc)
		rc = add_parts(&m, own);
	if (!rc)
		rc = add_all(&m, top);
	json_object_set_new(k->out, "left_out", json_integer((json_int_t)m.left_out));
	return rc;
}
