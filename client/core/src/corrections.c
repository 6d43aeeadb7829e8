#include "client/corrections.h"

#include "cases_internal.h"
#include "client/outbox.h"

#include <stdlib.h>

/* ---- what stands ---- */

static bool is_mine(const struct own_op *own)
{
	return own->kind == OP_CORRECT && !own->pulled && !own->aside && !own->dropped &&
	       own->verdict != VERDICT_REFUSED;
}

static int fold_own(struct person_fixes *out, struct client *c, uint32_t unit,
		    const uint8_t *person, struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for own entries");

	for (size_t i = 0; i < c->own.count && !rc; i++) {
		const struct own_op *own = &c->own.ops[i];
		struct op op;

		if (!is_mine(own) || own->unit != unit)
			continue;
		arena_reset(a);
		rc = outbox_decode(c, own->id, &op, a, e);
		if (!rc && !memcmp(op.correct.person, person, PERSON_ID))
			(void)fixes_take(out, &op.correct, own->id, UNSENT_LSN + i);
	}
	arena_free(a);
	return rc;
}

int fixes_seen(struct person_fixes *out, struct client *c, uint32_t unit,
	       const uint8_t person[PERSON_ID], struct err *e)
{
	int rc = register_fixes(c->base, unit, person, out, e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	return fold_own(out, c, unit, person, e);
}

int fixes_known(struct person_codes *codes, day_t *admitted, day_t *recognised, uint32_t *corrected,
		struct client *c, uint32_t unit, const uint8_t person[PERSON_ID], struct err *e)
{
	struct person_fixes *f = malloc(sizeof(*f));
	bool was;
	int rc = f ? register_fixes(c->base, unit, person, f, e)
		   : err_set(e, ERR_NOMEM, "no memory for corrections");

	was = !rc;
	if (!rc || rc == -ERR_NOTFOUND)
		rc = fold_own(f, c, unit, person, e);
	if (!rc && !was) { /* never corrected in base: its row has what was opened */
		f->codes = *codes;
		f->admitted = *admitted;
		f->recognised = *recognised;
	}
	if (!rc && f->corrected) {
		fixes_codes(f, codes, admitted, recognised);
		*corrected = f->corrected;
	}
	free(f);
	return rc;
}

static struct person_place place_of(uint32_t unit, const uint8_t *person, uint8_t field)
{
	struct person_place at = { .unit = unit,
				   .set = (enum person_set)(PERSON_SET_FIELD + field) };

	memcpy(at.id, person, PERSON_KEY_ID);
	return at;
}

int fix_open(struct span *out, struct client *c, const uint8_t key[BOX_KEY_BYTES], uint32_t unit,
	     const uint8_t person[PERSON_ID], uint8_t field, const struct fix_version *v,
	     struct arena *a, struct err *e)
{
	struct person_place at = place_of(unit, person, field);
	struct span sealed = { NULL, 0 };
	struct person_fields f;
	struct op op;
	int rc = sealed_op(&op, c, v->lsn, v->id, a, e);

	for (size_t i = 0; !rc && op.kind == OP_CORRECT && i < op.correct.count; i++)
		if (op.correct.fixes[i].field == field)
			sealed = op.correct.fixes[i].sealed;
	if (!rc && !sealed.len)
		rc = err_set(e, ERR_CORRUPT, "a correction that is not in its entry");
	if (!rc)
		rc = sealed_fields(&f, key, &at, sealed, a, e);
	if (!rc)
		*out = f.at[field];
	return rc;
}

int fixes_open(struct person_fields *io, struct client *c, const uint8_t key[BOX_KEY_BYTES],
	       uint32_t unit, const uint8_t person[PERSON_ID], struct arena *a, struct err *e)
{
	struct person_fixes *f = malloc(sizeof(*f));
	int rc = f ? fixes_seen(f, c, unit, person, e)
		   : err_set(e, ERR_NOMEM, "no memory for corrections");

	for (size_t i = 0; !rc && i < f->count; i++) {
		const struct fix_state *s = &f->fields[i];

		if (fix_is_sealed(s->field) && s->count)
			rc = fix_open(&io->at[s->field], c, key, unit, person, s->field,
				      fix_counts(s), a, e);
	}
	free(f);
	return rc;
}

/* ---- those of before ---- */

struct telling {
	struct client *c;
	int (*each)(void *ctx, const struct correction *k, struct err *e);
	void *ctx;
};

static int tell_one(void *ctx, const struct entry *en, struct op_id id, const struct op *op,
		    struct err *e)
{
	struct telling *t = ctx;
	struct correction k = { .id = id,
				.lsn = en->lsn,
				.author = en->author,
				.time_ms = en->time_ms,
				.reason = op->reason,
				.what = &op->correct };

	return t->each(t->ctx, &k, e);
}

static int tell_own(struct telling *t, uint32_t unit, const uint8_t *person, struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for own entries");

	for (size_t i = t->c->own.count; i-- && !rc;) {
		const struct own_op *own = &t->c->own.ops[i];
		struct correction k = { .id = own->id,
					.author = t->c->id.person,
					.time_ms = own->made_ms };
		struct op op;

		if (!is_mine(own) || own->unit != unit)
			continue;
		arena_reset(a);
		rc = outbox_decode(t->c, own->id, &op, a, e);
		if (rc || memcmp(op.correct.person, person, PERSON_ID))
			continue;
		k.reason = op.reason;
		k.what = &op.correct;
		rc = t->each(t->ctx, &k, e);
	}
	arena_free(a);
	return rc;
}

int corrections_each(struct client *c, uint32_t unit, const uint8_t person[PERSON_ID],
		     int (*each)(void *ctx, const struct correction *k, struct err *e), void *ctx,
		     struct err *e)
{
	struct telling t = { c, each, ctx };
	int rc = tell_own(&t, unit, person, e);

	return rc ? rc : register_corrections(c->base, unit, person, tell_one, &t, e);
}

/* ---- before all of them ---- */

static bool is_move(const struct op *op)
{
	return op->kind == OP_CASE_MOVE || op->kind == OP_MEMBER_MOVE;
}

/* As the op has them that wrote the record. */
static void clear_of(struct correct_first *out, const struct op *op)
{
	const struct op_member *m = &op->member;

	out->codes = is_move(op)             ? op->move.codes
		     : op->kind == OP_MEMBER ? m->codes
					     : op->open.codes;
	if (op->kind == OP_CASE || op->kind == OP_CASE_MOVE)
		return;
	out->admitted = is_move(op) ? op->move.admitted : m->admitted;
	out->recognised = is_move(op) ? op->move.recognised : m->recognised;
}

/* The days of a member who was admitted here are those of the case: base has them from before its first correction, or
 * has none. */
static int clear_in_base(struct correct_first *out, struct client *c,
			 const struct correct_whom *whom, const struct op *op, struct err *e)
{
	struct person_fixes *f = malloc(sizeof(*f));
	struct register_member m;
	int rc = f ? register_fixes(c->base, whom->unit, whom->person, f, e)
		   : err_set(e, ERR_NOMEM, "no memory for corrections");

	clear_of(out, op);
	if (!rc) {
		out->codes = f->codes;
		out->admitted = f->admitted;
		out->recognised = f->recognised;
	} else if (rc == -ERR_NOTFOUND && whom->m &&
		   !(rc = register_member(c->base, whom->unit, whom->person, &m, e))) {
		out->admitted = m.admitted;
		out->recognised = m.recognised;
	}
	free(f);
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = 0;
	}
	return rc;
}

int corrections_first(struct correct_first *out, struct client *c, const struct correct_whom *whom,
		      const uint8_t *key, struct arena *a, struct err *e)
{
	const struct op_id id = whom->r ? whom->r->record : whom->m->record;
	const struct own_op *own = own_find(c, id);
	struct person_place at = place_of(whom->unit, whom->person, 0);
	struct entry en;
	struct op op;
	int rc = sealed_entry(&en, &op, c, whom->r ? whom->r->record_lsn : whom->m->record_lsn, id,
			      a, e);

	*out = (struct correct_first){ .lsn = en.lsn,
				       .author = en.lsn ? en.author : c->id.person,
				       .time_ms = en.lsn ? en.time_ms
						  : own  ? own->made_ms
							 : 0 };
	if (rc)
		return rc;
	out->came = is_move(&op);
	rc = clear_in_base(out, c, whom, &op, e);
	at.set = PERSON_SET_RECORD;
	if (!rc && key)
		rc = sealed_fields(&out->sealed, key, &at, sealed_record(&op), a, e);
	return rc;
}

/* ---- contests ---- */

struct contests {
	struct client *c;
	int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
		    const struct person_fixes *f, struct err *e);
	void *ctx;
	size_t count, room;
	uint8_t (*persons)[PERSON_ID];
};

/* Noted first: what is asked of each reads the store again. */
static int note(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
		const struct person_fixes *f, struct err *e)
{
	struct contests *k = ctx;

	(void)unit;
	if (!fixes_contested(f)) /* an own one that is not sent settles, and makes none */
		return 0;
	if (k->count == k->room) {
		size_t room = k->room ? 2 * k->room : 16;
		void *grown = realloc(k->persons, room * PERSON_ID);

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for contests");
		k->persons = grown;
		k->room = room;
	}
	memcpy(k->persons[k->count++], person, PERSON_ID);
	return 0;
}

/* Who was forgotten, by two persons: no correction is taken any more, and none opens. */
static int was_forgotten(struct client *c, const uint8_t person[PERSON_ID], bool *yes,
			 struct err *e)
{
	struct register_asked forgotten = { .lsn = 0 };
	struct case_record *r = malloc(sizeof(*r));
	int rc = r ? register_case(c->base, c->id.unit, person, r, e)
		   : err_set(e, ERR_NOMEM, "no memory for a case");

	*yes = !rc && r->forgotten_lsn;
	free(r);
	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = register_member_forgotten(c->base, c->id.unit, person, &forgotten, e);
	*yes = !rc && forgotten.lsn;
	return rc;
}

int corrections_contested(struct client *c,
			  int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
				      const struct person_fixes *f, struct err *e),
			  void *ctx, struct err *e)
{
	struct contests k = { .c = c };
	struct person_fixes *f = malloc(sizeof(*f));
	int rc = f ? register_corrected(c->base, c->id.unit, note, &k, e)
		   : err_set(e, ERR_NOMEM, "no memory for contests");

	for (size_t i = 0; i < k.count && !rc; i++) {
		bool forgotten = false;

		rc = was_forgotten(c, k.persons[i], &forgotten, e);
		if (!rc && !forgotten)
			rc = fixes_seen(f, c, c->id.unit, k.persons[i], e);
		if (!rc && !forgotten && fixes_contested(f))
			rc = each(ctx, c->id.unit, k.persons[i], f, e);
	}
	free(k.persons);
	free(f);
	return rc;
}

static int count_fields(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
			const struct person_fixes *f, struct err *e)
{
	(void)unit;
	(void)person;
	(void)e;
	*(size_t *)ctx += fixes_contested(f);
	return 0;
}

int corrections_contests(struct client *c, size_t *fields, struct err *e)
{
	*fields = 0;
	return corrections_contested(c, count_fields, fields, e);
}
