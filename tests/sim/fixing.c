/* Corrections in the records of the register: two devices correct the same field and different ones, and settle what
 * stands side by side. What stands is made out of the log anew, field by field, and every device of the unit is to
 * show just that, with every text that was ever typed in its history. */
#include "roster.h"

#include "client/corrections.h"

#include <stdio.h>
#include <stdlib.h>

enum { VERSIONS_MAX = 2048, WORDS = 80, FIX_ARENA = 1 << 20 };

/* Whatever follows from these in clear stays as it is; of those in clear each is one number. */
static const uint8_t fields[] = { PF_PHONE, PF_ADDRESS, PF_NOTE, FIX_EDUCATION, FIX_OCCUPATION };

/* ---- typing ---- */

/* A few that come again and again, so that two persons type the same now and then. */
static struct span words_of(char room[WORDS], uint32_t who, unsigned field, unsigned which)
{
	char name[PERSONS_NAME];
	struct span n = persons_name(name, who);

	snprintf(room, WORDS, "%.*s, %s %u", (int)n.len, (const char *)n.data, fix_code(field),
		 which);
	return span_str(room);
}

static void type_one(struct sim *s, struct correct_ask *ask, char room[WORDS], uint32_t who)
{
	unsigned field = fields[rng_below(&s->r, ARRAY_LEN(fields))];
	int64_t least, most;

	if (ask->given[field])
		return;
	ask->given[field] = true;
	if (fix_is_sealed(field)) {
		ask->text[field] = words_of(room, who, field, rng_below(&s->r, 4));
		return;
	}
	if (fix_bounds(field, &least, &most))
		ask->value[field] = least + (int64_t)rng_below(&s->r, (uint32_t)(most - least + 1));
}

/* What was typed stands on the screen at once, alone. */
static void check_written(struct sim *s, struct holder *h, const struct correct_whom *whom,
			  const struct correct_ask *ask, struct op_id id, struct arena *a)
{
	struct person_fields f = { .at = { { NULL, 0 } } };
	struct person_fixes seen;
	uint8_t key[BOX_KEY_BYTES];

	must(fixes_seen(&seen, h->c, whom->unit, whom->person, &s->e), &s->e, "corrections");
	must(keyring_person(h->keys, whom->person, key, &s->e), &s->e, "a key");
	must(fixes_open(&f, h->c, key, whom->unit, whom->person, a, &s->e), &s->e, "open");
	for (unsigned i = 0; i < FIX_END; i++) {
		const struct fix_state *st = fixes_of(&seen, i);

		if (!ask->given[i] || !fixes_have(st, id))
			continue;
		if (st->count != 1 || (fix_is_sealed(i) ? !span_eq(f.at[i], ask->text[i])
							: st->at[0].value != ask->value[i]))
			sim_fail(s, "device %zu: %s is not what was just typed", h->index,
				 fix_code(i));
	}
}

int fixing_write(struct sim *s, struct holder *h, const struct case_writer *w,
		 const struct case_record *r, const struct register_member *m)
{
	struct correct_whom whom = { .unit = h->d->unit, .r = r, .m = m };
	struct correct_ask ask = { .reason = SPAN_LIT("misheard") };
	char room[2][WORDS];
	struct op_id id;
	int rc;

	memcpy(whom.person, r ? r->person : m->person, PERSON_ID);
	for (size_t i = 0; i < ARRAY_LEN(room); i++)
		type_one(s, &ask, room[i], persons_who(s, whom.person));
	rc = correct_write(w, &whom, &ask, &id, &s->e);
	if (rc)
		return rc;
	sim_count(s, F_CORRECTED);
	check_written(s, h, &whom, &ask, id, w->a);
	return 0;
}

/* ---- what the log makes of them ---- */

struct fixed {
	uint8_t person[PERSON_ID];
	uint32_t unit;
	uint8_t field;
	struct op_id id;
	uint64_t lsn;
	uint8_t tag[FIX_TAG];
	int64_t value;
	bool stands;
};
struct fixing {
	struct fixed v[VERSIONS_MAX];
	size_t count;
};

static bool of(const struct fixed *v, const struct row *r, unsigned field)
{
	return v->unit == r->unit && v->field == field && !memcmp(v->person, r->id, PERSON_ID);
}

static void hear_fix(struct sim *s, struct fixing *all, const struct op *op, uint64_t lsn,
		     const struct op_fix *x)
{
	struct op_id id = s->log[lsn - 1].id;
	const struct row r = { .unit = op->unit };
	struct fixed *v = &all->v[all->count];
	struct row whose = r;

	if (all->count == VERSIONS_MAX)
		sim_fail(s, "more corrections than are looked at");
	memcpy(whose.id, op->correct.person, PERSON_ID);
	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; of(&all->v[i], &whose, x->field) && k < x->over_count; k++)
			all->v[i].stands &= op_id_cmp(all->v[i].id, x->over[k]) != 0;
	*v = (struct fixed){
		.unit = op->unit, .field = x->field, .id = id, .lsn = lsn, .value = x->value
	};
	memcpy(v->person, op->correct.person, PERSON_ID);
	memcpy(v->tag, x->tag, FIX_TAG);
	v->stands = true;
	all->count++;
}

static void hear_all(struct sim *s, struct fixing *all)
{
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	struct buf bytes;

	all->count = 0;
	buf_init(&bytes, ENTRY_MAX);
	for (uint64_t lsn = s->b->lsn + 1; lsn <= s->log_count; lsn++) {
		struct entry en;
		struct op op;

		if (!s->log[lsn - 1].corrects)
			continue;
		arena_reset(a);
		buf_reset(&bytes);
		must(ledger_entry(s->l, lsn, &bytes, &s->e), &s->e, "an entry");
		must(entry_decode(&en, buf_span(&bytes), a, &s->e), &s->e, "decode an entry");
		(void)op_decode(&op, en.body, a, NULL);
		for (size_t i = 0; i < op.correct.count; i++)
			hear_fix(s, all, &op, lsn, &op.correct.fixes[i]);
	}
	buf_fini(&bytes);
	arena_free(a);
}

static bool differ(const struct fixed *a, const struct fixed *b)
{
	return a->value != b->value || memcmp(a->tag, b->tag, FIX_TAG) != 0;
}

/* Of those that stand side by side the one of the greatest op. */
static const struct fixed *counts_by_log(const struct fixing *all, const struct row *r,
					 unsigned field)
{
	const struct fixed *best = NULL;

	for (size_t i = 0; i < all->count; i++)
		if (all->v[i].stands && of(&all->v[i], r, field) &&
		    (!best || op_id_cmp(all->v[i].id, best->id) > 0))
			best = &all->v[i];
	return best;
}

/* True: two say different things. */
static bool check_field(struct sim *s, const struct fixing *all, const struct row *r,
			unsigned field, const struct person_fixes *is, const char *where)
{
	const struct fix_state *st = is ? fixes_of(is, field) : NULL;
	const struct fix_version *counts = fix_counts(st);
	const struct fixed *one = NULL, *best = counts_by_log(all, r, field);
	bool contested = false;
	size_t want = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct fixed *v = &all->v[i];

		if (!v->stands || !of(v, r, field))
			continue;
		want++;
		if (!fixes_have(st, v->id))
			sim_fail(s, "person %u of unit %u, %s: a correction does not stand %s",
				 r->who, r->unit, fix_code(field), where);
		contested |= one && differ(one, v);
		one = v;
	}
	if (want != (st ? st->count : 0))
		sim_fail(s, "person %u of unit %u, %s: %zu stand by the log, %u %s", r->who,
			 r->unit, fix_code(field), want, st ? st->count : 0, where);
	if (!best != !counts ||
	    (best && (op_id_cmp(best->id, counts->id) != 0 || best->value != counts->value ||
		      memcmp(best->tag, counts->tag, FIX_TAG) != 0)))
		sim_fail(s, "person %u of unit %u, %s: another correction counts %s", r->who,
			 r->unit, fix_code(field), where);
	if (contested != fix_contested(st))
		sim_fail(s, "person %u of unit %u, %s: contested, or not, %s", r->who, r->unit,
			 fix_code(field), where);
	return contested;
}

/* ---- at the devices ---- */

struct history {
	struct sim *s;
	struct holder *h;
	const struct fixing *all;
	const struct row *r;
	const uint8_t *key; /* NULL: it is not opened here */
	size_t fixes;
	struct arena *a;
};

static void check_text(struct history *y, const struct correction *k, const struct op_fix *x)
{
	struct fix_version v = { .id = k->id, .lsn = k->lsn };
	char room[WORDS];
	struct span text;
	bool good = false;

	must(fix_open(&text, y->h->c, y->key, y->r->unit, y->r->id, x->field, &v, y->a, &y->s->e),
	     &y->s->e, "open a correction");
	for (unsigned i = 0; i < 4; i++)
		good |= span_eq(text, words_of(room, y->r->who, x->field, i));
	if (!good)
		sim_fail(y->s, "person %u of unit %u, %s: device %zu shows what nobody typed",
			 y->r->who, y->r->unit, fix_code(x->field), y->h->index);
}

static int each_told(void *ctx, const struct correction *k, struct err *e)
{
	struct history *y = ctx;

	(void)e;
	for (size_t i = 0; i < k->what->count; i++) {
		bool known = false;

		for (size_t n = 0; n < y->all->count && !known; n++)
			known = of(&y->all->v[n], y->r, k->what->fixes[i].field) &&
				!op_id_cmp(y->all->v[n].id, k->id);
		if (!known)
			sim_fail(y->s,
				 "person %u of unit %u: device %zu tells of what is not there",
				 y->r->who, y->r->unit, y->h->index);
		y->fixes++;
		if (y->key && fix_is_sealed(k->what->fixes[i].field))
			check_text(y, k, &k->what->fixes[i]);
	}
	return 0;
}

/* Everything typed is in the history, whether it stands or not, and opens. */
static void check_history(struct sim *s, struct holder *h, const struct fixing *all,
			  const struct row *r, struct arena *a)
{
	struct history y = { .s = s, .h = h, .all = all, .r = r, .a = a };
	uint8_t key[BOX_KEY_BYTES];
	size_t want = 0;

	if (!keyring_person(h->keys, r->id, key, &s->e))
		y.key = key;
	for (size_t i = 0; i < all->count; i++)
		want += all->v[i].unit == r->unit && !memcmp(all->v[i].person, r->id, PERSON_ID);
	must(corrections_each(h->c, r->unit, r->id, each_told, &y, &s->e), &s->e, "corrections");
	if (y.fixes != want)
		sim_fail(s, "person %u of unit %u: device %zu tells of %zu corrections of %zu",
			 r->who, r->unit, h->index, y.fixes, want);
}

static bool corrected(const struct fixing *all, const struct row *r)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->v[i].unit == r->unit && !memcmp(all->v[i].person, r->id, PERSON_ID))
			return true;
	return false;
}

/* A record that is opened shows of each sealed field the text of the one that counts. */
static void check_shown(struct sim *s, struct holder *h, const struct fixing *all,
			const struct row *r, struct arena *a)
{
	struct person_fields f = { .at = { { NULL, 0 } } };
	uint8_t key[BOX_KEY_BYTES];

	if (keyring_person(h->keys, r->id, key, &s->e))
		return;
	must(fixes_open(&f, h->c, key, r->unit, r->id, a, &s->e), &s->e, "open a record");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct fixed *best = counts_by_log(all, r, fields[i]);
		struct fix_version v = { .lsn = 0 };
		struct span text;

		if (!best || !fix_is_sealed(fields[i]))
			continue;
		v.id = best->id;
		v.lsn = best->lsn;
		must(fix_open(&text, h->c, key, r->unit, r->id, fields[i], &v, a, &s->e), &s->e,
		     "open a correction");
		if (!span_eq(text, f.at[fields[i]]))
			sim_fail(s,
				 "person %u of unit %u, %s: device %zu shows another than counts",
				 r->who, r->unit, fix_code(fields[i]), h->index);
	}
}

static void check_device(struct sim *s, struct holder *h, const struct fixing *all,
			 const struct rows *m, struct arena *a)
{
	static struct person_fixes seen;
	size_t contests = 0, shown;

	for (size_t k = 0; k < m->count; k++) {
		const struct row *r = &m->r[k];

		if (r->unit != h->d->unit || r->forgotten || !corrected(all, r))
			continue;
		arena_reset(a);
		must(fixes_seen(&seen, h->c, r->unit, r->id, &s->e), &s->e, "corrections");
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			contests += check_field(s, all, r, fields[i], &seen, "at a device");
		check_history(s, h, all, r, a);
		check_shown(s, h, all, r, a);
	}
	must(corrections_contests(h->c, &shown, &s->e), &s->e, "contests");
	if (shown != contests)
		sim_fail(s, "device %zu shows %zu contested fields of %zu", h->index, shown,
			 contests);
}

/* Whoever counts people goes by the record's own codes. */
static void check_codes(struct sim *s, const struct fixing *all, const struct row *r)
{
	const struct fixed *education = counts_by_log(all, r, FIX_EDUCATION),
			   *occupation = counts_by_log(all, r, FIX_OCCUPATION);
	const struct person_codes *codes[2];
	struct register_member m;
	struct case_record c;
	size_t count = 0;

	if (!register_case(s->l, r->unit, r->id, &c, &s->e))
		codes[count++] = &c.codes;
	if (!register_member(s->l, r->unit, r->id, &m, &s->e))
		codes[count++] = &m.codes;
	if (!count)
		sim_fail(s, "person %u of unit %u has no record", r->who, r->unit);
	while (count--)
		if ((education && codes[count]->education != education->value) ||
		    (occupation && codes[count]->occupation != occupation->value))
			sim_fail(s, "person %u of unit %u counts by what was corrected since",
				 r->who, r->unit);
}

static void check_server(struct sim *s, const struct fixing *all, const struct rows *m)
{
	static struct person_fixes is;

	for (size_t k = 0; k < m->count; k++) {
		const struct row *r = &m->r[k];
		bool contested = false;
		int rc;

		if (r->forgotten || !corrected(all, r))
			continue;
		rc = register_fixes(s->l, r->unit, r->id, &is, &s->e);
		if (rc)
			sim_fail(s, "person %u of unit %u: no correction is kept", r->who, r->unit);
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			contested |= check_field(s, all, r, fields[i], &is, "at the server");
		check_codes(s, all, r);
		if (contested)
			sim_count(s, F_CORRECTED_TWICE);
	}
}

void fixing_check(struct sim *s, const struct rows *m)
{
	static struct fixing all;
	struct arena *a;

	hear_all(s, &all);
	if (!all.count)
		return;
	a = arena_new(FIX_ARENA);
	check_server(s, &all, m);
	for (size_t i = 0; i < s->holder_count; i++)
		if (has_read_all(s, &s->holders[i]))
			check_device(s, &s->holders[i], &all, m, a);
	arena_free(a);
}
