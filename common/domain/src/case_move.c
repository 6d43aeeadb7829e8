/* A case between two units: the sender's record and the receiver's, each by what the log says of the move. */
#include "domain/case_record.h"

static bool same(struct op_id a, struct op_id b)
{
	return !op_id_cmp(a, b);
}

bool case_record_stands(const struct case_record *r, struct op_id id)
{
	for (size_t i = r->count; i-- > 0;)
		if (same(r->steps[i].id, id))
			return true;
	return false;
}

/* ---- the sender's end ---- */

static enum op_code send_off(struct case_record *r, const struct op *op, struct op_id id,
			     uint64_t lsn, uint32_t author_unit)
{
	const struct op_move *m = &op->move;
	struct op as = { .kind = OP_CASE_STEP,
			 .unit = op->unit,
			 .step = { .step = { .kind = STEP_MOVE, .day = m->day },
				   .after = m->after,
				   .to = m->other } };
	enum op_code code;

	memcpy(as.step.person, m->person, PERSON_ID);
	code = case_record_step(r, &as, id, lsn, author_unit);
	if (code || !case_record_stands(r, id))
		return code;
	r->gone = (struct move_end){
		.state = HANDOVER_OPEN, .way = m->way, .unit = m->other, .sent = m->day
	};
	memcpy(r->gone.person, m->as, PERSON_ID);
	return CODE_OK;
}

static enum op_code answered(struct case_record *r, const struct op *op, struct op_id id,
			     uint64_t lsn, uint32_t author_unit)
{
	const struct op_move *m = &op->move;
	uint32_t receiver = m->what == MOVE_RECALL ? m->other : op->unit;
	struct case_held h = { .id = id,
			       .lsn = lsn,
			       .step = { .kind = m->what == MOVE_TAKE ? STEP_MOVED : STEP_BACK,
					 .day = m->day },
			       .author_unit = author_unit };
	struct case_state st;

	if (r->gone.state != HANDOVER_OPEN || r->gone.unit != receiver ||
	    memcmp(r->gone.person, m->as, PERSON_ID))
		return CODE_STEP_INVALID;
	if (r->count == CASE_STEPS_MAX)
		return CODE_SHEET_FULL;
	case_record_state(&st, r);
	if (case_apply(&st, &h.step, NULL))
		return CODE_STEP_INVALID;
	h.after = case_record_last(r);
	r->steps[r->count++] = h;
	if (m->what != MOVE_TAKE) {
		r->gone = (struct move_end){ .state = HANDOVER_NONE };
		return CODE_OK;
	}
	r->gone.state = HANDOVER_DONE;
	r->gone.taken = m->day;
	return CODE_OK;
}

enum op_code case_record_leave(struct case_record *r, const struct op *op, struct op_id id,
			       uint64_t lsn, uint32_t author_unit)
{
	if (op->move.what == MOVE_SEND)
		return send_off(r, op, id, lsn, author_unit);
	return answered(r, op, id, lsn, author_unit);
}

/* ---- the receiver's end ---- */

static enum op_code offered(struct case_record *r, const struct op *op, struct op_id id,
			    uint64_t lsn)
{
	const struct op_move *m = &op->move;
	struct case_state st = { .stage = CASE_NONE };

	memset(r, 0, sizeof(*r));
	memcpy(r->person, m->as, PERSON_ID);
	r->unit = m->other;
	r->opened_lsn = r->record_lsn = lsn;
	r->record = id;
	r->codes = m->codes;
	r->came = (struct move_end){
		.state = HANDOVER_OPEN, .way = m->way, .unit = op->unit, .sent = m->day
	};
	memcpy(r->came.person, m->person, PERSON_ID);
	for (size_t i = 0; i < m->step_count && i < CASE_STEPS_MAX; i++) {
		if (case_apply(&st, &m->steps[i].step, NULL))
			return CODE_STEP_INVALID;
		r->steps[r->count++] = (struct case_held){
			.id = id, .lsn = lsn, .step = m->steps[i].step, .author_unit = op->unit
		};
	}
	return r->count ? CODE_OK : CODE_STEP_INVALID;
}

enum op_code case_record_arrive(struct case_record *r, const struct op *op, struct op_id id,
				uint64_t lsn)
{
	const struct op_move *m = &op->move;
	uint32_t sender = m->what == MOVE_RECALL ? op->unit : m->other;

	if (m->what == MOVE_SEND)
		return offered(r, op, id, lsn);
	if (r->came.state != HANDOVER_OPEN || r->came.unit != sender ||
	    memcmp(r->came.person, m->person, PERSON_ID) || m->day < r->came.sent)
		return CODE_STEP_INVALID;
	r->came.state = m->what == MOVE_TAKE ? HANDOVER_DONE : HANDOVER_BACK;
	r->came.taken = m->day;
	return CODE_OK;
}

/* ---- what each end counts ---- */

/* Whoever leaves on a day is counted at the sender's on that day still, so at the receiver's from the next. */
static day_t first_day(const struct move_end *m)
{
	return m->taken > m->sent ? m->taken : m->sent + 1;
}

bool case_record_entry(struct case_entry *out, struct case_step *to, const struct case_record *r)
{
	*out = (struct case_entry){ .facts = person_codes_facts(&r->codes),
				    .steps = to,
				    .held_from = DAY_MIN,
				    .held_to = DAY_MAX };
	if (!case_record_here(r))
		return false;
	for (size_t i = 0; i < r->count; i++) {
		if (r->steps[i].step.kind >= STEP_WRITTEN)
			continue;
		to[out->count++] = r->steps[i].step;
		if (r->came.state == HANDOVER_DONE && same(r->steps[i].id, r->steps[0].id))
			out->brought = out->count;
	}
	if (r->came.state == HANDOVER_DONE) {
		out->came_over = true;
		out->came = r->came.way;
		out->held_from = first_day(&r->came);
	}
	if (r->gone.state != HANDOVER_NONE) {
		out->went_over = true;
		out->went = r->gone.way;
		out->held_to = r->gone.sent;
		out->arrives = r->gone.state == HANDOVER_DONE ? first_day(&r->gone) : DAY_MAX;
	}
	return true;
}
