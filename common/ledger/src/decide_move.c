/* Verdicts on persons between two units. Both ends agree: one sends, the other takes over or does not; and as long as it
 * has not, the one who sent calls back. Of two that meet the one the log had first holds. */
#include "decide.h"

#include "ledger/recovery.h"

#include <stdlib.h>

/* The other end is there, and may be written to today. */
static int check_receiver(struct deciding *d, bool *go_on)
{
	uint32_t other = d->op->move.other;
	const struct unit *u = tree_get(d->l->tree, other);

	*go_on = true;
	if (d->l->scope && !u) /* a part need not know units elsewhere */
		return 0;
	*go_on = u && alive_now(d, u);
	if (!u)
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	return *go_on ? 0 : refuse(d, CODE_UNIT_CLOSED, u->code);
}

/* The answer that held in a lost log may not be back yet, and keys are destroyed since: the sender's, where somebody was
 * taken over; the receiver's, where they were called back or refused. With another answer in front of it nobody could open
 * them any more. Whoever takes over as this log stands has the key at that moment; who did so in another log may have
 * destroyed it. */
static int check_answer(struct deciding *d, bool *go_on)
{
	bool recovering, has_key = d->op->move.what == MOVE_TAKE && !d->by->elsewhere;
	int rc;

	*go_on = true;
	if (d->op->move.what == MOVE_SEND || has_key || d->by->held || d->l->scope)
		return 0;
	rc = ledger_recovering(d->l, &recovering, d->e);
	*go_on = !rc && !recovering;
	return recovering && !rc ? refuse(d, CODE_CASE_UNKNOWN, NULL) : rc;
}

static int check_move(struct deciding *d, bool *go_on)
{
	/* whom a unit had as it ended it may send on; it takes over nobody more */
	int rc = d->op->move.what == MOVE_TAKE ? check_register(d, RIGHT_REGISTER, go_on)
					       : check_register_left(d, RIGHT_REGISTER, go_on);

	if (!rc && *go_on)
		rc = check_answer(d, go_on);
	if (!rc && *go_on)
		rc = check_register_day(d, d->op->move.day, go_on);
	if (!rc && *go_on && d->op->move.what == MOVE_SEND)
		rc = check_receiver(d, go_on);
	return rc;
}

static uint32_t sender(const struct deciding *d)
{
	const struct op_move *m = &d->op->move;

	return m->what == MOVE_SEND || m->what == MOVE_RECALL ? d->op->unit : m->other;
}

static uint32_t receiver(const struct deciding *d)
{
	return sender(d) == d->op->unit ? d->op->move.other : d->op->unit;
}

/* What is not there in a part that holds one end alone is left to the server. */
static int absent(struct deciding *d, bool own, bool *go_on)
{
	*go_on = d->l->scope && !own;
	return *go_on ? 0 : refuse(d, CODE_CASE_UNKNOWN, NULL);
}

/* ---- cases ---- */

static int leave_case(struct deciding *d, struct case_record *r, bool *go_on)
{
	int rc = case_get(d->l, sender(d), d->op->move.person, r, d->e);
	enum op_code code;

	if (rc == -ERR_NOTFOUND)
		return absent(d, sender(d) == d->op->unit, go_on);
	*go_on = !rc;
	if (rc)
		return rc;
	if (r->forgotten_lsn) {
		*go_on = false;
		return refuse(d, CODE_FORGOTTEN, NULL);
	}
	if (d->op->move.what == MOVE_SEND) {
		rc = check_sent_whole(d, r->person, go_on);
		if (rc || !*go_on)
			return rc;
	}
	code = r->rival_count && d->op->move.what == MOVE_SEND
		       ? CODE_STEP_INVALID /* two outcomes: which of them would go along? */
		       : case_record_leave(r, d->op, d->by->id, 1, d->by->author_unit);
	*go_on = !code;
	if (code &&
	    sender(d) != d->op->unit) { /* an answer: what they wrote there need not be here */
		rc = unless_holes(d->l, sender(d), 1, d->e);
		*go_on = !rc;
		if (rc <= 0)
			return rc;
	}
	return code ? refuse(d, code, case_step_code(STEP_MOVE)) : 0;
}

static int arrive_case(struct deciding *d, struct case_record *r, bool *go_on)
{
	int rc = case_get(d->l, receiver(d), d->op->move.as, r, d->e);
	bool is_new = d->op->move.what == MOVE_SEND;
	enum op_code code;

	*go_on = false;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (is_new && !rc)
		return refuse(d, CODE_EXISTS, NULL);
	if (!is_new && rc)
		return absent(d, receiver(d) == d->op->unit, go_on);
	code = case_record_arrive(r, d->op, d->by->id, 1);
	*go_on = !code;
	return code ? refuse(d, code, case_step_code(STEP_MOVE)) : 0;
}

int decide_case_move(struct deciding *d)
{
	struct case_record *r = NULL;
	bool go_on;
	int rc = check_move(d, &go_on);

	if (rc || !go_on)
		return rc;
	r = calloc(1, sizeof(*r));
	rc = r ? leave_case(d, r, &go_on) : err_set(d->e, ERR_NOMEM, "no memory for a case");
	if (!rc && go_on)
		rc = arrive_case(d, r, &go_on);
	free(r);
	return rc || !go_on ? rc : accept(d);
}

/* ---- members ---- */

/* Two outcomes of the case that made them a member: are they one? */
static int check_one_outcome(struct deciding *d, const uint8_t *person, bool *go_on)
{
	struct case_record *r = calloc(1, sizeof(*r));
	int rc = r ? case_get(d->l, d->op->unit, person, r, d->e)
		   : err_set(d->e, ERR_NOMEM, "no memory for a case");

	*go_on = rc || !r->rival_count;
	free(r);
	if (!*go_on)
		return refuse(d, CODE_STEP_INVALID, case_step_code(STEP_MOVE));
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int leave_member(struct deciding *d, bool *go_on)
{
	struct register_member m;
	int rc = member_get(d->l, sender(d), d->op->move.person, &m, d->e);
	enum op_code code;

	if (rc == -ERR_NOTFOUND)
		return absent(d, sender(d) == d->op->unit, go_on);
	*go_on = !rc;
	if (rc)
		return rc;
	if (d->op->move.what == MOVE_SEND && d->op->move.day < member_first_day(&m)) {
		*go_on = false;
		return refuse(d, CODE_DATE_INVALID, NULL); /* gone before they came */
	}
	if (d->op->move.what == MOVE_SEND) {
		rc = check_sent_whole(d, m.person, go_on);
		if (!rc && *go_on)
			rc = check_one_outcome(d, m.person, go_on);
		if (rc || !*go_on)
			return rc;
	}
	code = member_leave(&m, d->op);
	*go_on = !code;
	return code ? refuse(d, code, member_end_code(m.how)) : 0;
}

static int arrive_member(struct deciding *d, bool *go_on)
{
	struct register_member m;
	int rc = member_get(d->l, receiver(d), d->op->move.as, &m, d->e);
	bool is_new = d->op->move.what == MOVE_SEND;
	enum op_code code;

	*go_on = false;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (is_new && !rc)
		return refuse(d, CODE_EXISTS, NULL);
	if (!is_new && rc)
		return absent(d, receiver(d) == d->op->unit, go_on);
	code = member_arrive(&m, d->op, d->by->id, 1);
	*go_on = !code;
	return code ? refuse(d, code, member_end_code(m.how)) : 0;
}

int decide_member_move(struct deciding *d)
{
	bool go_on;
	int rc = check_move(d, &go_on);

	if (!rc && go_on)
		rc = leave_member(d, &go_on);
	if (!rc && go_on)
		rc = arrive_member(d, &go_on);
	return rc || !go_on ? rc : accept(d);
}
