/* Rows as structs, where several files read the same kind. */
#include "internal.h"

int unit_head_get(struct ledger *l, uint32_t unit, uint64_t *lsn, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_UNIT_HEAD, key_u32(unit), &r, e);

	*lsn = 0;
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		return rc;
	*lsn = rd_varint(&r);
	return row_done(&r, T_UNIT_HEAD, e);
}

int plan_get(struct ledger *l, uint32_t unit, struct plan_row *out, struct arena *a, struct err *e)
{
	struct rd r;
	uint64_t count;
	int rc = row_get(l, T_PLAN, key_u32(unit), &r, e);

	*out = (struct plan_row){ .count = 0 };
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		return rc;
	count = rd_varint(&r);
	if (count > PLAN_INTERVALS_MAX)
		return err_set(e, ERR_CORRUPT, "unit %u: a plan of %llu intervals", unit,
			       (unsigned long long)count);
	out->changed_lsn = rd_varint(&r);
	out->intervals = arena_array(a, (size_t)count, sizeof(*out->intervals));
	if (count && !out->intervals)
		return err_set(e, ERR_NOMEM, "no memory for a plan");
	for (uint64_t i = 0; i < count; i++) {
		struct plan_interval *v = &out->intervals[out->count++];

		v->form = rd_u8(&r);
		v->period.from = (day_t)rd_zigzag(&r);
		v->period.to = (day_t)rd_zigzag(&r);
		v->step = rd_u8(&r);
		v->lsn = rd_varint(&r);
	}
	return row_done(&r, T_PLAN, e);
}

int plan_put(struct ledger *l, uint32_t unit, const struct plan_row *p, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, p->count);
	buf_varint(b, p->changed_lsn);
	for (size_t i = 0; i < p->count; i++) {
		const struct plan_interval *v = &p->intervals[i];

		buf_u8(b, v->form);
		buf_zigzag(b, v->period.from);
		buf_zigzag(b, v->period.to);
		buf_u8(b, (uint8_t)v->step);
		buf_varint(b, v->lsn);
	}
	return row_put(l, T_PLAN, key_u32(unit), e);
}

const struct plan_interval *plan_find(const struct plan_row *p, uint8_t form, struct period of)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->intervals[i].form == form && period_inside(of, p->intervals[i].period))
			return &p->intervals[i];
	return NULL;
}

int sheet_get(struct ledger *l, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
	      struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_SHEET, key_sheet(p, form, unit), &r, e);

	if (rc) {
		sheet_clear(out);
		return rc;
	}
	return sheet_decode(out, rd_bytes(&r, rd_left(&r)), e);
}

int sheet_put(struct ledger *l, uint32_t unit, uint8_t form, struct period p, const struct sheet *s,
	      struct err *e)
{
	sheet_encode(row_begin(l), s);
	return row_put(l, T_SHEET, key_sheet(p, form, unit), e);
}

int request_get(struct ledger *l, uint64_t lsn, struct request_row *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_REQUEST, key_u64(lsn), &r, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	out->lsn = lsn;
	out->unit = (uint32_t)rd_varint(&r);
	out->form = rd_u8(&r);
	out->day = (day_t)rd_zigzag(&r);
	out->due_ms = rd_zigzag(&r);
	return row_done(&r, T_REQUEST, e);
}

int members_get(struct ledger *l, uint32_t unit, day_t day, int64_t *members, uint64_t *lsn,
		struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_MEMBERS, key_members(unit, day), &r, e);

	if (rc)
		return rc;
	*members = rd_zigzag(&r);
	*lsn = rd_varint(&r);
	return row_done(&r, T_MEMBERS, e);
}

int calendar_get(struct ledger *l, uint8_t form, struct calendar *out, struct err *e)
{
	struct rd r;
	uint64_t count;
	int rc = row_get(l, T_CALENDAR, key_u8(form), &r, e);

	memset(out, 0, sizeof(*out)); /* no row: calendar months */
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		return rc;
	count = rd_varint(&r);
	for (uint64_t i = 0; i < count && i < ARRAY_LEN(out->rows); i++) {
		out->rows[i].from = (day_t)rd_zigzag(&r);
		out->rows[i].first_day = rd_u8(&r);
		for (int level = 0; level < DUE_LEVELS; level++)
			out->rows[i].due_days[level] = rd_u8(&r);
		out->rows[i].working_days = rd_u8(&r);
		out->count++;
	}
	return row_done(&r, T_CALENDAR, e);
}

static void rd_fixed(struct rd *r, void *out, size_t len)
{
	struct span s = rd_bytes(r, len);

	if (s.data)
		memcpy(out, s.data, len);
}

int ledger_device(struct ledger *l, uint64_t device, struct device_row *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	rc = row_get(l, T_DEVICE, key_u64(device), &r, e);
	if (!rc) {
		out->device = device;
		out->unit = (uint32_t)rd_varint(&r);
		out->person = (uint32_t)rd_varint(&r);
		out->epoch = (uint32_t)rd_varint(&r);
		rd_fixed(&r, out->spki_hash, sizeof(out->spki_hash));
		rd_fixed(&r, out->seal_key, sizeof(out->seal_key));
		rd_fixed(&r, out->nonce, sizeof(out->nonce));
		out->enrolled_lsn = rd_varint(&r);
		out->revoked_lsn = rd_varint(&r);
		out->suspended_lsn = rd_varint(&r);
		rc = row_done(&r, T_DEVICE, e);
	}
	read_leave(l);
	return rc;
}

int ledger_chain(struct ledger *l, uint64_t device, struct chain_row *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	rc = row_get(l, T_CHAIN, key_u64(device), &r, e);
	if (!rc) {
		out->epoch = (uint32_t)rd_varint(&r);
		out->seq = rd_varint(&r);
		rd_fixed(&r, out->hash.b, HASH_BYTES);
		out->lsn = rd_varint(&r);
		rc = row_done(&r, T_CHAIN, e);
	}
	read_leave(l);
	return rc;
}

int ledger_person(struct ledger *l, uint32_t person, struct person_row *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	rc = row_get(l, T_PERSON, key_u32(person), &r, e);
	if (!rc) {
		out->person = person;
		out->unit = (uint32_t)rd_varint(&r);
		out->role = rd_u8(&r);
		out->from = (day_t)rd_zigzag(&r);
		out->to = (day_t)rd_zigzag(&r);
		out->lsn = rd_varint(&r);
		rc = row_done(&r, T_PERSON, e);
	}
	read_leave(l);
	return rc;
}

int ledger_setting(struct ledger *l, struct span key, struct buf *out, struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = row_get(l, T_SETTING, key_text(key), &r, e);
	if (!rc) {
		(void)rd_varint(&r);
		buf_bytes(out, rd_lenspan(&r));
		rc = row_done(&r, T_SETTING, e);
	}
	read_leave(l);
	return rc;
}
