/* Whose number is another's than in a log that was lost: PROTOCOL.md, section 12. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "old_places.h"

#include "build.h"

static const uint8_t first[16] = { 1 }, second[16] = { 2 }, third[16] = { 3 };

/* A province of units 2 to `count`, named by their numbers. */
static struct tree *province(uint32_t count)
{
	struct tree *t;
	struct err e;

	must(tree_new(&t, &e), &e, "a tree");
	for (uint32_t i = 1; i <= count; i++) {
		char code[8];
		struct op op;

		snprintf(code, sizeof(code), "U%u", i);
		op = build_unit(i, i > 1, i > 1 ? UNIT_DIRECT : UNIT_PROVINCE, code, 0);
		must(tree_add(t, &op.create, i, &e), &e, code);
	}
	return t;
}

static void made(struct old_places *p, const struct tree *t, uint32_t unit, const char *code,
		 const uint8_t incarnation[16])
{
	struct op op = build_unit(unit, 1, UNIT_DIRECT, code, 0);

	places_made(p, t, &op, incarnation);
}

static bool taken(const struct old_places *p, uint32_t unit, const uint8_t incarnation[16])
{
	struct op op = { .kind = OP_SHEET, .unit = unit };

	return places_taken(p, &op, incarnation);
}

/* The first log that was lost had another unit under the number, the second one the same as now: what is said in either of them
 * is said of its own, whichever is brought first. */
Test(old_places, two_logs_that_were_lost_gave_one_number)
{
	struct tree *t = province(8);

	for (int turned = 0; turned < 2; turned++) {
		struct old_places p = { .taken_count = 0 };

		for (int i = 0; i < 2; i++)
			if (i == turned)
				made(&p, t, 8, "N", first);
			else
				made(&p, t, 8, "U8", second);
		cr_assert(taken(&p, 8, first));
		cr_assert_not(taken(&p, 8, second));
		cr_assert(taken(&p, 8, third), "of a log that did not make it itself");
		cr_assert_not(taken(&p, 7, first));
		places_note_person(&p, 5, turned, first);
		places_note_person(&p, 5, !turned, second);
		cr_assert_eq(places_person_taken(&p, 5, first), !turned);
		cr_assert_eq(places_person_taken(&p, 5, second), turned);
	}
	tree_free(t);
}

/* However many are made again as they were, there is room for one that is not. */
Test(old_places, who_is_the_same_gives_way)
{
	enum { UNITS = OLD_NUMBERS + 40 };
	struct tree *t = province(2 * UNITS);
	struct old_places p = { .taken_count = 0 };
	char code[8];

	for (uint32_t i = 2; i <= UNITS; i++) {
		snprintf(code, sizeof(code), "U%u", i);
		made(&p, t, i, code, first);
	}
	for (uint32_t i = 0; i < OLD_NUMBERS; i++)
		made(&p, t, UNITS + 1 + i, "N", first);
	cr_assert_not(p.more_taken);
	cr_assert_not(taken(&p, 2, first));
	cr_assert_not(taken(&p, UNITS, first));
	for (uint32_t i = 0; i < OLD_NUMBERS; i++)
		cr_assert(taken(&p, UNITS + 1 + i, first));
	cr_assert_not(taken(&p, UNITS + 1 + OLD_NUMBERS, first));
	made(&p, t, UNITS + 1 + OLD_NUMBERS, "N", first);
	cr_assert(p.more_taken && taken(&p, UNITS + 1 + OLD_NUMBERS, first));
	cr_assert_not(taken(&p, UNITS, first), "numbers go up");
	tree_free(t);
}

static bool closing_waits(const struct tree *t, uint32_t unit, uint32_t waiting)
{
	struct old_places p = { .unit_count = 0 };
	struct op close = { .kind = OP_CLOSE, .unit = unit };
	struct entry en = { .unit = waiting, .device = 77 };

	places_note(&p, &en, NULL);
	return places_wait(&p, t, &close);
}

/* An act may have put below it what stood there; so may a unit that waits for the act which makes it. */
Test(old_places, a_closing_waits_for_acts_and_for_units_that_are_not_here)
{
	struct tree *t = province(4);

	cr_assert(closing_waits(t, 3, 0));
	cr_assert(closing_waits(t, 3, 5));
	cr_assert(closing_waits(t, 3, 3));
	cr_assert(closing_waits(t, 1, 4));
	cr_assert_not(closing_waits(t, 3, 4), "one that stands elsewhere");
	tree_free(t);
}

/* In front of another one that waits it would be the earlier of the two. */
Test(old_places, what_was_told_last_waits_for_what_was_told_before)
{
	static const enum op_kind kinds[] = { OP_MEMBERS, OP_SETTING, OP_CALENDAR };
	struct tree *t = province(4);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct old_places p = { .unit_count = 0 };
		struct op op = { .kind = kinds[i], .unit = 3 };
		struct entry en = { .unit = 4, .device = 77 };

		places_note(&p, &en, NULL);
		cr_assert_not(places_wait(&p, t, &op));
		en.unit = 3;
		places_note(&p, &en, NULL);
		cr_assert(places_wait(&p, t, &op));
	}
	tree_free(t);
}
