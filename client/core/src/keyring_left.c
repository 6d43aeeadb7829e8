/* Keys of persons of units that have left the device's part. Nothing of their register is read here any more, so that nobody
 * would say here whom they forget: what was handed to this unit as a body goes with them. */
#include "keyring_internal.h"

#include <stdlib.h>

static const char destroying[] = "left"; /* not written anew yet */

struct leaving {
	struct client *c;
	uint8_t (*ids)[WIRE_ID];
	size_t count, room;
};

static bool has_left(struct client *c, uint32_t unit)
{
	const struct tree *t = ledger_tree(c->base);
	day_t last, today = day_of_instant(ledger_info(c->base).time_ms);

	return tree_get(t, unit) && !tree_inside(t, unit, c->id.unit, today, UINT64_MAX) &&
	       !tree_inside_later(t, unit, c->id.unit, today) &&
	       tree_inside_last(t, unit, c->id.unit, &last);
}

/* Sent to this unit itself, from one that had left: that one's number here. */
static int is_own(bool *own, struct client *c, const uint8_t person[WIRE_ID], struct err *e)
{
	struct register_member m;
	int rc = register_has_case(c->base, c->id.unit, person, own, e);

	if (rc || *own)
		return rc;
	rc = register_member(c->base, c->id.unit, person, &m, e);
	*own = !rc;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int add(struct leaving *l, const uint8_t person[WIRE_ID], struct err *e)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *more = realloc(l->ids, room * sizeof(*l->ids));

		if (!more)
			return err_set(e, ERR_NOMEM, "no memory for the keys");
		l->ids = more;
		l->room = room;
	}
	memcpy(l->ids[l->count++], person, WIRE_ID);
	return 0;
}

static int collect(struct leaving *l, struct kv_txn *txn, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *cur = NULL;
	int rc = kv_walk(&cur, txn, KR_PERSON, none, none, false, e);

	while (!rc && (rc = kv_next(cur, &key, &value, e)) == 1) {
		bool own;

		rc = key.len == WIRE_ID && value.len > 9 + WIRE_ID
			     ? 0
			     : err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc || value.data[4] != WIRE_KEY_BODY ||
		    !has_left(l->c, (uint32_t)key_be(value.data, 4)))
			continue;
		rc = is_own(&own, l->c, key.data, e);
		if (!rc && !own)
			rc = add(l, key.data, e);
	}
	kv_walk_end(cur);
	return rc;
}

/* Should the unit come back they are fetched again, from the first on. */
static int destroy(struct keyring *k, const struct leaving *l, struct kv_txn *txn, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < l->count && !rc; i++)
		rc = kv_del(txn, KR_PERSON, span_of(l->ids[i], WIRE_ID), e);
	if (!rc)
		rc = keyring_names_forget(txn, e);
	if (!rc)
		rc = keyring_meta_put(txn, "after", 0, e);
	if (!rc)
		rc = keyring_meta_put(txn, destroying, 1, e);
	k->after = rc ? k->after : 0;
	return rc;
}

static int written_anew(struct keyring *k, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = k->setup.rewrite ? k->setup.rewrite(k->setup.ctx, &k->setup.kv, e) : 0;

	if (!rc)
		rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = keyring_meta_put(txn, destroying, 0, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

int keyring_left(struct keyring *k, struct client *c, struct err *e)
{
	struct leaving l = { .c = c };
	struct kv_txn *txn = NULL;
	uint64_t mark = 0;
	int rc;

	if (!tree_moves(ledger_tree(c->base)))
		return 0;
	rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = keyring_meta_get(txn, destroying, &mark, e);
	if (!rc)
		rc = collect(&l, txn, e);
	if (!rc && l.count)
		rc = destroy(k, &l, txn, e);
	if (!rc && l.count)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	free(l.ids);
	return rc || (!l.count && !mark) ? rc : written_anew(k, e);
}
