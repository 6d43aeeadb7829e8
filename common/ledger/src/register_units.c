/* What the register comes to, unit by unit: one walk over cases and one over members, both in order of units. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

struct per_unit {
	struct ledger *l;
	uint32_t node;
	const struct case_counting *how;
	struct register_unit_count *at;
	size_t count, room, last;
};

/* Walks come in order of units: the one of before, the next that is there, or a new one in between. */
static struct register_unit_count *of_unit(struct per_unit *p, uint32_t unit, struct err *e)
{
	while (p->last < p->count && p->at[p->last].unit < unit)
		p->last++;
	if (p->last < p->count && p->at[p->last].unit == unit)
		return &p->at[p->last];
	if (p->count == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		struct register_unit_count *grown = realloc(p->at, room * sizeof(*grown));

		if (!grown) {
			err_set(e, ERR_NOMEM, "no memory for counts of %zu units", room);
			return NULL;
		}
		p->at = grown;
		p->room = room;
	}
	memmove(&p->at[p->last + 1], &p->at[p->last], (p->count - p->last) * sizeof(*p->at));
	p->count++;
	p->at[p->last] = (struct register_unit_count){ .unit = unit };
	return &p->at[p->last];
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

static int each_case(void *ctx, const struct case_record *r, struct err *e)
{
	struct case_step steps[CASE_STEPS_MAX];
	struct per_unit *p = ctx;
	struct register_unit_count *u;
	int8_t adds[CASE_MEASURES];
	struct case_entry c;

	if (!tree_inside(p->l->tree, r->unit, p->node, p->how->period.to, UINT64_MAX) ||
	    !case_record_entry(&c, steps, r))
		return 0;
	u = of_unit(p, r->unit, e);
	if (!u)
		return -ERR_NOMEM;
	(void)case_contribution(adds, &c, p->how);
	add(u, adds);
	u->cases += r->gone.state != HANDOVER_DONE;
	u->in_transit += on_the_way(&r->gone, p->how->period.to);
	return 0;
}

static int each_member(void *ctx, const struct register_member *m, struct err *e)
{
	struct per_unit *p = ctx;
	struct register_unit_count *u;
	int8_t adds[CASE_MEASURES];
	struct member_entry entry;
	int rc;

	if (!tree_inside(p->l->tree, m->unit, p->node, p->how->period.to, UINT64_MAX) ||
	    !member_entry_of(&entry, m))
		return 0;
	u = of_unit(p, m->unit, e);
	if (!u)
		return -ERR_NOMEM;
	rc = register_has_case(p->l, m->unit, m->person, &entry.of_case, e);
	member_contribution(adds, &entry, p->how);
	add(u, adds);
	u->members += !entry.of_case; /* one more case is not the register brought in */
	u->in_transit += on_the_way(&m->gone, p->how->period.to);
	return rc;
}

int register_count_units(struct ledger *l, uint32_t node, const struct case_counting *how,
			 struct register_unit_count **out, size_t *count, struct err *e)
{
	struct per_unit p = { .l = l, .node = node, .how = how };
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
