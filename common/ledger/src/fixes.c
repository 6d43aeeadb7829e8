/* Corrections of persons' records: their rows, what they do to the rows of cases and members, and those before. */
#include "internal.h"

#include <stdlib.h>

static void write_version(struct buf *b, const struct fix_version *v, bool sealed)
{
	buf_op(b, v->id);
	buf_varint(b, v->lsn);
	if (sealed)
		buf_bytes(b, span_of(v->tag, FIX_TAG));
	else
		buf_zigzag(b, v->value);
}

static void read_version(struct rd *r, struct fix_version *v, bool sealed)
{
	*v = (struct fix_version){ .lsn = 0 };
	v->id = rd_op(r);
	v->lsn = rd_varint(r);
	if (sealed)
		rd_into(r, v->tag, FIX_TAG);
	else
		v->value = rd_zigzag(r);
}

static int fixes_read(struct rd *r, struct person_fixes *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	codes_read(r, &out->codes);
	out->admitted = (day_t)rd_zigzag(r);
	out->recognised = (day_t)rd_zigzag(r);
	out->corrected = (uint32_t)rd_varint(r);
	out->count = rd_u8(r);
	if (out->count > FIXES_MAX)
		r->failed = true;
	for (size_t i = 0; i < out->count && !r->failed; i++) {
		struct fix_state *s = &out->fields[i];

		s->field = rd_u8(r);
		s->count = rd_u8(r);
		if (s->count > FIX_VERSIONS_MAX)
			r->failed = true;
		for (size_t k = 0; k < s->count && !r->failed; k++)
			read_version(r, &s->at[k], fix_is_sealed(s->field));
	}
	return row_done(r, T_CORRECTED, e);
}

int fixes_get(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
	      struct person_fixes *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_CORRECTED, key_person(unit, person), &r, e);

	memset(out, 0, sizeof(*out));
	return rc ? rc : fixes_read(&r, out, e);
}

static int fixes_put(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		     const struct person_fixes *f, struct err *e)
{
	struct buf *b = row_begin(l);

	codes_write(b, &f->codes);
	buf_zigzag(b, f->admitted);
	buf_zigzag(b, f->recognised);
	buf_varint(b, f->corrected);
	buf_u8(b, (uint8_t)f->count);
	for (size_t i = 0; i < f->count; i++) {
		const struct fix_state *s = &f->fields[i];

		buf_u8(b, s->field);
		buf_u8(b, s->count);
		for (size_t k = 0; k < s->count; k++)
			write_version(b, &s->at[k], fix_is_sealed(s->field));
	}
	return row_put(l, T_CORRECTED, key_person(unit, person), e);
}

/* ---- apply ---- */

int fixes_under(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		struct person_codes *codes, day_t *admitted, day_t *recognised, struct err *e)
{
	struct person_fixes *f = calloc(1, sizeof(*f));
	int rc = f ? fixes_get(l, unit, person, f, e)
		   : err_set(e, ERR_NOMEM, "no memory for corrections");

	if (!rc) {
		f->codes = *codes;
		f->admitted = *admitted;
		f->recognised = *recognised;
		fixes_codes(f, codes, admitted, recognised);
		rc = fixes_put(l, unit, person, f, e);
	}
	free(f);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

struct both {
	struct case_record r;
	struct register_member m;
	struct person_fixes f;
	bool is_case, is_member;
};

/* Whoever the number is: a case, a member, or one who became one. */
static int both_get(struct ledger *l, uint32_t unit, const uint8_t *person, struct both *b,
		    struct err *e)
{
	int rc = case_get(l, unit, person, &b->r, e);

	b->is_case = !rc;
	if (!rc || rc == -ERR_NOTFOUND)
		rc = member_get(l, unit, person, &b->m, e);
	b->is_member = !rc;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	rc = fixes_get(l, unit, person, &b->f, e);
	if (rc != -ERR_NOTFOUND)
		return rc;
	b->f.codes = b->is_case ? b->r.codes : b->m.codes;
	b->f.admitted = b->m.admitted;
	b->f.recognised = b->m.recognised;
	return 0;
}

static int both_put(struct ledger *l, struct both *b, struct err *e)
{
	struct person_codes codes;
	day_t admitted, recognised;
	int rc = 0;

	fixes_codes(&b->f, &codes, &admitted, &recognised);
	if (b->is_case) {
		b->r.codes = codes;
		b->r.corrected = b->f.corrected;
		rc = case_put(l, &b->r, e);
	}
	if (rc || !b->is_member)
		return rc;
	b->m.codes = codes;
	b->m.corrected = b->f.corrected;
	if (!b->is_case) { /* else they are those of the case's steps */
		b->m.admitted = admitted;
		b->m.recognised = recognised;
	}
	return member_put(l, &b->m, e);
}

int apply_correct(struct ledger *l, const struct entry *en, const struct envelope *env,
		  const struct op *op, struct err *e)
{
	struct op_id id = { en->device, env->epoch, env->seq };
	struct both *b = calloc(1, sizeof(*b));
	int rc = b ? both_get(l, op->unit, op->correct.person, b, e)
		   : err_set(e, ERR_NOMEM, "no memory for corrections");

	if (!rc && !b->is_case && !b->is_member)
		rc = err_set(e, ERR_CORRUPT, "entry %llu corrects nobody",
			     (unsigned long long)en->lsn);
	if (!rc && fixes_take(&b->f, &op->correct, id, en->lsn))
		rc = err_set(e, ERR_CORRUPT, "entry %llu was accepted, but corrects too much",
			     (unsigned long long)en->lsn);
	if (!rc)
		rc = fixes_put(l, op->unit, op->correct.person, &b->f, e);
	if (!rc)
		rc = both_put(l, b, e);
	free(b);
	return rc;
}

/* ---- questions ---- */

int register_fixes(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		   struct person_fixes *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = fixes_get(l, unit, person, out, e);
	read_leave(l);
	return rc;
}

struct corrected {
	struct person_fixes *f;
	int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
		    const struct person_fixes *f, struct err *e);
	void *ctx;
};

static int one_corrected(void *ctx, uint32_t unit, const uint8_t *person, struct rd *payload,
			 struct err *e)
{
	struct corrected *k = ctx;
	int rc = fixes_read(payload, k->f, e);

	return rc ? rc : k->each(k->ctx, unit, person, k->f, e);
}

int register_corrected(struct ledger *l, uint32_t unit,
		       int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
				   const struct person_fixes *f, struct err *e),
		       void *ctx, struct err *e)
{
	struct corrected k = { .each = each, .ctx = ctx };
	int rc;

	assert(!l->in_batch);
	k.f = calloc(1, sizeof(*k.f));
	if (!k.f)
		return err_set(e, ERR_NOMEM, "no memory for corrections");
	rc = walk_persons(l, T_CORRECTED, unit, one_corrected, &k, e);
	free(k.f);
	return rc;
}

struct looking_back {
	const uint8_t *person;
	uint32_t left;
	register_correction *each;
	void *ctx;
};

static int correction_each(void *ctx, const struct entry *en, const struct envelope *env,
			   const struct op *op, struct err *e)
{
	struct looking_back *k = ctx;
	struct op_id id = { en->device, env->epoch, env->seq };
	int rc;

	if (!op || op->kind != OP_CORRECT || en->verdict != VERDICT_ACCEPTED ||
	    memcmp(op->correct.person, k->person, PERSON_ID))
		return 0;
	rc = k->each(k->ctx, en, id, op, e);
	return rc ? rc : !--k->left;
}

int register_corrections(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
			 register_correction *each, void *ctx, struct err *e)
{
	struct looking_back k = { .person = person, .each = each, .ctx = ctx };
	struct person_fixes *f = calloc(1, sizeof(*f));
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = f && a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for corrections");

	if (!rc) {
		rc = fixes_get(l, unit, person, f, e);
		k.left = f->corrected;
		if (!rc)
			rc = unit_head_get(l, unit, &head, e);
		if (!rc && k.left)
			rc = walk_unit(l, head, a, correction_each, &k, e);
		read_leave(l);
	}
	arena_free(a);
	free(f);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}
