/* table: a row per unit, a column group per target. */
#include "report.h"

#include "base/csv.h"
#include "base/num.h"

enum { HEADS_MAX = 8 };

struct table_row {
	const struct unit *unit;
	const struct totals *totals;
	bool has_value;
	int64_t value;
	const struct target_line *targets[HEADS_MAX]; /* NULL: none of this instrument */
};

enum table_order { ORDER_OFFICIAL, ORDER_ATTAINMENT, ORDER_RATE, ORDER_COUNT, ORDERS };

struct table {
	struct cli *c;
	struct question q;
	const char *measure_code;
	uint16_t measure;
	const struct target_line *heads[HEADS_MAX];
	size_t head_count;
	struct table_row *rows, total;
	size_t count;
	enum table_order order;
	bool grassroots;
	enum target_instrument of; /* INSTR_NONE: all */
	const char *of_doc;        /* NULL: any */
};

/* ---- options ---- */

static int read_of(struct table *t)
{
	const char *colon;

	if (!options.of)
		return 0;
	colon = strchr(options.of, ':');
	t->of = instrument_parse(
		span_of(options.of, colon ? (size_t)(colon - options.of) : strlen(options.of)));
	t->of_doc = colon ? colon + 1 : NULL;
	if (t->of != INSTR_NONE)
		return 0;
	return err_set(&t->c->err, ERR_INVALID, "--of INSTRUMENT[:DOC_NO], not %s", options.of);
}

static int read_options(struct table *t)
{
	static const char *const orders[ORDERS] = { "official", "attainment", "rate", "count" };
	struct err *e = &t->c->err;
	size_t i = 0;

	while (options.order && i < ORDERS && strcmp(options.order, orders[i]))
		i++;
	if (i == ORDERS)
		return err_set(e, ERR_INVALID,
			       "--order official, attainment, rate or count, not %s",
			       options.order);
	t->order = (enum table_order)i;
	t->grassroots = options.level && !strcmp(options.level, "grassroots");
	if (options.level && !t->grassroots && strcmp(options.level, "direct"))
		return err_set(e, ERR_INVALID, "--level direct or grassroots, not %s",
			       options.level);
	t->measure_code = options.measure ? options.measure : "admitted";
	t->measure = ledger_measure(client_base(t->c->client), span_str(t->measure_code));
	if (!t->measure)
		return err_set(e, ERR_NOTFOUND, "no form has a measure %s", t->measure_code);
	return read_of(t);
}

/* ---- from the own ledger ---- */

static bool same_instrument(const struct op_target *a, const struct op_target *b)
{
	return a->instrument == b->instrument && span_eq(a->doc_no, b->doc_no) &&
	       span_eq(a->measure, b->measure) && span_eq(a->group, b->group);
}

static bool wanted(const struct table *t, const struct target_line *line)
{
	if (!line->has_goal ||
	    ledger_measure(client_base(t->c->client), line->target.measure) != t->measure)
		return false;
	return (t->of == INSTR_NONE || line->target.instrument == t->of) &&
	       (!t->of_doc || span_eq(line->target.doc_no, span_str(t->of_doc)));
}

static int fill_row(struct table *t, struct table_row *row, const struct unit *u)
{
	struct totals *totals = arena_alloc(t->c->arena, sizeof(*totals));
	struct query q = t->q.q;
	int rc;

	if (!totals)
		return err_set(&t->c->err, ERR_NOMEM, "no memory for a table");
	q.unit = u->unit;
	rc = query_totals(totals, client_base(t->c->client), &q, t->c->arena, &t->c->err);
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

static int list_units(struct table *t, const struct unit ***units, size_t *count)
{
	const struct tree *tree = ledger_tree(client_base(t->c->client));
	const struct query *q = &t->q.q;
	day_t day = q->tree == TREE_AS_IS ? q->tree_day : q->period.to;

	if (!t->grassroots)
		return tree_children(tree, q->unit, day, q->known_at, units, count, &t->c->err);
	*units = arena_array(t->c->arena, tree_count(tree) + 1, sizeof(**units));
	*count = 0;
	if (!*units)
		return err_set(&t->c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < tree_count(tree); i++) {
		const struct unit *u = tree_at(tree, i);

		if (unit_alive(u, day) && unit_kind_grassroots(unit_kind_at(u, day, q->known_at)) &&
		    tree_inside(tree, u->unit, q->unit, day, q->known_at))
			(*units)[(*count)++] = u;
	}
	return 0;
}

/* Exact ratios; the unit without what is asked for comes last; ties keep the official order, since
 * the sort moves only what is truly greater. */
static bool before(const struct table *t, const struct table_row *a, const struct table_row *b)
{
	const struct target_line *ta = a->targets[0], *tb = b->targets[0];

	switch (t->order) {
	case ORDER_ATTAINMENT:
		if (!ta || !ta->has_attained || ta->goal <= 0)
			return false;
		if (!tb || !tb->has_attained || tb->goal <= 0)
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
		struct table_row row = t->rows[i];
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
	const struct unit **units;
	size_t count;
	int rc = fill_row(t, &t->total, t->q.unit); /* its targets make the heads */

	if (rc)
		return rc;
	for (size_t i = 0; i < t->total.totals->target_count; i++)
		if (wanted(t, &t->total.totals->targets[i]) && t->head_count < HEADS_MAX)
			t->heads[t->head_count++] = &t->total.totals->targets[i];
	rc = fill_row(t, &t->total, t->q.unit);
	if (!rc)
		rc = list_units(t, &units, &count);
	if (rc)
		return rc;
	t->rows = arena_array(t->c->arena, count + 1, sizeof(*t->rows));
	if (!t->rows)
		return err_set(&t->c->err, ERR_NOMEM, "no memory for a table");
	for (; t->count < count && !rc; t->count++)
		rc = fill_row(t, &t->rows[t->count], units[t->count]);
	sort_rows(t);
	return rc;
}

static json_t *json_row(struct table *t, const struct table_row *r)
{
	json_t *targets = json_array();

	for (size_t k = 0; k < t->head_count; k++)
		json_array_append_new(targets, r->targets[k] ? json_target(t->c, r->targets[k])
							     : json_null());
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:I}", "unit", r->unit->code, "name",
			 unit_name_at(r->unit, t->q.q.period.to, t->q.q.known_at), "value",
			 r->has_value ? json_integer(r->value) : json_null(), "targets", targets,
			 "members",
			 r->totals->has_members ? json_integer(r->totals->members) : json_null(),
			 "reported", (json_int_t)r->totals->reporting.reported, "expected",
			 (json_int_t)r->totals->reporting.expected);
}

static json_t *json_table(struct table *t)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(rows, json_row(t, &t->rows[i]));
	return json_pack(
		"{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "unit", t->total.unit->code, "from",
		json_day(t->q.q.period.from), "to", json_day(t->q.q.period.to), "known_at",
		json_known(t->c, t->total.totals->known_lsn, t->total.totals->known_time_ms),
		"measure", t->measure_code, "illustrative",
		is_illustrative(t->c) ? json_string(illustrative_mark) : json_false(), "rows", rows,
		"total", json_row(t, &t->total));
}

/* ---- words and CSV, from the JSON ---- */

static void tell_row(struct cli *c, struct grid *g, const json_t *row, const char *no)
{
	const char *name = text_at(row, "name");
	json_t *target;
	size_t i;

	grid_cell(g, no, true);
	grid_cell(g, *name ? name : text_at(row, "unit"), false);
	grid_cell(g, number_words(c, json_object_get(row, "value")), true);
	json_array_foreach(json_object_get(row, "targets"), i, target)
	{
		grid_cell(g, number_words(c, json_object_get(target, "goal")), true);
		grid_cell(g,
			  show_percent(c, json_string_value(
						  json_object_get(target, "attained_percent"))),
			  true);
	}
	grid_cell(g, number_words(c, json_object_get(row, "members")), true);
	grid_cell(g,
		  arena_printf(c->arena, "%lld/%lld", (long long)number_at(row, "reported"),
			       (long long)number_at(row, "expected")),
		  true);
}

static void tell_heads(struct cli *c, struct grid *g, const json_t *j, size_t heads)
{
	grid_cell(g, _("no."), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, measure_name(c, text_at(j, "measure")), true);
	for (size_t k = 0; k < heads; k++) {
		grid_cell(g, arena_printf(c->arena, _("target (%zu)"), k + 1), true);
		grid_cell(g, arena_printf(c->arena, _("attained (%zu)"), k + 1), true);
	}
	grid_cell(g, _("members"), true);
	grid_cell(g, _("reported"), true);
	grid_rule(g);
}

static void tell_table(struct cli *c, const struct table *t, const json_t *j)
{
	const json_t *total = json_object_get(j, "total"),
		     *targets = json_object_get(total, "targets");
	size_t heads = json_array_size(targets), i;
	struct grid *g = grid_new(c, 5 + 2 * heads);
	json_t *row;

	fprintf(c->out, "%s, %s\n", text_at(j, "unit"), period_words(c, t->q.q.period));
	tell_known(c, j, t->q.here);
	for (i = 0; i < heads; i++)
		fprintf(c->out, "  (%zu) %s\n", i + 1, target_words(c, json_array_get(targets, i)));
	tell_heads(c, g, j, heads);
	json_array_foreach(json_object_get(j, "rows"), i, row)
		tell_row(c, g, row, arena_printf(c->arena, "%zu", i + 1));
	grid_rule(g);
	tell_row(c, g, total, "");
	grid_print(g);
}

static void csv_number(struct cli *c, struct buf *b, const json_t *n)
{
	csv_field(b,
		  span_str(json_is_integer(n) ? arena_printf(c->arena, "%lld",
							     (long long)json_integer_value(n))
					      : ""),
		  false);
}

static void csv_row(struct cli *c, struct buf *b, const json_t *row)
{
	json_t *target;
	size_t i;

	csv_field(b, span_str(text_at(row, "unit")), true);
	csv_field(b, span_str(text_at(row, "name")), false);
	csv_number(c, b, json_object_get(row, "value"));
	json_array_foreach(json_object_get(row, "targets"), i, target)
	{
		csv_number(c, b, json_object_get(target, "goal"));
		csv_field(b, span_str(text_at(target, "attained_percent")), false);
	}
	csv_number(c, b, json_object_get(row, "members"));
	buf_printf(b, ",%lld,%lld\n", (long long)number_at(row, "reported"),
		   (long long)number_at(row, "expected"));
}

static int csv_table(struct cli *c, const json_t *j)
{
	const json_t *total = json_object_get(j, "total");
	size_t heads = json_array_size(json_object_get(total, "targets")), i;
	const char *mark = json_string_value(json_object_get(j, "illustrative"));
	struct buf b;
	json_t *row;
	int rc = 0;

	buf_init(&b, 64 << 20);
	buf_printf(&b, "\xef\xbb\xbf"); /* a spreadsheet takes it for UTF-8 by this mark */
	if (mark)
		buf_printf(&b, "# %s\n", mark);
	buf_printf(&b, "unit,name,%s", text_at(j, "measure"));
	for (i = 0; i < heads; i++)
		buf_printf(&b, ",target_%zu,attained_percent_%zu", i + 1, i + 1);
	buf_printf(&b, ",members,reported,expected\n");
	json_array_foreach(json_object_get(j, "rows"), i, row) csv_row(c, &b, row);
	csv_row(c, &b, total);
	if (b.failed)
		rc = err_set(&c->err, ERR_NOMEM, "no memory to print");
	else
		(void)fwrite(b.data, 1, b.len, c->out); /* cli_main() asks the stream at the end */
	buf_fini(&b);
	return rc;
}

int cmd_table(struct cli *c, int argc, char **argv)
{
	struct table *t = arena_alloc(c->arena, sizeof(*t));
	struct wire_query w = { .what = WIRE_TABLE };
	json_t *j = NULL;
	int rc;

	if (!t)
		return err_set(&c->err, ERR_NOMEM, "no memory for a table");
	t->c = c;
	rc = question_read(c, argc > 1 ? argv[1] : NULL, &t->q);
	if (!rc)
		rc = read_options(t);
	if (!rc && t->q.here) {
		rc = fill(t);
		if (!rc)
			j = json_table(t);
	} else if (!rc) {
		w.measure = span_str(t->measure_code);
		w.instrument = t->of;
		w.doc_no = t->of_doc ? span_str(t->of_doc) : (struct span){ NULL, 0 };
		w.level = t->grassroots;
		w.order = t->order;
		rc = ask_server(c, &t->q, &w, &j);
	}
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	if (c->csv)
		rc = csv_table(c, j);
	else
		tell_table(c, t, j);
	json_decref(j);
	return rc;
}
