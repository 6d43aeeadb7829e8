/* table UNIT: the table for the standing committee. A row per unit in official order, a group of columns
 * per instrument, and the totals row, which is the unit's own answer and not the sum of the rows. */
#include "totals_show.h"

#include "base/buf.h"
#include "base/csv.h"
#include "base/num.h"

#include <stdlib.h>

enum { COLUMNS_OF_TARGETS_MAX = 6 };

struct table_row {
	const struct unit *unit;
	const struct totals *totals;
	int64_t value; /* of the measure asked for */
	bool has_value;
	const struct target_line
		*targets[COLUMNS_OF_TARGETS_MAX]; /* NULL: none of this instrument */
};

struct table {
	struct cli *c;
	struct query q;
	uint16_t measure;
	const struct target_line *heads[COLUMNS_OF_TARGETS_MAX];
	size_t head_count;
	struct table_row *rows, total;
	size_t count;
	enum { ORDER_OFFICIAL, ORDER_ATTAINMENT, ORDER_RATE, ORDER_COUNT } order;
};

static bool same_instrument(const struct op_target *a, const struct op_target *b)
{
	return a->instrument == b->instrument && span_eq(a->doc_no, b->doc_no) &&
	       span_eq(a->measure, b->measure) && span_eq(a->group, b->group);
}

static bool wanted(const struct table *t, const struct target_line *line)
{
	const char *colon = options.of ? strchr(options.of, ':') : NULL;
	size_t len = options.of ? (colon ? (size_t)(colon - options.of) : strlen(options.of)) : 0;

	if (!line->has_goal ||
	    ledger_measure(t->c->store.ledger, line->target.measure) != t->measure)
		return false;
	if (!options.of)
		return true;
	return span_eq(span_str(instrument_name(line->target.instrument)),
		       span_of(options.of, len)) &&
	       (!colon || span_eq(line->target.doc_no, span_str(colon + 1)));
}

static int fill_row(struct table *t, struct table_row *row, const struct unit *u)
{
	struct totals *totals = arena_alloc(t->c->arena, sizeof(*totals));
	struct query q = t->q;
	int rc;

	if (!totals)
		return err_set(&t->c->err, ERR_NOMEM, "no memory for a table");
	q.unit = u->unit;
	rc = query_totals(totals, t->c->store.ledger, &q, t->c->arena, &t->c->err);
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
	for (size_t k = 0; k < t->head_count; k++)
		for (size_t i = 0; i < totals->target_count; i++)
			if (same_instrument(&totals->targets[i].target, &t->heads[k]->target))
				row->targets[k] = &totals->targets[i];
	return 0;
}

static int list_units(struct table *t, const struct unit *top, const struct unit ***units,
		      size_t *count)
{
	const struct tree *tree = ledger_tree(t->c->store.ledger);
	day_t day = t->q.tree == TREE_AS_IS ? t->q.tree_day : t->q.period.to;

	if (!options.level || !strcmp(options.level, "direct"))
		return tree_children(tree, top->unit, day, t->q.known_at, units, count, &t->c->err);
	if (strcmp(options.level, "grassroots"))
		return cli_misused(t->c,
				   err_set(&t->c->err, ERR_INVALID,
					   "--level direct or grassroots, not %s", options.level));
	*units = arena_array(t->c->arena, tree_count(tree) + 1, sizeof(**units));
	*count = 0;
	if (!*units)
		return err_set(&t->c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < tree_count(tree); i++) {
		const struct unit *u = tree_at(tree, i);

		if (unit_alive(u, day) &&
		    unit_kind_grassroots(unit_kind_at(u, day, t->q.known_at)) &&
		    tree_inside(tree, u->unit, top->unit, day, t->q.known_at))
			(*units)[(*count)++] = u;
	}
	return 0;
}

/* Exact ratios; the unit without what is asked for comes last; ties keep the official order, since the
 * sort moves only what is truly greater. */
static bool before(const struct table *t, const struct table_row *a, const struct table_row *b)
{
	const struct target_line *ta = a->targets[0], *tb = b->targets[0];

	switch (t->order) {
	case ORDER_ATTAINMENT:
		if (!ta || !ta->has_attained || !ta->goal)
			return false;
		if (!tb || !tb->has_attained || !tb->goal)
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
		break;
	}
	return false;
}

static void sort_rows(struct table *t)
{
	for (size_t i = 1; i < t->count; i++) {
		struct table_row row = t->rows[i];
		size_t k = i;

		while (k && before(t, &row, &t->rows[k - 1])) {
			t->rows[k] = t->rows[k - 1];
			k--;
		}
		t->rows[k] = row;
	}
}

static int read_order(struct table *t)
{
	static const char *const names[] = { "official", "attainment", "rate", "count" };

	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (!options.order || !strcmp(options.order, names[i])) {
			t->order = i;
			return 0;
		}
	}
	return cli_misused(t->c, err_set(&t->c->err, ERR_INVALID,
					 "--order official, attainment, rate or count, not %s",
					 options.order));
}

static int fill(struct table *t, const char *code)
{
	const struct unit *top, **units;
	size_t count = 0;
	int rc = parse_query(t->c, code, &t->q);

	if (!rc)
		rc = read_order(t);
	if (!rc)
		rc = parse_unit(t->c, code, &top);
	if (!rc)
		rc = fill_row(t, &t->total, top); /* its targets make the heads */
	if (rc)
		return rc;
	for (size_t i = 0; i < t->total.totals->target_count; i++)
		if (wanted(t, &t->total.totals->targets[i]) &&
		    t->head_count < COLUMNS_OF_TARGETS_MAX)
			t->heads[t->head_count++] = &t->total.totals->targets[i];
	rc = fill_row(t, &t->total, top);
	if (!rc)
		rc = list_units(t, top, &units, &count);
	if (rc)
		return rc;
	t->rows = arena_array(t->c->arena, count + 1, sizeof(*t->rows));
	for (; t->count < count && t->rows && !rc; t->count++)
		rc = fill_row(t, &t->rows[t->count], units[t->count]);
	sort_rows(t);
	return t->rows ? rc : err_set(&t->c->err, ERR_NOMEM, "no memory for a table");
}

/* ---- words ---- */

static void show_row(struct table *t, struct grid *g, const struct table_row *r, const char *no)
{
	struct cli *c = t->c;

	grid_cell(g, no, true);
	grid_cell(g, unit_name_at(r->unit, t->q.period.to, t->q.known_at), false);
	grid_cell(g, r->has_value ? show_number(c, r->value) : "", true);
	for (size_t k = 0; k < t->head_count; k++) {
		const struct target_line *l = r->targets[k];

		grid_cell(g, l && l->has_goal ? show_number(c, l->goal) : "", true);
		grid_cell(g,
			  l && l->has_goal && l->has_attained
				  ? show_percent(c, l->attained, l->goal)
				  : "",
			  true);
	}
	grid_cell(g, r->totals->has_members ? show_number(c, r->totals->members) : "", true);
	grid_cell(g,
		  arena_printf(c->arena, "%llu/%llu",
			       (unsigned long long)r->totals->reporting.reported,
			       (unsigned long long)r->totals->reporting.expected),
		  true);
}

static void show_table(struct table *t)
{
	struct cli *c = t->c;
	const struct measure *m = measure_of(c, t->measure);
	struct grid *g = grid_new(c, 5 + 2 * t->head_count);
	char period[PERIOD_TEXT_MAX];

	fprintf(c->out, _("%s, %s, known at entry %llu\n"), t->total.unit->code,
		period_text(period, t->q.period), (unsigned long long)t->total.totals->known_lsn);
	for (size_t k = 0; k < t->head_count; k++)
		fprintf(c->out, "  (%zu) %s\n", k + 1, instrument_words(c, &t->heads[k]->target));
	grid_cell(g, _("no."), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, lang_now() == TEXT_VI ? m->name_vi : m->name_en, true);
	for (size_t k = 0; k < t->head_count; k++) {
		grid_cell(g, arena_printf(c->arena, _("target (%zu)"), k + 1), true);
		grid_cell(g, arena_printf(c->arena, _("attained (%zu)"), k + 1), true);
	}
	grid_cell(g, _("members"), true);
	grid_cell(g, _("reported"), true);
	grid_rule(g);
	for (size_t i = 0; i < t->count; i++)
		show_row(t, g, &t->rows[i], arena_printf(c->arena, "%zu", i + 1));
	grid_rule(g);
	show_row(t, g, &t->total, "");
	grid_print(g);
	fprintf(c->out, _("grassroots organisations: %llu = %llu committees + %llu cells\n"),
		(unsigned long long)(t->total.totals->units[UNIT_BASE_COMMITTEE] +
				     t->total.totals->units[UNIT_BASE_CELL]),
		(unsigned long long)t->total.totals->units[UNIT_BASE_COMMITTEE],
		(unsigned long long)t->total.totals->units[UNIT_BASE_CELL]);
}

/* ---- JSON, CSV ---- */

static json_t *json_row(struct table *t, const struct table_row *r)
{
	json_t *targets = json_array();

	for (size_t k = 0; k < t->head_count; k++)
		json_array_append_new(targets, r->targets[k] ? json_target(t->c, r->targets[k])
							     : json_null());
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:I}", "unit", r->unit->code, "name",
			 unit_name_at(r->unit, t->q.period.to, t->q.known_at), "value",
			 r->has_value ? json_integer(r->value) : json_null(), "targets", targets,
			 "members",
			 r->totals->has_members ? json_integer(r->totals->members) : json_null(),
			 "reported", (json_int_t)r->totals->reporting.reported, "expected",
			 (json_int_t)r->totals->reporting.expected);
}

static int show_table_json(struct table *t)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(rows, json_row(t, &t->rows[i]));
	return show_json(t->c, json_pack("{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "unit",
					 t->total.unit->code, "from", json_day(t->q.period.from),
					 "to", json_day(t->q.period.to), "known_at",
					 json_known(t->c, t->total.totals->known_lsn,
						    t->total.totals->known_time_ms),
					 "measure", measure_code(t->c, t->measure), "illustrative",
					 ledger_info(t->c->store.ledger).illustrative
						 ? json_string(illustrative_mark)
						 : json_false(),
					 "rows", rows, "total", json_row(t, &t->total)));
}

static void csv_row(struct table *t, struct buf *b, const struct table_row *r)
{
	struct cli *c = t->c;
	const char *empty = "";

	csv_field(b, span_str(r->unit->code), true);
	csv_field(b, span_str(unit_name_at(r->unit, t->q.period.to, t->q.known_at)), false);
	csv_field(b,
		  span_str(r->has_value ? arena_printf(c->arena, "%lld", (long long)r->value)
					: empty),
		  false);
	for (size_t k = 0; k < t->head_count; k++) {
		const struct target_line *l = r->targets[k];
		const char *percent = l && l->has_goal && l->has_attained
					      ? json_percent(c, l->attained, l->goal)
					      : NULL;

		csv_field(b,
			  span_str(l && l->has_goal
					   ? arena_printf(c->arena, "%lld", (long long)l->goal)
					   : empty),
			  false);
		csv_field(b, span_str(percent ? percent : empty), false);
	}
	csv_field(b,
		  span_str(r->totals->has_members
				   ? arena_printf(c->arena, "%lld", (long long)r->totals->members)
				   : empty),
		  false);
	buf_printf(b, ",%llu,%llu\n", (unsigned long long)r->totals->reporting.reported,
		   (unsigned long long)r->totals->reporting.expected);
}

static int show_table_csv(struct table *t)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, 64 << 20);
	buf_printf(&b, "\xef\xbb\xbf"); /* a spreadsheet takes it for UTF-8 by this mark */
	if (ledger_info(t->c->store.ledger).illustrative)
		buf_printf(&b, "# %s\n", illustrative_mark);
	buf_printf(&b, "unit,name,%s", measure_code(t->c, t->measure));
	for (size_t k = 0; k < t->head_count; k++)
		buf_printf(&b, ",target_%zu,attained_percent_%zu", k + 1, k + 1);
	buf_printf(&b, ",members,reported,expected\n");
	for (size_t i = 0; i < t->count; i++)
		csv_row(t, &b, &t->rows[i]);
	csv_row(t, &b, &t->total);
	if (b.failed)
		rc = err_set(&t->c->err, ERR_NOMEM, "no memory to print");
	else
		(void)fwrite(b.data, 1, b.len, t->c->out); /* the stream is asked at the end */
	buf_fini(&b);
	return rc;
}

int cmd_table(struct cli *c, int argc, char **argv)
{
	const char *code = options.measure ? options.measure : "admitted";
	struct table *t = arena_alloc(c->arena, sizeof(*t));
	int rc;

	(void)argc;
	if (!t)
		return err_set(&c->err, ERR_NOMEM, "no memory for a table");
	t->c = c;
	t->measure = ledger_measure(c->store.ledger, span_str(code));
	if (!t->measure)
		return err_set(&c->err, ERR_NOTFOUND, "no form has a measure %s", code);
	rc = fill(t, argv[1]);
	if (rc)
		return rc;
	if (c->json)
		return show_table_json(t);
	if (c->csv)
		return show_table_csv(t);
	show_table(t);
	return 0;
}
