#include "domain/target.h"

#include "base/lang.h"
#include "base/num.h"

#include <assert.h>

static const char *const instrument_names[] = {
	[INSTR_NONE] = "none",
	[INSTR_CONGRESS] = "congress",
	[INSTR_RESOLUTION] = "resolution",
	[INSTR_DECISION] = "decision",
	[INSTR_DIRECTIVE] = "directive",
	[INSTR_CONCLUSION] = "conclusion",
	[INSTR_PROGRAMME] = "programme",
	[INSTR_SCHEME] = "scheme",
	[INSTR_PLAN] = "plan",
	[INSTR_LETTER] = "letter",
	[INSTR_NOTICE] = "notice",
	[INSTR_REGISTRATION] = "registration",
	[INSTR_OTHER] = "other",
};
static_assert(ARRAY_LEN(instrument_names) == INSTR_COUNT, "every instrument has a name");

static const char *const type_names[] = {
	[TARGET_NONE] = "none",
	[TARGET_EXACT] = "exact",
	[TARGET_MINIMUM] = "minimum",
	[TARGET_RANGE] = "range",
	[TARGET_RATE] = "rate",
	[TARGET_MAXIMUM] = "maximum",
	[TARGET_RATE_MAXIMUM] = "rate-maximum",
};
static_assert(ARRAY_LEN(type_names) == TARGET_TYPES, "every type has a name");

static unsigned find_name(const char *const *names, size_t count, struct span text)
{
	for (unsigned i = 1; i < count; i++) {
		if (span_eq(span_str(names[i]), text))
			return i;
	}
	return 0;
}

const char *instrument_name(enum target_instrument i)
{
	return instrument_names[(unsigned)i < INSTR_COUNT ? i : INSTR_NONE];
}

enum target_instrument instrument_parse(struct span text)
{
	return (enum target_instrument)find_name(instrument_names, INSTR_COUNT, text);
}

const char *target_type_name(enum target_type t)
{
	return type_names[(unsigned)t < ARRAY_LEN(type_names) ? t : TARGET_NONE];
}

enum target_type target_type_parse(struct span text)
{
	return (enum target_type)find_name(type_names, ARRAY_LEN(type_names), text);
}

bool target_same_subject(const struct op_target *a, const struct op_target *b)
{
	return span_eq(a->measure, b->measure) && span_eq(a->group, b->group) &&
	       a->period.from == b->period.from && a->period.to == b->period.to &&
	       a->per_year == b->per_year;
}

bool target_is_limit(const struct op_target *t)
{
	return t->type == TARGET_MAXIMUM || t->type == TARGET_RATE_MAXIMUM;
}

bool target_is_rate(const struct op_target *t)
{
	return t->type == TARGET_RATE || t->type == TARGET_RATE_MAXIMUM;
}

bool target_same_sort(const struct op_target *a, const struct op_target *b)
{
	return target_is_rate(a) == target_is_rate(b) && target_is_limit(a) == target_is_limit(b);
}

/* rate x base as a fraction: *num over *den. False on overflow. */
static bool rate_of(int64_t *num, int64_t *den, int64_t digits, uint8_t decimals, int64_t base)
{
	if (digits < 0 || base < 0 || decimals > NUM_DECIMALS_MAX)
		return false;
	*den = 100;
	for (unsigned i = 0; i < decimals; i++)
		*den *= 10;
	return num_mul(num, digits, base);
}

int target_goal(int64_t *goal, const struct op_target *t, struct err *e)
{
	int64_t num, den;

	switch (t->type) {
	case TARGET_EXACT:
	case TARGET_MINIMUM:
	case TARGET_RANGE:
	case TARGET_MAXIMUM:
		*goal = t->value;
		return 0;
	case TARGET_RATE:
	case TARGET_RATE_MAXIMUM:
		break;
	default:
		return err_set(e, ERR_INVALID, "the target has no type");
	}
	if (!t->has_base)
		return err_set(e, ERR_NOTFOUND, "the rate has no base yet");
	if (!rate_of(&num, &den, t->rate_digits, t->rate_decimals, t->base_value))
		return err_set(e, ERR_RANGE, "rate x base: out of range");
	*goal = num / den + (num % den != 0 && !target_is_limit(t));
	return 0;
}

const char *target_broken_rule(const struct op_target *t)
{
	if (t->type == TARGET_RANGE && !t->value_max)
		return N_("a range needs its upper bound");
	if (t->type == TARGET_RANGE && t->value_max < t->value)
		return N_("the range is upside down");
	if (t->type != TARGET_RANGE && t->type != TARGET_RATE && t->value_max)
		return N_("only a range has an upper bound");
	if (t->base_date && t->base_date > t->period.to)
		return N_("a base after the period it belongs to");
	return NULL;
}

int target_excess(int64_t *excess, int64_t attained, int64_t goal, struct err *e)
{
	if (!num_sub(excess, attained, goal))
		return err_set(e, ERR_RANGE, "attained - goal: out of range");
	return 0;
}
