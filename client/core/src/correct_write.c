/* Writing a correction: what is different, what follows from it in clear, and what it stands over. */
#include "client/corrections.h"

#include "cases_internal.h"
#include "client/alike.h"
#include "client/outbox.h"
#include "domain/case_count.h"

#include <stdlib.h>

struct correcting {
	const struct case_writer *w;
	const struct correct_whom *whom;
	struct correct_ask ask;
	struct person_fields now; /* as the record is seen here */
	struct person_fixes seen, base;
	uint8_t key[BOX_KEY_BYTES];
	struct op_fix fixes[FIXES_MAX];
	struct op op;
};

static int check_whom(const struct correcting *k, struct err *e)
{
	const struct correct_whom *who = k->whom;
	enum person_role role = client_role(k->w->c);
	bool away = who->r ? !case_record_here(who->r) || who->r->gone.state != HANDOVER_NONE
			   : !member_here(who->m) || who->m->gone.state != HANDOVER_NONE;

	if (role != ROLE_CLERK && role != ROLE_APPROVER)
		return err_set(e, ERR_DENIED, "the role of this person does not allow it");
	if (who->unit != k->w->c->id.unit)
		return err_set(e, ERR_DENIED, "only the unit itself corrects its records");
	if (who->r && who->r->forgotten_lsn)
		return err_set(e, ERR_STATE, "this person was forgotten");
	if (away)
		return err_set(e, ERR_STATE,
			       "this person is on the way to another unit, or has gone over: it is "
			       "corrected there");
	if (!k->ask.reason.len)
		return err_set(e, ERR_INVALID, "a correction needs a reason");
	if (who->r && (k->ask.given[FIX_ADMITTED] || k->ask.given[FIX_RECOGNISED]))
		return err_set(e, ERR_INVALID,
			       "the days of a case are those of its steps, and are not corrected "
			       "here");
	return 0;
}

static int read_days(struct correcting *k, struct err *e)
{
	struct span *text = k->ask.text;
	struct person_fields f = {
		.at = { [PF_BIRTH] = text[PF_BIRTH], [PF_LEFT] = text[PF_LEFT] }
	};
	int rc = person_fields_days(&f, k->w->a, e);

	text[PF_BIRTH] = f.at[PF_BIRTH];
	text[PF_LEFT] = f.at[PF_LEFT];
	return rc;
}

/* The record as it would be holds together. */
static int check_fields(struct correcting *k, struct err *e)
{
	struct person_fields f = k->now;
	day_t birth, today = day_of_instant(k->w->now_ms), admitted, recognised;
	int rc;

	for (unsigned i = FIX_SEALED_FIRST; i <= FIX_SEALED_LAST; i++)
		if (k->ask.given[i])
			f.at[i] = k->ask.text[i];
	rc = person_fields_check(&f, e);
	if (!rc && k->ask.given[PF_CARD] && !span_eq(f.at[PF_CARD], k->now.at[PF_CARD]))
		rc = alike_refuse_card(k->w, &f, k->whom->person, e);
	if (rc)
		return rc;
	if (person_fields_birth(&f, &birth) && birth >= today)
		return err_set(e, ERR_RANGE, "the birth date is in the future");
	if (k->whom->r && person_fields_birth(&f, &birth) && birth >= k->whom->r->steps[0].step.day)
		return err_set(e, ERR_RANGE, "the birth date is not before the first step");
	if (!k->whom->m)
		return 0;
	admitted = k->ask.given[FIX_ADMITTED] ? (day_t)k->ask.value[FIX_ADMITTED]
					      : k->whom->m->admitted;
	recognised = k->ask.given[FIX_RECOGNISED] ? (day_t)k->ask.value[FIX_RECOGNISED]
						  : k->whom->m->recognised;
	if (admitted > today || recognised > today)
		return err_set(e, ERR_RANGE, "that day is still to come");
	if (recognised && recognised < admitted)
		return err_set(e, ERR_RANGE, "recognised: before the admission");
	if (person_fields_birth(&f, &birth) && birth >= admitted)
		return err_set(e, ERR_RANGE, "the birth date is not before the admission");
	return 0;
}

static void follow(struct correct_ask *ask, unsigned field, int64_t value)
{
	if (ask->given[field])
		return;
	ask->given[field] = true;
	ask->value[field] = value;
}

/* What is counted, from what is sealed. */
static void code_fields(struct correcting *k)
{
	static const enum person_field says[] = { PF_SEX, PF_ETHNICITY, PF_RELIGION };
	struct correct_ask *ask = &k->ask;
	struct person_fields f = { .at = { { NULL, 0 } } };
	day_t birth, on = k->whom->r                 ? k->whom->r->steps[0].step.day
			  : ask->given[FIX_ADMITTED] ? (day_t)ask->value[FIX_ADMITTED]
						     : k->whom->m->admitted;

	for (unsigned i = 0; i < ARRAY_LEN(says); i++) /* in the order of their bits */
		f.at[says[i]] = ask->text[says[i]];
	for (unsigned i = 0; i < ARRAY_LEN(says); i++)
		if (ask->given[says[i]])
			follow(ask, FIX_FACT + i, person_fields_facts(&f) >> i & 1);
	if (ask->given[PF_BIRTH] && ask->text[PF_BIRTH].len &&
	    !day_parse(&birth, NULL, ask->text[PF_BIRTH], NULL))
		follow(ask, FIX_AGE, age_band_of(birth, on));
}

static int64_t value_now(const struct correcting *k, unsigned field)
{
	struct person_codes codes = k->whom->r ? k->whom->r->codes : k->whom->m->codes;

	if (field >= FIX_FACT && field <= FIX_FACT_LAST)
		return codes.facts >> (field - FIX_FACT) & 1;
	if (fix_category(&codes, field))
		return *fix_category(&codes, field);
	return field == FIX_AGE        ? (int64_t)codes.age
	       : field == FIX_ADMITTED ? k->whom->m->admitted
				       : k->whom->m->recognised;
}

/* Typed as it is already: no correction, unless it settles a contest. */
static bool is_different(const struct correcting *k, unsigned field)
{
	if (fix_contested(fixes_of(&k->seen, field)))
		return true;
	return fix_is_sealed(field) ? !span_eq(k->ask.text[field], k->now.at[field])
				    : k->ask.value[field] != value_now(k, field);
}

static int over_of(struct correcting *k, struct op_fix *x, struct err *e)
{
	const struct fix_state *sets[2] = { fixes_of(&k->seen, x->field),
					    fixes_of(&k->base, x->field) };
	struct op_id *over = arena_array(k->w->a, FIX_OVER_MAX, sizeof(*over));

	if (!over)
		return err_set(e, ERR_NOMEM, "no memory for a correction");
	/* those of base that own unsent ones name are named too: an own one may be refused */
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; sets[s] && i < sets[s]->count; i++) {
			bool before = false;

			for (size_t n = 0; n < x->over_count; n++)
				before |= !op_id_cmp(over[n], sets[s]->at[i].id);
			if (!before && x->over_count < FIX_OVER_MAX)
				over[x->over_count++] = sets[s]->at[i].id;
		}
	x->over = over;
	return 0;
}

static int seal_fix(struct correcting *k, struct op_fix *x, struct err *e)
{
	struct person_place at = { .unit = k->whom->unit,
				   .set = (enum person_set)(PERSON_SET_FIELD + x->field) };
	struct person_fields one = { .at = { { NULL, 0 } } };
	struct buf sealed;
	int rc;

	memcpy(at.id, k->whom->person, PERSON_KEY_ID);
	one.at[x->field] = k->ask.text[x->field];
	buf_init(&sealed, FIX_SEALED_MAX);
	rc = case_seal(&sealed, k->key, &at, &one, k->w->random, e);
	if (!rc) {
		x->sealed = arena_copy(k->w->a, buf_span(&sealed));
		if (!x->sealed.data)
			rc = err_set(e, ERR_NOMEM, "no memory for a correction");
	}
	buf_fini(&sealed);
	person_tag(x->tag, k->key, &at, x->field, one.at[x->field]);
	return rc;
}

static int build(struct correcting *k, struct err *e)
{
	size_t count = 0;
	int rc = 0;

	for (unsigned field = 0; field < FIX_END && !rc; field++) {
		struct op_fix *x = &k->fixes[count];

		if (!k->ask.given[field] || !is_different(k, field))
			continue;
		*x = (struct op_fix){ .field = (uint8_t)field };
		if (fix_is_sealed(field))
			rc = seal_fix(k, x, e);
		else
			x->value = k->ask.value[field];
		if (!rc)
			rc = over_of(k, x, e);
		count++;
	}
	if (!rc && !count)
		rc = err_set(e, ERR_INVALID, "the record says so already: nothing to correct");
	k->op = (struct op){ .kind = OP_CORRECT,
			     .unit = k->whom->unit,
			     .reason = k->ask.reason,
			     .correct = { .fixes = k->fixes, .count = count } };
	memcpy(k->op.correct.person, k->whom->person, PERSON_ID);
	return rc;
}

static int prepare(struct correcting *k, struct err *e)
{
	const struct correct_whom *who = k->whom;
	struct client *c = k->w->c;
	int rc = check_whom(k, e);

	if (!rc)
		rc = who->r ? case_open_record(&k->now, c, k->w->keys, who->r, k->w->a, e)
			    : roll_open(&k->now, c, k->w->keys, who->m, k->w->a, e);
	if (!rc)
		rc = keyring_person(k->w->keys, who->person, k->key, e);
	if (!rc)
		rc = fixes_seen(&k->seen, c, who->unit, who->person, e);
	if (!rc) {
		rc = register_fixes(c->base, who->unit, who->person, &k->base, e);
		if (rc == -ERR_NOTFOUND)
			rc = 0;
	}
	return rc;
}

int correct_write(const struct case_writer *w, const struct correct_whom *whom,
		  const struct correct_ask *ask, struct op_id *id, struct err *e)
{
	struct correcting *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return err_set(e, ERR_NOMEM, "no memory for a correction");
	k->w = w;
	k->whom = whom;
	k->ask = *ask;
	rc = prepare(k, e);
	if (!rc)
		rc = read_days(k, e);
	if (!rc)
		rc = check_fields(k, e);
	if (!rc) {
		code_fields(k);
		rc = build(k, e);
	}
	if (!rc)
		rc = outbox_append(w->c, &k->op, w->now_ms, id, e);
	key_wipe(k, sizeof(*k));
	free(k);
	return rc;
}
