/* What the register comes to: of a node as a whole, and unit by unit. */
#include "feed_part.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

struct per_unit {
	struct ledger *l;
	uint32_t node;
	const struct case_counting *how;
	const struct by_unit *kind;
	uint8_t *at;
	size_t count, room, last;
};

static uint8_t *row_at(const struct per_unit *p, size_t index)
{
	return p->at + index * p->kind->size;
}

static uint32_t unit_at(const struct per_unit *p, size_t index)
{
	uint32_t unit;

	memcpy(&unit, row_at(p, index), sizeof(unit));
	return unit;
}

/* Walks come in order of units: the one of before, the next that is there, or a new one in between. */
static void *of_unit(struct per_unit *p, uint32_t unit, struct err *e)
{
	while (p->last < p->count && unit_at(p, p->last) < unit)
		p->last++;
	if (p->last < p->count && unit_at(p, p->last) == unit)
		return row_at(p, p->last);
	if (p->count == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		uint8_t *grown = realloc(p->at, room * p->kind->size);

		if (!grown) {
			err_set(e, ERR_NOMEM, "no memory for counts of %zu units", room);
			return NULL;
		}
		p->at = grown;
		p->room = room;
	}
	memmove(row_at(p, p->last + 1), row_at(p, p->last), (p->count - p->last) * p->kind->size);
	p->count++;
	memset(row_at(p, p->last), 0, p->kind->size);
	memcpy(row_at(p, p->last), &unit, sizeof(unit));
	return row_at(p, p->last);
}

enum { LINEAGE_MAX = 16 }; /* one after another */

static bool went_over(const struct tree *t, uint32_t from, uint32_t into, day_t by, int depth)
{
	const struct unit *u = tree_get(t, from);

	for (size_t i = 0; u && depth && !unit_alive(u, by) && i < u->link_count; i++)
		if (u->links[i].from <= by && (u->links[i].into == into ||
					       went_over(t, u->links[i].into, into, by, depth - 1)))
			return true;
	return false;
}

void register_ways(const struct tree *t, uint32_t unit, const struct move_end *came_from,
		   const struct move_end *gone_to, enum case_move *came, enum case_move *went)
{
	if (came_from->state != HANDOVER_NONE &&
	    went_over(t, came_from->unit, unit, came_from->sent, LINEAGE_MAX))
		*came = MOVE_NONE;
	if (gone_to->state != HANDOVER_NONE &&
	    went_over(t, unit, gone_to->unit, gone_to->sent, LINEAGE_MAX))
		*went = MOVE_NONE;
}

static int each_case(void *ctx, const struct case_record *r, struct err *e)
{
	struct case_step steps[CASE_STEPS_MAX];
	struct per_unit *p = ctx;
	struct case_entry c;
	bool mistake;
	void *row;
	int rc;

	if (!tree_inside(p->l->tree, r->unit, p->node, p->how->period.to, UINT64_MAX) ||
	    !case_record_entry(&c, steps, r))
		return 0;
	rc = register_is_mistake(p->l, r, &mistake, e);
	if (rc || mistake)
		return rc;
	register_ways(p->l->tree, r->unit, &r->came, &r->gone, &c.came, &c.went);
	row = of_unit(p, r->unit, e);
	if (!row)
		return -ERR_NOMEM;
	p->kind->add_case(row, r, &c, p->how);
	return 0;
}

static int each_member(void *ctx, const struct register_member *m, struct err *e)
{
	struct per_unit *p = ctx;
	struct member_entry entry;
	void *row;
	int rc;

	if (!tree_inside(p->l->tree, m->unit, p->node, p->how->period.to, UINT64_MAX) ||
	    !member_entry_of(&entry, m))
		return 0;
	register_ways(p->l->tree, m->unit, &m->came, &m->gone, &entry.came, &entry.went);
	rc = register_has_case(p->l, m->unit, m->person, &entry.of_case, e);
	if (rc)
		return rc;
	row = of_unit(p, m->unit, e);
	if (!row)
		return -ERR_NOMEM;
	p->kind->add_member(row, m, &entry, p->how);
	return 0;
}

bool register_is_held(const struct ledger *l, uint32_t node, day_t day, uint32_t *left)
{
	day_t today = day_of_instant(l->info.time_ms);

	for (size_t i = 0; l->scope && tree_moves(l->tree) && i < tree_count(l->tree); i++) {
		*left = tree_at(l->tree, i)->unit;
		if (tree_inside(l->tree, *left, node, day, UINT64_MAX) &&
		    part_left(l->tree, *left, l->scope, today))
			return false;
	}
	return true;
}

int register_by_unit(struct ledger *l, uint32_t node, const struct case_counting *how,
		     const struct by_unit *kind, void **out, size_t *count, struct err *e)
{
	struct per_unit p = { .l = l, .node = node, .how = how, .kind = kind };
	int rc = register_cases(l, 0, each_case, &p, e);

	p.last = 0;
	if (!rc)
		rc = register_members(l, 0, each_member, &p, e);
	if (rc) {
		free(p.at);
		p.at = NULL;
		p.count = 0;
	}
	*out = p.at;
	*count = p.count;
	return rc;
}

static void add(struct register_unit_count *u, const int8_t adds[CASE_MEASURES])
{
	for (size_t i = 0; i < CASE_MEASURES; i++)
		u->counted[i] += adds[i];
}

static bool on_the_way(const struct move_end *gone, day_t day)
{
	return gone->state != HANDOVER_NONE && gone->sent <= day &&
	       (gone->state == HANDOVER_OPEN ||
		(gone->taken > gone->sent ? gone->taken : gone->sent + 1) > day);
}

static void count_case(void *row, const struct case_record *r, const struct case_entry *c,
		       const struct case_counting *how)
{
	struct register_unit_count *u = row;
	int8_t adds[CASE_MEASURES];

	(void)case_contribution(adds, c, how);
	add(u, adds);
	u->cases += r->gone.state != HANDOVER_DONE;
	u->in_transit += on_the_way(&r->gone, how->period.to);
}

static void count_member(void *row, const struct register_member *m,
			 const struct member_entry *entry, const struct case_counting *how)
{
	struct register_unit_count *u = row;
	int8_t adds[CASE_MEASURES];

	member_contribution(adds, entry, how);
	add(u, adds);
	u->members += !entry->of_case; /* one more case is not the register brought in */
	u->in_transit += on_the_way(&m->gone, how->period.to);
}

int register_count_units(struct ledger *l, uint32_t node, const struct case_counting *how,
			 struct register_unit_count **out, size_t *count, struct err *e)
{
	static const struct by_unit kind = { sizeof(**out), count_case, count_member };
	void *rows;
	int rc = register_by_unit(l, node, how, &kind, &rows, count, e);

	static_assert(offsetof(struct register_unit_count, unit) == 0,
		      "a row begins with its unit");
	*out = rows;
	return rc;
}

struct counting_all {
	struct ledger *l;
	uint32_t node;
	const struct case_counting *how;
	int64_t *out;
	size_t cases;
};

static int sum_case(void *ctx, const struct case_record *r, struct err *e)
{
	struct counting_all *a = ctx;
	struct case_step steps[CASE_STEPS_MAX];
	struct case_entry c;
	int8_t adds[CASE_MEASURES];
	bool mistake;
	int rc;

	if (!tree_inside(a->l->tree, r->unit, a->node, a->how->period.to, UINT64_MAX) ||
	    !case_record_entry(&c, steps, r))
		return 0;
	rc = register_is_mistake(a->l, r, &mistake, e);
	if (rc || mistake)
		return rc;
	register_ways(a->l->tree, r->unit, &r->came, &r->gone, &c.came, &c.went);
	(void)case_contribution(adds, &c, a->how);
	for (size_t i = 0; i < CASE_MEASURES; i++)
		a->out[i] += adds[i];
	a->cases += r->gone.state != HANDOVER_DONE; /* who went over is one where they are now */
	return 0;
}

static int sum_member(void *ctx, const struct register_member *m, struct err *e)
{
	struct counting_all *a = ctx;
	int8_t adds[CASE_MEASURES];
	struct member_entry entry;
	int rc;

	if (!tree_inside(a->l->tree, m->unit, a->node, a->how->period.to, UINT64_MAX) ||
	    !member_entry_of(&entry, m))
		return 0;
	register_ways(a->l->tree, m->unit, &m->came, &m->gone, &entry.came, &entry.went);
	rc = register_has_case(a->l, m->unit, m->person, &entry.of_case, e);
	member_contribution(adds, &entry, a->how);
	for (size_t i = 0; i < CASE_MEASURES; i++)
		a->out[i] += adds[i];
	return rc;
}

int register_count(struct ledger *l, uint32_t node, const struct case_counting *how,
		   int64_t out[CASE_MEASURES], size_t *cases, struct err *e)
{
	struct counting_all a = { .l = l, .node = node, .how = how, .out = out };
	bool leaf = l->scope == node && tree_count(l->tree) <= 1;
	int rc;

	memset(out, 0, CASE_MEASURES * sizeof(*out));
	rc = register_cases(l, leaf ? node : 0, sum_case, &a, e);
	if (!rc)
		rc = register_members(l, leaf ? node : 0, sum_member, &a, e);
	if (cases)
		*cases = a.cases;
	return rc;
}

int register_counts_by(struct ledger *l, day_t day, enum case_counts *out, struct err *e)
{
	char key[32];
	struct buf value;
	int rc;

	buf_init(&value, REASON_MAX);
	snprintf(key, sizeof(key), "admitted-by.%d", day_to_ymd(day).year);
	rc = ledger_setting(l, span_str(key), &value, e);
	if (rc == -ERR_NOTFOUND)
		rc = ledger_setting(l, SPAN_LIT("admitted-by"), &value, e);
	*out = !rc && span_eq(buf_span(&value), SPAN_LIT("ceremony")) ? COUNTS_CEREMONY
								      : COUNTS_DECISION;
	buf_fini(&value);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}
