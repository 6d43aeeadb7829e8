#include "domain/source.h"

#include "base/err.h"

#define GROUP(word)                                                             \
	{ "admitted-" word, SOURCE_ADMITTED, "src_" word, "eligible_" word },   \
	{                                                                       \
		"class-" word, SOURCE_COVERED, "listed_" word, "eligible_" word \
	}
#define ACROSS(word)                                                               \
	{ "admitted-" word, SOURCE_ADMITTED, "admitted_" word, "eligible_" word }, \
	{                                                                          \
		"class-" word, SOURCE_COVERED, "listed_" word, "eligible_" word    \
	}

static const struct source_rate rates[] = {
	{ "admitted", SOURCE_ADMITTED, "admitted", "eligible" },
	{ "class", SOURCE_COVERED, "listed", "eligible" },
	GROUP("veteran"),
	GROUP("student"),
	GROUP("armed"),
	GROUP("private"),
	GROUP("agency"),
	GROUP("rural"),
	GROUP("other"),
	ACROSS("women"),
	ACROSS("minority"),
	ACROSS("religious"),
	ACROSS("youth_union"),
	{ "reception", SOURCE_GOAL, "discharged_received", "discharged" },
	{ "reserve", SOURCE_GOAL, "discharged_reserve", "discharged_received" },
	{ "hamlets-no-cell", SOURCE_GOAL, "hamlets_no_cell", "hamlets" },
	{ "hamlets-no-member", SOURCE_GOAL, "hamlets_no_member", "hamlets" },
	{ "hamlets-losing", SOURCE_GOAL, "hamlets_losing", "hamlets" },
	{ "private-party", SOURCE_GOAL, "private_party", "private_units" },
	{ "private-union", SOURCE_GOAL, "private_union", "private_units" },
	{ "private-youth", SOURCE_GOAL, "private_youth", "private_units" },
	{ "pupils-good", SOURCE_GOAL, "pupils_good", "pupils_senior" },
};

const struct source_rate *source_rates(size_t *count)
{
	*count = ARRAY_LEN(rates);
	return rates;
}

enum source_dry source_dry(const int64_t *months, size_t count, size_t span)
{
	bool known = count >= span;

	for (size_t i = 0; i < span && i < count; i++) {
		if (months[i] > 0)
			return DRY_NO;
		known &= months[i] == 0;
	}
	return known ? DRY_YES : DRY_UNKNOWN;
}
