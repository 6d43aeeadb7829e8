/* Persons between two units. A move is an entry of the unit whose people wrote it and is read at the other end too
 * (table `addressed`). Each end has a row of its own; a holder of a part that does not know the sender's row gets a
 * sending only where it stands, so that the receiver's row comes to the same everywhere. */
#include "internal.h"

#include <stdlib.h>

int addressed_put(struct ledger *l, uint64_t lsn, uint32_t unit, struct err *e)
{
	buf_varint(row_begin(l), unit);
	return row_put(l, T_ADDRESSED, key_u64(lsn), e);
}

int addressed_get(struct ledger *l, uint64_t lsn, uint32_t *unit, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_ADDRESSED, key_u64(lsn), &r, e);

	if (rc)
		return rc;
	*unit = (uint32_t)rd_varint(&r);
	return row_done(&r, T_ADDRESSED, e);
}

static bool by_sender(const struct op *op)
{
	return op->move.what == MOVE_SEND || op->move.what == MOVE_RECALL;
}

static uint32_t sender_of(const struct op *op)
{
	return by_sender(op) ? op->unit : op->move.other;
}

static uint32_t receiver_of(const struct op *op)
{
	return by_sender(op) ? op->move.other : op->unit;
}

/* Taken over: the sender's keys go. Refused or called back: those that were made for the receiver. */
static int drop_keys(struct ledger *l, const struct entry *en, const struct op *op, struct err *e)
{
	if (op->move.what == MOVE_SEND)
		return 0;
	return op->move.what == MOVE_TAKE
		       ? forgotten_put(l, en->lsn, sender_of(op), op->move.person, e)
		       : forgotten_put(l, en->lsn, receiver_of(op), op->move.as, e);
}

static int lost(const struct entry *en, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "entry %llu was accepted, but nobody moves so",
		       (unsigned long long)en->lsn);
}

/* ---- cases ---- */

static enum case_stage stage_of(const struct case_record *r)
{
	struct case_state st;

	if (!case_record_here(r))
		return CASE_NONE;
	case_record_state(&st, r);
	return st.stage;
}

/* *stands: the receiver hears of it. A holder of a part may have met this person before at a unit elsewhere that took
 * them over from its own, and was not told what that unit went on to write: whether and where they leave from there
 * is not known here, and what reaches the receiver all the same stands. */
static int case_sender(struct ledger *l, const struct entry *en, const struct op *op,
		       struct op_id id, struct case_record *r, bool *stands, struct err *e)
{
	enum case_stage was;
	int rc = case_get(l, sender_of(op), op->move.person, r, e);

	*stands = true;
	if (rc == -ERR_NOTFOUND && l->scope)
		return 0; /* a part without the sender */
	if (rc)
		return rc == -ERR_NOTFOUND ? lost(en, e) : rc;
	was = stage_of(r);
	if (case_record_leave(r, op, id, en->lsn, en->author_unit))
		return unless_holes(l, sender_of(op), lost(en, e), e);
	*stands = op->move.what != MOVE_SEND || case_record_stands(r, id);
	rc = case_put(l, r, e);
	return rc ? rc : funnel_move(l, r->unit, was, stage_of(r), e);
}

static int case_receiver(struct ledger *l, const struct entry *en, const struct op *op,
			 struct op_id id, struct case_record *r, struct err *e)
{
	enum case_stage was = CASE_NONE;
	int rc = case_get(l, receiver_of(op), op->move.as, r, e);

	if (rc == -ERR_NOTFOUND && op->move.what != MOVE_SEND && l->scope)
		return 0; /* a part that held the sender alone when it was sent */
	if (rc && (rc != -ERR_NOTFOUND || op->move.what != MOVE_SEND))
		return rc == -ERR_NOTFOUND ? lost(en, e) : rc;
	if (!rc)
		was = stage_of(r);
	if (case_record_arrive(r, op, id, en->lsn))
		return lost(en, e);
	rc = case_put(l, r, e);
	return rc ? rc : funnel_move(l, r->unit, was, stage_of(r), e);
}

int apply_case_move(struct ledger *l, const struct entry *en, const struct envelope *env,
		    const struct op *op, struct err *e)
{
	struct op_id id = { en->device, env->epoch, env->seq };
	struct case_record *r = calloc(1, sizeof(*r));
	bool stands;
	int rc;

	if (!r)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	rc = case_sender(l, en, op, id, r, &stands, e);
	if (!rc && stands)
		rc = case_receiver(l, en, op, id, r, e);
	if (!rc && stands)
		rc = addressed_put(l, en->lsn, op->move.other, e);
	if (!rc && stands)
		rc = drop_keys(l, en, op, e);
	free(r);
	return rc;
}

/* ---- members ---- */

int register_is_offered(struct ledger *l, uint32_t from, uint32_t to,
			const uint8_t person[PERSON_ID], bool *offered, struct err *e)
{
	struct case_record *r = calloc(1, sizeof(*r));
	struct register_member m = { .unit = 0 };
	int rc = r ? register_case(l, to, person, r, e)
		   : err_set(e, ERR_NOMEM, "no memory for a case");

	*offered = !rc && r->came.unit == from && r->came.state != HANDOVER_BACK;
	free(r);
	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = register_member(l, to, person, &m, e);
	*offered = !rc && m.came.unit == from && m.came.state != HANDOVER_BACK;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int register_went_over(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID], bool *gone,
		       struct err *e)
{
	struct register_member m = { .unit = 0 };
	int rc = register_member(l, unit, person, &m, e);

	*gone = !rc && (m.how == MEMBER_MOVED || m.came.state == HANDOVER_BACK);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

day_t member_first_day(const struct register_member *m)
{
	const struct move_end *came = &m->came;

	if (came->state != HANDOVER_DONE)
		return m->gain != GAIN_NONE ? m->gained : m->admitted;
	/* on the day of the sending they count there still */
	return came->taken > came->sent ? came->taken : came->sent + 1;
}

bool member_entry_of(struct member_entry *out, const struct register_member *m)
{
	const struct move_end *came = &m->came, *gone = &m->gone;

	*out = (struct member_entry){ .facts = person_codes_facts(&m->codes),
				      .admitted = m->admitted,
				      .recognised = m->recognised,
				      .gain = m->gain,
				      .gained = m->gained,
				      .how = m->how,
				      .ended = m->ended };
	if (!member_here(m))
		return false;
	if (came->state == HANDOVER_DONE) {
		out->came_over = true;
		out->came = came->way;
		out->sent = came->sent;
		out->held_from = member_first_day(m);
	}
	if (gone->state != HANDOVER_NONE) {
		out->went_over = true;
		out->went = gone->way;
		out->held_to = gone->sent;
	}
	return true;
}

void register_member_of_case(struct register_member *out, const struct case_record *r)
{
	struct case_state st;

	case_record_state(&st, r);
	*out = (struct register_member){
		.unit = r->unit,
		.codes = r->codes,
		.admitted = st.days[case_has(&st, STEP_CEREMONY) ? STEP_CEREMONY : STEP_DECIDE],
		.recognised = st.days[STEP_RECOGNISE],
		.record = r->record,
		.record_lsn = r->record_lsn,
		.corrected = r->corrected
	};
	memcpy(out->person, r->person, PERSON_ID);
}

bool register_member_follow(struct register_member *m, const struct case_record *r)
{
	struct register_member made;
	struct case_state st;
	bool changes;

	case_record_state(&st, r);
	if (st.stage != CASE_RECOGNISED) {
		changes = !m->undone;
		m->undone = true;
		return changes;
	}
	register_member_of_case(&made, r);
	changes = m->undone || m->admitted != made.admitted || m->recognised != made.recognised;
	m->undone = false;
	m->admitted = made.admitted;
	m->recognised = made.recognised;
	return changes;
}

enum op_code member_leave(struct register_member *m, const struct op *op)
{
	const struct op_move *v = &op->move;

	if (v->what == MOVE_SEND) {
		if (m->how != MEMBER_STAYS || !member_here(m))
			return CODE_STEP_INVALID;
		m->how = MEMBER_IN_TRANSIT;
		m->ended = v->day;
		m->gone = (struct move_end){
			.state = HANDOVER_OPEN, .way = v->way, .unit = v->other, .sent = v->day
		};
		memcpy(m->gone.person, v->as, PERSON_ID);
		return CODE_OK;
	}
	if (m->gone.state != HANDOVER_OPEN || m->gone.unit != receiver_of(op) ||
	    memcmp(m->gone.person, v->as, PERSON_ID) || v->day < m->gone.sent)
		return CODE_STEP_INVALID;
	if (v->what == MOVE_TAKE) {
		m->how = MEMBER_MOVED;
		m->gone.state = HANDOVER_DONE;
		m->gone.taken = v->day;
		return CODE_OK;
	}
	m->how = MEMBER_STAYS;
	m->ended = 0;
	m->gone = (struct move_end){ .state = HANDOVER_NONE };
	return CODE_OK;
}

enum op_code member_arrive(struct register_member *m, const struct op *op, struct op_id id,
			   uint64_t lsn)
{
	const struct op_move *v = &op->move;

	if (v->what != MOVE_SEND) {
		if (m->came.state != HANDOVER_OPEN || m->came.unit != sender_of(op) ||
		    memcmp(m->came.person, v->person, PERSON_ID) || v->day < m->came.sent)
			return CODE_STEP_INVALID;
		m->came.state = v->what == MOVE_TAKE ? HANDOVER_DONE : HANDOVER_BACK;
		m->came.taken = v->day;
		return CODE_OK;
	}
	*m = (struct register_member){
		.unit = v->other,
		.codes = v->codes,
		.admitted = v->admitted,
		.recognised = v->recognised,
		.record = id,
		.record_lsn = lsn,
		.came = { .state = HANDOVER_OPEN, .way = v->way, .unit = op->unit, .sent = v->day }
	};
	memcpy(m->person, v->as, PERSON_ID);
	memcpy(m->came.person, v->person, PERSON_ID);
	return CODE_OK;
}

static int member_sender(struct ledger *l, const struct entry *en, const struct op *op,
			 struct err *e)
{
	struct register_member m;
	int rc = member_get(l, sender_of(op), op->move.person, &m, e);

	if (rc == -ERR_NOTFOUND && l->scope)
		return 0;
	if (rc || member_leave(&m, op))
		return rc && rc != -ERR_NOTFOUND ? rc : lost(en, e);
	return member_put(l, &m, e);
}

static int member_receiver(struct ledger *l, const struct entry *en, const struct op *op,
			   struct op_id id, struct err *e)
{
	struct register_member m;
	int rc = member_get(l, receiver_of(op), op->move.as, &m, e);

	if (rc == -ERR_NOTFOUND && op->move.what != MOVE_SEND && l->scope)
		return 0;
	if (rc && (rc != -ERR_NOTFOUND || op->move.what != MOVE_SEND))
		return rc == -ERR_NOTFOUND ? lost(en, e) : rc;
	if (member_arrive(&m, op, id, en->lsn))
		return lost(en, e);
	return member_put(l, &m, e);
}

int apply_member_move(struct ledger *l, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct op_id id = { en->device, env->epoch, env->seq };
	int rc = member_sender(l, en, op, e);

	if (!rc)
		rc = member_receiver(l, en, op, id, e);
	if (!rc)
		rc = addressed_put(l, en->lsn, op->move.other, e);
	return rc ? rc : drop_keys(l, en, op, e);
}
