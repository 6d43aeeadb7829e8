/* The index of names made anew, and kept true. A commit that changes a record says so in the index (names_touch); who
 * was touched is taken in before the next search. */
#include "names_internal.h"

#include "base/text.h"
#include "cases_internal.h"
#include "client/roll.h"

#include <stdlib.h>

enum { TELL_EVERY = 1000, CHANGED_MAX = 512 };

/* ---- what commits say ---- */

static int touch(struct client *c, const uint8_t person[PERSON_ID], struct err *e)
{
	struct ckey k = names_pending_key(person);
	struct names_state st;
	struct err ignored = { 0 };
	int rc = names_state_get(&st, c, &ignored);

	if (rc == -ERR_NOTFOUND || rc == -ERR_CORRUPT) /* all is made anew anyway */
		return 0;
	if (rc)
		return err_wrap(e, rc, "read the index of names");
	return part_put(c->base, CT_NAMES, ckey_span(&k), span_of("\1", 1), e);
}

int names_touch(struct client *c, const struct op *op, struct err *e)
{
	int rc;

	switch (op->kind) {
	case OP_MEMBER:
		return op->unit == c->id.unit ? touch(c, op->member.person, e) : 0;
	case OP_CORRECT:
		return op->unit == c->id.unit ? touch(c, op->correct.person, e) : 0;
	case OP_CASE: /* of somebody recognised, perhaps */
		return op->unit == c->id.unit && op->open.over.seq ? touch(c, op->open.person, e)
								   : 0;
	case OP_CASE_STEP: /* a member from then on, or after all not */
		return op->unit == c->id.unit && (op->step.step.kind == STEP_RECOGNISE ||
						  op->step.settle_count)
			       ? touch(c, op->step.person, e)
			       : 0;
	case OP_CASE_MOVE:
	case OP_MEMBER_MOVE:
		if (op->unit != c->id.unit && op->move.other != c->id.unit)
			return 0;
		rc = touch(c, op->move.person, e);
		return rc ? rc : touch(c, op->move.as, e);
	case OP_FORGET:
		return op->unit == c->id.unit && op->forget.confirms ? names_drop(c, e) : 0;
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

/* 1: *out is what the index has to say of them, lent from `a`; 0: they do not open here; -ERR_NOTFOUND: not yet.
 * `scratch` is used. */
static int row_of(struct names_row *out, struct client *c, struct keyring *k,
		  const struct register_member *m, struct arena *a, struct arena *scratch,
		  struct err *e)
{
	char folded[NAMES_LINE_MAX];
	struct err why = { 0 };
	struct person_fields f;
	int rc;

	arena_reset(scratch);
	rc = roll_open(&f, c, k, m, scratch, &why);
	if (rc == -ERR_NOMEM || rc == -ERR_IO || rc == -ERR_FATAL) {
		*e = why;
		return rc;
	}
	if (rc)
		return rc == -ERR_NOTFOUND ? rc : 0;
	if (text_fold(folded, sizeof(folded), NULL, f.at[PF_NAME], &why))
		return 0;
	memcpy(out->person, m->person, PERSON_ID);
	out->name = arena_copy(a, span_str(folded));
	out->card = f.at[PF_CARD].len ? arena_copy(a, f.at[PF_CARD]) : (struct span){ NULL, 0 };
	if (!out->name.data || (f.at[PF_CARD].len && !out->card.data))
		return err_set(e, ERR_NOMEM, "no memory for the index of names");
	return 1;
}

/* ---- all anew ---- */

struct building {
	struct client *c;
	struct arena *a, *scratch;
	struct names_row *rows;       /* of those who open */
	uint8_t (*closed)[PERSON_ID]; /* whose key has not come */
	size_t count, closed_count;
};

static int by_person(const void *x, const void *y)
{
	return memcmp(((const struct names_row *)x)->person, ((const struct names_row *)y)->person,
		      PERSON_ID);
}

static int gather(struct building *b, struct keyring *k, const struct roll *roll,
		  const struct names_asked *told, struct err *e)
{
	size_t of = roll_count(roll);

	b->rows = calloc(of + 1, sizeof(*b->rows));
	b->closed = calloc(of + 1, sizeof(*b->closed));
	if (!b->rows || !b->closed)
		return err_set(e, ERR_NOMEM, "no memory for %zu members", of);
	for (size_t i = 0; i < of; i++) {
		const struct register_member *m = roll_at(roll, i);
		int rc = row_of(&b->rows[b->count], b->c, k, m, b->a, b->scratch, e);

		if (rc == -ERR_NOTFOUND)
			memcpy(b->closed[b->closed_count++], m->person, PERSON_ID);
		else if (rc < 0)
			return rc;
		b->count += rc == 1;
		if (told->tell && of >= TELL_EVERY && (i + 1 == of || !((i + 1) % TELL_EVERY)))
			told->tell(told->ctx, i + 1, of);
	}
	qsort(b->rows, b->count, sizeof(*b->rows), by_person);
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
		struct ckey k = names_pending_key(b->closed[i]);

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
	struct roll *roll = NULL;
	bool mine;
	int rc = b.a && b.scratch ? roll_load(&roll, c, e)
				  : err_set(e, ERR_NOMEM, "no memory for the index of names");

	if (!rc)
		rc = gather(&b, k, roll, told, e);
	st.count = b.count;
	while (b.count >> st.bits > NAMES_PER_PIECE && st.bits < NAMES_BITS_MAX)
		st.bits++;
	if (!rc)
		rc = client_enter(c, &mine, e);
	if (!rc) {
		rc = put_all(&b, key, &st, keyring_random(k), e);
		rc = client_leave(c, mine, rc, e);
	}
	roll_free(roll);
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

static int open_changed(struct settling *s, const struct keys_there *t, struct err *e)
{
	uint8_t(*persons)[PERSON_ID] = calloc(t->count, sizeof(*persons));
	int rc = persons ? 0 : err_set(e, ERR_NOMEM, "no memory for the index of names");

	for (size_t i = 0; i < t->count && !rc; i++) {
		if (t->at[i].len != 1 + PERSON_ID)
			rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
		else
			memcpy(persons[i], t->at[i].b + 1, PERSON_ID);
	}
	if (!rc)
		rc = roll_load_some(&s->roll, s->c, (const uint8_t(*)[PERSON_ID])persons, t->count,
				    e);
	for (size_t i = 0; i < t->count && !rc; i++) {
		const struct register_member *m = on_roll(s->roll, persons[i]);
		struct changed *ch = &s->at[s->count++];

		ch->key = t->at[i];
		ch->got = m ? row_of(&ch->row, s->c, s->k, m, s->a, s->scratch, e) : 0;
		s->ready += ch->got >= 0;
		rc = ch->got < 0 && ch->got != -ERR_NOTFOUND ? ch->got : 0;
	}
	free(persons);
	return rc;
}

static void take_out(struct names_piece *p, const uint8_t *person)
{
	for (size_t i = 0; i < p->count; i++)
		if (!memcmp(p->rows[i].person, person, PERSON_ID)) {
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
		take_out(&p, of[i].key.b + 1);
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
	arena_free(s.a);
	arena_free(s.scratch);
	free(s.at);
	free(t.at);
	return rc;
}
