/* What the register gives to form 2: every word once, what is not written down, who counts as admitted. */
#include "domain/form_count.h"

#include "domain/case_rule.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* One person of each number of each list, and one of each age: each word has what is put in, and nothing else has. */
Test(form_count, every_word_counts_its_own)
{
	struct form_counts n = { .persons = 0 };

	for (uint8_t i = 1; i < OCCUPATIONS; i++)
		form_count_person(&n, &(struct form_person){ .codes = { .occupation = i } });
	for (unsigned i = 1; i < OCCUPATIONS; i++) {
		char word[FORM_WORD_TEXT];
		unsigned at;

		snprintf(word, sizeof(word), "occupation-%s", person_occupation_code(i));
		cr_assert(form_word(&at, span_str(word)), "%s", word);
		cr_assert_eq(at, FORM_OCCUPATION + i - 1);
		cr_assert_eq(n.at[at], 1, "%s", word);
	}
	cr_assert_eq(n.persons, OCCUPATIONS - 1);
	cr_assert(form_count_knows(&n, FORM_OCCUPATION));
	cr_assert_not(form_count_knows(&n, FORM_AGE), "no age is known");
	cr_assert_eq(n.at[FORM_AGE_SUM], 0);

	n = (struct form_counts){ .persons = 0 };
	for (uint8_t i = 0; i < DEGREES; i++)
		form_count_person(&n, &(struct form_person){ .codes = { .degree = i,
									.education = i % 5,
									.title = i % 3,
									.marks = i % 4 } });
	for (unsigned i = DEGREE_WORKER; i < DEGREES; i++)
		cr_assert_eq(n.at[FORM_DEGREE + i - DEGREE_WORKER], 1, "%u", i);
	for (unsigned i = 0; i < 4; i++) /* numbers 1 to 4 of 0 1 2 3 4 0 1 2 */
		cr_assert_eq(n.at[FORM_EDUCATION + i], i < 2 ? 2 : 1, "%u", i);
	cr_assert_eq(n.at[FORM_TITLE], 3);
	cr_assert_eq(n.at[FORM_TITLE + 1], 2);
	cr_assert_eq(n.at[FORM_MARK], 4);
	cr_assert_eq(n.at[FORM_MARK + 1], 4);
	cr_assert_eq(n.unknown[GROUP_DEGREE], 1, "0 is not written down");
	cr_assert_eq(n.unknown[GROUP_EDUCATION], 2);
}

Test(form_count, all_words_are_there_once)
{
	bool seen[FORM_WORDS] = { false };
	static const char *const words[] = {
		"occupation-state",
		"occupation-other",
		"age-18-30",
		"age-over-60",
		"age-sum",
		"age-count",
		"education-literate",
		"education-upper-secondary",
		"degree-worker",
		"degree-doctor",
		"title-associate",
		"title-professor",
		"mark-policy",
		"mark-foreign-spouse",
	};
	unsigned at;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		cr_assert(form_word(&at, span_str(words[i])), "%s", words[i]);
		cr_assert_not(seen[at], "%s", words[i]);
		seen[at] = true;
	}
	cr_assert_not(form_word(&at, SPAN_LIT("degree-none")), "who has none has no row");
	cr_assert_not(form_word(&at, SPAN_LIT("occupation")));
	cr_assert_not(form_word(&at, SPAN_LIT("")));
	cr_assert_eq(FORM_WORDS, 14 + 8 + 2 + 4 + 6 + 2 + 2);
}

/* Whole years at the edges of each band, and the sum and count that an average is made of. */
Test(form_count, ages_by_whole_years_with_sum_and_count)
{
	static const unsigned edges[] = { 18, 30, 31, 35, 36, 40, 41, 45,
					  46, 50, 51, 55, 56, 60, 61, 88 };
	struct form_counts n = { .persons = 0 };
	int64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		form_count_person(&n, &(struct form_person){ .age_known = true, .age = edges[i] });
		sum += edges[i];
		cr_assert_eq(n.at[FORM_AGE + i / 2], (int64_t)(1 + i % 2), "age %u", edges[i]);
	}
	cr_assert_eq(n.at[FORM_AGE_SUM], sum);
	cr_assert_eq(n.at[FORM_AGE_COUNT], (int64_t)ARRAY_LEN(edges));
	cr_assert(form_count_knows(&n, FORM_AGE_SUM));
	form_count_person(&n, &(struct form_person){ .age_known = true, .age = 17 });
	cr_assert_eq(n.at[FORM_AGE_COUNT], (int64_t)ARRAY_LEN(edges), "a birth date mistyped");
	cr_assert_not(form_count_knows(&n, FORM_AGE_SUM), "so the average is not known");
}

Test(form_count, words_of_a_list_are_taken_and_others_refused)
{
	struct person_codes c = { .facts = 0 };

	cr_assert(person_codes_word(&c, LIST_OCCUPATION, SPAN_LIT("farm")));
	cr_assert(person_codes_word(&c, LIST_EDUCATION, SPAN_LIT("lower-secondary")));
	cr_assert(person_codes_word(&c, LIST_DEGREE, SPAN_LIT("none")));
	cr_assert(person_codes_word(&c, LIST_TITLE, SPAN_LIT("professor")));
	cr_assert(person_codes_word(&c, LIST_MARKS, SPAN_LIT("policy")));
	cr_assert(person_codes_word(&c, LIST_MARKS, SPAN_LIT("foreign-spouse")));
	cr_assert_eq(c.occupation, OCCUPATION_FARM);
	cr_assert_eq(c.education, EDUCATION_LOWER_SECONDARY);
	cr_assert_eq(c.degree, DEGREE_NONE);
	cr_assert_eq(c.title, TITLE_PROFESSOR);
	cr_assert_eq(c.marks, PERSON_MARKS_ALL);
	cr_assert(person_codes_word(&c, LIST_OCCUPATION, SPAN_LIT("")), "not written down");
	cr_assert_eq(c.occupation, OCCUPATION_FARM);
	cr_assert_not(person_codes_word(&c, LIST_OCCUPATION, SPAN_LIT("farmer")));
	cr_assert_not(person_codes_word(&c, LIST_TITLE, SPAN_LIT("farm")));
	cr_assert(person_codes_hold(&c));
	c.occupation = OCCUPATIONS;
	cr_assert_not(person_codes_hold(&c));
}

static const struct case_step steps[] = {
	{ .kind = STEP_INTRODUCE, .day = 100 }, { .kind = STEP_LIST, .day = 110 },
	{ .kind = STEP_APPLY, .day = 120 },     { .kind = STEP_CELL, .day = 130 },
	{ .kind = STEP_COMMITTEE, .day = 140 }, { .kind = STEP_DECIDE, .day = 200 },
	{ .kind = STEP_CEREMONY, .day = 220 },
};

/* The same persons as the monthly sheet's admissions: by the day that counts, where they were on it. */
Test(form_count, who_is_admitted_is_who_the_month_counts)
{
	struct case_entry c = { .steps = steps, .count = ARRAY_LEN(steps) };

	for (int counts = COUNTS_DECISION; counts <= COUNTS_CEREMONY; counts++)
		for (day_t from = 150; from < 260; from += 10)
			for (int over = 0; over < 2; over++) {
				struct case_counting how = { .counts = (enum case_counts)counts,
							     .period = { from, from + 30 } };
				int8_t adds[CASE_MEASURES];
				day_t day;

				c.went_over = over;
				c.held_to = 210;
				case_contribution(adds, &c, &how);
				cr_assert_eq(case_admitted_in(&c, &how, &day), adds[CM_ADMITTED]);
				if (adds[CM_ADMITTED])
					cr_assert_eq(day, counts == COUNTS_DECISION ? 200 : 220);
			}
}

Test(form_count, a_member_is_admitted_where_no_case_counts_it)
{
	struct case_counting how = { .period = { 100, 200 } };
	struct member_entry m = { .admitted = 150 };
	day_t day;

	cr_assert(member_admitted_in(&m, &how, &day));
	cr_assert_eq(day, 150);
	m.of_case = true;
	cr_assert_not(member_admitted_in(&m, &how, &day), "the case does");
	m.of_case = false;
	m.came_over = true;
	cr_assert_not(member_admitted_in(&m, &how, &day), "admitted elsewhere");
	m.came_over = false;
	m.how = MEMBER_MISTAKE;
	cr_assert_not(member_admitted_in(&m, &how, &day));
	m.how = MEMBER_STAYS;
	m.admitted = 99;
	cr_assert_not(member_admitted_in(&m, &how, &day));
}
