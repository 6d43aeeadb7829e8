#include "client/moves.h"

#include "cases_internal.h"
#include "client/outbox.h"

#include <stdlib.h>

static enum case_move way_to(struct client *c, const struct move_ask *ask)
{
	uint32_t own = unit_direct(c, c->id.unit, ask->day);

	return own && own == ask->to.direct ? MOVE_SAME_DIRECT : MOVE_OTHER_DIRECT;
}

static int check_ask(const struct client *c, const struct move_ask *ask, struct err *e)
{
	enum person_role role = client_role(c);

	if (role != ROLE_CLERK && role != ROLE_APPROVER)
		return err_set(e, ERR_DENIED, "the role of this person does not allow it");
	if (ask->day > day_of_instant(ask->now_ms))
		return err_set(e, ERR_RANGE, "that day is still to come");
	if (ask->to.unit == c->id.unit)
		return err_set(e, ERR_INVALID, "they are with this unit already");
	return 0;
}

/* Seal and keep the bytes in the arena. */
static int seal_into(struct span *out, const struct keyring_person *p, uint32_t unit,
		     enum person_set set, const struct person_fields *f, struct keyring *k,
		     struct arena *a, struct err *e)
{
	struct person_place at = { .unit = unit, .set = set };
	struct buf sealed;
	int rc;

	memcpy(at.id, p->person, PERSON_KEY_ID);
	buf_init(&sealed, set == PERSON_SET_PAPER ? PAPER_SEALED_MAX : CASE_SEALED_MAX);
	rc = case_seal(&sealed, p->key, &at, f, keyring_random(k), e);
	if (!rc) {
		*out = arena_copy(a, buf_span(&sealed));
		if (!out->data)
			rc = err_set(e, ERR_NOMEM, "no memory for a record");
	}
	buf_fini(&sealed);
	return rc;
}

static int seal_letter(struct op *op, const struct keyring_person *p, const struct move_ask *ask,
		       struct keyring *k, struct arena *a, struct err *e)
{
	struct person_fields f = { .at = { { NULL, 0 } } };

	if (!ask->letter.len)
		return 0;
	f.at[PF_PAPER_NO] = ask->letter;
	return seal_into(&op->move.letter, p, ask->to.unit, PERSON_SET_PAPER, &f, k, a, e);
}

static struct op move_op(enum op_kind kind, struct client *c, const struct move_ask *ask,
			 const uint8_t *person, const struct keyring_person *p)
{
	struct op op = { .kind = kind,
			 .unit = c->id.unit,
			 .reason = ask->reason,
			 .move = { .what = MOVE_SEND,
				   .other = ask->to.unit,
				   .day = ask->day,
				   .way = way_to(c, ask) } };

	memcpy(op.move.person, person, PERSON_ID);
	memcpy(op.move.as, p->person, PERSON_ID);
	return op;
}

/* ---- a case ---- */

static int steps_along(struct op *op, struct client *c, struct keyring *k,
		       const struct case_record *r, const struct keyring_person *p, struct arena *a,
		       struct err *e)
{
	struct moved_step *steps = arena_array(a, r->count, sizeof(*steps));
	size_t count = 0;
	int rc = 0;

	if (!steps)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	for (size_t i = 0; i < r->count && !rc; i++) {
		struct person_fields paper;

		if (r->steps[i].step.kind >= STEP_WRITTEN) /* sent once before, and it came back */
			continue;
		steps[count].step = r->steps[i].step;
		rc = case_open_paper(&paper, c, k, r, i, a, e);
		if (!rc && (paper.at[PF_PAPER_NO].len || paper.at[PF_PAPER_SIGNER].len))
			rc = seal_into(&steps[count].sealed, p, op->move.other, PERSON_SET_PAPER,
				       &paper, k, a, e);
		count++;
	}
	op->move.steps = steps;
	op->move.step_count = count;
	return rc;
}

/* Would it be taken as the case stands here? In its own words. */
static int try_case(const struct case_record *r, day_t day, struct err *e)
{
	struct case_step s = { .kind = STEP_MOVE, .day = day };
	struct case_state st;

	if (r->rival_count)
		return err_set(e, ERR_STATE,
			       "two outcomes stand side by side in this case: settle them first");
	if (!case_record_here(r))
		return err_set(e, ERR_STATE,
			       "this case is offered here: accept or refuse it first");
	case_record_state(&st, r);
	return case_apply(&st, &s, e);
}

int move_case(struct client *c, struct keyring *k, const struct case_record *r,
	      const struct move_ask *ask, struct arena *a, struct err *e)
{
	struct keyring_person p;
	struct person_fields f;
	struct op_id id;
	struct op op;
	int rc = check_ask(c, ask, e);

	if (!rc)
		rc = try_case(r, ask->day, e);
	if (!rc)
		rc = case_open_record(&f, c, k, r, a, e);
	if (!rc)
		rc = keyring_send_off(k, c, &ask->to, &p, e);
	if (rc)
		return rc;
	op = move_op(OP_CASE_MOVE, c, ask, r->person, &p);
	op.move.codes = r->codes;
	op.move.after = case_record_last(r);
	rc = seal_into(&op.move.sealed, &p, ask->to.unit, PERSON_SET_RECORD, &f, k, a, e);
	if (!rc)
		rc = seal_letter(&op, &p, ask, k, a, e);
	if (!rc)
		rc = steps_along(&op, c, k, r, &p, a, e);
	key_wipe(p.key, sizeof(p.key));
	return rc ? rc : outbox_append(c, &op, ask->now_ms, &id, e);
}

/* ---- a member ---- */

int move_member(struct client *c, struct keyring *k, const struct register_member *m,
		const struct move_ask *ask, struct arena *a, struct err *e)
{
	struct keyring_person p;
	struct person_fields f;
	struct op_id id;
	struct op op;
	int rc = check_ask(c, ask, e);

	if (!rc && (m->how != MEMBER_STAYS || !member_here(m)))
		rc = err_set(e, ERR_STATE, "this membership has ended already, or is on its way");
	if (!rc && ask->day < m->admitted)
		rc = err_set(e, ERR_RANGE, "that day is before the admission");
	if (!rc && ask->day < member_first_day(m))
		rc = err_set(e, ERR_RANGE, "that day is before the one on which they were sent");
	if (!rc)
		rc = roll_open(&f, c, k, m, a, e);
	if (!rc)
		rc = keyring_send_off(k, c, &ask->to, &p, e);
	if (rc)
		return rc;
	op = move_op(OP_MEMBER_MOVE, c, ask, m->person, &p);
	op.move.codes = m->codes;
	op.move.admitted = m->admitted;
	op.move.recognised = m->recognised;
	rc = seal_into(&op.move.sealed, &p, ask->to.unit, PERSON_SET_RECORD, &f, k, a, e);
	if (!rc)
		rc = seal_letter(&op, &p, ask, k, a, e);
	key_wipe(p.key, sizeof(p.key));
	return rc ? rc : outbox_append(c, &op, ask->now_ms, &id, e);
}

/* ---- the answer ---- */

static int answer(struct client *c, struct keyring *k, enum op_kind kind,
		  const uint8_t person[PERSON_ID], const struct move_end *came,
		  const struct move_end *gone, const struct move_answer *w,
		  const struct unit_key *own, struct err *e)
{
	bool recall = w->what == MOVE_RECALL;
	const struct move_end *end = recall ? gone : came;
	struct op op = { .kind = kind,
			 .unit = c->id.unit,
			 .reason = w->reason,
			 .move = { .what = w->what, .other = end->unit, .day = w->day } };
	enum person_role role = client_role(c);
	struct op_id id;
	int rc = 0;

	memcpy(op.move.person, recall ? person : end->person, PERSON_ID);
	memcpy(op.move.as, recall ? end->person : person, PERSON_ID);
	if (role != ROLE_CLERK && role != ROLE_APPROVER)
		return err_set(e, ERR_DENIED, "the role of this person does not allow it");
	if (end->state != HANDOVER_OPEN && recall)
		return err_set(e, ERR_STATE, "it is not on its way to anybody (any more)");
	if (end->state != HANDOVER_OPEN)
		return err_set(e, ERR_STATE, "it is not offered to this unit (any more)");
	if (w->day > day_of_instant(w->now_ms))
		return err_set(e, ERR_RANGE, "that day is still to come");
	if (w->day < end->sent)
		return err_set(e, ERR_RANGE, "that day is before the one on which they were sent");
	if (w->what == MOVE_TAKE)
		rc = keyring_adopt(k, c, own, person, e);
	return rc ? rc : outbox_append(c, &op, w->now_ms, &id, e);
}

int answer_case(struct client *c, struct keyring *k, const struct case_record *r,
		const struct move_answer *w, const struct unit_key *own, struct err *e)
{
	return answer(c, k, OP_CASE_MOVE, r->person, &r->came, &r->gone, w, own, e);
}

int answer_member(struct client *c, struct keyring *k, const struct register_member *m,
		  const struct move_answer *w, const struct unit_key *own, struct err *e)
{
	return answer(c, k, OP_MEMBER_MOVE, m->person, &m->came, &m->gone, w, own, e);
}
