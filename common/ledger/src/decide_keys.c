/* Verdicts on keys of units. */
#include "decide.h"

/* Whose keys, for whom: a device of the unit that is not shut out. */
static int check_device_of_unit(struct deciding *d, bool *go_on)
{
	struct device_row row;
	int rc = ledger_device(d->l, d->op->recover.device, &row, d->e);

	*go_on = !rc && row.unit == d->op->unit && !row.revoked_lsn;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	return *go_on ? 0 : refuse(d, CODE_DEVICE_UNKNOWN, NULL);
}

int decide_recover(struct deciding *d)
{
	const struct op_recover *r = &d->op->recover;
	struct register_asked asked;
	uint8_t id[PERSON_ID];
	bool go_on;
	int rc = check_unit_ever(d, &go_on);

	if (!rc && go_on)
		rc = check_register_on(d, &go_on);
	if (!rc && go_on)
		rc = check_rights(d, RIGHT_RECOVER, d->today, &go_on);
	if (!rc && go_on)
		rc = check_device_of_unit(d, &go_on);
	if (rc || !go_on)
		return rc;
	device_subject(id, r->device);
	rc = asked_get(d->l, OP_RECOVER, d->op->unit, id, &asked, d->e);
	if (rc)
		return rc;
	if (asked.lsn) /* it stands: one confirmation is for good */
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	if (r->confirms)
		rc = check_second(d, asked.asked_lsn, r->confirms, &go_on);
	return rc || !go_on ? rc : accept(d);
}
