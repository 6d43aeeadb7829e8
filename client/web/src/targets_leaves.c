/* The rows of grassroots units: one walk over all sheets and one over the plan, since a question for each of
 * a province's thousand would take ten seconds. */
#include "targets_board.h"

#include "domain/sheet.h"
#include "ledger/months.h"
#include "ledger/part.h"

enum { LEAF_MEASURES = 3, HEARD_MAX = 64 };

struct leaves {
	struct board *b;
	uint32_t *row_of; /* by unit, from 1; 0: not a row */
	uint32_t unit_max;
	uint16_t measures[LEAF_MEASURES]; /* the board's, cells, cells without a source */
	int64_t (*values)[LEAF_MEASURES];
	bool (*known)[LEAF_MEASURES];
};

static int leaf_sheet(void *ctx, uint32_t unit, uint8_t form, struct period p,
		      const struct sheet *s, struct err *e)
{
	struct leaves *v = ctx;
	uint32_t at = unit <= v->unit_max ? v->row_of[unit] : 0;

	(void)form;
	(void)e;
	if (!at || !period_inside(p, v->b->q.q.period) || p.from == p.to || !sheet_counts(s))
		return 0;
	for (size_t i = 0; i < LEAF_MEASURES; i++) {
		struct figure f = sheet_figure(s, v->measures[i], unit);

		if (!f.winner || f.winner->state == FIGURE_BLANK)
			continue;
		v->known[at - 1][i] = true;
		if (i) /* a stock: sheets come by their last day */
			v->values[at - 1][i] = f.winner->value;
		else
			v->values[at - 1][i] += f.winner->value;
	}
	return 0;
}

/* Due and missing sheets, by the plan. */
static int leaf_due(struct leaves *v)
{
	struct board *b = v->b;
	struct call *k = b->k;
	struct months_query q = { .unit = b->top.unit->unit,
				  .period = b->q.q.period,
				  .known_at = UINT64_MAX,
				  .now_ms = k->now_ms,
				  .holidays = k->w->config.holidays };
	const struct month_cell *cells;
	size_t count;
	int rc = query_months(&cells, &count, k->base, &q, k->a, k->e);

	for (size_t i = 0; !rc && i < count; i++) {
		uint32_t at = cells[i].unit <= v->unit_max ? v->row_of[cells[i].unit] : 0;
		const struct form *f = ledger_form_newest(k->base, cells[i].form, k->e);

		if (!at || !f || !form_measure(f, b->measure))
			continue;
		b->rows[at - 1].totals->sheets.expected++;
		b->rows[at - 1].totals->sheets.missing += !cells[i].sign_lsn;
	}
	return rc;
}

static int leaf_row(struct leaves *v, struct row *r, size_t at)
{
	struct board *b = v->b;
	struct call *k = b->k;
	struct totals *t = r->totals;
	const struct target_line *lines;
	struct target_line *own;
	size_t count = 0;
	int rc = query_goals(&lines, &count, k->base, r->unit->unit, b->q.q.period, UINT64_MAX,
			     k->a, k->e);

	if (rc)
		return rc;
	own = arena_array(k->a, count + 1, sizeof(*own));
	if (!own)
		return err_set(k->e, ERR_NOMEM, "no memory for a table");
	r->has_value = v->known[at][0];
	r->value = v->values[at][0];
	for (size_t i = 0; i < count; i++) {
		own[i] = lines[i];
		own[i].has_attained = r->has_value && !board_began_before(b, &own[i].target);
		own[i].attained = r->value;
		own[i].excess = r->value - own[i].goal;
	}
	board_match(b, r, own, count);
	t->has_members = !part_members(k->base, r->unit->unit, b->q.q.period.to, &t->members, k->e);
	err_clear(k->e);
	t->reporting.expected = t->sheets.expected > 0;
	t->reporting.reported = t->sheets.expected && !t->sheets.missing;
	board_judge(b, r);
	r->facts = (struct lag_facts){ .pace = &r->pace[0],
				       .attained = r->value,
				       .missing = t->sheets.missing,
				       .no_source = v->known[at][1] && v->known[at][2] &&
						    v->values[at][1] > 0 &&
						    v->values[at][2] >= v->values[at][1] };
	rank_group(r->group, r->unit->tags ? r->unit->tags : "");
	return 0;
}

int board_leaves(struct board *b, const struct unit **units, size_t count)
{
	struct arena *a = b->k->a;
	const struct tree *t = ledger_tree(b->k->base);
	struct leaves v = { .b = b,
			    .measures = {
				    b->measure, ledger_measure(b->k->base, SPAN_LIT("cells")),
				    ledger_measure(b->k->base, SPAN_LIT("no_source_left")) } };
	struct totals *totals = arena_array(a, count + 1, sizeof(*totals));
	int rc;

	for (size_t i = 0; i < tree_count(t); i++)
		if (tree_at(t, i)->unit > v.unit_max)
			v.unit_max = tree_at(t, i)->unit;
	v.row_of = arena_array(a, (size_t)v.unit_max + 1, sizeof(*v.row_of));
	v.values = arena_array(a, count + 1, sizeof(*v.values));
	v.known = arena_array(a, count + 1, sizeof(*v.known));
	if (!totals || !v.row_of || !v.values || !v.known)
		return err_set(b->k->e, ERR_NOMEM, "no memory for a table");
	memset(totals, 0, (count + 1) * sizeof(*totals));
	memset(v.row_of, 0, ((size_t)v.unit_max + 1) * sizeof(*v.row_of));
	memset(v.values, 0, (count + 1) * sizeof(*v.values));
	memset(v.known, 0, (count + 1) * sizeof(*v.known));
	for (size_t i = 0; i < count; i++) {
		b->rows[i].unit = units[i];
		b->rows[i].totals = &totals[i];
		v.row_of[units[i]->unit] = (uint32_t)i + 1;
	}
	b->count = count;
	rc = part_sheets(b->k->base, leaf_sheet, &v, b->k->e);
	if (!rc)
		rc = leaf_due(&v);
	for (size_t i = 0; !rc && i < count; i++)
		rc = leaf_row(&v, &b->rows[i], i);
	return rc;
}

int board_last_heard(struct call *k, uint32_t unit, int64_t *time_ms)
{
	uint64_t lsn = 0;
	struct buf bytes;
	int rc = part_unit_head(k->base, unit, &lsn, k->e);

	*time_ms = 0;
	buf_init(&bytes, 1 << 20);
	for (int i = 0; !rc && lsn && i < HEARD_MAX && !*time_ms; i++) {
		struct entry en;
		struct op op;

		buf_reset(&bytes);
		if (ledger_entry(k->base, lsn, &bytes, k->e) ||
		    entry_decode(&en, buf_span(&bytes), k->a, k->e))
			break; /* not held here: nothing is known of before */
		if ((en.device && en.author_unit == unit) ||
		    (op_decode(&op, en.body, k->a, k->e) == CODE_OK && op.kind == OP_SHEET))
			*time_ms = en.time_ms;
		lsn = en.prev_unit;
	}
	buf_fini(&bytes);
	err_clear(k->e);
	return rc;
}
