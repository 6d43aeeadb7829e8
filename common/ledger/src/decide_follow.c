/* Verdicts on what is done about units that are behind, and on who follows them. */
#include "decide.h"

static int decide_on(struct deciding *d, day_t day)
{
	bool go_on;
	int rc = check_unit(d, day, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_FOLLOW, day, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* Nobody notes what they are going to do: a note says what was done. */
int decide_note(struct deciding *d)
{
	if (d->op->note.day > d->today)
		return refuse(d, CODE_DATE_INVALID, NULL);
	return decide_on(d, d->op->note.day);
}

int decide_officer(struct deciding *d)
{
	return decide_on(d, d->op->officer.from);
}
