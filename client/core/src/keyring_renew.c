/* The unit's next key, after one of its devices was shut out, and its persons wrapped with it. */
#include "keyring_internal.h"

#include "client/outbox.h"
#include "domain/rights.h"
#include "ledger/feed.h"

#include <stdlib.h>

enum { KEYS_MAX = 64 };

/* The newest entry that shut a device of the unit out, 0 none. */
static int newest_revocation(struct client *c, uint64_t *lsn, struct err *e)
{
	struct arena *a = arena_new(1 << 20);
	const uint64_t *devices = NULL;
	size_t count = 0;
	int rc = a ? ledger_devices(&devices, &count, c->base, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for the keys");

	*lsn = 0;
	for (size_t i = 0; i < count && !rc; i++) {
		struct device_row row;

		rc = ledger_device(c->base, devices[i], &row, e);
		if (!rc && row.unit == c->id.unit && row.revoked_lsn > *lsn)
			*lsn = row.revoked_lsn;
	}
	arena_free(a);
	return rc;
}

/* Was the next key made here for that already, and its op not come back yet? */
static int made_for(struct keyring *k, uint64_t lsn, bool *made, struct err *e)
{
	struct kv_txn *txn = NULL;
	uint64_t renewed = 0;
	int rc = kv_begin(&txn, k->setup.kv, KV_READ, e);

	if (!rc)
		rc = keyring_meta_get(txn, "renewed", &renewed, e);
	kv_abort(&txn);
	*made = renewed == lsn;
	return rc;
}

static int note(struct keyring *k, uint64_t lsn, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, k->setup.kv, KV_WRITE, e);

	if (!rc)
		rc = keyring_meta_put(txn, "renewed", lsn, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

/* ---- a key that the log has not come to know ---- */

enum { TOLD_MAX = 4 }; /* who is refused again and again says no more */

/* How often own ops told of it, and is one of them still on its way (or for a person to decide on)? */
static int told_of(struct client *c, const uint8_t id[WIRE_ID], size_t *times, bool *waits,
		   struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for own entries");

	*times = 0;
	*waits = false;
	for (size_t i = 0; i < c->own.count && !rc; i++) {
		const struct own_op *own = &c->own.ops[i];
		struct op op;

		if (own->kind != OP_UNIT_KEY)
			continue;
		arena_reset(a);
		rc = outbox_decode(c, own->id, &op, a, e);
		if (rc || memcmp(op.unit_key.key, id, WIRE_ID))
			continue;
		++*times;
		*waits |= !own->dropped && !own->remade_seq &&
			  (own->verdict == VERDICT_NONE ||
			   (own->verdict == VERDICT_ACCEPTED && !own->pulled));
	}
	arena_free(a);
	return rc;
}

/* Nothing ever told of it, and nobody else will: it was made here, and its op found no room, or the process ended
 * between the two stores. */
static int never_told(struct kv_txn *txn, const uint8_t id[WIRE_ID], bool *yes, struct err *e)
{
	struct span made = { NULL, 0 };
	int rc = kv_get(txn, KR_META, SPAN_LIT(KEYRING_MADE), &made, e);

	*yes = !rc && span_eq(made, span_of(id, WIRE_ID));
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* A key of the unit that is here, that base does not have, and that nothing tells of (any more): its op was never
 * kept, or dropped by a person, refused or parked. *found; the caller wipes *u. */
static int find_untold(struct keyring *k, struct client *c, struct unit_key *u, bool *found,
		       struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *cur = NULL;
	struct kv_txn *txn = NULL;
	uint8_t prefix[4];
	int rc = kv_begin(&txn, k->setup.kv, KV_READ, e);

	*found = false;
	key_put_be(prefix, c->id.unit, sizeof(prefix));
	if (!rc)
		rc = kv_walk(&cur, txn, KR_UNIT, span_of(prefix, 4), none, false, e);
	while (!rc && !*found && (rc = kv_next(cur, &key, &value, e)) == 1) {
		uint32_t generation;
		size_t times = 0;
		bool waits = false, mine = false;

		rc = key.len == UNIT_ROW_BYTES
			     ? register_key_known(c->base, c->id.unit, key.data + 4, &generation, e)
			     : err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc != -ERR_NOTFOUND)
			continue;
		rc = told_of(c, key.data + 4, &times, &waits, e);
		if (!rc && !times)
			rc = never_told(txn, key.data + 4, &mine, e);
		if (rc || waits || (!times && !mine) || times >= TOLD_MAX)
			continue;
		rc = keyring_open_unit(k, txn, c->id.unit, key.data + 4, u, e);
		*found = !rc;
	}
	kv_walk_end(cur);
	kv_abort(&txn);
	return rc;
}

/* Persons may be wrapped with it, and whom it is not told of nobody hands it to. */
static int tell_untold(struct keyring *k, struct client *c, int64_t now_ms, bool *told,
		       struct err *e)
{
	struct unit_key u;
	int rc = find_untold(k, c, &u, told, e);

	if (rc || !*told)
		return rc;
	rc = keyring_tell(c, &u, now_ms, e);
	key_wipe(&u, sizeof(u));
	return rc;
}

/* ---- the first one ---- */

struct submitted {
	struct client *c;
	bool any;
};

static int each_submitted(void *ctx, const struct case_record *r, struct err *e)
{
	struct submitted *s = ctx;
	struct case_state st;

	(void)e;
	if (r->unit == s->c->id.unit || r->body != s->c->id.unit || r->forgotten_lsn ||
	    !case_record_here(r) || r->gone.state != HANDOVER_NONE)
		return 0;
	case_record_state(&st, r);
	s->any = !case_is_over(st.stage);
	return s->any;
}

/* Another unit keeps a register, and persons can be sent to this one: it has not ended. */
static int sent_perhaps(struct client *c, bool *perhaps, struct err *e)
{
	const struct unit *own = tree_get(ledger_tree(c->base), c->id.unit);
	day_t today = day_of_instant(ledger_info(c->base).time_ms);

	*perhaps = false;
	return own && unit_alive(own, today)
		       ? register_key_elsewhere(c->base, c->id.unit, perhaps, e)
		       : 0;
}

int keyring_needed(struct client *c, enum keyring_need *need, struct err *e)
{
	struct submitted s = { .c = c };
	struct register_key there;
	bool on = false, others = false, refused = false;
	int rc = register_unit_key(c->base, c->id.unit, &there, e);

	*need = KEY_NOT_NEEDED;
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(e);
	if (rights_ask(RIGHT_REGISTER, client_role(c), RELATION_SELF) != RIGHT_YES)
		return 0;
	for (size_t i = 0; i < c->own.count; i++) {
		if (c->own.ops[i].kind != OP_UNIT_KEY || c->own.ops[i].pulled)
			continue;
		if (c->own.ops[i].verdict != VERDICT_REFUSED)
			return 0; /* made here, and not told yet */
		refused = true;
	}
	rc = register_on(c->base, &on, e);
	if (!rc && on)
		rc = register_cases(c->base, 0, each_submitted, &s, e);
	if (!rc && on && !s.any && !refused) /* nobody waits for it: not again at every contact */
		rc = sent_perhaps(c, &others, e);
	*need = s.any ? KEY_FOR_DOSSIER : others ? KEY_FOR_MOVES : KEY_NOT_NEEDED;
	return rc;
}

static int make_first(struct keyring *k, struct client *c, int64_t now_ms, bool *made,
		      struct err *e)
{
	struct unit_key first;
	enum keyring_need need;
	int rc = keyring_needed(c, &need, e);

	if (rc || need == KEY_NOT_NEEDED)
		return rc;
	rc = keyring_make(k, c, now_ms, &first, e);
	key_wipe(&first, sizeof(first));
	*made = !rc;
	return rc;
}

/* ---- the next key ---- */

/* By the day of the newest entry, which no clock here makes wrong: nothing of theirs is taken any more. */
static int time_is_over(struct client *c, bool *over, struct err *e)
{
	struct person_row row = { .to = 0 };
	int rc = ledger_person(c->base, c->id.person, &row, e);

	*over = !rc && row.to && day_of_instant(ledger_info(c->base).time_ms) > row.to;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int keyring_renew(struct keyring *k, struct client *c, int64_t now_ms, bool *made, struct err *e)
{
	enum person_role role = client_role(c);
	struct register_key newest;
	struct unit_key next;
	uint64_t revoked = 0;
	bool on = false, done = false, over = false;
	int rc = register_on(c->base, &on, e);

	*made = false;
	if (!rc)
		rc = time_is_over(c, &over, e);
	if (rc || !on || over || rights_ask(RIGHT_REGISTER, role, RELATION_SELF) != RIGHT_YES)
		return rc;
	rc = tell_untold(k, c, now_ms, made, e);
	if (rc || *made)
		return rc;
	rc = register_unit_key(c->base, c->id.unit, &newest, e);
	if (rc == -ERR_NOTFOUND)
		return make_first(k, c, now_ms, made, e);
	if (rc)
		return rc;
	rc = newest_revocation(c, &revoked, e);
	if (rc || revoked <= newest.lsn)
		return rc;
	rc = made_for(k, revoked, &done, e);
	if (rc || done)
		return rc;
	rc = keyring_make(k, c, now_ms, &next, e);
	key_wipe(&next, sizeof(next));
	*made = !rc;
	return rc ? rc : note(k, revoked, e);
}

/* ---- wrapped anew ---- */

struct rewrapping {
	struct handing *h;
	struct unit_key best;
	uint32_t generation;
	uint8_t (*ids)[WIRE_ID];
	size_t count, room;
};

/* The newest key of the unit that is here; -ERR_NOTFOUND. */
static int find_best(struct rewrapping *w, struct err *e)
{
	struct handing *h = w->h;
	struct register_key newest = { .generation = 0 };
	int rc = register_unit_key(h->c->base, h->c->id.unit, &newest, e);

	w->generation = newest.generation;
	return rc ? rc : keyring_open_unit(h->k, h->txn, h->c->id.unit, newest.key, &w->best, e);
}

/* Is it a person of the unit's own, wrapped with an earlier key, or with one that a restored server has lost: that is
 * handed to nobody any more? */
static int is_earlier(struct rewrapping *w, struct span value, bool *earlier, struct err *e)
{
	uint32_t generation = 0, own = w->h->c->id.unit;
	int rc;

	*earlier = false;
	if (value.len != 9 + WIRE_ID + WRAP_BYTES || value.data[4] != WIRE_KEY_PERSON ||
	    key_be(value.data, 4) != own || !memcmp(value.data + 9, w->best.id, WIRE_ID))
		return 0;
	rc = register_key_known(w->h->c->base, own, value.data + 9, &generation, e);
	*earlier = rc == -ERR_NOTFOUND || (!rc && generation < w->generation);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* Rows of a table cannot be written while it is walked: first who, then each. */
static int collect(struct rewrapping *w, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, w->h->txn, KR_PERSON, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		bool earlier;

		rc = key.len == WIRE_ID ? is_earlier(w, value, &earlier, e)
					: err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc || !earlier)
			continue;
		if (w->count == w->room) {
			size_t room = w->room ? 2 * w->room : 256;
			void *more = realloc(w->ids, room * sizeof(*w->ids));

			if (!more) {
				rc = err_set(e, ERR_NOMEM, "no memory for the keys");
				break;
			}
			w->ids = more;
			w->room = room;
		}
		memcpy(w->ids[w->count++], key.data, WIRE_ID);
	}
	kv_walk_end(c);
	return rc;
}

static int rewrap_one(const struct rewrapping *w, const uint8_t person[WIRE_ID], struct err *e)
{
	uint8_t nonce[BOX_NONCE_BYTES], wrapped[WRAP_BYTES], key[BOX_KEY_BYTES];
	struct wire_key row = { .what = WIRE_KEY_PERSON,
				.unit = w->h->c->id.unit,
				.wrap = { wrapped, sizeof(wrapped) } };
	struct handing *h = w->h;
	struct span value;
	int rc = kv_get(h->txn, KR_PERSON, span_of(person, WIRE_ID), &value, e);

	if (!rc)
		rc = keyring_open_person(h->k, h->txn, person, value, key, e);
	if (!rc)
		rc = h->k->setup.random(nonce, sizeof(nonce), e);
	if (rc) /* one that does not open stays as it is */
		return rc == -ERR_DENIED || rc == -ERR_NOTFOUND ? 0 : rc;
	person_wrap(wrapped, &w->best, row.unit, person, key, nonce);
	key_wipe(key, sizeof(key));
	memcpy(row.person, person, WIRE_ID);
	memcpy(row.key, w->best.id, WIRE_ID);
	rc = keyring_put_person(h->txn, &row, row.unit, e);
	return rc ? rc : keyring_queue(h->txn, &row, e);
}

/* Is there another key of the unit here than the one that the log knows? */
static int holds_more(struct handing *h, bool *more, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	uint8_t prefix[4];
	size_t count = 0;
	int rc;

	key_put_be(prefix, h->c->id.unit, sizeof(prefix));
	rc = kv_walk(&c, h->txn, KR_UNIT, span_of(prefix, 4), none, false, e);
	while (!rc && count < 2 && (rc = kv_next(c, &key, &value, e)) == 1) {
		count++;
		rc = 0;
	}
	kv_walk_end(c);
	*more = count > 1;
	return rc;
}

int keyring_rewrap(struct handing *h, struct err *e)
{
	struct rewrapping w = { .h = h };
	bool more;
	int rc = holds_more(h, &more, e);

	if (rc || !more)
		return rc;
	rc = find_best(&w, e);
	if (rc == -ERR_NOTFOUND || rc == -ERR_DENIED) /* it was not handed over yet */
		return 0;
	if (!rc)
		rc = collect(&w, e);
	for (size_t i = 0; i < w.count && !rc; i++)
		rc = rewrap_one(&w, w.ids[i], e);
	key_wipe(&w.best, sizeof(w.best));
	free(w.ids);
	return rc;
}
