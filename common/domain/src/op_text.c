#include "domain/op.h"

#include "base/lang.h"

static const char *const texts[CODES] = {
	[CODE_OK] = N_("accepted by the server"),
	[CODE_UNSUPPORTED] = N_("this kind of entry is not known here; the program may be too old"),
	[CODE_UNREADABLE] = N_("the entry cannot be read"),
	[CODE_OVERSIZED] = N_("the entry is too large"),
	[CODE_WITHDRAWN] = N_("taken back before it was sent"),
	[CODE_NOT_ALLOWED] = N_("this person or device may not do that for this unit"),
	[CODE_UNIT_UNKNOWN] = N_("there is no such unit"),
	[CODE_UNIT_CLOSED] =
		N_("the unit did not exist on that day, or on the last day of that period"),
	[CODE_FORM_UNKNOWN] = N_("there is no such form, or not that version of it"),
	[CODE_MEASURE_UNKNOWN] = N_("the form has no such measure"),
	[CODE_PERIOD_WRONG] =
		N_("that is not a period of the calendar, or it has not begun or is not over yet"),
	[CODE_OUTSIDE_PLAN] = N_("by the reporting plan this unit does not report that period"),
	[CODE_VALUE_RANGE] = N_("the figure is too large"),
	[CODE_VERSION_UNKNOWN] = N_("it replaces a figure that the server has never seen"),
	[CODE_REASON_NEEDED] = N_(
		"it needs a reason: it changes what is signed or given, or is not the number of the draft"),
	[CODE_SIGNATURE_INCOMPLETE] = N_("the signature lacks a name or a day"),
	[CODE_FORK] =
		N_("the same number was used for another entry: the device was copied or set back"),
	[CODE_SHEET_FULL] = N_(
		"too many different figures stand side by side in this sheet; resolve them first"),
	[CODE_TARGET_INVALID] = N_("the target contradicts itself"),
	[CODE_TARGET_UNKNOWN] = N_("it amends a target that does not exist"),
	[CODE_EXISTS] = N_("there is one already"),
	[CODE_TREE_INVALID] = N_("it does not fit into the tree of units"),
	[CODE_PLAN_INVALID] = N_("another unit on the same path reports these days"),
	[CODE_FORM_INVALID] = N_("the form does not hold together"),
	[CODE_DATE_INVALID] = N_("a date is wrong"),
	[CODE_PARKED] = N_("set aside after it stopped the server twice; an operator has to look"),
	[CODE_NO_REQUEST] = N_("nobody asked for figures of that day"),
	[CODE_CLAIM_INVALID] = N_("the published figure contradicts itself"),
	[CODE_TEXT_INVALID] = N_("a text is too long or not valid UTF-8"),
	[CODE_ON_BEHALF_SIGNED] =
		N_("the unit has signed its own sheet; return it instead of writing over it"),
	[CODE_PERSON_UNKNOWN] = N_("the person is not known for this unit"),
	[CODE_DEVICE_UNKNOWN] = N_("there is no such device"),
	[CODE_NOTHING_TO_DO] = N_("there is nothing to change"),
	[CODE_NOT_ILLUSTRATIVE] = N_("only an illustrative store has a clock that can be set"),
	[CODE_STATE_WRONG] =
		N_("the sheet is not in that state, or not any more; look at it again"),
	[CODE_CLOSED] = N_("the period is closed for this unit"),
	[CODE_ACT_INVALID] = N_("the act does not hold together"),
	[CODE_SUCCESSOR] = N_(
		"the unit has gone over into another; a person decides where the figures belong"),
	[CODE_PERIOD_CUT] = N_(
		"a reorganisation cut this period; its author had not read of it, so a person says for which part it counts"),
	[CODE_SECOND_PERSON] = N_("a second person has to confirm it, not the one who asked"),
	[CODE_LATE_UNKNOWN] = N_("there is no late entry of that number still to be decided on"),
	[CODE_CALENDAR_INVALID] =
		N_("the calendar leaves a gap, overlaps, or has a level due before the one below"),
	[CODE_CASE_UNKNOWN] = N_("there is no such case in this unit"),
	[CODE_STEP_INVALID] = N_("this step cannot follow on where the case stands"),
	[CODE_REGISTER_OFF] =
		N_("this province keeps no register of persons; figures are typed as before"),
	[CODE_FORGOTTEN] = N_("the person was forgotten: nothing more is written about them"),
	[CODE_KEEP] = N_("a member's record has to be kept, and is not forgotten"),
};

const char *op_code_text(enum op_code c)
{
	return (unsigned)c < CODES && texts[c]
		       ? texts[c]
		       : N_("refused for a reason that this program does not know");
}

static const char *const kinds[OP_KIND_MAX + 1] = {
	[OP_SHEET] = N_("sheet"),
	[OP_RECALL] = N_("recall"),
	[OP_RETURN] = N_("return"),
	[OP_ACCEPT] = N_("acceptance"),
	[OP_SUMMARY] = N_("summary"),
	[OP_LATE_DECISION] = N_("late-sheet decision"),
	[OP_REQUEST] = N_("request"),
	[OP_NOTE] = N_("note on a unit"),
	[OP_TARGET] = N_("target"),
	[OP_TARGET_REGISTER] = N_("target registration"),
	[OP_MEMBERS] = N_("member count"),
	[OP_CLAIM] = N_("claim"),
	[OP_TARGET_DRAFT] = N_("draft of a target"),
	[OP_COMMEND] = N_("person put forward"),
	[OP_UNIT] = N_("unit"),
	[OP_ACT] = N_("reorganisation act"),
	[OP_PLAN] = N_("reporting plan"),
	[OP_FORM] = N_("form"),
	[OP_CALENDAR] = N_("calendar of periods"),
	[OP_SETTING] = N_("setting"),
	[OP_CLOSE] = N_("closing"),
	[OP_UNLOCK] = N_("unlocking"),
	[OP_ACT_PROPOSAL] = N_("reorganisation proposal"),
	[OP_OFFICER] = N_("following officer"),
	[OP_GROUP] = N_("emulation group"),
	[OP_ACT_REFUSAL] = N_("refusal of a reorganisation proposal"),
	[OP_PERSON] = N_("person"),
	[OP_ENROL_CODE] = N_("enrolment code"),
	[OP_DEVICE] = N_("device"),
	[OP_REVOKE] = N_("device revoked"),
	[OP_EPOCH] = N_("new epoch of a device"),
	[OP_SUSPEND] = N_("device suspended"),
	[OP_INCARNATION] = N_("incarnation"),
	[OP_START] = N_("server start"),
	[OP_PASSWORD] = N_("password"),
	[OP_NAMES_READ] = N_("names read"),
	[OP_CLOCK] = N_("clock set"),
	[OP_RIGHTS_END] = N_("end of rights"),
	[OP_PARK] = N_("set aside"),
	[OP_CASE] = N_("case"),
	[OP_CASE_STEP] = N_("step of a case"),
	[OP_CASE_MOVE] = N_("case moved"),
	[OP_MEMBER] = N_("member"),
	[OP_MEMBER_MOVE] = N_("member moved"),
	[OP_MEMBER_END] = N_("member gone"),
	[OP_CLASS] = N_("awareness class"),
	[OP_MEETING] = N_("meeting"),
	[OP_FORGET] = N_("names forgotten"),
	[OP_UNIT_KEY] = N_("unit key"),
	[OP_RECOVERY_KEY] = N_("printed recovery key"),
	[OP_RECOVER] = N_("recovery of a unit's keys"),
	[OP_KEYS_RESTORED] = N_("key store restored"),
	[OP_CORRECT] = N_("correction of a person's record"),
};

const char *op_kind_text(enum op_kind k)
{
	return (unsigned)k < ARRAY_LEN(kinds) && kinds[k] ? kinds[k] : "?";
}
