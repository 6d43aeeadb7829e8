#include "client/case_write.h"

#include "client/alike.h"
#include "client/outbox.h"
#include "internal.h"
#include "ledger/register.h"

#include <stdlib.h>

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

/* What is counted and follows from the sealed fields, added: age on `day`, person_fields_facts(), readmitted. */
static void complete(struct person_codes *codes, const struct person_fields *f, day_t day)
{
	day_t birth;

	codes->facts |= person_fields_facts(f);
	if (f->at[PF_LEFT].len || f->at[PF_READMITTED].len)
		codes->facts |= FACT_READMITTED;
	if (person_fields_birth(f, &birth))
		codes->age = age_band_of(birth, day);
}

/* What is sealed of them, and the op, in a batch. */
static int queue_opening(const struct case_writer *w, const struct person_fields *f, struct op *op,
			 const struct keyring_person *p, struct err *e)
{
	struct person_place at = { .unit = op->unit, .set = PERSON_SET_RECORD };
	struct buf sealed;
	struct op_id id;
	int rc;

	memcpy(at.id, p->person, PERSON_ID);
	memcpy(op->open.person, p->person, PERSON_ID);
	buf_init(&sealed, CASE_SEALED_MAX);
	rc = case_seal(&sealed, p->key, &at, f, w->random, e);
	op->open.sealed = buf_span(&sealed);
	if (!rc)
		rc = outbox_append(w->c, op, w->now_ms, &id, e);
	buf_fini(&sealed);
	return rc;
}

/* The keys are durable before the batch is committed: two commits, also where the unit has no key yet. */
int case_write_open(const struct case_writer *w, const struct person_fields *f,
		    struct person_codes *codes, const struct case_step *first,
		    uint8_t person[PERSON_ID], struct err *e)
{
	struct op op = { .kind = OP_CASE, .unit = client_identity(w->c)->unit };
	struct keyring_person p = { .person = { 0 } };
	bool mine;
	int rc = check_opening(w, f, first, e);

	if (!rc)
		rc = client_enter(w->c, &mine, e);
	if (rc)
		return rc;
	complete(codes, f, first->day);
	op.open.codes = *codes;
	op.open.step = *first;
	rc = keyring_introduce(w->keys, w->c, w->now_ms, &p, 1, e);
	if (!rc)
		rc = queue_opening(w, f, &op, &p, e);
	memcpy(person, p.person, PERSON_ID);
	key_wipe(&p, sizeof(p));
	return client_leave(w->c, mine, rc, e);
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

static int seal_paper(const struct case_writer *w, uint32_t unit, const uint8_t *person,
		      struct buf *sealed, const struct person_fields *paper, struct err *e)
{
	struct person_place at = { .unit = unit, .set = PERSON_SET_PAPER };
	uint8_t key[BOX_KEY_BYTES];
	int rc = keyring_person(w->keys, person, key, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND,
			       "the key to this person has not come yet: send and receive first");
	memcpy(at.id, person, PERSON_KEY_ID);
	if (!rc)
		rc = case_seal(sealed, key, &at, paper, w->random, e);
	key_wipe(key, sizeof(key));
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
	if (code == CODE_STEP_INVALID && case_gone_as_member(w->c, after))
		return err_set(e, ERR_STATE,
			       "they were sent to another unit as a member: call them back first; "
			       "whom the other unit has taken over is settled no more");
	if (code)
		return err_set(e, code == CODE_NOT_ALLOWED ? ERR_DENIED : ERR_STATE, "%s",
			       op_code_text(code));
	buf_init(&sealed, PAPER_SEALED_MAX);
	if (paper && (paper->at[PF_PAPER_NO].len || paper->at[PF_PAPER_SIGNER].len))
		rc = seal_paper(w, r->unit, r->person, &sealed, paper, e);
	op->step.sealed = buf_span(&sealed);
	if (!rc)
		rc = outbox_append(w->c, op, w->now_ms, &id, e);
	buf_fini(&sealed);
	return rc;
}

int case_write_settle(const struct case_writer *w, const struct case_record *r, size_t keep,
		      struct span reason, struct err *e)
{
	struct op op = { .kind = OP_CASE_STEP, .unit = r->unit, .reason = reason };
	struct op_id names[CASE_SETTLES_MAX];
	size_t first = r->count;

	/* what counts now is the first step after the one that the rivals came after */
	while (first && op_id_cmp(r->steps[first - 1].id, r->rivals[0].after))
		first--;
	if (first == r->count)
		first = r->count - 1;
	memcpy(op.step.person, r->person, PERSON_ID);
	names[0] = r->steps[first].id;
	for (size_t i = 0; i < r->rival_count; i++)
		names[i + 1] = r->rivals[i].id;
	op.step.settles = names;
	op.step.settle_count = r->rival_count + 1;
	op.step.keep = names[keep];
	return case_write_step(w, r, &op, NULL, e);
}

/* ---- members of another program ---- */

static struct person_fields row_fields(const struct member_row *row, char birth[DAY_TEXT_MAX])
{
	struct person_fields f = { .at = { { NULL, 0 } } };

	f.at[PF_NAME] = row->name;
	f.at[PF_BIRTH] = span_str(day_iso(birth, row->birth));
	if (row->sex != SEX_UNKNOWN)
		f.at[PF_SEX] = row->sex == SEX_FEMALE ? SPAN_LIT("f") : SPAN_LIT("m");
	f.at[PF_ETHNICITY] = row->ethnicity;
	f.at[PF_RELIGION] = row->religion;
	f.at[PF_CARD] = row->card;
	return f;
}

static int queue_row(const struct case_writer *w, const struct member_row *row,
		     const struct keyring_person *p, struct buf *sealed, struct err *e)
{
	struct op op = { .kind = OP_MEMBER, .unit = client_identity(w->c)->unit };
	struct person_place at = { .unit = op.unit, .set = PERSON_SET_RECORD };
	char birth[DAY_TEXT_MAX];
	struct person_fields f = row_fields(row, birth);
	struct op_id id;
	int rc;

	op.member.codes = row->form2;
	op.member.codes.age = age_band_of(row->birth, row->admitted);
	op.member.codes.facts |= person_fields_facts(&f);
	op.member.admitted = row->admitted;
	op.member.recognised = row->has_recognised ? row->recognised : 0;
	memcpy(at.id, p->person, PERSON_ID);
	memcpy(op.member.person, p->person, PERSON_ID);
	rc = case_seal(sealed, p->key, &at, &f, w->random, e);
	op.member.sealed = buf_span(sealed);
	return rc ? rc : outbox_append(w->c, &op, w->now_ms, &id, e);
}

int case_write_members(const struct case_writer *w, const struct member_list *list,
		       const bool *leave, struct err *e)
{
	struct keyring_person *persons = calloc(list->count + 1, sizeof(*persons));
	struct buf sealed;
	size_t count = 0, next = 0;
	int rc = persons ? client_begin(w->c, e)
			 : err_set(e, ERR_NOMEM, "no memory for %zu members", list->count);

	for (size_t i = 0; i < list->count; i++)
		count += !leave[i];
	buf_init(&sealed, CASE_SEALED_MAX);
	if (!rc)
		rc = keyring_introduce(w->keys, w->c, w->now_ms, persons, count, e);
	for (size_t i = 0; i < list->count && !rc; i++)
		if (!leave[i])
			rc = queue_row(w, &list->rows[i], &persons[next++], &sealed, e);
	if (!rc)
		rc = client_commit(w->c, e);
	else
		client_abort(w->c);
	if (persons)
		key_wipe(persons, (list->count + 1) * sizeof(*persons));
	buf_fini(&sealed);
	free(persons);
	return rc;
}

/* ---- how a membership ended ---- */

static int check_end(const struct case_writer *w, const struct register_member *m,
		     const struct op_member_end *end, const struct person_fields *decision,
		     struct span reason, struct err *e)
{
	enum person_role role = client_role(w->c);
	day_t today = day_of_instant(w->now_ms), dated;
	int rc = 0;

	if (role != ROLE_CLERK && role != ROLE_APPROVER)
		return err_set(e, ERR_DENIED, "the role of this person does not allow it");
	if (end->how == MEMBER_MISTAKE && !reason.len)
		return err_set(e, ERR_INVALID, "a mistake needs a reason");
	if (end->day > today)
		return err_set(e, ERR_RANGE, "that day is still to come");
	if (m->how != MEMBER_STAYS || !member_here(m))
		return err_set(e, ERR_STATE, "this membership has ended already");
	if (end->day < m->admitted)
		return err_set(e, ERR_RANGE, "that day is before the admission");
	if (end->day < member_first_day(m))
		return err_set(e, ERR_RANGE, "that day is before the one on which they were sent");
	if (decision && decision->at[PF_PAPER_DAY].len)
		rc = day_parse(&dated, NULL, decision->at[PF_PAPER_DAY], e);
	if (!rc && decision && decision->at[PF_PAPER_DAY].len && dated > today)
		rc = err_set(e, ERR_RANGE, "the decision: that day is still to come");
	return rc;
}

static bool any_paper(const struct person_fields *f)
{
	return f &&
	       (f->at[PF_PAPER_NO].len || f->at[PF_PAPER_SIGNER].len || f->at[PF_PAPER_DAY].len);
}

int case_write_end(const struct case_writer *w, const struct register_member *m,
		   const struct op_member_end *end, const struct person_fields *decision,
		   struct span reason, struct err *e)
{
	struct op op = { .kind = OP_MEMBER_END,
			 .unit = client_identity(w->c)->unit,
			 .reason = reason,
			 .member_end = *end };
	struct buf sealed;
	struct op_id id;
	int rc = check_end(w, m, end, decision, reason, e);

	if (rc)
		return rc;
	memcpy(op.member_end.person, m->person, PERSON_ID);
	buf_init(&sealed, PAPER_SEALED_MAX);
	if (any_paper(decision))
		rc = seal_paper(w, m->unit, m->person, &sealed, decision, e);
	op.member_end.sealed = buf_span(&sealed);
	if (!rc)
		rc = outbox_append(w->c, &op, w->now_ms, &id, e);
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
