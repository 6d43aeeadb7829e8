#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "proto_samples.h"

/* Samples 26.. of every kind that closes months or reorganises, each spoilt in one place. */
static struct op_change spoilt[ARRAY_LEN(sample_changes)];
static uint32_t shares[2];

enum {
	SUMMARY = 26,
	LATE,
	DECLINED,
	CLOSE,
	UNLOCK,
	CALENDAR,
	ACT,
	PROPOSAL,
	REGISTER,
	ACCEPT,
	NOTE,
	OFFICER,
	DRAFT = 45, /* behind those of the register of persons */
	GROUP,
	COMMEND,
	REFUSAL = 51
};
/* Places in sample_changes. */
enum { CREATE, RENAME, KIND, MOVE, MERGE, SPLIT, DISSOLVE, REOPEN, LEAVE, TARGET };

struct spoil {
	const char *label;
	size_t sample;
	enum op_code want;
	void (*apply)(struct op *op);
};

#define SPOIL(name, code)               \
	static void name(struct op *op) \
	{                               \
		(void)op;               \
		code;                   \
	}
static const uint16_t unsorted[] = { 2, 1 };
static const int64_t below_zero[] = { -1, 1 };
static const uint32_t itself[] = { 11, 31 };
static const uint32_t twice[] = { 31, 31 };

SPOIL(summary_form, op->summary.form = 0)
SPOIL(summary_period, op->summary.period.to = op->summary.period.from - 1)
SPOIL(summary_counts, op->summary.accepted = op->summary.signed_ + 1)
SPOIL(summary_signed, op->summary.signed_ = op->summary.expected + 1)
SPOIL(summary_order, op->summary.measures = unsorted; op->summary.count = 2)
SPOIL(summary_value, op->summary.values = below_zero; op->summary.count = 2)
SPOIL(summary_signer, op->summary.signer.len = 0)
SPOIL(late_lsn, op->late.lsn = 0)
SPOIL(late_reason, op->reason.len = 0; op->on_behalf.len = 0)
SPOIL(late_as, op->late.as_unit = 31)
SPOIL(close_form, op->close.form = 0)
SPOIL(close_period, op->close.period.from = op->close.period.to + 1)
SPOIL(close_unit, op->unit = 0)
SPOIL(unlock_until, op->unlock.until_ms = 0)
SPOIL(unlock_reason, op->reason.len = 0; op->on_behalf.len = 0)
SPOIL(calendar_form, op->calendar.form = 0)
SPOIL(calendar_first, op->calendar.first_day = 29)
SPOIL(calendar_none, op->calendar.first_day = 0)
SPOIL(due_of_levels, op->calendar.due_days[DUE_DIRECT] = 2)
SPOIL(act_no, op->act.no.len = 0)
SPOIL(act_day, op->act.effective = 0)
SPOIL(act_empty, op->act.count = 0)
SPOIL(act_what, spoilt[CREATE].what = CHANGE_NONE)
SPOIL(act_unit, spoilt[RENAME].unit = 0)
SPOIL(act_code, spoilt[CREATE].code = SPAN_LIT("Đề Gi"))
SPOIL(act_extra, spoilt[RENAME].parent = 1)
SPOIL(act_lacks, spoilt[MOVE].parent = 0)
SPOIL(act_own_parent, spoilt[MOVE].parent = spoilt[MOVE].unit)
SPOIL(act_itself, spoilt[SPLIT].into = itself)
SPOIL(act_twice, spoilt[SPLIT].into = twice)
SPOIL(act_merge_two, spoilt[MERGE].into_count = 2)
SPOIL(act_more_than_whole, shares[0] = 600001)
SPOIL(act_less_than_whole, shares[0] = 599999)
SPOIL(act_rest_stays, shares[0] = 599999; spoilt[SPLIT].ends = false)
SPOIL(act_target_value, spoilt[TARGET].values = below_zero)
SPOIL(act_target_without, spoilt[TARGET].values = NULL)
SPOIL(act_target_cancelled, spoilt[TARGET].values = NULL; spoilt[TARGET].into_count = 0)
SPOIL(accept_why, op->reason.len = 0; op->on_behalf.len = 0)
SPOIL(return_in_time, op->kind = OP_RETURN)
SPOIL(note_day, op->note.day = 0)
SPOIL(note_who, op->note.who.len = 0)
SPOIL(note_text, op->note.text.len = 0)
SPOIL(note_unit, op->unit = 0)
SPOIL(officer_from, op->officer.from = 0)
SPOIL(officer_to, op->officer.to = op->officer.from - 1)
SPOIL(officer_name, op->officer.name.len = 0)
SPOIL(officer_nobody, op->officer.name.len = op->officer.title.len = op->officer.phone.len = 0)
SPOIL(register_instrument, op->target.instrument = INSTR_PLAN)
SPOIL(register_rate, op->target.type = TARGET_RATE; op->target.value = 0;
      op->target.rate_digits = 3)
SPOIL(register_amends, op->target.supersedes = SPAN_LIT("1"))
SPOIL(register_until, op->target.answer_by = SAMPLE_DAY)
SPOIL(draft_of_draft, op->target.draft = 7)
SPOIL(draft_amends, op->target.supersedes = SPAN_LIT("1"))
SPOIL(draft_until, op->target.answer_by = DAY_MAX + 1)
SPOIL(draft_back, op->target.type = TARGET_NONE; op->target.value = op->target.value_max = 0)
SPOIL(draft_back_one, draft_back(op); op->target.draft = 7)
SPOIL(draft_back_value, op->target.type = TARGET_NONE; op->target.value_max = 0)
SPOIL(draft_upside, op->target.value_max = op->target.value - 1)
SPOIL(target_none, op->kind = OP_TARGET; op->target.answer_by = 0; draft_back(op))
SPOIL(target_until, op->kind = OP_TARGET)
SPOIL(group_from, op->group.from = 0)
SPOIL(group_to, op->group.to = op->group.from - 1)
SPOIL(group_none, op->group.name.len = 0)
SPOIL(group_long,
      op->group.name = SPAN_LIT("0123456789012345678901234567890123456789012345678901234567890123"))
SPOIL(commend_period, op->commend.period.to = op->commend.period.from - 1)
SPOIL(commend_title, op->commend.title.len = 0)
SPOIL(commend_back, op->commend.helped = 0)
SPOIL(commend_named, op->commend.named = true; op->commend.person[0] = 1;
      op->commend.sealed = SPAN_LIT("sealed"); op->commend.body = 1)
SPOIL(commend_nobody, commend_named(op); op->commend.person[0] = 0)
SPOIL(commend_unsealed, commend_named(op); op->commend.sealed.len = 0)
SPOIL(commend_body, op->commend.body = 1)
SPOIL(commend_self, commend_named(op); op->commend.body = op->unit)
SPOIL(commend_long, commend_named(op); op->commend.sealed.len = CASE_SEALED_MAX + 1)
SPOIL(commend_named_back, commend_named(op); op->commend.helped = 0; op->commend.sealed.len = 0;
      op->commend.body = 0)
SPOIL(commend_back_sealed, commend_named(op); op->commend.helped = 0)
SPOIL(refusal_lsn, op->act_refusal.lsn = 0)
SPOIL(refusal_why, op->reason.len = 0; op->on_behalf.len = 0)
SPOIL(proposal_of, op->act.proposal = 5)
SPOIL(late_half, op->late.as_period.to = 0)
SPOIL(late_turned, op->late.as_period.to = op->late.as_period.from - 1)
SPOIL(late_where, op->late.as_unit = 0; op->late.as_period.from = op->late.as_period.to = 9)
SPOIL(nothing, (void)op)

static const struct spoil spoils[] = {
	{ "a note", NOTE, CODE_OK, nothing },
	{ "a note of no day", NOTE, CODE_DATE_INVALID, note_day },
	{ "a note by nobody", NOTE, CODE_TEXT_INVALID, note_who },
	{ "a note that says nothing", NOTE, CODE_TEXT_INVALID, note_text },
	{ "a note on no unit", NOTE, CODE_UNIT_UNKNOWN, note_unit },
	{ "an officer", OFFICER, CODE_OK, nothing },
	{ "an officer from no day", OFFICER, CODE_DATE_INVALID, officer_from },
	{ "an officer upside down", OFFICER, CODE_DATE_INVALID, officer_to },
	{ "a title without a name", OFFICER, CODE_TEXT_INVALID, officer_name },
	{ "nobody follows", OFFICER, CODE_OK, officer_nobody },
	{ "registered by plan", REGISTER, CODE_TARGET_INVALID, register_instrument },
	{ "registered as a rate", REGISTER, CODE_TARGET_INVALID, register_rate },
	{ "a registration that amends", REGISTER, CODE_TARGET_INVALID, register_amends },
	{ "a registration that asks", REGISTER, CODE_TARGET_INVALID, register_until },
	{ "a draft", DRAFT, CODE_OK, nothing },
	{ "a draft of a draft", DRAFT, CODE_TARGET_INVALID, draft_of_draft },
	{ "a draft that amends", DRAFT, CODE_TARGET_INVALID, draft_amends },
	{ "a draft to be answered on no day", DRAFT, CODE_DATE_INVALID, draft_until },
	{ "a draft taken back", DRAFT, CODE_OK, draft_back },
	{ "one of two taken back", DRAFT, CODE_OK, draft_back_one },
	{ "taken back, with a number", DRAFT, CODE_TARGET_INVALID, draft_back_value },
	{ "a draft upside down", DRAFT, CODE_TARGET_INVALID, draft_upside },
	{ "a target of nothing", DRAFT, CODE_TARGET_INVALID, target_none },
	{ "a target to be answered", DRAFT, CODE_TARGET_INVALID, target_until },
	{ "a group", GROUP, CODE_OK, nothing },
	{ "a group from no day", GROUP, CODE_DATE_INVALID, group_from },
	{ "a group upside down", GROUP, CODE_DATE_INVALID, group_to },
	{ "back to its tags", GROUP, CODE_OK, group_none },
	{ "a group of too long a name", GROUP, CODE_TEXT_INVALID, group_long },
	{ "somebody put forward", COMMEND, CODE_OK, nothing },
	{ "put forward for days upside down", COMMEND, CODE_PERIOD_WRONG, commend_period },
	{ "nobody put forward", COMMEND, CODE_TEXT_INVALID, commend_title },
	{ "put forward no more", COMMEND, CODE_OK, commend_back },
	{ "by name", COMMEND, CODE_OK, commend_named },
	{ "a name of nobody", COMMEND, CODE_CASE_UNKNOWN, commend_nobody },
	{ "a person without a name", COMMEND, CODE_CASE_UNKNOWN, commend_unsealed },
	{ "for a body without a name", COMMEND, CODE_CASE_UNKNOWN, commend_body },
	{ "for the unit itself", COMMEND, CODE_UNIT_UNKNOWN, commend_self },
	{ "a name of too many bytes", COMMEND, CODE_UNREADABLE, commend_long },
	{ "by name no more", COMMEND, CODE_OK, commend_named_back },
	{ "no more, and sealed", COMMEND, CODE_UNREADABLE, commend_back_sealed },
	{ "a refusal of a proposal", REFUSAL, CODE_OK, nothing },
	{ "a refusal of none", REFUSAL, CODE_STATE_WRONG, refusal_lsn },
	{ "a refusal without reason", REFUSAL, CODE_REASON_NEEDED, refusal_why },
	{ "a proposal that carries one out", PROPOSAL, CODE_UNREADABLE, proposal_of },
	{ "late for half a period", LATE, CODE_PERIOD_WRONG, late_half },
	{ "late for a period turned round", LATE, CODE_PERIOD_WRONG, late_turned },
	{ "declined for another period", DECLINED, CODE_UNREADABLE, late_where },
	{ "a summary", SUMMARY, CODE_OK, nothing },
	{ "a late op counts", LATE, CODE_OK, nothing },
	{ "a late op is declined", DECLINED, CODE_OK, nothing },
	{ "a closing", CLOSE, CODE_OK, nothing },
	{ "an unlocking", UNLOCK, CODE_OK, nothing },
	{ "a calendar", CALENDAR, CODE_OK, nothing },
	{ "an act", ACT, CODE_OK, nothing },
	{ "a proposal", PROPOSAL, CODE_OK, nothing },
	{ "a registration", REGISTER, CODE_OK, nothing },
	{ "an acceptance in time", ACCEPT, CODE_OK, nothing },
	{ "summary without form", SUMMARY, CODE_FORM_UNKNOWN, summary_form },
	{ "summary period", SUMMARY, CODE_PERIOD_WRONG, summary_period },
	{ "more accepted than signed", SUMMARY, CODE_UNREADABLE, summary_counts },
	{ "more signed than expected", SUMMARY, CODE_UNREADABLE, summary_signed },
	{ "measures out of order", SUMMARY, CODE_UNREADABLE, summary_order },
	{ "a total below zero", SUMMARY, CODE_VALUE_RANGE, summary_value },
	{ "nobody signed the summary", SUMMARY, CODE_SIGNATURE_INCOMPLETE, summary_signer },
	{ "no late entry", LATE, CODE_LATE_UNKNOWN, late_lsn },
	{ "late without reason", LATE, CODE_REASON_NEEDED, late_reason },
	{ "declined as another unit's", DECLINED, CODE_UNREADABLE, late_as },
	{ "closing without form", CLOSE, CODE_FORM_UNKNOWN, close_form },
	{ "closing's period", CLOSE, CODE_PERIOD_WRONG, close_period },
	{ "closing of no unit", CLOSE, CODE_UNIT_UNKNOWN, close_unit },
	{ "unlocking without end", UNLOCK, CODE_DATE_INVALID, unlock_until },
	{ "unlocking without reason", UNLOCK, CODE_REASON_NEEDED, unlock_reason },
	{ "calendar without form", CALENDAR, CODE_FORM_UNKNOWN, calendar_form },
	{ "months from the 29th", CALENDAR, CODE_CALENDAR_INVALID, calendar_first },
	{ "months from day 0", CALENDAR, CODE_CALENDAR_INVALID, calendar_none },
	{ "due before the level below", CALENDAR, CODE_CALENDAR_INVALID, due_of_levels },
	{ "act without number", ACT, CODE_ACT_INVALID, act_no },
	{ "act without a day", ACT, CODE_DATE_INVALID, act_day },
	{ "act without changes", ACT, CODE_NOTHING_TO_DO, act_empty },
	{ "a change of no sort", ACT, CODE_UNREADABLE, act_what },
	{ "a change of no unit", ACT, CODE_UNREADABLE, act_unit },
	{ "a code that is none", ACT, CODE_TREE_INVALID, act_code },
	{ "a rename with a parent", ACT, CODE_UNREADABLE, act_extra },
	{ "a move without parent", ACT, CODE_UNREADABLE, act_lacks },
	{ "under itself", ACT, CODE_ACT_INVALID, act_own_parent },
	{ "split into itself", ACT, CODE_ACT_INVALID, act_itself },
	{ "the same successor twice", ACT, CODE_ACT_INVALID, act_twice },
	{ "merged into two", ACT, CODE_UNREADABLE, act_merge_two },
	{ "shares over the whole", ACT, CODE_ACT_INVALID, act_more_than_whole },
	{ "an end that leaves a rest", ACT, CODE_ACT_INVALID, act_less_than_whole },
	{ "a unit that keeps a rest", ACT, CODE_OK, act_rest_stays },
	{ "a share of a target below zero", ACT, CODE_TARGET_INVALID, act_target_value },
	{ "a target's successors without figures", ACT, CODE_TARGET_INVALID, act_target_without },
	{ "a target is cancelled", ACT, CODE_OK, act_target_cancelled },
	{ "in time, and nobody says why", ACCEPT, CODE_REASON_NEEDED, accept_why },
	{ "returned in time", ACCEPT, CODE_UNREADABLE, return_in_time },
};

ParameterizedTestParameters(op_check_months, spoil)
{
	static size_t index[ARRAY_LEN(spoils)];

	for (size_t i = 0; i < ARRAY_LEN(spoils); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(spoils));
}

ParameterizedTest(size_t *index, op_check_months, spoil)
{
	const struct spoil *s = &spoils[*index];
	struct op op = sample_op(s->sample);
	struct err e;

	memcpy(spoilt, sample_changes, sizeof(spoilt));
	memcpy(shares, sample_shares, sizeof(shares));
	spoilt[SPLIT].shares = shares;
	if (op.kind == OP_ACT || op.kind == OP_ACT_PROPOSAL)
		op.act.changes = spoilt;
	s->apply(&op);
	cr_assert_eq(op_check(&op, &e), s->want, "%s", s->label);
}
