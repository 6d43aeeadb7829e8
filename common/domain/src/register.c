#include "domain/case_record.h"

enum age_band age_band_of(day_t birth, day_t day)
{
	static const struct {
		unsigned years;
		enum age_band band;
	} from[] = { { 61, AGE_OVER_60 }, { 56, AGE_56_60 }, { 51, AGE_51_55 }, { 46, AGE_46_50 },
		     { 41, AGE_41_45 },   { 36, AGE_36_40 }, { 31, AGE_31_35 }, { 18, AGE_18_30 } };
	unsigned years = months_between(birth, day) / 12;

	for (size_t i = 0; i < ARRAY_LEN(from); i++)
		if (years >= from[i].years)
			return from[i].band;
	return AGE_UNKNOWN;
}

const char *age_band_code(enum age_band b)
{
	static const char *const codes[AGE_BANDS] = { "unknown", "18-30", "31-35",
						      "36-40",   "41-45", "46-50",
						      "51-55",   "56-60", "over-60" };

	return (unsigned)b < AGE_BANDS ? codes[b] : NULL;
}

const char *member_end_code(enum member_end how)
{
	static const char *const codes[MEMBER_ENDS] = { "stays",      "died",       "expelled",
							"struck-off", "left",       "outside",
							"mistake",    "in-transit", "moved" };

	return (unsigned)how < MEMBER_ENDS ? codes[how] : NULL;
}

struct case_facts person_codes_facts(const struct person_codes *c)
{
	return (struct case_facts){
		.woman = c->facts & FACT_WOMAN,
		.minority = c->facts & FACT_MINORITY,
		.religious = c->facts & FACT_RELIGIOUS,
		.youth_union = c->facts & FACT_YOUTH_UNION,
		.age_18_30 = c->age == AGE_18_30,
		.owner = c->facts & FACT_OWNER,
		.fdi = c->facts & FACT_FDI,
		.weak_hamlet = c->facts & FACT_WEAK_HAMLET,
		.readmitted = c->facts & FACT_READMITTED,
		.sources = c->sources,
	};
}
