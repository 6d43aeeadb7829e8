#include "domain/urge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static day_t day(int year, int month, int d)
{
	day_t out;

	cr_assert(day_from_ymd(&out, year, month, d));
	return out;
}

static struct arena *arena;
static struct urge_ladder ladder;

static struct span file(void)
{
	static uint8_t text[1 << 16];
	FILE *f = fopen(RULES_FILE, "rb");
	size_t len;

	cr_assert_not_null(f, "%s", RULES_FILE);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	return span_of(text, len);
}

static void setup(void)
{
	struct err e = { 0 };

	arena = arena_new(1 << 20);
	cr_assert_eq(urge_ladder_parse(&ladder, file(), day(2022, 9, 22), arena, &e), 0, "%s",
		     e.msg);
}

static void teardown(void)
{
	arena_free(arena);
}

TestSuite(urge, .init = setup, .fini = teardown);

/* The ladder that ships, worked out by hand: letters on 1/8 and 16/8, a call on 23/8, a report on 31/8. */
Test(urge, step_after_step)
{
	static const enum urge_step want[] = { URGE_LETTER, URGE_LETTER, URGE_TELEPHONE,
					       URGE_REPORT };
	const day_t due[] = { day(2022, 8, 1), day(2022, 8, 16), day(2022, 8, 23),
			      day(2022, 8, 31) };
	struct urge_taken taken[4];
	struct urge_state s;

	cr_assert_eq(ladder.count, 4);
	for (size_t i = 0; i < 4; i++) {
		urge_judge(&s, &ladder, taken, i, day(2022, 8, 1));
		cr_assert(s.has_next);
		cr_assert_eq(s.taken, i);
		cr_assert_eq(s.next.step, want[i]);
		cr_assert_eq(s.due, due[i], "%zu", i);
		cr_assert_eq(s.number, i == 1 ? 2 : 1);
		cr_assert_str_eq(s.next.kind, "plan");
		taken[i] = (struct urge_taken){ want[i], due[i], i + 1 };
	}
	urge_judge(&s, &ladder, taken, 4, day(2022, 8, 1));
	cr_assert_not(s.has_next);
	cr_assert_eq(s.taken, 4);
	cr_assert_eq(s.last, due[3]);
}

Test(urge, a_step_further_up_counts_for_those_below)
{
	const struct urge_taken taken[] = { { URGE_NONE, day(2022, 8, 2), 1 },
					    { URGE_TELEPHONE, day(2022, 8, 5), 2 },
					    { URGE_LETTER, day(2022, 8, 6), 3 } };
	struct urge_state s;

	urge_judge(&s, &ladder, taken, 3, day(2022, 9, 1));
	cr_assert_eq(s.taken, 3);
	cr_assert_eq(s.next.step, URGE_REPORT);
	cr_assert_eq(s.last, day(2022, 8, 5)); /* a letter behind us moves nothing */
	cr_assert_eq(s.due, day(2022, 8, 13));
}

Test(urge, the_ladder_of_the_day)
{
	static const char text[] = "from,place,step,after_days,kind,source\n"
				   "2022-01-01,1,letter,0,plan,a\n2022-01-01,2,report,30,plan,b\n"
				   "2023-01-01,1,telephone,3,plan,c\n";
	struct urge_ladder l;
	struct err e = { 0 };

	cr_assert_eq(urge_ladder_parse(&l, span_str(text), day(2021, 12, 31), arena, &e), 0);
	cr_assert_eq(l.count, 0);
	cr_assert_eq(urge_ladder_parse(&l, span_str(text), day(2022, 12, 31), arena, &e), 0);
	cr_assert_eq(l.count, 2);
	cr_assert_eq(l.rows[1].step, URGE_REPORT);
	cr_assert_eq(l.rows[1].after_days, 30);
	cr_assert_eq(urge_ladder_parse(&l, span_str(text), day(2023, 1, 1), arena, &e), 0);
	cr_assert_eq(l.count, 1);
	cr_assert_eq(l.rows[0].step, URGE_TELEPHONE);
}

Test(urge, the_words_of_a_setting)
{
	struct urge_ladder l;
	struct err e = { 0 };

	cr_assert_eq(urge_ladder_words(&l, SPAN_LIT("letter 0, telephone 5,report 10"), &e), 0);
	cr_assert_eq(l.count, 3);
	cr_assert_eq(l.rows[2].step, URGE_REPORT);
	cr_assert_eq(l.rows[2].after_days, 10);
	cr_assert_str_eq(l.rows[2].kind, "setting");
	cr_assert_eq(urge_ladder_words(&l, SPAN_LIT(""), &e), 0);
	cr_assert_eq(l.count, 0);
}

Test(urge, what_is_no_ladder)
{
	static const char *const words[] = { "letter", "letter x", "fax 3", "letter 99999",
					     "letter -1" };
	static const char *const rows[] = { "2022-01-01,2,letter,0,plan,a",
					    "2022-01-01,1,fax,0,plan,a", "soon,1,letter,0,plan,a",
					    "2022-01-01,1,letter,many,plan,a" };
	char text[256];
	struct urge_ladder l;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		cr_assert_lt(urge_ladder_words(&l, span_str(words[i]), NULL), 0, "%s", words[i]);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = { 0 };

		snprintf(text, sizeof(text), "from,place,step,after_days,kind,source\n%s\n",
			 rows[i]);
		cr_assert_lt(urge_ladder_parse(&l, span_str(text), day(2022, 9, 1), arena, &e), 0,
			     "%s", rows[i]);
		cr_assert(strstr(e.msg, "line 2"), "%s", e.msg);
	}
}
