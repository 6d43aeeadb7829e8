#include "domain/commend.h"

#include "wide.h"

#include <assert.h>
#include <stdlib.h>

const char *commend_why_name(enum commend_why w)
{
	static const char *const names[] = {
		[COMMEND_YES] = "",      [COMMEND_APART] = "apart",   [COMMEND_BELOW] = "below",
		[COMMEND_LATE] = "late", [COMMEND_BEYOND] = "beyond",
	};

	static_assert(ARRAY_LEN(names) == COMMEND_WHYS, "every reason has a name");
	return names[(unsigned)w < COMMEND_WHYS ? w : COMMEND_APART];
}

struct work {
	struct rank_row *rows;
	struct rank_place *places;
	size_t *order;
};

static enum commend_why judge(const struct commend_row *r, enum rank_apart apart,
			      const struct commend_rule *rule)
{
	if (apart != RANK_PLACED)
		return COMMEND_APART;
	if ((wide)r->row.value * 100 < (wide)r->row.goal * rule->percent)
		return COMMEND_BELOW;
	return rule->on_time && r->late ? COMMEND_LATE : COMMEND_YES;
}

/* Twice: who is apart at all, then places among those who meet the rules. */
static int make(struct work *w, struct commend_place *out, const struct commend_row *rows,
		size_t count, const struct commend_rule *rule, struct err *e)
{
	int rc;

	for (size_t i = 0; i < count; i++)
		w->rows[i] = rows[i].row;
	rc = rank_rows(w->places, w->order, w->rows, count, RANK_BY_ATTAINMENT, rule->small, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		out[i].apart = w->places[i].apart;
		out[i].why = judge(&rows[i], out[i].apart, rule);
		w->rows[i].has_goal = out[i].why == COMMEND_YES; /* the others take no place */
	}
	rc = rank_rows(w->places, w->order, w->rows, count, RANK_BY_ATTAINMENT, rule->small, e);
	for (size_t i = 0; !rc && i < count; i++) {
		if (out[i].why != COMMEND_YES)
			continue;
		out[i].in_group = w->places[i].in_group;
		if (rule->per_group && out[i].in_group > rule->per_group)
			out[i].why = COMMEND_BEYOND;
	}
	return rc;
}

int commend_rows(struct commend_place *out, const struct commend_row *rows, size_t count,
		 const struct commend_rule *rule, struct err *e)
{
	struct work w = { calloc(count + 1, sizeof(*w.rows)), calloc(count + 1, sizeof(*w.places)),
			  calloc(count + 1, sizeof(*w.order)) };
	int rc = -ERR_NOMEM;

	for (size_t i = 0; i < count; i++)
		out[i] = (struct commend_place){ 0 };
	if (w.rows && w.places && w.order)
		rc = make(&w, out, rows, count, rule, e);
	else
		err_set(e, ERR_NOMEM, "no memory to rank");
	free(w.rows);
	free(w.places);
	free(w.order);
	return rc;
}
