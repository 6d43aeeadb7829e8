/* Keys of units, to which the register is sealed. */
#include "internal.h"

#include <stdlib.h>

struct unit_keys {
	/* 0: the printed ones, which come first; not all there are, as the walk takes it. */
	uint32_t unit;
	struct register_key *out;
	size_t max, count;
};

static int one_key(void *ctx, uint32_t unit, const uint8_t *key, struct rd *payload, struct err *e)
{
	struct unit_keys *k = ctx;
	struct register_key one = { .unit = unit };
	int rc;

	if (unit != k->unit)
		return 1;
	memcpy(one.key, key, PERSON_ID);
	rc = unit_key_read(payload, &one, e);
	if (rc)
		return rc;
	if (k->count < k->max)
		k->out[k->count] = one;
	k->count++;
	return 0;
}

int register_unit_keys(struct ledger *l, uint32_t unit, struct register_key *out, size_t max,
		       size_t *count, struct err *e)
{
	struct unit_keys k = { .unit = unit, .out = out, .max = max };
	int rc = walk_persons(l, T_UNIT_KEY, unit, one_key, &k, e);

	*count = k.count;
	return rc;
}

int register_unit_key(struct ledger *l, uint32_t unit, struct register_key *out, struct err *e)
{
	enum { KEYS_MAX = 64 };
	struct register_key *keys = calloc(KEYS_MAX, sizeof(*keys));
	size_t count = 0, best = 0;
	int rc;

	if (!keys)
		return err_set(e, ERR_NOMEM, "no memory for a unit's keys");
	rc = register_unit_keys(l, unit, keys, KEYS_MAX, &count, e);
	for (size_t i = 1; i < count && i < KEYS_MAX && !rc; i++)
		if (keys[i].generation > keys[best].generation ||
		    (keys[i].generation == keys[best].generation && keys[i].lsn > keys[best].lsn))
			best = i;
	if (!rc && count)
		*out = keys[best];
	free(keys);
	return rc ? rc : count ? 0 : -ERR_NOTFOUND;
}

struct code_sought {
	struct span code;
	uint32_t unit; /* 0 none */
};

static int key_of_code(void *ctx, uint32_t unit, const uint8_t *key, struct rd *payload,
		       struct err *e)
{
	struct code_sought *s = ctx;
	struct register_key one;
	int rc = unit_key_read(payload, &one, e);

	(void)key;
	if (rc || !one.code[0] || !span_eq(span_str(one.code), s->code))
		return rc;
	s->unit = unit;
	return 1;
}

int register_key_by_code(struct ledger *l, struct span code, struct register_key *out,
			 struct err *e)
{
	struct code_sought s = { .code = code };
	int rc = walk_persons(l, T_UNIT_KEY, 0, key_of_code, &s, e);

	if (rc)
		return rc;
	return s.unit ? register_unit_key(l, s.unit, out, e) : -ERR_NOTFOUND;
}

int register_key_elsewhere(struct ledger *l, uint32_t unit, bool *any, struct err *e)
{
	struct key from = key_u32(1); /* behind the printed one */
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	*any = false;
	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_UNIT_KEY, none, key_span(&from), false, e);
	while (!rc && !*any && (rc = kv_next(c, &key, &value, e)) == 1) {
		*any = key_read_u32(key, 0) != unit;
		rc = 0;
	}
	kv_walk_end(c);
	read_leave(l);
	return rc;
}
