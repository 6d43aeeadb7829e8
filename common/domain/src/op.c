#include "domain/op.h"

#include <assert.h>

int op_id_cmp(struct op_id a, struct op_id b)
{
	if (a.device != b.device)
		return a.device < b.device ? -1 : 1;
	if (a.epoch != b.epoch)
		return a.epoch < b.epoch ? -1 : 1;
	return (a.seq > b.seq) - (a.seq < b.seq);
}

static const char *const kind_names[OP_KIND_MAX + 1] = {
	[OP_SHEET] = "sheet",
	[OP_RECALL] = "recall",
	[OP_RETURN] = "return",
	[OP_ACCEPT] = "accept",
	[OP_SUMMARY] = "summary",
	[OP_LATE_DECISION] = "late-decision",
	[OP_REQUEST] = "request",
	[OP_NOTE] = "note",
	[OP_TARGET] = "target",
	[OP_TARGET_REGISTER] = "target-register",
	[OP_MEMBERS] = "members",
	[OP_CLAIM] = "claim",
	[OP_TARGET_DRAFT] = "target-draft",
	[OP_COMMEND] = "commend",
	[OP_UNIT] = "unit",
	[OP_ACT] = "act",
	[OP_PLAN] = "plan",
	[OP_FORM] = "form",
	[OP_CALENDAR] = "calendar",
	[OP_SETTING] = "setting",
	[OP_CLOSE] = "close",
	[OP_UNLOCK] = "unlock",
	[OP_ACT_PROPOSAL] = "act-proposal",
	[OP_OFFICER] = "officer",
	[OP_GROUP] = "group",
	[OP_ACT_REFUSAL] = "act-refusal",
	[OP_PERSON] = "person",
	[OP_ENROL_CODE] = "enrol-code",
	[OP_DEVICE] = "device",
	[OP_REVOKE] = "revoke",
	[OP_EPOCH] = "epoch",
	[OP_SUSPEND] = "suspend",
	[OP_INCARNATION] = "incarnation",
	[OP_START] = "start",
	[OP_PASSWORD] = "password",
	[OP_NAMES_READ] = "names-read",
	[OP_CLOCK] = "clock",
	[OP_RIGHTS_END] = "rights-end",
	[OP_PARK] = "park",
	[OP_CASE] = "case",
	[OP_CASE_STEP] = "case-step",
	[OP_CASE_MOVE] = "case-move",
	[OP_MEMBER] = "member",
	[OP_MEMBER_MOVE] = "member-move",
	[OP_MEMBER_END] = "member-end",
	[OP_CLASS] = "class",
	[OP_MEETING] = "meeting",
	[OP_FORGET] = "forget",
	[OP_UNIT_KEY] = "unit-key",
	[OP_RECOVERY_KEY] = "recovery-key",
	[OP_RECOVER] = "recover",
	[OP_KEYS_RESTORED] = "keys-restored",
	[OP_CORRECT] = "correct",
};

static const char *const code_names[] = {
	[CODE_OK] = "ok",
	[CODE_UNSUPPORTED] = "unsupported",
	[CODE_UNREADABLE] = "unreadable",
	[CODE_OVERSIZED] = "oversized",
	[CODE_WITHDRAWN] = "withdrawn",
	[CODE_NOT_ALLOWED] = "not-allowed",
	[CODE_UNIT_UNKNOWN] = "unit-unknown",
	[CODE_UNIT_CLOSED] = "unit-closed",
	[CODE_FORM_UNKNOWN] = "form-unknown",
	[CODE_MEASURE_UNKNOWN] = "measure-unknown",
	[CODE_PERIOD_WRONG] = "period-wrong",
	[CODE_OUTSIDE_PLAN] = "outside-plan",
	[CODE_VALUE_RANGE] = "value-range",
	[CODE_VERSION_UNKNOWN] = "version-unknown",
	[CODE_REASON_NEEDED] = "reason-needed",
	[CODE_SIGNATURE_INCOMPLETE] = "signature-incomplete",
	[CODE_FORK] = "fork",
	[CODE_SHEET_FULL] = "sheet-full",
	[CODE_TARGET_INVALID] = "target-invalid",
	[CODE_TARGET_UNKNOWN] = "target-unknown",
	[CODE_EXISTS] = "exists",
	[CODE_TREE_INVALID] = "tree-invalid",
	[CODE_PLAN_INVALID] = "plan-invalid",
	[CODE_FORM_INVALID] = "form-invalid",
	[CODE_DATE_INVALID] = "date-invalid",
	[CODE_PARKED] = "parked",
	[CODE_NO_REQUEST] = "no-request",
	[CODE_CLAIM_INVALID] = "claim-invalid",
	[CODE_TEXT_INVALID] = "text-invalid",
	[CODE_ON_BEHALF_SIGNED] = "on-behalf-signed",
	[CODE_PERSON_UNKNOWN] = "person-unknown",
	[CODE_DEVICE_UNKNOWN] = "device-unknown",
	[CODE_NOTHING_TO_DO] = "nothing-to-do",
	[CODE_NOT_ILLUSTRATIVE] = "not-illustrative",
	[CODE_STATE_WRONG] = "state-wrong",
	[CODE_CLOSED] = "closed",
	[CODE_ACT_INVALID] = "act-invalid",
	[CODE_SUCCESSOR] = "successor",
	[CODE_SECOND_PERSON] = "second-person",
	[CODE_LATE_UNKNOWN] = "late-unknown",
	[CODE_CALENDAR_INVALID] = "calendar-invalid",
	[CODE_CASE_UNKNOWN] = "case-unknown",
	[CODE_STEP_INVALID] = "step-invalid",
	[CODE_REGISTER_OFF] = "register-off",
	[CODE_FORGOTTEN] = "forgotten",
	[CODE_KEEP] = "keep",
	[CODE_PERIOD_CUT] = "period-cut",
};
static_assert(ARRAY_LEN(code_names) == CODES, "every code has a name");

/* Both take numbers from stored bytes, so a stranger's number is an answer, not an assert. */
const char *op_kind_name(enum op_kind k)
{
	return (unsigned)k < ARRAY_LEN(kind_names) ? kind_names[k] : NULL;
}

const char *op_code_name(enum op_code c)
{
	return (unsigned)c < ARRAY_LEN(code_names) ? code_names[c] : NULL;
}
