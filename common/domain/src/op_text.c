#include "domain/op.h"

static const char *const texts[CODES] = {
	[CODE_OK] = "accepted",
	[CODE_UNSUPPORTED] = "this kind of entry is not known here; the program may be too old",
	[CODE_UNREADABLE] = "the entry cannot be read",
	[CODE_OVERSIZED] = "the entry is too large",
	[CODE_WITHDRAWN] = "taken back before it was sent",
	[CODE_NOT_ALLOWED] = "this person or device may not do that for this unit",
	[CODE_UNIT_UNKNOWN] = "there is no such unit",
	[CODE_UNIT_CLOSED] = "the unit did not exist on the last day of that period",
	[CODE_FORM_UNKNOWN] = "there is no such form, or not that version of it",
	[CODE_MEASURE_UNKNOWN] = "the form has no such measure",
	[CODE_PERIOD_WRONG] = "that is not a period of the calendar, or it has not begun",
	[CODE_OUTSIDE_PLAN] = "by the reporting plan this unit does not report that period",
	[CODE_VALUE_RANGE] = "the figure is too large",
	[CODE_VERSION_UNKNOWN] = "it replaces a figure that the server has never seen",
	[CODE_REASON_NEEDED] = "a change to what is signed needs a reason",
	[CODE_SIGNATURE_INCOMPLETE] = "the signature lacks a name or a day",
	[CODE_FORK] =
		"the same number was used for another entry: the device was copied or set back",
	[CODE_SHEET_FULL] =
		"too many different figures stand side by side in this sheet; resolve them first",
	[CODE_TARGET_INVALID] = "the target contradicts itself",
	[CODE_TARGET_UNKNOWN] = "it amends a target that does not exist",
	[CODE_EXISTS] = "there is one already",
	[CODE_TREE_INVALID] = "it does not fit into the tree of units",
	[CODE_PLAN_INVALID] = "another unit on the same path reports these days",
	[CODE_FORM_INVALID] = "the form does not hold together",
	[CODE_DATE_INVALID] = "a date is wrong",
	[CODE_PARKED] = "set aside after it stopped the server twice; an operator has to look",
	[CODE_NO_REQUEST] = "nobody asked for figures of that day",
	[CODE_CLAIM_INVALID] = "the published figure contradicts itself",
	[CODE_TEXT_INVALID] = "a text is too long or not valid UTF-8",
	[CODE_ON_BEHALF_SIGNED] =
		"the unit has signed its own sheet; return it instead of writing over it",
	[CODE_PERSON_UNKNOWN] = "the person is not known for this unit",
	[CODE_DEVICE_UNKNOWN] = "there is no such device",
	[CODE_NOTHING_TO_DO] = "there is nothing to change",
	[CODE_NOT_ILLUSTRATIVE] = "only an illustrative store has a clock that can be set",
};

const char *op_code_text(enum op_code c)
{
	return (unsigned)c < CODES && texts[c]
		       ? texts[c]
		       : "refused for a reason that this program does not know";
}
