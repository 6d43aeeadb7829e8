/* Which payload belongs to which kind of op. Not seen outside proto/src. */
#ifndef PROTO_CODEC_KIND_H
#define PROTO_CODEC_KIND_H

#include "domain/op.h"

/* Field numbers of schema/op.proto's Body. */
enum payload {
	PAYLOAD_NONE = 0, /* the kind has no payload */
	PAYLOAD_SHEET = 16,
	PAYLOAD_MARK,
	PAYLOAD_MEMBERS,
	PAYLOAD_TARGET,
	PAYLOAD_CLAIM,
	PAYLOAD_UNIT,
	PAYLOAD_PLAN,
	PAYLOAD_FORM,
	PAYLOAD_REQUEST,
	PAYLOAD_SETTING,
	PAYLOAD_INCARNATION,
	PAYLOAD_DEVICE,
	PAYLOAD_PERSON,
	PAYLOAD_ENROL_CODE,
	PAYLOAD_CLOCK,
	PAYLOAD_SUMMARY,
	PAYLOAD_LATE,
	PAYLOAD_CLOSE,
	PAYLOAD_UNLOCK,
	PAYLOAD_CALENDAR,
	PAYLOAD_ACT,
	PAYLOAD_NOTE,
	PAYLOAD_OFFICER,
	PAYLOAD_NAMES,
	PAYLOAD_CASE,
	PAYLOAD_CASE_STEP,
	PAYLOAD_FORGET,
	PAYLOAD_UNIT_KEY,
	PAYLOAD_MEMBER,
	PAYLOAD_MEMBER_END,
	PAYLOAD_GROUP = 48,
	PAYLOAD_COMMEND,
	PAYLOAD_END
};

/* False for a kind whose body this program cannot read. */
bool kind_payload(uint32_t kind, enum payload *out);
#endif
