/* Keys between this device and the server's key store. */
#include "keyring_internal.h"

#include "client/cases.h"
#include "ledger/emulate.h"
#include "ledger/feed.h"

#include <stdlib.h>

enum { COMMENDED_BUDGET = 4 << 20 };

int keyring_hand(struct handing *h, struct wire_key row, const struct seal_public *public,
		 const struct unit_key *u, struct err *e)
{
	uint8_t handed[HAND_BYTES] = { 0 }, random[SEAL_SEED_BYTES];
	bool asked;
	int rc;

	row.wrap = span_of(handed, sizeof(handed));
	memcpy(row.key, u->id, WIRE_ID);
	rc = keyring_asked(h->txn, &row, &asked, e);
	if (rc || asked)
		return rc;
	rc = h->k->setup.random(random, sizeof(random), e);
	if (!rc)
		rc = key_hand(handed, HAND_UNIT_KEY, public, row.unit, u->id, u->secret, random, e);
	return rc ? rc : keyring_queue(h->txn, &row, e);
}

static int hand_to_devices(struct handing *h, const struct unit_key *u, struct err *e)
{
	struct arena *a = arena_new(1 << 20);
	const uint64_t *devices = NULL;
	size_t count = 0;
	int rc = a ? ledger_devices(&devices, &count, h->c->base, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for the keys");

	for (size_t i = 0; i < count && !rc; i++) {
		struct seal_public public;
		struct device_row row;

		rc = ledger_device(h->c->base, devices[i], &row, e);
		if (rc || row.unit != h->c->id.unit || row.revoked_lsn)
			continue;
		memcpy(public.b, row.seal_key, sizeof(public.b));
		rc = keyring_hand(h,
				  (struct wire_key){ .what = WIRE_KEY_DEVICE,
						     .unit = row.unit,
						     .to = devices[i] },
				  &public, u, e);
	}
	arena_free(a);
	return rc;
}

static int hand_for_recovery(struct handing *h, const struct register_key *above,
			     const struct unit_key *u, struct err *e)
{
	struct wire_key row = { .what = WIRE_KEY_RECOVERY,
				.unit = h->c->id.unit,
				.to = above->unit };
	struct seal_public public;

	memcpy(row.person, above->key, sizeof(row.person));
	memcpy(public.b, above->public_half, sizeof(public.b));
	return keyring_hand(h, row, &public, u, e);
}

/* For recovery: the next unit above that has a key of its own; where none has, the printed one. */
static int hand_upwards(struct handing *h, const struct unit_key *u, struct err *e)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(ledger_tree(h->c->base), h->c->id.unit,
				 day_of_instant(ledger_info(h->c->base).time_ms), UINT64_MAX, path);

	for (size_t i = 1; i <= depth; i++) {
		struct register_key above;
		int rc = register_unit_key(h->c->base, i < depth ? path[i] : 0, &above, e);

		if (rc != -ERR_NOTFOUND)
			return rc ? rc : hand_for_recovery(h, &above, u, e);
	}
	return 0;
}

static int hand_all_unit_keys(struct handing *h, struct err *e)
{
	enum { KEYS_MAX = 64 };
	struct register_key *keys = calloc(KEYS_MAX, sizeof(*keys));
	size_t count = 0;
	int rc = keys ? register_unit_keys(h->c->base, h->c->id.unit, keys, KEYS_MAX, &count, e)
		      : err_set(e, ERR_NOMEM, "no memory for the keys");

	for (size_t i = 0; i < count && i < KEYS_MAX && !rc; i++) {
		struct unit_key u;

		rc = keyring_open_unit(h->k, h->txn, h->c->id.unit, keys[i].key, &u, e);
		if (rc == -ERR_NOTFOUND || rc == -ERR_DENIED) { /* not handed over to this one */
			rc = 0;
			continue;
		}
		if (!rc)
			rc = hand_to_devices(h, &u, e);
		if (!rc)
			rc = hand_upwards(h, &u, e);
		key_wipe(&u, sizeof(u));
	}
	free(keys);
	return rc;
}

/* A person's key to another unit, once. Nothing where that one has made no key of its own, or this device may not open
 * the person. */
static int hand_person(struct handing *h, uint32_t unit, const uint8_t person[PERSON_ID],
		       uint32_t to, struct err *e)
{
	uint8_t handed[HAND_BYTES], random[SEAL_SEED_BYTES], key[BOX_KEY_BYTES];
	struct wire_key row = {
		.what = WIRE_KEY_BODY, .unit = unit, .to = to, .wrap = { handed, sizeof(handed) }
	};
	struct register_key body;
	struct seal_public public;
	bool asked;
	int rc = register_unit_key(h->c->base, to, &body, e);

	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	memcpy(row.person, person, WIRE_ID);
	memcpy(row.key, body.key, WIRE_ID);
	rc = keyring_asked(h->txn, &row, &asked, e);
	if (rc || asked)
		return rc;
	rc = keyring_person(h->k, person, key, e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	memcpy(public.b, body.public_half, sizeof(public.b));
	rc = h->k->setup.random(random, sizeof(random), e);
	if (!rc)
		rc = key_hand(handed, HAND_PERSON_KEY, &public, unit, person, key, random, e);
	key_wipe(key, sizeof(key));
	return rc ? rc : keyring_queue(h->txn, &row, e);
}

/* A case that is with another unit: that one is to open it too. */
static int hand_to_body(void *ctx, const struct case_record *r, struct err *e)
{
	struct handing *h = ctx;

	if (!r->body || r->body == r->unit || !case_is_open_here(h->c, r))
		return 0;
	return hand_person(h, r->unit, r->person, r->body, e);
}

/* Whoever was put forward by name for a body above. */
static int hand_commended(struct handing *h, struct err *e)
{
	struct arena *a = arena_new(COMMENDED_BUDGET);
	const struct commended_person *list;
	size_t count = 0;
	int rc = a ? query_commended_persons(&list, &count, h->c->base, h->c->id.unit, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for the keys");

	for (size_t i = 0; i < count && !rc; i++)
		if (list[i].body)
			rc = hand_person(h, h->c->id.unit, list[i].person, list[i].body, e);
	arena_free(a);
	return rc;
}

/* ---- forgetting ---- */

struct forgetting {
	struct kv_txn *txn;
	uint64_t through;
	size_t count;
};

static int forget_sends(struct kv_txn *txn, uint8_t table, const uint8_t person[PERSON_ID],
			struct err *e)
{
	static const uint8_t whats[] = { WIRE_KEY_PERSON, WIRE_KEY_BODY };

	for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
		uint8_t prefix[1 + PERSON_ID], at[SEND_BYTES];
		int rc;

		prefix[0] = whats[i];
		memcpy(prefix + 1, person, PERSON_ID);
		do {
			struct span key = { NULL, 0 }, value = key, none = key;
			struct kv_cursor *c = NULL;

			rc = kv_walk(&c, txn, table, span_of(prefix, sizeof(prefix)), none, false,
				     e);
			if (!rc)
				rc = kv_next(c, &key, &value, e);
			if (rc == 1 && key.len != sizeof(at))
				rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
			if (rc == 1)
				memcpy(at, key.data, sizeof(at));
			kv_walk_end(c);
			if (rc == 1) {
				int gone = kv_del(txn, table, span_of(at, sizeof(at)), e);

				rc = gone ? gone : 1;
			}
		} while (rc == 1);
		if (rc)
			return rc;
	}
	return 0;
}

static int forget_one(void *ctx, uint64_t lsn, uint32_t unit, const uint8_t person[PERSON_ID],
		      struct err *e)
{
	struct forgetting *f = ctx;
	int rc = kv_del(f->txn, KR_PERSON, span_of(person, PERSON_ID), e);

	(void)unit;
	if (!rc)
		rc = forget_sends(f->txn, KR_SEND, person, e);
	if (!rc)
		rc = forget_sends(f->txn, KR_SENT, person, e);
	f->through = lsn;
	f->count++;
	return rc;
}

static int forget(struct keyring *k, struct client *c, struct err *e)
{
	struct forgetting f = { .txn = NULL };
	int rc;

	if (k->forgot > ledger_info(c->base).lsn)
		k->forgot = 0; /* the log was set back: its numbers are given anew */
	f.through = k->forgot;
	rc = kv_begin(&f.txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = register_forgotten(c->base, k->forgot, forget_one, &f, e);
	if (rc || !f.count) {
		kv_abort(&f.txn);
		return rc;
	}
	rc = keyring_names_forget(f.txn, e);
	if (!rc)
		rc = keyring_stick_forget(f.txn, e);
	if (!rc)
		rc = kv_commit(&f.txn, e);
	if (!rc && k->setup.rewrite)
		rc = k->setup.rewrite(k->setup.ctx, &k->setup.kv, e);
	if (!rc)
		rc = kv_begin(&f.txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = keyring_meta_put(f.txn, "forgot", f.through, e);
	if (!rc)
		rc = kv_commit(&f.txn, e);
	kv_abort(&f.txn);
	if (!rc)
		k->forgot = f.through;
	return rc;
}

/* ---- a server that was restored ---- */

static int drop_sent(struct kv_txn *txn, struct err *e)
{
	for (;;) {
		struct span key = { NULL, 0 }, value = key, none = key;
		uint8_t at[SEND_BYTES];
		struct kv_cursor *c = NULL;
		int rc = kv_walk(&c, txn, KR_SENT, none, none, false, e);

		if (!rc)
			rc = kv_next(c, &key, &value, e);
		if (rc == 1 && key.len != sizeof(at))
			rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc == 1)
			memcpy(at, key.data, sizeof(at));
		kv_walk_end(c);
		if (rc == 1)
			rc = kv_del(txn, KR_SENT, span_of(at, sizeof(at)), e);
		else
			return rc;
		if (rc)
			return rc;
	}
}

static int queue_persons(struct kv_txn *txn, uint32_t unit, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, txn, KR_PERSON, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct wire_key row = { .what = WIRE_KEY_PERSON, .unit = unit };
		uint8_t wrap[WRAP_BYTES];

		rc = 0;
		if (value.len != 9 + WIRE_ID + WRAP_BYTES || value.data[4] != WIRE_KEY_PERSON ||
		    key_be(value.data, 4) != unit)
			continue;
		memcpy(row.person, key.data, WIRE_ID);
		memcpy(row.key, value.data + 9, WIRE_ID);
		memcpy(wrap, value.data + 9 + WIRE_ID, WRAP_BYTES);
		row.wrap = span_of(wrap, sizeof(wrap));
		rc = keyring_queue(txn, &row, e);
	}
	kv_walk_end(c);
	return rc;
}

/* Another incarnation than the one that acked, or a key store that was filled from a copy: what it has is not known,
 * so all is put again. Putting twice is the same as once. And whom the log forgets is looked through from its first
 * entry: below the mark it may say what it did not say before. */
static int meet_incarnation(struct keyring *k, struct client *c, struct err *e)
{
	struct ledger_info info = ledger_info(c->base);
	struct span there, name = SPAN_LIT("incarnation");
	struct kv_txn *txn = NULL;
	uint64_t restored = 0, known = 0;
	bool other = false;
	int rc = register_keys_restored(c->base, &restored, e);

	if (!rc)
		rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = kv_get(txn, KR_META, name, &there, e);
	if (!rc)
		other = !span_eq(there, span_of(info.incarnation, sizeof(info.incarnation)));
	if (rc == -ERR_NOTFOUND || other)
		rc = kv_put(txn, KR_META, name, span_of(info.incarnation, 16), e);
	if (!rc)
		rc = keyring_meta_get(txn, "restored", &known, e);
	if (!rc && known != restored)
		rc = keyring_meta_put(txn, "restored", restored, e);
	other |= known != restored;
	if (!rc && other)
		rc = drop_sent(txn, e);
	if (!rc && other)
		rc = queue_persons(txn, c->id.unit, e);
	if (!rc && other)
		rc = keyring_meta_put(txn, "after", 0, e);
	if (!rc && other)
		rc = keyring_meta_put(txn, "forgot", 0, e);
	if (!rc && other) /* the number of a revocation there may be that of another one here */
		rc = keyring_meta_put(txn, "renewed", 0, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	if (!rc && other)
		k->after = k->forgot = 0;
	return rc;
}

int keyring_due(struct keyring *k, struct client *c, struct err *e)
{
	struct handing h = { k, c, NULL };
	size_t count = 0;
	int rc = meet_incarnation(k, c, e);

	if (!rc)
		rc = forget(k, c, e);
	if (!rc)
		rc = register_unit_keys(c->base, c->id.unit, NULL, 0, &count, e);
	if (rc || !count) /* the unit keeps no register */
		return rc;
	rc = kv_begin(&h.txn, k->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = hand_all_unit_keys(&h, e);
	if (!rc)
		rc = keyring_rewrap(&h, e);
	if (!rc)
		rc = register_cases(c->base, c->id.unit, hand_to_body, &h, e);
	if (!rc)
		rc = hand_commended(&h, e);
	if (!rc)
		rc = kv_commit(&h.txn, e);
	kv_abort(&h.txn);
	return rc;
}

struct wanting {
	struct keyring *k;
	struct client *c;
	struct kv_txn *txn;
	bool lacks;
};

/* 0: there, and the key that it is wrapped with is here too. -ERR_NOTFOUND: neither will do; a wrap with a key that
 * the log has lost is made anew by whoever can. */
static int has_person(struct wanting *w, const uint8_t person[PERSON_ID], struct err *e)
{
	uint8_t at[UNIT_ROW_BYTES];
	struct span there;
	int rc = kv_get(w->txn, KR_PERSON, span_of(person, WIRE_ID), &there, e);

	if (!rc && there.len < 9 + WIRE_ID)
		rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
	if (rc)
		return rc;
	memcpy(at, there.data + 5, 4);
	memcpy(at + 4, there.data + 9, WIRE_ID);
	return kv_get(w->txn, KR_UNIT, span_of(at, sizeof(at)), &there, e);
}

static int wants_case(void *ctx, const struct case_record *r, struct err *e)
{
	struct wanting *w = ctx;
	int rc;

	if (!case_is_open_here(w->c, r))
		return 0;
	rc = has_person(w, r->person, e);
	w->lacks |= rc == -ERR_NOTFOUND;
	return rc == -ERR_NOTFOUND ? 1 : rc;
}

static int wants_member(void *ctx, const struct register_member *m, struct err *e)
{
	struct register_asked forgotten = { .lsn = 0 };
	struct wanting *w = ctx;
	int rc;

	if (m->how == MEMBER_MOVED || m->came.state == HANDOVER_BACK)
		return 0;
	rc = has_person(w, m->person, e);
	if (rc == -ERR_NOTFOUND && m->how != MEMBER_STAYS) {
		rc = register_member_forgotten(w->c->base, m->unit, m->person, &forgotten, e);
		if (!rc && forgotten.lsn)
			return 0;
		rc = rc ? rc : -ERR_NOTFOUND;
	}
	w->lacks |= rc == -ERR_NOTFOUND;
	return rc == -ERR_NOTFOUND ? 1 : rc;
}

/* Put forward by this unit, or sealed for it by one below. */
static int wants_commended(struct wanting *w, uint32_t unit, struct arena *a, struct err *e)
{
	const struct commended_person *list;
	size_t count;
	int rc = query_commended_persons(&list, &count, w->c->base, unit, a, e);

	for (size_t i = 0; i < count && !rc && !w->lacks; i++) {
		struct register_asked forgotten = { .lsn = 0 };
		struct span there;

		if (unit != w->c->id.unit && list[i].body != w->c->id.unit)
			continue;
		rc = kv_get(w->txn, KR_PERSON, span_of(list[i].person, WIRE_ID), &there, e);
		if (rc != -ERR_NOTFOUND)
			continue;
		rc = register_member_forgotten(w->c->base, unit, list[i].person, &forgotten, e);
		w->lacks |= !rc && !forgotten.lsn;
	}
	return rc;
}

static int wants_all_commended(struct wanting *w, struct err *e)
{
	const struct tree *tree = ledger_tree(w->c->base);
	struct arena *a = arena_new(COMMENDED_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for the keys");

	for (size_t i = 0; i < tree_count(tree) && !rc && !w->lacks; i++) {
		arena_reset(a);
		rc = wants_commended(w, tree_at(tree, i)->unit, a, e);
	}
	arena_free(a);
	return rc;
}

static int wants_unit_key(struct wanting *w, struct err *e)
{
	enum { KEYS_MAX = 64 };
	struct register_key *keys = calloc(KEYS_MAX, sizeof(*keys));
	size_t count = 0;
	int rc = keys ? register_unit_keys(w->c->base, w->c->id.unit, keys, KEYS_MAX, &count, e)
		      : err_set(e, ERR_NOMEM, "no memory for the keys");

	for (size_t i = 0; i < count && i < KEYS_MAX && !rc; i++) {
		uint8_t at[UNIT_ROW_BYTES];
		struct span there;

		key_put_be(at, w->c->id.unit, 4);
		memcpy(at + 4, keys[i].key, WIRE_ID);
		rc = kv_get(w->txn, KR_UNIT, span_of(at, sizeof(at)), &there, e);
		w->lacks |= rc == -ERR_NOTFOUND;
		rc = rc == -ERR_NOTFOUND ? 0 : rc;
	}
	free(keys);
	return rc;
}

int keyring_lacks(struct keyring *k, struct client *c, bool *lacks, struct err *e)
{
	struct wanting w = { k, c, NULL, false };
	int rc = kv_begin(&w.txn, k->setup.kv, KV_READ, e);

	if (!rc)
		rc = wants_unit_key(&w, e);
	if (!rc && !w.lacks)
		rc = register_cases(c->base, 0, wants_case, &w, e);
	if (!rc && !w.lacks)
		rc = register_members(c->base, c->id.unit, wants_member, &w, e);
	if (!rc && !w.lacks)
		rc = wants_all_commended(&w, e);
	kv_abort(&w.txn);
	*lacks = w.lacks;
	return rc;
}

static int read_waiting(struct wire_key *row, struct span key, struct span value, struct arena *a,
			struct err *e)
{
	if (key.len != SEND_BYTES || value.len < 5)
		return err_set(e, ERR_CORRUPT, "a key that cannot be read");
	*row = (struct wire_key){ .what = key.data[0],
				  .unit = (uint32_t)key_be(value.data, 4),
				  .to = key_be(key.data + 1 + 2 * WIRE_ID, 8) };
	memcpy(row->person, key.data + 1, WIRE_ID);
	memcpy(row->key, key.data + 1 + WIRE_ID, WIRE_ID);
	row->wrap = arena_copy(a, span_of(value.data + 4, value.len - 4));
	return row->wrap.data ? 0 : err_set(e, ERR_NOMEM, "no memory for the keys");
}

struct waiting {
	struct wire_key *rows;
	size_t max, skip, count;
	struct arena *a;
};

/* Those of persons, or all the others. */
static int take_waiting(struct waiting *w, struct kv_txn *txn, bool persons, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, txn, KR_SEND, none, none, false, e);

	while (!rc && w->count < w->max && (rc = kv_next(c, &key, &value, e)) == 1) {
		rc = 0;
		if (!key.len || (key.data[0] == WIRE_KEY_PERSON) != persons)
			continue;
		if (w->skip)
			w->skip--;
		else
			rc = read_waiting(&w->rows[w->count++], key, value, w->a, e);
	}
	kv_walk_end(c);
	return rc;
}

/* Persons last: what they are wrapped with is in the hands of others first, since the server then drops what was
 * wrapped with the key before. */
int keyring_next(struct keyring *k, struct wire_key *rows, size_t max, size_t skip, size_t *count,
		 struct arena *a, struct err *e)
{
	struct waiting w = { .rows = rows, .max = max, .skip = skip, .a = a };
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_READ, e);

	if (!rc)
		rc = take_waiting(&w, txn, false, e);
	if (!rc)
		rc = take_waiting(&w, txn, true, e);
	kv_abort(&txn);
	*count = w.count;
	return rc;
}

int keyring_acked(struct keyring *k, const struct wire_key *rows, size_t count, struct span results,
		  struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	for (size_t i = 0; i < count && i < results.len && !rc; i++) {
		uint8_t key[SEND_BYTES];
		struct span at = keyring_send_key(key, &rows[i]);

		if (results.data[i] != WIRE_KEY_TAKEN)
			continue;
		rc = kv_del(txn, KR_SEND, at, e);
		if (!rc)
			rc = kv_put(txn, KR_SENT, at, span_of("\1", 1), e);
	}
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

/* Is it for this device? One that does not open here is left: the server may be wrong, or lie. */
static int take_row(struct keyring *k, struct client *c, struct kv_txn *txn,
		    const struct wire_key *row, size_t *taken, struct err *e)
{
	struct err ignored = { 0 };
	struct unit_key u;
	int rc = 0;

	switch (row->what) {
	case WIRE_KEY_DEVICE:
		if (row->unit != c->id.unit || row->to != c->id.device ||
		    key_take(u.secret, HAND_UNIT_KEY, &k->seal, row->unit, row->key, row->wrap,
			     &ignored))
			return 0;
		key_wipe(&u, sizeof(u));
		rc = keyring_put_unit(txn, row->unit, row->key, row->wrap, e);
		break;
	case WIRE_KEY_PERSON:
		if (row->unit != c->id.unit || row->wrap.len != WRAP_BYTES)
			return 0;
		rc = keyring_put_person(txn, row, row->unit, e);
		break;
	case WIRE_KEY_BODY:
		if (row->to != c->id.unit || row->wrap.len != HAND_BYTES)
			return 0;
		rc = keyring_put_person(txn, row, c->id.unit, e);
		break;
	default:
		return 0;
	}
	*taken += !rc;
	return rc;
}

int keyring_take(struct keyring *k, struct client *c, const struct wire_key_page *p, size_t *taken,
		 struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	*taken = 0;
	for (size_t i = 0; i < p->count && !rc; i++)
		rc = take_row(k, c, txn, &p->rows[i], taken, e);
	if (!rc)
		rc = keyring_meta_put(txn, "after", p->next, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	if (!rc)
		k->after = p->next;
	return rc;
}
