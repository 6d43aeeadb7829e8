/* Verdicts on people, devices and the store itself. */
#include "decide.h"

int decide_by_server(struct deciding *d)
{
	return console(d) ? accept(d) : refuse(d, CODE_NOT_ALLOWED, NULL);
}

/* The keys that an import keeps of how far it came are the server's own. */
static bool own_key(struct span key)
{
	static const char prefix[] = "import.";

	return key.len >= sizeof(prefix) - 1 && !memcmp(key.data, prefix, sizeof(prefix) - 1);
}

/* What a unit says of itself: how its papers are headed, and who signs them. */
static int decide_setting_of_unit(struct deciding *d)
{
	static const char prefix[] = "print.";
	struct span key = d->op->setting.key;
	bool go_on;
	int rc = check_rights(d, RIGHT_HEADER, d->today, &go_on);

	if (!rc && go_on)
		rc = check_unit(d, d->today, &go_on);
	if (rc || !go_on)
		return rc;
	if (key.len < sizeof(prefix) || memcmp(key.data, prefix, sizeof(prefix) - 1) != 0)
		return refuse_span(d, CODE_NOT_ALLOWED, key);
	return accept(d);
}

int decide_setting(struct deciding *d)
{
	bool go_on;
	int rc;

	if (d->op->unit)
		return decide_setting_of_unit(d);
	rc = check_rights_at(d, RIGHT_SETTING, 0, d->today, &go_on);
	if (rc || !go_on)
		return rc;
	if (!console(d) && own_key(d->op->setting.key))
		return refuse_span(d, CODE_NOT_ALLOWED, d->op->setting.key);
	return accept(d);
}

static int check_revoke(struct deciding *d, const struct device_row *row, bool *go_on)
{
	int rc = check_rights_at(d, RIGHT_REVOKE, row->unit, d->today, go_on);

	if (rc || !*go_on || d->op->unit == row->unit || console(d))
		return rc;
	*go_on = false; /* those who may read of that unit are to read of it */
	return refuse(d, CODE_UNIT_UNKNOWN, "not the device's unit");
}

int decide_device(struct deciding *d)
{
	struct device_row row;
	bool go_on = console(d);
	int rc;

	if (!console(d) && d->op->kind != OP_REVOKE)
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	rc = ledger_device(d->l, d->op->device.device, &row, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc && d->op->kind != OP_DEVICE)
		return refuse(d, CODE_DEVICE_UNKNOWN, NULL);
	if (d->op->kind == OP_REVOKE) {
		rc = check_revoke(d, &row, &go_on);
		if (rc || !go_on)
			return rc;
	}
	if (d->op->kind == OP_REVOKE && row.revoked_lsn)
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	/* an epoch never comes back: its seqs are taken, and an identity names one op for ever */
	if ((d->op->kind == OP_EPOCH && d->op->device.epoch <= row.epoch) ||
	    (d->op->kind == OP_DEVICE && d->op->device.epoch < row.epoch))
		return refuse(d, CODE_EXISTS, "an epoch of before");
	if (d->op->kind == OP_DEVICE && !tree_get(d->l->tree, d->op->unit))
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	return accept(d);
}

/* Nobody hands out more than they have: an operator every role that a person can have, an approver the two
 * of a reporting unit. */
static bool may_give(const struct deciding *d, enum person_role role)
{
	if (d->by->role == ROLE_OPERATOR)
		return role != ROLE_CONSOLE && role != ROLE_STANDBY;
	return role == ROLE_CLERK || role == ROLE_APPROVER;
}

/* A person who is there already is changed with a reason, by one who has read the entry that stands and has
 * the right where that person is now. */
static int check_change(struct deciding *d, const struct person_row *was, bool *go_on)
{
	int rc;

	*go_on = false;
	if (!d->op->reason.len || was->lsn > d->by->base->lsn)
		return refuse(d, CODE_EXISTS, NULL);
	rc = check_rights_at(d, RIGHT_ENROL, was->unit, d->today, go_on);
	if (rc || !*go_on || may_give(d, was->role))
		return rc;
	*go_on = false;
	return refuse(d, CODE_NOT_ALLOWED, "role");
}

static int check_person(struct deciding *d, bool *go_on)
{
	const struct op_person *p = &d->op->person;
	struct person_row was;
	int rc = check_rights(d, RIGHT_ENROL, d->today, go_on);

	if (rc || !*go_on || console(d))
		return rc;
	*go_on = false;
	if (!may_give(d, p->role))
		return refuse(d, CODE_NOT_ALLOWED, "role");
	rc = ledger_person(d->l, p->person, &was, d->e);
	if (!rc)
		return check_change(d, &was, go_on);
	if (rc != -ERR_NOTFOUND)
		return rc;
	if (number_too_large(d, p->person))
		return refuse(d, CODE_PERSON_UNKNOWN, "a number too high");
	*go_on = true;
	return 0;
}

int decide_person(struct deciding *d)
{
	bool go_on;
	int rc;

	if (!tree_get(d->l->tree, d->op->unit))
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	/* it gets the whole log */
	if (d->op->person.role == ROLE_STANDBY && d->op->unit != tree_root(d->l->tree))
		return refuse(d, CODE_NOT_ALLOWED, "role");
	rc = check_person(d, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* The server alone knows what proves a code, so it alone makes one. */
int decide_enrol_code(struct deciding *d)
{
	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	return tree_get(d->l->tree, d->op->unit) ? accept(d) : refuse(d, CODE_UNIT_UNKNOWN, NULL);
}

int decide_clock(struct deciding *d)
{
	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	return d->l->info.illustrative ? accept(d) : refuse(d, CODE_NOT_ILLUSTRATIVE, NULL);
}
