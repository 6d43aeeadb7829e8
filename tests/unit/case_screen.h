/* The full screen of stages and steps, by hand from the guidance; for the tests of the pure rules and for those of
 * the ledger that asks them. */
#ifndef TESTS_CASE_SCREEN_H
#define TESTS_CASE_SCREEN_H

#include "domain/case.h"

#include <assert.h>
#include <criterion/criterion.h>

/* A letter per stage, `<` back to where it rested. */
static const char letters[] = "-ilschavqyoEMUTRGDPWFXNZKrtm<";
static_assert(sizeof(letters) == CASE_STAGES + 2, "a letter per stage");

/* Every stage against every step, as the guidance has it; `.` cannot follow, `e` leads to the cell's
 * resolution but the application has to come first. The columns:
 *	introduce list send certify helper apply cv verify-ask verify opinions
 *	cell committee submit ask return agree decide ceremony
 *	new-class review recognise strike-off end      refuse withdraw rest resume
 *	move moved back */
static const char *const screen[CASE_STAGES] = {
	[CASE_NONE] = "il........ ........ ..... .... ...",
	[CASE_INTRODUCED] = ".lsc...... ........ ..... ZKr. t..",
	[CASE_LISTED] = "..schavqyo e....... ..... ZKr. t..",
	[CASE_IN_CLASS] = ".sschavqyo e....... ..... ZKr. t..",
	[CASE_CERTIFIED] = ".ccchavqyo e....... ..... ZKr. t..",
	[CASE_HELPED] = "..hhhavqyo e....... ..... ZKr. t..",
	[CASE_APPLIED] = "..aaaavqyo E....... ..... ZKr. t..",
	[CASE_CV] = "..vvvvvqyo E....... ..... ZKr. t..",
	[CASE_VERIFYING] = "..qqqqqqyo E....... ..... ZKr. t..",
	[CASE_VERIFIED] = "..yyyyyyyo E....... ..... ZKr. t..",
	[CASE_OPINIONS] = "..oooooooo E....... ..... ZKr. t..",
	[CASE_CELL] = ".......EE. EMU..... ..... ZKr. t..",
	[CASE_COMMITTEE] = ".......MM. EMU...D. ..... ZKr. t..",
	[CASE_SUBMITTED] = ".......... ...TRGD. ..... ZKr. ...",
	[CASE_TO_ASK] = "..TT..TTTT ...TRG.. ..... ZKr. ...",
	[CASE_RETURNED] = "..RR..RRRR EMU..... ..... ZKr. t..",
	[CASE_AGREED] = ".......... ...TR.D. ..... ZKr. ...",
	[CASE_DECIDED] = ".......... .......P ..... ZK.. t..",
	[CASE_PROBATION] = ".......... ........ PW.XN .... t..",
	[CASE_REVIEWED] = ".......... ........ WWFXN .... t..",
	[CASE_RECOGNISED] = ".......... ........ ..... .... ...",
	[CASE_STRUCK_OFF] = ".......... ........ ..... .... ...",
	[CASE_ENDED] = ".......... ........ ..... .... ...",
	[CASE_REFUSED] = ".......... ........ ..... .... ...",
	[CASE_WITHDRAWN] = ".......... ........ ..... .... ...",
	[CASE_RESTING] = ".......... ........ ..... .K.< t..",
	[CASE_IN_TRANSIT] = ".......... ........ ..... .... .m<",
	[CASE_MOVED] = ".......... ........ ..... .... ...",
};

/* The usual way to each stage; a rest is taken from the application. */
static const unsigned char ways[CASE_STAGES][24] = {
	[CASE_INTRODUCED] = { 1 },
	[CASE_LISTED] = { 1, 2 },
	[CASE_IN_CLASS] = { 1, 2, 3 },
	[CASE_CERTIFIED] = { 1, 2, 3, 4 },
	[CASE_HELPED] = { 1, 2, 3, 4, 5 },
	[CASE_APPLIED] = { 1, 2, 3, 4, 5, 6 },
	[CASE_CV] = { 1, 2, 3, 4, 5, 6, 7 },
	[CASE_VERIFYING] = { 1, 2, 3, 4, 5, 6, 7, 8 },
	[CASE_VERIFIED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 },
	[CASE_OPINIONS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
	[CASE_CELL] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 },
	[CASE_COMMITTEE] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
	[CASE_SUBMITTED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 },
	[CASE_TO_ASK] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 },
	[CASE_RETURNED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15 },
	[CASE_AGREED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16 },
	[CASE_DECIDED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17 },
	[CASE_PROBATION] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18 },
	[CASE_REVIEWED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 20 },
	[CASE_RECOGNISED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 20, 21 },
	[CASE_STRUCK_OFF] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 22 },
	[CASE_ENDED] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 23 },
	[CASE_REFUSED] = { 1, 2, 24 },
	[CASE_WITHDRAWN] = { 1, 2, 25 },
	[CASE_RESTING] = { 1, 2, 3, 4, 5, 6, 26 },
	[CASE_IN_TRANSIT] = { 1, 2, 28 },
	[CASE_MOVED] = { 1, 2, 28, 29 },
};

static inline enum case_reason a_reason(enum case_step_kind kind)
{
	for (int r = REASON_NONE + 1; r < CASE_REASONS; r++)
		if (case_step_reasons(kind) & (UINT32_C(1) << r))
			return (enum case_reason)r;
	return REASON_NONE;
}

static inline struct case_step step(enum case_step_kind kind, day_t day)
{
	return (struct case_step){ .kind = kind, .day = day, .reason = a_reason(kind) };
}

/* The letter of a pair, blanks of the table left out. */
static inline char letter(enum case_stage stage, enum case_step_kind kind)
{
	const char *row = screen[stage];

	for (int k = STEP_NONE + 1;; row++) {
		cr_assert_neq(*row, '\0', "row %d is short", (int)stage);
		if (*row != ' ' && k++ == (int)kind)
			return *row;
	}
}

#endif
