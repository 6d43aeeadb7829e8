/* Targets: what a unit is to reach, by which document. Several stand side by side on one unit and
 * year, and every percentage names its own. Sources of the kinds: the five documents named in
 * scripts/demo/documents/SOURCES.md. */
#ifndef DOMAIN_TARGET_H
#define DOMAIN_TARGET_H

#include "base/dates.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum target_instrument {
	INSTR_NONE,
	INSTR_CONGRESS,
	INSTR_RESOLUTION,
	INSTR_DECISION,
	INSTR_DIRECTIVE,
	INSTR_CONCLUSION,
	INSTR_PROGRAMME,
	INSTR_SCHEME,
	INSTR_PLAN,
	INSTR_LETTER,
	INSTR_NOTICE,
	INSTR_REGISTRATION,
	INSTR_OTHER,
	INSTR_COUNT
};
const char *instrument_name(enum target_instrument i);
enum target_instrument instrument_parse(struct span text);

/* A maximum, of a number or of a rate, is a limit: what is counted is to stay at or under it (hamlets without a party cell, members
 * removed). It is kept or not; there is no attainment of it. */
enum target_type {
	TARGET_NONE,
	TARGET_EXACT,
	TARGET_MINIMUM,
	TARGET_RANGE,
	TARGET_RATE,
	TARGET_MAXIMUM,
	TARGET_RATE_MAXIMUM, /* a rate that is not to be exceeded */
	TARGET_TYPES
};
const char *target_type_name(enum target_type t);
enum target_type target_type_parse(struct span text);

struct op_target {
	struct period period;
	struct span measure, group; /* codes; group empty: all */
	enum target_instrument instrument;
	struct span doc_no, issuer;
	day_t doc_date; /* 0 unknown */
	enum target_type type;
	int64_t value, value_max; /* exact, minimum, maximum: value; range: both */
	int64_t rate_digits;      /* rate, rate maximum: 3 % is 3 with 0 decimals */
	uint8_t rate_decimals;
	day_t base_date; /* 0: none stated */
	bool has_base;
	int64_t base_value;
	bool per_year;          /* each year of `period`, else the whole */
	struct span supersedes; /* doc_no of the version it amends; empty: a new target */
	uint64_t draft;         /* entry of the draft that it makes good, or answers; 0 none */
	day_t answer_by; /* of a draft: the unit's registration is asked for by then; 0 not */
};

/* The same unit being given: are both of one period, measure and group? Versions, drafts and answers of
 * one number are. */
bool target_same_subject(const struct op_target *a, const struct op_target *b);

bool target_is_limit(const struct op_target *t);
bool target_is_rate(const struct op_target *t); /* of a base; a limit or not */

/* Numbers that one document may give side by side: a number to reach, a rate, a limit. Of the same sort only
 * one stands, and only those of the same sort are added up or held against each other. */
bool target_same_sort(const struct op_target *a, const struct op_target *b);

/* The whole number to reach, or not to exceed: value (exact, minimum, maximum), the lower bound (range), the smallest whole
 * number not below rate x base (rate; needs a base: -ERR_NOTFOUND without), the greatest not above it (rate maximum). -ERR_RANGE on overflow. */
int target_goal(int64_t *goal, const struct op_target *t, struct err *e);

/* What of it contradicts itself, a msgid: a range upside down or without its upper bound, an upper bound of something
 * else, a base after the period. NULL: nothing of these. */
const char *target_broken_rule(const struct op_target *t);

/* attained - goal, in people; negative: still missing, or of a limit still left. */
int target_excess(int64_t *excess, int64_t attained, int64_t goal, struct err *e);
#endif
