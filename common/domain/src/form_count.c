#include "domain/form_count.h"

#include "domain/case_rule.h"

#include <assert.h>
#include <stdio.h>

static const struct {
	const char *list;
	enum form_group group;
	unsigned first, count;
	unsigned skip; /* numbers of the list below those that have a row */
	const char *(*code)(unsigned);
} parts[] = {
	{ "occupation", GROUP_OCCUPATION, FORM_OCCUPATION, OCCUPATIONS - 1, 1,
	  person_occupation_code },
	{ "education", GROUP_EDUCATION, FORM_EDUCATION, 4, 1, person_education_code },
	{ "degree", GROUP_DEGREE, FORM_DEGREE, DEGREES - 2, 2, person_degree_code },
	{ "title", GROUP_MARK, FORM_TITLE, TITLES - 1, 1, person_title_code },
};
static const char *const ages[] = { "age-18-30", "age-31-35", "age-36-40", "age-41-45",
				    "age-46-50", "age-51-55", "age-56-60", "age-over-60",
				    "age-sum",   "age-count" };
static_assert(sizeof(ages) / sizeof(*ages) == FORM_EDUCATION - FORM_AGE, "all ages have words");
static const char *const marks[] = { "mark-policy", "mark-foreign-spouse" };
static_assert(FORM_MARK + 2 == FORM_WORDS, "all marks have words");

static bool text_of(char *out, size_t room, unsigned word)
{
	if (word >= FORM_AGE && word < FORM_EDUCATION)
		return snprintf(out, room, "%s", ages[word - FORM_AGE]) > 0;
	if (word >= FORM_MARK && word < FORM_WORDS)
		return snprintf(out, room, "%s", marks[word - FORM_MARK]) > 0;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (word >= parts[i].first && word < parts[i].first + parts[i].count)
			return snprintf(out, room, "%s-%s", parts[i].list,
					parts[i].code(word - parts[i].first + parts[i].skip)) > 0;
	return false;
}

bool form_word(unsigned *out, struct span word)
{
	char text[FORM_WORD_TEXT];

	for (*out = 0; *out < FORM_WORDS; ++*out)
		if (text_of(text, sizeof(text), *out) && span_eq(word, span_str(text)))
			return true;
	return false;
}

enum form_group form_word_group(unsigned word)
{
	if (word >= FORM_AGE && word < FORM_EDUCATION)
		return GROUP_AGE;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (word >= parts[i].first && word < parts[i].first + parts[i].count)
			return parts[i].group;
	return GROUP_MARK;
}

/* Whole years, as form 2 groups them. */
static unsigned age_word(unsigned years)
{
	static const unsigned last[] = { 30, 35, 40, 45, 50, 55, 60 };
	unsigned i = 0;

	while (i < ARRAY_LEN(last) && years > last[i])
		i++;
	return FORM_AGE + i;
}

static void add_age(struct form_counts *out, const struct form_person *p)
{
	if (!p->age_known || p->age < 18) { /* nobody is admitted under 18: a birth date mistyped */
		out->unknown[GROUP_AGE]++;
		return;
	}
	out->at[age_word(p->age)]++;
	out->at[FORM_AGE_SUM] += p->age;
	out->at[FORM_AGE_COUNT]++;
}

void form_count_person(struct form_counts *out, const struct form_person *p)
{
	const struct person_codes *c = &p->codes;

	assert(person_codes_hold(c));
	out->persons++;
	if (c->occupation == OCCUPATION_UNKNOWN)
		out->unknown[GROUP_OCCUPATION]++;
	else
		out->at[FORM_OCCUPATION + c->occupation - 1]++;
	if (c->education == EDUCATION_UNKNOWN)
		out->unknown[GROUP_EDUCATION]++;
	else
		out->at[FORM_EDUCATION + c->education - 1]++;
	if (c->degree == DEGREE_UNKNOWN)
		out->unknown[GROUP_DEGREE]++;
	else if (c->degree != DEGREE_NONE)
		out->at[FORM_DEGREE + c->degree - DEGREE_WORKER]++;
	if (c->title != TITLE_NONE)
		out->at[FORM_TITLE + c->title - 1]++;
	out->at[FORM_MARK] += (c->marks & PERSON_POLICY) != 0;
	out->at[FORM_MARK + 1] += (c->marks & PERSON_FOREIGN) != 0;
	add_age(out, p);
}

bool form_count_knows(const struct form_counts *n, unsigned word)
{
	return !n->unknown[form_word_group(word)];
}
