/* Verdicts on people, devices and the store itself. */
#include "decide.h"

int decide_by_server(struct deciding *d)
{
	return console(d) ? accept(d) : refuse(d, CODE_NOT_ALLOWED, NULL);
}

int decide_device(struct deciding *d)
{
	struct device_row row;
	int rc;

	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	rc = ledger_device(d->l, d->op->device.device, &row, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc && d->op->kind != OP_DEVICE)
		return refuse(d, CODE_DEVICE_UNKNOWN, NULL);
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

int decide_person(struct deciding *d)
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
