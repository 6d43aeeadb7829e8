#include "base/lang.h"
#include "domain/case_record.h"
#include "domain/case_rule.h"

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

static const char *const occupations[OCCUPATIONS] = {
	NULL,     "state",  "party", "commune", "hamlet",  "service", "nonpublic", "manager",
	"office", "worker", "farm",  "armed",   "student", "pupil",   "other",
};
static const char *const degrees[DEGREES] = { NULL,      "none",       "worker", "intermediate",
					      "college", "university", "master", "doctor" };
static const char *const titles[TITLES] = { NULL, "associate", "professor" };
static const char *const educations[] = { NULL, "literate", "primary", "lower-secondary",
					  "upper-secondary" };
static const char *const marks[] = { NULL, "policy", "foreign-spouse" };

const char *person_occupation_code(unsigned occupation)
{
	return occupation < OCCUPATIONS ? occupations[occupation] : NULL;
}

const char *person_degree_code(unsigned degree)
{
	return degree < DEGREES ? degrees[degree] : NULL;
}

const char *person_title_code(unsigned title)
{
	return title < TITLES ? titles[title] : NULL;
}

const char *person_education_code(unsigned education)
{
	return education < ARRAY_LEN(educations) ? educations[education] : NULL;
}

const char *person_mark_code(unsigned bit)
{
	return bit + 1 < ARRAY_LEN(marks) ? marks[bit + 1] : NULL;
}

bool person_codes_hold(const struct person_codes *c)
{
	return !(c->sources >> CASE_SOURCES) && c->age < AGE_BANDS &&
	       c->education <= EDUCATION_UPPER_SECONDARY && c->occupation < OCCUPATIONS &&
	       c->degree < DEGREES && c->title < TITLES && c->marks <= PERSON_MARKS_ALL;
}

bool person_codes_word(struct person_codes *c, enum person_list list, struct span word)
{
	static const struct {
		const char *const *words;
		uint8_t count;
	} lists[] = {
		[LIST_OCCUPATION] = { occupations, OCCUPATIONS },
		[LIST_DEGREE] = { degrees, DEGREES },
		[LIST_TITLE] = { titles, TITLES },
		[LIST_EDUCATION] = { educations, ARRAY_LEN(educations) },
		[LIST_MARKS] = { marks, ARRAY_LEN(marks) },
	};
	uint8_t *const to[] = { [LIST_OCCUPATION] = &c->occupation,
				[LIST_DEGREE] = &c->degree,
				[LIST_TITLE] = &c->title,
				[LIST_EDUCATION] = &c->education,
				[LIST_MARKS] = &c->marks };

	for (uint8_t i = 1; i < lists[list].count && word.len; i++) {
		if (!span_eq(word, span_str(lists[list].words[i])))
			continue;
		*to[list] = (uint8_t)(list == LIST_MARKS ? *to[list] | 1u << (i - 1) : i);
		return true;
	}
	return !word.len;
}

const char *member_end_code(enum member_end how)
{
	static const char *const codes[MEMBER_ENDS] = { "stays",      "died",       "expelled",
							"struck-off", "left",       "outside",
							"mistake",    "in-transit", "moved" };

	return (unsigned)how < MEMBER_ENDS ? codes[how] : NULL;
}

const char *member_end_text(enum member_end how)
{
	static const char *const texts[MEMBER_ENDS] = {
		[MEMBER_DIED] = N_("died"),
		[MEMBER_EXPELLED] = N_("expelled"),
		[MEMBER_STRUCK_OFF] = N_("struck off the list"),
		[MEMBER_LEFT] = N_("left by own request"),
		[MEMBER_OUTSIDE] = N_("moved to another province"),
		[MEMBER_MISTAKE] = N_("written by mistake"),
		[MEMBER_IN_TRANSIT] = N_("on the way to another unit"),
		[MEMBER_MOVED] = N_("moved to another unit"),
	};

	return (unsigned)how < MEMBER_ENDS ? texts[how] : NULL;
}

const char *member_gain_code(enum member_gain gain)
{
	static const char *const codes[MEMBER_GAINS] = { "none", "outside", "restored" };

	return (unsigned)gain < MEMBER_GAINS ? codes[gain] : NULL;
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
