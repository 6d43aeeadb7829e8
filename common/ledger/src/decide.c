/* The verdict on an op: point lookups in the state, no clock but the receive time it is given. */
#include "decide.h"

int refuse_span(struct deciding *d, enum op_code code, struct span detail)
{
	size_t len = detail.len < sizeof(d->out->detail) ? detail.len : sizeof(d->out->detail) - 1;

	while (len && len < detail.len && (detail.data[len] & 0xc0) == 0x80)
		len--; /* cut between characters */
	d->out->verdict = VERDICT_REFUSED;
	d->out->code = code;
	memset(d->out->detail, 0, sizeof(d->out->detail));
	if (len)
		memcpy(d->out->detail, detail.data, len);
	return 0;
}

int refuse(struct deciding *d, enum op_code code, const char *detail)
{
	return refuse_span(d, code, span_str(detail ? detail : ""));
}

int accept(struct deciding *d)
{
	d->out->verdict = VERDICT_ACCEPTED;
	d->out->code = CODE_OK;
	d->out->detail[0] = 0;
	return 0;
}

bool console(const struct deciding *d)
{
	return d->by->id.device == 0;
}

int check_rights_at(struct deciding *d, enum right right, uint32_t unit, day_t day, bool *go_on)
{
	enum unit_relation relation = rights_relation(d->l->tree, d->by->author_unit, unit, day,
						      UINT64_MAX);
	enum right_answer answer;

	*go_on = true;
	if (console(d)) /* set-up and scripts on the server; named in `source` */
		return 0;
	answer = rights_ask(right, d->by->role, relation);
	if (answer == RIGHT_NO || (answer == RIGHT_ON_BEHALF && !d->op->on_behalf.len)) {
		*go_on = false;
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	}
	return 0;
}

int check_rights(struct deciding *d, enum right right, day_t day, bool *go_on)
{
	return check_rights_at(d, right, d->op->unit, day, go_on);
}

bool number_too_large(const struct deciding *d, uint32_t number)
{
	return !console(d) && !d->l->scope && number > d->l->info.lsn + 1;
}

bool read_lost(const struct deciding *d)
{
	return d->by->cut && !d->by->as_before;
}

int number_lost(struct deciding *d, uint64_t lsn, bool *lost)
{
	const struct asker *by = d->by;

	*lost = read_lost(d) && lsn > by->base->lsn;
	if (!console(d) || !by->base || by->as_before)
		return 0;
	return base_lost(d->l, by->base, lsn, lost, d->e); /* of an act that is brought back */
}

int sheet_written(const struct op_sheet **out, struct op_id *id, struct deciding *d,
		  const struct entry *en, const struct envelope *env, const struct op *op,
		  struct late_sheet_op *late)
{
	struct late_row row;
	struct entry as_late;
	int rc;

	*out = NULL;
	if (!op || en->verdict != VERDICT_ACCEPTED)
		return 0;
	*id = (struct op_id){ en->device, env->epoch, env->seq };
	if (op->kind == OP_SHEET)
		*out = &op->sheet;
	if (op->kind != OP_LATE_DECISION || !op->late.counts || d->by->as_before)
		return 0;
	rc = late_get(d->l, op->late.lsn, &row, d->e);
	if (rc) /* a part of the log may be without it */
		return rc == -ERR_NOTFOUND && d->l->scope ? 0 : rc;
	arena_reset(late->a);
	rc = late_open(d->l, &op->late, en->lsn, &as_late, id, &late->op, late->a, d->e);
	*out = &late->op.sheet;
	return rc;
}

int check_unit(struct deciding *d, day_t day, bool *go_on)
{
	const struct unit *u = tree_get(d->l->tree, d->op->unit);

	*go_on = u && unit_alive(u, day);
	if (!u)
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	if (!unit_alive(u, day))
		return refuse(d, CODE_UNIT_CLOSED, u->code);
	return 0;
}

bool alive_now(const struct deciding *d, const struct unit *u)
{
	return unit_alive(u, d->today) || (d->by->since && unit_alive(u, d->by->since));
}

int check_unit_now(struct deciding *d, bool *go_on)
{
	int rc = check_unit(d, d->today, go_on);

	return rc || *go_on || !d->by->since ? rc : check_unit(d, d->by->since, go_on);
}

int check_rights_now(struct deciding *d, enum right right, bool *go_on)
{
	int rc = check_rights(d, right, d->today, go_on);

	return rc || *go_on || !d->by->since ? rc : check_rights(d, right, d->by->since, go_on);
}

typedef int decide_fn(struct deciding *);

static decide_fn *const table[OP_KIND_MAX + 1] = {
	[OP_SHEET] = decide_sheet,
	[OP_RECALL] = decide_mark,
	[OP_RETURN] = decide_mark,
	[OP_ACCEPT] = decide_mark,
	[OP_SUMMARY] = decide_summary,
	[OP_LATE_DECISION] = decide_late,
	[OP_REQUEST] = decide_request,
	[OP_NOTE] = decide_note,
	[OP_TARGET] = decide_target,
	[OP_TARGET_REGISTER] = decide_register,
	[OP_TARGET_DRAFT] = decide_draft,
	[OP_COMMEND] = decide_commend,
	[OP_MEMBERS] = decide_members,
	[OP_CLAIM] = decide_claim,
	[OP_UNIT] = decide_unit,
	[OP_PLAN] = decide_plan,
	[OP_FORM] = decide_form,
	[OP_CALENDAR] = decide_calendar,
	[OP_ACT] = decide_act,
	[OP_ACT_PROPOSAL] = decide_proposal,
	[OP_ACT_REFUSAL] = decide_act_refusal,
	[OP_SETTING] = decide_setting,
	[OP_CLOSE] = decide_close,
	[OP_UNLOCK] = decide_unlock,
	[OP_OFFICER] = decide_officer,
	[OP_GROUP] = decide_group,
	[OP_PERSON] = decide_person,
	[OP_ENROL_CODE] = decide_enrol_code,
	[OP_DEVICE] = decide_device,
	[OP_REVOKE] = decide_device,
	[OP_EPOCH] = decide_device,
	[OP_SUSPEND] = decide_device,
	[OP_INCARNATION] = decide_by_server,
	[OP_START] = decide_by_server,
	[OP_CLOCK] = decide_clock,
	[OP_NAMES_READ] = decide_names,
	[OP_CASE] = decide_case,
	[OP_CASE_STEP] = decide_case_step,
	[OP_MEMBER] = decide_member,
	[OP_MEMBER_END] = decide_member_end,
	[OP_CASE_MOVE] = decide_case_move,
	[OP_MEMBER_MOVE] = decide_member_move,
	[OP_FORGET] = decide_forget,
	[OP_UNIT_KEY] = decide_unit_key,
	[OP_RECOVERY_KEY] = decide_by_server,
	[OP_RECOVER] = decide_recover,
	[OP_KEYS_RESTORED] = decide_by_server,
	[OP_CORRECT] = decide_correct,
};

int decide(struct ledger *l, const struct op *op, const struct asker *by, int64_t time_ms,
	   struct decision *out, struct err *e)
{
	struct deciding d = { .l = l, .op = op, .by = by, .now_ms = time_ms, .out = out, .e = e };
	int rc;

	d.today = day_of_instant(time_ms);
	memset(out, 0, sizeof(*out));
	if (op->kind <= OP_NONE || op->kind > OP_KIND_MAX || !table[op->kind] ||
	    !apply_knows(op->kind))
		return refuse(&d, CODE_UNSUPPORTED, op_kind_name(op->kind));
	d.a = arena_new(SCRATCH_BUDGET);
	if (!d.a)
		return err_set(e, ERR_NOMEM, "no memory to judge an op");
	rc = by->taken && read_lost(&d) ? refuse(&d, CODE_STATE_WRONG, UNIT_TAKEN)
					: table[op->kind](&d);
	arena_free(d.a);
	assert(rc || out->verdict != VERDICT_NONE);
	return rc;
}
