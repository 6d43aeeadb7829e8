/* What holds of the ops that close months and reorganise the tree, whatever the state. */
#include "op_check.h"

static enum op_code check_form_period(uint8_t form, struct period p, const char *form_field,
				      const char *period_field, struct err *e)
{
	if (!form)
		return op_out_of_range(e, CODE_FORM_UNKNOWN, form_field);
	if (!is_period(p))
		return op_out_of_range(e, CODE_PERIOD_WRONG, period_field);
	return CODE_OK;
}

enum op_code op_check_summary(const struct op *op, struct err *e)
{
	const struct op_summary *s = &op->summary;
	const struct line_rule lines[] = {
		{ "summary.preparer", s->preparer, NAME_MAX_BYTES, CODE_OK },
		{ "summary.signer", s->signer, NAME_MAX_BYTES, CODE_SIGNATURE_INCOMPLETE },
		{ "summary.title", s->title, NAME_MAX_BYTES, CODE_OK },
	};
	enum op_code code = check_form_period(s->form, s->period, "summary.form", "summary.period",
					      e);

	if (code != CODE_OK)
		return code;
	if (s->count > MEASURES_MAX || s->accepted > s->signed_ || s->signed_ > s->expected)
		return op_malformed(e, "summary.expected");
	for (size_t i = 0; i < s->count; i++) {
		if (!s->measures[i] || s->measures[i] > MEASURE_NO_MAX)
			return op_out_of_range(e, CODE_MEASURE_UNKNOWN, "summary.measures");
		if (i && s->measures[i] <= s->measures[i - 1])
			return op_malformed(e, "summary.measures");
		if (s->values[i] < 0) /* a sum over a country may pass the bound of one figure */
			return op_out_of_range(e, CODE_VALUE_RANGE, "summary.values");
	}
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

enum op_code op_check_late(const struct op *op, struct err *e)
{
	if (!op->late.lsn)
		return op_missing(e, CODE_LATE_UNKNOWN, "late.lsn");
	if (!op->late.counts && (op->late.as_unit || op->late.as_period.to))
		return op_malformed(e, "late.as_unit");
	if (op->late.as_period.to ? !is_period(op->late.as_period) : op->late.as_period.from)
		return op_out_of_range(e, CODE_PERIOD_WRONG, "late.as_period");
	if (!op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	return CODE_OK;
}

enum op_code op_check_close(const struct op *op, struct err *e)
{
	return check_form_period(op->close.form, op->close.period, "close.form", "close.period", e);
}

enum op_code op_check_unlock(const struct op *op, struct err *e)
{
	enum op_code code = check_form_period(op->unlock.form, op->unlock.period, "unlock.form",
					      "unlock.period", e);

	if (code != CODE_OK)
		return code;
	if (!op->unlock.until_ms || !is_instant(op->unlock.until_ms))
		return op_out_of_range(e, CODE_DATE_INVALID, "unlock.until_ms");
	if (!op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	return CODE_OK;
}

enum op_code op_check_calendar(const struct op *op, struct err *e)
{
	const struct op_calendar *c = &op->calendar;

	if (!c->form)
		return op_out_of_range(e, CODE_FORM_UNKNOWN, "calendar.form");
	if (!is_day(c->from))
		return op_out_of_range(e, CODE_DATE_INVALID, "calendar.from");
	if (!c->first_day || c->first_day > 28) {
		err_set(e, ERR_RANGE,
			"months begin on a day from 1 to 28, which every month has, not on %u",
			(unsigned)c->first_day);
		return CODE_CALENDAR_INVALID;
	}
	/* a level has at least as long as the one below: it waits for it */
	for (int level = DUE_DIRECT; level < DUE_LEVELS; level++) {
		if (c->due_days[level] < c->due_days[level - 1]) {
			err_set(e, ERR_RANGE,
				"a level of %u days after one below it of %u: it waits for that one, and needs as long at least",
				(unsigned)c->due_days[level], (unsigned)c->due_days[level - 1]);
			return CODE_CALENDAR_INVALID;
		}
	}
	return CODE_OK;
}

/* Which fields each change has. What is not named here must be empty. */
enum {
	HAS_PARENT = 1,
	HAS_KIND = 2,
	HAS_CODE = 4,
	HAS_NAME = 8,
	HAS_INTO = 16,
	HAS_SHARES = 32,
	HAS_TARGET = 64,
	HAS_ENDS = 128
};
static const uint8_t change_fields[CHANGES] = {
	[CHANGE_CREATE] = HAS_PARENT | HAS_KIND | HAS_CODE | HAS_NAME,
	[CHANGE_RENAME] = HAS_NAME,
	[CHANGE_KIND] = HAS_KIND,
	[CHANGE_MOVE] = HAS_PARENT,
	[CHANGE_MERGE] = HAS_INTO,
	[CHANGE_SPLIT] = HAS_INTO | HAS_SHARES | HAS_ENDS,
	[CHANGE_DISSOLVE] = 0,
	[CHANGE_REOPEN] = 0,
	[CHANGE_LEAVE] = 0,
	[CHANGE_TARGET] = HAS_TARGET,
};

static uint8_t fields_there(const struct op_change *c)
{
	return (uint8_t)((c->parent ? HAS_PARENT : 0) | (c->kind ? HAS_KIND : 0) |
			 (c->code.len ? HAS_CODE : 0) | (c->name.len ? HAS_NAME : 0) |
			 (c->into_count && !c->target_lsn ? HAS_INTO : 0) |
			 (c->shares ? HAS_SHARES : 0) | (c->target_lsn ? HAS_TARGET : 0));
}

/* Successors: each once, none of them the unit itself. */
static bool into_valid(const struct op_change *c)
{
	for (size_t i = 0; i < c->into_count; i++) {
		if (!c->into[i] || c->into[i] == c->unit)
			return false;
		for (size_t j = 0; j < i; j++) {
			if (c->into[j] == c->into[i])
				return false;
		}
	}
	return true;
}

static enum op_code check_shares(const struct op_change *c, struct err *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->into_count; i++)
		sum += c->shares[i];
	if (sum > ACT_SHARE_WHOLE || (c->ends && sum != ACT_SHARE_WHOLE)) {
		err_set(e, ERR_INVALID, "act: the shares of unit %u add up to %llu of %d", c->unit,
			(unsigned long long)sum, ACT_SHARE_WHOLE);
		return CODE_ACT_INVALID;
	}
	return CODE_OK;
}

static enum op_code check_change(const struct op_change *c, struct err *e)
{
	const struct line_rule lines[] = {
		{ "act.name", c->name, NAME_MAX_BYTES, CODE_OK },
	};
	uint8_t want;

	if (c->what <= CHANGE_NONE || c->what >= CHANGES || !c->unit)
		return op_malformed(e, "act.what");
	want = change_fields[c->what];
	if ((fields_there(c) ^ want) & (uint8_t)~HAS_ENDS || (c->ends && !(want & HAS_ENDS)))
		return op_malformed(e, "act.change");
	if ((want & HAS_CODE) && !unit_code_valid(c->code))
		return op_missing(e, CODE_TREE_INVALID, "act.code (a-z A-Z 0-9 _ - .)");
	if (c->parent == c->unit || c->kind >= UNIT_KINDS || !into_valid(c))
		return op_out_of_range(e, CODE_ACT_INVALID, "act.unit");
	if (c->what == CHANGE_MERGE && c->into_count != 1)
		return op_malformed(e, "act.into");
	if (c->values) {
		for (size_t i = 0; i < c->into_count; i++) {
			if (!is_count(c->values[i]))
				return op_out_of_range(e, CODE_TARGET_INVALID, "act.values");
		}
	} else if (c->what == CHANGE_TARGET && c->into_count) {
		return op_missing(e, CODE_TARGET_INVALID, "act.values");
	}
	if (c->shares) {
		enum op_code code = check_shares(c, e);

		if (code != CODE_OK)
			return code;
	}
	return op_check_lines(lines, ARRAY_LEN(lines), e);
}

enum op_code op_check_act(const struct op *op, struct err *e)
{
	const struct op_act *a = &op->act;
	const struct line_rule lines[] = {
		{ "act.no", a->no, DOC_NO_MAX, CODE_ACT_INVALID },
		{ "act.signer", a->signer, NAME_MAX_BYTES, CODE_OK },
	};
	enum op_code code = op_check_lines(lines, ARRAY_LEN(lines), e);

	if (code != CODE_OK)
		return code;
	if (a->proposal && op->kind != OP_ACT)
		return op_malformed(e, "act.proposal");
	if (!is_day(a->signed_day) || !is_day(a->effective) || !a->effective)
		return op_out_of_range(e, CODE_DATE_INVALID, "act.effective");
	if (!a->count || a->count > ACT_CHANGES_MAX)
		return op_missing(e, CODE_NOTHING_TO_DO, "act.changes");
	for (size_t i = 0; i < a->count; i++) {
		code = check_change(&a->changes[i], e);
		if (code != CODE_OK)
			return code;
	}
	return CODE_OK;
}

enum op_code op_check_act_refusal(const struct op *op, struct err *e)
{
	if (!op->act_refusal.lsn)
		return op_missing(e, CODE_STATE_WRONG, "act_refusal.lsn");
	if (!op->reason.len)
		return op_missing(e, CODE_REASON_NEEDED, "reason");
	return CODE_OK;
}
