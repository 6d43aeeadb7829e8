#include "client/case_write.h"

#include "client/alike.h"
#include "client/outbox.h"

int case_write_unit_key(const struct case_writer *w, struct unit_key *out, struct err *e)
{
	int rc = keyring_unit_key(w->keys, w->c, out, e);

	return rc == -ERR_NOTFOUND ? keyring_make(w->keys, w->c, w->now_ms, out, e) : rc;
}

/* ---- a case ---- */

static int check_opening(const struct case_writer *w, const struct person_fields *f,
			 const struct case_step *first, struct err *e)
{
	enum person_role role = client_role(w->c);
	struct case_state st = { .stage = CASE_NONE };
	day_t birth;
	int rc = person_fields_check(f, e);

	if (!rc && role != ROLE_CLERK && role != ROLE_APPROVER)
		rc = err_set(e, ERR_DENIED, "the role of this person does not allow it");
	if (!rc && first->day > day_of_instant(w->now_ms))
		rc = err_set(e, ERR_RANGE, "that day is still to come");
	if (!rc && person_fields_birth(f, &birth) && birth >= first->day)
		rc = err_set(e, ERR_RANGE, "the birth date is not before the first step");
	if (!rc)
		rc = case_apply(&st, first, e);
	return rc ? rc : alike_refuse_card(w, f, NULL, e);
}

int case_write_open(const struct case_writer *w, const struct person_fields *f,
		    struct person_codes *codes, const struct case_step *first,
		    uint8_t person[PERSON_ID], struct err *e)
{
	uint32_t unit = client_identity(w->c)->unit;
	struct person_place at = { .unit = unit, .set = PERSON_SET_RECORD };
	struct op op = { .kind = OP_CASE, .unit = unit };
	uint8_t key[BOX_KEY_BYTES];
	struct unit_key u;
	struct buf sealed;
	struct op_id id;
	day_t birth;
	int rc = check_opening(w, f, first, e);

	if (!rc)
		rc = case_write_unit_key(w, &u, e);
	if (rc)
		return rc;
	if (span_eq(f->at[PF_SEX], SPAN_LIT("f")))
		codes->facts |= FACT_WOMAN;
	if (person_fields_birth(f, &birth))
		codes->age = age_band_of(birth, first->day);
	op.open.codes = *codes;
	op.open.step = *first;
	buf_init(&sealed, CASE_SEALED_MAX);
	rc = keyring_person_new(w->keys, w->c, &u, person, key, e);
	memcpy(at.id, person, PERSON_ID);
	memcpy(op.open.person, person, PERSON_ID);
	if (!rc)
		rc = case_seal(&sealed, key, &at, f, w->random, e);
	op.open.sealed = buf_span(&sealed);
	if (!rc)
		rc = outbox_append(w->c, &op, w->now_ms, &id, e);
	key_wipe(key, sizeof(key));
	key_wipe(&u, sizeof(u));
	buf_fini(&sealed);
	return rc;
}

/* ---- a step ---- */

struct op case_write_step_of(const struct case_record *r, enum case_step_kind kind, day_t day)
{
	struct op op = { .kind = OP_CASE_STEP,
			 .unit = r->unit,
			 .step = { .step = { .kind = kind, .day = day },
				   .after = case_record_last(r) } };

	memcpy(op.step.person, r->person, PERSON_ID);
	return op;
}

static int seal_paper(const struct case_writer *w, const struct case_record *r, struct op *op,
		      struct buf *sealed, const struct person_fields *paper, struct err *e)
{
	struct person_place at = { .unit = r->unit, .set = PERSON_SET_PAPER };
	uint8_t key[BOX_KEY_BYTES];
	int rc = keyring_person(w->keys, r->person, key, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND,
			       "the key to this case has not come yet: send and receive first");
	memcpy(at.id, r->person, PERSON_KEY_ID);
	if (!rc)
		rc = case_seal(sealed, key, &at, paper, w->random, e);
	key_wipe(key, sizeof(key));
	op->step.sealed = buf_span(sealed);
	return rc;
}

static void default_body(const struct case_writer *w, struct op *op)
{
	uint32_t path[UNIT_DEPTH_MAX];

	if (op->step.step.kind == STEP_SUBMIT && !op->step.to &&
	    tree_path(ledger_tree(client_base(w->c)), op->unit, day_of_instant(w->now_ms),
		      UINT64_MAX, path) > 1)
		op->step.to = path[1];
}

int case_write_step(const struct case_writer *w, const struct case_record *r, struct op *op,
		    const struct person_fields *paper, struct err *e)
{
	struct case_record *after = arena_alloc(w->a, sizeof(*after));
	struct case_state st;
	struct buf sealed;
	struct op_id id;
	enum op_code code;
	int rc = 0;

	if (!after)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	default_body(w, op);
	if (op->step.step.day > day_of_instant(w->now_ms))
		return err_set(e, ERR_RANGE, "that day is still to come");
	code = case_try(w->c, r, op, after);
	if (code == CODE_STEP_INVALID && op->step.step.kind != STEP_NONE) {
		case_record_state(&st, r);
		rc = case_apply(&st, &op->step.step, e); /* in its own words */
		return rc ? rc : err_set(e, ERR_STATE, "%s", op_code_text(code));
	}
	if (code)
		return err_set(e, code == CODE_NOT_ALLOWED ? ERR_DENIED : ERR_STATE, "%s",
			       op_code_text(code));
	buf_init(&sealed, PAPER_SEALED_MAX);
	if (paper && (paper->at[PF_PAPER_NO].len || paper->at[PF_PAPER_SIGNER].len))
		rc = seal_paper(w, r, op, &sealed, paper, e);
	if (!rc)
		rc = outbox_append(w->c, op, w->now_ms, &id, e);
	buf_fini(&sealed);
	return rc;
}

int case_write_read(const struct case_writer *w, uint32_t unit, enum names_how how, uint32_t count,
		    struct err *e)
{
	struct op op = { .kind = OP_NAMES_READ, .unit = unit, .names = { how, count } };
	struct op_id id;

	return count ? outbox_append(w->c, &op, w->now_ms, &id, e) : 0;
}
