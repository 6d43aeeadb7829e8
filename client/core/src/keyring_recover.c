/* A unit's keys handed to a device of it by those above: its own devices are lost, and two persons agreed. */
#include "keyring_internal.h"

#include "ledger/feed.h"

#include <stdlib.h>

enum { KEYS_MAX = 64 };

void keyring_card(struct keyring *k, const struct code *card)
{
	recovery_pair(&k->card, card);
	k->has_card = true;
}

/* A device of the unit that was agreed on and is not shut out. *good; its key in *public. */
static int device_of(struct client *c, uint32_t unit, uint64_t device,
		     const struct register_asked *asked, struct seal_public *public, bool *good,
		     struct err *e)
{
	struct device_row row;
	int rc = asked->lsn ? ledger_device(c->base, device, &row, e) : -ERR_NOTFOUND;

	*good = !rc && row.unit == unit && !row.revoked_lsn;
	if (*good)
		memcpy(public->b, row.seal_key, sizeof(public->b));
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

struct finding {
	struct keyring *k;
	struct client *c;
	struct kv_txn *txn;
	uint32_t after, found;
};

/* Is there a key of the unit that was not handed to the device from here? */
static int lacks_any(struct finding *f, uint32_t unit, uint64_t device, bool *lacks, struct err *e)
{
	struct register_key *keys = calloc(KEYS_MAX, sizeof(*keys));
	size_t count = 0;
	int rc = keys ? register_unit_keys(f->c->base, unit, keys, KEYS_MAX, &count, e)
		      : err_set(e, ERR_NOMEM, "no memory for the keys");

	*lacks = false;
	for (size_t i = 0; i < count && i < KEYS_MAX && !rc && !*lacks; i++) {
		struct wire_key row = { .what = WIRE_KEY_DEVICE, .unit = unit, .to = device };
		bool asked;

		memcpy(row.key, keys[i].key, sizeof(row.key));
		rc = keyring_asked(f->txn, &row, &asked, e);
		*lacks = !rc && !asked;
	}
	free(keys);
	return rc;
}

static int find_one(void *ctx, uint32_t unit, uint64_t device, const struct register_asked *asked,
		    struct err *e)
{
	struct finding *f = ctx;
	struct seal_public public;
	bool good;
	int rc;

	if (unit <= f->after || (unit == f->c->id.unit && !f->k->has_card) ||
	    !tree_inside(ledger_tree(f->c->base), unit, f->c->id.unit,
			 day_of_instant(ledger_info(f->c->base).time_ms), UINT64_MAX))
		return 0;
	rc = device_of(f->c, unit, device, asked, &public, &good, e);
	if (!rc && good)
		rc = lacks_any(f, unit, device, &good, e);
	if (rc || !good)
		return rc;
	f->found = unit;
	return 1;
}

int keyring_recoverable(struct keyring *k, struct client *c, uint32_t after, uint32_t *unit,
			struct err *e)
{
	struct finding f = { .k = k, .c = c, .after = after };
	size_t own = 0;
	int rc = register_unit_keys(c->base, c->id.unit, NULL, 0, &own, e);

	*unit = 0;
	if (rc || (!own && !k->has_card)) /* nothing to open anything with */
		return rc;
	rc = kv_begin(&f.txn, k->setup.kv, KV_READ, e);
	if (!rc)
		rc = register_recoveries(c->base, 0, find_one, &f, e);
	kv_abort(&f.txn);
	*unit = rc ? 0 : f.found;
	return rc;
}

/* -ERR_DENIED, -ERR_NOTFOUND: not for this device. */
static int open_one(struct handing *h, const struct wire_key *row, struct unit_key *out,
		    struct err *e)
{
	struct seal_key pair;
	struct unit_key own;
	int rc;

	memcpy(out->id, row->key, sizeof(out->id));
	if (!row->to)
		return h->k->has_card ? key_take(out->secret, HAND_UNIT_KEY, &h->k->card, row->unit,
						 row->key, row->wrap, e)
				      : -ERR_NOTFOUND;
	if (row->to != h->c->id.unit)
		return -ERR_NOTFOUND;
	rc = keyring_open_unit(h->k, h->txn, h->c->id.unit, row->person, &own, e);
	if (rc)
		return rc;
	unit_key_pair(&pair, &own);
	rc = key_take(out->secret, HAND_UNIT_KEY, &pair, row->unit, row->key, row->wrap, e);
	seal_key_fini(&pair);
	key_wipe(&own, sizeof(own));
	return rc;
}

struct giving {
	struct handing h;
	const struct unit_key *u;
};

static int give_one(void *ctx, uint32_t unit, uint64_t device, const struct register_asked *asked,
		    struct err *e)
{
	struct giving *g = ctx;
	struct wire_key row = { .what = WIRE_KEY_DEVICE, .unit = unit, .to = device };
	struct seal_public public;
	bool good;
	int rc = device_of(g->h.c, unit, device, asked, &public, &good, e);

	return rc || !good ? rc : keyring_hand(&g->h, row, &public, g->u, e);
}

int keyring_recover(struct keyring *k, struct client *c, uint32_t unit,
		    const struct wire_key_page *p, size_t *handed, struct err *e)
{
	struct giving g = { .h = { k, c, NULL } };
	int rc = kv_begin(&g.h.txn, k->setup.kv, KV_WRITE, e);

	*handed = 0;
	for (size_t i = 0; i < p->count && !rc; i++) {
		struct err ignored = { 0 };
		struct unit_key u;

		if (p->rows[i].what != WIRE_KEY_RECOVERY || p->rows[i].unit != unit ||
		    open_one(&g.h, &p->rows[i], &u, &ignored))
			continue; /* for others, or the server may be wrong, or lie */
		g.u = &u;
		rc = register_recoveries(c->base, unit, give_one, &g, e);
		key_wipe(&u, sizeof(u));
		*handed += !rc;
	}
	if (!rc)
		rc = kv_commit(&g.h.txn, e);
	kv_abort(&g.h.txn);
	return rc;
}
