#include "internal.h"

#include "ledger/acts.h"

enum { PLACES_MAX = 256 };

struct placing {
	struct ledger *l;
	const struct op *op;
	struct calendar calendar;
	struct late_place *places;
	size_t count;
	struct arena *a;
	struct err *e;
};

static void add(struct placing *g, uint32_t unit, struct period p)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->places[i].unit == unit && g->places[i].period.from == p.from &&
		    g->places[i].period.to == p.to)
			return;
	if (g->count < PLACES_MAX)
		g->places[g->count++] = (struct late_place){ unit, p };
}

static int add_unit(struct placing *g, uint32_t unit)
{
	const struct op_sheet *w = &g->op->sheet;
	const struct unit *u = tree_get(g->l->tree, unit);
	struct plan_row plan;
	int rc = u ? plan_get(g->l, unit, &plan, g->a, g->e) : -ERR_NOTFOUND;

	for (size_t i = 0; i < (rc ? 0 : plan.count); i++) {
		const struct plan_interval *v = &plan.intervals[i];
		day_t at = v->period.from > w->period.from ? v->period.from : w->period.from;

		if (v->form != (uint8_t)w->form || v->step == PLAN_NONE)
			continue;
		while (at <= w->period.to && at <= v->period.to) {
			struct period p = calendar_planned(&g->calendar, v->step, at, v->period);

			at = p.to + 1;
			if (period_inside(p, w->period) && plan_is_period(&g->calendar, v, p) &&
			    unit_alive(u, p.to))
				add(g, unit, p);
		}
	}
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int query_late_places(const struct late_place **out, size_t *count, struct ledger *l,
		      const struct late_line *late, struct arena *a, struct err *e)
{
	const struct unit *u = tree_get(l->tree, late->unit);
	struct placing g = { .l = l, .op = &late->op, .a = a, .e = e };
	int rc = read_enter(l, e);

	*out = g.places = arena_array(a, PLACES_MAX, sizeof(*g.places));
	*count = 0;
	if (rc)
		return rc;
	rc = g.places ? calendar_get(l, (uint8_t)late->op.sheet.form, &g.calendar, e)
		      : err_set(e, ERR_NOMEM, "no memory for late ops");
	if (!rc)
		rc = add_unit(&g, late->unit);
	for (size_t i = 0; u && i < u->link_count && !rc; i++)
		rc = add_unit(&g, u->links[i].into);
	if (!rc)
		rc = add_unit(&g, tree_successor(l->tree, late->unit, DAY_MAX, UINT64_MAX));
	read_leave(l);
	*count = g.count;
	return rc;
}
