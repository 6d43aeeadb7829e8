/* What is sealed of persons stays sealed: no name in clear anywhere, no key of who is gone, and a person opens where
 * they may be opened and nowhere else. */
#include "roster.h"

#include "client/cases.h"
#include "client/roll.h"
#include "ledger/register.h"

#include <stdlib.h>

enum { OPEN_ARENA = 1 << 20 };

/* ---- what is sealed ---- */

static void look_in(struct sim *s, struct kv *kv, uint8_t tables, const char *whose)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c;
	struct kv_txn *txn;

	if (!kv)
		return;
	must(kv_begin(&txn, kv, KV_READ, &s->e), &s->e, "read");
	for (uint8_t t = 0; t < tables; t++) {
		must(kv_walk(&c, txn, t, none, none, false, &s->e), &s->e, "walk");
		while (must(kv_next(c, &key, &value, &s->e), &s->e, "walk"))
			if (span_find(key, SPAN_LIT(PERSONS_MARK)) ||
			    span_find(value, SPAN_LIT(PERSONS_MARK)))
				sim_fail(s, "a name is in clear in %s, table %u", whose, t);
		kv_walk_end(c);
	}
	kv_abort(&txn);
}

void roster_bytes(struct sim *s, struct span bytes, const char *where)
{
	if (s->reg && span_find(bytes, SPAN_LIT(PERSONS_MARK)))
		sim_fail(s, "a name is in clear %s", where);
}

static void check_sealed(struct sim *s)
{
	look_in(s, s->kv, LEDGER_TABLES, "the server's store");
	look_in(s, s->key_kv, KEYSTORE_TABLES, "the key store");
	look_in(s, s->old_kv, LEDGER_TABLES, "a copy of the server's store");
	for (size_t i = 0; i < s->holder_count; i++) {
		look_in(s, s->holders[i].kv, CLIENT_TABLES, "a device's store");
		look_in(s, s->holders[i].key_kv, KEYRING_TABLES, "a device's keys");
	}
}

/* Of the last table there is no key: which wraps were sent, by the numbers that the log has for ever. Who sent somebody
 * off does not hear that they were forgotten where they are now. */
enum { KEYRING_WITH_KEYS = KEYRING_TABLES - 1 };

/* ---- who was forgotten ---- */

static bool has_number(struct sim *s, struct kv *kv, uint8_t tables, const uint8_t *id)
{
	struct span none = { NULL, 0 }, key, value, want = span_of(id, PERSON_ID);
	struct kv_cursor *c;
	struct kv_txn *txn;
	bool has = false;

	must(kv_begin(&txn, kv, KV_READ, &s->e), &s->e, "read");
	for (uint8_t t = 0; t < tables; t++) {
		must(kv_walk(&c, txn, t, none, none, false, &s->e), &s->e, "walk");
		while (must(kv_next(c, &key, &value, &s->e), &s->e, "walk"))
			has |= span_find(key, want) || span_find(value, want);
		kv_walk_end(c);
	}
	kv_abort(&txn);
	return has;
}

static void check_forgotten(struct sim *s, const struct rows *m)
{
	for (size_t i = 0; i < m->gone_count; i++) {
		if (has_number(s, s->key_kv, KEYSTORE_TABLES, m->gone[i]))
			sim_fail(s, "the key store has a key of person %u, who is gone",
				 persons_who(s, m->gone[i]));
		for (size_t k = 0; k < s->holder_count; k++)
			if (has_read_all(s, &s->holders[k]) &&
			    has_number(s, s->holders[k].key_kv, KEYRING_WITH_KEYS, m->gone[i]))
				sim_fail(s, "device %zu has a key of person %u, who is gone", k,
					 persons_who(s, m->gone[i]));
	}
}

/* ---- who opens what ---- */

/* What is opened is who it was. */
static bool says_who(struct sim *s, const struct holder *h, const struct person_fields *f,
		     uint32_t who)
{
	char name[PERSONS_NAME];

	if (!span_eq(f->at[PF_NAME], persons_name(name, who)))
		sim_fail(s, "device %zu opens person %u, and it is somebody else", h->index, who);
	return true;
}

/* By row of the log: 1 it opens there, 2 it does not, 0 it is not looked at there. */
static void open_all(struct sim *s, struct holder *h, struct rows *m, uint8_t *opens)
{
	struct arena *a = arena_new(OPEN_ARENA);
	struct person_fields f;
	struct cases *cs;
	struct roll *all;

	must(cases_load(&cs, h->c, &s->e), &s->e, "cases");
	for (size_t i = 0; i < cases_count(cs); i++) {
		const struct case_record *c = cases_at(cs, i);
		struct row *r = roster_row(m, c->unit, c->person);
		bool mine = c->unit == h->d->unit || (c->body && c->body == h->d->unit);
		int rc;

		if (!r || r->member)
			continue;
		arena_reset(a);
		rc = case_open_record(&f, h->c, h->keys, c, a, &s->e);
		if (!rc && (!mine || r->forgotten || r->at == WENT_OVER || r->at == SENT_BACK))
			sim_fail(s, "device %zu of unit %u opens person %u of unit %u", h->index,
				 h->d->unit, r->who, r->unit);
		if (!rc)
			(void)says_who(s, h, &f, r->who);
		if (mine)
			opens[r - m->r] = rc ? 2 : 1;
	}
	cases_free(cs);
	must(roll_load(&all, h->c, &s->e), &s->e, "members");
	for (size_t i = 0; i < roll_count(all); i++) {
		const struct register_member *x = roll_at(all, i);
		struct row *r = roster_row(m, x->unit, x->person);
		int rc;

		if (!r || !r->member)
			continue;
		arena_reset(a);
		rc = roll_open(&f, h->c, h->keys, x, a, &s->e);
		if (!rc && (x->unit != h->d->unit || r->at == WENT_OVER || r->at == SENT_BACK))
			sim_fail(s, "device %zu of unit %u opens member %u of unit %u", h->index,
				 h->d->unit, r->who, r->unit);
		if (!rc)
			(void)says_who(s, h, &f, r->who);
		if (x->unit == h->d->unit)
			opens[r - m->r] = rc ? 2 : 1;
	}
	roll_free(all);
	arena_free(a);
}

/* The device that wrote it down is there, with the disk it had then. */
static bool author_stands(const struct sim *s, const struct row *r)
{
	for (size_t i = 0; i < s->holder_count; i++) {
		const struct holder *h = &s->holders[i];

		if (h->d->device == r->author)
			return has_read_all(s, h) && !h->restored && !h->copied;
	}
	return false;
}

static bool has_unit_key(struct sim *s, const struct holder *h)
{
	struct register_key newest;
	struct unit_key u;

	return !register_unit_key(s->l, h->d->unit, &newest, &s->e) &&
	       !keyring_unit_key(h->keys, h->c, &u, &s->e) && !memcmp(u.id, newest.key, PERSON_ID);
}

static void check_opens(struct sim *s, struct rows *m)
{
	static uint8_t opens[HOLDERS_MAX][ROWS_MAX];

	for (size_t i = 0; i < s->holder_count; i++) {
		memset(opens[i], 0, sizeof(opens[i]));
		if (has_read_all(s, &s->holders[i]))
			open_all(s, &s->holders[i], m, opens[i]);
	}
	for (size_t k = 0; k < m->count; k++) {
		const struct row *r = &m->r[k];
		size_t one = HOLDERS_MAX, other = HOLDERS_MAX;

		if (r->forgotten || r->at == WENT_OVER || r->at == SENT_BACK || r->at == OFFERED)
			continue;
		for (size_t i = 0; i < s->holder_count; i++) {
			if (opens[i][k] == 1 && s->holders[i].d->unit == r->unit)
				one = i;
			if (opens[i][k] == 2 && s->holders[i].d->unit == r->unit)
				other = i;
		}
		if (one < HOLDERS_MAX && other < HOLDERS_MAX)
			sim_fail(s,
				 "person %u of unit %u: device %zu opens it, device %zu does not",
				 r->who, r->unit, one, other);
		for (size_t i = 0; one < HOLDERS_MAX && i < s->holder_count; i++)
			if (opens[i][k] == 2 && has_unit_key(s, &s->holders[i]))
				sim_fail(s,
					 "person %u of unit %u: device %zu opens it, %zu of the "
					 "body that decides does not",
					 r->who, r->unit, one, i);
		if (one == HOLDERS_MAX && other < HOLDERS_MAX && author_stands(s, r))
			sim_fail(s, "person %u of unit %u: nobody opens it any more", r->who,
				 r->unit);
	}
}

static bool holds_key(struct sim *s, const struct holder *h, const uint8_t id[PERSON_ID])
{
	uint8_t at[4 + PERSON_ID] = { 0, 0, (uint8_t)(h->d->unit >> 8), (uint8_t)h->d->unit };
	struct kv_txn *txn;
	struct span value;
	int rc;

	memcpy(at + 4, id, PERSON_ID);
	must(kv_begin(&txn, h->key_kv, KV_READ, &s->e), &s->e, "read");
	rc = kv_get(txn, 1, span_of(at, sizeof(at)), &value, &s->e);
	kv_abort(&txn);
	return !rc;
}

/* What was sealed upwards of the keys of a unit that two persons agreed on is in its new device's hands, where one
 * of the unit above is there that opens it. */
static void check_recovered(struct sim *s, const struct holder *fresh, const struct holder *above)
{
	struct register_asked asked;
	struct arena *a = arena_new(OPEN_ARENA);
	struct wire_key_page page;
	struct register_key key;
	struct device_row row;

	must(ledger_device(s->l, above->d->device, &row, &s->e), &s->e, "a device");
	must(register_recovery(s->l, fresh->d->unit, fresh->d->device, &asked, &s->e), &s->e,
	     "a recovery");
	must(keystore_recovery(s->keystore, s->l, &row, fresh->d->unit, 0, &page, a, &s->e), &s->e,
	     "what was sealed upwards");
	for (size_t i = 0; asked.lsn && i < page.count; i++)
		if (page.rows[i].to == above->d->unit &&
		    !register_unit_key(s->l, above->d->unit, &key, &s->e) &&
		    !memcmp(page.rows[i].person, key.key, PERSON_ID) && has_unit_key(s, above) &&
		    !register_key_known(s->l, fresh->d->unit, page.rows[i].key, &key.generation,
					&s->e) &&
		    !holds_key(s, fresh, page.rows[i].key))
			sim_fail(s, "device %zu was to be handed a key of unit %u by device %zu",
				 fresh->index, fresh->d->unit, above->index);
	arena_free(a);
}

static void check_recoveries(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++)
		for (size_t k = 0; k < s->holder_count; k++)
			if (has_read_all(s, &s->holders[i]) && has_read_all(s, &s->holders[k]) &&
			    s->holders[i].d->unit != s->holders[k].d->unit &&
			    sim_below(s, s->holders[i].d->unit, s->holders[k].d->unit))
				check_recovered(s, &s->holders[i], &s->holders[k]);
}

void roster_check_end(struct sim *s)
{
	struct rows *m;

	if (!s->reg)
		return;
	roster_check(s);
	check_sealed(s);
	m = roster_rows(s);
	check_forgotten(s, m);
	fixing_check(s, m);
	roster_check_keys(s);
	check_opens(s, m);
	check_recoveries(s);
}

void roster_break(struct sim *s, bool name)
{
	struct span key = SPAN_LIT("broken"), value = SPAN_LIT(PERSONS_MARK " 000001");
	struct kv_txn *txn;
	struct rows *m;

	if (!s->reg)
		return;
	m = roster_rows(s);
	if (!name && !m->gone_count)
		return;
	if (!name)
		value = span_of(m->gone[0], PERSON_ID);
	must(kv_begin(&txn, s->key_kv, KV_WRITE, &s->e), &s->e, "write");
	must(kv_put(txn, 0, key, value, &s->e), &s->e, "put");
	must(kv_commit(&txn, &s->e), &s->e, "commit");
}
