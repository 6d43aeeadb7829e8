/* What the tree and the plans say of who has to report, once more and close together: whoever asks of a country's provinces
 * by months comes past each of its units for every month. */
#include "internal.h"

#include <stdlib.h>

enum { PLANS_BYTES = 4 << 20, PLAN_PLACES = 1 << 14 };
static_assert(PLAN_PLACES >= 2 * ROLL_PLANS_MAX, "a search ends at a free place");

struct making {
	struct ledger *l;
	struct duty_roll *roll;
	uint32_t *at;     /* of a unit in the roll, plus 1; by its number */
	uint16_t *places; /* open addressing: of a plan in the roll, plus 1 */
	struct arena *work;
	struct err *e;
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for a plan");
}

/* ---- units ---- */

static void put_unit(struct making *m, const struct unit *u)
{
	struct duty_roll_unit *mine = &m->roll->units[m->roll->count++];

	*mine = (struct duty_roll_unit){
		.unit = u->unit,
		.parent = u->edges[0].parent,
		.opened = u->opened,
		.closed = unit_closed_at(u, UINT64_MAX),
		.kind = (uint8_t)u->kinds[0].kind,
		.moved = u->edge_count > 1,
		.changed = u->kind_count > 1 || u->life_count,
	};
	m->at[u->unit] = (uint32_t)m->roll->count;
}

static bool stood_before(const struct unit *u, size_t edge)
{
	for (size_t i = 0; i < edge; i++)
		if (u->edges[i].parent == u->edges[edge].parent)
			return true;
	return false;
}

/* The k-th thing that a unit stood under; NULL: nothing that is known, or it stands among its children already. Of most
 * units there is one, and the tree need not be looked at again. */
static struct duty_roll_unit *parent_in(const struct making *m, size_t unit, size_t k)
{
	struct duty_roll *r = m->roll;
	const struct unit *u = r->units[unit].moved ? tree_at(m->l->tree, unit) : NULL;
	uint32_t parent = u ? u->edges[k].parent : r->units[unit].parent;

	return parent && parent <= tree_max(m->l->tree) && m->at[parent] &&
			       !(u && stood_before(u, k))
		       ? &r->units[m->at[parent] - 1]
		       : NULL;
}

static size_t parents_of(const struct making *m, size_t unit)
{
	return m->roll->units[unit].moved ? tree_at(m->l->tree, unit)->edge_count : 1;
}

/* Counted first, then room is given out, then each comes to its place. */
static int put_children(struct making *m)
{
	struct duty_roll *r = m->roll;
	uint32_t room = 0;

	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < parents_of(m, i); k++) {
			struct duty_roll_unit *above = parent_in(m, i, k);

			if (above)
				above->child_count++;
		}
	for (size_t i = 0; i < r->count; i++) {
		r->units[i].first_child = room;
		room += r->units[i].child_count;
		r->units[i].child_count = 0;
	}
	r->children = calloc((size_t)room + 1, sizeof(*r->children));
	if (!r->children)
		return no_memory(m->e);
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < parents_of(m, i); k++) {
			struct duty_roll_unit *above = parent_in(m, i, k);

			if (above)
				r->children[above->first_child + above->child_count++] =
					(uint32_t)i;
		}
	return 0;
}

static int day_cmp(const void *pa, const void *pb)
{
	day_t a = *(const day_t *)pa, b = *(const day_t *)pb;

	return (a > b) - (a < b);
}

/* The days on which somebody moved, each once. */
static int put_moves(struct making *m)
{
	const struct tree *t = m->l->tree;
	struct duty_roll *r = m->roll;
	size_t kept = 0;

	r->moves = calloc(tree_moves(t) + 1, sizeof(*r->moves));
	if (!r->moves)
		return no_memory(m->e);
	for (size_t i = 0; i < r->count && tree_moves(t); i++) {
		const struct unit *u = tree_at(t, i);

		for (size_t k = 1; k < u->edge_count; k++)
			r->moves[r->move_count++] = u->edges[k].from;
	}
	qsort(r->moves, r->move_count, sizeof(*r->moves), day_cmp);
	for (size_t i = 0; i < r->move_count; i++)
		if (!kept || r->moves[kept - 1] != r->moves[i])
			r->moves[kept++] = r->moves[i];
	r->move_count = kept;
	return 0;
}

bool duty_roll_moved_in(const struct duty_roll *r, day_t from, day_t to)
{
	for (size_t i = 0; i < r->move_count; i++)
		if (r->moves[i] > from && r->moves[i] <= to)
			return true;
	return false;
}

/* ---- plans ---- */

static uint32_t plan_mix(const struct plan_row *p)
{
	uint32_t mix = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct plan_interval *v = &p->intervals[i];

		mix = (mix ^ v->form) * UINT32_C(0x01000193);
		mix = (mix ^ (uint32_t)v->step) * UINT32_C(0x01000193);
		mix = (mix ^ (uint32_t)v->period.from) * UINT32_C(0x01000193);
		mix = (mix ^ (uint32_t)v->period.to) * UINT32_C(0x01000193);
	}
	return mix ^ mix >> 15;
}

/* The place of the plan, plus 1, made when it is new; ROLL_PLAN_ROW where there is no room for more. */
static uint32_t put_plan(struct making *m, const struct plan_row *p)
{
	struct duty_roll *r = m->roll;
	uint32_t at = plan_mix(p) % PLAN_PLACES;
	struct plan_interval *copy;

	while (m->places[at] &&
	       !plan_same(&r->plans[m->places[at] - 1].row, p->intervals, p->count))
		at = (at + 1) % PLAN_PLACES;
	if (m->places[at])
		return m->places[at];
	copy = r->plan_count < ROLL_PLANS_MAX
		       ? arena_array(r->intervals, p->count + 1, sizeof(*copy))
		       : NULL;
	if (!copy)
		return ROLL_PLAN_ROW;
	if (p->count)
		memcpy(copy, p->intervals, p->count * sizeof(*copy));
	r->plans[r->plan_count].row = (struct plan_row){ .intervals = copy,
							 .count = p->count,
							 .changed_lsn = p->changed_lsn };
	m->places[at] = (uint16_t)++r->plan_count;
	return m->places[at];
}

static int put_plans(struct making *m)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, m->l->txn, T_PLAN, none, none, false, m->e);

	while (!rc && (rc = kv_next(c, &key, &value, m->e)) == 1) {
		uint32_t unit = key_read_u32(key, 0);
		struct plan_row plan;
		struct rd row;

		arena_reset(m->work);
		rc = row_open(&row, T_PLAN, value, m->e);
		if (!rc)
			rc = plan_read(&row, &plan, m->work, m->e);
		if (!rc && plan.changed_lsn && unit <= tree_max(m->l->tree) && m->at[unit])
			m->roll->units[m->at[unit] - 1].plan = put_plan(m, &plan);
	}
	kv_walk_end(c);
	return rc;
}

/* ---- the whole ---- */

void duty_roll_free(struct duty_roll *r)
{
	if (!r)
		return;
	free(r->units);
	free(r->children);
	free(r->met);
	free(r->moves);
	free(r->plans);
	arena_free(r->intervals);
	free(r);
}

static int fill(struct making *m)
{
	const struct tree *t = m->l->tree;
	struct duty_roll *r = m->roll;
	int rc;

	r->units = calloc(tree_count(t) + 1, sizeof(*r->units));
	r->met = calloc(tree_count(t) + 1, sizeof(*r->met));
	r->plans = calloc(ROLL_PLANS_MAX, sizeof(*r->plans));
	r->intervals = arena_new(PLANS_BYTES);
	if (!r->units || !r->met || !r->plans || !r->intervals)
		return no_memory(m->e);
	for (size_t i = 0; i < tree_count(t); i++)
		put_unit(m, tree_at(t, i));
	rc = put_children(m);
	if (!rc)
		rc = put_moves(m);
	return rc ? rc : put_plans(m);
}

int duty_roll_make(struct duty_roll **out, struct ledger *l, struct err *e)
{
	struct making m = { .l = l, .roll = calloc(1, sizeof(*m.roll)), .e = e };
	int rc;

	m.at = calloc((size_t)tree_max(l->tree) + 1, sizeof(*m.at));
	m.places = calloc(PLAN_PLACES, sizeof(*m.places));
	m.work = arena_new(SCRATCH_BUDGET);
	rc = m.roll && m.at && m.places && m.work ? fill(&m) : no_memory(e);
	free(m.at);
	free(m.places);
	arena_free(m.work);
	if (rc)
		duty_roll_free(m.roll);
	*out = rc ? NULL : m.roll;
	return rc;
}

static const struct duty_roll_unit *find(const struct duty_roll *r, uint32_t unit)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->units[mid].unit < unit)
			low = mid + 1;
		else
			high = mid;
	}
	return low < r->count && r->units[low].unit == unit ? &r->units[low] : NULL;
}

static uint32_t parent_on(const struct duty_roll_unit *u, const struct tree *t, day_t day)
{
	return u->moved ? unit_parent(tree_get(t, u->unit), day, UINT64_MAX) : u->parent;
}

size_t duty_roll_below(struct duty_roll *r, const struct tree *t, uint32_t node, day_t day)
{
	const struct duty_roll_unit *top = find(r, node);
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(t, node, day, UINT64_MAX, path), count = 0, level_end;

	if (!top || !depth) /* it stands nowhere, nor does anything below it */
		return 0;
	r->met[count++] = (uint32_t)(top - r->units);
	level_end = count;
	for (size_t at = 0; at < count; at++) {
		const struct duty_roll_unit *above = &r->units[r->met[at]];

		if (at == level_end) {
			level_end = count;
			depth++;
		}
		if (depth == UNIT_DEPTH_MAX)
			break;
		for (size_t i = 0; i < above->child_count; i++) {
			uint32_t child = r->children[above->first_child + i];

			if (parent_on(&r->units[child], t, day) == above->unit)
				r->met[count++] = child;
		}
	}
	return count;
}
