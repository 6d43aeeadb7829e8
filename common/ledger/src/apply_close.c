/* State from closings, unlocks, decisions on what came late, summaries and calendars. */
#include "internal.h"

bool periods_next(struct periods_walk *w, struct period *out)
{
	static const enum plan_step steps[] = { PLAN_MONTH, PLAN_QUARTER, PLAN_HALF, PLAN_YEAR };

	if (w->form->period == FORM_DAY) {
		if (w->next > w->within.to)
			return false;
		*out = (struct period){ calendar_month(&w->calendar, w->next).from, w->next };
		w->next++;
		return true;
	}
	while (w->step < ARRAY_LEN(steps)) {
		if (w->next > w->within.to) {
			w->step++;
			w->next = w->within.from;
			continue;
		}
		*out = calendar_period(&w->calendar, steps[w->step], w->next, w->within);
		w->next = out->to + 1;
		if (period_inside(*out, w->within))
			return true;
	}
	*out = w->within; /* what is reported once for all of these days */
	return w->step++ == ARRAY_LEN(steps);
}

/* The rows of every node below, as they stand at this moment. */
static int pin_all(struct ledger *l, uint32_t top, uint8_t form, struct period within, uint64_t lsn,
		   struct err *e)
{
	struct periods_walk w = { .form = ledger_form_newest(l, form, e),
				  .within = within,
				  .next = within.from };
	struct period p;
	int rc = w.form ? calendar_get(l, form, &w.calendar, e)
			: err_set(e, ERR_CORRUPT, "entry %llu closes a form that is not there",
				  (unsigned long long)lsn);

	while (!rc && periods_next(&w, &p)) {
		for (size_t i = 0; i < tree_count(l->tree) && !rc; i++) {
			uint32_t unit = tree_at(l->tree, i)->unit;

			if (tree_inside(l->tree, unit, top, p.to, UINT64_MAX))
				rc = agg_pin(l, lsn, unit, form, p, e);
		}
	}
	return rc;
}

static int with_closings(struct ledger *l, uint8_t form, uint32_t unit, struct closing_row *row,
			 struct arena **a, struct err *e)
{
	*a = arena_new(SCRATCH_BUDGET);
	if (!*a)
		return err_set(e, ERR_NOMEM, "no memory for closings");
	*row = (struct closing_row){ .count = 0 };
	return closing_get(l, form, unit, row, *a, e);
}

int apply_close(struct ledger *l, const struct entry *en, const struct envelope *env,
		const struct op *op, struct err *e)
{
	const struct op_close *c = &op->close;
	struct closing_row row;
	struct closing *list;
	struct arena *a;
	int rc = with_closings(l, c->form, op->unit, &row, &a, e);

	(void)env;
	if (!rc) {
		list = arena_array(a, row.count + 1, sizeof(*list));
		rc = list ? 0 : err_set(e, ERR_NOMEM, "no memory for closings");
	}
	if (!rc) {
		if (row.count)
			memcpy(list, row.closings, row.count * sizeof(*list));
		list[row.count++] = (struct closing){ c->period, en->lsn };
		row.closings = list;
		rc = closing_put(l, c->form, op->unit, &row, e);
	}
	arena_free(a);
	return rc ? rc : pin_all(l, op->unit, c->form, c->period, en->lsn, e);
}

/* The first asks; the second opens. What has ended by now is forgotten. */
int apply_unlock(struct ledger *l, const struct entry *en, const struct envelope *env,
		 const struct op *op, struct err *e)
{
	const struct op_unlock *u = &op->unlock;
	struct closing_row row;
	struct unlocking *list;
	struct arena *a;
	size_t kept = 0;
	int rc;

	(void)env;
	if (!u->confirms)
		return 0;
	rc = with_closings(l, u->form, op->unit, &row, &a, e);
	if (!rc) {
		list = arena_array(a, row.unlock_count + 1, sizeof(*list));
		rc = list ? 0 : err_set(e, ERR_NOMEM, "no memory for closings");
	}
	if (!rc) {
		for (size_t i = 0; i < row.unlock_count; i++)
			if (row.unlocks[i].until_ms >= en->time_ms)
				list[kept++] = row.unlocks[i];
		list[kept++] = (struct unlocking){ u->period, u->confirms, en->lsn, u->until_ms };
		row.unlocks = list;
		row.unlock_count = kept;
		rc = closing_put(l, u->form, op->unit, &row, e);
	}
	arena_free(a);
	return rc;
}

int apply_late(struct ledger *l, const struct entry *en, const struct envelope *env,
	       const struct op *op, struct err *e)
{
	struct late_row row;
	struct arena *a;
	struct entry late;
	struct op_id id;
	struct op sheet;
	int rc = late_get(l, op->late.lsn, &row, e);

	(void)env;
	if (rc == -ERR_NOTFOUND && l->scope && op->late.as_unit)
		return 0; /* of a unit that is not read here: what it counts for the successor is not known */
	if (rc == -ERR_NOTFOUND) {
		rc = err_set(e, ERR_CORRUPT, "entry %llu decides on one that is not late",
			     (unsigned long long)en->lsn);
		return unless_holes(l, op->unit, rc, e);
	}
	if (rc)
		return rc;
	row.decided_lsn = en->lsn;
	row.counts = op->late.counts;
	row.counts_for = op->late.counts ? op->unit : 0;
	rc = late_put(l, op->late.lsn, &row, e);
	if (rc || !row.counts)
		return rc;
	a = arena_new(SCRATCH_BUDGET);
	rc = a ? late_open(l, &op->late, en->lsn, &late, &id, &sheet, a, e)
	       : err_set(e, ERR_NOMEM, "no memory for a late op");
	if (!rc)
		rc = put_sheet_op(l, &late, id, &sheet, e);
	arena_free(a);
	handed_drop(l); /* the unit that it counts for reads it from now on */
	return rc;
}

int apply_summary(struct ledger *l, const struct entry *en, const struct envelope *env,
		  const struct op *op, struct err *e)
{
	(void)env;
	buf_varint(row_begin(l), en->lsn);
	return row_put(l, T_SUMMARY, key_sheet(op->summary.period, op->summary.form, op->unit), e);
}

int apply_calendar(struct ledger *l, const struct entry *en, const struct envelope *env,
		   const struct op *op, struct err *e)
{
	const struct op_calendar *c = &op->calendar;
	struct calendar_row *row;
	struct calendar all;
	struct buf *b;
	int rc = calendar_get(l, c->form, &all, e);

	(void)env;
	if (rc)
		return rc;
	if (all.count && all.rows[all.count - 1].from == c->from)
		all.count--;
	if (all.count == ARRAY_LEN(all.rows))
		return err_set(e, ERR_CORRUPT, "entry %llu: more than %zu calendars of a form",
			       (unsigned long long)en->lsn, ARRAY_LEN(all.rows));
	row = &all.rows[all.count++];
	*row = (struct calendar_row){ .from = c->from,
				      .first_day = c->first_day,
				      .working_days = c->working_days };
	memcpy(row->due_days, c->due_days, sizeof(row->due_days));
	b = row_begin(l);
	buf_varint(b, all.count);
	for (size_t i = 0; i < all.count; i++) {
		buf_zigzag(b, all.rows[i].from);
		buf_u8(b, all.rows[i].first_day);
		for (int level = 0; level < DUE_LEVELS; level++)
			buf_u8(b, all.rows[i].due_days[level]);
		buf_u8(b, all.rows[i].working_days);
	}
	return row_put(l, T_CALENDAR, key_u8(c->form), e);
}
