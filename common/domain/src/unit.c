#include "domain/unit.h"

#include <assert.h>

static const char *const kind_names[] = {
	[UNIT_NONE] = "none",
	[UNIT_COUNTRY] = "country",
	[UNIT_PROVINCE] = "province",
	[UNIT_DIRECT] = "direct",
	[UNIT_INTERMEDIATE] = "intermediate",
	[UNIT_COMMUNE] = "commune",
	[UNIT_BASE_COMMITTEE] = "base_committee",
	[UNIT_BASE_CELL] = "base_cell",
	[UNIT_SECTION] = "section",
	[UNIT_SUB_CELL] = "sub_cell",
};
static_assert(ARRAY_LEN(kind_names) == UNIT_KINDS, "every kind has a name");

const char *unit_kind_name(enum unit_kind k)
{
	return (unsigned)k < UNIT_KINDS ? kind_names[k] : kind_names[UNIT_NONE];
}

enum unit_kind unit_kind_parse(struct span text)
{
	for (unsigned k = UNIT_NONE + 1; k < UNIT_KINDS; k++) {
		if (span_eq(span_str(kind_names[k]), text))
			return (enum unit_kind)k;
	}
	return UNIT_NONE;
}

bool unit_kind_grassroots(enum unit_kind k)
{
	return k == UNIT_COMMUNE || k == UNIT_BASE_COMMITTEE || k == UNIT_BASE_CELL;
}

bool unit_code_valid(struct span code)
{
	if (!code.len || code.len > CODE_MAX)
		return false;
	for (size_t i = 0; i < code.len; i++) {
		uint8_t c = code.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-' || c == '.'))
			return false;
	}
	return true;
}
