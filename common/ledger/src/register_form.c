/* What the register tells of those admitted, for form 2, unit by unit. */
#include "internal.h"

#include <stdlib.h>

struct per_unit {
	struct ledger *l;
	uint32_t node;
	const struct case_counting *how;
	struct register_form_count *at;
	size_t count, room, last;
};

static bool below(const struct per_unit *p, uint32_t unit)
{
	return tree_inside(p->l->tree, unit, p->node, p->how->period.to, UINT64_MAX);
}

/* Walks come in order of units: the one of before, the next that is there, or a new one in between. */
static struct form_counts *of_unit(struct per_unit *p, uint32_t unit, struct err *e)
{
	while (p->last < p->count && p->at[p->last].unit < unit)
		p->last++;
	if (p->last < p->count && p->at[p->last].unit == unit)
		return &p->at[p->last].n;
	if (p->count == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		struct register_form_count *grown = realloc(p->at, room * sizeof(*grown));

		if (!grown) {
			err_set(e, ERR_NOMEM, "no memory for counts of %zu units", room);
			return NULL;
		}
		p->at = grown;
		p->room = room;
	}
	memmove(&p->at[p->last + 1], &p->at[p->last], (p->count - p->last) * sizeof(*p->at));
	p->count++;
	p->at[p->last] = (struct register_form_count){ .unit = unit };
	return &p->at[p->last].n;
}

static int add(struct per_unit *p, uint32_t unit, const struct person_codes *codes, bool admitted,
	       struct err *e)
{
	struct form_counts *n = of_unit(p, unit, e);

	if (!n)
		return -ERR_NOMEM;
	if (admitted)
		form_count_person(n, &(struct form_person){ .codes = *codes });
	return 0;
}

static int each_case(void *ctx, const struct case_record *r, struct err *e)
{
	struct case_step steps[CASE_STEPS_MAX];
	struct per_unit *p = ctx;
	struct case_entry c;
	day_t day;

	if (!below(p, r->unit) || !case_record_entry(&c, steps, r))
		return 0;
	return add(p, r->unit, &r->codes, case_admitted_in(&c, p->how, &day), e);
}

static int each_member(void *ctx, const struct register_member *m, struct err *e)
{
	struct per_unit *p = ctx;
	struct member_entry entry;
	day_t day;
	int rc;

	if (!below(p, m->unit) || !member_entry_of(&entry, m))
		return 0;
	rc = register_has_case(p->l, m->unit, m->person, &entry.of_case, e);
	if (rc)
		return rc;
	return add(p, m->unit, &m->codes, member_admitted_in(&entry, p->how, &day), e);
}

int register_form_counts(struct ledger *l, uint32_t node, const struct case_counting *how,
			 struct register_form_count **out, size_t *count, struct err *e)
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
