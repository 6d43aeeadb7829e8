/* What one person asks for and another confirms: rows of table 30, and the recovery of a unit's keys. */
#include "internal.h"

#include <stdlib.h>

void device_subject(uint8_t out[PERSON_ID], uint64_t device)
{
	memset(out, 0, PERSON_ID);
	for (size_t i = 0; i < sizeof(device); i++)
		out[i] = (uint8_t)(device >> (56 - 8 * i));
}

static int asked_read(struct rd *r, struct register_asked *out, struct err *e)
{
	out->asked_lsn = rd_varint(r);
	out->lsn = rd_varint(r);
	return row_done(r, T_ASKED, e);
}

int asked_get(struct ledger *l, enum op_kind kind, uint32_t unit, const uint8_t id[PERSON_ID],
	      struct register_asked *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_ASKED, key_asked((uint8_t)kind, unit, id), &r, e);

	*out = (struct register_asked){ .lsn = 0 };
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	return asked_read(&r, out, e);
}

static int asked_put(struct ledger *l, enum op_kind kind, uint32_t unit,
		     const uint8_t id[PERSON_ID], const struct register_asked *a, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, a->asked_lsn);
	buf_varint(b, a->lsn);
	return row_put(l, T_ASKED, key_asked((uint8_t)kind, unit, id), e);
}

int asked_note(struct ledger *l, const struct entry *en, uint32_t unit, const uint8_t id[PERSON_ID],
	       uint64_t confirms, enum op_kind kind, struct err *e)
{
	struct register_asked a;
	int rc = asked_get(l, kind, unit, id, &a, e);

	if (confirms)
		a.lsn = en->lsn;
	else
		a.asked_lsn = en->lsn;
	return rc ? rc : asked_put(l, kind, unit, id, &a, e);
}

int apply_recover(struct ledger *l, const struct entry *en, const struct envelope *env,
		  const struct op *op, struct err *e)
{
	uint8_t id[PERSON_ID];

	(void)env;
	device_subject(id, op->recover.device);
	return asked_note(l, en, op->unit, id, op->recover.confirms, op->kind, e);
}

static const uint8_t nobody[PERSON_ID];

int apply_keys_restored(struct ledger *l, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	(void)env;
	return asked_note(l, en, 0, nobody, 0, op->kind, e);
}

int register_keys_restored(struct ledger *l, uint64_t *lsn, struct err *e)
{
	struct register_asked a = { .lsn = 0 };
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = asked_get(l, OP_KEYS_RESTORED, 0, nobody, &a, e);
	*lsn = a.asked_lsn;
	read_leave(l);
	return rc;
}

/* Of a member whom a case made it stands in the case. */
static int forgotten_as_case(struct ledger *l, uint32_t unit, const uint8_t *person,
			     struct register_asked *out, struct err *e)
{
	struct case_record *r = calloc(1, sizeof(*r));
	int rc = r ? case_get(l, unit, person, r, e)
		   : err_set(e, ERR_NOMEM, "no memory for a case");

	if (!rc) {
		out->asked_lsn = r->forget_asked_lsn;
		out->lsn = r->forgotten_lsn;
	}
	free(r);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int register_member_forgotten(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
			      struct register_asked *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = asked_get(l, OP_FORGET, unit, person, out, e);
	if (!rc && !out->lsn)
		rc = forgotten_as_case(l, unit, person, out, e);
	read_leave(l);
	return rc;
}

int register_keep_months(struct ledger *l, unsigned *months, struct err *e)
{
	struct buf value;
	int rc;

	buf_init(&value, REASON_MAX);
	rc = ledger_setting(l, SPAN_LIT("register.keep-months"), &value, e);
	buf_u8(&value, 0);
	*months = MEMBER_KEEP_MONTHS;
	if (!rc && !value.failed && value.data[0] >= '0' && value.data[0] <= '9')
		*months = (unsigned)strtoul((const char *)value.data, NULL, 10);
	buf_fini(&value);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int register_recovery(struct ledger *l, uint32_t unit, uint64_t device, struct register_asked *out,
		      struct err *e)
{
	uint8_t id[PERSON_ID];
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	device_subject(id, device);
	rc = asked_get(l, OP_RECOVER, unit, id, out, e);
	read_leave(l);
	return rc;
}

int register_recoveries(struct ledger *l, uint32_t unit,
			int (*each)(void *ctx, uint32_t of, uint64_t device,
				    const struct register_asked *asked, struct err *e),
			void *ctx, struct err *e)
{
	static const uint8_t none_of[PERSON_ID] = { 0 };
	struct key prefix = key_asked(OP_RECOVER, unit, none_of);
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	prefix.len = unit ? 5 : 1;
	rc = kv_walk(&c, l->txn, T_ASKED, key_span(&prefix), none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct register_asked a;
		struct rd payload;

		rc = key.len == 5 + PERSON_ID
			     ? row_open(&payload, T_ASKED, value, e)
			     : err_set(e, ERR_CORRUPT, "a recovery without a device");
		if (!rc)
			rc = asked_read(&payload, &a, e);
		if (!rc)
			rc = each(ctx, key_read_u32(key, 1), key_read_u64(key, 5), &a, e);
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}

int register_key_known(struct ledger *l, uint32_t unit, const uint8_t key[PERSON_ID],
		       uint32_t *generation, struct err *e)
{
	struct register_key k;
	struct rd r;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = row_get(l, T_UNIT_KEY, key_person(unit, key), &r, e);
	if (!rc)
		rc = unit_key_read(&r, &k, e);
	if (!rc)
		*generation = k.generation;
	read_leave(l);
	return rc;
}
