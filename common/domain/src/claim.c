#include "domain/claim.h"

#include "base/num.h"

#include <assert.h>

enum { ABOUT_PERCENT = 5 };

const char *claim_verdict_name(enum claim_verdict v)
{
	static const char *const names[] = {
		[CLAIM_UNKNOWN] = "unknown",
		[CLAIM_AGREES] = "agrees",
		[CLAIM_AGREES_HALF_UP] = "agrees-half-up",
		[CLAIM_AGREES_TRUNCATED] = "agrees-truncated",
		[CLAIM_CONTRADICTS] = "contradicts",
	};

	return names[(unsigned)v < ARRAY_LEN(names) ? v : CLAIM_UNKNOWN];
}

/* a/b (b > 0) lies within 5 % of c/d (d > 0), of which it is "about" so many. */
static bool about(int64_t a, int64_t b, int64_t c, int64_t d)
{
	int64_t low, high, scale;

	if (!num_mul(&low, c, 100 - ABOUT_PERCENT) || !num_mul(&high, c, 100 + ABOUT_PERCENT) ||
	    !num_mul(&scale, d, 100))
		return false;
	if (c < 0) { /* a difference below zero: the ends change places */
		int64_t swap = low;

		low = high;
		high = swap;
	}
	return num_ratio_cmp(a, b, low, scale) >= 0 && num_ratio_cmp(a, b, high, scale) <= 0;
}

/* "Over 3,100" is said of a round number: "over 3,107" would be the exact one with a word too many. */
static bool is_round(int64_t v)
{
	return (v > -10 && v < 10) || v % 10 == 0;
}

static bool value_fits(enum claim_approx approx, int64_t printed, int64_t computed)
{
	switch (approx) {
	case CLAIM_EXACT:
		return computed == printed;
	case CLAIM_OVER:
		return computed > printed && is_round(printed);
	case CLAIM_NEARLY:
		return computed < printed;
	case CLAIM_ABOUT:
		return about(computed, 1, printed, 1);
	}
	return false;
}

/* Which rules print the claim's percentage for num/den: one bit per rule. */
enum { FITS_HALF_UP = 1, FITS_TRUNCATED = 2, FITS_BOTH = 3 };

static unsigned percent_fits(const struct op_claim *c, int64_t num, int64_t den)
{
	int64_t whole = 100;

	for (unsigned i = 0; i < c->percent_decimals; i++)
		whole *= 10;
	switch (c->approx) {
	case CLAIM_OVER:
		return num_ratio_cmp(num, den, c->percent_digits, whole) > 0 ? FITS_BOTH : 0;
	case CLAIM_NEARLY:
		return num_ratio_cmp(num, den, c->percent_digits, whole) < 0 ? FITS_BOTH : 0;
	case CLAIM_ABOUT:
		return about(num, den, c->percent_digits, whole) ? FITS_BOTH : 0;
	case CLAIM_EXACT:
		break;
	}
	return (num_percent_digits(num, den, c->percent_decimals, NUM_HALF_UP) == c->percent_digits
			? FITS_HALF_UP
			: 0u) |
	       (num_percent_digits(num, den, c->percent_decimals, NUM_TRUNCATE) == c->percent_digits
			? FITS_TRUNCATED
			: 0u);
}

static enum claim_verdict judge_value(const struct op_claim *c, const struct claim_facts *f)
{
	if (!f->has_value)
		return CLAIM_UNKNOWN;
	return value_fits(c->approx, c->value, f->value) ? CLAIM_AGREES : CLAIM_CONTRADICTS;
}

static enum claim_verdict judge_percent(const struct op_claim *c, const struct claim_facts *f)
{
	if (!f->has_value || !f->has_denominator || f->denominator <= 0)
		return CLAIM_UNKNOWN;
	switch (percent_fits(c, f->value, f->denominator)) {
	case FITS_BOTH:
		return CLAIM_AGREES;
	case FITS_HALF_UP:
		return CLAIM_AGREES_HALF_UP;
	case FITS_TRUNCATED:
		return CLAIM_AGREES_TRUNCATED;
	default:
		return CLAIM_CONTRADICTS;
	}
}

/* Both must be right: what contradicts decides, then what is unknown, then what the percentage says. */
static enum claim_verdict both(enum claim_verdict value, enum claim_verdict percent)
{
	if (value == CLAIM_CONTRADICTS || percent == CLAIM_CONTRADICTS)
		return CLAIM_CONTRADICTS;
	return value == CLAIM_UNKNOWN ? CLAIM_UNKNOWN : percent;
}

/* "Over" and "nearly" have no other end, so half of all numbers would explain them: a candidate must
 * come near as well. */
static bool explains(const struct claim_candidate *candidate, const struct op_claim *c,
		     const struct claim_facts *f, bool value_differs, bool percent_differs)
{
	struct op_claim near = *c;

	near.approx = c->approx == CLAIM_EXACT ? CLAIM_EXACT : CLAIM_ABOUT;
	if (candidate->is_denominator)
		return percent_differs && candidate->value > 0 &&
		       percent_fits(c, f->value, candidate->value) &&
		       percent_fits(&near, f->value, candidate->value);
	return value_differs && value_fits(c->approx, c->value, candidate->value) &&
	       value_fits(near.approx, c->value, candidate->value);
}

static int explain(struct claim_result *out, const struct op_claim *c, const struct claim_facts *f,
		   bool value_differs, bool percent_differs, struct arena *a, struct err *e)
{
	if (!f->candidate_count)
		return 0;
	out->explained_by = arena_array(a, f->candidate_count, sizeof(*out->explained_by));
	if (!out->explained_by)
		return err_set(e, ERR_NOMEM, "no memory to judge the claim");
	for (size_t i = 0; i < f->candidate_count; i++) {
		const struct claim_candidate *candidate = &f->candidates[i];
		const char *label;

		if (!explains(candidate, c, f, value_differs, percent_differs))
			continue;
		label = arena_str(a, span_str(candidate->label));
		if (!label)
			return err_set(e, ERR_NOMEM, "no memory to judge the claim");
		out->explained_by[out->explained_count++] = label;
	}
	return 0;
}

int claim_judge(struct claim_result *out, const struct op_claim *c, const struct claim_facts *f,
		struct arena *a, struct err *e)
{
	enum claim_verdict value = CLAIM_UNKNOWN, percent = CLAIM_UNKNOWN;

	*out = (struct claim_result){ .has_value = f->has_value, .value = f->value };
	if (c->has_percent && c->percent_decimals > NUM_DECIMALS_MAX)
		return err_set(e, ERR_INVALID, "a percentage has at most %d decimals",
			       NUM_DECIMALS_MAX);
	if (c->has_value)
		value = judge_value(c, f);
	if (c->has_percent)
		percent = judge_percent(c, f);
	if (c->has_value && c->has_percent)
		out->verdict = both(value, percent);
	else
		out->verdict = c->has_value ? value : percent;
	if (c->has_percent && f->has_value && f->has_denominator &&
	    num_percent(out->percent, sizeof(out->percent), f->value, f->denominator,
			c->percent_decimals, NUM_HALF_UP))
		out->percent[0] = '\0';
	if (c->has_value && f->has_value && !num_sub(&out->difference, c->value, f->value))
		return err_set(e, ERR_RANGE, "printed - computed: out of range");
	if (out->verdict != CLAIM_CONTRADICTS)
		return 0;
	return explain(out, c, f, value == CLAIM_CONTRADICTS, percent == CLAIM_CONTRADICTS, a, e);
}
