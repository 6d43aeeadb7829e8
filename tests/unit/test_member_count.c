/* The balance of form 1, with cases and members drawn at random. */
#include "case_screen.h"

#include "domain/case_count.h"

static day_t day_at(const char *text)
{
	day_t day = 0;

	cr_assert_eq(day_parse(&day, NULL, span_str(text), NULL), 0, "%s", text);
	return day;
}

enum { LIVES = 400 };

static uint32_t drawn = 12345;

static uint32_t draw(uint32_t below)
{
	drawn = drawn * 1664525 + 1013904223;
	return (drawn >> 8) % below;
}

static int64_t net(const int64_t *n)
{
	return n[CM_ADMITTED] + n[CM_IN_SAME_DIRECT] + n[CM_IN_OTHER_DIRECT] + n[CM_IN_OUTSIDE] -
	       n[CM_DIED] - n[CM_EXPELLED] - n[CM_STRUCK_OFF] - n[CM_LEFT] - n[CM_OUT_SAME_DIRECT] -
	       n[CM_OUT_OTHER_DIRECT] - n[CM_OUT_OUTSIDE];
}

static struct member_entry draw_member(day_t from)
{
	struct member_entry m = { .admitted = from - 200 + (day_t)draw(900),
				  .came = MOVE_SAME_DIRECT,
				  .went = MOVE_OTHER_DIRECT };

	m.came_over = !draw(4);
	m.held_from = m.admitted + (day_t)draw(100);
	m.went_over = !draw(3);
	m.held_to = (m.came_over ? m.held_from : m.admitted) + (day_t)draw(300);
	if (draw(2))
		m.recognised = m.admitted + 365;
	if (!m.went_over && draw(2)) {
		m.how = (enum member_end)(1 + draw(MEMBER_MISTAKE));
		m.ended = m.held_to;
	}
	return m;
}

static size_t draw_steps(struct case_step *to, day_t from)
{
	const unsigned char *way = ways[1 + draw(CASE_RESTING)];
	size_t count = 0;
	day_t day = from - 300 + (day_t)draw(600);

	for (; way[count]; count++) {
		to[count] = step((enum case_step_kind)way[count], day);
		day += (day_t)draw(40);
	}
	return count;
}

/* A + B - C = D, for each unit and each month, whatever came and went on whichever day. */
Test(member_count, the_balance_of_members_holds_month_by_month)
{
	static struct case_step lives[LIVES][CASE_STEPS_MAX];
	static struct case_entry cases[LIVES];
	static struct member_entry members[LIVES];
	day_t from = day_at("2022-01-01");
	struct case_counting how = { .counts = COUNTS_CEREMONY };
	int64_t before = -1, moved = 0, gone = 0;

	for (size_t i = 0; i < LIVES; i++) {
		struct case_state now;
		size_t at;
		day_t last;

		members[i] = draw_member(from);
		cases[i] = (struct case_entry){ .steps = lives[i], .held_to = DAY_MAX };
		cases[i].count = draw_steps(lives[i], from);
		cr_assert_eq(case_replay(&now, lives[i], cases[i].count, &at, NULL), 0);
		cases[i].came_over = !draw(4);
		cases[i].came = MOVE_OTHER_DIRECT;
		cases[i].held_from = from - 300 + (day_t)draw(900);
		/* one that is over does not go anywhere, and came before it was */
		cases[i].went_over = !draw(3) && !case_is_over(now.stage);
		cases[i].went = MOVE_SAME_DIRECT;
		last = lives[i][cases[i].count - 1].day;
		if (cases[i].went_over)
			cases[i].held_to = last + (day_t)draw(90);
		if (cases[i].came_over && cases[i].held_from > last && draw(4))
			cases[i].held_from = last;
		while (cases[i].came_over && cases[i].brought < cases[i].count &&
		       lives[i][cases[i].brought].day < cases[i].held_from)
			cases[i].brought++;
		/* what was written there of days before the arrival */
		if (cases[i].brought && !draw(2))
			cases[i].brought--;
		cases[i].arrives = DAY_MAX;
	}
	for (unsigned month = 0; month < 30; month++) {
		int64_t n[CASE_MEASURES];
		int8_t one[CASE_MEASURES];

		how.period = (struct period){ months_after(from, (int)month),
					      months_after(from, (int)month + 1) - 1 };
		case_count(n, cases, LIVES, &how);
		for (size_t i = 0; i < LIVES; i++) {
			member_contribution(one, &members[i], &how);
			for (int m = 0; m < CASE_MEASURES; m++)
				n[m] += one[m];
		}
		if (before >= 0)
			cr_assert_eq(before + net(n), n[CM_MEMBERS], "month %u: %lld %+lld, %lld",
				     month, (long long)before, (long long)net(n),
				     (long long)n[CM_MEMBERS]);
		before = n[CM_MEMBERS];
		moved += n[CM_OUT_SAME_DIRECT] + n[CM_OUT_OTHER_DIRECT] + n[CM_IN_OTHER_DIRECT];
		gone += n[CM_DIED] + n[CM_STRUCK_OFF] + n[CM_LEFT];
	}
	cr_assert_gt(moved, 100);
	cr_assert_gt(gone, 50);
}

/* Who was recognised and is on the register of members counts once: the case counts all but how it ended. */
Test(member_count, a_member_who_had_a_case_counts_once)
{
	struct case_counting how = { .counts = COUNTS_CEREMONY };
	struct member_entry m = { .of_case = true, .how = MEMBER_DIED };
	int8_t out[CASE_MEASURES];

	m.admitted = day_at("2022-01-10");
	m.recognised = day_at("2023-01-10");
	m.ended = day_at("2023-05-06");
	how.period = (struct period){ day_at("2022-01-01"), day_at("2023-04-30") };
	member_contribution(out, &m, &how);
	for (int i = 0; i < CASE_MEASURES; i++)
		cr_assert_eq(out[i], 0, "%d", i);
	how.period = (struct period){ day_at("2023-05-01"), day_at("2023-05-31") };
	member_contribution(out, &m, &how);
	cr_assert_eq(out[CM_DIED], 1);
	cr_assert_eq(out[CM_MEMBERS], -1);
	m.how = MEMBER_MISTAKE;
	m.of_case = false;
	member_contribution(out, &m, &how);
	for (int i = 0; i < CASE_MEASURES; i++)
		cr_assert_eq(out[i], 0, "%d", i);
}

/* Kinds of gain of form 1: on the list from the day they came, in one line each, and never admitted here. */
Test(member_count, who_came_without_being_admitted_here)
{
	struct case_counting month = { .period = { 1000, 1030 } };
	struct member_entry m = { .admitted = 1005, .gain = GAIN_OUTSIDE, .gained = 1010 };
	int8_t out[CASE_MEASURES];

	member_contribution(out, &m, &month);
	cr_assert_eq(out[CM_IN_OUTSIDE], 1);
	cr_assert_eq(out[CM_ADMITTED], 0);
	cr_assert_eq(out[CM_MEMBERS], 1);
	m.gain = GAIN_RESTORED;
	member_contribution(out, &m, &month);
	cr_assert_eq(out[CM_RESTORED], 1);
	cr_assert_eq(out[CM_IN_OUTSIDE], 0);
	m.gained = 1031;
	member_contribution(out, &m, &month);
	cr_assert_eq(out[CM_RESTORED], 0);
	cr_assert_eq(out[CM_MEMBERS], 0, "not yet");
}
