/* The index of names made anew, and kept true. A commit that changes a record says so in the index (names_touch); who
 * was touched is taken in before the next search. */
#include "names_internal.h"

#include "base/text.h"
#include "cases_internal.h"
#include "client/roll.h"
#include "keyring_internal.h"

#include <assert.h>
#include <stdlib.h>

enum { TELL_EVERY = 1000, CHANGED_MAX = 512 };

/* ---- what commits say ---- */

static int touch(struct client *c, uint32_t unit, const uint8_t person[PERSON_ID], struct err *e)
{
	struct ckey k = names_pending_key(unit, person);
	struct names_state st;
	struct err ignored = { 0 };
	int rc = names_state_get(&st, c, &ignored);

	if (rc == -ERR_NOTFOUND || rc == -ERR_CORRUPT) /* all is made anew anyway */
		return 0;
	if (rc)
		return err_wrap(e, rc, "read the index of names");
	return part_put(c->base, CT_NAMES, ckey_span(&k), span_of("\1", 1), e);
}

/* Of another unit's case: it may be one that is submitted here, or was. Openings are not: nothing is submitted yet. */
static int touch_below(struct client *c, const struct op *op, struct err *e)
{
	switch (op->kind) {
	case OP_CORRECT:
		return touch(c, op->unit, op->correct.person, e);
	case OP_CASE:
		return op->open.over.seq ? touch(c, op->unit, op->open.person, e) : 0;
	case OP_CASE_STEP:
		return op->step.step.kind == STEP_SUBMIT || op->step.settle_count
			       ? touch(c, op->unit, op->step.person, e)
			       : 0;
	default:
		return 0;
	}
}

int names_touch(struct client *c, const struct op *op, struct err *e)
{
	int rc;

	switch (op->kind) {
	case OP_CASE_MOVE:
	case OP_MEMBER_MOVE:
		if (op->unit != c->id.unit && op->move.other != c->id.unit)
			return 0;
		rc = touch(c, c->id.unit, op->move.person, e);
		return rc ? rc : touch(c, c->id.unit, op->move.as, e);
	default:
		break;
	}
	if (op->unit != c->id.unit)
		return touch_below(c, op, e);
	switch (op->kind) {
	case OP_MEMBER:
		return touch(c, op->unit, op->member.person, e);
	case OP_CORRECT:
		return touch(c, op->unit, op->correct.person, e);
	case OP_CASE:
		return touch(c, op->unit, op->open.person, e);
	case OP_CASE_STEP: /* a member from then on, or after all not */
		return op->step.step.kind == STEP_RECOGNISE || op->step.settle_count
			       ? touch(c, op->unit, op->step.person, e)
			       : 0;
	case OP_FORGET:
		return op->forget.confirms ? names_drop(c, e) : 0;
	default:
		return 0;
	}
}

int names_drop(struct client *c, struct err *e)
{
	struct ckey k = ckey_name("s");

	return part_del(c->base, CT_NAMES, ckey_span(&k), e);
}

/* ---- a person's line ---- */

/* Somebody as the roll has them, as a case has them, or both. */
struct whom {
	const struct register_member *m;
	const struct case_record *r;
};

static const uint8_t *id_of(const struct whom *w)
{
	return w->m ? w->m->person : w->r->person;
}

static uint32_t unit_of(const struct whom *w)
{
	assert(w->m || w->r);
	return w->m ? w->m->unit : w->r->unit;
}

/* 1: *out is what the index has to say of them, lent from `a`; 0: they do not open here; -ERR_NOTFOUND: not yet.
 * `scratch` is used. */
static int row_of(struct names_row *out, struct client *c, struct keyring *k, const struct whom *w,
		  struct arena *a, struct arena *scratch, struct err *e)
{
	char folded[NAMES_LINE_MAX];
	struct err why = { 0 };
	struct person_fields f;
	int rc;

	arena_reset(scratch);
	rc = w->m ? roll_open(&f, c, k, w->m, scratch, &why)
		  : case_open_record(&f, c, k, w->r, scratch, &why);
	if (rc == -ERR_NOMEM || rc == -ERR_IO || rc == -ERR_FATAL) {
		*e = why;
		return rc;
	}
	if (rc)
		return rc == -ERR_NOTFOUND ? rc : 0;
	if (text_fold(folded, sizeof(folded), NULL, f.at[PF_NAME], &why))
		return 0;
	memcpy(out->person, id_of(w), PERSON_ID);
	out->unit = unit_of(w);
	out->is = (uint8_t)((w->m ? NAMES_IS_MEMBER : 0) | (w->r ? NAMES_IS_CASE : 0));
	out->name = arena_copy(a, span_str(folded));
	out->card = f.at[PF_CARD].len ? arena_copy(a, f.at[PF_CARD]) : (struct span){ NULL, 0 };
	if (!out->name.data || (f.at[PF_CARD].len && !out->card.data))
		return err_set(e, ERR_NOMEM, "no memory for the index of names");
	return 1;
}

/* ---- all anew ---- */

struct building {
	struct client *c;
	struct roll *roll;
	struct cases *cases;
	struct arena *a, *scratch;
	struct whom *whom;      /* everybody, each once, by number */
	struct names_row *rows; /* of those who open */
	struct whom *closed;    /* whose key has not come */
	size_t of, count, closed_count;
};

static int by_whom(const void *x, const void *y)
{
	const struct whom *a = x, *b = y;
	int cmp = memcmp(id_of(a), id_of(b), PERSON_ID);

	if (cmp || unit_of(a) == unit_of(b))
		return cmp;
	return unit_of(a) < unit_of(b) ? -1 : 1;
}

/* A member and the case that made them one are one person. */
static void merge(struct building *b)
{
	size_t kept = 0;

	qsort(b->whom, b->of, sizeof(*b->whom), by_whom);
	for (size_t i = 0; i < b->of; i++) {
		if (kept && !by_whom(&b->whom[kept - 1], &b->whom[i])) {
			if (b->whom[i].m)
				b->whom[kept - 1].m = b->whom[i].m;
			if (b->whom[i].r)
				b->whom[kept - 1].r = b->whom[i].r;
		} else {
			b->whom[kept++] = b->whom[i];
		}
	}
	b->of = kept;
}

static int everybody(struct building *b, struct err *e)
{
	size_t room;
	int rc = roll_load(&b->roll, b->c, e);

	if (!rc)
		rc = cases_load(&b->cases, b->c, e);
	if (rc)
		return rc;
	room = roll_count(b->roll) + cases_count(b->cases) + 1;
	b->whom = calloc(room, sizeof(*b->whom));
	b->rows = calloc(room, sizeof(*b->rows));
	b->closed = calloc(room, sizeof(*b->closed));
	if (!b->whom || !b->rows || !b->closed)
		return err_set(e, ERR_NOMEM, "no memory for the index of names");
	for (size_t i = 0; i < roll_count(b->roll); i++)
		b->whom[b->of++].m = roll_at(b->roll, i);
	for (size_t i = 0; i < cases_count(b->cases); i++)
		if (case_is_open_here(b->c, cases_at(b->cases, i)))
			b->whom[b->of++].r = cases_at(b->cases, i);
	merge(b);
	return 0;
}

static int gather(struct building *b, struct keyring *k, const struct names_asked *told,
		  struct err *e)
{
	int rc = everybody(b, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < b->of; i++) {
		rc = row_of(&b->rows[b->count], b->c, k, &b->whom[i], b->a, b->scratch, e);
		if (rc == -ERR_NOTFOUND)
			b->closed[b->closed_count++] = b->whom[i];
		else if (rc < 0)
			return rc;
		b->count += rc == 1;
		if (told->tell && b->of >= TELL_EVERY &&
		    (i + 1 == b->of || !((i + 1) % TELL_EVERY)))
			told->tell(told->ctx, i + 1, b->of);
	}
	return 0;
}

struct keys_there {
	struct ckey *at;
	size_t count, room;
};

static int note_key(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct keys_there *t = ctx;

	(void)payload;
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 256;
		struct ckey *grown = realloc(t->at, room * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for the index of names");
		t->at = grown;
		t->room = room;
	}
	if (key.len > CLIENT_KEY_MAX)
		return err_set(e, ERR_CORRUPT, "a key that cannot be read");
	memcpy(t->at[t->count].b, key.data, key.len);
	t->at[t->count++].len = key.len;
	return 0;
}

/* A row that cannot be read ends the walk: rows of pieces are then found by their numbers. */
static int clear_kind(struct client *c, char kind, struct err *e)
{
	struct keys_there t = { .count = 0 };
	struct err why = { 0 };
	int rc = part_walk(c->base, CT_NAMES, span_of(&kind, 1), note_key, &t, &why);

	if (rc == -ERR_CORRUPT) {
		rc = 0;
		for (uint32_t i = 0; kind != 'p' && kind != 's' && !rc && i >> NAMES_BITS_MAX == 0;
		     i++) {
			struct ckey k = names_piece_key((enum names_kind)kind, i);

			rc = part_del(c->base, CT_NAMES, ckey_span(&k), e);
		}
	} else if (rc) {
		*e = why;
	}
	for (size_t i = 0; i < t.count && !rc; i++)
		rc = part_del(c->base, CT_NAMES, ckey_span(&t.at[i]), e);
	free(t.at);
	return rc;
}

static int clear(struct client *c, struct err *e)
{
	static const char kinds[] = { 'p', 's', NAMES_NAME, NAMES_CARD, NAMES_ID };
	int rc = 0;

	for (size_t n = 0; n < ARRAY_LEN(kinds) && !rc; n++)
		rc = clear_kind(c, kinds[n], e);
	return rc;
}

static int put_all(struct building *b, const struct names_key *key, const struct names_state *st,
		   keyring_draw *draw, struct err *e)
{
	size_t at = 0;
	int rc = clear(b->c, e);

	for (uint32_t piece = 0; piece < UINT32_C(1) << st->bits && !rc; piece++) {
		struct names_piece p = { .rows = b->rows + at };

		while (at < b->count && names_piece_of(b->rows[at].person, st->bits) == piece) {
			at++;
			p.count++;
		}
		rc = names_piece_put(b->c, key, st, piece, &p, draw, e);
	}
	for (size_t i = 0; i < b->closed_count && !rc; i++) {
		struct ckey k = names_pending_key(unit_of(&b->closed[i]), id_of(&b->closed[i]));

		rc = part_put(b->c->base, CT_NAMES, ckey_span(&k), span_of("\1", 1), e);
	}
	return rc ? rc : names_state_put(b->c, st, e);
}

int names_build(struct client *c, struct keyring *k, const struct names_key *key,
		const struct names_asked *told, struct err *e)
{
	struct names_state st = { .device = c->id.device, .unit = c->id.unit };
	struct building b = { .c = c,
			      .a = arena_new((size_t)256 << 20),
			      .scratch = arena_new(DECODE_BUDGET) };
	bool mine;
	int rc = b.a && b.scratch ? gather(&b, k, told, e)
				  : err_set(e, ERR_NOMEM, "no memory for the index of names");

	st.count = b.count;
	while (b.count >> st.bits > NAMES_PER_PIECE && st.bits < NAMES_BITS_MAX)
		st.bits++;
	if (!rc)
		rc = client_enter(c, &mine, e);
	if (!rc) {
		rc = put_all(&b, key, &st, keyring_random(k), e);
		rc = client_leave(c, mine, rc, e);
	}
	roll_free(b.roll);
	cases_free(b.cases);
	free(b.whom);
	free(b.rows);
	free(b.closed);
	arena_free(b.a);
	arena_free(b.scratch);
	return rc;
}

/* ---- what changed ---- */

struct changed {
	struct ckey key;
	struct names_row row;
	int got; /* of row_of() */
};

struct settling {
	struct client *c;
	struct keyring *k;
	const struct names_key *key;
	struct names_state *st;
	struct arena *a, *scratch;
	struct roll *roll;
	struct cases *cases;
	struct changed *at;
	size_t count, ready;
};

static const struct register_member *on_roll(const struct roll *roll, const uint8_t *person)
{
	for (size_t i = 0; i < roll_count(roll); i++)
		if (!memcmp(roll_at(roll, i)->person, person, PERSON_ID))
			return roll_at(roll, i);
	return NULL;
}

static const struct case_record *among_cases(struct client *c, const struct cases *cases,
					     const struct case_who *who)
{
	for (size_t i = 0; i < cases_count(cases); i++) {
		const struct case_record *r = cases_at(cases, i);

		if (r->unit == who->unit && !memcmp(r->person, who->person, PERSON_ID))
			return case_is_open_here(c, r) ? r : NULL;
	}
	return NULL;
}

static int read_changed(struct settling *s, const struct keys_there *t, struct case_who *who,
			uint8_t (*persons)[PERSON_ID], struct err *e)
{
	struct cases_wanted wanted = { .at = who, .count = t->count };
	size_t own = 0;
	int rc;

	for (size_t i = 0; i < t->count; i++) {
		if (t->at[i].len != 1 + PERSON_ID + 4)
			return err_set(e, ERR_CORRUPT, "a key that cannot be read");
		memcpy(who[i].person, t->at[i].b + 1, PERSON_ID);
		who[i].unit = (uint32_t)key_be(t->at[i].b + 1 + PERSON_ID, 4);
		if (who[i].unit == s->c->id.unit)
			memcpy(persons[own++], who[i].person, PERSON_ID);
	}
	rc = roll_load_some(&s->roll, s->c, (const uint8_t(*)[PERSON_ID])persons, own, e);
	return rc ? rc : cases_load_some(&s->cases, s->c, &wanted, e);
}

static int open_changed(struct settling *s, const struct keys_there *t, struct err *e)
{
	uint8_t(*persons)[PERSON_ID] = calloc(t->count, sizeof(*persons));
	struct case_who *who = calloc(t->count, sizeof(*who));
	int rc = persons && who ? read_changed(s, t, who, persons, e)
				: err_set(e, ERR_NOMEM, "no memory for the index of names");

	for (size_t i = 0; i < t->count && !rc; i++) {
		struct whom w = { .r = among_cases(s->c, s->cases, &who[i]) };
		struct changed *ch = &s->at[s->count++];

		if (who[i].unit == s->c->id.unit)
			w.m = on_roll(s->roll, who[i].person);
		ch->key = t->at[i];
		ch->got = w.m || w.r ? row_of(&ch->row, s->c, s->k, &w, s->a, s->scratch, e) : 0;
		s->ready += ch->got >= 0;
		rc = ch->got < 0 && ch->got != -ERR_NOTFOUND ? ch->got : 0;
	}
	free(persons);
	free(who);
	return rc;
}

static void take_out(struct names_piece *p, const struct ckey *pending)
{
	for (size_t i = 0; i < p->count; i++)
		if (!memcmp(p->rows[i].person, pending->b + 1, PERSON_ID) &&
		    p->rows[i].unit == key_be(pending->b + 1 + PERSON_ID, 4)) {
			p->rows[i] = p->rows[--p->count];
			return;
		}
}

/* All are of one piece. In a batch. */
static int settle_piece(struct settling *s, const struct changed *of, size_t count, struct err *e)
{
	uint32_t piece = names_piece_of(of->key.b + 1, s->st->bits);
	struct names_piece p;
	int rc = names_piece_get(&p, s->c, s->key, s->st, piece, s->a, e);
	size_t before = p.count;

	for (size_t i = 0; i < count && !rc; i++) {
		if (of[i].got < 0)
			continue;
		take_out(&p, &of[i].key);
		if (of[i].got)
			rc = names_piece_add(&p, &of[i].row, s->a, e);
		if (!rc)
			rc = part_del(s->c->base, CT_NAMES, ckey_span(&of[i].key), e);
	}
	if (!rc)
		rc = names_piece_put(s->c, s->key, s->st, piece, &p, keyring_random(s->k), e);
	s->st->count += p.count - before;
	return rc;
}

static int settle_all(struct settling *s, struct err *e)
{
	int rc = 0;

	for (size_t i = 0, n; i < s->count && !rc; i += n) {
		uint32_t piece = names_piece_of(s->at[i].key.b + 1, s->st->bits);

		for (n = 1; i + n < s->count; n++)
			if (names_piece_of(s->at[i + n].key.b + 1, s->st->bits) != piece)
				break;
		rc = settle_piece(s, &s->at[i], n, e);
	}
	return rc ? rc : names_state_put(s->c, s->st, e);
}

static int settle(struct settling *s, const struct keys_there *t, struct err *e)
{
	bool mine;
	int rc;

	s->a = arena_new((size_t)64 << 20);
	s->scratch = arena_new(DECODE_BUDGET);
	s->at = calloc(t->count, sizeof(*s->at));
	if (!s->a || !s->scratch || !s->at)
		return err_set(e, ERR_NOMEM, "no memory for the index of names");
	rc = open_changed(s, t, e);
	if (rc || !s->ready)
		return rc;
	rc = client_enter(s->c, &mine, e);
	if (rc)
		return rc;
	rc = settle_all(s, e);
	return client_leave(s->c, mine, rc, e);
}

int names_settle(struct client *c, struct keyring *k, const struct names_key *key,
		 struct names_state *st, struct err *e)
{
	struct settling s = { .c = c, .k = k, .key = key, .st = st };
	struct keys_there t = { .count = 0 };
	int rc = part_walk(c->base, CT_NAMES, SPAN_LIT("p"), note_key, &t, e);

	if (!rc && t.count > CHANGED_MAX + st->count / 16)
		rc = err_set(e, ERR_STATE, "too much changed");
	if (!rc && t.count)
		rc = settle(&s, &t, e);
	roll_free(s.roll);
	cases_free(s.cases);
	arena_free(s.a);
	arena_free(s.scratch);
	free(s.at);
	free(t.at);
	return rc;
}
