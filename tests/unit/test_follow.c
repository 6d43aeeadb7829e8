/* Notes on units and the officers who follow them: who may write them, and what is read back. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "build.h"
#include "ledger/follow.h"

static struct world w;
static struct device own, clerk, stranger, operator, auditor;

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	own = world_device(&w, 4, ROLE_APPROVER);
	clerk = world_device(&w, 2, ROLE_CLERK);
	stranger = world_device(&w, 3, ROLE_APPROVER);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	auditor = world_device(&w, 1, ROLE_AUDITOR);
	world_commit(&w);
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(follow, .init = setup, .fini = teardown);

static day_t today(void)
{
	return day_of_instant(w.now_ms);
}

static struct op note(uint32_t unit, day_t on, const char *text)
{
	return (struct op){ .kind = OP_NOTE,
			    .unit = unit,
			    .note = { on, SPAN_LIT("Mai"), span_str(text), URGE_NONE } };
}

static struct op officer(uint32_t unit, const char *name, day_t from, day_t to)
{
	return (struct op){ .kind = OP_OFFICER,
			    .unit = unit,
			    .officer = { .name = span_str(name), .from = from, .to = to } };
}

static void want(struct device *by, struct op op, enum op_code code)
{
	enum op_code got = world_submit_now(&w, by, &op).code;

	cr_assert_eq(got, code, "%s on unit %u: %s, not %s", op_kind_name(op.kind), op.unit,
		     op_code_name(got), op_code_name(code));
}

static struct unit_follow read_back(uint32_t unit, day_t on, uint64_t known)
{
	struct unit_follow f;
	struct err e = { 0 };

	must(query_follow(&f, w.l, unit, on - 30, on, known, w.a, &e), &e, "follow");
	return f;
}

Test(follow, written_from_above)
{
	struct op ops[] = { note(4, today(), "x"), officer(4, "Lan", today(), 0) };

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		want(&own, ops[i], CODE_NOT_ALLOWED);
		want(&stranger, ops[i], CODE_NOT_ALLOWED);
		want(&auditor, ops[i], CODE_NOT_ALLOWED);
		want(&clerk, ops[i], CODE_OK);
		want(&operator, ops[i], CODE_OK);
		ops[i].unit = 99;
		want(&operator, ops[i], CODE_UNIT_UNKNOWN);
		ops[i].unit = 2; /* one's own is not below */
		want(&clerk, ops[i], CODE_NOT_ALLOWED);
	}
	want(&operator, note(4, today() + 1, "x"), CODE_DATE_INVALID);
	want(&operator, officer(4, "Lan", day(1999, 1, 1), 0), CODE_UNIT_CLOSED);
}

/* Steps of urging by the day they tell of, whenever they were written; as known then, too. */
Test(follow, steps_by_day)
{
	struct op call = note(4, today() - 2, "called"), letter = note(4, today() - 9, "written"),
		  report = note(4, today(), "told");
	struct unit_follow f;
	uint64_t known;

	call.note.step = URGE_TELEPHONE;
	letter.note.step = URGE_LETTER;
	report.note.step = URGE_REPORT;
	want(&clerk, call, CODE_OK);
	known = ledger_info(w.l).lsn;
	want(&clerk, note(4, today(), "met"), CODE_OK);
	want(&clerk, letter, CODE_OK);
	want(&clerk, report, CODE_OK);
	f = read_back(4, today(), UINT64_MAX);
	cr_assert_eq(f.notes_all, 4);
	cr_assert_eq(f.step_count, 3);
	cr_assert_eq(f.steps[0].step, URGE_LETTER);
	cr_assert_eq(f.steps[0].day, today() - 9);
	cr_assert_eq(f.steps[1].step, URGE_TELEPHONE);
	cr_assert_eq(f.steps[1].lsn, known);
	cr_assert_eq(f.steps[2].step, URGE_REPORT);
	f = read_back(4, today(), known);
	cr_assert_eq(f.step_count, 1);
	letter.note.step = URGE_STEPS;
	want(&clerk, letter, CODE_VALUE_RANGE);
}

Test(follow, notes_newest_first_and_bounded)
{
	char texts[FOLLOW_NOTES_MAX + 3][8];
	struct unit_follow f;
	uint64_t known = 0;

	cr_assert_eq(read_back(4, today(), UINT64_MAX).notes_all, 0);
	want(&operator, note(4, today() - 31, "before"), CODE_OK);
	want(&operator, note(5, today(), "another unit"), CODE_OK);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		snprintf(texts[i], sizeof(texts[i]), "%zu", i);
		want(&clerk, note(4, today(), texts[i]), CODE_OK);
		known = i ? known : ledger_info(w.l).lsn;
	}
	f = read_back(4, today(), UINT64_MAX);
	cr_assert_eq(f.note_count, FOLLOW_NOTES_MAX);
	cr_assert_eq(f.notes_all, ARRAY_LEN(texts));
	cr_assert(span_eq(f.notes[0].note.text, span_str(texts[ARRAY_LEN(texts) - 1])));
	cr_assert(span_eq(f.notes[0].note.who, SPAN_LIT("Mai")));
	cr_assert_eq(f.notes[0].author, clerk.person);
	f = read_back(4, today(), known); /* as it was known then */
	cr_assert_eq(f.notes_all, 1);
	cr_assert(span_eq(f.notes[0].note.text, SPAN_LIT("0")));
}

Test(follow, the_newest_officer_of_the_day)
{
	struct unit_follow f;

	want(&operator, officer(4, "Lan", today() - 20, 0), CODE_OK);
	want(&operator, officer(4, "Hoa", today() - 10, today() - 5), CODE_OK);
	f = read_back(4, today(), UINT64_MAX);
	cr_assert(f.has_officer);
	cr_assert(span_eq(f.officer.name, SPAN_LIT("Lan")));
	f = read_back(4, today() - 5, UINT64_MAX);
	cr_assert(span_eq(f.officer.name, SPAN_LIT("Hoa")));
	f = read_back(4, today() - 21, UINT64_MAX);
	cr_assert_not(f.has_officer);
	want(&operator, officer(4, "", today() - 1, 0), CODE_OK);
	f = read_back(4, today(), UINT64_MAX);
	cr_assert_not(f.has_officer); /* nobody, said in so many words */
	f = read_back(4, today() - 2, UINT64_MAX);
	cr_assert(span_eq(f.officer.name, SPAN_LIT("Lan")));
}
