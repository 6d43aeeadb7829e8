/* What the register knows of persons and of units. */
#include "internal.h"

#include <stdlib.h>

int register_on(struct ledger *l, bool *on, struct err *e)
{
	struct buf value;
	int rc;

	buf_init(&value, REASON_MAX);
	rc = ledger_setting(l, SPAN_LIT("register"), &value, e);
	*on = rc || !span_eq(buf_span(&value), SPAN_LIT("off"));
	buf_fini(&value);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int register_case(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		  struct case_record *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = case_get(l, unit, person, out, e);
	read_leave(l);
	return rc;
}

struct cases {
	struct case_record *r;
	register_each *each;
	void *ctx;
};

static int one_case(void *ctx, uint32_t unit, const uint8_t *person, struct rd *payload,
		    struct err *e)
{
	struct cases *k = ctx;
	int rc;

	memset(k->r, 0, sizeof(*k->r));
	k->r->unit = unit;
	memcpy(k->r->person, person, PERSON_ID);
	rc = case_read(payload, k->r, e);
	return rc ? rc : k->each(k->ctx, k->r, e);
}

int register_cases(struct ledger *l, uint32_t unit, register_each *each, void *ctx, struct err *e)
{
	struct cases k = { .each = each, .ctx = ctx };
	int rc;

	assert(!l->in_batch);
	k.r = calloc(1, sizeof(*k.r));
	if (!k.r)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	rc = walk_persons(l, T_CASE, unit, one_case, &k, e);
	free(k.r);
	return rc;
}

struct numbers {
	int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID], struct err *e);
	void *ctx;
};

static int one_number(void *ctx, uint32_t unit, const uint8_t *person, struct rd *payload,
		      struct err *e)
{
	struct numbers *k = ctx;

	(void)payload;
	return k->each(k->ctx, unit, person, e);
}

int register_case_numbers(struct ledger *l,
			  int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
				      struct err *e),
			  void *ctx, struct err *e)
{
	struct numbers k = { each, ctx };

	assert(!l->in_batch);
	return walk_persons(l, T_CASE, 0, one_number, &k, e);
}

int register_member(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		    struct register_member *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = member_get(l, unit, person, out, e);
	read_leave(l);
	return rc;
}

int register_is_mistake(struct ledger *l, const struct case_record *r, bool *yes, struct err *e)
{
	struct register_member m = { .how = MEMBER_STAYS };
	struct case_state st;
	int rc;

	*yes = false;
	case_record_state(&st, r);
	if (st.stage != CASE_RECOGNISED)
		return 0;
	rc = register_member(l, r->unit, r->person, &m, e);
	*yes = !rc && m.how == MEMBER_MISTAKE;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

struct members {
	int (*each)(void *ctx, const struct register_member *m, struct err *e);
	void *ctx;
};

static int one_member(void *ctx, uint32_t unit, const uint8_t *person, struct rd *payload,
		      struct err *e)
{
	struct members *k = ctx;
	struct register_member m = { .unit = unit };
	int rc;

	memcpy(m.person, person, PERSON_ID);
	rc = member_read(payload, &m, e);
	return rc ? rc : k->each(k->ctx, &m, e);
}

int register_members(struct ledger *l, uint32_t unit,
		     int (*each)(void *ctx, const struct register_member *m, struct err *e),
		     void *ctx, struct err *e)
{
	struct members k = { each, ctx };

	assert(!l->in_batch);
	return walk_persons(l, T_MEMBER, unit, one_member, &k, e);
}

int register_funnel(struct ledger *l, uint32_t node, day_t day, int64_t out[CASE_STAGES],
		    struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	memset(out, 0, CASE_STAGES * sizeof(*out));
	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_FUNNEL, none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		int64_t own[CASE_STAGES];
		uint32_t unit = key_read_u32(key, 0);

		rc = 0;
		if (!tree_inside(l->tree, unit, node, day, UINT64_MAX))
			continue;
		rc = funnel_get(l, unit, own, e);
		for (size_t i = 0; i < CASE_STAGES && !rc; i++)
			out[i] += own[i];
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}

int register_has_case(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID], bool *has,
		      struct err *e)
{
	struct rd r;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = row_get(l, T_CASE, key_person(unit, person), &r, e);
	read_leave(l);
	*has = !rc;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int register_forgotten(struct ledger *l, uint64_t after,
		       int (*each)(void *ctx, uint64_t lsn, uint32_t unit,
				   const uint8_t person[PERSON_ID], struct err *e),
		       void *ctx, struct err *e)
{
	struct key from = key_u64(after + 1);
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_FORGOTTEN, none, key_span(&from), false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		uint8_t person[PERSON_ID] = { 0 };
		struct rd payload;
		uint32_t unit;

		rc = row_open(&payload, T_FORGOTTEN, value, e);
		if (rc)
			break;
		unit = (uint32_t)rd_varint(&payload);
		rd_into(&payload, person, sizeof(person));
		rc = row_done(&payload, T_FORGOTTEN, e);
		if (!rc)
			rc = each(ctx, key_read_u64(key, 0), unit, person, e);
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}
