/* Sizes of the field, in one place. A body over its limit becomes a refused entry. */
#ifndef DOMAIN_LIMITS_H
#define DOMAIN_LIMITS_H

#include <stdint.h>

enum {
	CODE_MAX =
		24, /* bytes of a unit's, form's, measure's code: a-z 0-9 _ - . (units also A-Z) */
	NAME_MAX_BYTES = 240, /* 120 characters of Vietnamese */
	REASON_MAX = 1000,    /* bytes of a reason, a source, "telephone, who" */
	DOC_NO_MAX = 80,
	GROUP_NAME_MAX = 63, /* of an emulation group */
	MEASURES_MAX = 96,   /* measures of one form */
	MEASURE_NO_MAX =
		4095, /* numbers are given once and never again; the same code, the same number */
	FORM_NO_MAX = 255,
	RULES_MAX = 64,     /* rules of one form, those made for parents and groups among them */
	SHEET_OPS_MAX = 64, /* distinct ops whose versions stand in one sheet */
	SHEET_VERSIONS_MAX = 512,
	CLAIM_ID_MAX = 64,
	OP_BODY_MAX = 16 << 10,
	OP_FORM_BODY_MAX = 64 << 10,
	ACT_CHANGES_MAX = 256,
	ACT_INTO_MAX = 64, /* successors of one unit */
	ACT_SHARE_WHOLE = 1000000,
	UNIT_DEPTH_MAX =
		8, /* country, province, direct, intermediate, committee, section, sub-cell, one spare */
};

/* Beyond it a figure is a slip of the hand; sums of everything in a country stay far inside int64. */
#define FIGURE_VALUE_MAX INT64_C(1000000000000)
#endif
