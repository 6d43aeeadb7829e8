#include "case_data.h"

#include "domain/case_count.h"

enum { STEPS = 24 };

/* A life told as days of steps. */
struct told {
	enum case_step_kind kind;
	const char *day;
	enum case_reason reason;
};

#define TO_CELL                                                                       \
	{ STEP_INTRODUCE, "2021-01-04", 0 }, { STEP_LIST, "2021-02-01", 0 },          \
		{ STEP_SEND, "2021-05-03", 0 }, { STEP_CERTIFY, "2021-05-28", 0 },    \
		{ STEP_HELPER, "2021-06-01", 0 }, { STEP_APPLY, "2022-06-06", 0 },    \
		{ STEP_CV, "2022-06-07", 0 }, { STEP_VERIFY_ASK, "2022-06-08", 0 },   \
		{ STEP_VERIFY, "2022-07-11", 0 }, { STEP_OPINIONS, "2022-09-01", 0 }, \
	{                                                                             \
		STEP_CELL, "2022-10-05", 0                                            \
	}

enum { TET, AGAIN, DROPPED, ANNULLED, WAITING, FRESH, PEOPLE };
static const struct told lives[PEOPLE][STEPS] = {
	/* decided on 28/12, the ceremony in January: which year? */
	[TET] = { TO_CELL,
		  { STEP_COMMITTEE, "2022-10-20", 0 },
		  { STEP_SUBMIT, "2022-10-25", 0 },
		  { STEP_AGREE, "2022-12-15", 0 },
		  { STEP_DECIDE, "2022-12-28", 0 },
		  { STEP_CEREMONY, "2023-01-06", 0 },
		  { STEP_NEW_CLASS, "2023-09-15", 0 },
		  { STEP_REVIEW, "2024-01-10", 0 },
		  { STEP_RECOGNISE, "2024-02-01", 0 } },
	/* returned once, submitted twice */
	[AGAIN] = { TO_CELL,
		    { STEP_COMMITTEE, "2022-10-20", 0 },
		    { STEP_SUBMIT, "2022-11-01", 0 },
		    { STEP_RETURN, "2022-11-10", REASON_PAPERS },
		    { STEP_SUBMIT, "2022-11-20", 0 },
		    { STEP_AGREE, "2022-12-01", 0 },
		    { STEP_DECIDE, "2022-12-05", 0 },
		    { STEP_CEREMONY, "2022-12-19", 0 } },
	[DROPPED] = { TO_CELL,
		      { STEP_COMMITTEE, "2022-10-06", 0 },
		      { STEP_SUBMIT, "2022-10-07", 0 },
		      { STEP_AGREE, "2022-10-10", 0 },
		      { STEP_DECIDE, "2022-10-14", 0 },
		      { STEP_CEREMONY, "2022-10-21", 0 },
		      { STEP_STRIKE_OFF, "2022-12-12", REASON_DROPPED } },
	[ANNULLED] = { TO_CELL,
		       { STEP_COMMITTEE, "2022-10-06", 0 },
		       { STEP_SUBMIT, "2022-10-07", 0 },
		       { STEP_AGREE, "2022-10-10", 0 },
		       { STEP_DECIDE, "2022-12-14", 0 },
		       { STEP_REFUSE, "2023-01-16", REASON_DISCIPLINE } },
	[WAITING] = { TO_CELL,
		      { STEP_COMMITTEE, "2022-10-20", 0 },
		      { STEP_SUBMIT, "2022-10-25", 0 } },
	[FRESH] = { TO_CELL },
};

static struct case_step steps[PEOPLE][STEPS];

static struct case_entry entry(int who)
{
	struct case_entry c = { .id = 100 + (uint64_t)who, .steps = steps[who] };

	for (; lives[who][c.count].kind; c.count++)
		steps[who][c.count] = (struct case_step){ .kind = lives[who][c.count].kind,
							  .day = iso(lives[who][c.count].day),
							  .reason = lives[who][c.count].reason };
	return c;
}

static struct case_counting by(const char *from, const char *to, enum case_counts counts)
{
	return (struct case_counting){ .period = { iso(from), iso(to) }, .counts = counts };
}

static int one(const struct case_entry *c, const struct case_counting *how, enum case_measure m)
{
	int8_t out[CASE_MEASURES];

	cr_assert(case_contribution(out, c, how));
	return out[m];
}

Test(case_count, measures_are_those_of_the_monthly_form)
{
	struct arena *a = arena_new(1 << 20);
	struct form *form = NULL;
	struct err e = { 0 };

	cr_assert_eq(form_parse(&form, data_file(a, FORMS_DIR "/monthly.ini"), a, &e), 0, "%s",
		     e.msg);
	for (int m = 0; m < CASE_MEASURES; m++) {
		const char *code = case_measure_code((enum case_measure)m);

		cr_assert_not_null(code, "%d", m);
		cr_assert_not_null(form_measure_code(form, span_str(code)), "%s", code);
	}
	cr_assert_null(case_measure_code(CASE_MEASURES));
	arena_free(a);
}

/* The test case of the issue: the setting decides, and a person counts in one of the two years. */
Test(case_count, decision_in_december_ceremony_in_january)
{
	struct case_entry c = entry(TET);
	struct case_counting year[2][2] = {
		{ by("2022-01-01", "2022-12-31", COUNTS_DECISION),
		  by("2023-01-01", "2023-12-31", COUNTS_DECISION) },
		{ by("2022-01-01", "2022-12-31", COUNTS_CEREMONY),
		  by("2023-01-01", "2023-12-31", COUNTS_CEREMONY) },
	};

	cr_assert_eq(one(&c, &year[0][0], CM_ADMITTED), 1);
	cr_assert_eq(one(&c, &year[0][1], CM_ADMITTED), 0);
	cr_assert_eq(one(&c, &year[1][0], CM_ADMITTED), 0);
	cr_assert_eq(one(&c, &year[1][1], CM_ADMITTED), 1);
	/* and so does the stock at the year's end */
	cr_assert_eq(one(&c, &year[0][0], CM_PROBATIONARY), 1);
	cr_assert_eq(one(&c, &year[1][0], CM_PROBATIONARY), 0);
	cr_assert_eq(one(&c, &year[1][1], CM_PROBATIONARY), 1);
}

Test(case_count, one_main_source_by_precedence)
{
	for (unsigned fits = 0; fits < 1U << CASE_SOURCES; fits++) {
		unsigned first = 0;

		while (first < SOURCE_OTHER && !(fits >> first & 1))
			first++;
		cr_assert_eq(case_main_source((uint8_t)fits), first, "%u", fits);
	}
	/* a discharged soldier who studies in a rural commune */
	cr_assert_eq(
		case_main_source(1U << SOURCE_RURAL | 1U << SOURCE_VETERAN | 1U << SOURCE_STUDENT),
		SOURCE_VETERAN);
}

Test(case_count, of_which_overlap_and_sources_do_not)
{
	struct case_entry c = entry(TET);
	struct case_counting how = by("2022-12-01", "2022-12-31", COUNTS_DECISION);
	int8_t out[CASE_MEASURES];
	int sources = 0;

	c.facts = (struct case_facts){ .woman = true,
				       .youth_union = true,
				       .age_18_30 = true,
				       .sources = 1U << SOURCE_STUDENT | 1U << SOURCE_RURAL };
	cr_assert(case_contribution(out, &c, &how));
	cr_assert(out[CM_WOMEN] && out[CM_YOUTH_UNION] && out[CM_AGE_18_30]);
	cr_assert(!out[CM_MINORITY] && !out[CM_RELIGIOUS] && !out[CM_OWNER] && !out[CM_FDI] &&
		  !out[CM_WEAK_HAMLET] && !out[CM_READMITTED]);
	for (int s = 0; s < CASE_SOURCES; s++)
		sources += out[CM_SOURCE + s];
	cr_assert_eq(sources, 1);
	cr_assert_eq(out[CM_SOURCE + (int)SOURCE_STUDENT], 1);
	how = by("2022-11-01", "2022-11-30", COUNTS_DECISION);
	cr_assert_eq(one(&c, &how, CM_WOMEN), 0, "in another month nothing");
}

/* All lives, month by month, counted by hand from the table above. */
struct figure_case {
	const char *from, *to;
	enum case_counts counts;
	enum case_measure measure;
	int64_t want;
};
static const struct figure_case figures[] = {
	{ "2022-10-01", "2022-10-31", COUNTS_DECISION, CM_ADMITTED, 1 },
	{ "2022-12-01", "2022-12-31", COUNTS_DECISION, CM_ADMITTED, 2 }, /* TET, AGAIN */
	{ "2022-12-01", "2022-12-31", COUNTS_CEREMONY, CM_ADMITTED, 1 }, /* AGAIN */
	{ "2022-10-01", "2022-10-31", COUNTS_DECISION, CM_SUBMITTED, 4 },
	{ "2022-11-01", "2022-11-30", COUNTS_DECISION, CM_SUBMITTED, 2 }, /* AGAIN, twice */
	{ "2022-11-01", "2022-11-30", COUNTS_DECISION, CM_RETURNED, 1 },
	/* 31/10: TET, ANNULLED, WAITING; 30/11: AGAIN too */
	{ "2022-10-01", "2022-10-31", COUNTS_DECISION, CM_WAITING, 3 },
	{ "2022-11-01", "2022-11-30", COUNTS_DECISION, CM_WAITING, 4 },
	{ "2022-12-01", "2022-12-31", COUNTS_DECISION, CM_STRUCK_OFF, 1 },
	{ "2022-12-01", "2022-12-31", COUNTS_DECISION, CM_STRUCK_OFF_PROBATIONARY, 1 },
	{ "2022-12-01", "2022-12-31", COUNTS_DECISION, CM_STRUCK_OFF_DROPPED, 1 },
	{ "2022-12-01", "2022-12-31", COUNTS_DECISION, CM_LEFT, 0 },
	{ "2022-12-01", "2022-12-31", COUNTS_DECISION, CM_SYMPATHISERS, 2 }, /* WAITING, FRESH */
	{ "2022-09-01", "2022-09-30", COUNTS_DECISION, CM_SYMPATHISERS, 6 },
	{ "2021-05-01", "2021-05-31", COUNTS_DECISION, CM_CLASS_SENT, 6 },
	{ "2021-05-01", "2021-05-31", COUNTS_DECISION, CM_CLASS_CERTIFIED, 6 },
	{ "2023-09-01", "2023-09-30", COUNTS_DECISION, CM_NEW_CLASS, 1 },
	{ "2024-02-01", "2024-02-29", COUNTS_DECISION, CM_RECOGNISED, 1 },
	{ "2024-01-01", "2024-01-31", COUNTS_DECISION, CM_RECOGNISED, 0 },
	/* AGAIN: probation from 19/12/2022 to 19/12/2023, then 30 working days: 20-22 (3), 25-29 (8), 1/1 free,
	 * 2-5/1 (12), 8-12 (17), 15-19 (22), 22-26 (27), 29, 30, 31 (30) */
	{ "2024-01-01", "2024-01-31", COUNTS_DECISION, CM_OVERDUE, 0 },
	{ "2024-02-01", "2024-02-29", COUNTS_DECISION, CM_OVERDUE, 1 },
};

Test(case_count, figures_counted_by_hand)
{
	struct case_data d = case_data();
	struct case_entry all[PEOPLE];

	for (int who = 0; who < PEOPLE; who++)
		all[who] = entry(who);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		const struct figure_case *c = &figures[i];
		struct case_counting how = by(c->from, c->to, c->counts);
		int64_t out[CASE_MEASURES];

		how.rules = &d.rules;
		how.holidays = d.holidays;
		cr_assert_eq(case_count(out, all, PEOPLE, &how), 0);
		cr_assert_eq(out[c->measure], c->want, "%s %s: %lld", c->from,
			     case_measure_code(c->measure), (long long)out[c->measure]);
	}
	case_data_free(&d);
}

Test(case_count, ends_by_their_kind)
{
	static const struct {
		enum case_reason reason;
		enum case_measure measure;
	} ends[] = { { REASON_DIED, CM_DIED },
		     { REASON_EXPELLED, CM_EXPELLED },
		     { REASON_LEFT, CM_LEFT } };
	struct case_counting how = by("2022-12-01", "2022-12-31", COUNTS_DECISION);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct case_entry c = entry(DROPPED);

		steps[DROPPED][c.count - 1].kind = STEP_END;
		steps[DROPPED][c.count - 1].reason = ends[i].reason;
		for (enum case_measure m = CM_DIED; m <= CM_LEFT; m++)
			cr_assert_eq(one(&c, &how, m), m == ends[i].measure, "%zu, %d", i, (int)m);
	}
}

/* ---- moves ---- */

/* One case, two units, every day of the move: each step, the admission and the stock are counted once in the
 * two together (in neither while it is between them), and the move matches. */
Test(case_count, what_happened_at_the_sending_unit_stays_there)
{
	for (int counts = COUNTS_DECISION; counts <= COUNTS_CEREMONY; counts++) {
		for (day_t move = iso("2022-12-01"); move <= iso("2023-01-31"); move++) {
			struct case_entry from = entry(TET), to = from;
			struct case_counting how = by("2022-01-01", "2024-12-31",
						      (enum case_counts)counts);
			day_t day = iso(counts == COUNTS_DECISION ? "2022-12-28" : "2023-01-06");
			int8_t a[CASE_MEASURES], b[CASE_MEASURES], whole[CASE_MEASURES];

			case_contribution(whole, &from, &how);
			from.went_over = to.came_over = true;
			from.went = to.came = MOVE_OTHER_DIRECT;
			from.held_to = move;
			to.held_from = move + 1;
			while (to.brought < to.count && to.steps[to.brought].day <= move)
				to.brought++;
			case_contribution(a, &from, &how);
			case_contribution(b, &to, &how);
			cr_assert_eq(a[CM_ADMITTED], move >= day);
			for (int m = 0; m < CASE_MEASURES; m++)
				if (m != CM_IN_OTHER_DIRECT && m != CM_OUT_OTHER_DIRECT)
					cr_assert_eq(a[m] + b[m], whole[m], "%s",
						     case_measure_code((enum case_measure)m));
			cr_assert_eq(a[CM_OUT_OTHER_DIRECT], move >= day, "a member moves");
			cr_assert_eq(b[CM_IN_OTHER_DIRECT], move >= day);
		}
	}
}

/* ---- side by side ---- */

Test(case_count, typed_beside_counted)
{
	struct case_counting how = by("2022-12-01", "2022-12-31", COUNTS_DECISION);
	struct operand typed[CASE_MEASURES] = { 0 };
	struct case_difference diff[CASE_MEASURES];
	struct case_entry all[PEOPLE];
	int64_t counted[CASE_MEASURES];
	uint64_t ids[1] = { 0 };

	for (int who = 0; who < PEOPLE; who++)
		all[who] = entry(who);
	case_count(counted, all, PEOPLE, &how);
	typed[CM_ADMITTED] = (struct operand){ true, 3 };
	typed[CM_STRUCK_OFF] = (struct operand){ true, 1 };
	cr_assert_eq(case_compare(diff, typed, counted), 1, "a blank and an equal one are none");
	cr_assert_eq(diff[0].measure, CM_ADMITTED);
	cr_assert(diff[0].typed == 3 && diff[0].counted == 2);
	cr_assert_eq(case_behind(ids, 1, all, PEOPLE, &how, diff[0].measure), 2);
	cr_assert_eq(ids[0], 100 + TET);
}

Test(case_count, a_step_that_does_not_fit_is_told)
{
	struct case_entry c = entry(TET);
	struct case_counting how = by("2022-01-01", "2022-12-31", COUNTS_DECISION);
	int64_t out[CASE_MEASURES];

	steps[TET][0].kind = STEP_RECOGNISE;
	cr_assert_eq(case_count(out, &c, 1, &how), 1);
	cr_assert_eq(out[CM_ADMITTED], 0);
}

Test(case_count, the_funnel)
{
	struct case_entry all[PEOPLE];
	int64_t out[CASE_STAGES];

	for (int who = 0; who < PEOPLE; who++)
		all[who] = entry(who);
	case_funnel(out, all, PEOPLE, iso("2022-11-15"));
	cr_assert_eq(out[CASE_SUBMITTED], 2, "TET and WAITING");
	cr_assert_eq(out[CASE_RETURNED], 1);
	cr_assert_eq(out[CASE_AGREED], 1, "ANNULLED");
	cr_assert_eq(out[CASE_PROBATION], 1);
	cr_assert_eq(out[CASE_CELL], 1);
	all[FRESH].went_over = true;
	all[FRESH].held_to = iso("2022-11-14");
	case_funnel(out, all, PEOPLE, iso("2022-11-15"));
	cr_assert_eq(out[CASE_CELL], 0, "it is somewhere else now");
	case_funnel(out, all, PEOPLE, iso("2020-01-01"));
	for (int s = 0; s < CASE_STAGES; s++)
		cr_assert_eq(out[s], 0);
}

/* On 4/11/2022, for decisions by 31/12/2022: December has 22 working days, November 22. An agreement is safe to
 * 18/12: 30-26/12 (5), 23-19 (10), the Sunday before. A submission, from there: 16-12 (5), 9-5 (10), 2, 1
 * (12), 30-28/11 (15), 25-21 (20), 18-14 (25), 11-7 (30): to 6/11. The committee: 4/11-31/10 (5): to 30/10. */
Test(case_count, admitted_and_dossiers_that_can_still_make_it)
{
	struct case_data d = case_data();
	struct case_counting how = by("2022-01-01", "2022-12-31", COUNTS_DECISION);
	struct case_entry all[PEOPLE];
	struct case_forecast f;
	struct err e = { 0 };

	for (int who = 0; who < PEOPLE; who++)
		all[who] = entry(who);
	how.rules = &d.rules;
	how.holidays = d.holidays;
	cr_assert_eq(case_forecast(&f, all, PEOPLE, &how, iso("2022-11-04"), &e), 0, "%s", e.msg);
	cr_assert_eq(f.admitted, 1, "DROPPED was admitted in October");
	/* TET, AGAIN, WAITING are submitted, ANNULLED agreed; FRESH still needs its committee */
	cr_assert_eq(f.can_make_it, 4);
	cr_assert_eq(f.too_late, 1);
	cr_assert_not(f.doubtful);
	/* after 18/12 a dossier that is not agreed to is too late */
	cr_assert_eq(case_forecast(&f, all, PEOPLE, &how, iso("2022-12-19"), &e), 0);
	cr_assert_eq(f.admitted, 3, "DROPPED, AGAIN, and the decision that is annulled later");
	cr_assert_eq(f.can_make_it, 1, "TET");
	cr_assert_eq(f.too_late, 2, "WAITING, FRESH");
	case_data_free(&d);
}
