/* What is read of a unit that has left the part by an act: what it reported for the days on which it stood there, and
 * nothing that came to be since. PROTOCOL.md, section 8, rule 8. */
#include "feed_part.h"
#include "internal.h"

/* The day in whose tree an op of days tells something: a period's last one. False: of another kind. */
static bool day_told(day_t *day, const struct op *op)
{
	switch (op->kind) {
	case OP_SHEET:
		*day = op->sheet.period.to;
		return true;
	case OP_RECALL:
	case OP_RETURN:
	case OP_ACCEPT:
		*day = op->mark.period.to;
		return true;
	case OP_SUMMARY:
		*day = op->summary.period.to;
		return true;
	case OP_CLOSE:
		*day = op->close.period.to;
		return true;
	case OP_UNLOCK:
		*day = op->unlock.period.to;
		return true;
	case OP_MEMBERS:
		*day = op->members.day;
		return true;
	default:
		return false;
	}
}

/* A decision without days is of those of the late entry. 1, 0, or an error. */
static int day_decided(day_t *day, struct ledger *l, const struct op_late *late,
		       struct arena *scratch, struct err *e)
{
	struct op op = { .kind = OP_NONE };
	enum op_code code = CODE_OK;
	struct span bytes;
	struct entry en;
	int rc;

	*day = late->as_period.to;
	if (*day)
		return 1;
	rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = log_get(l, late->lsn, &bytes, e);
	if (!rc)
		rc = entry_decode(&en, bytes, scratch, e);
	if (!rc && en.body.data)
		code = op_decode(&op, en.body, scratch, e);
	if (!rc && code == CODE_NO_VERDICT)
		rc = err_set(e, ERR_NOMEM, "no memory to read an op");
	if (!rc)
		rc = code == CODE_OK && day_told(day, &op);
	read_leave(l);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* Given to one that was inside: a target by then, a late op for days on which it was. 1, 0, or an error. */
static int tells_given(struct ledger *l, const struct feed_scope *s, const struct handed *given,
		       const struct op *op, struct err *e)
{
	day_t day, last;
	int rc;

	if (!part_left(l->tree, given->into, s->unit, s->today) ||
	    !tree_inside_last(l->tree, given->into, s->unit, &last))
		return 0;
	rc = handed_day(&day, l, given->by_lsn, e);
	if (rc)
		return rc;
	if (op->kind == OP_TARGET)
		return op->target.period.from <= last && day <= last;
	if (!day && !day_told(&day, op))
		return 0;
	return tree_inside(l->tree, given->into, s->unit, day, UINT64_MAX);
}

/* Of a unit that was inside. 1, 0, or an error. */
static int tells(struct ledger *l, const struct feed_scope *s, uint32_t unit, const struct op *op,
		 struct arena *scratch, struct err *e)
{
	day_t day, last;
	int rc;

	if (!part_left(l->tree, unit, s->unit, s->today) ||
	    !tree_inside_last(l->tree, unit, s->unit, &last))
		return 0;
	if (op->kind == OP_UNIT)
		return 1;
	if (op->kind == OP_PLAN)
		return op->plan.period.from <= last;
	if (op->kind == OP_TARGET)
		return op->target.period.from <= last;
	rc = op->kind == OP_LATE_DECISION ? day_decided(&day, l, &op->late, scratch, e)
					  : day_told(&day, op);
	return rc == 1 ? tree_inside(l->tree, unit, s->unit, day, UINT64_MAX) : rc;
}

bool left_concerns(const struct ledger *l, const struct feed_scope *s, const struct entry *en,
		   const struct handed *given, size_t count)
{
	if (part_left(l->tree, en->unit, s->unit, s->today) ||
	    part_left(l->tree, s->unit, en->unit, s->today) ||
	    part_left_over(l->tree, en->unit, s->unit, s->today))
		return true;
	for (size_t i = 0; i < count; i++)
		if (part_left(l->tree, given[i].into, s->unit, s->today))
			return true;
	return false;
}

int left_tells(struct ledger *l, const struct feed_scope *s, const struct entry *en,
	       const struct op *op, const struct handed *given, size_t count, struct arena *scratch,
	       struct err *e)
{
	int rc = tells(l, s, en->unit, op, scratch, e);

	for (size_t i = 0; i < count && !rc; i++)
		rc = tells_given(l, s, &given[i], op, e);
	if (rc)
		return rc;
	if (op->kind == OP_UNIT || op->kind == OP_PLAN)
		return part_left_over(l->tree, en->unit, s->unit, s->today) ||
		       (op->kind == OP_UNIT && part_left(l->tree, s->unit, en->unit, s->today));
	/* a closing holds for whoever stood there as was known when it came, whatever acts are told later of days before */
	return op->kind == OP_CLOSE && part_left(l->tree, s->unit, en->unit, s->today) &&
	       (tree_inside(l->tree, s->unit, en->unit, op->close.period.to, UINT64_MAX) ||
		tree_inside(l->tree, s->unit, en->unit, op->close.period.to, en->lsn));
}
