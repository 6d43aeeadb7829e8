/* State from the register's entries: cases, how many stand at each stage, keys of units. */
#include "internal.h"

#include <stdlib.h>

static int funnel_put(struct ledger *l, uint32_t unit, const int64_t at[CASE_STAGES], struct err *e)
{
	struct buf *b = row_begin(l);
	size_t count = 0;

	for (size_t i = 0; i < CASE_STAGES; i++)
		count += at[i] != 0;
	buf_varint(b, count);
	for (size_t i = 0; i < CASE_STAGES; i++) {
		if (!at[i])
			continue;
		buf_u8(b, (uint8_t)i);
		buf_zigzag(b, at[i]);
	}
	return row_put(l, T_FUNNEL, key_u32(unit), e);
}

int funnel_move(struct ledger *l, uint32_t unit, enum case_stage from, enum case_stage to,
		struct err *e)
{
	int64_t at[CASE_STAGES];
	int rc;

	if (from == to)
		return 0;
	rc = funnel_get(l, unit, at, e);
	if (rc)
		return rc;
	if (from != CASE_NONE && from != CASE_MOVED)
		at[from]--;
	if (to != CASE_NONE && to != CASE_MOVED) /* who went over stands where they are now */
		at[to]++;
	return funnel_put(l, unit, at, e);
}

static enum op_code fold(struct case_record *r, const struct entry *en, const struct op *op,
			 struct op_id id)
{
	if (op->kind == OP_CASE_STEP)
		return case_record_step(r, op, id, en->lsn, en->author_unit);
	if (op->open.step.kind == STEP_NONE)
		return case_record_over(r, op, id, en->lsn);
	return case_record_open(r, op, id, en->lsn, en->author_unit);
}

/* Who is recognised is a member of the unit from then on, under the same number and with the same record; the case goes
 * on to count the admission. Where a person decides that another outcome stands the row is undone, not dropped: how the
 * membership ended may have been written since, and holds again should it be settled back. */
static int member_follow(struct ledger *l, const struct case_record *r, enum case_stage was,
			 enum case_stage is, struct err *e)
{
	struct register_member m;
	int rc;

	if (was != CASE_RECOGNISED && is != CASE_RECOGNISED)
		return 0;
	rc = member_get(l, r->unit, r->person, &m, e);
	if (rc == -ERR_NOTFOUND && is == CASE_RECOGNISED) {
		register_member_of_case(&m, r);
		return member_put(l, &m, e);
	}
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	return register_member_follow(&m, r) ? member_put(l, &m, e) : 0;
}

/* The case as this entry leaves it; *was: at which stage it stood. 1: it cannot be so, and `e` says why. */
static int case_after(struct case_record *r, enum case_stage *was, struct ledger *l,
		      const struct entry *en, const struct op *op, struct op_id id, struct err *e)
{
	const uint8_t *person = op->kind == OP_CASE ? op->open.person : op->step.person;
	struct case_state st = { .stage = CASE_NONE };
	int rc = case_get(l, op->unit, person, r, e);

	if (!rc)
		case_record_state(&st, r);
	*was = st.stage;
	if (rc == -ERR_NOTFOUND && op->kind != OP_CASE) {
		err_set(e, ERR_CORRUPT, "entry %llu is of no case", (unsigned long long)en->lsn);
		return 1;
	}
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (fold(r, en, op, id)) {
		err_set(e, ERR_CORRUPT, "entry %llu was accepted, but its case is not so",
			(unsigned long long)en->lsn);
		return 1;
	}
	return 0;
}

int apply_case(struct ledger *l, const struct entry *en, const struct envelope *env,
	       const struct op *op, struct err *e)
{
	struct op_id id = { en->device, env->epoch, env->seq };
	struct case_record *r = calloc(1, sizeof(*r));
	enum case_stage was;
	struct case_state is;
	day_t none = 0;
	int rc;

	if (!r)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	rc = case_after(r, &was, l, en, op, id, e);
	if (rc > 0) {
		free(r);
		return unless_holes(l, op->unit, -ERR_CORRUPT, e);
	}
	if (!rc && r->corrected && op->kind == OP_CASE)
		rc = fixes_under(l, r->unit, r->person, &r->codes, &none, &none, e);
	if (!rc)
		rc = case_put(l, r, e);
	if (!rc) {
		case_record_state(&is, r);
		rc = funnel_move(l, op->unit, was, is.stage, e);
	}
	if (!rc)
		rc = member_follow(l, r, was, is.stage, e);
	free(r);
	return rc;
}

int apply_member(struct ledger *l, const struct entry *en, const struct envelope *env,
		 const struct op *op, struct err *e)
{
	struct register_member m;
	int rc = member_get(l, op->unit, op->member.person, &m, e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	memcpy(m.person, op->member.person, PERSON_ID);
	m.unit = op->unit;
	m.codes = op->member.codes;
	m.admitted = op->member.admitted;
	m.recognised = op->member.recognised;
	if (!op->member.over.seq) {
		m.gain = op->member.gain;
		m.gained = op->member.gained;
	}
	m.record = (struct op_id){ en->device, env->epoch, env->seq };
	m.record_lsn = en->lsn;
	rc = m.corrected ? fixes_under(l, m.unit, m.person, &m.codes, &m.admitted, &m.recognised, e)
			 : 0;
	return rc ? rc : member_put(l, &m, e);
}

int apply_member_end(struct ledger *l, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e)
{
	struct register_member m;
	int rc = member_get(l, op->unit, op->member_end.person, &m, e);

	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_CORRUPT, "entry %llu is of no member",
			       (unsigned long long)en->lsn);
	m.how = op->member_end.how;
	m.ended = op->member_end.day;
	m.end = (struct op_id){ en->device, env->epoch, env->seq };
	m.end_lsn = en->lsn;
	return rc ? rc : member_put(l, &m, e);
}

int apply_forget(struct ledger *l, const struct entry *en, const struct envelope *env,
		 const struct op *op, struct err *e)
{
	struct case_record *r = calloc(1, sizeof(*r));
	int rc;

	(void)env;
	if (!r)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	rc = case_get(l, op->unit, op->forget.person, r, e);
	if (!rc && op->forget.confirms)
		r->forgotten_lsn = en->lsn;
	else if (!rc)
		r->forget_asked_lsn = en->lsn;
	if (!rc)
		rc = case_put(l, r, e);
	else if (rc == -ERR_NOTFOUND)
		rc = asked_note(l, en, op->unit, op->forget.person, op->forget.confirms, op->kind,
				e);
	free(r);
	if (rc || !op->forget.confirms)
		return rc;
	return forgotten_put(l, en->lsn, op->unit, op->forget.person, e);
}

int forgotten_put(struct ledger *l, uint64_t lsn, uint32_t unit, const uint8_t person[PERSON_ID],
		  struct err *e)
{
	buf_varint(row_begin(l), unit);
	buf_bytes(&l->row, span_of(person, PERSON_ID));
	return row_put(l, T_FORGOTTEN, key_u64(lsn), e);
}

int apply_unit_key(struct ledger *l, const struct entry *en, const struct envelope *env,
		   const struct op *op, struct err *e)
{
	struct buf *b = row_begin(l);
	int rc;

	(void)env;
	buf_varint(b, op->unit_key.generation);
	buf_bytes(b, span_of(op->unit_key.public_half, sizeof(op->unit_key.public_half)));
	buf_u64(b, en->device);
	buf_varint(b, en->lsn);
	buf_varint(b, op->unit_key.direct);
	buf_lenspan(b, op->unit_key.code);
	rc = row_put(l, T_UNIT_KEY, key_person(op->unit, op->unit_key.key), e);
	/* whoever sends somebody to that unit seals to it */
	return rc ? rc : addressed_put(l, en->lsn, 0, e);
}
