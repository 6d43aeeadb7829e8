#include "codec_kind.h"

struct kind_row {
	bool known;
	uint8_t payload;
};

static const struct kind_row kinds[OP_KIND_MAX + 1] = {
	[OP_SHEET] = { true, PAYLOAD_SHEET },
	[OP_RECALL] = { true, PAYLOAD_MARK },
	[OP_RETURN] = { true, PAYLOAD_MARK },
	[OP_ACCEPT] = { true, PAYLOAD_MARK },
	[OP_SUMMARY] = { true, PAYLOAD_SUMMARY },
	[OP_LATE_DECISION] = { true, PAYLOAD_LATE },
	[OP_REQUEST] = { true, PAYLOAD_REQUEST },
	[OP_NOTE] = { true, PAYLOAD_NOTE },
	[OP_TARGET] = { true, PAYLOAD_TARGET },
	[OP_TARGET_REGISTER] = { true, PAYLOAD_TARGET },
	[OP_TARGET_DRAFT] = { true, PAYLOAD_TARGET },
	[OP_COMMEND] = { true, PAYLOAD_COMMEND },
	[OP_MEMBERS] = { true, PAYLOAD_MEMBERS },
	[OP_CLAIM] = { true, PAYLOAD_CLAIM },
	[OP_UNIT] = { true, PAYLOAD_UNIT },
	[OP_ACT] = { true, PAYLOAD_ACT },
	[OP_PLAN] = { true, PAYLOAD_PLAN },
	[OP_FORM] = { true, PAYLOAD_FORM },
	[OP_CALENDAR] = { true, PAYLOAD_CALENDAR },
	[OP_SETTING] = { true, PAYLOAD_SETTING },
	[OP_CLOSE] = { true, PAYLOAD_CLOSE },
	[OP_UNLOCK] = { true, PAYLOAD_UNLOCK },
	[OP_ACT_PROPOSAL] = { true, PAYLOAD_ACT },
	[OP_OFFICER] = { true, PAYLOAD_OFFICER },
	[OP_GROUP] = { true, PAYLOAD_GROUP },
	[OP_ACT_REFUSAL] = { true, PAYLOAD_ACT_REFUSAL },
	[OP_PERSON] = { true, PAYLOAD_PERSON },
	[OP_ENROL_CODE] = { true, PAYLOAD_ENROL_CODE },
	[OP_DEVICE] = { true, PAYLOAD_DEVICE },
	[OP_REVOKE] = { true, PAYLOAD_DEVICE },
	[OP_EPOCH] = { true, PAYLOAD_DEVICE },
	[OP_SUSPEND] = { true, PAYLOAD_DEVICE },
	[OP_INCARNATION] = { true, PAYLOAD_INCARNATION },
	[OP_START] = { true, PAYLOAD_NONE },
	[OP_CLOCK] = { true, PAYLOAD_CLOCK },
	[OP_NAMES_READ] = { true, PAYLOAD_NAMES },
	[OP_CASE] = { true, PAYLOAD_CASE },
	[OP_CASE_STEP] = { true, PAYLOAD_CASE_STEP },
	[OP_MEMBER] = { true, PAYLOAD_MEMBER },
	[OP_MEMBER_END] = { true, PAYLOAD_MEMBER_END },
	[OP_CASE_MOVE] = { true, PAYLOAD_MOVE },
	[OP_MEMBER_MOVE] = { true, PAYLOAD_MOVE },
	[OP_FORGET] = { true, PAYLOAD_FORGET },
	[OP_UNIT_KEY] = { true, PAYLOAD_UNIT_KEY },
	[OP_RECOVERY_KEY] = { true, PAYLOAD_UNIT_KEY },
	[OP_RECOVER] = { true, PAYLOAD_RECOVER },
	[OP_KEYS_RESTORED] = { true, PAYLOAD_CLOCK },
	[OP_CORRECT] = { true, PAYLOAD_CORRECT },
};

bool kind_payload(uint32_t kind, enum payload *out)
{
	if (kind > OP_KIND_MAX || !kinds[kind].known)
		return false;
	*out = (enum payload)kinds[kind].payload;
	return true;
}
