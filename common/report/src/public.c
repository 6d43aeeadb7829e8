#include "report/public.h"

#include "base/lang.h"
#include "domain/suppress.h"
#include "report/json.h"
#include "report/names.h"

/* What measures below these count is no persons. */
static const char *const not_persons[] = { "cells", "hamlets", "private_units" };

static const struct measure *measure_named(struct ledger *l, const char *code,
					   const struct form **of)
{
	for (unsigned f = 1; f <= FORM_NO_MAX; f++) {
		const struct form *form = ledger_form_newest(l, (uint8_t)f, NULL);
		const struct measure *m = form ? form_measure_code(form, span_str(code)) : NULL;

		if (m) {
			*of = form;
			return m;
		}
	}
	return NULL;
}

static bool counts_persons_of(const struct form *form, const struct measure *m)
{
	const struct measure *top = m;

	while (top && top->parent)
		top = form_measure(form, top->parent);
	if (!top || top == m)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(not_persons); i++)
		if (!strcmp(top->code, not_persons[i]))
			return false;
	return true;
}

bool public_is_breakdown(struct ledger *names, const char *code)
{
	const struct form *form = NULL;
	const struct measure *m = measure_named(names, code, &form);

	return counts_persons_of(form, m);
}

/* ---- figures of one unit ---- */

struct grouping {
	struct public_figure *f;
	size_t count;
	const struct measure **measures; /* of each; NULL: no form has it */
	const struct form **forms;
	struct suppress_cell *cells;
	struct suppress_sum *sums;
	int *parts, part_count, sum_count;
};

static int index_of(const struct grouping *g, const char *code)
{
	for (size_t i = 0; i < g->count; i++)
		if (!strcmp(g->f[i].code, code))
			return (int)i;
	return -1;
}

/* The sum that figure `i` is the first of, in the order of the answer; and that it is within its parent. */
static void sums_of(struct grouping *g, size_t i)
{
	const struct measure *m = g->measures[i], *p;
	int from = g->part_count, whole;
	int64_t sum = 0;

	p = m && m->parent ? form_measure(g->forms[i], m->parent) : NULL;
	whole = p ? index_of(g, p->code) : -1;
	if (whole < 0 || !g->cells[whole].known)
		return;
	g->parts[g->part_count++] = (int)i;
	g->sums[g->sum_count++] = (struct suppress_sum){ &g->parts[from], 1, whole,
							 .within = true };
	if (!*m->exclusive)
		return;
	from = g->part_count;
	for (size_t k = 0; k < g->count; k++) {
		const struct measure *o = g->measures[k];

		if (!o || o->parent != m->parent || strcmp(o->exclusive, m->exclusive))
			continue;
		if (k < i) { /* it was the first */
			g->part_count = from;
			return;
		}
		g->parts[g->part_count++] = (int)k;
		sum += g->cells[k].known ? g->cells[k].value : 0;
	}
	if (sum == g->cells[whole].value)
		g->sums[g->sum_count++] = (struct suppress_sum){ &g->parts[from],
								 g->part_count - from, whole,
								 .within = false };
	else
		g->part_count = from; /* not all reported them: nobody computes the rest from it */
}

int public_figures(struct public_figure *f, size_t count, struct ledger *names, struct arena *a,
		   struct err *e)
{
	struct grouping g = { .f = f, .count = count };
	int rc;

	g.measures = arena_array(a, count + 1, sizeof(*g.measures));
	g.forms = arena_array(a, count + 1, sizeof(*g.forms));
	g.cells = arena_array(a, count + 1, sizeof(*g.cells));
	g.sums = arena_array(a, 2 * count + 1, sizeof(*g.sums));
	g.parts = arena_array(a, (count + 1) * (count + 2), sizeof(*g.parts));
	if (!g.measures || !g.forms || !g.cells || !g.sums || !g.parts)
		return err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	for (size_t i = 0; i < count; i++) {
		g.measures[i] = measure_named(names, f[i].code, &g.forms[i]);
		g.cells[i] = (struct suppress_cell){ .known = f[i].known && f[i].value >= 0,
						     .value = f[i].value,
						     .personal = counts_persons_of(g.forms[i],
										   g.measures[i]) };
	}
	for (size_t i = 0; i < count; i++)
		sums_of(&g, i);
	rc = suppress(g.cells, (int)count, g.sums, g.sum_count, e);
	for (size_t i = 0; i < count && !rc; i++)
		f[i].hidden = g.cells[i].hidden;
	return rc;
}

/* ---- totals ---- */

static json_t *value_at(json_t *measures, const char *code, bool nested)
{
	json_t *v = json_object_get(measures, code);

	return nested ? json_object_get(v, "value") : v;
}

/* The numbers of {code: number}, or of {code: {value}}. */
static int hide_in(json_t *measures, bool nested, json_t *left_out, struct ledger *names,
		   struct arena *a, struct err *e)
{
	struct public_figure *f = arena_array(a, json_object_size(measures) + 1, sizeof(*f));
	size_t count = 0;
	const char *code;
	json_t *v;
	int rc;

	if (!f)
		return err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	json_object_foreach(measures, code, v)
	{
		const json_t *n = value_at(measures, code, nested);

		f[count++] = (struct public_figure){ .code = arena_str(a, span_str(code)),
						     .known = json_is_integer(n),
						     .value = json_integer_value(n) };
		if (!f[count - 1].code)
			return err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	}
	rc = public_figures(f, count, names, a, e);
	for (size_t i = 0; i < count && !rc; i++) {
		if (!f[i].hidden)
			continue;
		if (nested)
			json_object_set_new(json_object_get(measures, f[i].code), "value",
					    json_null());
		else
			json_object_set_new(measures, f[i].code, json_null());
		json_array_append_new(left_out, json_string(f[i].code));
	}
	return rc;
}

static bool lists(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i,
			   item) if (!strcmp(json_string_value(item), text)) return true;
	return false;
}

/* What was attained of a target that is not shown. */
static void hide_target(json_t *t)
{
	static const char *const keys[] = { "attained",       "attained_percent", "excess",
					    "excess_percent", "comparable",       "kept" };

	for (size_t i = 0; json_is_object(t) && i < ARRAY_LEN(keys); i++)
		if (json_object_get(t, keys[i]))
			json_object_set_new(t, keys[i], json_null());
}

/* Which measure a target counts: the group that narrows it, where it has one. */
static const char *counted(const json_t *t)
{
	return *text_at(t, "group") ? text_at(t, "group") : text_at(t, "measure");
}

int public_totals(json_t *answer, struct ledger *names, struct arena *a, struct err *e)
{
	json_t *out = json_array(), *before = json_array(), *t;
	size_t i;
	int rc = out && before ? 0 : err_set(e, ERR_NOMEM, "no memory to leave out small numbers");

	if (!rc)
		rc = hide_in(json_object_get(answer, "measures"), false, out, names, a, e);
	if (!rc)
		rc = hide_in(json_object_get(answer, "prev_year"), true, before, names, a, e);
	json_array_foreach(json_object_get(answer, "targets"), i, t)
	{
		const json_t *of = json_object_get(json_object_get(answer, "measures"), counted(t));
		int64_t n = number_at(t, "attained");

		/* a period of its own may show what this one does not */
		if (!rc && public_is_breakdown(names, counted(t)) &&
		    (lists(out, counted(t)) || (n > 0 && n < SUPPRESS_BELOW) ||
		     !json_is_integer(of) || json_integer_value(of) != n))
			hide_target(t);
	}
	if (rc) {
		json_decref(out);
		json_decref(before);
		return rc;
	}
	/* what is checked inside, and the hash of all of it, are no news for outside */
	json_object_set_new(answer, "questions", json_array());
	json_object_set_new(answer, "hash", json_null());
	json_object_set_new(answer, "hash_of", json_null());
	json_object_set_new(answer, "public", json_true());
	json_object_set_new(answer, "suppressed", out);
	json_object_set_new(answer, "suppressed_prev_year", before);
	return 0;
}

/* ---- table ---- */

struct column {
	json_t **at; /* the objects whose number `key` is; the last one is the whole */
	const char *key;
	size_t count;
	struct suppress_cell *cells;
};

static int hide_column(struct column *c, struct arena *a, struct err *e)
{
	int *parts = arena_array(a, c->count + 1, sizeof(*parts));
	struct suppress_sum sum = { .parts = parts, .whole = (int)c->count - 1 };
	int64_t all = 0;

	c->cells = arena_array(a, c->count + 1, sizeof(*c->cells));
	if (!parts || !c->cells)
		return err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	for (size_t i = 0; i < c->count; i++) {
		const json_t *n = json_object_get(c->at[i], c->key);

		c->cells[i] = (struct suppress_cell){ .known = json_is_integer(n) &&
							       json_integer_value(n) >= 0,
						      .value = json_integer_value(n),
						      .personal = true };
		if (i + 1 < c->count) {
			parts[sum.part_count++] = (int)i;
			all += c->cells[i].known ? c->cells[i].value : 0;
		}
	}
	return suppress(c->cells, (int)c->count, &sum,
			c->cells[sum.whole].known && all == c->cells[sum.whole].value, e);
}

static int hide_targets(json_t **rows, size_t count, size_t k, struct arena *a, struct err *e)
{
	struct column c = { .key = "attained", .count = count };
	int rc;

	c.at = arena_array(a, count + 1, sizeof(*c.at));
	if (!c.at)
		return err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	for (size_t i = 0; i < count; i++)
		c.at[i] = json_array_get(json_object_get(rows[i], "targets"), k);
	rc = hide_column(&c, a, e);
	for (size_t i = 0; i < count && !rc; i++)
		if (c.cells[i].hidden)
			hide_target(c.at[i]);
	return rc;
}

static int hide_values(json_t **rows, size_t count, json_t *left_out, struct arena *a,
		       struct err *e)
{
	struct column c = { .at = rows, .key = "value", .count = count };
	int rc = hide_column(&c, a, e);

	for (size_t i = 0; i < count && !rc; i++) {
		json_t *t;
		size_t k;

		if (!c.cells[i].hidden)
			continue;
		json_object_set_new(rows[i], "value", json_null());
		json_array_append_new(left_out, json_string(text_at(rows[i], "unit")));
		json_array_foreach(json_object_get(rows[i], "targets"), k, t) hide_target(t);
	}
	return rc;
}

static bool group_is_personal(json_t **rows, size_t count, size_t k, struct ledger *names)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *t = json_array_get(json_object_get(rows[i], "targets"), k);

		if (json_is_object(t) && *text_at(t, "group"))
			return public_is_breakdown(names, text_at(t, "group"));
	}
	return false;
}

int public_table(json_t *answer, bool ordered, struct ledger *names, struct arena *a, struct err *e)
{
	json_t *list = json_object_get(answer, "rows"), *out = json_array(), **rows;
	size_t count = json_array_size(list) + 1, heads;
	bool any = public_is_breakdown(names, text_at(answer, "measure"));
	int rc = 0;

	rows = arena_array(a, count + 1, sizeof(*rows));
	if (!rows || !out)
		rc = err_set(e, ERR_NOMEM, "no memory to leave out small numbers");
	for (size_t i = 0; !rc && i + 1 < count; i++)
		rows[i] = json_array_get(list, i);
	if (!rc)
		rows[count - 1] = json_object_get(answer, "total");
	if (!rc && any)
		rc = hide_values(rows, count, out, a, e);
	heads = rc ? 0 : json_array_size(json_object_get(rows[count - 1], "targets"));
	for (size_t k = 0; k < heads && !rc && !any; k++)
		if (group_is_personal(rows, count, k, names)) {
			any = ordered;
			rc = hide_targets(rows, count, k, a, e);
		}
	if (!rc && any && ordered)
		rc = err_set(e, ERR_INVALID,
			     "what is made for outside stands in the official order: another one "
			     "tells of numbers that are left out");
	if (rc) {
		json_decref(out);
		return rc;
	}
	json_object_set_new(answer, "public", json_true());
	json_object_set_new(answer, "suppressed", out);
	return 0;
}

/* ---- what is said of it ---- */

const char *public_says(void)
{
	return _("For outside: where persons are broken down, numbers under 5 are left out, and "
		 "those that they could be computed from");
}

const char *public_note(const json_t *answer, struct ledger *names, struct arena *a)
{
	const json_t *list = json_object_get(answer, "suppressed"), *item;
	const char *text;
	size_t i;

	if (!json_is_true(json_object_get(answer, "public")))
		return NULL;
	text = public_says();
	json_array_foreach((json_t *)list, i, item)
	{
		const char *code = json_string_value(item);

		text = arena_printf(
			a, "%s%s%s", text, i ? "; " : ": ",
			json_object_get(answer, "measures") ? measure_name_of(names, code) : code);
	}
	return text;
}
