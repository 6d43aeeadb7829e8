/* A table over days after days: of all units directly below one, what a series says of each, in one answer. */
#include "internal.h"
#include "json_text.h"

#include "report/names.h"

enum { TABLE_BYTES_MAX = 64 << 20 };

struct table_each {
	struct ledger *ledger;
	const struct question *asked;
	struct arena *arena;
	struct err *e;
	uint16_t measure; /* 0: all */
	const struct period *periods;
	size_t period_count;
	const struct unit **units; /* in official order, and then the one asked for */
	size_t count;              /* without that */
	struct series *rows;       /* of `units` */
};

static int find_measure(struct table_each *t)
{
	const struct span code = t->asked->measure;

	t->measure = t->asked->all_measures ? 0 : ledger_measure(t->ledger, code);
	if (t->asked->all_measures || t->measure)
		return 0;
	return err_set(t->e, ERR_NOTFOUND, "no form has a measure %.*s", (int)code.len,
		       (const char *)code.data);
}

static int find_units(struct table_each *t)
{
	const struct tree *tree = ledger_tree(t->ledger);
	const struct query *q = &t->asked->q;
	const struct unit *top = tree_get(tree, q->unit), **below = NULL;
	day_t day = q->tree == TREE_AS_IS ? q->tree_day : q->period.to;
	int rc;

	if (!top)
		return err_set(t->e, ERR_NOTFOUND, "there is no such unit");
	rc = tree_children(tree, q->unit, day, q->known_at, &below, &t->count, t->e);
	if (!rc && (t->count + 1) * t->period_count > TABLE_PLACES_MAX)
		rc = err_set(t->e, ERR_RANGE, "a table of more than %d units by periods",
			     TABLE_PLACES_MAX);
	if (rc)
		return rc;
	t->units = arena_array(t->arena, t->count + 1, sizeof(const struct unit *));
	t->rows = arena_array(t->arena, t->count + 1, sizeof(*t->rows));
	if (!t->units || !t->rows)
		return err_set(t->e, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < t->count; i++)
		t->units[i] = below[i];
	t->units[t->count] = top;
	return 0;
}

static int fill_rows(struct table_each *t)
{
	struct query q = t->asked->q;
	int rc = 0;

	q.measure = t->measure;
	for (size_t i = 0; i <= t->count && !rc; i++) {
		q.unit = t->units[i]->unit;
		rc = query_series(&t->rows[i], t->ledger, &q, t->periods, t->period_count, t->arena,
				  t->e);
	}
	return rc;
}

static void put_unit(struct buf *b, const struct table_each *t, size_t i)
{
	const struct query *q = &t->asked->q;

	json_text_key(b, "unit");
	json_text_string(b, t->units[i]->code);
	json_text_key(b, "name");
	json_text_string(b, unit_name_at(t->units[i], q->period.to, q->known_at));
}

static void put_table(struct buf *b, const struct table_each *t)
{
	const struct series *own = &t->rows[t->count];
	const struct series_rows all = { .list = t->rows, .count = t->count + 1 },
				 below = { .list = t->rows, .count = t->count, .listed = true },
				 top = { .list = own, .count = 1 };
	struct ledger *l = t->ledger;

	series_head(b, l, t->asked, series_known(l, &all));
	json_text_key(b, "measure");
	json_text_string(b, t->measure ? measure_code_of(l, t->measure) : NULL);
	json_text_key(b, "rows");
	json_text_open(b, '[');
	for (size_t i = 0; i < t->count; i++) {
		json_text_open(b, '{');
		put_unit(b, t, i);
		json_text_close(b, '}');
	}
	json_text_close(b, ']');
	json_text_key(b, "series");
	json_text_open(b, '{');
	series_columns(b, l, own, &below, t->measure);
	json_text_close(b, '}');
	json_text_key(b, "total");
	json_text_open(b, '{');
	put_unit(b, t, t->count);
	series_columns(b, l, own, &top, t->measure);
	json_text_close(b, '}');
	json_text_close(b, '}');
}

int table_each_text(struct buf *b, struct ledger *l, const struct question *q, struct arena *a,
		    struct err *e)
{
	struct table_each t = { .ledger = l, .asked = q, .arena = a, .e = e };
	int rc = question_periods(&t.periods, &t.period_count, q, l, a, e);

	if (!rc)
		rc = find_measure(&t);
	if (!rc)
		rc = find_units(&t);
	if (!rc)
		rc = fill_rows(&t);
	if (!rc)
		put_table(b, &t);
	return rc;
}

int report_table_each(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		      struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, TABLE_BYTES_MAX);
	rc = table_each_text(&text, l, q, a, e);
	*out = rc || text.failed ? NULL : json_loadb((const char *)text.data, text.len, 0, NULL);
	buf_fini(&text);
	if (!rc && !*out)
		rc = err_set(e, ERR_NOMEM, "no memory for a table");
	return rc;
}
