/* Verdicts on what is done about units that are behind, who follows them, with whom they are compared, and
 * whom they put forward. */
#include "decide.h"

static int decide_on(struct deciding *d, enum right right, day_t day)
{
	bool go_on;
	int rc = check_unit(d, day, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, right, day, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* Nobody notes what they are going to do: a note says what was done. */
int decide_note(struct deciding *d)
{
	if (d->op->note.day > d->today)
		return refuse(d, CODE_DATE_INVALID, NULL);
	return decide_on(d, RIGHT_FOLLOW, d->op->note.day);
}

int decide_officer(struct deciding *d)
{
	return decide_on(d, RIGHT_FOLLOW, d->op->officer.from);
}

int decide_group(struct deciding *d)
{
	return decide_on(d, RIGHT_GROUP, d->op->group.from);
}

/* Nobody is put forward for days to come. */
int decide_commend(struct deciding *d)
{
	const struct op_commend *c = &d->op->commend;
	bool go_on = true;
	int rc = 0;

	if (c->period.to > d->today)
		return refuse(d, CODE_PERIOD_WRONG, NULL);
	if (c->named)
		rc = check_register_on(d, &go_on);
	if (rc || !go_on)
		return rc;
	if (c->body && !tree_inside(d->l->tree, d->op->unit, c->body, d->today, UINT64_MAX))
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	return decide_on(d, RIGHT_COMMEND, d->op->commend.period.to);
}
