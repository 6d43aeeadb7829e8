/* Verdicts on the register of persons. What the rules of the field say is not asked here: they warn the author
 * and refuse nothing. Refused is what cannot be, and who may not. */
#include "decide.h"

#include "domain/case_rule.h"
#include "ledger/emulate.h"

#include <limits.h>
#include <stdlib.h>

int check_register_on(struct deciding *d, bool *go_on)
{
	int rc = register_on(d->l, go_on, d->e);

	if (rc || *go_on)
		return rc;
	return refuse(d, CODE_REGISTER_OFF, NULL);
}

int check_unit_ever(struct deciding *d, bool *go_on)
{
	const struct unit *u = tree_get(d->l->tree, d->op->unit);

	*go_on = u && u->opened <= d->today && !d->by->as_before;
	return *go_on ? 0 : check_unit_now(d, go_on);
}

static int check_kept_and_may(struct deciding *d, enum right right, bool *go_on)
{
	int rc = check_register_on(d, go_on);

	if (!rc && *go_on)
		rc = check_rights_now(d, right, go_on);
	return rc;
}

int check_register_left(struct deciding *d, enum right right, bool *go_on)
{
	int rc = check_unit_ever(d, go_on);

	return rc || !*go_on ? rc : check_kept_and_may(d, right, go_on);
}

/* The unit is there today, the register is kept, the author may. */
int check_register(struct deciding *d, enum right right, bool *go_on)
{
	int rc = check_unit_now(d, go_on);

	return rc || !*go_on ? rc : check_kept_and_may(d, right, go_on);
}

int check_register_day(struct deciding *d, day_t day, bool *go_on)
{
	*go_on = day <= d->today;
	return *go_on ? 0 : refuse(d, CODE_DATE_INVALID, NULL);
}

/* *r is the case, found and not forgotten. */
static int check_case(struct deciding *d, const uint8_t *person, struct case_record *r, bool *go_on)
{
	int rc = case_get(d->l, d->op->unit, person, r, d->e);

	*go_on = !rc;
	if (rc == -ERR_NOTFOUND)
		return refuse(d, CODE_CASE_UNKNOWN, NULL);
	if (rc || !r->forgotten_lsn)
		return rc;
	*go_on = false;
	return refuse(d, CODE_FORGOTTEN, NULL);
}

static int judge_case(struct deciding *d, struct case_record *r)
{
	const struct op_case *c = &d->op->open;
	bool go_on;
	int rc;

	if (c->step.kind == STEP_NONE) {
		rc = check_case(d, c->person, r, &go_on);
		if (rc || !go_on)
			return rc;
		if (!case_record_here(r) || r->gone.state == HANDOVER_DONE)
			return refuse(d, CODE_STEP_INVALID, case_step_code(STEP_MOVED));
		return accept(d);
	}
	rc = case_get(d->l, d->op->unit, c->person, r, d->e);
	if (!rc)
		return refuse(d, CODE_EXISTS, NULL);
	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = check_register_day(d, c->step.day, &go_on);
	if (rc || !go_on)
		return rc;
	if (case_record_open(r, d->op, d->by->id, 1, d->by->author_unit))
		return refuse(d, CODE_STEP_INVALID, case_step_code(c->step.kind));
	return accept(d);
}

int decide_case(struct deciding *d)
{
	struct case_record *r = NULL;
	bool go_on;
	int rc = check_register(d, RIGHT_REGISTER, &go_on);

	if (rc || !go_on)
		return rc;
	r = calloc(1, sizeof(*r));
	rc = r ? judge_case(d, r) : err_set(d->e, ERR_NOMEM, "no memory for a case");
	free(r);
	return rc;
}

/* The unit itself, which writes down what came on paper too; or the body it was submitted to, its own steps. */
static int check_author(struct deciding *d, const struct case_record *r, bool *go_on)
{
	bool of_body = r->body && r->body == d->by->author_unit && r->body != d->op->unit &&
		       (case_step_is_of_body(d->op->step.step.kind) || d->op->step.settle_count);

	return check_rights_now(d, of_body ? RIGHT_SCREEN : RIGHT_REGISTER, go_on);
}

/* Who decides is the unit itself, where it has the authority, or one above it. */
static int check_body(struct deciding *d, bool *go_on)
{
	uint32_t to = d->op->step.to;

	*go_on = !to || tree_inside(d->l->tree, d->op->unit, to, d->today, UINT64_MAX) ||
		 (d->by->since &&
		  tree_inside(d->l->tree, d->op->unit, to, d->by->since, UINT64_MAX));
	return *go_on ? 0 : refuse(d, CODE_UNIT_UNKNOWN, NULL);
}

/* Who was sent to another unit as a member, or is one there, is called back before anybody settles that they are none. */
static int judge_member_of(struct deciding *d, const struct case_record *after)
{
	struct register_member m;
	int rc = member_get(d->l, after->unit, after->person, &m, d->e);

	if (rc)
		return rc == -ERR_NOTFOUND ? accept(d) : rc;
	if (m.gone.state != HANDOVER_NONE && register_member_follow(&m, after))
		return refuse(d, CODE_STEP_INVALID, member_end_code(m.how));
	return accept(d);
}

static int judge_step(struct deciding *d, struct case_record *r)
{
	const struct op_case_step *s = &d->op->step;
	enum op_code code;
	bool go_on;
	int rc = check_case(d, s->person, r, &go_on);

	if (!rc && go_on)
		rc = check_author(d, r, &go_on);
	if (!rc && go_on)
		rc = check_body(d, &go_on);
	if (!rc && go_on && s->step.kind != STEP_NONE)
		rc = check_register_day(d, s->step.day, &go_on);
	if (rc || !go_on)
		return rc;
	code = case_record_step(r, d->op, d->by->id, 1, d->by->author_unit);
	if (code)
		return refuse(d, code, case_step_code(s->step.kind));
	return judge_member_of(d, r);
}

/* Without it nobody could be sent on from a unit that has ended. */
static bool frees(const struct op_case_step *s)
{
	return s->step.kind == STEP_RETURN || (s->step.kind == STEP_NONE && s->settle_count);
}

int decide_case_step(struct deciding *d)
{
	struct case_record *r = NULL;
	bool go_on;
	int rc = frees(&d->op->step) ? check_unit_ever(d, &go_on) : check_unit_now(d, &go_on);

	if (!rc && go_on)
		rc = check_register_on(d, &go_on);
	if (rc || !go_on)
		return rc;
	r = calloc(1, sizeof(*r));
	rc = r ? judge_step(d, r) : err_set(d->e, ERR_NOMEM, "no memory for a case");
	free(r);
	return rc;
}

static int judge_member(struct deciding *d, const uint8_t *person, bool is_new, day_t day)
{
	struct register_member m;
	bool go_on;
	int rc = member_get(d->l, d->op->unit, person, &m, d->e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (is_new != (rc == -ERR_NOTFOUND))
		return refuse(d, is_new ? CODE_EXISTS : CODE_CASE_UNKNOWN, NULL);
	if (!is_new && !member_here(&m))
		return refuse(d, CODE_CASE_UNKNOWN, NULL);
	if (!is_new && m.how != MEMBER_STAYS)
		return refuse(d, CODE_STEP_INVALID, member_end_code(m.how));
	if (!is_new && d->op->kind == OP_MEMBER_END && day < member_first_day(&m))
		return refuse(d, CODE_DATE_INVALID, NULL);
	rc = check_register_day(d, day, &go_on);
	return rc || !go_on ? rc : accept(d);
}

int decide_member(struct deciding *d)
{
	const struct op_member *m = &d->op->member;
	bool is_new = !m->over.seq, go_on;
	int rc = check_register(d, RIGHT_REGISTER, &go_on);

	if (rc || !go_on)
		return rc;
	rc = check_register_day(d, m->gained, &go_on);
	if (rc || !go_on)
		return rc;
	return judge_member(d, m->person, is_new,
			    m->recognised > m->admitted ? m->recognised : m->admitted);
}

/* A membership ends once; what was written by mistake ends as that, and is written anew. */
int decide_member_end(struct deciding *d)
{
	bool go_on;
	int rc = check_register(d, RIGHT_REGISTER, &go_on);

	if (rc || !go_on)
		return rc;
	return judge_member(d, d->op->member_end.person, false, d->op->member_end.day);
}

/* Asking and confirming are of two persons; a part of the log asks the same of the entry it holds. What was asked in a log
 * that is no more has come back under another number: of one record it is the same. */
int check_second(struct deciding *d, uint64_t asked_lsn, uint64_t confirms, bool *go_on)
{
	bool lost = false, came_back = false;
	struct entry en;
	struct op asked;
	struct span bytes;
	int rc = number_lost(d, confirms, &lost);

	if (!rc && lost)
		rc = number_lost(d, asked_lsn, &came_back);
	if (rc)
		return rc;
	*go_on = confirms == asked_lsn || came_back;
	if (!*go_on)
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	rc = log_get(d->l, asked_lsn, &bytes, d->e);
	if (!rc)
		rc = entry_decode(&en, bytes, d->a, d->e);
	if (!rc)
		rc = body_of(d->op->kind, &asked, &en, d->a, d->e);
	if (rc)
		return rc;
	*go_on = console(d) ? !span_eq(asked.source, d->op->source) : asked.author != d->op->author;
	return *go_on ? 0 : refuse(d, CODE_SECOND_PERSON, NULL);
}

/* Somebody who was a member: not while a rule wants the record kept. What was written by mistake is no record. */
static int check_kept(struct deciding *d, const struct register_member *m, bool *go_on)
{
	unsigned months;
	int rc = register_keep_months(d->l, &months, d->e);

	*go_on = m->how == MEMBER_MISTAKE || (m->how != MEMBER_STAYS && months <= INT_MAX &&
					      d->today >= months_after(m->ended, (int)months));
	return rc || *go_on ? rc : refuse(d, CODE_KEEP, member_end_code(m->how));
}

/* Put forward by name, and neither a case nor a member here. */
static int judge_forget_commended(struct deciding *d)
{
	const struct op_forget *f = &d->op->forget;
	struct commended_person who;
	struct register_asked asked;
	bool go_on = true;
	int rc = query_commended_person(&who, d->l, d->op->unit, f->person, d->e);

	if (rc == -ERR_NOTFOUND)
		return refuse(d, CODE_CASE_UNKNOWN, NULL);
	if (!rc)
		rc = asked_get(d->l, OP_FORGET, d->op->unit, f->person, &asked, d->e);
	if (!rc && asked.lsn)
		return refuse(d, CODE_FORGOTTEN, NULL);
	if (!rc && f->confirms)
		rc = check_second(d, asked.asked_lsn, f->confirms, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* Of somebody whose case made them a member: as of a member. */
static int check_was_member(struct deciding *d, bool *go_on)
{
	struct register_member m;
	int rc = member_get(d->l, d->op->unit, d->op->forget.person, &m, d->e);

	*go_on = false;
	if (rc)
		return rc == -ERR_NOTFOUND ? refuse(d, CODE_KEEP, case_stage_code(CASE_RECOGNISED))
					   : rc;
	if (m.how == MEMBER_IN_TRANSIT || m.how == MEMBER_MOVED)
		return refuse(d, CODE_STEP_INVALID, member_end_code(m.how));
	return check_kept(d, &m, go_on);
}

static int judge_forget_member(struct deciding *d)
{
	const struct op_forget *f = &d->op->forget;
	struct register_asked asked;
	struct register_member m;
	bool go_on;
	int rc = member_get(d->l, d->op->unit, f->person, &m, d->e);

	if (rc == -ERR_NOTFOUND)
		return judge_forget_commended(d);
	if (!rc)
		rc = asked_get(d->l, OP_FORGET, d->op->unit, f->person, &asked, d->e);
	if (!rc && asked.lsn)
		return refuse(d, CODE_FORGOTTEN, NULL);
	/* on the way: two units have keys of them */
	if (!rc && (m.how == MEMBER_IN_TRANSIT || !member_here(&m)))
		return refuse(d, CODE_STEP_INVALID, member_end_code(m.how));
	if (!rc)
		rc = check_kept(d, &m, &go_on);
	if (!rc && go_on && f->confirms)
		rc = check_second(d, asked.asked_lsn, f->confirms, &go_on);
	return rc || !go_on ? rc : accept(d);
}

static int judge_forget(struct deciding *d, struct case_record *r)
{
	struct case_state st;
	bool go_on;
	int rc = case_get(d->l, d->op->unit, d->op->forget.person, r, d->e);

	if (rc == -ERR_NOTFOUND)
		return judge_forget_member(d);
	if (!rc)
		rc = check_case(d, d->op->forget.person, r, &go_on);
	if (rc || !go_on)
		return rc;
	case_record_state(&st, r);
	if (st.stage == CASE_RECOGNISED) { /* a member like any other from then on */
		rc = check_was_member(d, &go_on);
		if (rc || !go_on)
			return rc;
	} else if (case_is_member(st.stage) || st.stage == CASE_DECIDED) {
		return refuse(d, CODE_KEEP, case_stage_code(st.stage));
	}
	/* on the way: two units have keys of them; gone over: none has here */
	if (st.stage == CASE_IN_TRANSIT || st.stage == CASE_MOVED || !case_record_here(r))
		return refuse(d, CODE_STEP_INVALID, case_stage_code(st.stage));
	if (d->op->forget.confirms)
		rc = check_second(d, r->forget_asked_lsn, d->op->forget.confirms, &go_on);
	return rc || !go_on ? rc : accept(d);
}

int decide_forget(struct deciding *d)
{
	struct case_record *r = NULL;
	bool go_on;
	int rc = check_register_left(d, RIGHT_FORGET, &go_on);

	if (rc || !go_on)
		return rc;
	r = calloc(1, sizeof(*r));
	rc = r ? judge_forget(d, r) : err_set(d->e, ERR_NOMEM, "no memory for a case");
	free(r);
	return rc;
}

/* Told by whoever read: the unit's own people, and a body of the names it may open. */
int decide_names(struct deciding *d)
{
	bool go_on;
	int rc = check_register_left(
		d, d->by->author_unit == d->op->unit ? RIGHT_REGISTER : RIGHT_SCREEN, &go_on);

	return rc || !go_on ? rc : accept(d);
}

int decide_unit_key(struct deciding *d)
{
	const struct unit *u;
	struct rd row;
	bool go_on;
	int rc = check_register(d, RIGHT_REGISTER, &go_on);

	if (rc || !go_on)
		return rc;
	u = tree_get(d->l->tree, d->op->unit);
	if (d->op->unit_key.code.len && !span_eq(d->op->unit_key.code, span_str(u->code)))
		return refuse(d, CODE_UNIT_UNKNOWN, u->code);
	rc = row_get(d->l, T_UNIT_KEY, key_person(d->op->unit, d->op->unit_key.key), &row, d->e);
	if (rc == -ERR_NOTFOUND)
		return accept(d);
	return rc ? rc : refuse(d, CODE_EXISTS, NULL);
}
