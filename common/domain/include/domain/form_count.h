/* What the register gives to form 2 of guidance 11-HD/BTCTW (2021): persons admitted in a period, by occupation, age,
 * education, degree. Pure. Categories are coded at the event and in clear; ages are whole years on the day of
 * admission, which only a device that may open the exact birth date can tell. */
#ifndef DOMAIN_FORM_COUNT_H
#define DOMAIN_FORM_COUNT_H

#include "domain/case_count.h"

/* Words of `from = register WORD`, in the order of the form. */
enum form_group {
	GROUP_OCCUPATION,
	GROUP_AGE,
	GROUP_EDUCATION,
	GROUP_DEGREE,
	GROUP_MARK,
	FORM_GROUPS
};
enum {
	FORM_OCCUPATION = 0, /* occupation-state ... occupation-other */
	FORM_AGE = FORM_OCCUPATION + OCCUPATIONS - 1,
	FORM_AGE_SUM = FORM_AGE + AGE_BANDS - 1,
	FORM_AGE_COUNT,
	FORM_EDUCATION,
	FORM_DEGREE = FORM_EDUCATION + 4,
	FORM_TITLE = FORM_DEGREE + DEGREES - 2,
	FORM_MARK = FORM_TITLE + TITLES - 1,
	FORM_WORDS = FORM_MARK + 2
};
/* "occupation-farm", "age-18-30", "age-sum", "degree-college", "title-professor", "mark-policy". */
enum { FORM_WORD_TEXT = 40 };
bool form_word(unsigned *out, struct span word);
enum form_group form_word_group(unsigned word);

struct form_person {
	struct person_codes codes;
	bool age_known;
	unsigned age; /* whole years on the day of admission */
};
struct form_counts {
	int64_t at[FORM_WORDS];
	int64_t persons;
	int64_t unknown[FORM_GROUPS]; /* of how many it is not written down */
};
void form_count_person(struct form_counts *out, const struct form_person *p);
/* Does it know this word of everybody? */
bool form_count_knows(const struct form_counts *n, unsigned word);

/* Was it admitted in the period, where it is counted? *day: which day. */
bool case_admitted_in(const struct case_entry *c, const struct case_counting *how, day_t *day);
bool member_admitted_in(const struct member_entry *m, const struct case_counting *how, day_t *day);
#endif
