#include "client/left.h"

#include "cases_internal.h"
#include "client/roll.h"

static int count_members(struct left_behind *out, struct client *c, struct err *e)
{
	struct roll *roll;
	int rc = roll_load(&roll, c, e);

	for (size_t i = 0; !rc && i < roll_count(roll); i++) {
		const struct register_member *m = roll_at(roll, i);

		out->members += m->how == MEMBER_STAYS && member_here(m);
	}
	roll_free(roll);
	return rc;
}

static int count_cases(struct left_behind *out, struct client *c, struct err *e)
{
	struct cases *cases;
	int rc = cases_load(&cases, c, e);

	for (size_t i = 0; !rc && i < cases_count(cases); i++) {
		const struct case_record *r = cases_at(cases, i);
		struct case_state st;

		case_record_state(&st, r);
		out->cases += r->unit == c->id.unit && !r->forgotten_lsn && case_record_here(r) &&
			      !case_is_over(st.stage) && st.stage != CASE_IN_TRANSIT;
	}
	cases_free(cases);
	return rc;
}

int left_behind(struct left_behind *out, struct client *c, day_t today, struct err *e)
{
	const struct tree *tree = ledger_tree(c->base);
	const struct unit *own = tree_get(tree, c->id.unit);
	uint32_t into;
	int rc;

	*out = (struct left_behind){ .ended = false };
	if (!own || own->opened > today || unit_alive(own, today))
		return 0;
	out->ended = true;
	into = tree_successor(tree, own->unit, today, UINT64_MAX);
	if (into != own->unit && tree_get(tree, into))
		out->into = into;
	rc = count_members(out, c, e);
	return rc ? rc : count_cases(out, c, e);
}
