#include "case_screen.h"

#include <assert.h>
#include <criterion/criterion.h>
#include <string.h>

/* Day 1000 and one more per step. */
static struct case_state at(enum case_stage stage)
{
	struct case_state c = { .stage = CASE_NONE };
	struct err e = { 0 };

	for (size_t i = 0; ways[stage][i]; i++) {
		struct case_step s = step((enum case_step_kind)ways[stage][i], 1000 + (day_t)i);

		cr_assert_eq(case_apply(&c, &s, &e), 0, "%d: %s", (int)stage, e.msg);
	}
	cr_assert_eq(c.stage, stage);
	return c;
}

Test(case, every_stage_against_every_step)
{
	for (int stage = CASE_NONE; stage < CASE_STAGES; stage++) {
		for (int kind = STEP_NONE + 1; kind < STEP_KINDS; kind++) {
			char want = letter((enum case_stage)stage, (enum case_step_kind)kind);
			struct case_state before = at((enum case_stage)stage), c = before;
			struct case_step s = step((enum case_step_kind)kind, 2000);
			enum case_stage next = CASE_NONE;
			struct err e = { 0 };
			bool may = case_may((enum case_stage)stage, s.kind, &next);
			int rc = case_apply(&c, &s, &e);

			cr_assert_eq(may, want != '.', "%s, %s", case_stage_code(before.stage),
				     case_step_code(s.kind));
			if (want == '.' || want == 'e') {
				cr_assert_eq(rc, -ERR_STATE, "%s, %s: %d",
					     case_stage_code(before.stage), case_step_code(s.kind),
					     rc);
				cr_assert_neq(e.msg[0], '\0');
				cr_assert_eq(memcmp(&c, &before, sizeof(c)), 0);
				continue;
			}
			cr_assert_eq(rc, 0, "%s, %s: %s", case_stage_code(before.stage),
				     case_step_code(s.kind), e.msg);
			cr_assert_eq(letters[next], want, "%s, %s leads to %c, not %c",
				     case_stage_code(before.stage), case_step_code(s.kind),
				     letters[next], want);
			cr_assert_eq(c.stage, want != '<'         ? next
					      : kind == STEP_BACK ? before.sent
								  : before.rested);
			cr_assert(case_has(&c, s.kind));
			cr_assert_eq(c.days[kind], 2000);
		}
	}
}

Test(case, words_for_a_decision_before_the_resolution)
{
	struct case_state c = at(CASE_OPINIONS);
	struct case_step decide = step(STEP_DECIDE, 2000), cell = step(STEP_CELL, 19800);
	struct case_step up = step(STEP_SUBMIT, 19805);
	struct err e = { 0 };

	cr_assert_eq(case_apply(&c, &decide, &e), -ERR_STATE);
	cr_assert_str_eq(e.msg, "decision to admit: this must come first: the cell's resolution");
	cr_assert_eq(case_apply(&c, &cell, &e), 0);
	cr_assert_eq(case_apply(&c, &up, &e), 0);
	decide.day = 19799;
	cr_assert_eq(case_apply(&c, &decide, &e), -ERR_RANGE);
	cr_assert_str_eq(e.msg, "decision to admit on 2024-03-17 would be before this: submission "
				"of the dossier on 2024-03-23");
	decide.day = 19805;
	cr_assert_eq(case_apply(&c, &decide, &e), 0, "%s", e.msg);
}

/* Each pair of steps whose days have an order, on the usual way: a day earlier is refused, the same day
 * is not. */
Test(case, days_in_order)
{
	static const struct {
		enum case_stage stage;
		enum case_step_kind kind, before;
	} pairs[] = {
		{ CASE_INTRODUCED, STEP_LIST, STEP_INTRODUCE },
		{ CASE_LISTED, STEP_HELPER, STEP_LIST },
		{ CASE_IN_CLASS, STEP_CERTIFY, STEP_SEND },
		{ CASE_VERIFYING, STEP_VERIFY, STEP_VERIFY_ASK },
		{ CASE_OPINIONS, STEP_CELL, STEP_OPINIONS },
		{ CASE_CELL, STEP_COMMITTEE, STEP_CELL },
		{ CASE_COMMITTEE, STEP_SUBMIT, STEP_COMMITTEE },
		{ CASE_SUBMITTED, STEP_AGREE, STEP_SUBMIT },
		{ CASE_SUBMITTED, STEP_RETURN, STEP_SUBMIT },
		{ CASE_RETURNED, STEP_SUBMIT, STEP_RETURN },
		{ CASE_RETURNED, STEP_CELL, STEP_RETURN },
		{ CASE_AGREED, STEP_DECIDE, STEP_AGREE },
		{ CASE_DECIDED, STEP_CEREMONY, STEP_DECIDE },
		{ CASE_PROBATION, STEP_REVIEW, STEP_CEREMONY },
		{ CASE_REVIEWED, STEP_RECOGNISE, STEP_REVIEW },
		{ CASE_REVIEWED, STEP_STRIKE_OFF, STEP_REVIEW },
		{ CASE_RESTING, STEP_RESUME, STEP_REST },
		{ CASE_RESTING, STEP_WITHDRAW, STEP_REST },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct case_state c = at(pairs[i].stage);
		struct case_step s = step(pairs[i].kind, c.days[pairs[i].before] - 1);

		cr_assert_eq(case_apply(&c, &s, NULL), -ERR_RANGE, "%zu", i);
		s.day++;
		cr_assert_eq(case_apply(&c, &s, NULL), 0, "%zu", i);
	}
}

Test(case, a_return_opens_the_dossier_again)
{
	struct case_state c = at(CASE_RETURNED);
	struct case_step s = step(STEP_VERIFY_ASK, 1100);

	cr_assert(case_has(&c, STEP_CELL) && !case_has(&c, STEP_SUBMIT));
	cr_assert_eq(case_missing(&c, STEP_SUBMIT, false), 0);
	cr_assert_eq(case_apply(&c, &s, NULL), 0);
	cr_assert_eq(case_missing(&c, STEP_SUBMIT, false), CASE_BIT(STEP_VERIFY));
	s = step(STEP_CELL, 1200);
	cr_assert_eq(case_apply(&c, &s, NULL), 0);
	/* the committee's resolution was on the former one of the cell */
	cr_assert_eq(case_missing(&c, STEP_SUBMIT, false),
		     CASE_BIT(STEP_COMMITTEE) | CASE_BIT(STEP_VERIFY));
	cr_assert_eq(case_missing(&c, STEP_SUBMIT, true), CASE_BIT(STEP_VERIFY));
	s = step(STEP_DECIDE, 1300);
	cr_assert_eq(case_apply(&c, &s, NULL), -ERR_STATE);
}

Test(case, missing_papers_warn)
{
	struct case_state c = at(CASE_LISTED);
	struct case_step s = step(STEP_APPLY, 1500);

	cr_assert_eq(case_apply(&c, &s, NULL), 0);
	cr_assert_eq(case_missing(&c, STEP_CELL, false),
		     CASE_BIT(STEP_CERTIFY) | CASE_BIT(STEP_HELPER) | CASE_BIT(STEP_CV) |
			     CASE_BIT(STEP_VERIFY) | CASE_BIT(STEP_OPINIONS));
	s = step(STEP_CELL, 1501);
	cr_assert_eq(case_apply(&c, &s, NULL), 0, "they do not block");
}

Test(case, a_rest_ends_where_it_began)
{
	for (int stage = CASE_INTRODUCED; stage <= CASE_AGREED; stage++) {
		struct case_state c = at((enum case_stage)stage), before = c;
		struct case_step s = step(STEP_REST, 3000);

		s.reason = REASON_AWAY;
		cr_assert_eq(case_apply(&c, &s, NULL), 0);
		cr_assert_eq(c.reason, REASON_AWAY);
		s = step(STEP_RESUME, 3001);
		cr_assert_eq(case_apply(&c, &s, NULL), 0);
		cr_assert_eq(c.stage, before.stage);
		cr_assert_eq(c.reason, REASON_NONE);
		/* what is resolved on from now on is not dated into the rest */
		s = step(STEP_CELL, 3000);
		if (case_may(c.stage, STEP_CELL, &c.rested) && case_has(&c, STEP_APPLY))
			cr_assert_eq(case_apply(&c, &s, NULL), -ERR_RANGE, "%d", stage);
	}
}

Test(case, reasons_come_from_the_list_of_the_step)
{
	for (int kind = STEP_NONE + 1; kind < STEP_KINDS; kind++) {
		uint32_t list = case_step_reasons((enum case_step_kind)kind);

		for (int r = REASON_NONE; r <= CASE_REASONS; r++) {
			struct case_step s = { .kind = (enum case_step_kind)kind,
					       .reason = (enum case_reason)r };
			bool good = list ? list >> r & 1 : r == REASON_NONE;

			cr_assert_eq(case_step_check(&s, NULL), good ? 0 : -ERR_INVALID,
				     "%s, reason %d", case_step_code(s.kind), r);
		}
	}
	cr_assert_eq(case_step_reasons(STEP_KINDS), 0);
	cr_assert(case_step_reasons(STEP_STRIKE_OFF) & 1U << REASON_DROPPED);
	cr_assert_not(case_step_reasons(STEP_WITHDRAW) & 1U << REASON_NOT_FIT);
}

Test(case, steps_that_hold_nothing_together_are_refused)
{
	struct case_step good = { .kind = STEP_CELL, .day = 100, .votes_for = 9, .votes_of = 9 };
	struct case_step s = good;

	cr_assert_eq(case_step_check(&s, NULL), 0);
	s.votes_for = 10;
	cr_assert_eq(case_step_check(&s, NULL), -ERR_INVALID, "more votes than members");
	s = good;
	s.kind = STEP_LIST;
	cr_assert_eq(case_step_check(&s, NULL), -ERR_INVALID, "votes where nobody votes");
	s = good;
	s.day = DAY_MAX + 1;
	cr_assert_eq(case_step_check(&s, NULL), -ERR_RANGE);
	s = good;
	s.exception_count = 1;
	cr_assert_eq(case_step_check(&s, NULL), -ERR_INVALID, "an exception without a ground");
	s.exceptions[0].ground = GROUND_CONSENT;
	cr_assert_eq(case_step_check(&s, NULL), 0);
	s.exception_count = CASE_EXCEPTIONS_MAX + 1;
	cr_assert_eq(case_step_check(&s, NULL), -ERR_RANGE);
	s = (struct case_step){ .kind = STEP_NONE };
	cr_assert_eq(case_step_check(&s, NULL), -ERR_INVALID);
	s.kind = STEP_KINDS;
	cr_assert_eq(case_step_check(&s, NULL), -ERR_INVALID);
}

Test(case, replay_names_the_step_that_does_not_fit)
{
	struct case_step steps[] = { step(STEP_INTRODUCE, 1), step(STEP_LIST, 2),
				     step(STEP_RECOGNISE, 3), step(STEP_APPLY, 4) };
	struct case_state c;
	size_t where = 0;

	cr_assert_eq(case_replay(&c, steps, 2, &where, NULL), 0);
	cr_assert_eq(where, 2);
	cr_assert_eq(case_replay(&c, steps, 4, &where, NULL), -ERR_STATE);
	cr_assert_eq(where, 2);
	cr_assert_eq(c.stage, CASE_LISTED);
}

Test(case, every_stage_step_and_reason_has_its_words)
{
	for (int i = 0; i < CASE_STAGES; i++) {
		enum case_stage back = CASE_NONE;

		cr_assert(case_stage_parse(&back, span_str(case_stage_code((enum case_stage)i))));
		cr_assert_eq((int)back, i);
		cr_assert_not_null(strchr(case_stage_text((enum case_stage)i), ' '));
	}
	for (int i = 1; i < STEP_KINDS; i++)
		cr_assert_not_null(strchr(case_step_text((enum case_step_kind)i), ' '));
	for (int i = 1; i < CASE_REASONS; i++)
		cr_assert_not_null(strchr(case_reason_text((enum case_reason)i), ' '));
	for (int i = 1; i < CASE_GROUNDS; i++)
		cr_assert_not_null(strchr(case_ground_text((enum case_ground)i), ' '));
	cr_assert_null(case_step_code(STEP_NONE));
	cr_assert_null(case_reason_code(CASE_REASONS));
	cr_assert_str_eq(case_ground_code(GROUND_AREA), "area");
}
