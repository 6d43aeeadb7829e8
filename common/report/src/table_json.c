/* The table for the standing committee as JSON. A row per unit in official order, a group of columns per
 * instrument of the unit and of the rows, and the totals row, which is the unit's own answer and not the sum of
 * the rows. */
#include "internal.h"

#include "base/num.h"
#include "report/names.h"

#include <string.h>

enum { FIRST_HEADS = 16 };

struct row {
	const struct unit *unit;
	const struct totals *totals;
	bool has_value;
	int64_t value;                      /* of the measure asked for */
	const struct target_line **targets; /* one for each head; NULL: none of this instrument */
};

struct table {
	struct ledger *ledger;
	const struct question *asked;
	struct arena *arena;
	struct err *e;
	uint16_t measure;
	const struct target_line **heads; /* the first met of each */
	size_t head_count, head_cap;
	struct row *rows, total;
	size_t count;
};

/* One document may give a number and beside it a rate or a limit, or a year's number and the term's: columns of their
 * own. Without a number the issuer tells two documents apart. */
static bool same_instrument(const struct op_target *a, const struct op_target *b)
{
	return a->instrument == b->instrument && span_eq(a->doc_no, b->doc_no) &&
	       (a->doc_no.len || span_eq(a->issuer, b->issuer)) &&
	       span_eq(a->measure, b->measure) && span_eq(a->group, b->group) &&
	       a->period.from == b->period.from && a->period.to == b->period.to &&
	       target_same_sort(a, b);
}

static bool wanted(const struct table *t, const struct target_line *line)
{
	if (!line->has_goal || ledger_measure(t->ledger, line->target.measure) != t->measure)
		return false;
	return target_asked(t->asked, &line->target);
}

static int fill_row(struct table *t, struct row *row, const struct unit *u)
{
	struct totals *totals = arena_alloc(t->arena, sizeof(*totals));
	struct query q = t->asked->q;
	int rc;

	if (!totals)
		return err_set(t->e, ERR_NOMEM, "no memory for a table");
	q.unit = u->unit;
	q.measure = t->measure;
	rc = query_totals(totals, t->ledger, &q, t->arena, t->e);
	if (rc)
		return rc;
	row->unit = u;
	row->totals = totals;
	for (size_t i = 0; i < totals->measure_count; i++) {
		if (totals->measures[i].measure == t->measure) {
			row->has_value = totals->measures[i].count > 0;
			row->value = totals->measures[i].sum;
		}
	}
	return 0;
}

/* ---- columns ---- */

static int add_head(struct table *t, const struct target_line *line)
{
	for (size_t k = 0; k < t->head_count; k++)
		if (same_instrument(&line->target, &t->heads[k]->target))
			return 0;
	if (t->head_count == t->head_cap) {
		size_t cap = t->head_cap ? 2 * t->head_cap : FIRST_HEADS;
		const struct target_line **grown = arena_array(t->arena, cap, sizeof(*grown));

		if (!grown)
			return err_set(t->e, ERR_NOMEM, "no memory for a table");
		if (t->head_count)
			memcpy(grown, t->heads, t->head_count * sizeof(*grown));
		t->heads = grown;
		t->head_cap = cap;
	}
	t->heads[t->head_count++] = line;
	return 0;
}

static int add_heads(struct table *t, const struct row *row)
{
	int rc = 0;

	for (size_t i = 0; i < row->totals->target_count && !rc; i++)
		if (wanted(t, &row->totals->targets[i]))
			rc = add_head(t, &row->totals->targets[i]);
	return rc;
}

static int place_targets(struct table *t, struct row *row)
{
	row->targets = arena_array(t->arena, t->head_count + 1, sizeof(*row->targets));
	if (!row->targets)
		return err_set(t->e, ERR_NOMEM, "no memory for a table");
	for (size_t k = 0; k < t->head_count; k++)
		for (size_t i = 0; i < row->totals->target_count; i++)
			if (same_instrument(&row->totals->targets[i].target, &t->heads[k]->target))
				row->targets[k] = &row->totals->targets[i];
	return 0;
}

/* The unit's own instruments first, then what a row has beside them, in official order. */
static int make_columns(struct table *t)
{
	int rc = add_heads(t, &t->total);

	for (size_t i = 0; i < t->count && !rc; i++)
		rc = add_heads(t, &t->rows[i]);
	if (!rc)
		rc = place_targets(t, &t->total);
	for (size_t i = 0; i < t->count && !rc; i++)
		rc = place_targets(t, &t->rows[i]);
	return rc;
}

/* ---- rows ---- */

static int list_units(struct table *t, const struct unit ***units, size_t *count)
{
	const struct tree *tree = ledger_tree(t->ledger);
	const struct query *q = &t->asked->q;
	day_t day = q->tree == TREE_AS_IS ? q->tree_day : q->period.to;

	if (t->asked->level == LEVEL_DIRECT)
		return tree_children(tree, q->unit, day, q->known_at, units, count, t->e);
	*units = arena_array(t->arena, tree_count(tree) + 1, sizeof(**units));
	*count = 0;
	if (!*units)
		return err_set(t->e, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < tree_count(tree); i++) {
		const struct unit *u = tree_at(tree, i);

		if (unit_alive(u, day) && unit_kind_grassroots(unit_kind_at(u, day, q->known_at)) &&
		    tree_inside(tree, u->unit, q->unit, day, q->known_at))
			(*units)[(*count)++] = u;
	}
	return 0;
}

/* Exact ratios; the unit without what is asked for comes last; ties keep the official order, since the
 * sort moves only what is truly greater. */
static bool before(const struct table *t, const struct row *a, const struct row *b)
{
	const struct target_line *ta = t->head_count ? a->targets[0] : NULL,
				 *tb = t->head_count ? b->targets[0] : NULL;

	switch (t->asked->order) {
	case ORDER_ATTAINMENT:
		if (!ta || !ta->has_attained || ta->goal <= 0 || target_is_limit(&ta->target))
			return false;
		if (!tb || !tb->has_attained || tb->goal <= 0 || target_is_limit(&tb->target))
			return true;
		return num_ratio_cmp(ta->attained, ta->goal, tb->attained, tb->goal) > 0;
	case ORDER_RATE:
		if (!a->has_value || !a->totals->has_members || a->totals->members <= 0)
			return false;
		if (!b->has_value || !b->totals->has_members || b->totals->members <= 0)
			return true;
		return num_ratio_cmp(a->value, a->totals->members, b->value, b->totals->members) >
		       0;
	case ORDER_COUNT:
		return a->has_value && (!b->has_value || a->value > b->value);
	case ORDER_OFFICIAL:
	case ORDERS:
		break;
	}
	return false;
}

static void sort_rows(struct table *t)
{
	for (size_t i = 1; i < t->count; i++) {
		struct row row = t->rows[i];
		size_t k = i;

		while (k && before(t, &row, &t->rows[k - 1])) {
			t->rows[k] = t->rows[k - 1];
			k--;
		}
		t->rows[k] = row;
	}
}

static int fill(struct table *t)
{
	const struct unit *top = tree_get(ledger_tree(t->ledger), t->asked->q.unit), **units;
	size_t count;
	int rc = top ? fill_row(t, &t->total, top)
		     : err_set(t->e, ERR_NOTFOUND, "there is no such unit");

	if (!rc)
		rc = list_units(t, &units, &count);
	if (rc)
		return rc;
	t->rows = arena_array(t->arena, count + 1, sizeof(*t->rows));
	if (!t->rows)
		return err_set(t->e, ERR_NOMEM, "no memory for a table");
	for (; t->count < count && !rc; t->count++)
		rc = fill_row(t, &t->rows[t->count], units[t->count]);
	if (!rc)
		rc = make_columns(t);
	if (!rc)
		sort_rows(t);
	return rc;
}

static json_t *json_row(const struct table *t, const struct row *r)
{
	const struct query *q = &t->asked->q;
	json_t *targets = json_array();

	for (size_t k = 0; k < t->head_count; k++)
		json_array_append_new(targets,
				      r->targets[k] ? report_target(r->targets[k]) : json_null());
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "unit",
			 r->unit->code, "name", unit_name_at(r->unit, q->period.to, q->known_at),
			 "value", r->has_value ? json_integer(r->value) : json_null(), "targets",
			 targets, "members",
			 r->totals->has_members ? json_integer(r->totals->members) : json_null(),
			 "members_on",
			 r->totals->has_members ? json_day(r->totals->members_on) : json_null(),
			 "reported", (json_int_t)r->totals->reporting.reported, "expected",
			 (json_int_t)r->totals->reporting.expected, "changed",
			 (json_int_t)r->totals->sheets.changed, "broken",
			 (json_int_t)r->totals->sheets.broken);
}

/* Which document a column is of, also where the unit itself has none of it. */
static json_t *json_heads(const struct table *t)
{
	json_t *list = json_array();

	for (size_t k = 0; k < t->head_count; k++) {
		const struct op_target *h = &t->heads[k]->target;
		uint64_t by = t->heads[k]->superseded_by;
		char period[PERIOD_TEXT_MAX];

		json_array_append_new(
			list, json_pack("{s:s, s:o, s:o, s:s, s:b, s:b, s:o, s:o}", "instrument",
					instrument_name(h->instrument), "doc_no",
					json_span(h->doc_no), "issuer", json_span(h->issuer),
					"period", period_text(period, h->period), "rate",
					target_is_rate(h), "limit", target_is_limit(h), "group",
					json_span(h->group), "superseded_by",
					by ? json_integer((json_int_t)by) : json_null()));
	}
	return list;
}

static json_t *json_table(const struct table *t)
{
	const struct totals *all = t->total.totals;
	const struct query *q = &t->asked->q;
	json_t *rows = json_array();

	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(rows, json_row(t, &t->rows[i]));
	return json_pack(
		"{s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
		t->total.unit->code, "from", json_day(q->period.from), "to", json_day(q->period.to),
		"known_at", json_known(t->ledger, all->known_lsn, all->known_time_ms), "tree",
		q->tree == TREE_AS_IS ? "as-is" : "as-was", "basis", basis_name(q->basis),
		"measure", measure_code_of(t->ledger, t->measure), "illustrative",
		mark_json(mark_of(t->ledger)), "units", json_unit_kinds(all), "instruments",
		json_heads(t), "differences", json_differences(t->ledger, all, t->measure), "rows",
		rows, "total", json_row(t, &t->total));
}

int report_table(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		 struct err *e)
{
	struct table *t = arena_alloc(a, sizeof(*t));
	int rc = t ? 0 : err_set(e, ERR_NOMEM, "no memory for a table");

	*out = NULL;
	if (rc)
		return rc;
	*t = (struct table){ .ledger = l, .asked = q, .arena = a, .e = e };
	t->measure = ledger_measure(l, q->measure);
	if (!t->measure)
		return err_set(e, ERR_NOTFOUND, "no form has a measure %.*s", (int)q->measure.len,
			       (const char *)q->measure.data);
	rc = fill(t);
	if (rc)
		return rc;
	*out = json_table(t);
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for a table");
}
