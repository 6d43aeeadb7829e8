#include "stick_impl.h"
#include "writer_ops.h"

/* A refused act is an answer for whoever asked; anything else ends the batch. */
static int act(struct work *w, struct job *j, const struct op *op, struct moment now, struct err *e)
{
	int rc;

	err_clear(&j->err);
	rc = ledger_act(w->setup->ledger, op, now.wall_ms, &j->lsn, &j->err);
	if (rc == -ERR_INVALID || rc == -ERR_EXISTS || rc == -ERR_RANGE) {
		j->code = WIRE_NOT_ALLOWED;
		return 0;
	}
	if (rc && e)
		*e = j->err;
	return rc;
}

/* ---- Hello ---- */

int work_hello_act(struct work *w, struct job *j, struct moment now, struct err *e)
{
	const struct hello_judged *judged = &j->hello.judged;
	struct op op = { .unit = 0, .source = SPAN_LIT("hello") };
	struct device_row row;
	int rc;

	op.kind = judged->act == HELLO_EPOCH ? OP_EPOCH : OP_SUSPEND;
	op.device.device = j->device;
	op.device.epoch = judged->act == HELLO_EPOCH ? judged->epoch : 0;
	memcpy(op.device.nonce, j->hello.hello.nonce, sizeof(op.device.nonce));
	rc = ledger_device(w->setup->ledger, j->device, &row, e);
	op.unit = row.unit; /* who may read about the unit may read about its device */
	return rc ? rc : act(w, j, &op, now, e);
}

void work_fall_behind(struct work *w, const struct hello_judged *judged)
{
	struct ledger_info info = ledger_info(w->setup->ledger);
	static const uint8_t nobody[16];

	w->behind = true;
	memcpy(w->behind_of, info.incarnation, sizeof(w->behind_of));
	if (!memcmp(judged->successor, nobody, sizeof(nobody)))
		return;
	w->succeeded = true;
	memcpy(w->successor, judged->successor, sizeof(w->successor));
}

/* Nothing is written, so nobody is let in to wait; nor sent for a code or a certificate that only a successor gives. */
static bool is_turned_back(const struct work *w, const struct hello_judged *judged)
{
	return w->behind &&
	       (judged->row > 3 || (w->succeeded && (judged->row == 3 || judged->stranger)));
}

static int work_hello(struct work *w, struct job *j, struct moment now, struct err *e)
{
	struct job_hello *h = &j->hello;
	int rc = server_line_load(&w->line, w->setup->ledger, e);

	if (!rc)
		rc = hello_judge(&h->judged, w->setup->ledger, &w->line, &h->hello, &h->peer, e);
	if (rc)
		return rc;
	if (h->judged.other_key && h->judged.row > 2) {
		struct device_row row;
		struct hash spki;

		rc = ledger_device(w->setup->ledger, j->device, &row, e);
		if (rc)
			return rc;
		memcpy(spki.b, row.spki_hash, HASH_BYTES);
		if (devices_used_key(w->setup->devices, j->device, &spki)) {
			h->judged = (struct hello_judged){ .code = WIRE_DEVICE_UNKNOWN, .row = 2 };
			return 0;
		}
	}
	if (h->judged.act == HELLO_BEHIND) {
		work_fall_behind(w, &h->judged);
		h->judged.succeeded = w->succeeded;
		return 0;
	}
	if (is_turned_back(w, &h->judged)) {
		h->judged.act = HELLO_NO_ACT;
		h->judged.code = WIRE_SERVER_BEHIND;
		h->judged.succeeded = w->succeeded;
		return 0;
	}
	return h->judged.act ? work_hello_act(w, j, now, e) : 0;
}

/* ---- acts about devices ---- */

static int work_device(struct work *w, struct job *j, struct moment now, struct err *e)
{
	struct op op = { .kind = j->kind == JOB_REVOKE ? OP_REVOKE : OP_EPOCH,
			 .reason = j->about.reason,
			 .source = j->by };
	struct device_row row;
	int rc = ledger_device(w->setup->ledger, j->device, &row, e);

	if (rc == -ERR_NOTFOUND) {
		j->code = WIRE_NOT_FOUND;
		err_set(&j->err, ERR_NOTFOUND, "there is no such device");
		return 0;
	}
	if (rc)
		return rc;
	op.unit = row.unit;
	op.device.device = j->device;
	if (j->kind == JOB_LIFT) {
		if (!row.suspended_lsn || row.revoked_lsn) {
			j->code = WIRE_NOT_ALLOWED;
			err_set(&j->err, ERR_STATE, "the device is not suspended");
			return 0;
		}
		op.device.epoch = j->about.epoch = row.epoch + 1;
		memcpy(op.device.nonce, j->about.nonce, sizeof(op.device.nonce));
	}
	return act(w, j, &op, now, e);
}

static int work_enrolling(struct work *w, struct job *j, struct moment now, struct err *e)
{
	struct enroller *en = w->setup->enroller;
	struct ledger *l = w->setup->ledger;

	if (!en) {
		j->code = WIRE_INTERNAL;
		return 0;
	}
	if (w->behind) {
		j->code = WIRE_SERVER_BEHIND;
		return 0;
	}
	switch (j->kind) {
	case JOB_ENROL:
		return enrol_answer(en, l, j, now, e);
	case JOB_RENEW:
		return enrol_renew(en, l, j, now.wall_ms, e);
	default:
		return enrol_make_code(en, l, j, now.wall_ms, e);
	}
}

/* Keys are no entries: they have a store of their own, durable when this returns, whatever becomes of the batch. */
static int work_keys(struct work *w, struct job *j, struct err *e)
{
	struct keystore *ks = w->setup->keys;
	struct job_keys *k = &j->keys;
	struct device_row row;
	bool standby = false;
	int rc = ledger_device(w->setup->ledger, j->device, &row, e);

	if (!rc)
		rc = feed_standby(&standby, w->setup->ledger, &row, e);
	if (rc)
		return rc;
	if (!ks || row.revoked_lsn) {
		j->code = ks ? WIRE_REVOKED : WIRE_NOT_FOUND;
		return 0;
	}
	if (k->get && k->unit)
		return keystore_recovery(ks, w->setup->ledger, &row, k->unit, k->after, &k->page,
					 j->a, e);
	if (k->get)
		return standby ? keystore_page_all(ks, k->after, &k->page, j->a, e)
			       : keystore_page(ks, &row, k->after, &k->page, j->a, e);
	k->results = arena_array(j->a, k->count + 1, 1);
	if (!k->results)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	return keystore_put(ks, w->setup->ledger, &row, k->rows, k->count, k->results, e);
}

/* The one thing that is written while the log is known to lack something. */
static bool declares_restore(const struct job *j)
{
	return j->kind == JOB_ACT && j->act.kind == OP_INCARNATION;
}

int work_do(struct work *w, struct job *j, struct moment now, struct err *e)
{
	j->code = WIRE_OK;
	j->lsn = 0;
	if (w->behind && j->kind >= JOB_CODE && !declares_restore(j)) {
		work_failed(w, j, WIRE_SERVER_BEHIND);
		return 0;
	}
	switch (j->kind) {
	case JOB_OPS:
		return work_ops(w, j, now, e);
	case JOB_HELLO:
		return work_hello(w, j, now, e);
	case JOB_PIECE:
	case JOB_BUNDLE:
		return stick_take(w, j, now, e);
	case JOB_ENROL:
	case JOB_RENEW:
	case JOB_CODE:
		return work_enrolling(w, j, now, e);
	case JOB_OLD:
		return work_old(w, j, now, e);
	case JOB_KEYS:
		return work_keys(w, j, e);
	case JOB_REVOKE:
	case JOB_LIFT:
		return work_device(w, j, now, e);
	case JOB_ACT:
		return act(w, j, &j->act, now, e);
	default:
		return 0;
	}
}

static void note_seen(struct work *w, const struct job *j, struct moment now)
{
	const struct wire_hello *h = &j->hello.hello;
	struct job_seen seen = { h->held_drafts, h->held_queued, h->oldest_ms,
				 j->hello.peer.spki_hash };

	if (j->hello.judged.row > 1 && !j->hello.judged.stranger &&
	    j->hello.judged.code != WIRE_DEVICE_UNKNOWN)
		(void)devices_seen(w->setup->devices, j->device, &seen, now.wall_ms, NULL);
}

void work_done(struct work *w, struct job *j, struct moment now)
{
	uint32_t final = 0;

	if (j->kind == JOB_HELLO && !j->code)
		note_seen(w, j, now);
	if (job_is_stick(j))
		stick_done(w, j, now);
	if (j->kind == JOB_ENROL && !j->code && j->enrol.by_stick)
		stick_first_log(w, j, now);
	if (j->kind != JOB_OPS)
		return;
	for (size_t i = 0; i < j->ops.count; i++) {
		if (j->ops.ops[i].fork)
			devices_fork(w->setup->devices, j->device);
		else
			final += j->ops.ops[i].verdict != VERDICT_NONE;
	}
	devices_delivered(w->setup->devices, j->device, final);
}

void work_failed(struct work *w, struct job *j, enum wire_code why)
{
	j->code = why;
	j->lsn = 0;
	err_clear(&j->err);
	if (j->kind == JOB_OPS)
		work_ops_failed(&j->ops, why);
	if (job_is_stick(j))
		stick_failed(w, j, why);
	if (j->kind == JOB_CODE && w->setup->enroller)
		enrol_unmake_code(w->setup->enroller, j);
	if (j->kind >= JOB_CODE)
		err_set(&j->err, ERR_BUSY, "the server could not do it now (%s)",
			wire_code_name(why));
}
