/* What members add to the figures of a month: those who came, went and stay. Form 1: what there was at the end of the
 * month before, and what came, less what went, is what there is at the end of this one. */
#include "domain/form_count.h"

static bool inside(const struct period *p, day_t day)
{
	return day >= p->from && day <= p->to;
}

/* From this day on they are on the unit's list. */
static day_t first_day(const struct member_entry *m)
{
	if (m->came_over)
		return m->held_from;
	return m->gain != GAIN_NONE ? m->gained : m->admitted;
}

/* The day on which they are no more on it; 0: they stay. */
static day_t last_day(const struct member_entry *m)
{
	if (m->went_over)
		return m->held_to;
	return m->how != MEMBER_STAYS ? m->ended : 0;
}

static bool stays_on(const struct member_entry *m, day_t day)
{
	return first_day(m) <= day && (!last_day(m) || day < last_day(m));
}

static void add_end(int8_t *out, const struct member_entry *m)
{
	switch (m->how) {
	case MEMBER_DIED:
		out[CM_DIED] = 1;
		break;
	case MEMBER_EXPELLED:
		out[CM_EXPELLED] = 1;
		break;
	case MEMBER_STRUCK_OFF:
		out[CM_STRUCK_OFF] = 1;
		out[CM_STRUCK_OFF_PROBATIONARY] = !m->recognised || m->recognised > m->ended;
		break;
	case MEMBER_LEFT:
		out[CM_LEFT] = 1;
		break;
	case MEMBER_OUTSIDE:
		out[CM_OUT_OUTSIDE] = 1;
		break;
	default:
		break;
	}
}

static void add_leaving(int8_t *out, const struct member_entry *m, const struct period *p)
{
	if (!last_day(m) || !inside(p, last_day(m)))
		return;
	if (m->went_over && m->went != MOVE_NONE)
		out[CM_OUT_SAME_DIRECT + (int)m->went - MOVE_SAME_DIRECT] = 1;
	else
		add_end(out, m);
}

/* The case of the same person counts their admission. */
bool member_admitted_in(const struct member_entry *m, const struct case_counting *how, day_t *day)
{
	*day = m->admitted;
	return m->how != MEMBER_MISTAKE && !m->of_case && !m->came_over && m->gain == GAIN_NONE &&
	       inside(&how->period, m->admitted);
}

void member_contribution(int8_t out[CASE_MEASURES], const struct member_entry *m,
			 const struct case_counting *how)
{
	const struct period *p = &how->period;
	day_t day;

	memset(out, 0, CASE_MEASURES);
	if (m->how == MEMBER_MISTAKE)
		return;
	add_leaving(out, m, p);
	if (m->of_case) { /* it stays in the case's count until it leaves */
		out[CM_MEMBERS] = last_day(m) && last_day(m) <= p->to ? -1 : 0;
		return;
	}
	if (m->came_over && m->came != MOVE_NONE && inside(p, m->held_from))
		out[CM_IN_SAME_DIRECT + (int)m->came - MOVE_SAME_DIRECT] = 1;
	if (!m->came_over && m->gain == GAIN_OUTSIDE && inside(p, m->gained))
		out[CM_IN_OUTSIDE] = 1;
	if (!m->came_over && m->gain == GAIN_RESTORED && inside(p, m->gained))
		out[CM_RESTORED] = 1;
	if (member_admitted_in(m, how, &day))
		case_count_admission(out, &m->facts);
	/* counted where they were on that day; on the way, where they went to */
	if (m->recognised && inside(p, m->recognised) &&
	    (m->came_over ? m->sent < m->recognised : first_day(m) <= m->recognised) &&
	    (!last_day(m) || m->recognised <= last_day(m)))
		out[CM_RECOGNISED] = 1;
	if (!stays_on(m, p->to))
		return;
	out[CM_MEMBERS] = 1;
	out[CM_PROBATIONARY] = !m->recognised || m->recognised > p->to;
}

bool case_measure_known(enum case_measure m, size_t cases, size_t members)
{
	bool of_members = (m >= CM_DIED && m <= CM_OUT_OUTSIDE) || m == CM_MEMBERS ||
			  m == CM_RESTORED;

	return of_members ? members : cases || members;
}

size_t case_compare_known(struct case_difference *list, size_t count, size_t cases, size_t members)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (case_measure_known(list[i].measure, cases, members) ||
		    list[i].counted > list[i].typed)
			list[kept++] = list[i];
	return kept;
}
