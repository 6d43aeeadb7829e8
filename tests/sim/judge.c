/* Verdicts: what the table of rights, the plan and the calendar say of an op, asked of the naive model as
 * of the entry before it, against what the server wrote down. */
#include "sim.h"

#include <inttypes.h>

static bool was_made(const struct sim *s, struct op_id id, const struct hash *body)
{
	for (size_t i = s->made_count; i-- > 0;)
		if (!op_id_cmp(s->made[i].id, id) && hash_eq(&s->made[i].body, body))
			return true;
	return false;
}

struct asked {
	const struct sim *s;
	const struct entry *en;
	const struct op *op;
	uint64_t known; /* everything before this entry */
	uint64_t base;  /* what its author had read */
	day_t since; /* made in a log that was left: it may have been judged there from this day on */
};

/* Of the entry behind which the log that it was made in is another one; today, when it is this one. */
static day_t left_on(struct sim *s, const struct entry *en, const struct envelope *env,
		     struct arena *a)
{
	const struct feed_branch *line;
	uint64_t left = UINT64_MAX;
	bool found = false;
	size_t count;

	must(feed_line(&line, &count, s->l, a, &s->e), &s->e, "a line");
	for (size_t i = 0; i < count; i++) {
		if (found && line[i].branch_lsn < left)
			left = line[i].branch_lsn;
		found |= !memcmp(line[i].id, env->base.incarnation, sizeof(line[i].id));
	}
	if (!found && count > 1)
		left = line[count - 1].branch_lsn;
	return day_of_instant(left < en->lsn ? s->log[left - 1].time_ms : en->time_ms);
}

/* Was its author in office on the day on which it was judged first? */
static bool in_office(const struct asked *q, const struct op *person)
{
	return day_of_instant(q->en->time_ms) >= person->person.from &&
	       (!person->person.to || q->since <= person->person.to);
}

/* Row "write", "sign as self" and "recall" of the table of rights, for the day that decides. */
static bool may(const struct asked *q, enum person_role role, day_t day)
{
	uint32_t unit = q->op->unit, mine = q->en->author_unit;
	bool own = unit == mine,
	     below = !own && naive_inside_on(q->s->n, unit, mine, day, q->known);
	bool as_self = q->op->kind == OP_RECALL || q->op->sheet.sign.how == SIGN_OWN;

	if (q->op->kind == OP_RETURN || q->op->kind == OP_ACCEPT)
		return below && role == ROLE_APPROVER;
	if (as_self)
		return own && role == ROLE_APPROVER;
	if (role == ROLE_CLERK || role == ROLE_APPROVER)
		return own || (below && q->op->on_behalf.len);
	return role == ROLE_OPERATOR && below && q->op->on_behalf.len;
}

static bool stands(const struct asked *q, day_t day)
{
	return naive_alive(q->s->n, q->op->unit, day, q->known);
}

static uint8_t form_of(const struct asked *q)
{
	return q->op->sheet.form == FORM_SHORT ? FORM_SHORT : 0;
}

static bool planned(const struct asked *q, uint64_t known)
{
	return naive_planned(q->s->n, q->op->unit, form_of(q), q->op->sheet.period, known);
}

/* A flash runs from the first of its month, or from where the unit's plan begins in it: on the day before there was none. */
static bool flash_runs(const struct asked *q)
{
	struct period p = q->op->sheet.period;

	if (day_to_ymd(p.from).day == 1)
		return true;
	p.from--;
	return planned(q, q->known) && !naive_planned(q->s->n, q->op->unit, 0, p, q->known);
}

/* The entry that last changed the sheet. */
static uint64_t touched_by(const struct sim *s, const struct naive_key *k)
{
	for (size_t i = s->log_count; i-- > 0;) {
		const struct logged *g = &s->log[i];

		if (g->writes && g->key.unit == k->unit && g->key.form == k->form &&
		    g->key.period.from == k->period.from && g->key.period.to == k->period.to)
			return g->lsn;
	}
	return 0;
}

/* What is signed, open, and as its superior has seen it; taken back only before it is accepted. That it was signed
 * in time may be said afterwards, once. */
static enum op_code right_of_mark(const struct asked *q)
{
	static struct naive_sheet is;
	const struct op_mark *m = &q->op->mark;
	struct naive_key k = { q->op->unit, (uint8_t)m->form, m->period };
	bool afterwards = q->op->kind == OP_ACCEPT && m->in_time;

	if (naive_closed(q->s->n, k, q->en->time_ms, q->known))
		return CODE_CLOSED;
	naive_sheet(q->s->n, k, q->known, &is);
	if (!is.sign_lsn)
		return CODE_NOTHING_TO_DO;
	if ((q->op->kind != OP_RECALL && touched_by(q->s, &k) > m->seen_lsn) ||
	    (q->op->kind != OP_RETURN && is.accepted && !(afterwards && !is.in_time)) ||
	    (q->op->kind == OP_ACCEPT && is.changed))
		return CODE_STATE_WRONG;
	return CODE_OK;
}

/* CODE_OK: nothing of all this is against it. */
static enum op_code right_answer(const struct asked *q)
{
	const struct op *person = naive_person(q->s->n, q->op->author, q->known);
	const struct op *device = naive_device(q->s->n, q->en->device, q->known);
	day_t today = day_of_instant(q->en->time_ms);
	struct period p = q->op->kind == OP_SHEET ? q->op->sheet.period : q->op->mark.period;
	struct naive_key k;

	if (!person || !device || person->unit != device->unit || !in_office(q, person))
		return CODE_PERSON_UNKNOWN;
	if (q->op->kind == OP_SHEET &&
	    naive_gone_over(q->s->n, q->op->unit, p.to, q->base, q->known))
		return may(q, person->person.role, p.to) ? CODE_SUCCESSOR : CODE_NOT_ALLOWED;
	if (!stands(q, p.to))
		return CODE_UNIT_CLOSED;
	if (!may(q, person->person.role, p.to))
		return CODE_NOT_ALLOWED;
	if (q->op->kind != OP_SHEET)
		return right_of_mark(q);
	if (p.from > today || (!form_of(q) && !flash_runs(q)))
		return CODE_PERIOD_WRONG;
	if (!planned(q, q->known))
		return q->base && planned(q, q->base) &&
				       naive_plan_cut(q->s->n, q->op->unit, form_of(q), p, q->base,
						      q->known)
			       ? CODE_PERIOD_CUT
			       : CODE_OUTSIDE_PLAN;
	k = (struct naive_key){ q->op->unit, (uint8_t)q->op->sheet.form, p };
	return naive_closed(q->s->n, k, q->en->time_ms, q->known) > q->base ||
			       (!q->op->reason.len &&
				naive_unread(q->s->n, k, q->en->author_unit, q->base,
					     q->en->time_ms, q->known))
		       ? CODE_CLOSED
		       : CODE_OK;
}

/* ---- targets and drafts of them ---- */

/* Below, and nobody stands between. */
static bool directly_below(const struct asked *q, uint32_t unit, uint32_t top, day_t day)
{
	if (!naive_inside_on(q->s->n, unit, top, day, q->known) || unit == top)
		return false;
	for (size_t i = 0; i < q->s->unit_count; i++) {
		uint32_t u = q->s->units[i].unit;

		if (u && u != unit && u != top &&
		    naive_inside_on(q->s->n, unit, u, day, q->known) &&
		    naive_inside_on(q->s->n, u, top, day, q->known))
			return false;
	}
	return true;
}

/* The unit's approver answers; who stands directly above drafts and gives; operators of the province do both. */
static enum op_code right_of_goal(const struct asked *q)
{
	const struct op *person = naive_person(q->s->n, q->op->author, q->known);
	const struct op *device = naive_device(q->s->n, q->en->device, q->known);
	day_t from = q->op->target.period.from;
	uint32_t unit = q->op->unit, mine = q->en->author_unit;
	enum person_role role;
	bool may_do;

	if (!person || !device || person->unit != device->unit || !in_office(q, person))
		return CODE_PERSON_UNKNOWN;
	if (!q->s->units[unit - 1].unit) /* it was made in a log that is no more */
		return CODE_UNIT_UNKNOWN;
	if (!stands(q, from))
		return CODE_UNIT_CLOSED;
	role = person->person.role;
	if (q->op->kind == OP_TARGET_REGISTER)
		may_do = role == ROLE_APPROVER && unit == mine;
	else
		may_do = (role == ROLE_OPERATOR && mine == 1) ||
			 (role == ROLE_APPROVER && directly_below(q, unit, mine, from));
	return may_do ? goals_answer(q->s, q->op, q->en->lsn) : CODE_NOT_ALLOWED;
}

/* ---- the register of persons ---- */

static bool of_register(enum op_kind k)
{
	return k == OP_CASE || k == OP_CASE_STEP || k == OP_CASE_MOVE || k == OP_MEMBER ||
	       k == OP_MEMBER_END || k == OP_MEMBER_MOVE || k == OP_FORGET || k == OP_UNIT_KEY ||
	       k == OP_RECOVER || k == OP_NAMES_READ || k == OP_CORRECT;
}

/* The unit's own people; a body its own steps of what was submitted to it; keys are recovered from above. */
static bool may_register(const struct asked *q, enum person_role role, day_t today)
{
	bool own = q->op->unit == q->en->author_unit,
	     writes = role == ROLE_CLERK || role == ROLE_APPROVER,
	     below = !own &&
		     naive_inside_on(q->s->n, q->op->unit, q->en->author_unit, today, q->known);

	if (q->op->kind == OP_RECOVER)
		return below && (writes || role == ROLE_OPERATOR);
	if (q->op->kind == OP_CASE_STEP || q->op->kind == OP_NAMES_READ)
		return own ? writes : below && (writes || role == ROLE_OPERATOR);
	return own && writes;
}

/* What is left in the register of a unit that has ended can go from there. */
static bool leaves(const struct op *op)
{
	return op->kind == OP_FORGET || op->kind == OP_NAMES_READ || op->kind == OP_RECOVER ||
	       ((op->kind == OP_CASE_MOVE || op->kind == OP_MEMBER_MOVE) &&
		op->move.what != MOVE_TAKE) ||
	       (op->kind == OP_CASE_STEP &&
		(op->step.step.kind == STEP_RETURN ||
		 (op->step.step.kind == STEP_NONE && op->step.settle_count)));
}

/* Whether a step follows or a number is known is checked of what came of it, in roster.c: here who may write, and
 * which refusals there are. */
static enum op_code right_of_register(const struct asked *q, enum op_code said)
{
	const struct op *person = naive_person(q->s->n, q->op->author, q->known);
	const struct op *device = naive_device(q->s->n, q->en->device, q->known);
	day_t today = day_of_instant(q->en->time_ms);
	day_t since = q->op->kind == OP_RECOVER ? today : q->since;

	if (!person || !device || person->unit != device->unit || !in_office(q, person))
		return CODE_PERSON_UNKNOWN;
	if (!stands(q, today) && !stands(q, since) && !leaves(q->op))
		return CODE_UNIT_CLOSED;
	if (said == CODE_CASE_UNKNOWN ||
	    said == CODE_FORGOTTEN) /* looked at before the author is */
		return said;
	if (!may_register(q, person->person.role, today) &&
	    !may_register(q, person->person.role, since))
		return CODE_NOT_ALLOWED;
	switch (said) {
	case CODE_NOT_ALLOWED: /* it was not submitted to them */
		return q->op->unit == q->en->author_unit ? CODE_OK : said;
	case CODE_EXISTS:
	case CODE_STEP_INVALID:
	case CODE_VERSION_UNKNOWN:
	case CODE_SHEET_FULL:
	case CODE_DATE_INVALID:
	case CODE_KEEP:
	case CODE_NOTHING_TO_DO:
	case CODE_SECOND_PERSON:
	case CODE_DEVICE_UNKNOWN:
	case CODE_UNIT_UNKNOWN:
	case CODE_UNIT_CLOSED: /* the other end */
		return said;
	default:
		return CODE_OK;
	}
}

/* What an honest program may meet all the same: others were quicker. */
static bool may_be_refused(const struct sim *s, enum op_code code)
{
	switch (code) {
	case CODE_REASON_NEEDED:
	case CODE_ON_BEHALF_SIGNED:
	case CODE_SHEET_FULL:
	case CODE_NOTHING_TO_DO:
	case CODE_STATE_WRONG: /* a mark on what has changed since */
		return true;
	case CODE_VERSION_UNKNOWN:
	case CODE_NO_REQUEST: /* what it names was lost with a disk, or never read */
		return s->heavy_count || s->ever_restored || s->faults[F_CLIENT_RESTORED] ||
		       s->faults[F_CLIENT_CLONED];
	default:
		return false;
	}
}

/* What the server said whose disk is gone, if somebody has brought the op back since. */
static const struct logged *said_before(const struct sim *s, const struct logged *g)
{
	for (size_t i = s->lost_count; i-- > 0;)
		if (!op_id_cmp(s->lost[i].id, g->id) && hash_eq(&s->lost[i].body, &g->body))
			return &s->lost[i];
	return NULL;
}

static void count_right(struct sim *s, bool newer, enum op_code code)
{
	if (newer)
		sim_count(s, code == CODE_NOT_ALLOWED || code == CODE_UNIT_CLOSED ? F_OUTSIDER
										  : F_NEWER_OP);
	else if (code == CODE_NOT_ALLOWED || code == CODE_PERSON_UNKNOWN)
		sim_count(s, F_RIGHT_ENDED); /* an honest op that came too late for its author */
}

static enum op_code right_of(const struct asked *q, enum op_code said)
{
	return of_register(q->op->kind) ? right_of_register(q, said)
	       : goals_is(q->op)        ? right_of_goal(q)
					: right_answer(q);
}

void judge_check(struct sim *s, const struct entry *en, const struct envelope *env,
		 const struct logged *g, struct arena *a)
{
	bool newer = en->device == s->b->newer->device;
	const struct logged *said = said_before(s, g), *before = newer ? said : NULL;
	struct op op = { .kind = OP_NONE };
	struct asked q = { s, en, &op, en->lsn - 1, env->base.lsn, left_on(s, en, env, a) };
	enum op_verdict late = VERDICT_REFUSED;
	enum op_code want = newer ? s->newer_wants : CODE_OK;

	if (post_parked(
		    s,
		    g->id)) { /* its body is not kept, so that nobody can bring more than its hash */
		sim_count(s, F_PARKED);
		if (g->code != CODE_PARKED && !(s->ever_restored && g->code == CODE_WITHDRAWN))
			sim_fail(s,
				 "op %" PRIu64 " of device %" PRIx64
				 " took the server down twice: %s",
				 env->seq, en->device, op_code_name(g->code));
		return;
	}
	if (before) /* what cannot be read never could be; the rest is asked anew */
		want = before->code == CODE_UNSUPPORTED || before->code == CODE_UNREADABLE
			       ? before->code
			       : CODE_OK;
	if (!newer && !was_made(s, g->id, &g->body))
		sim_fail(s, "the log has op %" PRIu64 "-%u of device %" PRIx64 " that nobody made",
			 env->seq, env->epoch, en->device);
	if (!want && op_decode(&op, en->body, a, NULL) != CODE_OK)
		sim_fail(s, "entry %" PRIu64 " of a known program cannot be read", en->lsn);
	if (!want)
		want = right_of(&q, g->code);
	if (g->code && g->code != want && !newer && said && said->verdict == VERDICT_REFUSED) {
		q.since = day_of_instant(en->time_ms); /* it was brought back as refused */
		want = right_of(&q, g->code);
	}
	count_right(s, newer, g->code);
	if (g->code == CODE_CLOSED || g->code == CODE_SUCCESSOR || g->code == CODE_PERIOD_CUT)
		late = op.kind == OP_SHEET ? VERDICT_LATE : VERDICT_REFUSED;
	if (g->code && g->verdict != late)
		sim_fail(s, "entry %" PRIu64 ": %s, and the verdict is %d", en->lsn,
			 op_code_name(g->code), g->verdict);
	/* what its author had read was read in a log that is no more */
	if (s->ever_restored &&
	    (want == CODE_OK || want == CODE_UNIT_CLOSED || want == CODE_OUTSIDE_PLAN) &&
	    late == VERDICT_LATE)
		return;
	if (s->ever_restored && (want == CODE_CLOSED || want == CODE_SUCCESSOR) &&
	    (g->code == CODE_OK || g->code == CODE_UNIT_CLOSED))
		return;
	if (g->code == want || (!want && may_be_refused(s, g->code)) ||
	    (want == CODE_CLOSED && may_be_refused(s, g->code)) ||
	    (want && g->code == CODE_NO_REQUEST && may_be_refused(s, g->code)))
		return;
	sim_fail(s, "op %" PRIu64 "-%u of device %" PRIx64 ": judged %s, to be judged %s", env->seq,
		 env->epoch, en->device, op_code_name(g->code), op_code_name(want));
}
